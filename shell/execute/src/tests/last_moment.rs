//! Every guard rail trips at the last moment: after the intent is durable, and before the call leaves.

use super::fake::{Stage, World, bought, plan, reservation};
use super::{moment, text};
use crate::{Outcome, Progress, Quota, Standing, Unread};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tenor_order::{Action, Allowed, Details, Rails, Reading, Rule, Step, Window};
use tenor_propose::proposal::{Kind, Term, Upfront};

/// What is recorded and sent when something happens right after the intent.
fn after_intent(rails: Rails, step: Step, happens: impl Fn(&mut World) + Send + 'static) -> String {
    let (mut stage, id) = Stage::under(rails, vec![step]);
    stage.behind_intent(happens);
    let progress = stage.run(id).unwrap();
    assert_eq!(stage.sent(), [""; 0], "nothing may be sent");
    let waits = if let Progress::Waits { why, .. } = progress { format!("; waits: {}", why[0]) } else { String::new() };
    format!("{}{waits}", stage.told())
}

/// The same where the guard rails refuse from the beginning.
fn from_the_beginning(rails: Rails, step: Step) -> String {
    let (mut stage, id) = Stage::under(rails, vec![step]);
    stage.run(id).unwrap();
    assert_eq!(stage.sent(), [""; 0], "nothing may be sent");
    stage.told()
}

fn later(hours: i64) -> impl Fn(&mut World) + Send + 'static {
    move |world| world.now += SignedDuration::from_hours(hours)
}

#[test]
fn what_changes_right_before_the_call_stops_it() {
    let open = Rails::open;
    let a_plan_more = |standing| {
        move |world: &mut World| {
            let more = crate::Held { standing, ..bought(&plan(), "sp-9", "1") };
            world.held.as_mut().unwrap().push(more);
        }
    };
    // With no return left this year, nothing can be taken back for any hour.
    let a_hundred_returned = |world: &mut World| {
        let returned = |number: u32| crate::Held { standing: Standing::Returned, ..bought(&plan(), &format!("sp-{number}"), "1") };
        world.held.as_mut().unwrap().extend((0..100).map(returned));
    };
    let back = || Step { action: Action::Return, object: text("old-1"), ..plan() };
    let windows = || Rails { windows: Some(vec![Window { days: [true; 7], from_hour: 12, to_hour: 13 }]), ..open() };
    let cases = [
        (Rule::KillSwitch, after_intent(open(), plan(), |world| world.halted = Some(text("fire")))),
        (Rule::Window, after_intent(windows(), plan(), later(1))),
        (Rule::Returnable, after_intent(Rails { returnable_hours_min: Some(168), ..open() }, plan(), a_hundred_returned)),
        (
            Rule::Starts,
            after_intent(open(), Step { action: Action::Queue, starts: Some(moment("2026-01-05T13:00:00Z")), ..plan() }, later(1)),
        ),
        (Rule::Deadline, after_intent(open(), Step { deadline: Some(moment("2026-01-05T13:00:00Z")), ..plan() }, later(1))),
        (Rule::Approval, after_intent(open(), plan(), later(25))),
        (Rule::Returns, after_intent(open(), back(), a_hundred_returned)),
        (Rule::Offering, after_intent(open(), plan(), |world| world.price.as_mut().unwrap().offering.term = Term::ThreeYears)),
        (Rule::PriceHourly, after_intent(open(), plan(), |world| world.price.as_mut().unwrap().hourly = "1.500000000001".parse().unwrap())),
        (Rule::PriceUpfront, after_intent(open(), plan(), |world| world.price.as_mut().unwrap().upfront = "0.01".parse().unwrap())),
        (Rule::Inventory, after_intent(open(), plan(), a_plan_more(Standing::Running))),
        (Rule::Inventory, after_intent(open(), plan(), |world| world.held = Err(Unread(text("AccessDenied"))))),
        (
            Rule::Demand,
            after_intent(open(), plan(), |world| world.gone = Reading::Read(moment("2026-01-05T12:00:00Z"), Some(text("m5 in eu-west-1")))),
        ),
        (Rule::Demand, after_intent(open(), plan(), |world| world.gone = Reading::Unread(text("no bill")))),
    ];
    let told: Vec<_> = cases.iter().map(|(rule, told)| format!("{rule}: {told}")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    kill switch: step-intended 1, step-put-back 1 Waits; waits: kill switch: allowed is nothing, and this is buy
    change windows: step-intended 1, step-put-back 1 Waits; waits: change windows: allowed is Mon Tue Wed Thu Fri Sat Sun 12:00 to 13:00 UTC, and this is Mon 13:00 UTC
    hours left to return it: step-intended 1, guard-refused 1 hours left to return it, order-ended Stopped
    beginning: step-intended 1, guard-refused 1 beginning, order-ended Stopped
    deadline: step-intended 1, guard-refused 1 deadline, order-ended Stopped
    approval: step-intended 1, guard-refused 1 approval, order-ended Stopped
    returns left this year: step-intended 1, guard-refused 1 returns left this year, order-ended Stopped
    offering: step-intended 1, guard-refused 1 offering, order-ended Stopped
    price by the hour: step-intended 1, guard-refused 1 price by the hour, order-ended Stopped
    price at once: step-intended 1, guard-refused 1 price at once, order-ended Stopped
    inventory: step-intended 1, guard-refused 1 inventory, order-ended Stopped
    inventory: step-intended 1, step-put-back 1 Waits; waits: inventory: allowed is only what can be read, and this is AccessDenied
    demand: step-intended 1, guard-refused 1 demand, order-ended Stopped
    demand: step-intended 1, step-put-back 1 Waits; waits: demand: allowed is only what can be read, and this is no bill
    ");
}

/// Ten in a calendar year, whatever was returned less than 365 days ago.
#[test]
fn what_was_returned_last_year_leaves_all_of_this_years_returns() {
    let returned_at = |start: &str| {
        let back = Step { action: Action::Return, object: text("old-1"), ..plan() };
        let (mut stage, id) = Stage::of(vec![back]);
        let returned = |number: u32| crate::Held {
            standing: Standing::Returned,
            start: Some(moment(start)),
            ..bought(&plan(), &format!("sp-{number}"), "1")
        };
        stage.world(|world| world.held.as_mut().unwrap().extend((0..10).map(returned)));
        stage.run(id).unwrap();
        stage.sent().len()
    };
    assert_eq!(["2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"].map(returned_at), [1, 0]);
}

#[test]
fn what_the_owner_does_not_allow_is_refused_before_any_call() {
    let open = Rails::open;
    let limit = Some("13139.99".parse().unwrap());
    let cases = [
        (Rule::Kind, from_the_beginning(Rails { kinds: Allowed::Only([Kind::DatabasePlan].into()), ..open() }, plan())),
        (Rule::Term, from_the_beginning(Rails { terms: Allowed::Only([Term::ThreeYears].into()), ..open() }, plan())),
        (Rule::Payment, from_the_beginning(Rails { payments: Allowed::Only([Upfront::All].into()), ..open() }, plan())),
        (Rule::Account, from_the_beginning(Rails { accounts: Allowed::Only(["444455556666".parse().unwrap()].into()), ..open() }, plan())),
        (
            Rule::Region,
            from_the_beginning(Rails { regions: Allowed::Only(["us-east-1".parse().unwrap()].into()), ..open() }, reservation()),
        ),
        (Rule::Currency, from_the_beginning(Rails { currency: "CNY".parse().unwrap(), ..open() }, plan())),
        (Rule::PerStep, from_the_beginning(Rails { per_step: limit, ..open() }, plan())),
        (Rule::PerOrder, from_the_beginning(Rails { per_order: limit, ..open() }, plan())),
        (Rule::PerDay, from_the_beginning(Rails { per_day: limit, ..open() }, plan())),
        (Rule::PerMonth, from_the_beginning(Rails { per_month: limit, ..open() }, plan())),
    ];
    for (rule, told) in &cases {
        assert_eq!(told, &format!("guard-refused 1 {rule}, order-ended Stopped"));
    }
}

#[test]
fn a_quota_refuses_before_anything_is_intended() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.terms.asks_for_quotas = true;
    stage.world(|world| {
        world.quota = Ok(Some(Quota { value: 1, asked: Vec::new() }));
        world.beside.push_back(Outcome::Refused { code: text("AccessDeniedException"), reason: text("no") });
    });
    stage.run(id).unwrap();
    assert_eq!(stage.sent(), ["raise to 2"]);
    assert_eq!(stage.told(), format!("called, guard-refused 1 {}, order-ended Stopped", Rule::Quota));
}

#[test]
fn every_rule_is_tried_here() {
    let text = include_str!("last_moment.rs");
    let missing: BTreeSet<_> = Rule::ALL
        .into_iter()
        .filter(|rule| !["Rule::X,", "Rule::X);", "Rule::X));"].iter().any(|told| text.contains(&told.replace('X', &format!("{rule:?}")))))
        .collect();
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn an_exchange_is_held_to_its_true_up() {
    let exchange = Step {
        action: Action::Exchange,
        kind: Some(Kind::ConvertibleReservation),
        details: Some(Details::Exchange { given: vec![text("old-1")] }),
        ceiling_upfront: "10".parse().unwrap(),
        obligation: "13150".parse().unwrap(),
        ..reservation()
    };
    let told = after_intent(Rails::open(), exchange, |world| world.price.as_mut().unwrap().upfront = "10.01".parse().unwrap());
    assert_eq!(told, "step-intended 1, guard-refused 1 price at once, order-ended Stopped");
}

#[test]
fn what_was_sent_three_times_and_is_not_done_leaves_no_more() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    let lost = || Outcome::Lost(text("no answer within 180 s"));
    stage.world(|world| world.outcomes.extend([lost(), lost(), lost()]));
    for _ in 0..4 {
        stage.run(id).unwrap();
        stage.wait(30);
    }
    assert_eq!(stage.sent().len(), 3);
    let told = stage.told();
    assert!(told.ends_with("step-put-back 1 NotDone, guard-refused 1 calls, order-ended Stopped"), "{:?}: {told}", Rule::Calls);
}
