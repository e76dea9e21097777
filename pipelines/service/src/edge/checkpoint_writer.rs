//! The thread that writes checkpoints, so that no camera waits for the disk once a second.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use super::checkpoint::folder;

/// Checkpoints of all cameras that may wait: one that finds no room is not written, the next one will be.
const QUEUE: usize = 64;

/// How long an event waits for its checkpoint.
const PATIENCE: Duration = Duration::from_secs(2);

/// The way to the thread; it ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct CheckpointWriter {
    jobs: SyncSender<Job>,
    folder: PathBuf,
}

struct Job {
    camera: String,
    bytes: Vec<u8>,
    after: After,
}

/// Who learns how it went.
enum After {
    /// One who waits; it is durable then, in a power cut too.
    Answer(SyncSender<io::Result<()>>),
    /// Nobody waits: what fails is counted here.
    Count(Arc<AtomicU64>),
}

impl CheckpointWriter {
    /// Makes the folder and starts the thread.
    ///
    /// # Errors
    /// When either cannot be had.
    pub(crate) fn start(data_dir: &Path) -> anyhow::Result<(Self, JoinHandle<()>)> {
        let folder = folder(data_dir);
        fs::create_dir_all(&folder).with_context(|| format!("could not create `{}`", folder.display()))?;
        let (jobs, queue) = sync_channel(QUEUE);
        let place = folder.clone();
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || run(&place, &queue))
            .context("could not start the thread that writes checkpoints")?;
        Ok((Self { jobs, folder }, thread))
    }

    /// The file of a camera.
    pub(crate) fn path(&self, camera: &str) -> PathBuf {
        self.folder.join(camera)
    }

    /// Hands over a checkpoint without waiting; answers whether it was taken. One that is taken and cannot be written
    /// adds one to `missed`.
    pub(crate) fn offer(&self, camera: &str, bytes: Vec<u8>, missed: &Arc<AtomicU64>) -> bool {
        let job = Job { camera: camera.to_owned(), bytes, after: After::Count(Arc::clone(missed)) };
        match self.jobs.try_send(job) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// Writes a checkpoint; durable when it returns.
    ///
    /// # Errors
    /// What the file system says, after two seconds without its answer, or at once where as many wait as may.
    pub(crate) fn write(&self, camera: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let (done, outcome) = sync_channel(1);
        let job = Job { camera: camera.to_owned(), bytes, after: After::Answer(done) };
        self.jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => anyhow!("{QUEUE} checkpoints wait for the disk"),
            TrySendError::Disconnected(_) => anyhow!("the thread that writes checkpoints has ended"),
        })?;
        let outcome = outcome.recv_timeout(PATIENCE);
        outcome.with_context(|| format!("no answer from the disk for {PATIENCE:?}"))?.context("disk")
    }
}

fn run(folder: &Path, jobs: &Receiver<Job>) {
    let mut failed: u64 = 0;
    for Job { camera, bytes, after } in jobs {
        let outcome = write(folder, &camera, &bytes, matches!(after, After::Answer(_)));
        match after {
            // The camera may have given up.
            After::Answer(done) => {
                done.send(outcome).ok();
            }
            After::Count(missed) => {
                if let Err(error) = outcome {
                    missed.fetch_add(1, Ordering::Relaxed);
                    failed += 1;
                    if failed.is_power_of_two() {
                        tracing::error!(camera, failed, %error, "checkpoint was not written");
                    }
                }
            }
        }
    }
}

/// A file appears under its name only when all of it is on disk. That the name itself survives a power cut costs another
/// write of the folder, and is paid only where an event depends on it.
fn write(folder: &Path, camera: &str, bytes: &[u8], durable: bool) -> io::Result<()> {
    let temporary = folder.join(format!("{camera}.tmp"));
    let mut file = File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&temporary, folder.join(camera))?;
    if durable { File::open(folder)?.sync_all() } else { Ok(()) }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_counted_or_told() {
        let data = tempfile::tempdir().expect("a folder");
        let (writer, thread) = CheckpointWriter::start(data.path()).expect("started");
        let missed = Arc::new(AtomicU64::new(0));
        assert!(writer.offer("gate", vec![1], &missed));
        writer.write("trail", vec![2]).expect("written");
        fs::remove_dir_all(folder(data.path())).expect("removed");
        assert!(writer.offer("gate", vec![3], &missed), "there is room");
        let error = format!("{:#}", writer.write("trail", vec![4]).expect_err("there is no folder"));
        assert!(error.starts_with("disk: "), "{error}");
        drop(writer);
        thread.join().expect("ends with its last writer");
        assert_eq!(missed.load(Ordering::Relaxed), 1, "the first one was written");
    }
}
