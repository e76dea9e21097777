use gstreamer as gst;
use gstreamer::prelude::*;

use crate::{CaptureError, MissingElement};

/// Elements that a camera cannot do without, by the Debian package that brings them.
const NEEDED: &[(&str, &[&str])] = &[
    ("libgstreamer1.0-0", &["filesrc", "typefind"]),
    ("gstreamer1.0-plugins-base", &["appsink", "decodebin", "videoconvert"]),
    (
        "gstreamer1.0-plugins-good",
        &["rtspsrc", "rtpbin", "rtpjitterbuffer", "udpsrc", "rtph264depay", "rtph265depay", "qtdemux"],
    ),
    ("gstreamer1.0-plugins-bad", &["h264parse", "h265parse"]),
];

/// What footage needs that is coded anew; cameras do without.
pub(crate) const RECODES: &[(&str, &[&str])] =
    &[("gstreamer1.0-plugins-bad", &["openh264enc", "openh264dec"])];

/// Media that some decoder, whichever, must take.
const DECODED: &[(&str, &str)] = &[("video/x-h264", "H.264 decoder"), ("video/x-h265", "H.265 decoder")];

/// Starts GStreamer and checks that what every camera needs is installed. May be called again at no cost.
///
/// # Errors
/// [`CaptureError::Init`] or [`CaptureError::MissingElements`], which names the packages.
pub fn init() -> Result<(), CaptureError> {
    gst::init().map_err(CaptureError::Init)?;
    let mut missing = missing_elements(NEEDED);
    missing.extend(missing_decoders());
    if missing.is_empty() { Ok(()) } else { Err(CaptureError::MissingElements { missing }) }
}

/// The elements of `needed`, listed by package, that are not installed.
pub(crate) fn missing_elements(needed: &[(&'static str, &[&'static str])]) -> Vec<MissingElement> {
    let mut missing = Vec::new();
    for &(package, elements) in needed {
        for &element in elements {
            if gst::ElementFactory::find(element).is_none() {
                missing.push(MissingElement { element, package });
            }
        }
    }
    missing
}

/// What decodes one kind of video here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoders {
    /// `h264`, `h265` or `mjpeg`.
    pub codec: &'static str,
    /// Names of the elements that take it, the one that is tried first in front.
    pub elements: Vec<String>,
}

/// What is installed for each kind of video that cameras send.
///
/// # Errors
/// [`CaptureError::Init`].
pub fn decoders() -> Result<Vec<Decoders>, CaptureError> {
    gst::init().map_err(CaptureError::Init)?;
    let kinds = [("h264", "video/x-h264"), ("h265", "video/x-h265"), ("mjpeg", "image/jpeg")];
    Ok(kinds.into_iter().map(|(codec, media)| Decoders { codec, elements: decoders_of(media) }).collect())
}

/// The decoders that take `media`, by rank, then by name.
fn decoders_of(media: &str) -> Vec<String> {
    let caps = gst::Caps::new_empty_simple(media);
    let mut decoders: Vec<gst::ElementFactory> = gst::ElementFactory::factories_with_type(
        gst::ElementFactoryType::DECODER
            | gst::ElementFactoryType::MEDIA_VIDEO
            // A camera's MJPEG is pictures, one after the other.
            | gst::ElementFactoryType::MEDIA_IMAGE,
        gst::Rank::MARGINAL,
    )
    .into_iter()
    .filter(|factory| factory.can_sink_any_caps(&caps))
    .collect();
    decoders.sort_by_key(|factory| (std::cmp::Reverse(i32::from(factory.rank())), factory.name()));
    decoders.into_iter().map(|factory| factory.name().to_string()).collect()
}

fn missing_decoders() -> Vec<MissingElement> {
    let missing = DECODED.iter().filter(|(media, _)| decoders_of(media).is_empty());
    missing.map(|&(_, element)| MissingElement { element, package: "gstreamer1.0-libav" }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn software_decoders_are_listed_by_codec() {
        let decoders = decoders().expect("starts");
        let codecs: Vec<&str> = decoders.iter().map(|decoders| decoders.codec).collect();
        assert_eq!(codecs, ["h264", "h265", "mjpeg"]);
        for (decoders, name) in decoders.iter().zip(["avdec_h264", "avdec_h265", "avdec_mjpeg"]) {
            assert!(decoders.elements.iter().any(|element| element == name), "{decoders:?}");
        }
        assert_eq!(decoders_of("video/x-nothing-at-all"), Vec::<String>::new());
    }

    #[test]
    fn a_missing_element_is_named_with_its_package() {
        init().expect("installed");
        let missing = missing_elements(&[("gstreamer1.0-plugins-good", &["rtspsrc", "nosuchsrc"])]);
        let expected = MissingElement { element: "nosuchsrc", package: "gstreamer1.0-plugins-good" };
        assert_eq!(missing, [expected]);
        assert_eq!(
            CaptureError::MissingElements { missing }.to_string(),
            "GStreamer lacks `nosuchsrc` (apt package `gstreamer1.0-plugins-good`)"
        );
    }
}
