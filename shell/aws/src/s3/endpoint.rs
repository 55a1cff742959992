//! Where S3 is asked: AWS's own endpoint of a region, or one that the user names.

use super::S3Error;
use aws_config::SdkConfig;

/// An endpoint of one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The URL that keys, or the bucket and keys, are put behind.
    pub(super) url: String,
    /// Whether the bucket is part of it.
    pub(super) has_bucket: bool,
}

impl Endpoint {
    pub(super) fn new(custom: Option<&str>, bucket: &str, region: &str, config: &SdkConfig) -> Result<Self, S3Error> {
        match custom {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => Ok(Self { url: url.to_owned(), has_bucket: false }),
            Some(url) => Err(S3Error::BadEndpoint { endpoint: url.to_owned() }),
            None => Ok(Self::of_aws(bucket, region, config.use_fips().unwrap_or(false), config.use_dual_stack().unwrap_or(false))),
        }
    }

    fn of_aws(bucket: &str, region: &str, is_fips: bool, is_dual_stack: bool) -> Self {
        let service = if is_fips { "s3-fips" } else { "s3" };
        let stack = if is_dual_stack { ".dualstack" } else { "" };
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let host = format!("{service}{stack}.{region}.{domain}");
        // AWS's certificate is for one name before the service's, and a dot makes two of a bucket's.
        let has_bucket = !bucket.contains('.');
        let url = if has_bucket { format!("https://{bucket}.{host}") } else { format!("https://{host}") };
        Self { url, has_bucket }
    }

    /// Only an endpoint that says so itself is asked without TLS.
    pub(super) fn is_plain_http(&self) -> bool {
        self.url.starts_with("http://")
    }
}

/// The partition of a region, as ARNs name it.
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, partition};

    #[test]
    fn aws_is_asked_where_the_bucket_lies() {
        let url = |bucket: &str, region: &str, fips: bool, dual: bool| Endpoint::of_aws(bucket, region, fips, dual).url;
        assert_eq!(url("bills", "eu-west-1", false, false), "https://bills.s3.eu-west-1.amazonaws.com");
        assert_eq!(url("my.bills", "eu-west-1", false, false), "https://s3.eu-west-1.amazonaws.com");
        assert_eq!(url("bills", "us-gov-west-1", true, false), "https://bills.s3-fips.us-gov-west-1.amazonaws.com");
        assert_eq!(url("bills", "cn-north-1", false, true), "https://bills.s3.dualstack.cn-north-1.amazonaws.com.cn");
        assert_eq!(["eu-west-1", "us-gov-west-1", "cn-north-1"].map(partition), ["aws", "aws-us-gov", "aws-cn"]);
    }

    #[test]
    fn another_endpoint_is_asked_by_path_and_without_tls_only_where_it_says_so() {
        let config = aws_config::SdkConfig::builder().build();
        let endpoint = |url| Endpoint::new(Some(url), "bills", "us-east-1", &config);
        let plain = endpoint("http://127.0.0.1:5000").unwrap();
        assert!(plain.is_plain_http() && !plain.has_bucket);
        assert!(!endpoint("https://minio.example").unwrap().is_plain_http());
        insta::assert_snapshot!(endpoint("minio.example:9000").unwrap_err(), @"the endpoint `minio.example:9000` is no http:// or https:// URL");
    }
}
