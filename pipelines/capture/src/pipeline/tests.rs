use std::path::PathBuf;
use std::time::Instant;

use super::*;
use crate::mailbox::Wake;

#[test]
fn a_retired_pipeline_is_gone_with_all_that_it_held() {
    crate::init().expect("installed");
    let source = Source::File { path: PathBuf::from("/no/such/clip.mp4"), started_unix_ns: 0, recode: None };
    let spec = CameraSpec::new("gone", source);
    let shared = Arc::new(Shared::for_test(&spec));
    let attempt = shared.mailbox.begin();
    let pipeline = Pipeline::start(&shared, &spec, attempt).expect("built");
    let element = pipeline.pipeline.downgrade();
    let sink = pipeline.pipeline.iterate_sinks().next().expect("has one").expect("stable").downgrade();
    let deadline = Instant::now() + Duration::from_secs(20);
    let wake = shared.mailbox.wait(Progress::Opening, Some(deadline));
    assert!(matches!(&wake, Wake::Failed(failure) if failure.state == CameraState::NoRoute), "{wake:?}");
    assert!(pipeline.retire("gone").is_over_within(Duration::from_secs(20)));
    assert!(element.upgrade().is_none() && sink.upgrade().is_none(), "a callback keeps its own pipeline");
    assert_eq!(Arc::strong_count(&shared), 1, "a callback is left over");
}

#[test]
fn sound_that_nobody_decodes_is_not_taken_for_video() {
    crate::init().expect("installed");
    let source = Source::File { path: PathBuf::new(), started_unix_ns: 0, recode: None };
    let shared = Arc::new(Shared::for_test(&CameraSpec::new("unknown", source)));
    let seen_in = |media: &str| {
        let notes = Arc::<Notes>::default();
        let reporter =
            Reporter { shared: Arc::clone(&shared), attempt: 1, host: None, notes: Arc::clone(&notes) };
        let decode = gst::ElementFactory::make("decodebin").build().expect("installed");
        note_unknown_streams(&decode, &reporter);
        let pad = gst::Pad::new(gst::PadDirection::Src);
        decode.emit_by_name::<()>("unknown-type", &[&pad, &gst::Caps::new_empty_simple(media)]);
        notes.video_seen.load(Ordering::Relaxed)
    };
    assert!(seen_in("video/x-of-tomorrow"));
    assert!(!seen_in("audio/x-of-tomorrow"));
}

#[test]
fn a_panicking_callback_ends_the_attempt_and_nothing_else() {
    let source = Source::File { path: PathBuf::new(), started_unix_ns: 0, recode: None };
    let shared = Arc::new(Shared::for_test(&CameraSpec::new("panic", source)));
    let attempt = shared.mailbox.begin();
    let reporter = Reporter { shared: Arc::clone(&shared), attempt, host: None, notes: Arc::default() };
    let result: Option<()> = reporter.trap(|| panic!("on purpose"));
    assert!(result.is_none());
    let wake = shared.mailbox.wait(Progress::Opening, None);
    assert!(matches!(wake, Wake::Failed(failure) if failure.state == CameraState::Undecodable));
}
