//! What is still owed, and for how long. Defined in `docs/metrics.md`.

use super::attention::Horizon;
use super::commitment::Commitment;
use super::exits::{ExitRules, Exits};
use super::ratio::Ratio;
use jiff::Timestamp;
use tenor_money::Money;

/// Seconds of a month: a twelfth of a term of one year.
const MONTH_SECONDS: i128 = 2_628_000;

/// What commitments still bind.
#[derive(Debug, Clone, Copy, Default)]
pub struct LockIn {
    /// Amortized cost from now to the ends of the terms.
    pub obligation: Money,
    /// What of it is still to be paid; the rest was paid upfront.
    pub cash: Money,
    /// The part of the obligation that a return could still undo.
    pub returnable: Money,
    /// Commitments that run and whose end or hourly cost is not known: in none of these amounts.
    pub unknown: u64,
    /// Commitments whose term goes on while their fees stopped: held no more, and in none of these amounts.
    pub gone: u64,
    /// Cost of an hour of each, and that times its remaining seconds: the mean's two sums, in units of 10⁻¹².
    hourly: i128,
    hourly_seconds: i128,
}

impl LockIn {
    /// Of these commitments at a moment.
    #[must_use]
    pub fn of<'a>(commitments: impl IntoIterator<Item = &'a Commitment>, as_of: Timestamp, rules: &ExitRules) -> Self {
        let horizon = Horizon { as_of: as_of.as_second(), soon_seconds: 0 };
        let mut lock_in = Self::default();
        for commitment in commitments {
            if horizon.is_over(commitment) {
                lock_in.gone += u64::from(!horizon.has_ended(commitment));
                continue;
            }
            let seconds = horizon.remaining_seconds(commitment);
            let known = seconds.and_then(|seconds| {
                let ((obligation, cash), (hourly, _)) = (commitment.cost_of(seconds)?, commitment.cost_of(3600)?);
                Some((obligation, cash, hourly, hourly.units().checked_mul(i128::from(seconds))?))
            });
            let Some((obligation, cash, hourly, hourly_seconds)) = known else {
                lock_in.unknown += 1;
                continue;
            };
            lock_in.obligation += obligation;
            lock_in.cash += cash;
            let exits = Exits::of(&commitment.facts, commitment.hourly_commitment, as_of, rules);
            if exits.returnable_until.is_some() {
                lock_in.returnable += obligation;
            }
            lock_in.hourly += hourly.units();
            lock_in.hourly_seconds += hourly_seconds;
        }
        lock_in
    }

    /// Remaining months, weighted by what an hour costs; none when nothing is held.
    #[must_use]
    pub fn weighted_months(&self) -> Option<Ratio> {
        Ratio::of_units(self.hourly_seconds, self.hourly.checked_mul(MONTH_SECONDS)?)
    }
}
