//! Cameras are held to the models that the caller knows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use edge_config::{
    Catalogue, Checked, InputSizes, KnownModel, ModelTask, Problems, Strictness, Surroundings, parse,
};

const TEXT: &str = r#"[box]
id = "box-7"
site = "north-bank"
data-dir = "data"
[delivery]
local-only = true
[models]
dir = "cards"
[[camera]]
id = "own"
url = "rtsp://10.0.0.11/main"
model = "boats"
input-size = [640, 384]
[[camera.line]]
id = "bank"
from = [0.0, 0.5]
to = [1.0, 0.5]
[[camera.rule]]
id = "landing"
version = 1
line = "bank"
classes = ["raft"]
[[camera]]
id = "other"
url = "rtsp://10.0.0.12/main"
"#;

fn models(_: Option<&Path>) -> Result<Vec<KnownModel>, String> {
    let model = |id: &str, input, class: &str| KnownModel {
        id: id.to_owned(),
        task: ModelTask::Detect,
        input,
        batches: id == "boats",
        classes: vec![class.to_owned(), "person".to_owned()],
        reservation: None,
    };
    Ok(vec![
        model("yolox-nano", InputSizes::Only(416, 416), "car"),
        model("boats", InputSizes::MultiplesOf(64), "raft"),
    ])
}

fn check(text: &str, strictness: Strictness, catalogue: Option<Catalogue<'_>>) -> Result<Checked, Problems> {
    let surroundings = Surroundings { catalogue, ..Surroundings::default() };
    parse("edge.toml", text, Path::new("/etc/cairn"), strictness, surroundings)
}

fn refusal(text: &str, catalogue: Catalogue<'_>) -> String {
    check(text, Strictness::Strict, Some(catalogue)).unwrap_err().to_string()
}

#[test]
fn known_model_size_and_class_are_taken() {
    let camera = &check(TEXT, Strictness::Strict, Some(&models)).unwrap().config.cameras[0];
    assert_eq!((camera.model.as_str(), camera.input_size), ("boats", Some((640, 384))));
    assert_eq!(camera.rules[0].classes, ["raft"]);
}

#[test]
fn without_a_catalogue_any_model_size_and_class_may_stand_there() {
    let text = TEXT.replace("boats", "bots").replace("384", "352").replace("\"raft\"", "\"rift\"");
    check(&text, Strictness::Strict, None).unwrap();
}

#[test]
fn both_sides_are_held_to_the_models_step() {
    for (written, shown) in [("352, 384", "[352, 384]"), ("640, 352", "[640, 352]")] {
        assert_eq!(
            refusal(&TEXT.replace("640, 384", written), &models),
            format!(
                "edge.toml:13:14: camera[0].input-size: got {shown}, expected multiples of 64, which model \
                 \"boats\" takes"
            )
        );
    }
}

#[test]
fn what_is_near_to_nothing_is_answered_with_all_there_is() {
    assert_eq!(
        refusal(&TEXT.replace("\"boats\"", "\"detector\""), &models),
        "edge.toml:12:9: camera[0].model: got \"detector\", expected the id of a model card, one of \
         \"yolox-nano\", \"boats\""
    );
    assert_eq!(
        refusal(&TEXT.replace("\"raft\"", "\"canoe\""), &models),
        "edge.toml:22:12: camera[0].rule[0].classes[0]: got \"canoe\", expected a class of model \"boats\", \
         one of \"raft\", \"person\""
    );
}

#[test]
fn a_default_model_without_a_card_is_a_problem_of_the_camera() {
    let only_boats = |dir: Option<&Path>| models(dir).map(|models| models[1..].to_vec());
    assert_eq!(
        refusal(TEXT, &only_boats),
        "edge.toml:23:1: camera[1].model: missing, and the default \"yolox-nano\" is no model card that detects here, one \
         of \"boats\""
    );
}

#[test]
fn a_model_for_another_task_is_no_cameras() {
    let with_reader = |dir: Option<&Path>| {
        let mut known = models(dir)?;
        for (id, task) in [
            ("plates", ModelTask::ReadPlate),
            ("gate", ModelTask::EmbedFace),
            ("coats", ModelTask::EmbedPerson),
        ] {
            let input = InputSizes::Only(128, 64);
            let (id, classes) = (id.to_owned(), Vec::new());
            known.push(KnownModel { id, task, input, batches: false, classes, reservation: None });
        }
        Ok(known)
    };
    let detectors = "expected a model that detects, one of \"yolox-nano\", \"boats\"";
    for (id, does) in [("plates", "reads plates"), ("gate", "embeds faces"), ("coats", "embeds people")] {
        // Neither size nor classes are judged by a model that cannot be the camera's.
        assert_eq!(
            refusal(&TEXT.replace("boats", id), &with_reader),
            format!("edge.toml:12:9: camera[0].model: got {id:?}, which {does}, {detectors}")
        );
    }
    // It is not proposed either.
    let told = refusal(&TEXT.replace("boats", "plate"), &with_reader);
    assert!(told.ends_with("expected the id of a model card, one of \"yolox-nano\", \"boats\""), "{told}");
}

#[test]
fn a_model_with_a_reservation_is_taken_where_it_is_accepted_by_its_name() {
    let reserved = |dir: Option<&Path>| {
        let mut known = models(dir)?;
        known[1].reservation = Some("its licence asks for more".to_owned());
        Ok(known)
    };
    assert_eq!(
        refusal(TEXT, &reserved),
        "edge.toml:12:9: camera[0].model: its licence asks for more; `accept-licence = [\"boats\"]` in `[models]` accepts it"
    );
    let accepted = TEXT.replace("dir = \"cards\"", "dir = \"cards\"\naccept-licence = [\"boats\"]");
    let config = check(&accepted, Strictness::Strict, Some(&reserved)).unwrap().config;
    assert_eq!(config.models.accept_licence, ["boats"]);
    let another = TEXT.replace("dir = \"cards\"", "dir = \"cards\"\naccept-licence = [\"yolox-nano\"]");
    assert!(refusal(&another, &reserved).contains("its licence asks for more"));
}

#[test]
fn a_lenient_start_leaves_out_the_camera_with_the_unknown_class_alone() {
    let text = TEXT.replace("\"raft\"", "\"rafd\"");
    let Checked { config, disabled, .. } = check(&text, Strictness::Lenient, Some(&models)).unwrap();
    assert_eq!((config.cameras.len(), config.cameras[0].id.as_str()), (1, "other"));
    assert_eq!((disabled.len(), disabled[0].id.as_str()), (1, "own"));
    let problem = disabled[0].problems.to_string();
    assert!(problem.starts_with("edge.toml:22:12: camera[0].rule[0].classes[0]: "), "{problem}");
}

#[test]
fn the_catalogue_is_asked_with_the_folder_of_the_file() {
    let asked = |text: &str| {
        let folder = std::cell::RefCell::new(Vec::new());
        let catalogue = |dir: Option<&Path>| {
            folder.borrow_mut().push(dir.map(Path::to_owned));
            models(dir)
        };
        check(text, Strictness::Strict, Some(&catalogue)).unwrap();
        folder.into_inner()
    };
    assert_eq!(asked(TEXT), [Some(PathBuf::from("/etc/cairn/cards"))]);
    assert_eq!(asked(&TEXT.replace("dir = \"cards\"\n", "")), [None]);
    assert_eq!(asked(&TEXT.replace("[models]\ndir = \"cards\"\n", "")), [None]);
}

#[test]
fn models_that_cannot_be_told_refuse_the_file_where_their_folder_stands() {
    let broken = |_: Option<&Path>| Err("card `a.toml`:\n  bytes is -1".to_owned());
    let text = TEXT.replace("boats", "bots");
    let reason = "card `a.toml`: bytes is -1";
    // No model is judged: what the broken card says is not known.
    assert_eq!(refusal(&text, &broken), format!("edge.toml:8:7: models.dir: {reason}"));
    let lenient = check(&text, Strictness::Lenient, Some(&broken)).unwrap_err();
    assert_eq!(lenient.to_string(), format!("edge.toml:8:7: models.dir: {reason}"));
    let no_folder = text.replace("dir = \"cards\"\n", "");
    assert_eq!(refusal(&no_folder, &broken), format!("edge.toml:7:1: models.dir: {reason}"));
    let no_section = text.replace("[models]\ndir = \"cards\"\n", "");
    assert_eq!(refusal(&no_section, &broken), format!("edge.toml:1:1: models: {reason}"));
}

#[test]
fn batches_that_a_model_does_not_take_are_warned_of_once() {
    let warnings = |batch: &str| {
        let text = TEXT.replace(
            "[[camera]]\nid = \"other\"",
            "[[camera]]\nid = \"third\"\nurl = \"rtsp://10.0.0.13/main\"\n[[camera]]\nid = \"other\"",
        );
        let text = text.replacen("[delivery]", &format!("[inference]\n{batch}\n[delivery]"), 1);
        let checked = check(&text, Strictness::Strict, Some(&models)).unwrap();
        checked.warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let [warning] = &warnings("batch = 4")[..] else { panic!("{:?}", warnings("batch = 4")) };
    assert!(
        warning.ends_with(
            "inference.batch: model \"yolox-nano\" of camera \"third\" takes one picture in a run, so its batches stay at 1"
        ),
        "{warning}"
    );
    assert_eq!(warnings("batch = 1"), Vec::<String>::new());
    assert_eq!(warnings("sessions = 4"), Vec::<String>::new());
}
