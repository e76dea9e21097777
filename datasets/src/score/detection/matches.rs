//! What a run keeps of one picture.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Matches of one picture for the classes that occur in it, by class name.
///
/// In JSON an array of arrays without keys: `[[class, [truths per area range], [[score, right, ignored], …],
/// [[height, best score], …]], …]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PictureMatches {
    /// In order of class names, each once.
    pub classes: Vec<ClassMatches>,
}

/// Matches of the objects of one class in one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassMatches {
    /// Name of the class.
    pub class: String,
    /// Truths that are not ignored in each of [`super::AreaRange::ALL`].
    pub truths: [u32; 4],
    /// At most 100, the highest score first, equal scores in the order in which they were found.
    pub found: Vec<FoundMatch>,
    /// Truths that are no crowd, in the order of the ground truth.
    pub sizes: Vec<TruthMatch>,
}

/// What became of one detection, at each of four area ranges and ten thresholds: neither right nor ignored is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FoundMatch {
    /// Of the detector. In JSON it is text, which every parser gives back to the last bit: one unit there would break a
    /// tie, and so another order.
    pub score: f64,
    /// Bit `10 · area range + threshold` is set where it matched a truth that counts.
    pub right: u64,
    /// Same bits: set where it matched an ignored truth, or none and its own area is out of range.
    pub ignored: u64,
}

/// How one truth was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruthMatch {
    /// Of its box.
    pub height_px: f64,
    /// Score of the detection that matched it at IoU 0.5 among all areas; `None`: never found.
    pub best_score: Option<f64>,
}

/// A number as text that reads back as the same number.
struct Exact(f64);

impl Serialize for ClassMatches {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.class, self.truths, &self.found, &self.sizes).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClassMatches {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (class, truths, found, sizes) = Deserialize::deserialize(deserializer)?;
        Ok(Self { class, truths, found, sizes })
    }
}

impl Serialize for FoundMatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (Exact(self.score), self.right, self.ignored).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for FoundMatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (score, right, ignored): (Exact, _, _) = Deserialize::deserialize(deserializer)?;
        Ok(Self { score: score.0, right, ignored })
    }
}

impl Serialize for TruthMatch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (Exact(self.height_px), self.best_score.map(Exact)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TruthMatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (height, score): (Exact, Option<Exact>) = Deserialize::deserialize(deserializer)?;
        Ok(Self { height_px: height.0, best_score: score.map(|score| score.0) })
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        number
            .map(Self)
            .ok_or_else(|| D::Error::custom(format_args!("`{text}` is not a finite number in quotes")))
    }
}
