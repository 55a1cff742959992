//! The sandbox as boto3 sees it, judged by botocore's own models. Each script is a session on a fresh sandbox.

use jiff::Timestamp;
use std::collections::HashSet;
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use tempfile::TempDir;
use tenor_sandbox::{Cloud, Server, Setup, Store};
use tenor_testkit::moto::Moto;
use tenor_testkit::{judges, shared};
use tenor_wire::Model;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const CONTROL_KEY: &str = "the tests' own";
/// What a script says before an error that it met.
const REFUSED: &str = "refused ";

/// Operations that some script called and got a good answer of.
fn judged() -> &'static Mutex<HashSet<String>> {
    static JUDGED: OnceLock<Mutex<HashSet<String>>> = OnceLock::new();
    JUDGED.get_or_init(Mutex::default)
}

/// A sandbox that listens until this goes out of use.
pub(crate) struct Listening {
    runtime: Option<Runtime>,
    stop: Option<oneshot::Sender<()>>,
    /// Where its books are.
    #[expect(dead_code, reason = "held, not used")]
    dir: TempDir,
    pub(crate) endpoint: String,
    pub(crate) keys: Vec<tenor_sandbox::Keys>,
}

pub(crate) fn setup() -> Setup {
    Setup { seed: 7, secret: 7, accounts: 8, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 }
}

impl Listening {
    pub(crate) fn start() -> Self {
        Self::with(false)
    }

    /// With or without a file of its books, without which nothing is delivered.
    fn with(store: bool) -> Self {
        let cloud = Cloud::new(setup());
        let dir = tempfile::tempdir().unwrap();
        let store = store.then(|| Store::at(&dir.path().join("books.json")));
        let keys = cloud.keys().to_vec();
        let runtime = Runtime::new().unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let server = runtime.block_on(Server::bind(cloud, store, address, Timestamp::now, CONTROL_KEY.to_owned())).unwrap();
        let endpoint = format!("http://{}", server.address());
        let (stop, stopped) = oneshot::channel::<()>();
        runtime.spawn(server.run(async { drop(stopped.await) }));
        Self { runtime: Some(runtime), stop: Some(stop), dir, endpoint, keys }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Runs one script against a fresh sandbox; it fails the test by failing.
fn session(name: &str) {
    session_beside(name, "");
}

/// The same beside another simulated AWS, to compare with.
fn session_beside(name: &str, other_endpoint: &str) {
    session_on(&Listening::start, name, other_endpoint);
}

fn session_on(start: &dyn Fn() -> Listening, name: &str, other_endpoint: &str) {
    let Some(python) = judges::python() else { return };
    let Some(judge) = shared::path("judge") else { return };
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/main/wire");
    let sandbox = start();
    let keys = sandbox.keys.iter().map(|keys| format!("{} {} {}", keys.account, keys.access_key, keys.secret_key));
    let output = Command::new(python)
        .arg(format!("{scripts}/{name}.py"))
        .env("PYTHONPATH", format!("{scripts}:{}", judge.display()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SANDBOX_ENDPOINT", &sandbox.endpoint)
        .env("SANDBOX_CONTROL_KEY", CONTROL_KEY)
        .env("OTHER_ENDPOINT", other_endpoint)
        .env("SANDBOX_KEYS", keys.collect::<Vec<_>>().join("\n"))
        .output()
        .unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}:\n{said}\n{wrong}");
    let (refused, judged_well): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.starts_with(REFUSED));
    judged().lock().unwrap().extend(judged_well.into_iter().map(str::to_owned));
    check_refused(name, &refused);
}

/// The errors of the operations' models that a script met are those of its file, which a test of all scripts' files goes by.
fn check_refused(name: &str, refused: &[&str]) {
    let is_modelled = |line: &&str| {
        let Some((service, operation, code)) = line.split_once(' ').and_then(|(call, code)| {
            let (service, operation) = call.split_once(':')?;
            Some((service, operation, code))
        }) else {
            return false;
        };
        let operation = Model::catalogued().service(service).and_then(|service| service.operation(operation));
        operation.is_some_and(|operation| operation.errors.iter().any(|error| error.code == code))
    };
    let lines = refused.iter().filter_map(|line| line.strip_prefix(REFUSED)).filter(is_modelled);
    let met: String = lines.map(|line| format!("{line}\n")).collect();
    let path = format!("{}/tests/main/wire/refused/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("TENOR_REFUSED").is_some() {
        std::fs::write(&path, &met).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(met, kept, "the errors of `{name}`; TENOR_REFUSED=1 writes them anew");
}

#[test]
fn savings_plans_are_sold_queued_returned_and_described() {
    session("savings_plans");
}

#[test]
fn what_goes_wrong_goes_wrong_as_planned() {
    session("faults");
}

#[test]
fn roles_let_in_whom_they_trust_and_no_further_than_their_policies() {
    session("access");
}

#[test]
fn cloudtrail_keeps_changes_and_what_was_refused() {
    session("trail");
}

#[test]
fn roles_and_policies_are_told_as_moto_tells_them() {
    let Some(moto) = Moto::start() else { return };
    session_beside("identity", &moto.endpoint);
}

#[test]
fn database_and_cache_reservations_are_sold_by_name_and_described() {
    session("databases");
}

#[test]
fn redshift_nodes_are_reserved_and_exchanged_and_processing_units_reserved() {
    session("redshift");
}

#[test]
fn opensearch_instances_are_reserved_by_name() {
    session("opensearch");
}

#[test]
fn the_organization_is_described_as_moto_describes_one() {
    let Some(moto) = Moto::start() else { return };
    session_beside("organization", &moto.endpoint);
}

#[test]
fn accounts_sharing_reports_and_exports_are_described() {
    session("papers");
}

#[test]
fn bills_are_delivered_into_buckets_that_s3_serves() {
    session_on(&|| Listening::with(true), "s3", "");
}

#[test]
fn price_lists_are_told_and_served_as_files() {
    session("prices");
}

#[test]
fn reserved_instances_are_sold_queued_and_described() {
    session("ec2_reservations");
}

#[test]
fn quotas_are_told_as_they_are_enforced_and_raised_when_asked_for() {
    session("quotas");
}

#[test]
fn reserved_instances_are_modified() {
    session("ec2_modify");
}

#[test]
fn convertible_reserved_instances_are_exchanged() {
    session("ec2_exchange");
}

#[test]
fn reserved_instances_are_resold() {
    session("ec2_marketplace");
}

#[test]
fn cost_explorer_tells_costs_by_time_and_by_anything() {
    session("explorer");
}

#[test]
fn cost_explorer_tells_coverage_and_utilization_of_what_was_bought() {
    session("explorer_use");
}

#[test]
fn cost_explorer_advises_what_would_have_saved_the_most() {
    session("explorer_advice");
}
