//! From sums to an answer: everything in order, and the total.

use super::plan::{Group, Sums};
use super::{Answer, Key, Row};

/// Puts the sums of a question in order.
pub(super) fn answer(sums: Sums) -> Answer {
    let total = sums.groups.iter().map(|group| group.cost).sum();
    let mut rows: Vec<_> = sums.groups.into_iter().map(|Group { time, keys, cost }| Row { time, keys, cost }).collect();
    rows.sort_unstable_by(|a, b| {
        let is_rest = |row: &Row| row.keys.first() == Some(&Key::Other);
        a.time.cmp(&b.time).then(is_rest(a).cmp(&is_rest(b))).then(b.cost.cmp(&a.cost)).then_with(|| a.keys.cmp(&b.keys))
    });
    Answer { rows, total, currency: sums.currency, charges: sums.charges, straddling: sums.straddling, from_rollups: sums.from_rollups }
}

#[cfg(test)]
mod tests {
    use super::{Group, Sums, answer};
    use crate::cost::{Key, Time};
    use tenor_money::Money;

    #[test]
    fn the_order_is_time_then_cost_then_name_with_the_rest_last() {
        let groups = [(1, 1, 5), (1, 9, 7), (1, 2, 5), (1, 3, 9), (2, 3, 1), (0, 1, 100), (1, 4, -50), (1, 0, 5)];
        let group = |(time, key, units): (u8, u8, i64)| Group {
            time: Some(if time == 0 { Time::Longer } else { Time::At(format!("2018-10-{time:02}")) }),
            keys: vec![match key {
                0 => Key::Nothing,
                9 => Key::Other,
                key => Key::Value(key.to_string()),
            }],
            cost: Money::from_units(units.into()),
        };
        let groups = groups.map(group).into_iter().collect();
        let answer = answer(Sums { groups, currency: None, charges: 1, straddling: None, from_rollups: false });
        assert_eq!(answer.total.units(), 82);
        let rows = answer.rows.iter().map(|row| format!("{:?} {:?} {}", row.time.as_ref().unwrap(), row.keys[0], row.cost.units()));
        insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"), @r#"
        At("2018-10-01") Value("3") 9
        At("2018-10-01") Value("1") 5
        At("2018-10-01") Value("2") 5
        At("2018-10-01") Nothing 5
        At("2018-10-01") Value("4") -50
        At("2018-10-01") Other 7
        At("2018-10-02") Value("3") 1
        Longer Value("1") 100
        "#);
    }
}
