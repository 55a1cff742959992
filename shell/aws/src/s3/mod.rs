//! Buckets with bills in them, reached by AWS's usual conventions and only ever read.
//!
//! Credentials: environment, profiles (also SSO, assumed roles and processes), web identity, container, instance. Region:
//! `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, else the bucket's own. Endpoint: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, the
//! profile's, else AWS's.

mod bucket;
mod credentials;
mod endpoint;
mod error;
mod url;
mod watched;

pub use error::{S3Error, Said};
pub use watched::Watch;

use self::bucket::Bucket;
use self::credentials::Lent;
use self::endpoint::Endpoint;
use self::url::S3Url;
use self::watched::Watched;
use crate::client::{Observed, SystemClock};
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig as RetryOnce;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::service_config::ServiceConfigKey;
use object_store::aws::{AmazonS3Builder, resolve_bucket_region};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};
use std::env;
use std::sync::Arc;
use std::time::Duration;

/// Where there is no region at all, as with most endpoints that are not AWS's.
const REGION_DEFAULT: &str = "us-east-1";
/// A block of several megabytes over a slow line.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(120);
/// Past a few quick attempts a person would rather know.
const RETRIES_MAX: usize = 5;
const RETRY_TIME_MAX: Duration = Duration::from_secs(60);

/// A place in S3 that was reached.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The bucket, for reading.
    pub store: Arc<dyn ObjectStore>,
    /// The object or prefix that the URL names; empty for the whole bucket.
    pub prefix: Path,
    /// Where the bucket lies.
    pub region: String,
}

/// Opens `s3://bucket/prefix` and looks once whether it can be listed. Every request is counted and recorded by `watch`.
///
/// `AWS_SKIP_SIGNATURE=true` asks without credentials, as public buckets allow.
///
/// # Errors
/// When the URL is none, no credentials are found, the bucket is not there or cannot be reached, or AWS refuses;
/// [`S3Error::hint`] says what to do.
pub async fn open(url: &str, watch: &Watch) -> Result<Opened, S3Error> {
    let url = S3Url::parse(url)?;
    let configured = configured_region().await;
    let config = config(configured.clone(), watch).await;
    let custom = custom_endpoint(&config);
    let region = match (configured, &custom) {
        (Some(region), _) => region,
        (None, Some(_)) => REGION_DEFAULT.to_owned(),
        (None, None) => bucket_region(&url.bucket, watch).await?,
    };
    let lent = if skips_signature() { None } else { Some(lent(&config).await?) };
    let reach = async |region: String| {
        let endpoint = Endpoint::new(custom.as_deref(), &url.bucket, &region, &config)?;
        let bucket = bucket(&url, &region, &endpoint, lent.clone(), watch)?;
        bucket.look(&url.prefix).await.map(|()| Opened { store: Arc::new(bucket), prefix: url.prefix.clone(), region })
    };
    match reach(region).await {
        // The region of the profile is where its owner works, not always where this bucket lies.
        Err(S3Error::AnotherRegion { .. }) if custom.is_none() => reach(bucket_region(&url.bucket, watch).await?).await,
        reached => reached,
    }
}

async fn configured_region() -> Option<String> {
    let chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(ProfileFileRegionProvider::new());
    chain.region().await.map(|region| region.to_string())
}

async fn config(region: Option<String>, watch: &Watch) -> SdkConfig {
    let https = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let http = Observed::new(https, Arc::clone(&watch.sink), Arc::new(SystemClock));
    // Assuming a role takes a region, any region.
    let region = Region::new(region.unwrap_or_else(|| REGION_DEFAULT.to_owned()));
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).retry_config(RetryOnce::disabled()).region(region).load().await
}

fn custom_endpoint(config: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let key = key.expect("the three parts of the key are given");
    let of_s3 = config.service_config().and_then(|services| services.load_config(key));
    of_s3.or_else(|| config.endpoint_url().map(str::to_owned)).filter(|endpoint| !endpoint.is_empty())
}

fn skips_signature() -> bool {
    env::var("AWS_SKIP_SIGNATURE").is_ok_and(|value| matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes"))
}

async fn lent(config: &SdkConfig) -> Result<Arc<Lent>, S3Error> {
    let provider = config.credentials_provider().ok_or_else(S3Error::no_credentials)?;
    let lent = Lent::new(provider);
    lent.now().await?;
    Ok(Arc::new(lent))
}

/// Asks AWS where a bucket lies, which needs no credentials. Only the partition `aws` answers this for any region.
async fn bucket_region(bucket: &str, watch: &Watch) -> Result<String, S3Error> {
    let answer = resolve_bucket_region(bucket, &ClientOptions::new()).await;
    watch.bucket_was_asked_for(&answer);
    answer.map_err(|source| match error::text(&source) {
        text if text.contains("not found") => S3Error::NoBucket { bucket: bucket.to_owned() },
        _ => S3Error::RegionUnknown { bucket: bucket.to_owned(), source: source.into() },
    })
}

fn bucket(url: &S3Url, region: &str, endpoint: &Endpoint, lent: Option<Arc<Lent>>, watch: &Watch) -> Result<Bucket, S3Error> {
    let client = ClientOptions::new().with_allow_http(endpoint.is_plain_http()).with_timeout(REQUEST_TIME_MAX);
    let retry = RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_TIME_MAX, ..RetryConfig::default() };
    let builder = AmazonS3Builder::new()
        .with_bucket_name(&url.bucket)
        .with_region(region)
        .with_endpoint(&endpoint.url)
        .with_virtual_hosted_style_request(endpoint.has_bucket)
        .with_client_options(client)
        .with_http_connector(Watched { watch: watch.clone(), region: region.to_owned() })
        .with_retry(retry);
    let builder = match lent {
        Some(lent) => builder.with_credentials(lent),
        None => builder.with_skip_signature(true),
    };
    let store = builder.build().map_err(|source| S3Error::Endpoint { endpoint: endpoint.url.clone(), source: source.into() })?;
    Ok(Bucket::new(store, &url.bucket, region, &endpoint.url))
}
