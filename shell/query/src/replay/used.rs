//! All that a payer's accounts used in some months, whatever paid for it: what a sandbox uses again.

use super::fields::Fields;
use super::planning::{PlanningQuestion, currency, months};
use super::skus::{NAME, name};
use super::{HOUR_MICROS, hourly};
use crate::{Engine, QueryError};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Decimal128Type, Int64Type, TimestampMicrosecondType};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use tenor_bill::{AccountId, Hour};
use tenor_cover::replay::SkuName;
use tenor_lake::store::Snapshot;
use tenor_money::{Money, Quantity};

/// Usage on demand, on the Spot market, under reservations and under plans.
const USED: &str = "ChargeCategory = 'Usage' AND x_LineItemType IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')";
/// Usage that lies in an hour.
const HOURLY: &str = "ChargePeriodEnd <= ChargePeriodStart + INTERVAL '1 hour'";

/// Months of a payer whose usage is told by the hour.
pub struct UsedMonths {
    engine: Engine,
    /// The account that pays.
    pub payer: String,
    /// In what it is billed; none where no row says.
    pub currency: Option<String>,
    /// The hours that are told completely, from the first month's first; none when nothing is.
    pub hours: Range<Hour>,
    /// The hour of the first usage: the bills tell nothing before it.
    pub first: Hour,
    /// How far the last month is told.
    pub last: LastMonth,
    /// Names of accounts that have one, by id.
    pub names: BTreeMap<String, String>,
}

/// How far the last month is told, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastMonth {
    /// To its end: AWS has put all of its usage on an invoice, which it does when a month is final; or there is usage in its last hour, and it was not
    /// imported so early that more of it may have come since.
    Whole,
    /// It was imported before it ended, and its last hours are left out.
    Open,
    /// It was imported after its end, and not all of its usage is on an invoice; that ends early, or the import came soon. It may be open, and its last
    /// hours are left out.
    Guessed,
}

/// What was used of a SKU in these hours, by all accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedSku {
    /// What of.
    pub sku: SkuName,
    /// At public on-demand prices, where rows tell any.
    pub list_cost: Money,
    /// The part of it whose rows are longer than an hour.
    pub list_cost_too_long: Money,
    /// Rows.
    pub rows: u64,
    /// Rows that are longer than an hour.
    pub rows_too_long: u64,
    /// Rows that tell no list cost.
    pub rows_without_cost: u64,
}

/// What an account used of a SKU in a zone and hour.
#[derive(Debug, Clone, Copy)]
pub struct UsedSum<'a> {
    /// The account's id.
    pub account: &'a str,
    /// `AmazonEC2`.
    pub service: &'a str,
    /// Empty where the bill says none.
    pub region: &'a str,
    /// `USW2-BoxUsage:m5.large`.
    pub usage_type: &'a str,
    /// `RunInstances`.
    pub operation: &'a str,
    /// Empty where the bill says none.
    pub zone: &'a str,
    /// When.
    pub hour: Hour,
    /// How much; negative where corrections are more than the usage, and zero only where that cost something.
    pub quantity: Quantity,
    /// At public on-demand prices, where rows tell any.
    pub list_cost: Money,
    /// Rows.
    pub rows: u64,
}

/// When usage is told.
struct Ends {
    first: Hour,
    last: Hour,
    /// Whether all that the last month used is on an invoice.
    is_invoiced: bool,
}

impl Engine {
    /// The months of a payer that come one after the other up to the last one held. Where that is still open, or may be, the `open_hours` before its
    /// last usage may not be told completely, and are left out. So long after its end more of it may come.
    ///
    /// # Errors
    /// When nothing is held, several payers are and none is named, months are in several currencies, or a month has no hourly rows or is no report of AWS's
    /// own.
    pub async fn used_months(&self, question: &PlanningQuestion, open_hours: i64) -> Result<UsedMonths, QueryError> {
        let months = months(self, question)?;
        let hour = |moment| Hour::containing(moment);
        let (start, end) = (hour(months[0].key.period.start()), hour(months[months.len() - 1].key.period.end()));
        for month in &months {
            hourly(month)?;
        }
        let payer = months[0].key.payer.to_string();
        let newest = &months[months.len() - 1];
        let (last_month, imported_at) = (hour(newest.key.period.start()), newest.record.imported_at.parse::<Timestamp>().ok());
        let engine = self.over(&Snapshot { periods: months })?;
        let currency = currency(&engine, &payer).await?;
        let ends = ends(&engine, last_month).await?;
        let is_imported_before = |end: Hour| imported_at.is_some_and(|at| hour(at) < end);
        let last = ends.as_ref().map_or(LastMonth::Whole, |ends| {
            if ends.is_invoiced {
                LastMonth::Whole
            } else if is_imported_before(end) {
                LastMonth::Open
            } else if ends.last.next() < end || is_imported_before(Hour::from_epoch_hours(end.epoch_hours() + open_hours)) {
                LastMonth::Guessed
            } else {
                LastMonth::Whole
            }
        });
        let (first, end) = match &ends {
            None => (start, start),
            Some(ends) if last == LastMonth::Whole => (ends.first, end),
            Some(ends) => (ends.first, start.max(Hour::from_epoch_hours(ends.last.min(end).epoch_hours() - open_hours))),
        };
        let statement =
            "SELECT SubAccountId, max(SubAccountName) FROM charges WHERE SubAccountName <> '' AND SubAccountId <> '' GROUP BY 1";
        let names = Fields::all(&engine, statement).await?;
        let names = names.iter().map(|row| (row.text(0).to_owned(), row.text(1).to_owned())).collect();
        Ok(UsedMonths { engine, payer, currency, hours: start..end, first, last, names })
    }
}

/// When usage by the hour is told; none where there is none.
async fn ends(engine: &Engine, last_month: Hour) -> Result<Option<Ends>, QueryError> {
    let of_last = format!("ChargePeriodStart >= to_timestamp({})", last_month.start_second());
    let statement = format!(
        "SELECT min(ChargePeriodStart), max(ChargePeriodStart), count(CASE WHEN {of_last} THEN 1 END), \
         count(CASE WHEN {of_last} AND InvoiceId <> '' THEN 1 END) FROM charges WHERE {USED} AND {HOURLY}"
    );
    let rows = Fields::all(engine, &statement).await?;
    let hour = |row: &Fields, place| row.read::<Timestamp>(place).map(Hour::containing);
    Ok(rows.first().and_then(|row| {
        let [used, invoiced]: [u64; 2] = [2, 3].map(|place| row.read(place).unwrap_or_default());
        Some(Ends { first: hour(row, 0)?, last: hour(row, 1)?, is_invoiced: used > 0 && invoiced == used })
    }))
}

impl UsedMonths {
    /// Every SKU that was used.
    ///
    /// # Errors
    /// When the lake cannot be asked.
    pub async fn skus(&self) -> Result<Vec<UsedSku>, QueryError> {
        let too_long = format!("NOT ({HOURLY})");
        let statement = format!(
            "SELECT {NAME}, coalesce(sum(ListCost), 0), coalesce(sum(CASE WHEN {too_long} THEN ListCost END), 0), count(*), \
             count(CASE WHEN {too_long} THEN 1 END), count(CASE WHEN ListCost IS NULL THEN 1 END) \
             FROM charges WHERE {USED} AND {} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
            self.within()
        );
        let sku = |row: &Fields| UsedSku {
            sku: name(row),
            list_cost: row.read(4).unwrap_or_default(),
            list_cost_too_long: row.read(5).unwrap_or_default(),
            rows: row.read(6).unwrap_or_default(),
            rows_too_long: row.read(7).unwrap_or_default(),
            rows_without_cost: row.read(8).unwrap_or_default(),
        };
        Ok(Fields::all(&self.engine, &statement).await?.iter().map(sku).collect())
    }

    /// Hands over the sums of these usage types, in the order of account, SKU, zone and hour. They come as they are read, and are never held at once.
    ///
    /// # Errors
    /// When the lake cannot be asked, or usage names no account.
    pub async fn each(&self, usage_types: &BTreeSet<&str>, take: &mut dyn FnMut(&UsedSum<'_>)) -> Result<(), QueryError> {
        if usage_types.is_empty() {
            return Ok(());
        }
        let quoted: Vec<String> = usage_types.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect();
        let statement = format!(
            "SELECT coalesce(SubAccountId, ''), {NAME}, coalesce(AvailabilityZone, ''), ChargePeriodStart, sum(x_UsageAmount), \
             sum(ListCost), count(*) FROM charges WHERE {USED} AND {HOURLY} AND {} AND x_UsageType IN ({}) GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7",
            self.within(),
            quoted.join(", ")
        );
        let mut rows = self.engine.sql(&statement).await?;
        let mut waiting = Waiting::default();
        while let Some(batch) = rows.next_batch().await? {
            waiting.batch(&batch, take)?;
        }
        waiting.hand_over(take);
        Ok(())
    }

    fn within(&self) -> String {
        let [start, end] = [self.hours.start, self.hours.end].map(Hour::start_second);
        format!("ChargePeriodStart >= to_timestamp({start}) AND ChargePeriodStart < to_timestamp({end})")
    }
}

/// The sum that more may come to: usage may begin within its hour.
#[derive(Default)]
struct Waiting {
    /// Account, service, Region, usage type, operation and zone.
    labels: [String; 6],
    hour: i64,
    units: i128,
    list_cost: i128,
    rows: i64,
}

impl Waiting {
    fn batch(&mut self, batch: &RecordBatch, take: &mut dyn FnMut(&UsedSum<'_>)) -> Result<(), QueryError> {
        let columns = [0, 1, 2, 3, 4, 5].map(|column| batch.column(column).as_string_view());
        let starts = batch.column(6).as_primitive::<TimestampMicrosecondType>();
        let [quantities, list_costs] = [7, 8].map(|column| batch.column(column).as_primitive::<Decimal128Type>());
        let counts = batch.column(9).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let labels = columns.map(|column| column.value(row));
            let hour = starts.value(row).div_euclid(HOUR_MICROS);
            let is_same = self.labels.iter().zip(labels).all(|(known, label)| known == label);
            if !is_same || hour != self.hour {
                self.hand_over(take);
                self.hour = hour;
            }
            if !is_same {
                labels[0].parse::<AccountId>().map_err(|source| QueryError::NoAccount { source })?;
                self.labels = labels.map(str::to_owned);
            }
            self.units += if quantities.is_null(row) { 0 } else { quantities.value(row) };
            self.list_cost += if list_costs.is_null(row) { 0 } else { list_costs.value(row) };
            self.rows += counts.value(row);
        }
        Ok(())
    }

    fn hand_over(&mut self, take: &mut dyn FnMut(&UsedSum<'_>)) {
        let [account, service, region, usage_type, operation, zone] = self.labels.each_ref().map(String::as_str);
        let (hour, quantity) = (Hour::from_epoch_hours(self.hour), Quantity::from_units(std::mem::take(&mut self.units)));
        let (list_cost, rows) = (Money::from_units(std::mem::take(&mut self.list_cost)), std::mem::take(&mut self.rows).unsigned_abs());
        if !(quantity.is_zero() && list_cost.is_zero()) {
            take(&UsedSum { account, service, region, usage_type, operation, zone, hour, quantity, list_cost, rows });
        }
    }
}
