//! A sandbox that uses what the bills of the lake say was used: one rehearses on one's own bill.

use super::folder::Folder;
use crate::context::Context;
use crate::lake;
use crate::output::{Cell, Column, Format, Table};
use crate::report::Refused;
use std::collections::BTreeMap;
use tenor_cover::inventory::Ratio;
use tenor_cover::replay::SkuName;
use tenor_money::{Money, Quantity};
use tenor_query::replay::{LastMonth, PlanningQuestion, UsedMonths, UsedSku, UsedSum};
use tenor_query::{Engine, QueryError};
use tenor_sandbox::{Cloud, TakeError, TakenUsage, UsageTaker, UsedBy};

/// Hours at the end of a month that is still open which may not be told completely. Source: `aws-rules` §3, reports are refreshed up to three
/// times a day.
const OPEN_HOURS: i64 = 48;
/// What was left out that people are shown; programs get all of it.
const TOP: usize = 15;

/// Arguments of `tenor sandbox deploy --from-lake`.
#[derive(Debug, clap::Args)]
pub(super) struct FromLake {
    /// At most so many months of the lake, the last ones.
    #[arg(long, value_name = "MONTHS", requires = "from_lake", default_value_t = 13, value_parser = clap::value_parser!(u16).range(1..=61))]
    months: u16,

    /// The payer, when the lake holds several.
    #[arg(long, value_name = "ACCOUNT", requires = "from_lake")]
    payer: Option<String>,

    /// What all chance in the sandbox comes from.
    #[arg(long, value_name = "NUMBER", requires = "from_lake", default_value_t = 1)]
    seed: u64,
}

/// What the lake says, and what is taken of it.
struct Read {
    months: UsedMonths,
    /// Each with what came of it, the largest list cost first.
    skus: Vec<(UsedSku, Tally)>,
    taken: TakenUsage,
    /// Sums of an hour that are less than nothing.
    negative: u64,
}

/// What came of a SKU's usage by the hour.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    is_sold: bool,
    /// The list cost of what was taken.
    taken: Money,
    /// Rows of hours whose sum is nothing or less, and their list cost: no hour uses less than nothing.
    undone_rows: u64,
    undone: Money,
}

/// Something that was left out.
struct LeftOut<'a> {
    of: &'a UsedSku,
    rows: u64,
    list_cost: Money,
    why: &'static str,
}

pub(super) fn run(context: &Context, folder: &Folder, args: &FromLake) -> anyhow::Result<()> {
    let _held = folder.hold_or_refuse()?;
    if folder.has_books() {
        let there = format!("there is a sandbox in `{}`, in which somebody may have bought", folder.path().display());
        return Err(Refused::new(there).hint("`tenor sandbox reset` forgets it; or name another folder with --home").into());
    }
    let question = PlanningQuestion { payer: args.payer.clone(), months_max: usize::from(args.months), until: None };
    let read = context.block_on(lake::ask(context, None, async |engine| read(engine, &question).await))?;
    let Read { months, skus, taken, negative } = read.map_err(|error| {
        let hint = match &error {
            TakeError::TooShort(_) => "import bills with hourly rows of at least a week: tenor import SOURCE",
            TakeError::Nothing => "docs/sandbox.md says what it sells",
            TakeError::TooManyAccounts(_) | TakeError::Packed(_) => "take the bills of another payer",
        };
        Refused::new(error.to_string()).hint(hint)
    })?;
    let told = told(&months, &taken);
    let cloud = Cloud::rehearsing(taken, args.seed, super::secret()?);
    folder.store().save(&cloud)?;
    folder.store().forget_usage(Some(&cloud))?;
    told.iter().for_each(|line| context.note(line));
    if negative > 0 {
        context.note(format_args!("note: {negative} sums of an hour are negative, as corrections are, and count as nothing"));
    }
    left_out(context, &months, &skus)
}

/// Reads the lake, and takes what the sandbox sells.
async fn read(engine: &Engine, question: &PlanningQuestion) -> Result<Result<Read, TakeError>, QueryError> {
    let months = engine.used_months(question, OPEN_HOURS).await?;
    let mut taker = match UsageTaker::new(months.hours.clone(), months.first) {
        Ok(taker) => taker,
        Err(error) => return Ok(Err(error)),
    };
    let mut skus = months.skus().await?;
    skus.sort_by(|a, b| b.list_cost.cmp(&a.list_cost).then_with(|| a.sku.cmp(&b.sku)));
    let is_sold = |used: &UsedSku| taker.sells(&used.sku.service, &used.sku.region, &used.sku.usage_type, &used.sku.operation);
    let mut tallies: Vec<Tally> = skus.iter().map(|used| Tally { is_sold: is_sold(used), ..Tally::default() }).collect();
    let sold = || skus.iter().zip(0..).filter(|(used, _)| is_sold(used)).map(|(used, place)| (&used.sku, place));
    let key = |sku: &SkuName| joined([&sku.service, &sku.region, &sku.usage_type, &sku.operation]);
    let places: BTreeMap<String, usize> = sold().map(|(sku, place)| (key(sku), place)).collect();
    let usage_types = sold().map(|(sku, _)| sku.usage_type.as_str()).collect();
    let mut negative = 0;
    let mut take = |sum: &UsedSum<'_>| {
        let Some(place) = places.get(&joined([sum.service, sum.region, sum.usage_type, sum.operation])) else { return };
        let tally = &mut tallies[*place];
        if sum.quantity <= Quantity::ZERO {
            negative += u64::from(sum.quantity < Quantity::ZERO);
            tally.undone_rows += sum.rows;
            tally.undone += sum.list_cost;
            return;
        }
        tally.taken += sum.list_cost;
        let UsedSum { account, service, region, usage_type, operation, zone, .. } = *sum;
        taker.take(&UsedBy { account, service, region, usage_type, operation, zone }, sum.hour, sum.quantity);
    };
    months.each(&usage_types, &mut take).await?;
    let skus = skus.into_iter().zip(tallies).collect();
    Ok(taker.finish(&months.payer, &months.names).map(|taken| Read { months, skus, taken, negative }))
}

fn joined(parts: [&str; 4]) -> String {
    parts.join("\0")
}

/// What was made, and how it goes on.
fn told(months: &UsedMonths, taken: &TakenUsage) -> Vec<String> {
    let left = format!("the {OPEN_HOURS} hours before its last usage may not be told completely, and are left out.");
    let open = match months.last {
        LastMonth::Whole => None,
        LastMonth::Open => Some(format!("The last month was imported before it ended: {left}")),
        LastMonth::Guessed => Some(format!(
            "By a guess the last month is open, since not all of its usage is on an invoice, and that ends early or was imported within {OPEN_HOURS} \
             hours of the month's end: {left}"
        )),
    };
    let (series, accounts) = (taken.series_len(), taken.accounts_len());
    let begins = format!(
        "The sandbox begins with {} and uses what was used until {}: {series} series of {accounts} accounts.",
        taken.start(),
        taken.until()
    );
    let on = [
        format!("From then on the last {} weeks are used again and again.", taken.weeks()),
        "No commitment is taken over: all of it is on demand until somebody buys.".to_owned(),
        "Its bills are of your accounts and months: import them into another home (--home), where they replace no real ones.".to_owned(),
    ];
    std::iter::once(begins).chain(open).chain(on).collect()
}

/// How much was taken over, and by name what was not.
fn left_out(context: &Context, months: &UsedMonths, skus: &[(UsedSku, Tally)]) -> anyhow::Result<()> {
    let mut left: Vec<LeftOut<'_>> = Vec::new();
    for (of, tally) in skus {
        let mut leave = |rows, list_cost, why| left.extend((rows > 0).then_some(LeftOut { of, rows, list_cost, why }));
        if tally.is_sold {
            leave(of.rows_too_long, of.list_cost_too_long, "rows longer than an hour");
            leave(tally.undone_rows, tally.undone, "hours that corrections leave nothing of");
        } else {
            let is_spot = of.sku.usage_type.contains("SpotUsage");
            leave(of.rows, of.list_cost, if is_spot { "Spot, which nothing covers" } else { "the sandbox sells none" });
        }
    }
    left.sort_by_key(|one| std::cmp::Reverse(one.list_cost.abs()));
    let sum = |of: fn(&(UsedSku, Tally)) -> Money| skus.iter().map(of).sum::<Money>();
    let (undone, taken) = (sum(|(_, tally)| tally.undone), sum(|(_, tally)| tally.taken));
    // What could be taken: nobody can use what was undone.
    let there = sum(|(used, _)| used.list_cost) - undone;
    let currency = months.currency.as_deref().unwrap_or_default();
    let share = Ratio::of_money(taken, there).map_or("-".to_owned(), |ratio| ratio.percent());
    let [taken, there, undone] = [taken, there, undone].map(|amount| amount.round_to(2, tenor_money::Rounding::HalfEven));
    context.note(format_args!("Taken over: {share} % of the list cost of all usage, {taken} of {there} {currency}"));
    if skus.iter().any(|(_, tally)| tally.undone_rows > 0) {
        context.note(format_args!("note: hours that corrections leave nothing of are not in that share: {undone} {currency}"));
    }
    let without: u64 = skus.iter().map(|(used, _)| used.rows_without_cost).sum();
    if without > 0 {
        context.note(format_args!("note: {without} rows tell no list cost, and count as nothing in that share"));
    }
    if left.is_empty() {
        return Ok(());
    }
    context.note("Left out:");
    let mut table = Table::new([
        Column::text("service", "Service"),
        Column::text("region", "Region"),
        Column::text("usage_type", "Usage type"),
        Column::text("operation", "Operation"),
        Column::number("rows", "Rows"),
        Column::number("list_cost", "List cost"),
        Column::text("why", "Why"),
    ]);
    let shown = if context.format == Format::Table { TOP } else { left.len() };
    for LeftOut { of, rows, list_cost, why } in left.iter().take(shown) {
        let UsedSku { sku, .. } = of;
        let names = [&sku.service, &sku.region, &sku.usage_type, &sku.operation].map(|text| Cell::from(text.as_str()));
        table.row(names.into_iter().chain([Cell::Count(*rows), (*list_cost).into(), (*why).into()]));
    }
    if let Some(rest) = left.get(shown..).filter(|rest| !rest.is_empty()) {
        let label = Cell::Label(format!("{} others", rest.len()));
        let (rows, cost) = (rest.iter().map(|one| one.rows).sum(), rest.iter().map(|one| one.list_cost).sum::<Money>());
        table.row([label, Cell::Null, Cell::Null, Cell::Null, Cell::Count(rows), cost.into(), "--format csv names them".into()]);
    }
    Ok(context.print(&table)?)
}
