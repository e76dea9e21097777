use std::path::{Path, PathBuf};
use std::process::Command;

use models::artifact::Sha256;
use serde_json::{Value, json};

use crate::reference::{self, COPIES, Reference};

/// A tenth of a point.
const BOUND: f64 = 0.001;

const SET: &str = "coco_eval/voc2007_images";

#[test]
fn cairn_eval_counts_the_average_precision_of_the_python_path() {
    let test = "cairn_eval_counts_the_average_precision_of_the_python_path";
    let models = ["yolox-nano-416", "nanodet-plus-m-1.5x", "person-rtmdet-nano"];
    let Some(pictures) = reference::pictures(test, &[&format!("{SET}/images")]) else { return };
    let truth = models::testkit::mirror().join("footage").join(SET).join("gt_coco.json");
    let Some(reference) = reference::ask(test, &models, &pictures, Some(&truth)) else { return };
    let dataset = dataset(&reference, &pictures, &truth, &models);
    for (model, theirs) in models.iter().zip(&reference.answers) {
        let scored = scored(&dataset, model);
        let theirs = theirs.ap.as_ref().expect("ground truth was given");
        let ours = |class: &str| {
            let key = format!("/tasks/detect/per_class/{class}/ap");
            scored.pointer(&key).and_then(Value::as_f64).unwrap_or_else(|| panic!("{model}: no {key}"))
        };
        for (class, &their) in theirs {
            let our = ours(class);
            assert!((our - their).abs() <= BOUND, "{model}, {class}: {our}, not {their}");
        }
        let mean = theirs.values().sum::<f64>() / theirs.len() as f64;
        let ap = scored.pointer("/tasks/detect/ap").and_then(Value::as_f64).expect("AP");
        // Shown with --nocapture.
        eprintln!(
            "{model}: AP {ap:.5}, Python {mean:.5}; person {:.5}, Python {:.5}",
            ours("person"),
            theirs["person"]
        );
        assert!((ap - mean).abs() <= BOUND, "{model}: {ap}, not {mean}");
        assert!(0.5 < ours("person"), "{model} does not see persons");
        // A class that a model does not know counts as missed, and the AP over all classes with it.
        assert_eq!(*model == "person-rtmdet-nano", theirs["dog"] == 0.0);
    }
}

/// A dataset file of the pictures as the Python path decoded them.
fn dataset(reference: &Reference, pictures: &[PathBuf], truth: &Path, models: &[&str]) -> PathBuf {
    let folder = reference.folder.path();
    let sha256 = |path: &Path| Sha256::of(&std::fs::read(path).expect("it was written")).to_string();
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    let copies: Vec<(String, String)> =
        pictures.iter().zip(&reference.pictures).map(|(of, copy)| (name(of), name(copy))).collect();

    let mut json: Value = serde_json::from_slice(&std::fs::read(truth).expect("ground truth")).expect("JSON");
    for image in json["images"].as_array_mut().expect("images") {
        let old = name(Path::new(image["file_name"].as_str().expect("text")));
        let (_, copy) = copies.iter().find(|(of, _)| *of == old).expect("every picture was asked for");
        image["file_name"] = json!(copy);
    }
    std::fs::write(folder.join("truth.json"), json.to_string()).expect("written");
    let sums: String = copies
        .iter()
        .map(|(_, copy)| format!("{}  {copy}\n", sha256(&folder.join(COPIES).join(copy))))
        .collect();
    std::fs::write(folder.join(COPIES).join("SHA256SUMS"), sums).expect("written");

    let pinned = |file: &str| format!("{{ file = \"{file}\", sha256 = \"{}\" }}", sha256(&folder.join(file)));
    let text = format!(
        "schema = \"cairn.dataset/1\"\nid = \"parity\"\nabout = \"pictures as OpenCV decodes them\"\nseed = 1\n\
         [[pictures]]\nid = \"pictures\"\ntruth = {}\nfolder = \"{COPIES}\"\nsums = {}\nlicence = \"none\"\n\
         attribution = \"PASCAL VOC2007\"\nmodels = {models:?}\n",
        pinned("truth.json"),
        pinned(&format!("{COPIES}/SHA256SUMS")),
    );
    let file = folder.join("dataset.toml");
    std::fs::write(&file, text).expect("written");
    file
}

fn scored(dataset: &Path, model: &str) -> Value {
    let file = dataset.with_file_name(format!("{model}.json"));
    let output = Command::new(env!("CARGO_BIN_EXE_cairn"))
        .args(["eval", "--task=detect", "--accept", model, "--model", model, "--json"])
        .arg(&file)
        .arg(dataset)
        .env("CAIRN_MIRROR", models::testkit::mirror())
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.contains("count as missed"), model == "person-rtmdet-nano", "{said}");
    serde_json::from_slice(&std::fs::read(&file).expect("the document is there")).expect("JSON")
}
