//! The dataset file: clips and pictures, their ground truth, what is to be judged on them, and who may use them.
//!
//! [`Dataset::read`] takes a `dataset.toml` and the ground truth that it names. A problem of the dataset file refuses it
//! whole, with every problem in it; ground truth that is missing or broken fails only its [`Item`]. Clips and pictures
//! are not touched: [`Media::locate`] finds one when it is needed.

mod error;
mod media;

mod checks;
mod toml_file;
mod written;

mod read;

mod clip;
mod faces;
mod pictures;
mod plates;
mod sums;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use models::artifact::Sha256;

pub use clip::{Clip, ClipBoxes, Repeat};
pub use error::{DatasetError, ItemError, MediaError};
pub use faces::{FaceFile, FaceSet, Pair};
pub use media::{FilePin, Media};
pub use pictures::{PictureSet, TruePictureBox, TruthPicture};
pub use plates::{PlateSample, PlateSet};

/// What `schema` holds.
pub const SCHEMA: &str = "cairn.dataset/1";

/// A dataset file with its ground truth.
#[derive(Debug)]
pub struct Dataset {
    /// What reports call it.
    pub id: String,
    /// One line for someone who chooses a dataset.
    pub about: String,
    /// Hash of the dataset file.
    pub sha256: Sha256,
    /// Folder of the dataset file.
    pub folder: PathBuf,
    /// Of degradations and bootstraps.
    pub seed: u64,
    /// Path of the box's configuration whose cameras the clips name.
    pub config: Option<PathBuf>,
    /// As written; what they mean is known to `degrade`.
    pub degradations: Vec<String>,
    /// Ids of the models that its author accepts whatever their licences are.
    pub accept_licence: Vec<String>,
    /// Classes that count as one, by the name of the group.
    pub groups: BTreeMap<String, Vec<String>>,
    /// In the order of the file; ids are unique.
    pub items: Vec<Item>,
}

/// A clip, or a set of pictures.
#[derive(Debug)]
pub struct Item {
    /// What reports call it.
    pub id: String,
    /// Line of its table in the dataset file, from 1.
    pub line: usize,
    /// Which kind of content it has, or would have.
    pub kind: ItemKind,
    /// Conditions such as `night` or `overhead`, by which scores are told apart.
    pub tags: Vec<String>,
    /// SPDX id of the licence, or `none` where none is stated.
    pub licence: String,
    /// Whom to name where a picture of it is shown.
    pub attribution: String,
    /// Ids of the models to be judged: the first counts, the others are reported beside it. Empty: the camera's, or the
    /// default.
    pub models: Vec<String>,
    /// Names of groups of the dataset. Classes of the ground truth are already those of [`Dataset::class_for`].
    pub groups: Vec<String>,
    /// Whether the dataset's degradations are applied to it.
    pub degrade: bool,
    /// What is to be judged; for content that could not be read, what was asked for.
    pub tasks: BTreeSet<Task>,
    /// What there is to judge by.
    pub content: Result<Content, ItemError>,
}

/// The four tables of a dataset file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// `[[clip]]`
    Clip,
    /// `[[pictures]]`
    Pictures,
    /// `[[plates]]`
    Plates,
    /// `[[faces]]`
    Faces,
}

/// Ground truth and the files it is about.
#[derive(Clone, Debug)]
pub enum Content {
    /// A video.
    Clip(Clip),
    /// Pictures with boxes.
    Pictures(PictureSet),
    /// Pictures with plates.
    Plates(PlateSet),
    /// Pictures of faces, in pairs.
    Faces(FaceSet),
}

/// What can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Where objects are in single frames.
    Detect,
    /// Which of them are the same.
    Track,
    /// What is written on plates.
    Plates,
    /// Whether two faces are one person's.
    Faces,
    /// What happens when.
    Events,
}

impl Dataset {
    /// Reads the dataset file `path`, and its ground truth from where `media` finds it.
    ///
    /// # Errors
    /// The file cannot be read, or has problems; then all of them.
    pub fn read(path: &Path, media: &Media) -> Result<Self, DatasetError> {
        read::read(path, media)
    }

    /// What counts for `class` in `item`: the name of the group that holds it, else the class itself.
    pub fn class_for<'a>(&'a self, item: &'a Item, class: &'a str) -> &'a str {
        group_of(&self.groups, &item.groups, class)
    }
}

fn group_of<'a>(groups: &BTreeMap<String, Vec<String>>, chosen: &'a [String], class: &'a str) -> &'a str {
    let holds =
        |group: &&'a String| groups.get(*group).is_some_and(|members| members.iter().any(|m| m == class));
    chosen.iter().find(holds).map_or(class, String::as_str)
}

impl Content {
    /// Every clip or picture that is needed to judge the item.
    pub fn media(&self) -> Vec<&FilePin> {
        match self {
            Self::Clip(clip) => vec![&clip.file],
            Self::Pictures(set) => set.pictures.iter().map(|picture| &picture.file).collect(),
            Self::Plates(set) => {
                let mut files: Vec<&FilePin> = set.plates.iter().map(|plate| &plate.file).collect();
                // A scene with several plates.
                files.sort_by(|a, b| a.file.cmp(&b.file));
                files.dedup();
                files
            }
            Self::Faces(set) => set.faces.iter().map(|face| &face.file).collect(),
        }
    }
}

/// As the table is called.
impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clip => "clip",
            Self::Pictures => "pictures",
            Self::Plates => "plates",
            Self::Faces => "faces",
        })
    }
}

/// As on the command line.
impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detect => "detect",
            Self::Track => "track",
            Self::Plates => "plates",
            Self::Faces => "faces",
            Self::Events => "events",
        })
    }
}

#[cfg(test)]
mod tests;
