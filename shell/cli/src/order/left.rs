//! What of a proposal is left to be ordered: not what another order does, did or may have done for the same need, nor a change that was proposed beside a
//! purchase that is left out. It never says so of a step without a word on which other one it is.

use super::create::{Knows, NO_PROPOSAL};
use super::show::what;
use super::signer::Doing;
use crate::context::Context;
use crate::propose;
use crate::report::Refused;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use tenor_bill::AccountId;
use tenor_execute::{Journal as _, Kept};
use tenor_ledger::{Moment, ProposalId};
use tenor_order::{Known, Met, Order, Overlap, Step, bare_id, overlaps};
use tenor_propose::proposal::Inputs;

/// The steps that are left, where any is not; those are told. Nothing where all are to be done.
///
/// # Errors
/// When none is left, or nothing but changes of what is held that were proposed beside a purchase.
pub(super) fn not_met(doing: &Doing<'_>, journal: &Kept<'_>, order: &Order, knows: &Knows) -> anyhow::Result<Option<Vec<Step>>> {
    let inputs = &knows.inputs;
    let ids = inputs.held_reservations.iter().map(|held| &held.id).chain(inputs.held_plans.iter().map(|held| &held.id));
    let held: BTreeSet<String> = ids.map(|id| bare_id(id).to_owned()).collect();
    // Each proposal is read once.
    let payers: RefCell<BTreeMap<ProposalId, bool>> = RefCell::default();
    let shares = |proposal: ProposalId, own: &AccountId, other: &AccountId| {
        let is_one = || *payers.borrow_mut().entry(proposal).or_insert_with(|| may_be_one_payer(doing.context, inputs, proposal));
        let is_known = || propose::accounts(inputs).contains(other.as_str());
        !propose::are_apart(inputs, own.as_str(), other.as_str()) && if proposal == NO_PROPOSAL { is_known() } else { is_one() }
    };
    let known = Known { until: knows.until, held: &held, shares: &shares };
    let found = overlaps(order, &known, &knows.again, journal.book(), journal.orders())?;
    let Some((first, overlap)) = found.first_key_value() else { return Ok(None) };
    let is_purchase = |number: u32| order.step(number).is_some_and(|step| step.action.commits());
    let left = left(order.proposal(), order.steps(), &found, knows.names_changes);
    if left.is_empty() {
        let why = met(overlap, is_purchase(*first), order.proposal(), knows.until);
        return Err(Refused::new(why).hint(way_round(overlap, order.proposal(), knows.until)).into());
    }
    for step in order.steps().iter().filter(|step| !left.contains(step)) {
        let why = found.get(&step.number).map_or_else(
            || "it was proposed beside a purchase that is left out; `tenor order create --change` orders it by its number".to_owned(),
            |overlap| {
                let why = met(overlap, step.action.commits(), order.proposal(), knows.until);
                format!("{why}; {}", way_round(overlap, order.proposal(), knows.until))
            },
        );
        (doing.tell)(&format!("left out: {}: {why}", what(step)));
    }
    Ok(Some((1..).zip(left).map(|(number, step)| Step { number, ..step.clone() }).collect()))
}

/// The steps that no other order does or meets the need of. A change of what is held was proposed beside the purchases: where one of those is left out, and
/// not because it was bought as proposed, it is left out too unless it was named, and never done without any purchase.
fn left<'a>(proposal: ProposalId, steps: &'a [Step], found: &BTreeMap<u32, Overlap>, names_changes: bool) -> Vec<&'a Step> {
    let is_as_proposed = |overlap: &Overlap| overlap.proposal == proposal && matches!(overlap.met, Met::Bought(_));
    let mut met = steps.iter().filter(|step| step.action.commits()).filter_map(|step| found.get(&step.number));
    let lacks = met.any(|overlap| !is_as_proposed(overlap));
    let is_left = |step: &&Step| !found.contains_key(&step.number) && (step.action.commits() || names_changes || !lacks);
    let left: Vec<&Step> = steps.iter().filter(is_left).collect();
    if lacks && !left.iter().any(|step| step.action.commits()) { Vec::new() } else { left }
}

/// Whether a proposal may be of the payer of these inputs: what cannot be read may.
fn may_be_one_payer(context: &Context, inputs: &Inputs, proposal: ProposalId) -> bool {
    let read = || -> anyhow::Result<Inputs> {
        let kept = propose::read_as(&propose::folder_of(context, proposal), proposal)?;
        propose::recorded(&kept.path, kept.inputs_hash())
    };
    read().ok().is_none_or(|other| propose::is_of_same_payer(inputs, &other))
}

/// Which other step it is, and how far that is.
fn met(found: &Overlap, is_purchase: bool, own: ProposalId, until: Moment) -> String {
    let shown = |moment: Moment| moment.0.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let of = match found.proposal {
        proposal if proposal == own => "of this proposal",
        proposal if proposal == NO_PROPOSAL => "made by hand",
        _ => "of another proposal",
    };
    let which = format!("step {} of the order {:.12}, {of},", found.step, found.order.to_string());
    let queued = later(found, until).filter(|_| is_purchase).map(shown);
    match (found.met, queued) {
        (Met::Open, Some(starts)) => {
            format!("{which} buys for the same need, and is open; it is to be queued for {starts}, and no bill has it before")
        }
        (Met::Bought(at), Some(starts)) => {
            format!("{which} bought for the same need at {}, and is queued for {starts}; no bill has it before", shown(at))
        }
        (Met::Open, None) if is_purchase => format!("{which} buys for the same need, and is open"),
        (Met::Open, None) => format!("{which} does the same, and is open"),
        (Met::Unknown, _) if is_purchase => format!("{which} is for the same need, and nobody knows whether it bought"),
        (Met::Unknown, _) => format!("{which} does the same, and nobody knows whether it was done"),
        (Met::Bought(at), None) if !is_purchase => format!("{which} did the same at {}", shown(at)),
        (Met::Bought(at), None) if found.proposal == own => format!("{which} bought for the same need at {}", shown(at)),
        (Met::Bought(at), None) => {
            format!(
                "{which} bought for the same need at {}, and the bill of this proposal, until {}, does not have it",
                shown(at),
                shown(until)
            )
        }
    }
}

/// When what it queues begins, if no bill that reaches no further than this can have it yet.
fn later(found: &Overlap, until: Moment) -> Option<Moment> {
    found.starts.filter(|starts| *starts > until)
}

/// What to do about it. Beside what is open or unknown an order can be made and not run: it waits for that, or stops at what that bought. What is queued for
/// later is in no bill for long, so none is waited for.
fn way_round(found: &Overlap, own: ProposalId, until: Moment) -> String {
    let id = format!("{:.12}", found.order.to_string());
    let again = || format!("`tenor order create --again {id}` orders this beside it");
    let is_later = later(found, until).is_some();
    match found.met {
        Met::Open if is_later => "reject or stop that order".to_owned(),
        Met::Open => "reject or stop that order; or carry it out, and propose again once the bill has it".to_owned(),
        Met::Unknown => {
            format!("find out: tenor order run {id} --live; where that holds it for a person: tenor order resolve {id} {}", found.step)
        }
        Met::Bought(_) if found.proposal == own && is_later => "it is done once".to_owned(),
        Met::Bought(_) if found.proposal == own => {
            "it is done once: propose again once the bill has it (tenor import, then tenor propose)".to_owned()
        }
        Met::Bought(_) if is_later => again(),
        Met::Bought(_) => format!("propose again once the bill has it (tenor import, then tenor propose); {}", again()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scope::tests::{self as scope, inputs};
    use super::{left, met, way_round};
    use crate::propose::{are_apart, is_of_same_payer};
    use jiff::Timestamp;
    use std::collections::BTreeMap;
    use tenor_ledger::{Moment, OrderId, ProposalId};
    use tenor_order::{Action, Met, Overlap, Service, Step};
    use tenor_propose::proposal::{Class, Inputs, Kind};

    const OWN: ProposalId = ProposalId::from_bytes([1; 32]);
    const OTHER: ProposalId = ProposalId::from_bytes([2; 32]);
    const DONE: Met = Met::Bought(Moment(Timestamp::UNIX_EPOCH));

    fn step(number: u32, action: Action) -> Step {
        Step { number, action, ..scope::step(Service::SavingsPlans, Kind::ComputePlan, "", "-") }
    }

    fn overlap(proposal: ProposalId, met: Met) -> Overlap {
        Overlap { order: OrderId::from_bytes([9; 32]), proposal, step: 1, starts: None, met }
    }

    #[test]
    fn a_change_is_not_ordered_without_the_purchase_that_it_was_proposed_beside() {
        let steps = [step(1, Action::Buy), step(2, Action::Buy), step(3, Action::Return)];
        let told = |found: &[(u32, Overlap)], names_changes: bool| {
            let found: BTreeMap<u32, Overlap> = found.iter().copied().collect();
            let left: Vec<String> = left(OWN, &steps, &found, names_changes).iter().map(|step| step.number.to_string()).collect();
            if left.is_empty() { "none".to_owned() } else { left.join(" ") }
        };
        let (done, open, others) = (overlap(OWN, DONE), overlap(OWN, Met::Open), overlap(OTHER, DONE));
        let cases = [
            told(&[(1, others)], false),
            told(&[(1, open)], false),
            told(&[(1, others)], true),
            // Nothing that commits is left.
            told(&[(1, others), (2, others)], true),
            // As it was proposed, one after the other.
            told(&[(1, done)], false),
            told(&[(1, done), (2, done)], false),
            told(&[(3, done)], false),
            told(&[(1, done), (2, done), (3, done)], false),
        ];
        insta::assert_snapshot!(cases.join("\n"), @"
        2
        2
        2 3
        none
        2 3
        3
        1 2
        none
        ");
    }

    #[test]
    fn accounts_are_of_one_payer_as_inputs_say_and_apart_where_their_groups_share_nothing() {
        let of = |payer: Option<&str>, classes: &[(&str, &str)]| Inputs {
            payer: payer.map(str::to_owned),
            classes: classes
                .iter()
                .map(|(name, buyer)| Class { name: (*name).to_owned(), buyer: (*buyer).to_owned(), may_buy: true })
                .collect(),
            ..inputs(&[], &[])
        };
        let groups = of(Some("111"), &[("a", "222"), ("b", "333"), ("b", "444")]);
        assert!(are_apart(&groups, "222", "333"));
        assert!(!are_apart(&groups, "333", "444"));
        // Of one that buys for no group nobody can tell.
        assert!(!are_apart(&groups, "222", "555"));
        assert!(!is_of_same_payer(&groups, &of(Some("222"), &[("a", "222")])));
        assert!(is_of_same_payer(&groups, &of(Some("111"), &[("a", "666")])));
        assert!(is_of_same_payer(&groups, &of(None, &[("a", "444")])));
        assert!(!is_of_same_payer(&groups, &of(None, &[("a", "666")])));
    }

    #[test]
    fn only_beside_what_another_proposal_bought_is_anything_ordered() {
        let all = [(OWN, Met::Open), (OTHER, Met::Open), (OTHER, Met::Unknown), (OWN, DONE), (OTHER, DONE)];
        let ways = all.map(|(proposal, met)| way_round(&overlap(proposal, met), OWN, Moment(Timestamp::UNIX_EPOCH)).contains("--again"));
        assert_eq!(ways, [false, false, false, false, true]);
        let until = Moment(Timestamp::UNIX_EPOCH);
        let told = [Met::Open, Met::Unknown, DONE].map(|how| met(&overlap(OWN, how), false, OWN, until));
        insta::assert_snapshot!(told.join("\n"), @"
        step 1 of the order 090909090909, of this proposal, does the same, and is open
        step 1 of the order 090909090909, of this proposal, does the same, and nobody knows whether it was done
        step 1 of the order 090909090909, of this proposal, did the same at 1970-01-01 00:00 UTC
        ");
    }

    #[test]
    fn what_is_queued_for_later_waits_for_no_bill() {
        let starts = Moment("1970-03-01T00:00:00Z".parse().unwrap());
        let told = |proposal: ProposalId, how: Met, until: Moment| {
            let queued = Overlap { starts: Some(starts), ..overlap(proposal, how) };
            format!("{}; {}", met(&queued, true, OWN, until), way_round(&queued, OWN, until))
        };
        let before = Moment(Timestamp::UNIX_EPOCH);
        let cases = [told(OTHER, DONE, before), told(OWN, DONE, before), told(OTHER, Met::Open, before), told(OTHER, DONE, starts)];
        insta::assert_snapshot!(cases.join("\n"), @"
        step 1 of the order 090909090909, of another proposal, bought for the same need at 1970-01-01 00:00 UTC, and is queued for 1970-03-01 00:00 UTC; no bill has it before; `tenor order create --again 090909090909` orders this beside it
        step 1 of the order 090909090909, of this proposal, bought for the same need at 1970-01-01 00:00 UTC, and is queued for 1970-03-01 00:00 UTC; no bill has it before; it is done once
        step 1 of the order 090909090909, of another proposal, buys for the same need, and is open; it is to be queued for 1970-03-01 00:00 UTC, and no bill has it before; reject or stop that order
        step 1 of the order 090909090909, of another proposal, bought for the same need at 1970-01-01 00:00 UTC, and the bill of this proposal, until 1970-03-01 00:00 UTC, does not have it; propose again once the bill has it (tenor import, then tenor propose); `tenor order create --again 090909090909` orders this beside it
        ");
    }
}
