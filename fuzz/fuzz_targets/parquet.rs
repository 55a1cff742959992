//! Hostile bytes as a Parquet bill of every kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenor_lake::source::Format;
use tenor_lake::store::ReportKind;

fuzz_target!(|bytes: &[u8]| {
    for kind in [ReportKind::LegacyCur, ReportKind::Cur2, ReportKind::Focus] {
        tenor_fuzz::read(kind, Format::Parquet, bytes);
    }
});
