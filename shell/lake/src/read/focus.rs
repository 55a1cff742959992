//! FOCUS rows, 1.0 and 1.2, of any provider, are kept as they are.

use super::cur::want_of;
use super::json::{MapCache, canonical_text, object};
use super::mapper::{BindError, KeyPart, Mapper, RowKey};
use super::row::{Fault, Problem, Row, Want, Wanted};
use super::sink::{RowError, Sink};
use crate::schema::{COLUMNS, Column, Kind};
use crate::write::Batch;
use serde_json::Value;
use tenor_bill::{ChargeCategory, CommitmentStatus, Costs, Reported};
use tenor_money::Money;

/// Columns without which rows cannot be booked.
const REQUIRED: [Column; 9] = [
    Column::BilledCost,
    Column::EffectiveCost,
    Column::BillingAccountId,
    Column::BillingCurrency,
    Column::BillingPeriodStart,
    Column::ChargeCategory,
    Column::ChargePeriodStart,
    Column::ChargePeriodEnd,
    Column::ProviderName,
];

/// Maps the rows of one FOCUS file.
pub(crate) struct FocusMapper {
    wanted: Vec<Wanted>,
    /// Our columns that the file has.
    columns: Vec<(usize, Column)>,
    /// Columns of the file that we have no place for.
    extra: Vec<usize>,
    maps: MapCache<String>,
    /// What rounding took from the row's numbers, by their column; mostly nothing.
    residues: Vec<(Column, i128)>,
}

impl FocusMapper {
    fn place(&self, column: Column) -> Option<usize> {
        self.columns.iter().find(|(_, bound)| *bound == column).map(|(wanted, _)| *wanted)
    }

    fn text<'a, R: Row>(&self, row: &'a R, column: Column) -> &'a [u8] {
        self.place(column).map_or(&[], |wanted| row.text(wanted))
    }

    fn needed_amount<R: Row>(&self, row: &R, column: Column) -> Result<Money, Fault> {
        let place = self.place(column);
        let decimal = place.map_or(Ok(None), |wanted| row.amount(wanted))?;
        decimal.map(|decimal| Money::from_units(decimal.units)).ok_or(Fault { column: place, problem: Problem::Missing })
    }

    fn amount<R: Row>(&self, row: &R, column: Column) -> Result<Money, Fault> {
        let decimal = self.place(column).map_or(Ok(None), |wanted| row.amount(wanted))?;
        Ok(decimal.map_or(Money::ZERO, |decimal| Money::from_units(decimal.units)))
    }

    fn needed_moment<R: Row>(&self, row: &R, column: Column) -> Result<i64, Fault> {
        let place = self.place(column);
        place.map_or(Ok(None), |wanted| row.moment(wanted))?.ok_or(Fault { column: place, problem: Problem::Missing })
    }

    fn set_row<R: Row>(&mut self, row: &R, to: &mut Batch) -> Result<(), Fault> {
        self.residues.clear();
        for (wanted, column) in &self.columns {
            let place = *column as usize;
            match column.info().kind {
                Kind::Text => to.set_text(place, row.text(*wanted)).map_err(|error| Fault::at(*wanted, error.into()))?,
                Kind::Json => {
                    let raw = row.text(*wanted);
                    if !raw.is_empty() {
                        let text = self.maps.get(raw, |raw| object(raw).map(canonical_text)).ok_or(Fault::at(*wanted, Problem::Map))?;
                        to.set_text(place, text.as_bytes()).map_err(|error| Fault::at(*wanted, error.into()))?;
                    }
                }
                Kind::Amount | Kind::Count => {
                    if let Some(decimal) = row.amount(*wanted)? {
                        to.set_amount(place, decimal.units);
                        if decimal.residue != 0 {
                            self.residues.push((*column, decimal.residue));
                        }
                    }
                }
                Kind::Moment | Kind::Day => {
                    if let Some(micros) = row.moment(*wanted)? {
                        to.set_moment(place, micros);
                    }
                }
            }
        }
        let shown = |wanted: &usize| (self.wanted[*wanted].name.clone(), Value::from(row.shown(*wanted)));
        let extra = canonical_text(self.extra.iter().map(shown));
        to.set_text(Column::XExtra as usize, extra.as_bytes()).map_err(|error| Fault { column: None, problem: error.into() })
    }

    fn costs<R: Row>(&self, row: &R) -> Result<Costs, Fault> {
        Ok(Costs {
            billed: self.needed_amount(row, Column::BilledCost)?,
            effective: self.needed_amount(row, Column::EffectiveCost)?,
            list: self.amount(row, Column::ListCost)?,
            contracted: self.amount(row, Column::ContractedCost)?,
            unblended: Money::ZERO,
        })
    }
}

impl Mapper for FocusMapper {
    const NULL_WORD: &'static [u8] = b"NULL";

    fn bind(names: &[String]) -> Result<Self, BindError> {
        let (mut wanted, mut columns, mut extra) = (Vec::new(), Vec::new(), Vec::new());
        for (index, name) in names.iter().enumerate() {
            let known = COLUMNS.iter().copied().find(|column| column.info().name.eq_ignore_ascii_case(name));
            let want = match known {
                Some(column) if column.info().kind == Kind::Json => Want::Map,
                Some(column) => want_of(column.info().kind),
                None => Want::Text,
            };
            match known {
                Some(column) if columns.iter().any(|(_, bound)| *bound == column) => return Err(BindError::Twice(name.clone())),
                Some(column) => columns.push((wanted.len(), column)),
                None => extra.push(wanted.len()),
            }
            wanted.push(Wanted { index, name: name.clone(), want });
        }
        let missing = REQUIRED.into_iter().find(|needed| columns.iter().all(|(_, column)| column != needed));
        match missing {
            Some(column) => Err(BindError::Missing(column.info().name)),
            None => Ok(Self { wanted, columns, extra, maps: MapCache::default(), residues: Vec::new() }),
        }
    }

    fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    fn key<'a, R: Row>(&self, row: &'a R) -> Result<RowKey<'a>, Fault> {
        let payer = self.text(row, Column::BillingAccountId);
        if payer.is_empty() {
            return Err(Fault { column: self.place(Column::BillingAccountId), problem: Problem::Missing });
        }
        let provider = match self.text(row, Column::ProviderName) {
            [] => return Err(Fault { column: self.place(Column::ProviderName), problem: Problem::Missing }),
            b"AWS" | b"Amazon Web Services" | b"Amazon Web Services, Inc." => &[],
            other => other,
        };
        Ok(RowKey { payer, period_start: self.needed_moment(row, Column::BillingPeriodStart)?, provider })
    }

    fn key_column(&self, part: KeyPart) -> Option<usize> {
        self.place(match part {
            KeyPart::Payer => Column::BillingAccountId,
            KeyPart::PeriodStart => Column::BillingPeriodStart,
            KeyPart::Provider => Column::ProviderName,
        })
    }

    fn map<R: Row>(&mut self, row: &R, sink: &mut Sink) -> Result<(), RowError> {
        let costs = self.costs(row)?;
        let (start, end) = (self.needed_moment(row, Column::ChargePeriodStart)?, self.needed_moment(row, Column::ChargePeriodEnd)?);
        let category = self.text(row, Column::ChargeCategory);
        let known = std::str::from_utf8(category).ok().and_then(ChargeCategory::from_word);
        let category = known.ok_or_else(|| {
            let problem = Problem::Other("not a FOCUS charge category (Usage, Purchase, Tax, Credit, Adjustment)".to_owned());
            Fault { column: self.place(Column::ChargeCategory), problem }
        })?;
        let (currency, place) = (self.text(row, Column::BillingCurrency), self.place(Column::BillingCurrency));
        sink.counts.check_currency(currency, place)?;
        let kind = sink.counts.kind(category.as_str().as_bytes()).expect("there are fewer categories than a bill may have kinds");
        if let Err(fault) = self.set_row(row, sink.charges.row()) {
            sink.charges.row().drop_row();
            return Err(fault.into());
        }
        sink.charges.end_row()?;
        let counts = &mut sink.counts;
        counts.rows_read += 1;
        counts.rows_charges += 1;
        counts.note_currency(currency);
        counts.count_kind(kind);
        counts.sums.add_focus(&costs);
        for (column, residue) in &self.residues {
            counts.sums.add_rounding(column.info().name, *residue);
        }
        if category == ChargeCategory::Usage {
            counts.count_length(start, end);
        }
        let used = self.text(row, Column::CommitmentDiscountStatus) == CommitmentStatus::Used.as_str().as_bytes();
        if used && costs.effective.is_zero() && costs.list > Money::ZERO {
            counts.notice("usage under a commitment has a list cost but an effective cost of 0: the source lacks what the commitment cost, so savings computed from these rows would be false");
        }
        Ok(())
    }

    /// A FOCUS row has cash and no unblended cost.
    fn cost<R: Row>(&self, row: &R) -> Option<Reported> {
        let billed = row.amount(self.place(Column::BilledCost)?).ok().flatten()?;
        Some(Reported { gross: None, net: Some(Money::from_units(billed.units)) })
    }
}
