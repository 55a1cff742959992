//! Time and chance, which tests bring themselves.

use futures::future::BoxFuture;
use jiff::Timestamp;
use std::time::Duration;

/// What time it is, and waiting.
pub trait Clock: Send + Sync {
    /// Now, by this machine.
    fn now(&self) -> Timestamp;
    /// Ends after `time`. The waiting begins when the future is first asked.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// Where jitter comes from.
pub trait Chance: Send + Sync {
    /// A number in `0..=most`.
    fn up_to(&self, most: u64) -> u64;
}

/// The machine's own clock and randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { tokio::time::sleep(time).await })
    }
}

impl Chance for SystemClock {
    fn up_to(&self, most: u64) -> u64 {
        fastrand::u64(0..=most)
    }
}
