use capture::FrameClocks;
use proto::v1 as pb;
use vision::{FrameBox, FramePoint, FrameRect, OwnedPlanes, SizePx};

use crate::edge::best_look::{Looked, MAX_PX};
use crate::edge::evidence::CROP_MARGIN;

/// A vehicle in a frame in which its plate was read: a copy of its pixels, which becomes a picture only as evidence.
pub(crate) struct Sighting {
    pub(crate) clocks: FrameClocks,
    /// Of the look.
    pub(crate) weight: f32,
    /// Where the vehicle was, in pixels of its frame.
    pub(crate) object: FrameBox,
    /// Of the plate, in fractions of the frame.
    pub(crate) corners: Vec<pb::PlateCorner>,
    pub(crate) planes: OwnedPlanes,
    /// Which pixels of the frame these are.
    pub(crate) rect: FrameRect,
    pub(crate) frame: SizePx,
    /// People in that frame.
    pub(crate) people: Vec<FrameBox>,
}

/// The picture of a sighting that was kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlatePicture {
    /// Of its frame.
    pub(crate) clocks: FrameClocks,
    /// Lower-case hex.
    pub(crate) sha256: String,
    /// Of the plate, in fractions of the frame.
    pub(crate) corners: Vec<pb::PlateCorner>,
}

impl Sighting {
    /// Of `object` in `frame`; `None` where it is larger than what is copied.
    pub(super) fn of(
        frame: Looked<'_>,
        object: &FrameBox,
        corners: &[FramePoint; 4],
        weight: f32,
    ) -> Option<Self> {
        let size = frame.view.size();
        let area = object.grown(CROP_MARGIN).clipped(size);
        if MAX_PX as f32 <= area.area() {
            return None;
        }
        let (planes, rect) = frame.view.part(&area);
        let corner = |corner: &FramePoint| {
            let place = corner.normalised(size);
            pb::PlateCorner { x: place.x, y: place.y }
        };
        Some(Self {
            clocks: *frame.clocks,
            weight,
            object: *object,
            corners: corners.iter().map(corner).collect(),
            planes,
            rect,
            frame: size,
            people: frame.people.to_vec(),
        })
    }
}
