//! Gates held against a run.

use super::figures::Figures;
use super::{Gate, Gates, GatesError, Judgement, Rule};
use crate::report::Document;
use crate::report::compare::{CompareError, Comparison, Verdict, lower_is_better};
use crate::score::interval::Interval;
use crate::truth::Findings;

/// Differences of decimal fractions are off by about a unit in the last place: 0.31 - 0.30 is more than 0.01.
const ROUNDING: f64 = 1e-12;

impl Gates {
    /// Refuses rules about two runs where there is only one.
    ///
    /// # Errors
    /// Every such rule.
    pub fn need_no_base_line(&self) -> Result<(), GatesError> {
        let mut findings = Findings::new(&self.file);
        for (index, gate) in self.gates.iter().enumerate() {
            for (rule, _) in gate.rules.iter().filter(|(rule, _)| rule.needs_base_line()) {
                let key = format!("gate[{index}].{rule}");
                let message = format!("`{key}` is about two runs, expected a base line before the candidate");
                findings.note(gate.line, key, message);
            }
        }
        findings.finish(()).map_err(GatesError::Refused)
    }

    /// Holds `candidate` alone to the gates; rules about two runs fall short.
    ///
    /// See [`Gates::need_no_base_line`].
    pub fn judge(&self, candidate: &Document) -> Vec<Judgement> {
        let mut b = Figures::new(candidate);
        let rules = self.rules();
        rules.map(|(gate, rule, bound)| judge(gate, rule, bound, None, &mut b)).collect()
    }

    /// Holds the candidate of `comparison` to the gates.
    ///
    /// # Errors
    /// When the two runs cannot be compared where a gate asks for it.
    pub fn judge_against(&self, comparison: &Comparison<'_>) -> Result<Vec<Judgement>, CompareError> {
        let (mut a, mut b) = (Figures::new(comparison.a), Figures::new(comparison.b));
        let mut judgements = Vec::new();
        for (gate, rule, bound) in self.rules() {
            judgements.push(match rule {
                Rule::MaxDropSignificant => significant(gate, bound, comparison, &mut b)?,
                rule => judge(gate, rule, bound, Some(&mut a), &mut b),
            });
        }
        Ok(judgements)
    }

    fn rules(&self) -> impl Iterator<Item = (&Gate, Rule, f64)> {
        self.gates.iter().flat_map(|gate| gate.rules.iter().map(move |(rule, bound)| (gate, *rule, *bound)))
    }
}

fn judge(gate: &Gate, rule: Rule, bound: f64, a: Option<&mut Figures<'_>>, b: &mut Figures<'_>) -> Judgement {
    let Some(value) = b.get(&gate.score) else { return absent(gate, rule, bound, b) };
    let (holds, base_line, said) = match rule {
        Rule::AtLeast => (bound <= value, None, format!("is {value:.6}, at least {bound} wanted")),
        Rule::AtMost => (value <= bound, None, format!("is {value:.6}, at most {bound} wanted")),
        Rule::MaxDrop | Rule::MaxDropSignificant => match a.and_then(|a| a.get(&gate.score)) {
            None => return no_base_line(gate, rule, bound, value),
            Some(base) => {
                let worse = if lower_is_better(gate.score.score()) { value - base } else { base - value };
                let said = format!(
                    "is {value:.6} and was {base:.6}: worse by {:.6}, at most {bound} wanted",
                    worse.max(0.0)
                );
                (worse <= bound + ROUNDING, Some(base), said)
            }
        },
    };
    judgement(gate, rule, bound, Some(value), base_line, holds, said)
}

fn significant(
    gate: &Gate,
    bound: f64,
    comparison: &Comparison<'_>,
    b: &mut Figures<'_>,
) -> Result<Judgement, CompareError> {
    let rule = Rule::MaxDropSignificant;
    let group = gate.score.group();
    let Some(selection) = group.selection(comparison.b) else { return Ok(absent(gate, rule, bound, b)) };
    let changes = comparison.changes(selection)?;
    let (task, score) = gate.score.task_and_score();
    let change = changes.get(task).and_then(|task| task.scores.get(score));
    let Some((change, base, value)) = change.and_then(|change| Some((change, change.a?, change.b?))) else {
        return Ok(match b.get(&gate.score) {
            None => absent(gate, rule, bound, b),
            Some(value) => no_base_line(gate, rule, bound, value),
        });
    };
    let (holds, said) = match change.interval {
        None => (true, format!("is {value:.6} and was {base:.6}: too few units to tell")),
        Some(Interval { low, high }) => {
            let least_drop = if lower_is_better(score) { low } else { -high };
            let said = format!(
                "is {value:.6} and was {base:.6}: moved by {low:+.6} to {high:+.6}, a significant drop of at most \
                 {bound} wanted"
            );
            (change.verdict != Verdict::Worse || least_drop <= bound + ROUNDING, said)
        }
    };
    Ok(judgement(gate, rule, bound, Some(value), Some(base), holds, said))
}

fn absent(gate: &Gate, rule: Rule, bound: f64, b: &Figures<'_>) -> Judgement {
    let why = b.why_absent(&gate.score).map(|why| format!(": {why}")).unwrap_or_default();
    judgement(gate, rule, bound, None, None, false, format!("is absent{why}, {rule} {bound} wanted"))
}

fn no_base_line(gate: &Gate, rule: Rule, bound: f64, value: f64) -> Judgement {
    judgement(gate, rule, bound, Some(value), None, false, format!("is {value:.6}, absent in the base line"))
}

fn judgement(
    gate: &Gate,
    rule: Rule,
    bound: f64,
    value: Option<f64>,
    base_line: Option<f64>,
    holds: bool,
    said: String,
) -> Judgement {
    Judgement {
        score: gate.score.to_string(),
        rule,
        bound,
        value,
        base_line,
        holds,
        said,
        why: gate.why.clone(),
    }
}
