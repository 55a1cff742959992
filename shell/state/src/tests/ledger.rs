//! The ledger is appended to as a whole or not at all, and whoever edits the database is found out.

use super::{Counting, NoBytes, key, lease, now, open, told_of, try_open};
use crate::folder::database;
use crate::migrate::{self, MIGRATIONS};
use crate::{Key, State};
use jiff::SignedDuration;
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use tenor_ledger::{Actor, Draft, Entry, Event, Head, SignedCheckpoint, SigningKey, Standing, Told, append, verify};

pub(super) fn drafts(count: usize) -> Vec<Draft> {
    let draft = |number: usize| Draft {
        moment: now() + SignedDuration::from_secs(i64::try_from(number).unwrap()),
        actor: Actor::System,
        event: Event::DataRead {
            what: format!("cost {number}").parse().unwrap(),
            question: tenor_ledger::ContentHash::sha256(b"?"),
            rows: 1,
        },
    };
    (0..count).map(draft).collect()
}

fn signer() -> SigningKey {
    SigningKey::from_seed(&[5; 32])
}

/// A home with so many entries, closed again.
fn closed(entries: usize) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).append(&drafts(entries), &Counting::new()).unwrap();
    home
}

fn exported(state: &crate::View) -> Vec<u8> {
    let mut bytes = Vec::new();
    state.export_ledger(&mut bytes).unwrap();
    bytes
}

/// Runs SQL on the file, past all that keeps it.
fn edit(home: &Path, sql: &str) {
    let db = Connection::open(database(home)).unwrap();
    for trigger in ["ledger_grows_at_its_end", "ledger_changes_nothing", "ledger_loses_nothing", "ledger_checkpoints_change_nothing"] {
        db.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    db.execute_batch(sql).unwrap();
}

#[test]
fn what_is_stored_is_what_the_core_made() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    assert_eq!(state.ledger_head().unwrap(), Head::EMPTY);
    assert_eq!(state.append(&[], &Counting::new()).unwrap(), Head::EMPTY);
    let all = drafts(10);
    state.append(&all[..1], &Counting::new()).unwrap();
    let head = state.append(&all[1..], &Counting::new()).unwrap();
    let (mut expected, mut lines) = (Head::EMPTY, String::new());
    for draft in &all {
        let (line, next) = append(&expected, draft);
        lines += &format!("{line}\n");
        expected = next;
    }
    assert_eq!((head, state.ledger_head().unwrap()), (expected, expected));
    assert_eq!(String::from_utf8(exported(&state)).unwrap(), lines);
    assert_eq!(verify(lines.as_bytes(), Some(&head)).unwrap(), state.verify_ledger(&[]).unwrap());
    drop(state);
    let view = State::look(home.path(), &key()).unwrap();
    assert_eq!(view.ledger_head().unwrap(), expected);
    let read = view.entries(3, 2).unwrap();
    assert_eq!(read.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [3, 4]);
    assert!(matches!(&read[0], Entry { event: Told::Known(event), .. } if *event == all[2].event));
    assert!(view.entries(11, 2).unwrap().is_empty() && view.entries(u64::MAX, 2).unwrap().is_empty());
}

#[test]
fn a_state_from_before_the_ledger_gets_an_empty_one() {
    let home = tempfile::tempdir().unwrap();
    let held = lease(home.path());
    let mut db = Connection::open(database(home.path())).unwrap();
    migrate::migrate(&mut db, &database(home.path()), &MIGRATIONS[..1], now()).unwrap();
    drop((db, held));
    assert_eq!(open(home.path()).ledger_head().unwrap(), Head::EMPTY);
}

#[test]
fn the_database_itself_refuses_to_bend_the_ledger() {
    let home = closed(3);
    let state = open(home.path());
    let told = [
        "UPDATE ledger SET line = 'x' WHERE sequence = 3",
        "UPDATE ledger SET sequence = 4 WHERE sequence = 3",
        "DELETE FROM ledger WHERE sequence = 3",
        "INSERT INTO ledger (sequence, line) VALUES (5, 'x')",
        "INSERT OR REPLACE INTO ledger (sequence, line) VALUES (3, 'x')",
        "INSERT INTO ledger (line) VALUES ('x')",
        "INSERT INTO ledger_checkpoints VALUES (1, 'k', 'd'); UPDATE ledger_checkpoints SET document = 'e'",
        "DELETE FROM ledger_checkpoints",
    ]
    .map(|sql| state.db.execute_batch(sql).err().map_or("done".to_owned(), |error| error.to_string()));
    insta::assert_snapshot!(told.join("\n"), @"
    an entry of the ledger never changes
    an entry of the ledger never changes
    an entry of the ledger is never deleted
    the ledger grows at its end alone
    the ledger grows at its end alone
    the ledger grows at its end alone
    a checkpoint never changes
    a checkpoint is never deleted
    ");
}

#[test]
fn a_full_disk_or_no_randomness_appends_nothing() {
    let home = closed(3);
    let mut state = open(home.path());
    let before = exported(&state);
    assert!(told_of(home.path(), state.append(&drafts(2), &NoBytes)).contains("no random bytes"));
    assert_eq!(exported(&state), before);
    let pages: i64 = state.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    state.db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    insta::assert_snapshot!(told_of(home.path(), state.append(&drafts(1_000), &Counting::new())), @"
    cannot append to the ledger in the state: database or disk is full: Error code 13: database or disk is full
    hint: check the disk and its space; nothing was changed
    ");
    assert_eq!(exported(&state), before);
    assert_eq!(state.append(&drafts(1), &Counting::new()).unwrap().sequence(), 4);
    assert_eq!(state.verify_ledger(&[]).unwrap().head.sequence(), 4);
}

#[test]
fn whoever_edits_the_database_is_found_out() {
    let told = [
        "UPDATE ledger SET line = replace(line, 'cost 4', 'cost 5')",
        "UPDATE ledger SET line = replace(line, 'cost 2', 'cost 3') WHERE sequence = 3",
        "DELETE FROM ledger WHERE sequence = 5",
        "DELETE FROM ledger WHERE sequence = 3",
        "DELETE FROM ledger WHERE sequence = 1",
        "DELETE FROM ledger",
        "UPDATE ledger SET sequence = 9 WHERE sequence = 5",
        "UPDATE ledger SET sequence = 9 WHERE sequence = 2; UPDATE ledger SET sequence = 2 WHERE sequence = 3; UPDATE ledger SET sequence = 3 WHERE sequence = 9",
        "UPDATE ledger SET line = CAST(x'ff00' AS TEXT) WHERE sequence = 3",
        "INSERT INTO ledger SELECT 6, line FROM ledger WHERE sequence = 5",
        "DELETE FROM ledger_head",
        "UPDATE ledger_head SET sealed = x'01'",
    ]
    .map(|sql| {
        let home = closed(5);
        edit(home.path(), sql);
        // Its end is looked at before anything is written, all of it when that is asked for.
        let (opened, view) = (try_open(home.path()), State::look(home.path(), &key()).unwrap());
        let told = told_of(home.path(), view.verify_ledger(&[]));
        let (what, hint) = told.rsplit_once('\n').unwrap();
        assert!(hint.len() > "hint: ".len());
        format!("{}: {what}", if opened.is_ok() { "opened" } else { "refused" })
    });
    insta::assert_snapshot!(told.join("\n"), @"
    refused: cannot use the ledger: the ledger is not whole: entry 5, bytes 1520 to 1900: changed: its bytes do not have the hash that it states
    opened: cannot use the ledger: the ledger is not whole: entry 3, bytes 760 to 1140: changed: its bytes do not have the hash that it states
    refused: cannot use the ledger: the ledger ends with entry 4, 1f7b23c6a130f5e88872635b7ff6d06dfed564be839c6b2a308ac08e4be1ce57, and was sealed when it ended with entry 5, 5f8048f2020bfabcd91398a42f746a99345aef4940d4bc8c5bc617c4421add90
    opened: cannot use the ledger: the ledger is not whole: entry 3, bytes 760 to 1140: missing, with all up to entry 3
    refused: cannot use the ledger: the ledger is not whole: entry 1, bytes 0 to 380: missing, with all up to entry 1
    refused: cannot use the ledger: the ledger ends with no entry, and was sealed when it ended with entry 5, 5f8048f2020bfabcd91398a42f746a99345aef4940d4bc8c5bc617c4421add90
    refused: cannot use the ledger: row 9 of the ledger holds entry 5
    opened: cannot use the ledger: the ledger is not whole: entry 2, bytes 380 to 760: out of order: entry 3 stands in its place
    opened: cannot use the ledger: the ledger is not whole: entry 3, bytes 760 to 763: not an entry: it does not begin or end as an entry does
    refused: cannot use the ledger: the ledger is not whole: entry 6, bytes 1900 to 2280: entry 5, which was there already, stands in its place
    refused: cannot use the ledger: the ledger ends with entry 5, 5f8048f2020bfabcd91398a42f746a99345aef4940d4bc8c5bc617c4421add90, and was sealed when it ended with no entry
    refused: the sealed ledger_head.sealed of `1` cannot be opened: it was changed, or sealed for another row or with another key
    ");
}

/// A forger who knows the format, and not the key: writes the last entry anew, chained and hashed as it has to be.
#[test]
fn a_ledger_written_anew_without_the_key_is_refused() {
    let home = closed(5);
    let mut head = Head::EMPTY;
    let mut line = String::new();
    for (number, mut draft) in drafts(5).into_iter().enumerate() {
        if number == 4 {
            draft.event = Event::Started { version: "0.1.0".parse().unwrap() };
        }
        let (written, next) = append(&head, &draft);
        (line, head) = (written.to_string(), next);
    }
    edit(home.path(), &format!("UPDATE ledger SET line = '{line}' WHERE sequence = 5"));
    let told = told_of(home.path(), try_open(home.path()));
    assert!(
        told.starts_with(&format!("cannot use the ledger: the ledger ends with entry 5, {}, and was sealed when", head.hash())),
        "{told}"
    );
    // The whole ledger is whole: only the seal, or a checkpoint, knows better.
    let other = Key::new(&[8; 32]);
    assert!(told_of(home.path(), State::open(lease(home.path()), &other, &Counting::new(), now())).contains("the key is not the one"));
}

#[test]
fn checkpoints_are_kept_recorded_and_held_against_the_ledger() {
    let home = closed(5);
    let mut state = open(home.path());
    let signed = state.checkpoint(Actor::System, &signer(), &Counting::new(), now()).unwrap();
    assert_eq!(signed.checkpoint().sequence, 5);
    assert_eq!(state.checkpoints().unwrap(), [signed]);
    let last = state.entries(6, 1).unwrap().remove(0);
    let checkpointed = Event::Checkpointed { sequence: 5, hash: signed.checkpoint().hash, key: signer().public() };
    // It was signed at a moment before the last entry's: what the clock said stands beside.
    assert_eq!((last.event, last.clock.map(|clock| clock.0)), (Told::Known(checkpointed), Some(now())));
    assert_eq!(state.verify_ledger(&[]).unwrap().checkpoints, [(*signed.checkpoint(), Standing::Held)]);

    // Exported, it tells of a home whose ledger was cut, or that is another.
    let document = format!("{signed}\n");
    let elsewhere = SignedCheckpoint::read(document.as_bytes(), &[signer().public()]).unwrap();
    let others = [closed(4), tempfile::tempdir().unwrap()].map(|home| {
        let mut state = open(home.path());
        if state.ledger_head().unwrap() == Head::EMPTY {
            state.append(&drafts(7)[1..], &Counting::new()).unwrap();
        }
        state.verify_ledger(&[*elsewhere.checkpoint()]).unwrap().checkpoints[0].1
    });
    assert_eq!(others, [Standing::Cut { last: 4 }, Standing::Another]);
    drop(state);
    edit(home.path(), "UPDATE ledger_checkpoints SET document = replace(document, '2026', '2027')");
    insta::assert_snapshot!(told_of(home.path(), open(home.path()).checkpoints()), @"
    cannot use the ledger: the checkpoint cannot be used: the checkpoint was changed after it was signed: the signature is not one of the key 6e7a1cdd29b0b78fd13af4c5598feff4ef2a97166e3ca6f2e4fbfccd80505bf1 over these bytes
    hint: use another copy of the checkpoint
    ");
    let none = tempfile::tempdir().unwrap();
    let refused = open(none.path()).checkpoint(Actor::System, &signer(), &Counting::new(), now());
    insta::assert_snapshot!(told_of(none.path(), refused), @"
    cannot use the ledger: the checkpoint cannot be used: the ledger has no entry yet
    hint: sign a checkpoint once there is something in the ledger
    ");
}

#[test]
fn readers_export_and_verify_while_a_writer_appends() {
    let home = closed(5);
    let mut state = open(home.path());
    let view = State::look(home.path(), &key()).unwrap();
    let change = state.begin().unwrap();
    crate::ledger::append_in(&change, &key(), &drafts(3), &Counting::new()).unwrap();
    assert_eq!(view.verify_ledger(&[]).unwrap().head.sequence(), 5);
    drop(change);
    assert_eq!(state.verify_ledger(&[]).unwrap().head.sequence(), 5);
    state.append(&drafts(3), &Counting::new()).unwrap();
    assert_eq!(view.verify_ledger(&[]).unwrap().head.sequence(), 8);
}

#[test]
fn an_export_that_nobody_takes_says_so() {
    let home = closed(5);
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(mut full) = full else { return };
    insta::assert_snapshot!(told_of(home.path(), open(home.path()).export_ledger(&mut full)), @"
    cannot use the ledger: the ledger cannot be written out: No space left on device (os error 28)
    hint: check the disk, its space and whether this user may write there
    ");
}

#[test]
fn a_backup_has_the_ledger() {
    let (home, other) = (closed(5), tempfile::tempdir().unwrap());
    let file = home.path().join("backup");
    open(home.path()).backup(&file, &Counting::new()).unwrap();
    crate::restore(&lease(other.path()), &file, &key()).unwrap();
    assert_eq!(exported(&open(other.path())), exported(&open(home.path())));
}
