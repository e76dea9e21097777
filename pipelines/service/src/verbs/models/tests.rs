use std::fs;

use super::*;

fn cards() -> Vec<Card> {
    models::builtin_cards().expect("built-in cards")
}

fn ids(cards: &[&Card]) -> Vec<String> {
    cards.iter().map(|card| card.id.clone()).collect()
}

fn asked(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

#[test]
fn a_pull_without_ids_is_about_the_default_model() {
    let cards = cards();
    let chosen = to_pull(&cards, &[], false, &[]).expect("chosen");
    assert_eq!(ids(&chosen), [DEFAULT_MODEL]);
}

#[test]
fn a_model_whose_licence_is_not_allowed_is_taken_by_its_name_alone() {
    let cards = cards();
    let nanodet = asked(&["nanodet-plus-m-1.5x"]);
    let error = to_pull(&cards, &nanodet, false, &[]).expect_err("no consent");
    assert!(error.is::<Unaccepted>(), "{error}");
    assert_eq!(ids(&to_pull(&cards, &nanodet, false, &nanodet).expect("chosen")), nanodet);

    let licensed = to_pull(&cards, &[], true, &[]).expect("chosen");
    let stated = [
        "yolox-nano",
        "yolox-nano-416",
        "face-yunet",
        "face-yunet-320",
        "face-yunet-640",
        "plate-hyperlpr-640",
        "plate-hyperlpr-320",
        "plate-cct-xs-v1",
        "plate-lprnet-sirius",
        "person-reid-omz-0248",
        "person-reid-omz-0287",
    ];
    assert_eq!(ids(&licensed), stated);
    let one_more = to_pull(&cards, &[], true, &nanodet).expect("chosen");
    assert_eq!(one_more.len(), stated.len() + 1);
}

#[test]
fn a_face_model_is_not_pulled_without_a_word_about_its_training_pictures() {
    let error = to_pull(&cards(), &asked(&["face-mobilefacenet"]), false, &asked(&["face-mobileface-v2"]))
        .expect_err("another name");
    let told = error.to_string();
    assert!(error.is::<Unaccepted>() && told.contains("MS-Celeb-1M"), "{told}");
    assert!(
        told.starts_with("model `face-mobilefacenet` is not used unless it is accepted by name: "),
        "{told}"
    );
    assert!(told.ends_with("; `--accept face-mobilefacenet` takes it all the same"), "{told}");
}

#[test]
fn the_task_is_shown_everywhere() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (cards, store) = (cards(), Store::new(folder.path()));
    for (id, task) in [
        (DEFAULT_MODEL, "detect"),
        ("face-yunet", "detect-face"),
        ("plate-hyperlpr-640", "detect-plate"),
        ("plate-omz-0001", "read-plate"),
        ("face-mobileface-v2", "embed-face"),
        ("person-reid-omz-0248", "embed-person"),
    ] {
        let found = Found::look(models::find(&cards, id).expect("built in"), &store);
        assert_eq!(found.document()["task"], json!(task));
        assert!(found.summary().contains(&format!(" {task:<12} missing ")), "{}", found.summary());
        assert!(found.sheet().contains(&format!("\n  task     {task}\n")), "{}", found.sheet());
        assert_eq!(found.sheet().contains("  classes  "), task.starts_with("detect"));
    }
}

#[test]
fn an_unknown_id_is_bad_usage_and_names_the_nearest() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let error = to_pull(&cards(), &asked(&["yolox"]), false, &[]).expect_err("unknown");
    assert!(error.is::<CardError>(), "{error}");
    assert_eq!(error.to_string(), "no model card `yolox`, nearest is `yolox-nano`");
    assert!(to_verify(&cards(), &asked(&["yolox"]), &[], &Store::new(folder.path())).is_err());
}

#[test]
fn a_verification_looks_at_the_default_and_at_what_is_held() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (cards, store) = (cards(), Store::new(folder.path()));
    let outcome = |ids: &[&str]| -> Vec<(String, &'static str)> {
        let found =
            to_verify(&cards, &asked(ids), &asked(&["nanodet-plus-m-1.5x"]), &store).expect("known ids");
        found.iter().map(|found| (found.card.id.clone(), found.word())).collect()
    };
    assert_eq!(outcome(&[]), [(DEFAULT_MODEL.to_owned(), "missing")]);

    fs::write(store.path(&cards[1].artifact), "a page of text").expect("file");
    let wrong = ("yolox-nano-416".to_owned(), "wrong");
    assert_eq!(outcome(&[]), [(DEFAULT_MODEL.to_owned(), "missing"), wrong.clone()]);
    assert_eq!(outcome(&["yolox-nano-416"]), [wrong]);

    fs::create_dir(store.path(&cards[2].artifact)).expect("folder in its place");
    assert_eq!(outcome(&["nanodet-plus-m-1.5x"])[0].1, "wrong");
}

#[test]
fn the_document_says_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (cards, store) = (cards(), Store::new(folder.path()));
    fs::write(store.path(&cards[0].artifact), "a page of text").expect("file");
    let document = Found::look(&cards[0], &store).document();
    assert_eq!((&document["state"], &document["default"]), (&json!("wrong"), &json!(true)));
    let problem = document["problem"].as_str().expect("text");
    assert!(problem.contains("it is 14 bytes long, expected 3648421"), "{problem}");
    assert_eq!(Found::look(&cards[1], &store).document()["state"], json!("missing"));
}

#[test]
fn what_is_held_but_not_accepted_is_hashed_and_not_run() {
    let Some(face) = models::testkit::model("face-mobilefacenet") else { return };
    let folder = tempfile::tempdir().expect("temporary folder");
    let (cards, store) = (cards(), Store::new(folder.path()));
    let card = models::find(&cards, "face-mobilefacenet").expect("built in");
    fs::copy(face, store.path(&card.artifact)).expect("held");
    let mut found = to_verify(&cards, &[], &[], &store).expect("looked");
    run_golden(&mut found, &[]).expect("nothing to run");
    let held = found.iter().find(|found| found.card.id == card.id).expect("held");
    assert!(held.is_fine() && matches!(held.golden, Some(Verdict::NotAccepted(_))), "{:?}", held.golden);
    assert_eq!(held.document()["golden"]["state"], json!("not-accepted"));
    let named = to_verify(&cards, &asked(&["face-mobilefacenet"]), &[], &store);
    assert!(named.err().is_some_and(|error| error.is::<Unaccepted>()), "asked for by name, it is refused");
}
