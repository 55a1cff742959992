//! What people look at: what needs attention first, and below it what is still owed.

use super::{View, missing, periods};
use crate::output::{self, Cell, Column, Table};
use jiff::Timestamp;
use tenor_cover::inventory::{Attention, Commitment, Exits, LockIn, Totals};
use tenor_query::commitments::{Charged, Inventory};

/// What people look at.
pub(super) fn overview(inventory: &Inventory, view: &View) -> Table {
    let currency = inventory.currency.as_deref().map_or_else(String::new, |currency| format!(" ({currency})"));
    let mut table = Table::new([
        Column::text("attention", "Attention"),
        Column::text("id", "Commitment"),
        Column::text("kind", "Kind"),
        Column::text("owner", "Owner"),
        Column::text("what", "Type"),
        Column::text("region", "Region"),
        Column::text("ends", "Ends"),
        Column::number("amortized_cost", format!("Cost{currency}")),
        Column::number("unused_cost", "Unused"),
        Column::number("utilization", "Utilization"),
        Column::number("break_even", "Breaks even"),
        Column::number("net_savings", "Net savings"),
        Column::text("exit", "Way out"),
    ]);
    for commitment in &inventory.commitments {
        table.row(overview_cells(commitment, view));
    }
    if !inventory.commitments.is_empty() {
        let totals = Totals::of(&inventory.commitments);
        let label = ["Total".into()].into_iter().chain((1..7).map(|_| Cell::Null));
        let sums = [totals.sums.amortized_cost().into(), totals.sums.unused_cost.into(), totals.utilization().into()];
        table.total(label.chain(sums).chain([Cell::Null, totals.net_savings().into(), Cell::Null]));
    }
    table
}

fn overview_cells(commitment: &Commitment, view: &View) -> Vec<Cell> {
    let (facts, figures) = (&commitment.facts, commitment.figures());
    let attention = view.horizon.attention(commitment);
    let mark = if attention <= Attention::Losing { "! " } else { "" };
    let short = facts.id.0.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let count = facts.count.map_or_else(String::new, |count| format!("{count} x "));
    let what = facts.instance_type.as_ref().map(|kind| format!("{count}{kind}")).or_else(|| facts.family.clone());
    let place = facts.zone.clone().or_else(|| facts.region.clone());
    let end = facts.term.and_then(|term| Timestamp::from_second(term.end()).ok());
    let ends = end.map(|end| {
        let day = &end.to_string()[..10];
        match commitment {
            _ if view.horizon.has_ended(commitment) => format!("{day}, ended"),
            Commitment { is_gone: true, .. } => format!("{day}, gone"),
            _ => day.to_owned(),
        }
    });
    vec![
        format!("{mark}{}", attention.name()).into(),
        short.into(),
        facts.kind.name().into(),
        facts.owner.as_ref().map(ToString::to_string).into(),
        what.into(),
        place.into(),
        ends.into(),
        commitment.sums.amortized_cost().into(),
        commitment.sums.unused_cost.into(),
        figures.utilization.into(),
        figures.break_even_utilization.into(),
        figures.net_savings.into(),
        way_out(&Exits::of(facts, commitment.hourly_commitment, view.as_of, &view.rules)).into(),
    ]
}

fn way_out(exits: &Exits) -> Option<String> {
    match exits {
        Exits { returnable_until: Some(until), .. } => Some(format!("return before {until}")),
        Exits { resellable: Some(true), .. } => Some("resell".to_owned()),
        Exits { exchangeable: Some(true), .. } => Some("exchange".to_owned()),
        _ => None,
    }
}

/// What stands below the list: its periods, and what is still owed.
pub(super) fn footer(inventory: &Inventory, view: &View) -> String {
    let without = missing(inventory).map_or_else(String::new, |missing| format!(" without {missing}"));
    let scope = format!("\nOf the bills of {}{without}; terms as of {}.", periods(inventory), view.as_of);
    if inventory.commitments.is_empty() {
        return scope;
    }
    let lock_in = LockIn::of(&inventory.commitments, view.as_of, &view.rules);
    let currency = inventory.currency.as_deref().unwrap_or_default();
    let amount = |money| format!("{} {currency}", output::sentence_amount(money));
    let months = lock_in.weighted_months().map_or_else(String::new, |months| format!(", {months} months on average by cost"));
    let unknown = if lock_in.unknown > 0 { format!("; of {} more the bills do not tell", lock_in.unknown) } else { String::new() };
    let gone = if lock_in.gone > 0 { format!("; without {} that are gone", lock_in.gone) } else { String::new() };
    format!(
        "{scope}\nLock-in: {} to the ends of the terms, of it {} still to be paid{months}{unknown}{gone}.",
        amount(lock_in.obligation),
        amount(lock_in.cash)
    )
}

/// Who is charged for what is unused.
pub(super) fn charged_table(charged: impl Iterator<Item = Charged>, inventory: &Inventory) -> Table {
    let currency = inventory.currency.as_deref().map_or_else(String::new, |currency| format!(" ({currency})"));
    let mut table = Table::new([
        Column::text("id", "Commitment"),
        Column::text("billing_period", "Period"),
        Column::text("charged_to", "Charged to"),
        Column::number("used", "Used"),
        Column::number("used_cost", format!("Cost of use{currency}")),
        Column::number("unused_cost", format!("Charged for unused{currency}")),
    ]);
    for one in charged {
        table.row([
            one.commitment.to_string().into(),
            one.period.into(),
            one.account.map_or_else(|| Cell::Label("not told".to_owned()), |account| account.to_string().into()),
            Cell::Exact(one.used.to_string()),
            one.used_cost.into(),
            one.unused_cost.into(),
        ]);
    }
    table
}
