//! What is to be told, to whom: queued with the fact that it is of, delivered by whoever looks, as often as it takes, at least once.
//!
//! Whoever delivers claims a message durably before it is sent, and an attempt counts from then on. So a state that cannot be written sends nothing,
//! and a death in between sends again after a pause, not at once.
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

/// How messages are claimed.
#[derive(Clone, Copy)]
pub struct Claiming<'a> {
    /// When.
    pub now: Timestamp,
    /// So many of each target at most, so that no target waits for another.
    pub each_most: u32,
    /// The kinds that go first, and at any hour.
    pub urgent: &'a [&'a str],
    /// While it is quiet: until when what is not urgent waits.
    pub quiet_until: Option<Timestamp>,
    /// When to try again after so many attempts, from 1; never after the last.
    pub again: &'a dyn Fn(u32) -> Option<Timestamp>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// At which message.
    pub id: String,
    /// Which attempt: what came of an older one says nothing.
    pub attempts: u32,
    /// What came of it.
    pub came: Came,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was taken.
    Taken,
    /// It was not, and why. It is tried again when its claim says.
    NotTaken(String),
    /// It cannot be sent at all, and why: it is given up.
    Hopeless(String),
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

    /// The newest messages that wait or were given up, the newest first, behind the one that was queued at a moment under an id. What they say is not read.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn undelivered_behind(&self, last: Option<(Timestamp, &str)>, most: u32) -> Result<Vec<QueuedMessage>, StateError> {
        let select = "SELECT id, target, dedup, kind, '', created, next_attempt, attempts, delivery, said FROM outbox
            WHERE delivery <> 'sent' AND (?1 IS NULL OR created < ?1 OR (created = ?1 AND id > ?2)) ORDER BY created DESC, id LIMIT ?3";
        let (created, id) = last.map_or((None, ""), |(created, id)| (Some(created.as_millisecond()), id));
        messages(&self.db, select, params![created, id, most])
    }

    /// What is to be sent now, the oldest first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn outbox_due(&self, now: Timestamp, most: u32) -> Result<Vec<QueuedMessage>, StateError> {
        let select = format!("{SELECT} WHERE delivery = 'waiting' AND next_attempt <= ?1 ORDER BY next_attempt, created, id LIMIT ?2");
        messages(&self.db, &select, params![now.as_millisecond(), most])
    }

    /// How many messages wait or were given up.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn undelivered(&self) -> Result<u64, StateError> {
        let select = "SELECT count(*) FROM outbox WHERE delivery <> 'sent'";
        let count: i64 = self.db.query_row(select, [], |row| row.get(0)).asking("count the outbox of")?;
        Ok(count.unsigned_abs())
    }

    /// Whether a message was queued within its window, so that it would not be queued now.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn is_queued(&self, message: &NewMessage, now: Timestamp) -> Result<bool, StateError> {
        is_queued(&self.db, message, now)
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

    /// Claims what is due, the urgent and then the oldest of each target first: an attempt is counted and the next one set before anything is sent.
    /// The last attempt counts as given up until it is known to have been taken. What is not urgent and has to be quiet is put off.
    ///
    /// # Errors
    /// When it cannot be written: then nothing is claimed.
    pub fn claim_due(&mut self, claiming: &Claiming<'_>) -> Result<Vec<QueuedMessage>, StateError> {
        let doing = "claim messages of";
        let Claiming { now, each_most, urgent, quiet_until, again } = *claiming;
        // A word between spaces is found in a text of words between spaces.
        let (now, urgent) = (now.as_millisecond(), format!(" {} ", urgent.join(" ")));
        let change = self.begin()?;
        if let Some(until) = quiet_until {
            let put_off = "UPDATE outbox SET next_attempt = ?3
                WHERE delivery = 'waiting' AND next_attempt <= ?1 AND instr(?2, ' ' || kind || ' ') = 0";
            change.execute(put_off, params![now, urgent, until.as_millisecond()]).asking(doing)?;
        }
        let select = "SELECT id, target, dedup, kind, payload, created, next_attempt, attempts, delivery, said FROM (
            SELECT *, row_number() OVER (PARTITION BY target ORDER BY instr(?2, ' ' || kind || ' ') = 0, next_attempt, created, id) AS place
            FROM outbox WHERE delivery = 'waiting' AND next_attempt <= ?1) WHERE place <= ?3 ORDER BY place, target";
        let mut due = messages(&change, select, params![now, urgent, each_most])?;
        let update = "UPDATE outbox SET attempts = ?2, next_attempt = coalesce(?3, next_attempt),
            delivery = CASE WHEN ?3 IS NULL THEN 'given up' ELSE 'waiting' END WHERE id = ?1";
        for message in &mut due {
            message.attempts += 1;
            let next = again(message.attempts).map(Timestamp::as_millisecond);
            change.execute(update, params![message.id, message.attempts, next]).asking(doing)?;
        }
        change.commit().asking(doing)?;
        Ok(due)
    }

    /// Records what came of attempts, all in one transaction. What was claimed anew meanwhile is left as it is, unless it was taken.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_attempts(&mut self, attempted: &[Attempted]) -> Result<(), StateError> {
        let doing = "record deliveries in";
        let change = self.begin()?;
        for Attempted { id, attempts, came } in attempted {
            let done = match came {
                Came::Taken => change.execute("UPDATE outbox SET delivery = 'sent' WHERE id = ?1", [id]),
                Came::NotTaken(said) => {
                    let update = "UPDATE outbox SET said = ?3 WHERE id = ?1 AND attempts = ?2 AND delivery <> 'sent'";
                    change.execute(update, params![id, attempts, cut(said, SAID_BYTES_MAX)])
                }
                Came::Hopeless(said) => {
                    let update =
                        "UPDATE outbox SET said = ?3, delivery = 'given up' WHERE id = ?1 AND attempts = ?2 AND delivery <> 'sent'";
                    change.execute(update, params![id, attempts, cut(said, SAID_BYTES_MAX)])
                }
            };
            done.asking(doing)?;
        }
        change.commit().asking(doing)
    }
}

/// Queues what was not queued within its window; forgets what is old. Says how many are new.
pub(crate) fn queue_in(change: &Connection, messages: &[NewMessage], now: Timestamp) -> Result<u64, StateError> {
    let doing = "queue messages in";
    change.execute("DELETE FROM outbox WHERE created < ?1 AND delivery <> 'waiting'", [before(now, KEPT)]).asking(doing)?;
    let mut queued = 0;
    for message in messages {
        // Half of it would say nothing to anybody.
        if message.payload.len() > OUTBOX_PAYLOAD_BYTES_MAX {
            return Err(StateError::TooLong { kind: message.kind.clone(), bytes: message.payload.len() });
        }
        if is_queued(change, message, now)? {
            continue;
        }
        let insert = "INSERT INTO outbox (id, target, dedup, kind, payload, created, next_attempt, attempts, delivery, said)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 'waiting', '') ON CONFLICT DO NOTHING";
        let (id, created, first) = (id(message, now), now.as_millisecond(), message.not_before.as_millisecond());
        let values = params![id, message.target, message.dedup, message.kind, message.payload, created, first];
        queued += change.execute(insert, values).asking(doing)? as u64;
    }
    Ok(queued)
}

fn is_queued(db: &Connection, message: &NewMessage, now: Timestamp) -> Result<bool, StateError> {
    let select = "SELECT EXISTS (SELECT 1 FROM outbox WHERE target = ?1 AND dedup = ?2 AND created > ?3)";
    let since = before(now, message.window);
    db.query_row(select, params![message.target, message.dedup, since], |row| row.get(0)).asking("read the outbox of")
}

fn before(now: Timestamp, span: SignedDuration) -> i64 {
    now.saturating_sub(span).map_or(i64::MIN, Timestamp::as_millisecond)
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
