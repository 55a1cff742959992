//! Months of billed usage, read for a proposal: what was used hour by hour, and what is held at their end.

use super::fields::Fields;
use super::{fees, hourly, rows, skus};
use crate::{Engine, QueryError};
use std::collections::BTreeMap;
use std::ops::Range;
use tenor_bill::Hour;
use tenor_cover::Sizes;
use tenor_cover::replay::{KnownRates, ReplayInput, SkuName};
use tenor_lake::store::{HeldPeriod, Snapshot};

/// Whose usage, and how much of it.
#[derive(Debug, Clone)]
pub struct PlanningQuestion {
    /// The payer, when the lake holds several.
    pub payer: Option<String>,
    /// At most so many months, the last ones.
    pub months_max: usize,
    /// Months that begin before this alone, as if the others were not held; all of them without it.
    pub until: Option<Hour>,
}

/// Usage and commitments of a payer.
#[derive(Debug)]
pub struct PlanningBill {
    /// Usage of all months by account, SKU and zone, and what is held in the last of them.
    pub input: ReplayInput,
    /// What the bill says of rates.
    pub rates: KnownRates,
    /// The account that pays.
    pub payer: String,
    /// In what it is billed; none where no row says.
    pub currency: Option<String>,
    /// The hours from the first month's to the last's end.
    pub hours: Range<Hour>,
    /// Usage of more than an hour that commitments may cover, by SKU: left out, since it lies in no hour.
    pub too_long: BTreeMap<String, u64>,
}

impl Engine {
    /// Reads the months of a payer that come one after the other up to the last one held; `is_in_a_plan` says what plans on sale may cover.
    ///
    /// # Errors
    /// When nothing is held, several payers are and none is named, months are in several currencies, or a month has no hourly rows or is no report of AWS's
    /// own.
    pub async fn planning(
        &self,
        question: &PlanningQuestion,
        is_in_a_plan: &(dyn Fn(&SkuName) -> bool + Sync),
    ) -> Result<PlanningBill, QueryError> {
        let months = months(self, question)?;
        let (first, last) = (months[0].key.period, months[months.len() - 1].key.period);
        for month in &months {
            hourly(month)?;
        }
        let fees = fees::read(&self.of(&months[months.len() - 1])?, last).await?;
        let payer = months[0].key.payer.to_string();
        let engine = self.over(&Snapshot { periods: months })?;
        let currency = currency(&engine, &payer).await?;
        let (mut input, mut rates) = (ReplayInput::default(), KnownRates::default());
        let skus = skus::read(&engine, &fees, is_in_a_plan, &mut rates, &mut input, &Sizes::published()).await?;
        for fee in fees {
            input.fee(fee);
        }
        let too_long = rows::read(&engine, rows::SUMS, &skus, &mut input).await?;
        Ok(PlanningBill { input, rates, payer, currency, hours: Hour::containing(first.start())..Hour::containing(last.end()), too_long })
    }
}

/// The one currency of all rows.
pub(super) async fn currency(engine: &Engine, payer: &str) -> Result<Option<String>, QueryError> {
    let statement = "SELECT DISTINCT BillingCurrency FROM charges WHERE BillingCurrency <> '' ORDER BY 1";
    let mut currencies: Vec<String> = Fields::all(engine, statement).await?.iter().map(|row| row.text(0).to_owned()).collect();
    if currencies.len() > 1 {
        return Err(QueryError::SeveralCurrencies { payer: payer.to_owned(), currencies });
    }
    Ok(currencies.pop())
}

/// The last months of one payer without a hole between them, in order; never none.
pub(super) fn months(engine: &Engine, question: &PlanningQuestion) -> Result<Vec<HeldPeriod>, QueryError> {
    let is_of = |held: &HeldPeriod| question.payer.as_ref().is_none_or(|payer| held.key.payer.as_str() == payer);
    let is_before = |held: &HeldPeriod| question.until.is_none_or(|until| Hour::containing(held.key.period.start()) < until);
    let wanted = |held: &&HeldPeriod| is_of(held) && is_before(held);
    let mut held: Vec<HeldPeriod> = engine.snapshot().periods.iter().filter(wanted).cloned().collect();
    held.sort_by_key(|held| held.key.period);
    let Some(last) = held.last() else {
        return Err(QueryError::NoBill { payer: question.payer.clone() });
    };
    let payers: std::collections::BTreeSet<String> = held.iter().map(|held| held.key.payer.to_string()).collect();
    if payers.len() > 1 {
        return Err(QueryError::SeveralPayers { period: last.key.period.to_string(), payers: payers.into_iter().collect() });
    }
    let mut months: Vec<HeldPeriod> = Vec::new();
    while let Some(month) = held.pop() {
        if months.last().is_some_and(|later| month.key.period.next() != later.key.period) || months.len() >= question.months_max.max(1) {
            break;
        }
        months.push(month);
    }
    months.reverse();
    Ok(months)
}
