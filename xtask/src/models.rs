//! `cargo xtask models`: the wire model of exactly the operations that the catalogue calls through our codec.
//!
//! botocore, which the judges bring, is read by a script on their Python; what is kept is written one operation or shape a line,
//! so that a change of AWS's is a readable difference. `docs/spec/models.md` says what each line means.

mod trim;

use crate::{command, judges};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tenor_permit::{Channel, operations};
use trim::Service;

/// The script that asks botocore.
const READ: &str = include_str!("models/read.py");

/// Where the catalogue's model lies.
const FILE: &str = "shell/wire/data/model.json";

/// What shows the codec's rest-xml, which no catalogued operation speaks.
const TEST_FILE: &str = "shell/wire/tests/data/rest-xml.json";
const TEST_OPERATIONS: [(&str, &str); 6] = [
    ("s3", "GetBucketLifecycleConfiguration"),
    ("s3", "GetObjectTagging"),
    ("s3", "ListObjectsV2"),
    ("s3", "PutBucketLifecycleConfiguration"),
    ("s3", "PutBucketTagging"),
    ("s3", "PutObject"),
];

/// What to do with the model.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only say whether the committed file is what would be written.
    #[arg(long)]
    check: bool,
}

/// Write the model, or compare it.
///
/// # Errors
/// When the judges are missing, botocore knows an operation no more, it has a trait that the codec does not know, or with `--check`
/// the committed file is another.
pub(crate) fn run(args: &Args) -> Result<()> {
    let catalogue = catalogue();
    for (file, operations) in [(FILE, catalogue), (TEST_FILE, grouped(TEST_OPERATIONS))] {
        let text = generate(&operations)?;
        let path = command::workspace().join(file);
        if !args.check {
            fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            fs::write(&path, &text).with_context(|| format!("cannot write {file}"))?;
        } else if fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))? != text {
            bail!("{file} is not what botocore and the catalogue say\nhint: cargo xtask models");
        }
        eprintln!(
            "{file}: {} operations of {} services, {} bytes",
            operations.values().map(BTreeSet::len).sum::<usize>(),
            operations.len(),
            text.len()
        );
    }
    Ok(())
}

/// What `aws-config` calls and we call too: it cannot say the SourceIdentity of a role, nor tell us whose credentials it has.
const ALSO: [(&str, &str); 2] = [("sts", "AssumeRole"), ("sts", "GetCallerIdentity")];

/// The same as `cargo xtask models --check`.
///
/// # Errors
/// As [`run`].
pub(crate) fn check() -> Result<()> {
    run(&Args { check: true })
}

/// The catalogued operations of our codec, by service.
fn catalogue() -> BTreeMap<String, BTreeSet<String>> {
    let ours = operations().filter(|operation| operation.channel == Channel::Codec).map(|operation| (operation.service, operation.name));
    grouped(ours.chain(ALSO))
}

fn grouped(operations: impl IntoIterator<Item = (&'static str, &'static str)>) -> BTreeMap<String, BTreeSet<String>> {
    let mut groups = BTreeMap::<String, BTreeSet<String>>::new();
    for (service, operation) in operations {
        groups.entry(service.to_owned()).or_default().insert(operation.to_owned());
    }
    groups
}

/// The text of a model of `operations`.
fn generate(operations: &BTreeMap<String, BTreeSet<String>>) -> Result<String> {
    let raw = command::read(Command::new(python()?).args(["-c", READ]).args(operations.keys()))?;
    let raw: Value = serde_json::from_str(&raw).context("botocore's models are not JSON")?;
    let version = raw["botocore"].as_str().context("botocore has no version")?;
    let mut text = format!("{{\"from\": \"botocore {version}, Apache-2.0\", \"services\": {{\n");
    for (index, (name, operations)) in operations.iter().enumerate() {
        let service = Service::new(&raw["services"][name], operations).with_context(|| format!("service {name}"))?;
        text.push_str(if index == 0 { "" } else { ",\n" });
        write(&mut text, name, &service);
    }
    text.push_str("\n}}\n");
    Ok(text)
}

/// The judges' Python: the one that tests are told of, else the installed one.
fn python() -> Result<PathBuf> {
    match std::env::var_os(judges::VARIABLE) {
        Some(python) => Ok(Path::new(&python).to_owned()),
        None if judges::ready()? => judges::python(),
        None => bail!("the judges are not installed\nhint: cargo xtask judges --install"),
    }
}

fn write(text: &mut String, name: &str, service: &Service) {
    text.push_str(&format!("{}: {{\n", json!(name)));
    for (key, value) in &service.facts {
        text.push_str(&format!("{}: {value}, ", json!(key)));
    }
    for (index, (key, lines)) in
        [("endpoints", &service.endpoints), ("operations", &service.operations), ("shapes", &service.shapes)].iter().enumerate()
    {
        let lines = lines.iter().map(|(name, value)| format!("{}: {value}", json!(name))).collect::<Vec<_>>().join(",\n");
        text.push_str(&format!("{}\n{}: {{\n{lines}}}", if index == 0 { "" } else { "," }, json!(key)));
    }
    text.push('}');
}
