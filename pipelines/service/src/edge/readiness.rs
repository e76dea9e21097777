//! Whether the box really is ready, and if not, why.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use proto::v1 as pb;

use super::state::{BoxState, CameraRecord};
use crate::plate_desk::Desk;

/// The parts of readiness that nobody can look up: whether the box is stopping, and how the journal's latest write went.
#[derive(Default)]
pub(crate) struct Readiness {
    stopping: AtomicBool,
    journal_fault: Arc<Mutex<Option<String>>>,
}

/// Tells readiness how writes to the journal go.
#[derive(Clone)]
pub(crate) struct JournalHealth(Arc<Mutex<Option<String>>>);

impl JournalHealth {
    /// `None`: the latest write was taken.
    pub(crate) fn set(&self, fault: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

impl Readiness {
    pub(crate) fn journal_health(&self) -> JournalHealth {
        JournalHealth(Arc::clone(&self.journal_fault))
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// Reasons why `state` is not ready; none means ready. Every loaded model has answered its canary before this exists.
pub(crate) fn not_ready(state: &BoxState) -> Vec<String> {
    let mut reasons = Vec::new();
    if state.readiness.is_stopping() {
        reasons.push("the box is stopping".to_owned());
    }
    let fault = state.readiness.journal_fault.lock().unwrap_or_else(PoisonError::into_inner).clone();
    reasons.extend(fault.map(|fault| format!("the journal does not take events: {fault}")));
    if let Desk::Failed(reason) = &state.plate_desk {
        reasons.push(format!("the plate reader did not load: {reason}"));
    }
    reasons.extend(state.cameras.iter().filter_map(|camera| camera_reason(camera)));
    reasons
}

/// A camera that cannot be reached is a known state and does not make a box unready; one whose state is not known yet,
/// or that the configuration took out of service, does.
fn camera_reason(camera: &CameraRecord) -> Option<String> {
    if !camera.required {
        return None;
    }
    let report = camera.report();
    match report.state() {
        pb::CameraState::Connecting if report.reconnects == 0 => {
            Some(format!("camera `{}` has not answered yet", camera.id))
        }
        pb::CameraState::Disabled => Some(format!("camera `{}` is disabled: {}", camera.id, report.reason)),
        _ => None,
    }
}
