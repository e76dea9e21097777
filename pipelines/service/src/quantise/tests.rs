use super::*;
use crate::quantise::guard::{ApChange, Measured, SpeedUp};
use crate::quantise::report::tried;
use datasets::report::DatasetId;
use datasets::score::interval::Interval;
use models::artifact::Sha256;
use vision::SizePx;

/// A candidate of the built-in model `id` with the content `bytes`, in `folder`.
fn candidate(folder: &Path, id: &str, bytes: &[u8]) -> (Card, Candidate) {
    let cards = models::builtin_cards().expect("built in");
    let parent = models::find(&cards, id).expect("built in").clone();
    let file = folder.join("candidate.onnx");
    std::fs::write(&file, bytes).expect("written");
    let mut card = parent.clone();
    card.artifact.sha256 = Sha256::of(bytes);
    card.artifact.bytes = bytes.len() as u64;
    let (recipe, what) = ("last-float".to_owned(), "some words".to_owned());
    (parent, Candidate { recipe, what, file, card: Arc::new(card), score: None })
}

fn report(parent: &Card, candidate: &Candidate, ap_after: f64, ratio: f64) -> Report {
    let ap = ApChange { before: 0.5, after: ap_after, interval: None, pictures: 38 };
    let speed_up = SpeedUp { ratio, interval: Some(Interval { low: ratio - 0.05, high: ratio + 0.05 }) };
    let measured = [Measured { speed_up, ap: Some(ap) }];
    let bounds = Bounds { max_loss: 0.5 };
    Report {
        model: parent.id.clone(),
        model_sha256: parent.artifact.sha256,
        dataset: DatasetId { id: "shared".to_owned(), sha256: "ab".to_owned(), seed: 1 },
        max_loss: bounds.max_loss,
        limit: None,
        provider: "cpu".to_owned(),
        calibrated_with: 128,
        size: SizePx::new(416, 256),
        rounds: 100,
        original_ms: 10.0,
        candidates: tried(std::slice::from_ref(candidate), &[10.0 / ratio], &measured, bounds),
        best: guard::best(&measured, bounds),
        installed: None,
    }
}

#[test]
fn what_is_installed_is_a_model_that_is_held_and_right() {
    let folder = tempfile::tempdir().expect("folder");
    let home = Home::new(folder.path().join("home"));
    let (parent, candidate) = candidate(folder.path(), "nanodet-plus-m-1.5x", b"int8 weights");
    let report = report(&parent, &candidate, 0.498, 1.25);
    assert!(report.passes());
    let target = Target::new(&home, None, &parent.id).expect("a place");
    let installed = target.install(&home, &report, &candidate).expect("installed");

    let cards = models::cards(&home.cards()).expect("cards that fit together");
    let card = models::find(&cards, "nanodet-plus-m-1.5x-int8").expect("it is there");
    assert_eq!(home.models().locate(&card.artifact).expect("held and right"), installed.file);
    assert!(card.made_here);
    assert_eq!(card.licence.code, parent.licence.code);
    assert!(card.licence.note.contains(&parent.artifact.sha256.to_string()), "{}", card.licence.note);
    let text = std::fs::read_to_string(&installed.card).expect("a card");
    for said in [
        "Recipe last-float: some words.",
        "AP 0.4980, 0.5000 before",
        "8.00 ms a run at 416x256",
        "10.00 ms before: 1.25 times as fast (1.200 to 1.300 at 95 %) over 100 runs in turn.",
        "shared",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }

    // Made again, with another content, it takes the place of what was made before.
    let (_, other) = self::candidate(folder.path(), "nanodet-plus-m-1.5x", b"other weights");
    let target = Target::new(&home, None, &parent.id).expect("its own work may be replaced");
    let again = target.install(&home, &report, &other).expect("installed");
    assert_ne!(again.file, installed.file);
    let cards = models::cards(&home.cards()).expect("cards that fit together");
    let card = models::find(&cards, "nanodet-plus-m-1.5x-int8").expect("it is there");
    assert_eq!(home.models().locate(&card.artifact).expect("held and right"), again.file);
}

#[test]
fn a_card_of_somebody_else_is_not_replaced() {
    let folder = tempfile::tempdir().expect("folder");
    let home = Home::new(folder.path());
    let cards = home.cards();
    std::fs::create_dir_all(&cards).expect("folder");
    let quantised = models::Quantised {
        id: "yolox-nano-416-int8".to_owned(),
        file: "theirs.onnx".to_owned(),
        sha256: Sha256::of(b"theirs"),
        bytes: 6,
        note: "theirs".to_owned(),
        remarks: Vec::new(),
    };
    let (text, _) = models::quantised_card(&cards, "yolox-nano-416", &quantised).expect("a card");
    let theirs = text.replace("made-here", "mirror-only");
    std::fs::write(cards.join("theirs.toml"), theirs).expect("written");
    let Err(error) = Target::new(&home, None, "yolox-nano-416") else { panic!("it would be replaced") };
    assert!(error.is::<BadRequest>() && error.to_string().contains("was not made here"), "{error}");
    let elsewhere = folder.path().join("elsewhere");
    assert!(Target::new(&home, Some(&elsewhere), "yolox-nano-416").is_ok());
}

#[test]
fn what_falls_short_is_told_by_how_much() {
    let folder = tempfile::tempdir().expect("folder");
    let (parent, candidate) = candidate(folder.path(), "yolox-nano-416", b"int8 weights");
    let report = report(&parent, &candidate, 0.48, 0.8);
    assert!(!report.passes());
    let text = report.text();
    for said in [
        "nothing is installed; the nearest is recipe last-float:",
        "it loses 2.00 points of AP, 1.50 more than the 0.5 allowed",
        "it runs 0.80 times as fast (0.750 to 0.850 at 95 %) here, expected a lower end above 1",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let document = report.document().expect("a document");
    assert_eq!(document["schema"], "cairn.quantise/1");
    assert_eq!((&document["passes"], &document["installed"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(document["candidates"][0]["shortfalls"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["rounds"], 100);
    let interval = &document["candidates"][0]["speed_up_interval"];
    for (end, expected) in [("low", 0.75), ("high", 0.85)] {
        assert!(interval[end].as_f64().is_some_and(|end| (end - expected).abs() < 1e-9), "{interval}");
    }
}

#[test]
fn only_detectors_are_quantised() {
    for card in models::builtin_cards().expect("built in") {
        let suited = suits(&card);
        match card.task {
            Task::Detect => assert!(suited.is_ok(), "{}", card.id),
            task => {
                let told = suited.expect_err("no detector").to_string();
                let expected = format!(
                    "model `{}` is not quantised: its task is `{task}`, expected `detect`, whose average precision guards \
                     the result",
                    card.id
                );
                assert_eq!(told, expected);
            }
        }
    }
}
