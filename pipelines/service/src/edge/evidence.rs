//! Pictures that go with a passage: what was seen in the frame that decided, and a better look where there is one.
//!
//! The deciding crop and the snapshot belong to the frame that decided and never change. A best crop is added in the
//! first revision after a look at the object was better than the deciding one by a margin, and one more when the passage
//! closes and there was a still better one: a passage has two of them at most, and no revision takes a picture back.
//! A vehicle's plate adds the frame in which it was read best, likewise: one when it is read, and one more when the passage
//! closes and there was a better one.

use anyhow::Context as _;
use capture::FrameClocks;
use delivery::EvidenceStore;
use proto::v1 as pb;
use vision::{FrameBox, Planes as _, SizePx};

use super::best_look::{BestLook, BestLooks, Looked, score};
use super::clocks;
use super::event::{CameraOrigin, box_in_frame};
use super::plates::{PlatePicture, Sighting};
use super::redaction::{Exposure, Redacted, Redaction};

/// Which pictures are kept, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EvidencePolicy {
    pub(crate) crops: bool,
    pub(crate) snapshots: bool,
    pub(crate) jpeg_quality: u8,
}

/// A little of the surroundings belongs to the crop: 5 % of the object's size on each side.
pub(crate) const CROP_MARGIN: f32 = 0.05;

/// Best crops of one passage, and frames of its plate.
const MAX_BEST: usize = 2;

/// Where the pictures of one camera go, and what is hidden in them.
#[derive(Clone, Copy)]
pub(crate) struct PictureKeeper<'a> {
    pub(crate) store: &'a EvidenceStore,
    pub(crate) policy: EvidencePolicy,
    pub(crate) camera: &'a CameraOrigin,
    pub(crate) redaction: &'a Redaction,
    /// Whether people who are not the subject are blurred.
    pub(crate) blur_bystanders: bool,
}

/// What the pictures of one passage are of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    /// The subject's track, where it is one object.
    pub(crate) track: Option<u64>,
    /// Where it is, in frame pixels.
    pub(crate) object: &'a FrameBox,
}

/// The pictures of one passage so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pictures {
    kept: Vec<pb::Evidence>,
    /// Score of the best look among them.
    best: f32,
    /// The latest picture of its plate among them.
    plate: Option<PlatePicture>,
}

impl Pictures {
    /// As an event tells them.
    pub(crate) fn told(&self) -> Vec<pb::Evidence> {
        self.kept.clone()
    }

    /// As an event told them before a restart.
    pub(crate) fn resumed(told: &[pb::Evidence]) -> Self {
        let best = told.iter().filter_map(|kept| kept.look_score).fold(0.0, f32::max);
        Self { kept: told.to_vec(), best, plate: None }
    }

    /// The picture of its plate, since the last restart.
    pub(crate) fn plate(&self) -> Option<&PlatePicture> {
        self.plate.as_ref()
    }

    fn count(&self, role: pb::EvidenceRole) -> usize {
        self.kept.iter().filter(|kept| kept.role() == role).count()
    }
}

impl PictureKeeper<'_> {
    /// Writes the pictures of the frame that decided to the store, durably.
    ///
    /// # Errors
    /// When a picture cannot be encoded or the store does not take it; pictures written before stay in the store.
    pub(crate) fn keep_deciding(&self, frame: Looked<'_>, shown: Shown<'_>) -> anyhow::Result<Pictures> {
        let exposed = Exposure::whole(frame.view);
        let bystanders = if self.blur_bystanders { frame.people } else { &[] };
        let best = score(frame, shown.track, shown.object, self.redaction);
        let mut pictures = Pictures { kept: Vec::new(), best, plate: None };
        let mut keep = |role, area: Option<FrameBox>| -> anyhow::Result<()> {
            let picture = self.redaction.picture(&exposed, area.as_ref(), Some(shown.object), bystanders);
            let size = exposed.frame;
            let kept = Kept { role, picture, clocks: frame.clocks, object: shown.object, size, score: best };
            pictures.kept.push(self.put(kept)?);
            Ok(())
        };
        if self.policy.crops {
            keep(pb::EvidenceRole::DecidingCrop, Some(shown.object.grown(CROP_MARGIN)))?;
        }
        if self.policy.snapshots {
            keep(pb::EvidenceRole::Snapshot, None)?;
        }
        Ok(pictures)
    }

    /// Adds the best look at `track` to `pictures`, where it is due in a revision that `closes` the passage or not.
    ///
    /// # Errors
    /// As [`PictureKeeper::keep_deciding`]; `pictures` are then as before.
    pub(crate) fn add_best(
        &self,
        looks: &BestLooks,
        track: u64,
        closes: bool,
        pictures: &mut Pictures,
    ) -> anyhow::Result<()> {
        let most = if closes { MAX_BEST } else { 1 };
        if !self.policy.crops || most <= pictures.count(pb::EvidenceRole::BestCrop) {
            return Ok(());
        }
        let Some(look) = looks.worth_beside(track, pictures.best) else { return Ok(()) };
        let BestLook { planes, rect, frame, object, people, .. } = look;
        let exposed = Exposure { view: planes.view(), rect: *rect, frame: *frame };
        let bystanders: &[FrameBox] = if self.blur_bystanders { people } else { &[] };
        let picture = self.redaction.picture(&exposed, None, Some(object), bystanders);
        let role = pb::EvidenceRole::BestCrop;
        let kept = Kept { role, picture, clocks: &look.clocks, object, size: *frame, score: look.score };
        pictures.kept.push(self.put(kept)?);
        pictures.best = look.score;
        Ok(())
    }

    /// Adds the frame of `sighting` to `pictures`, where it is due in a revision that `closes` the passage or not.
    ///
    /// # Errors
    /// As [`PictureKeeper::keep_deciding`]; `pictures` are then as before.
    pub(crate) fn add_plate(
        &self,
        sighting: &Sighting,
        closes: bool,
        pictures: &mut Pictures,
    ) -> anyhow::Result<()> {
        let role = pb::EvidenceRole::PlateFrame;
        let most = if closes { MAX_BEST } else { 1 };
        let is_kept = pictures.plate.as_ref().is_some_and(|kept| kept.clocks == sighting.clocks);
        if !self.policy.crops || is_kept || most <= pictures.count(role) {
            return Ok(());
        }
        let Sighting { planes, rect, frame, object, people, clocks, corners, weight } = sighting;
        let exposed = Exposure { view: planes.view(), rect: *rect, frame: *frame };
        let bystanders: &[FrameBox] = if self.blur_bystanders { people } else { &[] };
        let picture = self.redaction.picture(&exposed, None, Some(object), bystanders);
        let kept = Kept { role, picture, clocks, object, size: *frame, score: *weight };
        let told = self.put(kept)?;
        pictures.plate =
            Some(PlatePicture { clocks: *clocks, sha256: told.sha256.clone(), corners: corners.clone() });
        // Its weight is no score of a look: the two do not compare.
        pictures.kept.push(pb::Evidence { look_score: None, ..told });
        Ok(())
    }

    fn put(&self, kept: Kept<'_>) -> anyhow::Result<pb::Evidence> {
        let Kept { role, picture: Redacted { picture, masked, blurred }, clocks, object, size, score } = kept;
        let jpeg = picture.to_jpeg(self.policy.jpeg_quality)?;
        let stored = self.store.put(&jpeg).context("could not write evidence")?;
        let origin = &self.camera.origin;
        Ok(pb::Evidence {
            role: role.into(),
            sha256: stored.sha256,
            media_type: "image/jpeg".to_owned(),
            bytes: stored.bytes,
            width_px: picture.size().width,
            height_px: picture.size().height,
            clocks: Some(clocks::of_frame(clocks, &origin.boot_id, origin.wall)),
            object: Some(box_in_frame(object, size)),
            masked,
            blurred,
            look_score: Some(score),
        })
    }
}

/// A picture on its way to the store.
struct Kept<'a> {
    role: pb::EvidenceRole,
    picture: Redacted,
    clocks: &'a FrameClocks,
    object: &'a FrameBox,
    /// Of the frame.
    size: SizePx,
    score: f32,
}
