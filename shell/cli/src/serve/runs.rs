//! What this server carries out: one order at a time, what became of the last ones, and what stops one while it holds the right to write.
//!
//! It is in memory alone: what happened to an order is in the ledger, whatever is forgotten here.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tenor_ledger::{OrderId, Text};
use tenor_serve::Run;
use tenor_state::UserName;

/// A run goes on by itself for so long; then somebody begins it anew.
const RUN: SignedDuration = SignedDuration::from_hours(2);
/// So many runs are remembered.
const REMEMBERED_MAX: usize = 100;

/// What this server carries out, and what became of it.
#[derive(Debug, Default)]
pub(super) struct Runs {
    held: Mutex<Held>,
    /// Told of every change.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Held {
    going: Option<OrderId>,
    /// Who wants the one that goes on stopped, and why.
    stop: Option<(UserName, Text)>,
    is_ending: bool,
    runs: BTreeMap<OrderId, Run>,
}

impl Runs {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one, unless one goes on or the server ends.
    pub(super) fn begin(&self, order: OrderId, is_live: bool, user: &UserName, now: Timestamp) -> bool {
        let mut held = self.held();
        if held.going.is_some() || held.is_ending {
            return false;
        }
        (held.going, held.stop) = (Some(order), None);
        if held.runs.len() >= REMEMBERED_MAX && !held.runs.contains_key(&order) {
            let oldest = held.runs.iter().min_by_key(|(_, run)| run.begun).map(|(order, _)| *order);
            oldest.map(|order| held.runs.remove(&order));
        }
        let told = "it is going on".to_owned();
        let run = Run { user: user.to_string(), begun: now, is_live, is_going: true, is_good: false, told, steps: Vec::new() };
        held.runs.insert(order, run);
        true
    }

    pub(super) fn is_going(&self, order: OrderId) -> bool {
        self.held().going == Some(order)
    }

    /// What is known of an order's last run here.
    pub(super) fn of(&self, order: OrderId) -> Option<Run> {
        self.held().runs.get(&order).cloned()
    }

    /// Has the order's run send nothing more, if it goes on.
    pub(super) fn stop(&self, order: OrderId, user: &UserName, reason: &Text) -> bool {
        let mut held = self.held();
        let is_going = held.going == Some(order);
        if is_going {
            // Who was first is recorded.
            held.stop.get_or_insert((user.clone(), reason.clone()));
            self.changed.notify_all();
        }
        is_going
    }

    /// Why nothing more is sent, if so.
    pub(super) fn why_halted(&self) -> Option<String> {
        let held = self.held();
        let stopped = held.stop.as_ref().map(|(user, reason)| format!("{user} stops the order: {reason}"));
        stopped.or_else(|| held.is_ending.then(|| "the server is ending".to_owned()))
    }

    /// Waits; whether the run is to go on then.
    pub(super) fn wait(&self, time: Duration, told: &str, now: Timestamp) -> bool {
        let mut held = self.held();
        let Some(run) = held.going.and_then(|order| held.runs.get_mut(&order)) else { return false };
        told.clone_into(&mut run.told);
        if now.duration_since(run.begun) >= RUN {
            return false;
        }
        let goes_on = |held: &mut Held| held.stop.is_none() && !held.is_ending;
        let (held, _) = self.changed.wait_timeout_while(held, time, goes_on).unwrap_or_else(PoisonError::into_inner);
        held.stop.is_none() && !held.is_ending
    }

    /// The one that went on is over, unless somebody wants it stopped: then who does, and why, which is to be recorded first.
    pub(super) fn end_run(&self, is_good: bool, told: &str, steps: &[(u32, String)]) -> Option<(UserName, Text)> {
        let mut held = self.held();
        let stop = held.stop.take();
        if stop.is_none() {
            if let Some(run) = held.going.take().and_then(|order| held.runs.get_mut(&order)) {
                (run.is_going, run.is_good, run.told, run.steps) = (false, is_good, told.to_owned(), steps.to_vec());
            }
            self.changed.notify_all();
        }
        stop
    }

    /// Begins nothing more, and returns when what goes on is over: the call in hand is answered and recorded, and no other leaves.
    pub(super) fn end(&self) {
        let mut held = self.held();
        held.is_ending = true;
        self.changed.notify_all();
        drop(self.changed.wait_while(held, |held| held.going.is_some()).unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::Runs;
    use jiff::Timestamp;
    use std::time::Duration;
    use tenor_ledger::{OrderId, Text};

    #[test]
    fn one_order_runs_at_a_time_and_is_stopped_while_it_does() {
        let (runs, now) = (Runs::default(), Timestamp::UNIX_EPOCH);
        let [one, two] = [1, 2].map(|byte| OrderId::from_bytes([byte; 32]));
        let (ada, why) = ("ada".parse().unwrap(), Text::fitted("too dear"));
        assert!(runs.begin(one, true, &ada, now));
        assert!(!runs.begin(two, true, &ada, now) && !runs.stop(two, &ada, &why));
        assert_eq!(runs.why_halted(), None);
        assert!(runs.stop(one, &ada, &why));
        assert_eq!(runs.why_halted().as_deref(), Some("ada stops the order: too dear"));
        assert!(!runs.wait(Duration::from_secs(600), "step 1 waits", now), "who stops it need not wait");
        assert_eq!(runs.end_run(false, "it waits", &[]), Some((ada.clone(), why)), "it is recorded before the run is over");
        assert!(runs.is_going(one));
        assert_eq!(runs.end_run(false, "ada stopped it", &[]), None);
        let run = runs.of(one).unwrap();
        assert!(!run.is_going && run.told == "ada stopped it" && runs.of(two).is_none());
        assert!(runs.begin(two, true, &ada, now) && runs.why_halted().is_none());
        assert_eq!(runs.end_run(true, "done", &[]), None);
        runs.end();
        assert!(!runs.begin(two, true, &ada, now), "the server is ending");
    }
}
