//! How far a run is and how long it will take, on a terminal only.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use super::plan::Job;

pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    pub(crate) fn new(frames: u64) -> Self {
        // Anything but a terminal wants the result, not the way to it.
        Self(std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(frames);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} frames, {eta} left, {wide_msg}");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        }))
    }

    pub(crate) fn begin(&self, job: &Job<'_>) {
        if let Some(bar) = &self.0 {
            let condition =
                job.degradation.map(|degradation| format!(" ({degradation})")).unwrap_or_default();
            bar.set_message(format!("{} with {}{condition}", job.item.id, job.model_id()));
        }
    }

    pub(crate) fn frame(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
