//! From a model card to the specification of its session: what every verb that runs a model agrees on.

use std::path::{Path, PathBuf};

use edge_config::{ProviderChoice, ProviderWish};
use engine::{
    Batching, EngineError, ExpectedOutput, InputShape, Precision, Proof, ProofInput, Provider,
    ProviderRequest, Runtime, SessionHandle, SessionSpec, SessionThread, Tolerance, Wish,
};
use models::Card;
use models::golden::{Golden, Values};
use models::home::Home;
use vision::{ElementType, Picture, SizePx, TensorLayout};

/// Rounding of another library's kernels, those of 19-bit tensor cores among them. A swapped channel, a transposed
/// weight or an unsupported operator is off by far more.
const SAME_NUMBERS: Tolerance = Tolerance { absolute: 0.02, relative: 0.02 };
/// The same in 16-bit or 8-bit numbers.
const SHORTER_NUMBERS: Tolerance = Tolerance { absolute: 0.5, relative: 0.1 };

/// The session that runs `card` from `file` at `size`, for one request at a time.
pub(crate) fn spec(
    card: &Card,
    file: &Path,
    size: SizePx,
    queue: usize,
    intra_op_threads: usize,
    provider: ProviderRequest,
) -> SessionSpec {
    let input = InputShape {
        name: card.input.name.clone(),
        size,
        element: card.input.element,
        layout: card.input.layout,
    };
    SessionSpec {
        name: card.id.clone(),
        model: file.to_owned(),
        outputs: card.outputs.clone(),
        queue,
        intra_op_threads,
        batch: Batching::default(),
        proof: proof(card, &input, &provider),
        input,
        provider,
    }
}

/// The session of `spec`, which [`spec`] made of `card`.
///
/// A provider's answers are compared with those of the processor, and a preference may end there: so the processor has to
/// give the golden answers first, whatever is wished.
///
/// # Errors
/// As [`SessionHandle::spawn`].
pub(crate) fn open(
    runtime: &Runtime,
    card: &Card,
    spec: SessionSpec,
) -> Result<(SessionHandle, SessionThread), EngineError> {
    let on_cpu = Wish::Require(Provider::Cpu);
    if spec.provider.wish != on_cpu
        && let Some(proof) = golden(card, spec.input.size)
    {
        engine::prepare(runtime, &SessionSpec { provider: on_cpu.into(), proof, ..spec.clone() })?;
    }
    SessionHandle::spawn(runtime, spec)
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

/// What a session of `card` must show, beside what [`open`] asks for: that it gives the card's golden answers, where there are some at this size; on
/// another provider than the processor, that it says the same as that.
fn proof(card: &Card, input: &InputShape, provider: &ProviderRequest) -> Proof {
    if provider.wish == Wish::Require(Provider::Cpu) {
        return golden(card, input.size).unwrap_or_default();
    }
    let Some(input) = pattern(card, input) else { return Proof::Finite };
    let tolerance = match provider.precision {
        Precision::Fp32 => SAME_NUMBERS,
        Precision::Fp16 | Precision::Int8 => SHORTER_NUMBERS,
    };
    Proof::AgreesWithCpu { input, tolerance }
}

/// The golden answers of `card` at `size`. Vectors that cannot be read are for `cairn models verify` to tell of.
fn golden(card: &Card, size: SizePx) -> Option<Proof> {
    let golden = Golden::of(card).ok().flatten()?;
    let case = golden.cases.iter().find(|case| case.size == size)?;
    let input = match case.input(card).ok()? {
        Values::F32(values) => ProofInput::F32(values.into()),
        Values::U8(values) => ProofInput::U8(values.into()),
    };
    let outputs = case.outputs.iter().map(|output| ExpectedOutput {
        name: output.name.clone(),
        samples: output.samples.clone(),
        tolerance: Tolerance::absolute(output.tolerance),
    });
    Some(Proof::Expected { input, outputs: outputs.collect() })
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
