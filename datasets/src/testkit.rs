//! Clips and ground truth for tests; behind the feature `testkit`. Where files come from and what happens without
//! them is said in `models::testkit`.

use std::path::PathBuf;

use models::home::FOOTAGE;

use crate::{Role, builtin_footage, find};

/// Path of the clip of the built-in footage `id`, whole and right; `None` means: return from the test.
///
/// # Panics
/// When no footage is called `id`; when the file cannot be had and `CI` is `true`.
pub fn clip(id: &str) -> Option<PathBuf> {
    file(id, Role::Clip)
}

/// As [`clip`], for the file of any `role`.
///
/// # Panics
/// When no footage `id` with such a file is known; when the file cannot be had and `CI` is `true`.
pub fn file(id: &str, role: Role) -> Option<PathBuf> {
    let footage = builtin_footage();
    let card = match footage.as_deref().map(|footage| find(footage, id)) {
        Ok(Ok(card)) => card,
        Ok(Err(err)) => panic!("{err}"),
        Err(err) => panic!("{err}"),
    };
    match card.file(role) {
        Some(file) => models::testkit::file(&file.artifact, &models::testkit::home().footage(), FOOTAGE),
        None => panic!("footage `{id}` has no file with the role {role:?}"),
    }
}

/// The mirror's folder of footage.
pub fn mirror() -> PathBuf {
    models::testkit::mirror().join(FOOTAGE)
}
