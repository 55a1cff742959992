//! What a simulation counts on, looked at once: every limit that lets its sums fit the numbers they are computed in.

use crate::commitment::{Covers, Plan, PlanKind, Reservation, Term};
use crate::organization::{InputError, Parts};
use std::collections::BTreeSet;
use tenor_money::{Money, UnitPrice};

/// Rates stay below this, 500 times the highest hourly rate AWS lists, so that products fit the numbers they are computed in.
const RATE_LIMIT: UnitPrice = UnitPrice::from_whole(100_000);

/// Hourly commitments stay below this; AWS sells up to a million.
const COMMITMENT_LIMIT: Money = Money::from_whole(10_000_000);

/// What a plan commits to in one hour, upfront fee included, stays below this: notes of an hour are 64 bits wide, in 10⁻¹².
const HOUR_COMMITMENT_LIMIT: Money = Money::from_whole(18_000_000);

/// Upfront fees stay below this.
const UPFRONT_LIMIT: Money = Money::from_whole(10_000_000_000);

/// What an hour's usage costs on demand stays below this, in 10⁻¹⁰: 1.8 billion, so that what one commitment covers of it fits 64 bits.
pub(crate) const HOUR_LIST_COST_LIMIT_10: u128 = 18_000_000_000_000_000_000;

/// Plans of one kind: as many as 16 bits count.
const PLANS_OF_A_KIND_MAX: usize = 65_535;

/// A hundred years, more than any term, so that moments can be added up.
const TERM_SECONDS_MAX: i64 = 100 * 365 * 86_400;

/// Terms start within so many seconds of 1970: thirty thousand years.
const START_SECONDS_MAX: u64 = 1_000_000_000_000;

fn impossible(subject: &impl ToString, what: &'static str) -> InputError {
    InputError::Impossible { subject: subject.to_string(), what }
}

/// Whether a rate has at most the 10 decimals that rates have.
fn has_ten_decimals(rate: UnitPrice) -> bool {
    rate.units() % 100 == 0
}

pub(crate) fn check_skus(parts: &Parts) -> Result<(), InputError> {
    let mut names = BTreeSet::new();
    for sku in &parts.skus {
        if !names.insert(&sku.name) {
            return Err(InputError::TwoOfOneName(sku.name.clone()));
        }
        if sku.on_demand.units() < 0 || !has_ten_decimals(sku.on_demand) {
            return Err(impossible(&sku.name, "an on-demand rate is never negative and has at most 10 decimals"));
        }
        if sku.on_demand >= RATE_LIMIT {
            return Err(impossible(&sku.name, "an on-demand rate is below 100,000"));
        }
        if sku.decimals > 12 {
            return Err(impossible(&sku.name, "usage has at most 12 decimals"));
        }
        if sku.decimals > 9 && sku.reservable.is_some() {
            return Err(impossible(&sku.name, "usage that reservations cover has at most 9 decimals"));
        }
    }
    Ok(())
}

pub(crate) fn check_rate_tables(parts: &Parts) -> Result<(), InputError> {
    for table in &parts.rate_tables {
        if table.rates.len() != parts.skus.len() {
            return Err(impossible(&table.name, "a rate table has one place for each SKU"));
        }
        for rate in table.rates.iter().flatten() {
            if rate.units() < 0 || !has_ten_decimals(*rate) {
                return Err(impossible(&table.name, "a plan's rate is never negative and has at most 10 decimals"));
            }
            if *rate >= RATE_LIMIT {
                return Err(impossible(&table.name, "a plan's rate is below 100,000"));
            }
        }
    }
    Ok(())
}

pub(crate) fn check_series(parts: &Parts) -> Result<(), InputError> {
    if u32::try_from(parts.series.len()).is_err() {
        return Err(InputError::TooMany("series"));
    }
    let mut seen = BTreeSet::new();
    for series in &parts.series {
        if series.sku >= parts.skus.len() {
            let (account, resource) = (series.account.clone(), series.resource.clone());
            return Err(InputError::UnknownSku { account, resource, sku: series.sku });
        }
        if !seen.insert(series) {
            return Err(InputError::TwiceTheSame { account: series.account.clone(), resource: series.resource.clone() });
        }
    }
    Ok(())
}

pub(crate) fn check_commitments(parts: &Parts) -> Result<(), InputError> {
    if u32::try_from(parts.reservations.len() + parts.plans.len()).is_err() {
        return Err(InputError::TooMany("commitments"));
    }
    for kind in PlanKind::ALL {
        if parts.plans.iter().filter(|plan| plan.kind == kind).count() > PLANS_OF_A_KIND_MAX {
            return Err(InputError::TooMany("plans of one kind"));
        }
    }
    let mut ids = BTreeSet::new();
    let terms = parts.reservations.iter().map(|r| (&r.id, r.term, r.upfront)).chain(parts.plans.iter().map(|p| (&p.id, p.term, p.upfront)));
    for (id, term, upfront) in terms {
        if !ids.insert(id) {
            return Err(InputError::TwoOfOneId(id.clone()));
        }
        check_term(term).map_err(|what| impossible(id, what))?;
        if upfront >= UPFRONT_LIMIT {
            return Err(impossible(id, "an upfront fee is below ten billion"));
        }
        if upfront.units() < 0 {
            return Err(impossible(id, "an upfront fee is never negative"));
        }
    }
    for reservation in &parts.reservations {
        check_reservation(reservation).map_err(|what| impossible(&reservation.id, what))?;
    }
    for plan in &parts.plans {
        if plan.rate_table >= parts.rate_tables.len() {
            return Err(impossible(&plan.id, "its rate table is not among the rate tables"));
        }
        check_plan(plan).map_err(|what| impossible(&plan.id, what))?;
    }
    Ok(())
}

fn check_term(term: Term) -> Result<(), &'static str> {
    if term.seconds <= 0 {
        return Err("a term has a positive length");
    }
    if term.seconds > TERM_SECONDS_MAX {
        return Err("a term is at most a hundred years long");
    }
    if term.start.unsigned_abs() > START_SECONDS_MAX {
        return Err("a term starts within thirty thousand years of 1970");
    }
    Ok(())
}

fn check_reservation(reservation: &Reservation) -> Result<(), &'static str> {
    if reservation.count == 0 {
        return Err("a reservation holds at least one instance");
    }
    if reservation.hourly.units() < 0 {
        return Err("a recurring fee is never negative");
    }
    // Times a count of 32 bits and the hours of a term, this fits the numbers that fees are computed in.
    if reservation.hourly >= RATE_LIMIT {
        return Err("a recurring fee is below 100,000");
    }
    if reservation.zone.is_some() && matches!(reservation.covers, Covers::Family(_)) {
        return Err("a zonal reservation is for one size");
    }
    Ok(())
}

fn check_plan(plan: &Plan) -> Result<(), &'static str> {
    if plan.recurring.units() < 0 {
        return Err("a recurring commitment is never negative");
    }
    if plan.recurring >= COMMITMENT_LIMIT {
        return Err("a recurring commitment is below ten million an hour");
    }
    // The part of the upfront fee that falls on one hour, rounded up by far less than what is between the limit and 64 bits.
    let upfront_of_hour = plan.upfront.units() / i128::from(plan.term.seconds) * 3_600.min(i128::from(plan.term.seconds));
    if plan.recurring + Money::from_units(upfront_of_hour) >= HOUR_COMMITMENT_LIMIT {
        return Err("recurring and amortized upfront commitment are below 18 million an hour");
    }
    Ok(())
}
