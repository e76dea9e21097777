//! What the service may trust: no bound is left to check and no default to fill in.

mod camera;
mod conditions;
mod delivery;
mod inference;
mod lane;
mod lists;
mod plate_reader;
mod plates;
mod privacy;
mod second_look;
mod tracker;
mod trigger;
mod view;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use camera::{
    Anchor, Camera, Clip, Confirm, Direction, Edge, Limit, Line, Login, Point, Priority, Rule, SmallObjects,
    Source, Stream, Tiles, Transport, Zone,
};
pub use conditions::{Conditions, MinHeight, Period, Profile, Profiles, Veto, Weekday};
pub use tracker::{TrackerChoice, TrackerKind};
pub use trigger::{Crowd, Distance, Landing, Loiter, ObjectLeft, Trigger, WrongWay};
pub use view::{Ground, LightBounds, Pose, PoseUncertainty};

pub use lane::Lane;
pub use lists::{ListKind, Lists, PlateListFile};
pub use plate_reader::PlateReader;
pub use plates::Plates;
pub use privacy::PrivacyZone;
pub use second_look::SecondLook;

pub use delivery::{Delivery, Ledger, Mqtt, Requests};
pub use inference::{Inference, ModelInference, Precision, ProviderChoice, ProviderWish};

/// The settings of one box.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[box]`: who this is. (`box` is a word of the language.)
    pub identity: BoxIdentity,
    /// `[listen]`: addresses of the services.
    pub listen: Listen,
    /// `[inference]`: how models run.
    pub inference: Inference,
    /// `[models]`: where models are looked for besides the built-in ones.
    pub models: Models,
    /// `[[camera]]`, in the order of the file; ids are unique.
    pub cameras: Vec<Camera>,
    /// `[delivery]`: where events go.
    pub delivery: Delivery,
    /// `[evidence]`: pictures kept with an event.
    pub evidence: Evidence,
    /// `[decisions]`: what is kept of why there was an alarm and why there was none.
    pub decisions: Decisions,
    /// `[lists]`: signed lists of plates.
    pub lists: Lists,
    /// `[plate-reader]`: whether pictures that callers send are read.
    pub plate_reader: Option<PlateReader>,
}

/// `[box]`
#[derive(Clone, Debug, PartialEq)]
pub struct BoxIdentity {
    /// Stable id of the box, 1–64 characters of `[a-z0-9-]`.
    pub id: String,
    /// Id of the site, same characters.
    pub site: String,
    /// Folder of journal and evidence; may not exist yet.
    pub data_dir: PathBuf,
    /// Where the box stands.
    pub position: Option<Position>,
    /// Minutes that local time is ahead of UTC, −14 h to 14 h.
    pub utc_offset_min: i32,
}

/// A place on the ground, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Degrees north, −90 to 90.
    pub latitude_deg: f64,
    /// Degrees east, −180 to 180.
    pub longitude_deg: f64,
}

/// `[listen]`: loopback addresses only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// gRPC; port 0 lets the system choose.
    pub grpc: SocketAddr,
    /// Metrics, health and console; port 0 lets the system choose.
    pub http: SocketAddr,
}

/// `[models]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Models {
    /// Folder of further model cards.
    pub dir: Option<PathBuf>,
    /// Folder of the weights.
    pub store: Option<PathBuf>,
    /// Ids of the models that the operator accepts whatever their licences are.
    pub accept_licence: Vec<String>,
}

/// `[decisions]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// How long a decision is kept, 1 h to 90 days.
    pub retention: Duration,
    /// Most bytes of all decisions, in mebibytes, 1–4096.
    pub max_mib: u32,
}

/// `[evidence]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// JPEG quality, 1–100.
    pub jpeg_quality: u8,
    /// Keep the whole deciding frame.
    pub snapshots: bool,
    /// Keep the object cut out of it.
    pub crops: bool,
}
