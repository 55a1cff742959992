//! What answers about commitments and coverage leave out, in words. It changes no figure.

use std::collections::BTreeMap;
use tenor_cover::inventory::Commitment;
use tenor_query::commitments as ask_commitments;

/// What the bills do not tell of commitments, and of how many; as `tenor commitments` says it.
pub(super) fn untold(commitments: &[Commitment]) -> Vec<String> {
    let mut unknown: BTreeMap<&str, u64> = BTreeMap::new();
    for name in commitments.iter().flat_map(|commitment| commitment.facts.unknown()) {
        *unknown.entry(name).or_default() += 1;
    }
    let names: Vec<_> = unknown.into_iter().map(|(name, commitments)| format!("{name} of {commitments}")).collect();
    let mut notes = Vec::new();
    if !names.is_empty() {
        notes.push(format!("The bills do not tell: {}.", names.join(", ")));
    }
    let no_cost = commitments.iter().filter(|commitment| commitment.sums.charges_without_cost > 0).count();
    if no_cost > 0 {
        notes.push(format!("No savings for {no_cost} commitments: covered usage lacks what the commitment cost."));
    }
    let no_list_price = commitments.iter().filter(|commitment| commitment.sums.charges_without_list_cost > 0).count();
    if no_list_price > 0 {
        notes.push(format!("No savings for {no_list_price} commitments: covered usage lacks its on-demand price."));
    }
    notes
}

/// What an answer about coverage leaves out.
pub(super) fn notes(answer: &ask_commitments::Answer, is_by_month: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let currency = answer.currency.as_deref().unwrap_or_default();
    if answer.charges == 0 {
        notes.push("No charge is of usage that a commitment could cover.".to_owned());
    }
    if let Some((charges, cost)) = answer.straddling {
        notes.push(format!("Not counted in coverage: {charges} charges that lie only partly in that time, together {cost} {currency}."));
    }
    if let Some((charges, list_cost)) = answer.untold {
        notes.push(format!(
            "Not counted in coverage: {charges} charges of usage that do not tell what they are of, {list_cost} {currency} at list prices."
        ));
    }
    if answer.has_cut_waste {
        notes.push(
            "What is unused of reservations is billed by the month: a time not made of months shows no utilization and no savings."
                .to_owned(),
        );
    } else if answer.has_unplaced_waste && !is_by_month {
        notes.push("What is unused of reservations is billed by the month: days show no utilization and no savings.".to_owned());
    }
    if answer.total.charges_without_cost > 0 {
        notes.push(format!(
            "No utilization and no savings: {} covered charges lack what the commitment cost.",
            answer.total.charges_without_cost
        ));
    }
    if answer.total.charges_without_list_price > 0 {
        notes.push(format!(
            "No coverage and no savings: {} covered charges lack their on-demand price.",
            answer.total.charges_without_list_price
        ));
    }
    notes
}
