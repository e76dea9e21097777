//! A passage that a stronger model has to agree to is told when it does, and never when it does not.

use std::collections::BTreeMap;
use std::path::Path;

use delivery::HeldEvents;
use prost::Message as _;
use proto::v1 as pb;

use crate::harness::{any_box, model_store, people_clip, run_in};

const STRONGER: &str = "nanodet-plus-m-1.5x";

/// Whoever is in the picture, under one rule; `second` is what it asks for besides.
fn rule(id: &str, second: &str) -> String {
    format!(
        "[[camera.rule]]\nid = \"{id}\"\nversion = 1\nzone = \"picture\"\nclasses = [\"person\"]\nanchor = \"centre\"\n\
         confirm = {{ hits = 4, of = 6 }}\nmin-travel = 0\n{second}\n"
    )
}

fn config(store: &Path, clip: &Path) -> String {
    let picture = "polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]";
    let agrees = format!("second-look = {{ model = \"{STRONGER}\", min-score = 0.4 }}");
    let never = format!("second-look = {{ model = \"{STRONGER}\", min-score = 1.0 }}");
    [
        any_box(store),
        format!("accept-licence = [\"{STRONGER}\"]\n[delivery]\nlocal-only = true\n"),
        format!("[[camera]]\nid = \"people\"\nurl = \"file:{}\"\n", clip.display()),
        format!("[[camera.zone]]\nid = \"picture\"\n{picture}\n"),
        rule("alone", ""),
        rule("agrees", &agrees),
        rule("never", &never),
    ]
    .concat()
}

#[test]
fn nothing_is_told_that_the_stronger_model_does_not_see() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let Some(_) = models::testkit::model(STRONGER) else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let mut run = run_in(dir.path(), &config(&store, &clip), &["--once"]);
    assert_eq!(run.wait(), Some(0), "{}", run.log());

    let held = HeldEvents::open(&dir.path().join("data")).expect("journal");
    let entries = held.read(0, 1000, &["passage".to_owned()]).expect("events");
    let mut told: BTreeMap<(String, String), Vec<pb::Passage>> = BTreeMap::new();
    for entry in &entries {
        let event = pb::Event::decode(entry.payload.as_slice()).expect("an event");
        let Some(pb::event::Body::Passage(passage)) = event.body else { panic!("{:?}", event.body) };
        let models: Vec<&str> = event.models.iter().map(|model| model.card_id.as_str()).collect();
        let expected: &[&str] =
            if passage.rule_id == "agrees" { &["yolox-nano", STRONGER] } else { &["yolox-nano"] };
        assert_eq!(models, expected, "who took part");
        told.entry((passage.rule_id.clone(), passage.passage_id.clone())).or_default().push(passage);
    }
    let of = |rule: &str| -> Vec<&Vec<pb::Passage>> {
        told.iter().filter(|((of, _), _)| of == rule).map(|(_, revisions)| revisions).collect()
    };
    // Six visitors (ground truth).
    assert_eq!((of("alone").len(), of("agrees").len(), of("never").len()), (6, 6, 0));
    for revisions in of("agrees") {
        let numbers: Vec<u32> = revisions.iter().map(|passage| passage.revision).collect();
        assert_eq!(numbers, (1..=numbers.len() as u32).collect::<Vec<_>>(), "none is missing");
        let (first, last) = (&revisions[0], &revisions[revisions.len() - 1]);
        assert_eq!((first.state(), last.state()), (pb::PassageState::Opened, pb::PassageState::Closed));
        let looked = first.decision.last().expect("clauses");
        assert_eq!((looked.name.as_str(), looked.bound, looked.held), ("second_look", 0.4, true));
        assert!(0.4 <= looked.measured && looked.measured <= 1.0, "{looked:?}");
    }
}
