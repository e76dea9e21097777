//! A dataset file and its ground truth → [`Dataset`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use models::artifact::Sha256;
use serde::de::DeserializeOwned;

use super::checks::{self, Known};
use super::toml_file::{ItemTable, TomlFile, joined};
use super::written::{COMMON_KEYS, CommonToml, DATASET_KEYS, DatasetToml};
use super::{
    Content, Dataset, DatasetError, Item, ItemError, ItemKind, Media, SCHEMA, Task, clip, faces, group_of,
    pictures, plates,
};
use crate::truth::{Problems, decode};

pub(super) fn read(path: &Path, media: &Media) -> Result<Dataset, DatasetError> {
    let unreadable = |source| DatasetError::Unreadable { file: path.to_owned(), source };
    let bytes = fs::read(path).map_err(unreadable)?;
    let (mut dataset, planned) =
        decode(path, &bytes).and_then(|text| plan(path, text)).map_err(DatasetError::Refused)?;
    dataset.sha256 = Sha256::of(&bytes);
    let clips: BTreeSet<String> = planned
        .iter()
        .filter(|item| item.plan.kind() == ItemKind::Clip)
        .map(|item| item.id.clone())
        .collect();
    for item in planned {
        let item = item.read(path, &dataset.groups, &clips, media);
        dataset.items.push(item);
    }
    Ok(dataset)
}

/// What reading the ground truth of an item depends on.
pub(super) struct Context<'a> {
    pub(super) dataset: &'a Path,
    pub(super) id: &'a str,
    pub(super) line: usize,
    pub(super) media: &'a Media,
    pub(super) clips: &'a BTreeSet<String>,
    groups: &'a BTreeMap<String, Vec<String>>,
    chosen: &'a [String],
}

impl Context<'_> {
    /// What counts for `class`.
    pub(super) fn class_for(&self, class: &str) -> String {
        group_of(self.groups, self.chosen, class).to_owned()
    }

    /// Whether `class` is a group that the item does not choose: no detection would ever be called so.
    pub(super) fn is_unchosen_group(&self, class: &str) -> bool {
        self.groups.contains_key(class) && !self.chosen.iter().any(|group| group == class)
    }
}

/// An item whose table is right, before its ground truth is read.
struct PlannedItem {
    line: usize,
    id: String,
    tags: Vec<String>,
    licence: String,
    attribution: String,
    models: Vec<String>,
    groups: Vec<String>,
    degrade: bool,
    plan: Plan,
}

enum Plan {
    Clip(clip::Plan),
    Pictures(pictures::Plan),
    Plates(plates::Plan),
    Faces(faces::Plan),
}

impl Plan {
    fn kind(&self) -> ItemKind {
        match self {
            Self::Clip(_) => ItemKind::Clip,
            Self::Pictures(_) => ItemKind::Pictures,
            Self::Plates(_) => ItemKind::Plates,
            Self::Faces(_) => ItemKind::Faces,
        }
    }

    fn tasks(&self) -> BTreeSet<Task> {
        match self {
            Self::Clip(plan) => plan.tasks.clone(),
            Self::Pictures(_) => BTreeSet::from([Task::Detect]),
            Self::Plates(_) => BTreeSet::from([Task::Plates]),
            Self::Faces(_) => BTreeSet::from([Task::Faces]),
        }
    }

    fn read(&self, context: &Context<'_>) -> Result<Content, ItemError> {
        match self {
            Self::Clip(plan) => plan.read(context).map(Content::Clip),
            Self::Pictures(plan) => plan.read(context).map(Content::Pictures),
            Self::Plates(plan) => plan.read(context).map(Content::Plates),
            Self::Faces(plan) => plan.read(context).map(Content::Faces),
        }
    }
}

impl PlannedItem {
    fn read(
        self,
        dataset: &Path,
        groups: &BTreeMap<String, Vec<String>>,
        clips: &BTreeSet<String>,
        media: &Media,
    ) -> Item {
        let (id, line, chosen) = (self.id.as_str(), self.line, self.groups.as_slice());
        let content = self.plan.read(&Context { dataset, id, line, media, clips, groups, chosen });
        let mut tasks = self.plan.tasks();
        if let Ok(Content::Clip(clip)) = &content
            && clip.boxes.as_ref().is_some_and(|boxes| !boxes.has_ids())
        {
            tasks.remove(&Task::Track);
        }
        let kind = self.plan.kind();
        let Self { line, id, tags, licence, attribution, models, groups, degrade, .. } = self;
        Item { id, line, kind, tags, licence, attribution, models, groups, degrade, tasks, content }
    }
}

/// The dataset without its items, and its items in the order of the file.
fn plan(path: &Path, text: &str) -> Result<(Dataset, Vec<PlannedItem>), Problems> {
    let (mut file, root) = TomlFile::parse(path, text);
    let mut items: Vec<PlannedItem> = Vec::new();
    let mut dataset = None;
    if let Some(mut root) = root {
        let tables = ["clip", "pictures", "plates", "faces"].map(|key| file.take_items(&mut root, key));
        file.drop_unknown(&mut root, "", &DATASET_KEYS);
        let written: Option<DatasetToml> = file.root(root);
        // The items of a broken header are judged all the same, as if it said nothing.
        let config = written.as_ref().is_none_or(|written| written.config.is_some());
        dataset = written.and_then(|written| header(&mut file, path, written));
        let nothing = BTreeMap::new();
        let known = Known { groups: dataset.as_ref().map_or(&nothing, |dataset| &dataset.groups), config };
        let [clips, pictures, plates, faces] = tables;
        let mut all: Vec<Option<PlannedItem>> = Vec::new();
        for table in clips {
            all.push(item(&mut file, table, &clip::KEYS, &known, clip::Plan::check, Plan::Clip));
        }
        for table in pictures {
            all.push(item(&mut file, table, &pictures::KEYS, &known, pictures::Plan::check, Plan::Pictures));
        }
        for table in plates {
            all.push(item(&mut file, table, &plates::KEYS, &known, plates::Plan::check, Plan::Plates));
        }
        for table in faces {
            all.push(item(&mut file, table, &faces::KEYS, &known, faces::Plan::check, Plan::Faces));
        }
        items = all.into_iter().flatten().collect();
        items.sort_by_key(|item| item.line);
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for item in &items {
            if let Some(first) = seen.get(item.id.as_str()) {
                let message = format!("`id` is \"{}\", which the item on line {first} has already", item.id);
                file.findings.note(item.line, "id", message);
            } else {
                seen.insert(&item.id, item.line);
            }
        }
    }
    let planned = file.findings.finish((dataset, items))?;
    match planned {
        (Some(dataset), items) => Ok((dataset, items)),
        (None, _) => Err(missing_header(path)),
    }
}

/// A header that was not read has left a problem behind; this is what remains to be said if it ever did not.
fn missing_header(path: &Path) -> Problems {
    let message = "not a dataset file".to_owned();
    crate::truth::Problem { file: path.to_owned(), line: 1, key: String::new(), message }.into()
}

fn header(file: &mut TomlFile<'_>, path: &Path, written: DatasetToml) -> Option<Dataset> {
    let DatasetToml { schema, id, about, seed, config, degradations, groups, accept_licence } = written;
    if schema.get_ref() != SCHEMA {
        file.refuse("schema".to_owned(), &schema, &format!("{SCHEMA:?}"));
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let config: Option<Option<PathBuf>> = match &config {
        None => Some(None),
        Some(config) => {
            checks::relative(file, "config".to_owned(), config).map(|config| Some(folder.join(config)))
        }
    };
    let mut classes_of = BTreeMap::new();
    for (name, classes) in groups {
        let blank = classes.get_ref().iter().any(|class| class.trim().is_empty());
        let distinct: BTreeSet<&String> = classes.get_ref().iter().collect();
        if blank || distinct.is_empty() || distinct.len() != classes.get_ref().len() {
            file.refuse(joined("groups", &name), &classes, "at least one class, none blank, none twice");
        }
        classes_of.insert(name, classes.into_inner());
    }
    let id = checks::id(file, "id".to_owned(), &id);
    let about = checks::some_text(file, "about".to_owned(), &about);
    let degradations = checks::names(file, "degradations", &degradations);
    let accept_licence = checks::names(file, "accept-licence", &accept_licence);
    Some(Dataset {
        id: id?,
        about: about?,
        sha256: Sha256::of(&[]),
        folder,
        seed,
        config: config?,
        degradations: degradations?,
        accept_licence: accept_licence?,
        groups: classes_of,
        items: Vec::new(),
    })
}

/// One item's table, checked; `check` does so with the keys of its kind.
fn item<'a, T: DeserializeOwned, P>(
    file: &mut TomlFile<'a>,
    table: ItemTable<'a>,
    keys: &[&str],
    known: &Known<'_>,
    check: impl FnOnce(&mut TomlFile<'a>, &str, &T, &Known<'_>) -> Option<P>,
    plan: impl FnOnce(P) -> Plan,
) -> Option<PlannedItem> {
    let (line, path) = (table.line, table.path.clone());
    let (common, own) = file.halves::<CommonToml, T>(table, &COMMON_KEYS, keys);
    let own = own.and_then(|own| check(file, &path, &own, known));
    let CommonToml { id, licence, attribution, tags, models, groups, degrade } = common?;
    let key = |name: &str| joined(&path, name);
    let id = checks::id(file, key("id"), &id);
    let licence = checks::some_text(file, key("licence"), &licence);
    let attribution = checks::some_text(file, key("attribution"), &attribution);
    let tags = checks::names(file, &key("tags"), &tags);
    let models = checks::names(file, &key("models"), &models);
    let groups = checks::groups(file, &key("groups"), &groups, known);
    Some(PlannedItem {
        line,
        id: id?,
        tags: tags?,
        licence: licence?,
        attribution: attribution?,
        models: models?,
        groups: groups?,
        degrade,
        plan: plan(own?),
    })
}
