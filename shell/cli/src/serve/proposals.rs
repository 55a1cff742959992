//! The proposals of a home, as the server asks about them: listed, read, looked at again, and made.
//!
//! What was asked about last is kept at hand, ready to be decided on again. What takes long goes on in a thread of its own, and whoever asks waits
//! for it a little.

use crate::context::Context;
use crate::propose::{self, Listed, Settings, Threads};
use crate::report;
use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tenor_ledger::ProposalId;
use tenor_money::Money;
use tenor_propose::proposal::{CompareError, Inputs, Outcome, Proposal, Study};
use tenor_query::QueryError;
use tenor_serve::{
    AllProposals, Knobs, ListedProposal, ProposalOutlook, ProposalStanding, Proposals, Refusal, RefusalKind, WhatIf, WholeProposal,
};
use tenor_state::{By, StateError};
use tokio::sync::Semaphore;

/// How long a page waits for what is being computed, before it says so.
const WAIT: Duration = Duration::from_secs(5);
/// Futures of a what-if: few, so that nobody waits.
const FEW: u32 = 4;
/// Futures of the fan: those of the proposal, but no more.
const MANY: u32 = 64;
/// So many answers are kept at hand.
const ANSWERS: usize = 64;

/// Something that is being computed, for all who wait for it.
type Slow<T> = Shared<BoxFuture<'static, Result<Arc<T>, Refusal>>>;

/// The proposals of a home.
pub(super) struct Kept {
    context: Context,
    /// What was asked about last.
    at_hand: Mutex<Option<AtHand>>,
    /// The one that is being made, or was made last.
    making: Mutex<Option<Slow<ProposalId>>>,
    /// One question is decided at a time: each takes all threads.
    turn: Semaphore,
}

/// A proposal made ready, with its outlook once somebody asked.
struct AtHand {
    id: ProposalId,
    ready: Slow<Ready>,
    outlook: Option<Slow<ProposalOutlook>>,
}

/// A proposal made ready to be decided on again.
struct Ready {
    proposal: Proposal,
    inputs: Inputs,
    few: Study,
    /// What the proposal comes to in few futures.
    proposed: Outcome,
    answers: Mutex<Vec<(Knobs, Arc<WhatIf>)>>,
}

impl Kept {
    pub(super) fn new(context: &Context) -> Self {
        Self { context: context.clone(), at_hand: Mutex::default(), making: Mutex::default(), turn: Semaphore::new(1) }
    }

    /// A proposal made ready: begun now, unless it is the one at hand.
    fn ready(&self, id: ProposalId) -> Slow<Ready> {
        let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        // One that failed is tried again: its files may be back.
        let is_sound = |held: &&AtHand| held.id == id && held.ready.peek().is_none_or(Result::is_ok);
        if let Some(held) = at_hand.as_ref().filter(is_sound) {
            return held.ready.clone();
        }
        let context = self.context.clone();
        let ready = slowly(move || get_ready(&context, id));
        *at_hand = Some(AtHand { id, ready: ready.clone(), outlook: None });
        ready
    }

    /// Its outlook: begun now, unless it is at hand.
    fn outlook_of(&self, id: ProposalId, ready: Arc<Ready>) -> Slow<ProposalOutlook> {
        let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let held = at_hand.as_mut().filter(|held| held.id == id);
        let begun = held.as_ref().and_then(|held| held.outlook.clone());
        let outlook = begun.unwrap_or_else(|| slowly(move || look_ahead(&ready)));
        // Where somebody asks about another meanwhile, that one is at hand.
        if let Some(held) = held {
            held.outlook = Some(outlook.clone());
        }
        outlook
    }

    async fn all(&self) -> Result<(Vec<Listed>, Vec<String>), Refusal> {
        let context = self.context.clone();
        blocking(move || propose::all(&context).map_err(|error| failed(&error))).await
    }
}

#[async_trait]
impl Proposals for Kept {
    async fn list(&self) -> Result<AllProposals, Refusal> {
        let (listed, mut notes) = self.all().await?;
        let making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let is_making = making.as_ref().is_some_and(|now| now.peek().is_none());
        let failed = making.as_ref().and_then(|last| last.peek()?.as_ref().err());
        notes.extend(failed.map(|refusal| format!("The last proposal could not be made: {}. {}.", refusal.message, refusal.hint)));
        let proposals = listed.iter().enumerate().map(|(place, one)| line(one, place)).collect::<Result<_, _>>()?;
        Ok(AllProposals { proposals, notes, is_making })
    }

    async fn get(&self, id: ProposalId) -> Result<Option<Arc<WholeProposal>>, Refusal> {
        let (listed, _) = self.all().await?;
        let name = id.to_string();
        let Some((place, one)) = listed.into_iter().enumerate().find(|(_, one)| one.proposal.id == name) else {
            let context = self.context.clone();
            // One that is there and cannot be read is not taken for none.
            return blocking(move || match context.home.join(propose::FOLDER).join(name).join("proposal.json") {
                path if path.exists() => propose::read(&path).map(|_| None).map_err(|error| failed(&error)),
                _ => Ok(None),
            })
            .await;
        };
        let whole = move || -> Result<WholeProposal, Refusal> {
            let kept = propose::read(&one.path).map_err(|error| failed(&error))?;
            let compared = propose::compared_of(&one.path).map_err(|error| failed(&error))?;
            Ok(WholeProposal { text: kept.text, proposal: kept.proposal, made: one.made, standing: standing(&one, place), compared })
        };
        Ok(Some(Arc::new(blocking(whole).await?)))
    }

    async fn outlook(&self, id: ProposalId) -> Result<Option<Arc<ProposalOutlook>>, Refusal> {
        let work = async {
            let ready = self.ready(id).await?;
            self.outlook_of(id, ready).await
        };
        match tokio::time::timeout(WAIT, work).await {
            Ok(outlook) => Ok(Some(outlook?)),
            Err(_) => Ok(None),
        }
    }

    async fn what_if(&self, id: ProposalId, knobs: &Knobs) -> Result<Arc<WhatIf>, Refusal> {
        let ready = self.ready(id).await?;
        let _turn = self.turn.acquire().await.expect("it is never closed");
        if let Some(answer) = ready.answer(knobs) {
            return Ok(answer);
        }
        let knobs = knobs.clone();
        blocking(move || ready.decide(knobs)).await
    }

    async fn make(&self, by: By) -> Result<Option<ProposalId>, Refusal> {
        let now = {
            let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            match making.clone().filter(|now| now.peek().is_none()) {
                // Whoever asks while one is made gets that one.
                Some(now) => now,
                None => {
                    let context = self.context.clone();
                    let work = move || {
                        let settings = Settings::of_home(&context, "tenor serve", by);
                        propose::make_kept(&context, &settings).map_err(|error| refusal(&error))
                    };
                    let now = slowly(work);
                    *making = Some(now.clone());
                    now
                }
            }
        };
        // Somebody has to ask for it to be noticed that it is done.
        let noticed = tokio::spawn(now);
        match tokio::time::timeout(WAIT, noticed).await {
            Err(_) => Ok(None),
            Ok(Ok(Ok(id))) => Ok(Some(*id)),
            Ok(Ok(Err(refusal))) => Err(refusal),
            Ok(Err(error)) => Err(broken(error.to_string())),
        }
    }
}

impl Ready {
    /// The answer that is at hand already.
    fn answer(&self, knobs: &Knobs) -> Option<Arc<WhatIf>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.iter().find(|(asked, _)| asked == knobs).map(|(_, answer)| Arc::clone(answer))
    }

    fn decide(&self, knobs: Knobs) -> Result<Arc<WhatIf>, Refusal> {
        let instead = self.few.decide(&knobs.under(&self.proposal.policy), &Threads::new(None)).map_err(|error| undecided(&error))?;
        let answer = Arc::new(WhatIf { scenarios: self.few.scenarios(), proposed: self.proposed.clone(), instead });
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= ANSWERS {
            answers.remove(0);
        }
        answers.push((knobs, Arc::clone(&answer)));
        Ok(answer)
    }
}

/// Reads the inputs of a proposal and makes them ready.
fn get_ready(context: &Context, id: ProposalId) -> Result<Ready, Refusal> {
    let folder = context.home.join(propose::FOLDER).join(id.to_string());
    let proposal = propose::read(&folder).map_err(|error| failed(&error))?.proposal;
    let inputs = propose::recorded(&folder).map_err(|error| failed(&error))?;
    let workers = Threads::new(None);
    let few = Study::new(inputs.clone(), FEW, &workers).map_err(|error| undecided(&error.into()))?;
    let proposed = few.of(&proposal, &workers).map_err(|error| undecided(&error))?;
    Ok(Ready { proposal, inputs, few, proposed, answers: Mutex::default() })
}

/// The fan in the proposal's own futures, and the frontier in few.
fn look_ahead(ready: &Ready) -> Result<ProposalOutlook, Refusal> {
    let workers = Threads::new(None);
    let many = Study::new(ready.inputs.clone(), MANY, &workers).map_err(|error| undecided(&error.into()))?;
    let outcome = many.of(&ready.proposal, &workers).map_err(|error| undecided(&error))?;
    let frontier = ready.few.frontier(&ready.proposal.policy, outcome.obligation, &workers).map_err(|error| undecided(&error))?;
    Ok(ProposalOutlook { scenarios: many.scenarios(), outcome, frontier_scenarios: ready.few.scenarios(), frontier })
}

const fn standing(one: &Listed, place: usize) -> ProposalStanding {
    match (one.is_ordered, place) {
        (true, _) => ProposalStanding::Ordered,
        (false, 0) => ProposalStanding::Newest,
        (false, _) => ProposalStanding::Older,
    }
}

fn line(one: &Listed, place: usize) -> Result<ListedProposal, Refusal> {
    let proposal = &one.proposal;
    let amount = |text: &str| text.parse::<Money>().map_err(|error| broken(format!("the proposal {}: {error}", proposal.id)));
    Ok(ListedProposal {
        id: proposal.id.parse::<ProposalId>().map_err(|error| broken(error.to_string()))?,
        made: one.made,
        as_of: proposal.as_of.clone(),
        steps: proposal.steps.len(),
        changes: proposal.changes.len(),
        savings: amount(&proposal.summary.savings.expected)?,
        horizon_hours: proposal.outlook.horizon_hours,
        obligation: amount(&proposal.summary.obligation)?,
        gap: proposal.certificate.gap.clone(),
        currency: proposal.prices.currency.clone(),
        standing: standing(one, place),
    })
}

/// Begins work in a thread of its own; it goes on whether somebody waits or not.
fn slowly<T: Send + Sync + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Slow<T> {
    let begun = tokio::task::spawn_blocking(work);
    let done = async move {
        match begun.await {
            Ok(done) => done.map(Arc::new),
            Err(error) => Err(broken(error.to_string())),
        }
    };
    done.boxed().shared()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|error| broken(error.to_string()))?
}

/// Why nothing could be decided.
fn undecided(error: &CompareError) -> Refusal {
    let (kind, hint) = match error {
        CompareError::Horizon(_) => (RefusalKind::Question, "propose under a policy that allows longer terms"),
        CompareError::Inputs(tenor_propose::proposal::InputsError::Policy(_)) => {
            (RefusalKind::Question, "docs/spec/policy.md shows every key and its default")
        }
        CompareError::Step(_) | CompareError::Inputs(_) => (RefusalKind::Failed, "compute the proposal again with this version of tenor"),
    };
    Refusal { kind, message: error.to_string(), hint: hint.to_owned() }
}

/// Why none could be made: too little is known, or it failed.
fn refusal(error: &anyhow::Error) -> Refusal {
    let is_empty = error.chain().any(|cause| matches!(cause.downcast_ref::<QueryError>(), Some(QueryError::NothingHeld)));
    let is_ours = error.chain().any(|cause| cause.downcast_ref::<StateError>().is_some());
    let hint = report::hint(error);
    let kind = match &hint {
        _ if is_empty => RefusalKind::Empty,
        Some(_) if !is_ours => RefusalKind::Question,
        _ => RefusalKind::Failed,
    };
    Refusal { kind, message: format!("{error:#}"), hint: hint.unwrap_or_else(|| "try it where the server runs: tenor propose".to_owned()) }
}

/// What is kept cannot be read.
fn failed(error: &anyhow::Error) -> Refusal {
    let hint = "look at what is kept: tenor propose list".to_owned();
    Refusal { kind: RefusalKind::Failed, message: format!("{error:#}"), hint }
}

fn broken(message: String) -> Refusal {
    Refusal { kind: RefusalKind::Failed, message, hint: "look at what the server says where it runs".to_owned() }
}
