//! CloudTrail's event history: what was changed, by whom, and what was refused.
//!
//! AWS has all reads in it too. Here those alone are that were denied or throttled, and now and then a look at what is held, by which it shows how far it
//! has come; the rest would be all that is in it.

use super::Cloud;
use super::ask::{Answered, Ask, Refusal};
use super::books::Event;
use super::moment::Moment;
use super::operate::json_of;
use super::pages::Paging;
use super::table::{Row, read};
use crate::random::{below, uuid};
use crate::sku::text_key;
use serde_json::json;
use tenor_wire::Value;

pub(super) const OPERATIONS: &[Row] = &[read("cloudtrail", "LookupEvents", look_up)];

/// AWS keeps 90 days of events, and shows one within about a quarter of an hour after it happened (UNVERIFIED).
const KEPT_SECONDS: i64 = 90 * 86_400;
/// Each has its own delay, by chance from the seed: one may be shown before another that happened earlier.
const DELAY_SECONDS_MIN: i64 = 60;
const DELAY_SECONDS_MAX: i64 = 900;
/// More are not kept, so that a client that is refused for ever does not fill the books: the oldest go. AWS has no such limit.
const KEPT_MOST: usize = 10_000;
/// Of them, reads: they change nothing, and whoever repeats them for ever pushes no purchase out.
const READS_MOST: usize = 500;
/// Of looks at what is held one is kept in so many seconds, of each account, Region and operation.
const LOOK_SECONDS: i64 = 60;
/// By these operations it is looked at what is held; OpenSearch and MemoryDB have names of others.
const LOOKS: [&str; 6] = [
    "DescribeSavingsPlans",
    "DescribeReservedInstances",
    "DescribeReservedDBInstances",
    "DescribeReservedCacheNodes",
    "DescribeReservedNodes",
    "ListReservations",
];

const PAGING: Paging = Paging { limit: "MaxResults", token: "NextToken", usual: 50, range: (1, 50), refusal: "InvalidNextTokenException" };

impl Cloud {
    /// Keeps a look at what is held for CloudTrail, unless one was kept just before.
    pub(super) fn note_look(&mut self, row: &Row, ask: &Ask<'_>, request_id: &str, answer: &Answered) {
        if !LOOKS.contains(&row.operation) || answer.is_err() {
            return;
        }
        let since = self.books.now.later(-LOOK_SECONDS);
        let is_same = |event: &Event| {
            event.reads
                && event.error.is_empty()
                && (event.account, event.region.as_str(), event.service.as_str(), event.operation.as_str())
                    == (ask.caller.account, ask.region, row.service, row.operation)
        };
        if !self.books.events.iter().rev().take_while(|event| event.at > since).any(is_same) {
            self.note(row, ask, request_id, answer);
        }
    }

    /// Keeps a call for CloudTrail, and lets go of what it keeps no longer.
    pub(super) fn note(&mut self, row: &Row, ask: &Ask<'_>, request_id: &str, answer: &Answered) {
        let refusal = answer.as_ref().err();
        let elements =
            answer.as_ref().ok().filter(|answer| row.changes && **answer != Value::of([])).map(|answer| json_of(answer).to_string());
        let event = Event {
            id: uuid(&[self.books.setup.seed, 62, text_key(request_id)]),
            at: self.books.now,
            account: ask.caller.account,
            region: ask.region.to_owned(),
            service: row.service.to_owned(),
            operation: row.operation.to_owned(),
            caller: ask.caller.arn.clone(),
            access_key: ask.caller.access_key.clone(),
            request_id: request_id.to_owned(),
            reads: !row.changes,
            request: json_of(ask.input).to_string(),
            answer: elements.unwrap_or_default(),
            source_identity: ask.caller.source_identity.clone(),
            error: refusal.map(|refusal| refusal.code.clone()).unwrap_or_default(),
            message: refusal.map(|refusal| refusal.message.clone()).unwrap_or_default(),
        };
        let events = &mut self.books.events;
        let since = self.books.now.later(-KEPT_SECONDS);
        events.drain(..events.partition_point(|event| event.at < since));
        let is_over = events.len() >= KEPT_MOST || event.reads && events.iter().filter(|event| event.reads).count() >= READS_MOST;
        if is_over && !events.is_empty() {
            // Reads go first, then refused changes.
            let first = events.iter().position(|event| event.reads).or_else(|| events.iter().position(|event| !event.error.is_empty()));
            events.remove(first.unwrap_or_default());
        }
        events.push(event);
    }
}

/// `LookupEvents`: the caller's account and Region's events, newest first.
fn look_up(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let now = cloud.books.now;
    let moment = |member: &str| ask.input.time(member).map(Moment::of);
    let (from, to) = (moment("StartTime").unwrap_or(now.later(-KEPT_SECONDS)), moment("EndTime").unwrap_or(now));
    if from > to {
        return Err(Refusal::new("InvalidTimeRangeException", "StartTime is after EndTime"));
    }
    let attributes = attributes(ask)?;
    let fits = |event: &&Event| {
        event.account == ask.caller.account
            && (event.region == ask.region || is_global(event))
            && event.at >= from.max(now.later(-KEPT_SECONDS))
            && event.at <= to
            && event.at.later(delay_seconds(cloud, event)) <= now
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

/// How long after it happened an event is shown.
fn delay_seconds(cloud: &Cloud, event: &Event) -> i64 {
    let span = u64::try_from(DELAY_SECONDS_MAX - DELAY_SECONDS_MIN + 1).expect("the longest delay is longer than the shortest");
    let chance = below(span, &[cloud.books.setup.seed, 63, text_key(&event.id)]);
    DELAY_SECONDS_MIN + i64::try_from(chance).expect("it is below a quarter of an hour")
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
        "ReadOnly" => event.reads.to_string(),
        "Username" => user_name(event).to_owned(),
        "EventSource" => source(event),
        "AccessKeyId" => event.access_key.clone(),
        "ResourceName" => cloud.account_id(event.account).to_owned(),
        _ => return None,
    })
}

/// EC2's codes say whose fault it was, in CloudTrail alone: `Client.UnauthorizedOperation`.
fn error_code(event: &Event) -> String {
    match event.service.as_str() {
        "ec2" => format!("Client.{}", event.error),
        _ => event.error.clone(),
    }
}

/// An event as [CT:cloudtrail-event-reference-record-contents] has it: `responseElements` for what changed something, else null; `errorCode`
/// and `errorMessage` for what was refused, also for want of permission. That a throttled call is one is UNVERIFIED but for EC2.
fn shown(cloud: &Cloud, event: &Event) -> Value {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {"type": if event.access_key.starts_with("ASIA") { "AssumedRole" } else { "IAMUser" }, "arn": event.caller, "accountId": cloud.account_id(event.account), "accessKeyId": event.access_key},
        "eventTime": event.at.timestamp().to_string(),
        "eventSource": source(event),
        "eventName": event.operation,
        "awsRegion": event.region,
        "requestParameters": json(&event.request),
        "responseElements": json(&event.answer),
        "requestID": event.request_id,
        "eventID": event.id,
        "readOnly": event.reads,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": cloud.account_id(event.account),
        "eventCategory": "Management",
    });
    if !event.error.is_empty() {
        record["errorCode"] = error_code(event).into();
        record["errorMessage"] = event.message.as_str().into();
    }
    if !event.source_identity.is_empty() {
        record["userIdentity"]["sessionContext"] = json!({"sourceIdentity": event.source_identity});
    }
    Value::of([
        ("EventId", event.id.as_str().into()),
        ("EventName", event.operation.as_str().into()),
        ("ReadOnly", event.reads.to_string().into()),
        ("AccessKeyId", event.access_key.as_str().into()),
        ("EventTime", Value::Time(event.at.timestamp())),
        ("EventSource", source(event).into()),
        ("Username", user_name(event).into()),
        ("Resources", Value::List(Vec::new())),
        ("CloudTrailEvent", record.to_string().into()),
    ])
}

#[cfg(test)]
mod tests {
    use super::{DELAY_SECONDS_MAX, DELAY_SECONDS_MIN, KEPT_MOST, KEPT_SECONDS, READS_MOST, delay_seconds};
    use crate::cloud::ask::{Answered, Ask, Caller, Refusal};
    use crate::cloud::table::find;
    use crate::cloud::{Cloud, Setup};
    use jiff::Timestamp;
    use tenor_wire::Value;

    #[test]
    fn a_look_at_what_is_held_is_kept_once_a_minute() {
        let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        let text = String::new;
        let caller = Caller { account: 0, arn: text(), access_key: text(), role: None, source_identity: text() };
        let good: Answered = Ok(Value::of([]));
        let mut told = Vec::new();
        for (seconds, region, operation) in [
            (0, "us-east-1", "DescribeReservedInstances"),
            (59, "us-east-1", "DescribeReservedInstances"),
            (0, "eu-west-1", "DescribeReservedInstances"),
            (0, "us-east-1", "DescribeReservedInstancesOfferings"),
            (1, "us-east-1", "DescribeReservedInstances"),
        ] {
            cloud.advance(seconds);
            let ask = Ask { caller: &caller, region, host: "", input: &Value::Null, wall: Timestamp::UNIX_EPOCH };
            cloud.note_look(find("ec2", operation).unwrap(), &ask, "", &good);
            told.push(cloud.books.events.len());
        }
        assert_eq!(told, [1, 1, 2, 2, 3]);
    }

    #[test]
    fn an_event_may_be_shown_before_one_that_happened_earlier() {
        let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        let text = String::new;
        let caller = Caller { account: 0, arn: text(), access_key: text(), role: None, source_identity: text() };
        let ask = Ask { caller: &caller, region: "us-east-1", host: "", input: &Value::Null, wall: Timestamp::UNIX_EPOCH };
        for number in 0..100 {
            cloud.note(find("ec2", "PurchaseReservedInstancesOffering").unwrap(), &ask, &number.to_string(), &Ok(Value::of([])));
            cloud.advance(60);
        }
        let delays: Vec<_> = cloud.books.events.iter().map(|event| delay_seconds(&cloud, event)).collect();
        assert!(delays.iter().all(|delay| (DELAY_SECONDS_MIN..=DELAY_SECONDS_MAX).contains(delay)), "{delays:?}");
        assert!(delays.windows(2).any(|two| two[0] > two[1] + 60), "{delays:?}");
    }

    #[test]
    fn events_go_after_ninety_days_and_never_fill_the_books() {
        let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        let text = String::new;
        let caller = Caller { account: 0, arn: text(), access_key: text(), role: None, source_identity: text() };
        let ask = Ask { caller: &caller, region: "us-east-1", host: "", input: &Value::Null, wall: Timestamp::UNIX_EPOCH };
        let refused = Err(Refusal::new("UnauthorizedOperation", "no"));
        let (read, change) = ("DescribeReservedInstances", "PurchaseReservedInstancesOffering");
        let note = |cloud: &mut Cloud, operation: &str, id: &str, answer: &Answered| {
            cloud.note(find("ec2", operation).unwrap(), &ask, id, answer);
        };
        let kept = |cloud: &Cloud, reads: bool| cloud.books.events.iter().filter(|event| event.reads == reads).count();
        note(&mut cloud, change, "bought", &Ok(Value::of([])));
        (0..READS_MOST + 2).for_each(|number| note(&mut cloud, read, &number.to_string(), &refused));
        assert_eq!((kept(&cloud, true), kept(&cloud, false)), (READS_MOST, 1), "reads push out reads alone");
        assert_eq!(cloud.books.events[1].request_id, "2");
        (0..KEPT_MOST + 2).for_each(|number| note(&mut cloud, change, &number.to_string(), &refused));
        assert_eq!((kept(&cloud, true), cloud.books.events.len()), (0, KEPT_MOST), "reads go first");
        let ids = [0, 1].map(|at| cloud.books.events[at].request_id.as_str());
        assert_eq!(ids, ["bought", "3"], "what was refused goes before what was done");
        cloud.advance(KEPT_SECONDS);
        note(&mut cloud, read, "", &refused);
        assert_eq!(cloud.books.events.len(), KEPT_MOST);
        cloud.advance(1);
        note(&mut cloud, read, "", &refused);
        assert_eq!(kept(&cloud, false), 0);
        assert_eq!(cloud.books.events.len(), 2);
    }
}
