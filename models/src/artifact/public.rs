use std::io::Read;
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use super::{PublicFile, Refusal};

/// Where public repositories serve single files.
const GITHUB_RAW: &str = "https://raw.githubusercontent.com";

/// The server that public files come from.
#[derive(Clone, Debug)]
pub struct PublicHost {
    base_url: String,
    agent: Agent,
}

/// How long a silent server is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until a connection stands, name look-up and TLS included.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), stall: Duration::from_secs(30) }
    }
}

/// An answer whose body begins at byte `from` of the file.
pub(super) struct Answer {
    pub(super) from: u64,
    /// Length of the whole file, where the server told.
    pub(super) announced: Option<u64>,
    pub(super) body: Box<dyn Read>,
}

impl PublicHost {
    /// The host that the cards' `source` entries speak of, through the proxy that the environment names, if any.
    pub fn github(patience: Patience) -> Self {
        Self::with(GITHUB_RAW, patience, ureq::Proxy::try_from_env())
    }

    /// A host at `base_url` (no slash at its end) with the same paths, reached without a proxy.
    pub fn at(base_url: &str, patience: Patience) -> Self {
        Self::with(base_url, patience, None)
    }

    fn with(base_url: &str, patience: Patience, proxy: Option<ureq::Proxy>) -> Self {
        let agent = Agent::config_builder()
            .proxy(proxy)
            // A redirect may not leave TLS.
            .https_only(base_url.starts_with("https://"))
            .http_status_as_error(false)
            .user_agent(concat!("cairn/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_per_read(Some(patience.stall))
            .timeout_per_write(Some(patience.stall))
            .timeout_recv_response(Some(patience.stall))
            .build()
            .new_agent();
        Self { base_url: base_url.to_owned(), agent }
    }

    /// Address of `file`.
    pub fn url(&self, file: &PublicFile) -> String {
        format!("{}/{}/{}/{}", self.base_url, file.repository, file.commit, file.path)
    }

    /// Asks for `url` from byte `from` onwards; a server that will not resume is asked for the whole.
    pub(super) fn get(&self, url: &str, from: u64) -> Result<Answer, Refusal> {
        let response = self.call(url, from)?;
        match response.status() {
            StatusCode::OK => {
                let body = response.into_body();
                Ok(Answer { from: 0, announced: body.content_length(), body: Box::new(body.into_reader()) })
            }
            // Whether it is the range asked for, the hash of the whole tells.
            StatusCode::PARTIAL_CONTENT if 0 < from => {
                let announced = whole_len(&response);
                Ok(Answer { from, announced, body: Box::new(response.into_body().into_reader()) })
            }
            StatusCode::RANGE_NOT_SATISFIABLE if 0 < from => self.get(url, 0),
            status => Err(Refusal::Status { url: url.to_owned(), status: status.as_u16() }),
        }
    }

    fn call(&self, url: &str, from: u64) -> Result<Response<Body>, Refusal> {
        let mut request = self.agent.get(url);
        if 0 < from {
            request = request.header(header::RANGE, format!("bytes={from}-"));
        }
        request.call().map_err(|err| Refusal::Unreachable { url: url.to_owned(), source: Box::new(err) })
    }
}

/// The `10` of a `Content-Range: bytes 5-9/10`.
fn whole_len(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.split_once('/')?.1.parse().ok()
}
