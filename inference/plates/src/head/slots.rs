use super::scores::{Rows, Scores};
use crate::{Alphabet, PlateError, PlateText};

/// The best character of each slot, empty slots left out; equal neighbours are two characters.
pub(super) fn decode(
    alphabet: &Alphabet,
    scores: Scores,
    shape: &[i64],
    data: &[f32],
) -> Result<PlateText, PlateError> {
    let rows = rows(alphabet, scores, shape, data)?;
    let character =
        |(class, probability)| alphabet.character(class).map(|character| (character, probability));
    Ok(PlateText::new(rows.best().filter_map(character).collect()))
}

/// The probabilities of the classes in each slot in which a character is the likeliest.
pub(super) fn places(
    alphabet: &Alphabet,
    scores: Scores,
    shape: &[i64],
    data: &[f32],
) -> Result<Vec<Vec<f32>>, PlateError> {
    let rows = rows(alphabet, scores, shape, data)?;
    let filled = rows.best().enumerate().filter(|&(_, (class, _))| alphabet.character(class).is_some());
    Ok(filled.map(|(slot, _)| rows.probabilities(slot)).collect())
}

fn rows<'a>(
    alphabet: &Alphabet,
    scores: Scores,
    shape: &[i64],
    data: &'a [f32],
) -> Result<Rows<'a>, PlateError> {
    Rows::of(data, shape, "slots", alphabet.classes(), false, scores)
}
