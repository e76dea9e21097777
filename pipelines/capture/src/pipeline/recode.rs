//! Footage as it would come over a thin line: coded in H.264 at a given bitrate, and decoded again.
//!
//! Both codecs are OpenH264, from one Debian package and the same on every box: the pictures must not depend on what
//! else is installed. They leave no frame out and hold none back, so that frames and their times stay what they were.

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;

use crate::elements::{RECODES, missing_elements};
use crate::{CaptureError, Recode};

/// A bin that takes any raw frames and gives I420.
pub(super) fn recode(recode: Recode) -> Result<gst::Element, glib::BoolError> {
    let missing = missing_elements(RECODES);
    if !missing.is_empty() {
        return Err(glib::bool_error!("{}", CaptureError::MissingElements { missing }));
    }
    let encoder = gst::ElementFactory::make("openh264enc")
        .property("bitrate", recode.kbps.saturating_mul(1000))
        .property_from_str("rate-control", "bitrate")
        // A frame that is skipped would be missing in the count.
        .property("enable-frame-skip", false)
        // By default one per core, which share a picture among them: other machines would give other pictures.
        .property("multi-thread", 1u32)
        .property_from_str("complexity", "medium")
        .property("gop-size", 50u32)
        .build()?;
    end_past(&encoder);
    let convert = gst::ElementFactory::make("videoconvert").build()?;
    let parse = gst::ElementFactory::make("h264parse").build()?;
    let decoder = gst::ElementFactory::make("openh264dec").build()?;
    let chain = [&convert, &encoder, &parse, &decoder];
    let bin = gst::Bin::with_name("recode");
    bin.add_many(chain)?;
    gst::Element::link_many(chain)?;
    for (element, name) in [(&convert, "sink"), (&decoder, "src")] {
        let inner = element.static_pad(name).ok_or_else(|| glib::bool_error!("codec has no pad `{name}`"))?;
        bin.add_pad(&gst::GhostPad::with_target(&inner)?)?;
    }
    Ok(bin.upcast())
}

/// Leads the end of the stream around `encoder`, which holds no frame back: told of it, it asks its library to flush,
/// and the library prints to the standard error stream that it cannot.
fn end_past(encoder: &gst::Element) {
    let Some((input, output)) = encoder.static_pad("sink").zip(encoder.static_pad("src")) else { return };
    let output = output.downgrade();
    input.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        let end = info.event().filter(|event| event.type_() == gst::EventType::Eos);
        match end.cloned().zip(output.upgrade()) {
            Some((end, output)) => {
                output.push_event(end);
                gst::PadProbeReturn::Handled
            }
            None => gst::PadProbeReturn::Ok,
        }
    });
}
