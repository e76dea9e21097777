use std::time::Duration;

use capture::testkit::{Clip, RtspServer};
use capture::{CameraSpec, CameraState, ConnectLimit, Credentials, Source, Transport};
use vision::SizePx;

use crate::support::{Watched, made, one_by_one, rtsp};

const GRACE: Duration = Duration::from_secs(2);

fn clips(test: &str) -> Option<Vec<Clip>> {
    one_by_one(test).map(|path| vec![Clip::new(path, "/people")])
}

fn streams_over(transport: Transport, test: &str) {
    let Some(clips) = clips(test) else { return };
    let server = RtspServer::start(&clips).expect("starts");
    let watched = Watched::open(rtsp(server.url("/people"), transport));
    let first = watched.frame();
    assert_eq!(first.planes.view().size(), SizePx::new(768, 432));
    assert!(!first.clocks.recorded && first.clocks.received_ns <= capture::monotonic_ns());
    watched.wait_for(CameraState::Streaming, 1);
    let status = watched.camera.status();
    assert_eq!(status.size, Some(SizePx::new(768, 432)));
    assert!(status.decoder.is_some_and(|decoder| decoder.contains("h264")));
    let mut last = first.clocks.received_ns;
    // 10 frames a second: the first RTCP report comes within some seconds.
    let sensor_ns = (0..200).find_map(|_| {
        let frame = watched.frame();
        assert!(last < frame.clocks.received_ns);
        last = frame.clocks.received_ns;
        frame.clocks.sensor_unix_ns.map(|sensor_ns| frame.clocks.wall_unix_ns - sensor_ns)
    });
    // Both ends have the same clock here, and the way is short.
    let delay_ns = sensor_ns.expect("sensor time");
    assert!((-1_000_000_000..3_000_000_000).contains(&delay_ns), "{delay_ns} ns");
    watched.stop(GRACE);
}

#[test]
fn a_camera_streams_over_tcp() {
    streams_over(Transport::Tcp, "a_camera_streams_over_tcp");
}

#[test]
fn a_camera_streams_over_udp() {
    streams_over(Transport::Udp, "a_camera_streams_over_udp");
}

#[test]
fn a_clip_is_played_in_a_loop_at_its_own_pace() {
    let Some(clip) =
        made("a_clip_is_played_in_a_loop_at_its_own_pace", "I420", &["openh264enc", "h264parse"], true)
    else {
        return;
    };
    let clips = [Clip::new(&clip.path, "/short")];
    let server = RtspServer::start(&clips).expect("starts");
    let watched = Watched::open(rtsp(server.url("/short"), Transport::Tcp));
    let first = watched.frame();
    let last =
        std::iter::repeat_with(|| watched.frame()).find(|frame| 100 <= frame.sequence).expect("endless");
    // 40 frames a round, 25 a second.
    let frames = (last.sequence - first.sequence) as f64;
    let seconds = (last.clocks.received_ns - first.clocks.received_ns) as f64 / 1e9;
    assert!((20.0..30.0).contains(&(frames / seconds)), "{frames} frames in {seconds} s");
    assert_eq!(watched.states(), [CameraState::Connecting, CameraState::Streaming]);
}

#[test]
fn a_lost_camera_is_found_again() {
    let Some(clips) = clips("a_lost_camera_is_found_again") else { return };
    let server = RtspServer::start(&clips).expect("starts");
    let port = server.port();
    let watched = Watched::open(rtsp(server.url("/people"), Transport::Tcp));
    watched.wait_for(CameraState::Streaming, 1);
    let before = watched.frame().sequence;
    drop(server);
    let reason = watched.wait_for(CameraState::NoRoute, 1);
    assert!(!reason.is_empty());
    // Known at once, not by the watchdog.
    assert_eq!(watched.states(), [CameraState::Connecting, CameraState::Streaming, CameraState::NoRoute]);
    assert_eq!(watched.camera.status().decoder, None);
    let server = RtspServer::start_on(port, &clips).expect("same port");
    watched.wait_for(CameraState::Streaming, 2);
    assert!(before < watched.frame().sequence, "the numbers go on");
    assert!(1 <= watched.camera.status().counters.reconnects);
    watched.stop(GRACE);
    drop(server);
}

#[test]
fn an_address_without_a_stream_is_no_media() {
    let Some(clips) = clips("an_address_without_a_stream_is_no_media") else { return };
    let server = RtspServer::start(&clips).expect("starts");
    let watched = Watched::open(rtsp(server.url("/nobody"), Transport::Tcp));
    let reason = watched.wait_for(CameraState::NoMedia, 1);
    assert!(reason.contains("Not Found") || reason.contains("Not found"), "{reason}");
    watched.stop(GRACE);
}

#[test]
fn a_camera_with_a_login_wants_the_right_one() {
    let Some(clips) = clips("a_camera_with_a_login_wants_the_right_one") else { return };
    let server = RtspServer::start_with_login(&clips, "guard", "right-horse").expect("starts");
    let open = |credentials| {
        let url = server.url("/people");
        let source = Source::Rtsp { url, credentials, transport: Transport::Tcp };
        Watched::open(CameraSpec::new("gate", source))
    };
    for refused in [None, Some(Credentials::new("guard", "wrong-horse"))] {
        let watched = open(refused);
        let reason = watched.wait_for(CameraState::Unauthorised, 1);
        assert!(!reason.contains("horse"), "{reason}");
        assert!(!watched.states().contains(&CameraState::Streaming));
    }
    let watched = open(Some(Credentials::new("guard", "right-horse")));
    watched.wait_for(CameraState::Streaming, 1);
}

#[test]
fn a_camera_that_falls_silent_is_frozen_until_it_speaks() {
    let Some(clips) = clips("a_camera_that_falls_silent_is_frozen_until_it_speaks") else { return };
    let server = RtspServer::start(&clips).expect("starts");
    let limit = Duration::from_millis(800);
    let spec = |url| CameraSpec { frozen_after: limit, connect_timeout: limit, ..rtsp(url, Transport::Tcp) };
    let watched = Watched::open(spec(server.url("/people")));
    watched.wait_for(CameraState::Streaming, 1);
    assert!(server.set_frozen("/people", true));
    assert_eq!(watched.wait_for(CameraState::Frozen, 1), "no frame for 800ms");
    assert!(server.set_frozen("/people", false));
    watched.wait_for(CameraState::Streaming, 2);
    watched.frame();
    server.set_frozen("/people", true);
    watched.wait_for(CameraState::Frozen, 2);
    watched.stop(GRACE);
}

#[test]
fn a_slow_consumer_loses_old_frames_and_slows_nobody() {
    let Some(clips) = clips("a_slow_consumer_loses_old_frames_and_slows_nobody") else { return };
    let server = RtspServer::start(&clips).expect("starts");
    let slow = Watched::open(rtsp(server.url("/people"), Transport::Tcp));
    let quick = Watched::open(rtsp(server.url("/people"), Transport::Tcp));
    let first = slow.frame();
    // The sibling is the clock: its frames come at the same pace.
    for _ in 0..20 {
        quick.frame();
    }
    let next = slow.frame();
    let superseded = slow.camera.status().counters.superseded;
    assert!(5 <= superseded, "{superseded}");
    assert!(first.sequence + 5 < next.sequence, "the newest is kept: {} {}", first.sequence, next.sequence);
    assert!(capture::monotonic_ns() - next.clocks.received_ns < 1_000_000_000, "an old frame came out");
    slow.stop(GRACE);
    quick.stop(GRACE);
}

#[test]
fn a_dead_camera_in_line_does_not_keep_the_others_out() {
    let Some(clips) = clips("a_dead_camera_in_line_does_not_keep_the_others_out") else { return };
    let server = RtspServer::start(&clips).expect("starts");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let url = format!("rtsp://{}/x", silent.local_addr().expect("address"));
    let connects = ConnectLimit::new(1);
    let timeout = Duration::from_millis(500);
    let dead = CameraSpec { connect_timeout: timeout, ..rtsp(url, Transport::Tcp) };
    let dead = Watched::open_within(dead, &connects);
    let alive = Watched::open_within(rtsp(server.url("/people"), Transport::Tcp), &connects);
    alive.wait_for(CameraState::Streaming, 1);
    // Whoever streams connects no longer.
    let sibling = Watched::open_within(rtsp(server.url("/people"), Transport::Tcp), &connects);
    sibling.wait_for(CameraState::Streaming, 1);
    assert_eq!(dead.wait_for(CameraState::NoRoute, 1), "no answer within 500ms");
    dead.stop(GRACE);
    alive.stop(GRACE);
}
