//! `tenor demo --year`: a year of an organization's life by script, from its first bill without any commitment to renewals.
//!
//! Every command is one that a person could type; the script decides nothing but when. What comes of it is read from the bills, not from what was hoped.

use super::script::Script;
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding};

/// The folder below Tenor's own that the year is lived in. It is made anew each time.
const FOLDER: &str = "demo-year";

/// The first month: its bill has no commitments.
const START: (i16, i8) = (2025, 1);

/// What the year buys. Convertible reservations alone in the first month, so that there is one to exchange.
const POLICY: &str = "terms = [\"1yr\"]\npayments = [\"No Upfront\", \"Partial Upfront\"]\n";
const FIRST_POLICY: &str = "kinds = [\"convertible-reservation\", \"compute-plan\"]\nterms = [\"1yr\"]\npayments = [\"No Upfront\", \"Partial Upfront\"]\n\n[limits]\nstep = \"15%\"\n";

/// What the owner allows.
const TERMS: &str = "approvals_needed = 1\nusage_days_max = 7\nterms = [\"1yr\"]\nper_month = \"2000000\"\n";

/// So much later than a month begins its decisions are made: the bill of the last one is final by then.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);

/// What a month of decisions came to.
struct Month {
    month: BillingPeriod,
    /// Steps done.
    done: usize,
    /// What else happened.
    events: Vec<String>,
}

/// Something that an order made.
#[derive(Debug, Clone)]
struct Made {
    id: String,
    what: String,
    region: String,
    quantity: u32,
    upfront: Money,
    number: u16,
}

/// What happens once in the year, as soon as there is something to do it with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Exchange,
    Modify,
    Return,
    List,
}

struct Year<'c> {
    script: Script,
    context: &'c Context,
    made: Vec<Made>,
    /// In this order.
    to_come: Vec<Event>,
}

/// Lives through so many months of decisions.
pub(super) fn run(context: &Context, rows: u64, months: u16) -> anyhow::Result<()> {
    let home = context.home.join(FOLDER);
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot clear `{}`", home.display()))?;
    }
    fs::create_dir_all(&home).with_context(|| format!("cannot make `{}`", home.display()))?;
    let (rows, start) = (rows.to_string(), BillingPeriod::new(START.0, START.1)?);
    let begins = start.to_string();
    let script = Script::begin(&home, &["--rows", &rows, "--start", &begins, "--accounts", "4"])?;
    let to_come = vec![Event::Exchange, Event::Modify, Event::Return, Event::List];
    let mut year = Year { script, context, made: Vec::new(), to_come };
    context.note("An organization that has committed to nothing. Its first month passes …");
    year.pass(start)?;
    year.set_up()?;
    let mut lived = Vec::new();
    let mut month = start;
    for number in 1..=months {
        month = month.next();
        let one = year.live(number, month)?;
        context.note(format_args!("{month}: {} steps done{}", one.done, said(&one.events)));
        lived.push(one);
    }
    year.close(&lived)
}

fn said(events: &[String]) -> String {
    events.iter().map(|event| format!("; {event}")).collect()
}

impl Year<'_> {
    fn done(&self, words: &str) -> anyhow::Result<String> {
        self.script.done(&words.split(' ').collect::<Vec<_>>())
    }

    fn json(&self, words: &str) -> anyhow::Result<Value> {
        let told = self.done(&format!("--format json {words}"))?;
        serde_json::from_str(&told).with_context(|| format!("`tenor {words}` printed no JSON"))
    }

    /// Whoever acts, what may be done, and who agrees.
    fn set_up(&mut self) -> anyhow::Result<()> {
        let keys = self.json("sandbox keys")?;
        let [payer, account, key, secret] = [(0, "account"), (1, "account"), (1, "access_key"), (1, "secret_key")]
            .map(|(row, column)| keys[row][column].as_str().unwrap_or_default().to_owned());
        self.script.act_as(&key, &secret);
        for (name, contents) in [("policy.toml", POLICY), ("first-policy.toml", FIRST_POLICY), ("terms.toml", TERMS)] {
            fs::write(self.script.path(name), contents)?;
        }
        self.bring_bills()?;
        self.done(&format!("prices import {}/prices.csv", self.script.path("settings")))?;
        let template = self.script.path("template");
        let trusted = format!("arn:aws:iam::{account}:user/administrator");
        self.done(&format!("connect make payer --account {payer} --trusted {trusted} --tier trial,detail,commitments --out {template}"))?;
        self.done(&format!("sandbox deploy {template}/tenor.template.json --account {payer} --parameters {template}/parameters.json"))?;
        self.done("connect prove payer")?;
        for (name, role) in [("ann", "proposer"), ("ben", "approver")] {
            let key = self.done(&format!("key make {}", self.script.path(name)))?;
            self.done(&format!("key enrol {} --name {name} --role {role}", key.trim()))?;
        }
        self.done(&format!("order terms {}", self.script.path("terms.toml"))).map(drop)
    }

    /// Lets the rest of a month pass.
    fn pass(&self, month: BillingPeriod) -> anyhow::Result<()> {
        let now: Timestamp = self.done("sandbox time")?.trim().parse().context("the sandbox says what is no time")?;
        let left = (month.end() + SETTLED).duration_since(now).as_secs();
        self.done(&format!("sandbox advance {}s", left.max(1))).map(drop)
    }

    /// The bills of all months that are over, read.
    fn bring_bills(&self) -> anyhow::Result<()> {
        let (bills, settings) = (self.script.path("bills"), self.script.path("settings"));
        for folder in [&bills, &settings] {
            if fs::exists(folder)? {
                fs::remove_dir_all(folder)?;
            }
        }
        self.done(&format!("sandbox bills --out {bills} --settings {settings}"))?;
        self.done(&format!("import {bills}")).map(drop)
    }

    /// One month of decisions, at whose end its bill is read.
    fn live(&mut self, number: u16, month: BillingPeriod) -> anyhow::Result<Month> {
        let mut lived = Month { month, done: 0, events: Vec::new() };
        let policy = self.script.path(if number == 1 { "first-policy.toml" } else { "policy.toml" });
        let proposal = self.propose(&policy)?;
        let create = format!("order create {proposal} --connection payer --key {}", self.script.path("ann"));
        match self.script.tried(&create.split(' ').collect::<Vec<_>>())? {
            Ok(order) => lived.done += self.carry_out(order.trim(), number)?,
            Err(why) if why.contains("nothing of the proposal can be done") => lived.events.push("nothing to buy".to_owned()),
            Err(why) => bail!("`tenor {create}` was refused:\n{why}"),
        }
        for event in self.to_come.clone() {
            if let Some(words) = self.change(event, number)? {
                self.to_come.retain(|other| *other != event);
                lived.done += 1;
                lived.events.push(words);
                break;
            }
        }
        self.pass(month)?;
        self.bring_bills()?;
        Ok(lived)
    }

    /// Where a new proposal is kept.
    fn propose(&self, policy: &str) -> anyhow::Result<String> {
        let folder = self.script.path("proposals");
        let kept = || -> anyhow::Result<BTreeSet<PathBuf>> {
            if !fs::exists(&folder)? {
                return Ok(BTreeSet::new());
            }
            Ok(fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?)
        };
        let before = kept()?;
        self.done(&format!("propose --scenarios 8 --policy {policy}"))?;
        let new = kept()?.difference(&before).next().cloned();
        Ok(new.context("`tenor propose` kept no new proposal")?.display().to_string())
    }

    /// Approved by another, and run to its end: how many steps were done.
    fn carry_out(&mut self, order: &str, number: u16) -> anyhow::Result<usize> {
        self.done(&format!("order approve {order} --key {}", self.script.path("ben")))?;
        self.done(&format!("order run {order} --live --wait"))?;
        let steps = self.json(&format!("order show {order}"))?;
        let is_done = |step: &&Value| step["state"].as_str() == Some("done");
        let done: Vec<&Value> = steps.as_array().into_iter().flatten().filter(is_done).collect();
        let text = |step: &Value, column: &str| step[column].as_str().unwrap_or_default().to_owned();
        self.made.extend(done.iter().filter(|step| step["action"] == "buy").map(|step| Made {
            id: text(step, "result"),
            what: text(step, "what"),
            region: text(step, "region"),
            quantity: text(step, "quantity").parse().unwrap_or(0),
            upfront: text(step, "ceiling_upfront").parse().unwrap_or(Money::ZERO),
            number,
        }));
        Ok(done.len())
    }

    /// What happens once: in words, when there was something to do it with.
    fn change(&mut self, event: Event, number: u16) -> anyhow::Result<Option<String>> {
        let candidates: Vec<Made> = self.made.iter().filter(|made| made.is_for(event, number)).cloned().collect();
        for made in candidates {
            for words in made.orders(event) {
                let order = format!("order {words} --connection payer --key {}", self.script.path("ann"));
                let Ok(order) = self.script.tried(&order.split(' ').collect::<Vec<_>>())? else { continue };
                self.carry_out(order.trim(), number)?;
                // It has another id now, or none.
                self.made.retain(|other| other.id != made.id);
                return Ok(Some(format!("{} ({})", words.split(&made.id).next().unwrap_or_default().trim_end(), made.what)));
            }
        }
        Ok(None)
    }

    /// What came of it: the ledger verified and reconciled, what each month saved, and what nobody could have bettered.
    fn close(&self, lived: &[Month]) -> anyhow::Result<()> {
        self.context.note(self.done("ledger verify")?.trim_end());
        let saved = self.json("coverage --granularity month")?;
        let mut table = Table::new([
            Column::text("month", "Month"),
            Column::number("steps_done", "Steps done"),
            Column::number("effective_savings_rate", "ESR"),
            Column::number("utilization", "Utilization"),
            Column::text("events", "Also"),
        ]);
        for row in saved.as_array().into_iter().flatten() {
            let month = row["month"].as_str().unwrap_or_default();
            let of_month = lived.iter().find(|one| one.month.to_string() == month);
            let number = |column: &str| row[column].as_str().map_or(Cell::Null, |text| Cell::Number(text.to_owned()));
            table.row([
                month.into(),
                Cell::Count(of_month.map_or(0, |one| one.done as u64)),
                number("effective_savings_rate"),
                number("utilization"),
                of_month.map_or(String::new(), |one| one.events.join("; ")).into(),
            ]);
        }
        self.context.print(&table)?;
        if let Some(event) = self.to_come.first() {
            bail!("the year had nothing to try {event:?} with");
        }
        Ok(())
    }
}

impl Made {
    /// Whether something can be done with it now.
    fn is_for(&self, event: Event, number: u16) -> bool {
        match event {
            Event::Exchange => self.what.starts_with("convertible") && number > self.number,
            Event::Modify => self.what.starts_with("standard reservation of ") && self.what.contains("Linux") && number > self.number,
            // A plan within its window is one of this month.
            Event::Return => self.what.contains("plan") && number == self.number,
            Event::List => self.what.starts_with("standard reservation of ") && self.what.contains("Linux") && number > self.number + 1,
        }
    }

    /// Orders that would do it, of which one may be possible.
    fn orders(&self, event: Event) -> Vec<String> {
        let Self { id, region, quantity, .. } = self;
        let name = self.what.split(" of ").nth(1).and_then(|goods| goods.split(',').next()).unwrap_or_default();
        let (family, size) = name.split_once('.').unwrap_or((name, ""));
        let place = SIZES.iter().position(|other| *other == size);
        let of_place = |at: Option<usize>| at.and_then(|at| SIZES.get(at)).map(|size| format!("{family}.{size}"));
        match event {
            Event::Exchange => {
                let others = [of_place(place.map(|at| at + 1)), of_place(place.and_then(|at| at.checked_sub(1)))];
                others.into_iter().flatten().map(|other| format!("change exchange {id} --for {other} --region {region}")).collect()
            }
            Event::Modify if *quantity > 1 => vec![format!("change modify {id} --into 1 --into {} --region {region}", quantity - 1)],
            Event::Modify => of_place(place.and_then(|at| at.checked_sub(1)))
                .map(|smaller| format!("change modify {id} --into 2:{smaller} --region {region}"))
                .into_iter()
                .collect(),
            Event::Return => vec![format!("take-back {id}")],
            Event::List => {
                let half = Money::from_units(self.upfront.units() / (2 * i128::from((*quantity).max(1))));
                let price = half.round_to(2, Rounding::Floor).max(Money::from_whole(1));
                vec![format!("change list {id} --price {price} --region {region}")]
            }
        }
    }
}

/// Sizes of instances, each half of the next.
const SIZES: [&str; 6] = ["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge"];
