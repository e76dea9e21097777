//! The card of a file that was made from another card's file.

use std::path::{Path, PathBuf};

use super::{Card, Draft};
use crate::artifact::Sha256;
use crate::{BadValue, CardError, catalogue};

/// What a quantised model has of its own; all else it has from the model it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantised {
    /// Id of its card.
    pub id: String,
    /// Its file in the store.
    pub file: String,
    /// Hash of the file.
    pub sha256: Sha256,
    /// Length of the file.
    pub bytes: u64,
    /// How it was made, for whoever asks for its licence; one line.
    pub note: String,
    /// What it was measured to be, as comments on top of the card.
    pub remarks: Vec<String>,
}

/// Keys that are about the file itself: where it comes from, and what it answers to a known picture.
const OF_THE_FILE: [&str; 5] = ["source", "mirror-only", "made-here", "derived", "golden"];

/// Text and content of the card of a model that was quantised from the model `parent`, a card that is built in or lies in
/// the operator's `folder`. Input, head, thresholds, classes and licence are the parent's.
///
/// # Errors
/// [`CardError::UnknownId`], what is wrong with a card in `folder`, or [`CardError::Value`] when a value of `quantised`
/// cannot be right.
pub fn quantised_card(
    folder: &Path,
    parent: &str,
    quantised: &Quantised,
) -> Result<(String, Card), CardError> {
    let unknown = || CardError::UnknownId { id: parent.to_owned(), nearest: String::new() };
    let (file, text) = catalogue::text_of(folder, parent)?.ok_or_else(unknown)?;
    let syntax = |source| CardError::Syntax { file: file.clone(), source: Box::new(source) };
    let mut keys: toml::Table = toml::from_str(&text).map_err(syntax)?;
    keys.retain(|key, _| !OF_THE_FILE.contains(&key));
    let about = keys.get("about").and_then(toml::Value::as_str).unwrap_or(parent).to_owned();
    let bytes = i64::try_from(quantised.bytes).map_err(|_| CardError::Value {
        file: PathBuf::from(&quantised.file),
        source: BadValue::new("bytes", quantised.bytes, "a length that a card can state"),
    })?;
    let own: [(&str, toml::Value); 6] = [
        ("id", quantised.id.clone().into()),
        ("about", format!("{about}; in int8, made here").into()),
        ("file", quantised.file.clone().into()),
        ("sha256", quantised.sha256.to_string().into()),
        ("bytes", bytes.into()),
        ("made-here", true.into()),
    ];
    keys.extend(own.map(|(key, value)| (key.to_owned(), value)));
    if let Some(licence) = keys.get_mut("licence").and_then(toml::Value::as_table_mut) {
        let before = licence.get("note").and_then(toml::Value::as_str).filter(|note| !note.is_empty());
        let note = before.into_iter().chain([quantised.note.as_str()]).collect::<Vec<_>>().join("; ");
        licence.insert("note".to_owned(), note.into());
    }
    let mut card = String::new();
    for line in quantised.remarks.iter().flat_map(|remark| remark.lines()) {
        card.push_str(&format!("# {line}\n"));
    }
    card.push_str(&keys.to_string());
    let parsed = Draft::parse(&folder.join(format!("{}.toml", quantised.id)), &card)?.check(&|_| None)?;
    Ok((card, parsed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin_cards;

    fn quantised() -> Quantised {
        Quantised {
            id: "nanodet-int8".to_owned(),
            file: "nanodet-int8.onnx".to_owned(),
            sha256: Sha256::of(b"int8"),
            bytes: 4,
            note: "quantised here".to_owned(),
            remarks: vec!["AP 0.5\nof 1".to_owned()],
        }
    }

    #[test]
    fn all_that_is_not_about_the_file_is_the_parents() {
        let folder = tempfile::tempdir().expect("folder");
        for parent in builtin_cards().expect("built in") {
            let (text, card) = quantised_card(folder.path(), &parent.id, &quantised()).expect("a card");
            assert!(text.starts_with("# AP 0.5\n# of 1\n"), "{text}");
            assert_eq!((card.id.as_str(), card.made_here), ("nanodet-int8", true));
            assert_eq!((card.artifact.sha256, card.artifact.bytes), (Sha256::of(b"int8"), 4));
            assert_eq!(card.artifact.source, None);
            assert_eq!(
                (&card.licence.code, &card.licence.weights),
                (&parent.licence.code, &parent.licence.weights)
            );
            assert!(card.licence.note.starts_with(&parent.licence.note));
            assert!(card.licence.note.ends_with("quantised here"));
            assert_eq!((&card.input, &card.head), (&parent.input, &parent.head));
            assert_eq!((&card.classes, &card.outputs), (&parent.classes, &parent.outputs));
            assert_eq!((card.min_score, card.nms_iou), (parent.min_score, parent.nms_iou));
            assert_eq!(card.smallest_px, parent.smallest_px);
        }
    }

    #[test]
    fn an_operators_card_is_a_parent_too() {
        let folder = tempfile::tempdir().expect("folder");
        let (text, first) = quantised_card(folder.path(), "yolox-nano-416", &quantised()).expect("a card");
        std::fs::write(folder.path().join("a.toml"), text).expect("written");
        let again = Quantised { id: "again".to_owned(), ..quantised() };
        let (_, second) = quantised_card(folder.path(), &first.id, &again).expect("a card");
        assert_eq!((second.id.as_str(), second.input), ("again", first.input));
    }

    #[test]
    fn a_parent_that_nobody_knows_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let error = quantised_card(folder.path(), "nobody", &quantised()).expect_err("unknown");
        assert!(matches!(error, CardError::UnknownId { .. }), "{error}");
    }

    #[test]
    fn what_was_made_here_comes_from_nowhere_else() {
        let folder = tempfile::tempdir().expect("folder");
        let (text, _) = quantised_card(folder.path(), "yolox-nano-416", &quantised()).expect("a card");
        let both = text.replace("made-here = true", "made-here = true\nmirror-only = true");
        let error = Draft::parse(Path::new("a.toml"), &both)
            .and_then(|draft| draft.check(&|_| None))
            .expect_err("both");
        let why = std::error::Error::source(&error).expect("a cause").to_string();
        assert_eq!(why, "`made-here` is true, expected `false` beside `source`, `derived` or `mirror-only`");
    }
}
