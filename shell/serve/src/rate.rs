//! How often an address may ask for what takes work: a bucket of tokens for each, filled at a steady rate.
//!
//! Who asks from this machine is not counted: they have its processors anyway.

use crate::route::{Method, Route};
use crate::throttle::network;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// A full bucket: an office that opens its browsers.
const TOKENS_MAX: i64 = 600;
/// So many a second come back.
const TOKENS_PER_SECOND: i64 = 20;
/// What a page or an answer about a customer's data takes.
const USUAL: i64 = 1;
/// What reads all there is takes, and what has the identity provider asked.
const HEAVY: i64 = 10;
/// Routes that do.
const HEAVY_PATHS: [&str; 4] = ["/explore.csv", "/ledger/verify", "/login/oidc", "/login/oidc/return"];
/// So many addresses are remembered; beyond them those whose buckets are full again are forgotten, then all.
const REMEMBERED_MAX: usize = 20_000;

/// The buckets.
#[derive(Debug, Default)]
pub(crate) struct Rate(Mutex<BTreeMap<IpAddr, Bucket>>);

/// What an address has left, in thousandths, and since when.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    thousandths: i64,
    at: Timestamp,
}

impl Bucket {
    /// With what has come back until now. A clock that was set back gives nothing.
    fn filled(self, now: Timestamp) -> Self {
        let millis = i64::try_from(now.duration_since(self.at).as_millis()).unwrap_or(i64::MAX).max(0);
        let more = millis.saturating_mul(TOKENS_PER_SECOND);
        Self { thousandths: self.thousandths.saturating_add(more).min(TOKENS_MAX * 1_000), at: now }
    }
}

impl Rate {
    /// Takes what a request costs; if there is not enough, how many seconds to wait.
    pub(crate) fn take(&self, route: &Route, from: IpAddr, now: Timestamp) -> Result<(), i64> {
        let price = price(route) * 1_000;
        if price == 0 || from.to_canonical().is_loopback() {
            return Ok(());
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_MAX {
            all.retain(|_, bucket| bucket.filled(now).thousandths < TOKENS_MAX * 1_000);
            if all.len() >= REMEMBERED_MAX {
                all.clear();
            }
        }
        let bucket = all.entry(network(from)).or_insert(Bucket { thousandths: TOKENS_MAX * 1_000, at: now });
        *bucket = bucket.filled(now);
        if bucket.thousandths < price {
            let lacks = price - bucket.thousandths;
            return Err((lacks / (TOKENS_PER_SECOND * 1_000)).max(0) + 1);
        }
        bucket.thousandths -= price;
        Ok(())
    }
}

/// Only these and what shows a customer's data take work; what changes something has its own limits.
fn price(route: &Route) -> i64 {
    match route.method {
        Method::Get if HEAVY_PATHS.contains(&route.path) => HEAVY,
        Method::Get if route.word.is_some() => USUAL,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;
    use crate::ROUTES;
    use crate::route::{Method, Route};
    use jiff::{SignedDuration, Timestamp};

    fn at(seconds: i64) -> Timestamp {
        "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    fn route(path: &str) -> &'static Route {
        ROUTES.iter().find(|route| route.path == path && route.method == Method::Get).unwrap()
    }

    /// How many of so many requests are let through.
    fn passed(rate: &Rate, path: &str, from: &str, seconds: i64) -> usize {
        (0..2_000).filter(|_| rate.take(route(path), from.parse().unwrap(), at(seconds)).is_ok()).count()
    }

    #[test]
    fn an_address_has_so_many_at_once_and_more_as_time_passes() {
        let rate = Rate::default();
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 0), 600);
        assert_eq!(rate.take(route("/explore"), "192.0.2.1".parse().unwrap(), at(0)), Err(1));
        assert_eq!(passed(&rate, "/explore", "192.0.2.2", 0), 600, "another address");
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 3), 60);
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 2), 0, "a clock that was set back");
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 3_600), 600, "and never more than the bucket holds");
    }

    #[test]
    fn what_reads_everything_takes_more_and_what_shows_nothing_takes_none() {
        let rate = Rate::default();
        assert_eq!(passed(&rate, "/explore.csv", "2001:db8::1", 0), 60);
        assert_eq!(passed(&rate, "/", "2001:db8::2", 0), 0, "the same network");
        assert_eq!(passed(&rate, "/login", "2001:db8::2", 0), 2_000);
        assert_eq!(passed(&rate, "/explore.csv", "127.0.0.1", 0), 2_000, "this machine");
    }
}
