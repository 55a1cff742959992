//! A buffer of rows, column by column.

use super::text::{TextData, TextError};
use crate::schema::{ColumnInfo, Kind};
use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int64Array, TimestampMicrosecondArray, new_null_array};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::DataType;
use std::sync::Arc;

/// An amount or moment that is not there. Neither can be a value: amounts have 38 digits, moments end in the year 9999.
const NO_AMOUNT: i128 = i128::MIN;
const NO_MOMENT: i64 = i64::MIN;

#[derive(Debug)]
enum Data {
    Text(TextData),
    Amount(Vec<i128>),
    Moment(Vec<i64>),
}

/// Rows of one table, waiting to be sorted and written. Columns are named by their place in the table.
#[derive(Debug)]
pub(crate) struct Batch {
    columns: Vec<Data>,
    rows: usize,
    /// Bytes of distinct texts, all columns together.
    text_bytes: usize,
}

impl Batch {
    pub(crate) fn new(table: &[ColumnInfo]) -> Self {
        let data = |info: &ColumnInfo| match info.kind {
            Kind::Text | Kind::Json => Data::Text(TextData::default()),
            Kind::Amount => Data::Amount(Vec::new()),
            // Days and counts are whole numbers too; `array` gives each its own type.
            Kind::Moment | Kind::Day | Kind::Count => Data::Moment(Vec::new()),
        };
        Self { columns: table.iter().map(data).collect(), rows: 0, text_bytes: 0 }
    }

    /// Complete rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Completes the current row. Columns not set in it are null.
    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Takes back what was set in the current row, which is not complete.
    pub(crate) fn drop_row(&mut self) {
        let rows = self.rows;
        for column in &mut self.columns {
            match column {
                Data::Text(text) => text.truncate(rows),
                Data::Amount(amounts) => amounts.truncate(rows),
                Data::Moment(moments) => moments.truncate(rows),
            }
        }
    }

    /// Sets a text of the current row. An empty one is null.
    #[inline]
    pub(crate) fn set_text(&mut self, column: usize, value: &[u8]) -> Result<(), TextError> {
        let Data::Text(text) = &mut self.columns[column] else { unreachable!("column {column} holds text") };
        let known = text.value_bytes();
        text.set(self.rows, value)?;
        self.text_bytes += text.value_bytes() - known;
        Ok(())
    }

    /// Whether the current row has a text there already.
    pub(crate) fn has_text(&self, column: usize) -> bool {
        self.text(column).key(self.rows) != super::text::NULL_KEY
    }

    #[inline]
    pub(crate) fn set_amount(&mut self, column: usize, units: i128) {
        let Data::Amount(amounts) = &mut self.columns[column] else { unreachable!("column {column} holds amounts") };
        amounts.resize(self.rows, NO_AMOUNT);
        amounts.push(units);
    }

    #[inline]
    pub(crate) fn set_moment(&mut self, column: usize, micros: i64) {
        let Data::Moment(moments) = &mut self.columns[column] else { unreachable!("column {column} holds moments") };
        moments.resize(self.rows, NO_MOMENT);
        moments.push(micros);
    }

    pub(crate) fn text(&self, column: usize) -> &TextData {
        let Data::Text(text) = &self.columns[column] else { unreachable!("column {column} holds text") };
        text
    }

    pub(crate) fn amount(&self, column: usize, row: usize) -> Option<i128> {
        let Data::Amount(amounts) = &self.columns[column] else { unreachable!("column {column} holds amounts") };
        amounts.get(row).copied().filter(|units| *units != NO_AMOUNT)
    }

    pub(crate) fn moment(&self, column: usize, row: usize) -> Option<i64> {
        let Data::Moment(moments) = &self.columns[column] else { unreachable!("column {column} holds moments") };
        moments.get(row).copied().filter(|micros| *micros != NO_MOMENT)
    }

    /// Bytes of the distinct texts held: what grows without bound from one row to the next. The rest grows by the row.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Rough bytes held, to bound memory.
    pub(crate) fn bytes(&self) -> usize {
        let of = |column: &Data| match column {
            Data::Text(text) => text.value_bytes() + text.distinct() * 16 + self.rows * 4,
            Data::Amount(amounts) => amounts.len() * 16,
            Data::Moment(moments) => moments.len() * 8,
        };
        self.columns.iter().map(of).sum()
    }

    /// A column in the order of `rows`, in the Arrow type `data_type` (text as a dictionary of it).
    pub(crate) fn array(&self, column: usize, rows: &[u32], data_type: &DataType) -> ArrayRef {
        match &self.columns[column] {
            Data::Text(text) if text.is_empty() => new_null_array(data_type, rows.len()),
            Data::Text(text) => text.array(rows),
            Data::Amount(amounts) if amounts.is_empty() => new_null_array(data_type, rows.len()),
            Data::Amount(amounts) => {
                let at = |row: &u32| amounts.get(*row as usize).copied().unwrap_or(NO_AMOUNT);
                let values: Vec<i128> = rows.iter().map(at).collect();
                let nulls = NullBuffer::from_iter(values.iter().map(|units| *units != NO_AMOUNT));
                let array = Decimal128Array::new(ScalarBuffer::from(values), Some(nulls));
                Arc::new(array.with_data_type(data_type.clone()))
            }
            Data::Moment(moments) => {
                let at = |row: &u32| moments.get(*row as usize).copied().unwrap_or(NO_MOMENT);
                let values: Vec<i64> = rows.iter().map(at).collect();
                let nulls = NullBuffer::from_iter(values.iter().map(|micros| *micros != NO_MOMENT));
                whole_numbers(values, nulls, data_type)
            }
        }
    }

    /// Forgets all rows, keeping the memory.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.text_bytes = 0;
        for column in &mut self.columns {
            match column {
                Data::Text(text) => text.clear(),
                Data::Amount(amounts) => amounts.clear(),
                Data::Moment(moments) => moments.clear(),
            }
        }
    }
}

fn whole_numbers(values: Vec<i64>, nulls: NullBuffer, data_type: &DataType) -> ArrayRef {
    match data_type {
        DataType::Date32 => {
            let days = values.iter().map(|day| i32::try_from(*day).unwrap_or(0)).collect::<Vec<_>>();
            Arc::new(Date32Array::new(ScalarBuffer::from(days), Some(nulls)))
        }
        DataType::Int64 => Arc::new(Int64Array::new(ScalarBuffer::from(values), Some(nulls))),
        _ => Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(values), Some(nulls)).with_timezone("UTC")),
    }
}

#[cfg(test)]
mod tests {
    use super::Batch;
    use crate::schema::{ColumnInfo, Kind};

    #[test]
    fn a_dropped_row_leaves_nothing_behind() {
        let info = |name, kind| ColumnInfo { name, kind, meaning: "" };
        let mut batch = Batch::new(&[info("a", Kind::Text), info("b", Kind::Amount), info("c", Kind::Moment)]);
        batch.set_text(0, b"kept").unwrap();
        batch.end_row();
        batch.set_text(0, b"lost").unwrap();
        batch.set_amount(1, 5);
        batch.set_moment(2, 7);
        batch.drop_row();
        batch.end_row();
        assert_eq!(batch.rows(), 2);
        assert_eq!((batch.amount(1, 1), batch.moment(2, 1)), (None, None));
        assert_eq!(batch.text(0).key(1), super::super::text::NULL_KEY);
    }
}
