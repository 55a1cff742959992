//! How much of what commitments could cover they do cover, by anything: `tenor coverage`.

use super::gather::parsed;
use super::shares::UnusedTo;
use crate::cost::{Granularity, Grouping, Key, Range, Time};
use crate::cost::{check_keys, check_length, has_detail, key, key_of, time, time_of, touched};
use crate::engine::Planner;
use crate::rows::{Rows, Value, text};
use crate::tables::{DETAIL, PAYER, PERIOD};
use crate::{Engine, QueryError};
use datafusion::common::ScalarValue;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{ident, lit};
use datafusion::prelude::DataFrame;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use tenor_bill::AccountId;
use tenor_cover::inventory::{Coverage, PaidBy, Usage, Use, share_out};
use tenor_lake::schema::Column;
use tenor_lake::store::{HeldPeriod, ReportKind};
use tenor_money::{Money, Quantity};

/// Whether something is part of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Included {
    /// It is.
    Include,
    /// It is not.
    Exclude,
}

/// A question about coverage.
#[derive(Debug, Clone)]
pub struct CoverageQuestion {
    /// What to tell apart.
    pub by: Vec<Grouping>,
    /// How finely to tell time apart.
    pub granularity: Granularity,
    /// Which time.
    pub range: Range,
    /// Whether what things cost is after private discounts.
    pub discounts: Included,
    /// Who is charged for what is unused.
    pub unused_to: UnusedTo,
}

/// Its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// In order of time, then of eligible list cost, largest first.
    pub rows: Vec<Row>,
    /// What the rows add up to.
    pub total: Coverage,
    /// Currency of all amounts; none when no charge matches.
    pub currency: Option<String>,
    /// Charges that were added up.
    pub charges: u64,
    /// Charges that lie in the time asked for only in part, and what they cost: not counted.
    pub straddling: Option<(u64, Money)>,
    /// Whether something unused belongs to no single day or hour, so that days and hours look better than they are.
    pub has_unplaced_waste: bool,
    /// Whether something unused lies in the time asked for only in part, so that all of the answer looks better than it is.
    pub has_cut_waste: bool,
    /// Usage charges, and their list cost, that do not tell what they are: in none of the figures.
    pub untold: Option<(u64, Money)>,
}

/// A row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When; none without a granularity.
    pub time: Option<Time>,
    /// One for each grouping.
    pub keys: Vec<Key>,
    /// The sums.
    pub coverage: Coverage,
}

/// Payer, billing period and commitment.
type HeldKey = (String, String, String);

/// Charges that agree in everything that matters.
struct Group {
    time: Option<Time>,
    keys: Vec<Key>,
    paid_by: PaidBy,
    /// Which commitment in which period, where its unused part is to be shared out.
    commitment: Option<HeldKey>,
    account: Option<AccountId>,
    usage: Usage,
    quantity: Quantity,
}

impl Engine {
    /// Answers a question about coverage.
    ///
    /// # Errors
    /// As [`Engine::cost`]; and when costs before private discounts are asked for and a report does not give them.
    pub async fn coverage(&self, question: &CoverageQuestion) -> Result<Answer, QueryError> {
        check_length(question.granularity, &question.range, &touched(self, &question.range)?)?;
        let mut answer = Answer { untold: untold(self, &question.range).await?, ..Answer::default() };
        let groups = groups(self, question, &mut answer).await?;
        if !groups.is_empty() {
            check_keys(self, &question.by, question.range, false, groups.iter().map(|group| group.keys.as_slice())).await?;
        }
        let uses = if question.unused_to == UnusedTo::Beneficiaries && !question.range.is_of_periods() {
            // Who benefits of a commitment is a matter of its billing period, whatever part of that is asked for.
            let whole = CoverageQuestion { range: question.range.whole_periods(), granularity: Granularity::Total, ..question.clone() };
            uses(&self::groups(self, &whole, &mut Answer::default()).await?)
        } else {
            uses(&groups)
        };
        arrange(groups, &uses, &mut answer);
        Ok(answer)
    }

    /// Whether roll-ups alone answer a question: then it takes a moment, however many charges there are.
    ///
    /// # Errors
    /// As [`Engine::coverage`] refuses a question before it reads anything.
    pub fn coverage_is_quick(&self, question: &CoverageQuestion) -> Result<bool, QueryError> {
        let periods = touched(self, &question.range)?;
        Ok(source(self, question)? == Source::Detail && untold_from(&periods, &question.range) != Some(Source::Charges))
    }
}

async fn groups(engine: &Engine, question: &CoverageQuestion, answer: &mut Answer) -> Result<Vec<Group>, QueryError> {
    let (asked, from) = (question.clone(), source(engine, question)?);
    let plan = move |planner: &Planner| aggregation(planner, &asked, from);
    gather(engine.ask(plan).await?, question, answer).await
}

/// Where eligible usage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Charge by charge.
    Charges,
    /// In the roll-ups by month.
    Detail,
}

/// Where the answer comes from: roll-ups where they tell all of it, with the same figures.
fn source(engine: &Engine, question: &CoverageQuestion) -> Result<Source, QueryError> {
    let is_told = question.range.is_of_periods() && has_detail(&touched(engine, &question.range)?, question.granularity, &question.by);
    Ok(if is_told { Source::Detail } else { Source::Charges })
}

/// The sums of eligible usage and of what is unused, by all that matters.
fn aggregation(planner: &Planner, question: &CoverageQuestion, from: Source) -> Result<DataFrame, QueryError> {
    let view = if from == Source::Detail { "eligible_detail" } else { "eligible_usage" };
    let table = planner.table(view)?.filter(question.range.touching()).map_err(QueryError::planning)?;
    let nothing = || lit(ScalarValue::Utf8View(None));
    let is_shared = question.unused_to == UnusedTo::Beneficiaries;
    let of_shares = |column: &str| if is_shared { ident(column) } else { nothing() };
    let fixed = [
        ("inside", question.range.containing()),
        ("time", time(question.granularity)),
        ("currency", ident(Column::BillingCurrency.info().name)),
        ("paid_by", ident("paid_by")),
        ("payer", of_shares(PAYER)),
        ("period", of_shares(PERIOD)),
        ("commitment", of_shares(Column::CommitmentDiscountId.info().name)),
        ("account", of_shares(Column::SubAccountId.info().name)),
    ];
    let fixed = fixed.into_iter().map(|(name, group)| group.alias(format!("group_{name}")));
    let keys = question.by.iter().map(key).enumerate().map(|(at, key)| key.alias(format!("key_{at}")));
    let cost = match question.discounts {
        Included::Include => Column::EffectiveCost.info().name,
        Included::Exclude => "cost_before_discounts",
    };
    // A row of a roll-up is of many charges, and says how many of them have an amount.
    let rows = |column: &str| ident(format!("{}_rows", if column == "EffectiveCost" { "effective_cost" } else { column }));
    let charges = |of: &str, name: &str| match from {
        Source::Charges => count(ident(of)).alias(name),
        Source::Detail => sum(rows(of)).alias(name),
    };
    let all_charges = if from == Source::Detail { sum(ident("rows")) } else { count(lit(1_i64)) };
    let sums = vec![
        sum(ident(Column::ListCost.info().name)).alias("sum_list"),
        sum(ident(cost)).alias("sum_cost"),
        sum(ident("instance_hours")).alias("sum_hours"),
        sum(ident("normalized_hours")).alias("sum_normalized"),
        sum(ident(Column::CommitmentDiscountQuantity.info().name)).alias("sum_quantity"),
        all_charges.alias("charges"),
        charges(cost, "charges_with_cost"),
        charges("instance_hours", "charges_of_instances"),
        charges("normalized_hours", "charges_normalized"),
    ];
    table.aggregate(fixed.chain(keys).collect(), sums).map_err(QueryError::planning)
}

/// Reads the aggregation's rows: eight fixed groups, the keys, nine sums.
async fn gather(mut rows: Rows, question: &CoverageQuestion, answer: &mut Answer) -> Result<Vec<Group>, QueryError> {
    let (mut groups, mut currencies, mut without_cost) = (Vec::new(), BTreeSet::new(), 0);
    while let Some(rows) = rows.next().await? {
        for mut row in rows {
            let sums = row.split_off(row.len() - 9);
            let keys = row.split_off(8);
            let mut sums = sums.into_iter();
            let (list_cost, cost): (Money, Money) = (read(sums.next())?, read(sums.next())?);
            let (hours, normalized_hours, quantity) = (read(sums.next())?, read(sums.next())?, read(sums.next())?);
            let (charges, with_cost): (u64, u64) = (read(sums.next())?, read(sums.next())?);
            let (instance_charges, normalized_charges) = (read(sums.next())?, read(sums.next())?);
            if charges == 0 {
                continue;
            }
            without_cost += charges - with_cost;
            let is_inside = row[0] == Value::Flag(true);
            let mut fixed = row.into_iter().skip(1).map(text);
            let mut next = || fixed.next().flatten();
            let (time, currency, paid_by) = (time_of(question.granularity, next()), next(), paid_by(next())?);
            currencies.insert(currency.unwrap_or_else(|| "none".to_owned()));
            if !is_inside {
                let (before, so_far) = answer.straddling.unwrap_or_default();
                answer.straddling = Some((before + charges, so_far + cost));
                answer.has_cut_waste |= paid_by == PaidBy::Unused && !cost.is_zero();
                continue;
            }
            answer.charges += charges;
            let usage = Usage { charges, list_cost, cost, hours, normalized_hours, instance_charges, normalized_charges };
            let commitment = next().zip(next()).zip(next()).map(|((payer, period), id)| (payer, period, id));
            let account = parsed(Column::SubAccountId.info().name, next())?;
            let keys = keys.into_iter().map(key_of).collect();
            groups.push(Group { time, keys, paid_by, commitment, account, usage, quantity });
        }
    }
    if without_cost > 0 {
        return Err(QueryError::NoSuchCost { column: "cost before private discounts", charges: without_cost });
    }
    if currencies.len() > 1 {
        return Err(QueryError::MixedCurrencies { currencies: currencies.into_iter().collect() });
    }
    answer.currency = currencies.pop_first();
    Ok(groups)
}

/// An amount or a count; nothing when it is null.
fn read<T: FromStr + Default>(value: Option<Value>) -> Result<T, QueryError> {
    Ok(parsed("a sum", value.and_then(text))?.unwrap_or_default())
}

fn paid_by(word: Option<String>) -> Result<PaidBy, QueryError> {
    match word.as_deref() {
        Some("commitment") => Ok(PaidBy::Commitment),
        Some("commitment at no cost") => Ok(PaidBy::CommitmentAtNoCost),
        Some("commitment at no list price") => Ok(PaidBy::CommitmentAtNoListPrice),
        Some("unused") => Ok(PaidBy::Unused),
        Some("spot") => Ok(PaidBy::Spot),
        Some("spot at no list price") => Ok(PaidBy::UnpricedSpot),
        Some("on demand") => Ok(PaidBy::OnDemand),
        _ => Err(QueryError::Unreadable { column: "paid_by".to_owned(), value: word.unwrap_or_default() }),
    }
}

/// Who used each commitment in each period.
type Uses = BTreeMap<HeldKey, Vec<Use<Vec<Key>>>>;

fn uses(groups: &[Group]) -> Uses {
    let mut uses = Uses::new();
    let is_covered =
        |group: &&Group| matches!(group.paid_by, PaidBy::Commitment | PaidBy::CommitmentAtNoCost | PaidBy::CommitmentAtNoListPrice);
    for group in groups.iter().filter(is_covered) {
        if let Some(commitment) = &group.commitment {
            let one = Use { account: group.account.clone(), key: group.keys.clone(), quantity: group.quantity, cost: group.usage.cost };
            uses.entry(commitment.clone()).or_default().push(one);
        }
    }
    uses
}

/// Puts groups together by time and keys, what is unused with whoever is charged for it.
fn arrange(groups: Vec<Group>, uses: &Uses, answer: &mut Answer) {
    let mut cells: BTreeMap<(Option<Time>, Vec<Key>), Coverage> = BTreeMap::new();
    for group in groups {
        let has_waste = group.paid_by == PaidBy::Unused && !group.usage.cost.is_zero();
        answer.has_unplaced_waste |= has_waste && group.time == Some(Time::Longer);
        let shares =
            group.commitment.as_ref().filter(|_| has_waste).and_then(|commitment| share_out(group.usage.cost, uses.get(commitment)?));
        match shares {
            Some(shares) => {
                for share in shares {
                    let usage = Usage { cost: share.amount, ..Usage::default() };
                    cells.entry((group.time.clone(), share.key)).or_default().add(PaidBy::Unused, &usage);
                }
            }
            None => cells.entry((group.time, group.keys)).or_default().add(group.paid_by, &group.usage),
        }
    }
    answer.rows = cells.into_iter().map(|((time, keys), coverage)| Row { time, keys, coverage }).collect();
    for row in &answer.rows {
        answer.total.merge(&row.coverage);
    }
    answer.rows.sort_by(|a, b| {
        let size = |row: &Row| row.coverage.eligible_list_cost();
        a.time.cmp(&b.time).then(size(b).cmp(&size(a))).then_with(|| a.keys.cmp(&b.keys))
    });
}

/// Where it is read what usage does not tell what it is; none where the reports of all periods tell it.
fn untold_from(periods: &[&HeldPeriod], range: &Range) -> Option<Source> {
    let is_read = periods.iter().any(|period| period.record.kind == ReportKind::Focus);
    let in_detail = range.is_of_periods() && has_detail(periods, Granularity::Total, &[]);
    is_read.then_some(if in_detail { Source::Detail } else { Source::Charges })
}

/// Usage that tells no service code, or neither a usage type nor a meter: whether a commitment could cover it is not known.
async fn untold(engine: &Engine, range: &Range) -> Result<Option<(u64, Money)>, QueryError> {
    let (table, charges) = match untold_from(&touched(engine, range)?, range) {
        None => return Ok(None),
        Some(Source::Detail) => (DETAIL, sum(ident("rows"))),
        Some(Source::Charges) => ("charges", count(lit(1_i64))),
    };
    let touching = range.touching();
    let plan = move |planner: &Planner| {
        let column = |column: Column| ident(column.info().name);
        let untold = column(Column::ChargeCategory)
            .eq(lit("Usage"))
            .and(column(Column::CommitmentDiscountStatus).is_null())
            .and(column(Column::XServiceCode).is_null().or(column(Column::XUsageType).is_null().and(column(Column::SkuMeter).is_null())));
        let sums = vec![charges.alias("charges"), sum(column(Column::ListCost)).alias("list")];
        planner.table(table)?.filter(touching.and(untold)).and_then(|table| table.aggregate(Vec::new(), sums)).map_err(QueryError::planning)
    };
    let rows = super::gather::rows(engine, plan).await?;
    let counted = rows.first().map(|row| Ok::<_, QueryError>((row.count("charges")?, row.money("list")?))).transpose()?;
    Ok(counted.filter(|(charges, _)| *charges > 0))
}
