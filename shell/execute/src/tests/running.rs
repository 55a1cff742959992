//! Orders run from their first step to their end, and everything that can come between.

use super::fake::{START, Stage, bought, old, plan, reservation};
use super::text;
use crate::{ExecuteError, Journal as _, Outcome, Progress, Standing};
use tenor_ledger::{Event, Moment};
use tenor_order::{Action, Details, Service, Step};
use tenor_propose::proposal::Kind;

pub(super) fn lost() -> Outcome {
    Outcome::Lost(text("no answer within 180 s"))
}

/// How far an order comes, what was recorded and what was sent.
pub(super) fn told(stage: &mut Stage, id: tenor_ledger::OrderId) -> String {
    let progress = match stage.run(id) {
        Ok(Progress::Ended(ending)) => format!("ended {ending:?}"),
        Ok(Progress::Waits { step, why, .. }) => {
            format!("step {step} waits: {}", why.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        }
        Ok(Progress::Held { step, why }) => format!("step {step} is held: {why}"),
        Ok(Progress::ByHand { step }) => format!("step {step} is by hand"),
        Ok(Progress::Rehearsed(steps)) => format!("rehearsed {steps:?}"),
        Err(error) => format!("error: {error}"),
    };
    let told = format!("{progress}\n  {}\n  {:?}", stage.told(), stage.sent()).replace(&id.to_string(), "ORDER");
    stage.journal.told.clear();
    told
}

#[test]
fn an_order_is_done_step_by_step() {
    let (mut stage, id) = Stage::of(vec![plan(), Step { number: 2, object: text("offering-2"), ..plan() }]);
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, step-intended 2, called, step-done 2 made-1, order-ended Done
      ["buy offering-1 with its key", "buy offering-2 with its key"]
    "#);
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      
      ["buy offering-1 with its key", "buy offering-2 with its key"]
    "#);
}

#[test]
fn what_was_not_paid_for_in_the_end_is_said_so() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1 with its key"]
    "#);
    stage.wait(60);
    stage.world(|world| world.held = Ok(vec![old(), crate::Held { standing: Standing::Failed, ..bought(&plan(), "made-1", "1.5") }]));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Stopped
      step-failed
      ["buy offering-1 with its key"]
    "#);
    // Once is enough.
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Stopped
      
      ["buy offering-1 with its key"]
    "#);
}

/// What is found of a purchase that AWS was not paid for, so many minutes after it was sent.
fn settled(step: Step, made: &[(&str, Standing)], minutes: i64) -> String {
    let (mut stage, id) = Stage::of(vec![step.clone()]);
    let result = made.iter().map(|(id, _)| *id).collect::<Vec<_>>().join(" ");
    stage.world(|world| world.outcomes.push_back(Outcome::Done { result: text(&result), paid: None }));
    stage.run(id).unwrap();
    stage.journal.told.clear();
    stage.wait(minutes);
    let held = made.iter().map(|(id, standing)| crate::Held { standing: *standing, ..bought(&step, id, "1") });
    stage.world(|world| world.held = Ok([old()].into_iter().chain(held).collect()));
    stage.run(id).unwrap();
    stage.told()
}

#[test]
fn a_purchase_is_unpaid_when_all_of_it_is_and_it_began_lately() {
    use Standing::{Failed, Running};
    let queued = || Step { action: Action::Queue, starts: Some(crate::tests::moment("2026-06-01T00:00:00Z")), ..plan() };
    let (day, june) = (24 * 60, 147 * 24 * 60);
    let cases = [
        settled(plan(), &[("sp-1", Failed)], 31 * day),
        settled(plan(), &[("sp-1", Failed)], 31 * day + 1),
        settled(plan(), &[("sp-1", Running)], day),
        settled(plan(), &[("sp-1", Failed), ("sp-2", Failed)], day),
        settled(plan(), &[("sp-1", Failed), ("sp-2", Running)], day),
        settled(queued(), &[("sp-1", Failed)], day),
        settled(queued(), &[("sp-1", Failed)], june + day),
        settled(queued(), &[("sp-1", Failed)], june + 32 * day),
    ];
    assert_eq!(cases, ["step-failed", "", "", "step-failed", "", "", "step-failed", ""]);
}

/// What is found of an exchange whose answer names it so, a day after it was made.
fn exchanged(service: Service, result: &str, got: &[(&str, &str, Standing)]) -> String {
    let details = Some(Details::Exchange { given: vec![text("old-1")] });
    let kind = if service == Service::Ec2 { Kind::ConvertibleReservation } else { Kind::StandardReservation };
    let step = Step { action: Action::Exchange, service, kind: Some(kind), details, ..reservation() };
    let (mut stage, id) = Stage::of(vec![step.clone()]);
    stage.world(|world| world.outcomes.push_back(Outcome::Done { result: text(result), paid: None }));
    stage.run(id).unwrap();
    stage.journal.told.clear();
    stage.wait(24 * 60);
    // What is got has the rest of a term.
    let held = got.iter().map(|(id, count, standing)| crate::Held { standing: *standing, term: None, ..bought(&step, id, count) });
    let given = crate::Held { standing: Standing::Ended, ..old() };
    stage.world(|world| world.held = Ok([given].into_iter().chain(held).collect()));
    stage.run(id).unwrap();
    stage.told()
}

#[test]
fn an_exchange_is_unpaid_when_all_that_it_gave_is() {
    use Standing::{Failed, Running};
    let ec2 = |got: &[(&str, &str, Standing)]| exchanged(Service::Ec2, "riex-1", got);
    let cases = [
        ec2(&[("ri-1", "2", Failed)]),
        ec2(&[("ri-1", "2", Running)]),
        ec2(&[("ri-1", "1", Failed), ("ri-2", "1", Failed)]),
        ec2(&[("ri-1", "1", Failed), ("ri-2", "1", Running)]),
        // It may be somebody else's, or there is more to come.
        ec2(&[("ri-1", "3", Failed)]),
        ec2(&[("ri-1", "1", Failed)]),
        ec2(&[]),
        // A person named it.
        exchanged(Service::Ec2, "ri-1", &[("ri-1", "2", Failed)]),
        exchanged(Service::Redshift, "node-1", &[("node-1", "2", Failed)]),
        exchanged(Service::Redshift, "node-1", &[("node-1", "2", Running), ("node-2", "2", Failed)]),
    ];
    assert_eq!(cases, ["step-failed", "", "step-failed", "", "", "", "", "step-failed", "step-failed", ""]);
}

/// By a clock that was ahead, and that was put right to half an hour before: when it began says nothing then.
#[test]
fn an_exchange_is_unpaid_whatever_its_clock_said() {
    let details = Some(Details::Exchange { given: vec![text("old-1")] });
    let step = Step { action: Action::Exchange, kind: Some(Kind::ConvertibleReservation), details, ..reservation() };
    let (mut stage, id) = Stage::of(vec![step.clone()]);
    stage.world(|world| world.outcomes.push_back(Outcome::Done { result: text("riex-1"), paid: None }));
    stage.run(id).unwrap();
    crate::tests::approved::put_right(&mut stage.journal, crate::tests::moment("2026-01-05T11:30:00Z"));
    stage.journal.told.clear();
    let got = crate::Held { standing: Standing::Failed, term: None, ..bought(&step, "ri-1", "2") };
    let given = crate::Held { standing: Standing::Ended, ..old() };
    stage.world(|world| world.held = Ok(vec![given, got]));
    stage.run(id).unwrap();
    assert_eq!(stage.told(), "step-failed");
}

#[test]
fn what_was_recorded_of_one_order_and_cannot_be_read_stops_no_other() {
    let details = Some(Details::Exchange { given: vec![text("old-1")] });
    let exchange = Step { action: Action::Exchange, kind: Some(Kind::ConvertibleReservation), details, ..reservation() };
    let (mut stage, id) = Stage::of(vec![exchange]);
    stage.world(|world| world.outcomes.push_back(Outcome::Done { result: text("riex-1"), paid: None }));
    stage.run(id).unwrap();
    stage.journal.spoil();
    let other = stage.another(vec![Step { object: text("offering-2"), ..plan() }]);
    assert!(!told(&mut stage, other).starts_with("error"), "{}", told(&mut stage, other));
}

#[test]
fn what_cannot_be_read_is_not_unpaid() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.run(id).unwrap();
    stage.journal.told.clear();
    stage.world(|world| world.held = Err(crate::Unread(text("AccessDenied"))));
    stage.run(id).unwrap();
    assert_eq!(stage.told(), "");
}

#[test]
fn without_live_nothing_is_recorded_or_sent() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.is_live = false;
    insta::assert_snapshot!(told(&mut stage, id), @"
    rehearsed [(1, [])]
      
      []
    ");
}

#[test]
fn a_refusal_stops_the_rest() {
    let (mut stage, id) = Stage::of(vec![plan(), Step { number: 2, ..plan() }]);
    stage.world(|world| world.outcomes.push_back(Outcome::Refused { code: text("AccessDenied"), reason: text("no") }));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Stopped
      step-intended 1, called, step-refused, order-stopping, order-ended Stopped
      ["buy offering-1 with its key"]
    "#);
}

#[test]
fn a_lost_answer_with_a_token_is_asked_for_again_with_the_same() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.world(|world| world.outcomes.push_back(lost()));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-unknown 1, step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1 with its key", "buy offering-1 with its key"]
    "#);
}

#[test]
fn a_lost_answer_without_a_token_is_looked_for_and_found() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.world(|world| {
        world.outcomes.push_back(lost());
        world.is_trail_granted = false;
    });
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    step 1 waits: it is not listed, and may still appear
      step-intended 1, called, step-unknown 1
      ["buy offering-1"]
    "#);
    stage.world(|world| world.held.as_mut().unwrap().push(bought(&reservation(), "ri-1", "2")));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    step 1 waits: ri-1 came of its call; where the network brought that twice, more may still appear
      
      ["buy offering-1"]
    "#);
    stage.wait(31);
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-done 1 ri-1, order-ended Done
      ["buy offering-1"]
    "#);
}

#[test]
fn without_cloudtrail_what_is_not_found_is_held_and_with_it_tried_once_more() {
    let mut all = String::new();
    for is_granted in [false, true] {
        let (mut stage, id) = Stage::of(vec![reservation()]);
        stage.world(|world| {
            world.outcomes.extend([lost(), lost()]);
            world.is_trail_granted = is_granted;
        });
        for _ in 0..3 {
            all += &told(&mut stage, id);
            all += "\n";
            stage.wait(30);
        }
    }
    insta::assert_snapshot!(all, @r#"
    step 1 waits: it is not listed, and may still appear
      step-intended 1, called, step-unknown 1
      ["buy offering-1"]
    step 1 is held: AWS lists nothing of it, and the role does not grant to look it up in CloudTrail
      step-held 1
      ["buy offering-1"]
    step 1 is held: AWS lists nothing of it, and the role does not grant to look it up in CloudTrail
      
      ["buy offering-1"]
    step 1 waits: it is not listed, and may still appear
      step-intended 1, called, step-unknown 1
      ["buy offering-1"]
    step 1 waits: it is not listed, and may still appear
      step-put-back 1 NotDone, step-intended 1, called, step-unknown 1
      ["buy offering-1", "buy offering-1"]
    step 1 is held: AWS lists nothing of it, and CloudTrail has no call of it that was done
      step-put-back 1 NotDone
      ["buy offering-1", "buy offering-1"]
    "#);
}

#[test]
fn before_cloudtrail_has_caught_up_nothing_is_tried_once_more() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.world(|world| {
        world.outcomes.push_back(lost());
        world.trail_reaches = Some(crate::tests::moment(START).0);
    });
    let mut all = String::new();
    for minutes in [30, 1, 330] {
        all += &told(&mut stage, id);
        all += "\n";
        stage.wait(minutes);
    }
    // It comes on in time, or it does not.
    let mut other = Stage::of(vec![reservation()]);
    other.0.world(|world| {
        world.outcomes.push_back(lost());
        world.trail_reaches = Some(crate::tests::moment(START).0);
    });
    other.0.run(other.1).unwrap();
    other.0.journal.told.clear();
    other.0.wait(40);
    other.0.world(|world| world.trail_reaches = None);
    all += &told(&mut stage, id);
    all += "\n";
    all += &told(&mut other.0, other.1);
    insta::assert_snapshot!(all, @r#"
    step 1 waits: it is not listed, and may still appear
      step-intended 1, called, step-unknown 1
      ["buy offering-1"]
    step 1 waits: CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:00:00.000000000Z: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
      
      ["buy offering-1"]
    step 1 waits: CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:00:00.000000000Z: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
      
      ["buy offering-1"]
    step 1 is held: AWS lists nothing of it: its call left at 2026-01-05T12:00:00.000000000Z, 1 were held there before and 1 are now, none of them new and alike; CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:00:00.000000000Z: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
      step-held 1
      ["buy offering-1"]
    ended Done
      step-put-back 1 NotDone, step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1", "buy offering-1"]
    "#);
}

#[test]
fn more_than_was_asked_for_is_a_persons_matter() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    let twice = vec![old(), bought(&reservation(), "ri-1", "2"), bought(&reservation(), "ri-2", "2")];
    stage.world(|world| world.then_held = Some(twice));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    step 1 is held: more is new than this step buys, and nobody can tell whose it is: ri-1 ri-2
      step-intended 1, called, step-unknown 1, step-held 1
      ["buy offering-1"]
    "#);
}

#[test]
fn what_never_left_waits_and_is_tried_again() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.world(|world| world.outcomes.push_back(Outcome::NotSent(text("no connection"))));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    step 1 waits: no connection
      step-intended 1, step-put-back 1 NotSent
      ["buy offering-1 with its key"]
    "#);
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1 with its key", "buy offering-1 with its key"]
    "#);
}

#[test]
fn a_name_that_is_taken_is_looked_at() {
    let database = Step { service: Service::Rds, goods: text("db.r6g.large, postgresql, default"), ..reservation() };
    let (mut stage, id) = Stage::of(vec![database.clone()]);
    let name = stage.journal_key(id);
    let held = crate::Held { name: Some(text(&name)), ..bought(&database, "rds-1", "2") };
    stage.world(|world| {
        world.outcomes.push_back(Outcome::Already { code: text("ReservedDBInstanceAlreadyExists") });
        world.then_held = Some(vec![old(), held]);
    });
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-intended 1, called, step-unknown 1, step-done 1 rds-1, order-ended Done
      ["buy offering-1 with its key"]
    "#);
}

#[test]
fn a_process_that_died_behind_its_intent_looks_before_anything_else() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.die_behind_intent(id);
    stage.world(|world| {
        world.held.as_mut().unwrap().push(bought(&reservation(), "ri-1", "2"));
        world.is_trail_granted = false;
    });
    insta::assert_snapshot!(told(&mut stage, id), @"
    step 1 waits: ri-1 came of its call; where the network brought that twice, more may still appear
      step-unknown 1
      []
    ");
    stage.wait(31);
    insta::assert_snapshot!(told(&mut stage, id), @"
    ended Done
      step-done 1 ri-1, order-ended Done
      []
    ");
}

#[test]
fn without_enough_approvals_nothing_is_looked_at() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.wait(25 * 60);
    assert!(matches!(stage.run(id), Err(ExecuteError::NotApproved(_))));
    assert_eq!(stage.told(), "");
}

#[test]
fn what_a_person_does_waits_for_their_word() {
    let lines = vec![text("open the console of DynamoDB"), text("buy 100 units")];
    let by_hand = Step {
        action: Action::Instruct,
        service: Service::DynamoDb,
        kind: None,
        term: None,
        payment: None,
        details: Some(tenor_order::Details::Instruct { lines }),
        ..plan()
    };
    let (mut stage, id) = Stage::of(vec![by_hand]);
    assert!(told(&mut stage, id).starts_with("step 1 is by hand"));
    let done = Event::StepDone { order: id, step: 1, result: text("rc-1"), paid: None };
    let now = Moment(stage.world(|world| world.now));
    stage.journal.write(now, &[done], &[]).unwrap();
    assert!(told(&mut stage, id).starts_with("ended Done"));
    assert_eq!(stage.sent(), [""; 0], "nothing is asked of AWS");
}

#[test]
fn what_is_unknown_is_found_out_when_nobody_agrees_any_more() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.world(|world| world.outcomes.extend([lost(), lost()]));
    // The name or token would let it leave again, and the approvals have run out.
    stage.die_behind_intent(id);
    stage.wait(25 * 60);
    stage.world(|world| world.is_trail_granted = false);
    let told = told(&mut stage, id);
    assert!(told.starts_with("step 1 is held: AWS lists nothing of it"), "{told}");
    assert_eq!(stage.sent(), [""; 0]);
}
