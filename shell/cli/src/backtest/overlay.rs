//! A file of changes that the owner knows of: a shutdown in March, a third more in the second quarter.
//!
//! Its format is in `docs/spec/overlay.md`.

use crate::report::Refused;
use anyhow::Context as _;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use tenor_bill::Hour;
use tenor_propose::Demand;
use tenor_propose::forecast::{Change, Effect, Overlay};
use toml::Spanned;

const HINT: &str = "docs/spec/overlay.md shows the format";
/// What usage may grow by: a thousandfold.
const PERCENT_MAX: i64 = 100_000;
/// Labels that a message names, so that a demand of thousands does not fill the screen.
const NAMED_MAX: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    change: Vec<Spanned<OneChange>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneChange {
    of: Option<Spanned<BTreeMap<Spanned<String>, Spanned<String>>>>,
    from: Start,
    until: Option<Spanned<Start>>,
    effect: Option<Ends>,
    grows: Option<Percent>,
    shrinks: Option<Spanned<Percent>>,
    told: Option<Start>,
}

/// What `effect` can be; growth has keys of its own.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ends {
    Ends,
}

/// Thousandths, above zero.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Percent(i64);

/// A day or an hour, in UTC: the hour with which it begins. As text, or as TOML writes days and moments itself.
#[derive(Debug, Clone, Copy)]
struct Start(Hour);

/// What does not fit the demand: where it stands, and why.
type Misfit = (Range<usize>, String);

/// What a file says of a demand.
#[derive(Debug)]
pub(crate) struct Known {
    /// The changes.
    pub(crate) overlay: Overlay,
    /// Those that no decision can use, in words.
    pub(crate) unused: Vec<String>,
}

/// What a file is read for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Since when a change is known that does not say so; since it begins, without it.
    pub(crate) untold: Option<Hour>,
    /// What a message calls the columns of the demand.
    pub(crate) columns: &'static str,
}

impl Reading {
    /// A back-test.
    pub(crate) const BACKTEST: Self = Self { untold: None, columns: "--series" };
}

/// Reads the file; without one, nothing is known.
///
/// # Errors
/// When it cannot be read, is not such a file, or speaks of columns or series that the demand does not have.
pub(crate) fn read(path: Option<&Path>, demand: &Demand, decisions: &[usize], reading: Reading) -> anyhow::Result<Known> {
    let Some(path) = path else { return Ok(Known { overlay: Overlay::default(), unused: Vec::new() }) };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let known = parse(&text, demand, decisions, reading);
    known.with_context(|| format!("`{}` does not say which changes are known", path.display()))
}

fn parse(text: &str, demand: &Demand, decisions: &[usize], reading: Reading) -> Result<Known, Refused> {
    let at = |span: Range<usize>, message: &str| Refused::new(format!("{}: {message}", place(text, span.start))).hint(HINT);
    let file: File = toml::from_str(text).map_err(|error| at(error.span().unwrap_or(0..0), error.message()))?;
    let mut known = Known { overlay: Overlay::default(), unused: Vec::new() };
    for one in file.change {
        let span = one.span();
        let change = change(one.into_inner(), span.clone(), demand, reading).map_err(|(span, message)| at(span, &message))?;
        let moment = |decision: &usize| Hour::from_epoch_hours(demand.first().epoch_hours() + *decision as i64);
        if !decisions.iter().any(|decision| change.is_news(moment(decision))) {
            let span_of_time = decisions.first().zip(decisions.last()).map(|(first, last)| (moment(first), moment(last)));
            let (first, last) = span_of_time.expect("a back-test has a decision");
            let why = match reading.untold {
                None => format!(
                    "no decision, from {first} to {last}, falls between the day it is told and its beginning or end; `told` says since when \
                     it was known"
                ),
                Some(_) if change.told > first => format!("it is told on {}, and not heeded in a decision as of {first}", change.told),
                Some(_) => format!("by {first} it has begun for good or is over, and is in the usage already"),
            };
            known.unused.push(format!("{}: this change moves nothing: {why}", place(text, span.start)));
        }
        known.overlay.changes.push(change);
    }
    Ok(known)
}

/// A change that fits the demand, or where it does not and why.
fn change(one: OneChange, span: Range<usize>, demand: &Demand, reading: Reading) -> Result<Change, Misfit> {
    let effect = match (one.effect, one.grows, one.shrinks) {
        (Some(Ends::Ends), None, None) => Effect::Ends,
        (None, Some(Percent(thousandths)), None) => Effect::Grows { thousandths },
        (None, None, Some(by)) if by.get_ref().0 >= 1000 => {
            return Err((by.span(), "by 100% nothing is left: write effect = \"ends\"".to_owned()));
        }
        (None, None, Some(by)) => Effect::Grows { thousandths: -by.into_inner().0 },
        (None, None, None) => return Err((span, "this change has no effect: give it effect = \"ends\", grows or shrinks".to_owned())),
        _ => return Err((span, "this change has several effects: give each a [[change]] of its own".to_owned())),
    };
    let from = one.from.0;
    if let Some(until) = one.until.as_ref().filter(|until| until.get_ref().0 <= from) {
        return Err((
            until.span(),
            format!("it is over at {} before it begins at {from}: `until` is the first day after it", until.get_ref().0),
        ));
    }
    let of = match one.of {
        Some(of) => labels(of, demand, reading.columns)?,
        None => Vec::new(),
    };
    Ok(Change {
        of,
        from,
        until: one.until.map(|until| until.into_inner().0),
        effect,
        told: one.told.map_or(reading.untold.unwrap_or(from), |told| told.0),
    })
}

/// Columns and values that some series of the demand has.
fn labels(of: Spanned<BTreeMap<Spanned<String>, Spanned<String>>>, demand: &Demand, whose: &str) -> Result<Vec<(String, String)>, Misfit> {
    let whole = of.span();
    let mut labels = Vec::new();
    for (column, value) in of.into_inner() {
        let Some(place) = demand.columns().iter().position(|other| other == column.get_ref()) else {
            let columns = named(demand.columns().iter().map(String::as_str));
            return Err((column.span(), format!("`{}` is no column of {whose}; there are {columns}", column.get_ref())));
        };
        let mut values: Vec<&str> = demand.series().iter().map(|one| one.labels[place].as_str()).collect();
        values.sort_unstable();
        values.dedup();
        if !values.contains(&value.get_ref().as_str()) {
            let message = format!("no series has {} = `{}`; there are {}", column.get_ref(), value.get_ref(), named(values.into_iter()));
            return Err((value.span(), message));
        }
        labels.push((column.into_inner(), value.into_inner()));
    }
    let any = Change { of: labels, from: demand.first(), until: None, effect: Effect::Ends, told: demand.first() };
    if !demand.series().iter().any(|one| any.is_of(demand.columns(), &one.labels)) {
        return Err((whole, "no series has all of these labels".to_owned()));
    }
    Ok(any.of)
}

/// Names in a sentence, as many as one reads.
fn named<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    let mut named = names.take(NAMED_MAX).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if more > 0 {
        named += &format!(" and {more} more");
    }
    named
}

/// Where a byte of a text stands, as editors count.
fn place(text: &str, byte: usize) -> String {
    let before = &text[..text.floor_char_boundary(byte)];
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!("line {}, column {}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

impl TryFrom<String> for Percent {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let thousandths = || {
            let number = text.strip_suffix('%')?.trim_end();
            let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
            let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
            let whole = Some(whole).filter(|whole| is_number(whole))?.parse::<i64>().ok().filter(|whole| *whole <= PERCENT_MAX)?;
            let tenth = Some(tenth).filter(|tenth| is_number(tenth) && tenth.len() == 1)?.parse::<i64>().ok()?;
            Some(whole * 10 + tenth).filter(|thousandths| *thousandths > 0)
        };
        let said = || format!("`{text}` is no percentage above zero and up to {PERCENT_MAX}%: write it as 30% or 12.5%");
        thousandths().map(Self).ok_or_else(said)
    }
}

impl Start {
    fn parse(text: &str) -> Option<Self> {
        let of_day = || TimeZone::UTC.to_timestamp(text.parse::<Date>().ok().filter(|_| text.len() == 10)?.at(0, 0, 0, 0)).ok();
        let moment: Timestamp = of_day().or_else(|| text.parse().ok())?;
        let hour = Hour::containing(moment);
        (Timestamp::from_second(hour.start_second()).ok()? == moment).then_some(Self(hour))
    }
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = String;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day or an hour in UTC")
            }

            fn visit_str<E>(self, text: &str) -> Result<String, E> {
                Ok(text.to_owned())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<String, A::Error> {
                Ok(toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?.to_string())
            }
        }
        let text = deserializer.deserialize_any(Written)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no day and no full hour in UTC: write 2025-03-01 or 2025-03-01T12Z")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Reading, parse};
    use tenor_bill::Hour;
    use tenor_propose::{Demand, DemandSeries};

    /// 2025-01-06, a Monday.
    const MONDAY: i64 = 482_256;

    fn demand() -> Demand {
        let columns = ["region", "type"].map(str::to_owned).to_vec();
        let one = |labels: [&str; 2]| DemandSeries { labels: labels.map(str::to_owned).to_vec(), decimals: 0, cells: vec![1; 2_000] };
        let series = [["r1", "A"], ["r1", "B"], ["r2", "A"]].map(one).to_vec();
        Demand::new(Hour::from_epoch_hours(MONDAY), 2_000, columns, series, Vec::new()).unwrap()
    }

    fn told(text: &str) -> String {
        read(text, Reading::BACKTEST)
    }

    fn read(text: &str, reading: Reading) -> String {
        match parse(text, &demand(), &[168, 336][..if reading.untold.is_some() { 1 } else { 2 }], reading) {
            Ok(known) => known.overlay.changes.into_iter().fold(known.unused.join("\n"), |told, change| {
                let until = change.until.map_or("ever".to_owned(), |until| until.to_string());
                let of = change.of.into_iter().map(|(column, value)| format!("{column}={value}")).collect::<Vec<_>>().join(" ");
                format!("{told}\n{:?} of [{of}] from {} to {until}, told {}", change.effect, change.from, change.told)
            }),
            Err(refused) => refused.to_string(),
        }
    }

    #[test]
    fn all_that_can_be_known_can_be_said() {
        insta::assert_snapshot!(told(r#"
            [[change]]
            of = { type = "A", region = "r2" }
            from = "2025-02-01"
            effect = "ends"
            told = "2025-01-10T12Z"

            [[change]]
            from = 2025-02-01
            until = 2025-04-01T06:00:00Z
            grows = "12.5%"

            [[change]]
            of = { region = "r1" }
            from = "2025-01-20T00:00Z"
            shrinks = "30%"
        "#), @"
        line 8, column 13: this change moves nothing: no decision, from 2025-01-13T00:00Z to 2025-01-20T00:00Z, falls between the day it is told and its beginning or end; `told` says since when it was known
        Ends of [region=r2 type=A] from 2025-02-01T00:00Z to ever, told 2025-01-10T12:00Z
        Grows { thousandths: 125 } of [] from 2025-02-01T00:00Z to 2025-04-01T06:00Z, told 2025-02-01T00:00Z
        Grows { thousandths: -300 } of [region=r1] from 2025-01-20T00:00Z to ever, told 2025-01-20T00:00Z
        ");
    }

    #[test]
    fn for_one_decision_what_is_not_said_to_be_told_is_known() {
        let now = Hour::from_epoch_hours(MONDAY + 168);
        let change = |more: &str| read(&format!("[[change]]\neffect = \"ends\"\n{more}"), Reading { untold: Some(now), columns: "usage" });
        let told = [
            change("from = 2025-02-01"),
            change("from = 2025-02-01\ntold = 2025-02-01"),
            change("from = 2025-01-08"),
            change("from = 2025-01-07\nuntil = 2025-01-09"),
            change("from = 2025-02-01\nof = { typ = \"A\" }"),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        Ends of [] from 2025-02-01T00:00Z to ever, told 2025-01-13T00:00Z
        line 1, column 1: this change moves nothing: it is told on 2025-02-01T00:00Z, and not heeded in a decision as of 2025-01-13T00:00Z
        Ends of [] from 2025-02-01T00:00Z to ever, told 2025-02-01T00:00Z
        line 1, column 1: this change moves nothing: by 2025-01-13T00:00Z it has begun for good or is over, and is in the usage already
        Ends of [] from 2025-01-08T00:00Z to ever, told 2025-01-13T00:00Z
        line 1, column 1: this change moves nothing: by 2025-01-13T00:00Z it has begun for good or is over, and is in the usage already
        Ends of [] from 2025-01-07T00:00Z to 2025-01-09T00:00Z, told 2025-01-13T00:00Z
        line 4, column 8: `typ` is no column of usage; there are `region`, `type`
        ");
    }

    #[test]
    fn what_is_wrong_is_said_where_it_is() {
        let good = "[[change]]\nof = { type = \"B\" }\nfrom = \"2025-02-01\"\nuntil = \"2025-03-01\"\ngrows = \"30%\"\n";
        let wrong = |from: &str, to: &str| told(&good.replace(from, to));
        let told = [
            wrong("[[change]]", "[[changes]]"),
            wrong("until", "untill"),
            wrong("2025-02-01", "2025-02-30"),
            wrong("2025-02-01", "2025-02-01T12:30Z"),
            wrong("\"2025-02-01\"", "true"),
            wrong("2025-03-01", "2025-02-01"),
            wrong("30%", "30"),
            wrong("30%", "-30%"),
            wrong("30%", "1000000%"),
            wrong("grows = \"30%\"", "effect = \"end\""),
            wrong("grows = \"30%\"", "shrinks = \"100%\""),
            wrong("grows = \"30%\"", ""),
            wrong("grows", "effect = \"ends\"\ngrows"),
            wrong("from", "form"),
            wrong("from = \"2025-02-01\"\n", ""),
            wrong("type", "typ"),
            wrong("\"B\"", "\"C\""),
            wrong("\"B\"", "1"),
            wrong("type = \"B\"", "type = \"B\", region = \"r2\""),
            wrong("\n", ""),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        line 1, column 3: unknown field `changes`, expected `change`
        line 4, column 1: unknown field `untill`, expected one of `of`, `from`, `until`, `effect`, `grows`, `shrinks`, `told`
        line 3, column 8: `2025-02-30` is no day and no full hour in UTC: write 2025-03-01 or 2025-03-01T12Z
        line 3, column 8: `2025-02-01T12:30Z` is no day and no full hour in UTC: write 2025-03-01 or 2025-03-01T12Z
        line 3, column 8: invalid type: boolean `true`, expected a day or an hour in UTC
        line 4, column 9: it is over at 2025-02-01T00:00Z before it begins at 2025-02-01T00:00Z: `until` is the first day after it
        line 5, column 9: `30` is no percentage above zero and up to 100000%: write it as 30% or 12.5%
        line 5, column 9: `-30%` is no percentage above zero and up to 100000%: write it as 30% or 12.5%
        line 5, column 9: `1000000%` is no percentage above zero and up to 100000%: write it as 30% or 12.5%
        line 5, column 10: unknown variant `end`, expected `ends`
        line 5, column 11: by 100% nothing is left: write effect = "ends"
        line 1, column 1: this change has no effect: give it effect = "ends", grows or shrinks
        line 1, column 1: this change has several effects: give each a [[change]] of its own
        line 3, column 1: unknown field `form`, expected one of `of`, `from`, `until`, `effect`, `grows`, `shrinks`, `told`
        line 1, column 1: missing field `from`
        line 2, column 8: `typ` is no column of --series; there are `region`, `type`
        line 2, column 15: no series has type = `C`; there are `A`, `B`
        line 2, column 15: invalid type: integer `1`, expected a string
        line 2, column 6: no series has all of these labels
        line 1, column 11: invalid table header
        expected newline, `#`
        "#);
    }

    #[test]
    fn what_no_decision_can_use_is_told() {
        let one = |rest: &str| told(&format!("[[change]]\nfrom = \"2025-01-14\"\neffect = \"ends\"\n{rest}"));
        insta::assert_snapshot!(one(""), @"
        line 1, column 1: this change moves nothing: no decision, from 2025-01-13T00:00Z to 2025-01-20T00:00Z, falls between the day it is told and its beginning or end; `told` says since when it was known
        Ends of [] from 2025-01-14T00:00Z to ever, told 2025-01-14T00:00Z
        ");
        insta::assert_snapshot!(one("told = \"2025-01-13\""), @"Ends of [] from 2025-01-14T00:00Z to ever, told 2025-01-13T00:00Z");
    }
}
