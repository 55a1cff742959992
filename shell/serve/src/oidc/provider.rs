//! What is asked of the provider: its description, its keys, and a token for a code.

use super::token::TokenHeader;
use super::{ANSWER_BYTES_MAX, Attempt, Oidc, OidcError, secure};
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Instant;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

const DESCRIPTION: &str = "its description";
const KEYS: &str = "its keys";
const TOKEN: &str = "a token";

/// Where a provider has what.
pub(super) struct Provider {
    pub(super) authorization: Url,
    token: Url,
    keys: Url,
    /// Whether this server shows its secret in the form, and not in a header.
    is_secret_in_form: bool,
}

/// A provider's keys that sign what can be verified here.
pub(super) struct Keys(Vec<Jwk>);

#[derive(Deserialize)]
struct Described {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Given {
    id_token: String,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
    error_description: Option<String>,
}

impl Keys {
    /// The key that a token says it is signed with; of a token that does not say, the only one that could.
    pub(super) fn find(&self, header: &TokenHeader) -> Option<Jwk> {
        let mut fitting = self.0.iter().filter(|key| fits(key, header.algorithm));
        match &header.key {
            Some(id) => fitting.find(|key| key.common.key_id.as_ref() == Some(id)).cloned(),
            None => fitting.next().filter(|_| fitting.next().is_none()).cloned(),
        }
    }
}

fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let is_for_signing = key.common.public_key_use != Some(PublicKeyUse::Encryption);
    is_for_signing
        && match (&key.algorithm, algorithm) {
            (AlgorithmParameters::RSA(_), Algorithm::RS256) => true,
            (AlgorithmParameters::EllipticCurve(curve), Algorithm::ES256) => curve.curve == EllipticCurve::P256,
            _ => false,
        }
}

impl Oidc {
    /// The provider as it describes itself.
    pub(super) async fn provider(&self) -> Result<Arc<Provider>, OidcError> {
        self.described.get(Instant::now(), false, self.describe()).await
    }

    /// The provider's keys; read again when they are too old, or when `is_missing` says that one was not among them.
    pub(super) async fn keys(&self, provider: &Provider, is_missing: bool) -> Result<Arc<Keys>, OidcError> {
        self.keys.get(Instant::now(), is_missing, self.read_keys(provider)).await
    }

    async fn describe(&self) -> Result<Provider, OidcError> {
        let address = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let described: Described = read(DESCRIPTION, self.fetch(DESCRIPTION, self.client.get(address)).await?)?;
        if described.issuer != self.settings.issuer {
            let why = format!("it calls itself `{}`, and not `{}`", described.issuer, self.settings.issuer);
            return Err(OidcError::Strange { what: DESCRIPTION, why });
        }
        let is_plain_allowed = self.settings.is_plain_allowed;
        let methods = described.token_endpoint_auth_methods_supported.unwrap_or_default();
        let has = |wanted: &str| methods.iter().any(|method| method == wanted);
        Ok(Provider {
            authorization: secure(&described.authorization_endpoint, is_plain_allowed)?,
            token: secure(&described.token_endpoint, is_plain_allowed)?,
            keys: secure(&described.jwks_uri, is_plain_allowed)?,
            is_secret_in_form: has("client_secret_post") && !has("client_secret_basic"),
        })
    }

    async fn read_keys(&self, provider: &Provider) -> Result<Keys, OidcError> {
        let set: KeySet = read(KEYS, self.fetch(KEYS, self.client.get(provider.keys.clone())).await?)?;
        // One of a kind that is not known here is no reason to believe none.
        Ok(Keys(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()))
    }

    /// The token that a code is worth, once.
    pub(super) async fn token(&self, provider: &Provider, attempt: &Attempt, code: &str, back: &str) -> Result<String, OidcError> {
        let given: Given = read(TOKEN, self.fetch(TOKEN, self.asked_for_token(provider, attempt, code, back)).await?)?;
        Ok(given.id_token)
    }

    fn asked_for_token(&self, provider: &Provider, attempt: &Attempt, code: &str, back: &str) -> reqwest::RequestBuilder {
        let (id, secret) = (&self.settings.client_id, &self.settings.client_secret);
        let mut form = Serializer::new(String::new());
        form.extend_pairs([("grant_type", "authorization_code"), ("code", code), ("redirect_uri", back)]);
        form.append_pair("code_verifier", &attempt.verifier());
        let mut request = self.client.post(provider.token.clone());
        if provider.is_secret_in_form {
            form.extend_pairs([("client_id", id), ("client_secret", secret)]);
        } else {
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            request = request.basic_auth(encoded(id), Some(encoded(secret)));
        }
        request.header("content-type", "application/x-www-form-urlencoded").body(form.finish())
    }

    async fn fetch(&self, what: &'static str, request: reqwest::RequestBuilder) -> Result<Vec<u8>, OidcError> {
        let silent = |source: reqwest::Error| OidcError::Silent { what, source: Arc::new(source.without_url()) };
        let mut response = request.header("accept", "application/json").send().await.map_err(silent)?;
        let (status, mut body) = (response.status(), Vec::new());
        while let Some(piece) = response.chunk().await.map_err(silent)? {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(OidcError::Strange { what, why: format!("it has more than {ANSWER_BYTES_MAX} bytes") });
            }
        }
        if status.is_success() {
            return Ok(body);
        }
        let why = match serde_json::from_slice::<Denied>(&body) {
            Ok(Denied { error, error_description: Some(description) }) => format!("{error}: {description}"),
            Ok(Denied { error, .. }) => error,
            Err(_) => status.to_string(),
        };
        Err(OidcError::Refused { what, why: why.chars().take(200).collect() })
    }
}

fn read<T: DeserializeOwned>(what: &'static str, body: Vec<u8>) -> Result<T, OidcError> {
    serde_json::from_slice(&body).map_err(|error| OidcError::Strange { what, why: error.to_string() })
}
