use vision::{Picture, PictureLimits, SizePx};

use super::math::pow;

/// Bits per second, in thousands, and per million pixels: hardly any strength, and the factor until strength 1.
const KBPS_PER_MEGAPIXEL: (f64, f64) = (3000.0, 1.0 / 10.0);

/// Quality of a JPEG: hardly any strength, and the factor until strength 1.
const QUALITY: (f64, f64) = (60.0, 1.0 / 20.0);

/// The bitrate for clips of `size`, at least 1.
pub(super) fn kbps(strength: f64, size: SizePx) -> u32 {
    let megapixels = size.area_px() as f64 / 1e6;
    (megapixels * KBPS_PER_MEGAPIXEL.0 * pow(KBPS_PER_MEGAPIXEL.1, strength)).round().max(1.0) as u32
}

/// `picture` as it comes back from a JPEG of low quality.
///
/// # Panics
/// When a side is above 65,535 pixels, which no JPEG can have.
#[expect(clippy::expect_used, reason = "documented, and what was just written is a whole JPEG")]
pub(super) fn still(picture: &Picture, strength: f64) -> Picture {
    let quality = (QUALITY.0 * pow(QUALITY.1, strength)).round().max(1.0) as u8;
    let jpeg = picture.to_jpeg(quality).expect("no side is above 65,535 pixels");
    let limits = PictureLimits { size: picture.size(), pixels: picture.size().area_px() };
    Picture::decode(&jpeg, limits).expect("a JPEG just written is whole")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bitrate_goes_by_the_pixels() {
        assert_eq!((kbps(0.5, SizePx::new(1000, 1000)), kbps(1.0, SizePx::new(1000, 1000))), (949, 300));
        assert_eq!((kbps(0.5, SizePx::new(768, 432)), kbps(1.0, SizePx::new(5, 3))), (315, 1));
    }
}
