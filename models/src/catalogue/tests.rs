use super::*;
use crate::home::MODELS;
use crate::testkit;

const OWN: &str = include_str!("../../cards/yolox-nano-416.toml");

fn own(replace: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    let text = replace.iter().fold(OWN.to_owned(), |text, (old, new)| text.replacen(old, new, 1));
    std::fs::write(folder.path().join("own.toml"), text).expect("card");
    std::fs::write(folder.path().join("notes.txt"), "not a card").expect("notes");
    folder
}

#[test]
fn every_built_in_card_is_whole_and_called_as_its_file() {
    let cards = builtin_cards().expect("built-in cards");
    let ids: Vec<String> = cards.iter().map(|card| format!("{}.toml", card.id)).collect();
    assert_eq!(ids, BUILTIN.map(|(file, _)| file));
    let in_folder = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("cards")).expect("cards");
    assert_eq!(in_folder.count(), BUILTIN.len(), "each card in the folder is built in");
}

#[test]
fn the_default_is_public_and_anybody_may_use_it() {
    let cards = builtin_cards().expect("built-in cards");
    let card = find(&cards, DEFAULT_MODEL).expect("the default is built in");
    assert_eq!(card.id, cards[0].id, "and comes first");
    let public = card.artifact.derived.as_ref().map_or(&card.artifact, |derived| &derived.from);
    assert!(public.source.is_some() && card.licence.is_allowed());
}

#[test]
fn the_cards_are_right_about_their_files() {
    for card in builtin_cards().expect("built-in cards") {
        // Where a mirror holds no more than the public files, the others are nobody's duty.
        let pulled = card.artifact.derived.as_ref().map_or(&card.artifact, |derived| &derived.from);
        let in_mirror = testkit::mirror().join(MODELS).join(&pulled.file).exists();
        if in_mirror || pulled.source.is_some() {
            let Some(path) = testkit::model(&card.id) else { return };
            assert_eq!(path.metadata().expect("held").len(), card.artifact.bytes);
        }
    }
}

#[test]
fn an_unknown_id_names_the_nearest() {
    let cards = builtin_cards().expect("built-in cards");
    for (asked, nearest) in [("nanodet", "nanodet-plus-m-1.5x"), ("yolox-nano-417", "yolox-nano-416")] {
        let err = find(&cards, asked).expect_err("unknown");
        assert_eq!(err.to_string(), format!("no model card `{asked}`, nearest is `{nearest}`"));
    }
}

#[test]
fn a_file_is_no_card() {
    let cards = builtin_cards().expect("built-in cards");
    for path in ["/tmp/own.onnx", "own.onnx", "models/own"] {
        let err = find(&cards, path).expect_err("no card").to_string();
        let expected = "expected the id of a card: a model file is run through a card that describes it";
        assert_eq!(err, format!("no model card `{path}`, {expected}"));
    }
}

#[test]
fn an_operators_card_joins_the_built_in_ones() {
    let folder =
        own(&[("\"yolox-nano-416\"", "\"own\""), ("file = \"det", "file = \"own"), ("695e", "0000")]);
    let cards = cards(folder.path()).expect("cards");
    assert_eq!(cards.len(), BUILTIN.len() + 1);
    assert_eq!(find(&cards, "own").expect("joined").artifact.file, "own-yolox-nano-416.onnx");
    assert_eq!(super::cards(&folder.path().join("absent")).expect("no folder").len(), BUILTIN.len());
}

#[test]
fn two_cards_cannot_claim_one_id_or_one_file() {
    let folder = own(&[]);
    assert_eq!(
        cards(folder.path()).expect_err("same id").to_string(),
        "cards `yolox-nano-416` and `yolox-nano-416` both have the id `yolox-nano-416`, expected one card for each"
    );
    let folder = own(&[("\"yolox-nano-416\"", "\"own\""), ("695e", "0000")]);
    assert_eq!(
        cards(folder.path()).expect_err("same file").to_string(),
        "cards `yolox-nano-416` and `own` both have the file `det-yolox-nano-416.onnx`, expected one card for each"
    );
    let folder = own(&[("\"yolox-nano-416\"", "\"own\"")]);
    assert_eq!(cards(folder.path()).expect("other settings for one content").len(), BUILTIN.len() + 1);
}

#[test]
fn a_broken_card_of_the_operator_is_named() {
    let folder = own(&[("bytes = 3660092", "bytes = -1")]);
    let err = cards(folder.path()).expect_err("broken");
    assert!(err.to_string().contains("own.toml"), "{err}");
}

#[test]
fn an_operators_card_may_be_made_of_a_built_in_one() {
    let text = include_str!("../../cards/yolox-nano.toml").replace("\"yolox-nano\"", "\"own\"");
    let folder = own(&[]);
    std::fs::write(folder.path().join("own.toml"), &text).expect("card");
    let all = cards(folder.path()).expect("cards");
    let made = find(&all, "own").expect("joined").artifact.derived.clone().expect("derived");
    assert_eq!(made.from.file, "det-yolox-nano-416.onnx");

    let of_derived = text.replace("from = \"yolox-nano-416\"", "from = \"yolox-nano\"");
    std::fs::write(folder.path().join("own.toml"), of_derived).expect("card");
    assert!(cards(folder.path()).is_err(), "one step from a file that is pulled");
}
