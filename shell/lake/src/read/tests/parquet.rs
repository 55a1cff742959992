//! Parquet files whose columns have types that no bill should have.

use super::{convert_reports, part, report, show};
use crate::read::ReadError;
use crate::source::Format;
use crate::store::ReportKind;
use ::parquet::arrow::ArrowWriter;
use arrow::array::{
    ArrayRef, BinaryArray, Float32Array, Int32Array, MapBuilder, RecordBatch, StringArray, StringBuilder, StructArray,
    TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{DataType, Field};
use std::sync::Arc;

fn text(value: &str) -> ArrayRef {
    Arc::new(StringArray::from(vec![value]))
}

/// A FOCUS file of one row with these columns besides the usual ones, or in their place.
fn file(columns: &[(&str, ArrayRef)]) -> Vec<u8> {
    let usual = [
        ("BilledCost", "1"),
        ("EffectiveCost", "1"),
        ("BillingAccountId", "77"),
        ("BillingCurrency", "USD"),
        ("BillingPeriodStart", "2024-09-01"),
        ("ChargeCategory", "Usage"),
        ("ChargePeriodStart", "2024-09-18"),
        ("ChargePeriodEnd", "2024-09-19"),
        ("ProviderName", "AWS"),
    ];
    let kept = usual.iter().filter(|(name, _)| columns.iter().all(|(other, _)| other != name));
    let all: Vec<_> = kept.map(|(name, value)| (*name, text(value))).chain(columns.iter().cloned()).collect();
    let batch = RecordBatch::try_from_iter(all).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn read(columns: &[(&str, ArrayRef)], shown: &[&str]) -> Result<String, ReadError> {
    let staging = tempfile::tempdir().unwrap();
    let parts = vec![part("bill.parquet", Format::Parquet, file(columns))];
    convert_reports(&[report(ReportKind::Focus, parts)], false, staging.path()).map(|periods| show(&periods[0].charges[0], shown))
}

#[test]
fn single_precision_is_read_by_its_own_shortest_text() {
    let cost: ArrayRef = Arc::new(Float32Array::from(vec![0.1_f32]));
    insta::assert_snapshot!(read(&[("BilledCost", cost)], &["BilledCost"]).unwrap(), @"0.1");
}

#[test]
fn a_value_that_cannot_be_cast_is_an_error_and_not_null() {
    let too_large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    let too_late: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX]));
    let not_text: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"\xff"]));
    let shown: Vec<_> = [("BilledCost", too_large), ("ChargePeriodStart", too_late), ("ResourceId", not_text)]
        .into_iter()
        .map(|column| {
            let error = read(&[column], &[]).unwrap_err();
            let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
            format!("{error}{}\nhint: {}", source.split(" for ").next().unwrap(), error.hint())
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    row 1 of `bill.parquet`: BilledCost `18446744073709551615` is not an amount (too large: an amount is at most 10^18)
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    cannot decode column `ChargePeriodStart` of `bill.parquet`: Arithmetic overflow: Overflow happened on: 9223372036854775807 * 1000000
    hint: the file is damaged or not whole: download it again, or have AWS deliver the report again
    cannot decode column `ResourceId` of `bill.parquet`: Invalid argument error: Encountered non UTF-8 data: invalid utf-8 sequence of 1 bytes from index 0
    hint: the file is damaged or not whole: download it again, or have AWS deliver the report again
    ");
}

#[test]
fn what_is_nested_and_has_no_place_is_kept_as_json() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("k");
    map.values().append_value("v");
    map.append(true).unwrap();
    let pair: ArrayRef = Arc::new(StructArray::from(vec![
        (Arc::new(Field::new("a", DataType::Int32, true)), Arc::new(Int32Array::from(vec![1])) as ArrayRef),
        (Arc::new(Field::new("b", DataType::Utf8, true)), text("x")),
    ]));
    let columns = [("x_Map", Arc::new(map.finish()) as ArrayRef), ("x_Struct", pair)];
    insta::assert_snapshot!(read(&columns, &["x_Extra"]).unwrap(), @r#"{"x_Map":"{\"k\":\"v\"}","x_Struct":"{\"a\":\"1\",\"b\":\"x\"}"}"#);
}
