/// The points that some heads give with a box, in the space of `P`: [`vision::InputPoint`] or [`vision::FramePoint`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Points<P> {
    /// The head gives none.
    None,
    /// Of a face, left and right as the picture shows them: left eye, right eye, nose, left and right corner of the mouth.
    Landmarks([P; 5]),
    /// Of a plate, as it is read: top left, top right, bottom right, bottom left.
    Corners([P; 4]),
}

impl<P> Points<P> {
    /// The points in their order; empty when there are none.
    pub fn as_slice(&self) -> &[P] {
        match self {
            Self::None => &[],
            Self::Landmarks(points) => points,
            Self::Corners(points) => points,
        }
    }
}

impl<P: Copy> Points<P> {
    /// Each point by way of `map`; `None` when one of them has no image.
    pub(crate) fn try_map<Q>(self, map: impl Fn(P) -> Option<Q>) -> Option<Points<Q>> {
        Some(match self {
            Self::None => Points::None,
            Self::Landmarks([a, b, c, d, e]) => {
                Points::Landmarks([map(a)?, map(b)?, map(c)?, map(d)?, map(e)?])
            }
            Self::Corners([a, b, c, d]) => Points::Corners([map(a)?, map(b)?, map(c)?, map(d)?]),
        })
    }
}
