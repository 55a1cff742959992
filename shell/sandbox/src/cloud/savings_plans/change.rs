//! Buying, queueing, deleting, returning.

use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldPlan, Standing};
use crate::cloud::moment::Moment;
use crate::cloud::tokens::Met;
use crate::price::{Payment, Term};
use std::collections::BTreeMap;
use tenor_money::{Money, Rounding, mul_div_round};
use tenor_wire::Value;

const DAY: i64 = 86_400;
/// [BOTO:savingsplans CreateSavingsPlan]: 0.001 to 1,000,000 an hour, at most five digits after the point.
const COMMITMENT_MIN: i128 = 1_000_000_000;
const COMMITMENT_MAX: i128 = 1_000_000 * 1_000_000_000_000;
const COMMITMENT_STEP: i128 = 10_000_000;
/// [SP:queued-sp-cart]: up to three years ahead.
const AHEAD_MAX: i64 = 3 * 365 * DAY;
/// [SP:return-sp]: a commitment of at most $100 an hour, within seven days and the month of its purchase, ten times a year.
const RETURNABLE_MAX: i128 = 100 * 1_000_000_000_000;
const RETURN_DAYS: i64 = 7;
const RETURNS_A_YEAR: usize = 10;

/// `CreateSavingsPlan`.
pub(super) fn create(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    match cloud.meet(ask, "savingsplans:CreateSavingsPlan", "clientToken") {
        Met::New => {}
        Met::Again(id) => return Ok(Value::of([("savingsPlanId", id.into())])),
        // UNVERIFIED: AWS does not say what it does.
        Met::Mismatch => return Err(invalid("The client token was used before with other parameters")),
    }
    let offering = ask.text("savingsPlanOfferingId").unwrap_or_default();
    let offer = cloud.offers.plan(offering).cloned();
    let offer =
        offer.ok_or_else(|| Refusal::new("ResourceNotFoundException", format!("Savings Plan offering {offering} was not found")))?;
    let commitment = commitment(ask.text("commitment").unwrap_or_default())?;
    let (upfront, recurring) = payments(ask, offer.payment, offer.term, commitment)?;
    let now = cloud.books.now;
    let start = match ask.input.time("purchaseTime").map(Moment::of) {
        None => now,
        Some(at) if at <= now => return Err(invalid("The purchase time must be in the future")),
        Some(at) if at > now.later(AHEAD_MAX) => return Err(invalid("The purchase time must be within three years")),
        Some(at) => at,
    };
    let tags = tags(ask)?;
    // Nothing below may refuse.
    let plan = HeldPlan {
        id: cloud.fresh_id(),
        account: ask.caller.account,
        offering: offer.id,
        kind: offer.kind,
        term: offer.term,
        payment: offer.payment,
        commitment,
        upfront,
        recurring,
        bought: now,
        start,
        standing: if start > now { Standing::Queued } else { Standing::PaymentPending },
        returned: None,
        tags,
    };
    let id = plan.id.clone();
    cloud.books.plans.push(plan);
    cloud.keep(ask, "savingsplans:CreateSavingsPlan", "clientToken", &id);
    Ok(Value::of([("savingsPlanId", id.into())]))
}

/// `DeleteQueuedSavingsPlan`: any time before it starts ([SP:queued-sp-cart]).
pub(super) fn delete_queued(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let id = ask.text("savingsPlanId").unwrap_or_default();
    let plan = cloud.own_plan(ask, id)?;
    if plan.standing != Standing::Queued {
        return Err(invalid(format!("Savings Plan {id} is not queued")));
    }
    cloud.set_plan(id, |plan| plan.standing = Standing::QueuedDeleted);
    Ok(Value::Null)
}

/// `ReturnSavingsPlan` ([SP:return-sp]).
pub(super) fn give_back(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let answer = |id: &str| Ok(Value::of([("savingsPlanId", id.into())]));
    match cloud.meet(ask, "savingsplans:ReturnSavingsPlan", "clientToken") {
        Met::New => {}
        Met::Again(id) => return answer(&id),
        Met::Mismatch => return Err(invalid("The client token was used before with other parameters")),
    }
    let id = ask.text("savingsPlanId").unwrap_or_default();
    let plan = cloud.own_plan(ask, id)?;
    let now = cloud.books.now;
    if plan.standing != Standing::Active {
        return Err(invalid(format!("Savings Plan {id} is {} and cannot be returned", super::describe::state(plan.standing))));
    }
    if now >= plan.returnable_until() {
        return Err(invalid(format!("Savings Plan {id} is past its return window, or its commitment is more than $100 per hour")));
    }
    let this_year = |plan: &&HeldPlan| plan.returned.is_some_and(|at| at.year() == now.year());
    // The limit is that of the organization, whose accounts are all this sandbox's.
    if cloud.books.plans.iter().filter(this_year).count() >= RETURNS_A_YEAR {
        return Err(Refusal::new("ServiceQuotaExceededException", "The limit of 10 returned Savings Plans in a calendar year is reached"));
    }
    cloud.set_plan(id, |plan| (plan.standing, plan.returned) = (Standing::PendingReturn, Some(now)));
    cloud.keep(ask, "savingsplans:ReturnSavingsPlan", "clientToken", id);
    answer(id)
}

fn invalid(message: impl std::fmt::Display) -> Refusal {
    Refusal::new("ValidationException", message)
}

fn commitment(text: &str) -> Result<Money, Refusal> {
    let wrong = || invalid(format!("commitment `{text}` must be between 0.001 and 1000000 with at most five digits after the point"));
    let amount: Money = text.parse().map_err(|_| wrong())?;
    let units = amount.units();
    if (COMMITMENT_MIN..=COMMITMENT_MAX).contains(&units) && units % COMMITMENT_STEP == 0 { Ok(amount) } else { Err(wrong()) }
}

/// What is paid at the start and each hour. With a part upfront the buyer says how much, a whole number between 50 and 99 percent of the total
/// value ([BOTO:savingsplans]); half of it where it is not said (UNVERIFIED).
fn payments(ask: &Ask<'_>, payment: Payment, term: Term, commitment: Money) -> Result<(Money, Money), Refusal> {
    let hours = i128::from(term.seconds() / 3600);
    // Upfront fees are whole cents.
    let total = Money::from_units(commitment.units() * hours).round_to(2, Rounding::HalfEven);
    let given = ask.text("upfrontPaymentAmount");
    if given.is_some() && payment != Payment::Half {
        return Err(invalid("upfrontPaymentAmount is for the Partial Upfront payment option alone"));
    }
    let upfront = match (payment, given) {
        (Payment::Nothing, _) => Money::ZERO,
        (Payment::Everything, _) => total,
        (Payment::Half, None) => Money::from_units(mul_div_round(total.units(), 1, 2, Rounding::HalfEven)).round_to(2, Rounding::HalfEven),
        (Payment::Half, Some(text)) => {
            let amount: Money = text.parse().map_err(|_| invalid(format!("upfrontPaymentAmount `{text}` is no amount")))?;
            let percent = amount.units() * 100;
            let is_whole = amount.round_to(0, Rounding::HalfEven) == amount;
            if !is_whole || percent < total.units() * 50 || percent > total.units() * 99 {
                return Err(invalid(format!("upfrontPaymentAmount `{text}` must be a whole number between 50 and 99 percent of {total}")));
            }
            amount
        }
    };
    // With nothing upfront an hour's fee is what was committed, to the last digit.
    let recurring = match payment {
        Payment::Nothing => commitment,
        _ => {
            Money::from_units(mul_div_round(total.units() - upfront.units(), 1, hours, Rounding::HalfEven)).round_to(8, Rounding::HalfEven)
        }
    };
    Ok((upfront, recurring))
}

fn tags(ask: &Ask<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let Some(Value::Map(given)) = ask.input.at("tags") else { return Ok(BTreeMap::new()) };
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
    let tags: BTreeMap<String, String> = given.iter().map(|(key, value)| (key.to_string(), text(value))).collect();
    if tags.keys().any(|key| key.to_lowercase().starts_with("aws:")) {
        return Err(invalid("Tag keys may not begin with aws:"));
    }
    Ok(tags)
}

impl HeldPlan {
    /// Until when it can be returned; its start where it cannot ([SP:return-sp]).
    pub(super) fn returnable_until(&self) -> Moment {
        if self.commitment.units() > RETURNABLE_MAX { self.start } else { self.start.later(RETURN_DAYS * DAY).min(self.start.month_end()) }
    }
}

impl Cloud {
    /// A plan of the caller's account.
    pub(super) fn own_plan(&self, ask: &Ask<'_>, id: &str) -> Result<HeldPlan, Refusal> {
        let mine = self.books.plans.iter().find(|plan| plan.account == ask.caller.account && plan.id == id);
        mine.cloned().ok_or_else(|| Refusal::new("ResourceNotFoundException", format!("Savings Plan {id} was not found")))
    }

    fn set_plan(&mut self, id: &str, set: impl FnOnce(&mut HeldPlan)) {
        if let Some(plan) = self.books.plans.iter_mut().find(|plan| plan.id == id) {
            set(plan);
        }
    }
}
