//! `inference.GRPCInferenceService`, the Open Inference Protocol, version 2: [`crate::tensors`] on the wire.

mod deadline;
mod describe;
mod infer;
mod request;
mod statistics;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proto::inference as pb;
use proto::inference::grpc_inference_service_server::{GrpcInferenceService, GrpcInferenceServiceServer};
use tokio::sync::watch;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};

pub(super) use self::deadline::{Call, note_arrival};
use crate::tensors::{Lent, TensorModel};

/// The one version of every model: a card has one file.
const VERSION: &str = "1";

/// Whether requests are still taken.
pub(crate) type Taking = Arc<dyn Fn() -> bool + Send + Sync>;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct OpenInference {
    lent: Arc<Lent>,
    taking: Taking,
    /// Refusals for want of room, counted wherever they come from.
    refused: Arc<AtomicU64>,
    /// Ends streams when it turns true.
    stopping: watch::Receiver<bool>,
}

impl OpenInference {
    pub(crate) fn new(
        lent: Arc<Lent>,
        taking: Taking,
        refused: Arc<AtomicU64>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self { lent, taking, refused, stopping }
    }

    /// The service, which takes no message that is larger than the largest batch of any model.
    pub(crate) fn into_server(self) -> GrpcInferenceServiceServer<Self> {
        let largest = self.lent.models.iter().map(|model| {
            // A byte above 127 takes two where values come one by one.
            model.max_items() * model.input.item_bytes().max(2 * model.input.item_len())
        });
        let largest = largest.max().unwrap_or(0) + proto::MAX_BESIDE_VALUES_BYTES;
        GrpcInferenceServiceServer::new(self).max_decoding_message_size(largest)
    }

    fn model(&self, name: &str, version: &str) -> Result<&TensorModel, Status> {
        let model = self.lent.model(name).ok_or_else(|| {
            let served: Vec<&str> = self.lent.models.iter().map(|model| model.name.as_str()).collect();
            Status::not_found(format!("model `{name}` is not served; served are [{}]", served.join(", ")))
        })?;
        if !is_served(version) {
            return Err(Status::not_found(format!(
                "version `{version}` of model `{name}` is not served, expected `{VERSION}` or none"
            )));
        }
        Ok(model)
    }

    fn counted(&self, status: Status) -> Status {
        if status.code() == Code::ResourceExhausted {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        status
    }
}

fn is_served(version: &str) -> bool {
    version.is_empty() || version == VERSION
}

/// Why tensors travel in messages alone.
const NO_SHARED_MEMORY: &str = "no memory is shared with clients; send tensors in the message";
const NO_REPOSITORY: &str = "the server keeps the models it was started with";
const NO_SETTINGS: &str = "logs and traces are set where the server is started";

fn not_offered<T>(call: &str, reason: &str) -> Result<Response<T>, Status> {
    Err(Status::unimplemented(format!("{call} is not offered: {reason}")))
}

#[tonic::async_trait]
impl GrpcInferenceService for OpenInference {
    type ModelStreamInferStream = ReceiverStream<Result<pb::ModelStreamInferResponse, Status>>;

    async fn server_live(
        &self,
        _: Request<pb::ServerLiveRequest>,
    ) -> Result<Response<pb::ServerLiveResponse>, Status> {
        Ok(Response::new(pb::ServerLiveResponse { live: true }))
    }

    async fn server_ready(
        &self,
        _: Request<pb::ServerReadyRequest>,
    ) -> Result<Response<pb::ServerReadyResponse>, Status> {
        Ok(Response::new(pb::ServerReadyResponse { ready: (self.taking)() }))
    }

    async fn model_ready(
        &self,
        request: Request<pb::ModelReadyRequest>,
    ) -> Result<Response<pb::ModelReadyResponse>, Status> {
        let pb::ModelReadyRequest { name, version } = request.into_inner();
        let ready = self.model(&name, &version).is_ok() && (self.taking)();
        Ok(Response::new(pb::ModelReadyResponse { ready }))
    }

    async fn server_metadata(
        &self,
        _: Request<pb::ServerMetadataRequest>,
    ) -> Result<Response<pb::ServerMetadataResponse>, Status> {
        Ok(Response::new(describe::server()))
    }

    async fn model_metadata(
        &self,
        request: Request<pb::ModelMetadataRequest>,
    ) -> Result<Response<pb::ModelMetadataResponse>, Status> {
        let pb::ModelMetadataRequest { name, version } = request.into_inner();
        Ok(Response::new(describe::metadata(self.model(&name, &version)?)))
    }

    async fn model_config(
        &self,
        request: Request<pb::ModelConfigRequest>,
    ) -> Result<Response<pb::ModelConfigResponse>, Status> {
        let pb::ModelConfigRequest { name, version } = request.into_inner();
        let config = Some(describe::config(self.model(&name, &version)?));
        Ok(Response::new(pb::ModelConfigResponse { config }))
    }

    async fn model_infer(
        &self,
        request: Request<pb::ModelInferRequest>,
    ) -> Result<Response<pb::ModelInferResponse>, Status> {
        let call = deadline::Call::of(&request)?;
        self.infer(request.into_inner(), call).await.map(Response::new)
    }

    async fn model_stream_infer(
        &self,
        request: Request<Streaming<pb::ModelInferRequest>>,
    ) -> Result<Response<Self::ModelStreamInferStream>, Status> {
        let call = deadline::Call::of(&request)?;
        Ok(Response::new(stream::answer(self.clone(), request.into_inner(), call)))
    }

    async fn model_statistics(
        &self,
        request: Request<pb::ModelStatisticsRequest>,
    ) -> Result<Response<pb::ModelStatisticsResponse>, Status> {
        let pb::ModelStatisticsRequest { name, version } = request.into_inner();
        let model_stats = if name.is_empty() {
            self.lent.models.iter().map(statistics::of).collect()
        } else {
            vec![statistics::of(self.model(&name, &version)?)]
        };
        Ok(Response::new(pb::ModelStatisticsResponse { model_stats }))
    }

    async fn repository_index(
        &self,
        request: Request<pb::RepositoryIndexRequest>,
    ) -> Result<Response<pb::RepositoryIndexResponse>, Status> {
        let pb::RepositoryIndexRequest { repository_name, ready } = request.into_inner();
        if !repository_name.is_empty() {
            return Err(Status::not_found(format!(
                "repository_name: got `{repository_name}`, expected none: there is one repository, without a name"
            )));
        }
        Ok(Response::new(describe::index(&self.lent.models, (self.taking)(), ready)))
    }

    async fn repository_model_load(
        &self,
        _: Request<pb::RepositoryModelLoadRequest>,
    ) -> Result<Response<pb::RepositoryModelLoadResponse>, Status> {
        not_offered("RepositoryModelLoad", NO_REPOSITORY)
    }

    async fn repository_model_unload(
        &self,
        _: Request<pb::RepositoryModelUnloadRequest>,
    ) -> Result<Response<pb::RepositoryModelUnloadResponse>, Status> {
        not_offered("RepositoryModelUnload", NO_REPOSITORY)
    }

    async fn system_shared_memory_status(
        &self,
        _: Request<pb::SystemSharedMemoryStatusRequest>,
    ) -> Result<Response<pb::SystemSharedMemoryStatusResponse>, Status> {
        not_offered("SystemSharedMemoryStatus", NO_SHARED_MEMORY)
    }

    async fn system_shared_memory_register(
        &self,
        _: Request<pb::SystemSharedMemoryRegisterRequest>,
    ) -> Result<Response<pb::SystemSharedMemoryRegisterResponse>, Status> {
        not_offered("SystemSharedMemoryRegister", NO_SHARED_MEMORY)
    }

    async fn system_shared_memory_unregister(
        &self,
        _: Request<pb::SystemSharedMemoryUnregisterRequest>,
    ) -> Result<Response<pb::SystemSharedMemoryUnregisterResponse>, Status> {
        not_offered("SystemSharedMemoryUnregister", NO_SHARED_MEMORY)
    }

    async fn cuda_shared_memory_status(
        &self,
        _: Request<pb::CudaSharedMemoryStatusRequest>,
    ) -> Result<Response<pb::CudaSharedMemoryStatusResponse>, Status> {
        not_offered("CudaSharedMemoryStatus", NO_SHARED_MEMORY)
    }

    async fn cuda_shared_memory_register(
        &self,
        _: Request<pb::CudaSharedMemoryRegisterRequest>,
    ) -> Result<Response<pb::CudaSharedMemoryRegisterResponse>, Status> {
        not_offered("CudaSharedMemoryRegister", NO_SHARED_MEMORY)
    }

    async fn cuda_shared_memory_unregister(
        &self,
        _: Request<pb::CudaSharedMemoryUnregisterRequest>,
    ) -> Result<Response<pb::CudaSharedMemoryUnregisterResponse>, Status> {
        not_offered("CudaSharedMemoryUnregister", NO_SHARED_MEMORY)
    }

    async fn trace_setting(
        &self,
        _: Request<pb::TraceSettingRequest>,
    ) -> Result<Response<pb::TraceSettingResponse>, Status> {
        not_offered("TraceSetting", NO_SETTINGS)
    }

    async fn log_settings(
        &self,
        _: Request<pb::LogSettingsRequest>,
    ) -> Result<Response<pb::LogSettingsResponse>, Status> {
        not_offered("LogSettings", NO_SETTINGS)
    }
}
