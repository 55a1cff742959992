//! Delivers what is queued, and queues what the ledger tells: in the background of a server, by one process at a time.
//!
//! An attempt is recorded before it is made: while nothing can be written nothing is sent, so nobody gets the same again and again. What came of it is
//! recorded afterwards: a crash between the two sends it again after a pause, and the receiver knows it by its id.

use super::facts;
use super::file::{Fact, Notify};
use crate::context::Context;
use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::join_all;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::mem;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tenor_notify::{Kind, Message, Sender, again};
use tenor_serve::Home;
use tenor_state::{Advance, Attempted, Came, Claiming, JobLock, QueuedMessage, State, StateError, SystemRandomness, View};

/// How long between two looks.
const PAUSE: Duration = Duration::from_secs(15);
/// So many entries are read at a time.
const ENTRIES: u32 = 500;
/// So many messages of each target are sent at once; none waits for another target longer than an attempt takes.
const EACH_MOST: u32 = 4;
/// What is older when it is read is not told one by one: nobody was to be told while there was no file, or no server.
const TOLD_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Who reads the ledger.
const READER: &str = "notify";
/// The lock of whoever delivers.
const LOCK: &str = "deliver";

/// Who delivers.
struct Post {
    context: Context,
    home: Home,
    notify: Arc<Notify>,
    sender: Sender,
    /// What came of attempts and could not be recorded yet.
    unnoted: Vec<Attempted>,
}

/// Delivers until it is to stop. What goes wrong is told on stderr, once for as long as it stays the same, and tried again.
pub(crate) async fn run(context: Context, home: Home, notify: Arc<Notify>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let sender = match Sender::new() {
        Ok(sender) => sender,
        Err(error) => return context.note(format_args!("nobody is told of anything: {}", error.told())),
    };
    let mut post = Post { context: context.clone(), home, notify, sender, unnoted: Vec::new() };
    let (mut lock, mut told) = (None, String::new());
    loop {
        let pass = async {
            if lock.is_none() {
                let folder = context.home.clone();
                lock = tokio::task::spawn_blocking(move || JobLock::take(&folder, LOCK)).await??;
            }
            // Another server of this home delivers while it holds the lock.
            if lock.is_some() { post.pass().await } else { Ok(()) }
        };
        // A fault of ours ends a pass, and not the server; what it left is sent again, and the receiver knows it by its id.
        let passed: anyhow::Result<()> = tokio::select! {
            passed = AssertUnwindSafe(pass).catch_unwind() => passed.unwrap_or_else(|_| Err(anyhow::anyhow!("a fault of Tenor's ended a pass"))),
            () = &mut stop => return,
        };
        let now_told = passed.err().map_or_else(String::new, |error| format!("{error:#}"));
        if !now_told.is_empty() && now_told != told {
            context.note(format_args!("messages: {now_told}"));
        }
        told = now_told;
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = &mut stop => return,
        }
    }
}

impl Post {
    async fn pass(&mut self) -> anyhow::Result<()> {
        let queued = self.queue().await;
        self.deliver().await?;
        queued.context("what the ledger tells is not told")
    }

    /// Queues what the ledger tells since it was last looked at; the first time, nothing of what was before. Of what is old, the number.
    async fn queue(&self) -> Result<(), StateError> {
        let mut older: BTreeMap<Kind, u64> = BTreeMap::new();
        loop {
            let read = |view: &View| -> Result<_, StateError> {
                let from = view.cursor(READER)?;
                let entries = match from {
                    Some(last) => view.entries(last + 1, ENTRIES)?,
                    None => Vec::new(),
                };
                let head = view.ledger_head()?.sequence();
                Ok((from, entries, head))
            };
            let (from, entries, head) = self.home.read(read).await?;
            let to = if from.is_none() { head } else { entries.last().map_or(0, |entry| entry.sequence) };
            if from.is_some() && entries.is_empty() {
                return Ok(());
            }
            let now = self.context.now();
            let mut told: Vec<Fact> = Vec::new();
            for fact in entries.iter().filter_map(facts::of_entry) {
                if now.duration_since(fact.moment) > TOLD_MAX {
                    *older.entry(fact.kind).or_default() += 1;
                } else {
                    told.push(fact);
                }
            }
            if to >= head {
                told.extend(mem::take(&mut older).into_iter().map(|(kind, count)| facts::of_older(kind, count, to, now)));
            }
            let messages: Vec<_> = told.iter().flat_map(|fact| self.notify.messages(fact, now)).collect();
            self.home.write(now, move |state, _| state.queue(&messages, Some(Advance { name: READER, from, to }), now)).await?;
        }
    }

    /// Sends what is due, some of each target at a time, until nothing is or something is not taken.
    async fn deliver(&mut self) -> anyhow::Result<()> {
        loop {
            let claimed = self.claim().await.context("nothing is sent, since it could not be recorded")?;
            if claimed.is_empty() {
                return Ok(());
            }
            let attempted = join_all(claimed.into_iter().map(|message| self.attempt(message))).await;
            let has_failed = attempted.iter().any(|attempted| matches!(attempted.came, Came::NotTaken(_)));
            self.unnoted.extend(attempted);
            self.note().await.context("what came of messages could not be recorded yet")?;
            if has_failed {
                // A target that is slow to fail keeps nobody from what the ledger tells meanwhile.
                return Ok(());
            }
        }
    }

    /// Claims what is to be sent now. What was sent before is recorded first, else it would be claimed again.
    async fn claim(&mut self) -> Result<Vec<QueuedMessage>, StateError> {
        self.note().await?;
        let now = self.context.now();
        // Whoever only looks keeps nobody from writing.
        if self.home.read(move |view| view.outbox_due(now, 1)).await?.is_empty() {
            return Ok(Vec::new());
        }
        let quiet_until = self.notify.quiet_until(now);
        let claim = move |attempts| again(attempts, now);
        let urgent: Vec<_> = Kind::ALL.into_iter().filter(|kind| kind.is_urgent()).map(Kind::as_str).collect();
        let work = move |state: &mut State, _: &SystemRandomness| {
            state.claim_due(&Claiming { now, each_most: EACH_MOST, urgent: &urgent, quiet_until, again: &claim })
        };
        self.home.write(now, work).await
    }

    /// Sends one, and says what came of it.
    async fn attempt(&self, queued: QueuedMessage) -> Attempted {
        let QueuedMessage { id, target, kind, payload, attempts, .. } = queued;
        let (addressee, kind, message) = (self.notify.targets.get(&target), kind.parse::<Kind>(), Message::decode(&payload));
        let (Some(addressee), Ok(kind), Some(message)) = (addressee, kind, message) else {
            let said = format!("`{target}` is not in notify.toml any more, or the message is of another Tenor");
            return Attempted { id, attempts, came: Came::Hopeless(said) };
        };
        let now = self.context.now();
        let came = match self.sender.send(&addressee.target, &id, kind, &message, now).await {
            Ok(()) => Came::Taken,
            Err(error) => {
                let said = error.told();
                if again(attempts, now).is_none() {
                    self.context.note(format_args!("a message to `{target}` is given up: {said}"));
                }
                Came::NotTaken(said)
            }
        };
        Attempted { id, attempts, came }
    }

    /// Records what came of attempts, all at once; what cannot be recorded is kept until it can.
    async fn note(&mut self) -> Result<(), StateError> {
        if self.unnoted.is_empty() {
            return Ok(());
        }
        let attempted = self.unnoted.clone();
        self.home.write(self.context.now(), move |state, _| state.note_attempts(&attempted)).await?;
        self.unnoted.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Duration, EACH_MOST, Post};
    use crate::connect::keep;
    use crate::context::{Ahead, Context};
    use crate::notify::receiver::receive;
    use crate::notify::{Fact, Notify};
    use crate::output::Format;
    use jiff::SignedDuration;
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tenor_ledger::{Event, PublicKey, Text};
    use tenor_notify::{Kind, Sender};
    use tenor_serve::Home;
    use tenor_state::{Attempted, By, Came, Claim, Claiming, Delivery, Lease, SystemRandomness};

    /// Whoever delivers, from a home of its own, to a receiver that counts.
    fn post() -> (tempfile::TempDir, Post, Arc<AtomicUsize>) {
        let (file, taken) = receive();
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("hook.secret"), "both know it").unwrap();
        fs::write(home.path().join("notify.toml"), file).unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        drop(keep::writer(&context, "test").unwrap());
        let key = keep::source(&context).unwrap().held().unwrap();
        let kept = Home::new(context.home.clone(), key, PublicKey::from_bytes([3; 32]), Text::fitted("0.1.0"));
        let notify = Arc::new(Notify::read(&context, None).unwrap().unwrap());
        (home, Post { context, home: kept, notify, sender: Sender::new().unwrap(), unnoted: Vec::new() }, taken)
    }

    fn queue(post: &Post, dedup: &str) {
        let fact = Fact {
            kind: Kind::StepHeld,
            dedup: dedup.to_owned(),
            title: "x".to_owned(),
            lines: Vec::new(),
            path: "/orders".to_owned(),
            moment: post.context.now(),
        };
        let now = post.context.now();
        keep::writer(&post.context, "test").unwrap().queue(&post.notify.messages(&fact, now), None, now).unwrap();
    }

    #[tokio::test]
    async fn what_cannot_be_claimed_is_not_sent_and_then_it_is_sent_once() {
        let (_home, mut post, taken) = post();
        queue(&post, "one");
        let lease = Lease::take(&post.context.home, &Claim::of_this_process("test", Duration::ZERO), post.context.now()).unwrap();
        let refused = post.deliver().await.unwrap_err();
        assert_eq!((refused.to_string().as_str(), taken.load(Ordering::SeqCst)), ("nothing is sent, since it could not be recorded", 0));
        drop(lease);
        for _ in 0..2 {
            post.deliver().await.unwrap();
            assert_eq!(taken.load(Ordering::SeqCst), 1);
        }
        let told = keep::view(&post.context).unwrap().outbox(false, 9).unwrap().remove(0);
        assert_eq!((told.delivery, told.attempts), (Delivery::Sent, 1));
    }

    #[tokio::test]
    async fn what_was_sent_and_could_not_be_recorded_is_recorded_before_anything_is_claimed() {
        let (_home, mut post, taken) = post();
        queue(&post, "one");
        let now = post.context.now();
        // Claimed so that it is due again at once.
        let claiming = Claiming { now, each_most: EACH_MOST, urgent: &[], quiet_until: None, again: &|_| Some(now) };
        let claimed = keep::writer(&post.context, "test").unwrap().claim_due(&claiming).unwrap().remove(0);
        post.unnoted.push(Attempted { id: claimed.id, attempts: claimed.attempts, came: Came::Taken });
        post.deliver().await.unwrap();
        assert_eq!((taken.load(Ordering::SeqCst), keep::view(&post.context).unwrap().undelivered().unwrap()), (0, 0));
    }

    #[tokio::test]
    async fn of_what_is_old_when_it_is_read_the_number_is_told() {
        let (_home, mut post, _) = post();
        post.queue().await.unwrap();
        let stop = |post: &Post| {
            let event = Event::KillSwitch { stopped: true, reason: Text::fitted("a test") };
            let draft = By::system(post.context.now()).draft(event);
            keep::writer(&post.context, "test").unwrap().append(&[draft], &SystemRandomness::new()).unwrap();
        };
        stop(&post);
        stop(&post);
        post.context.ahead = Ahead::of(SignedDuration::from_hours(8 * 24));
        stop(&post);
        post.queue().await.unwrap();
        let all = keep::view(&post.context).unwrap().outbox(false, 9).unwrap();
        let mut told: Vec<_> = all.iter().map(|message| message.dedup.split(':').next().unwrap()).collect();
        told.sort_unstable();
        assert_eq!(told, ["ledger", "older"]);
        let older = all.iter().find(|message| message.dedup.starts_with("older:kill-switch:")).unwrap();
        assert!(older.payload.contains("2 older things of the kind kill-switch were not told"), "{}", older.payload);
    }
}
