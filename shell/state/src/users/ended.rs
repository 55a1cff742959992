//! What let somebody in and does so no more, all at once: in a restored home nobody knows what was ended since its backup.

use crate::error::{Asking as _, StateError};
use rusqlite::Connection;

/// How much of what let somebody in was ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ended {
    /// Sessions.
    pub sessions: usize,
    /// Links by which a password would have been set.
    pub links: usize,
    /// Tokens, those that had run out too.
    pub tokens: usize,
    /// Users who are bound to an account of an identity provider, and stay so: nothing here tells what was unbound, or bound to another account, since.
    pub bound: usize,
}

/// The beginnings of all tokens. What they are for is not read: a newer Tenor may have scopes that this one does not know.
pub(crate) fn token_prefixes(db: &Connection) -> Result<Vec<String>, StateError> {
    let doing = "read the tokens of";
    let mut select = db.prepare("SELECT prefix FROM tokens ORDER BY prefix").asking(doing)?;
    let rows = select.query_map([], |row| row.get::<_, String>(0)).asking(doing)?;
    rows.map(|row| row.asking(doing)).collect()
}

/// Ends all sessions, links and tokens, within a change of something else. Whoever changes it says so of each token.
pub(crate) fn end_all(change: &Connection) -> Result<Ended, StateError> {
    let all = |delete: &str| change.execute(delete, []).asking("end sessions, links and tokens in");
    let bound: i64 = change
        .query_row("SELECT count(DISTINCT user) FROM identities", [], |row| row.get(0))
        .asking("end sessions, links and tokens in")?;
    let bound = usize::try_from(bound).expect("a count is not negative");
    Ok(Ended { bound, sessions: all("DELETE FROM sessions")?, links: all("DELETE FROM invitations")?, tokens: all("DELETE FROM tokens")? })
}
