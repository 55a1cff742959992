//! Views that are kept: each question sees what was written before it, by whoever wrote it.

use super::{Counting, by, key, now, open};
use crate::{Key, SessionLimits, State, StateError, UserName, UserRole, Views};

fn user(name: &str) -> UserName {
    name.parse().unwrap()
}

fn add(state: &mut State, name: &str) {
    state.add_user(&user(name), UserRole::Viewer, &by(), &Counting::new()).unwrap();
}

fn names(views: &Views) -> Vec<String> {
    views.ask(|view| Ok(view.users()?.into_iter().map(|user| user.name.to_string()).collect())).unwrap()
}

#[test]
fn a_kept_view_sees_what_was_written_since_and_a_session_that_ended() {
    let home = tempfile::tempdir().unwrap();
    let views = Views::new(home.path().to_owned(), key());
    assert!(matches!(views.ask(|_| Ok(())), Err(StateError::Nothing { .. })));
    let random = Counting::new();
    let session = {
        let mut state = open(home.path());
        add(&mut state, "ada");
        assert_eq!(names(&views), ["ada"]);
        state.begin_session(&user("ada"), None, SessionLimits::default(), &random, now()).unwrap()
    };
    let is_in = || views.ask(|view| view.session(&session, SessionLimits::default(), now())).unwrap().is_some();
    assert!(is_in() && is_in());
    for name in ["ben", "cy"] {
        add(&mut open(home.path()), name);
        assert!(names(&views).contains(&name.to_owned()));
    }
    open(home.path()).end_session(&session).unwrap();
    assert!(!is_in());
}

#[test]
fn a_writer_that_closes_leaves_the_log_to_who_still_reads() {
    let home = tempfile::tempdir().unwrap();
    add(&mut open(home.path()), "ada");
    let views = Views::new(home.path().to_owned(), key());
    assert_eq!(names(&views), ["ada"]);
    // The last one to close a database removes its log: with a view open, no writer is the last one.
    add(&mut open(home.path()), "ben");
    assert!(home.path().join("state/tenor.db-wal").exists());
    assert_eq!(names(&views), ["ada", "ben"]);
}

#[test]
fn a_home_that_was_put_in_the_place_of_another_is_looked_at_anew() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    add(&mut open(home.path()), "ada");
    add(&mut open(other.path()), "ben");
    let views = Views::new(home.path().to_owned(), key());
    assert_eq!(names(&views), ["ada"]);
    std::fs::rename(home.path().join("state"), home.path().join("before")).unwrap();
    std::fs::rename(other.path().join("state"), home.path().join("state")).unwrap();
    assert_eq!(names(&views), ["ben"]);
}

#[test]
fn a_question_that_fails_leaves_no_view_and_a_wrong_key_opens_none() {
    let home = tempfile::tempdir().unwrap();
    add(&mut open(home.path()), "ada");
    let views = Views::new(home.path().to_owned(), key());
    let failed = views.ask(|_| Err::<(), _>(StateError::WrongKey));
    assert!(matches!(failed, Err(StateError::WrongKey)));
    assert_eq!(names(&views), ["ada"]);
    let wrong = Views::new(home.path().to_owned(), Key::new(&[8; 32]));
    assert!(matches!(wrong.ask(|_| Ok(())), Err(StateError::WrongKey)));
}
