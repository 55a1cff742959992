//! The outbox: queued once, moved with its reader, tried until it is taken or given up.

use super::{now, open};
use crate::{Advance, NewMessage};
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

#[test]
fn a_message_is_tried_until_it_is_taken_or_given_up_across_restarts() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.queue(&[message("a"), message("b")], None, now()).unwrap();
    let ids: Vec<_> = state.outbox(false, 10).unwrap().into_iter().map(|message| (message.dedup, message.id)).collect();
    let id = |name: &str| ids.iter().find(|(dedup, _)| dedup == name).map(|(_, id)| id.clone()).unwrap();
    state.note_not_sent(&id("a"), "503", Some(after(60))).unwrap();
    state.note_sent(&id("b")).unwrap();
    drop(state);
    let mut state = open(home.path());
    assert_eq!(state.outbox_due(after(59), 10).unwrap(), []);
    assert_eq!(state.outbox_due(after(60), 10).unwrap().len(), 1);
    state.note_not_sent(&id("a"), "503 again", None).unwrap();
    state.note_sent(&id("a")).unwrap();
    let mut lines: Vec<_> = shown(&state).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["a given up 2 next 60 `503 again`", "b sent 1 next 0 ``"]);
    assert_eq!(state.outbox(true, 10).unwrap().len(), 1);
}

#[test]
fn what_was_sent_is_forgotten_when_it_is_old_and_what_waits_is_not() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.queue(&[message("a"), message("b")], None, now()).unwrap();
    let sent = state.outbox(false, 10).unwrap().remove(0);
    state.note_sent(&sent.id).unwrap();
    state.queue(&[], None, after(91 * 86_400)).unwrap();
    let left = state.outbox(false, 10).unwrap();
    assert!(left.len() == 1 && left[0].id != sent.id);
}
