//! What lies in a bucket is read, whichever way the credentials come.

use crate::session::{at, local};
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tenor_testkit::moto::Moto;

/// Files with the names of reports and exports, one with what URLs have to escape, one of several megabytes.
fn bills() -> TempDir {
    let folder = TempDir::new().unwrap();
    let big: String = (0..300_000).map(|row| format!("line{row:08},Usage\n")).collect();
    put(folder.path(), "cur/hourly/20181001-20181101/hourly-Manifest.json", b"{}");
    put(folder.path(), "cur/hourly/20181001-20181101/hourly-1.csv", big.as_bytes());
    put(folder.path(), "focus exports/2026-04-16T15:24:15.653Z (1)=+\u{fc}/all.csv", b"BilledCost\n1\n");
    folder
}

fn put(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn credentials_come_by_the_usual_ways() {
    let Some(moto) = Moto::start() else { return };
    let bills = bills();
    moto.upload("bills", bills.path());
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let endpoint = [("AWS_ENDPOINT_URL_S3", moto.endpoint.as_str())];
    let from_environment = [keys.as_slice(), &endpoint].concat();
    assert_eq!(at("s3://bills", &from_environment), local(bills.path(), ""));
    assert_eq!(at("s3://bills/cur/hourly/", &from_environment), local(bills.path(), "cur"));
    let for_all_services = [keys.as_slice(), &[("AWS_ENDPOINT_URL", moto.endpoint.as_str())]].concat();
    assert_eq!(at("s3://bills/cur", &for_all_services), local(bills.path(), "cur"));

    let without_signature = [endpoint.as_slice(), &[("AWS_SKIP_SIGNATURE", "true")]].concat();
    moto.upload("public", bills.path());
    assert_eq!(at("s3://public/cur", &without_signature), local(bills.path(), "cur"));

    let home = TempDir::new().unwrap();
    let config = format!(
        "[profile billing]\nregion = eu-west-1\nservices = local\ncredential_process = /bin/cat {}\n[services local]\ns3 =\n  endpoint_url = {}\n",
        home.path().join("key.json").display(),
        moto.endpoint
    );
    put(home.path(), "config", config.as_bytes());
    put(home.path(), "key.json", br#"{"Version": 1, "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret", "SessionToken": "t"}"#);
    let file = home.path().join("config");
    let profile = [("AWS_CONFIG_FILE", file.to_str().unwrap()), ("AWS_PROFILE", "billing"), ("PATH", "/usr/bin:/bin")];
    assert_eq!(at("s3://bills/cur", &profile), local(bills.path(), "cur"), "everything from a profile");
}
