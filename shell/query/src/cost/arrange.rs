//! From sums to an answer: the largest groups, the rest in one, everything in order, and the total.

use super::plan::{Group, Sums};
use super::{Answer, Key, Question, Row, Time};
use std::collections::{BTreeMap, BTreeSet};
use tenor_money::Money;

/// Puts the sums of a question in order.
pub(super) fn answer(question: &Question, sums: Sums) -> Answer {
    let total = sums.groups.iter().map(|group| group.cost).sum();
    let kept = question.top.filter(|_| !question.by.is_empty()).and_then(|top| largest(&sums.groups, top));
    let mut cells: BTreeMap<(Option<Time>, Vec<Key>), Money> = BTreeMap::new();
    for Group { time, keys, cost } in sums.groups {
        let is_kept = kept.as_ref().is_none_or(|kept| kept.contains(&keys));
        let keys = if is_kept { keys } else { vec![Key::Other; question.by.len()] };
        *cells.entry((time, keys)).or_default() += cost;
    }
    let mut rows: Vec<_> = cells.into_iter().map(|((time, keys), cost)| Row { time, keys, cost }).collect();
    rows.sort_by(|a, b| {
        let is_rest = |row: &Row| row.keys.first() == Some(&Key::Other);
        a.time.cmp(&b.time).then(is_rest(a).cmp(&is_rest(b))).then(b.cost.cmp(&a.cost)).then_with(|| a.keys.cmp(&b.keys))
    });
    Answer { rows, total, currency: sums.currency, charges: sums.charges, straddling: sums.straddling, from_rollups: sums.from_rollups }
}

/// The keys of the `top` groups that cost most over all time; `None` when that is all of them.
fn largest(groups: &[Group], top: usize) -> Option<BTreeSet<Vec<Key>>> {
    let mut totals: BTreeMap<&[Key], Money> = BTreeMap::new();
    for group in groups {
        *totals.entry(&group.keys).or_default() += group.cost;
    }
    if totals.len() <= top {
        return None;
    }
    let mut ranked: Vec<_> = totals.into_iter().collect();
    ranked.sort_by(|(a_keys, a), (b_keys, b)| b.cmp(a).then_with(|| a_keys.cmp(b_keys)));
    Some(ranked.into_iter().take(top).map(|(keys, _)| keys.to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::{Group, Sums, answer};
    use crate::cost::{Answer, Granularity, Key, Metric, Question, Range, Time};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use tenor_money::Money;

    fn question(top: Option<usize>) -> Question {
        let by = vec!["service".parse().unwrap()];
        Question { by, metric: Metric::Billed, granularity: Granularity::Day, range: Range::default(), filter: None, top }
    }

    fn arranged(groups: &[(u8, u8, i64)], top: Option<usize>) -> Answer {
        let group = |(time, key, units): &(u8, u8, i64)| Group {
            time: Some(if *time == 0 { Time::Longer } else { Time::At(format!("2018-10-{time:02}")) }),
            keys: vec![if *key == 0 { Key::Nothing } else { Key::Value(key.to_string()) }],
            cost: Money::from_units((*units).into()),
        };
        let groups = groups.iter().map(group).collect();
        answer(&question(top), Sums { groups, currency: None, charges: 1, straddling: None, from_rollups: false })
    }

    proptest! {
        #[test]
        fn rows_add_up_to_the_total_whatever_is_shown(
            groups in prop::collection::vec((0_u8..4, 0_u8..6, any::<i64>()), 0..60),
            top in prop::option::of(0_usize..8),
        ) {
            let answer = arranged(&groups, top);
            let all: Money = groups.iter().map(|(.., units)| Money::from_units((*units).into())).sum();
            prop_assert_eq!(answer.total, all);
            prop_assert_eq!(answer.rows.iter().map(|row| row.cost).sum::<Money>(), all);
            let mut by_time: BTreeMap<Option<Time>, Money> = BTreeMap::new();
            for row in arranged(&groups, None).rows {
                *by_time.entry(row.time).or_default() += row.cost;
            }
            for row in &answer.rows {
                *by_time.get_mut(&row.time).unwrap() -= row.cost;
            }
            prop_assert!(by_time.values().all(|left| left.is_zero()), "each day keeps its total");
            if let Some(top) = top {
                let shown: std::collections::BTreeSet<_> = answer.rows.iter().map(|row| &row.keys).collect();
                prop_assert!(shown.len() <= top + 1);
            }
        }
    }

    #[test]
    fn the_order_is_time_then_cost_then_name_with_the_rest_last() {
        let groups = [(1, 1, 5), (1, 2, 5), (1, 3, 9), (2, 3, 1), (0, 1, 100), (1, 4, 50), (1, 0, -7)];
        let rows = arranged(&groups, Some(3)).rows;
        let rows: Vec<_> =
            rows.iter().map(|row| format!("{:?} {:?} {}", row.time.as_ref().unwrap(), row.keys[0], row.cost.units())).collect();
        insta::assert_snapshot!(rows.join("\n"), @r#"
        At("2018-10-01") Value("4") 50
        At("2018-10-01") Value("3") 9
        At("2018-10-01") Value("1") 5
        At("2018-10-01") Other -2
        At("2018-10-02") Value("3") 1
        Longer Value("1") 100
        "#);
    }
}
