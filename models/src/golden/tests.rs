use std::error::Error;
use std::path::Path;

use super::*;
use crate::{DEFAULT_MODEL, builtin_cards, find};

fn card(id: &str) -> Card {
    let cards = builtin_cards().expect("built-in cards");
    find(&cards, id).expect("built in").clone()
}

fn golden(id: &str) -> Golden {
    Golden::of(&card(id)).expect("written well").expect("built in")
}

#[test]
fn every_built_in_card_has_golden_vectors_at_its_preferred_size() {
    for card in builtin_cards().expect("built-in cards") {
        let golden = Golden::of(&card).unwrap_or_else(|err| panic!("{}: {err}: {:?}", card.id, err.source()));
        let golden = golden.unwrap_or_else(|| panic!("{}: none, run models/golden/make.py", card.id));
        assert_eq!(golden.cases[0].size, card.input.size.preferred(), "{}", card.id);
        for case in &golden.cases {
            case.input(&card).expect("inside the picture");
        }
    }
}

#[test]
fn no_golden_vectors_are_left_of_a_card_that_went() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let cards = builtin_cards().expect("built-in cards");
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let id = path.file_stem().and_then(|stem| stem.to_str()).expect("UTF-8");
            assert!(find(&cards, id).is_ok() && built_in(id).is_some(), "{id}");
        }
    }
}

#[test]
fn the_input_is_the_corner_of_the_picture_in_the_cards_own_order() {
    let card = card(DEFAULT_MODEL);
    let case = &golden(DEFAULT_MODEL).cases[1];
    assert_eq!(case.size, SizePx::new(416, 256));
    let picture = case.picture().expect("decodes");
    // Pixels as draw.py paints them: white on blue in the corner, then the slopes at the far end of the first row.
    assert_eq!(picture.rgb()[..3], [20, 60, 190]);
    let far = 3 * 415;
    assert_eq!(
        picture.rgb()[far..far + 3],
        [40 + 415 * 170 / 640, 210, 90 + 415 * 70 / 640].map(|v| v as u8)
    );
    let Values::F32(tensor) = case.input(&card).expect("cut") else { panic!("not f32") };
    let plane = 416 * 256;
    assert_eq!((tensor[0], tensor[plane], tensor[2 * plane]), (190.0, 60.0, 20.0), "blue first");

    let reader = self::card("plate-cct-xs-v1");
    let Values::U8(bytes) = golden("plate-cct-xs-v1").cases[0].input(&reader).expect("cut") else {
        panic!("not bytes")
    };
    assert_eq!((&bytes[..3], bytes.len()), (&[20, 60, 190][..], 3 * 128 * 64), "pixel by pixel, red first");
}

#[test]
fn values_are_compared_at_their_places() {
    let expected = ExpectedOutput {
        name: "out".to_owned(),
        shape: vec![1, 4],
        samples: vec![(0, 1.0), (3, -2.0)],
        mean: Some(0.0),
        tolerance: 0.1,
    };
    let compare = |shape: &[i64], data: &[f32]| expected.compare(shape, data);
    let close = |off: f32, expected: f32| (off - expected).abs() < 1e-6;
    assert!(close(compare(&[1, 4], &[1.0, 0.5, 0.5, -2.05]).expect("close enough"), 0.05));
    let told = |shape: &[i64], data: &[f32]| compare(shape, data).expect_err("off").to_string();
    assert_eq!(
        told(&[1, 4], &[1.05, 0.5, 0.5, -2.2]),
        "output `out` is -2.2 at place 3, expected -2 within 0.1",
        "the furthest of two"
    );
    assert_eq!(
        told(&[1, 4], &[f32::NAN, 0.5, 0.5, -2.0]),
        "output `out` is NaN at place 0, expected 1 within 0.1"
    );
    assert_eq!(told(&[1, 4], &[1.0, 9.0, 0.0, -2.0]), "output `out` has the mean 2, expected 0 within 0.1");
    assert_eq!(told(&[4], &[1.0, 0.5, 0.5, -2.0]), "output `out` has shape [4], expected [1, 4]");
    let any_rows = ExpectedOutput { shape: vec![1, -1], mean: None, ..expected.clone() };
    assert!(any_rows.compare(&[1, 5], &[1.0, 0.0, 0.0, -2.0, 7.0]).is_ok());
    let short = any_rows.compare(&[1, 2], &[1.0, 0.0]).expect_err("a row is missing");
    assert_eq!(short.to_string(), "output `out` is NaN at place 3, expected -2 within 0.1");
}

/// The built-in vectors of the default model with `old` replaced, and why they are refused.
#[track_caller]
fn refused(old: &str, new: &str) -> String {
    let card = card(DEFAULT_MODEL);
    let text = built_in(DEFAULT_MODEL).expect("built in");
    assert!(text.contains(old), "{old}");
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("own.golden.toml");
    std::fs::write(&file, text.replacen(old, new, 1)).expect("file");
    let own = Card { golden: Some(GoldenSource::File(file.clone())), ..card };
    let err = Golden::of(&own).expect_err("refused");
    let cause = err.source().expect("why").to_string();
    assert!(err.to_string().contains(&file.display().to_string()), "{err}");
    cause
}

#[test]
fn vectors_that_prove_nothing_are_refused_with_their_key() {
    let sha256 = card(DEFAULT_MODEL).artifact.sha256.to_string();
    let stale = refused(&sha256[..8], "00000000");
    assert!(
        stale.starts_with("`sha256` is \"00000000") && stale.ends_with("the model file of card `yolox-nano`")
    );
    assert_eq!(
        refused("size = [416, 416]", "size = [416, 400]"),
        "`case[0].size` is [416, 400], expected one that model `yolox-nano` takes"
    );
    assert_eq!(
        refused("size = [416, 256]", "size = [416, 416]"),
        "`case[1].size` is [416, 416], expected each size once"
    );
    assert_eq!(
        refused("name = \"output\"", "name = \"boxes\""),
        "`case[0].output[0].name` is \"boxes\", expected one of [\"output\"]"
    );
    assert_eq!(
        refused("tolerance = 0", "tolerance = inf # "),
        "`case[0].output[0].tolerance` is inf, expected a finite number above 0"
    );
    assert!(refused("mean = ", "means = ").contains("unknown field `means`"));
}

#[test]
fn an_operators_card_names_its_vectors_beside_it_or_none() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let text = include_str!("../../cards/yolox-nano-416.toml").replace("\"yolox-nano-416\"", "\"own\"");
    let own = |more: &str| -> Card {
        let text = text.replace("about =", &format!("{more}\nabout ="));
        std::fs::write(folder.path().join("own.toml"), text).expect("card");
        find(&crate::cards(folder.path()).expect("cards"), "own").expect("joined").clone()
    };
    assert_eq!(Golden::of(&own("")).expect("none is fine"), None);

    let vectors = built_in("yolox-nano-416").expect("built in");
    std::fs::write(folder.path().join("own.golden.toml"), vectors).expect("vectors");
    let named = own("golden = \"own.golden.toml\"");
    assert_eq!(Golden::of(&named).expect("written well"), Some(golden("yolox-nano-416")));

    let missing = own("golden = \"another.golden.toml\"");
    assert!(matches!(Golden::of(&missing), Err(GoldenError::Read { .. })));
}
