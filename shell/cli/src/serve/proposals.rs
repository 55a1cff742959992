//! The proposals of a home, as the server asks about them: listed, read, looked at again, and made.
//!
//! What was asked about last is kept at hand, ready to be decided on again, and the newest one before anybody asks. What takes long goes on in a thread
//! of its own, one thing at a time and what-ifs beside it, and whoever asks waits for it a little. Nobody who leaves ends it, and nobody who comes
//! back begins it again.

mod slow;
mod why;

use crate::context::Context;
use crate::propose::{self, Listed, Settings, Threads, Told};
use async_trait::async_trait;
use slow::{Slow, begun, blocking, in_turn, is_sound, locked, slowly};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_ledger::ProposalId;
use tenor_money::Money;
use tenor_propose::proposal::{Inputs, Outcome, Proposal, Study};
use tenor_serve::{
    AllProposals, Knobs, ListedProposal, ProposalNote, ProposalOutlook, ProposalStanding, Proposals, Refusal, RefusalKind, WhatIf,
    WholeProposal,
};
use tenor_state::By;
use tokio::sync::Semaphore;
use tokio::time::interval;
use why::{broken, failed, not_made, refusal, undecided};

/// How long whoever has a proposal made waits for it, before they are told that it goes on.
const WAIT: Duration = Duration::from_secs(5);
/// How long a page waits for an outlook: the rest of it says enough, and it is there when the page is loaded again.
const OUTLOOK_WAIT: Duration = Duration::from_millis(50);
/// How long it waits for a what-if: somebody has just moved a slider and looks at nothing else.
const WHAT_IF_WAIT: Duration = Duration::from_secs(1);
/// How often to look whether there is a newer proposal: jobs and commands make them too.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Futures of a what-if: few, so that nobody waits. Its tenth and nine tenths are the least and the most of these.
const FEW: u32 = 4;
/// Futures of the fan: those of the proposal, but no more.
const MANY: u32 = 64;
/// So many proposals are kept at hand: each takes about as much memory as it took to compute.
const AT_HAND_MAX: usize = 3;
/// So many answers are kept at hand.
const ANSWERS: usize = 64;

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
    ready: Slow<Ready>,
    outlook: Option<Slow<ProposalOutlook>>,
}

/// A proposal made ready to be decided on again.
struct Ready {
    proposal: Proposal,
    /// Most of what is in it is shared with the study.
    inputs: Inputs,
    few: Study,
    /// What the proposal comes to in few futures.
    proposed: Outcome,
    answers: Mutex<Vec<(Knobs, Arc<WhatIf>)>>,
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

    /// Makes the newest proposal ready as soon as there is one, so that whoever looks at it first does not wait for its inputs to be read.
    pub(super) async fn keep_ready(self: Arc<Self>) {
        let (mut every, mut last) = (interval(LOOK_EVERY), None);
        while !self.is_ending.load(Ordering::SeqCst) {
            every.tick().await;
            // What cannot be read is told to whoever asks.
            if let Ok(Some(newest)) = self.newest().await
                && last != Some(newest)
                && self.ready(newest).is_some()
            {
                last = Some(newest);
            }
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

    /// A proposal made ready: begun now, unless it is at hand. None where there is no place for it: others are being computed.
    fn ready(&self, id: ProposalId) -> Option<Slow<Ready>> {
        let context = self.context.clone();
        self.ready_by(id, move || get_ready(&context, id))
    }

    fn ready_by(&self, id: ProposalId, work: impl FnOnce() -> Result<Ready, Refusal> + Send + 'static) -> Option<Slow<Ready>> {
        let mut at_hand = locked(&self.at_hand);
        if let Some(place) = at_hand.iter().position(|held| held.id == id) {
            let held = at_hand.remove(place);
            // One that failed is tried again: its files may be back.
            if is_sound(&held.ready) {
                let ready = held.ready.clone();
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
        at_hand.push(AtHand { id, ready: ready.clone(), outlook: None });
        Some(ready)
    }

    /// Its outlook: begun as soon as it is ready, unless it is at hand. None where others took its place meanwhile.
    fn outlook_of(&self, id: ProposalId, ready: Slow<Ready>) -> Option<Slow<ProposalOutlook>> {
        let mut at_hand = locked(&self.at_hand);
        let held = at_hand.iter_mut().find(|held| held.id == id)?;
        if let Some(begun) = held.outlook.as_ref().filter(|begun| is_sound(begun)) {
            return Some(begun.clone());
        }
        let turn = Arc::clone(&self.turn);
        let outlook = begun(async move {
            let ready = ready.await?;
            in_turn(Some(turn), move || look_ahead(&ready)).await
        });
        held.outlook = Some(outlook.clone());
        Some(outlook)
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
        self.ready.peek().is_none() || self.outlook.as_ref().is_some_and(|outlook| outlook.peek().is_none())
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
            let ready = ready.await?;
            let turn = Arc::clone(&self.what_ifs).acquire_owned().await.expect("it is never closed");
            // It may be the one that somebody waited for in vain before.
            if let Some(answer) = ready.answer(knobs) {
                return Ok(Some(answer));
            }
            let knobs = knobs.clone();
            let decide = move || {
                let answer = ready.decide(knobs);
                // Here and not with whoever waits: the next turn begins when its threads are free.
                drop(turn);
                answer
            };
            blocking(decide).await.map(Some)
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
    /// The answer that is at hand already.
    fn answer(&self, knobs: &Knobs) -> Option<Arc<WhatIf>> {
        let answers = locked(&self.answers);
        answers.iter().find(|(asked, _)| asked == knobs).map(|(_, answer)| Arc::clone(answer))
    }

    fn decide(&self, knobs: Knobs) -> Result<Arc<WhatIf>, Refusal> {
        let instead = self.few.decide(&knobs.under(&self.proposal.policy), &Threads::new(None)).map_err(|error| undecided(&error))?;
        let answer = Arc::new(WhatIf { scenarios: self.few.scenarios(), proposed: self.proposed.clone(), instead });
        let mut answers = locked(&self.answers);
        if answers.len() >= ANSWERS {
            answers.remove(0);
        }
        answers.push((knobs, Arc::clone(&answer)));
        Ok(answer)
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
    Ok(Ready { proposal, inputs, few, proposed, answers: Mutex::default() })
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

#[cfg(test)]
mod tests {
    use super::{AT_HAND_MAX, Kept, broken};
    use crate::context::Context;
    use crate::output::Format;
    use std::sync::mpsc;
    use tenor_ledger::ProposalId;
    use tenor_serve::{Proposals as _, RefusalKind};

    fn home() -> (tempfile::TempDir, Kept) {
        let home = tempfile::tempdir().unwrap();
        let kept = Kept::new(&Context::new(Some(home.path().to_owned()), Format::Table).unwrap());
        (home, kept)
    }

    fn id(number: u8) -> ProposalId {
        ProposalId::from_bytes([number; 32])
    }

    fn run(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work);
    }

    #[test]
    fn what_is_being_computed_keeps_its_place_and_is_never_begun_again() {
        run(async {
            let (_home, kept) = home();
            let places: u8 = AT_HAND_MAX.try_into().unwrap();
            let begin = |number: u8| {
                let (end, ended) = mpsc::channel::<()>();
                let work = move || {
                    ended.recv().unwrap();
                    Err(broken("it is over".to_owned()))
                };
                kept.ready_by(id(number), work).map(|ready| (ready, end))
            };
            let begun: Vec<_> = (0..places).map(|number| begin(number).unwrap()).collect();
            assert!(begin(places).is_none(), "there is no place, and nothing gives way");
            assert!(kept.outlook(id(places)).await.unwrap().is_none(), "which is told as still being computed");
            let (again, unused) = begin(0).unwrap();
            drop(unused);
            assert!(again.ptr_eq(&begun[0].0), "the same work");
            // In whichever order they have their turns.
            begun.iter().for_each(|(_, end)| end.send(()).unwrap());
            for (ready, _) in begun {
                assert_eq!(ready.await.err().unwrap().message, "it is over");
            }
            let (ready, end) = begin(places).unwrap();
            end.send(()).unwrap();
            assert!(ready.await.is_err());
        });
    }

    #[test]
    fn a_turn_ends_with_the_work_and_not_with_whoever_waits_for_it() {
        run(async {
            let (_home, kept) = home();
            let (end, ended) = mpsc::channel::<()>();
            let work = move || {
                ended.recv().unwrap();
                Err(broken("it is over".to_owned()))
            };
            let ready = kept.ready_by(id(0), work).unwrap();
            drop(ready);
            while kept.turn.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
            end.send(()).unwrap();
            let turn = kept.turn.acquire().await.unwrap();
            drop(turn);
            // Nobody asked, and it was noticed all the same.
            while kept.at_hand.lock().unwrap()[0].is_unfinished() {
                tokio::task::yield_now().await;
            }
        });
    }

    #[test]
    fn a_what_if_waits_for_no_outlook_and_nothing_is_made_ready_where_there_is_no_proposal() {
        run(async {
            let (_home, kept) = home();
            let turn = kept.turn.acquire().await.unwrap();
            assert_eq!(kept.what_ifs.available_permits(), 1);
            drop(turn);
            assert_eq!(kept.newest().await.unwrap(), None);
            kept.close();
            let kept = std::sync::Arc::new(kept);
            std::sync::Arc::clone(&kept).keep_ready().await;
            assert!(kept.at_hand.lock().unwrap().is_empty());
        });
    }

    #[test]
    fn whoever_has_one_made_joins_the_one_under_way_and_a_failure_is_a_note() {
        run(async {
            let (_home, kept) = home();
            let (end, ended) = mpsc::channel::<()>();
            let first = kept.made_by(move || {
                ended.recv().unwrap();
                Err(broken("the disk is full".to_owned()))
            });
            let second = kept.made_by(|| panic!("one is made already"));
            assert!(second.ptr_eq(&first));
            assert!(kept.list().await.unwrap().is_making);
            assert_eq!(kept.going().as_deref(), Some("a proposal"), "which the end of the server names");
            end.send(()).unwrap();
            assert!(first.await.is_err());
            assert_eq!(kept.going(), None);
            let all = kept.list().await.unwrap();
            assert_eq!((all.is_making, all.proposals.len()), (false, 0));
            let [note] = &all.notes[..] else { panic!("{:?}", all.notes) };
            assert_eq!(note.told, "The last proposal could not be made.");
            assert_eq!(note.cause.as_deref(), Some("the disk is full. look at what the server says where it runs."), "for admins");
            let third = kept.made_by(|| Ok(id(3)));
            assert_eq!(*third.await.unwrap(), id(3));
            assert!(kept.list().await.unwrap().notes.is_empty());
            kept.close();
            let by = tenor_state::By::system(jiff::Timestamp::UNIX_EPOCH);
            assert_eq!(kept.make(by).await.unwrap_err().kind, RefusalKind::Busy);
            assert!(kept.ready(id(1)).is_none(), "nothing more is begun");
        });
    }
}
