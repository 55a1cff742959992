//! The same bill from a folder and from S3 is the same bill, whichever way the credentials come.

use crate::moto::{Moto, python};
use crate::session;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tenor_lake::source::Location;

const VERSION: &str = "0a1e1e1e-0000-4000-8000-000000000001";

/// A legacy report of two chunks, the second of several blocks, and bare files with names that URLs have to escape.
fn bills() -> TempDir {
    let folder = TempDir::new().unwrap();
    let month = format!("cur/hourly/20181001-20181101/{VERSION}");
    let header = "identity/LineItemId,lineItem/LineItemType\n";
    let big: String = (0..900_000).map(|row| format!("line{row:08},Usage\n")).collect();
    let keys = [1, 2].map(|number| format!("{month}/hourly-{number}.csv"));
    let columns = r#"[{"category":"identity","name":"LineItemId"},{"category":"lineItem","name":"LineItemType"}]"#;
    let manifest = format!(
        r#"{{"assemblyId":"{VERSION}","account":"111122223333","columns":{columns},"reportName":"hourly",
        "billingPeriod":{{"start":"20181001T000000.000Z"}},"reportKeys":["{}","{}"]}}"#,
        keys[0], keys[1]
    );
    let focus = "BilledCost,BillingAccountId,BillingPeriodStart,ChargeCategory\n1,x,2026-04-01,Usage\n";
    let odd = "focus exports/2026-04-16T15:24:15.653Z (1)=+ü/all.csv";
    for (name, content) in [
        (keys[0].as_str(), format!("{header}a,Usage\n")),
        (&keys[1], format!("{header}{big}")),
        ("cur/hourly/20181001-20181101/hourly-Manifest.json", manifest),
        (odd, focus.to_owned()),
    ] {
        put(folder.path(), name, content.as_bytes());
    }
    folder
}

fn put(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn a_bill_from_s3_is_the_bill_from_the_folder() {
    let Some(python) = python() else { return };
    let (moto, bills) = (Moto::start(python), bills());
    moto.upload("bills", bills.path());
    let local = |below: &str| session::read(&Location::Local(bills.path().join(below)));
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let endpoint = [("AWS_ENDPOINT_URL_S3", moto.endpoint.as_str())];
    let from_environment = [keys.as_slice(), &endpoint].concat();
    let everything = local("");
    assert_eq!(everything.lines().count(), 5, "{everything}");
    assert_eq!(session::at("s3://bills", &from_environment), everything);
    assert_eq!(session::at("s3://bills/cur/hourly/", &from_environment), local("cur/hourly"));
    let object = format!("cur/hourly/20181001-20181101/{VERSION}/hourly-2.csv");
    assert_eq!(session::at(&format!("s3://bills/{object}"), &from_environment), local(&object));

    let without_signature = [endpoint.as_slice(), &[("AWS_SKIP_SIGNATURE", "true")]].concat();
    moto.upload("public", bills.path());
    assert_eq!(session::at("s3://public/cur", &without_signature), local("cur"));

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
    assert_eq!(session::at("s3://bills/cur", &profile), local("cur"), "everything from a profile");
}

#[test]
fn a_real_bill_from_s3_is_the_bill_from_the_folder() {
    let Some(python) = python() else { return };
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cur");
    if !shared.exists() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs the shared data beside the project: ../shared/data/cur");
        eprintln!("skipped: no ../shared/data/cur beside the project");
        return;
    }
    let moto = Moto::start(python);
    moto.upload("bills", &shared);
    let keys = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x"), ("AWS_ENDPOINT_URL", moto.endpoint.as_str())];
    for below in ["legacy-2018", "cur2-2026-04", "cur2-2026-04/data"] {
        assert_eq!(session::at(&format!("s3://bills/{below}"), &keys), session::read(&Location::Local(shared.join(below))));
    }
}
