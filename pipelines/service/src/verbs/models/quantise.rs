//! `cairn models quantise`: a model in 8-bit integers, if it is as good and faster.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::pulling::Accepted;
use crate::eval::{self, BadRequest};
use crate::quantise::{self, Order};

/// Exit code when no candidate may be installed.
const EXIT_FELL_SHORT: u8 = 2;

#[derive(Debug, clap::Args)]
pub(crate) struct QuantiseArgs {
    /// Id of the model, one that detects.
    #[arg(value_name = "CARD")]
    model: String,
    /// The dataset file whose detection items calibrate and judge.
    #[arg(long, value_name = "DATASET")]
    calibrate: PathBuf,
    /// Points of average precision, hundredths of its scale, that may be lost.
    #[arg(long, value_name = "POINTS", default_value_t = 0.5, allow_negative_numbers = true, value_parser = points)]
    max_loss: f64,
    /// What runs both models: one name requires that provider, a list such as `openvino,cpu` prefers them in this order.
    #[arg(long, value_name = "NAME[,NAME…]", default_value = "cpu")]
    provider: engine::Wish,
    /// Frames and pictures to calibrate with, spread evenly over the dataset.
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u16).range(1..=2000))]
    samples: u16,
    /// At most so many frames of each clip and pictures of each set.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Folder that gets `cards` and `models` with what was made, instead of the home.
    #[arg(long, value_name = "FOLDER")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    accepted: Accepted,
    /// Write the document, `cairn.quantise/1`; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Exit code 0 when a model was installed, [`EXIT_FELL_SHORT`] when none may be, [`crate::EXIT_USAGE`] for a model, a dataset
/// or an argument that cannot be used.
pub(super) fn run(args: QuantiseArgs) -> anyhow::Result<ExitCode> {
    match carry_out(args) {
        Err(error) if error.is::<BadRequest>() => {
            eprintln!("cairn: {error:#}");
            Ok(ExitCode::from(crate::EXIT_USAGE))
        }
        other => other,
    }
}

fn carry_out(args: QuantiseArgs) -> anyhow::Result<ExitCode> {
    let QuantiseArgs { model, calibrate, max_loss, provider, samples, limit, out_dir, accepted, json } = args;
    let to_stdout = json.as_deref() == Some(Path::new("-"));
    if let Some(file) = json.as_deref().filter(|_| !to_stdout) {
        eval::probe(file)?;
    }
    let samples = usize::from(samples);
    let accepted = accepted.accept;
    let order = Order { model, dataset: calibrate, max_loss, provider, samples, limit, out_dir, accepted };
    let report = quantise::carry_out(&order)?;
    if !to_stdout {
        println!("{}", report.text());
    }
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&report.document()?)?;
        if to_stdout {
            println!("{text}");
        } else {
            eval::write(&file, &format!("{text}\n"))?;
        }
    }
    Ok(if report.passes() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FELL_SHORT) })
}

fn points(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(points) if (0.0..=100.0).contains(&points) => Ok(points),
        _ => Err("expected points from 0 to 100, such as 0.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_a_number_of_points() {
        assert_eq!(points("0.5"), Ok(0.5));
        for bad in ["-1", "101", "NaN", "half", ""] {
            assert!(points(bad).is_err(), "{bad}");
        }
    }
}
