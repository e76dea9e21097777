//! A child process that is started again when it dies.

use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::outage::Part;
use super::watch::Sighting;

/// Pause before a part that died by itself, or by somebody's hand, is started again.
const RESTART_PAUSE: Duration = Duration::from_secs(2);

/// For an orderly end, before SIGKILL.
const STOP_GRACE: Duration = Duration::from_secs(20);

/// What the demo may ask of a running part.
pub(crate) enum Order {
    /// SIGKILL, and start again after this time.
    Kill(Duration),
    /// SIGTERM, and stay down; answered when the process is gone.
    Stop(oneshot::Sender<()>),
}

/// How a part is started, each time anew.
pub(crate) struct Actor {
    pub(crate) part: Part,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    /// Takes standard error; standard output is read by the demo.
    pub(crate) log: PathBuf,
}

impl Actor {
    /// Starts the part once, so that a missing program is an error at once, and then keeps it up.
    pub(crate) fn start(
        self,
        orders: mpsc::Receiver<Order>,
        sightings: mpsc::Sender<Sighting>,
    ) -> anyhow::Result<JoinHandle<()>> {
        let child = self.spawn(&sightings)?;
        Ok(tokio::spawn(self.keep_up(child, orders, sightings)))
    }

    fn spawn(&self, sightings: &mpsc::Sender<Sighting>) -> anyhow::Result<Child> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .with_context(|| format!("could not open `{}`", self.log.display()))?;
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!("could not start the {} `{}`", self.part.name(), self.program.display())
            })?;
        if let Some(stdout) = child.stdout.take() {
            let (part, sightings) = (self.part, sightings.clone());
            tokio::spawn(async move {
                let mut lines = BufReader::new(stdout).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    if let Some(sighting) = super::watch::read_line(part, &line)
                        && sightings.send(sighting).await.is_err()
                    {
                        return;
                    }
                }
            });
        }
        Ok(child)
    }

    async fn keep_up(
        self,
        mut child: Child,
        mut orders: mpsc::Receiver<Order>,
        sightings: mpsc::Sender<Sighting>,
    ) {
        loop {
            let pid = child.id();
            let mut told = sightings.send(Sighting::Up { part: self.part, pid }).await.is_ok();
            let pause = tokio::select! {
                _ = child.wait() => RESTART_PAUSE,
                order = orders.recv() => match order {
                    Some(Order::Kill(pause)) => {
                        // An error means that it is gone already, which is what was asked for.
                        child.kill().await.ok();
                        pause
                    }
                    Some(Order::Stop(done)) => {
                        stop(&mut child, pid).await;
                        done.send(()).ok();
                        return;
                    }
                    None => return,
                },
            };
            told &= sightings.send(Sighting::Down { part: self.part, for_s: pause.as_secs() }).await.is_ok();
            if !told {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                order = orders.recv() => match order {
                    Some(Order::Stop(done)) => {
                        done.send(()).ok();
                        return;
                    }
                    // Killed while it is down: it comes back all the same.
                    Some(Order::Kill(_)) => {}
                    None => return,
                },
            }
            child = match self.spawn(&sightings) {
                Ok(child) => child,
                Err(error) => {
                    println!("{error:#}");
                    return;
                }
            };
        }
    }
}

async fn stop(child: &mut Child, pid: Option<u32>) {
    let pid = pid.and_then(|pid| rustix::process::Pid::from_raw(pid as i32));
    if let Some(pid) = pid {
        // An error means that it is gone already.
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
    }
    if tokio::time::timeout(STOP_GRACE, child.wait()).await.is_err() {
        println!("a part did not stop within {} s and was killed", STOP_GRACE.as_secs());
        child.kill().await.ok();
    }
}
