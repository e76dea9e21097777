//! The gRPC server of a box: feed, box, health, reflection.

mod box_service;
mod feed;
mod picture_thread;
mod status;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use proto::v1::box_service_server::BoxServiceServer;
use proto::v1::event_feed_server::EventFeedServer;
use tokio::sync::watch;
use tokio_stream::wrappers::TcpListenerStream;
use tonic_health::ServingStatus;

use crate::edge::{BoxState, not_ready};
use crate::listen::Bound;
use box_service::BoxService;
use feed::Feed;

/// Largest request: a picture for `Detect`.
const MAX_REQUEST_BYTES: usize = 16 << 20;

/// How often health follows readiness.
const HEALTH_PERIOD: Duration = Duration::from_secs(1);

/// Serves until `stopping` turns true; streams are ended with `UNAVAILABLE` then.
pub(crate) async fn serve(
    bound: Bound,
    state: Arc<BoxState>,
    mut stopping: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let (health, health_service) = tonic_health::server::health_reporter();
    // The whole server's health is also the box's readiness; it starts as not serving.
    health.set_service_status("", ServingStatus::NotServing).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .context("reflection cannot read the contract's own descriptor")?;
    let feed = Feed::new(Arc::clone(&state), stopping.clone());
    let box_service = BoxServiceServer::new(
        BoxService::new(Arc::clone(&state)).context("could not start the picture thread")?,
    )
    .max_decoding_message_size(MAX_REQUEST_BYTES);
    let follow_readiness = async {
        let mut tick = tokio::time::interval(HEALTH_PERIOD);
        loop {
            tick.tick().await;
            let serving =
                if not_ready(&state).is_empty() { ServingStatus::Serving } else { ServingStatus::NotServing };
            health.set_service_status("", serving).await;
        }
    };
    let server = tonic::transport::Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .layer(tower::util::MapResponseLayer::new(status::size_error_as_exhausted))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(EventFeedServer::new(feed))
        .add_service(box_service)
        .serve_with_incoming_shutdown(TcpListenerStream::new(bound.listener), async move {
            // An error means that the sender is gone: that is a stop as well.
            stopping.wait_for(|stop| *stop).await.ok();
        });
    tokio::select! {
        served = server => served.context("gRPC server failed"),
        () = follow_readiness => Ok(()),
    }
}
