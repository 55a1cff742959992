//! A ledger of more lines than are held at a time is verified as a short one is, wherever it was bent.

use super::ledger::drafts;
use super::{Counting, key, open};
use crate::folder::database;
use crate::{LedgerError, State, StateError, verify_exported};
use rusqlite::Connection;
use std::io::{self, BufReader, Read};
use tenor_ledger::verify;

/// More than twice as many as are held at a time.
const ENTRIES: usize = 5_000;
/// The first and the last of those that are held together, and others.
const PLACES: [usize; 9] = [0, 1, 1_000, 2_046, 2_047, 2_048, 4_095, 4_096, ENTRIES - 1];

fn ledger() -> (tempfile::TempDir, Vec<u8>) {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.append(&drafts(ENTRIES), &Counting::new()).unwrap();
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

#[test]
fn an_export_bent_anywhere_is_called_what_the_core_calls_it() {
    let (_home, whole) = ledger();
    let begins = begins(&whole);
    assert_eq!((begins.len(), is_as_the_core_says(&whole)), (ENTRIES + 1, None));
    for place in PLACES {
        let (begin, end) = (begins[place], begins[place + 1]);
        let mut changed = whole.clone();
        changed[begin + 40] ^= 1;
        is_as_the_core_says(&changed).expect("it was changed");
        let without = [&whole[..begin], &whole[end..]].concat();
        assert_eq!(is_as_the_core_says(&without).is_none(), place + 1 == ENTRIES);
        let moved = [&whole[..begin], &whole[end..], &whole[begin..end]].concat();
        assert_eq!(is_as_the_core_says(&moved).is_none(), place + 1 == ENTRIES);
        is_as_the_core_says(&[&whole[..end], &whole[begin..]].concat()).expect("it is there twice");
        is_as_the_core_says(&whole[..end - 1]).expect("it was cut short");
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
