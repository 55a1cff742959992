//! What was used, hour by hour.

use super::HOUR_MICROS;
use super::skus::{NAME, USAGE};
use crate::{Engine, QueryError};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Decimal128Type, TimestampMicrosecondType};
use std::collections::BTreeMap;
use tenor_bill::{AccountId, Hour};
use tenor_cover::CommitmentId;
use tenor_cover::replay::{BilledUsage, ReplayInput, SkuName};
use tenor_money::{Money, Quantity};

/// Columns of usage row by row, with what paid for each.
pub(super) const EACH: [&str; 5] = [
    "coalesce(ResourceId, '')",
    "coalesce(CommitmentDiscountId, '')",
    "x_UsageAmount",
    "CASE WHEN x_LineItemType = 'DiscountedUsage' THEN x_ReservationEffectiveCost ELSE x_SavingsPlanEffectiveCost END",
    "",
];

/// The same added up by account, SKU, zone and hour, whoever used it and whatever paid.
pub(super) const SUMS: [&str; 5] = [
    "arrow_cast('', 'Utf8View') AS resource",
    "arrow_cast('', 'Utf8View') AS commitment",
    "sum(x_UsageAmount)",
    "NULL",
    "GROUP BY 1, 2, 3, 4, 5, 7, 9, 10",
];

/// Takes all usage in that commitments may cover; says how many rows lie in no single hour, by SKU. What a commitment paid for and is not
/// taken in is counted as left out. (The order of rows does not matter: an organization has an order of its own.)
pub(super) async fn read(
    engine: &Engine,
    [resource, commitment, amount, cost, grouping]: [&str; 5],
    skus: &BTreeMap<SkuName, usize>,
    input: &mut ReplayInput,
) -> Result<BTreeMap<String, u64>, QueryError> {
    let statement = format!(
        "SELECT {NAME}, coalesce(SubAccountId, ''), {resource}, coalesce(AvailabilityZone, ''), {commitment}, \
         ChargePeriodStart, ChargePeriodEnd, {amount}, CAST({cost} AS DECIMAL(38, 12)) FROM charges WHERE {USAGE} {grouping}"
    );
    let mut rows = engine.sql(&statement).await?;
    let mut reader = Reader { skus, input, names: BTreeMap::new(), accounts: BTreeMap::new(), too_long: BTreeMap::new() };
    while let Some(batch) = rows.next_batch().await? {
        reader.batch(&batch)?;
    }
    Ok(reader.too_long)
}

struct Reader<'a> {
    skus: &'a BTreeMap<SkuName, usize>,
    input: &'a mut ReplayInput,
    /// The index of a SKU, by its four columns joined: found once, not for each row.
    names: BTreeMap<String, Option<usize>>,
    accounts: BTreeMap<String, AccountId>,
    too_long: BTreeMap<String, u64>,
}

impl Reader<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), QueryError> {
        let text = |column: usize| {
            let array = batch.column(column).as_string_view();
            move |row: usize| array.value(row)
        };
        let [service, region, usage_type, operation] = [0, 1, 2, 3].map(text);
        let [account, resource, zone, commitment] = [4, 5, 6, 7].map(text);
        let [start, end] = [8, 9].map(|column| batch.column(column).as_primitive::<TimestampMicrosecondType>());
        let [quantity, effective] = [10, 11].map(|column| batch.column(column).as_primitive::<Decimal128Type>());
        let mut key = String::new();
        for row in 0..batch.num_rows() {
            key.clear();
            for part in [service(row), region(row), usage_type(row), operation(row)] {
                key.push_str(part);
                key.push('\0');
            }
            let sku = self.sku(&key);
            let id = Some(commitment(row)).filter(|id| !id.is_empty()).map(|id| CommitmentId(id.to_owned()));
            let cost = if effective.is_null(row) { Money::ZERO } else { Money::from_units(effective.value(row)) };
            let is_too_long = end.value(row) - start.value(row) > HOUR_MICROS;
            if is_too_long && sku.is_some() {
                *self.too_long.entry(format!("{} {}", usage_type(row), operation(row))).or_default() += 1;
            }
            let Some(sku) = sku.filter(|_| !is_too_long) else {
                id.iter().for_each(|id| self.input.leave_out(id, cost));
                continue;
            };
            let row = BilledUsage {
                hour: Hour::from_epoch_hours(start.value(row).div_euclid(HOUR_MICROS)),
                account: account_of(&mut self.accounts, account(row))?,
                resource: resource(row),
                zone: zone(row),
                sku,
                quantity: if quantity.is_null(row) { Quantity::ZERO } else { Quantity::from_units(quantity.value(row)) },
                paid_by: id.as_ref().map(|id| (id, cost)),
            };
            self.input.usage(&row)?;
        }
        Ok(())
    }

    fn sku(&mut self, key: &str) -> Option<usize> {
        if let Some(known) = self.names.get(key) {
            return *known;
        }
        let mut parts = key.split('\0').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let name = SkuName { service: next(), region: next(), usage_type: next(), operation: next() };
        let found = self.skus.get(&name).copied();
        self.names.insert(key.to_owned(), found);
        found
    }
}

/// The id of an account; usage without one cannot be placed.
fn account_of<'a>(known: &'a mut BTreeMap<String, AccountId>, text: &str) -> Result<&'a AccountId, QueryError> {
    if !known.contains_key(text) {
        let id = text.parse().map_err(|source| QueryError::NoAccount { source })?;
        known.insert(text.to_owned(), id);
    }
    Ok(&known[text])
}
