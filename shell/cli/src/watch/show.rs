//! A row for each thing to look at, and what could not be read.

use super::live::Gap;
use crate::context::Context;
use crate::output::{self, Cell, Column, Format, Part, Table};
use tenor_order::watch::Event;

pub(super) fn print(context: &Context, events: &[Event], gaps: &[Gap]) -> anyhow::Result<()> {
    match context.format {
        Format::Table if events.is_empty() && gaps.is_empty() => output::print_line("Nothing needs to be looked at.")?,
        Format::Table if events.is_empty() => output::print_line("Nothing needs to be looked at in what could be read.")?,
        Format::Table | Format::Csv => context.print(&rows(events, gaps, context.format == Format::Csv))?,
        Format::Json => {
            let (rows, mut unread) = (rows(events, gaps, false), Table::new(["what", "why"].map(|key| Column::text(key, key))));
            for gap in gaps {
                unread.row([gap.what.clone().into(), gap.why.clone().into()]);
            }
            output::print_object(&[("unreadable", Part::Rows(&unread)), ("events", Part::Rows(&rows))])?;
        }
    }
    Ok(())
}

fn rows(events: &[Event], gaps: &[Gap], with_gaps: bool) -> Table {
    let mut table = Table::new([
        Column::text("what", "What"),
        Column::text("until", "Until"),
        Column::number("stake", "At stake"),
        Column::text("id", "Id"),
        Column::text("of", "Of"),
        Column::text("account", "Account"),
        Column::text("told", "What happens"),
        Column::text("advice", "Do"),
    ]);
    for gap in gaps.iter().filter(|_| with_gaps) {
        let row = [Cell::from("unreadable"), Cell::Null, Cell::Null, Cell::Null, gap.what.clone().into(), Cell::Null];
        table.row(row.into_iter().chain([gap.why.clone().into(), Cell::Null]));
    }
    for event in events {
        table.row([
            event.what.name().into(),
            event.deadline.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).into(),
            event.stake.into(),
            event.id.clone().into(),
            event.of.clone().into(),
            event.account.clone().into(),
            event.told.clone().into(),
            event.advice.clone().into(),
        ]);
    }
    table
}
