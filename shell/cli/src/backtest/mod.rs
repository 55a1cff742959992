//! `tenor backtest`: what policies would have cost on past demand, each decided with only what was known then.

mod answer;
mod chart;
mod file;
mod lake;
mod offers;
pub(crate) mod overlay;
mod rolling;

pub(crate) use rolling::{SEED, asked, tried};

use crate::context::Context;
use crate::output::{self, Format};
use crate::report::Refused;
use answer::Answer;
use anyhow::Context as _;
use std::path::PathBuf;
use tenor_propose::Demand;
use tenor_propose::backtest::{Backtest, Policy, Quantile, Rule, Schedule, Tenor, compare};
use tenor_query::demand::DemandTable;

/// What the help says below the arguments.
const NOTES: &str = "Saving: the share of what all usage would have cost on demand. All usage has one list price here, and commitment that \
    was not used counts as cost, so this is the effective savings rate (ESR) too. Regret: what foresight would have saved beyond it. \
    Utilization: the share of what was committed that was used. Held at the end: units committed after the last decision. Peak obligation: \
    the most that was owed at any time, units x hourly price x hours to the ends of their terms; what was paid upfront is owed no more. \
    JSON tells all of it for each decision. With --prices, saving is a share of what all usage costs on demand, and ESR one of usage that some commitment \
    on sale covers; upfront is what was paid at the start of all that was bought (docs/planning.md 13).";

/// Says how policies would have done on past demand.
#[derive(Debug, clap::Args)]
#[command(after_long_help = NOTES)]
pub(crate) struct Args {
    /// Table of demand: Parquet, or CSV with a header. One row for each series and hour; a series without a row is
    /// zero in that hour, an hour without any row is unknown. Or `lake`: the usage of the bills imported.
    #[arg(long, value_name = "FILE|lake")]
    demand: PathBuf,

    /// Its column of the hour, in UTC; of a table.
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,

    /// The payer whose usage it is, when the lake holds several.
    #[arg(long, value_name = "ACCOUNT")]
    payer: Option<String>,

    /// Its columns that tell series apart, from wide to narrow: the region before the type. The lake's are account, service,
    /// region, operation, family and type.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    series: Vec<String>,

    /// Its column of how much was used. Of the lake: `units` of what reservations cover (normalized where sizes are
    /// flexible), or `list-cost` by the hour of what plans may cover.
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,

    /// What can be bought (docs/spec/offers.md).
    #[arg(long, value_name = "FILE")]
    offers: Option<PathBuf>,

    /// Instead of --offers and --series, with `--demand lake`: propose at every decision as `tenor propose` does, with all that this version of prices
    /// sells (its first digits, or `latest`), and pay the bill exactly.
    #[arg(long, value_name = "VERSION|latest")]
    prices: Option<String>,

    /// With --prices: what may be bought and what is feared (docs/spec/policy.md).
    #[arg(long, value_name = "FILE", requires = "prices")]
    policy: Option<PathBuf>,

    /// With --prices: how commitments are shared among accounts, as a file; openly without one.
    #[arg(long, value_name = "FILE", requires = "prices")]
    sharing: Option<PathBuf>,

    /// With --prices: net prices by this file of private pricing.
    #[arg(long, value_name = "FILE", requires = "prices")]
    private: Option<PathBuf>,

    /// With --prices: how many futures each decision draws; 4 without it.
    #[arg(long, value_name = "COUNT", requires = "prices", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    scenarios: Option<u32>,

    /// With --prices: what all chance comes from; 1 without it.
    #[arg(long, value_name = "NUMBER", requires = "prices")]
    seed: Option<u64>,

    /// With --prices: threads to work on; the answer is the same.
    #[arg(long, value_name = "COUNT", requires = "prices", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    threads: Option<u16>,

    /// Changes that the owner knows of, each from the day it was told (docs/spec/overlay.md). Tenor's policy heeds them.
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,

    /// Draw what each policy saved and owed over time: `chart.svg`, or `chart.html` with the figures beside it.
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,

    /// How often a policy decides, on Mondays at 00:00 UTC: `week`, `4weeks`.
    #[arg(long, value_name = "WEEKS", default_value = "week", value_parser = weeks)]
    every: usize,

    /// How much history there is before the first decision: `60d`.
    #[arg(long, value_name = "DAYS", default_value = "60d", value_parser = days)]
    start_after: usize,
}

/// Runs the policies and tells how they did.
pub(crate) fn run(context: &Context, mut args: Args) -> anyhow::Result<()> {
    if let Some(version) = args.prices.take() {
        return rolling::run(context, args, &version);
    }
    let Some(offers_path) = args.offers.filter(|_| !args.series.is_empty()) else {
        let missing = "a back-test takes --offers and --series: what can be bought, and the columns that tell series apart";
        return Err(Refused::bad_usage(missing).hint("or --demand lake --prices latest, to propose at real prices").into());
    };
    let chart = args.chart.map(|path| file::check(&path).and_then(|()| Ok((chart::Kind::of(&path)?, path)))).transpose()?;
    let offers = offers::read(&offers_path)?;
    let demand = demand(context, args.demand, args.time, args.series, args.value, args.payer)?;
    let unknown: usize = demand.unknown().iter().map(ExactSizeIterator::len).sum();
    if unknown > 0 {
        context.note(format_args!("note: {unknown} hours in which no series has a row are taken as unknown, not as zero"));
    }
    let schedule = Schedule { start_after: args.start_after * 24, every_weeks: args.every };
    let backtest =
        Backtest::new(&demand, &offers, schedule).with_context(|| format!("`{}` does not fit the demand", offers_path.display()))?;
    if backtest.decisions().is_empty() {
        let (hours, days) = (demand.hours(), args.start_after);
        let short = format!("the demand has {hours} hours, and no Monday 00:00 UTC after its first {days} days");
        return Err(Refused::new(short).hint("give it more history, or decide sooner with --start-after").into());
    }
    let known = overlay::read(args.overlay.as_deref(), &demand, backtest.decisions(), overlay::Reading::BACKTEST)?;
    known.unused.iter().for_each(|unused| context.note(format_args!("note: {unused}")));
    let mut policies: Vec<Box<dyn Policy>> =
        vec![Box::new(Tenor::knowing(known.overlay)), Box::new(Rule { days: 30 }), Box::new(Rule { days: 60 }), Box::new(Quantile)];
    let compared = compare(&backtest, &mut policies);
    let (decisions, counted) = (backtest.decisions().len(), backtest.counted().len());
    context.note(format_args!(
        "{decisions} decisions; {counted} hours counted; on demand they cost {}",
        output::sentence_amount(compared.on_demand_cost)
    ));
    let answer = Answer::new(&backtest, &compared);
    if let Some((kind, path)) = chart {
        file::replace(&path, &chart::draw(&answer, kind))?;
        context.note(format_args!("the chart is in `{}`", path.display()));
    }
    match context.format {
        Format::Json => answer.print_json()?,
        Format::Table | Format::Csv => context.print(&answer.table())?,
    }
    Ok(())
}

/// Demand of a table or of the lake.
fn demand(
    context: &Context,
    path: PathBuf,
    time: Option<String>,
    series: Vec<String>,
    value: Option<String>,
    payer: Option<String>,
) -> anyhow::Result<Demand> {
    if path.as_os_str() == lake::NAME {
        if time.is_some() {
            let idle = "--time names a column of a table, and the lake's usage has its hours";
            return Err(Refused::bad_usage(idle).hint("leave it out").into());
        }
        return lake::read(context, payer, &series, lake::Value::parse(value.as_deref())?);
    }
    let (Some(time), Some(value)) = (time, value) else {
        let missing = "a table of demand takes --time and --value: its columns of the hour and of how much was used";
        return Err(Refused::bad_usage(missing).hint("or say --demand lake for the bills imported").into());
    };
    if payer.is_some() {
        let idle = "--payer says whose bills of the lake to read, and a table has none";
        return Err(Refused::bad_usage(idle).hint("leave it out, or say --demand lake").into());
    }
    let table = DemandTable { path, time, series, value };
    context.block_on(async { Ok(table.read().await?) })
}

fn weeks(text: &str) -> Result<usize, String> {
    let number = text.strip_suffix("weeks").or_else(|| text.strip_suffix("week")).ok_or("write it as `week` or `4weeks`")?;
    let weeks = if number.is_empty() { 1 } else { number.parse().map_err(|_| format!("`{number}` is no count of weeks"))? };
    if (1..=52).contains(&weeks) { Ok(weeks) } else { Err("1 to 52 weeks".to_owned()) }
}

fn days(text: &str) -> Result<usize, String> {
    let number = text.strip_suffix('d').ok_or("write it as `60d`")?;
    let days = number.parse().map_err(|_| format!("`{number}` is no count of days"))?;
    if days <= 3_660 { Ok(days) } else { Err("at most ten years".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::{days, weeks};

    #[test]
    fn schedules_are_read_as_they_are_written() {
        assert_eq!(["week", "1week", "4weeks"].map(|text| weeks(text).unwrap()), [1, 1, 4]);
        assert_eq!(["60d", "0d"].map(|text| days(text).unwrap()), [60, 0]);
        for bad in ["", "day", "0weeks", "53weeks", "xweeks"] {
            assert!(weeks(bad).is_err(), "{bad}");
        }
        for bad in ["60", "-1d", "d", "99999d"] {
            assert!(days(bad).is_err(), "{bad}");
        }
    }
}
