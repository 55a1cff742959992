//! Small bills imported one after another; what is refused, and what is left when an import goes wrong.

mod origins;
mod turns;

use super::{Event, ImportError, ImportOptions, Outcome};
use crate::read::InMemory;
use crate::source::{Format, Part, PartBytes, Report};
use crate::store::tests::disk::{Fault, FaultyDisk};
use crate::store::tests::{key, now, scratch};
use crate::store::{Lake, ReportKind, Wait};
use std::error::Error as _;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

const OCTOBER: &str = "111122223333 2018-10";

/// A legacy CUR of rows `payer period cost [currency]`, without a manifest.
fn bill(rows: &[&str]) -> Report {
    let mut csv = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
        lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageAmount,lineItem/CurrencyCode,\
        lineItem/UnblendedCost\n"
        .to_owned();
    for row in rows {
        let fields: Vec<_> = row.split(' ').collect();
        let [payer, period, cost] = fields[..3] else { panic!("three fields: {row}") };
        let currency = fields.get(3).unwrap_or(&"USD");
        writeln!(csv, "{payer},{period}-01T00:00:00Z,1,Usage,{period}-02T00:00:00Z,{period}-02T01:00:00Z,AmazonEC2,1,{currency},{cost}")
            .unwrap();
    }
    let fingerprint = blake3::hash(csv.as_bytes()).to_hex().to_string();
    let part = Part { name: "bill.csv".to_owned(), format: Format::Csv, size: csv.len() as u64, bytes: Arc::new(InMemory(csv.into())) };
    let (kind, name) = (ReportKind::LegacyCur, "bill".to_owned());
    Report {
        kind,
        name,
        title: None,
        period: None,
        payer: None,
        assembly: None,
        columns: None,
        months: Vec::new(),
        parts: vec![part],
        fingerprint,
    }
}

/// The same with a manifest.
fn manifested(payer: &str, period: &str, rows: &[&str]) -> Report {
    let (title, assembly) = (Some("cur".to_owned()), Some("assembly-1".to_owned()));
    let (name, period) = (format!("cur {period}"), Some(period.parse().unwrap()));
    Report { period, payer: Some(payer.to_owned()), title, assembly, name, ..bill(rows) }
}

fn of_kind(kind: ReportKind, report: Report) -> Report {
    Report { kind, ..report }
}

fn options() -> ImportOptions {
    ImportOptions { replace: false, quarantine: false, wait: false, clock: now, source: "a folder".to_owned() }
}

/// Imports reports that are found at once.
fn import(lake: &Lake, reports: &[Report], options: &ImportOptions, progress: &(dyn Fn(Event<'_>) + Sync)) -> Result<Outcome, ImportError> {
    super::import(lake, || Ok(reports.to_vec()), options, progress)
}

/// What an import did, or why it stopped.
fn told(outcome: Result<Outcome, ImportError>) -> String {
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            let mut text = format!("error: {error}\n");
            let mut cause = error.source();
            while let Some(error) = cause {
                writeln!(text, "  because: {error}").unwrap();
                cause = error.source();
            }
            return format!("{text}hint: {}\n", error.hint());
        }
    };
    let mut text = String::new();
    for period in outcome.periods {
        let record = &period.record;
        writeln!(text, "{}: {:?}, {} rows, billed {}", period.key, period.change, record.rows_charges, record.totals["billed"]).unwrap();
        for residual in &record.residuals {
            writeln!(text, "  {} {} ({})", residual.name, residual.amount, residual.meaning).unwrap();
        }
        period.remarks.iter().for_each(|remark| writeln!(text, "  {remark}").unwrap());
    }
    outcome.without_rows.iter().for_each(|empty| writeln!(text, "`{}` has no rows of {} yet", empty.report, empty.period).unwrap());
    text
}

struct Home {
    folder: tempfile::TempDir,
    lake: Lake,
}

impl Home {
    fn new() -> Self {
        let folder = scratch();
        let root = folder.path().join("lake");
        let disk = Arc::new(FaultyDisk::new(&root, true, Fault::None, usize::MAX));
        Self { lake: Lake::open_on(root, disk).unwrap(), folder }
    }

    fn import(&self, reports: &[Report]) -> String {
        self.import_with(reports, &options())
    }

    fn import_with(&self, reports: &[Report], options: &ImportOptions) -> String {
        told(import(&self.lake, reports, options, &|_| ()))
    }

    fn replace(&self, reports: &[Report]) -> String {
        self.import_with(reports, &ImportOptions { replace: true, ..options() })
    }

    /// What the lake holds: each period with its kind and billed cost.
    fn held(&self) -> String {
        held(&self.lake)
    }
}

fn held(lake: &Lake) -> String {
    let line = |period: &crate::store::HeldPeriod| {
        assert!(period.charges.iter().chain(&period.rollup).chain(&period.detail).all(|file| file.exists()));
        format!("{} {} {}\n", period.key, period.record.kind, period.record.totals["billed"])
    };
    lake.snapshot().unwrap().periods.iter().map(line).collect()
}

#[test]
fn what_is_new_is_imported_and_what_did_not_change_is_left_alone() {
    let home = Home::new();
    let two_months = bill(&["111122223333 2018-11 2", "111122223333 2018-10 0.25", "111122223333 2018-10 0.125"]);
    let mut steps = vec![home.import(std::slice::from_ref(&two_months)), home.import(std::slice::from_ref(&two_months))];
    let open = bill(&["111122223333 2018-10 0.25", "111122223333 2018-10 0.125", "111122223333 2018-10 1"]);
    steps.push(home.import(&[open]));
    // November alone is still held as it came, so the source of both is read again.
    steps.push(home.import(&[two_months]));
    insta::assert_snapshot!(steps.join("\n"), @"
    2018-10 of AWS 111122223333: New, 2 rows, billed 0.375
    2018-11 of AWS 111122223333: New, 1 rows, billed 2

    2018-10 of AWS 111122223333: Unchanged, 2 rows, billed 0.375
    2018-11 of AWS 111122223333: Unchanged, 1 rows, billed 2

    2018-10 of AWS 111122223333: Replaced, 3 rows, billed 1.375

    2018-10 of AWS 111122223333: Replaced, 2 rows, billed 0.375
      it has 2 rows where the version before had 3; AWS's versions grow, so this may be an older one
    2018-11 of AWS 111122223333: SameContents, 1 rows, billed 2
    ");
}

#[test]
fn two_reports_that_look_alike_are_both_read() {
    let home = Home::new();
    let alike = |rows: &[&str]| Report { fingerprint: "same name, size and time".to_owned(), ..bill(rows) };
    let both = [alike(&["111122223333 2018-10 1"]), alike(&["111122223333 2018-11 2"])];
    insta::assert_snapshot!([home.import(&both), home.import(&both)].concat(), @"
    2018-10 of AWS 111122223333: New, 1 rows, billed 1
    2018-11 of AWS 111122223333: New, 1 rows, billed 2
    2018-10 of AWS 111122223333: SameContents, 1 rows, billed 1
    2018-11 of AWS 111122223333: SameContents, 1 rows, billed 2
    ");
}

#[test]
fn the_same_contents_under_another_assembly_only_refresh_the_record() {
    let home = Home::new();
    let first = manifested("111122223333", "2018-10", &["111122223333 2018-10 0.25"]);
    let again = Report { assembly: Some("assembly-2".to_owned()), fingerprint: "another".to_owned(), ..first.clone() };
    let mut steps = vec![home.import(std::slice::from_ref(&first))];
    let before = home.lake.snapshot().unwrap();
    steps.push(home.import(std::slice::from_ref(&again)));
    let after = home.lake.snapshot().unwrap();
    assert_eq!(after.periods[0].charges, before.periods[0].charges);
    assert_eq!(after.periods[0].record.assembly, again.assembly);
    steps.push(home.import(std::slice::from_ref(&again)));
    fs::remove_file(after.periods[0].rollup.as_ref().unwrap()).unwrap();
    steps.push(home.import(std::slice::from_ref(&first)));
    // A lake of before there were roll-ups by month: what is delivered anew brings one.
    fs::remove_file(after.periods[0].detail.as_ref().unwrap()).unwrap();
    steps.push(home.import(std::slice::from_ref(&again)));
    assert!(home.lake.snapshot().unwrap().periods[0].detail.is_some());
    steps.push(home.replace(&[again]));
    insta::assert_snapshot!(steps.join(""), @"
    2018-10 of AWS 111122223333: New, 1 rows, billed 0.25
    2018-10 of AWS 111122223333: SameContents, 1 rows, billed 0.25
    2018-10 of AWS 111122223333: Unchanged, 1 rows, billed 0.25
    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 0.25
      its charges are the same; it lacked a roll-up, or had one too many, and was written anew
    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 0.25
      its charges are the same; it lacked a roll-up, or had one too many, and was written anew
    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 0.25
    ");
}

#[test]
fn payers_and_providers_live_side_by_side() {
    let home = Home::new();
    home.import(&[bill(&["111122223333 2018-10 0.25"])]);
    home.import(&[bill(&["222233334444 2018-10 0.5", "222233334444 2018-11 0.75"])]);
    insta::assert_snapshot!(home.held(), @"
    2018-10 of AWS 111122223333 legacy CUR 0.25
    2018-10 of AWS 222233334444 legacy CUR 0.5
    2018-11 of AWS 222233334444 legacy CUR 0.75
    ");
}

#[test]
fn another_kind_of_report_for_a_held_period_is_refused_unless_told_to_replace() {
    let home = Home::new();
    let rows = ["111122223333 2018-10 0.25"];
    home.import(&[bill(&rows)]);
    let mut steps = Vec::new();
    // By its manifest it is refused before it is read: its only part is not even a bill.
    let unread = Part { bytes: Arc::new(InMemory(bytes::Bytes::new())), ..bill(&[]).parts.remove(0) };
    let by_manifest = of_kind(ReportKind::Cur2, Report { parts: vec![unread], ..manifested("111122223333", "2018-10", &[]) });
    steps.push(home.import(&[by_manifest]));
    let by_rows = of_kind(ReportKind::Cur2, bill(&rows));
    steps.push(home.import(std::slice::from_ref(&by_rows)));
    steps.push(home.held());
    steps.push(home.replace(&[by_rows]));
    steps.push(home.held());
    insta::assert_snapshot!(steps.join("\n"), @"
    error: 2018-10 of AWS 111122223333 is held from a legacy CUR report, and this is a CUR 2.0 one
    hint: two kinds of report describe the same charges; to let this one take its place, add --replace

    error: 2018-10 of AWS 111122223333 is held from a legacy CUR report, and this is a CUR 2.0 one
    hint: two kinds of report describe the same charges; to let this one take its place, add --replace

    2018-10 of AWS 111122223333 legacy CUR 0.25

    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 0.25
      a CUR 2.0 report took the place of a legacy CUR one

    2018-10 of AWS 111122223333 CUR 2.0 0.25
    ");
}

#[test]
fn one_payer_has_one_currency() {
    let home = Home::new();
    let steps = [
        home.import(&[bill(&["111122223333 2018-10 0.25 USD", "111122223333 2018-11 0.25 CNY"])]),
        home.import(&[bill(&["111122223333 2018-10 0.25 USD"])]),
        home.import(&[bill(&["111122223333 2018-11 0.25 CNY"])]),
        home.import(&[bill(&["222233334444 2018-11 0.25 CNY"])]),
        home.import(&[bill(&["111122223333 2018-10 0.25 CNY"])]),
    ];
    insta::assert_snapshot!(steps.join("\n"), @"
    error: 2018-10 of AWS 111122223333 is in USD, but 2018-11 of AWS 111122223333 is in CNY
    hint: amounts of one payer are summed, so keep the other currency in a lake of its own with --home

    2018-10 of AWS 111122223333: New, 1 rows, billed 0.25

    error: 2018-11 of AWS 111122223333 is in CNY, but 2018-10 of AWS 111122223333 is in USD
    hint: amounts of one payer are summed, so keep the other currency in a lake of its own with --home

    2018-11 of AWS 222233334444: New, 1 rows, billed 0.25

    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 0.25
    ");
}

#[test]
fn an_error_in_one_report_leaves_those_before_it_imported_and_says_which() {
    let home = Home::new();
    let october = manifested("111122223333", "2018-10", &["111122223333 2018-10 0.25"]);
    let again = bill(&["111122223333 2018-10 0.5"]);
    let bad = manifested("111122223333", "2018-11", &["111122223333 2018-11 ?"]);
    let empty = bill(&[]);
    let mut steps = Vec::new();
    for second in [again, bad, empty] {
        let home = Home::new();
        steps.push(home.import(&[october.clone(), second]));
        steps.push(home.held());
    }
    steps.push(home.import(&[bill(&["111122223333 2018-10 ?"])]));
    insta::assert_snapshot!(steps.join("\n"), @"
    error: the import stopped halfway; what was imported before stays: 2018-10 of AWS 111122223333
      because: `bill` has 2018-10 of AWS 111122223333, which another report of the same source had already
    hint: import one of the two reports by naming its folder

    2018-10 of AWS 111122223333 legacy CUR 0.25

    error: the import stopped halfway; what was imported before stays: 2018-10 of AWS 111122223333
      because: cannot import `cur 2018-11`
      because: row 2 of `bill.csv`: lineItem/UnblendedCost `?` is not an amount (not a decimal number)
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed

    2018-10 of AWS 111122223333 legacy CUR 0.25

    error: the import stopped halfway; what was imported before stays: 2018-10 of AWS 111122223333
      because: `bill` has no rows
    hint: AWS may still be writing it; look again in a few hours

    2018-10 of AWS 111122223333 legacy CUR 0.25

    error: cannot import `bill`
      because: row 2 of `bill.csv`: lineItem/UnblendedCost `?` is not an amount (not a decimal number)
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    ");
    assert_eq!(home.held(), "");
}

#[test]
fn rows_set_aside_are_held_beside_the_period_and_still_reconcile() {
    let home = Home::new();
    let quarantine = ImportOptions { quarantine: true, ..options() };
    let one_bad = bill(&["111122223333 2018-10 0.25", "111122223333 2018-10 ?"]);
    let other_bad = bill(&["111122223333 2018-10 0.25", "111122223333 2018-10 !"]);
    let mut steps = Vec::new();
    for report in [one_bad, other_bad] {
        steps.push(home.import_with(&[report], &quarantine));
        let snapshot = home.lake.snapshot().unwrap();
        let aside = fs::read_to_string(snapshot.periods[0].quarantine.as_ref().unwrap()).unwrap();
        steps.push(aside.lines().nth(1).unwrap().split(",\"").next().unwrap().to_owned());
    }
    steps.push(home.import(&[bill(&["111122223333 2018-10 0.25", "111122223333 2018-10 0.5"])]));
    insta::assert_snapshot!(steps.join("\n"), @"
    2018-10 of AWS 111122223333: New, 1 rows, billed 0.25
      quarantined 0 (cost of rows set aside (1), without those whose cost cannot be read (1))

    bill.csv,3,lineItem/UnblendedCost,?,not an amount (not a decimal number),
    2018-10 of AWS 111122223333: Replaced, 1 rows, billed 0.25
      quarantined 0 (cost of rows set aside (1), without those whose cost cannot be read (1))

    bill.csv,3,lineItem/UnblendedCost,!,not an amount (not a decimal number),
    2018-10 of AWS 111122223333: Replaced, 2 rows, billed 0.75
    ");
    assert_eq!(home.lake.snapshot().unwrap().periods[0].quarantine, None);
}

#[test]
fn progress_tells_what_is_being_done() {
    let home = Home::new();
    let told = Mutex::new(String::new());
    let tell = |event: Event<'_>| {
        let line = match event {
            Event::Waiting(_) => "waiting".to_owned(),
            Event::Converting { report, number, of, bytes } => format!("{number} of {of}: {report}, {bytes} bytes"),
            Event::Read(progress) => format!("{} rows", progress.rows),
            Event::Committed(period) => format!("{} committed", period.key),
        };
        writeln!(told.lock().unwrap(), "{line}").unwrap();
    };
    import(&home.lake, &[bill(&["111122223333 2018-10 1"])], &options(), &tell).unwrap();
    insta::assert_snapshot!(told.into_inner().unwrap(), @"
    1 of 1: bill, 329 bytes
    1 rows
    2018-10 of AWS 111122223333 committed
    ");
    let _writer = home.lake.writer(Wait::No, now).unwrap();
    assert!(matches!(import(&home.lake, &[], &options(), &|_| ()), Err(ImportError::Store(_))), "it does not wait");
}

#[test]
fn a_broken_record_is_not_replaced_by_chance() {
    let home = Home::new();
    let report = bill(&["111122223333 2018-10 1"]);
    home.import(std::slice::from_ref(&report));
    let charges = home.lake.snapshot().unwrap().periods[0].charges[0].clone();
    fs::write(charges.with_file_name("_import.json"), "{}").unwrap();
    let lake = home.folder.path().display().to_string();
    let steps = [home.import(std::slice::from_ref(&report)), home.replace(&[report]), home.held()];
    insta::assert_snapshot!(steps.join("\n").replace(&lake, "HOME"), @"
    error: `HOME/lake/charges/x_payer=111122223333/billing_period=2018-10/_import.json` is not the record of an import
      because: missing field `layout` at line 1 column 2
    hint: import that period again with --replace; nothing else needs to be done

    2018-10 of AWS 111122223333: New, 1 rows, billed 1

    2018-10 of AWS 111122223333 legacy CUR 1
    ");
}

/// The lake's disk fails at every operation in turn, under a whole import of two periods.
#[test]
fn a_disk_that_fills_up_leaves_whole_periods_and_nothing_in_staging() {
    let report = || bill(&["111122223333 2018-10 1", "111122223333 2018-11 2"]);
    let october = "2018-10 of AWS 111122223333 legacy CUR 1\n";
    let both = format!("{october}2018-11 of AWS 111122223333 legacy CUR 2\n");
    for at in 0.. {
        let folder = scratch();
        let root = folder.path().join("lake");
        Lake::open(&root).unwrap();
        let disk = Arc::new(FaultyDisk::new(&root, true, Fault::Full, at));
        let lake = Lake::open_on(root.clone(), Arc::clone(&disk) as _).unwrap();
        let outcome = import(&lake, &[report()], &options(), &|_| ());
        if !disk.struck() {
            outcome.unwrap();
            assert_eq!(held(&lake), both);
            return;
        }
        let found = held(&lake);
        assert!(found.is_empty() || found == october || found == both, "at operation {at}: {found}");
        assert_eq!(found == both, outcome.is_ok());
        let error = outcome.map(drop).err().map(|error| (error.hint(), error.to_string()));
        assert!(error.is_none_or(|(hint, text)| hint.starts_with("free some space") && text.contains("halfway") != found.is_empty()));
        let left: Vec<_> =
            crate::store::tests::tree(&root.join("staging")).lines().filter(|line| !line.ends_with('/')).map(str::to_owned).collect();
        assert_eq!(left, [""; 0], "at operation {at}");
        let sound = Lake::open(&root).unwrap();
        import(&sound, &[report()], &options(), &|_| ()).unwrap();
        assert_eq!(held(&sound), both);
    }
}

const CHILD_LAKE: &str = "TENOR_TEST_LAKE_WITHOUT_ROOM";

/// Run by the test below in a process of its own, whose files may not grow beyond a few kilobytes.
#[test]
fn child_without_room() {
    let Some(root) = std::env::var_os(CHILD_LAKE) else { return };
    let lake = Lake::open(Path::new(&root)).unwrap();
    let bill = bill(&["111122223333 2018-10 5"]);
    let error = import(&lake, &[bill], &options(), &|_| ()).unwrap_err();
    assert!(matches!(error, ImportError::NoRoom { .. }), "{error:?}");
    fs::write(Path::new(&root).join("told"), error.hint()).unwrap();
}

#[test]
fn a_disk_without_room_is_an_error_and_not_a_broken_lake() {
    let home = Home::new();
    home.import(&[bill(&["111122223333 2018-10 1"])]);
    let before = (home.held(), crate::store::tests::tree(&home.folder.path().join("lake/charges")));
    // A shell can lower the limit and have its signal ignored, so that writing fails as it does on a full disk.
    let child = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" --exact import::tests::child_without_room"])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD_LAKE, home.folder.path().join("lake"))
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    let told = fs::read_to_string(home.folder.path().join("lake/told")).unwrap();
    assert_eq!(told, "free some space and run the import again; the lake is as it was");
    assert_eq!((home.held(), crate::store::tests::tree(&home.folder.path().join("lake/charges"))), before);
    assert_eq!(crate::store::tests::tree(&home.folder.path().join("lake/staging")), "import/");
    assert!(home.lake.held(&key("111122223333", "2018-10")).unwrap().is_some());
    insta::assert_snapshot!(home.import(&[bill(&[&format!("{OCTOBER} 5")])]), @"2018-10 of AWS 111122223333: Replaced, 1 rows, billed 5");
}
