use crate::SizePx;

/// Why a picture could not be taken in, cut or written.
#[derive(Debug, thiserror::Error)]
pub enum VisionError {
    /// A plane's memory is smaller than its size and stride need.
    #[error("plane {plane} holds {actual} bytes, expected at least {expected}")]
    PlaneTooSmall {
        /// Index of the plane in its format.
        plane: usize,
        /// Bytes needed.
        expected: usize,
        /// Bytes given.
        actual: usize,
    },
    /// The number of planes does not fit the pixel format.
    #[error("pixel format {format} has {expected} planes, got {actual}")]
    PlaneCount {
        /// Name of the format.
        format: &'static str,
        /// Planes the format has.
        expected: usize,
        /// Planes given.
        actual: usize,
    },
    /// Width or height is zero.
    #[error("picture size {0} has no pixels")]
    Empty(SizePx),
    /// The picture is larger than the caller allows; nothing was decoded.
    #[error("picture is {actual}, expected at most {limit} and {pixels} pixels in all")]
    TooLarge {
        /// Size in the picture's header.
        actual: SizePx,
        /// Largest size allowed.
        limit: SizePx,
        /// Largest number of pixels allowed.
        pixels: u64,
    },
    /// The bytes are not a whole picture in a format that is read here.
    #[error("not a readable JPEG or PNG picture of {bytes} bytes")]
    Undecodable {
        /// Length of the input.
        bytes: usize,
        /// What the decoder said.
        #[source]
        source: image::ImageError,
    },
    /// The encoder refused.
    #[error("could not encode the picture as JPEG")]
    Encode(#[source] image::ImageError),
}
