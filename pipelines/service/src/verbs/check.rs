//! `cairn check`: every problem of a configuration in one run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use edge_config::{
    Checked, Config, ConfigError, InputSizes, KnownModel, KnownProvider, ModelTask, Problem, Strictness,
    Surroundings,
};
use models::{Card, InputBatch, InputSize, Task};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// The box's configuration.
    pub(crate) config: PathBuf,
    /// Answer as one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Exit code 0 if the file is good, warnings or not; [`crate::EXIT_USAGE`] if it is not or cannot be read.
pub(crate) fn run(args: CheckArgs) -> anyhow::Result<ExitCode> {
    let result = read(&args.config, Strictness::Strict);
    if args.json {
        let document = document(&args.config, &result);
        crate::machine::print_document(document)?;
    } else {
        match &result {
            Ok(checked) => {
                for warning in &checked.warnings {
                    eprintln!("warning: {warning}");
                }
                println!("{}", summary(&args.config, &checked.config));
            }
            Err(error) => eprintln!("{}", refusal(error)),
        }
    }
    match result {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(_) => Ok(ExitCode::from(crate::EXIT_USAGE)),
    }
}

/// Reads a configuration, its cameras held to the model cards that this box has.
pub(crate) fn read(path: &Path, strictness: Strictness) -> Result<Checked, ConfigError> {
    let known_models = |own_cards: Option<&Path>| {
        let cards = cards(own_cards).map_err(|error| format!("{error:#}"))?;
        Ok(cards.into_iter().map(known_model).collect())
    };
    let providers = engine::Provider::ALL
        .map(|provider| KnownProvider { name: provider.name(), options: provider.options() });
    let machine = crate::machine::Machine::current().known();
    let surroundings = Surroundings {
        catalogue: Some(&known_models),
        providers: Some(&providers),
        machine: Some(&machine),
        ..Surroundings::of_process()
    };
    edge_config::read(path, strictness, surroundings)
}

/// The built-in cards and the operator's own.
fn cards(own_cards: Option<&Path>) -> anyhow::Result<Vec<Card>> {
    let own_cards = match own_cards {
        Some(folder) => folder.to_owned(),
        None => models::home::default_store()?.cards(),
    };
    Ok(models::cards(&own_cards)?)
}

fn known_model(card: Card) -> KnownModel {
    let input = match card.input.size {
        InputSize::Fixed(size) => InputSizes::Only(size.width, size.height),
        InputSize::MultipleOf { step, .. } => InputSizes::MultiplesOf(step),
    };
    let task = match card.task {
        Task::Detect => ModelTask::Detect,
        Task::DetectFace => ModelTask::DetectFace,
        Task::DetectPlate => ModelTask::DetectPlate,
        Task::ReadPlate => ModelTask::ReadPlate,
        Task::EmbedFace => ModelTask::EmbedFace,
        Task::EmbedPerson => ModelTask::EmbedPerson,
    };
    // What the operator accepts is written in the file that is read with this.
    let reservation = card.may_be_used(&[]).err().map(|reason| reason.to_string());
    let batches = card.input.batch == InputBatch::Any;
    KnownModel { id: card.id, task, input, batches, classes: card.classes, reservation }
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
pub(crate) fn refusal(error: &ConfigError) -> String {
    match error {
        ConfigError::Refused(problems) => format!("{problems}\n{}", counted(problems.len(), "problem")),
        ConfigError::Unreadable { path, source } => format!("could not read `{}`: {source}", path.display()),
    }
}

/// The same for a program. `error` is there only where the file could not be read.
fn document(path: &Path, result: &Result<Checked, ConfigError>) -> Value {
    let (problems, error) = match result {
        Ok(_) => (json!([]), None),
        Err(ConfigError::Refused(problems)) => (problem_list(problems.iter()), None),
        Err(error @ ConfigError::Unreadable { .. }) => (json!([]), Some(refusal(error))),
    };
    let mut document = json!({
        "schema": "cairn.check/1",
        "file": path.display().to_string(),
        "ok": result.is_ok(),
        "problems": problems,
        "warnings": problem_list(result.iter().flat_map(|checked| &checked.warnings)),
    });
    if let Some(error) = error {
        document["error"] = json!(error);
    }
    document
}

fn problem_list<'p>(problems: impl Iterator<Item = &'p Problem>) -> Value {
    let entry = |problem: &Problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "key": problem.key,
            "message": problem.message,
        })
    };
    problems.map(entry).collect()
}

fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use edge_config::{Checked, ConfigError, Strictness, Surroundings, parse};
    use serde_json::json;

    use super::{document, read, refusal, summary};

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
        parse("edge.toml", text, Path::new(""), Strictness::Strict, Surroundings::default())
            .map_err(ConfigError::Refused)
    }

    #[test]
    fn a_good_file_is_summed_up_in_one_line() {
        let path = Path::new("edge.toml");
        let checked = judged(GOOD).unwrap();
        assert_eq!(
            summary(path, &checked.config),
            "edge.toml: good: 1 camera, 0 rules, events go to mqtt://127.0.0.1:1883"
        );
        let answer = json!({"schema": "cairn.check/1", "file": "edge.toml", "ok": true, "problems": [], "warnings": []});
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

    /// The answer for `camera`, with a card of the operator's own beside the file in `cards`.
    fn read_with_cards(camera: &str, card: &str) -> Result<Checked, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("cards")).unwrap();
        std::fs::write(folder.path().join("cards/own.toml"), card).unwrap();
        let path = folder.path().join("edge.toml");
        let text = GOOD.replace("[delivery", "[models]\ndir = \"cards\"\n[delivery");
        std::fs::write(&path, format!("{text}\n{camera}")).unwrap();
        let prefix = format!("{}/", folder.path().display());
        read(&path, Strictness::Strict).map_err(|error| refusal(&error).replace(&prefix, ""))
    }

    #[test]
    fn cameras_are_held_to_the_built_in_cards_and_to_the_operators_own() {
        let built_in = include_str!("../../../../models/cards/yolox-nano-416.toml");
        let own = built_in.replace("\"yolox-nano-416\"", "\"boats\"").replace("\"coco-80\"", r#"["raft"]"#);
        let rule = |model: &str, class: &str| {
            format!(
                "model = \"{model}\"\n[[camera.line]]\nid = \"bank\"\nfrom = [0, 0.5]\nto = [1, 0.5]\n\
                 [[camera.rule]]\nid = \"landing\"\nversion = 1\nline = \"bank\"\nclasses = [\"{class}\"]"
            )
        };
        read_with_cards(&rule("yolox-nano", "person"), &own).unwrap();
        read_with_cards(&rule("boats", "raft"), &own).unwrap();
        assert_eq!(
            read_with_cards(&rule("boats", "person"), &own).unwrap_err(),
            "edge.toml:23:12: camera[0].rule[0].classes[0]: got \"person\", expected a class of model \"boats\", \
             one of \"raft\"\n1 problem"
        );
        assert_eq!(
            read_with_cards("model = \"boots\"", &own).unwrap_err(),
            "edge.toml:14:9: camera[0].model: got \"boots\", expected the id of a model card, did you mean \
             \"boats\"?\n1 problem"
        );
        assert_eq!(
            read_with_cards("model = \"yolox-nano-416\"\ninput-size = [640, 640]", &own).unwrap_err(),
            "edge.toml:15:14: camera[0].input-size: got [640, 640], expected [416, 416], the only size that model \
             \"yolox-nano-416\" takes\n1 problem"
        );
        read_with_cards("input-size = [640, 640]", &own).unwrap();
        assert_eq!(
            read_with_cards("model = \"plate-cct-xs-v1\"", &own).unwrap_err(),
            "edge.toml:14:9: camera[0].model: got \"plate-cct-xs-v1\", which reads plates, expected a model that \
             detects, one of \"yolox-nano\", \"yolox-nano-416\", \"nanodet-plus-m-1.5x\", \"person-rtmdet-nano\", \
             \"boats\"\n1 problem"
        );
        let faces = read_with_cards("model = \"face-yunet\"", &own).unwrap_err();
        assert!(faces.contains("got \"face-yunet\", which finds faces alone"), "{faces}");
    }

    #[test]
    fn a_broken_card_of_the_operator_is_named_beside_its_folder() {
        let said = read_with_cards("", "id = 7").unwrap_err();
        assert!(
            said.starts_with("edge.toml:7:7: models.dir: card `cards/own.toml` is not written"),
            "{said}"
        );
        assert!(said.ends_with("\n1 problem") && said.lines().count() == 2, "{said}");
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
