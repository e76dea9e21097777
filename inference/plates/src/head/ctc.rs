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
    let rows = rows(alphabet, scores, axes, shape, data)?;
    let characters = surest(alphabet, &rows)
        .into_iter()
        .map(|Surest { character, probability, .. }| (character, probability));
    Ok(PlateText::new(characters.collect()))
}

/// The probabilities of the classes in the surest step of each character.
pub(super) fn places(
    alphabet: &Alphabet,
    scores: Scores,
    axes: CtcAxes,
    shape: &[i64],
    data: &[f32],
) -> Result<Vec<Vec<f32>>, PlateError> {
    let rows = rows(alphabet, scores, axes, shape, data)?;
    Ok(surest(alphabet, &rows).into_iter().map(|surest| rows.probabilities(surest.step)).collect())
}

/// A character and the step at which it is surest.
struct Surest {
    character: char,
    probability: f32,
    step: usize,
}

fn surest(alphabet: &Alphabet, rows: &Rows<'_>) -> Vec<Surest> {
    let mut characters: Vec<Surest> = Vec::new();
    let mut before = None;
    for (step, (class, probability)) in rows.best().enumerate() {
        let lasts = before == Some(class);
        before = Some(class);
        let Some(character) = alphabet.character(class) else { continue };
        let found = Surest { character, probability, step };
        match characters.last_mut() {
            Some(known) if lasts => {
                if known.probability < probability {
                    *known = found;
                }
            }
            _ => characters.push(found),
        }
    }
    characters
}

fn rows<'a>(
    alphabet: &Alphabet,
    scores: Scores,
    axes: CtcAxes,
    shape: &[i64],
    data: &'a [f32],
) -> Result<Rows<'a>, PlateError> {
    Rows::of(data, shape, "steps", alphabet.classes(), axes == CtcAxes::ClassesSteps, scores)
}
