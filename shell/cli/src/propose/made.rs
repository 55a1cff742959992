//! Proposals that were made: recorded in the ledger, listed, and found by their ids.
//!
//! It never changes one: a proposal is written once, and what became of it is told by the ledger.

use super::{Args, Kept, Threads, keep, show as told};
use crate::connect::keep as state;
use crate::context::Context;
use crate::output::{self, Cell, Column, Format, Table};
use crate::report::Refused;
use anyhow::Context as _;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tenor_ledger::{ContentHash, Event, Head, ProposalId};
use tenor_propose::proposal::{Inputs, Proposal};
use tenor_state::{By, StateError, SystemRandomness, View};

/// The folder of proposals in a home.
pub(super) const FOLDER: &str = "proposals";
/// The policy of a home, for whoever proposes without naming one: the server and schedules.
const POLICY: &str = "policy.toml";
/// A proposal is named by so many digits at least.
const DIGITS_MIN: usize = 6;
/// All of them.
const DIGITS_MAX: usize = 64;

/// What a proposal is computed from where no command line says it, and who has it made.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// As the arguments of `tenor propose`.
    pub(crate) asked: Args,
    /// What the lease and its waiters are told.
    pub(crate) command: &'static str,
    /// Who has it made.
    pub(crate) by: By,
}

/// A proposal that is kept.
pub(crate) struct Listed {
    pub(crate) id: ProposalId,
    pub(crate) proposal: Proposal,
    /// When it was recorded, if it was.
    pub(crate) made: Option<Timestamp>,
    /// Whether an order was made of it.
    pub(crate) is_ordered: bool,
    /// Whether it is recorded, and none that is is newer.
    pub(crate) is_newest: bool,
}

/// What the ledger says of proposals.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Where the ledger ended; none of one that is not there.
    head: Option<Head>,
    /// When each was recorded.
    pub(crate) made: BTreeMap<ProposalId, Timestamp>,
    /// Those that an order was made of.
    pub(crate) ordered: BTreeSet<ProposalId>,
}

impl Settings {
    /// Under the policy of the home where it has one, else the default one; on the youngest prices and all that is known.
    pub(crate) fn of_home(context: &Context, command: &'static str, by: By) -> Self {
        Self { asked: Args { policy: policy_of(context), ..Args::default() }, command, by }
    }
}

/// The home's own policy; nothing where it has none.
pub(super) fn policy_of(context: &Context) -> Option<PathBuf> {
    let policy = context.home.join(POLICY);
    // Whatever stands there and cannot be read is told when it is read: a policy that is there is never left out.
    let is_none = fs::symlink_metadata(&policy).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    (!is_none).then_some(policy)
}

/// Computes a proposal, keeps it with its inputs, and records that it was made.
///
/// # Errors
/// When there is too little to compute one of, it cannot be kept, or another process writes to the home.
pub(crate) fn make_kept(context: &Context, settings: &Settings) -> anyhow::Result<ProposalId> {
    let workers = Threads::new(settings.asked.threads.map(usize::from));
    let inputs = super::inputs(context, &settings.asked)?;
    let (proposal, _) = super::make(context, &inputs, Some((settings.command, &settings.by)), &workers)?;
    Ok(proposal.id.parse()?)
}

/// Keeps a proposal and records it; what is recorded already is not recorded again. Where another process writes to the home it is kept all the
/// same: computing it took long, and the same command records it later.
pub(super) fn record(context: &Context, command: &str, by: &By, proposal: &Proposal, packed: &[u8]) -> anyhow::Result<PathBuf> {
    let (id, inputs): (ProposalId, ContentHash) = (proposal.id.parse()?, proposal.inputs.parse()?);
    // The files first: the ledger never tells of what is not there.
    let path = keep::keep(&context.home.join(FOLDER), proposal, packed)?;
    let record = || -> anyhow::Result<()> {
        let mut state = state::writer(context, command)?;
        if !Told::by(&state)?.made.contains_key(&id) {
            // Computing took its time: it is made now.
            let by = By { moment: context.now(), ..by.clone() };
            state.append(&[by.draft(Event::ProposalMade { proposal: id, inputs })], &SystemRandomness::new())?;
        }
        Ok(())
    };
    record().with_context(|| format!("kept as `{}`, not recorded", path.display()))?;
    Ok(path)
}

impl Told {
    /// What the ledger of a home says now, folded anew only where it is not as long as what was folded before.
    ///
    /// # Errors
    /// When the ledger cannot be read, or is not whole.
    pub(crate) fn of(context: &Context, before: Option<Arc<Self>>) -> anyhow::Result<Arc<Self>> {
        if !state::has_state(context) {
            return Ok(Arc::default());
        }
        let view = state::view(context)?;
        let head = view.ledger_head()?;
        if let Some(same) = before.filter(|before| before.head == Some(head)) {
            return Ok(same);
        }
        // What is appended meanwhile is in it too: then it is folded again the next time, which does no harm.
        Ok(Arc::new(Self { head: Some(head), ..Self::by(&view)? }))
    }

    fn by(view: &View) -> Result<Self, StateError> {
        view.fold_verified(Self::default(), |mut told, entry, event| {
            match event {
                Event::ProposalMade { proposal, .. } => {
                    told.made.entry(*proposal).or_insert(entry.moment.0);
                }
                Event::OrderCreated { proposal, .. } => {
                    told.ordered.insert(*proposal);
                }
                _ => {}
            }
            told
        })
    }
}

/// What whoever looks at all of them should know.
pub(crate) struct Noted {
    /// In words that name no file.
    pub(crate) told: String,
    /// Why; it may name files.
    pub(crate) cause: Option<String>,
}

/// All proposals that are kept, the newest first; and what could not be read.
///
/// # Errors
/// When nobody can tell which there are.
pub(crate) fn all(context: &Context, told: &Told) -> anyhow::Result<(Vec<Listed>, Vec<Noted>)> {
    let (mut listed, mut notes) = (Vec::new(), Vec::new());
    for (id, path) in folders(context)? {
        match keep::read_as(&path, id) {
            Ok(kept) => {
                let made = told.made.get(&id).copied();
                listed.push(Listed { id, proposal: kept.proposal, made, is_ordered: told.ordered.contains(&id), is_newest: false });
            }
            Err(error) => notes.push(Noted { told: format!("the proposal {id} could not be read"), cause: Some(format!("{error:#}")) }),
        }
    }
    listed.sort_by_cached_key(|one| Reverse(rank(&one.proposal.as_of, one.made, one.id)));
    // One that cannot be read may be newer than all that can.
    if notes.is_empty()
        && let Some(newest) = listed.iter_mut().find(|one| one.made.is_some())
    {
        newest.is_newest = true;
    }
    let gone = told.made.keys().filter(|id| !folder_of(context, **id).exists());
    notes.extend(gone.map(|id| Noted { told: format!("the proposal {id} was recorded, and its file is gone"), cause: None }));
    Ok((listed, notes))
}

/// Whether a proposal is the newest of those that are recorded and kept, as [`all`] has it.
///
/// # Errors
/// As [`newest`].
pub(crate) fn is_newest(
    context: &Context,
    told: &Told,
    id: ProposalId,
    decided: &mut BTreeMap<ProposalId, String>,
) -> anyhow::Result<bool> {
    Ok(newest(context, told, decided)? == Some(id))
}

/// The newest of the proposals that are recorded and kept; none where one cannot be read, which may be newer. `decided` has what was read of them
/// before: each is read once, since none ever changes.
///
/// # Errors
/// When nobody can tell which there are.
pub(crate) fn newest(context: &Context, told: &Told, decided: &mut BTreeMap<ProposalId, String>) -> anyhow::Result<Option<ProposalId>> {
    let mut newest = None;
    for (kept, path) in folders(context)? {
        let as_of = match decided.get(&kept) {
            Some(as_of) => as_of.clone(),
            None => match keep::read_as(&path, kept) {
                Ok(read) => decided.entry(kept).or_insert(read.proposal.as_of).clone(),
                Err(_) => return Ok(None),
            },
        };
        if let Some(made) = told.made.get(&kept) {
            newest = newest.max(Some(rank(&as_of, Some(*made), kept)));
        }
    }
    Ok(newest.map(|(_, _, newest)| newest))
}

/// The newest of the recorded proposals that are newer than this one and of the same payer, if there is any.
///
/// # Errors
/// When nobody can tell: one that cannot be read, or is gone, may be it.
pub(crate) fn newer(context: &Context, kept: &Kept, inputs: &Inputs) -> anyhow::Result<Option<ProposalId>> {
    let told = Told::of(context, None)?;
    let own: ProposalId = kept.id().parse()?;
    let own_made = told.made.get(&own).copied();
    // One that nobody recorded is as old as what it knows.
    let since = own_made.map_or_else(|| known_until(kept), Ok)?;
    let mut newer = Vec::new();
    for (id, made) in told.made.iter().filter(|(id, _)| **id != own) {
        let path = folder_of(context, *id);
        if !is_kept(&path) {
            if *made <= since {
                continue;
            }
            let gone = Refused::new(format!("the proposal {:.12} was recorded later, and its file is gone", id.to_string()));
            return Err(gone.hint("it may be newer: restore its folder, or make a new proposal").into());
        }
        let other = keep::read_as(&path.join(keep::DOCUMENT), *id)?;
        let (ours, theirs) = (&kept.proposal.as_of, &other.proposal.as_of);
        let is_newer = if own_made.is_none() { theirs > ours } else { rank(theirs, Some(*made), *id) > rank(ours, own_made, own) };
        if is_newer {
            newer.push((rank(theirs, Some(*made), *id), other));
        }
    }
    newer.sort_by(|(one, _), (other, _)| other.cmp(one));
    for ((_, _, id), other) in newer {
        if is_of_same_payer(inputs, &keep::recorded(&other.path, other.inputs_hash())?) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Whether inputs are of one payer. Where it is not recorded, those that have no account in common are not.
pub(crate) fn is_of_same_payer(one: &Inputs, other: &Inputs) -> bool {
    match (&one.payer, &other.payer) {
        (Some(one), Some(other)) => one == other,
        _ => !accounts(one).is_disjoint(&accounts(other)),
    }
}

/// The accounts that inputs name: who pays, who buys, who uses, and whose is what is held.
pub(crate) fn accounts(inputs: &Inputs) -> BTreeSet<&str> {
    let held = inputs.held_reservations.iter().map(|held| &held.id).chain(inputs.held_plans.iter().map(|held| &held.id));
    let owners = held.filter_map(|arn| arn.split(':').nth(4));
    let buyers = inputs.classes.iter().map(|class| class.buyer.as_str());
    let users = inputs.lines.iter().map(|line| line.account.as_str());
    let all = buyers.chain(users).chain(owners).chain(inputs.payer.as_deref());
    all.filter(|account| !account.is_empty()).collect()
}

/// Whether two accounts buy for groups of a proposal that share nothing.
pub(crate) fn are_apart(inputs: &Inputs, one: &str, other: &str) -> bool {
    let groups = |account: &str| -> BTreeSet<&str> {
        inputs.classes.iter().filter(|class| class.buyer == account).map(|class| class.name.as_str()).collect()
    };
    let (ours, theirs) = (groups(one), groups(other));
    !ours.is_empty() && !theirs.is_empty() && ours.is_disjoint(&theirs)
}

/// The moment before which a proposal knows what was used and held: the end of its last hour of usage.
///
/// # Errors
/// When it says none.
pub(crate) fn known_until(kept: &Kept) -> anyhow::Result<Timestamp> {
    let as_of = &kept.proposal.as_of;
    as_of.parse().with_context(|| format!("the proposal {} says as of when it is by `{as_of}`, which is no moment", kept.id()))
}

/// What proposals go by, the newest last.
fn rank(as_of: &str, made: Option<Timestamp>, id: ProposalId) -> (String, Option<Timestamp>, ProposalId) {
    (as_of.to_owned(), made, id)
}

/// Where a proposal is kept, if it is.
pub(crate) fn folder_of(context: &Context, id: ProposalId) -> PathBuf {
    context.home.join(FOLDER).join(id.to_string())
}

/// Whether a folder has the document of a proposal. One that cannot be looked at is there.
pub(crate) fn is_kept(folder: &Path) -> bool {
    !fs::symlink_metadata(folder.join(keep::DOCUMENT)).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// The folders of proposals that have a document: without one, what was to be kept was not.
fn folders(context: &Context) -> anyhow::Result<Vec<(ProposalId, PathBuf)>> {
    let folder = context.home.join(FOLDER);
    let cannot = || format!("cannot read `{}`", folder.display());
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(anyhow::Error::new(error).context(cannot())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.with_context(cannot)?;
        let id: Option<ProposalId> = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some(id) = id.filter(|_| is_kept(&entry.path())) {
            found.push((id, entry.path().join(keep::DOCUMENT)));
        }
    }
    Ok(found)
}

/// The proposal that is named: a file or a folder, else as [`named`] has it. What looks like an id is one: a file of that name has to hold it.
///
/// # Errors
/// When there is none, several begin with these digits, or it cannot be read.
pub(crate) fn find(context: &Context, name: &Path) -> anyhow::Result<Kept> {
    let digits = name.to_str().filter(|name| is_digits(name));
    if let Some(digits) = digits.filter(|_| !name.exists()) {
        return named(context, digits);
    }
    let kept = keep::read(name)?;
    if let Some(digits) = digits.filter(|digits| !kept.id().starts_with(digits)) {
        let other = format!("`{digits}` is a file here, and the proposal in it is another one: {}", kept.id());
        return Err(Refused::new(other).hint(format!("name the file as ./{digits}, or the proposal from another folder")).into());
    }
    Ok(kept)
}

/// The proposal of an id, or of which the id begins so, among those that are kept.
///
/// # Errors
/// When there is none, several begin with these digits, or it cannot be read.
pub(crate) fn named(context: &Context, digits: &str) -> anyhow::Result<Kept> {
    let refused = |why: String| -> anyhow::Result<Kept> { Err(Refused::new(why).hint("list the proposals: tenor propose list").into()) };
    if !is_digits(digits) {
        return refused(format!("`{digits}` names no proposal: write its id, or the first {DIGITS_MIN} digits of it at least"));
    }
    let mut found = folders(context)?.into_iter().filter(|(id, _)| id.to_string().starts_with(digits));
    match (found.next(), found.next()) {
        (Some((id, path)), None) => keep::read_as(&path, id),
        (None, _) => refused(format!("there is no proposal `{digits}`")),
        (Some(_), Some(_)) => refused(format!("several proposals begin with `{digits}`: name more digits")),
    }
}

fn is_digits(name: &str) -> bool {
    (DIGITS_MIN..=DIGITS_MAX).contains(&name.len()) && name.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Prints which there are.
pub(super) fn list(context: &Context) -> anyhow::Result<()> {
    let (listed, notes) = all(context, Told::of(context, None)?.as_ref())?;
    notes.iter().for_each(|note| context.note(format_args!("note: {}", note.cause.as_ref().unwrap_or(&note.told))));
    let mut table = Table::new([
        Column::text("proposal", "Proposal"),
        Column::text("as_of", "As of"),
        Column::text("made", "Recorded"),
        Column::number("steps", "Steps"),
        Column::number("changes", "Changes"),
        Column::number("savings", "Savings"),
        Column::number("obligation", "Obligation"),
        Column::number("gap", "Gap"),
        Column::text("standing", "Standing"),
    ]);
    for one in &listed {
        let summary = &one.proposal.summary;
        table.row([
            one.proposal.id.as_str().into(),
            one.proposal.as_of.as_str().into(),
            one.made.map_or(Cell::Null, |made| made.strftime("%Y-%m-%d %H:%M").to_string().into()),
            Cell::Count(one.proposal.steps.len() as u64),
            Cell::Count(one.proposal.changes.len() as u64),
            told::money(&summary.savings.expected),
            told::money(&summary.obligation),
            told::share(&one.proposal.certificate.gap),
            match (one.is_ordered, one.is_newest, one.made) {
                (true, ..) => "ordered".into(),
                (false, true, _) => "newest".into(),
                (false, false, Some(_)) => "older".into(),
                (false, false, None) => "not recorded".into(),
            },
        ]);
    }
    Ok(context.print(&table)?)
}

/// Prints one.
pub(super) fn show(context: &Context, name: &Path) -> anyhow::Result<()> {
    let kept = find(context, name)?;
    let text = if context.format == Format::Json { kept.text } else { told::words(&kept.proposal) };
    write!(output::stdout(), "{text}").and_then(|()| output::stdout().flush())?;
    Ok(())
}
