//! What a camera goes on with after a restart: its checkpoint, as far as it is of use.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use delivery::Journal;
use prost::Message as _;
use proto::v1 as pb;

use super::checkpoint::{self, Checkpoint, Head};
use super::limits::LimitsState;
use super::open_passages::OpenPassages;
use super::sight::Sight;
use super::timeline::{Moment, Now, Timeline};

/// What was left of a camera when the box stopped.
#[derive(Debug)]
pub(crate) struct Before {
    checkpoint: Checkpoint,
    open: OpenPassages,
    /// What the journal was never given, oldest first.
    unsent: Vec<pb::Event>,
}

/// What a camera's thread begins with.
#[derive(Debug, Default)]
pub(crate) struct Beginning {
    pub(crate) timeline: Timeline,
    /// Events due before anything new.
    pub(crate) due: Vec<pb::Event>,
    /// Passages that are open.
    pub(crate) open: OpenPassages,
    pub(crate) limits: LimitsState,
    /// The last frame before the restart.
    pub(crate) last: Option<Moment>,
    /// Where the sight was restored.
    pub(crate) resumed: Option<Resumed>,
}

/// A sight that goes on.
#[derive(Debug)]
pub(crate) struct Resumed {
    /// Of the last frame it had seen.
    pub(crate) last: Moment,
    /// Whether it is known how long nothing was seen.
    pub(crate) gap_is_known: bool,
}

impl Before {
    /// Reads the checkpoint at `path`. One that cannot be read is put aside, and the camera begins anew.
    pub(crate) async fn read(path: &Path, camera: &str, journal: &Journal) -> Option<Self> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::error!(camera, path = %path.display(), %error, "checkpoint cannot be read");
                return None;
            }
        };
        match Self::decode(&bytes, camera, journal).await {
            Ok(before) => Some(before),
            Err(error) => {
                let aside = path.with_extension("damaged");
                let moved = fs::rename(path, &aside);
                let (error, aside) = (format!("{error:#}"), aside.display().to_string());
                tracing::error!(
                    camera,
                    error,
                    aside,
                    moved = moved.is_ok(),
                    "checkpoint is put aside: the camera begins anew"
                );
                None
            }
        }
    }

    async fn decode(bytes: &[u8], camera: &str, journal: &Journal) -> anyhow::Result<Self> {
        let checkpoint = Checkpoint::decode(bytes)?;
        let Head { open, pending, settled, .. } = &checkpoint.head;
        let open = OpenPassages::read(open)?;
        let mut unsent =
            pending.iter().map(|hex| checkpoint::event(hex)).collect::<anyhow::Result<Vec<_>>>()?;
        if !unsent.is_empty() {
            let held = revisions_after(*settled, camera, journal).await?;
            unsent.retain(|event| revision(event).is_some_and(|revision| !held.contains(&revision)));
        }
        Ok(Self { checkpoint, open, unsent })
    }

    /// Goes on with it in `sight`, or closes what was open.
    pub(crate) fn begin(
        self,
        sight: &mut Sight,
        camera: &str,
        settings: &str,
        now: &Now<'_>,
        wall_is_set: bool,
    ) -> Beginning {
        let Self { checkpoint, open, unsent: mut due } = self;
        let restored = restore(&checkpoint, sight, settings);
        let Head { last, limits, .. } = checkpoint.head;
        let (timeline, doubt) = Timeline::after(&last, now);
        if let Some(doubt) = doubt {
            tracing::warn!(camera, doubt, "it is not known for how long the box was off");
        }
        if let Err(reason) = restored {
            tracing::warn!(camera, reason, "what was followed before the restart is not gone on with");
            due.extend(open.closed("configuration changed"));
            return Beginning { timeline, due, limits, last: Some(last), ..Beginning::default() };
        }
        let gap_is_known = last.boot_id == now.boot_id || wall_is_set;
        let resumed = Some(Resumed { last: last.clone(), gap_is_known });
        Beginning { timeline, due, open, limits, last: Some(last), resumed }
    }
}

fn restore(checkpoint: &Checkpoint, sight: &mut Sight, settings: &str) -> Result<(), String> {
    let state = checkpoint.sight().map_err(|error| format!("another version wrote it: {error}"))?;
    if checkpoint.head.settings == settings {
        return sight.restore(state);
    }
    // Rules first: they are what an operator changes.
    sight.check(&state)?;
    Err("the camera's settings or its model have changed".to_owned())
}

/// Passage and revision; or what tells a summary from others, and its count.
type Revision = (String, u32);

fn revision(event: &pb::Event) -> Option<Revision> {
    match &event.body {
        Some(pb::event::Body::Passage(passage)) => Some((passage.passage_id.clone(), passage.revision)),
        Some(pb::event::Body::Suppressed(suppressed)) => {
            let from = suppressed.from.as_ref()?;
            let name = format!("{} {} {}", suppressed.rule_id, from.boot_id, from.received_monotonic_ns);
            Some((name, suppressed.count))
        }
        _ => None,
    }
}

/// Of the passages of `camera`, what the journal holds after `sequence`.
async fn revisions_after(
    sequence: u64,
    camera: &str,
    journal: &Journal,
) -> anyhow::Result<BTreeSet<Revision>> {
    const PAGE: usize = 1000;
    let kinds = ["passage".to_owned(), "suppressed".to_owned()];
    let (mut held, mut from) = (BTreeSet::new(), sequence + 1);
    loop {
        let entries = journal.read(from, PAGE, &kinds).await?;
        let Some(last) = entries.last() else { return Ok(held) };
        from = last.sequence + 1;
        for entry in entries.iter().filter(|entry| entry.camera.as_deref() == Some(camera)) {
            held.extend(revision(&pb::Event::decode(entry.payload.as_slice())?));
        }
    }
}

#[cfg(test)]
mod tests;
