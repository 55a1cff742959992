//! What was read of commitments last, for the next snapshot, which has most of it too. It decides nothing of what is read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenor_lake::store::SnapshotMark;
use tenor_query::commitments::Shown;
use tenor_query::cost::Range;
use tenor_query::{Engine, QueryError};

const ALL: Range = Range { from: None, to: None };

/// The place of what was read last.
#[derive(Clone, Default)]
pub(super) struct Place(Arc<Mutex<Read>>);

#[derive(Default)]
struct Read {
    /// Of which snapshot it is all there is; none where it was given up on the way.
    whole: Option<SnapshotMark>,
    shown: Option<Arc<Shown>>,
}

/// A reading on its way.
pub(super) struct Reading {
    place: Place,
    before: Option<Arc<Shown>>,
    /// What it has put into the place last, or found there.
    held: Mutex<Option<Arc<Shown>>>,
}

impl Place {
    /// All that was read of a snapshot.
    pub(super) fn whole(&self, mark: SnapshotMark) -> Option<Arc<Shown>> {
        let read = locked(&self.0);
        read.shown.clone().filter(|_| read.whole == Some(mark))
    }

    /// A reading that begins with what there is.
    pub(super) fn begin(&self) -> Reading {
        let before = locked(&self.0).shown.clone();
        Reading { place: self.clone(), before: before.clone(), held: Mutex::new(before) }
    }
}

impl Reading {
    /// Reads; what was read before it was given up is there for whoever asks again.
    pub(super) async fn shown(&self, engine: &Engine) -> Result<Shown, QueryError> {
        let tell = |shown: Shown| self.keep(None, &Arc::new(shown));
        engine.shown_by_lots(&ALL, self.before.as_deref(), &tell).await
    }

    /// Keeps what was read, unless another reading has kept something else meanwhile: of two snapshots, each would take the other's away.
    pub(super) fn keep(&self, whole: Option<SnapshotMark>, shown: &Arc<Shown>) {
        let (mut read, mut held) = (locked(&self.place.0), locked(&self.held));
        if read.shown.as_ref().map(Arc::as_ptr) == held.as_ref().map(Arc::as_ptr) {
            *read = Read { whole, shown: Some(Arc::clone(shown)) };
            *held = Some(Arc::clone(shown));
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Place;
    use std::sync::Arc;
    use tenor_lake::store::SnapshotMark;
    use tenor_query::commitments::Shown;

    #[test]
    fn of_two_readings_at_once_the_one_that_keeps_first_stays() {
        let (folder, place) = (tempfile::tempdir().unwrap(), Place::default());
        let mark = || SnapshotMark::look(folder.path()).unwrap();
        let first = mark();
        std::fs::write(folder.path().join("exchange.json"), "1").unwrap();
        let second = mark();
        let (one, other) = (place.begin(), place.begin());
        one.keep(None, &Arc::new(Shown::default()));
        assert!(place.whole(second).is_none(), "a part is no answer");
        one.keep(Some(second), &Arc::new(Shown::default()));
        other.keep(Some(first), &Arc::new(Shown::default()));
        assert!(place.whole(second).is_some() && place.whole(first).is_none());
    }
}
