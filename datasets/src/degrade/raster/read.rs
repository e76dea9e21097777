use vision::{FrameView, PixelFormat};

use super::{Content, Samples};

/// Copies the planes of `view`, without the padding of their rows.
pub(super) fn planes(view: &FrameView<'_>) -> Vec<Samples> {
    let (width, height) = (view.size().width as usize, view.size().height as usize);
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let light = |channels| copy(view, 0, width, height, channels, Content::Light);
    let chroma = |index, channels| copy(view, index, half_width, half_height, channels, Content::Chroma);
    match view.format() {
        PixelFormat::I420 => vec![light(1), chroma(1, 1), chroma(2, 1)],
        PixelFormat::Nv12 => vec![light(1), chroma(1, 2)],
        PixelFormat::Rgb8 => vec![light(3)],
    }
}

fn copy(
    view: &FrameView<'_>,
    index: usize,
    width: usize,
    height: usize,
    channels: usize,
    content: Content,
) -> Samples {
    let (plane, row_len) = (view.plane(index), width * channels);
    let mut data = Vec::with_capacity(row_len * height);
    for row in 0..height {
        data.extend_from_slice(&plane.data[row * plane.stride..][..row_len]);
    }
    Samples { data, width, height, channels, content }
}
