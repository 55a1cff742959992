//! What is chosen and how it is called: tiers, switches, and the names that a policy has. Whatever is wrong is refused by its own words.

use crate::report::Refused;
use std::collections::BTreeSet;
use tenor_permit::{
    AccountKind, AccountNumber, BucketName, Capability, Connection, KeyPrefix, Partition, Principal, RegionName, Regions, Report, RoleName,
    Selection, Tier,
};

/// The role's name unless another is given.
const ROLE: &str = "Tenor";

/// What is chosen.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Chosen {
    /// Tiers of permissions, apart by commas: trial, detail, commitments, org, automation, infrastructure.
    #[arg(long = "tier", value_name = "TIERS", value_delimiter = ',', default_value = "trial", value_parser = tier)]
    tiers: Vec<Tier>,

    /// A capability to switch on beside them (`tenor access explain` lists all).
    #[arg(long, value_name = "CAPABILITY")]
    with: Vec<String>,

    /// A capability to switch off.
    #[arg(long, value_name = "CAPABILITY")]
    without: Vec<String>,
}

/// How things are called.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Named {
    /// The account that the role is made in.
    #[arg(long, value_name = "NUMBER")]
    account: AccountNumber,

    /// Who may assume the role: the ARN of the one role or user that Tenor runs as.
    #[arg(long, value_name = "ARN")]
    trusted: Principal,

    /// The account is a member of an organization and does not pay for it.
    #[arg(long)]
    member: bool,

    /// Where the account is: aws, aws-us-gov, aws-cn.
    #[arg(long, value_name = "PARTITION", default_value = "aws", value_parser = partition)]
    partition: Partition,

    /// The role's name; its path is /tenor/.
    #[arg(long, value_name = "NAME", default_value = ROLE)]
    role: RoleName,

    /// The bucket that cost reports are delivered to.
    #[arg(long, value_name = "BUCKET")]
    report_bucket: Option<BucketName>,

    /// The folder of its files; a slash is added where it lacks one.
    #[arg(long, value_name = "PREFIX", default_value = "", requires = "report_bucket", hide_default_value = true)]
    report_prefix: KeyPrefix,

    /// The account that owns the bucket, if it is another one.
    #[arg(long, value_name = "NUMBER", requires = "report_bucket")]
    report_owner: Option<AccountNumber>,

    /// Regions in which reservations may be bought, apart by commas; everywhere unless given.
    #[arg(long, value_name = "REGIONS", value_delimiter = ',')]
    regions: Vec<RegionName>,
}

impl Chosen {
    /// As the catalogue knows it.
    ///
    /// # Errors
    /// When a switch names no capability, or nothing is chosen.
    pub(crate) fn selection(&self) -> Result<Selection, Refused> {
        let mut selection = Selection::of(self.tiers.iter().copied());
        for (names, on) in [(&self.with, true), (&self.without, false)] {
            for name in names {
                let near = || Refused::bad_usage(format!("`{name}` is no capability")).hint(hint(name));
                selection = selection.switch(name, on).map_err(|_| near())?;
            }
        }
        Ok(selection)
    }
}

impl Named {
    /// An account whose role has its usual name, in the partition of whom it trusts, and may buy everywhere.
    pub(crate) fn usual(account: AccountNumber, trusted: Principal, member: bool, report: Option<(BucketName, KeyPrefix)>) -> Self {
        let role = ROLE.parse().expect("it is a name");
        let (report_bucket, report_prefix) = report.unzip();
        let none = || "".parse().expect("a prefix may be empty");
        Self {
            partition: trusted.partition(),
            account,
            trusted,
            member,
            role,
            report_bucket,
            report_prefix: report_prefix.unwrap_or_else(none),
            report_owner: None,
            regions: Vec::new(),
        }
    }

    /// As the catalogue knows it.
    ///
    /// # Errors
    /// When the trusted principal is in another partition, from which the role cannot be assumed.
    pub(crate) fn connection(&self) -> Result<Connection, Refused> {
        if self.trusted.partition() != self.partition {
            let (trusted, partition) = (&self.trusted, self.partition);
            return Err(Refused::bad_usage(format!("`{trusted}` cannot assume a role in the partition {partition}"))
                .hint("give --partition, or a principal of that partition: roles are assumed within one"));
        }
        let report = self.report_bucket.clone().map(|bucket| Report {
            bucket,
            prefix: self.report_prefix.clone(),
            owner: self.report_owner.clone().unwrap_or_else(|| self.account.clone()),
        });
        let regions: BTreeSet<RegionName> = self.regions.iter().cloned().collect();
        Ok(Connection {
            partition: self.partition,
            account: self.account.clone(),
            kind: if self.member { AccountKind::Member } else { AccountKind::Payer },
            role: self.role.clone(),
            trusted: self.trusted.clone(),
            report,
            regions: if regions.is_empty() { Regions::All } else { Regions::Only(regions) },
        })
    }
}

/// Capabilities whose names have a word in common with one that is none.
pub(crate) fn hint(name: &str) -> String {
    let shares_a_word = |capability: &Capability| name.split('-').any(|word| word.len() > 1 && capability.name.contains(word));
    let near: Vec<&str> = tenor_permit::capabilities().filter(|one| shares_a_word(one)).map(|capability| capability.name).collect();
    if near.is_empty() { "`tenor access explain` lists all".to_owned() } else { format!("is it one of {}?", near.join(", ")) }
}

fn tier(text: &str) -> Result<Tier, String> {
    text.parse().map_err(|_| format!("the tiers are {}", Tier::ALL.map(Tier::as_str).join(", ")))
}

pub(super) fn partition(text: &str) -> Result<Partition, String> {
    text.parse().map_err(|_| format!("the partitions are {}", Partition::ALL.map(Partition::as_str).join(", ")))
}
