//! What is delivered lies where it should, whole, and is no more than what the books say.

use super::{Buckets, LISTS, Objects};
use crate::cloud::Setup;
use crate::server::Store;
use crate::{Cloud, Format};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn setup() -> Setup {
    Setup { seed: 3, secret: 3, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 }
}

/// A sandbox in which a report is defined as a bill lies that nobody defined, and a month has passed.
fn defined(setup: Setup) -> Cloud {
    let mut cloud = Cloud::new(setup);
    let definition = json!({"TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP", "AdditionalSchemaElements": ["RESOURCES"],
        "S3Bucket": "example-billing-reports", "S3Prefix": "billing", "S3Region": "us-east-1", "ReportVersioning": "OVERWRITE_REPORT"});
    let (name, made) = ("tenor-sandbox".to_owned(), cloud.books.now);
    cloud.books.papers.push(crate::cloud::Paper { account: 0, name, arn: String::new(), definition, made, tags: BTreeMap::new() });
    cloud.advance(31 * 86_400 + 60);
    cloud
}

fn objects(folder: &Path, cloud: &Cloud) -> Objects {
    Buckets::at(folder.to_owned(), cloud).objects(cloud, "example-billing-reports").unwrap()
}

#[test]
fn what_is_delivered_is_what_write_bill_writes() {
    let (dir, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cloud = defined(setup());
    cloud.write_bill("2025-01".parse().unwrap(), Format::LegacyCsv, plain.path(), 1).unwrap();
    let objects = objects(dir.path(), &cloud);
    let month = "billing/tenor-sandbox/20250101-20250201";
    let (mut parts, mut versions) = (0, 0);
    for entry in fs::read_dir(plain.path().join(month)).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            versions += 1;
            for part in fs::read_dir(entry.path()).unwrap().map(Result::unwrap) {
                let name = part.file_name().into_string().unwrap();
                if name.ends_with(".csv.gz") {
                    let key = format!("{month}/{name}");
                    let got = fs::read(dir.path().join("example-billing-reports").join(&key)).unwrap();
                    assert!(got == fs::read(part.path()).unwrap(), "{name}");
                    assert_eq!(objects[&key].size, got.len() as u64);
                    parts += 1;
                }
            }
        }
    }
    assert_eq!((versions, parts, objects.len()), (1, 2, 3));
}

#[test]
fn a_delivery_is_written_once_and_one_that_was_broken_off_again() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = defined(setup());
    let first = objects(dir.path(), &cloud);
    let bucket = dir.path().join("example-billing-reports");
    let manifest = bucket.join(first.keys().find(|key| key.ends_with("Manifest.json")).unwrap());
    fs::write(&manifest, "seen").unwrap();
    assert_eq!(objects(dir.path(), &cloud), first);
    assert_eq!(fs::read(&manifest).unwrap(), b"seen", "what is listed is not written again");
    fs::remove_dir_all(dir.path().join(LISTS)).unwrap();
    assert_eq!(objects(dir.path(), &cloud), first);
    assert_ne!(fs::read(&manifest).unwrap(), b"seen", "what no list has is no delivery");
}

#[test]
fn what_was_delivered_from_another_past_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join("example-billing-reports/left");
    let leave = || {
        fs::create_dir_all(left.parent().unwrap()).unwrap();
        fs::write(&left, "").unwrap();
    };
    let mut cloud = defined(setup());
    cloud.books.serial = 7;
    objects(dir.path(), &cloud);
    leave();
    cloud.books.serial = 8;
    objects(dir.path(), &cloud);
    assert!(left.exists(), "it is the same past");
    // A snapshot of earlier was put back.
    cloud.books.serial = 6;
    objects(dir.path(), &cloud);
    assert!(!left.exists());
    leave();
    objects(dir.path(), &defined(Setup { secret: 4, ..setup() }));
    assert!(!left.exists(), "it is another sandbox");
}

#[test]
fn what_cannot_be_delivered_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = defined(setup());
    let file = dir.path().join("books.json");
    assert_eq!(Store::at(&file).buckets(), dir.path().join("books.buckets"));
    fs::write(dir.path().join("buckets"), "a file where the folder should be").unwrap();
    let error = Buckets::at(dir.path().join("buckets"), &cloud).objects(&cloud, "example-billing-reports").unwrap_err();
    let told = error.to_string().replace(&dir.path().display().to_string(), "[dir]");
    insta::assert_snapshot!(told, @"cannot deliver into [dir]/buckets: Not a directory (os error 20)");
}
