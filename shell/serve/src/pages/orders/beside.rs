//! An order beside the proposal that it was made of: what that saves and owes, how much of it the order does, what was left out, and why.
//!
//! Why is told by what was said when the order was made, as long as the server remembers; later by the two documents, and where they do not tell, that is
//! said. Nothing is asked of AWS, and nothing is guessed.

use super::buyers::holder;
use super::words::{payment, term};
use crate::show;
use jiff::Timestamp;
use tenor_money::Money;
use tenor_order::{Action, Order, Service, Step, is_operation_of, is_variant_of};
use tenor_propose::proposal::{self, HeldStep, Proposal};

/// Why something was left out that the documents say nothing of.
const UNTOLD: &str = "it was not asked for, or AWS did not have it as proposed when the order was made";

/// What of the proposal an order is looked at beside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) as_of: String,
    pub(crate) currency: String,
    pub(crate) monthly: String,
    pub(crate) savings: String,
    /// One in ten futures is below, and one above.
    pub(crate) p10: String,
    pub(crate) p90: String,
    pub(crate) obligation: String,
    /// How much of it the order does, in a sentence.
    pub(crate) done: String,
    /// What the order leaves out, and why.
    pub(crate) left: Vec<(String, String)>,
}

/// What an order of a proposal is beside it; `notes` are what was told when it was made, without what is told here by then.
pub(super) fn beside(proposal: &Proposal, order: &Order, notes: &mut Vec<String>) -> Beside {
    let mut free: Vec<&Step> = order.steps().iter().collect();
    let (bought, mut left) = purchases(proposal, order, &mut free, notes);
    let mut changed = 0_usize;
    for change in &proposal.changes {
        if take_change(&mut free, change) {
            changed += 1;
        } else {
            left.push(left_out(&change.what, notes, || why_not_changed(change, order)));
        }
    }
    let money = |text: &str| text.parse::<Money>().map_or_else(|_| text.to_owned(), show::amount);
    let savings = &proposal.summary.savings;
    Beside {
        as_of: proposal.as_of.clone(),
        currency: proposal.prices.currency.clone(),
        monthly: show::maybe(proposal.monthly_savings()),
        savings: money(&savings.expected),
        p10: money(&savings.p10),
        p90: money(&savings.p90),
        obligation: money(&proposal.summary.obligation),
        done: done((bought, proposal.steps.len()), (changed, proposal.changes.len()), free.len()),
        left,
    }
}

/// How many purchases the order does, and which it leaves out. What was said to be left out looks for its steps last: of two that an order cannot tell
/// apart it is that one.
fn purchases<'a>(proposal: &Proposal, order: &Order, free: &mut Vec<&'a Step>, notes: &mut Vec<String>) -> (usize, Vec<(String, String)>) {
    let (noted, others): (Vec<_>, Vec<_>) = proposal.steps.iter().partition(|proposed| note_of(&proposed.what, notes).is_some());
    let (mut taken, mut missing): (Vec<(&proposal::Step, Vec<&'a Step>)>, Vec<&proposal::Step>) = (Vec::new(), Vec::new());
    for proposed in others.into_iter().chain(noted) {
        match take_purchase(free, proposed) {
            Some(steps) => taken.push((proposed, steps)),
            None => missing.push(proposed),
        }
    }
    missing.sort_by_key(|proposed| proposed.number);
    let told = |proposed: &proposal::Step| {
        let is_noted = note_of(&proposed.what, notes).is_some();
        let (_, why) = left_out(&proposed.what, notes, || why_not_bought(proposed, order));
        // The steps that another one took would have been as good for this one.
        let is_alike = |(_, steps): &&(&proposal::Step, Vec<&Step>)| take_purchase(&mut steps.clone(), proposed).is_some();
        let alike: Vec<&str> = taken.iter().filter(|_| !is_noted).filter(is_alike).map(|(other, _)| other.what.as_str()).collect();
        if alike.is_empty() {
            return (proposed.what.clone(), why);
        }
        let all = [alike.as_slice(), &[proposed.what.as_str()]].concat();
        (format!("one of these {}, which the order does not tell apart: {}", all.len(), all.join("; ")), why)
    };
    let left = missing.into_iter().map(told).collect();
    (taken.len(), left)
}

/// `29 of 30 steps and 0 of 1 changes of what is held.`
fn done((bought, steps): (usize, usize), (changed, changes): (usize, usize), others: usize) -> String {
    let steps = (steps > 0 || changes == 0).then(|| format!("{bought} of {steps} steps"));
    let changes = (changes > 0).then(|| format!("{changed} of {changes} changes of what is held"));
    let others = if others == 0 { String::new() } else { format!(" {others} of the order's steps are not the proposal's.") };
    format!("{}.{others}", steps.into_iter().chain(changes).collect::<Vec<_>>().join(" and "))
}

/// What is left out, and why. A note that says so is told by it.
fn left_out(what: &str, notes: &mut Vec<String>, why: impl FnOnce() -> String) -> (String, String) {
    let said = note_of(what, notes).map(|place| notes.remove(place));
    (what.to_owned(), said.map_or_else(why, |note| note[start_of(what).len()..].to_owned()))
}

/// Which note says that it is left out.
fn note_of(what: &str, notes: &[String]) -> Option<usize> {
    let start = start_of(what);
    notes.iter().position(|note| note.starts_with(&start))
}

fn start_of(what: &str) -> String {
    format!("left out: {what}: ")
}

/// Takes away the steps that a purchase became, if all of its parts are there.
fn take_purchase<'a>(free: &mut Vec<&'a Step>, proposed: &proposal::Step) -> Option<Vec<&'a Step>> {
    let (parts, mut rest, mut taken) = (parts(proposed), free.clone(), Vec::new());
    for part in &parts {
        let is_it = |step: &&Step| step.quantity.as_str() == part && is_bought(step, proposed);
        let place = rest.iter().position(is_it)?;
        taken.push(rest.remove(place));
    }
    *free = rest;
    (!taken.is_empty()).then_some(taken)
}

/// How many, or how much by the hour, of each part: in the form that orders have.
fn parts(proposed: &proposal::Step) -> Vec<String> {
    let amount = |text: &String| text.parse::<Money>().map_or_else(|_| text.clone(), |amount| amount.to_string());
    match (&proposed.commitment, proposed.count) {
        (Some(_), _) if !proposed.slices.is_empty() => proposed.slices.iter().map(amount).collect(),
        (Some(commitment), _) => vec![amount(commitment)],
        (None, Some(count)) => vec![count.to_string()],
        (None, None) => Vec::new(),
    }
}

/// Whether a step is a part of a purchase, whatever its quantity.
fn is_bought(step: &Step, proposed: &proposal::Step) -> bool {
    let action = match step.action {
        Action::Buy => "buy",
        Action::Queue => "queue",
        _ => return false,
    };
    // `EC2 Instance plan` is `ec2-instance-plan` where an order says it.
    let is_kind = step.kind.is_some_and(|kind| kind.as_str() == proposed.kind.to_lowercase().replace(' ', "-"));
    let region = step.region.as_ref().map_or("", |region| region.as_str());
    let goods = step.goods.as_str().split(", ").next().unwrap_or_default();
    let is_start = step.starts.is_none_or(|starts| proposed.starts.parse::<Timestamp>().is_ok_and(|proposed| proposed == starts.0));
    action == proposed.action
        && is_kind
        && is_start
        && is_of(step.service, &proposed.service)
        && step.account.as_str() == proposed.account
        && region == proposed.region
        && (proposed.instance_type.is_empty() || goods == proposed.instance_type)
        && is_operation_of(step, &proposed.operation)
        && is_variant_of(step, &proposed.usage_type)
        && step.term.map(term) == Some(proposed.term.as_str())
        && step.payment.map(payment) == Some(proposed.payment.as_str())
        && is_at_its_price(step, proposed)
}

/// Whether a reservation has the ceilings that were proposed, which tell apart what has one type. Those of plans are AWS's own.
fn is_at_its_price(step: &Step, proposed: &proposal::Step) -> bool {
    let Some(count) = proposed.count else { return true };
    let money = |text: &str| text.parse::<Money>().ok();
    let hourly = money(&proposed.ceiling_hourly).and_then(|one| one.units().checked_mul(i128::from(count))).map(Money::from_units);
    hourly == Some(step.ceiling_hourly) && money(&proposed.ceiling_upfront) == Some(step.ceiling_upfront)
}

/// Whether a product code is of a service; a plan has none.
fn is_of(service: Service, product: &str) -> bool {
    let code = match service {
        Service::SavingsPlans => "",
        Service::Ec2 => "AmazonEC2",
        Service::Rds => "AmazonRDS",
        Service::ElastiCache => "AmazonElastiCache",
        Service::MemoryDb => "AmazonMemoryDB",
        Service::OpenSearch => "AmazonES",
        Service::Redshift => "AmazonRedshift",
        // No order is made of a proposal for these.
        Service::RedshiftServerless | Service::DynamoDb => return false,
    };
    code == product
}

/// Takes away the step that a change became, if it is there.
fn take_change(free: &mut Vec<&Step>, change: &HeldStep) -> bool {
    let id = change.id.rsplit('/').next().unwrap_or_default();
    let is_given = |step: &Step| {
        let given = step.details.as_ref().is_some_and(|details| details.given().iter().any(|given| given.as_str() == id));
        given || step.object.as_str() == id
    };
    let place = free.iter().position(|step| step.action.as_str() == change.action && is_given(step));
    place.map(|place| free.remove(place)).is_some()
}

/// The account of an order: all of its steps are of one connection.
fn account(order: &Order) -> &str {
    order.steps().first().map_or("", |step| step.account.as_str())
}

fn why_not_bought(proposed: &proposal::Step, order: &Order) -> String {
    let (account, made) = (account(order), order.made().0);
    if proposed.account != account {
        return format!("the account {} buys it, and the connection is of {account}", proposed.account);
    }
    match proposed.action.as_str() {
        "buy-then" => format!("AWS has no queue for it: make an order on {}", proposed.starts),
        "queue" if proposed.starts.parse::<Timestamp>().is_ok_and(|starts| starts <= made) => {
            "it was to begin before the order was made: make a new proposal".to_owned()
        }
        _ => UNTOLD.to_owned(),
    }
}

fn why_not_changed(change: &HeldStep, order: &Order) -> String {
    let account = account(order);
    match holder(&change.id) {
        Some(holder) if holder != account => format!("the account {holder} holds it, and the connection is of {account}"),
        _ if change.count != change.held && change.action != "list" => {
            "only some of it is meant: split that off, then change the piece by its own id".to_owned()
        }
        _ => UNTOLD.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::beside;
    use crate::tests::orders::{order, step};
    use crate::tests::proposals::proposal;
    use tenor_order::{Action, Details, Service, Step};
    use tenor_propose::proposal::{self, Proposal, Upfront};

    fn told(proposal: &Proposal, steps: Vec<Step>, notes: &[&str]) -> String {
        let steps = (1..).zip(steps).map(|(number, step)| Step { number, ..step }).collect();
        let mut notes: Vec<String> = notes.iter().map(|note| (*note).to_owned()).collect();
        let beside = beside(proposal, &order(steps), &mut notes);
        let left = beside.left.iter().map(|(what, why)| format!("left out: {what}: {why}"));
        std::iter::once(beside.done.clone())
            .chain(left)
            .chain(notes.iter().map(|note| format!("note: {note}")))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The plan of the proposal, as an order has it.
    fn plan(quantity: &str) -> Step {
        Step { payment: Some(Upfront::Nothing), quantity: quantity.parse().unwrap(), ..free() }
    }

    /// Nothing is owed at its ceilings.
    fn free() -> Step {
        Step {
            ceiling_hourly: tenor_money::Money::ZERO,
            ceiling_upfront: tenor_money::Money::ZERO,
            obligation: tenor_money::Money::ZERO,
            ..step()
        }
    }

    /// The return of the proposal.
    fn back() -> Step {
        let object = "sp-1".parse().unwrap();
        Step { action: Action::Return, kind: None, term: None, payment: None, object, ..free() }
    }

    #[test]
    fn what_an_order_does_of_its_proposal_is_told_and_what_it_leaves_out_with_why() {
        let whole = proposal();
        let cut = |change: fn(&mut proposal::Step)| {
            let mut other = whole.clone();
            change(&mut other.steps[0]);
            other
        };
        let all = [
            told(&whole, vec![plan("1.5"), back()], &[]),
            told(&whole, vec![plan("1.4")], &[]),
            told(&whole, vec![back()], &["left out: Compute Savings Plan of 1.5 an hour, 1yr No Upfront: AWS sells it no more", "dear"]),
            told(&cut(|step| "222233334444".clone_into(&mut step.account)), vec![back()], &[]),
            told(&cut(|step| "buy-then".clone_into(&mut step.action)), vec![back()], &[]),
            told(&cut(|step| "queue".clone_into(&mut step.action)), vec![back()], &[]),
            // Each part is a step, and all of them have to be there.
            told(&cut(|step| step.slices = vec!["1.0".to_owned(), "0.5".to_owned()]), vec![plan("0.5"), plan("1"), back()], &[]),
            told(&cut(|step| step.slices = vec!["1.0".to_owned(), "0.5".to_owned()]), vec![plan("1"), back()], &[]),
        ];
        insta::assert_snapshot!(all.join("\n--\n"), @"
        1 of 1 steps and 1 of 1 changes of what is held.
        --
        0 of 1 steps and 0 of 1 changes of what is held. 1 of the order's steps are not the proposal's.
        left out: Compute Savings Plan of 1.5 an hour, 1yr No Upfront: it was not asked for, or AWS did not have it as proposed when the order was made
        left out: return a plan of 0.5 an hour: it was not asked for, or AWS did not have it as proposed when the order was made
        --
        0 of 1 steps and 1 of 1 changes of what is held.
        left out: Compute Savings Plan of 1.5 an hour, 1yr No Upfront: AWS sells it no more
        note: dear
        --
        0 of 1 steps and 1 of 1 changes of what is held.
        left out: Compute Savings Plan of 1.5 an hour, 1yr No Upfront: the account 222233334444 buys it, and the connection is of 111122223333
        --
        0 of 1 steps and 1 of 1 changes of what is held.
        left out: Compute Savings Plan of 1.5 an hour, 1yr No Upfront: AWS has no queue for it: make an order on 2026-01-20T00:00Z
        --
        0 of 1 steps and 1 of 1 changes of what is held.
        left out: Compute Savings Plan of 1.5 an hour, 1yr No Upfront: it was to begin before the order was made: make a new proposal
        --
        1 of 1 steps and 1 of 1 changes of what is held.
        --
        0 of 1 steps and 1 of 1 changes of what is held. 1 of the order's steps are not the proposal's.
        left out: Compute Savings Plan of 1.5 an hour, 1yr No Upfront: it was not asked for, or AWS did not have it as proposed when the order was made
        ");
    }

    #[test]
    fn reservations_of_one_type_are_told_apart_by_platform_and_ceilings_and_alike_ones_are_said_to_be() {
        let mut two = proposal();
        let reserved = |what: &str, operation: &str, ceiling: &str| proposal::Step {
            what: what.to_owned(),
            usage_type: "EU-BoxUsage:m5.large".to_owned(),
            operation: operation.to_owned(),
            kind: "standard reservation".to_owned(),
            service: "AmazonEC2".to_owned(),
            region: "eu-west-1".to_owned(),
            instance_type: "m5.large".to_owned(),
            count: Some(2),
            commitment: None,
            slices: Vec::new(),
            ceiling_hourly: ceiling.to_owned(),
            ..two.steps[0].clone()
        };
        let (dear, cheap) = (reserved("dear", "RunInstances", "0.2"), reserved("cheap", "RunInstances", "0.1"));
        let windows = reserved("Windows", "RunInstances:0002", "0.2");
        two.steps = vec![dear.clone(), cheap];
        two.changes.clear();
        let bought = Step {
            service: Service::Ec2,
            kind: Some(tenor_propose::proposal::Kind::StandardReservation),
            region: Some("eu-west-1".parse().unwrap()),
            payment: Some(Upfront::Nothing),
            goods: "m5.large, Linux/UNIX, default".parse().unwrap(),
            quantity: "2".parse().unwrap(),
            ceiling_hourly: "0.4".parse().unwrap(),
            obligation: "3504".parse().unwrap(),
            ..free()
        };
        let of_steps = |steps: Vec<proposal::Step>| Proposal { steps, ..two.clone() };
        let again = proposal::Step { what: "again".to_owned(), ..dear.clone() };
        let all = [
            told(&two, vec![bought.clone()], &[]),
            told(&of_steps(vec![windows, dear.clone()]), vec![bought.clone()], &[]),
            told(&of_steps(vec![dear.clone(), again.clone()]), vec![bought.clone()], &[]),
            told(&of_steps(vec![dear, again]), vec![bought], &["left out: dear: AWS sells it no more"]),
        ];
        insta::assert_snapshot!(all.join("\n--\n"), @"
        1 of 2 steps.
        left out: cheap: it was not asked for, or AWS did not have it as proposed when the order was made
        --
        1 of 2 steps.
        left out: Windows: it was not asked for, or AWS did not have it as proposed when the order was made
        --
        1 of 2 steps.
        left out: one of these 2, which the order does not tell apart: dear; again: it was not asked for, or AWS did not have it as proposed when the order was made
        --
        1 of 2 steps.
        left out: dear: AWS sells it no more
        ");
    }

    #[test]
    fn an_exchange_is_known_by_what_is_given() {
        let mut one = proposal();
        one.steps.clear();
        "exchange".clone_into(&mut one.changes[0].action);
        "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-1".clone_into(&mut one.changes[0].id);
        let given = vec!["ri-1".parse().unwrap()];
        let exchange = Step {
            action: Action::Exchange,
            service: Service::Ec2,
            kind: Some(tenor_propose::proposal::Kind::ConvertibleReservation),
            region: Some("eu-west-1".parse().unwrap()),
            quantity: "1".parse().unwrap(),
            details: Some(Details::Exchange { given }),
            ..free()
        };
        insta::assert_snapshot!(told(&one, vec![exchange], &[]), @"1 of 1 changes of what is held.");
    }
}
