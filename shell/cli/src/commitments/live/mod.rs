//! `tenor commitments --live`: what bills show beside what AWS lists now.
//!
//! What could not be read is named, stands in the answer and makes the command fail: it never reads as nothing there.

pub(crate) mod read;
mod show;

use super::{AsOf, periods};
use crate::connect::chosen;
use crate::context::Context;
use crate::lake;
use crate::report::Refused;
use read::{Gap, Read};
use std::collections::BTreeSet;
use tenor_cover::inventory::sights;
use tenor_permit::RegionName;
use tenor_query::commitments::Inventory;
use tenor_query::cost::Range;
use tenor_query::{Engine, QueryError, Value};
use tenor_state::ConnectionName;

/// What says nothing of lists.
const NOT_LIVE: [&str; 7] = [
    "expiring",
    "unused_to",
    "return_hourly_max",
    "return_days_max",
    "resale_days_run_min",
    "resale_days_left_min",
    "exchange_days_left_min",
];

/// What is asked for beside the bills.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "What AWS lists now")]
pub(super) struct LiveArgs {
    /// Hold the bills against what AWS lists now, through these connections, apart by commas; through all that are proved unless named. Exits 1
    /// when a part could not be read.
    #[arg(long, value_name = "CONNECTIONS", num_args = 0..=1, value_delimiter = ',', conflicts_with_all = NOT_LIVE)]
    live: Option<Vec<ConnectionName>>,

    /// Look for reservations in these Regions, apart by commas; unless given, in those that the bills name and your own.
    #[arg(long, value_name = "REGIONS", value_delimiter = ',', requires = "live")]
    regions: Vec<RegionName>,
}

impl LiveArgs {
    pub(super) fn is_asked(&self) -> bool {
        self.live.is_some()
    }
}

/// What the lake has of it: nothing when it holds no bill yet.
struct Billed {
    inventory: Option<Inventory>,
    regions: BTreeSet<String>,
}

/// Reads bills and lists, and prints both.
pub(super) fn run(context: &Context, args: &LiveArgs, range: &Range, as_of: Option<AsOf>) -> anyhow::Result<()> {
    let chosen = chosen(context, args.live.as_deref().unwrap_or_default())?;
    let billed = context.block_on(lake::ask(context, None, async |engine| billed(engine, range).await))?;
    let regions = match args.regions.as_slice() {
        [] => read::Where::BilledAndOwn(billed.regions),
        named => read::Where::Named(named.iter().map(ToString::to_string).collect()),
    };
    let now = context.now();
    let as_of = as_of.map_or(now, |as_of| as_of.0);
    let live = read::live(context, &chosen, &regions, as_of == now)?;
    let commitments = billed.inventory.as_ref().map(|inventory| inventory.commitments.as_slice()).unwrap_or_default();
    let bills = billed.inventory.as_ref().map(span);
    let sights = sights(commitments, &live.listed, &live.looks, bills, as_of.as_second());
    let answer = show::Answer { sights: &sights, live: &live, inventory: billed.inventory.as_ref(), as_of };
    answer.print(context)?;
    if billed.inventory.is_none() {
        context.note("the lake holds no bill yet, so all of it is newer than the bills");
    }
    whole(context, &live)
}

async fn billed(engine: &Engine, range: &Range) -> Result<Billed, QueryError> {
    let inventory = match engine.inventory(range).await {
        Err(QueryError::NothingHeld) => None,
        answer => Some(answer?),
    };
    let mut regions = BTreeSet::new();
    let mut rows = engine.sql("SELECT DISTINCT RegionId FROM rollup").await?;
    while let Some(rows) = rows.next().await? {
        let texts = rows.into_iter().flatten().filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None });
        regions.extend(texts.filter(|region| region.parse::<tenor_permit::RegionName>().is_ok()));
    }
    Ok(Billed { inventory, regions })
}

/// From when to when the bills are: to where the first of the payers' usage ends.
fn span(inventory: &Inventory) -> (i64, i64) {
    let (first, last) = inventory.periods;
    let early = inventory.ends_early.iter().map(|early| early.end.as_second()).min();
    let end = last.end().as_second();
    (first.start().as_second(), early.map_or(end, |early| early.min(end)))
}

/// Fails when something could not be read.
fn whole(context: &Context, live: &Read) -> anyhow::Result<()> {
    let gaps: Vec<&Gap> = live.gaps.iter().collect();
    if gaps.is_empty() {
        return Ok(());
    }
    for gap in &gaps {
        context.note(format_args!("could not be read: {} of {} in {}: {}", gap.kind, gap.account, gap.place(), gap.why));
    }
    let parts = if gaps.len() == 1 { "a part".to_owned() } else { format!("{} parts", gaps.len()) };
    let told = format!("{parts} of what AWS lists could not be read, so what is shown is not all there is");
    Err(Refused::new(told).hint("`tenor access verify` says what a role lacks; --regions leaves out Regions that are not in use").into())
}
