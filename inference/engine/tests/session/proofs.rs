use engine::{
    EngineError, ExpectedOutput, Proof, ProofInput, Provider, ProviderRequest, Runtime, SessionHandle,
    SessionSpec, Tolerance, Wish,
};

use crate::kit::{fixture, packed_bytes, runtime, scale_and_shift, spawned};

fn refused(runtime: &Runtime, spec: SessionSpec) -> EngineError {
    SessionHandle::spawn(runtime, spec).expect_err("refused")
}

/// `grey.onnx` or its twin with the first convolution's channels swapped, and what the right one says to one value for
/// each channel: `0.5 · 1 + 0.3 · 10 + 0.2 · 100`.
fn grey(model: &str) -> SessionSpec {
    let input = [1.0, 10.0, 100.0].into_iter().flat_map(|value| [value; 16]).collect();
    let outputs = vec![ExpectedOutput {
        name: "grey".into(),
        samples: vec![(0, 23.5), (15, 23.5)],
        tolerance: Tolerance::absolute(0.001),
    }];
    SessionSpec {
        model: fixture(model),
        outputs: vec!["grey".into()],
        proof: Proof::Expected { input: ProofInput::F32(input), outputs },
        ..scale_and_shift()
    }
}

#[test]
fn a_model_with_swapped_channels_is_refused_with_what_it_said() {
    let Some(runtime) = runtime("a_model_with_swapped_channels_is_refused") else { return };
    drop(spawned(&runtime, grey("grey.onnx")));
    let spec = grey("grey_swapped.onnx");
    let provider = spec.provider.wish.first();
    let error = refused(&runtime, spec);
    let EngineError::ProofFailed { actual: Some(actual), .. } = &error else { panic!("{error:?}") };
    assert!((actual - 53.2).abs() < 0.001, "{actual}");
    assert_eq!(
        error.to_string(),
        format!(
            "the model `{}` of session `scale` gives a wrong answer on `{provider}`: output `grey` has {actual} \
             at place 0, expected 23.5 within 0.001",
            fixture("grey_swapped.onnx").display()
        )
    );
    // Both run, and both give finite numbers: that alone shows nothing.
    drop(spawned(&runtime, SessionSpec { proof: Proof::Finite, ..grey("grey_swapped.onnx") }));
}

#[test]
fn every_sample_counts_and_none_may_be_missing() {
    let Some(runtime) = runtime("every_sample_counts_and_none_may_be_missing") else { return };
    let with = |samples: Vec<(usize, f32)>| {
        let mut spec = grey("grey.onnx");
        if let Proof::Expected { outputs, .. } = &mut spec.proof {
            outputs[0].samples = samples;
        }
        spec
    };
    let place = |error: EngineError| match error {
        EngineError::ProofFailed { index, actual, .. } => (index, actual.is_some()),
        error => panic!("{error:?}"),
    };
    assert_eq!(place(refused(&runtime, with(vec![(0, 23.5), (7, 23.6)]))), (7, true));
    assert_eq!(place(refused(&runtime, with(vec![(16, 23.5)]))), (16, false));
    let empty = refused(&runtime, with(vec![])).to_string();
    assert!(empty.ends_with("expected at least one value"), "{empty}");
}

#[test]
fn bytes_prove_themselves_too() {
    let Some(runtime) = runtime("bytes_prove_themselves_too") else { return };
    let with = |mean: f32| SessionSpec {
        proof: Proof::Expected {
            input: ProofInput::U8((0..24).collect()),
            outputs: vec![ExpectedOutput {
                name: "means".into(),
                samples: vec![(2, mean)],
                tolerance: Tolerance { absolute: 0.0, relative: 1e-5 },
            }],
        },
        ..packed_bytes()
    };
    drop(spawned(&runtime, with(12.5)));
    let error = refused(&runtime, with(12.6));
    assert!(matches!(error, EngineError::ProofFailed { index: 2, .. }), "{error:?}");
}

#[test]
fn a_proof_that_does_not_fit_the_session_is_refused_before_anything_is_loaded() {
    let Some(runtime) = runtime("a_proof_that_does_not_fit_the_session_is_refused") else { return };
    let told = |proof| {
        refused(&runtime, SessionSpec { proof, model: "/nowhere".into(), ..grey("grey.onnx") }).to_string()
    };
    let tolerance = Tolerance::absolute(0.0);
    assert_eq!(
        told(Proof::AgreesWithCpu { input: ProofInput::F32([0.0; 47].into()), tolerance }),
        "session `scale` has a proof's input of length 47, expected 3 * width * height"
    );
    assert_eq!(
        told(Proof::AgreesWithCpu { input: ProofInput::U8([0; 48].into()), tolerance }),
        "session `scale` has a proof's input of u8, expected the element type of its input"
    );
    let other = vec![ExpectedOutput { name: "boxes".into(), samples: vec![(0, 0.0)], tolerance }];
    assert_eq!(
        told(Proof::Expected { input: ProofInput::F32([0.0; 48].into()), outputs: other }),
        "session `scale` has a proof of output boxes, expected one of its outputs"
    );
}

#[test]
fn on_the_processor_agreement_with_it_is_no_more_than_a_run() {
    let Some(runtime) = runtime("on_the_processor_agreement_with_it_is_no_more_than_a_run") else { return };
    let spec =
        SessionSpec { provider: ProviderRequest::from(Wish::Require(Provider::Cpu)), ..scale_and_shift() };
    let input = ProofInput::pattern(&spec.input);
    let proof = Proof::AgreesWithCpu { input, tolerance: Tolerance::absolute(0.0) };
    drop(spawned(&runtime, SessionSpec { proof: proof.clone(), ..spec.clone() }));
    let mut infinite = SessionSpec { proof, model: fixture("not_finite.onnx"), ..spec };
    infinite.outputs = vec!["infinities".into()];
    let error = refused(&runtime, infinite);
    assert!(matches!(error, EngineError::CanaryFailed { .. }), "{error:?}");
}
