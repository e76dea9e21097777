//! Pictures that go with a passage: what was seen in the frame that decided.

use anyhow::Context as _;
use capture::Frame;
use delivery::EvidenceStore;
use proto::v1 as pb;
use vision::{FrameBox, Picture};

use super::clocks;
use super::event::{CameraOrigin, box_in_frame};

/// Which pictures are kept, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EvidencePolicy {
    pub(crate) crops: bool,
    pub(crate) snapshots: bool,
    pub(crate) jpeg_quality: u8,
}

/// A little of the surroundings belongs to the crop: 5 % of the object's size on each side.
const CROP_MARGIN: f32 = 0.05;

/// Writes the pictures of `frame` to the store, durably, and says what they are.
///
/// # Errors
/// When a picture cannot be encoded or the store does not take it; pictures written before stay in the store.
pub(crate) fn keep(
    store: &EvidenceStore,
    policy: &EvidencePolicy,
    camera: &CameraOrigin,
    frame: &Frame,
    object: &FrameBox,
) -> anyhow::Result<Vec<pb::Evidence>> {
    let view = frame.planes.view();
    let mut kept = Vec::new();
    let mut keep_one = |role: pb::EvidenceRole, picture: Picture| -> anyhow::Result<()> {
        let jpeg = picture.to_jpeg(policy.jpeg_quality)?;
        let stored = store.put(&jpeg).context("could not write evidence")?;
        kept.push(pb::Evidence {
            role: role.into(),
            sha256: stored.sha256,
            media_type: "image/jpeg".to_owned(),
            bytes: stored.bytes,
            width_px: picture.size().width,
            height_px: picture.size().height,
            clocks: Some(clocks::of_frame(&frame.clocks, &camera.origin.boot_id, camera.origin.wall)),
            object: Some(box_in_frame(object, view.size())),
        });
        Ok(())
    };
    if policy.crops {
        keep_one(pb::EvidenceRole::DecidingCrop, Picture::crop(&view, &object.grown(CROP_MARGIN)))?;
    }
    if policy.snapshots {
        keep_one(pb::EvidenceRole::Snapshot, Picture::from_view(&view))?;
    }
    Ok(kept)
}
