//! Engines that are open, lent to one question at a time, so that each has memory of its own and none opens the lake again.
//!
//! **Invariant:** an engine that is lent for a mark sees that very snapshot: the lake is looked at once more after an engine is opened, and where it is at
//! another mark by then, nobody gets the engine.
//! **Invariant:** an engine waits for another question only after one that it answered, or that made no sense; what failed it, or broke off, may have
//! left it of no use.

use super::refused::{failed, moved};
use crate::context::Context;
use crate::lake;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tenor_lake::store::SnapshotMark;
use tenor_query::Engine;
use tenor_serve::{Refusal, RefusalKind};

/// So long a look at the lake tells enough: the requests of one page share it.
const LOOK_HOLDS: Duration = Duration::from_millis(50);
/// An engine is used no longer than this: after a week, what it spills to would be taken for what a killed process left.
const AGE_MAX: Duration = Duration::from_secs(86_400);

/// The engines of a lake.
pub(super) struct Engines {
    context: Context,
    memory_bytes_max: usize,
    idle: Mutex<Idle>,
    /// How many looks at the lake have begun.
    looks: AtomicU64,
    /// The last one that somebody asked for.
    looked: tokio::sync::Mutex<Option<Looked>>,
}

/// A look at the lake: which one of all, when it began, and what it saw.
struct Looked {
    number: u64,
    at: Instant,
    mark: SnapshotMark,
}

/// Engines that wait for questions, all for the same mark.
#[derive(Default)]
struct Idle {
    mark: Option<SnapshotMark>,
    engines: Vec<Opened>,
}

/// An engine, and since when it is open.
struct Opened {
    engine: Engine,
    at: Instant,
}

/// An engine that is lent; it ends when this goes out of use, unless it is given back.
pub(super) struct Lent {
    engines: Arc<Engines>,
    mark: SnapshotMark,
    opened: Opened,
}

impl Engines {
    /// Each engine may take so much memory.
    pub(super) fn new(context: Context, memory_bytes_max: usize) -> Arc<Self> {
        let (idle, looks, looked) = (Mutex::default(), AtomicU64::new(0), tokio::sync::Mutex::default());
        Arc::new(Self { context, memory_bytes_max, idle, looks, looked })
    }

    /// Which snapshot the lake is at now, or was at a moment ago. Of all who ask at once two look at most: whoever asks while one looks waits for the
    /// next look, and a look that began after they asked tells them enough.
    pub(super) async fn mark(&self) -> Result<SnapshotMark, Refusal> {
        self.mark_at(Instant::now()).await
    }

    pub(super) async fn mark_at(&self, now: Instant) -> Result<SnapshotMark, Refusal> {
        let before = self.looks.load(Ordering::SeqCst);
        let mut looked = self.looked.lock().await;
        if let Some(looked) = &*looked
            && (looked.number > before || now.saturating_duration_since(looked.at) < LOOK_HOLDS)
        {
            return Ok(looked.mark);
        }
        let number = self.looks.fetch_add(1, Ordering::SeqCst) + 1;
        let mark = self.look().await?;
        // Of the moment before the look: it does not hold longer for having taken long.
        *looked = Some(Looked { number, at: now, mark });
        Ok(mark)
    }

    /// Looks by itself, and nobody else goes by that.
    pub(super) async fn look(&self) -> Result<SnapshotMark, Refusal> {
        let root = self.context.lake();
        let looked = tokio::task::spawn_blocking(move || SnapshotMark::look(&root)).await;
        looked.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(format!("{:#}", anyhow::Error::from(error))))
    }

    /// Whether all that the lake says of its periods can be read.
    pub(super) async fn check(&self) -> Result<(), Refusal> {
        let context = self.context.clone();
        let checked = tokio::task::spawn_blocking(move || lake::check(&context)).await;
        checked.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(format!("{error:#}")))
    }

    /// An engine for a question at a mark; refused as moved where the lake is at another by now.
    pub(super) async fn lend(self: &Arc<Self>, mark: SnapshotMark) -> Result<Lent, Refusal> {
        let waiting = self.take(mark, Instant::now());
        let opened = match waiting {
            Some(opened) => opened,
            None => self.open_at(mark).await?,
        };
        Ok(Lent { engines: Arc::clone(self), mark, opened })
    }

    /// An engine over what the lake holds now, if that is of the mark.
    async fn open_at(&self, mark: SnapshotMark) -> Result<Opened, Refusal> {
        let opened = self.open().await?;
        if self.look().await? == mark {
            return Ok(opened);
        }
        // Whoever asks again is not sent back to what has passed.
        *self.looked.lock().await = None;
        Err(moved())
    }

    /// An engine over what the lake holds now. It reads files, and this thread answers others.
    async fn open(&self) -> Result<Opened, Refusal> {
        let (context, memory_bytes_max, at) = (self.context.clone(), self.memory_bytes_max, Instant::now());
        let opened = tokio::task::spawn_blocking(move || lake::engine_within(&context, None, Some(memory_bytes_max))).await;
        let engine = opened.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(format!("{error:#}")))?;
        Ok(Opened { engine, at })
    }

    fn take(&self, mark: SnapshotMark, now: Instant) -> Option<Opened> {
        let mut idle = self.lock();
        if idle.mark != Some(mark) {
            // Those of another snapshot answer nobody any more; their threads end with them.
            idle.engines.clear();
            idle.mark = Some(mark);
        }
        idle.engines.retain(|opened| now.duration_since(opened.at) < AGE_MAX);
        idle.engines.pop()
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    pub(super) fn engine(&self) -> &Engine {
        &self.opened.engine
    }

    /// An import has moved its files away: another one in its place, if the lake is at the same mark still.
    pub(super) async fn again(self) -> Result<Self, Refusal> {
        let Self { engines, mark, opened } = self;
        drop(opened);
        engines.lock().engines.clear();
        let opened = engines.open_at(mark).await?;
        Ok(Self { engines, mark, opened })
    }

    /// Gives it back after a question that came to this.
    pub(super) fn back<T>(self, answer: &Result<T, Refusal>) {
        let is_good = match answer {
            Ok(_) => true,
            Err(refusal) => matches!(refusal.kind, RefusalKind::Question | RefusalKind::Empty),
        };
        let mut idle = self.engines.lock();
        if is_good && idle.mark == Some(self.mark) {
            idle.engines.push(self.opened);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AGE_MAX, Engines, LOOK_HOLDS};
    use crate::context::Context;
    use crate::output::Format;
    use crate::serve::refused::{failed, question};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use tenor_serve::RefusalKind;

    fn engines(home: &Path) -> Arc<Engines> {
        Engines::new(Context::new(Some(home.to_owned()), Format::Table).unwrap(), 64 << 20)
    }

    #[tokio::test]
    async fn an_engine_waits_for_another_question_unless_it_failed_broke_off_or_is_old() {
        let home = tempfile::tempdir().unwrap();
        let engines = engines(home.path());
        let mark = engines.mark().await.unwrap();
        let waiting = || engines.lock().engines.len();
        drop(engines.lend(mark).await.unwrap());
        engines.lend(mark).await.unwrap().back(&Err::<(), _>(failed("no".to_owned())));
        assert_eq!(waiting(), 0);
        engines.lend(mark).await.unwrap().back(&Err::<(), _>(question("what?".to_owned(), "ask")));
        assert_eq!(waiting(), 1);
        let lent = engines.lend(mark).await.unwrap();
        assert_eq!(waiting(), 0);
        lent.back(&Ok::<_, tenor_serve::Refusal>(()));
        assert!(engines.take(mark, Instant::now() + AGE_MAX + Duration::from_secs(1)).is_none() && waiting() == 0, "an old one");
    }

    #[tokio::test]
    async fn no_engine_is_lent_for_a_mark_that_has_passed_unless_it_was_open_then() {
        let home = tempfile::tempdir().unwrap();
        let engines = engines(home.path());
        let mark = engines.look().await.unwrap();
        engines.lend(mark).await.unwrap().back(&Ok::<_, tenor_serve::Refusal>(()));
        std::fs::create_dir(home.path().join("lake")).unwrap();
        std::fs::write(home.path().join("lake/exchange.json"), r#"{"sequence":1,"pending":null}"#).unwrap();
        let lent = engines.lend(mark).await.unwrap();
        assert_eq!(lent.again().await.err().unwrap().kind, RefusalKind::Moved);
        assert_eq!(engines.lend(mark).await.err().unwrap().kind, RefusalKind::Moved);
    }

    #[tokio::test]
    async fn who_asks_while_one_looks_shares_the_next_look() {
        let home = tempfile::tempdir().unwrap();
        let engines = engines(home.path());
        let asked: Vec<_> = (0..10).map(|_| engines.mark()).collect();
        let marks = futures::future::join_all(asked).await;
        assert!(marks.iter().all(|mark| *mark == marks[0]));
        assert!(engines.looks.load(super::Ordering::SeqCst) <= 2);
        let looks = || engines.looks.load(super::Ordering::SeqCst);
        let (before, now) = (looks(), Instant::now() + Duration::from_secs(1));
        engines.mark_at(now).await.unwrap();
        assert_eq!(looks(), before + 1, "a look that was over before is none");
        engines.mark_at(now + LOOK_HOLDS / 2).await.unwrap();
        assert_eq!(looks(), before + 1, "but a moment ago is now");
        engines.mark_at(now + LOOK_HOLDS).await.unwrap();
        assert_eq!(looks(), before + 2);
    }
}
