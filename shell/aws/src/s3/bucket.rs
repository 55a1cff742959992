//! A bucket that is only read, and that says in a person's words why it cannot be.

use super::endpoint::partition;
use super::error::{Refusal, S3Error, refusal};
use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3;
use object_store::path::{Error as PathError, Path};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions,
    PutPayload, PutResult, Result,
};
use std::fmt;

/// One bucket.
#[derive(Debug)]
pub(super) struct Bucket {
    store: AmazonS3,
    words: Words,
}

/// What its errors are told with.
#[derive(Debug, Clone)]
struct Words {
    bucket: String,
    region: String,
    endpoint: String,
}

impl Bucket {
    pub(super) fn new(store: AmazonS3, bucket: &str, region: &str, endpoint: &str) -> Self {
        let words = Words { bucket: bucket.to_owned(), region: region.to_owned(), endpoint: endpoint.to_owned() };
        Self { store, words }
    }

    /// Whether it can be listed at all.
    pub(super) async fn look(&self, prefix: &Path) -> std::result::Result<(), S3Error> {
        let first = self.store.list(Some(prefix)).next().await.transpose();
        first.map(drop).map_err(|error| self.words.explain(error, "s3:ListBucket", None))
    }
}

impl Words {
    fn explain(&self, source: Error, action: &'static str, key: Option<&Path>) -> S3Error {
        let bucket = self.bucket.clone();
        if let Error::InvalidPath { source: PathError::EmptySegment { path: key } | PathError::BadSegment { path: key, .. } } = source {
            return S3Error::OddKey { bucket, key };
        }
        match refusal(&source) {
            Some(Refusal::NoBucket) => S3Error::NoBucket { bucket },
            Some(Refusal::AnotherRegion) => S3Error::AnotherRegion { bucket, region: self.region.clone() },
            Some(Refusal::Credentials(code)) => S3Error::Refused { code },
            Some(Refusal::Denied) => {
                let key = key.map_or(String::new(), |key| format!("/{key}"));
                S3Error::Denied { action, arn: format!("arn:{}:s3:::{bucket}{key}", partition(&self.region)) }
            }
            None => S3Error::Failed { bucket, endpoint: self.endpoint.clone(), source: source.into() },
        }
    }

    /// The store's own error with a person's words in it; what callers tell apart stays told apart.
    fn reword(&self, error: Error, action: &'static str, key: Option<&Path>) -> Error {
        match error {
            Error::NotFound { .. } if refusal(&error).is_none() => error,
            Error::Precondition { .. } | Error::NotModified { .. } => error,
            error => match self.explain(error, action, key) {
                S3Error::Failed { source, .. } => Error::Generic { store: "S3", source: Box::new(source) },
                denied @ (S3Error::Denied { .. } | S3Error::Refused { .. }) => {
                    Error::PermissionDenied { path: key.map(Path::to_string).unwrap_or_default(), source: Box::new(denied) }
                }
                other => Error::Generic { store: "S3", source: Box::new(other) },
            },
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.words.bucket)
    }
}

fn only_read<T>(operation: &str) -> Result<T> {
    Err(Error::NotImplemented { operation: operation.to_owned(), implementer: "a bucket that is only read".to_owned() })
}

#[async_trait]
impl ObjectStore for Bucket {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let answer = self.store.get_opts(location, options).await;
        answer.map_err(|error| self.words.reword(error, "s3:GetObject", Some(location)))
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let words = self.words.clone();
        self.store.list(prefix).map_err(move |error| words.reword(error, "s3:ListBucket", None)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let answer = self.store.list_with_delimiter(prefix).await;
        answer.map_err(|error| self.words.reword(error, "s3:ListBucket", None))
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        only_read("put")
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        only_read("put_multipart")
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        locations.then(async |_| only_read("delete")).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        only_read("copy")
    }
}

#[cfg(test)]
mod tests {
    use super::Words;
    use crate::s3::S3Error;
    use object_store::Error;
    use object_store::path::Path;

    #[test]
    fn a_key_that_stops_a_listing_is_named() {
        let words = Words { bucket: "bills".to_owned(), region: "eu-west-1".to_owned(), endpoint: "https://s3".to_owned() };
        let listed = |key: &str| Error::InvalidPath { source: Path::parse(key).unwrap_err() };
        let told = ["cur//x/report-1.csv", "cur/../x"].map(|key| {
            let Error::Generic { source, .. } = words.reword(listed(key), "s3:ListBucket", None) else { panic!("it is told by its cause") };
            let error = source.downcast::<S3Error>().unwrap();
            format!("{error}\nhint: {}", error.hint())
        });
        insta::assert_snapshot!(told.join("\n"), @"
        s3://bills cannot be listed past the key `cur//x/report-1.csv`: it has an empty part (`//`), `.` or `..`
        hint: point at a longer prefix that leaves that key out, or copy the report with `aws s3 cp --recursive s3://bills/PREFIX FOLDER` and import that folder
        s3://bills cannot be listed past the key `cur/../x`: it has an empty part (`//`), `.` or `..`
        hint: point at a longer prefix that leaves that key out, or copy the report with `aws s3 cp --recursive s3://bills/PREFIX FOLDER` and import that folder
        ");
    }
}
