//! Every guard rail trips right before the call, and says rule, limit and value.

use super::approvals::{key, keys};
use super::{head, moment, order, plan, setting, text};
use crate::{
    Action, Allowed, Approval, Ballot, Facts, Offering, Order, OrderStanding, Price, Rails, Reading, Rule, Setting, Step, Submission,
    Window, approve, check_order, check_step,
};
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::Moment;
use tenor_money::Money;
use tenor_propose::proposal::{Kind, Term, Upfront};

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Monday, 5 January 2026, noon; nothing is in the way.
fn facts() -> Facts {
    Facts {
        now: moment("2026-01-05T12:00:00Z"),
        today: Money::ZERO,
        this_month: Money::ZERO,
        returns_left: 10,
        price: Reading::Read(
            now(),
            Some(Price { offering: offering(), currency: text("USD"), hourly: money("0.75"), upfront: money("6570") }),
        ),
        inventory: Reading::Read(now(), None),
        demand: Reading::Read(now(), None),
    }
}

/// When everything was read.
fn now() -> Moment {
    moment("2026-01-05T12:00:00Z")
}

/// What the plan is, as AWS says.
fn offering() -> Offering {
    Offering { goods: text("-"), region: None, kind: Kind::ComputePlan, term: Term::OneYear, payment: Upfront::Partial }
}

fn told(step: &Step, rails: &Rails, facts: &Facts) -> String {
    // What was read was read just now, unless a test is about that.
    let (mut facts, from) = (facts.clone(), now());
    let at = facts.now;
    let renew = |read: &mut Moment| *read = if *read == from { at } else { *read };
    if let Reading::Read(read, _) = &mut facts.price {
        renew(read);
    }
    for reading in [&mut facts.inventory, &mut facts.demand] {
        if let Reading::Read(read, _) = reading {
            renew(read);
        }
    }
    cleared(step, rails, rails, &facts, OrderStanding::Waiting)
}

/// What refuses a step of an order that Ben approved under some guard rails, when others may hold.
fn cleared(step: &Step, then: &Rails, rails: &Rails, facts: &Facts, standing: OrderStanding) -> String {
    let setting = Setting { policy: then.hash(), ..setting() };
    let order = Order::new("0b".repeat(32).parse().unwrap(), key(1).public(), setting.clone(), vec![step.clone()]).unwrap();
    let submission = Submission::sign(&order, None, &key(1));
    let signed = moment("2026-01-05T11:30:00Z");
    let approval = Approval::sign(&order, signed, moment("2030-01-01T00:00:00Z"), None, &key(2));
    let (head, keys, persons, lowered) = (head("2026-01-05T11:00:00Z"), keys(), BTreeSet::new(), BTreeMap::new());
    let ballot = Ballot {
        keys: &keys,
        persons: &persons,
        lowered: &lowered,
        rails: then,
        agreement: setting.agreement,
        standing: OrderStanding::Waiting,
        head: &head,
        reached: None,
        now: signed,
    };
    let approved = approve(order, submission, &[approval], &ballot).unwrap();
    match check_step(&approved, 1, &Ballot { rails, standing, ..ballot }, facts) {
        Ok(cleared) => {
            assert_eq!((cleared.order(), cleared.step(), cleared.at()), (approved.order().id(), step, facts.now));
            String::new()
        }
        Err(refusals) => refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn an_approval_is_counted_once_more_right_before_the_call() {
    let (rails, later) = (Rails::open(), Rails { per_day: Some(money("1000000")), ..Rails::open() });
    let late = moment("2030-01-01T00:00:00Z");
    let late = Facts { now: late, price: Reading::Unread(text("-")), inventory: Reading::Unread(text("-")), ..facts() };
    let step = Step { action: Action::Return, ..plan() };
    let told = [
        cleared(&plan(), &rails, &rails, &facts(), OrderStanding::Waiting),
        cleared(&plan(), &rails, &later, &facts(), OrderStanding::Waiting),
        cleared(&plan(), &rails, &rails, &facts(), OrderStanding::Ended),
        cleared(&step, &rails, &rails, &late, OrderStanding::Waiting),
        cleared(&plan(), &rails, &Rails { stopped: true, ..Rails::open() }, &facts(), OrderStanding::Waiting),
    ];
    let told = told.join("\n").replace(&key(2).public().to_string(), "key 2");
    insta::assert_snapshot!(told, @"

    approval: allowed is what enough people agree to now, and this is the order was made under the policy 8ec5f44c65f4ba7f85015a63d7faead187e5884a14959496f7a01d3e07171c01, and f5d05de141adb2aa6b9fa9ed0cee880824be051fbc6d1f71f1a8049146f733b5 holds
    approval: allowed is what enough people agree to now, and this is the order was rejected, or came to its end
    approval: allowed is what enough people agree to now, and this is 0 of 1 approvals count; key 2 approved until 2030-01-01T00:00:00.000000000Z, and it is 2030-01-01T00:00:00.000000000Z
    inventory: allowed is only what can be read, and this is -
    kill switch: allowed is nothing, and this is buy
    ");
}

#[test]
fn what_was_read_long_ago_or_later_refuses() {
    let read = |at: &str| Facts { inventory: Reading::Read(moment(at), None), ..facts() };
    let told = ["2026-01-05T11:00:00Z", "2026-01-05T10:59:59Z", "2026-01-05T12:00:01Z"].map(|at| told(&plan(), &Rails::open(), &read(at)));
    insta::assert_snapshot!(told.join("\n"), @"

    inventory: allowed is what was read in the last 60 min, and this is read at 2026-01-05T10:59:59.000000000Z
    inventory: allowed is what was read in the last 60 min, and this is read at 2026-01-05T12:00:01.000000000Z
    ");
}

#[test]
fn what_changes_by_itself_waits() {
    let waits = |rails: &Rails, facts: &Facts| {
        let (agreement, open) = (setting().agreement, Rails::open());
        let order =
            Order::new("0b".repeat(32).parse().unwrap(), key(1).public(), Setting { policy: open.hash(), ..setting() }, vec![plan()]);
        let order = order.unwrap();
        let approval = Approval::sign(&order, moment("2026-01-05T11:30:00Z"), moment("2026-01-06T11:30:00Z"), None, &key(2));
        let (head, keys, persons, lowered) = (head("2026-01-05T11:00:00Z"), keys(), BTreeSet::new(), BTreeMap::new());
        let (standing, now) = (OrderStanding::Waiting, facts.now);
        let ballot = Ballot {
            keys: &keys,
            persons: &persons,
            lowered: &lowered,
            rails: &open,
            agreement,
            standing,
            head: &head,
            reached: None,
            now,
        };
        let submission = Submission::sign(&order, None, &key(1));
        let approved = approve(order, submission, &[approval], &ballot).unwrap();
        let refusals = check_step(&approved, 1, &Ballot { rails, ..ballot }, facts).unwrap_err();
        refusals.into_iter().map(|refusal| (refusal.rule, refusal.waits)).collect::<Vec<_>>()
    };
    let unread = Facts { inventory: Reading::Unread(text("throttled")), ..facts() };
    assert_eq!(waits(&Rails::open(), &unread), [(Rule::Inventory, true)]);
    let old = Facts { inventory: Reading::Read(moment("2026-01-04T12:00:00Z"), None), ..facts() };
    assert_eq!(waits(&Rails::open(), &old), [(Rule::Inventory, true)]);
    let changed = Facts { inventory: Reading::Read(now(), Some(text("sp-9 is new"))), ..facts() };
    assert_eq!(waits(&Rails::open(), &changed), [(Rule::Inventory, false)]);
    let closed = Rails { windows: Some(Vec::new()), ..Rails::open() };
    assert_eq!(waits(&closed, &facts()), [(Rule::Approval, false), (Rule::Window, true)]);
}

#[test]
fn guard_rails_have_one_encoding() {
    let all = Rails {
        per_step: Some(money("1.5")),
        kinds: Allowed::Only([Kind::ComputePlan].into()),
        terms: Allowed::Only([Term::OneYear].into()),
        payments: Allowed::Only([].into()),
        accounts: Allowed::Only(["111122223333".parse().unwrap()].into()),
        regions: Allowed::Only(["us-east-1".parse().unwrap(), "eu-west-1".parse().unwrap()].into()),
        windows: Some(vec![Window { days: [true; 7], from_hour: 8, to_hour: 9 }]),
        returnable_hours_min: Some(24),
        ..Rails::open()
    };
    insta::assert_snapshot!(format!("{}\n{}", Rails::open().encode(), all.encode()), @r#"
    {"rails":1,"policy":"0000000000000000000000000000000000000000000000000000000000000000","approvals_needed":1,"approval_hours_max":4294967295,"reading_minutes_max":60,"per_step":null,"per_day":null,"per_month":null,"per_order":null,"kinds":null,"terms":null,"payments":null,"accounts":null,"regions":null,"windows":null,"returnable_hours_min":null}
    {"rails":1,"policy":"0000000000000000000000000000000000000000000000000000000000000000","approvals_needed":1,"approval_hours_max":4294967295,"reading_minutes_max":60,"per_step":"1.5","per_day":null,"per_month":null,"per_order":null,"kinds":["compute-plan"],"terms":["1yr"],"payments":[],"accounts":["111122223333"],"regions":["eu-west-1","us-east-1"],"windows":["Mon Tue Wed Thu Fri Sat Sun 08:00 to 09:00 UTC"],"returnable_hours_min":24}
    "#);
    assert_eq!(all.hash(), Rails { stopped: true, ..all.clone() }.hash());
    assert!(serde_json::from_str::<serde_json::Value>(&all.encode()).is_ok());
}

#[test]
fn a_step_within_all_limits_may_leave() {
    let rails = Rails {
        per_step: Some(money("13140")),
        per_day: Some(money("13140")),
        per_month: Some(money("13140")),
        per_order: Some(money("13140")),
        kinds: Allowed::Only([Kind::ComputePlan].into()),
        terms: Allowed::Only([Term::OneYear].into()),
        payments: Allowed::Only([Upfront::Partial].into()),
        accounts: Allowed::Only(["111122223333".parse().unwrap()].into()),
        // It holds everywhere, and so is in no Region.
        regions: Allowed::Only([].into()),
        windows: Some(vec![Window { days: [true; 7], from_hour: 12, to_hour: 13 }]),
        returnable_hours_min: Some(168),
        ..Rails::open()
    };
    assert_eq!(told(&plan(), &rails, &facts()), "");
    assert_eq!(check_order(&order(vec![plan()]), &rails), []);
    assert_eq!(told(&plan(), &Rails::open(), &facts()), "");
    let back = Step { action: Action::Return, obligation: money("0"), ..plan() };
    assert_eq!(check_order(&order(vec![back]), &Rails { currency: "CNY".parse().unwrap(), ..Rails::open() }), []);
    let in_yuan = Rails { currency: "CNY".parse().unwrap(), ..rails };
    assert_eq!(
        check_order(&order(vec![plan()]), &in_yuan).iter().map(|(step, refused)| (*step, refused.rule)).collect::<Vec<_>>(),
        [(None, Rule::Currency)]
    );
    assert!(["usd", "US", "USDT", "", "U€"].iter().all(|text| text.parse::<crate::Currency>().is_err()));
}

#[test]
fn every_rule_refuses_with_its_limit_and_the_value() {
    let open = Rails::open;
    let step = Step { region: Some("us-east-1".parse().unwrap()), ..plan() };
    let back = Step { action: Action::Return, ..plan() };
    let plan = plan();
    let working_hours = Window { days: [true, true, true, true, true, false, false], from_hour: 8, to_hour: 12 };
    let nights = Window { days: [false, false, false, false, false, true, true], from_hour: 0, to_hour: 24 };
    let told = [
        (Rule::KillSwitch, told(&plan, &Rails { stopped: true, ..open() }, &facts())),
        (Rule::Approval, cleared(&plan, &open(), &open(), &facts(), OrderStanding::Ended)),
        (Rule::Kind, told(&plan, &Rails { kinds: Allowed::Only([Kind::DatabasePlan, Kind::SagemakerPlan].into()), ..open() }, &facts())),
        (Rule::Term, told(&plan, &Rails { terms: Allowed::Only([Term::ThreeYears].into()), ..open() }, &facts())),
        (Rule::Payment, told(&plan, &Rails { payments: Allowed::Only([Upfront::Nothing, Upfront::All].into()), ..open() }, &facts())),
        (Rule::Account, told(&plan, &Rails { accounts: Allowed::Only(["444455556666".parse().unwrap()].into()), ..open() }, &facts())),
        (Rule::Region, told(&step, &Rails { regions: Allowed::Only([].into()), ..open() }, &facts())),
        (Rule::Currency, told(&plan, &Rails { currency: "CNY".parse().unwrap(), ..open() }, &facts())),
        (Rule::PerStep, told(&plan, &Rails { per_step: Some(money("13139.99")), ..open() }, &facts())),
        (Rule::PerOrder, told(&plan, &Rails { per_order: Some(money("13139.99")), ..open() }, &facts())),
        (Rule::PerDay, told(&plan, &Rails { per_day: Some(money("13140")), ..open() }, &Facts { today: money("0.01"), ..facts() })),
        (
            Rule::PerMonth,
            told(&plan, &Rails { per_month: Some(money("20000")), ..open() }, &Facts { this_month: money("7000"), ..facts() }),
        ),
        (Rule::Window, told(&plan, &Rails { windows: Some(vec![working_hours, nights]), ..open() }, &facts())),
        (
            Rule::Returnable,
            told(&plan, &Rails { returnable_hours_min: Some(72), ..open() }, &Facts { now: moment("2026-01-30T12:30:00Z"), ..facts() }),
        ),
        (Rule::Starts, told(&Step { action: Action::Queue, starts: Some(facts().now), ..plan.clone() }, &open(), &facts())),
        (Rule::Deadline, told(&Step { deadline: Some(facts().now), ..plan.clone() }, &open(), &facts())),
        (Rule::Returns, told(&back, &open(), &Facts { returns_left: 0, ..facts() })),
        (
            Rule::Offering,
            told(
                &plan,
                &open(),
                &Facts {
                    price: Reading::Read(
                        now(),
                        Some(Price {
                            offering: Offering { term: Term::ThreeYears, ..offering() },
                            currency: text("USD"),
                            hourly: Money::ZERO,
                            upfront: Money::ZERO,
                        }),
                    ),
                    ..facts()
                },
            ),
        ),
        (
            Rule::PriceHourly,
            told(
                &plan,
                &open(),
                &Facts {
                    price: Reading::Read(
                        now(),
                        Some(Price { offering: offering(), currency: text("USD"), hourly: money("0.750000000001"), upfront: Money::ZERO }),
                    ),
                    ..facts()
                },
            ),
        ),
        (
            Rule::PriceUpfront,
            told(
                &plan,
                &open(),
                &Facts {
                    price: Reading::Read(
                        now(),
                        Some(Price { offering: offering(), currency: text("USD"), hourly: Money::ZERO, upfront: money("6570.01") }),
                    ),
                    ..facts()
                },
            ),
        ),
        (Rule::Inventory, told(&plan, &open(), &Facts { inventory: Reading::Read(now(), Some(text("sp-9 is new"))), ..facts() })),
        (
            Rule::Demand,
            told(&plan, &open(), &Facts { demand: Reading::Read(now(), Some(text("BoxUsage:m5.large fell to 12 of 40"))), ..facts() }),
        ),
    ];
    // AWS's quota, and how often it was sent, are asked by whoever runs the order.
    assert_eq!(told.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), Rule::ALL[..Rule::ALL.len() - 2]);
    assert_eq!(Rule::ALL[Rule::ALL.len() - 2..], [Rule::Quota, Rule::Calls]);
    for (rule, told) in &told {
        assert!(told.starts_with(rule.as_str()), "{rule}: {told}");
    }
    insta::assert_snapshot!(told.map(|(_, told)| told).join("\n"), @"
    kill switch: allowed is nothing, and this is buy
    approval: allowed is what enough people agree to now, and this is the order was rejected, or came to its end
    kinds: allowed is sagemaker-plan, database-plan, and this is compute-plan
    terms: allowed is 3yr, and this is 1yr
    payments: allowed is No Upfront, All Upfront, and this is Partial Upfront
    accounts: allowed is 444455556666, and this is 111122223333
    regions: allowed is none, and this is us-east-1
    offering: allowed is -, USD, us-east-1, compute-plan, 1yr, Partial Upfront, and this is -, USD, everywhere, compute-plan, 1yr, Partial Upfront
    currency: allowed is CNY, and this is USD
    money per step: allowed is 13139.99, and this is 13140
    money per order: allowed is 13139.99, and this is 13140
    money per day: allowed is 13140, and this is 13140.01
    money per month: allowed is 20000, and this is 20140
    change windows: allowed is Mon Tue Wed Thu Fri 08:00 to 12:00 UTC, Sat Sun 00:00 to 24:00 UTC, and this is Mon 12:00 UTC
    hours left to return it: allowed is 72 or more, and this is 35
    beginning: allowed is after 2026-01-05T12:00:00.000000000Z and not after 2029-01-04T12:00:00.000000000Z, and this is 2026-01-05T12:00:00.000000000Z
    deadline: allowed is before 2026-01-05T12:00:00.000000000Z, and this is 2026-01-05T12:00:00.000000000Z
    returns left this year: allowed is 1 or more, and this is 0
    offering: allowed is -, USD, everywhere, compute-plan, 1yr, Partial Upfront, and this is -, USD, everywhere, compute-plan, 3yr, Partial Upfront
    price by the hour: allowed is 0.75, and this is 0.750000000001
    price at once: allowed is 6570, and this is 6570.01
    inventory: allowed is what it was made on, and this is sp-9 is new
    demand: allowed is what justified it, and this is BoxUsage:m5.large fell to 12 of 40
    ");
}

#[test]
fn what_aws_does_not_sell_is_refused_for_good() {
    let gone = Facts { price: Reading::Read(now(), None), ..facts() };
    insta::assert_snapshot!(told(&plan(), &Rails::open(), &gone), @"offering: allowed is what AWS sells, and this is the offering offering-1, which AWS does not sell, or does not any more");
    // What gives something up needs no offering.
    assert_eq!(told(&Step { action: Action::Return, ..plan() }, &Rails::open(), &gone), "");
}

#[test]
fn what_cannot_be_read_refuses_and_all_refusals_are_told() {
    let unread = Facts {
        price: Reading::Unread(text("throttled")),
        inventory: Reading::Unread(text("AccessDenied in eu-west-1")),
        demand: Reading::Unread(text("the last bill is nine days old")),
        ..facts()
    };
    let rails = Rails { stopped: true, per_step: Some(Money::ZERO), ..Rails::open() };
    insta::assert_snapshot!(told(&plan(), &rails, &unread), @"
    kill switch: allowed is nothing, and this is buy
    money per step: allowed is 0, and this is 13140
    price by the hour: allowed is only what can be read, and this is throttled
    inventory: allowed is only what can be read, and this is AccessDenied in eu-west-1
    demand: allowed is only what can be read, and this is the last bill is nine days old
    ");
    // What commits to nothing needs no price and no usage, but has to be there.
    insta::assert_snapshot!(told(&Step { action: Action::Return, ..plan() }, &Rails::open(), &unread), @"inventory: allowed is only what can be read, and this is AccessDenied in eu-west-1");
}

#[test]
fn a_plan_can_be_returned_for_seven_days_or_until_its_month_ends() {
    let least = |now: &str, starts: Option<&str>| {
        let action = if starts.is_some() { Action::Queue } else { Action::Buy };
        let step = Step { action, starts: starts.map(moment), ..plan() };
        let facts = Facts { now: moment(now), ..facts() };
        let left = (0..=169).find(|hours| !told(&step, &Rails { returnable_hours_min: Some(*hours), ..Rails::open() }, &facts).is_empty());
        left.unwrap() - 1
    };
    assert_eq!(least("2026-02-01T00:00:00Z", None), 168);
    assert_eq!(least("2026-01-25T00:00:00Z", None), 168);
    assert_eq!(least("2026-01-25T00:00:01Z", None), 167);
    assert_eq!(least("2026-01-31T23:59:59Z", None), 0);
    assert_eq!(least("2028-02-29T00:00:00Z", None), 24);
    assert_eq!(least("2026-01-31T12:00:00Z", Some("2026-02-01T00:00:00Z")), 168);
}

#[test]
fn what_aws_would_not_take_back_can_be_returned_for_no_hour() {
    let rails = Rails { returnable_hours_min: Some(1), ..Rails::open() };
    let of =
        |commitment: &str, returns_left| told(&Step { quantity: text(commitment), ..plan() }, &rails, &Facts { returns_left, ..facts() });
    assert_eq!(of("100", 1), "");
    let refused = "hours left to return it: allowed is 1 or more, and this is 0";
    assert_eq!((of("100.001", 1).as_str(), of("100", 0).as_str()), (refused, refused));
}

#[test]
fn what_is_queued_begins_later_and_within_three_years() {
    let begins =
        |starts: &str| told(&Step { action: Action::Queue, starts: Some(moment(starts)), ..plan() }, &Rails::open(), &facts()).is_empty();
    assert!(begins("2026-01-05T12:00:01Z") && begins("2029-01-04T12:00:00Z"));
    assert!(!begins("2026-01-05T12:00:00Z") && !begins("2025-01-01T00:00:00Z") && !begins("2029-01-04T12:00:01Z"));
}

#[test]
fn all_that_obliges_counts_and_no_sum_is_too_long() {
    let rails = Rails { per_day: Some(money("13140")), per_month: Some(money("13140")), ..Rails::open() };
    let spent = Facts { today: Money::from_units(i128::MAX), this_month: money("0.01"), ..facts() };
    let told = told(&Step { action: Action::CancelQueued, ..plan() }, &rails, &spent);
    assert!(told.contains("money per day") && told.contains("money per month"), "{told}");
}

#[test]
fn change_windows_that_never_hold_are_refused_and_none_is_never() {
    let of = |days, from_hour, to_hour| Rails { windows: Some(vec![Window { days, from_hour, to_hour }]), ..Rails::open() }.check();
    assert_eq!(of([true; 7], 8, 9), Ok(()));
    assert_eq!(
        of([true; 7], 8, 8).unwrap_err().to_string(),
        "the change window Mon Tue Wed Thu Fri Sat Sun 08:00 to 08:00 UTC never holds"
    );
    assert!(of([false; 7], 0, 24).is_err() && of([true; 7], 22, 6).is_err() && of([true; 7], 24, 25).is_err());
    assert!(told(&plan(), &Rails { windows: Some(Vec::new()), ..Rails::open() }, &facts()).starts_with("change windows"));
}

#[test]
fn an_order_is_checked_as_a_whole_when_it_is_made() {
    let second = Step { number: 2, kind: Some(Kind::DatabasePlan), ..plan() };
    let rails = Rails { per_order: Some(money("20000")), kinds: Allowed::Only([Kind::ComputePlan].into()), ..Rails::open() };
    let refusals = check_order(&order(vec![plan(), second]), &rails);
    let told: Vec<_> = refusals.iter().map(|(step, refusal)| format!("{step:?} {refusal}")).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    None money per order: allowed is 20000, and this is 26280
    Some(2) kinds: allowed is compute-plan, and this is database-plan
    ");
}
