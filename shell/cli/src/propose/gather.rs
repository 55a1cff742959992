//! What a proposal is computed from: the lake, a version of prices, and the owner's files.

use super::Args;
use crate::backtest::overlay;
use crate::context::Context;
use crate::cover::sharing;
use crate::lake;
use crate::prices::check;
use crate::report::Refused;
use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use tenor_bill::Hour;
use tenor_cover::replay::{KnownRates, PlanOffering, Replay, SkuName};
use tenor_cover::{Series, Sizes, instance_family, region_of_usage};
use tenor_money::Rounding;
use tenor_price::{PriceBook, PrivatePricing, SkuKey};
use tenor_price_list::Store;
use tenor_propose::forecast::{Change, Effect};
use tenor_propose::proposal::{Inputs, KnownChange, Policy, Promise, Sources};
use tenor_propose::{Demand, DemandSeries};
use tenor_query::QueryError;
use tenor_query::cost::Bound;
use tenor_query::replay::{NetCharge, PlanningBill, PlanningQuestion};

/// A bill is complete a day or two after the hours it tells: so much of an open month's end is not looked at. Source: `aws-rules` §3, reports are
/// refreshed up to three times a day.
const OPEN_HOURS: i64 = 48;

/// Reads everything.
pub(super) fn inputs(context: &Context, args: &Args) -> anyhow::Result<Inputs> {
    let policy = policy(args.policy.as_deref())?;
    let sharing = sharing::read(args.sharing.as_deref())?;
    let store = Store::new(context.prices());
    let mut book = store.read(store.find(args.prices.as_deref())?)?;
    let as_of = args.as_of.as_deref().map(moment).transpose()?;
    let question = PlanningQuestion { payer: args.payer.clone(), months_max: usize::from(args.months), until: as_of };
    let covered = |name: &SkuName| book.is_in_a_plan(&SkuKey::from(name));
    let bill = context.block_on(lake::ask(context, None, async |engine| engine.planning(&question, &covered).await))?;
    let PlanningBill { input, mut rates, payer, hours, too_long } = bill;
    list(&book, input.sku_names(), &mut rates);
    let replay = input.build(sharing.clone(), &rates, &Sizes::published()).map_err(QueryError::from)?;
    for missing in sharing::unmatched(&sharing, replay.organization.parts()) {
        context.note(format_args!("note: in the sharing file and not in the bill: {missing}"));
    }
    let mut limitations: Vec<String> =
        too_long.into_iter().map(|(sku, rows)| format!("left out: {rows} rows of {sku} that are longer than an hour")).collect();
    let hours = until_decision(as_of, &replay, hours, &mut limitations)?;
    let mut promised = Vec::new();
    if let Some(path) = &args.private {
        let on = Timestamp::from_second(hours.end.start_second())?.to_zoned(TimeZone::UTC).date();
        let private = check::read(path)?;
        limitations.extend(disagreement(&private, &check::charges(context)?));
        promised = promises(context, &private, hours.clone())?;
        book = private.apply(&book, on, Rounding::HalfEven);
    }
    let changes = changes(context, args.overlay.as_deref(), &replay, hours.end)?;
    Ok(Inputs::gather(Sources {
        replay: &replay,
        hours,
        payer: payer.parse()?,
        book: &book,
        sharing: &sharing,
        policy,
        changes,
        promises: promised,
        seed: args.seed,
        scenarios: args.scenarios,
        limitations,
    }))
}

/// Whether the bill charges what private pricing says, in words; none where it does.
fn disagreement(private: &PrivatePricing, charges: &[NetCharge]) -> Option<String> {
    if charges.is_empty() {
        return Some("no bill says net costs, so the private pricing is not checked against any".to_owned());
    }
    let different = check::differences(private, charges);
    let (count, of) = (different.len(), charges.len());
    (count > 0)
        .then(|| format!("{count} of {of} sums of the bill are not what the private pricing makes of them: tenor prices check names them"))
}

/// Promises of spend that hold at the decision, each with what will have been spent: what the lake knows of it, the time before that and the
/// time to come as in the last four weeks.
fn promises(context: &Context, private: &PrivatePricing, hours: Range<Hour>) -> anyhow::Result<Vec<Promise>> {
    const LATELY: i64 = 28 * 24;
    let day = |date: Date| -> anyhow::Result<Hour> { Ok(Hour::containing(date.to_zoned(TimeZone::UTC)?.timestamp())) };
    let mut promises = Vec::new();
    for spend in private.commitments() {
        let (from, until) = (day(spend.from)?, day(spend.until)?);
        if until <= hours.end || from >= hours.end {
            continue;
        }
        let begins = from.max(hours.start);
        let lately = Hour::from_epoch_hours(hours.end.epoch_hours() - LATELY).max(hours.start);
        let asked =
            lake::ask(context, None, async |engine| Ok((engine.spent(begins, hours.end).await?, engine.spent(lately, hours.end).await?)));
        let (spent, recent) = context.block_on(asked)?;
        let unknown = (begins.epoch_hours() - from.epoch_hours()) + (until.epoch_hours() - hours.end.epoch_hours());
        let expected =
            spent + recent.share(i128::from(unknown), i128::from(hours.end.epoch_hours() - lately.epoch_hours()), Rounding::HalfEven);
        promises.push(Promise { amount: spend.amount, until: until.epoch_hours(), expected });
    }
    Ok(promises)
}

/// The policy file; without one, the defaults.
fn policy(path: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let wrong = |message: String| Refused::new(message).hint("docs/spec/policy.md shows every key and its default");
    let read: Policy = toml::from_str(&text)
        .map_err(|error| wrong(error.to_string().trim_end().to_owned()))
        .with_context(|| format!("`{}` is not a policy", path.display()))?;
    read.check().map_err(|error| wrong(error.to_string())).with_context(|| format!("`{}` is not a policy", path.display()))?;
    Ok(read)
}

/// What the owner knows of, told of accounts, services, Regions and families that are used.
fn changes(context: &Context, path: Option<&Path>, replay: &Replay, as_of: Hour) -> anyhow::Result<Vec<KnownChange>> {
    const COLUMNS: [&str; 4] = ["account", "service", "region", "family"];
    let labels = |series: &Series| {
        let (name, kind) = &replay.names[series.sku];
        let region = if name.region.is_empty() { region_of_usage(&name.usage_type).unwrap_or_default() } else { &name.region };
        vec![series.account.to_string(), name.service.clone(), region.to_owned(), instance_family(kind).unwrap_or_default()]
    };
    let all: BTreeSet<Vec<String>> = replay.organization.parts().series.iter().map(labels).collect();
    let series = all.into_iter().map(|labels| DemandSeries { labels, decimals: 0, cells: Vec::new() }).collect();
    let demand = Demand::new(as_of, 0, COLUMNS.map(str::to_owned).to_vec(), series, Vec::new())?;
    let known = overlay::read(path, &demand, &[0])?;
    // Without a day on which it was told a change is known now: the file is.
    let (told, untold): (Vec<Change>, Vec<Change>) =
        known.overlay.changes.into_iter().partition(|change| change.told <= as_of || change.told == change.from);
    for change in untold {
        context.note(format_args!(
            "note: the change from {} on is not heeded: it is told on {}, after the decision",
            change.from, change.told
        ));
    }
    let one = |change: Change| {
        let label = |column: &str| change.of.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
        KnownChange {
            account: label("account"),
            service: label("service"),
            region: label("region"),
            family: label("family"),
            from: change.from.epoch_hours(),
            until: change.until.map(Hour::epoch_hours),
            thousandths: match change.effect {
                Effect::Ends => 0,
                Effect::Grows { thousandths } => u64::try_from(1_000 + thousandths).unwrap_or(0),
            },
        }
    };
    Ok(told.into_iter().map(one).collect())
}

/// Rates of all plans on sale for what the bill used: what is held has the rates of its offering.
fn list<'a>(book: &PriceBook, names: impl Iterator<Item = &'a SkuName>, rates: &mut KnownRates) {
    for name in names {
        let key = SkuKey::from(name);
        for offer in book.listed().plans.keys() {
            if let Ok(Some(rate)) = book.plan_rate(offer, &key) {
                let usage = (name.service.clone(), name.usage_type.clone(), name.operation.clone());
                rates.listed.entry(PlanOffering::from(offer)).or_default().insert(usage, rate.price);
            }
        }
    }
}

/// A moment of a decision.
fn moment(text: &str) -> Result<Hour, Refused> {
    let asked = text.parse::<Bound>().ok().map(|bound| bound.first_hour());
    asked.ok_or_else(|| Refused::bad_usage(format!("`{text}` is no moment")).hint("write it in UTC: 2025-04-01, 2025-04-01T12Z"))
}

/// The hours of history: up to the moment asked for, else to the end of what is told completely.
fn until_decision(as_of: Option<Hour>, replay: &Replay, hours: Range<Hour>, limitations: &mut Vec<String>) -> anyhow::Result<Range<Hour>> {
    let Some(last) = replay.usage.cells().map(|(hour, ..)| hour).max() else {
        return Err(Refused::new("the lake has no hourly usage that a commitment could cover")
            .hint("import a bill with hourly rows: tenor import SOURCE")
            .into());
    };
    let mut end = hours.end;
    if last.next() < hours.end {
        end = Hour::from_epoch_hours(last.epoch_hours() - OPEN_HOURS);
        limitations.push(format!(
            "the last month is open: its usage is told until {last}, and looked at until {end}, since the last {OPEN_HOURS} hours may not be complete"
        ));
    }
    if let Some(asked) = as_of {
        if asked > end || asked <= hours.start {
            let known = format!("usage is known completely from {} until {end}, so nothing can be decided as of {asked}", hours.start);
            return Err(Refused::new(known).hint("name a moment in that time").into());
        }
        end = asked;
    }
    Ok(hours.start..end)
}
