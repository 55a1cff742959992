//! `tenor commitments`: what is held, what it does, what to look at first.

mod list;
pub(crate) mod live;
mod overview;

use crate::context::Context;
use crate::output::{self, Format, Part, Table};
use crate::{cost, lake};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{ExitRules, Horizon, by_attention};
use tenor_money::Money;
use tenor_query::commitments::{Charged, EndsEarly, Inventory, UnusedTo};
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

    #[command(flatten)]
    live: live::LiveArgs,

    #[command(flatten)]
    rules: RulesArgs,
}

/// The numbers of AWS's rules on ways out, which change.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Rules on ways out")]
struct RulesArgs {
    /// Largest hourly commitment of a plan that can be returned.
    #[arg(long, value_name = "AMOUNT", default_value_t = ExitRules::default().return_hourly_max)]
    return_hourly_max: Money,

    /// How many days after its start a plan can be returned, within the calendar month of its start.
    #[arg(long, value_name = "DAYS", default_value_t = days(ExitRules::default().return_seconds_max))]
    return_days_max: u16,

    /// How many days a standard EC2 reservation must have run to be sold.
    #[arg(long, value_name = "DAYS", default_value_t = days(ExitRules::default().resale_active_seconds_min))]
    resale_days_run_min: u16,

    /// How many days must be left of it.
    #[arg(long, value_name = "DAYS", default_value_t = days(ExitRules::default().resale_left_seconds_min))]
    resale_days_left_min: u16,

    /// How many days must be left of a convertible EC2 reservation to exchange it.
    #[arg(long, value_name = "DAYS", default_value_t = days(ExitRules::default().exchange_left_seconds_min))]
    exchange_days_left_min: u16,
}

/// Whole days of so many seconds.
fn days(seconds: i64) -> u16 {
    u16::try_from(seconds / DAY_SECONDS).expect("the rules' times are months at most")
}

impl From<RulesArgs> for ExitRules {
    fn from(args: RulesArgs) -> Self {
        let seconds = |days: u16| i64::from(days) * DAY_SECONDS;
        Self {
            return_hourly_max: args.return_hourly_max,
            return_seconds_max: seconds(args.return_days_max),
            resale_active_seconds_min: seconds(args.resale_days_run_min),
            resale_left_seconds_min: seconds(args.resale_days_left_min),
            exchange_left_seconds_min: seconds(args.exchange_days_left_min),
        }
    }
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
    if args.live.is_asked() {
        return live::run(context, &args.live, &range, args.as_of);
    }
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
    let view = View { as_of, horizon: Horizon { as_of: as_of.as_second(), soon_seconds }, rules: args.rules.into() };
    if inventory.commitments.is_empty() {
        context.note(format_args!("the bills of {} show no commitment", periods(&inventory)));
    }
    for EndsEarly { payer, period, end } in inventory.ends_early.iter().filter(|_| !inventory.commitments.is_empty()) {
        let whose = if inventory.payers.len() > 1 { format!(" for payer {payer}") } else { String::new() };
        let day = day_of(*end);
        context.note(format_args!("the bill of {period}{whose} ends on {day}: a reservation's fee may be of the whole month already"));
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

/// The day of a moment, in UTC.
pub(crate) fn day_of(moment: Timestamp) -> String {
    Offset::UTC.to_datetime(moment).date().to_string()
}

fn periods(inventory: &Inventory) -> String {
    let (first, last) = inventory.periods;
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// Months in between of which there is no bill, if there are any; with the payer where there are several.
fn missing(inventory: &Inventory) -> Option<String> {
    let name = |(month, payer): &(BillingPeriod, String)| match inventory.payers.len() {
        1 => month.to_string(),
        _ => format!("{month} of payer {payer}"),
    };
    let names: Vec<_> = inventory.missing.iter().map(name).collect();
    (!names.is_empty()).then(|| names.join(", "))
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
    let unpriced = inventory.commitments.iter().filter(|commitment| commitment.sums.charges_without_list_cost > 0).count();
    if unpriced > 0 {
        context.note(format_args!("no savings for {unpriced} commitments: covered usage lacks its on-demand price"));
    }
    let gone = inventory.commitments.iter().filter(|commitment| commitment.is_gone).count();
    if gone > 0 {
        context.note(format_args!("{gone} commitments are gone: the newest bill has no fee of theirs, though their terms go on"));
    }
}
