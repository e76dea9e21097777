//! The built-in grammars against a generated corpus of every syntax and against the expressions they were written from.

#![expect(clippy::expect_used, reason = "what a test expects and does not get is its failure")]

use plates::grammar::{Grammar, Lines, RawRead, all};
use regex::Regex;

/// Of each syntax.
const PLATES: usize = 3000;
/// Of each syntax, mutated.
const MUTANTS: usize = 1000;

#[test]
fn every_generated_plate_is_found_again_as_it_is() {
    for (i, syntax) in all().syntaxes().enumerate() {
        for plate in syntax.plates(i as u64).take(PLATES) {
            for read in [&plate.text, &plate.display, &plate.lines.concat()] {
                let matches = all().parse(&read.as_str().into());
                let found = matches
                    .iter()
                    .find(|found| (&found.syntax.country, &found.syntax.id) == (&syntax.country, &syntax.id));
                let found =
                    found.unwrap_or_else(|| panic!("{}/{} lacks `{read}`", syntax.country, syntax.id));
                assert!(matches.iter().all(|found| found.exact() && found.raw == *read), "{read}");
                assert_eq!(found.text, plate.text);
                let lines = if plate.lines.len() == 1 { Lines::One } else { Lines::Two };
                assert_eq!(found.display(lines).as_ref(), Some(&plate.lines));
            }
            assert!(syntax.colours.contains(&plate.colours) && plate.kind == syntax.kind);
        }
    }
}

#[test]
fn what_a_grammar_accepts_is_what_the_published_expressions_accept() {
    let oracles = oracles();
    let mut random = Random(1);
    let (mut accepted, mut refused) = (0, 0);
    for plate in all().syntaxes().flat_map(|syntax| syntax.plates(11).take(MUTANTS)) {
        let mut read: Vec<char> = plate.text.chars().collect();
        for _ in 0..1 + random.below(2) {
            random.mutate(&mut read);
        }
        let read: String = read.into_iter().collect();
        let expected = oracles.iter().any(|oracle| oracle.accepts(&read));
        let matches = all().parse(&read.as_str().into());
        let exact = matches.iter().any(|found| found.exact());
        assert_eq!(exact, expected, "`{read}`, from `{}` of {}/{}", plate.text, plate.country, plate.syntax);
        for found in &matches {
            assert!(oracles.iter().any(|oracle| oracle.accepts(&found.text)), "{read}: {found:?}");
        }
        *(if exact { &mut accepted } else { &mut refused }) += 1;
    }
    println!("{accepted} mutated plates are plates again, {refused} are not");
    assert!(5_000 < accepted && 5_000 < refused);
}

#[test]
fn a_country_is_a_file() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/grammars/xx.toml");
    let mut grammar: Grammar = all().clone();
    assert!(grammar.parse(&"NÖ-123A".into()).is_empty());
    grammar.add(file, &std::fs::read_to_string(file).expect("there")).expect("whole");
    let nowhere = grammar.country("XX").expect("added");
    for plate in nowhere.syntaxes[0].plates(3).take(PLATES) {
        let matches = grammar.parse(&plate.display.as_str().into());
        assert_eq!(
            (matches[0].text.as_str(), matches[0].syntax.country.as_str()),
            (plate.text.as_str(), "XX")
        );
        assert!(matches[0].exact());
    }
    for (read, text) in
        [("NÖ-123A", "NO123A"), ("NO123A", "NO123A"), ("123A ÖS", "OS123A"), ("N0123A", "NO123A")]
    {
        let read = RawRead::from(read);
        assert_eq!(grammar.parse(&read).first().map(|found| found.text.as_str()), Some(text), "{read:?}");
    }
    assert!(grammar.parse(&"N-000A".into()).is_empty());
    assert_eq!(grammar.parse(&"30A12345".into())[0].syntax.country, "VN");
}

/// An expression of one of the sources, and the endings that its source excludes.
struct Oracle(Regex, &'static [&'static str]);

impl Oracle {
    fn accepts(&self, text: &str) -> bool {
        self.0.is_match(text) && !self.1.iter().any(|end| text.ends_with(end))
    }
}

fn oracles() -> Vec<Oracle> {
    let province = "(?:1[124-9]|[23][0-9]|4[013789]|[567][0-9]|8[0-689]|9[02-57-9])";
    let (l, l21, b) = ("[A-HK-NPS-VX-Z]", "[A-HK-NPR-VX-Z]", "[A-HKLM]");
    let cn = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]";
    let (letter, any) = ("[A-HJ-NP-Z]", "[A-HJ-NP-Z0-9]");
    let (four, five): (&[_], &[_]) = (&["0000"], &["00000"]);
    [
        (format!("{province}{l}[0-9]{{5}}"), five),
        (format!("{province}{l}[0-9]{{4}}"), four),
        (format!("{province}{b}[0-9]{{5}}"), five),
        (format!("{province}{l}{l21}[0-9]{{5}}"), five),
        (format!("{province}{l}[1-9][0-9]{{5}}"), five),
        (format!("{province}{l}[1-9][0-9]{{4}}"), four),
        (format!("{province}M[ĐD][1-9][0-9]{{5}}"), five),
        (format!("{province}(?:CD|KT|LD|DA|HC|MK|T|TĐ|TD|R|RM)[0-9]{{5}}"), five),
        (format!("{province}(?:CD|KT|LD|DA|HC|MK|T|TĐ|TD|R|RM)[0-9]{{4}}"), four),
        (format!("{province}[0-9]{{3}}(?:NG|QT|CV|NN)[0-9]{{2}}"), &[]),
        (format!("{province}(?:NG|QT|CV|NN)[0-9]{{3}}[0-9]{{2}}"), &[]),
        ("[A-Z]{2}[0-9]{4}".to_owned(), &[]),
        (format!("(?:{cn}|使|领){letter}{any}{{5}}"), &[]),
        (format!("{cn}{letter}{any}{{4}}[挂学警港澳使领]"), &[]),
        ("使[0-9]{6}|[0-9]{6}使".to_owned(), &[]),
        (format!("{cn}{letter}[A-HJK]{any}[0-9]{{4}}"), &[]),
        (format!("{cn}{letter}[0-9]{{5}}[A-HJK]"), &[]),
        ("WJ[0-9]{7}".to_owned(), &[]),
    ]
    .into_iter()
    .map(|(expression, ends)| Oracle(Regex::new(&format!("^(?:{expression})$")).expect("written well"), ends))
    .collect()
}

/// Xorshift64 (Marsaglia, 2003): enough for mutations.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    /// Changes, adds, drops or swaps characters; never a separator, which the expressions do not know.
    fn mutate(&mut self, text: &mut Vec<char>) {
        let strangers: Vec<char> = ('A'..='Z').chain('0'..='9').chain("aoĐ京粤Z港使挂?é".chars()).collect();
        let stranger = strangers[self.below(strangers.len())];
        let place = self.below(text.len());
        match self.below(4) {
            0 => text.insert(place, stranger),
            1 if 2 < text.len() => drop(text.remove(place)),
            2 => {
                let other = self.below(text.len());
                text.swap(place, other);
            }
            _ => text[place] = stranger,
        }
    }
}
