//! Whatever the text, the answer is settings or problems: no panic, no secret, one line per problem.

#[path = "support/known_models.rs"]
mod known_models;

use std::path::Path;

use edge_config::{Strictness, Surroundings, parse};
use known_models::{KNOWN_PROVIDERS, known_models};
use proptest::prelude::*;

const SECRET: &str = "hunter2-never-shown";
const SEEDS: [&str; 6] = [
    include_str!("../examples/trail.toml"),
    include_str!("../examples/riverbank.toml"),
    include_str!("../examples/lane.toml"),
    include_str!("../examples/gate.toml"),
    include_str!("good/complete.toml"),
    include_str!("bad/many-problems-at-once.toml"),
];
/// Pieces that turn one kind of value into another.
const PIECES: [&str; 20] = [
    "\n",
    "\"",
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    "#",
    "nan",
    "-1",
    "1e999",
    "true",
    "0x7fffffffffffffff",
    "1970-01-01T00:00:00Z",
    "\u{feff}",
    "Đ",
];

#[derive(Clone, Debug)]
enum Edit {
    Delete { at: usize, len: usize },
    Insert { at: usize, piece: &'static str },
    Repeat { at: usize, len: usize },
    Byte { at: usize, value: u8 },
}

fn edit() -> impl Strategy<Value = Edit> {
    let (at, len) = (0..6000_usize, 1..80_usize);
    prop_oneof![
        (at.clone(), len.clone()).prop_map(|(at, len)| Edit::Delete { at, len }),
        (at.clone(), proptest::sample::select(&PIECES)).prop_map(|(at, piece)| Edit::Insert { at, piece }),
        (at.clone(), len).prop_map(|(at, len)| Edit::Repeat { at, len }),
        (at, any::<u8>()).prop_map(|(at, value)| Edit::Byte { at, value }),
    ]
}

fn edited(seed: &str, edits: &[Edit]) -> String {
    let mut bytes = seed.as_bytes().to_vec();
    for edit in edits {
        let (Edit::Delete { at, .. }
        | Edit::Insert { at, .. }
        | Edit::Repeat { at, .. }
        | Edit::Byte { at, .. }) = edit;
        let at = at % bytes.len().max(1);
        match edit {
            Edit::Delete { len, .. } => drop(bytes.drain(at..(at + len).min(bytes.len()))),
            Edit::Insert { piece, .. } => drop(bytes.splice(at..at, piece.bytes())),
            Edit::Repeat { len, .. } => bytes.extend_from_within(at..(at + len).min(bytes.len())),
            Edit::Byte { value, .. } => bytes[at] = *value,
        }
        if bytes.is_empty() {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn holds(text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let environment = |name: &str| name.starts_with("CAIRN_").then(|| SECRET.to_owned());
    let surroundings = Surroundings {
        environment: &environment,
        catalogue: Some(&known_models),
        providers: Some(&KNOWN_PROVIDERS),
        ..Surroundings::default()
    };
    let lines: Vec<&str> = text.split('\n').collect();
    for strictness in [Strictness::Strict, Strictness::Lenient] {
        let result = parse("edge.toml", text, &folder, strictness, surroundings);
        assert!(!format!("{result:?}").contains(SECRET));
        let Err(problems) = result else { continue };
        assert!(!problems.is_empty());
        for problem in &problems {
            assert!(!problem.to_string().contains('\n'), "{problem:?}");
            assert!((1..=lines.len()).contains(&problem.line), "{problem:?}");
            let line = lines[problem.line - 1];
            assert!((1..=line.chars().count() + 1).contains(&problem.column), "{problem:?} in {line:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edited_examples_are_judged(
        seed in proptest::sample::select(&SEEDS),
        edits in proptest::collection::vec(edit(), 1..6),
    ) {
        holds(&edited(seed, &edits));
    }

    #[test]
    fn random_text_is_judged(text in "\\PC{0,200}|[\\[\\]{}=\"'.,\n a-c0-9]{0,200}") {
        holds(&text);
    }

    #[test]
    fn random_bytes_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        holds(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn deep_nesting_is_refused() {
    for opening in ["[", "{a=", "[[a]]\n[a.", "a."] {
        holds(&format!("a = {}", opening.repeat(50_000)));
        holds(&opening.repeat(50_000));
    }
}

#[test]
fn a_long_wrong_value_does_not_flood_the_message() {
    let text = format!(
        "[box]\nid = \"{}\"\nsite = {}\n{} = 1",
        "é".repeat(10_000),
        "9".repeat(10_000),
        "k".repeat(10_000)
    );
    let problems =
        parse("edge.toml", &text, Path::new(""), Strictness::Strict, Surroundings::default()).unwrap_err();
    assert!(problems.len() == 5 && problems.iter().all(|problem| problem.message.len() < 300), "{problems}");
}
