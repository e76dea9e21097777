use crate::cursor::{Item, Table, did_you_mean};

/// The ids given so far in one list, and the path of the table that has each.
#[derive(Default)]
pub(super) struct Ids(Vec<(String, String)>);

impl Ids {
    /// The id of `table`, which no earlier table of the list may have.
    ///
    /// An id with forbidden characters is remembered all the same: it is one mistake, not one more per reference.
    pub(super) fn id_of(&mut self, table: &Table<'_>) -> Option<String> {
        table.need("id", "an id of 1 to 64 characters of a-z, 0-9 and -", |item| {
            let written = item.peek_text().unwrap_or_default();
            if let Some((_, owner)) = self.0.iter().find(|(id, _)| id == written) {
                return item.refuse(format_args!("an id of its own: {owner} has this one"));
            }
            if !written.is_empty() {
                self.0.push((written.to_owned(), table.path().to_owned()));
            }
            item.id()
        })
    }

    fn has(&self, id: &str) -> bool {
        self.0.iter().any(|(known, _)| known == id)
    }
}

/// The id of one of the camera's `kind`s that `item` refers to; `other` are those of the other kind.
pub(super) fn reference(
    item: &Item<'_>,
    kind: &str,
    ids: &Ids,
    other_kind: &str,
    others: &Ids,
) -> Option<String> {
    let expected = format!("the id of a [[camera.{kind}]] of this camera");
    let Some(written) = item.peek_text() else { return item.refuse(expected) };
    if ids.has(written) {
        return Some(written.to_owned());
    }
    if others.has(written) {
        return item
            .refuse(format_args!("{expected}; this is a {other_kind}: write `{other_kind} = {written:?}`"));
    }
    match did_you_mean(written, ids.0.iter().map(|(id, _)| id.as_str())) {
        Some(near) => item.refuse(format_args!("{expected}, did you mean {near:?}?")),
        None if ids.0.is_empty() => item.refuse(format_args!("{expected}, which has none")),
        None => item.refuse(expected),
    }
}
