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
fn the_default_is_public_and_its_licences_are_stated() {
    let cards = builtin_cards().expect("built-in cards");
    let card = find(&cards, DEFAULT_MODEL).expect("the default is built in");
    assert_eq!(card.id, cards[0].id, "and comes first");
    assert!(card.artifact.source.is_some() && card.licence.is_stated());
}

#[test]
fn the_cards_are_right_about_their_files() {
    for card in builtin_cards().expect("built-in cards") {
        // Where a mirror holds no more than the public files, the others are nobody's duty.
        let in_mirror = testkit::mirror().join(MODELS).join(&card.artifact.file).exists();
        if in_mirror || card.artifact.source.is_some() {
            let Some(path) = testkit::model(&card.id) else { return };
            assert_eq!(path.metadata().expect("held").len(), card.artifact.bytes);
        }
    }
}

#[test]
fn an_unknown_id_names_the_nearest() {
    let cards = builtin_cards().expect("built-in cards");
    for (asked, nearest) in [("nanodet", "nanodet-plus-m-1.5x"), ("yolox-nano-dym", "yolox-nano-dyn")] {
        let err = find(&cards, asked).expect_err("unknown");
        assert_eq!(err.to_string(), format!("no model card `{asked}`, nearest is `{nearest}`"));
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
