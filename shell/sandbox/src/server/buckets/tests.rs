//! What is delivered lies where it should, whole, and is no more than what the books say.

use super::{Buckets, DeliveryError, LIST, NEW, Objects, Turn, name_of};
use crate::cloud::{Due, HeldPlan, Paper, Setup};
use crate::server::Store;
use crate::{Cloud, Format, WriteError};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

const BUCKET: &str = "example-billing-reports";

fn setup() -> Setup {
    Setup { seed: 3, secret: 3, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 }
}

/// Defines a report of the same settings as the bill that nobody defined.
fn define(cloud: &mut Cloud, prefix: &str, name: &str) {
    let definition = json!({"TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP", "AdditionalSchemaElements": ["RESOURCES"],
        "S3Bucket": BUCKET, "S3Prefix": prefix, "S3Region": "us-east-1", "ReportVersioning": "OVERWRITE_REPORT"});
    let (name, made) = (name.to_owned(), cloud.books.now);
    cloud.books.papers.push(Paper { account: 0, name, arn: String::new(), definition, made, tags: BTreeMap::new() });
}

/// A sandbox in which a report is defined as a bill lies that nobody defined, and a month has passed.
fn defined(setup: Setup) -> Cloud {
    let mut cloud = Cloud::new(setup);
    define(&mut cloud, "billing", "tenor-sandbox");
    cloud.advance(31 * 86_400 + 60);
    cloud
}

/// Those that could not be written.
fn failed(buckets: &Buckets, cloud: &Cloud, due: &[Due]) -> Vec<(String, DeliveryError)> {
    let mut turn = Turn(Arc::clone(&buckets.turn).try_lock_owned().unwrap());
    let told = buckets.deliver(&mut turn, cloud, due).into_iter();
    told.filter_map(|(id, written)| Some((id, written.err()?))).collect()
}

/// What is told of the bucket by a sandbox that has just started.
fn objects(folder: &Path, cloud: &Cloud) -> Objects {
    let (buckets, due) = (Buckets::at(folder.to_owned()), cloud.due(BUCKET));
    assert_eq!(failed(&buckets, cloud, &due).len(), 0);
    Objects::clone(&buckets.objects(BUCKET, &due))
}

fn manifest(objects: &Objects) -> &Path {
    &objects.iter().find(|(key, _)| key.ends_with("Manifest.json")).unwrap().1.file
}

/// Which files these are: another number is another file.
fn numbers(objects: &Objects) -> Vec<u64> {
    objects.values().map(|object| fs::metadata(&object.file).unwrap().ino()).collect()
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
                    let object = &objects[&format!("{month}/{name}")];
                    let got = fs::read(&object.file).unwrap();
                    assert!(got == fs::read(part.path()).unwrap(), "{name}");
                    assert_eq!(object.size, got.len() as u64);
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
    let written = numbers(&first);
    assert_eq!((objects(dir.path(), &cloud), numbers(&first)), (first.clone(), written.clone()), "what is there is not written again");
    // Without its list, without a file, with one that is too short: each is no delivery.
    let breaks: [fn(&Path); 3] = [
        |file| fs::remove_file(file.parent().unwrap().join(LIST)).unwrap(),
        |file| fs::remove_file(file).unwrap(),
        |file| fs::write(file, "cut").unwrap(),
    ];
    for (at, breaks) in breaks.into_iter().enumerate() {
        let before = fs::read(manifest(&first)).unwrap();
        breaks(manifest(&first));
        assert_eq!(objects(dir.path(), &cloud), first, "{at}");
        assert_eq!(fs::read(manifest(&first)).unwrap(), before, "{at}");
    }
}

#[test]
fn a_definition_below_another_takes_nothing_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::new(setup());
    // The second lies in what would be a folder of the first's month, were keys paths.
    define(&mut cloud, "a", "b");
    define(&mut cloud, "a/b/20250101-20250201", "c");
    define(&mut cloud, "", "a");
    cloud.advance(31 * 86_400 + 60);
    let all = objects(dir.path(), &cloud);
    assert_eq!(all.len(), 9);
    assert!(all.values().all(|object| object.file.exists()));
    assert_eq!(objects(dir.path(), &cloud), all);
}

#[test]
fn keys_are_no_paths() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("deep/buckets");
    fs::create_dir_all(&folder).unwrap();
    let mut cloud = Cloud::new(setup());
    for (prefix, name) in [("../..", ".."), ("/etc", "a"), ("b//.", "c"), ("nul\0", "d"), (&"long".repeat(200), "e")] {
        define(&mut cloud, prefix, name);
    }
    cloud.advance(31 * 86_400 + 60);
    let all = objects(&folder, &cloud);
    for (key, object) in &all {
        assert_eq!(object.file.file_name().unwrap().to_str(), Some(name_of(key).as_str()));
        assert_eq!(object.file.parent().unwrap().parent(), Some(folder.as_path()));
        assert!(object.file.exists());
    }
    let starts: Vec<&str> = all.keys().filter(|key| key.ends_with("Manifest.json")).map(|key| &key[..key.len().min(12)]).collect();
    insta::assert_snapshot!(format!("{starts:?}"), @r#"["../../../202", "b//./c/20250", "etc/a/202501", "longlonglong", "nul\0/d/20250"]"#);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing lies outside");
}

#[test]
fn deliveries_are_kept_while_their_month_is_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = defined(setup());
    let january = objects(dir.path(), &cloud);
    let written = numbers(&january);
    let snapshot = cloud.books.clone();
    cloud.books.plans.push(HeldPlan::compute("a-plan", 1, cloud.books.now));
    cloud.advance(28 * 86_400);
    let both = objects(dir.path(), &cloud);
    assert_eq!((both.len(), numbers(&january)), (6, written.clone()), "what was bought later is on no earlier bill");
    // The snapshot is put back: its month is kept, and the other is forgotten.
    let mut restored = Cloud::of(snapshot, None);
    assert_eq!((objects(dir.path(), &restored), numbers(&january)), (january.clone(), written.clone()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    // February is another now, and so is a January of other books.
    restored.advance(28 * 86_400);
    let other = objects(dir.path(), &restored);
    assert_eq!((other.keys().eq(both.keys()), other == both), (true, false));
    restored.books.plans.push(HeldPlan::compute("in-january", 1, crate::cloud::Moment(restored.books.now.0 - 40 * 86_400)));
    restored.advance(60);
    assert_ne!(objects(dir.path(), &restored)[january.keys().next().unwrap()], january[january.keys().next().unwrap()]);
    assert!(objects(dir.path(), &defined(Setup { secret: 4, ..setup() })).len() == 3);
}

#[test]
fn one_that_cannot_be_written_is_told_and_the_others_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::new(setup());
    define(&mut cloud, "a", "good");
    define(&mut cloud, "a", "bad");
    cloud.advance(31 * 86_400 + 60);
    let due = cloud.due(BUCKET);
    // A file where the folder of the second one should be.
    let buckets = Buckets::at(dir.path().to_owned());
    *buckets.turn.try_lock().unwrap() = true;
    let in_the_way = dir.path().join(&due[1].delivery.id);
    fs::write(&in_the_way, "in the way").unwrap();
    let told = failed(&buckets, &cloud, &due);
    let [(id, error)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(id, &due[1].delivery.id);
    let error = error.to_string().replace(&dir.path().display().to_string(), "[dir]");
    insta::assert_snapshot!(error, @"cannot deliver into [dir]: Not a directory (os error 20)");
    let objects = buckets.objects(BUCKET, &due);
    assert!(objects.len() == 3 && objects.keys().all(|key| key.starts_with("a/good/")));
    assert!(!dir.path().join(NEW).exists(), "what was written of it does not stay");
    // It is tried again.
    fs::remove_file(in_the_way).unwrap();
    assert_eq!(failed(&buckets, &cloud, &due).len(), 0);
    let objects = buckets.objects(BUCKET, &due);
    assert_eq!(objects.len(), 6);
    assert!(Arc::ptr_eq(&objects, &buckets.objects(BUCKET, &due)), "the listing is shared");
}

#[test]
fn what_cannot_be_delivered_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = defined(setup());
    let file = dir.path().join("books.json");
    assert_eq!(Store::at(&file).buckets(), dir.path().join("books.buckets"));
    fs::write(dir.path().join("buckets"), "a file where the folder should be").unwrap();
    let [(_, error)] = &failed(&Buckets::at(dir.path().join("buckets")), &cloud, &cloud.due(BUCKET))[..] else { panic!() };
    let told = error.to_string().replace(&dir.path().display().to_string(), "[dir]");
    insta::assert_snapshot!(told, @"cannot deliver into [dir]/buckets: Not a directory (os error 20)");
    assert!(!error.is_lasting(), "there may be room at any moment");
    assert!(DeliveryError::Broken.is_lasting() && DeliveryError::from(WriteError::Request("no such bill")).is_lasting());
}
