//! The rows of a month's bill, added up by hour, by whose they are and by what they are.

use super::label::{Label, labels};
use super::span::Range;
use crate::closing::closing_rows;
use crate::cloud::ask::Ask;
use crate::cloud::bills::{has_run, request};
use crate::cloud::{Cloud, Moment};
use crate::hour::{Scratch, rows_of_hour};
use crate::line::LineItem;
use crate::month::Month;
use crate::request::BillRequest;
use crate::truth::{Sums, Totals};
use crate::world::World;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_money::Quantity;

/// Whose rows: what a place says, but for the resource where nobody asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Group {
    pub(super) account: u32,
    /// Empty for what lies in none.
    pub(super) zone: String,
    /// Whether the owner's tags are on it.
    pub(super) tagged: bool,
    /// Its id, where resources are told apart.
    pub(super) resource: String,
}

/// What rows of one hour, group and kind add up to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    /// The first second of its clock hour.
    pub(super) start: i64,
    pub(super) group: u32,
    pub(super) kind: u32,
    pub(super) totals: Totals,
    pub(super) usage: Quantity,
    pub(super) normalized: Quantity,
}

/// A month, or as much of it as is over.
pub(crate) struct Facts {
    pub(super) world: World,
    pub(super) start: i64,
    /// The first second of which nothing is known.
    pub(super) until: i64,
    pub(super) labels: Vec<Label>,
    pub(super) groups: Vec<Group>,
    /// In the order of time.
    pub(super) cells: Vec<Cell>,
}

/// What is known already: by month, with what its bill depended on.
pub(crate) type Known = BTreeMap<BillingPeriod, (String, Arc<Facts>)>;

/// A cell with what it stands for.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) facts: &'a Facts,
    pub(super) cell: &'a Cell,
    pub(super) label: &'a Label,
    pub(super) group: &'a Group,
}

impl Facts {
    fn new(world: World, period: BillingPeriod, hours: std::ops::Range<i64>, by_resource: bool) -> Self {
        let mut month = Month::new(&world, period);
        month.end = hours.end;
        let mut table = Table { by_resource, ..Table::default() };
        let (mut sums, mut scratch, mut rows) = (Sums::new(&month), Scratch::default(), Vec::new());
        for hour in hours.clone().step_by(3600) {
            rows_of_hour(&month, hour, &mut scratch, &mut rows);
            sums.add(&month, &rows);
            table.add(&month, &rows);
        }
        if !by_resource {
            table.add(&month, &closing_rows(&month, &mut sums));
        }
        let labels = labels(&month);
        drop(month);
        let Table { groups, cells, .. } = table;
        Self { world, start: hours.start, until: hours.end, labels, groups, cells: cells.into_values().collect() }
    }

    /// Its rows within a time.
    pub(super) fn rows(&self, range: Range) -> impl Iterator<Item = Row<'_>> {
        let first = self.cells.partition_point(|cell| cell.start < range.start);
        let within = self.cells[first..].iter().take_while(move |cell| cell.start < range.end);
        within.map(|cell| self.row(cell))
    }

    fn row<'a>(&'a self, cell: &'a Cell) -> Row<'a> {
        Row { facts: self, cell, label: &self.labels[cell.kind as usize], group: &self.groups[cell.group as usize] }
    }
}

#[derive(Default)]
struct Table {
    by_resource: bool,
    groups: Vec<Group>,
    by_group: HashMap<Group, u32>,
    cells: BTreeMap<(i64, u32, u32), Cell>,
}

impl Table {
    fn add(&mut self, month: &Month<'_>, rows: &[LineItem]) {
        for row in rows.iter().filter(|row| !month.kinds[row.kind as usize].split) {
            let group = self.group(month, row.place);
            let start = row.start.div_euclid(3600) * 3600;
            let fresh = Cell { start, group, kind: row.kind, ..Cell::default() };
            let cell = self.cells.entry((start, group, row.kind)).or_insert(fresh);
            cell.totals.merge(&Totals::of(month, row));
            cell.usage += row.usage;
            cell.normalized += row.normalized;
        }
    }

    fn group(&mut self, month: &Month<'_>, place: u32) -> u32 {
        let place = &month.world.places[place as usize];
        let resource = if self.by_resource { place.resource_id.clone() } else { String::new() };
        let group = Group { account: place.account, zone: place.zone.clone(), tagged: place.tagged, resource };
        if let Some(index) = self.by_group.get(&group) {
            return *index;
        }
        let index = self.groups.len() as u32;
        self.groups.push(group.clone());
        self.by_group.insert(group, index);
        index
    }
}

/// The facts of a stretch of time, and who looks at them.
pub(super) struct View {
    months: Vec<Arc<Facts>>,
    viewer: u32,
    pub(super) range: Range,
}

impl View {
    /// All rows that the viewer may see: the payer those of all accounts, others their own.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows_in(self.range)
    }

    /// The same within a time.
    pub(super) fn rows_in(&self, range: Range) -> impl Iterator<Item = Row<'_>> {
        let range = range.within(self.range);
        self.months.iter().flat_map(move |facts| facts.rows(range)).filter(|row| self.shows(row.group.account))
    }

    /// Whether the viewer may see what an account has.
    pub(super) fn shows(&self, account: u32) -> bool {
        self.viewer == 0 || self.viewer == account
    }

    /// The months, in order.
    pub(super) fn months(&self) -> impl Iterator<Item = &Facts> {
        self.months.iter().map(AsRef::as_ref)
    }
}

impl Cloud {
    /// The last clock hour that is over ends here.
    pub(super) fn known_until(&self) -> i64 {
        self.books.now.0.div_euclid(3600) * 3600
    }

    /// The facts of a time, as far as it is over.
    pub(super) fn view(&mut self, ask: &Ask<'_>, range: Range) -> View {
        let end = range.end.min(self.known_until());
        let first = range.start.max(self.books.setup.start.start().as_second());
        let mut months = Vec::new();
        let mut period = BillingPeriod::containing(Moment(first).timestamp());
        while period.start().as_second() < end {
            months.push(self.facts(period));
            period = period.next();
        }
        View { months, viewer: ask.caller.account, range: Range { start: range.start, end } }
    }

    /// The facts of a few days by resource. They are not kept.
    pub(super) fn view_of_resources(&self, ask: &Ask<'_>, range: Range) -> View {
        let end = range.end.min(self.known_until());
        let first = range.start.max(self.books.setup.start.start().as_second());
        let mut months = Vec::new();
        let mut period = BillingPeriod::containing(Moment(first).timestamp());
        while period.start().as_second() < end {
            let hours = period.start().as_second().max(first)..period.end().as_second().min(end);
            let request = BillRequest { start: period, ..request(&self.books.setup) };
            months.push(Arc::new(Facts::new(self.world(&request), period, hours, true)));
            period = period.next();
        }
        View { months, viewer: ask.caller.account, range: Range { start: range.start, end } }
    }

    /// A month's facts: kept for as long as what its bill depends on stays the same.
    fn facts(&mut self, period: BillingPeriod) -> Arc<Facts> {
        let start = period.start().as_second();
        let until = period.end().as_second().min(self.known_until());
        let key = format!("{:?} {}", self.preferences_before(period.end().as_second()), self.held_in(start..until));
        if let Some((known, facts)) = self.explored.get(&period)
            && *known == key
        {
            return Arc::clone(facts);
        }
        let request = BillRequest { start: period, ..request(&self.books.setup) };
        let facts = Arc::new(Facts::new(self.world(&request), period, start..until, false));
        self.explored.insert(period, (key, Arc::clone(&facts)));
        facts
    }

    /// What a month's bill depends on: its hours, and what was held in them.
    fn held_in(&self, hours: std::ops::Range<i64>) -> String {
        let mut key = format!("{hours:?}");
        // What never ran is paid for at its start all the same.
        let overlaps = |start: Moment, end: Moment| start.0 < hours.end && (end.0 > hours.start || start.0 >= hours.start);
        for plan in self.books.plans.iter().filter(|plan| has_run(plan.standing) && overlaps(plan.start, plan.end())) {
            // Writing to a string never fails.
            let _ = write!(key, " {} {:?} {:?}", plan.id, plan.start, plan.returned);
        }
        for held in self.books.reserved.iter().filter(|held| has_run(held.standing) && overlaps(held.start, held.end)) {
            let _ = write!(key, " {held:?}");
        }
        key
    }
}
