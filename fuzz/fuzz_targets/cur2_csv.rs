//! Hostile text as a CSV bill.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenor_lake::source::Format;
use tenor_lake::store::ReportKind;

fuzz_target!(|bytes: &[u8]| tenor_fuzz::read(ReportKind::Cur2, Format::Csv, bytes));
