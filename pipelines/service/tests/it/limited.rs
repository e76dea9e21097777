//! A rule with a limit: what is above it is told by number, not one by one.

use std::collections::BTreeMap;

use delivery::HeldEvents;
use prost::Message as _;
use proto::v1 as pb;

use crate::harness::{any_box, model_store, people_clip, run_in};

/// Ground truth of the clip: visits, one after the other.
const VISITS: usize = 6;

/// Passages that the rule may tell while the clip lasts.
const TOLD: usize = 2;

#[test]
fn passages_above_a_rules_limit_are_told_as_a_number() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let config = format!(
        "{}[delivery]\nlocal-only = true\n[[camera]]\nid = \"people\"\nurl = \"file:{}\"\n\
         [[camera.zone]]\nid = \"picture\"\npolygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n\
         [[camera.rule]]\nid = \"in-view\"\nversion = 1\nzone = \"picture\"\nclasses = [\"person\"]\nanchor = \"centre\"\n\
         confirm = {{ hits = 4, of = 6 }}\nmin-travel = 0\nlimit = {{ passages = {TOLD}, per = \"24h\" }}\n",
        any_box(&store),
        clip.display()
    );
    let dir = tempfile::tempdir().expect("temporary folder");
    let mut run = run_in(dir.path(), &config, &["--once"]);
    assert_eq!(run.wait(), Some(0), "{}", run.log());

    let held = HeldEvents::open(&dir.path().join("data")).expect("journal");
    let entries = held.read(0, 1000, &[]).expect("events");
    let mut told: BTreeMap<String, Vec<pb::PassageState>> = BTreeMap::new();
    let mut above = 0;
    for entry in entries {
        match pb::Event::decode(entry.payload.as_slice()).expect("an event").body.expect("a body") {
            pb::event::Body::Passage(passage) => {
                told.entry(passage.passage_id.clone()).or_default().push(passage.state());
            }
            pb::event::Body::Suppressed(summary) => {
                assert_eq!((summary.rule_id.as_str(), summary.rule_version), ("in-view", 1));
                let of_classes: u32 = summary.classes.iter().map(|class| class.count).sum();
                assert_eq!(summary.count, of_classes);
                above += summary.count as usize;
            }
            _ => {}
        }
    }
    assert_eq!((told.len(), above), (TOLD, VISITS - TOLD), "{told:?}");
    for states in told.values() {
        assert_eq!(states.first(), Some(&pb::PassageState::Opened), "{told:?}");
        assert_eq!(states.last(), Some(&pb::PassageState::Closed), "{told:?}");
    }
}
