//! AWS's identities hold to the last digit on every kind of report, and the bill is what the ground truth says.

use crate::read::{Row, rows};
use proptest::prelude::*;
use std::collections::BTreeMap;
use tenor_money::Money;
use tenor_sandbox::{BillRequest, Format, GroundTruth, SharingMode, Totals, write_bill};

/// What a reader finds in a bill.
#[derive(Default)]
struct Found {
    by_type: BTreeMap<String, Totals>,
    split_rows: u64,
    true_up: Money,
    net_true_up: Money,
    upfront: Money,
    net_upfront: Money,
    /// By plan and hour: effective cost of covered rows, used commitment of the fee.
    plan_hours: BTreeMap<(String, String), (Money, Money)>,
    /// By hour, plan, account, usage type, operation and zone: covered and negated cost, and how many rows of each.
    negations: BTreeMap<[String; 6], (Money, Money, u32, u32)>,
    /// By reservation and period: hours, normalized hours, amortized and recurring part of covered rows.
    used: BTreeMap<(String, String), [Money; 4]>,
    /// The fee rows, by reservation and period.
    fees: BTreeMap<(String, String), Row>,
    significant_digits_most: usize,
}

fn amount(row: &Row, name: &str) -> Money {
    row.get(name).map_or(Money::ZERO, |text| text.parse().unwrap())
}

fn text(row: &Row, name: &str) -> String {
    row.get(name).cloned().unwrap_or_default()
}

impl Found {
    fn add(&mut self, row: Row, net: bool) {
        self.significant_digits_most = self.significant_digits_most.max(row.iter().map(significant_digits).max().unwrap_or(0));
        if row.get("line_item_operation").is_some_and(|operation| operation == "EKSPod-EC2") {
            self.split_rows += 1;
            return;
        }
        let line_type = text(&row, "line_item_line_item_type");
        let unblended = amount(&row, "line_item_unblended_cost");
        let net_unblended = if net { amount(&row, "line_item_net_unblended_cost") } else { unblended };
        let (amortized, net_amortized) = self.amortize(&line_type, &row, unblended, net_unblended, net);
        let public_on_demand = if line_type == "SavingsPlanNegation" { Money::ZERO } else { amount(&row, "pricing_public_on_demand_cost") };
        let totals = Totals { rows: 1, unblended, amortized, net_unblended, net_amortized, public_on_demand };
        self.by_type.entry(line_type.clone()).or_default().merge(&totals);
        self.add_commitment(&line_type, row, unblended);
    }

    /// AWS's published arithmetic, gross and net.
    fn amortize(&mut self, line_type: &str, row: &Row, unblended: Money, net_unblended: Money, net: bool) -> (Money, Money) {
        let pair = |name: &str, net_name: &str| {
            let gross = amount(row, name);
            (gross, if net { amount(row, net_name) } else { gross })
        };
        let reserved = row.contains_key("reservation_reservation_a_r_n");
        match line_type {
            "SavingsPlanCoveredUsage" => pair("savings_plan_savings_plan_effective_cost", "savings_plan_net_savings_plan_effective_cost"),
            "SavingsPlanRecurringFee" => {
                let (gross, net_amortized) = pair(
                    "savings_plan_amortized_upfront_commitment_for_billing_period",
                    "savings_plan_net_amortized_upfront_commitment_for_billing_period",
                );
                self.true_up += gross;
                self.net_true_up += net_amortized;
                let unused = amount(row, "savings_plan_total_commitment_to_date") - amount(row, "savings_plan_used_commitment");
                (unused, if net { unused.share(93, 100, tenor_money::Rounding::HalfEven) } else { unused })
            }
            "DiscountedUsage" => pair("reservation_effective_cost", "reservation_net_effective_cost"),
            "RIFee" => {
                let (gross, net_amortized) = pair(
                    "reservation_amortized_upfront_fee_for_billing_period",
                    "reservation_net_amortized_upfront_fee_for_billing_period",
                );
                self.true_up += gross;
                self.net_true_up += net_amortized;
                let (upfront, net_unused_upfront) = pair(
                    "reservation_unused_amortized_upfront_fee_for_billing_period",
                    "reservation_net_unused_amortized_upfront_fee_for_billing_period",
                );
                let (recurring, net_recurring) = pair("reservation_unused_recurring_fee", "reservation_net_unused_recurring_fee");
                (upfront + recurring, net_unused_upfront + net_recurring)
            }
            "SavingsPlanNegation" => (Money::ZERO, Money::ZERO),
            "SavingsPlanUpfrontFee" => self.prepaid(unblended, net_unblended),
            "Fee" if reserved => self.prepaid(unblended, net_unblended),
            _ => (unblended, net_unblended),
        }
    }

    fn prepaid(&mut self, unblended: Money, net_unblended: Money) -> (Money, Money) {
        self.upfront += unblended;
        self.net_upfront += net_unblended;
        (Money::ZERO, Money::ZERO)
    }

    fn add_commitment(&mut self, line_type: &str, row: Row, unblended: Money) {
        let hour = text(&row, "line_item_usage_start_date");
        let plan = text(&row, "savings_plan_savings_plan_a_r_n");
        let group = ["line_item_usage_account_id", "line_item_usage_type", "line_item_operation", "line_item_availability_zone"];
        let [account, usage_type, operation, zone] = group.map(|name| text(&row, name));
        let key = [hour.clone(), plan.clone(), account, usage_type, operation, zone];
        let reservation = (text(&row, "reservation_reservation_a_r_n"), text(&row, "bill_billing_period_start_date"));
        match line_type {
            "SavingsPlanCoveredUsage" => {
                let effective = amount(&row, "savings_plan_savings_plan_effective_cost");
                self.plan_hours.entry((plan, hour)).or_default().0 += effective;
                let group = self.negations.entry(key).or_default();
                group.0 += unblended;
                group.2 += 1;
            }
            "SavingsPlanNegation" => {
                let group = self.negations.entry(key).or_default();
                group.1 += unblended;
                group.3 += 1;
            }
            "SavingsPlanRecurringFee" => {
                self.plan_hours.entry((plan, hour)).or_default().1 += amount(&row, "savings_plan_used_commitment");
            }
            "DiscountedUsage" => {
                let names = [
                    "line_item_usage_amount",
                    "line_item_normalized_usage_amount",
                    "reservation_amortized_upfront_cost_for_usage",
                    "reservation_recurring_fee_for_usage",
                ];
                let used = self.used.entry(reservation).or_default();
                names.iter().zip(used).for_each(|(name, sum)| *sum += amount(&row, name));
            }
            "RIFee" => {
                self.fees.insert(reservation, row);
            }
            _ => {}
        }
    }

    fn total(&self) -> Totals {
        let mut total = Totals::default();
        self.by_type.values().for_each(|totals| total.merge(totals));
        total
    }

    fn check(&self, truth: &GroundTruth) {
        let total = self.total();
        assert_eq!(
            total.unblended,
            total.amortized - self.true_up + self.upfront,
            "cash is amortized, less what was prepaid, plus prepayments"
        );
        assert_eq!(total.net_unblended, total.net_amortized - self.net_true_up + self.net_upfront, "net cash likewise");
        let mut expected: BTreeMap<String, Totals> = BTreeMap::new();
        for (line_type, totals) in truth.periods.iter().flat_map(|period| &period.by_type) {
            expected.entry(line_type.text().to_owned()).or_default().merge(totals);
        }
        assert_eq!(self.by_type, expected);
        assert_eq!(self.split_rows, truth.periods.iter().map(|period| period.split_rows).sum::<u64>());
        assert!(self.significant_digits_most <= 15);
        for ((plan, hour), (effective, used)) in &self.plan_hours {
            assert_eq!(effective, used, "{plan} in {hour}");
        }
        for (group, (covered, negated, _, rows)) in &self.negations {
            assert_eq!((*covered, *rows), (-*negated, 1), "{group:?}");
        }
        self.check_reservations();
    }

    fn check_reservations(&self) {
        for (reservation, fee) in &self.fees {
            let [hours, normalized, amortized, recurring] = self.used.get(reservation).copied().unwrap_or_default();
            // Zonal reservations, and those of services without sizes, are counted in hours.
            let in_hours = !fee.contains_key("reservation_total_reserved_normalized_units");
            let (held, used, unused) = if in_hours {
                (amount(fee, "reservation_total_reserved_units"), hours, amount(fee, "reservation_unused_quantity"))
            } else {
                let held = amount(fee, "reservation_total_reserved_normalized_units");
                (held, normalized, amount(fee, "reservation_unused_normalized_unit_quantity"))
            };
            assert_eq!(held, used + unused, "units of {reservation:?}");
            assert!(unused >= Money::ZERO, "{reservation:?}");
            let unused_upfront = amount(fee, "reservation_unused_amortized_upfront_fee_for_billing_period");
            assert_eq!(amount(fee, "reservation_amortized_upfront_fee_for_billing_period"), amortized + unused_upfront, "{reservation:?}");
            assert_eq!(
                amount(fee, "line_item_unblended_cost"),
                recurring + amount(fee, "reservation_unused_recurring_fee"),
                "{reservation:?}"
            );
        }
    }
}

/// Digits of a number, 0 for other texts; reserved units and ids are texts.
fn significant_digits((name, value): (&str, &str)) -> usize {
    let numeric = ["_cost", "_amount", "_commitment", "_quantity", "_fee", "_for_usage", "_period"].iter().any(|end| name.ends_with(end));
    if !numeric || value.contains(['T', '/']) {
        return 0;
    }
    let mantissa = value.split(['E', 'e']).next().unwrap().replace(['-', '.'], "");
    mantissa.trim_matches('0').len()
}

fn write_and_read(request: &BillRequest) -> (Found, GroundTruth) {
    let dir = tempfile::tempdir().unwrap();
    let truth = write_bill(request, dir.path()).unwrap();
    let mut found = Found::default();
    rows(dir.path(), |row| found.add(row, request.discount_percent.is_some()));
    (found, truth)
}

#[test]
fn identities_hold_in_every_format() {
    for (format, net, sharing) in [
        (Format::LegacyCsv, None, SharingMode::Open),
        (Format::LegacyParquet, Some(7), SharingMode::Prioritized),
        (Format::Cur2Parquet, None, SharingMode::Restricted),
        (Format::Cur2Csv, Some(7), SharingMode::Mixed),
    ] {
        let request = BillRequest { discount_percent: net, split: net.is_some(), sharing, seed: 11, ..BillRequest::small(format) };
        let (found, truth) = write_and_read(&request);
        found.check(&truth);
    }
}

#[test]
fn every_kind_of_row_and_commitment_occurs() {
    let request = BillRequest { rows: 60_000, months: 2, split: true, discount_percent: Some(7), ..BillRequest::small(Format::LegacyCsv) };
    let (found, truth) = write_and_read(&request);
    let kinds: Vec<&str> = found.by_type.keys().map(String::as_str).collect();
    insta::assert_snapshot!(kinds.join(" "), @"Credit DiscountedUsage EdpDiscount Fee RIFee Refund SavingsPlanCoveredUsage SavingsPlanNegation SavingsPlanRecurringFee SavingsPlanUpfrontFee Tax Usage");
    assert!(found.split_rows > 0);
    assert!(found.negations.values().any(|(_, _, covered, _)| *covered > 1), "a negation stands for several rows");
    let commitments = &truth.periods[0].commitments;
    assert_eq!(commitments.len(), 39);
    assert!(commitments.values().any(|totals| totals.used.is_zero()), "one is wasted");
    assert!(commitments.values().any(|totals| !totals.used.is_zero() && totals.used < totals.held), "one is used in part");
    assert!(commitments.values().any(|totals| totals.used == totals.held), "one is used fully");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn identities_hold_for_any_seed(seed in any::<u64>(), accounts in 1_u32..40, month in 1_i8..=12, mixed in any::<bool>()) {
        let start = tenor_bill::BillingPeriod::new(2024, month).unwrap();
        let (discount_percent, sharing) = if mixed { (Some(7), SharingMode::Mixed) } else { (None, SharingMode::Prioritized) };
        let request = BillRequest { seed, accounts, start, discount_percent, sharing, ..BillRequest::small(Format::LegacyCsv) };
        let (found, truth) = write_and_read(&request);
        found.check(&truth);
    }
}
