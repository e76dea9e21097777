//! Crops that are turned, scaled or seen from the side, straight from the planes of a frame.

use crate::view::RgbFromYuv;
use crate::{FrameFromCrop, FrameView, Picture, PixelFormat, Plane, SizePx, VisionError};

impl Picture {
    /// The crop of `size` pixels that `frame_from_crop` finds in `view`, sampled bilinearly at the centres of its
    /// pixels; what lies outside the frame is black.
    ///
    /// One place of the frame is sampled for each pixel, so a crop much smaller than what it shows is coarse, as
    /// OpenCV's `warpPerspective` is.
    ///
    /// # Errors
    /// [`VisionError::Empty`] when `size` has no pixels.
    pub fn warped(
        view: &FrameView<'_>,
        frame_from_crop: &FrameFromCrop,
        size: SizePx,
    ) -> Result<Self, VisionError> {
        if size.is_empty() {
            return Err(VisionError::Empty(size));
        }
        let yuv = RgbFromYuv::of(view.matrix(), view.range());
        let frame = view.size();
        let (frame_width, frame_height) = (f64::from(frame.width), f64::from(frame.height));
        let mut rgb = Vec::with_capacity(3 * size.area_px() as usize);
        for row in 0..size.height {
            for column in 0..size.width {
                let pixel = frame_from_crop
                    .place(f64::from(column) + 0.5, f64::from(row) + 0.5)
                    .filter(|&(x, y)| (0.0..=frame_width).contains(&x) && (0.0..=frame_height).contains(&y))
                    .map_or([0; 3], |(x, y)| colour(view, &yuv, x, y));
                rgb.extend_from_slice(&pixel);
            }
        }
        Self::new(size, rgb)
    }
}

/// The colour of the place `(x, y)` inside the frame.
fn colour(view: &FrameView<'_>, yuv: &RgbFromYuv, x: f64, y: f64) -> [u8; 3] {
    let size = view.size();
    let at_luma = Corners::of(x, y, size);
    // Samples of the half-size planes lie in the middle of the four pixels they colour.
    let at_chroma =
        || Corners::of(x / 2.0, y / 2.0, SizePx::new(size.width.div_ceil(2), size.height.div_ceil(2)));
    let rgb = match view.format() {
        PixelFormat::I420 => {
            let at_chroma = at_chroma();
            let (u, v) = (at_chroma.sample(view.plane(1), 1, 0), at_chroma.sample(view.plane(2), 1, 0));
            yuv.rgb(at_luma.sample(view.plane(0), 1, 0), u, v)
        }
        PixelFormat::Nv12 => {
            let at_chroma = at_chroma();
            let (u, v) = (at_chroma.sample(view.plane(1), 2, 0), at_chroma.sample(view.plane(1), 2, 1));
            yuv.rgb(at_luma.sample(view.plane(0), 1, 0), u, v)
        }
        PixelFormat::Rgb8 => [0, 1, 2].map(|channel| at_luma.sample(view.plane(0), 3, channel)),
    };
    // `as u8` saturates at both ends.
    rgb.map(|value| value.round() as u8)
}

/// The four samples around a place, with the weights of the second column and row out of 256, as in
/// [`crate::resample`].
struct Corners {
    columns: (usize, usize, u32),
    rows: (usize, usize, u32),
}

impl Corners {
    fn of(x: f64, y: f64, plane: SizePx) -> Self {
        let pair = |place: f64, samples: u32| {
            let last = samples.saturating_sub(1);
            let place = (place - 0.5).clamp(0.0, f64::from(last));
            let first = place as u32;
            let weight = ((place - f64::from(first)) * 256.0).round() as u32;
            (first as usize, (first + 1).min(last) as usize, weight)
        };
        Self { columns: pair(x, plane.width), rows: pair(y, plane.height) }
    }

    /// The value of channel `channel` of `channels` interleaved ones, in `[0, 255]`.
    fn sample(&self, plane: Plane<'_>, channels: usize, channel: usize) -> f32 {
        let (left, right, right_weight) = self.columns;
        let (upper, lower, lower_weight) = self.rows;
        let row = |row: usize| {
            let samples = &plane.data[row * plane.stride..];
            let at = |column: usize| u32::from(samples[column * channels + channel]);
            at(left) * (256 - right_weight) + at(right) * right_weight
        };
        (row(upper) * (256 - lower_weight) + row(lower) * lower_weight) as f32 / 65536.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColourMatrix, ColourRange, FrameBox, FramePoint, OwnedPlanes, Planes};

    const SIZE: SizePx = SizePx::new(48, 32);

    fn patterned(format: PixelFormat) -> OwnedPlanes {
        let (w, h) = (SIZE.width as usize, SIZE.height as usize);
        let shapes = match format {
            PixelFormat::I420 => vec![(w, h), (w / 2, h / 2), (w / 2, h / 2)],
            PixelFormat::Nv12 => vec![(w, h), (w, h / 2)],
            PixelFormat::Rgb8 => vec![(3 * w, h)],
        };
        let plane = |(row, rows): (usize, usize)| {
            let stride = row + 5;
            ((0..stride * rows).map(|i| (i * 37 % 241) as u8).collect(), stride)
        };
        let planes = shapes.into_iter().map(plane).collect();
        OwnedPlanes::new(SIZE, format, ColourMatrix::Bt709, ColourRange::Limited, planes).expect("fits")
    }

    #[test]
    fn a_warp_that_only_shifts_is_a_crop() {
        for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgb8] {
            let planes = patterned(format);
            let area = FrameBox::new(7.0, 5.0, 31.0, 20.0).expect("valid");
            let crop = Picture::crop(&planes.view(), &area);
            let shift = FrameFromCrop::affine([[1.0, 0.0, 7.0], [0.0, 1.0, 5.0]]).expect("finite");
            let warped = Picture::warped(&planes.view(), &shift, crop.size()).expect("not empty");
            assert_eq!(warped, crop, "{format:?}");
        }
    }

    #[test]
    fn corners_upside_down_turn_the_picture() {
        let planes = patterned(PixelFormat::Rgb8);
        let corners = [(48.0, 32.0), (0.0, 32.0), (0.0, 0.0), (48.0, 0.0)].map(|(x, y)| FramePoint { x, y });
        let map = FrameFromCrop::of_corners(&corners, SIZE).expect("convex");
        let turned = Picture::warped(&planes.view(), &map, SIZE).expect("not empty");
        let whole = Picture::from_view(&planes.view());
        let backwards: Vec<u8> = whole.rgb().as_chunks::<3>().0.iter().rev().flatten().copied().collect();
        assert_eq!(turned.rgb(), backwards);
    }

    #[test]
    fn outside_the_frame_there_is_nothing() {
        let planes = patterned(PixelFormat::I420);
        let shift = FrameFromCrop::affine([[1.0, 0.0, 46.0], [0.0, 1.0, -1.0]]).expect("finite");
        let warped = Picture::warped(&planes.view(), &shift, SizePx::new(4, 3)).expect("not empty");
        let is_black: Vec<bool> =
            warped.rgb().as_chunks::<3>().0.iter().map(|&pixel| pixel == [0; 3]).collect();
        let row = [false, false, true, true];
        assert_eq!(is_black, [[true; 4], row, row].as_flattened());
    }

    #[test]
    fn a_crop_without_pixels_is_refused() {
        let planes = patterned(PixelFormat::I420);
        let shift = FrameFromCrop::affine([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]).expect("finite");
        let error = Picture::warped(&planes.view(), &shift, SizePx::new(0, 3)).expect_err("empty");
        assert_eq!(error.to_string(), "picture size 0x3 has no pixels");
    }
}
