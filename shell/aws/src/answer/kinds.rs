//! How plain members are read: texts, numbers, amounts, moments, lists, maps.

use super::error::AnswerError;
use super::field::{Field, Read};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use tenor_bill::AccountId;
use tenor_money::{Money, Quantity, UnitPrice};
use tenor_wire::{Secret, Value};

/// An Amazon Resource Name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(pub String);

/// A policy in JSON, as it was written and not as IAM wraps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document(pub String);

/// A share in percent, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub Quantity);

/// Something that has to be there, though it may be empty.
#[derive(Debug)]
pub(crate) struct Given<T>(pub(crate) T);

/// Tags by their keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(pub BTreeMap<String, String>);

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Read for String {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.text().map(str::to_owned)
    }
}

impl Read for Arn {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        String::read(field).map(Self)
    }
}

impl Read for Secret {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        match field.required()? {
            Value::Secret(secret) => Ok(secret.clone()),
            _ => Err(field.wrong("a secret")),
        }
    }
}

impl Read for AccountId {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.text()?.parse().map_err(|_| field.wrong("an account"))
    }
}

impl Read for bool {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        match field.required()? {
            Value::Bool(answer) => Ok(*answer),
            Value::Text(text) => text.parse().map_err(|_| field.wrong("a boolean")),
            _ => Err(field.wrong("a boolean")),
        }
    }
}

impl Read for i64 {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        match field.required()? {
            Value::Integer(number) => Ok(*number),
            Value::Text(text) => text.parse().map_err(|_| field.wrong("a whole number")),
            _ => Err(field.wrong("a whole number")),
        }
    }
}

impl Read for u32 {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        i64::read(field)?.try_into().map_err(|_| field.wrong("a count"))
    }
}

/// AWS sends amounts as numbers or as texts, in one service both.
fn amount<T: FromStr>(field: &Field<'_>) -> Result<T, AnswerError> {
    let parsed = match field.required()? {
        Value::Decimal(number) => number.as_str().parse().ok(),
        Value::Integer(number) => number.to_string().parse().ok(),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    parsed.ok_or_else(|| field.wrong("an amount"))
}

impl Read for Money {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        amount(field)
    }
}

impl Read for UnitPrice {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        amount(field)
    }
}

impl Read for Quantity {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        amount(field)
    }
}

impl Read for Share {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        amount(field).map(Self)
    }
}

impl Read for Timestamp {
    /// A moment, or a day, which is its first moment in UTC.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        match field.required()? {
            Value::Time(moment) => Ok(*moment),
            Value::Text(text) => moment(text).ok_or_else(|| field.wrong("a moment")),
            _ => Err(field.wrong("a moment")),
        }
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    // `2024-01-01` alone is a day; jiff takes a date with a time and no zone for none either.
    text.parse().ok().or_else(|| if text.len() == 10 { day() } else { None })
}

impl Read for Document {
    /// IAM wraps a policy as a part of a URL; simulations of it do not always.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        let text = field.text()?;
        if text.trim_start().starts_with('{') {
            return Ok(Self(text.to_owned()));
        }
        unwrapped(text).map(Self).ok_or_else(|| field.wrong("a policy"))
    }
}

/// Percent-encoded text decoded; none when it is not UTF-8, or a `%` leads nowhere.
fn unwrapped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

impl Read for Tags {
    /// A list of keys and values, or a map; none where there is neither.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        match field.value() {
            None => Ok(Self::default()),
            Some(Value::List(_)) => Ok(Self(field.items::<Tag>()?.into_iter().map(|Tag(key, value)| (key, value)).collect())),
            Some(_) => field.entries().map(Self),
        }
    }
}

struct Tag(String, String);

impl Read for Tag {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        let value: Option<String> = Read::read(&field.member("Value"))?;
        Ok(Self(Read::read(&field.member("Key"))?, value.unwrap_or_default()))
    }
}

impl<T: Read> Read for Option<T> {
    /// Nothing, or a text with nothing in it, is none.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        match field.value() {
            None => Ok(None),
            Some(Value::Text(text)) if text.is_empty() => Ok(None),
            Some(_) => T::read(field).map(Some),
        }
    }
}

impl<T: Read> Read for Given<T> {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.required()?;
        T::read(field).map(Self)
    }
}

impl<T: Read> Read for Vec<T> {
    /// A list inside of something that is there may be left out when it is empty.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        if field.value().is_none() { Ok(Self::new()) } else { field.items() }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        T::read(field).map(Self::new)
    }
}

impl<T: Read> Read for BTreeMap<String, T> {
    /// As a list.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        if field.value().is_none() { Ok(Self::new()) } else { field.entries() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Field, Read, Tags, moment};
    use tenor_money::UnitPrice;
    use tenor_wire::{Decimal, Value};

    fn read<T: Read + std::fmt::Debug>(value: impl Into<Value>) -> String {
        let answer = Value::of([("X", value.into())]);
        let root = Field::root("s:O", &answer);
        T::read(&root.member("X")).map_or_else(|error| error.to_string(), |value| format!("{value:?}"))
    }

    #[test]
    fn a_price_is_the_same_as_number_and_as_text() {
        let number = Value::Decimal(Decimal::parse("9.2e-2").unwrap());
        assert_eq!(read::<UnitPrice>(number), read::<UnitPrice>("0.092"));
        assert_eq!(read::<UnitPrice>(7), format!("{:?}", UnitPrice::from_whole(7)));
        assert_eq!(read::<UnitPrice>("1e99"), "s:O: X is not an amount");
        assert_eq!(read::<UnitPrice>(true), "s:O: X is not an amount");
    }

    #[test]
    fn a_day_is_its_first_moment_and_half_a_moment_is_none() {
        assert_eq!(moment("2024-02-29").unwrap().to_string(), "2024-02-29T00:00:00Z");
        assert_eq!(moment("2024-02-29T12:00:00.000Z").unwrap().to_string(), "2024-02-29T12:00:00Z");
        assert_eq!((moment("2024-02-30"), moment("2024-02-29T12:00"), moment("")), (None, None, None));
    }

    #[test]
    fn a_policy_is_unwrapped_once() {
        assert_eq!(read::<Document>("%7B%22a%22%3A%22%C3%A9%2B+%25%22%7D"), r#"Document("{\"a\":\"é+ +%\"}")"#.replace("+ +", "++"));
        assert_eq!(read::<Document>("{\"a\":\"100%\"}"), r#"Document("{\"a\":\"100%\"}")"#);
        assert_eq!(read::<Document>("%7"), "s:O: X is not a policy");
    }

    #[test]
    fn tags_come_as_lists_and_as_maps() {
        let list = Value::List(vec![Value::of([("Key", "a".into()), ("Value", "b".into())])]);
        assert_eq!(read::<Tags>(list), read::<Tags>(Value::of([("a", "b".into())])));
        assert_eq!(read::<Tags>(Value::Null), "Tags({})");
        assert_eq!(read::<Tags>("a"), "s:O: X is not a map");
    }
}
