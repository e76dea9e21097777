//! The operator's `edge.toml` → checked settings.
//!
//! [`read`] walks the whole file before it answers, so one run shows every problem with its file, line, column, key
//! path, the value found and what was expected. What comes out is [`Config`]: defaults filled in, bounds held, ids
//! unique, references resolved, secrets fetched, paths made relative to the folder of the file. What the settings
//! drive is not known here: what the text is held to besides its own rules comes from the caller's [`Surroundings`].
//!
//! ```
//! use std::path::Path;
//! use edge_config::{Strictness, Surroundings, parse};
//!
//! let text = r#"
//! [box]
//! id = "box-7"
//! site = "north-bank"
//! data-dir = "data"
//! [delivery]
//! locl-only = true
//! "#;
//! let problems =
//!     parse("edge.toml", text, Path::new("/etc/cairn"), Strictness::Strict, Surroundings::default()).unwrap_err();
//! let lines: Vec<String> = problems.iter().map(|problem| problem.to_string()).collect();
//! assert_eq!(lines, [
//!     "edge.toml:6:1: delivery: no destination, \
//!      expected [delivery.mqtt], [delivery.ledger] or `local-only = true`",
//!     "edge.toml:7:1: delivery.locl-only: unknown key, did you mean `local-only`?",
//! ]);
//! ```

mod config;
mod secret;
mod surroundings;
mod tuned;

mod error;
mod problem;

mod read;

mod address;
mod cursor;
mod document;
mod duration;
mod instant;
mod polygon;
mod quadrangle;

pub use address::Endpoint;
pub use config::{
    Anchor, BoxIdentity, Camera, Clip, Conditions, Config, Confirm, Crowd, Decisions, Delivery, Direction,
    Distance, Edge, Evidence, Ground, Inference, Landing, Lane, Ledger, LightBounds, Limit, Line, ListKind,
    Listen, Lists, Login, Loiter, MinHeight, ModelInference, Models, Mqtt, ObjectLeft, Period, PlateListFile,
    PlateReader, Plates, Point, Pose, PoseUncertainty, Position, Precision, Priority, PrivacyZone, Profile,
    Profiles, ProviderChoice, ProviderWish, Requests, Rule, SecondLook, SmallObjects, Source, Stream, Tiles,
    TrackerChoice, TrackerKind, Transport, Trigger, Veto, Weekday, WrongWay, Zone,
};
pub use error::ConfigError;
pub use instant::parse_moment;
pub use problem::{Problem, Problems};
pub use read::{Checked, DisabledCamera, Strictness, parse, read};
pub use secret::Secret;
pub use surroundings::{
    Catalogue, Environment, InputSizes, KnownModel, KnownProvider, ModelTask, Surroundings,
};
pub use tuned::{Certificate, Machine, Tuned, TunedModel};
