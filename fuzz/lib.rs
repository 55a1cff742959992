//! What the fuzz targets share: hostile bytes as a one-part report, converted into a folder that is thrown away, or as a price list.

use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::{Arc, Once};
use tenor_lake::read::{Conversion, InMemory, convert};
use tenor_lake::source::{Format, Part, Report};
use tenor_lake::store::ReportKind;
use tenor_price_list::{Options, import};

/// Lets panics of other people's crates pass: the reader turns them into an error that names the part. Our own still end the run.
fn tolerate_foreign_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic: &PanicHookInfo<'_>| {
            let foreign = panic.location().is_some_and(|place| place.file().contains("registry/src"));
            if !foreign {
                usual(panic);
            }
        }));
    });
}

/// Converts `bytes` as a part of `kind`. Whatever they are, the outcome is charges whose sums hold, or a named error.
pub fn read(kind: ReportKind, format: Format, bytes: &[u8]) {
    tolerate_foreign_panics();
    for quarantine in [false, true] {
        let staging = tempfile::tempdir().expect("a temporary folder can be made");
        let bytes_in_memory = Arc::new(InMemory(bytes.to_vec().into()));
        let part = Part { name: "part".to_owned(), format, size: bytes.len() as u64, bytes: bytes_in_memory };
        let report = Report {
            kind,
            name: "fuzz".to_owned(),
            title: None,
            period: None,
            payer: None,
            assembly: None,
            columns: None,
            months: Vec::new(),
            parts: vec![part],
            fingerprint: String::new(),
        };
        let converted = convert(&Conversion { reports: &[report], staging: staging.path(), quarantine, progress: &|_| {} });
        if let Ok(periods) = converted {
            for period in periods {
                let named = |name: &str| period.sums.differences().iter().any(|difference| difference.name == name);
                assert!(!named("unblended") && !named("billed") && !named("effective"), "an import fault: {:?}", period.sums);
            }
        }
    }
}

/// Imports `bytes` as a price list. Whatever they are, the outcome is prices that are read again as the same, or a named error.
pub fn read_prices(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a temporary file can be written");
        path
    };
    let dated = Options { date: Some("2025-04-04".parse().expect("it is a day")), simulate_plans: true, ..Options::default() };
    let Ok(imported) = import(&[write("list", bytes)], &dated) else { return };
    let mut text = String::new();
    imported.book.encode(&mut text).expect("text takes everything");
    if let Ok(again) = import(&[write("again", text.as_bytes())], &Options::default()) {
        assert_eq!(again.book, imported.book, "a version is read as it was written");
    }
}
