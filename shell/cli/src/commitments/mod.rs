//! `tenor commitments`: what is held, what it does, what to look at first.

mod list;
mod overview;

use crate::context::Context;
use crate::output::{self, Format, Part, Table};
use crate::{cost, lake};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use tenor_cover::inventory::{ExitRules, Horizon, by_attention};
use tenor_query::commitments::{Charged, Inventory, UnusedTo};
use tenor_query::cost::Bound;

/// How soon an end is soon, unless `--expiring` says.
const SOON_DAYS: i64 = 30;
const DAY_SECONDS: i64 = 86_400;

/// Arguments of `tenor commitments`.
///
/// Figures are of the billing periods held, or of those named; every one of them is defined in docs/metrics.md.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// From when to look at terms: a day (2018-11-30, its beginning in UTC) or a moment (2018-11-30T12:00:00Z) [default: now].
    #[arg(long, value_name = "DATE")]
    as_of: Option<AsOf>,

    /// Show only what ends within this time: 90d or 12w.
    #[arg(long, value_name = "TIME")]
    expiring: Option<Ahead>,

    /// First billing period counted: 2018-10.
    #[arg(long, value_name = "PERIOD")]
    from: Option<Bound>,

    /// Last billing period counted.
    #[arg(long, value_name = "PERIOD")]
    to: Option<Bound>,

    /// Also say whom what is unused is charged to, by period: the account that bought it, or those that used the rest of it, in
    /// proportion. CSV then has these rows alone.
    #[arg(long, value_enum)]
    unused_to: Option<UnusedToWord>,
}

/// Who is charged for what is unused, as it is written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum UnusedToWord {
    /// The account that bought the commitment.
    Owner,
    /// The accounts that used it in the same period; the owner where none did.
    Beneficiaries,
}

impl From<UnusedToWord> for UnusedTo {
    fn from(word: UnusedToWord) -> Self {
        match word {
            UnusedToWord::Owner => Self::Owner,
            UnusedToWord::Beneficiaries => Self::Beneficiaries,
        }
    }
}

/// A moment to look from.
#[derive(Debug, Clone, Copy)]
struct AsOf(Timestamp);

impl FromStr for AsOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let of_day = || Offset::UTC.to_timestamp(text.parse::<Date>().ok().filter(|_| text.len() == 10)?.at(0, 0, 0, 0)).ok();
        let moment = of_day().or_else(|| text.parse().ok());
        moment.map(Self).ok_or_else(|| "write it as 2018-11-30 or 2018-11-30T12:00:00Z".to_owned())
    }
}

/// A time ahead, in seconds.
#[derive(Debug, Clone, Copy)]
struct Ahead(i64);

impl FromStr for Ahead {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let days =
            [("d", 1), ("w", 7)].into_iter().find_map(|(unit, days)| Some(text.strip_suffix(unit)?.parse::<u16>().ok()? as i64 * days));
        days.map(|days| Self(days * DAY_SECONDS)).ok_or_else(|| "write it as 90d or 12w".to_owned())
    }
}

/// What is looked at, and from when.
struct View {
    as_of: Timestamp,
    horizon: Horizon,
    rules: ExitRules,
}

/// Lists the commitments.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let range = cost::range(args.from, args.to)?;
    let unused_to = args.unused_to.map(UnusedTo::from);
    let (mut inventory, charged) = context.block_on(lake::ask(context, None, async |engine| {
        let charged = match unused_to {
            Some(unused_to) => Some(engine.charged(&range, unused_to).await?),
            None => None,
        };
        Ok((engine.inventory(&range).await?, charged))
    }))?;
    let as_of = args.as_of.map_or_else(Timestamp::now, |as_of| as_of.0);
    let soon_seconds = args.expiring.map_or(SOON_DAYS * DAY_SECONDS, |ahead| ahead.0);
    let view = View { as_of, horizon: Horizon { as_of: as_of.as_second(), soon_seconds }, rules: ExitRules::default() };
    if inventory.commitments.is_empty() {
        context.note(format_args!("the bills of {} show no commitment", periods(&inventory)));
    }
    if let Some(end) = inventory.ends_early.filter(|_| !inventory.commitments.is_empty()) {
        let last = inventory.periods.1;
        context.note(format_args!("the bill of {last} ends on {}: a reservation's fee may be of the whole month already", day_of(end)));
    }
    if args.expiring.is_some() {
        inventory.commitments.retain(|commitment| view.horizon.is_expiring(commitment));
    }
    by_attention(&mut inventory.commitments, view.horizon);
    let ids: BTreeSet<_> = inventory.commitments.iter().map(|commitment| &commitment.facts.id).collect();
    let shown = |one: &Charged| ids.contains(&one.commitment);
    let charged = charged.map(|charged| overview::charged_table(charged.into_iter().filter(shown), &inventory));
    print(context, &inventory, charged.as_ref(), &view)
}

fn day_of(moment: Timestamp) -> String {
    Offset::UTC.to_datetime(moment).date().to_string()
}

fn periods(inventory: &Inventory) -> String {
    let (first, last) = inventory.periods;
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

fn print(context: &Context, inventory: &Inventory, charged: Option<&Table>, view: &View) -> anyhow::Result<()> {
    match (context.format, charged) {
        (Format::Table, _) => {
            context.print(&overview::overview(inventory, view))?;
            charged.map_or(Ok(()), |charged| {
                output::print_line("")?;
                context.print(charged)
            })?;
            output::print_line(&overview::footer(inventory, view))?;
        }
        (Format::Csv, Some(charged)) => context.print(charged)?,
        (Format::Csv, None) => context.print(&list::list(inventory, view))?,
        (Format::Json, _) => {
            let list = list::list(inventory, view);
            let mut parts = list::head(inventory, view);
            parts.push(("commitments", Part::Rows(&list)));
            parts.extend(charged.map(|charged| ("unused", Part::Rows(charged))));
            output::print_object(&parts)?;
        }
    }
    tell_unknown(context, inventory);
    Ok(())
}

/// Says on stderr what the bills do not tell, and of how many commitments.
fn tell_unknown(context: &Context, inventory: &Inventory) {
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for commitment in &inventory.commitments {
        for name in commitment.facts.unknown() {
            *unknown.entry(name).or_default() += 1;
        }
    }
    let names: Vec<_> = unknown.into_iter().map(|(name, commitments)| format!("{name} of {commitments}")).collect();
    if !names.is_empty() {
        context.note(format_args!("the bills do not tell: {}", names.join(", ")));
    }
    let untold = inventory.commitments.iter().filter(|commitment| commitment.sums.charges_without_cost > 0).count();
    if untold > 0 {
        context.note(format_args!("no savings for {untold} commitments: covered usage lacks what the commitment cost"));
    }
}
