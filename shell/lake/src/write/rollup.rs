//! Sums of a period, small enough that everyday questions never touch the charges: by day, and by month in detail.

use super::batch::Batch;
use super::file::{Finished, TableFile, TableShape, WriteError};
use super::text::NULL_KEY;
use crate::detail::{self, ChargeColumns};
use crate::schema::{Column, ColumnInfo, Kind, ROLLUP_AMOUNTS, ROLLUP_DIMENSIONS};
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::path::Path;

const DIMENSIONS: usize = ROLLUP_DIMENSIONS.len();
const AMOUNTS: usize = ROLLUP_AMOUNTS.len();
/// One more for who paid.
const DETAIL_DIMENSIONS: usize = DIMENSIONS + detail::MORE_DIMENSIONS.len() + 1;
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// The day of charges longer than a day, and of all where days are not kept apart.
const NO_DAY: i32 = i32::MIN;

/// What a roll-up keeps apart and adds up.
#[derive(Debug)]
pub(crate) struct Definition<const S: usize> {
    by_day: bool,
    /// Text columns, one after the other.
    dimensions: [&'static [Column]; 2],
    /// What a charge tells by several columns together, as a place among these words: one more dimension, after the others.
    words: &'static [&'static str],
    word: fn(&ChargeOf<'_>) -> usize,
    /// What a charge adds to each sum.
    sums: fn(&ChargeOf<'_>) -> [i128; S],
    columns: fn() -> Vec<ColumnInfo>,
    /// Groups beyond which it is no longer small and is given up: questions then read the charges.
    groups_max: usize,
}

/// By day, and the columns that most questions are about.
static BY_DAY: Definition<AMOUNTS> = Definition {
    by_day: true,
    dimensions: [ROLLUP_DIMENSIONS, &[]],
    words: &[],
    word: |_| 0,
    sums: |charge| std::array::from_fn(|at| charge.amount(ROLLUP_AMOUNTS[at]).unwrap_or(0)),
    columns: columns_by_day,
    groups_max: 400_000,
};

/// By no day, but by what was used. A group takes twice the memory of one by day.
static BY_MONTH: Definition<{ detail::SUMS }> = Definition {
    by_day: false,
    dimensions: [detail::MORE_DIMENSIONS, ROLLUP_DIMENSIONS],
    words: detail::PAYERS,
    word: paid_by,
    sums: sums_in_detail,
    columns: detail::columns,
    groups_max: 200_000,
};

fn paid_by(charge: &ChargeOf<'_>) -> usize {
    detail::paid_by(charge)
}

fn sums_in_detail(charge: &ChargeOf<'_>) -> [i128; detail::SUMS] {
    detail::sums(charge)
}

/// All roll-ups of a period.
#[derive(Debug)]
pub(crate) struct Rollups {
    pub(crate) by_day: Rollup<DIMENSIONS, AMOUNTS>,
    pub(crate) by_month: Rollup<DETAIL_DIMENSIONS, { detail::SUMS }>,
}

impl Default for Rollups {
    fn default() -> Self {
        Self { by_day: Rollup::new(&BY_DAY), by_month: Rollup::new(&BY_MONTH) }
    }
}

impl Rollups {
    /// Adds the rows of a `charges` batch, visited in the order of `rows` (neighbours that agree are cheap).
    pub(crate) fn add(&mut self, batch: &Batch, rows: &[u32]) {
        self.by_day.add(batch, rows);
        self.by_month.add(batch, rows);
    }

    /// Adds another part's roll-ups of the same period.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.by_day.merge(&other.by_day);
        self.by_month.merge(&other.by_month);
    }
}

/// A row of a `charges` batch.
#[derive(Debug)]
pub(crate) struct ChargeOf<'a> {
    batch: &'a Batch,
    row: usize,
}

impl ChargeColumns for ChargeOf<'_> {
    fn text(&self, column: Column) -> Option<&[u8]> {
        let text = self.batch.text(column as usize);
        Some(text.key(self.row)).filter(|key| *key != NULL_KEY).map(|key| text.value(key))
    }

    fn amount(&self, column: Column) -> Option<i128> {
        self.batch.amount(column as usize, self.row)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct GroupKey<const D: usize> {
    day: i32,
    /// A number for each dimension's value: its place in [`Rollup::values`], 0 for null.
    values: [u32; D],
}

#[derive(Debug, Clone, Copy)]
struct Group<const D: usize, const S: usize> {
    key: GroupKey<D>,
    sums: [i128; S],
    rows: i64,
}

/// Sums of charges that agree in every dimension, gathered batch by batch.
#[derive(Debug)]
pub(crate) struct Rollup<const D: usize, const S: usize> {
    definition: &'static Definition<S>,
    /// Distinct values of each dimension; a value's number is its place plus one.
    values: Vec<Vec<Box<[u8]>>>,
    numbers: Vec<HashMap<Box<[u8]>, u32>>,
    groups: Vec<Group<D, S>>,
    index: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    /// Set when there were too many groups.
    given_up: bool,
}

impl<const D: usize, const S: usize> Rollup<D, S> {
    fn new(definition: &'static Definition<S>) -> Self {
        let mut rollup = Self {
            definition,
            values: vec![Vec::new(); D],
            numbers: vec![HashMap::new(); D],
            groups: Vec::new(),
            index: HashTable::new(),
            hasher: hashbrown::DefaultHashBuilder::default(),
            given_up: false,
        };
        // A word's number is then its place plus one, in every part.
        for word in definition.words {
            rollup.number(D - 1, word.as_bytes());
        }
        rollup
    }

    /// Adds the rows of a `charges` batch, visited in the order of `rows`.
    fn add(&mut self, batch: &Batch, rows: &[u32]) {
        if self.given_up {
            return;
        }
        let definition = self.definition;
        let columns: Vec<Column> = definition.dimensions.into_iter().flatten().copied().collect();
        let numbers = self.number_dimensions(batch, &columns);
        let mut last = None;
        for row in rows {
            let row = *row as usize;
            let charge = ChargeOf { batch, row };
            let mut key = GroupKey { day: if definition.by_day { day_of(batch, row) } else { NO_DAY }, values: [0; D] };
            for (dimension, column) in columns.iter().enumerate() {
                let text = batch.text(*column as usize).key(row);
                key.values[dimension] = if text == NULL_KEY { 0 } else { numbers[dimension][text as usize] };
            }
            if !definition.words.is_empty() {
                key.values[D - 1] = u32::try_from((definition.word)(&charge)).expect("there are few words") + 1;
            }
            let group = match last {
                Some((last_key, group)) if last_key == key => Some(group),
                _ => self.group(key),
            };
            let Some(group) = group else { return self.give_up() };
            last = Some((key, group));
            let group = &mut self.groups[group];
            group.rows += 1;
            for (sum, more) in group.sums.iter_mut().zip((definition.sums)(&charge)) {
                *sum += more;
            }
        }
    }

    /// Adds another part's roll-up of the same period.
    fn merge(&mut self, other: &Self) {
        if other.given_up {
            self.give_up();
        }
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
            let Some(group) = self.group(key) else { return self.give_up() };
            let group = &mut self.groups[group];
            group.rows += theirs.rows;
            for (sum, more) in group.sums.iter_mut().zip(theirs.sums) {
                *sum += more;
            }
        }
    }

    /// Rows and sums of everything added. `None` when it was given up.
    pub(crate) fn totals(&self) -> Option<(u64, [i128; S])> {
        if self.given_up {
            return None;
        }
        let mut totals = (0, [0; S]);
        for group in &self.groups {
            totals.0 += group.rows.unsigned_abs();
            for (total, amount) in totals.1.iter_mut().zip(group.sums) {
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
        let shape = TableShape::new((self.definition.columns)());
        let mut batch = Batch::new(&shape.columns);
        let mut groups: Vec<&Group<D, S>> = self.groups.iter().collect();
        groups.sort_unstable_by(|a, b| self.compare(a, b));
        let first_dimension = usize::from(self.definition.by_day);
        let first_sum = first_dimension + D;
        for group in groups {
            if group.key.day != NO_DAY {
                batch.set_moment(0, i64::from(group.key.day));
            }
            for (dimension, number) in group.key.values.iter().enumerate().filter(|(_, number)| **number > 0) {
                let value = &self.values[dimension][*number as usize - 1];
                batch.set_text(first_dimension + dimension, value).expect("values come from text columns");
            }
            for (column, sum) in (first_sum..).zip(group.sums) {
                match shape.columns[column].kind {
                    Kind::Count => batch.set_moment(column, i64::try_from(sum).expect("a bill has fewer than 2^63 rows")),
                    _ => batch.set_amount(column, sum),
                }
            }
            batch.set_moment(first_sum + S, group.rows);
            batch.end_row();
        }
        let mut file = TableFile::create(path, &shape)?;
        let rows: Vec<u32> = (0..u32::try_from(batch.rows()).expect("groups are bounded")).collect();
        file.write_row_group(&batch, &rows, &shape)?;
        file.finish().map(Some)
    }

    fn compare(&self, a: &Group<D, S>, b: &Group<D, S>) -> std::cmp::Ordering {
        let value = |dimension: usize, number: u32| number.checked_sub(1).map(|at| &self.values[dimension][at as usize]);
        a.key.day.cmp(&b.key.day).then_with(|| {
            let pairs = a.key.values.iter().zip(&b.key.values).enumerate();
            pairs.map(|(d, (a, b))| value(d, *a).cmp(&value(d, *b))).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
        })
    }

    /// For each dimension, the number of each of the batch's distinct values.
    fn number_dimensions(&mut self, batch: &Batch, columns: &[Column]) -> Vec<Vec<u32>> {
        let number = |(dimension, column): (usize, &Column)| {
            let text = batch.text(*column as usize);
            (0..text.distinct()).map(|key| self.number(dimension, text.value(key as u32))).collect()
        };
        columns.iter().enumerate().map(number).collect()
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

    /// The place of a group; none where one more would be too many. Asked at each, as a batch may bring a group with every row.
    fn group(&mut self, key: GroupKey<D>) -> Option<usize> {
        let hash = self.hasher.hash_one(key);
        let (groups, hasher) = (&self.groups, &self.hasher);
        if let Some(group) = self.index.find(hash, |group| groups[*group as usize].key == key) {
            return Some(*group as usize);
        }
        if groups.len() >= self.definition.groups_max {
            return None;
        }
        let group = u32::try_from(groups.len()).expect("groups are bounded");
        self.index.insert_unique(hash, group, |group| hasher.hash_one(groups[*group as usize].key));
        self.groups.push(Group { key, sums: [0; S], rows: 0 });
        Some(group as usize)
    }

    fn give_up(&mut self) {
        *self = Self { given_up: true, ..Self::new(self.definition) };
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

/// The columns by day; `Day` and `Rows` are whole numbers.
fn columns_by_day() -> Vec<ColumnInfo> {
    let mut columns = vec![ColumnInfo { name: "Day", kind: Kind::Day, meaning: "Day of the charges; null when longer than a day." }];
    columns.extend(ROLLUP_DIMENSIONS.iter().chain(ROLLUP_AMOUNTS).map(|column| column.info()));
    columns.push(ColumnInfo { name: "Rows", kind: Kind::Count, meaning: "Charges in the group." });
    columns
}

#[cfg(test)]
mod tests {
    use super::{AMOUNTS, BY_DAY, Batch, DIMENSIONS, Definition, GroupKey, Rollup, Rollups};
    use crate::schema::{COLUMNS, Column};
    use arrow::util::display::array_value_to_string;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use std::fs::File;

    fn three_charges() -> Batch {
        let infos: Vec<_> = COLUMNS.iter().map(|column| column.info()).collect();
        let mut batch = Batch::new(&infos);
        for (usage_type, account, cost) in [("b", "222", 2), ("a", "333", 1), ("b", "222", 3)] {
            batch.set_text(Column::XUsageType as usize, usage_type.as_bytes()).unwrap();
            batch.set_text(Column::SubAccountId as usize, account.as_bytes()).unwrap();
            batch.set_amount(Column::EffectiveCost as usize, cost);
            batch.set_amount(Column::ConsumedQuantity as usize, 10);
            batch.end_row();
        }
        batch
    }

    #[test]
    fn each_value_of_a_month_is_in_its_column() {
        let (mut part, mut all) = (Rollups::default(), Rollups::default());
        part.add(&three_charges(), &[0, 1, 2]);
        all.merge(&part);
        all.merge(&part);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("detail.parquet");
        all.by_month.write(&path).unwrap().unwrap();
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
        let read = reader.next().unwrap().unwrap();
        let names = ["x_UsageType", "SubAccountId", "PaidBy", "EffectiveCost", "ConsumedQuantity", "EffectiveCostRows", "Rows"];
        let value = |name: &str, row: usize| array_value_to_string(read.column_by_name(name).unwrap(), row).unwrap();
        let rows: Vec<_> = (0..read.num_rows()).map(|row| names.map(|name| value(name, row)).join(" | ")).collect();
        insta::assert_snapshot!(rows.join("\n"), @"
        a | 333 | on demand | 0.000000000002 | 0.000000000020 | 2 | 2
        b | 222 | on demand | 0.000000000010 | 0.000000000040 | 4 | 4
        ");
    }

    #[test]
    fn what_has_too_many_groups_is_given_up_with_every_part() {
        let small: &'static Definition<AMOUNTS> = Box::leak(Box::new(Definition { groups_max: 1, ..BY_DAY }));
        let (mut part, mut all) = (Rollup::<DIMENSIONS, AMOUNTS>::new(small), Rollup::<DIMENSIONS, AMOUNTS>::new(small));
        part.add(&three_charges(), &[0, 2]);
        assert_eq!(part.totals().map(|(rows, _)| rows), Some(2), "these agree");
        all.merge(&part);
        part.add(&three_charges(), &[1]);
        assert!(part.totals().is_none());
        all.merge(&part);
        assert!(all.totals().is_none());
    }

    #[test]
    fn no_more_groups_are_held_than_it_may_have() {
        let small: &'static Definition<AMOUNTS> = Box::leak(Box::new(Definition { groups_max: 1, ..BY_DAY }));
        let mut part = Rollup::<DIMENSIONS, AMOUNTS>::new(small);
        let keys = [0, 1, 0].map(|day| part.group(GroupKey { day, values: [0; DIMENSIONS] }));
        assert_eq!((keys, part.groups.len()), ([Some(0), None, Some(0)], 1));
    }
}
