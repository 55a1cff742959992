//! The kill switch is set whoever writes, and what cannot be looked at counts as set.

use super::{Counting, by, claim, key, lease, now, open, told_of};
use crate::{By, Lease, State, halt, halted};
use std::fs;
use std::path::Path;
use tenor_ledger::{Actor, Text};

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
