//! `tenor prices import`: several files become one version, or nothing is kept.

use crate::context::Context;
use crate::output::{Cell, Column, Table};
use jiff::civil::Date;
use std::path::PathBuf;
use tenor_price_list::{Counts, Imported, Options, Store, import};

/// Windows SKUs that a message names.
const NAMED_MAX: usize = 3;

/// Arguments of `tenor prices import`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Price lists, or folders of them; together they are one version. Files may be compressed with gzip.
    #[arg(required = true)]
    source: Vec<PathBuf>,
    /// Of which day the prices are; what AWS's own files say when not said.
    #[arg(long, value_name = "DAY")]
    date: Option<Date>,
    /// Keep the prices of these Regions alone; may be given several times.
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    region: Vec<String>,
    /// Derive Savings Plan rates that no list has from reservations, for simulation only; they are marked as simulated.
    #[arg(long)]
    simulate_plans: bool,
}

impl Args {
    /// Sources, and the Regions of which prices are kept: all of them where none is named.
    pub(super) fn of(source: Vec<PathBuf>, region: Vec<String>) -> Self {
        Self { source, date: None, region, simulate_plans: false }
    }
}

/// Reads all files, keeps the version, and prints a line of it.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let options = Options { date: args.date, regions: args.region.into_iter().collect(), simulate_plans: args.simulate_plans };
    let imported = import(&args.source, &options)?;
    let is_new = Store::new(context.prices()).keep(&imported.book)?;
    tell(context, &imported, is_new)
}

/// Prints a line of what was kept as a version, and notes what was left out.
pub(super) fn tell(context: &Context, imported: &Imported, is_new: bool) -> anyhow::Result<()> {
    context.print(&summary(imported, is_new))?;
    for file in &imported.files {
        file.left_out.iter().for_each(|left_out| context.note(format_args!("{}: {left_out}", file.file)));
    }
    if let Some(simulated) = &imported.simulated {
        if simulated.rates > 0 {
            context
                .note(format_args!("{} Savings Plan rates are simulated: derived from reservations, for simulation only", simulated.rates));
        }
        for sku in simulated.no_licence.iter().take(NAMED_MAX) {
            context.note(format_args!("no Savings Plan rate is simulated for {sku}: what its licence costs is not listed"));
        }
        if let Some(more) = simulated.no_licence.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            context.note(format_args!("nor for {more} other SKUs with a licence"));
        }
    }
    Ok(())
}

fn summary(imported: &Imported, is_new: bool) -> Table {
    let mut table = Table::new([
        Column::text("version", "Version"),
        Column::text("date", "Date"),
        Column::text("currency", "Currency"),
        Column::text("from", "From"),
        Column::number("files", "Files"),
        Column::number("on_demand_rates", "On-demand rates"),
        Column::number("reservations", "Reservations"),
        Column::number("plan_rates", "Plan rates"),
        Column::number("simulated_rates", "Simulated"),
        Column::text("change", "Change"),
    ]);
    let sum = |of: fn(&Counts) -> u64| Cell::Count(imported.files.iter().map(|file| of(&file.counts)).sum());
    let listed = imported.book.listed();
    table.row([
        imported.book.version().to_string().into(),
        listed.date.to_string().into(),
        listed.currency.as_str().into(),
        listed.origins.join(", ").into(),
        Cell::Count(imported.files.len() as u64),
        sum(|counts| counts.on_demand),
        sum(|counts| counts.reserved),
        sum(|counts| counts.plan_rates),
        Cell::Count(imported.simulated.as_ref().map_or(0, |simulated| simulated.rates)),
        if is_new { "new" } else { "unchanged" }.into(),
    ]);
    table
}
