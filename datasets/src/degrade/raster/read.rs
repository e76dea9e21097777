//! Planes by way of red, green and blue, because a [`FrameView`] shows its samples to `vision` alone.

use vision::{ColourMatrix, ColourRange, FrameView, Picture, PixelFormat};

use super::{Content, NEUTRAL, Samples};

/// The planes of `view`. Those of luma and chroma come back through RGB, rounded and clipped to its gamut.
pub(super) fn planes(view: &FrameView<'_>) -> Vec<Samples> {
    let picture = Picture::from_view(view);
    let (width, height) = (view.size().width as usize, view.size().height as usize);
    let pixels = picture.rgb();
    if view.format() == PixelFormat::Rgb8 {
        return vec![Samples { data: pixels.to_vec(), width, height, channels: 3, content: Content::Light }];
    }
    let yuv = YuvFromRgb::of(view.matrix(), view.range());
    let luma = pixels.chunks_exact(3).map(|pixel| yuv.luma(pixel)).collect();
    let light = Samples { data: luma, width, height, channels: 1, content: Content::Light };
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut chroma = [Vec::new(), Vec::new()];
    for row in 0..half_height {
        for column in 0..half_width {
            let corner = 3 * (2 * row * width + 2 * column);
            let [u, v] = yuv.chroma(&pixels[corner..corner + 3]);
            chroma[0].push(u);
            chroma[1].push(v);
        }
    }
    let half = |data, channels| Samples {
        data,
        width: half_width,
        height: half_height,
        channels,
        content: Content::Chroma,
    };
    let [u, v] = chroma;
    match view.format() {
        PixelFormat::Nv12 => vec![light, half(u.into_iter().zip(v).flat_map(<[u8; 2]>::from).collect(), 2)],
        _ => vec![light, half(u, 1), half(v, 1)],
    }
}

/// Weights after ITU-R BT.601-7 and BT.709-6.
struct YuvFromRgb {
    red: f32,
    blue: f32,
    luma_scale: f32,
    luma_offset: f32,
    chroma_scale: f32,
}

impl YuvFromRgb {
    fn of(matrix: ColourMatrix, range: ColourRange) -> Self {
        let (red, blue) = match matrix {
            ColourMatrix::Bt601 => (0.299, 0.114),
            ColourMatrix::Bt709 => (0.2126, 0.0722),
        };
        let (luma_scale, luma_offset, chroma_scale) = match range {
            ColourRange::Limited => (219.0 / 255.0, 16.0, 224.0 / 255.0),
            ColourRange::Full => (1.0, 0.0, 1.0),
        };
        Self { red, blue, luma_scale, luma_offset, chroma_scale }
    }

    fn full_luma(&self, pixel: &[u8]) -> f32 {
        let green = 1.0 - self.red - self.blue;
        self.red * f32::from(pixel[0]) + green * f32::from(pixel[1]) + self.blue * f32::from(pixel[2])
    }

    fn luma(&self, pixel: &[u8]) -> u8 {
        (self.luma_offset + self.luma_scale * self.full_luma(pixel)).round() as u8
    }

    fn chroma(&self, pixel: &[u8]) -> [u8; 2] {
        let luma = self.full_luma(pixel);
        let difference = |channel: u8, weight: f32| {
            let half = 0.5 * (f32::from(channel) - luma) / (1.0 - weight);
            (f32::from(NEUTRAL) + self.chroma_scale * half).round() as u8
        };
        [difference(pixel[2], self.blue), difference(pixel[0], self.red)]
    }
}
