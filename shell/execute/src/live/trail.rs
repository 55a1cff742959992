//! What CloudTrail recorded of a step's calls: those by Tenor's own role, with the step's object and quantity.
//!
//! A record that might be one and cannot be read makes all of it unread: a call is never taken for not made because its record is odd.

use super::bought::is_of_service;
use super::fate;
use crate::aws::{Recorded, Trail};
use serde_json::Value;
use tenor_aws::answer::AnswerError;
use tenor_aws::client::Client;
use tenor_aws::reads::cloudtrail::{Event, events_since, newest};
use tenor_aws::reads::identity;
use tenor_ledger::{Moment, Text};
use tenor_money::Money;
use tenor_order::{Action, Service, Step};

/// Under which names requests say how many. CloudTrail writes the first letter small.
const COUNTS: [&str; 6] = ["instancecount", "dbinstancecount", "cachenodecount", "nodecount", "capacity", "commitment"];

/// All of them since a moment.
pub(super) async fn trail(client: &Client, step: &Step, since: Moment) -> Trail {
    let Some(operation) = step.operation() else { return Trail::Unread(Text::fitted("the step is no call of AWS's")) };
    let own = match identity::caller(client).await {
        Ok(caller) => caller.arn.0,
        Err(error) => return Trail::Unread(fate::unread(&error).0),
    };
    // What is asked in one Region for all of them is recorded there.
    let asked_in = match client.region_of(operation.service) {
        Ok(region) => client.in_region(&region),
        Err(error) => return Trail::Unread(fate::unread(&error.into()).0),
    };
    // How far it has come is asked first: what is shown up to there is then among the calls.
    let reaches = match reaches(&asked_in, step.service, since).await {
        Ok(reaches) => reaches,
        Err(error) => return not_read(&error),
    };
    match events_since(&asked_in, operation.name, since.0).await {
        Ok(events) => match events.iter().filter_map(|event| recorded(event, step, &own).transpose()).collect() {
            Ok(calls) => Trail::Calls { calls, reaches },
            Err(why) => Trail::Unread(why),
        },
        Err(error) => not_read(&error),
    }
}

fn not_read(error: &AnswerError) -> Trail {
    if error.is_denied() { Trail::NotGranted } else { Trail::Unread(fate::unread(error).0) }
}

/// The newest look at what is held of a service that CloudTrail shows: whoever looks for a call looks there each time.
async fn reaches(client: &Client, service: Service, since: Moment) -> Result<Option<Moment>, AnswerError> {
    let look = newest(client, look(service), since.0, |event| is_of_service(event, service)).await?;
    Ok(look.map(|event| Moment(event.at)))
}

/// The operation by which it is read what is held.
const fn look(service: Service) -> &'static str {
    match service {
        Service::SavingsPlans => "DescribeSavingsPlans",
        Service::Ec2 | Service::OpenSearch => "DescribeReservedInstances",
        Service::Rds => "DescribeReservedDBInstances",
        Service::ElastiCache => "DescribeReservedCacheNodes",
        Service::MemoryDb | Service::Redshift => "DescribeReservedNodes",
        Service::RedshiftServerless => "ListReservations",
        // Nothing of it is read or called.
        Service::DynamoDb => "DescribeReservedCapacity",
    }
}

/// A role by the ARN of one of its sessions, a user by its own.
fn role_of(arn: &str) -> &str {
    if arn.contains(":assumed-role/") { arn.rsplit_once('/').map_or(arn, |(role, _)| role) } else { arn }
}

/// The event as a call of the step's; none when it is another call or somebody else's.
fn recorded(event: &Event, step: &Step, own: &str) -> Result<Option<Recorded>, Text> {
    let odd = |what: &str| Text::fitted(&format!("the CloudTrail record {} {what}", event.id));
    let detail: Value = serde_json::from_str(&event.detail).map_err(|error| odd(&format!("is no JSON: {error}")))?;
    if detail.pointer("/userIdentity/arn").and_then(Value::as_str).map(role_of) != Some(role_of(own)) {
        return Ok(None);
    }
    let asked = detail.get("requestParameters").filter(|asked| !asked.is_null());
    let asked = asked.ok_or_else(|| odd("is of a call of this role's, and says not what was asked"))?;
    if !is_of(asked, step) || is_rehearsal(asked) {
        return Ok(None);
    }
    let answer = detail.get("responseElements").unwrap_or(&Value::Null);
    let text = |member: &str| detail.get(member).and_then(Value::as_str);
    // EC2's codes say whose fault it was; AWS's own faults keep that word, for what failed there may have been done.
    let mut error = text("errorCode").map(|code| Text::fitted(code.trim_start_matches("Client.")));
    let made = made(answer, step);
    if made.is_none() && error.is_none() {
        error = declined(answer);
    }
    Ok(Some(Recorded { at: Moment(event.at), request_id: text("requestID").map(Text::fitted), error, made }))
}

/// Whether a request has the step's object, and its quantity where it says one.
fn is_of(asked: &Value, step: &Step) -> bool {
    let mut texts = Vec::new();
    gather(asked, &mut |_, text| texts.push(text.to_owned()));
    let given = step.details.iter().flat_map(tenor_order::Details::given);
    let has_objects = [&step.object].into_iter().chain(given).all(|id| texts.iter().any(|text| text == id.as_str()));
    // Other calls say no quantity, or that of each target.
    let says_quantity = matches!(step.action, Action::Buy | Action::Queue | Action::List);
    if !has_objects || !says_quantity {
        return has_objects;
    }
    let wanted = step.quantity.as_str().parse::<Money>().ok();
    let mut differs = false;
    gather(asked, &mut |name, text| differs |= COUNTS.iter().any(|count| name.eq_ignore_ascii_case(count)) && text.parse().ok() != wanted);
    !differs
}

/// Whether AWS was only asked if it would.
fn is_rehearsal(asked: &Value) -> bool {
    let members = asked.as_object().into_iter().flatten();
    members.into_iter().any(|(name, value)| name.eq_ignore_ascii_case("dryRun") && *value == Value::Bool(true))
}

/// Each text and number in a record, with the name of its member.
fn gather(value: &Value, take: &mut dyn FnMut(&str, &str)) {
    fn walk(name: &str, value: &Value, take: &mut dyn FnMut(&str, &str)) {
        match value {
            Value::String(text) => take(name, text),
            Value::Number(number) => take(name, &number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| walk(name, item, take)),
            Value::Object(members) => members.iter().for_each(|(name, member)| walk(name, member, take)),
            Value::Null | Value::Bool(_) => {}
        }
    }
    walk("", value, take);
}

/// The id of what was made, where the answer has it under the name that its service has for it.
fn made(answer: &Value, step: &Step) -> Option<Text> {
    match (step.service, step.action) {
        (Service::Ec2, Action::CancelQueued) => taken_back(answer, step),
        (service, action) => made_by(answer, service, action),
    }
}

/// The same of any call of a service.
pub(super) fn made_by(answer: &Value, service: Service, action: Action) -> Option<Text> {
    let name = match (service, action) {
        (Service::SavingsPlans, _) => "savingsPlanId",
        (Service::Ec2, Action::Buy | Action::Queue) => "reservedInstancesId",
        (Service::Ec2, Action::Modify) => "reservedInstancesModificationId",
        (Service::Ec2, Action::Exchange) => "exchangeId",
        (Service::Ec2, Action::List | Action::CancelListing) => "reservedInstancesListingId",
        (Service::Ec2 | Service::DynamoDb, _) => return None,
        (Service::Rds, _) => "reservedDBInstanceId",
        (Service::ElastiCache, _) => "reservedCacheNodeId",
        (Service::MemoryDb | Service::RedshiftServerless, _) => "reservationId",
        (Service::OpenSearch, _) => "reservedInstanceId",
        (Service::Redshift, _) => "reservedNodeId",
    };
    let mut found = None;
    gather(answer, &mut |member, text| {
        if member.eq_ignore_ascii_case(name) {
            found.get_or_insert_with(|| Text::fitted(text));
        }
    });
    found
}

/// What was taken out of the queue; EC2 says of each id whether it was.
fn taken_back(answer: &Value, step: &Step) -> Option<Text> {
    let members = answer.as_object()?;
    let (_, done) = members.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("successful"))?;
    let mut is_done = false;
    gather(done, &mut |_, text| is_done |= text == step.object.as_str());
    is_done.then(|| step.object.clone())
}

/// The code of a good answer that says of an id that nothing was done to it.
pub(super) fn declined(answer: &Value) -> Option<Text> {
    let members = answer.as_object()?;
    let (_, failed) = members.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("failed"))?;
    let mut code = None;
    gather(failed, &mut |member, text| {
        if member.eq_ignore_ascii_case("code") {
            code.get_or_insert_with(|| Text::fitted(text));
        }
    });
    code
}

#[cfg(test)]
mod tests {
    use super::recorded;
    use serde_json::{Value, json};
    use tenor_aws::reads::cloudtrail::Event;
    use tenor_order::{Action, Details, Service, Step, Target};

    const OWN: &str = "arn:aws:sts::111122223333:assumed-role/Tenor/tenor-1";

    fn step(service: Service, action: Action, object: &str, quantity: &str) -> Step {
        Step {
            number: 1,
            action,
            service,
            account: "111122223333".parse().unwrap(),
            region: None,
            kind: None,
            term: None,
            payment: None,
            goods: "-".parse().unwrap(),
            object: object.parse().unwrap(),
            quantity: quantity.parse().unwrap(),
            starts: None,
            deadline: None,
            ceiling_hourly: "0".parse().unwrap(),
            ceiling_upfront: "0".parse().unwrap(),
            obligation: "0".parse().unwrap(),
            details: None,
        }
    }

    /// What a record comes to, of one who is this by ARN.
    fn told(step: &Step, who: &str, asked: &Value, answer: &Value, error: Option<&str>) -> String {
        let detail = json!({
            "userIdentity": {"type": "AssumedRole", "arn": who}, "requestParameters": asked, "responseElements": answer, "errorCode": error,
            "requestID": "r-1",
        });
        of_text(step, &detail.to_string())
    }

    fn of_text(step: &Step, detail: &str) -> String {
        let event = Event {
            id: "e-1".to_owned(),
            name: "PurchaseReservedInstancesOffering".to_owned(),
            source: None,
            at: "2025-01-01T00:00:00Z".parse().unwrap(),
            is_read: None,
            user: None,
            resources: Vec::new(),
            detail: detail.to_owned(),
        };
        match recorded(&event, step, OWN) {
            Ok(None) => "another's".to_owned(),
            Ok(Some(call)) => match (call.error, call.made) {
                (Some(error), _) => format!("refused: {error}"),
                (None, made) => format!("made {}", made.map_or_else(|| "what it does not say".to_owned(), |made| made.to_string())),
            },
            Err(why) => why.to_string(),
        }
    }

    /// As AWS writes them, with a small first letter.
    #[test]
    fn a_record_is_of_the_step_when_role_object_and_quantity_are() {
        let two = step(Service::Ec2, Action::Buy, "offering-1", "2");
        let asked = json!({"reservedInstancesOfferingId": "offering-1", "instanceCount": 2});
        let bought = json!({"requestId": "r-1", "reservedInstancesId": "ri-1"});
        let other = json!({"reservedInstancesOfferingId": "offering-1", "instanceCount": 20});
        let dry = json!({"reservedInstancesOfferingId": "offering-1", "instanceCount": 2, "dryRun": true});
        let nothing = Value::Null;
        let plan = step(Service::SavingsPlans, Action::Buy, "offering-2", "1.5");
        let text = json!({"savingsPlanOfferingId": "offering-2", "commitment": "1.50"});
        let targets = vec![Target { count: 1, instance_type: None, zone: None }];
        let modify = Details::Modify { also: vec!["ri-2".parse().unwrap()], targets };
        let modify = Step { details: Some(modify), ..step(Service::Ec2, Action::Modify, "ri-1", "2") };
        let both = json!({"reservedInstancesSet": {"items": [{"reservedInstancesId": "ri-1"}, {"reservedInstancesId": "ri-2"}]}});
        let one = json!({"reservedInstancesSet": {"items": [{"reservedInstancesId": "ri-1"}]}});
        let told = [
            told(&two, OWN, &asked, &bought, None),
            told(&two, "arn:aws:sts::111122223333:assumed-role/Tenor/tenor-2", &asked, &bought, None),
            told(&two, "arn:aws:sts::111122223333:assumed-role/TenorNot/tenor-1", &asked, &bought, None),
            told(&two, "arn:aws:iam::111122223333:user/tenor-1", &asked, &bought, None),
            told(&two, OWN, &other, &bought, None),
            told(&two, OWN, &dry, &nothing, Some("Client.DryRunOperation")),
            told(&two, OWN, &asked, &nothing, Some("Client.LimitPriceExceeded")),
            told(&two, OWN, &asked, &nothing, Some("Server.InternalError")),
            told(&two, OWN, &asked, &nothing, None),
            told(&two, OWN, &nothing, &bought, None),
            of_text(&two, "{\"userIdentity\": "),
            told(&plan, OWN, &text, &json!({"savingsPlanId": "sp-1"}), None),
            told(&modify, OWN, &both, &json!({"reservedInstancesModificationId": "rimod-1"}), None),
            told(&modify, OWN, &one, &nothing, None),
        ];
        insta::assert_snapshot!(told.join("\n"), @"
        made ri-1
        made ri-1
        another's
        another's
        another's
        another's
        refused: LimitPriceExceeded
        refused: Server.InternalError
        made what it does not say
        the CloudTrail record e-1 is of a call of this role's, and says not what was asked
        the CloudTrail record e-1 is no JSON: EOF while parsing a value at line 1 column 17
        made sp-1
        made rimod-1
        another's
        ");
    }
}
