//! Topics, CloudEvents attributes and status texts.

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Publish, PublishProperties};
use serde_json::json;

use super::MqttDestination;
use crate::journal::Entry;
use crate::wall_clock;

/// What the status topic says of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BoxState {
    Online,
    Offline,
}

/// Writes what goes to the broker.
pub(super) struct Envelope {
    box_id: String,
    source: String,
    version: String,
    boot_id: String,
}

impl Envelope {
    pub(super) fn new(spec: &MqttDestination) -> Self {
        Self {
            box_id: spec.box_id.clone(),
            source: format!("/cairn/{}/{}", spec.site, spec.box_id),
            version: spec.version.clone(),
            boot_id: spec.boot_id.clone(),
        }
    }

    pub(super) fn status_topic(&self) -> String {
        format!("cairn/v1/{}/status", self.box_id)
    }

    pub(super) fn camera_topic(&self, camera: &str) -> String {
        format!("cairn/v1/{}/cameras/{camera}/status", self.box_id)
    }

    pub(super) fn request_topic(&self, name: &str) -> String {
        format!("cairn/v1/{}/requests/{name}", self.box_id)
    }

    /// `bounds`: first and last sequence held, as known when the text is written.
    pub(super) fn box_status(&self, state: BoxState, bounds: (u64, u64)) -> String {
        let state = match state {
            BoxState::Online => "online",
            BoxState::Offline => "offline",
        };
        json!({
            "state": state,
            "version": self.version,
            "boot_id": self.boot_id,
            "first_sequence": bounds.0,
            "last_sequence": bounds.1,
        })
        .to_string()
    }

    /// A CloudEvent in binary mode: attributes as user properties, the event's bytes as they are.
    pub(super) fn event(&self, entry: Entry) -> Publish {
        // Padded, so that it sorts as text; wide enough for every `u64`.
        let id = format!("{:020}", entry.sequence);
        let attribute = |name: &str, value: String| (name.to_owned(), value);
        let properties = PublishProperties {
            user_properties: vec![
                attribute("specversion", "1.0".to_owned()),
                attribute("id", id.clone()),
                attribute("source", self.source.clone()),
                attribute("type", format!("vn.cairn.{}.v1", entry.kind)),
                attribute("time", wall_clock::rfc3339(entry.appended_unix_ns)),
                attribute("sequence", id),
            ],
            content_type: Some("application/protobuf".to_owned()),
            ..PublishProperties::default()
        };
        let topic = format!("cairn/v1/{}/events/{}", self.box_id, entry.kind);
        Publish::new(topic, QoS::AtLeastOnce, entry.payload, Some(properties))
    }
}
