//! What a back-test answers: a table of policies, and JSON that tells each decision too.

use crate::output::{self, Cell, Column, Table};
use serde_json::Value;
use std::io::{self, Write};
use tenor_bill::Hour;
use tenor_money::Quantity;
use tenor_propose::backtest::{Backtest, Comparison, Moment, Standing};

/// A comparison, with what it is of.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) compared: &'a Comparison,
    /// The names of what could be bought, in the order in which it applies.
    pub(super) offers: Vec<&'a str>,
    /// The first hour of the demand.
    pub(super) first: Hour,
    /// The hour after the last that is counted.
    pub(super) end: Hour,
    /// Decimals of its units.
    pub(super) decimals: u32,
}

impl<'a> Answer<'a> {
    /// Of a back-test.
    pub(super) fn new(backtest: &'a Backtest<'_>, compared: &'a Comparison) -> Self {
        let offers = backtest.offers().offers().iter().map(|offer| offer.name.as_str()).collect();
        let decimals = backtest.demand().series().first().map_or(0, |one| one.decimals);
        let first = backtest.demand().first();
        Self { compared, offers, first, end: hour_after(first, backtest.counted().end), decimals }
    }

    /// How often each policy decided.
    pub(super) fn decisions(&self) -> usize {
        self.compared.policies.first().map_or(0, |one| one.over_time.len())
    }

    /// The first and the last decision.
    pub(super) fn decided(&self) -> (Hour, Hour) {
        let decisions = self.compared.policies.first().map(|one| one.over_time.as_slice()).unwrap_or_default();
        let ends = decisions.first().zip(decisions.last());
        ends.map_or((self.end, self.end), |(first, last)| (self.hour(first), self.hour(last)))
    }

    /// A row for each policy.
    pub(super) fn table(&self) -> Table {
        let mut columns = vec![
            Column::text("name", "Policy"),
            Column::number("saving", "Saving"),
            Column::number("cost", "Cost"),
            Column::number("regret", "Regret"),
        ];
        let offers = || self.offers.iter();
        columns.extend(offers().map(|offer| Column::number(format!("utilization_{offer}"), format!("Utilization {offer}"))));
        columns.extend(offers().map(|offer| Column::number(format!("held_at_the_end_{offer}"), format!("Held at the end {offer}"))));
        columns.push(Column::number("peak_obligation", "Peak obligation"));
        let mut table = Table::new(columns);
        for standing in &self.compared.policies {
            table.row(self.row(standing));
        }
        table
    }

    /// The same as an object, with the decisions of each policy.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(super) fn print_json(&self) -> io::Result<()> {
        let mut out = output::stdout();
        self.write_json(&mut out)?;
        out.flush()
    }

    /// The moment of a decision.
    pub(super) fn hour(&self, moment: &Moment) -> Hour {
        hour_after(self.first, moment.hour)
    }

    fn row(&self, standing: &Standing) -> Vec<Cell> {
        let mut cells = vec![
            standing.name.clone().into(),
            Cell::Number(standing.saving.to_string()),
            Cell::Amount(standing.cost),
            Cell::Amount(standing.regret),
        ];
        let offers = 0..self.offers.len();
        let used = |offer| standing.utilization.get(offer).copied().flatten();
        cells.extend(offers.clone().map(|offer| used(offer).map_or(Cell::Null, |used| Cell::Number(used.to_string()))));
        let held = |offer| standing.over_time.last().and_then(|last| last.units.get(offer).copied());
        cells.extend(offers.map(|offer| held(offer).map_or(Cell::Null, |held| self.units_cell(held))));
        cells.push(standing.peak_obligation().into());
        cells
    }

    fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{{\n  \"offers\": {},", Value::from(self.offers.as_slice()))?;
        write!(out, "\n  \"on_demand_cost\": {},", Value::from(self.compared.on_demand_cost.to_string()))?;
        write!(out, "\n  \"policies\": [")?;
        for (at, standing) in self.compared.policies.iter().enumerate() {
            write!(out, "{}\n    {{{}", if at == 0 { "" } else { "," }, pairs(&self.figures(standing)))?;
            write!(out, ", \"over_time\": [")?;
            for (at, moment) in standing.over_time.iter().enumerate() {
                write!(out, "{}\n      {{{}}}", if at == 0 { "" } else { "," }, pairs(&self.moment(moment)))?;
            }
            write!(out, "{}]}}", if standing.over_time.is_empty() { "" } else { "\n    " })?;
        }
        writeln!(out, "\n  ]\n}}")
    }

    fn figures(&self, standing: &Standing) -> Vec<(String, Value)> {
        let mut figures = vec![
            ("name".to_owned(), Value::from(standing.name.as_str())),
            ("saving".to_owned(), number(standing.saving)),
            ("cost".to_owned(), standing.cost.to_string().into()),
            ("regret".to_owned(), standing.regret.to_string().into()),
        ];
        let offers = || self.offers.iter().enumerate();
        let used = |offer| standing.utilization.get(offer).copied().flatten();
        figures.extend(offers().map(|(at, offer)| (format!("utilization_{offer}"), used(at).map_or(Value::Null, number))));
        let held = |offer| standing.over_time.last().and_then(|last| last.units.get(offer).copied());
        let held = |offer| held(offer).map_or(Value::Null, |held| number(self.units(held)));
        figures.extend(offers().map(|(at, offer)| (format!("held_at_the_end_{offer}"), held(at))));
        figures.push(("peak_obligation".to_owned(), standing.peak_obligation().map(|owed| owed.to_string()).into()));
        figures
    }

    fn moment(&self, moment: &Moment) -> Vec<(String, Value)> {
        let units: Vec<Value> = moment.units.iter().map(|units| number(self.units(*units))).collect();
        let figures = [
            ("hour", Value::from(self.hour(moment).to_string())),
            ("saving", number(moment.saving)),
            ("obligation", moment.obligation.map(|owed| owed.to_string()).into()),
            ("units", units.into()),
        ];
        figures.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// So many of the demand's cells in its own unit.
    pub(super) fn units(&self, cells: u64) -> Quantity {
        Quantity::from_units(i128::from(cells) * 10_i128.pow(12 - self.decimals))
    }

    fn units_cell(&self, cells: u64) -> Cell {
        if self.decimals == 0 { Cell::Count(cells) } else { Cell::Number(self.units(cells).to_string()) }
    }
}

fn hour_after(first: Hour, hours: usize) -> Hour {
    Hour::from_epoch_hours(first.epoch_hours() + hours as i64)
}

/// A number of a few digits, which JSON's readers take as it is.
pub(super) fn number(quantity: Quantity) -> Value {
    serde_json::from_str(&quantity.to_string()).expect("a decimal is a number of JSON")
}

/// What an object holds, in this order.
pub(super) fn pairs(pairs: &[(String, Value)]) -> String {
    let pair = |(key, value): &(String, Value)| format!("{}: {value}", Value::from(key.as_str()));
    pairs.iter().map(pair).collect::<Vec<_>>().join(", ")
}
