//! The real bills, where they are at hand, held to figures that other tools computed from them.

use super::{Converted, convert_reports};
use crate::source::{Location, discover};
use tenor_testkit::shared;

fn converted(name: &str) -> Option<Vec<Converted>> {
    let reports = discover(&Location::Local(shared::path(&format!("data/{name}"))?), None).unwrap();
    let staging = tempfile::tempdir().unwrap();
    Some(convert_reports(&reports, false, staging.path()).unwrap())
}

/// What a period adds up to, what does not close, and what a person should know.
fn shown(period: &Converted) -> String {
    let sums = &period.sums;
    let mut lines = vec![format!("{}: billed {} effective {} list {}", period.key.period, sums.billed, sums.effective, sums.list)];
    let differences = sums.differences().into_iter().chain(period.written.clone());
    lines.extend(differences.map(|d| format!("  {} {}{}", d.name, d.amount, if d.explained { " explained" } else { "" })));
    lines.extend(sums.rounding.iter().map(|(column, rounding)| format!("  {column}: {} rounded", rounding.numbers)));
    lines.extend(period.notices.iter().map(|notice| format!("  {notice}")));
    lines.join("\n")
}

#[test]
fn the_real_2018_bill_is_whole() {
    let Some(periods) = converted("cur/legacy-2018") else { return };
    let shown: Vec<_> = periods.iter().map(shown).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    2018-10: billed 4064.4831315379 effective 4195.9571093179 list 4269.187251418
      cash-bridge -0.00000518 explained
    2018-11: billed 3505.3269681268 effective 3632.5598464968 list 3710.2820749669
      cash-bridge -0.00000166 explained
    ");
    let used: Vec<_> = periods
        .iter()
        .map(|period| {
            let of = |pick: fn(&tenor_bill::ReservationSums) -> tenor_money::Quantity| -> tenor_money::Quantity {
                period.sums.reservations.values().map(pick).sum()
            };
            let largest = period.sums.reservations.values().map(|sums| sums.cost_difference().abs()).max().unwrap();
            format!(
                "{} used {} unused {} held, costs differ by {largest} at most",
                of(|s| s.normalized.used),
                of(|s| s.normalized.unused),
                of(|s| s.normalized.held)
            )
        })
        .collect();
    insta::assert_snapshot!(used.join("\n"), @"
    11978.500278 used 3166.659861 unused 15145.160139 held, costs differ by 0.00000361 at most
    11880 used 2880 unused 14760 held, costs differ by 0.00000355 at most
    ");
}

#[test]
fn the_real_cur2_export_is_whole() {
    let Some(periods) = converted("cur/cur2-2026-04") else { return };
    insta::assert_snapshot!(shown(&periods[0]), @"2026-04: billed -0.0000000676 effective -0.0000000676 list 49.5587134677");
}
