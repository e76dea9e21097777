//! Synthetic plates: layouts of Vietnam, China, Brazil and Europe as data, lettered with open fonts, as cameras may see them.
//!
//! A picture depends on the set's seed, its own number and the fonts alone. Ranges of every effect are tabulated in
//! `docs/synthetic-plates.md`. What is written on plates is the caller's: see [`PlateText`].

mod error;

mod chance;
mod effect;
mod layout;
mod mixture;
mod scheme;
mod text;

mod canvas;
mod face;
mod plate;
mod wear;

mod camera;
mod lens;
mod surroundings;

mod no_plate;
mod reader;
mod target;
mod track;

mod backgrounds;
mod distractor;
mod scene;

mod latin_texts;
mod printed;
mod set;

#[cfg(test)]
mod tests;

pub use backgrounds::{Backgrounds, Part};
pub use camera::Corners;
pub use chance::Chance;
pub use distractor::{Distractor, DistractorKind};
pub use effect::{Effect, Effects};
pub use error::SynthError;
pub use face::{Faces, face_ids};
pub use latin_texts::latin_text;
pub use layout::LayoutId;
pub use mixture::{Mixture, Odds};
pub use no_plate::NoPlate;
pub use reader::{CROP_HEIGHT, CROP_WIDTH, CharacterLabel, PlateLabel, ReaderLabel, ReaderSample};
pub use scene::{SCENE_SIDE, SceneLabel, ScenePlate, SceneSample};
pub use scheme::{Ground, SchemeId};
pub use set::{SetHeader, SetWriter};
pub use target::{READER_CHARACTERS, READER_EMPTY, READER_SLOTS, reader_classes};
pub use text::{Country, PlateText};
pub use track::{TrackSet, TrackSets};

/// How a set is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynthSettings {
    /// Seed of the set; kept beside each sample.
    pub seed: u64,
    /// What may spoil plates and pictures.
    pub mixture: Mixture,
    /// Scales how far the corners are off by which a reader's crop is cut: 0 for the true ones, 1 as documented.
    pub corner_error: f64,
    /// Share of a reader's crops that are cut by an upright box around the plate, as by a locator that knows no corners.
    pub upright: f64,
}

impl Default for SynthSettings {
    /// The documented mixture of seed 1.
    fn default() -> Self {
        Self { seed: 1, mixture: Mixture::documented(1.0), corner_error: 1.0, upright: 0.15 }
    }
}
