//! One use of the crate in a process of its own, with an environment of its own, as AWS's conventions need it.

use futures::TryStreamExt;
use object_store::path::Path as StorePath;
use object_store::{ObjectStore, ObjectStoreExt};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::{env, fs};
use tempfile::TempDir;
use tenor_aws::client::{CallLog, Meter};
use tenor_aws::s3::Watch;
use tenor_money::Money;
use tenor_permit::Operation;

const URL: &str = "TENOR_TEST_S3_URL";
const SAYS: &str = "TENOR_TEST_SAYS";

/// What is read at a URL, or why not, in an environment with nothing of AWS but `variables`.
pub(crate) fn at(url: &str, variables: &[(&str, &str)]) -> String {
    let home = TempDir::new().unwrap();
    let says = home.path().join("says");
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "session::as_child"]).env_clear().env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
    let calls = says.with_extension("calls");
    child.env(URL, url).env(SAYS, &says).envs(variables.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let calls = fs::read_to_string(calls).unwrap();
    for call in calls.lines() {
        let (service, operation) = call.split('\t').nth(1).unwrap().split_once(':').unwrap();
        assert!(Operation::find(service, operation).is_some(), "{call} is not in the catalogue");
    }
    let said = fs::read_to_string(says).unwrap();
    // Whoever read something listed and got it, and both are on record.
    let is_read = !said.is_empty() && !said.contains("hint: ");
    assert!(!is_read || ["s3:ListObjectsV2", "s3:GetObject"].iter().all(|name| calls.contains(name)), "{said}\n{calls}");
    said
}

/// Nothing by itself: [`at`] runs it in a process of its own.
#[test]
fn as_child() {
    let (Ok(url), Ok(says)) = (env::var(URL), env::var(SAYS)) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let said = runtime.block_on(async {
        let sink = CallLog::open(&Path::new(&says).with_extension("calls")).unwrap();
        let watch = Watch { purse: Arc::new(Meter::up_to(Money::from_whole(1))), sink: Arc::new(sink) };
        match tenor_aws::s3::open(&url, &watch).await {
            Ok(opened) => read(opened.store.as_ref(), &opened.prefix).await.unwrap_or_else(|error| chain(&error)),
            Err(error) => format!("{}\nhint: {}", chain(&error), error.hint()),
        }
    });
    fs::write(says, said).unwrap();
}

/// Every object: its key, and its bytes read whole and in part.
async fn read(store: &dyn ObjectStore, prefix: &StorePath) -> object_store::Result<String> {
    let mut objects: Vec<_> = store.list(Some(prefix)).try_collect().await?;
    objects.sort_by(|a, b| a.location.cmp(&b.location));
    let mut said = Vec::new();
    for object in objects {
        let whole = store.get(&object.location).await?.bytes().await?;
        let part = store.get_range(&object.location, object.size / 3..object.size).await?;
        assert_eq!(part, whole[whole.len() / 3..]);
        said.push(line(object.location.as_ref(), &whole));
    }
    Ok(said.join("\n"))
}

/// The same of a folder's files.
pub(crate) fn local(folder: &Path, below: &str) -> String {
    let mut said = Vec::new();
    let mut folders = vec![folder.join(below)];
    while let Some(next) = folders.pop() {
        for child in fs::read_dir(next).unwrap() {
            let path = child.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                said.push(line(path.strip_prefix(folder).unwrap().to_str().unwrap(), &fs::read(&path).unwrap()));
            }
        }
    }
    said.sort();
    said.join("\n")
}

fn line(name: &str, content: &[u8]) -> String {
    // A plain sum that tells any two different files of these tests apart.
    let sum = content.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte));
    format!("{name} {} {sum:016x}", content.len())
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
