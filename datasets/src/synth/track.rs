//! Looks at one plate while its vehicle comes nearer: for what a vote over looks is worth.

use serde::{Deserialize, Serialize};

use super::camera::Pose;
use super::chance::Chance;
use super::face::Faces;
use super::mixture::Mixture;
use super::reader::{ReaderSample, View};
use super::text::{Country, PlateText};
use super::{SynthError, SynthSettings};

/// Names the kind and version of a file of track sets.
const SCHEMA: &str = "cairn.synthetic-plate-tracks/1";

/// Looks of a track at most.
const MOST_LOOKS: u64 = 64;

/// Sets of tracks that are named and do not change, so that two readers can be compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackSets {
    schema: String,
    /// Seed of all chance.
    pub seed: u64,
    /// Codes of the countries whose plates they are, in equal parts.
    countries: Vec<String>,
    /// The sets.
    #[serde(rename = "set")]
    pub sets: Vec<TrackSet>,
}

/// Tracks that are spoilt alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrackSet {
    /// Name in an index.
    pub name: String,
    /// What it stands for.
    pub about: String,
    /// Number of tracks.
    pub tracks: u64,
    /// Fewest and most looks of a track.
    pub looks: [u64; 2],
    /// A one-line plate's width in pixels as if from in front: narrowest of a first and widest of a last look. A two-line
    /// plate has three quarters of it.
    pub width_px: [f64; 2],
    /// Scales the angles of view: 1 as documented.
    #[serde(default = "one")]
    pub angle: f64,
    /// Scales how far the corners of a crop are off.
    #[serde(default = "one")]
    pub corner_error: f64,
    /// What may spoil plates, once for a track, and pictures, for each look anew.
    #[serde(default)]
    pub effects: Mixture,
}

fn one() -> f64 {
    1.0
}

impl TrackSets {
    /// Reads a file of sets; `name` is for messages.
    ///
    /// # Errors
    /// [`SynthError::TracksToml`] and [`SynthError::Tracks`].
    pub fn parse(name: &str, text: &str) -> Result<Self, SynthError> {
        let sets: Self = toml::from_str(text)
            .map_err(|source| SynthError::TracksToml { file: name.to_owned(), source: Box::new(source) })?;
        match sets.problem() {
            Some(problem) => Err(SynthError::Tracks { file: name.to_owned(), problem }),
            None => Ok(sets),
        }
    }

    /// Whose plates they are.
    pub fn countries(&self) -> Vec<Country> {
        let country = |code: &String| Country::ALL.into_iter().find(|country| country.code() == code);
        self.countries.iter().filter_map(country).collect()
    }

    /// Looks in all sets.
    pub fn looks(&self) -> u64 {
        (0..self.sets.len()).map(|set| self.looks_of(set)).sum()
    }

    fn looks_of(&self, set: usize) -> u64 {
        let looks = |track| looks(self.sets[set].looks, &mut self.chance(set, track));
        (0..self.sets[set].tracks).map(looks).sum()
    }

    /// The chance of one track, the same however many tracks and sets there are beside it.
    pub fn chance(&self, set: usize, track: u64) -> Chance {
        Chance::new(self.seed, ((set as u64) << 32) + track)
    }

    fn problem(&self) -> Option<String> {
        if self.schema != SCHEMA {
            return Some(format!("`schema` is `{}`, expected `{SCHEMA}`", self.schema));
        }
        if self.countries.is_empty() || self.countries().len() != self.countries.len() {
            let known = Country::ALL.map(Country::code).join("`, `");
            return Some(format!(
                "`countries` are `{}`, expected some of `{known}`",
                self.countries.join("`, `")
            ));
        }
        for (place, set) in self.sets.iter().enumerate() {
            if self.sets[..place].iter().any(|other| other.name == set.name) {
                return Some(format!("set `{}` is there twice, expected each name once", set.name));
            }
            if let Some(problem) = set.problem() {
                return Some(format!("set `{}`: {problem}", set.name));
            }
        }
        self.sets.is_empty().then(|| "has no `set`, expected at least one".to_owned())
    }
}

impl TrackSet {
    fn problem(&self) -> Option<String> {
        let [fewest, most] = self.looks;
        let [narrow, wide] = self.width_px;
        if fewest < 1 || most < fewest || MOST_LOOKS < most {
            return Some(format!(
                "`looks` are {fewest} to {most}, expected two numbers from 1 to {MOST_LOOKS}"
            ));
        }
        if self.tracks == 0 || u64::from(u32::MAX) < self.tracks {
            return Some(format!("`tracks` is {}, expected 1 to {}", self.tracks, u32::MAX));
        }
        if !(16.0 <= narrow && narrow <= wide && wide <= 400.0) {
            return Some(format!("`width-px` is {narrow} to {wide}, expected two numbers from 16 to 400"));
        }
        for (key, value, most) in [("angle", self.angle, 1.5), ("corner-error", self.corner_error, 4.0)] {
            if !(0.0..=most).contains(&value) {
                return Some(format!("`{key}` is {value}, expected a number from 0 to {most}"));
            }
        }
        self.effects.problem().map(|problem| format!("`effects`: {problem}"))
    }

    /// The looks of track `track` at a plate from `text`, the first and farthest first; `index` is the first look's number.
    ///
    /// # Errors
    /// As [`ReaderSample::draw`], and those of `text`.
    pub fn draw<E: From<SynthError>>(
        &self,
        index: u64,
        track: u64,
        text: impl FnOnce(&mut Chance) -> Result<PlateText, E>,
        faces: &Faces,
        seed: u64,
        chance: &mut Chance,
    ) -> Result<Vec<ReaderSample>, E> {
        let looks = looks(self.looks, chance);
        let text = &text(chance)?;
        let mut settings =
            SynthSettings { seed, mixture: self.effects, corner_error: self.corner_error, upright: 0.0 };
        let infrared = settings.mixture.infrared.drawn(chance);
        settings.mixture.infrared.share = 0.0;
        let [narrow, wide] = self.width_px;
        let part = if text.layout.lines() == 1 { 1.0 } else { 0.75 };
        let first_px = part * (narrow + (wide - narrow) * 0.3 * chance.unit());
        let last_px = part * (wide - (wide - narrow) * 0.4 * chance.unit());
        let (from, to) = (Pose::drawn(chance).scaled(self.angle), Pose::drawn(chance).scaled(self.angle));
        let press = chance.split();
        let mut samples = Vec::new();
        for look in 0..looks {
            let way = if looks == 1 { 1.0 } else { look as f64 / (looks - 1) as f64 };
            // What comes nearer evenly grows with the inverse of its distance.
            let width_px = 1.0 / ((1.0 - way) / first_px + way / last_px);
            let pose = from.towards(&to, way).shaken(chance);
            let view = View { pose, width_px, infrared };
            let mut sample =
                ReaderSample::look(index + look, text, faces, settings, view, &mut press.clone(), chance)?;
            (sample.label.set, sample.label.track, sample.label.look) =
                (Some(self.name.clone()), Some(track), Some(look));
            samples.push(sample);
        }
        Ok(samples)
    }
}

/// How many looks a track has: the first thing that its chance decides.
fn looks([fewest, most]: [u64; 2], chance: &mut Chance) -> u64 {
    fewest + chance.below((most - fewest + 1) as usize) as u64
}
