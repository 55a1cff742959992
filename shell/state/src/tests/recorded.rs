//! What is changed and that it was changed are durable together.

use super::{Counting, NoBytes, agreement, bare_agreement, by, dump, key, lease, name, no_files, now, open, restored, told_of};
use crate::folder::database;
use crate::migrate::{self, MIGRATIONS};
use crate::{By, Finding, Imported, KeyError, State, Verdict, Verification, View, make_signing_key, read_signing_key, verify_exported};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use tenor_ledger::{Actor, ContentHash, SigningKey, Text};
use tenor_order::Role;
use tenor_permit::capabilities;

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

/// What the entries say, each without the hashes' tails.
fn told(view: &View) -> String {
    let json = |entry: tenor_ledger::Entry| serde_json::to_string(entry.known().unwrap().1).unwrap();
    let short = |json: String| json.split('"').map(|word| if word.len() == 64 { &word[..8] } else { word }).collect::<Vec<_>>().join("\"");
    view.entries(1, 100).unwrap().into_iter().map(json).map(short).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_change_of_a_connection_is_an_entry_and_names_its_document() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let (prod, random) = (name("prod"), Counting::new());
    state.begin_ledger(&text("0.1.0"), &random, now()).unwrap();
    state.add_connection(&prod, &agreement(), &by(), &random).unwrap();
    let mut verification = Verification::new(now());
    let two: Vec<_> = capabilities().take(2).collect();
    verification.note(two[0], Finding::new(Verdict::Works, ""));
    state.keep_verification(&prod, &verification, &[], &by(), &random).unwrap();
    verification.note(two[1], Finding::new(Verdict::Missing, "sts:Nothing"));
    state.keep_verification(&prod, &verification, &["the policy `a` is missing".to_owned()], &by(), &random).unwrap();
    state.forget_verification(&prod, "the trust policy is another", &by(), &random).unwrap();
    state.change_connection(&prod, &bare_agreement(), &by(), &random).unwrap();
    state.remove_connection(&prod, &by(), &random).unwrap();
    insta::assert_snapshot!(told(&state), @r#"
    {"kind":"started","version":"0.1.0"}
    {"kind":"connection-made","connection":"prod","account":"111122223333","agreement":"7ff47d08"}
    {"kind":"connection-verified","connection":"prod","policy_version":1,"findings":"24f7193c"}
    {"kind":"connection-drifted","connection":"prod","policy_version":1,"findings":"a8fdd601","missing":1,"excess":0}
    {"kind":"connection-drifted","connection":"prod","policy_version":1,"findings":"19834838","missing":0,"excess":0}
    {"kind":"connection-changed","connection":"prod","agreement":"11b0cae4"}
    {"kind":"connection-removed","connection":"prod"}
    "#);
    assert_eq!(state.document(agreement().hash()).unwrap().as_deref(), Some(agreement().encode().as_str()));
    assert_eq!(dump(&state).matches("documents [").count(), 5);
    assert_eq!(state.book().unwrap().agreement(&prod.text()), None);
}

#[test]
fn an_agreement_has_one_encoding() {
    insta::assert_snapshot!([agreement().encode(), bare_agreement().encode()].join("\n"), @r#"
    {"agreement":1,"partition":"aws","account":"111122223333","account_kind":"payer","role":"tenor","trusted":"arn:aws:iam::444455556666:role/tenor","report":{"bucket":"acme-cur","prefix":"hourly/","owner":"111122223333"},"regions":["eu-west-1","us-east-1"],"tiers":["commitments","trial"],"switches":{"sp-return":false},"external_id":"220fbda348c698c4311bb72662e8efdbd606c83aee1b4433d293c41e9e2b3a37","policy_version":1}
    {"agreement":1,"partition":"aws","account":"111122223333","account_kind":"member","role":"tenor","trusted":"arn:aws:iam::444455556666:role/tenor","report":null,"regions":[],"tiers":[],"switches":{},"external_id":"eed9d5e1cde81403a49dfb62d8e90dc69af7dbb5e951fc68075db54cf3a6f3d0","policy_version":2}
    "#);
    let mut other = agreement();
    other.external_id = tenor_permit::ExternalId::from_random([1; 16]);
    assert_ne!(other.hash(), agreement().hash());
    assert!(!other.encode().contains(&other.external_id.reveal()));
}

#[test]
fn what_cannot_be_recorded_is_not_changed() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    state.add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    let before = dump(&state);
    let told = told_of(home.path(), state.remove_connection(&name("prod"), &by(), &NoBytes));
    assert!(told.contains("no random bytes"), "{told}");
    let told = told_of(home.path(), state.keep_verification(&name("prod"), &Verification::new(now()), &[], &by(), &NoBytes));
    assert!(told.contains("no random bytes"), "{told}");
    assert!(state.add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).is_err());
    assert_eq!(dump(&state), before);
}

#[test]
fn a_ledger_that_begins_late_tells_of_the_connections_that_are_there() {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    // As a Tenor without a ledger left it.
    let db = Connection::open(database(home.path())).unwrap();
    db.execute_batch("DROP TABLE ledger; DROP TABLE ledger_head; DROP TABLE ledger_checkpoints; DROP TABLE documents").unwrap();
    db.execute_batch(
        "DROP TABLE answers; DROP TABLE identities; DROP TABLE job_backups; DROP TABLE job_runs; DROP TABLE jobs; DROP TABLE outbox; DROP TABLE cursors",
    )
    .unwrap();
    db.execute_batch("DROP TABLE tokens; DROP TABLE sessions; DROP TABLE invitations; DROP TABLE users").unwrap();
    db.execute_batch("DELETE FROM migrations WHERE number > 1").unwrap();
    assert_eq!(migrate::held(&db, &database(home.path()), MIGRATIONS).unwrap(), 1);
    drop(db);
    fs::remove_file(home.path().join("state/ledger.mark")).unwrap();
    let mut state = open(home.path());
    state.begin_ledger(&text("0.1.0"), &Counting::new(), now()).unwrap();
    assert_eq!(state.book().unwrap().agreement(&text("prod")), Some(agreement().hash()));
    assert_eq!(state.document(agreement().hash()).unwrap(), Some(agreement().encode()));
}

#[test]
fn an_import_is_recorded_once_in_each_version() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let period = |provider: &str, version: &str| Imported {
        payer: "111122223333".parse().unwrap(),
        period: "2026-01".parse().unwrap(),
        provider: provider.to_owned(),
        version: version.to_owned(),
    };
    let mut record = |held: &[Imported]| state.record_imports(held, &by(), &Counting::new()).unwrap();
    let both = [period("AWS", "a"), period("A Seller", "s")];
    assert_eq!([record(&both), record(&both), record(&[period("AWS", "b")]), record(&both), record(&[])], [2, 0, 1, 1, 0]);
    insta::assert_snapshot!(told(&state), @r#"
    {"kind":"data-imported","payer":"111122223333","period":"2026-01","version":"AWS a"}
    {"kind":"data-imported","payer":"111122223333","period":"2026-01","version":"A Seller s"}
    {"kind":"data-imported","payer":"111122223333","period":"2026-01","version":"AWS b"}
    {"kind":"data-imported","payer":"111122223333","period":"2026-01","version":"AWS a"}
    "#);
}

#[test]
fn a_key_is_enrolled_once_and_revoked_for_good() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let (key, random, ann) = (SigningKey::from_seed(&[5; 32]).public(), Counting::new(), text("ann"));
    let unknown = told_of(home.path(), state.revoke(key, &text("lost"), &by(), &random));
    state.enrol(key, &ann, Role::Approver, &by(), &random).unwrap();
    let twice = told_of(home.path(), state.enrol(key, &text("bob"), Role::Proposer, &by(), &random));
    state.revoke(key, &text("lost"), &by(), &random).unwrap();
    let again = told_of(home.path(), state.revoke(key, &text("lost"), &by(), &random));
    let back = told_of(home.path(), state.enrol(key, &ann, Role::Approver, &by(), &random));
    insta::assert_snapshot!([unknown, twice, again, back].join("\n").replace(&key.to_string(), "KEY"), @"
    cannot use the ledger: the key KEY is not enrolled
    hint: enrol the key first: tenor key enrol
    cannot use the ledger: the key KEY is enrolled for ann already, as approver
    hint: make another key for another person or role
    cannot use the ledger: the key KEY was revoked
    hint: make and enrol another key: who may have this one, nobody knows
    cannot use the ledger: the key KEY was revoked
    hint: make and enrol another key: who may have this one, nobody knows
    ");
    let book = state.book().unwrap();
    assert!(book.keys()[&key].revoked.is_some());
}

#[test]
fn a_key_that_signs_is_made_once_and_read_by_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ann.key");
    let made = make_signing_key(&path, &Counting::new()).unwrap();
    assert_eq!(read_signing_key(&path).unwrap().public(), made.public());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read_to_string(&path).unwrap();
    assert!(before.len() == 65 && before.ends_with('\n'));
    let told = |error: KeyError| format!("{error}\nhint: {}", error.hint()).replace(home.path().to_str().unwrap(), "HOME");
    let taken = told(make_signing_key(&path, &Counting::new()).unwrap_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let open = told(read_signing_key(&path).unwrap_err());
    let missing = told(read_signing_key(&home.path().join("bob.key")).unwrap_err());
    insta::assert_snapshot!([taken, open, missing].join("\n"), @"
    there is a file `HOME/ann.key` already
    hint: name a file that is not there: a key is never overwritten
    the key `HOME/ann.key` can be read by others: its mode is 640
    hint: close it to others with chmod 600; if somebody may have read it, treat the External IDs as known, or revoke the key if it signs
    cannot read the key `HOME/bob.key`
    hint: check whether this user may read and write there
    ");
}

#[test]
fn an_exported_ledger_is_verified_without_its_home() {
    let home = tempfile::tempdir().unwrap();
    let mut state = open(home.path());
    let (signer, random) = (SigningKey::from_seed(&[5; 32]), Counting::new());
    state.begin_ledger(&text("0.1.0"), &random, now()).unwrap();
    state.enrol(signer.public(), &text("ann"), Role::Approver, &by(), &random).unwrap();
    let signed = state.checkpoint(Actor::System, &signer, &random, now()).unwrap();
    let mut bytes = Vec::new();
    state.export_ledger(&mut bytes).unwrap();
    let checkpoint = *signed.checkpoint();
    let verified = verify_exported(&mut bytes.as_slice(), &[checkpoint]).unwrap();
    assert_eq!(verified, state.verify_ledger(&[]).unwrap());
    assert_eq!(verified.enrolled, [signer.public()].into());
    let told = |bytes: &[u8]| match verify_exported(&mut &*bytes, &[checkpoint]) {
        Ok(verified) => format!("{} entries", verified.report.head.sequence()),
        Err(error) => std::error::Error::source(&error).map_or(error.to_string(), |source| format!("{error}: {source}")),
    };
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut changed = bytes.clone();
    changed[40] ^= 1;
    let all = [
        told(&bytes),
        told(&changed),
        told(lines[0]),
        told(&[lines[0], lines[2]].concat()),
        told(&[lines[1], lines[0]].concat()),
        told(&bytes[..bytes.len() - 1]),
        told(&[&bytes, "x".repeat(100_000).as_bytes()].concat()),
        told(b""),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    3 entries
    the ledger is not whole: entry 1, bytes 0 to 293: changed: its bytes do not have the hash that it states
    the ledger is not what was signed when it had 2 entries: the ledger was cut before this checkpoint: it ends with entry 1
    the ledger is not whole: entry 2, bytes 293 to 733: missing, with all up to entry 2
    the ledger is not whole: entry 1, bytes 0 to 384: out of order: entry 2 stands in its place
    the ledger is not whole: entry 3, bytes 677 to 1116: cut short: the line has no end
    the ledger is not whole: entry 4, bytes 1117 to 66655: not an entry: it is longer than 65536 bytes
    the ledger is not what was signed when it had 2 entries: the ledger was cut before this checkpoint: it ends with entry 0
    ");
}

#[test]
fn an_operator_is_who_the_environment_says_or_a_number() {
    let name = |variables: &'static [(&str, &str)]| {
        let variable = |name: &'static str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        match By::operator(variable, now()).actor {
            Actor::Operator { name } => name.to_string().split('@').next().unwrap().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(name(&[("USER", "ann"), ("LOGNAME", "bob")]), "ann");
    assert_eq!(name(&[("USER", ""), ("LOGNAME", "bob")]), "bob");
    assert!(name(&[]).starts_with("uid-"));
}

#[test]
fn a_backup_has_the_agreements() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = home.path().join("backup");
    let mut state = open(home.path());
    state.add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
    state.backup(&file, no_files, &Counting::new(), now()).unwrap();
    restored(&lease(other.path()), &file, &key()).unwrap();
    let document = State::look(other.path(), &key()).unwrap().document(agreement().hash()).unwrap().unwrap();
    assert_eq!(ContentHash::sha256(document.as_bytes()), agreement().hash());
}
