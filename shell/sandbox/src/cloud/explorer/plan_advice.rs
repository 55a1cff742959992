//! Savings Plans that AWS recommends: over the lookback, hour by hour, the commitment with the largest savings (`aws-rules` §5.1).

use super::amounts::{money, percent};
use super::demand::{Demand, MONTH_HOURS, Outcome, sellable};
use super::facts::View;
use super::filter::Filter;
use super::generation::DAY;
use super::sizing::best;
use super::span::Range;
use super::{invalid, page, paging, unavailable};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::offers::PlanOffer;
use crate::commitment::PlanType;
use crate::price::{Payment, Term};
use crate::random::uuid;
use crate::region::REGIONS;
use crate::sku::text_key;
use tenor_money::Money;
use tenor_wire::Value;

/// [SP:sp-rec-calculations]: below $0.10 an hour on the average nothing is recommended.
const SPEND_MIN: i128 = 100_000_000_000;

/// The API's words ([BOTO:ce] `SupportedSavingsPlansType`, `TermInYears`, `PaymentOption`, `LookbackPeriodInDays`).
pub(super) const LOOKBACKS: [(&str, i64); 3] = [("SEVEN_DAYS", 7), ("THIRTY_DAYS", 30), ("SIXTY_DAYS", 60)];

/// The kind in the API's word.
pub(super) fn type_name(kind: &PlanType) -> &'static str {
    match kind {
        PlanType::Compute => "COMPUTE_SP",
        PlanType::Ec2Instance { .. } => "EC2_INSTANCE_SP",
        PlanType::SageMaker => "SAGEMAKER_SP",
        PlanType::Database => "DATABASE_SP",
    }
}

pub(super) fn term_name(term: Term) -> &'static str {
    if term == Term::OneYear { "ONE_YEAR" } else { "THREE_YEARS" }
}

pub(super) fn payment_name(payment: Payment) -> &'static str {
    match payment {
        Payment::Nothing => "NO_UPFRONT",
        Payment::Half => "PARTIAL_UPFRONT",
        Payment::Everything => "ALL_UPFRONT",
    }
}

/// The days that a recommendation looks back at; those that were asked for.
pub(super) fn lookback(ask: &Ask<'_>, usual: &'static str) -> Result<(&'static str, i64), Refusal> {
    let name = ask.text("LookbackPeriodInDays").unwrap_or(usual);
    let found = LOOKBACKS.iter().find(|(known, _)| *known == name);
    found.copied().ok_or_else(|| invalid(format!("`{name}` is no lookback; there are SEVEN_DAYS, THIRTY_DAYS and SIXTY_DAYS")))
}

/// For whom: all accounts together or each alone ([BOTO:ce] `AccountScope`). A member's own account is all it can ask for.
pub(super) fn scope(ask: &Ask<'_>) -> Result<&'static str, Refusal> {
    match ask.text("AccountScope") {
        None | Some("PAYER") => Ok("PAYER"),
        Some("LINKED") => Ok("LINKED"),
        Some(other) => Err(invalid(format!("`{other}` is no account scope; there are PAYER and LINKED"))),
    }
}

/// What one recommendation is about.
#[derive(Debug, Clone, Copy)]
struct Question {
    lookback: (&'static str, i64),
    /// None is all accounts together.
    account: Option<u32>,
}

impl Question {
    /// An id that says what it is about: the same question has the same one.
    fn id(self, cloud: &Cloud, viewer: u32, offer: &PlanOffer) -> String {
        let text = format!("{viewer} {:?} {} {}", self.account, self.lookback.0, offer.id);
        uuid(&[cloud.books.setup.seed, 71, text_key(&text)])
    }
}

impl Cloud {
    /// The whole days that a lookback sees.
    pub(super) fn days_back(&self, days: i64) -> Range {
        let end = self.books.now.0.div_euclid(DAY) * DAY;
        Range { start: end - days * DAY, end }
    }

    /// The accounts that recommendations are made for.
    pub(super) fn accounts_of(&self, scope: &str, viewer: u32) -> Vec<Option<u32>> {
        match scope {
            "PAYER" => vec![None],
            _ if viewer == 0 => (0..self.accounts.len() as u32).map(Some).collect(),
            _ => vec![Some(viewer)],
        }
    }
}

/// What is best for a question; none where too little is spent or nothing is saved.
fn advised(demand: &Demand<'_>) -> Option<Outcome> {
    if demand.average().units() < SPEND_MIN {
        return None;
    }
    let commitment = sellable(best(&demand.pieces));
    let outcome = demand.outcome(commitment);
    (!commitment.is_zero() && outcome.saved > Money::ZERO).then_some(outcome)
}

/// `GetSavingsPlansPurchaseRecommendation`.
pub(super) fn recommendation(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (lookback, scope) = (lookback(ask, "THIRTY_DAYS")?, scope(ask)?);
    let [kind, term, payment] = ["SavingsPlansType", "TermInYears", "PaymentOption"].map(|member| ask.text(member).unwrap_or_default());
    check_words(kind, term, payment)?;
    let filter = Filter::read(ask)?;
    let view = cloud.view(ask, cloud.days_back(lookback.1));
    let cloud = &*cloud;
    let is_it =
        |offer: &&PlanOffer| type_name(&offer.kind) == kind && term_name(offer.term) == term && payment_name(offer.payment) == payment;
    let mut found: Vec<(Outcome, Value)> = Vec::new();
    for offer in cloud.offers.plans.iter().filter(is_it) {
        for account in cloud.accounts_of(scope, ask.caller.account) {
            if account.is_some_and(|account| !filter.is_about(&cloud.accounts[account as usize].id)) {
                continue;
            }
            let demand = Demand::new(&view, offer, account, &[]);
            let Some(outcome) = advised(&demand) else { continue };
            let id = Question { lookback, account }.id(cloud, ask.caller.account, offer);
            found.push((outcome, detail(cloud, ask, &demand, &outcome, offer, account, id)));
        }
    }
    found.sort_by_key(|(outcome, _)| std::cmp::Reverse(outcome.saved));
    let summary = summary(&found);
    let details = found.into_iter().map(|(_, detail)| detail).collect();
    let (page, next) = page(cloud, ask, paging("PageSize", "NextPageToken", 100), details)?;
    let mut recommendation = Value::of([
        ("AccountScope", scope.into()),
        ("SavingsPlansType", kind.into()),
        ("TermInYears", term.into()),
        ("PaymentOption", payment.into()),
        ("LookbackPeriodInDays", lookback.0.into()),
    ]);
    if !page.is_empty() {
        recommendation.set("SavingsPlansPurchaseRecommendationDetails", page.into());
        recommendation.set("SavingsPlansPurchaseRecommendationSummary", summary);
    }
    let mut answer = Value::of([("Metadata", cloud.standing_recommendation()), ("SavingsPlansPurchaseRecommendation", recommendation)]);
    if let Some(next) = next {
        answer.set("NextPageToken", next.into());
    }
    Ok(answer)
}

fn check_words(kind: &str, term: &str, payment: &str) -> Result<(), Refusal> {
    let known: [(&str, &str, &[&str]); 3] = [
        ("SavingsPlansType", kind, &["COMPUTE_SP", "EC2_INSTANCE_SP", "SAGEMAKER_SP", "DATABASE_SP"]),
        ("TermInYears", term, &["ONE_YEAR", "THREE_YEARS"]),
        ("PaymentOption", payment, &["NO_UPFRONT", "PARTIAL_UPFRONT", "ALL_UPFRONT"]),
    ];
    match known.iter().find(|(_, given, words)| !words.contains(given)) {
        Some((member, given, words)) => Err(invalid(format!("{member} `{given}` is not one of {}", words.join(", ")))),
        None => Ok(()),
    }
}

fn detail(
    cloud: &Cloud,
    ask: &Ask<'_>,
    demand: &Demand<'_>,
    outcome: &Outcome,
    offer: &PlanOffer,
    account: Option<u32>,
    id: String,
) -> Value {
    let mut value = Value::of([]);
    for (member, amount) in demand.members(outcome) {
        value.set(member, amount);
    }
    value.set("EstimatedSPCost", money(outcome.cost));
    value.set("AccountId", cloud.account_id(account.unwrap_or(ask.caller.account)).into());
    value.set("RecommendationDetailId", id.into());
    let mut plan = Value::of([("OfferingId", offer.id.as_str().into())]);
    if let PlanType::Ec2Instance { family, region } = &offer.kind {
        plan.set("Region", REGIONS[*region as usize].code.into());
        plan.set("InstanceFamily", family.as_str().into());
    }
    value.set("SavingsPlansDetails", plan);
    value
}

fn summary(found: &[(Outcome, Value)]) -> Value {
    let sum = |of: fn(&Outcome) -> Money| found.iter().map(|(outcome, _)| of(outcome)).sum::<Money>();
    let (spent, rest, cost, saved) = (sum(|of| of.spent), sum(|of| of.rest), sum(|of| of.cost), sum(|of| of.saved));
    let commitment = sum(|of| of.commitment);
    Value::of([
        ("EstimatedROI", percent(saved.units(), cost.units())),
        ("CurrencyCode", "USD".into()),
        ("EstimatedTotalCost", money(cost + rest)),
        ("CurrentOnDemandSpend", money(spent)),
        ("EstimatedSavingsAmount", money(saved)),
        ("TotalRecommendationCount", found.len().to_string().into()),
        ("DailyCommitmentToPurchase", money(Money::from_units(commitment.units() * 24))),
        ("HourlyCommitmentToPurchase", money(commitment)),
        ("EstimatedSavingsPercentage", percent(saved.units(), spent.units())),
        ("EstimatedMonthlySavingsAmount", money(sum(|of| of.monthly))),
        ("EstimatedOnDemandCostWithCurrentCommitment", money(spent)),
    ])
}

/// `GetSavingsPlanPurchaseRecommendationDetails`: hour by hour.
pub(super) fn details(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let id = ask.text("RecommendationDetailId").unwrap_or_default();
    let Some((question, offer)) = asked(cloud, ask, id) else {
        return Err(unavailable(format!("There is no recommendation detail {id}")));
    };
    let view: View = cloud.view(ask, cloud.days_back(question.lookback.1));
    let demand = Demand::new(&view, &offer, question.account, &[]);
    let outcome = advised(&demand).ok_or_else(|| unavailable(format!("Recommendation detail {id} is out of date")))?;
    let mut data = Value::of([
        ("AccountScope", if question.account.is_none() { "PAYER" } else { "LINKED" }.into()),
        ("LookbackPeriodInDays", question.lookback.0.into()),
        ("SavingsPlansType", type_name(&offer.kind).into()),
        ("TermInYears", term_name(offer.term).into()),
        ("PaymentOption", payment_name(offer.payment).into()),
        ("AccountId", cloud.account_id(question.account.unwrap_or(ask.caller.account)).into()),
        ("OfferingId", offer.id.as_str().into()),
        ("GenerationTimestamp", cloud.standing_recommendation().text("GenerationTimestamp").unwrap_or_default().into()),
        ("EstimatedSPCost", money(outcome.cost)),
    ]);
    if let PlanType::Ec2Instance { family, region } = &offer.kind {
        data.set("Region", REGIONS[*region as usize].code.into());
        data.set("InstanceFamily", family.as_str().into());
    }
    for (member, amount) in demand.members(&outcome).into_iter().chain(demand.details(outcome.commitment)) {
        data.set(member, amount);
    }
    Ok(Value::of([("RecommendationDetailId", id.into()), ("RecommendationDetailData", data)]))
}

/// The question that an id stands for.
fn asked(cloud: &Cloud, ask: &Ask<'_>, id: &str) -> Option<(Question, PlanOffer)> {
    let viewer = ask.caller.account;
    let accounts: Vec<Option<u32>> = ["PAYER", "LINKED"].into_iter().flat_map(|scope| cloud.accounts_of(scope, viewer)).collect();
    for offer in &cloud.offers.plans {
        for lookback in LOOKBACKS {
            for &account in &accounts {
                let question = Question { lookback, account };
                if question.id(cloud, viewer, offer) == id {
                    return Some((question, offer.clone()));
                }
            }
        }
    }
    None
}

/// A month of an hour's amount.
pub(super) fn monthly(hourly: Money) -> Money {
    Money::from_units(hourly.units() * MONTH_HOURS)
}
