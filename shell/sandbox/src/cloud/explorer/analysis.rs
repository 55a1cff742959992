//! The Purchase Analyzer: what one more Savings Plan would have done in a time (`aws-rules` §5.3).

use super::amounts::money;
use super::demand::{Demand, sellable, text};
use super::facts::View;
use super::plan_advice::{payment_name, term_name, type_name};
use super::sizing::best;
use super::span::Range;
use super::{invalid, paged, paging};
use crate::cloud::ask::{Answered, Ask, Refusal, texts};
use crate::cloud::clock::SETTLE_SECONDS;
use crate::cloud::offers::PlanOffer;
use crate::cloud::{Cloud, Moment};
use crate::commitment::PlanType;
use crate::region::REGIONS;
use serde::{Deserialize, Serialize};
use tenor_money::Money;
use tenor_wire::{Decimal, Value};

/// [SP:sp-quotas]: twenty a day of an account.
const A_DAY: usize = 20;
const DAY: i64 = 86_400;
/// [BOTO:ce]: within 60 days, a commitment of 0.001 to 5,000, at most 1,000 plans left out.
const DAYS_BACK: i64 = 60;
const COMMITMENT_MIN: i128 = 1_000_000_000;
const COMMITMENT_MAX: i128 = 5_000 * 1_000_000_000_000;
const EXCLUDED_MAX: usize = 1_000;
const CONFIGURATION: &str = "CommitmentPurchaseAnalysisConfiguration.SavingsPlansPurchaseAnalysisConfiguration";

/// An analysis that was asked for. What comes of it is worked out when it is looked at: what was used no longer changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Analysis {
    pub(crate) id: String,
    /// Index of the account that asked.
    pub(crate) account: u32,
    pub(crate) started: Moment,
    /// `PAYER` or `LINKED`, and of which account.
    scope: String,
    linked: Option<u32>,
    /// `MAX_SAVINGS`.
    kind: String,
    offering: String,
    /// The commitment to try.
    commitment: Option<String>,
    excluded: Vec<String>,
    start: Moment,
    end: Moment,
    /// The coverage to reach, in percent.
    coverage: Option<i64>,
}

impl Analysis {
    fn read(cloud: &mut Cloud, ask: &Ask<'_>) -> Result<Self, Refusal> {
        let value = |member: &str| format!("{CONFIGURATION}.{member}");
        let kind = ask.text(&value("AnalysisType")).unwrap_or_default().to_owned();
        let added = ask.input.list(&value("SavingsPlansToAdd")).unwrap_or_default();
        let [added] = added else { return Err(invalid("Exactly one Savings Plan must be added")) };
        let commitment = commitment(added)?;
        let coverage = ask.integer(&value("SavingsPlansTargetCoverage"));
        match (kind.as_str(), &commitment, coverage) {
            ("MAX_SAVINGS", None, None) | ("CUSTOM_COMMITMENT", Some(_), None) => {}
            ("TARGET_AVERAGE_COVERAGE", None, Some(percent)) if (10..=100).contains(&percent) => {}
            ("MAX_SAVINGS" | "CUSTOM_COMMITMENT" | "TARGET_AVERAGE_COVERAGE", ..) => {
                return Err(invalid(format!(
                    "{kind} needs what it is about and nothing else: a commitment for CUSTOM_COMMITMENT, 10 to 100 percent for TARGET_AVERAGE_COVERAGE"
                )));
            }
            _ => {
                return Err(invalid(format!(
                    "`{kind}` is no analysis; there are MAX_SAVINGS, CUSTOM_COMMITMENT and TARGET_AVERAGE_COVERAGE"
                )));
            }
        }
        let offering = offering(cloud, added)?;
        let excluded: Vec<String> = ask.texts(&value("SavingsPlansToExclude")).into_iter().map(str::to_owned).collect();
        if excluded.len() > EXCLUDED_MAX {
            return Err(invalid(format!("At most {EXCLUDED_MAX} Savings Plans can be excluded, not {}", excluded.len())));
        }
        let range = Range::read(ask, &value("LookBackTimePeriod"))?;
        let (now, known) = (cloud.books.now, cloud.known_until());
        if range.start < now.0 - DAYS_BACK * DAY - DAY || range.end > known + 3600 {
            return Err(invalid(format!("LookBackTimePeriod must lie within the last {DAYS_BACK} days")));
        }
        let scope = ask.text(&value("AccountScope")).unwrap_or("PAYER").to_owned();
        let linked = linked(cloud, ask, &scope, ask.text(&value("AccountId")))?;
        let (id, account, started) = (cloud.fresh_id(), ask.caller.account, now);
        let (start, end) = (Moment(range.start), Moment(range.end));
        Ok(Self { id, account, started, scope, linked, kind, offering, commitment, excluded, start, end, coverage })
    }

    fn done(&self) -> Moment {
        self.started.later(SETTLE_SECONDS)
    }

    /// What every answer says of it.
    fn members(&self, cloud: &Cloud) -> Value {
        let is_done = self.done() <= cloud.books.now;
        let mut value = Value::of([
            ("AnalysisId", self.id.as_str().into()),
            ("AnalysisStatus", if is_done { "SUCCEEDED" } else { "PROCESSING" }.into()),
            ("AnalysisStartedTime", text(self.started.0).into()),
            ("EstimatedCompletionTime", text(self.done().0).into()),
            (
                "CommitmentPurchaseAnalysisConfiguration",
                Value::of([("SavingsPlansPurchaseAnalysisConfiguration", self.configuration(cloud))]),
            ),
        ]);
        if is_done {
            value.set("AnalysisCompletionTime", text(self.done().0).into());
        }
        value
    }

    fn configuration(&self, cloud: &Cloud) -> Value {
        let mut plan = Value::of([("OfferingId", self.offering.as_str().into())]);
        if let Some(offer) = cloud.offers.plan(&self.offering) {
            plan.set("SavingsPlansType", type_name(&offer.kind).into());
            plan.set("TermInYears", term_name(offer.term).into());
            plan.set("PaymentOption", payment_name(offer.payment).into());
            if let PlanType::Ec2Instance { family, region } = &offer.kind {
                plan.set("Region", REGIONS[*region as usize].code.into());
                plan.set("InstanceFamily", family.as_str().into());
            }
        }
        if let Some(commitment) = self.commitment.as_deref().and_then(|text| Decimal::parse(text).ok()) {
            plan.set("SavingsPlansCommitment", Value::Decimal(commitment));
        }
        let mut value = Value::of([
            ("AccountScope", self.scope.as_str().into()),
            ("AnalysisType", self.kind.as_str().into()),
            ("SavingsPlansToAdd", Value::List(vec![plan])),
            ("LookBackTimePeriod", Value::of([("Start", text(self.start.0).into()), ("End", text(self.end.0).into())])),
        ]);
        if let Some(linked) = self.linked {
            value.set("AccountId", cloud.account_id(linked).into());
        }
        if !self.excluded.is_empty() {
            value.set("SavingsPlansToExclude", self.excluded.clone().into());
        }
        if let Some(coverage) = self.coverage {
            value.set("SavingsPlansTargetCoverage", coverage.into());
        }
        value
    }

    /// The commitment that it is about.
    fn commitment(&self, demand: &Demand<'_>) -> Money {
        let given = self.commitment.as_deref().and_then(|text| text.parse::<Money>().ok());
        match (given, self.coverage) {
            (Some(commitment), _) => commitment,
            (None, Some(percent)) => covering(demand, Money::from_whole(percent)),
            (None, None) => sellable(best(&demand.pieces)),
        }
    }

    fn outcome(&self, view: &View, offer: &PlanOffer) -> Value {
        let without: Vec<&str> = self.excluded.iter().map(String::as_str).collect();
        let demand = Demand::new(view, offer, self.linked, &without);
        let outcome = demand.outcome(self.commitment(&demand));
        let mut value = Value::of([
            ("LookbackPeriodInHours", demand.len().to_string().into()),
            ("CurrentOnDemandSpend", money(outcome.spent)),
            ("EstimatedCommitmentCost", money(outcome.cost)),
        ]);
        for (member, amount) in demand.members(&outcome).into_iter().chain(demand.details(outcome.commitment)) {
            value.set(member, amount);
        }
        value
    }
}

/// The smallest commitment, in tenths of a cent, with which so much is covered on the average; the largest that is of use where none is enough.
fn covering(demand: &Demand<'_>, percent: Money) -> Money {
    const STEP: i128 = 1_000_000_000;
    let largest = demand.pieces.iter().map(|pieces| pieces.iter().map(|piece| piece.with_plan).sum::<Money>()).max().unwrap_or_default();
    let (mut low, mut high) = (0, largest.units().div_euclid(STEP) + 1);
    while low < high {
        let middle = (low + high) / 2;
        if demand.coverage(Money::from_units(middle * STEP)) >= percent { high = middle } else { low = middle + 1 }
    }
    Money::from_units(low * STEP)
}

fn commitment(added: &Value) -> Result<Option<String>, Refusal> {
    let Some(Value::Decimal(given)) = added.at("SavingsPlansCommitment") else { return Ok(None) };
    let text = given.to_string();
    let amount: Option<Money> = text.parse().ok();
    match amount.filter(|amount| (COMMITMENT_MIN..=COMMITMENT_MAX).contains(&amount.units())) {
        Some(_) => Ok(Some(text)),
        None => Err(invalid(format!("SavingsPlansCommitment `{text}` must be between 0.001 and 5000"))),
    }
}

/// The offering that is to be added, by its id or by what it is.
fn offering(cloud: &Cloud, added: &Value) -> Result<String, Refusal> {
    if let Some(id) = added.text("OfferingId") {
        let known = cloud.offers.plan(id);
        return known.map(|offer| offer.id.clone()).ok_or_else(|| invalid(format!("Savings Plans offering {id} was not found")));
    }
    let is = |member: &str, own: &str| added.text(member).is_none_or(|text| text == own);
    let fits = |offer: &&PlanOffer| {
        let place = match &offer.kind {
            PlanType::Ec2Instance { family, region } => {
                added.text("InstanceFamily") == Some(family) && added.text("Region") == Some(REGIONS[*region as usize].code)
            }
            _ => true,
        };
        place
            && added.text("SavingsPlansType") == Some(type_name(&offer.kind))
            && is("TermInYears", term_name(offer.term))
            && is("PaymentOption", payment_name(offer.payment))
    };
    let found = cloud.offers.plans.iter().find(fits);
    found
        .map(|offer| offer.id.clone())
        .ok_or_else(|| invalid("No Savings Plan of this type, Region, family, term and payment option is on sale"))
}

/// The account that is analysed alone; none for all.
fn linked(cloud: &Cloud, ask: &Ask<'_>, scope: &str, id: Option<&str>) -> Result<Option<u32>, Refusal> {
    match (scope, id) {
        ("PAYER", _) => Ok(None),
        ("LINKED", id) => {
            let id = id.unwrap_or_else(|| cloud.account_id(ask.caller.account));
            let index = cloud.accounts.iter().position(|account| account.id == id).map(|index| index as u32);
            let visible = index.filter(|index| ask.caller.account == 0 || ask.caller.account == *index);
            visible.map(Some).ok_or_else(|| invalid(format!("Account {id} is not one that you can see")))
        }
        (other, _) => Err(invalid(format!("`{other}` is no account scope; there are PAYER and LINKED"))),
    }
}

/// `StartCommitmentPurchaseAnalysis`: one at a time.
pub(super) fn start(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let analysis = Analysis::read(cloud, ask)?;
    let (now, account) = (cloud.books.now, ask.caller.account);
    let mine = || cloud.books.analyses.iter().filter(|analysis| analysis.account == account);
    if mine().any(|analysis| analysis.done() > now) {
        return Err(Refusal::new("GenerationExistsException", "A request to generate an analysis is already in progress"));
    }
    if mine().filter(|analysis| analysis.started > now.later(-DAY)).count() >= A_DAY {
        return Err(Refusal::new("ServiceQuotaExceededException", format!("{A_DAY} analyses a day are the most")));
    }
    let answer = [
        ("AnalysisId", analysis.id.as_str().into()),
        ("AnalysisStartedTime", text(analysis.started.0).into()),
        ("EstimatedCompletionTime", text(analysis.done().0).into()),
    ];
    cloud.books.analyses.push(analysis);
    Ok(Value::of(answer))
}

/// `GetCommitmentPurchaseAnalysis`.
pub(super) fn get(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let id = ask.text("AnalysisId").unwrap_or_default();
    let found = cloud.books.analyses.iter().find(|analysis| analysis.id == id && analysis.account == ask.caller.account).cloned();
    let analysis = found.ok_or_else(|| Refusal::new("AnalysisNotFoundException", format!("Analysis {id} was not found")))?;
    let mut answer = analysis.members(cloud);
    if analysis.done() <= cloud.books.now
        && let Some(offer) = cloud.offers.plan(&analysis.offering).cloned()
    {
        let view = cloud.view(ask, Range { start: analysis.start.0, end: analysis.end.0 });
        let outcome = analysis.outcome(&view, &offer);
        answer.set("AnalysisDetails", Value::of([("SavingsPlansPurchaseAnalysisDetails", outcome)]));
    }
    Ok(answer)
}

/// `ListCommitmentPurchaseAnalyses`: the newest first.
pub(super) fn list(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (ids, status) = (texts(ask.input, "AnalysisIds"), ask.text("AnalysisStatus"));
    let mine = cloud.books.analyses.iter().rev().filter(|analysis| analysis.account == ask.caller.account);
    let found = mine
        .filter(|analysis| ids.is_empty() || ids.contains(&analysis.id.as_str()))
        .map(|analysis| analysis.members(cloud))
        .filter(|value| status.is_none_or(|status| value.text("AnalysisStatus") == Some(status)));
    let found: Vec<Value> = found.collect();
    paged(cloud, ask, paging("PageSize", "NextPageToken", 20), "AnalysisSummaryList", found)
}
