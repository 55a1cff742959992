//! The access log of a server, held against the ledger: what was cut off or written anew is found, whatever a server does with it afterwards.

use crate::ran::tenor;
use crate::served::Served;
use std::fs;
use std::path::{Path, PathBuf};
use tenor_state::{AccessLog, Reading};

type Cookies = Vec<(String, String)>;

/// A home whose server was looked at twice and has ended, and the cookies of who did.
fn home() -> (tempfile::TempDir, Cookies) {
    let home = tempfile::tempdir().unwrap();
    let mut served = Served::start_with(home.path(), &[], &[]);
    let path = served.link.split_once("/welcome/").map(|(_, link)| format!("/welcome/{link}")).unwrap();
    served.submit(&path, "password=correct+horse+battery&again=correct+horse+battery");
    let cookies = served.cookies.clone();
    look(&mut served, &cookies);
    (home, cookies)
}

fn look(served: &mut Served, cookies: &Cookies) {
    served.cookies.clone_from(cookies);
    for _ in 0..2 {
        assert_eq!(served.get("/ledger").status, "200");
    }
    served.end();
}

fn file(home: &Path) -> PathBuf {
    home.join("access/access-000000000001.jsonl")
}

fn verified(home: &Path) -> String {
    tenor(home, ["ledger", "access", "--verify"]).to_string()
}

#[test]
fn a_log_that_was_cut_does_not_verify_however_a_server_went_on() {
    let (home, cookies) = home();
    let told = verified(home.path());
    assert!(told.contains("[exit 0]"), "{told}");
    let whole = fs::read_to_string(file(home.path())).unwrap();
    let first = whole.lines().next().unwrap();
    fs::write(file(home.path()), format!("{first}\n")).unwrap();
    let told = verified(home.path());
    assert!(told.contains("entry 2 of the access log lacks, which the ledger says") && told.contains("[exit 1]"), "{told}");

    look(&mut Served::start_with(home.path(), &[], &[]), &cookies);
    let told = verified(home.path());
    assert!(told.contains("entry 2 of the access log") && told.contains("lacks") && told.contains("[exit 1]"), "{told}");
    let ledger = tenor(home.path(), ["--format", "json", "ledger", "show"]).to_string();
    assert!(ledger.contains("access log found short"), "{ledger}");

    // Old files may be taken away, once somebody has looked at them.
    fs::remove_file(file(home.path())).unwrap();
    let told = verified(home.path());
    assert!(told.contains("found the log short at entry 1") && told.contains("[exit 0]"), "{told}");
    let next = home.path().join("access/access-000000000003.jsonl");
    let lines = fs::read_to_string(&next).unwrap();
    fs::write(home.path().join("access/access-000000000004.jsonl"), lines.lines().nth(1).map(|line| format!("{line}\n")).unwrap()).unwrap();
    fs::remove_file(next).unwrap();
    let told = verified(home.path());
    assert!(told.contains("the ledger does not have the hash of the entry before the first one") && told.contains("[exit 0]"), "{told}");
}

#[test]
fn a_log_that_was_written_anew_does_not_verify_however_a_server_went_on() {
    let (home, cookies) = home();
    fs::remove_dir_all(home.path().join("access")).unwrap();
    let moment = "2026-01-02T03:04:05Z".parse().unwrap();
    let reading = Reading { moment, user: "eve".to_owned(), token: None, route: "ledger", address: "/ledger".to_owned(), status: 200 };
    AccessLog::open(home.path()).unwrap().append(&[reading.clone(), reading.clone(), reading]).unwrap();
    let told = verified(home.path());
    assert!(told.contains("entry 2 of the access log is another than the ledger says") && told.contains("[exit 1]"), "{told}");
    look(&mut Served::start_with(home.path(), &[], &[]), &cookies);
    let told = verified(home.path());
    assert!(told.contains("entry 3 of the access log") && told.contains("[exit 1]"), "{told}");
    let ledger = tenor(home.path(), ["--format", "json", "ledger", "show"]).to_string();
    assert!(ledger.contains("access log found another"), "{ledger}");
}
