//! How often an address may ask for what takes work: a bucket of tokens for each, filled at a steady rate.
//!
//! Who asks from this machine is not counted: they have its processors anyway. Behind a proxy that is everybody of whom it does not say where they are.

use crate::route::{Kind, Method, Route};
use crate::throttle::network;
use jiff::{SignedDuration, Timestamp};
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
const HEAVY_PATHS: [&str; 18] = [
    "/explore.csv",
    "/ledger/verify",
    "/login/oidc",
    "/login/oidc/return",
    "/readyz",
    "/access",
    "/access/{id}",
    "/access/{id}/template",
    "/settings",
    "/setup",
    "/api/v1/access",
    "/api/v1/access/{id}",
    "/api/v1/access/{id}/template",
    "/api/v1/jobs/outbox",
    "/api/v1/ledger/verify",
    "/api/v1/settings",
    "/api/v1/setup",
    "/api/v1/proposals/{id}/what-if",
];
/// Of what is refused to an address, one thing in so long is recorded: the record is not to be filled by whoever is refused.
const RECORDED_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// So many addresses are remembered; beyond them those whose buckets are full again are forgotten, then all.
const REMEMBERED_MAX: usize = 20_000;

/// The buckets.
#[derive(Debug)]
pub(crate) struct Rate {
    is_behind_proxy: bool,
    buckets: Mutex<BTreeMap<IpAddr, Bucket>>,
}

/// Somebody asks more than they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    /// So long.
    pub(crate) seconds: i64,
    /// Whether it is to be recorded.
    pub(crate) is_recorded: bool,
}

/// What an address has left, in thousandths, and since when; and when it was last recorded that it was refused.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    thousandths: i64,
    at: Timestamp,
    recorded: Option<Timestamp>,
}

impl Bucket {
    /// With what has come back until now. A clock that was set back gives nothing.
    fn filled(self, now: Timestamp) -> Self {
        let millis = i64::try_from(now.duration_since(self.at).as_millis()).unwrap_or(i64::MAX).max(0);
        let more = millis.saturating_mul(TOKENS_PER_SECOND);
        Self { thousandths: self.thousandths.saturating_add(more).min(TOKENS_MAX * 1_000), at: now, ..self }
    }
}

impl Rate {
    /// With full buckets for everybody.
    pub(crate) const fn new(is_behind_proxy: bool) -> Self {
        Self { is_behind_proxy, buckets: Mutex::new(BTreeMap::new()) }
    }

    /// Takes what a request costs; if there is not enough, says how long to wait.
    pub(crate) fn take(&self, route: &Route, from: IpAddr, now: Timestamp) -> Result<(), Wait> {
        let price = price(route) * 1_000;
        let is_exempt = from.to_canonical().is_loopback() && !self.is_behind_proxy;
        if price == 0 || is_exempt {
            return Ok(());
        }
        let mut all = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_MAX {
            all.retain(|_, bucket| bucket.filled(now).thousandths < TOKENS_MAX * 1_000);
            if all.len() >= REMEMBERED_MAX {
                all.clear();
            }
        }
        let full = Bucket { thousandths: TOKENS_MAX * 1_000, at: now, recorded: None };
        let bucket = all.entry(network(from)).or_insert(full);
        *bucket = bucket.filled(now);
        if bucket.thousandths < price {
            let lacks = price - bucket.thousandths;
            let is_recorded = bucket.recorded.is_none_or(|last| now.duration_since(last).abs() >= RECORDED_EVERY);
            if is_recorded {
                bucket.recorded = Some(now);
            }
            return Err(Wait { seconds: (lacks / (TOKENS_PER_SECOND * 1_000)).max(0) + 1, is_recorded });
        }
        bucket.thousandths -= price;
        Ok(())
    }
}

/// Stopping is the safe side, and is never to wait.
const STOP: &str = "/stop";

/// These, what shows a customer's data, and what programs change: they ask without end. What people change by forms has its own limits.
fn price(route: &Route) -> i64 {
    match route.method {
        Method::Post if matches!(route.kind, Kind::Api(_)) && !route.path.ends_with(STOP) => HEAVY,
        Method::Get if HEAVY_PATHS.contains(&route.path) => HEAVY,
        Method::Get if route.word.is_some() => USUAL,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAVY_PATHS, Rate, Wait};
    use crate::ROUTES;
    use crate::route::{Method, Route};
    use jiff::{SignedDuration, Timestamp};

    fn at(seconds: i64) -> Timestamp {
        "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
    }

    fn route(path: &str) -> &'static Route {
        by(Method::Get, path)
    }

    fn by(method: Method, path: &str) -> &'static Route {
        ROUTES.iter().find(|route| route.path == path && route.method == method).unwrap()
    }

    /// How many of so many requests are let through.
    fn passed(rate: &Rate, path: &str, from: &str, seconds: i64) -> usize {
        (0..2_000).filter(|_| rate.take(route(path), from.parse().unwrap(), at(seconds)).is_ok()).count()
    }

    #[test]
    fn an_address_has_so_many_at_once_and_more_as_time_passes() {
        let rate = Rate::new(false);
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 0), 600);
        let take = |seconds| rate.take(route("/explore"), "192.0.2.1".parse().unwrap(), at(seconds));
        assert_eq!(take(0), Err(Wait { seconds: 1, is_recorded: false }), "the one before it is recorded");
        assert_eq!(passed(&rate, "/explore", "192.0.2.2", 0), 600, "another address");
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 3), 60);
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 2), 0, "a clock that was set back");
        assert_eq!(passed(&rate, "/explore", "192.0.2.1", 3_600), 600, "and never more than the bucket holds");
    }

    #[test]
    fn what_reads_everything_takes_more_and_what_shows_nothing_takes_none() {
        let rate = Rate::new(false);
        assert_eq!(passed(&rate, "/explore.csv", "2001:db8::1", 0), 60);
        assert_eq!(passed(&rate, "/", "2001:db8::2", 0), 0, "the same network");
        assert_eq!(passed(&rate, "/login", "2001:db8::2", 0), 2_000);
        assert_eq!(passed(&rate, "/explore.csv", "127.0.0.1", 0), 2_000, "this machine");
    }

    #[test]
    fn what_programs_change_takes_more_and_stopping_takes_none() {
        let rate = Rate::new(false);
        let passed = |path: &str| {
            let take = |_: &i32| rate.take(by(Method::Post, path), "192.0.2.1".parse().unwrap(), at(0)).is_ok();
            (0..1_000).filter(take).count()
        };
        assert_eq!(passed("/api/v1/orders"), 60);
        assert_eq!((passed("/api/v1/proposals"), passed("/api/v1/jobs/{name}/run")), (0, 0), "the same bucket");
        assert_eq!((passed("/api/v1/orders/{id}/stop"), passed("/api/v1/settings/stop"), passed("/orders")), (1_000, 1_000, 1_000));
    }

    #[test]
    fn what_takes_more_is_a_route() {
        for path in HEAVY_PATHS {
            assert!(ROUTES.iter().any(|route| route.path == path && route.method == Method::Get), "{path}");
        }
    }

    #[test]
    fn of_what_is_refused_one_a_second_is_recorded() {
        let rate = Rate::new(false);
        let from = "192.0.2.1".parse().unwrap();
        let refused: Vec<_> = (0..2_000)
            .filter_map(|at_once| rate.take(route("/explore"), from, at(at_once / 1_000)).err())
            .map(|wait| wait.is_recorded)
            .collect();
        assert_eq!((refused.len(), refused.iter().filter(|is_recorded| **is_recorded).count()), (2_000 - 620, 2));
        assert!(refused[0]);
    }

    #[test]
    fn behind_a_proxy_this_machine_is_counted_too() {
        let rate = Rate::new(true);
        assert_eq!(passed(&rate, "/readyz", "127.0.0.1", 0), 60);
        assert_eq!(passed(&Rate::new(false), "/readyz", "::1", 0), 2_000);
    }
}
