//! The golden run of `cairn models verify`: each model answers to a known picture, through the sessions that serve cameras.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use engine::{
    Batching, InputElement, InputShape, Outputs, Proof, Provider, Request, Runtime, SessionHandle,
    SessionSpec, TensorView, Wish,
};
use models::golden::{Case, Deviation, ExpectedOutput, Golden, Values};
use models::{Card, InputBatch};
use serde_json::{Value, json};

use crate::sessions;

/// A model that needs longer than this for one picture is of no use on this machine.
const LIMIT: Duration = Duration::from_secs(120);

/// What came of the golden run of one model.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Each case with the output that came nearest to its tolerance.
    Right(Vec<Agreement>),
    /// The card names no golden vectors.
    NoVectors,
    /// Its licence was not accepted, so it was not run.
    NotAccepted(String),
    /// It did not run, or gave something else; with the reason.
    Wrong(String),
}

/// One case that came out right.
#[derive(Debug, PartialEq)]
pub(super) struct Agreement {
    size: (u32, u32),
    output: String,
    deviation: f32,
    tolerance: f32,
}

/// Runs the golden vectors of `card` on its model in `file`.
pub(super) fn verdict(runtime: &Runtime, card: &Card, file: &Path) -> Verdict {
    let golden = match Golden::of(card) {
        Ok(Some(golden)) => golden,
        Ok(None) => return Verdict::NoVectors,
        Err(error) => return Verdict::Wrong(format!("{:#}", anyhow::Error::from(error))),
    };
    let proofs = golden.cases.iter().map(|case| {
        let size = case.size;
        prove(runtime, card, file, case)
            .and_then(|agreement| prove_batch(runtime, card, file, case).map(|()| agreement))
            .with_context(|| format!("golden input of {size}"))
    });
    match proofs.collect::<anyhow::Result<Vec<Agreement>>>() {
        Ok(proofs) => Verdict::Right(proofs),
        Err(error) => Verdict::Wrong(format!("{error:#}")),
    }
}

impl Verdict {
    /// Whether nothing is wrong with the model, as far as it was looked at.
    pub(super) fn is_fine(&self) -> bool {
        !matches!(self, Self::Wrong(_))
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Right(_) => "ok",
            Self::NoVectors => "none",
            Self::NotAccepted(_) => "not-accepted",
            Self::Wrong(_) => "wrong",
        }
    }

    /// In a line for an operator.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Right(proofs) => {
                let proof = |Agreement { size: (width, height), deviation, tolerance, .. }: &Agreement| {
                    format!("{width}x{height} off by {} of {tolerance:.1e}", rounded(*deviation))
                };
                let proofs: Vec<String> = proofs.iter().map(proof).collect();
                format!("answers as it should: {}", proofs.join(", "))
            }
            Self::NoVectors => "no golden vectors".to_owned(),
            Self::NotAccepted(reason) => format!("not run: {reason}"),
            Self::Wrong(reason) => reason.clone(),
        }
    }

    pub(super) fn document(&self) -> Value {
        let proofs: &[Agreement] = if let Self::Right(proofs) = self { proofs } else { &[] };
        let proof = |proof: &Agreement| {
            json!({
                "size": [proof.size.0, proof.size.1],
                "output": proof.output,
                "max_deviation": proof.deviation,
                "tolerance": proof.tolerance,
            })
        };
        let problem = match self {
            Self::NotAccepted(reason) | Self::Wrong(reason) => Some(reason),
            Self::Right(_) | Self::NoVectors => None,
        };
        json!({
            "state": self.word(),
            "cases": proofs.iter().map(proof).collect::<Vec<Value>>(),
            "problem": problem,
        })
    }
}

fn rounded(deviation: f32) -> String {
    if deviation == 0.0 { "0".to_owned() } else { format!("{deviation:.1e}") }
}

fn prove(runtime: &Runtime, card: &Card, file: &Path, case: &Case) -> anyhow::Result<Agreement> {
    let spec = SessionSpec {
        name: card.id.clone(),
        model: file.to_owned(),
        input: InputShape {
            name: card.input.name.clone(),
            size: case.size,
            element: card.input.element,
            layout: card.input.layout,
        },
        outputs: case.outputs.iter().map(|output| output.name.clone()).collect(),
        queue: 1,
        intra_op_threads: 1,
        provider: Wish::Require(Provider::Cpu).into(),
        batch: Batching::default(),
        // What the session says is looked at in full below.
        proof: Proof::Finite,
    };
    let input = case.input(card)?;
    let (session, _thread) = SessionHandle::spawn(runtime, spec)?;
    let expected = case.outputs.clone();
    match input {
        Values::F32(input) => answer(&session, Known { input, expected }, case),
        Values::U8(input) => answer(&session, Known { input, expected }, case),
    }
}

/// Whether each of two pictures in one run gives the golden answers, where the card says that it takes several.
fn prove_batch(runtime: &Runtime, card: &Card, file: &Path, case: &Case) -> anyhow::Result<()> {
    if card.input.batch == InputBatch::One {
        return Ok(());
    }
    let alone = sessions::spec(card, file, case.size, 1, 1, Wish::Require(Provider::Cpu).into())?;
    let spec = SessionSpec { batch: Batching { max: 2, ..Batching::default() }, ..alone };
    engine::prepare(runtime, &spec)
        .context("`batch` of its card is \"any\", and two pictures were run at once")?;
    Ok(())
}

fn answer<E: InputElement>(
    session: &SessionHandle,
    known: Known<E>,
    case: &Case,
) -> anyhow::Result<Agreement> {
    let (output, deviation, tolerance) = session.run(known, LIMIT)?.output?;
    Ok(Agreement { size: (case.size.width, case.size.height), output, deviation, tolerance })
}

/// A known input on its way through a session.
struct Known<E> {
    input: Vec<E>,
    expected: Vec<ExpectedOutput>,
}

impl<E: InputElement> Request for Known<E> {
    type Element = E;
    /// The output that came nearest to its tolerance, how far it is off, and that tolerance.
    type Output = Result<(String, f32, f32), Deviation>;

    fn fill(&mut self, input: &mut [E]) {
        input.copy_from_slice(&self.input);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Self::Output {
        let mut nearest: Option<(String, f32, f32)> = None;
        for expected in &self.expected {
            let TensorView { shape, data } = outputs
                .named(&expected.name)
                .ok_or_else(|| Deviation::Missing { output: expected.name.clone() })?;
            let (off, tolerance) = (expected.compare(shape, data)?, expected.tolerance);
            if nearest.as_ref().is_none_or(|(_, other, allowed)| other / allowed < off / tolerance) {
                nearest = Some((expected.name.clone(), off, tolerance));
            }
        }
        nearest.ok_or_else(|| Deviation::Missing { output: "any".to_owned() })
    }
}

#[cfg(test)]
mod tests;
