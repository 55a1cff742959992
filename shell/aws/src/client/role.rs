//! Roles assumed one after the other, by our own codec, so that each call is catalogued, metered and recorded.

use super::credentials::{Credentials, CredentialsFault, Kept, Lender};
use super::{CallError, Client};
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tenor_wire::{Secret, Value};

/// A role to assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// What its trust policy asks for.
    pub external_id: Option<Secret>,
    /// The session's name in CloudTrail.
    pub session_name: String,
    /// Who has it done, in CloudTrail for the whole chain.
    pub source_identity: Option<String>,
    /// Whether it is assumed without that where AWS refuses it with it: a trust policy may be older, the caller may lack the permission, or its own session
    /// may have another name on it already.
    pub may_be_unnamed: bool,
    /// How long the credentials hold.
    pub seconds: i64,
}

impl Client {
    /// A client with the credentials of `role`, which this one's credentials assume when they are first needed.
    #[must_use]
    pub fn assuming(&self, role: Role) -> Self {
        let account = role.arn.split(':').nth(4).unwrap_or_default().to_owned();
        let assumed = Arc::new(Assumed { client: self.clone(), role, is_unnamed: AtomicBool::new(false) });
        let lender = Arc::new(Kept::new(assumed, Arc::clone(&self.shared.clock)));
        Self { lender, account, ..self.clone() }
    }

    /// Whether credentials can be had at all, which for a role asks AWS.
    ///
    /// # Errors
    /// When nobody lends any.
    pub async fn has_credentials(&self) -> Result<(), CredentialsFault> {
        self.lender.lend().await.map(drop)
    }

    /// Whether its role was ever assumed without saying who has it done, because AWS refused that.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.lender.is_unnamed()
    }
}

struct Assumed {
    client: Client,
    role: Role,
    /// Set once AWS has refused the source identity and lent credentials without it, and never taken back: some calls name nobody. It is said again all the
    /// same whenever credentials are renewed, as one refusal may have passed.
    is_unnamed: AtomicBool,
}

impl Assumed {
    /// AWS's answer, with a name on the session if it takes one.
    async fn answer(&self) -> Result<Value, CallError> {
        let source_identity = self.role.source_identity.as_deref();
        match self.assume(source_identity).await {
            // AWS does not say which permission lacks: that to say a name, or that to assume the role.
            Err(error) if source_identity.is_some() && self.role.may_be_unnamed && error.is_denied() => {
                let answer = self.assume(None).await?;
                self.is_unnamed.store(true, Ordering::Relaxed);
                Ok(answer)
            }
            answered => answered,
        }
    }

    async fn assume(&self, source_identity: Option<&str>) -> Result<Value, CallError> {
        let mut input = Value::of([
            ("RoleArn", self.role.arn.as_str().into()),
            ("RoleSessionName", self.role.session_name.as_str().into()),
            ("DurationSeconds", self.role.seconds.into()),
        ]);
        if let Some(external_id) = &self.role.external_id {
            input.set("ExternalId", external_id.clone().into());
        }
        if let Some(source_identity) = source_identity {
            input.set("SourceIdentity", source_identity.into());
        }
        self.client.call("sts", "AssumeRole", &input).await
    }
}

#[async_trait]
impl Lender for Assumed {
    async fn lend(&self) -> Result<Credentials, CredentialsFault> {
        let refused = |source: CallError| CredentialsFault::Role { arn: self.role.arn.clone(), source: Box::new(source) };
        let answer = self.answer().await.map_err(refused)?;
        let missing = |part| CredentialsFault::Incomplete { arn: self.role.arn.clone(), part };
        Ok(Credentials {
            key_id: answer.text("Credentials.AccessKeyId").ok_or_else(|| missing("AccessKeyId"))?.to_owned(),
            secret_key: answer.secret("Credentials.SecretAccessKey").ok_or_else(|| missing("SecretAccessKey"))?.clone(),
            session_token: Some(answer.secret("Credentials.SessionToken").ok_or_else(|| missing("SessionToken"))?.clone()),
            end: Some(answer.time("Credentials.Expiration").ok_or_else(|| missing("Expiration"))?),
        })
    }

    async fn forget(&self) {
        self.client.lender.forget().await;
    }

    fn is_unnamed(&self) -> bool {
        self.is_unnamed.load(Ordering::Relaxed)
    }
}
