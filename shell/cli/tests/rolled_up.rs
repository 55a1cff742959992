//! What the roll-ups of whole bills answer, with every kind of commitment, credits and split costs, is what their charges do.

use crate::ran::tenor;
use std::path::Path;
use tenor_lake::store::{HeldPeriod, Lake, Snapshot};
use tenor_query::commitments::{CoverageQuestion, Included, UnusedTo};
use tenor_query::cost::{Answer, Granularity, Grouping, Metric, Question, Range};
use tenor_query::{Engine, Options};
use tenor_sandbox::{BillRequest, Format, write_bill};
use tenor_testkit::shared;

const METRICS: [Metric; 5] = [Metric::Billed, Metric::Effective, Metric::List, Metric::Contracted, Metric::Unblended];
const GROUPINGS: [&str; 7] = ["usage-type", "operation", "instance-type", "family", "commitment", "service", "usage-type,account"];
const COVERAGES: [&str; 7] = ["", "service", "account", "region", "family", "commitment", "usage-type"];

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}

fn engine(snapshot: &Snapshot) -> Engine {
    Engine::open(snapshot, &Options { threads: 2, ..Options::default() }).unwrap()
}

/// An answer without where it came from, or the error.
fn cost(engine: &Engine, question: &Question) -> (bool, String) {
    match block_on(engine.cost(question)) {
        Ok(answer) => (answer.from_rollups, format!("{:?}", Answer { from_rollups: false, ..answer })),
        Err(error) => (false, error.to_string()),
    }
}

/// Imports a bill and asks each question with roll-ups and without. Gives how many questions of cost roll-ups answered.
fn agreed(bill: &Path) -> usize {
    let home = tempfile::tempdir().unwrap();
    let ran = tenor(home.path(), [Path::new("import"), bill]);
    assert!(ran.0.status.success(), "{ran}");
    let with = Lake::open(home.path().join("lake")).unwrap().snapshot().unwrap();
    let is_fault = |period: &HeldPeriod| period.record.residuals.iter().any(|left| left.meaning.contains("import fault"));
    assert!(with.periods.iter().all(|period| period.rollup.is_some() && period.detail.is_some() && !is_fault(period)));
    let mut without = with.clone();
    without.periods.iter_mut().for_each(|period| (period.rollup, period.detail) = (None, None));
    let (with, without) = (engine(&with), engine(&without));
    let by = |text: &str| -> Vec<Grouping> { text.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().unwrap()).collect() };
    let (range, granularity) = (Range::default(), Granularity::Month);
    let mut answered = 0;
    for metric in METRICS {
        for grouping in GROUPINGS {
            let question = Question { by: by(grouping), metric, granularity, range, filter: None, top: None };
            let (from_rollups, told) = cost(&with, &question);
            assert_eq!(told, cost(&without, &question).1, "{metric:?} by {grouping}");
            answered += usize::from(from_rollups);
        }
    }
    for discounts in [Included::Include, Included::Exclude] {
        for grouping in COVERAGES {
            let question = CoverageQuestion { by: by(grouping), granularity, range, discounts, unused_to: UnusedTo::Beneficiaries };
            let told =
                |engine: &Engine| block_on(engine.coverage(&question)).map_or_else(|e| e.to_string(), |answer| format!("{answer:?}"));
            assert_eq!(told(&with), told(&without), "coverage by {grouping}");
        }
    }
    answered
}

fn simulated(format: Format) -> usize {
    let folder = tempfile::tempdir().unwrap();
    write_bill(&BillRequest { discount_percent: Some(10), split: true, ..BillRequest::small(format) }, folder.path()).unwrap();
    agreed(folder.path())
}

#[test]
fn what_roll_ups_tell_of_a_simulated_legacy_bill_is_what_its_charges_do() {
    assert_eq!(simulated(Format::LegacyCsv), METRICS.len() * GROUPINGS.len());
}

#[test]
fn what_roll_ups_tell_of_a_simulated_cur_2_bill_is_what_its_charges_do() {
    assert_eq!(simulated(Format::Cur2Parquet), METRICS.len() * GROUPINGS.len());
}

#[test]
fn what_roll_ups_tell_of_a_simulated_focus_bill_is_what_its_charges_do() {
    // Of FOCUS they tell billed and effective cost: of the others not whether each charge has them.
    assert_eq!(simulated(Format::FocusParquet), 2 * GROUPINGS.len());
}

#[test]
fn what_roll_ups_tell_of_real_bills_is_what_their_charges_do() {
    for name in ["cur/legacy-2018", "cur/cur2-2026-04"] {
        let Some(bill) = shared::path(&format!("data/{name}")) else { return };
        assert!(agreed(&bill) >= 2 * GROUPINGS.len());
    }
}
