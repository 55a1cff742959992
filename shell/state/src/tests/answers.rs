//! What a program asks twice is done once.

use super::{Counting, by, now, open};
use crate::{Once, UserName, UserRole};
use jiff::SignedDuration;
use tenor_ledger::ContentHash;

#[test]
fn a_key_is_taken_once_answered_the_same_and_given_back_after_a_day() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let [ada, eve] = ["ada", "eve"].map(|name| name.parse::<UserName>().unwrap());
    for user in [&ada, &eve] {
        state.add_user(user, UserRole::Analyst, &by(), &Counting::new()).unwrap();
    }
    let [this, that] = [ContentHash::sha256(b"this"), ContentHash::sha256(b"that")];
    assert_eq!(state.begin_once(&ada, "k", this, now()).unwrap(), Once::Begun);
    assert_eq!(state.begin_once(&ada, "k", this, now()).unwrap(), Once::Unanswered);
    assert_eq!(state.begin_once(&ada, "k", that, now()).unwrap(), Once::Other);
    assert_eq!(state.begin_once(&eve, "k", that, now()).unwrap(), Once::Begun, "a key is its user's");
    state.answer_once(&ada, "k", 200, "{}").unwrap();
    let answered = Once::Answered { status: 200, answer: "{}".to_owned() };
    assert_eq!(state.begin_once(&ada, "k", this, now() + SignedDuration::from_hours(23)).unwrap(), answered);
    state.forget_once(&eve, "k").unwrap();
    assert_eq!(state.begin_once(&eve, "k", this, now()).unwrap(), Once::Begun);
    assert_eq!(state.begin_once(&ada, "k", that, now() + SignedDuration::from_hours(24)).unwrap(), Once::Begun);
}

#[test]
fn a_user_takes_so_many_keys_in_a_day_and_others_take_theirs() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let [ada, eve] = ["ada", "eve"].map(|name| name.parse::<UserName>().unwrap());
    for user in [&ada, &eve] {
        state.add_user(user, UserRole::Analyst, &by(), &Counting::new()).unwrap();
    }
    let this = ContentHash::sha256(b"this");
    assert_eq!(state.begin_once(&ada, "first", this, now()).unwrap(), Once::Begun);
    // As ten thousand calls would, but for the last.
    let change = state.begin().unwrap();
    let fill = "INSERT INTO answers (user, key, asked, begun)
        WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 9998)
        SELECT user, at, asked, begun FROM n, answers WHERE key = 'first'";
    assert_eq!(change.execute(fill, []).unwrap(), 9_998);
    change.commit().unwrap();
    assert_eq!(state.begin_once(&ada, "last", this, now()).unwrap(), Once::Begun);
    assert_eq!(state.begin_once(&ada, "more", this, now()).unwrap(), Once::TooMany);
    assert_eq!(state.begin_once(&ada, "first", this, now()).unwrap(), Once::Unanswered, "what is known is told all the same");
    assert_eq!(state.begin_once(&eve, "more", this, now()).unwrap(), Once::Begun);
    assert_eq!(state.begin_once(&ada, "more", this, now() + SignedDuration::from_hours(24)).unwrap(), Once::Begun);
}

#[test]
fn a_key_that_is_only_looked_at_is_not_taken_and_one_that_is_kept_has_its_answer_at_once() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let ada: UserName = "ada".parse().unwrap();
    state.add_user(&ada, UserRole::Analyst, &by(), &Counting::new()).unwrap();
    let [this, that] = [ContentHash::sha256(b"this"), ContentHash::sha256(b"that")];
    let tomorrow = now() + SignedDuration::from_hours(24);
    for _ in 0..2 {
        assert_eq!(state.look_once(&ada, "k", this, now()).unwrap(), Once::Begun);
    }
    state.keep_once(&ada, "k", this, (202, "{}"), now()).unwrap();
    let answered = Once::Answered { status: 202, answer: "{}".to_owned() };
    assert_eq!(state.look_once(&ada, "k", this, now()).unwrap(), answered);
    state.keep_once(&ada, "k", this, (200, "[]"), now()).unwrap();
    assert_eq!(state.begin_once(&ada, "k", this, now()).unwrap(), answered, "the first answer stays");
    assert_eq!(state.look_once(&ada, "k", that, now()).unwrap(), Once::Other);
    assert_eq!(state.look_once(&ada, "k", that, tomorrow).unwrap(), Once::Begun, "what is old says nothing");
}
