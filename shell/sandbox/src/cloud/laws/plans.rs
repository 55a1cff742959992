//! Moves of Savings Plans.

use super::play::{Call, Effect, Move, Play};
use crate::cloud::books::{HeldPlan, Standing};
use crate::price::Payment;
use crate::random::uuid;
use tenor_money::Money;
use tenor_wire::Value;

const DAY: i64 = 86_400;
const CREATE: &str = "savingsplans:CreateSavingsPlan";
const DELETE: &str = "savingsplans:DeleteQueuedSavingsPlan";
const RETURN: &str = "savingsplans:ReturnSavingsPlan";

/// A request to buy a plan, and the payment option that it is of.
fn order(play: &mut Play) -> (Call, Payment) {
    let offers = std::sync::Arc::clone(&play.cloud.offers);
    let offer = play.one_of(&offers.plans).expect("plans are sold");
    let most = if play.chance(5) == 0 { 2_000_000 } else { 9_000_000 };
    let steps = 1 + play.chance(most);
    // Up to 90 dollars an hour, or up to 2,000.
    let commitment = Money::from_units(i128::from(steps) * if steps > 2_000_000 { 10_000_000 } else { 1_000_000_000 });
    let mut input = Value::of([("savingsPlanOfferingId", offer.id.as_str().into()), ("commitment", commitment.to_string().into())]);
    if offer.payment == Payment::Half && play.chance(2) == 0 {
        let total = commitment.units() * i128::from(offer.term.seconds() / 3600) / 1_000_000_000_000;
        let whole = total * i128::from(51 + play.chance(47)) / 100;
        if whole > 1_000 {
            input.set("upfrontPaymentAmount", whole.to_string().into());
        }
    }
    (Call { account: play.account(), region: play.region(), operation: CREATE, input }, offer.payment)
}

pub(super) fn buy(play: &mut Play) -> Option<Move> {
    let (mut call, _) = order(play);
    if play.chance(3) == 0 {
        let at = play.now().later(60 + play.chance(400 * DAY as u64) as i64);
        call.input.set("purchaseTime", Value::Time(at.timestamp()));
    }
    if play.chance(3) == 0 {
        call.input.set("tags", Value::of([("team", "core".into())]));
    }
    let token = (play.chance(2) == 0).then_some("clientToken");
    if let Some(member) = token {
        let name = play.name();
        call.input.set(member, name.into());
    }
    Some(Move::Legal(call, Effect { plan: true, ..Effect::default() }, token))
}

pub(super) fn delete_queued(play: &mut Play) -> Option<Move> {
    let plan = some_plan(play, |plan| plan.standing == Standing::Queued)?;
    let effect = Effect { touches: vec![plan.id.clone()], ..Effect::default() };
    Some(Move::Legal(of(plan.account, DELETE, &plan.id), effect, None))
}

pub(super) fn give_back(play: &mut Play) -> Option<Move> {
    let now = play.now();
    let plan = some_plan(play, |plan| plan.standing == Standing::Active && is_cheap(plan) && now.0 < last_return(plan))?;
    let this_year = play.cloud.books.plans.iter().filter(|plan| plan.returned.is_some_and(|at| at.year() == now.year())).count();
    let mut call = of(plan.account, RETURN, &plan.id);
    let token = (play.chance(2) == 0).then_some("clientToken");
    if let Some(member) = token {
        let name = play.name();
        call.input.set(member, name.into());
    }
    if this_year >= 10 {
        return Some(Move::Wrong(call, "ServiceQuotaExceededException"));
    }
    Some(Move::Legal(call, Effect { touches: vec![plan.id], ..Effect::default() }, token))
}

/// [SP:return-sp]: a commitment of at most $100 an hour, within seven days and the month.
fn is_cheap(plan: &HeldPlan) -> bool {
    plan.commitment <= Money::from_whole(100)
}

fn last_return(plan: &HeldPlan) -> i64 {
    plan.start.later(7 * DAY).min(plan.start.month_end()).0
}

fn some_plan(play: &mut Play, fits: impl Fn(&HeldPlan) -> bool) -> Option<HeldPlan> {
    let found: Vec<HeldPlan> = play.cloud.books.plans.iter().filter(|plan| fits(plan)).cloned().collect();
    play.one_of(&found).cloned()
}

fn of(account: u32, operation: &'static str, id: &str) -> Call {
    Call { account, region: 0, operation, input: Value::of([("savingsPlanId", id.into())]) }
}

pub(super) fn wrong_order(play: &mut Play) -> Option<Move> {
    let (mut call, payment) = order(play);
    let now = play.now();
    let (member, value): (&str, Value) = match play.chance(9) {
        0 => ("commitment", "0.0009".into()),
        1 => ("commitment", "1.000001".into()),
        2 => ("commitment", "1000000.1".into()),
        3 => ("commitment", "a lot".into()),
        4 => ("purchaseTime", Value::Time(now.later(-1).timestamp())),
        5 => ("purchaseTime", Value::Time(now.later(3 * 365 * DAY + 1).timestamp())),
        6 => ("tags", Value::of([("aws:team", "core".into())])),
        // A part upfront is at least a half; the other payment options take none.
        7 => ("upfrontPaymentAmount", if payment == Payment::Half { "1.5" } else { "1" }.into()),
        _ => ("savingsPlanOfferingId", uuid(&[play.chance(1_000)]).into()),
    };
    call.input.set(member, value);
    let code = if member == "savingsPlanOfferingId" { "ResourceNotFoundException" } else { "ValidationException" };
    Some(Move::Wrong(call, code))
}

pub(super) fn wrong_plan(play: &mut Play) -> Option<Move> {
    let plan = some_plan(play, |_| true)?;
    let now = play.now();
    let other = (plan.account + 1) % super::play::ACCOUNTS;
    match play.chance(4) {
        0 => Some(Move::Wrong(of(other, if play.chance(2) == 0 { DELETE } else { RETURN }, &plan.id), "ResourceNotFoundException")),
        1 => Some(Move::Wrong(of(plan.account, DELETE, "none"), "ResourceNotFoundException")),
        2 if plan.standing != Standing::Queued => Some(Move::Wrong(of(plan.account, DELETE, &plan.id), "ValidationException")),
        3 if plan.standing != Standing::Active || !is_cheap(&plan) || now.0 >= last_return(&plan) => {
            Some(Move::Wrong(of(plan.account, RETURN, &plan.id), "ValidationException"))
        }
        _ => None,
    }
}
