use super::scores::{Rows, Scores};
use crate::{Alphabet, PlateError, PlateText};

/// The best character of each slot, empty slots left out; equal neighbours are two characters.
pub(super) fn decode(
    alphabet: &Alphabet,
    scores: Scores,
    shape: &[i64],
    data: &[f32],
) -> Result<PlateText, PlateError> {
    let rows = Rows::of(data, shape, "slots", alphabet.classes(), false, scores)?;
    let character =
        |(class, probability)| alphabet.character(class).map(|character| (character, probability));
    Ok(PlateText::new(rows.best().filter_map(character).collect()))
}
