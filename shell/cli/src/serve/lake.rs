//! The bills of a home, as the server asks about them: the very questions of `tenor cost`, `coverage` and `commitments`.

use super::answers::{Answers, Asking};
use super::engines::Engines;
use super::refused::{question, refusal, slow};
use crate::context::Context;
use crate::{commitments, cost};
use async_trait::async_trait;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tenor_bill::BillingPeriod;
use tenor_cover::CommitmentId;
use tenor_cover::inventory::Commitment;
use tenor_lake::store::SnapshotMark;
use tenor_query::commitments as ask_commitments;
use tenor_query::cost as ask_cost;
use tenor_query::cost::{Bound, Grouping, Range, Time};
use tenor_query::{Engine, QueryError};
use tenor_serve::{
    CostAnswer, CostQuestion, CostRow, CoverageAnswer, CoverageQuestion, CoverageRow, Covered, Did, Granularity, Held, Key, Lake, Metric,
    Refusal, Utilization,
};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// So many questions are asked at once; the others wait for their turn. Each has threads and memory of its own.
const QUESTIONS_AT_ONCE: usize = 2;
/// So much room have answers about cost, and half of it each of the other kinds.
const ANSWER_BYTES_MAX: usize = 128 << 20;
/// About what a commitment takes: some thirty texts and sums.
const COMMITMENT_BYTES: usize = 2_048;

/// The bills of a home: as they are whenever something is asked, or as they were at a mark.
#[derive(Clone)]
pub(super) struct Bills {
    desk: Arc<Desk>,
    at: Option<SnapshotMark>,
}

/// What a question may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Memory for sorting, grouping and joining.
    pub(super) memory_bytes_max: usize,
    /// Time, once it is its turn.
    pub(super) time_max: Duration,
}

/// Where questions are asked, each once.
struct Desk {
    engines: Arc<Engines>,
    turns: Semaphore,
    time_max: Duration,
    costs: Answers<CostQuestion, CostAnswer>,
    coverages: Answers<CoverageQuestion, CoverageAnswer>,
    held: Answers<(), Held>,
    months: Answers<String, Months>,
    utilizations: Answers<(String, BillingPeriod), Utilization>,
}

/// A commitment in each billing period that knows of it.
type Months = Vec<(BillingPeriod, Commitment)>;

impl Bills {
    pub(super) fn new(context: &Context, limits: Limits) -> Self {
        let desk = Arc::new(Desk {
            engines: Engines::new(context.clone(), limits.memory_bytes_max),
            turns: Semaphore::new(QUESTIONS_AT_ONCE),
            time_max: limits.time_max,
            costs: Answers::new(ANSWER_BYTES_MAX, weight_of_cost),
            coverages: Answers::new(ANSWER_BYTES_MAX / 2, weight_of_coverage),
            held: Answers::new(ANSWER_BYTES_MAX / 2, |(), held| held.commitments.len() * COMMITMENT_BYTES),
            months: Answers::new(ANSWER_BYTES_MAX / 8, |id, months| id.len() + months.len() * COMMITMENT_BYTES),
            utilizations: Answers::new(ANSWER_BYTES_MAX / 8, weight_of_utilization),
        });
        Self { desk, at: None }
    }

    /// Which snapshot they are at.
    pub(super) async fn mark(&self) -> Result<SnapshotMark, Refusal> {
        match self.at {
            Some(mark) => Ok(mark),
            None => self.desk.engines.mark().await,
        }
    }

    /// The same bills as they were at a mark.
    pub(super) fn at(&self, mark: SnapshotMark) -> Self {
        Self { desk: Arc::clone(&self.desk), at: Some(mark) }
    }
}

impl Desk {
    /// Asks; and once more, over what there is then, when imports have moved files away meanwhile.
    async fn ask<Q, T>(
        &self,
        mark: SnapshotMark,
        question: &Q,
        ask: impl for<'a> Fn(&'a Engine, &'a Q) -> BoxFuture<'a, Result<T, QueryError>>,
    ) -> Result<T, Refusal> {
        let _turn = self.turns.acquire().await.expect("it is never closed");
        let work = async {
            let lent = self.engines.lend(mark).await?;
            let answer = ask(lent.engine(), question).await;
            let (lent, answer) = match answer {
                Err(error) if error.is_gone() => {
                    let lent = lent.again().await?;
                    let answer = ask(lent.engine(), question).await;
                    (lent, answer)
                }
                answer => (lent, answer),
            };
            let answer = answer.map_err(refusal);
            lent.back(&answer);
            answer
        };
        timeout(self.time_max, work).await.unwrap_or_else(|_| Err(slow(self.time_max)))
    }

    async fn cost(&self, mark: SnapshotMark, asked: &CostQuestion) -> Result<CostAnswer, Refusal> {
        let question = ask_cost::Question {
            by: groupings(&asked.by)?,
            metric: match asked.metric {
                Metric::Billed => ask_cost::Metric::Billed,
                Metric::Effective => ask_cost::Metric::Effective,
                Metric::List => ask_cost::Metric::List,
                Metric::Contracted => ask_cost::Metric::Contracted,
            },
            granularity: granularity(asked.granularity),
            range: range(asked.from.as_deref(), asked.to.as_deref())?,
            filter: asked.condition.clone(),
            top: asked.top,
        };
        let answer = self.ask(mark, &question, |engine, question| Box::pin(engine.cost(question))).await?;
        let row = |row: ask_cost::Row| CostRow { time: row.time.map(time), keys: row.keys.into_iter().map(key).collect(), cost: row.cost };
        Ok(CostAnswer {
            rows: answer.rows.into_iter().map(row).collect(),
            total: answer.total,
            currency: answer.currency,
            charges: answer.charges,
            straddling: answer.straddling,
        })
    }

    async fn coverage(&self, mark: SnapshotMark, asked: &CoverageQuestion) -> Result<CoverageAnswer, Refusal> {
        let question = ask_commitments::CoverageQuestion {
            by: groupings(&asked.by)?,
            granularity: granularity(asked.granularity),
            range: range(asked.from.as_deref(), asked.to.as_deref())?,
            discounts: ask_commitments::Included::Include,
            unused_to: ask_commitments::UnusedTo::Owner,
        };
        let answer = self.ask(mark, &question, |engine, question| Box::pin(engine.coverage(question))).await?;
        let is_by_month = question.granularity < ask_cost::Granularity::Day;
        let notes = notes(&answer, is_by_month);
        let (has_unplaced, has_cut) = (answer.has_unplaced_waste, answer.has_cut_waste);
        let row = |row: ask_commitments::Row| {
            let is_placed = !has_unplaced || is_by_month || !matches!(row.time, Some(Time::At(_)));
            let keys = row.keys.into_iter().map(key).collect();
            CoverageRow { time: row.time.map(time), keys, coverage: row.coverage, is_whole: is_placed && !has_cut }
        };
        let rows = answer.rows.into_iter().map(row).collect();
        Ok(CoverageAnswer { rows, total: answer.total, is_whole: !has_cut, currency: answer.currency, notes })
    }

    async fn commitments(&self, mark: SnapshotMark) -> Result<Held, Refusal> {
        let inventory = self.ask(mark, &ALL, |engine, range| Box::pin(engine.inventory(range))).await?;
        let whose = |payer: &str| if inventory.payers.len() > 1 { format!(" for payer {payer}") } else { String::new() };
        let partial = inventory.ends_early.iter().map(|early| {
            let (whose, day) = (whose(&early.payer), commitments::day_of(early.end));
            format!("The bill of {}{whose} ends on {day}: its figures are not all yet.", early.period)
        });
        Ok(Held {
            partial: partial.collect(),
            open: inventory.ends_early.iter().map(|early| early.period).collect(),
            absent: inventory.missing.iter().map(|(month, _)| *month).collect(),
            missing: inventory.missing.iter().map(|(month, payer)| format!("{month}{}", whose(payer))).collect(),
            notes: untold(&inventory.commitments),
            periods: inventory.periods,
            currency: inventory.currency,
            commitments: inventory.commitments,
        })
    }

    async fn commitment(&self, mark: SnapshotMark, id: &CommitmentId) -> Result<Months, Refusal> {
        self.ask(mark, id, |engine, id| Box::pin(engine.months_of(id, &ALL))).await
    }

    async fn utilization(&self, mark: SnapshotMark, id: &str, period: BillingPeriod) -> Result<Utilization, Refusal> {
        let month = period.to_string();
        let question = (CommitmentId(id.to_owned()), range(Some(&month), Some(&month))?);
        let (hours, covered) = self.ask(mark, &question, |engine, question| Box::pin(near(engine, question))).await?;
        let covered = covered.into_iter().map(|one| Covered {
            service: one.service,
            usage_type: one.usage_type,
            meter: one.meter,
            account: one.account.map(|account| account.to_string()),
            cost: one.cost,
            list_cost: one.list_cost,
        });
        let by_hour = hours.hours.iter().map(|(hour, of)| (*hour, did(of))).collect();
        Ok(Utilization { hours: by_hour, longer: did(&hours.longer), covered: covered.collect() })
    }
}

#[async_trait]
impl Lake for Bills {
    async fn now(&self) -> Result<Arc<dyn Lake>, Refusal> {
        Ok(Arc::new(self.at(self.mark().await?)))
    }

    async fn cost(&self, asked: &CostQuestion) -> Result<Arc<CostAnswer>, Refusal> {
        let mark = self.mark().await?;
        let (desk, question) = (Arc::clone(&self.desk), asked.clone());
        let ask = move || -> Asking<CostAnswer> { Box::pin(async move { desk.cost(mark, &question).await.map(Arc::new) }) };
        self.desk.costs.answer(mark, asked, ask).await
    }

    async fn snapshot(&self) -> Result<String, Refusal> {
        Ok(self.mark().await?.to_string())
    }

    async fn coverage(&self, asked: &CoverageQuestion) -> Result<Arc<CoverageAnswer>, Refusal> {
        let mark = self.mark().await?;
        let (desk, question) = (Arc::clone(&self.desk), asked.clone());
        let ask = move || -> Asking<CoverageAnswer> { Box::pin(async move { desk.coverage(mark, &question).await.map(Arc::new) }) };
        self.desk.coverages.answer(mark, asked, ask).await
    }

    async fn commitments(&self) -> Result<Arc<Held>, Refusal> {
        let mark = self.mark().await?;
        let desk = Arc::clone(&self.desk);
        let ask = move || -> Asking<Held> { Box::pin(async move { desk.commitments(mark).await.map(Arc::new) }) };
        self.desk.held.answer(mark, &(), ask).await
    }

    async fn commitment(&self, id: &str) -> Result<Arc<Months>, Refusal> {
        let mark = self.mark().await?;
        let (desk, id) = (Arc::clone(&self.desk), CommitmentId(id.to_owned()));
        let asked = id.0.clone();
        let ask = move || -> Asking<Months> { Box::pin(async move { desk.commitment(mark, &id).await.map(Arc::new) }) };
        self.desk.months.answer(mark, &asked, ask).await
    }

    async fn utilization(&self, id: &str, period: BillingPeriod) -> Result<Arc<Utilization>, Refusal> {
        let mark = self.mark().await?;
        let asked = (id.to_owned(), period);
        let (desk, question) = (Arc::clone(&self.desk), asked.clone());
        let ask =
            move || -> Asking<Utilization> { Box::pin(async move { desk.utilization(mark, &question.0, question.1).await.map(Arc::new) }) };
        self.desk.utilizations.answer(mark, &asked, ask).await
    }

    async fn is_readable(&self) -> Result<(), Refusal> {
        self.desk.engines.check().await
    }
}

fn weight_of_cost(asked: &CostQuestion, answer: &CostAnswer) -> usize {
    let question = weight_of_texts(&asked.by, [&asked.from, &asked.to, &asked.condition]);
    question + answer.rows.iter().map(|row| size_of::<CostRow>() + weight_of_keys(row.time.as_deref(), &row.keys)).sum::<usize>()
}

fn weight_of_coverage(asked: &CoverageQuestion, answer: &CoverageAnswer) -> usize {
    let question = weight_of_texts(&asked.by, [&asked.from, &asked.to, &None]);
    question + answer.rows.iter().map(|row| size_of::<CoverageRow>() + weight_of_keys(row.time.as_deref(), &row.keys)).sum::<usize>()
}

fn weight_of_utilization(asked: &(String, BillingPeriod), answer: &Utilization) -> usize {
    // A name has some fifty letters.
    asked.0.len() + answer.hours.len() * size_of::<(u64, Did)>() + answer.covered.len() * (size_of::<Covered>() + 150)
}

/// What stands in a question is anybody's, and as long as an address may be.
fn weight_of_texts(by: &[String], others: [&Option<String>; 3]) -> usize {
    by.iter().chain(others.into_iter().flatten()).map(|text| size_of::<String>() + text.len()).sum()
}

fn weight_of_keys(time: Option<&str>, keys: &[Key]) -> usize {
    let key = |key: &Key| size_of::<Key>() + if let Key::Value(value) = key { value.len() } else { 0 };
    time.map_or(0, str::len) + keys.iter().map(key).sum::<usize>()
}

const ALL: Range = Range { from: None, to: None };

/// A commitment's hours and what it covered, of one snapshot.
async fn near(
    engine: &Engine,
    (id, range): &(CommitmentId, Range),
) -> Result<(ask_commitments::Hours, Vec<ask_commitments::Covered>), QueryError> {
    Ok((engine.hours_of(id, range).await?, engine.covered_by(id, range).await?))
}

fn did(of: &ask_commitments::Did) -> Did {
    Did {
        used_cost: of.used_cost,
        unused_cost: of.unused_cost,
        list_cost: of.list_cost,
        hours: of.hours,
        normalized: of.normalized,
        quantity: of.quantity,
        unused: of.unused,
    }
}

fn groupings(by: &[String]) -> Result<Vec<Grouping>, Refusal> {
    let read =
        |by: &String| by.parse::<Grouping>().map_err(|error| question(error.to_string(), "name a word of `tenor cost --by`, or a column"));
    let by = by.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    cost::refuse_twice(by.iter().map(Grouping::name)).map_err(|refused| question(refused.to_string(), "name each grouping once"))?;
    Ok(by)
}

fn range(from: Option<&str>, to: Option<&str>) -> Result<Range, Refusal> {
    let hint = "write a month as 2018-10, or a day as 2018-10-31";
    let read = |text: Option<&str>| text.map(|text| text.parse::<Bound>().map_err(|error| question(error.to_string(), hint))).transpose();
    let range = Range { from: read(from)?, to: read(to)? };
    if range.is_backwards() { Err(question("the end is before the beginning".to_owned(), "both are included")) } else { Ok(range) }
}

const fn granularity(granularity: Granularity) -> ask_cost::Granularity {
    match granularity {
        Granularity::Total => ask_cost::Granularity::Total,
        Granularity::Month => ask_cost::Granularity::Month,
        Granularity::Day => ask_cost::Granularity::Day,
    }
}

fn time(time: Time) -> String {
    match time {
        Time::At(text) => text,
        Time::Longer => "longer than a day".to_owned(),
    }
}

fn key(key: ask_cost::Key) -> Key {
    match key {
        ask_cost::Key::Value(text) => Key::Value(text),
        ask_cost::Key::Nothing => Key::Nothing,
        ask_cost::Key::Other => Key::Other,
    }
}

/// What the bills do not tell of commitments, and of how many; as `tenor commitments` says it.
fn untold(commitments: &[Commitment]) -> Vec<String> {
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for name in commitments.iter().flat_map(|commitment| commitment.facts.unknown()) {
        *unknown.entry(name).or_default() += 1;
    }
    let names: Vec<_> = unknown.into_iter().map(|(name, commitments)| format!("{name} of {commitments}")).collect();
    let mut notes = Vec::new();
    if !names.is_empty() {
        notes.push(format!("The bills do not tell: {}.", names.join(", ")));
    }
    let no_cost = commitments.iter().filter(|commitment| commitment.sums.charges_without_cost > 0).count();
    if no_cost > 0 {
        notes.push(format!("No savings for {no_cost} commitments: covered usage lacks what the commitment cost."));
    }
    let no_list_price = commitments.iter().filter(|commitment| commitment.sums.charges_without_list_cost > 0).count();
    if no_list_price > 0 {
        notes.push(format!("No savings for {no_list_price} commitments: covered usage lacks its on-demand price."));
    }
    notes
}

/// What an answer about coverage leaves out.
fn notes(answer: &ask_commitments::Answer, is_by_month: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let currency = answer.currency.as_deref().unwrap_or_default();
    if answer.charges == 0 {
        notes.push("No charge is of usage that a commitment could cover.".to_owned());
    }
    if let Some((charges, cost)) = answer.straddling {
        notes.push(format!("Not counted in coverage: {charges} charges that lie only partly in that time, together {cost} {currency}."));
    }
    if let Some((charges, list_cost)) = answer.untold {
        notes.push(format!(
            "Not counted in coverage: {charges} charges of usage that do not tell what they are of, {list_cost} {currency} at list prices."
        ));
    }
    if answer.has_cut_waste {
        notes.push(
            "What is unused of reservations is billed by the month: a time not made of months shows no utilization and no savings."
                .to_owned(),
        );
    } else if answer.has_unplaced_waste && !is_by_month {
        notes.push("What is unused of reservations is billed by the month: days show no utilization and no savings.".to_owned());
    }
    if answer.total.charges_without_cost > 0 {
        notes.push(format!(
            "No utilization and no savings: {} covered charges lack what the commitment cost.",
            answer.total.charges_without_cost
        ));
    }
    if answer.total.charges_without_list_price > 0 {
        notes.push(format!(
            "No coverage and no savings: {} covered charges lack their on-demand price.",
            answer.total.charges_without_list_price
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::{Bills, Limits};
    use crate::context::Context;
    use crate::output::Format;
    use std::time::Duration;
    use tenor_serve::RefusalKind;

    fn bills(home: &std::path::Path, time_max: Duration) -> Bills {
        let context = Context::new(Some(home.to_owned()), Format::Table).unwrap();
        Bills::new(&context, Limits { memory_bytes_max: 64 << 20, time_max })
    }

    #[tokio::test]
    async fn a_question_that_takes_too_long_is_given_up_and_says_so() {
        let home = tempfile::tempdir().unwrap();
        let bills = bills(home.path(), Duration::from_millis(20));
        let mark = bills.mark().await.unwrap();
        let slow = bills.desk.ask(mark, &(), |_, ()| Box::pin(futures::future::pending::<Result<(), _>>())).await.unwrap_err();
        assert_eq!((slow.kind, slow.message.as_str()), (RefusalKind::Slow, "there was no answer within 0 seconds"));
    }

    #[tokio::test]
    async fn what_is_asked_of_bills_as_they_were_is_of_that_mark() {
        let home = tempfile::tempdir().unwrap();
        let bills = bills(home.path(), Duration::from_secs(50));
        let mark = bills.mark().await.unwrap();
        std::fs::create_dir(home.path().join("lake")).unwrap();
        std::fs::write(home.path().join("lake/exchange.json"), "").unwrap();
        assert_ne!(bills.mark().await.unwrap(), mark);
        assert_eq!(bills.at(mark).mark().await.unwrap(), mark);
    }
}
