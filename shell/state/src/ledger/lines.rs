//! Some lines of a ledger at a time, each looked at by itself on one of the machine's cores, and handed back in the order in which they came.
//!
//! What a line is found to be depends on nothing but its bytes, and the verifier takes lines in their order, one after the other: on one core and
//! on eight the same is found. Nothing here reads, or says what belongs where.

use std::num::NonZero;
use std::ops::Range;
use std::thread;
use tenor_ledger::Checked;

/// So many lines are held at a time, or
const LINES_MAX: usize = 2_048;
/// so many bytes, and one line more.
const BYTES_MAX: usize = 1 << 20;
/// More threads than that wait for whoever reads.
const THREADS_MAX: usize = 8;
/// Fewer lines than that are looked at sooner than a thread starts.
const LINES_A_THREAD_MIN: usize = 128;

/// Lines, without their ends.
#[derive(Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where each ends, and the next begins.
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn push(&mut self, line: &[u8]) {
        self.bytes.extend_from_slice(line);
        self.ends.push(self.bytes.len());
    }

    /// Whether these are to be looked at before more are put in.
    pub(super) fn are_enough(&self) -> bool {
        self.ends.len() >= LINES_MAX || self.bytes.len() >= BYTES_MAX
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// What each is by itself, in their order.
    pub(super) fn checked(&self) -> impl Iterator<Item = Checked<'_>> {
        let useful = (self.ends.len() / LINES_A_THREAD_MIN).min(THREADS_MAX);
        let threads = if useful > 1 { useful.min(thread::available_parallelism().map_or(1, NonZero::get)) } else { 1 };
        self.checked_by(threads)
    }

    /// The same by so many threads, this one among them; each takes as many neighbours as the others.
    fn checked_by(&self, threads: usize) -> impl Iterator<Item = Checked<'_>> + use<'_> {
        let (count, share) = (self.ends.len(), self.ends.len().div_ceil(threads));
        let check = |range: Range<usize>| range.map(|at| Checked::of(self.line(at))).collect::<Vec<_>>();
        let parts = thread::scope(|scope| {
            let ranges = (1..threads).map(|part| (part * share).min(count)..((part + 1) * share).min(count));
            let others: Vec<_> = ranges
                .map(|range| {
                    let its = range.clone();
                    (range, thread::Builder::new().spawn_scoped(scope, move || check(its)))
                })
                .collect();
            let mut parts = vec![check(0..share.min(count))];
            parts.extend(others.into_iter().map(|(range, other)| match other {
                Ok(other) => other.join().expect("looking at a line refuses, and never panics"),
                // The system gives no thread; this one has one.
                Err(_) => check(range),
            }));
            parts
        });
        parts.into_iter().flatten()
    }

    fn line(&self, at: usize) -> &[u8] {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[begin..self.ends[at]]
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_MAX, LINES_MAX, Lines};

    fn lines(count: usize) -> Lines {
        let mut lines = Lines::default();
        (0..count).for_each(|number| lines.push("x".repeat(number % 7).as_bytes()));
        lines
    }

    #[test]
    fn lines_come_back_as_they_went_in_from_any_number_of_threads() {
        for count in [0, 1, 2, 9, 100] {
            let expected: Vec<_> = (0..count).map(|number| number % 7).collect();
            for threads in 1..=11 {
                let held = lines(count);
                assert_eq!(held.checked_by(threads).map(|checked| checked.line().len()).collect::<Vec<_>>(), expected, "{threads} threads");
            }
        }
        let held = lines(LINES_MAX);
        assert!(held.checked().map(|checked| checked.line().len()).eq((0..LINES_MAX).map(|number| number % 7)));
    }

    #[test]
    fn so_many_lines_are_enough_and_so_many_bytes() {
        assert!(!lines(LINES_MAX - 1).are_enough() && lines(LINES_MAX).are_enough());
        let mut held = Lines::default();
        held.push(&vec![b'x'; BYTES_MAX - 1]);
        assert!(!held.are_enough());
        held.push(b"x");
        assert!(held.are_enough());
        held.clear();
        assert_eq!((held.are_enough(), held.checked().count()), (false, 0));
    }
}
