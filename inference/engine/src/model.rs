//! A loaded model with its input tensor: what a session thread owns.

mod opening;
mod proving;
mod shares;

use std::any::Any;
use std::error::Error;

use ort::session::{RunOptions, Session};

use self::opening::Reference;
pub use self::opening::is_quantised;
use crate::error::Cause;
use crate::input::InputBuffer;
use crate::provider::{cache, register};
use crate::{
    EngineError, InputElement, InputShape, Outputs, Precision, Proof, Provider, ProviderOutcome, Refusal,
    Runtime, SessionSpec, Wish,
};

pub(crate) struct Model {
    name: String,
    input: InputShape,
    outputs: Vec<String>,
    /// Pictures that fit into one run.
    batch: usize,
    session: Session,
    buffer: InputBuffer,
}

impl Model {
    /// Loads the model on the first provider that is wished for and takes it, compares it with `spec` and lets it prove
    /// itself.
    pub(crate) fn load(
        runtime: &Runtime,
        spec: &SessionSpec,
    ) -> Result<(Self, ProviderOutcome), EngineError> {
        // Asked here because the runtime's own words for it name no cause.
        std::fs::File::open(&spec.model).map_err(|error| unreadable(spec, error.into()))?;
        register::check_options(spec)?;
        let candidates = match &spec.provider.wish {
            Wish::Require(provider) => return Self::load_on(runtime, spec, *provider),
            Wish::Prefer(providers) => providers.iter().take_while(|&&provider| provider != Provider::Cpu),
        };
        let mut refused = Vec::new();
        for &provider in candidates {
            let error = match Self::load_on(runtime, spec, provider) {
                Ok((model, outcome)) => return Ok((model, ProviderOutcome { refused, ..outcome })),
                Err(error) if error.is_of_provider() => error,
                Err(error) => return Err(error),
            };
            let reason = match &error {
                EngineError::ProviderRefused { reason, .. } => reason.clone(),
                error => with_causes(error),
            };
            tracing::warn!(session = spec.name, %provider, reason, "provider does not take the model");
            refused.push(Refusal { provider, reason });
        }
        let (model, outcome) = Self::load_on(runtime, spec, Provider::Cpu)?;
        Ok((model, ProviderOutcome { refused, ..outcome }))
    }

    fn load_on(
        runtime: &Runtime,
        spec: &SessionSpec,
        provider: Provider,
    ) -> Result<(Self, ProviderOutcome), EngineError> {
        opening::check_precision(spec, provider)?;
        let outcome = |partial, cache| ProviderOutcome {
            requested: spec.provider.wish.clone(),
            actual: provider,
            partial,
            precision: if provider == Provider::Cpu { Precision::Fp32 } else { spec.provider.precision },
            refused: Vec::new(),
            cache,
        };
        if provider == Provider::Cpu {
            let session = opening::open_on_cpu(runtime, spec)?;
            let model = Self::proved(spec, session, provider, None)?;
            return Ok((model, outcome(false, None)));
        }
        opening::check_presence(runtime, spec, provider)?;
        // What is wrong with the model itself shows here, on the processor, and is not blamed on the provider.
        let reference = Reference::take(runtime, spec)?;
        let open = |cache: Option<&std::path::Path>| {
            let (session, profile) = opening::open(runtime, spec, provider, &reference, cache)?;
            let mut model = Self::proved(spec, session, provider, Some(&reference))?;
            let partial = profile.is_some();
            profile.map_or(Ok(()), |profile| profile.check(&mut model, spec, provider))?;
            Ok::<_, EngineError>((model, partial))
        };
        let operators = register::operators(spec, provider);
        let Some(place) = cache::Place::of(runtime, spec, provider, &operators)? else {
            let (model, partial) = open(None)?;
            return Ok((model, outcome(partial, None)));
        };
        if !place.is_ready() {
            tracing::info!(session = spec.name, %provider, "building for this device, `cairn models prepare` does it ahead");
            let building = place.begin()?;
            // Dropped before the folder moves: what is used is loaded from where it stays.
            open(Some(&building.folder))?;
            building.keep()?;
        }
        let path = place.path();
        let (model, partial) = open(Some(&path))?;
        Ok((model, outcome(partial, Some(path))))
    }

    fn proved(
        spec: &SessionSpec,
        session: Session,
        provider: Provider,
        reference: Option<&Reference>,
    ) -> Result<Self, EngineError> {
        let mut model = Self {
            name: spec.name.clone(),
            input: spec.input.clone(),
            outputs: spec.outputs.clone(),
            batch: spec.batch.max,
            session,
            buffer: InputBuffer::zeroed(&spec.input, spec.batch.max),
        };
        proving::prove(&mut model, spec, provider, reference)?;
        Ok(model)
    }

    /// The part of the input that belongs to the picture at `place` of the next run.
    pub(crate) fn input<E: InputElement>(&mut self, place: usize) -> Result<&mut [E], EngineError> {
        let len = self.input.len();
        let expected = self.input.element;
        let values = self.buffer.values::<E>().ok_or_else(|| EngineError::ElementMismatch {
            session: self.name.clone(),
            expected,
            actual: E::TYPE,
        })?;
        Ok(&mut values[place * len..(place + 1) * len])
    }

    /// Name of the session.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Pictures that fit into one run.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }

    /// Runs the first `count` pictures of the input, and hands out the outputs of each by its place.
    pub(crate) fn infer(
        &mut self,
        count: usize,
        options: &RunOptions,
        mut read: impl FnMut(usize, &Outputs<'_>),
    ) -> Result<(), EngineError> {
        let session = self.name.as_str();
        let failed =
            |source: ort::Error| EngineError::Run { session: session.to_owned(), source: source.into() };
        let input = self.buffer.tensor(&self.input, count).map_err(failed)?;
        let values = self.session.run_with_options(ort::inputs![input], options).map_err(failed)?;
        let outputs = Outputs::of(&self.outputs, &values).map_err(failed)?;
        if count == 1 {
            read(0, &outputs);
            return Ok(());
        }
        let shapes = outputs.shapes_of_one(count).map_err(failed)?;
        for place in 0..count {
            read(place, &outputs.one(&shapes, place));
        }
        Ok(())
    }
}

/// How much of a proof the provider's answers are compared with.
fn compares_with_cpu(spec: &SessionSpec) -> bool {
    matches!(spec.proof, Proof::AgreesWithCpu { .. })
}

fn unreadable(spec: &SessionSpec, source: Cause) -> EngineError {
    EngineError::ModelUnreadable { session: spec.name.clone(), path: spec.model.clone(), source }
}

/// The error and what caused it, in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}
