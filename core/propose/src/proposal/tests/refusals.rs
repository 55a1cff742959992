//! What is refused, and with which words.

use super::{QUARTER, inputs};
use crate::proposal::{Inputs, Portion, propose};
use crate::solve::OneByOne;

fn refusal(inputs: &Inputs) -> String {
    propose(inputs, "", &OneByOne).map_or_else(|error| error.to_string(), |_| "proposed".to_owned())
}

#[test]
fn too_little_history_is_refused() {
    let usage = || inputs(3 * 24).using("m5", |_| 10);
    insta::assert_snapshot!(refusal(&usage()), @"there are 72 known hours of usage before the decision, and a forecast takes at least 336");
    let mut holes = inputs(QUARTER).using("m5", |_| 10);
    holes.unknown = vec![(100, QUARTER - 100)];
    insta::assert_snapshot!(refusal(&holes), @"there are 200 known hours of usage before the decision, and a forecast takes at least 336");
}

#[test]
fn a_policy_that_allows_nothing_is_refused() {
    let told = |change: fn(&mut crate::proposal::Policy)| refusal(&inputs(QUARTER).using("m5", |_| 10).under(change));
    insta::assert_snapshot!(told(|policy| policy.kinds.clear()), @"kinds: an empty list allows nothing; leave the key out to allow all");
    insta::assert_snapshot!(told(|policy| policy.risk.tail = Portion::NOTHING), @"risk.tail: the worst 0% of scenarios is none of them; write at least 1%");
    insta::assert_snapshot!(told(|policy| policy.risk.weight = "101".parse().unwrap()), @"risk.weight: a weight is from 0 to 100");
    insta::assert_snapshot!(told(|policy| policy.purchase.slice = "0.0001".parse().unwrap()), @"purchase.slice: AWS sells plans of at least 0.001 an hour");
    insta::assert_snapshot!(told(|policy| policy.limits.hourly = Some("-1".parse().unwrap())), @"limits: an amount is never negative");
}

#[test]
fn inputs_that_do_not_fit_together_are_refused() {
    let told = |change: fn(&mut Inputs)| {
        let mut inputs = inputs(QUARTER).using("m5", |_| 10).holding("m5", 1, 100).holding_plan("1", 100);
        change(&mut inputs);
        refusal(&inputs)
    };
    insta::assert_snapshot!(told(|inputs| inputs.format = 2), @"the inputs are of format 2, and this program reads format 1");
    insta::assert_snapshot!(told(|inputs| inputs.lines[0].cells = vec![1_u64].into()), @"line 0 of the inputs has another number of hours than the history");
    insta::assert_snapshot!(told(|inputs| inputs.lines[0].sku = 9), @"line 0 of the inputs names a class or SKU that is not there");
    insta::assert_snapshot!(told(|inputs| inputs.skus[0].factor = 0), @"SKU 0 of the inputs has a factor without a reservation, or the reverse");
    insta::assert_snapshot!(told(|inputs| inputs.reserved[0].years = 2), @"reservation on sale 0 of the inputs is for no SKU that can be reserved, or of no term or payment sold");
    insta::assert_snapshot!(told(|inputs| inputs.plans[0].kind.clear()), @"plan on sale 0 of the inputs has rates out of order, a fee beyond list, or is of no kind, term or payment sold");
    insta::assert_snapshot!(told(|inputs| inputs.held_reservations[0].exact = Some(String::new())), @"reservation held 0 of the inputs matches nothing, or is of no class");
    insta::assert_snapshot!(told(|inputs| inputs.held_plans[0].class = 3), @"plan held 0 of the inputs has rates out of order, or is of no kind or class");
    insta::assert_snapshot!(told(|inputs| inputs.classes[0].buyer.clear()), @"class 0 of the inputs has a buyer that is no account, or another's name");
    insta::assert_snapshot!(told(|inputs| inputs.lines[0].cells[5] = u64::MAX / 2), @"line 0 of the inputs has more usage in an hour than can be counted");
}

#[test]
fn an_organization_that_uses_nothing_gets_an_empty_proposal() {
    assert_eq!(refusal(&inputs(QUARTER)), "proposed");
}

#[test]
fn inputs_that_somebody_made_up_are_refused_and_panic_nowhere() {
    let changes: [fn(&mut Inputs); 18] = [
        |inputs| inputs.skus[0].decimals = 20,
        |inputs| inputs.skus[0].on_demand = tenor_money::UnitPrice::from_units(i128::MAX),
        |inputs| inputs.unknown = vec![(5, 5)],
        |inputs| inputs.unknown = vec![(9, 12), (3, 5)],
        |inputs| inputs.unknown = vec![(0, usize::MAX), (1, usize::MAX)],
        |inputs| inputs.classes.push(inputs.classes[0].clone()),
        |inputs| inputs.first = i64::MAX,
        |inputs| inputs.hours = usize::MAX,
        |inputs| inputs.scenarios = u32::MAX,
        |inputs| inputs.scenarios = 0,
        |inputs| inputs.held_reservations[0].start = i64::MAX,
        |inputs| inputs.held_plans[0].seconds = i64::MAX,
        |inputs| inputs.held_plans[0].recurring = tenor_money::Money::from_units(i128::MIN),
        |inputs| inputs.reserved[0].upfront = tenor_money::Money::from_units(i128::MAX),
        |inputs| inputs.plans[0].fee = "1.1".parse().unwrap(),
        |inputs| inputs.held_plans[0].fee = "-0.1".parse().unwrap(),
        |inputs| inputs.plans[0].rates[0].rate = tenor_money::UnitPrice::from_units(-1),
        |inputs| inputs.lines[0].cells[0] = u64::MAX,
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut inputs = inputs(QUARTER).using("m5", |_| 10).holding("m5", 1, 100).holding_plan("1", 100);
        change(&mut inputs);
        assert_ne!(refusal(&inputs), "proposed", "change {place}");
    }
}
