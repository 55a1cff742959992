//! Every operation against the sandbox: what is bought, altered and asked there is understood.

use crate::adapters::reads::{costs, span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tenor_aws::answer::{Arn, PaymentOption, Span};
use tenor_aws::changes::explorer::{Added, Aim, Analyze, GenerateRecommendations};
use tenor_aws::changes::plans::{CreatePlan, DeleteQueuedPlan, ReturnPlan};
use tenor_aws::changes::quotas::{RaiseQuota, make_role};
use tenor_aws::changes::reports::{CreateExport, Destination, PutReport};
use tenor_aws::changes::reserved::NamedPurchase;
use tenor_aws::changes::{
    OwnName, OwnTags, PurchaseName, Token, ec2 as alter, redshift as redshift_changes, serverless as serverless_changes,
};
use tenor_aws::client::{
    CallRecord, CallSink, Client, Credentials, Fixed, HttpTransport, Meter, Outcome, Place, Shared, SystemClock, Throttle,
};
use tenor_aws::inventory;
use tenor_aws::reads::explorer::{self, Filter, Granularity, GroupBy, SoldPlan, TermYears};
use tenor_aws::reads::role::{Context, Simulation};
use tenor_aws::reads::{
    accounts, cloudtrail, ec2, elasticache, exports, identity, memorydb, opensearch, plans, pricing, quotas, rds, redshift, reports, role,
    serverless, sharing,
};
use tenor_permit::{Channel, operations};
use tenor_sandbox::{Cloud, Control, Order, Server, Setup};
use tenor_wire::Secret;

const DAY: i64 = 86_400;
/// A year.
const YEAR: i64 = 365 * DAY;

/// A sandbox that listens, and whoever pays in it.
struct Rehearsal {
    payer: Client,
    control: Control,
    good: Arc<Good>,
    /// The ARN of a role in the payer's account.
    role: String,
}

/// The operations that were answered well.
#[derive(Default)]
struct Good(Mutex<BTreeSet<String>>);

impl CallSink for Good {
    fn record(&self, record: &CallRecord) {
        if record.outcome == Outcome::Good {
            self.0.lock().unwrap().insert(format!("{}:{}", record.service, record.operation));
        }
    }
}

impl Rehearsal {
    async fn start() -> Self {
        let setup = Setup { seed: 7, secret: 7, accounts: 8, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 };
        let mut cloud = Cloud::new(setup);
        let keys = cloud.keys()[0].clone();
        let parameters = [("ExternalId".to_owned(), "0123456789abcdef".to_owned())].into();
        let deploy = Order::Deploy { account: keys.account.clone(), template: TEMPLATE.to_owned(), parameters };
        let role = deploy.apply(&mut cloud).unwrap();
        let server =
            Server::bind(cloud, None, "127.0.0.1:0".parse().unwrap(), jiff::Timestamp::now, "the test's own".to_owned()).await.unwrap();
        let (endpoint, control) = (format!("http://{}", server.address()), server.control());
        tokio::spawn(server.run(std::future::pending()));
        let good = Arc::new(Good::default());
        let shared = Shared {
            transport: Arc::new(HttpTransport::default()),
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemClock),
            throttle: Throttle::default(),
            purse: Arc::new(Meter::unlimited()),
            sink: Arc::clone(&good) as _,
        };
        let credentials = Credentials { key_id: keys.access_key, secret_key: Secret::new(keys.secret_key), session_token: None, end: None };
        let place = Place { endpoint: Some(endpoint), ..Place::new("us-east-1") };
        let payer = Client::new(Arc::new(shared), Arc::new(Fixed(credentials)), place, &keys.account);
        Self { payer, control, good, role }
    }

    fn advance(&self, seconds: i64) {
        self.control.pass(seconds).unwrap();
    }
}

fn token(number: u32) -> Token {
    Token::new(&format!("0b7f8f4e-0000-4000-8000-{number:012}")).unwrap()
}

fn plan_offerings() -> plans::WhichOfferings {
    let (kinds, payments) = (vec![plans::PlanType::Compute], vec![PaymentOption::NoUpfront]);
    plans::WhichOfferings { ids: Vec::new(), kinds, payments, seconds: vec![YEAR] }
}

/// Plans bought, queued, taken out of the queue and returned; what is on sale and at which rates.
async fn savings_plans(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    let offering = plans::offerings(payer, &plan_offerings()).await.unwrap().remove(0).id;
    let buy = |number, start| CreatePlan {
        offering: offering.clone(),
        commitment: "1.5".parse().unwrap(),
        upfront: None,
        start,
        token: token(number),
        tags: OwnTags([("order".to_owned(), "7".to_owned())].into()),
    };
    let kept = buy(1, None).send(payer).await.unwrap();
    assert_eq!(buy(1, None).send(payer).await.unwrap(), kept, "asked again, it is the same plan");
    let returned = buy(2, None).send(payer).await.unwrap();
    let queued = buy(3, Some("2025-06-01T00:00:00Z".parse().unwrap())).send(payer).await.unwrap();
    rehearsal.advance(3_600);
    let returned = ReturnPlan { plan: returned, token: token(4) }.send(payer).await.unwrap();
    DeleteQueuedPlan { plan: queued.clone() }.send(payer).await.unwrap();
    rehearsal.advance(3_600);
    let held: BTreeMap<String, plans::Plan> = plans::plans(payer).await.unwrap().into_iter().map(|plan| (plan.id.clone(), plan)).collect();
    let state = |id: &String| &held[id].state;
    assert_eq!((state(&kept), state(&returned)), (&plans::PlanState::Active, &plans::PlanState::Returned));
    assert!(held.get(&queued).is_none_or(|plan| plan.state == plans::PlanState::QueuedDeleted));
    assert_eq!(held[&kept].commitment, "1.5".parse().unwrap());
    assert!(!plans::rates(payer, &kept).await.unwrap().is_empty());
    assert!(plans::tags(payer, &held[&kept].arn).await.unwrap().0.values().any(|value| value == "7"));
    let which = plans::WhichRates { offerings: vec![offering], services: vec!["AmazonEC2".to_owned()], ..plans::WhichRates::default() };
    assert!(!plans::offering_rates(payer, &which).await.unwrap().is_empty());
}

fn ec2_offerings(instance_type: &str, class: ec2::OfferingClass) -> ec2::WhichOfferings {
    ec2::WhichOfferings {
        instance_type: Some(instance_type.to_owned()),
        product: Some("Linux/UNIX".to_owned()),
        class: Some(class),
        payment: Some(PaymentOption::NoUpfront),
        seconds: Some((YEAR, YEAR)),
        ..ec2::WhichOfferings::default()
    }
}

async fn regional(payer: &Client, instance_type: &str, class: ec2::OfferingClass) -> String {
    let all = ec2::offerings(payer, &ec2_offerings(instance_type, class)).await.unwrap();
    all.into_iter().find(|offering| offering.scope == Some(ec2::Scope::Region)).unwrap().id
}

/// Instances reserved, queued, split, exchanged, and offered to others.
async fn instances(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    let standard = regional(payer, "m5.large", ec2::OfferingClass::Standard).await;
    let buy = |offering: &str, count, start| alter::Purchase { offering: offering.to_owned(), count, limit: None, start };
    let kept = buy(&standard, 2, None).send(payer).await.unwrap();
    let tags = OwnTags([("order".to_owned(), "7".to_owned())].into());
    alter::Tag { reservations: vec![kept.clone()], tags }.send(payer).await.unwrap();
    let queued = buy(&standard, 1, Some("2025-06-01T00:00:00Z".parse().unwrap())).send(payer).await.unwrap();
    let deleted = alter::DeleteQueued { reservations: vec![queued.clone()] }.send(payer).await.unwrap();
    assert!(format!("{deleted:?}").contains(&queued), "{deleted:?}");
    let convertible = buy(&regional(payer, "m5.large", ec2::OfferingClass::Convertible).await, 1, None).send(payer).await.unwrap();
    rehearsal.advance(3_600);
    let larger = regional(payer, "m5.xlarge", ec2::OfferingClass::Convertible).await;
    let quote = ec2::exchange_quote(payer, std::slice::from_ref(&convertible), &larger).await.unwrap();
    assert!(quote.is_valid, "{quote:?}");
    let exchanged = alter::Exchange { given: vec![convertible], offering: larger }.send(payer).await.unwrap();
    let target = alter::Target { count: 1, instance_type: Some("m5.xlarge".to_owned()), place: alter::Place::Region };
    let modify = alter::Modify { reservations: vec![kept], targets: vec![target], token: token(5) };
    let modification = modify.send(payer).await.unwrap();
    rehearsal.advance(3_600);
    let modifications = ec2::modifications(payer, None).await.unwrap();
    let [only] = modifications.as_slice() else { panic!("{modifications:?}") };
    assert_eq!((&only.id, &only.status), (&modification, &ec2::ModificationStatus::Fulfilled));
    let held = ec2::reserved_instances(payer).await.unwrap();
    assert!(held.iter().any(|held| format!("{held:?}").contains("m5.xlarge")) && !exchanged.is_empty(), "{held:?}");
}

/// A quota read, raised, and read again.
async fn raised(rehearsal: &Rehearsal) {
    let (payer, code) = (&rehearsal.payer, "L-D0B7243C");
    assert_eq!(make_role(payer).await.unwrap().name, "AWSServiceRoleForServiceQuotas");
    assert_eq!(quotas::quota(payer, "ec2", code).await.unwrap_err().code(), Some("NoSuchResourceException"));
    assert_eq!(quotas::default_quota(payer, "ec2", code).await.unwrap().value, Some("20".parse().unwrap()));
    let asked = RaiseQuota { service: "ec2".to_owned(), code: code.to_owned(), desired: 60 }.send(payer).await.unwrap();
    assert!(asked.is_open());
    rehearsal.advance(3_600);
    let found = quotas::requests(payer, "ec2", code).await.unwrap();
    assert_eq!((&found[0].id, &found[0].status), (&asked.id, &quotas::RequestStatus::Approved));
    assert_eq!(quotas::quota(payer, "ec2", code).await.unwrap().value, Some("60".parse().unwrap()));
}

/// What is sold on the marketplace has run for thirty days.
async fn marketplace(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    let offering = regional(payer, "c5.large", ec2::OfferingClass::Standard).await;
    let reservation = alter::Purchase { offering, count: 2, limit: None, start: None }.send(payer).await.unwrap();
    rehearsal.advance(35 * DAY);
    let prices =
        vec![alter::Asked { months: 11, price: "20.5".parse().unwrap() }, alter::Asked { months: 5, price: "10".parse().unwrap() }];
    let listed = alter::List { reservation, count: 2, prices, token: token(6) }.send(payer).await.unwrap();
    let id = listed[0].id.clone();
    assert_eq!(ec2::listings(payer).await.unwrap()[0].id, id);
    // AWS looks at a listing before it is on sale.
    rehearsal.advance(3_600);
    let cancelled = alter::CancelListing { listing: id.clone() }.send(payer).await.unwrap();
    assert_eq!((&cancelled[0].id, &cancelled[0].status), (&id, &ec2::ListingStatus::Cancelled));
}

/// A database's nodes of every service, each bought under a name where the service takes one.
async fn databases(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    let named = |offering: &str, name: &str| NamedPurchase {
        offering: offering.to_owned(),
        count: 2,
        name: PurchaseName::new(name).unwrap(),
        tags: OwnTags::default(),
    };
    let offering = rds::offerings(payer, None).await.unwrap().remove(0).id;
    assert_eq!(named(&offering, "tenor-7-1").of_rds(payer).await.unwrap().id, "tenor-7-1");
    let again = named(&offering, "tenor-7-1").of_rds(payer).await.unwrap_err();
    assert_eq!(again.code(), Some("ReservedDBInstanceAlreadyExists"));
    let offering = elasticache::offerings(payer, None).await.unwrap().remove(0).id;
    assert_eq!(named(&offering, "tenor-7-2").of_elasticache(payer).await.unwrap().id, "tenor-7-2");
    let offering = memorydb::offerings(payer, None).await.unwrap().remove(0).id;
    assert_eq!(named(&offering, "tenor-7-3").of_memorydb(payer).await.unwrap().id, "tenor-7-3");
    let offering = opensearch::offerings(payer, None).await.unwrap().remove(0).id;
    let bought = named(&offering, "tenor-7-4").of_opensearch(payer).await.unwrap();
    assert!(format!("{bought:?}").contains("tenor-7-4"), "{bought:?}");
    let offering = serverless::offerings(payer).await.unwrap().remove(0).id;
    assert_eq!(serverless::offering(payer, &offering).await.unwrap().id, offering);
    let purchase = serverless_changes::Purchase { offering, capacity: 8, token: token(7) };
    assert_eq!(purchase.send(payer).await.unwrap().capacity, 8);
    nodes(rehearsal).await;
    rehearsal.advance(3_600);
    assert_eq!(rds::reserved_instances(payer).await.unwrap().len(), 1);
    assert_eq!(elasticache::reserved_nodes(payer).await.unwrap().len(), 1);
    assert_eq!(memorydb::reserved_nodes(payer).await.unwrap().len(), 1);
    assert_eq!(opensearch::reserved_instances(payer).await.unwrap().len(), 1);
    assert_eq!(serverless::reservations(payer).await.unwrap().len(), 1);
}

/// Redshift's nodes, of which the old kinds can be exchanged for RA3.
async fn nodes(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    let sold = redshift::offerings(payer, None).await.unwrap();
    let old = sold.iter().find(|offering| offering.node_type.starts_with("dc1")).unwrap();
    let bought = redshift_changes::Purchase { offering: old.id.clone(), count: 4 }.send(payer).await.unwrap();
    rehearsal.advance(3_600);
    let target = redshift::exchange_offerings(payer, &bought.id).await.unwrap().remove(0).id;
    let exchanged = redshift_changes::Exchange { node: bought.id.clone(), offering: target }.send(payer).await.unwrap();
    assert_ne!(exchanged.id, bought.id);
    rehearsal.advance(3_600);
    assert!(!redshift::exchanges(payer, Some(&bought.id)).await.unwrap().is_empty());
    assert_eq!(redshift::reserved_nodes(payer).await.unwrap().len(), 2);
}

/// A role as a connection's template makes one.
const TEMPLATE: &str = r#"{"Parameters": {"ExternalId": {"Type": "String"}}, "Resources": {
"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "Tenor", "Path": "/tenor/", "MaxSessionDuration": 3600, "Tags": [{"Key": "tenor:policy-version", "Value": "1"}],
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:user/administrator"}},
    "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}}]},
  "Policies": [{"PolicyName": "own", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"}]}}]}},
"Reads": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": "Tenor-reads", "Path": "/tenor/", "Roles": [{"Ref": "Role"}],
  "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ce:GetTags", "Resource": "*"}]}}}}}"#;

/// Who asks, and what a role may do.
async fn identities(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    assert_eq!(identity::caller(payer).await.unwrap().account.as_str(), payer.account());
    assert!(format!("{:?}", identity::information(payer).await.unwrap()).contains(payer.account()));
    drop(identity::aliases(payer).await.unwrap());
    let found = role::role(payer, "Tenor").await.unwrap();
    assert_eq!(found.tags.0["tenor:policy-version"], "1");
    assert_eq!(role::inline_policies(payer, "Tenor").await.unwrap(), ["own"]);
    assert!(role::inline_policy(payer, "Tenor", "own").await.unwrap().0.contains("cloudtrail:LookupEvents"));
    let attached = role::attached_policies(payer, "Tenor").await.unwrap();
    let policy = role::policy(payer, &attached[0].arn).await.unwrap();
    assert!(role::policy_version(payer, &attached[0].arn, &policy.version).await.unwrap().document.0.contains("ce:GetTags"));
    let simulation = Simulation {
        principal: Arn(rehearsal.role.clone()),
        actions: vec!["ce:GetTags".to_owned(), "ec2:RunInstances".to_owned()],
        resources: vec!["*".to_owned()],
        context: vec![Context { key: "aws:RequestedRegion".to_owned(), values: vec!["us-east-1".to_owned()], kind: "string".to_owned() }],
    };
    assert_eq!(role::simulate(payer, &simulation).await.unwrap().len(), 2);
    organization(payer).await;
}

async fn organization(payer: &Client) {
    let organization = accounts::organization(payer).await.unwrap();
    assert_eq!(organization.payer.as_str(), payer.account());
    let all = accounts::accounts(payer).await.unwrap();
    assert_eq!(all.len(), 8);
    let root = accounts::roots(payer).await.unwrap().remove(0).id;
    let units = accounts::units(payer, &root).await.unwrap();
    let mut placed = accounts::accounts_under(payer, &root).await.unwrap().len();
    for unit in &units {
        placed += accounts::accounts_under(payer, &unit.id).await.unwrap().len();
    }
    assert_eq!(placed, 8);
    drop(accounts::tags(payer, all[0].id.as_str()).await.unwrap());
    assert!(!sharing::preferences(payer, &sharing::Feature::Sharing).await.unwrap().is_empty());
}

/// Reports and exports, and what things cost.
async fn papers(payer: &Client) -> Arn {
    let destination = || Destination { bucket: "bills".to_owned(), region: "us-east-1".to_owned(), prefix: "tenor".to_owned() };
    PutReport { name: OwnName::new("tenor-cur").unwrap(), destination: destination() }.send(payer).await.unwrap();
    assert_eq!(reports::reports(payer).await.unwrap().len(), 1);
    let settings = [("TIME_GRANULARITY".to_owned(), "HOURLY".to_owned())].into();
    let create = CreateExport {
        name: OwnName::new("tenor-cur2").unwrap(),
        query: "SELECT line_item_usage_amount FROM COST_AND_USAGE_REPORT".to_owned(),
        tables: [("COST_AND_USAGE_REPORT".to_owned(), settings)].into(),
        destination: destination(),
    };
    let export = create.send(payer).await.unwrap();
    assert_eq!(exports::exports(payer).await.unwrap().len(), 1);
    assert!(format!("{:?}", exports::export(payer, &export).await.unwrap()).contains("tenor-cur2"));
    assert!(exports::executions(payer, &export).await.unwrap().is_empty());
    export
}

/// The delivery of a month, once it is over.
async fn delivered(payer: &Client, export: &Arn) {
    let executions = exports::executions(payer, export).await.unwrap();
    let execution = executions.first().expect("a month is over");
    assert!(format!("{:?}", exports::execution(payer, export, &execution.id).await.unwrap()).contains("tenor-cur2"));
}

async fn prices(payer: &Client) {
    assert!(!pricing::services(payer).await.unwrap().is_empty());
    assert!(!pricing::attribute_values(payer, "AmazonEC2", "instanceType").await.unwrap().is_empty());
    let having = pricing::Having { attribute: "instanceType".to_owned(), value: "m5.large".to_owned() };
    assert!(!pricing::products(payer, "AmazonEC2", &[having]).await.unwrap().is_empty());
    let lists = pricing::price_lists(payer, "AmazonEC2", Some("us-east-1"), "2025-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
    assert!(pricing::file_url(payer, &lists[0].arn, "json").await.unwrap().starts_with("http"));
}

fn months(first: &str, end: &str) -> Span {
    Span { start: first.parse().unwrap(), end: end.parse().unwrap() }
}

/// What Cost Explorer tells of January, and of February beside it.
async fn explored(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    let january = months("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z");
    let february = months("2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z");
    assert_eq!(january, span());
    let whole = explorer::costs(payer, &explorer::Costs { filter: Filter::All, ..costs() }).await.unwrap();
    assert_eq!(whole.slices.len(), 31);
    assert!(whole.slices.iter().all(|slice| !slice.groups.is_empty()));
    let which = explorer::WhichValues { span: january, filter: Filter::All, search: None };
    assert!(!explorer::dimension_values(payer, "SERVICE", &which).await.unwrap().is_empty());
    assert!(!explorer::tag_values(payer, Some("Team"), &which).await.unwrap().is_empty());
    assert!(!explorer::cost_category_values(payer, Some("BusinessUnit"), &which).await.unwrap().is_empty());
    let metric = explorer::MetricName::Unblended;
    let comparison = explorer::Comparison { before: january, after: february, metric, filter: Filter::All, group_by: Vec::new() };
    drop((explorer::changes(payer, &comparison).await.unwrap(), explorer::drivers(payer, &comparison).await.unwrap()));
    let (monthly, all) = (Granularity::Monthly, Filter::All);
    assert!(!explorer::plan_coverage(payer, january, &monthly, &all, &[]).await.unwrap().is_empty());
    assert!(!explorer::reservation_coverage(payer, january, &monthly, &all, &[]).await.unwrap().times.is_empty());
    drop(explorer::plan_utilization(payer, january, &monthly, &all).await.unwrap());
    drop(explorer::utilization_by_plan(payer, january, &all).await.unwrap());
    let by = [GroupBy::Dimension("SUBSCRIPTION_ID".to_owned())];
    drop(explorer::reservation_utilization(payer, january, &monthly, &all, &by).await.unwrap());
    advised(rehearsal).await;
}

/// What AWS recommends, and has worked out on request.
async fn advised(rehearsal: &Rehearsal) {
    let payer = &rehearsal.payer;
    let which = explorer::RecommendedPlans {
        kind: SoldPlan::Compute,
        term: TermYears::One,
        payment: PaymentOption::NoUpfront,
        scope: explorer::AccountScope::Payer,
        lookback: explorer::Lookback::ThirtyDays,
        filter: Filter::All,
    };
    GenerateRecommendations.send(payer).await.unwrap();
    rehearsal.advance(DAY);
    assert!(!explorer::generations(payer).await.unwrap().is_empty());
    let plans = explorer::plan_recommendations(payer, &which).await.unwrap().plans;
    let detail = plans.iter().find_map(|plan| plan.detail.as_deref()).unwrap();
    drop(explorer::plan_recommendation_detail(payer, detail).await.unwrap());
    let which = explorer::RecommendedReservations {
        service: "Amazon Elastic Compute Cloud - Compute".to_owned(),
        term: TermYears::One,
        payment: PaymentOption::NoUpfront,
        class: None,
        scope: explorer::AccountScope::Payer,
        lookback: explorer::Lookback::ThirtyDays,
        filter: Filter::All,
    };
    assert!(!explorer::reservation_recommendations(payer, &which).await.unwrap().reservations.is_empty());
    let (kind, term, payment) = (SoldPlan::Compute, TermYears::One, PaymentOption::NoUpfront);
    let added = Added { kind, term, payment, family: None, commitment: Some("0.5".parse().unwrap()) };
    let span = months("2025-02-01T00:00:00Z", "2025-02-20T00:00:00Z");
    let started = Analyze { account: None, aim: Aim::Custom, added: vec![added], excluded: Vec::new(), span }.send(payer).await.unwrap();
    rehearsal.advance(DAY);
    assert!(!explorer::analyses(payer).await.unwrap().is_empty());
    drop(explorer::analysis(payer, &started.id).await.unwrap());
}

#[tokio::test]
async fn the_sandbox_answers_what_may_be_called_and_the_client_understands_it() {
    let rehearsal = Rehearsal::start().await;
    savings_plans(&rehearsal).await;
    instances(&rehearsal).await;
    databases(&rehearsal).await;
    marketplace(&rehearsal).await;
    identities(&rehearsal).await;
    raised(&rehearsal).await;
    let export = papers(&rehearsal.payer).await;
    prices(&rehearsal.payer).await;
    rehearsal.advance(30 * DAY);
    explored(&rehearsal).await;
    delivered(&rehearsal.payer, &export).await;
    let bought = cloudtrail::Attribute::Name("CreateSavingsPlan".to_owned());
    let events = cloudtrail::events(&rehearsal.payer, &bought, months("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z")).await.unwrap();
    assert!(events.iter().any(|event| event.detail.contains("1.5")), "{events:?}");
    let held = inventory::live(&rehearsal.payer, &["us-east-1".to_owned()]).await.unwrap();
    assert!(held.is_whole(), "{:?}", held.unread().map(|(part, unread)| (part.service, unread)).collect::<Vec<_>>());
    let services: BTreeSet<_> = held.holdings().map(|holding| holding.service).collect();
    assert_eq!(services.len(), 1 + inventory::Service::REGIONAL.len());
    let answered = rehearsal.good.0.lock().unwrap().clone();
    let catalogued: BTreeSet<String> =
        operations().filter(|operation| operation.channel == Channel::Codec).map(ToString::to_string).collect();
    let missing: Vec<_> = catalogued.difference(&answered).map(String::as_str).collect();
    insta::assert_snapshot!(missing.join("\n"), @"
    ce:GetCostAndUsageWithResources
    s3:CreateBucket
    s3:GetBucketLocation
    s3:PutBucketEncryption
    s3:PutBucketLifecycleConfiguration
    s3:PutBucketPolicy
    s3:PutPublicAccessBlock
    ");
}
