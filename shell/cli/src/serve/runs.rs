//! What this server carries out: one order at a time, what became of the last ones, and what stops one while it holds the right to write.
//!
//! It is in memory alone: what happened to an order is in the ledger, and that it is to be stopped beside it, whatever is forgotten here. Who stops one
//! tells it here so that it ends at once.

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
    /// Who has the one that goes on stopped, and why.
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

    /// Has the order's run end, if it goes on; whether it does.
    pub(super) fn stop(&self, order: OrderId, user: &UserName, reason: &Text) -> bool {
        let mut held = self.held();
        let is_going = held.going == Some(order);
        if is_going {
            // Who was first is told.
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

    /// Whether somebody has it stopped.
    pub(super) fn is_stopped(&self) -> bool {
        self.held().stop.is_some()
    }

    /// Waits, but not beyond the time that a run goes on by itself; whether it is to go on then.
    pub(super) fn wait(&self, time: Duration, told: &str, now: Timestamp) -> bool {
        let mut held = self.held();
        let Some(run) = held.going.and_then(|order| held.runs.get_mut(&order)) else { return false };
        told.clone_into(&mut run.told);
        let left = Duration::try_from(RUN - now.duration_since(run.begun)).unwrap_or_default();
        if left.is_zero() {
            return false;
        }
        let time = time.min(left);
        let goes_on = |held: &mut Held| held.stop.is_none() && !held.is_ending;
        let (held, _) = self.changed.wait_timeout_while(held, time, goes_on).unwrap_or_else(PoisonError::into_inner);
        held.stop.is_none() && !held.is_ending
    }

    /// The one that went on is over; whether somebody had it stopped meanwhile.
    pub(super) fn end_run(&self, is_good: bool, told: &str, steps: &[(u32, String)]) -> bool {
        let mut held = self.held();
        let stop = held.stop.take();
        let told = match &stop {
            // It had come to its end before anything could be stopped.
            Some((user, reason)) if !is_good => format!("{user} stopped it: {reason}"),
            _ => told.to_owned(),
        };
        if let Some(run) = held.going.take().and_then(|order| held.runs.get_mut(&order)) {
            (run.is_going, run.is_good, run.told, run.steps) = (false, is_good, told, steps.to_vec());
        }
        self.changed.notify_all();
        stop.is_some()
    }

    /// Begins nothing more, and has what goes on send nothing more.
    pub(super) fn close(&self) {
        self.held().is_ending = true;
        self.changed.notify_all();
    }

    /// The same, and returns when what goes on is over: the call in hand is answered and recorded.
    pub(super) fn end(&self) {
        self.close();
        let held = self.held();
        drop(self.changed.wait_while(held, |held| held.going.is_some()).unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::Runs;
    use jiff::{SignedDuration, Timestamp};
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
        assert!(runs.is_going(one) && runs.is_stopped());
        assert!(runs.end_run(false, "it waits", &[]), "it is for the run to have it recorded");
        let run = runs.of(one).unwrap();
        assert!(!run.is_going && run.told == "ada stopped it: too dear" && runs.of(two).is_none());
        assert!(runs.begin(two, true, &ada, now) && runs.why_halted().is_none() && !runs.is_stopped());
        // It came too late: everything was done.
        assert!(runs.stop(two, &ada, &why) && runs.end_run(true, "done: every step", &[]));
        assert_eq!(runs.of(two).unwrap().told, "done: every step");
    }

    #[test]
    fn a_server_that_ends_has_its_run_send_nothing_more_before_it_waits_for_it() {
        let (runs, now) = (Runs::default(), Timestamp::UNIX_EPOCH);
        let [one, two] = [1, 2].map(|byte| OrderId::from_bytes([byte; 32]));
        let ada = "ada".parse().unwrap();
        assert!(runs.begin(one, true, &ada, now));
        runs.close();
        assert_eq!(runs.why_halted().as_deref(), Some("the server is ending"));
        assert!(runs.is_going(one) && !runs.wait(Duration::from_secs(600), "step 1 waits", now));
        assert!(!runs.end_run(false, "step 1 waits", &[]));
        runs.end();
        assert!(!runs.begin(two, true, &ada, now), "the server is ending");
    }

    #[test]
    fn a_run_waits_no_longer_than_it_may_go_on() {
        let (runs, now) = (Runs::default(), Timestamp::UNIX_EPOCH);
        let one = OrderId::from_bytes([1; 32]);
        assert!(runs.begin(one, true, &"ada".parse().unwrap(), now));
        let almost = now + SignedDuration::from_hours(2) - SignedDuration::from_millis(1);
        assert!(runs.wait(Duration::from_secs(600), "step 1 waits", almost), "it looks once more at the end of its time");
        assert!(!runs.wait(Duration::from_secs(600), "step 1 waits", now + SignedDuration::from_hours(2)));
    }
}
