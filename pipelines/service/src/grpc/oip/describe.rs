//! What there is to say of the server and its models.

use proto::inference as pb;
use vision::{ElementType, TensorLayout};

use super::VERSION;
use crate::machine;
use crate::tensors::TensorModel;

/// What other servers call an ONNX file that ONNX Runtime runs.
const PLATFORM: &str = "onnxruntime_onnx";
const BACKEND: &str = "onnxruntime";

/// Every output of a session is read as this.
pub(super) const OUTPUT_DATATYPE: &str = "FP32";

pub(super) fn server() -> pb::ServerMetadataResponse {
    pb::ServerMetadataResponse {
        name: "cairn".to_owned(),
        version: machine::VERSION.to_owned(),
        extensions: ["model_configuration", "statistics"].map(str::to_owned).to_vec(),
    }
}

pub(super) fn datatype(element: ElementType) -> &'static str {
    match element {
        ElementType::F32 => "FP32",
        ElementType::U8 => "UINT8",
    }
}

pub(super) fn metadata(model: &TensorModel) -> pb::ModelMetadataResponse {
    use pb::model_metadata_response::TensorMetadata;

    // The batch is any size where there can be several, else one.
    let batch = if model.max_batch.is_some() { -1 } else { 1 };
    let mut shape = vec![batch];
    shape.extend(model.input.dims);
    let input = TensorMetadata {
        name: model.input.name.clone(),
        datatype: datatype(model.input.element).to_owned(),
        shape,
    };
    let outputs = model.outputs.iter().map(|output| {
        let mut shape = output.shape.clone();
        if model.max_batch.is_some() {
            shape[0] = batch;
        }
        TensorMetadata { name: output.name.clone(), datatype: OUTPUT_DATATYPE.to_owned(), shape }
    });
    pb::ModelMetadataResponse {
        name: model.name.clone(),
        versions: vec![VERSION.to_owned()],
        platform: PLATFORM.to_owned(),
        inputs: vec![input],
        outputs: outputs.collect(),
    }
}

pub(super) fn config(model: &TensorModel) -> pb::ModelConfig {
    // Where a configuration has a largest batch, its shapes leave the batch out.
    let without_batch = |shape: &[i64]| match model.max_batch {
        Some(_) => shape[1..].to_vec(),
        None => shape.to_vec(),
    };
    let pb::ModelMetadataResponse { name, platform, inputs, outputs, .. } = metadata(model);
    let format = match model.input.layout {
        TensorLayout::Nchw => pb::model_input::Format::Nchw,
        TensorLayout::Nhwc => pb::model_input::Format::Nhwc,
    };
    let data_type = match model.input.element {
        ElementType::F32 => pb::DataType::TypeFp32,
        ElementType::U8 => pb::DataType::TypeUint8,
    };
    pb::ModelConfig {
        instance_group: vec![pb::ModelInstanceGroup {
            name: name.clone(),
            count: i32::try_from(model.sessions()).unwrap_or(i32::MAX),
            kind: pb::model_instance_group::Kind::Cpu.into(),
        }],
        name,
        platform,
        max_batch_size: model.max_batch.map_or(0, |largest| i32::try_from(largest).unwrap_or(i32::MAX)),
        input: inputs
            .into_iter()
            .map(|input| pb::ModelInput {
                name: input.name,
                data_type: data_type.into(),
                // A format is for three dimensions.
                format: model.max_batch.map_or(pb::model_input::Format::None, |_| format).into(),
                dims: without_batch(&input.shape),
            })
            .collect(),
        output: outputs
            .into_iter()
            .map(|output| pb::ModelOutput {
                name: output.name,
                data_type: pb::DataType::TypeFp32.into(),
                dims: without_batch(&output.shape),
            })
            .collect(),
        backend: BACKEND.to_owned(),
    }
}

/// Every model, or those alone that take requests.
pub(super) fn index(models: &[TensorModel], taking: bool, only_ready: bool) -> pb::RepositoryIndexResponse {
    let (state, reason) = if taking { ("READY", "") } else { ("UNAVAILABLE", "the server is stopping") };
    let entry = |model: &TensorModel| pb::repository_index_response::ModelIndex {
        name: model.name.clone(),
        version: VERSION.to_owned(),
        state: state.to_owned(),
        reason: reason.to_owned(),
    };
    let listed = if taking || !only_ready { models } else { &[] };
    pb::RepositoryIndexResponse { models: listed.iter().map(entry).collect() }
}
