//! Who may agree, what refuses, and what a step can become: every case there is.

mod approvals;
mod books;
mod clocks;
mod orders;
mod overlaps;
mod rails;
mod reconciled;
mod states;
mod strangers;
mod told;
mod watched;

use crate::{Action, Order, Rails, Service, Setting, Step};
use std::num::NonZeroU32;
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, Moment, Text, append};
use tenor_propose::proposal::{Kind, Term, Upfront};

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

fn moment(text: &str) -> Moment {
    Moment(text.parse().unwrap())
}

/// Two have to agree, for a day at most.
fn team() -> Rails {
    Rails { approvals_needed: NonZeroU32::new(2).unwrap(), approval_hours_max: 24, ..Rails::open() }
}

fn policy() -> ContentHash {
    team().hash()
}

/// A plan to be bought on 5 January.
fn plan() -> Step {
    Step {
        number: 1,
        action: Action::Buy,
        service: Service::SavingsPlans,
        account: "111122223333".parse().unwrap(),
        region: None,
        kind: Some(Kind::ComputePlan),
        term: Some(Term::OneYear),
        payment: Some(Upfront::Partial),
        goods: text("-"),
        object: text("offering-1"),
        quantity: text("1.5"),
        starts: None,
        deadline: None,
        ceiling_hourly: "0.75".parse().unwrap(),
        ceiling_upfront: "6570".parse().unwrap(),
        obligation: "13140".parse().unwrap(),
        details: None,
    }
}

/// For what the orders here are made.
fn setting() -> Setting {
    Setting {
        made: moment("2026-01-05T11:00:00Z"),
        ledger: head("2026-01-05T11:00:00Z").first().unwrap(),
        connection: text("prod"),
        agreement: ContentHash::sha256(b"agreement"),
        policy: policy(),
        inventory: ContentHash::sha256(b"inventory"),
        currency: text("USD"),
    }
}

/// A ledger of one entry, made at a moment.
fn head(at: &str) -> Head {
    let event = Event::Started { version: text("0.1.0") };
    append(&Head::EMPTY, &Draft { moment: moment(at).0, actor: Actor::System, event }).1
}

fn order(steps: Vec<Step>) -> Order {
    let proposer = tenor_ledger::SigningKey::from_seed(&[1; 32]).public();
    Order::new("0b".repeat(32).parse().unwrap(), proposer, setting(), steps).unwrap()
}
