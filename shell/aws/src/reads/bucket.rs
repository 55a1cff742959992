//! Where a bucket is.

use crate::answer::{AnswerError, Field, Input, Read};
use crate::client::Client;
use tenor_bill::AccountId;

/// The region of a bucket of `owner`'s.
///
/// # Errors
/// [`AnswerError`]; also when the bucket is somebody else's.
pub async fn region(client: &Client, bucket: &str, owner: &AccountId) -> Result<String, AnswerError> {
    let input = Input::new().with("Bucket", bucket).with("ExpectedBucketOwner", owner.as_str());
    client.one::<Region>("s3", "GetBucketLocation", input, "").await.map(|Region(name)| name)
}

struct Region(String);

impl Read for Region {
    /// Of two regions AWS keeps the names that they had first. Source: S3's API, `GetBucketLocation`.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        let said: Option<String> = Read::read(&field.member("LocationConstraint"))?;
        Ok(Self(match said.as_deref() {
            None => "us-east-1".to_owned(),
            Some("EU") => "eu-west-1".to_owned(),
            Some(name) => name.to_owned(),
        }))
    }
}
