//! How models run, and on what.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{model, tuned};
use crate::cursor::{Item, Table, did_you_mean, misplaced};
use crate::{
    Camera, Inference, KnownModel, KnownProvider, ModelInference, Precision, ProviderChoice, ProviderWish,
};

const QUEUE: usize = 4;
const DEADLINE: Duration = Duration::from_secs(2);
const DEADLINE_RANGE: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(60);
/// Pictures in one run.
pub(super) const BATCH_RANGE: RangeInclusive<u16> = 1..=32;
/// Sessions side by side.
pub(super) const SESSIONS_RANGE: RangeInclusive<u16> = 1..=16;
const BATCH_HOLD_RANGE: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(1);
const PRECISIONS: [(&str, Precision); 3] = [
    (Precision::Fp32.name(), Precision::Fp32),
    (Precision::Fp16.name(), Precision::Fp16),
    (Precision::Int8.name(), Precision::Int8),
];
const EXPECTED_WISH: &str = "`prefer = [\"openvino\", \"cpu\"]` or `require = \"cpu\"`";
const EXPECTED_PREFERENCE: &str = "a list of one or more providers, the best first";
const EXPECTED_OPTION: &str = "text or a whole number, as the provider takes it";

/// `[inference]`, its models held to `known_models`.
pub(super) fn inference(root: &Table<'_>, known_models: Option<&[KnownModel]>) -> Option<Inference> {
    let Some(item) = root.get("inference") else {
        return Some(Inference {
            runtime: None,
            threads: None,
            batch: None,
            batch_hold: Duration::ZERO,
            sessions: None,
            tuned: None,
            queue: QUEUE,
            deadline: DEADLINE,
            open_protocol: false,
            provider: on_the_processor(),
            models: Vec::new(),
        });
    };
    item.table(|table| {
        let runtime = table.maybe("runtime", Item::file_path);
        let threads = table.maybe("threads", |item| item.count(1..=64));
        let batch = table.maybe("batch", |item| item.count(BATCH_RANGE));
        let batch_hold = table.or("batch-hold", Duration::ZERO, |item| item.duration(BATCH_HOLD_RANGE));
        let sessions = table.maybe("sessions", |item| item.count(SESSIONS_RANGE));
        let tuned = table.maybe("tuned", tuned::tuned);
        let queue = table.or("queue", QUEUE, |item| item.count(1..=64));
        let deadline = table.or("deadline", DEADLINE, |item| item.duration(DEADLINE_RANGE));
        let open_protocol = table.or("open-protocol", false, Item::flag);
        let provider = table.or("provider", on_the_processor(), |item| item.table(provider));
        let mut ids: Vec<String> = Vec::new();
        let models = table.each("model", |table| one_model(table, &mut ids, known_models));
        let provider = provider?;
        let mut models = models?.into_iter().collect::<Option<Vec<_>>>()?;
        for model in &mut models {
            model.provider.cache = model.provider.cache.take().or_else(|| provider.cache.clone());
        }
        Some(Inference {
            runtime: runtime?,
            threads: threads?,
            batch: batch?,
            batch_hold: batch_hold?,
            sessions: sessions?,
            tuned: tuned?,
            queue: queue?,
            deadline: deadline?,
            open_protocol: open_protocol?,
            provider,
            models,
        })
    })
}

/// What an operator who asks for batches has to know of the cameras' models: those that take one picture at a time run as
/// before. Once for each such model.
pub(super) fn warnings(batch: usize, cameras: &[Camera], known_models: &[KnownModel]) -> Vec<String> {
    let mut told: Vec<&str> = Vec::new();
    let mut warnings = Vec::new();
    for camera in cameras.iter().filter(|_| 1 < batch) {
        let takes_one = |known: &&KnownModel| known.id == camera.model && !known.batches;
        if told.contains(&camera.model.as_str()) || !known_models.iter().any(|known| takes_one(&known)) {
            continue;
        }
        told.push(&camera.model);
        warnings.push(format!(
            "model {:?} of camera {:?} takes one picture in a run, so its batches stay at 1",
            camera.model, camera.id
        ));
    }
    warnings
}

fn on_the_processor() -> ProviderChoice {
    ProviderChoice {
        wish: ProviderWish::Require("cpu".to_owned()),
        precision: Precision::Fp32,
        options: Vec::new(),
        cache: None,
    }
}

fn one_model(
    table: &Table<'_>,
    ids: &mut Vec<String>,
    known_models: Option<&[KnownModel]>,
) -> Option<ModelInference> {
    let id = table.need("id", "the id of a model card", |item| {
        let id = model::any(item, known_models)?;
        if ids.contains(&id) {
            return item.refuse("each model once");
        }
        ids.push(id.clone());
        Some(id)
    });
    let provider = table.need("provider", EXPECTED_WISH, |item| item.table(provider));
    Some(ModelInference { id: id?, provider: provider? })
}

fn provider(table: &Table<'_>) -> Option<ProviderChoice> {
    let known = table.document.surroundings.providers;
    let wish = wish(table, known);
    let precision = table.or("precision", Precision::Fp32, |item| item.choice(&PRECISIONS));
    let options = table.or("options", Vec::new(), |item| options(item, wish.as_ref(), known));
    let cache = table.maybe("cache", Item::file_path);
    Some(ProviderChoice { wish: wish?, precision: precision?, options: options?, cache: cache? })
}

fn wish(table: &Table<'_>, known: Option<&[KnownProvider<'_>]>) -> Option<ProviderWish> {
    let (prefer_item, require_item) = (table.get("prefer"), table.get("require"));
    let prefer = prefer_item.as_ref().map(|item| preference(item, known));
    let require = require_item.as_ref().map(|item| name(item, known));
    match (prefer, require) {
        (Some(prefer), None) => prefer.map(ProviderWish::Prefer),
        (None, Some(require)) => require.map(ProviderWish::Require),
        (Some(_), Some(_)) => {
            misplaced([require_item], "expected either `prefer` or `require`, not both")?;
            None
        }
        (None, None) => {
            table.problem(None, format_args!("neither `prefer` nor `require`, expected {EXPECTED_WISH}"));
            None
        }
    }
}

fn preference(item: &Item<'_>, known: Option<&[KnownProvider<'_>]>) -> Option<Vec<String>> {
    let items = item.items(EXPECTED_PREFERENCE)?;
    if items.is_empty() {
        return item.problem(format_args!("got an empty list, expected {EXPECTED_PREFERENCE}"));
    }
    let mut names: Vec<String> = Vec::new();
    let mut passed_cpu = false;
    for item in &items {
        let Some(name) = name(item, known) else { continue };
        if names.contains(&name) {
            item.refuse::<()>("each provider once");
        } else if passed_cpu {
            item.refuse::<()>("nothing after \"cpu\", which takes every model");
        } else {
            passed_cpu = name == "cpu";
            names.push(name);
        }
    }
    (names.len() == items.len()).then_some(names)
}

fn name(item: &Item<'_>, known: Option<&[KnownProvider<'_>]>) -> Option<String> {
    let written = item.text("the name of a provider")?;
    let Some(known) = known else { return Some(written.to_owned()) };
    if known.iter().any(|provider| provider.name == written) {
        return Some(written.to_owned());
    }
    item.refuse(format_args!("a provider{}", model::advice(written, known.iter().map(|known| known.name))))
}

/// Options by name; each must be one of a wished provider.
fn options(
    item: &Item<'_>,
    wish: Option<&ProviderWish>,
    known: Option<&[KnownProvider<'_>]>,
) -> Option<Vec<(String, String)>> {
    let wished = |name: &str| match wish {
        Some(ProviderWish::Prefer(names)) => names.iter().any(|wished| wished == name),
        Some(ProviderWish::Require(wished)) => wished == name,
        // Which one is meant is not known: all may be.
        None => true,
    };
    let takes = known.map(|known| {
        let wished = known.iter().filter(|provider| wished(provider.name));
        wished.flat_map(|provider| provider.options).copied().collect::<Vec<_>>()
    });
    let entries = item.entries()?;
    let mut options = Vec::new();
    for (name, item) in &entries {
        if let Some(takes) = takes.as_ref().filter(|takes| !takes.contains(name)) {
            let advice = match did_you_mean(name, takes.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if takes.is_empty() => "the provider takes none".to_owned(),
                None => format!("expected one of `{}`", takes.join("`, `")),
            };
            item.misplaced::<()>(format_args!("unknown option, {advice}"));
            continue;
        }
        let value = item.scalar(EXPECTED_OPTION);
        options.extend(value.map(|value| ((*name).to_owned(), value)));
    }
    (options.len() == entries.len()).then_some(options)
}
