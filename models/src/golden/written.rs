//! Golden vectors as `make.py` wrote them, and the way from there to [`Golden`].

use std::path::Path;

use serde::Deserialize;
use vision::SizePx;

use super::{Case, ExpectedBox, ExpectedOutput, ExpectedResults, Golden, GoldenError};
use crate::{BadValue, Card};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenToml {
    sha256: String,
    case: Vec<CaseToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseToml {
    size: [u32; 2],
    output: Vec<OutputToml>,
    results: Option<ResultsToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputToml {
    name: String,
    shape: Vec<i64>,
    tolerance: f32,
    mean: Option<f32>,
    samples: Vec<(usize, f32)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ResultsToml {
    min_score: Option<f32>,
    #[serde(default)]
    boxes: Vec<BoxToml>,
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BoxToml {
    class: String,
    score: f32,
    r#box: [f32; 4],
}

pub(super) fn parse(card: &Card, file: &Path, text: &str) -> Result<Golden, GoldenError> {
    let written: GoldenToml = toml::from_str(text)
        .map_err(|err| GoldenError::Syntax { file: file.to_owned(), source: Box::new(err) })?;
    check(card, written).map_err(|source| GoldenError::Value { file: file.to_owned(), source })
}

fn check(card: &Card, written: GoldenToml) -> Result<Golden, BadValue> {
    let of_card = card.artifact.sha256.to_string();
    if written.sha256 != of_card {
        let expected = format!("\"{of_card}\", the model file of card `{}`", card.id);
        return Err(BadValue::new("sha256", written.sha256, expected));
    }
    if written.case.is_empty() {
        return Err(BadValue::new("case", "none", "at least one"));
    }
    let mut cases: Vec<Case> = Vec::new();
    for (i, case) in written.case.into_iter().enumerate() {
        let key = |name: &str| format!("case[{i}].{name}");
        let size = SizePx::new(case.size[0], case.size[1]);
        if !card.input.size.takes(size) {
            return Err(BadValue::new(key("size"), case.size, format!("one that model `{}` takes", card.id)));
        }
        if cases.iter().any(|other| other.size == size) {
            return Err(BadValue::new(key("size"), case.size, "each size once"));
        }
        if case.output.is_empty() {
            return Err(BadValue::new(key("output"), "none", "at least one"));
        }
        let outputs = case.output.into_iter().enumerate();
        let outputs = outputs.map(|(j, output)| output.check(card, &key(&format!("output[{j}]"))));
        let outputs = outputs.collect::<Result<_, _>>()?;
        let results = case.results.map_or_else(ExpectedResults::default, ResultsToml::into_results);
        cases.push(Case { size, outputs, results });
    }
    Ok(Golden { cases })
}

impl OutputToml {
    fn check(self, card: &Card, key: &str) -> Result<ExpectedOutput, BadValue> {
        let Self { name, shape, tolerance, mean, samples } = self;
        if !card.outputs.contains(&name) {
            return Err(BadValue::new(format!("{key}.name"), name, format!("one of {:?}", card.outputs)));
        }
        // Whatever compared with a tolerance that is no number is right.
        if !(tolerance.is_finite() && 0.0 < tolerance) {
            return Err(BadValue::new(format!("{key}.tolerance"), tolerance, "a finite number above 0"));
        }
        let values = samples.iter().map(|(_, value)| *value).chain(mean);
        if let Some(value) = values.into_iter().find(|value| !value.is_finite()) {
            return Err(BadValue::new(key, value, "finite samples and a finite mean"));
        }
        if samples.is_empty() {
            return Err(BadValue::new(format!("{key}.samples"), samples, "at least one"));
        }
        if shape.is_empty() || shape.iter().any(|side| *side < -1) {
            return Err(BadValue::new(format!("{key}.shape"), shape, "sizes, -1 for any"));
        }
        Ok(ExpectedOutput { name, shape, samples, mean, tolerance })
    }
}

impl ResultsToml {
    fn into_results(self) -> ExpectedResults {
        let expected = |BoxToml { class, score, r#box }| ExpectedBox { class, score, sides: r#box };
        ExpectedResults {
            boxes: self.boxes.into_iter().map(expected).collect(),
            min_score: self.min_score.unwrap_or_default(),
            text: self.text,
        }
    }
}
