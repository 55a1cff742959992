//! `tenor ledger access`: who looked at which data through the server, and whether the record of it is what was written.

use crate::connect::keep;
use crate::context::Context;
use crate::output::{Cell, Column, Format, Table};
use crate::report::Refused;
use std::collections::{BTreeMap, VecDeque};
use tenor_ledger::{Entry, Event, Told};
use tenor_serve::{ACCESS_LOG, ACCESS_LOG_FOUND};
use tenor_state::{AccessEntry, AccessHead, AccessReport, StateError, UserName, View, read_access};

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
    // A ledger that was cut has fewer of them.
    view.ledger_head()?;
    let Seals { seals, faults } = Seals::read(&view)?;
    let (mut before, mut differs) = (None, None);
    let report = read_access(&context.home, &mut |entry| {
        before.get_or_insert_with(|| (entry.sequence - 1, entry.previous.clone()));
        if seals.get(&entry.sequence).is_some_and(|hash| *hash != entry.hash) {
            differs.get_or_insert(entry.sequence);
        }
    });
    let report = report.map_err(StateError::from)?;
    if let Some((sequence, hash)) = &before
        && seals.get(sequence).is_some_and(|sealed| sealed != hash)
    {
        return Err(refused(format!("the first line of the access log does not follow entry {sequence} as the ledger has it")));
    }
    if let Some(sequence) = differs {
        return Err(refused(format!("entry {sequence} of the access log is another than the ledger says: {}", seals[&sequence])));
    }
    if let Some((sequence, hash)) = seals.range(report.first.max(report.head.sequence + 1)..).next() {
        return Err(refused(format!("entry {sequence} of the access log lacks, which the ledger says: {hash}")));
    }
    let mut table = Table::new([
        Column::number("first", "First entry"),
        Column::number("last", "Last entry"),
        Column::text("hash", "Its hash"),
        Column::number("sealed", "In the ledger up to"),
    ]);
    let sealed = seals.keys().next_back().map_or(Cell::Null, |sequence| Cell::Number(sequence.to_string()));
    let (first, last) = (Cell::Number(report.first.to_string()), Cell::Number(report.head.sequence.to_string()));
    table.row([first, last, Cell::Text(report.head.hash.clone()), sealed]);
    context.print(&table)?;
    tell(context, &report);
    if before.is_some_and(|(sequence, _)| sequence > 0 && !seals.contains_key(&sequence)) {
        context.note(
            "the ledger does not have the hash of the entry before the first one: whether that is where older files ended cannot be told",
        );
    }
    for (kind, sequence) in faults {
        context.note(format_args!("the ledger tells that a server found the log {kind} at entry {sequence}"));
    }
    Ok(())
}

fn refused(told: String) -> anyhow::Error {
    Refused::new(told).hint("keep the files for inquiry: lines were cut off or written anew").into()
}

/// What the ledger says of the access log.
#[derive(Debug, Default)]
struct Seals {
    /// The hashes of its entries, by their numbers.
    seals: BTreeMap<u64, String>,
    /// What servers found wrong with it, each with the entry.
    faults: Vec<(String, u64)>,
}

impl Seals {
    /// Reads all of them. The log only grows: one that goes less far than an earlier one, or has another hash, is of a log that was cut or written anew.
    fn read(view: &View) -> anyhow::Result<Self> {
        let (mut all, mut from) = (Self::default(), 1);
        loop {
            let page = view.entries(from, PAGE)?;
            let Some(end) = page.last().map(|entry| entry.sequence) else { return Ok(all) };
            from = end + 1;
            for entry in &page {
                all.add(entry)?;
            }
        }
    }

    fn add(&mut self, entry: &Entry) -> anyhow::Result<()> {
        if let Some((kind, sequence)) = fault_of(entry) {
            self.faults.push((kind.to_owned(), sequence));
        }
        let Some(AccessHead { sequence, hash }) = seal_of(entry) else { return Ok(()) };
        let last = self.seals.last_key_value().map(|(last, _)| *last).filter(|last| *last > sequence);
        if let Some(last) = last {
            let told = format!("entry {} of the ledger has the access log end at {sequence}, and it had come to {last}", entry.sequence);
            return Err(refused(told));
        }
        match self.seals.insert(sequence, hash.clone()) {
            Some(other) if other != hash => {
                Err(refused(format!("the ledger says two things of entry {sequence} of the access log: {other} and {hash}")))
            }
            _ => Ok(()),
        }
    }
}

/// How far the ledger says that the access log goes: the newest that it says.
///
/// # Errors
/// When the ledger cannot be read.
pub(crate) fn last_seal(view: &View) -> anyhow::Result<Option<AccessHead>> {
    let mut end = view.ledger_head()?.sequence();
    while end > 0 {
        // The newest are among the last entries, however many there are.
        let from = end.saturating_sub(u64::from(PAGE)) + 1;
        if let Some(seal) = view.entries(from, PAGE)?.iter().rev().find_map(seal_of) {
            return Ok(Some(seal));
        }
        end = from - 1;
    }
    Ok(None)
}

fn seal_of(entry: &Entry) -> Option<AccessHead> {
    match &entry.event {
        Told::Known(Event::DataRead { what, question, rows }) if what.as_str() == ACCESS_LOG => {
            Some(AccessHead { sequence: *rows, hash: question.to_string() })
        }
        _ => None,
    }
}

/// What a server found wrong with the log, and at which entry.
fn fault_of(entry: &Entry) -> Option<(&str, u64)> {
    match &entry.event {
        Told::Known(Event::DataRead { what, rows, .. }) => Some((what.as_str().strip_prefix(ACCESS_LOG_FOUND)?, *rows)),
        _ => None,
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
