//! What is known of each import, as tables: `imports` has a row for each period, `residuals` one for each sum that does not close.

use datafusion::arrow::array::{ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringViewArray};
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use std::sync::Arc;
use tenor_lake::store::{HeldPeriod, ImportRecord, Key, ReportKind, Residual, Snapshot, TimeUnit};
use tenor_money::Money;

/// A column: its name and what it says of a row.
type Column<R> = (&'static str, fn(&[R]) -> ArrayRef);

macro_rules! text {
    ($row:ty, $get:expr) => {
        |rows: &[$row]| -> ArrayRef {
            let get: fn(&$row) -> Option<String> = $get;
            Arc::new(rows.iter().map(get).collect::<StringViewArray>())
        }
    };
}

macro_rules! count {
    ($get:expr) => {
        |rows: &[HeldPeriod]| -> ArrayRef {
            let get: fn(&ImportRecord) -> u64 = $get;
            // More than 2⁶³ rows fit on no disk.
            Arc::new(rows.iter().map(|row| i64::try_from(get(&row.record)).ok()).collect::<Int64Array>())
        }
    };
}

macro_rules! total {
    ($name:literal) => {
        |rows: &[HeldPeriod]| amounts(rows.iter().map(|row| row.record.totals.get($name).map(String::as_str)))
    };
}

const IMPORTS: &[Column<HeldPeriod>] = &[
    ("x_payer", text!(HeldPeriod, |row| Some(row.key.payer.to_string()))),
    ("billing_period", text!(HeldPeriod, |row| Some(row.key.period.to_string()))),
    ("provider", text!(HeldPeriod, |row| Some(row.key.provider.clone()))),
    ("kind", text!(HeldPeriod, |row| Some(kind(row.record.kind).to_owned()))),
    ("time_unit", text!(HeldPeriod, |row| Some(unit(row.record.time_unit).to_owned()))),
    ("currency", text!(HeldPeriod, |row| Some(row.record.currency.clone()))),
    ("version", text!(HeldPeriod, |row| Some(row.record.version.clone()))),
    ("assembly", text!(HeldPeriod, |row| row.record.assembly.clone())),
    ("source", text!(HeldPeriod, |row| Some(row.record.source.clone()))),
    ("imported_at", text!(HeldPeriod, |row| Some(row.record.imported_at.clone()))),
    ("rows_read", count!(|record| record.rows_read)),
    ("rows_charges", count!(|record| record.rows_charges)),
    ("rows_split", count!(|record| record.rows_split)),
    ("rows_quarantined", count!(|record| record.rows_quarantined)),
    ("billed", total!("billed")),
    ("effective", total!("effective")),
    ("list", total!("list")),
    ("contracted", total!("contracted")),
    ("unblended", total!("unblended")),
    ("totals", text!(HeldPeriod, |row| serde_json::to_string(&row.record.totals).ok())),
    ("line_items", text!(HeldPeriod, |row| serde_json::to_string(&row.record.line_items).ok())),
    ("notices", text!(HeldPeriod, |row| serde_json::to_string(&row.record.notices).ok())),
];

/// A residual and the period it is of.
type PeriodResidual = (Key, Residual);

const RESIDUALS: &[Column<PeriodResidual>] = &[
    ("x_payer", text!(PeriodResidual, |(key, _)| Some(key.payer.to_string()))),
    ("billing_period", text!(PeriodResidual, |(key, _)| Some(key.period.to_string()))),
    ("provider", text!(PeriodResidual, |(key, _)| Some(key.provider.clone()))),
    ("name", text!(PeriodResidual, |(_, residual)| Some(residual.name.clone()))),
    ("amount", |rows| amounts(rows.iter().map(|(_, residual)| Some(residual.amount.as_str())))),
    ("meaning", text!(PeriodResidual, |(_, residual)| Some(residual.meaning.clone()))),
    ("explained", |rows| Arc::new(rows.iter().map(|(_, residual)| Some(residual.explained)).collect::<BooleanArray>())),
];

/// One row for each period held.
pub(super) fn imports(snapshot: &Snapshot) -> Arc<dyn TableProvider> {
    table(IMPORTS, &snapshot.periods)
}

/// One row for each sum that does not close.
pub(super) fn residuals(snapshot: &Snapshot) -> Arc<dyn TableProvider> {
    let of = |period: &HeldPeriod| {
        let key = period.key.clone();
        period.record.residuals.clone().into_iter().map(move |residual| (key.clone(), residual))
    };
    table(RESIDUALS, &snapshot.periods.iter().flat_map(of).collect::<Vec<_>>())
}

fn table<R>(columns: &[Column<R>], rows: &[R]) -> Arc<dyn TableProvider> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.iter().map(|(name, make)| (*name, make(rows), true)));
    let batch = batch.expect("columns have a value for each row");
    Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]]).expect("the batch has its own schema"))
}

/// Exact decimals; text that is none (a record that was edited) is null.
fn amounts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    let units = texts.map(|text| text?.parse::<Money>().ok().map(Money::units));
    let array = units.collect::<Decimal128Array>().with_precision_and_scale(38, 12);
    Arc::new(array.expect("38 digits at scale 12 are a decimal type"))
}

fn kind(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::LegacyCur => "legacy-cur",
        ReportKind::Cur2 => "cur2",
        ReportKind::Focus => "focus",
    }
}

fn unit(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Hour => "hour",
        TimeUnit::Day => "day",
        TimeUnit::Month => "month",
    }
}
