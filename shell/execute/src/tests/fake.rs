//! An AWS, a journal and a clock that do as they are told.

use super::{moment, text};
use crate::{
    Aws, Demand, ExecuteError, Executor, Held, Journal, JournalError, Outcome, Patience, Place, Progress, Recorded, Sent, Snapshot,
    Standing, Terms, Trail, Unread,
};
use async_trait::async_trait;
use futures::executor::block_on;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_aws::client::Clock;
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, Moment, OrderId, SigningKey, Text, append};
use tenor_order::{Action, Approval, Book, Cleared, Key, Offering, Order, Price, Rails, Reading, Service, Setting, Step, Submission};
use tenor_propose::proposal::{Kind, Term, Upfront};

pub(super) const START: &str = "2026-01-05T12:00:00Z";

/// All that can change under an executor's hands.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) held: Result<Vec<Held>, Unread>,
    pub(super) price: Result<Price, Unread>,
    pub(super) gone: Reading<Option<Text>>,
    pub(super) halted: Option<Text>,
    pub(super) trail: Vec<Recorded>,
    pub(super) is_trail_granted: bool,
    pub(super) by_key: Option<Text>,
    /// What comes of the calls, the next one first; done, when nothing is said.
    pub(super) outcomes: VecDeque<Outcome>,
    /// What AWS lists once a call was sent, whatever its outcome.
    pub(super) then_held: Option<Vec<Held>>,
    /// The calls that were sent.
    pub(super) sent: Vec<String>,
}

/// What happens at the moment when an intent has become durable.
pub(super) type OnIntent = Box<dyn Fn(&mut World) + Send>;

pub(super) struct Stage {
    pub(super) world: Arc<Mutex<World>>,
    pub(super) journal: MemoryJournal,
    pub(super) terms: Terms,
    pub(super) is_live: bool,
}

pub(super) struct MemoryJournal {
    world: Arc<Mutex<World>>,
    head: Head,
    book: Book,
    orders: BTreeMap<OrderId, Order>,
    documents: BTreeMap<ContentHash, String>,
    pub(super) told: Vec<Event>,
    pub(super) on_intent: Option<OnIntent>,
}

impl Journal for MemoryJournal {
    fn book(&self) -> &Book {
        &self.book
    }

    fn head(&self) -> &Head {
        &self.head
    }

    fn orders(&self) -> &BTreeMap<OrderId, Order> {
        &self.orders
    }

    fn document(&self, hash: ContentHash) -> Result<Option<String>, JournalError> {
        Ok(self.documents.get(&hash).cloned())
    }

    fn write(&mut self, now: Moment, events: &[Event], documents: &[String]) -> Result<(), JournalError> {
        for document in documents {
            self.documents.insert(ContentHash::sha256(document.as_bytes()), document.clone());
        }
        for event in events {
            let (_, head) = append(&self.head, &Draft { moment: now.0, actor: Actor::System, event: event.clone() });
            self.head = head;
            self.book.enter(now, event).unwrap();
            self.told.push(event.clone());
        }
        if events.iter().any(|event| matches!(event, Event::StepIntended { .. }))
            && let Some(happens) = self.on_intent.take()
        {
            happens(&mut self.world.lock().unwrap());
        }
        Ok(())
    }

    fn halted(&self) -> Result<Option<Text>, JournalError> {
        Ok(self.world.lock().unwrap().halted.clone())
    }
}

struct FakeAws(Arc<Mutex<World>>);

#[async_trait]
impl Aws for FakeAws {
    async fn held(&self, _: &Place) -> Result<Vec<Held>, Unread> {
        self.0.lock().unwrap().held.clone()
    }

    async fn price(&self, _: &Step) -> Result<Price, Unread> {
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
        let done = Outcome::Done { result: text("made-1"), paid: None };
        Sent { request_id: Some(text("request-1")), outcome: world.outcomes.pop_front().unwrap_or(done) }
    }

    async fn by_key(&self, _: &Step, _: &Key) -> Result<Option<Text>, Unread> {
        Ok(self.0.lock().unwrap().by_key.clone())
    }

    async fn trail(&self, _: &Step, _: Moment) -> Trail {
        let world = self.0.lock().unwrap();
        if world.is_trail_granted { Trail::Calls(world.trail.clone()) } else { Trail::NotGranted }
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
        let (ada, ben) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
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
            gone: Reading::Read(now, None),
            halted: None,
            trail: Vec::new(),
            is_trail_granted: true,
            by_key: None,
            outcomes: VecDeque::new(),
            then_held: None,
            sent: Vec::new(),
        };
        let world = Arc::new(Mutex::new(world));
        let mut journal = MemoryJournal {
            world: Arc::clone(&world),
            head: Head::EMPTY,
            book: Book::default(),
            orders: BTreeMap::new(),
            documents: BTreeMap::new(),
            told: Vec::new(),
            on_intent: None,
        };
        let agreement = ContentHash::sha256(b"agreement");
        let enrol = |key: &SigningKey, name| Event::KeyEnrolled { key: key.public(), name: text(name), role: text("approver") };
        let begin = [
            Event::Started { version: text("0.1.0") },
            enrol(&ada, "Ada"),
            enrol(&ben, "Ben"),
            Event::ConnectionMade { connection: text("prod"), account: step.account.clone(), agreement },
        ];
        journal.write(now, &begin, &[]).unwrap();
        let terms = Terms { rails, persons: BTreeSet::new(), patience: Patience::default(), looks_at_trail: true };
        let mut stage = Self { world, journal, terms, is_live: true };
        let id = stage.another(steps);
        stage.journal.told.clear();
        (stage, id)
    }

    /// Another order of these steps, made and approved likewise on what is held now.
    pub(super) fn another(&mut self, steps: Vec<Step>) -> OrderId {
        let (ada, ben) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let (now, held) = self.world(|world| (Moment(world.now), world.held.clone().unwrap()));
        let (journal, rails) = (&mut self.journal, &self.terms.rails);
        let agreement = journal.book.agreement(&text("prod")).unwrap();
        let snapshot = Snapshot::new(now, steps.iter().map(|step| (Place::of(step), held.clone())).collect());
        let setting = Setting {
            made: now,
            ledger: journal.head.first().unwrap(),
            connection: text("prod"),
            agreement,
            policy: rails.hash(),
            inventory: snapshot.hash(),
            currency: text("USD"),
        };
        let order = Order::new("0b".repeat(32).parse().unwrap(), ada.public(), setting, steps).unwrap();
        let id = order.id();
        let submission = Submission::sign(&order, None, &ada);
        let approval = Approval::sign(&order, now, Moment(now.0 + SignedDuration::from_hours(24)), None, &ben);
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

    pub(super) fn run(&mut self, id: OrderId) -> Result<Progress, ExecuteError> {
        let (aws, clock) = (FakeAws(Arc::clone(&self.world)), FakeClock(Arc::clone(&self.world)));
        let mut executor =
            Executor { journal: &mut self.journal, aws: &aws, demand: &aws, clock: &clock, terms: &self.terms, is_live: self.is_live };
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
