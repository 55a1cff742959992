//! Work that takes long: begun once, in its turn, and shared by all who wait for it. It never ends because somebody leaves.

use super::why::broken;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tenor_serve::Refusal;
use tokio::sync::Semaphore;

/// Something that is being computed, for all who wait for it.
pub(super) type Slow<T> = Shared<BoxFuture<'static, Result<Arc<T>, Refusal>>>;

/// Begins work in a thread of its own, in its turn; it goes on whether somebody waits or not.
pub(super) fn slowly<T: Send + Sync + 'static>(
    turn: Option<&Arc<Semaphore>>,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Slow<T> {
    begun(in_turn(turn.cloned(), work))
}

/// Works where blocking is fine, in its turn.
pub(super) async fn in_turn<T: Send + 'static>(
    turn: Option<Arc<Semaphore>>,
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let turn = match turn {
        Some(turn) => Some(turn.acquire_owned().await.expect("it is never closed")),
        None => None,
    };
    let work = move || {
        let done = work();
        drop(turn);
        done
    };
    blocking(work).await
}

/// Begins something in a task of its own: who waits for a turn in a request that is gone would keep it from the others.
pub(super) fn begun<T: Send + Sync + 'static>(work: impl Future<Output = Result<T, Refusal>> + Send + 'static) -> Slow<T> {
    let begun = tokio::spawn(work);
    let done = async move {
        match begun.await {
            Ok(done) => done.map(Arc::new),
            Err(error) => Err(broken(error.to_string())),
        }
    };
    let done = done.boxed().shared();
    // Somebody has to ask for it to be noticed that it is done.
    tokio::spawn(done.clone());
    done
}

/// So long, from when somebody is told it first, is a failure told to all who ask; then it is tried again. A page asks for more than one thing of the same
/// inputs, and looks again in less.
const FAILURE_TOLD: Duration = Duration::from_secs(10);

/// Something that is kept at hand, with since when its failure is told.
pub(super) struct Held<T> {
    pub(super) slow: Slow<T>,
    told: Option<Instant>,
}

impl<T> Held<T> {
    pub(super) fn new(slow: Slow<T>) -> Self {
        Self { slow, told: None }
    }

    /// What whoever asks waits for, or is told; none where it failed and was told for long enough.
    pub(super) fn asked(&mut self, now: Instant) -> Option<Slow<T>> {
        let holds = is_sound(&self.slow) || now.saturating_duration_since(*self.told.get_or_insert(now)) < FAILURE_TOLD;
        holds.then(|| self.slow.clone())
    }

    pub(super) fn is_unfinished(&self) -> bool {
        self.slow.peek().is_none()
    }
}

/// Whether it is being computed, or was without a failure.
pub(super) fn is_sound<T>(slow: &Slow<T>) -> bool {
    slow.peek().is_none_or(Result::is_ok)
}

/// What it guards is whole between two statements, so whoever panicked left nothing half done.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|error| broken(error.to_string()))?
}
