//! Which accounts share discounts ([BOTO:billing]): all with all, now and in every month before.

use super::payer_only;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal, texts};
use crate::cloud::moment::Moment;
use crate::cloud::pages::Paging;
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

/// `GetBillingPreferences`. The key of an account whose sharing is off is not documented, and no account's is; nothing is shared by itself.
pub(super) fn preferences(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    payer_only(ask)?;
    let [feature] = ask.texts("features")[..] else { return Err(wrong("features must have exactly one")) };
    if !FEATURES.contains(&feature) {
        return Err(wrong(format!("`{feature}` is no feature")));
    }
    let keys = keys(ask, feature)?;
    let found = match feature {
        _ if keys.as_ref().is_some_and(|keys| !keys.contains(&OPEN)) => Vec::new(),
        "RI_SHARING" | "CREDIT_SHARING" => vec![open(feature)],
        "RI_SHARING_HISTORY" | "CREDIT_SHARING_HISTORY" => history(cloud, feature),
        _ => Vec::new(),
    };
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

fn open(feature: &str) -> Value {
    Value::of([("feature", feature.into()), ("key", OPEN.into()), ("value", "ENABLED".into())])
}

/// One entry for each month until the one before this.
fn history(cloud: &Cloud, feature: &str) -> Vec<Value> {
    let mut month = Moment::of(cloud.books.setup.start.start());
    let mut found = Vec::new();
    while month.month_end() <= cloud.books.now {
        let date = month.timestamp().to_zoned(TimeZone::UTC).date();
        let mut value = open(feature);
        value.set("billingPeriod.year", i64::from(date.year()).into());
        value.set("billingPeriod.month", i64::from(date.month()).into());
        found.push(value);
        month = month.month_end();
    }
    found
}
