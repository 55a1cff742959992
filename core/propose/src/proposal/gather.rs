//! From a bill put together and a version of prices to the inputs of a proposal. What has no price is left out by name.

use super::inputs::{
    Class, HeldPlan, HeldReservation, Inputs, KnownChange, Line, PlanOffer, PlanRate, PriceFacts, Promise, ReservedOffer, UsedSku,
};
use super::policy::Policy;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use tenor_bill::{AccountId, Hour};
use tenor_cover::replay::{Replay, SkuName};
use tenor_cover::{Capacity, CommitmentId, Covers, Parts, Sharing, SharingMode, Sku, Unit, region_of_usage};
use tenor_money::{Money, Rounding, UnitPrice};
use tenor_price::{Basis, PriceBook, SkuKey, Source};

/// What inputs are made from.
#[derive(Debug)]
pub struct Sources<'a> {
    /// Usage and what is held, as the bill says.
    pub replay: &'a Replay,
    /// The hours of usage that are looked at, up to the decision.
    pub hours: Range<Hour>,
    /// The account that pays.
    pub payer: AccountId,
    /// Prices.
    pub book: &'a PriceBook,
    /// How commitments are shared.
    pub sharing: &'a Sharing,
    /// What the owner allows and fears.
    pub policy: Policy,
    /// What the owner knows of.
    pub changes: Vec<KnownChange>,
    /// What the owner has promised to spend.
    pub promises: Vec<Promise>,
    /// What all chance comes from.
    pub seed: u64,
    /// How many futures are drawn.
    pub scenarios: u32,
    /// What could not be told while the bill was read.
    pub limitations: Vec<String>,
}

/// History below this says little of how demand moves; said in the proposal.
const HISTORY_DAYS_FAIR: usize = 60;

impl Inputs {
    /// Puts inputs together.
    #[must_use]
    pub fn gather(sources: Sources<'_>) -> Self {
        let parts = sources.replay.organization.parts();
        let mut limitations = sources.limitations.clone();
        limitations.extend(sources.replay.gaps.iter().map(ToString::to_string));
        let (places, skus) = skus(&sources, &mut limitations);
        let hours = usize::try_from(sources.hours.end.epoch_hours() - sources.hours.start.epoch_hours()).unwrap_or(0);
        let (classes, class_of) = classes(&sources, parts);
        let (lines, unknown) = lines(&sources, &places, &class_of, hours);
        let known = hours - unknown.iter().map(|(start, end)| end - start).sum::<usize>();
        if known < HISTORY_DAYS_FAIR * 24 {
            limitations.push(format!(
                "{} days of usage are known; with fewer than {HISTORY_DAYS_FAIR} the forecast cannot tell a trend from a month's chance",
                known / 24
            ));
        }
        if hours > known {
            limitations.push(format!("{} hours of the history have no rows at all; they are taken as unknown, not as idle", hours - known));
        }
        let now = sources.hours.end.start_second();
        limitations.push(format!(
            "the bill tells of commitments until {}: what was bought or queued since, and what was returned, sold or exchanged in its last month, is not known",
            sources.hours.end
        ));
        let held_reservations = held_reservations(sources.replay, &class_of, now);
        let held_plans = held_plans(&sources, &class_of, &places, now);
        let reserved = reserved(&sources, &places);
        let plans = plans(&sources, &places);
        if plans.iter().any(|plan| plan.is_simulated) || reserved.iter().any(|offer| offer.source == Source::Simulated.as_str()) {
            limitations.push("some of the prices are simulated: derived by a rule, not AWS's; no order can be made of them".to_owned());
        }
        let listed = sources.book.listed();
        Self {
            format: 1,
            seed: sources.seed,
            scenarios: sources.scenarios,
            first: sources.hours.start.epoch_hours(),
            hours,
            unknown,
            prices: PriceFacts {
                version: sources.book.version().to_string(),
                date: listed.date.to_string(),
                currency: listed.currency.clone(),
                basis: match sources.book.basis() {
                    Basis::List => "list".to_owned(),
                    Basis::Net { private, on } => format!("net of private pricing {private} on {on}"),
                },
            },
            payer: Some(sources.payer.to_string()),
            classes,
            skus,
            lines,
            reserved,
            plans,
            held_reservations,
            held_plans,
            policy: sources.policy,
            changes: sources.changes,
            promises: sources.promises,
            limitations: limitations.into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
        }
    }
}

/// SKUs with a price, and the place of each in them.
fn skus(sources: &Sources<'_>, limitations: &mut Vec<String>) -> (BTreeMap<usize, usize>, Vec<UsedSku>) {
    let parts = sources.replay.organization.parts();
    let (mut places, mut skus) = (BTreeMap::new(), Vec::new());
    for (place, (sku, (name, kind))) in parts.skus.iter().zip(&sources.replay.names).enumerate() {
        let listed = sources.book.on_demand(&SkuKey::from(name)).ok();
        let billed = Some(sku.on_demand).filter(|rate| *rate > UnitPrice::ZERO);
        let (price, source) = match (listed, billed) {
            (Some(rate), _) => (ten_decimals(rate.price), rate.source.as_str()),
            (None, Some(rate)) => {
                let book = sources.book;
                limitations.push(format!("{} has no on-demand price in {book}; the public rate that its bill says is taken", sku.name));
                (rate, "bill")
            }
            (None, None) => {
                let book = sources.book;
                limitations.push(format!("{} has no on-demand price in {book} or in the bill; its usage is left out", sku.name));
                continue;
            }
        };
        if let (Some(rate), Some(billed)) = (listed.filter(|rate| rate.source == Source::List), billed)
            && ten_decimals(rate.price) != billed
        {
            limitations.push(format!("{} is billed at a public rate of {billed}, and {} list {}", sku.name, sources.book, rate.price));
        }
        places.insert(place, skus.len());
        skus.push(used_sku(sku, name, kind, price, source));
    }
    (places, skus)
}

/// Rates are simulated with ten decimals.
fn ten_decimals(price: UnitPrice) -> UnitPrice {
    UnitPrice::from_units(Money::from_units(price.units()).round_to(10, Rounding::HalfEven).units())
}

fn used_sku(sku: &Sku, name: &SkuName, kind: &str, on_demand: UnitPrice, source: &str) -> UsedSku {
    let region = if name.region.is_empty() { region_of_usage(&name.usage_type).unwrap_or_default() } else { &name.region };
    let reservable = sku.reservable.as_ref();
    UsedSku {
        name: sku.name.clone(),
        service: name.service.clone(),
        region: region.to_owned(),
        usage_type: name.usage_type.clone(),
        operation: name.operation.clone(),
        instance_type: kind.to_owned(),
        on_demand,
        source: source.to_owned(),
        decimals: sku.decimals,
        is_hourly: sku.unit == Unit::Hour,
        is_idle: sku.capacity == Capacity::UnusedReservation,
        families: reservable.map_or_else(Vec::new, |one| one.families.iter().map(|family| family.0.clone()).collect()),
        exact: reservable.map(|one| one.exact.0.clone()),
        factor: reservable.map_or(0, |one| one.factor.thousandths()),
    }
}

/// Accounts that share among themselves, and the class of each account. With open and with prioritized sharing what one group leaves reaches
/// all others, so that all are one class.
fn classes(sources: &Sources<'_>, parts: &Parts) -> (Vec<Class>, BTreeMap<AccountId, usize>) {
    let owners = parts.reservations.iter().map(|held| &held.owner).chain(parts.plans.iter().map(|held| &held.owner));
    let accounts: BTreeSet<&AccountId> = parts.series.iter().map(|series| &series.account).chain(owners).chain([&sources.payer]).collect();
    let mut members: BTreeMap<String, Vec<&AccountId>> = BTreeMap::new();
    for account in accounts {
        let name = if sources.sharing.off.contains(account) {
            format!("account {account}")
        } else if sources.sharing.mode == SharingMode::Restricted {
            sources.sharing.groups.get(account).map_or_else(|| format!("account {account}"), |group| format!("group {group}"))
        } else {
            String::new()
        };
        members.entry(name).or_default().push(account);
    }
    let (mut classes, mut class_of) = (Vec::new(), BTreeMap::new());
    for (name, accounts) in members {
        let allowed = |account: &&&AccountId| sources.policy.buyers.iter().any(|buyer| buyer == account.as_str());
        let payer = accounts.iter().find(|account| ***account == sources.payer);
        let buyer = if sources.policy.buyers.is_empty() { payer.or(accounts.first()) } else { accounts.iter().find(allowed) };
        let place = classes.len();
        class_of.extend(accounts.iter().map(|account| ((*account).clone(), place)));
        let shown = buyer.or(accounts.first()).map_or_else(String::new, ToString::to_string);
        classes.push(Class { name, buyer: shown, may_buy: buyer.is_some() });
    }
    (classes, class_of)
}

/// What tells lines apart: class, account if it is named, SKU, zone if it matters.
type LineKey = (usize, String, usize, Option<String>);

/// Usage by class, SKU, and zone and account where they matter; and the hours of which nothing is known.
fn lines(
    sources: &Sources<'_>,
    places: &BTreeMap<usize, usize>,
    class_of: &BTreeMap<AccountId, usize>,
    hours: usize,
) -> (Vec<Line>, Vec<(usize, usize)>) {
    let parts = sources.replay.organization.parts();
    let named: BTreeSet<&str> = sources.changes.iter().filter_map(|change| change.account.as_deref()).collect();
    let zonal = |sku: usize, zone: &str| {
        let exact = parts.skus[sku].reservable.as_ref().map(|reservable| &reservable.exact);
        parts
            .reservations
            .iter()
            .any(|held| held.zone.as_deref() == Some(zone) && matches!(&held.covers, Covers::Exact(held) if Some(held) == exact))
    };
    let keys: Vec<Option<LineKey>> = parts
        .series
        .iter()
        .map(|series| {
            let sku = *places.get(&series.sku)?;
            let account = Some(series.account.as_str()).filter(|account| named.contains(account)).unwrap_or_default();
            let zone = series.zone.clone().filter(|zone| zonal(series.sku, zone));
            Some((class_of[&series.account], account.to_owned(), sku, zone))
        })
        .collect();
    let mut rows: BTreeMap<LineKey, usize> = keys.iter().flatten().map(|key| (key.clone(), 0)).collect();
    rows.values_mut().enumerate().for_each(|(place, row)| *row = place);
    let row_of: Vec<Option<usize>> = keys.iter().map(|key| key.as_ref().map(|key| rows[key])).collect();
    let mut cells = vec![vec![0_u64; hours]; rows.len()];
    let mut is_known = vec![false; hours];
    for (hour, series, cell) in sources.replay.usage.cells() {
        let Some(place) = usize::try_from(hour.epoch_hours() - sources.hours.start.epoch_hours()).ok().filter(|place| *place < hours)
        else {
            continue;
        };
        is_known[place] = true;
        if let Some(row) = row_of[series] {
            cells[row][place] = cells[row][place].saturating_add(cell);
        }
    }
    let lines = rows.into_keys().zip(cells).filter(|(_, cells)| cells.iter().any(|cell| *cell > 0));
    let lines = lines.map(|((class, account, sku, zone), cells)| Line { class, account, sku, zone, cells: cells.into() }).collect();
    (lines, spans(&is_known))
}

/// Runs of hours of which nothing is known.
fn spans(is_known: &[bool]) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (hour, _) in is_known.iter().enumerate().filter(|(_, known)| !**known) {
        match spans.last_mut().filter(|(_, end)| *end == hour) {
            Some((_, end)) => *end += 1,
            None => spans.push((hour, hour + 1)),
        }
    }
    spans
}

fn held_reservations(replay: &Replay, class_of: &BTreeMap<AccountId, usize>, now: i64) -> Vec<HeldReservation> {
    let lasting = replay.organization.parts().reservations.iter().filter(|held| held.term.end() > now && held.term.start < now);
    let one = |held: &tenor_cover::Reservation| {
        let (family, exact) = match &held.covers {
            Covers::Family(family) => (Some(family.0.clone()), None),
            Covers::Exact(exact) => (None, Some(exact.0.clone())),
        };
        let CommitmentId(id) = held.id.clone();
        let is_convertible = replay.convertible.get(&held.id).copied();
        HeldReservation {
            id,
            class: class_of[&held.owner],
            start: held.term.start,
            seconds: held.term.end() - held.term.start,
            family,
            exact,
            zone: held.zone.clone(),
            count: held.count,
            factor: held.factor.thousandths(),
            hourly: held.hourly,
            upfront: held.upfront,
            is_convertible,
        }
    };
    lasting.map(one).collect()
}

fn held_plans(sources: &Sources<'_>, class_of: &BTreeMap<AccountId, usize>, places: &BTreeMap<usize, usize>, now: i64) -> Vec<HeldPlan> {
    let parts = sources.replay.organization.parts();
    let lasting = parts.plans.iter().filter(|held| held.term.end() > now && held.term.start < now);
    let one = |held: &tenor_cover::Plan| {
        let CommitmentId(id) = held.id.clone();
        let rates = parts.rate_tables[held.rate_table].rates.iter().enumerate();
        HeldPlan {
            id,
            class: class_of[&held.owner],
            start: held.term.start,
            seconds: held.term.end() - held.term.start,
            kind: held.kind.as_str().to_owned(),
            recurring: held.recurring,
            upfront: held.upfront,
            fee: sources.book.plan_fee(held.kind),
            rates: rates.filter_map(|(sku, rate)| Some(PlanRate { sku: *places.get(&sku)?, rate: (*rate)? })).collect(),
        }
    };
    lasting.map(one).collect()
}

/// Reservations on sale for what is used.
fn reserved(sources: &Sources<'_>, places: &BTreeMap<usize, usize>) -> Vec<ReservedOffer> {
    let parts = sources.replay.organization.parts();
    let sold = |sku: &usize| parts.skus[*sku].reservable.is_some() && parts.skus[*sku].capacity == Capacity::Used;
    let mut offers = Vec::new();
    for (from, sku) in places.iter().filter(|(sku, _)| sold(sku)) {
        let listed = sources.book.sku(&SkuKey::from(&sources.replay.names[*from].0));
        for (offer, price) in listed.into_iter().flat_map(|listed| &listed.reserved) {
            offers.push(ReservedOffer {
                sku: *sku,
                is_convertible: offer.class == tenor_price::OfferingClass::Convertible,
                years: offer.term.years(),
                payment: offer.payment.to_string(),
                hourly: ten_decimals(price.hourly),
                upfront: price.upfront,
                source: price.source.as_str().to_owned(),
            });
        }
    }
    offers
}

/// Plans on sale that cover any of what is used.
fn plans(sources: &Sources<'_>, places: &BTreeMap<usize, usize>) -> Vec<PlanOffer> {
    let mut offers = Vec::new();
    for offer in sources.book.listed().plans.keys() {
        let rate = |from: &usize| sources.book.plan_rate(offer, &SkuKey::from(&sources.replay.names[*from].0)).ok().flatten();
        let found: Vec<_> = places.iter().filter_map(|(from, sku)| Some((*sku, rate(from)?))).collect();
        if found.is_empty() {
            continue;
        }
        offers.push(PlanOffer {
            kind: offer.kind.as_str().to_owned(),
            years: offer.term.years(),
            payment: offer.payment.to_string(),
            family: offer.family.clone(),
            region: offer.region.clone(),
            fee: sources.book.plan_fee(offer.kind),
            is_simulated: found.iter().any(|(_, rate)| rate.source == Source::Simulated),
            rates: found.into_iter().map(|(sku, rate)| PlanRate { sku, rate: ten_decimals(rate.price) }).collect(),
        });
    }
    offers
}
