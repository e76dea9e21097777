//! A clip coded anew, as a camera of another codec and size would have sent it: what a machine is measured with.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use vision::SizePx;

use crate::CaptureError;

/// How cameras code their pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// H.264, AVC.
    H264,
    /// H.265, HEVC.
    H265,
    /// Motion JPEG.
    Mjpeg,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::H264, Self::H265, Self::Mjpeg];

    /// Name in options and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
            Self::Mjpeg => "mjpeg",
        }
    }

    /// Encoders, the best first, with properties that make the stream a camera's: no picture waits for a later one, and a
    /// key frame comes at least every 50.
    const fn encoders(self) -> &'static [(&'static str, &'static [(&'static str, &'static str)])] {
        match self {
            Self::H264 => &[
                ("x264enc", &[("tune", "zerolatency"), ("speed-preset", "veryfast"), ("key-int-max", "50")]),
                ("openh264enc", &[("gop-size", "50"), ("enable-frame-skip", "false")]),
            ],
            Self::H265 => &[(
                "x265enc",
                &[("tune", "zerolatency"), ("speed-preset", "superfast"), ("key-int-max", "50")],
            )],
            Self::Mjpeg => &[("jpegenc", &[("quality", "85")])],
        }
    }

    const fn parser(self) -> &'static str {
        match self {
            Self::H264 => "h264parse",
            Self::H265 => "h265parse",
            // Nothing to parse: each buffer is a picture. (`jpegparse` takes its duration away, and the last is lost.)
            Self::Mjpeg => "identity",
        }
    }
}

/// What a clip is made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recoding {
    /// How its pictures are coded.
    pub codec: Codec,
    /// Their size; the picture is stretched to it.
    pub size: SizePx,
    /// Target of the bitrate in thousands of bits per second; a JPEG's size follows from its quality instead.
    pub kbps: u32,
    /// The first so many frames.
    pub frames: u32,
}

/// Codes `from` anew into the QuickTime file `to`. Returns the name of the encoder.
///
/// # Errors
/// Those of [`crate::init`]; [`CaptureError::NoEncoder`] where none of that codec is installed; [`CaptureError::Clip`]
/// when `from` cannot be played or `to` not be written.
pub fn recode_clip(from: &Path, to: &Path, recoding: &Recoding) -> Result<&'static str, CaptureError> {
    crate::init()?;
    let failed = |reason: String| CaptureError::Clip { file: from.to_owned(), reason };
    let encoders = recoding.codec.encoders();
    let found = encoders.iter().find(|(name, _)| gst::ElementFactory::find(name).is_some());
    let Some((encoder, properties)) = found else {
        let looked_for = encoders.iter().map(|(name, _)| *name).collect();
        return Err(CaptureError::NoEncoder { codec: recoding.codec.name(), looked_for });
    };
    let pipeline =
        build(from, to, recoding, encoder, properties).map_err(|error| failed(error.to_string()))?;
    let outcome = play(&pipeline);
    pipeline.set_state(gst::State::Null).ok();
    outcome.map_err(failed)?;
    Ok(encoder)
}

fn build(
    from: &Path,
    to: &Path,
    recoding: &Recoding,
    encoder: &str,
    properties: &[(&str, &str)],
) -> Result<gst::Pipeline, glib::BoolError> {
    let make = |name| gst::ElementFactory::make(name).build();
    let source = gst::ElementFactory::make("filesrc").property("location", from).build()?;
    let decode = gst::ElementFactory::make("decodebin")
        .property("caps", gst::Caps::builder("video/x-raw").any_features().build())
        .property("expose-all-streams", false)
        .build()?;
    let size = gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", recoding.size.width.cast_signed())
        .field("height", recoding.size.height.cast_signed())
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build();
    let sized = gst::ElementFactory::make("capsfilter").property("caps", &size).build()?;
    cut_after(&sized, recoding.frames)?;
    let encode = make(encoder)?;
    for (name, value) in properties {
        encode.set_property_from_str(name, value);
    }
    if encode.find_property("bitrate").is_some() {
        // OpenH264 counts bits, the others thousands.
        let unit = if encoder == "openh264enc" { 1000 } else { 1 };
        encode.set_property("bitrate", recoding.kbps.saturating_mul(unit));
    }
    let sink = gst::ElementFactory::make("filesink").property("location", to).build()?;
    let (convert, scale) = (make("videoconvert")?, make("videoscale")?);
    let (parse, mux) = (make(recoding.codec.parser())?, make("qtmux")?);
    let chain = [&convert, &scale, &sized, &encode, &parse, &mux, &sink];
    let pipeline = gst::Pipeline::new();
    pipeline.add_many([&source, &decode])?;
    pipeline.add_many(chain)?;
    source.link(&decode)?;
    gst::Element::link_many(chain)?;
    let first = convert.downgrade();
    decode.connect_pad_added(move |_, pad| {
        let input = first.upgrade().and_then(|first| first.static_pad("sink"));
        if let Some(input) = input.filter(|input| !input.is_linked()) {
            // A pad that does not fit leaves the stream without an end, which its own error tells.
            pad.link(&input).ok();
        }
    });
    Ok(pipeline)
}

/// Ends the stream behind `element` after `frames` frames: what comes before it learns so, and sends the end.
fn cut_after(element: &gst::Element, frames: u32) -> Result<(), glib::BoolError> {
    let output = element.static_pad("src").ok_or_else(|| glib::bool_error!("filter has no pad `src`"))?;
    let left = AtomicU32::new(frames);
    output.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let one_less = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if one_less.is_ok() {
            return gst::PadProbeReturn::Ok;
        }
        info.flow_res = Err(gst::FlowError::Eos);
        info.data = None;
        gst::PadProbeReturn::Handled
    });
    Ok(())
}

fn play(pipeline: &gst::Pipeline) -> Result<(), String> {
    let bus = pipeline.bus().ok_or("pipeline has no bus")?;
    let refused = pipeline.set_state(gst::State::Playing).err();
    let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
    // An element that refuses to start has said why by then.
    let limit = refused.map(|_| gst::ClockTime::ZERO);
    let message = bus.timed_pop_filtered(limit, &wanted);
    match message.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => Ok(()),
        Some(gst::MessageView::Error(error)) => Err(error.error().to_string()),
        _ => Err("it cannot be opened".to_owned()),
    }
}
