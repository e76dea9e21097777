use std::path::Path;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

/// A clip this large is meant for something else than a test.
const MOST_BYTES: usize = 512 << 20;

/// The access units of a clip in decoding order, ready to be played in a loop.
pub(super) struct AccessUnits {
    pub(super) caps: gst::Caps,
    /// Times start at 0 with the earliest decoding time.
    pub(super) units: Vec<gst::Buffer>,
    /// From the start of one round to the start of the next.
    pub(super) round: gst::ClockTime,
}

impl AccessUnits {
    /// Reads the first H.264 track of `path`. Says in words what is wrong with a clip that cannot be looped.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let (pipeline, sink) = demuxer(path).map_err(|error| error.to_string())?;
        let read = pipeline
            .set_state(gst::State::Playing)
            .map_err(|_| first_error(&pipeline))
            .and_then(|_| drain(&pipeline, &sink));
        pipeline.set_state(gst::State::Null).ok();
        let (caps, units) = read?;
        Self::rebased(caps, units)
    }

    fn rebased(caps: gst::Caps, mut units: Vec<gst::Buffer>) -> Result<Self, String> {
        // What stands before the first key frame (a cut clip's pre-roll) can be decoded by nobody.
        let is_key = |unit: &gst::Buffer| !unit.flags().contains(gst::BufferFlags::DELTA_UNIT);
        let start = units.iter().position(is_key).ok_or("it has no key frame")?;
        units.drain(..start);
        let times: Option<Vec<_>> =
            units.iter().map(|unit| unit.pts().map(|pts| (unit.dts().unwrap_or(pts), pts))).collect();
        let times = times.ok_or("an access unit has no time")?;
        if !times.iter().map(|(dts, _)| dts).is_sorted() {
            return Err("its decoding times run backwards".to_owned());
        }
        // With B-frames a picture is decoded before it is shown: pts - dts stays as it is.
        let start = times.iter().map(|&(dts, pts)| dts.min(pts)).min().unwrap_or_default();
        let shown = |pick: fn(gst::ClockTime, gst::ClockTime) -> gst::ClockTime| {
            times.iter().map(|&(_, pts)| pts).reduce(pick).unwrap_or_default()
        };
        let (first_shown, last_shown) = (shown(gst::ClockTime::min), shown(gst::ClockTime::max));
        let span = last_shown - first_shown;
        let mean = match units.len() as u64 - 1 {
            0 => gst::ClockTime::SECOND,
            steps => span / steps,
        };
        for (unit, (dts, pts)) in units.iter_mut().zip(times) {
            let unit = unit.make_mut();
            unit.set_dts(dts - start);
            unit.set_pts(pts - start);
        }
        Ok(Self { caps, units, round: span + mean })
    }
}

impl AccessUnits {
    /// The same pictures with the times of a clip that is played `speed` times as fast.
    pub(super) fn played_at(mut self, speed: f64) -> Result<Self, String> {
        if !(speed.is_finite() && 0.0 < speed) {
            return Err(format!("speed is {speed}, expected a number above 0"));
        }
        let scaled =
            |time: gst::ClockTime| gst::ClockTime::from_nseconds((time.nseconds() as f64 / speed) as u64);
        for unit in &mut self.units {
            let unit = unit.make_mut();
            unit.set_dts(unit.dts().map(scaled));
            unit.set_pts(unit.pts().map(scaled));
            unit.set_duration(unit.duration().map(scaled));
        }
        self.round = scaled(self.round);
        Ok(self)
    }
}

fn demuxer(path: &Path) -> Result<(gst::Pipeline, gst_app::AppSink), glib::BoolError> {
    let pipeline = gst::Pipeline::new();
    let source = gst::ElementFactory::make("filesrc").property("location", path).build()?;
    let demux = gst::ElementFactory::make("qtdemux").build()?;
    let parse = gst::ElementFactory::make("h264parse").property("config-interval", -1).build()?;
    let caps =
        gst::Caps::builder("video/x-h264").field("stream-format", "byte-stream").field("alignment", "au");
    let sink = gst_app::AppSink::builder().caps(&caps.build()).sync(false).max_buffers(64).build();
    pipeline.add_many([&source, &demux, &parse, sink.upcast_ref()])?;
    source.link(&demux)?;
    parse.link(&sink)?;
    let parse = parse.downgrade();
    demux.connect_pad_added(move |_, pad| {
        let input = parse.upgrade().and_then(|parse| parse.static_pad("sink"));
        if let Some(input) = input.filter(|input| !input.is_linked()) {
            // Tracks of other media do not fit, and are left out.
            pad.link(&input).ok();
        }
    });
    Ok((pipeline, sink))
}

fn drain(pipeline: &gst::Pipeline, sink: &gst_app::AppSink) -> Result<(gst::Caps, Vec<gst::Buffer>), String> {
    let (mut caps, mut units, mut bytes) = (None, Vec::new(), 0);
    loop {
        // An error, or a file without H.264, ends nothing at the sink: look at the bus now and then.
        let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_mseconds(100)) else {
            if sink.is_eos() {
                break;
            }
            if let Some(error) = posted_error(pipeline) {
                return Err(error);
            }
            continue;
        };
        if caps.is_none() {
            caps = sample.caps_owned();
        }
        let unit = sample.buffer_owned().ok_or("an access unit has no data")?;
        bytes += unit.size();
        if MOST_BYTES < bytes {
            return Err(format!("it has more than {MOST_BYTES} bytes of video"));
        }
        units.push(unit);
    }
    Ok((caps.ok_or("it has no H.264 video")?, units))
}

fn posted_error(pipeline: &gst::Pipeline) -> Option<String> {
    let message = pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
    match message.view() {
        gst::MessageView::Error(error) => {
            Some(crate::failure::reason_of(&error.error(), error.debug().as_deref()))
        }
        _ => None,
    }
}

fn first_error(pipeline: &gst::Pipeline) -> String {
    posted_error(pipeline).unwrap_or_else(|| "it cannot be opened".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units with these decoding and presentation times in milliseconds; the first is a key frame.
    fn rebased(times_ms: &[(u64, u64)]) -> Result<AccessUnits, String> {
        gst::init().expect("starts");
        let unit = |(index, &(dts_ms, pts_ms)): (usize, &(u64, u64))| {
            let mut unit = gst::Buffer::with_size(8).expect("memory");
            let fields = unit.make_mut();
            fields.set_dts(gst::ClockTime::from_mseconds(dts_ms));
            fields.set_pts(gst::ClockTime::from_mseconds(pts_ms));
            if 0 < index {
                fields.set_flags(gst::BufferFlags::DELTA_UNIT);
            }
            unit
        };
        AccessUnits::rebased(
            gst::Caps::new_empty_simple("video/x-h264"),
            times_ms.iter().enumerate().map(unit).collect(),
        )
    }

    #[test]
    fn reordered_pictures_keep_their_order_and_the_rounds_join_without_a_gap() {
        let clip = rebased(&[(500, 540), (540, 660), (580, 580), (620, 620)]).expect("plays");
        let times: Vec<_> = clip.units.iter().map(|unit| (unit.dts(), unit.pts())).collect();
        let ms =
            |dts, pts| (Some(gst::ClockTime::from_mseconds(dts)), Some(gst::ClockTime::from_mseconds(pts)));
        assert_eq!(times, [ms(0, 40), ms(40, 160), ms(80, 80), ms(120, 120)]);
        // Shown last at 160, and first in the next round at 40 + 160.
        assert_eq!(clip.round, gst::ClockTime::from_mseconds(160));
    }

    #[test]
    fn clips_that_cannot_be_looped_are_refused() {
        assert!(rebased(&[]).is_err());
        let clip = || rebased(&[(0, 0), (100, 100)]).expect("plays");
        let twice = clip().played_at(2.0).expect("plays");
        assert_eq!(twice.units[1].pts(), Some(gst::ClockTime::from_mseconds(50)));
        assert_eq!(twice.round, gst::ClockTime::from_mseconds(100));
        assert!(clip().played_at(0.0).is_err_and(|reason| reason.contains("above 0")));
        assert!(rebased(&[(0, 0), (80, 80), (40, 120)]).is_err_and(|reason| reason.contains("backwards")));
        let mut unit = gst::Buffer::new();
        unit.make_mut().set_flags(gst::BufferFlags::DELTA_UNIT);
        let caps = gst::Caps::new_empty_simple("video/x-h264");
        assert!(AccessUnits::rebased(caps, vec![unit]).is_err_and(|reason| reason.contains("key frame")));
    }
}
