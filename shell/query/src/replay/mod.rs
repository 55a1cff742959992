//! A billed period, read for simulating it again: `tenor cover`.
//!
//! Only what AWS's own reports say will do: FOCUS does not tell which reservation covered how many units of what.

mod eligible;
mod fees;
mod fields;
mod net;
mod planning;
mod rows;
mod skus;
mod used;

pub use eligible::EligiblePlaces;
pub use net::{NetCharge, Spent};
pub use planning::{PlanningBill, PlanningQuestion};
pub use used::{LastMonth, UsedMonths, UsedSku, UsedSum};

use crate::{Engine, QueryError};
use std::collections::BTreeMap;
use std::ops::Range;
use tenor_bill::{BillingPeriod, Hour};
use tenor_cover::Sizes;
use tenor_cover::replay::{KnownRates, ReplayInput};
use tenor_lake::store::{HeldPeriod, ReportKind, TimeUnit};

/// Microseconds in an hour.
const HOUR_MICROS: i64 = 3_600_000_000;

/// Which bill to simulate again.
#[derive(Debug, Clone)]
pub struct ReplayQuestion {
    /// The month.
    pub period: BillingPeriod,
    /// The payer, when the lake holds that month of several.
    pub payer: Option<String>,
    /// What a price list says of plans' rates, and of on-demand rates.
    pub rates: KnownRates,
}

/// A billed period, ready to be put together.
#[derive(Debug)]
pub struct ReplayBill {
    /// Its usage and commitments.
    pub input: ReplayInput,
    /// All rates that are known of its plans.
    pub rates: KnownRates,
    /// Its hours.
    pub hours: Range<Hour>,
    /// Usage of more than an hour that commitments may cover, by SKU: left out, since it lies in no hour.
    pub too_long: BTreeMap<String, u64>,
}

impl Engine {
    /// Reads a billed period for simulating it again.
    ///
    /// # Errors
    /// When the period is not held, is held for several payers and none is named, has no hourly rows, or is no report of AWS's own.
    pub async fn replay(&self, question: &ReplayQuestion) -> Result<ReplayBill, QueryError> {
        let held = held(self, question)?.clone();
        let engine = self.of(&held)?;
        let sizes = Sizes::published();
        let mut input = ReplayInput::default();
        let mut rates = question.rates.clone();
        let fees = fees::read(&engine, question.period).await?;
        let skus = skus::read(&engine, &fees, &|_| false, &mut rates, &mut input, &sizes).await?;
        for fee in fees {
            input.fee(fee);
        }
        let too_long = rows::read(&engine, rows::EACH, &skus, &mut input).await?;
        let period = question.period;
        Ok(ReplayBill { input, rates, hours: Hour::containing(period.start())..Hour::containing(period.end()), too_long })
    }
}

/// The one period that the question is about.
fn held<'a>(engine: &'a Engine, question: &ReplayQuestion) -> Result<&'a HeldPeriod, QueryError> {
    let of_month = engine.snapshot().periods.iter().filter(|held| held.key.period == question.period);
    let mut held: Vec<_> = of_month.filter(|held| question.payer.as_ref().is_none_or(|payer| held.key.payer.as_str() == payer)).collect();
    let Some(first) = held.pop() else {
        let all = engine.snapshot().periods.iter().map(|held| held.key.period.to_string()).collect::<std::collections::BTreeSet<_>>();
        let held = all.into_iter().collect::<Vec<_>>().join(", ");
        return Err(QueryError::NothingInRange { range: question.period.to_string(), held });
    };
    if !held.is_empty() {
        let payers = held.iter().chain([&first]).map(|held| held.key.payer.to_string()).collect();
        return Err(QueryError::SeveralPayers { period: question.period.to_string(), payers });
    }
    hourly(first)?;
    Ok(first)
}

/// Refuses a period whose usage cannot be told by the hour, or whose commitments cannot be told at all.
fn hourly(held: &HeldPeriod) -> Result<(), QueryError> {
    let period = held.key.period.to_string();
    if held.record.kind == ReportKind::Focus {
        return Err(QueryError::NotAwsOwn { period });
    }
    let unit = match held.record.time_unit {
        TimeUnit::Hour => return Ok(()),
        TimeUnit::Day => "day",
        TimeUnit::Month => "month",
    };
    Err(QueryError::TooCoarse { period, payer: held.key.payer.to_string(), unit, asked: "hour" })
}
