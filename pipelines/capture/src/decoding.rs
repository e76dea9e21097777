//! A clip decoded on its own, as fast as it goes: what frames cost before anybody looks at them.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use vision::SizePx;

use crate::CaptureError;
use crate::pipeline::{frame_sink, is_picture_decoder, one_thread};

/// What was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Frames that came out.
    pub frames: u64,
    /// Their size.
    pub size: SizePx,
    /// Name of the decoder element.
    pub decoder: String,
    /// From the first frame to the last, by their own times.
    pub span: Duration,
}

/// Decodes the first `at_most` frames of `file`, or all of them, into what a camera's sink takes, and lets each go where
/// it arrives: on the decoder's own thread, unmapped, with no clock and no hand-over.
///
/// # Errors
/// Those of [`crate::init`]; [`CaptureError::Clip`] when the file is not played to its end or has no frames.
pub fn decode_all(file: &Path, at_most: Option<u64>) -> Result<Decoded, CaptureError> {
    crate::init()?;
    let failed = |reason: String| CaptureError::Clip { file: file.to_owned(), reason };
    let at_most = at_most.unwrap_or(u64::MAX);
    let found = Arc::<Mutex<Found>>::default();
    let (over, ended) = sync_channel(1);
    let pipeline = build(file, at_most, &found, &over).map_err(|error| failed(error.to_string()))?;
    let playing = pipeline.set_state(gst::State::Playing);
    let outcome = match playing {
        // Errors of elements are told before the state change fails.
        Err(error) => ended.try_recv().unwrap_or_else(|_| Err(error.to_string())),
        Ok(_) => ended.recv().unwrap_or_else(|_| Err("pipeline is gone".to_owned())),
    };
    pipeline.set_state(gst::State::Null).ok();
    outcome.map_err(failed)?;
    let found = found.lock().unwrap_or_else(PoisonError::into_inner);
    let size = found.size.ok_or_else(|| failed("it has no frames".to_owned()))?;
    Ok(Decoded { frames: found.frames, size, decoder: found.decoder.clone(), span: found.span() })
}

type Outcome = Result<(), String>;

/// What is known while frames come.
#[derive(Default)]
struct Found {
    frames: u64,
    size: Option<SizePx>,
    decoder: String,
    /// Times of the earliest and of the latest frame.
    times: Option<(gst::ClockTime, gst::ClockTime)>,
}

impl Found {
    fn span(&self) -> Duration {
        self.times.map_or(Duration::ZERO, |(first, last)| (last - first).into())
    }
}

fn build(
    file: &Path,
    at_most: u64,
    found: &Arc<Mutex<Found>>,
    over: &SyncSender<Outcome>,
) -> Result<gst::Pipeline, glib::BoolError> {
    let pipeline = gst::Pipeline::new();
    let source = gst::ElementFactory::make("filesrc").property("location", file).build()?;
    let decode = gst::ElementFactory::make("decodebin")
        .property("caps", gst::Caps::builder("video/x-raw").any_features().build())
        .property("expose-all-streams", false)
        .build()?;
    let (counted, full) = (Arc::clone(found), over.clone());
    let sink = frame_sink(move |sink| count(sink, &counted, at_most, &full));
    pipeline.add_many([&source, &decode, sink.upcast_ref()])?;
    source.link(&decode)?;
    let (input, linked) = (sink.static_pad("sink"), over.clone());
    decode.connect_pad_added(move |_, pad| {
        let Some(input) = input.as_ref().filter(|input| !input.is_linked()) else { return };
        if let Err(error) = pad.link(input) {
            linked.try_send(Err(format!("decoded frames cannot be used: {error}"))).ok();
        }
    });
    let named = Arc::clone(found);
    pipeline.connect_deep_element_added(move |_, _, element| {
        if let Some(factory) = element.factory().filter(is_picture_decoder) {
            one_thread(element, &factory);
            named.lock().unwrap_or_else(PoisonError::into_inner).decoder = factory.name().to_string();
        }
    });
    let bus = pipeline.bus().ok_or_else(|| glib::bool_error!("pipeline has no bus"))?;
    let over = over.clone();
    bus.set_sync_handler(move |_, message| {
        // The first word counts; later ones find the channel full.
        match message.view() {
            gst::MessageView::Error(error) => over.try_send(Err(error.error().to_string())).ok(),
            gst::MessageView::Eos(_) => over.try_send(Ok(())).ok(),
            _ => None,
        };
        gst::BusSyncReply::Drop
    });
    Ok(pipeline)
}

fn count(
    sink: &gst_app::AppSink,
    found: &Mutex<Found>,
    at_most: u64,
    over: &SyncSender<Outcome>,
) -> Result<gst::FlowSuccess, gst::FlowError> {
    let sample = sink.pull_sample().map_err(|_| gst::FlowError::Flushing)?;
    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
    if found.frames == at_most {
        // The decoder hands out what it still holds until the pipeline stops.
        return Err(gst::FlowError::Eos);
    }
    if found.size.is_none() {
        let info = sample.caps().and_then(|caps| gst_video::VideoInfo::from_caps(caps).ok());
        found.size = info.map(|info| SizePx::new(info.width(), info.height()));
    }
    if let Some(time) = sample.buffer().and_then(gst::BufferRef::pts) {
        let (first, last) = found.times.unwrap_or((time, time));
        found.times = Some((first.min(time), last.max(time)));
    }
    found.frames += 1;
    if found.frames < at_most {
        return Ok(gst::FlowSuccess::Ok);
    }
    over.try_send(Ok(())).ok();
    Err(gst::FlowError::Eos)
}
