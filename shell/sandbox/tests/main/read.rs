//! A reader of its own, as simple as can be: every row as names and texts.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, TimestampMillisecondType};
use flate2::read::GzDecoder;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A row by the names CUR 2.0 uses; what is empty counts as absent.
pub(crate) struct Row {
    columns: Rc<BTreeMap<String, usize>>,
    cells: Vec<String>,
}

impl Row {
    pub(crate) fn get(&self, name: &str) -> Option<&String> {
        self.columns.get(name).map(|column| &self.cells[*column]).filter(|cell| !cell.is_empty())
    }

    pub(crate) fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), self.cells[*column].as_str()))
    }
}

/// Every file below `dir`, in order.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// Hands every row of the bill in `dir` to `each`.
pub(crate) fn rows(dir: &Path, mut each: impl FnMut(Row)) {
    for path in files(dir) {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => csv(&path, &mut each),
            Some("parquet") => parquet(&path, &mut each),
            _ => {}
        }
    }
}

fn csv(path: &Path, each: &mut impl FnMut(Row)) {
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let mut lines = text.lines();
    let columns: Rc<BTreeMap<String, usize>> = Rc::new(lines.next().unwrap().split(',').map(snake).zip(0..).collect());
    for line in lines {
        let cells = cells(line);
        assert_eq!(cells.len(), columns.len(), "{line}");
        each(Row { columns: Rc::clone(&columns), cells });
    }
}

/// No cell of these bills holds a line break, so a line is a row.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let cell = cells.last_mut().unwrap();
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.push(letters.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cell.push(letter),
        }
    }
    cells
}

fn parquet(path: &Path, each: &mut impl FnMut(Row)) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    for batch in reader {
        let batch: RecordBatch = batch.unwrap();
        let names = batch.schema().fields().iter().map(|field| snake(field.name())).collect::<Vec<_>>();
        let columns: Rc<BTreeMap<String, usize>> = Rc::new(names.into_iter().zip(0..).collect());
        for at in 0..batch.num_rows() {
            let cell = |column: &ArrayRef| match column.data_type() {
                _ if column.is_null(at) => String::new(),
                DataType::Utf8 => column.as_string::<i32>().value(at).to_owned(),
                DataType::Float64 => column.as_primitive::<Float64Type>().value(at).to_string(),
                DataType::Timestamp(..) => column.as_primitive::<TimestampMillisecondType>().value(at).to_string(),
                _ => String::new(),
            };
            each(Row { columns: Rc::clone(&columns), cells: batch.columns().iter().map(cell).collect() });
        }
    }
}

/// `lineItem/UsageType` as Parquet spells it; `reservation/ReservationARN` likewise.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        match letter {
            '/' | ':' => out.push('_'),
            _ if letter.is_ascii_uppercase() && !out.is_empty() && !out.ends_with('_') => {
                out.push('_');
                out.push(letter.to_ascii_lowercase());
            }
            _ => out.push(letter.to_ascii_lowercase()),
        }
    }
    out
}
