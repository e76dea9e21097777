//! What must be refused, one fixture per rule in `tests/broken/`, named after it.
//!
//! The lines `# expect: ` of a dataset file are the whole answer, word for word: at the top of a file in
//! `broken/dataset/` for the file itself, above an item in `broken/items.toml` for that item's ground truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datasets::dataset::{Dataset, DatasetError, Media};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken")
}

fn read(path: &Path) -> Result<Dataset, DatasetError> {
    Dataset::read(path, &Media::new([folder()]))
}

/// Paths as the fixtures write them.
fn without_folder(said: &str) -> String {
    said.replace(&format!("{}/", folder().display()), "").replace(&folder().display().to_string(), "here")
}

fn expected(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("# expect: ")).collect()
}

#[test]
fn each_broken_dataset_file_gives_exactly_the_problems_it_names() {
    let mut paths: Vec<PathBuf> =
        folder().join("dataset").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(20 <= paths.len(), "only {} fixtures", paths.len());
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let said = match read(&path) {
            Err(DatasetError::Refused(problems)) => without_folder(&problems.to_string()),
            Err(error) => panic!("{name}: {error}"),
            Ok(_) => panic!("{name} passed"),
        };
        assert!(!expected(&text).is_empty(), "{name} expects nothing, it gave\n{said}\n");
        assert_eq!(said.lines().collect::<Vec<_>>(), expected(&text), "{name} gave\n{said}\n");
    }
}

#[test]
fn each_broken_ground_truth_fails_its_item_alone_with_exactly_the_problems_above_it() {
    let path = folder().join("items.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let dataset = read(&path).unwrap();
    let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut above = Vec::new();
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("# expect: ") {
            above.push(said);
        } else if let Some(id) = line.strip_prefix("id = ").filter(|_| !above.is_empty()) {
            wanted.insert(id.trim_matches('"'), std::mem::take(&mut above));
        }
    }
    assert!(50 <= dataset.items.len(), "only {} items", dataset.items.len());
    for item in &dataset.items {
        let Err(error) = &item.content else { panic!("`{}` passed", item.id) };
        let said = without_folder(&error.to_string());
        let wanted = wanted.remove(item.id.as_str()).unwrap_or_default();
        assert_eq!(said.lines().collect::<Vec<_>>(), wanted, "`{}` gave\n{said}\n", item.id);
    }
}

#[test]
fn every_broken_file_is_in_use() {
    let text = std::fs::read_to_string(folder().join("items.toml")).unwrap();
    for kind in ["mot", "coco", "sums", "plates", "pairs", "events"] {
        for entry in folder().join(kind).read_dir().unwrap() {
            let file = format!("{kind}/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(text.contains(&format!("\"{file}\"")), "`{file}` is in no item");
        }
    }
}

#[test]
fn a_dataset_file_that_is_not_there_is_named() {
    let error = read(&folder().join("gone.toml")).unwrap_err();
    assert_eq!(without_folder(&error.to_string()), "could not read dataset `gone.toml`");
}
