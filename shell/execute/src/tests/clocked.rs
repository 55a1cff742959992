//! Orders run by a clock that is not AWS's, or was not.

use super::fake::{Stage, bought, plan, reservation};
use super::running::{lost, told};
use super::{approved, moment, text};
use crate::{ExecuteError, Journal as _};
use jiff::SignedDuration;
use tenor_ledger::Event;

#[test]
fn a_clock_that_differs_from_aws_s_begins_nothing() {
    let minutes = |minutes| Some(SignedDuration::from_mins(minutes));
    for off in [minutes(6), minutes(-6)] {
        let (mut stage, id) = Stage::of(vec![plan()]);
        stage.world(|world| world.ahead = off);
        assert!(matches!(stage.run(id), Err(ExecuteError::ClockOff { .. })));
        assert_eq!((stage.told(), stage.sent()), (String::new(), Vec::new()));
        stage.world(|world| world.ahead = minutes(5));
        assert!(told(&mut stage, id).starts_with("ended Done"));
    }
    // It was found out between the two looks: the call never left.
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.behind_intent(move |world| world.ahead = minutes(-6));
    let error = stage.run(id).unwrap_err();
    assert_eq!(error.to_string(), "this machine's clock is 360 s behind AWS's");
    assert_eq!(stage.told(), "step-intended 1, step-put-back 1 NotSent");
    assert_eq!(stage.sent(), [""; 0]);
}

#[test]
fn a_clock_that_went_wrong_gives_nothing_up() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.world(|world| world.outcomes.push_back(lost()));
    stage.run(id).unwrap();
    stage.journal.told.clear();
    stage.wait(31);
    // It is found out while it is looked for.
    stage.world(|world| world.then_ahead = Some(SignedDuration::from_mins(6)));
    assert!(matches!(stage.run(id), Err(ExecuteError::ClockOff { .. })));
    assert_eq!((stage.told().as_str(), stage.sent().len()), ("", 1));
    // Or AWS does not say.
    stage.world(|world| world.ahead = None);
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    step 1 waits: AWS's answers do not say what time it is, so nobody knows whether this machine's clock is right
      
      ["buy offering-1"]
    "#);
    stage.world(|world| world.ahead = Some(SignedDuration::ZERO));
    assert!(told(&mut stage, id).starts_with("ended Done"));
}

/// Until lists and CloudTrail are whole, what one call made may not be all of it: how long that is, the clock says.
#[test]
fn a_clock_that_went_wrong_finds_nothing_done_that_aws_knows_by_nothing() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.world(|world| {
        world.outcomes.push_back(lost());
        world.is_trail_granted = false;
    });
    stage.run(id).unwrap();
    stage.journal.told.clear();
    stage.wait(31);
    stage.world(|world| {
        world.held.as_mut().unwrap().push(bought(&reservation(), "ri-1", "2"));
        world.then_ahead = Some(SignedDuration::from_mins(31));
    });
    assert!(matches!(stage.run(id), Err(ExecuteError::ClockOff { .. })));
    stage.world(|world| world.ahead = None);
    assert!(told(&mut stage, id).starts_with("step 1 waits: AWS's answers do not say what time it is"));
    stage.world(|world| world.ahead = Some(SignedDuration::ZERO));
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Done
      step-done 1 ri-1, order-ended Done
      ["buy offering-1"]
    "#);
}

#[test]
fn nothing_is_begun_by_a_clock_that_aws_has_not_confirmed() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.world(|world| world.ahead = None);
    insta::assert_snapshot!(told(&mut stage, id), @"
    step 1 waits: approval: allowed is a clock that AWS has confirmed, and this is AWS's answers do not say what time it is, so nobody knows whether this machine's clock is right
      
      []
    ");
}

/// What is found of a call that was sent at twelve and whose answer was lost, so many minutes later, where the clock was put right to a moment meanwhile.
fn put_right(to: &str, minutes: i64) -> String {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.world(|world| world.outcomes.push_back(lost()));
    stage.run(id).unwrap();
    // Something was recorded by a clock that is ten years ahead, and Ben's is a bit behind.
    let stray = Event::KillSwitch { stopped: false, reason: text("-") };
    stage.journal.write(moment("2036-01-05T12:00:00Z"), &[stray], &[]).unwrap();
    let to = moment(to);
    approved::put_right(&mut stage.journal, to);
    // What he signed later than that counts no more.
    approved::approve(&mut stage.journal, id, to);
    stage.journal.told.clear();
    stage.wait(minutes);
    told(&mut stage, id)
}

#[test]
fn a_call_that_has_just_left_is_no_older_where_the_clock_was_put_right() {
    let all = [put_right("2026-01-05T11:55:00Z", 26), put_right("2026-01-05T11:55:00Z", 30), put_right("2026-01-05T11:00:00Z", 26)];
    insta::assert_snapshot!(all.join("\n"), @r#"
    step 1 waits: it is not listed, and may still appear
      
      ["buy offering-1"]
    ended Done
      step-put-back 1 NotDone, step-intended 1, called, step-done 1 made-1, order-ended Done
      ["buy offering-1", "buy offering-1"]
    step 1 is held: by the clock its call left at 2026-01-05T12:00:00.000000000Z, which counts as 2026-01-05T11:00:00.000000000Z since the clock was put right: the clock was ahead then, so nobody can tell what is new since
      step-held 1
      ["buy offering-1"]
    "#);
}
