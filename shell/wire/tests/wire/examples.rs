//! The outputs that AWS documents are understood, and as botocore understands them.

use crate::judge::{Judge, protocol};
use crate::judged::calls;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::process::Command;
use tenor_testkit::judges;
use tenor_wire::{Answer, Call, Model, Response, Value};

const SCRIPT: &str = include_str!("examples.py");

#[test]
fn documented_outputs_are_understood() {
    let Some(mut judge) = Judge::start() else { return };
    let names = calls(Model::catalogued()).into_iter();
    let names = names.map(|call| format!("{}:{}:{}", call.service.name, call.operation.name, protocol(call)));
    let output = Command::new(judges::python().unwrap()).args(["-c", SCRIPT]).args(names).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut operations, mut different) = (BTreeSet::new(), Vec::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (service, operation, body, members): (String, String, String, Vec<String>) = serde_json::from_str(line).unwrap();
        let service = Model::catalogued().service(&service).unwrap();
        let call = Call { service, operation: service.operation(&operation).unwrap() };
        let headers = vec![("x-amzn-requestid".to_owned(), "r".to_owned())];
        let response = Response { status: 200, headers, body: STANDARD.decode(body).unwrap() };
        let Answer::Good { value, .. } = call.decode_response(&response).unwrap_or_else(|error| panic!("{error}")) else {
            panic!("it is good")
        };
        let Value::Map(found) = &value else { panic!("it is a structure") };
        assert!(members.iter().all(|member| found.contains_key(member.as_str())), "{operation}: {members:?} in {value:?}");
        different.extend(judge.response(call, &value, "r", &response).into_iter().map(|found| format!("{operation}: {found}")));
        operations.insert(operation);
    }
    assert!(different.is_empty(), "{} differences\n{}", different.len(), different.join("\n"));
    for documented in [
        "DescribeReservedInstances",
        "PurchaseReservedInstancesOffering",
        "AcceptReservedInstancesExchangeQuote",
        "ModifyReservedInstances",
        "AcceptReservedNodeExchange",
    ] {
        assert!(operations.contains(documented), "{documented} is not among {operations:?}");
    }
}
