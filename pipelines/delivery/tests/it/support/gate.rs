//! A port before the broker's that lets connections through, or does not.

use std::net::Ipv4Addr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Keeps the box away from a restarted broker until the test's own subscriber is back: what the broker
/// acknowledges without a subscriber, nobody ever sees.
pub(crate) struct Gate {
    pub(crate) port: u16,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Gate {
    pub(crate) async fn before(broker: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (open, is_open) = watch::channel(true);
        let task = tokio::spawn(async move {
            loop {
                let (mut inside, _) = listener.accept().await.unwrap();
                if !*is_open.borrow() {
                    continue;
                }
                tokio::spawn(async move {
                    if let Ok(mut outside) = TcpStream::connect((Ipv4Addr::LOCALHOST, broker)).await {
                        copy_bidirectional(&mut inside, &mut outside).await.ok();
                    }
                });
            }
        });
        Self { port, open, task }
    }

    /// Refuses new connections; those that exist stay.
    pub(crate) fn close(&self) {
        self.open.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}
