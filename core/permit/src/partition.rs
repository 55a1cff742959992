//! AWS's partitions, and which services exist in which. Facts from botocore's endpoint tables; nothing is guessed at run time.

use std::fmt;

/// A part of AWS with accounts and names of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// The GovCloud regions.
    AwsUsGov,
    /// The regions in China.
    AwsCn,
}

/// A text that names no partition Tenor knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no partition of AWS that Tenor knows")]
pub struct UnknownPartition(String);

/// A service that a partition has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[error("AWS has no `{service}` in {partition}{}", self.partition.instead())]
pub struct Unoffered {
    /// As in [`Operation::service`](crate::Operation::service).
    pub service: &'static str,
    /// Where it is missing.
    pub partition: Partition,
}

/// What GovCloud lacks: its accounts are billed to a commercial account, and that is where money is looked at.
const NOT_IN_GOVCLOUD: [&str; 7] = ["account", "bcm-data-exports", "billing", "ce", "cur", "pricing", "savingsplans"];

/// What the regions in China lack.
const NOT_IN_CHINA: [&str; 2] = ["bcm-data-exports", "billing"];

/// Whether a service of the catalogue exists in a partition.
///
/// # Errors
/// Names the service and the partition, and what to do instead, when it does not.
pub fn offered(service: &'static str, partition: Partition) -> Result<(), Unoffered> {
    let missing: &[&str] = match partition {
        Partition::Aws => &[],
        Partition::AwsUsGov => &NOT_IN_GOVCLOUD,
        Partition::AwsCn => &NOT_IN_CHINA,
    };
    if missing.contains(&service) { Err(Unoffered { service, partition }) } else { Ok(()) }
}

impl Partition {
    /// All.
    pub const ALL: [Self; 3] = [Self::Aws, Self::AwsUsGov, Self::AwsCn];

    /// As ARNs write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsCn => "aws-cn",
        }
    }

    /// The host of the web console.
    #[must_use]
    pub const fn console(self) -> &'static str {
        match self {
            Self::Aws => "console.aws.amazon.com",
            Self::AwsUsGov => "console.amazonaws-us-gov.com",
            Self::AwsCn => "console.amazonaws.cn",
        }
    }

    const fn instead(self) -> &'static str {
        match self {
            Self::AwsUsGov => "; its usage is billed to the commercial account it is paired with, so connect that one too",
            Self::Aws | Self::AwsCn => "",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Partition {
    type Err = UnknownPartition;

    fn from_str(text: &str) -> Result<Self, UnknownPartition> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or_else(|| UnknownPartition(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Partition, offered};

    #[test]
    fn partitions_are_read_as_arns_write_them() {
        for partition in Partition::ALL {
            assert_eq!(partition.as_str().parse(), Ok(partition));
        }
        assert_eq!("aws-iso".parse::<Partition>().unwrap_err().to_string(), "`aws-iso` is no partition of AWS that Tenor knows");
    }

    #[test]
    fn what_a_partition_lacks_is_said_with_what_to_do() {
        assert_eq!(offered("ce", Partition::Aws), Ok(()));
        assert_eq!(
            offered("ce", Partition::AwsUsGov).unwrap_err().to_string(),
            "AWS has no `ce` in aws-us-gov; its usage is billed to the commercial account it is paired with, so connect that one too"
        );
        assert_eq!(offered("billing", Partition::AwsCn).unwrap_err().to_string(), "AWS has no `billing` in aws-cn");
    }
}
