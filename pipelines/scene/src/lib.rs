//! What a camera's tracks mean: rules over lines and zones turn tracks into passages.
//!
//! A [`Scene`] holds the rules of one camera. Each frame it is shown the tracks ([`Scene::judge`]) and answers with the
//! revisions of passages that are due: opened, updated, closed. Every opened passage is closed exactly once.
//!
//! Distances are measured in frame heights on both axes, so that a rule means the same at any resolution. This crate
//! knows neither network nor disk nor clocks: time is an argument, and the same calls give the same passages.

mod error;

mod passage;
mod place;
mod rule;

mod motion;
mod tiling;

mod line_watch;
mod scene;
mod sighting;
mod watch;
mod zone_watch;

pub use error::SceneError;
pub use motion::MotionGrid;
pub use passage::{Clause, Direction, Passage, PassageState};
pub use place::{Line, Zone};
pub use rule::{Anchor, DEFAULT_HYSTERESIS, LineDirections, NOfM, Rule, RuleTest, ZoneEdge};
pub use scene::{DEFAULT_UPDATE_EVERY, Scene};
pub use tiling::Tiling;
