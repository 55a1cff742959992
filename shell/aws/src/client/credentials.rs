//! Keys that are lent: by `aws-config`'s providers, or by AWS for a role. Kept until shortly before they end.

use super::clock::Clock;
use async_trait::async_trait;
use aws_credential_types::Credentials as AwsCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::identity::Identity;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tenor_wire::Secret;
use tokio::sync::Mutex;

/// Asked for anew this long before they end.
const EARLY: SignedDuration = SignedDuration::from_mins(5);
/// Credentials without an end come from files and processes, whose answer may change.
const KEPT_MAX: SignedDuration = SignedDuration::from_mins(15);

/// An access key; what is secret of it prints as `…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The key's id, which is no secret.
    pub key_id: String,
    /// The key.
    pub secret_key: Secret,
    /// What goes with a key that is lent for a time.
    pub session_token: Option<Secret>,
    /// When they end.
    pub end: Option<Timestamp>,
}

/// Lends credentials.
#[async_trait]
pub trait Lender: Send + Sync {
    /// Credentials that hold now.
    async fn lend(&self) -> Result<Credentials, CredentialsFault>;
    /// Those lent last are no good: the next are asked for anew.
    async fn forget(&self);
    /// Whether AWS refused to have it said for whom they are.
    fn is_unnamed(&self) -> bool {
        false
    }
}

/// Why nobody lends any.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsFault {
    /// No provider has any.
    #[error("no AWS credentials were found")]
    NoneFound,
    /// A provider failed.
    #[error("AWS credentials could not be had")]
    Provider(#[source] CredentialsError),
    /// The role cannot be assumed.
    #[error("the role {arn} cannot be assumed")]
    Role {
        /// The role.
        arn: String,
        /// Why.
        source: Box<super::CallError>,
    },
    /// AWS lent credentials without a part.
    #[error("AWS lent credentials for {arn} without {part}")]
    Incomplete {
        /// The role.
        arn: String,
        /// The member that is missing.
        part: &'static str,
    },
}

impl Credentials {
    pub(super) fn identity(&self) -> Identity {
        let token = self.session_token.as_ref().map(|token| token.expose().to_owned());
        AwsCredentials::new(&self.key_id, self.secret_key.expose(), token, None, "tenor").into()
    }

    /// What of it may not be shown.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.secret_key).chain(&self.session_token)
    }
}

impl From<&AwsCredentials> for Credentials {
    fn from(credentials: &AwsCredentials) -> Self {
        Self {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: Secret::new(credentials.secret_access_key()),
            session_token: credentials.session_token().map(Secret::new),
            end: credentials.expiry().and_then(|end| Timestamp::try_from(end).ok()),
        }
    }
}

/// Always the same.
#[derive(Debug, Clone)]
pub struct Fixed(pub Credentials);

#[async_trait]
impl Lender for Fixed {
    async fn lend(&self) -> Result<Credentials, CredentialsFault> {
        Ok(self.0.clone())
    }

    async fn forget(&self) {}
}

/// What `aws-config`'s providers lend, unkept.
#[derive(Debug)]
pub(super) struct Provided(pub(super) SharedCredentialsProvider);

#[async_trait]
impl Lender for Provided {
    async fn lend(&self) -> Result<Credentials, CredentialsFault> {
        match self.0.provide_credentials().await {
            Ok(credentials) => Ok(Credentials::from(&credentials)),
            Err(CredentialsError::CredentialsNotLoaded(_)) => Err(CredentialsFault::NoneFound),
            Err(error) => Err(CredentialsFault::Provider(error)),
        }
    }

    async fn forget(&self) {}
}

/// Keeps what another lends.
pub(super) struct Kept {
    lender: Arc<dyn Lender>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Option<(Credentials, Timestamp)>>,
}

impl Kept {
    pub(super) fn new(lender: Arc<dyn Lender>, clock: Arc<dyn Clock>) -> Self {
        Self { lender, clock, kept: Mutex::new(None) }
    }
}

#[async_trait]
impl Lender for Kept {
    async fn lend(&self) -> Result<Credentials, CredentialsFault> {
        // Held while they are asked for: one call asks, the others wait for its answer.
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some((credentials, _)) = kept.as_ref().filter(|(_, ask_again)| now < *ask_again) {
            return Ok(credentials.clone());
        }
        match self.lender.lend().await {
            Ok(credentials) => {
                let ask_again = credentials.end.map_or(now + KEPT_MAX, |end| end - EARLY);
                *kept = Some((credentials.clone(), ask_again));
                Ok(credentials)
            }
            // Those at hand still hold for some minutes, and the next call tries again.
            Err(error) => match kept.as_ref().filter(|(credentials, _)| credentials.end.is_some_and(|end| now < end)) {
                Some((credentials, _)) => Ok(credentials.clone()),
                None => Err(error),
            },
        }
    }

    async fn forget(&self) {
        *self.kept.lock().await = None;
        self.lender.forget().await;
    }

    fn is_unnamed(&self) -> bool {
        self.lender.is_unnamed()
    }
}
