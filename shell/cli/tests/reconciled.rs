//! Orders held against AWS and the bills, against a sandbox: all of it agrees to the cent, or what does not is named.

use crate::ordered::Rehearsal;
use crate::sandbox::Sandbox;
use serde_json::Value;
use std::sync::Arc;
use tenor_aws::answer::PaymentOption;
use tenor_aws::changes::ec2::Purchase;
use tenor_aws::changes::plans::CreatePlan;
use tenor_aws::changes::{OwnTags, Token};
use tenor_aws::client::{Client, Credentials, Fixed, HttpTransport, Meter, Nowhere, Place, Shared, SystemClock, Throttle};
use tenor_aws::reads::reserved::ReservationState;
use tenor_aws::reads::{ec2, plans};
use tenor_money::Money;
use tenor_wire::Secret;

const YEAR: i64 = 31_536_000;

impl Rehearsal {
    /// An order of everything that is proposed, carried out.
    fn order(&self) -> String {
        self.terms("approvals_needed = 1\nusage_days_max = 30\n");
        let proposal = self.proposal().display().to_string();
        let order = self.done(&format!("order create {proposal} --connection payer --key {}", self.path("ada"))).trim().to_owned();
        self.done(&format!("order approve {order} --key {}", self.path("ben")));
        self.done(&format!("order run {order} --live --wait"));
        order
    }

    /// Lets time pass, and imports the bills of the months that are over.
    fn months_later(&self, time: &str, folder: &str) {
        self.done(&format!("sandbox advance {time}"));
        self.done(&format!("sandbox bills --out {}", self.path(folder)));
        self.done(&format!("import {}", self.path(folder)));
    }

    /// What it comes to, with its exit status and what it says beside.
    fn reconcile(&self, words: &str) -> (Option<i32>, Value, String) {
        let ran = self.run(format!("--format json ledger reconcile {words}").trim_end());
        let told = String::from_utf8(ran.0.stderr).unwrap();
        let answer = serde_json::from_slice(&ran.0.stdout).unwrap_or_else(|_| panic!("{words}: {told}"));
        (ran.0.status.code(), answer, told)
    }

    /// The payer's own keys, past all orders.
    pub(crate) fn stranger(&self) -> Client {
        let [account, key, secret] = self.payer.clone();
        let shared = Shared {
            transport: Arc::new(HttpTransport::default()),
            clock: Arc::new(SystemClock),
            chance: Arc::new(SystemClock),
            throttle: Throttle::default(),
            purse: Arc::new(Meter::unlimited()),
            sink: Arc::new(Nowhere),
        };
        let credentials = Credentials { key_id: key, secret_key: Secret::new(secret), session_token: None, end: None };
        let place = Place { endpoint: Some(self.sandbox.endpoint.clone()), ..Place::new("us-east-1") };
        Client::new(Arc::new(shared), Arc::new(Fixed(credentials)), place, &account)
    }

    /// Buys a plan past all orders.
    fn bought_by_a_stranger(&self) -> String {
        let client = self.stranger();
        let bought = async {
            let which = plans::WhichOfferings {
                ids: Vec::new(),
                kinds: vec![plans::PlanType::Compute],
                payments: vec![PaymentOption::NoUpfront],
                seconds: vec![YEAR],
            };
            let offering = plans::offerings(&client, &which).await.unwrap().remove(0).id;
            let token = Token::new("0b7f8f4e-0000-4000-8000-000000000001").unwrap();
            let (commitment, tags) = ("0.25".parse().unwrap(), OwnTags::default());
            CreatePlan { offering, commitment, upfront: None, start: None, token, tags }.send(&client).await.unwrap()
        };
        tokio::runtime::Runtime::new().unwrap().block_on(bought)
    }

    /// Buys two convertible reservations past all orders.
    fn convertible(&self) -> String {
        let client = self.stranger();
        let bought = async {
            let which = ec2::WhichOfferings {
                instance_type: Some("m5.large".to_owned()),
                product: Some("Linux/UNIX".to_owned()),
                class: Some(ec2::OfferingClass::Convertible),
                payment: Some(PaymentOption::NoUpfront),
                seconds: Some((YEAR, YEAR)),
                ..ec2::WhichOfferings::default()
            };
            let all = ec2::offerings(&client, &which).await.unwrap();
            let offering = all.into_iter().find(|offering| offering.scope == Some(ec2::Scope::Region)).unwrap().id;
            Purchase { offering, count: 2, limit: None, start: None }.send(&client).await.unwrap()
        };
        tokio::runtime::Runtime::new().unwrap().block_on(bought)
    }

    /// What runs of a type, with how many there are of each.
    fn running(&self, instance_type: &str) -> Vec<(String, u32)> {
        let client = self.stranger();
        let all = tokio::runtime::Runtime::new().unwrap().block_on(ec2::reserved_instances(&client)).unwrap();
        let runs = |held: &ec2::ReservedInstances| held.instance_type == instance_type && held.state == ReservationState::Active;
        all.into_iter().filter(runs).map(|held| (held.id, held.count)).collect()
    }

    /// Makes, approves and carries out an order of one change.
    fn change(&self, words: &str) -> String {
        let order = self.done(&format!("order change {words} --region us-east-1 --connection payer --key {}", self.path("ada")));
        let order = order.trim().to_owned();
        self.done(&format!("order approve {order} --key {}", self.path("ben")));
        self.done(&format!("order run {order} --live --wait"));
        self.done("sandbox advance 1h");
        order
    }
}

fn rows<'a>(answer: &'a Value, verdict: &str) -> Vec<&'a Value> {
    answer["rows"].as_array().unwrap().iter().filter(|row| row["verdict"] == verdict).collect()
}

fn money(value: &Value) -> Money {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

#[test]
fn what_was_ordered_is_billed_to_the_cent_and_a_strangers_purchase_is_named() {
    let rehearsal = Rehearsal::begin();
    let before = rehearsal.reconcile("");
    assert_eq!(before.0, Some(0), "{}", before.2);
    assert!(before.2.contains("no order was made yet"), "{}", before.2);

    let order = rehearsal.order();
    let steps = rehearsal.steps(&order);
    // Nothing is on a bill yet.
    let (status, answer, told) = rehearsal.reconcile("--live");
    assert_eq!((status, rows(&answer, "not billed yet").len()), (Some(0), steps.len()), "{answer:#} {told}");

    rehearsal.months_later("35d", "bills-2");
    let (status, answer, told) = rehearsal.reconcile("--live");
    assert_eq!(status, Some(0), "{answer:#} {told}");
    assert_eq!(rows(&answer, "agrees").len(), steps.len(), "{answer:#}");
    let totals = &answer["totals"];
    assert!(money(&totals["ordered"]) > Money::from_whole(100), "{totals}");
    assert!(money(&totals["difference"]).abs() < "0.001".parse().unwrap(), "{totals}");

    // Somebody buys past all orders; a part of AWS answers to nobody.
    let plan = rehearsal.bought_by_a_stranger();
    rehearsal.done("sandbox advance 1h");
    let (status, answer, told) = rehearsal.reconcile("--live");
    let strangers = rows(&answer, "not ordered");
    assert_eq!((status, strangers.len()), (Some(1), 1), "{answer:#} {told}");
    assert_eq!((&strangers[0]["id"], &strangers[0]["origin"]), (&Value::from(plan.clone()), &Value::from("stranger")));
    assert!(strangers[0]["bought_by"].as_str().unwrap().ends_with(":user/administrator"), "{:#}", strangers[0]);

    rehearsal.done("sandbox fault rds:DescribeReservedDBInstances denied --times 100");
    let (status, answer, told) = rehearsal.reconcile("--live");
    assert_eq!(status, Some(1));
    assert!(told.contains("could not be read: rds of") && told.contains("undecided: "), "{told}");
    assert!(!rows(&answer, "undecided").is_empty() && rows(&answer, "not held").is_empty(), "{answer:#}");

    // All of it is in the ledger, each stranger once.
    let entries = rehearsal.done("--format csv ledger show --last 100");
    assert_eq!(entries.matches(",reconciled,").count(), 5, "{entries}");
    assert_eq!(entries.matches(",stranger-found,").count(), 1, "{entries}");
    rehearsal.done("ledger verify");
}

#[test]
fn what_an_order_exchanged_and_another_modified_is_reconciled_to_the_cent() {
    let rehearsal = Rehearsal::begin();
    rehearsal.terms("approvals_needed = 1\nusage_days_max = 30\n");
    let given = rehearsal.convertible();
    rehearsal.done("sandbox advance 1h");
    let before = rehearsal.running("m5.xlarge");
    let running = || rehearsal.running("m5.xlarge").into_iter().filter(|one| !before.contains(one)).collect::<Vec<_>>();
    let exchange = rehearsal.change(&format!("exchange {given} --for m5.xlarge"));
    let got = running();
    let [(id, count)] = &got[..] else { panic!("{got:?}") };
    let row = |answer: &Value, id: &str| {
        let rows = answer["rows"].as_array().unwrap().iter().filter(|row| row["id"] == id).cloned().collect::<Vec<_>>();
        assert_eq!(rows.len(), 1, "{id}: {answer:#}");
        let text = |key: &str| rows[0][key].as_str().unwrap_or_default().to_owned();
        (text("verdict"), text("origin"), text("order"))
    };
    let told = |verdict: &str, origin: &str| (verdict.to_owned(), origin.to_owned(), exchange.clone());
    let (status, answer, said) = rehearsal.reconcile("--live");
    assert_eq!(status, Some(0), "{answer:#} {said}");
    assert_eq!(row(&answer, id), told("not billed yet", "ordered"));
    assert_eq!(row(&answer, &given).0, "held before", "{answer:#}");

    // What the exchange gave is put in a zone: what becomes of it descends from that order.
    rehearsal.change(&format!("modify {id} --into {count}@us-east-1a"));
    let became = running();
    let [(child, _)] = &became[..] else { panic!("{became:?}") };
    rehearsal.months_later("35d", "bills-2");
    let (status, answer, said) = rehearsal.reconcile("--live");
    assert_eq!(status, Some(0), "{answer:#} {said}");
    assert_eq!(row(&answer, child), told("agrees", "descends"));
    assert_eq!(row(&answer, id).1, "ordered", "{answer:#}");
    assert!(money(&answer["totals"]["billed"]) > Money::ZERO, "{answer:#}");
}

#[test]
fn a_purchase_that_vanished_is_not_held_and_a_return_gives_its_money_back() {
    let mut rehearsal = Rehearsal::begin();
    rehearsal.done(&format!("sandbox snapshot {}", rehearsal.path("before.json")));
    let order = rehearsal.order();
    let steps = rehearsal.steps(&order);
    let watched = rehearsal.done("--format csv watch --live");
    let plan = steps.iter().find(|(_, made)| made.len() == 36).unwrap().1.clone();
    assert!(watched.contains(&format!("take-back {plan}")), "{watched}");

    let back = rehearsal.done(&format!("order take-back {plan} --connection payer --key {}", rehearsal.path("ada"))).trim().to_owned();
    let waits = rehearsal.done("--format csv watch");
    assert!(waits.contains(&format!("order approve {}", &back[..12])), "{waits}");
    rehearsal.done(&format!("order approve {back} --key {}", rehearsal.path("ben")));
    rehearsal.done(&format!("order run {back} --live --wait"));
    rehearsal.months_later("35d", "bills-2");
    let (status, answer, told) = rehearsal.reconcile("--live");
    assert_eq!(status, Some(0), "{answer:#} {told}");

    // The sandbox forgets all that was bought: the ledger does not.
    rehearsal.sandbox.terminate();
    rehearsal.done(&format!("sandbox restore {}", rehearsal.path("before.json")));
    rehearsal.sandbox = Sandbox::serve(rehearsal.home.path());
    rehearsal.done("sandbox advance 40d");
    let (status, answer, told) = rehearsal.reconcile("--live");
    assert_eq!(status, Some(1), "{told}");
    assert_eq!(rows(&answer, "not held").len(), steps.len() - 1, "all but what was returned: {answer:#}");
}
