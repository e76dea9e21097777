use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use engine::{EngineError, RUN_GRACE, SessionSpec, SessionStats};

use crate::kit::{Gate, LONG, Plain, fixture, only, runtime, scale_and_shift, spawned, submitted};

#[test]
fn a_full_queue_refuses_at_once() {
    let Some(runtime) = runtime("a_full_queue_refuses_at_once") else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let gate = Gate::hold(&session);
    let waiting: Vec<_> =
        (0..2).map(|_| submitted(&session, Plain::new(1.0), LONG).expect("queue has room").1).collect();
    let begun = Instant::now();
    let refused = Plain::new(9.0);
    let (reply, calls) = sync_channel(1);
    let error = session
        .submit(refused.clone(), LONG, move |_| reply.send(()).expect("kept"))
        .expect_err("queue is full");
    // The gate is still closed: nothing but an immediate refusal could get here.
    assert!(begun.elapsed() < LONG);
    assert_eq!(error.to_string(), "queue of session `scale` is full (2 requests waiting)");
    let error = session.run(refused.clone(), LONG).expect_err("queue is full");
    assert!(matches!(error, EngineError::Overloaded { capacity: 2, .. }), "{error:?}");
    gate.open();
    for replies in &waiting {
        assert_eq!(only(replies).expect("runs").output, [3.0; 48]);
    }
    assert_eq!((refused.fills(), calls.iter().count()), (0, 0));
    assert_eq!(
        session.stats(),
        SessionStats { runs: 3, batches: 3, overloaded: 2, ..SessionStats::default() }
    );
}

#[test]
fn a_request_whose_limit_passed_in_the_queue_is_not_run() {
    let Some(runtime) = runtime("a_request_whose_limit_passed_in_the_queue_is_not_run") else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let gate = Gate::hold(&session);
    let request = Plain::new(1.0);
    let (_ticket, replies) = submitted(&session, request.clone(), Duration::ZERO).expect("queue has room");
    gate.open();
    let error = only(&replies).expect_err("too late");
    assert_eq!(error.to_string(), "request to session `scale` waited longer than its limit of 0ns");
    assert_eq!(request.fills(), 0);
    assert_eq!(session.stats(), SessionStats { runs: 1, batches: 1, expired: 1, ..SessionStats::default() });
}

#[test]
fn a_caller_who_hung_up_costs_nothing() {
    let Some(runtime) = runtime("a_caller_who_hung_up_costs_nothing") else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let gate = Gate::hold(&session);
    let request = Plain::new(1.0);
    let (ticket, replies) = submitted(&session, request.clone(), LONG).expect("queue has room");
    ticket.hang_up();
    gate.open();
    let error = only(&replies).expect_err("withdrawn");
    assert_eq!(error.to_string(), "caller of session `scale` hung up");
    assert_eq!(request.fills(), 0);
    assert_eq!(
        session.stats(),
        SessionStats { runs: 1, batches: 1, abandoned: 1, ..SessionStats::default() }
    );
}

#[test]
fn a_waiting_caller_gives_up_after_limit_and_grace_and_its_request_is_not_run() {
    let test = "a_waiting_caller_gives_up_after_limit_and_grace";
    let Some(runtime) = runtime(test) else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let gate = Gate::hold(&session);
    let limit = Duration::from_millis(20);
    let (request, begun) = (Plain::new(1.0), Instant::now());
    let error = session.run(request.clone(), limit).expect_err("the gate is closed");
    assert!(matches!(error, EngineError::DeadlineExceeded { .. }), "{error:?}");
    let waited = begun.elapsed();
    assert!(limit + RUN_GRACE <= waited && waited < LONG, "waited {waited:?}");
    gate.open();
    session.run(Plain::new(0.0), LONG).expect("still runs");
    assert_eq!(request.fills(), 0);
    assert_eq!(
        session.stats(),
        SessionStats { runs: 2, batches: 2, abandoned: 1, ..SessionStats::default() }
    );
}

#[test]
fn a_run_that_takes_too_long_is_cut_short() {
    let Some(runtime) = runtime("a_run_that_takes_too_long_is_cut_short") else { return };
    let mut spec = SessionSpec { model: fixture("busy.onnx"), ..scale_and_shift() };
    spec.outputs = vec!["count".into()];
    let (session, _thread) = spawned(&runtime, spec);
    // Passes for many seconds: long after limit and grace, and still an end if nothing cuts them short.
    let error = session.run(Plain::new(2e7), Duration::from_millis(20)).expect_err("too long");
    assert!(matches!(error, EngineError::DeadlineExceeded { .. }), "{error:?}");
    // Its thread is free again, and the model can still count.
    assert_eq!(session.run(Plain::new(100.0), LONG).expect("runs").output, [100.0]);
    assert_eq!(
        session.stats(),
        SessionStats { runs: 1, batches: 1, abandoned: 1, ..SessionStats::default() }
    );
}

#[test]
fn a_stopped_session_serves_its_queue_and_takes_nothing_more() {
    let test = "a_stopped_session_serves_its_queue_and_takes_nothing_more";
    let Some(runtime) = runtime(test) else { return };
    let (session, thread) = spawned(&runtime, scale_and_shift());
    let gate = Gate::hold(&session);
    // The queue is full while the thread is told to stop.
    let waiting: Vec<_> =
        (0..2).map(|_| submitted(&session, Plain::new(1.0), LONG).expect("queue has room").1).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| gate.open());
        thread.stop();
    });
    for replies in &waiting {
        assert_eq!(only(replies).expect("served").output, [3.0; 48]);
    }
    let error = session.run(Plain::new(1.0), LONG).expect_err("stopped");
    assert_eq!(error.to_string(), "session `scale` has stopped");
    assert_eq!(session.stats().runs, 3);
}

#[test]
fn dropping_the_thread_ends_an_idle_session() {
    let Some(runtime) = runtime("dropping_the_thread_ends_an_idle_session") else { return };
    let (session, thread) = spawned(&runtime, scale_and_shift());
    drop(thread);
    let error = session.run(Plain::new(1.0), LONG).expect_err("stopped");
    assert!(matches!(error, EngineError::Stopped { .. }), "{error:?}");
}

#[test]
fn callers_in_many_threads_each_get_their_own_answer() {
    let Some(runtime) = runtime("callers_in_many_threads_each_get_their_own_answer") else { return };
    let (session, _thread) = spawned(&runtime, SessionSpec { queue: 8, ..scale_and_shift() });
    std::thread::scope(|scope| {
        for caller in 0..8u8 {
            let session = session.clone();
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
