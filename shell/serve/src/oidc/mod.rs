//! Logging in by an identity provider that speaks OpenID Connect: authorization code with PKCE, state and nonce.
//!
//! ```text
//! /login/oidc  ->  the provider, which asks who it is  ->  /login/oidc/return  ->  its token endpoint  ->  a signed token: who it is
//! ```
//! Who may log in, and as what, stays Tenor's: a user of that name is there already, or nobody is let in. What is known of an attempt is derived from
//! a secret in its browser's cookie; nothing of it is kept here.
//!
//! What it never does: make users, give roles, keep a token of the provider's, or believe one that was not signed for this server and this attempt.

mod attempt;
mod kept;
mod provider;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use attempt::{ATTEMPT_SECONDS, Attempt};
pub(crate) use token::Named;

use jiff::Timestamp;
use kept::Kept;
use provider::{Keys, Provider};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long the provider may take for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// No answer of the provider's has more bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Which claim of a token is a user's name in Tenor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameClaim {
    /// What the provider calls them: for providers whose users do not choose that themselves.
    #[default]
    PreferredUsername,
    /// Their address, where the provider has verified it.
    Email,
}

/// A text that is none of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not preferred_username or email")]
pub struct NameClaimError(String);

/// What the owner says of the provider.
#[derive(Clone)]
pub struct OidcSettings {
    /// What the provider calls itself; below it lies its description.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// By which this server shows that it is that.
    pub client_secret: String,
    /// Which claim is a user's name.
    pub name_claim: NameClaim,
    /// Whether a provider on this machine may be asked without TLS.
    pub is_plain_allowed: bool,
}

/// Why nobody can be logged in by the provider.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OidcError {
    /// An address of the provider's that tokens would travel to in the clear.
    #[error("`{0}` is not an address with TLS")]
    Plain(String),
    /// There is no way to ask anything.
    #[error("cannot make a client for the identity provider")]
    Client(#[source] Arc<reqwest::Error>),
    /// It does not answer.
    #[error("the identity provider does not answer for {what}")]
    Silent {
        /// What was asked for.
        what: &'static str,
        /// Why not.
        source: Arc<reqwest::Error>,
    },
    /// It answers with what makes no sense.
    #[error("what the identity provider answers for {what} makes no sense: {why}")]
    Strange {
        /// What was asked for.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// It says no.
    #[error("the identity provider refuses {what}: {why}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// What it says.
        why: String,
    },
    /// The token is not one for this server, this attempt and this moment.
    #[error("the identity provider's token is not to be believed: {0}")]
    Token(String),
    /// The token does not tell a name.
    #[error("the identity provider's token has no {0}")]
    NoName(&'static str),
}

impl OidcError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Plain(_) => "name an issuer with https; for a provider on this machine, in a test: --oidc-insecure-issuer",
            Self::Client(_) => "look at the certificates of this machine",
            Self::Silent { .. } => "try again; if it lasts, look whether this machine reaches the provider",
            Self::Strange { .. } => "check --oidc-issuer: it is what the provider calls itself, to the letter",
            Self::Refused { .. } => {
                "log in again; if it lasts, check --oidc-client-id, the secret, and the return address that the provider knows"
            }
            Self::Token(_) => "log in again; if it lasts, check the clocks of both machines, --oidc-issuer and --oidc-client-id",
            Self::NoName(_) => {
                "choose the claim that tells it (--oidc-name-claim), or have the provider send it; an email has to be verified"
            }
        }
    }
}

/// A provider, as this server knows it.
pub struct Oidc {
    settings: OidcSettings,
    client: reqwest::Client,
    described: Kept<Provider>,
    keys: Kept<Keys>,
}

impl Oidc {
    /// Ready to ask the provider; it is not asked yet.
    ///
    /// # Errors
    /// When it would be asked in the clear, or there is no client.
    pub fn new(settings: OidcSettings) -> Result<Self, OidcError> {
        secure(&settings.issuer, settings.is_plain_allowed)?;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(ANSWER_MAX);
        let client = client.build().map_err(|error| OidcError::Client(Arc::new(error)))?;
        Ok(Self { settings, client, described: Kept::default(), keys: Kept::default() })
    }

    /// Where a browser goes to say who it is; it comes back to `back`.
    pub(crate) async fn address(&self, attempt: &Attempt, back: &str) -> Result<String, OidcError> {
        let provider = self.provider().await?;
        let mut address = provider.authorization.clone();
        let scope = match self.settings.name_claim {
            NameClaim::PreferredUsername => "openid profile",
            NameClaim::Email => "openid email",
        };
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", self.settings.client_id.as_str()),
            ("redirect_uri", back),
            ("scope", scope),
            ("state", attempt.state().as_str()),
            ("nonce", attempt.nonce().as_str()),
            ("code_challenge", attempt.challenge().as_str()),
            ("code_challenge_method", "S256"),
        ]);
        Ok(address.into())
    }

    /// Who came back with this code.
    pub(crate) async fn named(&self, attempt: &Attempt, code: &str, back: &str, now: Timestamp) -> Result<Named, OidcError> {
        let provider = self.provider().await?;
        let token = self.token(&provider, attempt, code, back).await?;
        let header = token::header(&token)?;
        let keys = self.keys(&provider, false).await?;
        let key = match keys.find(&header) {
            Some(key) => key,
            // The provider may have begun to sign with another key.
            None => {
                let keys = self.keys(&provider, true).await?;
                keys.find(&header).ok_or_else(|| OidcError::Token("it is signed with a key that the provider does not have".to_owned()))?
            }
        };
        token::named(&token, &header, &key, &self.settings, &attempt.nonce(), now)
    }
}

impl fmt::Debug for OidcSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OidcSettings").field("issuer", &self.issuer).field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl NameClaim {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::PreferredUsername => "preferred_username",
            Self::Email => "email",
        }
    }
}

impl FromStr for NameClaim {
    type Err = NameClaimError;

    fn from_str(text: &str) -> Result<Self, NameClaimError> {
        let found = [Self::PreferredUsername, Self::Email].into_iter().find(|claim| claim.word() == text);
        found.ok_or_else(|| NameClaimError(text.to_owned()))
    }
}

/// An address with TLS; or without, of this machine, where the owner allows that.
fn secure(address: &str, is_plain_allowed: bool) -> Result<Url, OidcError> {
    let plain = || OidcError::Plain(address.to_owned());
    let url = Url::parse(address).map_err(|_| plain())?;
    let is_of_this_machine = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_secure = url.scheme() == "https" && url.host().is_some();
    if is_secure || (is_plain_allowed && is_of_this_machine && url.scheme() == "http") { Ok(url) } else { Err(plain()) }
}
