//! An order decided and run in the browser, against a sandbox: made by one who is logged in, approved by another, carried out by the server and bought once.

use crate::killing_proxy::Wire;
use crate::ordered::Rehearsal;
use crate::served::{Reply, Served};
use serde_json::Value;
use std::fs;
use std::time::{Duration, Instant};

const PASSWORD: &str = "correct+horse+battery";
/// A run of the sandbox that has not ended by then hangs.
pub(crate) const RUN_MAX: Duration = Duration::from_secs(300);

/// A server, and the browsers of two persons.
pub(crate) struct Office {
    pub(crate) rehearsal: Rehearsal,
    pub(crate) served: Served,
    /// Between the server and its sandbox.
    pub(crate) wire: Wire,
    arguments: &'static [&'static str],
    browsers: [(&'static str, Vec<(String, String)>); 2],
}

impl Office {
    pub(crate) fn open(arguments: &'static [&'static str]) -> Self {
        let mut rehearsal = Rehearsal::begin();
        let wire = Wire::to(rehearsal.sandbox.endpoint.trim_start_matches("http://"));
        // The home's sandbox is where the wire begins.
        let running = rehearsal.home.path().join("sandbox/running.json");
        let mut said: Value = serde_json::from_slice(&fs::read(&running).unwrap()).unwrap();
        said["address"] = wire.address.clone().into();
        fs::write(&running, said.to_string()).unwrap();
        rehearsal.sandbox.endpoint = format!("http://{}", wire.address);
        let endpoint = rehearsal.sandbox.endpoint.clone();
        let mut served = Served::start_with(rehearsal.home.path(), arguments, &rehearsal.variables(&endpoint));
        let browsers = ["ada", "ben"].map(|name| {
            let link = rehearsal.done(&format!("user add {name} --role approver --url http://x"));
            let path = link.trim().trim_start_matches("http://x").to_owned();
            served.cookies.clear();
            let entered = served.submit(&path, &format!("password={PASSWORD}&again={PASSWORD}"));
            assert_eq!((entered.status.as_str(), entered.location.as_str()), ("303", "/"), "{}", entered.body);
            (name, std::mem::take(&mut served.cookies))
        });
        Self { rehearsal, served, wire, arguments, browsers }
    }

    /// Another server in place of the one that ended, at the time that it is in the sandbox now.
    pub(crate) fn restart(&mut self) {
        let endpoint = self.rehearsal.sandbox.endpoint.clone();
        self.served = Served::start_with(self.rehearsal.home.path(), self.arguments, &self.rehearsal.variables(&endpoint));
    }

    /// An order that ada made, where those may approve.
    pub(crate) fn made(&mut self, persons: &str) -> String {
        let proposal = self.rehearsal.proposal();
        let proposal = proposal.file_name().unwrap().to_str().unwrap().to_owned();
        self.rehearsal.terms(&format!("usage_days_max = 30\npersons = [{persons}]\n"));
        self.rehearsal.done("key enrol --server");
        order_of(&self.sends("ada", "/orders", "", &format!("proposal={}&connection=payer", &proposal[..16])), "created")
    }

    /// The page of an order once nothing of it goes on, or it waits.
    pub(crate) fn looks(&mut self, page: &str) -> String {
        let begun = Instant::now();
        loop {
            let shown = self.by("ben", |served| served.get(page)).body;
            if !shown.contains("http-equiv") || shown.contains(" waits: ") {
                return shown;
            }
            assert!(begun.elapsed() < RUN_MAX, "{shown}");
        }
    }

    /// Does something in a person's browser.
    pub(crate) fn by(&mut self, name: &str, work: impl FnOnce(&mut Served) -> Reply) -> Reply {
        let own = &mut self.browsers.iter_mut().find(|(held, _)| *held == name).unwrap().1;
        self.served.cookies.clone_from(own);
        let reply = work(&mut self.served);
        own.clone_from(&self.served.cookies);
        reply
    }

    /// Sends a form of the page of orders, or of one.
    pub(crate) fn sends(&mut self, name: &str, page: &str, word: &str, form: &str) -> Reply {
        let path = if word.is_empty() { page.to_owned() } else { format!("{page}/{word}") };
        self.by(name, |served| served.submit_to(page, &path, form))
    }

    pub(crate) fn refused(&mut self, name: &str, page: &str, word: &str, form: &str, why: &str) {
        let reply = self.sends(name, page, word, form);
        assert!(reply.status == "409" && reply.body.contains(why), "{word}: {} {}", reply.status, reply.body);
    }
}

pub(crate) fn approval(order: &str) -> String {
    format!("hash={order}&password={PASSWORD}")
}

/// The order at whose page a form ended.
pub(crate) fn order_of(reply: &Reply, told: &str) -> String {
    let order = reply.location.strip_prefix("/orders/").and_then(|rest| rest.strip_suffix(&format!("?told={told}")));
    order.unwrap_or_else(|| panic!("{} {} {}", reply.status, reply.location, reply.body)).to_owned()
}

#[test]
fn the_rest_of_a_proposal_is_ordered_in_the_browser_and_no_step_twice() {
    let mut office = Office::open(&["--live"]);
    let path = office.rehearsal.proposal();
    office.rehearsal.terms("usage_days_max = 30\npersons = [\"ada\", \"ben\"]\n");
    office.rehearsal.done("key enrol --server");
    let by_key = format!("order create {} --connection payer --key {}", path.display(), office.rehearsal.path("ada"));
    let first = office.rehearsal.done(&format!("{by_key} --step 1")).trim().to_owned();
    let create = format!("proposal={}&connection=payer", &path.file_name().unwrap().to_str().unwrap()[..16]);
    let rest = order_of(&office.sends("ada", "/orders", "", &create), "created");
    office.refused("ada", "/orders", "", &create, "of this proposal, buys for the same need, and is open");
    let all = office.rehearsal.done(&format!("{by_key} --again {first} --again {rest}")).trim().to_owned();
    let steps = |order: &str| office.rehearsal.steps(order).len();
    assert_eq!(steps(&first) + steps(&rest), steps(&all));
}

#[test]
fn an_order_is_made_approved_and_run_in_the_browser_and_bought_once() {
    let mut office = Office::open(&["--live"]);
    let proposal = office.rehearsal.proposal();
    let proposal = proposal.file_name().unwrap().to_str().unwrap().to_owned();
    office.rehearsal.terms("usage_days_max = 30\npersons = [\"ada\", \"ben\"]\n");
    let create = format!("proposal={}&connection=payer", &proposal[..16]);
    office.refused("ada", "/orders", "", &create, "key is not enrolled");
    office.rehearsal.done("key enrol --server");
    office.refused("ada", "/orders", "", "proposal=00000000000000000000&connection=payer", "there is no proposal");
    let order = order_of(&office.sends("ada", "/orders", "", &create), "created");
    office.refused("ada", "/orders", "", &create, "of this proposal, buys for the same need, and is open");
    let page = format!("/orders/{order}");

    // Nobody agrees yet; who made it may not, and an open browser is nobody's word.
    let shown = office.by("ben", |served| served.get(&page)).body;
    assert!(shown.contains("0 of 1 approvals count") && shown.contains("Who may and has not: ben, eve."), "{shown}");
    office.refused("ben", &page, "run", "how=live", "0 of 1 approvals count");
    office.refused("ada", &page, "approve", &approval(&order), "ada made the order, and may not approve it");
    let wrong = office.sends("ben", &page, "approve", &format!("hash={order}&password=wrong+password"));
    assert!(wrong.status == "403" && wrong.body.contains("The password is wrong"), "{}", wrong.body);
    office.refused("ben", &page, "approve", &approval(&"0".repeat(64)), "not the order that was shown");
    assert_eq!(order_of(&office.sends("ben", &page, "approve", &approval(&order)), "approved"), order);
    office.refused("ben", &page, "approve", &approval(&order), "ben approves it already");

    assert_eq!(order_of(&office.sends("ben", &page, "run", "how=live"), "begun"), order);
    let begun = Instant::now();
    let shown = loop {
        let shown = office.by("ben", |served| served.get(&page)).body;
        if !shown.contains("http-equiv") {
            break shown;
        }
        assert!(begun.elapsed() < RUN_MAX, "{shown}");
    };
    assert!(shown.contains("done: every step"), "{shown}");
    let steps = office.rehearsal.steps(&order);
    assert!(steps.iter().all(|(state, made)| state == "done" && !made.is_empty()), "{steps:?}");
    let held = office.rehearsal.done("--format json commitments --live");
    for (_, made) in &steps {
        assert!(held.contains(made.as_str()), "{made} is held: {held}");
    }
    office.refused("ben", &page, "run", "how=live", "came to its end");
    assert_eq!(office.rehearsal.steps(&order), steps);
    office.rehearsal.done("ledger verify");
    let told = office.rehearsal.done(&format!("--format csv ledger show --order {order}"));
    for kind in ["order-created", "approved", "step-intended", "called", "step-done", "order-ended"] {
        let line = told.lines().find(|line| line.contains(kind)).unwrap_or_else(|| panic!("{kind}: {told}"));
        assert!(line.contains("logged-in"), "{line}");
    }

    // Back again, by an order of its own; other terms and a revoked key stand in its way.
    let plan = steps.iter().position(|(_, made)| made.len() == 36).expect("a plan was bought");
    let back = order_of(&office.sends("ben", &page, "take-back", &format!("step={}", plan + 1)), "taking-back");
    office.refused("ben", &page, "take-back", &format!("step={}", plan + 1), "does the same");
    let page = format!("/orders/{back}");
    office.refused("ben", &page, "approve", &approval(&back), "ben made the order");
    office.rehearsal.terms("usage_days_max = 31\npersons = [\"ada\", \"ben\"]\n");
    office.refused("ada", &page, "approve", &approval(&back), "made under other terms");
    office.rehearsal.terms("usage_days_max = 30\npersons = [\"ada\", \"ben\"]\n");
    order_of(&office.sends("ada", &page, "approve", &approval(&back)), "approved");
    let keys: Value = serde_json::from_str(&office.rehearsal.done("--format json key list")).unwrap();
    let key = keys.as_array().unwrap().iter().find(|row| row["role"] == "server").unwrap()["key"].as_str().unwrap().to_owned();
    office.rehearsal.done(&format!("key revoke {key} --reason lost"));
    office.refused("ben", &page, "run", "how=live", "was revoked");
    let shown = office.by("ada", |served| served.get(&page)).body;
    assert!(shown.contains("Approving here is off"), "{shown}");
    office.refused("ada", &page, "reject", "reason=no", "not enrolled, or was revoked");
    // Stopping is the safe side, and needs no signature.
    order_of(&office.sends("ada", &page, "stop", "reason=no"), "stopping");
}
