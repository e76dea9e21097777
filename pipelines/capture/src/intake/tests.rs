use super::*;

fn intake(source: Source) -> (Arc<Shared>, Intake) {
    gst::init().expect("starts");
    let spec = CameraSpec::new("clock", source);
    let shared = Arc::new(Shared::for_test(&spec));
    let intake = Intake::new(&shared, &spec, 1, &Arc::default());
    (shared, intake)
}

fn buffer(pts_ms: Option<u64>) -> gst::Buffer {
    let mut buffer = gst::Buffer::new();
    let fields = buffer.make_mut();
    fields.set_pts(pts_ms.map(gst::ClockTime::from_mseconds));
    fields.set_duration(gst::ClockTime::from_mseconds(40));
    buffer
}

#[test]
fn footage_starts_at_zero_and_its_time_only_goes_forward() {
    let (shared, mut intake) =
        intake(Source::File { path: "x".into(), started_unix_ns: 1_000, recode: None });
    let mut times_ms = Vec::new();
    for pts_ms in [Some(5_000), Some(5_100), Some(5_100), None, Some(4_000), Some(6_000)] {
        let clocks = intake.clocks(&buffer(pts_ms), 77);
        assert_eq!(clocks.wall_unix_ns, 1_000 + clocks.received_ns as i64);
        times_ms.push(clocks.received_ns / 1_000_000);
    }
    assert_eq!(times_ms, [0, 100, 140, 180, 220, 1_000]);
    assert_eq!(shared.counts.timestamps_repaired.load(Ordering::Relaxed), 3);
}

#[test]
fn a_live_frame_has_the_senders_clock_once_it_is_known() {
    let source = Source::Rtsp { url: "rtsp://x".into(), credentials: None, transport: crate::Transport::Tcp };
    let (_, mut intake) = intake(source);
    let ntp = gst::Caps::new_empty_simple("timestamp/x-ntp");
    let mut sensor = |reference: &gst::Caps, seconds| {
        let mut buffer = buffer(Some(0));
        let time = gst::ClockTime::from_seconds(seconds);
        gst::ReferenceTimestampMeta::add(buffer.make_mut(), reference, time, None);
        let clocks = intake.clocks(&buffer, 77);
        assert_eq!((clocks.received_ns, clocks.recorded), (77, false));
        clocks.sensor_unix_ns
    };
    assert_eq!(sensor(&ntp, 2_208_988_800 + 1_700_000_000), Some(1_700_000_000_000_000_000));
    assert_eq!(sensor(&ntp, 12), None, "a camera whose clock says 1900 has none");
    assert_eq!(sensor(&gst::Caps::new_empty_simple("timestamp/x-unix"), 1_700_000_000), None);
    assert_eq!(intake.clocks(&buffer(Some(0)), 78).sensor_unix_ns, None);
}
