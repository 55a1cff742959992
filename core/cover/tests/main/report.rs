//! What an hour came to, as lines of text.

use crate::agreement::check;
use crate::case::Case;
use crate::naive::{Covered, cover_hour, on_demand_cost};
use std::fmt::Write;
use tenor_money::{Money, Quantity};

/// All hours of a case as both implementations cover them.
pub(crate) fn report(case: &Case) -> String {
    check(case).unwrap();
    let mut text = String::new();
    for (hour, usage) in case.usage() {
        if case.hours.len() > 1 {
            writeln!(text, "{hour}").expect("a string takes all");
        }
        text.push_str(&describe(case, &cover_hour(&case.parts, case.settings, hour, &usage)));
    }
    text
}

/// One hour: each piece, what nothing covered, and what nothing used.
pub(crate) fn describe(case: &Case, covered: &Covered) -> String {
    let mut lines = Vec::new();
    let series = |index: usize| {
        let series = &case.parts.series[index];
        let zone = series.zone.as_ref().map_or_else(String::new, |zone| format!(" in {zone}"));
        format!("{} of {}/{}{zone}", case.parts.skus[series.sku].name, series.account, series.resource)
    };
    for piece in &covered.reserved {
        let fees = format!("recurring {}, amortized {}", piece.recurring, piece.amortized);
        lines.push(format!("{} covers {} {}, {fees}", piece.reservation, piece.quantity, series(piece.series)));
    }
    for piece in &covered.planned {
        lines.push(format!("{} covers {} {}, using {}", piece.plan, piece.quantity, series(piece.series), piece.used));
    }
    let mut total = Money::ZERO;
    for (index, rest) in covered.on_demand.iter().enumerate().filter(|(_, rest)| !rest.is_zero()) {
        let cost = on_demand_cost(&case.parts.skus[case.parts.series[index].sku], *rest);
        total += cost;
        lines.push(format!("on demand {rest} {}, costing {cost}", series(index)));
    }
    for (id, hour) in &covered.reservations {
        if hour.unused_units > 0 {
            let units = Quantity::from_units(hour.unused_units / 1000);
            lines.push(format!("{id} unused {units} units, recurring {}, amortized {}", hour.unused_recurring, hour.unused_amortized));
        }
    }
    for (id, hour) in covered.plans.iter().filter(|(_, hour)| !hour.unused.is_zero()) {
        lines.push(format!("{id} unused {} of {}", hour.unused, hour.commitment()));
    }
    lines.push(format!("on demand in all {total}\n"));
    lines.join("\n")
}
