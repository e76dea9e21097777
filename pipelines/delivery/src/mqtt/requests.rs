use std::fmt;
use std::sync::Arc;

/// Something that somebody asked of the box over the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MqttRequest {
    /// The last level of its topic.
    pub name: String,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// Who takes requests that come over the broker. The broker vouches for who may ask: requests are not signed.
///
/// A request comes at least once, and only while the box is connected; its sender is told nothing.
#[derive(Clone)]
pub struct RequestHandler {
    pub(super) names: &'static [&'static str],
    pub(super) take: Arc<dyn Fn(MqttRequest) + Send + Sync>,
}

impl RequestHandler {
    /// Requests by these names go to `take`, which must not block.
    pub fn new(names: &'static [&'static str], take: impl Fn(MqttRequest) + Send + Sync + 'static) -> Self {
        Self { names, take: Arc::new(take) }
    }
}

impl fmt::Debug for RequestHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHandler").field("names", &self.names).finish_non_exhaustive()
    }
}
