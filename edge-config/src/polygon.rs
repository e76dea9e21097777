//! Whether a list of corners encloses one area without crossing itself.

use crate::Point;

/// About two pixels of a full-HD picture: less is a slip of the hand.
const MIN_AREA: f64 = 1e-6;

/// Why a polygon cannot be used as a zone; corners count from 0, side `n` runs from corner `n` to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolygonFault {
    /// The last corner repeats the first.
    Closed,
    /// The corner is the same as the one before it.
    Repeated(usize),
    /// The corners lie on one line, or nearly.
    NoArea,
    /// The two sides meet elsewhere than in a shared corner.
    Crossing(usize, usize),
}

/// The first fault of a polygon with at least three corners.
pub(crate) fn fault(corners: &[Point]) -> Option<PolygonFault> {
    if let Some(repeated) = (1..corners.len()).find(|&index| corners[index] == corners[index - 1]) {
        return Some(PolygonFault::Repeated(repeated));
    }
    if corners.first() == corners.last() {
        return Some(PolygonFault::Closed);
    }
    if corners.iter().all(|&corner| side_of(corners[0], corners[1], corner) == 0.0) {
        return Some(PolygonFault::NoArea);
    }
    let side = |index: usize| (corners[index], corners[(index + 1) % corners.len()]);
    for first in 0..corners.len() {
        for second in first + 2..corners.len() {
            // Neighbours share a corner. Where one runs back over the other, the side after next touches as well.
            let are_neighbours = first == 0 && second == corners.len() - 1;
            if !are_neighbours && touches(side(first), side(second)) {
                return Some(PolygonFault::Crossing(first, second));
            }
        }
    }
    (doubled_area(corners).abs() < 2.0 * MIN_AREA).then_some(PolygonFault::NoArea)
}

fn doubled_area(corners: &[Point]) -> f64 {
    let turn = |index: usize| {
        let (a, b) = (corners[index], corners[(index + 1) % corners.len()]);
        f64::from(a.x) * f64::from(b.y) - f64::from(b.x) * f64::from(a.y)
    };
    (0..corners.len()).map(turn).sum()
}

/// Positive on one side of the line through `from` and `to`, negative on the other, 0 on it.
fn side_of(from: Point, to: Point, point: Point) -> f64 {
    let vector =
        |point: Point| (f64::from(point.x) - f64::from(from.x), f64::from(point.y) - f64::from(from.y));
    let ((ax, ay), (bx, by)) = (vector(to), vector(point));
    ax * by - ay * bx
}

/// Whether two segments have a point in common.
fn touches(a: (Point, Point), b: (Point, Point)) -> bool {
    let (a0, a1) = (side_of(b.0, b.1, a.0), side_of(b.0, b.1, a.1));
    let (b0, b1) = (side_of(a.0, a.1, b.0), side_of(a.0, a.1, b.1));
    let apart = |first: f64, second: f64| (first < 0.0 && 0.0 < second) || (second < 0.0 && 0.0 < first);
    (apart(a0, a1) && apart(b0, b1))
        || (a0 == 0.0 && spans(b, a.0))
        || (a1 == 0.0 && spans(b, a.1))
        || (b0 == 0.0 && spans(a, b.0))
        || (b1 == 0.0 && spans(a, b.1))
}

/// Whether a point on the segment's line lies between its ends.
fn spans(segment: (Point, Point), point: Point) -> bool {
    let between = |low: f32, high: f32, value: f32| low.min(high) <= value && value <= low.max(high);
    between(segment.0.x, segment.1.x, point.x) && between(segment.0.y, segment.1.y, point.y)
}

#[cfg(test)]
mod tests {
    use super::{PolygonFault, fault};
    use crate::Point;

    fn of(corners: &[(f32, f32)]) -> Option<PolygonFault> {
        fault(&corners.iter().map(|&(x, y)| Point { x, y }).collect::<Vec<_>>())
    }

    #[test]
    fn simple_polygons_pass_in_either_turn() {
        let arrow = [(0.1, 0.1), (0.5, 0.4), (0.9, 0.1), (0.5, 0.9)];
        let mut turned = arrow;
        turned.reverse();
        assert_eq!((of(&arrow), of(&turned)), (None, None));
        assert_eq!(
            of(&[(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 1.0)]),
            None,
            "a corner in a straight side"
        );
    }

    #[test]
    fn what_encloses_nothing_sensible_is_named() {
        let bow_tie = [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)];
        assert_eq!(of(&bow_tie), Some(PolygonFault::Crossing(0, 2)));
        let spike = [(0.1, 0.1), (0.9, 0.1), (0.5, 0.1), (0.5, 0.9)];
        assert_eq!(of(&spike), Some(PolygonFault::Crossing(0, 2)));
        let first_corner_spike = [(0.9, 0.1), (0.1, 0.1), (0.5, 0.9), (0.5, 0.1)];
        assert_eq!(of(&first_corner_spike), Some(PolygonFault::Crossing(0, 2)));
        let pinched = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.0), (0.0, 1.0)];
        assert_eq!(of(&pinched), Some(PolygonFault::Crossing(0, 2)));
        for mut corners in [bow_tie.to_vec(), spike.to_vec(), pinched.to_vec()] {
            for _ in 0..corners.len() {
                corners.rotate_left(1);
                assert!(matches!(of(&corners), Some(PolygonFault::Crossing(..))), "{corners:?}");
            }
        }
        assert_eq!(of(&[(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)]), Some(PolygonFault::NoArea));
        assert_eq!(of(&[(0.1, 0.1), (0.5, 0.5), (0.9, 0.9), (0.7, 0.7)]), Some(PolygonFault::NoArea));
        assert_eq!(of(&[(0.1, 0.1), (0.9, 0.1), (0.9, 0.100_000_1)]), Some(PolygonFault::NoArea));
        assert_eq!(of(&[(0.1, 0.1), (0.1, 0.1), (0.9, 0.9)]), Some(PolygonFault::Repeated(1)));
        assert_eq!(of(&[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.1)]), Some(PolygonFault::Closed));
    }
}
