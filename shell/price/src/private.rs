//! Private pricing as its owner writes it: TOML, in `docs/spec/prices.md` 5.

use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeSet;
use tenor_money::Money;
use tenor_price::{Charged, Discount, NotAShare, Overlap, PrivatePricing, PrivateRate, Share, SkuKey, SpendCommitment};

/// Why a file is no private pricing.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// Not TOML, or with keys that are not known.
    #[error("it is not written as private pricing is")]
    Toml(#[from] toml::de::Error),
    /// A percentage that is none.
    #[error("discount {number}: percent")]
    Percent {
        /// Counted from 1.
        number: usize,
        /// Which.
        source: NotAShare,
    },
    /// A value that is none.
    #[error("{entry} {number}: {key} `{value}` is not {what}")]
    Value {
        /// `discount`, `rate` or `spend`.
        entry: &'static str,
        /// Counted from 1.
        number: usize,
        /// Whose value.
        key: &'static str,
        /// As it is.
        value: String,
        /// What it should be.
        what: &'static str,
    },
    /// A time that ends before it begins.
    #[error("{entry} {number} ends before it begins")]
    Backwards {
        /// `discount`, `rate` or `spend`.
        entry: &'static str,
        /// Counted from 1.
        number: usize,
    },
    /// Two agreements about one thing.
    #[error(transparent)]
    Overlap(#[from] Overlap),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    discount: Vec<OneDiscount>,
    #[serde(default)]
    rate: Vec<OneRate>,
    #[serde(default)]
    spend: Vec<OneSpend>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneDiscount {
    percent: String,
    from: String,
    until: Option<String>,
    service: Option<String>,
    applies_to: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneRate {
    service: String,
    region: String,
    usage_type: String,
    operation: String,
    rate: String,
    from: String,
    until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneSpend {
    amount: String,
    from: String,
    until: String,
}

/// Reads private pricing from the text of its file.
///
/// # Errors
/// When it is none.
pub fn read_private(text: &str) -> Result<PrivatePricing, PrivateError> {
    let File { discount, rate, spend } = toml::from_str(text)?;
    let discounts = (1..).zip(discount).map(|(number, one)| read_discount(number, one)).collect::<Result<_, _>>()?;
    let rates = (1..).zip(rate).map(|(number, one)| read_rate(number, &one)).collect::<Result<_, _>>()?;
    let spends = (1..).zip(spend).map(|(number, one)| read_spend(number, &one)).collect::<Result<_, _>>()?;
    Ok(PrivatePricing::new(discounts, rates, spends)?)
}

fn read_discount(number: usize, one: OneDiscount) -> Result<Discount, PrivateError> {
    let (from, until) = time("discount", number, &one.from, one.until.as_deref())?;
    let share = Share::from_percent(&one.percent).map_err(|source| PrivateError::Percent { number, source })?;
    let applies_to = one.applies_to.into_iter().map(|word| {
        let found = Charged::ALL.into_iter().find(|charged| charged.as_str() == word);
        found.ok_or_else(|| bad("discount", number, "applies_to", &word, "`on-demand`, `reservations` or `plans`"))
    });
    let applies_to = applies_to.collect::<Result<BTreeSet<_>, _>>()?;
    Ok(Discount { from, until, service: one.service, applies_to, share })
}

fn read_rate(number: usize, one: &OneRate) -> Result<PrivateRate, PrivateError> {
    let (from, until) = time("rate", number, &one.from, one.until.as_deref())?;
    let rate = crate::collect::price(&one.rate).ok_or_else(|| bad("rate", number, "rate", &one.rate, crate::collect::A_PRICE))?;
    Ok(PrivateRate { from, until, sku: SkuKey::new(&one.service, &one.region, &one.usage_type, &one.operation), rate })
}

fn read_spend(number: usize, one: &OneSpend) -> Result<SpendCommitment, PrivateError> {
    let (from, until) = time("spend", number, &one.from, Some(&one.until))?;
    let amount = crate::collect::price(&one.amount).map(|amount| Money::from_units(amount.units()));
    let amount = amount.ok_or_else(|| bad("spend", number, "amount", &one.amount, crate::collect::A_PRICE))?;
    Ok(SpendCommitment { from, until: until.expect("it was given"), amount })
}

fn time(entry: &'static str, number: usize, from: &str, until: Option<&str>) -> Result<(Date, Option<Date>), PrivateError> {
    let day = |key, text: &str| text.parse::<Date>().map_err(|_| bad(entry, number, key, text, "a day: 2025-04-04"));
    let (from, until) = (day("from", from)?, until.map(|text| day("until", text)).transpose()?);
    if until.is_some_and(|until| until <= from) {
        return Err(PrivateError::Backwards { entry, number });
    }
    Ok((from, until))
}

fn bad(entry: &'static str, number: usize, key: &'static str, value: &str, what: &'static str) -> PrivateError {
    PrivateError::Value { entry, number, key, value: value.to_owned(), what }
}
