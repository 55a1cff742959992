//! What is held, from answers as AWS documents them; and what could not be read.

use super::fake::{Asked, Fake, Reply};
use crate::client::world::{World, run};
use async_trait::async_trait;
use std::sync::Arc;
use tenor_aws::client::{Client, Credentials, CredentialsFault, Lender, Place};
use tenor_aws::inventory::{Inventory, LiveError, Service, live};
use tenor_cover::replay::FeeKind;
use tenor_cover::{Attributes, CommitmentId, Covers, Sizes, Term};
use tenor_money::Money;

const PLANS: &str = r#"{"savingsPlans":[
{"offeringId":"o-1","savingsPlanId":"sp-1","savingsPlanArn":"arn:aws:savingsplans::111122223333:savingsplan/sp-1","description":"3 year Partial Upfront Compute Savings Plan","start":"2024-03-01T10:00:00.000Z","end":"2027-03-01T09:59:59.000Z","state":"active","savingsPlanType":"Compute","paymentOption":"Partial Upfront","productTypes":["Fargate","EC2","Lambda"],"currency":"USD","commitment":"10.00000","upfrontPaymentAmount":"131400.00000","recurringPaymentAmount":"5.00000","termDurationInSeconds":94608000,"tags":{},"returnableUntil":"2024-03-08T10:00:00.000Z"},
{"offeringId":"o-2","savingsPlanId":"sp-2","savingsPlanArn":"arn:aws:savingsplans::111122223333:savingsplan/sp-2","start":"2025-06-01T00:00:00.000Z","end":"2026-05-31T23:59:59.000Z","state":"queued","region":"eu-west-1","ec2InstanceFamily":"m5","savingsPlanType":"EC2Instance","paymentOption":"No Upfront","productTypes":["EC2"],"currency":"USD","commitment":"0.123","upfrontPaymentAmount":"0.0","recurringPaymentAmount":"0.123","termDurationInSeconds":31536000},
{"offeringId":"o-3","savingsPlanId":"sp-3","savingsPlanArn":"arn:aws:savingsplans::111122223333:savingsplan/sp-3","start":"2025-01-01T00:00:00.000Z","end":"2026-01-01T00:00:00.000Z","state":"payment-failed","savingsPlanType":"Compute","paymentOption":"No Upfront","productTypes":["EC2"],"currency":"USD","commitment":"1","termDurationInSeconds":31536000},
{"offeringId":"o-4","savingsPlanId":"sp-4","savingsPlanArn":"arn:aws:savingsplans::111122223333:savingsplan/sp-4","start":"2025-01-01T00:00:00.000Z","end":"2025-12-31T23:59:59.000Z","state":"returned","savingsPlanType":"Database","paymentOption":"No Upfront","productTypes":["RDS"],"currency":"USD","commitment":"1","termDurationInSeconds":31536000},
{"offeringId":"o-5","savingsPlanId":"sp-5","savingsPlanArn":"arn:aws:savingsplans::111122223333:savingsplan/sp-5","start":"2023-01-01T00:00:00.000Z","end":"2023-12-31T23:59:59.000Z","state":"retired","savingsPlanType":"SageMaker","paymentOption":"All Upfront","productTypes":["SageMaker"],"currency":"USD","commitment":"0.001","upfrontPaymentAmount":"8.76","recurringPaymentAmount":"0.0","termDurationInSeconds":31536000}]}"#;

const EC2: &str = r#"<DescribeReservedInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><reservedInstancesSet>
<item><reservedInstancesId>ri-1</reservedInstancesId><instanceType>m5.large</instanceType><start>2024-05-01T12:30:00.000Z</start><end>2025-05-01T12:29:59.000Z</end><duration>31536000</duration><fixedPrice>250.0</fixedPrice><usagePrice>0.0</usagePrice><instanceCount>3</instanceCount><productDescription>Linux/UNIX</productDescription><state>active</state><instanceTenancy>default</instanceTenancy><currencyCode>USD</currencyCode><offeringType>Partial Upfront</offeringType><recurringCharges><item><frequency>Hourly</frequency><amount>0.0285</amount></item></recurringCharges><offeringClass>convertible</offeringClass><scope>Region</scope><tagSet/></item>
<item><reservedInstancesId>ri-2</reservedInstancesId><instanceType>c5.xlarge</instanceType><availabilityZone>eu-west-1a</availabilityZone><start>2024-01-01T00:00:00.000Z</start><end>2024-06-01T00:00:00.000Z</end><duration>31536000</duration><fixedPrice>0.0</fixedPrice><usagePrice>0.0</usagePrice><instanceCount>1</instanceCount><productDescription>Windows</productDescription><state>retired</state><instanceTenancy>dedicated</instanceTenancy><currencyCode>USD</currencyCode><offeringType>No Upfront</offeringType><recurringCharges><item><frequency>Hourly</frequency><amount>1.2E-1</amount></item></recurringCharges><offeringClass>standard</offeringClass><scope>Availability Zone</scope></item>
<item><reservedInstancesId>ri-3</reservedInstancesId><instanceType>m5.large</instanceType><duration>31536000</duration><fixedPrice>500</fixedPrice><usagePrice>0.0</usagePrice><instanceCount>1</instanceCount><productDescription>Linux/UNIX</productDescription><state>queued</state><instanceTenancy>default</instanceTenancy><offeringType>All Upfront</offeringType><recurringCharges/><offeringClass>standard</offeringClass><scope>Region</scope></item>
</reservedInstancesSet></DescribeReservedInstancesResponse>"#;

const RDS: &str = r#"<DescribeReservedDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeReservedDBInstancesResult><ReservedDBInstances><ReservedDBInstance><ReservedDBInstanceId>db-1</ReservedDBInstanceId><ReservedDBInstancesOfferingId>o</ReservedDBInstancesOfferingId><DBInstanceClass>db.r6g.large</DBInstanceClass><StartTime>2025-01-01T00:00:00Z</StartTime><Duration>31536000</Duration><FixedPrice>0.0</FixedPrice><UsagePrice>0.0</UsagePrice><CurrencyCode>USD</CurrencyCode><DBInstanceCount>2</DBInstanceCount><ProductDescription>postgresql</ProductDescription><OfferingType>No Upfront</OfferingType><MultiAZ>true</MultiAZ><State>active</State><RecurringCharges><RecurringCharge><RecurringChargeAmount>0.3101</RecurringChargeAmount><RecurringChargeFrequency>Hourly</RecurringChargeFrequency></RecurringCharge></RecurringCharges><ReservedDBInstanceArn>arn:aws:rds:eu-west-1:111122223333:ri:db-1</ReservedDBInstanceArn></ReservedDBInstance></ReservedDBInstances></DescribeReservedDBInstancesResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeReservedDBInstancesResponse>"#;

const CACHE: &str = r#"<DescribeReservedCacheNodesResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/"><DescribeReservedCacheNodesResult><ReservedCacheNodes><ReservedCacheNode><ReservedCacheNodeId>c-1</ReservedCacheNodeId><ReservedCacheNodesOfferingId>o</ReservedCacheNodesOfferingId><CacheNodeType>cache.r6g.large</CacheNodeType><StartTime>2025-01-01T00:00:00Z</StartTime><Duration>94608000</Duration><FixedPrice>1000.0</FixedPrice><UsagePrice>0.0</UsagePrice><CacheNodeCount>1</CacheNodeCount><ProductDescription>valkey</ProductDescription><OfferingType>All Upfront</OfferingType><State>payment-pending</State><RecurringCharges/><ReservationARN>arn:aws:elasticache:eu-west-1:111122223333:reserved-instance:c-1</ReservationARN></ReservedCacheNode></ReservedCacheNodes></DescribeReservedCacheNodesResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeReservedCacheNodesResponse>"#;

const MEMORY: &str = r#"{"ReservedNodes":[{"ReservationId":"m-1","ReservedNodesOfferingId":"o","NodeType":"db.r6g.large","StartTime":1735689600,"Duration":31536000,"FixedPrice":0.0,"NodeCount":2,"OfferingType":"No Upfront","State":"active","RecurringCharges":[{"RecurringChargeAmount":0.205,"RecurringChargeFrequency":"Hourly"}],"ARN":"arn:aws:memorydb:eu-west-1:111122223333:reservednode/m-1"}]}"#;

const SEARCH: &str = r#"{"ReservedInstances":[{"ReservationName":"logs","ReservedInstanceId":"es-1","BillingSubscriptionId":1234567890123,"ReservedInstanceOfferingId":"o","InstanceType":"r6g.large.search","StartTime":1735689600.0,"Duration":31536000,"FixedPrice":0.0,"UsagePrice":0.108,"CurrencyCode":"USD","InstanceCount":4,"State":"active","PaymentOption":"NO_UPFRONT","RecurringCharges":[]}]}"#;

const REDSHIFT: &str = r#"<DescribeReservedNodesResponse xmlns="http://redshift.amazonaws.com/doc/2012-12-01/"><DescribeReservedNodesResult><ReservedNodes><ReservedNode><ReservedNodeId>rn-1</ReservedNodeId><ReservedNodeOfferingId>o</ReservedNodeOfferingId><NodeType>ra3.xlplus</NodeType><StartTime>2025-01-01T00:00:00Z</StartTime><Duration>31536000</Duration><FixedPrice>0.0</FixedPrice><UsagePrice>0.0</UsagePrice><CurrencyCode>USD</CurrencyCode><NodeCount>2</NodeCount><State>pending-payment</State><OfferingType>No Upfront</OfferingType><RecurringCharges><RecurringCharge><RecurringChargeAmount>0.76</RecurringChargeAmount><RecurringChargeFrequency>Monthly</RecurringChargeFrequency></RecurringCharge></RecurringCharges><ReservedNodeOfferingType>Regular</ReservedNodeOfferingType></ReservedNode></ReservedNodes></DescribeReservedNodesResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeReservedNodesResponse>"#;

const SERVERLESS: &str = r#"{"reservationsList":[{"capacity":16,"startDate":"2025-01-01T00:00:00Z","endDate":"2026-01-01T00:00:00Z","offering":{"currencyCode":"USD","duration":31536000,"hourlyCharge":0.27,"offeringId":"o","offeringType":"NO_UPFRONT","upfrontCharge":0.0},"reservationArn":"arn:aws:redshift-serverless:eu-west-1:111122223333:reservation/rs-1","reservationId":"rs-1","status":"active"}]}"#;

fn documented(asked: &Asked) -> Reply {
    Reply::Body(match asked.name.as_str() {
        "savingsplans:DescribeSavingsPlans" => PLANS,
        "ec2:DescribeReservedInstances" => EC2,
        "rds:DescribeReservedDBInstances" => RDS,
        "elasticache:DescribeReservedCacheNodes" => CACHE,
        "memorydb:DescribeReservedNodes" => MEMORY,
        "opensearch:DescribeReservedInstances" => SEARCH,
        "redshift:DescribeReservedNodes" => REDSHIFT,
        "redshift-serverless:ListReservations" => SERVERLESS,
        other => panic!("{other} is no inventory"),
    })
}

fn read(fake: &Arc<Fake>, regions: &[&str]) -> Result<Inventory, LiveError> {
    let regions: Vec<String> = regions.iter().map(|region| (*region).to_owned()).collect();
    run(live(&fake.client().0, &regions))
}

#[test]
fn all_that_is_held_is_read_to_the_last_digit() {
    let inventory = read(&Fake::new(documented), &["eu-west-1"]).unwrap();
    assert!(inventory.is_whole());
    let lines = inventory.holdings().map(|holding| {
        let moment = |moment: Option<jiff::Timestamp>| moment.map_or_else(|| "?".to_owned(), |moment| moment.to_string());
        let (start, end) = (moment(holding.start), moment(holding.end));
        let region = holding.region.as_deref().unwrap_or("everywhere");
        format!(
            "{} {region} {} {:?} {start} {end} {} {} upfront\n    {:?}",
            holding.service, holding.id, holding.standing, holding.payment, holding.upfront, holding.what
        )
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    Savings Plans everywhere sp-1 Running 2024-03-01T10:00:00Z 2027-03-01T09:59:59Z Partial Upfront 131400 upfront
        Plan { kind: Compute, family: None, commitment: Money(10000000000000), recurring: Money(5000000000000), returnable_until: Some(2024-03-08T10:00:00Z) }
    Savings Plans eu-west-1 sp-2 Queued 2025-06-01T00:00:00Z 2026-05-31T23:59:59Z No Upfront 0 upfront
        Plan { kind: Ec2Instance, family: Some("m5"), commitment: Money(123000000000), recurring: Money(123000000000), returnable_until: None }
    Savings Plans everywhere sp-3 NeverRan 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z No Upfront 0 upfront
        Plan { kind: Compute, family: None, commitment: Money(1000000000000), recurring: Money(0), returnable_until: None }
    Savings Plans everywhere sp-4 Ended 2025-01-01T00:00:00Z ? No Upfront 0 upfront
        Plan { kind: Database, family: None, commitment: Money(1000000000000), recurring: Money(0), returnable_until: None }
    Savings Plans everywhere sp-5 Ended 2023-01-01T00:00:00Z 2023-12-31T23:59:59Z All Upfront 8.76 upfront
        Plan { kind: SageMaker, family: None, commitment: Money(1000000000), recurring: Money(0), returnable_until: None }
    EC2 eu-west-1 ri-1 Running 2024-05-01T12:30:00Z 2025-05-01T12:29:59Z Partial Upfront 750 upfront
        Reservation { instance_type: "m5.large", product: "Linux/UNIX", zone: None, tenancy: Default, class: Some(Convertible), is_multi_az: false, count: 3, hourly: Some(UnitPrice(28500000000)) }
    EC2 eu-west-1 ri-2 Ended 2024-01-01T00:00:00Z 2024-06-01T00:00:00Z No Upfront 0 upfront
        Reservation { instance_type: "c5.xlarge", product: "Windows", zone: Some("eu-west-1a"), tenancy: Dedicated, class: Some(Standard), is_multi_az: false, count: 1, hourly: Some(UnitPrice(120000000000)) }
    EC2 eu-west-1 ri-3 Queued ? ? All Upfront 500 upfront
        Reservation { instance_type: "m5.large", product: "Linux/UNIX", zone: None, tenancy: Default, class: Some(Standard), is_multi_az: false, count: 1, hourly: Some(UnitPrice(0)) }
    RDS eu-west-1 db-1 Running 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z No Upfront 0 upfront
        Reservation { instance_type: "db.r6g.large", product: "postgresql", zone: None, tenancy: Default, class: None, is_multi_az: true, count: 2, hourly: Some(UnitPrice(310100000000)) }
    ElastiCache eu-west-1 c-1 Pending 2025-01-01T00:00:00Z 2028-01-01T00:00:00Z All Upfront 1000 upfront
        Reservation { instance_type: "cache.r6g.large", product: "valkey", zone: None, tenancy: Default, class: None, is_multi_az: false, count: 1, hourly: Some(UnitPrice(0)) }
    MemoryDB eu-west-1 m-1 Running 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z No Upfront 0 upfront
        Reservation { instance_type: "db.r6g.large", product: "", zone: None, tenancy: Default, class: None, is_multi_az: false, count: 2, hourly: Some(UnitPrice(205000000000)) }
    OpenSearch eu-west-1 es-1 Running 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z No Upfront 0 upfront
        Reservation { instance_type: "r6g.large.search", product: "", zone: None, tenancy: Default, class: None, is_multi_az: false, count: 4, hourly: Some(UnitPrice(108000000000)) }
    Redshift eu-west-1 rn-1 Pending 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z No Upfront 0 upfront
        Reservation { instance_type: "ra3.xlplus", product: "", zone: None, tenancy: Default, class: None, is_multi_az: false, count: 2, hourly: None }
    Redshift Serverless eu-west-1 rs-1 Running 2025-01-01T00:00:00Z 2026-01-01T00:00:00Z No Upfront 0 upfront
        Reservation { instance_type: "", product: "", zone: None, tenancy: Default, class: None, is_multi_az: false, count: 16, hourly: Some(UnitPrice(270000000000)) }
    "#);
}

/// What a fee covers, as a bill's fee rows are matched with usage; or why nobody can tell.
fn covers(kind: &FeeKind) -> String {
    match kind {
        FeeKind::Plan { offering, recurring } => format!("{offering}, {recurring} an hour"),
        FeeKind::Reservation { sku, facts, factor, zone, count, hourly, is_convertible } => {
            let attributes = Attributes {
                service: &sku.service,
                region: &sku.region,
                usage_type: &sku.usage_type,
                operation: &sku.operation,
                instance_type: &facts.instance_type,
                tenancy: &facts.tenancy,
                deployment: &facts.deployment,
                cache_engine: &facts.cache_engine,
                ..Attributes::default()
            };
            let covered = match attributes.covers(zone.is_some(), *factor, &Sizes::published()) {
                Ok((Covers::Family(family), factor)) => format!("family {family}, {} thousandths each", factor.thousandths()),
                Ok((Covers::Exact(exact), _)) => format!("exactly {exact}"),
                Err(gap) => format!("nothing that is known: {gap}"),
            };
            format!("{count} at {hourly} an hour, convertible {is_convertible:?}, {covered}")
        }
    }
}

#[test]
fn what_is_held_covers_what_the_simulator_knows_or_says_why_not() {
    let inventory = read(&Fake::new(documented), &["eu-west-1"]).unwrap();
    let lines = inventory.holdings().map(|holding| match holding.fee() {
        Err(reason) => format!("{}: {reason}", holding.id),
        Ok(fee) => {
            let Term { start, seconds, retired } = fee.term;
            let retired = retired.map(|at| format!(", gone after {} days", (at - start) / 86_400)).unwrap_or_default();
            let days = seconds / 86_400;
            format!("{}: {}\n    {days} days{retired}, {} upfront, {}", holding.id, fee.id, fee.upfront, covers(&fee.kind))
        }
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    sp-1: arn:aws:savingsplans::111122223333:savingsplan/sp-1
        1095 days, 131400 upfront, Compute 3yr Partial Upfront, 5 an hour
    sp-2: arn:aws:savingsplans::111122223333:savingsplan/sp-2
        365 days, 0 upfront, EC2 Instance 1yr No Upfront m5 eu-west-1, 0.123 an hour
    sp-3: it never ran
    sp-4: it was returned, and when is not known
    sp-5: arn:aws:savingsplans::111122223333:savingsplan/sp-5
        365 days, 8.76 upfront, SageMaker 1yr All Upfront, 0 an hour
    ri-1: arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-1
        365 days, 750 upfront, 3 at 0.0285 an hour, convertible Some(true), family EC2 eu-west-1 m5 RunInstances default, 4000 thousandths each
    ri-2: arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-2
        365 days, gone after 152 days, 0 upfront, 1 at 0.12 an hour, convertible Some(false), exactly EC2 eu-west-1 c5.xlarge RunInstances:0002 dedicated
    ri-3: its start is not known
    db-1: arn:aws:rds:eu-west-1:111122223333:ri:db-1
        365 days, 0 upfront, 2 at 0.3101 an hour, convertible None, family RDS eu-west-1 r6g PostgreSQL, 8000 thousandths each
    c-1: arn:aws:elasticache:eu-west-1:111122223333:reserved-instance:c-1
        1095 days, 1000 upfront, 1 at 0 an hour, convertible None, family ElastiCache eu-west-1 r6g Valkey, 3200 thousandths each
    m-1: arn:aws:memorydb:eu-west-1:111122223333:reservednode/m-1
        365 days, 0 upfront, 2 at 0.205 an hour, convertible None, nothing that is known: AmazonMemoryDB `NodeHeavyUsage:db.r6g.large` (operation ``) names no engine that a rule is known for; it is taken as matching nothing
    es-1: es-1
        365 days, 0 upfront, 4 at 0.108 an hour, convertible None, exactly OpenSearch eu-west-1 r6g.large.search
    rn-1: it is charged by something else than the hour
    rs-1: arn:aws:redshift-serverless:eu-west-1:111122223333:reservation/rs-1
        365 days, 0 upfront, 16 at 0.27 an hour, convertible None, nothing that is known: no rule says what a reservation of AmazonRedshift `ServerlessHeavyUsage:` covers; its usage is taken as not covered
    ");
}

#[test]
fn a_commitment_of_a_bill_is_found_among_what_is_held() {
    let inventory = read(&Fake::new(documented), &["eu-west-1"]).unwrap();
    let found = |name: &str| {
        let commitment = CommitmentId(name.to_owned());
        inventory.holdings().filter(|holding| holding.is_billed_as(&commitment)).map(|holding| holding.id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(found("arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-1"), ["ri-1"]);
    assert_eq!(found("arn:aws:ec2:eu-west-2:111122223333:reserved-instances/ri-1"), [""; 0]);
    assert_eq!(found("arn:aws:es:eu-west-1:111122223333:reserved-instances/es-1"), ["es-1"]);
    assert_eq!(found("arn:aws:rds:eu-west-1:111122223333:ri:db-1"), ["db-1"]);
}

/// Nobody lends.
struct Broke;

#[async_trait]
impl Lender for Broke {
    async fn lend(&self) -> Result<Credentials, CredentialsFault> {
        Err(CredentialsFault::NoneFound)
    }

    async fn forget(&self) {}
}

#[test]
fn without_credentials_there_is_no_inventory_at_all() {
    let world = World::new([]);
    let client = Client::new(world.shared(Money::ZERO), Arc::new(Broke), Place::new("eu-west-1"), "111122223333");
    let error = run(live(&client, &["eu-west-1".to_owned()])).unwrap_err();
    assert!(matches!(error, LiveError::NoCredentials { .. }));
    insta::assert_snapshot!(format!("{error}: {}", std::error::Error::source(&error).unwrap()), @"the inventory cannot be read: no credentials for savingsplans:DescribeSavingsPlans");
    let nobody = Client::new(world.shared(Money::ZERO), Arc::new(Broke), Place::new("eu-west-1"), "");
    insta::assert_snapshot!(run(live(&nobody, &["eu-west-1".to_owned()])).unwrap_err(), @"whose inventory this is cannot be told");
    assert_eq!(world.sendings(), 0);
}

#[test]
fn a_part_that_cannot_be_read_never_reads_as_nothing_there() {
    let fake = Fake::new(|asked| match (asked.name.as_str(), asked.region.as_str()) {
        ("savingsplans:DescribeSavingsPlans", _) => Reply::Fault("AccessDeniedException", 403),
        ("ec2:DescribeReservedInstances", "eu-west-1") => Reply::Fault("UnauthorizedOperation", 403),
        ("ec2:DescribeReservedInstances", "ap-east-1") => Reply::Fault("AuthFailure", 401),
        ("redshift-serverless:ListReservations", "ap-east-1") => Reply::Nobody,
        ("memorydb:DescribeReservedNodes", "ap-east-1") => Reply::Fault("SubscriptionRequiredException", 400),
        ("opensearch:DescribeReservedInstances", "ap-east-1") => Reply::Fault("InternalException", 500),
        ("rds:DescribeReservedDBInstances", "ap-east-1") => {
            Reply::Body("<DescribeReservedDBInstancesResponse><DescribeReservedDBInstancesResult/></DescribeReservedDBInstancesResponse>")
        }
        _ => documented(asked),
    });
    let inventory = read(&fake, &["eu-west-1", "ap-east-1", "eu-west-1"]).unwrap();
    assert_eq!(inventory.parts.len(), 1 + 2 * 7);
    assert!(!inventory.is_whole());
    let unread = inventory
        .unread()
        .map(|(part, unread)| format!("{} {}: {unread}: {}", part.service, part.region.as_deref().unwrap_or("everywhere"), unread.error));
    insta::assert_snapshot!(unread.collect::<Vec<_>>().join("\n"), @"
    Savings Plans everywhere: the role may not look: savingsplans:DescribeSavingsPlans failed (request req-0)
    EC2 ap-east-1: the region takes no credentials of this account: ec2:DescribeReservedInstances failed (request req-0)
    RDS ap-east-1: the read failed: rds:DescribeReservedDBInstances: the answer has no ReservedDBInstances
    MemoryDB ap-east-1: not offered here: memorydb:DescribeReservedNodes failed (request req-0)
    OpenSearch ap-east-1: the read failed: opensearch:DescribeReservedInstances failed (request req-0)
    Redshift Serverless ap-east-1: nobody answers: redshift-serverless:ListReservations has no answer
    EC2 eu-west-1: the role may not look: ec2:DescribeReservedInstances failed (request req-0)
    ");
}

#[test]
fn an_inventory_of_no_region_is_refused() {
    let fake = Fake::new(documented);
    insta::assert_snapshot!(read(&fake, &[]).unwrap_err(), @"no region was named to look in");
    assert_eq!(fake.names(), Vec::<String>::new());
}

#[test]
fn what_a_partition_does_not_sell_is_not_asked_for_and_leaves_no_gap() {
    let fake =
        Fake::new(
            |asked| if asked.name.starts_with("savingsplans:") { panic!("GovCloud has no {}", asked.name) } else { documented(asked) },
        );
    let inventory = run(live(&fake.client().0.in_region("us-gov-west-1"), &["us-gov-west-1".to_owned()])).unwrap();
    assert!(inventory.is_whole());
    let plans: Vec<_> = inventory.parts.iter().filter(|part| part.service == Service::SavingsPlans).collect();
    assert!(matches!(plans.as_slice(), [only] if only.held.as_ref().is_ok_and(Vec::is_empty)));
}
