//! `tenor import`: finds the reports of a source, brings them into the lake, and says what each period adds up to.

use crate::connect::{add_spent, keep, log_path, open_log};
use crate::context::Context;
use crate::output::{Cell, Column, Table, readable};
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tenor_aws::client::Meter;
use tenor_aws::s3::{self, Watch};
use tenor_lake::import::{Change, Event, ImportOptions, ImportedPeriod, Outcome, WithoutRows, import};
use tenor_lake::source::{Location, discover};
use tenor_lake::store::{Lake, ReportKind};
use tenor_money::Money;
use tenor_state::{By, Imported, SystemRandomness};
use tokio::runtime::Handle;

/// Arguments of `tenor import`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Where the bills lie: a folder, a file, or s3://bucket/prefix.
    source: String,
    /// What files without a manifest are; found out by their columns when not said.
    #[arg(long = "as", value_enum, value_name = "KIND")]
    kind: Option<Kind>,
    /// Let another report take the place of a held one, of whatever kind, name or account, and read even what did not change.
    #[arg(long)]
    replace: bool,
    /// Set bad rows aside, counted and summed, instead of stopping at the first.
    #[arg(long)]
    quarantine: bool,
    /// Give up at once when another import is running, instead of waiting for it.
    #[arg(long)]
    no_wait: bool,
}

impl Args {
    /// As `tenor import SOURCE` without any option.
    pub(crate) fn of(source: String) -> Self {
        Self { source, kind: None, replace: false, quarantine: false, no_wait: false }
    }
}

/// A kind of report.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Legacy Cost and Usage Report.
    LegacyCur,
    /// CUR 2.0 data export.
    Cur2,
    /// FOCUS 1.0 or 1.2.
    Focus,
}

impl From<Kind> for ReportKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::LegacyCur => Self::LegacyCur,
            Kind::Cur2 => Self::Cur2,
            Kind::Focus => Self::Focus,
        }
    }
}

/// What came in, and whether the ledger says so.
struct Brought {
    outcome: Outcome,
    recorded: anyhow::Result<()>,
}

/// Imports, prints a line for each period, and tells what a person should know on stderr.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let Brought { outcome, recorded } = if args.source.starts_with("s3://") {
        let meter = Arc::new(Meter::unlimited());
        let watch = Watch { purse: Arc::clone(&meter) as _, sink: Arc::new(open_log(context)?) };
        let brought = context.block_on(from_store(context.clone(), args, watch));
        // What was asked cost the same when nothing came of it.
        let months = meter.spent();
        let cost: Money = months.values().copied().sum();
        context.note(format_args!("S3's requests cost about ${cost}; each is in `{}`", log_path(context).display()));
        if let Err(error) = add_spent(context, "tenor import", months) {
            context.note(format_args!("that is not added to what the month's calls have cost: {error:#}"));
        }
        brought?
    } else {
        bring_in(context, &Location::Local(PathBuf::from(&args.source)), &args, &|| keep::by(context))?
    };
    context.print(&summary(&outcome))?;
    for period in &outcome.periods {
        remarks(period).iter().for_each(|remark| context.note(format!("{}: {remark}", period.key)));
    }
    for WithoutRows { report, period } in &outcome.without_rows {
        context.note(format!("{period}: `{report}` has no rows yet; import it again when AWS has written some"));
    }
    if outcome.by_journal {
        context.note("this file system cannot swap two folders in one step: for a moment other programs did not see the periods replaced");
    }
    recorded.context("the bills are in the lake, and the ledger does not say so: import them again to record it")
}

/// Says in the ledger which periods came in; the home gets one if it has none.
fn record<'a>(context: &Context, periods: impl IntoIterator<Item = &'a ImportedPeriod>, by: &By) -> anyhow::Result<()> {
    let imported = |ImportedPeriod { key, record, .. }: &ImportedPeriod| Imported {
        payer: key.payer.clone(),
        period: key.period,
        provider: key.provider.clone(),
        version: record.version.clone(),
    };
    let held: Vec<_> = periods.into_iter().map(imported).collect();
    if !held.is_empty() {
        keep::writer(context, "tenor import")?.record_imports(&held, by, &SystemRandomness::new())?;
    }
    Ok(())
}

async fn from_store(context: Context, args: Args, watch: Watch) -> anyhow::Result<Brought> {
    let opened = s3::open(&args.source, &watch).await?;
    let location = Location::Store { store: opened.store, prefix: opened.prefix, name: args.source.clone(), runtime: Handle::current() };
    // Reading a store waits for the runtime, so it must not be one of its own threads that waits.
    tokio::task::spawn_blocking(move || bring_in(&context, &location, &args, &|| keep::by(&context))).await?
}

/// What a folder brought, where nobody reads the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Came {
    /// Periods that it has.
    pub(crate) periods: usize,
    /// Of them, those that were not here as they are now.
    pub(crate) changed: usize,
    /// What a person should know of them.
    pub(crate) remarks: usize,
}

/// Imports a folder of this machine for somebody, as without any option; another import is waited for. Nothing is read that lies outside `root`.
///
/// # Errors
/// When it cannot be read or kept, a link leads out of the root, or the ledger cannot say so.
pub(crate) fn folder_as(context: &Context, (root, folder): (PathBuf, PathBuf), by: &By) -> anyhow::Result<Came> {
    let args = Args::of(folder.display().to_string());
    let brought = bring_in(context, &Location::Below { path: folder, root }, &args, &|| By { moment: context.now(), ..by.clone() })?;
    brought.recorded.context("the bills are in the lake, and the ledger does not say so: import them again to record it")?;
    let periods = &brought.outcome.periods;
    let changed = periods.iter().filter(|period| matches!(period.change, Change::New | Change::Replaced)).count();
    Ok(Came { periods: periods.len(), changed, remarks: periods.iter().map(|period| remarks(period).len()).sum() })
}

fn bring_in(context: &Context, location: &Location, args: &Args, by: &dyn Fn() -> By) -> anyhow::Result<Brought> {
    let lake = Lake::open(context.lake())?;
    let options = ImportOptions {
        replace: args.replace,
        quarantine: args.quarantine,
        wait: !args.no_wait,
        clock: Timestamp::now,
        source: location.to_string(),
    };
    let progress = Progress::new(context);
    let find = || discover(location, args.kind.map(ReportKind::from));
    let outcome = import(&lake, find, &options, &|event| progress.show(&event));
    progress.clear();
    match outcome {
        Ok(outcome) => Ok(Brought { recorded: record(context, &outcome.periods, &by()), outcome }),
        Err(error) => {
            // What came in before it failed has come in.
            if let Err(error) = record(context, &*progress.committed.lock().expect("nothing panics while it notes"), &by()) {
                context.note(format_args!("the ledger does not say yet which periods came in: {error:#}"));
            }
            Err(error.into())
        }
    }
}

/// A bar for the report being read, on a terminal; elsewhere only what is waited for is said.
struct Progress<'a> {
    context: &'a Context,
    bar: Mutex<ProgressBar>,
    committed: Mutex<Vec<ImportedPeriod>>,
}

impl<'a> Progress<'a> {
    fn new(context: &'a Context) -> Self {
        Self { context, bar: Mutex::new(ProgressBar::hidden()), committed: Mutex::default() }
    }

    fn show(&self, event: &Event<'_>) {
        let mut bar = self.bar.lock().expect("nothing panics while it draws");
        match event {
            Event::Waiting(holder) => self.context.note(format!("waiting for another import to end: {holder}")),
            Event::Converting { report, number, of, bytes } if self.context.draws_progress() => {
                bar.finish_and_clear();
                let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}").expect("the template is valid");
                *bar = ProgressBar::new(*bytes).with_style(style).with_message(format!("{} ({number} of {of})", readable(report)));
            }
            Event::Converting { .. } => {}
            Event::Committed(period) => self.committed.lock().expect("nothing panics while it notes").push((*period).clone()),
            Event::Read(progress) => bar.inc(progress.bytes),
        }
    }

    fn clear(&self) {
        self.bar.lock().expect("nothing panics while it draws").finish_and_clear();
    }
}

/// A line for each period.
fn summary(outcome: &Outcome) -> Table {
    let mut table = Table::new([
        Column::text("billing_period", "Period"),
        Column::text("provider", "Provider"),
        Column::text("payer", "Payer"),
        Column::text("report", "Report"),
        Column::text("change", "Change"),
        Column::number("rows", "Rows"),
        Column::number("rows_quarantined", "Set aside"),
        Column::number("billed_cost", "Billed"),
        Column::number("effective_cost", "Effective"),
        Column::text("currency", "Currency"),
        Column::number("residuals_explained", "Residuals"),
        Column::number("residuals_unexplained", "Unexplained"),
    ]);
    for ImportedPeriod { key, change, record, .. } in &outcome.periods {
        let total = |name: &str| record.totals.get(name).and_then(|sum| sum.parse::<Money>().ok()).map_or(Cell::Null, Cell::Amount);
        let explained = record.residuals.iter().filter(|residual| residual.explained).count() as u64;
        table.row([
            Cell::Text(key.period.to_string()),
            Cell::Text(key.provider.clone()),
            Cell::Text(key.payer.to_string()),
            Cell::Text(record.kind.to_string()),
            word(*change).into(),
            Cell::Count(record.rows_read),
            Cell::Count(record.rows_quarantined),
            total("billed"),
            total("effective"),
            Cell::Text(record.currency.clone()),
            Cell::Count(explained),
            Cell::Count(record.residuals.len() as u64 - explained),
        ]);
    }
    table
}

fn word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Replaced => "replaced",
        Change::SameContents => "same contents",
        Change::Unchanged => "unchanged",
    }
}

/// What a person should know about a period that was just imported.
fn remarks(period: &ImportedPeriod) -> Vec<String> {
    if period.change == Change::Unchanged {
        return Vec::new();
    }
    let record = &period.record;
    let mut remarks = period.remarks.clone();
    let unexplained = record.residuals.iter().filter(|residual| !residual.explained);
    remarks.extend(unexplained.map(|residual| format!("{} {}: {}", residual.name, residual.amount, residual.meaning)));
    remarks.extend(record.notices.iter().cloned());
    if !remarks.is_empty() {
        remarks.push("see `tenor doctor`".to_owned());
    }
    remarks
}
