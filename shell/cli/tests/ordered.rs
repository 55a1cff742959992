//! An order from its proposal to its end, against a sandbox: made, approved by another, rehearsed, carried out, and in the ledger; and all that refuses it.

use crate::ran::{Ran, tenor_in};
use crate::sandbox::Sandbox;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tenor_aws::reads::cloudtrail::events_since;

/// A home with a bill, prices, a proposal, a sandbox and a connection to its payer.
pub(crate) struct Rehearsal {
    pub(crate) home: TempDir,
    pub(crate) sandbox: Sandbox,
    pub(crate) caller: [String; 2],
    /// The payer, and the keys of its administrator.
    pub(crate) payer: [String; 3],
}

impl Rehearsal {
    pub(crate) fn begin() -> Self {
        let home = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::serve(home.path());
        let mut made = Self { home, sandbox, caller: Default::default(), payer: Default::default() };
        let keys = made.done("--format csv sandbox keys");
        let row = |number: usize| keys.lines().nth(number).unwrap().split(',').map(str::to_owned).collect::<Vec<_>>();
        let ([payer, _, payer_key, payer_secret], [account, _, key, secret]) = (&row(1)[..], &row(2)[..]) else { panic!("{keys}") };
        made.caller = [key.clone(), secret.clone()];
        made.payer = [payer.clone(), payer_key.clone(), payer_secret.clone()];
        made.done("sandbox advance 60d");
        let (bills, settings, out) = (made.path("bills"), made.path("settings"), made.path("template"));
        made.done(&format!("sandbox bills --out {bills} --settings {settings}"));
        made.done(&format!("import {bills}"));
        made.done(&format!("prices import {settings}/prices.csv"));
        let trusted = format!("arn:aws:iam::{account}:user/administrator");
        made.done(&format!("connect make payer --account {payer} --trusted {trusted} --tier trial,detail,commitments --out {out}"));
        made.done(&format!("sandbox deploy {out}/tenor.template.json --account {payer} --parameters {out}/parameters.json"));
        made.done("connect prove payer");
        for (name, role) in [("ada", "proposer"), ("ben", "approver"), ("eve", "approver")] {
            let key = made.done(&format!("key make {}", made.path(name)));
            made.done(&format!("key enrol {} --name {name} --role {role}", key.trim()));
        }
        made
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    pub(crate) fn run(&self, words: &str) -> Ran {
        self.run_at(&self.sandbox.endpoint, words)
    }

    fn run_at(&self, endpoint: &str, words: &str) -> Ran {
        tenor_in(self.home.path(), words.split(' '), &self.variables(endpoint))
    }

    /// The environment of whoever acts, with AWS at this address.
    pub(crate) fn variables<'a>(&'a self, endpoint: &'a str) -> [(&'a str, &'a str); 5] {
        let [key, secret] = &self.caller;
        [
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", secret),
            ("AWS_REGION", "us-east-1"),
            ("TENOR_SANDBOX_TIME", "true"),
        ]
    }

    pub(crate) fn done(&self, words: &str) -> String {
        let ran = self.run(words);
        assert!(ran.0.status.success(), "{words}: {ran}");
        String::from_utf8(ran.0.stdout).unwrap()
    }

    /// What it refuses, without what differs from run to run.
    pub(crate) fn refused(&self, words: &str) -> String {
        let ran = self.run(words);
        assert_eq!(ran.0.status.code(), Some(1), "{words}: {ran}");
        String::from_utf8(ran.0.stderr)
            .unwrap()
            .lines()
            .filter(|line| line.starts_with("error") || line.starts_with("  because"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub(crate) fn terms(&self, text: &str) {
        std::fs::write(self.home.path().join("terms.toml"), text).unwrap();
        self.done(&format!("order terms {}", self.path("terms.toml")));
    }

    /// The proposal that `tenor propose` kept, with at least so many of its steps that can be bought now.
    pub(crate) fn proposal(&self) -> PathBuf {
        self.done("propose --scenarios 4");
        let folder = self.home.path().join("proposals");
        std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
    }

    /// All proposals that are kept.
    fn proposals(&self) -> Vec<PathBuf> {
        let folder = self.home.path().join("proposals");
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// By whom CloudTrail says that an operation was called: the session's name, and for whom.
    fn callers(&self, operation: &str) -> Vec<(String, String)> {
        // CloudTrail shows nothing at once.
        self.done("sandbox advance 1h");
        let since = "2025-01-01T00:00:00Z".parse().unwrap();
        let events = tokio::runtime::Runtime::new().unwrap().block_on(events_since(&self.stranger(), operation, since)).unwrap();
        let caller = |detail: &str| {
            let detail: Value = serde_json::from_str(detail).unwrap();
            let text = |pointer: &str| detail.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
            let session = text("/userIdentity/arn").rsplit('/').next().unwrap_or_default().to_owned();
            (session, text("/userIdentity/sessionContext/sourceIdentity"))
        };
        events.iter().map(|event| caller(&event.detail)).collect()
    }

    /// The steps of an order: state and what AWS made.
    pub(crate) fn steps(&self, order: &str) -> Vec<(String, String)> {
        let shown: Value = serde_json::from_str(&self.done(&format!("--format json order show {order}"))).unwrap();
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        shown.as_array().unwrap().iter().map(|row| (text(row, "state"), text(row, "result"))).collect()
    }
}

#[test]
fn an_order_is_made_approved_rehearsed_carried_out_and_recorded() {
    let rehearsal = Rehearsal::begin();
    let proposal = rehearsal.proposal().display().to_string();
    let [ada, ben] = ["ada", "ben"].map(|name| rehearsal.path(name));
    let create = format!("order create {proposal} --connection payer --key {ada}");
    assert_eq!(rehearsal.refused(&create), "error: nobody has said yet what may be bought, and how many have to agree");
    rehearsal.terms("approvals_needed = 1\nusage_days_max = 30\n");
    let order = rehearsal.done(&create).trim().to_owned();
    let short = &order[..12];

    // Nobody agrees yet, and who made it may not.
    assert!(rehearsal.refused(&format!("order run {short} --live")).contains("0 of 1 approvals count"), "{order}");
    assert!(rehearsal.refused(&format!("order approve {short} --key {ada}")).contains("may not approve"));
    rehearsal.done(&format!("order approve {short} --key {ben}"));

    let rehearsed = rehearsal.done(&format!("--format csv order run {short}"));
    assert!(rehearsed.lines().count() > 1 && rehearsed.lines().skip(1).all(|line| line.ends_with(",be sent")), "{rehearsed}");
    assert!(rehearsal.steps(short).iter().all(|(state, _)| state == "planned"), "a rehearsal sends nothing");

    // At the sandbox's time nobody else is asked.
    let elsewhere = rehearsal.run_at("http://127.0.0.1:1", &format!("order run {short} --live")).to_string();
    assert!(elsewhere.contains("is for the home's own sandbox alone"), "{elsewhere}");

    rehearsal.done("stop --reason fire");
    assert!(rehearsal.refused(&format!("order run {short}")).contains("would be refused"));
    rehearsal.done("resume --reason out");

    rehearsal.done(&format!("order run {short} --live --wait"));
    let steps = rehearsal.steps(short);
    assert!(steps.iter().all(|(state, made)| state == "done" && !made.is_empty()), "{steps:?}");
    let held = rehearsal.done("--format json commitments --live");
    for (_, made) in &steps {
        assert!(held.contains(made.as_str()), "{made} is held: {held}");
    }
    // All that the demand is for, in one order.
    let shown = rehearsal.done(&format!("--format csv order show {short}"));
    for kind in [
        "compute-plan",
        "ec2-instance-plan of ",
        "sagemaker-plan",
        "database-plan",
        "rds,",
        "redshift,",
        "opensearch,",
        "memorydb,",
        "elasticache,",
    ] {
        assert!(shown.contains(kind), "{kind}: {shown}");
    }
    // Run again, it does nothing again.
    rehearsal.done(&format!("order run {short} --live"));
    assert_eq!(rehearsal.steps(short), steps);
    rehearsal.done("ledger verify");
    let told = rehearsal.done(&format!("--format csv ledger show --order {order}"));
    for kind in ["order-created", "approved", "step-intended", "called", "step-done", "order-ended"] {
        assert!(told.contains(kind), "{kind}: {told}");
    }

    // CloudTrail says of each purchase for which order it was, and who approved that.
    let callers = rehearsal.callers("CreateSavingsPlan");
    let wanted = (format!("tenor-order-{short}"), "ben".to_owned());
    assert!(!callers.is_empty() && callers.iter().all(|caller| *caller == wanted), "{callers:?}");

    // What can be returned is returned, by an order of its own.
    let Some((_, plan)) = steps.iter().find(|(_, made)| made.len() == 36) else { return };
    let back = rehearsal.done(&format!("order take-back {plan} --connection payer --key {ada}")).trim().to_owned();
    rehearsal.done(&format!("order approve {back} --key {ben}"));
    rehearsal.done(&format!("order run {back} --live --wait"));
    assert!(rehearsal.steps(short).iter().any(|(state, made)| state == "undone" && made == plan));
}

#[test]
fn the_same_need_is_not_ordered_through_a_second_proposal() {
    let rehearsal = Rehearsal::begin();
    rehearsal.terms("usage_days_max = 30\n");
    let [ada, ben] = ["ada", "ben"].map(|name| rehearsal.path(name));
    let first = rehearsal.proposal();
    let create = |proposal: &Path| format!("order create {} --connection payer --key {ada}", proposal.display());
    let order = rehearsal.done(&create(&first)).trim().to_owned();
    // From the same bill.
    rehearsal.done("propose --scenarios 5");
    let second = rehearsal.proposals().into_iter().find(|path| *path != first).unwrap();
    let refused = rehearsal.refused(&create(&second));
    assert!(refused.contains("of another proposal, buys for the same need, and is open"), "{refused}");
    rehearsal.done(&format!("order approve {order} --key {ben}"));
    rehearsal.done(&format!("order run {order} --live --wait"));
    let refused = rehearsal.refused(&create(&second));
    assert!(refused.contains("of another proposal, bought for the same need at "), "{refused}");
    // The same steps of the same proposal are no second order either.
    let refused = rehearsal.refused(&create(&first));
    assert!(refused.contains("of this proposal, bought for the same need at "), "{refused}");
    // Who knows better says so, of this order and no other.
    rehearsal.done(&format!("{} --again {order}", create(&second)));
    let refused = rehearsal.refused(&format!("{} --again {order}", create(&first)));
    assert!(refused.contains("of another proposal, buys for the same need, and is open"), "{refused}");
}

/// Made beside one that is open it may be, and is not run into buying the same twice.
#[test]
fn of_two_orders_for_one_need_the_one_that_runs_second_buys_nothing() {
    let rehearsal = Rehearsal::begin();
    rehearsal.terms("usage_days_max = 30\n");
    let [ada, ben] = ["ada", "ben"].map(|name| rehearsal.path(name));
    let create = |proposal: &Path| format!("order create {} --connection payer --key {ada}", proposal.display());
    let first = rehearsal.proposal();
    let one = rehearsal.done(&create(&first)).trim().to_owned();
    rehearsal.done("propose --scenarios 5");
    let second = rehearsal.proposals().into_iter().find(|path| *path != first).unwrap();
    // It is not offered, for it does not come to two purchases.
    assert!(!rehearsal.run(&create(&second)).to_string().contains("--again"));
    let two = rehearsal.done(&format!("{} --again {one}", create(&second))).trim().to_owned();
    for order in [&one, &two] {
        rehearsal.done(&format!("order approve {order} --key {ben}"));
    }
    rehearsal.done(&format!("order run {one} --live --wait"));
    let refused = rehearsal.refused(&format!("order run {two} --live --wait"));
    assert!(refused.contains("the order was stopped"), "{refused}");
    assert!(rehearsal.steps(&two).iter().all(|(state, _)| state != "done"));
}

/// Nobody can ask AWS any more what became of its call, and all for the same need waits for that.
#[test]
fn a_person_says_what_became_of_a_step_whose_connection_is_gone() {
    let rehearsal = Rehearsal::begin();
    rehearsal.terms("usage_days_max = 30\n");
    let create = format!("order create {} --connection payer --key {}", rehearsal.proposal().display(), rehearsal.path("ada"));
    let id = rehearsal.done(&create).trim().to_owned();
    let order: tenor_ledger::OrderId = id.parse().unwrap();
    let by = tenor_state::By::system(rehearsal.done("sandbox time").trim().parse().unwrap());
    let text = |text: &str| text.parse::<tenor_ledger::Text>().unwrap();
    let intended = tenor_ledger::Event::StepIntended {
        order,
        step: 1,
        account: rehearsal.payer[0].parse().unwrap(),
        region: text("-"),
        operation: text("savingsplans:CreateSavingsPlan"),
        request: tenor_ledger::ContentHash::sha256(b"request"),
        token: None,
    };
    let mut state = crate::ledgers::open(rehearsal.home.path());
    // The process died there.
    state.append(&[by.draft(intended)], &tenor_state::SystemRandomness::new()).unwrap();
    drop(state);
    let resolve = format!("order resolve {id} 1 not-done --reason seen");
    assert!(rehearsal.refused(&resolve).contains("step 1 is intended: it waits for nobody"));
    rehearsal.done("connect forget payer");
    let told = rehearsal.run(&format!("order run {id} --live")).to_string();
    assert!(told.contains(&format!("tenor order resolve {id:.12} 1 done|not-done")), "{told}");
    rehearsal.done(&resolve);
    assert_eq!(rehearsal.steps(&id)[0].0, "stopped");
}

/// Whoever runs an order that waits for its hour keeps nobody from writing.
#[test]
fn while_a_run_waits_others_write_and_a_stop_ends_it() {
    let rehearsal = Rehearsal::begin();
    // No hour is one of these.
    rehearsal.terms("usage_days_max = 30\nwindows = []\n");
    let [ada, ben] = ["ada", "ben"].map(|name| rehearsal.path(name));
    let order = rehearsal.done(&format!("order create {} --connection payer --key {ada}", rehearsal.proposal().display()));
    let order = order.trim();
    rehearsal.done(&format!("order approve {order} --key {ben}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
    command.env_clear().env("TENOR_HOME", rehearsal.home.path()).envs(rehearsal.variables(&rehearsal.sandbox.endpoint));
    let mut run = command.args(["order", "run", order, "--live", "--wait"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(run.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waits = told.by_ref().find(|line| line.contains("step 1 waits "));
    assert!(waits.is_some(), "it ended without a wait");
    // This takes the right to write.
    let key = rehearsal.done(&format!("key make {}", rehearsal.path("dan")));
    rehearsal.done(&format!("key enrol {} --name dan --role proposer", key.trim()));
    rehearsal.done(&format!("order stop {order} --reason enough"));
    let last: Vec<String> = told.collect();
    assert!(!run.wait().unwrap().success());
    assert!(last.iter().any(|line| line.contains("the order was stopped")), "{last:?}");
    assert!(rehearsal.steps(order).iter().all(|(state, _)| state == "stopped"));
}

#[test]
fn a_proposal_that_a_newer_one_stands_beside_is_not_ordered() {
    let rehearsal = Rehearsal::begin();
    rehearsal.terms("usage_days_max = 30\n");
    rehearsal.done("propose --scenarios 4 --keep");
    let first = rehearsal.proposals().remove(0);
    rehearsal.done("sandbox advance 1h");
    rehearsal.done("propose --scenarios 5 --keep");
    let second = rehearsal.proposals().into_iter().find(|path| *path != first).unwrap();
    let create = |proposal: &Path| format!("order create {} --connection payer --key {}", proposal.display(), rehearsal.path("ada"));
    let refused = rehearsal.refused(&create(&first));
    let name = second.file_name().unwrap().to_str().unwrap();
    assert_eq!(refused, format!("error: the proposal {name:.12} is newer: this one knows less of what is used and held"));
    rehearsal.done(&format!("{} --older", create(&first)));
    // That says nothing of what the other one's order buys.
    let refused = rehearsal.refused(&create(&second));
    assert!(refused.contains("of another proposal, buys for the same need, and is open"), "{refused}");
}

/// Its steps are looked at one by one: parts that are ordered already are left out.
#[test]
fn the_rest_of_a_proposal_is_ordered_beside_what_was_ordered_of_it() {
    let rehearsal = Rehearsal::begin();
    rehearsal.terms("usage_days_max = 30\n");
    let create = format!("order create {} --connection payer --key {}", rehearsal.proposal().display(), rehearsal.path("ada"));
    let first = rehearsal.done(&format!("{create} --step 1")).trim().to_owned();
    let rest = rehearsal.run(&create);
    assert!(rest.0.status.success() && rest.to_string().contains("left out: "), "{rest}");
    let rest = String::from_utf8(rest.0.stdout).unwrap().trim().to_owned();
    let all = rehearsal.done(&format!("{create} --again {first} --again {rest}")).trim().to_owned();
    assert_eq!(rehearsal.steps(&first).len() + rehearsal.steps(&rest).len(), rehearsal.steps(&all).len());
}

#[test]
fn what_does_not_hold_any_more_is_refused_and_the_record_says_so() {
    let rehearsal = Rehearsal::begin();
    let proposal = rehearsal.proposal().display().to_string();
    let [ada, ben, eve] = ["ada", "ben", "eve"].map(|name| rehearsal.path(name));
    let create = format!("order create {proposal} --connection payer --key {ada}");
    rehearsal.terms("usage_days_max = 30\nper_order = \"0.01\"\n");
    assert_eq!(rehearsal.refused(&create), "error: the owner's terms do not allow this order");
    rehearsal.terms("usage_days_max = 30\n");
    let order = rehearsal.done(&create).trim().to_owned();
    rehearsal.done(&format!("order approve {order} --key {ben} --hours 2"));
    rehearsal.done("sandbox advance 3h");
    assert!(rehearsal.refused(&format!("order run {order} --live")).contains("0 of 1 approvals count"), "an approval runs out");
    rehearsal.done(&format!("order approve {order} --key {eve}"));
    // Other terms: neither the order nor its approvals are of them.
    rehearsal.terms("usage_days_max = 31\n");
    assert!(rehearsal.refused(&format!("order run {order} --live")).contains("under the policy"));
    assert!(rehearsal.refused(&format!("order approve {order} --key {ben}")).contains("other terms"));

    // It is open all the same: who makes it anew beside it says so.
    assert!(rehearsal.refused(&create).contains("buys for the same need, and is open"));
    let order = rehearsal.done(&format!("{create} --again {order}")).trim().to_owned();
    rehearsal.done(&format!("order approve {order} --key {ben}"));
    let public = rehearsal.done("--format json key list");
    let keys: Value = serde_json::from_str(&public).unwrap();
    let key = keys.as_array().unwrap().iter().find(|row| row["person"] == "ben").unwrap()["key"].as_str().unwrap().to_owned();
    rehearsal.done(&format!("key revoke {key} --reason left"));
    assert!(rehearsal.refused(&format!("order run {order} --live")).contains("was revoked"));
    rehearsal.done(&format!("order reject {order} --key {eve} --reason no"));
    assert!(rehearsal.refused(&format!("order approve {order} --key {eve}")).contains("rejected"));
    let list = rehearsal.done("--format csv order list");
    assert!(list.contains(",rejected") && list.contains(",signed"), "{list}");
}

#[test]
fn a_clock_that_was_ahead_is_put_right_at_the_time_that_aws_says() {
    let rehearsal = Rehearsal::begin();
    let now: jiff::Timestamp = rehearsal.done("sandbox time").trim().parse().unwrap();
    let mut state = crate::ledgers::open(rehearsal.home.path());
    let ahead = tenor_state::By::system(now + jiff::SignedDuration::from_hours(87_600));
    let event = tenor_ledger::Event::KillSwitch { stopped: false, reason: "the clock is ahead".parse().unwrap() };
    state.append(&[ahead.draft(event)], &tenor_state::SystemRandomness::new()).unwrap();
    drop(state);
    let last = || -> Value { serde_json::from_str(&rehearsal.done("--format json ledger show --last 1")).unwrap() };
    let clock = format!("ledger clock --key {} --reason drill --moment {now:.0}", rehearsal.path("ben"));
    rehearsal.done(&clock);
    let members = last()[0]["members"].to_string().replace('\\', "");
    assert!(members.contains("\"asked\":true"), "{members}");
    assert!(rehearsal.refused(&clock).contains("there is nothing to put right"));
    // What is recorded from then on has the sandbox's time, and no longer what the ledger had come to.
    rehearsal.done("stop --reason drill");
    let told = last();
    assert!(told[0]["clock"].as_str().unwrap() < "2030", "{told}");
    rehearsal.done("ledger verify");
}
