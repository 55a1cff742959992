//! What is read of the provider now and then: believed for an hour, and longer while the provider cannot be asked; asked for by one at a time.

use super::OidcError;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// How long what was read is believed before it is read again.
const KEPT: Duration = Duration::from_secs(3_600);
/// How long it is believed while it cannot be read again.
const KEPT_MAX: Duration = Duration::from_secs(86_400);
/// What was not in it is not looked for more often, whoever asks for it; and after a failure nothing is.
const PAUSE: Duration = Duration::from_secs(10);

/// Something of the provider's.
pub(super) struct Kept<T> {
    held: std::sync::Mutex<Held<T>>,
    /// Held by whoever asks the provider.
    asking: tokio::sync::Mutex<()>,
}

struct Held<T> {
    read: Option<(Instant, Arc<T>)>,
    failed: Option<(Instant, OidcError)>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { held: std::sync::Mutex::new(Held { read: None, failed: None }), asking: tokio::sync::Mutex::default() }
    }
}

impl<T> Kept<T> {
    /// What is kept, or what is read now. `is_missing` says that what is kept does not have what is needed.
    pub(super) async fn get(
        &self,
        now: Instant,
        is_missing: bool,
        read: impl Future<Output = Result<T, OidcError>>,
    ) -> Result<Arc<T>, OidcError> {
        let age_max = if is_missing { PAUSE } else { KEPT };
        if let Some(young) = self.within(now, age_max) {
            return Ok(young);
        }
        let old = if is_missing { None } else { self.within(now, KEPT_MAX) };
        let _turn = match &old {
            // Who has an old one does not wait while somebody asks for a newer.
            Some(old) => match self.asking.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(Arc::clone(old)),
            },
            None => self.asking.lock().await,
        };
        // Somebody may have asked meanwhile.
        if let Some(young) = self.within(now, age_max) {
            return Ok(young);
        }
        if let Some(error) = self.failed(now) {
            return old.ok_or(error);
        }
        match read.await {
            Ok(read) => {
                let read = Arc::new(read);
                *self.lock() = Held { read: Some((now, Arc::clone(&read))), failed: None };
                Ok(read)
            }
            Err(error) => {
                self.lock().failed = Some((now, error.clone()));
                old.ok_or(error)
            }
        }
    }

    /// What was read no longer ago than that.
    fn within(&self, now: Instant, age_max: Duration) -> Option<Arc<T>> {
        let held = self.lock();
        held.read.as_ref().filter(|(at, _)| now.saturating_duration_since(*at) < age_max).map(|(_, read)| Arc::clone(read))
    }

    /// Why it could not be read just now.
    fn failed(&self, now: Instant) -> Option<OidcError> {
        let held = self.lock();
        held.failed.as_ref().filter(|(at, _)| now.saturating_duration_since(*at) < PAUSE).map(|(_, error)| error.clone())
    }

    /// As if it had been read so much earlier.
    #[cfg(test)]
    pub(super) fn age(&self, by: Duration) {
        if let Some((at, _)) = &mut self.lock().read {
            *at = at.checked_sub(by).expect("the machine runs for longer");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, OidcError};
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{Duration, Instant};

    /// Something that is asked for at some second; shows what was answered, and how often the provider was asked until then.
    struct Asker {
        kept: Kept<u32>,
        begin: Instant,
        asked: AtomicU32,
    }

    impl Asker {
        fn new() -> Self {
            Self { kept: Kept::default(), begin: Instant::now(), asked: AtomicU32::new(0) }
        }

        async fn ask(&self, second: u64, is_missing: bool, answers: bool) -> (Option<u32>, u32) {
            let read = async {
                let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
                if answers { Ok(asked) } else { Err(OidcError::Token("no".to_owned())) }
            };
            let got = self.kept.get(self.begin + Duration::from_secs(second), is_missing, read).await;
            (got.ok().map(|got| *got), self.asked.load(Ordering::SeqCst))
        }
    }

    #[tokio::test]
    async fn what_was_read_is_believed_for_an_hour_and_a_day_while_nobody_answers() {
        let asker = Asker::new();
        assert_eq!(asker.ask(0, false, true).await, (Some(1), 1));
        assert_eq!(asker.ask(3_599, false, true).await, (Some(1), 1));
        assert_eq!(asker.ask(3_600, false, false).await, (Some(1), 2));
        assert_eq!(asker.ask(3_609, false, false).await, (Some(1), 2), "it failed just now");
        assert_eq!(asker.ask(3_610, false, true).await, (Some(3), 3));
        assert_eq!(asker.ask(3_610 + 86_399, false, false).await, (Some(3), 4));
        assert_eq!(asker.ask(3_610 + 86_409, false, false).await, (None, 5), "after a day nobody is let in by it");
        assert_eq!(asker.ask(3_610 + 86_410, false, true).await, (None, 5), "the same failure, without asking");
    }

    #[tokio::test]
    async fn what_is_missing_in_it_is_looked_for_again_but_not_all_the_time() {
        let asker = Asker::new();
        assert_eq!(asker.ask(0, false, true).await, (Some(1), 1));
        assert_eq!(asker.ask(9, true, true).await, (Some(1), 1));
        assert_eq!(asker.ask(10, true, true).await, (Some(2), 2));
        assert_eq!(asker.ask(20, true, false).await, (None, 3), "an old one is of no use");
        assert_eq!(asker.ask(20, false, false).await, (Some(2), 3), "but for others");
    }

    #[tokio::test]
    async fn nobody_who_has_an_old_one_waits_for_a_newer() {
        let asker = Asker::new();
        asker.ask(0, false, true).await;
        let later = asker.begin + Duration::from_secs(3_600);
        let mut slow = std::pin::pin!(asker.kept.get(later, false, pending()));
        tokio::select! {
            biased;
            _ = slow.as_mut() => panic!("nobody answers"),
            () = ready(()) => {}
        }
        assert_eq!(asker.ask(3_600, false, true).await, (Some(1), 1));
    }
}
