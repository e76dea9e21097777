//! The projective map through four pairs of points: the direct linear transform, its last coefficient set to one.
//!
//! Each pair gives two linear equations; the eight of them are solved by elimination with pivots (R. Hartley and
//! A. Zisserman, "Multiple View Geometry in Computer Vision", 2nd edition, section 4.1.2).

use crate::projective::Projective;

/// The map that takes each of `from` to its counterpart; `None` when three points of one side are on a line, or one is
/// not finite.
pub fn homography(from: &[[f64; 2]; 4], to: &[[f64; 2]; 4]) -> Option<Projective> {
    // Unknowns a, b, c, d, e, f, g, h of [[a, b, c], [d, e, f], [g, h, 1]]; the last column is the right side.
    let mut rows = [[0.0; 9]; 8];
    for (index, (&[x, y], &[u, v])) in from.iter().zip(to).enumerate() {
        rows[2 * index] = [x, y, 1.0, 0.0, 0.0, 0.0, -x * u, -y * u, u];
        rows[2 * index + 1] = [0.0, 0.0, 0.0, x, y, 1.0, -x * v, -y * v, v];
    }
    let [a, b, c, d, e, f, g, h] = solve(rows)?;
    Projective::new([[a, b, c], [d, e, f], [g, h, 1.0]])
}

/// Gaussian elimination with partial pivoting; `None` when the rows depend on each other.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    /// Of the largest coefficient: far above rounding, far below what four points apart give.
    const SINGULAR: f64 = 1e-12;
    let largest = rows.as_flattened().iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    for column in 0..8 {
        let magnitude = |row: usize| rows[row][column].abs();
        let pivot = (column..8).max_by(|&a, &b| magnitude(a).total_cmp(&magnitude(b)))?;
        // A pivot that is not a number is not sound either.
        let is_sound = SINGULAR * largest < magnitude(pivot);
        if !is_sound {
            return None;
        }
        rows.swap(column, pivot);
        let pivot_row = rows[column];
        for row in &mut rows[column + 1..] {
            let factor = row[column] / pivot_row[column];
            for (value, pivot) in row[column..].iter_mut().zip(&pivot_row[column..]) {
                *value -= factor * pivot;
            }
        }
    }
    let mut solution = [0.0; 8];
    for row in (0..8).rev() {
        let known: f64 = (row + 1..8).map(|column| rows[row][column] * solution[column]).sum();
        solution[row] = (rows[row][8] - known) / rows[row][row];
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECTANGLE: [[f64; 2]; 4] = [[0.0, 0.0], [188.0, 0.0], [188.0, 48.0], [0.0, 48.0]];

    /// Expected numbers from `tests/opencv/transforms.py`: OpenCV's `getPerspectiveTransform`.
    #[test]
    fn the_matrix_is_opencvs() {
        let corners = [[310.5, 142.25], [402.0, 128.5], [405.75, 161.0], [312.0, 178.5]];
        let expected = [
            [0.7011759805178159, -0.15082831325301202, 310.5],
            [-0.004581357344270697, 0.6510385291164659, 142.25],
            [0.0005335170469110485, -0.0005835843373493975, 1.0],
        ];
        let found = homography(&RECTANGLE, &corners).expect("corners apart");
        for (ours, expected) in found.matrix().as_flattened().iter().zip(expected.as_flattened()) {
            assert!(
                (ours - expected).abs() <= 1e-12 * expected.abs().max(1.0),
                "{ours}, expected {expected}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_corner_goes_to_its_counterpart(
            shift in [-40.0..40.0f64, -40.0..40.0, -40.0..40.0, -40.0..40.0,],
            other in [-9.0..9.0f64, -9.0..9.0, -9.0..9.0, -9.0..9.0],
        ) {
            let corners = std::array::from_fn(|i| [RECTANGLE[i][0] + 500.0 + shift[i], RECTANGLE[i][1] + 300.0 + other[i]]);
            let map = homography(&RECTANGLE, &corners).expect("a convex quadrangle");
            for (from, to) in RECTANGLE.iter().zip(&corners) {
                let (x, y) = map.apply(from[0], from[1]).expect("in front");
                prop_assert!((x - to[0]).abs() < 1e-6 && (y - to[1]).abs() < 1e-6, "({x}, {y}) for {to:?}");
            }
        }
    }

    #[test]
    fn corners_on_a_line_have_no_homography() {
        let line = [[0.0, 0.0], [10.0, 10.0], [20.0, 20.0], [5.0, 0.0]];
        assert_eq!(homography(&line, &RECTANGLE), None);
        assert_eq!(homography(&RECTANGLE, &[[7.0, 7.0]; 4]), None);
        assert_eq!(homography(&RECTANGLE, &[[f64::NAN, 7.0]; 4]), None);
    }
}
