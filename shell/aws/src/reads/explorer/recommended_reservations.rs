//! Reservations that AWS recommends.

use super::filter::Filter;
use super::words::{AccountScope, Lookback, TermYears};
use crate::answer::{AnswerError, Field, Input, PaymentOption, Read, Share, record};
use crate::client::Client;
use crate::reads::ec2::OfferingClass;
use jiff::Timestamp;
use std::collections::BTreeMap;
use tenor_bill::AccountId;
use tenor_money::{Money, Quantity};
use tenor_wire::Value;

/// What is to be recommended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecommendedReservations {
    /// Of which service, by the name that Cost Explorer has for it.
    pub service: String,
    /// How long.
    pub term: TermYears,
    /// How paid.
    pub payment: PaymentOption,
    /// Of EC2, whether it can be exchanged.
    pub class: Option<OfferingClass>,
    /// For whom.
    pub scope: AccountScope,
    /// From how much of the past.
    pub lookback: Lookback,
    /// From which usage.
    pub filter: Filter,
}

record! {
    /// A reservation that AWS recommends.
    pub RecommendedReservation {
        /// The account that would buy it.
        account: Option<AccountId> = "AccountId",
        /// What would be bought.
        what: Advised = "InstanceDetails",
        /// How many.
        count: Option<Quantity> = "RecommendedNumberOfInstancesToPurchase",
        /// In normalized units.
        units: Option<Quantity> = "RecommendedNormalizedUnitsToPurchase",
        /// The fewest that ran in an hour.
        hour_min: Option<Quantity> = "MinimumNumberOfInstancesUsedPerHour",
        /// The most.
        hour_max: Option<Quantity> = "MaximumNumberOfInstancesUsedPerHour",
        /// On the average.
        hour_average: Option<Quantity> = "AverageNumberOfInstancesUsedPerHour",
        /// How much of it would have been used, in percent.
        utilization: Option<Share> = "AverageUtilization",
        /// After how many months it has paid for itself.
        break_even_months: Option<Quantity> = "EstimatedBreakEvenInMonths",
        /// What it would save in a month.
        monthly_savings: Option<Money> = "EstimatedMonthlySavingsAmount",
        /// In percent.
        savings_share: Option<Share> = "EstimatedMonthlySavingsPercentage",
        /// What is paid on demand in a month.
        monthly_on_demand_cost: Option<Money> = "EstimatedMonthlyOnDemandCost",
        /// What it would have cost in the past.
        cost: Option<Money> = "EstimatedReservationCostForLookbackPeriod",
        /// What would be paid at its start.
        upfront: Option<Money> = "UpfrontCost",
        /// What would be paid each month.
        monthly_cost: Option<Money> = "RecurringStandardMonthlyCost",
        /// The currency.
        currency: Option<String> = "CurrencyCode",
    }
}

/// What would be reserved: which service's kind of instance, and what AWS says of it, by AWS's names: `InstanceType`, `Region`, `Platform`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advised {
    /// AWS's name of the kind: `EC2InstanceDetails`.
    pub kind: String,
    /// What it says.
    pub attributes: BTreeMap<String, String>,
}

impl Read for Advised {
    /// One of several members is there; which it is tells the service.
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        let kinds: BTreeMap<String, Attributes> = field.entries()?;
        let found = kinds.into_iter().next().ok_or_else(|| field.wrong("one of a service's details"))?;
        Ok(Self { kind: found.0, attributes: found.1.0.into_iter().map(|(name, text)| (name, text.0)).collect() })
    }
}

struct Attributes(BTreeMap<String, Attribute>);

impl Read for Attributes {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        field.entries().map(Self)
    }
}

struct Attribute(String);

impl Read for Attribute {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        match field.required()? {
            Value::Bool(answer) => Ok(Self(answer.to_string())),
            _ => String::read(field).map(Self),
        }
    }
}

/// What AWS recommends, and when that was computed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReservationRecommendations {
    /// Its id.
    pub id: Option<String>,
    /// When it was computed; none where there is nothing to recommend.
    pub at: Option<Timestamp>,
    /// The reservations: none is AWS's answer where it has nothing to recommend.
    pub reservations: Vec<RecommendedReservation>,
}

record! {
    Page {
        id: Option<String> = "Metadata.RecommendationId",
        at: Option<Timestamp> = "Metadata.GenerationTimestamp",
        recommendations: Vec<Recommendation> = "Recommendations",
    }
}

record! {
    Recommendation {
        details: Vec<RecommendedReservation> = "RecommendationDetails",
    }
}

/// A page that says something: recommendations, or at least when they were computed.
struct Strict(Page);

impl Read for Strict {
    fn read(field: &Field<'_>) -> Result<Self, AnswerError> {
        if field.member("Metadata").value().is_none() {
            field.member("Recommendations").required()?;
        }
        Page::read(field).map(Self)
    }
}

/// The reservations that AWS recommends.
///
/// # Errors
/// [`AnswerError`].
pub async fn reservation_recommendations(
    client: &Client,
    which: &RecommendedReservations,
) -> Result<ReservationRecommendations, AnswerError> {
    let mut input = Input::new()
        .with("Service", which.service.as_str())
        .with("TermInYears", which.term.clone())
        .with("PaymentOption", which.payment.in_capitals())
        .with("AccountScope", which.scope.clone())
        .with("LookbackPeriodInDays", which.lookback.clone())
        .maybe("Filter", which.filter.input());
    if let Some(class) = &which.class {
        let class = Input::new().with("OfferingClass", class.as_str().to_ascii_uppercase());
        input = input.with("ServiceSpecification", Input::new().with("EC2Specification", class));
    }
    let pages: Vec<Strict> = client.whole_pages("ce", "GetReservationPurchaseRecommendation", input).await?;
    let mut all = ReservationRecommendations::default();
    for Strict(page) in pages {
        all.id = all.id.or(page.id);
        all.at = all.at.or(page.at);
        all.reservations.extend(page.recommendations.into_iter().flat_map(|one| one.details));
    }
    Ok(all)
}
