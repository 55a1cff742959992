//! `tenor order create`: a proposal turned into an order, on what AWS sells and what is held now.

use super::desk;
use super::live;
use super::signer::{Doing, Signer};
use crate::connect::keep;
use crate::context::Context;
use crate::propose;
use crate::report::Refused;
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::PathBuf;
use tenor_bill::AccountId;
use tenor_execute::{Chosen, Encoded as _, Journal as _, Kept, LiveAws, Made, Snapshot, Unread, make};
use tenor_ledger::{ContentHash, Event, Moment, OrderId, ProposalId, Text};
use tenor_order::{Order, OrderStanding, Record, Setting, Step, StepState, Submission, check_order, overlap};
use tenor_state::{ConnectionName, Document, DocumentKind, StoredConnection, UserRole};

/// Of an order that carries no proposal out.
pub(super) const NO_PROPOSAL: ProposalId = ProposalId::from_bytes([0; 32]);

/// Arguments of `tenor order create`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The proposal: its id, the first digits of it, or the file or folder that `tenor propose` kept.
    #[arg(value_name = "PROPOSAL")]
    proposal: PathBuf,

    /// Only these of its steps, by their numbers; and of its changes only those named with --change.
    #[arg(long = "step", value_name = "NUMBER")]
    steps: Vec<usize>,

    /// Only these of its changes of what is held, by their numbers; and of its steps only those named with --step.
    #[arg(long = "change", value_name = "NUMBER")]
    changes: Vec<usize>,

    /// Make it although another proposal's order buys for the same need, or bought since the bill ends, or a newer proposal stands.
    #[arg(long)]
    again: bool,

    #[command(flatten)]
    by: By,
}

/// Through which connection, and who makes it.
#[derive(Debug, clap::Args)]
pub(super) struct By {
    /// The connection of the account that acts.
    #[arg(long, value_name = "NAME")]
    pub(super) connection: ConnectionName,

    /// The file of the key of whoever makes the order (tenor key make).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

impl By {
    /// Who makes it.
    pub(super) fn signer(&self) -> anyhow::Result<Signer> {
        Signer::of_file(&self.key)
    }
}

/// Whether an order may be made while another one does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twice {
    /// Whoever says so knows.
    Allowed,
    /// Other steps of the same proposal, but nothing for which another proposal's order buys.
    Parts,
    /// A form that is sent twice is no second order.
    Refused,
}

/// An order that was made.
pub(crate) struct Placed {
    pub(crate) order: Order,
    /// So many have to agree.
    needed: NonZeroU32,
}

/// What an order is made of.
pub(super) struct Draft {
    /// All zeros where there was none.
    pub(super) proposal: ProposalId,
    pub(super) steps: Vec<Step>,
    pub(super) snapshot: Snapshot,
    pub(super) document: Option<Document>,
    pub(super) twice: Twice,
    /// The moment before which the proposal knows what is used and held; none where there was no proposal.
    pub(super) known_until: Option<Moment>,
}

pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let kept = propose::find(context, &args.proposal)?;
    let chosen = Chosen { steps: args.steps.iter().copied().collect(), changes: args.changes.iter().copied().collect() };
    let numbers: BTreeSet<usize> = kept.proposal.steps.iter().map(|step| step.number).collect();
    if let Some(missing) = chosen.steps.difference(&numbers).next() {
        return Err(Refused::bad_usage(format!("the proposal has no step {missing}")).into());
    }
    let numbers: BTreeSet<usize> = kept.proposal.changes.iter().map(|change| change.number).collect();
    if let Some(missing) = chosen.changes.difference(&numbers).next() {
        return Err(Refused::bad_usage(format!("the proposal has no change {missing}")).into());
    }
    let signer = args.by.signer()?;
    let doing = Doing { context, command: "tenor order create", signer: &signer, tell: &|text: &str| context.note(text) };
    let twice = if args.again { Twice::Allowed } else { Twice::Parts };
    let placed = create_as(&doing, &kept, &chosen, &args.by.connection, twice)?;
    placed.tell(context)
}

/// Makes an order of the chosen parts of a proposal, on what AWS sells and what is held now.
///
/// # Errors
/// When nothing of it can be done, the terms do not allow it, AWS cannot be read, or whoever makes it may not.
pub(crate) fn create_as(
    doing: &Doing<'_>,
    kept: &propose::Kept,
    chosen: &Chosen,
    connection: &ConnectionName,
    twice: Twice,
) -> anyhow::Result<Placed> {
    let context = doing.context;
    if twice != Twice::Allowed
        && let Some(newer) = propose::newer(context, kept)?
    {
        let refused =
            Refused::new(format!("the proposal {:.12} is newer: this one knows less of what is used and held", newer.to_string()));
        return Err(refused.hint("order that one; `tenor order create --again` orders this one all the same").into());
    }
    let known_until = Some(Moment(propose::known_until(kept)?));
    let connection = keep::connection(context, connection)?;
    let now = desk::now(context);
    let account = account(&connection);
    let made: Made = live::with(context, doing.command, &connection, true, &doing.errand(), async |aws: &LiveAws| {
        make(&kept.proposal, chosen, &account, aws, now).await
    })?
    .map_err(unread)?;
    for (what, why) in &made.left {
        (doing.tell)(&format!("left out: {what}: {why}"));
    }
    if made.steps.is_empty() {
        let refused = Refused::new("nothing of the proposal can be done through this connection now");
        return Err(refused.hint("the lines above say why; name another connection, or make a new proposal").into());
    }
    let proposal = proposal_id(kept.id())?;
    let document = Some(Document::new(DocumentKind::Proposal, kept.text.clone()));
    submit(doing, &connection, Draft { proposal, steps: made.steps, snapshot: made.snapshot, document, twice, known_until }, now)
}

impl Placed {
    /// Its id on stdout, and what it takes.
    pub(super) fn tell(&self, context: &Context) -> anyhow::Result<()> {
        let (id, order) = (self.order.id().to_string(), &self.order);
        crate::output::print_line(&id)?;
        context.note(format_args!(
            "it obliges to {} {}; {} must approve it: tenor order show {id:.12}",
            order.obligation(),
            order.currency(),
            self.needed
        ));
        Ok(())
    }
}

pub(super) fn account(connection: &StoredConnection) -> AccountId {
    super::live::account(&connection.agreement)
}

pub(super) fn unread(unread: Unread) -> anyhow::Error {
    let refused = Refused::new(format!("AWS could not be read: {unread}"));
    refused.hint("nothing is ordered on what cannot be seen; tenor access verify says what the role lacks").into()
}

/// A proposal's own hash is BLAKE3 of its document, which the ledger takes as it is.
fn proposal_id(id: &str) -> anyhow::Result<ProposalId> {
    Ok(id.parse()?)
}

/// Signs and records the order.
pub(super) fn submit(doing: &Doing<'_>, connection: &StoredConnection, draft: Draft, now: Moment) -> anyhow::Result<Placed> {
    let signer = doing.signer;
    let name: Text = Text::fitted(connection.name.as_str());
    desk::with_journal(doing.context, doing.command, signer.actor(), |journal| {
        signer.still(journal.state(), UserRole::Analyst)?;
        let (ledger, rails) = {
            let terms = desk::terms(journal.state(), journal.book())?;
            (journal.head().first(), terms.rails)
        };
        let ledger = ledger.ok_or_else(|| Refused::new("there is no ledger yet"))?;
        let agreement = journal.book().agreement(&name);
        let agreement: ContentHash = agreement.ok_or_else(|| Refused::new(format!("the ledger does not know the connection `{name}`")))?;
        signer.person(journal.book())?;
        let currency = if connection.agreement.connection.partition.as_str() == "aws-cn" { "CNY" } else { "USD" };
        let inventory = draft.snapshot.hash();
        let policy = rails.hash();
        let setting =
            Setting { made: now, ledger, connection: name.clone(), agreement, policy, inventory, currency: Text::fitted(currency) };
        let order = Order::new(draft.proposal, signer.key().public(), setting, draft.steps.clone())?;
        if draft.twice == Twice::Refused
            && let Some((other, record)) = same(journal, &order)
        {
            let refused = Refused::new(format!("the order {:.12} does the same, and is under way or done", other.to_string()));
            return Err(refused.hint(way_on(record)).into());
        }
        if draft.twice != Twice::Allowed
            && let Some(known_until) = draft.known_until
        {
            refuse_overlap(journal, &order, known_until)?;
        }
        let refusals = check_order(&order, &rails);
        if !refusals.is_empty() {
            for (step, refusal) in &refusals {
                let of = step.map_or_else(|| "the order".to_owned(), |step| format!("step {step}"));
                (doing.tell)(&format!("{of}: {refusal}"));
            }
            return Err(Refused::new("the owner's terms do not allow this order")
                .hint("they are told above; order other steps and changes of the proposal with --step and --change, or have the owner change the terms")
                .into());
        }
        let submission = Submission::sign(&order, signer.user().cloned(), signer.key());
        let created = Event::OrderCreated {
            order: order.id(),
            proposal: order.proposal(),
            connection: name,
            policy: order.policy(),
            steps: u32::try_from(order.steps().len())?,
            key: submission.key,
            user: submission.user,
            signature: submission.signature,
        };
        let mut documents =
            vec![Document::new(DocumentKind::Order, order.encode()), Document::new(DocumentKind::Inventory, draft.snapshot.encode())];
        documents.extend(draft.document.clone());
        journal.record(now, &[created], &documents)?;
        Ok(Placed { order, needed: rails.approvals_needed })
    })
}

/// Refuses what another proposal's order buys or bought, of which this one's proposal cannot know: the same need would be met twice.
fn refuse_overlap(journal: &Kept<'_>, order: &Order, known_until: Moment) -> anyhow::Result<()> {
    let Some(found) = overlap(order, known_until, journal.book(), journal.orders())? else { return Ok(()) };
    let shown = |moment: Moment| moment.0.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let which = format!("step {} of the order {:.12}, of another proposal,", found.step, found.order.to_string());
    let refused = match found.bought {
        None => Refused::new(format!("{which} buys for the same need, and is open")).hint(
            "reject or stop that order; or carry it out, and propose again once the bill has it. `tenor order create --again` orders this one beside it",
        ),
        Some(at) => Refused::new(format!(
            "{which} bought for the same need at {}, and this proposal knows what was held before {}",
            shown(at),
            shown(known_until)
        ))
        .hint("propose again once the bill has it (tenor import, then tenor propose); `tenor order create --again` orders this all the same"),
    };
    Err(refused.into())
}

/// What to do about an order that does the same.
fn way_on(record: &Record) -> &'static str {
    if record.standing() == OrderStanding::Waiting && record.steps.iter().any(|course| course.state() == StepState::Planned) {
        "reject or stop that one first; `tenor order create --step` orders parts of a proposal again"
    } else {
        "what it did, or may have done, is not ordered twice; `tenor order create --step` orders the other parts of its proposal"
    }
}

/// An order that does the same, and may still do it, or has done any of it.
fn same<'a>(journal: &'a Kept<'_>, order: &Order) -> Option<(OrderId, &'a Record)> {
    let is_same = |other: &Order| {
        if order.proposal() != NO_PROPOSAL {
            // An account is the same, whatever the connection to it is called.
            let is_there = |account: &AccountId| other.steps().iter().any(|step| step.account == *account);
            return other.proposal() == order.proposal() && order.steps().iter().any(|step| is_there(&step.account));
        }
        let is_step = |step: &Step, own: &Step| own.action == step.action && own.object == step.object;
        other.steps().iter().any(|step| order.steps().iter().any(|own| is_step(step, own)))
    };
    let mut all = journal.book().orders();
    all.find(|(id, record)| {
        let is_stopped = record.steps.iter().all(|course| course.state().is_final());
        let is_open = (record.standing() == OrderStanding::Waiting && !is_stopped)
            || record.steps.iter().any(|course| course.state().may_have_cost());
        is_open && journal.orders().get(id).is_some_and(is_same)
    })
}
