//! Credentials as AWS lends them: asked for, kept until shortly before they end, asked for again.

use super::S3Error;
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// Asked for anew this long before they end.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// Credentials without an end come from files and processes, whose answer may change.
const KEPT_MAX: Duration = Duration::from_secs(15 * 60);

/// What the chain of providers has lent.
#[derive(Debug)]
pub(super) struct Lent {
    provider: SharedCredentialsProvider,
    kept: Mutex<Option<Kept>>,
}

/// Credentials in use; their own `Debug` hides what is secret.
#[derive(Debug)]
struct Kept {
    credential: Arc<AwsCredential>,
    ask_again: SystemTime,
    end: Option<SystemTime>,
}

impl Lent {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, kept: Mutex::new(None) }
    }

    /// Credentials that hold now.
    pub(super) async fn now(&self) -> Result<Arc<AwsCredential>, S3Error> {
        let mut kept = self.kept.lock().await;
        let now = SystemTime::now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.ask_again) {
            return Ok(Arc::clone(&kept.credential));
        }
        match self.provider.provide_credentials().await {
            Ok(credentials) => Ok(Arc::clone(&kept.insert(Kept::new(&credentials, now)).credential)),
            // Those at hand still hold for some minutes, and the next request tries again.
            Err(error) => match kept.as_ref().filter(|kept| kept.end.is_some_and(|end| now < end)) {
                Some(kept) => Ok(Arc::clone(&kept.credential)),
                None if is_nothing_found(&error) => Err(S3Error::no_credentials()),
                None => Err(S3Error::Credentials { source: error }),
            },
        }
    }
}

impl Kept {
    fn new(credentials: &Credentials, now: SystemTime) -> Self {
        let end = credentials.expiry();
        let ask_again = end.map_or(now + KEPT_MAX, |end| end.checked_sub(EARLY).unwrap_or(now));
        let credential = AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        };
        Self { credential: Arc::new(credential), ask_again, end }
    }
}

/// Whether the chain ran to its end. The instance's metadata come last, and off an instance they fail in many ways.
fn is_nothing_found(error: &CredentialsError) -> bool {
    let first: &dyn Error = error;
    let mut causes = std::iter::successors(Some(first), |error| (*error).source());
    matches!(error, CredentialsError::CredentialsNotLoaded(_)) || causes.any(|cause| cause.to_string().contains("IMDS"))
}

#[async_trait]
impl CredentialProvider for Lent {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        self.now().await.map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::provider::future::ProvideCredentials as Provided;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Lends a new key each time it is asked, until it is asked once too often.
    #[derive(Debug)]
    struct Lender {
        asked: AtomicU32,
        lends: u32,
        ends_in: Option<Duration>,
    }

    impl ProvideCredentials for Lender {
        fn provide_credentials<'a>(&'a self) -> Provided<'a>
        where
            Self: 'a,
        {
            let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
            if asked > self.lends {
                return Provided::ready(Err(CredentialsError::not_loaded("no more")));
            }
            let end = self.ends_in.map(|left| SystemTime::now() + left);
            Provided::ready(Ok(Credentials::new(format!("KEY{asked}"), "very secret", None, end, "test")))
        }
    }

    async fn keys(lends: u32, ends_in: Option<Duration>) -> String {
        let lent = Lent::new(SharedCredentialsProvider::new(Lender { asked: AtomicU32::new(0), lends, ends_in }));
        let mut keys = Vec::new();
        for _ in 0..3 {
            keys.push(lent.now().await.map_or_else(|error| error.to_string(), |credential| credential.key_id.clone()));
        }
        assert!(!format!("{lent:?}").contains("very secret"));
        keys.join(", ")
    }

    #[tokio::test]
    async fn credentials_are_kept_until_shortly_before_they_end() {
        assert_eq!(keys(9, None).await, "KEY1, KEY1, KEY1");
        assert_eq!(keys(9, Some(Duration::from_secs(3600))).await, "KEY1, KEY1, KEY1");
        assert_eq!(keys(9, Some(Duration::from_secs(60))).await, "KEY1, KEY2, KEY3");
        assert_eq!(keys(1, Some(Duration::from_secs(60))).await, "KEY1, KEY1, KEY1", "what is at hand holds until its end");
        assert_eq!(keys(0, None).await, ["no AWS credentials were found"; 3].join(", "));
    }
}
