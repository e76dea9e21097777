//! One request through a model.

use proto::inference as pb;
use tonic::{Code, Status};

use super::deadline::Call;
use super::describe::OUTPUT_DATATYPE;
use super::request::Asked;
use super::{OpenInference, VERSION};
use crate::grpc::status::{chain, of_engine};
use crate::tensors::{TensorError, TensorModel};

impl OpenInference {
    /// # Errors
    /// As the protocol file says.
    pub(super) async fn infer(
        &self,
        request: pb::ModelInferRequest,
        call: Call,
    ) -> Result<pb::ModelInferResponse, Status> {
        let model = self.model(&request.model_name, &request.model_version)?;
        let id = request.id.clone();
        self.run(model, request, call).await.map(|answer| pb::ModelInferResponse { id, ..answer }).map_err(
            |status| {
                model.count_failure(call.arrived);
                self.counted(status)
            },
        )
    }

    async fn run(
        &self,
        model: &TensorModel,
        request: pb::ModelInferRequest,
        call: Call,
    ) -> Result<pb::ModelInferResponse, Status> {
        let Asked { values, items, outputs, timeout } = Asked::of(model, request)?;
        let deadline = call.deadline(self.lent.deadline, timeout);
        let answers = model
            .run(values, items, &outputs, call.arrived, deadline)
            .await
            .map_err(|error| Status::new(code_of(&error), chain(&error)))?;
        let describe = |(index, mut shape): (usize, Vec<i64>)| {
            if model.max_batch.is_some() {
                shape[0] = i64::try_from(items).unwrap_or(i64::MAX);
            }
            pb::model_infer_response::InferOutputTensor {
                name: model.outputs[index].name.clone(),
                datatype: OUTPUT_DATATYPE.to_owned(),
                shape,
            }
        };
        let (shapes, raw_output_contents): (Vec<_>, Vec<_>) =
            answers.into_iter().map(|answer| (answer.shape, answer.bytes)).unzip();
        Ok(pb::ModelInferResponse {
            model_name: model.name.clone(),
            model_version: VERSION.to_owned(),
            id: String::new(),
            outputs: outputs.into_iter().zip(shapes).map(describe).collect(),
            raw_output_contents,
        })
    }
}

fn code_of(error: &TensorError) -> Code {
    match error {
        TensorError::Engine(error) => of_engine(error),
        TensorError::Late { .. } => Code::DeadlineExceeded,
        TensorError::Output { .. } => Code::Internal,
    }
}
