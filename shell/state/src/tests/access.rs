//! The access log: a chain of lines that nobody changes unseen, whatever dies while it is written.

use super::now;
use crate::{AccessEntry, AccessError, AccessLog, AccessReport, Reading, read_access};
use std::fs;
use std::path::{Path, PathBuf};

fn reading(user: &str, address: &str) -> Reading {
    Reading { moment: now(), user: user.to_owned(), token: None, route: "cost", address: address.to_owned(), status: 200 }
}

fn read(home: &Path) -> Result<(AccessReport, Vec<AccessEntry>), AccessError> {
    let mut entries = Vec::new();
    let report = read_access(home, &mut |entry| entries.push(entry))?;
    Ok((report, entries))
}

fn file(home: &Path) -> PathBuf {
    home.join("access/access-000000000001.jsonl")
}

/// A home whose log has three entries, written by two servers.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    AccessLog::open(home.path()).unwrap().append(&[reading("ada", "/explore?by=service"), reading("ben", "/")]).unwrap();
    let token = Some("tnr_0123abcd".to_owned());
    AccessLog::open(home.path()).unwrap().append(&[Reading { token, status: 403, ..reading("ada", "/api/v1/cost") }]).unwrap();
    home
}

#[test]
fn a_line_is_what_the_specification_says() {
    let home = home();
    let text = fs::read_to_string(file(home.path())).unwrap();
    insta::assert_snapshot!(text, @r#"
    {"sequence":1,"moment":"2026-01-02T03:04:05.000000000Z","user":"ada","token":null,"route":"cost","query":"850925d6aaab0e26dc1123444218a894112844a8ad074a9ece0544623e6f72b5","status":200,"previous":"0000000000000000000000000000000000000000000000000000000000000000","hash":"7a35bb0409ef852e7f77db188cbb88c3916876801f6b5b9c9dae4f5f5c8f26ce"}
    {"sequence":2,"moment":"2026-01-02T03:04:05.000000000Z","user":"ben","token":null,"route":"cost","query":"8a5edab282632443219e051e4ade2d1d5bbc671c781051bf1437897cbdfea0f1","status":200,"previous":"7a35bb0409ef852e7f77db188cbb88c3916876801f6b5b9c9dae4f5f5c8f26ce","hash":"431eea4343f9f19df2b03cb3904973935886fb3b5f937f03a5692dd43d4d9807"}
    {"sequence":3,"moment":"2026-01-02T03:04:05.000000000Z","user":"ada","token":"tnr_0123abcd","route":"cost","query":"4244e19918c9389f22185d84b0148b216eda8f30d5fc22c08442624b2a327fe2","status":403,"previous":"431eea4343f9f19df2b03cb3904973935886fb3b5f937f03a5692dd43d4d9807","hash":"212fe7997a6e9e11d99f27ae9dc0b2594927279451741fa0cdcc24eac1772e1c"}
    "#);
}

#[test]
fn what_was_written_is_read_and_goes_on_where_it_ended() {
    let home = home();
    let (report, entries) = read(home.path()).unwrap();
    let shown: Vec<_> = entries.iter().map(|entry| (entry.sequence, entry.user.as_str(), entry.status, entry.token.is_some())).collect();
    assert_eq!(shown, [(1, "ada", 200, false), (2, "ben", 200, false), (3, "ada", 403, true)]);
    assert_eq!((report.first, report.head.sequence, report.is_unfinished), (1, 3, false));
    assert_eq!(report.head.hash, entries[2].hash);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(read(empty.path()).unwrap().0.head.sequence, 0);
}

#[test]
fn every_changed_byte_and_every_line_taken_out_or_put_twice_is_found() {
    let home = home();
    let whole = fs::read(file(home.path())).unwrap();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(file(home.path()), &changed).unwrap();
        // A last line without its end is one that is being written.
        let is_cut = at + 1 == whole.len();
        let found = read(home.path());
        assert!(found.is_err() || (is_cut && found.unwrap().0.is_unfinished), "byte {at}");
    }
    let text = String::from_utf8(whole).unwrap();
    let lines: Vec<_> = text.lines().collect();
    for (kept, what) in [(vec![0, 2], "taken out"), (vec![1, 2], "the first"), (vec![0, 1, 1, 2], "twice"), (vec![1, 0, 2], "moved")] {
        let changed: String = kept.iter().map(|at| format!("{}\n", lines[*at])).collect();
        fs::write(file(home.path()), changed).unwrap();
        assert!(matches!(read(home.path()), Err(AccessError::Wrong { .. })), "{what}");
    }
}

#[test]
fn a_line_that_was_never_durable_is_cut_off_and_the_next_takes_its_place() {
    let home = home();
    let whole = fs::read(file(home.path())).unwrap();
    let second = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
    for cut in [second + 1, whole.len() - 1] {
        fs::write(file(home.path()), &whole[..cut]).unwrap();
        assert!(read(home.path()).unwrap().0.is_unfinished);
        AccessLog::open(home.path()).unwrap().append(&[reading("cy", "/")]).unwrap();
        let (report, entries) = read(home.path()).unwrap();
        assert_eq!((report.head.sequence, report.is_unfinished, entries[2].user.as_str()), (3, false, "cy"));
    }
}

#[test]
fn a_file_that_got_no_line_is_begun_again_and_files_follow_each_other() {
    let home = home();
    let next = home.path().join("access/access-000000000004.jsonl");
    for left in [&b""[..], b"{\"sequence\":4"] {
        fs::write(&next, left).unwrap();
        drop(AccessLog::open(home.path()).unwrap());
        assert!(!next.exists());
    }
    let text = fs::read_to_string(file(home.path())).unwrap();
    let (first, rest) = text.split_at(text.find('\n').unwrap() + 1);
    fs::write(file(home.path()), first).unwrap();
    fs::write(home.path().join("access/access-000000000002.jsonl"), rest).unwrap();
    assert_eq!(read(home.path()).unwrap().0.head.sequence, 3);
    fs::remove_file(file(home.path())).unwrap();
    assert_eq!(read(home.path()).unwrap().0.first, 2, "older ones may be taken away, and that is told");
    fs::write(file(home.path()), "").unwrap();
    assert!(read(home.path()).is_err());
}

#[test]
fn one_server_writes_at_a_time() {
    let home = home();
    let first = AccessLog::open(home.path()).unwrap();
    assert!(matches!(AccessLog::open(home.path()), Err(AccessError::Busy { .. })));
    drop(first);
    AccessLog::open(home.path()).unwrap();
}
