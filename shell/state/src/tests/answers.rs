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
