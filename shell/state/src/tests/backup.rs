//! A backup holds all there was at its moment, or it is no backup.

use super::{Counting, NoBytes, agreement, bare_agreement, by, dump, key, lease, name, no_files, now, open, restored, told_of};
use crate::folder::database;
use crate::ledger::seal_head;
use crate::migrate::{MIGRATIONS, Migration, migrate};
use crate::state::connect;
use crate::{
    By, Document, DocumentKind, Key, NoRandomness, Randomness, Restored, State, StateError, halt, halted, last_backup, note_backed_up,
};
use rusqlite::OpenFlags;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use tenor_ledger::{Actor, ContentHash, Event, Head, SigningKey, Text};

struct Home {
    folder: tempfile::TempDir,
    state: State,
}

fn home() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let mut state = open(folder.path());
    state.add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    state.add_connection(&name("dev"), &bare_agreement(), &by(), &Counting::new()).unwrap();
    state.add_spent("2026-01".parse().unwrap(), "0.123456789012".parse().unwrap()).unwrap();
    Home { folder, state }
}

impl Home {
    fn file(&self) -> PathBuf {
        self.folder.path().join("backup")
    }

    fn told<T: std::fmt::Debug>(&self, result: Result<T, StateError>) -> String {
        told_of(self.folder.path(), result)
    }

    /// What lies in the folder and in that of the state, but for SQLite's own.
    fn left(&self) -> Vec<String> {
        let folders = [self.folder.path().to_owned(), self.folder.path().join("state")];
        let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with("tenor.db") && !name.ends_with(".lock") && name != "state" && name != "ledger.mark").collect()
    }
}

fn try_restore(backup: &Path, key: &Key) -> (tempfile::TempDir, Result<Restored, StateError>) {
    let other = tempfile::tempdir().unwrap();
    let done = restored(&lease(other.path()), backup, key);
    (other, done)
}

fn operator() -> By {
    By { actor: Actor::Operator { name: Text::fitted("ann@desk") }, moment: now() }
}

/// A dump without what restoring adds to the ledger.
fn but_for_the_last(dump: &str, entries: u64, count: u64) -> String {
    let added = |line: &&str| (entries + 1..=entries + count).any(|at| line.starts_with(&format!("ledger [Integer({at}),")));
    dump.lines().filter(|line| !added(line) && !line.starts_with("ledger_head")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn what_was_backed_up_is_restored_to_the_last_byte() {
    let mut home = home();
    let before = dump(&home.state);
    // A reader makes it while the writer is in the middle of something.
    let view = State::look(home.folder.path(), &key()).unwrap();
    let (file, change) = (home.file(), home.state.begin().unwrap());
    change.execute("DELETE FROM call_costs", []).unwrap();
    let made = view.backup(&file, no_files, &Counting::new(), now()).unwrap();
    change.commit().unwrap();
    let bytes = fs::read(&file).unwrap();
    assert_eq!((made.bytes, made.backup), (bytes.len() as u64, ContentHash::sha256(&bytes)));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(home.left(), ["backup"]);

    let (other, done) = try_restore(&file, &key());
    let done = done.unwrap();
    assert_eq!((done.backup, done.made, done.head), (made.backup, Some(now()), made.head));
    let (before_it, entries) = (but_for_the_last(&before, 0, 0), done.head.sequence());
    assert_eq!(but_for_the_last(&dump(&State::look(other.path(), &key()).unwrap()), entries, 2), before_it);
    let state = open(other.path());
    assert_eq!(but_for_the_last(&dump(&state), entries, 2), before_it);
    assert_eq!(state.connection(&name("prod")).unwrap().unwrap().agreement, agreement());
    assert_ne!(dump(&home.state), before);
}

#[test]
fn a_backup_shows_nothing() {
    let home = home();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    let bytes = fs::read(home.file()).unwrap();
    assert!(bytes.starts_with(b"tenor-backup 1\n"));
    for text in ["111122223333", "acme-cur", "SQLite", &agreement().external_id.reveal()] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
}

#[test]
fn a_backup_replaces_nothing_and_leaves_nothing_when_it_fails() {
    let home = home();
    fs::write(home.file(), "mine").unwrap();
    insta::assert_snapshot!(home.told(home.state.backup(&home.file(), no_files, &Counting::new(), now())), @"
    cannot back up to `HOME/backup`: `HOME/backup` exists already
    hint: name a file that is not there yet
    ");
    assert_eq!(fs::read(home.file()).unwrap(), b"mine");
    fs::remove_file(home.file()).unwrap();
    let told = home.told(home.state.backup(&home.file(), no_files, &NoBytes, now()));
    assert!(told.starts_with("cannot back up to `HOME/backup`: the operating system gives no random bytes"), "{told}");
    let told = home.told(home.state.backup(&home.folder.path().join("gone/backup"), no_files, &Counting::new(), now()));
    assert!(told.starts_with("cannot back up to `HOME/gone/backup`: it cannot be read or written: No such file"), "{told}");
    assert_eq!(home.left(), [""; 0]);
}

#[test]
fn what_a_backup_that_died_has_left_is_in_nobodys_way() {
    let home = home();
    fs::create_dir_all(home.folder.path().join("state/backup.tmp/state")).unwrap();
    fs::write(home.folder.path().join("state/backup.tmp/state/tenor.db"), "half").unwrap();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    assert_eq!(home.left(), ["backup"]);
}

/// Random bytes, and a file that somebody else puts into the backup's place meanwhile.
struct Meanwhile(PathBuf, Counting);

impl Randomness for Meanwhile {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        fs::write(&self.0, "theirs").unwrap();
        self.1.fill(bytes)
    }
}

#[test]
fn a_file_that_appears_while_a_backup_is_made_keeps_its_place() {
    let home = home();
    let meanwhile = Meanwhile(home.file(), Counting::new());
    insta::assert_snapshot!(home.told(home.state.backup(&home.file(), no_files, &meanwhile, now())), @"
    cannot back up to `HOME/backup`: `HOME/backup` exists already
    hint: name a file that is not there yet
    ");
    assert_eq!(fs::read(home.file()).unwrap(), b"theirs");
    assert_eq!(home.left(), ["backup"]);
}

#[test]
fn what_is_kept_while_the_database_is_copied_is_in_the_backup() {
    let home = home();
    let name = "proposals/p1/proposal.json";
    let files = || {
        let copy = home.folder.path().join("state/backup.tmp/state/tenor.db");
        assert!(fs::metadata(copy).unwrap().len() > 0, "the database is copied before files are listed");
        fs::create_dir_all(home.folder.path().join("proposals/p1")).unwrap();
        fs::write(home.folder.path().join(name), "{}").unwrap();
        Ok(vec![name.to_owned()])
    };
    let made = home.state.backup(&home.file(), files, &Counting::new(), now()).unwrap();
    assert_eq!(made.files, [name]);
    let (other, done) = try_restore(&home.file(), &key());
    assert_eq!(done.unwrap().files, 1);
    assert_eq!(fs::read(other.path().join(name)).unwrap(), b"{}");
}

#[test]
fn one_backup_is_made_at_a_time() {
    let home = home();
    let lock = fs::File::create(home.folder.path().join("state/backup.lock")).unwrap();
    lock.lock().unwrap();
    insta::assert_snapshot!(home.told(home.state.backup(&home.file(), no_files, &Counting::new(), now())), @"
    cannot back up to `HOME/backup`: another backup of `HOME` is being made
    hint: wait for it to end
    ");
    drop(lock);
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
}

#[test]
fn a_damaged_state_is_not_backed_up() {
    let home = home();
    home.state.db.execute("DELETE FROM migrations", []).unwrap();
    let told = home.told(home.state.backup(&home.file(), no_files, &Counting::new(), now()));
    assert!(told.starts_with("`HOME/state/backup.tmp/state/tenor.db` is damaged: no migration is recorded"), "{told}");
    assert_eq!(home.left(), [""; 0]);
}

#[test]
fn nothing_is_restored_over_state() {
    let home = home();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    for ending in ["", "-wal", "-shm", "-journal"] {
        let other = tempfile::tempdir().unwrap();
        let lease = lease(other.path());
        fs::write(format!("{}{ending}", database(other.path()).display()), "").unwrap();
        let told = told_of(other.path(), restored(&lease, &home.file(), &key()));
        assert!(told.ends_with("there is state in `HOME`\nhint: restore into an empty home: --home FOLDER"), "{told}");
    }
}

#[test]
fn a_backup_opens_with_its_key_alone() {
    let home = home();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    let (other, done) = try_restore(&home.file(), &Key::new(&[8; 32]));
    insta::assert_snapshot!(home.told(done), @"
    cannot restore `HOME/backup`: the key is not the one that the backup was made with
    hint: set TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND to the key of the home that the backup is of
    ");
    assert!(!database(other.path()).exists());
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let home = home();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    let mut bytes = fs::read(home.file()).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(home.file(), &bytes).unwrap();
    let (other, done) = try_restore(&home.file(), &key());
    insta::assert_snapshot!(home.told(done), @"
    cannot restore `HOME/backup`: it is damaged in block 1
    hint: keep no backup on this disk, and use another copy
    ");
    let left = fs::read_dir(other.path().join("state")).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(left, ["writer.lock"]);

    fs::write(home.file(), "SQLite format 3").unwrap();
    insta::assert_snapshot!(home.told(try_restore(&home.file(), &key()).1), @"
    cannot restore `HOME/backup`: it is not a backup that this Tenor knows
    hint: check the file's name, and update Tenor if a newer one made it
    ");
    fs::remove_file(home.file()).unwrap();
    assert!(
        home.told(try_restore(&home.file(), &key()).1).starts_with("cannot restore `HOME/backup`: it cannot be read or written: No such")
    );
}

/// A home of so many migrations, sealed as it is.
fn sealed_with(migrations: &[Migration]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    drop(lease(home.path()));
    let (file, path) = (home.path().join("backup"), database(home.path()));
    let mut db = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    let seal = |step: &rusqlite::Transaction<'_>| seal_head(step, &key(), &Head::EMPTY, &Counting::new());
    migrate(&mut db, &path, migrations, now(), seal).unwrap();
    drop(db);
    crate::backup::seal_file(&key(), &database(home.path()), &file, &Counting::new()).unwrap();
    (home, file)
}

#[test]
fn a_backup_of_an_older_tenor_is_restored_and_one_of_a_newer_is_not() {
    for held in 1..=MIGRATIONS.len() {
        let (_home, file) = sealed_with(&MIGRATIONS[..held]);
        let (other, done) = try_restore(&file, &key());
        let done = done.unwrap();
        assert_eq!((done.made, done.files), (None, 0), "it does not say so");
        let state = open(other.path());
        assert_eq!(state.book().unwrap().stopped(), Some(&done.stopped), "of {held} migrations");
        state.verify_ledger(&[]).unwrap();
    }
    let more = [MIGRATIONS, &[Migration { name: "0008-more", sql: "CREATE TABLE more (id INTEGER) STRICT;" }]].concat();
    let (_home, newer) = sealed_with(&more);
    let (empty, done) = try_restore(&newer, &key());
    assert!(told_of(empty.path(), done).starts_with("the state was made by a newer Tenor: it has migration 8, and this one knows 7"));
    assert!(!database(empty.path()).exists());
}

#[test]
fn what_is_restored_is_stopped_and_its_ledger_says_so() {
    let mut home = home();
    halt(home.folder.path(), &Text::fitted("prices look wrong"), &operator()).unwrap();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    // Whatever happens after the backup, the restored home does not know it.
    home.state.release(&Text::fitted("all is well"), &by(), &Counting::new()).unwrap();
    let (other, done) = try_restore(&home.file(), &key());
    let done = done.unwrap();
    assert_eq!(halted(other.path()).unwrap().as_deref(), Some(done.stopped.as_str()));
    let mut state = open(other.path());
    assert!(state.note_halt(&operator(), &Counting::new()).unwrap());
    let added = state.entries(done.head.sequence() + 1, 9).unwrap();
    let told: Vec<_> = added.iter().map(|entry| format!("{:?}", entry.known().unwrap())).collect();
    let told = told.join("\n").replace(&format!("{:?}", done.backup), "HASH");
    insta::assert_snapshot!(told, @r#"
    (Operator { name: Text("ann@desk") }, Restored { backup: HASH })
    (Operator { name: Text("ann@desk") }, KillSwitch { stopped: true, reason: Text("restored from a backup of 2026-01-02T03:04:05Z, and what was bought, rejected, stopped, revoked or tightened since is not known here: reconcile the orders with AWS, revoke keys and set the terms again, then tenor resume; it was stopped before: prices look wrong") })
    "#);
    assert!(state.release(&Text::fitted("reconciled"), &by(), &Counting::new()).unwrap());
    assert_eq!((halted(other.path()).unwrap(), state.book().unwrap().stopped()), (None, None));
    state.verify_ledger(&[]).unwrap();
}

#[test]
fn every_reason_to_stop_goes_with_a_backup_and_an_earlier_restoring_is_none() {
    let mut home = home();
    // A link to nothing is something, and nobody can read it.
    symlink("nowhere", home.folder.path().join("state/stopped")).unwrap();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    let done = try_restore(&home.file(), &key()).1.unwrap();
    assert!(
        done.stopped.as_str().ends_with("then tenor resume; it was stopped before: nobody could look whether it was"),
        "{}",
        done.stopped
    );

    home.state.append(&[by().draft(Event::KillSwitch { stopped: true, reason: Text::fitted("fire") })], &Counting::new()).unwrap();
    fs::remove_file(home.folder.path().join("state/stopped")).unwrap();
    halt(home.folder.path(), &Text::fitted("prices look wrong"), &operator()).unwrap();
    let file = home.folder.path().join("stopped-backup");
    home.state.backup(&file, no_files, &Counting::new(), now()).unwrap();
    let (other, done) = try_restore(&file, &key());
    let first = done.unwrap().stopped;
    assert!(first.as_str().ends_with("; it was stopped before: prices look wrong; and: fire"), "{first}");
    // Backed up before anybody looked, it is stopped for the same reasons once more.
    let again = home.folder.path().join("again");
    open(other.path()).backup(&again, no_files, &Counting::new(), now()).unwrap();
    assert_eq!(try_restore(&again, &key()).1.unwrap().stopped, first);
}

#[test]
fn a_restoring_that_fails_in_the_middle_leaves_a_stopped_home_without_state_and_can_be_done_again() {
    let home = home();
    halt(home.folder.path(), &Text::fitted("prices look wrong"), &operator()).unwrap();
    home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    let other = tempfile::tempdir().unwrap();
    let held = lease(other.path());
    let taken = other.path().join("state/ledger.mark");
    fs::create_dir_all(taken.join("full")).unwrap();
    let told = told_of(other.path(), restored(&held, &home.file(), &key()));
    assert!(told.starts_with("cannot put in place `HOME/state/ledger.mark`: "), "{told}");
    assert!(halted(other.path()).unwrap().is_some() && !database(other.path()).exists());
    fs::remove_dir_all(&taken).unwrap();
    let stopped = restored(&held, &home.file(), &key()).unwrap().stopped;
    drop(held);
    assert_eq!(stopped.as_str().matches("restored from a backup").count(), 1, "{stopped}");
    assert!(stopped.as_str().ends_with("; it was stopped before: prices look wrong"), "{stopped}");
    assert_eq!(halted(other.path()).unwrap().as_deref(), Some(stopped.as_str()));
    open(other.path()).verify_ledger(&[]).unwrap();
}

#[test]
fn files_of_the_home_go_with_it_and_take_no_others_place() {
    let home = home();
    let folder = home.folder.path().join("proposals/p1");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("proposal.json"), "{}").unwrap();
    fs::write(folder.join("inputs.json.gz"), [0, 159, 146, 150]).unwrap();
    let files = ["proposal.json", "inputs.json.gz"].map(|name| format!("proposals/p1/{name}"));
    home.state.backup(&home.file(), || Ok(files.to_vec()), &Counting::new(), now()).unwrap();
    let (other, done) = try_restore(&home.file(), &key());
    assert_eq!(done.unwrap().files, 2);
    assert_eq!(fs::read(other.path().join(&files[1])).unwrap(), [0, 159, 146, 150]);
    assert_eq!(dump(&open(other.path())).matches("backup_").count(), 0);

    let taken = tempfile::tempdir().unwrap();
    fs::create_dir_all(taken.path().join("proposals/p1")).unwrap();
    fs::write(taken.path().join(&files[0]), "theirs").unwrap();
    insta::assert_snapshot!(told_of(taken.path(), restored(&lease(taken.path()), &home.file(), &key())).replace(home.folder.path().to_str().unwrap(), "OTHER"), @"
    cannot restore `OTHER/backup`: `HOME/proposals/p1/proposal.json` is there already, and is another
    hint: move the file away, or restore into an empty home: --home FOLDER
    ");
    assert!(!database(taken.path()).exists() && halted(taken.path()).unwrap().is_none());
    assert_eq!(fs::read(taken.path().join(&files[0])).unwrap(), b"theirs");

    for name in ["proposals/../state/key", "/etc/passwd", "state/key", "proposals", "proposals/p1/half.new"] {
        let files = || Ok(vec![name.to_owned()]);
        let told = home.told(home.state.backup(&home.folder.path().join("other"), files, &Counting::new(), now()));
        assert!(told.contains("is no name of what a home keeps"), "{name}: {told}");
    }
}

#[test]
fn a_ledger_that_is_not_whole_is_neither_backed_up_nor_restored() {
    let mut home = home();
    home.state
        .append_with(
            &[by().draft(Event::Started { version: Text::fitted("1") })],
            &[Document::new(DocumentKind::Policy, "mine".to_owned())],
            &Counting::new(),
        )
        .unwrap();
    let signer = SigningKey::from_seed(&[5; 32]);
    let enrolled = Event::KeyEnrolled { key: signer.public(), name: Text::fitted("ann"), role: Text::fitted("auditor") };
    home.state.append(&[by().draft(enrolled)], &Counting::new()).unwrap();
    home.state.checkpoint(Actor::System, &signer, &Counting::new(), now()).unwrap();
    let broken = [
        "UPDATE documents SET content = 'other'",
        "UPDATE ledger SET line = replace(line, 'prod', 'prof') WHERE sequence = 1",
        "DELETE FROM documents",
        "DELETE FROM ledger_checkpoints",
    ];
    for (at, change) in broken.iter().enumerate() {
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir(copy.path().join("state")).unwrap();
        home.state.db.execute("VACUUM INTO ?1", [database(copy.path()).to_str().unwrap()]).unwrap();
        let db = rusqlite::Connection::open(database(copy.path())).unwrap();
        let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
        let triggers: Vec<String> = db.prepare(triggers).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        triggers.iter().for_each(|trigger| db.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap());
        assert!(db.execute(change, []).unwrap() > 0);
        drop(db);
        let file = home.folder.path().join(format!("broken-{at}"));
        crate::backup::seal_file(&key(), &database(copy.path()), &file, &Counting::new()).unwrap();
        let (empty, done) = try_restore(&file, &key());
        assert!(told_of(empty.path(), done).contains("ledger"), "{change}");
        assert!(!database(empty.path()).exists() && halted(empty.path()).unwrap().is_none());

        // The same in place: the mark is that of the home.
        fs::copy(home.folder.path().join("state/ledger.mark"), copy.path().join("state/ledger.mark")).unwrap();
        let view = State::look(copy.path(), &key()).unwrap();
        let refused = view.backup(&copy.path().join("backup"), no_files, &Counting::new(), now());
        assert!(told_of(copy.path(), refused).contains("ledger"), "{change}");
        assert!(!copy.path().join("backup").exists() && !copy.path().join("state/backup.tmp").exists());
    }
}

#[test]
fn a_backup_is_noted_at_once_and_recorded_by_the_next_writer() {
    let mut home = home();
    assert_eq!(last_backup(home.folder.path()).unwrap(), None);
    let made = home.state.backup(&home.file(), no_files, &Counting::new(), now()).unwrap();
    note_backed_up(home.folder.path(), &made, &operator()).unwrap();
    let last = || last_backup(home.folder.path()).unwrap().unwrap();
    assert_eq!((last().made, last().backup, last().path), (now(), made.backup, home.file().display().to_string()));
    let before = home.state.ledger_head().unwrap().sequence();
    for _ in 0..2 {
        home.state.note_backup(&by(), &Counting::new()).unwrap();
    }
    let entry = format!("{:?}", home.state.entries(before + 1, 9).unwrap().iter().map(|entry| entry.known().unwrap()).collect::<Vec<_>>());
    assert!(entry.contains("BackedUp") && entry.contains("ann@desk") && entry.matches("backup").count() == 1, "{entry}");
    assert_eq!(last_backup(home.folder.path()).unwrap().unwrap().backup, made.backup);
    for nothing in ["", "half", "2026-01-02T03:04:05Z ann"] {
        fs::write(home.folder.path().join("state/backed-up"), nothing).unwrap();
        assert_eq!(last_backup(home.folder.path()).unwrap(), None);
    }
}

#[test]
fn each_of_several_backups_is_recorded_by_the_next_writer_as_its_makers() {
    let mut home = home();
    let later = "2026-01-03T03:04:05Z".parse().unwrap();
    let [early, late] = [("early", now()), ("late", later)]
        .map(|(name, made)| home.state.backup(&home.folder.path().join(name), no_files, &Counting::new(), made).unwrap());
    let ann = By { actor: Actor::Operator { name: Text::fitted("ann of the desk") }, moment: now() };
    note_backed_up(home.folder.path(), &late, &By::system(now())).unwrap();
    note_backed_up(home.folder.path(), &early, &ann).unwrap();
    let silent = home.folder.path().join("state/backed-up.new.half");
    fs::write(&silent, "half").unwrap();
    assert_eq!(last_backup(home.folder.path()).unwrap().unwrap().backup, late.backup);

    let before = home.state.ledger_head().unwrap().sequence();
    for _ in 0..2 {
        let done = home.state.note_backup(&by(), &Counting::new());
        let told = home.told(done);
        assert!(told.starts_with("cannot read `HOME/state/backed-up.new.half`: it says nothing of a backup"), "{told}");
    }
    let told: Vec<_> = home.state.entries(before + 1, 9).unwrap().iter().map(|entry| format!("{:?}", entry.known().unwrap())).collect();
    let told = told.join("\n").replace(&format!("{:?}", early.backup), "EARLY").replace(&format!("{:?}", late.backup), "LATE");
    insta::assert_snapshot!(told, @r#"
    (Operator { name: Text("ann of the desk") }, BackedUp { backup: EARLY })
    (System, BackedUp { backup: LATE })
    "#);
    assert_eq!(last_backup(home.folder.path()).unwrap().unwrap().backup, late.backup);
    let left: Vec<_> = home.left().into_iter().filter(|name| name.starts_with("backed-up")).collect();
    assert!(silent.exists() && left.len() == 2 && left.contains(&"backed-up".to_owned()), "{left:?}");
}

#[test]
fn a_backup_of_a_state_with_another_key_is_not_restored() {
    let home = home();
    drop(home.state);
    let (file, other) = (home.folder.path().join("mixed"), Key::new(&[8; 32]));
    crate::backup::seal_file(&other, &database(home.folder.path()), &file, &Counting::new()).unwrap();
    let (empty, done) = try_restore(&file, &other);
    assert!(told_of(empty.path(), done).starts_with("the key is not the one that this state was made with"));
    assert!(!database(empty.path()).exists());
}
