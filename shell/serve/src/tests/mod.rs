//! What is served, to whom, and how: asked of the router, over a state of its own and made-up bills.

mod access;
mod api;
mod backtests;
mod deciding;
mod desk;
mod doors;
mod forms;
mod identity;
mod jobs;
mod matrix;
pub(crate) mod orders;
mod pages;
mod programs;
pub(crate) mod proposals;
mod readings;
mod setup;
mod users;
mod visuals;
mod wire;

use crate::guard::Peer;
use crate::lake::{
    CostAnswer, CostQuestion, CostRow, CoverageAnswer, CoverageQuestion, CoverageRow, Covered, Did, Granularity, Held, Key, Lake, Refusal,
    RefusalKind, Utilization,
};
use crate::{App, Home, Ports, Settings, router};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_bill::BillingPeriod;
use tenor_cover::inventory::{Commitment, Coverage, Facts, PaidBy, ReportedFacts, Sums, Usage};
use tenor_ledger::{PublicKey, Text};
use tenor_money::Money;
use tenor_state::{By, Claim, Key as StateKey, Lease, PasswordHash, Secret, SessionLimits, State, SystemRandomness, UserName, UserRole};
use tower::ServiceExt as _;

const PASSWORD: &str = "correct horse battery";
const HOST: &str = "tenor.example:4680";
const LOCAL_HOST: &str = "127.0.0.1:4680";

fn begin() -> Timestamp {
    "2026-01-20T12:00:00Z".parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

/// What the bills of a test are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bills {
    None,
    Three,
    Broken,
    /// Whoever asks about costs makes it panic.
    Panics,
    /// Three before the last import, and broken since.
    Imported,
    /// Three, and others whenever somebody looks again.
    Moving,
}

#[async_trait]
impl Lake for Bills {
    async fn now(&self) -> Result<Arc<dyn Lake>, Refusal> {
        Ok(Arc::new(if *self == Self::Moving { Self::Three } else { *self }))
    }

    async fn before(&self) -> Option<Arc<dyn Lake>> {
        (*self == Self::Imported).then(|| Arc::new(Self::Three) as Arc<dyn Lake>)
    }

    async fn snapshot(&self) -> Result<String, Refusal> {
        Ok(format!("{self:?}"))
    }

    async fn cost(&self, question: &CostQuestion) -> Result<Arc<CostAnswer>, Refusal> {
        self.refuse()?;
        assert!(*self != Self::Panics, "a fault of ours");
        if question.by.iter().any(|by| by == "srvice") {
            let (message, hint) = ("`srvice` is not a column; did you mean `service`?".to_owned(), "name a column".to_owned());
            return Err(Refusal { kind: RefusalKind::Question, message, hint });
        }
        let times =
            if question.granularity == Granularity::Month { vec![Some("2025-11"), Some("2025-12"), Some("2026-01")] } else { vec![None] };
        let names = ["Amazon <EC2>", "=Amazon RDS, \"new\""];
        let keys =
            |n: usize| question.by.iter().map(|_| if n < names.len() { Key::Value(names[n].to_owned()) } else { Key::Nothing }).collect();
        let mut rows = Vec::new();
        for (at, time) in times.into_iter().enumerate() {
            for n in 0..if question.by.is_empty() { 1 } else { 3 } {
                let cost = Money::from_whole(i64::try_from(1_000 * (at + 1) / (n + 1)).unwrap()) + money("0.125");
                rows.push(CostRow { time: time.map(str::to_owned), keys: keys(n), cost });
            }
        }
        let total = rows.iter().map(|row| row.cost).sum();
        Ok(Arc::new(CostAnswer { rows, total, currency: Some("USD".to_owned()), charges: 7, straddling: Some((2, money("3.5"))) }))
    }

    async fn coverage(&self, question: &CoverageQuestion) -> Result<Arc<CoverageAnswer>, Refusal> {
        self.refuse()?;
        let usage = |list: &str, cost: &str| Usage { charges: 1, list_cost: money(list), cost: money(cost), ..Usage::default() };
        let mut coverage = Coverage::default();
        coverage.add(PaidBy::Commitment, &usage("600", "400"));
        coverage.add(PaidBy::OnDemand, &usage("400", "400"));
        coverage.add(PaidBy::Unused, &usage("0", "50"));
        let times = if question.granularity == Granularity::Total { vec![None] } else { vec![Some("2025-12"), Some("2026-01")] };
        let row = |time: Option<&str>| CoverageRow { time: time.map(str::to_owned), keys: Vec::new(), coverage, is_whole: true };
        let rows = times.into_iter().map(row).collect();
        Ok(Arc::new(CoverageAnswer { rows, total: coverage, is_whole: true, currency: Some("USD".to_owned()), notes: Vec::new() }))
    }

    async fn commitments(&self) -> Result<Arc<Held>, Refusal> {
        self.refuse()?;
        let partial = vec!["The bill of 2026-01 ends on 2026-01-19: its figures are not all yet.".to_owned()];
        let periods = ("2025-11".parse().unwrap(), "2026-01".parse().unwrap());
        let commitments = vec![commitment("ri-1", "2026-02-01T00:00:00Z", "0"), commitment("ri-2", "2026-09-01T00:00:00Z", "40")];
        let open = BTreeSet::from(["2026-01".parse::<BillingPeriod>().unwrap()]);
        let (currency, absent) = (Some("USD".to_owned()), BTreeSet::new());
        Ok(Arc::new(Held { commitments, periods, currency, missing: vec![], absent, partial, open, notes: vec![] }))
    }

    async fn commitment(&self, id: &str) -> Result<Arc<Vec<(BillingPeriod, Commitment)>>, Refusal> {
        self.refuse()?;
        let held = self.commitments().await?;
        let all = held.commitments.iter().filter(|held| held.facts.id.0 == id);
        Ok(Arc::new(all.flat_map(|held| ["2025-12", "2026-01"].map(|month| (month.parse().unwrap(), held.clone()))).collect()))
    }

    async fn utilization(&self, id: &str, period: BillingPeriod) -> Result<Arc<Utilization>, Refusal> {
        self.refuse()?;
        let hour = |hour: i64| period.start() + SignedDuration::from_hours(hour);
        let did = |hours: &str| Did {
            used_cost: money("0.1"),
            hours: hours.parse().unwrap(),
            quantity: hours.parse().unwrap(),
            ..Did::default()
        };
        let hours = [(hour(0), did("2")), (hour(1), did("1")), (hour(25), did("0.5"))].into();
        let longer = Did { unused_cost: money(if id.ends_with("ri-2") { "40" } else { "0" }), ..Did::default() };
        let covered = |account: &str, cost: &str| Covered {
            service: Some("Amazon <EC2>".to_owned()),
            usage_type: Some("BoxUsage:m5.large".to_owned()),
            meter: None,
            account: Some(account.to_owned()),
            cost: money(cost),
            list_cost: money(cost) + money(cost),
        };
        Ok(Arc::new(Utilization { hours, longer, covered: vec![covered("222", "0.2"), covered("333", "0.1")] }))
    }

    async fn is_readable(&self) -> Result<(), Refusal> {
        if *self == Self::Broken { self.refuse() } else { Ok(()) }
    }
}

impl Bills {
    fn refuse(self) -> Result<(), Refusal> {
        let refusal = |kind, message: &str, hint: &str| Err(Refusal { kind, message: message.to_owned(), hint: hint.to_owned() });
        match self {
            Self::Three | Self::Panics | Self::Moving => Ok(()),
            Self::None => refusal(RefusalKind::Empty, "the lake holds nothing yet", "import a bill first"),
            Self::Broken | Self::Imported => refusal(RefusalKind::Failed, "a file is damaged", "import the period again"),
        }
    }
}

fn commitment(id: &str, end: &str, unused: &str) -> Commitment {
    let second = |text: &str| Some(text.parse::<Timestamp>().unwrap().as_second());
    let end = second(end);
    let reported = ReportedFacts {
        commitment_id: format!("arn:aws:ec2:eu-west-1:111122223333:reserved-instances/{id}"),
        category: Some("Usage".to_owned()),
        kind: Some("Reserved".to_owned()),
        owner: Some("111122223333".to_owned()),
        service_code: Some("AmazonEC2".to_owned()),
        instance_type: Some("m5.large".to_owned()),
        region: Some("eu-west-1".to_owned()),
        start: end.map(|end| end - 365 * 86_400),
        end,
        count: Some("2".parse().unwrap()),
        ..ReportedFacts::default()
    };
    let sums = Sums { used_cost: money("60"), unused_cost: money(unused), list_cost: money("120"), ..Sums::default() };
    Commitment { facts: Facts::read(&reported), sums, newest: sums, hourly_commitment: None, quantity_unit: None, is_gone: false }
}

/// A server over a home of its own, with a user of each role, all of them with the same password.
struct Site {
    home: tempfile::TempDir,
    router: Router,
    desk: Arc<desk::Desk>,
    app: Arc<App>,
    /// What the set-up was asked to do.
    asked: Arc<Mutex<Vec<String>>>,
    seconds: Arc<AtomicI64>,
    notes: Arc<Mutex<Vec<String>>>,
}

/// What came back.
struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

/// What is asked.
#[derive(Clone, Default)]
struct Asked<'a> {
    path: &'a str,
    form: Option<Vec<(&'a str, String)>>,
    json: Option<&'a str>,
    cookies: Vec<String>,
    headers: Vec<(&'a str, &'a str)>,
    /// Whether it comes from the machine on which the server listens, and asks it by such a name.
    is_local: bool,
}

fn user(name: &str) -> UserName {
    name.parse().unwrap()
}

/// What the server asks, made up beside made-up bills; what the set-up is asked to do is noted.
fn ports(bills: Bills, desk: &Arc<desk::Desk>, asked: &Arc<Mutex<Vec<String>>>) -> Ports {
    Ports {
        lake: Arc::new(bills),
        oidc: None,
        proposals: Arc::new(proposals::Offered::beside(bills)),
        orders: Arc::clone(desk) as Arc<dyn crate::Orders>,
        jobs: Arc::new(jobs::all_daily()),
        access: Arc::new(access::Granted::beside(bills)),
        backtests: Arc::new(backtests::Tried::beside(bills)),
        setup: Arc::new(setup::Stands::beside(bills, Arc::clone(asked))),
    }
}

impl Site {
    fn new(bills: Bills) -> Self {
        Self::with(bills, Settings { is_loopback: false, ..Settings::default() })
    }

    fn with(bills: Bills, settings: Settings) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (seconds, notes) = (Arc::new(AtomicI64::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (clock, told) = (Arc::clone(&seconds), Arc::clone(&notes));
        let now = move || begin() + SignedDuration::from_secs(clock.load(Ordering::SeqCst));
        let kept = Home::new(home.path().to_owned(), StateKey::new(&[7; 32]), PublicKey::from_bytes([3; 32]), Text::fitted("0.1.0"));
        let (desk, asked) = (Arc::new(desk::Desk::default()), Arc::new(Mutex::new(Vec::new())));
        let app = App::new(ports(bills, &desk, &asked), kept, settings, now, move |note| told.lock().unwrap().push(note.to_owned()));
        let site = Self { home, router: router(Arc::clone(&app)), desk, app, asked, seconds, notes };
        let random = SystemRandomness::new();
        let mut state = site.state();
        for role in UserRole::ALL {
            state.add_user(&user(role.as_str()), *role, &By::system(begin()), &random).unwrap();
        }
        drop(state);
        site
    }

    fn state(&self) -> State {
        let claim = Claim { pid: 1, host: "h".to_owned(), command: "test".to_owned(), wait: Duration::from_secs(5) };
        let lease = Lease::take(self.home.path(), &claim, begin()).unwrap();
        State::open(lease, &StateKey::new(&[7; 32]), &SystemRandomness::new(), begin()).unwrap()
    }

    fn wait(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A session of whoever has that role.
    fn session(&self, role: &str) -> Secret {
        let now = begin() + SignedDuration::from_secs(self.seconds.load(Ordering::SeqCst));
        let mut state = self.state();
        let password = state.password(&user(role)).unwrap();
        state.begin_session(&user(role), password.as_ref(), SessionLimits::default(), &SystemRandomness::new(), now).unwrap()
    }

    /// Gives somebody the password.
    fn password(&self, role: &str) {
        let random = SystemRandomness::new();
        let hash = PasswordHash::new(PASSWORD, &random).unwrap();
        self.state().change_password(&user(role), &hash, &By::system(begin()), &random).unwrap();
    }

    fn link(&self, role: &str, seconds: i64) -> String {
        let expires = begin() + SignedDuration::from_secs(seconds);
        self.state().invite(&user(role), expires, &By::system(begin()), &SystemRandomness::new()).unwrap().reveal().to_owned()
    }

    async fn ask(&self, asked: Asked<'_>) -> Reply {
        let method = if asked.form.is_some() || asked.json.is_some() { "POST" } else { "GET" };
        let (host, from) = if asked.is_local { (LOCAL_HOST, "127.0.0.1") } else { (HOST, "192.0.2.1") };
        let mut request = Request::builder().method(method).uri(asked.path).header("host", host);
        if !asked.cookies.is_empty() {
            request = request.header("cookie", asked.cookies.join("; "));
        }
        for (name, value) in &asked.headers {
            request = request.header(*name, *value);
        }
        let body = asked.form.map(|form| {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(form);
            body.finish()
        });
        if body.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        if asked.json.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.or_else(|| asked.json.map(str::to_owned));
        let mut request = request.body(Body::from(body.unwrap_or_default())).unwrap();
        request.extensions_mut().insert(Peer(from.parse().unwrap()));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Reply { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str, session: Option<&Secret>) -> Reply {
        self.ask(Asked { path, cookies: session.map(cookie).into_iter().collect(), ..Asked::default() }).await
    }

    async fn post(&self, path: &str, session: &Secret, mut form: Vec<(&str, String)>) -> Reply {
        form.push(("form_token", form_token(session)));
        self.ask(Asked { path, form: Some(form), cookies: vec![cookie(session)], ..Asked::default() }).await
    }
}

fn cookie(session: &Secret) -> String {
    format!("tenor={}", session.reveal())
}

fn form_token(secret: &Secret) -> String {
    secret.derive("tenor form 1").reveal().to_owned()
}

impl Reply {
    fn location(&self) -> &str {
        self.headers.get("location").map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a cookie that is set, and all that is said of it.
    fn cookie(&self, name: &str) -> Option<(String, String)> {
        let all = self.headers.get_all("set-cookie").into_iter().map(|value| value.to_str().unwrap());
        let found = all.filter_map(|text| text.split_once('=')).find(|(held, _)| *held == name);
        found.map(|(_, rest)| rest.split_once(';').unwrap()).map(|(value, rest)| (value.to_owned(), rest.trim().to_owned()))
    }

    /// What stands on a page, a line for each row or block.
    fn text(&self) -> String {
        let main = self.body.split("<main").nth(1).unwrap_or(&self.body).split("</main>").next().unwrap();
        let mut text = String::new();
        for (at, piece) in main.split('<').enumerate() {
            let (tag, rest) = piece.split_once('>').unwrap_or(("", piece));
            let breaks = ["tr", "h1", "h2", "p", "/table", "li", "dt", "summary", "option"]
                .iter()
                .any(|name| tag == *name || tag.starts_with(&format!("{name} ")));
            if breaks && at > 0 {
                text.push('\n');
            } else if tag.starts_with("td") || tag.starts_with("th") || tag.starts_with("dd") || tag.starts_with("label") {
                text.push_str(" | ");
            }
            text.push_str(rest.trim_matches('\n'));
        }
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}
