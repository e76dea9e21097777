use std::sync::Arc;

use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use rustix::time::{ClockId, clock_gettime};
use vision::{ColourMatrix, ColourRange, FrameView, PixelFormat, Plane, Planes, SizePx, VisionError};

/// One picture of a camera with its clocks.
#[derive(Clone)]
pub struct Frame {
    /// Id of the camera.
    pub camera: Arc<str>,
    /// Number of the decoded frame since the camera was opened, from 0; in footage, the frame's place in the clip.
    /// Frames that were superseded or above the rate leave gaps.
    pub sequence: u64,
    /// When it was taken and when it came.
    pub clocks: FrameClocks,
    /// The pixels, in the decoder's own buffer.
    pub planes: Arc<dyn Planes>,
}

/// The clocks of one frame. None of them is corrected by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameClocks {
    /// The camera's own wall clock when it took the picture (RTCP sender report), nanoseconds since the Unix epoch;
    /// absent until the first report, and for footage.
    pub sensor_unix_ns: Option<i64>,
    /// `CLOCK_MONOTONIC` of this box at arrival ([`monotonic_ns`]); for footage, time since its first frame.
    pub received_ns: u64,
    /// Wall clock of this box at arrival, nanoseconds since the Unix epoch; for footage, the time its first frame
    /// was taken plus `received_ns`.
    pub wall_unix_ns: i64,
    /// Whether this is footage.
    pub recorded: bool,
}

/// `CLOCK_MONOTONIC` now, in nanoseconds: the clock of [`FrameClocks::received_ns`] of a live frame.
pub fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    // Neither part is ever negative for this clock.
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// A decoder's buffer, mapped for reading as long as this lives.
pub(crate) struct MappedPlanes {
    frame: gst_video::VideoFrame<gst_video::video_frame::Readable>,
    size: SizePx,
    format: PixelFormat,
    matrix: ColourMatrix,
    range: ColourRange,
}

impl MappedPlanes {
    /// Maps `buffer`; `None` when it cannot be mapped as `info` says.
    pub(crate) fn map(buffer: gst::Buffer, info: &gst_video::VideoInfo) -> Option<Self> {
        let format = match info.format() {
            gst_video::VideoFormat::I420 => PixelFormat::I420,
            gst_video::VideoFormat::Nv12 => PixelFormat::Nv12,
            _ => return None,
        };
        let frame = gst_video::VideoFrame::from_buffer_readable(buffer, info).ok()?;
        let colorimetry = info.colorimetry();
        let mapped = Self {
            size: SizePx::new(info.width(), info.height()),
            format,
            matrix: matrix_of(colorimetry.matrix(), info.height()),
            range: match colorimetry.range() {
                gst_video::VideoColorRange::Range0_255 => ColourRange::Full,
                _ => ColourRange::Limited,
            },
            frame,
        };
        mapped.checked_view().is_ok().then_some(mapped)
    }

    fn checked_view(&self) -> Result<FrameView<'_>, VisionError> {
        let mut planes = [Plane { data: &[], stride: 0 }; 3];
        let count = self.frame.n_planes() as usize;
        for (index, plane) in planes.iter_mut().enumerate().take(count) {
            // A plane that is not there, or stored bottom-up, is left empty and fails the check of the view.
            plane.data = self.frame.plane_data(index as u32).unwrap_or_default();
            plane.stride = usize::try_from(self.frame.plane_stride()[index]).unwrap_or_default();
        }
        FrameView::new(self.size, self.format, self.matrix, self.range, &planes[..count.min(3)])
    }
}

#[expect(clippy::expect_used, reason = "the same mapping was checked when it was made")]
impl Planes for MappedPlanes {
    fn view(&self) -> FrameView<'_> {
        self.checked_view().expect("checked by `map`")
    }
}

/// Streams seldom say which luma weights they use; by custom that follows from their size.
fn matrix_of(matrix: gst_video::VideoColorMatrix, height_px: u32) -> ColourMatrix {
    match matrix {
        gst_video::VideoColorMatrix::Bt601 | gst_video::VideoColorMatrix::Fcc => ColourMatrix::Bt601,
        gst_video::VideoColorMatrix::Unknown if height_px < 720 => ColourMatrix::Bt601,
        _ => ColourMatrix::Bt709,
    }
}
