//! Whether inputs fit together: they may come from a file that anybody wrote.

use super::inputs::{HISTORY_HOURS_MIN, Inputs, InputsError, PlanRate, plan_kind};
use std::collections::BTreeSet;
use tenor_bill::AccountId;
use tenor_money::{Money, Quantity, UnitPrice};

/// Futures at most.
const SCENARIOS_MAX: u32 = 1_000;
/// Ten years of history.
const HOURS_MAX: usize = 10 * 8_784;
/// Hours that a calendar reaches: about from 1 to 9999.
const EPOCH_HOURS_MAX: u64 = 70_000_000;
/// Prices stay below this by the hour, as a simulation wants them.
const PRICE_LIMIT: UnitPrice = UnitPrice::from_whole(100_000);
/// Fees at a start, and what a plan commits to, stay below this.
const FEE_LIMIT: Money = Money::from_whole(1_000_000_000);
/// Terms stay below ten years.
const SECONDS_MAX: i64 = 10 * 366 * 86_400;
/// Cells stay below this, so that they may be multiplied.
const CELL_MAX: u64 = 1 << 52;
/// Normalized units of one instance, in thousandths, stay below this: a thousand times those of the largest there is.
const FACTOR_MAX: u32 = 1_000_000_000;

fn misshapen(what: &'static str, place: usize, why: &'static str) -> Result<(), InputsError> {
    Err(InputsError::Misshapen { what, place, why })
}

fn is_price(price: UnitPrice) -> bool {
    (UnitPrice::ZERO..PRICE_LIMIT).contains(&price)
}

fn is_fee(fee: Money) -> bool {
    (Money::ZERO..FEE_LIMIT).contains(&fee)
}

fn is_share(fee: Quantity) -> bool {
    (Quantity::ZERO..=Quantity::from_whole(1)).contains(&fee)
}

fn is_sum(sum: Money) -> bool {
    sum.abs() < Money::from_whole(1_000_000_000_000)
}

fn is_term(start: i64, seconds: i64) -> bool {
    (start / 3_600).unsigned_abs() <= EPOCH_HOURS_MAX && (1..=SECONDS_MAX).contains(&seconds)
}

impl Inputs {
    /// Checks that all indices lead somewhere, all rows are of one length, and all numbers are such as a bill could have.
    ///
    /// # Errors
    /// When one does not, or there is too little history.
    pub fn check(&self) -> Result<(), InputsError> {
        if self.format != 1 {
            return Err(InputsError::Format(self.format));
        }
        self.policy.check()?;
        self.check_history()?;
        self.check_usage()?;
        self.check_offers()?;
        self.check_held()
    }

    fn check_history(&self) -> Result<(), InputsError> {
        if self.hours > HOURS_MAX || self.first.unsigned_abs() > EPOCH_HOURS_MAX {
            return misshapen("history", 0, "is longer or further away than any bill");
        }
        if !(1..=SCENARIOS_MAX).contains(&self.scenarios) {
            return misshapen("count of scenarios", 0, "is not from 1 to 1,000");
        }
        let mut end = 0;
        for (place, (from, to)) in self.unknown.iter().enumerate() {
            if *from < end || from >= to || *to > self.hours {
                return misshapen("unknown span", place, "is empty, out of order or beyond the history");
            }
            end = *to;
        }
        let known = self.hours - self.unknown.iter().map(|(from, to)| to - from).sum::<usize>();
        if known < HISTORY_HOURS_MIN {
            return Err(InputsError::TooShort { known, needed: HISTORY_HOURS_MIN });
        }
        for (place, change) in self.changes.iter().enumerate() {
            let moments = [Some(change.from), change.until];
            if moments.into_iter().flatten().any(|hour| hour.unsigned_abs() > EPOCH_HOURS_MAX) || change.thousandths > 1_000_000 {
                return misshapen("known change", place, "is of no calendar, or more than a thousandfold");
            }
        }
        let is_sound = |promise: &super::inputs::Promise| {
            promise.until.unsigned_abs() <= EPOCH_HOURS_MAX && is_sum(promise.amount) && is_sum(promise.expected)
        };
        match self.promises.iter().position(|promise| !is_sound(promise)) {
            Some(place) => misshapen("promise", place, "is of an amount or a time that nobody promises"),
            None => Ok(()),
        }
    }

    fn check_usage(&self) -> Result<(), InputsError> {
        let mut names = BTreeSet::new();
        for (place, class) in self.classes.iter().enumerate() {
            if class.buyer.parse::<AccountId>().is_err() || !names.insert(&class.name) {
                return misshapen("class", place, "has a buyer that is no account, or another's name");
            }
        }
        for (place, sku) in self.skus.iter().enumerate() {
            if sku.exact.is_some() != (sku.factor > 0) || (sku.exact.is_none() && !sku.families.is_empty()) || sku.factor > FACTOR_MAX {
                return misshapen("SKU", place, "has a factor without a reservation, or the reverse");
            }
            if sku.decimals > 12 || !is_price(sku.on_demand) {
                return misshapen("SKU", place, "has a price or decimals that no bill has");
            }
        }
        for (place, line) in self.lines.iter().enumerate() {
            if line.class >= self.classes.len() || line.sku >= self.skus.len() {
                return misshapen("line", place, "names a class or SKU that is not there");
            }
            if line.cells.len() != self.hours {
                return misshapen("line", place, "has another number of hours than the history");
            }
            if line.cells.iter().any(|cell| *cell > CELL_MAX) {
                return misshapen("line", place, "has more usage in an hour than can be counted");
            }
        }
        Ok(())
    }

    fn check_offers(&self) -> Result<(), InputsError> {
        for (place, offer) in self.reserved.iter().enumerate() {
            let known = self.skus.get(offer.sku).is_some_and(|sku| sku.exact.is_some());
            if !known || offer.term().is_none() || offer.payment().is_none() {
                return misshapen("reservation on sale", place, "is for no SKU that can be reserved, or of no term or payment sold");
            }
            if !is_price(offer.hourly) || !is_fee(offer.upfront) {
                return misshapen("reservation on sale", place, "has a price that no list has");
            }
        }
        for (place, offer) in self.plans.iter().enumerate() {
            let sound = is_share(offer.fee)
                && self.are_rates(&offer.rates)
                && offer.term().is_some()
                && offer.payment().is_some()
                && offer.kind().is_some();
            if !sound {
                return misshapen(
                    "plan on sale",
                    place,
                    "has rates out of order, a fee beyond list, or is of no kind, term or payment sold",
                );
            }
        }
        Ok(())
    }

    fn check_held(&self) -> Result<(), InputsError> {
        for (place, held) in self.held_reservations.iter().enumerate() {
            let matches = held.family.is_some() != held.exact.is_some();
            if held.class >= self.classes.len() || !matches || held.factor == 0 || held.factor > FACTOR_MAX {
                return misshapen("reservation held", place, "matches nothing, or is of no class");
            }
            if !is_term(held.start, held.seconds) || !is_price(held.hourly) || !is_fee(held.upfront) {
                return misshapen("reservation held", place, "has a term or price that no bill has");
            }
        }
        for (place, held) in self.held_plans.iter().enumerate() {
            if held.class >= self.classes.len() || !self.are_rates(&held.rates) || plan_kind(&held.kind).is_none() {
                return misshapen("plan held", place, "has rates out of order, or is of no kind or class");
            }
            if !is_share(held.fee) || !is_term(held.start, held.seconds) || !is_fee(held.recurring) || !is_fee(held.upfront) {
                return misshapen("plan held", place, "has a term or price that no bill has");
            }
        }
        Ok(())
    }

    fn are_rates(&self, rates: &[PlanRate]) -> bool {
        rates.iter().all(|rate| rate.sku < self.skus.len() && is_price(rate.rate)) && rates.windows(2).all(|pair| pair[0].sku < pair[1].sku)
    }
}
