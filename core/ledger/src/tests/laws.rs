//! Whatever was recorded, and however it is handed over, it verifies; whatever else is done to it, it does not.

use super::{Ledger, actors, events, exported, moment};
use crate::entry::is_written;
use crate::line::{Parts, Tail};
use crate::{Draft, Entry, Event, Told, Verifier, Wrong, verify};
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::sample::select;

fn any_draft() -> impl Strategy<Value = Draft> {
    (0..1_000_u64, select(actors().to_vec()), select(events())).prop_map(|(at, actor, event)| Draft { moment: moment(at), actor, event })
}

fn any_ledger() -> impl Strategy<Value = (Vec<Draft>, Ledger)> {
    prop::collection::vec(any_draft(), 2..30).prop_map(|drafts| (drafts.clone(), Ledger::of(&drafts)))
}

/// An order of lines that is not theirs: any of them may be missing or there more than once.
fn any_disorder() -> impl Strategy<Value = (Ledger, Vec<usize>)> {
    let orders = |(_, ledger): (Vec<Draft>, Ledger)| {
        let count = ledger.lines.len();
        (Just(ledger), prop::collection::vec(0..count, 0..=count + 2))
    };
    any_ledger()
        .prop_flat_map(orders)
        .prop_filter("that is the order they had", |(ledger, order)| !order.iter().copied().eq(0..ledger.lines.len()))
}

proptest! {
    #[test]
    fn what_was_appended_verifies_in_any_pieces_and_is_read_again((drafts, ledger) in any_ledger(), size in 1_usize..2_000) {
        let mut verifier = Verifier::new();
        for piece in ledger.bytes().chunks(size) {
            verifier.bytes(piece).unwrap();
        }
        prop_assert_eq!(verifier.finish_at(ledger.head()).unwrap(), verify(&ledger.bytes(), None).unwrap());
        for (draft, line) in drafts.iter().zip(&ledger.lines) {
            let read = Entry::read(line.as_bytes()).unwrap();
            prop_assert_eq!(read.actor, Told::Known(draft.actor.clone()));
            prop_assert_eq!(read.event, Told::Known(draft.event.clone()));
            prop_assert_eq!(read.clock.unwrap_or(read.moment).0, draft.moment);
        }
    }

    #[test]
    fn the_first_line_out_of_its_place_is_named((ledger, order) in any_disorder()) {
        let lines: Vec<_> = order.iter().map(|at| &ledger.lines[*at]).collect();
        let found = verify(&exported(&lines), Some(ledger.head())).unwrap_err();
        let first = order.iter().enumerate().find(|(place, at)| place != *at).map_or(order.len(), |(place, _)| place);
        let number = |at: usize| u64::try_from(at).unwrap() + 1;
        prop_assert_eq!(found.sequence, number(first));
        let expected = match order.get(first) {
            None => Wrong::Missing { last: ledger.head().sequence() },
            Some(at) if *at < first => Wrong::Repeated { found: number(*at) },
            Some(at) if order[first..].contains(&first) => Wrong::OutOfOrder { found: number(*at) },
            Some(at) => Wrong::Missing { last: number(*at) - 1 },
        };
        prop_assert_eq!(found.wrong, expected);
    }

    #[test]
    fn bytes_put_in_or_taken_out_are_found((_, ledger) in any_ledger(), at in any::<prop::sample::Index>(), put in prop::collection::vec(any::<u8>(), 0..5), taken in 0_usize..50) {
        let whole = ledger.bytes();
        let at = at.index(whole.len());
        let end = (at + taken).min(whole.len());
        let bent = [&whole[..at], &put, &whole[end..]].concat();
        let line = u64::try_from(whole[..at].iter().filter(|byte| **byte == b'\n').count()).unwrap() + 1;
        match verify(&bent, Some(ledger.head())) {
            Ok(_) => prop_assert_eq!(bent, whole),
            Err(found) => prop_assert!((line..=line + 1).contains(&found.sequence), "{} at byte {}, line {}", found, at, line),
        }
    }
}

/// The line with every byte replaced by each of some that mean something in JSON, with each of them put in before it, and without it.
fn bent(line: &str) -> Vec<Vec<u8>> {
    let mut bent = Vec::new();
    for at in 0..line.len() {
        let (before, after) = (&line.as_bytes()[..at], &line.as_bytes()[at + 1..]);
        bent.push([before, after].concat());
        for value in b"\"\\{}[]:, 019-+.eanZT\xff\x7f" {
            bent.push([before, &[*value], after].concat());
            bent.push([before, &[*value], &line.as_bytes()[at..]].concat());
        }
    }
    bent
}

#[test]
fn the_short_way_takes_of_any_line_what_the_long_way_does() {
    let mut drafts = super::drafts(super::events().len());
    // One whose clock is behind.
    drafts[3].moment = moment(1);
    let ledger = Ledger::of(&drafts);
    let (mut taken, mut refused) = (0, 0);
    for line in &ledger.lines {
        for bytes in bent(line) {
            let Some(tail) = Tail::of(&bytes) else { continue };
            let found = Parts::in_any_order(&bytes, &tail).ok();
            *if found.is_some() { &mut taken } else { &mut refused } += 1;
            assert_eq!(Parts::in_order(&bytes, &tail), found, "{}", String::from_utf8_lossy(&bytes));
        }
    }
    assert!(taken > 100_000 && refused > 100_000, "{taken} and {refused}");
}

#[test]
fn numbers_and_moments_at_their_ends_are_read_the_short_way_too() {
    let line = &Ledger::with(1).lines[0];
    let of = |number: &str, moment: &str| {
        line.replace("\"sequence\":1,", &format!("\"sequence\":{number},")).replace("2026-01-02T03:04:05.000000000Z", moment)
    };
    let told: Vec<_> = [
        ("0", "0000-01-01T00:00:00.000000000Z"),
        ("18446744073709551615", "9999-12-30T22:00:00.999999999Z"),
        ("18446744073709551616", "2026-01-02T03:04:05.000000000Z"),
        ("00", "2026-01-02T03:04:05.000000000Z"),
        ("1", "-000001-01-02T03:04:05.000000000Z"),
        ("1", "2026-02-30T03:04:05.000000000Z"),
    ]
    .into_iter()
    .map(|(number, moment)| {
        let line = of(number, moment);
        let tail = Tail::of(line.as_bytes()).unwrap();
        let found = Parts::in_order(line.as_bytes(), &tail);
        assert_eq!(found, Parts::in_any_order(line.as_bytes(), &tail).ok());
        found.map(|parts| (parts.sequence, parts.moment.to_string()))
    })
    .collect();
    assert_eq!(told[0], Some((0, "0000-01-01T00:00:00.000000000Z".to_owned())));
    assert_eq!(told[1], Some((u64::MAX, "9999-12-30T22:00:00.999999999Z".to_owned())));
    assert_eq!(told[2..4], [None, None]);
    assert_eq!(told[4], Some((1, "-000001-01-02T03:04:05.000000000Z".to_owned())));
    assert_eq!(told[5], None);
}

#[test]
fn a_value_is_written_in_these_bytes_where_writing_it_anew_gives_them() {
    let mut others = 0;
    for event in events() {
        let json = serde_json::to_string(&event).unwrap();
        assert!(is_written(&event, &json), "{json}");
        for bent in bent(&json) {
            // What is no event is not asked.
            let Ok(bent) = String::from_utf8(bent) else { continue };
            let Ok(read) = serde_json::from_str::<Event>(&bent) else { continue };
            let is_same = serde_json::to_string(&read).unwrap() == bent;
            assert_eq!(is_written(&read, &bent), is_same, "{bent}");
            others += usize::from(!is_same);
        }
        assert!(!is_written(&event, &json[..json.len() - 1]) && !is_written(&event, &format!("{json} ")));
    }
    assert!(others > 0, "some are read and written otherwise");
}
