//! A commitment's month by the hour: what of it was used in each. What is unused of a reservation is billed by the month and lies in no
//! hour; the map then shows the hours in which it was used, and the page says so.

use crate::heat::{Heat, Spot, level};
use crate::lake::{Did, Utilization};
use crate::show;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Counted, Kind, Ratio};
use tenor_money::Quantity;

/// The map, and what has to be known to read it.
pub(crate) struct HourMap {
    pub(crate) heat: Option<Heat>,
    pub(crate) notes: Vec<String>,
}

/// The map of a month in which a commitment did these things.
pub(crate) fn map(period: BillingPeriod, commitment: &Commitment, did: &Utilization, currency: &str) -> HourMap {
    let (counted, _) = commitment.units();
    let unit = unit(counted, commitment, currency);
    let used = |did: &Did| match counted {
        Counted::Normalized => did.normalized,
        Counted::Hours => did.hours,
        Counted::Money | Counted::Other => did.quantity,
    };
    let held_for_an_hour = commitment.held_for_an_hour();
    let held = |did: &Did| {
        // A plan's every hour is billed whole: what was used of it and what was not.
        let is_told = counted == Counted::Money || (counted == Counted::Other && !did.unused.is_zero());
        if is_told { Some(did.quantity + did.unused).filter(|held| !held.is_zero()) } else { held_for_an_hour }
    };
    let busiest = did.hours.values().map(used).max().unwrap_or_default();
    let is_whole = did.hours.values().all(|did| held(did).is_some());
    let spot = |did: &Did| {
        let (used, held) = (used(did), held(did));
        let of = held.unwrap_or(busiest);
        let share = Ratio::of_quantity(used, of);
        let level = share.map_or(0, |share| level(share.ten_thousandths()));
        let title = match held {
            Some(held) => format!("{} used, {used} of {held} {unit}", show::percent(share)),
            None => format!("{used} {unit} used"),
        };
        let figure = if held.is_some() { share.map_or_else(|| show::NOTHING.to_owned(), Ratio::percent) } else { used.to_string() };
        Spot { level, figure, title }
    };
    let spots = did.hours.iter().map(|(hour, did)| (*hour, spot(did))).collect();
    let heat = Heat::of("Use by hour of day and day (UTC)", period, &spots);
    HourMap { notes: notes(period, commitment, did, is_whole, currency), heat }
}

fn unit(counted: Counted, commitment: &Commitment, currency: &str) -> String {
    match counted {
        Counted::Normalized => "normalized units".to_owned(),
        Counted::Hours => "instances".to_owned(),
        Counted::Money => currency.to_owned(),
        Counted::Other => commitment.quantity_unit.clone().unwrap_or_else(|| "units".to_owned()),
    }
}

fn notes(period: BillingPeriod, commitment: &Commitment, did: &Utilization, is_whole: bool, currency: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if did.hours.is_empty() && did.longer.quantity != Quantity::ZERO {
        notes.push(format!("The bill of {period} tells days or months of it, and no hours."));
    }
    if matches!(commitment.facts.kind, Kind::Reservation(_)) && !did.hours.is_empty() {
        notes.push(format!(
            "What is unused of a reservation is billed by the month and lies in no hour: {} {currency} in {period}. The map shows the hours in \
             which it was used.",
            show::amount(did.longer.unused_cost)
        ));
    }
    if !did.hours.is_empty() && !is_whole {
        notes.push("The bill does not tell how much is held for an hour: shades are against the busiest one.".to_owned());
    }
    notes
}
