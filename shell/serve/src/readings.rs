//! Who looks at a customer's data is recorded, beside the answers: in groups, by a task of its own.
//!
//! A page waits for its line to be taken, not for the disk. When the disk is too slow, or refuses, pages wait: nothing is dropped, and what cannot be
//! recorded is not shown. Of what was taken before the disk first refused, a second's worth was answered already.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tenor_state::{AccessHead, AccessLog, Reading};
use tokio::sync::{mpsc, oneshot, watch};
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
    /// Whether the disk refuses just now.
    refuses: watch::Receiver<bool>,
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
        let (refusing, refuses) = watch::channel(false);
        // A server before this one may have died before the ledger had its last entry.
        let sealed = Arc::new(AtomicU64::new(log.sealed()));
        tokio::spawn(record(log, from, Disk { refusing, note }));
        Self { to, refuses, sealed }
    }

    /// Takes a line; it is durable within a second or so. While the disk refuses, none is taken.
    ///
    /// # Errors
    /// When nobody records any more.
    pub(crate) async fn saw(&self, reading: Reading) -> Result<(), NotRecorded> {
        if self.refuses.clone().wait_for(|refuses| !*refuses).await.is_err() {
            return Err(NotRecorded);
        }
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

/// Where lines are written, and who hears of it when they cannot be.
struct Disk<N> {
    refusing: watch::Sender<bool>,
    note: N,
}

async fn record(mut log: AccessLog, mut from: mpsc::Receiver<Message>, disk: Disk<impl Fn(&str)>) {
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
        log = disk.durable(log, group).await;
        for done in waiting {
            // Who asked may have gone.
            let _ = done.send(log.head().clone());
        }
    }
}

impl<N: Fn(&str)> Disk<N> {
    /// Writes a group, however often that takes.
    async fn durable(&self, mut log: AccessLog, group: Vec<Reading>) -> AccessLog {
        let group = Arc::new(group);
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
                    if self.refusing.send_replace(false) {
                        (self.note)("what is looked at is recorded again");
                    }
                    return log;
                }
                Err(error) => {
                    if !self.refusing.send_replace(true) {
                        (self.note)(&format!(
                            "what is looked at cannot be recorded, and pages wait for it: {}",
                            crate::reply::chain(&error)
                        ));
                    }
                    sleep(RETRY_PAUSE).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Readings;
    use std::fs;
    use std::future::ready;
    use std::pin::{Pin, pin};
    use tenor_state::{AccessLog, Reading, read_access};
    use tokio::sync::mpsc;

    fn reading(user: &str) -> Reading {
        let moment = "2026-01-02T03:04:05Z".parse().unwrap();
        Reading { moment, user: user.to_owned(), token: None, route: "cost", address: "/".to_owned(), status: 200 }
    }

    /// Whether somebody waits for what they asked.
    async fn waits<T>(asked: &mut Pin<&mut impl Future<Output = T>>) -> bool {
        tokio::select! {
            biased;
            _ = asked.as_mut() => false,
            () = ready(()) => true,
        }
    }

    #[tokio::test]
    async fn while_the_disk_refuses_nobodys_look_is_taken() {
        let home = tempfile::tempdir().unwrap();
        let (told, mut notes) = mpsc::unbounded_channel();
        let log = AccessLog::open(home.path()).unwrap();
        // Where the first file should come there is a folder.
        let file = home.path().join("access/access-000000000001.jsonl");
        fs::create_dir(&file).unwrap();
        let readings = Readings::begin(log, move |note| told.send(note.to_owned()).unwrap());
        readings.saw(reading("ada")).await.unwrap();
        let mut flushed = pin!(readings.flush());
        assert!(waits(&mut flushed).await);
        assert!(notes.recv().await.unwrap().starts_with("what is looked at cannot be recorded, and pages wait for it: cannot make `"));
        let mut saw = pin!(readings.saw(reading("ben")));
        assert!(waits(&mut saw).await, "what cannot be recorded is not shown");
        fs::remove_dir(&file).unwrap();
        assert_eq!(notes.recv().await.unwrap(), "what is looked at is recorded again");
        assert_eq!(flushed.await.unwrap().sequence, 1);
        saw.await.unwrap();
        assert_eq!(readings.flush().await.unwrap().sequence, 2);
        let mut users = Vec::new();
        read_access(home.path(), &mut |entry| users.push(entry.user)).unwrap();
        assert_eq!(users, ["ada", "ben"]);
    }
}
