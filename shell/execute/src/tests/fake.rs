//! An AWS, a journal and a clock that do as they are told.

use super::approved::{begin, order_of};
use super::journal::MemoryJournal;
use super::{moment, text};
use crate::{
    Aws, Demand, Encoded as _, ExecuteError, Executor, Held, Journal, NoPrice, Outcome, Place, Progress, Quota, Recorded, Sent, Snapshot,
    Standing, Terms, Trail, Unread,
};
use async_trait::async_trait;
use futures::executor::block_on;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_aws::client::Clock;
use tenor_bill::AccountId;
use tenor_ledger::{Event, Moment, OrderId, Text};
use tenor_order::{Action, Cleared, Key, Offering, Order, Price, Rails, Reading, Service, Step};
use tenor_propose::proposal::{Kind, Term, Upfront};

pub(super) const START: &str = "2026-01-05T12:00:00Z";

/// All that can change under an executor's hands.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) held: Result<Vec<Held>, Unread>,
    pub(super) price: Result<Price, NoPrice>,
    /// What Service Quotas says.
    pub(super) quota: Result<Option<Quota>, Unread>,
    /// What comes of the calls beside the steps' own, the next one first; done, when nothing is said.
    pub(super) beside: VecDeque<Outcome>,
    pub(super) gone: Reading<Option<Text>>,
    pub(super) halted: Option<Text>,
    /// Why nothing may be sent any more, once a quota was read or a call was sent.
    pub(super) then_halted: Option<Text>,
    pub(super) trail: Vec<Recorded>,
    pub(super) is_trail_granted: bool,
    /// What CloudTrail shows as newest; this very moment, when nothing is said.
    pub(super) trail_reaches: Option<Timestamp>,
    /// By how much the clock is ahead of AWS's; none while AWS has not said what time it is.
    pub(super) ahead: Option<SignedDuration>,
    /// What that is once somebody has looked at what is held.
    pub(super) then_ahead: Option<SignedDuration>,
    pub(super) by_key: Option<Text>,
    /// What comes of the calls, the next one first; done, when nothing is said.
    pub(super) outcomes: VecDeque<Outcome>,
    /// What AWS lists once a call was sent, whatever its outcome.
    pub(super) then_held: Option<Vec<Held>>,
    /// The calls that were sent.
    pub(super) sent: Vec<String>,
}

pub(super) struct Stage {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) journal: MemoryJournal,
    pub(super) terms: Terms,
    pub(super) is_live: bool,
}

struct FakeAws(Arc<Mutex<World>>);

#[async_trait]
impl Aws for FakeAws {
    async fn held(&self, _: &Place) -> Result<Vec<Held>, Unread> {
        let mut world = self.0.lock().unwrap();
        if let Some(ahead) = world.then_ahead.take() {
            world.ahead = Some(ahead);
        }
        world.held.clone()
    }

    async fn price(&self, _: &Step) -> Result<Price, NoPrice> {
        self.0.lock().unwrap().price.clone()
    }

    async fn rehearse(&self, _: &Step) -> Result<(), Unread> {
        Ok(())
    }

    async fn send(&self, cleared: Cleared, key: Option<&Key>) -> Sent {
        let mut world = self.0.lock().unwrap();
        let step = cleared.step();
        world.sent.push(format!("{} {}{}", step.action, step.object, key.map_or("", |_| " with its key")));
        if let Some(held) = world.then_held.take() {
            world.held = Ok(held);
        }
        world.halt();
        let done = Outcome::Done { result: text("made-1"), paid: None };
        Sent { request_id: Some(text("request-1")), outcome: world.outcomes.pop_front().unwrap_or(done) }
    }

    async fn by_key(&self, _: &Step, _: &Key) -> Result<Option<Text>, Unread> {
        Ok(self.0.lock().unwrap().by_key.clone())
    }

    async fn trail(&self, _: &Step, _: Moment) -> Trail {
        let world = self.0.lock().unwrap();
        let reaches = Some(Moment(world.trail_reaches.unwrap_or(world.now)));
        if world.is_trail_granted { Trail::Calls { calls: world.trail.clone(), reaches } } else { Trail::NotGranted }
    }

    fn ahead(&self, _: &AccountId) -> Option<SignedDuration> {
        self.0.lock().unwrap().ahead
    }

    async fn quota(&self, _: &Step) -> Result<Option<Quota>, Unread> {
        let mut world = self.0.lock().unwrap();
        world.halt();
        world.quota.clone()
    }

    async fn raise_quota(&self, _: &Step, desired: u32) -> Sent {
        self.beside(format!("raise to {desired}"))
    }

    async fn make_quota_role(&self, _: &Step) -> Sent {
        self.beside("make the role".to_owned())
    }

    async fn tag(&self, _: OrderId, step: &Step, ids: &[Text]) -> Sent {
        let ids = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        self.beside(format!("tag {ids} with step {}", step.number))
    }
}

impl World {
    fn halt(&mut self) {
        if let Some(why) = self.then_halted.take() {
            self.halted = Some(why);
        }
    }
}

impl FakeAws {
    fn beside(&self, sent: String) -> Sent {
        let mut world = self.0.lock().unwrap();
        world.sent.push(sent);
        let done = Outcome::Done { result: text("request-9"), paid: None };
        Sent { request_id: Some(text("request-2")), outcome: world.beside.pop_front().unwrap_or(done) }
    }
}

impl Demand for FakeAws {
    fn gone(&self, _: &Order, _: &Step, now: Moment) -> Reading<Option<Text>> {
        match &self.0.lock().unwrap().gone {
            Reading::Read(_, gone) => Reading::Read(now, gone.clone()),
            Reading::Unread(why) => Reading::Unread(why.clone()),
        }
    }
}

struct FakeClock(Arc<Mutex<World>>);

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().now
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        unreachable!("the executor never waits by itself")
    }
}

/// A plan to be bought.
pub(super) fn plan() -> Step {
    Step {
        number: 1,
        action: Action::Buy,
        service: Service::SavingsPlans,
        account: "111122223333".parse().unwrap(),
        region: None,
        kind: Some(Kind::ComputePlan),
        term: Some(Term::OneYear),
        payment: Some(Upfront::Nothing),
        goods: text("-"),
        object: text("offering-1"),
        quantity: text("1.5"),
        starts: None,
        deadline: None,
        ceiling_hourly: "1.5".parse().unwrap(),
        ceiling_upfront: "0".parse().unwrap(),
        obligation: "13140".parse().unwrap(),
        details: None,
    }
}

/// Two reservations of EC2 to be bought, for which AWS takes no token.
pub(super) fn reservation() -> Step {
    Step {
        service: Service::Ec2,
        region: Some("eu-west-1".parse().unwrap()),
        kind: Some(Kind::StandardReservation),
        goods: text("m5.large, Linux/UNIX, default"),
        quantity: text("2"),
        ..plan()
    }
}

/// What a step buys, as AWS lists it.
pub(super) fn bought(step: &Step, id: &str, quantity: &str) -> Held {
    Held {
        id: text(id),
        name: None,
        region: step.region.clone(),
        goods: step.goods.clone(),
        kind: step.kind,
        term: step.term,
        payment: step.payment,
        quantity: text(quantity),
        standing: Standing::Pending,
        start: Some(moment(START)),
        end: None,
        returnable_until: None,
    }
}

/// Something that was there before.
pub(super) fn old() -> Held {
    Held {
        start: Some(moment("2025-06-01T00:00:00Z")),
        end: Some(moment("2026-06-01T00:00:00Z")),
        standing: Standing::Running,
        ..bought(&plan(), "old-1", "4")
    }
}

impl Stage {
    /// An order of these steps, under open guard rails.
    pub(super) fn of(steps: Vec<Step>) -> (Self, OrderId) {
        Self::under(Rails::open(), steps)
    }

    /// An order of these steps, made by Ada and approved by Ben for a day.
    pub(super) fn under(rails: Rails, steps: Vec<Step>) -> (Self, OrderId) {
        let step = steps[0].clone();
        let offering = Offering {
            goods: step.goods.clone(),
            region: step.region.clone(),
            kind: step.kind.unwrap_or(Kind::ComputePlan),
            term: step.term.unwrap_or(Term::OneYear),
            payment: step.payment.unwrap_or(Upfront::Nothing),
        };
        let price = Price { offering, currency: text("USD"), hourly: step.ceiling_hourly, upfront: step.ceiling_upfront };
        let now = moment(START);
        let world = World {
            now: now.0,
            held: Ok(vec![old()]),
            price: Ok(price),
            quota: Ok(None),
            beside: VecDeque::new(),
            gone: Reading::Read(now, None),
            halted: None,
            then_halted: None,
            trail: Vec::new(),
            is_trail_granted: true,
            trail_reaches: None,
            ahead: Some(SignedDuration::ZERO),
            then_ahead: None,
            by_key: None,
            outcomes: VecDeque::new(),
            then_held: None,
            sent: Vec::new(),
        };
        let world = Arc::new(Mutex::new(world));
        let stopped = Arc::clone(&world);
        let mut journal = MemoryJournal::halting(Box::new(move || stopped.lock().unwrap().halted.clone()));
        begin(&mut journal, &step.account.clone(), now);
        let terms = Terms { rails, ..Terms::read("").unwrap() };
        let mut stage = Self { world, journal, terms, is_live: true };
        let id = stage.another(steps);
        stage.journal.told.clear();
        (stage, id)
    }

    /// Another order of these steps, made and approved likewise on what is held now.
    pub(super) fn another(&mut self, steps: Vec<Step>) -> OrderId {
        self.of_proposal(11, steps)
    }

    /// The same of a proposal whose id is this byte, all along.
    pub(super) fn of_proposal(&mut self, proposal: u8, steps: Vec<Step>) -> OrderId {
        let (now, held) = self.world(|world| (Moment(world.now), world.held.clone().unwrap()));
        let snapshot = Snapshot::new(now, steps.iter().map(|step| (Place::of(step), held.clone())).collect());
        order_of(&mut self.journal, proposal, &self.terms.rails, steps, &snapshot, now)
    }

    /// Has something happen at the moment when an intent has become durable.
    pub(super) fn behind_intent(&mut self, happens: impl Fn(&mut World) + Send + 'static) {
        let world = Arc::clone(&self.world);
        self.journal.on_intent = Some(Box::new(move || happens(&mut world.lock().unwrap())));
    }

    pub(super) fn run(&mut self, id: OrderId) -> Result<Progress, ExecuteError> {
        let (aws, clock) = (FakeAws(Arc::clone(&self.world)), FakeClock(Arc::clone(&self.world)));
        let (terms, is_live) = (&self.terms, self.is_live);
        let mut executor = Executor { journal: &mut self.journal, aws: &aws, demand: &aws, clock: &clock, terms, is_live };
        block_on(executor.run(id))
    }

    /// The key of an order's first step.
    pub(super) fn journal_key(&self, id: OrderId) -> String {
        let order = &self.journal.orders[&id];
        order.key(&order.steps()[0]).unwrap().to_string()
    }

    /// A process that recorded what it would ask, and died.
    pub(super) fn die_behind_intent(&mut self, id: OrderId) {
        let order = self.journal.orders[&id].clone();
        let step = &order.steps()[0];
        let held = self.world(|world| world.held.clone().unwrap());
        let intent = crate::Intent::new(&order, step, moment(START), None, held);
        let event = Event::StepIntended {
            order: id,
            step: 1,
            account: step.account.clone(),
            region: text("-"),
            operation: intent.operation.clone(),
            request: intent.hash(),
            token: None,
        };
        self.journal.write(moment(START), &[event], &[intent.encode()]).unwrap();
        self.journal.told.clear();
    }

    pub(super) fn world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.world.lock().unwrap())
    }

    pub(super) fn wait(&self, minutes: i64) {
        self.world(|world| world.now += SignedDuration::from_mins(minutes));
    }

    /// The kinds of what was recorded since the beginning, and what was said with it.
    pub(super) fn told(&self) -> String {
        let one = |event: &Event| match event {
            Event::GuardRefused { step, rule, .. } => {
                format!("guard-refused {} {rule}", step.map_or("-".to_owned(), |step| step.to_string()))
            }
            Event::StepIntended { step, .. } => format!("step-intended {step}"),
            Event::StepDone { step, result, .. } => format!("step-done {step} {result}"),
            Event::StepPutBack { step, because, .. } => format!("step-put-back {step} {because:?}"),
            Event::StepUnknown { step, .. } => format!("step-unknown {step}"),
            Event::StepHeld { step, .. } => format!("step-held {step}"),
            Event::OrderEnded { ending, .. } => format!("order-ended {ending:?}"),
            other => other.kind().to_owned(),
        };
        self.journal.told.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn sent(&self) -> Vec<String> {
        self.world(|world| world.sent.clone())
    }
}
