//! The groups that cost most, once all groups of a question are here: as `top` has it, without asking twice.

use super::plan::Group;
use super::{Key, Time};
use std::collections::{BTreeMap, BTreeSet};
use tenor_money::Money;

/// Keeps the `top` groups that cost most over all time, and makes the rest of each time one group.
pub(super) fn fold(groups: Vec<Group>, top: usize) -> Vec<Group> {
    let Some(shown) = largest(&groups, top) else { return groups };
    let keys = groups.first().map_or(0, |group| group.keys.len());
    let (mut folded, mut rest) = (Vec::new(), BTreeMap::<Option<Time>, Money>::new());
    for group in groups {
        if shown.contains(&group.keys) {
            folded.push(group);
        } else {
            *rest.entry(group.time).or_default() += group.cost;
        }
    }
    folded.extend(rest.into_iter().map(|(time, cost)| Group { time, keys: vec![Key::Other; keys], cost }));
    folded
}

/// The keys of the groups to show, of two that cost the same the first by name; none when that is all of them.
fn largest(groups: &[Group], top: usize) -> Option<BTreeSet<Vec<Key>>> {
    let mut costs = BTreeMap::<&[Key], Money>::new();
    for group in groups {
        *costs.entry(&group.keys).or_default() += group.cost;
    }
    if costs.len() <= top {
        return None;
    }
    let mut order: Vec<(&[Key], Money)> = costs.into_iter().collect();
    // Stable, and they come in order of their keys.
    order.sort_by_key(|line| std::cmp::Reverse(line.1));
    Some(order.into_iter().take(top).map(|(keys, _)| keys.to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::{Group, fold};
    use crate::cost::{Key, Time};
    use tenor_money::Money;

    fn folded(top: usize) -> String {
        let group = |(day, key, units): (u8, &str, i128)| Group {
            time: Some(Time::At(format!("2018-10-{day:02}"))),
            keys: vec![if key.is_empty() { Key::Nothing } else { Key::Value(key.to_owned()) }],
            cost: Money::from_units(units),
        };
        let groups = [(1, "a", 5), (2, "a", 5), (1, "b", 9), (2, "c", 10), (2, "", 10), (1, "d", -3)].map(group).into();
        let show = |group: Group| format!("{:?} {:?} {}", group.time.unwrap(), group.keys, group.cost.units());
        let mut shown: Vec<String> = fold(groups, top).into_iter().map(show).collect();
        shown.sort();
        shown.join("\n")
    }

    #[test]
    fn what_costs_most_over_all_time_is_kept_and_the_rest_of_each_time_is_one() {
        insta::assert_snapshot!([folded(2), folded(0), folded(9)].join("\n\n"), @r#"
        At("2018-10-01") [Other] 6
        At("2018-10-01") [Value("a")] 5
        At("2018-10-02") [Other] 10
        At("2018-10-02") [Value("a")] 5
        At("2018-10-02") [Value("c")] 10

        At("2018-10-01") [Other] 11
        At("2018-10-02") [Other] 25

        At("2018-10-01") [Value("a")] 5
        At("2018-10-01") [Value("b")] 9
        At("2018-10-01") [Value("d")] -3
        At("2018-10-02") [Nothing] 10
        At("2018-10-02") [Value("a")] 5
        At("2018-10-02") [Value("c")] 10
        "#);
    }
}
