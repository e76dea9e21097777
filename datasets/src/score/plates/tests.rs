use super::*;

fn truth(text: &str) -> PlateTruth {
    PlateTruth { text: text.to_owned(), country: "VN".to_owned(), lines: 1, bbox: None }
}

fn read(text: &str) -> Reading {
    Reading::Read { text: text.to_owned(), confidence: 0.9 }
}

fn rejected(reason: &str) -> Reading {
    Reading::Rejected { reason: reason.to_owned() }
}

/// Characters right, and whether all are.
fn compared(expected: &str, text: &str) -> (u32, u32, bool) {
    let outcome = match_plate(&truth(expected), &read(text), None);
    (outcome.characters_right, outcome.characters, outcome.exact)
}

#[test]
fn a_plate_is_right_only_with_every_character() {
    assert_eq!(compared("51F-970.22", "51f97022"), (8, 8, true));
    assert_eq!(compared("51F97022", "51F97O22"), (7, 8, false));
    // One character lost, not six out of place.
    assert_eq!(compared("51F97022", "5F97022"), (7, 8, false));
    // One too many.
    assert_eq!(compared("51F97022", "51FF97022"), (7, 8, false));
    assert_eq!(compared("粤B12345", "粤B12345"), (7, 7, true));
    assert_eq!(compared("29MĐ112345", "29mđ112345"), (10, 10, true));
}

#[test]
fn a_reading_cannot_be_worse_than_wrong() {
    assert_eq!(compared("AB", "XXXXXXXX"), (0, 2, false));
    assert_eq!(compared("AB", ""), (0, 2, false));
    assert_eq!(compared("", "AB"), (0, 0, false));
}

#[test]
fn an_unreadable_character_is_any_one_character_and_is_not_counted() {
    assert_eq!(compared("51F?7022", "51F97022"), (7, 7, true));
    assert_eq!(compared("51F?7022", "51F7022"), (6, 7, false));
    // A reader's question mark is no answer.
    assert_eq!(compared("51F97022", "51F?7022"), (7, 8, false));
}

#[test]
fn a_box_counts_from_the_limit_on() {
    let bbox = |width| BoxPx { left: 10.0, top: 10.0, width, height: 20.0 };
    let truth = PlateTruth { bbox: Some(bbox(100.0)), ..truth("AB") };
    let located = |found| match_plate(&truth, &rejected("none"), found).located;
    assert_eq!(located(Some(bbox(70.0))), Some(true));
    assert_eq!(located(Some(bbox(69.9))), Some(false));
    assert_eq!(located(None), Some(false));
    assert_eq!(match_plate(&self::truth("AB"), &read("AB"), Some(bbox(1.0))).located, None);
}

fn outcomes() -> Vec<PlateOutcome> {
    let two = PlateTruth { lines: 2, ..truth("29B1234") };
    let lao = PlateTruth { country: "LA".to_owned(), ..truth("ABC") };
    vec![
        match_plate(&truth("51F97022"), &read("51F97022"), None),
        match_plate(&truth("51F97022"), &read("51F97O2"), None),
        match_plate(&two, &read("29B1234"), None),
        match_plate(&two, &rejected("syntax"), None),
        match_plate(&lao, &rejected("unsure"), None),
    ]
}

#[test]
fn shares_of_plates() {
    let outcomes = outcomes();
    let scores = score(&outcomes.iter().collect::<Vec<_>>(), None);
    assert_eq!(scores.n, 5);
    assert_eq!(scores.read, Some(0.6));
    assert_eq!(scores.exact, Some(0.4));
    assert_eq!(scores.exact_of_read, Some(2.0 / 3.0));
    assert_eq!(scores.exact_one_line, Some(1.0 / 3.0));
    assert_eq!(scores.exact_two_line, Some(0.5));
    // 8 + 6 + 7 of 8 + 8 + 7 + 7 + 3.
    assert_eq!(scores.characters, Some(21.0 / 33.0));
    assert_eq!(scores.rejected, Some(0.4));
    assert_eq!(scores.rejected_by, BTreeMap::from([("syntax".to_owned(), 1), ("unsure".to_owned(), 1)]));
    assert_eq!(scores.by_country["VN"], CountryScores { n: 4, exact: 0.5 });
    assert_eq!(scores.by_country["LA"], CountryScores { n: 1, exact: 0.0 });
    assert_eq!(scores.located, None);
    assert_eq!(scores.intervals["exact"], wilson(2, 5).unwrap());
    assert_eq!(scores.intervals["by_country.VN.exact"], wilson(2, 4).unwrap());
    assert!(!scores.intervals.contains_key("located"));
}

#[test]
fn a_weight_is_a_repetition() {
    let outcomes = outcomes();
    let plates: Vec<_> = outcomes.iter().collect();
    let repeated = [plates[0], plates[0], plates[3], plates[2]];
    let weighed = score(&plates, Some(&[2, 0, 1, 1, 0]));
    assert_eq!(weighed, PlateScores { intervals: BTreeMap::new(), ..score(&repeated, None) });
}

#[test]
fn no_plates_have_no_shares() {
    assert_eq!(score(&[], None), PlateScores::default());
    assert_eq!(score(&[&outcomes()[0]], Some(&[0])), PlateScores::default());
}

#[test]
fn what_is_stored_holds_no_plate() {
    let text = serde_json::to_string(&outcomes()).unwrap();
    for secret in ["51F", "970", "29B", "ABC"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(serde_json::from_str::<Vec<PlateOutcome>>(&text).unwrap(), outcomes());
}
