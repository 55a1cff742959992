//! A small organization beside what AWS recommends to it.

mod matching;

use super::{Compared, Recommended, RecommendedGoods, Reserved, compare};
use crate::proposal::{
    Class, Inputs, Line, PlanOffer, PlanRate, Policy, PriceFacts, Proposal, ReservedOffer, Term, UsedSku, Utilization, propose,
};
use crate::solve::OneByOne;
use std::fmt::Write as _;
use tenor_cover::PlanKind;
use tenor_money::Money;
use tenor_price::{OfferingClass, Payment, TermLength};

const HOURS: usize = 20 * 24;

fn sku(name: &str, service: &str, usage_type: &str, operation: &str, on_demand: &str, key: (&str, &str, u32)) -> UsedSku {
    let (family, exact, factor) = key;
    UsedSku {
        name: name.to_owned(),
        service: service.to_owned(),
        region: "us-east-1".to_owned(),
        usage_type: usage_type.to_owned(),
        operation: operation.to_owned(),
        instance_type: usage_type.rsplit_once(':').unwrap().1.to_owned(),
        on_demand: on_demand.parse().unwrap(),
        source: "list".to_owned(),
        decimals: 0,
        is_hourly: true,
        is_idle: false,
        families: if family.is_empty() { Vec::new() } else { vec![family.to_owned()] },
        exact: Some(exact.to_owned()),
        factor,
    }
}

fn reserved(sku: usize, is_convertible: bool, payment: &str, hourly: &str, upfront: &str) -> ReservedOffer {
    let (hourly, upfront, source) = (hourly.parse().unwrap(), upfront.parse().unwrap(), "list".to_owned());
    ReservedOffer { sku, is_convertible, years: 1, payment: payment.to_owned(), hourly, upfront, source }
}

fn plan(kind: &str, family: &str, rates: &[(usize, &str)]) -> PlanOffer {
    PlanOffer {
        kind: kind.to_owned(),
        years: 1,
        payment: "No Upfront".to_owned(),
        family: family.to_owned(),
        region: if family.is_empty() { String::new() } else { "us-east-1".to_owned() },
        is_simulated: false,
        fee: "1".parse().unwrap(),
        rates: rates.iter().map(|(sku, rate)| PlanRate { sku: *sku, rate: rate.parse().unwrap() }).collect(),
    }
}

/// Ten m5.2xlarge all day, eight Windows c5.large in office hours, and two databases.
fn inputs() -> Inputs {
    let line = |sku: usize, used: &dyn Fn(usize) -> u64| Line {
        class: 0,
        account: String::new(),
        sku,
        zone: None,
        cells: (0..HOURS).map(used).collect::<Vec<_>>().into(),
    };
    let is_office = |hour: usize| hour / 24 % 7 < 5 && (8..18).contains(&(hour % 24));
    Inputs {
        format: 1,
        seed: 7,
        scenarios: 4,
        // 2025-06-02, a Monday.
        first: 485_760,
        hours: HOURS,
        unknown: Vec::new(),
        prices: PriceFacts {
            version: "0123abcd".to_owned(),
            date: "2025-06-01".to_owned(),
            currency: "USD".to_owned(),
            basis: "list".to_owned(),
        },
        classes: vec![Class { name: String::new(), buyer: "111111111111".to_owned(), may_buy: true }],
        skus: vec![
            sku(
                "EC2 m5.2xlarge",
                "AmazonEC2",
                "BoxUsage:m5.2xlarge",
                "RunInstances",
                "0.384",
                ("EC2 us-east-1 m5 RunInstances default", "EC2 us-east-1 m5.2xlarge RunInstances default", 16_000),
            ),
            sku(
                "EC2 c5.large Windows",
                "AmazonEC2",
                "BoxUsage:c5.large",
                "RunInstances:0002",
                "0.177",
                ("", "EC2 us-east-1 c5.large RunInstances:0002 default", 4_000),
            ),
            sku(
                "RDS db.r5.large PostgreSQL",
                "AmazonRDS",
                "Multi-AZUsage:db.r5.large",
                "CreateDBInstance:0014",
                "0.5",
                ("RDS us-east-1 r5 PostgreSQL", "RDS us-east-1 db.r5.large PostgreSQL", 8_000),
            ),
        ],
        lines: vec![line(0, &|_| 10), line(1, &|hour| if is_office(hour) { 8 } else { 0 }), line(2, &|_| 2)],
        reserved: vec![
            reserved(0, false, "No Upfront", "0.242", "0"),
            reserved(0, false, "All Upfront", "0", "1976"),
            reserved(0, true, "No Upfront", "0.277", "0"),
            reserved(1, false, "No Upfront", "0.146", "0"),
            reserved(2, false, "Partial Upfront", "0.16", "1400"),
        ],
        plans: vec![
            plan("EC2 Instance", "m5", &[(0, "0.242")]),
            plan("Compute", "", &[(0, "0.281"), (1, "0.156")]),
            plan("Database", "", &[(2, "0.4")]),
        ],
        held_reservations: Vec::new(),
        held_plans: Vec::new(),
        policy: Policy { terms: vec![Term::OneYear], ..Policy::default() },
        changes: Vec::new(),
        promises: Vec::new(),
        payer: None,
        limitations: Vec::new(),
    }
}

fn recommended(goods: RecommendedGoods) -> Recommended {
    Recommended {
        source: "aws.json".to_owned(),
        account: "111111111111".to_owned(),
        currency: "USD".to_owned(),
        term: TermLength::OneYear,
        payment: Payment::NoUpfront,
        basis: String::new(),
        goods,
        upfront: Some(Money::ZERO),
        monthly_savings: Some(Money::from_whole(100)),
    }
}

fn commit(kind: PlanKind, family: &str, hourly: &str) -> Recommended {
    let region = "us-east-1".to_owned();
    recommended(RecommendedGoods::Plan { kind, family: family.to_owned(), region, hourly: hourly.parse().unwrap() })
}

fn reserve(of: Reserved, instance_type: &str, count: u32) -> Recommended {
    let region = "us-east-1".to_owned();
    recommended(RecommendedGoods::Reservation { of, region, instance_type: instance_type.to_owned(), count })
}

fn ec2(platform: &str, class: Option<OfferingClass>) -> Reserved {
    Reserved::Ec2 { platform: platform.to_owned(), tenancy: "shared".to_owned(), zone: "NA".to_owned(), class }
}

fn standard(instance_type: &str, platform: &str, count: u32) -> Recommended {
    reserve(ec2(platform, Some(OfferingClass::Standard)), instance_type, count)
}

fn database(engine: &str, deployment: &str) -> Reserved {
    Reserved::Rds {
        engine: engine.to_owned(),
        edition: String::new(),
        license_model: "No license required".to_owned(),
        deployment: deployment.to_owned(),
        deployment_model: String::new(),
    }
}

fn made(inputs: &Inputs) -> Proposal {
    propose(inputs, "hash", &OneByOne).unwrap()
}

fn told(compared: &Compared) -> String {
    let mut text = String::new();
    for one in &compared.candidates {
        let used = one.lowest_utilization.as_deref().unwrap_or("-");
        writeln!(
            text,
            "{}: {} purchases, {} left out; costs {}, saves {} ({} to {}); {} an hour, {} upfront, {} owed; used {used}",
            one.name,
            one.purchases,
            one.left_out,
            one.expected_cost,
            one.savings.expected,
            one.savings.p10,
            one.savings.p90,
            one.commitment_per_hour,
            one.upfront,
            one.obligation,
        )
        .unwrap();
        for line in one.aws_monthly_savings.iter().map(|saved| format!("AWS says {saved} a month")).chain(one.notes.clone()) {
            writeln!(text, "  {line}").unwrap();
        }
        one.breaks.iter().for_each(|broken| writeln!(text, "  breaks: {broken}").unwrap());
    }
    compared.left_out.iter().for_each(|one| writeln!(text, "left out {}: {}: {}", one.source, one.what, one.why).unwrap());
    compared.notes.iter().for_each(|note| writeln!(text, "note: {note}").unwrap());
    text
}

fn beside(inputs: Inputs, recommended: &[Recommended]) -> String {
    let proposal = made(&inputs);
    told(&compare(inputs, &proposal, recommended, &OneByOne).unwrap())
}

#[test]
fn a_proposal_costs_here_what_it_says_itself() {
    let inputs = inputs();
    let proposal = made(&inputs);
    assert!(proposal.later.is_empty() && !proposal.steps.is_empty());
    let compared = compare(inputs, &proposal, &[], &OneByOne).unwrap();
    let [nothing, own] = &compared.candidates[..] else { panic!("nothing is recommended: {compared:?}") };
    assert_eq!(nothing.expected_cost, proposal.certificate.nothing);
    assert_eq!(own.expected_cost, proposal.certificate.expected_cost);
    assert_eq!(own.savings, proposal.summary.savings);
    assert_eq!((&own.upfront, &own.obligation), (&proposal.summary.upfront, &proposal.summary.obligation));
    assert!(own.breaks.is_empty(), "{:?}", own.breaks);
}

#[test]
fn sets_are_priced_alone_and_together() {
    let aws = [
        commit(PlanKind::Compute, "", "2.5"),
        standard("m5.large", "Linux/UNIX", 36),
        standard("c5.large", "Windows", 8),
        reserve(Reserved::DynamoDb, "RCU", 100),
        Recommended {
            payment: Payment::PartialUpfront,
            upfront: Some(Money::from_whole(2_000)),
            ..reserve(database("PostgreSQL", "Multi-AZ"), "db.r5.large", 2)
        },
    ];
    insta::assert_snapshot!(beside(inputs(), &aws), @"
    nothing: 0 purchases, 0 left out; costs 45888.651, saves 0 (0 to 0); 0 an hour, 0 upfront, 0 owed; used -
    the proposal: 2 purchases, 0 left out; costs 30258.251, saves 15630.4 (15630.4 to 15630.4); 3.0557 an hour, 19760 upfront, 26768 owed; used 1.000000
    AWS: Compute Savings Plans, 1yr No Upfront: 1 purchases, 0 left out; costs 37861.2489, saves 8027.4021 (8027.4021 to 8027.4021); 2.5 an hour, 0 upfront, 21900 owed; used 1.000000
      AWS says 100 a month
    AWS: EC2 standard reservations, 1yr No Upfront: 2 purchases, 0 left out; costs 42929.376, saves 2959.275 (1237.95 to 4645.2); 3.346 an hour, 0 upfront, 29310.96 owed; used 0.160888
      AWS says 200 a month
      breaks: 1 of 2 purchases are not used for 75% in 75% of the futures
    AWS: RDS reservations, 1yr Partial Upfront: 1 purchases, 0 left out; costs 45059.851, saves 828.8 (-899.2 to 3156.8); 0.6396 an hour, 2800 upfront, 5603.2 owed; used 0.734247
      AWS says 100 a month
      breaks: 1 of 1 purchases are not used for 75% in 75% of the futures
    AWS: all reservations: 3 purchases, 1 left out; costs 42100.576, saves 3788.075 (2858.75 to 4465.55); 3.9856 an hour, 2800 upfront, 34914.16 owed; used 0.160888
      AWS says 300 a month
      breaks: 2 of 3 purchases are not used for 75% in 75% of the futures
    AWS: plans and reservations together: 4 purchases, 1 left out; costs 59205.16, saves -13316.509 (-14790.16 to -11237.194); 6.4856 an hour, 2800 upfront, 56814.16 owed; used 0.160888
      AWS computes each of its sets as if nothing else were bought; these are for the same usage and not meant to be added up
      breaks: 3 of 4 purchases are not used for 75% in 75% of the futures
    left out aws.json: 100 × RCU us-east-1 of DynamoDB reserved capacity, 1yr No Upfront: reserved capacity of DynamoDB is not simulated
    note: every row is what is bought now, over the same 4 futures of 365 days: nothing follows what ends before, neither here nor there
    note: aws.json: 36 × m5.large Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: the inputs have no price of m5.large, which is not used; it is priced as EC2 m5.2xlarge is by normalized unit
    note: aws.json: 2 × db.r5.large PostgreSQL Multi-AZ us-east-1 of RDS reservations, 1yr Partial Upfront: AWS says 2000 upfront, and the prices of the proposal come to 2800
    note: nothing of AWS's DynamoDB reserved capacity, 1yr No Upfront could be matched; it has no row
    ");
}

#[test]
fn sets_for_the_same_usage_are_not_meant_to_be_added_up() {
    let days = Recommended { basis: "from 7 days".to_owned(), ..commit(PlanKind::Compute, "", "1.4") };
    let aws =
        [commit(PlanKind::Compute, "", "2.8"), days, commit(PlanKind::Ec2Instance, "m5", "2.42"), commit(PlanKind::Database, "", "0.8004")];
    insta::assert_snapshot!(beside(inputs(), &aws), @"
    nothing: 0 purchases, 0 left out; costs 45888.651, saves 0 (0 to 0); 0 an hour, 0 upfront, 0 owed; used -
    the proposal: 2 purchases, 0 left out; costs 30258.251, saves 15630.4 (15630.4 to 15630.4); 3.0557 an hour, 19760 upfront, 26768 owed; used 1.000000
    AWS: Compute Savings Plans, 1yr No Upfront: 1 purchases, 0 left out; costs 36897.9606, saves 8990.6904 (8990.6904 to 8990.6904); 2.8 an hour, 0 upfront, 24528 owed; used 1.000000
      AWS says 100 a month
    AWS: Compute Savings Plans, 1yr No Upfront, from 7 days: 1 purchases, 0 left out; costs 41393.3058, saves 4495.3452 (4495.3452 to 4495.3452); 1.4 an hour, 0 upfront, 12264 owed; used 1.000000
      AWS says 100 a month
    AWS: Database Savings Plans, 1yr No Upfront: 1 purchases, 0 left out; costs 44136.651, saves 1752 (1752 to 1752); 0.8 an hour, 0 upfront, 7008 owed; used 1.000000
      AWS says 100 a month
    AWS: EC2 Instance Savings Plans, 1yr No Upfront: 1 purchases, 0 left out; costs 33449.451, saves 12439.2 (12439.2 to 12439.2); 2.42 an hour, 0 upfront, 21199.2 owed; used 1.000000
      AWS says 100 a month
    AWS: all Savings Plans: 4 purchases, 0 left out; costs 65062.2, saves -19173.549 (-19433.562 to -18919.2); 7.42 an hour, 0 upfront, 64999.2 owed; used 0.000000
      AWS computes each of its sets as if nothing else were bought; these are for the same usage and not meant to be added up
      breaks: 2 of 4 purchases are not used for 75% in 75% of the futures
    note: every row is what is bought now, over the same 4 futures of 365 days: nothing follows what ends before, neither here nor there
    note: aws.json: 0.8004 an hour of Database Savings Plans, 1yr No Upfront: 0.8004 an hour is counted as 0.8
    ");
}

#[test]
fn what_cannot_be_matched_is_named() {
    let zonal = Reserved::Ec2 {
        platform: "Linux/UNIX".to_owned(),
        tenancy: "default".to_owned(),
        zone: "us-east-1a".to_owned(),
        class: Some(OfferingClass::Standard),
    };
    let host = Reserved::Ec2 { platform: "Linux/UNIX".to_owned(), tenancy: "host".to_owned(), zone: String::new(), class: None };
    let custom = Reserved::Rds {
        engine: "Oracle".to_owned(),
        edition: "Enterprise".to_owned(),
        license_model: "Bring your own license".to_owned(),
        deployment: "Single-AZ".to_owned(),
        deployment_model: "Custom".to_owned(),
    };
    let some = Some(OfferingClass::Standard);
    let aws = [
        reserve(zonal, "m5.2xlarge", 1),
        Recommended { currency: "CNY".to_owned(), ..standard("m5.2xlarge", "Linux/UNIX", 1) },
        reserve(ec2("Plan 9", some), "m5.2xlarge", 1),
        reserve(ec2("Linux/UNIX", None), "m5.2xlarge", 1),
        reserve(
            Reserved::Ec2 { platform: "Linux/UNIX".to_owned(), tenancy: "host".to_owned(), zone: String::new(), class: some },
            "m5.2xlarge",
            1,
        ),
        reserve(host, "m5.2xlarge", 1),
        standard("m6i.large", "Linux/UNIX", 1),
        standard("c5.xlarge", "Windows", 1),
        standard("m5.2xlarge", "Linux/UNIX", 0),
        Recommended { term: TermLength::ThreeYears, ..standard("m5.2xlarge", "Linux/UNIX", 1) },
        reserve(database("Aurora", "Multi-AZ"), "db.r5.large", 1),
        reserve(database("PostgreSQL", "Single-AZ"), "db.r5.large", 1),
        reserve(database("PostgreSQL", "Everywhere"), "db.r5.large", 1),
        reserve(custom, "db.r5.large", 1),
        reserve(Reserved::ElastiCache { engine: "KeyDB".to_owned() }, "cache.r6g.large", 1),
        reserve(Reserved::MemoryDb, "db.r6g.large", 1),
        reserve(Reserved::DynamoDb, "", 100),
        commit(PlanKind::SageMaker, "", "1"),
        commit(PlanKind::Ec2Instance, "c5", "1"),
        commit(PlanKind::Compute, "", "0.0004"),
    ];
    insta::assert_snapshot!(beside(inputs(), &aws), @"
    nothing: 0 purchases, 0 left out; costs 45888.651, saves 0 (0 to 0); 0 an hour, 0 upfront, 0 owed; used -
    the proposal: 2 purchases, 0 left out; costs 30258.251, saves 15630.4 (15630.4 to 15630.4); 3.0557 an hour, 19760 upfront, 26768 owed; used 1.000000
    AWS: EC2 standard reservations, 1yr No Upfront: 1 purchases, 6 left out; costs 44644.731, saves 1243.92 (1243.92 to 1243.92); 0.242 an hour, 0 upfront, 2119.92 owed; used 1.000000
      AWS says 100 a month
    left out aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: it is in CNY, and the prices are in USD
    left out aws.json: 1 × m5.2xlarge Plan 9 us-east-1 of EC2 standard reservations, 1yr No Upfront: no list says which operation the platform `Plan 9` is
    left out aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 reservations, 1yr No Upfront: it does not say whether the reservations are standard or convertible
    left out aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: reservations of the tenancy `host` are not simulated
    left out aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 reservations, 1yr No Upfront: it does not say whether the reservations are standard or convertible
    left out aws.json: 1 × m6i.large Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: no usage in the inputs is what reservations of `m6i.large` in `us-east-1` cover
    left out aws.json: 1 × c5.xlarge Windows us-east-1 of EC2 standard reservations, 1yr No Upfront: no usage in the inputs is what reservations of `c5.xlarge` in `us-east-1` cover
    left out aws.json: 0 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: it is nothing, or more than is simulated: 1000000 reservations, or 1000000 an hour
    left out aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 3yr No Upfront: version 0123abcd of the prices has no standard 3yr No Upfront reservation of it
    left out aws.json: 1 × db.r5.large Aurora Multi-AZ us-east-1 of RDS reservations, 1yr No Upfront: no list says which operation the engine `Aurora` of edition `` and licence `No license required` is
    left out aws.json: 1 × db.r5.large PostgreSQL Single-AZ us-east-1 of RDS reservations, 1yr No Upfront: version 0123abcd of the prices has no standard 1yr No Upfront reservation of it
    left out aws.json: 1 × db.r5.large PostgreSQL Everywhere us-east-1 of RDS reservations, 1yr No Upfront: no rule is known for the deployment `Everywhere`
    left out aws.json: 1 × db.r5.large Oracle Single-AZ us-east-1 of RDS reservations, 1yr No Upfront: RDS Custom is not simulated
    left out aws.json: 1 × cache.r6g.large us-east-1 of ElastiCache reservations, 1yr No Upfront: no rule is known for the cache engine `KeyDB`
    left out aws.json: 1 × db.r6g.large us-east-1 of MemoryDB reservations, 1yr No Upfront: no usage in the inputs is what reservations of `db.r6g.large` in `us-east-1` cover
    left out aws.json: 100 ×  us-east-1 of DynamoDB reserved capacity, 1yr No Upfront: reserved capacity of DynamoDB is not simulated
    left out aws.json: 1 an hour of SageMaker Savings Plans, 1yr No Upfront: version 0123abcd of the prices has no such plan for anything that is used
    left out aws.json: 1 an hour for c5 us-east-1 of EC2 Instance Savings Plans, 1yr No Upfront: version 0123abcd of the prices has no such plan for anything that is used
    left out aws.json: 0.0004 an hour of Compute Savings Plans, 1yr No Upfront: it is nothing, or more than is simulated: 1000000 reservations, or 1000000 an hour
    note: every row is what is bought now, over the same 4 futures of 365 days: nothing follows what ends before, neither here nor there
    note: aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: AWS names the zone us-east-1a; it is priced as a reservation of the Region, which covers as much
    note: nothing of AWS's Compute Savings Plans, 1yr No Upfront could be matched; it has no row
    note: nothing of AWS's EC2 Instance Savings Plans, 1yr No Upfront could be matched; it has no row
    note: nothing of AWS's SageMaker Savings Plans, 1yr No Upfront could be matched; it has no row
    note: nothing of AWS's DynamoDB reserved capacity, 1yr No Upfront could be matched; it has no row
    note: nothing of AWS's EC2 reservations, 1yr No Upfront could be matched; it has no row
    note: nothing of AWS's EC2 standard reservations, 3yr No Upfront could be matched; it has no row
    note: nothing of AWS's ElastiCache reservations, 1yr No Upfront could be matched; it has no row
    note: nothing of AWS's MemoryDB reservations, 1yr No Upfront could be matched; it has no row
    note: nothing of AWS's RDS reservations, 1yr No Upfront could be matched; it has no row
    ");
}

#[test]
fn an_account_of_no_known_group_and_an_engine_unsaid_are_not_guessed() {
    let mut inputs = inputs();
    inputs.classes[0].name = "group Commerce".to_owned();
    inputs.classes.push(Class { name: "account 222222222222".to_owned(), buyer: "222222222222".to_owned(), may_buy: true });
    let node = |engine: &str, operation: &str| {
        let (family, exact) = (format!("MemoryDB us-east-1 r6g {engine}"), format!("MemoryDB us-east-1 db.r6g.large {engine}"));
        sku(engine, "AmazonMemoryDB", "NodeUsage:db.r6g.large", operation, "0.3", (&family, &exact, 4_000))
    };
    inputs.skus.extend([node("Redis", "CreateCluster:0002"), node("Valkey", "CreateCluster:0003")]);
    let of = |account: &str| Recommended { account: account.to_owned(), ..standard("m5.2xlarge", "Linux/UNIX", 1) };
    let aws = [of("111111111111"), of("222222222222"), of("333333333333"), of(""), reserve(Reserved::MemoryDb, "db.r6g.large", 1)];
    insta::assert_snapshot!(beside(inputs, &aws), @"
    nothing: 0 purchases, 0 left out; costs 45888.651, saves 0 (0 to 0); 0 an hour, 0 upfront, 0 owed; used -
    the proposal: 2 purchases, 0 left out; costs 30258.251, saves 15630.4 (15630.4 to 15630.4); 3.0557 an hour, 19760 upfront, 26768 owed; used 1.000000
    AWS: EC2 standard reservations, 1yr No Upfront: 2 purchases, 2 left out; costs 46764.651, saves -876 (-876 to -876); 0.484 an hour, 0 upfront, 4239.84 owed; used 0.000000
      AWS says 200 a month
      breaks: 1 of 2 purchases are not used for 75% in 75% of the futures
    left out aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: nothing tells which of the groups that share commitments account `333333333333` is in
    left out aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 1yr No Upfront: it names no account, and there are several groups that share commitments
    left out aws.json: 1 × db.r6g.large us-east-1 of MemoryDB reservations, 1yr No Upfront: it does not name the engine, and several engines of `db.r6g.large` are used in `us-east-1`
    note: every row is what is bought now, over the same 4 futures of 365 days: nothing follows what ends before, neither here nor there
    note: nothing of AWS's MemoryDB reservations, 1yr No Upfront could be matched; it has no row
    ");
}

#[test]
fn limits_that_are_broken_are_told() {
    let mut inputs = inputs();
    let share = |text: &str| Some(text.parse().unwrap());
    let money = |text: &str| Some(text.parse().unwrap());
    inputs.policy.kinds = vec![crate::proposal::Kind::StandardReservation];
    inputs.policy.payments = vec![crate::proposal::Upfront::Nothing];
    inputs.policy.utilization = Utilization { at_least: "90%".parse().unwrap(), ..Utilization::default() };
    let limits = &mut inputs.policy.limits;
    (limits.hourly, limits.upfront, limits.obligation) = (money("2"), money("500"), money("15000"));
    (limits.step, limits.ending_in_a_month) = (share("40%"), share("45%"));
    let aws = [
        commit(PlanKind::Compute, "", "3.5"),
        Recommended { payment: Payment::AllUpfront, ..standard("m5.2xlarge", "Linux/UNIX", 1) },
        reserve(ec2("Linux/UNIX", Some(OfferingClass::Convertible)), "m5.2xlarge", 10),
        standard("c5.large", "Windows", 8),
    ];
    insta::assert_snapshot!(beside(inputs, &aws), @"
    nothing: 0 purchases, 0 left out; costs 45888.651, saves 0 (0 to 0); 0 an hour, 0 upfront, 0 owed; used -
    the proposal: 1 purchases, 0 left out; costs 37181.211, saves 8707.44 (8707.44 to 8707.44); 1.694 an hour, 0 upfront, 14839.44 owed; used 1.000000
    AWS: Compute Savings Plans, 1yr No Upfront: 1 purchases, 0 left out; costs 40364.0005, saves 5524.6505 (5013.9 to 6045.5649); 3.5 an hour, 0 upfront, 30660 owed; used 0.876052
      AWS says 100 a month
      breaks: the policy does not allow Compute Savings Plans, 1yr No Upfront
      breaks: commitment per hour of 3.5 is above the limit of 2
      breaks: obligation of 30660 is above the limit of 15000
      breaks: commitment per hour of 3.5 is above one step, 40% of the 5.2825 that usage costs at list
      breaks: 3.5 an hour ends in 2026-06, above the limit of 45% of what usage costs at list
      breaks: 1 of 1 purchases are not used for 90% in 75% of the futures
    AWS: EC2 convertible reservations, 1yr No Upfront: 1 purchases, 0 left out; costs 36515.451, saves 9373.2 (9373.2 to 9373.2); 2.77 an hour, 0 upfront, 24265.2 owed; used 1.000000
      AWS says 100 a month
      breaks: the policy does not allow convertible reservations of AmazonEC2, 1yr No Upfront
      breaks: commitment per hour of 2.77 is above the limit of 2
      breaks: obligation of 24265.2 is above the limit of 15000
      breaks: commitment per hour of 2.77 is above one step, 40% of the 5.2825 that usage costs at list
      breaks: 2.77 an hour ends in 2026-06, above the limit of 45% of what usage costs at list
    AWS: EC2 standard reservations, 1yr All Upfront: 1 purchases, 0 left out; costs 44500.811, saves 1387.84 (1387.84 to 1387.84); 0.2256 an hour, 1976 upfront, 1976 owed; used 1.000000
      AWS says 100 a month
      breaks: the policy does not allow standard reservations of AmazonEC2, 1yr All Upfront
      breaks: cash upfront of 1976 is above the limit of 500
    AWS: EC2 standard reservations, 1yr No Upfront: 1 purchases, 0 left out; costs 54124.656, saves -8236.005 (-9957.33 to -6550.08); 1.168 an hour, 0 upfront, 10231.68 owed; used 0.160888
      AWS says 100 a month
      breaks: 1 of 1 purchases are not used for 90% in 75% of the futures
    AWS: all reservations: 3 purchases, 0 left out; costs 46727.456, saves -838.805 (-2560.13 to 847.12); 4.1636 an hour, 1976 upfront, 36472.88 owed; used 0.000000
      AWS computes each of its sets as if nothing else were bought; these are for the same usage and not meant to be added up
      breaks: the policy does not allow convertible reservations of AmazonEC2, 1yr No Upfront
      breaks: the policy does not allow standard reservations of AmazonEC2, 1yr All Upfront
      breaks: commitment per hour of 4.1636 is above the limit of 2
      breaks: cash upfront of 1976 is above the limit of 500
      breaks: obligation of 36472.88 is above the limit of 15000
      breaks: commitment per hour of 4.1636 is above one step, 40% of the 5.2825 that usage costs at list
      breaks: 4.1636 an hour ends in 2026-06, above the limit of 45% of what usage costs at list
      breaks: 2 of 3 purchases are not used for 90% in 75% of the futures
    AWS: plans and reservations together: 4 purchases, 0 left out; costs 75955.88, saves -30067.229 (-30327.242 to -29812.88); 7.6636 an hour, 1976 upfront, 67132.88 owed; used 0.000000
      AWS computes each of its sets as if nothing else were bought; these are for the same usage and not meant to be added up
      breaks: the policy does not allow Compute Savings Plans, 1yr No Upfront
      breaks: the policy does not allow convertible reservations of AmazonEC2, 1yr No Upfront
      breaks: the policy does not allow standard reservations of AmazonEC2, 1yr All Upfront
      breaks: commitment per hour of 7.6636 is above the limit of 2
      breaks: cash upfront of 1976 is above the limit of 500
      breaks: obligation of 67132.88 is above the limit of 15000
      breaks: commitment per hour of 7.6636 is above one step, 40% of the 5.2825 that usage costs at list
      breaks: 7.6636 an hour ends in 2026-06, above the limit of 45% of what usage costs at list
      breaks: 3 of 4 purchases are not used for 90% in 75% of the futures
    note: every row is what is bought now, over the same 4 futures of 365 days: nothing follows what ends before, neither here nor there
    note: aws.json: 1 × m5.2xlarge Linux/UNIX us-east-1 of EC2 standard reservations, 1yr All Upfront: AWS says 0 upfront, and the prices of the proposal come to 1976
    ");
}

#[test]
fn a_proposal_of_other_inputs_is_refused() {
    let inputs = inputs();
    let proposal = made(&inputs);
    let mut other = inputs.clone();
    other.reserved.clear();
    other.plans.clear();
    let refused = compare(other, &proposal, &[], &OneByOne).unwrap_err();
    let mut longer = inputs;
    longer.policy.terms.push(Term::ThreeYears);
    let short = compare(longer, &proposal, &[], &OneByOne).unwrap_err();
    insta::assert_snapshot!(format!("{refused}\n{short}"), @"
    step 1 of the proposal buys what its inputs do not offer
    the proposal looks 8760 hours ahead, less than its policy does
    ");
}
