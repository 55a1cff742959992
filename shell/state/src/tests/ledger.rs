//! The ledger is appended to as a whole or not at all, and whoever edits the database is found out.

use super::{Counting, NoBytes, key, lease, no_files, now, open, restored, told_of, try_open};
use crate::folder::database;
use crate::migrate::{self, MIGRATIONS};
use crate::{Key, State, StateError};
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
    assert_eq!(verify(lines.as_bytes(), Some(&head)).unwrap(), state.verify_ledger(&[]).unwrap().report);
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
    migrate::migrate(&mut db, &database(home.path()), &MIGRATIONS[..1], now(), |_| Ok(())).unwrap();
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
    assert_eq!(state.verify_ledger(&[]).unwrap().report.head.sequence(), 4);
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
        "DELETE FROM ledger; DELETE FROM ledger_head",
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
    refused: cannot use the ledger: nothing says where the ledger ended when it was sealed
    refused: cannot use the ledger: nothing says where the ledger ended when it was sealed
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

/// The sealed head as SQL writes it.
fn sealed_head(home: &Path) -> String {
    let db = Connection::open(database(home)).unwrap();
    db.query_row("SELECT quote(sealed) FROM ledger_head", [], |row| row.get(0)).unwrap()
}

fn mark(home: &Path) -> std::path::PathBuf {
    home.join("state/ledger.mark")
}

#[test]
fn an_older_ledger_is_not_put_back_without_the_mark_beside_it() {
    let told = |bend: &dyn Fn(&Path, &str)| {
        let home = closed(3);
        let (sealed, file) = (sealed_head(home.path()), home.path().join("older"));
        // All of the older database, the log included.
        Connection::open(database(home.path())).unwrap().execute("VACUUM INTO ?1", [file.to_str().unwrap()]).unwrap();
        open(home.path()).append(&drafts(5)[3..], &Counting::new()).unwrap();
        bend(home.path(), &sealed);
        let opened = told_of(home.path(), try_open(home.path()));
        if let Ok(view) = State::look(home.path(), &key()) {
            assert_eq!(told_of(home.path(), view.verify_ledger(&[])), opened);
        }
        opened
    };
    let put_back = |home: &Path| {
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{ending}", database(home).display()));
        }
        fs::copy(home.join("older"), database(home)).unwrap();
    };
    let told = [
        told(&|home, sealed| edit(home, &format!("DELETE FROM ledger WHERE sequence > 3; UPDATE ledger_head SET sealed = {sealed}"))),
        told(&|home, _| put_back(home)),
        told(&|home, _| {
            edit(
                home,
                "DROP TABLE ledger; DROP TABLE ledger_head; DROP TABLE ledger_checkpoints; DROP TABLE documents; DELETE FROM migrations WHERE number > 1",
            );
        }),
        told(&|home, _| fs::remove_file(database(home)).unwrap()),
        told(&|home, _| {
            put_back(home);
            fs::remove_file(mark(home)).unwrap();
        }),
        told(&|home, _| fs::write(mark(home), "entry 3").unwrap()),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    cannot use the ledger: the ledger ends with entry 3, dedfd893f270d91ce197e9e018172bd82c2964834d8c0e4e3a367ad91a127ecb, and had come to entry 5, 5f8048f2020bfabcd91398a42f746a99345aef4940d4bc8c5bc617c4421add90: an older database lies in its place
    hint: somebody changed the database: keep it for inquiry, hold it against a checkpoint that lies elsewhere, and restore the last backup into an empty home: tenor restore FILE --home FOLDER
    cannot use the ledger: the ledger ends with entry 3, dedfd893f270d91ce197e9e018172bd82c2964834d8c0e4e3a367ad91a127ecb, and had come to entry 5, 5f8048f2020bfabcd91398a42f746a99345aef4940d4bc8c5bc617c4421add90: an older database lies in its place
    hint: somebody changed the database: keep it for inquiry, hold it against a checkpoint that lies elsewhere, and restore the last backup into an empty home: tenor restore FILE --home FOLDER
    cannot use the ledger: the ledger ends with no entry, and had come to entry 5, 5f8048f2020bfabcd91398a42f746a99345aef4940d4bc8c5bc617c4421add90: an older database lies in its place
    hint: somebody changed the database: keep it for inquiry, hold it against a checkpoint that lies elsewhere, and restore the last backup into an empty home: tenor restore FILE --home FOLDER
    cannot use the ledger: the ledger ends with no entry, and had come to entry 5, 5f8048f2020bfabcd91398a42f746a99345aef4940d4bc8c5bc617c4421add90: an older database lies in its place
    hint: somebody changed the database: keep it for inquiry, hold it against a checkpoint that lies elsewhere, and restore the last backup into an empty home: tenor restore FILE --home FOLDER
    cannot use the ledger: the mark `HOME/state/ledger.mark` of the ledger is missing
    hint: put the file back, or restore the last backup into an empty home: tenor restore FILE --home FOLDER; without it, nothing tells whether the database is an older one
    cannot use the ledger: the mark `HOME/state/ledger.mark` of the ledger was changed, or made with another key
    hint: put the file back, or restore the last backup into an empty home: tenor restore FILE --home FOLDER; without it, nothing tells whether the database is an older one
    ");
}

#[test]
fn a_mark_that_lags_behind_is_renewed_and_a_restored_ledger_has_its_own() {
    let (home, other) = (closed(3), tempfile::tempdir().unwrap());
    let file = home.path().join("backup");
    open(home.path()).backup(&file, no_files, &Counting::new(), now()).unwrap();
    let before = fs::read(mark(home.path())).unwrap();
    open(home.path()).append(&drafts(5)[3..], &Counting::new()).unwrap();
    let after = fs::read(mark(home.path())).unwrap();
    assert_ne!(before, after);
    // It died between an entry and its mark, or in the middle of the mark.
    let mut torn = after.clone();
    torn[40] ^= 1;
    for lagging in [before, torn] {
        fs::write(mark(home.path()), lagging).unwrap();
        assert_eq!(State::look(home.path(), &key()).unwrap().ledger_head().unwrap().sequence(), 5);
        drop(open(home.path()));
        assert!(crate::ledger::mark::read(home.path(), &key()).unwrap().is(&open(home.path()).ledger_head().unwrap()));
    }
    // What was restored goes on from where it had come, in a home whose database was lost as in a new one.
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", database(home.path()).display()));
    }
    for home in [home.path(), other.path()] {
        restored(&lease(home), &file, &key()).unwrap();
        let mut state = open(home);
        // That it was restored, and is stopped, are entries too.
        assert_eq!(state.ledger_head().unwrap().sequence(), 5);
        assert_eq!(state.append(&drafts(4)[3..], &Counting::new()).unwrap().sequence(), 6);
        assert_eq!(state.verify_ledger(&[]).unwrap().report.head.sequence(), 6);
    }
}

#[test]
fn what_decides_is_folded_from_a_ledger_that_is_whole_and_known() {
    let home = closed(5);
    let rows = |view: &crate::View| {
        view.fold_verified(0, |rows, _, event| rows + if let Event::DataRead { rows, .. } = event { *rows } else { 0 })
    };
    assert_eq!(rows(&State::look(home.path(), &key()).unwrap()).unwrap(), 5);
    // A forger writes an entry in the middle anew: it is whole by itself, and its neighbours do not fit it.
    let lines = |kind: &str| {
        let text = String::from_utf8(exported(&State::look(home.path(), &key()).unwrap())).unwrap();
        let line = text.lines().nth(2).unwrap().replace("data-read", kind).replace("cost 2", "cost 9");
        let (covered, _) = line.rsplit_once(",\"hash\":").unwrap();
        let hash = tenor_ledger::ContentHash::sha256(covered.as_bytes());
        format!("UPDATE ledger SET line = '{covered},\"hash\":\"{hash}\"}}' WHERE sequence = 3")
    };
    let forged = [lines("data-read"), lines("data-dreamt")];
    for sql in forged {
        let home = closed(5);
        edit(home.path(), &sql);
        let view = State::look(home.path(), &key()).unwrap();
        assert_eq!(view.entries(3, 1).unwrap().len(), 1, "it follows the one before");
        let told = [told_of(home.path(), view.entries(4, 1)), told_of(home.path(), view.entries(1, 9)), told_of(home.path(), rows(&view))];
        assert!(told.iter().all(|told| told.contains("entry 4") || told.contains("data-dreamt")), "{told:?}");
    }
    let home = closed(5);
    edit(home.path(), "DELETE FROM ledger WHERE sequence = 3");
    let told = told_of(home.path(), State::look(home.path(), &key()).unwrap().entries(2, 2));
    assert!(told.starts_with("cannot use the ledger: entry 3 of the ledger is missing, with all up to entry 3"), "{told}");
}

#[test]
fn checkpoints_are_kept_recorded_and_held_against_the_ledger() {
    let home = closed(5);
    let mut state = open(home.path());
    let refused = state.checkpoint(Actor::System, &signer(), &Counting::new(), now());
    insta::assert_snapshot!(told_of(home.path(), refused), @"
    cannot use the ledger: the key 6e7a1cdd29b0b78fd13af4c5598feff4ef2a97166e3ca6f2e4fbfccd80505bf1 is not enrolled
    hint: enrol the key first: tenor key enrol
    ");
    state.append(&[enrolment()], &Counting::new()).unwrap();
    let signed = state.checkpoint(Actor::System, &signer(), &Counting::new(), now()).unwrap();
    assert_eq!(signed.checkpoint().sequence, 6);
    assert_eq!(state.checkpoints().unwrap(), [signed]);
    let last = state.entries(7, 1).unwrap().remove(0);
    let checkpointed = Event::Checkpointed { sequence: 6, hash: signed.checkpoint().hash, key: signer().public() };
    // It was signed at a moment before the last entry's: what the clock said stands beside.
    assert_eq!((last.event, last.clock.map(|clock| clock.0)), (Told::Known(checkpointed), Some(now())));
    let verified = state.verify_ledger(&[]).unwrap();
    assert_eq!((verified.report.checkpoints, verified.doubts), (vec![(*signed.checkpoint(), Standing::Held)], vec![]));

    // Exported, it tells of a home whose ledger was cut, or that is another.
    let document = format!("{signed}\n");
    let elsewhere = SignedCheckpoint::read(document.as_bytes(), &[signer().public()]).unwrap();
    let others = [(0, 4), (1, 7)].map(|(from, to)| {
        let home = tempfile::tempdir().unwrap();
        let mut state = open(home.path());
        state.append(&drafts(to)[from..], &Counting::new()).unwrap();
        told_of(home.path(), state.verify_ledger(&[*elsewhere.checkpoint()]))
    });
    insta::assert_snapshot!(others.map(|told| told.lines().next().unwrap().to_owned()).join("\n"), @"
    cannot use the ledger: the ledger is not what was signed when it had 6 entries: the ledger was cut before this checkpoint: it ends with entry 4
    cannot use the ledger: the ledger is not what was signed when it had 6 entries: the ledger begins otherwise: it is another one, or was written anew from its first entry on
    ");

    // What is wrong with a kept document is told beside the ledger, which is whole.
    drop(state);
    let other = SigningKey::from_seed(&[6; 32]);
    let head = State::look(home.path(), &key()).unwrap().ledger_head().unwrap();
    let stranger = SignedCheckpoint::sign(&head, now(), &other).unwrap();
    let told = [
        "UPDATE ledger_checkpoints SET document = replace(document, '2026', '2027')".to_owned(),
        format!("INSERT INTO ledger_checkpoints VALUES (7, '{}', '{stranger}')", other.public()),
        "DROP TRIGGER ledger_checkpoints_lose_nothing; DELETE FROM ledger_checkpoints".to_owned(),
    ]
    .map(|sql| {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("state")).unwrap();
        for file in ["tenor.db", "ledger.mark"] {
            fs::copy(home.path().join("state").join(file), copy.path().join("state").join(file)).unwrap();
        }
        edit(copy.path(), &sql);
        let verified = State::look(copy.path(), &key()).unwrap().verify_ledger(&[]).unwrap();
        verified.doubts.iter().map(|(sequence, doubt)| format!("checkpoint of entry {sequence}: {doubt}")).collect::<Vec<_>>().join(", ")
    });
    insta::assert_snapshot!(told.join("\n"), @"
    checkpoint of entry 6: its document cannot be used: the checkpoint was changed after it was signed
    checkpoint of entry 7: no entry says that 8a875fff1eb38451577acd5afee405456568dd7c89e090863a0557bc7af49f17 signed it
    checkpoint of entry 6: 6e7a1cdd29b0b78fd13af4c5598feff4ef2a97166e3ca6f2e4fbfccd80505bf1 signed it, and its document is gone
    ");
    edit(home.path(), "UPDATE ledger_checkpoints SET document = replace(document, '2026', '2027')");
    assert!(told_of(home.path(), open(home.path()).checkpoints()).contains("the checkpoint was changed after it was signed"));
}

/// The signer's key may sign from here on.
fn enrolment() -> Draft {
    let event = Event::KeyEnrolled { key: signer().public(), name: "server".parse().unwrap(), role: "server".parse().unwrap() };
    Draft { moment: now() + SignedDuration::from_secs(60), actor: Actor::System, event }
}

#[test]
fn readers_export_and_verify_while_a_writer_appends() {
    let home = closed(5);
    let mut state = open(home.path());
    let view = State::look(home.path(), &key()).unwrap();
    let change = state.begin().unwrap();
    crate::ledger::append_in(&change, &key(), &drafts(3), &Counting::new()).unwrap();
    assert_eq!(view.verify_ledger(&[]).unwrap().report.head.sequence(), 5);
    drop(change);
    assert_eq!(state.verify_ledger(&[]).unwrap().report.head.sequence(), 5);
    state.append(&drafts(3), &Counting::new()).unwrap();
    assert_eq!(view.verify_ledger(&[]).unwrap().report.head.sequence(), 8);
}

#[test]
fn pieces_of_an_export_are_all_of_it_whatever_their_size_and_none_is_left_out_in_silence() {
    let home = closed(5);
    let whole = exported(&open(home.path()));
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for bytes_max in [0, 1, first, first + 1, whole.len(), usize::MAX] {
        let (state, mut lines, mut from, mut pieces) = (open(home.path()), Vec::new(), 1, 0);
        while from < 6 {
            let (piece, next) = state.ledger_lines(from, 6, bytes_max).unwrap();
            assert!(next > from);
            lines.extend(piece);
            (from, pieces) = (next, pieces + 1);
        }
        assert_eq!(lines, whole, "{bytes_max}");
        assert_eq!(pieces == 1, bytes_max >= whole.len(), "{bytes_max}");
        assert!(bytes_max > 1 || pieces == 5, "a line each");
        assert!(state.ledger_lines(1, 7, usize::MAX).is_err(), "there is no sixth");
    }
    let state = open(home.path());
    edit(home.path(), "DELETE FROM ledger WHERE sequence = 3");
    assert!(state.ledger_lines(1, 3, usize::MAX).is_ok());
    let error = state.ledger_lines(1, 6, usize::MAX).unwrap_err();
    assert!(matches!(&error, StateError::Ledger(_)), "{error:?}");
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
    open(home.path()).backup(&file, no_files, &Counting::new(), now()).unwrap();
    restored(&lease(other.path()), &file, &key()).unwrap();
    assert!(exported(&open(other.path())).starts_with(&exported(&open(home.path()))));
}
