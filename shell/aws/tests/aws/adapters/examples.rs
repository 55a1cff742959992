//! The outputs that AWS documents for its command line are read by the typed adapters, each by the one of its operation.

use super::fake::{Fake, Reply};
use super::sample::{call, page};
use super::table::all;
use crate::client::world::run;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::process::Command;
use tenor_testkit::judges;
use tenor_wire::{Model, Protocol};

/// Writes each documented output in its protocol: the codec's own judge of the same outputs.
const SCRIPT: &str = include_str!("../../../../wire/tests/wire/examples.py");

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Query => "query",
        Protocol::Ec2 => "ec2",
        Protocol::Json => "json",
        Protocol::RestJson => "rest-json",
        Protocol::RestXml => "rest-xml",
    }
}

#[test]
fn documented_outputs_have_types() {
    let Some(python) = judges::python() else { return };
    let names = all().into_iter().map(|(name, _)| {
        let service = Model::catalogued().service(name.split_once(':').unwrap().0).unwrap();
        format!("{name}:{}", protocol(service.protocol))
    });
    let output = Command::new(python).args(["-c", SCRIPT]).args(names).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let adapters: BTreeMap<_, _> = all().into_iter().collect();
    let (mut read, mut refused) = (0, Vec::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (service, operation, body, _): (String, String, String, Vec<String>) = serde_json::from_str(line).unwrap();
        let body = String::from_utf8(STANDARD.decode(body).unwrap()).unwrap();
        // Some go on with a page that is not documented.
        let fake = Fake::new(move |asked| match asked.before {
            0 => Reply::Written(body.clone()),
            _ => Reply::Good(page(call(&asked.name), false)),
        });
        let name = format!("{service}:{operation}");
        match run(adapters[name.as_str()](fake.client().0)) {
            Ok(_) => read += 1,
            Err(error) => refused.push(error.to_string()),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(read > 30, "{read} outputs");
}
