use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::server::{Reply, Request, Server};
use super::*;

const PATIENT: Duration = Duration::from_secs(20);

fn pull_from(place: &Place, server: &Server, artifact: &Artifact) -> Result<Pulled, PullError> {
    pull(artifact, &place.store, None, Some(&server.host(PATIENT)), &mut Quiet)
}

/// Half a megabyte in which no two places are alike.
fn long_content() -> Vec<u8> {
    (0..131_072u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

#[test]
fn the_public_place_gives_the_file() {
    let place = Place::new();
    let server = Server::start(|_, _| Reply::whole(CONTENT));
    let artifact = artifact(CONTENT, Some(public_file()));
    let pulled = pull_from(&place, &server, &artifact).expect("pulled");
    assert_eq!((pulled.from, pulled.refused.len()), (Origin::Public, 0));
    assert_eq!(fs::read(pulled.path).expect("held"), CONTENT);
    assert_eq!(place.names(), ["model.onnx"]);
    assert_eq!(server.seen(), [Request { path: "/o/r/0123abc/a/m.onnx".to_owned(), from: None }]);
}

#[test]
fn a_wrong_mirror_is_reported_and_the_public_place_asked() {
    let place = Place::new();
    place.put_in_mirror(b"sixteen bytes ko");
    let server = Server::start(|_, _| Reply::whole(CONTENT));
    let artifact = artifact(CONTENT, Some(public_file()));
    let host = server.host(PATIENT);
    let pulled =
        pull(&artifact, &place.store, Some(&place.mirror()), Some(&host), &mut Quiet).expect("pulled");
    assert_eq!(pulled.from, Origin::Public);
    let [refusal @ Refusal::Wrong { .. }] = &pulled.refused[..] else { panic!("{:?}", pulled.refused) };
    assert!(refusal.to_string().contains(&place.mirror().join(FILE).display().to_string()), "{refusal}");
    assert_eq!(place.names(), ["model.onnx".to_owned(), rejected(b"sixteen bytes ko")]);
}

#[test]
fn when_both_sources_are_wrong_both_are_reported() {
    let place = Place::new();
    place.put_in_mirror(b"sixteen bytes ko");
    let server = Server::start(|_, _| Reply::status("404 Not Found"));
    let artifact = artifact(CONTENT, Some(public_file()));
    let host = server.host(PATIENT);
    let err =
        pull(&artifact, &place.store, Some(&place.mirror()), Some(&host), &mut Quiet).expect_err("both");
    let text = err.to_string();
    assert!(text.contains("in the mirror is not what its card says"), "{text}");
    assert!(text.contains("/o/r/0123abc/a/m.onnx answered with status 404, expected the file"), "{text}");
    assert_eq!(place.names(), [rejected(b"sixteen bytes ko")], "no empty temporary file stays");
}

#[test]
fn a_cut_connection_is_an_error_and_the_next_pull_goes_on_from_there() {
    let place = Place::new();
    let content = long_content();
    let (artifact, whole) = (artifact(&content, Some(public_file())), content.clone());
    let server = Server::start(move |request, before| {
        let reply = Reply::range(&whole, request);
        if before == 0 { reply.cut_after(100_000) } else { reply }
    });
    let err = pull_from(&place, &server, &artifact).expect_err("cut");
    let PullError::Refused { refusals, .. } = &err else { panic!("{err}") };
    assert!(
        matches!(refusals[..], [Refusal::Interrupted { received: 100_000, expected: 524_288, .. }]),
        "{err}"
    );
    assert_eq!(fs::read(place.held(".part")).expect("kept"), content[..100_000]);
    assert!(!place.held("").exists());

    let pulled = pull_from(&place, &server, &artifact).expect("second pull");
    assert_eq!(fs::read(pulled.path).expect("held"), content);
    assert_eq!(server.asked_from(), [None, Some(100_000)]);
    assert_eq!(place.names(), ["model.onnx"]);
}

#[test]
fn a_server_that_knows_no_ranges_gives_the_whole_again() {
    let place = Place::new();
    put(&place.held(".part"), &CONTENT[..7]);
    let server = Server::start(|_, _| Reply::whole(CONTENT));
    let artifact = artifact(CONTENT, Some(public_file()));
    let pulled = pull_from(&place, &server, &artifact).expect("pulled");
    assert_eq!(fs::read(pulled.path).expect("held"), CONTENT);
    assert_eq!(server.asked_from(), [Some(7)]);
}

#[test]
fn a_range_that_the_server_cannot_give_is_asked_for_no_more() {
    let other_range = || Reply::partial(3, CONTENT);
    let refused_range = || Reply::status("416 Range Not Satisfiable");
    let no_range = || Reply::status("206 Partial Content");
    let replies: [fn() -> Reply; 3] = [other_range, refused_range, no_range];
    for odd in replies {
        let place = Place::new();
        put(&place.held(".part"), &CONTENT[..7]);
        let server = Server::start(move |request, _| match request.from {
            Some(_) => odd(),
            None => Reply::whole(CONTENT),
        });
        let artifact = artifact(CONTENT, Some(public_file()));
        let pulled = pull_from(&place, &server, &artifact).expect("pulled");
        assert_eq!(fs::read(pulled.path).expect("held"), CONTENT);
        assert_eq!(server.asked_from(), [Some(7), None]);
    }
}

#[test]
fn a_damaged_beginning_costs_one_more_transfer_and_no_refusal() {
    let place = Place::new();
    put(&place.held(".part"), b"SIXteen");
    let server = Server::start(|request, _| Reply::range(CONTENT, request));
    let artifact = artifact(CONTENT, Some(public_file()));
    let pulled = pull_from(&place, &server, &artifact).expect("pulled");
    assert_eq!(fs::read(pulled.path).expect("held"), CONTENT);
    assert_eq!(server.asked_from(), [Some(7), None]);
    assert_eq!(place.names(), ["model.onnx"]);
}

#[test]
fn a_whole_file_whose_rename_was_lost_needs_no_transfer() {
    let place = Place::new();
    put(&place.held(".part"), CONTENT);
    let server = Server::start(|_, _| Reply::status("500 Internal Server Error"));
    let artifact = artifact(CONTENT, Some(public_file()));
    let pulled = pull_from(&place, &server, &artifact).expect("held already");
    assert_eq!(fs::read(pulled.path).expect("held"), CONTENT);
    assert_eq!(server.asked_from(), []);
}

#[test]
fn a_temporary_file_that_is_too_long_is_dropped() {
    let place = Place::new();
    put(&place.held(".part"), &[7; 40]);
    let server = Server::start(|request, _| Reply::range(CONTENT, request));
    let artifact = artifact(CONTENT, Some(public_file()));
    pull_from(&place, &server, &artifact).expect("pulled");
    assert_eq!(server.asked_from(), [None]);
}

#[test]
fn wrong_bytes_are_refused_and_kept_aside() {
    let place = Place::new();
    let server = Server::start(|_, _| Reply::whole(b"sixteen bytes ko"));
    let artifact = artifact(CONTENT, Some(public_file()));
    let text = pull_from(&place, &server, &artifact).expect_err("wrong").to_string();
    let (actual, expected) = (Sha256::of(b"sixteen bytes ko"), artifact.sha256);
    assert!(text.contains(&format!("its SHA-256 is {actual}, expected {expected}; kept aside")), "{text}");
    assert_eq!(place.names(), [rejected(b"sixteen bytes ko")]);
    assert_eq!(server.seen().len(), 1, "a wrong whole is not asked for again");
}

#[test]
fn another_length_is_refused_and_never_stored_beyond_one_byte_too_many() {
    type Case = (fn() -> Reply, &'static [u8], &'static str);
    let cases: [Case; 4] = [
        (|| Reply::whole(b"a page"), b"a page", "it is 6 bytes long, expected 16"),
        (|| Reply::chunked(b"a page"), b"a page", "it is 6 bytes long, expected 16"),
        (|| Reply::whole(&[7; 900_000]), &[7; 17], "it is 900000 bytes long, expected 16"),
        (|| Reply::chunked(&[7; 900_000]), &[7; 17], "it is 17 bytes long, expected 16"),
    ];
    for (reply, kept, misfit) in cases {
        let place = Place::new();
        let server = Server::start(move |_, _| reply());
        let artifact = artifact(CONTENT, Some(public_file()));
        let text = pull_from(&place, &server, &artifact).expect_err("wrong").to_string();
        assert!(text.contains(misfit), "{text}");
        assert_eq!(place.names(), [rejected(kept)]);
    }
}

#[test]
fn a_server_that_falls_silent_is_left() {
    let place = Place::new();
    let server = Server::start(|_, _| Reply::whole(CONTENT).stalled_after(5));
    let artifact = artifact(CONTENT, Some(public_file()));
    let host = server.host(Duration::from_millis(150));
    let err = pull(&artifact, &place.store, None, Some(&host), &mut Quiet).expect_err("silent");
    let PullError::Refused { refusals, .. } = &err else { panic!("{err}") };
    assert!(matches!(refusals[..], [Refusal::Interrupted { received: 5, .. }]), "{err}");
}

#[test]
fn a_host_that_is_not_there_is_named() {
    let place = Place::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("port").local_addr().expect("bound").port();
    let host = PublicHost::at(&format!("http://127.0.0.1:{port}"), Patience::default());
    let artifact = artifact(CONTENT, Some(public_file()));
    let err = pull(&artifact, &place.store, None, Some(&host), &mut Quiet).expect_err("closed port");
    let url = format!("http://127.0.0.1:{port}/o/r/0123abc/a/m.onnx");
    assert!(err.to_string().contains(&format!("could not get {url}: ")), "{err}");
    assert!(place.names().is_empty(), "{:?}", place.names());
}

/// Passes on that its pull has to wait.
struct TellsWaiting(SyncSender<()>);

impl Progress for TellsWaiting {
    fn waiting(&mut self, _file: &str) {
        self.0.try_send(()).ok();
    }
    fn begin(&mut self, _file: &str, _from: Origin, _bytes: u64) {}
    fn advance(&mut self, _done: u64) {}
}

#[test]
fn a_second_pull_waits_for_the_first_and_transfers_nothing() {
    let place = Place::new();
    let content = long_content();
    let (artifact, whole) = (artifact(&content, Some(public_file())), content.clone());
    // The one answer is held back until the other pull says that it waits.
    let (tell, told): (SyncSender<()>, Receiver<()>) = sync_channel(1);
    let told = Mutex::new(told);
    let server = Server::start(move |_, _| {
        let told = told.lock().unwrap_or_else(PoisonError::into_inner);
        match told.recv_timeout(PATIENT) {
            Ok(()) => Reply::whole(&whole),
            Err(_) => Reply::status("500 Nobody Waits"),
        }
    });
    let start = Barrier::new(2);
    let puller = |name: &str| {
        let (name, tell) = (name.to_owned(), tell.clone());
        let (host, start, artifact, store) = (server.host(PATIENT), &start, &artifact, &place.store);
        (name, move || {
            start.wait();
            pull(artifact, store, None, Some(&host), &mut TellsWaiting(tell)).expect("pulled").from
        })
    };
    let mut origins = thread::scope(|scope| {
        let pullers = [puller("first"), puller("second")]
            .map(|(name, pull)| thread::Builder::new().name(name).spawn_scoped(scope, pull).expect("thread"));
        pullers.map(|puller| puller.join().expect("no panic"))
    });
    origins.sort_by_key(|origin| *origin != Origin::Public);
    assert_eq!(origins, [Origin::Public, Origin::AlreadyHeld]);
    assert_eq!(server.seen().len(), 1);
    assert_eq!(fs::read(place.held("")).expect("held"), content);
    assert_eq!(place.names(), ["model.onnx"]);
}

/// Every length it was told.
#[derive(Default)]
struct Lengths(Vec<u64>);

impl Progress for Lengths {
    fn waiting(&mut self, _file: &str) {}
    fn begin(&mut self, _file: &str, _from: Origin, bytes: u64) {
        self.0.push(bytes);
    }
    fn advance(&mut self, done: u64) {
        self.0.push(done);
    }
}

#[test]
fn progress_starts_where_the_earlier_pull_stopped() {
    let place = Place::new();
    put(&place.held(".part"), &CONTENT[..7]);
    let server = Server::start(|request, _| Reply::range(CONTENT, request));
    let artifact = artifact(CONTENT, Some(public_file()));
    let mut lengths = Lengths::default();
    pull(&artifact, &place.store, None, Some(&server.host(PATIENT)), &mut lengths).expect("pulled");
    assert_eq!((lengths.0[..2].to_vec(), lengths.0.last()), (vec![16, 7], Some(&16)));
}
