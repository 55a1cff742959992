//! `tenor order create`: a proposal turned into an order, on what AWS sells and what is held now.

use super::desk::{self, Desk};
use super::left::not_met;
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
use tenor_order::{Order, OrderStanding, Record, Setting, Step, StepState, Submission, check_order};
use tenor_propose::proposal::Inputs;
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

    /// Make it although this other order meets the same need, or does the same: its id, or the first digits of it. May be said of several. Of two that
    /// are still to be run, the one that runs second is stopped at what the first one bought; where they are of two accounts it would not be, and so
    /// that is refused.
    #[arg(long, value_name = "ORDER")]
    again: Vec<String>,

    /// Make it although a newer proposal stands.
    #[arg(long)]
    older: bool,

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
    /// Other changes of what is held; of a proposal each step is looked at by itself.
    Allowed,
    /// A form that is sent twice is no second order.
    Refused,
}

/// What whoever makes an order of a proposal knows better.
#[derive(Debug, Default)]
pub(crate) struct Meant {
    /// Beside these orders it is made, whatever they buy.
    again: BTreeSet<OrderId>,
    /// A newer proposal is passed over.
    older: bool,
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
    /// What the proposal knows; none where there was none.
    pub(super) known: Option<Knows>,
}

/// What a proposal knows of what is used and held, and what whoever orders it knows beside that.
pub(super) struct Knows {
    /// The end of its usage, and no later than now.
    pub(super) until: Moment,
    pub(super) inputs: Inputs,
    pub(super) again: BTreeSet<OrderId>,
    /// Whether the changes of what is held among the steps were named one by one.
    pub(super) names_changes: bool,
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
    let meant = Meant { again: named(context, &args.again)?, older: args.older };
    let placed = create_as(&doing, &kept, &chosen, &args.by.connection, &meant)?;
    placed.tell(context)
}

/// Orders by their ids, or the first digits of them.
fn named(context: &Context, orders: &[String]) -> anyhow::Result<BTreeSet<OrderId>> {
    if orders.is_empty() {
        return Ok(BTreeSet::new());
    }
    let desk = Desk::open(&keep::view(context)?)?;
    orders.iter().map(|digits| desk.find(digits).map(|(id, ..)| id)).collect()
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
    meant: &Meant,
) -> anyhow::Result<Placed> {
    let context = doing.context;
    let inputs = propose::recorded(&kept.path, kept.inputs_hash())?;
    if !meant.older
        && let Some(newer) = propose::newer(context, kept, &inputs)?
    {
        let refused =
            Refused::new(format!("the proposal {:.12} is newer: this one knows less of what is used and held", newer.to_string()));
        return Err(refused.hint("order that one; `tenor order create --older` orders this one all the same").into());
    }
    let connection = keep::connection(context, connection)?;
    let now = desk::now(context);
    let until = Moment(propose::known_until(kept)?).min(now);
    let known = Some(Knows { until, inputs, again: meant.again.clone(), names_changes: !chosen.changes.is_empty() });
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
    submit(doing, &connection, Draft { proposal, steps: made.steps, snapshot: made.snapshot, document, twice: Twice::Allowed, known }, now)
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
        let mut order = Order::new(draft.proposal, signer.key().public(), setting.clone(), draft.steps.clone())?;
        if draft.twice == Twice::Refused
            && let Some((other, record)) = same(journal, &order)
        {
            let refused = Refused::new(format!("the order {:.12} does the same, and is under way or done", other.to_string()));
            return Err(refused.hint(way_on(record)).into());
        }
        if let Some(known) = &draft.known
            && let Some(left) = not_met(doing, journal, &order, known)?
        {
            order = Order::new(draft.proposal, signer.key().public(), setting, left)?;
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

/// What to do about an order that does the same.
fn way_on(record: &Record) -> &'static str {
    if record.standing() == OrderStanding::Waiting && record.steps.iter().any(|course| course.state() == StepState::Planned) {
        "reject or stop that one first"
    } else {
        "what it did, or may have done, is not ordered twice"
    }
}

/// An order that does the same, and may still do it, or has done any of it.
fn same<'a>(journal: &'a Kept<'_>, order: &Order) -> Option<(OrderId, &'a Record)> {
    let is_same = |other: &Order| {
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
