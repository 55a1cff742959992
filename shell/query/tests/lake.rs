//! Small lakes, written from text.

use datafusion::arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::Offset};
use parquet::arrow::ArrowWriter;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tenor_lake::detail::{self, ChargeColumns, SUMS, detail_schema};
use tenor_lake::schema::{COLUMNS, Column, Kind, ROLLUP_AMOUNTS, ROLLUP_DIMENSIONS, charges_schema, rollup_schema};
use tenor_lake::store::{HeldPeriod, ImportRecord, Key, Snapshot, TimeUnit};
use tenor_money::Money;
use tenor_query::{Engine, Options, QueryError, Value};

/// A lake in a temporary folder.
pub(crate) struct Lake {
    pub(crate) folder: TempDir,
    pub(crate) snapshot: Snapshot,
}

/// One charge: column name to text. `when` stands for the charge period: `2018-10-01T05`, `2018-10-01` or `2018-10`.
pub(crate) type Charge = BTreeMap<String, String>;

impl Lake {
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), snapshot: Snapshot::default() }
    }

    /// With a period of charges: a header line of column names and a line for each charge, separated by bars. Blank is null.
    pub(crate) fn with(self, payer: &str, period: &str, unit: TimeUnit, table: &str) -> Self {
        self.with_charges(payer, period, unit, &charges(table))
    }

    pub(crate) fn with_charges(mut self, payer: &str, period: &str, unit: TimeUnit, charges: &[Charge]) -> Self {
        let folder = self.folder.path().join(format!("x_payer={payer}/billing_period={period}"));
        fs::create_dir_all(&folder).unwrap();
        let [file, rollup, detail] = ["1-000.parquet", "rollup", "detail"].map(|name| folder.join(name));
        write(&file, &charges_batch(charges));
        write(&rollup, &rollup_batch(charges));
        write(&detail, &detail_batch(charges));
        let key = Key { payer: payer.parse().unwrap(), period: period.parse().unwrap(), provider: "AWS".to_owned() };
        let currency = charges.iter().find_map(|charge| charge.get("BillingCurrency")).map_or("USD", |text| text.as_str());
        let record = record(payer, period, unit, currency, charges.len());
        self.snapshot.periods.push(HeldPeriod {
            key,
            record,
            charges: vec![file],
            rollup: Some(rollup),
            detail: Some(detail),
            split_costs: Vec::new(),
            quarantine: None,
        });
        self
    }

    /// Two months of a small company, hourly.
    pub(crate) fn sample() -> Self {
        let october = "
            when          | ServiceName | RegionId  | SubAccountId | ChargeCategory | x_LineItemType | BilledCost | EffectiveCost | Tags
            2018-10-01T00 | EC2         | us-east-1 | 222          | Usage          | Usage          | 1.5        | 1.25          | {\"Team\":\"web\",\"Env\":\"prod\"}
            2018-10-01T01 | EC2         | us-east-1 | 222          | Usage          | Usage          | 2.5        | 2.25          | {\"Team\":\"web\"}
            2018-10-01T01 | EC2         | eu-west-1 | 333          | Usage          | Usage          | 0.000000000001 | 0         | {\"Team\":\"data\"}
            2018-10-02T05 | S3          | us-east-1 | 222          | Usage          | Usage          | 0.25       | 0.25          |
            2018-10-31    | S3          | us-east-1 | 333          | Usage          | Usage          | 0.75       | 0.75          |
            2018-10       | EC2         | us-east-1 |              | Purchase       | RIFee          | 30         | 0             |
            2018-10       |             |           |              | Tax            | Tax            | 3          | 3             |
            2018-10-02T05 | EC2         | us-east-1 | 222          | Credit         | Credit         | -2         | -2            |
        ";
        let november = "
            when          | ServiceName | RegionId  | SubAccountId | ChargeCategory | x_LineItemType | BilledCost | EffectiveCost | Tags
            2018-11-01T00 | EC2         | us-east-1 | 222          | Usage          | Usage          | 10         | 10            | {\"Team\":\"web\"}
            2018-11-03T00 | RDS         | us-east-1 | 333          | Usage          | Usage          | 20         | 20            | {\"Team\":\"data\"}
            2018-11       |             |           |              | Tax            | Tax            | 1          | 1             |
        ";
        Self::empty().with("111", "2018-10", TimeUnit::Hour, october).with("111", "2018-11", TimeUnit::Hour, november)
    }

    pub(crate) fn engine(&self) -> Engine {
        Engine::open(&self.snapshot, &Options { threads: 2, ..Options::default() }).unwrap()
    }

    /// The answer to a statement as text: a line of names, then the rows in order.
    pub(crate) fn ask(&self, sql: &str) -> String {
        run(answer(&self.engine(), sql)).unwrap_or_else(|error| tell(&error))
    }
}

/// An error with its causes and its hint.
pub(crate) fn tell(error: &QueryError) -> String {
    let mut text = format!("error: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text += &format!("\nbecause: {inner}");
        cause = inner.source();
    }
    text + &format!("\nhint: {}", error.hint())
}

async fn answer(engine: &Engine, sql: &str) -> Result<String, QueryError> {
    let mut rows = engine.sql(sql).await?;
    let names: Vec<_> = rows.columns().iter().map(|column| column.name.clone()).collect();
    let mut lines = vec![names.join(" | ")];
    while let Some(rows) = rows.next().await? {
        lines.extend(rows.iter().map(|row| row.iter().map(show).collect::<Vec<_>>().join(" | ")));
    }
    Ok(lines.join("\n"))
}

pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Text(text) | Value::Amount(text) | Value::Number(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
    }
}

/// Runs to the end.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

pub(crate) fn charges(table: &str) -> Vec<Charge> {
    let mut lines = table.lines().filter(|line| !line.trim().is_empty()).map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let charge = |line: Vec<&str>| {
        let pairs = header.iter().zip(line).filter(|(_, value)| !value.is_empty());
        let mut charge: Charge = pairs.map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect();
        charge.entry("BillingCurrency".to_owned()).or_insert_with(|| "USD".to_owned());
        if let Some(when) = charge.remove("when") {
            let (start, end) = period_of(&when);
            charge.insert("ChargePeriodStart".to_owned(), start.to_string());
            charge.insert("ChargePeriodEnd".to_owned(), end.to_string());
        }
        charge
    };
    lines.map(charge).collect()
}

fn period_of(when: &str) -> (Timestamp, Timestamp) {
    let midnight = |day: Date| Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap();
    match when.len() {
        7 => {
            let day: Date = format!("{when}-01").parse().unwrap();
            (midnight(day), midnight(day.checked_add(1.month()).unwrap()))
        }
        10 => {
            let day: Date = when.parse().unwrap();
            (midnight(day), midnight(day.checked_add(1.day()).unwrap()))
        }
        _ => {
            let start: Timestamp = format!("{when}:00:00Z").parse().unwrap();
            (start, start + 1.hour())
        }
    }
}

pub(crate) fn write(path: &Path, batch: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

pub(crate) fn charges_batch(charges: &[Charge]) -> RecordBatch {
    let known = |name: &String| COLUMNS.iter().any(|column| column.info().name == name);
    assert!(charges.iter().all(|charge| charge.keys().all(known)), "a test names a column that is none");
    let array = |column: &Column| -> ArrayRef {
        let info = column.info();
        let texts = charges.iter().map(|charge| charge.get(info.name).map(String::as_str));
        match info.kind {
            Kind::Amount => amounts(texts.map(|text| text.map(|text| text.parse().unwrap()))),
            Kind::Moment => {
                let micros = texts.map(|text| text.map(|text| text.parse::<Timestamp>().unwrap().as_microsecond()));
                Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
            }
            _ => Arc::new(texts.collect::<StringArray>()),
        }
    };
    RecordBatch::try_new(charges_schema(), COLUMNS.iter().map(array).collect()).unwrap()
}

fn amounts(amounts: impl Iterator<Item = Option<Money>>) -> ArrayRef {
    let units = amounts.map(|amount| amount.map(Money::units));
    Arc::new(units.collect::<Decimal128Array>().with_precision_and_scale(38, 12).unwrap())
}

/// A roll-up worked out the plain way.
fn rollup_batch(charges: &[Charge]) -> RecordBatch {
    type Group = (Option<i32>, Vec<Option<String>>);
    let mut groups: BTreeMap<Group, (Vec<Money>, i64)> = BTreeMap::new();
    for charge in charges {
        let moment = |name: &str| charge.get(name).map(|text| text.parse::<Timestamp>().unwrap().as_second());
        let day = moment("ChargePeriodStart").zip(moment("ChargePeriodEnd")).and_then(|(start, end)| {
            let day = start.div_euclid(86_400);
            (end <= (day + 1) * 86_400).then_some(i32::try_from(day).unwrap())
        });
        let dimensions = ROLLUP_DIMENSIONS.iter().map(|column| charge.get(column.info().name).cloned()).collect();
        let (sums, rows) = groups.entry((day, dimensions)).or_insert((vec![Money::ZERO; ROLLUP_AMOUNTS.len()], 0));
        for (sum, column) in sums.iter_mut().zip(ROLLUP_AMOUNTS) {
            *sum += charge.get(column.info().name).map_or(Money::ZERO, |text| text.parse().unwrap());
        }
        *rows += 1;
    }
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(groups.keys().map(|(day, _)| *day).collect::<Date32Array>())];
    for at in 0..ROLLUP_DIMENSIONS.len() {
        arrays.push(Arc::new(groups.keys().map(|(_, dimensions)| dimensions[at].clone()).collect::<StringArray>()));
    }
    for at in 0..ROLLUP_AMOUNTS.len() {
        arrays.push(amounts(groups.values().map(|(sums, _)| Some(sums[at]))));
    }
    arrays.push(Arc::new(groups.values().map(|(_, rows)| *rows).collect::<Int64Array>()));
    RecordBatch::try_new(rollup_schema(), arrays).unwrap()
}

struct Told<'a>(&'a Charge);

impl ChargeColumns for Told<'_> {
    fn text(&self, column: Column) -> Option<&[u8]> {
        self.0.get(column.info().name).map(String::as_bytes)
    }

    fn amount(&self, column: Column) -> Option<i128> {
        self.0.get(column.info().name).map(|text| text.parse::<Money>().unwrap().units())
    }
}

/// A roll-up by month worked out the plain way.
pub(crate) fn detail_batch(charges: &[Charge]) -> RecordBatch {
    type Group = (Vec<Option<String>>, &'static str);
    let mut groups: BTreeMap<Group, ([i128; SUMS], i64)> = BTreeMap::new();
    for charge in charges {
        let dimensions = detail::dimensions().map(|column| charge.get(column.info().name).cloned()).collect();
        let payer = detail::PAYERS[detail::paid_by(&Told(charge))];
        let (sums, rows) = groups.entry((dimensions, payer)).or_insert(([0; SUMS], 0));
        for (sum, more) in sums.iter_mut().zip(detail::sums(&Told(charge))) {
            *sum += more;
        }
        *rows += 1;
    }
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for at in 0..detail::dimensions().count() {
        arrays.push(Arc::new(groups.keys().map(|(dimensions, _)| dimensions[at].clone()).collect::<StringArray>()));
    }
    arrays.push(Arc::new(groups.keys().map(|(_, payer)| Some(*payer)).collect::<StringArray>()));
    let columns = detail::columns();
    for (at, info) in columns[arrays.len()..].iter().take(SUMS).enumerate() {
        let units = groups.values().map(|(sums, _)| sums[at]);
        arrays.push(match info.kind {
            Kind::Count => Arc::new(units.map(|units| i64::try_from(units).unwrap()).collect::<Int64Array>()) as ArrayRef,
            _ => amounts(units.map(|units| Some(Money::from_units(units)))),
        });
    }
    arrays.push(Arc::new(groups.values().map(|(_, rows)| *rows).collect::<Int64Array>()));
    RecordBatch::try_new(detail_schema(), arrays).unwrap()
}

fn record(payer: &str, period: &str, unit: TimeUnit, currency: &str, rows: usize) -> ImportRecord {
    let record = serde_json::json!({
        "layout": 1, "payer": payer, "period": period, "provider": "AWS", "version": "1", "kind": "legacy-cur", "assembly": null,
        "charges_files": 1, "split_files": 0, "source_periods": 1,
        "fingerprint": "f", "source": "a folder", "imported_at": "2019-01-01T00:00:00Z", "time_unit": unit, "currency": currency,
        "rows_read": rows, "rows_charges": rows, "rows_split": 0, "rows_quarantined": 0,
        "totals": {"billed": "12.5", "source-unblended": "12.5"}, "line_items": {"Usage": rows},
        "residuals": [{"name": "rounding", "amount": "0.000000000001", "meaning": "long doubles were rounded", "explained": true}],
        "notices": [],
    });
    serde_json::from_value(record).unwrap()
}
