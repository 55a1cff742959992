//! Orders carried out by a process that is killed, over and over, at moments that a seed decides: nothing is bought twice, and nothing is lost.
//!
//! A real `tenor order run --live` buys of a real `tenor sandbox serve`, and gets a SIGKILL when a certain request of it was sent and has not
//! arrived, was carried out and is not answered, or was answered and is being recorded. It is run again until the order has come to its end, and is
//! killed on the way as well. Then the sandbox's own books are held against the order's steps. `TENOR_ORDER_KILLS` says how many kills, and
//! `TENOR_ORDER_KILLS_SEED` from which seed; `cargo xtask soak order-kills` does 300.

use crate::killing_proxy::{Moment, When, Which, Wire};
use crate::ordered::Rehearsal;
use crate::sandbox::Sandbox;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};
use tenor_ledger::OrderId;
use tenor_order::StepState;
use tenor_sandbox::{Sold, Store};
use tenor_state::{KeySource, State};

/// Of the tests: enough that each moment of a request is hit.
const KILLS: usize = 5;
const SEED: u64 = 1;
/// An order that waits longer than this, in its sandbox's time, waits forever.
const RUNS_MAX: usize = 60;
/// In its sandbox's time; longer than anything is waited for.
const WAIT: &str = "31m";
/// A run that has neither ended nor come to its moment by then hangs.
const RUN_MAX: Duration = Duration::from_secs(300);
/// What follows an answer is over by then.
const WORK: Duration = Duration::from_millis(30);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    /// The n-th moment: each kind in turn, three about purchases, where everything is decided, and then three about whatever is asked.
    fn moment(&mut self, n: usize, (all, sales): (usize, usize)) -> Moment {
        let which = if (n / 3).is_multiple_of(2) { Which::Sale(1 + self.below(sales)) } else { Which::Any(1 + self.below(all)) };
        let when = match n % 3 {
            0 => When::NotAnswered,
            1 => When::NotArrived,
            _ => When::Answered(WORK * self.below(1_000) as u32 / 1_000),
        };
        Moment { which, when }
    }
}

/// A home in which an order is approved and nothing of it done; copied for every run of it.
struct Approved {
    rehearsal: Rehearsal,
    order: OrderId,
}

impl Approved {
    fn make() -> Self {
        let mut rehearsal = Rehearsal::begin();
        let proposal = rehearsal.proposal().display().to_string();
        rehearsal.terms("approvals_needed = 1\nusage_days_max = 30\n");
        let order =
            rehearsal.done(&format!("order create {proposal} --connection payer --key {}", rehearsal.path("ada"))).trim().to_owned();
        rehearsal.done(&format!("order approve {order} --key {}", rehearsal.path("ben")));
        rehearsal.sandbox.terminate();
        let order = order.parse().unwrap();
        Self { rehearsal, order }
    }

    fn copy(&self) -> Playing<'_> {
        let home = tempfile::tempdir().unwrap();
        for part in ["state", "lake", "prices", "proposals", "sandbox"] {
            copy(&self.rehearsal.home.path().join(part), &home.path().join(part));
        }
        let sandbox = Sandbox::serve(home.path());
        let wire = Wire::to(sandbox.endpoint.trim_start_matches("http://"));
        // The home's sandbox is where the wire begins.
        let running = home.path().join("sandbox/running.json");
        let mut said: Value = serde_json::from_slice(&fs::read(&running).unwrap()).unwrap();
        said["address"] = wire.address.clone().into();
        fs::write(&running, said.to_string()).unwrap();
        Playing { home, _sandbox: sandbox, wire, approved: self }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, path) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if entry.is_dir() {
            copy(&entry, &path);
        } else {
            fs::copy(&entry, &path).unwrap();
        }
    }
}

/// One run of the order, from its approval to its end.
struct Playing<'a> {
    home: tempfile::TempDir,
    _sandbox: Sandbox,
    wire: Wire,
    approved: &'a Approved,
}

impl Playing<'_> {
    fn command(&self, words: &str) -> Command {
        let [key, secret] = &self.approved.rehearsal.caller;
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        command.env_clear().env("TENOR_HOME", self.home.path()).env("AWS_ENDPOINT_URL", format!("http://{}", self.wire.address));
        command.envs([("AWS_ACCESS_KEY_ID", key.as_str()), ("AWS_SECRET_ACCESS_KEY", secret), ("AWS_REGION", "us-east-1")]);
        command.env("TENOR_SANDBOX_TIME", "true").args(words.split(' '));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self) -> Child {
        self.command(&format!("order run {} --live", self.approved.order)).spawn().unwrap()
    }

    fn said(&self, words: &str) -> String {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the order and kills it at a moment; whether that came before it ended by itself.
    fn kill_at(&self, moment: Moment) -> bool {
        let come = self.wire.watch(moment);
        let mut child = self.run();
        let begun = Instant::now();
        let hit = loop {
            match come.recv_timeout(Duration::from_millis(20)) {
                Ok(hit) => break Some(hit),
                Err(RecvTimeoutError::Timeout) if child.try_wait().unwrap().is_none() => {
                    if begun.elapsed() > RUN_MAX {
                        child.kill().unwrap();
                        panic!("it neither ended nor came to {moment:?} in {RUN_MAX:?}");
                    }
                }
                Err(_) => break None,
            }
        };
        child.kill().unwrap();
        child.wait().unwrap();
        self.wire.counted();
        hit.is_some()
    }

    /// Runs it until it has come to its end, or waits for a person, letting time pass in the sandbox between.
    fn finish(&self) -> &'static str {
        for _ in 0..RUNS_MAX {
            let output = self.run().wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            match () {
                () if output.status.success() => return "done",
                () if told.contains("is held for a person") => return "held",
                () if told.contains(" waits: ") => drop(self.said(&format!("sandbox advance {WAIT}"))),
                () => panic!("it ended neither well nor in waiting: {told}"),
            }
        }
        panic!("it never ended");
    }

    /// Holds the sandbox's own books against the order's steps: for each step that is done one purchase of its offering and quantity, under the id
    /// that the step names; for one that is held, which AWS knows by nothing, at most one; and no other.
    fn check(&self) -> Result<(), String> {
        let books = Store::at(&self.home.path().join("sandbox/books.json")).load().unwrap().unwrap();
        let mut sold = books.purchases();
        let told = format!("{sold:#?}");
        let key = KeySource::Own(self.home.path().to_owned()).held().unwrap();
        let view = State::look(self.home.path(), &key).unwrap();
        let book = view.book().unwrap();
        let (order, record) = (&view.orders(&book).unwrap()[&self.approved.order], book.order(self.approved.order).unwrap());
        let (mut held, mut results) = (Vec::new(), BTreeSet::new());
        for (step, course) in order.steps().iter().zip(&record.steps) {
            let is_its = |one: &Sold| one.offering == step.object.as_str() && one.quantity == step.quantity.as_str() && one.is_owed;
            match course.state() {
                StepState::Done => {
                    let result = course.result().map(ToString::to_string).unwrap_or_default();
                    // The books of OpenSearch have the name that the buyer chose, and AWS's answer another id.
                    let is_named = |one: &Sold| one.id == result || one.service == "AmazonES";
                    let Some(place) = sold.iter().position(|one| is_its(one) && is_named(one)) else {
                        return Err(format!("step {} is done as `{result}`, and was not sold: {told}", step.number));
                    };
                    sold.remove(place);
                    if !results.insert(result) {
                        return Err(format!("step {} is done by what another step bought", step.number));
                    }
                }
                StepState::Held => held.push(step),
                // Behind a step that is held nothing begins.
                StepState::Planned if !held.is_empty() => {}
                other => return Err(format!("step {} is {other}", step.number)),
            }
        }
        for step in held {
            // What AWS knows by a token or a name is always found out.
            if order.key(step).is_some() {
                return Err(format!("step {} is held, and AWS knows it by its key", step.number));
            }
            let place = sold.iter().position(|one| one.offering == step.object.as_str() && one.quantity == step.quantity.as_str());
            place.map(|place| sold.remove(place));
        }
        if !sold.is_empty() {
            return Err(format!("no step bought {sold:#?}"));
        }
        self.said("ledger verify");
        Ok(())
    }
}

#[test]
fn an_order_whose_process_is_killed_is_carried_out_once() {
    let kills = number("TENOR_ORDER_KILLS").map_or(KILLS, |kills| kills as usize);
    let seed = number("TENOR_ORDER_KILLS_SEED").unwrap_or(SEED);
    let approved = Approved::make();

    // Undisturbed, it says how much there is to disturb.
    let whole = approved.copy();
    let never = whole.wire.watch(Moment { which: Which::Any(usize::MAX), when: When::NotArrived });
    assert_eq!(whole.finish(), "done");
    drop(never);
    let counted = whole.wire.counted();
    whole.check().unwrap();
    assert!(counted.1 > 5, "{counted:?}");

    let mut chance = Chance(seed);
    let (mut killed, mut runs) = (0, 0);
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    while killed < kills {
        let playing = approved.copy();
        runs += 1;
        let mut moments = Vec::new();
        // The first time, and now and then on its way back.
        for _ in 0..1 + chance.below(3) {
            let moment = chance.moment(killed, counted);
            if killed < kills && playing.kill_at(moment) {
                killed += 1;
                moments.push(moment);
                *told.entry(format!("killed {}", moment.name())).or_default() += 1;
            }
        }
        let ended = playing.finish();
        *told.entry(format!("ended {ended}")).or_default() += 1;
        if let Err(wrong) = playing.check() {
            let home = playing.home.keep();
            panic!("seed {seed}, run {runs}, killed at {moments:?}: {wrong}; the home is `{}`", home.display());
        }
    }
    assert!(told.get("ended done").is_some_and(|&done| done > 0), "no order came to its end: {told:?}");
    eprintln!("{killed} kills in {runs} runs of an order of {} purchases and {} requests: {told:?}", counted.1, counted.0);
}
