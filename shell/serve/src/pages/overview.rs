//! The overview: what waits for somebody, what is spent, what commitments do; and what to do while there is no bill.

mod waits;

pub(crate) use waits::Wait;

use super::commitments::{Line, line, needs_attention};
use super::{Frame, coverage};
use crate::app::App;
use crate::ask::Ask;
use crate::chart::Bars;
use crate::lake::{
    CostAnswer, CostQuestion, CoverageAnswer, CoverageQuestion, Granularity, Held, Key, Lake, Refusal, RefusalKind, of_one_snapshot,
};
use crate::reply::{Trouble, page};
use crate::show;
use askama::Template;
use axum::response::Response;
use std::collections::BTreeSet;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Coverage, Horizon, Ratio, by_attention};
use tenor_money::Money;

/// So many months are shown, the newest.
pub(crate) const MONTHS: usize = 13;
/// So many rows of each list.
pub(crate) const ROWS: usize = 8;

#[derive(Template)]
#[template(path = "first.html")]
struct FirstPage<'a> {
    frame: &'a Frame,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    frame: &'a Frame,
    currency: String,
    first: String,
    last: String,
    waits: Vec<Wait>,
    notes: Vec<String>,
    spend: Tile,
    tiles: Vec<Tile>,
    bars: Bars,
    months: Vec<Month>,
    attention: Vec<Line>,
    attention_count: usize,
    services: Vec<Share>,
}

/// A figure with its name and what it is of.
struct Tile {
    name: &'static str,
    value: String,
    of: String,
    tone: &'static str,
    /// The rows behind it.
    address: String,
}

struct Month {
    period: String,
    /// Whether its bill ends before it does.
    is_open: bool,
    /// Of its coverage.
    address: String,
    cost: String,
    coverage: String,
    utilization: String,
    rate: String,
    savings: String,
}

struct Share {
    name: String,
    cost: String,
    /// Percent of the largest.
    part: i128,
    address: String,
}

/// What the overview is made of.
pub(crate) struct Answered {
    pub(crate) cost: Arc<CostAnswer>,
    pub(crate) coverage: Arc<CoverageAnswer>,
    pub(crate) held: Arc<Held>,
    pub(crate) services: Arc<CostAnswer>,
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let (answered, note) = match before(&app).await {
        Some(answered) => (answered, Some("New bills are being added up; the figures are those before the last import.")),
        None => match of_one_snapshot(&*app.ports.lake, |lake| async move { asked(&*lake).await }).await {
            Err(Refusal { kind: RefusalKind::Empty, .. }) => return Ok(page(&FirstPage { frame: &ask.frame() })),
            answered => (answered?, None),
        },
    };
    let (frame, horizon) = (ask.frame(), Horizon { as_of: ask.now.as_second(), soon_seconds: app.settings.soon.as_secs() });
    let waits = waits::all(&app, ask.now, &answered.held, horizon).await;
    let mut shown = overview(&ask, &frame, &answered, horizon, waits);
    shown.notes.splice(0..0, note.map(str::to_owned));
    Ok(page(&shown))
}

/// The answers before the last import, while they stand in for the new ones: all of them or none, so that the page is of one snapshot.
async fn before(app: &App) -> Option<Answered> {
    let before = app.ports.lake.before().await?;
    asked(&*before).await.ok()
}

/// Asks what the first pages ask, so that whoever keeps answers has them when somebody comes. Where there are none, nobody misses them yet.
///
/// First what roll-ups answer in a moment; then, one at a time, what reads charges, so that others have their turns meanwhile.
pub async fn prefetch(lake: &dyn Lake) {
    if let Ok(cost) = lake.cost(&by_month()).await {
        drop(lake.cost(&of_services(&cost)).await);
    }
    drop(lake.cost(&super::explore::first()).await);
    drop(lake.coverage(&coverage_by_month()).await);
    drop(lake.commitments().await);
}

/// Whether all that the overview asks has an answer.
pub async fn is_answered(lake: &dyn Lake) -> bool {
    asked(lake).await.is_ok()
}

/// Asks all of it.
pub(crate) async fn asked(lake: &dyn Lake) -> Result<Answered, Refusal> {
    let (by_month, coverage) = (by_month(), coverage_by_month());
    // What roll-ups answer is not put off until charges are read: an import may come between.
    let costs = async {
        let cost = lake.cost(&by_month).await?;
        let services = lake.cost(&of_services(&cost)).await?;
        Ok::<_, Refusal>((cost, services))
    };
    let (costs, coverage, held) = tokio::join!(costs, lake.coverage(&coverage), lake.commitments());
    let ((cost, services), coverage, held) = (costs?, coverage?, held?);
    Ok(Answered { cost, coverage, held, services })
}

fn by_month() -> CostQuestion {
    CostQuestion { granularity: Granularity::Month, ..CostQuestion::default() }
}

fn coverage_by_month() -> CoverageQuestion {
    CoverageQuestion { granularity: Granularity::Month, ..CoverageQuestion::default() }
}

/// What the largest services cost in the newest month.
fn of_services(by_month: &CostAnswer) -> CostQuestion {
    let newest = by_month.rows.iter().filter_map(|row| row.time.clone()).max();
    CostQuestion { by: vec!["service".to_owned()], from: newest.clone(), to: newest, top: Some(ROWS), ..CostQuestion::default() }
}

fn overview<'a>(ask: &Ask, frame: &'a Frame, answered: &Answered, horizon: Horizon, waits: Vec<Wait>) -> OverviewPage<'a> {
    let Answered { cost, coverage, held, services } = answered;
    let currency = cost.currency.clone().unwrap_or_default();
    let by_month = months(cost);
    let shown = &by_month[by_month.len().saturating_sub(MONTHS)..];
    let notes = held.partial.iter().chain(&coverage.notes).cloned().collect();
    let needing = needing(held, horizon);
    OverviewPage {
        frame,
        first: by_month.first().map(|(month, _)| month.clone()).unwrap_or_default(),
        last: by_month.last().map(|(month, _)| month.clone()).unwrap_or_default(),
        waits,
        notes,
        spend: spend(&by_month, &currency, &held.open),
        tiles: tiles(coverage, &currency, &held.open),
        bars: Bars::of(shown, &currency),
        months: shown.iter().rev().map(|(month, cost)| month_of(month, *cost, coverage, &held.open)).collect(),
        attention: needing.iter().take(ROWS).map(|one| line(one, horizon, ask.now)).collect(),
        attention_count: needing.len(),
        services: shares(services, by_month.last().map(|(month, _)| month.as_str())),
        currency,
    }
}

/// What each month costs.
pub(crate) fn months(cost: &CostAnswer) -> Vec<(String, Money)> {
    cost.rows.iter().filter_map(|row| Some((row.time.clone()?, row.cost))).collect()
}

/// The commitments that need to be looked at, the most urgent first.
pub(crate) fn needing(held: &Held, horizon: Horizon) -> Vec<&Commitment> {
    let mut needing: Vec<&Commitment> = held.commitments.iter().filter(|one| needs_attention(one, horizon)).collect();
    by_attention(&mut needing, horizon);
    needing
}

/// What the newest month is held against; none where either is not all yet. Such a month is held against nothing: not against a whole month, and not
/// against its first days, on one of which fees of all of it lie.
pub(crate) fn held_against<'a>(by_month: &'a [(String, Money)], open: &BTreeSet<BillingPeriod>) -> Option<&'a (String, Money)> {
    let [.., before, newest] = by_month else { return None };
    Some(before).filter(|_| !is_open(&newest.0, open) && !is_open(&before.0, open))
}

/// A month by its name, with a word where its bill ends before it does.
fn told(month: &str, open: &BTreeSet<BillingPeriod>) -> String {
    if is_open(month, open) { format!("{month}, not all yet") } else { month.to_owned() }
}

/// Whether its bill ends before it does.
pub(crate) fn is_open(month: &str, open: &BTreeSet<BillingPeriod>) -> bool {
    month.parse().is_ok_and(|month: BillingPeriod| open.contains(&month))
}

fn spend(by_month: &[(String, Money)], currency: &str, open: &BTreeSet<BillingPeriod>) -> Tile {
    let Some((month, cost)) = by_month.last() else {
        let (value, address) = (show::NOTHING.to_owned(), "/explore".to_owned());
        return Tile { name: "Spend", value, of: String::new(), tone: "", address };
    };
    let change = held_against(by_month, open).and_then(|(month, before)| Some((month, Ratio::of_money(*cost - *before, *before)?)));
    let sign = |ratio: Ratio| if ratio.ten_thousandths() > 0 { "+" } else { "" };
    let change =
        change.map_or_else(String::new, |(month, ratio)| format!(", {}{} against {month}", sign(ratio), show::percent(Some(ratio))));
    Tile {
        name: "Spend",
        value: format!("{} {currency}", show::amount(*cost)),
        of: format!("amortized, {}{change}", told(month, open)),
        tone: "",
        address: super::explore::address("/explore", &super::explore::of_month(month)),
    }
}

/// What commitments do, in the newest month and to date. Each leads to the rows it is made of.
fn tiles(answer: &CoverageAnswer, currency: &str, open: &BTreeSet<BillingPeriod>) -> Vec<Tile> {
    let Some(newest) = answer.rows.iter().filter(|row| row.time.is_some()).max_by_key(|row| row.time.clone()) else { return Vec::new() };
    let month = newest.time.clone().unwrap_or_default();
    let (named, of_month) = (told(&month, open), coverage::address("service", Some(&month), Some(&month)));
    let whole = |coverage: &Coverage, is_whole: bool| if is_whole { Some(*coverage) } else { None };
    let (this, to_date) = (whole(&newest.coverage, newest.is_whole), whole(&answer.total, answer.is_whole));
    let rate = |of: Option<Coverage>| show::percent(of.and_then(|of| of.effective_savings_rate(false)));
    let savings = |of: Option<Coverage>| of.and_then(|of| of.savings(false));
    let tone = |amount: Option<Money>| amount.map_or("", |amount| if amount < Money::ZERO { "bad" } else { "good" });
    let money =
        |amount: Option<Money>| amount.map_or_else(|| show::NOTHING.to_owned(), |amount| format!("{} {currency}", show::amount(amount)));
    let tile = |name, value, of, tone, address: &str| Tile { name, value, of, tone, address: address.to_owned() };
    vec![
        tile("Savings this month", money(savings(this)), format!("measured, {named}"), tone(savings(this)), &of_month),
        tile(
            "Savings to date",
            money(savings(to_date)),
            "measured, all bills held".to_owned(),
            tone(savings(to_date)),
            &coverage::address("service", None, None),
        ),
        tile("Effective savings rate", rate(this), format!("{named}; {} to date", rate(to_date)), "", &of_month),
        tile(
            "Coverage",
            show::percent(newest.coverage.coverage()),
            format!("of eligible usage at list prices, {named}"),
            "",
            &coverage::address("family", Some(&month), Some(&month)),
        ),
        tile(
            "Utilization",
            show::percent(this.and_then(|of| of.utilization())),
            format!("of commitments, {named}; {} unused", money(Some(newest.coverage.unused_cost))),
            "",
            &coverage::address("commitment", Some(&month), Some(&month)),
        ),
    ]
}

fn month_of(month: &str, cost: Money, answer: &CoverageAnswer, open: &BTreeSet<BillingPeriod>) -> Month {
    let row = answer.rows.iter().find(|row| row.time.as_deref() == Some(month));
    let coverage = row.map(|row| row.coverage);
    let whole = row.filter(|row| row.is_whole).map(|row| row.coverage);
    Month {
        period: month.to_owned(),
        is_open: is_open(month, open),
        address: coverage::address("service", Some(month), Some(month)),
        cost: show::amount(cost),
        coverage: show::percent(coverage.and_then(|of| of.coverage())),
        utilization: show::percent(whole.and_then(|of| of.utilization())),
        rate: show::percent(whole.and_then(|of| of.effective_savings_rate(false))),
        savings: show::maybe(whole.and_then(|of| of.savings(false))),
    }
}

/// Each leads to what it is made of, in the same month.
fn shares(answer: &CostAnswer, month: Option<&str>) -> Vec<Share> {
    let time = month.map(str::to_owned);
    let question = CostQuestion { from: time.clone(), to: time, ..CostQuestion::default() };
    let most = answer.rows.iter().map(|row| row.cost).max().unwrap_or(Money::ZERO);
    let way = super::explore::Way::of(&question, "service", false);
    let nothing = Key::Nothing;
    let share = |row: &crate::lake::CostRow| {
        let key = row.keys.first().unwrap_or(&nothing);
        let address = match key {
            Key::Value(value) => way.as_ref().map(|way| way.to(Some(value))),
            _ => None,
        };
        let name = super::explore::told(key, "service");
        Share { name, cost: show::amount(row.cost), part: show::hundredths(row.cost, most), address: address.unwrap_or_default() }
    };
    answer.rows.iter().map(share).collect()
}
