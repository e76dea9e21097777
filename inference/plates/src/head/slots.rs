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

/// The probabilities of the classes in each slot in which a character is the likeliest, and how sure the least sure of the
/// others is to be empty.
pub(super) fn places(
    alphabet: &Alphabet,
    scores: Scores,
    shape: &[i64],
    data: &[f32],
) -> Result<(Vec<Vec<f32>>, f32), PlateError> {
    let rows = rows(alphabet, scores, shape, data)?;
    let (mut places, mut complete) = (Vec::new(), 1.0f32);
    for (slot, (class, probability)) in rows.best().enumerate() {
        match alphabet.character(class) {
            Some(_) => places.push(rows.probabilities(slot)),
            None => complete = complete.min(probability),
        }
    }
    Ok((places, complete))
}

fn rows<'a>(
    alphabet: &Alphabet,
    scores: Scores,
    shape: &[i64],
    data: &'a [f32],
) -> Result<Rows<'a>, PlateError> {
    Rows::of(data, shape, "slots", alphabet.classes(), false, scores)
}
