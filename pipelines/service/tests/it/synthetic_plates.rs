//! Made-up plates: the same command gives the same files, and wrong arguments are named.

use std::path::Path;

use datasets::synth::{Faces, SynthError};

use crate::harness::output;

const FACE: &str = "dejavu-sans-bold";

/// Whether the tests' face is installed; false means: return from the test.
fn has_face() -> bool {
    match Faces::load(Path::new("/usr/share/fonts"), Some(&[FACE.to_owned()])) {
        Ok(_) => true,
        Err(error @ SynthError::FaceFile { .. }) => {
            let needs = format!("{}: {error}", std::thread::current().name().unwrap_or("test"));
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{needs}");
            eprintln!("SKIPPED: {needs}");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

fn synth(more: &[&str]) -> std::process::Output {
    let command = ["datasets", "synth", "plates", "--face", FACE, "--country", "vn", "--count", "5"];
    output(&[&command[..], more].concat())
}

#[test]
fn the_same_command_gives_the_same_files() {
    if !has_face() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    for purpose in ["reader", "locator"] {
        let [first, second] = ["first", "second"].map(|name| path(&format!("{purpose}-{name}")));
        for out in [&first, &second] {
            let made = synth(&["--seed", "9", "--for", purpose, "--out", out]);
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        let mut names = vec!["set.json".to_owned(), "index.jsonl".to_owned()];
        let arrays: &[&str] =
            if purpose == "reader" { &["crops.npy", "labels.npy", "colours.npy"] } else { &["plates.npy"] };
        names.extend(arrays.iter().map(|&name| name.to_owned()));
        names.extend((0..5).map(|index| format!("pictures/{index:07}.jpg")));
        for name in names {
            let [a, b] =
                [&first, &second].map(|out| std::fs::read(Path::new(out).join(&name)).expect("written"));
            assert!(a == b && !a.is_empty(), "{purpose}: {name}");
        }
        // A part is what the whole has at its place.
        let part = path(&format!("{purpose}-part"));
        let made = synth(&["--seed", "9", "--for", purpose, "--out", &part, "--first", "3"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let picture =
            |out: &str| std::fs::read(Path::new(out).join("pictures/0000003.jpg")).expect("written");
        assert!(picture(&part) == picture(&first));

        let again = synth(&["--seed", "9", "--for", purpose, "--out", &first]);
        assert_eq!(again.status.code(), Some(1), "a set is not overwritten");
    }
}

#[test]
fn tracks_of_a_file_are_made_alike_and_stand_in_for_a_count() {
    if !has_face() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let sets = path("sets.toml");
    let file = "schema = \"cairn.synthetic-plate-tracks/1\"\nseed = 4\ncountries = [\"VN\"]\n[[set]]\nname = \"a\"\n\
                about = \"a\"\ntracks = 3\nlooks = [2, 4]\nwidth-px = [60, 120]\n";
    std::fs::write(&sets, file).expect("written");
    let make = |out: &str| {
        output(&[
            "datasets",
            "synth",
            "plates",
            "--face",
            FACE,
            "--tracks",
            &sets,
            "--crops-only",
            "--out",
            out,
        ])
    };
    let [first, second] = ["first", "second"].map(path);
    for out in [&first, &second] {
        let made = make(out);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let read = |out: &str, name: &str| std::fs::read(Path::new(out).join(name)).expect("written");
    for name in ["set.json", "index.jsonl", "crops.npy", "labels.npy", "colours.npy"] {
        assert!(read(&first, name) == read(&second, name), "{name}");
    }
    let index = String::from_utf8(read(&first, "index.jsonl")).expect("text");
    assert!((6..=12).contains(&index.lines().count()), "{index}");
    assert!(index.lines().all(|line| line.contains("\"set\":\"a\"") && line.contains("\"track\":")));
    let neither = output(&["datasets", "synth", "plates", "--face", FACE, "--out", &path("third")]);
    assert_eq!(neither.status.code(), Some(64), "{}", String::from_utf8_lossy(&neither.stderr));
}

#[test]
fn wrong_arguments_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("set").display().to_string();
    let refused = |more: &[&str]| {
        let output = synth(&[more, &["--out", &out]].concat());
        assert_eq!(output.status.code(), Some(64), "{more:?}");
        assert!(!Path::new(&out).exists(), "{more:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert_eq!(refused(&["--spoil", "1.5"]), "cairn: `--spoil` is 1.5, expected a number from 0 to 1\n");
    assert_eq!(
        refused(&["--backgrounds", "/tmp"]),
        "cairn: `--backgrounds` is for `--for locator` and for crops of `--no-plate`\n"
    );
    assert_eq!(refused(&["--no-plate", "2"]), "cairn: `--no-plate` is 2, expected a number from 0 to 1\n");
    assert_eq!(
        refused(&["--for", "locator", "--crops-only"]),
        "cairn: `--crops-only` is for `--for reader` alone\n"
    );
    assert!(
        refused(&["--face", "comic"]).starts_with("cairn: no face `comic`, known are `dejavu-sans-bold`")
    );
}
