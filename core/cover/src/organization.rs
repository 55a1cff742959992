//! What a simulation is told, checked before anything is computed.

use crate::commitment::{Commitment, CommitmentId, Plan, Reservation};
use crate::sharing::Sharing;
use crate::sku::{RateTable, Sku};
use std::collections::BTreeSet;
use tenor_bill::AccountId;
use tenor_money::{Money, UnitPrice};

/// One series of hourly usage: what one account used of one SKU in one zone, by resource where that matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// The account that used it.
    pub account: AccountId,
    /// The resource, or any text that tells series of an account and SKU apart; also the last tie-break.
    pub resource: String,
    /// Index into [`Parts::skus`].
    pub sku: usize,
    /// The zone it ran in, where zonal reservations may cover it: a zone id where accounts differ in their names of zones.
    pub zone: Option<String>,
}

/// Everything but the usage itself, as a caller has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// What is used.
    pub skus: Vec<Sku>,
    /// Who uses it; usage cells come in this order.
    pub series: Vec<Series>,
    /// Reservations held.
    pub reservations: Vec<Reservation>,
    /// Plans held.
    pub plans: Vec<Plan>,
    /// Rates of the plans' offerings.
    pub rate_tables: Vec<RateTable>,
    /// Sharing preferences.
    pub sharing: Sharing,
}

/// An organization whose parts fit together. Only [`Organization::new`] makes one, so a simulation need not check again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    parts: Parts,
}

/// Rates stay below this, 500 times the highest hourly rate AWS lists, so that products fit the numbers they are computed in.
const RATE_LIMIT: UnitPrice = UnitPrice::from_whole(100_000);

/// Hourly commitments stay below this; AWS sells up to a million.
const COMMITMENT_LIMIT: Money = Money::from_whole(10_000_000);

/// Upfront fees stay below this.
const UPFRONT_LIMIT: Money = Money::from_whole(10_000_000_000);

/// Why parts do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// A series names a SKU that is not there.
    #[error("the series of account {account}, resource `{resource}` names SKU number {sku}, which is not among the SKUs")]
    UnknownSku {
        /// The account of the series.
        account: AccountId,
        /// Its resource.
        resource: String,
        /// The index that leads nowhere.
        sku: usize,
    },
    /// Two series are the same.
    #[error("two series of account {account}, resource `{resource}` are the same SKU in the same zone; add them up first")]
    TwiceTheSame {
        /// The account of both.
        account: AccountId,
        /// Their resource.
        resource: String,
    },
    /// Two commitments with one id.
    #[error("the commitment {0} is there twice")]
    TwoOfOneId(CommitmentId),
    /// A number that no bill has.
    #[error("{subject}: {what}")]
    Impossible {
        /// The SKU, commitment or table.
        subject: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// More of something than a simulation can count.
    #[error("{0} are more than a simulation can count")]
    TooMany(&'static str),
}

impl Organization {
    /// Checks that parts fit together.
    ///
    /// # Errors
    /// When an index leads nowhere, a series or commitment is there twice, or a number is none that a bill could have.
    pub fn new(parts: Parts) -> Result<Self, InputError> {
        check_skus(&parts)?;
        check_series(&parts)?;
        check_commitments(&parts)?;
        Ok(Self { parts })
    }

    /// The same organization with one commitment more, which comes last among its like.
    ///
    /// # Errors
    /// When the commitment is there already, or a number of it is none that a bill could have.
    pub fn with(&self, more: Commitment) -> Result<Self, InputError> {
        let mut parts = self.parts.clone();
        match more {
            Commitment::Reservation(reservation) => parts.reservations.push(reservation),
            Commitment::Plan(plan) => parts.plans.push(plan),
        }
        check_commitments(&parts)?;
        Ok(Self { parts })
    }

    /// What it was made of.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }
}

fn impossible(subject: &impl ToString, what: &'static str) -> InputError {
    InputError::Impossible { subject: subject.to_string(), what }
}

fn check_skus(parts: &Parts) -> Result<(), InputError> {
    for sku in &parts.skus {
        if sku.on_demand.units() < 0 || sku.on_demand.units() % 100 != 0 {
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
    for table in &parts.rate_tables {
        if table.rates.len() != parts.skus.len() {
            return Err(impossible(&table.name, "a rate table has one place for each SKU"));
        }
        if table.rates.iter().flatten().any(|rate| rate.units() < 0 || rate.units() % 100 != 0) {
            return Err(impossible(&table.name, "a plan's rate is never negative and has at most 10 decimals"));
        }
    }
    Ok(())
}

fn check_series(parts: &Parts) -> Result<(), InputError> {
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

fn check_commitments(parts: &Parts) -> Result<(), InputError> {
    if u32::try_from(parts.reservations.len() + parts.plans.len()).is_err() {
        return Err(InputError::TooMany("commitments"));
    }
    let mut ids = BTreeSet::new();
    let terms = parts.reservations.iter().map(|r| (&r.id, r.term, r.upfront)).chain(parts.plans.iter().map(|p| (&p.id, p.term, p.upfront)));
    for (id, term, upfront) in terms {
        if !ids.insert(id) {
            return Err(InputError::TwoOfOneId(id.clone()));
        }
        if term.seconds <= 0 {
            return Err(impossible(id, "a term has a positive length"));
        }
        if upfront >= UPFRONT_LIMIT {
            return Err(impossible(id, "an upfront fee is below ten billion"));
        }
        if upfront.units() < 0 {
            return Err(impossible(id, "an upfront fee is never negative"));
        }
    }
    for reservation in &parts.reservations {
        if reservation.count == 0 {
            return Err(impossible(&reservation.id, "a reservation holds at least one instance"));
        }
        if reservation.hourly.units() < 0 {
            return Err(impossible(&reservation.id, "a recurring fee is never negative"));
        }
    }
    for plan in &parts.plans {
        if plan.rate_table >= parts.rate_tables.len() {
            return Err(impossible(&plan.id, "its rate table is not among the rate tables"));
        }
        if plan.recurring.units() < 0 {
            return Err(impossible(&plan.id, "a recurring commitment is never negative"));
        }
        if plan.recurring >= COMMITMENT_LIMIT {
            return Err(impossible(&plan.id, "a recurring commitment is below ten million an hour"));
        }
    }
    Ok(())
}
