//! What roll-ups by month answer is what the charges do, to the last digit.

use crate::cost::{ask, question};
use crate::lake::{Charge, Lake, detail_batch, run, tell, write};
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;
use tenor_lake::store::{ReportKind, TimeUnit};
use tenor_money::Money;
use tenor_query::commitments::{CoverageQuestion, Included, UnusedTo};
use tenor_query::cost::{Answer, Granularity, Range};
use tenor_query::{Engine, Options};

/// Columns and the texts that a charge may have there.
const TEXTS: [(&str, &[&str]); 16] = [
    ("SubAccountId", &["222", "333"]),
    ("ServiceName", &["EC2", "S3"]),
    ("RegionId", &["us-east-1", "eu-west-1"]),
    ("x_ServiceCode", &["AmazonEC2", "AmazonS3", "AmazonRDS"]),
    ("x_UsageType", &["BoxUsage:m5.large", "BoxUsage:c5.xlarge", "TimedStorage-ByteHrs", "InstanceUsage:db.r5.large"]),
    ("x_Operation", &["RunInstances", "RunInstances:0002"]),
    ("x_InstanceType", &["m5.large", "r5.xlarge"]),
    ("SkuMeter", &["BoxUsage:m6i.large", "Requests-Tier1"]),
    ("x_InstanceFamily", &["General purpose", "Compute optimized"]),
    ("x_SavingsPlanInstanceTypeFamily", &["m5", "c5"]),
    ("ChargeClass", &["Correction"]),
    ("x_LineItemType", &["Usage", "DiscountedUsage"]),
    ("PricingCategory", &["Standard", "Dynamic", "Committed"]),
    ("CommitmentDiscountId", &["ri-1", "sp-1"]),
    ("CommitmentDiscountCategory", &["Usage", "Spend"]),
    ("CommitmentDiscountStatus", &["Used", "Unused"]),
];

const AMOUNTS: [&str; 13] = [
    "EffectiveCost",
    "ListCost",
    "x_UnblendedCost",
    "x_PublicOnDemandCost",
    "ConsumedQuantity",
    "x_NormalizedUsageAmount",
    "CommitmentDiscountQuantity",
    "x_SavingsPlanEffectiveCost",
    "x_ReservationEffectiveCost",
    "x_SavingsPlanTotalCommitment",
    "x_SavingsPlanUsedCommitment",
    "x_ReservationUnusedAmortizedUpfrontFee",
    "x_ReservationUnusedRecurringFee",
];

fn any_charge() -> impl Strategy<Value = Charge> {
    let texts: Vec<_> = TEXTS.iter().map(|(_, values)| prop::option::weighted(0.8, prop::sample::select(*values))).collect();
    // Around nothing, and around what a list cost that costs is.
    let units = prop_oneof![Just(0_i64), 999_999_i64..1_000_002, any::<i32>().prop_map(i64::from)];
    let amounts = prop::collection::vec(prop::option::weighted(0.8, units), AMOUNTS.len());
    let text = |units: i64| Money::from_units(units.into()).to_string();
    (1_u8..4, prop::sample::select(vec!["Usage", "Usage", "Usage", "Purchase"]), any::<i32>(), texts, amounts).prop_map(
        move |(day, category, billed, texts, amounts)| {
            let fixed = [
                ("ChargePeriodStart", format!("2018-10-{day:02}T00:00:00Z")),
                ("ChargePeriodEnd", format!("2018-10-{day:02}T01:00:00Z")),
                ("ChargeCategory", category.to_owned()),
                ("BillingCurrency", "USD".to_owned()),
                ("BilledCost", text(billed.into())),
            ];
            let texts = TEXTS.iter().zip(texts).filter_map(|((name, _), value)| Some((*name, value?.to_owned())));
            let amounts = AMOUNTS.iter().zip(amounts).filter_map(|(name, units)| Some((*name, text(units?))));
            fixed.into_iter().chain(texts).chain(amounts).map(|(name, value)| (name.to_owned(), value)).collect::<Charge>()
        },
    )
}

/// Two months of two payers.
fn lake(charges: &[Charge]) -> Lake {
    let (some, others) = charges.split_at(charges.len() / 2);
    Lake::empty().with_charges("111", "2018-10", TimeUnit::Hour, some).with_charges("222", "2018-11", TimeUnit::Hour, others)
}

/// The same as FOCUS tells it, which has no line items, with another currency in the second month.
fn of_focus(charges: &[Charge]) -> Lake {
    let (some, others) = charges.split_at(charges.len() / 2);
    let mut others = others.to_vec();
    others.iter_mut().for_each(|charge| drop(charge.insert("BillingCurrency".to_owned(), "CNY".to_owned())));
    let mut all = [some.to_vec(), others];
    all.iter_mut().flatten().for_each(|charge| drop(charge.remove("x_LineItemType")));
    let mut lake =
        Lake::empty().with_charges("111", "2018-10", TimeUnit::Hour, &all[0]).with_charges("222", "2018-11", TimeUnit::Hour, &all[1]);
    lake.snapshot.periods.iter_mut().for_each(|period| period.record.kind = ReportKind::Focus);
    lake
}

/// The same without roll-ups.
fn without(lake: &Lake) -> Lake {
    let mut without = Lake::empty();
    without.snapshot = lake.snapshot.clone();
    for period in &mut without.snapshot.periods {
        (period.rollup, period.detail) = (None, None);
    }
    without
}

fn coverage(lake: &Lake, question: &CoverageQuestion) -> String {
    run(lake.engine().coverage(question)).map_or_else(|error| tell(&error), |answer| format!("{answer:#?}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn costs_by_what_was_used_are_those_of_the_charges(charges in prop::collection::vec(any_charge(), 2..30), top in 0_usize..4) {
        let lake = lake(&charges);
        let without = without(&lake);
        // What narrows comes last.
        let questions = [
            ("by usage-type", ""),
            ("by family month", ""),
            ("by operation,instance-type", "where x_ServiceCode = 'AmazonEC2'"),
            ("by usage-type month", "where RegionId = 'us-east-1' and CommitmentDiscountId is null"),
            ("by SkuMeter,commitment", ""),
            ("by x_InstanceFamily,x_SavingsPlanInstanceTypeFamily,ChargeClass", ""),
            ("by service month from 2018-10 to 2018-10", "where x_UsageType <> 'TimedStorage-ByteHrs'"),
        ];
        for (words, filter) in questions {
            for text in [format!("{words} {filter}"), format!("{words} top {top} {filter}")] {
                let (answer, scanned) = (ask(&lake, &text).unwrap(), ask(&without, &text).unwrap());
                prop_assert!(answer.from_rollups && !scanned.from_rollups, "{}", text);
                prop_assert_eq!(Answer { from_rollups: false, ..answer }, scanned, "{}", text);
            }
        }
    }

    #[test]
    fn what_focus_tells_of_two_currencies_is_that_of_the_charges(charges in prop::collection::vec(any_charge(), 2..30)) {
        let lake = of_focus(&charges);
        let without = without(&lake);
        let asked = |lake: &Lake, text: &str| {
            let answer = ask(lake, text).map(|answer| Answer { from_rollups: false, ..answer });
            answer.map_or_else(|error| tell(&error), |answer| format!("{answer:#?}"))
        };
        for text in ["by usage-type", "by family month from 2018-10 to 2018-10", "list by operation to 2018-10"] {
            prop_assert_eq!(asked(&lake, text), asked(&without, text), "{}", text);
        }
        prop_assert!(ask(&lake, "by usage-type from 2018-11").unwrap().from_rollups);
        for range in [("", ""), ("", "2018-10"), ("2018-11", "")] {
            let range = Range { from: range.0.parse().ok(), to: range.1.parse().ok() };
            let (granularity, discounts, unused_to) = (Granularity::Month, Included::Include, UnusedTo::Beneficiaries);
            let question = CoverageQuestion { by: vec!["family".parse().unwrap()], granularity, range, discounts, unused_to };
            prop_assert_eq!(coverage(&lake, &question), coverage(&without, &question));
        }
    }

    #[test]
    fn coverage_by_month_is_that_of_the_charges(
        charges in prop::collection::vec(any_charge(), 2..30),
        discounts in prop::sample::select(vec![Included::Include, Included::Exclude]),
        unused_to in prop::sample::select(vec![UnusedTo::Owner, UnusedTo::Beneficiaries]),
        granularity in prop::sample::select(vec![Granularity::Total, Granularity::Month, Granularity::Day]),
        range in prop::sample::select(vec![("", ""), ("2018-10", "2018-10"), ("", "2018-11"), ("2018-10-01", "2018-10-02")]),
    ) {
        let lake = lake(&charges);
        let without = without(&lake);
        let range = Range { from: range.0.parse().ok(), to: range.1.parse().ok() };
        for by in ["", "service", "account", "region", "family", "commitment", "usage-type,operation", "ServiceName,x_payer"] {
            let by = by.split(',').filter(|by| !by.is_empty()).map(|by| by.parse().unwrap()).collect();
            let question = CoverageQuestion { by, granularity, range, discounts, unused_to };
            prop_assert_eq!(coverage(&lake, &question), coverage(&without, &question));
        }
    }
}

#[test]
fn coverage_that_roll_ups_by_month_answer_is_known_to_be_quick() {
    let lake = Lake::sample();
    let question = |granularity, by: &[&str]| CoverageQuestion {
        by: by.iter().map(|by| by.parse().unwrap()).collect(),
        granularity,
        range: Range::default(),
        discounts: Included::Include,
        unused_to: UnusedTo::Owner,
    };
    let is_quick = |lake: &Lake, question: &CoverageQuestion| lake.engine().coverage_is_quick(question).unwrap();
    let by_month = question(Granularity::Month, &["family"]);
    assert!(is_quick(&lake, &by_month));
    assert!(!is_quick(&lake, &question(Granularity::Day, &[])));
    assert!(!is_quick(&lake, &question(Granularity::Month, &["tag:Team"])));
    assert!(!is_quick(&without(&lake), &by_month));
}

/// A month of one instance, held without its charges.
fn rolled_up() -> Lake {
    let mut lake = Lake::empty().with(
        "111",
        "2018-10",
        TimeUnit::Hour,
        "
        when          | ChargeCategory | ServiceName | x_ServiceCode | x_UsageType       | ConsumedQuantity | ListCost | EffectiveCost | BilledCost
        2018-10-01T00 | Usage          | EC2         | AmazonEC2     | BoxUsage:m5.large | 1                | 0.1      | 0.1           | 0.1
        2018-10-01T01 | Usage          | EC2         | AmazonEC2     | BoxUsage:m5.large | 1                | 0.1      | 0.1           | 0.1
        ",
    );
    lake.snapshot.periods[0].charges = vec![PathBuf::from("/nowhere/1-000.parquet")];
    lake
}

#[test]
fn questions_about_whole_months_need_no_charges() {
    let lake = rolled_up();
    let answer = ask(&lake, "by usage-type,family month").unwrap();
    assert_eq!((answer.total.to_string().as_str(), answer.charges), ("0.2", 2));
    let question = |granularity| CoverageQuestion {
        by: vec!["family".parse().unwrap()],
        granularity,
        range: Range::default(),
        discounts: Included::Include,
        unused_to: UnusedTo::Beneficiaries,
    };
    let answer = run(lake.engine().coverage(&question(Granularity::Month))).unwrap();
    assert_eq!((answer.charges, answer.total.eligible_list_cost().to_string().as_str()), (2, "0.2"));
    assert!(run(lake.engine().coverage(&question(Granularity::Hour))).is_err(), "hours are in the charges alone");
}

#[test]
fn a_period_of_before_sends_only_what_needs_it_to_the_charges() {
    let mut lake = Lake::sample();
    lake.snapshot.periods[0].detail = None;
    assert!(!ask(&lake, "by usage-type").unwrap().from_rollups);
    assert!(ask(&lake, "by usage-type from 2018-11").unwrap().from_rollups);
    assert!(ask(&lake, "by service").unwrap().from_rollups);
}

#[test]
fn of_two_roll_ups_that_tell_it_the_smaller_answers() {
    // A file that is read and is no roll-up would be an error.
    let large = vec![0; 1 << 20];
    let by_month = rolled_up();
    fs::write(by_month.snapshot.periods[0].rollup.as_ref().unwrap(), &large).unwrap();
    let by_day = rolled_up();
    fs::write(by_day.snapshot.periods[0].detail.as_ref().unwrap(), &large).unwrap();
    for lake in [by_month, by_day] {
        let answer = ask(&lake, "by service month").unwrap();
        assert_eq!((answer.total.to_string().as_str(), answer.from_rollups), ("0.2", true));
    }
}

#[test]
fn a_roll_up_that_lacks_a_column_is_refused_and_not_read_as_nothing() {
    let lake = rolled_up();
    let file = lake.snapshot.periods[0].detail.clone().unwrap();
    let whole = detail_batch(&[]);
    let columns: Vec<_> = (0..whole.num_columns()).filter(|at| whole.schema().field(*at).name() != "NormalizedQuantity").collect();
    write(&file, &whole.project(&columns).unwrap());
    let error = tell(&ask(&lake, "by usage-type").unwrap_err());
    assert!(error.contains("has no column NormalizedQuantity"), "{error}");
}

#[test]
fn more_groups_than_are_held_at_once_are_folded_before_with_the_same_figures() {
    let lake = Lake::sample();
    for text in ["by service top 1", "by service month top 1", "by usage-type,service top 2", "by service day top 1"] {
        let told = [0, 2, 50_000].map(|at_once_groups_max| {
            let options = Options { threads: 2, at_once_groups_max, ..Options::default() };
            let engine = Engine::open(&lake.snapshot, &options).unwrap();
            run(engine.cost(&question(text))).unwrap()
        });
        assert_eq!(told[0], told[2], "{text}");
        assert_eq!(told[1], told[2], "{text}");
    }
}
