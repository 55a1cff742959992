//! The catalogue and the policies made of it, before independent judges: policy_sentry, botocore, cfn-lint, moto, and the policies of two
//! commercial products.

mod catalogue;
mod example;
mod readme;
mod templates;
mod vendors;
mod yardstick;

use serde_json::Value;
use std::process::Command;

/// What `judge.py` finds wrong with `input`; nothing when no judges are installed.
fn judged(task: &str, input: &Value) -> Option<String> {
    let python = tenor_testkit::judges::python()?;
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("input.json");
    std::fs::write(&path, input.to_string()).expect("the scratch folder can be written");
    run(&python, &["-c", include_str!("judge.py"), task, path.to_str().expect("test folders are UTF-8")])
}

/// What a Python program prints.
fn run(python: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(python).args(arguments).output().expect("the judges' Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("Python writes UTF-8"))
}
