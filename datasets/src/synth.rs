//! Synthetic plates: Vietnamese and Chinese layouts as data, lettered with open fonts, as cameras may see them.
//!
//! A picture depends on the set's seed, its own number and the fonts alone. Ranges of every effect are tabulated in
//! `docs/synthetic-plates.md`. What is written on plates is the caller's: see [`PlateText`].

mod error;

mod chance;
mod effect;
mod layout;
mod scheme;
mod text;

mod canvas;
mod face;
mod plate;
mod wear;

mod camera;
mod lens;
mod surroundings;

mod reader;

mod backgrounds;
mod distractor;
mod scene;

mod printed;
mod sample_texts;
mod set;

#[cfg(test)]
mod tests;

pub use backgrounds::Backgrounds;
pub use camera::Corners;
pub use chance::Chance;
pub use distractor::{Distractor, DistractorKind};
pub use effect::{Effect, Effects};
pub use error::SynthError;
pub use face::{Faces, face_ids};
pub use layout::LayoutId;
pub use reader::{CROP_HEIGHT, CROP_WIDTH, CharacterLabel, ReaderLabel, ReaderSample};
pub use sample_texts::sample_text;
pub use scene::{SCENE_SIDE, SceneLabel, ScenePlate, SceneSample};
pub use scheme::SchemeId;
pub use set::{SetHeader, SetWriter};
pub use text::{Country, PlateText};

/// How a set is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SynthSettings {
    /// Seed of the set; kept beside each sample.
    pub seed: u64,
    /// Scales the probability of every effect that spoils: 0 gives clean plates, 1 the documented mixture.
    pub spoil: f64,
}
