//! A door before a service: so many calls at once, each for so long, from the head of a request on. What a refused call
//! would send is not read, so that callers cannot fill the memory.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::Semaphore;
use tonic::Status;
use tonic::body::Body;
use tonic::server::NamedService;
use tower::Service;

/// `inner` behind a door. Clones share it.
#[derive(Clone)]
pub(super) struct Admission<S> {
    inner: S,
    places: Arc<Semaphore>,
    capacity: usize,
    limit: Duration,
    refused: Arc<AtomicU64>,
}

impl<S> Admission<S> {
    /// At most `capacity` calls at once, each within `limit`. Who is not let in is counted in `refused`.
    pub(super) fn new(inner: S, capacity: usize, limit: Duration, refused: Arc<AtomicU64>) -> Self {
        Self { inner, places: Arc::new(Semaphore::new(capacity)), capacity, limit, refused }
    }
}

impl<S: NamedService> NamedService for Admission<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for Admission<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.refused.fetch_add(1, Ordering::Relaxed);
            let message = format!("{} requests are being answered already", self.capacity);
            return Box::pin(async move { Ok(Status::resource_exhausted(message).into_http()) });
        };
        let answer = tokio::time::timeout(self.limit, self.inner.call(request));
        let limit = self.limit;
        Box::pin(async move {
            let answer = answer.await;
            drop(place);
            answer.unwrap_or_else(|_| {
                let message = format!("the request was not there and answered within {limit:?}");
                Ok(Status::deadline_exceeded(message).into_http())
            })
        })
    }
}
