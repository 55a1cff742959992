//! `s3://bucket/prefix`, taken apart and never guessed at.

use super::S3Error;
use object_store::path::Path;

/// A bucket and what is meant in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct S3Url {
    pub(super) bucket: String,
    pub(super) prefix: Path,
}

impl S3Url {
    pub(super) fn parse(url: &str) -> Result<Self, S3Error> {
        let bad = |why: &'static str| S3Error::BadUrl { url: url.to_owned(), why };
        let rest = url.strip_prefix("s3://").ok_or_else(|| bad("it does not begin with s3://"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_plain) {
            return Err(bad("a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens"));
        }
        // Left out or taken for another, an empty part would mean other objects than the user does.
        if prefix.starts_with('/') || prefix.contains("//") {
            return Err(S3Error::EmptyPart { url: url.to_owned() });
        }
        let prefix = Path::parse(prefix).map_err(|_| bad("a prefix has no `.` or `..`"))?;
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::S3Url;

    fn parsed(url: &str) -> String {
        S3Url::parse(url).map_or_else(|error| error.to_string(), |url| format!("{} | {}", url.bucket, url.prefix))
    }

    #[test]
    fn a_url_names_a_bucket_and_a_prefix() {
        assert_eq!(parsed("s3://my-bills"), "my-bills | ");
        assert_eq!(parsed("s3://my-bills/"), "my-bills | ");
        assert_eq!(parsed("s3://my.bills/cur/hourly/"), "my.bills | cur/hourly");
        assert_eq!(parsed("s3://my-bills/data/BILLING_PERIOD=2026-04/a b"), "my-bills | data/BILLING_PERIOD=2026-04/a b");
    }

    #[test]
    fn what_is_no_such_url_is_refused() {
        let refused = ["https://x/y", "s3://", "s3://My_Bills/x", "s3://bills//cur", "s3://bills/cur//hourly", "s3://bills/../x"]
            .map(parsed)
            .join("\n");
        insta::assert_snapshot!(refused, @"
        `https://x/y` is not s3://bucket/prefix: it does not begin with s3://
        `s3://` is not s3://bucket/prefix: a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens
        `s3://My_Bills/x` is not s3://bucket/prefix: a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens
        `s3://bills//cur` has an empty part (`//`), and objects under such keys cannot be read
        `s3://bills/cur//hourly` has an empty part (`//`), and objects under such keys cannot be read
        `s3://bills/../x` is not s3://bucket/prefix: a prefix has no `.` or `..`
        ");
    }
}
