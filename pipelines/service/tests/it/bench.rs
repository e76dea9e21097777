//! `cairn bench`: what it measures is there and adds up; and `cairn check` on what it wrote.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{cairn, model_store, people_clip};

/// The clip, where the model that runs on it is held too; `None` means: return from the test.
fn clip() -> Option<PathBuf> {
    model_store()?;
    people_clip()
}

fn bench(args: &[&str]) -> Value {
    let run = cairn(&[&["bench", "--json", "-"], args].concat())
        .env("CAIRN_MIRROR", models::testkit::mirror())
        .output()
        .expect("the binary runs");
    assert!(run.status.success(), "{args:?}: {}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).expect("a document")
}

fn number(document: &Value, key: &str) -> f64 {
    document.pointer(key).and_then(Value::as_f64).unwrap_or_else(|| panic!("{key} is no number: {document}"))
}

#[test]
fn the_whole_costs_what_its_parts_cost_and_a_little_more() {
    let Some(clip) = clip() else { return };
    let clip = clip.to_str().expect("a path of ours");
    let asked = ["--clip", clip, "--model", "yolox-nano-416", "--rounds", "1", "--limit", "20"];
    let document = bench(&asked);
    assert_eq!(document["schema"], "cairn.bench-clip/1");
    assert_eq!((&document["frames"], &document["decoder"]), (&20.into(), &"avdec_h264".into()));
    let of = |party: &str| number(&document, &format!("/cpu_ms_per_frame/{party}"));
    let overhead = number(&document, "/overhead_over_floor");
    assert!((of("whole") / (of("decode") + of("session")) - overhead).abs() < 1e-9, "{document}");
    // Wide: on a busy machine twenty frames say little.
    assert!((0.5..5.0).contains(&overhead), "{document}");
    let whole = bench(&[&asked[..4], &["--limit", "20", "--whole"]].concat());
    assert_eq!(number(&whole, "/frames"), 20.0);
    assert!(0.0 < number(&whole, "/cpu_seconds"));
}

#[test]
fn a_machine_is_measured_and_the_certificate_is_read_back() {
    if clip().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let tuned = folder.path().join("tuned.toml");
    // More pictures than any one thread looks at: few numbers of cameras are tried.
    let camera = ["--camera", "h264:320x180@120", "--rate", "120", "--model", "yolox-nano", "--quick"];
    let document = bench(&[&camera[..], &["--tune", "--out", tuned.to_str().expect("ours")]].concat());
    assert_eq!(document["schema"], "cairn.bench/1");
    let decode = document["decode"].as_array().expect("a list");
    assert_eq!(decode.iter().map(|entry| &entry["codec"]).collect::<Vec<_>>(), ["h264", "h265", "mjpeg"]);
    assert!(0.0 < number(&decode[0], "/frames_per_second_per_core"));
    assert!(number(&document, "/infer/0/ms/p50") <= number(&document, "/infer/0/ms/p99"));
    assert_eq!(document["streams"][0]["cameras"], 1);
    assert!(0.0 < number(&document, "/streams/0/frame_age_ms/p95"));

    // One live camera more than is carried: named, and no error.
    let carried = number(&document, "/capacity/0/cameras") as usize;
    let (code, said) = check(folder.path(), carried + 1);
    assert!(code == Some(0) && said.contains("inference.tuned: cameras ask for "), "{said}");
    let (code, said) = check(folder.path(), 0);
    assert!(code == Some(0) && !said.contains("warning"), "{said}");
    let elsewhere = std::fs::read_to_string(&tuned).expect("written").replace("cpu = \"", "cpu = \"another ");
    std::fs::write(&tuned, elsewhere).expect("written");
    let (code, said) = check(folder.path(), 0);
    assert!(code == Some(0) && said.contains("inference.tuned: measured on another machine"), "{said}");
}

/// Exit code and standard error of `check` for `cameras` live cameras beside `tuned.toml` in `folder`.
fn check(folder: &Path, cameras: usize) -> (Option<i32>, String) {
    let mut text = "[box]\nid = \"b\"\nsite = \"s\"\ndata-dir = \"d\"\n[delivery]\nlocal-only = true\n\
                    [inference]\ntuned = \"tuned.toml\"\n"
        .to_owned();
    for index in 0..cameras {
        text += &format!("[[camera]]\nid = \"c{index}\"\nurl = \"rtsp://127.0.0.1/{index}\"\n");
    }
    let config = folder.join("edge.toml");
    std::fs::write(&config, text).expect("written");
    let run = cairn(&["check", config.to_str().expect("ours")]).output().expect("the binary runs");
    (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
}

#[test]
fn what_cannot_be_measured_is_bad_usage() {
    let cases: [(&[&str], &str); 5] = [
        (&["--clip", "a.mp4"], "--model"),
        (&["--clip", "a.mp4", "--model", "no-such"], "--model: "),
        (&["--model", "yolox-nano-416", "--input", "640x640"], "--input: got 640x640"),
        (&["--camera", "h265:1920x1080@25"], "expected h264"),
        (&["--rate", "0"], "--rate: got 0"),
    ];
    for (args, expected) in cases {
        let run = cairn(&[&["bench"], args].concat()).output().expect("the binary runs");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(64), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
    }
}
