//! What each job does: the very functions of the commands, with what they print caught, and what people are told of it queued.

use super::digest::digest;
use super::file::Work;
use crate::connect::keep;
use crate::context::Context;
use crate::notify::{Fact, Notify, of_finding};
use crate::output::{self, Format};
use crate::report;
use crate::{import, keeping, ledger, prices, propose, watch};
use jiff::Timestamp;
use std::fs;
use std::io;
use std::path::Path;
use tenor_notify::Kind;
use tenor_serve::jobs::Failure;
use tenor_state::{ConnectionName, LedgerError};

/// What the lease and its waiters are told.
const COMMAND: &str = "tenor schedule";
/// So many findings are told one by one; of the others their number.
const FINDINGS: usize = 20;

/// Does a job on this thread, and says what it printed; or what went wrong, as a command would.
pub(crate) fn work(context: &Context, work: &Work, notify: Option<&Notify>) -> Result<String, Failure> {
    let context = Context { format: Format::Table, ..context.clone() };
    let (done, printed) = output::captured(|| perform(&context, work, notify));
    match done {
        Ok(()) => Ok(printed.trim_end().to_owned()),
        Err(error) => {
            // Why comes first: a long message is cut.
            let message = format!("{}\n{printed}", report::describe(&error).trim_end()).trim_end().to_owned();
            Err(Failure { message, is_certain: *work == Work::Verify && error.chain().any(|cause| cause.is::<LedgerError>()) })
        }
    }
}

fn perform(context: &Context, work: &Work, notify: Option<&Notify>) -> anyhow::Result<()> {
    match work {
        Work::Import { sources } => {
            // One source that cannot be read keeps no other from being read.
            let mut first = Ok(());
            for source in sources {
                let Err(error) = import::run(context, import::Args::of(source.clone())) else { continue };
                if first.is_ok() {
                    first = Err(error.context(format!("`{source}` is not all in the lake")));
                } else {
                    context.note(format_args!("`{source}` is not all in the lake: {error:#}"));
                }
            }
            first
        }
        Work::Prices { sources, regions } => prices::import_all(context, sources.clone(), regions.clone()),
        Work::Refresh { connection, regions, services } => {
            let connection = connection.as_ref().map(|name| name.parse::<ConnectionName>()).transpose()?;
            let args = prices::refresh::Args { connection, region: regions.clone(), service: services.clone(), on: None };
            prices::refresh::run(context, &args)
        }
        Work::Verify => ledger::verify(context),
        Work::Reconcile { live } => ledger::reconcile(context, *live),
        Work::Propose { policy } => {
            let mut settings = propose::Settings::of_home(context, COMMAND, keep::by(context));
            if policy.is_some() {
                settings.asked.policy.clone_from(policy);
            }
            let made = propose::make_kept(context, &settings)?;
            Ok(output::print_line(&format!("the proposal {made}: tenor propose show {made}"))?)
        }
        Work::Watch { live, days } => {
            let (found, is_whole) = watch::findings(context, *live, *days)?;
            let now = context.now();
            let mut facts = fresh(context, notify, found.iter().map(|event| of_finding(event, now)).collect())?;
            let more = facts.len().saturating_sub(FINDINGS);
            facts.truncate(FINDINGS);
            if more > 0 {
                facts.push(more_findings(more, now));
            }
            tell(context, notify, &facts)?;
            is_whole
        }
        Work::Backup { folder, keep } => backup(context, folder, *keep),
        Work::Digest => {
            let fact = digest(context)?;
            output::print_line(&format!("{}\n{}", fact.title, fact.lines.join("\n")))?;
            tell(context, notify, &[fact])
        }
    }
}

/// Those of which somebody was not told yet: what was told takes no place from what was not.
fn fresh(context: &Context, notify: Option<&Notify>, facts: Vec<Fact>) -> anyhow::Result<Vec<Fact>> {
    let Some(notify) = notify else { return Ok(Vec::new()) };
    let (view, now, mut fresh) = (keep::view(context)?, context.now(), Vec::new());
    for fact in facts {
        let mut is_fresh = false;
        for message in notify.messages(&fact, now) {
            is_fresh |= !view.is_queued(&message, now)?;
        }
        if is_fresh {
            fresh.push(fact);
        }
    }
    Ok(fresh)
}

/// Queues what people are told; those who are told of nothing cost nothing.
fn tell(context: &Context, notify: Option<&Notify>, facts: &[Fact]) -> anyhow::Result<()> {
    let now = context.now();
    let messages: Vec<_> = notify.iter().flat_map(|notify| facts.iter().flat_map(move |fact| notify.messages(fact, now))).collect();
    if !messages.is_empty() {
        keep::writer(context, COMMAND)?.queue(&messages, None, now)?;
    }
    Ok(())
}

fn more_findings(more: usize, now: Timestamp) -> Fact {
    Fact {
        kind: Kind::Watch,
        dedup: format!("watch:more:{more}"),
        title: format!("{more} more things to look at"),
        lines: vec!["List them: tenor watch".to_owned()],
        path: "/commitments".to_owned(),
        moment: now,
    }
}

/// Makes one, and removes the oldest of those that the schedule made there; what others put there stays.
fn backup(context: &Context, folder: &Path, kept: u32) -> anyhow::Result<()> {
    let file = keeping::backup_place(context, folder)?;
    // Noted first: one that is made and then not noted would never be removed.
    keep::writer(context, COMMAND)?.note_job_backup(&file, context.now())?;
    if let Err(error) = keeping::backup_to(context, &file) {
        if !file.exists() {
            let forgotten = keep::writer(context, COMMAND).and_then(|mut state| Ok(state.forget_job_backup(&file)?));
            // A note of what is not there takes no other's place.
            forgotten.unwrap_or_else(|error| context.note(format_args!("`{}` stays noted: {error:#}", file.display())));
        }
        return Err(error);
    }
    let mut state = keep::writer(context, COMMAND)?;
    let there = state.job_backups_beside(&file)?.into_iter().filter(|older| older.exists());
    let beside = usize::try_from(kept).unwrap_or(usize::MAX).saturating_sub(1);
    let old: Vec<_> = there.skip(beside).collect();
    for old in old.into_iter().rev() {
        match fs::remove_file(&old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                context.note(format_args!("the old backup `{}` could not be removed: {error}", old.display()));
                continue;
            }
            _ => state.forget_job_backup(&old)?,
        }
        context.note(format_args!("the old backup `{}` was removed", old.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Work, backup, fresh, tell, work};
    use crate::connect::keep;
    use crate::context::Context;
    use crate::notify::{Fact, Notify};
    use crate::output::Format;
    use std::fs;
    use tenor_notify::Kind;

    fn home() -> (tempfile::TempDir, Context) {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        drop(keep::writer(&context, "test").unwrap());
        (home, context)
    }

    #[test]
    fn what_was_told_takes_no_place_from_what_was_not() {
        let (home, context) = home();
        let notify = "[target.hook]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\nsecret_file = \"s\"\n";
        fs::write(home.path().join("notify.toml"), notify).unwrap();
        fs::write(home.path().join("s"), "secret").unwrap();
        let notify = Notify::read(&context, None).unwrap().unwrap();
        let fact = |n: usize| Fact {
            kind: Kind::Watch,
            dedup: format!("watch:{n}"),
            title: "x".to_owned(),
            lines: Vec::new(),
            path: "/".to_owned(),
            moment: context.now(),
        };
        let all: Vec<_> = (0..25).map(fact).collect();
        tell(&context, Some(&notify), &all[..20]).unwrap();
        assert_eq!(fresh(&context, Some(&notify), all.clone()).unwrap(), all[20..]);
        assert_eq!(fresh(&context, None, all).unwrap(), [], "nobody is to be told");
    }

    #[test]
    fn a_backup_that_cannot_be_made_leaves_neither_a_file_nor_a_note() {
        let (home, context) = home();
        let folder = home.path().join("backups");
        fs::create_dir(&folder).unwrap();
        let proposals = home.path().join("proposals");
        fs::write(&proposals, "not a folder").unwrap();
        backup(&context, &folder, 2).unwrap_err();
        let noted = || keep::view(&context).unwrap().job_backups_beside(&folder.canonicalize().unwrap().join("x")).unwrap();
        assert_eq!((noted(), fs::read_dir(&folder).unwrap().count()), (Vec::new(), 0));
        fs::remove_file(proposals).unwrap();
        backup(&context, &folder, 2).unwrap();
        assert_eq!(noted().len(), 1);
    }

    #[test]
    fn a_ledger_that_is_not_whole_is_found_for_certain() {
        let (home, context) = home();
        assert!(work(&context, &Work::Verify, None).is_ok());
        fs::remove_file(home.path().join("state/ledger.mark")).unwrap();
        assert!(work(&context, &Work::Verify, None).unwrap_err().is_certain);
        let other = work(&context, &Work::Import { sources: vec![home.path().join("none").display().to_string()] }, None);
        assert!(!other.unwrap_err().is_certain);
    }
}
