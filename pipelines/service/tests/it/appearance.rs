//! A box whose camera looks at what people look like tells the same passages, says which model took part, and writes no
//! vector down.

use std::path::Path;

use delivery::HeldEvents;
use prost::Message as _;
use proto::v1 as pb;

use crate::harness::{any_box, model_store, people_clip, run_in};

const EMBEDDER: &str = "person-reid-omz-0248";

fn config(store: &Path, clip: &Path, appearance: &str) -> String {
    format!(
        "{}[delivery]\nlocal-only = true\n[[camera]]\nid = \"people\"\nurl = \"file:{}\"\n{appearance}\
         [[camera.zone]]\nid = \"picture\"\npolygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]\n\
         [[camera.rule]]\nid = \"in-view\"\nversion = 1\nzone = \"picture\"\nclasses = [\"person\"]\nanchor = \"centre\"\n\
         confirm = {{ hits = 4, of = 6 }}\nmin-travel = 0\n",
        any_box(store),
        clip.display()
    )
}

/// The passages that were opened: when they happened, and the models that took part.
fn opened(config: &str) -> Vec<(i64, Vec<String>)> {
    let dir = tempfile::tempdir().expect("temporary folder");
    let mut run = run_in(dir.path(), config, &["--once"]);
    assert_eq!(run.wait(), Some(0), "{}", run.log());
    assert!(!run.log().contains("without their looks"), "{}", run.log());
    let held = HeldEvents::open(&dir.path().join("data")).expect("journal");
    let entries = held.read(0, 1000, &["passage".to_owned()]).expect("events");
    let events = entries.iter().map(|entry| pb::Event::decode(entry.payload.as_slice()).expect("an event"));
    let mut opened = Vec::new();
    for event in events {
        let Some(pb::event::Body::Passage(passage)) = event.body else { panic!("{:?}", event.body) };
        if passage.state() == pb::PassageState::Opened {
            let models = event.models.into_iter().map(|model| model.card_id).collect();
            opened.push((event.clocks.expect("clocks").wall_unix_ns, models));
        }
    }
    opened
}

#[test]
fn a_camera_that_looks_at_people_tells_who_looked() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let Some(_) = models::testkit::model(EMBEDDER) else { return };
    let with = opened(&config(&store, &clip, &format!("appearance = \"{EMBEDDER}\"\n")));
    let without = opened(&config(&store, &clip, ""));
    // Six visitors (ground truth), one after the other: there is nobody to be mixed up with.
    assert_eq!((with.len(), without.len()), (6, 6));
    for ((at, models), (at_without, models_without)) in with.iter().zip(&without) {
        assert_eq!(at, at_without);
        assert_eq!(models, &["yolox-nano", EMBEDDER]);
        assert_eq!(models_without, &["yolox-nano"]);
    }
}
