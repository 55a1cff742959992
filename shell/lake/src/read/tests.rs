//! Small bills in as text, charges out as text.

mod aside;
mod parquet;
mod quotes;
mod real;
mod refused;
mod rows;

use super::{Conversion, Converted, InMemory, ReadError, convert};
use crate::source::{Format, Part, Report};
use crate::store::ReportKind;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

fn part(name: &str, format: Format, bytes: Vec<u8>) -> Part {
    Part { name: name.to_owned(), format, size: bytes.len() as u64, bytes: Arc::new(InMemory(bytes.into())) }
}

fn report(kind: ReportKind, parts: Vec<Part>) -> Report {
    Report {
        kind,
        name: "test".to_owned(),
        title: None,
        period: None,
        payer: None,
        assembly: None,
        columns: None,
        months: Vec::new(),
        parts,
        fingerprint: String::new(),
    }
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn convert_reports(reports: &[Report], quarantine: bool, staging: &Path) -> Result<Vec<Converted>, ReadError> {
    convert(&Conversion { reports, staging, quarantine, progress: &|_| {} })
}

/// The named columns of a Parquet file, a line per row.
fn show(path: &Path, columns: &[&str]) -> String {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut out = String::new();
    for batch in reader {
        let batch = batch.unwrap();
        let options = FormatOptions::default().with_null("-");
        let columns: Vec<_> = columns.iter().map(|name| without_zone(batch.column_by_name(name).unwrap())).collect();
        let formatters: Vec<_> = columns.iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let cells: Vec<_> = formatters.iter().map(|formatter| trim_zeros(&formatter.value(row).to_string())).collect();
            writeln!(out, "{}", cells.join(" | ")).unwrap();
        }
    }
    out
}

/// Formatting a zoned moment needs a time zone database, which these tests do without.
fn without_zone(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(unit, _) => cast(column, &DataType::Timestamp(*unit, None)).unwrap(),
        _ => Arc::clone(column),
    }
}

fn trim_zeros(cell: &str) -> String {
    if cell.contains('.') && cell.parse::<f64>().is_ok() {
        cell.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        cell.to_owned()
    }
}

/// Converts one CSV of a kind and shows columns of its only period, then what does not close.
fn check(kind: ReportKind, csv: &str, columns: &[&str]) -> String {
    let staging = tempfile::tempdir().unwrap();
    match convert_reports(&[report(kind, vec![part("bill.csv", Format::Csv, csv.into())])], false, staging.path()) {
        Ok(periods) => {
            let period = &periods[0];
            let mut out = show(&period.charges[0], columns);
            for difference in period.sums.differences() {
                writeln!(out, "{} differs by {}", difference.name, difference.amount).unwrap();
            }
            out
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{error}{cause}\nhint: {}", error.hint())
        }
    }
}

fn converted(kind: ReportKind, csv: &str, quarantine: bool, staging: &Path) -> Result<Vec<Converted>, ReadError> {
    convert_reports(&[report(kind, vec![part("bill.csv", Format::Csv, csv.into())])], quarantine, staging)
}

/// A legacy bill of rows `column=value;column=value`, with an hour of October 2018 and no cost where a row does not say.
fn sparse(rows: &[&str]) -> String {
    let usual = [
        ("bill/PayerAccountId", "111122223333"),
        ("bill/BillingPeriodStartDate", "2018-10-01T00:00:00Z"),
        ("lineItem/UsageStartDate", "2018-10-01T00:00:00Z"),
        ("lineItem/UsageEndDate", "2018-10-01T01:00:00Z"),
        ("lineItem/CurrencyCode", "USD"),
        ("lineItem/UnblendedCost", "0"),
    ];
    let said = |row: &&str| -> Vec<(String, String)> {
        row.split(';').map(|pair| pair.split_once('=').map(|(column, value)| (column.to_owned(), value.to_owned())).unwrap()).collect()
    };
    let rows: Vec<_> = rows.iter().map(said).collect();
    let mut columns: Vec<String> = usual.iter().map(|(column, _)| (*column).to_owned()).collect();
    for (column, _) in rows.iter().flatten() {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    let value = |row: &[(String, String)], column: &String| {
        let usual = usual.iter().find(|(name, _)| name == column).map_or("", |(_, value)| value);
        row.iter().find(|(name, _)| name == column).map_or(usual.to_owned(), |(_, value)| value.clone())
    };
    let line = |row: &Vec<(String, String)>| columns.iter().map(|column| value(row, column)).collect::<Vec<_>>().join(",");
    std::iter::once(columns.join(",")).chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n")
}

const LEGACY: &str = "bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/ResourceId,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,pricing/publicOnDemandCost,reservation/ReservationARN,reservation/EffectiveCost,savingsPlan/SavingsPlanARN,savingsPlan/SavingsPlanEffectiveCost,savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment,resourceTags/user:Team";

/// A legacy bill of one hour; `rows` give type, account, usage type, operation, resource, amount, cost, list and the rest after a bar.
fn legacy(rows: &[&str]) -> String {
    let line = |row: &&str| {
        let fields: Vec<_> = row.split('|').collect();
        let [kind, account, usage_type, operation, resource, amount, cost, list, rest] = fields[..] else { panic!("nine fields: {row}") };
        let hour = "2018-10-01T00:00:00Z,2018-10-01T01:00:00Z";
        let period = "2018-10-01T00:00:00Z,2018-11-01T00:00:00Z";
        format!(
            "111122223333,{period},{account},{kind},{hour},AmazonEC2,{usage_type},{operation},{resource},{amount},USD,{cost},{list},{rest}"
        )
    };
    std::iter::once(LEGACY.to_owned()).chain(rows.iter().map(line)).collect::<Vec<_>>().join("\n")
}

const COSTS: &[&str] = &["x_LineItemType", "CommitmentDiscountStatus", "BilledCost", "EffectiveCost", "ListCost", "Tags"];

#[test]
fn a_plan_pays_for_usage_and_its_rest_is_unused() {
    let bill = legacy(&[
        "SavingsPlanCoveredUsage|1|BoxUsage:m5.large|RunInstances|i-1|1|0.096|0.096|,,arn:sp,0.07,,,blue",
        "SavingsPlanNegation|1|BoxUsage:m5.large|RunInstances||-1|-0.096||,,arn:sp,,,,",
        "SavingsPlanRecurringFee|1|ComputeSP:1yrNoUpfront||||0.1||,,arn:sp,,0.1,0.07,",
        "Usage|1|SpotUsage:m5.large|RunInstances|i-2|1|0.03|0.096|,,,,,,",
    ]);
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, COSTS), @r#"
    SavingsPlanRecurringFee | - | 0.1 | 0 | 0 | -
    SavingsPlanRecurringFee | Unused | 0 | 0.03 | 0 | -
    SavingsPlanCoveredUsage | Used | 0 | 0.07 | 0.096 | {"Team":"blue"}
    Usage | - | 0.03 | 0.03 | 0.096 | -
    "#);
    let kinds = [
        "x_LineItemType",
        "ChargeCategory",
        "PricingCategory",
        "CommitmentDiscountId",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountUnit",
    ];
    insta::assert_snapshot!(check(ReportKind::LegacyCur, &bill, &kinds), @"
    SavingsPlanRecurringFee | Purchase | Standard | arn:sp | 0.1 | USD
    SavingsPlanRecurringFee | Usage | Committed | arn:sp | 0.03 | USD
    SavingsPlanCoveredUsage | Usage | Committed | arn:sp | 0.07 | USD
    Usage | Usage | Dynamic | - | - | -
    ");
}

#[test]
fn a_bad_value_is_named_with_file_row_and_column() {
    let good = "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,";
    let cases = [
        ("not a number", legacy(&[good, "Usage|1|BoxUsage|RunInstances|i-1|1|zero|0.1|,,,,,,"])),
        ("no cost", legacy(&["Usage|1|BoxUsage|RunInstances|i-1|1||0.1|,,,,,,"])),
        ("no type", legacy(&["|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,"])),
        ("too few fields", legacy(&[good, "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,"])),
        ("covered by nothing", legacy(&["DiscountedUsage|1|BoxUsage|RunInstances|i-1|1|0|0.1|,,,,,,"])),
        ("two currencies", legacy(&[good, good]).replacen("USD", "EUR", 1)),
        ("bad date", legacy(&[good]).replace("T01:00:00Z", "T25:00:00Z")),
        ("no payer", legacy(&[good]).replace("111122223333,", ",")),
        ("no header of a bill", "a,b\n1,2\n".to_owned()),
    ];
    let shown: Vec<_> = cases.iter().map(|(name, csv)| format!("{name}:\n{}", check(ReportKind::LegacyCur, csv, COSTS))).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    not a number:
    row 3 of `bill.csv`: lineItem/UnblendedCost `zero` is not an amount (not a decimal number)
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    no cost:
    row 2 of `bill.csv`: lineItem/UnblendedCost `` is empty, which it must not be
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    no type:
    row 2 of `bill.csv`: lineItem/LineItemType `` is empty, which it must not be
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    too few fields:
    row 3 of `bill.csv`: the row `["111122223333","2018-10-01T00:00:00Z","2018-11-01T00:00:00Z","1","Usage","2018-10-01T00:00:00Z","2018-10-01T01:00:00Z","AmazonEC2","BoxUsage","RunInstances","i-1","1","USD","0.1","0.1","",""]` is 17 fields long where the header has 22
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    covered by nothing:
    row 2 of `bill.csv`: reservation/ReservationARN `` is empty, which it must not be
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    two currencies:
    row 3 of `bill.csv`: lineItem/CurrencyCode `USD` is another currency than the EUR of earlier rows; one period has one currency
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    bad date:
    row 2 of `bill.csv`: lineItem/UsageEndDate `2018-10-01T25:00:00Z` is not a date and time
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    no payer:
    row 2 of `bill.csv`: bill/PayerAccountId `` is empty, which it must not be
    hint: correct the row, or import with --quarantine to set such rows aside, counted and summed
    no header of a bill:
    `bill.csv` has no column `bill/PayerAccountId`, without which its rows cannot be booked
    hint: if this is another kind of report, name it with --as legacy-cur, --as cur2 or --as focus
    "#);
}

#[test]
fn a_gzip_that_breaks_off_is_an_error_and_not_a_short_bill() {
    let bill = legacy(&["Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,"; 500]);
    let mut bytes = gzip(&bill);
    bytes.truncate(bytes.len() - 10);
    let staging = tempfile::tempdir().unwrap();
    let error = convert_reports(&[report(ReportKind::LegacyCur, vec![part("bill.csv.gz", Format::CsvGzip, bytes)])], false, staging.path())
        .unwrap_err();
    insta::assert_snapshot!(format!("{error}: {}", std::error::Error::source(&error).unwrap()), @"cannot read `bill.csv.gz`: incomplete deflate stream");
}

#[test]
fn the_cost_of_a_row_whose_fields_are_shifted_is_not_believed() {
    let bill = legacy(&["Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,", "Usage|1,77|BoxUsage|RunInstances|i-2|1|0.25|0.1|,,,,,,"]);
    let staging = tempfile::tempdir().unwrap();
    let periods =
        convert_reports(&[report(ReportKind::LegacyCur, vec![part("bill.csv", Format::Csv, bill.into())])], true, staging.path()).unwrap();
    let sums = &periods[0].sums;
    assert_eq!((sums.quarantined_unblended.to_string().as_str(), sums.quarantined_unreadable), ("0", 1));
}

#[test]
fn a_quote_nobody_closes_does_not_fill_the_memory() {
    let bill = legacy(&["Usage|1|BoxUsage|RunInstances|\"i-1|1|0.1|0.1|,,,,,,"]) + &"x".repeat(20 << 20);
    let staging = tempfile::tempdir().unwrap();
    let error = convert_reports(&[report(ReportKind::LegacyCur, vec![part("bill.csv", Format::Csv, bill.into())])], false, staging.path())
        .unwrap_err();
    insta::assert_snapshot!(format!("{error}: {}", std::error::Error::source(&error).unwrap()), @"cannot read `bill.csv`: a row is longer than 8 MiB: a quote in it is not closed");
}

#[test]
fn quarantined_rows_are_counted_summed_and_kept() {
    let bill = legacy(&[
        "Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,",
        "Usage|1|BoxUsage|RunInstances|i-2|x|0.25|0.1|,,,,,,",
        "Usage|1|BoxUsage|RunInstances|i-3|1|?|0.1|,,,,,,",
    ]);
    let staging = tempfile::tempdir().unwrap();
    let periods =
        convert_reports(&[report(ReportKind::LegacyCur, vec![part("bill.csv", Format::Csv, bill.into())])], true, staging.path()).unwrap();
    let period = &periods[0];
    let sums = &period.sums;
    insta::assert_snapshot!(
        format!("{} read, {} kept, {} aside, {} of their cost, {} unreadable", period.rows_read, period.rows_charges, period.rows_quarantined, sums.quarantined_unblended, sums.quarantined_unreadable),
        @"3 read, 1 kept, 2 aside, 0.25 of their cost, 1 unreadable"
    );
    let aside = std::fs::read_to_string(period.quarantined.as_ref().unwrap()).unwrap();
    let short: Vec<_> = aside.lines().map(|line| line.split(",\"[").next().unwrap()).collect();
    insta::assert_snapshot!(short.join("\n"), @"
    file,row,column,value,problem,cost,record
    bill.csv,3,lineItem/UsageAmount,x,not an amount (not a decimal number),0.25
    bill.csv,4,lineItem/UnblendedCost,?,not an amount (not a decimal number),
    ");
}

#[test]
fn gzip_zip_plain_and_several_parts_give_the_same_bytes() {
    let rows: Vec<String> =
        (0..200).map(|i| format!("Usage|{}|BoxUsage|RunInstances|i-{}|1|0.{i:03}|0.1|,,,,,,team{}", i % 3, i % 7, i % 2)).collect();
    let bill = legacy(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let mut zipped = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zipped.start_file("bill.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zipped.write_all(bill.as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap().into_inner();
    let version = |parts: Vec<Part>| {
        let staging = tempfile::tempdir().unwrap();
        convert_reports(&[report(ReportKind::LegacyCur, parts)], false, staging.path()).unwrap().remove(0).version
    };
    let plain = version(vec![part("a.csv", Format::Csv, bill.clone().into())]);
    assert_eq!(plain, version(vec![part("a.csv.gz", Format::CsvGzip, gzip(&bill))]));
    assert_eq!(plain, version(vec![part("a.zip", Format::CsvZip, zipped)]));
    assert_ne!(plain, version(vec![part("a.csv", Format::Csv, bill.replace("0.100", "0.101").into())]));
}

#[test]
fn split_cost_rows_never_count_twice() {
    let bill = legacy(&["Usage|1|BoxUsage|RunInstances|i-1|1|0.1|0.1|,,,,,,", "Usage|1|BoxUsage|EKSPod-EC2|pod/a|0.5|0.05|0.1|,,,,,,"]);
    let staging = tempfile::tempdir().unwrap();
    let periods =
        convert_reports(&[report(ReportKind::LegacyCur, vec![part("bill.csv", Format::Csv, bill.into())])], false, staging.path()).unwrap();
    let period = &periods[0];
    assert_eq!((period.rows_charges, period.rows_split, period.sums.billed.to_string().as_str()), (1, 1, "0.1"));
    insta::assert_snapshot!(show(&period.split_costs[0], &["ResourceId", "x_Operation", "x_UsageAmount"]), @"pod/a | EKSPod-EC2 | 0.5");
}

#[test]
fn cur_2_maps_are_tags_and_product_attributes() {
    let bill = r#"bill_payer_account_id,bill_billing_period_start_date,line_item_usage_start_date,line_item_usage_end_date,line_item_line_item_type,line_item_currency_code,line_item_unblended_cost,line_item_product_code,product,resource_tags,cost_category
1,2026-04-01T00:00:00.000Z,2026-04-01T00:00:00.000Z,2026-04-02T00:00:00.000Z,Usage,USD,-7.0E-10,AmazonEC2,"{""product_name"":""Amazon EC2"",""operating_system"":""Linux""}","{""user_team"":""blue"",""app"":""""}","{""Unit"":""x""}"
"#;
    let columns = ["BilledCost", "ServiceName", "ServiceCategory", "x_OperatingSystem", "Tags", "x_CostCategories"];
    insta::assert_snapshot!(check(ReportKind::Cur2, bill, &columns), @r#"-0.0000000007 | Amazon EC2 | Compute | Linux | {"team":"blue"} | {"Unit":"x"}"#);
}

#[test]
fn focus_rows_are_kept_and_what_has_no_place_too() {
    let bill = r#"BilledCost,EffectiveCost,ListCost,BillingAccountId,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName,CommitmentDiscountStatus,Tags,Id,x_Discounts
1.5,0,2,77,USD,2024-09-01 00:00:00,Usage,2024-09-18 22:00:00,2024-09-18 23:00:00,AWS,Used,"{""b"": ""2"", ""a"": ""1""}",9,NULL
"#;
    insta::assert_snapshot!(check(ReportKind::Focus, bill, &["BilledCost", "ChargePeriodStart", "Tags", "x_Extra", "x_Discounts"]), @r#"1.5 | 2024-09-18T22:00:00 | {"a":"1","b":"2"} | {"Id":"9"} | -"#);
}
