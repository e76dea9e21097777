//! The next events of the journal, read some at a time.

use std::collections::VecDeque;

use tokio::sync::watch;

use crate::error::DeliveryError;
use crate::journal::{Entry, Journal};

/// Events read at a time.
const BATCH: usize = 64;

pub(crate) struct ReadAhead {
    journal: Journal,
    newest: watch::Receiver<u64>,
    /// First sequence that is not in `ready` yet.
    next: u64,
    ready: VecDeque<Entry>,
}

impl ReadAhead {
    pub(crate) fn new(journal: Journal) -> Self {
        let newest = journal.newest();
        Self { journal, newest, next: 1, ready: VecDeque::new() }
    }

    /// Starts over at `sequence`.
    pub(crate) fn seek(&mut self, sequence: u64) {
        self.next = sequence;
        self.ready.clear();
    }

    /// Waits until at least one event is ready. A dropped call loses nothing.
    pub(crate) async fn fill(&mut self) -> Result<(), DeliveryError> {
        while self.ready.is_empty() {
            let newest = *self.newest.borrow_and_update();
            if newest < self.next {
                self.newest.changed().await.map_err(|_| DeliveryError::Closed)?;
                continue;
            }
            let entries = self.journal.read(self.next, BATCH, &[]).await?;
            // An event that is newer than all others was deleted: there is nothing to send until the next one.
            self.next = entries.last().map_or(newest, |entry| entry.sequence) + 1;
            self.ready.extend(entries);
        }
        Ok(())
    }

    pub(crate) fn peek(&self) -> Option<&Entry> {
        self.ready.front()
    }

    pub(crate) fn take(&mut self) -> Option<Entry> {
        self.ready.pop_front()
    }
}
