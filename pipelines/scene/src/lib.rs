//! What a camera's tracks mean: rules over lines and zones turn tracks into passages.
//!
//! A [`Scene`] holds the rules of one camera. Each frame it is shown the tracks ([`Scene::judge`]) and answers with the
//! revisions of passages that are due, opened, updated, closed, and with the tracks that ended without one, each with the
//! clauses of its best moment. Every opened passage is closed exactly once.
//!
//! A [`Flow`] tells the traffic on one lane, once a period.
//!
//! Distances are measured in frame heights on both axes, so that a rule means the same at any resolution, or in metres on
//! a [`GroundPlane`]. This crate knows neither network nor disk nor clocks: time is an argument, and the same calls give
//! the same passages.

mod clause;
mod word;

mod error;
mod frame_info;

mod distance;
mod ground_plane;
mod near;
mod place;
mod speedometer;

mod conditions;
mod passage;
mod profile;
mod rejection;
mod rule;
mod rule_test;
mod schedule;

mod camera_shift;
mod light_meter;
mod motion;
mod pose;
mod tiling;

mod force;
mod moment;
mod presence;
mod sighting;
mod trail;

mod crowd;
mod landing;
mod line_watch;
mod loiter;
mod object_left;
mod wrong_way;
mod zone_watch;

mod flow;

mod merge;
mod object_watch;
mod parking;
mod revisions;
mod scene;
mod test_watch;
mod watch;
mod watched;

pub use camera_shift::CameraShift;
pub use clause::{Clause, Relation};
pub use conditions::{Conditions, MinHeight, Veto};
pub use crowd::Crowd;
pub use distance::Distance;
pub use error::{SceneError, StateError};
pub use flow::{Flow, FlowReport, LONGEST_STEP, Lane, LaneCount, Waits};
pub use frame_info::FrameInfo;
pub use ground_plane::{GroundPlane, GroundPoint, SizeM};
pub use landing::Landing;
pub use light_meter::{Light, LightMeter, LightSettings};
pub use loiter::Loiter;
pub use merge::Merge;
pub use motion::MotionGrid;
pub use object_left::ObjectLeft;
pub use parking::Stationary;
pub use passage::{Direction, Passage, PassageState, Subject};
pub use place::{Line, Zone};
pub use pose::{CameraPose, Located, PoseUncertainty, Wgs84};
pub use profile::{Profile, Profiles};
pub use rejection::{Judged, Rejection, Standing};
pub use rule::{Anchor, DEFAULT_HYSTERESIS, LineDirections, NOfM, Rule, ZoneEdge};
pub use rule_test::RuleTest;
pub use scene::{DEFAULT_UPDATE_EVERY, Scene, SceneState};
pub use schedule::{LocalMinute, Period, Schedule, Weekday};
pub use speedometer::Speedometer;
pub use tiling::Tiling;
pub use wrong_way::WrongWay;
