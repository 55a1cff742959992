//! Keys, tokens and External IDs stand in nothing that can be printed.

use super::world::{Act, World, call_of, run};
use tenor_aws::client::Role;
use tenor_wire::{Secret, Value};

fn role(arn: &str) -> Role {
    Role {
        arn: arn.to_owned(),
        external_id: Some(Secret::new("hush-external")),
        session_name: "tenor".to_owned(),
        source_identity: Some("approver".to_owned()),
        may_be_unnamed: true,
        seconds: 3600,
    }
}

fn lent(end: &str) -> Act {
    let credentials = [
        ("AccessKeyId", "ASIATEST".into()),
        ("SecretAccessKey", Secret::new("hush-lent").into()),
        ("SessionToken", Secret::new("hush-session").into()),
        ("Expiration", Value::Time(end.parse().unwrap())),
    ];
    Act::Answer(Value::of([("Credentials", Value::of(credentials))]))
}

fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| (*error).source()).map(|error| format!("{error} / {error:?}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_chain_of_roles_says_who_and_prints_no_secret() {
    let answer = Act::Answer(Value::Null);
    let world = World::new([lent("2025-03-01T01:00:00Z"), lent("2025-03-01T01:00:00Z"), answer.clone(), answer]);
    let hub = world.client().assuming(role("arn:aws:iam::111122223333:role/hub"));
    let member = hub.assuming(role("arn:aws:iam::444455556666:role/tenor"));
    for _ in 0..2 {
        run(member.call("ec2", "DescribeReservedInstances", &Value::Null)).unwrap();
    }
    insta::assert_snapshot!(world.told(), @"
    sts:AssumeRole 1 good req-1 0
    sts:AssumeRole 1 good req-1 0
    ec2:DescribeReservedInstances 1 good req-1 0
    ec2:DescribeReservedInstances 1 good req-1 0
    ");
    let sent = world.sent.lock().unwrap();
    let (call, request) = call_of(&sent[1]);
    let input = call.decode_request(&request).unwrap();
    assert_eq!(input.secret("ExternalId").unwrap().expose(), "hush-external");
    assert_eq!((input.text("SourceIdentity"), input.text("RoleSessionName")), (Some("approver"), Some("tenor")));
    let header = |index: usize, name: &str| sent[index].headers.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!([0, 1, 2].map(|index| header(index, "x-amz-security-token")), ["hush-token", "hush-session", "hush-session"]);
    assert!(header(2, "authorization").contains("Credential=ASIATEST/20250301/eu-west-1/ec2/aws4_request"));
    let printed = format!("{sent:?} {:?} {input:?} {:?}", world.records.lock().unwrap(), role("r"));
    assert!(!printed.contains("hush"), "{printed}");
}

#[test]
fn credentials_are_asked_for_again_before_they_end_and_when_aws_says_that_they_have() {
    let answer = || Act::Answer(Value::Null);
    let world = World::new([lent("2025-03-01T00:05:00Z"), answer(), lent("2025-03-01T01:00:00Z"), answer()]);
    let client = world.client().assuming(role("arn:aws:iam::444455556666:role/tenor"));
    for _ in 0..2 {
        run(client.call("ec2", "DescribeReservedInstances", &Value::Null)).unwrap();
    }
    assert_eq!(world.told().matches("AssumeRole").count(), 2, "five minutes before the end they are asked for again");
    let world = World::new([lent("2025-03-01T01:00:00Z"), Act::Fault("RequestExpired", 400), answer()]);
    let client = world.client().assuming(role("arn:aws:iam::444455556666:role/tenor"));
    run(client.call("ec2", "DescribeReservedInstances", &Value::Null)).unwrap_err();
    let world = World::new([lent("2025-03-01T01:00:00Z"), Act::Fault("ExpiredToken", 400), lent("2025-03-01T01:00:00Z"), answer()]);
    let client = world.client().assuming(role("arn:aws:iam::444455556666:role/tenor"));
    run(client.call("ec2", "DescribeReservedInstances", &Value::Null)).unwrap();
}

#[test]
fn where_aws_takes_no_name_on_a_session_it_goes_without_and_says_it_again_when_credentials_are_renewed() {
    let (denied, answer) = (Act::Fault("AccessDenied", 403), Act::Answer(Value::Null));
    let expired = Act::Fault("ExpiredToken", 400);
    let lent = || lent("2025-03-01T01:00:00Z");
    // Twice refused, then not any more.
    let renewed = [expired.clone(), denied.clone(), lent(), answer.clone(), expired, lent(), answer.clone()];
    let world = World::new([denied.clone(), lent(), answer].into_iter().chain(renewed));
    let client = world.client().assuming(role("arn:aws:iam::444455556666:role/tenor"));
    assert!(!client.is_unnamed(), "nobody was asked yet");
    for _ in 0..3 {
        run(client.call("ec2", "DescribeReservedInstances", &Value::Null)).unwrap();
    }
    assert!(client.is_unnamed(), "some calls named nobody");
    let sent = world.sent.lock().unwrap();
    let named = sent.iter().filter_map(|outgoing| {
        let (call, request) = call_of(outgoing);
        let input = call.decode_request(&request).unwrap();
        let name = input.text("SourceIdentity").unwrap_or("nobody").to_owned();
        (call.operation.name == "AssumeRole").then_some(name)
    });
    assert_eq!(named.collect::<Vec<_>>(), ["approver", "nobody", "approver", "nobody", "approver"]);
    // Who has to be named is not assumed without: that is how it is found out.
    let world = World::new([denied]);
    let named = Role { may_be_unnamed: false, ..role("arn:aws:iam::444455556666:role/tenor") };
    let client = world.client().assuming(named);
    run(client.has_credentials()).unwrap_err();
    assert_eq!((client.is_unnamed(), world.sendings()), (false, 1));
}

#[test]
fn a_role_that_cannot_be_assumed_is_named_and_nothing_secret_is() {
    // With who has it done, and without.
    let denied = || Act::Fault("AccessDenied", 403);
    let world = World::new([denied(), denied()]);
    let client = world.client().assuming(role("arn:aws:iam::444455556666:role/tenor"));
    let error = run(client.call("ec2", "DescribeReservedInstances", &Value::Null)).unwrap_err();
    let said = chain(&error);
    assert!(said.contains("the role arn:aws:iam::444455556666:role/tenor cannot be assumed") && !said.contains("hush"), "{said}");
}
