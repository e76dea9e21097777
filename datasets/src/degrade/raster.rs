use vision::{ColourMatrix, ColourRange, FrameView, OwnedPlanes, Picture, PixelFormat, SizePx};

mod read;

/// The samples of a frame, ours to change.
pub(super) struct Raster {
    pub(super) size: SizePx,
    format: PixelFormat,
    matrix: ColourMatrix,
    range: ColourRange,
    pub(super) planes: Vec<Samples>,
}

/// One plane without padding.
#[derive(Clone)]
pub(super) struct Samples {
    /// `[height, width, channels]`, row-major.
    pub(super) data: Vec<u8>,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) channels: usize,
    pub(super) content: Content,
}

/// What samples stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Luma, or red, green and blue: the more the brighter. As large as the frame.
    Light,
    /// Colour differences around [`NEUTRAL`], at half the frame's width and height.
    Chroma,
}

/// The chroma of grey.
pub(super) const NEUTRAL: u8 = 128;

impl Samples {
    /// Samples per row.
    pub(super) fn row_len(&self) -> usize {
        self.width * self.channels
    }

    /// Frame pixels per sample, along each axis.
    pub(super) fn frame_step(&self) -> usize {
        match self.content {
            Content::Light => 1,
            Content::Chroma => 2,
        }
    }
}

impl Raster {
    pub(super) fn read(view: &FrameView<'_>) -> Self {
        Self {
            size: view.size(),
            format: view.format(),
            matrix: view.matrix(),
            range: view.range(),
            planes: read::planes(view),
        }
    }

    /// Whether light is given as red, green and blue.
    pub(super) fn is_rgb(&self) -> bool {
        self.format == PixelFormat::Rgb8
    }

    /// Code values of black and of white in the planes of light.
    pub(super) fn black_and_white(&self) -> (u8, u8) {
        match (self.format, self.range) {
            (PixelFormat::I420 | PixelFormat::Nv12, ColourRange::Limited) => (16, 235),
            _ => (0, 255),
        }
    }

    /// The code value of `light`, which runs from 0, black, to 1, white.
    pub(super) fn code(&self, light: f64) -> i32 {
        let (black, white) = self.black_and_white();
        (f64::from(black) + light * f64::from(white - black)).round() as i32
    }

    #[expect(clippy::expect_used, reason = "planes keep the shapes they were read with")]
    pub(super) fn into_planes(self) -> OwnedPlanes {
        let planes = self.planes.into_iter().map(|plane| {
            let stride = plane.row_len();
            (plane.data, stride)
        });
        OwnedPlanes::new(self.size, self.format, self.matrix, self.range, planes.collect())
            .expect("planes fit their format")
    }

    /// The frame as a picture.
    #[expect(clippy::expect_used, reason = "only rasters of pictures, which have one plane, end as pictures")]
    pub(super) fn into_picture(mut self) -> Picture {
        let plane = self.planes.pop().expect("a picture has a plane");
        Picture::new(self.size, plane.data).expect("the plane fits its size")
    }
}

/// Luma of full-range red, green and blue with the weights of ITU-R BT.601.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let weighted = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    ((weighted + 128) >> 8) as u8
}
