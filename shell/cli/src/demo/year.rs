//! `tenor demo --year`: a year of an organization's life by script, from its first bill without any commitment to renewals.
//!
//! Every command is one that a person could type; the script decides nothing but when. What comes of it is read from the bills, not from what was hoped.

use super::made::{Event, Made, text};
use super::script::{Script, Stop, stoppable};
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Number, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use tenor_bill::BillingPeriod;

/// The folder below Tenor's own that the year is lived in. It is made anew each time.
const FOLDER: &str = "demo-year";

/// The first month: its bill has no commitments.
const START: (i16, i8) = (2025, 1);

/// What `tenor order create` says when a proposal has nothing to do.
const NOTHING: &str = "nothing of the proposal can be done through this connection now";

/// What it says when another order meets the need, and no bill has that yet.
const MET: &str = "for the same need";

/// What the year buys: one year at most, for the least that is expected. Its owner has cash, and fears being wrong no more than paying too much.
const POLICY: &str = "terms = [\"1yr\"]\npayments = [\"No Upfront\", \"Partial Upfront\"]\n\n[utilization]\nat_least = \"50%\"\n\n[risk]\nweight = \"0\"\n\n[capital]\nyearly = \"0%\"\n";
/// In the first month a part of it, and of reservations only convertible ones, so that there is one to exchange.
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

struct Year<'c> {
    script: Script,
    context: &'c Context,
    made: Vec<Made>,
    /// In this order.
    to_come: Vec<Event>,
    /// Why AWS, or Tenor, would not do one of them, the last time.
    refused: Option<String>,
}

/// Lives through so many months of decisions.
pub(super) fn run(context: &Context, rows: u64, months: u16) -> anyhow::Result<()> {
    stoppable(context, |stop| live(context, rows, months, stop))
}

fn live(context: &Context, rows: u64, months: u16, stop: &Stop) -> anyhow::Result<()> {
    let home = context.home.join(FOLDER);
    if home.exists() {
        fs::remove_dir_all(&home).with_context(|| format!("cannot clear `{}`", home.display()))?;
    }
    fs::create_dir_all(&home).with_context(|| format!("cannot make `{}`", home.display()))?;
    let (rows, start) = (rows.to_string(), BillingPeriod::new(START.0, START.1)?);
    let begins = start.to_string();
    let script = Script::begin(&home, &["--rows", &rows, "--start", &begins, "--accounts", "4"], stop)?;
    let to_come = vec![Event::Exchange, Event::Modify, Event::Return, Event::List];
    let mut year = Year { script, context, made: Vec::new(), to_come, refused: None };
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
    fn done(&self, words: &[&str]) -> anyhow::Result<String> {
        self.script.done(words)
    }

    fn json(&self, words: &[&str]) -> anyhow::Result<Vec<Value>> {
        let told = self.done(&[&["--format", "json"], words].concat())?;
        serde_json::from_str(&told).with_context(|| format!("`tenor {}` printed no rows of JSON", words.join(" ")))
    }

    /// Whoever acts, what may be done, and who agrees.
    fn set_up(&mut self) -> anyhow::Result<()> {
        let keys = self.json(&["sandbox", "keys"])?;
        let of = |row: usize, column: &str| text(keys.get(row).context("the sandbox has an account less")?, column);
        let (payer, account) = (of(0, "account")?, of(1, "account")?);
        self.script.act_as(&of(1, "access_key")?, &of(1, "secret_key")?);
        for (name, contents) in [("policy.toml", POLICY), ("first-policy.toml", FIRST_POLICY), ("terms.toml", TERMS)] {
            fs::write(self.script.path(name), contents)?;
        }
        self.bring_bills()?;
        self.done(&["prices", "import", &self.script.path("settings/prices.csv")])?;
        let (template, trusted) = (self.script.path("template"), format!("arn:aws:iam::{account}:user/administrator"));
        let tiers = ["--tier", "trial,detail,commitments", "--out", &template];
        self.done(&[&["connect", "make", "payer", "--account", &payer, "--trusted", &trusted], &tiers[..]].concat())?;
        let (role, parameters) = (self.script.path("template/tenor.template.json"), self.script.path("template/parameters.json"));
        self.done(&["sandbox", "deploy", &role, "--account", &payer, "--parameters", &parameters])?;
        self.done(&["connect", "prove", "payer"])?;
        for (name, role) in [("ann", "proposer"), ("ben", "approver")] {
            let key = self.done(&["key", "make", &self.script.path(name)])?;
            self.done(&["key", "enrol", key.trim(), "--name", name, "--role", role])?;
        }
        self.done(&["order", "terms", &self.script.path("terms.toml")]).map(drop)
    }

    /// Lets the rest of a month pass.
    fn pass(&self, month: BillingPeriod) -> anyhow::Result<()> {
        let now: Timestamp = self.done(&["sandbox", "time"])?.trim().parse().context("the sandbox says what is no time")?;
        let left = (month.end() + SETTLED).duration_since(now).as_secs();
        self.done(&["sandbox", "advance", &format!("{}s", left.max(1))]).map(drop)
    }

    /// The bills of all months that are over, read.
    fn bring_bills(&self) -> anyhow::Result<()> {
        let (bills, settings) = (self.script.path("bills"), self.script.path("settings"));
        for folder in [&bills, &settings] {
            if fs::exists(folder)? {
                fs::remove_dir_all(folder)?;
            }
        }
        self.done(&["sandbox", "bills", "--out", &bills, "--settings", &settings])?;
        self.done(&["import", &bills]).map(drop)
    }

    /// One month of decisions, at whose end its bill is read.
    fn live(&mut self, number: u16, month: BillingPeriod) -> anyhow::Result<Month> {
        let mut lived = Month { month, done: 0, events: Vec::new() };
        let policy = self.script.path(if number == 1 { "first-policy.toml" } else { "policy.toml" });
        let proposal = self.propose(&policy)?;
        let ann = self.script.path("ann");
        match self.script.tried(&["order", "create", &proposal, "--connection", "payer", "--key", &ann])? {
            Ok(order) => lived.done += self.carry_out(order.trim(), number)?,
            Err(why) if why.contains(NOTHING) => lived.events.push("nothing to buy".to_owned()),
            Err(why) if why.contains(MET) => lived.events.push("waits for a bill that has what was bought".to_owned()),
            Err(why) => bail!("`tenor order create {proposal}` was refused:\n{why}"),
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
        self.done(&["propose", "--scenarios", "8", "--policy", policy])?;
        let new = kept()?.difference(&before).next().cloned();
        Ok(new.context("`tenor propose` kept no new proposal")?.display().to_string())
    }

    /// Approved by another, and run to its end: how many steps were done.
    fn carry_out(&mut self, order: &str, number: u16) -> anyhow::Result<usize> {
        self.done(&["order", "approve", order, "--key", &self.script.path("ben")])?;
        self.done(&["order", "run", order, "--live", "--wait"])?;
        let steps = self.json(&["order", "show", order])?;
        let done: Vec<&Value> = steps.iter().filter(|step| step["state"] == "done").collect();
        for step in done.iter().filter(|step| step["action"] == "buy") {
            self.made.push(Made::of(step, number)?);
        }
        Ok(done.len())
    }

    /// What happens once: in words, when there was something to do it with.
    fn change(&mut self, event: Event, number: u16) -> anyhow::Result<Option<String>> {
        let candidates: Vec<Made> = self.made.iter().filter(|made| made.is_for(event, number)).cloned().collect();
        let ann = self.script.path("ann");
        for made in candidates {
            for words in made.orders(event) {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let order = [&["order"], &words[..], &["--connection", "payer", "--key", &ann]].concat();
                match self.script.tried(&order)? {
                    Err(why) => self.refused = Some(why),
                    Ok(order) => {
                        self.carry_out(order.trim(), number)?;
                        // It has another id now, or none.
                        self.made.retain(|other| other.id != made.id);
                        return Ok(Some(format!("{} of {}", event.as_str(), made.what)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// What came of it: whether the ledger is whole and agrees with what AWS holds and billed, and what each month saved.
    fn close(&self, lived: &[Month]) -> anyhow::Result<()> {
        self.done(&["ledger", "verify"])?;
        // It fails where a dollar has no order, or an order not its dollars.
        let told = self.done(&["--format", "json", "ledger", "reconcile", "--live"])?;
        let agreed: Reconciled = serde_json::from_str(&told).context("`tenor ledger reconcile` printed no JSON")?;
        self.context.note(format_args!(
            "the ledger is whole; bills, what AWS lists and CloudTrail agree with it on {} commitments: ordered {}, billed {}",
            agreed.rows.len(),
            agreed.totals.ordered,
            agreed.totals.billed
        ));
        let saved = self.json(&["coverage", "--granularity", "month"])?;
        let mut table = Table::new([
            Column::text("month", "Month"),
            Column::number("steps_done", "Steps done"),
            Column::number("effective_savings_rate", "ESR"),
            Column::number("utilization", "Utilization"),
            Column::text("events", "Also"),
        ]);
        for row in &saved {
            let month = text(row, "billing_period")?;
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
        self.bound()?;
        if let Some(event) = self.to_come.first() {
            let why = self.refused.as_deref().unwrap_or("nothing that was bought is of the kind");
            bail!("the year came to no {}:\n{why}", event.as_str());
        }
        Ok(())
    }

    /// What nobody could have bettered over the same time under the same policy.
    fn bound(&self) -> anyhow::Result<()> {
        let tried = ["backtest", "--demand", "lake", "--prices", "latest", "--start-after", "31d", "--every", "4weeks"];
        let policy = self.script.path("policy.toml");
        let told = self.done(&[&["--format", "json"], &tried[..], &["--policy", &policy]].concat())?;
        let tried: Tried = serde_json::from_str(&told).context("`tenor backtest` printed no JSON")?;
        for Policy { name, esr } in tried.policies.iter().filter(|one| one.name == "clairvoyant") {
            if let Some(esr) = esr {
                self.context.note(format_args!("{name}, with one-year terms from the first decision on: ESR {esr}"));
            }
        }
        Ok(())
    }
}

/// What `tenor ledger reconcile` says, as far as it is told here.
#[derive(Deserialize)]
struct Reconciled {
    totals: Totals,
    rows: Vec<Value>,
}

/// The money of all rows.
#[derive(Deserialize)]
struct Totals {
    ordered: String,
    billed: String,
}

/// What one policy of a back-test saved.
#[derive(Deserialize)]
struct Policy {
    name: String,
    esr: Option<Number>,
}

/// What `tenor backtest` says, as far as it is told here.
#[derive(Deserialize)]
struct Tried {
    policies: Vec<Policy>,
}
