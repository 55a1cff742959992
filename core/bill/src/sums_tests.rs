//! What closes is silent; what does not is named with its amount.

use super::{COMMITMENTS_MAX, Sums};
use crate::line_item::{LineItem, LineItemType, Reported, ReservationAmounts, SavingsPlanAmounts};
use tenor_money::{Money, Quantity};

fn gross(text: &str) -> Reported {
    Reported { gross: Some(text.parse().unwrap()), net: None }
}

fn quantity(text: &str) -> Option<Quantity> {
    Some(text.parse().unwrap())
}

fn line(kind: LineItemType) -> LineItem {
    LineItem {
        kind,
        names_reservation: false,
        refunds_plan_upfront: false,
        unblended: gross("0"),
        public_on_demand_cost: None,
        usage_amount: None,
        normalized_usage_amount: None,
        reservation: ReservationAmounts::default(),
        savings_plan: SavingsPlanAmounts::default(),
    }
}

/// A reservation of 4 hours of factor 2 for 8 dollars.
fn fee(unused: &str) -> LineItem {
    let unused_hours: Quantity = unused.parse().unwrap();
    let reservation = ReservationAmounts {
        total_reserved_units: quantity("4"),
        total_reserved_normalized_units: quantity("8"),
        unused_quantity: Some(unused_hours),
        unused_normalized_units: Some(unused_hours + unused_hours),
        unused_recurring_fee: Reported { gross: Some(Money::from_units((unused_hours + unused_hours).units())), net: None },
        ..ReservationAmounts::default()
    };
    LineItem { unblended: gross("8"), reservation, ..line(LineItemType::RiFee) }
}

fn used(hours: &str, cost: &str) -> LineItem {
    let hours: Quantity = hours.parse().unwrap();
    let reservation = ReservationAmounts { effective_cost: gross(cost), ..ReservationAmounts::default() };
    LineItem { usage_amount: Some(hours), normalized_usage_amount: Some(hours + hours), reservation, ..line(LineItemType::DiscountedUsage) }
}

fn plan_fee(total: &str, used: &str) -> LineItem {
    let savings_plan = SavingsPlanAmounts {
        total_commitment: Some(total.parse().unwrap()),
        used_commitment: Some(used.parse().unwrap()),
        ..SavingsPlanAmounts::default()
    };
    LineItem { unblended: gross(total), savings_plan, ..line(LineItemType::SavingsPlanRecurringFee) }
}

fn covered(cost: &str) -> LineItem {
    let savings_plan = SavingsPlanAmounts { effective_cost: gross(cost), ..SavingsPlanAmounts::default() };
    LineItem { savings_plan, ..line(LineItemType::SavingsPlanCoveredUsage) }
}

/// What does not close of a period with these lines, each half counted by a reader of its own.
fn residuals(lines: &[LineItem]) -> String {
    let count = |lines: &[LineItem]| {
        let mut sums = Sums::default();
        for line in lines {
            sums.add(line, &line.charges());
            sums.add_commitment("arn", line);
        }
        sums
    };
    let (first, second) = lines.split_at(lines.len() / 2);
    let mut sums = count(first);
    sums.merge(&count(second));
    assert_eq!(sums, count(lines));
    let shown = |d: super::Difference| format!("{} {}{}", d.name, d.amount, if d.explained { " (explained)" } else { "" });
    sums.differences().into_iter().map(shown).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_whole_reservation_leaves_nothing() {
    assert_eq!(residuals(&[fee("1"), used("2", "4"), used("1", "2")]), "");
}

#[test]
fn a_lost_row_of_a_reservation_is_missed_in_units_and_in_cost() {
    insta::assert_snapshot!(residuals(&[fee("1"), used("2", "4")]), @"
    cash-bridge 2
    units of arn 2
    cost of arn -2
    ");
}

#[test]
fn a_cost_that_one_reservation_lacks_is_not_hidden_by_another() {
    let mut sums = Sums::default();
    for (arn, cost) in [("a", "6.5"), ("b", "5.5")] {
        for line in [fee("1"), used("3", cost)] {
            sums.add(&line, &line.charges());
            sums.add_commitment(arn, &line);
        }
    }
    let shown: Vec<_> = sums.differences().iter().map(|d| format!("{} {}", d.name, d.amount)).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    cost of a 0.5
    cost of b -0.5
    ");
}

#[test]
fn usage_in_another_unit_than_the_fee_is_named() {
    let zonal = ReservationAmounts { is_zonal: true, ..fee("1").reservation };
    let zonal_fee = LineItem { reservation: zonal, ..fee("1") };
    insta::assert_snapshot!(residuals(&[zonal_fee, used("3", "6")]), @"commitment-units of arn 1");
    insta::assert_snapshot!(residuals(&[zonal_fee, fee("4"), used("3", "6")]), @"commitment-units of arn 1");
    let zonal_usage = LineItem { reservation: ReservationAmounts { is_zonal: true, ..used("3", "6").reservation }, ..used("3", "6") };
    assert_eq!(residuals(&[zonal_fee, zonal_usage]), "");
}

#[test]
fn a_plan_whose_usage_is_not_what_its_fee_says_is_named() {
    assert_eq!(residuals(&[plan_fee("1", "0.7"), covered("0.4"), covered("0.3")]), "");
    insta::assert_snapshot!(residuals(&[plan_fee("1", "0.7"), covered("0.4")]), @"
    cash-bridge 0.3
    commitment of arn 0.3
    ");
    assert_eq!(residuals(&[covered("0.4")]), "cash-bridge -0.4", "without a fee row there is nothing to compare with");
}

#[test]
fn the_sources_rounding_explains_half_of_the_eighth_decimal_for_each_row() {
    let bill = |rows: usize, lost: &str| {
        let lost: Money = lost.parse().unwrap();
        let mut lines = vec![plan_fee(&rows.to_string(), &rows.to_string())];
        lines.extend(std::iter::repeat_n(covered("1"), rows - 1));
        lines.push(covered(&(Money::from_whole(1) - lost).to_string()));
        residuals(&lines)
    };
    assert_eq!(bill(2, "0.000001"), "cash-bridge 0.000001 (explained)");
    assert_eq!(bill(2, "0.0000011"), "cash-bridge 0.0000011\ncommitment of arn 0.0000011");
    assert_eq!(bill(300, "0.0000015"), "cash-bridge 0.0000015 (explained)");
    assert_eq!(bill(300, "0.0000016"), "cash-bridge 0.0000016\ncommitment of arn 0.0000016");
}

#[test]
fn cash_on_split_rows_is_named() {
    let sums = Sums { split_unblended: Money::from_whole(2), ..Sums::default() };
    let differences = sums.differences();
    assert_eq!(
        (differences[0].name.as_str(), differences[0].amount, differences[0].explained),
        ("split-unblended", Money::from_whole(2), false)
    );
}

#[test]
fn a_bill_of_too_many_commitments_has_room_for_those_it_knows_only() {
    let reservations = (0..COMMITMENTS_MAX).map(|n| (format!("{n:07}"), Default::default())).collect();
    let sums = Sums { reservations, ..Sums::default() };
    assert!(sums.has_room_for("0000001") && !sums.has_room_for("another"));
    assert!(Sums::default().has_room_for("another"));
}
