use std::fs;

use super::*;

fn datasets_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets")
}

fn checked(path: &Path) -> Findings {
    let folder = path.parent().expect("folder").to_owned();
    Findings::of(path, &Media::new([folder]))
}

#[test]
fn every_fixture_of_broken_ground_truth_is_named() {
    let folder = datasets_folder().join("tests/broken");
    let path = folder.join("items.toml");
    let findings = checked(&path);
    assert_eq!(findings.exit_code(), crate::EXIT_USAGE);
    assert!(findings.whole.is_empty(), "the file itself is right");
    let text = fs::read_to_string(&path).expect("readable");
    let prefix = format!("{}/", folder.display());
    let said: Vec<String> = findings
        .items
        .iter()
        .flat_map(|item| item.problems.iter().map(ToString::to_string).chain(item.media.iter().cloned()))
        .map(|line| line.replace(&prefix, "").replace(prefix.trim_end_matches('/'), "here"))
        .collect();
    let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# expect: ")).collect();
    assert_eq!(said, expected);
}

#[test]
fn every_fixture_of_a_broken_dataset_file_is_bad_usage_with_file_and_line() {
    let folder = datasets_folder().join("tests/broken/dataset");
    for entry in fs::read_dir(folder).expect("fixtures") {
        let path = entry.expect("entry").path();
        let findings = checked(&path);
        assert_eq!(findings.exit_code(), crate::EXIT_USAGE, "{}", path.display());
        let start = format!("{}:", path.display());
        for found in &findings.whole {
            assert!(found.to_string().starts_with(&start), "{found}");
        }
        let document = findings.document(&path);
        assert_eq!(document["ok"], false);
        assert!(document["problems"][0]["line"].as_u64().is_some_and(|line| 0 < line), "{document}");
    }
}

#[test]
fn the_shared_footages_configuration_fits_its_clips() {
    // Without a mirror the ground truth of some is missing, which is not what this is about.
    let path = datasets_folder().join("shared.toml");
    let mirror = datasets::testkit::mirror();
    let findings = Findings::of(&path, &Media::new([datasets_folder(), mirror.clone()]));
    let problems: Vec<String> = findings.whole.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    for item in &findings.items {
        let problems: Vec<String> = item.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{problems:#?}");
        assert!(!mirror.is_dir() || item.media.is_empty(), "{:#?}", item.media);
    }
}

/// A dataset of one clip beside `edge.toml`.
fn dataset(clip: &str, edge: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("file");
    let hash = |text: &str| models::artifact::Sha256::of(text.as_bytes());
    let events = "clip,kind,start,end,rule\none,person,1,1,at-gate\n";
    write("events.csv", events);
    write("clip.mp4", "video");
    write("edge.toml", edge);
    let text = format!(
        "schema = \"cairn.dataset/1\"\nid = \"mine\"\nabout = \"one clip\"\nseed = 7\nconfig = \"edge.toml\"\n\
         [[clip]]\nid = \"one\"\nfile = \"clip.mp4\"\nsha256 = \"{}\"\nlicence = \"none\"\nattribution = \"ours\"\n\
         events = {{ file = \"events.csv\", sha256 = \"{}\" }}\n{clip}\n",
        hash("video"),
        hash(events),
    );
    write("dataset.toml", &text);
    folder
}

const EDGE: &str = r#"
    [box]
    id = "box-7"
    site = "here"
    data-dir = "data"
    [delivery]
    local-only = true
    [[camera]]
    id = "gate"
    url = "file:clip.mp4"
"#;

const RULE: &str = r#"
    [[camera.zone]]
    id = "z"
    polygon = [[0, 0], [1, 0], [1, 1]]
    [[camera.rule]]
    id = "at-gate"
    version = 1
    zone = "z"
    classes = ["person"]
"#;

fn said(folder: &tempfile::TempDir) -> (u8, Vec<String>) {
    let findings = checked(&folder.path().join("dataset.toml"));
    let items = findings.items.iter().flat_map(|item| &item.problems);
    let problems = findings.whole.iter().chain(items).map(ToString::to_string);
    let media = findings.items.iter().flat_map(|item| item.media.clone());
    let prefix = format!("{}/", folder.path().display());
    (findings.exit_code(), problems.chain(media).map(|line| line.replace(&prefix, "")).collect())
}

#[test]
fn cameras_and_rules_are_those_of_the_configuration() {
    let good = format!("{EDGE}{RULE}");
    assert_eq!(said(&dataset("camera = \"gate\"", &good)), (0, Vec::new()));
    let camera = "dataset.toml:6: `camera` is \"gat\", no camera of `config`, nearest is \"gate\"";
    assert_eq!(said(&dataset("camera = \"gat\"", &good)), (64, vec![camera.to_owned()]));
    let other = good.replace("at-gate", "at-the-gate");
    let rule = "dataset.toml:6: `rule` of events is \"at-gate\", no rule of camera \"gate\", nearest is \"at-the-gate\"";
    assert_eq!(said(&dataset("camera = \"gate\"", &other)), (64, vec![rule.to_owned()]));
    let (code, problems) = said(&dataset("camera = \"gate\"", &good.replace("box-7", "Box")));
    assert!(code == 64 && problems[0].starts_with("edge.toml:3:"), "{problems:?}");
}

#[test]
fn models_are_those_that_have_cards() {
    let good = format!("{EDGE}{RULE}");
    let model = "dataset.toml:6: `models`: no model card `yolox-nano-417`, nearest is `yolox-nano-416`";
    let clip = "camera = \"gate\"\nmodels = [\"yolox-nano-416\", \"yolox-nano-417\"]";
    assert_eq!(said(&dataset(clip, &good)), (64, vec![model.to_owned()]));
}

#[test]
fn a_missing_or_changed_clip_is_a_failure_and_no_bad_usage() {
    let folder = dataset("camera = \"gate\"", &format!("{EDGE}{RULE}"));
    fs::write(folder.path().join("clip.mp4"), "another").expect("file");
    let (code, problems) = said(&folder);
    assert!(code == 1 && problems[0].starts_with("`clip.mp4` is not the file"), "{problems:?}");
    fs::remove_file(folder.path().join("clip.mp4")).expect("file");
    let (code, problems) = said(&folder);
    assert!(code == 1 && problems[0].starts_with("`clip.mp4` is in none of"), "{problems:?}");
}
