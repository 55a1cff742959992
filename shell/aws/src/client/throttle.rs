//! How fast AWS is asked: a token bucket and a number of calls at once, per account and service.
//!
//! AWS counts by account and API; what is throttled halves the rate here, and every good answer wins a little of it back.

use super::clock::Clock;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Calls at once to one service of one account.
const AT_ONCE_MAX: usize = 8;
/// Calls that may leave together after a pause.
const BURST: u64 = 20;
/// Milli-calls a second: the usual rate and the least.
const RATE_MAX: u64 = 10_000;
const RATE_MIN: u64 = 200;
/// Cost Explorer and Organizations allow fewer.
const SLOW: [(&str, u64); 4] = [("ce", 5_000), ("organizations", 4_000), ("pricing", 5_000), ("cur", 2_000)];
/// What a good answer wins back, in milli-calls a second.
const RECOVERY: u64 = 100;

/// Buckets by account and service.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<BTreeMap<(String, String), Lane>>);

#[derive(Debug)]
struct Lane {
    at_once: Arc<Semaphore>,
    /// In millionths of a call.
    tokens: u64,
    rate: u64,
    rate_max: u64,
    filled: Timestamp,
}

impl Throttle {
    /// Waits until a call may leave; the permit is held until its answer has come.
    pub async fn enter(&self, account: &str, service: &str, clock: &dyn Clock) -> OwnedSemaphorePermit {
        let at_once = Arc::clone(&self.lane(account, service, clock.now()).at_once);
        let permit = at_once.acquire_owned().await.expect("nobody closes it");
        loop {
            let wait = self.lane(account, service, clock.now()).take(clock.now());
            match wait {
                None => return permit,
                Some(wait) => clock.sleep(wait).await,
            }
        }
    }

    /// AWS said it was too much.
    pub fn slow_down(&self, account: &str, service: &str, now: Timestamp) {
        let mut lane = self.lane(account, service, now);
        lane.rate = (lane.rate / 2).max(RATE_MIN);
        lane.tokens = 0;
    }

    /// AWS answered.
    pub fn speed_up(&self, account: &str, service: &str, now: Timestamp) {
        let mut lane = self.lane(account, service, now);
        lane.rate = (lane.rate + RECOVERY).min(lane.rate_max);
    }

    fn lane(&self, account: &str, service: &str, now: Timestamp) -> Held<'_> {
        let key = (account.to_owned(), service.to_owned());
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.entry(key.clone()).or_insert_with(|| Lane::new(service, now));
        Held { lanes, key }
    }
}

/// A lane, with the lock around all.
struct Held<'a> {
    lanes: MutexGuard<'a, BTreeMap<(String, String), Lane>>,
    key: (String, String),
}

impl std::ops::Deref for Held<'_> {
    type Target = Lane;
    fn deref(&self) -> &Lane {
        self.lanes.get(&self.key).expect("it was put there when it was taken hold of")
    }
}

impl std::ops::DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Lane {
        self.lanes.get_mut(&self.key).expect("it was put there when it was taken hold of")
    }
}

const CALL: u64 = 1_000_000;

impl Lane {
    fn new(service: &str, now: Timestamp) -> Self {
        let rate = SLOW.iter().find(|(slow, _)| *slow == service).map_or(RATE_MAX, |(_, rate)| *rate);
        Self { at_once: Arc::new(Semaphore::new(AT_ONCE_MAX)), tokens: BURST * CALL, rate, rate_max: rate, filled: now }
    }

    /// Takes a call out of the bucket, or says how long until there is one.
    fn take(&mut self, now: Timestamp) -> Option<Duration> {
        let passed = u64::try_from(now.as_microsecond().saturating_sub(self.filled.as_microsecond())).unwrap_or(0);
        // A milli-call a second is a billionth of a call a microsecond, a thousandth of the bucket's unit.
        self.tokens = self.tokens.saturating_add(passed.saturating_mul(self.rate) / 1_000).min(BURST * CALL);
        self.filled = now;
        if self.tokens >= CALL {
            self.tokens -= CALL;
            return None;
        }
        Some(Duration::from_micros((CALL - self.tokens).saturating_mul(1_000) / self.rate + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::Lane;
    use jiff::{SignedDuration, Timestamp};

    /// How many calls leave in so many seconds when all want to at once.
    fn calls(lane: &mut Lane, seconds: i64) -> u32 {
        let end = lane.filled + SignedDuration::from_secs(seconds);
        let (mut now, mut calls) = (lane.filled, 0);
        while now <= end {
            match lane.take(now) {
                None => calls += 1,
                Some(wait) => now += SignedDuration::try_from(wait).unwrap(),
            }
        }
        calls
    }

    #[test]
    fn after_a_burst_the_rate_holds() {
        let mut lane = Lane::new("ec2", Timestamp::UNIX_EPOCH);
        assert!((119..=120).contains(&calls(&mut lane, 10)), "a burst of 20 and ten a second");
        assert!((99..=100).contains(&calls(&mut lane, 10)));
        let mut slow = Lane::new("ce", Timestamp::UNIX_EPOCH);
        assert!((69..=70).contains(&calls(&mut slow, 10)));
        slow.rate = 200;
        slow.tokens = 0;
        assert!((1..=2).contains(&calls(&mut slow, 10)));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut lane = Lane::new("ec2", Timestamp::from_second(100).unwrap());
        lane.tokens = 0;
        assert!(lane.take(Timestamp::UNIX_EPOCH).is_some());
    }
}
