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
    /// They were asked of a snapshot, and the lake is at `now` since; a question that was refused has its answer too. What was asked of one that has
    /// passed counts for nothing: it would give old bills another minute.
    pub(super) fn answered(&self, mark: SnapshotMark, now: SnapshotMark) {
        if mark == now {
            *self.lock() = Seen { answered: Some(mark), since: None };
        }
    }

    /// The lake was seen at a mark.
    pub(super) fn seen(&self, mark: SnapshotMark, now: Instant) {
        let mut seen = self.lock();
        if seen.answered == Some(mark) {
            // An import that was given up leaves the lake as it was.
            seen.since = None;
        } else {
            // From the first that differs: one import after the other does not keep old bills on the page.
            seen.since.get_or_insert(now);
        }
    }

    /// The snapshot that stands in for the one of `mark`: none where its own questions are answered, there was none before it, or it has been there
    /// for too long.
    pub(super) fn before(&self, mark: SnapshotMark, now: Instant) -> Option<SnapshotMark> {
        let seen = self.lock();
        let answered = seen.answered.filter(|answered| *answered != mark)?;
        // Nobody has seen it yet who counts: it is there since now.
        seen.since.is_none_or(|since| now.saturating_duration_since(since) < BEFORE_MAX).then_some(answered)
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
        front.answered(first, first);
        assert_eq!(front.before(first, begin), None, "it is answered");
        front.seen(second, begin);
        assert_eq!(front.before(second, begin), Some(first));
        let late = begin + BEFORE_MAX.saturating_sub(Duration::from_secs(1));
        front.seen(third, late);
        assert_eq!(front.before(third, late), Some(first), "one more import");
        assert_eq!(front.before(third, begin + BEFORE_MAX), None, "which does not make it longer");
        front.answered(third, third);
        front.seen(first, begin + 2 * BEFORE_MAX);
        assert_eq!(front.before(first, begin + 2 * BEFORE_MAX), Some(third), "and the next import has a minute of its own");
    }

    #[test]
    fn what_was_answered_of_bills_that_have_passed_gives_those_before_no_more_time() {
        let (front, begin) = (Front::default(), Instant::now());
        let [first, second, third] = ["1", "2", "3"].map(mark);
        front.answered(first, first);
        front.seen(second, begin);
        front.answered(second, third);
        front.seen(third, begin + BEFORE_MAX / 2);
        assert_eq!(front.before(third, begin + BEFORE_MAX / 2), Some(first));
        assert_eq!(front.before(third, begin + BEFORE_MAX), None);
    }

    #[test]
    fn an_import_that_was_given_up_takes_no_time_of_the_next_one() {
        let (front, begin) = (Front::default(), Instant::now());
        let [first, second] = ["1", "2"].map(mark);
        front.answered(first, first);
        front.seen(second, begin);
        front.seen(first, begin);
        front.seen(second, begin + BEFORE_MAX);
        assert_eq!(front.before(second, begin + BEFORE_MAX), Some(first));
    }
}
