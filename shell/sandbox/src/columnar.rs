//! Rows as Parquet: the same columns, with doubles, timestamps and maps where the reports have them.

use crate::focus::focus_end;
use crate::line::LineItem;
use crate::month::Month;
use crate::number::{self, Spelling};
use crate::random::push_base32;
use crate::schema::{Absent, Column, DataType, RowField, Source};
use crate::time::{Clock, iso};
use crate::value::{Value, line_item_id};
use arrow::array::{ArrayRef, Float64Builder, MapBuilder, MapFieldNames, RecordBatch, StringBuilder, TimestampMillisecondArray};
use arrow::datatypes::{DataType as Arrow, Field, Schema, SchemaRef, TimeUnit};
use std::sync::Arc;

/// Renders a month's rows as record batches.
pub(crate) struct ArrowRows<'a> {
    month: &'a Month<'a>,
    columns: Vec<Column>,
    shared: Vec<Shared>,
    /// Whether nothing is null: legacy reports write empty text and zero instead.
    filled: bool,
    schema: SchemaRef,
}

/// A column's values that rows only point at.
enum Shared {
    Fixed(Value),
    Place(Vec<Value>),
    Kind(Vec<Value>),
    None,
}

impl<'a> ArrowRows<'a> {
    pub(crate) fn new(month: &'a Month<'a>, columns: Vec<Column>, filled: bool) -> Self {
        let shared = |column: &Column| match column.source {
            Source::Empty | Source::Constant(_) | Source::Period(_) => Shared::Fixed(month.fixed_value(column.source)),
            Source::Place(_) => {
                Shared::Place((0..month.world.places.len()).map(|place| month.place_of(place as u32, column.source)).collect())
            }
            Source::Kind(_) | Source::Product(_) => {
                Shared::Kind(month.kinds.iter().map(|kind| month.kind_of(kind, column.source)).collect())
            }
            Source::Amount(_) | Source::Row(_) => Shared::None,
        };
        let shared = columns.iter().map(shared).collect();
        let field = |column: &Column| Field::new(&column.name, arrow_type(column.data), !filled);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        Self { month, columns, shared, filled, schema }
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Rows as one batch.
    pub(crate) fn batch(&self, rows: &[LineItem]) -> RecordBatch {
        let column = |(column, shared): (&Column, &Shared)| match column.data {
            DataType::Text => self.texts(column, shared, rows),
            DataType::Double => self.doubles(column, shared, rows),
            DataType::Timestamp => self.moments(column, shared, rows),
            DataType::Map => self.maps(shared, rows),
        };
        let arrays = self.columns.iter().zip(&self.shared).map(column).collect();
        RecordBatch::try_new(self.schema(), arrays).expect("the arrays are built from the schema")
    }

    fn texts(&self, column: &Column, shared: &Shared, rows: &[LineItem]) -> ArrayRef {
        let mut built = StringBuilder::with_capacity(rows.len(), rows.len() * 8);
        let mut text = Vec::new();
        let mut cached = (i64::MIN, i64::MIN, String::new());
        for row in rows {
            text.clear();
            match (shared.of(row), column.source) {
                (Some(Value::Text(shared)), _) => text.extend_from_slice(shared.as_bytes()),
                (Some(Value::Number(units)), _) => number::write(&mut text, *units, Spelling::Padded),
                (Some(_), _) => {}
                (None, Source::Amount(field)) => {
                    if let Some(units) = field.of(self.month, row) {
                        number::write(&mut text, units, Spelling::Padded);
                    }
                }
                (None, Source::Row(RowField::LineItemId)) => push_base32(&mut text, 52, line_item_id(self.month, row)),
                (None, Source::Row(RowField::SplitParent)) => text.extend_from_slice(self.month.split_parent(row).as_bytes()),
                (None, _) => {
                    if (cached.0, cached.1) != (row.start, row.end) {
                        cached = (row.start, row.end, format!("{}/{}", iso(row.start, Clock::Seconds), iso(row.end, Clock::Seconds)));
                    }
                    text.extend_from_slice(cached.2.as_bytes());
                }
            }
            if text.is_empty() && !self.filled {
                built.append_null();
            } else {
                built.append_value(std::str::from_utf8(&text).expect("all text here is UTF-8"));
            }
        }
        Arc::new(built.finish())
    }

    fn doubles(&self, column: &Column, shared: &Shared, rows: &[LineItem]) -> ArrayRef {
        let mut built = Float64Builder::with_capacity(rows.len());
        for row in rows {
            let units = match (shared.of(row), column.source) {
                (Some(Value::Number(units)), _) => Some(*units),
                (None, Source::Amount(field)) => field.of(self.month, row),
                _ => None,
            };
            match units {
                Some(units) => built.append_value(double(units)),
                None if self.filled || column.absent == Absent::Zero => built.append_value(0.0),
                None => built.append_null(),
            }
        }
        Arc::new(built.finish())
    }

    fn moments(&self, column: &Column, shared: &Shared, rows: &[LineItem]) -> ArrayRef {
        let moment = |row: &LineItem| match (shared.of(row), column.source) {
            (Some(Value::Moment(second)), _) => *second * 1000,
            (_, Source::Row(RowField::End)) => row.end * 1000,
            (_, Source::Row(RowField::FocusEnd)) => focus_end(self.month, row) * 1000,
            _ => row.start * 1000,
        };
        Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(moment)).with_timezone("UTC"))
    }

    fn maps(&self, shared: &Shared, rows: &[LineItem]) -> ArrayRef {
        let names = MapFieldNames { entry: "key_value".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
        let mut built = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
        for row in rows {
            if let Some(Value::Map(pairs)) = shared.of(row) {
                for (key, value) in pairs {
                    built.keys().append_value(key);
                    built.values().append_value(value);
                }
            }
            built.append(true).expect("keys and values are appended in pairs");
        }
        Arc::new(built.finish())
    }
}

impl Shared {
    fn of(&self, row: &LineItem) -> Option<&Value> {
        match self {
            Self::Fixed(value) => Some(value),
            Self::Place(values) => Some(&values[row.place as usize]),
            Self::Kind(values) => Some(&values[row.kind as usize]),
            Self::None => None,
        }
    }
}

fn arrow_type(data: DataType) -> Arrow {
    match data {
        DataType::Text => Arrow::Utf8,
        DataType::Double => Arrow::Float64,
        DataType::Timestamp => Arrow::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        DataType::Map => {
            let entry = vec![Field::new("key", Arrow::Utf8, false), Field::new("value", Arrow::Utf8, true)];
            Arrow::Map(Arc::new(Field::new("key_value", Arrow::Struct(entry.into()), false)), false)
        }
    }
}

/// The double whose shortest text is this decimal.
///
/// Up to 15 significant digits and powers of ten up to 10²² are exact doubles, so one division or product rounds correctly, as reading the text would.
fn double(units: i128) -> f64 {
    let (mut digits, mut exponent) = (units, -12_i32);
    while digits != 0 && digits % 10 == 0 {
        digits /= 10;
        exponent += 1;
    }
    debug_assert!(digits.unsigned_abs() < 10_u128.pow(15), "rounding rule 1.5: {units}");
    let power = 10_f64.powi(exponent.abs());
    if exponent < 0 { digits as f64 / power } else { digits as f64 * power }
}

#[cfg(test)]
mod tests {
    use super::double;
    use proptest::prelude::*;
    use tenor_money::Money;

    proptest! {
        #[test]
        fn a_double_reads_back_as_the_decimal(digits in -999_999_999_999_999_i128..=999_999_999_999_999, shift in 0_u32..5) {
            let units = digits * 10_i128.pow(shift);
            let text = Money::from_units(units).to_string();
            prop_assert_eq!(double(units), text.parse::<f64>().unwrap());
            prop_assert_eq!(format!("{}", double(units)).parse::<Money>().unwrap().units(), units);
        }
    }
}
