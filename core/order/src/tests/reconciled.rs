//! What the sources come to, case by case; and that nothing is counted twice or lost.

use super::told::{Told, told};
use crate::reconcile::reconcile;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tenor_money::Money;

/// A plan of a dollar an hour that an order bought on 10 January at six.
const PLAN: &str = "
now 2026-03-15
since 2026-01-05
step 1 buy savingsplans offering-1 sp-1 done 2026-01-10T06:00:00Z 1 0 1
";
const JANUARY: &str = "
bill 999988887777 2026-01 final
fee savingsplans - sp-1 2026-01-10T06:00:07Z 999988887777 2026-01 recurring 522
";

fn plan(more: &str) -> String {
    told(&format!("{PLAN}{more}"))
}

#[test]
fn what_was_ordered_agrees_when_aws_lists_it_and_the_bill_has_its_fees() {
    let february = "bill 999988887777 2026-02 final\nfee savingsplans - sp-1 - 999988887777 2026-02 recurring 672";
    let listed = "place savingsplans -\nlisted sp-1 active 2026-01-10T06:00:07Z - 365 1 -";
    insta::assert_snapshot!(plan(&format!("{JANUARY}{february}\n{listed}")), @"
    sp-1, ordered 1, active: agrees; ordered 1194 billed 1194 open 0 due 744
    agrees: ordered 1194 billed 1194 difference 0 due 744 open 0 strangers 0 before 0
    ");
    // March is not over: it is due, and may be in part on a bill that grows.
    insta::assert_snapshot!(plan(&format!("{JANUARY}{february}\nbill 999988887777 2026-03 open\nfee savingsplans - sp-1 - 999988887777 2026-03 recurring 300")), @"
    sp-1, ordered 1, not asked: agrees; ordered 1194 billed 1194 open 300 due 744
    agrees: ordered 1194 billed 1194 difference 0 due 744 open 300 strangers 0 before 0
    ");
}

#[test]
fn a_cent_more_or_less_is_told_and_less_than_half_of_one_is_not() {
    let told: Vec<_> = ["522.004", "521.99", "522.01", "0"]
        .map(|amount| {
            plan(&format!("to 2026-01\nbill p 2026-01 final\nfee savingsplans - sp-1 2026-01-10T06:00:07Z p 2026-01 recurring {amount}"))
        })
        .into_iter()
        .map(|told| told.lines().next().unwrap().to_owned())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    sp-1, ordered 1, not asked: agrees; ordered 522 billed 522.004 open 0 due 0
    sp-1, ordered 1, not asked: fee differs (the bill of 2026-01 has 521.99, and the order 522); ordered 522 billed 521.99 open 0 due 0
    sp-1, ordered 1, not asked: fee differs (the bill of 2026-01 has 522.01, and the order 522); ordered 522 billed 522.01 open 0 due 0
    sp-1, ordered 1, not asked: fee differs (the bill of 2026-01 has 0, and the order 522); ordered 522 billed 0 open 0 due 0
    ");
}

/// The call left a moment before six, and the plan began a moment after it: the bill has an hour less.
#[test]
fn an_hour_is_nothing_where_aws_does_not_say_when_it_began() {
    let told: Vec<_> = ["521", "523", "520.99"]
        .map(|amount| {
            let february = "bill p 2026-02 final\nfee savingsplans - sp-1 - p 2026-02 recurring 672";
            plan(&format!("to 2026-02\nbill p 2026-01 final\n{february}\nfee savingsplans - sp-1 - p 2026-01 recurring {amount}"))
        })
        .into_iter()
        .map(|told| told.lines().next().unwrap().to_owned())
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    sp-1, ordered 1, not asked: agrees; ordered 1194 billed 1193 open 0 due 0
    sp-1, ordered 1, not asked: agrees; ordered 1194 billed 1195 open 0 due 0
    sp-1, ordered 1, not asked: fee differs (the bill of 2026-01 has 520.99, and the order 522); ordered 1194 billed 1192.99 open 0 due 0
    ");
}

#[test]
fn a_bill_that_is_not_in_is_due_and_one_that_is_late_is_missed() {
    let early = plan("to 2026-01").replace("2026-03-15", "");
    let first = told(&PLAN.replace("now 2026-03-15", "now 2026-02-03"));
    insta::assert_snapshot!(format!("{early}\n{first}"), @"
    sp-1, ordered 1, not asked: undecided (the bill of 2026-01 is not in: tenor import); ordered 0 billed 0 open 0 due 522
    does not agree: ordered 0 billed 0 difference 0 due 522 open 0 strangers 0 before 0
    sp-1, ordered 1, not asked: not billed yet (due on the bill of 2026-01); ordered 0 billed 0 open 0 due 1194
    agrees: ordered 0 billed 0 difference 0 due 1194 open 0 strangers 0 before 0
    ");
}

#[test]
fn what_the_ledger_has_and_aws_has_not_is_not_held() {
    let told: Vec<_> = [
        "place savingsplans -",
        "place savingsplans -\nlisted sp-1 never 2026-01-10T06:00:07Z - 365 1 -",
        "place savingsplans -\nlisted sp-1 ended 2026-01-10T06:00:07Z - 365 1 -",
        "place savingsplans -\nlisted sp-1 frozen 2026-01-10T06:00:07Z - 365 1 -",
        "unread savingsplans -",
        "place rds us-east-1",
    ]
    .map(|list| plan(&format!("{JANUARY}to 2026-01\n{list}")))
    .into_iter()
    .map(|told| told.lines().next().unwrap().to_owned())
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    sp-1, ordered 1, missing: not held (the ledger says that it is held, and AWS does not); ordered 522 billed 522 open 0 due 0
    sp-1, ordered 1, never ran: not held (the ledger says that it is held, and AWS does not); ordered 0 billed 522 open 0 due 0
    sp-1, ordered 1, ended: not held (the ledger says that it is held, and AWS does not); ordered 522 billed 522 open 0 due 0
    sp-1, ordered 1, frozen: undecided (AWS says that it is `frozen`, which is not known here); ordered 522 billed 522 open 0 due 0
    sp-1, ordered 1, unreadable: undecided (AWS's list of savingsplans could not be read); ordered 522 billed 522 open 0 due 0
    sp-1, ordered 1, not looked: undecided (nobody looked where AWS would list it); ordered 522 billed 522 open 0 due 0
    ");
}

#[test]
fn what_no_order_bought_is_a_strangers_and_what_was_there_before_is_not() {
    insta::assert_snapshot!(told("
        now 2026-02-20
        since 2026-01-05
        bill p 2026-01 final
        place ec2 us-east-1
        listed ri-old active 2025-06-01 - 365 1 1
        listed ri-queued queued 2026-06-01 - 365 1 1
        listed ri-new active 2026-01-20 - 365 1 1
        listed ri-gone never 2026-01-21 - 365 1 1
        before ri-queued
        fee ec2 us-east-1 ri-old 2025-06-01 p 2026-01 recurring 744
        fee ec2 us-east-1 ri-new 2026-01-20 p 2026-01 recurring 288
        fee rds eu-west-1 billed-only 2026-01-25 p 2026-01 upfront 1000
        fee rds eu-west-1 billed-before 2025-12-25 p 2026-01 recurring 5
        trail ec2 us-east-1 ri-new arn:eve 2026-01-20
        trail ec2 us-east-1 ri-unseen arn:eve 2026-01-30
        trail savingsplans us-east-1
        trail rds us-east-1 the answer broke off
        "), @"
    ri-new, stranger, active: not ordered, by arn:eve at 2026-01-20T00:00:00Z; ordered 0 billed 288 open 0 due 0
    ri-unseen, stranger, missing: not ordered, by arn:eve at 2026-01-30T00:00:00Z; ordered 0 billed 0 open 0 due 0
    billed-only, stranger, not looked: not ordered; ordered 0 billed 1000 open 0 due 0
    ri-gone, stranger, never ran: nothing owed; ordered 0 billed 0 open 0 due 0
    ri-old, before, active: held before; ordered 0 billed 744 open 0 due 0
    ri-queued, before, queued: held before; ordered 0 billed 0 open 0 due 0
    billed-before, before, not looked: held before; ordered 0 billed 5 open 0 due 0
    unread: CloudTrail's records of savingsplans of 111122223333 in us-east-1: the role does not grant it
    unread: CloudTrail's records of rds of 111122223333 in us-east-1: the answer broke off
    does not agree: ordered 0 billed 0 difference 0 due 0 open 0 strangers 1288 before 749
    ");
    // Nobody was here yet, so nobody is a stranger.
    insta::assert_snapshot!(told("now 2026-02-20\nbill p 2026-01 final\nfee rds eu-west-1 one 2026-01-25 p 2026-01 upfront 1000"), @"
    one, before, not asked: held before; ordered 0 billed 1000 open 0 due 0
    agrees: ordered 0 billed 0 difference 0 due 0 open 0 strangers 0 before 1000
    ");
}

#[test]
fn a_return_gives_back_its_fee_and_what_was_queued_and_taken_back_costs_nothing() {
    insta::assert_snapshot!(told("
        now 2026-02-20
        since 2026-01-05
        step 1 buy savingsplans offering-1 sp-1 undone 2026-01-10T06:00:00Z 0.5 4380 1
        step 2 return savingsplans sp-1 sp-1 done 2026-01-12T06:30:00Z 0 0 1
        step 3 queue savingsplans offering-1 sp-2 undone 2026-06-01T00:00:00Z 1 0 1
        step 4 cancel-queued savingsplans sp-2 sp-2 done 2026-01-13T00:00:00Z 0 0 1
        step 5 queue savingsplans offering-1 sp-3 done 2026-06-01T00:00:00Z 1 0 1
        step 6 buy savingsplans offering-1 sp-4 failed 2026-01-14T00:00:00Z 1 0 1
        place savingsplans -
        listed sp-1 ended 2026-01-10T06:00:07Z - 365 0.5 -
        listed sp-2 never 2026-06-01 - 365 1 -
        listed sp-3 queued 2026-06-01 - 365 1 -
        listed sp-4 never 2026-01-14 - 365 1 -
        bill p 2026-01 final
        fee savingsplans - sp-1 2026-01-10T06:00:07Z p 2026-01 upfront 4380
        fee savingsplans - sp-1 2026-01-10T06:00:07Z p 2026-01 refund -4380
        fee savingsplans - sp-1 2026-01-10T06:00:07Z p 2026-01 recurring 24
        "), @"
    sp-3, ordered 5, queued: not billed yet (due on the bill of 2026-06); ordered 0 billed 0 open 0 due 0
    sp-1, ordered 1, ended: agrees; ordered 24 billed 24 open 0 due 0
    sp-2, ordered 3, never ran: nothing owed; ordered 0 billed 0 open 0 due 0
    sp-4, ordered 6, never ran: nothing owed; ordered 0 billed 0 open 0 due 0
    agrees: ordered 24 billed 24 difference 0 due 0 open 0 strangers 0 before 0
    ");
    // It is still there: nobody returned it, or AWS has not yet.
    let told = plan(
        "to 2026-01\nstep 2 return savingsplans sp-1 sp-1 done 2026-01-12T06:30:00Z 0 0 1\nplace savingsplans -\nlisted sp-1 active 2026-01-10T06:00:07Z - 365 1 -",
    );
    insta::assert_snapshot!(told, @"
    sp-1, ordered 1, active: undecided (AWS has not carried out yet what was done to it); ordered 0 billed 0 open 0 due 48
    does not agree: ordered 0 billed 0 difference 0 due 48 open 0 strangers 0 before 0
    ");
}

/// Two reservations that an order bought; one order split them, and another exchanged one of the parts.
const CHANGED: &str = "
now 2026-03-20
since 2026-01-05
to 2026-02
step 1 buy ec2 offering-1 ri-1 done 2026-01-10T00:00:00Z 2 0 2
step 2 modify ec2 ri-1 rimod-1 done 2026-02-01T00:20:00Z 0 0 2
step 3 exchange ec2 offering-2<ri-3 riex-1 done 2026-02-15T00:00:05Z 4 10 4
place ec2 us-east-1
listed ri-1 ended 2026-01-10 2026-02-01 365 2 2
listed ri-2 active 2026-02-01 - 343 0.5 2
listed ri-3 ended 2026-02-01 2026-02-15T00:00:05Z 343 1.5 1
listed ri-4 active 2026-02-15T00:00:05Z - 329 4 4
bill p 2026-01 final
bill p 2026-02 final
";

fn changed(fees: &str) -> String {
    told(&format!("{CHANGED}{fees}"))
}

#[test]
fn what_a_step_bought_is_followed_through_modifications_exchanges_and_sales() {
    insta::assert_snapshot!(changed("
        fee ec2 us-east-1 ri-1 2026-01-10 p 2026-01 recurring 1056
        fee ec2 us-east-1 ri-2 2026-02-01 p 2026-02 recurring 336
        fee ec2 us-east-1 ri-3 2026-02-01 p 2026-02 recurring 504.00208333
        fee ec2 us-east-1 ri-4 2026-02-15T00:00:05Z p 2026-02 upfront 10
        fee ec2 us-east-1 ri-4 2026-02-15T00:00:05Z p 2026-02 recurring 1343.99444444
        "), @"
    ri-1, ordered 1, ended: agrees; ordered 1056 billed 1056 open 0 due 0
    ri-2, descends 1, active: agrees; ordered 336 billed 336 open 0 due 0
    ri-3, descends 1, ended: agrees; ordered 504.00208333 billed 504.00208333 open 0 due 0
    ri-4, ordered 3, active: agrees; ordered 1353.99444444 billed 1353.99444444 open 0 due 0
    agrees: ordered 3249.99652777 billed 3249.99652777 difference 0 due 0 open 0 strangers 0 before 0
    ");
}

#[test]
fn what_an_exchange_took_is_gone_and_what_it_gave_is_owed_nothing_where_aws_was_not_paid() {
    insta::assert_snapshot!(told("
        now 2026-03-20
        since 2026-01-05
        to 2026-02
        step 1 buy ec2 offering-1 ri-1 done 2026-01-10T00:00:00Z 2 0 2
        step 2 exchange ec2 offering-2<ri-1 riex-1 failed 2026-02-15T00:00:00Z 4 10 4
        place ec2 us-east-1
        listed ri-1 ended 2026-01-10 2026-02-15 365 2 2
        listed ri-2 never 2026-02-15 - 329 4 4
        bill p 2026-01 final
        bill p 2026-02 final
        fee ec2 us-east-1 ri-1 2026-01-10 p 2026-01 recurring 1056
        fee ec2 us-east-1 ri-1 2026-01-10 p 2026-02 recurring 672
        "), @"
    ri-1, ordered 1, ended: agrees; ordered 1728 billed 1728 open 0 due 0
    ri-2, ordered 2, never ran: nothing owed; ordered 0 billed 0 open 0 due 0
    agrees: ordered 1728 billed 1728 difference 0 due 0 open 0 strangers 0 before 0
    ");
}

#[test]
fn a_purchase_that_aws_split_is_shared_out_by_what_each_part_holds() {
    insta::assert_snapshot!(told("
        now 2026-02-20
        since 2026-01-05
        to 2026-01
        step 1 buy ec2 offering-1 ri-1,ri-2 done 2026-01-31T00:00:00Z 4 0 4
        place ec2 us-east-1
        listed ri-1 active 2026-01-31 - 365 1 1
        listed ri-2 active 2026-01-31 - 365 2.5 3
        bill p 2026-01 final
        fee ec2 us-east-1 ri-1 2026-01-31 p 2026-01 recurring 24
        fee ec2 us-east-1 ri-2 2026-01-31 p 2026-01 recurring 60
        "), @"
    ri-2, ordered 1, active: fee differs (the bill of 2026-01 has 60, and the order 72; bought together with ri-1); ordered 72 billed 60 open 0 due 0
    ri-1, ordered 1, active: agrees; ordered 24 billed 24 open 0 due 0
    does not agree: ordered 96 billed 84 difference -12 due 0 open 0 strangers 0 before 0
    ");
}

#[test]
fn what_differs_of_something_modified_or_exchanged_names_what_it_was_and_what_it_became() {
    insta::assert_snapshot!(changed("
        fee ec2 us-east-1 ri-1 2026-01-10 p 2026-01 recurring 1057
        fee ec2 us-east-1 ri-2 2026-02-01 p 2026-02 recurring 336
        fee ec2 us-east-1 ri-3 2026-02-01 p 2026-02 recurring 600
        fee ec2 us-east-1 ri-4 2026-02-15T00:00:05Z p 2026-02 upfront 11
        fee ec2 us-east-1 ri-4 2026-02-15T00:00:05Z p 2026-02 recurring 1343.99444444
        "), @"
    ri-1, ordered 1, ended: fee differs (the bill of 2026-01 has 1057, and the order 1056; became ri-2 ri-3); ordered 1056 billed 1057 open 0 due 0
    ri-3, descends 1, ended: fee differs (the bill of 2026-02 has 600, and the order 504.00208333; made of ri-1, became ri-4); ordered 504.00208333 billed 600 open 0 due 0
    ri-4, ordered 3, active: fee differs (the bill of 2026-02 has 1354.99444444, and the order 1353.99444444; made of ri-3); ordered 1353.99444444 billed 1354.99444444 open 0 due 0
    ri-2, descends 1, active: agrees; ordered 336 billed 336 open 0 due 0
    does not agree: ordered 3249.99652777 billed 3347.99444444 difference 97.99791667 due 0 open 0 strangers 0 before 0
    ");
}

#[test]
fn what_nobody_knows_yet_or_two_steps_claim_is_undecided() {
    insta::assert_snapshot!(told("
        now 2026-02-20
        since 2026-01-05
        step 1 buy savingsplans offering-1 - unknown 2026-02-19T00:00:00Z 1 0 1
        step 2 buy savingsplans offering-1 - planned 2026-02-19T00:00:00Z 1 0 1
        step 3 buy rds offering-1 tenor-1 done 2026-02-19T00:00:00Z 1 0 1
        step 4 buy rds offering-1 tenor-1 done 2026-02-19T00:00:00Z 1 0 1
        "), @"
    -, ordered 1, not asked: undecided (nobody knows whether the step was done: tenor order run --live, or tenor order resolve); ordered 0 billed 0 open 0 due 0
    tenor-1, ordered 4, not asked: undecided (another step says that it made the same); ordered 0 billed 0 open 0 due 0
    tenor-1, ordered 3, not asked: not billed yet (due on the bill of 2026-02); ordered 0 billed 0 open 0 due 240
    does not agree: ordered 0 billed 0 difference 0 due 240 open 0 strangers 0 before 0
    ");
}

#[test]
fn a_bill_that_stays_open_is_missed_and_a_fee_that_differs_comes_before_it() {
    let january = |state: &str, amount: &str| {
        format!("bill p 2026-01 {state}\nfee savingsplans - sp-1 2026-01-10T06:00:07Z p 2026-01 recurring {amount}\n")
    };
    let february = |state: &str, amount: &str| format!("bill p 2026-02 {state}\nfee savingsplans - sp-1 - p 2026-02 recurring {amount}\n");
    let told = [
        plan(&format!("to 2026-01\n{}", january("open", "300"))),
        plan(&format!("to 2026-02\n{}{}", january("open", "300"), february("final", "100"))),
        told(&format!("{}{}", PLAN.replace("2026-03-15", "2026-02-10"), january("open", "300"))),
    ]
    .map(|told| told.lines().next().unwrap().to_owned());
    insta::assert_snapshot!(told.join("\n"), @"
    sp-1, ordered 1, not asked: undecided (the bill of 2026-01 is not complete: tenor import); ordered 0 billed 0 open 300 due 522
    sp-1, ordered 1, not asked: fee differs (the bill of 2026-02 has 100, and the order 672); ordered 672 billed 100 open 300 due 522
    sp-1, ordered 1, not asked: not billed yet (due on the bill of 2026-01); ordered 0 billed 0 open 300 due 1194
    ");
}

#[test]
fn what_failed_or_was_taken_out_of_the_queue_and_is_listed_still_is_still_held() {
    insta::assert_snapshot!(told("
        now 2026-02-20
        since 2026-01-05
        step 1 buy savingsplans offering-1 sp-1 failed 2026-02-10T06:00:00Z 1 0 1
        step 2 queue savingsplans offering-1 sp-2 undone 2026-06-01T00:00:00Z 1 0 1
        step 3 cancel-queued savingsplans sp-2 sp-2 done 2026-02-13T00:00:00Z 0 0 1
        place savingsplans -
        listed sp-1 active 2026-02-10T06:00:07Z - 365 1 -
        listed sp-2 queued 2026-06-01 - 365 1 -
        "), @"
    sp-1, ordered 1, active: still held (AWS lists it still, and the ledger says that it is not held); ordered 0 billed 0 open 0 due 0
    sp-2, ordered 2, queued: still held (AWS lists it still, and the ledger says that it is not held); ordered 0 billed 0 open 0 due 0
    does not agree: ordered 0 billed 0 difference 0 due 0 open 0 strangers 0 before 0
    ");
}

#[test]
fn the_encoding_has_every_row_once() {
    let lines = format!("{PLAN}{JANUARY}to 2026-01\ntrail savingsplans us-east-1 sp-9 arn:eve 2026-02-02");
    let found = reconcile(&Told::read(&lines).sources());
    insta::assert_snapshot!(found.encode(super::moment("2026-03-15T00:00:00Z")), @r#"{"reconciliation":1,"at":"2026-03-15T00:00:00.000000000Z","totals":{"ordered":"522","billed":"522","difference":"0","due":"0","open":"0","strangers":"0","before":"0"},"rows":[{"id":"sp-9","account":"111122223333","service":"savingsplans","region":null,"order":null,"step":null,"origin":"stranger","state":null,"listed":"not asked","bought_by":"arn:eve","bought_at":"2026-02-02T00:00:00Z","ordered":"0","billed":"0","open":"0","due":"0","verdict":"not ordered","because":null},{"id":"sp-1","account":"111122223333","service":"savingsplans","region":null,"order":"0101010101010101010101010101010101010101010101010101010101010101","step":1,"origin":"ordered","state":"done","listed":"not asked","bought_by":null,"bought_at":null,"ordered":"522","billed":"522","open":"0","due":"0","verdict":"agrees","because":null}],"gaps":[]}"#);
}

prop_compose! {
    /// A commitment that some of the sources know, with its fees.
    fn any_commitment()(
        id in 0u8..12, service in prop::sample::select(vec!["ec2 us-east-1", "rds us-east-1", "savingsplans -"]), is_ordered: bool, is_listed: bool,
        start in 1u8..28, fees in prop::collection::vec((1u8..4, 0i64..100_000), 0..4), is_seen: bool,
    ) -> (u8, &'static str, bool, bool, u8, Vec<(u8, i64)>, bool) {
        (id, service, is_ordered, is_listed, start, fees, is_seen)
    }
}

proptest! {
    /// Every fee, listing, recorded purchase and step is in one row, and the money of all rows is all the money.
    #[test]
    fn rows_partition_what_was_read(all in prop::collection::vec(any_commitment(), 0..10), opens in 1u8..5, is_read_twice in any::<bool>()) {
        let mut lines = vec!["now 2026-04-15".to_owned(), "since 2026-01-10".to_owned()];
        let mut places: BTreeMap<&str, Vec<String>> = ["ec2 us-east-1", "rds us-east-1", "savingsplans -"].map(|place| (place, vec![format!("place {place}")])).into();
        for month in 1..4u8 {
            lines.push(format!("bill p 2026-0{month} {}", if month < opens { "final" } else { "open" }));
        }
        let (mut seen, mut recorded) = (BTreeSet::new(), BTreeSet::new());
        for (number, (id, service, is_ordered, is_listed, start, fees, is_seen)) in (1..).zip(&all) {
            let (name, region) = service.split_once(' ').unwrap();
            if *is_ordered {
                lines.push(format!("step {number} buy {name} offering-1 c-{id} done 2026-01-{start:02}T00:00:00Z 1 5 1"));
            }
            if *is_listed && seen.insert((*id, *service)) {
                places.get_mut(service).unwrap().push(format!("listed c-{id} active 2026-01-{start:02} - 365 1 1"));
            }
            for (month, cents) in fees {
                lines.push(format!("fee {name} {region} c-{id} 2026-01-{start:02} p 2026-0{month} recurring {cents}.25"));
            }
            if *is_seen {
                recorded.insert((*id, *service));
                lines.push(format!("trail {name} us-east-1 c-{id} arn:eve 2026-01-{start:02}"));
            }
        }
        // Two connections to one account read the same places.
        let places: Vec<String> = places.into_values().flatten().collect();
        lines.extend(places.iter().cloned());
        lines.extend(places.into_iter().filter(|_| is_read_twice));
        let told = Told::read(&lines.join("\n"));
        let found = reconcile(&told.sources());
        let fees: Money = told.bills.commitments.iter().flat_map(|billed| &billed.fees).map(|fee| fee.amount).sum();
        let rows: Money = found.rows.iter().map(|row| row.fees.billed + row.fees.open).sum();
        prop_assert_eq!(rows, fees);
        let totals = found.totals;
        prop_assert_eq!(totals.billed + totals.open + totals.strangers + totals.before, fees);
        prop_assert_eq!(totals.difference, totals.billed - totals.ordered);
        let count = |is: &dyn Fn(&crate::reconcile::Row) -> bool| found.rows.iter().filter(|row| is(row)).count();
        prop_assert_eq!(count(&|row| row.state.is_some()), told.ordered.len());
        prop_assert_eq!(count(&|row| matches!(row.sight, crate::reconcile::Sight::Listed(_))), seen.len());
        prop_assert_eq!(count(&|row| row.trail.is_some()), recorded.len());
    }
}
