use super::{Colours, Lines};
use crate::PlateText;

/// What a reader said and a camera saw of one plate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawRead {
    /// In the order of reading, the upper line first.
    pub characters: Vec<RawCharacter>,
    /// Lines of text, where somebody could tell; ranks, never forbids.
    pub lines: Option<Lines>,
    /// Colours, where somebody could tell; ranks, never forbids.
    pub colours: Option<Colours>,
}

/// One character as read.
#[derive(Clone, Debug, PartialEq)]
pub struct RawCharacter {
    /// The likeliest.
    pub character: char,
    /// Its probability, in `[0, 1]`; anything else counts as 1.
    pub probability: f32,
    /// Others with their probabilities; those outside `[0, 1]` count as 0.
    pub alternatives: Vec<(char, f32)>,
}

impl RawRead {
    /// The characters as one string, untouched.
    pub fn text(&self) -> String {
        self.characters.iter().map(|read| read.character).collect()
    }
}

impl From<&str> for RawRead {
    /// A text without doubts.
    fn from(text: &str) -> Self {
        let characters = text
            .chars()
            .map(|character| RawCharacter { character, probability: 1.0, alternatives: Vec::new() })
            .collect();
        Self { characters, lines: None, colours: None }
    }
}

impl From<&PlateText> for RawRead {
    fn from(read: &PlateText) -> Self {
        let characters = read
            .characters
            .iter()
            .map(|&(character, probability)| RawCharacter {
                character,
                probability,
                alternatives: Vec::new(),
            })
            .collect();
        Self { characters, lines: None, colours: None }
    }
}

impl RawCharacter {
    /// Share of a look-alike's cost: 1 for a sure character, less the likelier `meant` is.
    pub(crate) fn resistance(&self, meant: char) -> f32 {
        let in_range = |probability: f32| (0.0..=1.0).contains(&probability);
        let read = if in_range(self.probability) { self.probability } else { 1.0 };
        let meant = self
            .alternatives
            .iter()
            .filter(|&&(character, probability)| character == meant && in_range(probability))
            .map(|&(_, probability)| probability)
            .fold(0.0, f32::max);
        read * (1.0 - meant)
    }
}
