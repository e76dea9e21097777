//! A gates file → its gates, with every problem in it.

use std::path::{Path, PathBuf};

use models::BadValue;
use serde::Deserialize;
use toml::Spanned;

use super::{Gate, Gates, Rule, ScorePath};
use crate::truth::{Findings, Lines, Problems};

/// Why gates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GatesError {
    /// The file cannot be read.
    #[error("could not read gates `{}`", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Problems in the file, all of them.
    #[error("{0}")]
    Refused(Problems),
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GatesToml {
    #[serde(default)]
    gate: Vec<Spanned<GateToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct GateToml {
    score: Spanned<String>,
    at_least: Option<Spanned<f64>>,
    at_most: Option<Spanned<f64>>,
    max_drop: Option<Spanned<f64>>,
    max_drop_significant: Option<Spanned<f64>>,
    why: Option<String>,
}

impl Gates {
    /// Reads a gates file.
    ///
    /// # Errors
    /// [`GatesError`], with every problem: unknown keys and paths, values that cannot be right, a gate without a rule, a
    /// file without a gate.
    pub fn read(file: &Path) -> Result<Self, GatesError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| GatesError::Read { file: file.to_owned(), source })?;
        Self::parse(file, &text).map_err(GatesError::Refused)
    }

    /// As [`Gates::read`], of the text of `file`.
    ///
    /// # Errors
    /// All problems.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Problems> {
        let lines = Lines::of(text);
        let mut findings = Findings::new(file);
        let written: GatesToml = match toml::from_str(text) {
            Ok(written) => written,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                // A value of another type is told without its key.
                let written = text[..at].rsplit('\n').next().and_then(|line| line.split_once('='));
                let key = written.map_or("", |(key, _)| key.trim());
                let prefix = if key.is_empty() { String::new() } else { format!("`{key}`: ") };
                findings.note(lines.at(at), key, format!("{prefix}{}", error.message()));
                GatesToml { gate: Vec::new() }
            }
        };
        if written.gate.is_empty() && findings.len() == 0 {
            findings.note(1, "gate", "`gate`: none, expected at least one `[[gate]]`");
        }
        let gates = written.gate.into_iter().enumerate();
        let gates = gates.filter_map(|(index, gate)| check(index, gate, &lines, &mut findings)).collect();
        findings.finish(Self { file: file.to_owned(), gates })
    }
}

fn check(index: usize, gate: Spanned<GateToml>, lines: &Lines<'_>, findings: &mut Findings) -> Option<Gate> {
    let line = lines.at(gate.span().start);
    let before = findings.len();
    let key = |name: &str| format!("gate[{index}].{name}");
    let GateToml { score, at_least, at_most, max_drop, max_drop_significant, why } = gate.into_inner();
    let path = ScorePath::parse(score.get_ref());
    let path = path.map_err(|nearest| {
        let expected = format!("the path of a score, nearest is `{nearest}`");
        findings.value(lines.at(score.span().start), BadValue::new(key("score"), score.get_ref(), expected));
    });
    let mut rules = Vec::new();
    for (rule, bound) in Rule::ALL.into_iter().zip([at_least, at_most, max_drop, max_drop_significant]) {
        let Some(bound) = bound else { continue };
        let value = *bound.get_ref();
        let at = lines.at(bound.span().start);
        if !value.is_finite() {
            findings.value(at, BadValue::new(key(rule.key()), value, "a finite number"));
        } else if rule.needs_base_line() && value < 0.0 {
            findings.value(at, BadValue::new(key(rule.key()), value, "0 or more"));
        }
        if rule == Rule::MaxDropSignificant
            && let Ok(path) = &path
            && !path.is_resampled()
        {
            let message =
                format!("`{}`: `{path}` has no interval between two runs, use `max-drop`", key(rule.key()));
            findings.note(at, key(rule.key()), message);
        }
        rules.push((rule, value));
    }
    if rules.is_empty() {
        let keys = Rule::ALL.map(|rule| format!("`{rule}`")).join(", ");
        findings.note(
            line,
            key("score"),
            format!("`gate[{index}]` has no rule, expected one or more of {keys}"),
        );
    }
    if let [(Rule::AtLeast, least), (Rule::AtMost, most), ..] = rules[..]
        && most < least
    {
        findings
            .value(line, BadValue::new(key("at-most"), most, format!("no less than `at-least`, {least}")));
    }
    let score = path.ok()?;
    (findings.len() == before).then_some(Gate { line, score, rules, why })
}
