//! Set-up and settings: what is done and what is next, the steps that the browser does, and the kill switch.

use super::{Bills, Site, begin};
use crate::lake::{Refusal, RefusalKind};
use crate::setup::{NewConnection, OwnFiles, Setup, Standing, StorageFinding, Work, WorkState};
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use tenor_ledger::{Actor, Event, Told};
use tenor_state::{By, ConnectionName, Document, DocumentKind, SystemRandomness, halted};

/// A home made up; it remembers what it was asked to do.
pub(super) struct Stands {
    bills: Bills,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stands {
    pub(super) fn beside(bills: Bills, asked: Arc<Mutex<Vec<String>>>) -> Self {
        Self { bills, asked }
    }

    fn done(&self, asked: String, by: &By) {
        let Actor::LoggedIn { user, .. } = &by.actor else { panic!("nobody asked") };
        self.asked.lock().unwrap().push(format!("{asked} by {user}"));
    }
}

#[async_trait]
impl Setup for Stands {
    async fn standing(&self) -> Standing {
        let is_done = self.bills == Bills::Three;
        let why = || "/secret/tenor.db cannot be read".to_owned();
        let prod: ConnectionName = "prod".parse().unwrap();
        let known = |done: bool| if self.bills == Bills::Broken { Err(why()) } else { Ok(done) };
        Standing {
            home: "/srv/tenor".to_owned(),
            bills: known(is_done).map(|done| done.then(|| (3, "2025-11".to_owned(), "2026-01".to_owned()))),
            prices: known(is_done).map(|done| done.then(|| "of 2026-01-01, USD".to_owned())),
            connections: known(is_done).map(|done| if done { vec![(prod, None)] } else { Vec::new() }),
            has_terms: known(is_done),
            approvers: known(is_done).map(|done| if done { (1, 2) } else { (0, 0) }),
            is_server_enrolled: known(false),
            users: known(is_done).map(|done| if done { 3 } else { 1 }),
            has_schedule: known(false),
            backup: known(is_done).map(|done| done.then(begin)),
            folders: Some(match self.bills {
                Bills::Broken => Err("/secret/bills cannot be read".to_owned()),
                _ => Ok(vec![".".to_owned(), "cur".to_owned()]),
            }),
            work: vec![Work {
                what: "the import of `cur`".to_owned(),
                user: "admin".to_owned(),
                begun: begin(),
                state: if is_done { WorkState::Done("3 months of bills".to_owned()) } else { WorkState::Going },
            }],
        }
    }

    async fn files(&self) -> Result<OwnFiles, Refusal> {
        let known = |has: bool| if self.bills == Bills::Broken { Err("/secret/tenor.db cannot be read".to_owned()) } else { Ok(has) };
        Ok(OwnFiles { policy: known(self.bills == Bills::Three), schedule: known(false), notify: known(false) })
    }

    async fn storage(&self) -> Result<Vec<StorageFinding>, Refusal> {
        if self.bills == Bills::Broken {
            let (message, hint) = ("/proc cannot be read".to_owned(), "look".to_owned());
            return Err(Refusal { kind: RefusalKind::Failed, message, hint });
        }
        Ok(vec![StorageFinding {
            severity: "warning".to_owned(),
            title: "no backup of this home is known".to_owned(),
            meaning: "what is lost with its disk is lost".to_owned(),
            what_to_do: "tenor backup DIR".to_owned(),
        }])
    }

    async fn import(&self, folder: &str, by: By) -> Result<(), Refusal> {
        if folder == ".." {
            let (message, hint) = ("it does not lie below".to_owned(), "choose another".to_owned());
            return Err(Refusal { kind: RefusalKind::Question, message, hint });
        }
        self.done(format!("import {folder}"), &by);
        Ok(())
    }

    async fn connect(&self, asked: NewConnection, by: By) -> Result<(), Refusal> {
        if asked.name.as_str() == "busy" {
            let (message, hint) = ("another process is writing".to_owned(), "wait for it to end".to_owned());
            return Err(Refusal { kind: RefusalKind::Busy, message, hint });
        }
        let report = asked.report.map_or_else(|| "no report".to_owned(), |(bucket, prefix)| format!("{bucket}/{prefix}"));
        self.done(
            format!("connect {} {} {} {report} {:?} member {}", asked.name, asked.account, asked.trusted, asked.tiers, asked.is_member),
            &by,
        );
        Ok(())
    }

    async fn prove(&self, name: &ConnectionName, by: By) -> Result<(), Refusal> {
        self.done(format!("prove {name}"), &by);
        Ok(())
    }
}

/// The marks of all steps.
fn marks(text: &str) -> Vec<&'static str> {
    let of = |line: &str| {
        let line = line.strip_suffix(" can wait").unwrap_or(line);
        ["done", "to do", "not known"].into_iter().find(|word| line.ends_with(&format!(" {word}")))
    };
    text.lines().filter(|line| !line.ends_with("steps done")).filter_map(of).collect()
}

#[tokio::test]
async fn a_step_is_done_to_do_or_not_known() {
    for (bills, done, words) in [
        (Bills::Three, "7 of 10 steps done", vec!["done", "done", "done", "to do", "done", "done", "to do", "done", "to do", "done"]),
        (Bills::None, "0 of 10 steps done", vec!["to do"; 10]),
        (Bills::Broken, "0 of 10 steps done", vec!["not known"; 10]),
    ] {
        let site = Site::new(bills);
        let shown = site.get("/setup", Some(&site.session("viewer"))).await;
        let text = shown.text();
        assert!(text.contains(done), "{text}");
        assert_eq!(marks(&text), words, "{text}");
        assert!(!shown.body.contains("/secret/tenor.db") && !shown.body.contains("/srv/tenor"), "{text}");
    }
}

#[tokio::test]
async fn commands_have_the_values_that_were_filled_in_each_as_one_word() {
    let site = Site::new(Bills::None);
    let query = "?name=prod&account=111122223333&principal=arn%3Aaws%3Aiam%3A%3A444455556666%3Arole%2Ftenor&bucket=bills&prefix=a%20b%2F";
    let body = site.get(&format!("/setup{query}"), Some(&site.session("viewer"))).await.body;
    for command in [
        "tenor import &#39;s3://bills/a b/&#39;",
        "tenor connect make prod --account 111122223333 --trusted arn:aws:iam::444455556666:role/tenor --report-bucket bills --report-prefix &#39;a b/&#39; \
         --out prod-role",
        "tenor connect prove prod",
    ] {
        assert!(body.contains(command), "{command}\n{body}");
    }
    let body = site.get("/setup?source=--replace%20x%27%3B%20rm&name=%0Aa", Some(&site.session("viewer"))).await.body;
    assert!(body.contains("tenor import &#39;replace x&#39;\\&#39;&#39;; rm&#39;") && body.contains("tenor connect prove a<"), "{body}");
}

#[tokio::test]
async fn admins_alone_import_connect_and_prove_here() {
    let site = Site::new(Bills::Three);
    let (approver, admin) = (site.session("approver"), site.session("admin"));
    let plain = site.get("/setup", Some(&approver)).await.body;
    assert!(!plain.contains("action=\"/setup/") && !plain.contains("the import of"));
    let shown = site.get("/setup", Some(&admin)).await.body;
    for action in ["/setup/import", "/setup/connect", "/setup/prove"] {
        assert!(shown.contains(&format!("action=\"{action}\"")), "{action}");
        assert_eq!(site.post(action, &approver, vec![]).await.status, 403, "{action}");
    }
    let post = async |path: &str, form: &[(&'static str, &str)]| {
        let form = form.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let reply = site.post(path, &admin, form).await;
        (reply.status, reply.location().to_owned())
    };
    assert_eq!(post("/setup/import", &[("folder", "cur")]).await, (303, "/setup#bill".to_owned()));
    assert_eq!(post("/setup/import", &[("folder", "..")]).await.0, 409);
    let who = "arn:aws:iam::444455556666:role/tenor";
    let form = [
        ("name", "dev"),
        ("account", "111122223333"),
        ("principal", who),
        ("bucket", "bills"),
        ("prefix", "cur"),
        ("tier", "trial"),
        ("tier", "commitments"),
    ];
    assert_eq!(post("/setup/connect", &form).await, (303, "/access/dev".to_owned()));
    assert_eq!(post("/setup/connect", &[("name", "dev"), ("account", "1"), ("principal", who)]).await.0, 400);
    assert_eq!(post("/setup/connect", &[("name", "dev"), ("account", "111122223333"), ("principal", who), ("tier", "gold")]).await.0, 400);
    assert_eq!(post("/setup/prove", &[("name", "prod")]).await, (303, "/setup#prove".to_owned()));
    insta::assert_snapshot!(site.asked.lock().unwrap().join("\n"), @"
    import cur by admin
    connect dev 111122223333 arn:aws:iam::444455556666:role/tenor bills/cur/ [Trial, Commitments] member false by admin
    prove prod by admin
    ");
}

#[tokio::test]
async fn where_another_writes_it_says_when_to_ask_again() {
    let site = Site::new(Bills::Three);
    let admin = site.session("admin");
    let form = [("name", "busy"), ("account", "111122223333"), ("principal", "arn:aws:iam::444455556666:role/tenor")];
    let reply = site.post("/setup/connect", &admin, form.map(|(name, value)| (name, value.to_owned())).to_vec()).await;
    assert_eq!((reply.status, reply.headers["retry-after"].to_str().unwrap()), (503, "5"), "{}", reply.body);
    assert!(reply.body.contains("another process is writing"), "{}", reply.body);
}

#[tokio::test]
async fn the_page_looks_again_while_something_goes_on() {
    let refreshes = async |bills: Bills, role: &str| {
        let site = Site::new(bills);
        site.get("/setup", Some(&site.session(role))).await.body.contains("http-equiv=\"refresh\"")
    };
    assert!(refreshes(Bills::None, "admin").await);
    assert!(!refreshes(Bills::Three, "admin").await && !refreshes(Bills::None, "viewer").await);
}

#[tokio::test]
async fn the_terms_in_force_are_shown_with_their_hash_and_who_set_them() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    let before = site.get("/settings", Some(&session)).await.text();
    assert!(before.contains("Nobody has said yet what may be bought"), "{before}");
    let terms = Document::new(DocumentKind::Policy, "approvals_needed = 2 # <two>\n".to_owned());
    let changed = Event::ConfigurationChanged { what: "terms".parse().unwrap(), before: None, after: Some(terms.hash()) };
    let by = By { actor: Actor::Operator { name: "ann@desk".parse().unwrap() }, moment: begin() };
    site.state().append_with(&[by.draft(changed)], std::slice::from_ref(&terms), &SystemRandomness::new()).unwrap();
    let shown = site.get("/settings", Some(&session)).await;
    let text = shown.text();
    assert!(text.contains(&terms.hash().to_string()) && text.contains("2026-01-20 12:00:00 UTC by ann@desk"), "{text}");
    assert!(shown.body.contains("approvals_needed = 2 # &#60;two&#62;"), "{}", shown.body);
    assert!(text.contains("| schedule.toml | it is not there: without it nothing is done by itself"), "{text}");
    assert!(!text.contains("no backup of this home is known"), "what it lies on is for admins");
    let admin = site.get("/settings", Some(&site.session("admin"))).await.text();
    assert!(admin.contains("| no backup of this home is known |"), "{admin}");
}

#[tokio::test]
async fn an_admin_stops_everything_with_a_reason_and_nobody_starts_it_again_here() {
    let site = Site::new(Bills::Three);
    let (approver, admin) = (site.session("approver"), site.session("admin"));
    assert_eq!(site.post("/settings/stop", &approver, vec![("reason", "fire".to_owned())]).await.status, 403);
    assert_eq!(site.post("/settings/stop", &admin, vec![]).await.status, 400);
    assert_eq!(halted(site.home.path()).unwrap(), None);
    let reply = site.post("/settings/stop", &admin, vec![("reason", "fire in <the> house".to_owned())]).await;
    assert_eq!((reply.status, reply.location()), (303, "/settings?told=stopped"));
    assert_eq!(halted(site.home.path()).unwrap().as_deref(), Some("fire in <the> house"));
    let entries = site.state().entries(1, 100).unwrap();
    let by: Vec<_> = entries
        .iter()
        .filter(|entry| matches!(entry.event, Told::Known(Event::KillSwitch { stopped: true, .. })))
        .map(|entry| &entry.actor)
        .collect();
    assert!(matches!(by[..], [Told::Known(Actor::LoggedIn { user, .. })] if user.as_str() == "admin"), "{by:?}");
    let shown = site.get("/settings", Some(&admin)).await.body;
    assert!(
        shown.contains("fire in &#60;the&#62; house") && shown.contains("tenor resume") && !shown.contains("/settings/stop"),
        "{shown}"
    );
}

/// Until everything is stopped.
async fn until_stopped(site: &Site) {
    while halted(site.home.path()).unwrap().is_none() {
        tokio::task::yield_now().await;
    }
}

/// Why the ledger says that everything is stopped, as soon as it does.
async fn recorded(site: &Site) -> String {
    loop {
        let stopped = site.app.home.read(|view| Ok(view.book()?.stopped().map(ToString::to_string))).await.unwrap();
        if let Some(reason) = stopped {
            return reason;
        }
        tokio::task::yield_now().await;
    }
}

fn because(reason: &str) -> Vec<(&'static str, String)> {
    vec![("reason", reason.to_owned())]
}

#[tokio::test]
async fn a_stop_is_not_undone_by_who_took_back_another_and_never_saw_it() {
    let site = Site::new(Bills::Three);
    let admin = site.session("admin");
    // Somebody else has the right to write.
    let held = site.state();
    let resumed = async {
        until_stopped(&site).await;
        std::fs::remove_file(site.home.path().join("state/stopped")).unwrap();
        drop(held);
    };
    let (reply, ()) = tokio::join!(site.post("/settings/stop", &admin, because("fire")), resumed);
    assert_eq!((reply.status, reply.location()), (303, "/settings?told=stopped"));
    assert_eq!(halted(site.home.path()).unwrap().as_deref(), Some("fire"));
    assert_eq!(recorded(&site).await, "fire");
}

#[tokio::test]
async fn who_hangs_up_has_stopped_everything_and_the_ledger_says_so() {
    let site = Site::new(Bills::Three);
    let admin = site.session("admin");
    let held = site.state();
    tokio::select! {
        biased;
        () = until_stopped(&site) => {}
        reply = site.post("/settings/stop", &admin, because("fire")) => panic!("it is answered: {}", reply.status),
    }
    drop(held);
    let told = tokio::time::timeout(std::time::Duration::from_secs(60), recorded(&site)).await;
    assert_eq!(told.unwrap(), "fire");
}

#[tokio::test]
async fn what_a_command_stopped_is_recorded_by_the_next_that_writes_here() {
    let site = Site::new(Bills::Three);
    let by = By { actor: Actor::Operator { name: "ann@desk".parse().unwrap() }, moment: begin() };
    tenor_state::halt(site.home.path(), &"fire".parse().unwrap(), &by).unwrap();
    site.app.home.write(begin(), |_, _| Ok(())).await.unwrap();
    let entries = site.state().entries(1, 100).unwrap();
    let by_ann = |entry: &&tenor_ledger::Entry| matches!(&entry.actor, Told::Known(actor) if *actor == by.actor);
    assert_eq!(entries.iter().filter(by_ann).count(), 1, "{entries:?}");
}

#[tokio::test]
async fn what_nobody_can_look_at_is_told_so() {
    let site = Site::new(Bills::Broken);
    let text = site.get("/settings", Some(&site.session("admin"))).await.text();
    assert!(text.contains("Nobody could look: /proc cannot be read. look"), "{text}");
    assert!(text.contains("| policy.toml | nobody can tell"), "{text}");
}
