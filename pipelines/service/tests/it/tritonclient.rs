//! The client library that evaluators have talks to a served model.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use vision::{Letterbox, PadSide, Picture, PictureLimits, Planes as _, SizePx, TensorWriter};

use crate::harness::model_store;
use crate::open_protocol::{bytes, in_process, serve};

const MODEL: &str = "yolox-nano-416";
const PICTURES: &str = "footage/coco_eval/voc2007_images/images";

#[test]
fn tritonclient_gets_the_answer_of_the_session() {
    let test = "tritonclient_gets_the_answer_of_the_session";
    let Some(store) = model_store() else { return };
    let pictures = models::testkit::mirror().join(PICTURES);
    let Some(python) = present(test, python()) else { return };
    let Some(pictures) = present(test, pictures) else { return };
    let dir = tempfile::tempdir().expect("temporary folder");
    let [tensor, expected] = ["tensor", "expected"].map(|name| dir.path().join(name));
    let values = picture_tensor(&pictures);
    fs::write(&tensor, bytes(&values)).expect("written");
    fs::write(&expected, bytes(&in_process(&store, values))).expect("written");
    let mut server = serve(&store, dir.path(), &[MODEL]);

    let told = ask(
        &python,
        &json!({ "url": server.first_line["grpc"], "model": MODEL, "tensor": tensor, "expected": expected }),
    );
    let shape = "expected [N, 3, 416, 416] with N from 1 to 3";
    let no_memory = "no memory is shared with clients; send tensors in the message";
    let refused = |status: &str, message: String| json!([format!("StatusCode.{status}"), message]);
    let expected = json!({
        "live": true,
        "ready": true,
        "input": ["images", "FP32", [-1, 3, 416, 416]],
        "output": ["output", "FP32", [-1, 3549, 85]],
        "max_batch_size": 3,
        "index": [MODEL],
        "equal": true,
        "batch_equal": true,
        "stream_equal": true,
        "wrong_shape":
            refused("INVALID_ARGUMENT", format!("input `images`: got shape [1, 3, 415, 416], {shape}")),
        "wrong_model": refused("NOT_FOUND", format!("model `other` is not served; served are [{MODEL}]")),
        "wrong_name": refused("INVALID_ARGUMENT", "inputs: got `other`, expected `images`".to_owned()),
        "shared_memory":
            refused("UNIMPLEMENTED", format!("SystemSharedMemoryRegister is not offered: {no_memory}")),
        "too_late":
            refused("DEADLINE_EXCEEDED", format!("model `{MODEL}` did not answer within 1µs")),
        "requests": 5,
        "items": 6,
    });
    assert_eq!(told, expected);
    assert_eq!(server.stop(), Some(0), "{}", server.log());
}

/// `path`, if it is there.
fn present(test: &str, path: PathBuf) -> Option<PathBuf> {
    if path.exists() {
        return Some(path);
    }
    let needs = format!("{test}: needs `{}`", path.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{needs}");
    eprintln!("SKIPPED: {needs}");
    None
}

fn python() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cairn/oracles/bin/python");
    std::env::var_os("CAIRN_ORACLES").map_or(installed, PathBuf::from)
}

/// What the script says to `question`.
fn ask(python: &Path, question: &Value) -> Value {
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/ask_tritonclient.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(question.to_string().as_bytes()).expect("python reads");
    drop(input);
    let output = child.wait_with_output().expect("python ends");
    assert!(output.status.success(), "the script failed: see above");
    serde_json::from_slice(&output.stdout).expect("the script answers in JSON")
}

/// The first picture as the model's card wants it.
fn picture_tensor(folder: &Path) -> Vec<f32> {
    let files = folder.read_dir().expect("readable").map(|entry| entry.expect("readable").path());
    let file =
        files.filter(|file| file.extension().is_some_and(|kind| kind == "jpg")).min().expect("a picture");
    let limits = PictureLimits { size: SizePx::new(4096, 4096), pixels: 1 << 24 };
    let picture = Picture::decode(&fs::read(file).expect("readable"), limits).expect("a picture");
    let cards = models::builtin_cards().expect("built-in cards");
    let card = models::find(&cards, MODEL).expect("built in");
    let input = card.input.size.preferred();
    let view = picture.view();
    let letterbox = Letterbox::fit(view.size(), input, PadSide::BottomRight).expect("fits");
    let mut tensor = vec![0.0; 3 * input.area_px() as usize];
    TensorWriter::new(letterbox, card.input.spec, view.format()).write(&view, &mut tensor);
    tensor
}
