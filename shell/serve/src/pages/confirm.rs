//! The password again, before what an open browser alone is not to do; and, with the right to write, whether who asked still may.

use super::login;
use crate::app::App;
use crate::ask::Ask;
use crate::reply::Trouble;
use jiff::Timestamp;
use tenor_state::{Secret, SessionLimits, StateError, UserName, UserRole, View};

/// Whether the password that a form carries is theirs who sent it. A wrong one counts as a failure of this session, and of its address: whoever fails to log
/// in by that name from elsewhere holds nothing up, and a session that somebody took is no way to guess on. In a demo nobody is asked for one.
pub(super) async fn is_confirmed(app: &App, ask: &Ask, user: &UserName, what: &str) -> Result<bool, Trouble> {
    if app.settings.is_demo {
        return Ok(true);
    }
    let password = ask.form.exact("password");
    if password.is_empty() {
        return Err(Trouble::bad(format!("{what} takes your password again")));
    }
    is_theirs(app, ask, user, password).await
}

/// Whether that is the password of a user who is logged in, unless this session has to wait.
pub(super) async fn is_theirs(app: &App, ask: &Ask, user: &UserName, password: &str) -> Result<bool, Trouble> {
    let session = ask.session().ok_or(Trouble::LogIn)?;
    // No user's name has a space in it.
    let key = format!("session {}", session.derive("tenor throttle 1").reveal());
    let attempt = app.throttle.attempt(&key, ask.from, ask.now);
    let attempt = attempt.map_err(|seconds| Trouble::wait("there were too many attempts", seconds))?;
    if login::checked(app, Some(user.clone()), password.to_owned()).await?.is_none() {
        return Ok(false);
    }
    app.throttle.succeeded(&key, ask.from, attempt);
    Ok(true)
}

/// Whether the session is still there, and of somebody with that role: others may have written since its request was let in. It is asked with the right to
/// write, before anything is written.
pub(super) fn still(
    state: &View,
    secret: &Secret,
    limits: SessionLimits,
    role: UserRole,
    now: Timestamp,
) -> Result<Result<(), Trouble>, StateError> {
    Ok(match state.session(secret, limits, now)? {
        Some(session) if session.user.role >= role => Ok(()),
        Some(_) => Err(Trouble::forbidden("your role was changed meanwhile")),
        None => Err(Trouble::LogIn),
    })
}
