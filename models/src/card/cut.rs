//! Which part of a model's input a frame's aspect leaves empty, cut off.

use vision::SizePx;

use super::InputSize;

impl InputSize {
    /// The smallest size the model takes in which `frame` is letterboxed at the scale that it has in the preferred size.
    ///
    /// The side that limits the scale stays; of the other, whole steps of border go. A model of one size, and a frame
    /// without pixels, give the preferred size.
    pub fn cut_to(self, frame: SizePx) -> SizePx {
        let preferred = self.preferred();
        let Self::MultipleOf { step, .. } = self else { return preferred };
        if frame.is_empty() {
            return preferred;
        }
        let [fw, fh, pw, ph, step] =
            [frame.width, frame.height, preferred.width, preferred.height, step].map(u64::from);
        // The content is rounded up to whole steps before it is rounded to pixels: a border one pixel too small would
        // change the scale. It fits `u32`, as the preferred side is a multiple of the step and not below the content.
        let side = |content_times: u64, by: u64| (content_times.div_ceil(by * step).max(1) * step) as u32;
        if pw * fh <= ph * fw {
            SizePx::new(preferred.width, side(pw * fh, fw))
        } else {
            SizePx::new(side(ph * fw, fh), preferred.height)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use vision::{Letterbox, PadSide};

    use super::*;

    fn any(step: u32, width: u32, height: u32) -> InputSize {
        InputSize::MultipleOf { step, default: SizePx::new(width, height) }
    }

    #[test]
    fn the_border_beside_a_frame_is_cut_in_whole_steps() {
        let square = any(32, 416, 416);
        for (frame, cut) in [
            ((1920, 1080), (416, 256)),
            ((640, 480), (416, 320)),
            ((1080, 1920), (256, 416)),
            ((768, 432), (416, 256)),
            ((500, 500), (416, 416)),
            ((4000, 10), (416, 32)),
            ((10, 4000), (32, 416)),
            // 256.0 rows fit 256, 256.1 do not.
            ((416, 256), (416, 256)),
            ((4160, 2561), (416, 288)),
        ] {
            let frame = SizePx::new(frame.0, frame.1);
            assert_eq!(square.cut_to(frame), SizePx::new(cut.0, cut.1), "{frame}");
        }
        assert_eq!(any(32, 640, 384).cut_to(SizePx::new(640, 480)), SizePx::new(512, 384));
    }

    #[test]
    fn a_model_of_one_size_keeps_it() {
        let fixed = InputSize::Fixed(SizePx::new(416, 416));
        assert_eq!(fixed.cut_to(SizePx::new(1920, 1080)), SizePx::new(416, 416));
    }

    #[test]
    fn a_frame_without_pixels_cuts_nothing() {
        assert_eq!(any(32, 416, 416).cut_to(SizePx::new(0, 1080)), SizePx::new(416, 416));
    }

    proptest! {
        #[test]
        fn a_cut_is_taken_by_the_model_is_never_larger_and_never_crops(
            frame in (1u32..=u32::MAX, 1u32..=u32::MAX),
            small in (1u32..5000, 1u32..5000),
            step in 1u32..=64,
            steps in (1u32..=40, 1u32..=40),
            is_small: bool,
        ) {
            let (width, height) = if is_small { small } else { frame };
            let (frame, size) = (SizePx::new(width, height), any(step, step * steps.0, step * steps.1));
            let (preferred, cut) = (size.preferred(), size.cut_to(frame));
            prop_assert!(size.takes(cut));
            prop_assert!(cut.width <= preferred.width && cut.height <= preferred.height);
            prop_assert!(cut.width == preferred.width || cut.height == preferred.height);

            let fit = |input| Letterbox::fit(frame, input, PadSide::BottomRight).expect("neither is empty");
            prop_assert_eq!(fit(cut).inner(), fit(preferred).inner(), "the scale stays");
            let is_needed = |cut: u32, inner: u32| cut - inner <= step;
            prop_assert!(is_needed(cut.width, fit(cut).inner().width), "no whole step of border is left");
            prop_assert!(is_needed(cut.height, fit(cut).inner().height));
        }
    }
}
