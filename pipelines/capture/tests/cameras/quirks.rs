//! Cameras that misbehave, scripted over a bare socket.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use capture::{CameraSpec, CameraState, ConnectLimit, Transport};

use crate::support::{LONG, Watched, rtsp};

const GRACE: Duration = Duration::from_secs(2);

/// Listens, and answers each request for which `answer` has a body; told is each request line.
fn scripted(answer: fn(&str) -> Option<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let url = format!("rtsp://{}/x", listener.local_addr().expect("address"));
    let (tell, told) = sync_channel(64);
    let serve = move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut open = Some(stream);
            while let Some(stream) = open.as_mut()
                && let Some((line, sequence)) = request(stream)
            {
                // Refused once the test is over.
                if tell.send(line.clone()).is_err() {
                    return;
                }
                match answer(&line) {
                    Some(rest) => {
                        write!(stream, "RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{rest}").expect("written");
                    }
                    None => continue,
                }
            }
        }
    };
    thread::Builder::new().name("quirk".into()).spawn(serve).expect("thread");
    (url, told)
}

fn request(stream: &TcpStream) -> Option<(String, String)> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut sequence = String::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(number) = line.strip_prefix("CSeq: ") {
            sequence = number.to_owned();
        }
    }
    Some((first, sequence))
}

#[test]
fn a_dead_port_is_no_route_and_is_tried_again() {
    // Bound and let go: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").expect("port").local_addr().expect("address").port();
    let watched = Watched::open(rtsp(format!("rtsp://127.0.0.1:{port}/x"), Transport::Tcp));
    let reason = watched.wait_for(CameraState::NoRoute, 1);
    assert_eq!(reason, format!("no connection to `127.0.0.1:{port}` (refused, unreachable or unknown)"));
    // A camera at that port is found without being asked for.
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("same port");
    let connected = listener.accept().expect("tried again");
    drop(connected);
    assert!(1 <= watched.camera.status().counters.reconnects);
    assert_eq!(watched.states(), [CameraState::Connecting, CameraState::NoRoute], "told once");
    watched.stop(GRACE);
}

#[test]
fn a_host_without_a_name_is_no_route() {
    let watched = Watched::open(rtsp("rtsp://no-such-camera.invalid/x".into(), Transport::Tcp));
    let reason = watched.wait_for(CameraState::NoRoute, 1);
    assert!(!reason.is_empty());
    watched.stop(GRACE);
}

#[test]
fn a_camera_that_never_answers_can_be_stopped_and_times_out() {
    let (url, told) = scripted(|_| None);
    let watched = Watched::open(rtsp(url.clone(), Transport::Tcp));
    assert!(told.recv_timeout(LONG).expect("asked").starts_with("OPTIONS"));
    watched.stop(GRACE);

    let (url, _told) = scripted(|_| None);
    let spec = CameraSpec { connect_timeout: Duration::from_millis(300), ..rtsp(url, Transport::Tcp) };
    let watched = Watched::open(spec);
    assert_eq!(watched.wait_for(CameraState::NoRoute, 1), "no answer within 300ms");
    watched.stop(GRACE);
}

#[test]
fn a_camera_waiting_for_its_turn_can_be_stopped() {
    let (url, told) = scripted(|_| None);
    let connects = ConnectLimit::new(1);
    let first = Watched::open_within(rtsp(url.clone(), Transport::Tcp), &connects);
    told.recv_timeout(LONG).expect("asked");
    let second = Watched::open_within(rtsp(url, Transport::Tcp), &connects);
    second.wait_for(CameraState::Connecting, 1);
    second.stop(GRACE);
    first.stop(GRACE);
}

#[test]
fn a_camera_with_sound_alone_is_no_media() {
    let (url, _told) = scripted(|line| {
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\n";
        Some(if line.starts_with("DESCRIBE") {
            format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len())
        } else {
            "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n".to_owned()
        })
    });
    let spec = CameraSpec { connect_timeout: Duration::from_secs(2), ..rtsp(url, Transport::Tcp) };
    let watched = Watched::open(spec);
    assert_eq!(watched.wait_for(CameraState::NoMedia, 1), "camera offers no video stream");
    watched.stop(GRACE);
}
