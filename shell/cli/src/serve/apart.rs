//! What is done about orders beside the answers: counted, so that the end of the server waits for it and names what it cuts off.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes on, by what it is.
#[derive(Debug, Default)]
pub(super) struct Apart {
    going: Mutex<BTreeMap<&'static str, usize>>,
    /// Told of every end.
    changed: Condvar,
}

/// Something that goes on as long as this lives.
#[derive(Debug)]
pub(super) struct Part {
    of: Arc<Apart>,
    what: &'static str,
}

impl Apart {
    fn going(&self) -> MutexGuard<'_, BTreeMap<&'static str, usize>> {
        self.going.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something goes on.
    pub(super) fn begin(self: &Arc<Self>, what: &'static str) -> Part {
        *self.going().entry(what).or_default() += 1;
        Part { of: Arc::clone(self), what }
    }

    /// Waits for all that goes on, but no longer than that; what goes on still, in words.
    pub(super) fn end(&self, wait: Duration) -> Option<String> {
        let goes_on = |going: &mut BTreeMap<_, _>| !going.is_empty();
        let (going, _) = self.changed.wait_timeout_while(self.going(), wait, goes_on).unwrap_or_else(PoisonError::into_inner);
        (!going.is_empty()).then(|| going.keys().copied().collect::<Vec<_>>().join(", "))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let mut going = self.of.going();
        if let Some(count) = going.get_mut(self.what) {
            *count -= 1;
            if *count == 0 {
                going.remove(self.what);
            }
        }
        self.of.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::Apart;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn what_goes_on_is_waited_for_and_named_when_it_takes_too_long() {
        let apart = Arc::new(Apart::default());
        assert_eq!(apart.end(Duration::ZERO), None);
        let parts = [apart.begin("an approval"), apart.begin("an approval"), apart.begin("the making of an order")];
        assert_eq!(apart.end(Duration::ZERO).as_deref(), Some("an approval, the making of an order"));
        let [one, two, three] = parts;
        drop((one, three));
        assert_eq!(apart.end(Duration::ZERO).as_deref(), Some("an approval"));
        let other = std::thread::spawn(move || drop(two));
        assert_eq!(apart.end(Duration::from_secs(60)), None);
        other.join().unwrap();
    }
}
