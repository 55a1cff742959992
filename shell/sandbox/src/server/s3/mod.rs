//! What S3 has to read: the buckets that reports and exports name, path style. Nothing is put into them here.
//!
//! An account's own buckets are open to its administrator, and to a role as its policies say; nobody else is let in.

mod list;
mod object;
mod xml;

use super::body::Reply;
use super::buckets::Objects;
use super::shared::Shared;
use super::signature::{self, Credential, SignatureError};
use crate::cloud::{Cloud, FaultKind, Signer};
use std::collections::BTreeMap;
use tenor_wire::{Request, Response};
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
struct Wish<'a> {
    request: &'a Request,
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

impl<'a> Wish<'a> {
    /// What a request wants; `Err` for what is not read from S3 here.
    fn of(request: &'a Request) -> Result<Self, Error> {
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
        Ok(Self { request, operation, bucket, key })
    }

    /// The ARN of what it is for.
    fn resource(&self) -> String {
        if self.key.is_empty() { format!("arn:aws:s3:::{}", self.bucket) } else { format!("arn:aws:s3:::{}/{}", self.bucket, self.key) }
    }
}

/// A parameter of a request.
fn parameter<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

/// The answer to a request for S3; none when it is for something else.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Reply> {
    let credential = match Credential::read(request) {
        Ok(credential) if credential.service == "s3" => credential,
        // Other services are called by POST alone: this is somebody who does not sign.
        Err(SignatureError::Missing) if ["GET", "HEAD"].contains(&request.method.as_str()) => {
            return Some(Reply::Whole(anonymous(&shared.cloud(), request).response(request, "unsigned")));
        }
        _ => return None,
    };
    let now = (shared.clock)();
    let mut cloud = shared.cloud();
    let signer = cloud.signer(&credential.access_key, now).map_err(SignatureError::from);
    let signer = signer.and_then(|signer| signature::check(request, &credential, &signer, now).map(|()| signer));
    let signer = match signer {
        Ok(signer) => signer,
        Err(error) => return Some(Reply::Whole(of_signature(&error).response(request, "unsigned"))),
    };
    let attempt = Shared::attempt(&mut cloud, |cloud| operate(shared, cloud, &signer, &credential.region, request));
    Some(attempt.unwrap_or_else(|broken| Reply::Whole(Error::new(500, "InternalError", &broken.to_string()).response(request, "broken"))))
}

/// Carries out a call. It takes a second, as each does.
fn operate(shared: &Shared, cloud: &mut Cloud, signer: &Signer, region: &str, request: &Request) -> Reply {
    if cloud.pass_whole(cloud.books.now.later(1)) {
        shared.fall_behind();
    }
    let request_id = cloud.request_id();
    let refused = |error: Error| Reply::Whole(error.response(request, &request_id));
    let wish = match Wish::of(request) {
        Ok(wish) => wish,
        Err(error) => return refused(error),
    };
    let fault = cloud.next_fault("s3", wish.operation.name());
    // A fault is used up once that is kept.
    if fault.is_some()
        && let Err(error) = shared.keep_change(cloud)
    {
        return refused(Error::new(500, "InternalError", &format!("the sandbox cannot keep its books: {error}")));
    }
    let answered = match fault {
        Some(FaultKind::LostBefore | FaultKind::LostAfter) => return Reply::Lost,
        Some(FaultKind::Throttled) => Err(Error::new(503, "SlowDown", "Please reduce your request rate.")),
        Some(FaultKind::Denied) => Err(denied()),
        Some(FaultKind::ErrorAfter) => Err(Error::new(500, "InternalError", "We encountered an internal error. Please try again.")),
        Some(FaultKind::SkewedClock) => Err(skewed()),
        Some(FaultKind::ShortPage) => read(shared, cloud, signer, region, &wish, 1),
        Some(FaultKind::Duplicated | FaultKind::Stale) | None => read(shared, cloud, signer, region, &wish, list::KEYS_MAX),
    };
    match answered {
        Ok(reply) => reply.with_header("x-amz-request-id", &request_id),
        Err(error) => refused(error),
    }
}

/// Reads what is wished for, with pages of at most so many keys.
fn read(shared: &Shared, cloud: &Cloud, signer: &Signer, region: &str, wish: &Wish<'_>, keys_max: usize) -> Result<Reply, Error> {
    let bucket = cloud.bucket(&wish.bucket).ok_or_else(|| no_bucket(&wish.bucket))?;
    let owner = cloud.keys()[bucket.owner as usize].account.as_str();
    let context = context(wish, owner, region);
    let may = |action: &str, resource: &str| cloud.may_in_bucket(&signer.caller, bucket.owner, action, resource, &context);
    if wish.request.header("x-amz-expected-bucket-owner").is_some_and(|expected| expected != owner)
        || !may(wish.operation.action(), &wish.resource())
    {
        return Err(if wish.operation == Operation::HeadBucket { denied_in(bucket.region) } else { denied() });
    }
    match wish.operation {
        Operation::GetBucketLocation => return Ok(Reply::Whole(xml::location(bucket.region))),
        Operation::HeadBucket => {
            let headers = vec![("x-amz-bucket-region".to_owned(), bucket.region.to_owned())];
            return Ok(Reply::Whole(Response { status: 200, headers, body: Vec::new() }));
        }
        Operation::ListObjectsV2 | Operation::GetObject | Operation::HeadObject => {}
    }
    let objects = delivered(shared, cloud, &wish.bucket)?;
    if wish.operation == Operation::ListObjectsV2 {
        return list::list(wish.request, &wish.bucket, &objects, keys_max).map(Reply::Whole);
    }
    match objects.get(&wish.key) {
        Some(found) => object::get(shared, wish, found),
        // Who may not list is not told what there is not ([S3:API_GetObject]).
        None if !may("s3:ListBucket", &format!("arn:aws:s3:::{}", wish.bucket)) => Err(denied()),
        None => Err(Error::new(404, "NoSuchKey", "The specified key does not exist.").with("Key", &wish.key)),
    }
}

fn delivered(shared: &Shared, cloud: &Cloud, bucket: &str) -> Result<Objects, Error> {
    shared.objects(cloud, bucket).map_err(|error| Error::new(500, "InternalError", &error.to_string()))
}

/// The condition keys of a call.
fn context(wish: &Wish<'_>, owner: &str, region: &str) -> BTreeMap<String, Vec<String>> {
    let one = |text: &str| vec![text.to_owned()];
    let mut found = BTreeMap::from([
        ("aws:requestedregion".to_owned(), one(region)),
        ("aws:resourceaccount".to_owned(), one(owner)),
        ("s3:resourceaccount".to_owned(), one(owner)),
    ]);
    if wish.operation == Operation::ListObjectsV2 {
        for name in ["prefix", "delimiter", "max-keys"] {
            if let Some(value) = parameter(wish.request, name) {
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
