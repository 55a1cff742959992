//! `tenor order create`: a proposal turned into an order, on what AWS sells and what is held now.

use super::desk;
use super::live;
use crate::connect::keep;
use crate::context::Context;
use crate::propose;
use crate::report::Refused;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tenor_bill::AccountId;
use tenor_execute::{Chosen, Encoded as _, Journal as _, LiveAws, Made, Snapshot, Unread, make};
use tenor_ledger::{ContentHash, Event, Moment, ProposalId, SigningKey, Text};
use tenor_order::{Order, Setting, Step, Submission, check_order};
use tenor_state::{ConnectionName, Document, DocumentKind, StoredConnection, read_signing_key};

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

/// What an order is made of.
pub(super) struct Draft {
    /// All zeros where there was none.
    pub(super) proposal: ProposalId,
    pub(super) steps: Vec<Step>,
    pub(super) snapshot: Snapshot,
    pub(super) document: Option<Document>,
}

pub(super) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let kept = propose::read(&propose::find(context, &args.proposal)?)?;
    let chosen = Chosen { steps: args.steps.iter().copied().collect(), changes: args.changes.iter().copied().collect() };
    let numbers: BTreeSet<usize> = kept.proposal.steps.iter().map(|step| step.number).collect();
    if let Some(missing) = chosen.steps.difference(&numbers).next() {
        return Err(Refused::bad_usage(format!("the proposal has no step {missing}")).into());
    }
    let numbers: BTreeSet<usize> = kept.proposal.changes.iter().map(|change| change.number).collect();
    if let Some(missing) = chosen.changes.difference(&numbers).next() {
        return Err(Refused::bad_usage(format!("the proposal has no change {missing}")).into());
    }
    let connection = keep::connection(context, &args.by.connection)?;
    let now = desk::now(context);
    let account = account(&connection);
    let made: Made = live::with(context, "tenor order create", &connection, true, async |aws: &LiveAws| {
        make(&kept.proposal, &chosen, &account, aws, now).await
    })?
    .map_err(unread)?;
    for (what, why) in &made.left {
        context.note(format_args!("left out: {what}: {why}"));
    }
    if made.steps.is_empty() {
        let refused = Refused::new("nothing of the proposal can be done through this connection now");
        return Err(refused.hint("the lines above say why; name another connection, or make a new proposal").into());
    }
    let proposal = proposal_id(kept.id())?;
    let document = Some(Document::new(DocumentKind::Proposal, kept.text.clone()));
    submit(
        context,
        "tenor order create",
        &args.by,
        &connection,
        Draft { proposal, steps: made.steps, snapshot: made.snapshot, document },
        now,
    )
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
pub(super) fn submit(
    context: &Context,
    command: &str,
    by: &By,
    connection: &StoredConnection,
    draft: Draft,
    now: Moment,
) -> anyhow::Result<()> {
    let key: SigningKey = read_signing_key(&by.key)?;
    let name: Text = Text::fitted(connection.name.as_str());
    desk::with_journal(context, command, tenor_ledger::Actor::Person { key: key.public() }, |journal| {
        let (ledger, rails) = {
            let terms = desk::terms(journal.state(), journal.book())?;
            (journal.head().first(), terms.rails)
        };
        let ledger = ledger.ok_or_else(|| Refused::new("there is no ledger yet"))?;
        let agreement = journal.book().agreement(&name);
        let agreement: ContentHash = agreement.ok_or_else(|| Refused::new(format!("the ledger does not know the connection `{name}`")))?;
        match journal.book().keys().get(&key.public()) {
            Some(enrolled) if enrolled.revoked.is_none() => {}
            _ => {
                let refused = Refused::new(format!("the key {} is enrolled for nothing", key.public()));
                return Err(refused.hint("tenor key enrol PUBLIC --name PERSON --role proposer").into());
            }
        }
        let currency = if connection.agreement.connection.partition.as_str() == "aws-cn" { "CNY" } else { "USD" };
        let inventory = draft.snapshot.hash();
        let policy = rails.hash();
        let setting =
            Setting { made: now, ledger, connection: name.clone(), agreement, policy, inventory, currency: Text::fitted(currency) };
        let order = Order::new(draft.proposal, key.public(), setting, draft.steps.clone())?;
        let refusals = check_order(&order, &rails);
        if !refusals.is_empty() {
            for (step, refusal) in &refusals {
                let of = step.map_or_else(|| "the order".to_owned(), |step| format!("step {step}"));
                context.note(format_args!("{of}: {refusal}"));
            }
            return Err(Refused::new("the owner's terms do not allow this order")
                .hint("they are told above; order other steps and changes of the proposal with --step and --change, or have the owner change the terms")
                .into());
        }
        let submission = Submission::sign(&order, None, &key);
        let created = Event::OrderCreated {
            order: order.id(),
            proposal: order.proposal(),
            connection: name,
            policy: order.policy(),
            steps: u32::try_from(order.steps().len())?,
            key: submission.key,
            user: None,
            signature: submission.signature,
        };
        let mut documents =
            vec![Document::new(DocumentKind::Order, order.encode()), Document::new(DocumentKind::Inventory, draft.snapshot.encode())];
        documents.extend(draft.document.clone());
        journal.record(now, &[created], &documents)?;
        crate::output::print_line(&order.id().to_string())?;
        context.note(format_args!(
            "it obliges to {} {currency}; {} must approve it: tenor order show {:.12}",
            order.obligation(),
            rails.approvals_needed,
            order.id().to_string()
        ));
        Ok(())
    })
}
