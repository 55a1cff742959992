//! Delivers what is queued, and queues what the ledger tells: in the background of a server, by one process at a time.
//!
//! What was sent is noted after it was taken: a crash between the two sends it again, and the receiver knows it by its id.

use super::facts;
use super::file::Notify;
use crate::context::Context;
use anyhow::Context as _;
use futures::StreamExt as _;
use std::sync::Arc;
use std::time::Duration;
use tenor_notify::{Kind, Message, Sender, again};
use tenor_serve::Home;
use tenor_state::{Advance, JobLock, QueuedMessage, StateError, View};

/// How long between two looks.
const PAUSE: Duration = Duration::from_secs(15);
/// So many entries are read at a time.
const ENTRIES: u32 = 500;
/// So many messages are sent in a look, and so many of them at once.
const MESSAGES: u32 = 50;
const AT_ONCE: usize = 4;
/// Who reads the ledger.
const READER: &str = "notify";
/// The lock of whoever delivers.
const LOCK: &str = "deliver";

/// Delivers until it is to stop. What goes wrong is told on stderr, once for as long as it stays the same, and tried again.
pub(crate) async fn run(context: Context, home: Home, notify: Arc<Notify>, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let sender = match Sender::new() {
        Ok(sender) => sender,
        Err(error) => return context.note(format_args!("nobody is told of anything: {}", error.told())),
    };
    let (mut lock, mut told) = (None, String::new());
    loop {
        let pass = async {
            if lock.is_none() {
                let folder = context.home.clone();
                lock = tokio::task::spawn_blocking(move || JobLock::take(&folder, LOCK)).await??;
            }
            // Another server of this home delivers while it holds the lock.
            if lock.is_some() { pass(&context, &home, &notify, &sender).await } else { Ok(()) }
        };
        let passed: anyhow::Result<()> = tokio::select! {
            passed = pass => passed,
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

async fn pass(context: &Context, home: &Home, notify: &Arc<Notify>, sender: &Sender) -> anyhow::Result<()> {
    let queued = queue(context, home, notify).await;
    deliver(context, home, notify, sender).await?;
    queued.context("what the ledger tells is not told")
}

/// Queues what the ledger tells since it was last looked at; the first time, nothing of what was before.
async fn queue(context: &Context, home: &Home, notify: &Arc<Notify>) -> Result<(), StateError> {
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
        let (from, entries, head) = home.read(read).await?;
        let to = if from.is_none() { head } else { entries.last().map_or(0, |entry| entry.sequence) };
        if from.is_some() && entries.is_empty() {
            return Ok(());
        }
        let now = context.now();
        let facts = entries.iter().filter_map(facts::of_entry);
        let messages: Vec<_> = facts.flat_map(|fact| notify.messages(&fact, now)).collect();
        home.write(now, move |state, _| state.queue(&messages, Some(Advance { name: READER, from, to }), now)).await?;
    }
}

async fn deliver(context: &Context, home: &Home, notify: &Notify, sender: &Sender) -> anyhow::Result<()> {
    let now = context.now();
    let due = home.read(move |view| view.outbox_due(now, MESSAGES)).await?;
    let sent = futures::stream::iter(due).map(|message| one(context, home, notify, sender, message)).buffer_unordered(AT_ONCE);
    let done: Vec<Result<(), StateError>> = sent.collect().await;
    done.into_iter().collect::<Result<(), _>>().context("what was sent could not be noted, and is sent again")
}

/// Sends one, and notes what came of it.
async fn one(context: &Context, home: &Home, notify: &Notify, sender: &Sender, queued: QueuedMessage) -> Result<(), StateError> {
    let QueuedMessage { id, target, kind, payload, attempts, .. } = queued;
    let (addressee, kind, message) = (notify.targets.get(&target), kind.parse::<Kind>(), Message::decode(&payload));
    let (Some(addressee), Ok(kind), Some(message)) = (addressee, kind, message) else {
        let said = format!("`{target}` is not in notify.toml any more, or the message is of another Tenor");
        return home.write(context.now(), move |state, _| state.note_not_sent(&id, &said, None)).await;
    };
    match sender.send(&addressee.target, &id, kind, &message, context.now()).await {
        Ok(()) => home.write(context.now(), move |state, _| state.note_sent(&id)).await,
        Err(error) => {
            let (now, said) = (context.now(), error.told());
            let next = again(attempts + 1, now);
            if next.is_none() {
                context.note(format_args!("a message to `{target}` is given up: {said}"));
            }
            home.write(now, move |state, _| state.note_not_sent(&id, &said, next)).await
        }
    }
}
