//! A dataset in memory: each column as a dictionary of its distinct values and one small number per row.
//!
//! Distinct values are few in bills, so a check looks at each of them once. Nothing is repaired on the way in: an empty string in
//! Parquet stays an empty string; only CSV, which has no other way to say it, reads one as null.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};

use super::number::Number;

/// A table of charges to be checked.
#[derive(Debug)]
pub struct Dataset {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: usize,
}

/// What the file says the column's type is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// CSV: everything is text, and the values tell.
    Untyped,
    Text,
    Decimal,
    Float,
    /// A timestamp; `utc` when the type says so.
    Moment {
        utc: bool,
    },
    Other(String),
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The distinct values; the one at [`NULL`] stands for null.
    pub(crate) cells: Vec<Cell>,
    /// For each row the index of its value in `cells`.
    pub(crate) rows: Vec<u32>,
}

/// The index of null in the cells of every column.
pub(crate) const NULL: u32 = 0;

#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) number: Option<Number>,
}

impl Dataset {
    /// The names of the columns, in the order of the file.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn new(columns: Vec<Column>) -> Result<Dataset> {
        let rows = columns.first().map_or(0, |column| column.rows.len());
        for (index, column) in columns.iter().enumerate() {
            ensure!(column.rows.len() == rows, "column `{}` has {} rows, the others {rows}", column.name, column.rows.len());
            let twice = columns.iter().take(index).any(|other| other.name == column.name);
            ensure!(!twice, "column `{}` is there twice", column.name);
        }
        Ok(Dataset { columns, rows })
    }

    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

impl Column {
    pub(crate) fn cell(&self, row: usize) -> Option<&Cell> {
        match self.rows[row] {
            NULL => None,
            id => Some(&self.cells[id as usize]),
        }
    }
}

/// Collects the values of one column.
pub(crate) struct Collector {
    column: Column,
    ids: HashMap<Vec<u8>, u32>,
}

impl Collector {
    pub(crate) fn new(name: &str, kind: Kind) -> Collector {
        let column = Column { name: name.to_owned(), kind, cells: vec![Cell::default()], rows: Vec::new() };
        Collector { column, ids: HashMap::new() }
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.column.kind
    }

    pub(crate) fn push_null(&mut self) {
        self.column.rows.push(NULL);
    }

    /// Adds a value; `cell` makes it readable, once for each distinct `key`.
    pub(crate) fn push(&mut self, key: &[u8], cell: impl FnOnce() -> Result<Cell>) -> Result<()> {
        let id = match self.ids.get(key) {
            Some(id) => *id,
            None => {
                let id = u32::try_from(self.column.cells.len()).context("more than 2³² distinct values")?;
                self.column.cells.push(cell()?);
                self.ids.insert(key.to_vec(), id);
                id
            }
        };
        self.column.rows.push(id);
        Ok(())
    }

    pub(crate) fn push_text(&mut self, text: &str) -> Result<()> {
        self.push(text.as_bytes(), || Ok(Cell { text: text.to_owned(), number: Number::parse(text) }))
    }

    pub(crate) fn finish(self) -> Column {
        self.column
    }
}
