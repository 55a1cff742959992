//! A first look into a file: its format, its kind, and the payer and period of its first row.

use super::bytes::Part;
use super::columns::{self, athena_name};
use super::listing::Entry;
use super::{Format, SourceError, parquet_part, text};
use crate::store::ReportKind;
use std::io::{self, Read};
use tenor_bill::BillingPeriod;

/// Longer than any header with its first row.
const PEEK_MAX: u64 = 4 << 20;

/// What the first look at a file shows.
#[derive(Debug, Clone)]
pub(super) struct Peek {
    pub(super) part: Part,
    /// Its column names; none when it has no content at all.
    pub(super) columns: Vec<String>,
    /// What they say it is.
    pub(super) kind: Option<ReportKind>,
    /// The billing period of its first row.
    pub(super) period: Option<BillingPeriod>,
    /// The payer account of its first row.
    pub(super) payer: Option<String>,
}

impl Peek {
    /// Looks into a file whose name says little.
    pub(super) fn at(entry: &Entry) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Read { part: entry.name.clone(), source };
        let format = format(entry)?;
        let part = Part { name: entry.name.clone(), format, size: entry.size, bytes: entry.bytes.clone() };
        if format == Format::CsvZip {
            let members = text::zip_members(&entry.bytes, entry.size).map_err(failed)?;
            if members.len() != 1 {
                return Err(SourceError::ZipMembers { part: part.name, members });
            }
        }
        let (columns, first) = if format == Format::Parquet {
            let names = parquet_part::schema_names(&parquet_part::metadata(&part).map_err(failed)?);
            (names, parquet_part::first_row(&part, |name| is_period(name) || is_payer(name)).map_err(failed)?)
        } else {
            let mut records =
                if part.size == 0 { Vec::new() } else { records(part.text().map_err(failed)?, 2).map_err(failed)? }.into_iter();
            let names = records.next().unwrap_or_default();
            let first = names.iter().cloned().zip(records.next().unwrap_or_default()).collect();
            (names, first)
        };
        let kind = columns::kind(&columns, format);
        let value = |is: fn(&str) -> bool| first.iter().find(|(name, _)| is(name)).map(|(_, value): (_, &String)| value.clone());
        let period = value(is_period).and_then(|text| text.get(..7)?.parse().ok());
        let payer = value(is_payer).filter(|payer| !payer.is_empty());
        Ok(Self { part, columns, kind, period, payer })
    }
}

fn is_period(name: &str) -> bool {
    matches!(athena_name(name).as_str(), "bill_billing_period_start_date" | "billing_period_start" | "billingperiodstart")
}

fn is_payer(name: &str) -> bool {
    matches!(athena_name(name).as_str(), "bill_payer_account_id" | "billing_account_id" | "billingaccountid")
}

/// The format that a name promises, if it is one that a bill is written in.
pub(super) fn format_named(name: &str) -> Option<Format> {
    let name = name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match () {
        () if ends(&[".csv"]) => Some(Format::Csv),
        () if ends(&[".csv.gz", ".csv.gzip"]) => Some(Format::CsvGzip),
        () if ends(&[".zip"]) => Some(Format::CsvZip),
        () if ends(&[".parquet"]) => Some(Format::Parquet),
        () => None,
    }
}

/// The format that the first bytes show, which a download may have changed from what the name says.
fn format(entry: &Entry) -> Result<Format, SourceError> {
    let length = usize::try_from(entry.size.min(4)).expect("four fits");
    let start = entry.bytes.range(0, length).map_err(|source| SourceError::Read { part: entry.name.clone(), source })?;
    match start.as_ref() {
        [0x1f, 0x8b, ..] => return Ok(Format::CsvGzip),
        b"PK\x03\x04" | b"PK\x05\x06" => return Ok(Format::CsvZip),
        b"PAR1" => return Ok(Format::Parquet),
        _ => {}
    }
    match format_named(&entry.name) {
        Some(Format::Parquet) if entry.size > 0 => Err(SourceError::WrongFormat { part: entry.name.clone(), expected: "Parquet" }),
        Some(Format::CsvZip) if entry.size > 0 => Err(SourceError::WrongFormat { part: entry.name.clone(), expected: "a zip file" }),
        _ => Ok(Format::Csv),
    }
}

/// The first records of a CSV text, as RFC 4180 has them, without a byte order mark.
pub(super) fn records(text: impl Read, count: usize) -> io::Result<Vec<Vec<String>>> {
    let mut text = io::BufReader::new(text.take(PEEK_MAX)).bytes().peekable();
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), Vec::new());
    let (mut is_quoted, mut has_content) = (false, false);
    while records.len() < count {
        let Some(byte) = text.next().transpose()? else { break };
        has_content = true;
        match byte {
            b'"' if is_quoted && matches!(text.peek(), Some(Ok(b'"'))) => {
                text.next();
                field.push(b'"');
            }
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => record.push(take(&mut field)),
            b'\r' if !is_quoted && matches!(text.peek(), Some(Ok(b'\n'))) => {}
            b'\n' if !is_quoted => {
                record.push(take(&mut field));
                records.push(std::mem::take(&mut record));
                has_content = false;
            }
            byte => field.push(byte),
        }
    }
    if has_content && records.len() < count {
        record.push(take(&mut field));
        records.push(record);
    }
    if let Some(first) = records.first_mut().and_then(|record| record.first_mut())
        && let Some(rest) = first.strip_prefix('\u{feff}')
    {
        *first = rest.to_owned();
    }
    Ok(records)
}

fn take(field: &mut Vec<u8>) -> String {
    String::from_utf8_lossy(&std::mem::take(field)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::records;

    fn read(text: &str, count: usize) -> String {
        records(text.as_bytes(), count).unwrap().iter().map(|record| record.join("|")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_first_records_are_read_as_csv_writes_them() {
        assert_eq!(read("a,b\n1,2\n3,4\n", 2), "a|b\n1|2");
        assert_eq!(read("a,\"b,\"\"c\"\"\nd\"\r\n1,", 2), "a|b,\"c\"\nd\n1|");
        assert_eq!(read("\u{feff}\"a b\",c", 1), "a b|c");
        assert_eq!(read("", 2), "");
    }
}
