//! What a proposal is computed from: the lake, a version of prices, and the owner's files.

use super::{Args, policy};
use crate::backtest::overlay;
use crate::context::Context;
use crate::cover::sharing;
use crate::lake;
use crate::prices::check;
use crate::report::Refused;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use tenor_bill::{AccountId, BillingPeriod, Hour};
use tenor_cover::replay::{KnownRates, PlanOffering, Replay, SkuName};
use tenor_cover::{Parts, Series, Sizes, instance_family, region_of_usage};
use tenor_money::{Money, Rounding};
use tenor_price::{PriceBook, PrivatePricing, SkuKey};
use tenor_price_list::Store;
use tenor_propose::forecast::{Change, Effect};
use tenor_propose::proposal::{HISTORY_HOURS_MIN, Inputs, InputsError, KnownChange, Promise, Sources};
use tenor_propose::{Demand, DemandSeries};
use tenor_query::QueryError;
use tenor_query::cost::Bound;
use tenor_query::replay::{NetCharge, PlanningBill, PlanningQuestion, Spent};

/// A bill is complete a day or two after the hours it tells: so much of an open month's end is not looked at. Source: `aws-rules` §3, reports are
/// refreshed up to three times a day.
const OPEN_HOURS: i64 = 48;

/// The hash of inputs, as a proposal names it.
///
/// # Errors
/// When they cannot be packed.
pub(crate) fn hash_of(inputs: &Inputs) -> anyhow::Result<String> {
    Ok(super::keep::hash(&super::keep::pack(inputs)?))
}

/// Reads everything.
///
/// # Errors
/// When something cannot be read, or makes no sense beside the rest.
pub(crate) fn inputs(context: &Context, args: &Args) -> anyhow::Result<Inputs> {
    Ok(inputs_and_policy(context, args)?.0)
}

/// The same, with the text of the policy file that was read; empty without one.
///
/// # Errors
/// As [`inputs`].
pub(crate) fn inputs_and_policy(context: &Context, args: &Args) -> anyhow::Result<(Inputs, String)> {
    let policy = policy::read(args.policy.as_deref())?;
    let sharing = sharing::read(args.sharing.as_deref())?;
    let store = Store::new(context.prices());
    let mut book = store.read(store.find(args.prices.as_deref())?)?;
    let as_of = args.as_of.as_deref().map(moment).transpose()?;
    let question = PlanningQuestion { payer: args.payer.clone(), months_max: usize::from(args.months), until: as_of };
    let covered = |name: &SkuName| book.is_in_a_plan(&SkuKey::from(name));
    let bill = context.block_on(lake::ask(context, None, async |engine| engine.planning(&question, &covered).await))?;
    let PlanningBill { input, mut rates, payer, currency, hours, too_long } = bill;
    same_currency(currency.as_deref(), &book)?;
    list(&book, input.sku_names(), &mut rates);
    let replay = input.build(sharing.clone(), &rates, &Sizes::published()).map_err(QueryError::from)?;
    for missing in sharing::unmatched(&sharing, replay.organization.parts()) {
        context.note(format_args!("note: in the sharing file and not in the bill: {missing}"));
    }
    known_buyers(&policy, replay.organization.parts(), &payer)?;
    let mut limitations: Vec<String> =
        too_long.into_iter().map(|(sku, rows)| format!("left out: {rows} rows of {sku} that are longer than an hour")).collect();
    let hours = until_decision(as_of, &replay, hours, &mut limitations)?;
    let mut promised = Vec::new();
    if let Some(path) = &args.private {
        let on = Timestamp::from_second(hours.end.start_second())?.to_zoned(TimeZone::UTC).date();
        let private = check::read(path)?;
        limitations.extend(disagreement(&private, &check::charges(context)?));
        promised = promises(context, &private, &payer, hours.clone())?;
        book = private.apply(&book, on, Rounding::HalfEven);
    }
    if let Some(asked) = args.as_of.as_ref().filter(|_| is_younger(&book, hours.end)) {
        limitations.push(format!("{book} are younger than {asked}: a decision of that day could not know them"));
    }
    let changes = changes(context, args.overlay.as_deref(), &replay, hours.end)?;
    let inputs = Inputs::gather(Sources {
        replay: &replay,
        hours,
        payer: payer.parse()?,
        book: &book,
        sharing: &sharing,
        policy: policy.policy,
        changes,
        promises: promised,
        seed: args.seed,
        scenarios: args.scenarios,
        limitations,
    });
    let (left_out, of) = inputs.left_out_by_policy();
    if left_out > 0 {
        context.note(format_args!("note: the policy leaves out {left_out} of the {of} offers there are for what is used"));
    }
    Ok((inputs, policy.text))
}

/// Refuses bills in another currency than the prices.
fn same_currency(currency: Option<&str>, book: &PriceBook) -> Result<(), Refused> {
    let listed = &book.listed().currency;
    match currency.filter(|currency| !currency.eq_ignore_ascii_case(listed)) {
        None => Ok(()),
        Some(currency) => Err(Refused::new(format!("the bill is in {currency}, and {book} are in {listed}"))
            .hint(format!("import prices in {currency}, or name a version of them with --prices; tenor prices show lists them"))),
    }
}

/// Whether prices are of a later day than a decision.
fn is_younger(book: &PriceBook, decision: Hour) -> bool {
    book.listed().date.to_zoned(TimeZone::UTC).is_ok_and(|day| Hour::containing(day.timestamp()) > decision)
}

/// Refuses a policy that names a buyer whom the bill does not know.
fn known_buyers(policy: &policy::Read, parts: &Parts, payer: &str) -> anyhow::Result<()> {
    let owners = parts.reservations.iter().map(|held| &held.owner).chain(parts.plans.iter().map(|held| &held.owner));
    let known: BTreeSet<&str> =
        parts.series.iter().map(|series| &series.account).chain(owners).map(AccountId::as_str).chain([payer]).collect();
    match policy.policy.buyers.iter().find(|buyer| !known.contains(buyer.as_str())) {
        None => Ok(()),
        Some(buyer) => Err(policy.wrong("buyers", &format!("the account `{buyer}` neither uses nor holds anything in the bill"))),
    }
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
/// time to come as it was lately.
fn promises(context: &Context, private: &PrivatePricing, payer: &str, hours: Range<Hour>) -> anyhow::Result<Vec<Promise>> {
    let day = |date: Date| -> anyhow::Result<Hour> { Ok(Hour::containing(date.to_zoned(TimeZone::UTC)?.timestamp())) };
    let spent = |of: Range<Hour>| context.block_on(lake::ask(context, None, async |engine| engine.spent(payer, of.start, of.end).await));
    let mut promises = Vec::new();
    for spend in private.commitments() {
        let (from, until) = (day(spend.from)?, day(spend.until)?);
        if until <= hours.end || from >= hours.end {
            continue;
        }
        let begins = from.max(hours.start);
        let lately = Lately::of(hours.clone());
        let (known, recent) = (spent(begins..hours.end)?, spent(lately.hours.clone())?);
        let before = begins.epoch_hours() - from.epoch_hours();
        let to_come = until.epoch_hours() - hours.end.epoch_hours();
        // The month of the decision is paid for from its first day on, if any of it is known.
        let month = month_of(Hour::from_epoch_hours(hours.end.epoch_hours() - 1));
        let unpaid = (until.epoch_hours() - Hour::containing(month.end()).epoch_hours()).max(0);
        let expected = known.hourly + known.monthly + known.once + lately.goes_on(&recent, before + to_come, before + unpaid);
        promises.push(Promise { amount: spend.amount, until: until.epoch_hours(), expected });
    }
    Ok(promises)
}

fn month_of(hour: Hour) -> BillingPeriod {
    BillingPeriod::containing(Timestamp::from_second(hour.start_second()).expect("an hour of a bill is a moment"))
}

/// What spend to come is told by: the last whole month, or without one what is known of the only one.
struct Lately {
    hours: Range<Hour>,
    /// Hours of the month, all of which its first day's fees are for.
    month: i64,
}

impl Lately {
    /// Of hours of history, which begin with a month.
    fn of(hours: Range<Hour>) -> Self {
        let hour = |moment: Timestamp| Hour::containing(moment);
        let mut month = month_of(hours.start);
        while hour(month.next().end()) <= hours.end {
            month = month.next();
        }
        let (first, end) = (hour(month.start()), hour(month.end()));
        Self { hours: first.max(hours.start)..end.min(hours.end), month: end.epoch_hours() - first.epoch_hours() }
    }

    /// What more hours cost: usage and fees of plans in so many, fees of reservations, which are paid ahead for a month, for so many; what is paid once
    /// does not come again.
    fn goes_on(&self, recent: &Spent, hours: i64, paid_for: i64) -> Money {
        let known = (self.hours.end.epoch_hours() - self.hours.start.epoch_hours()).max(1);
        let part = |amount: Money, hours: i64, of: i64| amount.share(i128::from(hours), i128::from(of), Rounding::HalfEven);
        part(recent.hourly, hours, known) + part(recent.monthly, paid_for, self.month)
    }
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
    // Without a day on which it was told a change is known now: the file is.
    let reading = overlay::Reading { untold: Some(as_of), columns: "what usage is told apart by" };
    let known = overlay::read(path, &demand, &[0], reading)?;
    known.unused.iter().for_each(|unused| context.note(format_args!("note: {unused}")));
    let told = known.overlay.changes.into_iter().filter(|change| change.told <= as_of);
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
    Ok(told.map(one).collect())
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
pub(crate) fn until_decision(
    as_of: Option<Hour>,
    replay: &Replay,
    hours: Range<Hour>,
    limitations: &mut Vec<String>,
) -> anyhow::Result<Range<Hour>> {
    let Some(last) = replay.usage.cells().map(|(hour, ..)| hour).max() else {
        return Err(Refused::new("the lake has no hourly usage that a commitment could cover")
            .hint("import a bill with hourly rows: tenor import SOURCE")
            .into());
    };
    let (end, is_open) = told_until(last, &hours);
    if end <= hours.start {
        // All of the usage is in the hours that may not be complete.
        return Err(super::refused(InputsError::TooShort { known: 0, needed: HISTORY_HOURS_MIN }));
    }
    if is_open {
        limitations.push(format!(
            "the last month is open: its usage is told until {last}, and looked at until {end}, since the last {OPEN_HOURS} hours may not be complete"
        ));
    }
    let Some(asked) = as_of else { return Ok(hours.start..end) };
    if asked > end || asked <= hours.start {
        let known = format!("usage is known completely from {} until {end}, so nothing can be decided as of {asked}", hours.start);
        return Err(Refused::new(known).hint("name a moment in that time").into());
    }
    Ok(hours.start..asked)
}

/// Until when usage is told completely if its last row is of an hour, and whether its last month is open.
fn told_until(last: Hour, hours: &Range<Hour>) -> (Hour, bool) {
    match last.next() < hours.end {
        true => (Hour::from_epoch_hours(last.epoch_hours() - OPEN_HOURS), true),
        false => (hours.end, false),
    }
}

#[cfg(test)]
mod tests {
    use super::{Lately, told_until};
    use tenor_bill::Hour;
    use tenor_money::Money;
    use tenor_query::replay::Spent;

    fn hour(text: &str) -> Hour {
        Hour::containing(text.parse().unwrap())
    }

    #[test]
    fn an_open_month_of_49_hours_has_nothing_that_is_complete() {
        let hours = hour("2025-01-01T00:00Z")..hour("2025-02-01T00:00Z");
        assert_eq!(told_until(hour("2025-01-03T00:00Z"), &hours), (hours.start, true));
        assert_eq!(told_until(hour("2025-01-31T23:00Z"), &hours), (hours.end, false));
    }

    #[test]
    fn spend_to_come_is_as_in_the_last_whole_month_without_what_was_paid_once() {
        let [january, february, late] = ["2025-01-01T00:00Z", "2025-02-01T00:00Z", "2025-02-20T00:00Z"].map(hour);
        let [hourly, monthly, once] = [744, 1_488, 100_000].map(Money::from_whole);
        let spent = Spent { hourly, monthly, once };
        let lately = Lately::of(january..late);
        assert_eq!((lately.hours.clone(), lately.month), (january..february, 744));
        assert_eq!(lately.goes_on(&spent, 1_000, 1_000), Money::from_whole(3_000));
        assert_eq!(lately.goes_on(&spent, 1_000, 0), Money::from_whole(1_000), "all of it is paid for");
        // Of an open month alone: the fee of its first day is for all of it.
        let open = Lately::of(january..hour("2025-01-11T00:00Z"));
        assert_eq!(open.goes_on(&Spent { hourly: Money::from_whole(240), monthly, once }, 1_000, 1_000), Money::from_whole(3_000));
        let whole = Lately::of(january..february);
        assert_eq!(whole.hours, january..february);
    }
}
