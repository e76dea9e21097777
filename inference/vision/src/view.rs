use crate::{SizePx, VisionError};

/// How the planes of a frame are laid out; 8 bits per sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// Planes Y, U, V; U and V at half width and half height, rounded up.
    I420,
    /// Planes Y and interleaved UV at half width and half height, rounded up.
    Nv12,
    /// One plane of R, G, B triples.
    Rgb8,
}

impl PixelFormat {
    /// Name as in GStreamer's caps.
    pub const fn name(self) -> &'static str {
        match self {
            Self::I420 => "I420",
            Self::Nv12 => "NV12",
            Self::Rgb8 => "RGB",
        }
    }

    /// Bytes per row and rows of each plane of a picture of `size`.
    fn plane_shapes(self, size: SizePx) -> ([(usize, usize); 3], usize) {
        let (width, height) = (size.width as usize, size.height as usize);
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        match self {
            Self::I420 => ([(width, height), (half_width, half_height), (half_width, half_height)], 3),
            Self::Nv12 => ([(width, height), (half_width * 2, half_height), (0, 0)], 2),
            Self::Rgb8 => ([(width * 3, height), (0, 0), (0, 0)], 1),
        }
    }
}

/// Which standard's luma weights a YUV picture was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourMatrix {
    /// ITU-R BT.601 (standard definition, JPEG).
    Bt601,
    /// ITU-R BT.709 (high definition).
    Bt709,
}

/// Which code values a YUV picture uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourRange {
    /// Y in 16..=235, U and V in 16..=240.
    Limited,
    /// 0..=255.
    Full,
}

/// Rows of samples with a stride.
#[derive(Clone, Copy, Debug)]
pub struct Plane<'a> {
    /// The samples, row after row.
    pub data: &'a [u8],
    /// Bytes from the start of one row to the start of the next.
    pub stride: usize,
}

impl<'a> Plane<'a> {
    /// `width` bytes of row `row`.
    pub(crate) fn row(&self, row: usize, width: usize) -> &'a [u8] {
        self.part(row, 0, width)
    }

    /// `len` bytes of row `row`, from byte `start` on.
    pub(crate) fn part(&self, row: usize, start: usize, len: usize) -> &'a [u8] {
        &self.data[row * self.stride + start..][..len]
    }
}

/// A frame whose planes are borrowed where they lie: no pixel is copied to make one.
///
/// Invariant: every plane holds all rows of its format at `size`.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    size: SizePx,
    format: PixelFormat,
    matrix: ColourMatrix,
    range: ColourRange,
    planes: [Plane<'a>; 3],
}

impl<'a> FrameView<'a> {
    /// A view of `planes`, in the order of `format`.
    ///
    /// # Errors
    /// [`VisionError::Empty`], [`VisionError::PlaneCount`] or [`VisionError::PlaneTooSmall`].
    pub fn new(
        size: SizePx,
        format: PixelFormat,
        matrix: ColourMatrix,
        range: ColourRange,
        planes: &[Plane<'a>],
    ) -> Result<Self, VisionError> {
        if size.is_empty() {
            return Err(VisionError::Empty(size));
        }
        let (shapes, expected) = format.plane_shapes(size);
        if planes.len() != expected {
            return Err(VisionError::PlaneCount { format: format.name(), expected, actual: planes.len() });
        }
        let mut held = [Plane { data: &[], stride: 0 }; 3];
        for (index, (plane, (row_bytes, rows))) in planes.iter().zip(shapes).enumerate() {
            let needed = (rows - 1) * plane.stride + row_bytes;
            if plane.stride < row_bytes || plane.data.len() < needed {
                let actual = plane.data.len();
                return Err(VisionError::PlaneTooSmall { plane: index, expected: needed, actual });
            }
            held[index] = *plane;
        }
        Ok(Self { size, format, matrix, range, planes: held })
    }

    /// Width and height.
    pub fn size(&self) -> SizePx {
        self.size
    }

    /// Layout of the planes.
    pub fn format(&self) -> PixelFormat {
        self.format
    }

    /// Luma weights; meaningless for [`PixelFormat::Rgb8`].
    pub fn matrix(&self) -> ColourMatrix {
        self.matrix
    }

    /// Code values; meaningless for [`PixelFormat::Rgb8`].
    pub fn range(&self) -> ColourRange {
        self.range
    }

    /// Plane `index` in the order of the format; one that the format does not have is empty.
    ///
    /// # Panics
    /// When `index` is above 2.
    pub fn plane(&self, index: usize) -> Plane<'a> {
        self.planes[index]
    }

    /// The same picture in memory of its own.
    pub fn to_owned_planes(&self) -> crate::OwnedPlanes {
        let (shapes, count) = self.format.plane_shapes(self.size);
        let planes = shapes[..count]
            .iter()
            .enumerate()
            .map(|(index, &(row_bytes, rows))| {
                let plane = self.plane(index);
                let mut data = Vec::with_capacity(row_bytes * rows);
                for row in 0..rows {
                    data.extend_from_slice(plane.row(row, row_bytes));
                }
                (data, row_bytes)
            })
            .collect();
        crate::OwnedPlanes::from_checked(self.size, self.format, self.matrix, self.range, planes)
    }
}

/// Coefficients that turn `(Y, U, V)` code values into R, G, B in `[0, 255]`.
///
/// `R = y·(Y − y0) + rv·(V − 128)`, `G = y·(Y − y0) − gu·(U − 128) − gv·(V − 128)`, `B = y·(Y − y0) + bu·(U − 128)`;
/// weights after ITU-R BT.601-7 and BT.709-6.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RgbFromYuv {
    pub(crate) y: f32,
    pub(crate) y0: f32,
    pub(crate) rv: f32,
    pub(crate) gu: f32,
    pub(crate) gv: f32,
    pub(crate) bu: f32,
}

impl RgbFromYuv {
    pub(crate) fn of(matrix: ColourMatrix, range: ColourRange) -> Self {
        let (kr, kb) = match matrix {
            ColourMatrix::Bt601 => (0.299f32, 0.114f32),
            ColourMatrix::Bt709 => (0.2126, 0.0722),
        };
        let kg = 1.0 - kr - kb;
        let (y, y0, chroma) = match range {
            ColourRange::Limited => (255.0 / 219.0, 16.0, 255.0 / 224.0),
            ColourRange::Full => (1.0, 0.0, 1.0),
        };
        let (red, blue) = (2.0 * (1.0 - kr) * chroma, 2.0 * (1.0 - kb) * chroma);
        Self { y, y0, rv: red, gu: blue * kb / kg, gv: red * kr / kg, bu: blue }
    }

    /// R, G, B, not yet clamped.
    #[inline(always)]
    pub(crate) fn rgb(&self, y: f32, u: f32, v: f32) -> [f32; 3] {
        let (y, u, v) = (self.y * (y - self.y0), u - 128.0, v - 128.0);
        [y + self.rv * v, y - self.gu * u - self.gv * v, y + self.bu * u]
    }
}
