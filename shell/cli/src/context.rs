//! What every command is given: where Tenor's data lies and how to print.

use crate::output::{self, Format, Table};
use crate::report::Refused;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tenor_ledger::Actor;

/// Where Tenor's data lies and how to print.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// Folder of all of Tenor's data.
    pub(crate) home: PathBuf,
    /// How to print answers.
    pub(crate) format: Format,
    /// So much is its time ahead of the machine's: by a sandbox's in a rehearsal, else not at all.
    pub(crate) ahead: Ahead,
    /// Who this is done for, as the ledger has it: the schedule, or who asked the server for it; none where a person runs a command.
    pub(crate) by: Option<Actor>,
}

/// How much a time is ahead of the machine's. Clones share it, so that a server which looks at its sandbox again puts it right for all that it does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ahead(Option<Arc<AtomicI64>>);

impl Ahead {
    /// That of a rehearsal.
    pub(crate) fn of(ahead: SignedDuration) -> Self {
        Self(Some(Arc::new(AtomicI64::new(nanoseconds(ahead)))))
    }

    pub(crate) fn get(&self) -> SignedDuration {
        self.0.as_ref().map_or(SignedDuration::ZERO, |ahead| SignedDuration::from_nanos(ahead.load(Ordering::SeqCst)))
    }

    /// Whether it is a rehearsal's: anything but the home's own sandbox has the machine's time.
    pub(crate) const fn is_rehearsed(&self) -> bool {
        self.0.is_some()
    }

    /// Goes further ahead, and never back.
    pub(crate) fn reach(&self, ahead: SignedDuration) {
        if let Some(held) = &self.0 {
            held.fetch_max(nanoseconds(ahead), Ordering::SeqCst);
        }
    }

    /// Goes there, back too: somebody put the ledger's clock right.
    pub(crate) fn put(&self, ahead: SignedDuration) {
        if let Some(held) = &self.0 {
            held.store(nanoseconds(ahead), Ordering::SeqCst);
        }
    }
}

/// No rehearsal goes on for three centuries, or lies as far back.
fn nanoseconds(time: SignedDuration) -> i64 {
    let far = if time.is_negative() { i64::MIN } else { i64::MAX };
    i64::try_from(time.as_nanos()).unwrap_or(far)
}

impl Context {
    /// With the folder asked for, else the default one. Nothing is created.
    ///
    /// # Errors
    /// When no folder was named and the environment names no home either.
    pub(crate) fn new(home: Option<PathBuf>, format: Format) -> anyhow::Result<Self> {
        let home = match home.filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => folder,
            None => default_home()?,
        };
        Ok(Self { home, format, ahead: Ahead::default(), by: None })
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead.get()
    }

    /// The folder of the lake.
    pub(crate) fn lake(&self) -> PathBuf {
        self.home.join("lake")
    }

    /// The folder of the versions of prices.
    pub(crate) fn prices(&self) -> PathBuf {
        self.home.join("prices")
    }

    /// Prints an answer to stdout in the format asked for.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn print(&self, table: &Table) -> io::Result<()> {
        output::print(table, self.format)
    }

    /// Tells a person something, on stderr, in a line of its own.
    #[expect(clippy::unused_self, reason = "where a note goes is the context's to decide")]
    pub(crate) fn note(&self, text: impl fmt::Display) {
        // When stderr is gone there is nobody left to tell.
        let _ = writeln!(io::stderr().lock(), "{}", output::readable(&text.to_string()));
    }

    /// Whether progress may be drawn: only for a person at a terminal.
    #[expect(clippy::unused_self, reason = "where progress goes is the context's to decide")]
    pub(crate) fn draws_progress(&self) -> bool {
        io::stderr().is_terminal()
    }

    /// Runs asynchronous work to its end on this thread and one more.
    ///
    /// # Errors
    /// When the system grants no thread, or as the work fails.
    #[expect(clippy::unused_self, reason = "how work runs is the context's to decide")]
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get().max(2));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
        let result = runtime.block_on(work);
        runtime.shutdown_background();
        result
    }
}

/// `$XDG_DATA_HOME/tenor`, else `~/.local/share/tenor`.
fn default_home() -> anyhow::Result<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")));
    data.map(|data| data.join("tenor")).ok_or_else(|| {
        Refused::new("there is no folder for Tenor's data: neither TENOR_HOME nor HOME is set").hint("name one with --home FOLDER").into()
    })
}

#[cfg(test)]
mod tests {
    use super::{Ahead, Context};
    use crate::output::Format;
    use jiff::SignedDuration;

    /// What AWS is asked is paid for from a budget in the home, which may drive a runtime, within the one that asks.
    #[test]
    fn work_that_drives_a_runtime_is_done_within_another_where_its_thread_is_set_free() {
        let context = Context::new(Some("/no/such/folder".into()), Format::Table).unwrap();
        let within = context.block_on(async { tokio::task::block_in_place(|| context.block_on(async { Ok(7) })) });
        assert_eq!(within.unwrap(), 7);
    }

    #[test]
    fn a_rehearsal_goes_ahead_by_what_is_reached_and_back_by_what_is_put_right() {
        let ahead = Ahead::of(SignedDuration::from_hours(24));
        let clone = ahead.clone();
        clone.reach(SignedDuration::from_hours(-1));
        assert_eq!(ahead.get(), SignedDuration::from_hours(24));
        clone.reach(SignedDuration::from_hours(48));
        assert_eq!(ahead.get(), SignedDuration::from_hours(48));
        clone.put(SignedDuration::from_hours(-1));
        assert_eq!(ahead.get(), SignedDuration::from_hours(-1));
    }

    #[test]
    fn a_time_too_far_off_is_as_far_as_can_be_told_in_its_own_direction() {
        let year = SignedDuration::from_hours(24 * 365);
        assert!(Ahead::of(1_000 * year).get() > 250 * year);
        assert!(Ahead::of(-1_000 * year).get() < -250 * year);
    }

    #[test]
    fn the_machine_s_time_is_not_moved() {
        let machine = Ahead::default();
        machine.reach(SignedDuration::from_hours(1));
        machine.put(SignedDuration::from_hours(1));
        assert!(!machine.is_rehearsed());
        assert_eq!(machine.get(), SignedDuration::ZERO);
    }
}
