//! Back-tests: what policies would have cost on the bills that are here, at real prices. One is begun here and goes on by itself.

mod curves;

use super::Frame;
use super::ledger::moment;
use super::refused::{refused, user};
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::backtests::{
    AllBacktests, BACKTEST_DAYS_MAX, BACKTEST_FUTURES_MAX, BACKTEST_SCENARIOS_MAX, BACKTEST_WEEKS_MAX, BacktestAsked, BacktestGoing,
    BacktestNote, BacktestPolicy, BacktestResult,
};
use crate::lake::Refusal;
use crate::reply::{Trouble, page, see};
use crate::show;
use askama::Template;
use axum::response::Response;
use curves::Curves;
use jiff::Timestamp;
use std::sync::Arc;
use tenor_cover::inventory::Ratio;
use tenor_money::{Money, Quantity};
use tenor_state::UserRole;

const UNTOLD: &str = "Back-tests cannot be told";
/// A decision every so many weeks, where nothing is said.
pub(crate) const EVERY_WEEKS: u32 = 4;
/// The first one after so many days, where nothing is said.
pub(crate) const AFTER_DAYS: u32 = 60;
/// So many futures, where nothing is said.
pub(crate) const SCENARIOS: u32 = 4;

#[derive(Template)]
#[template(path = "backtests.html")]
struct BacktestsPage<'a> {
    frame: &'a Frame,
    going: Option<&'a BacktestGoing>,
    may_stop: bool,
    notes: Vec<String>,
    lines: Vec<Line>,
    policies: &'a [String],
    weeks_max: u16,
    days_max: u16,
    scenarios_max: u32,
    futures_max: usize,
}

#[derive(Template)]
#[template(path = "backtest.html")]
struct BacktestPage<'a> {
    frame: &'a Frame,
    id: &'a str,
    of: &'a BacktestResult,
    on_demand: String,
    eligible: String,
    rows: Vec<Row>,
    curves: Option<Curves>,
}

/// A back-test in a list.
struct Line {
    id: String,
    made: String,
    user: String,
    policy: String,
    every: String,
    scenarios: u32,
    decisions: usize,
    tenor: String,
    best_rule: String,
    bound: String,
}

/// A policy in the table.
struct Row {
    name: String,
    note: &'static str,
    saving: String,
    esr: String,
    cost: String,
    regret: String,
    purchases: usize,
    peak: String,
    upfront: String,
    used: String,
}

pub(crate) async fn all(app: &App) -> Result<AllBacktests, Trouble> {
    app.ports.backtests.list().await.map_err(refused(UNTOLD))
}

pub(crate) async fn list(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let all = all(&app).await?;
    let lines = all.results.iter().map(|(id, of)| line(id, of)).collect();
    let (frame, is_admin) = (ask.frame(), is_admin(&ask));
    let is_own = all.going.as_ref().is_some_and(|going| frame.user.as_ref() == Some(&going.user));
    let told = |note: &BacktestNote| match note.cause.as_ref().filter(|_| is_admin) {
        Some(cause) => format!("{} {cause}", note.told),
        None => note.told.clone(),
    };
    Ok(page(&BacktestsPage {
        frame: &frame,
        going: all.going.as_ref(),
        may_stop: is_own || is_admin,
        notes: all.notes.iter().map(told).collect(),
        lines,
        policies: &all.policies,
        weeks_max: BACKTEST_WEEKS_MAX,
        days_max: BACKTEST_DAYS_MAX,
        scenarios_max: BACKTEST_SCENARIOS_MAX,
        futures_max: BACKTEST_FUTURES_MAX,
    }))
}

fn is_admin(ask: &Ask) -> bool {
    ask.who.role() == Some(UserRole::Admin)
}

/// Begins one.
pub(crate) async fn begin(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    let asked = asked(&ask.form)?;
    app.ports.backtests.begin(asked, &user, ask.now).await.map_err(unbegun)?;
    Ok(see("/backtest"))
}

/// Has the one that goes on end.
pub(crate) async fn stop(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let user = user(&ask)?;
    app.ports.backtests.stop(&user, is_admin(&ask)).await.map_err(refused("Not stopped"))?;
    Ok(see("/backtest"))
}

/// Why none is begun.
pub(crate) fn unbegun(refusal: Refusal) -> Trouble {
    refused("Not begun")(refusal)
}

/// What a form asks for; what it does not say is as the command has it.
fn asked(form: &Pairs) -> Result<BacktestAsked, Trouble> {
    let number = |name: &str, usual: u32, least: u32, most: u32| match form.get(name).map(str::parse::<u32>) {
        None => Ok(usual),
        Some(Ok(number)) if (least..=most).contains(&number) => Ok(number),
        Some(_) => Err(Trouble::bad(format!("`{name}` is a whole number from {least} to {most}"))),
    };
    let short = |number: u32| u16::try_from(number).expect("it is below the most");
    Ok(BacktestAsked {
        policy: form.get("policy").map(str::to_owned),
        every_weeks: short(number("every", EVERY_WEEKS, 1, BACKTEST_WEEKS_MAX.into())?),
        start_after_days: short(number("start_after", AFTER_DAYS, 0, BACKTEST_DAYS_MAX.into())?),
        scenarios: number("scenarios", SCENARIOS, 1, BACKTEST_SCENARIOS_MAX)?,
    })
}

/// The back-test that an address names.
pub(crate) async fn named(app: &App, ask: &Ask) -> Result<(String, Arc<BacktestResult>), Trouble> {
    let none = || Trouble::not_found("there is no back-test of that id");
    let is_id = |id: &&str| id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let id = ask.path.get("id").filter(is_id).ok_or_else(none)?;
    let found = app.ports.backtests.get(id).await.map_err(refused(UNTOLD))?.ok_or_else(none)?;
    Ok((id.to_owned(), found))
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (id, of) = named(&app, &ask).await?;
    Ok(page(&BacktestPage {
        frame: &ask.frame(),
        id: &id,
        on_demand: amount(&of.on_demand_cost),
        eligible: amount(&of.eligible_cost),
        rows: of.policies.iter().map(row).collect(),
        curves: Curves::of(&of.policies),
        of: &of,
    }))
}

fn line(id: &str, of: &BacktestResult) -> Line {
    let saving = |name: &str| of.policies.iter().find(|one| one.name == name).map_or_else(|| show::NOTHING.to_owned(), rate);
    let rules = of.policies.iter().filter(|one| one.name.starts_with("aws-"));
    let best = rules.max_by_key(|one| share(&one.saving).unwrap_or_default());
    let weeks = of.settings.every_weeks;
    Line {
        id: id.to_owned(),
        made: of.made.parse::<Timestamp>().map_or_else(|_| of.made.clone(), moment),
        user: of.user.clone(),
        policy: policy_of(of),
        every: if weeks == 1 { "week".to_owned() } else { format!("{weeks} weeks") },
        scenarios: of.settings.scenarios,
        decisions: of.decisions,
        tenor: saving("tenor"),
        best_rule: best.map_or_else(|| show::NOTHING.to_owned(), rate),
        bound: saving("clairvoyant"),
    }
}

fn policy_of(of: &BacktestResult) -> String {
    of.settings.policy.clone().unwrap_or_else(|| "the default".to_owned())
}

/// The effective savings rate, as people read it.
fn rate(of: &BacktestPolicy) -> String {
    of.esr.as_deref().map_or_else(|| show::NOTHING.to_owned(), percent)
}

fn row(of: &BacktestPolicy) -> Row {
    let (name, note) = told(&of.name);
    let used = of.utilization.iter().map(|(kind, used)| format!("{kind} {}", percent(used))).collect::<Vec<_>>().join(", ");
    Row {
        name,
        note,
        saving: percent(&of.saving),
        esr: rate(of),
        cost: amount(&of.cost),
        regret: amount(&of.regret),
        purchases: of.purchases,
        peak: of.peak_obligation.as_deref().map_or_else(|| show::NOTHING.to_owned(), amount),
        upfront: of.over_time.last().map_or_else(|| show::NOTHING.to_owned(), |last| amount(&last.upfront)),
        used: if used.is_empty() { show::NOTHING.to_owned() } else { used },
    }
}

/// What a policy is called, and what it does.
fn told(name: &str) -> (String, &'static str) {
    let (told, note) = match name {
        "nothing" => ("Buying nothing", "all on demand"),
        "tenor" => ("Tenor", "decides with what was known then"),
        "aws-30d" => ("AWS's rule, 30 days", "what would have saved most in the 30 days before"),
        "aws-60d" => ("AWS's rule, 60 days", "what would have saved most in the 60 days before"),
        "newsvendor" => ("AWS's rule, all history", "what would have saved most in all that was known"),
        "hindsight-level" => ("Hindsight", "one level, chosen when all was over; nobody sells it"),
        "clairvoyant" => ("Clairvoyant", "a bound: nobody could have paid less"),
        other => (other, ""),
    };
    (told.to_owned(), note)
}

fn share(text: &str) -> Option<Quantity> {
    text.parse().ok()
}

/// `29.31 %`; as it is written where it is no share.
fn percent(text: &str) -> String {
    let ratio = share(text).and_then(|share| Ratio::of_quantity(share, Quantity::from_whole(1)));
    ratio.map_or_else(|| text.to_owned(), |ratio| show::percent(Some(ratio)))
}

fn amount(text: &str) -> String {
    text.parse::<Money>().map_or_else(|_| text.to_owned(), show::amount)
}

impl BacktestPage<'_> {
    fn made(&self) -> String {
        self.of.made.parse::<Timestamp>().map_or_else(|_| self.of.made.clone(), moment)
    }

    fn policy(&self) -> String {
        policy_of(self.of)
    }
}

impl BacktestsPage<'_> {
    fn is_going(&self) -> bool {
        self.going.is_some()
    }

    /// What the one that goes on does, in a sentence.
    fn going_line(&self) -> Option<String> {
        let going = self.going?;
        let so_far = going.of.map_or_else(String::new, |of| format!(", {} of {of} parts done", going.done));
        Some(format!("{} began a back-test at {} UTC: {}{so_far}.", going.user, moment(going.begun), going.doing))
    }
}
