//! What a camera's thread says of itself: to the servers, to the broker, to those who ask.

use std::time::{Duration, Instant};

use capture::Frame;
use proto::v1 as pb;

use super::CameraThread;
use crate::edge::backlog::Backlog;
use crate::edge::event::{camera_state, camera_state_name};
use crate::edge::timeline::Timeline;

/// How often the retained status is published without a change of state.
const STATUS_PERIOD: Duration = Duration::from_secs(30);

impl CameraThread {
    /// Figures in the retained status grow old: told anew now and then.
    pub(super) fn refresh_status(&mut self) {
        if STATUS_PERIOD <= self.status_told.elapsed() {
            self.publish_report();
        }
    }

    pub(super) fn publish_report(&mut self) {
        self.status_told = Instant::now();
        (self.publish_status)(&self.record.id, status_json(&self.record.report(), self.sight.model_status()));
    }

    /// Passes changes of the camera's state on: to the servers, to the broker, to the journal.
    pub(super) fn tell_statuses(&mut self, backlog: &mut Backlog) {
        while let Ok(status) = self.statuses.try_recv() {
            let state = camera_state(status.state);
            tracing::info!(camera = %self.record.id, state = camera_state_name(state), reason = status.reason, "camera");
            self.publish_report();
            if !self.recorded {
                backlog.push(self.origin.camera_status(state, &status.reason), &self.record.id);
                self.decisions.state_changed(state, &status.reason, delivery::unix_ns());
            }
        }
        // Footage has a clock of its own, which stands still between frames.
        if !self.recorded {
            self.decisions.tick(delivery::unix_ns());
        }
    }

    /// Tells those who ask how far what is followed has come. Nobody is waited for.
    pub(super) fn answer_questions(&self, last: Option<&Frame>, timeline: Timeline) {
        while let Ok(question) = self.questions.try_recv() {
            let living = last.map_or_else(
                || self.decisions.blind(),
                |last| {
                    let size = last.planes.view().size();
                    self.decisions.living(&self.sight.standing(), &timeline.clocks(&last.clocks), size)
                },
            );
            // Whoever asked may have given up.
            question.send(living).ok();
        }
    }
}

/// The retained status message of a camera.
pub(crate) fn status_json(report: &pb::CameraReport, model: Option<pb::ModelStatus>) -> String {
    let model = model.unwrap_or_default();
    let since_s = report.state_since_ms as f64 / 1000.0;
    let is_streaming = report.state() == pb::CameraState::Streaming;
    serde_json::json!({
        "camera": report.id,
        "state": camera_state_name(report.state()),
        "reason": report.reason,
        "state_since_s": since_s,
        "decoder": report.decoder,
        "model": model.card_id,
        "provider": model.actual_provider,
        "frame_age_ms": report.frame_age_ms.unwrap_or_default().p95,
        "fps": if is_streaming { report.fps } else { 0.0 },
        "width_px": report.width_px,
        "height_px": report.height_px,
        "frames_in": report.frames_in,
        "reconnects": report.reconnects,
    })
    .to_string()
}
