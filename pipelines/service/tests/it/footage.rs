//! A run of recorded footage and what it left behind.

use std::fs;
use std::path::Path;

use delivery::EvidenceStore;
use prost::Message as _;
use proto::v1 as pb;
use vision::{Picture, PictureLimits, SizePx};

use crate::harness::{any_box, ledger, run_in};

const LIMITS: PictureLimits = PictureLimits { size: SizePx::new(4096, 4096), pixels: 1 << 24 };

/// The events of a box with one camera, and its folder.
pub(crate) struct Run {
    dir: tempfile::TempDir,
    pub(crate) events: Vec<pb::Event>,
}

impl Run {
    /// Plays `clip` to a fresh box to its end; `models` are further lines of `[models]`, `camera` those of `[[camera]]`.
    pub(crate) fn of(store: &Path, models: &str, clip: &Path, camera: &str) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let file = dir.path().join("ledger.events");
        let mut ledger = ledger(&file);
        let config = any_box(store)
            + models
            + &format!(
                "[delivery.ledger]\nurl = \"http://{}\"\n[[camera]]\nid = \"c\"\nurl = \"file:{}\"\n{camera}",
                ledger.first_line["listening"].as_str().expect("address"),
                clip.display()
            );
        let mut run = run_in(dir.path(), &config, &["--once"]);
        assert_eq!(run.wait(), Some(0), "{}", run.log());
        assert_eq!(ledger.stop(), Some(0));
        let bytes = fs::read(&file).expect("events");
        let mut rest = bytes.as_slice();
        let mut events = Vec::new();
        while !rest.is_empty() {
            let mut event = pb::Event::decode_length_delimited(&mut rest).expect("whole events");
            // Names the ledger's port.
            event.config_sha256.clear();
            events.push(event);
        }
        Self { dir, events }
    }

    pub(crate) fn picture(&self, evidence: &pb::Evidence) -> Picture {
        let store = EvidenceStore::open(&self.dir.path().join("data")).expect("opens");
        let jpeg = store.get(&evidence.sha256).expect("readable").expect("held");
        Picture::decode(&jpeg, LIMITS).expect("a picture")
    }

    pub(crate) fn in_state(&self, state: pb::PassageState) -> Vec<(&pb::Passage, &pb::Event)> {
        let passages = self.events.iter().filter_map(|event| match &event.body {
            Some(pb::event::Body::Passage(passage)) => Some((passage, event)),
            _ => None,
        });
        passages.filter(|(passage, _)| passage.state() == state).collect()
    }
}
