use gstreamer as gst;

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

fn missing_decoders() -> Vec<MissingElement> {
    let mut missing = Vec::new();
    let decoders = gst::ElementFactory::factories_with_type(
        gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO,
        gst::Rank::MARGINAL,
    );
    for &(media, element) in DECODED {
        let caps = gst::Caps::new_empty_simple(media);
        if !decoders.iter().any(|factory| factory.can_sink_any_caps(&caps)) {
            missing.push(MissingElement { element, package: "gstreamer1.0-libav" });
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

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
