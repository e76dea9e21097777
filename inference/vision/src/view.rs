use crate::{FrameBox, FrameRect, OwnedPlanes, SizePx, VisionError};

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
    pub fn to_owned_planes(&self) -> OwnedPlanes {
        self.copied(FrameRect::whole(self.size))
    }

    /// The part of the picture under `area`, which is first clipped to it, in memory of its own, and the pixels that it
    /// is: a little more where two pixels share a sample of colour. An area without pixels gives those at its place.
    #[expect(clippy::expect_used, reason = "a view without pixels cannot be made")]
    pub fn part(&self, area: &FrameBox) -> (OwnedPlanes, FrameRect) {
        let rect = FrameRect::covering(area, self.size).expect("a view has pixels");
        let (x, y) = (rect.x & !1, rect.y & !1);
        let rect = FrameRect::new(x, y, rect.x + rect.width - x, rect.y + rect.height - y);
        (self.copied(rect), rect)
    }

    /// `rect` lies in the picture and begins at an even column and row.
    fn copied(&self, rect: FrameRect) -> OwnedPlanes {
        // A plane of half the rows begins at half the row, and has as many bytes a pixel as its whole width has.
        let (origins, _) = self.format.plane_shapes(SizePx::new(rect.x, rect.y));
        let (shapes, count) = self.format.plane_shapes(rect.size());
        let planes = shapes[..count].iter().zip(&origins).zip(&self.planes);
        let planes = planes
            .map(|((&(row_bytes, rows), &(first_byte, first_row)), plane)| {
                let mut data = Vec::with_capacity(row_bytes * rows);
                for row in first_row..first_row + rows {
                    data.extend_from_slice(plane.part(row, first_byte, row_bytes));
                }
                (data, row_bytes)
            })
            .collect();
        OwnedPlanes::from_checked(rect.size(), self.format, self.matrix, self.range, planes)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Picture, Planes as _};

    #[test]
    fn a_part_shows_what_the_whole_shows_there() {
        let size = SizePx::new(31, 23);
        let samples =
            |bytes: usize, step: usize| (0..bytes).map(|i| (i * step % 251) as u8).collect::<Vec<_>>();
        for (format, planes) in [
            (
                PixelFormat::I420,
                vec![(samples(40 * 23, 7), 40), (samples(16 * 12, 5), 16), (samples(20 * 12, 3), 20)],
            ),
            (PixelFormat::Nv12, vec![(samples(31 * 23, 7), 31), (samples(32 * 12, 5), 32)]),
            (PixelFormat::Rgb8, vec![(samples(96 * 23, 7), 96)]),
        ] {
            let (matrix, range) = (ColourMatrix::Bt709, ColourRange::Limited);
            let frame = OwnedPlanes::new(size, format, matrix, range, planes).expect("fits");
            let area = FrameBox::new(5.3, 7.0, 20.0, 18.5).expect("valid");
            let (part, rect) = frame.view().part(&area);
            assert_eq!(rect, FrameRect::new(4, 6, 16, 13), "{format:?}");
            // Samples themselves, not colours: a crop of the whole takes colour from beyond the part's border too.
            let (whole, view) = (frame.view(), part.view());
            for row in 0..13 {
                let wide = if format == PixelFormat::Rgb8 { 3 } else { 1 };
                let there = whole.plane(0).part(row + 6, 4 * wide, 16 * wide);
                assert_eq!(view.plane(0).row(row, 16 * wide), there, "{format:?} row {row}");
            }
            if format == PixelFormat::I420 {
                assert_eq!(view.plane(2).row(6, 8), whole.plane(2).part(9, 2, 8));
            }
            let inner = FrameBox::new(4.0, 4.0, 12.0, 9.0).expect("valid");
            let there = FrameBox::new(8.0, 10.0, 16.0, 15.0).expect("valid");
            assert_eq!(Picture::crop(&view, &inner), Picture::crop(&whole, &there), "{format:?}");
        }
    }
}
