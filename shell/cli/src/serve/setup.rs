//! How far a home is set up, as the server asks, and the steps that it does: the very functions of `tenor import`, `connect make` and `connect prove`.
//!
//! What takes long goes on in a thread of its own, one at a time. What became of it is remembered while the server runs; what it changed is in the
//! ledger, as theirs who had it done.

use super::access::unread;
use super::begun::Begun;
use crate::access::names::Named;
use crate::connect::calling::CallsMax;
use crate::connect::{make_as, prove_as};
use crate::context::Context;
use crate::order::desk::terms_name;
use crate::{doctor, import, report};
use anyhow::Context as _;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tenor_execute::Terms;
use tenor_lake::store::Lake;
use tenor_ledger::{PublicKey, Text};
use tenor_order::{Book, Role, is_same_person};
use tenor_permit::{PolicyError, Selection};
use tenor_price_list::Store;
use tenor_serve::{Home, Known, NewConnection, OwnFiles, Refusal, RefusalKind, Setup, Standing, StorageFinding};
use tenor_state::{By, ConnectionName, LeaseError, StateError, User, UserRole, View, last_backup};

/// What the lease and its waiters are told.
const COMMAND: &str = "tenor serve";
/// What says when something is done by itself.
const SCHEDULE: &str = "schedule.toml";
/// So many folders are offered.
const FOLDERS_MAX: usize = 200;
/// The folder itself, among those below it.
const HERE: &str = ".";

/// The set-up of a home.
pub(super) struct Stands {
    context: Context,
    home: Home,
    /// Below which folder bills may be imported from.
    import_from: Option<PathBuf>,
    /// What proofs may cost.
    calls_max: CallsMax,
    begun: Arc<Begun>,
}

/// What the state says.
struct OfState {
    connections: Vec<(ConnectionName, Option<Timestamp>)>,
    has_terms: bool,
    approvers: Known<(usize, usize)>,
    is_server_enrolled: bool,
    users: usize,
}

impl Stands {
    pub(super) fn new(context: &Context, home: &Home, import_from: Option<PathBuf>, calls_max: CallsMax) -> Self {
        Self { context: context.clone(), home: home.clone(), import_from, calls_max, begun: Arc::default() }
    }

    /// Begins nothing more.
    pub(super) fn close(&self) {
        self.begun.close();
    }

    /// The same, and waits for what goes on, but no longer than that; what goes on still, in words.
    pub(super) fn end(&self, wait: Duration) -> Option<String> {
        self.begun.end(wait)
    }
}

#[async_trait]
impl Setup for Stands {
    async fn standing(&self) -> Standing {
        let server = self.home.server();
        let state = async {
            let folded = self.home.folded().await?;
            self.home.read(move |view| of_state(view, &folded.book, server)).await
        };
        let state = state.await.map_err(|error: StateError| format!("{:#}", anyhow::Error::from(error)));
        let (context, from) = (self.context.clone(), self.import_from.clone());
        let looked = tokio::task::spawn_blocking(move || of_files(&context, from.as_deref())).await;
        let mut standing = looked.unwrap_or_else(|error| unknown(&error.to_string()));
        standing.home = self.context.home.display().to_string();
        standing.work = self.begun.all();
        match state {
            Ok(found) => {
                standing.connections = Ok(found.connections);
                standing.has_terms = Ok(found.has_terms);
                standing.approvers = found.approvers;
                standing.is_server_enrolled = Ok(found.is_server_enrolled);
                standing.users = Ok(found.users);
            }
            Err(why) => {
                standing.connections = Err(why.clone());
                standing.has_terms = Err(why.clone());
                standing.approvers = Err(why.clone());
                standing.is_server_enrolled = Err(why.clone());
                standing.users = Err(why);
            }
        }
        standing
    }

    async fn files(&self) -> Result<OwnFiles, Refusal> {
        let home = self.context.home.clone();
        let looked = tokio::task::spawn_blocking(move || OwnFiles {
            policy: is_there(&home.join("policy.toml")),
            schedule: is_there(&home.join(SCHEDULE)),
            notify: is_there(&home.join("notify.toml")),
        });
        looked.await.map_err(|error| failed(&anyhow::Error::from(error)))
    }

    async fn storage(&self) -> Result<Vec<StorageFinding>, Refusal> {
        let context = self.context.clone();
        let found = tokio::task::spawn_blocking(move || doctor::of_home(&context)).await;
        let found = found.map_err(|error| failed(&anyhow::Error::from(error)))?;
        let told = |finding: tenor_lake::doctor::Finding| StorageFinding {
            severity: finding.severity.to_string(),
            title: finding.title,
            meaning: finding.meaning,
            what_to_do: finding.what_to_do,
        };
        Ok(found.into_iter().map(told).collect())
    }

    async fn import(&self, folder: &str, by: By) -> Result<(), Refusal> {
        let from = self.import_from.clone();
        let from =
            from.ok_or_else(|| refused("this server imports from no folder".to_owned(), "tenor serve --import-from FOLDER lets it"))?;
        let (asked, what) = (folder.to_owned(), format!("the import of `{folder}`"));
        let below = tokio::task::spawn_blocking(move || below(&from, &asked)).await;
        let found = below.map_err(|error| failed(&anyhow::Error::from(error)))?.map_err(|error| question(&error))?;
        let who = by.clone();
        self.begun.begin(&self.context, what, &who, move |context| {
            let came = import::folder_as(context, found, &by)?;
            let more = if came.remarks == 0 { String::new() } else { format!("; {} remarks: tenor doctor", came.remarks) };
            Ok(format!("{} months of bills, {} of them new or changed{more}", came.periods, came.changed))
        })
    }

    async fn connect(&self, asked: NewConnection, by: By) -> Result<(), Refusal> {
        let context = self.context.clone();
        let made = tokio::task::spawn_blocking(move || -> anyhow::Result<()> {
            let connection = Named::usual(asked.account, asked.trusted, asked.is_member, asked.report).connection()?;
            make_as(&context, COMMAND, &asked.name, (Selection::of(asked.tiers), connection), &by)
        });
        made.await.map_err(|error| failed(&anyhow::Error::from(error)))?.map_err(|error| question(&error))
    }

    async fn prove(&self, name: &ConnectionName, by: By) -> Result<(), Refusal> {
        let asked = name.clone();
        let found = self.home.read(move |view| view.connection(&asked)).await.map_err(unread)?;
        if found.is_none() {
            return Err(refused(format!("there is no connection `{name}`"), "make one first"));
        }
        let (name, who, calls_max) = (name.clone(), by.clone(), self.calls_max);
        self.begun.begin(&self.context, format!("the proof of `{name}`"), &who, move |context| {
            let proved = prove_as(context, COMMAND, &name, calls_max, &by)?;
            let lacking = if proved.lacking == 0 { String::new() } else { format!(", {} do not stand as agreed", proved.lacking) };
            let differs = if proved.differences == 0 { String::new() } else { format!("; {} differences of the role", proved.differences) };
            Ok(format!("it is proved: {} capabilities work{lacking}{differs}", proved.works))
        })
    }
}

fn of_state(view: &View, book: &Book, server: PublicKey) -> Result<OfState, StateError> {
    let own = book.keys().get(&server);
    let is_server_enrolled = own.is_some_and(|held| held.role == Role::Server && held.revoked.is_none());
    Ok(OfState {
        connections: view.connections()?.into_iter().map(|kept| (kept.name, kept.verified.map(|verified| verified.at))).collect(),
        has_terms: book.setting(&terms_name()).is_some(),
        approvers: approvers(view, book, is_server_enrolled)?,
        is_server_enrolled,
        users: view.users()?.iter().filter(|user| user.has_password).count(),
    })
}

/// How many persons may approve: by a key of their own; and, of those without one, by logging in, whom the terms name, who are users with that role, and
/// for whom the server's key counts.
fn approvers(view: &View, book: &Book, is_server_enrolled: bool) -> Result<Known<(usize, usize)>, StateError> {
    let mut by_key: Vec<&Text> = Vec::new();
    for held in book.keys().values().filter(|held| held.role == Role::Approver && held.revoked.is_none()) {
        if !by_key.iter().any(|one| is_same_person(one, &held.person)) {
            by_key.push(&held.person);
        }
    }
    let named = match persons(view, book)? {
        Ok(named) => named,
        Err(why) => return Ok(Err(why)),
    };
    let logs_in = |user: &&User| {
        let name = user.name.text();
        user.role >= UserRole::Approver
            && named.iter().any(|one| is_same_person(one, &name))
            && !by_key.iter().any(|one| is_same_person(one, &name))
    };
    let users = if is_server_enrolled { view.users()? } else { Vec::new() };
    Ok(Ok((by_key.len(), users.iter().filter(logs_in).count())))
}

/// Whom the terms let approve when they are logged in.
fn persons(view: &View, book: &Book) -> Result<Known<BTreeSet<Text>>, StateError> {
    let Some(hash) = book.setting(&terms_name()) else { return Ok(Ok(BTreeSet::new())) };
    let Some(text) = view.document(hash)? else { return Ok(Err("the terms' content is gone".to_owned())) };
    Ok(Terms::read(&text).map(|terms| terms.persons).map_err(|error| error.to_string()))
}

/// All that nobody could look at.
fn unknown(why: &str) -> Standing {
    let why = || why.to_owned();
    Standing {
        home: String::new(),
        bills: Err(why()),
        prices: Err(why()),
        connections: Err(why()),
        has_terms: Err(why()),
        approvers: Err(why()),
        is_server_enrolled: Err(why()),
        users: Err(why()),
        has_schedule: Err(why()),
        backup: Err(why()),
        folders: None,
        work: Vec::new(),
    }
}

fn of_files(context: &Context, import_from: Option<&Path>) -> Standing {
    let said = |error: anyhow::Error| format!("{error:#}");
    Standing {
        bills: bills(context).map_err(said),
        prices: prices(context).map_err(said),
        has_schedule: is_there(&context.home.join(SCHEDULE)),
        backup: last_backup(&context.home).map(|last| last.map(|last| last.made)).map_err(|error| said(error.into())),
        folders: import_from.map(|from| folders(from).map_err(said)),
        ..unknown("nobody looked")
    }
}

/// How many months there are, with the first and the last. A lake that is not there yet is not made.
fn bills(context: &Context) -> anyhow::Result<Option<(usize, String, String)>> {
    let root = context.lake();
    if !root.try_exists()? {
        return Ok(None);
    }
    let snapshot = Lake::open(&root)?.snapshot()?;
    let mut months: Vec<_> = snapshot.periods.iter().map(|held| held.key.period).collect();
    months.sort_unstable();
    months.dedup();
    Ok(months.first().zip(months.last()).map(|(first, last)| (months.len(), first.to_string(), last.to_string())))
}

fn prices(context: &Context) -> anyhow::Result<Option<String>> {
    let held = Store::new(context.prices()).list()?;
    Ok(held.last().map(|youngest| format!("of {}, {}", youngest.date, youngest.currency)))
}

fn is_there(path: &Path) -> Known<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

/// The folders right below one, and itself.
fn folders(from: &Path) -> anyhow::Result<Vec<String>> {
    let cannot = || format!("cannot read `{}`", from.display());
    let (mut found, mut is_empty) = (Vec::new(), true);
    for entry in fs::read_dir(from).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        is_empty = false;
        // A link may lead elsewhere, and is not offered.
        if entry.file_type().with_context(cannot)?.is_dir()
            && let Ok(name) = entry.file_name().into_string()
        {
            found.push(name);
        }
    }
    found.sort();
    if !is_empty {
        found.insert(0, HERE.to_owned());
    }
    found.truncate(FOLDERS_MAX);
    Ok(found)
}

/// The folder that is allowed, and the one that is named, which has to lie below it, wherever links lead; both resolved.
fn below(from: &Path, asked: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
    let whole = |path: &Path| path.canonicalize().with_context(|| format!("cannot read `{}`", path.display()));
    let (from, folder) = (whole(from)?, whole(&from.join(asked))?);
    if !folder.starts_with(&from) {
        let told = format!("`{asked}` does not lie below the folder that the server may import from");
        return Err(report::Refused::new(told).hint("choose one of those that are offered").into());
    }
    Ok((from, folder))
}

fn refused(message: String, hint: &str) -> Refusal {
    Refusal { kind: RefusalKind::Question, message, hint: hint.to_owned() }
}

/// A refusal that whoever asked can mend; without a hint it is a failure.
fn question(error: &anyhow::Error) -> Refusal {
    if let Some(error) = error.downcast_ref::<PolicyError>() {
        return refused(error.to_string(), "choose fewer tiers");
    }
    if let Some(StateError::Lease(held @ LeaseError::Held { .. })) = error.chain().find_map(|cause| cause.downcast_ref::<StateError>()) {
        return Refusal { kind: RefusalKind::Busy, message: held.to_string(), hint: held.hint().to_owned() };
    }
    match report::hint(error) {
        Some(hint) if error.chain().all(|cause| cause.downcast_ref::<StateError>().is_none()) => {
            Refusal { kind: RefusalKind::Question, message: format!("{error:#}"), hint }
        }
        _ => failed(error),
    }
}

fn failed(error: &anyhow::Error) -> Refusal {
    let hint = report::hint(error).unwrap_or_else(|| "look at what the server says where it runs".to_owned());
    Refusal { kind: RefusalKind::Failed, message: format!("{error:#}"), hint }
}

#[cfg(test)]
mod tests {
    use super::{below, folders, question};
    use std::fs;
    use std::os::unix::fs::symlink;
    use tenor_lake::source::{Location, discover};
    use tenor_serve::RefusalKind;
    use tenor_state::{Holder, LeaseError, StateError};

    #[test]
    fn only_what_lies_below_the_folder_that_is_allowed_is_imported() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("bills");
        fs::create_dir_all(from.join("cur")).unwrap();
        fs::create_dir(folder.path().join("bills-secret")).unwrap();
        symlink(folder.path(), from.join("out")).unwrap();
        assert_eq!(folders(&from).unwrap(), [".", "cur"]);
        let (root, folder) = below(&from, "cur").unwrap();
        assert!(root.ends_with("bills") && folder.ends_with("bills/cur"));
        assert!(below(&from, ".").unwrap().1.ends_with("bills"));
        for outside in ["..", "../bills-secret", "out", "/", "/etc", "cur/../.."] {
            let error = below(&from, outside).unwrap_err().to_string();
            assert_eq!(error, format!("`{outside}` does not lie below the folder that the server may import from"));
        }
        assert!(below(&from, "nothing").is_err());
    }

    #[test]
    fn a_link_further_down_leads_to_nothing_outside_either() {
        let folder = tempfile::tempdir().unwrap();
        let (from, secret) = (folder.path().join("bills"), folder.path().join("secret"));
        fs::create_dir_all(from.join("cur")).unwrap();
        fs::create_dir(&secret).unwrap();
        fs::write(secret.join("a.csv"), "a\n").unwrap();
        for (target, link) in [(&secret, "cur/more"), (&secret.join("a.csv"), "cur/a.csv")] {
            symlink(target, from.join(link)).unwrap();
            for asked in [".", "cur"] {
                let (root, path) = below(&from, asked).unwrap();
                let error = format!("{:#}", anyhow::Error::from(discover(&Location::Below { path, root }, None).unwrap_err()));
                assert!(error.ends_with("it leads out of the folder that may be read"), "{asked} {link}: {error}");
            }
            fs::remove_file(from.join(link)).unwrap();
        }
    }

    #[test]
    fn another_writer_is_no_failure() {
        let held = LeaseError::Held { home: "/srv/tenor".into(), holder: Holder::Unnamed };
        let refusal = question(&anyhow::Error::from(StateError::from(held)));
        assert_eq!((refusal.kind, refusal.hint.as_str()), (RefusalKind::Busy, "wait for it to end, or end it"));
        assert!(refusal.message.starts_with("another process is writing to"), "{}", refusal.message);
    }
}
