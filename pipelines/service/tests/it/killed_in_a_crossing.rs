//! SIGKILL at several points of a crossing: it is one passage all the same, its revisions count up without a gap, and it is
//! opened and closed once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use capture::{Camera, CameraSpec, ConnectLimit, Source, Transport};
use proto::v1 as pb;
use proto::v1::box_service_client::BoxServiceClient;
use proto::v1::event_feed_client::EventFeedClient;

use crate::harness::{
    PATIENCE, Process, local_box, model_store, people_camera, people_clip, people_stream, run_in,
};

/// A box that is killed and started again in the same place.
struct Edge {
    dir: tempfile::TempDir,
    config: String,
    process: Process,
}

impl Edge {
    fn start(config: String) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let process = run_in(dir.path(), &config, &[]);
        Self { dir, config, process }
    }

    /// SIGKILL, and up again.
    fn kill(&mut self, why: &str) {
        let log = self.process.log();
        self.process.kill();
        self.process = run_in(self.dir.path(), &self.config, &[]);
        eprintln!("killed {why}; until then it said:\n{log}");
    }

    fn url(&self) -> String {
        format!("http://{}", self.process.first_line["grpc"].as_str().expect("address"))
    }

    fn checkpoint(&self) -> std::path::PathBuf {
        self.dir.path().join("data/checkpoints/people")
    }

    /// Every revision in the journal, once `enough` is there.
    async fn passages_until(&self, what: &str, enough: impl Fn(&[pb::Passage]) -> bool) -> Vec<pb::Passage> {
        let mut feed = EventFeedClient::connect(self.url()).await.expect("box listens");
        let asked = pb::SubscribeRequest {
            from_sequence: 1,
            kinds: vec!["passage".to_owned()],
            consumer: String::new(),
        };
        let mut events = feed.subscribe(asked).await.expect("a feed").into_inner();
        let mut passages = Vec::new();
        while !enough(&passages) {
            let next = tokio::time::timeout(PATIENCE, events.message()).await;
            let next = next.unwrap_or_else(|_| {
                panic!("{what} did not come after {passages:#?}\n{}", self.process.log())
            });
            match next.expect("the feed stands").expect("the feed goes on").body {
                Some(pb::event::Body::Passage(passage)) => passages.push(passage),
                other => panic!("only passages were asked for, got {other:?}"),
            }
        }
        passages
    }

    /// Asks until something is followed.
    async fn wait_for_a_track(&self) {
        let mut client = BoxServiceClient::connect(self.url()).await.expect("box listens");
        let wait = async {
            let mut period = tokio::time::interval(Duration::from_millis(20));
            loop {
                period.tick().await;
                let cameras = client.cameras(pb::CamerasRequest {}).await.expect("answers").into_inner();
                if cameras.cameras.iter().any(|camera| 0 < camera.open_tracks) && self.checkpoint().exists() {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.expect("somebody comes");
    }
}

/// Somebody else who watches the same camera, so that it goes on while the box is down.
fn watch(url: &str) -> Camera {
    let spec = CameraSpec {
        id: Arc::from("witness"),
        source: Source::Rtsp { url: url.to_owned(), credentials: None, transport: Transport::Tcp },
        connect_timeout: PATIENCE,
        frozen_after: PATIENCE,
        max_rate_hz: None,
    };
    capture::init().expect("GStreamer");
    Camera::open(spec, &ConnectLimit::new(1), Box::new(|_| {})).expect("a camera")
}

fn config(store: &Path, url: &str) -> String {
    local_box(store) + &people_camera("people", url)
}

fn count(passages: &[pb::Passage], state: pb::PassageState) -> usize {
    passages.iter().filter(|passage| passage.state() == state).count()
}

/// That each passage opens once, counts its revisions without a gap, and closes once.
fn assert_sound(passages: &[pb::Passage]) {
    let mut by_id: BTreeMap<&str, Vec<&pb::Passage>> = BTreeMap::new();
    for passage in passages {
        by_id.entry(&passage.passage_id).or_default().push(passage);
    }
    for revisions in by_id.values() {
        let numbers: Vec<u32> = revisions.iter().map(|passage| passage.revision).collect();
        let expected: Vec<u32> = (1..=numbers.len() as u32).collect();
        assert_eq!(numbers, expected, "{revisions:#?}");
        let last = revisions.len() - 1;
        for (index, passage) in revisions.iter().enumerate() {
            assert_eq!(passage.state() == pb::PassageState::Opened, index == 0, "{revisions:#?}");
            assert_eq!(passage.state() == pb::PassageState::Closed, index == last, "{revisions:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crossing_is_one_passage_however_often_the_box_is_killed_in_it() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let server = people_stream(&clip);
    let url = server.url("/people");
    let _witness = watch(&url);
    let mut edge = Edge::start(config(&store, &url));
    use pb::PassageState::{Closed, Opened, Updated};

    // The first visitor: before the rule holds, and right after.
    edge.wait_for_a_track().await;
    edge.kill("before it opened");
    edge.passages_until("the first opening", |told| count(told, Opened) == 1).await;
    edge.kill("right after it opened");
    let told = edge.passages_until("the first end", |told| count(told, Closed) == 1).await;
    assert_eq!(count(&told, Opened), 1, "{told:#?}\n{}", edge.process.log());
    assert!(told.last().is_some_and(|last| last.resumed && last.close_reason != "restarted"), "{told:#?}");

    // The second: in the same instant as it opens, later, and while its end is held back or has just been told.
    edge.passages_until("the second opening", |told| count(told, Opened) == 2).await;
    edge.kill("as the second opened");
    let updates = count(&told, Updated);
    edge.passages_until("an update", |told| updates < count(told, Updated)).await;
    edge.kill("after an update");
    edge.passages_until("the second end", |told| count(told, Closed) == 2).await;
    edge.kill("right after the second end");
    let told = edge.passages_until("the third opening", |told| count(told, Opened) == 3).await;
    edge.process.stop();
    edge.process = run_in(edge.dir.path(), &edge.config, &[]);
    let all =
        edge.passages_until("the third end", |all| told.len() < all.len() && count(all, Closed) == 3).await;
    assert_sound(&all);
    assert_eq!(count(&all, Opened), 3, "{all:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_closed_with_a_reason_when_the_rules_have_changed_or_the_box_was_away_too_long() {
    let (Some(store), Some(clip)) = (model_store(), people_clip()) else { return };
    let server = people_stream(&clip);
    let url = server.url("/people");
    let _witness = watch(&url);
    let mut edge = Edge::start(config(&store, &url));
    use pb::PassageState::{Closed, Opened};

    edge.passages_until("an opening", |told| count(told, Opened) == 1).await;
    edge.config = edge.config.replace("version = 1", "version = 2");
    edge.kill("before the rule was changed");
    let told = edge.passages_until("its end", |told| count(told, Closed) == 1).await;
    let reasons: Vec<&str> = told.iter().map(|passage| passage.close_reason.as_str()).collect();
    assert_eq!(reasons.last(), Some(&"configuration changed"), "{told:#?}");
    assert!(edge.process.log().contains("state is of version 1 of rule `person-at-table`, expected 2"));
    assert_sound(&told);

    // A damaged file is put aside.
    edge.process.kill();
    std::fs::write(edge.checkpoint(), "no checkpoint\n").expect("written");
    edge.process = run_in(edge.dir.path(), &edge.config, &[]);
    assert!(edge.checkpoint().with_extension("damaged").exists());
    assert!(edge.process.log().contains("checkpoint is put aside"), "{}", edge.process.log());
    assert_eq!(edge.process.stop(), Some(0), "{}", edge.process.log());
}
