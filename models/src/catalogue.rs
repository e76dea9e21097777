use std::path::{Path, PathBuf};

use crate::artifact::Artifact;
use crate::card::Draft;
use crate::golden::{self, GOLDEN_SUFFIX, GoldenSource};
use crate::{Card, CardError};

/// Id of the model that runs where no other is asked for; its file is public.
pub const DEFAULT_MODEL: &str = "yolox-nano";

/// One line per card: adding a model is a TOML file and a line here.
const BUILTIN: [(&str, &str); 17] = [
    ("yolox-nano.toml", include_str!("../cards/yolox-nano.toml")),
    ("yolox-nano-416.toml", include_str!("../cards/yolox-nano-416.toml")),
    ("nanodet-plus-m-1.5x.toml", include_str!("../cards/nanodet-plus-m-1.5x.toml")),
    ("person-rtmdet-nano.toml", include_str!("../cards/person-rtmdet-nano.toml")),
    ("face-yunet.toml", include_str!("../cards/face-yunet.toml")),
    ("face-yunet-320.toml", include_str!("../cards/face-yunet-320.toml")),
    ("face-yunet-640.toml", include_str!("../cards/face-yunet-640.toml")),
    ("plate-hyperlpr-640.toml", include_str!("../cards/plate-hyperlpr-640.toml")),
    ("plate-hyperlpr-320.toml", include_str!("../cards/plate-hyperlpr-320.toml")),
    ("plate-cct-xs-v1.toml", include_str!("../cards/plate-cct-xs-v1.toml")),
    ("plate-omz-0001.toml", include_str!("../cards/plate-omz-0001.toml")),
    ("plate-omz-0007.toml", include_str!("../cards/plate-omz-0007.toml")),
    ("plate-lprnet-sirius.toml", include_str!("../cards/plate-lprnet-sirius.toml")),
    ("face-mobilefacenet.toml", include_str!("../cards/face-mobilefacenet.toml")),
    ("face-mobileface-v2.toml", include_str!("../cards/face-mobileface-v2.toml")),
    ("person-reid-omz-0248.toml", include_str!("../cards/person-reid-omz-0248.toml")),
    ("person-reid-omz-0287.toml", include_str!("../cards/person-reid-omz-0287.toml")),
];

/// The cards that came with this build, the default first.
///
/// # Errors
/// Never for a build that passed its tests.
pub fn builtin_cards() -> Result<Vec<Card>, CardError> {
    let draft = |(file, text): &(&str, &str)| Draft::parse(&Path::new("models/cards").join(file), text);
    let mut cards = checked(BUILTIN.iter().map(draft).collect::<Result<_, _>>()?, &[])?;
    for card in &mut cards {
        card.golden = golden::built_in(&card.id).map(GoldenSource::BuiltIn);
    }
    Ok(cards)
}

/// What stands in the card called `id`, built in or in the operator's `folder`; `None` where there is no such card.
pub(crate) fn text_of(folder: &Path, id: &str) -> Result<Option<(PathBuf, String)>, CardError> {
    for (file, text) in BUILTIN {
        let file = Path::new("models/cards").join(file);
        if Draft::parse(&file, text)?.id() == id {
            return Ok(Some((file, text.to_owned())));
        }
    }
    for file in card_files(folder)? {
        let text = std::fs::read_to_string(&file)
            .map_err(|source| CardError::Read { file: file.clone(), source })?;
        if Draft::parse(&file, &text)?.id() == id {
            return Ok(Some((file, text)));
        }
    }
    Ok(None)
}

/// The operator's cards, by name; none when there is no such folder.
fn drafts_in(folder: &Path) -> Result<Vec<Draft>, CardError> {
    card_files(folder)?.iter().map(|path| Draft::read(path)).collect()
}

/// Every `*.toml` in `folder` but golden vectors, by name; none when there is no such folder.
fn card_files(folder: &Path) -> Result<Vec<PathBuf>, CardError> {
    let failed = |source| CardError::Read { file: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(failed(err)),
    };
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(failed)?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".toml") && !name.ends_with(GOLDEN_SUFFIX)
    });
    paths.sort();
    Ok(paths)
}

/// The cards of `drafts` in their order; the files that theirs are made from are among themselves or `known`.
fn checked(drafts: Vec<Draft>, known: &[Card]) -> Result<Vec<Card>, CardError> {
    let (derived, whole): (Vec<_>, Vec<_>) =
        drafts.into_iter().enumerate().partition(|(_, draft)| draft.is_derived());
    let mut cards: Vec<(usize, Card)> = Vec::new();
    for (place, draft) in whole.into_iter().chain(derived) {
        let parent = |id: &str| -> Option<Artifact> {
            let mut all = known.iter().chain(cards.iter().map(|(_, card)| card));
            all.find(|card| card.id == id && card.artifact.derived.is_none())
                .map(|card| card.artifact.clone())
        };
        let card = draft.check(&parent)?;
        cards.push((place, card));
    }
    cards.sort_by_key(|(place, _)| *place);
    Ok(cards.into_iter().map(|(_, card)| card).collect())
}

/// The built-in cards, then those in the operator's `folder`.
///
/// # Errors
/// The folder or a card in it could not be read, or a card is wrong; or two cards with one id, or with one file and another content.
pub fn cards(folder: &Path) -> Result<Vec<Card>, CardError> {
    let mut all = builtin_cards()?;
    for card in checked(drafts_in(folder)?, &all)? {
        for other in &all {
            let twice = |what, value: &String| CardError::Twice {
                what,
                value: value.clone(),
                first: other.id.clone(),
                second: card.id.clone(),
            };
            if other.id == card.id {
                return Err(twice("id", &card.id));
            }
            // One file under two cards is fine (other thresholds, other classes) as long as it is one content.
            let (ours, theirs) = (&card.artifact, &other.artifact);
            if ours.file == theirs.file && (ours.sha256, ours.bytes) != (theirs.sha256, theirs.bytes) {
                return Err(twice("file", &ours.file));
            }
        }
        all.push(card);
    }
    Ok(all)
}

/// The card called `id`.
///
/// # Errors
/// [`CardError::UnknownId`], with the id of `cards` that is spelt most alike.
pub fn find<'a>(cards: &'a [Card], id: &str) -> Result<&'a Card, CardError> {
    cards.iter().find(|card| card.id == id).ok_or_else(|| CardError::UnknownId {
        id: id.to_owned(),
        nearest: nearest(cards.iter().map(|card| card.id.as_str()), id).to_owned(),
    })
}

/// The one of `known` that is spelt most like `asked`; `""` when there is none.
pub fn nearest<'a>(known: impl IntoIterator<Item = &'a str>, asked: &str) -> &'a str {
    let alike = |known: &&str| (strsim::jaro_winkler(known, asked) * 1e6) as u64;
    known.into_iter().max_by_key(alike).unwrap_or_default()
}

#[cfg(test)]
mod tests;
