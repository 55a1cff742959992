//! A line of a ledger: how it is put together, and how it is taken apart without believing it.
//!
//! `{"sequence":…,"moment":…,"clock":…,"actor":{…},"event":{…},"previous":"…","hash":"…"}`. The hash is that of all bytes before `,"hash":`.

use crate::bytes::{EntryHash, read_hex, write_hex};
use crate::form::{is_one_form, split};
use crate::moment::Moment;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::fmt::Write as _;
use std::ops::Range;

/// A line is no longer, its end not counted. Texts are cut far below this.
pub const LINE_BYTES_MAX: usize = 65_536;

const FRONT: &str = "{\"sequence\":";
const BEFORE_PREVIOUS: &str = ",\"previous\":\"";
const BEFORE_HASH: &str = "\",\"hash\":\"";
const END: &str = "\"}";
const DIGITS: usize = 64;
/// Both hashes and all that stands around them.
const TAIL: usize = BEFORE_PREVIOUS.len() + DIGITS + BEFORE_HASH.len() + DIGITS + END.len();

/// Why a line whose bytes have the hash that it states is still no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEntry {
    /// There is nothing of the kind.
    #[error("it does not begin or end as an entry does")]
    Form,
    /// Nobody wrote that.
    #[error("it is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// It could end a line for one reader and not for another.
    #[error("it has a control character")]
    Control,
    /// Not the members of an entry.
    #[error("its members cannot be read: {0}")]
    Members(String),
    /// The same members in other bytes: a space, another order, a moment in another form.
    #[error("it is not written in the one form that entries have")]
    OtherForm,
    /// A clock stands beside the moment only where it was behind.
    #[error("its clock was not behind, and stands beside its moment all the same")]
    Clock,
}

/// The end of a line, which has its place whatever stands before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    /// So many bytes are hashed.
    pub(crate) covered: usize,
    pub(crate) previous: EntryHash,
    pub(crate) hash: EntryHash,
}

/// A line taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub(crate) sequence: u64,
    pub(crate) moment: Moment,
    pub(crate) clock: Option<Moment>,
    /// JSON, as it stands.
    pub(crate) actor: &'a str,
    /// JSON, as it stands.
    pub(crate) event: &'a str,
    pub(crate) previous: EntryHash,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    sequence: u64,
    moment: &'a str,
    clock: Option<&'a str>,
    #[serde(borrow)]
    actor: &'a RawValue,
    #[serde(borrow)]
    event: &'a RawValue,
    #[serde(rename = "previous")]
    _previous: &'a str,
    #[serde(rename = "hash")]
    _hash: &'a str,
}

impl Tail {
    /// The end of a line that has the form of one.
    pub(crate) fn of(line: &[u8]) -> Option<Self> {
        let tail = line.last_chunk::<TAIL>()?;
        let (previous, rest) = tail.strip_prefix(BEFORE_PREVIOUS.as_bytes())?.split_at(DIGITS);
        let (hash, end) = rest.strip_prefix(BEFORE_HASH.as_bytes())?.split_at(DIGITS);
        let hash = (end == END.as_bytes()).then(|| read_hex(hash)).flatten()?;
        // The quotation mark that ends the predecessor's hash is still hashed.
        let covered = line.len() - DIGITS - END.len() - BEFORE_HASH.len() + 1;
        Some(Self { covered, previous: EntryHash::from_bytes(read_hex(previous)?), hash: EntryHash::from_bytes(hash) })
    }

    /// The end of a line whose bytes have the hash that it states.
    pub(crate) fn intact(line: &[u8]) -> Option<Self> {
        Self::of(line).filter(|tail| EntryHash::of(&line[..tail.covered]) == tail.hash)
    }
}

impl<'a> Parts<'a> {
    /// Takes an intact line apart, of which the end is known; refuses any other form than the one.
    pub(crate) fn of(line: &'a [u8], tail: &Tail) -> Result<Self, NotAnEntry> {
        if line.len() > LINE_BYTES_MAX {
            return Err(NotAnEntry::TooLong);
        }
        // Without a way out, so that many bytes are looked at at once.
        if line.iter().fold(false, |found, byte| found | (*byte < b' ')) {
            return Err(NotAnEntry::Control);
        }
        Self::in_order(line, tail).map_or_else(|| Self::in_any_order(line, tail), Ok)
    }

    /// The short way, which nearly all lines go: each member is taken where the one form has it, so that nothing has to be written again to be
    /// compared. What it takes, the long way takes too, and finds the same in it; why a line is none, the long way says.
    pub(crate) fn in_order(line: &'a [u8], tail: &Tail) -> Option<Self> {
        let text = std::str::from_utf8(&line[..line.len().checked_sub(TAIL)?]).ok()?;
        let (sequence, rest) = number(text.strip_prefix(FRONT)?)?;
        let (moment, rest) = moment(rest.strip_prefix(",\"moment\":")?)?;
        let rest = rest.strip_prefix(",\"clock\":")?;
        let (clock, rest) = match rest.strip_prefix("null") {
            Some(rest) => (None, rest),
            None => moment_before(rest, moment)?,
        };
        let (actor, rest) = split(rest.strip_prefix(",\"actor\":")?)?;
        let (event, rest) = split(rest.strip_prefix(",\"event\":")?)?;
        let whole = rest.is_empty() && kind(actor).is_some() && kind(event).is_some();
        whole.then_some(Self { sequence, moment, clock, actor, event, previous: tail.previous })
    }

    /// The long way: the members are read in whatever order and form, written again, and compared.
    pub(crate) fn in_any_order(line: &'a [u8], tail: &Tail) -> Result<Self, NotAnEntry> {
        let members = serde_json::from_slice::<Members<'_>>(line).map_err(|error| NotAnEntry::Members(error.to_string()))?;
        let moment = |text: &str| text.parse::<Moment>().map_err(|error| NotAnEntry::Members(error.to_string()));
        let clock = members.clock.map(moment).transpose()?;
        let (actor, event) = (members.actor.get(), members.event.get());
        let parts = Self { sequence: members.sequence, moment: moment(members.moment)?, clock, actor, event, previous: tail.previous };
        if clock.is_some_and(|clock| clock >= parts.moment) {
            return Err(NotAnEntry::Clock);
        }
        let formed = |part| kind(part).is_some() && is_one_form(part);
        if formed(actor) && formed(event) && parts.compose().as_bytes() == &line[..tail.covered] {
            Ok(parts)
        } else {
            Err(NotAnEntry::OtherForm)
        }
    }

    /// The bytes that are hashed.
    fn compose(&self) -> String {
        let mut text = String::with_capacity(self.actor.len() + self.event.len() + 2 * TAIL);
        let Self { sequence, moment, actor, event, previous, .. } = self;
        write!(text, "{FRONT}{sequence},\"moment\":\"{moment}\",\"clock\":").expect("a text takes any text");
        match self.clock {
            Some(clock) => write!(text, "\"{clock}\"").expect("a text takes any text"),
            None => text.push_str("null"),
        }
        for part in [",\"actor\":", actor, ",\"event\":", event, BEFORE_PREVIOUS] {
            text.push_str(part);
        }
        push_hash(&mut text, previous);
        text.push('"');
        text
    }

    /// The whole line, without its end, and its hash.
    pub(crate) fn write(&self) -> (String, EntryHash) {
        let mut text = self.compose();
        let hash = EntryHash::of(text.as_bytes());
        text.push_str(&BEFORE_HASH[1..]);
        push_hash(&mut text, &hash);
        text.push_str(END);
        (text, hash)
    }
}

/// The kind that an actor or an event says it is: its first member, a word.
pub(crate) fn kind(json: &str) -> Option<&str> {
    let (kind, _) = json.strip_prefix("{\"kind\":\"")?.split_once('"')?;
    let is = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=64).contains(&kind.len()) && kind.bytes().all(is)).then_some(kind)
}

/// The whole number that a text begins with, without leading zeros, and what follows it.
fn number(text: &str) -> Option<(u64, &str)> {
    let (digits, rest) = text.split_at(text.bytes().position(|byte| !byte.is_ascii_digit())?);
    let number = digits.parse().ok()?;
    (digits == "0" || !digits.starts_with('0')).then_some((number, rest))
}

/// The moment that a text begins with, in quotation marks, and what follows it.
fn moment(text: &str) -> Option<(Moment, &str)> {
    let (moment, rest) = text.strip_prefix('"')?.split_once('"')?;
    Some((moment.parse().ok()?, rest))
}

/// The same for a clock, which stands beside a later moment alone.
fn moment_before(text: &str, later: Moment) -> Option<(Option<Moment>, &str)> {
    let (clock, rest) = moment(text)?;
    (clock < later).then_some((Some(clock), rest))
}

/// Whether a line begins as the entry of that number does.
pub(crate) fn begins(line: &[u8], sequence: u64) -> bool {
    line.starts_with(format!("{FRONT}{sequence},").as_bytes())
}

/// Whether a line was an entry before something happened to it: one change leaves its beginning or its end.
pub(crate) fn was_an_entry(line: &[u8]) -> bool {
    line.starts_with(FRONT.as_bytes()) || Tail::of(line).is_some()
}

/// Where a changed line was changed, when that can be proved: with what has to stand there in its place, the hash is right.
pub(crate) fn changed_at(line: &[u8], sequence: u64, previous: &EntryHash) -> Option<Range<usize>> {
    let front = format!("{FRONT}{sequence},\"moment\":\"");
    let mut tail = BEFORE_PREVIOUS.to_owned();
    push_hash(&mut tail, previous);
    tail.push_str(BEFORE_HASH);
    let at = line.len().checked_sub(TAIL).filter(|at| *at > front.len())?;
    let mut mended = line.to_vec();
    mended[..front.len()].copy_from_slice(front.as_bytes());
    mended[at..][..tail.len()].copy_from_slice(tail.as_bytes());
    mended[line.len() - END.len()..].copy_from_slice(END.as_bytes());
    let differs = |at: &usize| line[*at] != mended[*at];
    let (first, last) = ((0..line.len()).find(differs)?, (0..line.len()).rev().find(differs)?);
    Tail::intact(&mended).map(|_| first..last + 1)
}

fn push_hash(text: &mut String, hash: &EntryHash) {
    let mut digits = [0; DIGITS];
    write_hex(hash.as_bytes(), &mut digits);
    text.push_str(std::str::from_utf8(&digits).expect("hexadecimal digits are text"));
}
