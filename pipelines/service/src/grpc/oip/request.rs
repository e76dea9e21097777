//! A request held against its model: everything is checked before anything is queued.

use std::collections::HashMap;
use std::time::Duration;

use pb::infer_parameter::ParameterChoice;
use pb::model_infer_request::{InferInputTensor, InferRequestedOutputTensor};
use prost::bytes::Bytes;
use proto::inference as pb;
use tonic::Status;
use vision::ElementType;

use super::describe::datatype;
use crate::tensors::{InputTensor, TensorModel};

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Asked {
    /// Little-endian, row-major.
    pub(super) values: Bytes,
    /// How many items `values` holds, at least 1.
    pub(super) items: usize,
    /// Places among the model's outputs, in the order asked for.
    pub(super) outputs: Vec<usize>,
    /// From the request's arrival to its answer.
    pub(super) timeout: Option<Duration>,
}

type Parameters = HashMap<String, pb::InferParameter>;

impl Asked {
    /// # Errors
    /// `INVALID_ARGUMENT` for what does not fit the model, `UNIMPLEMENTED` for a parameter that would change the answer
    /// and is not offered.
    pub(super) fn of(model: &TensorModel, request: pb::ModelInferRequest) -> Result<Self, Status> {
        let pb::ModelInferRequest { parameters, inputs, outputs, raw_input_contents, .. } = request;
        refuse(&parameters, "parameters", &["sequence_id", "sequence_start", "sequence_end"], NO_STATE)?;
        let timeout = timeout(&parameters)?;
        let outputs = wanted(model, &outputs)?;

        let expected = &model.input;
        let [input] = <[InferInputTensor; 1]>::try_from(inputs).map_err(|inputs| {
            let came = inputs.iter().map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", ");
            invalid(format!("inputs: got [{came}], expected `{}` alone", expected.name))
        })?;
        if input.name != expected.name {
            return Err(invalid(format!("inputs: got `{}`, expected `{}`", input.name, expected.name)));
        }
        let here = format!("input `{}`", input.name);
        refuse(&input.parameters, &here, &SHARED_MEMORY, super::NO_SHARED_MEMORY)?;
        let items = items(model, &here, &input)?;
        let values = values(expected, &here, input, raw_input_contents)?;
        let bytes = items * expected.item_bytes();
        if values.len() != bytes {
            return Err(invalid(format!("{here}: got {} bytes of values, expected {bytes}", values.len())));
        }
        Ok(Self { values, items, outputs, timeout })
    }
}

const SHARED_MEMORY: [&str; 1] = ["shared_memory_region"];
const NO_STATE: &str = "no model here keeps a state between requests";
const NO_CLASSIFICATION: &str = "outputs are answered as tensors, not as classes";

fn invalid(message: String) -> Status {
    Status::invalid_argument(message)
}

/// Parameters that would change the answer are not ignored.
fn refuse(parameters: &Parameters, place: &str, names: &[&str], reason: &str) -> Result<(), Status> {
    match names.iter().find(|&&name| parameters.contains_key(name)) {
        Some(name) => Err(Status::unimplemented(format!("{place}: `{name}` is not offered: {reason}"))),
        None => Ok(()),
    }
}

/// Microseconds; 0 is no limit of its own.
fn timeout(parameters: &Parameters) -> Result<Option<Duration>, Status> {
    let Some(parameter) = parameters.get("timeout") else { return Ok(None) };
    let micros = match parameter.parameter_choice {
        Some(ParameterChoice::Int64Param(micros)) => u64::try_from(micros).ok(),
        Some(ParameterChoice::Uint64Param(micros)) => Some(micros),
        _ => None,
    };
    // The bound keeps an instant from overflowing.
    match micros.map(Duration::from_micros) {
        Some(Duration::ZERO) => Ok(None),
        Some(timeout) => Ok(Some(timeout.min(MAX_TIMEOUT))),
        None => Err(invalid(format!(
            "parameters: `timeout` is {:?}, expected whole microseconds from 0",
            parameter.parameter_choice
        ))),
    }
}

/// Longer ones change nothing: the server's own limit is shorter.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

fn wanted(model: &TensorModel, asked: &[InferRequestedOutputTensor]) -> Result<Vec<usize>, Status> {
    if asked.is_empty() {
        return Ok((0..model.outputs.len()).collect());
    }
    let mut wanted = Vec::new();
    for InferRequestedOutputTensor { name, parameters } in asked {
        let here = format!("output `{name}`");
        refuse(parameters, &here, &SHARED_MEMORY, super::NO_SHARED_MEMORY)?;
        refuse(parameters, &here, &["classification"], NO_CLASSIFICATION)?;
        let Some(index) = model.outputs.iter().position(|output| output.name == *name) else {
            let known = model
                .outputs
                .iter()
                .map(|output| format!("`{}`", output.name))
                .collect::<Vec<_>>()
                .join(", ");
            return Err(invalid(format!("outputs: got `{name}`, expected some of [{known}]")));
        };
        if wanted.contains(&index) {
            return Err(invalid(format!("outputs: got `{name}` twice, expected it once")));
        }
        wanted.push(index);
    }
    Ok(wanted)
}

/// Items in the batch, by the shape.
fn items(model: &TensorModel, here: &str, input: &InferInputTensor) -> Result<usize, Status> {
    let expected = &model.input;
    let kind = datatype(expected.element);
    if input.datatype != kind {
        return Err(invalid(format!("{here}: got datatype `{}`, expected `{kind}`", input.datatype)));
    }
    let largest = model.max_items();
    let refused = || {
        let [a, b, c] = expected.dims;
        let batch = if largest == 1 { "N = 1".to_owned() } else { format!("N from 1 to {largest}") };
        invalid(format!("{here}: got shape {:?}, expected [N, {a}, {b}, {c}] with {batch}", input.shape))
    };
    match input.shape.as_slice() {
        [batch, dims @ ..] if *dims == expected.dims => {
            usize::try_from(*batch).ok().filter(|items| (1..=largest).contains(items)).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

/// The values as bytes, from whichever of the two places they are in.
fn values(
    expected: &InputTensor,
    here: &str,
    input: InferInputTensor,
    raw_input_contents: Vec<Bytes>,
) -> Result<Bytes, Status> {
    let empty = pb::InferTensorContents::default();
    match (input.contents, <[Bytes; 1]>::try_from(raw_input_contents)) {
        (Some(contents), Ok(_)) if contents != empty => Err(invalid(format!(
            "{here}: got values in both `contents` and `raw_input_contents`, expected one of them"
        ))),
        (_, Ok([raw])) => Ok(raw),
        (Some(contents), Err(raw)) if raw.is_empty() => match expected.element {
            ElementType::F32 => {
                Ok(contents.fp32_contents.iter().flat_map(|value| value.to_le_bytes()).collect())
            }
            ElementType::U8 => {
                let bytes =
                    contents.uint_contents.iter().map(|&value| u8::try_from(value).map_err(|_| value));
                let bytes: Result<Vec<u8>, u32> = bytes.collect();
                bytes.map(Bytes::from).map_err(|value| {
                    invalid(format!("{here}: got the value {value} in `uint_contents`, expected at most 255"))
                })
            }
        },
        (_, Err(raw)) => {
            Err(invalid(format!("raw_input_contents: got {} tensors for 1 input, expected 1", raw.len())))
        }
    }
}
