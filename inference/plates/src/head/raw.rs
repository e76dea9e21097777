//! From the probabilities of each character's place to a read with alternatives.

use crate::Alphabet;
use crate::grammar::{Lines, RawCharacter, RawRead};

/// Less likely ones are no alternatives.
const LEAST: f32 = 0.01;

/// Alternatives of a character.
const MOST: usize = 4;

/// What readers write between two lines.
const LINE_BREAK: char = '/';

/// Each of `places` has the probabilities of the classes of `alphabet`, a character's the largest.
pub(super) fn read(alphabet: &Alphabet, places: &[Vec<f32>]) -> RawRead {
    let ranked = |probabilities: &Vec<f32>| -> Vec<(char, f32)> {
        let named = probabilities.iter().enumerate();
        let mut named: Vec<(char, f32)> = named
            .filter_map(|(class, &probability)| Some((alphabet.character(class)?, probability)))
            .collect();
        // Stable: the first of equals stays first, as where the best is chosen.
        named.sort_by(|a, b| b.1.total_cmp(&a.1));
        named
    };
    let (mut characters, mut breaks) = (Vec::new(), 0);
    for ranked in places.iter().map(ranked) {
        let Some(&(character, probability)) = ranked.first() else { continue };
        if character == LINE_BREAK {
            breaks += 1;
            continue;
        }
        let others = ranked[1..].iter().copied();
        let alternatives =
            others.filter(|&(other, probability)| other != LINE_BREAK && LEAST <= probability).take(MOST);
        characters.push(RawCharacter { character, probability, alternatives: alternatives.collect() });
    }
    let knows_lines = (0..alphabet.classes()).any(|class| alphabet.character(class) == Some(LINE_BREAK));
    let lines = match breaks {
        _ if !knows_lines || characters.is_empty() => None,
        0 => Some(Lines::One),
        _ => Some(Lines::Two),
    };
    RawRead { characters, lines, colours: None }
}
