//! From checked settings to the parts' own types.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use capture::{CameraSpec, Credentials, Source, Transport};
use delivery::{DecisionLimits, LedgerDestination, MqttDestination};
use edge_config::{Camera, Config, Decisions, Ledger, Mqtt};
use proto::v1 as pb;

use super::event::Origin;
use super::evidence::EvidencePolicy;

/// How long a stream may take to answer a request.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest pause between two attempts to reach a receiver.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Recorded footage waits for its session as long as it takes: no event may depend on the load of the machine.
const RECORDED_LIMIT: Duration = Duration::from_secs(3600);

pub(crate) fn is_live(camera: &Camera) -> bool {
    matches!(camera.source, edge_config::Source::Rtsp(_))
}

pub(crate) fn camera_spec(camera: &Camera) -> CameraSpec {
    CameraSpec {
        id: Arc::from(camera.id.as_str()),
        source: match &camera.source {
            edge_config::Source::Rtsp(stream) => Source::Rtsp {
                url: stream.url.clone(),
                credentials: stream
                    .login
                    .as_ref()
                    .map(|login| Credentials::new(login.user.expose(), login.password.expose())),
                transport: match stream.transport {
                    edge_config::Transport::Tcp => Transport::Tcp,
                    edge_config::Transport::Udp => Transport::Udp,
                },
            },
            edge_config::Source::File(clip) => {
                let started = clip.recorded_at.duration_since(UNIX_EPOCH).unwrap_or_default();
                Source::File {
                    path: clip.path.clone(),
                    started_unix_ns: i64::try_from(started.as_nanos()).unwrap_or(i64::MAX),
                    recode: None,
                }
            }
        },
        connect_timeout: CONNECT_TIMEOUT,
        frozen_after: camera.frozen_after,
        max_rate_hz: camera.max_rate_hz.map(|rate| rate as f32),
    }
}

pub(crate) fn inference_limit(config: &Config, camera: &Camera) -> Duration {
    if is_live(camera) { config.inference.deadline } else { RECORDED_LIMIT }
}

/// The camera's own position, else the box's.
pub(crate) fn position(config: &Config, camera: &Camera) -> Option<pb::Position> {
    camera.position.or(config.identity.position).map(|place| pb::Position {
        latitude_deg: place.latitude_deg,
        longitude_deg: place.longitude_deg,
        heading_deg: camera.heading_deg,
    })
}

pub(crate) fn evidence_policy(config: &Config) -> EvidencePolicy {
    EvidencePolicy {
        crops: config.evidence.crops,
        snapshots: config.evidence.snapshots,
        jpeg_quality: config.evidence.jpeg_quality,
    }
}

pub(crate) fn mqtt_destination(mqtt: &Mqtt, origin: &Origin) -> MqttDestination {
    MqttDestination {
        host: mqtt.broker.host.clone(),
        port: mqtt.broker.port,
        client_id: mqtt.client_id.clone(),
        box_id: origin.box_id.clone(),
        site: origin.site.clone(),
        username: mqtt.login.as_ref().map(|login| login.user.expose().to_owned()),
        password: mqtt.login.as_ref().map(|login| delivery::Secret::new(login.password.expose())),
        keep_alive: mqtt.keep_alive,
        in_flight: mqtt.in_flight as u16,
        version: crate::machine::VERSION.to_owned(),
        boot_id: origin.boot_id.clone(),
        max_backoff: MAX_BACKOFF,
        requests: None,
    }
}

pub(crate) fn decision_limits(config: &Config) -> DecisionLimits {
    let Decisions { retention, max_mib } = config.decisions;
    DecisionLimits { retention, max_bytes: u64::from(max_mib) << 20 }
}

pub(crate) fn ledger_destination(ledger: &Ledger) -> LedgerDestination {
    LedgerDestination {
        endpoint: ledger.url(),
        in_flight: ledger.in_flight,
        receipt_timeout: ledger.receipt_timeout,
        max_backoff: MAX_BACKOFF,
    }
}
