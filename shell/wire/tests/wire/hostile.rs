//! Whatever arrives, from either end: an error or a value, never a panic, and never a secret in the error.

use crate::judged::{calls, rest_xml};
use proptest::prelude::*;
use tenor_wire::{Answer, Call, EncodeError, Model, Request, Response, Secret, Value};

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "[\\[\\]{}\":,a-z0-9 ]{0,80}".prop_map(String::into_bytes),
        "(<[a-zA-Z]{1,12}>|</[a-zA-Z]{1,12}>|[a-z0-9&;]){0,30}".prop_map(String::into_bytes),
        "([A-Za-z.0-9]{1,20}=[a-z%+0-9]{0,9}&?){0,8}".prop_map(String::into_bytes),
    ]
}

/// A good answer with some bytes changed, which gets further than noise does.
fn damaged(call: Call<'_>, seed: u64, at: usize, byte: u8) -> Response {
    let structure = call.service.structure(call.operation.output.as_deref());
    let value = crate::random::Random::new(seed).structure(call.service, structure, 0);
    let mut response = call.encode_response(&value, "r").unwrap();
    if !response.body.is_empty() {
        let at = at % response.body.len();
        response.body[at] = byte;
    }
    response
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_panic(body in any_body(), status in 100_u16..600) {
        let rest_xml = rest_xml();
        for call in [calls(Model::catalogued()), calls(&rest_xml)].concat() {
            let response = Response { status, body: body.clone(), ..Response::default() };
            let answer = call.decode_response(&response);
            prop_assert_eq!(matches!(answer, Ok(Answer::Fault(_))), !(200..300).contains(&status));
            let request = Request { method: call.operation.method.clone(), path: "/a/b".to_owned(), body: body.clone(), ..Request::default() };
            let _ = call.service.identify(&request);
            let _ = call.decode_request(&request);
        }
    }

    #[test]
    fn no_damage_panics(seed in any::<u64>(), at in any::<usize>(), byte in any::<u8>()) {
        for call in calls(Model::catalogued()) {
            let _ = call.decode_response(&damaged(call, seed, at, byte));
        }
    }
}

fn call(service: &str, operation: &str) -> Call<'static> {
    let service = Model::catalogued().service(service).unwrap();
    Call { service, operation: service.operation(operation).unwrap() }
}

#[test]
fn what_is_missing_or_wrong_in_a_request_is_said_before_it_is_sent() {
    let buy = call("ec2", "PurchaseReservedInstancesOffering");
    let refused = |call: Call<'_>, input: Value| call.encode_request(&input).unwrap_err().to_string();
    insta::assert_snapshot!([
        refused(buy, Value::of([("InstanceCount", 1.into())])),
        refused(buy, Value::of([("InstanceCount", "one".into()), ("ReservedInstancesOfferingId", "x".into())])),
        refused(buy, Value::of([("InstanceCont", 1.into())])),
        refused(buy, Value::from("all")),
        refused(call("ce", "GetCostAndUsage"), Value::of([("TimePeriod", Value::of([("Start", "2025-01-01".into())])), ("Granularity", "DAILY".into()), ("Metrics", vec!["x"].into())])),
        refused(call("sts", "AssumeRole"), Value::of([("RoleArn", "r".into()), ("RoleSessionName", "s".into()), ("ExternalId", Value::List(vec![Secret::new("hush").into()]))])),
    ].join("\n"), @"
    ec2:PurchaseReservedInstancesOffering ReservedInstancesOfferingId is missing
    ec2:PurchaseReservedInstancesOffering InstanceCount is a text, not a whole number
    ec2:PurchaseReservedInstancesOffering InstanceCont is not in AWS's model
    ec2:PurchaseReservedInstancesOffering is a text, not a structure
    ce:GetCostAndUsage TimePeriod.End is missing
    sts:AssumeRole ExternalId is a list, not a text
    ");
}

#[test]
fn what_is_wrong_in_an_answer_is_said_by_operation_and_path_without_the_value() {
    let decode = |call: Call<'_>, body: &str| {
        let response = Response { status: 200, body: body.as_bytes().to_vec(), ..Response::default() };
        call.decode_response(&response).map(|_| "good".to_owned()).unwrap_or_else(|error| error.to_string())
    };
    let accounts = call("organizations", "ListAccounts");
    let held = call("ec2", "DescribeReservedInstances");
    let deep = format!("{{\"Accounts\":{}", "[".repeat(70));
    insta::assert_snapshot!([
        decode(accounts, r#"{"Accounts":[{"Id":"1"},{"Id":2}],"New":{"x":1}}"#),
        decode(accounts, r#"{"Accounts":[{"JoinedTimestamp":"hush"}]}"#),
        decode(accounts, r#"{"Accounts":{}}"#),
        decode(accounts, r#"{"Accounts":[],"New":{"x":1}}"#),
        decode(accounts, "<html>"),
        decode(accounts, &deep),
        decode(held, "<DescribeReservedInstancesResponse><reservedInstancesSet><item><instanceCount>hush</instanceCount></item></reservedInstancesSet></DescribeReservedInstancesResponse>"),
        decode(held, "<DescribeInstancesResponse/>"),
        decode(held, ""),
        decode(call("rds", "DescribeReservedDBInstances"), "<DescribeReservedDBInstancesResponse/>"),
    ].join("\n"), @"
    organizations:ListAccounts Accounts[1].Id is not a text
    organizations:ListAccounts Accounts[0].JoinedTimestamp is not a moment
    organizations:ListAccounts Accounts is not a list
    good
    organizations:ListAccounts: the message is not JSON: no value at byte 0
    organizations:ListAccounts: the message is not JSON: nested too deeply at byte 75
    ec2:DescribeReservedInstances ReservedInstances[0].InstanceCount is not a whole number
    ec2:DescribeReservedInstances: the message is not this operation's answer: the root is not `DescribeReservedInstancesResponse`
    ec2:DescribeReservedInstances: the message is not XML: it is empty
    rds:DescribeReservedDBInstances DescribeReservedDBInstancesResult is not there
    ");
}

#[test]
fn a_price_keeps_every_digit() {
    let body = "<DescribeReservedInstancesResponse><reservedInstancesSet><item><fixedPrice>1234567.1234567890123</fixedPrice><usagePrice>0.10</usagePrice></item></reservedInstancesSet></DescribeReservedInstancesResponse>";
    let response = Response { status: 200, body: body.as_bytes().to_vec(), ..Response::default() };
    let Answer::Good { value, .. } = call("ec2", "DescribeReservedInstances").decode_response(&response).unwrap() else {
        panic!("it is good")
    };
    assert_eq!(
        format!("{:?}", value.list("ReservedInstances").unwrap()[0]),
        r#"Map({"FixedPrice": Decimal(Decimal("1234567.1234567890123")), "UsagePrice": Decimal(Decimal("0.10"))})"#
    );
}

#[test]
fn a_message_larger_than_the_limit_is_refused() {
    let large = vec![b' '; tenor_wire::BODY_BYTES_MAX + 1];
    let call = call("organizations", "ListAccounts");
    let response = Response { status: 200, body: large, ..Response::default() };
    assert_eq!(call.decode_response(&response).unwrap_err().to_string(), "organizations:ListAccounts: the message is larger than 64 MiB");
    let input = Value::of([("NextToken", "x".repeat(tenor_wire::BODY_BYTES_MAX).into())]);
    assert!(matches!(call.encode_request(&input), Err(EncodeError::TooLarge { .. })));
}

#[test]
fn messages_show_no_secret_when_printed() {
    let input = Value::of([("RoleArn", "r".into()), ("RoleSessionName", "s".into()), ("ExternalId", Secret::new("hush").into())]);
    let request = call("sts", "AssumeRole").encode_request(&input).unwrap();
    assert!(String::from_utf8_lossy(&request.body).contains("ExternalId=hush"));
    assert_eq!(format!("{request:?} {input:?}").matches("hush").count(), 0);
    let body = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AK</AccessKeyId><SecretAccessKey>hush</SecretAccessKey><SessionToken>hush</SessionToken></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    let response = Response { status: 200, body: body.as_bytes().to_vec(), ..Response::default() };
    let answer = call("sts", "AssumeRole").decode_response(&response).unwrap();
    assert_eq!(format!("{response:?} {answer:?}").matches("hush").count(), 0);
}
