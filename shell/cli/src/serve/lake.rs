//! The bills of a home, as the server asks about them: the very questions of `tenor cost`, `coverage` and `commitments`.

mod reading;
#[cfg(test)]
mod tests;
mod told;
mod weights;

use super::answers::{Answers, Asking};
use super::engines::Engines;
use super::front::Front;
use super::refused::{failed, not_kept, question, refusal, slow};
use crate::context::Context;
use crate::{commitments, cost};
use async_trait::async_trait;
use futures::future::{BoxFuture, ready};
use reading::Place;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenor_bill::BillingPeriod;
use tenor_cover::CommitmentId;
use tenor_cover::inventory::Commitment;
use tenor_lake::store::SnapshotMark;
use tenor_query::commitments as ask_commitments;
use tenor_query::commitments::Shown;
use tenor_query::cost as ask_cost;
use tenor_query::cost::{Bound, Grouping, Range, Time};
use tenor_query::{Engine, QueryError};
use tenor_serve::{
    CostAnswer, CostQuestion, CostRow, CoverageAnswer, CoverageQuestion, CoverageRow, Covered, Did, Granularity, Held, Key, Lake, Metric,
    Refusal, RefusalKind, Utilization, is_answered,
};
use tokio::sync::Semaphore;
use tokio::time::{Interval, timeout};
use told::{notes, untold};
use weights::{weight_of_cost, weight_of_coverage, weight_of_utilization};

/// So many questions that read charges are asked at once; the others wait for their turn. Each has memory of its own and threads for all cores: most
/// of the time it is alone. With one at a time a short one would wait for the longest; with three each would take three times as long.
const QUESTIONS_AT_ONCE: usize = 2;
/// So many beside them that roll-ups alone answer: they take a moment, and wait for none of the others.
const QUICK_AT_ONCE: usize = 2;
/// So much room have answers about cost, and half of it each of the other kinds.
const ANSWER_BYTES_MAX: usize = 128 << 20;
/// About what a commitment takes: some thirty texts and sums.
const COMMITMENT_BYTES: usize = 2_048;

/// The bills of a home: as they are whenever something is asked, or as they were at a mark.
#[derive(Clone)]
pub(super) struct Bills {
    desk: Arc<Desk>,
    at: At,
}

/// Of which snapshot answers are.
#[derive(Debug, Clone, Copy)]
enum At {
    Now,
    Mark(SnapshotMark),
    /// What was answered of this one, and nothing else.
    Kept(SnapshotMark),
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
    quick: Semaphore,
    time_max: Duration,
    front: Front,
    costs: Answers<CostQuestion, CostAnswer>,
    coverages: Answers<CoverageQuestion, CoverageAnswer>,
    held: Answers<(), Held>,
    /// It keeps nothing, and has who asks at once wait for one reading.
    shown: Answers<(), Shown>,
    /// What was read last.
    read: Place,
    utilizations: Answers<(String, BillingPeriod), Utilization>,
}

/// A commitment in each billing period that knows of it.
type Months = Vec<(BillingPeriod, Commitment)>;

impl Bills {
    pub(super) fn new(context: &Context, limits: Limits) -> Self {
        let desk = Arc::new(Desk {
            engines: Engines::new(context.clone(), limits.memory_bytes_max),
            turns: Semaphore::new(QUESTIONS_AT_ONCE),
            quick: Semaphore::new(QUICK_AT_ONCE),
            time_max: limits.time_max,
            front: Front::default(),
            costs: Answers::new(ANSWER_BYTES_MAX, weight_of_cost),
            coverages: Answers::new(ANSWER_BYTES_MAX / 2, weight_of_coverage),
            held: Answers::new(ANSWER_BYTES_MAX / 2, |(), held| held.commitments.len() * COMMITMENT_BYTES),
            shown: Answers::new(0, |(), _| 1),
            read: Place::default(),
            utilizations: Answers::new(ANSWER_BYTES_MAX / 8, weight_of_utilization),
        });
        Self { desk, at: At::Now }
    }

    /// Which snapshot they are at.
    pub(super) async fn mark(&self) -> Result<SnapshotMark, Refusal> {
        match self.at {
            At::Mark(mark) | At::Kept(mark) => Ok(mark),
            At::Now => self.desk.engines.mark().await,
        }
    }

    /// Which snapshot there is now, for whoever goes on looking.
    pub(super) async fn look(&self) -> Result<SnapshotMark, Refusal> {
        let mark = self.desk.engines.look().await?;
        // From now on the one before stands in for it, if at all.
        self.desk.front.seen(mark, Instant::now());
        Ok(mark)
    }

    /// What the first pages ask of a snapshot was asked.
    pub(super) async fn answered(&self, mark: SnapshotMark) {
        // What cannot be looked at may have passed.
        if let Ok(now) = self.look().await {
            self.desk.front.answered(mark, now);
        }
    }

    /// Until there is another snapshot than that.
    pub(super) async fn passed(&self, mark: SnapshotMark, every: &mut Interval) {
        loop {
            every.tick().await;
            if self.look().await.is_ok_and(|now| now != mark) {
                return;
            }
        }
    }

    /// Asks a question that is one by itself: of the bills as they are now it has an answer although an import comes in between, of those there are then.
    async fn asked<A, F: Future<Output = Result<A, Refusal>>>(&self, ask: impl Fn(SnapshotMark) -> F) -> Result<A, Refusal> {
        match ask(self.mark().await?).await {
            Err(Refusal { kind: RefusalKind::Moved, .. }) if matches!(self.at, At::Now) => ask(self.mark().await?).await,
            answer => answer,
        }
    }

    /// The same bills as they were at a mark.
    pub(super) fn at(&self, mark: SnapshotMark) -> Self {
        Self { desk: Arc::clone(&self.desk), at: At::Mark(mark) }
    }

    /// The answer that is kept, where no other is wanted.
    fn only_kept<Q: Clone + Eq + Hash, A: 'static>(&self, answers: &Answers<Q, A>, asked: &Q) -> Option<Result<Arc<A>, Refusal>> {
        let At::Kept(mark) = self.at else { return None };
        Some(answers.kept(mark, asked).ok_or_else(not_kept))
    }
}

impl Desk {
    /// Asks; and once more when files were moved away meanwhile. Where that was an import, the question is refused as moved: it would be answered of
    /// other bills than whoever asks has other answers of.
    async fn ask<Q, T>(
        &self,
        turns: &Semaphore,
        mark: SnapshotMark,
        question: &Q,
        ask: impl for<'a> Fn(&'a Engine, &'a Q) -> BoxFuture<'a, Result<T, QueryError>>,
    ) -> Result<T, Refusal> {
        let _turn = turns.acquire().await.expect("it is never closed");
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
        // What it is answered by is told without reading anything.
        let is_quick = self.ask(&self.quick, mark, &question, |engine, question| Box::pin(engine.is_quick(question))).await?;
        let turns = if is_quick { &self.quick } else { &self.turns };
        let answer = self.ask(turns, mark, &question, |engine, question| Box::pin(engine.cost(question))).await?;
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
        let is_quick = self.ask(&self.quick, mark, &question, |engine, question| Box::pin(ready(engine.coverage_is_quick(question))));
        let turns = if is_quick.await? { &self.quick } else { &self.turns };
        let answer = self.ask(turns, mark, &question, |engine, question| Box::pin(engine.coverage(question))).await?;
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

    /// What the bills show of commitments. Periods that an import left as they were are not read again.
    async fn shown(self: &Arc<Self>, mark: SnapshotMark) -> Result<Arc<Shown>, Refusal> {
        if let Some(shown) = self.read.whole(mark) {
            return Ok(shown);
        }
        let desk = Arc::clone(self);
        let ask = move || -> Asking<Shown> { Box::pin(async move { desk.read_shown(mark).await }) };
        self.shown.answer(mark, &(), ask).await
    }

    async fn read_shown(&self, mark: SnapshotMark) -> Result<Arc<Shown>, Refusal> {
        let reading = self.read.begin();
        let ask = self.ask(&self.turns, mark, &reading, |engine, reading| Box::pin(reading.shown(engine)));
        let shown = Arc::new(ask.await?);
        reading.keep(Some(mark), &shown);
        Ok(shown)
    }

    async fn commitments(self: &Arc<Self>, mark: SnapshotMark) -> Result<Held, Refusal> {
        let shown = self.shown(mark).await?;
        // Thousands of commitments over years are added up where nobody else waits.
        let inventory = tokio::task::spawn_blocking(move || shown.inventory()).await.map_err(|error| failed(error.to_string()))?;
        let inventory = inventory.map_err(refusal)?;
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

    async fn utilization(&self, mark: SnapshotMark, id: &str, period: BillingPeriod) -> Result<Utilization, Refusal> {
        let month = period.to_string();
        let question = (CommitmentId(id.to_owned()), range(Some(&month), Some(&month))?);
        let ask = self.ask(&self.turns, mark, &question, |engine, question| Box::pin(engine.use_of(&question.0, &question.1)));
        let ask_commitments::Use { hours, covered } = ask.await?;
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

    async fn before(&self) -> Option<Arc<dyn Lake>> {
        let mark = self.mark().await.ok()?;
        // Its own answers may be there before the last of what is asked ahead is.
        if is_answered(&Self { desk: Arc::clone(&self.desk), at: At::Kept(mark) }).await {
            return None;
        }
        let before = self.desk.front.before(mark, Instant::now())?;
        Some(Arc::new(Self { desk: Arc::clone(&self.desk), at: At::Kept(before) }))
    }

    async fn cost(&self, asked: &CostQuestion) -> Result<Arc<CostAnswer>, Refusal> {
        if let Some(kept) = self.only_kept(&self.desk.costs, asked) {
            return kept;
        }
        let ask = |mark| {
            let (desk, question) = (Arc::clone(&self.desk), asked.clone());
            let ask = move || -> Asking<CostAnswer> { Box::pin(async move { desk.cost(mark, &question).await.map(Arc::new) }) };
            self.desk.costs.answer(mark, asked, ask)
        };
        self.asked(ask).await
    }

    async fn snapshot(&self) -> Result<String, Refusal> {
        Ok(self.mark().await?.to_string())
    }

    async fn coverage(&self, asked: &CoverageQuestion) -> Result<Arc<CoverageAnswer>, Refusal> {
        if let Some(kept) = self.only_kept(&self.desk.coverages, asked) {
            return kept;
        }
        let ask = |mark| {
            let (desk, question) = (Arc::clone(&self.desk), asked.clone());
            let ask = move || -> Asking<CoverageAnswer> { Box::pin(async move { desk.coverage(mark, &question).await.map(Arc::new) }) };
            self.desk.coverages.answer(mark, asked, ask)
        };
        self.asked(ask).await
    }

    async fn commitments(&self) -> Result<Arc<Held>, Refusal> {
        if let Some(kept) = self.only_kept(&self.desk.held, &()) {
            return kept;
        }
        let ask = |mark| {
            let desk = Arc::clone(&self.desk);
            let ask = move || -> Asking<Held> { Box::pin(async move { desk.commitments(mark).await.map(Arc::new) }) };
            self.desk.held.answer(mark, &(), ask)
        };
        self.asked(ask).await
    }

    async fn commitment(&self, id: &str) -> Result<Arc<Months>, Refusal> {
        if matches!(self.at, At::Kept(_)) {
            return Err(not_kept());
        }
        let shown = self.asked(|mark| self.desk.shown(mark)).await?;
        Ok(Arc::new(shown.months_of(&CommitmentId(id.to_owned()))))
    }

    async fn utilization(&self, id: &str, period: BillingPeriod) -> Result<Arc<Utilization>, Refusal> {
        let asked = (id.to_owned(), period);
        if let Some(kept) = self.only_kept(&self.desk.utilizations, &asked) {
            return kept;
        }
        let ask = |mark| {
            let (desk, question) = (Arc::clone(&self.desk), asked.clone());
            let ask = move || -> Asking<Utilization> {
                Box::pin(async move { desk.utilization(mark, &question.0, question.1).await.map(Arc::new) })
            };
            self.desk.utilizations.answer(mark, &asked, ask)
        };
        self.asked(ask).await
    }

    async fn is_readable(&self) -> Result<(), Refusal> {
        self.desk.engines.check().await
    }
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
