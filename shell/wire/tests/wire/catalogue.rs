//! The model and the catalogue are of the same operations.

use std::collections::BTreeSet;
use tenor_permit::{Channel, Retry, operations};
use tenor_wire::{Kind, Model, Place, Shape};

/// What `aws-config` calls and our codec too.
const ALSO: [&str; 2] = ["AssumeRole", "GetCallerIdentity"];

#[test]
fn the_model_has_what_the_codec_may_call_and_nothing_else() {
    let may = operations().filter(|operation| operation.channel == Channel::Codec || ALSO.contains(&operation.name));
    let may = may.map(|operation| operation.to_string()).collect::<BTreeSet<_>>();
    let calls = crate::judged::calls(Model::catalogued());
    let can = calls.iter().map(|call| format!("{}:{}", call.service.name, call.operation.name)).collect::<BTreeSet<_>>();
    assert_eq!(can, may);
}

#[test]
fn every_token_and_key_of_the_catalogue_is_a_member_of_its_request() {
    for operation in operations().filter(|operation| operation.channel == Channel::Codec) {
        let (Retry::Token { parameter } | Retry::NaturalKey { parameter }) = operation.retry else { continue };
        let service = Model::catalogued().service(operation.service).unwrap();
        let mut structure = service.structure(service.operation(operation.name).unwrap().input.as_deref());
        for name in parameter.split('.') {
            let member = structure.member(name).unwrap_or_else(|| panic!("{operation} has no `{parameter}`"));
            if let Kind::Shape(shape) = &member.kind
                && let Shape::Structure(inner) = service.shape(shape)
            {
                structure = inner;
            }
        }
    }
}

#[test]
fn no_catalogued_operation_sends_a_secret_where_logs_see_it() {
    for call in crate::judged::calls(Model::catalogued()) {
        let structure = call.service.structure(call.operation.input.as_deref());
        let shown = structure.members.iter().find(|member| member.kind == Kind::Secret && member.place != Place::Body);
        assert_eq!(shown, None, "{}", call.operation.name);
    }
}
