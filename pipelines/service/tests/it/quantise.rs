//! `cairn models quantise` on recorded pictures: what is installed is a model that runs, and what is not leaves nothing
//! behind.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::cairn;

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets/shared.toml");

const CHECK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/quantise/check.py");

const MODEL: &str = "yolox-nano-416";

/// The mirror, where it has the pictures and the quantiser's tools are installed; `None` means: return from `test`.
fn mirror(test: &str) -> Option<PathBuf> {
    let mirror = models::testkit::mirror();
    let tools = models::testkit::home().root().join("quantise/venv/installed");
    let needed = [mirror.join("footage/coco_eval/SHA256SUMS"), tools];
    if models::testkit::model(MODEL).is_some() && needed.iter().all(|file| file.exists()) {
        return Some(mirror);
    }
    let needs = format!("{test}: needs {}, {} and a model", needed[0].display(), needed[1].display());
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{needs}");
    eprintln!("SKIPPED: {needs}");
    None
}

/// A dataset of the first of the shared items of a `kind` alone.
fn dataset_of(kind: &str, folder: &Path) -> PathBuf {
    let shared = std::fs::read_to_string(SHARED).expect("the shared dataset");
    let item = shared.split("\n[[").find(|item| item.starts_with(kind)).expect("an item of the kind");
    let head = "schema = \"cairn.dataset/1\"\nid = \"one\"\nabout = \"one item\"\nseed = 7\n";
    let file = folder.join("one.toml");
    std::fs::write(&file, format!("{head}[[{item}")).expect("written");
    file
}

#[test]
fn what_is_installed_runs_and_what_is_not_leaves_nothing_behind() {
    let test = "what_is_installed_runs_and_what_is_not_leaves_nothing_behind";
    let Some(mirror) = mirror(test) else { return };
    let folder = tempfile::tempdir().expect("folder");
    let dataset = dataset_of("pictures", folder.path()).display().to_string();
    let (out, json) = (folder.path().join("out"), folder.path().join("quantise.json"));
    let place = [out.display().to_string(), json.display().to_string()];
    let args =
        ["models", "quantise", MODEL, "--calibrate", &dataset, "--out-dir", &place[0], "--json", &place[1]];
    let few = ["--samples", "4", "--limit", "12", "--max-loss", "100"];
    let home = models::testkit::home();
    let processes = RefCell::new(Vec::new());
    let run = |args: &[&str]| {
        let mut command = cairn(args);
        command.env("CAIRN_MIRROR", &mirror).env("CAIRN_HOME", home.root());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        processes.borrow_mut().push(child.id());
        let output = child.wait_with_output().expect("the binary ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(&[&args[..], &few[..]].concat());

    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(&json).unwrap_or_else(|_| panic!("{said}")))
            .expect("JSON");
    assert_eq!(document["schema"], "cairn.quantise/1");
    assert_eq!(document["calibrated_with"], 4);
    let candidates = document["candidates"].as_array().expect("candidates");
    assert_eq!(candidates.len(), 3);
    let number = |value: &Value| value.as_f64().expect("a number");
    for candidate in candidates {
        let ratio = number(&document["model"]["run_ms"]) / number(&candidate["run_ms"]);
        assert!((ratio - number(&candidate["speed_up"])).abs() < 1e-9, "{candidate}");
        let [low, high] = ["low", "high"].map(|end| number(&candidate["speed_up_interval"][end]));
        assert!(low <= ratio && ratio <= high, "{candidate}");
    }
    let scored: Vec<&Value> = candidates.iter().filter(|candidate| !candidate["ap"].is_null()).collect();
    assert!(!scored.is_empty(), "nothing was scored");
    for Scored { before, after } in scored.iter().map(|candidate| Scored::of(&candidate["ap"])) {
        // Eight bits, and a few pictures to calibrate with and to judge by: YOLOX-Nano loses 27 points even with 128
        // (docs/results). A model whose weights went wrong finds nothing at all.
        assert!(0.3 < before && 0.1 < after, "{before} became {after}");
    }

    // With any loss allowed the speed alone decides, and that is this machine's.
    let passes = scored.iter().any(|candidate| 1.0 < number(&candidate["speed_up_interval"]["low"]));
    assert_eq!(
        (document["passes"].as_bool(), code),
        (Some(passes), Some(if passes { 0 } else { 2 })),
        "{said}"
    );
    let card = out.join(format!("cards/{MODEL}-int8.toml"));
    assert_eq!((card.exists(), out.join("models").exists()), (passes, passes));
    if passes {
        let (cards, store) =
            (out.join("cards").display().to_string(), out.join("models").display().to_string());
        let id = format!("{MODEL}-int8");
        let (code, said) = run(&["models", "verify", &id, "--cards", &cards, "--store", &store]);
        assert_eq!(code, Some(0), "{said}");
    }
    // It loses more than nothing at all, and then its speed does not help.
    let nowhere = folder.path().join("nowhere").display().to_string();
    let none_lost = ["--samples", "4", "--limit", "12", "--max-loss", "0", "--out-dir", &nowhere];
    let short = folder.path().join("short.json").display().to_string();
    let (code, said) = run(&[&args[..5], &none_lost, &["--json", &short]].concat());
    assert_eq!(code, Some(2), "{said}");
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(&short).expect("a document")).expect("JSON");
    assert_eq!((document["passes"].as_bool(), &document["installed"]), (Some(false), &Value::Null));
    let best = document["candidates"]
        .as_array()
        .and_then(|all| all.iter().find(|candidate| candidate["recipe"] == document["best"]));
    let shortfalls = best.expect("the nearest")["shortfalls"].to_string();
    assert!(shortfalls.contains("more than the 0 allowed"), "{shortfalls}");
    assert!(!Path::new(&nowhere).exists(), "something was installed");
    // Others may be at work in the same home.
    for process in processes.into_inner() {
        let left = home.root().join(format!("quantise/work-{process}"));
        assert!(!left.exists(), "{} is left behind", left.display());
    }
}

/// `models/quantise/check.py`, which needs the tools and no footage.
#[test]
fn every_recipe_keeps_what_a_small_network_says() {
    let folder = models::testkit::home().root().join("quantise/venv");
    if !folder.join("installed").exists() {
        let needs =
            format!("every_recipe_keeps_what_a_small_network_says: needs the tools in {}", folder.display());
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{needs}");
        eprintln!("SKIPPED: {needs}");
        return;
    }
    let mut check = Command::new(folder.join("bin/python"));
    let output = check.args(["-I", "-B", CHECK]).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

struct Scored {
    before: f64,
    after: f64,
}

impl Scored {
    fn of(ap: &Value) -> Self {
        let number = |key: &str| ap[key].as_f64().expect("a number");
        Self { before: number("before"), after: number("after") }
    }
}

#[test]
fn what_cannot_be_quantised_is_refused_before_anything_is_made() {
    let home = tempfile::tempdir().expect("folder");
    let refused = |model: &str, dataset: &str, more: &[&str], reason: &str| {
        let args = [&["models", "quantise", model, "--calibrate", dataset], more].concat();
        let output = cairn(&args).env("CAIRN_HOME", home.path()).output().expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{args:?}: {said}");
        assert!(said.contains(reason), "{said}");
    };
    refused("yolox-nano-417", SHARED, &[], "no model card `yolox-nano-417`");
    refused("plate-cct-xs-v1", SHARED, &[], "its task is `read-plate`, expected `detect`");
    refused("face-mobileface-v2", SHARED, &[], "its task is `embed-face`, expected `detect`");
    refused(MODEL, "no.toml", &[], "could not read dataset `no.toml`");
    refused(MODEL, SHARED, &["--max-loss", "-1"], "expected points from 0 to 100");
    let plates = dataset_of("plates", home.path()).display().to_string();
    refused(MODEL, &plates, &[], "no item of the dataset has ground truth for these tasks");
    let pictures = dataset_of("pictures", home.path()).display().to_string();
    let unaccepted = "not used unless it is accepted by name: its code and files are under `none`";
    refused("nanodet-plus-m-1.5x", &pictures, &[], unaccepted);
    refused("nanodet-plus-m-1.5x", &pictures, &["--accept", "yolox-nano"], unaccepted);
    assert!(!home.path().join("quantise").exists(), "an environment was made for nothing");
}
