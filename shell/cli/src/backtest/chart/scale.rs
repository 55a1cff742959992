//! Scales: which values an axis marks, and where names stand that must not lie on each other. Whole numbers only.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

/// Marks that an axis of time has at most.
const MOMENTS_MAX: usize = 9;

/// Round values that enclose a span, about `count` of them: steps of 1, 2 or 5 times a power of ten.
pub(super) fn round_values(low: i128, high: i128, count: i128) -> Vec<i128> {
    let least = ((high - low) / count).max(1);
    let powers = std::iter::successors(Some(1_i128), |power| power.checked_mul(10));
    let mut steps = powers.flat_map(|power| [1, 2, 5].map(|times| power.saturating_mul(times)));
    let step = steps.find(|step| *step >= least).unwrap_or(least);
    let (first, last) = (low.div_euclid(step), -(-high).div_euclid(step));
    (first..=last.max(first + 1)).map(|times| times * step).collect()
}

/// First days of months, quarters, half-years or years within a span of hours, as hours since the epoch.
pub(super) fn moments(first: i64, end: i64) -> Vec<(i64, String)> {
    let every = |months: i64| months_within(first, end, months);
    let steps = [1, 3, 6, 12, 24, 60];
    let found = steps.into_iter().map(|months| (months, every(months))).find(|(_, found)| found.len() <= MOMENTS_MAX);
    let (months, found) = found.unwrap_or_default();
    let label = |day: Date| if months % 12 == 0 { day.strftime("%Y").to_string() } else { day.strftime("%b %Y").to_string() };
    if found.len() >= 2 {
        return found.into_iter().map(|(hour, day)| (hour, label(day))).collect();
    }
    // Too short for months: its ends.
    [first, end].into_iter().filter_map(|hour| Some((hour, day_of(hour)?.to_string()))).collect()
}

fn months_within(first: i64, end: i64, step: i64) -> Vec<(i64, Date)> {
    let Some(day) = day_of(first) else { return Vec::new() };
    let months = i64::from(day.year()) * 12 + i64::from(day.month()) - 1;
    let from = months.div_euclid(step) * step;
    let day = |months: i64| {
        let (year, month) = (i16::try_from(months.div_euclid(12)).ok()?, i8::try_from(months.rem_euclid(12) + 1).ok()?);
        let day = Date::new(year, month, 1).ok()?;
        Some((TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_second() / 3600, day))
    };
    (0..).map_while(|at| day(from + at * step).filter(|(hour, _)| *hour <= end)).filter(|(hour, _)| *hour >= first).collect()
}

fn day_of(hour: i64) -> Option<Date> {
    Some(Timestamp::from_second(hour * 3600).ok()?.to_zoned(TimeZone::UTC).date())
}

/// Places near the wanted ones, which are in order, so that each is `apart` from the next and all lie within a span that has room for them.
pub(super) fn spread(wanted: &[i64], apart: i64, (top, bottom): (i64, i64)) -> Vec<i64> {
    let mut places = wanted.to_vec();
    let mut least = top;
    for place in &mut places {
        *place = (*place).max(least);
        least = *place + apart;
    }
    let mut most = bottom;
    for place in places.iter_mut().rev() {
        *place = (*place).min(most);
        most = *place - apart;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{moments, round_values, spread};

    #[test]
    fn axes_are_marked_at_round_values() {
        assert_eq!(round_values(-6, 42, 5), [-10, 0, 10, 20, 30, 40, 50]);
        assert_eq!(round_values(0, 6_517_680, 4), [0, 2_000_000, 4_000_000, 6_000_000, 8_000_000]);
        assert_eq!([round_values(0, 0, 5), round_values(-3, -3, 5)], [[0, 1], [-3, -2]]);
    }

    #[test]
    fn time_is_marked_at_first_days() {
        let labels = |days: i64| moments(482_256, 482_256 + days * 24).into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(", ");
        assert_eq!(labels(20), "2025-01-06, 2025-01-26");
        assert_eq!(labels(120), "Feb 2025, Mar 2025, Apr 2025, May 2025");
        assert_eq!(labels(400), "Apr 2025, Jul 2025, Oct 2025, Jan 2026");
        assert_eq!(labels(3_000), "2026, 2027, 2028, 2029, 2030, 2031, 2032, 2033");
    }

    #[test]
    fn names_do_not_lie_on_each_other() {
        assert_eq!(spread(&[50, 52, 53, 90], 10, (0, 100)), [50, 60, 70, 90]);
        assert_eq!(spread(&[80, 95, 96, 97], 10, (0, 100)), [70, 80, 90, 100]);
        assert_eq!(spread(&[], 10, (0, 100)), [0; 0]);
    }
}
