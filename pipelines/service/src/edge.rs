//! A running box: cameras, sessions, journal, forwarders and servers, and the order in which they start and stop.

mod assemble;
mod backlog;
mod camera;
mod checkpoint;
mod checkpoint_writer;
mod clocks;
mod detector;
mod event;
mod evidence;
mod figures;
mod forwarding;
mod keeper;
mod limits;
mod loading;
mod local_time;
mod looks;
mod open_passages;
mod outlook;
mod readiness;
mod resume;
mod rules;
mod settings;
mod sight;
mod state;
mod timeline;

pub(crate) use assemble::{EdgeBox, StopGrace};
pub(crate) use detector::{DetectError, Detector, SessionSettings, usual_input};
pub(crate) use event::{camera_state_name, kind};
use figures::Quantiles;
pub(crate) use local_time::FrameTime;
pub(crate) use looks::SmallObjects;
pub(crate) use readiness::{Readiness, not_ready};
pub(crate) use sight::{Seen, Sight};
pub(crate) use state::{BoxState, CameraCounts, millis};
