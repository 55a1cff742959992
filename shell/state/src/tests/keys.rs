//! Where the key is found, and where it is refused.

use super::{Counting, NoBytes, agreement, by, lease, name, now, told, told_of};
use crate::{KeyError, KeySource, Lease, State, StateError};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn find(set: &[(&str, &OsStr)]) -> Result<KeySource, KeyError> {
    KeySource::find(Path::new("HOME"), |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value)))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn write(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Whether a state made with one key opens with the other.
fn is_same(source: &KeySource, other: &KeySource) -> bool {
    let home = tempfile::tempdir().unwrap();
    let open = |key| State::open(lease(home.path()), &key, &Counting::new(), now()).map(drop);
    open(source.held().unwrap()).unwrap();
    open(other.held().unwrap()).is_ok()
}

#[test]
fn the_environment_says_where_the_key_is() {
    let text = |text| OsStr::new(text);
    assert_eq!(find(&[]).unwrap(), KeySource::Own("HOME".into()));
    assert_eq!(find(&[("TENOR_KEY", text("")), ("TENOR_KEY_FILE", text("k"))]).unwrap(), KeySource::File("k".into()));
    assert_eq!(find(&[("TENOR_KEY", text("ab"))]).unwrap(), KeySource::Digits("ab".to_owned()));
    let command = ["aws", "kms", "decrypt"].map(str::to_owned).to_vec();
    assert_eq!(find(&[("TENOR_KEY_COMMAND", text(" aws  kms decrypt "))]).unwrap(), KeySource::Command(command));

    let two = find(&[("TENOR_KEY", text("ab")), ("TENOR_KEY_COMMAND", text("x"))]).unwrap_err();
    assert_eq!(told(&two.into()), "cannot use the key: both TENOR_KEY and TENOR_KEY_COMMAND are set\nhint: keep one of them");
    let empty = find(&[("TENOR_KEY_COMMAND", text("  "))]).unwrap_err();
    assert_eq!(empty.to_string(), "TENOR_KEY_COMMAND is no key: it names no program");
    let bytes = find(&[("TENOR_KEY", OsStr::from_bytes(b"\xff"))]).unwrap_err();
    assert_eq!(bytes.to_string(), "TENOR_KEY is no key: it is no UTF-8 text");
}

#[test]
fn a_source_never_shows_a_key() {
    let sources = [KeySource::Digits("secret".to_owned()), KeySource::Command(vec!["kms".to_owned(), "secret".to_owned()])];
    assert_eq!(format!("{sources:?}"), "[Digits(hidden), Command(\"kms\")]");
}

#[test]
fn a_home_gets_its_own_key_at_first_and_never_another() {
    let home = tempfile::tempdir().unwrap();
    let (path, own) = (home.path().join("state/key"), KeySource::Own(home.path().to_owned()));
    let missing = told_of(home.path(), own.held().map_err(StateError::from));
    assert!(missing.starts_with("cannot use the key: the key `HOME/state/key` is missing\nhint: put the key back"), "{missing}");

    let open = || {
        let lease = lease(home.path());
        let key = own.key(&lease, &Counting::new())?;
        State::open(lease, &key, &Counting::new(), now())
    };
    open().unwrap().add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    assert_eq!((mode(&path), fs::read(&path).unwrap().len()), (0o600, 32));
    assert_eq!(open().unwrap().connections().unwrap().len(), 1);

    // With state there, a lost key is not replaced by a new one that opens nothing.
    fs::rename(&path, home.path().join("lost")).unwrap();
    assert_eq!(told_of(home.path(), open()), missing);
    assert!(!path.exists());
}

#[test]
fn a_key_is_not_made_for_another_home_or_without_randomness() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let own = KeySource::Own(home.path().to_owned());
    assert!(told_of(home.path(), own.key(&lease(other.path()), &Counting::new())).contains("is missing"));
    let told = told_of(home.path(), own.key(&lease(home.path()), &NoBytes));
    assert!(told.starts_with("cannot use the key: the operating system gives no random bytes"), "{told}");
    assert!(!home.path().join("state/key").exists());
}

#[test]
fn a_file_that_others_can_read_is_no_key() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("k");
    let source = KeySource::File(path.clone());
    write(&path, &[7; 32], 0o640);
    insta::assert_snapshot!(told_of(home.path(), source.held().map_err(StateError::from)), @"
    cannot use the key: the key `HOME/k` can be read by others: its mode is 640
    hint: close it to others with chmod 600; if somebody may have read it, treat the External IDs as known, or revoke the key if it signs
    ");
    for closed in [0o600, 0o400] {
        write(&path, &[7; 32], 0o600);
        fs::set_permissions(&path, Permissions::from_mode(closed)).unwrap();
        source.held().unwrap();
    }
}

#[test]
fn a_file_a_variable_and_a_command_can_be_the_same_key() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("k");
    write(&path, &[0xab; 32], 0o600);
    let digits = KeySource::Digits("ab".repeat(32));
    assert!(is_same(&KeySource::File(path.clone()), &digits));
    assert!(is_same(&digits, &KeySource::Command(vec!["cat".to_owned(), path.to_str().unwrap().to_owned()])));
    assert!(!is_same(&digits, &KeySource::Digits("ac".repeat(32))));
}

#[test]
fn a_command_that_gives_no_key_is_named_without_what_it_printed() {
    let run = |argv: &[&str]| KeySource::Command(argv.iter().map(|&word| word.to_owned()).collect()).held().unwrap_err();
    let told = |argv: &[&str]| told(&run(argv).into());
    insta::assert_snapshot!(told(&["no-such-program", "x"]), @"
    cannot use the key: cannot run `no-such-program`, which TENOR_KEY_COMMAND names: No such file or directory (os error 2)
    hint: run the command by hand and see what it says; it is run without a shell
    ");
    insta::assert_snapshot!(told(&["false"]), @"
    cannot use the key: `false`, which TENOR_KEY_COMMAND names, failed: exit status: 1
    hint: run the command by hand and see what it says; it is run without a shell
    ");
    insta::assert_snapshot!(told(&["echo", "secret"]), @"
    cannot use the key: what `echo` prints is no key: it is neither 32 bytes nor 64 hexadecimal digits nor 44 characters of base64
    hint: a key is 32 bytes: as they are, as 64 hexadecimal digits, or in base64
    ");
    assert!(run(&["cat", "/dev/zero"]).to_string().ends_with("failed: it printed more than 4096 bytes"));
    // Nothing of a shell: the quotes and the dollar are the word's own.
    assert!(run(&["printf", "$HOME"]).to_string().contains("what `printf` prints is no key"));
}

#[test]
fn a_lease_can_be_held_while_a_key_is_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let lease: Lease = lease(home.path());
    KeySource::Digits("ab".repeat(32)).key(&lease, &NoBytes).unwrap();
    assert!(!home.path().join("state/key").exists());
}
