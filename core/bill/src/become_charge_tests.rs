//! The table of `docs/spec/charges.md`, row by row, and the laws that tie its columns together.

use crate::line_item::{LineItem, LineItemType, Reported, ReservationAmounts, SavingsPlanAmounts};
use crate::{Charge, ChargeCategory};
use proptest::prelude::*;
use tenor_money::Money;

fn money(text: &str) -> Option<Money> {
    Some(text.parse().unwrap())
}

fn gross(text: &str) -> Reported {
    Reported { gross: money(text), net: None }
}

/// A line of `kind` with every column filled, so that a wrong pick shows.
fn line(kind: LineItemType) -> LineItem {
    LineItem {
        kind,
        names_reservation: false,
        refunds_plan_upfront: false,
        unblended: gross("10"),
        public_on_demand_cost: money("20"),
        usage_amount: Some("3".parse().unwrap()),
        normalized_usage_amount: Some("12".parse().unwrap()),
        reservation: ReservationAmounts {
            effective_cost: gross("7"),
            amortized_upfront_fee: gross("5"),
            unused_amortized_upfront_fee: gross("1"),
            unused_recurring_fee: gross("0.5"),
            unused_quantity: Some("11".parse().unwrap()),
            unused_normalized_units: Some("44".parse().unwrap()),
            total_reserved_units: Some("744".parse().unwrap()),
            total_reserved_normalized_units: Some("2976".parse().unwrap()),
            is_zonal: false,
        },
        savings_plan: SavingsPlanAmounts {
            effective_cost: gross("6"),
            total_commitment: money("9"),
            used_commitment: money("8"),
            amortized_upfront: gross("4"),
            recurring: gross("5"),
        },
    }
}

fn row(label: &str, item: &LineItem) -> String {
    let show = |charge: &Charge| {
        let c = &charge.costs;
        let quantity = charge.quantity.map_or_else(|| "-".to_owned(), |q| q.to_string());
        let status = charge.status.map_or("-", |status| status.as_str());
        let (category, frequency) = (charge.category.as_str(), charge.frequency.as_str());
        format!("{category} {frequency} {status} | {} {} {} {} {} | {quantity}", c.billed, c.effective, c.list, c.contracted, c.unblended)
    };
    let charges = item.charges();
    let rows: Vec<_> = [charges.main, charges.unused].iter().flatten().map(show).collect();
    format!("{label}: {}", if rows.is_empty() { "dropped".to_owned() } else { rows.join("\n    and ") })
}

#[test]
fn each_line_item_becomes_what_the_table_says() {
    let reservation_fee = LineItem { names_reservation: true, ..line(LineItemType::Fee) };
    let plan_refund = LineItem { refunds_plan_upfront: true, ..line(LineItemType::Refund) };
    let unmetered = LineItem { usage_amount: None, ..line(LineItemType::Other) };
    let zonal = ReservationAmounts { is_zonal: true, ..line(LineItemType::RiFee).reservation };
    let no_sizes = ReservationAmounts { total_reserved_normalized_units: None, ..line(LineItemType::RiFee).reservation };
    let rows = [
        row("Usage", &line(LineItemType::Usage)),
        row("DiscountedUsage", &line(LineItemType::DiscountedUsage)),
        row("RIFee", &line(LineItemType::RiFee)),
        row("RIFee, zonal", &LineItem { reservation: zonal, ..line(LineItemType::RiFee) }),
        row("RIFee, without sizes", &LineItem { reservation: no_sizes, ..line(LineItemType::RiFee) }),
        row("Fee, reservation", &reservation_fee),
        row("Fee, other", &line(LineItemType::Fee)),
        row("SavingsPlanCoveredUsage", &line(LineItemType::SavingsPlanCoveredUsage)),
        row("SavingsPlanNegation", &line(LineItemType::SavingsPlanNegation)),
        row("SavingsPlanRecurringFee", &line(LineItemType::SavingsPlanRecurringFee)),
        row("SavingsPlanUpfrontFee", &line(LineItemType::SavingsPlanUpfrontFee)),
        row("Credit", &line(LineItemType::Credit)),
        row("Refund", &line(LineItemType::Refund)),
        row("Refund of a plan", &plan_refund),
        row("Tax", &line(LineItemType::Tax)),
        row("EdpDiscount", &line(LineItemType::from_word("EdpDiscount"))),
        row("unknown, metered", &line(LineItemType::from_word("Brandnew"))),
        row("unknown, unmetered", &unmetered),
    ];
    insta::assert_snapshot!(rows.join("\n"), @"
    Usage: Usage Usage-Based - | 10 10 20 10 10 | 3
    DiscountedUsage: Usage Usage-Based Used | 0 7 20 20 0 | 3
    RIFee: Purchase Recurring - | 10 0 0 10 10 | 2976
        and Usage Usage-Based Unused | 0 1.5 0 0 0 | 44
    RIFee, zonal: Purchase Recurring - | 10 0 0 10 10 | 744
        and Usage Usage-Based Unused | 0 1.5 0 0 0 | 11
    RIFee, without sizes: Purchase Recurring - | 10 0 0 10 10 | 744
        and Usage Usage-Based Unused | 0 1.5 0 0 0 | 11
    Fee, reservation: Purchase One-Time - | 10 0 0 10 10 | 2976
    Fee, other: Purchase One-Time - | 10 10 10 10 10 | 3
    SavingsPlanCoveredUsage: Usage Usage-Based Used | 0 6 20 10 0 | 3
    SavingsPlanNegation: dropped
    SavingsPlanRecurringFee: Purchase Recurring - | 10 0 0 10 10 | 9
        and Usage Usage-Based Unused | 0 1 0 0 0 | 1
    SavingsPlanUpfrontFee: Purchase One-Time - | 10 0 0 10 10 | 10
    Credit: Credit One-Time - | 10 10 0 0 10 | -
    Refund: Credit One-Time - | 10 10 0 0 10 | -
    Refund of a plan: Credit One-Time - | 10 0 0 0 10 | -
    Tax: Tax One-Time - | 10 10 0 0 10 | -
    EdpDiscount: Credit One-Time - | 10 10 0 0 10 | -
    unknown, metered: Usage Usage-Based - | 10 10 10 10 10 | 3
    unknown, unmetered: Purchase One-Time - | 10 10 10 10 10 | -
    ");
}

#[test]
fn private_discounts_change_what_is_billed_and_effective_but_not_list() {
    let net = Reported { gross: money("10"), net: money("9") };
    let usage = LineItem { unblended: net, ..line(LineItemType::Usage) };
    let plan = SavingsPlanAmounts { recurring: net, ..line(LineItemType::SavingsPlanRecurringFee).savings_plan };
    let unused = LineItem { unblended: Reported::default(), savings_plan: plan, ..line(LineItemType::SavingsPlanRecurringFee) };
    let rows = [row("Usage", &usage), row("SavingsPlanRecurringFee", &unused)];
    insta::assert_snapshot!(rows.join("\n"), @"
    Usage: Usage Usage-Based - | 9 9 20 10 10 | 3
    SavingsPlanRecurringFee: Purchase Recurring - | 0 0 0 0 0 | 9
        and Usage Usage-Based Unused | 0 0.9 0 0 0 | 1
    ");
}

#[test]
fn a_list_cost_of_nothing_is_the_unblended_one() {
    let spot = |kind, list| LineItem { public_on_demand_cost: money(list), ..line(kind) };
    let free = LineItem { unblended: gross("0"), ..spot(LineItemType::Usage, "0") };
    let unlisted = LineItem { public_on_demand_cost: None, ..line(LineItemType::Usage) };
    let rows = [
        row("spot", &spot(LineItemType::Usage, "0")),
        row("unlisted", &unlisted),
        row("free", &free),
        row("covered by a plan", &spot(LineItemType::SavingsPlanCoveredUsage, "0")),
        row("covered by a reservation", &spot(LineItemType::DiscountedUsage, "0")),
    ];
    insta::assert_snapshot!(rows.join("\n"), @"
    spot: Usage Usage-Based - | 10 10 10 10 10 | 3
    unlisted: Usage Usage-Based - | 10 10 10 10 10 | 3
    free: Usage Usage-Based - | 0 0 0 0 0 | 3
    covered by a plan: Usage Usage-Based Used | 0 6 10 10 0 | 3
    covered by a reservation: Usage Usage-Based Used | 0 7 0 0 0 | 3
    ");
}

#[test]
fn a_net_part_of_an_unused_reservation_stands_in_for_its_gross_one() {
    let net = Reported { gross: money("1"), net: money("0.9") };
    let reservation = ReservationAmounts { unused_amortized_upfront_fee: net, ..line(LineItemType::RiFee).reservation };
    insta::assert_snapshot!(row("RIFee", &LineItem { reservation, ..line(LineItemType::RiFee) }), @"
    RIFee: Purchase Recurring - | 10 0 0 10 10 | 2976
        and Usage Usage-Based Unused | 0 1.4 0 0 0 | 44
    ");
}

fn any_reported() -> impl Strategy<Value = Reported> {
    let amount = || prop::option::of((-1000_i64..1000).prop_map(Money::from_whole));
    (amount(), amount()).prop_map(|(gross, net)| Reported { gross, net })
}

fn any_kind() -> impl Strategy<Value = LineItemType> {
    let words = ["Usage", "DiscountedUsage", "RIFee", "Fee", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanRecurringFee"];
    let more = ["SavingsPlanUpfrontFee", "Credit", "Refund", "Tax", "EdpDiscount", "Other"];
    prop::sample::select([words.as_slice(), more.as_slice()].concat()).prop_map(LineItemType::from_word)
}

proptest! {
    #[test]
    fn effective_cost_is_awss_amortized_cost(kind in any_kind(), names_reservation: bool, refund: bool, cash in -1000_i64..1000) {
        let refunds_plan_upfront = refund && kind == LineItemType::Refund;
        let unblended = Reported { gross: Some(Money::from_whole(cash)), net: None };
        let item = LineItem { names_reservation, refunds_plan_upfront, unblended, ..line(kind) };
        let charges = item.charges();
        let effective: Money = [charges.main, charges.unused].iter().flatten().map(|c| c.costs.effective).sum();
        prop_assert_eq!(effective, item.amortized_cost());
    }

    #[test]
    fn the_map_and_the_published_arithmetic_agree_on_what_is_unused(
        costs in prop::array::uniform5(any_reported()),
        commitment in prop::array::uniform2(prop::option::of(0_i64..1000)),
        is_plan: bool,
    ) {
        let [unblended, first, second, third, fourth] = costs;
        let [total_commitment, used_commitment] = commitment.map(|amount| amount.map(Money::from_whole));
        let kind = if is_plan { LineItemType::SavingsPlanRecurringFee } else { LineItemType::RiFee };
        let filled = line(kind);
        let item = LineItem {
            unblended,
            reservation: ReservationAmounts { unused_amortized_upfront_fee: first, unused_recurring_fee: second, ..filled.reservation },
            savings_plan: SavingsPlanAmounts { total_commitment, used_commitment, amortized_upfront: third, recurring: fourth, ..filled.savings_plan },
            ..filled
        };
        prop_assert_eq!(item.charges().unused.unwrap().costs.effective, item.amortized_cost());
    }

    #[test]
    fn cash_is_never_lost(kind in any_kind(), names_reservation: bool, cash in -1000_i64..1000) {
        let covered = matches!(kind, LineItemType::SavingsPlanCoveredUsage | LineItemType::SavingsPlanNegation | LineItemType::DiscountedUsage);
        let unblended = Reported { gross: Some(Money::from_whole(cash)), net: None };
        let item = LineItem { names_reservation, unblended, ..line(kind) };
        let charges = item.charges();
        let billed: Money = [charges.main, charges.unused].iter().flatten().map(|c| c.costs.billed).sum();
        prop_assert_eq!(billed, if covered { Money::ZERO } else { Money::from_whole(cash) });
    }

    #[test]
    fn only_usage_has_a_commitment_status(kind in any_kind(), names_reservation: bool) {
        let charges = LineItem { names_reservation, ..line(kind) }.charges();
        for charge in [charges.main, charges.unused].into_iter().flatten() {
            prop_assert!(charge.status.is_none() || charge.category == ChargeCategory::Usage);
        }
    }
}
