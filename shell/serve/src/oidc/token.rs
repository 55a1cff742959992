//! A token verified: signed by the provider, for this server, for this attempt, and now.

use super::{NameClaim, OidcError, OidcSettings};
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// Clocks may differ by so much.
const LEEWAY_SECONDS: i64 = 60;

/// How a token says that it is signed.
pub(super) struct TokenHeader {
    pub(super) algorithm: Algorithm,
    pub(super) key: Option<String>,
}

/// What a provider knows an account by has no more bytes.
const SUBJECT_BYTES_MAX: usize = 255;

/// Who a token says somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Which provider says so.
    pub(crate) issuer: String,
    /// Which of its accounts, for ever.
    pub(crate) subject: String,
    /// What it is called just now.
    pub(crate) name: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    azp: Option<String>,
    preferred_username: Option<String>,
    email: Option<String>,
    email_verified: Option<Value>,
}

/// How it is signed, before anything in it is believed: by one of two algorithms, neither of them with a shared secret.
pub(super) fn header(token: &str) -> Result<TokenHeader, OidcError> {
    let header = decode_header(token).map_err(|error| OidcError::Token(error.to_string()))?;
    match header.alg {
        Algorithm::RS256 | Algorithm::ES256 => Ok(TokenHeader { algorithm: header.alg, key: header.kid }),
        other => Err(OidcError::Token(format!("it is signed by {other:?}; RS256 and ES256 are known"))),
    }
}

/// Who a token tells, once all of it is verified.
pub(super) fn named(
    token: &str,
    header: &TokenHeader,
    key: &Jwk,
    settings: &OidcSettings,
    nonce: &str,
    now: Timestamp,
) -> Result<Named, OidcError> {
    let unbelieved = |why: &str| OidcError::Token(why.to_owned());
    let key = DecodingKey::from_jwk(key).map_err(|error| OidcError::Token(error.to_string()))?;
    let mut validation = Validation::new(header.algorithm);
    validation.set_audience(&[&settings.client_id]);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Held against this server's clock below, not the machine's.
    validation.validate_exp = false;
    let claims = decode::<Claims>(token, &key, &validation).map_err(|error| OidcError::Token(error.to_string()))?.claims;
    if claims.iss != settings.issuer {
        return Err(unbelieved("another provider made it"));
    }
    // Where it is for several, it says whom it was given to.
    let is_for_several = claims.aud.as_array().is_some_and(|all| all.len() > 1);
    let is_given_to_us = claims.azp.as_ref().map_or(!is_for_several, |given| *given == settings.client_id);
    if !is_given_to_us {
        return Err(unbelieved("it was given to another server"));
    }
    let second = now.as_second();
    if second.saturating_sub(LEEWAY_SECONDS) >= claims.exp {
        return Err(unbelieved("it has ended"));
    }
    if claims.nbf.is_some_and(|begin| second.saturating_add(LEEWAY_SECONDS) < begin) {
        return Err(unbelieved("it has not begun"));
    }
    if claims.nonce.as_deref() != Some(nonce) {
        return Err(unbelieved("it is of another attempt to log in"));
    }
    if claims.sub.is_empty() || claims.sub.len() > SUBJECT_BYTES_MAX {
        return Err(unbelieved("it does not say which account it is of"));
    }
    let is_verified = claims.email_verified.is_some_and(|is| is == Value::Bool(true) || is == "true");
    let name = match settings.name_claim {
        NameClaim::PreferredUsername => claims.preferred_username,
        NameClaim::Email => claims.email.filter(|_| is_verified),
    };
    let name = name.filter(|name| !name.is_empty()).ok_or(OidcError::NoName(settings.name_claim.word()))?;
    Ok(Named { issuer: claims.iss, subject: claims.sub, name })
}

#[cfg(test)]
mod tests {
    use super::{NameClaim, OidcError, OidcSettings, header, named};
    use crate::oidc::tests::Signer;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    fn claims() -> Value {
        let second = now().as_second();
        json!({
            "iss": "https://id.example.com", "aud": "tenor", "sub": "1", "exp": second + 300, "iat": second, "nonce": "n",
            "preferred_username": "ann", "email": "ann@example.com", "email_verified": true,
        })
    }

    fn settings(name_claim: NameClaim) -> OidcSettings {
        let (issuer, client_id) = ("https://id.example.com".to_owned(), "tenor".to_owned());
        OidcSettings { issuer, client_id, client_secret: "hush".to_owned(), name_claim, is_plain_allowed: false }
    }

    fn told(signer: &Signer, token: &str, name_claim: NameClaim) -> Result<String, OidcError> {
        Ok(named(token, &header(token)?, &serde_json::from_value(signer.key()).unwrap(), &settings(name_claim), "n", now())?.name)
    }

    #[test]
    fn a_token_tells_the_name_that_was_asked_for() {
        let signer = Signer::new("1");
        let token = signer.sign(&json!({ "alg": "ES256", "kid": "1" }), &claims());
        assert_eq!(told(&signer, &token, NameClaim::PreferredUsername).unwrap(), "ann");
        assert_eq!(told(&signer, &token, NameClaim::Email).unwrap(), "ann@example.com");
    }

    #[test]
    fn what_is_not_for_this_server_this_attempt_and_now_is_not_believed() {
        let signer = Signer::new("1");
        let second = now().as_second();
        for (claim, value) in [
            ("iss", json!("https://evil.example.com")),
            ("iss", json!(["https://id.example.com", "https://evil.example.com"])),
            ("aud", json!("another")),
            ("aud", json!(["tenor", "another"])),
            ("azp", json!("another")),
            ("exp", json!(second - 60)),
            ("exp", json!("never")),
            ("exp", Value::Null),
            ("nbf", json!(second + 61)),
            ("sub", Value::Null),
            ("sub", json!("")),
            ("sub", json!("x".repeat(256))),
            ("nonce", json!("of another")),
            ("nonce", Value::Null),
            ("preferred_username", Value::Null),
            ("preferred_username", json!("")),
        ] {
            let mut changed = claims();
            changed[claim] = value.clone();
            let token = signer.sign(&json!({ "alg": "ES256", "kid": "1" }), &changed);
            assert!(told(&signer, &token, NameClaim::PreferredUsername).is_err(), "{claim} {value}");
        }
        for is_verified in [json!(false), Value::Null, json!("no")] {
            let mut changed = claims();
            changed["email_verified"] = is_verified;
            let token = signer.sign(&json!({ "alg": "ES256", "kid": "1" }), &changed);
            assert!(matches!(told(&signer, &token, NameClaim::Email), Err(OidcError::NoName("email"))));
        }
    }

    #[test]
    fn a_token_that_another_signed_or_nobody_is_not_believed() {
        let (signer, other) = (Signer::new("1"), Signer::new("1"));
        let whole = signer.sign(&json!({ "alg": "ES256", "kid": "1" }), &claims());
        let (message, _) = whole.rsplit_once('.').unwrap();
        let forged = other.sign(&json!({ "alg": "ES256", "kid": "1" }), &claims());
        let shared = signer.sign(&json!({ "alg": "HS256", "kid": "1" }), &claims());
        let none = signer.sign(&json!({ "alg": "none" }), &claims());
        for token in [forged, shared, none, format!("{message}."), message.to_owned(), String::new(), "a.b.c".to_owned()] {
            assert!(told(&signer, &token, NameClaim::PreferredUsername).is_err(), "{token}");
        }
    }
}
