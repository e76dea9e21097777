//! The destinations of a box: their tasks, their states, and their last minutes.

use std::sync::Arc;
use std::time::Duration;

use delivery::{DestinationStatus, Forwarder, Journal, MqttDestination, RequestHandler};
use edge_config::Config;
use tokio::sync::watch;

use super::event::Origin;
use super::settings;

/// Reads the present state of one destination.
pub(crate) type StatusReader = Box<dyn Fn() -> DestinationStatus + Send + Sync>;

/// Publishes the retained state of a camera: its id and the state as JSON.
pub(crate) type StatusPublisher = Box<dyn Fn(&str, String) + Send>;

/// Running forwarders.
pub(crate) struct Forwarding {
    mqtt: Option<Arc<Forwarder>>,
    all: Vec<Arc<Forwarder>>,
    stopping: watch::Sender<bool>,
}

impl Forwarding {
    /// Starts a task per configured destination.
    pub(crate) fn start(
        config: &Config,
        origin: &Origin,
        journal: &Journal,
        requests: Option<RequestHandler>,
    ) -> anyhow::Result<Self> {
        let (stopping, stopped) = watch::channel(false);
        let mqtt = match &config.delivery.mqtt {
            Some(mqtt) => {
                let spec = MqttDestination { requests, ..settings::mqtt_destination(mqtt, origin) };
                Some(Arc::new(delivery::spawn_mqtt(journal.clone(), spec, stopped.clone())?))
            }
            None => None,
        };
        let ledger = match &config.delivery.ledger {
            Some(ledger) => {
                let spec = settings::ledger_destination(ledger);
                Some(Arc::new(delivery::spawn_ledger(journal.clone(), spec, stopped)?))
            }
            None => None,
        };
        let all = mqtt.iter().chain(&ledger).map(Arc::clone).collect();
        Ok(Self { mqtt, all, stopping })
    }

    pub(crate) fn statuses(&self) -> Vec<StatusReader> {
        let reader = |forwarder: &Arc<Forwarder>| {
            let status = forwarder.watch_status();
            Box::new(move || status.borrow().clone()) as StatusReader
        };
        self.all.iter().map(reader).collect()
    }

    /// How camera threads publish the retained state of their camera.
    pub(crate) fn camera_status(&self) -> StatusPublisher {
        match &self.mqtt {
            Some(forwarder) => {
                let forwarder = Arc::clone(forwarder);
                Box::new(move |camera, json| {
                    if let Err(error) = forwarder.set_camera_status(camera, json) {
                        tracing::warn!(camera, %error, "camera state was not published");
                    }
                })
            }
            None => Box::new(|_, _| {}),
        }
    }

    /// Stops every destination at the same time: each sends what the journal holds and awaits confirmations for
    /// `grace` at most. What is not settled then is sent after the next start.
    pub(crate) async fn stop(self, journal: &Journal, grace: Duration) {
        let Self { mqtt, all, stopping } = self;
        drop(mqtt);
        let newest = *journal.newest().borrow();
        let mut stops = tokio::task::JoinSet::new();
        let mut statuses = Vec::new();
        for forwarder in all {
            statuses.push(forwarder.watch_status());
            match Arc::try_unwrap(forwarder) {
                Ok(forwarder) => {
                    stops.spawn(forwarder.stop(grace));
                }
                // A camera's thread that did not end still holds it: then the signal has to do.
                Err(_) => {
                    stopping.send(true).ok();
                }
            }
        }
        drop(stops.join_all().await);
        for status in statuses {
            let status = status.borrow();
            if status.settled < newest {
                let (name, settled) = (&status.name, status.settled);
                tracing::warn!(destination = name, settled, newest, "events are left for the next start");
            }
        }
    }
}
