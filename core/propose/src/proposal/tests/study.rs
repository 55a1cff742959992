//! Decisions looked at again under other limits and fears.

use super::{QUARTER, inputs, is_office_hour, proposal};
use crate::proposal::{CompareError, Inputs, Limits, Policy, Study, Term};
use crate::solve::OneByOne;
use tenor_money::Money;

fn mixed() -> Inputs {
    let office = |hour| if is_office_hour(QUARTER, hour) { 25 } else { 5 };
    inputs(QUARTER).using("m5", |hour| 10 + (hour % 24) as u64 / 8).using("c6i", office).holding("m5", 3, 500)
}

#[test]
fn the_steps_of_a_proposal_save_what_it_says_and_month_by_month() {
    let inputs = mixed();
    let (proposal, study) = (proposal(&inputs), Study::new(inputs, 1_000, &OneByOne).unwrap());
    let found = study.of(&proposal, &OneByOne).unwrap();
    let said = [&proposal.summary.savings.expected, &proposal.summary.savings.p10, &proposal.summary.savings.p90];
    let cent = |amount: Money| amount.round_to(2, tenor_money::Rounding::HalfEven).to_string();
    let told = [found.expected(), found.p10(), found.p90()];
    assert_eq!(told.map(cent), said.map(|text| cent(text.parse().unwrap())));
    assert_eq!(found.courses.last().unwrap().expected, found.expected(), "the last month ends with all of it");
    assert_eq!(found.bought.len(), proposal.steps.len());
    assert!(found.after.spend < found.before.spend && found.after.covered > found.before.covered);
    assert_eq!(found.before.list, found.after.list, "the same usage");
    // What stands is told for as long as all of it is there.
    let ends = proposal.steps.iter().map(|step| if step.term == "1yr" { 8_760 } else { 26_280 }).min().unwrap();
    let whole = found.standing_hours;
    assert!(whole <= study.horizon_hours() && (ends - 31 * 24..=ends + 35 * 24).contains(&whole), "{whole} of {ends}");
}

#[test]
fn what_is_owed_stays_below_each_limit_of_the_frontier() {
    let inputs = mixed();
    let (policy, study) = (inputs.policy.clone(), Study::new(inputs, 2, &OneByOne).unwrap());
    assert_eq!(study.scenarios(), 2);
    let free = study.decide(&policy, &OneByOne).unwrap();
    assert!(free.obligation > Money::ZERO && free.expected() > Money::ZERO);
    let frontier = study.frontier(&policy, free.obligation, &OneByOne).unwrap();
    assert!(frontier.len() > 2, "{frontier:?}");
    assert!(frontier[0].obligation < free.obligation);
    let most = Limits { obligation: Some(Money::ZERO), ..policy.limits };
    let none = study.decide(&Policy { limits: most, ..policy }, &OneByOne).unwrap();
    assert_eq!((none.obligation, none.expected(), none.bought.len()), (Money::ZERO, Money::ZERO, 0));
    assert_eq!(none.before, none.after);
}

#[test]
fn longer_terms_than_were_looked_at_are_refused() {
    let inputs = mixed();
    let policy = Policy { terms: vec![Term::ThreeYears], ..inputs.policy.clone() };
    let study = Study::new(inputs, 1, &OneByOne).unwrap();
    assert!(matches!(study.decide(&policy, &OneByOne), Err(CompareError::Horizon(hours)) if hours == study.horizon_hours()));
}

#[test]
fn what_is_saved_a_month_is_of_the_hours_of_each_step_and_not_of_the_longest_horizon() {
    let mut found = proposal(&mixed());
    found.outlook.horizon_hours = 26_280;
    let one = found.steps[0].clone();
    let step = |term: &str, starts: &str, saved: &str| {
        let mut step = one.clone();
        (step.term, step.starts, step.savings.expected) = (term.to_owned(), starts.to_owned(), saved.to_owned());
        step
    };
    found.as_of = "2026-01-01T00:00Z".to_owned();
    // The third begins 720 hours later, so that the horizon ends before its term.
    found.steps =
        vec![step("1yr", "2026-01-01T00:00Z", "1200"), step("3yr", "2026-01-01T00:00Z", "3600"), step("3yr", "2026-01-31T00:00Z", "2556")];
    assert_eq!(found.monthly_savings().unwrap().to_string(), "273");
    found.steps = vec![step("1yr", "soon", "1200")];
    assert_eq!(found.monthly_savings(), None);
    found.steps = Vec::new();
    assert_eq!(found.monthly_savings(), Some(Money::ZERO));
}
