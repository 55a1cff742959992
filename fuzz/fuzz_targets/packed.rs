//! Hostile bytes as gzip and as zip.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenor_lake::source::Format;
use tenor_lake::store::ReportKind;

fuzz_target!(|bytes: &[u8]| {
    let format = if bytes.starts_with(b"PK") { Format::CsvZip } else { Format::CsvGzip };
    tenor_fuzz::read(ReportKind::LegacyCur, format, bytes);
});
