use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use crate::camera::{Shared, thread_name};
use crate::failure::{Failure, reason_of};
use crate::intake::{Intake, Notes};
use crate::mailbox::Progress;
use crate::{CameraSpec, CameraState, Source, Transport};

mod recode;

#[cfg(test)]
mod tests;

/// How long a lost UDP packet may hold back the packets behind it. Without losses it delays nothing, because the
/// sink does not wait for a clock.
const REORDER: Duration = Duration::from_millis(200);

/// One GStreamer pipeline, playing: source, decoder, sink. Its news go to the camera's mailbox.
///
/// Dropping one stops it on the spot, however long that takes; [`Pipeline::retire`] does not wait.
pub(crate) struct Pipeline {
    pipeline: gst::Pipeline,
    notes: Arc<Notes>,
}

/// A pipeline on its way out, in a thread of its own.
pub(crate) struct Retirement {
    over: Receiver<()>,
}

/// What the callbacks of one pipeline need.
#[derive(Clone)]
struct Reporter {
    shared: Arc<Shared>,
    attempt: u64,
    /// Host and port of a live camera.
    host: Option<Arc<str>>,
    notes: Arc<Notes>,
}

impl Pipeline {
    /// Builds and starts the pipeline of `spec`. What goes wrong later comes to the mailbox.
    pub(crate) fn start(shared: &Arc<Shared>, spec: &CameraSpec, attempt: u64) -> Result<Self, Failure> {
        let notes = Arc::new(Notes::default());
        let host = spec.host().map(Arc::from);
        let reporter = Reporter { shared: Arc::clone(shared), attempt, host, notes: Arc::clone(&notes) };
        let intake = Intake::new(shared, spec, attempt, &notes);
        let pipeline = build(spec, intake, &reporter).map_err(|error| {
            Failure::new(CameraState::Undecodable, format!("pipeline not built: {error}"))
        })?;
        let started = Self { pipeline, notes };
        if started.pipeline.set_state(gst::State::Playing).is_err() {
            // An element that refuses to start has, as a rule, said why by now.
            let refused = Failure::new(CameraState::NoRoute, "source could not be opened");
            shared.mailbox.fail(attempt, |_| refused);
        }
        Ok(started)
    }

    /// Stops the pipeline in a thread of its own: the goodbye to a dead camera may block.
    pub(crate) fn retire(self, camera: &str) -> Retirement {
        self.notes.retired.store(true, Ordering::Release);
        let (report, over) = sync_channel(1);
        let stop = move || {
            drop(self);
            report.try_send(()).ok();
        };
        // Without a thread the pipeline is dropped, and so stopped, right here.
        if let Err(error) = thread::Builder::new().name(thread_name(camera, "-stop")).spawn(stop) {
            tracing::error!(camera, %error, "no thread to stop the pipeline in");
        }
        Retirement { over }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // Fails only where an element cannot be stopped; there is nothing else to try.
        self.pipeline.set_state(gst::State::Null).ok();
    }
}

impl Retirement {
    /// Waits up to `limit` for the pipeline to be gone.
    pub(crate) fn is_over_within(&self, limit: Duration) -> bool {
        // Disconnected: told before, or the thread never was.
        !matches!(self.over.recv_timeout(limit), Err(RecvTimeoutError::Timeout))
    }
}

fn build(
    spec: &CameraSpec,
    mut intake: Intake,
    reporter: &Reporter,
) -> Result<gst::Pipeline, glib::BoolError> {
    let pipeline = gst::Pipeline::new();
    let source = match &spec.source {
        Source::Rtsp { .. } => rtsp_source(spec)?,
        Source::File { path, .. } => {
            gst::ElementFactory::make("filesrc").property("location", path).build()?
        }
    };
    // Picks depayloader, parser and decoder by rank, hardware first where there is some. Other media than video are
    // neither decoded nor exposed.
    let decode = gst::ElementFactory::make("decodebin")
        .property("caps", gst::Caps::builder("video/x-raw").any_features().build())
        .property("expose-all-streams", false)
        .build()?;
    let sink = frame_sink(move |sink| intake.take(sink));
    pipeline.add_many([&source, &decode, sink.upcast_ref()])?;
    if reporter.host.is_some() {
        take_first_video(&source, &decode, reporter);
    } else {
        source.link(&decode)?;
    }
    if let Source::File { recode: Some(recode), .. } = spec.source {
        // Added before decoders are noted: this one says nothing about the footage.
        let recode = recode::recode(recode)?;
        pipeline.add(&recode)?;
        recode.link(&sink)?;
        link_picture(&decode, &recode, reporter);
    } else {
        link_picture(&decode, sink.upcast_ref(), reporter);
    }
    note_unknown_streams(&decode, reporter);
    note_decoders(&pipeline, reporter);
    report_messages(&pipeline, reporter)?;
    Ok(pipeline)
}

fn rtsp_source(spec: &CameraSpec) -> Result<gst::Element, glib::BoolError> {
    let Source::Rtsp { url, credentials, transport } = &spec.source else {
        return Err(glib::bool_error!("not an RTSP source"));
    };
    // A request may take a little longer than we wait for the camera, so that the supervisor's plain words win.
    let timeout_us = (spec.connect_timeout + Duration::from_secs(1)).as_micros() as u64;
    let mut source = gst::ElementFactory::make("rtspsrc")
        .property("location", url)
        .property("tcp-timeout", timeout_us)
        .property("timeout", timeout_us)
        .property("latency", REORDER.as_millis() as u32)
        .property("add-reference-timestamp-meta", true)
        .property_from_str(
            "protocols",
            match transport {
                Transport::Tcp => "tcp",
                Transport::Udp => "udp",
            },
        );
    if let Some(credentials) = credentials {
        source = source.property("user-id", credentials.user()).property("user-pw", credentials.password());
    }
    source.build()
}

/// Where decoded frames come out: I420 or NV12 in the decoder's own buffers, `take` called for each on its thread.
pub(crate) fn frame_sink(
    mut take: impl FnMut(&gst_app::AppSink) -> Result<gst::FlowSuccess, gst::FlowError> + Send + 'static,
) -> gst_app::AppSink {
    let formats = [gst_video::VideoFormat::I420, gst_video::VideoFormat::Nv12];
    let sink = gst_app::AppSink::builder()
        .caps(&gst_video::VideoCapsBuilder::new().format_list(formats).build())
        .sync(false)
        .max_buffers(1)
        .drop(false)
        // One frame less kept from the decoder.
        .enable_last_sample(false)
        .callbacks(
            // The bindings trap a panic in here and post it as an error of the sink.
            gst_app::AppSinkCallbacks::builder().new_sample(move |sink| take(sink)).build(),
        )
        .build();
    // Says that strides other than the standard ones are understood; without it each frame is copied once more. libav's
    // decoders copy, whatever is said here, pictures that they go on referring to or whose height is no multiple of 16.
    if let Some(pad) = sink.static_pad("sink") {
        pad.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, |_, info| {
            match info.query_mut().map(|query| query.view_mut()) {
                Some(gst::QueryViewMut::Allocation(query)) => {
                    query.add_allocation_meta::<gst_video::VideoMeta>(None);
                    gst::PadProbeReturn::Handled
                }
                _ => gst::PadProbeReturn::Ok,
            }
        });
    }
    sink
}

/// Asks the camera for its first video stream and for nothing else, and decodes it.
fn take_first_video(source: &gst::Element, decode: &gst::Element, reporter: &Reporter) {
    let selecting = reporter.clone();
    let selected = std::sync::atomic::AtomicBool::new(false);
    source.connect("select-stream", false, move |values| {
        let wanted = selecting.trap(|| {
            let caps = values.get(2).and_then(|caps| caps.get::<gst::Caps>().ok())?;
            let media = caps.structure(0)?.get::<&str>("media").ok()?;
            (media == "video" && !selected.swap(true, Ordering::Relaxed)).then_some(())
        });
        if wanted.flatten().is_some() {
            selecting.shared.mailbox.advance(selecting.attempt, Progress::Described);
        }
        Some(wanted.flatten().is_some().to_value())
    });
    let (linking, decode) = (reporter.clone(), decode.downgrade());
    source.connect_pad_added(move |_, pad| {
        linking.trap(|| {
            let Some(input) = decode.upgrade().and_then(|decode| decode.static_pad("sink")) else { return };
            if input.is_linked() {
                return;
            }
            match pad.link(&input) {
                Ok(_) => linking.shared.mailbox.advance(linking.attempt, Progress::Flowing),
                Err(error) => linking.undecodable(format!("stream cannot be decoded: {error}")),
            }
        });
    });
}

/// Connects the decoder to `next`, with a conversion between them only where the decoder gives another format.
fn link_picture(decode: &gst::Element, next: &gst::Element, reporter: &Reporter) {
    let (reporter, next) = (reporter.clone(), next.downgrade());
    decode.connect_pad_added(move |decode, pad| {
        reporter.trap(|| {
            let Some(next) = next.upgrade() else { return };
            let Some(input) = next.static_pad("sink").filter(|input| !input.is_linked()) else { return };
            let offered = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
            let fits = input.query_caps(None).can_intersect(&offered);
            let linked = if fits {
                pad.link(&input).map(|_| ()).map_err(|error| glib::bool_error!("{error}"))
            } else {
                tracing::info!(camera = &*reporter.shared.id, %offered, "frames are converted before use");
                link_converted(decode, pad, &input)
            };
            if let Err(error) = linked {
                reporter.undecodable(format!("decoded frames cannot be used: {error}"));
            }
        });
    });
}

fn link_converted(decode: &gst::Element, pad: &gst::Pad, input: &gst::Pad) -> Result<(), glib::BoolError> {
    let parent = decode.parent().and_downcast::<gst::Bin>();
    let parent = parent.ok_or_else(|| glib::bool_error!("pipeline is gone"))?;
    let convert = gst::ElementFactory::make("videoconvert").build()?;
    parent.add(&convert)?;
    convert.sync_state_with_parent()?;
    let pads = convert.static_pad("sink").zip(convert.static_pad("src"));
    let (convert_in, convert_out) = pads.ok_or_else(|| glib::bool_error!("converter has no pads"))?;
    convert_out.link(input).map_err(|error| glib::bool_error!("{error}"))?;
    pad.link(&convert_in).map_err(|error| glib::bool_error!("{error}"))?;
    Ok(())
}

/// Notes whether what cannot be decoded may be video: a file with sound alone is not a decoder's fault.
fn note_unknown_streams(decode: &gst::Element, reporter: &Reporter) {
    let reporter = reporter.clone();
    decode.connect("unknown-type", false, move |values| {
        reporter.trap(|| {
            let caps = values.get(2).and_then(|caps| caps.get::<gst::Caps>().ok());
            let media =
                caps.as_ref().and_then(|caps| caps.structure(0)).map_or("", |media| media.name().as_str());
            if !(media.starts_with("audio/") || media.starts_with("text/")) {
                reporter.notes.video_seen.store(true, Ordering::Relaxed);
            }
        });
        None
    });
}

/// Notes the name of each decoder that is tried, and keeps software decoders to one thread.
fn note_decoders(pipeline: &gst::Pipeline, reporter: &Reporter) {
    let reporter = reporter.clone();
    pipeline.connect_deep_element_added(move |_, _, element| {
        reporter.trap(|| {
            let Some(factory) = element.factory().filter(is_picture_decoder) else { return };
            reporter.notes.video_seen.store(true, Ordering::Relaxed);
            *reporter.notes.decoder.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(factory.name().to_string());
            one_thread(element, &factory);
        });
    });
}

pub(crate) fn is_picture_decoder(factory: &gst::ElementFactory) -> bool {
    let class = factory.metadata("klass").unwrap_or_default();
    class.contains("Decoder") && (class.contains("Video") || class.contains("Image"))
}

/// Keeps a software decoder to one thread. By default each takes a thread per core and holds back as many frames: with
/// many cameras they would only fight for the cores, and a live picture would come late.
pub(crate) fn one_thread(decoder: &gst::Element, factory: &gst::ElementFactory) {
    if factory.name().starts_with("avdec_") && decoder.find_property("max-threads").is_some() {
        decoder.set_property_from_str("max-threads", "1");
    }
}

/// Turns the pipeline's messages into news for the mailbox; none is queued, for nobody reads the bus.
fn report_messages(pipeline: &gst::Pipeline, reporter: &Reporter) -> Result<(), glib::BoolError> {
    let bus = pipeline.bus().ok_or_else(|| glib::bool_error!("pipeline has no bus"))?;
    let reporter = reporter.clone();
    bus.set_sync_handler(move |_, message| {
        reporter.trap(|| reporter.report(message));
        gst::BusSyncReply::Drop
    });
    Ok(())
}

impl Reporter {
    fn report(&self, message: &gst::MessageRef) {
        let mailbox = &self.shared.mailbox;
        match message.view() {
            gst::MessageView::Error(error) => mailbox.fail(self.attempt, |progress| {
                let video_seen = self.notes.video_seen.load(Ordering::Relaxed);
                let (host, debug) = (self.host.as_deref(), error.debug());
                Failure::from_error(&error.error(), debug.as_deref(), host, progress, video_seen)
            }),
            gst::MessageView::Warning(warning) => {
                mailbox.warn(self.attempt, reason_of(&warning.error(), warning.debug().as_deref()));
            }
            gst::MessageView::Eos(_) => mailbox.end(self.attempt, |warning| {
                if self.host.is_some() {
                    // A live stream has no end: whoever ends it is lost to us.
                    let reason = warning.unwrap_or_else(|| "camera ended the stream".to_owned());
                    Failure::new(CameraState::NoRoute, reason)
                } else {
                    Failure::new(CameraState::Ended, "footage played to its end")
                }
            }),
            _ => {}
        }
    }

    fn undecodable(&self, reason: String) {
        self.shared.mailbox.fail(self.attempt, |_| Failure::new(CameraState::Undecodable, reason));
    }

    /// Runs a callback; a panic in it, which must not reach C, ends the attempt.
    fn trap<R>(&self, callback: impl FnOnce() -> R) -> Option<R> {
        let result = catch_unwind(AssertUnwindSafe(callback));
        if result.is_err() {
            self.undecodable("a callback of the pipeline panicked".to_owned());
        }
        result.ok()
    }
}
