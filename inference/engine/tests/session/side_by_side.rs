//! Sessions side by side behind one queue.

use std::sync::{Arc, Mutex};

use engine::{EngineError, Outputs, Runtime, SessionHandle, SessionSpec, SessionStats, SessionThread};

use crate::kit::{Custom, Gate, LONG, Plain, fixture, only, runtime, scale_and_shift, submitted};

/// Two sessions with room for sixteen requests.
fn two(runtime: &Runtime) -> (SessionHandle, SessionThread) {
    let spec = SessionSpec { queue: 16, ..scale_and_shift() };
    SessionHandle::spawn_side_by_side(runtime, spec, 2).expect("sessions start")
}

#[test]
fn turns_hold_over_all_sessions() {
    let Some(runtime) = runtime("turns_hold_over_all_sessions") else { return };
    let (session, _thread) = two(&runtime);
    assert_eq!(session.sessions(), 2);
    // Both are held at once: each has a thread of its own.
    let (first, second) = (Gate::hold(&session), Gate::hold(&session));
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut replies = Vec::new();
    let mut ask = |caller: &SessionHandle, name: &'static str| {
        let served = Arc::clone(&served);
        let fill = move |_: &mut [f32]| served.lock().expect("no panic").push(name);
        replies.push(submitted(caller, Custom(fill, |_: &Outputs<'_>| ()), LONG).expect("queue has room").1);
    };
    let (flood, north, south) =
        (session.another_caller(), session.another_caller(), session.another_caller());
    for _ in 0..4 {
        ask(&flood, "flood");
    }
    ask(&north, "north");
    ask(&south, "south");
    // One free session serves all of them, whoever queued them when.
    first.open();
    for replies in &replies {
        only(replies).expect("runs");
    }
    assert_eq!(*served.lock().expect("no panic"), ["flood", "north", "south", "flood", "flood", "flood"]);
    second.open();
    assert_eq!(session.stats(), SessionStats { runs: 8, batches: 8, ..SessionStats::default() });
}

#[test]
fn every_caller_gets_its_own_answer() {
    let Some(runtime) = runtime("every_caller_gets_its_own_answer") else { return };
    let (session, _thread) = two(&runtime);
    std::thread::scope(|scope| {
        for caller in 0..8u8 {
            let session = session.another_caller();
            scope.spawn(move || {
                for round in 0..25u8 {
                    let value = f32::from(caller) * 100.0 + f32::from(round);
                    let answer = session.run(Plain::new(value), LONG).expect("runs");
                    assert_eq!(answer.output, [2.0 * value + 1.0; 48]);
                }
            });
        }
    });
    assert_eq!(session.stats(), SessionStats { runs: 200, batches: 200, ..SessionStats::default() });
}

#[test]
fn all_of_them_stop_when_the_queue_is_served() {
    let Some(runtime) = runtime("all_of_them_stop_when_the_queue_is_served") else { return };
    let (session, thread) = two(&runtime);
    let gates = [Gate::hold(&session), Gate::hold(&session)];
    let waiting: Vec<_> =
        (0..6).map(|_| submitted(&session, Plain::new(1.0), LONG).expect("queue has room").1).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| gates.into_iter().for_each(Gate::open));
        thread.stop();
    });
    for replies in &waiting {
        assert_eq!(only(replies).expect("served").output, [3.0; 48]);
    }
    let error = session.run(Plain::new(1.0), LONG).expect_err("stopped");
    assert!(matches!(error, EngineError::Stopped { .. }), "{error:?}");
    assert_eq!(session.stats().runs, 8);
}

#[test]
fn none_at_all_are_refused() {
    let Some(runtime) = runtime("none_at_all_are_refused") else { return };
    let told = |spec| SessionHandle::spawn_side_by_side(&runtime, spec, 0).expect_err("none").to_string();
    assert_eq!(told(scale_and_shift()), "session `scale` has sessions 0, expected at least 1");
    // The model is looked at once for each.
    let wrong = SessionSpec { model: fixture("no-such.onnx"), ..scale_and_shift() };
    let error = SessionHandle::spawn_side_by_side(&runtime, wrong, 2).expect_err("no file");
    assert!(matches!(error, EngineError::ModelUnreadable { .. }), "{error:?}");
}
