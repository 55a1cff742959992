//! The file of the books: what is read, refused and left alone.

use super::{Store, StoreError};
use crate::cloud::{Cloud, Setup};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn cloud() -> Cloud {
    Cloud::new(Setup { seed: 1, secret: 1, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 })
}

/// What is said of a file with this text.
fn told(text: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("books.json");
    fs::write(&path, text).unwrap();
    error(&dir, &path)
}

fn error(dir: &TempDir, path: &Path) -> String {
    let error = Store::at(path).load().err().unwrap();
    error.to_string().replace(&dir.path().display().to_string(), "[dir]")
}

/// The text of a file with a reservation and a plan.
fn kept() -> String {
    let mut cloud = cloud();
    cloud.hold_one_of_each();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("books.json");
    Store::at(&path).save(&cloud).unwrap();
    assert!(!path.with_extension("new").exists());
    fs::read_to_string(path).unwrap()
}

#[test]
fn books_are_read_as_they_were_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(&dir.path().join("books.json"));
    assert!(store.load().unwrap().is_none());
    let mut cloud = cloud();
    cloud.hold_one_of_each();
    store.save(&cloud).unwrap();
    let found = store.load().unwrap().unwrap();
    assert_eq!(serde_json::to_string(&found.books).unwrap(), serde_json::to_string(&cloud.books).unwrap());
}

#[test]
fn a_file_that_is_no_sandboxs_is_left_alone() {
    insta::assert_snapshot!(told("no JSON"), @"[dir]/books.json is no sandbox of this version: expected ident at line 1 column 2");
    insta::assert_snapshot!(told("{}"), @"[dir]/books.json is no sandbox of this version: missing field `format` at line 1 column 2");
    insta::assert_snapshot!(told(r#"{"format": "tenor-sandbox-1", "books": "in another form"}"#), @"[dir]/books.json is no sandbox of this version: its format is `tenor-sandbox-1`, not `tenor-sandbox-3`; open it with the version that wrote it, or put it away and begin anew");
    insta::assert_snapshot!(told(r#"{"format": "tenor-sandbox-3", "books": {}}"#), @"[dir]/books.json is no sandbox of this version: missing field `setup` at line 1 column 41");
    let dir = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(error(&dir, dir.path()), @"[dir]: Is a directory (os error 21)");
}

#[test]
fn what_newer_prices_lack_is_told_by_name() {
    let text = kept();
    let of_old = text.replace("BoxUsage:m5.large", "BoxUsage:m0.old").replace("\"offering\":\"", "\"offering\":\"not-");
    assert_ne!(text, of_old);
    insta::assert_snapshot!(told(&of_old), @"[dir]/books.json holds what this version has no prices of: AmazonEC2 BoxUsage:m0.old of RunInstances (reserved), c5 in us-east-1, 1yr, No Upfront (a Savings Plan); open it with the version that wrote it, or put it away and begin anew");
}

#[test]
fn what_cannot_be_written_leaves_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("books.json");
    let store = Store::at(&path);
    store.save(&cloud()).unwrap();
    let before = fs::read(&path).unwrap();
    fs::create_dir(path.with_extension("new")).unwrap();
    let mut later = cloud();
    later.advance(1);
    let error = store.save(&later).unwrap_err().to_string().replace(&dir.path().display().to_string(), "[dir]");
    insta::assert_snapshot!(error, @"[dir]/books.json: Is a directory (os error 21)");
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// Names in a folder.
fn names(dir: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_snapshot_is_whole_or_not_there() {
    let (dir, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut store = Store::at(&dir.path().join("books.json"));
    let copy = away.path().join("copy.json");
    assert!(!store.snapshot(&copy).unwrap(), "there are no books");
    store.save(&cloud()).unwrap();
    store.sync = |_| Err(std::io::ErrorKind::StorageFull.into());
    let told = |error: StoreError| error.to_string().replace(&away.path().display().to_string(), "[away]");
    insta::assert_snapshot!(told(store.snapshot(&copy).unwrap_err()), @"[away]/copy.json: no storage space");
    assert_eq!(names(&away), [""; 0], "nothing is left of it");
    store.sync = |_| Ok(());
    assert!(store.snapshot(&copy).unwrap());
    assert_eq!(names(&away), ["copy.json"]);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(dir.path().join("books.json")).unwrap());
    // What is there is nobody's to replace.
    fs::write(&copy, "theirs").unwrap();
    insta::assert_snapshot!(told(store.snapshot(&copy).unwrap_err()), @"[away]/copy.json: File exists (os error 17)");
    assert_eq!((fs::read_to_string(&copy).unwrap().as_str(), names(&away)), ("theirs", vec!["copy.json".to_owned()]));
    assert!(store.snapshot(&away.path().join("no-folder/copy.json")).is_err());
}

#[test]
fn what_is_written_and_not_synced_is_there_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::at(&dir.path().join("books.json"));
    store.sync = |_| Err(std::io::ErrorKind::StorageFull.into());
    let error = store.save(&cloud()).unwrap_err().to_string().replace(&dir.path().display().to_string(), "[dir]");
    insta::assert_snapshot!(error, @"[dir]/books.json is written, and the change stands; but its folder cannot be synced, so it may be gone if the machine stops: no storage space");
    assert!(store.load().unwrap().is_some());
}
