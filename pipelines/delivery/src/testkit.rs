//! A real broker for tests and for the demonstration.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Longest start of a broker.
const START_LIMIT: Duration = Duration::from_secs(10);
/// Another process may take a free port before the broker does.
const PORT_ATTEMPTS: usize = 5;

/// A `mosquitto` process on a loopback port, open to everyone, without persistence. Dropping it kills the process.
#[derive(Debug)]
pub struct Mosquitto {
    process: Child,
    port: u16,
    /// Holds the configuration file.
    _dir: TempDir,
}

impl Mosquitto {
    /// Starts a broker on a free port; returns when it takes connections.
    ///
    /// # Errors
    /// What the system says: no `mosquitto` in the `PATH` or in `/usr/sbin`, or its last words when it gave up.
    pub fn start() -> io::Result<Self> {
        Self::start_with("")
    }

    /// As [`start`](Self::start), with more lines of `mosquitto.conf`.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(settings: &str) -> io::Result<Self> {
        let mut last = None;
        for _ in 0..PORT_ATTEMPTS {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            match Self::launch(port, settings) {
                Ok(broker) => return Ok(broker),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::Error::other("no attempt was made")))
    }

    /// Starts a broker on this port, for bringing one back.
    ///
    /// # Errors
    /// As [`start`](Self::start), or the port is in use.
    pub fn start_on(port: u16) -> io::Result<Self> {
        Self::launch(port, "")
    }

    /// Port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills the process as a power cut would, and waits until it is gone. Killing twice is harmless.
    pub fn kill(&mut self) {
        // Fails only when the process has ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }

    fn launch(port: u16, settings: &str) -> io::Result<Self> {
        let dir = TempDir::new()?;
        let config = dir.path().join("mosquitto.conf");
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\n{settings}\n"
        );
        fs::write(&config, text)?;
        let mut process = Command::new(program())
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let log = process.stderr.take();
        let broker = Self { process, port, _dir: dir };
        let log = log.ok_or_else(|| io::Error::other("mosquitto has no standard error"))?;
        let (started, outcome) = sync_channel(1);
        thread::Builder::new().name("mosquitto-log".to_owned()).spawn(move || follow(log, &started))?;
        match outcome.recv_timeout(START_LIMIT) {
            Ok(Ok(())) => Ok(broker),
            Ok(Err(words)) => Err(io::Error::other(format!("mosquitto gave up: {words}"))),
            Err(_) => Err(io::Error::other(format!("mosquitto said nothing for {START_LIMIT:?}"))),
        }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> PathBuf {
    // Debian keeps it out of the search path of ordinary users.
    let debian = Path::new("/usr/sbin/mosquitto");
    if debian.exists() { debian.to_owned() } else { PathBuf::from("mosquitto") }
}

/// Reads the log to its end, so that the broker never blocks on it; tells once whether it is running.
fn follow(log: ChildStderr, started: &SyncSender<Result<(), String>>) {
    let mut words = String::new();
    let mut told = false;
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        if told {
            continue;
        }
        if line.ends_with(" running") {
            told = true;
            // The starter may have given up waiting.
            started.send(Ok(())).ok();
        } else {
            words.push_str(&line);
            words.push_str("; ");
        }
    }
    if !told {
        started.send(Err(words)).ok();
    }
}
