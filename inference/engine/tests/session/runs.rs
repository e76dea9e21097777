use std::thread;

use engine::{EngineError, Outputs, Request};
use vision::SizePx;

use crate::kit::{Custom, LONG, Plain, mirror, packed_bytes, planar, runtime, scale_and_shift, spawned};

#[test]
fn the_answer_is_the_models() {
    let Some(runtime) = runtime("the_answer_is_the_models") else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let fill = |input: &mut [f32]| {
        for (value, number) in input.iter_mut().zip(0u8..) {
            *value = f32::from(number);
        }
    };
    let read = |outputs: &Outputs<'_>| {
        let scaled = outputs.get(0).expect("first output");
        let means = outputs.named("means").expect("second output");
        assert!(outputs.get(2).is_none() && outputs.named("picture").is_none());
        (scaled.shape.to_vec(), scaled.data.to_vec(), means.shape.to_vec(), means.data.to_vec())
    };
    let answer = session.run(Custom(fill, read), LONG).expect("runs");
    let (shape, scaled, means_shape, means) = answer.output;
    assert_eq!((shape, means_shape), (vec![1, 3, 4, 4], vec![1, 3]));
    let expected: Vec<f32> = (0u8..48).map(|number| 2.0 * f32::from(number) + 1.0).collect();
    assert_eq!(scaled, expected);
    assert_eq!(means, [16.0, 48.0, 80.0]);
    assert!(answer.waited < LONG && answer.ran < LONG);
}

/// Fills the input with the numbers from 0, gives back the values and the means.
struct Bytes;

impl Request for Bytes {
    type Element = u8;
    type Output = (Vec<f32>, Vec<f32>);

    fn fill(&mut self, input: &mut [u8]) {
        input.iter_mut().zip(0..).for_each(|(value, number)| *value = number);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Self::Output {
        let data = |name| outputs.named(name).expect("an output").data.to_vec();
        (data("values"), data("means"))
    }
}

#[test]
fn bytes_reach_the_model_pixel_after_pixel() {
    let Some(runtime) = runtime("bytes_reach_the_model_pixel_after_pixel") else { return };
    let (session, _thread) = spawned(&runtime, packed_bytes());
    let (values, means) = session.run(Bytes, LONG).expect("runs").output;
    let expected: Vec<f32> = (0u8..24).map(f32::from).collect();
    assert_eq!(values, expected);
    assert_eq!(means, [10.5, 11.5, 12.5]);
}

#[test]
fn a_request_of_another_element_is_refused_and_the_session_goes_on() {
    let Some(runtime) = runtime("a_request_of_another_element_is_refused") else { return };
    let (session, _thread) = spawned(&runtime, packed_bytes());
    let plain = Plain::new(1.0);
    assert_eq!(
        session.run(plain.clone(), LONG).expect_err("floats").to_string(),
        "request to session `scale` fills an input of f32, expected u8"
    );
    assert_eq!(plain.fills(), 0);
    session.run(Bytes, LONG).expect("bytes");
    assert_eq!((session.stats().runs, session.stats().failed), (1, 1));
}

#[test]
fn fifty_runs_give_one_answer() {
    let Some(runtime) = runtime("fifty_runs_give_one_answer") else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let first = session.run(Plain::new(0.1), LONG).expect("runs").output;
    for _ in 1..50 {
        session.run(Plain::new(-7.0), LONG).expect("runs");
        let again = session.run(Plain::new(0.1), LONG).expect("runs").output;
        assert!(first.iter().zip(&again).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
    assert_eq!(session.stats().runs, 99);
}

#[test]
fn requests_run_on_the_named_thread_and_the_provider_is_told() {
    let Some(runtime) = runtime("requests_run_on_the_named_thread") else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let name = |_: &Outputs<'_>| thread::current().name().map(str::to_owned);
    let answer = session.run(Custom(|_: &mut [f32]| (), name), LONG).expect("runs");
    assert_eq!(answer.output.as_deref(), Some("session-scale"));
    let wish = scale_and_shift().provider.wish;
    let told = session.provider();
    assert_eq!((&told.requested, told.actual), (&wish, wish.first()));
    assert!(!told.partial && told.refused.is_empty() && told.cache.is_none());
}

#[test]
fn a_panic_is_an_answer_and_the_session_goes_on() {
    let Some(runtime) = runtime("a_panic_is_an_answer_and_the_session_goes_on") else { return };
    let (session, _thread) = spawned(&runtime, scale_and_shift());
    let in_fill = Custom(|_: &mut [f32]| panic!("no picture {}", 7), |_: &Outputs<'_>| ());
    let in_read = Custom(|_: &mut [f32]| (), |_: &Outputs<'_>| -> u8 { panic!("no rows") });
    let told = |error: EngineError| error.to_string();
    assert_eq!(
        session.run(in_fill, LONG).map_err(told),
        Err("request to session `scale` panicked while it filled its input: no picture 7".into())
    );
    assert_eq!(
        session.run(in_read, LONG).map_err(told),
        Err("request to session `scale` panicked while it read its outputs: no rows".into())
    );
    session.submit(Plain::new(0.0), LONG, |_| panic!("in the reply")).expect("queued");
    assert_eq!(session.run(Plain::new(2.0), LONG).expect("still runs").output, [5.0; 48]);
    assert_eq!((session.stats().runs, session.stats().failed), (2, 2));
}

#[test]
fn yolox_gives_its_rows_and_the_same_ones_again() {
    let test = "yolox_gives_its_rows_and_the_same_ones_again";
    let Some(model) = mirror(test, "models/det-yolox-nano-416.onnx") else { return };
    let Some(runtime) = runtime(test) else { return };
    let mut spec = scale_and_shift();
    spec.input = planar("images", SizePx::new(416, 416));
    spec.outputs = vec!["output".into()];
    spec.model = model;
    // Two threads, so that the order of their work could show.
    spec.intra_op_threads = 2;
    let (session, _thread) = spawned(&runtime, spec);
    // Slopes and edges in every channel.
    let fill = |input: &mut [f32]| {
        for (value, place) in input.iter_mut().zip(0u32..) {
            *value = (place % 416 / 2 + place / 416 % 97) as f32 % 256.0;
        }
    };
    let read = |outputs: &Outputs<'_>| {
        let rows = outputs.get(0).expect("has an output");
        (rows.shape.to_vec(), rows.data.to_vec())
    };
    let (shape, first) = session.run(Custom(fill, read), LONG).expect("runs").output;
    assert_eq!(shape, [1, 3549, 85]);
    assert!(first.iter().all(|value| value.is_finite()));
    for _ in 1..50 {
        let (_, again) = session.run(Custom(fill, read), LONG).expect("runs").output;
        assert!(first.iter().zip(&again).all(|(a, b)| a.to_bits() == b.to_bits()));
    }
}
