//! Everything about each commitment, for programs.

use super::View;
use crate::output::{Cell, Column, Part, Table};
use jiff::Timestamp;
use tenor_cover::inventory::{Commitment, Counted, Exits, Kind, LockIn, OfferingClass, Payment, Totals};
use tenor_money::{Money, Quantity, Rounding};
use tenor_query::commitments::Inventory;

const DAY_SECONDS: i64 = 86_400;

/// What JSON says of all commitments together.
pub(super) fn head<'a>(inventory: &Inventory, view: &View) -> Vec<(&'static str, Part<'a>)> {
    let totals = Totals::of(&inventory.commitments);
    let lock_in = LockIn::of(&inventory.commitments, view.as_of, &view.rules);
    let sums = &totals.sums;
    let total = vec![
        ("commitments", Cell::Count(inventory.commitments.len() as u64)),
        ("amortized_cost", sums.amortized_cost().into()),
        ("used_cost", sums.used_cost.into()),
        ("unused_cost", sums.unused_cost.into()),
        ("list_cost_covered", sums.list_cost.into()),
        ("net_savings", totals.net_savings().into()),
        ("utilization", totals.utilization().into()),
        ("utilization_by", totals.counted.map_or("amortized cost", counted).into()),
    ];
    let lock_in = vec![
        ("obligation", lock_in.obligation.into()),
        ("cash", lock_in.cash.into()),
        ("returnable", lock_in.returnable.into()),
        ("weighted_months", lock_in.weighted_months().map(|months| Cell::Exact(months.to_string())).into()),
        ("unknown", Cell::Count(lock_in.unknown)),
        ("gone", Cell::Count(lock_in.gone)),
    ];
    vec![
        ("from", Part::Value(inventory.periods.0.to_string().into())),
        ("to", Part::Value(inventory.periods.1.to_string().into())),
        ("missing", Part::Value(super::missing(inventory).into())),
        ("as_of", Part::Value(view.as_of.to_string().into())),
        ("currency", Part::Value(inventory.currency.clone().into())),
        ("total", Part::Object(total)),
        ("lock_in", Part::Object(lock_in)),
    ]
}

fn counted(counted: Counted) -> &'static str {
    match counted {
        Counted::Normalized => "normalized hours",
        Counted::Hours => "hours",
        Counted::Money => "commitment",
        Counted::Other => "units",
    }
}

/// Everything, for programs.
pub(super) fn list(inventory: &Inventory, view: &View) -> Table {
    let text = |key: &str| Column::text(key, key);
    let number = |key: &str| Column::number(key, key);
    let mut table = Table::new([
        text("attention"),
        text("id"),
        text("kind"),
        text("owner"),
        text("scope"),
        text("region"),
        text("zone"),
        text("family"),
        text("type"),
        number("count"),
        number("held_per_hour"),
        text("unit"),
        text("state"),
        number("term_days"),
        text("start"),
        text("end"),
        number("remaining_hours"),
        text("payment_option"),
        text("offering_class"),
        number("amortized_cost"),
        number("used_cost"),
        number("unused_cost"),
        number("list_cost_covered"),
        number("net_savings"),
        number("utilization"),
        number("break_even_utilization"),
        text("break_even"),
        text("returnable_until"),
        text("resellable"),
        text("exchangeable"),
        text("unknown"),
    ]);
    for commitment in &inventory.commitments {
        table.row(cells(commitment, inventory, view));
    }
    table
}

fn cells(commitment: &Commitment, inventory: &Inventory, view: &View) -> Vec<Cell> {
    let (facts, sums, figures) = (&commitment.facts, &commitment.sums, commitment.figures());
    let exits = Exits::of(facts, commitment.hourly_commitment, view.as_of, &view.rules);
    let exact = |quantity: Option<Quantity>| Cell::from(quantity.map(|quantity| Cell::Exact(quantity.to_string())));
    let moment =
        |second: Option<i64>| Cell::from(second.and_then(|second| Timestamp::from_second(second).ok()).map(|moment| moment.to_string()));
    let unknown = facts.unknown();
    vec![
        view.horizon.attention(commitment).name().into(),
        facts.id.to_string().into(),
        facts.kind.name().into(),
        facts.owner.as_ref().map(ToString::to_string).into(),
        scope(commitment).into(),
        facts.region.clone().into(),
        facts.zone.clone().into(),
        facts.family.clone().into(),
        facts.instance_type.clone().into(),
        exact(facts.count),
        exact(commitment.held_for_an_hour()),
        unit(commitment, inventory).into(),
        state(commitment, view).into(),
        facts.term.map(|term| Cell::Number((term.seconds / DAY_SECONDS).to_string())).into(),
        moment(facts.term.map(|term| term.start)),
        moment(facts.term.map(tenor_cover::Term::end)),
        exact(view.horizon.remaining_seconds(commitment).map(hours)),
        facts.payment.map(Payment::name).into(),
        facts.class.map(OfferingClass::name).into(),
        sums.amortized_cost().into(),
        sums.used_cost.into(),
        sums.unused_cost.into(),
        sums.list_cost.into(),
        figures.net_savings.into(),
        figures.utilization.into(),
        figures.break_even_utilization.into(),
        figures.break_even.name().into(),
        exits.returnable_until.map(|until| until.to_string()).into(),
        exits.resellable.into(),
        exits.exchangeable.into(),
        Some(unknown.join(", ")).filter(|unknown| !unknown.is_empty()).into(),
    ]
}

/// Hours with two decimals, half to even.
fn hours(seconds: i64) -> Quantity {
    let hours = Money::from_whole(1).share(i128::from(seconds), 3600, Rounding::HalfEven);
    Quantity::from_units(hours.round_to(2, Rounding::HalfEven).units())
}

fn scope(commitment: &Commitment) -> Option<&'static str> {
    match commitment.facts.kind {
        Kind::Reservation(_) if commitment.facts.zone.is_some() => Some("zonal"),
        Kind::Reservation(Some(_)) => Some("regional"),
        _ => None,
    }
}

fn unit(commitment: &Commitment, inventory: &Inventory) -> Option<String> {
    match commitment.units().0 {
        Counted::Normalized => Some("normalized units".to_owned()),
        Counted::Hours => Some("instances".to_owned()),
        Counted::Money => inventory.currency.clone(),
        Counted::Other => commitment.quantity_unit.clone(),
    }
}

fn state(commitment: &Commitment, view: &View) -> Option<&'static str> {
    let term = commitment.facts.term?;
    Some(if view.horizon.has_ended(commitment) {
        "ended"
    } else if commitment.is_gone {
        "gone"
    } else if term.start > view.horizon.as_of {
        "queued"
    } else {
        "active"
    })
}
