use std::error::Error;
use std::path::Path;
use std::time::Duration;

use engine::{Batching, EngineError, InputShape, Runtime, SessionHandle, SessionSpec};
use vision::{ElementType, SizePx, TensorLayout};

use crate::kit::{fixture, packed_bytes, runtime, scale_and_shift, spawned};

fn refused(runtime: &Runtime, spec: SessionSpec) -> EngineError {
    SessionHandle::spawn(runtime, spec).expect_err("refused")
}

#[test]
fn the_runtime_knows_its_version_and_is_loaded_once() {
    let Some(runtime) = runtime("the_runtime_knows_its_version_and_is_loaded_once") else { return };
    let numbers: Vec<u32> = runtime.version().split('.').filter_map(|part| part.parse().ok()).collect();
    assert!(numbers.len() == 3 && [1, 23][..] <= numbers[..2], "version {:?}", runtime.version());
    let again = Runtime::load(runtime.path()).expect("the same one");
    assert_eq!(again.path(), runtime.path());
    let other = tempfile::NamedTempFile::new().expect("temporary file");
    let error = Runtime::load(other.path()).expect_err("a second library");
    assert!(matches!(error, EngineError::LibraryAlreadyLoaded { .. }), "{error:?}");
    let error = Runtime::load(Path::new("/nowhere/libonnxruntime.so")).expect_err("missing");
    assert!(matches!(error, EngineError::LibraryMissing { .. }), "{error:?}");
}

#[test]
fn a_missing_or_truncated_model_is_told_with_its_path_and_cause() {
    let Some(runtime) = runtime("a_missing_or_truncated_model") else { return };
    let missing = SessionSpec { model: "/nowhere/model.onnx".into(), ..scale_and_shift() };
    let error = refused(&runtime, missing);
    assert_eq!(error.to_string(), "session `scale` could not read the model `/nowhere/model.onnx`");
    let cause = error.source().expect("has a cause").to_string();
    assert!(cause.starts_with("No such file or directory"), "{cause}");

    let whole = std::fs::read(fixture("scale_and_shift.onnx")).expect("fixture");
    let cut = tempfile::NamedTempFile::new().expect("temporary file");
    for keep in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(cut.path(), &whole[..keep]).expect("written");
        let error = refused(&runtime, SessionSpec { model: cut.path().into(), ..scale_and_shift() });
        let expected = format!("session `scale` could not read the model `{}`", cut.path().display());
        assert_eq!(error.to_string(), expected, "{keep} bytes");
        assert!(error.source().is_some_and(|cause| !cause.to_string().is_empty()));
    }
}

#[test]
fn a_wrong_input_is_told_with_both_sides() {
    let Some(runtime) = runtime("a_wrong_input_is_told_with_both_sides") else { return };
    let mut spec = scale_and_shift();
    spec.input.name = "images".into();
    assert_eq!(
        refused(&runtime, spec).to_string(),
        "model of session `scale` has the inputs `picture` f32 [-1, 3, -1, -1], \
         expected `images` f32 [1, 3, 4, 4] alone"
    );
    let mut spec = SessionSpec { model: fixture("busy.onnx"), ..scale_and_shift() };
    spec.outputs = vec!["count".into()];
    spec.input.size = SizePx::new(4, 8);
    assert_eq!(
        refused(&runtime, spec).to_string(),
        "model of session `scale` has the inputs `picture` f32 [1, 3, 4, 4], \
         expected `picture` f32 [1, 3, 8, 4] alone"
    );
}

#[test]
fn element_and_order_of_axes_are_held_to_the_model() {
    let Some(runtime) = runtime("element_and_order_of_axes_are_held_to_the_model") else { return };
    let told = |change: fn(&mut InputShape)| {
        let mut spec = packed_bytes();
        change(&mut spec.input);
        refused(&runtime, spec).to_string()
    };
    let has = "model of session `scale` has the inputs `pixels` u8 [-1, 2, 4, 3], expected";
    assert_eq!(
        told(|input| input.element = ElementType::F32),
        format!("{has} `pixels` f32 [1, 2, 4, 3] alone")
    );
    assert_eq!(
        told(|input| input.layout = TensorLayout::Nchw),
        format!("{has} `pixels` u8 [1, 3, 2, 4] alone")
    );
}

#[test]
fn a_wrong_output_is_told_with_both_sides() {
    let Some(runtime) = runtime("a_wrong_output_is_told_with_both_sides") else { return };
    let spec = SessionSpec { outputs: vec!["means".into(), "boxes".into()], ..scale_and_shift() };
    assert_eq!(
        refused(&runtime, spec).to_string(),
        "model of session `scale` has the outputs `scaled` f32 [-1, 3, -1, -1], `means` f32 [-1, 3], \
         expected `boxes` f32 among them"
    );
}

#[test]
fn a_model_whose_first_answer_is_not_finite_is_refused() {
    let Some(runtime) = runtime("a_model_whose_first_answer_is_not_finite_is_refused") else { return };
    let mut spec = SessionSpec { model: fixture("not_finite.onnx"), ..scale_and_shift() };
    spec.outputs = vec!["infinities".into()];
    assert_eq!(
        refused(&runtime, spec).to_string(),
        format!(
            "canary run of session `scale` with the model `{}` failed: \
             output `infinities` has inf at place 0, expected finite values",
            fixture("not_finite.onnx").display()
        )
    );
}

#[test]
fn impossible_specifications_are_refused_by_field() {
    let Some(runtime) = runtime("impossible_specifications_are_refused_by_field") else { return };
    let told = |spec| refused(&runtime, spec).to_string();
    assert_eq!(
        told(SessionSpec { queue: 0, ..scale_and_shift() }),
        "session `scale` has queue 0, expected at least 1"
    );
    assert_eq!(
        told(SessionSpec { intra_op_threads: 0, ..scale_and_shift() }),
        "session `scale` has intra-op threads 0, expected at least 1"
    );
    let batch = Batching { max: 2, hold: Duration::from_secs(11) };
    assert_eq!(
        told(SessionSpec { batch, ..scale_and_shift() }),
        "session `scale` has batch hold 11s, expected at most 10s"
    );
    assert_eq!(
        told(SessionSpec { name: "a\0b".into(), ..scale_and_shift() }),
        "session `a\0b` has name \"a\\0b\", expected text without NUL"
    );
    assert_eq!(
        told(SessionSpec { outputs: vec![], ..scale_and_shift() }),
        "session `scale` has outputs [], expected at least one, each with a name"
    );
    let mut spec = scale_and_shift();
    spec.input.size = SizePx::new(0, 4);
    assert_eq!(told(spec), "session `scale` has input size 0x4, expected at least 1x1");
}

#[test]
fn two_sessions_live_side_by_side() {
    let Some(runtime) = runtime("two_sessions_live_side_by_side") else { return };
    let (first, _first) = spawned(&runtime, scale_and_shift());
    let (second, _second) = spawned(&runtime, SessionSpec { name: "other".into(), ..scale_and_shift() });
    assert_eq!((first.name(), second.name()), ("scale", "other"));
}
