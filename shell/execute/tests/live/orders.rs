//! Orders of one step that two persons approved: the only way to a step that may be sent.

use super::cloud::{REGION, START};
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, Moment, SigningKey, Text, append};
use tenor_money::Money;
use tenor_order::{
    Action, Approval, Ballot, Cleared, Details, Enrolled, Facts, Key, Order, OrderStanding, Price, Rails, Reading, Role, Service, Setting,
    Step, Submission, approve, check_step, obligation,
};
use tenor_propose::proposal::Kind;

const NOW: &str = "2025-01-01T00:30:00Z";
/// When what is queued begins.
const LATER: &str = "2025-06-01T00:00:00Z";

pub(crate) fn text(text: &str) -> Text {
    text.parse().unwrap()
}

pub(crate) fn moment(text: &str) -> Moment {
    Moment(text.parse().unwrap())
}

/// A step that says what, and not yet at which price.
pub(crate) fn draft(account: &str, service: Service, action: Action, object: &str, quantity: &str) -> Step {
    let is_plan = service == Service::SavingsPlans;
    Step {
        number: 1,
        action,
        service,
        account: account.parse().unwrap(),
        region: (!is_plan).then(|| REGION.parse().unwrap()),
        kind: is_plan.then_some(Kind::ComputePlan),
        term: None,
        payment: None,
        goods: text("-"),
        object: text(object),
        quantity: text(quantity),
        starts: (action == Action::Queue).then(|| moment(LATER)),
        deadline: None,
        ceiling_hourly: Money::ZERO,
        ceiling_upfront: Money::ZERO,
        obligation: Money::ZERO,
        details: None,
    }
}

/// The same with what all of it costs as its ceilings.
pub(crate) fn priced(draft: Step, price: &Price) -> Step {
    let offering = price.offering.clone();
    Step {
        goods: offering.goods,
        region: offering.region,
        kind: Some(offering.kind),
        term: Some(offering.term),
        payment: Some(offering.payment),
        ceiling_hourly: price.hourly,
        ceiling_upfront: price.upfront,
        obligation: obligation(offering.term, price.hourly, price.upfront),
        ..draft
    }
}

pub(crate) fn with(draft: Step, details: Details) -> Step {
    Step { details: Some(details), ..draft }
}

/// The step's order, and the key of its call.
pub(crate) fn order(step: &Step) -> Order {
    let head = head();
    let setting = Setting {
        made: moment(START),
        ledger: head.first().unwrap(),
        connection: text("prod"),
        agreement: ContentHash::sha256(b"agreement"),
        policy: Rails::open().hash(),
        inventory: ContentHash::sha256(b"inventory"),
        currency: text("USD"),
    };
    Order::new("0b".repeat(32).parse().unwrap(), key(1).public(), setting, vec![step.clone()]).unwrap()
}

/// The step, let through.
pub(crate) fn cleared(step: &Step, price: Option<Price>) -> (Cleared, Option<Key>) {
    let order = order(step);
    let call_key = order.key(step);
    let enrolled =
        |number: u8, person: &str| (key(number).public(), Enrolled { person: text(person), role: Role::Approver, revoked: None });
    let keys: BTreeMap<_, _> = [enrolled(1, "Ada"), enrolled(2, "Ben"), enrolled(3, "Cem")].into();
    let (head, rails, persons, lowered) = (head(), Rails::open(), BTreeSet::new(), BTreeMap::new());
    let ballot = Ballot {
        keys: &keys,
        persons: &persons,
        lowered: &lowered,
        rails: &rails,
        agreement: order.agreement(),
        standing: OrderStanding::Waiting,
        head: &head,
        reached: None,
        now: moment(NOW),
    };
    let approvals = [2, 3].map(|number| Approval::sign(&order, moment(NOW), moment("2025-01-01T12:00:00Z"), None, &key(number)));
    let submission = Submission::sign(&order, None, &key(1));
    let approved = approve(order, submission, &approvals, &ballot).unwrap();
    let now = moment(NOW);
    let facts = Facts {
        now,
        today: Money::ZERO,
        this_month: Money::ZERO,
        returns_left: 10,
        price: price.map_or_else(|| Reading::Unread(text("nothing is bought")), |price| Reading::Read(now, Some(price))),
        inventory: Reading::Read(now, None),
        demand: Reading::Read(now, None),
    };
    (check_step(&approved, 1, &ballot, &facts).unwrap(), call_key)
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

/// A ledger of one entry.
fn head() -> Head {
    let event = Event::Started { version: text("0.1.0") };
    append(&Head::EMPTY, &Draft { moment: moment(START).0, actor: Actor::System, event }).1
}
