//! What is ordered: each kind of step, on what has to be there for it.

use super::chance::Chance;
use super::stage::{REGION, find, words};
use crate::{Aws, Held, LiveAws, Standing};
use tenor_aws::answer::PaymentOption;
use tenor_aws::changes::{OwnTags, Token, ec2 as alter, plans as buy, redshift as nodes};
use tenor_aws::client::Client;
use tenor_aws::reads::{ec2, elasticache, memorydb, opensearch, plans, rds, redshift, serverless};
use tenor_bill::AccountId;
use tenor_ledger::{Moment, Text};
use tenor_money::Money;
use tenor_order::{Action, Asked, Details, Price, Service, Step, Target, obligation};
use tenor_propose::proposal::Kind;
use tenor_sandbox::Direct;

const YEAR: i64 = 31_536_000;
const DAY: i64 = 86_400;

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scenario {
    /// Two things bought of a service.
    Buy(Service),
    /// A plan or a reservation queued.
    Queue(Service),
    /// What was queued is taken back.
    Cancel(Service),
    /// A plan is returned.
    Return,
    /// A reservation is put in the whole Region.
    Modify,
    /// A convertible one is exchanged.
    Exchange,
    /// A node is exchanged for its successor.
    Succeed,
    /// A reservation is put on sale.
    List,
    /// And taken off it.
    Unlist,
}

/// All of them.
pub(super) const SCENARIOS: [Scenario; 19] = [
    Scenario::Buy(Service::SavingsPlans),
    Scenario::Buy(Service::Ec2),
    Scenario::Buy(Service::Ec2),
    Scenario::Buy(Service::Rds),
    Scenario::Buy(Service::ElastiCache),
    Scenario::Buy(Service::MemoryDb),
    Scenario::Buy(Service::OpenSearch),
    Scenario::Buy(Service::Redshift),
    Scenario::Buy(Service::RedshiftServerless),
    Scenario::Queue(Service::SavingsPlans),
    Scenario::Queue(Service::Ec2),
    Scenario::Cancel(Service::SavingsPlans),
    Scenario::Cancel(Service::Ec2),
    Scenario::Return,
    Scenario::Modify,
    Scenario::Exchange,
    Scenario::Succeed,
    Scenario::List,
    Scenario::Unlist,
];

impl Scenario {
    pub(super) fn name(self) -> String {
        format!("{self:?}")
    }

    /// Whether its steps buy something.
    pub(super) const fn buys(self) -> bool {
        matches!(self, Self::Buy(_) | Self::Queue(_))
    }

    /// Whether it happens in a thousand runs that a person has to say what became of it: only where AWS knows a call by nothing.
    pub(super) const fn can_be_held(self) -> bool {
        matches!(self, Self::Buy(Service::Ec2 | Service::Redshift) | Self::Queue(Service::Ec2))
    }

    /// The steps of its order, and what has to be there before.
    pub(super) async fn steps(
        self,
        client: &Client,
        aws: &LiveAws,
        account: &AccountId,
        pass: &mut dyn FnMut(i64),
        chance: &mut Chance,
    ) -> Vec<Step> {
        let shop = Shop { client, aws, account };
        let count = |chance: &mut Chance| (1 + chance.below(3)).to_string();
        match self {
            Self::Buy(service) => {
                let mut offers = shop.offers(service).await;
                let two = [offers.remove(0), offers.remove(chance.below(offers.len().min(3)))];
                let mut steps = Vec::new();
                for (number, offer) in (1..).zip(two) {
                    let quantity = if service == Service::SavingsPlans { format!("{}.5", number) } else { count(chance) };
                    steps.push(shop.priced(number, service, Action::Buy, &offer, &quantity, None).await);
                }
                steps
            }
            Self::Queue(service) => {
                let starts = Moment("2025-03-01T00:00:00Z".parse().unwrap());
                let offer = shop.offers(service).await.remove(0);
                let quantity = if service == Service::SavingsPlans { "1.5".to_owned() } else { count(chance) };
                vec![shop.priced(1, service, Action::Queue, &offer, &quantity, Some(starts)).await]
            }
            Self::Cancel(service) => {
                let id = shop.queued(service).await;
                vec![shop.on(service, Action::CancelQueued, &id, "1", None)]
            }
            Self::Return => {
                let id = shop.plan(None).await;
                pass(600);
                vec![shop.on(Service::SavingsPlans, Action::Return, &id, "1.5", None)]
            }
            Self::Modify => {
                let id = shop.instances("m5.large", ec2::OfferingClass::Standard, Some(ec2::Scope::Zone), 2).await;
                pass(600);
                let targets = vec![Target { count: 2, instance_type: None, zone: None }];
                vec![shop.on(Service::Ec2, Action::Modify, &id, "2", Some(Details::Modify { also: Vec::new(), targets }))]
            }
            Self::Exchange => shop.exchange(pass).await,
            Self::Succeed => shop.succession(pass).await,
            Self::List => {
                let id = shop.instances("m5.large", ec2::OfferingClass::Standard, Some(ec2::Scope::Region), 2).await;
                pass(31 * DAY);
                vec![shop.listing(&id)]
            }
            Self::Unlist => {
                let id = shop.instances("m5.large", ec2::OfferingClass::Standard, Some(ec2::Scope::Region), 2).await;
                pass(31 * DAY);
                let prices = vec![alter::Asked { months: 11, price: "9000".parse().unwrap() }];
                let list = alter::List { reservation: id, count: 1, prices, token: Token::new("a-listing-of-before").unwrap() };
                let listing = list.send(client).await.unwrap().remove(0).id;
                vec![shop.on(Service::Ec2, Action::CancelListing, &listing, "1", None)]
            }
        }
    }

    /// Whether what the step was to do is done.
    pub(super) fn is_done(self, step: &Step, held: &[Held], sandbox: &Direct) -> bool {
        let standing = |id: &Text| find(held, id).map(|one| one.standing);
        match self {
            Self::Cancel(_) => standing(&step.object) == Some(Standing::Deleted),
            Self::Return => matches!(standing(&step.object), Some(Standing::Returning | Standing::Returned)),
            // It may be asked for and not carried out yet.
            Self::Modify => sandbox.with(|cloud| cloud.modifications_of(step.object.as_str()) == 1),
            Self::Exchange | Self::Succeed => step.details.iter().flat_map(Details::given).all(|id| standing(id) == Some(Standing::Ended)),
            Self::List => sandbox.with(|cloud| cloud.open_listings_of(step.object.as_str()) == 1),
            Self::Unlist => !sandbox.with(|cloud| cloud.is_listing_open(step.object.as_str())),
            Self::Buy(_) | Self::Queue(_) => false,
        }
    }
}

/// What the sandbox sells, and to whom.
struct Shop<'a> {
    client: &'a Client,
    aws: &'a LiveAws,
    account: &'a AccountId,
}

impl Shop<'_> {
    /// The ids of some offerings of a service, each of another thing.
    async fn offers(&self, service: Service) -> Vec<String> {
        let client = self.client;
        match service {
            Service::SavingsPlans => {
                let payments = vec![PaymentOption::NoUpfront];
                let which = plans::WhichOfferings { ids: Vec::new(), kinds: vec![plans::PlanType::Compute], payments, seconds: Vec::new() };
                plans::offerings(client, &which).await.unwrap().into_iter().map(|sold| sold.id).collect()
            }
            Service::Ec2 => {
                let mut all = Vec::new();
                for instance_type in ["m5.large", "c5.large"] {
                    all.extend(self.instances_on_sale(instance_type, ec2::OfferingClass::Standard, Some(ec2::Scope::Region)).await);
                }
                all
            }
            Service::Rds => rds::offerings(client, None).await.unwrap().into_iter().map(|sold| sold.id).collect(),
            Service::ElastiCache => elasticache::offerings(client, None).await.unwrap().into_iter().map(|sold| sold.id).collect(),
            Service::MemoryDb => memorydb::offerings(client, None).await.unwrap().into_iter().map(|sold| sold.id).collect(),
            Service::OpenSearch => opensearch::offerings(client, None).await.unwrap().into_iter().map(|sold| sold.id).collect(),
            Service::Redshift => redshift::offerings(client, None).await.unwrap().into_iter().map(|sold| sold.id).collect(),
            Service::RedshiftServerless => serverless::offerings(client).await.unwrap().into_iter().map(|sold| sold.id).collect(),
            Service::DynamoDb => unreachable!("AWS sells it in its console alone"),
        }
    }

    async fn instances_on_sale(&self, instance_type: &str, class: ec2::OfferingClass, scope: Option<ec2::Scope>) -> Vec<String> {
        let which = ec2::WhichOfferings {
            instance_type: Some(instance_type.to_owned()),
            product: Some("Linux/UNIX".to_owned()),
            class: Some(class),
            payment: Some(PaymentOption::NoUpfront),
            seconds: Some((YEAR, YEAR)),
            ..ec2::WhichOfferings::default()
        };
        let all = ec2::offerings(self.client, &which).await.unwrap();
        all.into_iter().filter(|sold| scope.is_none() || sold.scope == scope).map(|sold| sold.id).collect()
    }

    /// A step that costs what its offering costs.
    async fn priced(&self, number: u32, service: Service, action: Action, offer: &str, quantity: &str, starts: Option<Moment>) -> Step {
        let kind = (service == Service::SavingsPlans).then_some(Kind::ComputePlan);
        let draft = Step { number, kind, starts, deadline: starts, ..self.on(service, action, offer, quantity, None) };
        let price = self.aws.price(&draft).await.unwrap();
        with_price(draft, &price)
    }

    /// A step on something, which costs nothing.
    fn on(&self, service: Service, action: Action, object: &str, quantity: &str, details: Option<Details>) -> Step {
        Step {
            number: 1,
            action,
            service,
            account: self.account.clone(),
            region: (service != Service::SavingsPlans).then(|| REGION.parse().unwrap()),
            kind: None,
            term: None,
            payment: None,
            goods: words("-"),
            object: words(object),
            quantity: words(quantity),
            starts: None,
            deadline: None,
            ceiling_hourly: Money::ZERO,
            ceiling_upfront: Money::ZERO,
            obligation: Money::ZERO,
            details,
        }
    }

    /// Buys a plan, or queues one.
    async fn plan(&self, start: Option<&str>) -> String {
        let create = buy::CreatePlan {
            offering: self.offers(Service::SavingsPlans).await.remove(0),
            commitment: "1.5".parse().unwrap(),
            upfront: None,
            start: start.map(|start| start.parse().unwrap()),
            token: Token::new("a-purchase-of-before").unwrap(),
            tags: OwnTags::default(),
        };
        create.send(self.client).await.unwrap()
    }

    async fn queued(&self, service: Service) -> String {
        let start = "2025-04-01T00:00:00Z";
        if service == Service::SavingsPlans {
            return self.plan(Some(start)).await;
        }
        let offering = self.offers(service).await.remove(0);
        let start = Some(start.parse().unwrap());
        alter::Purchase { offering, count: 1, limit: None, start }.send(self.client).await.unwrap()
    }

    async fn instances(&self, instance_type: &str, class: ec2::OfferingClass, scope: Option<ec2::Scope>, count: u32) -> String {
        let offering = self.instances_on_sale(instance_type, class, scope).await.remove(0);
        alter::Purchase { offering, count, limit: None, start: None }.send(self.client).await.unwrap()
    }

    async fn exchange(&self, pass: &mut dyn FnMut(i64)) -> Vec<Step> {
        let given = self.instances("m5.large", ec2::OfferingClass::Convertible, Some(ec2::Scope::Region), 1).await;
        pass(600);
        let wanted = self.instances_on_sale("m5.xlarge", ec2::OfferingClass::Convertible, Some(ec2::Scope::Region)).await.remove(0);
        let details = Some(Details::Exchange { given: vec![words(&given)] });
        let draft = self.on(Service::Ec2, Action::Exchange, &wanted, "1", details);
        let price = self.aws.price(&draft).await.unwrap();
        vec![with_price(draft, &price)]
    }

    async fn succession(&self, pass: &mut dyn FnMut(i64)) -> Vec<Step> {
        let all = redshift::offerings(self.client, None).await.unwrap();
        let offering = all.into_iter().find(|sold| sold.node_type.starts_with("dc1")).unwrap().id;
        let node = nodes::Purchase { offering, count: 1 }.send(self.client).await.unwrap().id;
        pass(600);
        let wanted = redshift::exchange_offerings(self.client, &node).await.unwrap().remove(0).id;
        let draft = self.on(Service::Redshift, Action::Exchange, &wanted, "1", Some(Details::Exchange { given: vec![words(&node)] }));
        let price = self.aws.price(&draft).await.unwrap();
        vec![with_price(draft, &price)]
    }

    fn listing(&self, id: &str) -> Step {
        let prices = vec![Asked { months: 11, price: "9000".parse().unwrap() }];
        self.on(Service::Ec2, Action::List, id, "1", Some(Details::List { prices }))
    }
}

/// The same with what all of it costs as its ceilings.
fn with_price(draft: Step, price: &Price) -> Step {
    let offering = price.offering.clone();
    Step {
        goods: offering.goods,
        region: offering.region,
        kind: Some(offering.kind),
        term: Some(offering.term),
        payment: Some(offering.payment),
        ceiling_hourly: price.hourly,
        ceiling_upfront: price.upfront,
        obligation: obligation(offering.term, price.hourly, price.upfront),
        ..draft
    }
}
