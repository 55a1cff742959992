//! Orders, as people and programs are told of them.

use super::{Bills, Site, begin};
use crate::Run;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tenor_ledger::{ContentHash, Ending, EntryHash, Event, Moment, OrderId, PublicKey, Signature, SigningKey, Text};
use tenor_order::{Action, Details, Order, Service, Setting, Step};
use tenor_propose::proposal::{Kind, Term, Upfront};
use tenor_state::{By, Document, DocumentKind, Secret, SystemRandomness, halt};

pub(crate) fn text(text: &str) -> Text {
    text.parse().unwrap()
}

fn key() -> PublicKey {
    SigningKey::from_seed(&[1; 32]).public()
}

/// Records what happened.
fn record(site: &Site, events: Vec<Event>, documents: &[Document]) {
    let drafts: Vec<_> = events.into_iter().map(|event| By::system(begin()).draft(event)).collect();
    site.state().append_with(&drafts, documents, &SystemRandomness::new()).unwrap();
}

/// One plan that is bought.
pub(crate) fn step() -> Step {
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

/// An order of the proposal of these tests, in no ledger.
pub(crate) fn order(steps: Vec<Step>) -> Order {
    order_in(EntryHash::from_bytes([4; 32]), steps)
}

fn order_in(ledger: EntryHash, steps: Vec<Step>) -> Order {
    let setting = Setting {
        made: Moment(begin()),
        ledger,
        connection: text("prod"),
        agreement: ContentHash::sha256(b"agreement"),
        policy: ContentHash::sha256(b"policy"),
        inventory: ContentHash::sha256(b"inventory"),
        currency: text("USD"),
    };
    Order::new("0b".repeat(32).parse().unwrap(), key(), setting, steps).unwrap()
}

/// Makes an order of one plan.
pub(super) fn made(site: &Site) -> OrderId {
    made_of(site, vec![step()])
}

/// Makes an order of these steps.
fn made_of(site: &Site, steps: Vec<Step>) -> OrderId {
    let ledger = site.state().ledger_head().unwrap().first().unwrap();
    let order = order_in(ledger, steps);
    let created = Event::OrderCreated {
        order: order.id(),
        proposal: order.proposal(),
        connection: order.connection().clone(),
        policy: order.policy(),
        steps: u32::try_from(order.steps().len()).unwrap(),
        key: key(),
        user: None,
        signature: Signature::from_bytes([0; 64]),
    };
    let inventory = Document::new(DocumentKind::Inventory, "inventory".to_owned());
    record(site, vec![created], &[Document::new(DocumentKind::Order, order.encode()), inventory]);
    order.id()
}

/// That somebody agrees to it, for a day.
fn approved(order: OrderId) -> Event {
    let expires = Moment(begin() + SignedDuration::from_hours(24));
    let (policy, signature) = (ContentHash::sha256(b"policy"), Signature::from_bytes([0; 64]));
    Event::Approved { order, policy, signed: Moment(begin()), expires, key: key(), user: None, signature }
}

/// What was to be sent.
fn intent() -> Document {
    Document::new(DocumentKind::Intent, "policy".to_owned())
}

/// That its only step was done.
fn done(order: OrderId) -> Vec<Event> {
    let (step, account) = (1, || "111122223333".parse().unwrap());
    let intended = Event::StepIntended {
        order,
        step,
        account: account(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request: ContentHash::sha256(b"policy"),
        token: Some(text("token")),
    };
    let called = Event::Called {
        order: Some(order),
        step: Some(step),
        account: account(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request_id: Some(text("request-1")),
        error: None,
    };
    let done = Event::StepDone { order, step, result: text("sp-1"), paid: None };
    vec![intended, called, done]
}

/// Has it approved, and its only step done.
pub(super) fn bought(site: &Site, order: OrderId) {
    record(site, vec![approved(order)], &[]);
    record(site, done(order), &[intent()]);
}

async fn asked(site: &Site, path: &str, session: &Secret) -> Value {
    serde_json::from_str(&site.get(path, Some(session)).await.body).unwrap()
}

#[tokio::test]
async fn an_order_is_shown_as_it_stands_to_people_and_programs() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let order = made(&site);
    let (page, path) = (format!("/orders/{order}"), format!("/api/v1/orders/{order}"));
    let shown = site.get(&page, Some(&session)).await;
    assert!(shown.status == 200 && shown.body.contains("<span class=\"tag warn\">waits</span>"), "{}", shown.body);
    let step = asked(&site, &path, &session).await["steps"][0].clone();
    assert_eq!((&step["what"], &step["obligation"], &step["state"]), (&"compute-plan".into(), &"13140".into(), &"planned".into()));
    assert_eq!(step["account"], "111122223333");
    for name in ["region", "result", "said", "undo_until", "starts", "deadline", "details"] {
        assert_eq!(step.get(name), Some(&Value::Null), "{name}");
    }

    let expires = Moment(begin() + SignedDuration::from_hours(24));
    record(&site, vec![approved(order)], &[]);
    let answer = asked(&site, &path, &session).await;
    assert_eq!((&answer["order"]["standing"], &answer["approvals"][0]["until"]), (&"signed".into(), &expires.to_string().into()));
    let shown = site.get("/orders", Some(&session)).await;
    assert!(shown.body.contains("<span class=\"tag \">signed</span>"), "whether one is enough is not told here: {}", shown.body);

    let (step, mut events) = (1, done(order));
    let failed = Event::StepFailed { order, step, reason: text("the card was declined") };
    events.extend([failed, Event::OrderEnded { order, ending: Ending::Done }]);
    record(&site, events, &[intent()]);
    let answer = asked(&site, &path, &session).await;
    assert_eq!(answer["order"]["standing"], "not paid for");
    assert_eq!((&answer["steps"][0]["result"], &answer["steps"][0]["said"]), (&"sp-1".into(), &"the card was declined".into()));
    let shown = site.get(&page, Some(&session)).await;
    assert!(shown.body.contains("<span class=\"tag bad\">not paid for</span>"), "{}", shown.body);
}

#[tokio::test]
async fn the_kill_switch_is_shown_before_the_ledger_has_it_and_when_nobody_can_look() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    assert_eq!(asked(&site, "/api/v1/orders", &session).await["kill_switch"], Value::Null);
    halt(site.home.path(), &text("fire"), &By::system(begin())).unwrap();
    assert_eq!(asked(&site, "/api/v1/orders", &session).await["kill_switch"], "fire");
    assert!(site.get("/orders", Some(&session)).await.body.contains("The kill switch is set: nothing is sent to AWS. fire"));
    let file = site.home.path().join("state/stopped");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert_eq!(asked(&site, "/api/v1/orders", &session).await["kill_switch"], "nobody could look whether it was");
}

#[tokio::test]
async fn a_program_is_told_how_a_run_goes() {
    let site = Site::new(Bills::Three);
    let (session, order) = (site.session("viewer"), made(&site));
    let path = format!("/api/v1/orders/{order}");
    assert_eq!(asked(&site, &path, &session).await.get("run"), Some(&Value::Null), "it was not begun");
    let (user, told, steps) = ("eve".to_owned(), "nothing was sent".to_owned(), vec![(1, "be sent".to_owned())]);
    *site.desk.run.lock().unwrap() = Some(Run { user, begun: begin(), is_live: false, is_going: false, is_good: true, told, steps });
    assert_eq!(
        asked(&site, &path, &session).await["run"],
        json!({
            "user": "eve", "begun": begin().to_string(), "is_going": false, "is_live": false, "is_good": true, "told": "nothing was sent",
            "steps": [{ "step": 1, "would": "be sent" }],
        })
    );
}

#[tokio::test]
async fn an_approver_sees_beside_the_obligation_why_it_was_proposed_and_what_was_left_out() {
    let site = Site::new(Bills::Three);
    let (session, order) = (site.session("approver"), made(&site));
    let path = format!("/orders/{order}");
    *site.desk.why_not.lock().unwrap() = Some("0 of 1 approvals count".to_owned());
    let shown = site.get(&path, Some(&session)).await;
    let text = shown.text();
    for told in [
        "13,140.00 USD\nthis order, by the highest prices at which it may be carried out",
        "4,380.00 USD\nthe whole proposal, over the term: one in ten futures is below 2,000.00, one above 6,000.00; 365.00 a month",
        "0 of 1 steps and 0 of 1 changes of what is held. 1 of the order's steps are not the proposal's.",
        "return a plan of 0.5 an hour: it was not asked for, or AWS did not have it as proposed when the order was made",
        "| 1 | buy | Compute Savings Plan; 1yr, Partial Upfront by the account 111122223333 | – | 1.50 USD an hour | 0.75 6,570.00 at once | 13,140.00 | planned",
    ] {
        assert!(text.replace("&#39;", "'").contains(told), "{told}: {text}");
    }
    assert_eq!(text.matches("0 of 1 approvals count").count(), 1, "{text}");
    let address = format!("href=\"/proposals/{}\"", "0b".repeat(32));
    for link in [address.as_str(), "href=\"#approve\"", "id=\"approve\""] {
        assert!(shown.body.contains(link), "{link}: {}", shown.body);
    }
    let viewer = site.get(&path, Some(&site.session("viewer"))).await;
    assert!(viewer.body.contains(&address) && !viewer.body.contains("#approve"), "{}", viewer.body);
    bought(&site, order);
    let shown = site.get(&path, Some(&session)).await.body;
    assert!(shown.contains("data-until=\"2026-01-27T12:00:00Z\" data-now=\"2026-01-20T12:00:00Z\">7 d 0 h left"), "{shown}");
}

#[tokio::test]
async fn whoever_signs_an_exchange_is_told_what_is_given_for_it() {
    let site = Site::new(Bills::Three);
    let exchange = Step {
        action: Action::Exchange,
        service: Service::Ec2,
        region: Some("eu-west-1".parse().unwrap()),
        kind: Some(Kind::ConvertibleReservation),
        goods: text("m5.large, Linux/UNIX, default"),
        quantity: text("2"),
        details: Some(Details::Exchange { given: vec![text("ri-1"), text("ri-2")] }),
        ..step()
    };
    let order = made_of(&site, vec![exchange]);
    let session = site.session("approver");
    let shown = site.get(&format!("/orders/{order}"), Some(&session)).await.text();
    assert!(
        shown.contains("m5.large, Linux/UNIX, default; 1yr, Partial Upfront gives ri-1, ri-2 by the account 111122223333 |"),
        "{shown}"
    );
    let told = asked(&site, &format!("/api/v1/orders/{order}"), &session).await["steps"][0]["details"].clone();
    assert_eq!(told, json!({ "of": "exchange", "given": ["ri-1", "ri-2"] }));
}

#[tokio::test]
async fn an_order_whose_proposal_cannot_be_read_is_shown_all_the_same() {
    let site = Site::new(Bills::Broken);
    let (session, order) = (site.session("viewer"), made(&site));
    let shown = site.get(&format!("/orders/{order}"), Some(&session)).await;
    assert!(shown.status == 200 && shown.body.contains("it cannot be read; why is told where the server runs"), "{}", shown.body);
    assert!(!shown.body.contains("a file is damaged"), "{}", shown.body);
    assert!(site.notes.lock().unwrap().iter().any(|note| note.contains("its proposal cannot be read: a file is damaged")));
}

/// What the overview says that waits of orders.
async fn waiting(site: &Site) -> String {
    let body = site.get("/", Some(&site.session("viewer"))).await.text();
    let is_it = |line: &&str| line.contains("rder ") || line.contains("orders ");
    body.lines().filter(is_it).map(str::trim).collect::<Vec<_>>().join("\n")
}

fn run(is_going: bool) -> Run {
    let (user, told) = ("eve".to_owned(), "step 1".to_owned());
    Run { user, begun: begin(), is_live: true, is_going, is_good: false, told, steps: Vec::new() }
}

#[tokio::test]
async fn of_an_order_it_waits_for_somebody_until_it_is_at_a_good_end() {
    let site = Site::new(Bills::Three);
    let order = made(&site);
    assert!(waiting(&site).await.contains("waits for an approval 13,140.00 USD of obligation, 1 step, made"), "{}", waiting(&site).await);

    record(&site, vec![approved(order)], &[]);
    assert!(waiting(&site).await.contains("is signed and not carried out 13,140.00 USD of obligation, 1 step; 1 of 1 approvals count"));
    *site.desk.why_not.lock().unwrap() = Some("0 of 1 approvals count".to_owned());
    let told = waiting(&site).await;
    assert!(
        told.contains("approve Order") && told.contains("waits for an approval") && told.contains("; 0 of 1 approvals count"),
        "{told}"
    );
    *site.desk.why_not.lock().unwrap() = None;

    let mut events = done(order);
    let rest = events.split_off(1);
    record(&site, events, &[intent()]);
    let told = waiting(&site).await;
    assert!(told.contains("unknown Nobody knows what became of 1 step of order"), "{told}");
    *site.desk.run.lock().unwrap() = Some(run(true));
    assert_eq!(waiting(&site).await, "", "what is being carried out waits for nobody");
    *site.desk.run.lock().unwrap() = Some(run(false));
    assert_eq!(waiting(&site).await, told);

    record(&site, rest, &[]);
    assert!(waiting(&site).await.contains("run Order") && waiting(&site).await.contains("was begun and is not at its end"));
    record(&site, vec![Event::OrderEnded { order, ending: Ending::Done }], &[]);
    assert_eq!(waiting(&site).await, "");
}

#[tokio::test]
async fn what_is_held_or_not_paid_for_is_told_first_however_many_wait() {
    let site = Site::new(Bills::Three);
    let (held, unpaid) = (made_of(&site, vec![Step { quantity: text("1.1"), ..step() }]), made_of(&site, vec![step()]));
    for order in [held, unpaid] {
        record(&site, vec![approved(order)], &[]);
    }
    let mut events = done(held);
    events.truncate(2);
    events.push(Event::StepUnknown { order: held, step: 1, reason: text("no answer came") });
    events.push(Event::StepHeld { order: held, step: 1, reason: text("nobody can tell") });
    record(&site, events, &[intent()]);
    let mut events = done(unpaid);
    events.push(Event::StepFailed { order: unpaid, step: 1, reason: text("the card was declined") });
    events.push(Event::OrderEnded { order: unpaid, ending: Ending::Done });
    record(&site, events, &[intent()]);
    for quantity in ["2", "3", "4", "5", "6", "7"] {
        made_of(&site, vec![Step { quantity: text(quantity), ..step() }]);
    }
    let told = waiting(&site).await;
    let lines: Vec<_> = told.lines().collect();
    assert!(lines.iter().take(2).any(|line| line.contains("held Order ") && line.contains("has 1 step held for a person")), "{told}");
    assert!(lines.iter().take(2).any(|line| line.contains("not paid Order ") && line.contains("is not paid for")), "{told}");
    assert_eq!(lines.iter().filter(|line| line.contains("waits for an approval")).count(), 5, "{told}");
    assert!(told.contains("1 more order waits"), "{told}");
}
