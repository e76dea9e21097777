use std::error::Error;

use super::*;

const GOOD: &str = include_str!("../../cards/people-one-by-one.toml");

/// The good card with `old` replaced, and what reading it says, causes included.
#[track_caller]
fn refusal(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "the good card has no `{old}`");
    let err = Footage::parse(Path::new("cards/bad.toml"), &GOOD.replacen(old, new, 1)).expect_err("bad card");
    format!("{err}: {}", err.source().expect("a cause"))
}

#[test]
fn a_card_reads_as_written() {
    let card = Footage::parse(Path::new("x.toml"), GOOD).expect("good card");
    assert_eq!((card.frames, card.fps, card.size), (1394, 10.0, SizePx::new(768, 432)));
    assert_eq!(card.clip().file, "people_one_by_one/one-by-one-person-detection.mp4");
    assert_eq!(card.clip().id, "people-one-by-one");
    let boxes = card.file(Role::Boxes).expect("ground truth");
    assert!(!boxes.required && boxes.artifact.source.is_none());
}

#[test]
fn an_unknown_key_is_named_with_its_file() {
    for (old, new) in [("fps =", "rate ="), ("role =", "roll =")] {
        let text = refusal(old, new);
        assert!(text.starts_with("card `cards/bad.toml` is not written as a footage card: "), "{text}");
        let key = new.split(' ').next().expect("a key");
        assert!(text.contains(&format!("unknown field `{key}`, expected ")), "{text}");
    }
    let text = refusal("\"events\"", "\"happenings\"");
    assert!(
        text.contains("unknown variant `happenings`, expected one of `clip`, `boxes`, `events`"),
        "{text}"
    );
}

#[test]
fn values_that_cannot_be_right_are_refused_with_their_key() {
    for (old, new, expected) in [
        (
            "= \"people-one-by-one\"",
            "= \"One by one\"",
            "`id` is \"One by one\", expected lower-case letters, digits and `-`",
        ),
        ("\"CC-BY-4.0\"", "\"\"", "`licence` is \"\", expected some text"),
        ("\"CC-BY-4.0\"", "\"none\"", "`tests-only` is false, expected `true` where the licence is `none`"),
        ("frames = 1394", "frames = 0", "`frames` is 0, expected at least 1"),
        ("fps = 10.0", "fps = 0.0", "`fps` is 0.0, expected a number above 0"),
        ("[768, 432]", "[768, 0]", "`size` is [768, 0], expected a width and a height of at least 1"),
        ("bytes = 707", "bytes = 0", "`files[2].bytes` is 0, expected the length of the file, at least 1"),
        ("\"events\"", "\"boxes\"", "`files[2].role` is Boxes, expected one file of each role"),
        (
            "required = true",
            "required = false",
            "`files` is [Clip, Boxes, Events], expected a required file with the role `clip`",
        ),
    ] {
        assert_eq!(refusal(old, new), format!("card `cards/bad.toml`: {expected}"));
    }
}
