//! What a connection is granted, against a sandbox that lets a role do what its policies say and nothing else: it is enough, and none of it is too much.

use crate::ran::{Ran, tenor, tenor_in};
use crate::sandbox::Sandbox;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use tenor_permit::{Operation, Via};

/// A home with a sandbox, and a connection from one of its accounts to the payer.
struct Connected {
    home: tempfile::TempDir,
    sandbox: Sandbox,
    payer: String,
    /// The caller's key and secret: not the payer's.
    caller: [String; 2],
}

impl Connected {
    fn make() -> Self {
        let home = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::serve(home.path());
        let keys = String::from_utf8(tenor(home.path(), ["--format", "csv", "sandbox", "keys"]).0.stdout).unwrap();
        let row = |number: usize| keys.lines().nth(number).unwrap().split(',').map(str::to_owned).collect::<Vec<_>>();
        let ([payer, ..], [account, _, key, secret]) = (&row(1)[..], &row(2)[..]) else { panic!("{keys}") };
        let made = Self { payer: payer.clone(), caller: [key.clone(), secret.clone()], home, sandbox };
        let trusted = format!("arn:aws:iam::{account}:user/administrator");
        let out = made.template();
        let out = out.parent().unwrap().to_str().unwrap();
        let make = ["connect", "make", "payer", "--account", payer, "--trusted", &trusted, "--tier", "trial,commitments", "--out", out];
        assert!(made.run(&make).0.status.success());
        made
    }

    fn template(&self) -> std::path::PathBuf {
        self.home.path().join("template/tenor.template.json")
    }

    fn run(&self, words: &[&str]) -> Ran {
        let [key, secret] = &self.caller;
        let variables = [
            ("AWS_ENDPOINT_URL", self.sandbox.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_REGION", "us-east-1"),
        ];
        tenor_in(self.home.path(), words, &variables)
    }

    fn deploy(&self, template: &Path) {
        let parameters = self.template().with_file_name("parameters.json");
        let words =
            ["sandbox", "deploy", template.to_str().unwrap(), "--account", &self.payer, "--parameters", parameters.to_str().unwrap()];
        let ran = self.run(&words);
        assert!(ran.0.status.success(), "{ran}");
    }

    /// The template without one action.
    fn without(&self, action: &str) -> std::path::PathBuf {
        let mut template: Value = serde_json::from_slice(&std::fs::read(self.template()).unwrap()).unwrap();
        let mut removed = 0;
        for resource in template["Resources"].as_object_mut().unwrap().values_mut() {
            let Some(statements) = resource["Properties"]["PolicyDocument"]["Statement"].as_array_mut() else { continue };
            for statement in &mut *statements {
                if let Some(actions) = statement["Action"].as_array_mut() {
                    let before = actions.len();
                    actions.retain(|named| named != action);
                    removed += before - actions.len();
                }
            }
            let before = statements.len();
            statements.retain(|statement| statement["Action"] != action);
            removed += before - statements.len();
        }
        assert!(removed > 0, "{action} is granted somewhere");
        let path = self.template().with_file_name("less.json");
        std::fs::write(&path, template.to_string()).unwrap();
        path
    }

    /// The IAM actions that the calls of the log needed.
    fn used(&self) -> BTreeSet<&'static str> {
        let log = std::fs::read_to_string(self.home.path().join("state/calls.log")).unwrap();
        let mut used = BTreeSet::new();
        for line in log.lines() {
            let (service, name) = line.split('\t').nth(1).unwrap().split_once(':').unwrap();
            let operation = Operation::find(service, name).unwrap_or_else(|| panic!("{line} is not in the catalogue"));
            used.extend(operation.grants.iter().filter(|grant| grant.via == Via::Policy).map(|grant| grant.action));
        }
        used
    }
}

#[test]
fn the_generated_policies_suffice_and_none_of_what_was_used_can_be_left_out() {
    let connected = Connected::make();
    connected.deploy(&connected.template());
    let proved = connected.run(&["--format", "csv", "connect", "prove", "payer"]);
    assert!(proved.0.status.success(), "{proved}");
    let table = String::from_utf8(proved.0.stdout).unwrap();
    let not_whole: Vec<&str> = table.lines().skip(1).filter(|line| !line.contains(",works,")).collect();
    assert_eq!(not_whole, ["cur-ingest,trial,works in part,the connection names no report bucket"]);

    let used = connected.used();
    assert!(used.len() >= 20, "{used:?}");
    for action in used {
        connected.deploy(&connected.without(action));
        let verified = connected.run(&["--format", "csv", "access", "verify", "payer"]);
        assert_eq!(verified.0.status.code(), Some(1), "without {action}: {verified}");
        let told = verified.to_string();
        // What the proof itself is made with is missed before any capability is looked at.
        let is_named = told.lines().any(|line| line.contains(action) || (line.contains("iam:") && action.starts_with("iam:")));
        assert!(is_named, "without {action}: {told}");
    }
}
