//! What S3 has to read: the buckets that reports and exports name, path style. Nothing is put into them here.
//!
//! An account's own buckets are open to its administrator, and to a role as its policies say; nobody else is let in.

mod list;
mod object;
mod xml;

use super::body::Reply;
use super::buckets::Turn;
use super::shared::{Broken, Shared};
use super::signature::{self, Credential, SignatureError};
use crate::cloud::{Cloud, Due, FaultKind, Moment, Signer};
use std::collections::BTreeMap;
use tenor_wire::{Model, Request, Response};
use xml::{Error, decoded};

/// What somebody wants of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    GetBucketLocation,
    HeadBucket,
    ListObjectsV2,
    GetObject,
    HeadObject,
}

/// A request as S3 sees it.
struct Wish {
    operation: Operation,
    bucket: String,
    key: String,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::GetBucketLocation => "GetBucketLocation",
            Self::HeadBucket => "HeadBucket",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
        }
    }

    /// The IAM action that it takes.
    fn action(self) -> &'static str {
        match self {
            Self::GetBucketLocation => "s3:GetBucketLocation",
            Self::HeadBucket | Self::ListObjectsV2 => "s3:ListBucket",
            Self::GetObject | Self::HeadObject => "s3:GetObject",
        }
    }
}

impl Wish {
    /// What a request wants; `Err` for what is not read from S3 here.
    fn of(request: &Request) -> Result<Self, Error> {
        let unknown = || Error::new(501, "NotImplemented", "the sandbox's S3 lists and reads buckets, and does nothing else");
        let path = request.path.strip_prefix('/').unwrap_or(&request.path);
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let (bucket, key) = (decoded(bucket), decoded(key));
        let has = |name: &str| request.query.iter().any(|(found, _)| found == name);
        // Parameters that make another operation of it.
        let is_other = ["versionId", "partNumber", "acl", "tagging", "versions", "uploads", "policy", "attributes"].into_iter().any(has);
        let operation = match (request.method.as_str(), key.is_empty()) {
            _ if bucket.is_empty() || is_other => return Err(unknown()),
            ("GET", true) if has("location") => Operation::GetBucketLocation,
            ("GET", true) if parameter(request, "list-type") == Some("2") => Operation::ListObjectsV2,
            ("HEAD", true) => Operation::HeadBucket,
            ("GET", false) => Operation::GetObject,
            ("HEAD", false) => Operation::HeadObject,
            _ => return Err(unknown()),
        };
        Ok(Self { operation, bucket, key })
    }

    /// The ARN of what it is for.
    fn resource(&self) -> String {
        if self.key.is_empty() { format!("arn:aws:s3:::{}", self.bucket) } else { format!("arn:aws:s3:::{}/{}", self.bucket, self.key) }
    }
}

/// What comes of a request as soon as the books have been looked at.
pub(super) enum Step {
    /// The answer.
    Done(Reply),
    /// Something of what is delivered is wanted, which may have to be written first.
    Read(Box<Reading>),
}

/// What somebody reads who may, apart from the books.
pub(super) struct Reading {
    wish: Wish,
    request_id: String,
    /// How many keys a page has at most.
    keys_max: usize,
    /// Whether the caller may know what there is not.
    may_list: bool,
    /// What has been delivered into the bucket.
    due: Vec<Due>,
    /// When it was asked for.
    asked: Moment,
    /// Whether something has to be written first.
    pub(super) lacks: bool,
}

/// A parameter of a request.
fn parameter<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// What comes of a request for S3; none when it is for something else.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Step> {
    let whole = |response: Response| Some(Step::Done(Reply::Whole(response)));
    let credential = match Credential::read(request) {
        Ok(credential) if credential.service == "s3" => credential,
        Ok(_) => return None,
        Err(_) if !is_ours(request) => return None,
        Err(SignatureError::Missing) => return whole(anonymous(&shared.cloud(), request).response(request, "unsigned")),
        Err(error) => return whole(of_signature(&error).response(request, "unsigned")),
    };
    let now = (shared.clock)();
    let mut cloud = shared.cloud();
    let signer = cloud.signer(&credential.access_key, now).map_err(SignatureError::from);
    let signer = signer.and_then(|signer| signature::check(request, &credential, &signer, now).map(|()| signer));
    let signer = match signer {
        Ok(signer) => signer,
        Err(error) => return whole(of_signature(&error).response(request, "unsigned")),
    };
    match Shared::attempt(&mut cloud, |cloud| operate(shared, cloud, &signer, &credential.region, request)) {
        Ok(step) => Some(step),
        Err(broken) => whole(internal(&broken.to_string()).response(request, "broken")),
    }
}

/// Whether a request that names no service is for S3: by its scope, or because nothing else answers to such a one.
fn is_ours(request: &Request) -> bool {
    let scope = request.header("authorization").is_some_and(|text| text.contains("/s3/"));
    scope || request.method != "POST" && Model::catalogued().services().all(|service| service.identify(request).is_none())
}

/// Carries out a call so far as the books go. It takes a second, as each does.
fn operate(shared: &Shared, cloud: &mut Cloud, signer: &Signer, region: &str, request: &Request) -> Step {
    if cloud.pass_whole(cloud.books.now.later(1)) {
        shared.fall_behind();
    }
    let request_id = cloud.request_id();
    let refused = |error: Error| Step::Done(Reply::Whole(error.response(request, &request_id)));
    let wish = match Wish::of(request) {
        Ok(wish) => wish,
        Err(error) => return refused(error),
    };
    let fault = cloud.next_fault("s3", wish.operation.name(), false);
    // A fault is used up once that is kept.
    if fault.is_some()
        && let Err(error) = shared.keep_change(cloud)
    {
        return refused(internal(&format!("the sandbox cannot keep its books: {error}")));
    }
    let keys_max = match fault {
        Some(FaultKind::LostBefore | FaultKind::LostAfter) => return Step::Done(Reply::Lost),
        Some(FaultKind::Throttled) => return refused(Error::new(503, "SlowDown", "Please reduce your request rate.")),
        Some(FaultKind::Denied) => return refused(denied()),
        Some(FaultKind::ErrorAfter) => return refused(internal("We encountered an internal error. Please try again.")),
        Some(FaultKind::SkewedClock) => return refused(skewed()),
        Some(FaultKind::ShortPage) => 1,
        Some(FaultKind::Duplicated | FaultKind::Stale) | None => list::KEYS_MAX,
    };
    let may = match allowed(cloud, signer, region, &wish, request) {
        Ok(may) => may,
        Err(error) => return refused(error),
    };
    let answered = match wish.operation {
        Operation::GetBucketLocation => xml::location(may.region),
        Operation::HeadBucket => {
            let headers = vec![("x-amz-bucket-region".to_owned(), may.region.to_owned())];
            Response { status: 200, headers, body: Vec::new() }
        }
        Operation::ListObjectsV2 | Operation::GetObject | Operation::HeadObject => {
            let (may_list, due) = (may.list, cloud.due(&wish.bucket));
            let lacks = shared.lacks(&due, Some(wish.key.as_str()).filter(|key| !key.is_empty()));
            let asked = cloud.books.now;
            return Step::Read(Box::new(Reading { wish, request_id, keys_max, may_list, due, asked, lacks }));
        }
    };
    Step::Done(Reply::Whole(answered).with_header("x-amz-request-id", &request_id))
}

/// What a caller is let in to.
struct May<'a> {
    region: &'a str,
    list: bool,
}

/// Whether the caller may do what it wishes.
fn allowed<'c>(cloud: &'c Cloud, signer: &Signer, region: &str, wish: &Wish, request: &Request) -> Result<May<'c>, Error> {
    let bucket = cloud.bucket(&wish.bucket).ok_or_else(|| no_bucket(&wish.bucket))?;
    let owner = cloud.keys()[bucket.owner as usize].account.as_str();
    let context = context(wish, request, owner, region);
    let may = |action: &str, resource: &str| cloud.may_in_bucket(&signer.caller, bucket.owner, action, resource, &context);
    if request.header("x-amz-expected-bucket-owner").is_some_and(|expected| expected != owner)
        || !may(wish.operation.action(), &wish.resource())
    {
        return Err(if wish.operation == Operation::HeadBucket { denied_in(bucket.region) } else { denied() });
    }
    Ok(May { region: bucket.region, list: may("s3:ListBucket", &format!("arn:aws:s3:::{}", wish.bucket)) })
}

/// Reads what is delivered, and writes it first where that is still to be done and it is this reader's turn: it takes its time, and holds no books.
pub(super) fn read(shared: &Shared, request: &Request, reading: &Reading, turn: Option<Turn>) -> Reply {
    let Reading { wish, request_id, keys_max, may_list, due, asked, .. } = reading;
    if let Some(mut turn) = turn {
        shared.deliver(&mut turn, &wish.bucket, *asked);
    }
    let objects = shared.objects(&wish.bucket, due);
    let answered = if wish.operation == Operation::ListObjectsV2 {
        list::list(request, &wish.bucket, &objects, *keys_max).map(Reply::Whole)
    } else {
        match objects.get(&wish.key) {
            Some(found) => object::get(request, wish.operation, found),
            // Who may not list is not told what there is not ([S3:API_GetObject]).
            None if !may_list => Err(denied()),
            None => Err(Error::new(404, "NoSuchKey", "The specified key does not exist.").with("Key", &wish.key)),
        }
    };
    match answered {
        Ok(reply) => reply.with_header("x-amz-request-id", request_id),
        Err(error) => Reply::Whole(error.response(request, request_id)),
    }
}

/// The answer where reading broke.
pub(super) fn broken(request: &Request) -> Reply {
    Reply::Whole(internal(&Broken.to_string()).response(request, "broken"))
}

fn internal(why: &str) -> Error {
    Error::new(500, "InternalError", why)
}

/// The condition keys of a call.
fn context(wish: &Wish, request: &Request, owner: &str, region: &str) -> BTreeMap<String, Vec<String>> {
    let one = |text: &str| vec![text.to_owned()];
    let mut found = BTreeMap::from([
        ("aws:requestedregion".to_owned(), one(region)),
        ("aws:resourceaccount".to_owned(), one(owner)),
        ("s3:resourceaccount".to_owned(), one(owner)),
    ]);
    if wish.operation == Operation::ListObjectsV2 {
        for name in ["prefix", "delimiter", "max-keys"] {
            if let Some(value) = parameter(request, name) {
                found.insert(format!("s3:{name}"), one(value));
            }
        }
    }
    found
}

fn denied() -> Error {
    Error::new(403, "AccessDenied", "Access Denied")
}

/// The Region of a bucket is told to whoever asks for it, let in or not ([S3:API_HeadBucket]).
fn denied_in(region: &str) -> Error {
    denied().with_header("x-amz-bucket-region", region.to_owned())
}

/// What somebody gets who does not sign.
fn anonymous(cloud: &Cloud, request: &Request) -> Error {
    match Wish::of(request) {
        Ok(wish) if wish.operation == Operation::HeadBucket => {
            cloud.bucket(&wish.bucket).map_or_else(|| no_bucket(&wish.bucket), |bucket| denied_in(bucket.region))
        }
        _ => denied(),
    }
}

fn no_bucket(name: &str) -> Error {
    Error::new(404, "NoSuchBucket", "The specified bucket does not exist").with("BucketName", name)
}

fn skewed() -> Error {
    Error::new(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
}

/// A signature that does not hold, in S3's words ([S3:ErrorResponses]).
fn of_signature(error: &SignatureError) -> Error {
    match error {
        SignatureError::Missing => denied(),
        SignatureError::Incomplete(_) => Error::new(400, "AuthorizationHeaderMalformed", &error.to_string()),
        SignatureError::UnknownKey => {
            Error::new(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
        }
        SignatureError::SessionOver => Error::new(400, "ExpiredToken", "The provided token has expired."),
        SignatureError::Expired(..) => skewed(),
        SignatureError::Mismatch => Error::new(403, "SignatureDoesNotMatch", &error.to_string()),
    }
}
