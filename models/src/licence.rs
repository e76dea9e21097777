use crate::{Card, Licence};

/// SPDX ids, one to a line, of the licences under which anybody may run a model and ship what it says: they ask for a
/// notice at most. What is not here (copyleft, research only, non-commercial, `none`, a word that nobody knows) takes a
/// person who accepts the model by its name.
pub const ALLOWED_LICENCES: &str = include_str!("../licences.txt");

/// Nobody accepted a model whose licence is not one of [`ALLOWED_LICENCES`].
///
/// How to accept it is the caller's to say: it knows where it would look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("model `{id}` is not used unless it is accepted by name: its {part} are under `{licence}`{}", because(.note))]
pub struct NotAccepted {
    /// Id of the card.
    pub id: String,
    /// `weights`, or `code and files`.
    pub part: &'static str,
    /// The licence, as in the card.
    pub licence: String,
    /// The card's note; may be empty.
    pub note: String,
}

impl Licence {
    /// Whether both licences are among [`ALLOWED_LICENCES`].
    pub fn is_allowed(&self) -> bool {
        self.objection().is_none()
    }

    /// The part whose licence is not allowed, and that licence; the weights first.
    fn objection(&self) -> Option<(&'static str, &str)> {
        let parts = [("weights", self.weights.as_str()), ("code and files", self.code.as_str())];
        parts.into_iter().find(|(_, licence)| !ALLOWED_LICENCES.lines().any(|allowed| allowed == *licence))
    }
}

impl Card {
    /// Whether the model may be used, `accepted` being the ids that the operator or evaluator accepts whatever their
    /// licence is.
    ///
    /// # Errors
    /// [`NotAccepted`], naming model and licence.
    pub fn may_be_used(&self, accepted: &[String]) -> Result<(), NotAccepted> {
        match self.licence.objection() {
            Some((part, licence)) if !accepted.contains(&self.id) => Err(NotAccepted {
                id: self.id.clone(),
                part,
                licence: licence.to_owned(),
                note: self.licence.note.clone(),
            }),
            _ => Ok(()),
        }
    }
}

fn because(note: &str) -> String {
    if note.is_empty() { String::new() } else { format!(" ({note})") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DEFAULT_MODEL, builtin_cards, find};

    fn licence(code: &str, weights: &str) -> Licence {
        Licence { code: code.to_owned(), weights: weights.to_owned(), note: String::new() }
    }

    #[test]
    fn the_list_is_sorted_and_holds_nothing_twice() {
        let list: Vec<&str> = ALLOWED_LICENCES.lines().collect();
        assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
    }

    #[test]
    fn what_asks_for_more_than_a_notice_is_not_allowed() {
        for fine in
            ["Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "CC0-1.0", "CC-BY-4.0", "Unlicense"]
        {
            assert!(licence(fine, fine).is_allowed(), "{fine}");
        }
        for bad in [
            "AGPL-3.0",
            "AGPL-3.0-only",
            "GPL-3.0",
            "GPL-3.0-or-later",
            "CC-BY-NC-4.0",
            "CC-BY-SA-4.0",
            "research-only",
            "non-commercial",
            "none",
            "unknown",
            "",
            "apache-2.0",
            "MIT OR AGPL-3.0",
        ] {
            assert!(!licence(bad, "MIT").is_allowed() && !licence("MIT", bad).is_allowed(), "{bad}");
        }
    }

    #[test]
    fn no_default_has_to_be_accepted() {
        let cards = builtin_cards().expect("built-in cards");
        let default = find(&cards, DEFAULT_MODEL).expect("built in");
        assert!(default.licence.is_allowed());
        let parent = default.artifact.derived.as_ref().map(|derived| derived.from.id.as_str());
        assert!(parent.is_none_or(|id| find(&cards, id).expect("built in").licence.is_allowed()));
    }

    #[test]
    fn a_model_is_accepted_by_its_own_name_alone() {
        let cards = builtin_cards().expect("built-in cards");
        let face = find(&cards, "face-mobilefacenet").expect("built in");
        let refused = face.may_be_used(&["face-mobileface-v2".to_owned()]).expect_err("another name");
        assert_eq!((refused.part, refused.licence.as_str()), ("weights", "none"));
        let told = refused.to_string();
        assert!(
            told.starts_with(
                "model `face-mobilefacenet` is not used unless it is accepted by name: its weights are under `none` ("
            ) && told.contains("MS-Celeb-1M"),
            "{told}"
        );
        assert_eq!(face.may_be_used(&["face-mobilefacenet".to_owned()]), Ok(()));
    }
}
