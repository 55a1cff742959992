//! Back-tests of proposals on small organizations.

use super::{QUARTER, inputs, is_office_hour, limits};
use crate::backtest::Schedule;
use crate::proposal::rolling::{Known, Lot};
use crate::proposal::{Inputs, Kind, PlanRate, ReservedOffer, Rolling, RollingPolicy, RollingStanding, RollingTest, Term, rolling};
use crate::solve::{OneByOne, Workers};
use proptest::prelude::*;
use std::fmt::Write as _;
use tenor_cover::Totals;
use tenor_money::{Money, Rounding};

/// Decisions every three weeks after six.
const SCHEDULE: Schedule = Schedule { start_after: 6 * 168, every_weeks: 3 };

/// What the rules decide in no time.
const RULES: [RollingPolicy; 3] = [RollingPolicy::Aws { days: 30 }, RollingPolicy::Aws { days: 60 }, RollingPolicy::Newsvendor];

/// Many at once, the last first.
struct Threads;

impl Workers for Threads {
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| (0..parts).rev().for_each(|part| drop(scope.spawn(move || work(part)))));
    }
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn rolled(inputs: &Inputs) -> Rolling {
    rolling(inputs, SCHEDULE, &OneByOne).unwrap()
}

fn bought(inputs: &Inputs, schedule: Schedule, policy: RollingPolicy) -> Vec<Lot> {
    RollingTest::new(inputs, schedule, &OneByOne).unwrap().bought(policy, &OneByOne).unwrap()
}

fn named<'a>(rolling: &'a Rolling, name: &str) -> &'a RollingStanding {
    rolling.policies.iter().find(|standing| standing.name == name).unwrap()
}

/// Policies in lines: name, saving, regret, purchases, peak obligation, utilization.
fn told(rolling: &Rolling) -> String {
    let mut text = String::new();
    for one in &rolling.policies {
        let owed = one.peak_obligation().map_or("-".to_owned(), |owed| owed.to_string());
        let regret = one.regret.round_to(2, Rounding::HalfEven);
        let used: Vec<String> = one.utilization.iter().map(|(kind, used)| format!(", {kind:?} {used}")).collect();
        writeln!(text, "{} saves {}, regret {regret}, {} bought, owes {owed}{}", one.name, one.saving, one.purchases, used.concat())
            .unwrap();
    }
    text
}

/// Ten instances in every hour, five more in office hours, and what is new from the ninth week on.
fn mixed() -> Inputs {
    let office = |hour| if is_office_hour(QUARTER, hour) { 8 } else { 3 };
    inputs(QUARTER).using("m5", |_| 10).using("c6i", office).using("r7g", |hour| if hour < 9 * 168 { 0 } else { 4 })
}

/// With everything also paid upfront, somewhat cheaper.
fn with_upfront(mut inputs: Inputs) -> Inputs {
    let fee = |years: u32| if years == 1 { "500" } else { "900" };
    let upfront = |offer: &ReservedOffer| ReservedOffer {
        payment: "All Upfront".into(),
        hourly: "0".parse().unwrap(),
        upfront: money(fee(offer.years)),
        ..offer.clone()
    };
    let more: Vec<ReservedOffer> = inputs.reserved.iter().map(upfront).collect();
    inputs.reserved.extend(more);
    for plan in inputs.plans.clone() {
        let cheaper = |rate: &PlanRate| PlanRate { rate: tenor_money::UnitPrice::from_units(rate.rate.units() * 19 / 20), ..*rate };
        let rates = plan.rates.iter().map(cheaper).collect();
        inputs.plans.push(crate::proposal::PlanOffer { payment: "Partial Upfront".into(), rates, ..plan });
    }
    inputs
}

#[test]
fn a_flat_demand_is_bought_for_once_and_at_its_level() {
    let found = rolled(&inputs(QUARTER).using("m5", |_| 10).careless().under(|policy| policy.kinds = vec![Kind::StandardReservation]));
    insta::assert_snapshot!(told(&found), @r"
    nothing saves 0, regret 412.8, 0 bought, owes 0
    tenor saves 0.4, regret 0, 1 bought, owes 5256, StandardReservation 1
    aws-30d saves 0.4, regret 0, 1 bought, owes 5256, StandardReservation 1
    aws-60d saves 0.4, regret 0, 1 bought, owes 5256, StandardReservation 1
    newsvendor saves 0.4, regret 0, 1 bought, owes 5256, StandardReservation 1
    hindsight-level saves 0.4, regret 0, 1 bought, owes -, StandardReservation 1
    clairvoyant saves 0.400001, regret 0, 0 bought, owes -
    ");
    let tenor = named(&found, "tenor");
    let moment = |one: &crate::proposal::RollingMoment| {
        let owed = one.obligation.unwrap_or_default();
        format!("{}: {} saved, {} bought, {owed} owed", one.decision, one.saving, one.purchases)
    };
    let moments: Vec<String> = tenor.over_time.iter().map(moment).collect();
    insta::assert_snapshot!(moments.join("\n"), @r"
    2025-02-17T00:00Z: 0.4 saved, 1 bought, 5256 owed
    2025-03-10T00:00Z: 0.4 saved, 1 bought, 4953.6 owed
    2025-03-31T00:00Z: 0.4 saved, 1 bought, 4651.2 owed
    ");
}

#[test]
fn what_private_pricing_takes_off_plans_is_not_paid() {
    let mut usage = inputs(QUARTER).using("m5", |_| 10).careless().under(|policy| policy.kinds = vec![Kind::ComputePlan]);
    usage.plans.iter_mut().for_each(|plan| plan.fee = "0.9".parse().unwrap());
    let found = rolled(&usage);
    for one in ["tenor", "aws-30d", "newsvendor", "hindsight-level"].map(|name| named(&found, name)) {
        // 0.7 an hour, of which 0.63 are paid, instead of 1.
        assert!(one.saving.to_string() == "0.37" && one.regret < money("0.01"), "{}: {} {}", one.name, one.saving, one.regret);
    }
    assert_eq!(named(&found, "tenor").peak_obligation(), Some(money("5518.8")));
}

#[test]
fn nothing_costs_what_all_usage_costs_on_demand() {
    let usage = inputs(QUARTER).using("m5", |_| 10).using("c6i", |hour| hour as u64 % 3);
    let test = RollingTest::new(&usage, SCHEDULE, &OneByOne).unwrap();
    let counted = test.spans().iter().map(std::ops::Range::len).sum::<usize>();
    let cells: u64 = usage.lines.iter().flat_map(|line| &line.cells[usage.hours - counted..]).sum();
    assert_eq!(test.on_demand_cost(), Money::from_units(i128::from(cells) * 100));
    let nothing = test.standing(RollingPolicy::Nothing, Money::ZERO, &OneByOne).unwrap();
    assert_eq!((nothing.cost, nothing.regret), (test.on_demand_cost(), test.on_demand_cost()));
    assert_eq!((nothing.saving.units(), nothing.esr.unwrap().units(), nothing.purchases), (0, 0, 0));
}

#[test]
fn fees_count_for_the_hours_within_the_span_alone() {
    // One reservation of 500 a year for one instance at 0.1: each hour costs 500 / 8760, not 0.1.
    let mut usage = with_upfront(inputs(QUARTER).using("m5", |_| 1)).under(|policy| policy.kinds = vec![Kind::StandardReservation]);
    usage.policy.terms = vec![Term::OneYear];
    let test = RollingTest::new(&usage, SCHEDULE, &OneByOne).unwrap();
    let hours = test.spans().iter().map(std::ops::Range::len).sum::<usize>() as i128;
    let rule = test.standing(RollingPolicy::Aws { days: 30 }, Money::ZERO, &OneByOne).unwrap();
    let fee = money("0.06").share(hours, 1, Rounding::HalfEven);
    assert!(rule.cost < fee, "the cheaper offer is taken: {} of {fee}", rule.cost);
    // Each hour's share is rounded as a bill rounds it.
    assert!((rule.cost - money("500").share(hours, 8_760, Rounding::HalfEven)).abs() < money("0.00000001"), "{}", rule.cost);
    let first = &rule.over_time[0];
    assert_eq!((first.obligation, first.upfront), (Some(Money::ZERO), money("500")), "what is paid is owed no more");
}

#[test]
fn hours_of_which_nothing_is_known_cost_nothing() {
    let mut usage = inputs(QUARTER).using("m5", |_| 10).careless();
    let whole = rolled(&usage);
    usage.unknown = vec![(QUARTER - 240, QUARTER - 140)];
    usage.lines[0].cells[QUARTER - 240..QUARTER - 140].fill(0);
    let holed = rolled(&usage);
    assert_eq!(whole.on_demand_cost - holed.on_demand_cost, money("100"));
    for name in ["aws-30d", "hindsight-level"] {
        let (whole, holed) = (named(&whole, name), named(&holed, name));
        assert_eq!((whole.saving, &whole.utilization), (holed.saving, &holed.utilization), "{name}");
    }
}

#[test]
fn what_the_inputs_hold_is_not_held() {
    let usage = || inputs(QUARTER).using("m5", |_| 10).careless();
    let mut held = usage().holding("m5", 10, 9_000).holding_plan("0.7", 9_000);
    held.changes.push(crate::proposal::KnownChange {
        account: None,
        service: None,
        region: None,
        family: None,
        from: super::NOW,
        until: None,
        thousandths: 0,
    });
    assert_eq!(told(&rolled(&usage())), told(&rolled(&held)));
}

#[test]
fn without_history_nothing_is_bought() {
    // First used in the fourth week; decisions begin in the first.
    let usage = inputs(QUARTER).using("m5", |hour| if hour < 3 * 168 { 0 } else { 10 });
    let early = Schedule { start_after: 0, every_weeks: 1 };
    for policy in RULES.into_iter().chain([RollingPolicy::Tenor]) {
        let lots = bought(&usage, early, policy);
        assert!(!lots.is_empty() && lots.iter().all(|lot| lot.decided > 3 * 168), "{policy:?}: {lots:?}");
    }
    // A proposal takes two weeks.
    let flat = inputs(5 * 168).using("m5", |_| 10).careless();
    let lots = bought(&flat, early, RollingPolicy::Tenor);
    assert!(!lots.is_empty() && lots.iter().all(|lot| lot.decided >= 336), "{lots:?}");
}

#[test]
fn a_history_without_a_decision_is_refused() {
    let late = Schedule { start_after: QUARTER, every_weeks: 1 };
    let refused = rolling(&inputs(QUARTER).using("m5", |_| 1), late, &OneByOne).unwrap_err().to_string();
    insta::assert_snapshot!(refused, @"no decision falls into the 2184 hours of usage: the first is made on a Monday after 2184 hours");
    let mut twisted = inputs(QUARTER).using("m5", |_| 1);
    twisted.lines[0].cells = twisted.lines[0].cells[1..].to_vec().into();
    insta::assert_snapshot!(rolling(&twisted, SCHEDULE, &OneByOne).unwrap_err().to_string(), @"line 0 of the inputs has another number of hours than the history");
}

#[test]
fn limits_hold_at_every_decision() {
    let step = |text: &str| limits(|limits| limits.hourly = Some(money(text)));
    let usage = mixed().under(|policy| policy.limits = step("0.25"));
    for policy in RULES.into_iter().chain([RollingPolicy::Tenor]) {
        let lots = bought(&usage, SCHEDULE, policy);
        let decisions: std::collections::BTreeSet<usize> = lots.iter().map(|lot| lot.decided).collect();
        assert!(decisions.len() > 1, "{policy:?} goes on at the next decision");
        for decision in decisions {
            let of_decision = lots.iter().filter(|lot| lot.decided == decision);
            // Without upfront fees, what is owed is the commitment of every hour of the term.
            let hourly: Money = of_decision.map(|lot| lot.owed(decision).share(1, lot.hours.len() as i128, Rounding::HalfEven)).sum();
            assert!(hourly <= money("0.250001"), "{policy:?} commits {hourly}");
        }
    }
    let none = mixed().under(|policy| policy.limits = step("0"));
    assert!(RULES.into_iter().all(|policy| bought(&none, SCHEDULE, policy).is_empty()));
}

#[test]
fn what_the_policy_forbids_is_not_bought() {
    let mut usage = with_upfront(mixed());
    usage.policy.kinds = vec![Kind::ComputePlan];
    usage.policy.payments = vec![crate::proposal::Upfront::Nothing];
    let found = rolled(&usage);
    for one in &found.policies {
        assert!(one.utilization.iter().all(|(kind, _)| *kind == Kind::ComputePlan), "{one:?}");
        assert!(one.over_time.iter().all(|moment| moment.upfront.is_zero()), "{one:?}");
    }
    usage.classes[0].may_buy = false;
    let found = rolled(&usage);
    let tolerance = found.on_demand_cost.share(1, 500_000, Rounding::Ceiling);
    assert!(found.policies.iter().all(|one| one.purchases == 0 && (found.on_demand_cost - one.cost) < tolerance), "{found:?}");
}

#[test]
fn one_thread_and_many_tell_the_same() {
    let usage = mixed();
    assert_eq!(rolling(&usage, SCHEDULE, &OneByOne).unwrap(), rolling(&usage, SCHEDULE, &Threads).unwrap());
}

#[test]
fn what_is_cut_knows_nothing_of_what_is_used_later() {
    let usage = mixed();
    let known = Known::at(&usage, 8 * 168, &[]);
    let known = known.inputs();
    assert_eq!((known.hours, known.lines.len(), known.check()), (8 * 168, 2, Ok(())));
    let is_new = |sku: usize| known.skus[sku].instance_type == "r7g.large";
    assert!(known.lines.iter().all(|line| line.cells.len() == 8 * 168 && !is_new(line.sku)));
    assert!(!known.reserved.iter().any(|offer| is_new(offer.sku)));
    assert!(!known.plans.iter().any(|plan| plan.rates.iter().any(|rate| is_new(rate.sku))));
}

/// Decisions of all policies up to an hour.
fn decisions_until(inputs: &Inputs, hour: usize) -> Vec<Vec<Lot>> {
    let of = |policy| bought(inputs, SCHEDULE, policy).into_iter().filter(|lot| lot.decided <= hour).collect();
    RULES.into_iter().chain([RollingPolicy::Tenor]).map(of).collect()
}

#[test]
fn the_future_changes_no_decision() {
    // More than before since the first decision, so that there is something to decide at the second.
    let usage = mixed().using("m6i", |hour| if hour < 7 * 168 { 10 } else { 20 });
    let decision = RollingTest::new(&usage, SCHEDULE, &OneByOne).unwrap().spans()[1].start;
    let before = decisions_until(&usage, decision);
    assert!(before.iter().all(|lots| !lots.is_empty()), "{before:?}");
    assert!([0, 3].iter().all(|policy| before[*policy].iter().any(|lot: &Lot| lot.decided == decision)), "{before:?}");
    let changes: [fn(u64) -> u64; 3] = [|_| 0, |cell| cell * 3, |_| 1_000_000_000];
    for change in changes {
        let mut other = usage.clone();
        other.lines.iter_mut().flat_map(|line| &mut line.cells[decision..]).for_each(|cell| *cell = change(*cell));
        assert_eq!(decisions_until(&other, decision), before);
    }
}

#[test]
fn what_has_ended_is_bought_again_and_the_bound_knows() {
    // 60 weeks: what is bought in the fifth ends eight weeks before the end.
    let hours = 60 * 168;
    let mut usage = with_upfront(inputs(hours).using("m5", |hour| 4 + hour as u64 / 168 % 3).using("c6i", |_| 2));
    usage.policy.terms = vec![Term::OneYear, Term::ThreeYears];
    for terms in [vec![Term::OneYear], vec![Term::OneYear, Term::ThreeYears]] {
        usage.policy.terms = terms;
        let test = RollingTest::new(&usage, Schedule { start_after: 5 * 168, every_weeks: 4 }, &OneByOne).unwrap();
        let least = test.least_cost(&OneByOne).unwrap();
        let looser = test.least_cost_with(2, &OneByOne).unwrap();
        assert!(looser < least && looser > least.share(9, 10, Rounding::HalfEven), "{looser} of {least}");
        for policy in RULES.into_iter().chain([RollingPolicy::HindsightLevel]) {
            let standing = test.standing(policy, least, &OneByOne).unwrap();
            assert!(standing.cost >= least && standing.saving.units() > 0, "{policy:?}: {} of {least}", standing.cost);
            assert!(standing.regret < test.on_demand_cost().share(1, 10, Rounding::HalfEven), "{policy:?}: {}", standing.regret);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// No policy is cheaper than the bound, bills add up, and what is told over time ends where all of it does.
    #[test]
    fn no_policy_beats_foresight(
        base in 0_u64..30, office in 0_u64..30, trend in 0_u64..20, every_weeks in 1_usize..5, upfront in any::<bool>(), kinds in 1_usize..64
    ) {
        let mut usage = inputs(QUARTER)
            .using("m5", move |hour| base + hour as u64 * trend / QUARTER as u64)
            .using("c6i", move |hour| if is_office_hour(QUARTER, hour) { office } else { office / 4 });
        if upfront {
            usage = with_upfront(usage);
        }
        usage.scenarios = 2;
        usage.policy.terms = if base % 2 == 0 { vec![Term::OneYear] } else { vec![Term::OneYear, Term::ThreeYears] };
        let all = usage.policy.kinds.clone();
        usage.policy.kinds = all.into_iter().enumerate().filter(|(place, _)| kinds >> place & 1 == 1).map(|(_, kind)| kind).collect();
        let schedule = Schedule { start_after: 5 * 168, every_weeks };
        let test = RollingTest::new(&usage, schedule, &OneByOne).unwrap();
        let least = test.least_cost(&OneByOne).unwrap();
        prop_assert!(least <= test.on_demand_cost());
        for policy in RULES.into_iter().chain([RollingPolicy::Nothing, RollingPolicy::Tenor, RollingPolicy::HindsightLevel]) {
            let standing = test.standing(policy, least, &OneByOne).unwrap();
            prop_assert!(standing.cost >= least, "{policy:?} pays {} and the bound is {least}", standing.cost);
            prop_assert_eq!(standing.over_time.last().unwrap().saving, standing.saving);
            prop_assert_eq!(standing.over_time.last().unwrap().purchases, standing.purchases);
            let lots = test.bought(policy, &OneByOne).unwrap();
            let totals = test.paid(&lots, &OneByOne).unwrap();
            let list: Money = totals.iter().map(Totals::list_cost).sum();
            prop_assert!((list - test.on_demand_cost()).abs() < money("0.0001"), "{list}");
            prop_assert_eq!(totals.iter().map(Totals::total_cost).sum::<Money>(), standing.cost);
        }
    }
}
