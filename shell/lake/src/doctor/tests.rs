//! Lakes with something wrong, and what is said of them.

use super::{Severity, examine};
use crate::import::{ImportOptions, import};
use crate::read::InMemory;
use crate::source::{Format, Part, Report};
use crate::store::tests::disk::{Fault, FaultyDisk};
use crate::store::tests::{now, scratch};
use crate::store::{Lake, ReportKind, Wait};
use arrow::array::{Int64Array, RecordBatch};
use jiff::ToSpan;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fmt::Write as _;
use std::fs;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tenor_bill::BillingPeriod;

struct Home {
    folder: tempfile::TempDir,
    lake: Lake,
}

impl Home {
    fn new() -> Self {
        let folder = scratch();
        Self { lake: Lake::open(folder.path()).unwrap(), folder }
    }

    /// Imports a legacy CUR of rows `payer period type cost`.
    fn import(&self, rows: &[&str]) {
        let mut csv = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
            lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageAmount,lineItem/CurrencyCode,\
            lineItem/UnblendedCost\n"
            .to_owned();
        for row in rows {
            let fields: Vec<_> = row.split(' ').collect();
            let [payer, period, kind, cost] = fields[..] else { panic!("four fields: {row}") };
            let currency = if payer.starts_with('9') { "CNY" } else { "USD" };
            let month: BillingPeriod = period.parse().unwrap();
            let end = if payer.starts_with('3') { month.start() + 48.hours() } else { month.end() };
            let hours = format!("{},{end}", end - 1.hour());
            writeln!(csv, "{payer},{period}-01T00:00:00Z,1,{kind},{hours},AmazonEC2,1,{currency},{cost}").unwrap();
        }
        let part = Part { name: "bill.csv".to_owned(), format: Format::Csv, size: 1, bytes: Arc::new(InMemory(csv.into())) };
        let (kind, name) = (ReportKind::LegacyCur, "bill".to_owned());
        let fingerprint = rows.concat();
        let (title, payer, assembly, columns, months) = (None, None, None, None, Vec::new());
        let report = Report { kind, name, title, period: None, payer, assembly, columns, months, parts: vec![part], fingerprint };
        let options = ImportOptions { replace: false, quarantine: true, wait: false, clock: now, source: "a folder".to_owned() };
        import(&self.lake, || Ok(vec![report]), &options, &|_| ()).unwrap();
    }

    fn file(&self, of: impl Fn(&crate::store::HeldPeriod) -> Option<&std::path::PathBuf>) -> std::path::PathBuf {
        of(&self.lake.snapshot().unwrap().periods[0]).unwrap().clone()
    }

    fn told(&self) -> String {
        let mut text = String::new();
        for finding in examine(&self.lake, now()).unwrap() {
            let key = finding.key.map(|key| format!("{}: ", key.period)).unwrap_or_default();
            let amount = finding.amount.map(|amount| format!(" {amount}")).unwrap_or_default();
            writeln!(text, "{}: {key}{}{amount}: {}", finding.severity, finding.title, finding.meaning).unwrap();
            if !finding.what_to_do.is_empty() {
                writeln!(text, "  {}", finding.what_to_do).unwrap();
            }
        }
        without_versions(&text.replace(&self.folder.path().display().to_string(), "LAKE"))
    }
}

/// Versions are hashes of contents, which change with the writer; what is told of them does not.
fn without_versions(text: &str) -> String {
    let is_version = |word: &&str| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let versions = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_version);
    versions.fold(text.to_owned(), |text, version| text.replace(version, "VERSION"))
}

const OCTOBER: &str = "111122223333 2018-10 Usage 1";

#[test]
fn a_sound_lake_is_ok_payer_by_payer_and_a_short_month_is_noted() {
    let home = Home::new();
    insta::assert_snapshot!(home.told(), @"
    note: empty lake: no bill was imported yet
      import a bill: tenor import SOURCE
    ");
    home.import(&[OCTOBER, "111122223333 2018-11 Usage 2.5"]);
    home.import(&["222233334444 2018-11 Usage 4"]);
    home.import(&["333333334444 2018-11 Usage 8"]);
    insta::assert_snapshot!(home.told(), @"
    ok: AWS 111122223333 3.5: 2 periods, 2018-10 to 2018-11: 2 charges; billed cost in USD
    ok: AWS 222233334444 4: 2018-11: 1 charge; billed cost in USD
    ok: AWS 333333334444 8: 2018-11: 1 charge; billed cost in USD
    note: 2018-11: ends early: its last charges are of 2018-11-02: the report may be an early version of the month
      import its last version, if there is a later one
    ");
}

#[test]
fn what_a_bill_itself_leaves_open_is_named() {
    let home = Home::new();
    home.import(&[
        OCTOBER,
        "111122223333 2018-10 Surcharge 2",
        "111122223333 2018-10 SavingsPlanNegation -3",
        "111122223333 2018-10 Usage ?",
    ]);
    home.import(&["111122223333 2018-10 Usage 0.00000000000049", "111122223333 2019-02 Usage 1", "111122223333 2018-12 Usage 1"]);
    home.import(&["900022223333 2026-01 Usage 1", "900022223333 2026-02 Usage 1"]);
    insta::assert_snapshot!(home.told(), @"
    note: AWS 111122223333 2: 3 periods, 2018-10 to 2019-02: 3 charges; billed cost in USD
    note: 2018-10: rounding of line_item_unblended_cost 0.00000000000049: digits after the twelfth that 1 numbers of the source lost
    warning: 2018-11 is missing: AWS 111122223333 has bills before and after, so totals over time leave these months out
      import the missing months
    warning: 2019-01 is missing: AWS 111122223333 has bills before and after, so totals over time leave these months out
      import the missing months
    ok: AWS 900022223333 2: 2 periods, 2026-01 to 2026-02: 2 charges; billed cost in CNY
    note: 2026-01: open period: the month has not ended; AWS's figures are estimates until it closes
      import it again for later versions
    note: 2026-02: open period: the month has not ended; AWS's figures are estimates until it closes
      import it again for later versions
    warning: several currencies: payers are billed in CNY, USD; a sum over all of them is not an amount of anything
      ask about one payer at a time, or keep each currency in a lake of its own with --home
    ");
    home.import(&[
        OCTOBER,
        "111122223333 2018-10 Surcharge 2",
        "111122223333 2018-10 SavingsPlanNegation -3",
        "111122223333 2018-10 Usage ?",
    ]);
    insta::assert_snapshot!(home.told(), @"
    note: AWS 111122223333 5: 3 periods, 2018-10 to 2019-02: 4 charges; billed cost in USD
    warning: 2018-10: 2 rows in quarantine -3: cost of rows set aside (2), without those whose cost cannot be read (1)
      see LAKE/quarantine/x_payer=111122223333/billing_period=2018-10/VERSION.csv; correct the source and import it again
    warning: 2018-10: notice: 1 rows: line item type `Surcharge` is not one we know; booked as its columns suggest
      keep these rows in mind where they enter a total
    warning: 2018-11 is missing: AWS 111122223333 has bills before and after, so totals over time leave these months out
      import the missing months
    warning: 2019-01 is missing: AWS 111122223333 has bills before and after, so totals over time leave these months out
      import the missing months
    ok: AWS 900022223333 2: 2 periods, 2026-01 to 2026-02: 2 charges; billed cost in CNY
    note: 2026-01: open period: the month has not ended; AWS's figures are estimates until it closes
      import it again for later versions
    note: 2026-02: open period: the month has not ended; AWS's figures are estimates until it closes
      import it again for later versions
    warning: several currencies: payers are billed in CNY, USD; a sum over all of them is not an amount of anything
      ask about one payer at a time, or keep each currency in a lake of its own with --home
    ");
}

#[test]
fn what_does_not_close_is_never_swallowed() {
    let home = Home::new();
    home.import(&[OCTOBER]);
    let record = home.file(|held| held.charges.first()).with_file_name("_import.json");
    let residual = |name: &str, amount: &str, explained: bool| {
        format!("{{\"name\": \"{name}\", \"amount\": \"{amount}\", \"meaning\": \"what it means\", \"explained\": {explained}}}")
    };
    let residuals = [
        residual("unblended", "0.01", false),
        residual("cash-bridge", "-1.5", false),
        residual("covered-and-negation", "0.000001", true),
        residual("units of arn:one", "0.000000000001", true),
        residual("units of arn:two", "-0.000000000002", true),
        residual("units of arn:three", "12", false),
    ];
    let text = fs::read_to_string(&record).unwrap().replace("\"residuals\": []", &format!("\"residuals\": [{}]", residuals.join(",")));
    fs::write(&record, text).unwrap();
    insta::assert_snapshot!(home.told(), @"
    note: AWS 111122223333 1: 2018-10: 1 charge; billed cost in USD
    error: 2018-10: unblended 0.01: what it means
      report this with the line item types of `_import.json`: Tenor should never do it
    warning: 2018-10: cash-bridge -1.5: what it means
      compare the commitment columns of the report with AWS's console, or ask AWS
    note: 2018-10: covered-and-negation 0.000001: what it means
    warning: 2018-10: units of arn:three 12: what it means
      compare the commitment columns of the report with AWS's console, or ask AWS
    note: 2018-10: units of reservations 0.000000000003: units held less used less unused of 2 reservations, as AWS's rounding leaves them
    ");
}

#[test]
fn files_that_are_not_what_was_imported_are_found() {
    let told = |tamper: &dyn Fn(&Home)| {
        let home = Home::new();
        home.import(&[OCTOBER, "111122223333 2018-10 Usage 2"]);
        tamper(&home);
        home.told()
    };
    let other = Home::new();
    other.import(&["111122223333 2018-10 Usage 9"]);
    let replace = |with: &Path, file: &Path| {
        fs::copy(with, file).unwrap();
    };
    let all = [
        told(&|home| fs::remove_file(home.file(|held| held.rollup.as_ref())).unwrap()),
        told(&|home| replace(&other.file(|held| held.rollup.as_ref()), &home.file(|held| held.rollup.as_ref()))),
        told(&|home| replace(&other.file(|held| held.charges.first()), &home.file(|held| held.charges.first()))),
        told(&|home| fs::write(home.file(|held| held.charges.first()), "PAR1").unwrap()),
        told(&|home| fs::write(home.file(|held| held.rollup.as_ref()), "PAR1").unwrap()),
        told(&|home| fs::remove_file(home.file(|held| held.detail.as_ref())).unwrap()),
        told(&|home| replace(&other.file(|held| held.detail.as_ref()), &home.file(|held| held.detail.as_ref()))),
        told(&|home| fs::write(home.file(|held| held.charges.first()).with_file_name("_import.json"), "{}").unwrap()),
        told(&|home| fs::write(home.file(|held| held.charges.first()).with_file_name("mine.parquet"), "").unwrap()),
        told(&|home| fs::write(home.folder.path().join("charges/mine.parquet"), "").unwrap()),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    note: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    warning: 2018-10: roll-up missing: answers stay right but come from the charges, more slowly
      import that period again with --replace

    note: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    error: 2018-10: roll-up does not add up: BilledCost adds up to 9 and not 3; EffectiveCost adds up to 9 and not 3; ListCost adds up to 9 and not 3; ContractedCost adds up to 9 and not 3; x_UnblendedCost adds up to 9 and not 3; it is of 1 rows and not 2
      import that period again with --replace

    note: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    error: 2018-10: charges changed: the files of charges hold 1 row where 2 were imported
      import that period again with --replace

    note: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    error: 2018-10: damaged file: `LAKE/charges/x_payer=111122223333/billing_period=2018-10/VERSION-00000.parquet` cannot be read: EOF: Parquet file too small. Size is 4 but need 8
      import that period again with --replace

    note: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    error: 2018-10: damaged file: `LAKE/rollups/x_payer=111122223333/billing_period=2018-10/VERSION.parquet` cannot be read: EOF: Parquet file too small. Size is 4 but need 8
      import that period again with --replace

    ok: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    note: 2018-10: roll-up by month missing: answers about usage types, operations, instance types, families and coverage are right and come from the charges, more slowly
      import that period again with --replace

    note: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    error: 2018-10: roll-up by month does not add up: BilledCost adds up to 9 and not 3; EffectiveCost adds up to 9 and not 3; ListCost adds up to 9 and not 3; ContractedCost adds up to 9 and not 3; x_UnblendedCost adds up to 9 and not 3; it is of 1 rows and not 2
      import that period again with --replace

    error: unreadable period: `LAKE/charges/x_payer=111122223333/billing_period=2018-10/_import.json` is not the record of an import: missing field `layout` at line 1 column 2
      import that period again with --replace; nothing else needs to be done

    ok: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    error: stray file: `LAKE/charges/x_payer=111122223333/billing_period=2018-10/mine.parquet` was not put there by an import; engines that read the folder count it
      move it out of the lake

    ok: AWS 111122223333 3: 2018-10: 2 charges; billed cost in USD
    error: stray file: `LAKE/charges/mine.parquet` was not put there by an import; engines that read the folder count it
      move it out of the lake
    ");
}

#[test]
fn a_roll_up_by_month_that_counts_more_charges_than_it_has_is_found() {
    let home = Home::new();
    home.import(&[OCTOBER]);
    let file = home.file(|held| held.detail.as_ref());
    let batch = ParquetRecordBatchReaderBuilder::try_new(File::open(&file).unwrap()).unwrap().build().unwrap().next().unwrap().unwrap();
    let mut columns = batch.columns().to_vec();
    columns[batch.schema().index_of("EffectiveCostRows").unwrap()] = Arc::new(Int64Array::from(vec![2; batch.num_rows()]));
    let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&file).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    insta::assert_snapshot!(home.told(), @"
    note: AWS 111122223333 1: 2018-10: 1 charge; billed cost in USD
    error: 2018-10: roll-up by month does not add up: EffectiveCostRows counts more charges than there are
      import that period again with --replace
    ");
}

#[test]
fn an_import_that_died_is_told_of_and_one_that_runs_is_not() {
    let home = Home::new();
    home.import(&[OCTOBER]);
    let mut writer = home.lake.writer(Wait::No, now).unwrap();
    writer.stage().unwrap();
    let worst = || examine(&home.lake, now()).unwrap().iter().map(|finding| finding.severity).max();
    assert_eq!(worst(), Some(Severity::Ok));
    drop(writer);
    insta::assert_snapshot!(home.told(), @"
    ok: AWS 111122223333 1: 2018-10: 1 charge; billed cost in USD
    note: interrupted import: an import was interrupted; the lake is whole, and what it had not finished is still in `staging`
      run the import again, which clears it away
    ");
    home.import(&[OCTOBER]);
    assert_eq!(worst(), Some(Severity::Ok));
}

#[test]
fn a_file_system_that_shows_a_replacement_midway_is_noted() {
    let folder = scratch();
    let root = folder.path().join("lake");
    let disk = FaultyDisk::new(&root, false, Fault::None, usize::MAX);
    let home = Home { lake: Lake::open_on(root, Arc::new(disk)).unwrap(), folder };
    home.import(&[OCTOBER]);
    assert!(!home.told().contains("two steps"), "a new period appears in one");
    home.import(&["111122223333 2018-10 Usage 2"]);
    insta::assert_snapshot!(home.told(), @"
    ok: AWS 111122223333 2: 2018-10: 1 charge; billed cost in USD
    note: replaced in two steps: the file system cannot swap two folders in one step; while a period is replaced, other programs may find its folder missing for a moment, and Tenor's own readers do not
      have other programs read when no import runs, or keep the lake on a local file system
    ");
}
