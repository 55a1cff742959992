//! Who signed a request, and whether the signature holds (AWS Signature Version 4).

use crate::cloud::{NoSigner, Refusal, Signer};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SessionTokenMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use std::time::{Duration, SystemTime};
use tenor_wire::{Protocol, Request};

#[cfg(test)]
mod tests;

/// AWS accepts signatures of five minutes ago and ahead; services differ, most take fifteen.
const SKEW_SECONDS_MAX: i64 = 900;

/// What a request says of its signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Credential {
    pub(super) access_key: String,
    pub(super) region: String,
    pub(super) service: String,
    signed_headers: Vec<String>,
    signature: String,
    at: Timestamp,
}

/// Why a signature does not hold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SignatureError {
    #[error("Request is missing Authentication Token")]
    Missing,
    #[error("The request signature does not conform to AWS standards: {0}")]
    Incomplete(&'static str),
    #[error("The security token included in the request is invalid")]
    UnknownKey,
    #[error("The security token included in the request is expired")]
    SessionOver,
    #[error("Signature expired: the request is of {0}, and it is {1}")]
    Expired(Timestamp, Timestamp),
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method"
    )]
    Mismatch,
}

impl From<NoSigner> for SignatureError {
    fn from(unknown: NoSigner) -> Self {
        match unknown {
            NoSigner::Unknown => Self::UnknownKey,
            NoSigner::Over => Self::SessionOver,
        }
    }
}

impl SignatureError {
    /// AWS's code as query services have it.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationToken",
            Self::Incomplete(_) => "IncompleteSignature",
            Self::UnknownKey => "InvalidClientTokenId",
            Self::SessionOver => "ExpiredToken",
            Self::Expired(..) | Self::Mismatch => "SignatureDoesNotMatch",
        }
    }

    /// As a service of this protocol says it. That EC2 answers `RequestExpired` with status 400 to a session that is over is what its users
    /// report (aws/aws-sdk-go-v2#1674, jenkinsci/ec2-plugin#1008).
    pub(super) fn refusal(&self, protocol: Protocol) -> Refusal {
        let code = match (protocol, self) {
            (Protocol::Ec2, Self::UnknownKey | Self::Mismatch) => "AuthFailure",
            (Protocol::Ec2, Self::Expired(..)) => "RequestExpired",
            (Protocol::Ec2, Self::SessionOver) => return Refusal::new("RequestExpired", "Request has expired."),
            (Protocol::Query | Protocol::RestXml, _) | (_, Self::Missing | Self::Incomplete(_)) => self.code(),
            (_, Self::UnknownKey) => "UnrecognizedClientException",
            (_, Self::SessionOver) => "ExpiredTokenException",
            (_, Self::Expired(..) | Self::Mismatch) => "InvalidSignatureException",
        };
        Refusal::new(code, self).with_status(403)
    }
}

impl Credential {
    /// Reads the `Authorization` header.
    pub(super) fn read(request: &Request) -> Result<Self, SignatureError> {
        let text = request.header("authorization").ok_or(SignatureError::Missing)?;
        let rest = text.strip_prefix("AWS4-HMAC-SHA256 ").ok_or(SignatureError::Incomplete("the algorithm is not AWS4-HMAC-SHA256"))?;
        let part = |name: &str| rest.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        let scope = part("Credential").ok_or(SignatureError::Incomplete("no Credential"))?;
        let headers = part("SignedHeaders").ok_or(SignatureError::Incomplete("no SignedHeaders"))?;
        let signature = part("Signature").ok_or(SignatureError::Incomplete("no Signature"))?;
        let [access_key, day, region, service, "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
            return Err(SignatureError::Incomplete("the Credential has not five parts of which the last is aws4_request"));
        };
        let date = request.header("x-amz-date").ok_or(SignatureError::Incomplete("no X-Amz-Date"))?;
        if !date.starts_with(day) || day.len() != 8 {
            return Err(SignatureError::Incomplete("the Credential is of another day than X-Amz-Date"));
        }
        let at = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", date).and_then(|parsed| parsed.to_datetime());
        let at = at.and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC)).map_err(|_| SignatureError::Incomplete("X-Amz-Date is no date"))?;
        Ok(Self {
            access_key: access_key.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: headers.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
            at: at.timestamp(),
        })
    }
}

/// Whether the request is what the signer signed, not long ago.
pub(super) fn check(request: &Request, credential: &Credential, signer: &Signer, now: Timestamp) -> Result<(), SignatureError> {
    if (now.as_second() - credential.at.as_second()).abs() > SKEW_SECONDS_MAX {
        return Err(SignatureError::Expired(credential.at, now));
    }
    // A session's key is nobody's without the session's token.
    if request.header("x-amz-security-token") != signer.session_token.as_deref() {
        return Err(SignatureError::UnknownKey);
    }
    let signed = again(request, credential, signer).ok_or(SignatureError::Incomplete("it cannot be signed again"))?;
    if signed == credential.signature { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// The signature that the signer's secret gives for the request's signed headers.
fn again(request: &Request, credential: &Credential, signer: &Signer) -> Option<String> {
    let mut settings = SigningSettings::default();
    settings.session_token_mode = SessionTokenMode::Include;
    if credential.service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = aws_sigv4::http_request::PayloadChecksumKind::XAmzSha256;
    }
    let identity = Credentials::new(&credential.access_key, &signer.secret_key, signer.session_token.clone(), None, "sandbox").into();
    let nanoseconds = u64::try_from(credential.at.as_nanosecond()).ok()?;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&credential.region)
        .name(&credential.service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds))
        .settings(settings)
        .build()
        .ok()?
        .into();
    let own = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
    let is_signed = |name: &str| credential.signed_headers.iter().any(|signed| signed == name) && !own.contains(&name);
    let headers: Vec<(&str, &str)> =
        request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| is_signed(name)).collect();
    let host = request.header("host")?;
    let url = format!("http://{host}{}", request.path_and_query());
    let unsigned = request.header("x-amz-content-sha256").filter(|hash| *hash == "UNSIGNED-PAYLOAD");
    let body = if unsigned.is_some() { SignableBody::UnsignedPayload } else { SignableBody::Bytes(&request.body) };
    let signable = SignableRequest::new(&request.method, url, headers.into_iter(), body).ok()?;
    let output = sign(signable, &params).ok()?;
    Some(output.signature().to_owned())
}
