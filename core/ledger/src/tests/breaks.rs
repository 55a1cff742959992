//! Every way to bend a ledger is found, and called what it is.

use super::{Ledger, exported, forged, moment};
use crate::{Break, Draft, Entry, Head, NotAnEntry, Report, Told, Verifier, Wrong, verify};
use std::ops::Range;

const ENTRIES: usize = 1_000;

/// A ledger of a thousand entries, where its lines begin, and what a verifier has come to before each.
///
/// A verifier is a fold: what it says of line n is decided by the lines before n and line n. So a ledger with one line changed is verified
/// from that line on, with what the fold had come to before; a changed line is found there, and what follows is never looked at.
struct Long {
    ledger: Ledger,
    begins: Vec<usize>,
    before: Vec<Verifier>,
}

fn long() -> Long {
    let ledger = Ledger::with(ENTRIES);
    let (mut verifier, mut begins, mut before) = (Verifier::new(), vec![0], Vec::new());
    for line in &ledger.lines {
        before.push(verifier.clone());
        verifier.line(line.as_bytes()).unwrap();
        begins.push(begins.last().unwrap() + line.len() + 1);
    }
    before.push(verifier);
    Long { ledger, begins, before }
}

fn broken(before: &Verifier, bytes: &[u8], known: &Head) -> Break {
    let mut verifier = before.clone();
    match verifier.bytes(bytes) {
        Err(found) => found,
        Ok(()) => verifier.finish_at(known).unwrap_err(),
    }
}

#[test]
fn every_changed_byte_of_a_thousand_entries_is_found_and_named() {
    let Long { ledger, begins, before } = long();
    let bytes = ledger.bytes();
    let mut changes = 0;
    for (at, verifier) in before[..ENTRIES].iter().enumerate() {
        // The line after it, for when its end is changed.
        let end = begins[(at + 2).min(ENTRIES)];
        let mut piece = bytes[begins[at]..end].to_vec();
        for place in 0..ledger.lines[at].len() + 1 {
            let (was, offset) = (piece[place], u64::try_from(begins[at] + place).unwrap());
            for value in [was ^ 1, was ^ 0x20, b'\n'].into_iter().filter(|value| *value != was) {
                piece[place] = value;
                let Break { sequence, bytes, wrong } = broken(verifier, &piece, ledger.head());
                assert_eq!(sequence, u64::try_from(at).unwrap() + 1, "byte {place} became {value}");
                assert!(bytes.contains(&offset), "byte {offset} became {value}, and {bytes:?} is named");
                // Of a line that was broken in its first word nothing is left that an entry has.
                let cut = value == b'\n' && wrong == Wrong::NotAnEntry(NotAnEntry::Form);
                assert!(cut || wrong == Wrong::Changed, "byte {place} became {value}: {wrong}");
                changes += 1;
            }
            piece[place] = was;
        }
    }
    assert_eq!(changes, bytes.len() * 3 - ENTRIES);
    assert!(bytes.len() > 400 * ENTRIES);
}

#[test]
fn every_value_of_every_byte_of_an_entry_is_found() {
    let Long { ledger, before, .. } = long();
    for at in [0, 7, ENTRIES - 1] {
        let mut line = exported(&ledger.lines[at..=at]);
        for place in 0..line.len() {
            let was = line[place];
            for value in (0..=255).filter(|value| *value != was) {
                line[place] = value;
                assert_eq!(broken(&before[at], &line, ledger.head()).sequence, u64::try_from(at).unwrap() + 1);
            }
            line[place] = was;
        }
    }
}

#[test]
fn a_ledger_cut_anywhere_is_found_by_whoever_knows_its_end() {
    let Long { ledger, begins, before } = long();
    let bytes = ledger.bytes();
    for (at, verifier) in before[..ENTRIES].iter().enumerate() {
        for end in begins[at]..begins[at + 1] {
            let found = broken(verifier, &bytes[begins[at]..end], ledger.head());
            assert_eq!(found.sequence, u64::try_from(at).unwrap() + 1);
            let last = u64::try_from(ENTRIES).unwrap();
            assert_eq!(found.wrong, if end == begins[at] { Wrong::Missing { last } } else { Wrong::CutShort }, "cut at {end}");
        }
    }
    // Who does not know its end cannot tell one that was cut between two lines.
    assert_eq!(verify(&bytes[..begins[10]], None).unwrap().head, ledger.heads[10]);
}

/// What is said of a ledger of ten whose lines are these, 1 the first.
fn told(order: &[usize]) -> String {
    let ledger = Ledger::with(10);
    let lines: Vec<_> = order.iter().map(|number| ledger.lines[number - 1].clone()).collect();
    let Break { sequence, wrong, .. } = verify(&exported(&lines), Some(ledger.head())).unwrap_err();
    format!("entry {sequence}: {wrong}")
}

#[test]
fn lines_that_are_missing_moved_or_repeated_are_called_so() {
    let told = [
        told(&[2, 3, 4, 5, 6, 7, 8, 9, 10]),
        told(&[1, 2, 3, 7, 8, 9, 10]),
        told(&[1, 2, 3, 4, 5, 6, 7]),
        told(&[]),
        told(&[1, 2, 4, 3, 5, 6, 7, 8, 9, 10]),
        told(&[10, 2, 3, 4, 5, 6, 7, 8, 9, 1]),
        told(&[1, 2, 3, 9, 4, 5, 6, 7, 8, 10]),
        told(&[1, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10]),
        told(&[1, 2, 3, 4, 1, 5, 6, 7, 8, 9, 10]),
        told(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    entry 1: missing, with all up to entry 1
    entry 4: missing, with all up to entry 6
    entry 8: missing, with all up to entry 10
    entry 1: missing, with all up to entry 10
    entry 3: out of order: entry 4 stands in its place
    entry 1: out of order: entry 10 stands in its place
    entry 4: out of order: entry 9 stands in its place
    entry 5: entry 4, which was there already, stands in its place
    entry 5: entry 1, which was there already, stands in its place
    entry 11: entry 10, which was there already, stands in its place
    ");
}

#[test]
fn every_line_deleted_repeated_or_exchanged_is_named() {
    let Long { ledger, begins, before } = long();
    let bytes = ledger.bytes();
    let number = |at: usize| u64::try_from(at).unwrap() + 1;
    for at in 0..ENTRIES {
        let line = &bytes[begins[at]..begins[at + 1]];
        let rest = &bytes[begins[at + 1]..];
        let found = broken(&before[at], rest, ledger.head());
        assert_eq!((found.sequence, found.wrong), (number(at), Wrong::Missing { last: number(at) }));
        let found = broken(&before[at], &[line, line, rest].concat(), ledger.head());
        let wrong = if at + 1 == ENTRIES { Wrong::Repeated { found: number(at) } } else { found.wrong.clone() };
        assert_eq!((found.sequence, wrong), (number(at + 1), Wrong::Repeated { found: number(at) }));
        if at + 1 < ENTRIES {
            let next = &bytes[begins[at + 1]..begins[at + 2]];
            let found = broken(&before[at], &[next, line, &bytes[begins[at + 2]..]].concat(), ledger.head());
            assert_eq!((found.sequence, found.wrong), (number(at), Wrong::OutOfOrder { found: number(at + 1) }));
        }
    }
}

/// What is said of a ledger of five in which a forger wrote one line anew.
fn forge(at: usize, from: &str, to: &str) -> String {
    let mut ledger = Ledger::with(5);
    assert!(ledger.lines[at].contains(from), "{}", ledger.lines[at]);
    ledger.lines[at] = forged(&ledger.lines[at].replacen(from, to, 1));
    verify(&ledger.bytes(), None).unwrap_err().to_string()
}

#[test]
fn what_a_forger_writes_anew_is_found_at_it_or_behind_it() {
    let long = format!("\"kind\":\"system\",\"x\":\"{}\"", "x".repeat(crate::LINE_BYTES_MAX));
    let told = [
        forge(1, "0b0b", "0a0a"),
        forge(4, "\"sequence\":5", "\"sequence\":1"),
        forge(0, "\"previous\":\"95", "\"previous\":\"96"),
        forge(2, "03:04:07", "03:04:06.5"),
        forge(2, "03:04:07.0", "03:04:04.0"),
        forge(2, "\"clock\":null", "\"clock\":\"2026-01-02T03:04:08.000000000Z\""),
        forge(2, "\"clock\":null", "\"clock\":\"2026-01-02T03:04:05.000000000Z\""),
        forge(2, "\"clock\":null", "\"clock\":\"2026-01-02T03:04:08Z\""),
        forge(2, "\"actor\":", "\"actor\": "),
        forge(2, "\"event\":", "\"event\":{},\"more\":"),
        forge(2, "{\"sequence\"", "{\"number\""),
        forge(2, "\"kind\":\"order-created\"", "\"name\":\"order-created\""),
        forge(2, "prod", "pr\tod"),
        forge(4, "\"kind\":\"system\"", &long),
        forge(2, "order-created", "order-craeted"),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    entry 3, bytes 902 to 1706: written anew, or the entry before it was: it names another predecessor
    entry 5, bytes 2465 to 2858: entry 1, which was there already, stands in its place
    entry 1, bytes 0 to 366: written anew, or the entry before it was: it names another predecessor
    entry 3, bytes 902 to 1708: not an entry: its members cannot be read: `2026-01-02T03:04:06.5.000000000Z` is not a moment in UTC with nine decimals
    entry 3, bytes 902 to 1706: made at 2026-01-02T03:04:04Z, before its predecessor at 2026-01-02T03:04:06Z
    entry 3, bytes 902 to 1734: not an entry: its clock was not behind, and stands beside its moment all the same
    entry 3, bytes 902 to 1734: not an entry: its clock was not behind, and stands beside its moment all the same
    entry 3, bytes 902 to 1724: not an entry: its members cannot be read: `2026-01-02T03:04:08Z` is not a moment in UTC with nine decimals
    entry 3, bytes 902 to 1707: not an entry: it is not written in the one form that entries have
    entry 3, bytes 902 to 1716: not an entry: its members cannot be read: unknown field `more`, expected one of `sequence`, `moment`, `clock`, `actor`, `event`, `previous`, `hash` at line 1 column 135
    entry 3, bytes 902 to 1704: not an entry: its members cannot be read: unknown field `number`, expected one of `sequence`, `moment`, `clock`, `actor`, `event`, `previous`, `hash` at line 1 column 9
    entry 3, bytes 902 to 1706: not an entry: it is not written in the one form that entries have
    entry 3, bytes 902 to 1707: not an entry: it has a control character
    entry 5, bytes 2465 to 68401: not an entry: it is longer than 65536 bytes
    entry 4, bytes 1706 to 2465: written anew, or the entry before it was: it names another predecessor
    ");
}

#[test]
fn what_is_no_ledger_is_said_to_be_none() {
    let ledger = Ledger::with(3);
    let told = |bytes: &[u8]| verify(bytes, Some(ledger.head())).unwrap_err().to_string();
    let whole = String::from_utf8(ledger.bytes()).unwrap();
    let told = [
        told(b"sequence,moment\n"),
        told(b"hello"),
        told(format!("\n{whole}").as_bytes()),
        told(format!("{whole}\n").as_bytes()),
        told(whole.replace('\n', "\r\n").as_bytes()),
        told(&vec![b'x'; 100_000]),
        told(&Ledger::with(4).bytes()),
        told(&[whole.as_bytes(), b"{\"sequence\":4,"].concat()),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    entry 1, bytes 0 to 16: not an entry: it does not begin or end as an entry does
    entry 1, bytes 0 to 5: cut short: the line has no end
    entry 1, bytes 0 to 1: not an entry: it does not begin or end as an entry does
    entry 4, bytes 1706 to 1707: not an entry: it does not begin or end as an entry does
    entry 1, bytes 0 to 367: changed: its bytes do not have the hash that it states
    entry 1, bytes 0 to 100000: not an entry: it is longer than 65536 bytes
    entry 4, bytes 2465 to 2465: not known: the ledger ends with entry 3
    entry 4, bytes 1706 to 1720: cut short: the line has no end
    ");
    let hint = verify(b"hello", None).unwrap_err().hint();
    assert_eq!(
        hint,
        "keep the file for inquiry, and compare it with an earlier export or the last backup; the entries before it are as they were written"
    );
}

#[test]
fn a_changed_byte_is_shown_where_that_can_be_proved() {
    let ledger = Ledger::with(3);
    let whole = ledger.bytes();
    let second = ledger.lines[0].len() + 1;
    let end = second + ledger.lines[1].len();
    let named = |at: usize| -> Range<usize> {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let named = verify(&bytes, None).unwrap_err().bytes;
        usize::try_from(named.start).unwrap() - second..usize::try_from(named.end).unwrap() - second
    };
    let line = 0..end + 1 - second;
    // Its number, its predecessor and its form are known; what it tells and its own hash are not.
    assert_eq!([named(second + 3), named(second + 12)], [3..4, 12..13]);
    assert_eq!([named(end - 1), named(end - 100)], [line.end - 2..line.end - 1, line.end - 101..line.end - 100]);
    assert_eq!([named(second + 30), named(end - 10)], [line.clone(), line]);
}

#[test]
fn a_ledger_written_anew_is_told_from_the_one_that_was_known() {
    let known = Ledger::with(5);
    let anew = |from: usize| {
        let mut drafts = super::drafts(5);
        drafts[from].moment = moment(1_000);
        drafts[from..].iter_mut().for_each(|draft| draft.moment = moment(1_000));
        verify(&Ledger::of(&drafts).bytes(), Some(known.head())).unwrap_err()
    };
    assert_eq!((anew(0).sequence, anew(0).wrong), (1, Wrong::Rewritten));
    assert_eq!((anew(3).sequence, anew(3).wrong), (5, Wrong::Rewritten));
    assert_eq!(anew(4).wrong.to_string(), "written anew, with all that follows: it has another hash than is known");
}

#[test]
fn a_clock_that_was_set_back_is_written_beside_the_moment() {
    let mut drafts = super::drafts(4);
    drafts[2].moment = moment(0);
    let ledger = Ledger::of(&drafts);
    let read = Entry::read(ledger.lines[2].as_bytes()).unwrap();
    assert_eq!((read.moment.0, read.clock.map(|clock| clock.0)), (moment(1), Some(moment(0))));
    let Report { head, begun, clock_behind, .. } = verify(&ledger.bytes(), None).unwrap();
    assert_eq!((head.moment(), begun, clock_behind), (moment(3), Some(moment(0)), 1));
    assert_eq!(head.check_clock(moment(3)), Ok(()));
    let refused = head.check_clock(moment(2)).unwrap_err();
    insta::assert_snapshot!(format!("{refused}\nhint: {}", refused.hint()), @"
    the clock says 2026-01-02T03:04:07Z, and the last entry of the ledger was made at 2026-01-02T03:04:08Z: the clock was set back, or was ahead then
    hint: set the clock right; until it has passed the last entry, nothing new is begun. If it was ahead then, an approver says so: tenor ledger clock
    ");

    let before_the_epoch = Draft { moment: jiff::Timestamp::MIN, ..drafts[0].clone() };
    let ledger = Ledger::of(&[before_the_epoch]);
    assert_eq!(Entry::read(ledger.lines[0].as_bytes()).unwrap().moment.0, jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(verify(&ledger.bytes(), None).unwrap().clock_behind, 1);
}

#[test]
fn what_a_newer_version_wrote_is_verified_and_shown_as_it_is() {
    let mut ledger = Ledger::with(3);
    ledger.lines[2] = forged(&ledger.lines[2].replace("\"kind\":\"order-created\"", "\"kind\":\"order-dreamt-up\",\"of\":[1,{}]"));
    let report = verify(&ledger.bytes(), None).unwrap();
    assert_eq!(report.unknown.into_iter().collect::<Vec<_>>(), [("order-dreamt-up".to_owned(), 1)]);
    let Entry { event: Told::Unknown { kind, text }, actor: Told::Known(_), .. } = Entry::read(ledger.lines[2].as_bytes()).unwrap() else {
        panic!("it is not known");
    };
    assert_eq!(kind, "order-dreamt-up");
    assert!(text.starts_with("{\"kind\":\"order-dreamt-up\",\"of\":[1,{}],\"order\":\"0a0a"), "{text}");
    // A known kind with members in other words is not what this version means by it; nothing is decided by it.
    let mut other = Ledger::with(3);
    other.lines[2] = forged(&other.lines[2].replace("\"steps\":2", "\"steps\":\"2\""));
    let report = verify(&other.bytes(), None).unwrap();
    assert_eq!(report.unknown.into_iter().collect::<Vec<_>>(), [("order-created".to_owned(), 1)]);
    let entry = Entry::read(other.lines[2].as_bytes()).unwrap();
    assert!(matches!(entry.event, Told::Unknown { .. }));
    let refused = entry.known().unwrap_err();
    insta::assert_snapshot!(format!("{refused}\nhint: {}", refused.hint()), @"
    entry 3 is of a kind or a shape that this Tenor does not know: `order-created`
    hint: update Tenor: a newer one wrote here, and what it wrote may forbid what is asked
    ");
    assert!(Entry::read(other.lines[1].as_bytes()).unwrap().known().is_ok());
    // In other bytes it is none at all.
    let spaced = forged(&Ledger::with(3).lines[2].replace("\"steps\":2", "\"steps\": 2"));
    assert_eq!(Entry::read(spaced.as_bytes()), Err(Wrong::NotAnEntry(NotAnEntry::OtherForm)));
}
