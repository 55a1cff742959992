//! What all connections share: the books, and where they are kept.

use super::buckets::{Buckets, Objects, Turn};
use super::{Store, StoreError};
use crate::cloud::{Cloud, Due, Failed, Moment};
use jiff::Timestamp;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The books of a sandbox that runs.
///
/// A change holds them until it is in the file: whoever comes next sees what is kept and nothing else, and one that cannot be kept is taken
/// back. What nobody was promised (the clock, what it settled, refused calls in CloudTrail) is written once a second and at the end.
pub(super) struct Shared {
    cloud: Mutex<Cloud>,
    /// Where the books are kept; none for a sandbox that lives as long as its process.
    store: Option<Store>,
    /// Where bills are delivered to; none where there is no store.
    buckets: Option<Buckets>,
    /// Whether something that nobody was promised is in memory alone, or what is written is not known to outlast the machine.
    is_behind: AtomicBool,
    /// Whether the latest try to write that was failed.
    is_failing: AtomicBool,
    /// The time of the machine, which signatures are checked against.
    pub(super) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Opens the control requests, which are not AWS's.
    pub(super) control_key: String,
}

/// Something broke in the midst of a change, which is taken back. A bug of the sandbox's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox broke over it and has taken it back; its own output says where")]
pub struct Broken;

impl Shared {
    pub(super) fn new(cloud: Cloud, store: Option<Store>, clock: Box<dyn Fn() -> Timestamp + Send + Sync>, control_key: String) -> Self {
        let buckets = store.as_ref().map(|store| Buckets::at(store.buckets()));
        let (is_behind, is_failing) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { cloud: Mutex::new(cloud), store, buckets, is_behind, is_failing, clock, control_key }
    }

    /// The books. [`Shared::attempt`] leaves them whole, whatever happens in it.
    pub(super) fn cloud(&self) -> MutexGuard<'_, Cloud> {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the books. If it breaks, the change that it had begun is taken back.
    pub(super) fn attempt<T>(cloud: &mut Cloud, work: impl FnOnce(&mut Cloud) -> T) -> Result<T, Broken> {
        catch_unwind(AssertUnwindSafe(|| work(cloud))).map_err(|_| {
            cloud.take_back();
            Broken
        })
    }

    /// Writes the books, before anyone is told of a change in them. If that fails, the change is taken back. One that is in the file and only
    /// not synced stands: whoever opens the file finds it. It is synced with what is written next, which is soon.
    pub(super) fn keep_change(&self, cloud: &mut Cloud) -> Result<(), StoreError> {
        let kept = self.keep(cloud);
        if kept.is_err() {
            // Time has passed all the same.
            self.fall_behind();
        }
        match kept {
            Ok(()) | Err(StoreError::Unsynced { .. }) => {
                cloud.confirm();
                Ok(())
            }
            Err(error) => {
                cloud.take_back();
                Err(error)
            }
        }
    }

    /// Writes the books.
    pub(super) fn keep(&self, cloud: &Cloud) -> Result<(), StoreError> {
        self.store.as_ref().map_or(Ok(()), |store| store.save(cloud))?;
        self.is_behind.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Whether something of `due` has to be written before somebody is told of the bucket, or of that key in it alone.
    pub(super) fn lacks(&self, due: &[Due], key: Option<&str>) -> bool {
        let Some(buckets) = &self.buckets else { return false };
        due.iter().any(|due| !buckets.has(due)) && key.is_none_or(|key| !buckets.has_key(due, key))
    }

    /// The turn to write deliveries; none where there is no store.
    pub(super) async fn turn(&self) -> Option<Turn> {
        match &self.buckets {
            Some(buckets) => Some(buckets.turn().await),
            None => None,
        }
    }

    /// Writes what is due in a bucket and not there yet, unless that was tried since the moment `asked` or fails by itself. It takes its time, and nobody
    /// holds the books meanwhile: they are copied so far as bills go.
    pub(super) fn deliver(&self, turn: &mut Turn, bucket: &str, asked: Moment) {
        let Some(buckets) = &self.buckets else { return };
        let cloud = self.cloud();
        let lacking = |due: &Due| !buckets.has(due) && !cloud.has_failed_for(&due.delivery.id, asked);
        let due: Vec<Due> = cloud.due(bucket).into_iter().filter(lacking).collect();
        if due.is_empty() {
            return;
        }
        let bills = cloud.bills_part();
        drop(cloud);
        for (id, written) in buckets.deliver(turn, &bills, &due) {
            let failed = written.as_ref().err().map(|error| Failed { at: bills.books.now, is_lasting: error.is_lasting() });
            let is_news = self.cloud().note_delivery(&id, failed);
            if let (Err(error), true) = (written, is_news) {
                let again = if error.is_lasting() { "when asked for a minute later" } else { "when asked for" };
                // There may be nobody left who reads it.
                drop(writeln!(io::stderr(), "warning: delivery {id} into bucket {bucket} failed, and is tried again {again}: {error}"));
            }
        }
    }

    /// How many deliveries were begun to be written.
    #[cfg(test)]
    pub(super) fn tries(&self) -> u32 {
        self.buckets.as_ref().map_or(0, |buckets| buckets.tries.load(Ordering::Relaxed))
    }

    /// The objects of a bucket that are there.
    pub(super) fn objects(&self, bucket: &str, due: &[Due]) -> Arc<Objects> {
        self.buckets.as_ref().map(|buckets| buckets.objects(bucket, due)).unwrap_or_default()
    }

    /// There is something that is to be written soon.
    pub(super) fn fall_behind(&self) {
        self.is_behind.store(true, Ordering::Relaxed);
    }

    /// Writes what is in memory alone. What keeps it from that is returned once; it is tried again the next time.
    pub(super) fn catch_up(&self) -> Result<(), StoreError> {
        if !self.is_behind.load(Ordering::Relaxed) {
            return Ok(());
        }
        let kept = self.keep(&self.cloud());
        let was_failing = self.is_failing.swap(kept.is_err(), Ordering::Relaxed);
        if was_failing { Ok(()) } else { kept }
    }
}
