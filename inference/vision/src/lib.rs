//! Pictures and the geometry on them: planes, boxes, coordinate spaces, resampling, crops, picture files.
//!
//! Four coordinate spaces exist and each has types of its own, so that they cannot mix:
//! *frame* pixels ([`FrameBox`], [`FrameRect`], [`FramePoint`]), *input* pixels of a model ([`InputBox`], [`InputPoint`]),
//! *normalised* positions in `[0, 1]` of the frame ([`NormPoint`]) and pixels of a warped *crop* ([`CropPoint`]). The only
//! way from input to frame is [`FrameFromInput`], from crop to frame [`FrameFromCrop`].
//!
//! This crate knows neither models nor time nor I/O; it alone depends on `image`.

mod error;

mod frame_box;
mod frame_rect;
mod input_box;
mod point;
mod size;

mod planes;
mod view;

mod kernel;
mod letterbox;
mod resample;
mod tensor;

mod picture_tensor;
mod resize;

mod frame_from_crop;
mod homography;
mod projective;
mod similarity;
mod warp;

mod draw;
mod jpeg_walk;
mod picture;

mod redact;
mod sharpness;

pub use error::VisionError;
pub use frame_box::FrameBox;
pub use frame_from_crop::{CropPoint, FrameFromCrop, grown_corners};
pub use frame_rect::FrameRect;
pub use homography::homography;
pub use input_box::InputBox;
pub use letterbox::{FrameFromInput, Letterbox, PadSide};
pub use picture::{Picture, PictureLimits};
pub use picture_tensor::{ElementType, TensorLayout};
pub use planes::{OwnedPlanes, Planes};
pub use point::{FramePoint, InputPoint, NormPoint};
pub use projective::Projective;
pub use sharpness::sharpness;
pub use size::SizePx;
pub use tensor::{ChannelOrder, InputSpec, TensorWriter};
pub use view::{ColourMatrix, ColourRange, FrameView, PixelFormat, Plane};
