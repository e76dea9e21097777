use std::fmt;

use crate::TrackError;

/// Share of the mean that stays when an observation comes in (BoT-SORT's α).
const MOMENTUM: f32 = 0.9;
/// How far from 1 the length of an embedding may be: half-precision models are off by less.
const NORM_TOLERANCE: f64 = 1e-2;

/// What an object looks like: the exponential mean of its embeddings, of length 1; empty when nobody told.
///
/// Lives in the memory of an open track and nowhere else: it cannot be printed or written down, and is wiped when the
/// track ends.
#[derive(Clone, Default)]
pub(crate) struct Appearance(Vec<f32>);

impl Appearance {
    /// Takes in an embedding of length 1.
    pub(crate) fn observe(&mut self, embedding: &[f32]) {
        if self.0.is_empty() {
            self.0.extend_from_slice(embedding);
            return;
        }
        for (mean, number) in self.0.iter_mut().zip(embedding) {
            *mean = MOMENTUM * *mean + (1.0 - MOMENTUM) * number;
        }
        // An embedding turns the mean by less than a quarter, so its length stays well above 0.
        let scale = 1.0 / norm(&self.0);
        self.0.iter_mut().for_each(|mean| *mean = (f64::from(*mean) * scale) as f32);
    }

    /// Cosine distance to an embedding of length 1, in `[0, 2]`; `None` when nothing is known.
    pub(crate) fn distance(&self, embedding: &[f32]) -> Option<f32> {
        let cosine: f32 = self.0.iter().zip(embedding).map(|(mean, number)| mean * number).sum();
        (!self.0.is_empty()).then(|| (1.0 - cosine).clamp(0.0, 2.0))
    }

    /// Forgets everything; only the room is kept.
    pub(crate) fn wipe(&mut self) {
        self.0.fill(0.0);
        self.0.clear();
    }
}

impl fmt::Debug for Appearance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "unknown" } else { "known" })
    }
}

/// The number of numbers in each embedding, `None` when there is none at all.
///
/// # Errors
/// When there is not one entry for each observation, sizes differ from `size` or from each other, or a length is not 1.
pub(crate) fn check(
    observations: usize,
    appearances: &[Option<&[f32]>],
    size: Option<usize>,
) -> Result<Option<usize>, TrackError> {
    if appearances.len() != observations {
        return Err(TrackError::AppearanceCount { appearances: appearances.len(), observations });
    }
    let mut size = size;
    for (observation, embedding) in appearances.iter().enumerate() {
        let Some(embedding) = embedding else { continue };
        let (actual, expected) = (embedding.len(), size.unwrap_or(embedding.len().max(1)));
        if actual != expected {
            return Err(TrackError::AppearanceSize { observation, actual, expected });
        }
        let norm = norm(embedding);
        // A length that is no number is in no range.
        if !(1.0 - NORM_TOLERANCE..=1.0 + NORM_TOLERANCE).contains(&norm) {
            return Err(TrackError::AppearanceNorm { observation, norm });
        }
        size = Some(expected);
    }
    Ok(size)
}

fn norm(embedding: &[f32]) -> f64 {
    embedding.iter().map(|&number| f64::from(number).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_follows_slowly_and_keeps_its_length() {
        let mut appearance = Appearance::default();
        assert_eq!(appearance.distance(&[1.0, 0.0]), None);
        appearance.observe(&[1.0, 0.0]);
        appearance.observe(&[0.0, 1.0]);
        let angle = (0.1f32 / 0.9).atan();
        let along = appearance.distance(&[1.0, 0.0]).expect("known");
        assert!((along - (1.0 - angle.cos())).abs() < 1e-6, "{along}");
        assert!((norm(&appearance.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_wiped_is_gone_and_what_is_kept_is_not_printed() {
        let mut appearance = Appearance::default();
        appearance.observe(&[0.6, 0.8]);
        assert_eq!(format!("{appearance:?}"), "known");
        appearance.wipe();
        assert_eq!(appearance.distance(&[0.6, 0.8]), None);
        assert_eq!(format!("{appearance:?}"), "unknown");
    }

    #[test]
    fn embeddings_that_do_not_fit_are_refused() {
        let unit: &[f32] = &[0.6, 0.8];
        assert_eq!(check(2, &[Some(unit), None], None), Ok(Some(2)));
        assert_eq!(check(1, &[None], Some(3)), Ok(Some(3)));
        let refused =
            |appearances: &[Option<&[f32]>], size| check(1, appearances, size).expect_err("refused");
        assert_eq!(
            refused(&[], None).to_string(),
            "got 0 entries of appearance, expected one for each of 1 observations"
        );
        assert_eq!(
            refused(&[Some(unit)], Some(3)).to_string(),
            "embedding of observation 0 has 2 numbers, expected 3"
        );
        assert_eq!(
            refused(&[Some(&[3.0, 4.0])], None).to_string(),
            "embedding of observation 0 has length 5, expected 1"
        );
        assert!(matches!(refused(&[Some(&[])], None), TrackError::AppearanceSize { expected: 1, .. }));
        assert!(matches!(refused(&[Some(&[f32::NAN])], None), TrackError::AppearanceNorm { .. }));
    }
}
