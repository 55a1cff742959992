//! What the lake's bills charge for commitments, by the names that they have for them.

use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::FeeKind;
use tenor_cover::inventory::{Commitment, Kind, ReservedService};
use tenor_order::Service;
use tenor_order::reconcile::{Billed, Bills, Fee, List, Name, PeriodState};
use tenor_query::commitments::CommitmentFees;
use tenor_query::cost::Range;
use tenor_query::{Engine, QueryError, Value};

/// What the lake has of it.
pub(super) struct Read {
    pub(super) bills: Bills,
    /// All Regions that bills name.
    pub(super) regions: BTreeSet<String>,
}

pub(super) async fn read(engine: &Engine, range: &Range) -> Result<Read, QueryError> {
    let fees = engine.commitment_fees(range).await?;
    let inventory = match engine.inventory(range).await {
        Err(QueryError::NothingHeld | QueryError::NothingInRange { .. }) => Vec::new(),
        answer => answer?.commitments,
    };
    Ok(Read { bills: bills(fees, &inventory), regions: regions(engine).await? })
}

/// All Regions that bills name.
pub(crate) async fn regions(engine: &Engine) -> Result<BTreeSet<String>, QueryError> {
    let mut regions = BTreeSet::new();
    let mut rows = engine.sql("SELECT DISTINCT RegionId FROM rollup").await?;
    while let Some(rows) = rows.next().await? {
        let texts = rows.into_iter().flatten().filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None });
        regions.extend(texts.filter(|region| region.parse::<tenor_permit::RegionName>().is_ok()));
    }
    Ok(regions)
}

fn bills(fees: CommitmentFees, inventory: &[Commitment]) -> Bills {
    let state = |is_complete| if is_complete { PeriodState::Final } else { PeriodState::Open };
    let periods = fees.periods.into_iter().map(|(key, is_complete)| (key, state(is_complete))).collect();
    let mut commitments: BTreeMap<String, Billed> =
        inventory.iter().map(|commitment| (commitment.facts.id.to_string(), billed(commitment))).collect();
    for fee in fees.fees {
        // A refund names a plan by its id alone.
        let is_it = |name: &&String| !fee.commitment.is_empty() && name.rsplit(['/', ':']).next() == Some(&fee.commitment);
        let known = if commitments.contains_key(&fee.commitment) { None } else { commitments.keys().find(is_it).cloned() };
        let arn = known.unwrap_or(fee.commitment);
        let unknown = || Billed { name: unknown(&arn, fee.kind), arn: arn.clone(), start: None, count: None, fees: Vec::new() };
        let fee = Fee { payer: fee.payer, period: fee.period, kind: fee.kind, amount: fee.amount };
        commitments.entry(arn.clone()).or_insert_with(unknown).fees.push(fee);
    }
    Bills { periods, commitments: commitments.into_values().collect() }
}

fn billed(commitment: &Commitment) -> Billed {
    let facts = &commitment.facts;
    let arn = facts.id.to_string();
    let service = match facts.kind {
        Kind::Plan(_) => Some(Service::SavingsPlans),
        Kind::Reservation(service) => service.map(reserved),
    };
    let id = arn.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    let region = facts.region.clone().filter(|_| service != Some(Service::SavingsPlans));
    let count = facts.count.and_then(|count| count.to_string().parse().ok());
    let start = facts.term.and_then(|term| jiff::Timestamp::from_second(term.start).ok());
    Billed { arn, name: Name { account: facts.owner.clone(), service, region, id }, start, count, fees: Vec::new() }
}

/// The name of what no usage or fee of a period names beside this one.
fn unknown(arn: &str, kind: FeeKind) -> Name {
    let id = arn.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    Name { service: (kind == FeeKind::Refund).then_some(Service::SavingsPlans), id, ..Name::default() }
}

const fn reserved(service: ReservedService) -> Service {
    match service {
        ReservedService::Ec2 => Service::Ec2,
        ReservedService::Rds => Service::Rds,
        ReservedService::ElastiCache => Service::ElastiCache,
        ReservedService::MemoryDb => Service::MemoryDb,
        ReservedService::OpenSearch => Service::OpenSearch,
        ReservedService::Redshift => Service::Redshift,
        ReservedService::RedshiftServerless => Service::RedshiftServerless,
        ReservedService::DynamoDb => Service::DynamoDb,
    }
}

/// What AWS's own lists say of a name in bills stands above what the name itself tells.
pub(super) fn name_by_arn(bills: &mut Bills, lists: &[List]) {
    let listed = lists.iter().flat_map(|list| list.held.iter().flatten().map(move |listed| (list, listed)));
    let by_arn: BTreeMap<&str, Name> = listed
        .filter_map(|(list, listed)| {
            let (account, service) = (Some(list.account.clone()), Some(list.service));
            Some((listed.arn.as_deref()?, Name { account, service, region: list.region.clone(), id: listed.id.clone() }))
        })
        .collect();
    for billed in &mut bills.commitments {
        if let Some(name) = by_arn.get(billed.arn.as_str()) {
            billed.name = name.clone();
        }
    }
}
