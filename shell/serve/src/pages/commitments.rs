//! What is held: when it ends, what of it is wasted, and each commitment with what it does, what to look at first on top.

use super::Frame;
use super::ladder::Ladder;
use crate::app::App;
use crate::ask::{Ask, Pairs};
use crate::lake::{Held, Refusal, RefusalKind};
use crate::reply::{Trouble, page, see};
use crate::show;
use askama::Template;
use axum::response::Response;
use jiff::Timestamp;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Attention, Commitment, ExitRules, Exits, Horizon, Kind, LockIn, Totals, by_attention};
use tenor_money::Money;
use url::form_urlencoded::Serializer;

/// So many rows on a page: it stays light, whatever is held.
const PAGE: usize = 150;
/// So many of what wastes most are shown.
const WASTE: usize = 8;
/// What a commitment may be, as a filter: in the order in which it needs to be looked at.
const STATES: [&str; 7] = ["running", "wasted", "losing", "expiring", "idle", "fine", "over"];
/// Of which kind it may be, as a filter.
pub(crate) const KINDS: [&str; Kind::ALL.len()] = {
    let (mut names, mut at) = ([""; Kind::ALL.len()], 0);
    while at < names.len() {
        names[at] = Kind::ALL[at].name();
        at += 1;
    }
    names
};

#[derive(Template)]
#[template(path = "commitments.html")]
struct CommitmentsPage<'a> {
    frame: &'a Frame,
    scope: String,
    currency: String,
    notes: Vec<String>,
    filter: Filter,
    kinds: Vec<&'static str>,
    states: &'static [&'static str],
    held: usize,
    /// How many the filter lets through, and which of them are shown.
    count: usize,
    first: usize,
    /// Where those before and behind them are.
    previous: Option<String>,
    next: Option<String>,
    ladder: Option<Ladder>,
    waste: Vec<Waste>,
    lines: Vec<Line>,
    cost: String,
    unused: String,
    utilization: String,
    savings: String,
    obligation: String,
    cash: String,
    months: String,
}

/// Which commitments are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) kind: Option<String>,
    pub(crate) state: Option<String>,
    /// The month in which they end.
    pub(crate) ends: Option<BillingPeriod>,
}

/// What a commitment cost that served nothing.
struct Waste {
    address: String,
    short_id: String,
    what: String,
    kind: &'static str,
    unused: String,
    part: i128,
    utilization: String,
}

/// A commitment as people read it.
pub(crate) struct Line {
    pub(crate) attention: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) is_over: bool,
    pub(crate) id: String,
    pub(crate) short_id: String,
    /// Where it is shown alone.
    pub(crate) address: String,
    pub(crate) kind: &'static str,
    pub(crate) owner: String,
    pub(crate) what: String,
    pub(crate) place: String,
    pub(crate) ends: String,
    pub(crate) cost: String,
    pub(crate) unused: String,
    pub(crate) utilization: String,
    pub(crate) break_even: String,
    pub(crate) savings: String,
    pub(crate) exit: String,
}

/// Where a commitment is shown alone.
pub(crate) fn address(id: &str) -> String {
    format!("/commitments/one?{}", Serializer::new(String::new()).append_pair("id", id).finish())
}

/// The last part of an ARN, by which people know it.
pub(crate) fn short_id(id: &str) -> String {
    id.rsplit(['/', ':']).next().unwrap_or_default().to_owned()
}

/// How many of what it is; none where the bill does not tell.
pub(crate) fn what(commitment: &Commitment) -> Option<String> {
    let facts = &commitment.facts;
    let count = facts.count.map_or_else(String::new, |count| format!("{count} × "));
    facts.instance_type.as_ref().map(|kind| format!("{count}{kind}")).or_else(|| facts.family.clone())
}

/// The same, or how much by the hour; a dash where the bill tells neither.
fn what_or_hourly(commitment: &Commitment) -> String {
    let hourly = || commitment.hourly_commitment.map(|amount| format!("{} an hour", show::exact(amount)));
    what(commitment).or_else(hourly).unwrap_or_else(|| show::NOTHING.to_owned())
}

/// Whether it runs, and if not, why.
pub(crate) fn standing(commitment: &Commitment, horizon: Horizon) -> &'static str {
    if horizon.has_ended(commitment) {
        "ended"
    } else if commitment.is_gone {
        "gone"
    } else {
        ""
    }
}

/// How urgent it looks.
pub(crate) const fn tone(attention: Attention) -> &'static str {
    match attention {
        Attention::Wasted | Attention::Losing => "bad",
        Attention::Expiring | Attention::Idle => "warn",
        Attention::Fine => "good",
    }
}

/// Whether it runs, and something of it is to be looked at.
pub(crate) fn needs_attention(commitment: &Commitment, horizon: Horizon) -> bool {
    !horizon.is_over(commitment) && horizon.attention(commitment) != Attention::Fine
}

/// A commitment as a line.
pub(crate) fn line(commitment: &Commitment, horizon: Horizon, now: Timestamp) -> Line {
    let (facts, figures, attention) = (&commitment.facts, commitment.figures(), horizon.attention(commitment));
    let exits = Exits::of(facts, commitment.hourly_commitment, now, &ExitRules::default());
    let is_over = horizon.is_over(commitment);
    let end = facts.term.and_then(|term| Timestamp::from_second(term.end()).ok()).map(|end| end.strftime("%Y-%m-%d").to_string());
    let state = standing(commitment, horizon);
    let separator = if state.is_empty() { "" } else { ", " };
    let text = |value: Option<String>| value.unwrap_or_else(|| show::NOTHING.to_owned());
    Line {
        attention: attention.name(),
        tone: tone(attention),
        is_over,
        id: facts.id.to_string(),
        short_id: short_id(&facts.id.0),
        address: address(&facts.id.0),
        kind: facts.kind.name(),
        owner: text(facts.owner.as_ref().map(ToString::to_string)),
        what: what_or_hourly(commitment),
        place: text(facts.zone.clone().or_else(|| facts.region.clone())),
        ends: text(end.map(|end| format!("{end}{separator}{state}"))),
        cost: show::amount(commitment.sums.amortized_cost()),
        unused: show::amount(commitment.sums.unused_cost),
        utilization: show::percent(figures.utilization),
        break_even: show::percent(figures.break_even_utilization),
        savings: show::maybe(figures.net_savings),
        exit: if is_over { show::NOTHING.to_owned() } else { way_out(&exits) },
    }
}

fn way_out(exits: &Exits) -> String {
    match exits {
        Exits { returnable_until: Some(until), .. } => format!("return before {}", until.strftime("%Y-%m-%d %H:%M UTC")),
        Exits { resellable: Some(true), .. } => "resell".to_owned(),
        Exits { exchangeable: Some(true), .. } => "exchange".to_owned(),
        _ => show::NOTHING.to_owned(),
    }
}

impl Filter {
    pub(crate) fn of(query: &Pairs) -> Result<Self, Trouble> {
        let bad = |name: &str, text: &str| Trouble::bad(format!("`{name}` is never `{text}`"));
        let state = query.get("state").map(str::to_owned);
        if let Some(state) = state.as_ref().filter(|state| !STATES.contains(&state.as_str())) {
            return Err(bad("state", state));
        }
        let kind = query.get("kind").map(str::to_owned);
        if let Some(kind) = kind.as_ref().filter(|kind| !KINDS.contains(&kind.as_str())) {
            return Err(bad("kind", kind));
        }
        let ends = query.get("ends").map(|text| text.parse().map_err(|_| bad("ends", text))).transpose()?;
        Ok(Self { kind, state, ends })
    }

    pub(crate) fn has(&self, commitment: &Commitment, horizon: Horizon) -> bool {
        let is_over = horizon.is_over(commitment);
        let end = commitment.facts.term.and_then(|term| Timestamp::from_second(term.end()).ok()).map(BillingPeriod::containing);
        let is_in_state = match self.state.as_deref() {
            None => true,
            Some("running") => !is_over,
            Some("over") => is_over,
            Some(word) => !is_over && horizon.attention(commitment).name() == word,
        };
        is_in_state
            && self.kind.as_deref().is_none_or(|kind| kind == commitment.facts.kind.name())
            && self.ends.is_none_or(|month| end == Some(month) && !is_over)
    }

    fn is_of_kind(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    fn is_in_state(&self, state: &str) -> bool {
        self.state.as_deref() == Some(state)
    }

    /// The same, from some place on.
    fn address_after(&self, after: usize) -> String {
        let address = self.address();
        let separator = if address.ends_with('?') { "" } else { "&" };
        if after == 0 { address.trim_end_matches('?').to_owned() } else { format!("{address}{separator}after={after}") }
    }

    /// Where what it lets through is listed.
    pub(super) fn address(&self) -> String {
        let ends = self.ends.map(|month| month.to_string());
        let mut query = Serializer::new(String::new());
        for (name, value) in [("kind", &self.kind), ("state", &self.state), ("ends", &ends)] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("/commitments?{}", query.finish())
    }

    fn is_any(&self) -> bool {
        *self != Self::default()
    }

    fn month(&self) -> String {
        self.ends.map_or_else(String::new, |month| month.to_string())
    }
}

pub(crate) async fn show(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let filter = Filter::of(&ask.query)?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| Trouble::bad("`after` is a number of commitments"));
    let after = ask.query.get("after").map(number).transpose()?.unwrap_or_default() as usize;
    let held = match app.ports.lake.commitments().await {
        Err(Refusal { kind: RefusalKind::Empty, .. }) => return Ok(see("/")),
        held => held?,
    };
    let horizon = Horizon { as_of: ask.now.as_second(), soon_seconds: app.settings.soon.as_secs() };
    let frame = ask.frame();
    Ok(page(&all(&frame, filter, &held, (horizon, ask.now), after)))
}

fn all<'a>(frame: &'a Frame, filter: Filter, held: &Held, (horizon, now): (Horizon, Timestamp), after: usize) -> CommitmentsPage<'a> {
    let kinds: BTreeSet<_> = held.commitments.iter().map(|commitment| commitment.facts.kind.name()).collect();
    let count = held.commitments.len();
    let commitments: Cow<'_, [Commitment]> = if filter.is_any() {
        held.commitments.iter().filter(|commitment| filter.has(commitment, horizon)).cloned().collect::<Vec<_>>().into()
    } else {
        held.commitments.as_slice().into()
    };
    let totals = Totals::of(commitments.iter());
    let lock_in = LockIn::of(commitments.iter(), now, &ExitRules::default());
    let (first, last) = held.periods;
    let scope = if first == last { first.to_string() } else { format!("{first} to {last}") };
    let running = commitments.iter().filter(|commitment| !horizon.is_over(commitment)).count() as u64;
    let owed = |amount| if lock_in.unknown > 0 && lock_in.unknown == running { show::NOTHING.to_owned() } else { show::amount(amount) };
    let mut notes = held.partial.clone();
    if !held.missing.is_empty() {
        notes.push(format!("There is no bill of {}.", held.missing.join(", ")));
    }
    if lock_in.unknown > 0 {
        notes.push(format!("Of {} commitments the bills do not tell what is still owed.", lock_in.unknown));
    }
    if lock_in.gone > 0 {
        notes.push(format!("{} commitments are gone: the newest bill has no fee of theirs, though their terms go on.", lock_in.gone));
    }
    notes.extend(held.notes.iter().cloned());
    let currency = held.currency.clone().unwrap_or_default();
    // What is of all of them stands before the first of them.
    let ladder = if after == 0 { Ladder::of(&commitments, &filter, horizon, &currency) } else { None };
    let mut sorted: Vec<&Commitment> = commitments.iter().collect();
    by_attention(&mut sorted, horizon);
    let first = after.min(sorted.len());
    let next = first + PAGE;
    CommitmentsPage {
        frame,
        scope,
        notes,
        kinds: kinds.into_iter().collect(),
        states: &STATES,
        held: count,
        count: sorted.len(),
        first,
        previous: (first > 0).then(|| filter.address_after(first.saturating_sub(PAGE))),
        next: (next < sorted.len()).then(|| filter.address_after(next)),
        filter,
        ladder,
        waste: if after == 0 { waste(&commitments) } else { Vec::new() },
        cost: show::amount(totals.sums.amortized_cost()),
        unused: show::amount(totals.sums.unused_cost),
        utilization: show::percent(totals.utilization()),
        savings: show::maybe(totals.net_savings()),
        obligation: owed(lock_in.obligation),
        cash: owed(lock_in.cash),
        months: show::tenths(lock_in.weighted_months()),
        lines: sorted[first..].iter().take(PAGE).map(|one| line(one, horizon, now)).collect(),
        currency,
    }
}

/// What wasted most, over or not.
fn waste(commitments: &[Commitment]) -> Vec<Waste> {
    let mut wasting: Vec<_> = commitments.iter().filter(|commitment| commitment.sums.unused_cost > Money::ZERO).collect();
    wasting.sort_by_key(|commitment| (Reverse(commitment.sums.unused_cost), commitment.facts.id.clone()));
    let most = wasting.first().map(|commitment| commitment.sums.unused_cost).unwrap_or_default();
    let one = |commitment: &&Commitment| Waste {
        address: address(&commitment.facts.id.0),
        short_id: short_id(&commitment.facts.id.0),
        what: what_or_hourly(commitment),
        kind: commitment.facts.kind.name(),
        unused: show::amount(commitment.sums.unused_cost),
        part: show::hundredths(commitment.sums.unused_cost, most),
        utilization: show::percent(commitment.figures().utilization),
    };
    wasting.iter().take(WASTE).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::{Filter, PAGE, all};
    use crate::lake::Held;
    use crate::pages::Frame;
    use crate::pages::commitment::tests::plan;
    use askama::Template as _;
    use std::collections::BTreeSet;
    use tenor_cover::inventory::Horizon;

    #[test]
    fn of_thousands_a_page_is_light_and_its_totals_are_of_all() {
        let one = |at: usize| {
            let mut plan = plan("2025-06-01T00:00:00Z", Some("2"));
            plan.facts.id.0 = format!("arn:aws:savingsplans::111122223333:savingsplan/00000000-0000-4000-8000-{at:012}");
            plan
        };
        let held = Held {
            commitments: (0..2_000).map(one).collect(),
            periods: ("2025-11".parse().unwrap(), "2026-01".parse().unwrap()),
            currency: Some("USD".to_owned()),
            missing: Vec::new(),
            absent: BTreeSet::new(),
            partial: Vec::new(),
            open: BTreeSet::new(),
            notes: Vec::new(),
        };
        let now: jiff::Timestamp = "2026-01-20T12:00:00Z".parse().unwrap();
        let horizon = Horizon { as_of: now.as_second(), soon_seconds: 0 };
        let page = |after| all(&Frame::default(), Filter::default(), &held, (horizon, now), after).render().unwrap();
        let assets = include_str!("../../assets/style.css").len() + include_str!("../../assets/tenor.js").len();
        let (first, last) = (page(0), page(1_950));
        assert!(first.len() + assets < 200_000, "{} bytes", first.len());
        let list = |html: &str| html.split("id=\"list\"").nth(1).unwrap().to_owned();
        let rows = |html: &str| list(html).matches("<th scope=\"row\"><a href=\"/commitments/one?").count();
        assert_eq!((rows(&first), rows(&last)), (PAGE, 50));
        assert!(first.contains("2000, here 1 to 150") && first.contains("href=\"/commitments?after=150#list\""), "{first}");
        assert!(last.contains("href=\"/commitments?after=1800#list\"") && !last.contains("rel=\"next\""), "{last}");
        let cost = |html: &str| html.split(">Cost</a>").nth(1).unwrap().split("</p>").next().unwrap().to_owned();
        assert_eq!(cost(&first), cost(&last), "what is added up is all of it");
        assert_eq!(rows(&page(9_999)), 0);
        // The figures are of what the list has, filtered as it is, and of no other question.
        let tiles = first.split("aria-label=\"Key figures\"").nth(1).unwrap().split("</section>").next().unwrap();
        assert_eq!((tiles.matches("<h2><a href=\"#list\">").count(), tiles.matches("href=").count()), (4, 4), "{tiles}");
    }
}
