//! When bills are delivered: three times a day, as often as AWS does at most ([BOTO:bcm-data-exports] `FrequencyOption`). At which hours, and how
//! long it takes, is simulated.

use crate::cloud::moment::Moment;

const EVERY: i64 = 8 * 3600;
const QUERY_SECONDS: i64 = 20;
/// How long a delivery takes.
pub(super) const SECONDS: i64 = 60;

/// When deliveries of what was made at a moment began, the latest first.
pub(super) fn deliveries(made: Moment, now: Moment) -> impl Iterator<Item = Moment> {
    let first = (made.0.div_euclid(EVERY) + 1) * EVERY;
    let last = now.0.div_euclid(EVERY) * EVERY;
    let count = (last - first).div_euclid(EVERY) + 1;
    (0..count.max(0)).map(move |back| Moment(last - back * EVERY))
}

/// When the latest delivery ended that did.
pub(super) fn latest(made: Moment, now: Moment) -> Option<Moment> {
    deliveries(made, now).map(|began| began.later(SECONDS)).find(|ended| *ended <= now)
}

/// The word for how far a delivery is.
pub(super) fn state(began: Moment, now: Moment) -> &'static str {
    match now.0 - began.0 {
        ..QUERY_SECONDS => "QUERY_IN_PROCESS",
        QUERY_SECONDS..SECONDS => "DELIVERY_IN_PROCESS",
        SECONDS.. => "DELIVERY_SUCCESS",
    }
}

#[cfg(test)]
mod tests {
    use super::{deliveries, latest, state};
    use crate::cloud::moment::Moment;

    #[test]
    fn bills_are_delivered_every_eight_hours_after_they_were_asked_for() {
        let hour = |hours: i64| Moment(hours * 3600);
        let began = |made, now| deliveries(made, now).map(|at| at.0 / 3600).collect::<Vec<_>>();
        assert_eq!(began(hour(1), hour(7)), [0; 0]);
        assert_eq!(began(hour(1), hour(8)), [8]);
        assert_eq!(began(hour(8), hour(31)), [24, 16]);
        assert_eq!(latest(hour(1), hour(16)), Some(hour(8).later(60)));
        assert_eq!(latest(hour(1), hour(8)), None);
        let states = [0, 19, 20, 60].map(|seconds| state(hour(8), hour(8).later(seconds)));
        assert_eq!(states, ["QUERY_IN_PROCESS", "QUERY_IN_PROCESS", "DELIVERY_IN_PROCESS", "DELIVERY_SUCCESS"]);
    }
}
