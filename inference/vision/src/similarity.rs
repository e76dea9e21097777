//! The similarity (shift, turn and scale, no mirroring) that takes points nearest to their counterparts.
//!
//! Least squares after S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
//! IEEE PAMI 13(4), 1991. In the plane a turn and a scale are one complex factor, and his singular value decomposition,
//! its sign rule against mirroring included, comes down to a quotient of sums.

use crate::projective::Projective;

/// `to ≈ factor · from + shift`, points being complex numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Similarity {
    factor: [f64; 2],
    shift: [f64; 2],
}

impl Similarity {
    /// The similarity that minimises the sum of squared distances between the images of `from` and `to`; `None` when
    /// the points of one side fall together, or one is not finite.
    pub(crate) fn fit<const N: usize>(from: &[[f64; 2]; N], to: &[[f64; 2]; N]) -> Option<Self> {
        let mean = |points: &[[f64; 2]; N]| {
            let sum = points.iter().fold([0.0; 2], |sum, point| [sum[0] + point[0], sum[1] + point[1]]);
            sum.map(|sum| sum / N as f64)
        };
        let (from_mean, to_mean) = (mean(from), mean(to));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let p = [p[0] - from_mean[0], p[1] - from_mean[1]];
            let q = [q[0] - to_mean[0], q[1] - to_mean[1]];
            along += p[0] * q[0] + p[1] * q[1];
            across += p[0] * q[1] - p[1] * q[0];
            spread += p[0] * p[0] + p[1] * p[1];
        }
        let factor = [along / spread, across / spread];
        let turned = times(factor, from_mean);
        let shift = [to_mean[0] - turned[0], to_mean[1] - turned[1]];
        let sound =
            [factor, shift].as_flattened().iter().all(|number| number.is_finite()) && factor != [0.0; 2];
        sound.then_some(Self { factor, shift })
    }

    /// The way back; `None` when it is too large to write down.
    pub(crate) fn inverse(&self) -> Option<Projective> {
        let [a, b] = self.factor;
        let square = a * a + b * b;
        let factor = [a / square, -b / square];
        let shift = times(factor, self.shift).map(|part| -part);
        let [a, b] = factor;
        Projective::new([[a, -b, shift[0]], [b, a, shift[1]], [0.0, 0.0, 1.0]])
    }
}

fn times(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eyes, nose and corners of the mouth in an aligned face of 112 x 112.
    const TEMPLATE: [[f64; 2]; 5] =
        [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]];
    const FOUND: [[f64; 2]; 5] =
        [[412.5, 203.25], [455.0, 196.5], [436.75, 226.0], [421.0, 251.5], [459.25, 245.0]];

    fn assert_is(fitted: Option<Similarity>, factor: [f64; 2], shift: [f64; 2]) {
        let fitted = fitted.expect("points apart");
        let pairs = [(fitted.factor, factor), (fitted.shift, shift)];
        for (ours, expected) in pairs.iter().flat_map(|(ours, expected)| ours.iter().zip(expected)) {
            assert!((ours - expected).abs() < 1e-9, "{fitted:?}");
        }
    }

    /// Expected numbers from `tests/opencv/transforms.py`, which goes by singular values.
    #[test]
    fn landmarks_are_taken_nearest_to_the_template() {
        let fitted = Similarity::fit(&FOUND, &TEMPLATE);
        assert_is(
            fitted,
            [0.8067595987568842, 0.11200038770423704],
            [-271.3086216766667, -158.10938132896388],
        );
        // Where the decomposition alone would mirror.
        let mirrored = FOUND.map(|[x, y]| [-x, y]);
        assert_is(
            Similarity::fit(&mirrored, &TEMPLATE),
            [0.16264724822302218, -0.012151279731684034],
            [124.35938801286191, 30.0857110215699],
        );
    }

    #[test]
    fn the_way_back_undoes_it() {
        let known = Similarity { factor: [0.6, -0.8], shift: [31.5, -7.25] };
        let to = FOUND.map(|point| {
            let turned = times(known.factor, point);
            [turned[0] + known.shift[0], turned[1] + known.shift[1]]
        });
        let back = Similarity::fit(&FOUND, &to).and_then(|fitted| fitted.inverse()).expect("not singular");
        for (from, to) in FOUND.iter().zip(&to) {
            let (x, y) = back.apply(to[0], to[1]).expect("in front");
            assert!((x - from[0]).abs() < 1e-9 && (y - from[1]).abs() < 1e-9, "({x}, {y}) for {from:?}");
        }
    }

    #[test]
    fn points_that_fall_together_have_no_similarity() {
        assert_eq!(Similarity::fit(&[[3.0, 4.0]; 5], &TEMPLATE), None);
        assert_eq!(Similarity::fit(&FOUND, &[[1.0, 1.0]; 5]), None);
        let mut broken = FOUND;
        broken[2][1] = f64::NAN;
        assert_eq!(Similarity::fit(&broken, &TEMPLATE), None);
    }
}
