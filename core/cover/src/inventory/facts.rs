//! What a bill says a commitment is, read from what its rows report.

use crate::catalogue::{instance_family, instance_type, region_of_usage};
use crate::commitment::{CommitmentId, PlanKind, Term};
use tenor_bill::AccountId;
use tenor_money::{Money, Quantity, Rounding};

/// Seconds of a one-year term. Source: EC2 guide; `aws-rules` §0.
const YEAR_SECONDS: i64 = 31_536_000;

/// A service that sells reserved capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "their names are AWS's")]
pub enum ReservedService {
    Ec2,
    Rds,
    ElastiCache,
    MemoryDb,
    OpenSearch,
    Redshift,
    RedshiftServerless,
    DynamoDb,
}

/// What a commitment is. An inner `None` is a kind that the bill does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A reservation.
    Reservation(Option<ReservedService>),
    /// A Savings Plan.
    Plan(Option<PlanKind>),
}

/// When a commitment is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// At the start.
    AllUpfront,
    /// Part at the start, the rest by the hour.
    PartialUpfront,
    /// By the hour.
    NoUpfront,
}

/// Whether an EC2 reservation can be sold or exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferingClass {
    /// Sold on the marketplace, never exchanged.
    Standard,
    /// Exchanged, never sold.
    Convertible,
}

/// What the rows of a commitment report, as written there; empty text counts as none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of the `commitments` view that has its name")]
pub struct ReportedFacts {
    pub commitment_id: String,
    pub category: Option<String>,
    pub kind: Option<String>,
    pub owner: Option<String>,
    pub service_code: Option<String>,
    pub usage_type: Option<String>,
    pub instance_type: Option<String>,
    pub plan_family: Option<String>,
    pub region: Option<String>,
    pub zone: Option<String>,
    pub payment_option: Option<String>,
    pub offering_class: Option<String>,
    pub seller: Option<String>,
    /// Seconds of the Unix epoch.
    pub start: Option<i64>,
    /// Seconds of the Unix epoch.
    pub end: Option<i64>,
    pub count: Option<Quantity>,
    /// Whether anything was paid by the hour, and whether any upfront fee was amortized.
    pub pays_by_the_hour: bool,
    pub amortizes_upfront: bool,
}

/// What a commitment is, as far as the bill tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its ARN.
    pub id: CommitmentId,
    /// What it is.
    pub kind: Kind,
    /// The account that bought it.
    pub owner: Option<AccountId>,
    /// The zone of a zonal reservation.
    pub zone: Option<String>,
    /// `m5`, `db.r5`; of an EC2 Instance plan too.
    pub family: Option<String>,
    /// The size a reservation was bought for.
    pub instance_type: Option<String>,
    /// Where it applies; none for plans that apply everywhere.
    pub region: Option<String>,
    /// From when to when it runs.
    pub term: Option<Term>,
    /// When it is paid.
    pub payment: Option<Payment>,
    /// Whether an EC2 reservation can be sold or exchanged.
    pub class: Option<OfferingClass>,
    /// How many instances a reservation holds.
    pub count: Option<Quantity>,
    /// Seller of record.
    pub seller: Option<String>,
}

impl Facts {
    /// Reads what is reported. What is not there is worked out where that is safe: the Region from the ARN, the zone or the usage type,
    /// the family from the type, the payment option from what is paid when. (Legacy fee rows carry no type, class or payment option.)
    #[must_use]
    pub fn read(reported: &ReportedFacts) -> Self {
        let arn: Vec<_> = reported.commitment_id.splitn(6, ':').collect();
        let part = |at: usize| arn.get(at).copied().filter(|part| arn[0] == "arn" && !part.is_empty());
        let kind = kind(reported, part(2));
        let usage_type = text(&reported.usage_type).unwrap_or_default();
        let is_reservation = matches!(kind, Kind::Reservation(_));
        let instance = text(&reported.instance_type).or_else(|| instance_type(usage_type)).filter(|_| is_reservation);
        let family = text(&reported.plan_family).map(str::to_owned).or_else(|| instance_family(instance?));
        let zone = text(&reported.zone).filter(|_| is_reservation);
        let region =
            text(&reported.region).or_else(|| part(3)).or_else(|| zone.and_then(region_of_zone)).or_else(|| region_of_usage(usage_type));
        let class = match reported.offering_class.as_deref() {
            Some("standard") => Some(OfferingClass::Standard),
            Some("convertible") => Some(OfferingClass::Convertible),
            _ => None,
        };
        Self {
            id: CommitmentId(reported.commitment_id.clone()),
            kind,
            owner: text(&reported.owner).or_else(|| part(4)).and_then(|account| account.parse().ok()),
            zone: zone.map(str::to_owned),
            family,
            instance_type: instance.map(str::to_owned),
            region: region.filter(|_| is_reservation || kind == Kind::Plan(Some(PlanKind::Ec2Instance))).map(str::to_owned),
            term: reported.start.zip(reported.end).and_then(|(start, end)| term_of_bill(start, end)),
            payment: payment(reported),
            class: class.filter(|_| matches!(kind, Kind::Reservation(Some(ReservedService::Ec2)))),
            count: reported.count.filter(|count| count.units() > 0 && is_reservation),
            seller: text(&reported.seller).map(str::to_owned),
        }
    }

    /// Names of what should be known of such a commitment and is not.
    #[must_use]
    pub fn unknown(&self) -> Vec<&'static str> {
        let is_reservation = matches!(self.kind, Kind::Reservation(_));
        let is_ec2 = matches!(self.kind, Kind::Reservation(Some(ReservedService::Ec2)));
        let is_of_family = self.kind == Kind::Plan(Some(PlanKind::Ec2Instance));
        let is_capacity = matches!(self.kind, Kind::Reservation(Some(ReservedService::DynamoDb | ReservedService::RedshiftServerless)));
        let has_type = is_reservation && !is_capacity;
        let missing = [
            ("kind", matches!(self.kind, Kind::Reservation(None) | Kind::Plan(None))),
            ("owner", self.owner.is_none()),
            ("type", has_type && self.instance_type.is_none()),
            ("family", (has_type || is_of_family) && self.family.is_none()),
            ("region", (is_reservation || is_of_family) && self.region.is_none()),
            ("term", self.term.is_none()),
            ("payment option", self.payment.is_none()),
            ("offering class", is_ec2 && self.class.is_none()),
            ("count", is_reservation && self.count.is_none()),
        ];
        missing.into_iter().filter(|(_, is_missing)| *is_missing).map(|(name, _)| name).collect()
    }
}

fn text(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn kind(reported: &ReportedFacts, arn_service: Option<&str>) -> Kind {
    if reported.category.as_deref() == Some("Spend") || arn_service == Some("savingsplans") {
        return Kind::Plan(PlanKind::from_offering_type(text(&reported.kind).unwrap_or_default()));
    }
    let service = |word: &str| match word {
        "ec2" | "AmazonEC2" => Some(ReservedService::Ec2),
        "rds" | "AmazonRDS" => Some(ReservedService::Rds),
        "elasticache" | "AmazonElastiCache" => Some(ReservedService::ElastiCache),
        "memorydb" | "AmazonMemoryDB" => Some(ReservedService::MemoryDb),
        "es" | "opensearch" | "AmazonES" => Some(ReservedService::OpenSearch),
        "redshift" | "AmazonRedshift" => Some(ReservedService::Redshift),
        "redshift-serverless" => Some(ReservedService::RedshiftServerless),
        "dynamodb" | "AmazonDynamoDB" => Some(ReservedService::DynamoDb),
        _ => None,
    };
    Kind::Reservation(arn_service.and_then(service).or_else(|| service(text(&reported.service_code)?)))
}

fn region_of_zone(zone: &str) -> Option<&str> {
    let region = zone.trim_end_matches(|c: char| c.is_ascii_lowercase());
    // A local zone's name, `us-west-2-lax-1a`, goes on after its Region's.
    let is_region = region.split('-').filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).count() == 1;
    (region.len() + 1 == zone.len() && is_region && region.ends_with(|c: char| c.is_ascii_digit())).then_some(region)
}

/// A term from a bill's start and end, in seconds of the Unix epoch; none when it has no length.
///
/// Reservations' ends are the last second held (`aws-rules` U1), those that a modification began or ended in mid-term too. Only an end that
/// makes whole years already is the first second after: so some bills write those of plans.
#[must_use]
pub fn term_of_bill(start: i64, end: i64) -> Option<Term> {
    let length = end.checked_sub(start).filter(|length| *length > 0)?;
    let is_exact = length % YEAR_SECONDS == 0;
    Some(Term { start, seconds: length + i64::from(!is_exact), retired: None })
}

/// How far from what years make of it an amortized fee may lie to be theirs: a cent.
const AMORTIZED_TOLERANCE: Money = Money::from_units(10_000_000_000);

/// The term of a reservation whose end in the bill may be the moment it was retired: fees of a modified, exchanged or sold one are still
/// amortized over the whole of the years it was bought for (`docs/spec/rounding.md` 4.9).
///
/// `billed` is what [`term_of_bill`] makes of the bill. What tells is how much of `upfront` the bill amortized `from` one second `to`
/// another: the years, or the billed length itself (of what a modification made of others), that come closest to it.
#[must_use]
pub fn term_of_fee(billed: Term, upfront: Money, amortized: Money, (from, to): (i64, i64)) -> Term {
    let held = billed.elapsed(to) - billed.elapsed(from);
    let distance = |seconds: i64| {
        let expected = upfront.share(i128::from(held), i128::from(seconds), Rounding::HalfEven);
        (expected - amortized).abs()
    };
    // What is amortized may be low for other reasons: years that do not explain it to the cent are no evidence.
    let explains = |seconds: &i64| *seconds > billed.seconds && distance(*seconds) <= AMORTIZED_TOLERANCE;
    let years = [YEAR_SECONDS, 3 * YEAR_SECONDS].into_iter().filter(explains);
    let closest = [billed.seconds].into_iter().chain(years).min_by_key(|seconds| distance(*seconds)).unwrap_or(billed.seconds);
    let retired = (closest > billed.seconds).then(|| billed.end());
    Term { seconds: closest, retired, ..billed }
}

fn payment(reported: &ReportedFacts) -> Option<Payment> {
    match text(&reported.payment_option) {
        Some("All Upfront") => Some(Payment::AllUpfront),
        Some("Partial Upfront") => Some(Payment::PartialUpfront),
        Some("No Upfront") => Some(Payment::NoUpfront),
        Some(_) => None,
        None => match (reported.amortizes_upfront, reported.pays_by_the_hour) {
            (true, false) => Some(Payment::AllUpfront),
            (true, true) => Some(Payment::PartialUpfront),
            (false, true) => Some(Payment::NoUpfront),
            (false, false) => None,
        },
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Reservation(None),
        Self::Reservation(Some(ReservedService::Ec2)),
        Self::Reservation(Some(ReservedService::Rds)),
        Self::Reservation(Some(ReservedService::ElastiCache)),
        Self::Reservation(Some(ReservedService::MemoryDb)),
        Self::Reservation(Some(ReservedService::OpenSearch)),
        Self::Reservation(Some(ReservedService::Redshift)),
        Self::Reservation(Some(ReservedService::RedshiftServerless)),
        Self::Reservation(Some(ReservedService::DynamoDb)),
        Self::Plan(None),
        Self::Plan(Some(PlanKind::Ec2Instance)),
        Self::Plan(Some(PlanKind::Compute)),
        Self::Plan(Some(PlanKind::SageMaker)),
        Self::Plan(Some(PlanKind::Database)),
    ];

    /// As people call it: `EC2 reservation`, `Compute Savings Plan`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reservation(None) => "reservation",
            Self::Reservation(Some(ReservedService::Ec2)) => "EC2 reservation",
            Self::Reservation(Some(ReservedService::Rds)) => "RDS reservation",
            Self::Reservation(Some(ReservedService::ElastiCache)) => "ElastiCache reservation",
            Self::Reservation(Some(ReservedService::MemoryDb)) => "MemoryDB reservation",
            Self::Reservation(Some(ReservedService::OpenSearch)) => "OpenSearch reservation",
            Self::Reservation(Some(ReservedService::Redshift)) => "Redshift reservation",
            Self::Reservation(Some(ReservedService::RedshiftServerless)) => "Redshift Serverless reservation",
            Self::Reservation(Some(ReservedService::DynamoDb)) => "DynamoDB reservation",
            Self::Plan(None) => "Savings Plan",
            Self::Plan(Some(PlanKind::Ec2Instance)) => "EC2 Instance Savings Plan",
            Self::Plan(Some(PlanKind::Compute)) => "Compute Savings Plan",
            Self::Plan(Some(PlanKind::SageMaker)) => "SageMaker Savings Plan",
            Self::Plan(Some(PlanKind::Database)) => "Database Savings Plan",
        }
    }
}

impl Payment {
    /// AWS's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AllUpfront => "All Upfront",
            Self::PartialUpfront => "Partial Upfront",
            Self::NoUpfront => "No Upfront",
        }
    }
}

impl OfferingClass {
    /// AWS's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Convertible => "convertible",
        }
    }
}
