//! Looks a lake over and says what is held, what does not add up, and what to do about it.
//!
//! It reads records, Parquet footers and roll-ups, and changes nothing.

mod files;
#[cfg(test)]
mod tests;

use crate::store::{HeldPeriod, Key, Lake, StoreError};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use tenor_bill::BillingPeriod;
use tenor_money::Money;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// All is well.
    Ok,
    /// Good to know.
    Note,
    /// Someone should look: numbers may mislead.
    Warning,
    /// Something is broken: numbers are wrong or cannot be read.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The period it is about; `None` when it is about several or none.
    pub key: Option<Key>,
    /// What was found, in a few words.
    pub title: String,
    /// By how much, exact decimal text.
    pub amount: Option<String>,
    /// What it means.
    pub meaning: String,
    /// What to do; empty when there is nothing to do.
    pub what_to_do: String,
}

impl Finding {
    fn new(severity: Severity, title: impl Into<String>, meaning: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        let (title, meaning, what_to_do) = (title.into(), meaning.into(), what_to_do.into());
        Self { severity, key: None, title, amount: None, meaning, what_to_do }
    }

    fn of(self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self }
    }

    fn amount(self, amount: impl Into<String>) -> Self {
        Self { amount: Some(amount.into()), ..self }
    }
}

/// What to do where the lake's copy of a period is at fault and its source is not.
const IMPORT_AGAIN: &str = "import that period again with --replace";

/// Everything there is to say about a lake: for each payer a summary and its findings, then what concerns the whole.
///
/// # Errors
/// When the lake's folders cannot be listed.
pub fn examine(lake: &Lake, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let mut payers: BTreeMap<_, Vec<HeldPeriod>> = BTreeMap::new();
    let mut whole = Vec::new();
    for period in lake.survey()? {
        match period {
            Ok(held) => payers.entry((held.key.payer.clone(), held.key.provider.clone())).or_default().push(held),
            Err(error) => whole.push(Finding::new(Severity::Error, "unreadable period", describe(&error), error.hint())),
        }
    }
    if payers.is_empty() && whole.is_empty() {
        let todo = "import a bill: tenor import SOURCE";
        whole.push(Finding::new(Severity::Note, "empty lake", "no bill was imported yet", todo));
    }
    whole.extend(currencies(payers.values().flatten()));
    whole.extend(files::strays(lake)?);
    whole.extend(files::interrupted(lake));
    whole.extend(files::journal(lake));

    let mut findings = Vec::new();
    for periods in payers.into_values() {
        let mut found: Vec<Finding> = periods.iter().flat_map(|held| examine_period(held, now)).collect();
        found.extend(gaps(&periods));
        let worst = found.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok);
        findings.push(summary(&periods, worst));
        findings.extend(found);
    }
    findings.extend(whole);
    Ok(findings)
}

fn examine_period(held: &HeldPeriod, now: Timestamp) -> Vec<Finding> {
    let mut found = residuals(held);
    found.extend(quarantine(held));
    found.extend(notices(held));
    found.extend(files::check(held));
    found.extend(unfinished(held, now));
    found.into_iter().map(|finding| finding.of(&held.key)).collect()
}

/// What a payer's periods are together. It is only `ok` when nothing else was found that matters.
fn summary(periods: &[HeldPeriod], worst: Severity) -> Finding {
    let (first, last) = (&periods[0], &periods[periods.len() - 1]);
    let span = match periods.len() {
        1 => first.key.period.to_string(),
        count => format!("{count} periods, {} to {}", first.key.period, last.key.period),
    };
    let severity = if worst >= Severity::Warning { Severity::Note } else { Severity::Ok };
    let rows: u64 = periods.iter().map(|held| held.record.rows_charges).sum();
    let billed: Money = periods.iter().filter_map(|held| total(held, "billed")).sum();
    let meaning = format!("{span}: {}; billed cost in {}", counted(rows, "charge"), first.record.currency);
    Finding::new(severity, format!("{} {}", first.key.provider, first.key.payer), meaning, "").amount(billed.to_string())
}

/// A number of things: `1 row`, `2 rows`.
fn counted(count: u64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn total(held: &HeldPeriod, name: &str) -> Option<Money> {
    held.record.totals.get(name)?.parse().ok()
}

/// Identities that do not close. Those the source explains are notes; small differences of many reservations are one.
fn residuals(held: &HeldPeriod) -> Vec<Finding> {
    let mut found = Vec::new();
    let (mut units, mut reservations) = (Money::ZERO, 0_u64);
    for residual in held.record.residuals.iter().filter(|residual| residual.name != "quarantined") {
        if residual.explained && residual.name.starts_with("units of ") {
            units += residual.amount.parse::<Money>().unwrap_or_default().abs();
            reservations += 1;
            continue;
        }
        let is_fault = ["unblended", "billed", "effective", "rows"].contains(&residual.name.as_str());
        let (severity, todo) = match residual.explained {
            true => (Severity::Note, ""),
            false if is_fault => (Severity::Error, "report this with the line item types of `_import.json`: Tenor should never do it"),
            false => (Severity::Warning, "compare the commitment columns of the report with AWS's console, or ask AWS"),
        };
        found.push(Finding::new(severity, &residual.name, &residual.meaning, todo).amount(&residual.amount));
    }
    if reservations > 0 {
        let meaning =
            format!("units held less used less unused of {}, as AWS's rounding leaves them", counted(reservations, "reservation"));
        found.push(Finding::new(Severity::Note, "units of reservations", meaning, "").amount(units.to_string()));
    }
    found
}

fn quarantine(held: &HeldPeriod) -> Option<Finding> {
    let rows = held.record.rows_quarantined;
    if rows == 0 {
        return None;
    }
    let residual = held.record.residuals.iter().find(|residual| residual.name == "quarantined");
    let meaning = residual.map_or_else(String::new, |residual| residual.meaning.clone());
    let todo = match &held.quarantine {
        Some(file) => format!("see {}; correct the source and import it again", file.display()),
        None => "their file is gone; import the source again with --replace --quarantine".to_owned(),
    };
    let amount = residual.map_or("0", |residual| &residual.amount);
    Some(Finding::new(Severity::Warning, format!("{} in quarantine", counted(rows, "row")), meaning, todo).amount(amount))
}

fn notices(held: &HeldPeriod) -> impl Iterator<Item = Finding> + '_ {
    let todo = "keep these rows in mind where they enter a total";
    held.record.notices.iter().map(move |notice| Finding::new(Severity::Warning, "notice", notice, todo))
}

/// A month that had not ended when it was imported is not the whole month.
fn unfinished(held: &HeldPeriod, now: Timestamp) -> Option<Finding> {
    let end = held.key.period.end();
    let imported_at: Timestamp = held.record.imported_at.parse().ok()?;
    if imported_at >= end {
        return None;
    }
    let todo = "import it again for later versions";
    Some(if now < end {
        Finding::new(Severity::Note, "open period", "the month has not ended; AWS's figures are estimates until it closes", todo)
    } else {
        let meaning = format!("imported on {}, before the month ended: the rest of it is missing", &held.record.imported_at[..10]);
        Finding::new(Severity::Warning, "unfinished period", meaning, todo)
    })
}

/// Months without a bill between months with one.
fn gaps(periods: &[HeldPeriod]) -> Vec<Finding> {
    let mut found = Vec::new();
    for pair in periods.windows(2) {
        let (before, after) = (pair[0].key.period, pair[1].key.period);
        let months: Vec<_> =
            std::iter::successors(Some(before.next()), |month| Some(month.next())).take_while(|month| *month < after).collect();
        let (Some(first), Some(last)) = (months.first(), months.last()) else { continue };
        let title = if first == last { format!("{first} is missing") } else { format!("{first} to {last} are missing") };
        let payer = format!("{} {}", pair[0].key.provider, pair[0].key.payer);
        let meaning = format!("{payer} has bills before and after, so totals over time leave these months out");
        found.push(Finding::new(Severity::Warning, title, meaning, "import the missing months"));
    }
    found
}

/// Sums over payers make sense in one currency only.
fn currencies<'a>(periods: impl Iterator<Item = &'a HeldPeriod>) -> Option<Finding> {
    let mut currencies: BTreeMap<&str, BillingPeriod> = BTreeMap::new();
    for held in periods.filter(|held| !held.record.currency.is_empty()) {
        currencies.entry(&held.record.currency).or_insert(held.key.period);
    }
    if currencies.len() < 2 {
        return None;
    }
    let names = currencies.into_keys().collect::<Vec<_>>().join(", ");
    let meaning = format!("payers are billed in {names}; a sum over all of them is not an amount of anything");
    let todo = "ask about one payer at a time, or keep each currency in a lake of its own with --home";
    Some(Finding::new(Severity::Warning, "several currencies", meaning, todo))
}

fn describe(error: &StoreError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
