//! Asks AWS, connection by connection, and turns what it lists into what bills are held against.

use crate::connect::{calling, who};
use crate::context::Context;
use crate::report::Refused;
use std::collections::BTreeSet;
use tenor_aws::client::Client;
use tenor_aws::inventory::{Holding, Inventory, LiveError, Part, Service, Standing, What, live as inventory};
use tenor_aws::proof::{Purpose, connected, unnamed};
use tenor_aws::reads::plans::PlanType;
use tenor_cover::PlanKind;
use tenor_cover::inventory::{Kind, Listed, ListedState, Look, ReservedService};
use tenor_money::Quantity;
use tenor_permit::Partition;
use tenor_state::StoredConnection;

/// In which Regions to look.
#[derive(Debug)]
pub(crate) enum Where {
    /// In those that bills name, and the caller's own.
    BilledAndOwn(BTreeSet<String>),
    /// In these alone.
    Named(BTreeSet<String>),
}

/// What AWS lists, as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) listed: Vec<Listed>,
    pub(super) looks: Vec<Look>,
    pub(super) gaps: Vec<Gap>,
    /// Accounts and Regions that were looked in.
    pub(super) accounts: BTreeSet<String>,
    pub(super) regions: BTreeSet<String>,
}

/// A part that could not be read.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) account: String,
    pub(super) kind: String,
    /// None where it has no Region.
    pub(super) region: Option<String>,
    pub(super) why: String,
}

impl Gap {
    /// Where it is, in words.
    pub(super) fn place(&self) -> &str {
        self.region.as_deref().unwrap_or("all Regions")
    }
}

/// Everything that these connections' accounts hold, in these Regions.
///
/// # Errors
/// When another moment than now is looked from and it is AWS itself that answers: its lists are of now, and what ended between the two would
/// look as if it had vanished. A sandbox has its own time.
pub(super) fn live(context: &Context, connections: &[StoredConnection], regions: &Where, is_now: bool) -> anyhow::Result<Read> {
    let command = "tenor commitments --live";
    let errand = who::errand(context, Purpose::Commitments);
    let (read, _) = calling(context, command, None, async |own: &Client| {
        let mut read = Read::default();
        // One service may have another endpoint for many reasons; all of them have one only where all is simulated.
        let is_aws = own.place().endpoint.is_none();
        if is_aws && !is_now {
            let refused = Refused::new("AWS lists what is there now, and --as-of is another moment");
            return Err(refused.hint("leave --as-of out; beside --live it is for a sandbox, which has its own time").into());
        }
        for kept in connections {
            let connection = &kept.agreement.connection;
            let regions = of_partition(regions, own, connection.partition);
            let role = connected(own, connection, &kept.agreement.external_id, &errand);
            read.regions.extend(regions.iter().cloned());
            match inventory(&role, &regions).await {
                Ok(found) => read.add(found),
                Err(error) => read.nothing(kept, &regions, &error)?,
            }
            if let Some(line) = unnamed(&role, &errand, kept.name.as_str()) {
                context.note(line);
            }
        }
        Ok(read)
    })?;
    read
}

/// The Regions that are in a partition; the partition's first where that leaves none.
pub(crate) fn of_partition(regions: &Where, own: &Client, partition: Partition) -> Vec<String> {
    let (named, also) = match regions {
        Where::BilledAndOwn(billed) => (billed, Some(&own.place().region)),
        Where::Named(named) => (named, None),
    };
    let is_in = |region: &&String| own.in_region(region).place().partition() == partition.as_str();
    let mut found: BTreeSet<String> = named.iter().chain(also).filter(is_in).cloned().collect();
    if found.is_empty() {
        found.insert(first_of(partition).to_owned());
    }
    found.into_iter().collect()
}

const fn first_of(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws => "us-east-1",
        Partition::AwsUsGov => "us-gov-west-1",
        Partition::AwsCn => "cn-north-1",
    }
}

impl Read {
    fn add(&mut self, found: Inventory) {
        self.accounts.insert(found.account.to_string());
        for Part { service, region, held } in found.parts {
            let is_read = match held {
                Ok(held) => {
                    self.listed.extend(held.into_iter().map(listed));
                    true
                }
                Err(unread) if unread.leaves_no_gap() => true,
                Err(unread) => {
                    let why = format!("{unread}: {}", chain(&unread.error));
                    let (account, kind) = (found.account.to_string(), kind_name(service).to_owned());
                    self.gaps.push(Gap { account, kind, region: region.clone(), why });
                    false
                }
            };
            self.looks.push(Look { owner: found.account.clone(), service: reserved(service), region, is_read });
        }
    }

    /// Nothing of an account could be read.
    fn nothing(&mut self, kept: &StoredConnection, regions: &[String], error: &LiveError) -> anyhow::Result<()> {
        let account = kept.agreement.connection.account.to_string();
        let owner: tenor_bill::AccountId = account.parse()?;
        let plans = [Look { owner: owner.clone(), service: None, region: None, is_read: false }];
        let all = regions.iter().flat_map(|region| Service::REGIONAL.map(|service| (region.clone(), reserved(service))));
        self.looks.extend(plans);
        self.looks.extend(all.map(|(region, service)| Look { owner: owner.clone(), service, region: Some(region), is_read: false }));
        self.gaps.push(Gap { account: account.clone(), kind: "everything".to_owned(), region: None, why: chain(error) });
        self.accounts.insert(account);
        Ok(())
    }
}

fn listed(holding: Holding) -> Listed {
    let kind = match &holding.what {
        What::Plan { kind, .. } => Kind::Plan(plan_kind(kind)),
        What::Reservation { .. } => Kind::Reservation(reserved(holding.service)),
    };
    let (of, count, hourly_commitment) = match holding.what {
        What::Plan { family, commitment, .. } => (family, None, Some(commitment)),
        What::Reservation { instance_type, count, .. } => {
            (Some(instance_type).filter(|kind| !kind.is_empty()), Some(Quantity::from_whole(i64::from(count))), None)
        }
    };
    Listed {
        id: holding.id,
        arn: holding.arn.map(|arn| arn.0),
        owner: holding.owner,
        kind,
        of,
        region: holding.region,
        state: match holding.standing {
            Standing::Queued => ListedState::Queued,
            Standing::Pending => ListedState::Pending,
            Standing::Running => ListedState::Active,
            Standing::Ended => ListedState::Ended,
            Standing::NeverRan => ListedState::NeverRan,
            Standing::Unknown(word) => ListedState::Unknown(word),
        },
        start: holding.start.map(jiff::Timestamp::as_second),
        end: holding.end.map(jiff::Timestamp::as_second),
        count,
        hourly_commitment,
    }
}

const fn plan_kind(kind: &PlanType) -> Option<PlanKind> {
    match kind {
        PlanType::Compute => Some(PlanKind::Compute),
        PlanType::Ec2Instance => Some(PlanKind::Ec2Instance),
        PlanType::SageMaker => Some(PlanKind::SageMaker),
        PlanType::Database => Some(PlanKind::Database),
        PlanType::Other(_) => None,
    }
}

const fn reserved(service: Service) -> Option<ReservedService> {
    match service {
        Service::SavingsPlans => None,
        Service::Ec2 => Some(ReservedService::Ec2),
        Service::Rds => Some(ReservedService::Rds),
        Service::ElastiCache => Some(ReservedService::ElastiCache),
        Service::MemoryDb => Some(ReservedService::MemoryDb),
        Service::OpenSearch => Some(ReservedService::OpenSearch),
        Service::Redshift => Some(ReservedService::Redshift),
        Service::RedshiftServerless => Some(ReservedService::RedshiftServerless),
    }
}

fn kind_name(service: Service) -> &'static str {
    match reserved(service) {
        None => "Savings Plans",
        service => Kind::Reservation(service).name(),
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
