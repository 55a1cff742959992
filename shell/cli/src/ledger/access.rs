//! `tenor ledger access`: who looked at which data through the server, and whether the record of it is what was written.

use crate::connect::keep;
use crate::context::Context;
use crate::output::{Cell, Column, Format, Table};
use crate::report::Refused;
use std::collections::VecDeque;
use tenor_ledger::{ContentHash, Event, Told};
use tenor_serve::ACCESS_LOG;
use tenor_state::{AccessEntry, AccessReport, StateError, UserName, View, read_access};

/// So many are shown when nobody says how many, or of whom.
const LAST: usize = 20;
/// So many entries of the ledger are read at once.
const PAGE: u32 = 1_000;

/// Arguments of `tenor ledger access`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Say whether it is what was written, and goes as far as the ledger says, instead of showing it; exits 1 and names the first line that is wrong.
    #[arg(long)]
    verify: bool,

    /// Only what this user looked at.
    #[arg(long, value_name = "USER", conflicts_with = "verify")]
    user: Option<UserName>,

    /// At most so many, the newest [default: 20; all of a user].
    #[arg(long, value_name = "N", conflicts_with = "verify", value_parser = clap::value_parser!(u32).range(1..))]
    last: Option<u32>,
}

/// Shows or verifies.
pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    if args.verify { verify(context) } else { show(context, args) }
}

fn show(context: &Context, args: &Args) -> anyhow::Result<()> {
    let usual = if args.user.is_some() { usize::MAX } else { LAST };
    let most = args.last.map_or(usual, |last| usize::try_from(last).unwrap_or(usize::MAX));
    let mut kept = VecDeque::new();
    let report = read_access(&context.home, &mut |entry| {
        if args.user.as_ref().is_none_or(|user| user.as_str() == entry.user) {
            kept.push_back(entry);
        }
        if kept.len() > most {
            kept.pop_front();
        }
    });
    let report = report.map_err(StateError::from)?;
    let is_table = context.format == Format::Table;
    let mut table = Table::new(columns(is_table));
    for entry in kept {
        table.row(row(entry, is_table));
    }
    context.print(&table)?;
    tell(context, &report);
    Ok(())
}

fn verify(context: &Context) -> anyhow::Result<()> {
    let view = keep::view(context)?;
    let sealed = sealed(&view)?;
    let mut found = None;
    let report = read_access(&context.home, &mut |entry| {
        if sealed.as_ref().is_some_and(|(sequence, _)| *sequence == entry.sequence) {
            found = Some(entry.hash);
        }
    });
    let report = report.map_err(StateError::from)?;
    if let Some((sequence, hash)) = &sealed
        && found.as_deref() != Some(hash.to_string().as_str())
        && *sequence >= report.first
    {
        let what = if found.is_some() { "is another than" } else { "lacks, which" };
        let told = format!("entry {sequence} of the access log {what} the ledger says: {hash}");
        return Err(Refused::new(told).hint("keep the files for inquiry: lines were cut off or written anew").into());
    }
    let mut table = Table::new([
        Column::number("first", "First entry"),
        Column::number("last", "Last entry"),
        Column::text("hash", "Its hash"),
        Column::number("sealed", "In the ledger up to"),
    ]);
    let sealed = sealed.map_or(Cell::Null, |(sequence, _)| Cell::Number(sequence.to_string()));
    let (first, last) = (Cell::Number(report.first.to_string()), Cell::Number(report.head.sequence.to_string()));
    table.row([first, last, Cell::Text(report.head.hash.clone()), sealed]);
    context.print(&table)?;
    tell(context, &report);
    Ok(())
}

/// The last entry of the access log that the ledger has the hash of.
fn sealed(view: &View) -> anyhow::Result<Option<(u64, ContentHash)>> {
    let (mut last, mut from) = (None, 1);
    loop {
        let page = view.entries(from, PAGE)?;
        let Some(end) = page.last().map(|entry| entry.sequence) else { return Ok(last) };
        from = end + 1;
        for entry in page {
            if let Told::Known(Event::DataRead { what, question, rows }) = entry.event
                && what.as_str() == ACCESS_LOG
            {
                last = Some((rows, question));
            }
        }
    }
}

fn columns(is_table: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::number("sequence", "Entry"),
        Column::text("moment", "Moment"),
        Column::text("user", "Who"),
        Column::text("token", "By token"),
        Column::text("route", "What"),
        Column::number("status", "Answer"),
    ];
    if !is_table {
        columns.extend([Column::text("query", "Address"), Column::text("previous", "Previous"), Column::text("hash", "Hash")]);
    }
    columns
}

fn row(entry: AccessEntry, is_table: bool) -> Vec<Cell> {
    // Nine decimals are for machines.
    let moment = if is_table { entry.moment.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() } else { entry.moment.to_string() };
    let mut cells = vec![
        Cell::Number(entry.sequence.to_string()),
        moment.into(),
        entry.user.into(),
        entry.token.into(),
        entry.route.into(),
        Cell::Number(entry.status.to_string()),
    ];
    if !is_table {
        cells.extend([Cell::from(entry.query), Cell::from(entry.previous), Cell::from(entry.hash)]);
    }
    cells
}

fn tell(context: &Context, report: &AccessReport) {
    if report.first > 1 {
        context.note(format_args!("the entries before {} were taken away", report.first));
    }
    if report.is_unfinished {
        context.note("the last line is not whole: it is being written, or its server died");
    }
}
