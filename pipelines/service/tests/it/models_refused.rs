//! What is no model, or not the model that its card says, or not anybody's to use, is refused with its name and a reason.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use models::Card;
use models::artifact::Sha256;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::cairn;

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/demo.toml");
const CARDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/cards");
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/golden");

/// A home of its own, with what a test puts into its store and beside its cards.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        for part in ["models", "cards"] {
            fs::create_dir(folder.path().join(part)).expect("folder");
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).expect("written");
        self.path(name).display().to_string()
    }

    /// The binary with this home; the mirror has footage, but gives no model that has to be made.
    fn cairn(&self, args: &[&str]) -> Command {
        let mut command = cairn(args);
        command.env("CAIRN_HOME", self.folder.path()).env("CAIRN_MIRROR", models::testkit::mirror());
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.cairn(args).output().expect("the binary runs")
    }

    /// What `args` said on standard error; the exit code must be `code`.
    #[track_caller]
    fn told(&self, code: i32, args: &[&str]) -> String {
        let output = self.output(args);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        told
    }

    /// A configuration with one camera.
    fn config(&self, models: &str, camera: &str) -> String {
        self.write(
            "edge.toml",
            format!(
                "[box]\nid = \"b\"\nsite = \"s\"\ndata-dir = \"data\"\n[delivery]\nlocal-only = true\n{models}\n\
                 [[camera]]\nid = \"c\"\nurl = \"rtsp://127.0.0.1:1/none\"\n{camera}\n"
            ),
        )
    }
}

fn card(id: &str) -> Card {
    let cards = models::builtin_cards().expect("built-in cards");
    models::find(&cards, id).expect("built in").clone()
}

/// The file of model `id`; `None` means: return from the test.
fn file(id: &str) -> Option<Vec<u8>> {
    models::testkit::model(id).map(|path| fs::read(path).expect("held"))
}

/// Whether the demo's clip can be had; `false` means: return from the test.
fn has_clip() -> bool {
    datasets::testkit::clip(datasets::DEMO_CLIP).is_some_and(|_| {
        models::testkit::mirror().join("footage/people_one_by_one/one-by-one-person-detection.mp4").exists()
    })
}

#[test]
fn a_model_file_without_a_card_is_told_to_need_one() {
    let home = Home::new();
    let path = home.write("own.onnx", "weights");
    let expected = "expected the id of a card: a model file is run through a card that describes it";
    let told = home.told(64, &["eval", DEMO, "--model", &path]);
    assert!(told.contains(&format!("--model: no model card `{path}`, {expected}")), "{told}");
    let told = home.told(64, &["models", "verify", &path]);
    assert!(told.contains(&format!("no model card `{path}`, {expected}")), "{told}");
    let config = home.config("", &format!("model = \"{path}\""));
    let told = home.told(64, &["check", &config]);
    assert!(
        told.contains(&format!("camera[0].model: got \"{path}\", expected the id of a model card")),
        "{told}"
    );
}

#[test]
fn a_file_that_is_cut_or_changed_is_never_run() {
    let Some(whole) = file("yolox-nano-416") else { return };
    if !has_clip() {
        return;
    }
    let card = card("yolox-nano-416");
    let home = Home::new();
    let held = format!("models/{}", card.artifact.file);
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    let bytes = whole.len();
    for (content, misfit) in [
        (&whole[..bytes / 2], format!("it is {} bytes long, expected {bytes}", bytes / 2)),
        (&changed, format!("its SHA-256 is {}, expected {}", Sha256::of(&changed), card.artifact.sha256)),
    ] {
        let path = home.write(&held, content);
        let reason = format!("`{path}` in the store is not what its card says: {misfit}");
        let verified = home.output(&["models", "verify", "yolox-nano-416"]);
        let told = String::from_utf8_lossy(&verified.stdout).into_owned();
        assert_eq!((verified.status.code(), told.contains(&reason)), (Some(1), true), "{told}");
    }
    // The mirror's own copy would be used, so it is not told of one.
    let clip = models::testkit::mirror().join("footage");
    let mut eval = home.cairn(&["eval", DEMO, "--model", "yolox-nano-416", "--limit", "2", "--json", "-"]);
    let bare = home.path("mirror");
    fs::create_dir(&bare).expect("folder");
    std::os::unix::fs::symlink(clip, bare.join("footage")).expect("link");
    let output = eval.env("CAIRN_MIRROR", &bare).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let reason = document.pointer("/failed/0/reason").and_then(Value::as_str).expect("named");
    assert!(
        reason.contains("model `yolox-nano-416` cannot be used") && reason.contains("its SHA-256 is "),
        "{reason}"
    );
}

#[test]
fn a_licence_that_is_not_everybodys_is_accepted_by_name_or_refused() {
    let home = Home::new();
    let refused = "model `nanodet-plus-m-1.5x` is not used unless it is accepted by name: its code and files are under `none`";
    let camera = "model = \"nanodet-plus-m-1.5x\"";
    let told = home.told(64, &["check", &home.config("", camera)]);
    assert!(
        told.contains(refused) && told.contains("`accept-licence = [\"nanodet-plus-m-1.5x\"]`"),
        "{told}"
    );
    let accepting = "[models]\naccept-licence = [\"nanodet-plus-m-1.5x\"]";
    home.told(0, &["check", &home.config(accepting, camera)]);
    let another = "[models]\naccept-licence = [\"face-mobilefacenet\"]";
    assert!(home.told(64, &["check", &home.config(another, camera)]).contains(refused));

    for verb in ["pull", "verify", "prepare"] {
        let told = home.told(64, &["models", verb, "nanodet-plus-m-1.5x"]);
        assert!(told.contains(refused) && told.contains("`--accept nanodet-plus-m-1.5x`"), "{told}");
    }
    // It has the option that the refusal names.
    let prepare = ["models", "prepare", "nanodet-plus-m-1.5x", "--accept", "nanodet-plus-m-1.5x"];
    let told = home.told(1, &prepare);
    assert!(!told.contains(refused), "{told}");
    let output = home.output(&["models", "verify", "nanodet-plus-m-1.5x", "--accept", "nanodet-plus-m-1.5x"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(1) && told.contains("nanodet-plus-m-1.5x    missing"), "{told}");
    let nowhere = home.path("nowhere").display().to_string();
    let accepted = ["--accept", "nanodet-plus-m-1.5x", "--offline", "--mirror", nowhere.as_str()];
    let told = home.told(1, &[&["models", "pull", "nanodet-plus-m-1.5x"][..], &accepted].concat());
    assert!(told.contains("nobody has `det-nanodet-plus-m15x-dyn.onnx`"), "{told}");
    let told = home.told(
        1,
        &[&["datasets", "pull", "vehicle-junction"][..], &["--accept", "vehicle-junction"], &accepted[2..]]
            .concat(),
    );
    assert!(!told.contains("licence"), "{told}");
    let serve = ["serve", "nanodet-plus-m-1.5x", "--listen", "127.0.0.1:0"];
    let told = home.told(64, &serve);
    assert!(told.contains(refused) && told.contains("`--accept nanodet-plus-m-1.5x`"), "{told}");
    let told = home.told(64, &[&serve[..], &accepted[..2]].concat());
    assert!(
        !told.contains(refused) && told.contains("run `cairn models pull nanodet-plus-m-1.5x`"),
        "{told}"
    );
    // A dataset and a configuration that accept nothing.
    let beside = |name: &str| fs::read_to_string(Path::new(DEMO).with_file_name(name)).expect("of the demo");
    for folder in ["demo", "shared"] {
        fs::create_dir(home.path(folder)).expect("folder");
    }
    let dataset = home.write("demo.toml", beside("demo.toml"));
    home.write("demo/events.csv", beside("demo/events.csv"));
    let cameras = beside("shared/edge.toml").replace("accept-licence = [\"nanodet-plus-m-1.5x\"]\n", "");
    home.write("shared/edge.toml", cameras.replace("model = \"nanodet-plus-m-1.5x\"\n", ""));
    let eval = ["eval", dataset.as_str(), "--limit", "2", "--model", "nanodet-plus-m-1.5x"];
    let told = home.told(64, &eval);
    assert!(told.contains(refused) && told.contains("`--accept nanodet-plus-m-1.5x`"), "{told}");
    let output = home.output(&[&eval[..], &["--accept", "nanodet-plus-m-1.5x"]].concat());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() != Some(64), "accepted, whether the files are here or not: {told}");
    let told = home.told(64, &[&eval[..], &["--accept", "nanodet"]].concat());
    assert!(told.contains("--accept: no model card `nanodet`, nearest is `nanodet-plus-m-1.5x`"), "{told}");
}

#[test]
fn no_verb_runs_a_model_whose_licence_was_not_accepted() {
    let Some(whole) = file("nanodet-plus-m-1.5x") else { return };
    let home = Home::new();
    home.write(&format!("models/{}", card("nanodet-plus-m-1.5x").artifact.file), whole);
    let refused = "model `nanodet-plus-m-1.5x` is not used unless it is accepted by name";
    for verb in [&["serve"][..], &["models", "prepare"], &["bench", "--model"]] {
        let told = home.told(64, &[verb, &["nanodet-plus-m-1.5x", "--accept", "yolox-nano"]].concat());
        assert!(told.contains(refused) && told.contains("`--accept nanodet-plus-m-1.5x`"), "{told}");
    }
    let doctor = |more: &[&str]| -> Value {
        let output = home.output(&[&["doctor", "--models", "--json"], more].concat());
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        document.pointer("/models/0").expect("one model is held").clone()
    };
    let not_tried = doctor(&[]);
    assert!(not_tried["not_accepted"].as_str().is_some_and(|reason| reason.contains(refused)), "{not_tried}");
    assert_eq!(not_tried["providers"], Value::Array(Vec::new()));

    let accepted = ["--accept", "nanodet-plus-m-1.5x"];
    let tried = doctor(&accepted);
    assert!(tried["not_accepted"].is_null() && tried["providers"][0]["accepted"] == true, "{tried}");
    home.told(
        0,
        &[&["models", "prepare", "nanodet-plus-m-1.5x", "--provider", "cpu"], &accepted[..]].concat(),
    );
}

#[test]
fn a_model_that_answers_wrong_is_not_served() {
    let Some(whole) = file("yolox-nano-416") else { return };
    let home = Home::new();
    home.write("models/det-yolox-nano-416.onnx", whole);
    let text = fs::read_to_string(Path::new(CARDS).join("yolox-nano-416.toml")).expect("card");
    let golden = fs::read(Path::new(GOLDEN).join("yolox-nano-416.toml")).expect("vectors");
    home.write("cards/own.golden.toml", golden);
    let own = text
        .replace("\"yolox-nano-416\"", "\"own\"")
        .replace("about =", "golden = \"own.golden.toml\"\nabout =")
        .replace("colour = \"bgr\"", "colour = \"rgb\"");
    home.write("cards/own.toml", own);
    let mut serve = home.cairn(&["serve", "own", "--listen", "127.0.0.1:0", "--json"]);
    let mut serve = serve.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let mut first_line = String::new();
    BufReader::new(serve.stdout.take().expect("piped")).read_line(&mut first_line).expect("text");
    // Whoever serves it tells an address and goes on.
    serve.kill().ok();
    let output = serve.wait_with_output().expect("ends");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(first_line, "", "it is served");
    assert!(told.contains("model `own` does not load") && told.contains("expected"), "{told}");
}

#[test]
fn a_model_whose_golden_vectors_cannot_be_read_is_not_served() {
    let Some(whole) = file("yolox-nano-416") else { return };
    let home = Home::new();
    home.write("models/det-yolox-nano-416.onnx", whole);
    let text = fs::read_to_string(Path::new(CARDS).join("yolox-nano-416.toml")).expect("card");
    home.write("cards/own.golden.toml", "cases = 1");
    let own = text
        .replace("\"yolox-nano-416\"", "\"own\"")
        .replace("about =", "golden = \"own.golden.toml\"\nabout =");
    home.write("cards/own.toml", own);
    let told = home.told(1, &["serve", "own", "--listen", "127.0.0.1:0"]);
    assert!(
        told.contains("golden vectors that cannot be read") && told.contains("own.golden.toml"),
        "{told}"
    );
}

#[test]
fn a_research_only_model_of_the_operator_is_refused_by_its_licence() {
    let home = Home::new();
    let text = fs::read_to_string(Path::new(CARDS).join("yolox-nano-416.toml")).expect("card");
    for licence in ["AGPL-3.0", "research-only"] {
        let own = text
            .replace("\"yolox-nano-416\"", "\"own\"")
            .replace("weights = \"Apache-2.0\"", &format!("weights = \"{licence}\""));
        home.write("cards/own.toml", own);
        let told = home.told(64, &["check", &home.config("", "model = \"own\"")]);
        assert!(told.contains(&format!("its weights are under `{licence}`")), "{told}");
    }
}

#[test]
fn a_model_with_swapped_channels_is_found_out() {
    let Some(whole) = file("yolox-nano-416") else { return };
    let home = Home::new();
    home.write("models/det-yolox-nano-416.onnx", whole);
    let text = fs::read_to_string(Path::new(CARDS).join("yolox-nano-416.toml")).expect("card");
    let golden = fs::read(Path::new(GOLDEN).join("yolox-nano-416.toml")).expect("vectors");
    home.write("cards/own.golden.toml", golden);
    let own = text
        .replace("\"yolox-nano-416\"", "\"own\"")
        .replace("about =", "golden = \"own.golden.toml\"\nabout =");
    home.write("cards/own.toml", &own);
    let output = home.output(&["models", "verify", "own"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.contains("answers as it should: 416x416 off by "), "{told}");

    home.write("cards/own.toml", own.replace("colour = \"bgr\"", "colour = \"rgb\""));
    let output = home.output(&["models", "verify", "own"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("own                    wrong: golden input of 416x416: output `output` is "),
        "{told}"
    );
    let output = home.output(&["models", "verify", "own", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let model = document.pointer("/models/0").expect("one model");
    assert_eq!((model["state"].as_str(), model["golden"]["state"].as_str()), (Some("ok"), Some("wrong")));
    assert!(
        model["golden"]["problem"].as_str().is_some_and(|problem| problem.contains("expected")),
        "{model}"
    );
}

#[test]
fn without_onnx_runtime_a_verification_says_what_is_missing() {
    let Some(whole) = file("yolox-nano-416") else { return };
    let home = Home::new();
    home.write("models/det-yolox-nano-416.onnx", whole);
    let mut verify = home.cairn(&["models", "verify", "yolox-nano-416"]);
    let output =
        verify.env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so").output().expect("the binary runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("models cannot be verified without ONNX Runtime")
            && told.contains("/nowhere/libonnxruntime.so"),
        "{told}"
    );
}
