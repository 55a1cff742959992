//! Savings Plans: those held, those sold, and their rates.

use crate::answer::{AnswerError, Arn, Given, Input, PaymentOption, Tags, record, words};
use crate::client::Client;
use jiff::Timestamp;
use tenor_money::{Money, UnitPrice};
use tenor_wire::Value;

words! {
    /// What has become of a plan.
    pub PlanState {
        /// Its first payment is on the way.
        PaymentPending = "payment-pending",
        /// Its first payment failed: it never ran.
        PaymentFailed = "payment-failed",
        /// It runs.
        Active = "active",
        /// Its term is over.
        Retired = "retired",
        /// It starts later.
        Queued = "queued",
        /// It was to start later and was taken back.
        QueuedDeleted = "queued-deleted",
        /// It is being returned.
        PendingReturn = "pending-return",
        /// It was returned.
        Returned = "returned",
    }
}

words! {
    /// What a plan is for.
    pub PlanType {
        /// EC2, Fargate and Lambda.
        Compute = "Compute",
        /// One EC2 family in one region.
        Ec2Instance = "EC2Instance",
        /// SageMaker AI instances.
        SageMaker = "SageMaker",
        /// Databases and caches.
        Database = "Database",
    }
}

record! {
    /// A plan that is held, was held or will be.
    pub Plan {
        /// Its id.
        id: String = "savingsPlanId",
        /// Its name for policies and in bills.
        arn: Arn = "savingsPlanArn",
        /// What was bought.
        offering: Option<String> = "offeringId",
        /// AWS's words for it.
        description: Option<String> = "description",
        /// When it starts.
        start: Timestamp = "start",
        /// When it ends.
        end: Timestamp = "end",
        /// What has become of it.
        state: PlanState = "state",
        /// Of an EC2 Instance plan, its region.
        region: Option<String> = "region",
        /// Of an EC2 Instance plan, its family.
        family: Option<String> = "ec2InstanceFamily",
        /// What it is for.
        kind: PlanType = "savingsPlanType",
        /// How it is paid.
        payment: PaymentOption = "paymentOption",
        /// What it covers: `EC2`, `Fargate`.
        products: Vec<String> = "productTypes",
        /// The currency of its amounts.
        currency: String = "currency",
        /// What it commits to, for an hour.
        commitment: Money = "commitment",
        /// What was paid at its start.
        upfront: Option<Money> = "upfrontPaymentAmount",
        /// What is paid each hour.
        recurring: Option<Money> = "recurringPaymentAmount",
        /// How long its term is, in seconds.
        seconds: i64 = "termDurationInSeconds",
        /// Its tags.
        tags: Tags = "tags",
        /// Until when it can be returned; its start where it cannot.
        returnable_until: Option<Timestamp> = "returnableUntil",
    }
}

record! {
    /// A plan that is sold.
    pub Offering {
        /// Its id, by which it is bought.
        id: String = "offeringId",
        /// What it is for.
        kind: PlanType = "planType",
        /// What it covers.
        products: Vec<String> = "productTypes",
        /// AWS's words for it.
        description: Option<String> = "description",
        /// How it is paid.
        payment: PaymentOption = "paymentOption",
        /// How long its term is, in seconds.
        seconds: i64 = "durationSeconds",
        /// Its currency.
        currency: String = "currency",
        /// Its service code, in its fee rows.
        service: Option<String> = "serviceCode",
        /// Its usage type, in its fee rows.
        usage_type: Option<String> = "usageType",
        /// Its operation, in its fee rows.
        operation: Option<String> = "operation",
        /// Region and family of an EC2 Instance plan.
        properties: Vec<Property> = "properties",
    }
}

record! {
    /// Something more of an offering or a rate: `region`, `instanceFamily`, `tenancy`.
    pub Property {
        /// What.
        name: String = "name",
        /// Which.
        value: String = "value",
    }
}

record! {
    /// What a held plan charges for a usage.
    pub Rate {
        /// The price of one unit.
        rate: UnitPrice = "rate",
        /// Its currency.
        currency: Option<String> = "currency",
        /// The unit: `Hrs`.
        unit: String = "unit",
        /// The product: `EC2`.
        product: Option<String> = "productType",
        /// The service code of the usage.
        service: String = "serviceCode",
        /// The usage type.
        usage_type: String = "usageType",
        /// The operation; none where it does not matter.
        operation: Option<String> = "operation",
        /// More of the usage.
        properties: Vec<Property> = "properties",
    }
}

record! {
    /// What a plan that is sold charges for a usage.
    pub OfferingRate {
        /// The plan's offering.
        offering: RateOffering = "savingsPlanOffering",
        /// The price of one unit.
        rate: UnitPrice = "rate",
        /// The unit.
        unit: String = "unit",
        /// The product.
        product: Option<String> = "productType",
        /// The service code of the usage.
        service: String = "serviceCode",
        /// The usage type.
        usage_type: String = "usageType",
        /// The operation; none where it does not matter.
        operation: Option<String> = "operation",
        /// More of the usage.
        properties: Vec<Property> = "properties",
    }
}

record! {
    /// The offering that a rate is of.
    pub RateOffering {
        /// Its id.
        id: String = "offeringId",
        /// What it is for.
        kind: PlanType = "planType",
        /// How it is paid.
        payment: PaymentOption = "paymentOption",
        /// How long its term is, in seconds.
        seconds: i64 = "durationSeconds",
        /// Its currency.
        currency: String = "currency",
        /// AWS's words for it.
        description: Option<String> = "planDescription",
    }
}

/// Which offerings; an empty list asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhichOfferings {
    /// By their ids.
    pub ids: Vec<String>,
    /// By what they are for.
    pub kinds: Vec<PlanType>,
    /// By how they are paid.
    pub payments: Vec<PaymentOption>,
    /// By how long they run, in seconds.
    pub seconds: Vec<i64>,
}

/// Which rates; an empty list asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhichRates {
    /// Of these offerings.
    pub offerings: Vec<String>,
    /// Of plans for these.
    pub kinds: Vec<PlanType>,
    /// Of plans paid so.
    pub payments: Vec<PaymentOption>,
    /// For usage of these services, by their codes.
    pub services: Vec<String>,
    /// For these usage types.
    pub usage_types: Vec<String>,
    /// In these regions.
    pub regions: Vec<String>,
}

/// A page of any of these answers; AWS takes no more.
const PAGE: i64 = 1000;

/// All plans of the account, in every state, queued and ended ones too.
///
/// # Errors
/// [`AnswerError`].
pub async fn plans(client: &Client) -> Result<Vec<Plan>, AnswerError> {
    client.all("savingsplans", "DescribeSavingsPlans", Input::new().with("maxResults", PAGE), "savingsPlans").await
}

/// The rates that a held plan gives.
///
/// # Errors
/// [`AnswerError`].
pub async fn rates(client: &Client, plan: &str) -> Result<Vec<Rate>, AnswerError> {
    let input = Input::new().with("savingsPlanId", plan).with("maxResults", PAGE);
    client.all("savingsplans", "DescribeSavingsPlanRates", input, "searchResults").await
}

/// The tags of a held plan.
///
/// # Errors
/// [`AnswerError`].
pub async fn tags(client: &Client, plan: &Arn) -> Result<Tags, AnswerError> {
    let input = Input::new().with("resourceArn", plan.0.as_str());
    let Given(tags) = client.one("savingsplans", "ListTagsForResource", input, "tags").await?;
    Ok(tags)
}

/// The plans that are sold.
///
/// # Errors
/// [`AnswerError`].
pub async fn offerings(client: &Client, which: &WhichOfferings) -> Result<Vec<Offering>, AnswerError> {
    let input = Input::new()
        .some("offeringIds", &which.ids)
        .some("planTypes", &which.kinds)
        .some("paymentOptions", &which.payments)
        .some("durations", &which.seconds)
        .with("maxResults", PAGE);
    client.all("savingsplans", "DescribeSavingsPlansOfferings", input, "searchResults").await
}

/// The rates of plans that are sold.
///
/// # Errors
/// [`AnswerError`].
pub async fn offering_rates(client: &Client, which: &WhichRates) -> Result<Vec<OfferingRate>, AnswerError> {
    let regions = Input::new().with("name", "region").with("values", which.regions.clone());
    let filters: &[Input] = if which.regions.is_empty() { &[] } else { &[regions] };
    let input = Input::new()
        .some("savingsPlanOfferingIds", &which.offerings)
        .some("savingsPlanTypes", &which.kinds)
        .some("savingsPlanPaymentOptions", &which.payments)
        .some("serviceCodes", &which.services)
        .some("usageTypes", &which.usage_types)
        .some("filters", filters)
        .with("maxResults", PAGE);
    client.all("savingsplans", "DescribeSavingsPlansOfferingRates", input, "searchResults").await
}

/// An input of the two amounts that Savings Plans take as text.
pub(crate) fn amount(money: Money) -> Value {
    money.to_string().into()
}
