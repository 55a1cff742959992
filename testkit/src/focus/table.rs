//! The checks that are about the dataset and not about one row: counts of distinct values, column names, placeholders.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::{Column, Dataset, Kind, NULL};
use super::expr::Naming;
use super::format::{is_alphanumeric, is_pascal, is_placeholder};
use super::report::{Failure, Offence};

/// How many offences a report shows.
pub(crate) const SHOWN: usize = 3;
/// Column ids longer than this may not fit a data repository.
const COLUMN_NAME_LENGTH_MAX: usize = 50;

/// The values of `columns` in one row.
pub(crate) fn offence(dataset: &Dataset, row: usize, columns: &[&str]) -> Offence {
    let value = |name: &&str| {
        let index = dataset.index(name)?;
        Some(((*name).to_owned(), dataset.columns[index].cell(row).map(|cell| cell.text.clone())))
    };
    Offence { row: row + 1, values: columns.iter().filter_map(value).collect() }
}

/// Each value of `per` goes with exactly `expected` values of `of`, nulls not counted.
pub(crate) fn distinct_count(dataset: &Dataset, selected: &[bool], per: &Column, of: &Column, expected: usize) -> Option<Failure> {
    let mut values: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    // Of each value of `per`, the row where it first went wrong, or where it is first met.
    let mut rows: BTreeMap<u32, usize> = BTreeMap::new();
    for row in (0..dataset.rows).filter(|row| selected[*row]) {
        let (key, value) = (per.rows[row], of.rows[row]);
        if key == NULL {
            continue;
        }
        rows.entry(key).or_insert(row);
        let seen = values.entry(key).or_default();
        if value != NULL && seen.insert(value) && seen.len() == expected + 1 {
            rows.insert(key, row);
        }
    }
    let wrong: Vec<u32> = values.iter().filter(|(_, seen)| seen.len() != expected).map(|(key, _)| *key).collect();
    let columns = [per.name.as_str(), of.name.as_str()];
    let first = wrong.iter().take(SHOWN).map(|key| offence(dataset, rows[key], &columns)).collect();
    (!wrong.is_empty()).then_some(Failure { count: wrong.len(), first, note: None })
}

/// No text column of FOCUS holds an empty string or a word that stands for having no value.
pub(crate) fn placeholders(dataset: &Dataset, focus: &BTreeSet<String>) -> Option<Failure> {
    let mut failure = Failure::default();
    for column in dataset.columns.iter().filter(|column| focus.contains(&column.name)) {
        if !matches!(column.kind, Kind::Text | Kind::Untyped) {
            continue;
        }
        let bad: Vec<bool> = column.cells.iter().enumerate().map(|(id, cell)| id != NULL as usize && is_placeholder(&cell.text)).collect();
        for row in (0..dataset.rows).filter(|row| bad[column.rows[*row] as usize]) {
            failure.count += 1;
            if failure.first.len() < SHOWN {
                failure.first.push(offence(dataset, row, &[&column.name]));
            }
        }
    }
    (failure.count > 0).then_some(failure)
}

/// The names of the columns follow `naming`.
pub(crate) fn column_names(dataset: &Dataset, focus: &BTreeSet<String>, naming: Naming) -> Option<Failure> {
    let custom = |name: &str| name.strip_prefix("x_").map(str::to_owned);
    let after_custom: Vec<&str> =
        dataset.column_names().skip_while(|name| custom(name).is_none()).filter(|name| focus.contains(*name)).collect();
    let wrong = |name: &&str| match naming {
        Naming::Pascal => custom(name).is_none() && !is_pascal(name),
        Naming::Alphanumeric => custom(name).is_none() && !is_alphanumeric(name),
        Naming::Short => name.len() > COLUMN_NAME_LENGTH_MAX,
        Naming::Prefixed => custom(name).is_none() && !focus.contains(*name),
        Naming::Custom => custom(name).is_some_and(|rest| !is_pascal(&rest)),
        Naming::FocusFirst => after_custom.contains(name),
    };
    let names: Vec<&str> = dataset.column_names().filter(wrong).collect();
    (!names.is_empty()).then(|| Failure { note: Some(format!("columns {}", names.join(", "))), ..Failure::default() })
}
