//! Who may log in: added, invited, let in, let out and removed, and what the ledger says of it.

use super::{Counting, agreement, by, dump, key, lease, name, no_files, now, open, restored, told};
use crate::folder::database;
use crate::migrate::{self, MIGRATIONS};
use crate::{
    By, Ended, PasswordError, PasswordHash, ProviderAccount, Scope, Secret, SessionLimits, State, StateError, SystemRandomness, UserName,
    UserRole,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use std::path::Path;
use tenor_ledger::{Event, Told};

const PASSWORD: &str = "correct horse battery";

fn user(text: &str) -> UserName {
    text.parse().unwrap()
}

fn after(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

/// A home where ada is admin and has a password.
fn home(random: &Counting) -> (tempfile::TempDir, State) {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.add_user(&user("ada"), UserRole::Admin, &by(), random).unwrap();
    let link = state.invite(&user("ada"), after(60), &by(), random).unwrap();
    state.accept_invitation(&link, &PasswordHash::new(PASSWORD, random).unwrap(), &by(), random).unwrap();
    (home, state)
}

/// A session of ada's, by the password that she has.
fn begin(state: &mut State, limits: SessionLimits, random: &Counting, at: Timestamp) -> Secret {
    let password = state.password(&user("ada")).unwrap();
    state.begin_session(&user("ada"), password.as_ref(), limits, random, at).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T, StateError>) -> String {
    told(&result.unwrap_err())
}

/// What the ledger says, an entry a line.
fn recorded(state: &State) -> String {
    let entries = state.entries(1, 100).unwrap();
    let shown = entries.iter().map(|entry| match &entry.event {
        Told::Known(event) => serde_json::to_string::<Event>(event).unwrap(),
        Told::Unknown { text, .. } => text.clone(),
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_link_sets_a_password_once_and_in_time() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    assert!(state.password(&user("ada")).unwrap().unwrap().is_of(PASSWORD));
    assert!(!state.password(&user("ada")).unwrap().unwrap().is_of("correct horse batters"));
    state.add_user(&user("eve"), UserRole::Viewer, &by(), &random).unwrap();
    assert_eq!(state.password(&user("eve")).unwrap(), None);
    let hash = PasswordHash::new(PASSWORD, &random).unwrap();
    let older = state.invite(&user("eve"), after(60), &by(), &random).unwrap();
    let link = state.invite(&user("eve"), after(60), &by(), &random).unwrap();
    assert_eq!(state.invited(&older, now()).unwrap(), None, "a newer link takes its place");
    assert_eq!(state.invited(&link, after(59)).unwrap(), Some(user("eve")));
    assert_eq!(state.invited(&link, after(60)).unwrap(), None);
    let late = By::system(after(60));
    insta::assert_snapshot!(refused(state.accept_invitation(&link, &hash, &late, &random)), @"
    cannot change who may log in: the link is not valid any more
    hint: ask for a new one: tenor user invite
    ");
    assert_eq!(state.accept_invitation(&link, &hash, &by(), &random).unwrap(), user("eve"));
    assert!(refused(state.accept_invitation(&link, &hash, &by(), &random)).contains("not valid any more"));
}

#[test]
fn every_change_of_users_and_tokens_is_an_entry() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    state.add_user(&user("eve"), UserRole::Viewer, &by(), &random).unwrap();
    state.change_role(&user("eve"), UserRole::Approver, &by(), &random).unwrap();
    state.make_token(&user("eve"), "nightly", &[Scope::Cost, Scope::Ledger].into(), after(60), &by(), &random).unwrap();
    let prefix = state.tokens().unwrap()[0].prefix.clone();
    state.revoke_token(&prefix, &by(), &random).unwrap();
    state.remove_user(&user("eve"), &by(), &random).unwrap();
    insta::assert_snapshot!(recorded(&state), @r#"
    {"kind":"user-added","user":"ada","role":"admin"}
    {"kind":"user-invited","user":"ada","expires":"2026-01-02T04:04:05.000000000Z"}
    {"kind":"password-changed","user":"ada"}
    {"kind":"user-added","user":"eve","role":"viewer"}
    {"kind":"user-changed","user":"eve","role":"approver"}
    {"kind":"token-made","token":"tnr_00000000","user":"eve","scopes":"cost ledger","expires":"2026-01-02T04:04:05.000000000Z"}
    {"kind":"token-revoked","token":"tnr_00000000"}
    {"kind":"user-removed","user":"eve"}
    "#);
    state.verify_ledger(&[]).unwrap();
}

#[test]
fn what_is_refused_is_not_recorded() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    let before = (recorded(&state), dump(&state));
    insta::assert_snapshot!(
        [
            refused(state.add_user(&user("ada"), UserRole::Viewer, &by(), &random)),
            refused(state.change_role(&user("eve"), UserRole::Viewer, &by(), &random)),
            refused(state.change_role(&user("ada"), UserRole::Viewer, &by(), &random)),
            refused(state.remove_user(&user("ada"), &by(), &random)),
            refused(state.invite(&user("eve"), after(1), &by(), &random)),
            refused(state.make_token(&user("ada"), "", &[].into(), after(1), &by(), &random)),
            refused(state.revoke_token("tnr_00000000", &by(), &random)),
        ]
        .join("\n"),
        @"
    cannot change who may log in: there is a user `ada` already
    hint: choose another name, or change the one that is there: tenor user role
    cannot change who may log in: there is no user `eve`
    hint: list the users: tenor user list
    cannot change who may log in: `ada` is the only admin who can log in
    hint: make another user admin first, and let them set their password
    cannot change who may log in: `ada` is the only admin who can log in
    hint: make another user admin first, and let them set their password
    cannot change who may log in: there is no user `eve`
    hint: list the users: tenor user list
    cannot change who may log in: the token would be for nothing
    hint: name one scope at least
    cannot change who may log in: there is no token `tnr_00000000`
    hint: list the tokens: tenor user tokens
    "
    );
    assert_eq!((recorded(&state), dump(&state)), before);
}

#[test]
fn a_session_ends_when_idle_after_a_while_at_log_out_and_with_what_its_user_may_do() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    let limits = SessionLimits { idle: SignedDuration::from_mins(30), whole: SignedDuration::from_mins(60) };
    let session = begin(&mut state, limits, &random, now());
    let lives = |state: &State, at| state.session(&session, limits, at).unwrap().is_some();
    assert!(lives(&state, after(29)) && !lives(&state, after(30)), "idle");
    assert!(!lives(&state, after(-1)), "the clock was set back");
    state.see_session(&session, after(29)).unwrap();
    assert!(lives(&state, after(58)) && !lives(&state, after(60)), "whole");
    let other = begin(&mut state, limits, &random, after(1));
    assert_ne!(other, session, "each log-in has a session of its own");
    state.end_session(&other).unwrap();
    assert!(state.session(&other, limits, after(1)).unwrap().is_none() && lives(&state, after(30)));
    state.change_password(&user("ada"), &PasswordHash::new("another long password", &random).unwrap(), &by(), &random).unwrap();
    assert!(!lives(&state, after(30)), "the password changed");
    let third = begin(&mut state, limits, &random, now());
    state.change_role(&user("ada"), UserRole::Admin, &by(), &random).unwrap();
    assert!(state.session(&third, limits, now()).unwrap().is_none(), "the role was set");
}

#[test]
fn a_token_is_whole_in_time_and_not_revoked() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    let token = state.make_token(&user("ada"), "nightly", &[Scope::Cost].into(), after(60), &by(), &random).unwrap();
    let (found, stored) = state.token(&token, after(59)).unwrap().unwrap();
    assert_eq!((found.name, stored.label.as_str(), stored.scopes), (user("ada"), "nightly", [Scope::Cost].into()));
    assert!(token.starts_with(&format!("{}_", stored.prefix)) && token.len() == 4 + 8 + 1 + 64);
    assert_eq!(state.token(&token, after(60)).unwrap(), None);
    assert_eq!(state.token(&token[..token.len() - 1], now()).unwrap(), None);
    assert_eq!(state.token("", now()).unwrap(), None);
    state.revoke_token(&stored.prefix, &by(), &random).unwrap();
    assert_eq!(state.token(&token, now()).unwrap(), None);
}

#[test]
fn no_session_begins_with_a_password_that_was_changed_meanwhile() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    let checked = state.password(&user("ada")).unwrap();
    state.change_password(&user("ada"), &PasswordHash::new("another long password", &random).unwrap(), &by(), &random).unwrap();
    let before = dump(&state);
    for shown in [checked.as_ref(), None] {
        let begun = state.begin_session(&user("ada"), shown, SessionLimits::default(), &random, now());
        assert!(refused(begun).contains("the password of `ada` was changed meanwhile"));
    }
    assert_eq!(dump(&state), before);
    let session = begin(&mut state, SessionLimits::default(), &random, now());
    assert!(state.session(&session, SessionLimits::default(), now()).unwrap().is_some());
}

#[test]
fn a_log_in_that_came_first_and_ends_last_leaves_the_session_of_another() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    let limits = SessionLimits::default();
    let quick = begin(&mut state, limits, &random, after(1));
    let slow = begin(&mut state, limits, &random, now());
    for session in [&quick, &slow] {
        assert!(state.session(session, limits, after(2)).unwrap().is_some());
    }
}

#[test]
fn what_lets_somebody_in_is_nowhere_in_the_database() {
    let random = Counting::new();
    let (home, mut state) = home(&random);
    let link = state.invite(&user("ada"), after(60), &by(), &random).unwrap();
    let session = begin(&mut state, SessionLimits::default(), &random, now());
    let token = state.make_token(&user("ada"), "x", &[Scope::Cost].into(), after(60), &by(), &random).unwrap();
    assert_eq!(format!("{link:?} {session:?}"), "Secret(hidden) Secret(hidden)");
    drop(state);
    let bytes = std::fs::read(database(home.path())).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let secret = token.rsplit('_').next().unwrap();
    for one in [link.reveal(), session.reveal(), secret, PASSWORD] {
        assert!(!holds(one), "{one}");
    }
    assert!(holds("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[test]
fn a_password_is_long_enough_and_a_name_plain() {
    let random = Counting::new();
    let of = |text: &str| PasswordHash::new(text, &random).map(drop);
    assert_eq!(of("elevenchars"), Err(PasswordError::Short));
    assert_eq!(of(&"x".repeat(1_025)), Err(PasswordError::Long));
    assert!(!PasswordHash::of_nobody().is_of(PASSWORD), "and it took as long as any");
    for (text, is_name) in
        [("ada", true), ("a.b-c_d@example.com", true), ("", false), ("Ada", false), ("-x", false), ("a b", false), ("ü", false)]
    {
        assert_eq!(text.parse::<UserName>().is_ok(), is_name, "{text}");
    }
    assert!(Secret::read(&"0".repeat(63)).is_none() && Secret::read(&"G".repeat(64)).is_none() && Secret::read(&"0".repeat(64)).is_some());
}

/// Lets somebody in as an account of a provider.
fn bind(state: &mut State, name: &str, issuer: &str, subject: &str, random: &Counting) -> Result<(), StateError> {
    let (name, password) = (user(name), state.password(&user(name))?);
    let account = ProviderAccount { issuer, subject };
    state.begin_session_as(&name, password.as_ref(), account, SessionLimits::default(), &by(), random).map(drop)
}

#[test]
fn that_an_account_is_somebody_from_here_on_is_recorded_with_the_session_or_not_at_all() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    let (before, account) = (recorded(&state), ProviderAccount { issuer: "https://id", subject: "1" });
    let other = PasswordHash::new("another long password", &random).unwrap();
    let begun = state.begin_session_as(&user("ada"), Some(&other), account, SessionLimits::default(), &by(), &random);
    assert!(begun.is_err(), "the password was changed meanwhile");
    assert_eq!(recorded(&state), before);
    // The account is nobody's yet.
    state.add_user(&user("eve"), UserRole::Viewer, &by(), &random).unwrap();
    bind(&mut state, "eve", "https://id", "1", &random).unwrap();
    let event = r#"{"kind":"user-changed","user":"eve","role":"viewer"}"#;
    assert!(recorded(&state).ends_with(event), "{}", recorded(&state));
    bind(&mut state, "eve", "https://id", "1", &random).unwrap();
    assert_eq!(recorded(&state).matches(event).count(), 1, "the first time alone");
}

#[test]
fn an_account_of_a_provider_is_one_user_and_a_user_one_account() {
    let random = Counting::new();
    let (_home, mut state) = home(&random);
    state.add_user(&user("eve"), UserRole::Viewer, &by(), &random).unwrap();
    bind(&mut state, "ada", "https://id", "1", &random).unwrap();
    bind(&mut state, "ada", "https://id", "1", &random).unwrap();
    bind(&mut state, "ada", "https://other", "7", &random).unwrap();
    let other = "cannot change who may log in: the identity provider's account is not that of `NAME`\n\
                 hint: if that account was made anew there, forget the old one: tenor user unlink";
    for (name, subject) in [("ada", "2"), ("eve", "1")] {
        assert_eq!(refused(state.check_identity(&user(name), "https://id", subject)), other.replace("NAME", name));
        assert_eq!(refused(bind(&mut state, name, "https://id", subject, &random)), other.replace("NAME", name));
    }
    assert!(refused(bind(&mut state, "zoe", "https://id", "9", &random)).contains("there is no user `zoe`"));
    let session = begin(&mut state, SessionLimits::default(), &random, now());
    state.unbind_identities(&user("ada"), &by(), &random).unwrap();
    assert_eq!(state.session(&session, SessionLimits::default(), now()).unwrap(), None);
    assert!(recorded(&state).ends_with(r#"{"kind":"user-changed","user":"ada","role":"admin"}"#));
    bind(&mut state, "ada", "https://id", "2", &random).unwrap();
    bind(&mut state, "eve", "https://id", "1", &random).unwrap();
    // With a user go their accounts.
    state.remove_user(&user("eve"), &by(), &random).unwrap();
    state.add_user(&user("eve"), UserRole::Viewer, &by(), &random).unwrap();
    bind(&mut state, "eve", "https://id", "3", &random).unwrap();
}

/// A database as it was when there were so many migrations.
fn earlier(home: &Path, migrations: usize) {
    drop(lease(home));
    if migrations > 1 {
        drop(State::open_with(&MIGRATIONS[..migrations], lease(home), &key(), &Counting::new(), now()).unwrap());
        return;
    }
    let mut db = Connection::open(database(home)).unwrap();
    migrate::migrate(&mut db, &database(home), &MIGRATIONS[..1], now(), |_| Ok(())).unwrap();
}

#[test]
fn every_earlier_database_gets_users_and_keeps_what_it_had() {
    for migrations in 1..MIGRATIONS.len() {
        let home = tempfile::tempdir().unwrap();
        earlier(home.path(), migrations);
        let mut state = open(home.path());
        state.add_user(&user("ada"), UserRole::Admin, &by(), &Counting::new()).unwrap();
        state.add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
        assert_eq!(state.users().unwrap().len(), 1, "from {migrations}");
    }
}

#[test]
fn an_admin_who_becomes_less_loses_the_tokens_that_are_an_admins() {
    let random = Counting::new();
    let (_folder, mut state) = home(&random);
    state.add_user(&user("eve"), UserRole::Admin, &by(), &random).unwrap();
    let make = |state: &mut State, scopes: &[Scope]| {
        // Three of them would begin alike if they were drawn by counting.
        state.make_token(&user("eve"), "t", &scopes.iter().copied().collect(), after(30), &by(), &SystemRandomness::new()).unwrap()
    };
    let (costs, figures) = (make(&mut state, &[Scope::Cost]), make(&mut state, &[Scope::Cost, Scope::Metrics]));
    state.change_role(&user("eve"), UserRole::Admin, &by(), &random).unwrap();
    assert!(state.token(&figures, now()).unwrap().is_some(), "an admin keeps them");
    state.change_role(&user("eve"), UserRole::Viewer, &by(), &random).unwrap();
    assert!(state.token(&costs, now()).unwrap().is_some());
    assert_eq!(state.token(&figures, now()).unwrap(), None);
    assert!(recorded(&state).ends_with(&format!(r#"{{"kind":"token-revoked","token":"{}"}}"#, &figures[..12])), "{}", recorded(&state));
    // What was given to somebody who never was one is no admin's to lose.
    let given = make(&mut state, &[Scope::Metrics]);
    state.change_role(&user("eve"), UserRole::Analyst, &by(), &random).unwrap();
    assert!(state.token(&given, now()).unwrap().is_some());
}

#[test]
fn what_let_somebody_in_before_a_backup_does_so_no_more_where_it_is_restored() {
    let (random, limits) = (Counting::new(), SessionLimits::default());
    let (folder, mut state) = home(&random);
    state.add_user(&user("eve"), UserRole::Viewer, &by(), &random).unwrap();
    let session = begin(&mut state, limits, &random, now());
    let link = state.invite(&user("eve"), after(30), &by(), &random).unwrap();
    let token = state.make_token(&user("ada"), "nightly", &[Scope::Cost].into(), after(30), &by(), &random).unwrap();
    // Which begins a session too.
    bind(&mut state, "ada", "https://id", "1", &random).unwrap();
    let file = folder.path().join("backup");
    state.backup(&file, no_files, &Counting::new(), now()).unwrap();
    // Whoever is removed after the backup is there again, and only that.
    state.remove_user(&user("eve"), &by(), &random).unwrap();

    let other = tempfile::tempdir().unwrap();
    let done = restored(&lease(other.path()), &file, &key()).unwrap();
    assert_eq!(done.ended, Ended { sessions: 2, links: 1, tokens: 1, bound: 1 });
    let mut again = open(other.path());
    assert_eq!(again.session(&session, limits, now()).unwrap(), None);
    assert_eq!(again.invited(&link, now()).unwrap(), None);
    assert_eq!(again.token(&token, now()).unwrap(), None);
    assert!(state.session(&session, limits, now()).unwrap().is_some(), "the old home is as it was");
    let names: Vec<_> = again.users().unwrap().into_iter().map(|user| format!("{} {}", user.name, user.role)).collect();
    assert_eq!(names, ["ada admin", "eve viewer"]);
    let added = again.entries(done.head.sequence() + 1, 9).unwrap();
    let told: Vec<_> = added.iter().map(|entry| format!("{:?}", entry.known().unwrap().1)).collect();
    assert!(told[0].starts_with("Restored ") && told[1].starts_with("KillSwitch { stopped: true"), "{told:?}");
    assert_eq!(told[2..], [format!("TokenRevoked {{ token: Text({:?}) }}", &token[..12])]);
    again.verify_ledger(&[]).unwrap();

    // Each is let in again by who may do that.
    begin(&mut again, limits, &random, now());
    let link = again.invite(&user("eve"), after(30), &by(), &random).unwrap();
    assert_eq!(again.invited(&link, now()).unwrap(), Some(user("eve")));
}
