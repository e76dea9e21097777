/// What a reader made of one picture of a plate.
#[derive(Clone, Debug, PartialEq)]
pub struct PlateText {
    /// The characters as one string; empty when the reader saw none.
    pub text: String,
    /// Each character with the probability that the reader gave it, in `[0, 1]`.
    pub characters: Vec<(char, f32)>,
    /// Probability of the weakest character; 0 when there is none.
    pub confidence: f32,
}

impl PlateText {
    pub(crate) fn new(characters: Vec<(char, f32)>) -> Self {
        let weakest = characters.iter().map(|&(_, probability)| probability).min_by(f32::total_cmp);
        Self {
            text: characters.iter().map(|&(character, _)| character).collect(),
            confidence: weakest.unwrap_or(0.0),
            characters,
        }
    }
}
