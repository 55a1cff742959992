//! Every operation of the catalogue, and rest-xml's, against botocore: requests equal in meaning, answers understood alike.

use crate::judge::Judge;
use crate::random::Random;
use tenor_wire::{Answer, Call, Fault, Model, Value};

/// The first seed has everything that may be there.
const SEEDS: u64 = 6;

pub(crate) fn rest_xml() -> Model {
    Model::parse(include_str!("../data/rest-xml.json")).unwrap()
}

pub(crate) fn calls(model: &Model) -> Vec<Call<'_>> {
    let calls = model.services().flat_map(|service| service.operations().map(move |operation| Call { service, operation }));
    calls.collect()
}

fn name(call: Call<'_>) -> String {
    format!("{}:{}", call.service.name, call.operation.name)
}

#[test]
fn requests_mean_what_botocores_mean() {
    let Some(mut judge) = Judge::start() else { return };
    let rest_xml = rest_xml();
    let mut different = Vec::new();
    for call in [calls(Model::catalogued()), calls(&rest_xml)].concat() {
        let structure = call.service.structure(call.operation.input.as_deref());
        for seed in 0..SEEDS {
            let input = Random::new(seed).structure(call.service, structure, 0);
            let request = call.encode_request(&input).unwrap();
            different.extend(judge.request(call, &input, &request).into_iter().map(|found| format!("{} {seed}: {found}", name(call))));
        }
    }
    assert!(different.is_empty(), "{} differences\n{}", different.len(), different.join("\n"));
}

#[test]
fn answers_are_understood_as_botocore_understands_them() {
    let Some(mut judge) = Judge::start() else { return };
    let rest_xml = rest_xml();
    let mut different = Vec::new();
    for call in [calls(Model::catalogued()), calls(&rest_xml)].concat() {
        let structure = call.service.structure(call.operation.output.as_deref());
        for seed in 0..SEEDS {
            let value = Random::new(seed).structure(call.service, structure, 0);
            let response = call.encode_response(&value, "req-1").unwrap();
            let Answer::Good { value, request_id } = call.decode_response(&response).unwrap() else { panic!("it is good") };
            let found = judge.response(call, &value, &request_id.unwrap(), &response);
            different.extend(found.into_iter().map(|found| format!("{} {seed}: {found}", name(call))));
        }
    }
    assert!(different.is_empty(), "{} differences\n{}", different.len(), different.join("\n"));
}

#[test]
fn errors_are_understood_as_botocore_understands_them() {
    let Some(mut judge) = Judge::start() else { return };
    let rest_xml = rest_xml();
    let mut different = Vec::new();
    for call in [calls(Model::catalogued()), calls(&rest_xml)].concat() {
        for error in &call.operation.errors {
            let message = "<no> & \"no\"".to_owned();
            let fault = Fault { code: error.code.clone(), message, request_id: Some("req-1".to_owned()), status: error.status };
            let response = fault.response(call.service);
            assert_eq!(call.decode_response(&response), Ok(Answer::Fault(fault.clone())));
            different
                .extend(judge.fault(call, &fault, &response).into_iter().map(|found| format!("{} {}: {found}", name(call), error.code)));
        }
    }
    assert!(different.is_empty(), "{} differences\n{}", different.len(), different.join("\n"));
}

#[test]
fn a_request_is_read_at_the_other_end() {
    let rest_xml = rest_xml();
    for call in [calls(Model::catalogued()), calls(&rest_xml)].concat() {
        let structure = call.service.structure(call.operation.input.as_deref());
        for seed in 0..SEEDS {
            let input = Random::new(seed).structure(call.service, structure, 0);
            let request = call.encode_request(&input).unwrap();
            let found = call.service.identify(&request).map(|operation| operation.name.as_str());
            assert_eq!(found, Some(call.operation.name.as_str()), "{request:?}");
            let read = call.decode_request(&request).unwrap();
            // EC2's forms have no way to say an empty list, and a structure of nothing leaves no trace in a form.
            assert_eq!(without_nothing(read), without_nothing(input), "{}", name(call));
        }
    }
}

fn without_nothing(value: Value) -> Value {
    match value {
        Value::Map(members) => {
            let kept = members.into_iter().map(|(name, value)| (name, without_nothing(value)));
            Value::Map(kept.filter(|(_, value)| !is_nothing(value)).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(without_nothing).filter(|item| !is_nothing(item)).collect()),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Map(members) => members.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}
