//! A row for each commitment, what each source says of it, and what they come to.

use crate::context::Context;
use crate::output::{self, Cell, Column, Format, Part, Table};
use tenor_order::reconcile::{Origin, Reconciliation, Row, Verdict};

/// An order's id is cut to so many digits where people read.
const SHOWN_DIGITS: usize = 12;

pub(super) fn print(context: &Context, found: &Reconciliation) -> anyhow::Result<()> {
    match context.format {
        Format::Table => {
            context.print(&overview(found))?;
            output::print_line(&footer(found))?;
        }
        Format::Csv => context.print(&list(found, true))?,
        Format::Json => {
            let (rows, mut gaps) = (list(found, false), Table::new(["what", "why"].map(|key| Column::text(key, key))));
            for gap in &found.gaps {
                gaps.row([gap.what.clone().into(), gap.why.clone().into()]);
            }
            let totals = &found.totals;
            let money = vec![
                ("ordered", totals.ordered.into()),
                ("billed", totals.billed.into()),
                ("difference", totals.difference.into()),
                ("due", totals.due.into()),
                ("open", totals.open.into()),
                ("strangers", totals.strangers.into()),
                ("before", totals.before.into()),
            ];
            output::print_object(&[
                ("agrees", Part::Value(found.agrees().into())),
                ("last_complete_period", Part::Value(found.last_final.map(|period| period.to_string()).into())),
                ("totals", Part::Object(money)),
                ("unreadable", Part::Rows(&gaps)),
                ("rows", Part::Rows(&rows)),
            ])?;
        }
    }
    Ok(())
}

/// What people look at: what was held before is one line below, not a row each.
fn overview(found: &Reconciliation) -> Table {
    let mut table = Table::new([
        Column::text("verdict", "Verdict"),
        Column::text("id", "Commitment"),
        Column::text("service", "Service"),
        Column::text("account", "Account"),
        Column::text("order", "Order, step"),
        Column::text("at_aws", "At AWS"),
        Column::number("ordered", "Ordered"),
        Column::number("billed", "Billed"),
        Column::number("due", "On bills to come"),
        Column::text("said", "Because"),
    ]);
    for row in found.rows.iter().filter(|row| row.verdict != Verdict::HeldBefore) {
        let mark = if row.verdict.is_good() { "" } else { "! " };
        table.row([
            format!("{mark}{}", row.verdict.name()).into(),
            row.name.id.clone().into(),
            row.name.service.map(|service| service.as_str()).into(),
            row.name.account.as_ref().map(ToString::to_string).into(),
            from(row).into(),
            row.sight.to_string().into(),
            row.fees.ordered.into(),
            (row.fees.billed + row.fees.open).into(),
            row.fees.due.into(),
            because(row).into(),
        ]);
    }
    table
}

fn from(row: &Row) -> String {
    match row.origin.step() {
        Some((order, step)) => {
            let order = order.to_string();
            format!("{} {step}", &order[..SHOWN_DIGITS.min(order.len())])
        }
        None => row.origin.name().to_owned(),
    }
}

fn because(row: &Row) -> Option<String> {
    // Who bought what was ordered is no news.
    let bought = row.trail.as_ref().filter(|_| row.origin == Origin::Stranger).map(|(who, at)| format!("bought by {who} at {at}"));
    let told: Vec<String> = [bought, row.because()].into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// Everything, for programs.
fn list(found: &Reconciliation, with_gaps: bool) -> Table {
    let text = |key: &str| Column::text(key, key);
    let number = |key: &str| Column::number(key, key);
    let mut table = Table::new([
        text("verdict"),
        text("id"),
        text("account"),
        text("service"),
        text("region"),
        text("origin"),
        text("order"),
        number("step"),
        text("state"),
        text("at_aws"),
        text("start"),
        text("bought_by"),
        text("bought_at"),
        number("ordered"),
        number("billed"),
        number("open"),
        number("due"),
        text("because"),
    ]);
    for gap in found.gaps.iter().filter(|_| with_gaps) {
        let head = [Cell::from("unreadable"), gap.what.clone().into()];
        table.row(head.into_iter().chain((2..17).map(|_| Cell::Null)).chain([gap.why.clone().into()]));
    }
    for row in &found.rows {
        table.row(cells(row));
    }
    table
}

fn cells(row: &Row) -> Vec<Cell> {
    let (order, step) = row.origin.step().unzip();
    let (who, at) = row.trail.clone().unzip();
    vec![
        row.verdict.name().into(),
        row.name.id.clone().into(),
        row.name.account.as_ref().map(ToString::to_string).into(),
        row.name.service.map(|service| service.as_str()).into(),
        row.name.region.clone().into(),
        row.origin.name().into(),
        order.map(|order| order.to_string()).into(),
        step.map(|step| Cell::Count(u64::from(step))).into(),
        row.state.map(|state| state.as_str()).into(),
        row.sight.to_string().into(),
        row.start.map(|start| start.to_string()).into(),
        who.into(),
        at.map(|at| at.to_string()).into(),
        row.fees.ordered.into(),
        row.fees.billed.into(),
        row.fees.open.into(),
        row.fees.due.into(),
        row.because().into(),
    ]
}

fn footer(found: &Reconciliation) -> String {
    let totals = &found.totals;
    let complete = found.last_final.map_or_else(|| "no complete bill".to_owned(), |period| format!("complete bills until {period}"));
    let mut text = format!(
        "\nOf {complete}: ordered {}, billed {}, difference {}; {} on bills to come.",
        totals.ordered, totals.billed, totals.difference, totals.due
    );
    let before = found.rows.iter().filter(|row| row.verdict == Verdict::HeldBefore).count();
    if before > 0 {
        text += &format!("\n{before} commitments were held before the first order, and were billed {}.", totals.before);
    }
    if !totals.strangers.is_zero() {
        text += &format!("\nWhat no order bought was billed {}.", totals.strangers);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::because;
    use tenor_order::reconcile::{Fees, Kin, Name, Origin, Row, Sight, Verdict};

    #[test]
    fn who_bought_it_stands_beside_what_belongs_to_it() {
        let told = |origin: Origin, became: &[&str]| {
            let kin = Kin { became: became.iter().map(|id| (*id).to_owned()).collect(), ..Kin::default() };
            let trail = Some(("arn:eve".to_owned(), "2026-01-20T00:00:00Z".parse().unwrap()));
            let (name, fees) = (Name { id: "ri-1".to_owned(), ..Name::default() }, Fees::default());
            let verdict = Verdict::NotOrdered;
            because(&Row { name, origin, state: None, sight: Sight::Missing, trail, start: None, fees, verdict, kin })
        };
        assert_eq!(told(Origin::Stranger, &["ri-2"]).as_deref(), Some("bought by arn:eve at 2026-01-20T00:00:00Z; became ri-2"));
        assert_eq!(told(Origin::Stranger, &[]).as_deref(), Some("bought by arn:eve at 2026-01-20T00:00:00Z"));
        assert_eq!(told(Origin::Before, &[]), None);
    }
}
