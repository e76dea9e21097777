//! The tables of a dataset file as their author wrote them, each value with its place.
//!
//! The keys that every item has are a table of their own ([`CommonToml`]): `toml_file` takes an item's table apart
//! before either half is read, so that both can refuse what they do not know.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Task;
use crate::truth::plates::PlateKind;

/// Keys outside of items.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DatasetToml {
    pub(super) schema: Spanned<String>,
    pub(super) id: Spanned<String>,
    pub(super) about: Spanned<String>,
    pub(super) seed: u64,
    pub(super) config: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) degradations: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) groups: BTreeMap<String, Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) accept_licence: Vec<Spanned<String>>,
}

/// Keys of every item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CommonToml {
    pub(super) id: Spanned<String>,
    pub(super) licence: Spanned<String>,
    pub(super) attribution: Spanned<String>,
    #[serde(default)]
    pub(super) tags: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) models: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) groups: Vec<Spanned<String>>,
    #[serde(default = "yes")]
    pub(super) degrade: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ClipToml {
    pub(super) file: Spanned<String>,
    pub(super) sha256: Spanned<String>,
    pub(super) camera: Option<Spanned<String>>,
    pub(super) tasks: Option<Spanned<Vec<Task>>>,
    pub(super) frames: Option<Spanned<u32>>,
    pub(super) fps: Option<Spanned<f64>>,
    pub(super) repeat: Option<RepeatToml>,
    pub(super) boxes: Option<BoxesToml>,
    pub(super) events: Option<PinToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RepeatToml {
    pub(super) from: Spanned<u32>,
    pub(super) to: Spanned<u32>,
    pub(super) times: Spanned<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct BoxesToml {
    pub(super) file: Spanned<String>,
    pub(super) sha256: Spanned<String>,
    pub(super) class: Spanned<String>,
    pub(super) every: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PicturesToml {
    pub(super) truth: PinToml,
    pub(super) folder: Spanned<String>,
    pub(super) sums: PinToml,
    #[serde(default)]
    pub(super) classes: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PlatesToml {
    pub(super) list: PinToml,
    pub(super) folder: Spanned<String>,
    pub(super) sums: PinToml,
    #[serde(default, rename = "where")]
    pub(super) filter: WhereToml,
}

/// Which rows of a plate list count: those that agree with every key that is given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WhereToml {
    pub(super) kind: Option<PlateKind>,
    pub(super) country: Option<String>,
    pub(super) quality: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct FacesToml {
    pub(super) pairs: PinToml,
    pub(super) folder: Spanned<String>,
    pub(super) sums: PinToml,
    #[serde(default)]
    pub(super) all_pairs: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PinToml {
    pub(super) file: Spanned<String>,
    pub(super) sha256: Spanned<String>,
}

/// Keys of [`DatasetToml`] and the lists of items.
pub(super) const DATASET_KEYS: [&str; 12] = [
    "schema",
    "id",
    "about",
    "seed",
    "config",
    "degradations",
    "groups",
    "accept-licence",
    "clip",
    "pictures",
    "plates",
    "faces",
];

/// Keys of [`CommonToml`].
pub(super) const COMMON_KEYS: [&str; 7] =
    ["id", "licence", "attribution", "tags", "models", "groups", "degrade"];

fn yes() -> bool {
    true
}
