//! `cairn check` and `cairn run` on configurations that cannot be used.

use std::path::PathBuf;

use crate::harness::output;

fn bad_files() -> Vec<PathBuf> {
    let dir = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../edge-config/tests/bad"));
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).expect("fixtures").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    files
}

#[test]
fn check_names_file_and_line_of_every_problem_and_exits_with_64() {
    let files = bad_files();
    assert!(10 <= files.len(), "{} fixtures", files.len());
    for file in files {
        let path = file.to_str().expect("a path of ours");
        let checked = output(&["check", path]);
        let said = String::from_utf8_lossy(&checked.stderr);
        assert_eq!(checked.status.code(), Some(64), "{path}: {said}");
        let placed = said.lines().any(|line| {
            line.strip_prefix(&format!("{path}:"))
                .and_then(|rest| rest.split(':').next())
                .is_some_and(|number| number.parse::<u32>().is_ok_and(|number| 0 < number))
        });
        assert!(placed, "{path}: no file and line in {said:?}");
    }
}

#[test]
fn a_missing_file_is_bad_usage_for_check_and_run() {
    for verb in ["check", "run"] {
        let missing = output(&[verb, "/nowhere/edge.toml"]);
        let said = String::from_utf8_lossy(&missing.stderr);
        assert_eq!(missing.status.code(), Some(64), "{said}");
        assert!(said.contains("/nowhere/edge.toml"), "{said}");
    }
}

#[test]
fn an_unknown_verb_is_bad_usage_and_help_is_not() {
    assert_eq!(output(&["fly"]).status.code(), Some(64));
    assert_eq!(output(&["--help"]).status.code(), Some(0));
}
