//! What was begun in the browser and goes on by itself: one thing at a time, the last ones remembered, and what goes on waited for when the server ends.
//!
//! It is in memory alone: what was changed is in the ledger, as theirs who had it done.

use crate::context::Context;
use crate::report;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tenor_ledger::Actor;
use tenor_serve::{Refusal, RefusalKind, Work, WorkState};
use tenor_state::By;

/// So many things that were begun are remembered.
const REMEMBERED_MAX: usize = 5;

/// What was begun.
#[derive(Default)]
pub(super) struct Begun {
    held: Mutex<Held>,
    /// Told of every end.
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    /// The newest first.
    work: Vec<Work>,
    is_ending: bool,
}

impl Held {
    fn going(&mut self) -> Option<&mut Work> {
        self.work.iter_mut().find(|one| one.state == WorkState::Going)
    }
}

impl Begun {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that is remembered, the newest first.
    pub(super) fn all(&self) -> Vec<Work> {
        self.held().work.clone()
    }

    /// Begins something that takes long, unless something goes on or the server ends.
    ///
    /// # Errors
    /// When it is not begun.
    pub(super) fn begin(
        self: &Arc<Self>,
        context: &Context,
        what: String,
        by: &By,
        work: impl FnOnce(&Context) -> anyhow::Result<String> + Send + 'static,
    ) -> Result<(), Refusal> {
        {
            let mut held = self.held();
            if held.is_ending {
                return Err(busy("the server is ending".to_owned(), "ask again when it is there again"));
            }
            if let Some(going) = held.going() {
                return Err(busy(format!("something goes on already: {}", going.what), "wait until it is done"));
            }
            held.work.insert(0, Work { what, user: user(by), begun: by.moment, state: WorkState::Going });
            held.work.truncate(REMEMBERED_MAX);
        }
        let (context, ends) = (context.clone(), Ends { begun: Arc::clone(self), is_told: false });
        // Nobody waits for it: its end is told by the page.
        drop(tokio::task::spawn_blocking(move || {
            let state = match work(&context) {
                Ok(told) => WorkState::Done(told),
                Err(error) => {
                    context.note(format_args!("what was begun in the browser failed: {error:#}"));
                    WorkState::Failed(format!("{error:#}"), report::hint(&error).unwrap_or_default())
                }
            };
            ends.with(state);
        }));
        Ok(())
    }

    /// Begins nothing more.
    pub(super) fn close(&self) {
        self.held().is_ending = true;
    }

    /// The same, and waits for what goes on, but no longer than that; what goes on still, in words.
    pub(super) fn end(&self, wait: Duration) -> Option<String> {
        self.close();
        let going = |held: &mut Held| held.going().is_some();
        let (mut held, _) = self.changed.wait_timeout_while(self.held(), wait, going).unwrap_or_else(PoisonError::into_inner);
        held.going().map(|work| format!("{}, begun by {}", work.what, work.user))
    }
}

/// What has to be told of the one that goes on, also when it ends by a fault of ours.
struct Ends {
    begun: Arc<Begun>,
    is_told: bool,
}

impl Ends {
    fn with(mut self, state: WorkState) {
        self.tell(state);
    }

    fn tell(&mut self, state: WorkState) {
        self.is_told = true;
        if let Some(going) = self.begun.held().going() {
            going.state = state;
        }
        self.begun.changed.notify_all();
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        // Another may go on by then.
        if !self.is_told {
            let told = "it stopped in the middle, and that is a fault of Tenor's".to_owned();
            self.tell(WorkState::Failed(told, "the server says where, on stderr".to_owned()));
        }
    }
}

/// What passes by itself.
fn busy(message: String, hint: &str) -> Refusal {
    Refusal { kind: RefusalKind::Busy, message, hint: hint.to_owned() }
}

/// Who begins something, by name.
fn user(by: &By) -> String {
    match &by.actor {
        Actor::LoggedIn { user, .. } => user.to_string(),
        _ => "tenor".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Begun;
    use crate::context::Context;
    use crate::output::Format;
    use jiff::Timestamp;
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::time::Duration;
    use tenor_ledger::{Actor, PublicKey, Text};
    use tenor_serve::{RefusalKind, WorkState};
    use tenor_state::By;

    const LONG: Duration = Duration::from_secs(60);

    fn ann() -> By {
        let actor = Actor::LoggedIn { key: PublicKey::from_bytes([3; 32]), user: Text::fitted("ann") };
        By { actor, moment: Timestamp::UNIX_EPOCH }
    }

    fn context() -> Context {
        Context::new(Some("/nowhere".into()), Format::Table).unwrap()
    }

    #[tokio::test]
    async fn one_thing_goes_on_at_a_time_and_its_end_is_told() {
        let (begun, context) = (Arc::new(Begun::default()), context());
        let (go, wait) = channel();
        begun.begin(&context, "the import of `cur`".to_owned(), &ann(), move |_| Ok(wait.recv()?)).unwrap();
        let refused = begun.begin(&context, "the proof of `prod`".to_owned(), &ann(), |_| Ok(String::new())).unwrap_err();
        assert_eq!((refused.kind, refused.message.as_str()), (RefusalKind::Busy, "something goes on already: the import of `cur`"));
        let all = begun.all();
        assert_eq!((all.len(), all[0].user.as_str(), &all[0].state), (1, "ann", &WorkState::Going));
        assert_eq!(begun.end(Duration::ZERO).as_deref(), Some("the import of `cur`, begun by ann"), "it is named when it is cut off");
        go.send("3 months".to_owned()).unwrap();
        assert_eq!(begun.end(LONG), None, "else it is waited for");
        assert_eq!(begun.all()[0].state, WorkState::Done("3 months".to_owned()));
        assert!(begun.begin(&context, "another".to_owned(), &ann(), |_| Ok(String::new())).is_err(), "the server is ending");
    }

    #[tokio::test]
    async fn what_fails_by_a_fault_of_ours_is_told_as_failed() {
        let (begun, context) = (Arc::new(Begun::default()), context());
        begun.begin(&context, "the import of `cur`".to_owned(), &ann(), |_| panic!("a fault")).unwrap();
        assert_eq!(begun.end(LONG), None);
        let told = "it stopped in the middle, and that is a fault of Tenor's".to_owned();
        assert_eq!(begun.all()[0].state, WorkState::Failed(told, "the server says where, on stderr".to_owned()));
    }
}
