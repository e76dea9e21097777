//! A small HTTP server with a script: the faults that a real host produces once a year, on demand.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::super::{Patience, PublicHost};

/// What the client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) path: String,
    /// First byte of the range, when a range was asked for.
    pub(super) from: Option<usize>,
}

/// What the server says.
pub(super) struct Reply {
    head: String,
    body: Vec<u8>,
    then: Then,
}

#[derive(PartialEq)]
enum Then {
    Close,
    /// Neither another byte nor the end until the client hangs up.
    Stall,
}

impl Reply {
    /// 200 with all of `body`.
    pub(super) fn whole(body: &[u8]) -> Self {
        Self::with(format!("200 OK\r\nContent-Length: {}", body.len()), body)
    }

    /// As a server that knows ranges: 206 from the byte asked for, else 200.
    pub(super) fn range(content: &[u8], request: &Request) -> Self {
        match request.from {
            Some(from) => Self::partial(from, content),
            None => Self::whole(content),
        }
    }

    /// 206 with `content` from byte `from`.
    pub(super) fn partial(from: usize, content: &[u8]) -> Self {
        let (len, body) = (content.len(), &content[from..]);
        let range = format!("Content-Range: bytes {from}-{}/{len}", len - 1);
        Self::with(format!("206 Partial Content\r\n{range}\r\nContent-Length: {}", body.len()), body)
    }

    /// 200 without a length, in one chunk.
    pub(super) fn chunked(body: &[u8]) -> Self {
        let mut chunks = format!("{:x}\r\n", body.len()).into_bytes();
        chunks.extend_from_slice(body);
        chunks.extend_from_slice(b"\r\n0\r\n\r\n");
        Self::with("200 OK\r\nTransfer-Encoding: chunked".to_owned(), &chunks)
    }

    /// A status line and no body.
    pub(super) fn status(line: &str) -> Self {
        Self::with(format!("{line}\r\nContent-Length: 0"), &[])
    }

    /// The same head, and the connection closed after `bytes` of the body.
    pub(super) fn cut_after(mut self, bytes: usize) -> Self {
        self.body.truncate(bytes);
        self
    }

    /// The same head, and silence after `bytes` of the body.
    pub(super) fn stalled_after(self, bytes: usize) -> Self {
        Self { then: Then::Stall, ..self.cut_after(bytes) }
    }

    fn with(head: String, body: &[u8]) -> Self {
        Self { head, body: body.to_vec(), then: Then::Close }
    }
}

/// Serves one connection after the other until it is dropped.
pub(super) struct Server {
    base_url: String,
    seen: Arc<Mutex<Vec<Request>>>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers each request with what `script` says to it and to the number of requests before it.
    pub(super) fn start(script: impl Fn(&Request, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("bound"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let closing = Arc::new(AtomicBool::new(false));
        let (seen_there, closing_there) = (Arc::clone(&seen), Arc::clone(&closing));
        let serve = move || {
            for stream in listener.incoming() {
                if closing_there.load(Ordering::SeqCst) {
                    return;
                }
                serve_one(stream.expect("accepted"), &script, &seen_there);
            }
        };
        let thread = Builder::new().name("scripted-server".to_owned()).spawn(serve).expect("thread");
        Self { base_url, seen, closing, thread: Some(thread) }
    }

    /// A client of this server that bears `stall` of silence.
    pub(super) fn host(&self, stall: Duration) -> PublicHost {
        PublicHost::at(&self.base_url, Patience { stall, ..Patience::default() })
    }

    /// Requests so far, in their order.
    pub(super) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// First bytes of the ranges asked for so far.
    pub(super) fn asked_from(&self) -> Vec<Option<usize>> {
        self.seen().iter().map(|request| request.from).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        TcpStream::connect(self.base_url.trim_start_matches("http://")).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn serve_one(mut stream: TcpStream, script: &impl Fn(&Request, usize) -> Reply, seen: &Mutex<Vec<Request>>) {
    let mut lines = BufReader::new(stream.try_clone().expect("same socket")).lines();
    let mut next = || lines.next().and_then(Result::ok).unwrap_or_default();
    let first = next();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut request = Request { path, from: None };
    loop {
        let line = next().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            request.from = range.trim_end_matches('-').parse().ok();
        }
    }
    let before = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(request.clone());
        seen.len() - 1
    };
    let reply = script(&request, before);
    // A client that has read enough may be gone already.
    write!(stream, "HTTP/1.1 {}\r\nConnection: close\r\n\r\n", reply.head).ok();
    stream.write_all(&reply.body).ok();
    stream.flush().ok();
    if reply.then == Then::Stall {
        next();
    }
}
