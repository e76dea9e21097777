//! A loaded model with its input tensor: what a session thread owns.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ort::session::builder::SessionBuilder;
use ort::session::{RunOptions, Session};
use ort::value::{Outlet, TensorElementType, ValueType};
use vision::ElementType;

use crate::error::Cause;
use crate::input::InputBuffer;
use crate::{EngineError, InputElement, Outputs, Provider, Request, Runtime, SessionSpec, TensorView};

/// Fills the canary's input: neither zero, which can hide a broken weight, nor outside any usual range.
const CANARY_VALUE: f32 = 0.5;
/// The same for an input of bytes.
const CANARY_BYTE: u8 = 127;

pub(crate) struct Model {
    spec: SessionSpec,
    session: Session,
    input: InputBuffer,
}

impl Model {
    /// Loads the model, compares it with `spec` and tries it.
    pub(crate) fn load(runtime: &Runtime, spec: SessionSpec) -> Result<Self, EngineError> {
        let unreadable = |source: Cause| EngineError::ModelUnreadable {
            session: spec.name.clone(),
            path: spec.model.clone(),
            source,
        };
        // Asked here because the runtime's own words for it name no cause.
        std::fs::File::open(&spec.model).map_err(|error| unreadable(error.into()))?;
        let session = builder(runtime, &spec)
            .and_then(|mut builder| builder.commit_from_file(&spec.model))
            .map_err(|error| unreadable(error.into()))?;
        check_input(&spec, session.inputs())?;
        check_outputs(&spec, session.outputs())?;
        let input = InputBuffer::zeroed(&spec.input);
        let mut model = Self { spec, session, input };
        model.try_canary()?;
        Ok(model)
    }

    /// What really runs the model. The processor's kernels cannot be refused, and nothing else is asked for yet.
    pub(crate) fn actual_provider(&self) -> Provider {
        self.spec.provider
    }

    /// One run. A panic of the request is an error, and the model can be used again.
    pub(crate) fn run<R: Request>(
        &mut self,
        request: &mut R,
        options: &RunOptions,
    ) -> Result<R::Output, EngineError> {
        let session = self.spec.name.as_str();
        let failed =
            |source: ort::Error| EngineError::Run { session: session.to_owned(), source: source.into() };
        let panicked = |step, panic: Box<dyn Any + Send>| EngineError::RequestPanicked {
            session: session.to_owned(),
            step,
            message: panic_message(panic.as_ref()),
        };
        let values = self.input.values::<R::Element>().ok_or_else(|| EngineError::ElementMismatch {
            session: session.to_owned(),
            expected: self.spec.input.element,
            actual: R::Element::TYPE,
        })?;
        // A panic may leave the input half written, which the next request overwrites; nothing else is shared.
        catch_unwind(AssertUnwindSafe(|| request.fill(values)))
            .map_err(|panic| panicked("filled its input", panic))?;
        let input = self.input.tensor(self.spec.input.dimensions()).map_err(failed)?;
        let values = self.session.run_with_options(ort::inputs![input], options).map_err(failed)?;
        let outputs = Outputs::of(&self.spec.outputs, &values).map_err(failed)?;
        catch_unwind(AssertUnwindSafe(|| request.read(&outputs)))
            .map_err(|panic| panicked("read its outputs", panic))
    }

    fn try_canary(&mut self) -> Result<(), EngineError> {
        let session = self.spec.name.clone();
        let options = RunOptions::new()
            .map_err(|source| EngineError::Run { session: session.clone(), source: source.into() })?;
        let declared = |outlet: &Outlet| (outlet.name().to_owned(), shape_of(outlet).to_vec());
        let declared = self.session.outputs().iter().map(declared).collect();
        let reason = match self.spec.input.element {
            ElementType::F32 => self.run(&mut Canary { value: CANARY_VALUE, declared }, &options)?,
            ElementType::U8 => self.run(&mut Canary { value: CANARY_BYTE, declared }, &options)?,
        };
        match reason {
            Some(reason) => Err(EngineError::CanaryFailed { session, reason }),
            None => Ok(()),
        }
    }
}

/// The first request of a model: says what is wrong with the first output that cannot be right.
struct Canary<E> {
    value: E,
    /// Name and shape of each output, as the model declares them; -1 is any size.
    declared: Vec<(String, Vec<i64>)>,
}

impl<E: InputElement> Request for Canary<E> {
    type Element = E;
    type Output = Option<String>;

    fn fill(&mut self, input: &mut [E]) {
        input.fill(self.value);
    }

    fn read(&mut self, outputs: &Outputs<'_>) -> Option<String> {
        outputs.iter().find_map(|(name, TensorView { shape, data })| {
            let declared = self.declared.iter().find(|(known, _)| known == name);
            // Some exports declare no shape at all; a scalar is no output of any use here.
            if let Some((_, expected)) = declared.filter(|(_, expected)| !expected.is_empty())
                && !accepts(expected, shape)
            {
                return Some(format!("output `{name}` has shape {shape:?}, expected {expected:?}"));
            }
            let place = data.iter().position(|value| !value.is_finite())?;
            Some(format!("output `{name}` has {} at place {place}, expected finite values", data[place]))
        })
    }
}

fn builder(runtime: &Runtime, spec: &SessionSpec) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(runtime.environment())?
        .with_intra_threads(spec.intra_op_threads)?
        // Waiting threads that spin cost several times the CPU of the work itself at camera rates.
        .with_intra_op_spinning(false)?
        .with_log_id(&spec.name)?;
    match spec.provider {
        // Always there, and the runtime's own last resort: it needs no registration.
        Provider::Cpu => Ok(builder),
    }
}

fn check_input(spec: &SessionSpec, inputs: &[Outlet]) -> Result<(), EngineError> {
    let shape = spec.input.dimensions();
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

/// Whether a declared shape, where -1 is any size, takes `actual`.
fn accepts(declared: &[i64], actual: &[i64]) -> bool {
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

fn shape_of(outlet: &Outlet) -> &[i64] {
    outlet.dtype().tensor_shape().map_or(&[], |shape| shape)
}

fn described(outlets: &[Outlet]) -> String {
    let describe = |outlet: &Outlet| match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => format!("`{}` {ty} {shape:?}", outlet.name()),
        other => format!("`{}` {other}", outlet.name()),
    };
    outlets.iter().map(describe).collect::<Vec<_>>().join(", ")
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}
