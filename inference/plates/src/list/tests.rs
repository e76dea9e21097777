use proptest::prelude::*;

use super::*;
use crate::grammar::{Correction, LOOK_ALIKES, RawRead, all};

fn list(csv: &str) -> PlateList {
    PlateList::read(csv, 0, all()).expect("a good table")
}

fn found(list: &PlateList, read: &str) -> Vec<(usize, f32)> {
    list.find(&RawRead::from(read), 0).iter().map(|hit| (hit.entry.line, hit.distance)).collect()
}

#[test]
fn what_people_type_is_one_spelling() {
    let list = list(
        "\u{feff}Plate, NOTE\r\n30a-123.45,stolen\r\n\r\n京ａ·１２３４５,\n29 mđ1 234 56,\"of a shop, see file\"\n\
         80-441-ng-02,\n",
    );
    let texts: Vec<(usize, &str)> =
        list.entries().iter().map(|entry| (entry.line, entry.text.as_str())).collect();
    assert_eq!(
        texts,
        [(2, "30A12345"), (4, "京A12345"), (5, "29MD123456"), (6, "80441NG02")],
        "lines are those of the file, blank ones counted"
    );
    assert_eq!(list.entries()[0].written, "30a-123.45");
    assert_eq!(list.doubts(), []);
    // As a reader says it: with separators or without, in either order of reading.
    for (read, line) in [
        ("30A12345", 2),
        ("30A-123.45", 2),
        ("京A12345", 4),
        ("29MĐ123456", 5),
        ("80441NG02", 6),
        ("80NG44102", 6),
    ] {
        assert_eq!(found(&list, read), [(line, 0.0)], "{read}");
    }
    assert_eq!(found(&list, "30A12346"), []);
    assert_eq!(found(&list, ""), []);
    assert_eq!(found(&list, &"30A12345".repeat(9)), []);
}

#[test]
fn each_mistake_is_told_with_its_line() {
    let told = |csv: &str| PlateList::read(csv, 0, all()).expect_err("bad").to_string();
    assert_eq!(told(""), "line 1: no header, expected `plate,country,note,valid-from,valid-until`");
    assert_eq!(
        told("number\n30A12345"),
        "line 1: column `number` is unknown, expected `plate`, `country`, `note`, `valid-from`, `valid-until`"
    );
    assert_eq!(told("note\nx"), "line 1: `plate` is missing, expected a column of plates");
    assert_eq!(told("plate,Plate\n"), "line 1: `plate` is there twice, expected once");
    let csv = "plate,country,note,valid-from,valid-until\n30A12345,VN,,,\n\n30A#1,Viet Nam,,tomorrow,\n1,,a\tb,2026-02-31,\n\
               30A12345,,,2026-01-02,2026-01-01\n30A12345\n";
    let expected = "expected 2 to 16 letters and digits, and separators between them";
    let moment = "a day such as `2026-12-31` or a time such as `2026-12-31T18:00:00+07:00`";
    assert_eq!(
        told(csv).split("; ").collect::<Vec<_>>(),
        [
            &format!("line 4: `plate` has '#', {expected}"),
            "line 4: `country` is `Viet Nam`, expected two letters such as `VN`, or nothing",
            &format!("line 4: `valid-from` is `tomorrow`, expected {moment}"),
            &format!("line 5: `plate` has 1 letters and digits, {expected}"),
            "line 5: `note` has 3 characters, expected at most 256, none of them a control character",
            &format!("line 5: `valid-from` is `2026-02-31`, expected {moment}"),
            "line 6: `valid-until` is not after `valid-from`",
            "line 7: 1 fields, expected 5",
        ]
    );
    let many = format!("plate\n{}", "?\n".repeat(1000));
    assert_eq!(PlateList::read(&many, 0, all()).expect_err("bad").iter().len(), 100);
    let same = format!("plate\n{}", "30A12345\n".repeat(65));
    assert_eq!(told(&same), "line 66: `30A12345` is there 64 times before");
}

#[test]
fn what_may_not_be_meant_is_told_and_taken_as_typed() {
    let csv = "plate,country\n3OA-12345,VN\n30A-12345,CN\nHELLO,\nHELLO,LA\n30A 12345,vn\n30A12345,VN\n";
    let list = list(csv);
    let doubts: Vec<String> = list.doubts().iter().map(ToString::to_string).collect();
    assert_eq!(
        doubts,
        [
            "line 2: `3OA-12345` fits no syntax of `VN`, is `30A12345` meant?",
            "line 3: `30A-12345` fits no syntax of `CN`",
            "line 4: `HELLO` fits no syntax of any country known here",
            "line 5: `HELLO` is on line 4 already",
            "line 6: `30A 12345` is on line 3 already",
            "line 7: `30A12345` is on line 6 already",
        ]
    );
    assert_eq!(found(&list, "3OA12345"), [(2, 0.0)]);
    assert_eq!(found(&list, "HELLO"), [(4, 0.0), (5, 0.0)]);
}

#[test]
fn an_entry_counts_in_its_time_alone() {
    let csv = "plate,valid-from,valid-until\nA1,2026-01-01,2026-01-01\nA2,2026-01-01T00:00:00+07:00,\nA3,,2026-01-01T00:00:00Z\n";
    // `date -u -d 2026-01-01 +%s`
    let day = 1_767_225_600;
    let seven_hours = 7 * 3600;
    let list = PlateList::read(csv, 7 * 60, all()).expect("good");
    let holds = |plate: &str, at: i64| !list.find(&RawRead::from(plate), at).is_empty();
    assert_eq!([day - seven_hours - 1, day - seven_hours].map(|at| holds("A1", at)), [false, true]);
    assert_eq!(
        [day + 86_400 - seven_hours - 1, day + 86_400 - seven_hours].map(|at| holds("A1", at)),
        [true, false]
    );
    assert_eq!(
        [day - seven_hours - 1, day - seven_hours, i64::MAX].map(|at| holds("A2", at)),
        [false, true, true]
    );
    assert_eq!([i64::MIN, day - 1, day].map(|at| holds("A3", at)), [true, true, false]);
    // One whose time is over stands in no other one's way.
    let both =
        PlateList::read("plate,valid-until\n30A12345,2020-01-01\n3OA12345,\n", 0, all()).expect("good");
    assert_eq!(both.find(&RawRead::from("30A12345"), day)[0].entry.line, 3);
}

#[test]
fn a_near_match_is_told_only_where_no_exact_one_is() {
    let list = list("plate\n30B12345\n30812345\n51F11111\n");
    assert_eq!(found(&list, "30B12345"), [(2, 0.0)]);
    assert_eq!(found(&list, "3OB12345"), [(2, 1.0), (3, 2.0)]);
    assert_eq!(found(&list, "3OB1Z345"), [(2, 2.0)], "two at most");
    assert_eq!(found(&list, "30C12345"), [], "no look-alike");
    let hits = list.find(&RawRead::from("3O8-123.45"), 0);
    assert_eq!(hits[0].entry.line, 3);
    assert!(!hits[0].exact());
    let Correction { place, from, to, cost } = hits[0].substitutions[0];
    assert_eq!((place, from, to, cost), (1, 'O', '0', 1.0));
    assert_eq!((hits[1].distance, hits[1].substitutions[1].place), (2.0, 2));
}

#[test]
fn what_the_reader_doubted_is_nearer() {
    let list = list("plate\n30A12345\n");
    let mut read = RawRead::from("30A12745");
    assert!(list.find(&read, 0).is_empty());
    let seven = &mut read.characters[5];
    seven.probability = 0.5;
    seven.alternatives = vec![('1', 0.04), ('3', 0.4)];
    let hits = list.find(&read, 0);
    assert!((hits[0].distance - 0.5 * 0.6 * OTHER_COST).abs() < 1e-6, "{hits:?}");
    read.characters[5].alternatives[1].1 = LEAST_ALTERNATIVE / 2.0;
    assert!(list.find(&read, 0).is_empty(), "too unlikely to be one");
}

/// The spellings and costs spelt out again, entry by entry.
fn by_hand(list: &PlateList, read: &RawRead, at: i64) -> Vec<(usize, f32)> {
    let characters: Vec<&crate::grammar::RawCharacter> =
        read.characters.iter().filter(|read| read.character.is_alphanumeric()).collect();
    let cost = |read: &crate::grammar::RawCharacter, meant: char| {
        let mut likely: Vec<(char, f32)> =
            read.alternatives.iter().copied().filter(|(_, p)| (0.05..=1.0).contains(p)).collect();
        likely.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        likely.truncate(4);
        let pair = [(read.character, meant), (meant, read.character)];
        let look_alike = LOOK_ALIKES.iter().find(|known| pair.contains(&(known.digit, known.letter)));
        let cost = match (look_alike, likely.iter().any(|(other, _)| *other == meant)) {
            (Some(pair), _) => pair.cost,
            (None, true) => 2.0,
            (None, false) => return None,
        };
        let told = |p: f32| (0.0..=1.0).contains(&p);
        let of_meant = read.alternatives.iter().filter(|(other, p)| *other == meant && told(*p));
        let of_meant = of_meant.map(|(_, p)| *p).fold(0.0, f32::max);
        Some(cost * (if told(read.probability) { read.probability } else { 1.0 } * (1.0 - of_meant)))
    };
    let distance = |key: &str| {
        let key: Vec<char> = key.chars().collect();
        if key.len() != characters.len() {
            return None;
        }
        let differing: Vec<(usize, char)> =
            (0..key.len()).filter(|&i| key[i] != characters[i].character).map(|i| (i, key[i])).collect();
        let sum =
            differing.iter().try_fold(0.0, |sum, &(i, meant)| Some(sum + cost(characters[i], meant)?))?;
        (differing.len() <= 2 && sum <= 2.0).then_some((differing.len(), sum))
    };
    let mut all_found: Vec<(usize, usize, f32)> = Vec::new();
    for entry in list.entries().iter().filter(|entry| entry.valid.holds(at)) {
        let plain = normal::plain(&entry.written).expect("good");
        let keys = normal::spellings(&plain, entry.country.as_deref(), all()).keys;
        let nearest = keys.iter().filter_map(|key| distance(key)).min_by(|a, b| a.1.total_cmp(&b.1));
        all_found.extend(nearest.map(|(differing, sum)| (entry.line, differing, sum)));
    }
    if all_found.iter().any(|&(_, differing, _)| differing == 0) {
        all_found.retain(|&(_, differing, _)| differing == 0);
    }
    all_found.sort_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)));
    all_found.truncate(MOST_HITS);
    all_found.into_iter().map(|(line, _, distance)| (line, distance)).collect()
}

/// Few characters, so that many are alike.
const LETTER: &str = "[0178BDIOT6G]";
const PLATE: &str = "[0178BDIOT6G]{2,8}";
const READ: &str = "[0178BDIOT6G]{2,6}[-.]?[0178BDIOT6G]{0,3}";

fn any_read() -> impl Strategy<Value = RawRead> {
    let doubt = (any::<f32>(), 0.0_f32..1.1, LETTER, 0.0_f32..1.0, LETTER, 0.0_f32..0.3);
    (READ, prop::collection::vec(doubt, 10)).prop_map(|(text, doubts)| {
        let mut read = RawRead::from(text.as_str());
        for (character, (odd, probability, a, of_a, b, of_b)) in read.characters.iter_mut().zip(doubts) {
            character.probability = if odd.is_nan() { odd } else { probability };
            let first = |text: String| text.chars().next().expect("one");
            character.alternatives = vec![(first(a), of_a), (first(b), of_b)];
        }
        read
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_index_finds_what_a_walk_through_all_entries_finds(
        plates in prop::collection::vec((PLATE, 0_u8..4), 1..60),
        read in any_read(),
    ) {
        let mut csv = "plate,valid-until\n".to_owned();
        for (plate, until) in &plates {
            csv += &format!("{plate},{}\n", if *until == 0 { "2020-01-01" } else { "" });
        }
        let list = list(&csv);
        let at = 2_000_000_000;
        let hits: Vec<(usize, f32)> =
            list.find(&read, at).iter().map(|hit| (hit.entry.line, hit.distance)).collect();
        prop_assert_eq!(hits, by_hand(&list, &read, at));
    }

    #[test]
    fn every_substitution_is_accounted_for(
        plates in prop::collection::vec(PLATE, 1..60),
        read in any_read(),
    ) {
        let list = list(&format!("plate\n{}\n", plates.join("\n")));
        for hit in list.find(&read, 0) {
            let mut changed = read.clone();
            for substitution in &hit.substitutions {
                prop_assert_eq!(changed.characters[substitution.place].character, substitution.from);
                changed.characters[substitution.place].character = substitution.to;
            }
            prop_assert_eq!(normal::plain(&changed.text()).expect("plain"), hit.entry.text.clone());
            prop_assert!(hit.substitutions.len() <= MOST_SUBSTITUTIONS && hit.distance <= MOST_DISTANCE);
        }
    }

    #[test]
    fn no_text_makes_reading_a_table_panic(csv in "(plate|country|[a-z\",;\n\r京đ0-9-]){0,60}", offset in -840..=840) {
        PlateList::read(&csv, offset, all()).ok();
    }
}
