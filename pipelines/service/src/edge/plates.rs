//! The number plates of one camera's vehicles: sought and read on their tracks while they are seen, voted on when a passage
//! is told.
//!
//! A search costs several milliseconds of the camera's thread, so each vehicle is looked at a few times a second, no more
//! than a few vehicles are in one frame, those that were looked at least first, and all searches of a frame share one
//! deadline; a model that does not answer is left alone for a while. What was seen of a plate stays in memory until its vehicle has gone and its passages are closed; it does not
//! survive a restart.

mod choice;
mod finder;
mod rates;
mod sighting;
mod vehicle;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use edge_config::Camera;
use engine::Wait;
use models::Card;
use plates::grammar::{self, Grammar};
use plates::{Outcome, ReadSettings, Status, Tally};
use proto::v1 as pb;
use scene::Passage;
use vision::Planes;

use self::choice::Choice;
use self::finder::Finder;
pub(crate) use self::finder::SearchError;
pub(crate) use self::rates::PlateCounts;
use self::rates::Rates;
pub(crate) use self::sighting::{PlatePicture, Sighting};
use self::vehicle::Vehicle;
use super::Detector;
use super::best_look::{Looked, MAX_TRACKS};
use super::redaction::Redaction;
use crate::plate_read::plate_read;
use crate::readers::PlateReader;

/// Classes of vehicles that have plates, as models for streets name them.
const VEHICLES: [&str; 5] = ["car", "truck", "bus", "van", "motorcycle"];

/// After a search that got no answer none is made for so long: a model that hangs costs its camera one deadline in that time,
/// and not one in each frame.
const PAUSE: Duration = Duration::from_secs(2);

/// Beyond the merge window: a passage is closed a frame after it.
const LINGER: Duration = Duration::from_secs(2);

/// The plates of one camera's vehicles.
pub(crate) struct Plates {
    finder: Finder,
    choice: Choice,
    /// For all searches of one frame.
    limit: Duration,
    /// Until when nothing is sought.
    paused: Option<Duration>,
    /// How long a vehicle that is not followed any more is remembered.
    linger: Duration,
    /// By track.
    vehicles: BTreeMap<u64, Vehicle>,
    rates: Rates,
    counts: Arc<PlateCounts>,
}

/// What is known of one passage's vehicle.
pub(crate) struct Known<'a> {
    tally: Tally,
    /// In the frame of the best look.
    pub(crate) sighting: Option<&'a Sighting>,
}

impl Plates {
    /// Of the vehicles of `camera`, whose model is `card`, as it has `asked` for them. All searches of a frame take `limit` at
    /// most.
    ///
    /// # Errors
    /// When the camera's model knows no vehicles, or `locator` finds no plates.
    pub(crate) fn of(
        camera: &Camera,
        asked: &edge_config::Plates,
        card: &Card,
        limit: Duration,
        (locator, reader): (Detector, PlateReader),
    ) -> anyhow::Result<Self> {
        let indices = (0..).zip(&card.classes);
        let classes: Vec<u16> =
            indices.filter(|(_, class)| VEHICLES.contains(&class.as_str())).map(|(index, _)| index).collect();
        ensure!(!classes.is_empty(), "`plates`: model `{}` knows no vehicles", card.id);
        let settings = ReadSettings {
            min_width_px: asked.min_width_px as f32,
            min_confidence: asked.min_confidence,
            only_grammars: asked.known_countries_only,
            ..ReadSettings::default()
        };
        Ok(Self {
            finder: Finder::new(locator, reader, asked.margin)?,
            choice: Choice {
                classes,
                settings,
                period: Duration::from_secs_f64(1.0 / asked.max_rate_hz),
                per_frame: asked.per_frame as usize,
            },
            limit,
            paused: None,
            linger: camera.merge_window + LINGER,
            vehicles: BTreeMap::new(),
            rates: Rates::default(),
            counts: Arc::default(),
        })
    }

    /// The models that take part, as events name them.
    pub(crate) fn models(&self) -> Vec<pb::ModelUse> {
        self.finder.models()
    }

    /// What it counts, for the metrics.
    pub(crate) fn counts(&self) -> Arc<PlateCounts> {
        Arc::clone(&self.counts)
    }

    /// Looks at the vehicles of a frame taken at `at` for which a look is due. Answers why one of them was not looked at;
    /// those after it were not either.
    pub(crate) fn watch(
        &mut self,
        at: Duration,
        planes: &Arc<dyn Planes>,
        frame: Looked<'_>,
        redaction: &Redaction,
    ) -> Option<SearchError> {
        self.rates.seen(at);
        let due = self.choice.due(at, frame.tracks, &mut self.vehicles);
        if due.is_empty() || self.paused.is_some_and(|until| at < until) {
            return None;
        }
        // A zone in which nothing is to be detected has no plates either.
        let shown: Arc<dyn Planes> = match redaction.seen_by_model(&frame.view) {
            Some(masked) => Arc::new(masked),
            None => Arc::clone(planes),
        };
        let wait = Wait { limit: self.limit, born: Instant::now() };
        for id in due {
            if let Err(error) = self.search(at, &shown, frame, id, wait) {
                self.counts.missed();
                self.rates.missed();
                self.paused = Some(at.saturating_add(PAUSE));
                return Some(error);
            }
        }
        None
    }

    /// What is known of the vehicle of `passage`, under all tracks under which it was followed; `None` where it is about no
    /// vehicle, or about one that nobody remembers.
    pub(crate) fn vehicle_of(&self, passage: &Passage) -> Option<Known<'_>> {
        if !self.choice.classes.contains(&passage.class) {
            return None;
        }
        let tracks = passage.subject.track_id().into_iter().chain(passage.merged_tracks.iter().copied());
        let vehicles: Vec<&Vehicle> = tracks.filter_map(|track| self.vehicles.get(&track)).collect();
        let mut tally = vehicles.first()?.tally.clone();
        vehicles[1..].iter().for_each(|vehicle| tally.merge(&vehicle.tally));
        let sightings = vehicles.iter().filter_map(|vehicle| vehicle.sighting.as_ref());
        let sighting = sightings.reduce(|best, other| if best.weight < other.weight { other } else { best });
        Some(Known { tally, sighting })
    }

    /// Forgets vehicles that are not `wanted` any more; they are counted as what they came to.
    pub(crate) fn retain(&mut self, now: Duration, wanted: impl Fn(u64) -> bool) {
        let Self { vehicles, linger, rates, counts, .. } = self;
        vehicles.retain(|&track, vehicle| {
            let stays = wanted(track) || now < vehicle.seen_at.saturating_add(*linger);
            if !stays {
                count(vehicle, rates, counts);
            }
            stays
        });
    }

    /// Nothing comes any more.
    pub(crate) fn finish(&mut self) {
        for vehicle in std::mem::take(&mut self.vehicles).values() {
            count(vehicle, &mut self.rates, &self.counts);
        }
    }

    /// The rates of a period that has ended by `now`; of the last one where the stream has `ended`.
    pub(crate) fn take_rates(&mut self, now: Duration, ended: bool) -> Option<pb::PlateRates> {
        self.rates.take(now, ended)
    }

    fn search(
        &mut self,
        at: Duration,
        planes: &Arc<dyn Planes>,
        frame: Looked<'_>,
        id: u64,
        wait: Wait,
    ) -> Result<(), SearchError> {
        let track = frame.tracks.iter().find(|track| track.id == id);
        let (Some(track), Some(vehicle)) = (track, self.vehicles.get_mut(&id)) else { return Ok(()) };
        let object = track.last_observed.bbox;
        vehicle.sought(at, object.width());
        let nearer: Vec<_> = frame
            .tracks
            .iter()
            .filter(|other| {
                other.id != id && self.choice.classes.contains(&other.class) && object.y1() < other.bbox.y1()
            })
            .map(|other| other.bbox)
            .collect();
        let Some(corners) = self.finder.locate(planes, &object, &nearer, wait)? else {
            vehicle.tally.found_none();
            return Ok(());
        };
        let [width, _] = plates::extent(&corners);
        if !vehicle.tally.found(width) {
            return Ok(());
        }
        let Some(look) = self.finder.read(planes, &corners, at, wait)? else { return Ok(()) };
        let weight = look.measures.weight();
        let is_best = vehicle.tally.add(look);
        let pictured = self.vehicles.values().filter(|vehicle| vehicle.sighting.is_some()).count();
        if is_best
            && let Some(vehicle) = self.vehicles.get_mut(&id)
            && (vehicle.sighting.is_some() || pictured < MAX_TRACKS)
            && let Some(sighting) = Sighting::of(frame, &object, &corners, weight)
        {
            vehicle.sighting = Some(sighting);
        }
        Ok(())
    }
}

impl Known<'_> {
    /// What its looks come to.
    pub(crate) fn outcome(&self) -> Outcome<'_> {
        self.tally.outcome(grammars())
    }

    /// The same in the contract's words.
    pub(crate) fn told(&self) -> pb::PlateRead {
        plate_read(&self.outcome())
    }
}

/// What plates of lanes are held to.
fn grammars() -> &'static Grammar {
    grammar::all()
}

fn count(vehicle: &Vehicle, rates: &mut Rates, counts: &PlateCounts) {
    let status: Status = vehicle.tally.outcome(grammars()).status;
    rates.count(status);
    counts.count(status);
}
