//! Orders that Ada made and Ben approved.

use super::journal::MemoryJournal;
use super::text;
use crate::{Encoded as _, Journal, Snapshot};
use jiff::SignedDuration;
use tenor_bill::AccountId;
use tenor_ledger::{ContentHash, Event, Moment, OrderId, ProposalId, SigningKey};
use tenor_order::{Approval, Order, PutRight, Rails, Setting, Step, Submission};

fn ada() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn ben() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

/// The first entries of a ledger: who may sign, and an account that is connected.
pub(super) fn begin(journal: &mut MemoryJournal, account: &AccountId, now: Moment) {
    let enrol = |key: &SigningKey, name| Event::KeyEnrolled { key: key.public(), name: text(name), role: text("approver") };
    let agreement = ContentHash::sha256(b"agreement");
    let begin = [
        Event::Started { version: text("0.1.0") },
        enrol(&ada(), "Ada"),
        enrol(&ben(), "Ben"),
        Event::ConnectionMade { connection: text("prod"), account: account.clone(), agreement },
    ];
    journal.write(now, &begin, &[]).unwrap();
}

/// Ben says that the clock was ahead, by one of his own.
pub(super) fn put_right(journal: &mut MemoryJournal, now: Moment) {
    let (head, reason) = (*journal.head(), text("the time server was wrong"));
    let place = (head.first().unwrap(), head.hash());
    let said = PutRight::sign(place, Moment(head.moment()), now, true, reason, &ben());
    journal.write(now, &[said.event()], &[]).unwrap();
}

/// Ben approves an order for a day.
pub(super) fn approve(journal: &mut MemoryJournal, id: OrderId, now: Moment) {
    let approval = Approval::sign(&journal.orders[&id], now, Moment(now.0 + SignedDuration::from_hours(24)), None, &ben());
    let Approval { policy, signed, expires, key, user, signature, .. } = approval;
    journal.write(now, &[Event::Approved { order: id, policy, signed, expires, key, user, signature }], &[]).unwrap();
}

/// An order of these steps, made on a snapshot and approved for a day; all are of one proposal.
pub(super) fn order(journal: &mut MemoryJournal, rails: &Rails, steps: Vec<Step>, snapshot: &Snapshot, now: Moment) -> OrderId {
    order_of(journal, 11, rails, steps, snapshot, now)
}

/// The same of a proposal whose id is this byte, all along.
pub(super) fn order_of(
    journal: &mut MemoryJournal,
    proposal: u8,
    rails: &Rails,
    steps: Vec<Step>,
    snapshot: &Snapshot,
    now: Moment,
) -> OrderId {
    let setting = Setting {
        made: now,
        ledger: journal.head().first().unwrap(),
        connection: text("prod"),
        agreement: journal.book().agreement(&text("prod")).unwrap(),
        policy: rails.hash(),
        inventory: snapshot.hash(),
        currency: text("USD"),
    };
    let order = Order::new(ProposalId::from_bytes([proposal; 32]), ada().public(), setting, steps).unwrap();
    let id = order.id();
    let submission = Submission::sign(&order, None, &ada());
    let approval = Approval::sign(&order, now, Moment(now.0 + SignedDuration::from_hours(24)), None, &ben());
    let created = Event::OrderCreated {
        order: id,
        proposal: order.proposal(),
        connection: text("prod"),
        policy: order.policy(),
        steps: u32::try_from(order.steps().len()).unwrap(),
        key: submission.key,
        user: None,
        signature: submission.signature,
    };
    let Approval { policy, signed, expires, key, user, signature, .. } = approval;
    let approved = Event::Approved { order: id, policy, signed, expires, key, user, signature };
    journal.orders.insert(id, order);
    journal.write(now, &[created, approved], &[snapshot.encode()]).unwrap();
    id
}
