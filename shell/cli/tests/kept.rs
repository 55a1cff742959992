//! A home backed up while it is written to, and made again of its backup: what was bought in between is not known there, and nothing is sent.

use crate::ordered::Rehearsal;
use crate::ran::{Ran, tenor, tenor_in};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tenor_sandbox::Store;
use tenor_state::{Claim, Lease};

const MAKE: &str = "connect make payer --tier trial --account 111122223333 --trusted arn:aws:iam::444455556666:user/caller --out FILES/out";

/// A home with a connection, beside a folder of files.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.done("home", MAKE);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command in a home of that name; `FILES` in it is the folder of all.
    fn ran(&self, home: &str, words: &str) -> Ran {
        let folder = self.0.path().to_str().unwrap().to_owned();
        tenor(&self.path(home), words.split(' ').map(|word| word.replace("FILES", &folder)))
    }

    fn done(&self, home: &str, words: &str) -> String {
        let ran = self.ran(home, words);
        assert!(ran.0.status.success(), "{words}: {ran}");
        String::from_utf8(ran.0.stdout).unwrap()
    }

    fn told(&self, home: &str, words: &str) -> String {
        plain(&self.ran(home, words).to_string(), self.0.path())
    }

    /// Gives another home the key of the first.
    fn give_key(&self, home: &str) {
        fs::create_dir_all(self.path(home).join("state")).unwrap();
        fs::copy(self.path("home/state/key"), self.path(home).join("state/key")).unwrap();
    }
}

/// Without what differs from run to run.
fn plain(text: &str, folder: &Path) -> String {
    let text = text.replace(folder.to_str().unwrap(), "FILES");
    let word = |word: &str| {
        let bare = word.trim_end_matches([' ', ',', ';', ':', '\n']);
        let is_hash = bare.len() == 64 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_moment = bare.len() >= 20 && bare.ends_with('Z') && bare.as_bytes()[10] == b'T';
        let shown = if is_hash {
            "HASH"
        } else if is_moment {
            "MOMENT"
        } else {
            bare
        };
        format!("{shown}{}", &word[bare.len()..])
    };
    text.split_inclusive([' ', ',', '\n']).map(word).collect()
}

#[test]
fn a_backup_says_what_has_to_be_kept_apart_and_is_recorded() {
    let home = Home::new();
    fs::create_dir_all(home.path("home/proposals/p1")).unwrap();
    fs::write(home.path("home/proposals/p1/proposal.json"), "{}").unwrap();
    let told = home.told("home", "--format csv backup FILES/one");
    let size = fs::metadata(home.path("one")).unwrap().len();
    insta::assert_snapshot!(told.replace(&format!(",{size},"), ",BYTES,"), @"
    [stdout]
    backup,bytes,entries,proposals,sha256
    FILES/one,BYTES,2,1,HASH
    [stderr]
    proposal p1 is in it without its inputs, which are not in `proposals/p1`: it cannot be computed again
    read back, and the same
    it opens with this home's key alone, which is not in it: keep a copy of `FILES/home/state/key` apart from it
    not in it: bills and prices, which are imported again; the log of calls (state/calls.log); keys that sign
    [exit 0]
    ");
    assert_eq!(fs::metadata(home.path("one")).unwrap().permissions().mode() & 0o777, 0o600);
    // In a folder it is named by its moment, and none takes another's place.
    fs::create_dir(home.path("backups")).unwrap();
    home.done("home", "backup FILES/backups");
    let name = fs::read_dir(home.path("backups")).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    // With digits that no other home has at that moment.
    assert!(
        name.starts_with("tenor-20") && name.ends_with(".backup") && name.len() == "tenor-20260102T030405Z-1a2b3c4d.backup".len(),
        "{name}"
    );
    insta::assert_snapshot!(home.told("home", "backup FILES/one"), @"
    [stderr]
    error: cannot back up to `FILES/one`
      because: `FILES/one` exists already
    hint: name a file that is not there yet
    [exit 1]
    ");
    let kinds = home.done("home", "--format csv ledger show --last 100");
    assert_eq!(kinds.matches(",backed-up,").count(), 2, "{kinds}");
    let doctor = home.done("home", "--format csv doctor");
    assert!(doctor.contains("the last backup is 0 days old") && doctor.contains("the key lies beside the database"), "{doctor}");
}

#[test]
fn doctor_fails_when_others_can_read_the_key() {
    let home = Home::new();
    fs::set_permissions(home.path("home/state/key"), fs::Permissions::from_mode(0o644)).unwrap();
    let told = home.told("home", "--format csv doctor");
    assert!(told.contains("error,") && told.contains("the key's mode is 644"), "{told}");
    assert!(told.ends_with("[stderr]\nerror: one finding is an error\n[exit 1]"), "{told}");
}

#[test]
fn doctor_says_what_whoever_helps_asks_first_and_fails_for_what_is_broken_alone() {
    let home = Home::new();
    home.done("home", "stop --reason fire");
    fs::write(home.path("home/schedule.toml"), "[verify]\ncron = \"0 7 * * *\"\n").unwrap();
    home.done("home", "schedule run verify");
    let doctor = home.done("home", "--format csv doctor");
    let first = doctor.lines().nth(1).unwrap();
    assert!(first.contains("this is Tenor ") && first.contains(std::env::consts::OS), "{first}");
    for line in [
        "schedule.toml can be read",
        "there is no notify.toml",
        "everything is stopped",
        "the ledger is whole",
        "the job `verify` was done",
    ] {
        assert!(doctor.contains(line), "{line}: {doctor}");
    }
    fs::write(home.path("home/notify.toml"), "window_hours = 0\n").unwrap();
    let told = home.told("home", "--format csv doctor");
    assert!(told.contains("notify.toml is of no use"), "{told}");
    assert!(told.ends_with("[stderr]\nerror: one finding is an error\n[exit 1]"), "{told}");
}

#[test]
fn it_is_made_while_another_process_writes_and_recorded_by_the_next_that_does() {
    let home = Home::new();
    let lease =
        Lease::take(&home.path("home"), &Claim::of_this_process("a long order", Duration::ZERO), "2026-01-02T03:04:05Z".parse().unwrap());
    let told = home.told("home", "backup FILES/one");
    assert!(told.contains("the ledger will say so when the state is next written to") && told.ends_with("[exit 0]"), "{told}");
    drop(lease);
    home.done("home", "stop --reason fire");
    let kinds = home.done("home", "--format csv ledger show --last 100");
    assert!(kinds.contains("backed-up"), "{kinds}");
}

#[test]
fn it_is_restored_with_its_key_into_a_home_without_state_and_nowhere_else() {
    let home = Home::new();
    home.done("home", "backup FILES/one");
    insta::assert_snapshot!(home.told("home", "restore FILES/one"), @"
    [stderr]
    error: cannot restore `FILES/one`
      because: there is state in `FILES/home`
    hint: restore into an empty home: --home FOLDER
    [exit 1]
    ");
    insta::assert_snapshot!(home.told("bare", "restore FILES/none"), @"
    [stderr]
    error: cannot read `FILES/none`
      because: No such file or directory (os error 2)
    [exit 1]
    ");
    insta::assert_snapshot!(home.told("bare", "restore FILES/one"), @"
    [stderr]
    error: there is no key to open the backup with: `FILES/bare/state/key` is not there
    hint: put the key of the home that the backup is of there, with mode 600; or name it with TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND
    [exit 1]
    ");
    // A key of another home.
    home.done("other", &MAKE.replace("FILES/out", "FILES/out2"));
    fs::create_dir_all(home.path("wrong/state")).unwrap();
    fs::copy(home.path("other/state/key"), home.path("wrong/state/key")).unwrap();
    insta::assert_snapshot!(home.told("wrong", "restore FILES/one"), @"
    [stderr]
    error: cannot restore `FILES/one`
      because: the key is not the one that the backup was made with
    hint: set TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND to the key of the home that the backup is of
    [exit 1]
    ");
    home.give_key("new");
    insta::assert_snapshot!(home.told("new", "--format csv restore FILES/one"), @"
    [stdout]
    made,entries,last,connections,orders,proposal_files,entries_now
    MOMENT,2,MOMENT,1,0,0,4
    [stderr]
    the ledger is whole, every document is the one that was kept, and all that is sealed opens with this key
    STOPPED: nothing is sent to AWS, for nobody knows here what was done after the backup. Before `tenor resume`:
    1. end what still runs on the old home; two homes with the same orders would both carry them out
    2. import the bills and prices again: tenor import SOURCE, tenor prices import SOURCE
    3. hold what AWS has against the orders: tenor ledger reconcile --live, tenor order list
       no order is open here; orders that were made after the backup are not known at all
    4. revoke again the keys that were revoked since: tenor key revoke; here they still sign and approve
    5. set the terms again: tenor order terms FILE; day and month limits do not count what was spent since
    6. add whoever may log in: the backup knows no user: tenor user add
    7. tenor resume --reason TEXT
    [exit 0]
    ");
    assert_eq!(home.done("home", "--format csv connect list"), home.done("new", "--format csv connect list"));
    home.done("new", "ledger verify");
    home.done("new", "resume --reason reconciled");

    // The key may stay where it was.
    let key = home.path("home/state/key");
    let ran =
        tenor_in(&home.path("third"), ["restore".as_ref(), home.path("one").as_os_str()], &[("TENOR_KEY_FILE", key.to_str().unwrap())]);
    let told = ran.to_string();
    assert!(ran.0.status.success() && told.contains("the key stays where it is named"), "{told}");
}

#[test]
fn what_was_bought_after_the_backup_is_not_bought_again_before_somebody_looked() {
    let rehearsal = Rehearsal::begin();
    let proposal = rehearsal.proposal().display().to_string();
    let [ada, ben, eve] = ["ada", "ben", "eve"].map(|name| rehearsal.path(name));
    rehearsal.terms("approvals_needed = 1\nusage_days_max = 30\n");
    let order = rehearsal.done(&format!("order create {proposal} --connection payer --key {ada}")).trim().to_owned();
    rehearsal.done(&format!("order approve {order} --key {ben}"));
    rehearsal.done(&format!("backup {}", rehearsal.path("backup")));
    let sold = || Store::at(&rehearsal.home.path().join("sandbox/books.json")).load().unwrap().unwrap().purchases();
    let refused_live = || rehearsal.refused(&format!("order run {order} --live"));

    // What is decided after the backup, the restored home does not know either.
    let keys: Value = serde_json::from_str(&rehearsal.done("--format json key list")).unwrap();
    let key = keys.as_array().unwrap().iter().find(|row| row["person"] == "ben").unwrap()["key"].as_str().unwrap().to_owned();
    rehearsal.done(&format!("key revoke {key} --reason left"));
    rehearsal.done(&format!("order reject {order} --key {eve} --reason no"));
    let told = lose_and_restore(&rehearsal, 1);
    let lines = [
        format!(
            "   order {order:.12} is signed here, and may have been carried out, rejected or stopped since: unless you know that it was not, tenor order stop {order:.12} --reason TEXT"
        ),
        "4. revoke again the keys that were revoked since: tenor key revoke; here they still sign and approve".to_owned(),
        "5. set the terms again: tenor order terms FILE; day and month limits do not count what was spent since".to_owned(),
    ];
    for line in lines {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }

    // Not even what nobody has bought yet is bought in a restored home, before somebody looked.
    insta::assert_snapshot!(plain(&refused_live(), rehearsal.home.path()), @"error: step 1 waits: kill switch: allowed is nothing, and this is buy");
    assert_eq!(sold(), []);
    rehearsal.done("resume --reason reconciled");
    rehearsal.done(&format!("order run {order} --live --wait"));
    let bought = sold();
    assert!(!bought.is_empty());

    // The same backup once more: now it does not know that the order was carried out.
    lose_and_restore(&rehearsal, 2);
    rehearsal.done("ledger verify");
    assert!(rehearsal.steps(&order).iter().all(|(state, _)| state == "planned"), "it knows nothing of what was bought");
    let rehearsed = rehearsal.run(&format!("--format csv order run {order}")).to_string();
    let refusals = rehearsed.lines().filter(|line| line.contains("kill switch: allowed is nothing")).count();
    assert_eq!(refusals, rehearsal.steps(&order).len(), "{rehearsed}");
    assert!(rehearsed.contains("stopped: restored from a backup of "), "{rehearsed}");
    let all = rehearsal.done("--format csv ledger show --last 5");
    assert!(all.contains("restored") && all.contains("kill-switch"), "{all}");
    assert!(rehearsal.done("--format json commitments --live").contains(&bought[0].id), "looking is allowed");
    insta::assert_snapshot!(plain(&refused_live(), rehearsal.home.path()), @"error: the order was stopped");
    assert_eq!(sold(), bought, "nothing was sent");
    // Whoever resumes without having looked is refused too: what is held is not what the order was made on.
    rehearsal.done("resume --reason looked");
    insta::assert_snapshot!(plain(&refused_live(), rehearsal.home.path()), @"error: the order was stopped");
    rehearsal.done(&format!("ledger export {}", rehearsal.path("exported")));
    let exported = fs::read_to_string(rehearsal.path("exported")).unwrap();
    assert!(exported.contains(r#""rule":"inventory","limit":"what it was made on""#), "{exported}");
    assert_eq!(sold(), bought, "nothing was bought twice");
}

/// The disk is lost, but for the sandbox, which stands for AWS, and what is imported again. The key was kept apart.
fn lose_and_restore(rehearsal: &Rehearsal, time: u32) -> String {
    let home = rehearsal.home.path();
    let (state, lost) = (home.join("state"), home.join(format!("lost-{time}")));
    fs::rename(&state, &lost).unwrap();
    fs::remove_dir_all(home.join("proposals")).unwrap();
    fs::create_dir(&state).unwrap();
    fs::copy(lost.join("key"), state.join("key")).unwrap();
    let ran = rehearsal.run(&format!("restore {}", rehearsal.path("backup")));
    assert!(ran.0.status.success(), "{ran}");
    ran.to_string()
}
