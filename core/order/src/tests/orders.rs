//! What an order has to say, and its one encoding.

use super::{moment, order, plan, text};
use crate::{Action, Asked, Details, OrderError, Service, Step, Target, undo_until};
use tenor_ledger::Moment;
use tenor_money::Money;
use tenor_propose::proposal::{Kind, Term};

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// Monday, 5 January 2026, noon.
fn now() -> Moment {
    moment("2026-01-05T12:00:00Z")
}

/// Two reservations of EC2.
fn reservation() -> Step {
    Step {
        service: Service::Ec2,
        kind: Some(Kind::StandardReservation),
        region: Some("us-east-1".parse().unwrap()),
        quantity: text("2"),
        ..plan()
    }
}

/// Two reservations put on sale.
fn listed(prices: &[(u32, &str)]) -> Step {
    let prices = prices.iter().map(|(months, price)| Asked { months: *months, price: money(price) }).collect();
    Step { action: Action::List, details: Some(Details::List { prices }), ..reservation() }
}

#[test]
fn an_order_leaves_nothing_open() {
    let new = |steps: Vec<Step>| {
        let order = order(vec![plan()]);
        crate::Order::new(order.proposal(), order.proposer(), super::setting(), steps).unwrap_err()
    };
    assert_eq!(new(Vec::new()), OrderError::Steps(0));
    let told = [
        new(vec![plan(); 201]),
        new(vec![Step { number: 2, ..plan() }]),
        new(vec![Step { obligation: money("-0.01"), ..plan() }]),
        new(vec![Step { kind: None, ..plan() }]),
        new(vec![Step { action: Action::Queue, kind: None, ..plan() }]),
        new(vec![Step { term: None, ..plan() }]),
        new(vec![Step { payment: None, ..plan() }]),
        new(vec![Step { action: Action::Queue, ..plan() }]),
        new(vec![Step { action: Action::Modify, ..plan() }]),
        new(vec![Step { action: Action::Return, service: Service::Rds, ..reservation() }]),
        new(vec![Step { service: Service::Rds, ..plan() }]),
        new(vec![Step { kind: Some(Kind::ConvertibleReservation), service: Service::Redshift, ..reservation() }]),
        new(vec![Step { details: Some(Details::Instruct { lines: vec![text("a")] }), ..plan() }]),
        new(vec![Step { action: Action::Modify, details: Some(Details::Modify { also: vec![], targets: vec![] }), ..reservation() }]),
        new(vec![Step { action: Action::Exchange, details: Some(Details::Exchange { given: vec![] }), ..reservation() }]),
        new(vec![listed(&[])]),
        new(vec![listed(&[(12, "3"), (12, "2")])]),
        new(vec![listed(&[(12, "0")])]),
        new(vec![Step { quantity: text("all"), ..listed(&[(12, "3")]) }]),
        new(vec![Step { action: Action::Instruct, service: Service::DynamoDb, ..reservation() }]),
        new(vec![Step { starts: Some(now()), ..plan() }]),
        new(vec![Step { obligation: money("1"), ..plan() }]),
        new(vec![Step { term: Some(Term::ThreeYears), ..plan() }]),
        new(vec![Step { obligation: money("1000000000.01"), ..plan() }]),
        new(vec![Step { kind: Some(Kind::Ec2InstancePlan), ..plan() }]),
        new(vec![Step { region: None, ..reservation() }]),
        new(vec![Step { quantity: text("1.5"), ..reservation() }]),
        new(vec![Step { quantity: text("1.50"), ..plan() }]),
        new(vec![Step { quantity: text("0"), ..plan() }]),
    ];
    insta::assert_snapshot!(told.map(|error| error.to_string()).join("\n"), @"
    an order has 1 to 200 steps, and this one 201
    step 2 stands where step 1 should
    step 1 has a negative amount: -0.01
    step 1 commits to pay, and says not what kind
    step 1 commits to pay, and says not what kind
    step 1 commits to pay, and says not for how long
    step 1 commits to pay, and says not how it is paid
    step 1 commits to pay, and says not when it begins
    step 1 would modify in savingsplans, for which AWS has no operation
    step 1 would return in rds, for which AWS has no operation
    step 1 is of a compute-plan, which rds does not sell
    step 1 is of a convertible-reservation, which redshift does not sell
    step 1 says not details of its own action, and no other's
    step 1 says not what the reservations become
    step 1 says not what is given
    step 1 says not prices for ever fewer months
    step 1 says not prices for ever fewer months
    step 1 says not prices for ever fewer months
    step 1 is of `all`, which is not a number of reservations
    step 1 says not what to do
    step 1 buys now, and says when it begins: queue it
    step 1 obliges to 13140 at its ceilings, and says 1
    step 1 obliges to 26280 at its ceilings, and says 13140
    step 1 has an amount above 1000000000: 1000000000.01
    step 1 commits to pay, and says not in which Region
    step 1 commits to pay, and says not in which Region
    step 1 is of `1.5`, which is not a number of reservations
    step 1 is of `1.50`, which is not a commitment by the hour
    step 1 is of `0`, which is not a commitment by the hour
    ");
    let order = order(vec![plan()]);
    insta::assert_snapshot!(order.encode(), @r#"{"order":1,"made":"2026-01-05T11:00:00.000000000Z","proposal":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","proposer":"8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c","ledger":"178800078f63bcb6755be2251ab2ecb8e642bb04fd5dee8dd7c85ffbf67219a0","connection":"prod","agreement":"46a81739c6ee7c1d5ed084e7de843a7ed79435cd445513e4dd5c4e5ac395fb4b","policy":"8cdeb349a026570f6e15eecd308eef9b5692e52ddb09eebde3c1ca0e2cb235e2","inventory":"b11a85b296a90afc460430434a504e7acb04b064575b7277724688af0e59d189","currency":"USD","steps":[{"number":1,"action":"buy","service":"savingsplans","account":"111122223333","region":null,"kind":"compute-plan","term":"1yr","payment":"Partial Upfront","goods":"-","object":"offering-1","quantity":"1.5","starts":null,"deadline":null,"ceiling_hourly":"0.75","ceiling_upfront":"6570","obligation":"13140","details":null}]}"#);
    insta::assert_snapshot!(order.id(), @"43021332e67ea270c08c2a3d1e978106397bd75f2586f226ce44867cf014b3f7");
}

#[test]
fn an_order_is_read_as_it_was_written_or_not_at_all() {
    let second = Step { number: 2, ..listed(&[(12, "3.5"), (6, "1")]) };
    let third =
        Step { number: 3, action: Action::Return, kind: None, deadline: Some(now()), region: Some("us-east-1".parse().unwrap()), ..plan() };
    let order = order(vec![plan(), second, third]);
    let text = order.encode();
    assert_eq!(crate::Order::read(&text), Ok(order));
    let told = [
        "{}".to_owned(),
        text.replace("\"order\":1", "\"order\":2"),
        text.replace(",\"steps\"", ", \"steps\""),
        text.replace("\"0.75\"", "\"0.750\""),
        text.replace("\"0.75\"", "0.75"),
        text.replace("\"number\":2", "\"number\":4"),
        text.replace("\"action\":\"buy\"", "\"action\":\"steal\""),
        text.replacen("\"details\":null", "\"details\":null,\"more\":1", 1),
    ];
    insta::assert_snapshot!(told.map(|text| crate::Order::read(&text).unwrap_err().to_string()).join("\n"), @"
    this is not an order: missing field `order` at line 1 column 2
    this is not an order: its format is 2, and this Tenor knows 1
    this is not an order: it is not written in the one form that orders have
    this is not an order: it is not written in the one form that orders have
    this is not an order: invalid type: floating point `0.75`, expected a string at line 1 column 819
    step 4 stands where step 2 should
    this is not an order: unknown variant `steal`, expected one of `buy`, `queue`, `cancel-queued`, `return`, `modify`, `exchange`, `list`, `cancel-listing`, `raise-quota`, `instruct` at line 1 column 591
    this is not an order: unknown field `more`, expected one of `number`, `action`, `service`, `account`, `region`, `kind`, `term`, `payment`, `goods`, `object`, `quantity`, `starts`, `deadline`, `ceiling_hourly`, `ceiling_upfront`, `obligation`, `details` at line 1 column 889
    ");
}

#[test]
fn what_can_be_undone_says_until_when() {
    let until = |step: &Step, bought: &str| undo_until(step, moment(bought)).map_or("-".to_owned(), |until| until.to_string());
    let queued = Step { action: Action::Queue, starts: Some(moment("2026-03-01T00:00:00Z")), ..reservation() };
    let queued_plan =
        |commitment: &str, starts: &str| Step { action: Action::Queue, starts: Some(moment(starts)), quantity: text(commitment), ..plan() };
    let told = [
        until(&plan(), "2026-01-05T12:00:00Z"),
        until(&plan(), "2026-01-30T12:00:00Z"),
        until(&Step { quantity: text("100.001"), ..plan() }, "2026-01-05T12:00:00Z"),
        until(&queued, "2026-01-05T12:00:00Z"),
        // A plan is returned once it runs, where AWS takes back any.
        until(&queued_plan("100", "2026-03-01T00:00:00Z"), "2026-01-05T12:00:00Z"),
        until(&queued_plan("100", "2026-02-26T00:00:00Z"), "2026-01-05T12:00:00Z"),
        until(&queued_plan("100.001", "2026-03-01T00:00:00Z"), "2026-01-05T12:00:00Z"),
        until(&reservation(), "2026-01-05T12:00:00Z"),
        until(&Step { action: Action::Return, ..plan() }, "2026-01-05T12:00:00Z"),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    2026-01-12T12:00:00.000000000Z
    2026-02-01T00:00:00.000000000Z
    -
    2026-03-01T00:00:00.000000000Z
    2026-03-08T00:00:00.000000000Z
    2026-03-01T00:00:00.000000000Z
    2026-03-01T00:00:00.000000000Z
    -
    -
    ");
}

#[test]
fn whoever_signs_is_told_what_a_step_does_beside_what_where_and_how_many() {
    let moment = |text| Some(moment(text));
    let given = vec![text("ri-1"), text("ri-2")];
    let whole = Target { count: 4, instance_type: None, zone: None };
    let zonal = Target { count: 2, instance_type: Some(text("m5.large")), zone: Some(text("eu-west-1a")) };
    let prices = vec![Asked { months: 12, price: money("1500") }, Asked { months: 1, price: money("0.5") }];
    let details = [
        Details::Exchange { given: given.clone() },
        Details::Modify { also: Vec::new(), targets: vec![whole] },
        Details::Modify { also: given, targets: vec![zonal] },
        Details::List { prices },
        Details::Instruct { lines: vec![text("open the console"), text("buy it")] },
    ];
    let told = |step: Step| step.more(&|amount| format!("{amount} USD")).join("; ");
    let mut lines: Vec<_> = details.into_iter().map(|details| told(Step { details: Some(details), ..plan() })).collect();
    let (starts, deadline) = (moment("2026-02-01T00:00:00Z"), moment("2026-01-31T23:59:59Z"));
    lines.push(told(Step { starts, deadline, ..plan() }));
    insta::assert_snapshot!(lines.join("\n"), @"
    gives ri-1, ri-2; by the account 111122223333
    becomes 4 × of the same type in the whole Region; by the account 111122223333
    together with ri-1, ri-2; becomes 2 × m5.large in eu-west-1a; by the account 111122223333
    asks 1500 USD for one with at most 12 months left; asks 0.5 USD for one with at most 1 month left; by the account 111122223333
    open the console; buy it; by the account 111122223333
    begins 2026-02-01 00:00:00 UTC; not after 2026-01-31 23:59:59 UTC; by the account 111122223333
    ");
}
