//! A sandbox that listens, the role that asks it, and a clock that only moves when somebody waits.

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_aws::client::{
    CallRecord, CallSink, Chance, Client, Clock, Credentials, Fixed, HttpTransport, Meter, Outgoing, Place, Role, Shared, Throttle,
    Transport,
};
use tenor_execute::LiveAws;
use tenor_permit::{AccountKind, Connection, ExternalId, Partition, Permit, Regions, Selection, cloudformation};
use tenor_sandbox::{CONTROL_KEY_HEADER, CONTROL_PATH, Cloud, Control, FaultKind, Order, PlannedFault, Server, Setup};
use tenor_wire::Secret;

pub(crate) const REGION: &str = "us-east-1";
/// When the sandbox's time begins.
pub(crate) const START: &str = "2025-01-01T00:00:00Z";
const KEY: &str = "the test's own";

/// A sandbox, and who is in it.
pub(crate) struct Rehearsal {
    /// Whoever has all rights, and is not Tenor.
    pub(crate) stranger: Client,
    pub(crate) live: LiveAws,
    /// Each operation that was called, and in which Region.
    pub(crate) called: Arc<Called>,
    control: Control,
    endpoint: String,
}

/// Each operation that was called, and in which Region; and each once, by service and name.
#[derive(Default)]
pub(crate) struct Called(pub(crate) Mutex<Vec<(String, String)>>, pub(crate) Mutex<BTreeSet<(String, String)>>);

impl CallSink for Called {
    fn record(&self, record: &CallRecord) {
        self.0.lock().unwrap().push((record.operation.clone(), record.region.clone()));
        self.1.lock().unwrap().insert((record.service.clone(), record.operation.clone()));
    }
}

/// What stands still but for whoever waits, and never makes anybody wait for longer than nothing.
#[derive(Default)]
struct Quick(Mutex<SignedDuration>);

/// So long no pause between attempts is: it is how long an answer is waited for.
const TIME_OUT: Duration = Duration::from_secs(60);

impl Clock for Quick {
    fn now(&self) -> Timestamp {
        // Signatures are of this moment.
        Timestamp::now() + *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if time >= TIME_OUT {
                std::future::pending::<()>().await;
            }
            *self.0.lock().unwrap() += SignedDuration::try_from(time).unwrap();
        })
    }
}

impl Chance for Quick {
    fn up_to(&self, _: u64) -> u64 {
        0
    }
}

/// A role that may do everything.
const TEMPLATE: &str = r#"{"Resources": {
"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "Tenor", "Path": "/tenor/", "MaxSessionDuration": 3600,
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:user/administrator"}}}]},
  "Policies": [{"PolicyName": "own", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}}}}"#;

impl Rehearsal {
    pub(crate) async fn start() -> Self {
        Self::with(|_| (TEMPLATE.to_owned(), None)).await
    }

    /// The same with a role that has the published policies of a selection, and no more.
    pub(crate) async fn granting(selection: &Selection) -> (Self, Permit) {
        let (id, mut permit) = (ExternalId::from_random([7; 16]), None);
        let rehearsal = Self::with(|account| {
            let connection = Connection {
                partition: Partition::Aws,
                account: account.parse().unwrap(),
                kind: AccountKind::Payer,
                role: "Tenor".parse().unwrap(),
                trusted: format!("arn:aws:iam::{account}:user/administrator").parse().unwrap(),
                report: None,
                regions: Regions::Only([REGION.parse().unwrap()].into()),
            };
            let made = Permit::new(selection, &connection);
            let template = cloudformation(&made, &connection).unwrap();
            permit = Some(made);
            (template, Some(id.reveal()))
        });
        let rehearsal = rehearsal.await;
        (rehearsal, permit.unwrap())
    }

    /// With the role of a template for the account, and the External ID that it asks for.
    async fn with(role: impl FnOnce(&str) -> (String, Option<String>)) -> Self {
        let setup = Setup { seed: 7, secret: 7, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 };
        let mut cloud = Cloud::new(setup);
        let keys = cloud.keys()[0].clone();
        let (template, external_id) = role(&keys.account);
        let parameters: BTreeMap<String, String> = external_id.iter().map(|id| ("ExternalId".to_owned(), id.clone())).collect();
        let deploy = Order::Deploy { account: keys.account.clone(), template, parameters };
        let role = deploy.apply(&mut cloud).unwrap();
        let server = Server::bind(cloud, None, "127.0.0.1:0".parse().unwrap(), Timestamp::now, KEY.to_owned()).await.unwrap();
        let (endpoint, control) = (format!("http://{}", server.address()), server.control());
        tokio::spawn(server.run(std::future::pending()));
        let (clock, called) = (Arc::new(Quick::default()), Arc::new(Called::default()));
        let shared = Shared {
            transport: Arc::new(HttpTransport::default()),
            clock: Arc::clone(&clock) as _,
            chance: clock,
            throttle: Throttle::default(),
            purse: Arc::new(Meter::unlimited()),
            sink: Arc::clone(&called) as _,
        };
        let credentials = Credentials { key_id: keys.access_key, secret_key: Secret::new(keys.secret_key), session_token: None, end: None };
        let place = Place { endpoint: Some(endpoint.clone()), ..Place::new("eu-west-1") };
        let stranger = Client::new(Arc::new(shared), Arc::new(Fixed(credentials)), place, &keys.account);
        let own = stranger.assuming(session(&role, "tenor-1", external_id));
        let live = LiveAws::new(keys.account.parse().unwrap(), own);
        Self { stranger: stranger.in_region(REGION), live, called, control, endpoint }
    }

    pub(crate) fn account(&self) -> &str {
        self.stranger.account()
    }

    /// Lets so many seconds pass.
    pub(crate) fn advance(&self, seconds: i64) {
        self.control.pass(seconds).unwrap();
    }

    /// Lets the next calls of an operation go wrong.
    pub(crate) async fn plan(&self, operation: &str, kind: FaultKind, times: u32) {
        self.order(&Order::Fault(PlannedFault { operation: operation.to_owned(), kind, per_mille: 1000, times })).await;
    }

    /// Does something to the sandbox.
    pub(crate) async fn order(&self, order: &Order) {
        let request = Outgoing {
            method: "POST".to_owned(),
            url: format!("{}{CONTROL_PATH}", self.endpoint),
            headers: vec![(CONTROL_KEY_HEADER.to_owned(), KEY.to_owned())],
            body: serde_json::to_vec(order).unwrap(),
            is_alone: true,
        };
        let answer = HttpTransport::default().send(request).await.unwrap();
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    }
}

fn session(role: &str, name: &str, external_id: Option<String>) -> Role {
    let external_id = external_id.map(Secret::new);
    let (arn, session_name) = (role.to_owned(), name.to_owned());
    Role { arn, external_id, session_name, source_identity: None, may_be_unnamed: true, seconds: 3_600 }
}
