//! Whether a home lies safely: on what storage, who can read it, where its key is, and when it was last backed up.

use super::disk::Sealing;
use super::machine;
use crate::connect::keep;
use crate::context::Context;
use jiff::Timestamp;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tenor_lake::doctor::{Finding, Severity};
use tenor_state::{KeySource, LastBackup, last_backup};

/// A backup older than this is said to be old.
const BACKUP_DAYS_MAX: i64 = 7;

/// What was found of a home.
#[derive(Debug)]
pub(super) struct Facts {
    /// The folders that are there, each with what it lies on.
    storage: Vec<(&'static str, Sealing)>,
    home: Looked,
    /// The folder of the state, and the database in it.
    state: [Looked; 2],
    /// The key's file, if it is one; or why nobody can tell where it is.
    key: Option<Result<KeyFile, String>>,
    /// The last backup, or why that is not known; nothing where there is no state to back up.
    backup: Option<Result<Option<LastBackup>, String>>,
    /// The user that looks.
    user: u32,
    now: Timestamp,
}

/// A file or folder looked at: nothing where it is not there, and why where nobody can tell.
type Looked = Result<Option<Held>, String>;

/// Whose it is, and who may use it.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// The permission bits.
    mode: u32,
    /// The number of its owner.
    owner: u32,
}

/// The file of the key.
#[derive(Debug)]
struct KeyFile {
    /// Whether it lies beside the database.
    is_own: bool,
    path: PathBuf,
    held: Looked,
}

impl Facts {
    /// Looks.
    pub(super) fn of(context: &Context) -> Self {
        let state = context.home.join("state");
        let has_state = has_state(context);
        Self {
            storage: storage_of(context),
            home: look(&context.home),
            state: [look(&state), look(&state.join("tenor.db"))],
            key: if has_state { key_file(context).transpose() } else { None },
            backup: has_state.then(|| last_backup(&context.home).map_err(|error| format!("{:#}", anyhow::Error::from(error)))),
            user: rustix::process::geteuid().as_raw(),
            now: context.now(),
        }
    }
}

/// What lake and state lie on, where they are there.
fn storage_of(context: &Context) -> Vec<(&'static str, Sealing)> {
    let folders = [("the lake", context.lake()), ("the state", context.home.join("state"))];
    folders.into_iter().filter(|(_, folder)| !is_missing(folder)).map(|(name, folder)| (name, machine::sealing(&folder))).collect()
}

/// What of a home lies on storage that nobody encrypts, for sure, with the reason. A home that is not there yet is judged by the folder it will be in.
pub(super) fn in_the_clear(context: &Context) -> Vec<String> {
    let mut storage = storage_of(context);
    if storage.is_empty()
        && let Some(folder) = context.home.ancestors().find(|folder| !is_missing(folder))
    {
        storage.push(("the home", machine::sealing(folder)));
    }
    storage
        .into_iter()
        .filter_map(|(name, sealing)| if let Sealing::No(why) = sealing { Some(format!("{name}: {why}")) } else { None })
        .collect()
}

/// Whether there is a database, or nobody can tell that there is none.
pub(super) fn has_state(context: &Context) -> bool {
    !is_missing(&context.home.join("state").join("tenor.db"))
}

/// Whether it is certain that nothing is there.
pub(super) fn is_missing(path: &Path) -> bool {
    matches!(look(path), Ok(None))
}

fn look(path: &Path) -> Looked {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(Held { mode: found.mode() & 0o777, owner: found.uid() })),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The file of the key, if it is in one.
fn key_file(context: &Context) -> Result<Option<KeyFile>, String> {
    let source = keep::source(context).map_err(|error| format!("{error:#}"))?;
    let (is_own, path) = match source {
        KeySource::Own(home) => (true, home.join("state").join("key")),
        KeySource::File(file) => (false, file),
        KeySource::Digits(_) | KeySource::Command(_) => return Ok(None),
    };
    let held = look(&path);
    Ok(Some(KeyFile { is_own, path, held }))
}

/// What there is to say of it; nothing is left out that is well.
pub(super) fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<_> = facts.storage.iter().map(|(name, sealing)| storage(name, sealing)).collect();
    let [folder, database] = &facts.state;
    findings.extend(held("home", &facts.home, facts.user, home));
    findings.extend(held("state", folder, facts.user, state));
    findings.extend(held("database", database, facts.user, of_database));
    match &facts.key {
        None => {}
        Some(Err(why)) => findings.push(finding(
            Severity::Error,
            "nobody can tell where the key is",
            why.clone(),
            "name it once: with TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND",
        )),
        Some(Ok(file)) => findings.extend(key(file, facts.user)),
    }
    findings.extend(facts.backup.as_ref().map(|last| backup(last.as_ref(), facts.now)));
    findings
}

/// Whose something is, and what its mode means; nothing where it is not there.
fn held(name: &str, looked: &Looked, user: u32, of_mode: impl Fn(u32) -> Finding) -> Vec<Finding> {
    match looked {
        Ok(None) => Vec::new(),
        Err(why) => {
            let title = format!("nobody can tell who can read the {name}");
            vec![finding(Severity::Warning, title, why.clone(), "look as the user that runs Tenor")]
        }
        Ok(Some(held)) => {
            let mut findings = vec![of_mode(held.mode)];
            if held.owner != user {
                findings.push(finding(
                    Severity::Warning,
                    format!("the {name} belongs to user {}, and this is user {user}", held.owner),
                    "whoever it belongs to can read and change it, whatever its mode",
                    "look as the user that runs Tenor; if that is this one, chown it",
                ));
            }
            findings
        }
    }
}

fn storage(name: &str, sealing: &Sealing) -> Finding {
    let (severity, title, why, todo) = match sealing {
        Sealing::Yes(why) => (Severity::Ok, format!("{name} lies on encrypted storage"), why, ""),
        Sealing::No(why) => (
            Severity::Warning,
            format!("{name} does not lie on encrypted storage"),
            why,
            "put the home on an encrypted disk (LUKS), or make sure that the drive or the cloud encrypts it",
        ),
        Sealing::CannotTell(why) => (
            Severity::Note,
            format!("nobody can tell whether {name} lies on encrypted storage"),
            why,
            "look at what it lies on; on EBS: aws ec2 describe-volumes says whether it is encrypted",
        ),
    };
    finding(severity, title, why.clone(), todo)
}

fn home(mode: u32) -> Finding {
    let bits = format!("the home's mode is {mode:03o}");
    if mode & 0o022 != 0 {
        return finding(Severity::Warning, bits, "others can put files into it, or take the state's place", "chmod go-w on the home");
    }
    if mode & 0o055 != 0 {
        return finding(Severity::Note, bits, "others can read the bills in it", "chmod 700 if they should not");
    }
    finding(Severity::Ok, bits, "nobody but its owner can enter it", "")
}

fn state(mode: u32) -> Finding {
    let bits = format!("the state's mode is {mode:03o}");
    if mode & 0o077 == 0 {
        return finding(Severity::Ok, bits, "nobody but its owner can enter it", "");
    }
    finding(Severity::Warning, bits, "others can enter it, or see what lies in it", "chmod 700; the next command that writes does it too")
}

fn of_database(mode: u32) -> Finding {
    let bits = format!("the database's mode is {mode:03o}");
    if mode & 0o077 == 0 {
        return finding(Severity::Ok, bits, "nobody but its owner can read it", "");
    }
    let meaning = "others can read it wherever they can enter its folder";
    finding(Severity::Warning, bits, meaning, "chmod 600; the next command that writes does it too")
}

fn key(KeyFile { is_own, path, held: looked }: &KeyFile, user: u32) -> Vec<Finding> {
    if let Ok(None) = looked {
        let todo = "put it back: what was sealed with it opens with no other";
        return vec![finding(Severity::Error, "the key's file is missing", format!("`{}` is not there", path.display()), todo)];
    }
    let mut findings = held("key", looked, user, of_key);
    if *is_own {
        let meaning = "it protects copies and backups, not against somebody who reads the whole home";
        findings.push(finding(
            Severity::Note,
            "the key lies beside the database",
            meaning,
            "name another place with TENOR_KEY_FILE or TENOR_KEY_COMMAND",
        ));
    }
    findings
}

fn of_key(mode: u32) -> Finding {
    let bits = format!("the key's mode is {mode:03o}");
    if mode & 0o077 == 0 {
        return finding(Severity::Ok, bits, "nobody but its owner can read it", "");
    }
    let meaning = "others can read it, and so all that is sealed";
    finding(Severity::Error, bits, meaning, "chmod 600; if somebody may have read it, connect anew")
}

fn backup(last: Result<&Option<LastBackup>, &String>, now: Timestamp) -> Finding {
    const TODO: &str = "tenor backup DIR, and keep the file and the key apart, each on another disk";
    let last = match last {
        Err(why) => return finding(Severity::Warning, "nobody can tell when the last backup was made", why.clone(), TODO),
        Ok(None) => return finding(Severity::Warning, "no backup of this home is known", "what is lost with its disk is lost", TODO),
        Ok(Some(last)) => last,
    };
    let meaning = format!("of {}, written to `{}`; whether it is still there is not looked at", last.made, last.path);
    if now < last.made {
        let todo = "set the clock right; if it is right, make another backup";
        return finding(Severity::Warning, "the last backup is later than now", meaning, todo);
    }
    let days = now.duration_since(last.made).as_hours() / 24;
    let title = format!("the last backup is {days} {} old", if days == 1 { "day" } else { "days" });
    if days > BACKUP_DAYS_MAX { finding(Severity::Warning, title, meaning, TODO) } else { finding(Severity::Ok, title, meaning, "") }
}

/// A finding about no period.
pub(super) fn finding(severity: Severity, title: impl Into<String>, meaning: impl Into<String>, todo: &str) -> Finding {
    Finding { severity, key: None, title: title.into(), amount: None, meaning: meaning.into(), what_to_do: todo.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Held, KeyFile, Looked, Sealing, examine};
    use tenor_ledger::Actor;
    use tenor_state::LastBackup;

    const USER: u32 = 1000;

    fn of_mode(mode: u32) -> Looked {
        Ok(Some(Held { mode, owner: USER }))
    }

    fn key(is_own: bool, path: &str, held: Looked) -> Option<Result<KeyFile, String>> {
        Some(Ok(KeyFile { is_own, path: path.into(), held }))
    }

    fn facts() -> Facts {
        let last = LastBackup {
            made: "2026-01-02T03:04:05Z".parse().unwrap(),
            actor: Actor::System,
            backup: "ab".repeat(32).parse().unwrap(),
            path: "/mnt/tenor.backup".to_owned(),
        };
        Facts {
            storage: vec![("the lake", Sealing::Yes("dm-0 is encrypted (dm-crypt)".to_owned()))],
            home: of_mode(0o700),
            state: [of_mode(0o700), of_mode(0o600)],
            key: key(false, "/etc/tenor/key", of_mode(0o400)),
            backup: Some(Ok(Some(last))),
            user: USER,
            now: "2026-01-09T23:04:05Z".parse().unwrap(),
        }
    }

    fn told(facts: &Facts) -> String {
        let line = |finding: &super::Finding| {
            let todo = if finding.what_to_do.is_empty() { String::new() } else { format!(" | {}", finding.what_to_do) };
            format!("{}: {}: {}{todo}", finding.severity, finding.title, finding.meaning)
        };
        examine(facts).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_home_that_lies_safely_is_told_to() {
        insta::assert_snapshot!(told(&facts()), @"
        ok: the lake lies on encrypted storage: dm-0 is encrypted (dm-crypt)
        ok: the home's mode is 700: nobody but its owner can enter it
        ok: the state's mode is 700: nobody but its owner can enter it
        ok: the database's mode is 600: nobody but its owner can read it
        ok: the key's mode is 400: nobody but its owner can read it
        ok: the last backup is 7 days old: of 2026-01-02T03:04:05Z, written to `/mnt/tenor.backup`; whether it is still there is not looked at
        ");
    }

    #[test]
    fn whatever_is_not_safe_is_named_with_what_to_do() {
        let mut facts = facts();
        facts.storage =
            vec![("the lake", Sealing::No("nothing encrypts sda".to_owned())), ("the state", Sealing::CannotTell("zfs".to_owned()))];
        (facts.home, facts.state, facts.key) =
            (of_mode(0o775), [of_mode(0o710), of_mode(0o640)], key(true, "/srv/tenor/state/key", of_mode(0o640)));
        facts.now = "2026-01-10T03:04:05Z".parse().unwrap();
        let (mut other, mut third) = (self::facts(), self::facts());
        (other.home, other.key, other.backup) = (of_mode(0o755), key(false, "/etc/tenor/key", Ok(None)), Some(Ok(None)));
        let nothing = || Ok(None);
        (third.storage, third.home, third.state) = (Vec::new(), nothing(), [nothing(), nothing()]);
        (third.key, third.backup) = (None, Some(Err("cannot read it".to_owned())));
        insta::assert_snapshot!([told(&facts), told(&other), told(&third)].join("\n\n"), @"
        warning: the lake does not lie on encrypted storage: nothing encrypts sda | put the home on an encrypted disk (LUKS), or make sure that the drive or the cloud encrypts it
        note: nobody can tell whether the state lies on encrypted storage: zfs | look at what it lies on; on EBS: aws ec2 describe-volumes says whether it is encrypted
        warning: the home's mode is 775: others can put files into it, or take the state's place | chmod go-w on the home
        warning: the state's mode is 710: others can enter it, or see what lies in it | chmod 700; the next command that writes does it too
        warning: the database's mode is 640: others can read it wherever they can enter its folder | chmod 600; the next command that writes does it too
        error: the key's mode is 640: others can read it, and so all that is sealed | chmod 600; if somebody may have read it, connect anew
        note: the key lies beside the database: it protects copies and backups, not against somebody who reads the whole home | name another place with TENOR_KEY_FILE or TENOR_KEY_COMMAND
        warning: the last backup is 8 days old: of 2026-01-02T03:04:05Z, written to `/mnt/tenor.backup`; whether it is still there is not looked at | tenor backup DIR, and keep the file and the key apart, each on another disk

        ok: the lake lies on encrypted storage: dm-0 is encrypted (dm-crypt)
        note: the home's mode is 755: others can read the bills in it | chmod 700 if they should not
        ok: the state's mode is 700: nobody but its owner can enter it
        ok: the database's mode is 600: nobody but its owner can read it
        error: the key's file is missing: `/etc/tenor/key` is not there | put it back: what was sealed with it opens with no other
        warning: no backup of this home is known: what is lost with its disk is lost | tenor backup DIR, and keep the file and the key apart, each on another disk

        warning: nobody can tell when the last backup was made: cannot read it | tenor backup DIR, and keep the file and the key apart, each on another disk
        ");
    }

    #[test]
    fn what_cannot_be_looked_at_or_is_anothers_is_told_and_not_left_out() {
        let mut facts = facts();
        let refused = || Err("Permission denied (os error 13)".to_owned());
        (facts.storage, facts.home, facts.state) = (Vec::new(), Ok(Some(Held { mode: 0o700, owner: 0 })), [refused(), refused()]);
        facts.key = key(false, "/etc/tenor/key", refused());
        facts.now = "2026-01-02T03:04:04Z".parse().unwrap();
        let mut other = self::facts();
        (other.storage, other.home, other.state) = (Vec::new(), Ok(None), [Ok(None), Ok(None)]);
        (other.key, other.backup) = (Some(Err("two are named".to_owned())), None);
        insta::assert_snapshot!([told(&facts), told(&other)].join("\n\n"), @"
        ok: the home's mode is 700: nobody but its owner can enter it
        warning: the home belongs to user 0, and this is user 1000: whoever it belongs to can read and change it, whatever its mode | look as the user that runs Tenor; if that is this one, chown it
        warning: nobody can tell who can read the state: Permission denied (os error 13) | look as the user that runs Tenor
        warning: nobody can tell who can read the database: Permission denied (os error 13) | look as the user that runs Tenor
        warning: nobody can tell who can read the key: Permission denied (os error 13) | look as the user that runs Tenor
        warning: the last backup is later than now: of 2026-01-02T03:04:05Z, written to `/mnt/tenor.backup`; whether it is still there is not looked at | set the clock right; if it is right, make another backup

        error: nobody can tell where the key is: two are named | name it once: with TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND
        ");
    }
}
