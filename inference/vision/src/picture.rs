use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageReader, Limits};

use crate::jpeg_walk;
use crate::kernel::Kernel;
use crate::resample::{RowSampler, Window};
use crate::view::RgbFromYuv;
use crate::{
    ColourMatrix, ColourRange, FrameBox, FrameRect, FrameView, PixelFormat, Plane, Planes, SizePx,
    VisionError,
};

/// A picture of our own in packed 8-bit RGB: a crop, a snapshot, or a picture that a caller sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    size: SizePx,
    /// R, G, B triples, row after row without padding.
    pub(crate) rgb: Vec<u8>,
}

/// What a picture from outside may cost.
#[derive(Clone, Copy, Debug)]
pub struct PictureLimits {
    /// Largest width and height, read from the header before anything is decoded.
    pub size: SizePx,
    /// Largest number of pixels: what bounds the memory that decoding takes.
    pub pixels: u64,
}

impl Picture {
    /// Takes over `rgb`, triples row after row.
    ///
    /// # Errors
    /// As [`FrameView::new`].
    pub fn new(size: SizePx, rgb: Vec<u8>) -> Result<Self, VisionError> {
        let plane = Plane { data: &rgb, stride: 3 * size.width as usize };
        FrameView::new(size, PixelFormat::Rgb8, ColourMatrix::Bt601, ColourRange::Full, &[plane])?;
        Ok(Self { size, rgb })
    }

    /// Width and height.
    pub fn size(&self) -> SizePx {
        self.size
    }

    /// R, G, B triples, row after row without padding.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Reads a JPEG or PNG picture from outside.
    ///
    /// # Errors
    /// [`VisionError::TooLarge`] before decoding when the header says more than `limits`; [`VisionError::Undecodable`]
    /// for anything that is not a whole picture.
    pub fn decode(bytes: &[u8], limits: PictureLimits) -> Result<Self, VisionError> {
        let undecodable = |source| VisionError::Undecodable { bytes: bytes.len(), source };
        let reader = || {
            ImageReader::new(Cursor::new(bytes))
                .with_guessed_format()
                .map_err(|error| undecodable(image::ImageError::IoError(error)))
        };
        let mut header = reader()?;
        header.limits(bounded(HEADER_BYTES));
        let (width, height) = header.into_dimensions().map_err(undecodable)?;
        let actual = SizePx::new(width, height);
        if actual.is_empty() {
            return Err(VisionError::Empty(actual));
        }
        if limits.size.width < width || limits.size.height < height || limits.pixels < actual.area_px() {
            return Err(VisionError::TooLarge { actual, limit: limits.size, pixels: limits.pixels });
        }
        if is_cut_jpeg(bytes) {
            let cut =
                std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "JPEG ends without its end marker");
            return Err(undecodable(image::ImageError::IoError(cut)));
        }
        let mut reader = reader()?;
        // Four bytes a pixel for the decoder's own picture, and as much again for its tables.
        reader.limits(bounded(actual.area_px().saturating_mul(8).saturating_add(1 << 20)));
        let rgb = reader.decode().map_err(undecodable)?.into_rgb8().into_raw();
        Ok(Self { size: actual, rgb })
    }

    /// The part of `view` under `area`, which is first clipped to the frame, at the frame's own resolution.
    /// An area without pixels gives the one pixel at its place.
    #[expect(clippy::expect_used, reason = "a view without pixels cannot be made")]
    pub fn crop(view: &FrameView<'_>, area: &FrameBox) -> Self {
        let size = view.size();
        let rect = FrameRect::covering(area, size).expect("a view has pixels");
        let (crop_size, width) = (rect.size(), rect.width);
        let window = Window { source: rect, target: crop_size };
        let mut sampler = RowSampler::new(size, view.format(), window, Kernel::detect());
        let yuv = RgbFromYuv::of(view.matrix(), view.range());
        let mut rgb = vec![0; 3 * crop_size.area_px() as usize];
        for (y, out) in rgb.chunks_exact_mut(3 * width as usize).enumerate() {
            let [a, b, c] = sampler.row(view, y);
            for (pixel, ((&a, &b), &c)) in out.chunks_exact_mut(3).zip(a.iter().zip(b).zip(c)) {
                let [red, green, blue] = match view.format() {
                    PixelFormat::Rgb8 => [a, b, c],
                    PixelFormat::I420 | PixelFormat::Nv12 => yuv.rgb(a, b, c),
                };
                // `as u8` saturates at both ends.
                pixel.copy_from_slice(&[red, green, blue].map(|value| value.round() as u8));
            }
        }
        Self { size: crop_size, rgb }
    }

    /// The whole of `view`.
    pub fn from_view(view: &FrameView<'_>) -> Self {
        Self::crop(view, &FrameBox::whole(view.size()))
    }

    /// The picture as a baseline JPEG of `quality` 1..=100.
    ///
    /// # Errors
    /// [`VisionError::Encode`], for a side above 65,535 pixels.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, VisionError> {
        let mut bytes = Vec::with_capacity(self.rgb.len() / 8);
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode(&self.rgb, self.size.width, self.size.height, image::ExtendedColorType::Rgb8)
            .map_err(VisionError::Encode)?;
        Ok(bytes)
    }
}

#[expect(clippy::expect_used, reason = "a picture's bytes fit its size by construction")]
impl Planes for Picture {
    fn view(&self) -> FrameView<'_> {
        let plane = Plane { data: &self.rgb, stride: 3 * self.size.width as usize };
        FrameView::new(self.size, PixelFormat::Rgb8, ColourMatrix::Bt601, ColourRange::Full, &[plane])
            .expect("bytes fit the size")
    }
}

/// What stands before a picture may be compressed: a colour profile, or what calls itself one.
const HEADER_BYTES: u64 = 16 << 20;

fn bounded(bytes: u64) -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(bytes);
    limits
}

/// Decoders fill what a cut JPEG lacks with grey and call it a picture; a face or plate must not come from that.
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8]) && !jpeg_walk::has_end(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PictureLimits = PictureLimits { size: SizePx::new(64, 64), pixels: 4096 };

    fn checkered() -> Picture {
        let rgb = (0..32 * 16).flat_map(|i| if (i / 8) % 2 == 0 { [250, 10, 10] } else { [10, 10, 250] });
        Picture::new(SizePx::new(32, 16), rgb.collect()).expect("fits")
    }

    #[test]
    fn a_jpeg_survives_the_round_trip_with_its_colours() {
        let jpeg = checkered().to_jpeg(95).expect("encodes");
        let back = Picture::decode(&jpeg, LIMITS).expect("decodes");
        assert_eq!(back.size(), SizePx::new(32, 16));
        let (r, b) = (back.rgb()[3 * 3], back.rgb()[3 * 3 + 2]);
        assert!(180 < r && b < 90, "left block is red, got r {r} b {b}");
    }

    #[test]
    fn a_cut_jpeg_is_no_picture() {
        let jpeg = checkered().to_jpeg(95).expect("encodes");
        for keep in [3, 20, jpeg.len() / 2, jpeg.len() - 1] {
            let error = Picture::decode(&jpeg[..keep], LIMITS).expect_err("cut");
            assert!(matches!(error, VisionError::Undecodable { bytes, .. } if bytes == keep), "{error:?}");
        }
    }

    #[test]
    fn what_a_phone_appends_does_not_spoil_the_picture() {
        let jpeg = checkered().to_jpeg(95).expect("encodes");
        let whole = Picture::decode(&jpeg, LIMITS).expect("decodes");
        for trailer in [b"\0\0\0".as_slice(), b"SEFT\x01\xff", &jpeg[..jpeg.len() / 2]] {
            let sent = [&jpeg, trailer].concat();
            assert_eq!(Picture::decode(&sent, LIMITS).expect("decodes"), whole);
        }
    }

    #[test]
    fn a_large_picture_is_refused_by_its_header() {
        let jpeg = checkered().to_jpeg(50).expect("encodes");
        let limits = PictureLimits { size: SizePx::new(31, 64), pixels: 4096 };
        let error = Picture::decode(&jpeg, limits).expect_err("too wide");
        assert_eq!(error.to_string(), "picture is 32x16, expected at most 31x64 and 4096 pixels in all");
    }

    #[test]
    fn a_crop_is_the_window_it_names() {
        let picture = checkered();
        let area = FrameBox::new(8.0, 2.0, 16.0, 6.0).expect("valid");
        let crop = Picture::crop(&picture.view(), &area);
        assert_eq!((crop.size(), &crop.rgb()[..3]), (SizePx::new(8, 4), &[10, 10, 250][..]));
        let outside = FrameBox::new(900.0, 900.0, 950.0, 950.0).expect("valid");
        assert_eq!(Picture::crop(&picture.view(), &outside).size(), SizePx::new(1, 1));
    }
}
