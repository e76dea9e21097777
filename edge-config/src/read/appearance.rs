//! Whether what people look like helps to follow them.

use super::model;
use super::privacy::PERSON;
use crate::KnownModel;
use crate::cursor::Item;

/// `camera.appearance`: the id of a model that embeds people, beside a model that finds them.
pub(super) fn appearance(
    item: &Item<'_>,
    camera_model: Option<&KnownModel>,
    known: Option<&[KnownModel]>,
) -> Option<String> {
    let id = model::person_embedder(item, known)?;
    match camera_model {
        Some(KnownModel { id: model, classes, .. }) if !classes.iter().any(|class| class == PERSON) => item
            .problem(format_args!(
                "model {model:?} has no class {PERSON:?}, so nobody's appearance is looked at"
            )),
        _ => Some(id),
    }
}
