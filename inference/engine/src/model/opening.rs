//! From a model's file to a session of the runtime whose inputs and outputs are those of the specification.

use std::path::Path;

use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, Session};
use ort::value::{Outlet, TensorElementType, ValueType};
use vision::ElementType;

use super::proving::Trial;
use super::shares::Profile;
use super::{Model, compares_with_cpu, unreadable};
use crate::input::InputBuffer;
use crate::provider::{register, report};
use crate::{EngineError, Precision, Provider, Runtime, SessionSpec, Wish};

/// What the processor says of a model before another provider gets it.
pub(super) struct Reference {
    /// Names of the input's free dimensions, with their lengths in this session.
    dimensions: Vec<(String, i64)>,
    /// The named outputs for the proof's input, where the proof compares with them.
    pub(super) outputs: Option<Vec<Vec<f32>>>,
}

impl Reference {
    pub(super) fn take(runtime: &Runtime, spec: &SessionSpec) -> Result<Self, EngineError> {
        let level = if compares_with_cpu(spec) {
            GraphOptimizationLevel::All
        } else {
            // Only looked at, never run.
            GraphOptimizationLevel::Disable
        };
        let session = builder(runtime, spec)
            .and_then(|builder| builder.with_optimization_level(level)?.commit_from_file(&spec.model))
            .map_err(|error| unreadable(spec, error.into()))?;
        check_outlets(spec, &session)?;
        let dimensions = free_dimensions(spec, &session.inputs()[0]);
        let outputs = if compares_with_cpu(spec) { Some(outputs_of(spec, session)?) } else { None };
        Ok(Self { dimensions, outputs })
    }
}

fn outputs_of(spec: &SessionSpec, session: Session) -> Result<Vec<Vec<f32>>, EngineError> {
    let mut model = Model {
        name: spec.name.clone(),
        input: spec.input.clone(),
        outputs: spec.outputs.clone(),
        batch: 1,
        session,
        buffer: InputBuffer::zeroed(&spec.input, 1),
    };
    Trial::of(spec).fill(&mut model, 0)?;
    let options = RunOptions::new().map_err(|error| failed(spec, error))?;
    let mut outputs = Vec::new();
    model.infer(1, &options, |_, of_one| {
        outputs = of_one.iter().map(|(_, view)| view.data.to_vec()).collect()
    })?;
    Ok(outputs)
}

/// A session on the processor's own kernels.
pub(super) fn open_on_cpu(runtime: &Runtime, spec: &SessionSpec) -> Result<Session, EngineError> {
    let session = builder(runtime, spec)
        .and_then(|mut builder| builder.commit_from_file(&spec.model))
        .map_err(|error| unreadable(spec, error.into()))?;
    check_outlets(spec, &session)?;
    Ok(session)
}

/// A session on `provider`; with the record of who runs what where the processor has to help out.
///
/// It is tried without that help first. Where the provider is required that is the only try, unless it is one that
/// never has all operators.
pub(super) fn open(
    runtime: &Runtime,
    spec: &SessionSpec,
    provider: Provider,
    reference: &Reference,
    cache: Option<&Path>,
) -> Result<(Session, Option<Profile>), EngineError> {
    let options = register::options(spec, provider, cache);
    let try_open = |profile| try_open(runtime, spec, provider, reference, &options, profile);
    let refuse = |reason| refused(spec, provider, reason);
    if !provider.facts().partial_by_design {
        match (try_open(None), &spec.provider.wish) {
            (Ok(session), _) => return Ok((session, None)),
            (Err(reason), Wish::Require(_)) => return Err(refuse(reason)),
            (Err(_), Wish::Prefer(_)) => {}
        }
    }
    let profile = Profile::begin().map_err(|error| refuse(format!("could not begin a profile: {error}")))?;
    let session = try_open(Some(&profile)).map_err(refuse)?;
    Ok((session, Some(profile)))
}

/// Without a profile it runs the whole model itself, or the session does not open.
fn try_open(
    runtime: &Runtime,
    spec: &SessionSpec,
    provider: Provider,
    reference: &Reference,
    options: &register::Options,
    profile: Option<&Profile>,
) -> Result<Session, String> {
    let told = |error: ort::Error| error.message().to_owned();
    let mut builder = builder(runtime, spec).map_err(told)?;
    builder = match profile {
        None => builder.with_disable_cpu_fallback(),
        Some(profile) => builder.with_profiling(profile.prefix()),
    }
    .map_err(|error| told(error.into()))?;
    // A provider that compiles the whole graph makes better code for lengths it knows.
    for (name, length) in &reference.dimensions {
        builder = builder.with_dimension_override(name, *length).map_err(|error| told(error.into()))?;
    }
    register::register(&mut builder, provider, options)?;
    register::listening(|| builder.commit_from_file(&spec.model))
}

/// Whether `provider` can be used here, and with the operator's options too.
pub(super) fn check_presence(
    runtime: &Runtime,
    spec: &SessionSpec,
    provider: Provider,
) -> Result<(), EngineError> {
    if let Some(reason) = report::absence(runtime, provider) {
        return Err(refused(spec, provider, reason));
    }
    let operators = register::operators(spec, provider);
    let with_only = |wanted: &dyn Fn(&str) -> bool| {
        let mut options = register::options(spec, provider, None);
        options.retain(|name, _| wanted(name) || !operators.contains_key(name));
        register::try_out(runtime, provider, &options)
    };
    let of_device = |name: &str| register::DEVICE_OPTIONS.contains(&name);
    with_only(&of_device).map_err(|reason| refused(spec, provider, reason))?;
    // Where the device is there, an option that it does not take is a mistake, whatever else could run the model.
    for (option, value) in operators.iter().filter(|(option, _)| !of_device(option)) {
        with_only(&|name| of_device(name) || name == option).map_err(|reason| {
            EngineError::ProviderOption {
                session: spec.name.clone(),
                option: option.clone(),
                value: value.clone(),
                reason: format!("`{provider}` refuses it: {reason}"),
            }
        })?;
    }
    Ok(())
}

/// Whether `provider` can compute this model in the numbers asked for.
pub(super) fn check_precision(spec: &SessionSpec, provider: Provider) -> Result<(), EngineError> {
    let refuse = |reason: String| Err(refused(spec, provider, reason));
    match spec.provider.precision {
        Precision::Fp32 => Ok(()),
        // The last resort of a preference takes the file as it is.
        _ if provider == Provider::Cpu && matches!(spec.provider.wish, Wish::Prefer(_)) => Ok(()),
        Precision::Fp16 if provider.facts().halves => Ok(()),
        Precision::Fp16 => {
            refuse("it computes a model in the numbers of its file, expected precision fp32".to_owned())
        }
        Precision::Int8 => {
            if is_quantised(&spec.model).map_err(|error| unreadable(spec, error.into()))? {
                return Ok(());
            }
            refuse("the model is not quantised, expected precision fp32 or fp16".to_owned())
        }
    }
}

/// Whether the model in `file` was quantised to 8-bit integers: whether it names one of the operators that only such a
/// model has.
///
/// # Errors
/// When the file cannot be read.
pub fn is_quantised(file: &Path) -> std::io::Result<bool> {
    let model = std::fs::read(file)?;
    let operators: [&[u8]; 4] = [b"DequantizeLinear", b"QLinearConv", b"QLinearMatMul", b"ConvInteger"];
    Ok(operators.into_iter().any(|name| model.windows(name.len()).any(|window| window == name)))
}

fn builder(runtime: &Runtime, spec: &SessionSpec) -> ort::Result<SessionBuilder> {
    Ok(Session::builder(runtime.environment())?
        .with_intra_threads(spec.intra_op_threads)?
        // Waiting threads that spin cost several times the CPU of the work itself at camera rates.
        .with_intra_op_spinning(false)?
        .with_log_id(&spec.name)?)
}

/// The free dimensions of the input that this session fixes: all that have a name and one length only.
fn free_dimensions(spec: &SessionSpec, input: &Outlet) -> Vec<(String, i64)> {
    let ValueType::Tensor { shape, dimension_symbols, .. } = input.dtype() else { return Vec::new() };
    let lengths = spec.input.dimensions(1);
    let mut fixed: Vec<(String, i64)> = Vec::new();
    let mut varying: Vec<String> = Vec::new();
    for (place, symbol) in dimension_symbols.iter().enumerate() {
        if symbol.is_empty() || shape[place] != -1 {
            continue;
        }
        let free_batch = place == 0 && 1 < spec.batch.max;
        let otherwise = fixed.iter().any(|(name, length)| name == symbol && *length != lengths[place]);
        if free_batch || otherwise {
            varying.push(symbol.clone());
        } else {
            fixed.push((symbol.clone(), lengths[place]));
        }
    }
    fixed.retain(|(name, _)| !varying.contains(name));
    fixed
}

fn check_outlets(spec: &SessionSpec, session: &Session) -> Result<(), EngineError> {
    check_input(spec, session.inputs())?;
    check_outputs(spec, session.outputs())?;
    check_batch(spec, session)
}

fn check_input(spec: &SessionSpec, inputs: &[Outlet]) -> Result<(), EngineError> {
    let shape = spec.input.dimensions(1);
    let fits = |input: &Outlet| {
        input.name() == spec.input.name
            && is_of(input, spec.input.element)
            && accepts(shape_of(input), &shape)
    };
    match inputs {
        [input] if fits(input) => Ok(()),
        _ => Err(EngineError::InputMismatch {
            session: spec.name.clone(),
            expected: format!("`{}` {} {shape:?}", spec.input.name, spec.input.element),
            actual: described(inputs),
        }),
    }
}

fn check_outputs(spec: &SessionSpec, outputs: &[Outlet]) -> Result<(), EngineError> {
    let missing = spec
        .outputs
        .iter()
        .find(|&name| !outputs.iter().any(|output| output.name() == name && is_of(output, ElementType::F32)));
    missing.map_or(Ok(()), |name| {
        Err(EngineError::OutputMismatch {
            session: spec.name.clone(),
            expected: format!("`{name}` f32"),
            actual: described(outputs),
        })
    })
}

/// A model that takes several pictures says so of its input. An output that still is one for all of them shows when the
/// session proves itself.
fn check_batch(spec: &SessionSpec, session: &Session) -> Result<(), EngineError> {
    let takes = session.inputs().iter().all(|input| shape_of(input).first() == Some(&-1));
    if spec.batch.max == 1 || takes {
        return Ok(());
    }
    Err(EngineError::BatchFixed {
        session: spec.name.clone(),
        model: spec.model.clone(),
        max: spec.batch.max,
        actual: described(session.inputs()),
    })
}

/// Whether a declared shape, where -1 is any size, takes `actual`.
pub(super) fn accepts(declared: &[i64], actual: &[i64]) -> bool {
    let same = |(&declared, &actual): (&i64, &i64)| declared == -1 || declared == actual;
    declared.len() == actual.len() && declared.iter().zip(actual).all(same)
}

fn is_of(outlet: &Outlet, element: ElementType) -> bool {
    let expected = match element {
        ElementType::F32 => TensorElementType::Float32,
        ElementType::U8 => TensorElementType::Uint8,
    };
    outlet.dtype().tensor_type() == Some(expected)
}

pub(super) fn shape_of(outlet: &Outlet) -> &[i64] {
    outlet.dtype().tensor_shape().map_or(&[], |shape| shape)
}

fn described(outlets: &[Outlet]) -> String {
    let describe = |outlet: &Outlet| match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => format!("`{}` {ty} {shape:?}", outlet.name()),
        other => format!("`{}` {other}", outlet.name()),
    };
    outlets.iter().map(describe).collect::<Vec<_>>().join(", ")
}

pub(super) fn refused(spec: &SessionSpec, provider: Provider, reason: String) -> EngineError {
    EngineError::ProviderRefused { session: spec.name.clone(), model: spec.model.clone(), provider, reason }
}

fn failed(spec: &SessionSpec, error: ort::Error) -> EngineError {
    EngineError::Run { session: spec.name.clone(), source: error.into() }
}
