//! The kill switch is set whoever writes, and what cannot be looked at counts as set.

use super::documents::closed;
use super::{Counting, by, claim, key, lease, now, open, told_of};
use crate::{Books, By, Lease, NoRandomness, Randomness, State, halt, halted, order_stopped, stop_order};
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tenor_ledger::{Actor, ContentHash, Text};

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

fn operator() -> By {
    By { actor: Actor::Operator { name: text("ann@desk") }, moment: now() }
}

/// Every kill-switch entry: who, and what.
fn entries(home: &Path) -> Vec<String> {
    let view = State::look(home, &key()).unwrap();
    let told = |entry: tenor_ledger::Entry| format!("{:?}", entry.known().unwrap());
    view.entries(1, 100).unwrap().into_iter().map(told).filter(|told| told.contains("KillSwitch")).collect()
}

#[test]
fn it_is_set_while_another_writes_and_recorded_when_the_lease_is_free() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(halted(home.path()).unwrap(), None, "there is not even a folder");
    let mut state = open(home.path());
    assert_eq!(halted(home.path()).unwrap(), None);
    assert!(!state.note_halt(&by(), &Counting::new()).unwrap());
    // The lease is held.
    assert!(Lease::take(home.path(), &claim(), now()).is_err());
    halt(home.path(), &text("prices look wrong"), &operator()).unwrap();
    assert_eq!(halted(home.path()).unwrap().as_deref(), Some("prices look wrong"));
    assert_eq!(entries(home.path()), [""; 0]);
    for _ in 0..2 {
        assert!(state.note_halt(&by(), &Counting::new()).unwrap());
    }
    assert_eq!(state.book().unwrap().stopped(), Some(&text("prices look wrong")));
    halt(home.path(), &text("very wrong"), &operator()).unwrap();
    assert!(state.note_halt(&by(), &Counting::new()).unwrap());
    insta::assert_snapshot!(entries(home.path()).join("\n"), @r#"
    (Operator { name: Text("ann@desk") }, KillSwitch { stopped: true, reason: Text("prices look wrong") })
    (Operator { name: Text("ann@desk") }, KillSwitch { stopped: true, reason: Text("very wrong") })
    "#);
}

#[test]
fn the_ledger_says_who_set_it_whoever_that_was() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let key = tenor_ledger::PublicKey::from_bytes([3; 32]);
    let actors = [
        Actor::Person { key },
        Actor::LoggedIn { key, user: text("Ada \"the first\" Lovelace") },
        Actor::Operator { name: text("ann of the desk") },
        Actor::Schedule { name: text("monthly") },
        Actor::System,
    ];
    for (number, actor) in (1..).zip(&actors) {
        let by = By { actor: actor.clone(), moment: now() };
        halt(home.path(), &text(&format!("reason {number} {{\"kind\":\"system\"}}")), &by).unwrap();
        assert!(state.note_halt(&operator(), &Counting::new()).unwrap());
    }
    // As older Tenors wrote it.
    fs::write(home.path().join("state/stopped"), "2026-01-02T03:04:05Z bob@desk an older reason\n").unwrap();
    assert!(state.note_halt(&by(), &Counting::new()).unwrap());
    // Nobody says who it was.
    fs::write(home.path().join("state/stopped"), "stop").unwrap();
    assert!(state.note_halt(&by(), &Counting::new()).unwrap());
    insta::assert_snapshot!(entries(home.path()).join("\n").replace(&format!("{key:?}"), "KEY"), @r#"
    (Person { key: KEY }, KillSwitch { stopped: true, reason: Text("reason 1 {\"kind\":\"system\"}") })
    (LoggedIn { key: KEY, user: Text("Ada \"the first\" Lovelace") }, KillSwitch { stopped: true, reason: Text("reason 2 {\"kind\":\"system\"}") })
    (Operator { name: Text("ann of the desk") }, KillSwitch { stopped: true, reason: Text("reason 3 {\"kind\":\"system\"}") })
    (Schedule { name: Text("monthly") }, KillSwitch { stopped: true, reason: Text("reason 4 {\"kind\":\"system\"}") })
    (System, KillSwitch { stopped: true, reason: Text("reason 5 {\"kind\":\"system\"}") })
    (Operator { name: Text("bob@desk") }, KillSwitch { stopped: true, reason: Text("an older reason") })
    (System, KillSwitch { stopped: true, reason: Text("stop") })
    "#);
}

#[test]
fn it_is_taken_back_in_the_ledger_and_then_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    assert!(!state.release(&text("nothing to do"), &by(), &Counting::new()).unwrap());
    halt(home.path(), &text("wrong"), &operator()).unwrap();
    // That it was set is recorded too.
    assert!(state.release(&text("right again"), &by(), &Counting::new()).unwrap());
    assert_eq!((halted(home.path()).unwrap(), state.book().unwrap().stopped()), (None, None));
    assert_eq!(entries(home.path()).len(), 2);
    // A restored home has no file, and its ledger says that nothing may be sent.
    halt(home.path(), &text("wrong"), &operator()).unwrap();
    state.note_halt(&by(), &Counting::new()).unwrap();
    fs::remove_file(home.path().join("state/stopped")).unwrap();
    assert!(state.release(&text("right again"), &by(), &Counting::new()).unwrap());
    assert_eq!(state.book().unwrap().stopped(), None);
}

/// Somebody who stops everything while an entry is being written.
struct Stopping<'a> {
    home: &'a Path,
    reason: &'a str,
    bytes: Counting,
    is_done: Cell<bool>,
}

impl Randomness for Stopping<'_> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        if !self.is_done.replace(true) {
            halt(self.home, &text(self.reason), &operator()).unwrap();
        }
        self.bytes.fill(bytes)
    }
}

#[test]
fn one_that_is_set_while_another_is_taken_back_stays() {
    for before in [Some("wrong"), None] {
        let home = tempfile::tempdir().unwrap();
        let mut state = open(home.path());
        halt(home.path(), &text("wrong"), &operator()).unwrap();
        state.note_halt(&by(), &Counting::new()).unwrap();
        if before.is_none() {
            // A restored home.
            fs::remove_file(home.path().join("state/stopped")).unwrap();
        }
        let random = Stopping { home: home.path(), reason: "fire", bytes: Counting::new(), is_done: Cell::new(false) };
        let told = told_of(home.path(), state.release(&text("right again"), &by(), &random));
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @"
            the kill switch `HOME/state/stopped` was set again meanwhile, and stays set
            hint: look why it was set, and take that back too if nothing speaks against it
            ");
        }
        assert_eq!(halted(home.path()).unwrap().as_deref(), Some("fire"));
        // Whoever writes next has the ledger say so.
        assert!(state.note_halt(&by(), &Counting::new()).unwrap());
        assert_eq!(state.book().unwrap().stopped(), Some(&text("fire")));
        assert!(state.release(&text("it was out"), &by(), &Counting::new()).unwrap());
        assert_eq!(halted(home.path()).unwrap(), None);
    }
}

/// Who takes it back moves the file aside, looks at it and removes it, and may die after each.
#[test]
fn one_that_is_set_while_another_is_taken_back_stays_whoever_dies() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let file = home.path().join("state/stopped");
    let set = |reason: &str| {
        halt(home.path(), &text(reason), &operator()).unwrap();
        let line = fs::read_to_string(&file).unwrap();
        home.path().join("state").join(format!("released.{}", ContentHash::sha256(line.trim().as_bytes())))
    };
    // What was moved is what was recorded: it is taken back.
    let aside = set("wrong");
    state.note_halt(&by(), &Counting::new()).unwrap();
    fs::rename(&file, &aside).unwrap();
    state.put_halt_back().unwrap();
    assert!(!state.note_halt(&by(), &Counting::new()).unwrap());
    assert_eq!((halted(home.path()).unwrap(), aside.exists()), (None, false));
    // It is another, which nobody has heard of.
    set("fire");
    fs::rename(&file, &aside).unwrap();
    state.put_halt_back().unwrap();
    assert!(state.note_halt(&by(), &Counting::new()).unwrap());
    assert_eq!((halted(home.path()).unwrap().as_deref(), aside.exists()), (Some("fire"), false));
    assert_eq!(state.book().unwrap().stopped(), Some(&text("fire")));
    // Nor does who takes it back next take that one back with it.
    fs::rename(&file, &aside).unwrap();
    let told = told_of(home.path(), state.release(&text("right again"), &by(), &Counting::new()));
    assert!(told.contains("was set again meanwhile"), "{told}");
    assert_eq!((halted(home.path()).unwrap().as_deref(), aside.exists()), (Some("fire"), false));
}

#[test]
fn many_set_it_at_once_and_each_is_done() {
    let home = tempfile::tempdir().unwrap();
    drop(lease(home.path()));
    std::thread::scope(|threads| {
        for number in 0..8 {
            let home = home.path();
            threads.spawn(move || (0..20).for_each(|_| halt(home, &text(&format!("reason {number}")), &operator()).unwrap()));
        }
    });
    assert!(halted(home.path()).unwrap().unwrap().starts_with("reason "));
    let left = fs::read_dir(home.path().join("state"))
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("stopped."));
    assert_eq!(left.count(), 0, "nothing that was being set is left");
}

#[test]
fn whatever_the_file_is_it_is_there() {
    let home = tempfile::tempdir().unwrap();
    drop(lease(home.path()));
    let path = home.path().join("state/stopped");
    let told = |home: &Path| match halted(home) {
        Ok(reason) => format!("{reason:?}"),
        Err(_) => told_of(home, halted(home)),
    };
    let mut all = Vec::new();
    for content in ["", "2026-01-02T03:04:05Z ann@desk", "half a li", "2026-01-02T03:04:05Z ann@desk a\u{7}b\n", &"x".repeat(10_000)] {
        fs::write(&path, content).unwrap();
        all.push(told(home.path()).chars().take(60).collect());
    }
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("nowhere", &path).unwrap();
    all.push(told(home.path()));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    all.push(told(home.path()));
    insta::assert_snapshot!(all.join("\n"), @r#"
    Some("the file says not why")
    Some("2026-01-02T03:04:05Z ann@desk")
    Some("half a li")
    Some("a b")
    Some("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
    cannot tell whether the kill switch `HOME/state/stopped` is set: No such file or directory (os error 2)
    hint: nothing is sent to AWS until that can be told: look at the file, and let this user read it
    cannot tell whether the kill switch `HOME/state/stopped` is set: Is a directory (os error 21)
    hint: nothing is sent to AWS until that can be told: look at the file, and let this user read it
    "#);
}

/// Every entry that stops an order: who, and why.
fn stops(home: &Path) -> Vec<String> {
    let view = State::look(home, &key()).unwrap();
    let told = |entry: tenor_ledger::Entry| format!("{:?}", entry.known().unwrap());
    view.entries(1, 100).unwrap().into_iter().map(told).filter(|told| told.contains("OrderStopping")).collect()
}

#[test]
fn an_order_is_stopped_while_another_writes_and_that_is_recorded_once() {
    let (home, order) = closed();
    let (id, file) = (order.id(), home.path().join("state").join(format!("stopping.{}", order.id())));
    let mut state = open(home.path());
    assert_eq!(order_stopped(home.path(), id).unwrap(), None);
    state.note_stops(&by(), &Counting::new()).unwrap();
    // The lease is held, and whoever holds it may die before it records anything.
    for reason in ["too dear", "much too dear"] {
        stop_order(home.path(), id, &text(reason), &operator()).unwrap();
    }
    drop(state);
    assert_eq!(order_stopped(home.path(), id).unwrap().as_deref(), Some("much too dear"));
    let mut state = open(home.path());
    state.note_stops(&by(), &Counting::new()).unwrap();
    let stopping = |state: &State| state.book().unwrap().order(id).unwrap().stopping.clone();
    assert!(stopping(&state) == Some(text("much too dear")) && !file.exists());
    assert_eq!(order_stopped(home.path(), id).unwrap(), None);
    // Who died between the entry and the file leaves the file, and it is recorded already.
    stop_order(home.path(), id, &text("much too dear"), &operator()).unwrap();
    // What was being written, and what is of no order of this home.
    fs::write(home.path().join("state/stopping.part.1.1"), "half a li").unwrap();
    fs::write(home.path().join("state").join(format!("stopping.{}", "0".repeat(64))), "whose?").unwrap();
    state.note_stops(&by(), &Counting::new()).unwrap();
    assert!(!file.exists());
    assert_eq!(stops(home.path()).len(), 1, "{:?}", stops(home.path()));
    assert!(stops(home.path())[0].starts_with("(Operator { name: Text(\"ann@desk\") }"), "{:?}", stops(home.path()));
    // What cannot be looked at stops it too.
    fs::create_dir(&file).unwrap();
    let told = told_of(home.path(), order_stopped(home.path(), id)).replace(&id.to_string(), "ORDER");
    insta::assert_snapshot!(told, @r#"
    cannot tell by `HOME/state/stopping.ORDER` which orders are to be stopped: Is a directory (os error 21)
    hint: nothing of the order is sent until that can be told: look at the file, and let this user read it
    "#);
    assert!(state.note_stops(&by(), &Counting::new()).is_err());
}

#[test]
fn what_is_shown_of_orders_is_folded_once_until_the_ledger_goes_on() {
    let (home, order) = closed();
    let (books, view) = (Books::default(), State::look(home.path(), &key()).unwrap());
    let first = books.of(&view).unwrap();
    assert!(first.orders.contains_key(&order.id()) && first.head == view.ledger_head().unwrap());
    assert!(Arc::ptr_eq(&first, &books.of(&view).unwrap()));
    stop_order(home.path(), order.id(), &text("too dear"), &operator()).unwrap();
    open(home.path()).note_stops(&by(), &Counting::new()).unwrap();
    let second = books.of(&view).unwrap();
    assert!(!Arc::ptr_eq(&first, &second) && second.book.order(order.id()).unwrap().stopping.is_some());
    assert!(Arc::ptr_eq(&second, &books.of(&view).unwrap()));
}
