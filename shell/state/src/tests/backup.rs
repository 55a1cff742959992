//! A backup holds all there was at its moment, or it is no backup.

use super::{Counting, NoBytes, agreement, bare_agreement, by, dump, key, lease, name, now, open, told_of};
use crate::folder::database;
use crate::migrate::{MIGRATIONS, Migration};
use crate::{Key, State, StateError, restore};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

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

fn try_restore(backup: &Path, key: &Key) -> (tempfile::TempDir, Result<(), StateError>) {
    let other = tempfile::tempdir().unwrap();
    let done = restore(&lease(other.path()), backup, key);
    (other, done)
}

#[test]
fn what_was_backed_up_is_restored_to_the_last_byte() {
    let mut home = home();
    let before = dump(&home.state);
    // A reader makes it while the writer is in the middle of something.
    let view = State::look(home.folder.path(), &key()).unwrap();
    let (file, change) = (home.file(), home.state.begin().unwrap());
    change.execute("DELETE FROM call_costs", []).unwrap();
    view.backup(&file, &Counting::new()).unwrap();
    change.commit().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(home.left(), ["backup"]);

    let (other, done) = try_restore(&file, &key());
    done.unwrap();
    assert_eq!(dump(&State::look(other.path(), &key()).unwrap()), before);
    let state = open(other.path());
    assert_eq!(dump(&state), before);
    assert_eq!(state.connection(&name("prod")).unwrap().unwrap().agreement, agreement());
    assert_ne!(dump(&home.state), before);
}

#[test]
fn a_backup_shows_nothing() {
    let home = home();
    home.state.backup(&home.file(), &Counting::new()).unwrap();
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
    insta::assert_snapshot!(home.told(home.state.backup(&home.file(), &Counting::new())), @"
    cannot back up to `HOME/backup`: `HOME/backup` exists already
    hint: name a file that is not there yet
    ");
    assert_eq!(fs::read(home.file()).unwrap(), b"mine");
    fs::remove_file(home.file()).unwrap();
    let told = home.told(home.state.backup(&home.file(), &NoBytes));
    assert!(told.starts_with("cannot back up to `HOME/backup`: the operating system gives no random bytes"), "{told}");
    let told = home.told(home.state.backup(&home.folder.path().join("gone/backup"), &Counting::new()));
    assert!(told.starts_with("cannot back up to `HOME/gone/backup`: it cannot be read or written: No such file"), "{told}");
    assert_eq!(home.left(), [""; 0]);
}

#[test]
fn what_a_backup_that_died_has_left_is_in_nobodys_way() {
    let home = home();
    fs::write(home.folder.path().join("state/backup.tmp"), "half").unwrap();
    fs::write(home.folder.path().join("backup.part"), "half").unwrap();
    home.state.backup(&home.file(), &Counting::new()).unwrap();
    assert_eq!(home.left(), ["backup"]);
}

#[test]
fn one_backup_is_made_at_a_time() {
    let home = home();
    let lock = fs::File::create(home.folder.path().join("state/backup.lock")).unwrap();
    lock.lock().unwrap();
    insta::assert_snapshot!(home.told(home.state.backup(&home.file(), &Counting::new())), @"
    cannot back up to `HOME/backup`: another backup of `HOME` is being made
    hint: wait for it to end
    ");
    drop(lock);
    home.state.backup(&home.file(), &Counting::new()).unwrap();
}

#[test]
fn a_damaged_state_is_not_backed_up() {
    let home = home();
    home.state.db.execute("DELETE FROM migrations", []).unwrap();
    let told = home.told(home.state.backup(&home.file(), &Counting::new()));
    assert!(told.starts_with("`HOME/state/backup.tmp` is damaged: no migration is recorded"), "{told}");
    assert_eq!(home.left(), [""; 0]);
}

#[test]
fn nothing_is_restored_over_state() {
    let home = home();
    home.state.backup(&home.file(), &Counting::new()).unwrap();
    for ending in ["", "-wal", "-shm", "-journal"] {
        let other = tempfile::tempdir().unwrap();
        let lease = lease(other.path());
        fs::write(format!("{}{ending}", database(other.path()).display()), "").unwrap();
        let told = told_of(other.path(), restore(&lease, &home.file(), &key()));
        assert!(told.ends_with("there is state in `HOME`\nhint: restore into an empty home: --home FOLDER"), "{told}");
    }
}

#[test]
fn a_backup_opens_with_its_key_alone() {
    let home = home();
    home.state.backup(&home.file(), &Counting::new()).unwrap();
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
    home.state.backup(&home.file(), &Counting::new()).unwrap();
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

#[test]
fn a_backup_of_an_older_tenor_is_restored_and_one_of_a_newer_is_not() {
    let home = home();
    home.state.backup(&home.file(), &Counting::new()).unwrap();
    let (other, done) = try_restore(&home.file(), &key());
    done.unwrap();
    let more = [MIGRATIONS, &[Migration { name: "0005-more", sql: "CREATE TABLE more (id INTEGER) STRICT;" }]].concat();
    let state = State::open_with(&more, lease(other.path()), &key(), &Counting::new(), now()).unwrap();
    assert_eq!(state.connections().unwrap().len(), 2);
    // Sealed past the check that a backup is made with, as a newer Tenor would.
    drop(state);
    let newer = home.folder.path().join("newer");
    crate::backup::seal_file(&key(), &database(other.path()), &newer, &Counting::new()).unwrap();
    let (empty, done) = try_restore(&newer, &key());
    assert!(told_of(empty.path(), done).starts_with("the state was made by a newer Tenor: it has migration 5, and this one knows 4"));
    assert!(!database(empty.path()).exists());
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
