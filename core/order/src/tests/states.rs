//! Every event in every state.

use crate::{StepEvent, StepState};

#[test]
fn every_event_in_every_state_is_decided() {
    let mut table = String::new();
    for event in StepEvent::ALL {
        let becomes = |state: StepState| state.after(event).map_or("-", StepState::as_str);
        let row: Vec<_> = StepState::ALL.iter().map(|state| format!("{:9}", becomes(*state))).collect();
        table += format!("{event:32}{}", row.join("")).trim_end();
        table += "\n";
    }
    let states: String = StepState::ALL.iter().map(|state| format!("{state:9}")).collect();
    insta::assert_snapshot!(format!("{:32}{}\n{table}", "", states.trim_end()), @"
                                    planned  checked  intended sent     unknown  held     done     refused  stopped  undone
    pass the guard rails            checked  checked  -        -        -        -        -        -        -        -
    trip a guard rail               refused  refused  refused  -        -        -        -        -        -        -
    be intended                     -        intended -        -        -        -        -        -        -        -
    be sent                         -        -        sent     -        -        -        -        -        -        -
    be sent again                   -        -        -        -        sent     -        -        -        -        -
    turn out not to have been sent  -        -        planned  planned  -        -        -        -        -        -
    be answered                     -        -        -        done     -        -        -        -        -        -
    be declined                     -        -        -        refused  -        -        -        -        -        -
    lose its answer                 -        -        -        unknown  -        -        -        -        -        -
    be found done                   -        -        -        -        done     done     -        -        -        -
    be found not done               -        -        -        -        planned  -        -        -        -        -
    be given to a person            -        -        -        -        held     -        -        -        -        -
    be said to be done              -        -        -        -        -        done     -        -        -        -
    be said not to be done          -        -        -        -        -        stopped  -        -        -        -
    be undone                       -        -        -        -        -        -        undone   -        -        -
    be stopped                      stopped  stopped  stopped  -        -        -        -        -        -        -
    be taken up again               planned  planned  unknown  unknown  unknown  held     done     refused  stopped  undone
    ");
    let impossible = StepState::Unknown.after(StepEvent::Send).unwrap_err();
    assert_eq!(impossible.to_string(), "a step that is unknown cannot be sent");
}

#[test]
fn nothing_is_sent_twice_that_cannot_be_told_again() {
    // From any state, by any events but a repeated call or the certainty that nothing was done, a call that left leaves no second time.
    let certain = [StepEvent::Repeat, StepEvent::NotSent, StepEvent::Miss];
    let mut reached = vec![StepState::Sent];
    let mut at = 0;
    while let Some(state) = reached.get(at).copied() {
        for event in StepEvent::ALL.into_iter().filter(|event| !certain.contains(event)) {
            if let Ok(next) = state.after(event) {
                assert!(event != StepEvent::Send, "{state} sends again");
                if !reached.contains(&next) {
                    reached.push(next);
                }
            }
        }
        at += 1;
    }
    assert!(!reached.contains(&StepState::Planned) && !reached.contains(&StepState::Intended));
}

#[test]
fn what_may_have_cost_money_counts_and_every_step_can_end() {
    for state in StepState::ALL {
        let next: Vec<_> = StepEvent::ALL.iter().filter_map(|event| state.after(*event).ok()).filter(|next| *next != state).collect();
        assert_eq!(state.is_final(), next.iter().all(|next| *next == StepState::Undone), "{state}");
    }
    let may: Vec<_> = StepState::ALL.into_iter().filter(|state| state.may_have_cost()).map(StepState::as_str).collect();
    assert_eq!(may, ["intended", "sent", "unknown", "held", "done"]);
}
