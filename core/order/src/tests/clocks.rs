//! A clock that was ahead: what an approver says puts it right, what anybody else says does not, and nothing is in the future from then on.

use super::approvals::key;
use super::{head, moment, order, plan, text};
use crate::{Book, BookError, PutRight, StepState};
use std::collections::BTreeMap;
use tenor_ledger::{Actor, ContentHash, Draft, EntryHash, Event, Head, Moment, OrderId, Signature, SigningKey, append};

const BEGIN: &str = "2026-01-05T11:00:00Z";
/// What the clock said by mistake.
const AHEAD: &str = "2036-01-05T12:00:00Z";
const NOW: &str = "2026-01-05T12:30:00Z";

fn id() -> OrderId {
    order(vec![plan()]).id()
}

fn enrolled(number: u8, name: &str, role: &str) -> Event {
    Event::KeyEnrolled { key: key(number).public(), name: text(name), role: text(role) }
}

fn created() -> Event {
    let (order, proposal) = (id(), order(vec![plan()]).proposal());
    let (key, signature) = (key(1).public(), Signature::from_bytes([0; 64]));
    let (connection, policy) = (text("prod"), ContentHash::sha256(b"policy"));
    Event::OrderCreated { order, proposal, connection, policy, steps: 1, key, user: None, signature }
}

fn intended() -> Event {
    Event::StepIntended {
        order: id(),
        step: 1,
        account: "111122223333".parse().unwrap(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request: ContentHash::sha256(b"request"),
        token: None,
    }
}

/// A ledger and what it says, as a home has them.
struct Kept {
    head: Head,
    book: Book,
}

impl Kept {
    /// One whose clock was right, and then ten years ahead.
    fn ahead() -> Self {
        let mut kept = Self { head: head(BEGIN), book: Book::default() };
        for event in [enrolled(1, "Ada", "proposer"), enrolled(2, "Ben", "approver"), created()] {
            kept.enter(BEGIN, &event).unwrap();
        }
        for event in [intended(), Event::KeyRevoked { key: key(1).public(), reason: text("lost") }] {
            kept.enter(AHEAD, &event).unwrap();
        }
        kept
    }

    fn enter(&mut self, now: &str, event: &Event) -> Result<(), BookError> {
        let now = moment(now);
        Book::check_place(event, self.head.first(), Some(self.head.hash()))?;
        self.book.enter(self.book.counts_now(&self.head, now), event)?;
        self.head = append(&self.head, &Draft { moment: now.0, actor: Actor::System, event: event.clone() }).1;
        Ok(())
    }

    /// What comes of asking whether something may begin.
    fn told(&self, now: &str) -> String {
        self.book.check_clock(&self.head, moment(now)).map_or_else(|error| error.to_string(), |()| "it may begin".to_owned())
    }

    fn put_right(&self, ahead: &str, by: &SigningKey) -> PutRight {
        self.put_right_to(ahead, NOW, by)
    }

    fn put_right_to(&self, ahead: &str, now: &str, by: &SigningKey) -> PutRight {
        let place = (self.head.first().unwrap(), self.head.hash());
        PutRight::sign(place, moment(ahead), moment(now), true, text("the time server was wrong"), by)
    }
}

#[test]
fn a_clock_that_was_ahead_stops_everything_until_an_approver_puts_it_right() {
    let mut kept = Kept::ahead();
    let before = kept.told(NOW);
    let said = kept.put_right(AHEAD, &key(2));
    kept.enter(NOW, &said.event()).unwrap();
    let told = [before, kept.told(NOW), kept.told("2026-01-05T12:29:59Z"), kept.told("2026-01-05T13:00:00Z")];
    // Each entry counts by its clock from then on, and a clock that is set back once more is noticed.
    kept.enter("2026-01-05T13:00:00Z", &Event::KillSwitch { stopped: false, reason: text("-") }).unwrap();
    let later = kept.told("2026-01-05T12:59:59Z");
    insta::assert_snapshot!(told.into_iter().chain([later]).collect::<Vec<_>>().join("\n"), @"
    the clock says 2026-01-05T12:30:00Z, and the last entry of the ledger was made at 2036-01-05T12:00:00Z: the clock was set back, or was ahead then
    it may begin
    the clock says 2026-01-05T12:29:59Z, and the last entry of the ledger was made at 2026-01-05T12:30:00Z: the clock was set back, or was ahead then
    it may begin
    the clock says 2026-01-05T12:59:59Z, and the last entry of the ledger was made at 2026-01-05T13:00:00Z: the clock was set back, or was ahead then
    ");
    assert_eq!(kept.head.moment(), moment(AHEAD).0, "moments of a ledger only rise");
}

#[test]
fn what_was_recorded_by_it_counts_as_of_the_moment_at_which_it_was_put_right() {
    let mut kept = Kept::ahead();
    let at = |kept: &Kept| {
        let course = &kept.book.order(id()).unwrap().steps[0];
        (course.intents()[0].at, course.state(), kept.book.keys()[&key(1).public()].revoked)
    };
    assert_eq!(at(&kept), (moment(AHEAD), StepState::Intended, Some(moment(AHEAD))));
    let said = kept.put_right(AHEAD, &key(2));
    kept.enter(NOW, &said.event()).unwrap();
    assert_eq!(at(&kept), (moment(NOW), StepState::Intended, Some(moment(NOW))));
    assert_eq!(kept.book.order(id()).unwrap().created, moment(BEGIN), "what was before it stays");
    // A ledger that is read again comes to the same: its entries have their clock beside them.
    let entry = |clock: &str| kept.book.counts_at(Moment(kept.head.moment()), Some(moment(clock)));
    assert_eq!((entry("2026-01-05T12:40:00Z"), entry("2026-01-05T12:00:00Z")), (moment("2026-01-05T12:40:00Z"), moment(NOW)));
}

/// An approver whose own clock is years behind takes no money out of what is counted.
#[test]
fn what_was_recorded_by_it_counts_as_spent_on_every_day() {
    let mut kept = Kept::ahead();
    let said = kept.put_right_to(AHEAD, "2020-01-01T00:00:00Z", &key(2));
    kept.enter("2020-01-01T00:00:00Z", &said.event()).unwrap();
    let orders = BTreeMap::from([(id(), order(vec![plan()]))]);
    let spent = |since: &str| kept.book.obliged(&orders, &text("USD"), moment(since), (OrderId::from_bytes([0; 32]), 1)).unwrap();
    assert_eq!(["2020-01-01T00:00:00Z", "2026-01-05T00:00:00Z", "2030-01-01T00:00:00Z"].map(spent), [plan().obligation; 3]);
}

/// It would count when that day comes, even of a user who was removed since.
#[test]
fn an_approval_that_was_signed_by_it_never_counts() {
    let mut kept = Kept::ahead();
    let approved = |signed: &str, expires: &str| {
        let (order, policy, key) = (id(), ContentHash::sha256(b"policy"), key(2).public());
        let (signed, expires, signature) = (moment(signed), moment(expires), Signature::from_bytes([0; 64]));
        Event::Approved { order, policy, signed, expires, key, user: None, signature }
    };
    let signed = |kept: &Kept| kept.book.order(id()).unwrap().approvals.iter().map(|approval| approval.signed).collect::<Vec<_>>();
    for event in [approved(BEGIN, "2026-01-06T11:00:00Z"), approved(AHEAD, "2036-01-06T12:00:00Z")] {
        kept.enter(AHEAD, &event).unwrap();
    }
    assert_eq!(signed(&kept), [moment(BEGIN), moment(AHEAD)]);
    let said = kept.put_right(AHEAD, &key(2));
    kept.enter(NOW, &said.event()).unwrap();
    kept.enter(NOW, &approved(NOW, "2026-01-06T12:30:00Z")).unwrap();
    assert_eq!(signed(&kept), [moment(BEGIN), moment(NOW)], "what was signed by the right clock stays");
}

#[test]
fn a_clock_that_is_ahead_again_is_put_right_again() {
    let mut kept = Kept::ahead();
    let said = kept.put_right(AHEAD, &key(2));
    kept.enter(NOW, &said.event()).unwrap();
    kept.enter("2040-01-05T12:00:00Z", &Event::KillSwitch { stopped: false, reason: text("-") }).unwrap();
    assert!(kept.told(NOW).contains("2040-01-05"), "{}", kept.told(NOW));
    // What was signed for another place says nothing here.
    assert!(kept.enter(NOW, &said.event()).is_err());
    let again = kept.put_right("2040-01-05T12:00:00Z", &key(2));
    kept.enter(NOW, &again.event()).unwrap();
    assert_eq!(kept.told(NOW), "it may begin");
}

#[test]
fn nobody_else_puts_it_right() {
    let told = |said: &PutRight| {
        let error = Kept::ahead().enter(NOW, &said.event()).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        (1..=3).fold(format!("{error}: {source}"), |told, number| told.replace(&key(number).public().to_string(), &format!("key {number}")))
    };
    let kept = Kept::ahead();
    let elsewhere = |ledger: Option<EntryHash>, previous: Option<EntryHash>| {
        let (first, last) = (kept.head.first().unwrap(), kept.head.hash());
        let place = (ledger.unwrap_or(first), previous.unwrap_or(last));
        PutRight::sign(place, moment(AHEAD), moment(NOW), true, text("the time server was wrong"), &key(2))
    };
    let another = EntryHash::from_bytes([9; 32]);
    let changed = PutRight { moment: moment("2026-01-04T12:30:00Z"), ..kept.put_right(AHEAD, &key(2)) };
    let told = [
        told(&kept.put_right(AHEAD, &key(1))),
        told(&kept.put_right(AHEAD, &key(3))),
        told(&kept.put_right("2030-01-05T12:00:00Z", &key(2))),
        told(&changed),
        told(&PutRight { asked: false, ..kept.put_right(AHEAD, &key(2)) }),
        // A whole signature, for another ledger or another place in this one.
        told(&elsewhere(Some(another), None)),
        told(&elsewhere(None, Some(another))),
        told(&kept.put_right_to(AHEAD, AHEAD, &key(2))),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the ledger says that the clock was put right: the key key 1 is no approver's, or was revoked
    the ledger says that the clock was put right: the key key 3 is no approver's, or was revoked
    the ledger says that the clock was put right: it was signed for a ledger that had come to 2030-01-05T12:00:00.000000000Z, and this one has come to 2036-01-05T12:00:00.000000000Z
    the ledger says that the clock was put right: the signature of key 2 is not theirs, or something was changed after they signed
    the ledger says that the clock was put right: the signature of key 2 is not theirs, or something was changed after they signed
    the ledger says that the clock was put right: it was signed for another ledger, or for another place in this one
    the ledger says that the clock was put right: it was signed for another ledger, or for another place in this one
    the ledger says that the clock was put right: it goes on from 2036-01-05T12:00:00.000000000Z, and the ledger had come to 2036-01-05T12:00:00.000000000Z: it was not ahead
    ");
}
