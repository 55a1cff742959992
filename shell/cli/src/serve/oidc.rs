//! The identity provider that `tenor serve` is told of.

use anyhow::Context as _;
use std::fs;
use std::path::PathBuf;
use tenor_serve::{NameClaim, Oidc, OidcSettings};

/// Arguments about the identity provider.
#[derive(Debug, clap::Args)]
pub(super) struct ProviderArgs {
    /// Let users log in by an identity provider that speaks OpenID Connect, beside their passwords: what it calls itself, a URL.
    #[arg(long = "oidc-issuer", value_name = "URL", requires = "client_id", requires = "client_secret_file")]
    issuer: Option<String>,

    /// What the provider calls this server.
    #[arg(long = "oidc-client-id", value_name = "ID", requires = "issuer")]
    client_id: Option<String>,

    /// The file of the secret that the provider gave out for it.
    #[arg(long = "oidc-client-secret-file", value_name = "FILE", requires = "issuer")]
    client_secret_file: Option<PathBuf>,

    /// Which claim is a user's name in Tenor: preferred_username, or email where the provider has verified it.
    #[arg(long = "oidc-name-claim", value_name = "CLAIM", default_value = "preferred_username", requires = "issuer")]
    name_claim: NameClaim,

    /// Ask a provider on this machine without TLS; for tests.
    #[arg(long = "oidc-insecure-issuer", requires = "issuer")]
    insecure_issuer: bool,
}

impl ProviderArgs {
    /// The provider, if there is one.
    pub(super) fn provider(&self) -> anyhow::Result<Option<Oidc>> {
        let (Some(issuer), Some(client_id), Some(file)) = (&self.issuer, &self.client_id, &self.client_secret_file) else {
            return Ok(None);
        };
        let secret = fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        let settings = OidcSettings {
            issuer: issuer.clone(),
            client_id: client_id.clone(),
            client_secret: secret.trim().to_owned(),
            name_claim: self.name_claim,
            is_plain_allowed: self.insecure_issuer,
        };
        Ok(Some(Oidc::new(settings)?))
    }
}
