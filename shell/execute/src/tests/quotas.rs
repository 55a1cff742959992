//! What AWS's quotas let through, what is asked for where the owner lets it, and tags of what was bought.

use super::fake::{Stage, bought, old, plan, reservation};
use super::{moment, text};
use crate::{Answer, Asked, NoPrice, Outcome, Progress, Quota, Unread};
use tenor_ledger::Event;
use tenor_order::Step;

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
    let nineteen = bought(&reservation(), "ri-0", "19");
    let (mut stage, _) = Stage::of(vec![reservation()]);
    stage.world(|world| {
        world.held = Ok(vec![old(), nineteen]);
        world.quota = Ok(Some(Quota { value, asked }));
    });
    stage.terms.asks_for_quotas = true;
    let id = stage.another(vec![reservation()]);
    stage.journal.told.clear();
    (stage, id)
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
    waits: quota: allowed is 20 (New Reserved Instances per month in eu-west-1), and this is 21: AWS was asked for so many by the request request-9
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
    21: AWS takes no request for more (AccessDeniedException: no); ask for more by hand: Service Quotas, ec2, New Reserved Instances per month (L-D0B7243C), in eu-west-1
    ");
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
    rehearsed: quota: allowed is 20 (New Reserved Instances per month in eu-west-1), and this is 21: AWS would be asked for so many
      
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
