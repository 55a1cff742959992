//! Which accounts share discounts ([BOTO:billing]), now and in every month before. It is chosen past AWS's API.

use super::{PAYER, payer_only};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal, texts};
use crate::cloud::moment::Moment;
use crate::cloud::pages::Paging;
use crate::cloud::preferences::Preferences;
use crate::random::uuid;
use jiff::tz::TimeZone;
use tenor_wire::Value;

const PAGING: Paging = Paging { limit: "maxResults", token: "nextToken", usual: 50, range: (1, 50), refusal: "ValidationException" };
/// The key of sharing with the whole family, without groups ([BILL:ri-turn-off]).
const OPEN: &str = "open-sharing";
const FEATURES: [&str; 8] = [
    "BILLING_ALERTS",
    "RI_SHARING",
    "RI_SHARING_HISTORY",
    "CREDIT_SHARING",
    "CREDIT_SHARING_HISTORY",
    "CREDIT_LEVEL_SHARING",
    "CREDIT_PREFERENCE_OPTIONS",
    "BENEFIT_LEVEL_SHARING",
];

/// `GetBillingPreferences`: the group key that is in effect, and the accounts that are off, whose key is not documented (UNVERIFIED: their id).
/// Nothing is shared by itself.
pub(super) fn preferences(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    payer_only(ask)?;
    let [feature] = ask.texts("features")[..] else { return Err(wrong("features must have exactly one")) };
    if !FEATURES.contains(&feature) {
        return Err(wrong(format!("`{feature}` is no feature")));
    }
    let keys = keys(ask, feature)?;
    let mut found = match feature {
        "RI_SHARING" => cloud.preferred(feature, &cloud.preferences_before(i64::MAX)),
        "CREDIT_SHARING" => cloud.preferred(feature, &Preferences::default()),
        "RI_SHARING_HISTORY" | "CREDIT_SHARING_HISTORY" => history(cloud, feature),
        _ => Vec::new(),
    };
    found.retain(|value| keys.as_ref().is_none_or(|keys| keys.iter().any(|key| value.text("key") == Some(key))));
    cloud.listed(&PAGING, ask, "billingPreferences", found)
}

fn wrong(message: impl std::fmt::Display) -> Refusal {
    Refusal::new("ValidationException", message)
}

/// The keys that are asked for; none where all are.
fn keys<'a>(ask: &Ask<'a>, feature: &str) -> Result<Option<Vec<&'a str>>, Refusal> {
    let of_benefit = feature == "BENEFIT_LEVEL_SHARING";
    let filter = match ask.input.list("filters").unwrap_or_default() {
        [] if of_benefit => return Err(wrong("BENEFIT_LEVEL_SHARING needs the filter PREFERENCE_KEY")),
        [] => return Ok(None),
        [filter] => filter,
        _ => return Err(wrong("filters must have at most one")),
    };
    let values = texts(filter, "value");
    let names_benefit = |key: &&str| key.starts_with("benefit/ri/") || key.starts_with("benefit/sp/");
    if filter.text("name") != Some("PREFERENCE_KEY") || !(1..=10).contains(&values.len()) {
        return Err(wrong("the one filter is PREFERENCE_KEY, with 1 to 10 values"));
    }
    if of_benefit && (values.len() != 1 || !values.iter().all(names_benefit)) {
        return Err(wrong("BENEFIT_LEVEL_SHARING is asked for one benefit/ri/{id} or benefit/sp/{id}"));
    }
    Ok(Some(values))
}

/// The entries of each month until the one before this; credits are shared openly.
fn history(cloud: &Cloud, feature: &str) -> Vec<Value> {
    let mut month = Moment::of(cloud.books.setup.start.start());
    let mut found = Vec::new();
    while month.month_end() <= cloud.books.now {
        let date = month.timestamp().to_zoned(TimeZone::UTC).date();
        let is_of_credits = feature == "CREDIT_SHARING_HISTORY";
        let preferences = if is_of_credits { Preferences::default() } else { cloud.preferences_before(month.month_end().0) };
        for mut value in cloud.preferred(feature, &preferences) {
            value.set("billingPeriod.year", i64::from(date.year()).into());
            value.set("billingPeriod.month", i64::from(date.month()).into());
            found.push(value);
        }
        month = month.month_end();
    }
    found
}

impl Cloud {
    /// Preferences as entries: the key that is enabled, then each account that is off.
    fn preferred(&self, feature: &str, preferences: &Preferences) -> Vec<Value> {
        let key =
            preferences.groups.map_or_else(|| OPEN.to_owned(), |beyond| format!("costcategory-{}/{}", beyond.text(), self.category_arn()));
        let mut found = vec![Value::of([("feature", feature.into()), ("key", key.into()), ("value", "ENABLED".into())])];
        for account in &preferences.off {
            found.push(Value::of([
                ("feature", feature.into()),
                ("key", self.account_id(*account).into()),
                ("value", "DISABLED".into()),
                ("accountId", self.account_id(*account).into()),
                ("accountName", self.accounts[*account as usize].name.as_str().into()),
            ]));
        }
        found
    }

    /// The Cost Category whose rules are the groups: the one that bills show, by business unit.
    fn category_arn(&self) -> String {
        let id = uuid(&[self.books.setup.seed, 74]);
        format!("arn:aws:ce::{}:costcategory/{id}", self.account_id(PAYER))
    }
}
