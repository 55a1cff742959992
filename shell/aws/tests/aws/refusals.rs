//! What a person is told when S3, or the way to it, says no.

use crate::session;
use insta::assert_snapshot;
use std::fs;
use std::net::TcpListener;
use tempfile::TempDir;
use tenor_testkit::moto::Moto;

const FOCUS: &str = "BilledCost,ChargeCategory\n1,Usage\n";

#[test]
fn s3_says_no() {
    let Some(moto) = Moto::start() else { return };
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("focus.csv"), FOCUS).unwrap();
    moto.upload("bills", folder.path());
    let at = |url: &str, (id, key): &(String, String)| {
        let variables = [("AWS_ENDPOINT_URL_S3", moto.endpoint.as_str()), ("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", key)];
        session::at(url, &variables).replace(&moto.endpoint, "endpoint")
    };
    let anyone = ("AKIDEXAMPLE".to_owned(), "secret".to_owned());
    assert_snapshot!(at("s3://no-such-bucket/cur", &anyone), @"
    there is no bucket `no-such-bucket`
    hint: check the name; outside the partition aws set AWS_REGION
    ");
    assert_snapshot!(at("s3://bills/no/such/prefix", &anyone), @"");
    let [lister, nobody] = moto.enforce("bills");
    assert_snapshot!(at("s3://bills", &nobody), @"
    access denied: s3:ListBucket on arn:aws:s3:::bills is not allowed
    hint: allow s3:ListBucket on arn:aws:s3:::bills to these credentials; reading a bill takes s3:ListBucket on its bucket, s3:GetObject on its objects, and kms:Decrypt where they are encrypted with a key
    ");
    assert_snapshot!(at("s3://bills", &lister), @"
    The operation lacked the necessary privileges to complete for path focus.csv: access denied: s3:GetObject on arn:aws:s3:::bills/focus.csv is not allowed
      because access denied: s3:GetObject on arn:aws:s3:::bills/focus.csv is not allowed
    ");
    assert_snapshot!(at("s3://bills", &anyone), @"
    AWS does not accept these credentials: InvalidAccessKeyId
    hint: renew the credentials, and see that AWS_PROFILE and AWS_ACCESS_KEY_ID mean the same account
    ");
    assert_snapshot!(at("s3://bills", &(lister.0, "wrong".to_owned())), @"
    AWS does not accept these credentials: SignatureDoesNotMatch
    hint: renew the credentials, and see that AWS_PROFILE and AWS_ACCESS_KEY_ID mean the same account
    ");
}

#[test]
fn the_way_to_s3_is_barred() {
    let keys = [("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")];
    let with = |more: &[(&'static str, &'static str)]| [keys.as_slice(), more].concat();
    assert_snapshot!(session::at("s3://bills", &[("AWS_REGION", "eu-west-1")]), @"
    no AWS credentials were found
    hint: looked at: AWS_ACCESS_KEY_ID, the profile in ~/.aws/config and ~/.aws/credentials (AWS_PROFILE), web identity, container and instance credentials. Set AWS_PROFILE, or run `aws sso login`; for a public bucket set AWS_SKIP_SIGNATURE=true
    ");
    assert_snapshot!(session::at("s3://bills", &[("AWS_REGION", "eu-west-1"), ("AWS_PROFILE", "billing")]), @"
    no AWS credentials were found in profile `billing`
    hint: looked at: AWS_ACCESS_KEY_ID, the profile in ~/.aws/config and ~/.aws/credentials (AWS_PROFILE), web identity, container and instance credentials. Set AWS_PROFILE, or run `aws sso login`; for a public bucket set AWS_SKIP_SIGNATURE=true
    ");
    assert_snapshot!(session::at("s3://bills", &with(&[("AWS_ENDPOINT_URL", "bucket.example")])), @"
    the endpoint `bucket.example` is no http:// or https:// URL
    hint: correct AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, or unset them to ask AWS itself
    ");
    assert_snapshot!(session::at("bills/cur", &[]), @"
    `bills/cur` is not s3://bucket/prefix: it does not begin with s3://
    hint: write s3://bucket/prefix; the console shows it as the S3 URI of the report's folder
    ");
    // A port that was free a moment ago, where nobody listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let endpoint = format!("http://127.0.0.1:{port}");
    let variables = [keys.as_slice(), &[("AWS_ENDPOINT_URL_S3", endpoint.as_str())]].concat();
    let said = session::at("s3://bills", &variables).replace(&port, "port");
    assert_snapshot!(said, @"
    cannot read s3://bills at http://127.0.0.1:port
      because error sending request: client error (Connect): tcp connect error: Connection refused (os error 111)
    hint: check the network and HTTPS_PROXY; where S3 is not AWS's, set AWS_ENDPOINT_URL_S3
    ");
}
