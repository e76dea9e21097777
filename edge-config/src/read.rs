//! From text to settings: the walk through the file, section by section.

mod appearance;
mod camera;
mod delivery;
mod ids;
mod inference;
mod lane;
mod lists;
mod login;
mod model;
mod plate_reader;
mod plates;
mod privacy;
mod rule;
mod shapes;
mod site;
mod source;
mod tracker;
mod tuned;
mod view;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use toml::de::DeTable;

use crate::cursor::{Item, Table};
use crate::document::Document;
use ids::Ids;

use crate::{Camera, Config, ConfigError, KnownModel, Problem, Problems, Surroundings};

/// A file beyond this many bytes is not a configuration.
const MAX_BYTES: u64 = 1 << 20;

/// Which problems refuse the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Every problem: for `check`, and before a reload.
    Strict,
    /// Every problem outside `[[camera]]` blocks; one inside disables its camera alone: for a start in the field.
    Lenient,
}

/// Settings that may be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The settings, without the disabled cameras.
    pub config: Config,
    /// Cameras left out because of their problems; empty under [`Strictness::Strict`].
    pub disabled: Vec<DisabledCamera>,
    /// What is no mistake and yet may not go as the operator expects: more cameras than the machine was measured to carry,
    /// batches for a model that takes one picture at a time.
    pub warnings: Vec<Problem>,
}

/// A `[[camera]]` block that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisabledCamera {
    /// Id of the camera, or `camera[2]` where it has none of its own (absent, unusable, or taken by an earlier one).
    pub id: String,
    /// Its `required` key, as far as it can be read; else its default.
    pub required: bool,
    /// What is wrong in its block; at least one problem.
    pub problems: Problems,
}

/// Reads and checks a file.
///
/// # Errors
/// [`ConfigError::Unreadable`] if there is no text to check, [`ConfigError::Refused`] with all problems otherwise.
pub fn read(
    path: &Path,
    strictness: Strictness,
    surroundings: Surroundings<'_>,
) -> Result<Checked, ConfigError> {
    let bytes = bytes_of(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    let name = path.display().to_string();
    let base_dir = path.parent().unwrap_or(Path::new(""));
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse(&name, text, base_dir, strictness, surroundings),
        Err(err) => Err(not_text(&name, &bytes[..err.valid_up_to()])),
    }
    .map_err(ConfigError::Refused)
}

/// Checks a text. `name` stands for the file in problems, and relative paths start in `base_dir`.
///
/// # Errors
/// All problems of the text, at least one. Where the text is not TOML, only the mistakes of syntax: what they hide
/// cannot be judged.
pub fn parse(
    name: &str,
    text: &str,
    base_dir: &Path,
    strictness: Strictness,
    surroundings: Surroundings<'_>,
) -> Result<Checked, Problems> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let document = Document::new(name, text, base_dir, surroundings);
    if !errors.is_empty() {
        return Err(syntax_problems(&document, &errors));
    }
    let Walk { rest, cameras, known_models, mut problems } = walk(&Table::root(&document, root.get_ref()));

    let is_lenient = strictness == Strictness::Lenient;
    if !problems.is_empty() || (!is_lenient && cameras.iter().any(Result::is_err)) {
        let in_cameras = cameras.into_iter().filter_map(Result::err).flat_map(|camera| camera.problems);
        problems.extend(in_cameras);
        return Err(Problems::new(problems));
    }
    // A section is only ever missing beside a recorded problem.
    let Some(mut config) = rest else { return Err(Problems::new(problems)) };
    let mut disabled = Vec::new();
    for camera in cameras {
        match camera {
            Ok(camera) => config.cameras.push(camera),
            Err(Broken { id, required, problems }) => {
                disabled.push(DisabledCamera { id, required, problems: Problems::new(problems) })
            }
        }
    }
    let knows_machine = document.surroundings.machine.is_some();
    if let Some(tuned) = &config.inference.tuned {
        let at = place_in_inference(root.get_ref(), "tuned");
        for warning in tuned::warnings(tuned, &config, knows_machine) {
            document.problem(at, "inference.tuned", warning);
        }
    }
    if let (Some(batch), Some(known)) = (config.inference.batch, &known_models) {
        let at = place_in_inference(root.get_ref(), "batch");
        for warning in inference::warnings(batch, &config.cameras, known) {
            document.problem(at, "inference.batch", warning);
        }
    }
    let written_offset =
        table_in(root.get_ref(), "box").is_some_and(|table| table.contains_key("utc-offset"));
    if let Some(warning) = site::warning(&config.cameras).filter(|_| !written_offset) {
        let at = root.get_ref().get("box").map_or(0, |item| item.span().start);
        document.problem(at, "box.utc-offset", warning);
    }
    Ok(Checked { config, disabled, warnings: document.take_problems() })
}

/// Byte offset of the value of `key` in `[inference]`.
fn place_in_inference(root: &DeTable<'_>, key: &str) -> usize {
    table_in(root, "inference").and_then(|table| table.get(key)).map_or(0, |item| item.span().start)
}

fn table_in<'a, 'r>(root: &'r DeTable<'a>, key: &str) -> Option<&'r DeTable<'a>> {
    root.get(key).and_then(|item| item.get_ref().as_table())
}

/// What one walk through the file found.
struct Walk {
    /// Everything but the cameras.
    rest: Option<Config>,
    cameras: Vec<Result<Camera, Broken>>,
    /// Where the caller knows them.
    known_models: Option<Vec<KnownModel>>,
    /// Problems outside `[[camera]]` blocks.
    problems: Vec<Problem>,
}

/// A `[[camera]]` block with problems.
struct Broken {
    id: String,
    required: bool,
    problems: Vec<Problem>,
}

fn walk(root: &Table<'_>) -> Walk {
    let document = root.document;
    let identity =
        root.need("box", "a [box] table with id, site and data-dir", |item| item.table(site::identity));
    let listen = site::listen(root);
    let (models, known_models) = model::models(root).unzip();
    let known_models = known_models.flatten();
    let inference = inference::inference(root, known_models.as_deref());
    let evidence = site::evidence(root);
    let decisions = site::decisions(root);
    let lists = lists::lists(root);
    let plate_reader = plate_reader::plate_reader(root, known_models.as_deref());
    let delivery = delivery::delivery(root, identity.as_ref().map(|identity| identity.id.as_str()));

    let camera_items = root.get("camera").map_or(Some(Vec::new()), |list| list.tables()).unwrap_or_default();
    root.finish();
    let problems = document.take_problems();

    let mut ids = Ids::default();
    let mut one_camera = |item: &Item<'_>| {
        let mut outline = camera::Outline { id: None, required: true };
        let camera =
            item.table(|table| camera::camera(table, &mut ids, known_models.as_deref(), &mut outline));
        let problems = document.take_problems();
        match camera {
            Some(camera) if problems.is_empty() => Ok(camera),
            _ => {
                let id = outline.id.unwrap_or_else(|| item.path().to_owned());
                Err(Broken { id, required: outline.required, problems })
            }
        }
    };
    let cameras = camera_items.iter().map(&mut one_camera).collect();

    let rest = (|| {
        let (identity, listen, inference) = (identity?, listen?, inference?);
        let (models, delivery, evidence, decisions) = (models?, delivery?, evidence?, decisions?);
        let (lists, plate_reader) = (lists?, plate_reader?);
        Some(Config {
            identity,
            listen,
            inference,
            models,
            cameras: Vec::new(),
            delivery,
            evidence,
            decisions,
            lists,
            plate_reader,
        })
    })();
    Walk { rest, cameras, known_models, problems }
}

/// The mistakes of syntax, one per line: what follows on the same line is an echo of the first.
fn syntax_problems(document: &Document<'_>, errors: &[toml::de::Error]) -> Problems {
    for error in errors {
        document.problem(
            error.span().map_or(0, |span| span.start),
            "",
            format_args!("not TOML: {}", error.message()),
        );
    }
    let mut problems = document.take_problems();
    problems.sort();
    problems.dedup_by_key(|problem| problem.line);
    Problems::new(problems)
}

fn not_text(name: &str, text_before: &[u8]) -> Problems {
    let text = String::from_utf8_lossy(text_before);
    let document = Document::new(name, &text, Path::new(""), Surroundings::default());
    document.problem(text.len(), "", "not UTF-8 text");
    Problems::new(document.take_problems())
}

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if MAX_BYTES < bytes.len() as u64 {
        let message = format!("larger than {MAX_BYTES} bytes, which no configuration is");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
