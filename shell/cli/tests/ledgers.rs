//! What commands record, how it is shown, verified and signed, and the kill switch.

use crate::ran::{Ran, tenor};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tenor_sandbox::{BillRequest, Format, write_bill};
use tenor_state::{Claim, Lease};

/// A home beside a folder of files.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("home")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command; `FILES` in it is the folder of files.
    fn ran(&self, words: &str) -> Ran {
        let folder = self.0.path().to_str().unwrap().to_owned();
        tenor(&self.path(), words.split(' ').map(|word| word.replace("FILES", &folder)))
    }

    fn done(&self, words: &str) -> String {
        let ran = self.ran(words);
        assert!(ran.0.status.success(), "{words}: {ran}");
        String::from_utf8(ran.0.stdout).unwrap()
    }

    /// What a run says, without what differs from run to run.
    fn told(&self, words: &str) -> String {
        plain(&self.ran(words).to_string()).replace(self.0.path().to_str().unwrap(), "FILES")
    }

    /// A key that is made and enrolled.
    fn key(&self, name: &str, role: &str) -> String {
        let public = self.done(&format!("key make FILES/{name}.key")).trim().to_owned();
        self.done(&format!("key enrol {public} --name {name} --role {role}"));
        public
    }

    /// Number, kind and members of each entry.
    fn entries(&self) -> String {
        let rows: Value = serde_json::from_str(&self.done("ledger show --last 100 --format json")).unwrap();
        let text = |row: &Value, key: &str| row[key].as_str().map_or_else(|| row[key].to_string(), str::to_owned);
        let line = |row: &Value| format!("{} {}", text(row, "sequence"), text(row, "members"));
        plain(&rows.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")).replace(self.0.path().to_str().unwrap(), "FILES")
    }
}

/// Hashes, moments and who runs the tests are others in each run, and so are the widths of columns.
fn plain(text: &str) -> String {
    let (mut plain, mut word) = (String::new(), String::new());
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() || "-:.@".contains(letter) {
            word.push(letter);
            continue;
        }
        let digits = if letter == '…' { 12 } else { 64 };
        let is_hash = word.len() == digits && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_moment = word.len() >= 20 && word.ends_with('Z') && word.as_bytes()[10] == b'T';
        let is_operator = word.starts_with("uid-") && word.contains('@');
        plain += match () {
            () if is_hash => "HASH",
            () if is_moment => "MOMENT",
            () if is_operator => "WHO",
            () => &word,
        };
        if !(" ─".contains(letter) && plain.ends_with(letter)) {
            plain.push(letter);
        }
        word.clear();
    }
    plain.truncate(plain.len() - 1);
    plain
}

const MAKE: &str = "connect make payer --tier trial --account 111122223333 --trusted arn:aws:iam::444455556666:user/caller --out FILES/out";

#[test]
fn what_is_changed_comes_in_and_goes_out_is_an_entry() {
    let home = Home::new();
    write_bill(&BillRequest::small(Format::Cur2Parquet), &home.file("bill")).unwrap();
    home.done("import FILES/bill");
    home.done(MAKE);
    home.done("import FILES/bill");
    home.done("export --to FILES/bill.csv");
    home.done("connect forget payer");
    insta::assert_snapshot!(home.entries(), @r#"
    1 {"kind":"started","version":"0.1.0"}
    2 {"kind":"data-imported","payer":"113419221001","period":"2025-01","version":"AWS e3739b5e417ab764"}
    3 {"kind":"connection-made","connection":"payer","account":"111122223333","agreement":"HASH"}
    4 {"kind":"data-exported","what":"charges (FOCUS 1.2) as `FILES/bill.csv`","content":"HASH","rows":78131}
    5 {"kind":"connection-removed","connection":"payer"}
    "#);
    let rows: Value = serde_json::from_str(&home.done("ledger show --last 2 --format json")).unwrap();
    let exported: Value = serde_json::from_str(rows[0]["members"].as_str().unwrap()).unwrap();
    let hash = tenor_ledger::ContentHash::sha256(&fs::read(home.file("bill.csv")).unwrap());
    assert_eq!(exported["content"], hash.to_string());
    assert!(rows[0]["actor"].as_str().unwrap().starts_with(r#"{"kind":"operator","name":"uid-"#));
}

#[test]
fn what_only_reads_makes_no_state() {
    let home = Home::new();
    home.ran("export --to FILES/none.csv");
    home.ran("connect list");
    insta::assert_snapshot!(["ledger show", "ledger verify", "ledger export FILES/ledger", "key list"].map(|words| home.told(words)).join("\n"), @"
    [stderr]
    error: there is no state in `FILES/home` yet
    hint: connect an account first (tenor connect make), or name another home with --home
    [exit 1]
    [stderr]
    error: there is no state in `FILES/home` yet
    hint: connect an account first (tenor connect make), or name another home with --home
    [exit 1]
    [stderr]
    error: there is no state in `FILES/home` yet
    hint: connect an account first (tenor connect make), or name another home with --home
    [exit 1]
    [stderr]
    error: there is no state in `FILES/home` yet
    hint: connect an account first (tenor connect make), or name another home with --home
    [exit 1]
    ");
    assert!(!home.path().join("state").exists());
    assert!(!home.file("ledger").exists());
}

#[test]
fn keys_are_made_enrolled_listed_and_revoked() {
    let home = Home::new();
    let public = home.key("ann", "approver");
    assert_eq!(fs::metadata(home.file("ann.key")).unwrap().permissions().mode() & 0o777, 0o600);
    home.key("bob", "proposer");
    let told = [
        home.told("key make FILES/ann.key"),
        home.told(&format!("key enrol {public} --name carl --role server")),
        home.told(&format!("key enrol {public} --name carl --role king")),
        home.told(&format!("key revoke {public} --reason lost")),
        home.told(&format!("key revoke {public} --reason lost")),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    [stderr]
    error: there is a file `FILES/ann.key` already
    hint: name a file that is not there: a key is never overwritten
    [exit 1]
    [stderr]
    error: cannot use the ledger
     because: the key HASH is enrolled for ann already, as approver
    hint: make another key for another person or role
    [exit 1]
    [stderr]
    error: invalid value 'king' for '--role <ROLE>': it is none of proposer, approver, server

    For more information, try '--help'.
    [exit 2]
    [stderr]
    HASH signs nothing any more; approvals that it signed before count no more either
    [exit 0]
    [stderr]
    error: cannot use the ledger
     because: the key HASH was revoked
    hint: make and enrol another key: who may have this one, nobody knows
    [exit 1]
    ");
    let mut listed: Vec<_> = home.done("key list --format csv").lines().map(plain).collect();
    listed[1..].sort();
    insta::assert_snapshot!(listed.join("\n"), @"
    key,person,role,revoked
    HASH,ann,approver,MOMENT
    HASH,bob,proposer,
    ");
    assert!(!home.entries().contains(fs::read_to_string(home.file("ann.key")).unwrap().trim()));
}

#[test]
fn a_ledger_is_verified_here_and_elsewhere_and_what_is_wrong_is_named() {
    let home = Home::new();
    let key = home.key("ann", "approver");
    home.done("ledger checkpoint --key FILES/ann.key --out FILES/checkpoint");
    home.done("ledger export FILES/ledger");
    let other = Home::new();
    let strange = other.key("eve", "approver");
    other.done("ledger checkpoint --key FILES/eve.key --out FILES/checkpoint");
    fs::copy(other.file("checkpoint"), home.file("strange")).unwrap();
    let lines = fs::read_to_string(home.file("ledger")).unwrap();
    fs::write(home.file("changed"), lines.replacen("ann", "eve", 1)).unwrap();
    fs::write(home.file("cut"), lines.split_inclusive('\n').next().unwrap()).unwrap();
    let told = [
        home.told("ledger verify"),
        home.told("ledger verify --checkpoint FILES/checkpoint --format csv"),
        home.told("ledger verify FILES/ledger --format csv"),
        home.told(&format!("ledger verify FILES/ledger --checkpoint FILES/checkpoint --trust {key} --format csv")),
        home.told(&format!("ledger verify FILES/ledger --checkpoint FILES/checkpoint --trust {strange}")),
        home.told("ledger verify FILES/ledger --checkpoint FILES/strange"),
        home.told("ledger verify --checkpoint FILES/ledger"),
        home.told("ledger verify FILES/cut --checkpoint FILES/checkpoint"),
        home.told("ledger export FILES/ledger"),
        home.told("ledger checkpoint --key FILES/eve.key"),
        home.told(&format!("ledger checkpoint --key {}", other.file("eve.key").display())),
        home.told("ledger show --last 2"),
    ];
    let changed = home.ran("ledger verify FILES/changed");
    assert_eq!(changed.0.status.code(), Some(1));
    // How long the entry is depends on who made it.
    let named = changed.to_string().contains("because: entry 2, bytes 293 to ");
    assert!(named && changed.to_string().contains(": changed: its bytes do not have the hash that it states"), "{changed}");
    insta::assert_snapshot!(told.join("\n"), @"
    [stdout]
    Entries First Last Checkpoints Clock behind Not known Hash of the last
    ─
     3 MOMENT MOMENT 1 0 0 HASH
    [stderr]
    the ledger is whole: every entry is as it was written
    [exit 0]
    [stdout]
    entries,first,last,checkpoints,clock_behind,unknown,hash
    3,MOMENT,MOMENT,2,0,0,HASH
    [stderr]
    the ledger is whole: every entry is as it was written
    [exit 0]
    [stdout]
    entries,first,last,checkpoints,clock_behind,unknown,hash
    3,MOMENT,MOMENT,0,0,0,HASH
    [stderr]
    the ledger is whole: every entry is as it was written
    whether entries lack at its end, or all of it was written anew, a checkpoint tells: --checkpoint FILE
    [exit 0]
    [stdout]
    entries,first,last,checkpoints,clock_behind,unknown,hash
    3,MOMENT,MOMENT,1,0,0,HASH
    [stderr]
    the ledger is whole: every entry is as it was written
    [exit 0]
    [stderr]
    error: cannot use the checkpoint `FILES/checkpoint`
     because: the checkpoint is signed with the key HASH, which is not among those that are trusted
    hint: name the key as trusted if its owner says that it is theirs
    [exit 1]
    [stderr]
    error: the ledger is not what was signed when it had 2 entries: the ledger begins otherwise: it is another one, or was written anew from its first entry on
    hint: keep it for inquiry, and compare it with earlier exports; if it is the home's own ledger, restore the last backup into an empty home: tenor restore FILE --home FOLDER
    [exit 1]
    [stderr]
    error: cannot use the checkpoint `FILES/ledger`
     because: this is not a checkpoint of a ledger: it is longer than 1024 bytes
    hint: check the file's name, and update Tenor if a newer one made it
    [exit 1]
    [stderr]
    error: the ledger is not what was signed when it had 2 entries: the ledger was cut before this checkpoint: it ends with entry 1
    hint: keep it for inquiry, and compare it with earlier exports; if it is the home's own ledger, restore the last backup into an empty home: tenor restore FILE --home FOLDER
    [exit 1]
    [stderr]
    error: there is a file `FILES/ledger` already
    hint: name a file that is not there
    [exit 1]
    [stderr]
    error: cannot read the key `FILES/eve.key`
     because: No such file or directory (os error 2)
    hint: check whether this user may read and write there
    [exit 1]
    [stderr]
    error: cannot use the ledger
     because: the key HASH is not enrolled
    hint: enrol the key first: tenor key enrol
    [exit 1]
    [stdout]
    Entry Moment Who What Says
    ─
     2 MOMENT WHO key-enrolled key HASH…, name ann, role approver
     3 MOMENT WHO checkpointed sequence 2, hash HASH…, key HASH…
    [exit 0]
    ");
}

#[test]
fn the_entries_of_an_order_are_shown_alone() {
    let home = Home::new();
    home.key("ann", "approver");
    let (order, other) = ("0a".repeat(32), "0b".repeat(32));
    insta::assert_snapshot!(home.told(&format!("ledger show --order {order}")), @"
    [stdout]
    Entry Moment Who What Says
    ─
    [exit 0]
    ");
    let mut state = open(&home.path());
    let event = |order: &str| tenor_ledger::Event::OrderStopping { order: order.parse().unwrap(), reason: "enough".parse().unwrap() };
    let by = tenor_state::By::system(jiff::Timestamp::now());
    let group = [&order, &other, &order].map(|order| by.draft(event(order)));
    state.append(&group, &tenor_state::SystemRandomness::new()).unwrap();
    drop(state);
    let count = |words: &str| home.done(words).lines().count() - 1;
    let shown = ["", " --last 1"].map(|more| count(&format!("ledger show --order {order}{more} --format csv")));
    assert_eq!(shown, [2, 1]);
    assert_eq!(count(&format!("ledger show --order {other} --format csv")), 1);
    // What cannot be is told by whoever decides by it.
    insta::assert_snapshot!(home.told("key list").replace(&order[..12], "ORDER"), @"
    [stderr]
    error: cannot use the ledger
     because: nothing can be decided by the ledger
     because: the ledger speaks of order HASH, which it has no beginning of
    hint: verify the ledger (tenor ledger verify); if it is whole, a newer Tenor wrote it: update this one
    [exit 1]
    ");
}

#[test]
fn a_clock_that_was_ahead_is_put_right_by_an_approver() {
    let home = Home::new();
    home.key("ann", "approver");
    home.key("eve", "proposer");
    let command = |name: &str, more: &str| home.told(&format!("ledger clock --key FILES/{name}.key --reason drill{more}"));
    let before = command("ann", "");
    assert!(before.contains("the clock is not behind the ledger: there is nothing to put right"), "{before}");
    let mut state = open(&home.path());
    let ahead = tenor_state::By::system(jiff::Timestamp::now() + jiff::SignedDuration::from_hours(87_600));
    let event = tenor_ledger::Event::KillSwitch { stopped: false, reason: "the clock is ahead".parse().unwrap() };
    state.append(&[ahead.draft(event)], &tenor_state::SystemRandomness::new()).unwrap();
    drop(state);
    let proposer = command("eve", "");
    assert!(proposer.contains("is no approver's, or was revoked"), "{proposer}");
    // It says first what would be signed, and goes by this machine's clock alone for nobody.
    let now = format!(" --moment {:.0}", jiff::Timestamp::now());
    let refused = [command("ann", ""), command("ann", " --moment 2020-01-01T00:00:00Z --unasked"), command("ann", &now)];
    let why = ["nothing was signed", "that is more than five minutes apart", "nobody at AWS has said what time it is"];
    for (refused, why) in refused.iter().zip(why) {
        assert!(refused.contains(why) && refused.contains("[exit 1]"), "{refused}");
    }
    let approver = command("ann", &format!("{now} --unasked"));
    assert!(approver.contains("what was recorded later than that counts as of it") && approver.contains("[exit 0]"), "{approver}");
    // It is said once, and nothing is changed by it.
    let again = command("ann", &now);
    assert!(again.contains("there is nothing to put right"), "{again}");
    let entries = home.entries();
    assert_eq!(entries.matches("\"kind\":\"clock-put-right\"").count(), 1);
    assert!(entries.contains("\"asked\":false"), "{entries}");
    home.done("ledger verify");
}

pub(crate) fn open(home: &Path) -> tenor_state::State {
    let now = jiff::Timestamp::now();
    let lease = Lease::take(home, &Claim::of_this_process("test", Duration::ZERO), now).unwrap();
    let key = tenor_state::KeySource::find(home, |_| None).unwrap().held().unwrap();
    tenor_state::State::open(lease, &key, &tenor_state::SystemRandomness::new(), now).unwrap()
}

#[test]
fn the_kill_switch_is_set_while_another_process_writes() {
    let home = Home::new();
    home.key("ann", "approver");
    let held = Lease::take(&home.path(), &Claim::of_this_process("tenor run", Duration::ZERO), jiff::Timestamp::now()).unwrap();
    let stopped = home.ran("stop --reason wrong");
    assert!(stopped.0.status.success(), "{stopped}");
    assert!(stopped.to_string().contains("the ledger will say so when the state is next written to"), "{stopped}");
    assert_eq!(tenor_state::halted(&home.path()).unwrap().as_deref(), Some("wrong"));
    assert!(!home.entries().contains("kill-switch"));
    drop(held);
    // Whoever writes next records it.
    home.key("bob", "approver");
    let told = [home.told("stop --reason still-wrong"), home.told("resume --reason right"), home.told("resume --reason right")];
    insta::assert_snapshot!(told.join("\n"), @"
    [stderr]
    stopped: nothing that changes anything is sent to AWS from `FILES/home`
    [exit 0]
    [stderr]
    resumed: what is approved may be sent again
    [exit 0]
    [stderr]
    error: the kill switch of `FILES/home` is not set
    [exit 1]
    ");
    assert_eq!(tenor_state::halted(&home.path()).unwrap(), None);
    insta::assert_snapshot!(home.entries(), @r#"
    1 {"kind":"started","version":"0.1.0"}
    2 {"kind":"key-enrolled","key":"HASH","name":"ann","role":"approver"}
    3 {"kind":"kill-switch","stopped":true,"reason":"wrong"}
    4 {"kind":"key-enrolled","key":"HASH","name":"bob","role":"approver"}
    5 {"kind":"kill-switch","stopped":true,"reason":"still-wrong"}
    6 {"kind":"kill-switch","stopped":false,"reason":"right"}
    "#);
    let empty = Home::new();
    insta::assert_snapshot!([empty.told("resume --reason right"), empty.told("stop --reason wrong")].join("\n"), @"
    [stderr]
    error: the kill switch of `FILES/home` is not set
    [exit 1]
    [stderr]
    stopped: nothing that changes anything is sent to AWS from `FILES/home`
    there is no state in that home yet: is it the right one?
    [exit 0]
    ");
}
