//! One run: an order on a sandbox of its own, and everything that goes wrong with it.

use super::chance::Chance;
use super::scenario::Scenario;
use crate::tests::approved::{begin, order};
use crate::tests::journal::{Death, MemoryJournal};
use crate::tests::text;
use crate::{Aws, Demand, ExecuteError, Executor, Held, Journal, LiveAws, Place, Progress, Terms, snapshot};
use async_trait::async_trait;
use futures::executor::block_on;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_aws::changes::ec2::Purchase;
use tenor_aws::client::{
    Chance as Jitter, Client, Clock, Credentials, Fixed, Meter, Nowhere, Outgoing, Place as Where, Shared, Throttle, Transport,
    TransportError,
};
use tenor_bill::AccountId;
use tenor_ledger::{Ending, Event, Moment, OrderId, Text};
use tenor_order::{Order, Rails, Reading, Service, Step, StepState};
use tenor_sandbox::{Cloud, Direct, FaultKind, PlannedFault, Setup, Sold};
use tenor_wire::{Response, Secret};

/// The Region of everything that has one.
pub(super) const REGION: &str = "us-east-1";
/// After so many rounds a run has to have come to its end.
const ROUNDS_MAX: usize = 60;

/// An organization in which nothing was bought yet: each run begins with a copy.
pub(super) struct Organization(Cloud);

impl Organization {
    pub(super) fn new() -> Self {
        let setup = Setup { seed: 7, secret: 7, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 };
        Self(Cloud::new(setup))
    }
}

/// What the owner lets orders do beside their steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Switches {
    /// Ask for higher quotas.
    pub(super) quotas: bool,
    /// Tag what was bought.
    pub(super) tags: bool,
}

/// So many of the 20 reservations of EC2's that AWS lets be bought in a month were bought before, where quotas are asked for.
const BOUGHT_BEFORE: u32 = 18;

/// A sandbox without a network; its clock is everybody's.
struct World {
    sandbox: Direct,
    now: Arc<Mutex<Timestamp>>,
}

impl World {
    /// The clock of the machine is that of the sandbox.
    fn follow(&self) {
        *self.now.lock().unwrap() = self.sandbox.with(|cloud| cloud.now());
    }

    fn pass(&self, seconds: i64) {
        self.sandbox.with(|cloud| cloud.advance(seconds));
        self.follow();
    }
}

#[async_trait]
impl Transport for World {
    async fn send(&self, request: Outgoing) -> Result<Response, TransportError> {
        let answer = self.sandbox.answer(&request.method, &request.url, request.headers, request.body).unwrap();
        self.follow();
        let mut answer = answer.ok_or_else(|| TransportError::Broken("the connection broke".to_owned()))?;
        // As every answer over a network does, it says what time it is.
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&Clock::now(self)).unwrap();
        answer.headers.push(("Date".to_owned(), date));
        Ok(answer)
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.pass(i64::try_from(time.as_secs()).unwrap().max(1)) })
    }
}

impl Jitter for World {
    fn up_to(&self, _: u64) -> u64 {
        0
    }
}

impl Demand for World {
    fn gone(&self, _: &Order, _: &Step, now: Moment) -> Reading<Option<Text>> {
        Reading::Read(now, None)
    }
}

/// An order on its way.
pub(super) struct Run {
    world: Arc<World>,
    aws: LiveAws,
    journal: MemoryJournal,
    terms: Terms,
    order: OrderId,
    scenario: Scenario,
    /// What was bought before the order.
    before: Vec<Sold>,
    is_told: bool,
    rounds: Vec<String>,
    /// Whether the network may have brought a request to AWS twice.
    is_duplicated: bool,
}

impl Run {
    /// A sandbox, an order that was made and approved, and what will go wrong.
    pub(super) fn new(organization: &Organization, chance: &mut Chance, scenario: Scenario, switches: Switches, is_told: bool) -> Self {
        let cloud = organization.0.begun_anew();
        let keys = cloud.keys()[0].clone();
        let now = Arc::new(Mutex::new(cloud.now()));
        let clock = Arc::clone(&now);
        let world = Arc::new(World { sandbox: Direct::new(cloud, move || *clock.lock().unwrap()), now });
        let shared = Shared {
            transport: Arc::clone(&world) as _,
            clock: Arc::clone(&world) as _,
            chance: Arc::clone(&world) as _,
            throttle: Throttle::default(),
            purse: Arc::new(Meter::unlimited()),
            sink: Arc::new(Nowhere),
        };
        let credentials = Credentials { key_id: keys.access_key, secret_key: Secret::new(keys.secret_key), session_token: None, end: None };
        let place = Where { endpoint: Some("http://sandbox.invalid".to_owned()), ..Where::new(REGION) };
        let client = Client::new(Arc::new(shared), Arc::new(Fixed(credentials)), place, &keys.account);
        let account: AccountId = keys.account.parse().unwrap();
        let live = LiveAws::new(account.clone(), client.clone());
        let aws = if chance.one_in(3) { live.without_trail() } else { live };
        let steps = block_on(scenario.steps(&client, &aws, &account, &mut |seconds| world.pass(seconds), chance));
        if switches.quotas && scenario == Scenario::Buy(Service::Ec2) {
            let offering = steps[0].object.to_string();
            block_on(Purchase { offering, count: BOUGHT_BEFORE, limit: None, start: None }.send(&client)).unwrap();
            world.pass(600);
        }
        let before = world.sandbox.with(|cloud| cloud.purchases());
        let rails = Rails::open();
        let terms = Terms { rails, asks_for_quotas: switches.quotas, tags_reservations: switches.tags, ..Terms::read("").unwrap() };
        let mut journal = MemoryJournal::default();
        let now = Moment(world.now());
        begin(&mut journal, &account, now);
        let made_on = block_on(snapshot(&steps, &aws, now)).unwrap();
        let order = order(&mut journal, &terms.rails, steps, &made_on, now);
        journal.told.clear();
        Self { world, aws, journal, terms, order, scenario, before, is_told, rounds: Vec::new(), is_duplicated: false }
    }

    fn steps(&self) -> Vec<Step> {
        self.journal.orders()[&self.order].steps().to_vec()
    }

    /// What goes wrong in the next round.
    fn disturb(&mut self, chance: &mut Chance) {
        const KINDS: [FaultKind; 9] = [
            FaultKind::LostBefore,
            FaultKind::LostAfter,
            FaultKind::LostAfter,
            FaultKind::ErrorAfter,
            FaultKind::ErrorAfter,
            FaultKind::Throttled,
            FaultKind::Stale,
            FaultKind::ShortPage,
            FaultKind::Duplicated,
        ];
        let calls: Vec<String> = self.steps().iter().filter_map(|step| Some(step.operation()?.to_string())).collect();
        for _ in 0..chance.below(3) {
            let kind = chance.of(&KINDS);
            let operation = match kind {
                FaultKind::Stale | FaultKind::ShortPage => "*".to_owned(),
                _ if chance.one_in(4) && kind != FaultKind::Duplicated => "*".to_owned(),
                _ => calls[chance.below(calls.len())].clone(),
            };
            self.is_duplicated |= kind == FaultKind::Duplicated;
            let times = 1 + u32::try_from(chance.below(3)).unwrap();
            self.rounds.push(format!("fault {kind} of {operation}, {times} times"));
            self.world.sandbox.with(|cloud| cloud.plan_fault(PlannedFault { operation, kind, per_mille: 1000, times }));
        }
        if chance.one_in(2) {
            let death = Death { at: u32::try_from(chance.below(4)).unwrap(), is_before: chance.one_in(2) };
            self.rounds.push(format!("{death:?}"));
            self.journal.death = Some(death);
        }
    }

    /// Runs the order until it has come to its end, or only a person can go on. Without chance nothing goes wrong.
    pub(super) fn play(&mut self, mut chance: Option<&mut Chance>) -> &'static str {
        for round in 0..ROUNDS_MAX {
            // In the end everything works again: what is then not found out never will be.
            match chance.as_deref_mut().filter(|_| round < 6) {
                Some(chance) => self.disturb(chance),
                None => self.journal.death = None,
            }
            let (world, terms) = (Arc::clone(&self.world), self.terms.clone());
            let mut executor =
                Executor { journal: &mut self.journal, aws: &self.aws, demand: &*world, clock: &*world, terms: &terms, is_live: true };
            let progress = block_on(executor.run(self.order));
            self.rounds.push(format!("{} {progress:?}", self.world.now()));
            if self.is_told {
                eprintln!("{}", self.rounds.last().unwrap());
            }
            match progress {
                Ok(Progress::Ended(Ending::Done)) => return "done",
                Ok(Progress::Ended(_)) => return "stopped",
                Ok(Progress::Held { .. }) => return "held",
                Ok(Progress::Waits { until, .. }) => {
                    let wait = until.map_or(SignedDuration::ZERO, |until| until.0.duration_since(self.world.now()));
                    // Nobody has to look as often as it may.
                    self.world.pass(wait.as_secs().max(300) + 1);
                }
                Err(ExecuteError::Journal(_)) => {}
                other => panic!("{other:?}\n{}", self.told()),
            }
        }
        panic!("it never ends\n{}", self.told());
    }

    /// How many the steps buy.
    pub(super) fn counts(&self) -> Vec<u32> {
        self.steps().iter().filter_map(Step::count).collect()
    }

    /// How often an operation was called and did what it was asked.
    pub(super) fn called(&self, name: &str) -> usize {
        let is_it = |event: &&Event| matches!(event, Event::Called { operation, error: None, .. } if operation.as_str() == name);
        self.journal.told.iter().filter(is_it).count()
    }

    /// What happened, line by line.
    pub(super) fn told(&self) -> String {
        let events = self.journal.told.iter().map(|event| format!("  {}", told(event))).collect::<Vec<_>>();
        format!("{}\n{}", self.rounds.join("\n"), events.join("\n"))
    }

    /// Whether the books of the sandbox say what the ledger says.
    pub(super) fn check(&self) -> Result<(), String> {
        // What is stale or short now would be our own mistake.
        self.world.sandbox.with(Cloud::forget_faults);
        let bought: Vec<Sold> =
            self.world.sandbox.with(|cloud| cloud.purchases()).into_iter().filter(|sold| !self.before.contains(sold)).collect();
        let record = self.journal.book().order(self.order).unwrap();
        let mut known: BTreeSet<String> = BTreeSet::new();
        for (step, course) in self.steps().iter().zip(&record.steps) {
            let state = course.state();
            if self.scenario.buys() {
                let of_step: Vec<&Sold> = bought.iter().filter(|sold| sold.offering == step.object.as_str()).collect();
                known.extend(of_step.iter().map(|sold| sold.id.clone()));
                let is_whole = of_step.len() == 1 && of_step[0].quantity == step.quantity.as_str();
                let is_right = match state {
                    StepState::Done => is_whole,
                    StepState::Planned | StepState::Refused | StepState::Stopped => of_step.is_empty(),
                    // A person is told that there may be more, and that happens only when the network brought it twice.
                    StepState::Held => of_step.len() <= 1 || self.is_duplicated,
                    _ => false,
                };
                if !is_right {
                    return Err(format!("step {} is {state}, and the sandbox sold {of_step:?}", step.number));
                }
            } else {
                let place = Place::of(step);
                let held = block_on(self.aws.held(&place)).map_err(|error| error.to_string())?;
                let is_done = self.scenario.is_done(step, &held, &self.world.sandbox);
                let is_right = match state {
                    StepState::Done => is_done,
                    StepState::Planned | StepState::Refused | StepState::Stopped => !is_done,
                    StepState::Held => true,
                    _ => false,
                };
                if !is_right {
                    return Err(format!(
                        "step {} is {state}, and in the sandbox it is {}done",
                        step.number,
                        if is_done { "" } else { "not " }
                    ));
                }
            }
        }
        match bought.iter().find(|sold| self.scenario.buys() && !known.contains(&sold.id)) {
            Some(strange) => Err(format!("no step bought {strange:?}")),
            None => Ok(()),
        }
    }
}

fn told(event: &Event) -> String {
    format!("{event:?}").chars().take(300).collect()
}

/// What is held of an id, if anything.
pub(super) fn find<'a>(held: &'a [Held], id: &Text) -> Option<&'a Held> {
    held.iter().find(|one| one.id == *id)
}

/// A short text.
pub(super) fn words(of: &str) -> Text {
    text(of)
}
