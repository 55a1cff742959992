//! The state of the home, for a server: looked at by each request on its own, written by one at a time, and only for as long as it takes, so that
//! commands beside the server can write too.

use crate::readings::{NotRecorded, Readings};
use crate::reply::chain;
use jiff::Timestamp;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tenor_ledger::{Actor, ContentHash, Event, PublicKey, Text};
use tenor_state::{AccessFault, Books, By, Claim, Folded, Key, Lease, Reading, State, StateError, SystemRandomness, UserName, View, Views};
use tokio::sync::Mutex;

/// How long another writer is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// What the ledger calls the record of readings: so many entries, the last of this hash.
pub const ACCESS_LOG: &str = "access log";

/// What it calls how a server found that record to differ from what it says of it, before the word for that.
pub const ACCESS_LOG_FOUND: &str = "access log found ";

/// That a server found the record of readings to differ from what the ledger says of it: the last entry that stood there.
#[must_use]
pub fn access_fault(fault: &AccessFault) -> Event {
    let found = &fault.found.hash;
    // Who wrote it anew may have written anything in a hash's place.
    let question = found.parse().unwrap_or_else(|_| ContentHash::sha256(found.as_bytes()));
    Event::DataRead { what: Text::fitted(&format!("{ACCESS_LOG_FOUND}{}", fault.kind.as_str())), question, rows: fault.found.sequence }
}

/// The state of a home, and how the server is called in it.
#[derive(Debug, Clone)]
pub struct Home {
    path: Arc<Path>,
    key: Key,
    server: PublicKey,
    version: Text,
    writing: Arc<Mutex<()>>,
    views: Arc<Views>,
    books: Arc<Books>,
    readings: Option<Readings>,
    looked: Option<Looked>,
    note: Note,
}

/// Whoever looks at the state before it is told what time it is.
#[derive(Clone)]
struct Looked(Arc<dyn Fn(&View) + Send + Sync>);

impl fmt::Debug for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Looked").finish_non_exhaustive()
    }
}

/// Where the owner is told.
#[derive(Clone)]
struct Note(Arc<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note")
    }
}

impl Home {
    /// The state of `path`, which its key opens. `server` is the server's own key: what it does for who is logged in is recorded with it.
    #[must_use]
    pub fn new(path: PathBuf, key: Key, server: PublicKey, version: Text) -> Self {
        let views = Arc::new(Views::new(path.clone(), key.clone()));
        let (writing, books, note) = (Arc::default(), Arc::default(), Note(Arc::new(|_: &str| {})));
        Self { path: path.into(), key, server, version, writing, views, books, readings: None, looked: None, note }
    }

    /// With a record of who looks at what. Without one, nobody's looking is recorded.
    #[must_use]
    pub fn recording(self, readings: Readings) -> Self {
        Self { readings: Some(readings), ..self }
    }

    /// With a look at the state before each request is answered: for a clock that goes by the ledger, which others write to.
    #[must_use]
    pub fn looked_at(self, look: impl Fn(&View) + Send + Sync + 'static) -> Self {
        Self { looked: Some(Looked(Arc::new(look))), ..self }
    }

    /// Has that look taken now. Where the state cannot be opened nothing is looked at: whoever needs it is told why.
    pub async fn look(&self) {
        if let Some(Looked(look)) = self.looked.clone() {
            let looked = self.read(move |view| {
                look(view);
                Ok(())
            });
            drop(looked.await);
        }
    }

    /// With somebody who is told what could not be recorded, though what was asked for was done.
    #[must_use]
    pub fn noting(self, note: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { note: Note(Arc::new(note)), ..self }
    }

    /// Somebody looked at something.
    pub(crate) async fn saw(&self, reading: Reading) -> Result<(), NotRecorded> {
        match &self.readings {
            Some(readings) => readings.saw(reading).await,
            None => Ok(()),
        }
    }

    /// Has the ledger say how far the record of readings goes, where it does not yet.
    pub(crate) async fn seal_readings(&self, now: Timestamp) -> Result<(), String> {
        let Some(readings) = &self.readings else { return Ok(()) };
        let Some(head) = readings.unsealed().await.map_err(|error| chain(&error))? else { return Ok(()) };
        let hash: ContentHash = head.hash.parse().expect("a hash has 64 digits");
        let event = Event::DataRead { what: Text::fitted(ACCESS_LOG), question: hash, rows: head.sequence };
        let draft = By::system(now).draft(event);
        let appended = self.write(now, move |state, random| state.append(&[draft], random)).await;
        appended.map_err(|error| chain(&error))?;
        readings.sealed(head.sequence);
        Ok(())
    }

    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Somebody who is logged in, now.
    #[must_use]
    pub fn by(&self, user: &UserName, now: Timestamp) -> By {
        By { actor: Actor::LoggedIn { key: self.server, user: user.text() }, moment: now }
    }

    /// Looks at the state as it is now.
    ///
    /// # Errors
    /// As the work fails, or when the state cannot be opened.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let views = Arc::clone(&self.views);
        blocking(move || views.ask(work)).await
    }

    /// What the ledger says of orders, folded once for as long as it stays as it is.
    #[must_use]
    pub const fn books(&self) -> &Arc<Books> {
        &self.books
    }

    /// What the ledger says of orders now, to be shown.
    ///
    /// # Errors
    /// When the state cannot be read, or its ledger is not whole.
    pub async fn folded(&self) -> Result<Arc<Folded>, StateError> {
        let books = Arc::clone(&self.books);
        self.read(move |view| books.of(view)).await
    }

    /// Why nothing is sent to AWS, as the file beside the database has it; what cannot be looked at counts as stopped. It is set while others write,
    /// so the ledger may not say so yet.
    pub(crate) async fn halted(&self) -> Option<String> {
        let path = Arc::clone(&self.path);
        let looked = blocking(move || tenor_state::halted(&path)).await;
        looked.unwrap_or_else(|_| Some("nobody could look whether it was".to_owned()))
    }

    /// The server's own key: whose word it is that somebody was logged in.
    #[must_use]
    pub const fn server(&self) -> PublicKey {
        self.server
    }

    /// Which Tenor this is.
    pub(crate) const fn version(&self) -> &Text {
        &self.version
    }

    /// Sets the kill switch, whoever writes; then has the ledger say so. Says why it could not, if so: whoever writes next records it then. It is done to
    /// its end, also when whoever asked hangs up.
    pub(crate) async fn halt(&self, reason: Text, by: By) -> Result<Option<String>, StateError> {
        let home = self.clone();
        let halted = tokio::spawn(async move {
            let (path, why, who) = (Arc::clone(&home.path), reason.clone(), by.clone());
            blocking(move || tenor_state::halt(&path, &why, &who)).await?;
            let path = Arc::clone(&home.path);
            let recorded = home.write(by.moment, move |state, random| {
                // Whoever had the right to write until now may have taken back what was set before, and this with it.
                if tenor_state::halted(&path)?.is_none() {
                    tenor_state::halt(&path, &reason, &by)?;
                }
                state.note_halt(&by, random).map(drop)
            });
            Ok::<_, StateError>(recorded.await.err().map(|error| chain(&error)))
        });
        done(halted.await)
    }

    /// Changes the state. Waits for whoever else writes, here or in another process, but not for long.
    ///
    /// # Errors
    /// As the work fails, when another process writes, or when the state cannot be opened.
    pub async fn write<T: Send + 'static>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&mut State, &SystemRandomness) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        self.write_within(now, WAIT, work).await
    }

    /// The same, when another process is waited for so long.
    pub(crate) async fn write_within<T: Send + 'static>(
        &self,
        now: Timestamp,
        wait: Duration,
        work: impl FnOnce(&mut State, &SystemRandomness) -> Result<T, StateError> + Send + 'static,
    ) -> Result<T, StateError> {
        let home = self.clone();
        // Taken into the work: who goes away meanwhile leaves it to its end, and nobody else begins before.
        let turn = Arc::clone(&self.writing).lock_owned().await;
        blocking(move || {
            let _turn = turn;
            let random = SystemRandomness::new();
            let lease = Lease::take(&home.path, &Claim::of_this_process("tenor serve", wait), now)?;
            let mut state = State::open(lease, &home.key, &random, now)?;
            state.begin_ledger(&home.version, &random, now)?;
            state.put_halt_back()?;
            home.note_stops(&mut state, &random, now);
            work(&mut state, &random)
        })
        .await
    }

    /// Has the ledger say what was stopped by whoever did not wait for the right to write. What cannot be recorded is stopped all the same.
    fn note_stops(&self, state: &mut State, random: &SystemRandomness, now: Timestamp) {
        let by = By::system(now);
        let told = |what: &str, error: &StateError| (self.note.0)(&format!("{what} cannot be recorded: {}", chain(error)));
        if let Err(error) = state.note_halt(&by, random) {
            told("that the kill switch is set", &error);
        }
        if let Err(error) = state.note_stops(&by, random) {
            told("that orders are to be stopped", &error);
        }
    }
}

/// SQLite and passwords keep a thread busy, and this is none of those that answer.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    done(tokio::task::spawn_blocking(work).await)
}

/// What a task came to; a fault of ours goes on.
fn done<T>(ended: Result<T, tokio::task::JoinError>) -> T {
    match ended {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
