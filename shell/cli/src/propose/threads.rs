//! Threads for the core, which starts none itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use tenor_propose::solve::Workers;

/// So many threads; each takes the next part that nobody has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threads(usize);

impl Threads {
    /// As many as asked for, else as there are cores.
    pub(crate) fn new(wanted: Option<usize>) -> Self {
        Self(wanted.unwrap_or_else(cores).max(1))
    }

    /// As many as half of the cores: the rest is for whoever else is served.
    pub(crate) fn half() -> Self {
        Self((cores() / 2).max(1))
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

impl Workers for Threads {
    fn each(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        let next = AtomicUsize::new(0);
        let take = || {
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= parts {
                    break;
                }
                work(part);
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.0.min(parts) {
                scope.spawn(take);
            }
            take();
        });
    }
}
