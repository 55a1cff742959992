//! What stands in the blanks of an ARN: a connection's names, or the variables of a template.

use crate::connection::{BUCKET_CHARACTERS_MAX, Connection, PREFIX_CHARACTERS_MAX, ROLE_CHARACTERS_MAX, Regions};
use crate::row::Guard;

/// The names to fill in.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) partition: String,
    pub(crate) account: String,
    pub(crate) role: String,
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    pub(crate) bucket_owner: String,
    pub(crate) regions: Regions,
}

impl Names {
    /// The connection's own.
    pub(crate) fn of(connection: &Connection) -> Self {
        let report = connection.report.as_ref();
        Self {
            partition: connection.partition.to_string(),
            account: connection.account.to_string(),
            role: connection.role.to_string(),
            bucket: report.map(|report| report.bucket.to_string()).unwrap_or_default(),
            prefix: report.map(|report| report.prefix.to_string()).unwrap_or_default(),
            bucket_owner: report.map(|report| report.owner.to_string()).unwrap_or_default(),
            regions: connection.regions.clone(),
        }
    }

    /// The longest there are, so that documents are split alike whatever the names.
    pub(crate) fn longest(regions: &Regions) -> Self {
        let long = |characters| "x".repeat(characters);
        Self {
            partition: long(10),
            account: long(12),
            role: long(ROLE_CHARACTERS_MAX),
            bucket: long(BUCKET_CHARACTERS_MAX),
            prefix: long(PREFIX_CHARACTERS_MAX),
            bucket_owner: long(12),
            regions: regions.clone(),
        }
    }

    pub(crate) fn fill(&self, arn: &str) -> String {
        arn.replace("{partition}", &self.partition)
            .replace("{account}", &self.account)
            .replace("{role}", &self.role)
            .replace("{bucket}", &self.bucket)
            .replace("{prefix}", &self.prefix)
    }

    /// A guard as IAM writes it: operator, key, values; none when it limits nothing here.
    pub(crate) fn condition(&self, guard: Guard) -> Option<(&'static str, &'static str, Vec<String>)> {
        let one = |text: &str| vec![text.to_owned()];
        match guard {
            Guard::Regions(key) => match &self.regions {
                Regions::All => None,
                Regions::Only(regions) => Some(("StringEquals", key, regions.iter().map(ToString::to_string).collect())),
            },
            Guard::MadeTagged => Some(("StringEquals", "aws:RequestTag/tenor:managed", one("true"))),
            Guard::HeldTagged => Some(("StringEquals", "aws:ResourceTag/tenor:managed", one("true"))),
            Guard::OwnTagKeys => Some(("ForAllValues:StringLike", "aws:TagKeys", one("tenor:*"))),
            Guard::ServiceLinked(service) => Some(("StringEquals", "iam:AWSServiceName", one(service))),
            Guard::BucketOwner => Some(("StringEquals", "aws:ResourceAccount", one(&self.bucket_owner))),
            Guard::KeyPrefix => (!self.prefix.is_empty()).then(|| ("StringLike", "s3:prefix", vec![format!("{}*", self.prefix)])),
        }
    }
}
