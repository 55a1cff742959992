//! The report bucket: made, and closed.

use crate::answer::{AnswerError, Input};
use crate::client::Client;
use tenor_bill::AccountId;

/// The report bucket. Every step can be made again, and changes nothing more then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportBucket {
    /// Its name.
    pub name: String,
    /// The account that has it; AWS refuses a step on anybody else's.
    pub owner: AccountId,
}

impl ReportBucket {
    /// Makes it in the client's region.
    ///
    /// # Errors
    /// [`AnswerError`]; of the code `BucketAlreadyOwnedByYou` when it is there, `BucketAlreadyExists` when it is somebody else's.
    pub async fn create(&self, client: &Client) -> Result<(), AnswerError> {
        // The first region has no name here. Source: S3's API, `CreateBucket`.
        let region = Some(client.place().region.as_str()).filter(|region| *region != "us-east-1");
        let settings = region.map(|region| Input::new().with("LocationConstraint", region));
        let input = Input::new().with("Bucket", self.name.as_str()).maybe("CreateBucketConfiguration", settings);
        client.done("s3", "CreateBucket", input).await
    }

    /// Sets who may do what with it.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn set_policy(&self, client: &Client, policy: &str) -> Result<(), AnswerError> {
        client.done("s3", "PutBucketPolicy", self.input().with("Policy", policy)).await
    }

    /// Has everything in it encrypted with S3's own keys.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn encrypt(&self, client: &Client) -> Result<(), AnswerError> {
        let rule = Input::new().with("ApplyServerSideEncryptionByDefault", Input::new().with("SSEAlgorithm", "AES256"));
        let input = self.input().with("ServerSideEncryptionConfiguration", Input::new().with("Rules", vec![rule]));
        client.done("s3", "PutBucketEncryption", input).await
    }

    /// Closes it to the public in every way there is.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn close(&self, client: &Client) -> Result<(), AnswerError> {
        let ways = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
        let closed = ways.into_iter().fold(Input::new(), |closed, way| closed.with(way, true));
        client.done("s3", "PutPublicAccessBlock", self.input().with("PublicAccessBlockConfiguration", closed)).await
    }

    /// Has what was not wholly uploaded removed after seven days. No report is ever removed: a closed month is written once.
    ///
    /// It replaces all rules that the bucket has, so it is for a bucket that [`create`](Self::create) has just made.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn drop_unfinished_uploads(&self, client: &Client) -> Result<(), AnswerError> {
        let rule = Input::new()
            .with("ID", "tenor-unfinished-uploads")
            .with("Status", "Enabled")
            .with("Filter", Input::new().with("Prefix", ""))
            .with("AbortIncompleteMultipartUpload", Input::new().with("DaysAfterInitiation", 7));
        let input = self.input().with("LifecycleConfiguration", Input::new().with("Rules", vec![rule]));
        client.done("s3", "PutBucketLifecycleConfiguration", input).await
    }

    fn input(&self) -> Input {
        Input::new().with("Bucket", self.name.as_str()).with("ExpectedBucketOwner", self.owner.as_str())
    }
}
