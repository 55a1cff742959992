//! What is kept of a connection is read back, and opens nowhere else.

use super::{Counting, agreement, bare_agreement, by, key, name, now, open, told_of};
use crate::{Agreement, ConnectionName, Finding, NOTE_CHARACTERS_MAX, State, StoredConnection, Verdict, Verification};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tenor_permit::{
    AccountKind, AccountNumber, Capability, Connection, ExternalId, Partition, Principal, Regions, Report, Selection, Tier, capabilities,
};

fn verification() -> Verification {
    let mut verification = Verification::new(now());
    let all = Verdict::ALL.into_iter().zip(capabilities());
    all.for_each(|(verdict, capability)| verification.note(capability, Finding::new(verdict, &format!("it {verdict}"))));
    verification
}

fn with_two(home: &std::path::Path) -> State {
    let mut state = open(home);
    let random = Counting::new();
    state.add_connection(&name("prod"), &agreement(), &by(), &random).unwrap();
    state.add_connection(&name("dev"), &bare_agreement(), &by(), &random).unwrap();
    state
}

#[test]
fn connections_are_kept_by_name() {
    let home = tempfile::tempdir().unwrap();
    drop(with_two(home.path()));
    let view = State::look(home.path(), &key()).unwrap();
    let dev = StoredConnection { name: name("dev"), agreement: bare_agreement(), created: now(), verified: None };
    let prod = StoredConnection { name: name("prod"), agreement: agreement(), created: now(), verified: None };
    assert_eq!(view.connection(&name("prod")).unwrap(), Some(prod.clone()));
    assert_eq!(view.connection(&name("other")).unwrap(), None);
    assert_eq!(view.connections().unwrap(), [dev, prod]);
}

#[test]
fn a_name_is_taken_once() {
    let home = tempfile::tempdir().unwrap();
    let mut state = with_two(home.path());
    let again = state.add_connection(&name("prod"), &bare_agreement(), &by(), &Counting::new());
    insta::assert_snapshot!(told_of(home.path(), again), @"
    there is a connection `prod` already
    hint: choose another name, or change the connection that has it
    ");
    assert_eq!(state.connection(&name("prod")).unwrap().unwrap().agreement, agreement());
    for bad in ["", "Prod", "-a", "a b", "a/b", &"a".repeat(65)] {
        let error = bad.parse::<ConnectionName>().unwrap_err().to_string();
        assert!(error.ends_with("1 to 64 lower case letters, digits and hyphens, beginning with a letter or digit"), "{error}");
    }
}

#[test]
fn a_verification_is_kept_until_the_next_or_until_something_else_is_agreed_on() {
    let home = tempfile::tempdir().unwrap();
    let mut state = with_two(home.path());
    state.keep_verification(&name("prod"), &verification(), &[], &by(), &Counting::new()).unwrap();
    let held = state.connection(&name("prod")).unwrap().unwrap();
    assert_eq!(held.verified, Some(verification()));
    let first = capabilities().next().unwrap();
    assert_eq!(held.verified.unwrap().of(first).unwrap().note(), "it works");

    let later = Verification::new("2026-02-01T00:00:00.123456789Z".parse().unwrap());
    state.keep_verification(&name("prod"), &later, &[], &by(), &Counting::new()).unwrap();
    assert_eq!(state.connection(&name("prod")).unwrap().unwrap().verified, Some(later));

    state.forget_verification(&name("prod"), "it changed", &by(), &Counting::new()).unwrap();
    assert_eq!(state.connection(&name("prod")).unwrap().unwrap().verified, None);
    assert!(!super::dump(&state).contains("2026-02-01"), "findings go with it");
    state.keep_verification(&name("prod"), &verification(), &[], &by(), &Counting::new()).unwrap();

    state.change_connection(&name("prod"), &bare_agreement(), &by(), &Counting::new()).unwrap();
    let changed = StoredConnection { name: name("prod"), agreement: bare_agreement(), created: now(), verified: None };
    assert_eq!(state.connection(&name("prod")).unwrap(), Some(changed));
}

#[test]
fn a_removed_connection_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut state = with_two(home.path());
    state.keep_verification(&name("prod"), &verification(), &[], &by(), &Counting::new()).unwrap();
    state.remove_connection(&name("prod"), &by(), &Counting::new()).unwrap();
    let rows = super::dump(&state);
    let kept = |row: &&str| !row.starts_with("ledger [") && !row.starts_with("documents [");
    assert!(!rows.lines().filter(kept).any(|row| row.contains("prod")), "the ledger alone remembers it");
    assert_eq!(state.connections().unwrap().len(), 1);
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let home = tempfile::tempdir().unwrap();
    let mut state = with_two(home.path());
    let gone = name("gone");
    let expected = "there is no connection `gone`\nhint: check the name: it is the one that the account was connected with";
    assert_eq!(told_of(home.path(), state.change_connection(&gone, &agreement(), &by(), &Counting::new())), expected);
    assert_eq!(told_of(home.path(), state.keep_verification(&gone, &verification(), &[], &by(), &Counting::new())), expected);
    assert_eq!(told_of(home.path(), state.forget_verification(&gone, "it changed", &by(), &Counting::new())), expected);
    assert_eq!(told_of(home.path(), state.remove_connection(&gone, &by(), &Counting::new())), expected);
}

#[test]
fn sealed_values_cannot_be_exchanged_between_rows() {
    let home = tempfile::tempdir().unwrap();
    let state = with_two(home.path());
    let held = |name: &str| -> Vec<u8> {
        state.db.query_row("SELECT external_id FROM connections WHERE name = ?1", [name], |row| row.get(0)).unwrap()
    };
    for (name, sealed) in [("prod", held("dev")), ("dev", held("prod"))] {
        state.db.execute("UPDATE connections SET external_id = ?2 WHERE name = ?1", (name, sealed)).unwrap();
    }
    insta::assert_snapshot!(told_of(home.path(), state.connection(&name("prod"))), @"
    the sealed connections.external_id of `prod` cannot be opened: it was changed, or sealed for another row or with another key
    hint: the value was changed or moved outside Tenor: connect the account again, or restore the last backup into an empty home: tenor restore FILE --home FOLDER
    ");
    assert!(told_of(home.path(), state.connections()).contains("of `dev`"));
}

#[test]
fn no_file_of_the_home_holds_an_external_id() {
    let home = tempfile::tempdir().unwrap();
    let state = with_two(home.path());
    let digits = agreement().external_id.reveal();
    let mut bytes = 0;
    for entry in std::fs::read_dir(home.path().join("state")).unwrap() {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        bytes += content.len();
        assert!(!content.windows(32).any(|window| window == digits.as_bytes()));
        assert!(!content.windows(16).any(|window| window == b"0123456789abcdef"));
    }
    // What was searched is where it is: the role's name is found beside it.
    assert!(bytes > 0 && super::dump(&state).contains("role/tenor"));
    let shown = format!("{state:?} {:?}", state.connections().unwrap());
    assert!(shown.contains("ExternalId(hidden)") && !shown.contains(&digits));
}

#[test]
fn what_no_tenor_writes_is_refused_by_its_column() {
    let cases = [
        ("UPDATE connections SET partition = 'aws-x'", "the partition of connection `prod` is `aws-x`"),
        ("UPDATE connections SET account = '1'", "the account of connection `prod` is `1`"),
        ("UPDATE connections SET role = 'a*'", "the role of connection `prod` is `a*`"),
        ("UPDATE connections SET trusted_principal = '*'", "the trusted principal of connection `prod` is `*`"),
        ("UPDATE connections SET report_bucket = 'A'", "the bucket of connection `prod` is `A`"),
        ("UPDATE connections SET created = 'x'", "the making of connection `prod` is `x`"),
        ("UPDATE connections SET verified = 'x'", "the verification of connection `prod` is `x`"),
        ("UPDATE connection_tiers SET tier = 'all' WHERE tier = 'trial'", "a tier of connection `prod` is `all`"),
        ("UPDATE connection_switches SET capability = 'x'", "a switch of connection `prod` is `x`"),
        ("UPDATE connection_regions SET region = 'x' WHERE region = 'eu-west-1'", "the region of connection `prod` is `x`"),
        ("UPDATE findings SET capability = 'x' WHERE verdict = 'works'", "a finding of connection `prod` is `x`"),
    ];
    for (change, said) in cases {
        let home = tempfile::tempdir().unwrap();
        let mut state = open(home.path());
        state.add_connection(&name("prod"), &agreement(), &by(), &Counting::new()).unwrap();
        state.keep_verification(&name("prod"), &verification(), &[], &by(), &Counting::new()).unwrap();
        assert_eq!(state.db.execute(change, []).unwrap(), 1, "{change}");
        let told = told_of(home.path(), state.connections());
        assert!(told.starts_with(said) && told.contains("which cannot be understood"), "{told}");
    }
}

#[test]
fn the_tables_take_no_half_report_and_no_unknown_word() {
    let home = tempfile::tempdir().unwrap();
    let mut state = with_two(home.path());
    state.keep_verification(&name("prod"), &verification(), &[], &by(), &Counting::new()).unwrap();
    for change in [
        "UPDATE connections SET report_owner = NULL WHERE name = 'prod'",
        "UPDATE connections SET account_kind = 'other'",
        "UPDATE connections SET policy_version = 0",
        "UPDATE connections SET external_id = 'text'",
        "UPDATE findings SET verdict = 'fine'",
        "INSERT INTO connection_tiers (connection, tier) VALUES ('gone', 'trial')",
        "INSERT INTO call_costs (month, spent) VALUES ('January', '1')",
    ] {
        state.db.execute(change, []).unwrap_err();
    }
}

fn any_name() -> impl Strategy<Value = ConnectionName> {
    "[a-z0-9][a-z0-9-]{0,63}".prop_map(|text| name(&text))
}

fn any_connection() -> impl Strategy<Value = Connection> {
    let account = || "[0-9]{12}".prop_map(|text| text.parse::<AccountNumber>().unwrap());
    let partition = || select(&Partition::ALL);
    let trusted = (partition(), account(), "(role|user)/[A-Za-z0-9+=,.@_-]{1,64}");
    let trusted =
        trusted.prop_map(|(partition, account, rest)| format!("arn:{partition}:iam::{account}:{rest}").parse::<Principal>().unwrap());
    let report = ("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "([A-Za-z0-9_.=+-]{1,38}/){0,5}", account());
    let report =
        report.prop_map(|(bucket, prefix, owner)| Report { bucket: bucket.parse().unwrap(), prefix: prefix.parse().unwrap(), owner });
    let regions = btree_set("[a-z]{2}-[a-z]{4,9}-[1-9]".prop_map(|text| text.parse().unwrap()), 0..6);
    let regions = prop_oneof![Just(Regions::All), regions.prop_map(Regions::Only)];
    let kind = select(&[AccountKind::Payer, AccountKind::Member]);
    let all = (partition(), account(), kind, "[A-Za-z0-9_-]{1,64}", trusted, proptest::option::of(report), regions);
    all.prop_map(|(partition, account, kind, role, trusted, report, regions)| Connection {
        partition,
        account,
        kind,
        role: role.parse().unwrap(),
        trusted,
        report,
        regions,
    })
}

fn any_capability() -> impl Strategy<Value = &'static Capability> {
    select(capabilities().collect::<Vec<_>>())
}

fn any_agreement() -> impl Strategy<Value = Agreement> {
    let selection = (subsequence(&Tier::ALL, 0..=Tier::ALL.len()), vec((any_capability(), any::<bool>()), 0..8));
    let selection = selection.prop_map(|(tiers, switches)| {
        switches.into_iter().fold(Selection::of(tiers), |made, (capability, on)| made.switch(capability.name, on).unwrap())
    });
    let all = (any_connection(), selection, any::<[u8; 16]>(), 1..=u32::MAX);
    all.prop_map(|(connection, selection, bits, policy_version)| Agreement {
        connection,
        selection,
        external_id: ExternalId::from_random(bits),
        policy_version,
    })
}

fn any_verification() -> impl Strategy<Value = Verification> {
    let moment =
        (-62_135_596_800_i64..253_402_207_200, 0..1_000_000_000).prop_map(|(second, nano)| jiff::Timestamp::new(second, nano).unwrap());
    let finding = (select(&Verdict::ALL), any::<String>()).prop_map(|(verdict, note)| Finding::new(verdict, &note));
    (moment, vec((any_capability(), finding), 0..12)).prop_map(|(at, findings)| {
        let mut verification = Verification::new(at);
        findings.into_iter().for_each(|(capability, finding)| verification.note(capability, finding));
        verification
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_kept_is_read_back(
        all in proptest::collection::btree_map(any_name(), (any_agreement(), proptest::option::of(any_verification())), 1..4)
    ) {
        let home = tempfile::tempdir().unwrap();
        let (mut state, random) = (open(home.path()), Counting::new());
        for (name, (agreement, verification)) in &all {
            state.add_connection(name, agreement, &by(), &random).unwrap();
            if let Some(verification) = verification {
                state.keep_verification(name, verification, &[], &by(), &Counting::new()).unwrap();
            }
        }
        drop(state);
        let expected = all.into_iter().map(|(name, (agreement, verified))| StoredConnection { name, agreement, created: now(), verified });
        prop_assert_eq!(State::look(home.path(), &key()).unwrap().connections().unwrap(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_note_is_kept_to_its_limit(note in any::<String>(), long in "é{990,1010}") {
        prop_assert!(note.starts_with(Finding::new(Verdict::Works, &note).note()));
        prop_assert_eq!(Finding::new(Verdict::Works, &long).note().chars().count(), long.chars().count().min(NOTE_CHARACTERS_MAX));
    }
}
