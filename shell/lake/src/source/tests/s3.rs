//! The same discovery and the same bytes over the wire protocol of S3, spoken by moto.

use super::*;
use object_store::aws::AmazonS3Builder;
use std::io::Read;
use tenor_testkit::moto::Moto;

/// Everything below a prefix, once from S3 and once from the folder.
fn same(moto: &Moto, folder: &std::path::Path, below: &str) -> Vec<Report> {
    let store = AmazonS3Builder::new()
        .with_bucket_name("bills")
        .with_endpoint(&moto.endpoint)
        .with_allow_http(true)
        .with_access_key_id("x")
        .with_secret_access_key("x")
        .build()
        .unwrap();
    let prefix = StorePath::parse(below).unwrap();
    let location = Location::Store { store: Arc::new(store), prefix, name: "s3".to_owned(), runtime: RUNTIME.handle().clone() };
    let (there, here) = (discover(&location, None).unwrap(), discover(&Location::Local(folder.join(below)), None).unwrap());
    let lines = |reports: &[Report]| reports.iter().map(line).collect::<Vec<_>>().join("\n").replace("`s3`", &format!("`{below}`"));
    let source = folder.join(below).display().to_string();
    assert_eq!(lines(&there), lines(&here).replace(&source, below));
    for (there, here) in there.iter().zip(&here).flat_map(|(there, here)| there.parts.iter().zip(&here.parts)) {
        let read = |part: &crate::source::Part| {
            let mut content = Vec::new();
            part.bytes.stream().unwrap().read_to_end(&mut content).unwrap();
            content
        };
        let content = read(there);
        assert!(content == read(here), "{}", there.name);
        let (start, length) = (there.size / 3, usize::try_from(there.size / 2).unwrap());
        assert!(there.bytes.range(start, length).unwrap() == here.bytes.range(start, length).unwrap());
        assert_eq!(crate::source::columns(there).unwrap(), crate::source::columns(here).unwrap());
    }
    there
}

#[test]
fn bills_of_several_blocks() {
    let Some(moto) = Moto::start() else { return };
    let rows: String = (0..600_000).map(|row| format!("line{row:08},1,2018-10-01,Usage,0.1\n")).collect();
    let key = format!("cur/hourly/20181001-20181101/{FIRST}/hourly-1.csv");
    let odd = "focus exports/2026-04-16T15:24:15.653Z (1)=+ü/all.csv";
    let source = Source::new(&[
        (&key, format!("{LEGACY}{rows}").into_bytes()),
        ("cur/hourly/20181001-20181101/hourly-Manifest.json", legacy_manifest(FIRST, "2018-10", &[&key])),
        (odd, focus("2026-04", "x")),
        ("zip/all.zip", zip(&[("all.csv", &focus("2026-05", "x"))])),
    ]);
    moto.upload("bills", source.folder.path());
    assert_eq!(same(&moto, source.folder.path(), "").len(), 3);
    assert_eq!(same(&moto, source.folder.path(), &key).len(), 1, "one object");
}

#[test]
fn real_bills() {
    let (Some(moto), Some(folder)) = (Moto::start(), tenor_testkit::shared::path("data/cur")) else { return };
    moto.upload("bills", &folder);
    for below in ["legacy-2018", "cur2-2026-04", "cur2-2026-04/data"] {
        assert_eq!(same(&moto, &folder, below).len(), 1);
    }
}
