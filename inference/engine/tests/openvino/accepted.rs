use std::collections::BTreeMap;
use std::time::Instant;

use engine::{
    EngineError, Precision, Proof, ProofInput, Provider, ProviderRequest, SessionHandle, SessionSpec,
    Tolerance, Wish, prepare, providers,
};
use vision::SizePx;

use crate::kit::{LONG, Plain, fixture, mirror, packed_bytes, planar, runtime, scale_and_shift, spawned};

#[test]
fn it_is_present_with_its_device_and_version() {
    let Some(runtime) = runtime("it_is_present_with_its_device_and_version") else { return };
    let reports = providers(&runtime);
    let report = reports.iter().find(|report| report.provider == Provider::OpenVino).expect("listed");
    assert!(report.compiled_in && report.is_present(), "{report:?}");
    assert!(report.devices.iter().any(|device| device.contains("OpenVINO 20")), "{report:?}");
}

#[test]
fn detectors_agree_with_the_processors_kernels() {
    let test = "detectors_agree_with_the_processors_kernels";
    let Some(runtime) = runtime(test) else { return };
    let models = [
        ("det-yolox-nano-416.onnx", "images", SizePx::new(416, 416)),
        ("det-yolox-nano-dyn.onnx", "images", SizePx::new(416, 256)),
        ("det-nanodet-plus-m15x-dyn.onnx", "image", SizePx::new(416, 256)),
    ];
    for (model, input, size) in models {
        let Some(model) = mirror(test, &format!("models/{model}")) else { return };
        let input = planar(input, size);
        // Measured on x86-64 with AVX2: 2.3e-5 of values up to some tens.
        let tolerance = Tolerance { absolute: 1e-3, relative: 1e-3 };
        let proof = Proof::AgreesWithCpu { input: ProofInput::pattern(&input), tolerance };
        let spec = SessionSpec { model, input, outputs: vec!["output".into()], proof, ..scale_and_shift() };
        let (session, _thread) = spawned(&runtime, spec.clone());
        let outcome = session.provider();
        assert_eq!((outcome.actual, outcome.partial), (Provider::OpenVino, false));
        // The proof is a real one: two libraries never round alike everywhere.
        let Proof::AgreesWithCpu { input, .. } = spec.proof else { unreachable!() };
        let exact = Proof::AgreesWithCpu { input, tolerance: Tolerance::absolute(0.0) };
        let error =
            SessionHandle::spawn(&runtime, SessionSpec { proof: exact, ..spec }).expect_err("not exact");
        assert!(matches!(error, EngineError::ProofFailed { provider: Provider::OpenVino, .. }), "{error:?}");
    }
}

#[test]
fn what_was_built_is_kept_and_found_again() {
    let test = "what_was_built_is_kept_and_found_again";
    let Some(runtime) = runtime(test) else { return };
    let Some(model) = mirror(test, "models/det-yolox-nano-416.onnx") else { return };
    let root = tempfile::tempdir().expect("temporary folder");
    let mut spec = SessionSpec {
        model,
        input: planar("images", SizePx::new(416, 416)),
        outputs: vec!["output".into()],
        ..scale_and_shift()
    };
    spec.provider.cache = Some(root.path().to_owned());
    let begun = Instant::now();
    let outcome = prepare(&runtime, &spec).expect("built");
    let built = begun.elapsed();
    let folder = outcome.cache.expect("kept");
    let files = |folder: &std::path::Path| -> Vec<_> {
        folder.read_dir().expect("there").map(|entry| entry.expect("there").path()).collect()
    };
    assert_eq!(files(&root.path().join("openvino")), std::slice::from_ref(&folder));
    let blobs = files(&folder);
    assert!(!blobs.is_empty());
    let begun = Instant::now();
    let (session, _thread) = spawned(&runtime, spec.clone());
    let found = begun.elapsed();
    eprintln!("built in {built:?}, found again in {found:?}");
    assert_eq!(session.provider().cache.as_ref(), Some(&folder));
    assert_eq!(files(&folder), blobs, "nothing was built again");
    drop((session, _thread));
    // A blob of rubbish is not what this build made: it ends in an answer, never in a crash.
    for blob in &blobs {
        std::fs::write(blob, b"rubbish").expect("written");
    }
    match SessionHandle::spawn(&runtime, spec) {
        Ok((session, _thread)) => assert_eq!(session.actual_provider(), Provider::OpenVino),
        Err(error) => assert!(matches!(error, EngineError::ProviderRefused { .. }), "{error:?}"),
    }
}

#[test]
fn a_device_that_is_not_here_is_refused_with_its_reason() {
    let Some(runtime) = runtime("a_device_that_is_not_here_is_refused_with_its_reason") else { return };
    let with = |wish: &str, option: &str, value: &str| SessionSpec {
        provider: ProviderRequest {
            options: BTreeMap::from([(option.to_owned(), value.to_owned())]),
            ..wish.parse::<Wish>().expect("known").into()
        },
        ..scale_and_shift()
    };
    let error = SessionHandle::spawn(&runtime, with("openvino", "device_type", "NPU.7")).expect_err("absent");
    let EngineError::ProviderRefused { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains("NPU.7") && reason.contains("not available"), "{reason}");
    let (session, _thread) = spawned(&runtime, with("openvino,cpu", "device_type", "NPU.7"));
    assert_eq!((session.actual_provider(), session.provider().refused.len()), (Provider::Cpu, 1));
    assert_eq!(session.run(Plain::new(1.0), LONG).expect("runs").output, [3.0; 48]);
    // A value that it does not take is a mistake even where something else would do.
    let error =
        SessionHandle::spawn(&runtime, with("openvino,cpu", "num_streams", "many")).expect_err("mistake");
    assert!(
        matches!(&error, EngineError::ProviderOption { option, .. } if option == "num_streams"),
        "{error:?}"
    );
}

#[test]
fn a_model_that_it_takes_in_part_is_told_so_and_refused_where_it_is_required() {
    let test = "a_model_that_it_takes_in_part_is_told_so_and_refused_where_it_is_required";
    let Some(runtime) = runtime(test) else { return };
    let mut spec = SessionSpec { model: fixture("determinants.onnx"), ..scale_and_shift() };
    spec.outputs = vec!["determinants".into()];
    let error = SessionHandle::spawn(&runtime, spec.clone()).expect_err("in part is not at all");
    let EngineError::ProviderRefused { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains("fallback to CPU"), "{reason}");
    spec.provider.wish = Wish::Prefer(vec![Provider::OpenVino]);
    let (session, _thread) = spawned(&runtime, spec);
    let outcome = session.provider();
    assert_eq!((outcome.actual, outcome.partial, outcome.refused.len()), (Provider::OpenVino, true, 0));
    assert_eq!(session.run(Plain::new(2.0), LONG).expect("runs").output, [0.0; 3]);
}

#[test]
fn a_model_of_which_it_takes_nothing_does_not_count_as_its_own() {
    let test = "a_model_of_which_it_takes_nothing_does_not_count_as_its_own";
    let Some(runtime) = runtime(test) else { return };
    let (session, _thread) = spawned(&runtime, packed_bytes());
    let outcome = session.provider();
    assert_eq!((outcome.actual, outcome.partial), (Provider::Cpu, false));
    let reasons: Vec<&str> = outcome.refused.iter().map(|refusal| refusal.reason.as_str()).collect();
    assert_eq!(reasons, ["it has none of the model's operators, the processor would run them all"]);
}

#[test]
fn half_precision_is_refused_by_a_device_that_lacks_it() {
    let Some(runtime) = runtime("half_precision_is_refused_by_a_device_that_lacks_it") else { return };
    let mut spec = scale_and_shift();
    spec.provider.precision = Precision::Fp16;
    let error = SessionHandle::spawn(&runtime, spec).expect_err("its processor device computes in 32 bits");
    let EngineError::ProviderRefused { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains("precision"), "{reason}");
}
