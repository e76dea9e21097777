//! The three child processes of a demo: broker, ledger, box.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use capture::testkit::RtspServer;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::actor::{Actor, Order};
use super::clips::DemoClip;
use super::outage::Part;
use super::watch::Sighting;

/// Orders that may wait for a part.
const ORDERS: usize = 16;

/// The running parts.
pub(crate) struct Cast {
    data_dir: PathBuf,
    broker_port: u16,
    waiting: Vec<Actor>,
    playing: Vec<(Part, mpsc::Sender<Order>, JoinHandle<()>)>,
}

impl Cast {
    /// Prepares broker, ledger and box in `out`, which is emptied first.
    pub(crate) fn start(out: &Path, clips: &[DemoClip], server: &RtspServer) -> anyhow::Result<Self> {
        empty(out)?;
        let broker_port = free_port()?;
        let ledger_port = free_port()?;
        let broker_config = out.join("mosquitto.conf");
        write(&broker_config, &broker_conf(broker_port, out))?;
        let edge_config = out.join("edge.toml");
        write(&edge_config, &super::clips::edge_toml(clips, server, broker_port, ledger_port))?;
        let cairn = std::env::current_exe().context("this program does not know its own file")?;

        let text = |path: &Path| path.display().to_string();
        let waiting = vec![
            Actor {
                part: Part::Broker,
                program: mosquitto()?,
                args: vec!["-c".to_owned(), text(&broker_config)],
                log: out.join("broker.log"),
            },
            Actor {
                part: Part::Ledger,
                program: cairn.clone(),
                args: vec![
                    "receive".to_owned(),
                    format!("--listen=127.0.0.1:{ledger_port}"),
                    format!("--store={}", text(&out.join("ledger.events"))),
                ],
                log: out.join("ledger.log"),
            },
            Actor {
                part: Part::Box,
                program: cairn,
                args: vec!["run".to_owned(), text(&edge_config)],
                log: out.join("box.log"),
            },
        ];
        Ok(Self { data_dir: out.join("data"), broker_port, waiting, playing: Vec::new() })
    }

    /// Starts a part, once.
    pub(crate) fn enter(&mut self, part: Part, sightings: &mpsc::Sender<Sighting>) -> anyhow::Result<()> {
        if let Some(index) = self.waiting.iter().position(|actor| actor.part == part) {
            let (orders, queue) = mpsc::channel(ORDERS);
            let task = self.waiting.remove(index).start(queue, sightings.clone())?;
            self.playing.push((part, orders, task));
        }
        Ok(())
    }

    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(crate) fn broker_port(&self) -> u16 {
        self.broker_port
    }

    /// Where to send orders for each part.
    pub(crate) fn orders(&self) -> Vec<(Part, mpsc::Sender<Order>)> {
        self.playing.iter().map(|(part, orders, _)| (*part, orders.clone())).collect()
    }

    /// Asks the box to stop and waits until it is gone.
    pub(crate) async fn stop_box(&self) {
        self.stop(|part| part == Part::Box).await;
    }

    /// Stops the others.
    pub(crate) async fn stop_rest(self) {
        self.stop(|part| part != Part::Box).await;
        for (_, orders, task) in self.playing {
            drop(orders);
            task.await.ok();
        }
    }

    async fn stop(&self, which: impl Fn(Part) -> bool) {
        for (_, orders, _) in self.playing.iter().filter(|(part, ..)| which(*part)) {
            let (done, stopped) = oneshot::channel();
            if orders.send(Order::Stop(done)).await.is_ok() {
                stopped.await.ok();
            }
        }
    }
}

/// The broker saves its sessions at every change, so that it comes back with its subscriber's when it was killed. It
/// stays the user who started it: the folder is his.
fn broker_conf(port: u16, out: &Path) -> String {
    let out = out.display();
    format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n\
         persistence true\npersistence_location {out}/\nautosave_on_changes true\nautosave_interval 1\n"
    )
}

fn empty(out: &Path) -> anyhow::Result<()> {
    let marker = out.join(".cairn-demo");
    if out.exists() {
        // Only a folder that a demo made is emptied: a mistyped `--out` must not cost anybody's files.
        let is_ours = marker.exists();
        let is_empty = std::fs::read_dir(out)
            .with_context(|| format!("could not read `{}`", out.display()))?
            .next()
            .is_none();
        anyhow::ensure!(
            is_ours || is_empty,
            "`{}` holds files that no demo made: name another folder with --out",
            out.display()
        );
        std::fs::remove_dir_all(out).with_context(|| format!("could not empty `{}`", out.display()))?;
    }
    std::fs::create_dir_all(out.join("snapshots"))
        .with_context(|| format!("could not create `{}`", out.display()))?;
    write(&marker, "")
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("could not write `{}`", path.display()))
}

/// A port that was free a moment ago. The parts keep it over restarts, so it has to be known beforehand.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on loopback")?;
    Ok(listener.local_addr()?.port())
}

/// Debian keeps the broker in `/usr/sbin`, which is not on every user's path.
fn mosquitto() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")])
        .map(|dir| dir.join("mosquitto"))
        .find(|file| file.is_file())
        .context("no `mosquitto` on this machine: run `make setup`")
}
