//! The server on its requests and orders, past the socket where it can be: what is kept, taken back and told.

use super::body::Reply;
use super::shared::{Broken, Shared};
use super::{Control, OrderError, Server, Store, StoreError, control, read_aside, request, s3};
use crate::cloud::operate::Outcome;
use crate::cloud::{Cloud, Failed, Keys, Paper, Setup};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tenor_wire::Request;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

const CONTROL_KEY: &str = "the tests' own";
/// The machine's time in these tests.
const WALL: i64 = 1_700_000_000;

/// A sandbox whose books are in a folder of its own.
struct Kept {
    dir: TempDir,
    shared: Arc<Shared>,
    keys: Keys,
}

impl Kept {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("books")).unwrap();
        let cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        let keys = cloud.keys()[0].clone();
        let mut store = Store::at(&dir.path().join("books/books.json"));
        store.sync = |folder| if folder.join("no-sync").exists() { Err(ErrorKind::Other.into()) } else { Ok(()) };
        let clock = || Timestamp::from_second(WALL).unwrap();
        let shared = Arc::new(Shared::new(cloud, Some(store), Box::new(clock), CONTROL_KEY.to_owned()));
        Self { dir, shared, keys }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("books/books.json")
    }

    /// How many plans the file has.
    fn plans_in_file(&self) -> usize {
        Store::at(&self.file()).load().unwrap().unwrap().books.plans.len()
    }

    /// The status and body that a call of Savings Plans gets.
    fn call(&self, operation: &str, body: &str) -> (u16, String) {
        let Outcome::Answered(answer) = request::answer(&self.shared, &signed(&self.keys, &format!("/{operation}"), body)) else {
            panic!()
        };
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    fn buy(&self) -> (u16, String) {
        let offering =
            self.shared.cloud().offers.plans.iter().find(|offer| offer.payment == crate::price::Payment::Nothing).unwrap().id.clone();
        self.call("CreateSavingsPlan", &format!(r#"{{"savingsPlanOfferingId": "{offering}", "commitment": "1"}}"#))
    }

    fn order(&self, order: &str) -> (u16, String) {
        let headers = vec![(super::CONTROL_KEY_HEADER.to_owned(), CONTROL_KEY.to_owned())];
        let request = Request { path: super::CONTROL_PATH.to_owned(), headers, body: order.as_bytes().to_vec(), ..Request::default() };
        let answer = control::answer(&self.shared, &request).unwrap();
        (answer.status, String::from_utf8(answer.body).unwrap())
    }
}

/// A call of Savings Plans as an SDK signs it.
fn signed(keys: &Keys, path: &str, body: &str) -> Request {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let request =
        Request { method: "POST".to_owned(), path: path.to_owned(), headers, body: body.as_bytes().to_vec(), ..Request::default() };
    signed_for("savingsplans", SigningSettings::default(), keys, request)
}

/// A list of a bucket's objects as an SDK signs it.
fn listing(keys: &Keys, bucket: &str) -> Request {
    s3_get(keys, format!("/{bucket}"), vec![("list-type".to_owned(), "2".to_owned())])
}

/// A read of S3 as an SDK signs it.
fn s3_get(keys: &Keys, path: String, query: Vec<(String, String)>) -> Request {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    signed_for("s3", settings, keys, Request { method: "GET".to_owned(), path, query, ..Request::default() })
}

fn signed_for(service: &str, settings: SigningSettings, keys: &Keys, mut request: Request) -> Request {
    let identity = Credentials::new(&keys.access_key, &keys.secret_key, None, None, "test").into();
    let params = v4::SigningParams::builder().identity(&identity).region("us-east-1").name(service);
    let params = params.time(SystemTime::UNIX_EPOCH + Duration::from_secs(WALL as u64)).settings(settings).build().unwrap();
    request.headers.push(("host".to_owned(), "localhost".to_owned()));
    let url = format!("http://localhost{}", request.path_and_query());
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let signable = SignableRequest::new(&request.method, url, headers, SignableBody::Bytes(&request.body)).unwrap();
    let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
    request.headers.extend(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
    request
}

fn whole(reply: Reply) -> (u16, String) {
    let Reply::Whole(response) = reply else { panic!("it is no whole answer") };
    (response.status, String::from_utf8(response.body).unwrap())
}

#[test]
fn a_purchase_is_in_the_file_before_it_is_told() {
    let kept = Kept::new();
    assert_eq!(kept.buy().0, 200);
    assert_eq!(kept.plans_in_file(), 1);
}

#[test]
fn a_purchase_that_cannot_be_kept_is_not_made() {
    let kept = Kept::new();
    assert_eq!(kept.buy().0, 200);
    fs::rename(kept.dir.path().join("books"), kept.dir.path().join("away")).unwrap();
    let (status, said) = kept.buy();
    let said = said.replace(&kept.dir.path().display().to_string(), "[dir]");
    insta::assert_snapshot!(format!("{status} {said}"), @r#"500 {"__type":"InternalFailure","message":"the sandbox cannot keep its books, so nothing is changed: [dir]/books/books.json: No such file or directory (os error 2)"}"#);
    assert_eq!(kept.shared.cloud().books.plans.len(), 1, "nobody has it");
    fs::rename(kept.dir.path().join("away"), kept.dir.path().join("books")).unwrap();
    assert_eq!((kept.buy().0, kept.plans_in_file()), (200, 2));
}

#[test]
fn a_purchase_that_is_written_and_not_synced_is_made() {
    let kept = Kept::new();
    let broken = kept.dir.path().join("books/no-sync");
    fs::write(&broken, "").unwrap();
    assert_eq!((kept.buy().0, kept.plans_in_file()), (200, 1));
    assert_eq!(kept.shared.cloud().books.plans.len(), 1);
    // It is told once, and tried until it is done.
    assert!(matches!(kept.shared.catch_up(), Err(StoreError::Unsynced { .. })));
    assert!(kept.shared.catch_up().is_ok());
    fs::remove_file(&broken).unwrap();
    fs::remove_file(kept.file()).unwrap();
    assert!(kept.shared.catch_up().is_ok());
    assert_eq!(kept.plans_in_file(), 1, "it is written again");
    fs::remove_file(kept.file()).unwrap();
    assert!(kept.shared.catch_up().is_ok() && !kept.file().exists(), "there is nothing more to write");
}

#[test]
fn an_order_that_cannot_be_kept_is_not_carried_out() {
    let kept = Kept::new();
    fs::remove_dir(kept.dir.path().join("books")).unwrap();
    let before = kept.shared.cloud().now();
    let (status, said) = kept.order(r#"{"advance": 60}"#);
    let said = said.replace(&kept.dir.path().display().to_string(), "[dir]");
    insta::assert_snapshot!(format!("{status} {said}"), @"500 [dir]/books/books.json: No such file or directory (os error 2)");
    assert_eq!(kept.shared.cloud().now(), before);
}

#[test]
fn reading_writes_nothing_and_a_refusal_is_written_soon() {
    let kept = Kept::new();
    assert_eq!(kept.call("DescribeSavingsPlans", "{}").0, 200);
    kept.shared.catch_up().unwrap();
    assert!(!kept.file().exists(), "time has passed, no more");
    assert_eq!(kept.call("ReturnSavingsPlan", r#"{"savingsPlanId": "none"}"#).0, 404);
    assert!(!kept.file().exists(), "nobody was promised anything");
    kept.shared.catch_up().unwrap();
    // The look is a sign of how far CloudTrail has come, and is kept with what is written anyway.
    assert_eq!(Store::at(&kept.file()).load().unwrap().unwrap().books.events.len(), 2);
}

#[test]
fn what_time_settles_is_written_soon_and_time_alone_is_not() {
    let kept = Kept::new();
    assert_eq!(kept.buy().0, 200);
    let written = || fs::read(kept.file()).unwrap();
    let (control, bought) = (Control::new(Arc::clone(&kept.shared)), written());
    control.pass(60).unwrap();
    assert_eq!(written(), bought);
    kept.shared.catch_up().unwrap();
    let settled = written();
    assert_ne!(settled, bought, "it is paid for");
    control.pass(60).unwrap();
    kept.shared.catch_up().unwrap();
    assert_eq!(written(), settled);
    // Whoever looks at the time alone writes nothing.
    let (status, looked) = kept.order(r#""look""#);
    assert_eq!((status, written()), (200, settled));
    // Whoever asks for the time finds it in the file.
    let (status, now) = kept.order(r#""time""#);
    assert_eq!((status, Store::at(&kept.file()).load().unwrap().unwrap().now().to_string()), (200, now.clone()));
    assert_eq!(looked, now);
}

#[test]
fn time_passes_in_bounds() {
    let kept = Kept::new();
    let told = ["9223372036854775807", "632448001", "-1", "632448000"].map(|seconds| {
        let (status, said) = kept.order(&format!(r#"{{"advance": {seconds}}}"#));
        format!("{status} {said}\n")
    });
    insta::assert_snapshot!(told.concat(), @"
    400 9223372036854775807 s cannot pass at once: at least 0 and at most 632448000 (20 years) can; advance several times
    400 632448001 s cannot pass at once: at least 0 and at most 632448000 (20 years) can; advance several times
    400 -1 s cannot pass at once: at least 0 and at most 632448000 (20 years) can; advance several times
    200 2045-01-16T00:00:00Z
    ");
    assert!(matches!(Control::new(kept.shared).pass(-1), Err(OrderError::TooFar(-1))));
}

#[test]
fn what_breaks_in_a_change_is_taken_back() {
    let kept = Kept::new();
    let mut cloud = kept.shared.cloud();
    let serial = cloud.books.serial;
    let broken = Shared::attempt::<()>(&mut cloud, |cloud| {
        cloud.begin();
        cloud.books.serial += 1;
        cloud.books.plans.clear();
        panic!("it breaks")
    });
    assert_eq!((broken, cloud.books.serial), (Err(Broken), serial));
    insta::assert_snapshot!(Broken.to_string(), @"the sandbox broke over it and has taken it back; its own output says where");
}

#[test]
fn what_breaks_while_time_passes_is_taken_back() {
    let kept = Kept::new();
    let mut cloud = kept.shared.cloud();
    cloud.hold_one_of_each();
    let now = cloud.books.now;
    // Without a price, which breaks when the day's buyer looks.
    let listing = serde_json::json!({
        "id": "a-listing", "account": 0, "region": cloud.books.reserved[0].region, "reservation": "a-reservation", "count": 1, "cancelled": 0,
        "matched": 0, "prices": [], "token": "", "created": now, "updated": now, "state": "Active", "sales": [], "luck": 1, "decided": now,
    });
    cloud.books.ec2.listings.push(serde_json::from_value(listing).unwrap());
    cloud.books.now = now.later(86_399);
    drop(cloud);
    let books = || serde_json::to_string(&kept.shared.cloud().books).unwrap();
    let before = books();
    assert!(matches!(Control::new(Arc::clone(&kept.shared)).pass(1), Err(OrderError::Broken(_))));
    assert_eq!(books(), before, "by itself");
    assert_eq!((kept.order(r#"{"advance": 1}"#).0, books()), (500, before.clone()), "by an order");
    assert_eq!((kept.call("DescribeSavingsPlans", "{}").0, books()), (500, before), "by a call");
}

#[test]
fn a_fault_that_cannot_be_kept_is_still_to_come() {
    let kept = Kept::new();
    let (books, away) = (kept.dir.path().join("books"), kept.dir.path().join("away"));
    // One that is read through, one that is refused with, and one that meets a refusal.
    let order = r#"{"savingsPlanOfferingId": "none", "commitment": "1"}"#;
    for (operation, body, kind, status) in [
        ("DescribeSavingsPlans", "{}", "short-page", 200),
        ("CreateSavingsPlan", order, "throttled", 400),
        ("ReturnSavingsPlan", r#"{"savingsPlanId": "none"}"#, "duplicated", 404),
    ] {
        let order = format!(r#"{{"fault": {{"operation": "savingsplans:{operation}", "kind": "{kind}", "per_mille": 1000, "times": 1}}}}"#);
        assert_eq!(kept.order(&order).0, 200);
        let left = || kept.shared.cloud().books.faults.len();
        fs::rename(&books, &away).unwrap();
        assert_eq!((kept.call(operation, body).0, left()), (500, 1), "{operation}");
        fs::rename(&away, &books).unwrap();
        assert_eq!((kept.call(operation, body).0, left()), (status, 0), "{operation}");
    }
}

/// A report into the bucket `bills`, of a month that has passed.
fn deliver(kept: &Kept) {
    let definition = serde_json::json!({"TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP",
        "AdditionalSchemaElements": ["RESOURCES"], "S3Bucket": "bills", "S3Prefix": "a", "S3Region": "us-east-1"});
    let mut cloud = kept.shared.cloud();
    let (name, made, tags) = ("hourly".to_owned(), cloud.books.now, std::collections::BTreeMap::new());
    cloud.books.papers.push(Paper { account: 0, name, arn: String::new(), definition, made, tags });
    cloud.advance(31 * 86_400 + 60);
}

/// What a reader gets who has asked and been let in.
fn reader(kept: &Kept, asked: &Request) -> impl Future<Output = Reply> + use<> {
    let Some(s3::Step::Read(reading)) = s3::answer(&kept.shared, asked) else { panic!("it is let in") };
    read_aside(Arc::clone(&kept.shared), asked.clone(), reading)
}

/// How many keys a reader of the bucket is told of.
fn keys_told(kept: &Kept) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (status, text) = whole(runtime.block_on(reader(kept, &listing(&kept.keys, "bills"))));
    assert_eq!(status, 200);
    text.matches("<Key>").count()
}

#[test]
fn calls_are_answered_while_a_bill_is_written() {
    let kept = Kept::new();
    deliver(&kept);
    let asked = listing(&kept.keys, "bills");
    // One thread that may wait for the disk: whoever waits for anything else must not have it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        let (_, january) = whole(reader(&kept, &asked).await);
        let key = january.split_once("<Key>").and_then(|(_, rest)| rest.split_once("</Key>")).unwrap().0;
        kept.shared.cloud().advance(28 * 86_400);
        // Somebody else is writing February, for as long as they like.
        let writing = kept.shared.turn().await;
        let readers: Vec<_> = (0..20).map(|_| tokio::spawn(reader(&kept, &asked))).collect();
        tokio::task::yield_now().await;
        let aside = tokio::time::timeout(Duration::from_secs(60), tokio::task::spawn_blocking(|| ()));
        assert!(aside.await.is_ok(), "who waits has no thread");
        let got = reader(&kept, &s3_get(&kept.keys, format!("/bills/{key}"), Vec::new()));
        let got = tokio::time::timeout(Duration::from_secs(60), got).await;
        assert!(matches!(got, Ok(Reply::Piece { status: 200, .. })), "what is there is not waited for");
        assert_eq!(kept.buy().0, 200);
        assert!(readers.iter().all(|reader| !reader.is_finished()));
        drop(writing);
        for reader in readers {
            let (status, text) = whole(reader.await.unwrap());
            assert_eq!((status, text.matches("<Key>").count()), (200, 8), "{text}");
        }
    });
}

/// What a full disk did is not told for good: the next who asks has it written.
#[test]
fn a_delivery_that_failed_is_written_when_it_is_asked_for_again() {
    let kept = Kept::new();
    deliver(&kept);
    let keys = || keys_told(&kept);
    let states = || kept.shared.cloud().delivery_states();
    // A file where the folder of the buckets should be.
    let buckets = kept.dir.path().join("books/books.buckets");
    fs::write(&buckets, "in the way").unwrap();
    assert_eq!((keys(), keys(), states()), (0, 0, vec!["DELIVERY_FAILURE"]));
    fs::remove_file(&buckets).unwrap();
    kept.shared.cloud().advance(86_400);
    assert_eq!(states(), ["DELIVERY_FAILURE"], "time alone writes nothing");
    assert_eq!((keys(), states()), (4, vec!["DELIVERY_SUCCESS"]));
}

#[test]
fn who_waited_for_a_delivery_that_failed_does_not_try_it_again() {
    let kept = Kept::new();
    deliver(&kept);
    fs::write(kept.dir.path().join("books/books.buckets"), "in the way").unwrap();
    let asked = listing(&kept.keys, "bills");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let writing = kept.shared.turn().await;
        let readers: Vec<_> = (0..20).map(|_| tokio::spawn(reader(&kept, &asked))).collect();
        drop(writing);
        for reader in readers {
            assert_eq!(whole(reader.await.unwrap()).0, 200);
        }
    });
    assert_eq!(kept.shared.tries(), 1, "all of them had asked before");
    assert_eq!((keys_told(&kept), kept.shared.tries()), (0, 2), "who asks later has it tried");
}

/// A bill that is made in full and comes to nothing is not made for each who asks.
#[test]
fn a_delivery_that_failed_by_itself_is_let_be_for_a_minute() {
    let kept = Kept::new();
    deliver(&kept);
    let mut cloud = kept.shared.cloud();
    let (id, at) = (cloud.due("bills")[0].delivery.id.clone(), cloud.books.now);
    assert!(cloud.note_delivery(&id, Some(Failed { at, is_lasting: true })));
    drop(cloud);
    assert_eq!((keys_told(&kept), kept.shared.tries()), (0, 0));
    kept.shared.cloud().advance(60);
    assert_eq!((keys_told(&kept), kept.shared.tries()), (4, 1));
}

#[test]
fn s3_uses_up_only_faults_that_it_can_show() {
    let kept = Kept::new();
    deliver(&kept);
    let left = || kept.shared.cloud().books.faults.len();
    for kind in ["duplicated", "stale"] {
        let order = format!(r#"{{"fault": {{"operation": "*", "kind": "{kind}", "per_mille": 1000, "times": 1}}}}"#);
        assert_eq!(kept.order(&order).0, 200);
    }
    assert!(matches!(s3::answer(&kept.shared, &listing(&kept.keys, "bills")), Some(s3::Step::Read(_))));
    assert_eq!(left(), 2);
    assert_eq!((kept.call("DescribeSavingsPlans", "{}").0, left()), (200, 1), "a read is stale");
    assert_eq!((kept.buy().0, left(), kept.shared.cloud().books.plans.len()), (200, 0, 2), "a purchase is made twice");
}

#[test]
fn a_malformed_signature_is_answered_in_the_words_of_the_service_it_is_for() {
    let kept = Kept::new();
    let told = |method: &str, path: &str, authorization: Option<&str>| {
        let headers = authorization.map(|text| ("authorization".to_owned(), text.to_owned())).into_iter().collect();
        let request = Request { method: method.to_owned(), path: path.to_owned(), headers, ..Request::default() };
        match s3::answer(&kept.shared, &request) {
            Some(s3::Step::Done(reply)) => {
                let (status, text) = whole(reply);
                let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code.to_owned());
                format!("{method} {path} S3 {status}{}\n", code.map(|code| format!(" {code}")).unwrap_or_default())
            }
            Some(s3::Step::Read(_)) => panic!("it was let in"),
            None => format!("{method} {path} not S3\n"),
        }
    };
    let for_s3 = Some("AWS4-HMAC-SHA256 Credential=AKIA/20250101/us-east-1/s3/aws4_request");
    let for_nobody = Some("AWS4-HMAC-SHA256 Credential=AKIA");
    let all = [
        told("GET", "/bills/a/b", for_s3),
        told("POST", "/bills", for_s3),
        told("GET", "/bills/a/b", for_nobody),
        told("HEAD", "/bills", for_nobody),
        told("PUT", "/bills/a", Some("Basic AKIA")),
        told("GET", "/bills", None),
        told("GET", "/2021-01-01/opensearch/reservedInstances", for_nobody),
        told("GET", "/2021-01-01/opensearch/reservedInstances", None),
        told("POST", "/", for_nobody),
    ];
    insta::assert_snapshot!(all.concat(), @"
    GET /bills/a/b S3 400 AuthorizationHeaderMalformed
    POST /bills S3 400 AuthorizationHeaderMalformed
    GET /bills/a/b S3 400 AuthorizationHeaderMalformed
    HEAD /bills S3 400
    PUT /bills/a S3 400 AuthorizationHeaderMalformed
    GET /bills S3 403 AccessDenied
    GET /2021-01-01/opensearch/reservedInstances not S3
    GET /2021-01-01/opensearch/reservedInstances not S3
    POST / not S3
    ");
}

#[test]
fn a_server_without_an_address_says_which() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let told = runtime.block_on(async {
        let cloud = || Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        let bind = |address| Server::bind(cloud(), None, address, Timestamp::now, CONTROL_KEY.to_owned());
        let first = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let second = bind(first.address()).await.err().unwrap();
        second.to_string().replace(&first.address().port().to_string(), "[port]")
    });
    insta::assert_snapshot!(told, @"cannot listen on 127.0.0.1:[port]");
}

#[test]
fn a_server_that_ends_writes_what_it_knows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("books.json");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        let address = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(cloud, Some(Store::at(&path)), address, Timestamp::now, CONTROL_KEY.to_owned()).await.unwrap();
        let (address, control) = (server.address(), server.control());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { drop(stopped.await) }));
        // A connection that stays open, with an answer had.
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST /_sandbox HTTP/1.1\r\nhost: sandbox\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        control.pass(60).unwrap();
        drop(stop);
        running.await.unwrap().unwrap();
        assert_eq!(stream.read(&mut [0; 1024]).await.unwrap(), 0, "it is closed");
        assert!(TcpStream::connect(address).await.is_err());
    });
    assert_eq!(Store::at(&path).load().unwrap().unwrap().now().to_string(), "2025-01-01T00:01:00Z");
}
