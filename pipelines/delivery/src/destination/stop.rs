//! The wish to stop: the process shuts down, or this destination alone is stopped.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// Grace when only the process-wide signal came.
const DEFAULT_GRACE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct StopSignal {
    shutdown: watch::Receiver<bool>,
    stop: watch::Receiver<Option<Instant>>,
}

impl StopSignal {
    /// `shutdown` asks by turning true or by losing its sender; `stop` carries the end of the grace.
    pub(crate) fn new(shutdown: watch::Receiver<bool>, stop: watch::Receiver<Option<Instant>>) -> Self {
        Self { shutdown, stop }
    }

    /// Waits until a stop is asked for; returns when the grace ends. Asking twice gives an answer each time.
    pub(crate) async fn requested(&mut self) -> Instant {
        let stopped = async {
            let asked = self.stop.wait_for(Option::is_some).await.map(|deadline| *deadline);
            match asked {
                Ok(deadline) => deadline.unwrap_or_else(Instant::now),
                // The forwarder is gone and has aborted this task.
                Err(_) => pending().await,
            }
        };
        tokio::select! {
            biased;
            deadline = stopped => deadline,
            _ = self.shutdown.wait_for(|shut_down| *shut_down) => Instant::now() + DEFAULT_GRACE,
        }
    }

    /// Waits for another grace than the one [`requested`](Self::requested) gave: a shutdown may come first, and the
    /// stop of this destination with its own grace after it.
    pub(crate) async fn changed(&mut self) -> Instant {
        match self.stop.changed().await {
            Ok(()) => self.stop.borrow_and_update().unwrap_or_else(Instant::now),
            // The forwarder is gone and has aborted this task.
            Err(_) => pending().await,
        }
    }
}
