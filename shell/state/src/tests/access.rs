//! The access log: a chain of lines that nobody changes unseen, whatever dies while it is written.

use super::now;
use crate::{AccessEntry, AccessError, AccessHead, AccessLease, AccessLog, AccessReport, Reading, read_access};
use std::fmt::Write as _;
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
    // In the words of docs/spec/state.md §1, by nothing of what wrote them.
    let sha256 = |text: &str| {
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let (mut previous, addresses) = ("0".repeat(64), ["/explore?by=service", "/", "/api/v1/cost"]);
    for (line, address) in text.lines().zip(addresses) {
        let (before, hash) = line.strip_suffix("\"}").unwrap().split_once(",\"hash\":\"").unwrap();
        assert!(before.ends_with(&format!(",\"previous\":\"{previous}\"")), "{line}");
        assert!(before.contains(&format!(",\"query\":\"{}\",", sha256(address))), "{line}");
        assert_eq!(hash, sha256(&format!("tenor access 1\n{before}}}")));
        hash.clone_into(&mut previous);
    }
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

/// Opens the log of a home whose ledger has the hash of `sealed`; says what was wrong with it.
fn reopened(home: &Path, sealed: &AccessHead) -> Result<(AccessLog, String), AccessError> {
    let (log, faults) = AccessLease::take(home)?.open(Some(sealed))?;
    let mut told = String::new();
    for fault in faults {
        let files: Vec<_> = fault.files.iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        writeln!(told, "{} {} {files:?}", fault.kind.as_str(), fault.found.sequence).unwrap();
    }
    Ok((log, told))
}

fn lines(home: &Path) -> Vec<String> {
    fs::read_to_string(file(home)).unwrap().lines().map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_log_that_lost_what_was_sealed_goes_on_behind_it_and_shows_the_gap() {
    let home = home();
    let sealed = read(home.path()).unwrap().0.head;
    let kept = lines(home.path());
    fs::write(file(home.path()), kept[..2].concat()).unwrap();
    let (mut log, told) = reopened(home.path(), &sealed).unwrap();
    insta::assert_snapshot!(told, @"short 2 []");
    log.append(&[reading("cy", "/")]).unwrap();
    assert_eq!((log.head().sequence, log.sealed()), (4, 3));
    drop(log);
    assert!(matches!(read(home.path()), Err(AccessError::Wrong { sequence: 3, .. })), "nobody takes it for whole");
    let (log, told) = reopened(home.path(), &sealed).unwrap();
    assert_eq!((told.as_str(), log.head().sequence), ("", 4), "it was told already");
    // Once the old files are taken away, what is left follows what was sealed.
    fs::remove_file(file(home.path())).unwrap();
    let (report, entries) = read(home.path()).unwrap();
    assert_eq!((report.first, entries[0].previous.as_str()), (4, sealed.hash.as_str()));
}

#[test]
fn a_log_that_was_written_anew_is_not_gone_on_with() {
    let (first, other) = (home(), tempfile::tempdir().unwrap());
    let sealed = read(first.path()).unwrap().0.head;
    let mut log = AccessLog::open(other.path()).unwrap();
    log.append(&["eve"; 3].map(|user| reading(user, "/"))).unwrap();
    fs::copy(file(other.path()), file(first.path())).unwrap();
    log.append(&[reading("eve", "/")]).unwrap();
    let more = fs::read_to_string(file(other.path())).unwrap();
    let last = more.lines().last().unwrap();
    fs::write(first.path().join("access/access-000000000004.jsonl"), format!("{last}\n")).unwrap();
    let (mut log, told) = reopened(first.path(), &sealed).unwrap();
    insta::assert_snapshot!(told, @r#"another 3 ["access-000000000004.another"]"#);
    log.append(&[reading("cy", "/"), reading("cy", "/")]).unwrap();
    drop(log);
    assert_eq!(reopened(first.path(), &sealed).unwrap().1, "", "it was told already");
    assert!(matches!(read(first.path()), Err(AccessError::Wrong { sequence: 4, .. })), "nobody takes it for whole");
    fs::remove_file(file(first.path())).unwrap();
    let (report, entries) = read(first.path()).unwrap();
    assert_eq!((report.first, report.head.sequence, entries[0].previous.as_str()), (4, 5, sealed.hash.as_str()));
}

#[test]
fn what_a_loss_of_power_left_is_put_aside_unless_it_was_sealed() {
    let whole = lines(home().path());
    let zeros = "\0".repeat(5_000);
    let torn = [whole[0].clone(), "\0".repeat(whole[1].len()), whole[2].clone()].concat();
    let ended = format!("{}{zeros}", whole[..2].concat());
    for (text, good) in [(torn, 1), (ended, 2)] {
        let home = home();
        let all = read(home.path()).unwrap().1;
        let head = |sequence: usize| AccessHead { sequence: sequence.try_into().unwrap(), hash: all[sequence - 1].hash.clone() };
        fs::write(file(home.path()), &text).unwrap();
        let refused = reopened(home.path(), &head(good + 1)).unwrap_err();
        assert!(matches!(refused, AccessError::Wrong { sequence, .. } if sequence == head(good + 1).sequence));
        assert_eq!(fs::read_to_string(file(home.path())).unwrap(), text, "nothing was changed");
        let (mut log, told) = reopened(home.path(), &head(good)).unwrap();
        let name = format!("access-{:012}.torn", good + 1);
        assert_eq!(told, format!("torn {good} [\"{name}\"]\n"));
        let kept = fs::read_to_string(home.path().join("access").join(name)).unwrap();
        assert_eq!(kept, text[whole[..good].concat().len()..]);
        log.append(&[reading("cy", "/")]).unwrap();
        let (report, entries) = read(home.path()).unwrap();
        assert_eq!((report.head.sequence, entries[good].user.as_str()), (head(good).sequence + 1, "cy"));
    }
    // A file of which nothing is good is put aside whole.
    let home = home();
    let sealed = read(home.path()).unwrap().0.head;
    fs::write(home.path().join("access/access-000000000004.jsonl"), zeros).unwrap();
    assert_eq!(reopened(home.path(), &sealed).unwrap().1, "torn 3 [\"access-000000000004.torn\"]\n");
    assert_eq!(read(home.path()).unwrap().0.head, sealed);
}

#[test]
fn a_file_that_is_full_gets_no_more_lines() {
    let home = home();
    let mut log = AccessLog::open(home.path()).unwrap();
    let long = Reading { user: "x".repeat(3_500), ..reading("", "/") };
    log.append(&vec![long; 5_000]).unwrap();
    log.append(&[reading("cy", "/")]).unwrap();
    assert!(fs::metadata(file(home.path())).unwrap().len() > 16 << 20);
    assert!(home.path().join("access/access-000000005004.jsonl").exists());
    let (report, entries) = read(home.path()).unwrap();
    assert_eq!((report.head.sequence, entries.last().unwrap().user.as_str()), (5_004, "cy"));
    drop(log);
    assert_eq!(AccessLog::open(home.path()).unwrap().head().sequence, 5_004);
}
