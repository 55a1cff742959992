//! What CloudTrail recorded of anybody's purchases: who bought what, and when.

use super::fate;
use super::trail::made_by;
use jiff::Timestamp;
use serde_json::Value;
use tenor_aws::client::Client;
use tenor_aws::reads::cloudtrail::{Event, events_since};
use tenor_order::reconcile::{Bought, TrailGap};
use tenor_order::{Action, Service};

/// All purchases of a service in the client's Region, by whomever, since a moment of the last 90 days.
///
/// # Errors
/// When the role does not grant it, or it could not be read; also when a purchase was recorded without what it made.
pub async fn purchases(client: &Client, service: Service, since: Timestamp) -> Result<Vec<Bought>, TrailGap> {
    let Some(operation) = service.operation(Action::Buy) else { return Ok(Vec::new()) };
    let unread = |error: &_| TrailGap::Unread(fate::unread(error).0.to_string());
    let region = client.region_of(operation.service).map_err(|error| unread(&error.into()))?;
    match events_since(&client.in_region(&region), operation.name, since).await {
        Ok(events) => events.iter().filter_map(|event| bought(event, service).transpose()).collect(),
        Err(error) if error.is_denied() => Err(TrailGap::NotGranted),
        Err(error) => Err(unread(&error)),
    }
}

/// The purchase that an event tells of; none when AWS refused it, or was only asked if it would.
fn bought(event: &Event, service: Service) -> Result<Option<Bought>, TrailGap> {
    let odd = |what: &str| TrailGap::Unread(format!("the CloudTrail record {} {what}", event.id));
    let detail: Value = serde_json::from_str(&event.detail).map_err(|error| odd(&format!("is no JSON: {error}")))?;
    if detail.get("errorCode").is_some_and(|code| !code.is_null()) {
        return Ok(None);
    }
    let answer = detail.get("responseElements").unwrap_or(&Value::Null);
    let id = made_by(answer, service, Action::Buy).ok_or_else(|| odd("is of a purchase, and says not what it made"))?;
    let arn = detail.pointer("/userIdentity/arn").and_then(Value::as_str);
    let who = arn.or(event.user.as_deref()).unwrap_or("somebody unnamed").to_owned();
    Ok(Some(Bought { id: id.to_string(), who, at: event.at }))
}

#[cfg(test)]
mod tests {
    use super::bought;
    use serde_json::{Value, json};
    use tenor_aws::reads::cloudtrail::Event;
    use tenor_order::Service;
    use tenor_order::reconcile::TrailGap;

    fn told(service: Service, detail: &Value) -> String {
        let event = Event {
            id: "e-1".to_owned(),
            name: "Purchase".to_owned(),
            source: None,
            at: "2025-01-01T00:00:00Z".parse().unwrap(),
            is_read: None,
            user: Some("eve".to_owned()),
            resources: Vec::new(),
            detail: detail.as_str().map_or_else(|| detail.to_string(), str::to_owned),
        };
        match bought(&event, service) {
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
            told(Service::Ec2, &json!("{")),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        ri-1 by arn:aws:iam::111122223333:user/eve at 2025-01-01T00:00:00Z
        sp-1 by eve at 2025-01-01T00:00:00Z
        db-1 by arn:aws:iam::111122223333:user/eve at 2025-01-01T00:00:00Z
        nothing
        the CloudTrail record e-1 is of a purchase, and says not what it made
        the CloudTrail record e-1 is no JSON: EOF while parsing an object at line 1 column 1
        ");
    }
}
