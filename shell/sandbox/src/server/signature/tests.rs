//! Signatures: what is let in, and what is told of what is not.

use super::{Credential, SignatureError, check};
use crate::cloud::{Cloud, NoSigner, Session, Setup, Signer};
use jiff::Timestamp;
use std::fmt::Write as _;
use tenor_wire::{Call, Model, Request};

/// The request that AWS's documentation of Signature Version 4 signs, step by step: its key, its secret, its signature.
fn documented() -> Request {
    let scope = "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request";
    let signature = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let authorization = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=content-type;host;x-amz-date, Signature={signature}");
    let headers = [
        ("host", "iam.amazonaws.com"),
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("x-amz-date", "20150830T123600Z"),
        ("authorization", &authorization),
    ];
    let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let query = pairs(&[("Action", "ListUsers"), ("Version", "2010-05-08")]);
    Request { method: "GET".to_owned(), path: "/".to_owned(), query, headers: pairs(&headers), body: Vec::new() }
}

fn signer(session_token: Option<&str>) -> Signer {
    let cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
    let mut signer = cloud.signer(&cloud.keys()[0].access_key, Timestamp::UNIX_EPOCH).unwrap();
    signer.secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned();
    signer.session_token = session_token.map(str::to_owned);
    signer
}

/// What becomes of the documented request, `seconds` after it was signed, with something altered.
fn judged(seconds: i64, session_token: Option<&str>, alter: impl FnOnce(&mut Request)) -> Result<(), SignatureError> {
    let mut request = documented();
    alter(&mut request);
    let credential = Credential::read(&request)?;
    let signed: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
    check(&request, &credential, &signer(session_token), Timestamp::from_second(signed.as_second() + seconds).unwrap())
}

fn set(request: &mut Request, name: &str, value: &str) {
    request.headers.retain(|(known, _)| known != name);
    request.headers.push((name.to_owned(), value.to_owned()));
}

/// Replaces a part of a header.
fn swap(request: &mut Request, name: &str, from: &str, to: &str) {
    let value = request.header(name).unwrap();
    assert!(value.contains(from));
    let value = value.replace(from, to);
    set(request, name, &value);
}

#[test]
fn what_aws_says_is_signed_well_is() {
    assert_eq!(judged(0, None, |_| {}), Ok(()));
    assert_eq!(judged(900, None, |_| {}), Ok(()));
    assert_eq!(judged(-900, None, |_| {}), Ok(()));
    assert_eq!(judged(0, None, |request| set(request, "x-unsigned", "may be anything")), Ok(()));
}

#[test]
fn whatever_was_signed_and_is_altered_does_not_match() {
    let altered: [fn(&mut Request); 8] = [
        |request| request.body = b"Action=CreateUser".to_vec(),
        |request| request.method = "POST".to_owned(),
        |request| request.path = "/other".to_owned(),
        |request| request.query[0].1 = "ListRoles".to_owned(),
        |request| set(request, "content-type", "text/plain"),
        |request| set(request, "host", "sts.amazonaws.com"),
        |request| set(request, "x-amz-date", "20150830T123601Z"),
        |request| swap(request, "authorization", "5d672d79", "5d672d78"),
    ];
    for (index, alter) in altered.into_iter().enumerate() {
        assert_eq!(judged(0, None, alter), Err(SignatureError::Mismatch), "{index}");
    }
}

#[test]
fn another_region_service_or_secret_does_not_match() {
    assert_eq!(judged(0, None, |request| swap(request, "authorization", "us-east-1", "eu-west-1")), Err(SignatureError::Mismatch));
    assert_eq!(judged(0, None, |request| swap(request, "authorization", "/iam/", "/sts/")), Err(SignatureError::Mismatch));
    let request = documented();
    let credential = Credential::read(&request).unwrap();
    let other = Signer { secret_key: "another".to_owned(), ..signer(None) };
    assert_eq!(check(&request, &credential, &other, credential.at), Err(SignatureError::Mismatch));
}

#[test]
fn a_signature_holds_a_quarter_of_an_hour_either_way() {
    assert!(matches!(judged(901, None, |_| {}), Err(SignatureError::Expired(..))));
    assert!(matches!(judged(-901, None, |_| {}), Err(SignatureError::Expired(..))));
}

#[test]
fn a_session_signs_with_its_token_and_nobody_else_does() {
    assert_eq!(judged(0, Some("token"), |_| {}), Err(SignatureError::UnknownKey), "it is missing");
    let other = |request: &mut Request| set(request, "x-amz-security-token", "other");
    assert_eq!(judged(0, Some("token"), other), Err(SignatureError::UnknownKey));
    assert_eq!(judged(0, None, other), Err(SignatureError::UnknownKey), "an administrator has none");
    let own = |request: &mut Request| set(request, "x-amz-security-token", "token");
    assert_eq!(judged(0, Some("token"), own), Err(SignatureError::Mismatch), "it is signed too");
}

#[test]
fn what_is_no_signature_is_told_as_aws_tells_it() {
    let altered: [fn(&mut Request); 9] = [
        |request| request.headers.retain(|(name, _)| name != "authorization"),
        |request| swap(request, "authorization", "AWS4-HMAC-SHA256", "AWS3"),
        |request| swap(request, "authorization", "Credential=", "Who="),
        |request| swap(request, "authorization", "SignedHeaders=", "Headers="),
        |request| swap(request, "authorization", "Signature=5", "5"),
        |request| swap(request, "authorization", "/us-east-1", ""),
        |request| swap(request, "authorization", "20150830", "20150829"),
        |request| request.headers.retain(|(name, _)| name != "x-amz-date"),
        |request| set(request, "x-amz-date", "20150830 noon"),
    ];
    let told = altered.into_iter().map(|alter| judged(0, None, alter).unwrap_err().to_string() + "\n");
    insta::assert_snapshot!(told.collect::<String>(), @"
    Request is missing Authentication Token
    The request signature does not conform to AWS standards: the algorithm is not AWS4-HMAC-SHA256
    The request signature does not conform to AWS standards: no Credential
    The request signature does not conform to AWS standards: no SignedHeaders
    The request signature does not conform to AWS standards: no Signature
    The request signature does not conform to AWS standards: the Credential has not five parts of which the last is aws4_request
    The request signature does not conform to AWS standards: the Credential is of another day than X-Amz-Date
    The request signature does not conform to AWS standards: no X-Amz-Date
    The request signature does not conform to AWS standards: X-Amz-Date is no date
    ");
}

#[test]
fn each_protocol_has_its_own_words() {
    let at = Timestamp::UNIX_EPOCH;
    let errors = [
        SignatureError::Missing,
        SignatureError::Incomplete("no Signature"),
        SignatureError::UnknownKey,
        SignatureError::SessionOver,
        SignatureError::Expired(at, at),
        SignatureError::Mismatch,
    ];
    let mut told = String::new();
    for (service, operation) in [
        ("sts", "GetCallerIdentity"),
        ("ec2", "DescribeReservedInstances"),
        ("organizations", "ListAccounts"),
        ("savingsplans", "DescribeSavingsPlans"),
        ("s3", "ListBuckets"),
    ] {
        let Some(service) = Model::catalogued().service(service) else { continue };
        let Some(operation) = service.operation(operation).or_else(|| service.operations().next()) else { continue };
        for error in &errors {
            let fault = error.refusal(service.protocol).fault(Call { service, operation }, "id");
            writeln!(told, "{:?} {} {}", service.protocol, fault.code, fault.status).unwrap();
        }
    }
    insta::assert_snapshot!(told, @"
    Query MissingAuthenticationToken 403
    Query IncompleteSignature 403
    Query InvalidClientTokenId 403
    Query ExpiredToken 403
    Query SignatureDoesNotMatch 403
    Query SignatureDoesNotMatch 403
    Ec2 MissingAuthenticationToken 403
    Ec2 IncompleteSignature 403
    Ec2 AuthFailure 403
    Ec2 RequestExpired 400
    Ec2 RequestExpired 403
    Ec2 AuthFailure 403
    Json MissingAuthenticationToken 403
    Json IncompleteSignature 403
    Json UnrecognizedClientException 403
    Json ExpiredTokenException 403
    Json InvalidSignatureException 403
    Json InvalidSignatureException 403
    RestJson MissingAuthenticationToken 403
    RestJson IncompleteSignature 403
    RestJson UnrecognizedClientException 403
    RestJson ExpiredTokenException 403
    RestJson InvalidSignatureException 403
    RestJson InvalidSignatureException 403
    RestXml MissingAuthenticationToken 403
    RestXml IncompleteSignature 403
    RestXml InvalidClientTokenId 403
    RestXml ExpiredToken 403
    RestXml SignatureDoesNotMatch 403
    RestXml SignatureDoesNotMatch 403
    ");
}

#[test]
fn a_session_that_is_over_is_told_from_one_that_never_was() {
    let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
    let text = || "ASIAEXAMPLE".to_owned();
    let (role, name, secret_key, token, source_identity) = (text(), text(), text(), text(), text());
    cloud.books.sessions.push(Session { account: 0, role, name, access_key: text(), secret_key, token, ends: 1_000, source_identity });
    let found = |at: i64, key: &str| cloud.signer(key, Timestamp::from_second(at).unwrap()).map(|signer| signer.caller.arn);
    assert!(found(999, "ASIAEXAMPLE").unwrap().ends_with("assumed-role/ASIAEXAMPLE/ASIAEXAMPLE"));
    assert_eq!(found(1_000, "ASIAEXAMPLE"), Err(NoSigner::Over));
    assert_eq!(found(999, "ASIANOBODY"), Err(NoSigner::Unknown));
}
