//! A running `cairn run` and what is needed around it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use capture::testkit::{Clip, RtspServer};
use proto::v1 as pb;
use proto::v1::box_service_client::BoxServiceClient;
use tonic::transport::Channel;

/// What takes longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The default detector's store, or `None` where it cannot be had and the test is skipped.
pub(crate) fn model_store() -> Option<PathBuf> {
    let file = models::testkit::model(models::DEFAULT_MODEL)?;
    Some(file.parent().expect("a store's file is in its folder").to_owned())
}

/// The demo clip.
pub(crate) fn people_clip() -> Option<PathBuf> {
    datasets::testkit::clip(datasets::DEMO_CLIP)
}

/// The people clip as a camera.
pub(crate) fn people_stream(clip: &Path) -> RtspServer {
    RtspServer::start(&[Clip::new(clip, "/people")]).expect("clip can be served")
}

/// The `cairn` binary with `args`, and with no variable of ours in its environment.
pub(crate) fn cairn(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cairn"));
    command.args(args).env_remove("CAIRN_MIRROR").env("CAIRN_LOG", "info").stdin(Stdio::null());
    command
}

/// Runs to the end.
pub(crate) fn output(args: &[&str]) -> Output {
    cairn(args).output().expect("the binary runs")
}

/// `[box]` … `[delivery]` of a box that keeps everything to itself.
pub(crate) fn local_box(store: &Path) -> String {
    format!("{}\n[delivery]\nlocal-only = true\n", any_box(store))
}

/// The same without `[delivery]`.
pub(crate) fn any_box(store: &Path) -> String {
    format!(
        "[box]\nid = \"test-box\"\nsite = \"test\"\ndata-dir = \"data\"\n\
         [listen]\ngrpc = \"127.0.0.1:0\"\nhttp = \"127.0.0.1:0\"\n\
         [models]\nstore = \"{}\"\n",
        store.display()
    )
}

/// A camera that looks for people at the table of the people clip.
pub(crate) fn people_camera(id: &str, url: &str) -> String {
    format!(
        "\n[[camera]]\nid = \"{id}\"\nurl = \"{url}\"\n\
         [[camera.zone]]\nid = \"table\"\npolygon = [[0.45, 0.6], [0.75, 0.6], [0.75, 1.0], [0.45, 1.0]]\n\
         [[camera.rule]]\nid = \"person-at-table\"\nversion = 1\nzone = \"table\"\non = \"enter\"\nmin-dwell = \"1s\"\n\
         classes = [\"person\"]\nconfirm = {{ hits = 4, of = 6 }}\nmin-travel = 0.0\n"
    )
}

/// A child process that is killed when the test ends, however it ends.
pub(crate) struct Process {
    child: Child,
    /// Its first line on standard output.
    pub(crate) first_line: serde_json::Value,
    log: PathBuf,
}

impl Process {
    /// Starts and waits for the first line; standard error goes to a file beside `dir`'s others.
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Self {
        let stderr = fs::File::create(&log).expect("log file");
        let mut child = command.stdout(Stdio::piped()).stderr(stderr).spawn().expect("the binary starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        let watchdog = Watchdog::on(&child);
        stdout.read_line(&mut line).expect("readable");
        drop(watchdog);
        let Ok(first_line) = serde_json::from_str(&line) else {
            child.kill().ok();
            child.wait().ok();
            panic!("no first line, got {line:?}; log:\n{}", fs::read_to_string(&log).unwrap_or_default());
        };
        // The rest is not wanted, but a full pipe would stop the child.
        std::thread::Builder::new()
            .name("drain".to_owned())
            .spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()))
            .expect("thread");
        Self { child, first_line, log }
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The most memory that it has had at once, in bytes.
    pub(crate) fn peak_rss_bytes(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kib << 10
    }

    /// SIGKILL, and gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("process is there");
        self.child.wait().expect("child");
    }

    /// SIGTERM, and the exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("process is there");
        self.wait()
    }

    /// The exit code of a process that ends by itself.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let _watchdog = Watchdog::on(&self.child);
        self.child.wait().expect("child").code()
    }
}

/// Kills a child that a test has waited for too long, so that the test fails instead of hanging.
struct Watchdog {
    /// Dropped when the wait is over.
    _over: SyncSender<()>,
}

impl Watchdog {
    fn on(child: &Child) -> Self {
        let (over, waiting) = sync_channel::<()>(0);
        let pid = rustix::process::Pid::from_child(child);
        std::thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || {
                if waiting.recv_timeout(3 * PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    rustix::process::kill_process(pid, rustix::process::Signal::KILL).ok();
                }
            })
            .expect("thread");
        Self { _over: over }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A running box.
pub(crate) struct TestBox {
    pub(crate) process: Process,
    /// Goes when the box has gone.
    _dir: tempfile::TempDir,
}

impl TestBox {
    pub(crate) fn start(config: &str) -> Self {
        let dir = tempfile::tempdir().expect("temporary folder");
        let process = run_in(dir.path(), config, &[]);
        Self { process, _dir: dir }
    }

    pub(crate) async fn client(&self) -> BoxServiceClient<Channel> {
        BoxServiceClient::connect(self.grpc_url())
            .await
            .expect("box listens")
            .max_encoding_message_size(64 << 20)
    }

    pub(crate) fn grpc_url(&self) -> String {
        format!("http://{}", self.process.first_line["grpc"].as_str().expect("address"))
    }

    /// Status code and body of a GET.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream =
            TcpStream::connect(self.process.first_line["http"].as_str().expect("address")).expect("listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let code = answer.split_whitespace().nth(1).and_then(|code| code.parse().ok()).expect("status line");
        (code, answer.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned()))
    }

    /// Asks for the cameras until `condition` holds.
    pub(crate) async fn wait_for_cameras(
        &self,
        what: &str,
        condition: impl Fn(&[pb::CameraReport]) -> bool,
    ) -> Vec<pb::CameraReport> {
        let mut client = self.client().await;
        let begun = Instant::now();
        let mut period = tokio::time::interval(Duration::from_millis(50));
        loop {
            period.tick().await;
            let cameras = client.cameras(pb::CamerasRequest {}).await.expect("answers").into_inner().cameras;
            if condition(&cameras) {
                return cameras;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} did not come: {cameras:#?}\n{}", self.process.log());
        }
    }
}

/// `cairn run` on `config` in `dir`.
pub(crate) fn run_in(dir: &Path, config: &str, args: &[&str]) -> Process {
    let file = dir.join("edge.toml");
    fs::write(&file, config).expect("config written");
    let mut command = cairn(&["run"]);
    command.args(args).arg(&file);
    Process::start(command, dir.join("box.log"))
}

/// The reference ledger on a file.
pub(crate) fn ledger(store: &Path) -> Process {
    let mut command = cairn(&["receive", "--listen", "127.0.0.1:0", "--store"]);
    command.arg(store);
    Process::start(command, store.with_extension("log"))
}
