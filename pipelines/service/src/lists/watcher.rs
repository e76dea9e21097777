//! A named thread that looks at the lists' files.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Lists;

/// How often files are looked at.
const PERIOD: Duration = Duration::from_secs(5);

/// Ends its thread when dropped; a file that is being read is read to its end.
pub(crate) struct Watcher {
    /// Dropped first.
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Looks at the files of `lists` from now on, at the times of `now`, in seconds since 1970.
    pub(crate) fn start(lists: Arc<Lists>, now: impl Fn() -> i64 + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = sync_channel::<()>(0);
        let thread = std::thread::Builder::new().name("lists".to_owned()).spawn(move || {
            // Nothing is ever sent: this ends when the other end is dropped.
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                lists.refresh(now());
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that looks at lists had panicked");
        }
    }
}
