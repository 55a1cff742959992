//! Rows as CSV text. What rows share is rendered once, so that a row is mostly copied.

use crate::focus::focus_end;
use crate::line::LineItem;
use crate::month::Month;
use crate::number::{self, Spelling};
use crate::random::push_base32;
use crate::schema::{Absent, Column, DataType, RowField, Source};
use crate::time::{Clock, iso};
use crate::value::{Value, line_item_id};

/// How a report spells numbers and moments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) numbers: Spelling,
    pub(crate) clock: Clock,
}

/// Renders a month's rows.
pub(crate) struct CsvRows<'a> {
    month: &'a Month<'a>,
    dialect: Dialect,
    columns: Vec<Column>,
    steps: Vec<Step>,
    /// The last interval written: rows come hour by hour.
    moments: Moments,
}

/// A stretch of the row.
enum Step {
    /// The same in every row.
    Fixed(Vec<u8>),
    /// By place.
    Place(Vec<Box<[u8]>>),
    /// By kind.
    Kind(Vec<Box<[u8]>>),
    /// One number of the row itself, with the column's index.
    Row(usize),
}

#[derive(Default)]
struct Moments {
    start: i64,
    end: i64,
    start_text: String,
    end_text: String,
    interval: String,
}

#[derive(PartialEq, Clone, Copy)]
enum Facet {
    Fixed,
    Place,
    Kind,
    Row,
}

impl<'a> CsvRows<'a> {
    pub(crate) fn new(month: &'a Month<'a>, columns: Vec<Column>, dialect: Dialect) -> Self {
        let mut rows = Self { month, dialect, columns, steps: Vec::new(), moments: Moments::default() };
        let mut first = 0;
        while first < rows.columns.len() {
            let facet = facet_of(&rows.columns[first]);
            let same = rows.columns[first..].iter().take_while(|column| facet != Facet::Row && facet_of(column) == facet).count();
            let after = first + same.max(1);
            let step = rows.step(facet, first, after);
            rows.steps.push(step);
            first = after;
        }
        rows
    }

    /// The header line.
    pub(crate) fn header(&self) -> Vec<u8> {
        let mut line = self.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(",").into_bytes();
        line.push(b'\n');
        line
    }

    /// Appends a row's line.
    pub(crate) fn push(&mut self, out: &mut Vec<u8>, row: &LineItem) {
        self.moments.set(row, self.dialect.clock);
        for step in &self.steps {
            match step {
                Step::Fixed(bytes) => out.extend_from_slice(bytes),
                Step::Place(of_place) => out.extend_from_slice(&of_place[row.place as usize]),
                Step::Kind(of_kind) => out.extend_from_slice(&of_kind[row.kind as usize]),
                Step::Row(column) => {
                    self.push_cell(out, &self.columns[*column], row);
                    out.push(b',');
                }
            }
        }
        // Every cell ends with a comma; the last one's becomes the end of the line.
        out.pop();
        out.push(b'\n');
    }

    fn push_cell(&self, out: &mut Vec<u8>, column: &Column, row: &LineItem) {
        match column.source {
            Source::Amount(field) => match field.of(self.month, row) {
                Some(units) if column.data == DataType::Text => number::write(out, units, Spelling::Padded),
                Some(units) => number::write(out, units, self.dialect.numbers),
                None if column.absent == Absent::Zero => out.extend_from_slice(b"0.0"),
                None => {}
            },
            Source::Row(RowField::LineItemId) => push_base32(out, 52, line_item_id(self.month, row)),
            Source::Row(RowField::Interval) => out.extend_from_slice(self.moments.interval.as_bytes()),
            Source::Row(RowField::Start) => out.extend_from_slice(self.moments.start_text.as_bytes()),
            Source::Row(RowField::End) => out.extend_from_slice(self.moments.end_text.as_bytes()),
            Source::Row(RowField::FocusEnd) => out.extend_from_slice(iso(focus_end(self.month, row), self.dialect.clock).as_bytes()),
            Source::Row(RowField::SplitParent) => out.extend_from_slice(self.month.split_parent(row).as_bytes()),
            _ => unreachable!("shared values are rendered beforehand"),
        }
    }

    fn step(&self, facet: Facet, first: usize, after: usize) -> Step {
        let columns = &self.columns[first..after];
        let render = |value: &dyn Fn(&Column) -> Value| {
            let mut out = Vec::new();
            for column in columns {
                push_value(&mut out, &value(column), column, self.dialect);
                out.push(b',');
            }
            out
        };
        match facet {
            Facet::Row => Step::Row(first),
            Facet::Fixed => Step::Fixed(render(&|column| self.month.fixed_value(column.source))),
            Facet::Place => {
                let of_place = |place: usize| render(&|column| self.month.place_of(place as u32, column.source)).into_boxed_slice();
                Step::Place((0..self.month.world.places.len()).map(of_place).collect())
            }
            Facet::Kind => {
                let of_kind = |kind| render(&|column| self.month.kind_of(kind, column.source)).into_boxed_slice();
                Step::Kind(self.month.kinds.iter().map(of_kind).collect())
            }
        }
    }
}

impl Moments {
    fn set(&mut self, row: &LineItem, clock: Clock) {
        if self.start == row.start && self.end == row.end {
            return;
        }
        (self.start, self.end) = (row.start, row.end);
        (self.start_text, self.end_text) = (iso(row.start, clock), iso(row.end, clock));
        self.interval = format!("{}/{}", iso(row.start, Clock::Seconds), iso(row.end, Clock::Seconds));
    }
}

fn facet_of(column: &Column) -> Facet {
    match column.source {
        Source::Empty | Source::Constant(_) | Source::Period(_) => Facet::Fixed,
        Source::Place(_) => Facet::Place,
        Source::Kind(_) | Source::Product(_) => Facet::Kind,
        Source::Amount(_) | Source::Row(_) => Facet::Row,
    }
}

fn push_value(out: &mut Vec<u8>, value: &Value, column: &Column, dialect: Dialect) {
    match value {
        Value::Empty if column.data == DataType::Map => out.extend_from_slice(b"{}"),
        Value::Empty if column.absent == Absent::Zero => out.extend_from_slice(b"0.0"),
        Value::Empty => {}
        Value::Text(text) => push_text(out, text),
        Value::Number(units) if column.data == DataType::Text => number::write(out, *units, Spelling::Padded),
        Value::Number(units) => number::write(out, *units, dialect.numbers),
        Value::Moment(second) => out.extend_from_slice(iso(*second, dialect.clock).as_bytes()),
        Value::Map(pairs) => push_text(out, &json(pairs)),
    }
}

/// A map as JSON text.
pub(crate) fn json(pairs: &[(String, String)]) -> String {
    let object: serde_json::Map<String, serde_json::Value> = pairs.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
    serde_json::Value::Object(object).to_string()
}

/// Quotes what CSV gives a meaning.
fn push_text(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}
