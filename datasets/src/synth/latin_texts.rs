use super::chance::Chance;
use super::text::{Country, PlateText};

/// How plates are written in one country: `A` is a letter of `letters`, `9` a digit, `B` a consonant, the rest itself;
/// `/` breaks the line.
struct Form {
    syntax: &'static str,
    letters: &'static str,
    patterns: &'static [&'static str],
    colours: &'static [&'static str],
}

const ALL_LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CONSONANTS: &str = "BDFGHJKLNPRSTVXZ";
const WHITE: &[&str] = &["black-on-white"];

/// From what is seen on the road; no law was read for these, and none of them says what is a plate.
const EUROPE: [Form; 17] = [
    Form {
        syntax: "de",
        letters: ALL_LETTERS,
        patterns: &["A AA 99", "A A 9999", "AA AA 999", "AA A 999", "AAA A 99", "AA AA 9999", "A AA/9999"],
        colours: WHITE,
    },
    Form {
        syntax: "fr",
        letters: "ABCDEFGHJKLMNPQRSTVWXYZ",
        patterns: &["AA-999-AA", "AA-999/AA"],
        colours: WHITE,
    },
    Form {
        syntax: "it",
        letters: "ABCDEFGHJKLMNPRSTVWXYZ",
        patterns: &["AA 999AA", "AA/999AA"],
        colours: WHITE,
    },
    Form {
        syntax: "es",
        letters: "BCDFGHJKLMNPRSTVWXYZ",
        patterns: &["9999 AAA", "9999/AAA"],
        colours: WHITE,
    },
    Form {
        syntax: "nl",
        letters: CONSONANTS,
        patterns: &["BB-999-B", "99-BB-BB", "9-BBB-99", "B-999-BB", "99-BBB-9"],
        colours: &["black-on-yellow"],
    },
    Form {
        syntax: "pl",
        letters: "ABCDEFGHIJKLMNOPRSTUVWXYZ",
        patterns: &["AA 99999", "AAA 9999", "AA 9999A", "AAA 9A99", "AAA 99AA", "AA/99999"],
        colours: WHITE,
    },
    Form {
        syntax: "gb",
        letters: "ABCDEFGHJKLMNOPRSTUVWXYZ",
        patterns: &["AA99 AAA", "AA99 AAA", "A999 AAA", "AA99/AAA"],
        colours: &["black-on-white", "black-on-yellow"],
    },
    Form {
        syntax: "cz",
        letters: "ABCEHJKLMPSTUZ",
        patterns: &["9A9 9999", "9AA 9999", "9A9/9999"],
        colours: WHITE,
    },
    Form {
        syntax: "sk",
        letters: "ABCDEFGHIJKLMNOPRSTUVXYZ",
        patterns: &["AA-999AA", "AA 999AA", "AA 999AA", "AA/999AA"],
        colours: WHITE,
    },
    Form {
        syntax: "hr",
        letters: "ABCDEFGHIJKLMNOPRSTUVZ",
        patterns: &["AA 999-AA", "AA 9999-AA", "AA 999-A"],
        colours: WHITE,
    },
    Form {
        syntax: "at",
        letters: "ABCDEFGHIJKLMNOPRSTUVWXYZ",
        patterns: &["A 99999A", "AA 999AA", "A 999999"],
        colours: &["black-on-white", "black-on-white", "white-on-blue"],
    },
    Form {
        syntax: "hu",
        letters: "ABCDEFGHIJKLMNOPRSTUVWXYZ",
        patterns: &["AAA-999", "AA AA-999"],
        colours: WHITE,
    },
    Form {
        syntax: "ro",
        letters: "ABCDEFGHIJKLMNOPRSTUVWXYZ",
        patterns: &["AA 99 AAA", "A 999 AAA"],
        colours: WHITE,
    },
    Form {
        syntax: "be",
        letters: ALL_LETTERS,
        patterns: &["9-AAA-999", "AAA-999"],
        colours: &["red-on-white"],
    },
    Form {
        syntax: "pt",
        letters: "ABCDEFGHIJLMNOPQRSTUVXZ",
        patterns: &["AA-99-AA", "99-AA-99", "99-99-AA"],
        colours: WHITE,
    },
    Form {
        syntax: "se",
        letters: "ABCDEFGHJKLMNOPRSTUWXYZ",
        patterns: &["AAA 999", "AAA 99A"],
        colours: WHITE,
    },
    Form {
        syntax: "ch",
        letters: "ABCDEFGHIJLNORSTUVWZ",
        patterns: &["AA 999999", "AA 99999", "AA/99999"],
        colours: WHITE,
    },
];

const BRAZIL: [Form; 4] = [
    Form {
        syntax: "old",
        letters: ALL_LETTERS,
        patterns: &["AAA-9999", "AAA·9999"],
        colours: &["black-on-white", "black-on-white", "black-on-white", "black-on-white", "white-on-red"],
    },
    Form { syntax: "old-motorcycle", letters: ALL_LETTERS, patterns: &["AAA/9999"], colours: WHITE },
    Form { syntax: "mercosur", letters: ALL_LETTERS, patterns: &["AAA9A99"], colours: WHITE },
    Form { syntax: "mercosur-motorcycle", letters: ALL_LETTERS, patterns: &["AAA/9A99"], colours: WHITE },
];

/// A plate of Brazil or of Europe, for which there is no grammar: those of Brazil by form, those of Europe by the national
/// forms that are most seen and, one in four, by letters and digits at random, so that a reader learns characters rather
/// than forms. `None` for a country that has a grammar.
pub fn latin_text(country: Country, chance: &mut Chance) -> Option<PlateText> {
    let form = match country {
        Country::Brazil => &BRAZIL[*chance.pick(&[0, 0, 0, 0, 1, 2, 2, 2, 3, 3])],
        Country::Europe if chance.happens(0.25) => return any(chance),
        Country::Europe => chance.pick(&EUROPE),
        Country::Vietnam | Country::China => return None,
    };
    let lines =
        chance.pick(form.patterns).split('/').map(|line| filled(line, form.letters, chance)).collect();
    let colours = *chance.pick(form.colours);
    PlateText::printed(country, form.syntax, lines, colours, chance)
}

fn filled(pattern: &str, letters: &str, chance: &mut Chance) -> String {
    let one = |sign| match sign {
        'A' => chance.letter(letters),
        'B' => chance.letter(CONSONANTS),
        '9' => chance.letter("0123456789"),
        other => other,
    };
    pattern.chars().map(one).collect()
}

/// Five to eight letters and digits in any order, with up to two separators, in one line or two.
fn any(chance: &mut Chance) -> Option<PlateText> {
    let count = 5 + chance.below(4);
    let share = chance.between(0.2, 0.8);
    let mut text: Vec<char> = (0..count)
        .map(|_| {
            let choices = if chance.happens(share) { ALL_LETTERS } else { "0123456789" };
            chance.letter(choices)
        })
        .collect();
    let separator = *chance.pick(&[' ', ' ', '-', '·', '.']);
    for _ in 0..chance.below(3) {
        let place = 1 + chance.below(text.len() - 1);
        if !text[place].is_ascii_alphanumeric() || !text[place - 1].is_ascii_alphanumeric() {
            continue;
        }
        text.insert(place, separator);
    }
    let lines = if chance.happens(0.25) {
        let plain: Vec<char> = text.into_iter().filter(char::is_ascii_alphanumeric).collect();
        let (upper, lower) = plain.split_at(2 + chance.below(plain.len() - 4));
        vec![upper.iter().collect(), lower.iter().collect()]
    } else {
        vec![text.into_iter().collect()]
    };
    let colours = *chance.pick(&[
        "black-on-white",
        "black-on-white",
        "black-on-white",
        "black-on-yellow",
        "white-on-blue",
        "red-on-white",
    ]);
    PlateText::printed(Country::Europe, "any", lines, colours, chance)
}
