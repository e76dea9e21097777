//! `cairn check`: every problem of a configuration in one run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use edge_config::{Checked, Config, ConfigError, Problems, Strictness};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The box's configuration.
    pub(crate) config: PathBuf,
    /// Answer as one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Exit code 0 if the file is good, [`crate::EXIT_USAGE`] if it is not or cannot be read.
pub(crate) fn run(args: CheckArgs) -> anyhow::Result<ExitCode> {
    let result = edge_config::read(&args.config, Strictness::Strict);
    if args.json {
        let document = document(&args.config, &result);
        println!(
            "{}",
            serde_json::to_string_pretty(&document).context("could not write the answer as JSON")?
        );
    } else {
        match &result {
            Ok(checked) => println!("{}", summary(&args.config, &checked.config)),
            Err(error) => eprintln!("{}", refusal(error)),
        }
    }
    match result {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(_) => Ok(ExitCode::from(crate::EXIT_USAGE)),
    }
}

/// One line for a good file.
fn summary(path: &Path, config: &Config) -> String {
    let rules: usize = config.cameras.iter().map(|camera| camera.rules.len()).sum();
    let cameras = counted(config.cameras.len(), "camera");
    let rules = counted(rules, "rule");
    let mqtt = config.delivery.mqtt.as_ref().map(|mqtt| format!("mqtt://{}", mqtt.broker));
    let ledger = config.delivery.ledger.as_ref().map(|ledger| ledger.url());
    let destinations: Vec<String> = mqtt.into_iter().chain(ledger).collect();
    let destinations = match destinations.as_slice() {
        [] => "no destination, events stay on this box".to_owned(),
        known => format!("events go to {}", known.join(" and ")),
    };
    format!("{}: good: {cameras}, {rules}, {destinations}", path.display())
}

/// One line per problem and their count, or why there was nothing to check.
fn refusal(error: &ConfigError) -> String {
    match error {
        ConfigError::Refused(problems) => format!("{problems}\n{}", counted(problems.len(), "problem")),
        ConfigError::Unreadable { path, source } => format!("could not read `{}`: {source}", path.display()),
    }
}

/// The same for a program. `error` is there only where the file could not be read.
fn document(path: &Path, result: &Result<Checked, ConfigError>) -> Value {
    let (problems, error) = match result {
        Ok(_) => (json!([]), None),
        Err(ConfigError::Refused(problems)) => (problem_list(problems), None),
        Err(error @ ConfigError::Unreadable { .. }) => (json!([]), Some(refusal(error))),
    };
    let mut document = json!({
        "schema": "cairn.check/1",
        "file": path.display().to_string(),
        "ok": result.is_ok(),
        "problems": problems,
    });
    if let Some(error) = error {
        document["error"] = json!(error);
    }
    document
}

fn problem_list(problems: &Problems) -> Value {
    let entry = |problem: &edge_config::Problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "key": problem.key,
            "message": problem.message,
        })
    };
    problems.iter().map(entry).collect()
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use edge_config::{Checked, ConfigError, Strictness, parse, read};
    use serde_json::json;

    use super::{document, refusal, summary};

    const GOOD: &str = r#"
        [box]
        id = "box-7"
        site = "north-bank"
        data-dir = "data"
        [delivery.mqtt]
        broker = "mqtt://127.0.0.1"
        [[camera]]
        id = "trail-1"
        url = "rtsp://10.0.0.11/main"
    "#;

    fn judged(text: &str) -> Result<Checked, ConfigError> {
        parse("edge.toml", text, Path::new(""), Strictness::Strict, &|_| None).map_err(ConfigError::Refused)
    }

    #[test]
    fn a_good_file_is_summed_up_in_one_line() {
        let path = Path::new("edge.toml");
        let checked = judged(GOOD).unwrap();
        assert_eq!(
            summary(path, &checked.config),
            "edge.toml: good: 1 camera, 0 rules, events go to mqtt://127.0.0.1:1883"
        );
        let answer = json!({"schema": "cairn.check/1", "file": "edge.toml", "ok": true, "problems": []});
        assert_eq!(document(path, &Ok(checked)), answer);
    }

    #[test]
    fn problems_are_listed_and_counted() {
        let result = judged(&GOOD.replace("url", "ur").replace("box-7", "Box"));
        let first = "got \"Box\", expected an id of 1 to 64 characters of a-z, 0-9 and -";
        let missing = "missing, expected \"rtsp://host[:port]/path\", \"file:///path\" or \"file:path\"";
        let unknown = "unknown key, did you mean `url`?";
        assert_eq!(
            refusal(result.as_ref().unwrap_err()),
            format!(
                "edge.toml:3:14: box.id: {first}\nedge.toml:8:9: camera[0].url: {missing}\n\
                 edge.toml:10:9: camera[0].ur: {unknown}\n3 problems"
            )
        );
        let answer = document(Path::new("edge.toml"), &result);
        let last =
            json!({"file": "edge.toml", "line": 10, "column": 9, "key": "camera[0].ur", "message": unknown});
        assert_eq!((&answer["ok"], &answer["problems"][2]), (&json!(false), &last));
    }

    #[test]
    fn an_unreadable_file_is_named() {
        let path = Path::new("no-such-folder/edge.toml");
        let result = read(path, Strictness::Strict);
        let reason = "could not read `no-such-folder/edge.toml`: No such file or directory (os error 2)";
        assert_eq!(refusal(result.as_ref().unwrap_err()), reason);
        let answer = document(path, &result);
        assert_eq!((&answer["ok"], &answer["error"]), (&json!(false), &json!(reason)));
    }
}
