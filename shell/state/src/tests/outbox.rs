//! The outbox: queued once, moved with its reader, tried until it is taken or given up.

use super::{now, open};
use crate::{Advance, Attempted, Came, Claiming, NewMessage, QueuedMessage};
use jiff::{SignedDuration, Timestamp};

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

fn message(dedup: &str) -> NewMessage {
    NewMessage {
        target: "ops".to_owned(),
        dedup: dedup.to_owned(),
        window: SignedDuration::from_hours(1),
        kind: "step-held".to_owned(),
        payload: "{\"title\":\"x\"}".to_owned(),
        not_before: now(),
    }
}

fn shown(state: &crate::View) -> String {
    let all = state.outbox(false, 10).unwrap();
    let line = |message: &crate::QueuedMessage| {
        let next = message.next_attempt.as_second() - now().as_second();
        format!("{} {} {} next {next} `{}`", message.dedup, message.delivery.as_str(), message.attempts, message.said)
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_is_queued_once_within_its_window_and_for_each_target() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    assert_eq!(state.queue(&[message("a"), message("a"), message("b")], None, now()).unwrap(), 2);
    assert_eq!(state.queue(&[message("a")], None, after(3_599)).unwrap(), 0);
    let other = NewMessage { target: "mail".to_owned(), ..message("a") };
    assert_eq!(state.queue(&[other], None, after(3_599)).unwrap(), 1);
    assert_eq!(state.queue(&[message("a")], None, after(3_601)).unwrap(), 1, "its window is over");
    let ids: std::collections::BTreeSet<_> = state.outbox(false, 10).unwrap().into_iter().map(|message| message.id).collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn a_reader_moves_with_what_it_queues_or_not_at_all() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let advance = |from, to| Some(Advance { name: "notify", from, to });
    assert_eq!(state.cursor("notify").unwrap(), None);
    state.queue(&[], advance(None, 5), now()).unwrap();
    assert_eq!(state.queue(&[message("6")], advance(Some(5), 6), now()).unwrap(), 1);
    assert_eq!(state.queue(&[message("other")], advance(Some(5), 9), now()).unwrap(), 0, "somebody else moved it meanwhile");
    assert_eq!((state.cursor("notify").unwrap(), state.outbox(false, 10).unwrap().len()), (Some(6), 1));
}

/// Again after a minute, three times in all.
fn again(attempts: u32) -> Option<Timestamp> {
    (attempts < 3).then(|| after(60 * i64::from(attempts)))
}

fn claiming(seconds: i64) -> Claiming<'static> {
    Claiming { now: after(seconds), each_most: 2, urgent: &["step-held"], quiet_until: None, again: &again }
}

fn attempted(message: &QueuedMessage, came: Came) -> Attempted {
    Attempted { id: message.id.clone(), attempts: message.attempts, came }
}

fn claimed(messages: &[QueuedMessage]) -> Vec<&str> {
    messages.iter().map(|message| message.dedup.as_str()).collect()
}

#[test]
fn a_message_is_claimed_durably_and_tried_until_it_is_taken_or_given_up_across_restarts() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.queue(&[message("a"), message("b")], None, now()).unwrap();
    let mut due = state.claim_due(&claiming(0)).unwrap();
    due.sort_by(|one, other| one.dedup.cmp(&other.dedup));
    assert_eq!(claimed(&due), ["a", "b"]);
    // It dies before it can say what came of `a`: it is tried again after the pause, and not at once.
    state.note_attempts(&[attempted(&due[1], Came::Taken)]).unwrap();
    drop(state);
    let mut state = open(home.path());
    assert_eq!(state.claim_due(&claiming(59)).unwrap(), []);
    let second = state.claim_due(&claiming(60)).unwrap();
    assert_eq!((claimed(&second), second[0].attempts), (vec!["a"], 2));
    state.note_attempts(&[attempted(&due[0], Came::NotTaken("of the first attempt".to_owned()))]).unwrap();
    state.note_attempts(&[attempted(&second[0], Came::NotTaken("503".to_owned()))]).unwrap();
    let last = state.claim_due(&claiming(120)).unwrap();
    assert_eq!(state.claim_due(&claiming(9_999)).unwrap(), [], "it was tried often enough");
    assert_eq!(state.undelivered().unwrap(), 1);
    let lines = |state: &crate::View| {
        let mut lines: Vec<_> = shown(state).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&state), ["a given up 3 next 120 `503`", "b sent 1 next 60 ``"]);
    state.note_attempts(&[attempted(&last[0], Came::Taken)]).unwrap();
    assert_eq!(lines(&state), ["a sent 3 next 120 `503`", "b sent 1 next 60 ``"]);
    assert_eq!(state.undelivered().unwrap(), 0);
}

#[test]
fn of_each_target_the_urgent_go_first_and_none_waits_for_anothers() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let watch = |dedup: &str| NewMessage { kind: "watch".to_owned(), ..message(dedup) };
    state.queue(&["1", "2", "3"].map(watch), None, now()).unwrap();
    state.queue(&[NewMessage { target: "mail".to_owned(), ..watch("mail") }, message("held")], None, after(1)).unwrap();
    let due = state.claim_due(&claiming(2)).unwrap();
    assert_eq!(due.len(), 3, "two of one, one of the other: {due:?}");
    assert!(claimed(&due).contains(&"held") && claimed(&due).contains(&"mail"), "{due:?}");
}

#[test]
fn what_is_not_urgent_is_put_off_while_it_is_quiet_however_often_it_was_tried() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let watch = NewMessage { kind: "watch".to_owned(), ..message("w") };
    state.queue(&[watch, message("held")], None, now()).unwrap();
    let quiet = |seconds| Claiming { quiet_until: Some(after(600)), ..claiming(seconds) };
    assert_eq!(claimed(&state.claim_due(&quiet(0)).unwrap()), ["held"]);
    assert!(!claimed(&state.claim_due(&claiming(599)).unwrap()).contains(&"w"));
    assert!(claimed(&state.claim_due(&claiming(600)).unwrap()).contains(&"w"));
}

#[test]
fn what_cannot_be_sent_at_all_is_given_up_and_what_is_too_long_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.queue(&[message("a")], None, now()).unwrap();
    let due = state.claim_due(&claiming(0)).unwrap();
    state.note_attempts(&[attempted(&due[0], Came::Hopeless("nobody".to_owned()))]).unwrap();
    assert_eq!(shown(&state), "a given up 1 next 60 `nobody`");
    let long = NewMessage { payload: "x".repeat(65_537), ..message("b") };
    assert!(!state.is_queued(&long, now()).unwrap() && state.is_queued(&message("a"), now()).unwrap());
    let refused = state.queue(&[message("c"), long], None, now()).unwrap_err();
    assert_eq!(refused.to_string(), "a message of the kind `step-held` has 65537 bytes, which is too long to be queued");
    assert_eq!(state.outbox(false, 9).unwrap().len(), 1, "nor is any other that came with it");
}

#[test]
fn what_was_sent_is_forgotten_when_it_is_old_and_what_waits_is_not() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.queue(&[message("a"), message("b")], None, now()).unwrap();
    let due = state.claim_due(&claiming(0)).unwrap();
    state.note_attempts(&[attempted(&due[0], Came::Taken)]).unwrap();
    state.queue(&[], None, after(91 * 86_400)).unwrap();
    let left = state.outbox(false, 10).unwrap();
    assert!(left.len() == 1 && left[0].id != due[0].id);
}

#[test]
fn what_waits_or_was_given_up_is_read_part_by_part_and_without_what_it_says() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.queue(&[message("a"), message("b"), message("c")], None, now()).unwrap();
    state.queue(&[message("d")], None, after(60)).unwrap();
    let all = state.outbox(true, 10).unwrap();
    let (mut parts, mut last): (Vec<QueuedMessage>, Option<(Timestamp, String)>) = (Vec::new(), None);
    loop {
        let part = state.undelivered_behind(last.as_ref().map(|(created, id)| (*created, id.as_str())), 1).unwrap();
        let Some(message) = part.into_iter().next() else { break };
        last = Some((message.created, message.id.clone()));
        parts.push(message);
    }
    let silent = |message: QueuedMessage| QueuedMessage { payload: String::new(), ..message };
    assert_eq!(parts, all.into_iter().map(silent).collect::<Vec<_>>());
    assert_eq!(parts.len(), 4);
    state.note_attempts(&[Attempted { id: parts[0].id.clone(), attempts: 0, came: Came::Taken }]).unwrap();
    assert_eq!(state.undelivered_behind(None, 10).unwrap(), parts[1..]);
}
