//! How often somebody may try to log in: after a few failures a user's name, and an address, wait twice as long each time.
//!
//! A try counts as a failure before it is made, so that many at once are no way around it. A name waits whether it is a user's or not.

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

impl Failures {
    /// Until when nothing more is tried.
    fn until(&self, free: u32) -> Timestamp {
        let beyond = self.count.saturating_sub(free);
        let seconds = if beyond == 0 { 0 } else { (1_i64 << beyond.min(20)).min(WAIT_SECONDS_MAX) };
        self.last + SignedDuration::from_secs(seconds)
    }
}

impl Throttle {
    /// Whether a name may be tried from an address now; if so, the try is counted. If not, how many seconds to wait.
    pub(crate) fn attempt(&self, name: &str, from: IpAddr, now: Timestamp) -> Result<(), i64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = [(Tried::Name(name.chars().take(64).collect()), FREE_OF_NAMES), (Tried::From(network(from)), FREE_OF_ADDRESSES)];
        for (key, free) in &keys {
            if let Some(failures) = all.get(key) {
                let wait = failures.until(*free).duration_since(now).as_secs();
                // A clock that was set back far does not lock anybody out.
                if (1..=WAIT_SECONDS_MAX).contains(&wait) {
                    return Err(wait);
                }
            }
        }
        forget(&mut all, now);
        for (key, _) in keys {
            let failures = all.entry(key).or_insert(Failures { count: 0, last: now });
            *failures = Failures { count: failures.count.saturating_add(1), last: now };
        }
        Ok(())
    }

    /// They are who they say.
    pub(crate) fn succeeded(&self, name: &str, from: IpAddr) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&Tried::Name(name.chars().take(64).collect()));
        if let Some(failures) = all.get_mut(&Tried::From(network(from))) {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

/// Whoever has one address of IPv6 has all of its network.
fn network(address: IpAddr) -> IpAddr {
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
    all.retain(|_, failures| now.duration_since(failures.last).as_secs() < FORGET_SECONDS);
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
        assert_eq!(throttle.attempt("eve", here, at(0)), Ok(()), "another name");
        assert_eq!(throttle.attempt("ada", here, at(2)), Ok(()));
        assert_eq!(throttle.attempt("ada", here, at(2)), Err(4));
        throttle.succeeded("ada", here);
        assert_eq!(throttle.attempt("ada", here, at(2)), Ok(()));
    }

    #[test]
    fn an_address_waits_whatever_names_it_tries() {
        let (throttle, here) = (Throttle::default(), "2001:db8::1".parse().unwrap());
        let tries = (0..30).filter(|n| throttle.attempt(&format!("user{n}"), here, at(0)).is_ok()).count();
        assert_eq!(tries, 21);
        assert_eq!(throttle.attempt("other", "2001:db8::2".parse().unwrap(), at(0)), Err(2), "the same network");
        assert_eq!(throttle.attempt("other", "2001:db8:1::2".parse().unwrap(), at(0)), Ok(()));
    }
}
