//! A state is opened whole, ours, of our time and with its key, or refused with what to do.

use super::{Counting, NoBytes, agreement, by, dump, key, lease, name, now, open, told_of, try_open};
use crate::folder::database;
use crate::migrate::{MIGRATIONS, Migration};
use crate::state::keep_log;
use crate::{Key, State};
use rusqlite::Connection;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const NEXT: Migration = Migration { name: "0008-more", sql: "CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT;" };

/// A home with a connection, closed again.
fn closed() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    home
}

/// The migrations there are, and one more.
fn known_and(more: Migration) -> Vec<Migration> {
    [MIGRATIONS, &[more]].concat()
}

/// Runs SQL on the file, past all that keeps it.
fn change(home: &Path, sql: &str) {
    Connection::open(database(home)).unwrap().execute_batch(sql).unwrap();
}

/// What the writer and a reader are told.
fn both(home: &Path) -> [String; 2] {
    [told_of(home, try_open(home)), told_of(home, State::look(home, &key()))]
}

fn modes(folder: &Path) -> Vec<(String, u32)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut modes: Vec<_> =
        entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode() & 0o777)).collect();
    modes.sort();
    modes
}

#[test]
fn nobody_else_can_read_any_of_it() {
    let home = closed();
    let folder = home.path().join("state");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let _state = open(home.path());
    insta::assert_snapshot!(format!("{:?}", modes(&folder).iter().map(|(name, mode)| format!("{name} {mode:o}")).collect::<Vec<_>>()), @r#"["ledger.mark 600", "tenor.db 600", "tenor.db-shm 600", "tenor.db-wal 600", "writer.lock 600"]"#);
}

#[test]
fn what_was_open_to_others_is_closed() {
    let home = closed();
    let folder = home.path().join("state");
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(database(home.path()), Permissions::from_mode(0o644)).unwrap();
    let _state = open(home.path());
    assert!(modes(&folder).iter().all(|(_, mode)| *mode == 0o600));
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn the_settings_that_money_depends_on_hold() {
    let home = tempfile::tempdir().unwrap();
    let state = open(home.path());
    let said = |pragma: &str| state.db.pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
    let said = ["journal_mode", "synchronous", "foreign_keys", "application_id", "trusted_schema", "fullfsync"]
        .map(|pragma| (pragma, said(pragma)));
    insta::assert_snapshot!(format!("{said:?}"), @r#"[("journal_mode", Text("wal")), ("synchronous", Integer(2)), ("foreign_keys", Integer(1)), ("application_id", Integer(1414418258)), ("trusted_schema", Integer(0)), ("fullfsync", Integer(1))]"#);
}

#[test]
fn nothing_is_looked_at_where_nothing_is() {
    let home = tempfile::tempdir().unwrap();
    let nothing = "there is no state in `HOME` yet\nhint: connect an account first: tenor connect";
    assert_eq!(told_of(home.path(), State::look(home.path(), &key())), nothing);
    assert!(!home.path().join("state").exists());
    let _lease = lease(home.path());
    fs::write(database(home.path()), "").unwrap();
    assert_eq!(told_of(home.path(), State::look(home.path(), &key())), nothing);
}

#[test]
fn a_wrong_key_is_found_at_once_and_changes_nothing() {
    let home = closed();
    let before = fs::read(database(home.path())).unwrap();
    let wrong = Key::new(&[8; 32]);
    let expected = "the key is not the one that this state was made with\n\
        hint: set TENOR_KEY_FILE, TENOR_KEY or TENOR_KEY_COMMAND to the key that this state was made with";
    assert_eq!(told_of(home.path(), State::open(lease(home.path()), &wrong, &Counting::new(), now())), expected);
    assert_eq!(told_of(home.path(), State::look(home.path(), &wrong)), expected);
    assert!(fs::read(database(home.path())).unwrap() == before);
}

#[test]
fn a_state_that_died_before_its_key_was_kept_gets_it_and_one_with_secrets_does_not() {
    let home = tempfile::tempdir().unwrap();
    assert!(told_of(home.path(), State::open(lease(home.path()), &key(), &NoBytes, now())).contains("no random bytes"));
    drop(open(home.path()));
    assert!(told_of(home.path(), State::open(lease(home.path()), &Key::new(&[8; 32]), &Counting::new(), now())).contains("the key is not"));

    let home = closed();
    change(home.path(), "DELETE FROM key_check");
    both(home.path()).iter().for_each(|told| assert!(told.contains("the key is not the one"), "{told}"));
}

#[test]
fn a_file_of_others_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = database(home.path());
    drop(lease(home.path()));
    let foreign =
        "`HOME/state/tenor.db` is not a database of Tenor\nhint: move the file away if it is not needed, or name another home with --home";
    fs::write(&path, "Dear diary, today nothing happened at all. ".repeat(100)).unwrap();
    assert_eq!(both(home.path()), [foreign; 2]);
    fs::remove_file(&path).unwrap();
    change(home.path(), "CREATE TABLE theirs (id INTEGER)");
    let before = fs::read(&path).unwrap();
    assert_eq!(both(home.path()), [foreign; 2]);
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_damaged_file_is_refused() {
    let whole = closed();
    let bytes = fs::read(database(whole.path())).unwrap();
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let pages = bytes.len() / page;
    assert!(pages > 10);
    for number in 1..pages {
        let home = tempfile::tempdir().unwrap();
        drop(lease(home.path()));
        let mut damaged = bytes.clone();
        damaged[number * page..][..page].fill(0xff);
        fs::write(database(home.path()), damaged).unwrap();
        let told = told_of(home.path(), try_open(home.path()));
        assert!(told.starts_with("`HOME/state/tenor.db` is damaged: "), "page {number}: {told}");
        assert!(
            told.ends_with(
                "hint: keep the file for inquiry, and restore the last backup into an empty home: tenor restore FILE --home FOLDER"
            ),
            "{told}"
        );
    }
    let home = tempfile::tempdir().unwrap();
    drop(lease(home.path()));
    fs::write(database(home.path()), &bytes[..bytes.len() / 2]).unwrap();
    let told = told_of(home.path(), try_open(home.path()));
    assert!(told.starts_with("`HOME/state/tenor.db` is damaged: "), "{told}");
}

#[test]
fn a_newer_database_is_refused() {
    let home = closed();
    change(home.path(), "INSERT INTO migrations (number, name, hash, applied) VALUES (8, '0008-later', 'x', 'y')");
    let newer = "the state was made by a newer Tenor: it has migration 8, and this one knows 7\nhint: update Tenor";
    assert_eq!(both(home.path()), [newer; 2]);
}

#[test]
fn a_changed_migration_is_refused() {
    let home = closed();
    change(home.path(), "UPDATE migrations SET hash = 'another'");
    for told in both(home.path()) {
        assert!(
            told.starts_with("migration 1 of the state is `0001-connections another`, and this Tenor has another of that number"),
            "{told}"
        );
        assert!(told.ends_with("hint: use the Tenor that made this state, or one released after it"), "{told}");
    }
}

#[test]
fn a_past_with_holes_is_refused() {
    let home = closed();
    change(home.path(), "DELETE FROM migrations WHERE number = 1");
    let told = told_of(home.path(), State::open_with(&known_and(NEXT), lease(home.path()), &key(), &Counting::new(), now()));
    assert!(told.contains("is damaged: migration 1 is not recorded, and 2 is"), "{told}");
    change(home.path(), "DELETE FROM migrations");
    both(home.path()).iter().for_each(|told| assert!(told.contains("is damaged: no migration is recorded"), "{told}"));
    let empty = tempfile::tempdir().unwrap();
    drop(lease(empty.path()));
    change(empty.path(), &format!("PRAGMA application_id = {}", crate::migrate::APPLICATION_ID));
    both(empty.path()).iter().for_each(|told| assert!(told.contains("is damaged: its tables are gone"), "{told}"));
}

#[test]
fn an_older_database_is_brought_up_to_date_by_a_writer_alone() {
    let (home, both) = (closed(), known_and(NEXT));
    insta::assert_snapshot!(told_of(home.path(), State::look_with(&both, home.path(), &key())), @"
    the state was made by an older Tenor: it has migration 7, and this one needs 8
    hint: run a command that writes once, so that the state is brought up to date
    ");
    let state = State::open_with(&both, lease(home.path()), &key(), &Counting::new(), now()).unwrap();
    assert_eq!(state.connections().unwrap().len(), 1);
    let applied = "SELECT group_concat(name || ' ' || applied, ', ') FROM (SELECT * FROM migrations ORDER BY number)";
    let applied: String = state.db.query_row(applied, [], |row| row.get(0)).unwrap();
    assert_eq!(
        applied,
        "0001-connections 2026-01-02T03:04:05Z, 0002-ledger 2026-01-02T03:04:05Z, 0003-documents 2026-01-02T03:04:05Z, 0004-users 2026-01-02T03:04:05Z, 0005-answers 2026-01-02T03:04:05Z, 0006-jobs 2026-01-02T03:04:05Z, 0007-identities 2026-01-02T03:04:05Z, 0008-more 2026-01-02T03:04:05Z"
    );
    State::look_with(&both, home.path(), &key()).unwrap();
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let home = closed();
    let before = dump(&State::look(home.path(), &key()).unwrap());
    let bad = Migration { name: "0006-bad", sql: "CREATE TABLE more (id INTEGER) STRICT; DROP TABLE call_costs; DROP TABLE gone;" };
    let told = told_of(home.path(), State::open_with(&known_and(bad), lease(home.path()), &key(), &Counting::new(), now()));
    assert!(told.starts_with("cannot migrate the state: no such table: gone"), "{told}");
    assert_eq!(dump(&State::look(home.path(), &key()).unwrap()), before);
}

#[test]
fn a_released_migration_never_changes() {
    let home = tempfile::tempdir().unwrap();
    let state = open(home.path());
    let hashes = "SELECT group_concat(name || ' ' || substr(hash, 1, 16)) FROM migrations";
    insta::assert_snapshot!(state.db.query_row(hashes, [], |row| row.get::<_, String>(0)).unwrap(), @"0001-connections 64b1b1b99c45bcda,0002-ledger 01bcc413351027a9,0003-documents a3e04d186d894e57,0004-users be0069b6b3499288,0005-answers 9f293d30b4d06244,0006-jobs 24af23d79162a33e,0007-identities 6f0b9b3e3edc46a1");
}

#[test]
fn readers_wait_for_no_writer_and_no_writer_for_readers() {
    let home = closed();
    let mut state = open(home.path());
    let view = State::look(home.path(), &key()).unwrap();
    view.db.busy_timeout(std::time::Duration::ZERO).unwrap();
    let month = "2026-01".parse().unwrap();
    let change = state.begin().unwrap();
    change.execute("DELETE FROM connections", []).unwrap();
    assert_eq!(view.connections().unwrap().len(), 1);
    assert_eq!(State::look(home.path(), &key()).unwrap().connections().unwrap().len(), 1);
    change.commit().unwrap();
    assert_eq!(view.connections().unwrap().len(), 0);

    // A reader in the middle of a long look keeps its moment, and the writer goes on.
    let moment = view.db.unchecked_transaction().unwrap();
    assert_eq!(view.spent(month).unwrap().to_string(), "0");
    state.add_spent(month, "1".parse().unwrap()).unwrap();
    assert_eq!(view.spent(month).unwrap().to_string(), "0");
    drop(moment);
    assert_eq!(view.spent(month).unwrap().to_string(), "1");
}

#[test]
fn a_reader_writes_nothing() {
    let home = closed();
    let view = State::look(home.path(), &key()).unwrap();
    let error = view.db.execute("DELETE FROM connections", []).unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::ReadOnly));
}

#[test]
fn a_full_disk_changes_nothing() {
    let home = closed();
    let mut state = open(home.path());
    let pages: i64 = state.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    state.db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    let before = dump(&state);
    let mut changed = agreement();
    changed.connection.regions = tenor_permit::Regions::Only((0..2_000).map(|n| format!("eu-west-{n}").parse().unwrap()).collect());
    insta::assert_snapshot!(told_of(home.path(), state.change_connection(&name("prod"), &changed, &by(), &Counting::new())), @"
    cannot change a connection in the state: database or disk is full: Error code 13: database or disk is full
    hint: check the disk and its space; nothing was changed
    ");
    assert_eq!(dump(&state), before);
    state.add_spent("2026-01".parse().unwrap(), "1".parse().unwrap()).unwrap();
}

#[test]
fn a_file_system_without_a_log_is_refused() {
    let path = Path::new("HOME/state/tenor.db");
    insta::assert_snapshot!(told_of(Path::new("HOME"), keep_log(&Connection::open_in_memory().unwrap(), path)), @"
    the file system of `HOME/state/tenor.db` cannot keep a write-ahead log
    hint: put the home on a disk of this machine; network file systems seldom have what it takes
    ");
}
