//! `tenor watch`: what to look at now, with the money at stake and the command to run.

mod bills;
mod live;
mod show;

use crate::connect::keep;
use crate::context::Context;
use crate::lake;
use crate::order::desk::{self, Desk};
use crate::report::Refused;
use tenor_cover::inventory::ExitRules;
use tenor_order::watch::{Event, Shown, Waiting, Watched, watch};
use tenor_permit::RegionName;
use tenor_state::ConnectionName;

/// So far ahead is looked, unless somebody says otherwise.
const DAYS: u16 = 30;

/// Arguments of `tenor watch`.
///
/// Looks at what bills show and at orders that wait; with --live also at what AWS lists: queued, being paid, returnable, for sale. Nothing is
/// changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many days ahead to look.
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u16).range(1..))]
    days: u16,

    /// Ask AWS too. Exits 1 when a part could not be read.
    #[arg(long)]
    live: bool,

    /// Ask through this connection; can be said again [default: all that are proved].
    #[arg(long, value_name = "NAME", requires = "live")]
    connection: Vec<ConnectionName>,

    /// Look in these Regions, apart by commas; unless given, in those that bills and orders name and your own.
    #[arg(long, value_name = "REGIONS", value_delimiter = ',', requires = "live")]
    regions: Vec<RegionName>,
}

/// Prints what there is to look at.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    looked(context, args)?.1
}

/// The same for whoever tells others of it: what was found, and whether all could be read.
pub(crate) fn findings(context: &Context, live: bool, days: Option<u16>) -> anyhow::Result<(Vec<Event>, anyhow::Result<()>)> {
    looked(context, &Args { days: days.unwrap_or(DAYS), live, connection: Vec::new(), regions: Vec::new() })
}

/// Looks, prints, and says whether all could be read.
fn looked(context: &Context, args: &Args) -> anyhow::Result<(Vec<Event>, anyhow::Result<()>)> {
    // Without a ledger there are bills all the same.
    let view = if keep::has_state(context) { Some(keep::view(context)?) } else { None };
    let desk = view.as_ref().map(Desk::open).transpose()?;
    let orders = match (&view, &desk) {
        (Some(view), Some(desk)) => waiting(context, view, desk)?,
        _ => Vec::new(),
    };
    drop(view);
    let billed = context.block_on(lake::ask(context, None, bills::read))?;
    let read = match &desk {
        _ if !args.live => live::Read::default(),
        Some(desk) => live::read(context, args, desk, &billed.regions)?,
        None => {
            return Err(Refused::new("there is no connection to look through").hint("make one and prove it: tenor connect make").into());
        }
    };
    let shown: Vec<Shown<'_>> = billed.shown();
    let watched = Watched {
        billed: &shown,
        listed: read.listed.as_deref(),
        listings: &read.listings,
        orders: &orders,
        rules: &ExitRules::default(),
        now: context.now(),
        days: args.days,
    };
    let events = watch(&watched);
    show::print(context, &events, &read.gaps)?;
    if !args.live {
        context.note("AWS was not asked: what is queued, being paid, returnable or for sale, --live tells");
    }
    Ok((events, whole(context, &read)))
}

/// Orders that nobody began. While there are no terms nobody knows how many have to agree, and nothing runs.
fn waiting(context: &Context, view: &tenor_state::View, desk: &Desk) -> anyhow::Result<Vec<Waiting>> {
    if desk.book.setting(&desk::terms_name()).is_none() {
        return Ok(Vec::new());
    }
    let needed = desk::terms(view, &desk.book)?.rails.approvals_needed.get();
    let of = |(id, record)| Waiting::of(id, desk.orders.get(&id)?, record, desk.book.keys(), needed, context.now());
    Ok(desk.book.orders().filter_map(of).collect())
}

/// Fails when a part could not be read.
fn whole(context: &Context, read: &live::Read) -> anyhow::Result<()> {
    for gap in &read.gaps {
        context.note(format_args!("could not be read: {}: {}", gap.what, gap.why));
    }
    let needed = read.gaps.iter().filter(|gap| gap.is_needed).count();
    if needed == 0 {
        return Ok(());
    }
    let parts = if needed == 1 { "a part".to_owned() } else { format!("{needed} parts") };
    let refused = Refused::new(format!("{parts} of what AWS lists could not be read, so there may be more to look at"));
    Err(refused.hint("`tenor access verify` says what a role lacks; --regions leaves out Regions that are not in use").into())
}
