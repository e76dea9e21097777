use super::*;
use crate::recipe::Recipe;
use crate::testkit;

/// The built-in file that is made from another.
fn made() -> Artifact {
    let cards = crate::builtin_cards().expect("built-in cards");
    crate::find(&cards, crate::DEFAULT_MODEL).expect("built in").artifact.clone()
}

/// A mirror with the parent of `artifact` in it, or nothing to test with.
fn with_parent(place: &Place, artifact: &Artifact) -> Option<()> {
    let parent = testkit::model(&artifact.derived.as_ref().expect("derived").from.id)?;
    put(
        &place.mirror().join(&artifact.derived.as_ref().expect("derived").from.file),
        &fs::read(parent).expect("held"),
    );
    Some(())
}

/// The names in the store, without locks.
fn held(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.store.folder()).expect("a store");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("entry").file_name().into_string().expect("UTF-8")
    };
    let mut names: Vec<String> = entries.map(name).filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

#[test]
fn a_derived_file_is_made_of_its_parent_once() {
    let (place, artifact) = (Place::new(), made());
    let Some(()) = with_parent(&place, &artifact) else { return };
    let mirror = place.mirror();
    let pulled = pull(&artifact, &place.store, Some(&mirror), None, &mut Quiet).expect("made");
    assert_eq!(
        (pulled.from, pulled.path.as_path()),
        (Origin::Derived, place.store.path(&artifact).as_path())
    );
    assert_eq!(held(&place), ["det-yolox-nano-416.onnx", "yolox-nano-free-size.onnx"]);
    assert_eq!(place.store.locate(&artifact).expect("right"), pulled.path);

    let again = pull(&artifact, &place.store, None, None, &mut Quiet).expect("held");
    assert_eq!(again.from, Origin::AlreadyHeld);
}

#[test]
fn a_result_that_is_not_the_cards_is_refused_with_both_hashes() {
    let place = Place::new();
    let right = made();
    let Some(()) = with_parent(&place, &right) else { return };
    let artifact = Artifact { sha256: Sha256::of(b"something else"), ..right.clone() };
    let err = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect_err("wrong");
    let parent = place.store.path(&right.derived.as_ref().expect("derived").from);
    assert_eq!(
        err.to_string(),
        format!(
            "`free-size` of `{}` is not the `yolox-nano-free-size.onnx` of its card: its SHA-256 is {} ({} bytes), expected {} ({} bytes)",
            parent.display(),
            right.sha256,
            right.bytes,
            artifact.sha256,
            right.bytes
        )
    );
    assert_eq!(held(&place), ["det-yolox-nano-416.onnx"], "what is wrong is not kept");
}

#[test]
fn a_wrong_derived_file_in_the_store_is_set_aside_and_made_again() {
    let (place, artifact) = (Place::new(), made());
    let Some(()) = with_parent(&place, &artifact) else { return };
    put(&place.store.path(&artifact), b"sixteen bytes ko");
    let pulled = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect("made");
    assert!(pulled.from == Origin::Derived && matches!(pulled.refused.as_slice(), [Refusal::Held { .. }]));
    assert_eq!(place.store.locate(&artifact).expect("right"), pulled.path);
}

#[test]
fn a_parent_that_nobody_has_is_the_reason() {
    let (place, artifact) = (Place::new(), made());
    let err = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect_err("no parent");
    let PullError::Parent { file, source } = &err else { panic!("{err}") };
    assert_eq!(file, "yolox-nano-free-size.onnx");
    assert!(source.to_string().contains("`det-yolox-nano-416.onnx`"), "{source}");
}

#[test]
fn a_parent_that_the_recipe_does_not_take_is_named() {
    let place = Place::new();
    place.put_in_mirror(CONTENT);
    let derived = Some(Derived { from: Box::new(artifact(CONTENT, None)), recipe: Recipe::FreeSize });
    let child = Artifact { file: "free.onnx".to_owned(), derived, ..artifact(b"another", None) };
    let err = pull(&child, &place.store, Some(&place.mirror()), None, &mut Quiet).expect_err("no ONNX file");
    let held = place.held("");
    assert_eq!(err.to_string(), format!("could not make `free.onnx` by `free-size` of `{}`", held.display()));
    assert_eq!(std::error::Error::source(&err).expect("why").to_string(), "it is not an ONNX file");
}

#[test]
fn a_derived_file_has_no_other_source() {
    let derived = Some(Derived { from: Box::new(artifact(CONTENT, None)), recipe: Recipe::FreeSize });
    let both = Written { derived: derived.clone(), ..written() };
    refused(both, "`files.0.source` is \"a/m.onnx\", expected nothing beside `derived`");
    let mirrored = Written { source: None, mirror_only: true, derived, ..written() };
    refused(mirrored, "`files.0.mirror-only` is true, expected `false` beside a `derived`");
}
