//! The formats FOCUS gives its values: moments, numbers, units, currencies, key-value text.

use std::collections::BTreeSet;

use super::dataset::{Cell, Kind};
use super::expr::Form;
use super::keys;
use super::number::Number;

/// How a column may fail a check of its type or format.
pub(crate) enum Verdict {
    /// The type settles it for every value.
    Holds,
    /// The type rules it out, for the reason given.
    Never(String),
    /// Each value is looked at.
    EachValue,
}

/// What the declared type alone says about `form`.
pub(crate) fn by_kind(form: Form, kind: &Kind) -> Verdict {
    use Form::{DateTime, DecimalValue, MonthStart, Numeric, TypeDateTime, TypeDecimal, TypeString};
    let is = |good: bool| if good { Verdict::Holds } else { Verdict::Never(format!("the column is {}", describe(kind))) };
    match (form, kind) {
        (TypeString, Kind::Untyped | Kind::Text) => Verdict::Holds,
        (TypeString, _) => is(false),
        (TypeDecimal | TypeDateTime, Kind::Untyped) => Verdict::EachValue,
        (TypeDecimal, _) => is(matches!(kind, Kind::Decimal | Kind::Float)),
        (TypeDateTime, _) => is(matches!(kind, Kind::Moment { .. })),
        (DateTime, Kind::Moment { utc }) => is(*utc),
        (Numeric | DecimalValue, Kind::Decimal) => Verdict::Holds,
        (Numeric | DecimalValue, Kind::Float | Kind::Untyped | Kind::Text) => Verdict::EachValue,
        (Numeric | DecimalValue, _) => is(false),
        (MonthStart, Kind::Moment { .. }) | (_, Kind::Untyped | Kind::Text) => Verdict::EachValue,
        _ => is(false),
    }
}

fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Untyped | Kind::Text => "text".to_owned(),
        Kind::Decimal => "a decimal".to_owned(),
        Kind::Float => "a floating-point number".to_owned(),
        Kind::Moment { utc: true } => "a timestamp in UTC".to_owned(),
        Kind::Moment { utc: false } => "a timestamp that is not marked as UTC".to_owned(),
        Kind::Other(name) => format!("of type {name}"),
    }
}

/// Whether a value that is not null has the form; `virtual_currency` when a currency may be one that no nation issues.
pub(crate) fn by_value(form: Form, cell: &Cell, virtual_currency: bool) -> bool {
    let text = cell.text.as_str();
    match form {
        Form::TypeDecimal | Form::Numeric | Form::DecimalValue => Number::parse(text).is_some(),
        Form::TypeString => true,
        Form::TypeDateTime | Form::DateTime => is_moment(text),
        Form::Text => !text.contains(['\0', char::REPLACEMENT_CHARACTER]),
        Form::Unit => is_unit(text),
        Form::Currency => is_national_currency(text) || (virtual_currency && !text.trim().is_empty()),
        Form::NationalCurrency => is_national_currency(text),
        Form::KeyValue => keys::is_key_value(text),
        Form::MonthStart => is_moment(text) && text.ends_with("-01T00:00:00Z"),
        Form::PascalKeys => keys::all(text, |key, _| is_pascal(key.strip_prefix("x_").unwrap_or(key))),
        Form::CustomKeys => keys::all(text, |key, _| key.starts_with("x_") || keys::known_ignoring_case(key).is_some()),
        Form::KnownKeys => keys::all(text, |key, _| keys::known_ignoring_case(key).is_none_or(|known| known.name == key)),
        Form::KnownKeyTypes => keys::all(text, |key, value| keys::known_ignoring_case(key).is_none_or(|known| known.admits(value))),
    }
}

/// `YYYY-MM-DDTHH:mm:ssZ`, a day that exists, at a time that exists.
pub(crate) fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pattern = b"dddd-dd-ddTdd:dd:ddZ";
    let shaped = bytes.len() == pattern.len()
        && bytes.iter().zip(pattern).all(|(byte, want)| if *want == b'd' { byte.is_ascii_digit() } else { byte == want });
    if !shaped {
        return false;
    }
    let part = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap_or(u32::MAX);
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day) && part(11, 13) < 24 && part(14, 16) < 60 && part(17, 19) < 60
}

/// Capital first, letters and digits only.
pub(crate) fn is_pascal(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase()) && is_alphanumeric(name)
}

pub(crate) fn is_alphanumeric(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric())
}

/// Text that stands for having no value: empty, blank, or a word for it.
pub(crate) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || ["null", "n/a", "not applicable", "(null)", "<null>"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

const TIMES: [&str; 6] = ["Year", "Month", "Day", "Hour", "Minute", "Second"];
const COUNTS: [&str; 13] = [
    "Count",
    "Unit",
    "Request",
    "Image",
    "Connection",
    "License",
    "User",
    "Certificate",
    "Domain",
    "Message",
    "Query",
    "Deployment",
    "Tag",
];

/// `Hours`, `GB-Hours`, `Requests/Second`, `1000 Requests`, `Requests/3 Months`: a unit as FOCUS composes one.
fn is_unit(text: &str) -> bool {
    if let Some((units, interval)) = text.split_once('/') {
        return is_term(units) && is_interval(interval);
    }
    if let Some((unit, time)) = text.rsplit_once('-') {
        return is_term(unit) && TIMES.iter().any(|known| time.strip_suffix('s') == Some(known));
    }
    match text.split_once(' ') {
        Some((quantity, units)) if quantity.starts_with(|first: char| first.is_ascii_digit()) => is_whole(quantity) && is_term(units),
        _ => is_term(text),
    }
}

fn is_interval(text: &str) -> bool {
    match text.split_once(' ') {
        Some((quantity, times)) => is_whole(quantity) && TIMES.iter().any(|known| times.strip_suffix('s') == Some(known)),
        None => TIMES.contains(&text),
    }
}

fn is_whole(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Words; a word FOCUS lists must be capitalised as listed.
fn is_term(text: &str) -> bool {
    let listed: BTreeSet<String> = TIMES.iter().chain(&COUNTS).map(|word| word.to_ascii_lowercase()).collect();
    let singular = |word: &str| word.strip_suffix('s').unwrap_or(word).to_ascii_lowercase();
    let capital = |word: &str| word.starts_with(|first: char| first.is_ascii_uppercase());
    !text.is_empty() && text.split([' ', '-']).all(|word| is_alphanumeric(word) && (capital(word) || !listed.contains(&singular(word))))
}

/// The three-letter codes of ISO 4217 that name money.
const CURRENCIES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR \
    IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

fn is_national_currency(text: &str) -> bool {
    CURRENCIES.split(' ').any(|code| code == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_second_in_utc() {
        for good in ["2018-10-09T21:40:47Z", "2024-02-29T00:00:00Z"] {
            assert!(is_moment(good), "{good}");
        }
        for bad in [
            "2018-10-09",
            "2018-10-09 21:40:47",
            "2018-10-09T21:40:47",
            "2018-10-09T21:40:47.000Z",
            "2018-10-09T21:40:47+00:00",
            "2023-02-29T00:00:00Z",
            "2018-13-01T00:00:00Z",
            "2018-10-09T24:00:00Z",
            "2018-10-09t21:40:47Z",
            "",
        ] {
            assert!(!is_moment(bad), "{bad}");
        }
    }

    #[test]
    fn a_unit_is_composed_as_focus_says() {
        for good in [
            "Hours",
            "GB",
            "GB-Hours",
            "Requests",
            "1000 Requests",
            "Requests/Second",
            "Requests/3 Months",
            "vCPU-Hours",
            "Lambda-GB-Seconds",
        ] {
            assert!(is_unit(good), "{good}");
        }
        for bad in ["", "GB-Mo", "hours", "GB-hours", "1.5 Requests", "Requests/mo", "$/hour", "GB-Hour"] {
            assert!(!is_unit(bad), "{bad}");
        }
    }

    #[test]
    fn a_currency_is_one_of_iso_4217() {
        assert!(is_national_currency("USD") && is_national_currency("EUR"));
        assert!(
            !is_national_currency("usd") && !is_national_currency("XYZ") && !is_national_currency("US Dollar") && !is_national_currency("")
        );
    }
}
