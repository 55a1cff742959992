//! The time of a server that rehearses, which goes by what others do: they let time pass in its sandbox, and write to its ledger.
//!
//! It asks a sandbox that runs, beside what the server answers, and never takes the sandbox's lock: no request waits for a sandbox.

use super::control;
use super::folder::Folder;
use crate::context::Context;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tenor_aws::client::HttpTransport;
use tenor_ledger::Moment;
use tenor_serve::Home;
use tenor_state::{Books, View};
use tokio::time::sleep;

/// How often the sandbox is asked.
const EVERY: Duration = Duration::from_millis(300);

/// Goes ahead by what the sandbox and the ledger come to, and back when somebody puts the ledger's clock right.
pub(crate) struct Follower {
    context: Context,
    books: Arc<Books>,
    /// What the ledger had come to since its clock was put right, if it was, when it was looked at last.
    reached: Mutex<Option<Moment>>,
}

impl Follower {
    /// Of a server whose time is the sandbox's by now.
    pub(crate) fn new(context: &Context, books: &Arc<Books>) -> Self {
        // A clock that was put right before is in that time already.
        Self { context: context.clone(), books: Arc::clone(books), reached: Mutex::new(Some(Moment(Timestamp::MIN))) }
    }

    /// Looks at the ledger. What cannot be looked at leaves the time as it is.
    pub(crate) fn look(&self, view: &View) {
        // Held while the ledger is read: who read it before its clock was put right does not come after who read it since.
        let mut last = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(folded) = self.books.of(view) else { return };
        let reached = folded.book.reached();
        let come = reached.map_or(folded.head.moment(), |reached| reached.0);
        let ahead = come.duration_since(Timestamp::now());
        if is_put_right(*last, reached) {
            self.context.ahead.put(ahead);
        } else {
            self.context.ahead.reach(ahead);
        }
        *last = reached;
    }

    /// Looks at both, again and again.
    pub(crate) async fn follow(&self, home: &Home) {
        let (transport, folder) = (HttpTransport::default(), Folder::of(&self.context));
        loop {
            home.look().await;
            if let Ok(now) = control::now_running(&transport, &folder).await {
                self.context.ahead.reach(now.duration_since(Timestamp::now()));
            }
            sleep(EVERY).await;
        }
    }
}

/// Whether the clock was put right between two looks: only then does what a ledger came to since begin, or lie earlier than before.
fn is_put_right(before: Option<Moment>, now: Option<Moment>) -> bool {
    now.is_some_and(|now| before.is_none_or(|before| now < before))
}

#[cfg(test)]
mod tests {
    use super::{Follower, is_put_right};
    use crate::connect::keep;
    use crate::context::{Ahead, Context};
    use crate::output::Format;
    use jiff::{SignedDuration, Timestamp};
    use std::path::Path;
    use std::sync::Arc;
    use tenor_ledger::{ContentHash, Event, Moment, SigningKey, Text};
    use tenor_order::{PutRight, Role};
    use tenor_state::{By, SystemRandomness};

    const YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

    fn rehearsed(home: &Path, ahead: SignedDuration) -> Context {
        Context { home: home.to_owned(), format: Format::Table, ahead: Ahead::of(ahead), by: None }
    }

    /// To the minute: a test takes its time.
    fn is_about(ahead: &Ahead, expected: SignedDuration) -> bool {
        (ahead.get() - expected).abs() < SignedDuration::from_mins(1)
    }

    #[test]
    fn a_server_goes_back_when_the_clock_is_put_right_and_goes_on_from_there() {
        let folder = tempfile::tempdir().unwrap();
        // A command that ran a year ahead, then one at the right time: the ledger has come to next year.
        let (far, right) = (rehearsed(folder.path(), YEAR), rehearsed(folder.path(), SignedDuration::ZERO));
        let (random, key) = (SystemRandomness::new(), SigningKey::from_seed(&[5; 32]));
        let mut state = keep::writer(&far, "test").unwrap();
        state.enrol(key.public(), &Text::fitted("ben"), Role::Approver, &By::system(far.now()), &random).unwrap();
        drop(state);

        let server = rehearsed(folder.path(), SignedDuration::ZERO);
        let follower = Follower::new(&server, &Arc::default());
        follower.look(&keep::view(&server).unwrap());
        assert!(is_about(&server.ahead, YEAR), "{:?}", server.ahead);

        let mut state = keep::writer(&right, "test").unwrap();
        let head = state.ledger_head().unwrap();
        let (ahead, now) = (Moment(head.moment()), Moment(right.now()));
        let said = PutRight::sign((head.first().unwrap(), head.hash()), ahead, now, false, Text::fitted("test"), &key);
        state.append(&[By::system(now.0).draft(said.event())], &random).unwrap();
        drop(state);
        follower.look(&keep::view(&server).unwrap());
        assert!(is_about(&server.ahead, SignedDuration::ZERO), "{:?}", server.ahead);

        // What is written since goes ahead again, and a look alone never goes back.
        let hour = SignedDuration::from_hours(1);
        server.ahead.reach(2 * hour);
        let read = Event::DataRead { what: Text::fitted("test"), question: ContentHash::sha256(b"?"), rows: 1 };
        keep::writer(&right, "test").unwrap().append(&[By::system(right.now() + hour).draft(read)], &random).unwrap();
        follower.look(&keep::view(&server).unwrap());
        assert!(is_about(&server.ahead, 2 * hour), "{:?}", server.ahead);
    }

    #[test]
    fn a_clock_is_put_right_where_what_it_reached_begins_or_lies_earlier() {
        let at = |seconds| Some(Moment(Timestamp::from_second(seconds).unwrap()));
        assert!(is_put_right(None, at(5)) && is_put_right(at(9), at(5)));
        assert!(!is_put_right(None, None) && !is_put_right(at(5), at(5)) && !is_put_right(at(5), at(9)) && !is_put_right(at(5), None));
    }
}
