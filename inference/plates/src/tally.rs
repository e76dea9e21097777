//! The looks at one vehicle's plate over its track, and what they come to.

use std::cmp::Ordering;
use std::time::Duration;

use vision::FramePoint;

use crate::grammar::{Grammar, Match, RawRead};
use crate::{Ballot, Measures, Vote, vote};

/// One look at a plate that was found and read.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// When its frame was taken, in the camera's time.
    pub at: Duration,
    /// In frame pixels: top left, top right, bottom right, bottom left as it is read.
    pub corners: [FramePoint; 4],
    /// How legible it is.
    pub measures: Measures,
    /// What the reader made of it.
    pub read: RawRead,
    /// Probability that it overlooked no character: [`crate::Reading::complete`].
    pub complete: f32,
}

/// When a read counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReadSettings {
    /// Plates that are narrower are not read, in frame pixels.
    pub min_width_px: f32,
    /// The least that the weakest character must have, in `[0, 1]`.
    pub min_confidence: f32,
    /// Two looks agree beside each other when their frames are so far apart.
    pub apart: Duration,
    /// Looks that are kept of a track, the best ones.
    pub keep: usize,
    /// Whether a text that no grammar has is rejected.
    pub only_grammars: bool,
}

impl Default for ReadSettings {
    fn default() -> Self {
        Self {
            min_width_px: 40.0,
            min_confidence: 0.7,
            apart: Duration::from_millis(100),
            keep: 12,
            only_grammars: true,
        }
    }
}

/// What a vehicle's plate came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Two looks or more read exactly this, and the weakest character is sure enough.
    Confirmed,
    /// Sure enough, by one look alone.
    SingleLook,
    /// Not to be relied on.
    Rejected(Reason),
}

/// Why a vehicle's plate was not read: the first that holds, in this order, so that what no reader could help comes before
/// what the reader did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No plate was found in any frame in which one was sought.
    NoPlate,
    /// Each that was found is too narrow to be read, or the vehicle never large enough to seek one on it.
    TooSmall,
    /// In each that was read, light has taken the text away ([`Measures::glares`]).
    Glare,
    /// Each of the others is blurred ([`Measures::is_blurred`]).
    MotionBlur,
    /// The weakest character is not sure enough, or the reader saw none.
    LowConfidence,
    /// It is sure, and a plate of no grammar: a badge, lettering, a plate from elsewhere.
    Grammar,
}

impl Reason {
    /// Every reason, in the order in which they are asked for.
    pub const ALL: [Self; 6] =
        [Self::NoPlate, Self::TooSmall, Self::Glare, Self::MotionBlur, Self::LowConfidence, Self::Grammar];

    /// Name in metrics and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoPlate => "no_plate",
            Self::TooSmall => "too_small",
            Self::Glare => "glare",
            Self::MotionBlur => "motion_blur",
            Self::LowConfidence => "low_confidence",
            Self::Grammar => "grammar",
        }
    }
}

/// What one track has shown of its plate so far. Its memory is bounded by [`ReadSettings::keep`].
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    settings: ReadSettings,
    searches: u32,
    found: u32,
    /// Of those that were read.
    looks: u32,
    /// The vehicle was seen so small that no plate on it could be read.
    too_far: bool,
    glaring: u32,
    /// Of those that do not glare.
    blurred: u32,
    widest_px: f32,
    /// The heaviest first.
    kept: Vec<Look>,
}

/// What the looks of a track come to.
#[derive(Clone, Debug)]
pub struct Outcome<'a> {
    /// Whether and why not.
    pub status: Status,
    /// What was read, uncorrected, whatever the status; `None` where nothing was.
    pub vote: Option<Vote>,
    /// What the text may be, best first; empty where no grammar has it.
    pub matches: Vec<Match<'a>>,
    /// The heaviest look that read what the vote says, else the heaviest.
    pub best: Option<&'a Look>,
    /// Looks that were read.
    pub looks: u32,
    /// Frames in which a plate was sought.
    pub searches: u32,
    /// Width of the widest that was found, in frame pixels; 0 where none was.
    pub widest_px: f32,
}

impl Tally {
    /// Of a vehicle at which nobody has looked yet.
    pub const fn new(settings: ReadSettings) -> Self {
        Self {
            settings,
            searches: 0,
            found: 0,
            looks: 0,
            too_far: false,
            glaring: 0,
            blurred: 0,
            widest_px: 0.0,
            kept: Vec::new(),
        }
    }

    /// The vehicle is so small that no plate on it could be read: none was sought.
    pub const fn too_far(&mut self) {
        self.too_far = true;
    }

    /// A plate was sought in a frame, and not found.
    pub const fn found_none(&mut self) {
        self.searches += 1;
    }

    /// A plate of this width was found in a frame. Answers whether it is to be read; that look then comes by
    /// [`Tally::add`].
    pub fn found(&mut self, width_px: f32) -> bool {
        self.searches += 1;
        self.found += 1;
        self.widest_px = self.widest_px.max(width_px);
        self.settings.min_width_px <= width_px
    }

    /// One look at it. Answers whether it is the heaviest so far.
    pub fn add(&mut self, look: Look) -> bool {
        self.looks += 1;
        if look.measures.glares() {
            self.glaring += 1;
        } else if look.measures.is_blurred() {
            self.blurred += 1;
        }
        self.insert(look)
    }

    /// The same vehicle was followed under another track too, with these looks.
    pub fn merge(&mut self, other: &Self) {
        self.searches += other.searches;
        self.found += other.found;
        self.looks += other.looks;
        self.too_far |= other.too_far;
        self.glaring += other.glaring;
        self.blurred += other.blurred;
        self.widest_px = self.widest_px.max(other.widest_px);
        for look in &other.kept {
            self.insert(look.clone());
        }
    }

    /// Keeps it where it is good enough; answers whether it is the heaviest.
    fn insert(&mut self, look: Look) -> bool {
        let place = self.kept.partition_point(|kept| compare(kept, &look).is_le());
        let is_known = self.kept[..place].last().is_some_and(|before| *before == look);
        if is_known || self.settings.keep <= place {
            return false;
        }
        self.kept.insert(place, look);
        self.kept.truncate(self.settings.keep);
        place == 0
    }

    /// The looks that are kept, the heaviest first.
    pub fn kept(&self) -> &[Look] {
        &self.kept
    }

    /// Frames in which a plate was sought.
    pub const fn searches(&self) -> u32 {
        self.searches
    }

    /// What it comes to by now. The grammars rank and may reject; they never change what was read.
    pub fn outcome<'a>(&'a self, grammar: &'a Grammar) -> Outcome<'a> {
        let ballots: Vec<Ballot<'_>> = self.kept.iter().map(Look::ballot).collect();
        let vote = vote(&ballots, self.settings.apart);
        let matches = vote.as_ref().map_or_else(Vec::new, |vote| grammar.parse(&vote.read));
        let read = vote.as_ref().map(|vote| vote.read.text());
        let same = self.kept.iter().find(|look| Some(look.read.text()) == read);
        Outcome {
            status: self.status(vote.as_ref(), !matches.is_empty()),
            vote,
            matches,
            best: same.or_else(|| self.kept.first()),
            looks: self.looks,
            searches: self.searches,
            widest_px: self.widest_px,
        }
    }

    fn status(&self, vote: Option<&Vote>, is_plate: bool) -> Status {
        let sure = vote.filter(|vote| self.settings.min_confidence <= vote.confidence);
        match sure {
            Some(vote) if is_plate || !self.settings.only_grammars => {
                if 2 <= vote.agreeing {
                    Status::Confirmed
                } else {
                    Status::SingleLook
                }
            }
            _ => Status::Rejected(self.reason(sure.is_some())),
        }
    }

    fn reason(&self, is_sure: bool) -> Reason {
        let is_unseen = self.found == 0 && self.looks == 0;
        if is_unseen && (0 < self.searches || !self.too_far) {
            Reason::NoPlate
        } else if self.looks == 0 {
            Reason::TooSmall
        } else if is_sure {
            // The light and the movement did not keep it from being read.
            Reason::Grammar
        } else if self.glaring == self.looks {
            Reason::Glare
        } else if self.glaring + self.blurred == self.looks {
            Reason::MotionBlur
        } else {
            Reason::LowConfidence
        }
    }
}

impl Look {
    fn ballot(&self) -> Ballot<'_> {
        Ballot { at: self.at, weight: self.measures.weight(), read: &self.read, complete: self.complete }
    }
}

/// Heavier first, then by time and place: the order in which looks come changes nothing.
fn compare(a: &Look, b: &Look) -> Ordering {
    let place = |look: &Look| look.corners.map(|corner| (corner.x, corner.y));
    let by_place = || {
        let (a, b) = (place(a), place(b));
        let mut pairs = a.iter().zip(&b).map(|(a, b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    b.measures
        .weight()
        .total_cmp(&a.measures.weight())
        .then(a.at.cmp(&b.at))
        .then_with(by_place)
        .then_with(|| a.read.text().cmp(&b.read.text()))
}

#[cfg(test)]
mod tests;
