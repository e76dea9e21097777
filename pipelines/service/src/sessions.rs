//! From a model card to the specification of its session: what every verb that runs a model agrees on.

use std::path::{Path, PathBuf};

use edge_config::{ProviderChoice, ProviderWish};
use engine::{
    Batching, EngineError, ExpectedOutput, InputShape, Precision, Proof, ProofInput, Provider,
    ProviderRequest, Runtime, SessionHandle, SessionSpec, SessionThread, Tolerance, Wish,
};
use models::Card;
use models::golden::{Golden, GoldenError, Values};
use models::home::Home;
use vision::{ElementType, Picture, SizePx, TensorLayout};

/// Rounding of another library's kernels, those of 19-bit tensor cores among them. A swapped channel, a transposed
/// weight or an unsupported operator is off by far more.
const SAME_NUMBERS: Tolerance = Tolerance { absolute: 0.02, relative: 0.02 };
/// The same in 16-bit or 8-bit numbers.
const SHORTER_NUMBERS: Tolerance = Tolerance { absolute: 0.5, relative: 0.1 };

/// The session that runs `card` from `file` at `size`, for one request at a time.
///
/// # Errors
/// When the golden vectors of `card` cannot be read: without them its answers would be taken on trust.
pub(crate) fn spec(
    card: &Card,
    file: &Path,
    size: SizePx,
    queue: usize,
    intra_op_threads: usize,
    provider: ProviderRequest,
) -> Result<SessionSpec, EngineError> {
    let input = InputShape {
        name: card.input.name.clone(),
        size,
        element: card.input.element,
        layout: card.input.layout,
    };
    Ok(SessionSpec {
        name: card.id.clone(),
        model: file.to_owned(),
        outputs: card.outputs.clone(),
        queue,
        intra_op_threads,
        batch: Batching::default(),
        proof: proof(card, &input, &provider)?,
        input,
        provider,
    })
}

/// The session of `spec`, which [`spec`] made of `card`, or so many side by side.
///
/// A provider's answers are compared with those of the processor, and a preference may end there: so the processor has to
/// give the golden answers first, whatever is wished.
///
/// # Errors
/// As [`SessionHandle::spawn_side_by_side`].
pub(crate) fn open(
    runtime: &Runtime,
    card: &Card,
    spec: SessionSpec,
    sessions: usize,
) -> Result<(SessionHandle, SessionThread), EngineError> {
    let on_cpu = Wish::Require(Provider::Cpu);
    if spec.provider.wish != on_cpu
        && let Some(proof) = golden(card, spec.input.size)?
    {
        engine::prepare(runtime, &SessionSpec { provider: on_cpu.into(), proof, ..spec.clone() })?;
    }
    SessionHandle::spawn_side_by_side(runtime, spec, sessions)
}

/// What the operator wishes to run a model, with `cache` where the settings name no other.
///
/// # Errors
/// A provider that this program does not know.
pub(crate) fn provider(choice: &ProviderChoice, cache: &Path) -> Result<ProviderRequest, EngineError> {
    let wish = match &choice.wish {
        ProviderWish::Require(name) => Wish::Require(name.parse()?),
        ProviderWish::Prefer(names) => {
            Wish::Prefer(names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?)
        }
    };
    Ok(ProviderRequest {
        wish,
        precision: match choice.precision {
            edge_config::Precision::Fp32 => Precision::Fp32,
            edge_config::Precision::Fp16 => Precision::Fp16,
            edge_config::Precision::Int8 => Precision::Int8,
        },
        options: choice.options.iter().cloned().collect(),
        cache: Some(choice.cache.clone().unwrap_or_else(|| cache.to_owned())),
    })
}

/// `provider` and nothing else, as a box without settings of its own would ask for it.
pub(crate) fn on(provider: Provider, home: &Home) -> ProviderRequest {
    ProviderRequest { cache: Some(cache(home)), ..Wish::Require(provider).into() }
}

/// Where providers keep what they build, unless the operator says otherwise.
pub(crate) fn cache(home: &Home) -> PathBuf {
    home.root().join("providers")
}

/// What a session of `card` must show, beside what [`open`] asks for: that it gives the card's golden answers, where there
/// are some at this size; on another provider than the processor, that it says the same as that.
fn proof(card: &Card, input: &InputShape, provider: &ProviderRequest) -> Result<Proof, EngineError> {
    if provider.wish == Wish::Require(Provider::Cpu) {
        return Ok(golden(card, input.size)?.unwrap_or_default());
    }
    let Some(input) = pattern(card, input) else { return Ok(Proof::Finite) };
    let tolerance = match provider.precision {
        Precision::Fp32 => SAME_NUMBERS,
        Precision::Fp16 | Precision::Int8 => SHORTER_NUMBERS,
    };
    Ok(Proof::AgreesWithCpu { input, tolerance })
}

/// The golden answers of `card` at `size`, where it has some.
fn golden(card: &Card, size: SizePx) -> Result<Option<Proof>, EngineError> {
    let unreadable = |error: GoldenError| EngineError::SpecInvalid {
        session: card.id.clone(),
        field: "golden vectors",
        actual: format!("that cannot be read ({})", crate::eval::chain(&error)),
        expected: "such as `cairn models verify` accepts",
    };
    let golden = Golden::of(card).map_err(unreadable)?;
    let Some(case) = golden.iter().flat_map(|golden| &golden.cases).find(|case| case.size == size) else {
        return Ok(None);
    };
    let input = match case.input(card).map_err(unreadable)? {
        Values::F32(values) => ProofInput::F32(values.into()),
        Values::U8(values) => ProofInput::U8(values.into()),
    };
    let outputs = case.outputs.iter().map(|output| ExpectedOutput {
        name: output.name.clone(),
        samples: output.samples.clone(),
        tolerance: Tolerance::absolute(output.tolerance),
    });
    Ok(Some(Proof::Expected { input, outputs: outputs.collect() }))
}

/// A picture of slopes and edges, as `card` wants it.
fn pattern(card: &Card, input: &InputShape) -> Option<ProofInput> {
    let packed = InputShape { element: ElementType::U8, layout: TensorLayout::Nhwc, ..input.clone() };
    let ProofInput::U8(rgb) = ProofInput::pattern(&packed) else { return None };
    let picture = Picture::new(input.size, rgb.to_vec()).ok()?;
    Some(match input.element {
        ElementType::F32 => {
            let mut tensor = vec![0.0; rgb.len()];
            card.input.spec.write(&picture, input.layout, &mut tensor);
            ProofInput::F32(tensor.into())
        }
        ElementType::U8 => {
            let mut tensor = vec![0; rgb.len()];
            card.input.spec.order.write(&picture, input.layout, &mut tensor);
            ProofInput::U8(tensor.into())
        }
    })
}
