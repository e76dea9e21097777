//! Whether four places, in a picture and in metres, can be the same places on flat ground.
//!
//! A homography maps the ones to the others (R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision",
//! 2nd edition, section 2.3). Only the side of the horizon on which it leaves a point is asked for here.

/// Three points count as on one line when the triangle between them is lower than this share of the longest distance
/// between any two: a lower one makes metres out of a pixel's error.
const FLAT: f64 = 0.01;

/// Why four pairs of points describe no ground; points count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuadrangleFault {
    /// Three points of the picture are on one line, or nearly.
    ImageLine([usize; 3]),
    /// Three points in metres are on one line, or nearly.
    GroundLine([usize; 3]),
    /// The horizon would run between two points: they are not in the same order on both sides.
    Order(usize, usize),
}

/// The horizon of the ground that four places are on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Horizon {
    /// Three of the places in the picture,
    corners: [[f64; 2]; 3],
    /// and how far before the horizon each of them is, in no unit.
    depths: [f64; 3],
}

impl Horizon {
    /// The horizon of the ground on which each of `image` is at its counterpart in `ground`.
    pub(crate) fn of(image: [[f64; 2]; 4], ground: [[f64; 2]; 4]) -> Result<Self, QuadrangleFault> {
        if let Some(points) = on_one_line(&image) {
            return Err(QuadrangleFault::ImageLine(points));
        }
        if let Some(points) = on_one_line(&ground) {
            return Err(QuadrangleFault::GroundLine(points));
        }
        let [a, b, c, last] = image;
        let [ground_a, ground_b, ground_c, ground_last] = ground;
        let in_image = weights([a, b, c], last);
        let on_ground = weights([ground_a, ground_b, ground_c], ground_last);
        // The scale of each corner's image under the homography, that of the last point being 1.
        let depths: [f64; 3] = std::array::from_fn(|index| on_ground[index] / in_image[index]);
        let all = [depths[0], depths[1], depths[2], 1.0];
        match (1..4).find(|&index| all[0] * all[index] <= 0.0) {
            Some(other) => Err(QuadrangleFault::Order(0, other)),
            None => Ok(Self { corners: [a, b, c], depths }),
        }
    }

    /// Whether a point of the picture is on the ground, on the same side of the horizon as the four places.
    pub(crate) fn is_below(&self, point: [f64; 2]) -> bool {
        let depth: f64 =
            weights(self.corners, point).iter().zip(&self.depths).map(|(weight, depth)| weight * depth).sum();
        0.0 < depth
    }
}

/// Barycentric coordinates of `point`: `point` is the sum of the corners with these weights, which add up to 1.
fn weights([a, b, c]: [[f64; 2]; 3], point: [f64; 2]) -> [f64; 3] {
    let whole = turn(a, b, c);
    [turn(point, b, c) / whole, turn(a, point, c) / whole, turn(a, b, point) / whole]
}

/// Twice the area of the triangle, its sign telling the sense of rotation.
fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn on_one_line(points: &[[f64; 2]; 4]) -> Option<[usize; 3]> {
    let distance = |a: usize, b: usize| (points[a][0] - points[b][0]).hypot(points[a][1] - points[b][1]);
    let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
    let longest = pairs.iter().map(|&(a, b)| distance(a, b)).fold(0.0, f64::max);
    [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]].into_iter().find(|&[a, b, c]| {
        let base = distance(a, b).max(distance(b, c)).max(distance(a, c));
        turn(points[a], points[b], points[c]).abs() <= FLAT * longest * base
    })
}

#[cfg(test)]
mod tests {
    use super::{Horizon, QuadrangleFault};

    /// A road of 4 m by 10 m that narrows towards a horizon at a height of 0.2.
    const ROAD: [[f64; 2]; 4] = [[0.2, 0.9], [0.8, 0.9], [0.6, 0.4333], [0.4, 0.4333]];
    const METRES: [[f64; 2]; 4] = [[0.0, 0.0], [4.0, 0.0], [4.0, 10.0], [0.0, 10.0]];

    #[test]
    fn the_horizon_is_where_the_sides_of_the_road_meet() {
        let horizon = Horizon::of(ROAD, METRES).unwrap();
        assert!(
            horizon.is_below([0.5, 0.21]) && horizon.is_below([0.0, 0.25]) && horizon.is_below([1.0, 1.0])
        );
        assert!(!horizon.is_below([0.5, 0.19]) && !horizon.is_below([0.9, 0.0]));
    }

    #[test]
    fn another_turn_or_another_unit_changes_nothing() {
        let mirrored = METRES.map(|[x, y]| [-100.0 * x, 100.0 * y]);
        let horizon = Horizon::of(ROAD, mirrored).unwrap();
        assert!(horizon.is_below([0.5, 0.21]) && !horizon.is_below([0.5, 0.19]));
    }

    #[test]
    fn what_is_no_ground_is_named() {
        let mut line = ROAD;
        line[2] = [0.5, 0.9];
        assert_eq!(Horizon::of(line, METRES), Err(QuadrangleFault::ImageLine([0, 1, 2])));
        let mut line = METRES;
        line[3] = [0.0, 0.0];
        assert_eq!(Horizon::of(ROAD, line), Err(QuadrangleFault::GroundLine([0, 1, 3])));
        let crossed = [METRES[0], METRES[1], METRES[3], METRES[2]];
        assert!(matches!(Horizon::of(ROAD, crossed), Err(QuadrangleFault::Order(0, _))));
    }
}
