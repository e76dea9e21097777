//! The plate grammars against plates that somebody read off real pictures.

use std::collections::{BTreeMap, BTreeSet};

use models::home::FOOTAGE;
use plates::grammar::{Lines, RawRead, all};

/// Labels that no syntax of their country has.
const STRANGE: [(&str, &str); 6] = [
    // Characters that nobody could read.
    ("CN", "?DG065?"),
    ("VN", "67F?2113"),
    ("VN", "?1K83876"),
    ("VN", "?2D1?6097"),
    // A plate of Hong Kong itself.
    ("CN", "SN6497"),
    // In two lines, `49` over `019-BD`: of no series that a source names.
    ("VN", "49019BD"),
];

#[test]
fn the_labels_of_real_plates_are_plates() {
    let file = models::testkit::mirror().join(FOOTAGE).join("plates/labels.csv");
    if !file.exists() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "needs {file:?}");
        eprintln!("SKIPPED: the_labels_of_real_plates_are_plates: needs {file:?}");
        return;
    }
    let mut list = csv::Reader::from_path(&file).expect("readable");
    let rows: Vec<BTreeMap<String, String>> =
        list.deserialize().collect::<Result<_, _>>().expect("a list of plates");
    let mut strange = BTreeSet::new();
    let mut syntaxes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut plates = 0;
    for row in &rows {
        let (country, text) = (row["country"].as_str(), row["text"].as_str());
        if !["VN", "CN"].contains(&country) || text.is_empty() {
            continue;
        }
        plates += 1;
        let lines = if row["lines"] == "2" { Lines::Two } else { Lines::One };
        // Without and with the separators that are printed.
        for read in [text, row["text_printed"].as_str()] {
            let read = RawRead { lines: Some(lines), ..RawRead::from(read) };
            let matches = all().parse(&read);
            match matches.iter().find(|found| found.exact() && found.syntax.country == country) {
                Some(found) => {
                    assert_eq!(found.text, text);
                    *syntaxes.entry(&found.syntax.id).or_default() += 1;
                }
                None => drop(strange.insert((country, text))),
            }
        }
    }
    println!("{plates} plates, each twice: {syntaxes:?}");
    assert_eq!(strange, BTreeSet::from(STRANGE));
}
