//! Requests that come over the broker.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use delivery::{MqttRequest, RequestHandler};
use edge_config::{Config, Requests};
use prost::Message as _;
use proto::v1 as pb;
use tokio::sync::mpsc;

use super::feedback::feedback;
use super::state::BoxState;

/// Requests that wait to be carried out.
const CAPACITY: usize = 64;

const FEEDBACK: &str = "feedback";

/// Where requests come in, if the configuration lets any in. One that finds the queue full is counted in `refused`.
pub(crate) fn intake(
    config: &Config,
    refused: &Arc<AtomicU64>,
) -> Option<(RequestHandler, mpsc::Receiver<MqttRequest>)> {
    let mqtt = config.delivery.mqtt.as_ref()?;
    if mqtt.requests != Requests::TrustBroker {
        return None;
    }
    let (sender, requests) = mpsc::channel(CAPACITY);
    let refused = Arc::clone(refused);
    let handler = RequestHandler::new(&[FEEDBACK], move |request| {
        if sender.try_send(request).is_err() {
            refused.fetch_add(1, Ordering::Relaxed);
            tracing::error!(capacity = CAPACITY, "a request over the broker was dropped: too many wait");
        }
    });
    Some((handler, requests))
}

/// Carries requests out, one after the other, until the forwarder is gone. There is nobody to answer: what is refused is
/// said in the log.
pub(crate) fn serve(state: Arc<BoxState>, mut requests: mpsc::Receiver<MqttRequest>) {
    tokio::spawn(async move {
        while let Some(MqttRequest { name, payload }) = requests.recv().await {
            let request = match pb::FeedbackRequest::decode(payload.as_slice()) {
                Ok(request) => request,
                Err(error) => {
                    tracing::warn!(name, %error, "a request over the broker is no `FeedbackRequest`");
                    continue;
                }
            };
            match feedback(&state, &request).await {
                Ok(pb::FeedbackResponse { subject, duplicate }) => {
                    tracing::info!(subject, duplicate, "feedback over the broker");
                }
                Err(error) => {
                    let error = format!("{:#}", anyhow::Error::from(error));
                    tracing::warn!(name, error, "a request over the broker was refused");
                }
            }
        }
    });
}
