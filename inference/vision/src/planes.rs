use crate::{ColourMatrix, ColourRange, FrameView, PixelFormat, Plane, SizePx, VisionError};

/// Pixels that live somewhere: a decoder's mapped buffer, or memory of our own.
pub trait Planes: Send + Sync {
    /// The pixels where they lie.
    fn view(&self) -> FrameView<'_>;
}

/// Pixels in memory of our own.
#[derive(Clone, Debug)]
pub struct OwnedPlanes {
    pub(crate) size: SizePx,
    pub(crate) format: PixelFormat,
    matrix: ColourMatrix,
    pub(crate) range: ColourRange,
    /// Samples and stride of each plane.
    pub(crate) planes: Vec<(Vec<u8>, usize)>,
}

impl OwnedPlanes {
    /// Takes over `planes` (samples and stride each), in the order of `format`.
    ///
    /// # Errors
    /// As [`FrameView::new`].
    pub fn new(
        size: SizePx,
        format: PixelFormat,
        matrix: ColourMatrix,
        range: ColourRange,
        planes: Vec<(Vec<u8>, usize)>,
    ) -> Result<Self, VisionError> {
        FrameView::new(size, format, matrix, range, &borrowed(&planes))?;
        Ok(Self::from_checked(size, format, matrix, range, planes))
    }

    /// As [`OwnedPlanes::new`] for planes already known to fit.
    pub(crate) fn from_checked(
        size: SizePx,
        format: PixelFormat,
        matrix: ColourMatrix,
        range: ColourRange,
        planes: Vec<(Vec<u8>, usize)>,
    ) -> Self {
        Self { size, format, matrix, range, planes }
    }
}

impl Planes for OwnedPlanes {
    #[expect(clippy::expect_used, reason = "checked when this was made, and nothing changes it since")]
    fn view(&self) -> FrameView<'_> {
        FrameView::new(self.size, self.format, self.matrix, self.range, &borrowed(&self.planes))
            .expect("planes fit their format")
    }
}

fn borrowed(planes: &[(Vec<u8>, usize)]) -> Vec<Plane<'_>> {
    planes.iter().map(|(data, stride)| Plane { data, stride: *stride }).collect()
}
