//! What a simulation is told, checked before anything is computed.

use crate::checks;
use crate::commitment::{Commitment, CommitmentId, Plan, Reservation};
use crate::items::SkuFacts;
use crate::sharing::Sharing;
use crate::sku::{RateTable, Sku};
use tenor_bill::{AccountId, Hour};
use tenor_money::Quantity;

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
    /// What is used; no two of one name, since names break ties.
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
    /// Two SKUs with one name.
    #[error("two SKUs are named `{0}`; names break ties, so they must tell SKUs apart")]
    TwoOfOneName(String),
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
    /// More usage than a simulation can count.
    #[error("{quantity} of {sku} in the hour {hour} are more than a simulation can count")]
    TooMuchUsage {
        /// The SKU.
        sku: String,
        /// When.
        hour: Hour,
        /// How much.
        quantity: Quantity,
    },
    /// All usage of an hour together is worth more than a simulation can count.
    #[error("what is used in the hour {0} costs more than 1.8 billion on demand, which is more than a simulation can count")]
    TooMuchInAnHour(Hour),
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
        checks::check_skus(&parts)?;
        checks::check_rate_tables(&parts)?;
        checks::check_series(&parts)?;
        checks::check_commitments(&parts)?;
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
        checks::check_commitments(&parts)?;
        Ok(Self { parts })
    }

    /// Checks the usage of an hour, one cell per series as [`crate::Usage::read`] writes them: a simulation counts on it and does not look
    /// again, so ask where cells are made.
    ///
    /// # Errors
    /// When a cell is more than can be counted, or all of them would cost more on demand than can.
    pub fn check_cells(&self, hour: Hour, cells: &[u64]) -> Result<(), InputError> {
        let facts: Vec<SkuFacts> = self.parts.skus.iter().map(SkuFacts::new).collect();
        let mut sum10 = 0_u128;
        for (series, cell) in self.parts.series.iter().zip(cells) {
            // What is more than a count of parts costs more than can be counted, too.
            let parts = cell.checked_mul(facts[series.sku].scale).map(u128::from);
            let cost10 = parts.map_or(u128::MAX, |parts| parts * u128::from(facts[series.sku].rate) / u128::from(facts[series.sku].step));
            sum10 = sum10.saturating_add(cost10);
            if cost10 >= checks::HOUR_LIST_COST_LIMIT_10 {
                let sku = &self.parts.skus[series.sku];
                return Err(InputError::TooMuchUsage { sku: sku.name.clone(), hour, quantity: sku.quantity(*cell) });
            }
        }
        if sum10 < checks::HOUR_LIST_COST_LIMIT_10 { Ok(()) } else { Err(InputError::TooMuchInAnHour(hour)) }
    }

    /// What it was made of.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }
}
