//! Waiting for conditions, never for time.

use std::future::Future;
use std::time::Duration;

use delivery::{DestinationStatus, Forwarder};
use tokio::time::timeout;

/// Far longer than anything here takes on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// The future's output, or a panic that names what was waited for.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(LIMIT, future).await {
        Ok(output) => output,
        Err(_) => panic!("no {what} within {LIMIT:?}"),
    }
}

/// Waits until the destination's status is as asked.
pub(crate) async fn status_is(
    forwarder: &Forwarder,
    is_reached: impl Fn(&DestinationStatus) -> bool,
) -> DestinationStatus {
    let mut status = forwarder.watch_status();
    let reached = timeout(LIMIT, status.wait_for(|status| is_reached(status))).await;
    match reached {
        Ok(Ok(status)) => status.clone(),
        Ok(Err(_)) => panic!("delivery ended with {:?}", forwarder.status()),
        Err(_) => panic!("stuck at {:?}", forwarder.status()),
    }
}
