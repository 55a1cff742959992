//! What holds of every cost answer: rows add up to the total, and roll-ups agree with the charges.

use crate::cost::ask;
use crate::lake::{Charge, Lake};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tenor_lake::store::TimeUnit;
use tenor_money::Money;
use tenor_query::cost::{Answer, Time};

fn any_charge() -> impl Strategy<Value = Charge> {
    let when = prop_oneof![
        (1_i32..4, 0_i32..3)
            .prop_map(|(day, hour)| (format!("2018-10-{day:02}T{hour:02}:00:00Z"), format!("2018-10-{day:02}T{:02}:00:00Z", hour + 1))),
        (1_i32..4).prop_map(|day| (format!("2018-10-{day:02}T00:00:00Z"), format!("2018-10-{:02}T00:00:00Z", day + 1))),
        Just(("2018-10-01T00:00:00Z".to_owned(), "2018-11-01T00:00:00Z".to_owned())),
        Just(("2018-10-02T23:30:00Z".to_owned(), "2018-10-03T00:30:00Z".to_owned())),
        // Of no length, of several days, on another month's bill.
        (1_i32..4).prop_map(|day| (format!("2018-10-{day:02}T00:00:00Z"), format!("2018-10-{day:02}T00:00:00Z"))),
        Just(("2018-10-02T00:00:00Z".to_owned(), "2018-10-04T00:00:00Z".to_owned())),
        (28_i32..31).prop_map(|day| (format!("2018-09-{day:02}T05:00:00Z"), format!("2018-09-{day:02}T06:00:00Z"))),
        Just(("2018-01-01T00:00:00Z".to_owned(), "2019-01-01T00:00:00Z".to_owned())),
    ];
    let text = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let amount = any::<i64>().prop_map(|units| Some(Money::from_units(units.into()).to_string()));
    (
        when,
        text(&["EC2", "S3", "RDS"]),
        text(&["us-east-1", "eu-west-1"]),
        text(&["{\"Team\":\"a\"}", "{\"Team\":\"b\"}", "{}"]),
        amount.clone(),
        amount,
    )
        .prop_map(|((start, end), service, region, tags, billed, effective)| {
            let mut charge = Charge::from([("ChargePeriodStart".to_owned(), start), ("ChargePeriodEnd".to_owned(), end)]);
            let columns = [
                ("ServiceName", service.map(str::to_owned)),
                ("RegionId", region.map(str::to_owned)),
                ("Tags", tags.map(str::to_owned)),
                ("BilledCost", billed),
                ("EffectiveCost", effective),
            ];
            charge.extend(columns.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
            charge
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_grouping_adds_up_to_the_same_total_and_rollups_agree_with_charges(charges in prop::collection::vec(any_charge(), 1..30), top in 0_usize..4) {
        let lake = Lake::empty().with_charges("111", "2018-10", TimeUnit::Hour, &charges);
        let mut without = Lake::empty();
        without.snapshot = lake.snapshot.clone();
        (without.snapshot.periods[0].rollup, without.snapshot.periods[0].detail) = (None, None);
        let total: Money = charges.iter().filter_map(|charge| charge.get("BilledCost")).map(|text| text.parse::<Money>().unwrap()).sum();
        for time in ["", "month", "day", "hour"] {
            let by_time: BTreeMap<Option<Time>, Money> = ask(&without, time).unwrap().rows.into_iter().map(|row| (row.time, row.cost)).collect();
            for by in ["", "by service", "by region,service", "by service,tag:Team", "by x_UsageType"] {
                let text = format!("{by} {time} top {top}");
                let Ok(answer) = ask(&lake, &text) else { continue };
                prop_assert_eq!(answer.total, total, "{}", text);
                prop_assert_eq!(answer.rows.iter().map(|row| row.cost).sum::<Money>(), total, "{}", text);
                let scanned = ask(&without, &text).unwrap();
                prop_assert!(!scanned.from_rollups);
                prop_assert_eq!(answer.from_rollups, time != "hour" && !by.contains("tag") && (time != "day" || !by.contains("x_")), "{}", text);
                let mut left = by_time.clone();
                for row in &answer.rows {
                    *left.get_mut(&row.time).unwrap() -= row.cost;
                }
                prop_assert!(left.values().all(|left| left.is_zero()), "each day keeps its total: {}", text);
                let shown: BTreeSet<_> = answer.rows.iter().map(|row| &row.keys).collect();
                prop_assert!(by.is_empty() || shown.len() <= top + 1, "{}", text);
                prop_assert_eq!(Answer { from_rollups: false, ..answer }, scanned, "{}", text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn rollups_agree_with_charges_about_days(
        charges in prop::collection::vec(any_charge(), 1..30),
        first in 1_u8..5,
        days in 0_u8..4,
        top in 0_usize..3,
        range in 0_usize..3,
        by in prop::sample::select(vec!["", "by service", "by x_payer,region effective", "day", "by region month"]),
        filter in prop::sample::select(vec!["", "where ServiceName = 'EC2'", "where x_payer = '111'"]),
    ) {
        let lake = Lake::empty().with_charges("111", "2018-10", TimeUnit::Hour, &charges);
        let lake = lake.with_charges("222", "2018-09", TimeUnit::Hour, &charges[..charges.len() / 2]);
        let mut without = Lake::empty();
        without.snapshot = lake.snapshot.clone();
        without.snapshot.periods.iter_mut().for_each(|period| (period.rollup, period.detail) = (None, None));
        let last = first + days;
        let ranges = [format!("from 2018-10-{first:02} to 2018-10-{last:02}"), format!("from 2018-09-29 to 2018-10-{last:02}"), format!("from 2018-10-{last:02}")];
        let text = format!("{by} {} top {top} {filter}", ranges[range]);
        let (answer, scanned) = (ask(&lake, &text).unwrap(), ask(&without, &text).unwrap());
        prop_assert!(answer.from_rollups && !scanned.from_rollups, "{}", text);
        prop_assert_eq!(Answer { from_rollups: false, ..answer }, scanned, "{}", text);
    }
}
