//! Billed hours of small lakes, read for simulating them again.

use crate::lake::{Lake, run};
use std::collections::BTreeMap;
use tenor_cover::replay::{Comparison, KnownRates, Replay};
use tenor_cover::{Settings, Sharing, Sizes};
use tenor_lake::store::TimeUnit;
use tenor_query::replay::ReplayQuestion;

const HEADER: &str = "when | ChargeCategory | x_LineItemType | x_ServiceCode | RegionId | x_UsageType | x_Operation | SubAccountId | \
    ResourceId | AvailabilityZone | CommitmentDiscountId | x_UsageAmount | x_ReservationEffectiveCost | PricingUnit | ListUnitPrice | \
    ContractedUnitPrice | x_ReservationNumberOfReservations | x_ReservationStartTime | x_ReservationEndTime | x_ReservationUpfrontValue | \
    x_ReservationAmortizedUpfrontFee";

/// The fee of a t2.micro reservation for January 2025, from its start to its end, with 365 upfront.
fn fee(start: &str, end: &str, amortized: &str) -> String {
    format!(
        "2025-01 | Purchase | RIFee | AmazonEC2 | us-east-1 | HeavyUsage:t2.micro | RunInstances | 111 | | us-east-1a | r | 744 | | Hrs | | 0 | 1 | \
         {start} | {end} | 365 | {amortized}"
    )
}

fn used(when: &str, service: &str, usage_type: &str, cost: &str) -> String {
    format!(
        "{when} | Usage | DiscountedUsage | {service} | us-east-1 | {usage_type} | RunInstances | 222 | i-1 | us-east-1b | r | 1 | {cost} | Hrs | |"
    )
}

fn replay(rows: &[String], rates: KnownRates) -> Replay {
    let lake = Lake::empty().with("111", "2025-01", TimeUnit::Hour, &format!("{HEADER}\n{}", rows.join("\n")));
    let question = ReplayQuestion { period: "2025-01".parse().unwrap(), payer: None, rates };
    let bill = run(lake.engine().replay(&question)).unwrap();
    bill.input.build(Sharing::default(), &bill.rates, &Sizes::published()).unwrap()
}

fn compared(replay: &Replay) -> Comparison {
    let hour = |moment: &str| tenor_bill::Hour::containing(moment.parse().unwrap());
    replay.compare(hour("2025-01-01T00:00:00Z")..hour("2025-02-01T00:00:00Z"), Settings::default())
}

#[test]
fn a_reservation_retired_in_the_month_covers_until_then_and_is_amortized_over_its_years() {
    // Ten days of a year's reservation for 365: ten.
    let rows =
        [fee("2024-06-01T00:00:00Z", "2025-01-10T23:59:59Z", "10"), used("2025-01-10T23", "AmazonEC2", "BoxUsage:t2.micro", "0.04166667")];
    let replay = replay(&rows, KnownRates::default());
    let reservation = &replay.organization.parts().reservations[0];
    assert_eq!(reservation.term.seconds, 31_536_000);
    assert_eq!(reservation.amortized(0, i64::from(u32::MAX)).to_string(), "224", "what was held, of 365 days");
    assert_eq!(reservation.zone, None, "a zone that only the line item has makes no zonal reservation");
    let compared = compared(&replay);
    let one = &compared.commitments[0];
    assert_eq!((one.units_billed, one.hours_unequal), (one.units_simulated, 0), "its last hour is covered, at the year's pace");
}

#[test]
fn what_a_commitment_paid_for_and_is_not_usage_of_an_hour_is_left_out_by_name() {
    let rows = [
        fee("2024-06-01T00:00:00Z", "2025-05-31T23:59:59Z", "31"),
        used("2025-01-10T23", "AmazonEC2", "BoxUsage:t2.micro", "0.04166667"),
        used("2025-01-10T23", "AmazonNovelty", "Novelty-Hours", "0.25"),
        used("2025-01-11", "AmazonEC2", "BoxUsage:t2.micro", "0.5"),
    ];
    let compared = compared(&replay(&rows, KnownRates::default()));
    let one = &compared.commitments[0];
    assert_eq!((one.left_out.rows, one.left_out.effective.to_string().as_str()), (2, "0.75"));
    assert!(one.hours_unequal == 0 && !compared.is_exact());
}

#[test]
fn a_price_list_tells_on_demand_rates_that_the_bill_does_not() {
    let rows =
        [fee("2024-06-01T00:00:00Z", "2025-05-31T23:59:59Z", "31"), used("2025-01-10T23", "AmazonEC2", "BoxUsage:t2.micro", "0.04166667")];
    let rate = |rates: KnownRates| {
        let replay = replay(&rows, rates);
        let gaps: Vec<_> = replay.gaps.iter().map(ToString::to_string).filter(|gap| !gap.contains("tenancy")).collect();
        (replay.organization.parts().skus[0].on_demand.to_string(), gaps.len())
    };
    assert_eq!(rate(KnownRates::default()), ("0".to_owned(), 1));
    let usage = ["us-east-1", "AmazonEC2", "BoxUsage:t2.micro", "RunInstances"].map(str::to_owned);
    let [region, service, usage_type, operation] = usage;
    let on_demand = BTreeMap::from([((region, service, usage_type, operation), "0.0116".parse().unwrap())]);
    assert_eq!(rate(KnownRates { on_demand, ..KnownRates::default() }), ("0.0116".to_owned(), 0));
}
