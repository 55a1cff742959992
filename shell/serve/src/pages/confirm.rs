//! The password again, before what an open browser alone is not to do.

use super::login;
use crate::app::App;
use crate::ask::Ask;
use crate::reply::Trouble;
use tenor_state::UserName;

/// Whether the password that a form carries is theirs who sent it. A wrong one counts as a failure to log in does. In a demo nobody is asked for one.
pub(super) async fn is_confirmed(app: &App, ask: &Ask, user: &UserName, what: &str) -> Result<bool, Trouble> {
    if app.settings.is_demo {
        return Ok(true);
    }
    let password = ask.form.exact("password");
    if password.is_empty() {
        return Err(Trouble::bad(format!("{what} takes your password again")));
    }
    let attempt = app.throttle.attempt(user.as_str(), ask.from, ask.now);
    let attempt = attempt.map_err(|seconds| Trouble::wait("there were too many attempts", seconds))?;
    if login::checked(app, Some(user.clone()), password.to_owned()).await?.is_none() {
        return Ok(false);
    }
    app.throttle.succeeded(user.as_str(), ask.from, attempt);
    Ok(true)
}
