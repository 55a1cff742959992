//! The newest entry of the ledger of some kind, found from its end.

use tenor_ledger::{Entry, Event, Told};
use tenor_state::{StateError, View};

/// So many entries are read at once.
const READ: u32 = 1_000;

/// What is picked of the newest entry of which anything is; none where nothing is picked of any.
///
/// # Errors
/// When the ledger cannot be read.
pub fn newest_of<T>(view: &View, mut pick: impl FnMut(&Entry, &Event) -> Option<T>) -> Result<Option<T>, StateError> {
    let mut end = view.ledger_head()?.sequence() + 1;
    while end > 1 {
        let begin = end.saturating_sub(u64::from(READ)).max(1);
        let count = u32::try_from(end - begin).expect("no more than are read at once");
        for entry in view.entries(begin, count)?.iter().rev() {
            // What a newer version wrote is none of those that are looked for.
            let Told::Known(event) = &entry.event else { continue };
            if let Some(picked) = pick(entry, event) {
                return Ok(Some(picked));
            }
        }
        end = begin;
    }
    Ok(None)
}
