//! What is to be told, to whom: queued with the fact that it is of, delivered by whoever looks, as often as it takes, at least once.
//!
//! Nothing secret is in it: a target is a name, and what it takes to reach it stands in the owner's file. Nothing is sent from here.

use crate::error::{Asking as _, StateError};
use crate::jobs::{cut, moment};
use crate::state::{State, View};
use jiff::{SignedDuration, Timestamp};
use ring::digest::{Context, SHA256};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// What a message may be long.
pub const OUTBOX_PAYLOAD_BYTES_MAX: usize = 65_536;
/// What was said of a delivery is cut there.
const SAID_BYTES_MAX: usize = 2_048;
/// What was sent or given up longer ago is forgotten. No window may be longer, or somebody is told twice within it.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A message to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// To whom, by a name of the owner's file.
    pub target: String,
    /// What it is of: the same is not queued again within the window.
    pub dedup: String,
    /// For how long; up to 90 days.
    pub window: SignedDuration,
    /// What kind of thing it tells.
    pub kind: String,
    /// What it says; nothing secret.
    pub payload: String,
    /// When it may be sent first.
    pub not_before: Timestamp,
}

/// How a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is to be sent.
    Waiting,
    /// It was taken.
    Sent,
    /// It was tried often enough.
    GivenUp,
}

/// A message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedMessage {
    /// By which receivers know it again.
    pub id: String,
    /// To whom.
    pub target: String,
    /// What it is of.
    pub dedup: String,
    /// What kind of thing it tells.
    pub kind: String,
    /// What it says.
    pub payload: String,
    /// When it was queued.
    pub created: Timestamp,
    /// When it is tried next, while it waits.
    pub next_attempt: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// How it stands.
    pub delivery: Delivery,
    /// What came of the last attempt that failed.
    pub said: String,
}

/// How far a reader has come, moved together with what it queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advance<'a> {
    /// Which reader.
    pub name: &'a str,
    /// Where it was when it read; nothing where it had not begun.
    pub from: Option<u64>,
    /// The last entry that it took.
    pub to: u64,
}

impl Delivery {
    /// In a word or two.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::GivenUp => "given up",
        }
    }

    fn named(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::GivenUp].into_iter().find(|delivery| delivery.as_str() == word)
    }
}

const SELECT: &str = "SELECT id, target, dedup, kind, payload, created, next_attempt, attempts, delivery, said FROM outbox";

impl View {
    /// The newest messages, the newest first; of those that wait or were given up alone if so asked.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn outbox(&self, without_sent: bool, most: u32) -> Result<Vec<QueuedMessage>, StateError> {
        let select = format!("{SELECT} WHERE NOT ?1 OR delivery <> 'sent' ORDER BY created DESC, id LIMIT ?2");
        messages(&self.db, &select, params![without_sent, most])
    }

    /// What is to be sent now, the oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn outbox_due(&self, now: Timestamp, most: u32) -> Result<Vec<QueuedMessage>, StateError> {
        let select = format!("{SELECT} WHERE delivery = 'waiting' AND next_attempt <= ?1 ORDER BY next_attempt, created, id LIMIT ?2");
        messages(&self.db, &select, params![now.as_millisecond(), most])
    }

    /// How far a reader has come; nothing where it has not begun.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cursor(&self, name: &str) -> Result<Option<u64>, StateError> {
        cursor(&self.db, name)
    }
}

impl State {
    /// Queues messages that were not queued within their windows, and moves a reader with them, in one transaction. Says how many are new; none, and
    /// nothing is moved, where the reader was moved by somebody else meanwhile.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn queue(&mut self, messages: &[NewMessage], advance: Option<Advance<'_>>, now: Timestamp) -> Result<u64, StateError> {
        let doing = "queue messages in";
        let change = self.begin()?;
        if let Some(Advance { name, from, to }) = advance {
            if cursor(&change, name)? != from {
                return Ok(0);
            }
            let upsert =
                "INSERT INTO cursors (name, position) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET position = excluded.position";
            change.execute(upsert, params![name, i64::try_from(to).unwrap_or(i64::MAX)]).asking(doing)?;
        }
        let queued = queue_in(&change, messages, now)?;
        change.commit().asking(doing)?;
        Ok(queued)
    }

    /// Records that a message was taken.
    ///
    /// # Errors
    /// When it cannot be written: then it is sent again, and the receiver knows it by its id.
    pub fn note_sent(&mut self, id: &str) -> Result<(), StateError> {
        let doing = "record a delivery in";
        let change = self.begin()?;
        let update = "UPDATE outbox SET delivery = 'sent', attempts = attempts + 1 WHERE id = ?1 AND delivery = 'waiting'";
        change.execute(update, [id]).asking(doing)?;
        change.commit().asking(doing)
    }

    /// Records that a message was not taken, and when it is tried again; never, where no moment is given.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_not_sent(&mut self, id: &str, said: &str, again: Option<Timestamp>) -> Result<(), StateError> {
        let doing = "record a delivery in";
        let change = self.begin()?;
        let update = "UPDATE outbox SET attempts = attempts + 1, said = ?2, next_attempt = coalesce(?3, next_attempt),
            delivery = CASE WHEN ?3 IS NULL THEN 'given up' ELSE 'waiting' END WHERE id = ?1 AND delivery = 'waiting'";
        change.execute(update, params![id, cut(said, SAID_BYTES_MAX), again.map(Timestamp::as_millisecond)]).asking(doing)?;
        change.commit().asking(doing)
    }
}

/// Queues what was not queued within its window; forgets what is old. Says how many are new.
pub(crate) fn queue_in(change: &Connection, messages: &[NewMessage], now: Timestamp) -> Result<u64, StateError> {
    let doing = "queue messages in";
    let before = |span: SignedDuration| now.saturating_sub(span).map_or(i64::MIN, Timestamp::as_millisecond);
    change.execute("DELETE FROM outbox WHERE created < ?1 AND delivery <> 'waiting'", [before(KEPT)]).asking(doing)?;
    let mut queued = 0;
    for message in messages {
        let select = "SELECT EXISTS (SELECT 1 FROM outbox WHERE target = ?1 AND dedup = ?2 AND created > ?3)";
        let since = before(message.window);
        if change.query_row(select, params![message.target, message.dedup, since], |row| row.get::<_, bool>(0)).asking(doing)? {
            continue;
        }
        let insert = "INSERT INTO outbox (id, target, dedup, kind, payload, created, next_attempt, attempts, delivery, said)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 'waiting', '') ON CONFLICT DO NOTHING";
        let (id, payload) = (id(message, now), cut(&message.payload, OUTBOX_PAYLOAD_BYTES_MAX));
        let (created, first) = (now.as_millisecond(), message.not_before.as_millisecond());
        let values = params![id, message.target, message.dedup, message.kind, payload, created, first];
        queued += change.execute(insert, values).asking(doing)? as u64;
    }
    Ok(queued)
}

/// The same message of the same moment has the same id.
fn id(message: &NewMessage, now: Timestamp) -> String {
    let mut hash = Context::new(&SHA256);
    for part in [&message.target, &message.dedup, &now.as_millisecond().to_string()] {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cursor(db: &Connection, name: &str) -> Result<Option<u64>, StateError> {
    let select = "SELECT position FROM cursors WHERE name = ?1";
    let found: Option<i64> = db.query_row(select, [name], |row| row.get(0)).optional().asking("read the readers of")?;
    let wrong = |position: i64| StateError::Value { what: format!("the position of `{name}`"), value: position.to_string() };
    found.map(|position| u64::try_from(position).map_err(|_| wrong(position))).transpose()
}

type Columns = (String, String, String, String, String, i64, i64, u32, String, String);

fn messages(db: &Connection, select: &str, values: impl rusqlite::Params) -> Result<Vec<QueuedMessage>, StateError> {
    let doing = "read the outbox of";
    let mut select = db.prepare(select).asking(doing)?;
    let rows = select.query_map(values, columns).asking(doing)?;
    rows.map(|row| message(row.asking(doing)?)).collect()
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?, row.get(9)?))
}

fn message(columns: Columns) -> Result<QueuedMessage, StateError> {
    let (id, target, dedup, kind, payload, created, next_attempt, attempts, delivery, said) = columns;
    let wrong = |value: String| StateError::Value { what: "the delivery of a message".to_owned(), value };
    let delivery = Delivery::named(&delivery).ok_or_else(|| wrong(delivery))?;
    let (created, next_attempt) = (moment(created)?, moment(next_attempt)?);
    Ok(QueuedMessage { id, target, dedup, kind, payload, created, next_attempt, attempts, delivery, said })
}
