//! The questions to Cost Explorer, each with its answer or with why there is none.

use super::figures::sold;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use std::fmt;
use tenor_aws::answer::{AnswerError, PaymentOption, Span};
use tenor_aws::client::{CallError, Client, Refused};
use tenor_aws::reads::explorer::{
    AccountScope, Costs, Filter, Granularity, GroupBy, Lookback, MetricName, PlanCoverages, PlanRecommendations, RecommendedPlans,
    RecommendedReservations, ReservationCoverages, ReservationRecommendations, SoldPlan, TermYears, Totals, costs, plan_coverage,
    plan_recommendations, reservation_coverage, reservation_recommendations,
};
use tenor_permit::AccountKind;

/// Cost Explorer's names of services whose reservations it recommends.
const RESERVED: [&str; 6] = [
    "Amazon Elastic Compute Cloud - Compute",
    "Amazon Relational Database Service",
    "Amazon ElastiCache",
    "Amazon OpenSearch Service",
    "Amazon Redshift",
    MEMORYDB,
];
/// AWS recommends reservations of MemoryDB [CM:ri-recommendations] and does not document by which name it is asked for them. UNVERIFIED.
const MEMORYDB: &str = "Amazon MemoryDB Service";
const PLANS: [SoldPlan; 4] = [SoldPlan::Compute, SoldPlan::Ec2Instance, SoldPlan::SageMaker, SoldPlan::Database];

/// Whole days of which Cost Explorer certainly knows the hours: it keeps 14 days back from now, and today is not whole.
const HOURLY_DAYS: i32 = 13;

/// An answer, or why there is none.
pub(super) type Told<T> = Result<T, Silence>;

/// Why a question has no answer.
#[derive(Debug)]
pub(super) enum Silence {
    /// Cost Explorer has nothing about it: that is an answer.
    NoData,
    /// The account does not have hours switched on.
    NoHours(String),
    /// Cost Explorer does not take the name by which the service was asked for.
    NoSuchService(String),
    /// It was not sent: the month's budget for calls does not have it.
    Budget(String),
    /// The role may not ask.
    Denied(String),
    /// Something else.
    Failed(String),
}

/// All answers.
pub(super) struct Look {
    /// The days that were asked about.
    pub(super) days: Span,
    pub(super) by_service: Told<Totals>,
    pub(super) by_account: Told<Totals>,
    pub(super) by_hour: Told<Totals>,
    pub(super) plan_coverage: Told<Vec<PlanCoverages>>,
    pub(super) reservation_coverage: Told<ReservationCoverages>,
    pub(super) plans: Vec<(SoldPlan, Told<PlanRecommendations>)>,
    pub(super) reservations: Vec<(&'static str, Told<ReservationRecommendations>)>,
}

impl Look {
    /// Asks one after the other, so that a budget that ends leaves the first answers whole.
    pub(super) async fn ask(client: &Client, kind: AccountKind, now: Timestamp) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        // The month that runs and the twelve before it.
        let first = today.first_of_month().saturating_sub(12.months());
        let days = Span { start: midnight(first), end: midnight(today) };
        let hours = Span { start: midnight(today.saturating_sub(HOURLY_DAYS.days())), end: midnight(today) };
        let daily = |dimension: &str| daily(days, dimension);
        let monthly = Granularity::Monthly;
        let (by_service, by_account) = (costs(client, &daily("SERVICE")).await, costs(client, &daily("LINKED_ACCOUNT")).await);
        let hourly = Costs { span: hours, granularity: Granularity::Hourly, group_by: Vec::new(), ..daily("SERVICE") };
        let by_hour = costs(client, &hourly).await.map_err(|error| Silence::of(&error).of_hours());
        let plan_coverage = plan_coverage(client, days, &monthly, &Filter::All, &[]).await;
        let reservation_coverage = reservation_coverage(client, days, &monthly, &Filter::All, &[]).await;
        let scope = if kind == AccountKind::Payer { AccountScope::Payer } else { AccountScope::Linked };
        let mut look = Self {
            days,
            by_service: told(by_service),
            by_account: told(by_account),
            by_hour,
            plan_coverage: told(plan_coverage),
            reservation_coverage: told(reservation_coverage),
            plans: Vec::new(),
            reservations: Vec::new(),
        };
        for kind in PLANS {
            look.plans.push((kind.clone(), told(plan_recommendations(client, &recommended_plans(kind, scope.clone())).await)));
        }
        for service in RESERVED {
            let which = recommended_reservations(service, scope.clone());
            let answer = reservation_recommendations(client, &which).await.map_err(|error| match error.code() {
                Some("ValidationException") if service == MEMORYDB && chain(&error).to_ascii_lowercase().contains("service") => {
                    Silence::NoSuchService(chain(&error))
                }
                _ => Silence::of(&error),
            });
            look.reservations.push((service, answer));
        }
        look
    }

    /// The questions that have no answer.
    pub(super) fn silent(&self) -> Vec<(String, &Silence)> {
        let named = [
            ("costs by service", self.by_service.as_ref().err()),
            ("costs by account", self.by_account.as_ref().err()),
            ("costs by hour", self.by_hour.as_ref().err()),
            ("coverage by Savings Plans", self.plan_coverage.as_ref().err()),
            ("coverage by reservations", self.reservation_coverage.as_ref().err()),
        ];
        let named = named.into_iter().filter_map(|(name, silence)| Some((name.to_owned(), silence?)));
        let plans = self
            .plans
            .iter()
            .filter_map(|(kind, told)| Some((format!("recommendations of {} Savings Plans", sold(kind)), told.as_ref().err()?)));
        let reservations =
            self.reservations.iter().filter_map(|(service, told)| Some((format!("recommendations for {service}"), told.as_ref().err()?)));
        named.chain(plans).chain(reservations).collect()
    }
}

impl Silence {
    fn of(error: &AnswerError) -> Self {
        let told = chain(error);
        match error {
            AnswerError::Call(CallError::Budget { source: Refused::Over { .. }, .. }) => Self::Budget(told),
            _ if error.code() == Some("DataUnavailableException") => Self::NoData,
            _ if error.is_denied() => Self::Denied(told),
            _ => Self::Failed(told),
        }
    }

    /// Of a question about hours: AWS refuses it by more than one name where they are not switched on, and then speaks of hours. A role's or a
    /// policy's name may speak of them too, where the role may not ask at all.
    fn of_hours(self) -> Self {
        let is_of_hours = |told: &str| {
            let told = told.to_ascii_lowercase();
            !told.contains("not authorized") && ["hour", "granular"].iter().any(|word| told.contains(word))
        };
        match self {
            Self::NoData => Self::NoHours("there are none".to_owned()),
            Self::Denied(told) | Self::Failed(told) if is_of_hours(&told) => Self::NoHours(told),
            other => other,
        }
    }

    /// Whether an answer is missing that could be had.
    pub(super) const fn is_gap(&self) -> bool {
        matches!(self, Self::Budget(_) | Self::Denied(_) | Self::Failed(_))
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoData => f.write_str("Cost Explorer has nothing about it"),
            Self::NoHours(told) => write!(f, "hours are not switched on in the account's Cost Explorer ({told})"),
            Self::NoSuchService(told) => write!(f, "Cost Explorer recommends none of it by this name ({told})"),
            Self::Budget(told) | Self::Failed(told) => f.write_str(told),
            Self::Denied(told) => write!(f, "the role may not ask: {told}"),
        }
    }
}

fn told<T>(answer: Result<T, AnswerError>) -> Told<T> {
    answer.map_err(|error| Silence::of(&error))
}

fn daily(span: Span, dimension: &str) -> Costs {
    Costs {
        span,
        granularity: Granularity::Daily,
        metrics: vec![MetricName::Unblended, MetricName::Amortized],
        filter: Filter::All,
        group_by: vec![GroupBy::Dimension(dimension.to_owned())],
    }
}

const fn recommended_plans(kind: SoldPlan, scope: AccountScope) -> RecommendedPlans {
    let (term, payment, lookback) = (TermYears::One, PaymentOption::NoUpfront, Lookback::ThirtyDays);
    RecommendedPlans { kind, term, payment, scope, lookback, filter: Filter::All }
}

fn recommended_reservations(service: &str, scope: AccountScope) -> RecommendedReservations {
    let (term, payment, lookback) = (TermYears::One, PaymentOption::NoUpfront, Lookback::ThirtyDays);
    RecommendedReservations { service: service.to_owned(), term, payment, class: None, scope, lookback, filter: Filter::All }
}

fn midnight(day: Date) -> Timestamp {
    day.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).map(|moment| moment.timestamp()).expect("UTC has every midnight of this century")
}

/// An error with its causes, in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
