//! Connections proved against an IAM that enforces: who gets in, what works, what is lacking, what was changed.

use std::sync::Arc;
use tenor_aws::client::{Client, Credentials, Fixed, HttpTransport, Meter, Nowhere, Place, Shared, SystemClock, Throttle};
use tenor_aws::proof::{Errand, Purpose, SourceIdentity, connected, role_found, simulations, trials};
use tenor_money::Money;
use tenor_permit::{
    AccountKind, Connection, Drift, ExternalId, NotProved, Observed, Partition, Permit, Question, Regions, Selection, Standing, Tier,
    documents, drift, standings, trust_policy,
};
use tenor_testkit::emulator::{ACCOUNT, Emulator};
use tenor_wire::Secret;

const RIGHT: ExternalId = ExternalId::from_random([7; 16]);
const WRONG: ExternalId = ExternalId::from_random([8; 16]);

fn connection() -> Connection {
    Connection {
        partition: Partition::Aws,
        account: ACCOUNT.parse().unwrap(),
        kind: AccountKind::Payer,
        role: "Tenor".parse().unwrap(),
        trusted: format!("arn:aws:iam::{ACCOUNT}:user/caller").parse().unwrap(),
        report: None,
        regions: Regions::All,
    }
}

fn client(emulator: &Emulator, key_id: String, secret: &str) -> Client {
    let credentials = Credentials { key_id, secret_key: Secret::new(secret), session_token: None, end: None };
    let shared = Shared {
        transport: Arc::new(HttpTransport::default()),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemClock),
        throttle: Throttle::default(),
        purse: Arc::new(Meter::up_to(Money::ZERO)),
        sink: Arc::new(Nowhere),
    };
    let place = Place { endpoint: Some(emulator.endpoint.clone()), ..Place::new("us-east-1") };
    Client::new(Arc::new(shared), Arc::new(Fixed(credentials)), place, ACCOUNT)
}

/// The emulator takes a role's path off its ARN before it looks for a permission, and asks for the simulation's on everything; AWS does neither. This
/// policy lets Tenor look all the same.
const WITHOUT_PATH: &str = "without-path";

/// The trial's documents, changed by a word.
fn trial(from: &str, to: &str) -> Vec<(String, String)> {
    let connection = connection();
    let permit = Permit::new(&Selection::of([Tier::Trial]), &connection);
    let changed = |text: String| text.replace(from, to);
    let mut all: Vec<_> =
        documents(&permit, &connection).unwrap().iter().map(|one| (one.name(), changed(one.to_json(&connection)))).collect();
    let reads = r#"["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"]"#;
    let statement = format!(r#"{{"Effect": "Allow", "Action": {reads}, "Resource": "arn:aws:iam::{ACCOUNT}:role/Tenor"}}"#);
    let simulates = r#"{"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}"#;
    all.push((WITHOUT_PATH.to_owned(), format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}, {simulates}]}}"#)));
    all
}

/// What the role is like: how capabilities stand that are not whole, and its drift.
async fn seen(client: &Client) -> (Vec<String>, Vec<Drift>) {
    let (connection, selection) = (connection(), Selection::of([Tier::Trial]));
    let permit = Permit::new(&selection, &connection);
    let errand = Errand { purpose: Purpose::Verify, person: Some(SourceIdentity::of("ada")) };
    let role = connected(client, &connection, &RIGHT, &errand);
    let simulated = simulations(&role, &connection, &Question::all(&permit, &connection)).await;
    let standings = standings(&selection, &connection, &Observed { simulated, ..Observed::default() });
    let told = standings.iter().filter(|(_, standing)| !matches!(standing, Standing::Works | Standing::Part(_) | Standing::NotOffered(_)));
    let told = told.map(|(capability, standing)| format!("{capability}: {standing:?}")).collect();
    let found = role_found(&role, &connection).await.unwrap();
    let mut drifts = drift(&permit, &connection, &RIGHT, &found).unwrap();
    assert!(drifts.contains(&Drift::Added(WITHOUT_PATH.to_owned())), "what was added is seen");
    drifts.retain(|drift| *drift != Drift::Added(WITHOUT_PATH.to_owned()));
    (told, drifts)
}

#[tokio::test]
async fn a_role_is_proved_before_it_is_used() {
    let Some(emulator) = Emulator::start() else { return };
    let (key, secret) = emulator.caller("caller");
    let client = client(&emulator, key, &secret);
    let connection = connection();
    let tried = async || trials(&client, &connection, &RIGHT, &WRONG).await.proves();

    assert_eq!(tried().await, Err(NotProved::Refused), "there is no role yet");

    let strict = trust_policy(&connection, &RIGHT);
    let statement = format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "sts:AssumeRole"}}"#, connection.trusted);
    let lax = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
    emulator.role("Tenor", &lax, "1", &trial("", ""));
    assert_eq!(tried().await, Err(NotProved::TakesNone));

    emulator.role("Tenor", &trust_policy(&connection, &WRONG), "1", &[]);
    assert_eq!(tried().await, Err(NotProved::TakesWrong), "somebody else's External ID");

    emulator.role("Tenor", &strict, "1", &[]);
    assert_eq!(tried().await, Ok(()));
    assert_eq!(seen(&client).await, (vec![], vec![]));

    emulator.role("Tenor", &strict, "1", &trial("\"iam:ListAccountAliases\"", "\"iam:ListAccountAliasesNot\""));
    let (told, drifts) = seen(&client).await;
    assert_eq!(told, [r#"account-identity: Missing(["iam:ListAccountAliases"])"#]);
    assert_eq!(drifts, [Drift::Changed("trial-1".to_owned())]);

    emulator.role("Tenor", &strict, "0", &[]);
    emulator.attach("Tenor", "Administrators");
    let (_, drifts) = seen(&client).await;
    let added = Drift::Added(format!("arn:aws:iam::{ACCOUNT}:policy/Administrators"));
    assert_eq!(drifts, [added, Drift::Changed("trial-1".to_owned()), Drift::Version { found: "0".to_owned(), newest: 1 }]);
}
