//! The simple CSV of `docs/spec/prices.md` 2: what a person can write, what the sandbox writes, and what versions are kept as.

use crate::collect::{A_PRICE, is_currency, price};
use crate::error::ReadError;
use crate::recognize::{Beginning, Kind, open, recognize};
use crate::tally::{Reason, Tally};
use csv::StringRecord;
use jiff::civil::Date;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;
use tenor_cover::{PlanKind, region_of_usage};
use tenor_money::{Money, UnitPrice};
use tenor_price::{
    COLUMNS, Draft, FIRST_LINE, ON_DEMAND, Payment, PlanOffer, Rate, ReservedOffer, ReservedPrice, SkuKey, Source, TermLength, class_of,
};

/// Columns that every file has.
const NEEDED: usize = 9;

/// What a line prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Usage on demand.
    OnDemand,
    /// A reservation.
    Reserved(ReservedOffer),
    /// Usage under a plan.
    Plan(PlanOffer),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimpleRow {
    /// Counted from 1.
    pub line: u64,
    /// What it prices.
    pub what: What,
    /// `AmazonEC2`.
    pub service: String,
    /// Where it is used, as far as the line says it.
    pub usage_region: Option<String>,
    /// `EU-BoxUsage:m6i.large`.
    pub usage_type: String,
    /// `RunInstances`.
    pub operation: String,
    /// Of one unit.
    pub rate: UnitPrice,
    /// What a reservation costs at its start.
    pub upfront: Money,
    /// `Hrs`; may be empty.
    pub unit: String,
    /// Where the price comes from.
    pub source: Source,
    /// AWS's code of the SKU; may be empty.
    pub code: String,
}

/// The lines of a file of this format, as they are.
///
/// # Errors
/// When it cannot be read, is another format, or a line is none.
pub fn simple_rows(path: &Path) -> Result<Vec<SimpleRow>, ReadError> {
    let file = path.display().to_string();
    let mut input = open(path).map_err(|source| ReadError::Io { file: path.to_owned(), source })?;
    match recognize(&file, &mut input)? {
        (Kind::Simple, beginning) => {
            Facts::read(&file, &beginning.facts)?;
            SimpleRows::new(&file, input, &beginning)?.collect()
        }
        (_, beginning) => Err(ReadError::Unknown { file, begins: beginning.begins() }),
    }
}

/// The lines of a file.
pub(crate) struct SimpleRows<'a> {
    file: &'a str,
    records: csv::Reader<Box<dyn Read + 'a>>,
    /// By [`COLUMNS`].
    places: Vec<Option<usize>>,
    lines_before: u64,
}

/// What lines of facts say.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) date: Option<Date>,
    pub(crate) currency: Option<String>,
    pub(crate) origins: Vec<String>,
    /// Whether it is a version as it is kept.
    pub(crate) is_version: bool,
}

impl Facts {
    pub(crate) fn read(file: &str, lines: &[String]) -> Result<Self, ReadError> {
        let mut facts = Self { is_version: lines.first().is_some_and(|line| line == FIRST_LINE), ..Self::default() };
        for (line, text) in (1..).zip(lines) {
            if text.starts_with("# tenor prices ") && text != FIRST_LINE {
                return Err(ReadError::Newer { file: file.to_owned(), line: text.clone() });
            }
            let (name, value) = text.trim_start_matches('#').trim().split_once(' ').unwrap_or_default();
            match name {
                "date" => {
                    let bad = |_| ReadError::Value { file: file.to_owned(), line, column: "date", value: value.to_owned(), what: "a day" };
                    facts.date = Some(value.parse().map_err(bad)?);
                }
                "currency" if !is_currency(value) => {
                    let (file, value) = (file.to_owned(), value.to_owned());
                    return Err(ReadError::Value { file, line, column: "currency", value, what: "a currency" });
                }
                "currency" => facts.currency = Some(value.to_owned()),
                "from" => facts.origins.push(value.to_owned()),
                _ => {}
            }
        }
        Ok(facts)
    }
}

impl<'a> SimpleRows<'a> {
    /// The lines after a header.
    ///
    /// # Errors
    /// When the header lacks a column.
    pub(crate) fn new(file: &'a str, input: impl Read + 'a, beginning: &Beginning) -> Result<Self, ReadError> {
        let header: Vec<&str> = beginning.header.split(',').map(|name| name.trim_matches('"')).collect();
        let places: Vec<Option<usize>> = COLUMNS.iter().map(|column| header.iter().position(|name| name == column)).collect();
        if let Some(at) = places[..NEEDED].iter().position(Option::is_none) {
            return Err(ReadError::NoColumn { file: file.to_owned(), column: COLUMNS[at] });
        }
        let input: Box<dyn Read + 'a> = Box::new(input);
        let records = csv::ReaderBuilder::new().has_headers(false).from_reader(input);
        Ok(Self { file, records, places, lines_before: beginning.lines })
    }

    fn row(&self, record: &StringRecord) -> Result<SimpleRow, ReadError> {
        let line = record.position().map_or(0, csv::Position::line) + self.lines_before;
        let said = |column: usize| self.places[column].and_then(|place| record.get(place));
        let text = |column: usize| said(column).unwrap_or_default();
        let bad = |column: usize, what| {
            let (file, value) = (self.file.to_owned(), text(column).to_owned());
            ReadError::Value { file, line, column: COLUMNS[column], value, what }
        };
        let amount = |column: usize| price(text(column)).ok_or_else(|| bad(column, A_PRICE));
        let term = || TermLength::from_text(text(1)).filter(|term| term.as_str() == text(1)).ok_or_else(|| bad(1, "`1yr` or `3yr`"));
        let payment = || Payment::from_text(text(2)).ok_or_else(|| bad(2, "`No Upfront`, `Partial Upfront` or `All Upfront`"));
        let region = text(4).to_owned();
        let (what, usage_region) = if text(0) == ON_DEMAND {
            (What::OnDemand, Some(region))
        } else if let Some(class) = class_of(text(0)) {
            (What::Reserved(ReservedOffer { class, term: term()?, payment: payment()? }), Some(region))
        } else {
            let kind = PlanKind::from_offering_type(text(0)).ok_or_else(|| bad(0, "an offering"))?;
            // An EC2 Instance plan covers usage of its own Region alone.
            let own = (kind == PlanKind::Ec2Instance).then(|| region.clone());
            let usage_region = said(11).map(str::to_owned).or(own).or_else(|| region_of_usage(text(6)).map(str::to_owned));
            (What::Plan(PlanOffer { kind, term: term()?, payment: payment()?, family: text(3).to_owned(), region }), usage_region)
        };
        let upfront = if text(9).is_empty() { Money::ZERO } else { Money::from_units(amount(9)?.units()) };
        let source = Source::from_text(text(12)).ok_or_else(|| bad(12, "`list`, `private` or `simulated`"))?;
        let [service, usage_type, operation, unit, code] = [5, 6, 7, 10, 13].map(|column| text(column).to_owned());
        Ok(SimpleRow { line, what, service, usage_region, usage_type, operation, rate: amount(8)?, upfront, unit, source, code })
    }
}

impl Iterator for SimpleRows<'_> {
    type Item = Result<SimpleRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = StringRecord::new();
        match self.records.read_record(&mut record) {
            Ok(true) => Some(self.row(&record)),
            Ok(false) => None,
            Err(source) => Some(Err(ReadError::Csv { file: self.file.to_owned(), source })),
        }
    }
}

/// Puts the lines into a draft. A plan's line that does not say where its usage is takes that from the on-demand line of the same.
pub(crate) fn read(rows: SimpleRows<'_>, regions: &BTreeSet<String>, draft: &mut Draft) -> Result<Tally, ReadError> {
    let (file, mut tally, mut later) = (rows.file, Tally::default(), Vec::new());
    let mut used_in: HashMap<(String, String, String), BTreeSet<String>> = HashMap::new();
    for row in rows {
        let row = row?;
        if row.what == What::OnDemand && region_of_usage(&row.usage_type).is_none() {
            let usage = (row.service.clone(), row.usage_type.clone(), row.operation.clone());
            used_in.entry(usage).or_default().extend(row.usage_region.clone());
        }
        match row.usage_region.clone() {
            Some(region) => put(file, &row, &region, regions, draft, &mut tally)?,
            None => later.push(row),
        }
    }
    for row in later {
        let usage = (row.service.clone(), row.usage_type.clone(), row.operation.clone());
        let unknown = || ReadError::NoRegion { file: file.to_owned(), line: row.line, usage_type: row.usage_type.clone() };
        let found = used_in.get(&usage).filter(|found| found.len() == 1).and_then(BTreeSet::first).ok_or_else(unknown)?;
        put(file, &row, found, regions, draft, &mut tally)?;
    }
    Ok(tally)
}

fn put(
    file: &str,
    row: &SimpleRow,
    region: &str,
    regions: &BTreeSet<String>,
    draft: &mut Draft,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let key = SkuKey::new(&row.service, region, &row.usage_type, &row.operation);
    if !regions.is_empty() && !key.region().is_empty() && !regions.contains(key.region()) {
        tally.leave_out(Reason::OtherRegion, key);
        return Ok(());
    }
    draft.describe(&key, &row.unit, &row.code);
    let rate = Rate { price: row.rate, source: row.source };
    let (counts, put) = match &row.what {
        What::OnDemand => (&mut tally.counts.on_demand, draft.on_demand(&key, rate)),
        What::Reserved(offer) => {
            let price = ReservedPrice { hourly: row.rate, upfront: row.upfront, source: row.source };
            (&mut tally.counts.reserved, draft.reserved(&key, *offer, price))
        }
        What::Plan(offer) => (&mut tally.counts.plan_rates, draft.plan_rate(offer, &key, rate)),
    };
    *counts += 1;
    put.map_err(|source| ReadError::Clash { file: file.to_owned(), line: row.line, source })
}
