//! What is written on made-up plates: the grammars' plates, about as often as they are met, and every kind of them.

use anyhow::Context as _;
use datasets::synth::{Chance, Country, PlateText, latin_text};
use plates::grammar::{Colours, Grammar, Lines, Plate, Syntax};

/// How often a syntax comes that is not named here, beside the numbers there: rare ones are learnt too.
const RARE: f64 = 1.4;

/// Syntaxes that are met often, in about so many of a hundred of their country's plates.
const OFTEN: [(&str, &str, f64); 11] = [
    ("VN", "car", 30.0),
    ("VN", "motorcycle-legacy", 18.0),
    ("VN", "motorcycle", 12.0),
    ("VN", "motorcycle-legacy-4", 6.0),
    ("VN", "car-4", 3.0),
    ("VN", "state", 3.0),
    ("VN", "electric-motorcycle", 3.0),
    ("CN", "standard", 56.0),
    ("CN", "new-energy-small", 13.0),
    ("CN", "new-energy-large", 4.0),
    ("CN", "police", 3.0),
];

/// Texts for plates of some countries, in equal parts.
pub(super) struct Texts<'a> {
    sources: Vec<Source<'a>>,
}

enum Source<'a> {
    Grammar { country: Country, syntaxes: Vec<(&'a Syntax, f64)> },
    Latin(Country),
}

impl<'a> Texts<'a> {
    /// Plates of `countries` by `grammar`, and those in Latin letters where it has no such country.
    pub(super) fn new(grammar: &'a Grammar, countries: &[Country]) -> Self {
        let source = |&country: &Country| match grammar.country(country.code()) {
            None => Source::Latin(country),
            Some(known) => {
                let weighed = known.syntaxes.iter().map(|syntax| (syntax, weight(syntax)));
                Source::Grammar { country, syntaxes: weighed.collect() }
            }
        };
        Self { sources: countries.iter().map(source).collect() }
    }

    /// The next plate.
    pub(super) fn draw(&self, chance: &mut Chance) -> anyhow::Result<PlateText> {
        match chance.pick(&self.sources) {
            Source::Latin(country) => {
                let text = latin_text(*country, chance);
                text.with_context(|| format!("no grammar has plates of `{}`", country.code()))
            }
            Source::Grammar { country, syntaxes } => {
                let plate = likely(one_of(syntaxes, chance), chance);
                let colours = plate.colours.name();
                PlateText::printed(*country, &plate.syntax, plate.lines.clone(), colours, chance)
                    .with_context(|| {
                        format!("no plate of `{}` is {colours} for `{}`", country.code(), plate.display)
                    })
            }
        }
    }
}

fn weight(syntax: &Syntax) -> f64 {
    let named = |entry: &&(&str, &str, f64)| entry.0 == syntax.country && entry.1 == syntax.id;
    OFTEN.iter().find(named).map_or(RARE, |entry| entry.2)
}

fn one_of<'a>(syntaxes: &[(&'a Syntax, f64)], chance: &mut Chance) -> &'a Syntax {
    let total: f64 = syntaxes.iter().map(|(_, weight)| weight).sum();
    let mut left = chance.unit() * total;
    for (syntax, weight) in syntaxes {
        left -= weight;
        if left < 0.0 {
            return syntax;
        }
    }
    // Rounding may leave a last crumb.
    syntaxes[syntaxes.len() - 1].0
}

/// A plate of `syntax`, drawn again while it is of colours or lines that are seldom met.
fn likely(syntax: &Syntax, chance: &mut Chance) -> Plate {
    loop {
        let plate = syntax.generate((chance.unit() * 9e15) as u64);
        if chance.happens(keep(&plate)) {
            return plate;
        }
    }
}

/// Probability of keeping a plate; never 0. A grammar draws its forms and colours evenly, the road does not.
fn keep(plate: &Plate) -> f64 {
    let lines = if plate.lines.len() == 1 { Lines::One } else { Lines::Two };
    match (plate.country.as_str(), plate.syntax.as_str(), plate.colours, lines) {
        ("CN", "standard", Colours::WhiteOnBlue, Lines::One) => 1.0,
        // Motorcycles.
        ("CN", "standard", Colours::WhiteOnBlue, Lines::Two) => 0.08,
        ("CN", "standard", Colours::BlackOnYellow, Lines::One) => 0.25,
        ("CN", "standard", Colours::BlackOnYellow, Lines::Two) => 0.35,
        ("CN", "standard", _, Lines::One) => 0.06,
        ("CN", "standard", _, Lines::Two) => 0.02,
        ("VN", "car" | "car-4", Colours::BlackOnYellow, _) => 0.4,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plates::grammar::all;

    use super::*;

    #[test]
    fn every_syntax_is_drawn_and_none_of_them_too_seldom_to_be_learnt() {
        let countries = [Country::Vietnam, Country::China];
        let texts = Texts::new(all(), &countries);
        let mut drawn: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut chance = Chance::new(5, 0);
        const PLATES: usize = 40_000;
        for _ in 0..PLATES {
            let text = texts.draw(&mut chance).expect("a plate");
            *drawn.entry((text.country.code(), text.syntax)).or_default() += 1;
        }
        for syntax in all().syntaxes().filter(|syntax| ["VN", "CN"].contains(&syntax.country.as_str())) {
            let count = drawn.get(&(syntax.country.as_str(), syntax.id.clone())).copied().unwrap_or_default();
            let share = count as f64 / (PLATES / 2) as f64;
            assert!(0.01 < share, "{}/{}: {share}", syntax.country, syntax.id);
        }
        let of = |syntax: &str| drawn[&("VN", syntax.to_owned())];
        assert!(PLATES / 2 < 2 * (of("car") + of("motorcycle") + of("motorcycle-legacy") + of("car-4")));
    }

    #[test]
    fn every_form_and_colour_of_the_grammars_has_a_plate_to_be_printed_on() {
        for country in [Country::Vietnam, Country::China] {
            for syntax in &all().country(country.code()).expect("built in").syntaxes {
                for plate in syntax.plates(1).take(60) {
                    let mut chance = Chance::new(1, 0);
                    let colours = plate.colours.name();
                    let text = PlateText::printed(country, &plate.syntax, plate.lines, colours, &mut chance);
                    let text = text.unwrap_or_else(|| panic!("{colours} {}", plate.display));
                    assert_eq!(text.read_lines().concat().len(), plate.text.len(), "{}", plate.display);
                    assert!(datasets::synth::reader_classes(&text.read_lines()).is_ok(), "{}", plate.display);
                }
            }
        }
    }

    #[test]
    fn brazil_and_europe_are_written_in_latin_letters() {
        let texts = Texts::new(all(), &[Country::Brazil, Country::Europe]);
        let mut chance = Chance::new(5, 0);
        for _ in 0..4000 {
            let text = texts.draw(&mut chance).expect("a plate");
            let read = text.read_lines();
            let length: usize = read.iter().map(String::len).sum();
            assert!(
                (5..=8).contains(&length) && read.concat().chars().all(|c| c.is_ascii_alphanumeric()),
                "{read:?}"
            );
            assert!(text.country != Country::Brazil || length == 7, "{read:?}");
        }
    }
}
