//! A writer that is killed, at any moment, leaves what was committed, and nothing else.
//!
//! What the kernel was told survives a kill; whether the disk kept it through a power cut is up to `synchronous = FULL`, which is tested as a setting.

use super::{Counting, agreement, bare_agreement, by, dump, key, lease, name, now, open};
use crate::{Claim, Document, DocumentKind, Lease, State};
use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tenor_bill::BillingPeriod;
use tenor_ledger::Event;
use tenor_money::Money;

/// Tells the child which home to write to, and how.
const HOME: &str = "TENOR_STATE_TEST_HOME";
const HALF: &str = "TENOR_STATE_TEST_HALF";
/// Writers killed, each after another number of commits.
const KILLS: u64 = 25;
/// Entries of the ledger that are appended together.
const GROUP: usize = 3;

fn month() -> BillingPeriod {
    "2026-01".parse().unwrap()
}

fn cent() -> Money {
    "0.01".parse().unwrap()
}

/// This test's own program once more, as a writer.
fn writer(home: &Path, half: bool) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "tests::crash::a_writer_writes_when_it_is_asked_to", "--nocapture"]).env(HOME, home);
    if half {
        command.env(HALF, "1");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_writer_writes_when_it_is_asked_to() {
    let Some(home) = env::var_os(HOME) else { return };
    let say = |what: &str| {
        let mut out = io::stdout();
        writeln!(out, "{what}").and_then(|()| out.flush()).unwrap();
    };
    let lease = Lease::take(Path::new(&home), &Claim::of_this_process("to be killed", std::time::Duration::ZERO), now()).unwrap();
    let mut state = State::open(lease, &key(), &Counting::new(), now()).unwrap();
    if env::var_os(HALF).is_some() {
        let change = state.begin().unwrap();
        change.execute("UPDATE connections SET role = 'half'", []).unwrap();
        // More than the cache holds, so that some of it is on disk before it is committed.
        for number in 0..6_000 {
            let insert = "INSERT INTO findings (connection, capability, verdict, note) VALUES ('prod', ?1, 'works', ?2)";
            change.execute(insert, (format!("half-{number}"), "x".repeat(1_000))).unwrap();
        }
        say("half");
        io::stdin().read_to_end(&mut Vec::new()).unwrap();
        unreachable!("it is killed before its input ends");
    }
    for number in 1_u64.. {
        state.add_spent(month(), cent()).unwrap();
        let next = if number % 2 == 0 { agreement() } else { bare_agreement() };
        state.change_connection(&name("prod"), &next, &by(), &Counting::new()).unwrap();
        let document = Document::new(DocumentKind::Intent, format!("after entry {}", state.ledger_head().unwrap().sequence()));
        state.append_with(&super::ledger::drafts(GROUP), &[document], &Counting::new()).unwrap();
        say(&format!("committed {number}"));
    }
}

#[test]
fn whatever_was_committed_is_there_after_a_kill_and_nothing_by_half() {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    let (mut before, mut entries) = (0, 0);
    for kill in 1..=KILLS {
        let mut child = writer(home.path(), false);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let committed = |line: String| line.split_once("committed ").map(|(_, number)| number.parse::<u64>().unwrap());
        let first = lines.by_ref().filter_map(committed).find(|number| *number >= kill).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let last = lines.filter_map(committed).last().unwrap_or(first);

        // The lease is free at once: it died with its holder.
        let state = open(home.path());
        let spent = state.spent(month()).unwrap().units() / cent().units();
        let expected = before + i128::from(last);
        assert!(spent == expected || spent == expected + 1, "{spent} cents after {expected} commits");
        let held = state.connection(&name("prod")).unwrap().unwrap().agreement;
        assert!(held == agreement() || held == bare_agreement(), "{held:?}");
        before = spent;

        // The ledger is whole, and no group is in it by half.
        let of_groups = state.fold_verified(0, |count, _, event| count + u64::from(matches!(event, Event::DataRead { .. }))).unwrap();
        let groups = of_groups - entries;
        assert!(groups == last * 3 || groups == (last + 1) * 3, "{groups} entries after {last} groups");
        entries = of_groups;

        // Each group came with its document.
        let documents: i64 = state.db.query_row("SELECT count(*) FROM documents WHERE kind = 'intent'", [], |row| row.get(0)).unwrap();
        assert_eq!(documents * 3, i64::try_from(entries).unwrap());
    }
}

#[test]
fn a_change_that_was_cut_short_has_not_been() {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    let before = dump(&State::look(home.path(), &key()).unwrap());
    let mut child = writer(home.path(), true);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.ends_with("half")));
    let log = home.path().join("state/tenor.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 1 << 20, "half of the change is on disk");
    let told = super::told_of(home.path(), Lease::take(home.path(), &super::claim(), now()));
    assert!(told.contains(&format!("`to be killed`, process {} on ", child.id())), "{told}");
    child.kill().unwrap();
    child.wait().unwrap();

    assert_eq!(dump(&State::look(home.path(), &key()).unwrap()), before);
    assert_eq!(dump(&State::open(lease(home.path()), &key(), &Counting::new(), now()).unwrap()), before);
}
