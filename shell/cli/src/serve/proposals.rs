//! The proposals of a home, as the server asks about them: listed, read, looked at again, and made.
//!
//! What was asked about last is kept at hand, ready to be decided on again, and the newest one before anybody asks. What takes long goes on in a thread
//! of its own, one thing at a time and what-ifs beside it, and whoever asks waits for it a little. Nobody who leaves ends it, and nobody who comes
//! back begins it again.

mod slow;
#[cfg(test)]
mod tests;
mod why;

use crate::context::Context;
use crate::propose::{self, Listed, Settings, Threads, Told};
use async_trait::async_trait;
use slow::{Held, Slow, begun, blocking, in_turn, is_sound, locked, slowly};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tenor_ledger::ProposalId;
use tenor_money::Money;
use tenor_propose::proposal::{Inputs, Outcome, Proposal, Study};
use tenor_serve::{
    AllProposals, Knobs, ListedProposal, ProposalNote, ProposalOutlook, ProposalStanding, Proposals, Refusal, RefusalKind, WhatIf,
    WholeProposal,
};
use tenor_state::By;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval};
use why::{broken, failed, not_made, refusal, undecided};

/// How long whoever has a proposal made waits for it, before they are told that it goes on.
const WAIT: Duration = Duration::from_secs(5);
/// How long a page waits for an outlook: the rest of it says enough, and it is there when the page is loaded again.
const OUTLOOK_WAIT: Duration = Duration::from_millis(50);
/// How long it waits for a what-if: somebody has just moved a slider and looks at nothing else.
const WHAT_IF_WAIT: Duration = Duration::from_secs(1);
/// How often to look whether there is a newer proposal: jobs and commands make them too.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// When the newest is made ready once more after it failed or was pushed out.
const READY_AGAIN: Duration = Duration::from_secs(60);
/// Futures of a what-if: few, so that nobody waits. Its tenth and nine tenths are the least and the most of these.
const FEW: u32 = 4;
/// Futures of the fan: those of the proposal, but no more.
const MANY: u32 = 64;
/// So many proposals are kept at hand: each takes about as much memory as it took to compute.
const AT_HAND_MAX: usize = 3;
/// So many what-ifs of a proposal are kept at hand.
const ANSWERS: usize = 64;
/// So many of them are computed or wait for their turn: who moves a slider leaves one behind with each step.
const ANSWERING_MAX: usize = 4;

/// The proposals of a home.
pub(super) struct Kept {
    context: Context,
    /// What was asked about last, the latest at the end.
    at_hand: Mutex<Vec<AtHand>>,
    /// The one that is being made, or was made last.
    making: Mutex<Option<Slow<ProposalId>>>,
    /// One thing is computed at a time: each takes all threads. Whoever computes holds it until that is done, not until nobody waits any more.
    turn: Arc<Semaphore>,
    /// But for what-ifs, one at a time by themselves: an outlook takes far longer than somebody waits who moves a slider.
    what_ifs: Arc<Semaphore>,
    known: Arc<Mutex<Known>>,
    is_ending: AtomicBool,
}

/// What was read before, and holds as long as it is the same.
#[derive(Default)]
struct Known {
    told: Option<Arc<Told>>,
    /// By proposal: the moment of its decision.
    decided: BTreeMap<ProposalId, String>,
}

/// A proposal made ready, with its outlook once somebody asked.
struct AtHand {
    id: ProposalId,
    ready: Held<Ready>,
    outlook: Option<Held<ProposalOutlook>>,
    /// What was asked about last, the latest at the end.
    what_ifs: Vec<(Knobs, Held<WhatIf>)>,
}

/// A proposal made ready to be decided on again.
struct Ready {
    proposal: Proposal,
    /// Most of what is in it is shared with the study.
    inputs: Inputs,
    few: Study,
    /// What the proposal comes to in few futures.
    proposed: Outcome,
}

impl Kept {
    pub(super) fn new(context: &Context) -> Self {
        let (turn, what_ifs) = (Arc::new(Semaphore::new(1)), Arc::new(Semaphore::new(1)));
        let (at_hand, making) = (Mutex::default(), Mutex::default());
        Self { context: context.clone(), at_hand, making, turn, what_ifs, known: Arc::default(), is_ending: AtomicBool::new(false) }
    }

    /// Makes nothing more, and makes nothing more ready.
    pub(super) fn close(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
    }

    /// Makes the newest proposal ready as soon as there is one and keeps it so, so that whoever looks at it does not wait for its inputs to be read.
    pub(super) async fn keep_ready(self: Arc<Self>) {
        let (mut every, mut last) = (interval(LOOK_EVERY), None);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !self.is_ending.load(Ordering::SeqCst) {
            every.tick().await;
            // What cannot be read is told to whoever asks.
            if let Ok(Some(newest)) = self.newest().await {
                let context = self.context.clone();
                self.refresh(newest, Instant::now(), &mut last, move || get_ready(&context, newest));
            }
        }
    }

    /// Keeps a proposal from being pushed out by others, and makes it ready where it is not; not again before a while, so that a failure is there for
    /// whoever asks, and what cannot be read is not read for ever.
    fn refresh(
        &self,
        id: ProposalId,
        now: Instant,
        last: &mut Option<(ProposalId, Instant)>,
        work: impl FnOnce() -> Result<Ready, Refusal> + Send + 'static,
    ) {
        let is_recent = last.is_some_and(|(tried, at)| tried == id && now.saturating_duration_since(at) < READY_AGAIN);
        {
            let mut at_hand = locked(&self.at_hand);
            if let Some(place) = at_hand.iter().position(|held| held.id == id) {
                if is_sound(&at_hand[place].ready.slow) {
                    let held = at_hand.remove(place);
                    at_hand.push(held);
                    return;
                }
                if !is_recent {
                    at_hand.remove(place);
                }
            }
        }
        if !is_recent && self.ready_by(id, work).is_some() {
            *last = Some((id, now));
        }
    }

    /// The newest proposal that is recorded and kept.
    async fn newest(&self) -> Result<Option<ProposalId>, Refusal> {
        let (context, known) = (self.context.clone(), Arc::clone(&self.known));
        let newest = move || {
            let mut known = locked(&known);
            let told = known.told(&context)?;
            propose::newest(&context, &told, &mut known.decided).map_err(|error| failed(&error))
        };
        blocking(newest).await
    }

    /// What is still being made, in words. What is only looked at again leaves nothing when it is cut off.
    pub(super) fn going(&self) -> Option<String> {
        let making = locked(&self.making);
        making.as_ref().filter(|now| now.peek().is_none()).map(|_| "a proposal".to_owned())
    }

    /// A proposal made ready: begun now, unless it is at hand or has just failed. None where there is no place for it: others are being computed.
    fn ready(&self, id: ProposalId) -> Option<Slow<Ready>> {
        let context = self.context.clone();
        self.ready_by(id, move || get_ready(&context, id))
    }

    fn ready_by(&self, id: ProposalId, work: impl FnOnce() -> Result<Ready, Refusal> + Send + 'static) -> Option<Slow<Ready>> {
        let mut at_hand = locked(&self.at_hand);
        if let Some(place) = at_hand.iter().position(|held| held.id == id) {
            let mut held = at_hand.remove(place);
            // One that failed is tried again, once that was told: its files may be back.
            if let Some(ready) = held.ready.asked(Instant::now()) {
                at_hand.push(held);
                return Some(ready);
            }
        }
        if self.is_ending.load(Ordering::SeqCst) {
            return None;
        }
        if at_hand.len() >= AT_HAND_MAX {
            // What is being computed goes on in any case: without its place it would be begun again.
            let done = at_hand.iter().position(|held| !held.is_unfinished())?;
            at_hand.remove(done);
        }
        let ready = slowly(Some(&self.turn), work);
        at_hand.push(AtHand { id, ready: Held::new(ready.clone()), outlook: None, what_ifs: Vec::new() });
        Some(ready)
    }

    /// Its outlook: begun as soon as it is ready, unless it is at hand or has just failed. None where others took its place meanwhile.
    fn outlook_of(&self, id: ProposalId, ready: Slow<Ready>) -> Option<Slow<ProposalOutlook>> {
        let mut at_hand = locked(&self.at_hand);
        let held = at_hand.iter_mut().find(|held| held.id == id)?;
        if let Some(begun) = held.outlook.as_mut().and_then(|held| held.asked(Instant::now())) {
            return Some(begun);
        }
        let turn = Arc::clone(&self.turn);
        let outlook = begun(async move {
            let ready = ready.await?;
            in_turn(Some(turn), move || look_ahead(&ready)).await
        });
        held.outlook = Some(Held::new(outlook.clone()));
        Some(outlook)
    }

    /// An answer to what would be if: begun as soon as it is ready, unless it is at hand. None where others took its place meanwhile, or as many are on
    /// their way as may be.
    fn what_if_of(&self, id: ProposalId, ready: Slow<Ready>, knobs: &Knobs) -> Option<Slow<WhatIf>> {
        let mut at_hand = locked(&self.at_hand);
        let answers = &mut at_hand.iter_mut().find(|held| held.id == id)?.what_ifs;
        if let Some(place) = answers.iter().position(|(asked, _)| asked == knobs) {
            let (knobs, mut held) = answers.remove(place);
            if let Some(begun) = held.asked(Instant::now()) {
                answers.push((knobs, held));
                return Some(begun);
            }
        }
        if answers.iter().filter(|(_, held)| held.is_unfinished()).count() >= ANSWERING_MAX {
            return None;
        }
        if answers.len() >= ANSWERS {
            let done = answers.iter().position(|(_, held)| !held.is_unfinished())?;
            answers.remove(done);
        }
        let (turn, asked) = (Arc::clone(&self.what_ifs), knobs.clone());
        let answer = begun(async move {
            let ready = ready.await?;
            in_turn(Some(turn), move || ready.decide(&asked)).await
        });
        answers.push((knobs.clone(), Held::new(answer.clone())));
        Some(answer)
    }

    /// One that is being made already, else one that is begun now.
    fn made_by(&self, work: impl FnOnce() -> Result<ProposalId, Refusal> + Send + 'static) -> Slow<ProposalId> {
        let mut making = locked(&self.making);
        if let Some(now) = making.as_ref().filter(|now| now.peek().is_none()) {
            return now.clone();
        }
        let now = slowly(None, work);
        *making = Some(now.clone());
        now
    }
}

impl AtHand {
    /// Whether something of it is still being computed.
    fn is_unfinished(&self) -> bool {
        let is_answering = self.what_ifs.iter().any(|(_, held)| held.is_unfinished());
        self.ready.is_unfinished() || self.outlook.as_ref().is_some_and(Held::is_unfinished) || is_answering
    }
}

impl Known {
    /// What the ledger says now.
    fn told(&mut self, context: &Context) -> Result<Arc<Told>, Refusal> {
        let told = Told::of(context, self.told.take()).map_err(|error| failed(&error))?;
        self.told = Some(Arc::clone(&told));
        Ok(told)
    }
}

#[async_trait]
impl Proposals for Kept {
    async fn list(&self) -> Result<AllProposals, Refusal> {
        let (context, known) = (self.context.clone(), Arc::clone(&self.known));
        let all = move || {
            let told = locked(&known).told(&context)?;
            propose::all(&context, &told).map_err(|error| failed(&error))
        };
        let (listed, noted) = blocking(all).await?;
        let mut notes: Vec<_> = noted.into_iter().map(|note| ProposalNote { told: format!("{}.", note.told), cause: note.cause }).collect();
        let making = locked(&self.making);
        let is_making = making.as_ref().is_some_and(|now| now.peek().is_none());
        let failed = making.as_ref().and_then(|last| last.peek()?.as_ref().err());
        notes.extend(failed.map(not_made));
        Ok(AllProposals { proposals: listed.iter().map(line).collect::<Result<_, _>>()?, notes, is_making })
    }

    async fn get(&self, id: ProposalId) -> Result<Option<Arc<WholeProposal>>, Refusal> {
        let (context, known) = (self.context.clone(), Arc::clone(&self.known));
        blocking(move || whole(&context, &known, id)).await
    }

    async fn outlook(&self, id: ProposalId) -> Result<Option<Arc<ProposalOutlook>>, Refusal> {
        let work = async {
            let Some(ready) = self.ready(id) else { return Ok(None) };
            // Whoever asks is gone before it is ready; it is begun all the same.
            match self.outlook_of(id, ready) {
                Some(outlook) => outlook.await.map(Some),
                None => Ok(None),
            }
        };
        tokio::time::timeout(OUTLOOK_WAIT, work).await.unwrap_or(Ok(None))
    }

    async fn what_if(&self, id: ProposalId, knobs: &Knobs) -> Result<Option<Arc<WhatIf>>, Refusal> {
        let work = async {
            let Some(ready) = self.ready(id) else { return Ok(None) };
            // Whoever asks may be gone before it is answered; it is begun all the same.
            match self.what_if_of(id, ready, knobs) {
                Some(answer) => answer.await.map(Some),
                None => Ok(None),
            }
        };
        tokio::time::timeout(WHAT_IF_WAIT, work).await.unwrap_or(Ok(None))
    }

    async fn make(&self, by: By) -> Result<Option<ProposalId>, Refusal> {
        if self.is_ending.load(Ordering::SeqCst) {
            let (message, hint) = ("the server is ending".to_owned(), "ask again when it is there again".to_owned());
            return Err(Refusal { kind: RefusalKind::Busy, message, hint });
        }
        let context = self.context.clone();
        let now = self.made_by(move || {
            let settings = Settings::of_home(&context, "tenor serve", by);
            propose::make_kept(&context, &settings).map_err(|error| refusal(&error))
        });
        match tokio::time::timeout(WAIT, now).await {
            Err(_) => Ok(None),
            Ok(made) => made.map(|id| Some(*id)),
        }
    }
}

impl Ready {
    fn decide(&self, knobs: &Knobs) -> Result<WhatIf, Refusal> {
        let instead = self.few.decide(&knobs.under(&self.proposal.policy), &Threads::new(None)).map_err(|error| undecided(&error))?;
        Ok(WhatIf { scenarios: self.few.scenarios(), proposed: self.proposed.clone(), instead })
    }
}

/// One proposal as it is kept, with what became of it: nothing else is read but what was not read before.
fn whole(context: &Context, known: &Mutex<Known>, id: ProposalId) -> Result<Option<Arc<WholeProposal>>, Refusal> {
    let folder = propose::folder_of(context, id);
    // One that is there and cannot be read is not taken for none.
    if !propose::is_kept(&folder) {
        return Ok(None);
    }
    let kept = propose::read_as(&folder, id).map_err(|error| failed(&error))?;
    let (told, is_newest) = {
        let mut known = locked(known);
        let told = known.told(context)?;
        let is_newest = propose::is_newest(context, &told, id, &mut known.decided).map_err(|error| failed(&error))?;
        (told, is_newest)
    };
    let made = told.made.get(&id).copied();
    let standing = standing(told.ordered.contains(&id), is_newest, made.is_some());
    // The proposal stands without it, and it can be made anew.
    let (compared, notes) = match propose::compared_of(&folder) {
        Ok(compared) => (compared, Vec::new()),
        Err(error) => {
            let told = "The comparison cannot be read; compare again: tenor propose --compare.".to_owned();
            (Vec::new(), vec![ProposalNote { told, cause: Some(format!("{error:#}")) }])
        }
    };
    Ok(Some(Arc::new(WholeProposal { text: kept.text, proposal: kept.proposal, made, standing, compared, notes })))
}

/// Reads the inputs of a proposal and makes them ready.
fn get_ready(context: &Context, id: ProposalId) -> Result<Ready, Refusal> {
    let kept = propose::read_as(&propose::folder_of(context, id), id).map_err(|error| failed(&error))?;
    let inputs = propose::recorded(&kept.path, kept.inputs_hash()).map_err(|error| failed(&error))?;
    let (proposal, workers) = (kept.proposal, Threads::new(None));
    let few = Study::new(inputs.clone(), FEW, &workers).map_err(|error| undecided(&error.into()))?;
    let proposed = few.of(&proposal, &workers).map_err(|error| undecided(&error))?;
    Ok(Ready { proposal, inputs, few, proposed })
}

/// The fan in the proposal's own futures; the frontier, and the proposal beside it, in few.
fn look_ahead(ready: &Ready) -> Result<ProposalOutlook, Refusal> {
    let workers = Threads::new(None);
    let many = Study::new(ready.inputs.clone(), MANY, &workers).map_err(|error| undecided(&error.into()))?;
    let outcome = many.of(&ready.proposal, &workers).map_err(|error| undecided(&error))?;
    let scenarios = many.scenarios();
    drop(many);
    let frontier = ready.few.frontier(&ready.proposal.policy, outcome.obligation, &workers).map_err(|error| undecided(&error))?;
    Ok(ProposalOutlook { scenarios, outcome, frontier_scenarios: ready.few.scenarios(), proposed: ready.proposed.clone(), frontier })
}

const fn standing(is_ordered: bool, is_newest: bool, is_recorded: bool) -> ProposalStanding {
    match (is_ordered, is_newest, is_recorded) {
        (true, ..) => ProposalStanding::Ordered,
        (false, true, _) => ProposalStanding::Newest,
        (false, false, true) => ProposalStanding::Older,
        (false, false, false) => ProposalStanding::Unrecorded,
    }
}

fn line(one: &Listed) -> Result<ListedProposal, Refusal> {
    let proposal = &one.proposal;
    let no_amount = |text: &str| broken(format!("the proposal {}: `{text}` is no amount", one.id));
    let amount = |text: &str| text.parse::<Money>().map_err(|_| no_amount(text));
    Ok(ListedProposal {
        id: one.id,
        made: one.made,
        as_of: proposal.as_of.clone(),
        steps: proposal.steps.len(),
        changes: proposal.changes.len(),
        savings: amount(&proposal.summary.savings.expected)?,
        monthly_savings: proposal.monthly_savings(),
        horizon_hours: proposal.outlook.horizon_hours,
        obligation: amount(&proposal.summary.obligation)?,
        gap: proposal.certificate.gap.clone(),
        currency: proposal.prices.currency.clone(),
        standing: standing(one.is_ordered, one.is_newest, one.made.is_some()),
    })
}
