use super::super::model;
use super::RuleContext;
use crate::SecondLook;
use crate::cursor::{Item, Table};

/// `second-look` of a rule about `classes`, which may have problems of their own.
pub(super) fn second_look(
    table: &Table<'_>,
    context: &RuleContext<'_>,
    classes: Option<&[String]>,
) -> Option<Option<SecondLook>> {
    let crowd = table.has("crowd");
    table.maybe("second-look", |item| {
        if crowd {
            return item.misplaced("about one object at a time, and a crowd is many");
        }
        item.table(|table| {
            let model =
                table.need("model", "the id of a model card", |item| detector(item, context, classes));
            let min_score = table.maybe("min-score", |item| item.fraction(0.0..=1.0));
            Some(SecondLook { model: model?, min_score: min_score? })
        })
    })
}

/// A model that detects all of `classes`.
fn detector(item: &Item<'_>, context: &RuleContext<'_>, classes: Option<&[String]>) -> Option<String> {
    let (id, known) = model::detector(item, context.models)?;
    let unknown = |known: &crate::KnownModel| {
        let mut missing = classes.unwrap_or_default().iter().filter(|class| !known.classes.contains(class));
        missing.next().cloned()
    };
    match known.and_then(unknown) {
        Some(class) => item.problem(format_args!(
            "got {id:?}, which does not know {class:?}, expected a model that knows all `classes` of the rule"
        )),
        None => Some(id),
    }
}
