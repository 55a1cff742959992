//! Where connections are kept: the home's state, opened for reading or, by one at a time, for writing.

use crate::context::Context;
use crate::report::Refused;
use std::time::Duration;
use tenor_state::{By, Claim, ConnectionName, KeySource, Lease, State, StoredConnection, SystemRandomness, View};

/// How long another writer is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// The state, for writing; it is made with its key when the home has none.
///
/// # Errors
/// When another process writes to it, or it cannot be opened.
pub(crate) fn writer(context: &Context, command: &str) -> anyhow::Result<State> {
    writer_within(context, command, WAIT)
}

/// The same, when another writer is waited for so long.
///
/// # Errors
/// As [`writer`].
pub(crate) fn writer_within(context: &Context, command: &str, wait: Duration) -> anyhow::Result<State> {
    let (now, random) = (context.now(), SystemRandomness::new());
    let lease = Lease::take(&context.home, &Claim::of_this_process(command, wait), now)?;
    let key = source(context)?.key(&lease, &random)?;
    let mut state = State::open(lease, &key, &random, now)?;
    let version = env!("CARGO_PKG_VERSION").parse().expect("a version is short and plain");
    state.begin_ledger(&version, &random, now)?;
    state.put_halt_back()?;
    // Who sets the kill switch while another process writes leaves it to the next one to record that.
    if let Err(error) = state.note_halt(&by(context), &random) {
        context.note(format_args!("that the kill switch is set cannot be recorded: {:#}", anyhow::Error::from(error)));
    }
    note_stops(context, &mut state);
    if let Err(error) = state.note_backup(&by(context), &random) {
        context.note(format_args!("that a backup was made cannot be recorded: {:#}", anyhow::Error::from(error)));
    }
    Ok(state)
}

/// Records which orders somebody wanted stopped who did not wait for the right to write. What cannot be recorded stops them all the same.
pub(crate) fn note_stops(context: &Context, state: &mut State) {
    if let Err(error) = state.note_stops(&by(context), &SystemRandomness::new()) {
        context.note(format_args!("that orders are to be stopped cannot be recorded: {:#}", anyhow::Error::from(error)));
    }
}

/// Whoever runs this command, now; the schedule, or who asked the server, where they do.
pub(crate) fn by(context: &Context) -> By {
    match &context.by {
        Some(actor) => By { actor: actor.clone(), moment: context.now() },
        None => By::operator(std::env::var_os, context.now()),
    }
}

/// The state, for reading.
///
/// # Errors
/// When there is none, or it cannot be opened.
pub(crate) fn view(context: &Context) -> anyhow::Result<View> {
    let nothing = || Refused::new(format!("there is no state in `{}` yet", context.home.display()));
    if !has_state(context) {
        return Err(nothing().hint("connect an account first (tenor connect make), or name another home with --home").into());
    }
    let key = source(context)?.held()?;
    Ok(State::look(&context.home, &key)?)
}

/// All connections; none where the home has no state yet.
///
/// # Errors
/// When there is state and it cannot be read: that is not the same as none.
pub(crate) fn connections(context: &Context) -> anyhow::Result<Vec<StoredConnection>> {
    if !has_state(context) {
        return Ok(Vec::new());
    }
    Ok(view(context)?.connections()?)
}

/// One of them.
///
/// # Errors
/// When there is none of that name.
pub(crate) fn connection(context: &Context, name: &ConnectionName) -> anyhow::Result<StoredConnection> {
    let all = connections(context)?;
    let names: Vec<String> = all.iter().map(|one| one.name.to_string()).collect();
    let known = if names.is_empty() { "make one with `tenor connect make`".to_owned() } else { format!("there are {}", names.join(", ")) };
    let found = all.into_iter().find(|one| one.name == *name);
    Ok(found.ok_or_else(|| Refused::new(format!("there is no connection `{name}`")).hint(known))?)
}

/// Whether the home has a database yet.
pub(crate) fn has_state(context: &Context) -> bool {
    context.home.join("state").join("tenor.db").exists()
}

/// Where its key is.
///
/// # Errors
/// When the environment names several places.
pub(crate) fn source(context: &Context) -> anyhow::Result<KeySource> {
    Ok(KeySource::find(&context.home, std::env::var_os)?)
}

/// The state, for writing what came of asking AWS about a connection.
///
/// # Errors
/// As [`writer`]; and when the connection is not any more what it was when AWS was asked: then the answer says nothing of it.
pub(super) fn writer_of(context: &Context, command: &str, asked: &StoredConnection) -> anyhow::Result<State> {
    let state = writer(context, command)?;
    match state.connection(&asked.name)? {
        Some(now) if now.agreement == asked.agreement => Ok(state),
        Some(_) => Err(Refused::new(format!("connection `{}` was changed while AWS was asked", asked.name)).hint("ask again").into()),
        None => Err(Refused::new(format!("connection `{}` was forgotten while AWS was asked", asked.name)).into()),
    }
}
