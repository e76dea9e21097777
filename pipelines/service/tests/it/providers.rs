//! What runs the models: wished, found out, told. No ONNX Runtime that a box uses has XNNPACK, so that is what is absent.

use std::path::Path;
use std::time::{Duration, Instant};

use proto::v1 as pb;
use serde_json::Value;

use crate::harness::{TestBox, cairn, local_box, model_store, output, people_camera};

const NOWHERE: &str = "rtsp://127.0.0.1:1/none";

fn box_with(inference: &str, store: &Path) -> TestBox {
    TestBox::start(&(local_box(store) + inference + &people_camera("trail", NOWHERE)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_provider_that_is_absent_disables_the_camera_and_the_box_is_not_ready() {
    let Some(store) = model_store() else { return };
    let begun = Instant::now();
    let edge = box_with("[inference.provider]\nrequire = \"xnnpack\"\n", &store);
    assert!(begun.elapsed() < Duration::from_secs(30), "took {:?}", begun.elapsed());
    let mut client = edge.client().await;
    let cameras = client.cameras(pb::CamerasRequest {}).await.expect("answers").into_inner().cameras;
    assert_eq!(cameras[0].state(), pb::CameraState::Disabled);
    let reason = &cameras[0].reason;
    assert!(
        reason.contains("provider `xnnpack` does not take the model") && reason.contains("yolox"),
        "{reason}"
    );
    let (code, body) = edge.get("/readyz");
    assert_eq!(code, 503);
    assert!(body.contains("camera `trail` is disabled") && body.contains("xnnpack"), "{body}");
    let status = client.status(pb::StatusRequest {}).await.expect("answers").into_inner();
    assert!(status.models.is_empty() && !status.ready, "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preferred_provider_that_is_absent_is_published_and_the_processor_runs_the_model() {
    let Some(store) = model_store() else { return };
    let inference = format!(
        "[[inference.model]]\nid = \"{}\"\nprovider = {{ prefer = [\"xnnpack\"] }}\n",
        models::DEFAULT_MODEL
    );
    let edge = box_with(&inference, &store);
    let status = edge.client().await.status(pb::StatusRequest {}).await.expect("answers").into_inner();
    let [model] = status.models.as_slice() else { panic!("one model: {:?}", status.models) };
    assert_eq!(
        (model.requested_provider.as_str(), model.actual_provider.as_str(), model.precision.as_str()),
        ("xnnpack,cpu", "cpu", "fp32")
    );
    assert!(!model.partial);
    let [refused] = model.refused_providers.as_slice() else { panic!("one refusal: {model:?}") };
    assert_eq!(refused.provider, "xnnpack");
    assert!(refused.reason.contains("was built without it"), "{}", refused.reason);
    let (_, metrics) = edge.get("/metrics");
    for line in [
        "cairn_inference_provider{model=\"yolox-nano\",input=\"416x256\",requested=\"xnnpack,cpu\",actual=\"cpu\"} 1",
        "cairn_provider_compiled{provider=\"cpu\"} 1",
        "cairn_provider_present{provider=\"cpu\"} 1",
        "cairn_provider_present{provider=\"xnnpack\"} 0",
    ] {
        assert!(metrics.contains(line), "no {line} in {metrics}");
    }
}

/// A provider's answers are compared with the processor's, so these have to be right first.
#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_answers_wrong_is_refused_whatever_is_wished() {
    let Some(store) = model_store() else { return };
    let cards = tempfile::tempdir().expect("temporary folder");
    let own = include_str!("../../../../models/cards/yolox-nano-416.toml")
        .replace("\"yolox-nano-416\"", "\"own\"")
        .replace("about =", "golden = \"own.golden.toml\"\nabout =");
    let golden = include_str!("../../../../models/golden/yolox-nano-416.toml");
    std::fs::write(cards.path().join("own.golden.toml"), golden).expect("written");
    let wished = "[inference.provider]\nprefer = [\"xnnpack\", \"cpu\"]\n";
    let config = local_box(&store)
        .replace("[models]\n", &format!("[models]\ndir = \"{}\"\n", cards.path().display()))
        + wished
        + &people_camera("trail", NOWHERE).replacen("url =", "model = \"own\"\nurl =", 1);
    for (colour, is_right) in [("bgr", true), ("rgb", false)] {
        let card = own.replace("colour = \"bgr\"", &format!("colour = \"{colour}\""));
        std::fs::write(cards.path().join("own.toml"), card).expect("written");
        let edge = TestBox::start(&config);
        let mut client = edge.client().await;
        let cameras = client.cameras(pb::CamerasRequest {}).await.expect("answers").into_inner().cameras;
        assert_eq!(cameras[0].state() != pb::CameraState::Disabled, is_right, "{}", cameras[0].reason);
        let told = cameras[0].reason.contains("gives a wrong answer on `cpu`");
        assert_eq!(told, !is_right, "{}", cameras[0].reason);
    }
}

#[test]
fn doctor_tells_what_there_is() {
    let Some(store) = model_store() else { return };
    let store = store.to_str().expect("a path of ours");
    let told = output(&["doctor", "--json", "--models", "--store", store]);
    let document: Value = serde_json::from_slice(&told.stdout).expect("a document");
    assert_eq!(told.status.code(), Some(0), "{document:#}");
    assert_eq!(
        (&document["schema"], &document["problems"]),
        (&"cairn.doctor/1".into(), &Value::Array(vec![]))
    );
    assert!(document["library"]["version"].as_str().is_some_and(|version| version.starts_with("1.")));
    let providers = document["providers"].as_array().expect("a list");
    let find = |name: &str| providers.iter().find(|provider| provider["name"] == name).expect("listed");
    assert_eq!((&find("cpu")["compiled_in"], &find("cpu")["present"]), (&true.into(), &true.into()));
    assert_eq!(find("xnnpack")["present"], false);
    assert!(find("xnnpack")["reason"].as_str().is_some_and(|reason| reason.contains("without it")));
    let codecs: Vec<&Value> =
        document["decoders"].as_array().expect("a list").iter().map(|d| &d["codec"]).collect();
    assert_eq!(codecs, ["h264", "h265", "mjpeg"]);
    let models = document["models"].as_array().expect("a list");
    let default = models.iter().find(|model| model["id"] == models::DEFAULT_MODEL).expect("held");
    assert_eq!(
        (&default["providers"][0]["provider"], &default["providers"][0]["accepted"]),
        (&"cpu".into(), &true.into())
    );
}

#[test]
fn doctor_without_a_library_or_with_a_damaged_model_says_so_and_ends_with_1() {
    let Some(store) = model_store() else { return };
    let told = cairn(&["doctor"]).env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so").output().expect("runs");
    assert_eq!(told.status.code(), Some(1));
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(said.contains("no ONNX Runtime library found, looked at `/nowhere/libonnxruntime.so`"), "{said}");

    let cards = models::builtin_cards().expect("cards");
    let card = models::find(&cards, models::DEFAULT_MODEL).expect("card");
    let damaged = tempfile::tempdir().expect("temporary folder");
    let whole = std::fs::read(store.join(&card.artifact.file)).expect("held");
    std::fs::write(damaged.path().join(&card.artifact.file), &whole[..whole.len() / 2]).expect("written");
    let folder = damaged.path().to_str().expect("a path of ours");
    let told = output(&["doctor", "--models", "--store", folder]);
    assert_eq!(told.status.code(), Some(1));
    let said = String::from_utf8_lossy(&told.stderr);
    assert!(said.contains(&card.artifact.file) && said.contains("bytes long"), "{said}");
}

#[test]
fn prepare_says_what_it_kept_or_why_it_could_not() {
    let Some(store) = model_store() else { return };
    let store = store.to_str().expect("a path of ours");
    let prepare = |args: &[&str]| {
        let told = output(&[&["models", "prepare", models::DEFAULT_MODEL, "--store", store], args].concat());
        let said =
            format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
        (told.status.code(), said)
    };
    let (code, said) = prepare(&["--provider", "xnnpack,cpu"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("yolox-nano 416x256 on xnnpack,cpu: runs on cpu, nothing to build; xnnpack refused"),
        "{said}"
    );
    let (code, said) = prepare(&["--provider", "xnnpack"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("provider `xnnpack` does not take the model"), "{said}");
    let (code, said) = prepare(&["--provider", "cpu", "--size", "640x400"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("input size 640x400 is not one that model `yolox-nano` takes"), "{said}");
    let (code, said) = prepare(&["--provider", "vulkan"]);
    assert_eq!(code, Some(64), "{said}");
}

#[test]
fn an_evaluation_on_a_provider_that_is_absent_ends_before_it_begins() {
    let dataset = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/demo.toml");
    let told = output(&["eval", dataset, "--provider", "xnnpack"]);
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(64), "{said}");
    assert!(said.contains("provider `xnnpack` cannot be used here"), "{said}");
}
