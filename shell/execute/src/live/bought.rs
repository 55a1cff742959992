//! What CloudTrail recorded of anybody's purchases: who bought what, and when.

use super::fate;
use super::trail::{declined, made_by};
use jiff::Timestamp;
use serde_json::Value;
use tenor_aws::answer::AnswerError;
use tenor_aws::client::Client;
use tenor_aws::reads::cloudtrail::{Event, events_since};
use tenor_order::reconcile::{Bought, TrailGap};
use tenor_order::{Action, Service};

/// All purchases of a service in the client's Region, by whomever, since a moment of the last 90 days; and why there may be more: the role
/// does not grant it, it could not be read, or a purchase was recorded without what it made.
pub async fn purchases(client: &Client, service: Service, since: Timestamp) -> (Vec<Bought>, Option<TrailGap>) {
    let Some(operation) = service.operation(Action::Buy) else { return (Vec::new(), None) };
    let unread = |error: &AnswerError| (Vec::new(), Some(TrailGap::Unread(fate::unread(error).0.to_string())));
    let region = match client.region_of(operation.service) {
        Ok(region) => region,
        Err(error) => return unread(&error.into()),
    };
    match events_since(&client.in_region(&region), operation.name, since).await {
        Ok(events) => read(&events, service),
        Err(error) if error.is_denied() => (Vec::new(), Some(TrailGap::NotGranted)),
        Err(error) => unread(&error),
    }
}

/// The purchases that events tell of; one that cannot be understood takes none of the others away.
fn read(events: &[Event], service: Service) -> (Vec<Bought>, Option<TrailGap>) {
    let (mut calls, mut gap) = (Vec::new(), None);
    for event in events.iter().filter(|event| is_of_service(event, service)) {
        match bought(event, service) {
            Ok(found) => calls.extend(found),
            Err(odd) => gap = gap.or(Some(odd)),
        }
    }
    (calls, gap)
}

/// Whether an event is of the service: others have operations of the same names. CloudTrail knows OpenSearch by its old name.
pub(super) fn is_of_service(event: &Event, service: Service) -> bool {
    let Some(source) = &event.source else { return true };
    let plain = |name: &str| name.replace('-', "");
    let host = source.split('.').next().unwrap_or_default();
    plain(host) == plain(service.as_str()) || (host == "es" && service == Service::OpenSearch)
}

/// The purchase that an event tells of; none when AWS refused it, or was only asked if it would.
fn bought(event: &Event, service: Service) -> Result<Option<Bought>, TrailGap> {
    let odd = |what: &str| TrailGap::Unread(format!("the CloudTrail record {} {what}", event.id));
    let detail: Value = serde_json::from_str(&event.detail).map_err(|error| odd(&format!("is no JSON: {error}")))?;
    if detail.get("errorCode").is_some_and(|code| !code.is_null()) {
        return Ok(None);
    }
    let answer = detail.get("responseElements").unwrap_or(&Value::Null);
    let Some(id) = made_by(answer, service, Action::Buy) else {
        return if declined(answer).is_some() { Ok(None) } else { Err(odd("is of a purchase, and says not what it made")) };
    };
    let arn = detail.pointer("/userIdentity/arn").and_then(Value::as_str);
    let who = arn.or(event.user.as_deref()).unwrap_or("somebody unnamed").to_owned();
    Ok(Some(Bought { id: id.to_string(), who, at: event.at }))
}

#[cfg(test)]
mod tests {
    use super::{bought, read};
    use serde_json::{Value, json};
    use tenor_aws::reads::cloudtrail::Event;
    use tenor_order::Service;
    use tenor_order::reconcile::TrailGap;

    fn event(source: Option<&str>, detail: &Value) -> Event {
        Event {
            id: "e-1".to_owned(),
            name: "Purchase".to_owned(),
            source: source.map(str::to_owned),
            at: "2025-01-01T00:00:00Z".parse().unwrap(),
            is_read: None,
            user: Some("eve".to_owned()),
            resources: Vec::new(),
            detail: detail.as_str().map_or_else(|| detail.to_string(), str::to_owned),
        }
    }

    fn told(service: Service, detail: &Value) -> String {
        match bought(&event(None, detail), service) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(one)) => format!("{} by {} at {}", one.id, one.who, one.at),
            Err(TrailGap::Unread(why)) => why,
            Err(TrailGap::NotGranted) => "not granted".to_owned(),
        }
    }

    #[test]
    fn a_purchase_is_told_with_whoever_made_it() {
        let eve = json!({"arn": "arn:aws:iam::111122223333:user/eve"});
        let told = [
            told(Service::Ec2, &json!({"userIdentity": eve, "responseElements": {"reservedInstancesId": "ri-1"}})),
            told(Service::SavingsPlans, &json!({"responseElements": {"savingsPlanId": "sp-1"}})),
            told(
                Service::Rds,
                &json!({"userIdentity": eve, "responseElements": {"reservedDBInstanceId": "db-1", "class": "db.r6g.large"}}),
            ),
            told(Service::Ec2, &json!({"userIdentity": eve, "errorCode": "Client.DryRunOperation", "responseElements": null})),
            told(Service::Ec2, &json!({"userIdentity": eve, "responseElements": null})),
            told(Service::Ec2, &json!({"responseElements": {"failedPurchases": [{"error": {"code": "SoldOut"}}]}})),
            told(Service::Ec2, &json!("{")),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        ri-1 by arn:aws:iam::111122223333:user/eve at 2025-01-01T00:00:00Z
        sp-1 by eve at 2025-01-01T00:00:00Z
        db-1 by arn:aws:iam::111122223333:user/eve at 2025-01-01T00:00:00Z
        nothing
        the CloudTrail record e-1 is of a purchase, and says not what it made
        nothing
        the CloudTrail record e-1 is no JSON: EOF while parsing an object at line 1 column 1
        ");
    }

    #[test]
    fn an_odd_record_hides_no_other_and_another_services_is_none() {
        let odd = json!({"responseElements": null});
        let bought = |id: &str| json!({"responseElements": {"reservationId": id}});
        let events = [
            event(Some("memorydb.amazonaws.com"), &bought("node-1")),
            event(Some("memory-db.amazonaws.com"), &bought("node-2")),
            event(Some("memorydb.amazonaws.com"), &odd),
            event(None, &bought("node-3")),
            event(Some("elsewhere.amazonaws.com"), &bought("node-4")),
        ];
        let (calls, gap) = read(&events, Service::MemoryDb);
        assert_eq!(calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["node-1", "node-2", "node-3"]);
        let why = "the CloudTrail record e-1 is of a purchase, and says not what it made".to_owned();
        assert_eq!(gap, Some(TrailGap::Unread(why)));
        let elsewhere = event(Some("elsewhere.amazonaws.com"), &odd);
        assert_eq!(read(&[elsewhere], Service::MemoryDb), (Vec::new(), None), "nobody has to understand it");
    }
}
