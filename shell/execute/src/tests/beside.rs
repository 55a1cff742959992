//! What orders are to each other: for the same need, in the same place, and one that takes back what another did.

use super::fake::{Stage, bought, old, plan, reservation};
use super::running::{lost, told};
use super::text;
use crate::Standing;
use tenor_ledger::Event;
use tenor_order::{Action, Step};
use tenor_propose::proposal::Term;

#[test]
fn a_step_that_is_unknown_keeps_others_out_of_its_place() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.world(|world| world.outcomes.push_back(lost()));
    stage.run(id).unwrap();
    let other = stage.another(vec![Step { object: text("offering-2"), ..reservation() }]);
    stage.journal.told.clear();
    insta::assert_snapshot!(told(&mut stage, other), @r#"
    step 1 waits: step 1 of order 0e3764c8a955 in ec2 of 111122223333 in eu-west-1 is unknown: tenor order run 0e3764c8a955 --live
      
      ["buy offering-1"]
    "#);
}

#[test]
fn a_purchase_of_which_nobody_knows_keeps_others_for_the_same_need_waiting_wherever_they_are() {
    let (mut stage, id) = Stage::of(vec![reservation()]);
    stage.world(|world| world.outcomes.push_back(lost()));
    stage.run(id).unwrap();
    let other = stage.another(vec![Step { object: text("offering-2"), ..plan() }]);
    stage.journal.told.clear();
    let waits = told(&mut stage, other);
    assert!(
        waits.starts_with("step 1 waits: step 1 of order ") && waits.contains(" in ec2 of 111122223333 in eu-west-1 is unknown"),
        "{waits}"
    );
    assert_eq!(stage.sent(), ["buy offering-1"]);
}

/// AWS may list a purchase only some minutes later: whoever made the second order meanwhile looked, and saw nothing.
#[test]
fn what_was_bought_before_an_order_was_made_and_not_listed_then_stops_its_purchases() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.run(id).unwrap();
    stage.wait(5);
    let second = stage.another(vec![Step { object: text("offering-2"), ..plan() }]);
    stage.journal.told.clear();
    assert!(told(&mut stage, second).contains("guard-refused 1 inventory"));
    // A day later what is not listed is there no more.
    stage.wait(25 * 60);
    let third = stage.another(vec![Step { object: text("offering-3"), ..plan() }]);
    assert!(told(&mut stage, third).starts_with("ended Done"));
    assert_eq!(stage.sent(), ["buy offering-1 with its key", "buy offering-3 with its key"]);
}

/// Two orders for one need: whoever made the one that runs later knew of nothing that the other bought.
#[test]
fn what_another_order_bought_since_an_order_was_made_stops_its_purchases_and_nothing_else() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    let back = stage.another(vec![Step { action: Action::Return, object: text("old-1"), ..plan() }]);
    let other = stage.another(vec![Step { object: text("offering-2"), ..plan() }]);
    let made = || crate::Held { standing: Standing::Running, ..bought(&plan(), "made-1", "1.5") };
    stage.world(|world| world.then_held = Some(vec![old(), made()]));
    stage.run(other).unwrap();
    stage.journal.told.clear();
    insta::assert_snapshot!(told(&mut stage, id), @r#"
    ended Stopped
      guard-refused 1 inventory, order-ended Stopped
      ["buy offering-2 with its key"]
    "#);
    assert!(!told(&mut stage, back).contains("guard-refused"), "what is returned does not depend on it");
    // Who makes an order now sees it.
    stage.wait(1);
    let later = stage.another(vec![Step { object: text("offering-3"), ..plan() }]);
    assert!(told(&mut stage, later).starts_with("ended Done"));
}

/// Both were proposed together, and neither meets the need of the other; one that is the same but for how much does.
#[test]
fn of_orders_of_one_proposal_made_before_either_ran_each_buys_what_is_not_the_same_step() {
    let runs_second = |proposals: [u8; 2], other: Step| {
        let (mut stage, _) = Stage::of(vec![plan()]);
        let term = other.term.unwrap();
        let first = stage.of_proposal(proposals[0], vec![plan()]);
        let second = stage.of_proposal(proposals[1], vec![other]);
        stage.run(first).unwrap();
        stage.world(|world| world.price.as_mut().unwrap().offering.term = term);
        stage.journal.told.clear();
        told(&mut stage, second).lines().take(2).map(str::trim).collect::<Vec<_>>().join(": ")
    };
    let longer = || Step { term: Some(Term::ThreeYears), object: text("offering-2"), obligation: "39420".parse().unwrap(), ..plan() };
    let more = Step { quantity: text("1"), object: text("offering-2"), ..plan() };
    let cases = [
        runs_second([1, 1], longer()),
        runs_second([1, 1], more),
        runs_second([1, 2], longer()),
        // Made by hand, they are of no proposal.
        runs_second([0, 0], longer()),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    ended Done: step-intended 1, called, step-done 1 made-1, order-ended Done
    ended Stopped: guard-refused 1 inventory, order-ended Stopped
    ended Stopped: guard-refused 1 inventory, order-ended Stopped
    ended Stopped: guard-refused 1 inventory, order-ended Stopped
    ");
}

#[test]
fn what_is_taken_back_is_told_of_the_order_that_did_it() {
    let (mut stage, id) = Stage::of(vec![plan()]);
    stage.world(|world| {
        world.then_held = Some(vec![old(), crate::Held { standing: Standing::Running, ..bought(&plan(), "made-1", "1.5") }])
    });
    stage.run(id).unwrap();
    let back = stage.another(vec![Step { action: Action::Return, object: text("made-1"), ..plan() }]);
    stage.journal.told.clear();
    stage.run(back).unwrap();
    assert!(stage.journal.told.contains(&Event::StepUndone { order: id, step: 1, by: back }), "{:?}", stage.journal.told);
}
