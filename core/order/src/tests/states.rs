//! Every event in every state.

use super::moment;
use crate::{CALLS_MAX, Proof, StepEvent, StepState, Track};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tenor_permit::operations;

/// That AWS knows a call of this kind again.
fn proof() -> Proof {
    let operation = operations().find(|operation| operation.to_string() == "savingsplans:CreateSavingsPlan").unwrap();
    Proof::of(operation, moment("2026-01-05T12:00:00Z"), moment("2026-01-05T12:10:00Z"), SignedDuration::from_hours(1)).unwrap()
}

#[test]
fn every_event_in_every_state_is_decided() {
    let mut table = String::new();
    for event in StepEvent::all(proof()) {
        let becomes = |state: StepState| state.after(event).map_or("-", StepState::as_str);
        let row: Vec<_> = StepState::ALL.iter().map(|state| format!("{:14}", becomes(*state))).collect();
        table += format!("{event:32}{}", row.join("")).trim_end();
        table += "\n";
    }
    let states: String = StepState::ALL.iter().map(|state| format!("{state:9}")).collect();
    insta::assert_snapshot!(format!("{:32}{}\n{table}", "", states.trim_end()), @"
                                    planned  checked  intended sent     unknown  checked againsent againheld     done     refused  stopped  failed   undone
    pass the guard rails            checked       checked       -             -             checked again checked again -             -             -             -             -             -             -
    trip a guard rail               refused       refused       refused       -             unknown       unknown       -             -             -             -             -             -             -
    wait for a guard rail           planned       planned       planned       -             unknown       unknown       -             -             -             -             -             -             -
    be intended                     -             intended      -             -             -             -             -             -             -             -             -             -             -
    be sent                         -             -             sent          -             -             -             -             -             -             -             -             -             -
    be sent again                   -             -             -             -             -             sent again    -             -             -             -             -             -             -
    turn out not to have been sent  -             -             planned       planned       -             -             unknown       -             -             -             -             -             -
    be answered                     -             -             -             done          -             -             done          -             -             -             -             -             -
    be declined                     -             -             -             refused       -             -             unknown       -             -             -             -             -             -
    lose its answer                 -             -             -             unknown       -             -             unknown       -             -             -             -             -             -
    be found done                   done          done          -             -             done          -             -             done          -             done          done          done          -
    be found not done               -             -             -             -             planned       -             -             -             -             -             -             -             -
    be given to a person            -             -             -             -             held          -             -             -             -             -             -             -             -
    be said to be done              -             -             -             -             -             -             -             done          -             -             -             -             -
    be said not to be done          -             -             -             -             -             -             -             stopped       -             -             -             -             -
    fail to be paid                 -             -             -             -             -             -             -             -             failed        -             -             -             -
    be undone                       -             -             -             -             -             -             -             -             undone        -             -             -             -
    be stopped                      stopped       stopped       stopped       sent          unknown       unknown       sent again    held          -             -             -             -             -
    be taken up again               planned       planned       unknown       unknown       unknown       unknown       unknown       held          done          refused       stopped       failed        undone
    ");
    let impossible = Track::NEW.after(StepEvent::Send).unwrap_err();
    assert_eq!(impossible.to_string(), "a step that is planned cannot be sent");
}

/// AWS, as one step sees it: what it did, and what the last call asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    track: Track,
    /// So often AWS sold it.
    sold: u32,
    /// Whether AWS did what was asked since the intent, so that the same call with its token does nothing more.
    known: bool,
    /// Whether the last call that left was one that AWS took.
    taken: bool,
    paid: bool,
}

impl World {
    const NEW: Self = Self { track: Track::NEW, sold: 0, known: false, taken: false, paid: false };

    /// What can come of an event, where nobody says what is not so.
    fn then(self, event: StepEvent) -> Vec<Self> {
        use StepEvent as E;
        let so = match event {
            E::Answer => self.taken,
            E::Decline | E::NotSent => !self.taken,
            E::Find | E::SayDone => self.paid,
            E::Miss | E::SayNotDone => !self.paid,
            _ => true,
        };
        let Ok(track) = self.track.after(event) else { return Vec::new() };
        let next = Self { track, ..self };
        match event {
            _ if !so => Vec::new(),
            E::Intend => vec![Self { known: false, taken: false, ..next }],
            E::Send => vec![Self { taken: false, ..next }, Self { taken: true, known: true, paid: true, sold: self.sold + 1, ..next }],
            E::Repeat(_) => {
                let sold = self.sold + u32::from(!self.known);
                vec![Self { taken: false, ..next }, Self { taken: true, known: true, paid: true, sold, ..next }]
            }
            // Money comes back: another order did that, or AWS.
            E::Undo | E::Fail => vec![Self { paid: false, ..next }],
            _ => vec![next],
        }
    }
}

#[test]
fn no_path_spends_twice_or_forgets_what_was_spent() {
    let mut reached = BTreeSet::from([World::NEW]);
    let mut open = vec![World::NEW];
    while let Some(world) = open.pop() {
        for event in StepEvent::all(proof()) {
            for next in world.then(event) {
                assert!(next.sold <= 1, "{world:?}, {event}: sold twice");
                assert!(
                    !next.paid || next.track.state().may_have_cost(),
                    "{world:?}, {event}: {} is said to have cost nothing",
                    next.track.state()
                );
                assert!(next.track.calls() <= CALLS_MAX, "{world:?}, {event}: sent too often");
                if reached.insert(next) {
                    open.push(next);
                }
            }
        }
    }
    // It is finite, so these are all paths of any length.
    let states: BTreeSet<_> = reached.iter().map(|world| world.track.state()).collect();
    assert_eq!(states.len(), StepState::ALL.len(), "every state is reached");
}

#[test]
fn a_second_call_needs_the_rails_and_the_proof_and_decides_nothing_but_by_its_answer() {
    use StepEvent as E;
    let repeat = E::Repeat(proof());
    let unknown = [E::Pass, E::Intend, E::Send, E::Lose];
    let told = [
        told(&unknown, &[repeat]),
        told(&unknown, &[E::Pass, repeat, E::Answer]),
        told(&unknown, &[E::Pass, repeat, E::NotSent]),
        told(&unknown, &[E::Pass, repeat, E::Decline]),
        told(&unknown, &[E::Pass, repeat, E::Lose]),
        told(&unknown, &[E::Pass, repeat, E::Restart]),
        told(&unknown, &[E::Pass, E::Trip]),
        told(&unknown, &[E::Pass, E::Wait]),
        told(&unknown, &[E::Pass, repeat, E::Lose, E::Pass, repeat, E::Lose, E::Pass, repeat]),
        told(&unknown, &[E::Miss, E::Pass, E::Intend, E::Send, E::Lose, E::Miss]),
        told(&unknown, &[E::Stop, E::Miss]),
        told(&unknown, &[E::Stop, E::Pass]),
        told(&unknown, &[E::Pass, E::Stop, E::Find]),
        told(&[E::Pass, E::Intend, E::Send, E::Stop], &[E::NotSent]),
        told(&[E::Pass, E::Intend, E::Send, E::Stop], &[E::Answer]),
        told(&[E::Pass, E::Wait], &[E::Pass, E::Intend, E::Wait]),
        told(&[E::Pass, E::Stop], &[E::Find, E::Fail]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    unknown -> a step that is unknown cannot be sent again
    unknown -> checked again -> sent again -> done
    unknown -> checked again -> sent again -> unknown
    unknown -> checked again -> sent again -> unknown
    unknown -> checked again -> sent again -> unknown
    unknown -> checked again -> sent again -> unknown
    unknown -> checked again -> unknown
    unknown -> checked again -> unknown
    unknown -> checked again -> sent again -> unknown -> checked again -> sent again -> unknown -> checked again -> a step that is checked again cannot be sent again: it was sent 3 times already
    unknown -> planned -> checked -> intended -> sent -> unknown -> held
    unknown -> unknown -> stopped
    unknown -> unknown -> a step that is unknown cannot pass the guard rails: it was to be stopped
    unknown -> checked again -> unknown -> done
    sent -> stopped
    sent -> done
    planned -> checked -> intended -> planned
    stopped -> done -> failed
    ");
}

/// What a step becomes, or why not, after what happened before.
fn told(before: &[StepEvent], then: &[StepEvent]) -> String {
    let track = before.iter().fold(Track::NEW, |track, event| track.after(*event).unwrap());
    let mut told = track.state().to_string();
    let mut track = Ok(track);
    for event in then {
        track = track.and_then(|track: Track| track.after(*event));
        told += &track.map_or_else(|impossible| format!(" -> {impossible}"), |track| format!(" -> {}", track.state()));
    }
    told
}

#[test]
fn only_what_aws_still_knows_is_sent_again() {
    let told = |name: &str, now: &str| {
        let operation = operations().find(|operation| operation.to_string() == name).unwrap();
        let proof = Proof::of(operation, moment("2026-01-05T12:00:00Z"), moment(now), SignedDuration::from_hours(2));
        proof.map_or_else(|why| format!("{why}; {}", why.hint()), |proof| format!("{:?}", proof.by()))
    };
    let told = [
        told("savingsplans:CreateSavingsPlan", "2026-01-05T13:59:59Z"),
        told("savingsplans:CreateSavingsPlan", "2026-01-05T14:00:00Z"),
        told("savingsplans:CreateSavingsPlan", "2026-01-05T11:00:00Z"),
        told("rds:PurchaseReservedDBInstancesOffering", "2026-02-05T14:00:00Z"),
        told("ec2:PurchaseReservedInstancesOffering", "2026-01-05T12:00:00Z"),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    Token
    the first call left at 2026-01-05T12:00:00.000000000Z, and after 2h at most AWS may have forgotten its token; look whether AWS did it, and give the step to a person when that cannot be told
    the first call left at 2026-01-05T12:00:00.000000000Z, and the clock says 2026-01-05T11:00:00.000000000Z; set the clock right
    Name
    AWS would take the same call for another one; look whether AWS did it, and give the step to a person when that cannot be told
    ");
}

#[test]
fn what_may_have_cost_money_counts_and_every_step_can_end() {
    for state in StepState::ALL {
        let all = StepEvent::all(proof());
        let next: Vec<_> = all.iter().filter_map(|event| state.after(*event).ok()).filter(|next| *next != state).collect();
        // Only what is found out later changes what has come to its end.
        let end = [StepState::Done, StepState::Failed, StepState::Undone];
        assert_eq!(state.is_final(), next.iter().all(|next| end.contains(next)), "{state}");
    }
    let may: Vec<_> = StepState::ALL.into_iter().filter(|state| state.may_have_cost()).map(StepState::as_str).collect();
    assert_eq!(may, ["intended", "sent", "unknown", "checked again", "sent again", "held", "done"]);
}
