//! How often somebody may try to log in: after a few failures a user's name, and an address, wait twice as long each time.
//!
//! A try counts as a failure before it is made, so that many at once are no way around it; what turns out to be none is taken back, and so is when it
//! was. A name waits whether it is a user's or not.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// So many failures cost a name nothing; people mistype.
const FREE_OF_NAMES: u32 = 5;
/// Behind one address there may be an office.
const FREE_OF_ADDRESSES: u32 = 20;
/// The longest wait.
const WAIT_SECONDS_MAX: i64 = 900;
/// After this time without a try, all is forgotten.
const FORGET_SECONDS: i64 = 3_600;
/// So many names and addresses are remembered; beyond them the oldest are forgotten.
const REMEMBERED_MAX: usize = 20_000;

/// Who fails to log in.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<BTreeMap<Tried, Failures>>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Tried {
    Name(String),
    From(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// A try that was let through, and when its address failed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) struct Attempt {
    at: Timestamp,
    before: Option<Timestamp>,
}

impl Failures {
    /// Whether it is so long ago that it counts no more.
    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.last).as_secs() >= FORGET_SECONDS
    }

    /// Until when nothing more is tried.
    fn until(&self, free: u32) -> Timestamp {
        let beyond = self.count.saturating_sub(free);
        let seconds = if beyond == 0 { 0 } else { (1_i64 << beyond.min(20)).min(WAIT_SECONDS_MAX) };
        self.last + SignedDuration::from_secs(seconds)
    }
}

impl Throttle {
    /// Whether a name may be tried from an address now; if so, the try is counted. If not, how many seconds to wait.
    pub(crate) fn attempt(&self, name: &str, from: IpAddr, now: Timestamp) -> Result<Attempt, i64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = Tried::From(network(from));
        let keys = [(Tried::Name(name.chars().take(64).collect()), FREE_OF_NAMES), (address.clone(), FREE_OF_ADDRESSES)];
        for (key, free) in &keys {
            if all.get(key).is_some_and(|failures| failures.is_over(now)) {
                all.remove(key);
            }
            if let Some(failures) = all.get(key) {
                let wait = failures.until(*free).duration_since(now).as_secs();
                // A clock that was set back far does not lock anybody out.
                if (1..=WAIT_SECONDS_MAX).contains(&wait) {
                    return Err(wait);
                }
            }
        }
        forget(&mut all, now);
        let before = all.get(&address).map(|failures| failures.last);
        for (key, _) in keys {
            let failures = all.entry(key).or_insert(Failures { count: 0, last: now });
            *failures = Failures { count: failures.count.saturating_add(1), last: now };
        }
        Ok(Attempt { at: now, before })
    }

    /// They are who they say: the try was no failure.
    pub(crate) fn succeeded(&self, name: &str, from: IpAddr, attempt: Attempt) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&Tried::Name(name.chars().take(64).collect()));
        let address = Tried::From(network(from));
        let Some(failures) = all.get_mut(&address) else { return };
        failures.count = failures.count.saturating_sub(1);
        // Others may have tried from there meanwhile.
        if failures.last == attempt.at {
            failures.last = attempt.before.unwrap_or(failures.last);
        }
        if failures.count == 0 {
            all.remove(&address);
        }
    }
}

/// Whoever has one address of IPv6 has all of its network.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.into(),
            None => std::net::Ipv6Addr::from_bits(address.to_bits() & (!0 << 64)).into(),
        },
        IpAddr::V4(_) => address,
    }
}

fn forget(all: &mut BTreeMap<Tried, Failures>, now: Timestamp) {
    if all.len() < REMEMBERED_MAX {
        return;
    }
    all.retain(|_, failures| !failures.is_over(now));
    while all.len() >= REMEMBERED_MAX {
        let oldest = all.iter().min_by_key(|(_, failures)| failures.last).map(|(key, _)| key.clone());
        oldest.map(|key| all.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::Throttle;
    use jiff::{SignedDuration, Timestamp};

    fn at(seconds: i64) -> Timestamp {
        "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_name_waits_twice_as_long_after_each_failure_and_not_after_a_success() {
        let (throttle, here) = (Throttle::default(), "192.0.2.1".parse().unwrap());
        let tried: Vec<_> = (0..9).map(|_| throttle.attempt("ada", here, at(0)).err()).collect();
        assert_eq!(tried, [None, None, None, None, None, None, Some(2), Some(2), Some(2)]);
        assert!(throttle.attempt("eve", here, at(0)).is_ok(), "another name");
        let attempt = throttle.attempt("ada", here, at(2)).unwrap();
        assert_eq!(throttle.attempt("ada", here, at(2)), Err(4));
        throttle.succeeded("ada", here, attempt);
        assert!(throttle.attempt("ada", here, at(2)).is_ok());
    }

    #[test]
    fn an_address_waits_whatever_names_it_tries() {
        let (throttle, here) = (Throttle::default(), "2001:db8::1".parse().unwrap());
        let tries = (0..30).filter(|n| throttle.attempt(&format!("user{n}"), here, at(0)).is_ok()).count();
        assert_eq!(tries, 21);
        assert_eq!(throttle.attempt("other", "2001:db8::2".parse().unwrap(), at(0)), Err(2), "the same network");
        assert!(throttle.attempt("other", "2001:db8:1::2".parse().unwrap(), at(0)).is_ok());
    }

    #[test]
    fn an_address_waits_no_longer_for_who_logs_in_from_it_and_is_forgiven_in_time() {
        for wait in [900, 3_600] {
            let (throttle, here) = (Throttle::default(), "192.0.2.1".parse().unwrap());
            let mut seconds = 0;
            for n in 0..40 {
                while let Err(more) = throttle.attempt(&format!("user{n}"), here, at(seconds)) {
                    seconds += more;
                }
            }
            seconds += wait;
            for name in ["ada", "eve", "ben"] {
                let attempt = throttle.attempt(name, here, at(seconds)).unwrap();
                throttle.succeeded(name, here, attempt);
            }
            let fails = (0..30).take_while(|n| throttle.attempt(&format!("other{n}"), here, at(seconds)).is_ok()).count();
            assert_eq!(fails, if wait == 900 { 1 } else { 21 });
        }
    }
}
