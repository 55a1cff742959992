//! What bills tell of commitments: their ends, their ways out, and that they are used less.

use super::{Event, Shown, Watched, What};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tenor_cover::inventory::{Commitment, Exits, Horizon, LockIn, OfferingClass};
use tenor_money::Money;

/// Use falls when it falls by so much of what is held: five points of a hundred. Source: ours.
const FALL_MIN: i128 = 500;
const DAY_SECONDS: i64 = 86_400;

/// Its id, without what a bill writes around it.
pub(super) fn id(commitment: &Commitment) -> &str {
    let arn = &commitment.facts.id.0;
    arn.rsplit(['/', ':']).next().unwrap_or(arn)
}

pub(super) fn events(watched: &Watched<'_>, shown: &Shown<'_>, listed: &BTreeSet<&str>) -> Vec<Event> {
    let commitment = shown.commitment;
    let horizon = Horizon { as_of: watched.now.as_second(), soon_seconds: i64::from(watched.days) * DAY_SECONDS };
    if horizon.is_over(commitment) {
        return Vec::new();
    }
    let mut events = Vec::new();
    let end = commitment.facts.term.and_then(|term| Timestamp::from_second(term.end()).ok());
    if horizon.is_expiring(commitment) {
        events.push(ends(commitment, end));
    }
    // What AWS itself says of returns stands above what the rules say.
    if !listed.contains(id(commitment)) {
        events.extend(returnable(watched, commitment));
    }
    events.extend(exits(watched, commitment));
    events.extend(used_less(shown));
    events
}

fn event(what: What, commitment: &Commitment) -> Event {
    let facts = &commitment.facts;
    let kind = facts.kind.name();
    let of = facts.instance_type.as_ref().or(facts.family.as_ref()).map_or_else(|| kind.to_owned(), |of| format!("{kind}, {of}"));
    Event {
        what,
        id: id(commitment).to_owned(),
        account: facts.owner.as_ref().map(ToString::to_string),
        of,
        deadline: None,
        stake: None,
        told: String::new(),
        advice: String::new(),
    }
}

/// What it saves in a month is what its end takes away.
fn ends(commitment: &Commitment, end: Option<Timestamp>) -> Event {
    let newest = &commitment.newest;
    let saves = newest.tells_savings().then(|| newest.list_cost - newest.amortized_cost());
    let told = match saves {
        Some(saves) if saves > Money::ZERO => "it ends, and its savings of a month with it",
        Some(_) => "it ends, and saved nothing in the newest period",
        None => "it ends; what it saves the bill does not tell",
    };
    let stake = saves.map(|saves| saves.max(Money::ZERO));
    Event { deadline: end, stake, told: told.to_owned(), advice: "tenor propose".to_owned(), ..event(What::Ends, commitment) }
}

/// What it still obliges to.
fn obligation(watched: &Watched<'_>, commitment: &Commitment) -> Option<Money> {
    let owed = LockIn::of([commitment], watched.now, watched.rules);
    (owed.unknown == 0).then_some(owed.obligation)
}

fn returnable(watched: &Watched<'_>, commitment: &Commitment) -> Option<Event> {
    let exits = Exits::of(&commitment.facts, commitment.hourly_commitment, watched.now, watched.rules);
    let until = exits.returnable_until?;
    Some(Event {
        deadline: Some(until),
        stake: obligation(watched, commitment),
        told: "it can be returned until then, with all that it still obliges to".to_owned(),
        advice: format!("tenor order take-back {} --connection NAME --key FILE", id(commitment)),
        ..event(What::Returnable, commitment)
    })
}

/// A way out that opens or closes within the time that is looked at: what is allowed now against what is allowed at its end.
fn exits(watched: &Watched<'_>, commitment: &Commitment) -> Vec<Event> {
    let (facts, rules) = (&commitment.facts, watched.rules);
    let at = |moment| Exits::of(facts, commitment.hourly_commitment, moment, rules);
    let (now, then) = (at(watched.now), at(watched.until()));
    let Some(term) = facts.term else { return Vec::new() };
    let moment = |second: i64| Timestamp::from_second(second).ok();
    let (sell, exchange) = (facts.class == Some(OfferingClass::Standard), facts.class == Some(OfferingClass::Convertible));
    let ways = [
        (
            sell,
            now.resellable,
            then.resellable,
            term.start + rules.resale_active_seconds_min,
            rules.resale_left_seconds_min,
            "sold on the marketplace",
        ),
        (exchange, now.exchangeable, then.exchangeable, term.start, rules.exchange_left_seconds_min, "exchanged"),
    ];
    let mut events = Vec::new();
    for (_, now, then, opens, left, way) in ways.into_iter().filter(|(is_it, ..)| *is_it) {
        let (what, deadline, told) = match (now, then) {
            (Some(false), Some(true)) => (What::ExitOpens, moment(opens), format!("it can be {way} from then on")),
            (Some(true), Some(false)) => (What::ExitCloses, moment(term.end() - left), format!("it can be {way} until then")),
            _ => continue,
        };
        let stake = obligation(watched, commitment);
        events.push(Event { deadline, stake, told, advice: "tenor propose".to_owned(), ..event(what, commitment) });
    }
    events
}

/// The newest period against the one of them all in which most of it was used.
fn used_less(shown: &Shown<'_>) -> Option<Event> {
    let (newest, now) = shown.utilization.last()?;
    let (since, from) = shown.utilization.iter().max_by_key(|(_, used)| used.ten_thousandths())?;
    if from.ten_thousandths() - now.ten_thousandths() < FALL_MIN {
        return None;
    }
    let told =
        format!("{} % of it were used in {since}, and {} % in {newest}; what was unused then is at stake", from.percent(), now.percent());
    let stake = Some(shown.commitment.newest.unused_cost);
    Some(Event { stake, told, advice: "tenor propose".to_owned(), ..event(What::UsedLess, shown.commitment) })
}
