use super::*;

#[test]
fn the_mirror_gives_the_file_and_the_store_keeps_it() {
    let place = Place::new();
    place.put_in_mirror(CONTENT);
    let artifact = artifact(CONTENT, None);
    let pulled = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect("pulled");
    assert_eq!((pulled.path.as_path(), pulled.from), (place.held("").as_path(), Origin::Mirror));
    assert_eq!(fs::read(&pulled.path).expect("held"), CONTENT);
    assert_eq!(place.names(), ["model.onnx"]);

    let again = pull(&artifact, &place.store, None, None, &mut Quiet).expect("held");
    assert_eq!(again.from, Origin::AlreadyHeld);
}

#[test]
fn what_an_interrupted_pull_left_is_not_put_before_a_mirrors_copy() {
    let place = Place::new();
    place.put_in_mirror(CONTENT);
    put(&place.held(".part"), b"sixteen");
    let artifact = artifact(CONTENT, None);
    let pulled = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect("pulled");
    assert_eq!(fs::read(pulled.path).expect("held"), CONTENT);
}

#[test]
fn a_wrong_file_in_the_mirror_is_named_and_kept_aside() {
    let place = Place::new();
    for (content, misfit) in [
        (
            b"sixteen bytes ko".as_slice(),
            format!("its SHA-256 is {}, expected {}", Sha256::of(b"sixteen bytes ko"), Sha256::of(CONTENT)),
        ),
        (b"short", "it is 5 bytes long, expected 16".to_owned()),
    ] {
        place.put_in_mirror(content);
        let artifact = artifact(CONTENT, None);
        let err = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect_err("wrong");
        let kept = place.store.folder().join("group").join(rejected(content));
        let (mirror, kept_text) = (place.mirror().join(FILE), kept.display());
        assert_eq!(
            err.to_string(),
            format!(
                "could not pull `{FILE}`: `{}` in the mirror is not what its card says: {misfit}; kept aside as `{kept_text}`",
                mirror.display()
            )
        );
        assert_eq!(fs::read(kept).expect("kept aside"), content);
        assert!(!place.held("").exists() && !place.held(".part").exists());
    }
}

#[test]
fn a_much_too_long_file_in_the_mirror_is_not_copied_whole() {
    let place = Place::new();
    place.put_in_mirror(&[7; 1_000_000]);
    let artifact = artifact(CONTENT, None);
    let err = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect_err("wrong");
    assert!(err.to_string().contains("it is 1000000 bytes long, expected 16"), "{err}");
    assert_eq!(fs::read(place.held("").with_file_name(rejected(&[7; 17]))).expect("kept aside").len(), 17);
}

#[test]
fn a_wrong_file_in_the_store_is_kept_aside_and_reported() {
    for (content, misfit) in [
        (
            b"sixteen bytes ko".as_slice(),
            format!("its SHA-256 is {}, expected {}", Sha256::of(b"sixteen bytes ko"), Sha256::of(CONTENT)),
        ),
        (b"an operator's own model", "it is 23 bytes long, expected 16".to_owned()),
    ] {
        let place = Place::new();
        put(&place.held(""), content);
        place.put_in_mirror(CONTENT);
        let artifact = artifact(CONTENT, None);
        let pulled = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect("pulled");
        assert_eq!(fs::read(&pulled.path).expect("held"), CONTENT);
        let kept = place.held("").with_file_name(rejected(content));
        assert_eq!(fs::read(&kept).expect("kept aside"), content);
        let [refusal @ Refusal::Held { .. }] = &pulled.refused[..] else { panic!("{:?}", pulled.refused) };
        assert_eq!(
            refusal.to_string(),
            format!(
                "`{}` in the store is not what its card says: {misfit}; kept aside as `{}`",
                place.held("").display(),
                kept.display()
            )
        );
    }
}

#[test]
fn a_wrong_file_in_the_store_outlives_a_pull_that_finds_no_other() {
    let place = Place::new();
    put(&place.held(""), b"sixteen bytes ko");
    let artifact = artifact(CONTENT, None);
    let err = pull(&artifact, &place.store, Some(&place.mirror()), None, &mut Quiet).expect_err("nobody");
    assert!(matches!(err, PullError::Refused { .. }), "{err}");
    assert_eq!(place.names(), [rejected(b"sixteen bytes ko")]);
}

#[test]
fn a_file_that_nobody_has_is_told_apart_from_one_that_was_refused() {
    let place = Place::new();
    let private = artifact(CONTENT, None);
    let err = pull(&private, &place.store, None, None, &mut Quiet).expect_err("nobody");
    assert_eq!(
        err.to_string(),
        format!("nobody has `{FILE}`: no mirror is set, and its card names no public source")
    );
    let err = pull(&private, &place.store, Some(&place.mirror()), None, &mut Quiet).expect_err("nobody");
    assert!(matches!(err, PullError::Nowhere { mirror: Some(_), .. }), "{err}");

    let public = artifact(CONTENT, Some(public_file()));
    let err = pull(&public, &place.store, None, None, &mut Quiet).expect_err("offline");
    assert_eq!(
        err.to_string(),
        format!(
            "could not pull `{FILE}`: the public file o/r @ 0123abc : a/m.onnx was not asked for, the network is off"
        )
    );
}
