//! A commitment's month by the hour: what of it was used in each. What is unused of a reservation is billed by the month and lies in no
//! hour; the map then shows the hours in which it was used, and the page says so.

use crate::heat::{Heat, Spot, level};
use crate::lake::{Did, Utilization};
use crate::show;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Counted, Kind, Ratio};
use tenor_money::Quantity;

/// The map, and what has to be known to read it.
pub(crate) struct HourMap {
    pub(crate) heat: Option<Heat>,
    pub(crate) notes: Vec<String>,
}

/// What an hour's use is held against; the same for all hours of a map.
#[derive(Debug, Clone, Copy)]
enum Against {
    /// What the hour's own charges say: what was used and what was not.
    Own,
    /// What is held for every hour.
    Held(Quantity),
    /// Where nothing tells that: the busiest hour.
    Busiest(Quantity),
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
    let hours: BTreeMap<Timestamp, &Did> = did.hours.range(period.start()..period.end()).map(|(hour, did)| (*hour, did)).collect();
    // What is unused may be told by the hour, by the day or by the month: only what is told by the hour makes an hour whole.
    let tells_unused = match counted {
        Counted::Money => true,
        Counted::Other => hours.values().any(|did| !did.unused.is_zero()),
        Counted::Normalized | Counted::Hours => false,
    };
    let busiest = || hours.values().map(|did| used(did)).max().unwrap_or_default();
    let against = match commitment.held_for_an_hour() {
        _ if tells_unused && did.longer.unused.is_zero() => Against::Own,
        Some(held) => Against::Held(held),
        None => Against::Busiest(busiest()),
    };
    let spot = |did: &Did| {
        let used = used(did);
        let of = match against {
            Against::Own => did.quantity + did.unused,
            Against::Held(of) | Against::Busiest(of) => of,
        };
        let share = Ratio::of_quantity(used, of);
        let level = share.map_or(0, |share| level(share.ten_thousandths()));
        let (figure, title) = match against {
            Against::Busiest(_) => (used.to_string(), format!("{used} {unit} used")),
            _ => (show::percent(share), format!("{} used, {used} of {of} {unit}", show::percent(share))),
        };
        Spot { level, figure, title }
    };
    let spots = hours.iter().map(|(hour, did)| (*hour, spot(did))).collect();
    let heat = Heat::of("Use by hour of day and day (UTC)", period, &spots);
    let outside = did.hours.len() - hours.len();
    HourMap { notes: notes(period, commitment, did, against, outside, currency), heat }
}

fn unit(counted: Counted, commitment: &Commitment, currency: &str) -> String {
    match counted {
        Counted::Normalized => "normalized units".to_owned(),
        Counted::Hours => "instances".to_owned(),
        Counted::Money => currency.to_owned(),
        Counted::Other => commitment.quantity_unit.clone().unwrap_or_else(|| "units".to_owned()),
    }
}

fn notes(
    period: BillingPeriod,
    commitment: &Commitment,
    did: &Utilization,
    against: Against,
    outside: usize,
    currency: &str,
) -> Vec<String> {
    let (longer, is_drawn) = (&did.longer, did.hours.len() > outside);
    let mut notes = Vec::new();
    if !longer.quantity.is_zero() || !longer.used_cost.is_zero() {
        notes.push(if is_drawn {
            format!(
                "Of what it served, {} {currency} are told by days or months, lie in no hour and are not on the map.",
                show::amount(longer.used_cost)
            )
        } else {
            format!("The bill of {period} tells days or months of it, and no hours.")
        });
    }
    let unused = show::amount(longer.unused_cost);
    if matches!(commitment.facts.kind, Kind::Reservation(_)) && is_drawn && !matches!(against, Against::Own) {
        notes.push(format!(
            "What is unused of a reservation is billed by the month and lies in no hour: {unused} {currency} in {period}. The map shows the hours in \
             which it was used.",
        ));
    } else if !longer.unused.is_zero() || !longer.unused_cost.is_zero() {
        notes.push(format!("What is unused of it is told by days or months and lies in no hour: {unused} {currency} in {period}."));
    }
    if outside > 0 {
        notes.push(format!("Not on the map: {outside} hours of other months that the bill of {period} has."));
    }
    if is_drawn && matches!(against, Against::Busiest(_)) {
        notes.push("The bill does not tell how much is held for an hour: shades are against the busiest one.".to_owned());
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::map;
    use crate::lake::{Did, Utilization};
    use crate::pages::commitment::tests::plan;
    use askama::Template as _;
    use jiff::SignedDuration;
    use tenor_bill::BillingPeriod;
    use tenor_cover::inventory::{Commitment, Facts, ReportedFacts};

    fn month() -> BillingPeriod {
        "2026-01".parse().unwrap()
    }

    /// What was used and what was not, by hours from the first of the month.
    fn hours(hours: &[(i64, &str, &str)]) -> Utilization {
        let one = |(hour, used, unused): &(i64, &str, &str)| {
            let did = Did { quantity: used.parse().unwrap(), unused: unused.parse().unwrap(), ..Did::default() };
            (month().start() + SignedDuration::from_hours(*hour), did)
        };
        Utilization { hours: hours.iter().map(one).collect(), ..Utilization::default() }
    }

    /// What stands in the table, then the notes.
    fn told(commitment: &Commitment, did: &Utilization) -> String {
        let map = map(month(), commitment, did, "USD");
        let html = map.heat.map_or_else(String::new, |heat| heat.render().unwrap());
        let cells = html.split("<td class=\"n\">").skip(1).map(|rest| rest.split("</td>").next().unwrap()).filter(|cell| *cell != "–");
        let cells = cells.collect::<Vec<_>>().join(", ");
        [cells].into_iter().chain(map.notes).collect::<Vec<_>>().join("\n")
    }

    fn a_plan() -> Commitment {
        plan("2025-06-01T00:00:00Z", Some("2"))
    }

    /// A reservation of which the bills tell units alone.
    fn of_units() -> Commitment {
        let arn = "arn:aws:dynamodb:us-east-1:111122223333:reserved-capacity/r".to_owned();
        let facts = Facts::read(&ReportedFacts { commitment_id: arn, ..ReportedFacts::default() });
        Commitment { facts, ..a_plan() }
    }

    #[test]
    fn a_plans_hour_is_whole_where_what_is_unused_lies_in_hours() {
        assert_eq!(told(&a_plan(), &hours(&[(0, "1", "1"), (1, "2", "0"), (2, "0", "2")])), "50.00 %, 100.00 %, 0.00 %");
    }

    #[test]
    fn a_plans_hour_is_held_against_what_it_holds_where_what_is_unused_lies_in_none() {
        let mut did = hours(&[(0, "1", "0"), (1, "2", "0")]);
        did.longer = Did { unused: "5".parse().unwrap(), unused_cost: "5".parse().unwrap(), ..Did::default() };
        insta::assert_snapshot!(told(&a_plan(), &did), @"
        50.00 %, 100.00 %
        What is unused of it is told by days or months and lies in no hour: 5.00 USD in 2026-01.
        ");
        insta::assert_snapshot!(told(&plan("2025-06-01T00:00:00Z", None), &did), @"
        1, 2
        What is unused of it is told by days or months and lies in no hour: 5.00 USD in 2026-01.
        The bill does not tell how much is held for an hour: shades are against the busiest one.
        ");
    }

    #[test]
    fn shares_and_amounts_never_stand_on_one_map() {
        let unused = "What is unused of a reservation is billed by the month and lies in no hour: 0.00 USD in 2026-01. The map shows the hours in which \
                      it was used.";
        let some = told(&of_units(), &hours(&[(0, "2", "0"), (1, "1", "1")]));
        assert_eq!(some, "100.00 %, 50.00 %");
        let none = told(&of_units(), &hours(&[(0, "2", "0"), (1, "1", "0")]));
        let busiest = "The bill does not tell how much is held for an hour: shades are against the busiest one.";
        assert_eq!(none, format!("2, 1\n{unused}\n{busiest}"));
    }

    #[test]
    fn what_lies_in_no_hour_or_in_another_month_is_told() {
        let mut did = hours(&[(-1, "1", "1"), (0, "1", "1"), (744, "1", "1")]);
        did.longer = Did { quantity: "3".parse().unwrap(), used_cost: "3".parse().unwrap(), ..Did::default() };
        insta::assert_snapshot!(told(&a_plan(), &did), @"
        50.00 %
        Of what it served, 3.00 USD are told by days or months, lie in no hour and are not on the map.
        Not on the map: 2 hours of other months that the bill of 2026-01 has.
        ");
        let days = Utilization { longer: did.longer, ..Utilization::default() };
        assert_eq!(told(&a_plan(), &days), "\nThe bill of 2026-01 tells days or months of it, and no hours.");
    }
}
