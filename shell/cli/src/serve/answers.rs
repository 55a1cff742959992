//! Answers that were given, kept as long as there is room, and questions that are being asked, so that the same one is asked once.
//!
//! **Invariant:** what is kept under a mark is of that snapshot, since no engine is lent for another. What has passed is there for whoever asks for that
//! very mark, until others need its room.

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, WeakShared};
use lru::LruCache;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tenor_lake::store::SnapshotMark;
use tenor_serve::Refusal;

/// So many answers of a kind are kept, however small they are.
const ANSWERS_MAX: usize = 4_096;
/// No answer takes more than this share of the room beside others: one that does would push out all others. The last such one is kept apart, whatever it
/// takes of the same room once more, so that who takes it part by part has it computed once.
const SHARE_MAX: usize = 4;

/// A question on its way. It goes on as long as somebody waits for it.
pub(super) type Asking<A> = BoxFuture<'static, Result<Arc<A>, Refusal>>;

/// Answers of one kind.
pub(super) struct Answers<Q, A> {
    held: Mutex<Held<Q, A>>,
    bytes_max: usize,
    /// About how many bytes a question takes with its answer.
    weigh: fn(&Q, &A) -> usize,
}

struct Held<Q, A> {
    kept: LruCache<(SnapshotMark, Q), Kept<A>>,
    bytes: usize,
    large: Option<((SnapshotMark, Q), Arc<A>)>,
    asked: HashMap<(SnapshotMark, Q), WeakShared<Asking<A>>>,
}

impl<Q: Eq + Hash, A> Held<Q, A> {
    fn get(&mut self, key: &(SnapshotMark, Q)) -> Option<Arc<A>> {
        let large = self.large.as_ref().filter(|(held, _)| held == key).map(|(_, answer)| Arc::clone(answer));
        large.or_else(|| self.kept.get(key).map(|kept| Arc::clone(&kept.answer)))
    }
}

struct Kept<A> {
    answer: Arc<A>,
    bytes: usize,
}

/// What was found for a question.
enum Found<A> {
    Kept(Arc<A>),
    Asked(Shared<Asking<A>>),
}

impl<Q: Clone + Eq + Hash, A: 'static> Answers<Q, A> {
    pub(super) fn new(bytes_max: usize, weigh: fn(&Q, &A) -> usize) -> Self {
        let held = Held { kept: LruCache::unbounded(), bytes: 0, large: None, asked: HashMap::new() };
        Self { held: Mutex::new(held), bytes_max, weigh }
    }

    /// The answer to a question at a snapshot: one that is kept, one that somebody waits for already, or one that is asked for now.
    pub(super) async fn answer(&self, mark: SnapshotMark, question: &Q, ask: impl FnOnce() -> Asking<A>) -> Result<Arc<A>, Refusal> {
        let key = (mark, question.clone());
        let asking = match self.find(&key, ask) {
            Found::Kept(answer) => return Ok(answer),
            Found::Asked(asking) => asking,
        };
        let answer = asking.await?;
        self.keep(key, &answer);
        Ok(answer)
    }

    /// The answer that is kept; nothing is asked for.
    pub(super) fn kept(&self, mark: SnapshotMark, question: &Q) -> Option<Arc<A>> {
        self.lock().get(&(mark, question.clone()))
    }

    fn find(&self, key: &(SnapshotMark, Q), ask: impl FnOnce() -> Asking<A>) -> Found<A> {
        let mut held = self.lock();
        if let Some(answer) = held.get(key) {
            return Found::Kept(answer);
        }
        if let Some(asking) = held.asked.get(key).and_then(WeakShared::upgrade) {
            return Found::Asked(asking);
        }
        // Those that nobody waits for any more have ended by that; what is left of them is cleared away here.
        held.asked.retain(|_, asking| asking.upgrade().is_some());
        let asking = ask().shared();
        if let Some(weak) = asking.downgrade() {
            held.asked.insert(key.clone(), weak);
        }
        Found::Asked(asking)
    }

    fn keep(&self, key: (SnapshotMark, Q), answer: &Arc<A>) {
        let bytes = (self.weigh)(&key.1, answer);
        let mut held = self.lock();
        held.asked.remove(&key);
        // One of another snapshot is most likely of one that has passed.
        if held.large.as_ref().is_some_and(|((mark, _), _)| *mark != key.0) {
            held.large = None;
        }
        if bytes > self.bytes_max / SHARE_MAX {
            if bytes <= self.bytes_max {
                held.large = Some((key, Arc::clone(answer)));
            }
            return;
        }
        if held.kept.contains(&key) {
            return;
        }
        held.kept.put(key, Kept { answer: Arc::clone(answer), bytes });
        held.bytes += bytes;
        while held.bytes > self.bytes_max || held.kept.len() > ANSWERS_MAX {
            let Some((_, oldest)) = held.kept.pop_lru() else { break };
            held.bytes -= oldest.bytes;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held<Q, A>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Asking};
    use futures::FutureExt as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tenor_lake::store::SnapshotMark;
    use tenor_serve::{Refusal, RefusalKind};
    use tokio::sync::oneshot;

    fn mark(version: &str) -> SnapshotMark {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("exchange.json"), version).unwrap();
        SnapshotMark::look(folder.path()).unwrap()
    }

    fn answers(bytes_max: usize) -> Answers<u32, String> {
        Answers::new(bytes_max, |_, answer| answer.len())
    }

    /// Says `text`, and counts that it was asked.
    fn says(asked: &Arc<AtomicUsize>, text: &str) -> Asking<String> {
        let (asked, text) = (Arc::clone(asked), text.to_owned());
        async move {
            asked.fetch_add(1, Ordering::SeqCst);
            Ok(Arc::new(text))
        }
        .boxed()
    }

    #[tokio::test]
    async fn a_question_is_asked_once_for_each_snapshot() {
        let (answers, asked) = (answers(1_000), Arc::new(AtomicUsize::new(0)));
        let (one, other) = (mark("1"), mark("2"));
        for (mark, question) in [(one, 1), (one, 1), (one, 2), (other, 1), (one, 1), (other, 1)] {
            let answer = answers.answer(mark, &question, || says(&asked, "yes")).await.unwrap();
            assert_eq!(*answer, "yes");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn two_who_ask_at_once_wait_for_one_answer_and_one_who_leaves_takes_nothing_from_the_other() {
        let (answers, mark, asked) = (answers(1_000), mark("1"), Arc::new(AtomicUsize::new(0)));
        let (say, said) = oneshot::channel::<()>();
        let slow = {
            let asked = Arc::clone(&asked);
            async move {
                asked.fetch_add(1, Ordering::SeqCst);
                said.await.unwrap();
                Ok(Arc::new("late".to_owned()))
            }
            .boxed()
        };
        let mut first = Box::pin(answers.answer(mark, &1, || slow));
        let mut second = Box::pin(answers.answer(mark, &1, || says(&asked, "never")));
        assert!(futures::poll!(&mut first).is_pending() && futures::poll!(&mut second).is_pending());
        drop(first);
        say.send(()).unwrap();
        assert_eq!(*second.await.unwrap(), "late");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_ends_and_is_asked_anew() {
        let (answers, mark, asked) = (answers(1_000), mark("1"), Arc::new(AtomicUsize::new(0)));
        let mut first = Box::pin(answers.answer(mark, &1, || futures::future::pending().boxed()));
        assert!(futures::poll!(&mut first).is_pending());
        drop(first);
        assert_eq!(*answers.answer(mark, &1, || says(&asked, "yes")).await.unwrap(), "yes");
    }

    #[tokio::test]
    async fn what_is_only_looked_for_is_not_asked() {
        let (answers, asked) = (answers(1_000), Arc::new(AtomicUsize::new(0)));
        let (one, other) = (mark("1"), mark("2"));
        assert_eq!(answers.kept(one, &1), None);
        answers.answer(one, &1, || says(&asked, "yes")).await.unwrap();
        assert_eq!(answers.kept(one, &1).as_deref().map(String::as_str), Some("yes"));
        assert_eq!((answers.kept(other, &1), answers.kept(one, &2)), (None, None));
    }

    #[tokio::test]
    async fn a_refusal_is_not_kept() {
        let (answers, mark, asked) = (answers(1_000), mark("1"), Arc::new(AtomicUsize::new(0)));
        let refusal = Refusal { kind: RefusalKind::Failed, message: "no".to_owned(), hint: String::new() };
        let no = refusal.clone();
        assert_eq!(answers.answer(mark, &1, || futures::future::ready(Err(no)).boxed()).await, Err(refusal));
        assert_eq!(*answers.answer(mark, &1, || says(&asked, "yes")).await.unwrap(), "yes");
    }

    #[tokio::test]
    async fn what_was_used_longest_ago_makes_room_and_what_is_too_large_is_not_kept() {
        let (answers, mark, asked) = (answers(40), mark("1"), Arc::new(AtomicUsize::new(0)));
        let ask = async |question: u32, bytes: usize| {
            let before = asked.load(Ordering::SeqCst);
            answers.answer(mark, &question, || says(&asked, &"x".repeat(bytes))).await.unwrap();
            asked.load(Ordering::SeqCst) - before
        };
        for question in 1..=4 {
            assert_eq!(ask(question, 10).await, 1);
        }
        assert_eq!(ask(1, 10).await, 0);
        assert_eq!(ask(5, 10).await, 1, "it takes the room of 2");
        assert_eq!([ask(1, 10).await, ask(3, 10).await, ask(2, 10).await], [0, 0, 1]);
        assert_eq!([ask(9, 41).await, ask(9, 41).await], [1, 1], "more than there is room");
    }

    #[tokio::test]
    async fn the_last_large_answer_is_kept_apart_until_another_comes_or_another_snapshot() {
        let (answers, asked) = (answers(40), Arc::new(AtomicUsize::new(0)));
        let (one, other) = (mark("1"), mark("2"));
        let ask = async |mark: SnapshotMark, question: u32, bytes: usize| {
            let before = asked.load(Ordering::SeqCst);
            answers.answer(mark, &question, || says(&asked, &"x".repeat(bytes))).await.unwrap();
            asked.load(Ordering::SeqCst) - before
        };
        assert_eq!([ask(one, 1, 11).await, ask(one, 2, 10).await, ask(one, 1, 11).await], [1, 1, 0], "it takes the room of no other");
        assert_eq!([ask(one, 3, 40).await, ask(one, 3, 40).await, ask(one, 1, 11).await], [1, 0, 1], "there is one of them");
        assert_eq!([ask(other, 4, 1).await, ask(one, 1, 11).await], [1, 1], "it goes with its snapshot");
    }

    #[tokio::test]
    async fn a_question_takes_room_too() {
        let (answers, asked) =
            (Answers::<String, String>::new(40, |question, answer| question.len() + answer.len()), Arc::new(AtomicUsize::new(0)));
        let mark = mark("1");
        for expected in [1, 2] {
            answers.answer(mark, &"q".repeat(41), || says(&asked, "")).await.unwrap();
            assert_eq!(asked.load(Ordering::SeqCst), expected, "more than there is room");
        }
    }
}
