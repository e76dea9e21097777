use std::time::Duration;

use track::Track;

use crate::{FrameInfo, GroundPlane};

/// What a track is judged with besides itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment<'a> {
    pub(crate) frame: FrameInfo,
    /// Every living track, in any order.
    pub(crate) tracks: &'a [Track],
    pub(crate) plane: Option<&'a GroundPlane>,
    /// Least time between two updates of a passage.
    pub(crate) update_every: Duration,
    /// How long one that has left a zone may come back and be in the same passage.
    pub(crate) merge_window: Duration,
}
