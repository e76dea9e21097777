//! What a camera begins with after a restart: events that are due, and what was followed.

use std::time::Duration;

use capture::Frame;

use super::{CameraThread, Going};
use crate::edge::backlog::Backlog;
use crate::edge::event::{CameraOrigin, Origin};
use crate::edge::resume::{Beginning, Resumed};
use crate::edge::timeline;

/// After a restart a camera goes on with what it followed when it sees again within this time. Longer than the merge
/// window, because it was the box that looked away, and nobody can restart it in less.
const RESUME_WITHIN: Duration = Duration::from_secs(10);

impl CameraThread {
    /// What is due from before a restart, first.
    pub(super) fn begin(&mut self) -> Going {
        let Beginning { timeline, due, open, limits: before, last, resumed } =
            std::mem::take(&mut self.beginning);
        let mut limits = std::mem::take(&mut self.limits);
        limits.restore(before);
        let mut going = Going { timeline, open, limits, backlog: Backlog::default(), last: None, resumed };
        if !due.is_empty() {
            due.into_iter().for_each(|event| going.backlog.push(event, &self.record.id));
            // What goes on is in the file already, and its last word with it.
            if let Some(last) = last.filter(|_| going.resumed.is_none()) {
                self.keep(last, true, &going);
            }
            self.flush(&mut going.backlog);
        }
        going
    }

    /// The first frame after a restart, or none for too long: goes on with what was followed, or closes it.
    pub(super) fn resume(&mut self, now: Duration, frame: Option<&Frame>, going: &mut Going) {
        let Some(Resumed { last, gap_is_known }) = &going.resumed else { return };
        let gap = now.saturating_sub(last.at);
        let in_time = *gap_is_known && gap <= RESUME_WITHIN;
        if in_time {
            if frame.is_some() {
                tracing::info!(camera = %self.record.id, ?gap, "goes on with what it followed before the restart");
                going.open.mark_resumed();
                going.resumed = None;
            }
            return;
        }
        let last = last.clone();
        going.resumed = None;
        let passages = self.sight.interrupt(last.at, "restarted");
        tracing::info!(camera = %self.record.id, ?gap, passages = passages.len(), "closed what it followed before the restart");
        for passage in &passages {
            let origin = CameraOrigin {
                origin: Origin { boot_id: last.boot_id.clone(), ..self.origin.origin.clone() },
                ..self.origin.clone()
            };
            let ago = last.at.saturating_sub(passage.at);
            self.tell(&origin, passage, &timeline::earlier(&last.clocks(), ago), last.size(), going);
        }
        self.keep(last, true, going);
        self.flush(&mut going.backlog);
    }
}
