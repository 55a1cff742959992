//! Who looks at a customer's data is recorded, beside the answers: in groups, by a task of its own.
//!
//! A page waits for its line to be taken, not for the disk. When the disk is too slow, or refuses, pages wait: nothing is dropped, and what cannot be
//! recorded is not shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tenor_state::{AccessHead, AccessLog, Reading};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};

/// So many lines are made durable at once, at most.
const GROUP_MAX: usize = 256;
/// A line waits no longer for others.
const GROUP_TIME: Duration = Duration::from_secs(1);
/// So many lines wait; who brings one more waits too.
const WAITING_MAX: usize = 1_024;
/// How long to wait when the disk refuses.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Where readings go.
#[derive(Debug, Clone)]
pub struct Readings {
    to: mpsc::Sender<Message>,
    /// The last entry that the ledger has the hash of.
    sealed: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Seen(Reading),
    /// Somebody waits until all before it is durable.
    Flush(oneshot::Sender<AccessHead>),
}

/// Nobody records any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what is looked at cannot be recorded any more")]
pub struct NotRecorded;

impl Readings {
    /// Begins to record; `note` is told when the disk refuses, and again when it does no more.
    ///
    /// # Panics
    /// Outside a runtime.
    #[must_use]
    pub fn begin(log: AccessLog, note: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let (to, from) = mpsc::channel(WAITING_MAX);
        tokio::spawn(record(log, from, note));
        // A server before this one may have died before the ledger had its last entry.
        Self { to, sealed: Arc::default() }
    }

    /// Takes a line; it is durable within a second or so.
    ///
    /// # Errors
    /// When nobody records any more.
    pub(crate) async fn saw(&self, reading: Reading) -> Result<(), NotRecorded> {
        self.to.send(Message::Seen(reading)).await.map_err(|_| NotRecorded)
    }

    /// Waits until all that was taken before is durable, and says how far the log goes then.
    ///
    /// # Errors
    /// When nobody records any more.
    pub(crate) async fn flush(&self) -> Result<AccessHead, NotRecorded> {
        let (done, flushed) = oneshot::channel();
        self.to.send(Message::Flush(done)).await.map_err(|_| NotRecorded)?;
        flushed.await.map_err(|_| NotRecorded)
    }

    /// The same, where there is more than what the ledger knows of.
    pub(crate) async fn unsealed(&self) -> Result<Option<AccessHead>, NotRecorded> {
        let head = self.flush().await?;
        Ok((head.sequence > self.sealed.load(Ordering::SeqCst)).then_some(head))
    }

    /// The ledger has the hash of this entry.
    pub(crate) fn sealed(&self, sequence: u64) {
        self.sealed.fetch_max(sequence, Ordering::SeqCst);
    }
}

async fn record(mut log: AccessLog, mut from: mpsc::Receiver<Message>, note: impl Fn(&str)) {
    while let Some(first) = from.recv().await {
        let (mut group, mut waiting, end) = (Vec::new(), Vec::new(), Instant::now() + GROUP_TIME);
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Seen(reading) => group.push(reading),
                Message::Flush(done) => waiting.push(done),
            }
            if group.len() >= GROUP_MAX || !waiting.is_empty() {
                break;
            }
            next = timeout_at(end, from.recv()).await.unwrap_or_default();
        }
        log = durable(log, group, &note).await;
        for done in waiting {
            // Who asked may have gone.
            let _ = done.send(log.head().clone());
        }
    }
}

/// Writes a group, however often that takes.
async fn durable(mut log: AccessLog, group: Vec<Reading>, note: &impl Fn(&str)) -> AccessLog {
    let (group, mut has_failed) = (Arc::new(group), false);
    loop {
        let lines = Arc::clone(&group);
        let (back, written) = crate::home::blocking(move || {
            let written = log.append(&lines);
            (log, written)
        })
        .await;
        log = back;
        match written {
            Ok(()) => {
                if has_failed {
                    note("what is looked at is recorded again");
                }
                return log;
            }
            Err(error) => {
                if !has_failed {
                    note(&format!("what is looked at cannot be recorded, and pages wait for it: {}", crate::reply::chain(&error)));
                }
                has_failed = true;
                sleep(RETRY_PAUSE).await;
            }
        }
    }
}
