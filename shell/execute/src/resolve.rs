//! What became of a call of which nobody knows: a decision from what AWS lists, what CloudTrail recorded, and how long ago it was.
//!
//! It never says "done" of what may be somebody else's, nor "not done" of what may still appear: then a person has to say.

use crate::aws::{Recorded, Trail, Unread};
use crate::held::{Held, Standing};
use crate::intent::Intent;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tenor_ledger::{Moment, Text};
use tenor_order::{Action, Key, NoProof, Proof, Service, Step};

/// AWS's clock and ours may differ by so much: what began earlier than that before an intent is not its doing.
pub(crate) const SKEW: SignedDuration = SignedDuration::from_mins(10);

/// CloudTrail has caught up with a call when it shows something that is later by so much than the moment by which the call had left: clocks may differ,
/// and AWS may take some minutes to do what it was asked.
const WINDOW: SignedDuration = SKEW;
/// So long after that moment it is waited for, and then a person has to say.
const CATCH_UP_MAX: SignedDuration = SignedDuration::from_hours(6);

/// How long is waited for what. AWS says none of these, so the owner may change them (`aws-rules` U9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// So long what is not listed may still appear.
    pub listing: SignedDuration,
    /// So long AWS is trusted to know a token again.
    pub token: SignedDuration,
    /// So long CloudTrail may take to show a call.
    pub trail: SignedDuration,
    /// So often it is looked again.
    pub again: SignedDuration,
}

impl Default for Patience {
    /// 30 minutes, an hour, 30 minutes, a minute.
    fn default() -> Self {
        let minutes = SignedDuration::from_mins;
        Self { listing: minutes(30), token: minutes(60), trail: minutes(30), again: minutes(1) }
    }
}

/// All that is known of a step whose call may have left.
#[derive(Debug)]
pub struct Known<'a> {
    /// What was asked.
    pub step: &'a Step,
    /// The token or name that went with it.
    pub key: Option<&'a Key>,
    /// What was recorded before the first call.
    pub first: &'a Intent,
    /// As of when the ledger counts that: earlier than it says itself, where the clock was put right since.
    pub counted: Moment,
    /// When it was recorded last that the call is about to leave.
    pub last: Moment,
    /// When it was recorded that nobody knows what became of it: by then it had left, if it ever did.
    pub unknown: Moment,
    /// What AWS lists in its place now.
    pub held: Result<&'a [Held], &'a Unread>,
    /// What other steps made: that is not this one's doing.
    pub others: &'a BTreeSet<Text>,
    /// What AWS says of the key, where it can be asked for it.
    pub by_key: Result<Option<Text>, Unread>,
    /// What CloudTrail says; none while it was not asked.
    pub trail: Option<&'a Trail>,
    /// Whether the same call may leave again.
    pub proof: Result<Proof, NoProof>,
    /// What the clock says.
    pub now: Moment,
}

/// What is found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It was done: what it made or changed.
    Done(Text),
    /// It was not done, for certain.
    NotDone(Text),
    /// The same call may leave again, and its answer says what became of both.
    Repeat(Proof),
    /// Nothing can be said yet.
    Wait {
        /// When to look again.
        until: Moment,
        /// What is not known.
        why: Text,
    },
    /// A person has to say.
    Give(Text),
}

/// What became of it.
#[must_use]
pub fn resolve(known: &Known<'_>, patience: &Patience) -> Found {
    if let Ok(Some(made)) = &known.by_key {
        return Found::Done(made.clone());
    }
    if let Some(made) = known.trail.and_then(|trail| made(trail, known)) {
        return by_call(made, known, patience);
    }
    let seen = match (known.held, &known.by_key) {
        (Err(unread), _) => Seen::Unclear(Text::fitted(&format!("what is held cannot be read: {unread}"))),
        (Ok(held), by_key) => match (look(known, held), by_key) {
            // What AWS says of the key decides, and it could not be read, or says that it failed.
            (Seen::Not | Seen::Alike(_), Err(unread)) => Seen::Unclear(unread.0.clone()),
            (seen, _) => seen,
        },
    };
    match &seen {
        Seen::Done(made) => return Found::Done(made.clone()),
        Seen::Strange(why) => return Found::Give(why.clone()),
        Seen::Not | Seen::Alike(_) | Seen::Unclear(_) => {}
    }
    // What AWS knows by its token it tells better than any likeness.
    if let (Ok(proof), Ok(_)) = (known.proof, &known.by_key) {
        return Found::Repeat(proof);
    }
    if let Some(why) = is_ahead(known) {
        return Found::Give(why);
    }
    match (&seen, known.trail) {
        (Seen::Alike(made), Some(trail)) if done_calls(trail, known) == Some(1) => return once(made.clone(), known, patience),
        (Seen::Alike(made), None | Some(Trail::NotGranted)) => return once(made.clone(), known, patience),
        _ => {}
    }
    let age = known.now.0.duration_since(known.last.0);
    let longest = patience.listing.max(patience.trail);
    if age < longest {
        let until = (known.now.0 + patience.again).min(known.last.0 + longest);
        let why = match seen {
            Seen::Unclear(why) => why,
            Seen::Alike(made) => Text::fitted(&format!("{made} is new and alike, and CloudTrail does not say yet that it is ours")),
            _ => Text::fitted("it is not listed, and may still appear"),
        };
        return Found::Wait { until: Moment(until), why };
    }
    let lag = match (&seen, known.trail) {
        // Whose it is CloudTrail may still say.
        (Seen::Alike(_), Some(Trail::Unread(why))) => Some(Text::fitted(&format!("CloudTrail cannot be read: {why}"))),
        (_, trail) => trail.and_then(|trail| lag(trail, known)),
    };
    let waited = known.now.0.duration_since(known.unknown.0);
    if let (Some(lag), true, Seen::Not | Seen::Alike(_)) = (&lag, waited < CATCH_UP_MAX.max(longest), &seen) {
        return Found::Wait { until: Moment(known.now.0 + patience.again), why: lag.clone() };
    }
    match (seen, known.trail) {
        (Seen::Unclear(why), _) => Found::Give(why),
        (Seen::Alike(made), Some(Trail::Unread(why))) => Found::Give(Text::fitted(&format!(
            "{made} is new and alike, and CloudTrail, which would say whether it is ours, cannot be read: {why}"
        ))),
        (Seen::Alike(made), _) => {
            let beside = lag.map(|lag| format!("; {lag}")).unwrap_or_default();
            Found::Give(Text::fitted(&format!("{made} is new and alike, and CloudTrail has no call of ours that made it{beside}")))
        }
        (_, Some(Trail::Calls { .. })) if lag.is_some() => Found::Give(lagged(known, lag.as_ref())),
        (_, None) => Found::Wait { until: known.now, why: Text::fitted("CloudTrail was not asked yet") },
        (_, Some(trail)) => by_trail(trail, known),
    }
}

/// What CloudTrail says that one call made. Of one that AWS knows by nothing the list says more: its other parts, where AWS split it, and what it made when
/// the network brought it twice, of which CloudTrail may show only the first yet.
fn by_call(made: Text, known: &Known<'_>, patience: &Patience) -> Found {
    match known.held.map(|held| look(known, held)) {
        Ok(Seen::Strange(why)) if is_nameless(known) => Found::Give(why),
        Ok(Seen::Alike(all)) if is_nameless(known) && all.as_str().split(' ').any(|id| id == made.as_str()) => once(all, known, patience),
        _ => once(made, known, patience),
    }
}

/// Whether AWS knows a purchase by nothing.
pub(crate) fn is_nameless(known: &Known<'_>) -> bool {
    let step = known.step;
    known.key.is_none() && step.action.commits() && step.service != Service::SavingsPlans
}

/// What one call made. One that AWS knows by nothing may have been brought twice by the network, and what the second made may show later than what the
/// first did: until lists and CloudTrail are whole, one is not all.
fn once(made: Text, known: &Known<'_>, patience: &Patience) -> Found {
    let whole = known.last.0 + patience.listing.max(patience.trail);
    if !is_nameless(known) || known.now.0 >= whole {
        return Found::Done(made);
    }
    let why = Text::fitted(&format!("{made} came of its call; where the network brought that twice, more may still appear"));
    Found::Wait { until: Moment((known.now.0 + patience.again).min(whole)), why }
}

/// Why nothing can be measured from the call: by the clock that recorded it, it leaves later than it is now, or than the clock was put right to. The latter
/// stays so, however much time passes.
fn is_ahead(known: &Known<'_>) -> Option<Text> {
    let left = known.first.at.max(known.last);
    let why = |than: &str| {
        Text::fitted(&format!(
            "by the clock its call left at {left}, {than}: the clock was ahead then, so nobody can tell what is new since"
        ))
    };
    if known.first.at.0 > known.counted.0 + SKEW {
        return Some(why(&format!("which counts as {} since the clock was put right", known.counted)));
    }
    (left.0 > known.now.0 + SKEW).then(|| why(&format!("and it is {} now", known.now)))
}

/// What is listed beyond what a purchase without a key asked for, in words; nothing when that is not so, or cannot be seen yet.
pub(crate) fn too_much(step: &Step, first: &Intent, held: &[Held], others: &BTreeSet<Text>) -> Option<Text> {
    match look_without_key(step, first, held, others) {
        Seen::Strange(why) => Some(why),
        Seen::Done(_) | Seen::Alike(_) | Seen::Not | Seen::Unclear(_) => None,
    }
}

/// What is new that a purchase without a key may have made, in words; nothing when nothing is.
pub(crate) fn is_new(step: &Step, first: &Intent, held: &[Held], others: &BTreeSet<Text>) -> Option<Text> {
    match look_without_key(step, first, held, others) {
        Seen::Done(made) | Seen::Alike(made) => Some(Text::fitted(&format!("{made} is new"))),
        Seen::Strange(why) | Seen::Unclear(why) => Some(why),
        Seen::Not => None,
    }
}

/// What AWS lists of a call that it knows by nothing.
fn look_without_key(step: &Step, first: &Intent, held: &[Held], others: &BTreeSet<Text>) -> Seen {
    let (counted, last, unknown, now) = (first.at, first.at, first.at, first.at);
    let (by_key, proof) = (Ok(None), Err(NoProof::Unknown));
    look(&Known { step, key: None, first, counted, last, unknown, held: Ok(held), others, by_key, trail: None, proof, now }, held)
}

/// What a change of something held came to, where all of it is listed as changed.
pub(crate) fn is_changed(step: &Step, first: &Intent, held: &[Held], now: Moment) -> Option<Text> {
    match changed(step, first, held, now) {
        Seen::Done(made) => Some(made),
        Seen::Not | Seen::Alike(_) | Seen::Unclear(_) | Seen::Strange(_) => None,
    }
}

/// What AWS lists.
enum Seen {
    Done(Text),
    /// It may be this step's doing, and may be somebody else's.
    Alike(Text),
    Not,
    Unclear(Text),
    Strange(Text),
}

fn look(known: &Known<'_>, held: &[Held]) -> Seen {
    let step = known.step;
    match step.action {
        Action::Buy | Action::Queue => bought(known, held),
        Action::CancelQueued | Action::Return | Action::Modify | Action::Exchange => changed(step, known.first, held, known.now),
        // What was put on sale is listed as it was; AWS is asked for the listing by its key.
        Action::List | Action::CancelListing | Action::RaiseQuota | Action::Instruct => Seen::Not,
    }
}

/// Whether something bought is there that was not before.
fn bought(known: &Known<'_>, held: &[Held]) -> Seen {
    let step = known.step;
    if let Some(Key::Name(name)) = known.key {
        let ours = held.iter().find(|one| one.id.as_str() == name || one.name.as_ref().is_some_and(|own| own.as_str() == name));
        return match ours {
            None => Seen::Not,
            Some(one) if one.is_like(step) && one.quantity == step.quantity => Seen::Done(one.id.clone()),
            Some(one) => Seen::Strange(Text::fitted(&format!(
                "{} has the name of this step, and is of {} and {}, where {} and {} were to be bought",
                one.id, one.goods, one.quantity, step.goods, step.quantity
            ))),
        };
    }
    if step.service == Service::SavingsPlans {
        // A plan that we buy is tagged with its order and step.
        let mark = format!("{}/{}", known.first.order, step.number);
        let ours = held.iter().find(|one| one.name.as_ref().is_some_and(|name| name.as_str() == mark));
        return match ours {
            None => Seen::Not,
            Some(one) if one.is_like(step) && one.quantity == step.quantity => Seen::Done(one.id.clone()),
            Some(one) => Seen::Strange(Text::fitted(&format!("{} has the tags of this step, and is something else", one.id))),
        };
    }
    let before: BTreeSet<&Text> = known.first.held.iter().map(|one| &one.id).collect();
    let begun = known.first.at.0 - SKEW;
    // A queued one begins when it is to; of it AWS says no moment of purchase.
    let is_recent = |one: &Held| one.standing == Standing::Queued || one.start.is_none_or(|start| start.0 >= begun);
    let is_alike = |one: &Held| one.is_like(step) && (step.commitment().is_none() || one.quantity == step.quantity);
    let is_new = |one: &&Held| !before.contains(&one.id) && !known.others.contains(&one.id) && is_alike(one) && is_recent(one);
    let new: Vec<&Held> = held.iter().filter(is_new).collect();
    let ids = || new.iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(" ");
    if new.is_empty() {
        return Seen::Not;
    }
    let is_all = match step.count() {
        // AWS splits a purchase where a volume discount begins (`aws-rules` 7.2).
        Some(wanted) if step.commitment().is_none() => {
            let found: u64 = new.iter().map(|one| u64::from(one.count().unwrap_or(0))).sum();
            if found < u64::from(wanted) {
                return Seen::Unclear(Text::fitted(&format!("{found} of {wanted} are listed: {}", ids())));
            }
            found == u64::from(wanted)
        }
        _ => new.len() == 1,
    };
    if is_all {
        Seen::Alike(Text::fitted(&ids()))
    } else {
        Seen::Strange(Text::fitted(&format!("more is new than this step buys, and nobody can tell whose it is: {}", ids())))
    }
}

/// Whether what was to be changed is.
fn changed(step: &Step, first: &Intent, held: &[Held], now: Moment) -> Seen {
    // Of an exchange the object is what is got, but of Redshift's.
    let given = step.details.as_ref().map_or(&[][..], |details| details.given());
    let object = (step.action != Action::Exchange).then_some(&step.object);
    let mut all = object.into_iter().chain(given).peekable();
    if all.peek().is_none() {
        return Seen::Not;
    }
    let all: Vec<&Text> = all.collect();
    let is_over = |id: &Text| first.held.iter().any(|one| one.id == *id && one.end.is_some_and(|end| end <= now));
    if matches!(step.action, Action::Modify | Action::Exchange) && all.iter().any(|id| is_over(id)) {
        return Seen::Unclear(Text::fitted(
            "the term of what was to be changed has ended meanwhile, which looks the same as if it was changed",
        ));
    }
    let standings: Vec<Option<Standing>> =
        all.into_iter().map(|id| held.iter().find(|one| one.id == *id).map(|one| one.standing)).collect();
    let done = |standing: &Option<Standing>| standing.and_then(|standing| standing.is_done(step.action));
    if standings.iter().any(|standing| standing.is_none() || *standing == Some(Standing::Unknown)) {
        return Seen::Unclear(Text::fitted("what was to be changed is not listed, or in a state that this Tenor does not know"));
    }
    if standings.iter().all(|standing| done(standing) == Some(true)) { Seen::Done(step.object.clone()) } else { Seen::Not }
}

/// What a call that CloudTrail recorded as done made.
fn made(trail: &Trail, known: &Known<'_>) -> Option<Text> {
    let Trail::Calls { calls, .. } = trail else { return None };
    let own = calls.iter().filter(|call| is_ours(call, known)).filter(|call| call.error.is_none()).collect::<Vec<_>>();
    match own.as_slice() {
        [one] => one.made.clone(),
        _ => None,
    }
}

/// How many calls of the step CloudTrail has that were done; none where it cannot be asked.
fn done_calls(trail: &Trail, known: &Known<'_>) -> Option<usize> {
    let Trail::Calls { calls, .. } = trail else { return None };
    Some(calls.iter().filter(|call| is_ours(call, known) && call.error.is_none()).count())
}

/// The code of a call of the step that failed at AWS.
fn failure<'a>(calls: &'a [Recorded], known: &Known<'_>) -> Option<&'a Text> {
    calls.iter().filter(|call| is_ours(call, known)).find_map(|call| call.error.as_ref().filter(|code| is_failure(code)))
}

/// The code of a call of the step that AWS refused.
fn refusal<'a>(calls: &'a [Recorded], known: &Known<'_>) -> Option<&'a Text> {
    calls.iter().filter(|call| is_ours(call, known)).find_map(|call| call.error.as_ref().filter(|code| !is_failure(code)))
}

/// A call like the step's that was done before its intent: one of an earlier try that CloudTrail shows only now, or this very one, where the clock was
/// ahead.
fn earlier<'a>(calls: &'a [Recorded], known: &Known<'_>) -> Option<&'a Recorded> {
    let is_earlier = |call: &Recorded| call.at.0 < known.first.at.0 - SKEW && call.error.is_none();
    calls.iter().find(|call| is_earlier(call) && !is_others(call, known))
}

/// What CloudTrail does not show yet, where that it has no call of the step says nothing for that reason.
fn lag(trail: &Trail, known: &Known<'_>) -> Option<Text> {
    let Trail::Calls { calls, reaches } = trail else { return None };
    let end = Moment(known.last.max(known.unknown).0 + WINDOW);
    let says_something = done_calls(trail, known) != Some(0) || failure(calls, known).is_some();
    if says_something || reaches.is_some_and(|reaches| reaches >= end) {
        return None;
    }
    let newest = reaches.map_or_else(|| "nothing since".to_owned(), |reaches| format!("nothing newer than {reaches}"));
    let none = refusal(calls, known).map_or_else(
        || "CloudTrail has no call of it yet".to_owned(),
        |code| format!("CloudTrail has no call of it but one that AWS refused ({code})"),
    );
    Some(Text::fitted(&format!("{none}, and shows {newest}: only what is later than {end} says that it has all")))
}

/// All that is known of a call with which CloudTrail never caught up.
fn lagged(known: &Known<'_>, lag: Option<&Text>) -> Text {
    let count = |held: &[Held]| held.iter().filter(|one| one.is_owed()).count();
    let (before, now) = (count(&known.first.held), known.held.map_or(0, count));
    let lag = lag.map_or("", Text::as_str);
    Text::fitted(&format!(
        "AWS lists nothing of it: its call left at {}, {before} were held there before and {now} are now, none of them new and alike; {lag}",
        known.last
    ))
}

/// Whether a code says that AWS failed, and not that it refused.
fn is_failure(code: &Text) -> bool {
    let code = code.as_str();
    code.starts_with("Server") || code.contains("Internal") || code.contains("ServiceFailure") || code.contains("ServiceUnavailable")
}

fn is_ours(call: &Recorded, known: &Known<'_>) -> bool {
    call.at.0 >= known.first.at.0 - SKEW && !is_others(call, known)
}

fn is_others(call: &Recorded, known: &Known<'_>) -> bool {
    call.made.as_ref().is_some_and(|made| known.others.contains(made))
}

/// It is not listed, and long enough ago.
fn by_trail(trail: &Trail, known: &Known<'_>) -> Found {
    match trail {
        Trail::Calls { calls, .. } => {
            let done = calls.iter().filter(|call| is_ours(call, known) && call.error.is_none()).count();
            // What failed at AWS may have been done there.
            if let (0, Some(code)) = (done, failure(calls, known)) {
                Found::Give(Text::fitted(&format!("AWS lists nothing of it, and CloudTrail says that it failed at AWS: {code}")))
            } else if let (0, Some(call)) = (done, earlier(calls, known)) {
                Found::Give(Text::fitted(&format!(
                    "AWS lists nothing of it, and CloudTrail has a call like it that was done at {}, before it was to be sent: the clock may have been \
                     ahead, or an earlier try was done",
                    call.at
                )))
            } else if done == 0 {
                let refused = refusal(calls, known).map(|code| format!("; AWS refused one: {code}")).unwrap_or_default();
                Found::NotDone(Text::fitted(&format!("AWS lists nothing of it, and CloudTrail has no call of it that was done{refused}")))
            } else {
                Found::Give(Text::fitted(&format!(
                    "CloudTrail has {done} calls of it that were done, and AWS lists nothing that this step alone made"
                )))
            }
        }
        Trail::NotGranted => Found::Give(Text::fitted("AWS lists nothing of it, and the role does not grant to look it up in CloudTrail")),
        Trail::Unread(why) => Found::Give(Text::fitted(&format!("AWS lists nothing of it, and CloudTrail cannot be read: {why}"))),
    }
}
