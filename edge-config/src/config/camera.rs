use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::{
    Conditions, Ground, Lane, LightBounds, Plates, Pose, Position, PrivacyZone, Profiles, SecondLook,
    TrackerChoice, Trigger,
};
use crate::Secret;

/// `[[camera]]`: one stream or one recorded clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// Unique in the file, 1–64 characters of `[a-z0-9-]`.
    pub id: String,
    /// Where pictures come from.
    pub source: Source,
    /// Id of the model card that detects.
    pub model: String,
    /// Width and height of the model's input in pixels, multiples of 32; the card's own where absent.
    pub input_size: Option<(u32, u32)>,
    /// Frames looked at per second, 0.1–60; all of them where absent.
    pub max_rate_hz: Option<f64>,
    /// Detections below are dropped, 0–1; the card's own bound where absent.
    pub min_score: Option<f32>,
    /// Where and how small objects are looked for, beside the look at the whole picture.
    pub small_objects: SmallObjects,
    /// Whether the box is only ready while the state of this camera is known.
    pub required: bool,
    /// Without a frame for this long the camera counts as frozen.
    pub frozen_after: Duration,
    /// How long an object may be out of sight, or out of the zone that it was in, and be in the same passage; zero: never.
    pub merge_window: Duration,
    /// How long an object has to rest to be remembered as parked, also when its track breaks.
    pub stationary_after: Duration,
    /// Where the camera stands.
    pub position: Option<Position>,
    /// Where it looks, degrees clockwise from north, 0–360.
    pub heading_deg: Option<f32>,
    /// How it looks from there, where that is known well enough to put what it sees on the map.
    pub pose: Option<Pose>,
    /// Where metres on the ground are in its picture.
    pub ground: Option<Ground>,
    /// When its picture counts as day, night or infrared.
    pub light: LightBounds,
    /// How detections become tracks.
    pub tracker: TrackerChoice,
    /// Id of the model card that embeds people, whose likenesses help to follow them; nobody's looks count where absent.
    pub appearance: Option<String>,
    /// Whether and how the plates of vehicles are read.
    pub plates: Option<Plates>,
    /// `[[camera.zone]]`, ids unique in this camera.
    pub zones: Vec<Zone>,
    /// `[[camera.line]]`, ids unique in this camera.
    pub lines: Vec<Line>,
    /// `[[camera.rule]]`, ids unique in this camera; each refers to a zone or a line above.
    pub rules: Vec<Rule>,
    /// `[[camera.lane]]`, ids unique in this camera; each refers to a zone above.
    pub lanes: Vec<Lane>,
    /// `[[camera.privacy]]`, ids unique in this camera: hidden in every picture that is stored or served.
    pub privacy: Vec<PrivacyZone>,
    /// `camera.evidence.blur-bystanders`: people in its pictures who are not the subject are blurred, unless a rule says
    /// otherwise.
    pub blur_bystanders: bool,
}

/// Where and how a camera looks for objects that are too small in a look at the whole picture. It does so only for rules
/// that ask for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmallObjects {
    /// First and last row in which they may be, as fractions of the picture's height, 0–1 and in this order.
    pub horizon: (f32, f32),
    /// Which tiles are looked at.
    pub tiles: Tiles,
}

/// Which of the tiles over the horizon are looked at in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiles {
    /// Those in which something moves or is followed; each of them now and then.
    Moving,
    /// All of them.
    All,
}

impl Camera {
    /// Height in pixels of the picture of the smallest object that any rule has to see.
    pub fn smallest_px(&self) -> Option<u32> {
        self.rules.iter().filter_map(|rule| rule.smallest_px).min()
    }
}

/// Where pictures come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A live camera.
    Rtsp(Stream),
    /// A recorded clip.
    File(Clip),
}

/// A live camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// `rtsp://host[:port]/path`, without user or password.
    pub url: String,
    /// How media travels.
    pub transport: Transport,
    /// User and password.
    pub login: Option<Login>,
}

/// A recorded clip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// The file; may not exist yet.
    pub path: PathBuf,
    /// Wall-clock time of the first frame.
    pub recorded_at: SystemTime,
}

/// How RTSP media travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Interleaved in the RTSP connection.
    Tcp,
    /// RTP over UDP.
    Udp,
}

/// What is shown to a camera or a broker to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// User name; a secret too, because it may come from the same store.
    pub user: Secret,
    /// Password.
    pub password: Secret,
}

/// A place in the picture as a fraction of it: `(0, 0)` top-left, `(1, 1)` bottom-right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Fraction of the width, 0–1.
    pub x: f32,
    /// Fraction of the height, 0–1.
    pub y: f32,
}

/// `[[camera.zone]]`
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// 1–64 characters of `[a-z0-9-]`.
    pub id: String,
    /// 3–64 corners of a simple polygon with an area; the last is joined to the first.
    pub polygon: Vec<Point>,
}

/// `[[camera.line]]`: `from` and `to` differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// 1–64 characters of `[a-z0-9-]`.
    pub id: String,
    /// Start.
    pub from: Point,
    /// End.
    pub to: Point,
}

/// `[[camera.rule]]`: the test a track must pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// 1–64 characters of `[a-z0-9-]`.
    pub id: String,
    /// At least 1; travels with each event.
    pub version: u32,
    /// How much an event matters to its receivers.
    pub priority: Priority,
    /// What must happen.
    pub trigger: Trigger,
    /// Object classes that count; at least one, none twice.
    pub classes: Vec<String>,
    /// Which point of the object's box is looked at.
    pub anchor: Anchor,
    /// How often the track must have been seen.
    pub confirm: Confirm,
    /// Least distance travelled, as a fraction of the frame's height, 0–2.
    pub min_travel: f32,
    /// Least mean score over the track, 0–1.
    pub min_score: f32,
    /// Height in pixels of the picture of the smallest object that has to be seen, 4–1000; whatever the model finds in a
    /// look at the whole picture where absent.
    pub smallest_px: Option<u32>,
    /// What is asked besides.
    pub conditions: Conditions,
    /// What is asked instead in a light of its own.
    pub profiles: Profiles,
    /// How many passages are told one by one; all of them where absent.
    pub limit: Option<Limit>,
    /// Instead of the camera's own [`Camera::blur_bystanders`].
    pub blur_bystanders: Option<bool>,
    /// Who has to agree before a passage is told.
    pub second_look: Option<SecondLook>,
}

/// At most so many passages in so much time, in the mean; those above are summarised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// At least 1.
    pub passages: u32,
    /// At least a second.
    pub per: Duration,
}

/// How much an event matters to its receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody should act on it now.
    Urgent,
    /// The usual.
    Normal,
}

/// Which way across a line counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the left to the right of someone who looks from `from` to `to`.
    Forward,
    /// The other way.
    Backward,
    /// Either way.
    Both,
}

/// Which edge of a stay in a zone counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Coming in.
    Enter,
    /// Going out.
    Exit,
    /// Either.
    Both,
}

/// Which point of the object's box is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Middle of the lower side.
    Foot,
    /// Middle of the box.
    Centre,
}

/// The track was seen in `hits` of its latest `of` frames; `1 <= hits <= of <= 64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// Frames with the object.
    pub hits: u32,
    /// Frames looked back on.
    pub of: u32,
}
