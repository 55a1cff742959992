//! Back-tests, as people and programs are told of them, and who may begin one.

use super::{Bills, Site, begin};
use crate::backtests::{
    AllBacktests, BacktestAsked, BacktestGoing, BacktestMoment, BacktestNote, BacktestPolicy, BacktestPrices, BacktestResult,
    BacktestSettings, Backtests,
};
use crate::lake::{Refusal, RefusalKind};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tenor_state::UserName;

/// Back-tests made up, of bills made up.
pub(super) struct Tried {
    bills: Bills,
    begun: Mutex<Option<(BacktestAsked, String)>>,
}

fn id() -> String {
    "0e".repeat(32)
}

fn policy(name: &str, saving: &str, over_time: &[&str]) -> BacktestPolicy {
    let text = str::to_owned;
    let moment = |(at, saving): (usize, &&str)| BacktestMoment {
        hour: format!("2026-01-{:02}T00:00Z", 5 + 7 * at),
        saving: text(saving),
        obligation: Some(text("100")),
        upfront: text("0"),
        purchases: at,
    };
    BacktestPolicy {
        name: text(name),
        cost: text("700"),
        saving: text(saving),
        esr: Some(text(saving)),
        regret: text("10"),
        utilization: BTreeMap::from([("compute-plan".to_owned(), text("0.98"))]),
        purchases: 2,
        peak_obligation: Some(text("100")),
        over_time: over_time.iter().enumerate().map(moment).collect(),
    }
}

fn result() -> BacktestResult {
    BacktestResult {
        format: 1,
        made: begin().to_string(),
        user: "ann".to_owned(),
        settings: BacktestSettings {
            policy: Some("policies/<bold>.toml".to_owned()),
            policy_hash: Some("0a".repeat(32)),
            every_weeks: 1,
            start_after_days: 31,
            scenarios: 4,
            seed: 1,
        },
        inputs: "0c".repeat(32),
        prices: BacktestPrices { version: "0d".repeat(32), date: "2026-01-01".to_owned(), basis: "list".to_owned() },
        currency: "USD".to_owned(),
        decisions: 2,
        on_demand_cost: "1000".to_owned(),
        eligible_cost: "900".to_owned(),
        policies: vec![
            policy("nothing", "0", &["0", "0"]),
            policy("tenor", "0.2931", &["-0.05", "0.2931"]),
            policy("aws-30d", "0.2831", &["0.1", "0.2831"]),
            policy("hindsight-level", "0.3034", &["0.3", "0.3034"]),
            policy("clairvoyant", "0.3158", &[]),
        ],
        limitations: vec!["the last month is open".to_owned()],
    }
}

impl Tried {
    pub(super) const fn beside(bills: Bills) -> Self {
        Self { bills, begun: Mutex::new(None) }
    }

    fn refuse(&self) -> Result<(), Refusal> {
        let (message, hint) = ("a file was changed".to_owned(), "look at it".to_owned());
        if self.bills == Bills::Broken { Err(Refusal { kind: RefusalKind::Failed, message, hint }) } else { Ok(()) }
    }
}

#[async_trait]
impl Backtests for Tried {
    async fn list(&self) -> Result<AllBacktests, Refusal> {
        self.refuse()?;
        let begun = self.begun.lock().unwrap();
        let going = begun.as_ref().map(|(asked, user)| BacktestGoing {
            user: user.clone(),
            begun: begin(),
            doing: format!("{asked:?}"),
            done: 2,
            of: Some(7),
        });
        let results = if self.bills == Bills::Three { vec![(id(), Arc::new(result()))] } else { Vec::new() };
        let (told, cause) = ("A result could not be read: 0f.".to_owned(), Some("/secret/0f.json: line 3, column 1".to_owned()));
        let notes = if self.bills == Bills::Three { vec![BacktestNote { told, cause }] } else { Vec::new() };
        Ok(AllBacktests { results, going, notes, policies: vec!["policy.toml".to_owned()] })
    }

    async fn get(&self, asked: &str) -> Result<Option<Arc<BacktestResult>>, Refusal> {
        self.refuse()?;
        Ok((asked == id()).then(|| Arc::new(result())))
    }

    async fn begin(&self, asked: BacktestAsked, user: &UserName, _: Timestamp) -> Result<(), Refusal> {
        let mut begun = self.begun.lock().unwrap();
        if begun.is_some() {
            let (message, hint) = ("one goes on already".to_owned(), "wait".to_owned());
            return Err(Refusal { kind: RefusalKind::Busy, message, hint });
        }
        *begun = Some((asked, user.to_string()));
        Ok(())
    }

    async fn stop(&self, user: &UserName, is_admin: bool) -> Result<(), Refusal> {
        let mut begun = self.begun.lock().unwrap();
        if begun.as_ref().is_some_and(|(_, owner)| is_admin || user.as_str() == owner) {
            *begun = None;
            return Ok(());
        }
        let (message, hint) = ("none of yours goes on".to_owned(), "ask an admin".to_owned());
        Err(Refusal { kind: RefusalKind::Question, message, hint })
    }
}

#[tokio::test]
async fn a_back_test_is_shown_with_its_policies_its_lines_and_what_it_stands_on() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let list = site.get("/backtest", Some(&session)).await.text();
    assert!(list.contains("| ann | policies/&#60;bold&#62;.toml | week | 4 | 2 | 29.31 % | 28.31 % | 31.58 %"), "{list}");
    let shown = site.get(&format!("/backtest/{}", id()), Some(&session)).await;
    let text = shown.text();
    assert!(
        text.contains("| Tenor | decides with what was known then | 29.31 % | 29.31 % | 700.00 | 10.00 | 2 | 100.00 | 0.00 |"),
        "{text}"
    );
    assert!(text.contains("| Clairvoyant | a bound: nobody could have paid less | 31.58 % |"), "{text}");
    assert!(text.contains("| 2026-01-12 | 29.31 % | 28.31 % | 30.34 %"), "the table behind the lines: {text}");
    assert!(shown.body.contains("class=\"trend trend-0\"") && !shown.body.contains("style="), "{}", shown.body);
    for hash in ["0a", "0c", "0d", "0e"] {
        assert!(text.contains(&hash.repeat(32)), "{hash}");
    }
    for wrong in ["/backtest/zz".to_owned(), format!("/backtest/{}", "0f".repeat(32)), "/backtest/..%2F..%2Fpolicy".to_owned()] {
        assert_eq!(site.get(&wrong, Some(&session)).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn an_analyst_begins_one_and_the_page_looks_again_while_it_goes_on() {
    let site = Site::new(Bills::None);
    let (viewer, analyst) = (site.session("viewer"), site.session("analyst"));
    assert!(!site.get("/backtest", Some(&viewer)).await.body.contains("action=\"/backtest\""));
    assert_eq!(site.post("/backtest", &viewer, vec![]).await.status, 403);
    assert!(site.get("/backtest", Some(&analyst)).await.body.contains("<option value=\"policy.toml\">"));
    for (name, wrong) in [("every", "0"), ("every", "53"), ("scenarios", "65"), ("start_after", "-1"), ("scenarios", "many")] {
        assert_eq!(site.post("/backtest", &analyst, vec![(name, wrong.to_owned())]).await.status, 400, "{name} {wrong}");
    }
    let form = [("policy", "policy.toml"), ("every", "2"), ("start_after", "31"), ("scenarios", "8")];
    let reply = site.post("/backtest", &analyst, form.map(|(name, value)| (name, value.to_owned())).to_vec()).await;
    assert_eq!((reply.status, reply.location()), (303, "/backtest"));
    let going = site.get("/backtest", Some(&viewer)).await;
    assert!(going.body.contains("<meta http-equiv=\"refresh\" content=\"5\">"));
    let told = "every_weeks: 2, start_after_days: 31, scenarios: 8 }, 2 of 7 parts done.";
    assert!(
        going.text().contains("analyst began a back-test at 2026-01-20 12:00:00 UTC") && going.text().contains(told),
        "{}",
        going.text()
    );
    assert_eq!(site.post("/backtest", &analyst, vec![]).await.status, 503, "one at a time");
}

#[tokio::test]
async fn who_began_one_stops_it_and_an_admin_does() {
    let site = Site::new(Bills::None);
    let (analyst, approver, admin) = (site.session("analyst"), site.session("approver"), site.session("admin"));
    let offers = async |session| site.get("/backtest", Some(session)).await.body.contains("action=\"/backtest/stop\"");
    assert!(!offers(&admin).await, "none goes on");
    for stops in [&analyst, &admin] {
        assert_eq!(site.post("/backtest", &analyst, vec![]).await.status, 303);
        assert!(offers(&analyst).await && offers(&admin).await && !offers(&approver).await);
        assert_eq!(site.post("/backtest/stop", &site.session("viewer"), vec![]).await.status, 403);
        assert_eq!(site.post("/backtest/stop", &approver, vec![]).await.status, 409, "it is another one's");
        let reply = site.post("/backtest/stop", stops, vec![]).await;
        assert_eq!((reply.status, reply.location()), (303, "/backtest"));
        assert!(!site.get("/backtest", Some(&analyst)).await.body.contains("http-equiv=\"refresh\""));
    }
}

#[tokio::test]
async fn why_something_cannot_be_read_is_told_to_admins_alone() {
    let site = Site::new(Bills::Three);
    for role in ["viewer", "analyst", "approver"] {
        let body = site.get("/backtest", Some(&site.session(role))).await.body;
        assert!(body.contains("A result could not be read: 0f.") && !body.contains("/secret"), "{role}: {body}");
    }
    let admin = site.session("admin");
    assert!(site.get("/backtest", Some(&admin)).await.body.contains("A result could not be read: 0f. /secret/0f.json: line 3, column 1"));
    let told = site.get("/api/v1/backtests", Some(&admin)).await.body;
    assert!(told.contains("A result could not be read: 0f.") && !told.contains("/secret"), "{told}");
}

#[tokio::test]
async fn none_yet_says_what_it_takes_and_what_cannot_be_read_is_not_none() {
    let site = Site::new(Bills::None);
    assert!(site.get("/backtest", Some(&site.session("viewer"))).await.body.contains("None was made yet."));
    let site = Site::new(Bills::Broken);
    assert_eq!(site.get("/backtest", Some(&site.session("viewer"))).await.status, 500);
}

#[tokio::test]
async fn programs_are_told_the_same() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let asked = async |path: String| serde_json::from_str::<Value>(&site.get(&path, Some(&session)).await.body).unwrap();
    let list = asked("/api/v1/backtests".to_owned()).await;
    assert_eq!((&list["is_going"], &list["items"][0]["policies"][1]["saving"]), (&false.into(), &"0.2931".into()));
    let one = asked(format!("/api/v1/backtests/{}", id())).await;
    assert_eq!(serde_json::from_value::<BacktestResult>(one["backtest"].clone()).unwrap(), result());
}
