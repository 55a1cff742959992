//! The API by the judgement of a program that knows its document alone: it sends what the document allows and what it does not, and every answer has to
//! be one that is described.

use crate::ran::tenor;
use crate::served::{self, Served};
use std::process::Command;
use tenor_testkit::judges;

/// What is held against the document.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Everything that a token can be for.
const SCOPES: [&str; 9] = ["cost", "orders", "orders-write", "access", "backtests", "propose", "ledger", "admin", "metrics"];

#[test]
fn whatever_is_sent_to_the_api_it_answers_as_its_document_says() {
    let Some(python) = judges::web() else { return };
    let home = served::home();
    let added = tenor(home.path(), ["user", "add", "judge", "--role", "admin"]);
    assert!(added.0.status.success(), "{added}");
    let scopes = SCOPES.iter().flat_map(|scope| ["--scope", *scope]);
    let made = tenor(home.path(), ["user", "token", "judge"].into_iter().chain(scopes));
    assert!(made.0.status.success(), "{made}");
    let token = String::from_utf8(made.0.stdout).unwrap();

    // Nothing can be bought: there is neither a proposal nor a connection, and the server was not started with --live.
    let served = Served::start_with(home.path(), &[], &[]);
    let own = tempfile::tempdir().unwrap();
    let mut judge = Command::new(python);
    judge.current_dir(own.path()).args(["-m", "schemathesis.cli", "run"]);
    judge.arg(format!("http://{}/api/v1/openapi.json", served.address));
    judge.args(["-H", &format!("Authorization: Bearer {}", token.trim())]);
    judge.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--workers", "1"]);
    judge.args(["--generation-database", "none", "--request-timeout", "30", "--continue-on-failure"]);
    judge.args(["--suppress-health-check", "all", "--warnings", "off", "--no-color"]);
    let judged = judge.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    assert!(judged.status.success(), "{told}");

    // What it sent was tried and is recorded, and nothing is bought, made or lost by it.
    let orders = tenor(home.path(), ["order", "list", "--format", "csv"]);
    assert!(String::from_utf8_lossy(&orders.0.stdout).lines().count() <= 1, "no order was made: {orders}");
    let verified = tenor(home.path(), ["ledger", "verify"]);
    assert!(verified.0.status.success(), "{verified}");
}
