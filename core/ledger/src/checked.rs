//! A line by itself: all that can be said of it without the lines before it, which is nearly all the work of verifying.
//!
//! Lines may be looked at in any order, and on as many threads as somebody has; nothing here starts one. Whether a line belongs where it stands
//! is for [`Verifier::checked`](crate::Verifier::checked), which takes them in theirs.

use crate::broken::Wrong;
use crate::entry::{Entry, Told, told};
use crate::event::Event;
use crate::line::{Parts, Tail};

/// A line, without its end, of which was found whether its bytes have the hash that it states, whether it is an entry, and what it tells.
#[derive(Debug, Clone)]
pub struct Checked<'a> {
    line: &'a [u8],
    /// Only [`of`](Self::of) makes it, so it is what was found of this very line.
    found: Result<Whole<'a>, Wrong>,
}

/// A line that is an entry.
#[derive(Debug, Clone)]
pub(crate) struct Whole<'a> {
    pub(crate) tail: Tail,
    pub(crate) parts: Parts<'a>,
    pub(crate) event: Told<Event>,
}

impl<'a> Checked<'a> {
    /// Looks at a line.
    #[must_use]
    pub fn of(line: &'a [u8]) -> Self {
        let find = || {
            let tail = Tail::intact(line).ok_or(Wrong::Changed)?;
            let parts = Parts::of(line, &tail).map_err(Wrong::NotAnEntry)?;
            Ok(Whole { tail, event: told(parts.event), parts })
        };
        Self { line, found: find() }
    }

    /// The line.
    #[must_use]
    pub const fn line(&self) -> &'a [u8] {
        self.line
    }

    /// What it tells, if it is an entry of a kind that this version knows.
    #[must_use]
    pub const fn event(&self) -> Option<&Event> {
        match &self.found {
            Ok(Whole { event: Told::Known(event), .. }) => Some(event),
            _ => None,
        }
    }

    /// The entry that it is.
    ///
    /// # Errors
    /// When its bytes do not have the hash that it states, or it is no entry.
    pub fn entry(self) -> Result<Entry, Wrong> {
        let Whole { tail, parts, event } = self.found?;
        let Parts { sequence, moment, clock, actor, previous, .. } = parts;
        Ok(Entry { sequence, moment, clock, actor: told(actor), event, previous, hash: tail.hash })
    }

    pub(crate) const fn found(&self) -> &Result<Whole<'a>, Wrong> {
        &self.found
    }
}
