//! Signatures of version 4.

use super::credentials::Credentials;
use super::endpoint::Endpoint;
use super::transport::Outgoing;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use std::time::SystemTime;
use tenor_wire::{Request, Service};

/// The request with its signature at `now`; none when it is no HTTP request or has no signable headers.
pub(super) fn signed(
    request: &Request,
    service: &Service,
    endpoint: &Endpoint,
    credentials: &Credentials,
    now: Timestamp,
    is_alone: bool,
) -> Option<Outgoing> {
    let url = format!("{}{}", endpoint.url, request.path_and_query());
    let host = endpoint.url.split_once("://")?.1.split('/').next()?.to_owned();
    let mut headers = request.headers.clone();
    headers.push(("host".to_owned(), host));
    let mut settings = SigningSettings::default();
    if service.signing == "s3" {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let identity = credentials.identity();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&endpoint.region)
        .name(&service.signing)
        .time(SystemTime::from(now))
        .settings(settings)
        .build()
        .ok()?
        .into();
    let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let signable = SignableRequest::new(&request.method, url.as_str(), named, SignableBody::Bytes(&request.body)).ok()?;
    let (instructions, _) = sign(signable, &params).ok()?.into_parts();
    headers.extend(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())));
    Some(Outgoing { method: request.method.clone(), url, headers, body: request.body.clone(), is_alone })
}
