//! What is held.

use super::{description, products, type_name};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal, texts};
use crate::cloud::books::{HeldPlan, Standing};
use crate::cloud::pages::Paging;
use crate::commitment::PlanType;
use crate::price::Term;
use crate::region::REGIONS;
use tenor_money::{Money, Rounding};
use tenor_wire::Value;

pub(super) const PAGING: Paging =
    Paging { limit: "maxResults", token: "nextToken", usual: 100, range: (1, 1000), refusal: "ValidationException" };

/// `DescribeSavingsPlans`: those of the caller's account, also what is over.
pub(super) fn plans(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (ids, arns, states) = (ask.texts("savingsPlanIds"), ask.texts("savingsPlanArns"), ask.texts("states"));
    let filters = filters(ask)?;
    let mine = cloud.books.plans.iter().filter(|plan| plan.account == ask.caller.account);
    let asked = mine.filter(|plan| {
        (ids.is_empty() || ids.contains(&plan.id.as_str()))
            && (arns.is_empty() || arns.contains(&cloud.plan_arn(plan).as_str()))
            && (states.is_empty() || states.contains(&state(plan.standing)))
            && filters.iter().all(|(name, values)| values.is_empty() || values.contains(&attribute(plan, name).as_str()))
    });
    let (page, next) = PAGING.page(ask, asked.collect(), cloud.page_most())?;
    let page: Vec<Value> = page.into_iter().map(|plan| cloud.plan_value(plan)).collect();
    let mut answer = Value::of([("savingsPlans", page.into())]);
    if let Some(next) = next {
        answer.set("nextToken", next.into());
    }
    Ok(answer)
}

/// `ListTagsForResource`.
pub(super) fn tags(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let arn = ask.text("resourceArn").unwrap_or_default();
    let mine = |plan: &&HeldPlan| plan.account == ask.caller.account && cloud.plan_arn(plan) == arn;
    let plan =
        cloud.books.plans.iter().find(mine).ok_or_else(|| Refusal::new("ResourceNotFoundException", format!("{arn} was not found")))?;
    Ok(Value::of([("tags", tag_map(plan))]))
}

fn tag_map(plan: &HeldPlan) -> Value {
    Value::Map(plan.tags.iter().map(|(key, value)| (key.clone().into(), value.as_str().into())).collect())
}

/// The API's word ([BOTO:savingsplans] `SavingsPlanState`).
pub(super) fn state(standing: Standing) -> &'static str {
    match standing {
        Standing::Queued => "queued",
        Standing::QueuedDeleted => "queued-deleted",
        Standing::PaymentPending => "payment-pending",
        Standing::PaymentFailed => "payment-failed",
        Standing::Active => "active",
        Standing::Retired => "retired",
        Standing::PendingReturn => "pending-return",
        Standing::Returned => "returned",
    }
}

const FILTERS: [&str; 10] = [
    "region",
    "ec2-instance-family",
    "commitment",
    "upfront",
    "term",
    "savings-plan-type",
    "payment-option",
    "start",
    "end",
    "instance-family",
];

fn filters<'a>(ask: &Ask<'a>) -> Result<Vec<(&'a str, Vec<&'a str>)>, Refusal> {
    let given = ask.input.list("filters").unwrap_or_default().iter();
    given
        .map(|filter| {
            let name = filter.text("name").unwrap_or_default();
            match FILTERS.iter().find(|known| **known == name) {
                Some(_) => Ok((name, texts(filter, "values"))),
                None => Err(Refusal::new("ValidationException", format!("`{name}` is no filter of Savings Plans"))),
            }
        })
        .collect()
}

fn attribute(plan: &HeldPlan, name: &str) -> String {
    match (name, &plan.kind) {
        ("region", PlanType::Ec2Instance { region, .. }) => REGIONS[*region as usize].code.to_owned(),
        ("ec2-instance-family" | "instance-family", PlanType::Ec2Instance { family, .. }) => family.clone(),
        ("commitment", _) => plan.commitment.to_string(),
        ("upfront", _) => plan.upfront.to_string(),
        ("term", _) => plan.term.seconds().to_string(),
        ("savings-plan-type", kind) => type_name(kind).to_owned(),
        ("payment-option", _) => plan.payment.text().to_owned(),
        ("start", _) => plan.start.text(),
        ("end", _) => plan.end().later(-1).text(),
        _ => String::new(),
    }
}

impl Cloud {
    pub(in crate::cloud) fn plan_arn(&self, plan: &HeldPlan) -> String {
        format!("arn:aws:savingsplans::{}:savingsplan/{}", self.account_id(plan.account), plan.id)
    }

    fn plan_value(&self, plan: &HeldPlan) -> Value {
        let years = if plan.term == Term::OneYear { "1" } else { "3" };
        let money = |amount: Money| Value::from(amount.round_to(8, Rounding::HalfEven).to_string());
        let mut value = Value::of([
            ("offeringId", plan.offering.as_str().into()),
            ("savingsPlanId", plan.id.as_str().into()),
            ("savingsPlanArn", self.plan_arn(plan).into()),
            ("description", description(years, plan.payment.text(), &plan.kind).into()),
            ("start", plan.start.text().into()),
            ("end", plan.end().later(-1).text().into()),
            ("state", state(plan.standing).into()),
            ("savingsPlanType", type_name(&plan.kind).into()),
            ("paymentOption", plan.payment.text().into()),
            ("productTypes", products(&plan.kind).to_vec().into()),
            ("currency", "USD".into()),
            ("commitment", plan.commitment.to_string().into()),
            ("upfrontPaymentAmount", money(plan.upfront)),
            ("recurringPaymentAmount", money(plan.recurring)),
            ("termDurationInSeconds", plan.term.seconds().into()),
            ("tags", tag_map(plan)),
            ("returnableUntil", plan.returnable_until().text().into()),
        ]);
        if let PlanType::Ec2Instance { family, region } = &plan.kind {
            value.set("region", REGIONS[*region as usize].code.into());
            value.set("ec2InstanceFamily", family.as_str().into());
        }
        value
    }
}
