//! Engines that are open, lent to one question at a time, so that each has memory of its own and none opens the lake again.
//!
//! **Invariant:** an engine that is lent for a mark sees that snapshot or a later one, because marks are taken before engines are opened.

use super::refused::failed;
use crate::context::Context;
use crate::lake;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenor_lake::store::SnapshotMark;
use tenor_query::Engine;
use tenor_serve::Refusal;

/// The engines of a lake.
pub(super) struct Engines {
    context: Context,
    memory_bytes_max: usize,
    idle: Mutex<Idle>,
}

/// Engines that wait for questions, all for the same mark.
#[derive(Default)]
struct Idle {
    mark: Option<SnapshotMark>,
    engines: Vec<Engine>,
}

/// An engine that is lent; it goes back when this goes out of use.
pub(super) struct Lent {
    engines: Arc<Engines>,
    mark: SnapshotMark,
    engine: Option<Engine>,
}

impl Engines {
    /// Each engine may take so much memory.
    pub(super) fn new(context: Context, memory_bytes_max: usize) -> Arc<Self> {
        Arc::new(Self { context, memory_bytes_max, idle: Mutex::default() })
    }

    /// Which snapshot the lake is at now.
    pub(super) async fn mark(&self) -> Result<SnapshotMark, Refusal> {
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

    /// An engine for a question at a mark.
    pub(super) async fn lend(self: &Arc<Self>, mark: SnapshotMark) -> Result<Lent, Refusal> {
        let waiting = self.take(mark);
        let engine = match waiting {
            Some(engine) => engine,
            None => self.open().await?,
        };
        Ok(Lent { engines: Arc::clone(self), mark, engine: Some(engine) })
    }

    /// An engine over what the lake holds now. It reads files, and this thread answers others.
    async fn open(&self) -> Result<Engine, Refusal> {
        let (context, memory_bytes_max) = (self.context.clone(), self.memory_bytes_max);
        let opened = tokio::task::spawn_blocking(move || lake::engine_within(&context, None, Some(memory_bytes_max))).await;
        opened.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(format!("{error:#}")))
    }

    fn take(&self, mark: SnapshotMark) -> Option<Engine> {
        let mut idle = self.lock();
        if idle.mark != Some(mark) {
            // Those of another snapshot answer nobody any more; their threads end with them.
            idle.engines.clear();
            idle.mark = Some(mark);
        }
        idle.engines.pop()
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    pub(super) fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("it is lent until this is dropped")
    }

    /// An import has moved its files away: another one in its place, over what there is now.
    pub(super) async fn again(mut self) -> Result<Self, Refusal> {
        self.engine = None;
        self.engines.lock().engines.clear();
        self.engine = Some(self.engines.open().await?);
        Ok(self)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(engine) = self.engine.take() else { return };
        let mut idle = self.engines.lock();
        if idle.mark == Some(self.mark) {
            idle.engines.push(engine);
        }
    }
}
