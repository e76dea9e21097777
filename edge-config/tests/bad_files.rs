//! One fixture per rule in `tests/bad/`, named after it.
//!
//! The `# expect: ` lines at the top of a fixture are the whole answer, word for word. Each mark `# <-` stands at the
//! end of a line with a problem (once per problem), so that the line numbers are held by something else than the
//! numbers themselves. Problems of a missing section are at line 1, which cannot be marked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/known_models.rs"]
mod known_models;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use edge_config::{Problems, Strictness, Surroundings, parse};
use known_models::{KNOWN_PROVIDERS, known_models};

const MIN_FIXTURES: usize = 20;

fn environment(name: &str) -> Option<String> {
    match name {
        "SET" => Some("hunter2".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut paths: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(MIN_FIXTURES <= paths.len(), "only {} fixtures in {}", paths.len(), folder.display());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn problems_of(name: &str, text: &str) -> Problems {
    let surroundings = Surroundings {
        environment: &environment,
        catalogue: Some(&known_models),
        providers: Some(&KNOWN_PROVIDERS),
        ..Surroundings::default()
    };
    parse(name, text, Path::new("/etc/cairn"), Strictness::Strict, surroundings)
        .err()
        .unwrap_or_else(|| panic!("{name} passed"))
}

#[test]
fn each_bad_file_gives_exactly_the_problems_it_names() {
    for (name, text) in fixtures() {
        let expected: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# expect: ")).collect();
        assert!(!expected.is_empty(), "{name} expects nothing");
        let found: Vec<String> = problems_of(&name, &text).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{name} gave\n{}\n", found.join("\n"));
    }
}

#[test]
fn each_problem_has_its_own_line() {
    for (name, text) in fixtures() {
        let mut marked = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let marks = line.split_once("# <-").map_or(0, |(_, rest)| 1 + rest.matches("<-").count());
            if 0 < marks {
                marked.insert(index + 1, marks);
            }
        }
        let mut found = BTreeMap::new();
        for problem in &problems_of(&name, &text) {
            assert_eq!(problem.file, name);
            if problem.line != 1 {
                *found.entry(problem.line).or_insert(0) += 1;
            }
        }
        assert_eq!(found, marked, "{name}");
    }
}

#[test]
fn no_message_shows_a_secret() {
    for (name, text) in fixtures() {
        let shown = problems_of(&name, &text).to_string();
        assert!(!shown.contains("hunter2"), "{name} gave\n{shown}");
    }
}
