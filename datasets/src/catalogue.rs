use std::path::Path;

use crate::{Footage, FootageError};

/// Id of the footage that `cairn demo` shows; its clip is public.
pub const DEMO_CLIP: &str = "people-one-by-one";

/// One line per card: adding footage is a TOML file and a line here.
const BUILTIN: [(&str, &str); 3] = [
    ("people-one-by-one.toml", include_str!("../cards/people-one-by-one.toml")),
    ("vehicle-overhead-lane.toml", include_str!("../cards/vehicle-overhead-lane.toml")),
    ("vehicle-junction.toml", include_str!("../cards/vehicle-junction.toml")),
];

/// The footage that this build knows, the demo's first.
///
/// # Errors
/// Never for a build that passed its tests.
pub fn builtin_footage() -> Result<Vec<Footage>, FootageError> {
    BUILTIN.iter().map(|(file, text)| Footage::parse(&Path::new("datasets/cards").join(file), text)).collect()
}

/// The footage called `id`.
///
/// # Errors
/// [`FootageError::UnknownId`], with the id of `footage` that is spelt most alike.
pub fn find<'a>(footage: &'a [Footage], id: &str) -> Result<&'a Footage, FootageError> {
    footage.iter().find(|card| card.id == id).ok_or_else(|| FootageError::UnknownId {
        id: id.to_owned(),
        nearest: models::nearest(footage.iter().map(|card| card.id.as_str()), id).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, testkit};

    #[test]
    fn every_built_in_card_is_whole_and_called_as_its_file() {
        let footage = builtin_footage().expect("built-in cards");
        let ids: Vec<String> = footage.iter().map(|card| format!("{}.toml", card.id)).collect();
        assert_eq!(ids, BUILTIN.map(|(file, _)| file));
        let in_folder =
            std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("cards")).expect("cards");
        assert_eq!(in_folder.count(), BUILTIN.len(), "each card in the folder is built in");
    }

    #[test]
    fn no_two_cards_share_a_file() {
        let footage = builtin_footage().expect("built-in cards");
        let mut files: Vec<&str> = footage
            .iter()
            .flat_map(|card| card.files.iter().map(|file| file.artifact.file.as_str()))
            .collect();
        let all = files.len();
        files.sort_unstable();
        files.dedup();
        assert_eq!(files.len(), all);
    }

    #[test]
    fn the_demos_clip_is_public_and_free_to_show() {
        let footage = builtin_footage().expect("built-in cards");
        let card = find(&footage, DEMO_CLIP).expect("the demo's clip is built in");
        assert_eq!(card.id, footage[0].id, "and comes first");
        assert!(card.clip().source.is_some() && !card.tests_only && card.licence == "CC-BY-4.0");
    }

    #[test]
    fn an_unknown_id_names_the_nearest() {
        let footage = builtin_footage().expect("built-in cards");
        let err = find(&footage, "vehicles-junction").expect_err("unknown");
        assert_eq!(err.to_string(), "no footage `vehicles-junction`, nearest is `vehicle-junction`");
    }

    #[test]
    fn the_cards_are_right_about_their_files() {
        for card in builtin_footage().expect("built-in cards") {
            for role in [Role::Clip, Role::Boxes, Role::Events] {
                let Some(file) = card.file(role) else { continue };
                // Where a mirror holds no more than the public files, the others are nobody's duty.
                let in_mirror = testkit::mirror().join(&file.artifact.file).exists();
                if in_mirror || file.artifact.source.is_some() {
                    let Some(path) = testkit::file(&card.id, role) else { return };
                    assert_eq!(path.metadata().expect("held").len(), file.artifact.bytes);
                }
            }
        }
    }
}
