//! CloudTrail's event history: what was called, by whom, and what was refused.

use super::Cloud;
use super::ask::{Answered, Ask, Refusal};
use super::books::Event;
use super::moment::Moment;
use super::pages::Paging;
use super::table::{Row, read};
use serde_json::json;
use tenor_wire::Value;

pub(super) const OPERATIONS: &[Row] = &[read("cloudtrail", "LookupEvents", look_up)];

/// AWS keeps 90 days of events, and shows one about a quarter of an hour after it happened (UNVERIFIED).
const KEPT_SECONDS: i64 = 90 * 86_400;
const DELAY_SECONDS: i64 = 900;

const PAGING: Paging = Paging { limit: "MaxResults", token: "NextToken", usual: 50, range: (1, 50), refusal: "InvalidNextTokenException" };

/// `LookupEvents`: the caller's account and Region's events, newest first.
fn look_up(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let now = cloud.books.now;
    let moment = |member: &str| ask.input.time(member).map(Moment::of);
    let (from, to) = (moment("StartTime").unwrap_or(now.later(-KEPT_SECONDS)), moment("EndTime").unwrap_or(now));
    if from > to {
        return Err(Refusal::new("InvalidTimeRangeException", "StartTime is after EndTime"));
    }
    let attributes = attributes(ask)?;
    let visible = now.later(-DELAY_SECONDS);
    let fits = |event: &&Event| {
        event.account == ask.caller.account
            && (event.region == ask.region || is_global(event))
            && event.at >= from.max(now.later(-KEPT_SECONDS))
            && event.at <= to.min(visible)
            && attributes.iter().all(|(key, value)| attribute(cloud, event, key).as_deref() == Some(*value))
    };
    let mut found: Vec<&Event> = cloud.books.events.iter().filter(fits).collect();
    found.sort_by_key(|event| std::cmp::Reverse(event.at));
    let found = found.into_iter().map(|event| shown(cloud, event)).collect();
    if ask.integer("MaxResults").is_some_and(|most| !(1..=50).contains(&most)) {
        return Err(Refusal::new("InvalidMaxResultsException", "MaxResults is between 1 and 50"));
    }
    let (page, next) = PAGING.page(ask, found, cloud.page_most())?;
    let mut answer = Value::of([("Events", page.into())]);
    if let Some(next) = next {
        answer.set("NextToken", next.into());
    }
    Ok(answer)
}

/// At most one attribute may be asked for ([BOTO:cloudtrail] `LookupAttributes`).
fn attributes<'a>(ask: &Ask<'a>) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
    const KEYS: [&str; 8] = ["EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"];
    let given = ask.input.list("LookupAttributes").unwrap_or_default();
    let pairs: Vec<(&str, &str)> =
        given.iter().map(|pair| (pair.text("AttributeKey").unwrap_or_default(), pair.text("AttributeValue").unwrap_or_default())).collect();
    if pairs.len() > 1 || pairs.iter().any(|(key, _)| !KEYS.contains(key)) {
        return Err(Refusal::new("InvalidLookupAttributesException", "One lookup attribute may be given, by a known key"));
    }
    Ok(pairs)
}

fn is_global(event: &Event) -> bool {
    matches!(event.service.as_str(), "iam" | "sts" | "organizations" | "savingsplans")
}

fn source(event: &Event) -> String {
    let host = match event.service.as_str() {
        "opensearch" => "es",
        other => other,
    };
    format!("{host}.amazonaws.com")
}

fn user_name(event: &Event) -> &str {
    event.caller.rsplit('/').next().unwrap_or_default()
}

fn attribute(cloud: &Cloud, event: &Event, key: &str) -> Option<String> {
    Some(match key {
        "EventId" => event.id.clone(),
        "EventName" => event.operation.clone(),
        "ReadOnly" => "false".to_owned(),
        "Username" => user_name(event).to_owned(),
        "EventSource" => source(event),
        "AccessKeyId" => event.access_key.clone(),
        "ResourceName" => cloud.account_id(event.account).to_owned(),
        _ => return None,
    })
}

fn shown(cloud: &Cloud, event: &Event) -> Value {
    let request: serde_json::Value = serde_json::from_str(&event.request).unwrap_or_default();
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": if event.access_key.starts_with("ASIA") { "AssumedRole" } else { "IAMUser" }, "arn": event.caller, "accountId": cloud.account_id(event.account), "accessKeyId": event.access_key},
        "eventTime": event.at.timestamp().to_string(),
        "eventSource": source(event),
        "eventName": event.operation,
        "awsRegion": event.region,
        "requestParameters": request,
        "requestID": event.request_id,
        "eventID": event.id,
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": cloud.account_id(event.account),
        "eventCategory": "Management",
    });
    if !event.error.is_empty() {
        record["errorCode"] = event.error.as_str().into();
    }
    if !event.source_identity.is_empty() {
        record["userIdentity"]["sessionContext"] = json!({"sourceIdentity": event.source_identity});
    }
    Value::of([
        ("EventId", event.id.as_str().into()),
        ("EventName", event.operation.as_str().into()),
        ("ReadOnly", "false".into()),
        ("AccessKeyId", event.access_key.as_str().into()),
        ("EventTime", Value::Time(event.at.timestamp())),
        ("EventSource", source(event).into()),
        ("Username", user_name(event).into()),
        ("Resources", Value::List(Vec::new())),
        ("CloudTrailEvent", record.to_string().into()),
    ])
}
