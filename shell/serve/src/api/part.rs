//! Parts of lists. Where a list goes on is said by a cursor, a text that only we read: it names the item that came last, or the snapshot of the bills and
//! a place in it. What comes newest first so shows nothing twice and leaves nothing out, whatever is added meanwhile.
//!
//! A cursor is of one question. It lets nobody see anything: whoever brings one is let in, or not, as without it.

use super::LIMIT_MAX;
use crate::ask::{Ask, Pairs};
use crate::lake::Lake;
use crate::reply::Trouble;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use tenor_ledger::ContentHasher;

/// So many items of a list where the address does not say.
const LIMIT: usize = 100;
/// The hash of a question is cut to so many digits: it finds mistakes, and nobody is kept out by it.
const QUESTION_DIGITS: usize = 16;

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) limit: usize,
    /// What the cursor says beside the question; nothing at the beginning.
    after: Option<Vec<String>>,
    question: String,
}

/// Where a part begins in an answer about bills, and of which snapshot that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The moment of the first part: what stands in which order may hang on it.
    pub(super) as_of: Timestamp,
    position: usize,
    snapshot: String,
}

/// Some items, and where to go on.
pub(super) type Cut = (Vec<Value>, Value);

/// How many items at most an address asks for.
pub(super) fn limit(query: &Pairs) -> Result<usize, Trouble> {
    let Some(text) = query.get("limit") else { return Ok(LIMIT) };
    let limit = text.parse::<u32>().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.map(|limit| limit as usize).ok_or_else(|| Trouble::bad(format!("`limit` is a whole number from 1 to {LIMIT_MAX}")))
}

impl Part {
    pub(super) fn of(ask: &Ask) -> Result<Self, Trouble> {
        let question = question(ask);
        // One that is empty is none: whoever lost it would take the beginning for what comes next.
        let after = ask.query.said("after").map(|text| read(text, &question)).transpose()?;
        Ok(Self { limit: limit(&ask.query)?, after, question })
    }

    /// The key of the item that came last; none at the beginning.
    pub(super) fn last(&self) -> Result<Option<&str>, Trouble> {
        match self.after.as_deref() {
            None => Ok(None),
            Some([key]) => Ok(Some(key)),
            Some(_) => Err(no_cursor()),
        }
    }

    /// The items behind the one that came last, by a key that each keeps. Where that one is gone nobody knows where the list went on.
    pub(super) fn cut<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
        item: impl Fn(T) -> Value,
    ) -> Result<Cut, Trouble> {
        let mut all = all.into_iter();
        if let Some(last) = self.last()?
            && !all.any(|one| key(&one) == last)
        {
            return Err(changed("what came last is not in the list any more"));
        }
        Ok(self.first(all, key, item))
    }

    /// The first of items that all come behind the one that came last.
    pub(super) fn first<T>(&self, all: impl IntoIterator<Item = T>, key: impl Fn(&T) -> String, item: impl Fn(T) -> Value) -> Cut {
        let (mut all, mut items, mut last) = (all.into_iter(), Vec::new(), None);
        for one in all.by_ref().take(self.limit) {
            last = Some(key(&one));
            items.push(item(one));
        }
        let next = last.filter(|_| all.next().is_some());
        (items, next.map_or(Value::Null, |last| json!(self.cursor(&[&last]))))
    }

    /// Where the part begins in an answer about bills, which have to be those that the first part was of.
    pub(super) async fn place(&self, lake: &dyn Lake, now: Timestamp) -> Result<Place, Trouble> {
        let snapshot = lake.snapshot().await?;
        let Some(after) = self.after.as_deref() else { return Ok(Place { as_of: now, position: 0, snapshot }) };
        let [then, as_of, position] = after else { return Err(no_cursor()) };
        let (as_of, position) = as_of.parse().ok().zip(position.parse().ok()).ok_or_else(no_cursor)?;
        if *then != snapshot {
            return Err(imported());
        }
        Ok(Place { as_of, position, snapshot })
    }

    /// Looks again once there is an answer: one that was asked for while bills were imported may be of the later ones. A first part begins anyway, and its
    /// cursor is of the bills before: the next one is refused.
    pub(super) async fn is_still(&self, place: &Place, lake: &dyn Lake) -> Result<(), Trouble> {
        if self.after.is_some() && lake.snapshot().await? != place.snapshot { Err(imported()) } else { Ok(()) }
    }

    /// The items from a place on.
    pub(super) fn cut_at<T>(
        &self,
        place: &Place,
        all: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        item: impl Fn(T) -> Value,
    ) -> Cut {
        let all = all.into_iter();
        let (count, end) = (all.len(), place.position.saturating_add(self.limit));
        let items = all.skip(place.position).take(self.limit).map(item).collect();
        let next = || json!(self.cursor(&[&place.snapshot, &place.as_of.to_string(), &end.to_string()]));
        (items, if end < count { next() } else { Value::Null })
    }

    fn cursor(&self, says: &[&str]) -> String {
        let all: Vec<&str> = [self.question.as_str()].into_iter().chain(says.iter().copied()).collect();
        URL_SAFE_NO_PAD.encode(json!(all).to_string())
    }
}

/// The hash of all that is asked but for the part.
fn question(ask: &Ask) -> String {
    let mut pairs: Vec<_> = ask.query.0.iter().filter(|(name, _)| !["limit", "after"].contains(&name.as_str())).collect();
    // What is said several times keeps its order.
    pairs.sort_by(|one, other| one.0.cmp(&other.0));
    let path = ask.address.split('?').next().unwrap_or_default();
    let mut hasher = ContentHasher::default();
    hasher.take(json!([path, pairs]).to_string().as_bytes());
    hasher.finish().to_string().chars().take(QUESTION_DIGITS).collect()
}

fn read(text: &str, question: &str) -> Result<Vec<String>, Trouble> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| no_cursor())?;
    let mut said: Vec<String> = serde_json::from_slice(&bytes).map_err(|_| no_cursor())?;
    if said.first().is_none_or(|first| first != question) {
        return Err(no_cursor());
    }
    Ok(said.split_off(1))
}

fn no_cursor() -> Trouble {
    Trouble::bad("`after` is the `next` of the part before, of the very same question")
}

fn imported() -> Trouble {
    changed("bills were imported since the first part was asked for")
}

fn changed(why: &str) -> Trouble {
    let hint = "ask for the list from its beginning, without `after`";
    Trouble::new(StatusCode::CONFLICT, "The list is another one by now", why, hint)
}
