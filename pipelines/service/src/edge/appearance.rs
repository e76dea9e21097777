//! What people look like, for the tracker of one camera: which detections are worth a look, and the looks themselves.
//!
//! A look costs several milliseconds, so only those are taken that can matter. A detection that overlaps one track alone,
//! a track that was seen a frame ago and that no other detection overlaps, is that track's whatever it looks like: it is
//! looked at once a second, so that the track knows its looks when it needs them. A detection that overlaps a lost track, or
//! stands between several pairs, is looked at in each frame. One that overlaps no track is not: no look brings a pair
//! together that does not overlap.
//!
//! Vectors go to the tracker and nowhere else. They are dropped with the frame here and with the track there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use track::{Observation, Track, TrackerSettings};
use vision::{FrameBox, FrameView};

use crate::readers::{PersonEmbedder, ReadError};

/// Looks in one frame.
const LOOKS: usize = 8;

/// A track that nothing contests is looked at this often.
const REFRESH: Duration = Duration::from_secs(1);

/// A detection of which boxes in front cover more than this is left without: it would look like whoever covers it.
const MAX_COVERED: f32 = 0.5;

/// A box of less than this share of another's score covers nobody: it is as likely a second box of the same person.
const FAINT: f32 = 0.5;

/// Looks at the people of one camera.
pub(crate) struct Appearances {
    embedder: PersonEmbedder,
    choice: Choice,
}

/// Chooses who is looked at.
struct Choice {
    /// The class of people.
    person: u16,
    /// Detections below are too doubtful to look at.
    min_score: f32,
    /// Pairs that overlap less cannot be one person.
    min_iou: f32,
    /// Tracks of people, as they were after the last frame.
    tracks: Vec<Known>,
}

/// A track and when it was looked at last.
struct Known {
    id: u64,
    bbox: FrameBox,
    confirmed: bool,
    lost: bool,
    looked_at: Option<Duration>,
}

/// What the observations of one frame look like.
#[derive(Default)]
pub(crate) struct Looked {
    /// One entry for each observation.
    pub(crate) vectors: Vec<Option<Vec<f32>>>,
    /// Why a look failed; the others of the frame were not taken then.
    pub(crate) missed: Option<ReadError>,
}

impl Appearances {
    /// Looks through `embedder` at the class `person` for a tracker with `settings`.
    pub(crate) fn new(embedder: PersonEmbedder, person: u16, settings: &TrackerSettings) -> Self {
        let choice =
            Choice { person, min_score: settings.high_score, min_iou: settings.min_iou, tracks: Vec::new() };
        Self { embedder, choice }
    }

    /// What those of `observations` look like that are worth a look in `frame`, taken at `at`. All looks together may
    /// take `limit`.
    pub(crate) fn look(
        &self,
        at: Duration,
        frame: &FrameView<'_>,
        observations: &[Observation],
        limit: Duration,
    ) -> Looked {
        let begun = Instant::now();
        let mut looked = Looked { vectors: vec![None; observations.len()], missed: None };
        for place in self.choice.worth_a_look(at, observations) {
            let left = limit.saturating_sub(begun.elapsed());
            match self.embedder.embed(frame, &observations[place].bbox, left) {
                Ok(vector) => looked.vectors[place] = Some(vector),
                Err(error) => {
                    // The next look would wait as long for the same session.
                    looked.missed = Some(error);
                    break;
                }
            }
        }
        looked
    }

    /// Remembers where `tracks` are after the frame of `at`, and which of them were looked at in it.
    pub(crate) fn followed(
        &mut self,
        at: Duration,
        tracks: &[Track],
        observations: &[Observation],
        looked: &Looked,
    ) {
        self.choice.followed(at, tracks, |track| {
            let is_its_own = |(observation, vector): (&Observation, &Option<Vec<f32>>)| {
                vector.is_some() && *observation == track.last_observed
            };
            observations.iter().zip(&looked.vectors).any(is_its_own)
        });
    }

    /// Forgets who was followed.
    pub(crate) fn clear(&mut self) {
        self.choice.tracks.clear();
    }
}

impl Choice {
    /// Places of the observations to look at: those that are contested first, then the larger.
    fn worth_a_look(&self, at: Duration, observations: &[Observation]) -> Vec<usize> {
        let clear = |place: &usize| {
            let observation = &observations[*place];
            observation.class == self.person
                && self.min_score <= observation.score
                && covered(observation, observations) <= MAX_COVERED
        };
        let people: Vec<&Observation> = observations
            .iter()
            .filter(|other| other.class == self.person && self.min_score <= other.score)
            .collect();
        let mut chosen: Vec<(bool, usize)> = (0..observations.len())
            .filter(clear)
            .filter_map(|place| {
                let contested = self.is_contested(&observations[place], &people, at)?;
                Some((contested, place))
            })
            .collect();
        let area = |place: usize| observations[place].bbox.area();
        // The sort is stable: of two that are as large the first stays first.
        chosen.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| area(b.1).total_cmp(&area(a.1))));
        chosen.truncate(LOOKS);
        chosen.into_iter().map(|(_, place)| place).collect()
    }

    /// Whether `observation` may be more than one track's, or a lost one's; `None` when no look at it is due.
    fn is_contested(&self, observation: &Observation, people: &[&Observation], at: Duration) -> Option<bool> {
        let pairs = |bbox: &FrameBox| {
            let bbox = *bbox;
            self.tracks.iter().filter(move |known| self.min_iou <= known.bbox.iou(&bbox))
        };
        let mut mine = pairs(&observation.bbox);
        let first = mine.next()?;
        let rivals = people.iter().filter(|other| self.min_iou <= first.bbox.iou(&other.bbox)).count();
        if first.lost || mine.next().is_some() || 1 < rivals {
            return Some(true);
        }
        let due = first.looked_at.is_none_or(|before| REFRESH <= at.saturating_sub(before));
        (first.confirmed && due).then_some(false)
    }

    fn followed(&mut self, at: Duration, tracks: &[Track], looked: impl Fn(&Track) -> bool) {
        let before: BTreeMap<u64, Option<Duration>> =
            self.tracks.iter().map(|known| (known.id, known.looked_at)).collect();
        self.tracks.clear();
        self.tracks.extend(tracks.iter().filter(|track| track.class == self.person).map(|track| Known {
            id: track.id,
            bbox: track.bbox,
            confirmed: track.confirmed,
            lost: !track.seen_now,
            looked_at: match track.seen_now && looked(track) {
                true => Some(at),
                false => before.get(&track.id).copied().flatten(),
            },
        }));
    }
}

/// The largest share of `observation` that a box of its class in front of it covers. A camera looks down: what is in front
/// reaches lower.
fn covered(observation: &Observation, observations: &[Observation]) -> f32 {
    let area = observation.bbox.area();
    let in_front = observations.iter().filter(|other| {
        other.class == observation.class
            && *other != observation
            && observation.bbox.y1() <= other.bbox.y1()
            && FAINT * observation.score <= other.score
    });
    in_front.map(|other| shared(&observation.bbox, &other.bbox) / area.max(f32::EPSILON)).fold(0.0, f32::max)
}

/// Area of the intersection, in square pixels.
fn shared(a: &FrameBox, b: &FrameBox) -> f32 {
    let width = a.x1().min(b.x1()) - a.x0().max(b.x0());
    let height = a.y1().min(b.y1()) - a.y0().max(b.y0());
    width.max(0.0) * height.max(0.0)
}

#[cfg(test)]
mod tests;
