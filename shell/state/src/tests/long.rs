//! A ledger of more lines than are held at a time is verified as a short one is, wherever it was bent.

use super::ledger::drafts;
use super::{Counting, key, open};
use crate::folder::database;
use crate::{LedgerError, State, StateError, verify_exported};
use rusqlite::Connection;
use std::io::{self, BufReader, Read};
use tenor_ledger::{ContentHash, Draft, Event, Text, verify};

/// More than twice as many as are held at a time.
const ENTRIES: usize = 5_000;
/// More than twice as many as are held at a time where each has about a kibibyte.
const WIDE: usize = 2_500;
/// The first and the last of those that are held together, and others.
const PLACES: [usize; 9] = [0, 1, 1_000, 2_046, 2_047, 2_048, 4_095, 4_096, ENTRIES - 1];

fn ledger() -> (tempfile::TempDir, Vec<u8>) {
    ledger_of(&drafts(ENTRIES))
}

fn ledger_of(drafts: &[Draft]) -> (tempfile::TempDir, Vec<u8>) {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.append(drafts, &Counting::new()).unwrap();
    let mut bytes = Vec::new();
    state.export_ledger(&mut bytes).unwrap();
    (home, bytes)
}

/// Where lines begin; the last one's end too.
fn begins(bytes: &[u8]) -> Vec<usize> {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

/// The same error, or the same report, as from the core, which takes all bytes one after the other.
fn is_as_the_core_says(bytes: &[u8]) -> Option<String> {
    match (verify(bytes, None), verify_exported(&mut &*bytes, &[])) {
        (Ok(expected), Ok(found)) => {
            assert_eq!(found.report, expected);
            None
        }
        (Err(expected), Err(LedgerError::Broken(found))) => {
            assert_eq!(found, expected);
            Some(expected.wrong.to_string())
        }
        (expected, found) => panic!("{expected:?}, and {found:?}"),
    }
}

/// Bends a whole ledger at each of these places in every way.
fn is_bent_as_the_core_says(whole: &[u8], begins: &[usize], places: &[usize]) {
    let entries = begins.len() - 1;
    assert_eq!(is_as_the_core_says(whole), None);
    for &place in places {
        let (begin, end) = (begins[place], begins[place + 1]);
        let mut changed = whole.to_vec();
        changed[begin + 40] ^= 1;
        is_as_the_core_says(&changed).expect("it was changed");
        let without = [&whole[..begin], &whole[end..]].concat();
        assert_eq!(is_as_the_core_says(&without).is_none(), place + 1 == entries);
        let moved = [&whole[..begin], &whole[end..], &whole[begin..end]].concat();
        assert_eq!(is_as_the_core_says(&moved).is_none(), place + 1 == entries);
        is_as_the_core_says(&[&whole[..end], &whole[begin..]].concat()).expect("it is there twice");
        is_as_the_core_says(&whole[..end - 1]).expect("it was cut short");
    }
}

#[test]
fn an_export_bent_anywhere_is_called_what_the_core_calls_it() {
    let (_home, whole) = ledger();
    let begins = begins(&whole);
    assert_eq!(begins.len(), ENTRIES + 1);
    is_bent_as_the_core_says(&whole, &begins, &PLACES);
}

#[test]
fn so_is_one_of_lines_so_long_that_their_bytes_are_too_many_before_they_are() {
    let event = Event::DataRead { what: Text::fitted(&"ü".repeat(300)), question: ContentHash::sha256(b"?"), rows: 1 };
    let wide: Vec<Draft> = drafts(WIDE).into_iter().map(|draft| Draft { event: event.clone(), ..draft }).collect();
    let (home, whole) = ledger_of(&wide);
    let begins = begins(&whole);
    // The first line behind those that are held together: their ends are not held.
    let behind = (1..WIDE).find(|at| begins[*at] - at >= 1 << 20).unwrap();
    assert!((900..1_300).contains(&behind), "lines of about a kibibyte: {behind}");
    is_bent_as_the_core_says(&whole, &begins, &[0, behind - 1, behind, behind + 1, WIDE - 1]);
    let view = State::look(home.path(), &key()).unwrap();
    assert_eq!(view.verify_ledger(&[]).unwrap().report, verify(&whole, None).unwrap());
}

#[test]
fn a_row_longer_than_any_entry_is_called_what_the_core_calls_its_export() {
    let (home, _) = ledger_of(&drafts(300));
    let view = State::look(home.path(), &key()).unwrap();
    let db = Connection::open(database(home.path())).unwrap();
    db.execute_batch("DROP TRIGGER ledger_changes_nothing; DROP TRIGGER ledger_loses_nothing").unwrap();
    // Alone, some lines behind one that is missing, and before both.
    for bend in [
        "UPDATE ledger SET line = line || printf('%.*c', 70000, 'x') WHERE sequence = 200",
        "DELETE FROM ledger WHERE sequence = 190",
        "UPDATE ledger SET line = printf('%.*c', 70000, 'x') WHERE sequence = 180",
    ] {
        assert_eq!(db.execute(bend, []).unwrap(), 1);
        let mut bytes = Vec::new();
        view.export_ledger(&mut bytes).unwrap();
        match view.verify_ledger(&[]) {
            Err(StateError::Ledger(LedgerError::Broken(found))) => assert_eq!(found, verify(&bytes, None).unwrap_err()),
            found => panic!("{found:?}"),
        }
    }
}

#[test]
fn a_database_bent_anywhere_is_called_what_the_core_calls_its_export() {
    let (home, whole) = ledger();
    let view = State::look(home.path(), &key()).unwrap();
    assert_eq!(view.verify_ledger(&[]).unwrap().report, verify(&whole, None).unwrap());
    assert_eq!(view.fold_verified(0, |sum, entry, _| sum + entry.sequence).unwrap(), 5_000 * 5_001 / 2);
    let db = Connection::open(database(home.path())).unwrap();
    db.execute_batch("DROP TRIGGER ledger_changes_nothing; DROP TRIGGER ledger_loses_nothing").unwrap();
    // From behind, so that the next one is the first that is found.
    for (number, place) in PLACES.into_iter().enumerate().rev() {
        let row = i64::try_from(place + 1).unwrap();
        let bend = match number % 2 {
            0 => "UPDATE ledger SET line = replace(line, '\"rows\":1', '\"rows\":2') WHERE sequence = ?1",
            _ => "DELETE FROM ledger WHERE sequence = ?1",
        };
        assert_eq!(db.execute(bend, [row]).unwrap(), 1);
        let mut bytes = Vec::new();
        view.export_ledger(&mut bytes).unwrap();
        let expected = verify(&bytes, None).unwrap_err();
        assert_eq!(expected.sequence, u64::try_from(row).unwrap());
        match view.verify_ledger(&[]) {
            Err(StateError::Ledger(LedgerError::Broken(found))) => assert_eq!(found, expected),
            found => panic!("{found:?}"),
        }
    }
}

#[test]
fn what_is_wrong_before_a_line_that_cannot_be_read_is_told_first() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let (_home, mut bytes) = ledger();
    let told = || verify_exported(&mut BufReader::new((&*bytes).chain(Broken)), &[]).unwrap_err();
    assert!(matches!(told(), LedgerError::Read(_)));
    bytes[4_000] ^= 1;
    let found = verify(&bytes, None).unwrap_err();
    let told = verify_exported(&mut BufReader::new((&*bytes).chain(Broken)), &[]).unwrap_err();
    assert!(matches!(told, LedgerError::Broken(broken) if broken == found));
}
