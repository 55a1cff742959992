//! Per-day sums of a period, small enough that everyday questions never touch the charges.

use super::batch::Batch;
use super::file::{Finished, TableFile, TableShape, WriteError};
use super::text::NULL_KEY;
use crate::schema::{Column, ColumnInfo, Kind, ROLLUP_AMOUNTS, ROLLUP_DIMENSIONS};
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::path::Path;

/// Groups beyond which a roll-up is no longer small and is given up: questions then read the charges.
const GROUPS_MAX: usize = 400_000;
const DIMENSIONS: usize = ROLLUP_DIMENSIONS.len();
const AMOUNTS: usize = ROLLUP_AMOUNTS.len();
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// The day of charges longer than a day.
const NO_DAY: i32 = i32::MIN;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct GroupKey {
    day: i32,
    /// A number for each dimension's value: its place in [`Rollup::values`], 0 for null.
    values: [u32; DIMENSIONS],
}

#[derive(Debug, Clone, Copy)]
struct Group {
    key: GroupKey,
    amounts: [i128; AMOUNTS],
    rows: i64,
}

/// Sums by day and dimension, gathered batch by batch.
#[derive(Debug)]
pub(crate) struct Rollup {
    /// Distinct values of each dimension; a value's number is its place plus one.
    values: Vec<Vec<Box<[u8]>>>,
    numbers: Vec<HashMap<Box<[u8]>, u32>>,
    groups: Vec<Group>,
    index: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    /// Set when there were too many groups.
    given_up: bool,
}

impl Default for Rollup {
    fn default() -> Self {
        Self {
            values: vec![Vec::new(); DIMENSIONS],
            numbers: vec![HashMap::new(); DIMENSIONS],
            groups: Vec::new(),
            index: HashTable::new(),
            hasher: hashbrown::DefaultHashBuilder::default(),
            given_up: false,
        }
    }
}

impl Rollup {
    /// Adds the rows of a `charges` batch, visited in the order of `rows` (neighbours that agree are cheap).
    pub(crate) fn add(&mut self, batch: &Batch, rows: &[u32]) {
        if self.given_up {
            return;
        }
        let numbers = self.number_dimensions(batch);
        let mut last = None;
        for row in rows {
            let row = *row as usize;
            let mut key = GroupKey { day: day_of(batch, row), values: [0; DIMENSIONS] };
            for (dimension, column) in ROLLUP_DIMENSIONS.iter().enumerate() {
                let text = batch.text(*column as usize).key(row);
                key.values[dimension] = if text == NULL_KEY { 0 } else { numbers[dimension][text as usize] };
            }
            let group = match last {
                Some((last_key, group)) if last_key == key => group,
                _ => self.group(key),
            };
            last = Some((key, group));
            let group = &mut self.groups[group];
            group.rows += 1;
            for (amount, column) in group.amounts.iter_mut().zip(ROLLUP_AMOUNTS) {
                *amount += batch.amount(*column as usize, row).unwrap_or(0);
            }
        }
        self.give_up_when_large();
    }

    /// Adds another part's roll-up of the same period.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.given_up |= other.given_up;
        if self.given_up {
            return;
        }
        for theirs in &other.groups {
            let mut key = theirs.key;
            for (dimension, number) in key.values.iter_mut().enumerate() {
                if *number > 0 {
                    *number = self.number(dimension, &other.values[dimension][*number as usize - 1]);
                }
            }
            let group = self.group(key);
            let group = &mut self.groups[group];
            group.rows += theirs.rows;
            for (amount, more) in group.amounts.iter_mut().zip(theirs.amounts) {
                *amount += more;
            }
        }
        self.give_up_when_large();
    }

    /// Rows and sums of everything added, in the order of [`ROLLUP_AMOUNTS`]. `None` when it was given up.
    pub(crate) fn totals(&self) -> Option<(u64, [i128; AMOUNTS])> {
        if self.given_up {
            return None;
        }
        let mut totals = (0, [0; AMOUNTS]);
        for group in &self.groups {
            totals.0 += group.rows.unsigned_abs();
            for (total, amount) in totals.1.iter_mut().zip(group.amounts) {
                *total += amount;
            }
        }
        Some(totals)
    }

    /// Writes the roll-up in the order of day and values, so that the same groups give the same bytes. `None` when it was given up.
    pub(crate) fn write(&self, path: &Path) -> Result<Option<Finished>, WriteError> {
        if self.given_up {
            return Ok(None);
        }
        let shape = TableShape::new(table());
        let mut batch = Batch::new(&shape.columns);
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_unstable_by(|a, b| self.compare(a, b));
        for group in groups {
            if group.key.day != NO_DAY {
                batch.set_moment(0, i64::from(group.key.day));
            }
            for (dimension, number) in group.key.values.iter().enumerate().filter(|(_, number)| **number > 0) {
                let value = &self.values[dimension][*number as usize - 1];
                batch.set_text(1 + dimension, value).expect("values come from text columns");
            }
            for (amount, units) in group.amounts.iter().enumerate() {
                batch.set_amount(1 + DIMENSIONS + amount, *units);
            }
            batch.set_moment(1 + DIMENSIONS + AMOUNTS, group.rows);
            batch.end_row();
        }
        let mut file = TableFile::create(path, &shape)?;
        let rows: Vec<u32> = (0..u32::try_from(batch.rows()).expect("groups are bounded")).collect();
        file.write_row_group(&batch, &rows, &shape)?;
        file.finish().map(Some)
    }

    fn compare(&self, a: &Group, b: &Group) -> std::cmp::Ordering {
        let value = |dimension: usize, number: u32| number.checked_sub(1).map(|at| &self.values[dimension][at as usize]);
        a.key.day.cmp(&b.key.day).then_with(|| {
            let pairs = a.key.values.iter().zip(&b.key.values).enumerate();
            pairs.map(|(d, (a, b))| value(d, *a).cmp(&value(d, *b))).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        })
    }

    /// For each dimension, the number of each of the batch's distinct values.
    fn number_dimensions(&mut self, batch: &Batch) -> Vec<Vec<u32>> {
        let number = |(dimension, column): (usize, &Column)| {
            let text = batch.text(*column as usize);
            (0..text.distinct()).map(|key| self.number(dimension, text.value(key as u32))).collect()
        };
        ROLLUP_DIMENSIONS.iter().enumerate().map(number).collect()
    }

    fn number(&mut self, dimension: usize, value: &[u8]) -> u32 {
        if let Some(number) = self.numbers[dimension].get(value) {
            return *number;
        }
        self.values[dimension].push(value.into());
        let number = u32::try_from(self.values[dimension].len()).expect("dimensions have few values");
        self.numbers[dimension].insert(value.into(), number);
        number
    }

    fn group(&mut self, key: GroupKey) -> usize {
        let hash = self.hasher.hash_one(key);
        let (groups, hasher) = (&self.groups, &self.hasher);
        if let Some(group) = self.index.find(hash, |group| groups[*group as usize].key == key) {
            return *group as usize;
        }
        let group = u32::try_from(groups.len()).expect("groups are bounded");
        self.index.insert_unique(hash, group, |group| hasher.hash_one(groups[*group as usize].key));
        self.groups.push(Group { key, amounts: [0; AMOUNTS], rows: 0 });
        group as usize
    }

    fn give_up_when_large(&mut self) {
        if self.groups.len() > GROUPS_MAX {
            *self = Self { given_up: true, ..Self::default() };
        }
    }
}

/// The day a charge falls in, unless it is longer than that day.
fn day_of(batch: &Batch, row: usize) -> i32 {
    let start = batch.moment(Column::ChargePeriodStart as usize, row);
    let end = batch.moment(Column::ChargePeriodEnd as usize, row);
    let (Some(start), Some(end)) = (start, end) else { return NO_DAY };
    let day = start.div_euclid(MICROS_PER_DAY);
    if end > (day + 1) * MICROS_PER_DAY { NO_DAY } else { i32::try_from(day).unwrap_or(NO_DAY) }
}

/// The roll-up's columns; `Day` and `Rows` are whole numbers.
fn table() -> Vec<ColumnInfo> {
    let mut columns = vec![ColumnInfo { name: "Day", kind: Kind::Day, meaning: "Day of the charges; null when longer than a day." }];
    columns.extend(ROLLUP_DIMENSIONS.iter().chain(ROLLUP_AMOUNTS).map(|column| column.info()));
    columns.push(ColumnInfo { name: "Rows", kind: Kind::Count, meaning: "Charges in the group." });
    columns
}
