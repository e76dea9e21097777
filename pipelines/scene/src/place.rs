use serde::{Deserialize, Serialize};
use vision::{NormPoint, SizePx};

use crate::SceneError;

/// An area of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Name that passages carry.
    pub id: String,
    /// At least three corners of an outline that never meets itself, in either sense of rotation.
    pub polygon: Vec<NormPoint>,
}

/// A directed line segment in the picture.
///
/// *Forward* is from its left to its right, as seen by one who stands on `from` and looks at `to`: over a line drawn from
/// the picture's left to its right, forward is down the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Name that passages carry.
    pub id: String,
    /// First point.
    pub from: NormPoint,
    /// Second point.
    pub to: NormPoint,
}

/// A position with both axes in frame heights, origin top-left, x right, y down: distances mean the same in any
/// direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spot {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// Two edges count as touching, and a point as on an edge, within this many frame heights.
const TOUCH: f32 = 1e-6;

impl Spot {
    pub(crate) fn of(point: NormPoint, frame: SizePx) -> Self {
        Self { x: point.x * frame.width as f32 / frame.height as f32, y: point.y }
    }

    pub(crate) fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Twice the area of the triangle `a b c`; positive when `c` is to the right of one who looks from `a` to `b`.
fn turn(a: Spot, b: Spot, c: Spot) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// Distance from `point` to the segment between `a` and `b`.
pub(crate) fn distance_to_segment(a: Spot, b: Spot, point: Spot) -> f32 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length_squared = dx * dx + dy * dy;
    let along = (point.x - a.x) * dx + (point.y - a.y) * dy;
    let t = if 0.0 < length_squared { (along / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    point.distance(Spot { x: a.x + t * dx, y: a.y + t * dy })
}

pub(crate) fn segments_touch(a: (Spot, Spot), b: (Spot, Spot)) -> bool {
    let opposite = |(p, q): (Spot, Spot), (r, s): (Spot, Spot)| turn(p, q, r) * turn(p, q, s) < 0.0;
    let near = |(p, q): (Spot, Spot), r: Spot| distance_to_segment(p, q, r) <= TOUCH;
    (opposite(a, b) && opposite(b, a)) || near(a, b.0) || near(a, b.1) || near(b, a.0) || near(b, a.1)
}

impl Line {
    /// Distance from the line, prolonged at both ends, to `spot` in frame heights: positive on its right.
    pub(crate) fn signed_distance(&self, spot: Spot, frame: SizePx) -> f32 {
        let (from, to) = (Spot::of(self.from, frame), Spot::of(self.to, frame));
        turn(from, to, spot) / from.distance(to)
    }

    /// Whether the way from `before` to `now`, which lie on different sides, cuts the line between its ends.
    pub(crate) fn is_cut_between_its_ends(&self, before: Spot, now: Spot, frame: SizePx) -> bool {
        let (from, to) = (Spot::of(self.from, frame), Spot::of(self.to, frame));
        // The ends lie on different sides of the way, or one of them on it.
        turn(before, now, from) * turn(before, now, to) <= 0.0
    }

    pub(crate) fn check(&self, rule: &str) -> Result<(), SceneError> {
        check_points(rule, &self.id, &[self.from, self.to])?;
        let square = SizePx::new(1, 1);
        if Spot::of(self.from, square).distance(Spot::of(self.to, square)) <= TOUCH {
            return Err(SceneError::LineWithoutLength { rule: rule.to_owned(), line: self.id.clone() });
        }
        Ok(())
    }
}

impl Zone {
    /// Whether `spot` is inside by the even-odd rule; a spot on the outline is inside.
    pub(crate) fn contains(&self, spot: Spot, frame: SizePx) -> bool {
        let mut inside = false;
        for (a, b) in edges(&self.polygon, frame) {
            if distance_to_segment(a, b, spot) <= TOUCH {
                return true;
            }
            // Half-open in y, so that a ray through a corner counts it once.
            if (a.y <= spot.y) != (b.y <= spot.y) {
                let cut_x = a.x + (spot.y - a.y) / (b.y - a.y) * (b.x - a.x);
                inside ^= spot.x < cut_x;
            }
        }
        inside
    }

    pub(crate) fn check(&self, rule: &str) -> Result<(), SceneError> {
        check_points(rule, &self.id, &self.polygon)?;
        let corners = self.polygon.len();
        if corners < 3 {
            return Err(SceneError::TooFewCorners { rule: rule.to_owned(), zone: self.id.clone(), corners });
        }
        // Whether edges meet does not depend on the frame's shape.
        let edges: Vec<_> = edges(&self.polygon, SizePx::new(1, 1)).collect();
        for first in 0..corners {
            for second in first + 1..corners {
                let touch = match second - first {
                    // Neighbours share a corner; the far ends must stay clear of the other edge.
                    1 => neighbours_fold(edges[first], edges[second]),
                    distance if distance == corners - 1 => neighbours_fold(edges[second], edges[first]),
                    _ => segments_touch(edges[first], edges[second]),
                };
                if touch {
                    let (rule, zone) = (rule.to_owned(), self.id.clone());
                    return Err(SceneError::CrossedOutline {
                        rule,
                        zone,
                        first: first + 1,
                        second: second + 1,
                    });
                }
            }
        }
        Ok(())
    }
}

pub(crate) fn edges(polygon: &[NormPoint], frame: SizePx) -> impl Iterator<Item = (Spot, Spot)> {
    let next = polygon.iter().cycle().skip(1);
    polygon.iter().zip(next).map(move |(&a, &b)| (Spot::of(a, frame), Spot::of(b, frame)))
}

/// Whether the edge `next`, which starts where `edge` ends, lies on it or has no length.
fn neighbours_fold(edge: (Spot, Spot), next: (Spot, Spot)) -> bool {
    distance_to_segment(edge.0, edge.1, next.1) <= TOUCH
        || distance_to_segment(next.0, next.1, edge.0) <= TOUCH
}

fn check_points(rule: &str, place: &str, points: &[NormPoint]) -> Result<(), SceneError> {
    match points.iter().find(|point| !(point.x.is_finite() && point.y.is_finite())) {
        Some(&NormPoint { x, y }) => {
            Err(SceneError::Point { rule: rule.to_owned(), place: place.to_owned(), x, y })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: SizePx = SizePx::new(200, 100);

    fn zone(corners: &[(f32, f32)]) -> Zone {
        Zone { id: "yard".into(), polygon: corners.iter().map(|&(x, y)| NormPoint { x, y }).collect() }
    }

    fn holds(zone: &Zone, x: f32, y: f32) -> bool {
        zone.contains(Spot::of(NormPoint { x, y }, FRAME), FRAME)
    }

    #[test]
    fn right_of_a_line_is_positive_and_in_frame_heights() {
        let line =
            Line { id: "l".into(), from: NormPoint { x: 0.0, y: 0.5 }, to: NormPoint { x: 1.0, y: 0.5 } };
        // Looking along the picture from left to right, the right hand points down the picture.
        assert_eq!(line.signed_distance(Spot { x: 1.0, y: 0.75 }, FRAME), 0.25);
        let upright =
            Line { id: "l".into(), from: NormPoint { x: 0.5, y: 1.0 }, to: NormPoint { x: 0.5, y: 0.0 } };
        // Looking up the picture, the right hand points to the picture's right; 20 of 200 columns are 0.2 heights.
        let spot = Spot::of(NormPoint { x: 0.6, y: 0.5 }, FRAME);
        assert!((upright.signed_distance(spot, FRAME) - 0.2).abs() < 1e-6);
    }

    #[test]
    fn a_notched_zone_holds_its_inside_and_its_outline() {
        let zone = zone(&[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.5), (0.1, 0.9)]);
        assert_eq!(zone.check("r"), Ok(()));
        assert!(holds(&zone, 0.2, 0.5) && holds(&zone, 0.8, 0.5));
        assert!(!holds(&zone, 0.5, 0.7) && !holds(&zone, 0.05, 0.5) && !holds(&zone, 0.95, 0.5));
        assert!(holds(&zone, 0.5, 0.5), "a corner");
        assert!(holds(&zone, 0.1, 0.5) && holds(&zone, 0.9, 0.5) && holds(&zone, 0.5, 0.1), "edges");
        assert!(holds(&zone, 0.3, 0.1) && !holds(&zone, 0.3, 0.05) && !holds(&zone, 0.05, 0.1));
    }

    #[test]
    fn the_sense_of_rotation_does_not_matter() {
        let mut zone = zone(&[(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]);
        for _ in 0..2 {
            assert!(holds(&zone, 0.5, 0.5) && !holds(&zone, 0.9, 0.5));
            zone.polygon.reverse();
        }
    }

    #[test]
    fn outlines_that_meet_themselves_are_refused() {
        let bow_tie = zone(&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]);
        assert!(matches!(bow_tie.check("r"), Err(SceneError::CrossedOutline { first: 1, second: 3, .. })));
        let folded = zone(&[(0.0, 0.0), (1.0, 0.0), (0.5, 0.0)]);
        assert!(matches!(folded.check("r"), Err(SceneError::CrossedOutline { .. })));
        let doubled = zone(&[(0.0, 0.0), (0.0, 0.0), (1.0, 0.0), (0.5, 1.0)]);
        assert!(matches!(doubled.check("r"), Err(SceneError::CrossedOutline { .. })));
        assert!(matches!(
            zone(&[(0.0, 0.0), (1.0, 0.0)]).check("r"),
            Err(SceneError::TooFewCorners { corners: 2, .. })
        ));
        let unbounded = zone(&[(0.0, 0.0), (1.0, f32::NAN), (0.5, 1.0)]);
        assert!(matches!(unbounded.check("r"), Err(SceneError::Point { .. })));
    }
}
