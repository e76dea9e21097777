//! The first runs of a model: what it must show before it serves.

use ort::session::RunOptions;

use super::opening::{Reference, accepts, shape_of};
use super::{Model, Proof};
use crate::{EngineError, ExpectedOutput, Outputs, ProofInput, Provider, SessionSpec, TensorView};

/// Fills an input where no proof brings one: neither zero, which can hide a broken weight, nor outside any usual range.
const PLAIN_VALUE: f32 = 0.5;
/// The same for an input of bytes.
const PLAIN_BYTE: u8 = 127;

/// Runs `model` once as it will serve one picture, once as it will serve a whole batch, and holds every answer against
/// the proof.
pub(super) fn prove(
    model: &mut Model,
    spec: &SessionSpec,
    provider: Provider,
    reference: Option<&Reference>,
) -> Result<(), EngineError> {
    let trial = Trial::of(spec);
    let declared: Vec<(String, Vec<i64>)> = model
        .session
        .outputs()
        .iter()
        .map(|outlet| (outlet.name().to_owned(), shape_of(outlet).to_vec()))
        .collect();
    let options = RunOptions::new()
        .map_err(|source| EngineError::Run { session: spec.name.clone(), source: source.into() })?;
    let from_cpu = reference.and_then(|reference| reference.outputs.as_deref());
    for count in [1, model.batch()] {
        for place in 0..count {
            trial.fill(model, place)?;
        }
        let mut verdict = Ok(());
        model.infer(count, &options, |_, outputs| {
            if verdict.is_ok() {
                verdict = plausible(spec, &declared, outputs)
                    .and_then(|()| as_expected(spec, provider, outputs))
                    .and_then(|()| as_on_cpu(spec, provider, from_cpu, outputs));
            }
        })?;
        verdict?;
        if model.batch() == 1 {
            break;
        }
    }
    Ok(())
}

/// The input of the first runs.
pub(super) struct Trial<'a> {
    input: Option<&'a ProofInput>,
    spec: &'a SessionSpec,
}

impl<'a> Trial<'a> {
    pub(super) fn of(spec: &'a SessionSpec) -> Self {
        Self { input: spec.proof.input(), spec }
    }

    /// Writes it to `place` of the next run.
    pub(super) fn fill(&self, model: &mut Model, place: usize) -> Result<(), EngineError> {
        match (self.input, self.spec.input.element) {
            (Some(ProofInput::F32(values)), _) => model.input(place)?.copy_from_slice(values),
            (Some(ProofInput::U8(values)), _) => model.input(place)?.copy_from_slice(values),
            (None, vision::ElementType::F32) => model.input::<f32>(place)?.fill(PLAIN_VALUE),
            (None, vision::ElementType::U8) => model.input::<u8>(place)?.fill(PLAIN_BYTE),
        }
        Ok(())
    }
}

/// Shapes as declared, values finite.
fn plausible(
    spec: &SessionSpec,
    declared: &[(String, Vec<i64>)],
    outputs: &Outputs<'_>,
) -> Result<(), EngineError> {
    let wrong = outputs.iter().find_map(|(name, TensorView { shape, data })| {
        let declared = declared.iter().find(|(known, _)| known == name);
        // Some exports declare no shape at all; a scalar is no output of any use here.
        if let Some((_, expected)) = declared.filter(|(_, expected)| !expected.is_empty())
            && !accepts(expected, shape)
        {
            return Some(format!("output `{name}` has shape {shape:?}, expected {expected:?}"));
        }
        let place = data.iter().position(|value| !value.is_finite())?;
        Some(format!("output `{name}` has {} at place {place}, expected finite values", data[place]))
    });
    wrong.map_or(Ok(()), |reason| {
        Err(EngineError::CanaryFailed { session: spec.name.clone(), model: spec.model.clone(), reason })
    })
}

fn as_expected(spec: &SessionSpec, provider: Provider, outputs: &Outputs<'_>) -> Result<(), EngineError> {
    let Proof::Expected { outputs: expected, .. } = &spec.proof else { return Ok(()) };
    for ExpectedOutput { name, samples, tolerance } in expected {
        // The specification was checked: every expected output is one of its own.
        let data = outputs.named(name).map_or(&[][..], |view| view.data);
        for &(index, expected) in samples {
            let actual = data.get(index).copied();
            if !actual.is_some_and(|actual| tolerance.holds(actual, expected)) {
                return Err(failed(spec, provider, name, index, actual, expected, tolerance.bound(expected)));
            }
        }
    }
    Ok(())
}

fn as_on_cpu(
    spec: &SessionSpec,
    provider: Provider,
    from_cpu: Option<&[Vec<f32>]>,
    outputs: &Outputs<'_>,
) -> Result<(), EngineError> {
    let (Proof::AgreesWithCpu { tolerance, .. }, Some(from_cpu)) = (&spec.proof, from_cpu) else {
        return Ok(());
    };
    for ((name, view), from_cpu) in outputs.iter().zip(from_cpu) {
        let longest = view.data.len().max(from_cpu.len());
        for index in 0..longest {
            let (actual, expected) = (view.data.get(index), from_cpu.get(index));
            let holds = |actual: &f32| expected.is_some_and(|expected| tolerance.holds(*actual, *expected));
            if !actual.is_some_and(holds) {
                let expected = expected.copied().unwrap_or(f32::NAN);
                let bound = tolerance.bound(expected);
                return Err(failed(spec, provider, name, index, actual.copied(), expected, bound));
            }
        }
    }
    Ok(())
}

fn failed(
    spec: &SessionSpec,
    provider: Provider,
    output: &str,
    index: usize,
    actual: Option<f32>,
    expected: f32,
    tolerance: f32,
) -> EngineError {
    EngineError::ProofFailed {
        session: spec.name.clone(),
        model: spec.model.clone(),
        provider,
        output: output.to_owned(),
        index,
        actual,
        expected,
        tolerance,
    }
}
