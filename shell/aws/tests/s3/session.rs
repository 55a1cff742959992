//! One use of the crate in a process of its own, with an environment of its own, as AWS's conventions need it.

use std::env;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::process::Command;
use tempfile::TempDir;
use tenor_lake::source::{Location, Part, discover};

const URL: &str = "TENOR_TEST_S3_URL";
const SAYS: &str = "TENOR_TEST_SAYS";

/// What is found and read at a URL, or why not, in an environment with nothing of AWS but `variables`.
pub(crate) fn at(url: &str, variables: &[(&str, &str)]) -> String {
    let home = TempDir::new().unwrap();
    let says = home.path().join("says");
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "session::as_child"]).env_clear().env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
    child.env(URL, url).env(SAYS, &says).envs(variables.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(says).unwrap()
}

/// Nothing by itself: [`at`] runs it in a process of its own.
#[test]
fn as_child() {
    let (Ok(url), Ok(says)) = (env::var(URL), env::var(SAYS)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let said = match runtime.block_on(tenor_aws::s3::open(&url)) {
        Ok(opened) => {
            let runtime = runtime.handle().clone();
            read(&Location::Store { store: opened.store, prefix: opened.prefix, name: url, runtime })
        }
        Err(error) => format!("{}\nhint: {}", chain(&error), error.hint()),
    };
    fs::write(says, said).unwrap();
}

/// Everything of every report: what it is, and a hash of the bytes of each part, read both ways.
pub(crate) fn read(location: &Location) -> String {
    let reports = match discover(location, None) {
        Ok(reports) => reports,
        Err(error) => return format!("{}\nhint: {}", chain(&error), error.hint()),
    };
    let mut said = Vec::new();
    for report in reports {
        said.push(format!("{:?} {:?} {:?} {:?}", report.kind, report.period, report.payer, report.assembly));
        said.extend(report.parts.iter().map(bytes));
    }
    said.join("\n")
}

fn bytes(part: &Part) -> String {
    let mut content = Vec::new();
    if let Err(error) = part.bytes.stream().and_then(|mut stream| stream.read_to_end(&mut content)) {
        return format!("{}: {}", part.name, chain(&error));
    }
    let middle = part.size / 3;
    let length = usize::try_from(part.size - middle).unwrap().min(1000);
    let range = part.bytes.range(middle, length).unwrap();
    assert_eq!(range, content[usize::try_from(middle).unwrap()..][..length]);
    assert_eq!(content.len() as u64, part.size);
    // A plain sum that tells any two different files of these tests apart.
    let sum = content.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte));
    format!("  {} {:?} {} {sum:016x}", part.name, part.format, part.size)
}

fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push_str("\n  because ");
        said.push_str(&error.to_string());
        cause = error.source();
    }
    said
}
