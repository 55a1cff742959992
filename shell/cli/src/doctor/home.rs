//! Whether a home lies safely: on what storage, who can read it, where its key is, and when it was last backed up.

use super::disk::Sealing;
use super::machine;
use crate::connect::keep;
use crate::context::Context;
use jiff::Timestamp;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
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
    /// The home's permission bits.
    home_mode: Option<u32>,
    /// The key's file, if it is one: whether it is the home's own, and its permission bits.
    key: Option<(bool, PathBuf, Option<u32>)>,
    /// The last backup, or why that is not known; nothing where there is no state to back up.
    backup: Option<Result<Option<LastBackup>, String>>,
    now: Timestamp,
}

impl Facts {
    /// Looks.
    pub(super) fn of(context: &Context) -> Self {
        let folders = [("the lake", context.lake()), ("the state", context.home.join("state"))];
        let storage = folders.into_iter().filter(|(_, folder)| folder.is_dir()).map(|(name, folder)| (name, machine::sealing(&folder)));
        let has_state = keep::has_state(context);
        let source = keep::source(context).ok().filter(|_| has_state);
        let key = source.and_then(|source| match source {
            KeySource::Own(home) => Some((true, home.join("state").join("key"))),
            KeySource::File(file) => Some((false, file)),
            KeySource::Digits(_) | KeySource::Command(_) => None,
        });
        Self {
            storage: storage.collect(),
            home_mode: mode(&context.home),
            key: key.map(|(is_own, file)| (is_own, file.clone(), mode(&file))),
            backup: has_state.then(|| last_backup(&context.home).map_err(|error| error.to_string())),
            now: context.now(),
        }
    }
}

/// What there is to say of it; nothing is left out that is well.
pub(super) fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<_> = facts.storage.iter().map(|(name, sealing)| storage(name, sealing)).collect();
    findings.extend(facts.home_mode.map(home));
    findings.extend(facts.key.iter().flat_map(|(is_own, file, mode)| key(*is_own, file, *mode)));
    findings.extend(facts.backup.as_ref().map(|last| backup(last.as_ref(), facts.now)));
    findings
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
        return finding(
            Severity::Note,
            bits,
            "others can read the bills in it; the state is closed to them",
            "chmod 700 if they should not",
        );
    }
    finding(Severity::Ok, bits, "nobody but its owner can enter it", "")
}

fn key(is_own: bool, file: &Path, mode: Option<u32>) -> Vec<Finding> {
    let Some(mode) = mode else {
        let todo = "put it back: what was sealed with it opens with no other";
        return vec![finding(Severity::Error, "the key's file is missing", format!("`{}` is not there", file.display()), todo)];
    };
    let bits = format!("the key's mode is {mode:03o}");
    let mut findings = vec![if mode & 0o077 == 0 {
        finding(Severity::Ok, bits, "nobody but its owner can read it", "")
    } else {
        finding(
            Severity::Error,
            bits,
            "others can read it, and so all that is sealed",
            "chmod 600; if somebody may have read it, connect anew",
        )
    }];
    if is_own {
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

fn backup(last: Result<&Option<LastBackup>, &String>, now: Timestamp) -> Finding {
    const TODO: &str = "tenor backup DIR, and keep the file and the key apart, each on another disk";
    let last = match last {
        Err(why) => return finding(Severity::Warning, "nobody can tell when the last backup was made", why.clone(), TODO),
        Ok(None) => return finding(Severity::Warning, "no backup of this home is known", "what is lost with its disk is lost", TODO),
        Ok(Some(last)) => last,
    };
    let days = now.duration_since(last.made).as_hours() / 24;
    let meaning = format!("of {}, written to `{}`; whether it is still there is not looked at", last.made, last.path);
    let title = format!("the last backup is {days} {} old", if days == 1 { "day" } else { "days" });
    if days > BACKUP_DAYS_MAX { finding(Severity::Warning, title, meaning, TODO) } else { finding(Severity::Ok, title, meaning, "") }
}

fn finding(severity: Severity, title: impl Into<String>, meaning: impl Into<String>, todo: &str) -> Finding {
    Finding { severity, key: None, title: title.into(), amount: None, meaning: meaning.into(), what_to_do: todo.to_owned() }
}

fn mode(path: &Path) -> Option<u32> {
    Some(fs::metadata(path).ok()?.permissions().mode() & 0o777)
}

#[cfg(test)]
mod tests {
    use super::{Facts, Sealing, examine};
    use tenor_state::LastBackup;

    fn facts() -> Facts {
        let last = LastBackup {
            made: "2026-01-02T03:04:05Z".parse().unwrap(),
            who: "ann".parse().unwrap(),
            backup: "ab".repeat(32).parse().unwrap(),
            path: "/mnt/tenor.backup".to_owned(),
        };
        Facts {
            storage: vec![("the lake", Sealing::Yes("dm-0 is encrypted (dm-crypt)".to_owned()))],
            home_mode: Some(0o700),
            key: Some((false, "/etc/tenor/key".into(), Some(0o400))),
            backup: Some(Ok(Some(last))),
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
        ok: the key's mode is 400: nobody but its owner can read it
        ok: the last backup is 7 days old: of 2026-01-02T03:04:05Z, written to `/mnt/tenor.backup`; whether it is still there is not looked at
        ");
    }

    #[test]
    fn whatever_is_not_safe_is_named_with_what_to_do() {
        let mut facts = facts();
        facts.storage =
            vec![("the lake", Sealing::No("nothing encrypts sda".to_owned())), ("the state", Sealing::CannotTell("zfs".to_owned()))];
        facts.home_mode = Some(0o775);
        facts.key = Some((true, "/home/key".into(), Some(0o640)));
        facts.now = "2026-01-10T03:04:05Z".parse().unwrap();
        let (mut other, mut third) = (self::facts(), self::facts());
        (other.home_mode, other.key, other.backup) = (Some(0o755), Some((false, "/etc/tenor/key".into(), None)), Some(Ok(None)));
        (third.storage, third.home_mode, third.key, third.backup) = (Vec::new(), None, None, Some(Err("cannot read it".to_owned())));
        insta::assert_snapshot!([told(&facts), told(&other), told(&third)].join("\n\n"), @"
        warning: the lake does not lie on encrypted storage: nothing encrypts sda | put the home on an encrypted disk (LUKS), or make sure that the drive or the cloud encrypts it
        note: nobody can tell whether the state lies on encrypted storage: zfs | look at what it lies on; on EBS: aws ec2 describe-volumes says whether it is encrypted
        warning: the home's mode is 775: others can put files into it, or take the state's place | chmod go-w on the home
        error: the key's mode is 640: others can read it, and so all that is sealed | chmod 600; if somebody may have read it, connect anew
        note: the key lies beside the database: it protects copies and backups, not against somebody who reads the whole home | name another place with TENOR_KEY_FILE or TENOR_KEY_COMMAND
        warning: the last backup is 8 days old: of 2026-01-02T03:04:05Z, written to `/mnt/tenor.backup`; whether it is still there is not looked at | tenor backup DIR, and keep the file and the key apart, each on another disk

        ok: the lake lies on encrypted storage: dm-0 is encrypted (dm-crypt)
        note: the home's mode is 755: others can read the bills in it; the state is closed to them | chmod 700 if they should not
        error: the key's file is missing: `/etc/tenor/key` is not there | put it back: what was sealed with it opens with no other
        warning: no backup of this home is known: what is lost with its disk is lost | tenor backup DIR, and keep the file and the key apart, each on another disk

        warning: nobody can tell when the last backup was made: cannot read it | tenor backup DIR, and keep the file and the key apart, each on another disk
        ");
    }
}
