use super::CtcAxes;
use super::scores::{Rows, Scores};
use crate::{Alphabet, PlateError, PlateText};

/// Greedy: the best symbol of each step, equal neighbours as one, blanks left out. A character that lasts for several
/// steps has the probability of its surest one.
pub(super) fn decode(
    alphabet: &Alphabet,
    scores: Scores,
    axes: CtcAxes,
    shape: &[i64],
    data: &[f32],
) -> Result<PlateText, PlateError> {
    let classes_first = axes == CtcAxes::ClassesSteps;
    let rows = Rows::of(data, shape, "steps", alphabet.classes(), classes_first, scores)?;
    let mut characters: Vec<(char, f32)> = Vec::new();
    let mut before = None;
    for (class, probability) in rows.best() {
        let lasts = before == Some(class);
        before = Some(class);
        let Some(character) = alphabet.character(class) else { continue };
        match characters.last_mut() {
            Some((_, surest)) if lasts => *surest = surest.max(probability),
            _ => characters.push((character, probability)),
        }
    }
    Ok(PlateText::new(characters))
}
