//! What is made once and shown to many: the content of pages that everybody with the same rights sees alike, and what is told of a ledger as long as
//! nothing is written in it.
//!
//! Never anything of a person: no name, no form token, no colours. Those are put around it, for each anew. Nothing is kept of an answer that nobody has
//! any more, and no more than so many bytes.

use crate::lake::{CostAnswer, CostQuestion};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tenor_ledger::EntryHash;

/// So many bytes of contents are kept.
const BYTES_MAX: usize = 16 << 20;
/// And so many contents: they are looked through one by one.
const CONTENTS_MAX: usize = 64;

/// What is kept.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    contents: Mutex<VecDeque<Content>>,
    /// What was told of a ledger that ended so.
    told: Mutex<Option<(EntryHash, Arc<T>)>>,
}

/// What a question was shown as.
#[derive(Debug)]
struct Content {
    /// The very answer: as long as it is known, no other one lies where it lay.
    answer: Weak<CostAnswer>,
    question: CostQuestion,
    /// Whether who sees it may take it as a file.
    may_download: bool,
    html: Arc<str>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { contents: Mutex::default(), told: Mutex::default() }
    }
}

impl<T> Kept<T> {
    /// How an answer is shown, made where it is not kept.
    pub(crate) fn content(
        &self,
        answer: &Arc<CostAnswer>,
        question: &CostQuestion,
        may_download: bool,
        make: impl FnOnce() -> String,
    ) -> Arc<str> {
        let is_it = |kept: &&Content| {
            std::ptr::eq(kept.answer.as_ptr(), Arc::as_ptr(answer)) && kept.may_download == may_download && kept.question == *question
        };
        if let Some(kept) = self.contents().iter().find(is_it) {
            return Arc::clone(&kept.html);
        }
        let html: Arc<str> = make().into();
        let content = Content { answer: Arc::downgrade(answer), question: question.clone(), may_download, html: Arc::clone(&html) };
        let mut contents = self.contents();
        contents.retain(|kept| kept.answer.strong_count() > 0);
        contents.push_back(content);
        while contents.len() > CONTENTS_MAX || contents.iter().map(|kept| kept.html.len()).sum::<usize>() > BYTES_MAX {
            contents.pop_front();
        }
        html
    }

    /// What was told of a ledger that ends so; none where it goes on since.
    pub(crate) fn told(&self, end: EntryHash) -> Option<Arc<T>> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.as_ref().filter(|(held, _)| *held == end).map(|(_, told)| Arc::clone(told))
    }

    /// Keeps what was told of it.
    pub(crate) fn tell(&self, end: EntryHash, told: Arc<T>) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some((end, told));
    }

    fn contents(&self) -> std::sync::MutexGuard<'_, VecDeque<Content>> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_MAX, CONTENTS_MAX, Kept};
    use crate::lake::{CostAnswer, CostQuestion};
    use std::sync::Arc;
    use tenor_ledger::EntryHash;

    fn made(kept: &Kept<u8>, answer: &Arc<CostAnswer>, question: &CostQuestion, may_download: bool) -> bool {
        let mut is_made = false;
        kept.content(answer, question, may_download, || {
            is_made = true;
            "content".to_owned()
        });
        is_made
    }

    #[test]
    fn a_content_is_made_once_for_each_answer_question_and_right() {
        let (kept, answer, question) = (Kept::default(), Arc::new(CostAnswer::default()), CostQuestion::default());
        assert_eq!([false, true, false, true].map(|may| made(&kept, &answer, &question, may)), [true, true, false, false]);
        let other = CostQuestion { top: Some(3), ..CostQuestion::default() };
        assert!(made(&kept, &answer, &other, true) && !made(&kept, &answer, &other, true));
        let newer = Arc::new(CostAnswer::default());
        assert!(made(&kept, &newer, &question, true), "an equal answer of other bills is another one");
    }

    #[test]
    fn what_nobody_has_any_more_goes_and_so_does_what_is_too_much() {
        let (kept, question) = (Kept::<u8>::default(), CostQuestion::default());
        assert!(made(&kept, &Arc::new(CostAnswer::default()), &question, true));
        let held: Vec<_> = (0..2 * CONTENTS_MAX).map(|_| Arc::new(CostAnswer::default())).collect();
        for answer in &held {
            assert!(made(&kept, answer, &question, true));
        }
        assert_eq!(kept.contents().len(), CONTENTS_MAX);
        kept.content(&Arc::new(CostAnswer::default()), &question, true, || "x".repeat(BYTES_MAX + 1));
        assert!(kept.contents().is_empty());
    }

    #[test]
    fn what_is_told_of_a_ledger_holds_until_something_is_written() {
        let (kept, end) = (Kept::default(), |byte: u8| EntryHash::from_bytes([byte; 32]));
        assert_eq!(kept.told(end(1)), None);
        kept.tell(end(1), Arc::new(7_u8));
        assert_eq!((kept.told(end(1)), kept.told(end(2))), (Some(Arc::new(7)), None));
    }
}
