//! The owner's terms: guard rails, how many must agree, and how long is waited, as a file that a person writes.

use crate::resolve::Patience;
use jiff::SignedDuration;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::num::NonZeroU32;
use std::str::FromStr;
use tenor_bill::AccountId;
use tenor_ledger::{ContentHash, Text};
use tenor_money::Money;
use tenor_order::{Allowed, Currency, NeverHolds, Rails, Window};
use tenor_permit::RegionName;
use tenor_propose::proposal::{Kind, Term, Upfront};

/// What is bought appears in lists and in CloudTrail after a while. Source: `aws-rules` 7.2.
const PATIENCE_MINUTES_MIN: u32 = 15;

/// What the owner allows, and how long is waited for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The guard rails; the hash of the whole file is their policy, so that one hash names all of it.
    pub rails: Rails,
    /// Who may approve when they are logged in.
    pub persons: BTreeSet<Text>,
    /// How long is waited.
    pub patience: Patience,
    /// Whether CloudTrail may be asked.
    pub looks_at_trail: bool,
    /// What justified a purchase may have become less by so many percent at most.
    pub demand_drop_percent_max: u32,
    /// The newest known hour of usage may be no older.
    pub usage_days_max: u32,
    /// Whether AWS may be asked for a higher quota where one would refuse a purchase.
    pub asks_for_quotas: bool,
    /// Whether reservations of EC2 are tagged once they are bought.
    pub tags_reservations: bool,
}

/// A file that says no terms.
#[derive(Debug, thiserror::Error)]
pub enum TermsError {
    /// Not the form.
    #[error("{0}")]
    Form(String),
    /// A value that nobody can mean.
    #[error("`{key}`: `{value}` is {what}")]
    Value {
        /// Which.
        key: &'static str,
        /// What stands there.
        value: String,
        /// Why not.
        what: String,
    },
    /// A change window that never is.
    #[error(transparent)]
    Never(#[from] NeverHolds),
}

/// The file. Every key has a default; an unknown one is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    approvals_needed: u32,
    approval_hours_max: u32,
    persons: Vec<String>,
    reading_minutes_max: u32,
    currency: Option<String>,
    per_step: Option<String>,
    per_day: Option<String>,
    per_month: Option<String>,
    per_order: Option<String>,
    kinds: Option<Vec<Kind>>,
    terms: Option<Vec<Term>>,
    payments: Option<Vec<Upfront>>,
    accounts: Option<Vec<String>>,
    regions: Option<Vec<String>>,
    windows: Option<Vec<String>>,
    returnable_hours_min: Option<u32>,
    look_at_cloudtrail: bool,
    demand_drop_percent_max: u32,
    usage_days_max: u32,
    quota_requests: bool,
    tag_reservations: bool,
    patience: Waits,
}

/// How long is waited for what.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Waits {
    listing_minutes: u32,
    token_minutes: u32,
    trail_minutes: u32,
    again_seconds: u32,
}

impl Default for File {
    fn default() -> Self {
        Self {
            approvals_needed: 1,
            approval_hours_max: 72,
            persons: Vec::new(),
            reading_minutes_max: 15,
            currency: None,
            per_step: None,
            per_day: None,
            per_month: None,
            per_order: None,
            kinds: None,
            terms: None,
            payments: None,
            accounts: None,
            regions: None,
            windows: None,
            returnable_hours_min: None,
            look_at_cloudtrail: true,
            demand_drop_percent_max: 20,
            usage_days_max: 7,
            quota_requests: false,
            tag_reservations: false,
            patience: Waits::default(),
        }
    }
}

impl Default for Waits {
    fn default() -> Self {
        Self { listing_minutes: 30, token_minutes: 60, trail_minutes: 30, again_seconds: 60 }
    }
}

impl Terms {
    /// The terms of a file: `docs/spec/terms.md` has every key with its default. The empty file is one.
    ///
    /// # Errors
    /// When it is none, with the key and the value.
    pub fn read(text: &str) -> Result<Self, TermsError> {
        let file: File = toml::from_str(text).map_err(|error| TermsError::Form(error.to_string().trim_end().to_owned()))?;
        let bad = |key, value: &dyn Display, what: &str| TermsError::Value { key, value: value.to_string(), what: what.to_owned() };
        let approvals_needed = NonZeroU32::new(file.approvals_needed)
            .ok_or_else(|| bad("approvals_needed", &0, "no number of approvals: one at least, so that nobody spends alone"))?;
        if file.approval_hours_max == 0 {
            return Err(bad("approval_hours_max", &0, "no time in which anything could be run"));
        }
        let rails = Rails {
            stopped: false,
            policy: ContentHash::sha256(text.as_bytes()),
            approvals_needed,
            approval_hours_max: file.approval_hours_max,
            reading_minutes_max: file.reading_minutes_max,
            currency: file.currency.map_or(Ok(Currency::USD), |value| parsed("currency", value))?,
            per_step: amount("per_step", file.per_step)?,
            per_day: amount("per_day", file.per_day)?,
            per_month: amount("per_month", file.per_month)?,
            per_order: amount("per_order", file.per_order)?,
            kinds: allowed(file.kinds),
            terms: allowed(file.terms),
            payments: allowed(file.payments),
            accounts: named::<AccountId>("accounts", file.accounts)?,
            regions: named::<RegionName>("regions", file.regions)?,
            windows: file.windows.map(|windows| windows.iter().map(|text| window(text)).collect()).transpose()?,
            returnable_hours_min: file.returnable_hours_min,
        };
        rails.check()?;
        let persons = file.persons.into_iter().map(|name| parsed("persons", name)).collect::<Result<_, _>>()?;
        for (key, value) in [("listing_minutes", file.patience.listing_minutes), ("trail_minutes", file.patience.trail_minutes)] {
            if value < PATIENCE_MINUTES_MIN {
                return Err(bad(key, &value, "too short: AWS lists and records what was bought within 15 minutes, and not at once"));
            }
        }
        let minutes = |minutes: u32| SignedDuration::from_mins(i64::from(minutes));
        let waits = file.patience;
        let patience = Patience {
            listing: minutes(waits.listing_minutes),
            token: minutes(waits.token_minutes),
            trail: minutes(waits.trail_minutes),
            again: SignedDuration::from_secs(i64::from(waits.again_seconds.max(1))),
        };
        Ok(Self {
            rails,
            persons,
            patience,
            looks_at_trail: file.look_at_cloudtrail,
            demand_drop_percent_max: file.demand_drop_percent_max,
            usage_days_max: file.usage_days_max,
            asks_for_quotas: file.quota_requests,
            tags_reservations: file.tag_reservations,
        })
    }
}

fn allowed<T: Ord>(values: Option<Vec<T>>) -> Allowed<T> {
    values.map_or(Allowed::All, |values| Allowed::Only(values.into_iter().collect()))
}

fn named<T: Ord + FromStr<Err: Display>>(key: &'static str, values: Option<Vec<String>>) -> Result<Allowed<T>, TermsError> {
    let Some(values) = values else { return Ok(Allowed::All) };
    Ok(Allowed::Only(values.into_iter().map(|value| parsed(key, value)).collect::<Result<_, _>>()?))
}

fn parsed<T: FromStr<Err: Display>>(key: &'static str, value: String) -> Result<T, TermsError> {
    value.parse().map_err(|error: T::Err| TermsError::Value { key, what: format!("none: {error}"), value })
}

fn amount(key: &'static str, value: Option<String>) -> Result<Option<Money>, TermsError> {
    let Some(value) = value else { return Ok(None) };
    let amount: Money = parsed(key, value.clone())?;
    if amount >= Money::ZERO { Ok(Some(amount)) } else { Err(TermsError::Value { key, value, what: "negative".to_owned() }) }
}

/// `Mon Tue Wed 08:00 to 18:00`, in UTC, as guard rails say it themselves.
fn window(text: &str) -> Result<Window, TermsError> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let what = "no change window: write it as `Mon Tue Wed 08:00 to 18:00`, in whole hours of UTC".to_owned();
    let bad = || TermsError::Value { key: "windows", value: text.to_owned(), what: what.clone() };
    let hour = |text: &str| text.strip_suffix(":00").filter(|hour| hour.len() == 2)?.parse::<u8>().ok().filter(|hour| *hour <= 24);
    let (from, to) = text.trim_end_matches(" UTC").split_once(" to ").ok_or_else(bad)?;
    let (days, from) = from.rsplit_once(' ').ok_or_else(bad)?;
    let mut holds = [false; 7];
    for day in days.split_whitespace() {
        let at = DAYS.iter().position(|known| *known == day).ok_or_else(bad)?;
        holds[at] = true;
    }
    Ok(Window { days: holds, from_hour: hour(from).ok_or_else(bad)?, to_hour: hour(to).ok_or_else(bad)? })
}

#[cfg(test)]
mod tests {
    use super::Terms;

    #[test]
    fn a_file_says_all_of_it_or_is_refused_with_key_and_value() {
        let all = r#"
            approvals_needed = 2
            approval_hours_max = 48
            persons = ["Ada", "Ben"]
            reading_minutes_max = 5
            per_step = "5000.50"
            per_day = "20000"
            kinds = ["compute-plan", "standard-reservation"]
            terms = ["1yr"]
            payments = ["No Upfront"]
            accounts = ["111122223333"]
            regions = ["eu-west-1"]
            windows = ["Mon Tue Wed Thu 08:00 to 18:00"]
            returnable_hours_min = 24
            look_at_cloudtrail = false
            [patience]
            token_minutes = 10
        "#;
        insta::assert_snapshot!(Terms::read(all).unwrap().rails.encode(), @r#"{"rails":1,"policy":"090c877df2cc1c7270e57627c373e2862c2d4e75af407fe19ac78298b88a2ac6","approvals_needed":2,"approval_hours_max":48,"reading_minutes_max":5,"per_step":"5000.5","per_day":"20000","per_month":null,"per_order":null,"kinds":["standard-reservation","compute-plan"],"terms":["1yr"],"payments":["No Upfront"],"accounts":["111122223333"],"regions":["eu-west-1"],"windows":["Mon Tue Wed Thu 08:00 to 18:00 UTC"],"returnable_hours_min":24}"#);
        assert_eq!(Terms::read(all).unwrap().persons.len(), 2);
        // The usual currency is not written, so that guard rails from before there was another have the same hash.
        let encoded = |text: &str| Terms::read(text).unwrap().rails.encode();
        assert!(!encoded("currency = \"USD\"").contains("currency"));
        assert!(encoded("currency = \"CNY\"").ends_with(",\"currency\":\"CNY\"}"));
        let switches = |text: &str| Terms::read(text).map(|terms| (terms.asks_for_quotas, terms.tags_reservations)).unwrap();
        assert_eq!((switches(""), switches("quota_requests = true\ntag_reservations = true")), ((false, false), (true, true)));
        let told = [
            "approvals_needed = 0",
            "approval_hours_max = 0",
            "per_step = \"-1\"",
            "per_step = \"ten\"",
            "currency = \"dollars\"",
            "kinds = [\"magic\"]",
            "regions = [\"EU west\"]",
            "windows = [\"Mon\"]",
            "windows = [\"Mon 08:30 to 09:00\"]",
            "windows = [\"Mon 09:00 to 08:00\"]",
            "limit = 1",
            "[patience]\nlisting_minutes = 14",
        ]
        .map(|text| Terms::read(text).unwrap_err().to_string());
        insta::assert_snapshot!(told.join("\n"), @r#"
        `approvals_needed`: `0` is no number of approvals: one at least, so that nobody spends alone
        `approval_hours_max`: `0` is no time in which anything could be run
        `per_step`: `-1` is negative
        `per_step`: `ten` is none: not a decimal number
        `currency`: `dollars` is none: three capital letters name a currency, as USD
        TOML parse error at line 1, column 10
          |
        1 | kinds = ["magic"]
          |          ^^^^^^^
        unknown variant `magic`, expected one of `standard-reservation`, `convertible-reservation`, `ec2-instance-plan`, `compute-plan`, `sagemaker-plan`, `database-plan`
        `regions`: `EU west` is none: `EU west` is no region: lower case letters, digits and hyphens, as `eu-west-1`
        `windows`: `Mon` is no change window: write it as `Mon Tue Wed 08:00 to 18:00`, in whole hours of UTC
        `windows`: `Mon 08:30 to 09:00` is no change window: write it as `Mon Tue Wed 08:00 to 18:00`, in whole hours of UTC
        the change window Mon 09:00 to 08:00 UTC never holds
        TOML parse error at line 1, column 1
          |
        1 | limit = 1
          | ^^^^^
        unknown field `limit`, expected one of `approvals_needed`, `approval_hours_max`, `persons`, `reading_minutes_max`, `currency`, `per_step`, `per_day`, `per_month`, `per_order`, `kinds`, `terms`, `payments`, `accounts`, `regions`, `windows`, `returnable_hours_min`, `look_at_cloudtrail`, `demand_drop_percent_max`, `usage_days_max`, `quota_requests`, `tag_reservations`, `patience`
        `listing_minutes`: `14` is too short: AWS lists and records what was bought within 15 minutes, and not at once
        "#);
        assert_ne!(Terms::read("").unwrap().rails.hash(), Terms::read("\n").unwrap().rails.hash(), "the file is what was agreed on");
    }
}
