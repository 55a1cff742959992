//! The FOCUS export says the same as the ground truth, in FOCUS words.

use crate::read::{Row, rows};
use std::collections::BTreeMap;
use tenor_money::Money;
use tenor_sandbox::{BillRequest, Format, Totals, write_bill};

fn amount(row: &Row, name: &str) -> Money {
    row.get(name).map_or(Money::ZERO, |text| text.parse().unwrap())
}

fn text(row: &Row, name: &str) -> String {
    row.get(name).cloned().unwrap_or_default()
}

#[test]
fn costs_and_commitments_add_up_in_focus_words() {
    for format in [Format::FocusCsv, Format::FocusParquet] {
        let dir = tempfile::tempdir().unwrap();
        let request = BillRequest { discount_percent: Some(7), split: true, seed: 3, ..BillRequest::small(format) };
        let truth = write_bill(&request, dir.path()).unwrap();
        let (mut billed, mut effective) = (Money::ZERO, Money::ZERO);
        // By commitment: what was bought for the period, used and left.
        let mut commitments: BTreeMap<String, [Money; 3]> = BTreeMap::new();
        let (mut hourly, mut prepaid) = (BTreeMap::new(), BTreeMap::new());
        rows(dir.path(), |row| {
            billed += amount(&row, "billed_cost");
            effective += amount(&row, "effective_cost");
            let (id, quantity) = (text(&row, "commitment_discount_id"), amount(&row, "commitment_discount_quantity"));
            let status = text(&row, "commitment_discount_status");
            if id.contains("savingsplan") && status.is_empty() {
                let known = if text(&row, "charge_frequency") == "One-Time" { &mut prepaid } else { &mut hourly };
                known.insert(id.clone(), quantity);
            }
            let column = match (text(&row, "charge_category").as_str(), status.as_str(), text(&row, "charge_frequency").as_str()) {
                ("Purchase", "", "Recurring") => 0,
                ("Usage", "Used", "Usage-Based") => 1,
                ("Usage", "Unused", "Usage-Based") => 2,
                _ => return assert!(status.is_empty()),
            };
            commitments.entry(id).or_default()[column] += quantity;
        });
        let period = &truth.periods[0];
        let Totals { net_unblended, net_amortized, .. } = period.total();
        assert_eq!((billed, effective), (net_unblended, net_amortized));
        assert_eq!(commitments.len(), period.commitments.len());
        assert_eq!(prepaid.len(), 3);
        for (arn, quantity) in prepaid {
            let hours = [8_760, 26_280].map(|hours| hourly[&arn].units() * hours);
            assert!(hours.contains(&quantity.units()), "{arn}: a fee paid once counts the commitment of the whole term, not {quantity}");
        }
        for (arn, [bought, used, unused]) in commitments {
            let expected = &period.commitments[&arn];
            assert_eq!(bought, used + unused, "{arn}");
            assert_eq!((bought.units(), used.units()), (expected.held.units(), expected.used.units()), "{arn}");
        }
    }
}
