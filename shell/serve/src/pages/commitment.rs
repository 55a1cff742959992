//! One commitment from near: what it is, how far its term has come, what it did by month and by hour, what it covered, and the ways out.
//! It decides nothing and says of nothing more than the bills tell.

use super::Frame;
use super::commitments::{short_id, standing, tone, what};
use super::condition::{Part, joined};
use super::explore;
use super::hours::{HourMap, map};
use crate::app::App;
use crate::ask::Ask;
use crate::calendar::filled;
use crate::lake::{CostQuestion, Covered, Held, Lake, Refusal, RefusalKind, Utilization, of_one_snapshot};
use crate::reply::{Trouble, page, see};
use crate::show;
use crate::stack::{Series, Stack};
use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, ExitRules, Exits, Horizon, Kind, OfferingClass, Payment, Ratio};
use tenor_money::Money;
use url::form_urlencoded::Serializer;

/// So many usage types and accounts are shown.
const ROWS: usize = 10;
const DAY_SECONDS: i64 = 86_400;

#[derive(Template)]
#[template(path = "commitment.html")]
struct CommitmentPage<'a> {
    frame: &'a Frame,
    name: String,
    attention: &'static str,
    tone: &'static str,
    standing: &'static str,
    currency: String,
    notes: Vec<String>,
    facts: Vec<(&'static str, String)>,
    unknown: String,
    term: Option<Progress>,
    months_chart: Option<Stack>,
    months: Vec<Month>,
    month: String,
    hours: HourMap,
    covered: Vec<(&'static str, Vec<Share>)>,
    exits: Vec<(&'static str, String)>,
}

/// How far its term has come.
struct Progress {
    begins: String,
    ends: String,
    days: i64,
    gone: i64,
    /// Thousandths of the term.
    part: i64,
}

/// What it did in a month.
struct Month {
    period: String,
    address: String,
    is_shown: bool,
    is_open: bool,
    cost: String,
    used: String,
    unused: String,
    utilization: String,
    list: String,
    savings: String,
}

/// What it covered of something.
struct Share {
    name: String,
    address: Option<String>,
    cost: String,
    saved: String,
    part: i128,
}

/// What the page is made of.
struct Answered {
    held: Arc<Held>,
    months: Arc<Vec<(BillingPeriod, Commitment)>>,
    /// Which month is shown.
    period: BillingPeriod,
    did: Arc<Utilization>,
}

/// What the bills say of a commitment, in the month that is asked for or the newest.
async fn answers(lake: &dyn Lake, id: &str, asked: Option<BillingPeriod>) -> Result<Answered, Refusal> {
    let (held, months) = (lake.commitments().await?, lake.commitment(id).await?);
    let newest = months.last().map_or(held.periods.1, |(period, _)| *period);
    let period = asked.unwrap_or(newest);
    let is_there = months.iter().any(|(month, _)| *month == period);
    let did = if is_there { lake.utilization(id, period).await? } else { Arc::default() };
    Ok(Answered { held, months, period, did })
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let id = ask.query.get("id").ok_or_else(|| Trouble::not_found("the address does not say which commitment"))?;
    let asked =
        ask.query.get("month").map(|text| text.parse::<BillingPeriod>().map_err(|_| Trouble::bad(format!("`{text}` is not a month"))));
    let asked = asked.transpose()?;
    let answered = of_one_snapshot(&*app.ports.lake, |lake| async move { answers(&*lake, id, asked).await }).await;
    let Answered { held, months, period, did } = match answered {
        Err(Refusal { kind: RefusalKind::Empty, .. }) => return Ok(see("/")),
        answered => answered?,
    };
    let found = held.commitments.iter().find(|commitment| commitment.facts.id.0 == id);
    let commitment = found.ok_or_else(|| Trouble::not_found(format!("no bill shows a commitment `{id}`")))?;
    let of_month = months.iter().find(|(month, _)| *month == period).map(|(_, commitment)| commitment);
    let currency = held.currency.clone().unwrap_or_default();
    let frame = ask.frame();
    let horizon = Horizon { as_of: ask.now.as_second(), soon_seconds: app.settings.soon.as_secs() };
    let attention = horizon.attention(commitment);
    let shown = CommitmentPage {
        frame: &frame,
        name: short_id(id),
        attention: attention.name(),
        tone: tone(attention),
        standing: standing(commitment, horizon),
        notes: notes(period, of_month.is_some(), &held.open),
        facts: facts(commitment, &currency),
        unknown: commitment.facts.unknown().join(", "),
        term: progress(commitment, ask.now),
        months_chart: chart(&months, &currency),
        months: months.iter().rev().map(|(month, one)| month_of(id, *month, one, period, &held.open)).collect(),
        month: period.to_string(),
        hours: map(period, of_month.unwrap_or(commitment), &did, &currency),
        covered: covered(&did.covered, id, period),
        exits: exits(commitment, horizon, ask.now),
        currency,
    };
    Ok(page(&shown))
}

fn notes(period: BillingPeriod, is_there: bool, open: &BTreeSet<BillingPeriod>) -> Vec<String> {
    let mut notes = Vec::new();
    if !is_there {
        notes.push(format!("The bill of {period} does not show it."));
    } else if open.contains(&period) {
        notes.push(format!("The bill of {period} ends before the month does: its figures are not all yet."));
    }
    notes
}

fn facts(commitment: &Commitment, currency: &str) -> Vec<(&'static str, String)> {
    let facts = &commitment.facts;
    let hourly = commitment.hourly_commitment.map(|amount| format!("{amount} {currency} an hour"));
    let all = [
        ("Id", Some(facts.id.to_string())),
        ("Kind", Some(facts.kind.name().to_owned())),
        ("What", what(commitment)),
        ("Commitment", hourly),
        ("Cost of an hour", commitment.hourly_cost().map(|cost| format!("{} {currency}, amortized", show::amount(cost)))),
        ("Owner", facts.owner.as_ref().map(ToString::to_string)),
        ("Region", facts.region.clone()),
        ("Zone", facts.zone.clone()),
        ("Paid", facts.payment.map(|payment: Payment| payment.name().to_owned())),
        ("Class", facts.class.map(|class: OfferingClass| class.name().to_owned())),
        ("Seller", facts.seller.clone()),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn progress(commitment: &Commitment, now: Timestamp) -> Option<Progress> {
    let term = commitment.facts.term?;
    let moment = |second: i64| Some(Timestamp::from_second(second).ok()?.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let (length, elapsed) = (term.end().checked_sub(term.start).filter(|length| *length > 0)?, term.elapsed(now.as_second()));
    Some(Progress {
        begins: moment(term.start)?,
        ends: moment(term.end())?,
        days: length / DAY_SECONDS,
        gone: elapsed / DAY_SECONDS,
        part: i64::try_from(i128::from(elapsed) * 1_000 / i128::from(length)).unwrap_or_default(),
    })
}

/// Months that do not show it have their place, and no bar.
fn chart(months: &[(BillingPeriod, Commitment)], currency: &str) -> Option<Stack> {
    let shown: BTreeMap<String, &Commitment> = months.iter().map(|(month, one)| (month.to_string(), one)).collect();
    let labels = filled(&shown.keys().cloned().collect::<Vec<_>>());
    let series = |name: &str, amount: fn(&Commitment) -> Money| {
        let amounts = labels.iter().map(|label| shown.get(label).map_or(Money::ZERO, |one| amount(one))).collect();
        Series { name: name.to_owned(), address: None, amounts }
    };
    let both = [series("used", |one| one.sums.used_cost), series("unused", |one| one.sums.unused_cost)];
    Stack::of("months", "Amortized cost by month, used and unused", currency, &labels, &both)
}

fn month_of(id: &str, month: BillingPeriod, one: &Commitment, shown: BillingPeriod, open: &BTreeSet<BillingPeriod>) -> Month {
    let (period, figures) = (month.to_string(), one.figures());
    Month {
        address: format!(
            "/commitments/one?{}#hours",
            Serializer::new(String::new()).append_pair("id", id).append_pair("month", &period).finish()
        ),
        period,
        is_shown: month == shown,
        is_open: open.contains(&month),
        cost: show::amount(one.sums.amortized_cost()),
        used: show::amount(one.sums.used_cost),
        unused: show::amount(one.sums.unused_cost),
        utilization: show::percent(figures.utilization),
        list: show::amount(one.sums.list_cost),
        savings: show::maybe(figures.net_savings),
    }
}

/// What it covered in a month, by usage type and by account. Each leads to the charges that it is the sum of.
fn covered(covered: &[Covered], id: &str, period: BillingPeriod) -> Vec<(&'static str, Vec<Share>)> {
    let part = |column: &str, value: Option<&str>| Part { column: column.to_owned(), value: value.map(str::to_owned) };
    let of_it = [part("CommitmentDiscountId", Some(id)), part("CommitmentDiscountStatus", Some("Used"))];
    let month = Some(period.to_string());
    let address = |parts: &[Part], by: &str| {
        let condition = joined(of_it.iter().chain(parts));
        let question =
            CostQuestion { by: vec![by.to_owned()], from: month.clone(), to: month.clone(), condition, ..CostQuestion::default() };
        explore::address("/explore", &question)
    };
    let usage_type = |one: &Covered| {
        let (service, metered) = (one.service.as_deref(), one.usage_type.as_deref().or(one.meter.as_deref()));
        let name = [service, metered].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        // A meter is no usage type: asked for as one it would have no charge.
        let parts = |usage_type: &str| [part("ServiceName", service), part("x_UsageType", Some(usage_type))];
        (name, one.usage_type.as_deref().map(|usage_type| address(&parts(usage_type), "account")))
    };
    let account = |one: &Covered| {
        let address = one.account.as_deref().map(|account| address(&[part("SubAccountId", Some(account))], "usage-type"));
        (one.account.clone().unwrap_or_default(), address)
    };
    if covered.is_empty() {
        return Vec::new();
    }
    vec![("Usage type", shares(covered, usage_type)), ("Account", shares(covered, account))]
}

fn shares(covered: &[Covered], name: impl Fn(&Covered) -> (String, Option<String>)) -> Vec<Share> {
    let mut sums: BTreeMap<(String, Option<String>), (Money, Money)> = BTreeMap::new();
    for one in covered {
        let sum = sums.entry(name(one)).or_default();
        sum.0 += one.cost;
        sum.1 += one.list_cost;
    }
    let mut all: Vec<_> = sums.into_iter().collect();
    all.sort_by_key(|(_, sum)| Reverse(*sum));
    let rest = all.split_off(all.len().min(ROWS));
    if !rest.is_empty() {
        let cost = rest.iter().map(|(_, (cost, _))| *cost).sum::<Money>();
        let list = rest.iter().map(|(_, (_, list))| *list).sum::<Money>();
        all.push(((format!("{} others", rest.len()), None), (cost, list)));
    }
    let most = all.iter().map(|(_, (cost, _))| *cost).max().unwrap_or_default();
    let share = |((name, address), (cost, list)): ((String, Option<String>), (Money, Money))| Share {
        name: if name.is_empty() { "not told".to_owned() } else { name },
        address,
        cost: show::amount(cost),
        saved: show::percent(Ratio::of_money(list - cost, list)),
        part: show::hundredths(cost, most),
    };
    all.into_iter().map(share).collect()
}

/// What AWS's rules allow. What only AWS knows is not looked at, and the page says so.
fn exits(commitment: &Commitment, horizon: Horizon, now: Timestamp) -> Vec<(&'static str, String)> {
    if horizon.is_over(commitment) {
        return vec![("Ways out", "None: it is held no more.".to_owned())];
    }
    let exits = Exits::of(&commitment.facts, commitment.hourly_commitment, now, &ExitRules::default());
    let word = |is: Option<bool>, yes: &str, no: &str| match is {
        Some(true) => yes.to_owned(),
        Some(false) => no.to_owned(),
        None => "the bills do not tell".to_owned(),
    };
    if let Kind::Plan(_) = commitment.facts.kind {
        let returned = exits.returnable_until.map_or_else(
            || "No: a plan of at most $100 an hour can be returned within 7 days of its start and in the same month, or the bills do not tell."
                .to_owned(),
            |until| format!("Before {}.", until.strftime("%Y-%m-%d %H:%M UTC")),
        );
        return vec![("Return", returned), ("Sell or exchange", "Never: AWS takes no plan for either.".to_owned())];
    }
    vec![
        ("Return", "Never: AWS takes no reservation back.".to_owned()),
        (
            "Sell",
            word(
                exits.resellable,
                "Yes, on the Reserved Instance Marketplace.",
                "No: standard EC2 reservations alone, after 30 days and with a month left.",
            ),
        ),
        (
            "Exchange",
            word(
                exits.exchangeable,
                "Yes, for another convertible one of at least its value.",
                "No: convertible EC2 reservations alone, with a day left.",
            ),
        ),
    ]
}

#[cfg(test)]
pub(crate) mod tests;
