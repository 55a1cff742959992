//! Changes the owner knows of: an account shuts down in March, a product grows by 30% in the second quarter.

use crate::level::level;
use crate::past::Past;
use tenor_bill::Hour;
use tenor_money::UnitPrice;

/// Parts in which a change counts.
const WHOLE: u64 = 1000;

/// A known change to the series with certain labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Columns and the values they must have; without any, all series change.
    pub of: Vec<(String, String)>,
    /// The first hour it holds.
    pub from: Hour,
    /// The first hour it no longer holds, if it passes.
    pub until: Option<Hour>,
    /// What it does.
    pub effect: Effect,
    /// The hour from which on the owner knows: a decision made before it takes no notice.
    pub told: Hour,
}

/// What a change does to usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is used any more.
    Ends,
    /// Usage grows or, below zero, shrinks by so many thousandths: +30% are 300.
    Grows {
        /// The thousandths; below -1,000 it is -1,000.
        thousandths: i64,
    },
}

/// All known changes; several to one series multiply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlay {
    /// In any order.
    pub changes: Vec<Change>,
}

impl Overlay {
    /// What usage of a series is multiplied by in an hour from `now` on, in thousandths, rounded down, as far as it is told by then. What
    /// has begun before `now` is in the demand already; once it has passed, its growth is gone again.
    #[must_use]
    pub fn thousandths(&self, columns: &[String], labels: &[String], now: Hour, hour: Hour) -> u64 {
        let told = self.changes.iter().filter(|change| change.told <= now && change.is_of(columns, labels));
        told.fold(WHOLE, |factor, change| change.span().laid_over(factor, change.effect.times(), now.epoch_hours(), hour.epoch_hours()))
    }

    /// The part of a series that is worth committing to for a term from now, in thousandths, at most the whole: growth is bought when
    /// it comes.
    #[must_use]
    pub fn lasting(&self, past: &Past<'_>, series: usize, term_hours: usize, price: UnitPrice, on_demand: UnitPrice) -> u64 {
        if self.changes.is_empty() {
            return WHOLE;
        }
        let now = past.first().epoch_hours() + past.hours() as i64;
        let labels = past.series()[series].labels;
        let at =
            |hour: usize| self.thousandths(past.columns(), labels, Hour::from_epoch_hours(now), Hour::from_epoch_hours(now + hour as i64));
        let mut factors: Vec<u64> = (0..term_hours).step_by(24).map(|hour| at(hour).min(WHOLE)).collect();
        level(&mut factors, price, on_demand)
    }
}

/// The hours in which a change holds, counted from that of the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// The first.
    pub(crate) from: i64,
    /// The first after them, if it passes.
    pub(crate) until: Option<i64>,
}

impl Span {
    /// A factor of usage in an hour, in thousandths, with a change that multiplies usage by some thousandths laid over what is known at a decision. What
    /// began before the decision is in the demand already, and is taken back once it has passed; what had passed by the decision has left the demand too.
    pub(crate) fn laid_over(self, factor: u64, thousandths: u64, now: i64, hour: i64) -> u64 {
        let (begins, is_over) = (self.from >= now, self.until.is_some_and(|until| hour >= until));
        // By the last hour that is known it still held.
        let held_at_the_end = self.until.is_some_and(|until| until >= now);
        match (begins, is_over, thousandths) {
            (true, false, times) if hour >= self.from => factor.saturating_mul(times) / WHOLE,
            // What has ended for a while says nothing of what will be used afterwards.
            (false, true, times @ 1..) if held_at_the_end => factor.saturating_mul(WHOLE) / times,
            _ => factor,
        }
    }
}

impl Change {
    /// Whether it changes a series of these labels.
    #[must_use]
    pub fn is_of(&self, columns: &[String], labels: &[String]) -> bool {
        let has = |(column, value): &(String, String)| columns.iter().zip(labels).any(|(name, label)| name == column && label == value);
        self.of.iter().all(has)
    }

    /// Whether a decision at `now` has any use for it: it is told, and begins or passes from then on.
    #[must_use]
    pub fn is_news(&self, now: Hour) -> bool {
        self.told <= now && (self.from >= now || self.until.is_some_and(|until| until >= now))
    }

    fn span(&self) -> Span {
        Span { from: self.from.epoch_hours(), until: self.until.map(Hour::epoch_hours) }
    }
}

impl Effect {
    /// What it multiplies usage by, in thousandths.
    fn times(self) -> u64 {
        match self {
            Self::Ends => 0,
            Self::Grows { thousandths } => u64::try_from(thousandths.saturating_add(WHOLE as i64)).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Effect, Overlay};
    use crate::{Demand, DemandSeries, Past};
    use tenor_bill::Hour;

    /// At hour 10, when the changes are told at hour 3.
    fn lasting(changes: &[(i64, Option<i64>, Effect)]) -> u64 {
        lasting_told(3, changes)
    }

    fn lasting_told(told: i64, changes: &[(i64, Option<i64>, Effect)]) -> u64 {
        let hour = Hour::from_epoch_hours;
        let change = |(from, until, effect): &(i64, Option<i64>, Effect)| Change {
            of: vec![("account".to_owned(), "x".to_owned())],
            from: hour(*from),
            until: until.map(hour),
            effect: *effect,
            told: hour(told),
        };
        let overlay = Overlay { changes: changes.iter().map(change).collect() };
        let series = DemandSeries { labels: vec!["x".to_owned()], decimals: 0, cells: vec![7; 10] };
        let demand = Demand::new(hour(0), 10, vec!["account".to_owned()], vec![series], Vec::new()).unwrap();
        overlay.lasting(&Past::of(&demand, 10), 0, 1000, "1".parse().unwrap(), "2".parse().unwrap())
    }

    #[test]
    fn what_ends_before_it_pays_is_not_committed_to() {
        assert_eq!(lasting(&[(200, None, Effect::Ends)]), 0);
        assert_eq!(lasting(&[(900, None, Effect::Ends)]), 1000);
        assert_eq!(lasting(&[(100, Some(300), Effect::Ends)]), 1000);
    }

    #[test]
    fn growth_is_bought_when_it_comes_and_a_cut_leaves_its_rest() {
        assert_eq!(lasting(&[(200, None, Effect::Grows { thousandths: 300 })]), 1000);
        assert_eq!(lasting(&[(200, None, Effect::Grows { thousandths: -400 })]), 600);
        assert_eq!(lasting(&[(200, None, Effect::Grows { thousandths: -400 }), (300, None, Effect::Grows { thousandths: -500 })]), 300);
    }

    #[test]
    fn what_has_already_happened_is_in_the_demand() {
        assert_eq!(lasting(&[(9, None, Effect::Ends)]), 1000);
    }

    #[test]
    fn what_is_told_later_is_not_known() {
        let ends = [(200, None, Effect::Ends)];
        assert_eq!([9, 10, 11].map(|told| lasting_told(told, &ends)), [0, 0, 1000]);
    }

    #[test]
    fn growth_that_passes_is_not_committed_to_while_it_lasts() {
        let grown = |until| lasting(&[(5, Some(until), Effect::Grows { thousandths: 600 })]);
        // 1,000 hours at half the price: half of them are to be used.
        assert_eq!([9, 10, 300, 900].map(grown), [1000, 625, 625, 1000]);
        assert_eq!(lasting(&[(5, Some(300), Effect::Grows { thousandths: -600 })]), 1000, "what comes back is bought when it does");
        assert_eq!(lasting(&[(5, Some(300), Effect::Ends)]), 1000, "nothing is not multiplied");
    }
}
