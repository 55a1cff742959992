//! One writer, and others who are told who that is.

use super::{claim, lease, now, told_of};
use crate::{Claim, Lease};
use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[test]
fn a_second_writer_is_told_who_holds_the_lease() {
    let home = tempfile::tempdir().unwrap();
    let first = lease(home.path());
    insta::assert_snapshot!(told_of(home.path(), Lease::take(home.path(), &claim(), now())), @"
    cannot take the right to write: another process is writing to `HOME`: `tenor serve`, process 4711 on tenor-1, since 2026-01-02T03:04:05Z
    hint: wait for it to end, or end it
    ");
    drop(first);
    lease(home.path());
}

#[test]
fn a_second_writer_waits_as_long_as_it_says_and_gets_the_lease_when_it_is_free() {
    let home = tempfile::tempdir().unwrap();
    let first = lease(home.path());
    let short = Claim { wait: Duration::from_millis(50), ..claim() };
    assert!(told_of(home.path(), Lease::take(home.path(), &short, now())).contains("another process is writing"));
    let patient = Claim { wait: Duration::from_secs(60), ..claim() };
    let (began, begin) = mpsc::channel();
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            began.send(()).unwrap();
            Lease::take(home.path(), &patient, now()).map(drop)
        });
        begin.recv().unwrap();
        drop(first);
        second.join().unwrap().unwrap();
    });
}

#[test]
fn a_holder_is_one_line_whatever_it_is_called() {
    let home = tempfile::tempdir().unwrap();
    let command = format!("tenor\n{}", "x".repeat(1_000));
    let _first = Lease::take(home.path(), &Claim { host: "a b\tc".to_owned(), command, ..claim() }, now()).unwrap();
    let told = told_of(home.path(), Lease::take(home.path(), &claim(), now()));
    assert!(told.contains(&format!("`tenor {}`, process 4711 on a-b-c, since", "x".repeat(194))), "{told}");
}

#[test]
fn a_holder_that_has_not_signed_is_not_named() {
    let home = tempfile::tempdir().unwrap();
    let _first = lease(home.path());
    for text in ["", "4711 tenor-1 2026-01-02T03:04:05Z ten", "x y z\n", "x tenor-1 2026-01-02T03:04:05Z tenor\n"] {
        fs::write(home.path().join("state/writer.lock"), text).unwrap();
        let told = told_of(home.path(), Lease::take(home.path(), &claim(), now()));
        assert!(told.contains("is writing to `HOME`: a process that has just begun"), "{told}");
    }
}

#[test]
fn what_a_holder_that_died_has_left_in_the_file_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    drop(lease(home.path()));
    let left = format!("99 far-away 2020-01-02T03:04:05Z {}\n", "x".repeat(200));
    fs::write(home.path().join("state/writer.lock"), left).unwrap();
    let _first = lease(home.path());
    let told = told_of(home.path(), Lease::take(home.path(), &claim(), now()));
    assert!(told.contains("`tenor serve`, process 4711 on tenor-1, since 2026-01-02T03:04:05Z\nhint"), "{told}");
}

#[test]
fn a_claim_of_this_process_names_it_and_its_machine() {
    let claim = Claim::of_this_process("tenor connect", Duration::ZERO);
    assert_eq!((claim.pid, claim.command.as_str()), (std::process::id(), "tenor connect"));
    assert!(!claim.host.is_empty());
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let told = told_of(home.path(), Lease::take(&home.path().join("file"), &claim(), now()));
    assert!(told.starts_with("cannot make the folder `HOME/file"), "{told}");
}
