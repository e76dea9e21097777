use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{
    Batching, EngineError, Outputs, Request, SessionHandle, SessionSpec, SessionStats, Ticket, Wait,
};
use vision::SizePx;

use crate::kit::{
    Custom, Gate, LONG, Plain, Replies, fixture, mirror, only, planar, runtime, scale_and_shift, spawned,
    submitted,
};

fn batches_of(max: usize) -> SessionSpec {
    SessionSpec { queue: 16, batch: Batching { max, hold: Duration::ZERO }, ..scale_and_shift() }
}

/// Queues all of `requests` while the session is busy, so that it finds them together.
fn together<R: Request>(session: &SessionHandle, requests: Vec<R>) -> Vec<Replies<R::Output>> {
    let gate = Gate::hold(session);
    let queued = |request| submitted(session, request, LONG).expect("queue has room").1;
    let replies = requests.into_iter().map(queued).collect();
    gate.open();
    replies
}

#[test]
fn waiting_requests_share_a_run_and_each_sees_its_own_part() {
    let Some(runtime) = runtime("waiting_requests_share_a_run") else { return };
    let (session, _thread) = spawned(&runtime, batches_of(4));
    let request = |value: f32| {
        Custom(
            move |input: &mut [f32]| input.fill(value),
            |outputs: &Outputs<'_>| {
                let (scaled, means) =
                    (outputs.get(0).expect("first"), outputs.named("means").expect("second"));
                assert_eq!((scaled.shape, means.shape), (&[1, 3, 4, 4][..], &[1, 3][..]));
                (scaled.data.to_vec(), means.data.to_vec())
            },
        )
    };
    let replies = together(&session, [0.1, -7.0, 3.5, 0.2, 9.0].map(request).into());
    for (replies, (value, batch)) in replies.iter().zip([(0.1, 4), (-7.0, 4), (3.5, 4), (0.2, 4), (9.0, 1)]) {
        let answer = only(replies).expect("runs");
        let expected = 2.0 * value + 1.0;
        assert_eq!((answer.output.0.as_slice(), answer.batch), (&[expected; 48][..], batch), "{value}");
        assert!(answer.output.1.iter().all(|mean| (mean - expected).abs() <= 1e-6), "{:?}", answer.output.1);
    }
    // The gate's own run, one of four and one of one.
    assert_eq!(session.stats(), SessionStats { runs: 6, batches: 3, ..SessionStats::default() });
}

#[test]
fn a_detector_gives_in_a_batch_what_it_gives_alone() {
    let test = "a_detector_gives_in_a_batch_what_it_gives_alone";
    let Some(model) = mirror(test, "models/det-yolox-nano-dyn.onnx") else { return };
    let Some(runtime) = runtime(test) else { return };
    let spec = SessionSpec {
        model,
        input: planar("images", SizePx::new(416, 256)),
        outputs: vec!["output".into()],
        ..batches_of(3)
    };
    let (session, _thread) = spawned(&runtime, spec);
    let request = |seed: u32| {
        Custom(
            move |input: &mut [f32]| {
                for (value, place) in input.iter_mut().zip(0u32..) {
                    *value = ((place % 416 * seed + place / 416 * 3) % 256) as f32;
                }
            },
            |outputs: &Outputs<'_>| {
                let rows = outputs.get(0).expect("has an output");
                (rows.shape.to_vec(), rows.data.to_vec())
            },
        )
    };
    let seeds = [1, 2, 5];
    let batched = together(&session, seeds.map(request).into());
    for (seed, replies) in seeds.into_iter().zip(&batched) {
        let batched = only(replies).expect("runs");
        let alone = session.run(request(seed), LONG).expect("runs");
        assert_eq!((batched.batch, alone.batch), (3, 1));
        assert_eq!(batched.output.0, alone.output.0);
        let differ = batched.output.1.iter().zip(&alone.output.1).filter(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(differ.count(), 0, "seed {seed}");
    }
}

#[test]
fn a_request_that_panics_fails_alone() {
    let Some(runtime) = runtime("a_request_that_panics_fails_alone") else { return };
    let (session, _thread) = spawned(&runtime, batches_of(4));
    type Boxed = Custom<Box<dyn FnMut(&mut [f32]) + Send>, Box<dyn FnMut(&Outputs<'_>) -> f32 + Send>>;
    let fills = |value: f32| -> Boxed {
        Custom(
            Box::new(move |input| input.fill(value)),
            Box::new(|outputs| outputs.get(0).expect("first").data[47]),
        )
    };
    let in_fill: Boxed = Custom(Box::new(|_| panic!("no picture")), Box::new(|_| 0.0));
    let in_read: Boxed = Custom(Box::new(|input| input.fill(5.0)), Box::new(|_| panic!("no rows")));
    let replies = together(&session, vec![fills(1.0), in_fill, in_read, fills(2.0)]);
    let told: Vec<Result<(f32, usize), String>> = replies
        .iter()
        .map(|replies| {
            only(replies).map(|answer| (answer.output, answer.batch)).map_err(|error| error.to_string())
        })
        .collect();
    let panicked = |what: &str| Err(format!("request to session `scale` panicked while it {what}"));
    assert_eq!(told[0], Ok((3.0, 3)));
    assert_eq!(told[1], panicked("filled its input: no picture"));
    assert_eq!(told[2], panicked("read its outputs: no rows"));
    assert_eq!(told[3], Ok((5.0, 3)));
    assert_eq!(session.stats(), SessionStats { runs: 3, batches: 2, failed: 2, ..SessionStats::default() });
}

#[test]
fn who_hangs_up_during_a_run_of_several_does_not_cut_it_short() {
    let test = "who_hangs_up_during_a_run_of_several_does_not_cut_it_short";
    let Some(runtime) = runtime(test) else { return };
    let (session, _thread) = spawned(&runtime, batches_of(2));
    let gate = Gate::hold(&session);
    let (first, first_replies) = submitted(&session, Plain::new(1.0), LONG).expect("queue has room");
    // Filled after the first, in the same run: the first is withdrawn when its own part is written already.
    let withdraws = Custom(
        move |input: &mut [f32]| {
            Ticket::hang_up(&first);
            input.fill(2.0);
        },
        |outputs: &Outputs<'_>| outputs.get(0).expect("first").data[0],
    );
    let (_, second_replies) = submitted(&session, withdraws, LONG).expect("queue has room");
    gate.open();
    let error = only(&first_replies).expect_err("withdrawn");
    assert!(matches!(error, EngineError::HungUp { .. }), "{error:?}");
    let second = only(&second_replies).expect("runs");
    assert_eq!((second.output, second.batch), (5.0, 2));
    assert_eq!(
        session.stats(),
        SessionStats { runs: 2, batches: 2, abandoned: 1, ..SessionStats::default() }
    );
}

#[test]
fn withdrawn_and_expired_requests_take_no_place_in_a_batch() {
    let test = "withdrawn_and_expired_requests_take_no_place_in_a_batch";
    let Some(runtime) = runtime(test) else { return };
    let (session, _thread) = spawned(&runtime, batches_of(2));
    let gate = Gate::hold(&session);
    let gone = Plain::new(1.0);
    let (ticket, gone_replies) = submitted(&session, gone.clone(), LONG).expect("queue has room");
    let (_, late_replies) = submitted(&session, gone.clone(), Duration::ZERO).expect("queue has room");
    let kept =
        [3.0, 4.0].map(|value| submitted(&session, Plain::new(value), LONG).expect("queue has room").1);
    ticket.hang_up();
    gate.open();
    assert!(matches!(only(&gone_replies), Err(EngineError::HungUp { .. })));
    assert!(matches!(only(&late_replies), Err(EngineError::DeadlineExceeded { .. })));
    for replies in &kept {
        assert_eq!(only(replies).expect("runs").batch, 2);
    }
    assert_eq!(gone.fills(), 0);
}

#[test]
fn callers_take_turns_and_one_that_floods_is_no_exception() {
    let Some(runtime) = runtime("callers_take_turns") else { return };
    let (session, _thread) = spawned(&runtime, SessionSpec { queue: 16, ..scale_and_shift() });
    let served = Arc::new(Mutex::new(Vec::new()));
    let gate = Gate::hold(&session);
    let mut replies = Vec::new();
    let mut ask = |caller: &SessionHandle, name: &'static str, wait: Wait| {
        let served = Arc::clone(&served);
        let fill = move |_: &mut [f32]| served.lock().expect("no panic").push(name);
        replies.push(submitted(caller, Custom(fill, |_: &Outputs<'_>| ()), wait).expect("queue has room").1);
    };
    let (flood, north, south) =
        (session.another_caller(), session.another_caller(), session.another_caller());
    let wait = Wait::at_most(LONG);
    for _ in 0..5 {
        ask(&flood, "flood", wait);
    }
    ask(&north, "north", wait);
    ask(&south, "south", wait.born(wait.born - Duration::from_millis(5)));
    ask(&north.clone(), "north", wait);
    gate.open();
    for replies in &replies {
        only(replies).expect("runs");
    }
    let expected = ["south", "flood", "north", "flood", "north", "flood", "flood", "flood"];
    assert_eq!(*served.lock().expect("no panic"), expected);
}

#[test]
fn a_model_of_one_picture_is_refused_for_batches() {
    let Some(runtime) = runtime("a_model_of_one_picture_is_refused_for_batches") else { return };
    let told = |spec| SessionHandle::spawn(&runtime, spec).expect_err("refused");
    let mut spec = SessionSpec { model: fixture("busy.onnx"), ..batches_of(2) };
    spec.outputs = vec!["count".into()];
    assert_eq!(
        told(spec).to_string(),
        format!(
            "session `scale` has batches of up to 2, but the model `{}` takes `picture` f32 [1, 3, 4, 4]; \
             expected a first dimension of any size",
            fixture("busy.onnx").display()
        )
    );
    // Its input takes any number, but its output mixes them.
    let mut spec = SessionSpec { model: fixture("mean_of_all.onnx"), ..batches_of(2) };
    spec.outputs = vec!["mean".into()];
    let error = told(spec);
    assert_eq!(error.to_string(), "session `scale` could not run its model");
    assert_eq!(
        std::error::Error::source(&error).expect("has a cause").to_string(),
        "output `mean` has shape [1, 1, 1, 1] for 2 pictures, expected 2 as its first length"
    );
    let error = told(batches_of(0)).to_string();
    assert_eq!(error, "session `scale` has batch max 0, expected at least 1");
}
