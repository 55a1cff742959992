//! A provider that rotates its keys, and what it may be.

use super::{Attempt, NameClaim, Oidc, OidcError, OidcSettings, secure};
use crate::Listener;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A key of a provider's.
pub(super) struct Signer {
    id: &'static str,
    pair: EcdsaKeyPair,
}

impl Signer {
    pub(super) fn new(id: &'static str) -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self { id, pair: EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap() }
    }

    /// As it is published.
    pub(super) fn key(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({ "kty": "EC", "crv": "P-256", "kid": self.id, "use": "sig", "x": x, "y": y })
    }

    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let message = format!("{header}.{claims}");
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A provider on a socket, with one key at a time and one attempt to log in.
struct Provider {
    issuer: String,
    signer: Mutex<Signer>,
    nonce: String,
    now: Timestamp,
    keys_asked: AtomicU32,
    /// Whether it tells nothing but tokens.
    is_mute: AtomicBool,
}

impl Provider {
    async fn start(attempt: &Attempt, now: Timestamp) -> Arc<Self> {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None, false).await.unwrap();
        let provider = Arc::new(Self {
            issuer: format!("http://{}", listener.address()),
            signer: Mutex::new(Signer::new("1")),
            nonce: attempt.nonce(),
            now,
            keys_asked: AtomicU32::new(0),
            is_mute: AtomicBool::new(false),
        });
        let answering = |answer: fn(&Self) -> Value| {
            let provider = Arc::clone(&provider);
            move || {
                let is_mute = provider.is_mute.load(Ordering::SeqCst);
                let answer = answer(&provider).to_string();
                async move { if is_mute { (StatusCode::INTERNAL_SERVER_ERROR, String::new()) } else { (StatusCode::OK, answer) } }
            }
        };
        let giving = {
            let provider = Arc::clone(&provider);
            move || {
                let given = provider.given().to_string();
                async move { given }
            }
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(answering(Self::description)))
            .route("/keys", get(answering(Self::keys)))
            .route("/token", post(giving));
        tokio::spawn(listener.run(router, pending()));
        provider
    }

    fn description(&self) -> Value {
        let at = |path: &str| format!("{}/{path}", self.issuer);
        json!({ "issuer": self.issuer, "authorization_endpoint": at("ask"), "token_endpoint": at("token"), "jwks_uri": at("keys") })
    }

    fn keys(&self) -> Value {
        self.keys_asked.fetch_add(1, Ordering::SeqCst);
        json!({ "keys": [self.signer.lock().unwrap().key()] })
    }

    fn given(&self) -> Value {
        let signer = self.signer.lock().unwrap();
        let claims = json!({
            "iss": self.issuer, "aud": "tenor", "sub": "7", "exp": self.now.as_second() + 300, "nonce": self.nonce, "preferred_username": "ann",
        });
        json!({ "id_token": signer.sign(&json!({ "alg": "ES256", "kid": signer.id }), &claims) })
    }
}

fn settings(issuer: &str) -> OidcSettings {
    OidcSettings {
        issuer: issuer.to_owned(),
        client_id: "tenor".to_owned(),
        client_secret: "hush".to_owned(),
        name_claim: NameClaim::PreferredUsername,
        is_plain_allowed: true,
    }
}

#[tokio::test]
async fn a_provider_may_sign_with_another_key_and_be_mute_for_a_day() {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let attempt = Attempt::begin("/", now).unwrap();
    let provider = Provider::start(&attempt, now).await;
    let oidc = Oidc::new(settings(&provider.issuer)).unwrap();
    let named = async || oidc.named(&attempt, "code", "http://x/login/oidc/return", now).await;
    let asked = || provider.keys_asked.load(Ordering::SeqCst);
    let ann = named().await.unwrap();
    assert_eq!((ann.issuer, ann.subject.as_str(), ann.name.as_str(), asked()), (provider.issuer.clone(), "7", "ann", 1));

    *provider.signer.lock().unwrap() = Signer::new("2");
    let unknown = named().await.unwrap_err().to_string();
    assert!(unknown.contains("signed with a key that the provider does not have") && asked() == 1, "{unknown}");
    oidc.keys.age(Duration::from_secs(10));
    assert_eq!((named().await.unwrap().name.as_str(), asked()), ("ann", 2));

    provider.is_mute.store(true, Ordering::SeqCst);
    oidc.keys.age(Duration::from_secs(3_600));
    assert_eq!((named().await.unwrap().name.as_str(), asked()), ("ann", 3));
    assert_eq!((named().await.unwrap().name.as_str(), asked()), ("ann", 3), "it failed just now");
}

#[test]
fn a_provider_is_asked_with_tls_or_on_this_machine_where_that_is_allowed() {
    for (address, is_plain_allowed, expected) in [
        ("https://id.example.com/realms/acme", false, true),
        ("http://id.example.com", true, false),
        ("http://127.0.0.1:9400", false, false),
        ("http://127.0.0.1:9400", true, true),
        ("http://localhost:9400", true, true),
        ("http://localhost.example.com", true, false),
        ("ftp://127.0.0.1", true, false),
        ("id.example.com", true, false),
    ] {
        assert_eq!(secure(address, is_plain_allowed).is_ok(), expected, "{address}");
    }
}

#[test]
fn its_secret_is_never_shown() {
    let settings = OidcSettings { is_plain_allowed: false, ..settings("https://id.example.com") };
    assert!(!format!("{settings:?}").contains("hush"));
    assert!(!format!("{:?}", Oidc::new(settings.clone()).unwrap()).contains("hush"));
    let refused = Oidc::new(OidcSettings { issuer: "http://id.example.com".to_owned(), ..settings });
    assert!(matches!(refused, Err(OidcError::Plain(_))));
}
