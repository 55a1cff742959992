//! What a ledger can go through, and what is said of it.

mod breaks;
mod checkpoints;
mod forms;
mod laws;

use crate::{Actor, ContentHash, Draft, Ending, EntryHash, Event, Head, Moment, PublicKey, PutBack, Resolution, SigningKey, Text, append};
use jiff::{SignedDuration, Timestamp};

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

fn moment(seconds: u64) -> Timestamp {
    "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(i64::try_from(seconds).unwrap())
}

fn hash(of: &str) -> ContentHash {
    ContentHash::sha256(of.as_bytes())
}

/// One of each kind, with something in every member.
#[rustfmt::skip]
fn events() -> Vec<Event> {
    let (order, proposal) = ("0a".repeat(32).parse().unwrap(), "0b".repeat(32).parse().unwrap());
    let (public, step, account) = (key().public(), 1, "111122223333".parse().unwrap());
    let (connection, policy, reason) = (text("prod"), hash("policy"), text("it is \"enough\" \\ für heute"));
    let period = "2026-01".parse().unwrap();
    let signature = key().sign(b"an approval");
    vec![
        Event::Started { version: text("0.1.0") },
        Event::ProposalMade { proposal, inputs: hash("inputs") },
        Event::OrderCreated { order, proposal, connection: connection.clone(), policy, steps: 2, key: public, user: Some(text("ada@example.com")), signature },
        Event::Approved { order, policy, signed: Moment(moment(0)), expires: Moment(moment(86_400)), key: public, user: None, signature },
        Event::Rejected { order, reason: reason.clone() },
        Event::GuardRefused { order, step: Some(step), rule: text("money per day"), limit: text("100"), value: text("100.01") },
        Event::OrderStopping { order, reason: text("a person said so") },
        Event::OrderEnded { order, ending: Ending::Stopped },
        Event::StepIntended { order, step, account: "111122223333".parse().unwrap(), region: text("eu-west-1"), operation: text("savingsplans:CreateSavingsPlan"), request: hash("request"), token: Some(text("0a0a-1")) },
        Event::Called { order: Some(order), step: Some(step), account: "111122223333".parse().unwrap(), region: text("eu-west-1"), operation: text("savingsplans:CreateSavingsPlan"), request_id: Some(text("6a1c-77")), error: None },
        Event::StepDone { order, step, result: text("sp-1"), paid: Some("8760.000000000001".parse().unwrap()) },
        Event::StepRefused { order, step, code: text("ValidationException"), reason: reason.clone() },
        Event::StepPutBack { order, step, because: PutBack::NotSent, reason: text("no connection") },
        Event::StepFailed { order, step, reason: text("the payment failed") },
        Event::StepUnknown { order, step, reason: text("no answer came") },
        Event::StepHeld { order, step, reason: text("two purchases look alike") },
        Event::StepResolved { order, step, resolution: Resolution::NotDone, reason: reason.clone() },
        Event::StepUndone { order, step, by: "0c".repeat(32).parse().unwrap() },
        Event::KillSwitch { stopped: true, reason: reason.clone() },
        Event::ConfigurationChanged { what: text("guard rails"), before: None, after: Some(policy) },
        Event::KeyEnrolled { key: public, name: text("Ada"), role: text("approver") },
        Event::KeyRevoked { key: public, reason },
        Event::ConnectionMade { connection: connection.clone(), account, agreement: hash("agreement") },
        Event::ConnectionChanged { connection: connection.clone(), agreement: hash("agreement 2") },
        Event::ConnectionRemoved { connection: connection.clone() },
        Event::ConnectionVerified { connection: connection.clone(), policy_version: 1, findings: hash("findings") },
        Event::ConnectionDrifted { connection, policy_version: 1, findings: hash("findings"), missing: 1, excess: 2 },
        Event::DataImported { payer: "111122223333".parse().unwrap(), period, version: text("8f3a") },
        Event::DataRead { what: text("cost"), question: hash("question"), rows: 12 },
        Event::DataExported { what: text("charges"), content: hash("content"), rows: 1_000_000 },
        Event::StrangerFound { account: "444455556666".parse().unwrap(), commitment: text("ri-9") },
        Event::Reconciled { period, report: hash("report"), differences: 0 },
        Event::BackedUp { backup: hash("backup") },
        Event::Restored { backup: hash("backup") },
        Event::Checkpointed { sequence: 7, hash: EntryHash::from_bytes([9; 32]), key: public },
        Event::UserAdded { user: text("ada"), role: text("analyst") },
        Event::UserChanged { user: text("ada"), role: text("approver") },
        Event::UserRemoved { user: text("ada") },
        Event::UserInvited { user: text("ada"), expires: Moment(moment(60)) },
        Event::PasswordChanged { user: text("ada") },
        Event::TokenMade { token: text("tnr_0a1b2c3d"), user: text("ada"), scopes: text("cost ledger"), expires: Moment(moment(60)) },
        Event::TokenRevoked { token: text("tnr_0a1b2c3d") },
        Event::ClockPutRight { ledger: EntryHash::from_bytes([9; 32]), previous: EntryHash::from_bytes([8; 32]), ahead: Moment(moment(86_400)), moment: Moment(moment(0)), asked: true, reason: text("the time server was wrong"), key: public, signature },
    ]
}

fn actors() -> [Actor; 5] {
    [
        Actor::Person { key: key().public() },
        Actor::LoggedIn { key: PublicKey::from_bytes([3; 32]), user: text("ada@example.com") },
        Actor::Operator { name: text("ada@tenor-1") },
        Actor::Schedule { name: text("monthly") },
        Actor::System,
    ]
}

fn drafts(count: usize) -> Vec<Draft> {
    let (events, actors) = (events(), actors());
    let draft = |n: usize| Draft {
        moment: moment(u64::try_from(n).unwrap()),
        actor: actors[n % actors.len()].clone(),
        event: events[n % events.len()].clone(),
    };
    (0..count).map(draft).collect()
}

/// A ledger as its lines, and its head after each of them, before the first included.
#[derive(Debug, Clone)]
struct Ledger {
    lines: Vec<String>,
    heads: Vec<Head>,
}

impl Ledger {
    fn of(drafts: &[Draft]) -> Self {
        let mut made = Self { lines: Vec::new(), heads: vec![Head::EMPTY] };
        for draft in drafts {
            let (line, head) = append(made.head(), draft);
            made.lines.push(line.to_string());
            made.heads.push(head);
        }
        made
    }

    fn with(count: usize) -> Self {
        Self::of(&drafts(count))
    }

    fn head(&self) -> &Head {
        self.heads.last().unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        exported(&self.lines)
    }
}

fn exported<T: AsRef<str>>(lines: &[T]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_ref(), "\n"]).collect::<String>().into_bytes()
}

/// Puts another hash under a line of which something was changed, as a forger would.
fn forged(line: &str) -> String {
    let (covered, _) = line.rsplit_once(",\"hash\":").unwrap();
    format!("{covered},\"hash\":\"{}\"}}", ContentHash::sha256(covered.as_bytes()))
}
