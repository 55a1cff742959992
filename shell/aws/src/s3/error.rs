//! What can go wrong between here and a bucket, and what to do about each.

use aws_credential_types::provider::error::CredentialsError;
use object_store::Error as StoreError;
use std::env;
use std::error::Error;

/// Why a bucket is not read.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// Not a URL of S3.
    #[error("`{url}` is not s3://bucket/prefix: {why}")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A URL with an empty part, which a key may have and this program's store cannot name.
    #[error("`{url}` has an empty part (`//`), and objects under such keys cannot be read")]
    EmptyPart {
        /// What was given.
        url: String,
    },
    /// Among the objects listed is one with such a key.
    #[error("s3://{bucket} cannot be listed past the key `{key}`: it has an empty part (`//`), `.` or `..`")]
    OddKey {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
    /// An endpoint that is no URL.
    #[error("the endpoint `{endpoint}` is no http:// or https:// URL")]
    BadEndpoint {
        /// What is configured.
        endpoint: String,
    },
    /// An endpoint that cannot be asked.
    #[error("the endpoint `{endpoint}` cannot be used")]
    Endpoint {
        /// The endpoint.
        endpoint: String,
        /// Why.
        source: Said,
    },
    /// No provider had any.
    #[error("no AWS credentials were found{}", of_profile(.profile.as_deref()))]
    NoCredentials {
        /// The profile that `AWS_PROFILE` names.
        profile: Option<String>,
    },
    /// A provider that should have had some failed.
    #[error("AWS credentials could not be had")]
    Credentials {
        /// What the provider said.
        source: CredentialsError,
    },
    /// AWS does not take the credentials.
    #[error("AWS does not accept these credentials: {code}")]
    Refused {
        /// AWS's error code.
        code: &'static str,
    },
    /// The credentials are good and not allowed this.
    #[error("access denied: {action} on {arn} is not allowed")]
    Denied {
        /// The IAM action.
        action: &'static str,
        /// What on.
        arn: String,
    },
    /// There is no such bucket.
    #[error("there is no bucket `{bucket}`")]
    NoBucket {
        /// Its name.
        bucket: String,
    },
    /// The bucket lies elsewhere.
    #[error("the bucket `{bucket}` is not in {region}")]
    AnotherRegion {
        /// Its name.
        bucket: String,
        /// Where it was asked for.
        region: String,
    },
    /// Nobody says where the bucket lies.
    #[error("the region of bucket `{bucket}` could not be found out")]
    RegionUnknown {
        /// Its name.
        bucket: String,
        /// Why.
        source: Said,
    },
    /// Anything else: no connection, most often.
    #[error("cannot read s3://{bucket} at {endpoint}")]
    Failed {
        /// The bucket.
        bucket: String,
        /// Where it was asked for.
        endpoint: String,
        /// What the client said.
        source: Said,
    },
}

/// What the store's client said, each cause once.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Said(String);

impl From<StoreError> for Said {
    /// The client's messages hold those of their causes: only the innermost of such are kept.
    fn from(error: StoreError) -> Self {
        let chain = chain(&error);
        let repeats = |index: usize| chain.get(index + 1).is_some_and(|cause| chain[index].contains(cause.as_str()));
        let said: Vec<&str> = (0..chain.len()).filter(|index| !repeats(*index)).map(|index| chain[index].as_str()).collect();
        Self(said.join(": "))
    }
}

impl S3Error {
    pub(super) fn no_credentials() -> Self {
        Self::NoCredentials { profile: env::var("AWS_PROFILE").ok().filter(|profile| !profile.is_empty()) }
    }

    /// What the reader of the message can do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::BadUrl { .. } => "write s3://bucket/prefix; the console shows it as the S3 URI of the report's folder".to_owned(),
            Self::EmptyPart { url } => format!(
                "if the two slashes are a slip, write one; else copy the report with `aws s3 cp --recursive {url} FOLDER` and import that folder"
            ),
            Self::OddKey { bucket, .. } => format!(
                "point at a longer prefix that leaves that key out, or copy the report with `aws s3 cp --recursive s3://{bucket}/PREFIX FOLDER` \
                and import that folder"
            ),
            Self::BadEndpoint { .. } | Self::Endpoint { .. } => {
                "correct AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, or unset them to ask AWS itself".to_owned()
            }
            Self::NoCredentials { .. } => {
                "looked at: AWS_ACCESS_KEY_ID, the profile in ~/.aws/config and ~/.aws/credentials (AWS_PROFILE), web \
                identity, container and instance credentials. Set AWS_PROFILE, or run `aws sso login`; for a public bucket set \
                AWS_SKIP_SIGNATURE=true"
                    .to_owned()
            }
            Self::Credentials { .. } => {
                "try `aws sts get-caller-identity` with the same profile; for SSO run `aws sso login` first".to_owned()
            }
            Self::Refused { code: "RequestTimeTooSkewed" } => "set this machine's clock".to_owned(),
            Self::Refused { .. } => {
                "renew the credentials, and see that AWS_PROFILE and AWS_ACCESS_KEY_ID mean the same account".to_owned()
            }
            Self::Denied { action, arn } => format!(
                "allow {action} on {arn} to these credentials; reading a bill takes s3:ListBucket on its \
                bucket, s3:GetObject on its objects, and kms:Decrypt where they are encrypted with a key"
            ),
            Self::NoBucket { .. } => "check the name; outside the partition aws set AWS_REGION".to_owned(),
            Self::AnotherRegion { .. } | Self::RegionUnknown { .. } => "set AWS_REGION to the bucket's region".to_owned(),
            Self::Failed { .. } => "check the network and HTTPS_PROXY; where S3 is not AWS's, set AWS_ENDPOINT_URL_S3".to_owned(),
        }
    }
}

fn of_profile(profile: Option<&str>) -> String {
    profile.map_or(String::new(), |profile| format!(" in profile `{profile}`"))
}

/// What S3 says no with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    NoBucket,
    AnotherRegion,
    Denied,
    /// The credentials themselves, by AWS's code.
    Credentials(&'static str),
}

/// Codes of credentials that S3 does not take.
const CREDENTIALS_CODES: [&str; 6] =
    ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "RequestTimeTooSkewed", "TokenRefreshRequired"];

/// The refusal in an error of the store, which keeps S3's answer as text only.
pub(super) fn refusal(error: &StoreError) -> Option<Refusal> {
    let text = text(error);
    let code = |code: &&str| text.contains(&format!("<Code>{code}</Code>"));
    if let Some(code) = CREDENTIALS_CODES.iter().find(|candidate| code(candidate)) {
        return Some(Refusal::Credentials(code));
    }
    if code(&"NoSuchBucket") {
        return Some(Refusal::NoBucket);
    }
    let elsewhere = ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect"];
    if elsewhere.iter().any(code) || text.contains("redirect without LOCATION") {
        return Some(Refusal::AnotherRegion);
    }
    let is_denied = matches!(error, StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. });
    (is_denied || ["AccessDenied", "AllAccessDisabled"].iter().any(code) || text.contains("403 Forbidden")).then_some(Refusal::Denied)
}

/// An error with all its causes.
pub(super) fn text(error: &StoreError) -> String {
    chain(error).join(": ")
}

fn chain(error: &StoreError) -> Vec<String> {
    let first: &dyn Error = error;
    std::iter::successors(Some(first), |error| (*error).source()).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Option<Refusal> {
        refusal(&StoreError::Generic { store: "S3", source: body.to_owned().into() })
    }

    #[test]
    fn what_s3_refuses_is_told_apart() {
        assert_eq!(answer("<Error><Code>NoSuchBucket</Code></Error>"), Some(Refusal::NoBucket));
        assert_eq!(answer("<Code>AccessDenied</Code>"), Some(Refusal::Denied));
        assert_eq!(answer("<Code>ExpiredToken</Code>"), Some(Refusal::Credentials("ExpiredToken")));
        assert_eq!(answer("<Code>AuthorizationHeaderMalformed</Code>"), Some(Refusal::AnotherRegion));
        assert_eq!(answer("Received redirect without LOCATION, this normally…"), Some(Refusal::AnotherRegion));
        assert_eq!(answer("connection refused"), None);
        let denied = StoreError::PermissionDenied { path: "x".to_owned(), source: "403".into() };
        assert_eq!(refusal(&denied), Some(Refusal::Denied));
    }

    #[test]
    fn every_error_says_what_to_do() {
        let source = || Said("x".to_owned());
        let (bucket, endpoint) = ("bills".to_owned(), "https://[".to_owned());
        let errors = [
            S3Error::EmptyPart { url: "s3://bills//cur".to_owned() },
            S3Error::Endpoint { endpoint, source: source() },
            S3Error::NoCredentials { profile: Some("billing".to_owned()) },
            S3Error::Refused { code: "RequestTimeTooSkewed" },
            S3Error::AnotherRegion { bucket: bucket.clone(), region: "eu-west-1".to_owned() },
            S3Error::RegionUnknown { bucket, source: source() },
        ];
        let told = errors.iter().map(|error| format!("{error}\nhint: {}", error.hint())).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(told, @"
        `s3://bills//cur` has an empty part (`//`), and objects under such keys cannot be read
        hint: if the two slashes are a slip, write one; else copy the report with `aws s3 cp --recursive s3://bills//cur FOLDER` and import that folder
        the endpoint `https://[` cannot be used
        hint: correct AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, or unset them to ask AWS itself
        no AWS credentials were found in profile `billing`
        hint: looked at: AWS_ACCESS_KEY_ID, the profile in ~/.aws/config and ~/.aws/credentials (AWS_PROFILE), web identity, container and instance credentials. Set AWS_PROFILE, or run `aws sso login`; for a public bucket set AWS_SKIP_SIGNATURE=true
        AWS does not accept these credentials: RequestTimeTooSkewed
        hint: set this machine's clock
        the bucket `bills` is not in eu-west-1
        hint: set AWS_REGION to the bucket's region
        the region of bucket `bills` could not be found out
        hint: set AWS_REGION to the bucket's region
        ");
    }
}
