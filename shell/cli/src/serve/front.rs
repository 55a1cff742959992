//! Which bills the first page shows while what it asks of a new snapshot is not answered yet: those before it, and not for long.
//!
//! It is for looking alone: whatever is decided, bought or told to a program is of the bills as they are.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tenor_lake::store::SnapshotMark;

/// So long, at most, are the bills before an import shown; from then on the page waits for the new ones.
const BEFORE_MAX: Duration = Duration::from_secs(60);

/// How far the questions of the first page are answered.
#[derive(Default)]
pub(super) struct Front(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// The last snapshot of which they are.
    answered: Option<SnapshotMark>,
    /// Since when there is a newer one.
    since: Option<Instant>,
}

impl Front {
    /// They were asked of a snapshot; a question that was refused has its answer too.
    pub(super) fn answered(&self, mark: SnapshotMark) {
        *self.lock() = Seen { answered: Some(mark), since: None };
    }

    /// The snapshot that stands in for the one of `mark`: none where its own questions are answered, there was none before it, or it has been there
    /// for too long.
    pub(super) fn before(&self, mark: SnapshotMark, now: Instant) -> Option<SnapshotMark> {
        let mut seen = self.lock();
        let answered = seen.answered.filter(|answered| *answered != mark)?;
        // From the first that differs: one import after the other does not keep old bills on the page.
        let since = *seen.since.get_or_insert(now);
        (now.saturating_duration_since(since) < BEFORE_MAX).then_some(answered)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{BEFORE_MAX, Front};
    use std::time::{Duration, Instant};
    use tenor_lake::store::SnapshotMark;

    fn mark(version: &str) -> SnapshotMark {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("exchange.json"), version).unwrap();
        SnapshotMark::look(folder.path()).unwrap()
    }

    #[test]
    fn the_bills_before_stand_in_for_a_minute_at_most() {
        let (front, begin) = (Front::default(), Instant::now());
        let [first, second, third] = ["1", "2", "3"].map(mark);
        assert_eq!(front.before(first, begin), None, "nothing was before");
        front.answered(first);
        assert_eq!(front.before(first, begin), None, "it is answered");
        assert_eq!(front.before(second, begin), Some(first));
        let late = begin + BEFORE_MAX.saturating_sub(Duration::from_secs(1));
        assert_eq!(front.before(third, late), Some(first), "one more import");
        assert_eq!(front.before(third, begin + BEFORE_MAX), None, "which does not make it longer");
        front.answered(third);
        assert_eq!(front.before(first, begin + 2 * BEFORE_MAX), Some(third), "and the next import has a minute of its own");
    }
}
