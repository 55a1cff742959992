//! What an import notes of a period: where it came from, what it adds up to, and what does not close.

use super::{ImportError, Origin};
use crate::read::Converted;
use crate::source::Report;
use crate::store::{Doing, GivenUp, ImportRecord, LAYOUT, Residual};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::File;
use tenor_bill::{Difference, Sums};

/// The record of a converted period, one of `periods` that its report held.
pub(super) fn of(report: &Report, converted: &Converted, periods: u32, source: &str, now: Timestamp) -> Result<ImportRecord, ImportError> {
    let count = |files: usize| u32::try_from(files).expect("a period has fewer than 4 billion files");
    Ok(ImportRecord {
        layout: LAYOUT,
        payer: converted.key.payer.to_string(),
        period: converted.key.period.to_string(),
        provider: converted.key.provider.clone(),
        version: version(converted)?,
        charges_files: count(converted.charges.len()),
        split_files: count(converted.split_costs.len()),
        kind: report.kind,
        assembly: report.assembly.clone(),
        fingerprint: report.fingerprint.clone(),
        source_periods: periods,
        source: source.to_owned(),
        report: report.title.clone(),
        account: report.payer.clone(),
        imported_at: now.to_string(),
        time_unit: converted.time_unit,
        currency: converted.currency.clone(),
        rows_read: converted.rows_read,
        rows_charges: converted.rows_charges,
        rows_split: converted.rows_split,
        rows_quarantined: converted.rows_quarantined,
        totals: totals(&converted.sums, converted.rows_split > 0, converted.rows_quarantined > 0),
        line_items: converted.line_items.clone(),
        residuals: residuals(converted),
        notices: converted.notices.clone(),
        given_up: given_up(converted),
    })
}

/// Roll-ups that would have had too many groups.
fn given_up(converted: &Converted) -> Vec<GivenUp> {
    let rollups = [(&converted.rollup, GivenUp::ByDay), (&converted.detail, GivenUp::ByMonth)];
    rollups.into_iter().filter(|(file, _)| file.is_none()).map(|(_, given_up)| given_up).collect()
}

/// The content version, which covers the rows set aside as well: they are part of what is held.
fn version(converted: &Converted) -> Result<String, ImportError> {
    let Some(aside) = &converted.quarantined else { return Ok(converted.version.clone()) };
    let mut hasher = blake3::Hasher::new();
    hasher.update(converted.version.as_bytes());
    File::open(aside).and_then(|rows| hasher.update_reader(rows).map(drop)).doing("read", aside)?;
    Ok(hasher.finalize().to_hex()[..16].to_owned())
}

fn totals(sums: &Sums, with_split: bool, with_quarantine: bool) -> BTreeMap<String, String> {
    let mut totals = vec![
        ("source-unblended", sums.source_unblended),
        ("source-charged", sums.source_charged),
        ("source-amortized", sums.source_amortized),
        ("source-bridge", sums.source_bridge),
        ("covered-and-negation", sums.covered_and_negation),
        ("billed", sums.billed),
        ("effective", sums.effective),
        ("list", sums.list),
        ("contracted", sums.contracted),
        ("unblended", sums.unblended),
    ];
    if with_split {
        totals.push(("split-unblended", sums.split_unblended));
    }
    if with_quarantine {
        totals.push(("quarantined-unblended", sums.quarantined_unblended));
        totals.push(("quarantined-charged", sums.quarantined_charged));
        totals.push(("source-unblended-with-quarantined", sums.source_unblended + sums.quarantined_unblended));
        totals.push(("source-charged-with-quarantined", sums.source_charged + sums.quarantined_charged));
    }
    totals.into_iter().map(|(name, sum)| (name.to_owned(), sum.to_string())).collect()
}

fn residuals(converted: &Converted) -> Vec<Residual> {
    let sums = &converted.sums;
    let of = |difference: Difference| Residual {
        name: difference.name,
        amount: difference.amount.to_string(),
        meaning: difference.meaning.to_owned(),
        explained: difference.explained,
    };
    let mut residuals: Vec<Residual> = sums.differences().into_iter().chain(converted.written.iter().cloned()).map(of).collect();
    residuals.extend(sums.rounding.iter().map(|(column, rounding)| Residual {
        name: format!("rounding of {column}"),
        amount: decimal_24(rounding.residue),
        meaning: format!("digits after the twelfth that {} numbers of the source lost", rounding.numbers),
        explained: true,
    }));
    if converted.rows_quarantined > 0 {
        let unreadable = sums.quarantined_unreadable;
        residuals.push(Residual {
            name: "quarantined".to_owned(),
            amount: sums.quarantined_charged.to_string(),
            meaning: match unreadable {
                0 => format!("cost of rows set aside ({}): imported + quarantined = source", converted.rows_quarantined),
                _ => format!(
                    "cost of rows set aside ({}), without those whose cost cannot be read ({unreadable})",
                    converted.rows_quarantined
                ),
            },
            explained: unreadable == 0,
        });
    }
    let accounted = converted.line_items.values().sum::<u64>() + converted.rows_split + converted.rows_quarantined;
    if accounted != converted.rows_read {
        residuals.push(Residual {
            name: "rows".to_owned(),
            amount: (i128::from(converted.rows_read) - i128::from(accounted)).to_string(),
            meaning: "rows read less rows that became charges, split costs or were set aside: an import fault".to_owned(),
            explained: false,
        });
    }
    residuals
}

/// A count of 10⁻²⁴ as exact decimal text.
fn decimal_24(units: i128) -> String {
    const SCALE: u128 = 10_u128.pow(24);
    let (sign, magnitude) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let text = format!("{sign}{}.{:024}", magnitude / SCALE, magnitude % SCALE);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What a person should know of a period that takes the place of another version.
pub(super) fn remarks(before: &ImportRecord, after: &ImportRecord) -> Vec<String> {
    let mut remarks = Vec::new();
    if before.kind != after.kind {
        remarks.push(format!("a {} report took the place of a {} one", after.kind, before.kind));
    }
    match (Origin::of_record(before), Origin::of_record(after)) {
        (Some(was), Some(is)) if !was.is_same(is) => remarks.push(format!("the report {is} took the place of {was}")),
        (Some(_), Some(_)) => {}
        // Files without a manifest may be a newer version or another account's bill of its own; only a person can tell.
        _ if before.source != after.source && before.version != after.version => {
            remarks.push(format!("it took the place of what was read from `{}`", before.source));
        }
        _ => {}
    }
    if after.rows_read < before.rows_read {
        remarks.push(format!(
            "it has {} rows where the version before had {}; AWS's versions grow, so this may be an older one",
            after.rows_read, before.rows_read
        ));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::{decimal_24, residuals, totals};
    use crate::read::Converted;
    use crate::store::{Key, TimeUnit};
    use std::collections::BTreeMap;
    use tenor_bill::{Difference, Reported, Rounding, Sums};
    use tenor_money::Money;

    /// A period of these sums, of which one row was set aside.
    fn converted(sums: Sums) -> Converted {
        Converted {
            key: Key { payer: "1".parse().unwrap(), period: "2018-10".parse().unwrap(), provider: "AWS".to_owned() },
            charges: Vec::new(),
            rollup: None,
            detail: None,
            split_costs: Vec::new(),
            quarantined: None,
            version: String::new(),
            time_unit: TimeUnit::Hour,
            currency: String::new(),
            rows_read: 1,
            rows_charges: 0,
            rows_split: 0,
            rows_quarantined: 1,
            sums,
            written: Vec::new(),
            line_items: BTreeMap::new(),
            notices: Vec::new(),
        }
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn what_was_set_aside_reconciles_in_cash_where_a_report_has_no_unblended_cost_or_a_net_one() {
        let mut focus = Sums { source_charged: money("5"), ..Sums::default() };
        focus.add_quarantined(Some(Reported { gross: None, net: Some(money("2")) }));
        let mut net = Sums { source_unblended: money("10"), source_charged: money("9"), ..Sums::default() };
        net.add_quarantined(Some(Reported { gross: Some(money("1")), net: Some(money("0.9")) }));
        let shown = |sums: &Sums| {
            let totals = totals(sums, false, true).into_iter().filter(|(name, _)| name.contains("quarantined"));
            let residual = residuals(&converted(sums.clone())).into_iter().find(|residual| residual.name == "quarantined").unwrap();
            totals
                .map(|(name, sum)| format!("{name} {sum}"))
                .chain([format!("residual {}", residual.amount)])
                .collect::<Vec<_>>()
                .join("\n")
        };
        insta::assert_snapshot!(format!("{}\n\n{}", shown(&focus), shown(&net)), @"
        quarantined-charged 2
        quarantined-unblended 0
        source-charged-with-quarantined 7
        source-unblended-with-quarantined 0
        residual 2

        quarantined-charged 0.9
        quarantined-unblended 1
        source-charged-with-quarantined 9.9
        source-unblended-with-quarantined 11
        residual 0.9
        ");
    }

    #[test]
    fn rounding_is_named_by_column_and_a_fault_of_the_writer_too() {
        let rounding = [("BilledCost", 2, 5), ("ListCost", 1, -7)]
            .map(|(column, numbers, residue)| (column.to_owned(), Rounding { numbers, residue }));
        let lost = Difference { name: "billed".to_owned(), amount: money("1"), meaning: "lost", explained: false };
        let period = Converted { written: vec![lost], ..converted(Sums { rounding: rounding.into(), ..Sums::default() }) };
        let shown: Vec<_> = residuals(&period).iter().map(|r| format!("{} {} {} {}", r.name, r.amount, r.explained, r.meaning)).collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        billed 1 false lost
        rounding of BilledCost 0.000000000000000000000005 true digits after the twelfth that 2 numbers of the source lost
        rounding of ListCost -0.000000000000000000000007 true digits after the twelfth that 1 numbers of the source lost
        quarantined 0 true cost of rows set aside (1): imported + quarantined = source
        ");
    }

    #[test]
    fn a_residue_is_written_to_its_last_digit() {
        let texts = [0, 1, -1, 500_000_000_000, -3 * 10_i128.pow(24), 10_i128.pow(24) + 10].map(decimal_24);
        insta::assert_snapshot!(texts.join("\n"), @"
        0
        0.000000000000000000000001
        -0.000000000000000000000001
        0.0000000000005
        -3
        1.00000000000000000000001
        ");
    }
}
