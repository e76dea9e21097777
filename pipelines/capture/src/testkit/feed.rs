use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use super::clip::AccessUnits;

/// One camera of the server: a clip, and the media that play it now.
pub(super) struct Mount {
    path: String,
    units: AccessUnits,
    frozen: AtomicBool,
    playing: Mutex<Vec<Playing>>,
}

/// A media that plays the clip to its clients.
struct Playing {
    source: glib::WeakRef<gst_app::AppSrc>,
    position: Arc<Mutex<Position>>,
}

/// Where a media is in the endless clip.
#[derive(Default)]
struct Position {
    next: usize,
    /// Added to the clip's times.
    offset: gst::ClockTime,
}

impl Mount {
    pub(super) fn new(path: &str, units: AccessUnits) -> Self {
        Self { path: path.to_owned(), units, frozen: AtomicBool::new(false), playing: Mutex::default() }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Plays the clip into `source` from its start, at the pace at which the server asks for more: its sinks wait
    /// for the clock.
    pub(super) fn play(self: &Arc<Self>, source: &gst_app::AppSrc) {
        source.set_caps(Some(&self.units.caps));
        let position = Arc::new(Mutex::new(Position::default()));
        let mut playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        playing.retain(|media| media.source.upgrade().is_some());
        playing.push(Playing { source: source.downgrade(), position: Arc::clone(&position) });
        drop(playing);
        let mount = Arc::clone(self);
        let need_data = move |source: &gst_app::AppSrc, _| {
            // Silence: asked once, and not again before something is pushed.
            if !mount.frozen.load(Ordering::Acquire) {
                mount.push_next(source, &position);
            }
        };
        source.set_callbacks(gst_app::AppSrcCallbacks::builder().need_data(need_data).build());
    }

    pub(super) fn set_frozen(&self, frozen: bool) {
        if !self.frozen.swap(frozen, Ordering::AcqRel) || frozen {
            return;
        }
        let playing = self.playing.lock().unwrap_or_else(PoisonError::into_inner);
        for Playing { source, position } in playing.iter() {
            let Some(source) = source.upgrade() else { continue };
            // Goes on from now: what was due in the meantime is not made up for.
            if let Some(now) = source.current_running_time() {
                let mut position = position.lock().unwrap_or_else(PoisonError::into_inner);
                let due = self.units.units[position.next].dts().unwrap_or_default();
                position.offset = position.offset.max(now.saturating_sub(due));
            }
            self.push_next(&source, position);
        }
    }

    fn push_next(&self, source: &gst_app::AppSrc, position: &Mutex<Position>) {
        let mut position = position.lock().unwrap_or_else(PoisonError::into_inner);
        // Shares the bytes; only the times are its own.
        let mut unit = self.units.units[position.next].copy();
        if let Some(unit) = unit.get_mut() {
            unit.set_dts(unit.dts().map(|dts| dts + position.offset));
            unit.set_pts(unit.pts().map(|pts| pts + position.offset));
        }
        position.next += 1;
        if position.next == self.units.units.len() {
            position.next = 0;
            position.offset += self.units.round;
        }
        // Refused only while the media is being taken down.
        source.push_buffer(unit).ok();
    }
}
