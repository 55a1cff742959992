//! An import that waits for another, and what it reads then.

use super::*;
use crate::source::SourceError;
use jiff::Timestamp;
use std::cell::Cell;
use std::io;

thread_local! {
    static WAITED: Cell<bool> = const { Cell::new(false) };
}

/// An hour later once something was waited for.
fn clock() -> Timestamp {
    if WAITED.get() { now() + jiff::SignedDuration::from_hours(1) } else { now() }
}

#[test]
fn an_import_that_waited_reads_what_lies_there_then() {
    let home = Home::new();
    let older = manifested("111122223333", "2018-10", &["111122223333 2018-10 1"]);
    let newer = manifested("111122223333", "2018-10", &["111122223333 2018-10 1", "111122223333 2018-10 2"]);
    let delivered = Mutex::new(older);
    let other = Mutex::new(Some(home.lake.writer(Wait::No, now).unwrap()));
    let tell = |event: Event<'_>| {
        if matches!(event, Event::Waiting(_)) {
            // AWS delivers again before the other import ends.
            *delivered.lock().unwrap() = newer.clone();
            WAITED.set(true);
            other.lock().unwrap().take();
        }
    };
    let options = ImportOptions { wait: true, clock, ..options() };
    let outcome = crate::import::import(&home.lake, || Ok(vec![delivered.lock().unwrap().clone()]), &options, &tell);
    let imported_at = outcome.as_ref().unwrap().periods[0].record.imported_at.clone();
    insta::assert_snapshot!(format!("{}at {imported_at}", told(outcome)), @"
    2018-10 of AWS 111122223333: New, 2 rows, billed 3
    at 2026-01-02T04:04:05Z
    ");
}

#[test]
fn a_source_that_cannot_be_looked_through_leaves_the_lake_as_it_is() {
    let home = Home::new();
    let find = || Err(SourceError::Read { part: "cur-Manifest.json".to_owned(), source: io::ErrorKind::NotFound.into() });
    insta::assert_snapshot!(told(crate::import::import(&home.lake, find, &options(), &|_| ())), @"
    error: cannot read `cur-Manifest.json`
      because: entity not found
    hint: it was removed since it was found: import again; an object of S3 whose key begins with `/` is never found: copy the report with `aws s3 cp --recursive` and import the copy
    ");
    assert_eq!(home.held(), "");
}

/// A file that was found and cannot be read any more.
#[derive(Debug)]
struct Unreadable(io::ErrorKind);

impl PartBytes for Unreadable {
    fn stream(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Err(self.0.into())
    }

    fn range(&self, _start: u64, _length: usize) -> io::Result<bytes::Bytes> {
        Err(self.0.into())
    }
}

#[test]
fn what_to_do_about_a_file_depends_on_why_it_is_not_read() {
    let home = Home::new();
    let hint = |kind| {
        let mut report = bill(&["111122223333 2018-10 1"]);
        report.parts[0].bytes = Arc::new(Unreadable(kind));
        import(&home.lake, &[report], &options(), &|_| ()).unwrap_err().hint()
    };
    insta::assert_snapshot!([io::ErrorKind::PermissionDenied, io::ErrorKind::NotFound].map(hint).join("\n"), @"
    allow the reader to read it; in S3 that takes s3:GetObject on the object, and kms:Decrypt on its key where it is encrypted with one
    it was removed since it was found: import again; an object of S3 whose key begins with `/` is never found: copy the report with `aws s3 cp --recursive` and import the copy
    ");
    assert!(hint(io::ErrorKind::UnexpectedEof).contains("damaged"));
}

#[test]
fn a_full_disk_after_a_period_was_imported_is_not_said_to_have_changed_nothing() {
    let no_room = || ImportError::NoRoom {
        root: "lake".into(),
        free: None,
        report_bytes: 1,
        source: Box::new(ImportError::NoRows { report: "x".to_owned() }),
    };
    assert_eq!(no_room().hint(), "free some space and run the import again; the lake is as it was");
    let halfway = no_room().after(vec![key("111122223333", "2018-10")]);
    assert_eq!(halfway.hint(), "free some space and run the import again; the rest of the lake is as it was");
}

#[test]
fn a_replacement_in_two_steps_is_told() {
    let folder = scratch();
    let root = folder.path().join("lake");
    let lake = Lake::open_on(root.clone(), Arc::new(FaultyDisk::new(&root, false, Fault::None, usize::MAX))).unwrap();
    let by_journal = |cost: &str| {
        let bill = bill(&[&format!("{OCTOBER} {cost}")]);
        import(&lake, &[bill], &options(), &|_| ()).unwrap().by_journal
    };
    assert_eq!([by_journal("1"), by_journal("2"), by_journal("2")], [false, true, false]);
}
