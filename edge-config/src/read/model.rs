//! Which models there are, and what a camera may ask of its own. Where the caller knows no models, nothing is refused.

use crate::cursor::{Item, Table, did_you_mean};
use crate::{InputSizes, KnownModel, ModelTask, Models};

const DEFAULT_MODEL: &str = "yolox-nano";
const INPUT_STEP: u32 = 32;
const INPUT_MAX: u32 = 4096;

/// `[models]`, and the models that are known with it.
pub(super) fn models(root: &Table<'_>) -> Option<(Models, Option<Vec<KnownModel>>)> {
    let Some(item) = root.get("models") else {
        let models = Models { dir: None, store: None, accept_licence: Vec::new() };
        let known = known(root, "models", &models);
        return Some((models, known?));
    };
    item.table(|table| {
        let dir = table.maybe("dir", Item::file_path);
        let store = table.maybe("store", Item::file_path);
        let accepted = table.maybe("accept-licence", |item| item.items("a list of ids of model cards"));
        let mut models = Models { dir: dir?, store: store?, accept_licence: Vec::new() };
        let mut known = known(table, "dir", &models)?;
        // A name that is refused is recorded already; the cameras are judged all the same.
        let accepted = accepted?.unwrap_or_default();
        models.accept_licence = accept(accepted, known.as_deref_mut()).unwrap_or_default();
        Some((models, known))
    })
}

/// The ids that the operator accepts, their models without a reservation from here on.
fn accept(items: Vec<Item<'_>>, mut known: Option<&mut [KnownModel]>) -> Option<Vec<String>> {
    let ids: Vec<Option<String>> = items
        .iter()
        .map(|item| {
            let accepted = id(item)?;
            if let Some(known) = known.as_deref_mut() {
                let Some(model) = known.iter_mut().find(|model| model.id == accepted) else {
                    let advice = advice(accepted, known.iter().map(|model| model.id.as_str()));
                    return item.refuse(format_args!("the id of a model card{advice}"));
                };
                model.reservation = None;
            }
            Some(accepted.to_owned())
        })
        .collect();
    ids.into_iter().collect()
}

/// Asks the caller for the models; that they cannot be told is a problem of `key`.
fn known(table: &Table<'_>, key: &'static str, models: &Models) -> Option<Option<Vec<KnownModel>>> {
    let Some(catalogue) = table.document.surroundings.catalogue else { return Some(None) };
    match catalogue(models.dir.as_deref()) {
        Ok(known) => Some(Some(known)),
        Err(reason) => {
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            match table.get(key) {
                Some(item) => item.problem(reason),
                None => {
                    table.problem(Some(key), reason);
                    None
                }
            }
        }
    }
}

/// The id of the camera's model, and what is known of it.
pub(super) fn model<'k>(
    camera: &Table<'_>,
    known: Option<&'k [KnownModel]>,
) -> Option<(String, Option<&'k KnownModel>)> {
    if let Some(item) = camera.get("model") {
        return detector(&item, known);
    }
    let Some(known) = known else { return Some((DEFAULT_MODEL.to_owned(), None)) };
    let detectors = known.iter().filter(|model| model.task == ModelTask::Detect);
    match detectors.clone().find(|model| model.id == DEFAULT_MODEL) {
        Some(model) => Some((DEFAULT_MODEL.to_owned(), Some(model))),
        None => {
            let advice = advice(DEFAULT_MODEL, detectors.map(|model| model.id.as_str()));
            let message = format_args!(
                "missing, and the default {DEFAULT_MODEL:?} is no model card that detects here{advice}"
            );
            camera.problem(Some("model"), message);
            None
        }
    }
}

/// The id of a model that detects and that anybody may use, and what is known of it.
pub(super) fn detector<'k>(
    item: &Item<'_>,
    known: Option<&'k [KnownModel]>,
) -> Option<(String, Option<&'k KnownModel>)> {
    of_task(item, known, ModelTask::Detect)
}

/// The id of a model that embeds people and that anybody may use.
pub(super) fn person_embedder(item: &Item<'_>, known: Option<&[KnownModel]>) -> Option<String> {
    of_task(item, known, ModelTask::EmbedPerson).map(|(id, _)| id)
}

/// The id of a model that finds plates and that anybody may use.
pub(super) fn plate_locator(item: &Item<'_>, known: Option<&[KnownModel]>) -> Option<String> {
    of_task(item, known, ModelTask::DetectPlate).map(|(id, _)| id)
}

/// The id of a model that reads plates and that anybody may use.
pub(super) fn plate_reader(item: &Item<'_>, known: Option<&[KnownModel]>) -> Option<String> {
    of_task(item, known, ModelTask::ReadPlate).map(|(id, _)| id)
}

/// The id of a model for `task` that anybody may use, and what is known of it.
fn of_task<'k>(
    item: &Item<'_>,
    known: Option<&'k [KnownModel]>,
    task: ModelTask,
) -> Option<(String, Option<&'k KnownModel>)> {
    let id = id(item)?;
    let Some(known) = known else { return Some((id.to_owned(), None)) };
    let suited = known.iter().filter(|model| model.task == task);
    match known.iter().find(|model| model.id == id) {
        Some(KnownModel { reservation: Some(reservation), .. }) => {
            item.problem(format_args!("{reservation}; `accept-licence = [{id:?}]` in `[models]` accepts it"))
        }
        Some(model) if model.task == task => Some((id.to_owned(), Some(model))),
        Some(model) => {
            let advice = listed(suited.map(|model| model.id.as_str()));
            let (verb, wanted) = (model.task.verb(), task.verb());
            item.problem(format_args!("got {id:?}, which {verb}, expected a model that {wanted}, {advice}"))
        }
        None => {
            let advice = advice(id, suited.map(|model| model.id.as_str()));
            item.refuse(format_args!("the id of a model card{advice}"))
        }
    }
}

/// The id of any model, whatever it is for.
pub(super) fn any(item: &Item<'_>, known: Option<&[KnownModel]>) -> Option<String> {
    let id = id(item)?;
    match known {
        Some(known) if !known.iter().any(|model| model.id == id) => {
            let advice = advice(id, known.iter().map(|model| model.id.as_str()));
            item.refuse(format_args!("the id of a model card{advice}"))
        }
        _ => Some(id.to_owned()),
    }
}

fn id<'a>(item: &Item<'a>) -> Option<&'a str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match item.peek_text() {
        Some(text) if !text.is_empty() && !text.starts_with('.') && text.bytes().all(allowed) => Some(text),
        _ => item.refuse("the id of a model card"),
    }
}

/// A size that `model` takes.
pub(super) fn input_size(item: &Item<'_>, model: Option<&KnownModel>) -> Option<(u32, u32)> {
    let side = |item: Item<'_>| {
        let side = item.whole(INPUT_STEP..=INPUT_MAX, " that is a multiple of 32")?;
        if side.is_multiple_of(INPUT_STEP) { Some(side) } else { item.refuse("a multiple of 32") }
    };
    let [width, height] = item.exactly("[width, height] in pixels")?.map(side);
    let (width, height) = (width?, height?);
    let Some(KnownModel { id, input, .. }) = model else { return Some((width, height)) };
    match *input {
        InputSizes::Only(w, h) if (w, h) != (width, height) => item.problem(format_args!(
            "got [{width}, {height}], expected [{w}, {h}], the only size that model {id:?} takes"
        )),
        InputSizes::MultiplesOf(step) if !(width.is_multiple_of(step) && height.is_multiple_of(step)) => item
            .problem(format_args!(
                "got [{width}, {height}], expected multiples of {step}, which model {id:?} takes"
            )),
        _ => Some((width, height)),
    }
}

/// A class that `model` knows.
pub(super) fn class<'a>(item: &Item<'a>, model: Option<&KnownModel>) -> Option<&'a str> {
    let class = item.text("a class name such as \"person\"")?;
    match model {
        Some(KnownModel { id, classes, .. }) if !classes.iter().any(|known| known == class) => {
            let advice = advice(class, classes.iter().map(String::as_str));
            item.refuse(format_args!("a class of model {id:?}{advice}"))
        }
        _ => Some(class),
    }
}

/// The known name that is nearest to `written`, or all of them.
pub(super) fn advice<'k>(written: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    match did_you_mean(written, known.clone()) {
        Some(near) => format!(", did you mean {near:?}?"),
        None => format!(", {}", listed(known)),
    }
}

fn listed<'k>(known: impl Iterator<Item = &'k str>) -> String {
    format!("one of {}", known.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "))
}
