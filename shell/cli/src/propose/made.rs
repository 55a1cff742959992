//! Proposals that were made: recorded in the ledger, listed, and found by their ids.
//!
//! It never changes one: a proposal is written once, and what became of it is told by the ledger.

use super::{Args, Threads, keep, show as told};
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
use tenor_ledger::{ContentHash, Event, ProposalId};
use tenor_propose::proposal::Proposal;
use tenor_state::{By, StateError, SystemRandomness, View};

/// The folder of proposals in a home.
pub(crate) const FOLDER: &str = "proposals";
/// The policy of a home, for whoever proposes without naming one: the server and schedules.
const POLICY: &str = "policy.toml";
/// A proposal is named by so many digits at least.
const DIGITS_MIN: usize = 6;

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
    pub(crate) proposal: Proposal,
    /// Its document.
    pub(crate) path: PathBuf,
    /// When it was recorded, if it was.
    pub(crate) made: Option<Timestamp>,
    /// Whether an order was made of it.
    pub(crate) is_ordered: bool,
}

impl Settings {
    /// Under the policy of the home where it has one, else the default one; on the youngest prices and all that is known.
    pub(crate) fn of_home(context: &Context, command: &'static str, by: By) -> Self {
        let policy = context.home.join(POLICY);
        // Whatever stands there and cannot be read is told when it is read: a policy that is there is never left out.
        let is_none = fs::symlink_metadata(&policy).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
        let asked = Args { policy: (!is_none).then_some(policy), ..Args::default() };
        Self { asked, command, by }
    }
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

/// Keeps a proposal and records it, both under one lease; what is recorded already is not recorded again.
pub(super) fn record(context: &Context, command: &str, by: &By, proposal: &Proposal, packed: &[u8]) -> anyhow::Result<PathBuf> {
    let (id, inputs): (ProposalId, ContentHash) = (proposal.id.parse()?, proposal.inputs.parse()?);
    let mut state = state::writer(context, command)?;
    // The files first: the ledger never tells of what is not there.
    let path = keep::keep(&context.home.join(FOLDER), proposal, packed)?;
    if !told_by(&state)?.contains_key(&id) {
        // Computing took its time: it is made now.
        let by = By { moment: context.now(), ..by.clone() };
        state.append(&[by.draft(Event::ProposalMade { proposal: id, inputs })], &SystemRandomness::new())?;
    }
    Ok(path)
}

/// The proposals that the ledger tells of, with when they were made.
fn told_by(view: &View) -> Result<BTreeMap<ProposalId, Timestamp>, StateError> {
    view.fold_verified(BTreeMap::new(), |mut all, entry, event| {
        if let Event::ProposalMade { proposal, .. } = event {
            all.entry(*proposal).or_insert(entry.moment.0);
        }
        all
    })
}

/// All proposals that are kept, the newest first; and what could not be read, in words.
///
/// # Errors
/// When nobody can tell which there are, or what the ledger says of them.
pub(crate) fn all(context: &Context) -> anyhow::Result<(Vec<Listed>, Vec<String>)> {
    let (mut listed, mut notes) = (Vec::new(), Vec::new());
    let (mut made, mut ordered) = (BTreeMap::new(), BTreeSet::new());
    if state::has_state(context) {
        let view = state::view(context)?;
        made = told_by(&view)?;
        ordered = view.book()?.orders().map(|(_, record)| record.proposal).collect();
    }
    for (id, path) in folders(context)? {
        match keep::read(&path) {
            Ok(kept) if kept.id() == id.to_string() => {
                let (made, is_ordered) = (made.get(&id).copied(), ordered.contains(&id));
                listed.push(Listed { proposal: kept.proposal, path, made, is_ordered });
            }
            Ok(kept) => notes.push(format!("`{}` is another proposal: {}", path.display(), kept.id())),
            Err(error) => notes.push(format!("{error:#}")),
        }
    }
    let gone = made.keys().filter(|id| !context.home.join(FOLDER).join(id.to_string()).exists());
    notes.extend(gone.map(|id| format!("the proposal {id} was recorded, and its file is gone")));
    listed.sort_by_cached_key(|one| Reverse((one.proposal.as_of.clone(), one.made, one.proposal.id.clone())));
    Ok((listed, notes))
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
        let document = entry.path().join(keep::DOCUMENT);
        if let Some(id) = id.filter(|_| document.exists()) {
            found.push((id, document));
        }
    }
    Ok(found)
}

/// Where a proposal lies: what is named is a file or a folder, else the id of one that is kept, or its first digits.
///
/// # Errors
/// When several begin with these digits.
pub(crate) fn find(context: &Context, name: &Path) -> anyhow::Result<PathBuf> {
    let digits = name.to_str().filter(|digits| digits.len() >= DIGITS_MIN && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let Some(digits) = digits.filter(|_| !name.exists()) else { return Ok(name.to_owned()) };
    let mut found = folders(context)?.into_iter().filter(|(id, _)| id.to_string().starts_with(digits));
    let hint = "list the proposals: tenor propose list";
    match (found.next(), found.next()) {
        (Some((_, path)), None) => Ok(path),
        (None, _) => Err(Refused::new(format!("there is no proposal `{digits}`")).hint(hint).into()),
        (Some(_), Some(_)) => Err(Refused::new(format!("several proposals begin with `{digits}`: name more digits")).hint(hint).into()),
    }
}

/// Prints which there are.
pub(super) fn list(context: &Context) -> anyhow::Result<()> {
    let (listed, notes) = all(context)?;
    notes.iter().for_each(|note| context.note(format_args!("note: {note}")));
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
    for (place, one) in listed.iter().enumerate() {
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
            match (one.is_ordered, place) {
                (true, _) => "ordered".into(),
                (false, 0) => "newest".into(),
                (false, _) => "older".into(),
            },
        ]);
    }
    Ok(context.print(&table)?)
}

/// Prints one.
pub(super) fn show(context: &Context, name: &Path) -> anyhow::Result<()> {
    let kept = keep::read(&find(context, name)?)?;
    let text = if context.format == Format::Json { kept.text } else { told::words(&kept.proposal) };
    write!(output::stdout(), "{text}").and_then(|()| output::stdout().flush())?;
    Ok(())
}
