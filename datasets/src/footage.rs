use std::path::Path;

use models::BadValue;
use models::artifact::{Artifact, PublicFile, Written};
use serde::Deserialize;
use vision::SizePx;

use crate::FootageError;

/// A recorded clip and the files that belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Footage {
    /// What the command line calls it.
    pub id: String,
    /// One line for someone who chooses footage.
    pub about: String,
    /// SPDX id of the clip's licence, or `none` where none is stated.
    pub licence: String,
    /// Whom to name where the clip is shown.
    pub attribution: String,
    /// Whether nothing but a test may use it; always so without a licence.
    pub tests_only: bool,
    /// Frames in the clip.
    pub frames: u32,
    /// Frames per second of the clip, on average.
    pub fps: f64,
    /// Size of the clip's frames.
    pub size: SizePx,
    /// The clip, once, and at most one file of each other role.
    pub files: Vec<FootageFile>,
}

/// One file of a [`Footage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FootageFile {
    /// What it holds.
    pub role: Role,
    /// Whether a pull fails without it.
    pub required: bool,
    /// The file itself.
    pub artifact: Artifact,
}

/// What a file of a footage holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The video.
    Clip,
    /// Ground truth: boxes with ids, as MOT text.
    Boxes,
    /// Ground truth: what happens when, as JSON.
    Events,
}

impl Footage {
    /// Reads a card from `text`; errors name `file`.
    ///
    /// # Errors
    /// [`FootageError::Syntax`] or [`FootageError::Value`].
    pub fn parse(file: &Path, text: &str) -> Result<Self, FootageError> {
        let written: FootageToml = toml::from_str(text)
            .map_err(|err| FootageError::Syntax { file: file.to_owned(), source: Box::new(err) })?;
        written.check().map_err(|source| FootageError::Value { file: file.to_owned(), source })
    }

    /// The file of `role`, if there is one.
    pub fn file(&self, role: Role) -> Option<&FootageFile> {
        self.files.iter().find(|file| file.role == role)
    }

    /// The video.
    ///
    /// # Panics
    /// When somebody took the clip out of `files`.
    #[expect(clippy::expect_used, reason = "a card without a clip is refused")]
    pub fn clip(&self) -> &Artifact {
        &self.file(Role::Clip).expect("footage has a clip").artifact
    }
}

/// A card as its author wrote it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FootageToml {
    id: String,
    about: String,
    licence: String,
    attribution: String,
    #[serde(default)]
    tests_only: bool,
    frames: u32,
    fps: f64,
    size: [u32; 2],
    files: Vec<FileToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileToml {
    role: Role,
    required: bool,
    file: String,
    sha256: String,
    bytes: u64,
    source: Option<PublicFile>,
    #[serde(default)]
    mirror_only: bool,
}

impl FootageToml {
    fn check(self) -> Result<Footage, BadValue> {
        let Self { id, about, licence, attribution, tests_only, frames, fps, .. } = self;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(BadValue::new("id", id, "lower-case letters, digits and `-`"));
        }
        for (key, text) in [("about", &about), ("licence", &licence), ("attribution", &attribution)] {
            if text.trim().is_empty() {
                return Err(BadValue::new(key, text, "some text"));
            }
        }
        if licence == "none" && !tests_only {
            return Err(BadValue::new("tests-only", false, "`true` where the licence is `none`"));
        }
        if frames == 0 {
            return Err(BadValue::new("frames", frames, "at least 1"));
        }
        if !fps.is_finite() || fps <= 0.0 {
            return Err(BadValue::new("fps", fps, "a number above 0"));
        }
        let size = SizePx::new(self.size[0], self.size[1]);
        if size.is_empty() {
            return Err(BadValue::new("size", self.size, "a width and a height of at least 1"));
        }
        let files = check_files(&id, self.files)?;
        Ok(Footage { id, about, licence, attribution, tests_only, frames, fps, size, files })
    }
}

fn check_files(id: &str, written: Vec<FileToml>) -> Result<Vec<FootageFile>, BadValue> {
    let mut files: Vec<FootageFile> = Vec::new();
    for (i, file) in written.into_iter().enumerate() {
        let table = format!("files[{i}]");
        let FileToml { role, required, file, sha256, bytes, source, mirror_only } = file;
        if files.iter().any(|other| other.role == role) {
            return Err(BadValue::new(format!("{table}.role"), role, "one file of each role"));
        }
        let artifact =
            Artifact::check(id, &table, Written { file, sha256, bytes, source, mirror_only, derived: None })?;
        files.push(FootageFile { role, required, artifact });
    }
    if !files.iter().any(|file| file.role == Role::Clip && file.required) {
        let roles: Vec<Role> = files.iter().map(|file| file.role).collect();
        return Err(BadValue::new("files", roles, "a required file with the role `clip`"));
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
