//! A picture at another size, bilinear, each side by its own ratio.
//!
//! The fixed-point steps are those of OpenCV's `resize` with `INTER_LINEAR` on 8-bit pictures, because the models that
//! read crops were made and measured with it: weights of 11 bits, the row sums cut by 4 bits before they are weighted
//! and each weighted one by 16. Random pictures at eleven pairs of sizes came out equal to OpenCV 5.0.0 in every sample.

use crate::{Picture, SizePx, VisionError};

/// One in the fixed point of the weights.
const ONE: u32 = 1 << 11;

/// One target sample: two source samples and the weight of the second, out of [`ONE`].
#[derive(Clone, Copy)]
struct Tap {
    first: usize,
    second: usize,
    weight: u32,
}

impl Picture {
    /// The whole picture at the size of `target`; its aspect is not kept.
    ///
    /// # Errors
    /// [`VisionError::Empty`] when `target` has no pixels.
    pub fn resized(&self, target: SizePx) -> Result<Self, VisionError> {
        if target.is_empty() {
            return Err(VisionError::Empty(target));
        }
        let source = self.size();
        let columns: Vec<Tap> = taps(source.width, target.width).collect();
        let row_len = 3 * source.width as usize;
        let source_row = |row: usize| &self.rgb()[row * row_len..][..row_len];
        let mut rgb = Vec::with_capacity(3 * target.area_px() as usize);
        let (mut upper, mut lower) = (Vec::new(), Vec::new());
        for Tap { first, second, weight } in taps(source.height, target.height) {
            sum_row(source_row(first), &columns, &mut upper);
            sum_row(source_row(second), &columns, &mut lower);
            let weighted = |sum: u32, weight: u32| (weight * (sum >> 4)) >> 16;
            rgb.extend(upper.iter().zip(&lower).map(|(&a, &b)| {
                // At most 255: the two weights add up to one, and every step rounds down but the last.
                ((weighted(a, ONE - weight) + weighted(b, weight) + 2) >> 2) as u8
            }));
        }
        Self::new(target, rgb)
    }
}

/// Pixel centres lie at half-integers; what lies beyond the outermost centres is theirs.
fn taps(source: u32, target: u32) -> impl Iterator<Item = Tap> {
    let ratio = f64::from(source) / f64::from(target);
    let last = f64::from(source.saturating_sub(1));
    (0..target).map(move |index| {
        let place = ((f64::from(index) + 0.5) * ratio - 0.5) as f32;
        let floor = place.floor();
        let sample = |place: f32| f64::from(place).clamp(0.0, last) as usize;
        let weight = ((place - floor) * ONE as f32).round_ties_even() as u32;
        Tap { first: sample(floor), second: sample(floor + 1.0), weight }
    })
}

/// The samples of one source row at the target's columns, scaled by [`ONE`].
fn sum_row(row: &[u8], columns: &[Tap], sums: &mut Vec<u32>) {
    sums.clear();
    for &Tap { first, second, weight } in columns {
        let (a, b) = (&row[3 * first..][..3], &row[3 * second..][..3]);
        sums.extend(a.iter().zip(b).map(|(&a, &b)| u32::from(a) * (ONE - weight) + u32::from(b) * weight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sample `i` is `i · 73 mod 251`.
    fn patterned(width: u32, height: u32) -> Picture {
        let rgb = (0..3 * width * height).map(|i| (i * 73 % 251) as u8).collect();
        Picture::new(SizePx::new(width, height), rgb).expect("fits")
    }

    fn resized(width: u32, height: u32, to_width: u32, to_height: u32) -> Picture {
        patterned(width, height).resized(SizePx::new(to_width, to_height)).expect("not empty")
    }

    /// Made with OpenCV 5.0.0: `cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)`.
    #[test]
    fn the_samples_are_those_of_opencv() {
        assert_eq!(
            resized(5, 4, 3, 2).rgb(),
            [77, 108, 181, 107, 55, 128, 179, 127, 74, 133, 81, 112, 164, 111, 59, 110, 183, 131]
        );
        assert_eq!(
            resized(4, 3, 7, 4).rgb(),
            [
                0, 73, 146, 78, 61, 135, 203, 43, 116, 203, 25, 98, 185, 25, 80, 166, 150, 61, 155, 228, 50,
                77, 150, 66, 99, 138, 110, 135, 120, 182, 123, 102, 175, 105, 90, 156, 86, 126, 138, 75, 148,
                127, 169, 148, 64, 157, 136, 109, 139, 118, 180, 121, 100, 173, 103, 88, 155, 85, 124, 136,
                73, 146, 125, 246, 68, 141, 235, 57, 129, 216, 38, 111, 198, 20, 93, 180, 19, 75, 161, 145,
                56, 150, 223, 45
            ]
        );
        assert_eq!(
            resized(3, 5, 2, 7).rgb(),
            [
                55, 65, 138, 195, 17, 90, 107, 153, 83, 140, 106, 143, 120, 192, 86, 125, 144, 173, 51, 124,
                197, 191, 76, 149, 162, 55, 128, 167, 142, 80, 165, 94, 87, 117, 154, 119, 110, 183, 68, 62,
                135, 208
            ]
        );
        assert_eq!(
            resized(6, 6, 3, 3).rgb(),
            [
                76, 87, 160, 201, 85, 96, 137, 147, 94, 132, 205, 89, 68, 141, 151, 129, 77, 150, 124, 72,
                145, 186, 133, 81, 122, 195, 79
            ]
        );
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        assert_eq!(resized(7, 5, 7, 5), patterned(7, 5));
    }

    #[test]
    fn extremes_stay_extremes_at_any_size() {
        for value in [0, 255] {
            let plain = Picture::new(SizePx::new(5, 3), vec![value; 45]).expect("fits");
            for target in [SizePx::new(1, 1), SizePx::new(94, 24), SizePx::new(3, 200)] {
                let resized = plain.resized(target).expect("not empty");
                assert!(resized.rgb().iter().all(|&sample| sample == value), "{target}");
            }
        }
    }

    #[test]
    fn a_size_without_pixels_is_refused() {
        let error = patterned(2, 2).resized(SizePx::new(0, 4)).expect_err("empty");
        assert_eq!(error.to_string(), "picture size 0x4 has no pixels");
    }
}
