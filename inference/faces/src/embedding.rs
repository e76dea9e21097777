use std::fmt;

use crate::FaceError;

/// A face as a direction: a vector of length 1.
///
/// Its numbers can bring back a likeness of the face, so `Debug` prints only how many there are.
#[derive(Clone, PartialEq)]
pub struct Embedding {
    values: Vec<f32>,
}

impl Embedding {
    /// The direction of `output`, a model's output for one face.
    ///
    /// # Errors
    /// [`FaceError::NotFinite`] or [`FaceError::Zero`].
    pub fn new(output: &[f32]) -> Result<Self, FaceError> {
        if let Some(place) = output.iter().position(|value| !value.is_finite()) {
            return Err(FaceError::NotFinite { place });
        }
        // In f64 the square of no f32 overflows or vanishes.
        let norm = output.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        if norm == 0.0 {
            return Err(FaceError::Zero { length: output.len() });
        }
        Ok(Self { values: output.iter().map(|&value| (f64::from(value) / norm) as f32).collect() })
    }

    /// The numbers, for a gallery or an index; personal data.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedding").field("length", &self.values.len()).finish_non_exhaustive()
    }
}

/// Cosine of the angle between two embeddings of one model, in `[-1, 1]`; 1 for the same direction.
///
/// # Errors
/// [`FaceError::Length`] when they differ in length, and so cannot come from one model.
pub fn cosine(a: &Embedding, b: &Embedding) -> Result<f32, FaceError> {
    if a.values.len() != b.values.len() {
        return Err(FaceError::Length { actual: b.values.len(), expected: a.values.len() });
    }
    let product: f64 = a.values.iter().zip(&b.values).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
    Ok((product as f32).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn embedding(values: &[f32]) -> Embedding {
        Embedding::new(values).expect("a direction")
    }

    #[test]
    fn an_embedding_has_length_one() {
        assert_eq!(embedding(&[3.0, 0.0, -4.0]).values(), [0.6, 0.0, -0.8]);
        assert_eq!(embedding(&[f32::MAX, f32::MAX]).values(), [0.5f32.sqrt(); 2]);
        assert_eq!(embedding(&[f32::from_bits(1), 0.0]).values(), [1.0, 0.0]);
    }

    #[test]
    fn what_has_no_direction_is_refused() {
        let told = |values: &[f32]| Embedding::new(values).expect_err("refused").to_string();
        assert_eq!(told(&[1.0, f32::NAN]), "embedding has a value that is not finite at place 1");
        assert_eq!(told(&[f32::NEG_INFINITY]), "embedding has a value that is not finite at place 0");
        assert_eq!(told(&[0.0, -0.0]), "embedding of 2 values is zero, expected a direction");
        assert_eq!(told(&[]), "embedding of 0 values is zero, expected a direction");
    }

    #[test]
    fn no_number_is_printed() {
        assert_eq!(format!("{:?}", embedding(&[3.0, 0.0, -4.0])), "Embedding { length: 3, .. }");
    }

    #[test]
    fn embeddings_of_two_models_are_not_compared() {
        let error = cosine(&embedding(&[1.0, 0.0]), &embedding(&[1.0])).expect_err("refused");
        assert_eq!(error.to_string(), "embedding has 1 values, expected 2");
    }

    #[test]
    fn the_cosine_is_that_of_the_angle() {
        let east = embedding(&[2.0, 0.0]);
        for (other, expected) in
            [([5.0, 0.0], 1.0), ([0.0, 3.0], 0.0), ([-1.0, 0.0], -1.0), ([1.0, 1.0], 0.5f32.sqrt())]
        {
            assert_eq!(cosine(&east, &embedding(&other)), Ok(expected));
        }
    }

    proptest! {
        #[test]
        fn the_cosine_is_symmetric_within_its_range_and_blind_to_scale(
            a in proptest::collection::vec(-100f32..100.0, 8),
            b in proptest::collection::vec(-100f32..100.0, 8),
            scale in 1e-3f32..1e3,
        ) {
            let (Ok(first), Ok(second)) = (Embedding::new(&a), Embedding::new(&b)) else { return Ok(()) };
            let there = cosine(&first, &second).expect("one length");
            prop_assert!((-1.0..=1.0).contains(&there));
            prop_assert_eq!(Ok(there), cosine(&second, &first));
            prop_assert!((cosine(&first, &first).expect("one length") - 1.0).abs() < 1e-6);
            let scaled: Vec<f32> = b.iter().map(|value| value * scale).collect();
            if let Ok(scaled) = Embedding::new(&scaled) {
                prop_assert!((cosine(&first, &scaled).expect("one length") - there).abs() < 1e-5);
            }
        }
    }
}
