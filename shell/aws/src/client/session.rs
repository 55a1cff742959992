//! The caller's own credentials and place, by AWS's conventions.

use super::clock::{Chance, Clock, SystemClock};
use super::credentials::{Kept, Provided};
use super::meter::Purse;
use super::observed::Observed;
use super::record::CallSink;
use super::throttle::Throttle;
use super::transport::{HttpTransport, Transport};
use super::{Client, Place, Shared};
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::service_config::ServiceConfigKey;
use std::collections::BTreeMap;
use std::sync::Arc;
use tenor_wire::Model;

/// A service that is in one place needs no region to be configured; the others are asked here unless told otherwise.
const REGION_DEFAULT: &str = "us-east-1";

/// What a session needs from outside.
pub struct Tools {
    /// What pays for calls.
    pub purse: Arc<dyn Purse>,
    /// Where every call is recorded.
    pub sink: Arc<dyn CallSink>,
}

/// The caller's credentials and place.
#[derive(Debug, Clone, Copy)]
pub struct Session;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// `aws-config` has no provider of credentials.
    #[error("no AWS credentials were found")]
    NoCredentials,
}

impl Session {
    /// Reads environment and profile, as AWS's own tools do: `AWS_PROFILE`, `AWS_REGION`, `AWS_ENDPOINT_URL`,
    /// `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`. Credentials are asked for when they are needed.
    ///
    /// # Errors
    /// When there is no provider of credentials.
    pub async fn open(tools: Tools) -> Result<Client, SessionError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let chance: Arc<dyn Chance> = Arc::new(SystemClock);
        let transport: Arc<dyn Transport> = Arc::new(HttpTransport::default());
        let https = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let observed = Observed::new(https, Arc::clone(&tools.sink), Arc::clone(&clock));
        let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(ProfileFileRegionProvider::new());
        let region = chain.region().await.map_or_else(|| REGION_DEFAULT.to_owned(), |region| region.to_string());
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(observed)
            .retry_config(RetryConfig::disabled())
            .region(Region::new(region.clone()));
        let config = loader.load().await;
        let provider = config.credentials_provider().ok_or(SessionError::NoCredentials)?;
        let lender = Arc::new(Kept::new(Arc::new(Provided(provider)), Arc::clone(&clock)));
        let (throttle, Tools { purse, sink }) = (Throttle::default(), tools);
        let shared = Arc::new(Shared { transport, clock, chance, throttle, purse, sink });
        Ok(Client::new(shared, lender, place(&config, &region), "own"))
    }
}

fn place(config: &SdkConfig, region: &str) -> Place {
    let own = |id: &str| {
        let key = ServiceConfigKey::builder().service_id(id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
        config.service_config()?.load_config(key).filter(|url| !url.is_empty())
    };
    let endpoints = Model::catalogued().services().filter_map(|service| Some((service.name.clone(), own(&service.id)?)));
    Place {
        region: region.to_owned(),
        is_fips: config.use_fips().unwrap_or(false),
        is_dual_stack: config.use_dual_stack().unwrap_or(false),
        endpoint: config.endpoint_url().filter(|url| !url.is_empty()).map(str::to_owned),
        endpoints: endpoints.collect::<BTreeMap<_, _>>(),
    }
}
