//! The gRPC servers: a box with feed, box, health and reflection; models alone with the Open Inference Protocol.

mod admission;
mod box_service;
mod feed;
mod oip;
mod picture_thread;
mod plate_reader;
mod status;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use proto::inference::grpc_inference_service_server::SERVICE_NAME;
use proto::v1::box_service_server::BoxServiceServer;
use proto::v1::event_feed_server::EventFeedServer;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic_health::ServingStatus;

use crate::edge::{BoxState, not_ready};
use crate::listen::Bound;
use crate::tensors::Lent;
use box_service::BoxService;
use feed::Feed;
use oip::OpenInference;

/// Largest request: a picture for `Detect`.
const MAX_REQUEST_BYTES: usize = 16 << 20;

/// How often health follows readiness.
const HEALTH_PERIOD: Duration = Duration::from_secs(1);

/// Serves until `stopping` turns true; streams are ended with `UNAVAILABLE` then.
pub(crate) async fn serve(
    bound: Bound,
    state: Arc<BoxState>,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let (health, health_service) = tonic_health::server::health_reporter();
    // The whole server's health is also the box's readiness; it starts as not serving.
    health.set_service_status("", ServingStatus::NotServing).await;
    let open_inference = state.lent.as_ref().map(|lent| {
        let of_box = Arc::clone(&state);
        let taking = Arc::new(move || !of_box.readiness.is_stopping());
        let refused = Arc::clone(&state.requests_refused);
        OpenInference::new(Arc::clone(lent), taking, refused, stopping.clone()).into_server()
    });
    let mut reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
    if open_inference.is_some() {
        reflection = reflection.register_encoded_file_descriptor_set(proto::INFERENCE_DESCRIPTOR_SET);
    }
    let feed = Feed::new(Arc::clone(&state), stopping.clone());
    let box_service = BoxServiceServer::new(
        BoxService::new(Arc::clone(&state)).context("could not start the picture thread")?,
    )
    .max_decoding_message_size(MAX_REQUEST_BYTES);
    let plate_reader =
        plate_reader::PlateReader::server(&state).context("could not start the plate reader's thread")?;
    let follow_readiness = async {
        let mut tick = tokio::time::interval(HEALTH_PERIOD);
        loop {
            tick.tick().await;
            let serving =
                if not_ready(&state).is_empty() { ServingStatus::Serving } else { ServingStatus::NotServing };
            health.set_service_status("", serving).await;
        }
    };
    let mut routes = Routes::builder();
    routes
        .add_service(health_service)
        .add_service(reflection.build_v1().context(UNREADABLE)?)
        .add_service(EventFeedServer::new(feed))
        .add_service(box_service)
        .add_service(plate_reader);
    if let Some(open_inference) = open_inference {
        routes.add_service(open_inference);
    }
    tokio::select! {
        served = serve_routes(bound, routes.routes(), stopping) => served,
        () = follow_readiness => Ok(()),
    }
}

/// Serves models alone until `stopping` turns true.
pub(crate) async fn serve_models(
    bound: Bound,
    lent: Arc<Lent>,
    stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let (health, health_service) = tonic_health::server::health_reporter();
    // Every model has answered before this is called.
    health.set_service_status("", ServingStatus::Serving).await;
    health.set_service_status(SERVICE_NAME, ServingStatus::Serving).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::INFERENCE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .context(UNREADABLE)?;
    let asked = stopping.clone();
    let taking = Arc::new(move || !*asked.borrow());
    let open_inference = OpenInference::new(lent, taking, Arc::default(), stopping.clone()).into_server();
    let mut routes = Routes::builder();
    routes.add_service(health_service).add_service(reflection).add_service(open_inference);
    serve_routes(bound, routes.routes(), stopping).await
}

const UNREADABLE: &str = "reflection cannot read the contract's own descriptor";

async fn serve_routes(
    bound: Bound,
    routes: Routes,
    mut stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .layer(tower::util::MapRequestLayer::new(oip::note_arrival))
        .layer(tower::util::MapResponseLayer::new(status::size_error_as_exhausted))
        .layer(tower::util::MapResponseLayer::new(status::cut_message))
        .add_routes(routes)
        .serve_with_incoming_shutdown(TcpListenerStream::new(bound.listener), async move {
            // An error means that the sender is gone: that is a stop as well.
            stopping.wait_for(|stop| *stop).await.ok();
        })
        .await
        .context("gRPC server failed")
}
