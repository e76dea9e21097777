use vision::{FrameBox, FrameFromInput, InputBox};

/// One object in one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Index in the model's list of classes.
    pub class: u16,
    /// The model's confidence, in `[0, 1]`; not calibrated.
    pub score: f32,
    /// Where it is, in frame pixels; never empty, inside the frame.
    pub bbox: FrameBox,
}

/// What one row of an output tensor says, before suppression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Index in the model's list of classes.
    pub class: u16,
    /// The model's confidence, in `[0, 1]`.
    pub score: f32,
    /// Where it is, in input pixels; finite and never empty, but it may reach over the input's border.
    pub bbox: InputBox,
}

impl Candidate {
    /// A candidate that may leave this crate, or `None`: the box has an area, and the score is one.
    pub(crate) fn new(class: usize, score: f32, bbox: InputBox) -> Option<Self> {
        // An edge that is not finite, or inverted, makes the area zero, infinite or NaN; so do sides too huge or too tiny
        // to multiply.
        let area = bbox.area();
        let sound = area.is_finite() && 0.0 < area && (0.0..=1.0).contains(&score);
        let class = u16::try_from(class).ok()?;
        sound.then_some(Self { class, score, bbox })
    }
}

/// The candidates in frame pixels, cut at the frame's border; those wholly outside it are left out. Order is kept.
pub fn to_frame(candidates: &[Candidate], frame_from_input: &FrameFromInput) -> Vec<Detection> {
    candidates
        .iter()
        .filter_map(|&Candidate { class, score, bbox }| {
            frame_from_input.apply(bbox).map(|bbox| Detection { class, score, bbox })
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
            Candidate::new(2, 0.5, InputBox { x0, y0, x1, y1 }).expect("finite box with an area")
        };
        // The picture fills the upper 208 rows: the second box lies in the grey below it.
        let candidates = [at(-10.0, 100.0, 40.0, 230.0), at(10.0, 300.0, 40.0, 400.0)];
        let detections = to_frame(&candidates, &letterbox.frame_from_input());
        let bbox = FrameBox::new(0.0, 200.0, 80.0, 416.0).expect("valid");
        assert_eq!(detections, [Detection { class: 2, score: 0.5, bbox }]);
    }

    #[test]
    fn a_box_without_area_or_a_score_out_of_range_is_no_candidate() {
        let unit = InputBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };
        assert!(Candidate::new(0, 1.0, unit).is_some());
        for score in [f32::NAN, f32::INFINITY, -0.1, 1.1] {
            assert_eq!(Candidate::new(0, score, unit), None, "score {score}");
        }
        for x1 in [f32::NAN, f32::INFINITY, 0.0, -1.0] {
            assert_eq!(Candidate::new(0, 0.5, InputBox { x1, ..unit }), None, "right edge {x1}");
        }
        for edge in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let nowhere = InputBox { x0: edge, x1: edge, ..unit };
            assert_eq!(Candidate::new(0, 0.5, nowhere), None, "both edges {edge}");
        }
        let huge = InputBox { x0: -2e38, y0: -2e38, x1: 2e38, y1: 2e38 };
        assert_eq!(Candidate::new(0, 0.5, huge), None);
        assert_eq!(Candidate::new(70_000, 0.5, unit), None);
    }
}
