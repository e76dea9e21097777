use vision::{FrameBox, SizePx};

use crate::place::{Spot, edges, segments_touch};
use crate::{RuleTest, Zone};

/// How much of its size a box is grown by on each side before it counts as near: half of it.
const MARGIN: f32 = 0.5;

impl RuleTest {
    /// Whether a box of a frame of this size, in frame pixels, is near the line or zone: it touches it when it is twice as
    /// wide and high. For explanations only; no rule asks it.
    pub fn is_near(&self, bbox: &FrameBox, frame: SizePx) -> bool {
        let grown = bbox.grown(MARGIN);
        let spot = |x: f32, y: f32| Spot { x: x / frame.height as f32, y: y / frame.height as f32 };
        let corners = [
            spot(grown.x0(), grown.y0()),
            spot(grown.x1(), grown.y0()),
            spot(grown.x1(), grown.y1()),
            spot(grown.x0(), grown.y1()),
        ];
        let sides = [0, 1, 2, 3].map(|side| (corners[side], corners[(side + 1) % 4]));
        let is_cut = |edge: (Spot, Spot)| sides.iter().any(|side| segments_touch(*side, edge));
        let is_in_box = |point: Spot| {
            let [low, _, high, _] = corners;
            (low.x..=high.x).contains(&point.x) && (low.y..=high.y).contains(&point.y)
        };
        let near_zone = |zone: &Zone| {
            let mut outline = edges(&zone.polygon, frame);
            // Either they meet, or one lies in the other.
            outline.any(|edge| is_in_box(edge.0) || is_cut(edge)) || zone.contains(corners[0], frame)
        };
        match self {
            Self::Line { line, .. } => {
                let edge = (Spot::of(line.from, frame), Spot::of(line.to, frame));
                is_in_box(edge.0) || is_cut(edge)
            }
            Self::Zone { zone, .. } => near_zone(zone),
            Self::Loiter(loiter) => near_zone(&loiter.zone),
            Self::WrongWay(way) => near_zone(&way.zone),
            Self::Crowd(crowd) => near_zone(&crowd.zone),
            Self::ObjectLeft(left) => near_zone(&left.zone),
            Self::Landing(landing) => near_zone(&landing.land),
        }
    }
}

#[cfg(test)]
mod tests {
    use vision::NormPoint;

    use super::*;
    use crate::{Line, LineDirections, ZoneEdge};

    const FRAME: SizePx = SizePx::new(200, 100);

    fn at(x: f32, y: f32) -> FrameBox {
        FrameBox::new(x - 5.0, y - 5.0, x + 5.0, y + 5.0).unwrap()
    }

    #[test]
    fn a_box_within_its_own_half_size_of_a_line_is_near_it() {
        let point = |x, y| NormPoint { x, y };
        let line = Line { id: "l".to_owned(), from: point(0.25, 0.5), to: point(0.75, 0.5) };
        let test = RuleTest::Line { line, directions: LineDirections::Both, hysteresis: 0.01 };
        for (x, y, near) in [
            (100.0, 50.0, true),
            (100.0, 41.0, true),
            (100.0, 39.0, false),
            (159.0, 50.0, true),
            (161.0, 50.0, false),
        ] {
            assert_eq!(test.is_near(&at(x, y), FRAME), near, "{x} {y}");
        }
    }

    #[test]
    fn a_box_in_a_zone_and_one_around_it_are_near_it() {
        let corners = [(0.5, 0.5), (0.8, 0.5), (0.8, 0.9), (0.5, 0.9)];
        let polygon = corners.map(|(x, y)| NormPoint { x, y }).to_vec();
        let zone = Zone { id: "z".to_owned(), polygon };
        let test = RuleTest::Zone { zone, on: ZoneEdge::Enter, min_dwell: std::time::Duration::ZERO };
        for (bbox, near) in [
            (at(130.0, 70.0), true),
            (FrameBox::whole(FRAME), true),
            (at(91.0, 70.0), true),
            (at(89.0, 70.0), false),
            (at(20.0, 20.0), false),
        ] {
            assert_eq!(test.is_near(&bbox, FRAME), near, "{bbox:?}");
        }
    }
}
