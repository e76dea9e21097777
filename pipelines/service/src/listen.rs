//! Bound sockets: an address is known, and known to be free, before anything is started behind it.

use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;

/// A listening socket.
pub(crate) struct Bound {
    pub(crate) listener: TcpListener,
    /// The address in use: the port is never 0.
    pub(crate) address: SocketAddr,
}

impl Bound {
    /// Listens on `address`, for `what`; port 0 takes a free one.
    pub(crate) async fn to(address: SocketAddr, what: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("could not listen for {what} on {address}"))?;
        let address = listener.local_addr().with_context(|| format!("socket for {what} has no address"))?;
        Ok(Self { listener, address })
    }
}
