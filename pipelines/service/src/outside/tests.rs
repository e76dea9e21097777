//! A session whose thread a test holds, so that what waits behind it can be counted.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use engine::{
    Batching, InputShape, Outputs, Proof, Provider, ProviderRequest, Runtime, SessionSpec, SessionThread,
    Wish,
};
use vision::{ElementType, SizePx, TensorLayout};

use super::*;

const LIMIT: Duration = Duration::from_secs(60);

/// A session with two places for outsiders and one for a camera; `None` without its model.
fn session() -> Option<(Outside, SessionThread)> {
    let model = models::testkit::model("yolox-nano-416")?;
    let library = Runtime::find(None).expect("the library is installed");
    let runtime = Runtime::load(&library).expect("the library loads");
    let input = InputShape {
        name: "images".to_owned(),
        size: SizePx::new(416, 416),
        element: ElementType::F32,
        layout: TensorLayout::Nchw,
    };
    let spec = SessionSpec {
        name: "held".to_owned(),
        model,
        input,
        outputs: vec!["output".to_owned()],
        queue: 3,
        intra_op_threads: 1,
        provider: ProviderRequest::from(Wish::Require(Provider::Cpu)),
        batch: Batching::default(),
        proof: Proof::Finite,
    };
    let (session, thread) = SessionHandle::spawn(&runtime, spec).expect("the model loads");
    Some((Outside::new(session, 2), thread))
}

/// Says that the session has begun it, and waits to be released.
struct Held {
    begun: SyncSender<()>,
    release: Receiver<()>,
}

impl Request for Held {
    type Element = f32;
    type Output = ();

    fn fill(&mut self, _: &mut [f32]) {
        self.begun.send(()).expect("the test waits");
        self.release.recv().expect("the test releases");
    }

    fn read(&mut self, _: &Outputs<'_>) {}
}

/// Does nothing.
struct Quick;

impl Request for Quick {
    type Element = f32;
    type Output = ();

    fn fill(&mut self, _: &mut [f32]) {}

    fn read(&mut self, _: &Outputs<'_>) {}
}

fn is_overloaded<T>(result: Result<T, EngineError>) -> bool {
    matches!(result, Err(EngineError::Overloaded { capacity: 2, .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_free_again_when_the_session_is_done_and_not_when_its_caller_has_gone() {
    let Some((outside, thread)) = session() else { return };
    let ((begun, has_begun), (release, released)) = (sync_channel(1), sync_channel(1));
    let mut places = outside.take(2).expect("both are free");
    let held = places.submit(Held { begun, release: released }, LIMIT).expect("queued");
    has_begun.recv().expect("the session begins");
    let waiting = places.submit(Quick, LIMIT).expect("queued");
    assert!(is_overloaded(places.submit(Quick, LIMIT).map(drop)), "two places were taken");
    drop(places);
    assert!(is_overloaded(outside.run(Quick, LIMIT).await));

    drop(waiting);
    assert!(is_overloaded(outside.take(1).map(drop)), "the dropped request still stands in the queue");
    let (told, camera) = oneshot::channel();
    let of_camera = outside.session().submit(Quick, LIMIT, |answer| {
        told.send(answer.is_ok()).ok();
    });
    of_camera.expect("outsiders leave the camera its place");

    release.send(()).expect("the session waits");
    held.answer().await.expect("answered");
    assert!(camera.await.expect("answered"), "the camera's request runs");
    assert_eq!(outside.session().stats().abandoned, 1, "nobody waited for the dropped one");
    drop(outside.take(2).expect("both are free again"));
    thread.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_were_not_used_are_given_back() {
    let Some((outside, _thread)) = session() else { return };
    drop(outside.take(2).expect("both are free"));
    assert!(is_overloaded(outside.take(3).map(drop)), "there are two");
    outside.run(Quick, LIMIT).await.expect("answered");
    drop(outside.take(2).expect("both are free again"));
}
