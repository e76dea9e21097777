use vision::{FrameBox, FrameFromInput, FramePoint, InputBox, InputPoint};

use crate::Points;

/// One object in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Index in the model's list of classes.
    pub class: u16,
    /// The model's confidence, in `[0, 1]`; not calibrated.
    pub score: f32,
    /// Where it is, in frame pixels; never empty, inside the frame.
    pub bbox: FrameBox,
    /// Its points, in frame pixels; finite, but they may lie outside the frame.
    pub points: Points<FramePoint>,
}

/// What one row of the output tensors says, before suppression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Index in the model's list of classes.
    pub class: u16,
    /// The model's confidence, in `[0, 1]`.
    pub score: f32,
    /// Where it is, in input pixels; finite and never empty, but it may reach over the input's border.
    pub bbox: InputBox,
    /// Its points, in input pixels; finite.
    pub points: Points<InputPoint>,
}

impl Candidate {
    /// A candidate that may leave this crate, or `None`: the box has an area, the points are finite, and the score is one.
    pub(crate) fn new(class: usize, score: f32, bbox: InputBox, points: Points<InputPoint>) -> Option<Self> {
        // An edge that is not finite, or inverted, makes the area zero, infinite or NaN; so do sides too huge or too tiny
        // to multiply.
        let area = bbox.area();
        let is_finite = |point: &InputPoint| point.x.is_finite() && point.y.is_finite();
        let sound = area.is_finite()
            && 0.0 < area
            && points.as_slice().iter().all(is_finite)
            && (0.0..=1.0).contains(&score);
        let class = u16::try_from(class).ok()?;
        sound.then_some(Self { class, score, bbox, points })
    }
}

/// The candidates in frame pixels, their boxes cut at the frame's border; those wholly outside it are left out. Order is
/// kept.
pub fn to_frame(candidates: &[Candidate], frame_from_input: &FrameFromInput) -> Vec<Detection> {
    candidates
        .iter()
        .filter_map(|&Candidate { class, score, bbox, points }| {
            let bbox = frame_from_input.apply(bbox)?;
            let points = points.try_map(|point| frame_from_input.point(point))?;
            Some(Detection { class, score, bbox, points })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use vision::{Letterbox, PadSide, SizePx};

    use super::*;

    #[test]
    fn boxes_come_back_in_frame_pixels_and_those_in_the_border_are_left_out() {
        let frame = SizePx::new(832, 416);
        let letterbox =
            Letterbox::fit(frame, SizePx::new(416, 416), PadSide::BottomRight).expect("not empty");
        let at = |x0, y0, x1, y1| {
            Candidate::new(2, 0.5, InputBox { x0, y0, x1, y1 }, Points::None)
                .expect("finite box with an area")
        };
        // The picture fills the upper 208 rows: the second box lies in the grey below it.
        let candidates = [at(-10.0, 100.0, 40.0, 230.0), at(10.0, 300.0, 40.0, 400.0)];
        let detections = to_frame(&candidates, &letterbox.frame_from_input());
        let bbox = FrameBox::new(0.0, 200.0, 80.0, 416.0).expect("valid");
        assert_eq!(detections, [Detection { class: 2, score: 0.5, bbox, points: Points::None }]);
    }

    #[test]
    fn points_come_back_in_their_order_and_are_not_cut() {
        let frame = SizePx::new(64, 32);
        let letterbox = Letterbox::fit(frame, SizePx::new(32, 32), PadSide::Both).expect("not empty");
        let corners = [(1.0, 9.0), (34.0, 9.0), (34.0, 28.0), (1.0, 28.0)];
        let points = Points::Corners(corners.map(|(x, y)| InputPoint { x, y }));
        let bbox = InputBox { x0: 1.0, y0: 9.0, x1: 34.0, y1: 28.0 };
        let plate = Candidate::new(0, 0.5, bbox, points).expect("sound");
        let detections = to_frame(&[plate], &letterbox.frame_from_input());
        // Eight rows of border, half the size.
        let corners = [(2.0, 2.0), (68.0, 2.0), (68.0, 40.0), (2.0, 40.0)];
        assert_eq!(detections[0].points, Points::Corners(corners.map(|(x, y)| FramePoint { x, y })));
        assert_eq!((detections[0].bbox.x1(), detections[0].bbox.y1()), (64.0, 32.0), "the box is cut");
    }

    #[test]
    fn a_box_without_area_a_score_out_of_range_or_a_point_nowhere_is_no_candidate() {
        let unit = InputBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };
        let new = |class, score, bbox| Candidate::new(class, score, bbox, Points::None);
        assert!(new(0, 1.0, unit).is_some());
        for score in [f32::NAN, f32::INFINITY, -0.1, 1.1] {
            assert_eq!(new(0, score, unit), None, "score {score}");
        }
        for x1 in [f32::NAN, f32::INFINITY, 0.0, -1.0] {
            assert_eq!(new(0, 0.5, InputBox { x1, ..unit }), None, "right edge {x1}");
        }
        for edge in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let nowhere = InputBox { x0: edge, x1: edge, ..unit };
            assert_eq!(new(0, 0.5, nowhere), None, "both edges {edge}");
        }
        let huge = InputBox { x0: -2e38, y0: -2e38, x1: 2e38, y1: 2e38 };
        assert_eq!(new(0, 0.5, huge), None);
        assert_eq!(new(70_000, 0.5, unit), None);
        let mut landmarks = [InputPoint { x: 0.5, y: 0.5 }; 5];
        assert!(Candidate::new(0, 0.5, unit, Points::Landmarks(landmarks)).is_some());
        landmarks[4].y = f32::NAN;
        assert_eq!(Candidate::new(0, 0.5, unit, Points::Landmarks(landmarks)), None);
    }
}
