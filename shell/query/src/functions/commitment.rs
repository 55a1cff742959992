//! What the views of commitments are made of: the core's own decisions, a row at a time.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, PrimitiveArray, StringViewBuilder, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use jiff::Timestamp;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{self, Ratio};
use tenor_cover::{EligibleUsage, Term};
use tenor_money::{Money, Quantity};

/// An amount, as `charges` has it.
const AMOUNT: DataType = DataType::Decimal128(38, 12);
/// Decimals of a ratio.
const RATIO_SCALE: i8 = 4;
const MICROS: i64 = 1_000_000;

/// All of them.
pub(super) fn all() -> [ScalarUDF; 9] {
    let (text, moment, count) = (DataType::Utf8View, moment_type(), DataType::Int64);
    [
        instance_family(),
        udf("eligible_usage", &[&text, &text], text.clone(), eligible_usage),
        udf("term_start", &[&text, &text], moment.clone(), |columns| term(columns, |term| term.start)),
        udf("term_end", &[&text, &text], moment.clone(), |columns| term(columns, |term| term.end())),
        udf("period_end", &[&text], moment.clone(), period_end),
        udf("remaining_seconds", &[&moment, &moment, &moment], count.clone(), remaining_seconds),
        udf("hourly_commitment", &[&AMOUNT, &moment, &moment, &moment, &moment], AMOUNT, hourly_commitment),
        udf("cost_ahead", &[&AMOUNT, &AMOUNT, &AMOUNT, &count], AMOUNT, cost_ahead),
        udf("ratio", &[&AMOUNT, &AMOUNT], DataType::Decimal128(38, RATIO_SCALE), ratio),
    ]
}

/// `instance_family(instance type, usage type)`.
pub(crate) fn instance_family() -> ScalarUDF {
    udf("instance_family", &[&DataType::Utf8View, &DataType::Utf8View], DataType::Utf8View, family)
}

fn moment_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn udf(name: &str, takes: &[&DataType], gives: DataType, work: fn(&[ArrayRef]) -> Result<ArrayRef>) -> ScalarUDF {
    let run = move |args: &[ColumnarValue]| {
        let is_constant = args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let made = work(&ColumnarValue::values_to_arrays(args)?)?;
        Ok(if is_constant { ColumnarValue::Scalar(ScalarValue::try_from_array(&made, 0)?) } else { ColumnarValue::Array(made) })
    };
    create_udf(name, takes.iter().map(|kind| (*kind).clone()).collect(), gives, Volatility::Immutable, Arc::new(run))
}

/// Two columns' values of a row.
type Pair<'a> = (Option<&'a str>, Option<&'a str>);

/// One text for each row, worked out anew only where the row differs from the one before: charges of one kind lie side by side.
fn texts(columns: &[ArrayRef], work: fn(Option<&str>, Option<&str>) -> Option<String>) -> ArrayRef {
    let [first, second] = columns else { unreachable!("the signature has two columns") };
    let (first, second) = (first.as_string_view(), second.as_string_view());
    let mut made = StringViewBuilder::with_capacity(first.len()).with_deduplicate_strings();
    let mut last: Option<(Pair<'_>, Option<String>)> = None;
    for pair in first.iter().zip(second) {
        let value = match last.take() {
            Some((same, value)) if same == pair => value,
            _ => work(pair.0, pair.1),
        };
        made.append_option(value.as_deref());
        last = Some((pair, value));
    }
    Arc::new(made.finish())
}

fn family(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let of = |kind: Option<&str>, usage_type: Option<&str>| {
        kind.and_then(tenor_cover::instance_family).or_else(|| tenor_cover::instance_family(tenor_cover::instance_type(usage_type?)?))
    };
    Ok(texts(columns, of))
}

fn eligible_usage(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let of = |service: Option<&str>, usage_type: Option<&str>| {
        let word = match tenor_cover::eligible_usage(service?, usage_type?) {
            Some(EligibleUsage::Instance) => "instance",
            Some(EligibleUsage::Other) => "other",
            None => return None,
        };
        Some(word.to_owned())
    };
    Ok(texts(columns, of))
}

fn seconds_of(text: Option<&str>) -> Option<i64> {
    Some(text?.parse::<Timestamp>().ok()?.as_second())
}

fn term(columns: &[ArrayRef], end: fn(tenor_cover::Term) -> i64) -> Result<ArrayRef> {
    let pairs = columns[0].as_string_view().iter().zip(columns[1].as_string_view());
    let micros = |(from, to)| Some(end(inventory::term_of_bill(seconds_of(from)?, seconds_of(to)?)?) * MICROS);
    Ok(moments(pairs.map(micros)))
}

fn period_end(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let end = |text: Option<&str>| Some(text?.parse::<BillingPeriod>().ok()?.end().as_microsecond());
    Ok(moments(columns[0].as_string_view().iter().map(end)))
}

fn moments(micros: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn micros(column: &ArrayRef) -> &PrimitiveArray<TimestampMicrosecondType> {
    column.as_primitive()
}

fn remaining_seconds(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let rows = micros(&columns[0]).iter().zip(micros(&columns[1])).zip(micros(&columns[2]));
    let left = |((now, start), end): ((Option<i64>, Option<i64>), Option<i64>)| Some(end?.checked_sub(now?.max(start?))?.max(0) / MICROS);
    Ok(Arc::new(rows.map(left).collect::<Int64Array>()))
}

fn amounts(column: &ArrayRef) -> &PrimitiveArray<Decimal128Type> {
    column.as_primitive()
}

fn amounts_of(units: impl Iterator<Item = Option<i128>>, scale: i8) -> Result<ArrayRef> {
    Ok(Arc::new(units.collect::<Decimal128Array>().with_precision_and_scale(38, scale)?))
}

fn hourly_commitment(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let of = |row: usize| {
        let amount = amounts(&columns[0]).is_valid(row).then(|| amounts(&columns[0]).value(row))?;
        let second = |at: usize| micros(&columns[at]).is_valid(row).then(|| micros(&columns[at]).value(row).div_euclid(MICROS));
        let term = second(3).zip(second(4)).and_then(|(start, end)| Some(Term { start, seconds: end.checked_sub(start)?, retired: None }));
        inventory::hourly_commitment(Money::from_units(amount), second(1)?, second(2)?, term).map(Money::units)
    };
    amounts_of((0..columns[0].len()).map(of), 12)
}

fn cost_ahead(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let seconds = columns[3].as_primitive::<Int64Type>();
    let of = |row: usize| {
        let amount = |at: usize| amounts(&columns[at]).is_valid(row).then(|| amounts(&columns[at]).value(row));
        let (cost, per_hour, held) = (Money::from_units(amount(0)?), Quantity::from_units(amount(1)?), Quantity::from_units(amount(2)?));
        let seconds = seconds.is_valid(row).then(|| seconds.value(row))?;
        inventory::cost_ahead(cost, per_hour, held, seconds).map(Money::units)
    };
    amounts_of((0..seconds.len()).map(of), 12)
}

fn ratio(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let rows = amounts(&columns[0]).iter().zip(amounts(&columns[1]));
    let of = |(part, whole): (Option<i128>, Option<i128>)| Ratio::of_units(part?, whole?).map(Ratio::ten_thousandths);
    amounts_of(rows.map(of), RATIO_SCALE)
}
