//! What is remembered of passages between their revisions.

use std::collections::BTreeMap;

use proto::v1 as pb;
use scene::{Passage, Subject};

use super::checkpoint::{self, Open};
use super::event::Opening;
use super::evidence::Pictures;

/// Track, rule and ordinal: what the revisions of one passage have in common.
type Key = (Subject, String, u32);

/// The open passages of one camera.
#[derive(Debug, Default)]
pub(crate) struct OpenPassages(BTreeMap<Key, OpenPassage>);

/// What is remembered of a passage between its revisions.
#[derive(Debug)]
pub(crate) struct OpenPassage {
    pub(crate) opening: Opening,
    /// Whether the box restarted while it was open.
    pub(crate) resumed: bool,
    /// Whether it is above its rule's limit and never told.
    pub(crate) suppressed: bool,
    /// Its latest revision; none until the first is told.
    pub(crate) latest: Option<pb::Event>,
}

impl OpenPassages {
    /// A passage opens.
    pub(crate) fn insert(&mut self, passage: &Passage, opening: Opening, suppressed: bool) {
        self.0.insert(key(passage), OpenPassage { opening, resumed: false, suppressed, latest: None });
    }

    pub(crate) fn get_mut(&mut self, passage: &Passage) -> Option<&mut OpenPassage> {
        self.0.get_mut(&key(passage))
    }

    /// Whether any of them is about this track.
    pub(crate) fn is_about(&self, track: u64) -> bool {
        self.0.keys().any(|(subject, ..)| *subject == Subject::Track(track))
    }

    /// A passage has told its last.
    pub(crate) fn remove(&mut self, passage: &Passage) {
        self.0.remove(&key(passage));
    }

    /// The box was restarted and goes on with them.
    pub(crate) fn mark_resumed(&mut self) {
        self.0.values_mut().for_each(|open| open.resumed = true);
    }

    /// For a checkpoint.
    pub(crate) fn written(&self) -> Vec<Open> {
        let written = |((subject, rule, ordinal), open): (&Key, &OpenPassage)| {
            Some(Open {
                subject: subject.number(),
                rule: rule.clone(),
                ordinal: *ordinal,
                resumed: open.resumed,
                suppressed: open.suppressed,
                latest: checkpoint::hex(open.latest.as_ref()?),
            })
        };
        self.0.iter().filter_map(written).collect()
    }

    /// Out of a checkpoint.
    ///
    /// # Errors
    /// When an event in it is none, or not of a passage.
    pub(crate) fn read(written: &[Open]) -> anyhow::Result<Self> {
        let read = |open: &Open| {
            let latest = open.latest()?;
            let Some(pb::event::Body::Passage(passage)) = &latest.body else {
                anyhow::bail!("an event in it is not of a passage");
            };
            let opening = Opening {
                id: passage.passage_id.clone(),
                pictures: Pictures::resumed(&latest.evidence),
                location: passage.location,
            };
            let passage = OpenPassage {
                opening,
                resumed: open.resumed,
                suppressed: open.suppressed,
                latest: Some(latest),
            };
            Ok(((open.subject(), open.rule.clone(), open.ordinal), passage))
        };
        Ok(Self(written.iter().map(read).collect::<anyhow::Result<_>>()?))
    }

    /// The last revisions of all of them, closed for `reason` with what was told last.
    pub(crate) fn closed(self, reason: &str) -> Vec<pb::Event> {
        let close = |mut event: pb::Event| {
            if let Some(pb::event::Body::Passage(passage)) = &mut event.body {
                passage.revision += 1;
                passage.set_state(pb::PassageState::Closed);
                passage.close_reason = reason.to_owned();
            }
            event
        };
        let told = self.0.into_values().filter(|open| !open.suppressed);
        told.filter_map(|open| open.latest).map(close).collect()
    }
}

fn key(passage: &Passage) -> Key {
    (passage.subject, passage.rule_id.clone(), passage.ordinal)
}
