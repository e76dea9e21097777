//! The picture of a passage with its object and its rule's place drawn in.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use delivery::EvidenceStore;
use proto::v1 as pb;
use vision::{FrameBox, NormPoint, Picture, PictureLimits, SizePx};

use super::clips::Place;

const OBJECT: [u8; 3] = [255, 40, 40];
const PLACE: [u8; 3] = [255, 210, 0];
const PEN_PX: u32 = 3;
const QUALITY: u8 = 90;
const LIMITS: PictureLimits = PictureLimits { size: SizePx::new(8192, 8192), pixels: 1 << 26 };

/// Reads the snapshot of `event` from the box's store, draws, and writes it as `file`.
pub(crate) fn annotate(
    store: &EvidenceStore,
    event: &pb::Event,
    place: Option<Place>,
    file: &Path,
) -> anyhow::Result<PathBuf> {
    let snapshot = event
        .evidence
        .iter()
        .find(|evidence| evidence.role() == pb::EvidenceRole::Snapshot)
        .context("the event has no snapshot")?;
    let jpeg = store.get(&snapshot.sha256)?.context("the box's store does not hold the snapshot")?;
    let mut picture = Picture::decode(&jpeg, LIMITS)?;
    let size = picture.size();
    let on_picture = |point: NormPoint| point.in_frame(size);
    match place {
        Some(Place::Line { from, to, .. }) => {
            picture.draw_line(on_picture(from), on_picture(to), PLACE, PEN_PX)
        }
        Some(Place::Zone { corners, .. }) => {
            let corners: Vec<_> = corners.iter().copied().map(on_picture).collect();
            picture.draw_polygon(&corners, PLACE, PEN_PX);
        }
        None => {}
    }
    if let Some(object) = &snapshot.object {
        let (width, height) = (size.width as f32, size.height as f32);
        let object =
            FrameBox::new(object.x0 * width, object.y0 * height, object.x1 * width, object.y1 * height);
        picture.draw_box(&object.context("the event's box is not one")?, OBJECT, PEN_PX);
    }
    std::fs::write(file, picture.to_jpeg(QUALITY)?)
        .with_context(|| format!("could not write `{}`", file.display()))?;
    Ok(file.to_owned())
}
