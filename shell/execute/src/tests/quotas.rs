//! What AWS's quotas let through, what is asked for where the owner lets it, and tags of what was bought.

use super::fake::{Stage, bought, old, plan, reservation};
use super::journal::Death;
use super::{moment, text};
use crate::{Answer, Asked, NoPrice, Outcome, Progress, Quota, Unread};
use tenor_ledger::Event;
use tenor_order::{Action, Details, Service, Step};

/// How far an order comes, what was recorded and what was sent.
fn told(stage: &mut Stage, id: tenor_ledger::OrderId) -> String {
    let progress = match stage.run(id) {
        Ok(Progress::Ended(ending)) => format!("ended {ending:?}"),
        Ok(Progress::Waits { why, .. }) => format!("waits: {}", why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
        Ok(Progress::Rehearsed(steps)) => {
            let refusals = steps.iter().flat_map(|(_, refusals)| refusals).map(ToString::to_string);
            format!("rehearsed: {}", refusals.collect::<Vec<_>>().join("; "))
        }
        other => format!("{other:?}"),
    };
    let told = format!("{progress}\n  {}\n  {:?}", stage.told(), stage.sent());
    stage.journal.told.clear();
    told
}

/// An order of two reservations where the owner lets more be asked for, and AWS allows so many in a month, of which 19 are bought.
fn stage(value: u32, asked: Vec<Asked>) -> (Stage, tenor_ledger::OrderId) {
    stage_of(vec![reservation()], value, asked)
}

/// The same of other steps.
fn stage_of(steps: Vec<Step>, value: u32, asked: Vec<Asked>) -> (Stage, tenor_ledger::OrderId) {
    let nineteen = bought(&reservation(), "ri-0", "19");
    let (mut stage, _) = Stage::of(vec![reservation()]);
    stage.world(|world| {
        world.held = Ok(vec![old(), nineteen]);
        world.quota = Ok(Some(Quota { value, asked }));
    });
    stage.terms.asks_for_quotas = true;
    let id = stage.another(steps);
    stage.journal.told.clear();
    (stage, id)
}

/// How it goes on, in a word, and what was sent so far.
fn went(stage: &mut Stage, id: tenor_ledger::OrderId) -> String {
    let word = match stage.run(id).unwrap() {
        Progress::Ended(ending) => format!("ended {ending:?}"),
        Progress::Waits { .. } => "waits".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{word}, {}", stage.sent().join(", "))
}

fn refused(code: &str) -> Outcome {
    Outcome::Refused { code: text(code), reason: text("no") }
}

/// The calls that were recorded, with what the entries say went wrong.
fn called(stage: &Stage) -> Vec<String> {
    let of = |event: &Event| match event {
        Event::Called { operation, error, .. } => Some(format!("{operation} {}", error.as_ref().map_or("-", |error| error.as_str()))),
        _ => None,
    };
    stage.journal.told.iter().filter_map(of).collect()
}

fn asked(desired: u32, answer: Answer) -> Asked {
    Asked { id: text("request-9"), desired, at: moment("2026-01-05T12:30:00Z"), answer }
}

#[test]
fn a_quota_with_room_lets_a_purchase_through_and_is_asked_nothing() {
    let (mut stage, id) = stage(21, Vec::new());
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1"]
    "#);
}

#[test]
fn a_step_waits_for_the_one_request_that_was_made_and_goes_on_when_it_is_granted() {
    let (mut stage, id) = stage(20, Vec::new());
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    waits: quota: allowed is 20 (New Reserved Instances per month in eu-west-1), and this is 21: AWS was asked for 21 by the request request-9
      called
      ["raise to 21"]
    "#);
    stage.wait(60);
    stage.world(|world| world.quota = Ok(Some(Quota { value: 20, asked: vec![asked(21, Answer::Open)] })));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    waits: quota: allowed is 20 (New Reserved Instances per month in eu-west-1), and this is 21: AWS was asked for 21 by the request request-9, and has not answered yet
      
      ["raise to 21"]
    "#);
    stage.world(|world| world.quota = Ok(Some(Quota { value: 21, asked: vec![asked(21, Answer::Granted)] })));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, order-ended Done
      ["raise to 21", "buy offering-1"]
    "#);
}

#[test]
fn what_aws_does_not_grant_or_may_not_be_asked_for_refuses_with_what_to_do() {
    let (mut declined, id) = stage(20, vec![asked(21, Answer::Declined)]);
    let first = told(&mut declined, id);
    let (mut denied, id) = stage(20, Vec::new());
    let refused = Outcome::Refused { code: text("AccessDeniedException"), reason: text("no") };
    denied.world(|world| world.beside.push_back(refused));
    denied.run(id).unwrap();
    let why = |event: &Event| match event {
        Event::GuardRefused { step: Some(_), value, .. } => Some(value.to_string()),
        _ => None,
    };
    let second = denied.journal.told.iter().find_map(why).unwrap();
    insta::assert_snapshot!(format!("{first}\n{second}"), @"
    ended Stopped
      guard-refused 1 quota, order-ended Stopped
      []
    21: AWS takes no request for 21 (AccessDeniedException: no); ask for more by hand: Service Quotas, ec2, New Reserved Instances per month (L-D0B7243C), in eu-west-1
    ");
}

#[test]
fn only_who_may_not_ask_is_refused_and_what_else_aws_refuses_passes() {
    let codes = [
        "AccessDeniedException",
        "UnauthorizedOperation",
        "NotAuthorized",
        "IllegalArgumentException",
        "QuotaExceededException",
        "InvalidResourceStateException",
        "NoSuchResourceException",
        "DependencyAccessDeniedException",
    ];
    let told = codes.map(|code| {
        let (mut stage, id) = stage(20, Vec::new());
        stage.world(|world| world.beside.push_back(refused(code)));
        format!("{code}: {}", went(&mut stage, id))
    });
    insta::assert_snapshot!(told.join("\n"), @"
    AccessDeniedException: ended Stopped, raise to 21
    UnauthorizedOperation: ended Stopped, raise to 21
    NotAuthorized: ended Stopped, raise to 21
    IllegalArgumentException: waits, raise to 21
    QuotaExceededException: waits, raise to 21
    InvalidResourceStateException: waits, raise to 21
    NoSuchResourceException: waits, raise to 21
    DependencyAccessDeniedException: waits, raise to 21, make the role
    ");
}

#[test]
fn the_role_that_an_account_lacks_is_made_recorded_and_waited_for() {
    let done = || Outcome::Done { result: text("AWSServiceRoleForServiceQuotas"), paid: None };
    let taken = Outcome::Already { code: text("InvalidInput") };
    let ends = [done(), taken, Outcome::Lost(text("no answer")), Outcome::NotSent(text("no connection")), refused("AccessDenied")];
    let mut all = Vec::new();
    for end in ends {
        let (mut stage, id) = stage(20, Vec::new());
        stage.world(|world| world.beside.extend([refused("DependencyAccessDeniedException"), end]));
        let first = went(&mut stage, id);
        all.push(format!("{first}\n  {}", called(&stage).join("\n  ")));
        if first.starts_with("waits") {
            // Not before it may have come into force.
            assert_eq!(went(&mut stage, id), first);
            stage.wait(1);
            assert_eq!(went(&mut stage, id), format!("{first}, raise to 21"));
        }
    }
    insta::assert_snapshot!(all.join("\n"), @"
    waits, raise to 21, make the role
      service-quotas:RequestServiceQuotaIncrease DependencyAccessDeniedException
      iam:CreateServiceLinkedRole -
    waits, raise to 21, make the role
      service-quotas:RequestServiceQuotaIncrease DependencyAccessDeniedException
      iam:CreateServiceLinkedRole InvalidInput
    waits, raise to 21, make the role
      service-quotas:RequestServiceQuotaIncrease DependencyAccessDeniedException
      iam:CreateServiceLinkedRole -
    waits, raise to 21, make the role
      service-quotas:RequestServiceQuotaIncrease DependencyAccessDeniedException
    ended Stopped, raise to 21, make the role
      service-quotas:RequestServiceQuotaIncrease DependencyAccessDeniedException
      iam:CreateServiceLinkedRole AccessDenied
    ");
}

#[test]
fn a_request_is_told_as_it_ended_and_one_that_never_left_is_no_entry() {
    let ends = [Outcome::Lost(text("no answer")), Outcome::NotSent(text("no connection")), Outcome::Already { code: text("Open") }];
    let told = ends.map(|end| {
        let (mut stage, id) = stage(20, Vec::new());
        stage.world(|world| world.beside.push_back(end));
        let Ok(Progress::Waits { why, .. }) = stage.run(id) else { panic!("it waits") };
        let (_, why) = why[0].as_str().split_once("and this is ").unwrap();
        format!("{why}; {:?}", called(&stage))
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    21: nobody knows whether AWS was asked for 21: no answer; ["service-quotas:RequestServiceQuotaIncrease -"]
    21: AWS was not asked for more: no connection; []
    21: AWS was asked for more before, and has not answered yet; ["service-quotas:RequestServiceQuotaIncrease Open"]
    "#);
}

#[test]
fn aws_is_asked_three_times_at_most_and_not_again_while_a_request_may_still_show() {
    // Each is lost, or done and never listed; and one is refused for a while.
    for end in [Outcome::Lost(text("no answer")), Outcome::Done { result: text("r-1"), paid: None }, refused("QuotaExceededException")] {
        let (mut stage, id) = stage(20, Vec::new());
        stage.world(|world| world.beside.extend([end.clone(), end.clone(), end.clone(), end.clone()]));
        let mut sent = Vec::new();
        for minutes in [1, 28, 1, 29, 1, 30, 600] {
            assert!(went(&mut stage, id).starts_with("waits"));
            sent.push(stage.sent().len());
            stage.wait(minutes);
        }
        assert_eq!(sent, [1, 1, 1, 2, 2, 3, 3], "{end:?}");
        assert_eq!(called(&stage).len(), 3, "{end:?}");
    }
}

#[test]
fn a_request_is_for_all_open_steps_of_the_order_that_count_against_the_quota() {
    let three = |number| Step { number, object: text("offering-2"), quantity: text("3"), ..reservation() };
    let (mut stage, id) = stage_of(vec![reservation(), three(2)], 20, Vec::new());
    assert_eq!(went(&mut stage, id), "waits, raise to 24");
    stage.world(|world| world.quota = Ok(Some(Quota { value: 24, asked: vec![asked(24, Answer::Granted)] })));
    assert_eq!(went(&mut stage, id), "ended Done, raise to 24, buy offering-1, buy offering-2");
    // What is in a zone, begins in another month, is elsewhere or of another service has a quota of its own.
    let zonal = Step { goods: text("m5.large, Linux/UNIX, default, eu-west-1a"), ..three(2) };
    let later = Step { action: tenor_order::Action::Queue, starts: Some(moment("2026-02-01T00:00:00Z")), ..three(3) };
    let elsewhere = Step { region: Some("us-east-1".parse().unwrap()), ..three(4) };
    let database = Step { service: tenor_order::Service::Rds, ..three(5) };
    let (mut stage, id) = stage_of(vec![reservation(), zonal, later, elsewhere, database, three(6)], 20, Vec::new());
    assert_eq!(went(&mut stage, id), "waits, raise to 24");
}

#[test]
fn a_rehearsal_counts_the_steps_that_would_be_bought_before() {
    let three = Step { number: 2, object: text("offering-2"), quantity: text("3"), ..reservation() };
    let (mut stage, id) = stage_of(vec![reservation(), three], 21, Vec::new());
    stage.is_live = false;
    insta::assert_snapshot!(told(&mut stage, id), @"
    rehearsed: quota: allowed is 21 (New Reserved Instances per month in eu-west-1), and this is 24: AWS would be asked for 24
      
      []
    ");
}

#[test]
fn the_kill_switch_is_asked_right_before_a_request_and_before_tags() {
    let (mut stage, id) = stage(20, Vec::new());
    stage.world(|world| world.then_halted = Some(text("fire")));
    insta::assert_snapshot!(told(&mut stage, id), @"
    waits: quota: allowed is 20 (New Reserved Instances per month in eu-west-1), and this is 21: AWS is asked for nothing while the kill switch is set
      
      []
    ");
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.terms.tags_reservations = true;
    stage.world(|world| world.then_halted = Some(text("fire")));
    assert_eq!(went(&mut stage, id), "ended Done, buy offering-1");
    stage.world(|world| world.halted = None);
    assert_eq!(went(&mut stage, id), "ended Done, buy offering-1, tag made-1 with step 1");
}

#[test]
fn a_tag_that_failed_is_set_by_a_later_run_of_any_order_and_a_few_times_at_most() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.terms.tags_reservations = true;
    let tags = |stage: &Stage| stage.sent().iter().filter(|sent| sent.starts_with("tag ")).count();
    stage.world(|world| world.beside.extend([refused("InvalidReservedInstancesId"), refused("InvalidReservedInstancesId")]));
    let mut seen = Vec::new();
    for minutes in [29, 1, 30, 600] {
        stage.run(id).unwrap();
        seen.push(tags(&stage));
        stage.wait(minutes);
    }
    assert_eq!(seen, [1, 1, 2, 3], "the last one is done");
    stage.run(id).unwrap();
    assert_eq!(tags(&stage), 3, "what is tagged is tagged once");
    // Refused for good.
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.terms.tags_reservations = true;
    stage.world(|world| world.beside.extend((0..9).map(|_| refused("UnauthorizedOperation"))));
    for _ in 0..5 {
        stage.run(id).unwrap();
        stage.wait(30);
    }
    assert_eq!(tags(&stage), 3);
    // Long after nobody looks any more.
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.run(id).unwrap();
    stage.terms.tags_reservations = true;
    stage.wait(31 * 24 * 60 + 1);
    stage.run(id).unwrap();
    assert_eq!(tags(&stage), 0);
}

/// Who approved another order has nothing to do with it.
#[test]
fn what_an_order_that_goes_on_bought_is_tagged_by_its_own_run() {
    let by_hand = Step {
        number: 2,
        action: Action::Instruct,
        service: Service::DynamoDb,
        kind: None,
        term: None,
        payment: None,
        details: Some(Details::Instruct { lines: vec![text("buy 100 units")] }),
        ..plan()
    };
    let (mut stage, id) = Stage::of(vec![reservation(), by_hand]);
    stage.terms.tags_reservations = true;
    stage.world(|world| world.beside.push_back(refused("InvalidReservedInstancesId")));
    stage.run(id).unwrap();
    stage.wait(30);
    let other = stage.another(vec![plan()]);
    stage.run(other).unwrap();
    let tags = |stage: &Stage| stage.sent().iter().filter(|sent| sent.starts_with("tag ")).count();
    assert_eq!(tags(&stage), 1);
    stage.run(id).unwrap();
    assert_eq!(tags(&stage), 2);
}

#[test]
fn a_process_that_died_before_its_tags_sets_them_with_the_next_run_of_another_order() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.terms.tags_reservations = true;
    // Its intent, what came of it, and that the order ended are written.
    stage.journal.death = Some(Death { at: 2, is_before: false });
    assert!(stage.run(id).is_err());
    assert_eq!(stage.sent(), ["buy offering-1"]);
    let other = stage.another(vec![plan()]);
    stage.run(other).unwrap();
    assert!(stage.sent().contains(&"tag made-1 with step 1".to_owned()), "{:?}", stage.sent());
}

#[test]
fn a_quota_that_cannot_be_read_waits_and_one_that_may_not_is_aws_s_to_say() {
    let (mut stage, id) = stage(20, Vec::new());
    stage.world(|world| world.quota = Err(Unread(text("throttled"))));
    insta::assert_snapshot!(told(&mut stage, id), @"
    waits: quota: allowed is only what can be read, and this is throttled
      
      []
    ");
    stage.world(|world| world.quota = Ok(None));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1"]
    "#);
}

#[test]
fn a_rehearsal_says_what_would_be_asked_for_and_asks_for_nothing() {
    let (mut stage, id) = stage(20, Vec::new());
    stage.is_live = false;
    insta::assert_snapshot!(told(&mut stage, id), @"
    rehearsed: quota: allowed is 20 (New Reserved Instances per month in eu-west-1), and this is 21: AWS would be asked for 21
      
      []
    ");
}

#[test]
fn without_the_switch_aws_refuses_and_a_person_is_told_what_to_ask_for() {
    let (mut stage, id) = stage(20, Vec::new());
    stage.terms.asks_for_quotas = false;
    let refused = Outcome::Refused { code: text("ReservedInstancesLimitExceeded"), reason: text("Your quota allows 20") };
    stage.world(|world| world.outcomes.push_back(refused));
    stage.run(id).unwrap();
    assert_eq!(stage.sent(), ["buy offering-1"]);
    let why = |event: &Event| if let Event::StepUnknown { reason, .. } = event { Some(reason.to_string()) } else { None };
    let why = stage.journal.told.iter().find_map(why).unwrap();
    insta::assert_snapshot!(why, @"AWS refused it (ReservedInstancesLimitExceeded): Your quota allows 20; ask for more by hand: Service Quotas, ec2, New Reserved Instances per month (L-D0B7243C), in eu-west-1");
}

#[test]
fn zones_and_months_have_quotas_of_their_own() {
    let (mut stage, id) = stage(20, Vec::new());
    stage.world(|world| {
        let held = world.held.as_mut().unwrap();
        held[1].start = Some(moment("2025-12-31T23:59:59Z"));
    });
    // What is held differs from what the order was made on in nothing that counts.
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1"]
    "#);
    let zonal = Step { goods: text("m5.large, Linux/UNIX, default, eu-west-1a"), ..reservation() };
    let (mut stage, _) = self::stage(20, Vec::new());
    stage.world(|world| world.price.as_mut().unwrap().offering.goods = zonal.goods.clone());
    let id = stage.another(vec![zonal]);
    stage.journal.told.clear();
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1"]
    "#);
}

#[test]
fn what_was_bought_is_tagged_where_the_owner_wants_it_and_a_tag_that_fails_changes_nothing() {
    let mut all = Vec::new();
    let refused = Outcome::Refused { code: text("UnauthorizedOperation"), reason: text("no") };
    for (step, tags, outcome) in [
        (reservation(), false, None),
        (reservation(), true, None),
        (reservation(), true, Some(refused)),
        (reservation(), true, Some(Outcome::Lost(text("no answer")))),
        (plan(), true, None),
    ] {
        let (mut stage, id) = Stage::of(vec![step]);
        stage.terms.tags_reservations = tags;
        stage.world(|world| world.beside.extend(outcome));
        let error = |stage: &Stage| {
            let of = |event: &Event| match event {
                Event::Called { operation, error, .. } if operation.as_str() == "ec2:CreateTags" => Some(format!("{error:?}")),
                _ => None,
            };
            stage.journal.told.iter().find_map(of)
        };
        let progress = stage.run(id).unwrap();
        all.push(format!("{progress:?}: {:?}, {}", stage.sent(), error(&stage).unwrap_or_else(|| "no tags".to_owned())));
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    Ended(Done): ["buy offering-1"], no tags
    Ended(Done): ["buy offering-1", "tag made-1 with step 1"], None
    Ended(Done): ["buy offering-1", "tag made-1 with step 1"], Some(Text("UnauthorizedOperation"))
    Ended(Done): ["buy offering-1", "tag made-1 with step 1"], Some(Text("no answer"))
    Ended(Done): ["buy offering-1 with its key"], no tags
    "#);
}

#[test]
fn an_offering_that_is_not_sold_any_more_refuses_and_one_that_cannot_be_read_waits() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.world(|world| world.price = Err(Unread(text("throttled")).into()));
    insta::assert_snapshot!(told(&mut stage, id), @"
    waits: price by the hour: allowed is only what can be read, and this is throttled
      
      []
    ");
    stage.world(|world| world.price = Err(NoPrice::NotSold(text("AWS sells no offering offering-1 here"))));
    insta::assert_snapshot!(told(&mut stage, id), @"
    ended Stopped
      guard-refused 1 offering, order-ended Stopped
      []
    ");
}
