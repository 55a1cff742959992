//! What is decided about orders: by whom, from which form, and once.

use super::desk::Gate;
use super::forms::Form;
use super::orders::{bought, made};
use super::{Asked, Bills, PASSWORD, Reply, Site, begin, cookie, form_token, user};
use crate::{NotDone, NotDoneKind, Run};
use jiff::SignedDuration;
use std::sync::Arc;
use tenor_ledger::OrderId;
use tenor_permit::{AccountKind, Connection, ExternalId, Partition, Regions, Selection, Tier};
use tenor_state::{Agreement, By, Scope, SystemRandomness};
use tokio::sync::Semaphore;

/// A site with an order, whose approver has a password.
fn site() -> (Site, OrderId) {
    let site = Site::new(Bills::Three);
    site.password("approver");
    let order = made(&site);
    (site, order)
}

/// Connects an account.
pub(super) fn connect(site: &Site, name: &str, account: &str) {
    let connection = Connection {
        partition: Partition::Aws,
        account: account.parse().unwrap(),
        kind: AccountKind::Payer,
        role: "tenor".parse().unwrap(),
        trusted: "arn:aws:iam::444455556666:role/tenor".parse().unwrap(),
        report: None,
        regions: Regions::All,
    };
    let (selection, external_id) = (Selection::of([Tier::Commitments]), ExternalId::from_random([9; 16]));
    let agreement = Agreement { connection, selection, external_id, policy_version: 1 };
    site.state().add_connection(&name.parse().unwrap(), &agreement, &By::system(begin()), &SystemRandomness::new()).unwrap();
}

fn approval(order: &str, password: &str) -> Vec<(&'static str, String)> {
    vec![("hash", order.to_owned()), ("password", password.to_owned()), ("hours", "24".to_owned())]
}

fn reason() -> Vec<(&'static str, String)> {
    vec![("reason", "too dear".to_owned())]
}

#[tokio::test]
async fn each_form_is_done_for_who_is_logged_in_and_ends_at_the_order() {
    let (site, order) = site();
    let session = site.session("approver");
    let mut told = String::new();
    for (path, form) in [
        ("approve", approval(&order.to_string(), PASSWORD)),
        ("reject", reason()),
        ("run", vec![("how", "live".to_owned())]),
        ("run", vec![("how", "rehearse".to_owned())]),
        ("stop", reason()),
        ("take-back", vec![("step", "1".to_owned())]),
    ] {
        let reply = site.post(&format!("/orders/{order}/{path}"), &session, form).await;
        let to = reply.location().replace(&order.to_string(), "ORDER").replace(&"09".repeat(32), "NEW");
        told += &format!("{} {to} | {}\n", reply.status, site.desk.asked());
    }
    let form = vec![("proposal", "0b".repeat(8)), ("connection", "payer".to_owned())];
    let reply = site.post("/orders", &session, form).await;
    told += &format!("{} {} | {}\n", reply.status, reply.location().replace(&"09".repeat(32), "NEW"), site.desk.asked());
    insta::assert_snapshot!(told, @"
    303 /orders/ORDER?told=approved | approve for Some(24) h by approver
    303 /orders/ORDER?told=rejected | reject by approver: too dear
    303 /orders/ORDER?told=begun | run live by approver
    303 /orders/ORDER?told=rehearsing | run rehearsed by approver
    303 /orders/ORDER?told=stopping | stop by approver: too dear
    303 /orders/NEW?told=taking-back | take back step 1 by approver
    303 /orders/NEW?told=created | create 0b0b0b0b0b0b0b0b payer by approver
    ");
    let shown = site.get(&format!("/orders/{order}?told=approved"), Some(&session)).await;
    assert!(shown.body.contains("Your approval is signed and recorded."), "{}", shown.body);
    let shown = site.get(&format!("/orders/{order}?told=you+are+rich"), Some(&session)).await;
    assert!(shown.status == 200 && !shown.body.contains("rich</p>"), "only what is on the list is said");
}

#[tokio::test]
async fn an_order_is_made_from_the_form_of_a_proposal_as_it_stands_and_its_page_tells_what_was_left_out() {
    let (site, order) = site();
    let (session, proposal) = (site.session("analyst"), "0b".repeat(32));
    let page = async || site.get(&format!("/proposals/{proposal}"), Some(&session)).await.body;
    let none = page().await;
    assert!(none.contains("An order needs a connection") && !none.contains("action=\"/orders\""), "{none}");
    connect(&site, "payer", "111122223333");
    *site.desk.placed.lock().unwrap() = Some(order);
    let reply = Form::of(&page().await, "/orders").send(&site, &session).await;
    assert_eq!((reply.status, reply.location()), (303, format!("/orders/{order}?told=created").as_str()), "{}", reply.body);
    let shown = site.get(reply.location(), Some(&session)).await.body;
    assert!(shown.contains("The order is made.") && shown.contains("<p>left out: a part</p>"), "{shown}");
    // Later, too.
    assert!(site.get(&format!("/orders/{order}"), Some(&session)).await.body.contains("<p>left out: a part</p>"));
    // Of several a person chooses; whose account buys comes first.
    connect(&site, "dev", "222233334444");
    let form = Form::of(&page().await, "/orders");
    assert_eq!(form.value("connection"), Some("payer"));
    assert_eq!(form.fill("connection", "dev").send(&site, &session).await.status, 303);
    let list = site.get("/orders", Some(&session)).await.body;
    let form = Form::of(&list, "/orders").fill("proposal", &proposal[..16]).fill("connection", "payer");
    assert_eq!(form.send(&site, &session).await.status, 303);
    let asked = site.desk.asked().replace(&proposal, "PROPOSAL");
    insta::assert_snapshot!(asked, @"
    create PROPOSAL payer by analyst
    create PROPOSAL dev by analyst
    create 0b0b0b0b0b0b0b0b payer by analyst
    ");
}

#[tokio::test]
async fn the_forms_of_an_order_are_sent_as_they_stand() {
    let (site, order) = site();
    let (session, path) = (site.session("approver"), format!("/orders/{order}"));
    let page = async || site.get(&path, Some(&session)).await.body;
    for form in [
        Form::of(&page().await, "/approve").fill("password", PASSWORD),
        Form::of(&page().await, "/reject").fill("reason", "too dear"),
        Form::of(&page().await, "/stop").fill("reason", "too dear"),
    ] {
        let reply = form.send(&site, &session).await;
        assert_eq!(reply.status, 303, "{}", reply.body);
    }
    bought(&site, order);
    let reply = Form::of(&page().await, "/take-back").send(&site, &session).await;
    assert_eq!(reply.status, 303, "{}", reply.body);
    insta::assert_snapshot!(site.desk.asked(), @"
    approve for Some(72) h by approver
    reject by approver: too dear
    stop by approver: too dear
    take back step 1 by approver
    ");
}

#[tokio::test]
async fn approving_takes_the_password_again_and_guessing_it_has_to_wait() {
    let (site, order) = site();
    let (session, path) = (site.session("approver"), format!("/orders/{order}/approve"));
    let none = site.post(&path, &session, approval(&order.to_string(), "")).await;
    assert_eq!(none.status, 400);
    for _ in 0..6 {
        let reply = site.post(&path, &session, approval(&order.to_string(), "wrong password")).await;
        assert!(reply.status == 403 && reply.body.contains("The password is wrong. Nothing was approved."), "{}", reply.body);
    }
    let reply = site.post(&path, &session, approval(&order.to_string(), PASSWORD)).await;
    assert_eq!((reply.status, site.desk.asked().as_str()), (429, ""));
    site.wait(2);
    assert_eq!(site.post(&path, &session, approval(&order.to_string(), PASSWORD)).await.status, 303);
}

#[tokio::test]
async fn what_is_refused_says_why_and_what_was_shown_has_to_be_what_is_signed() {
    let (site, order) = site();
    let (session, path) = (site.session("approver"), format!("/orders/{order}/approve"));
    let other = site.post(&path, &session, approval(&"0".repeat(64), PASSWORD)).await;
    assert!(other.status == 409 && other.body.contains("this is not the order that was shown"), "{}", other.body);
    for (kind, status) in [(NotDoneKind::Missing, 404), (NotDoneKind::Refused, 409), (NotDoneKind::Busy, 503), (NotDoneKind::Failed, 500)] {
        let refusal = NotDone { kind, message: "ada made the order".to_owned(), hint: "ask eve".to_owned() };
        *site.desk.refusal.lock().unwrap() = Some(refusal);
        let reply = site.post(&path, &session, approval(&order.to_string(), PASSWORD)).await;
        assert_eq!((reply.status, reply.body.contains("ada made the order")), (status, status != 500), "{}", reply.body);
    }
    assert!(site.notes.lock().unwrap().iter().any(|note| note.contains("ada made the order")), "the owner is told");
}

#[tokio::test]
async fn a_role_too_low_and_a_form_from_elsewhere_decide_nothing() {
    let (site, order) = site();
    let (viewer, analyst, approver) = (site.session("viewer"), site.session("analyst"), site.session("approver"));
    for path in ["approve", "reject", "run", "stop"].map(|path| format!("/orders/{order}/{path}")) {
        for session in [&viewer, &analyst] {
            assert_eq!(site.post(&path, session, reason()).await.status, 403, "{path}");
        }
        for token in [None, Some(form_token(&viewer))] {
            let form: Vec<_> = token.map(|token| ("form_token", token)).into_iter().chain(reason()).collect();
            let reply = site.ask(Asked { path: &path, form: Some(form), cookies: vec![cookie(&approver)], ..Asked::default() }).await;
            assert_eq!(reply.status, 403, "{path}");
        }
        let nobody = site.ask(Asked { path: &path, form: Some(reason()), ..Asked::default() }).await;
        assert!(nobody.location().starts_with("/login"), "{path}");
    }
    assert_eq!(site.post("/orders", &viewer, vec![]).await.status, 403);
    assert_eq!(site.desk.asked(), "");
    let shown = site.get(&format!("/orders/{order}"), Some(&viewer)).await;
    assert!(!shown.body.contains("/approve\""), "who may not has no form: {}", shown.body);
}

#[tokio::test]
async fn the_page_says_how_a_run_goes_and_looks_again_while_it_does() {
    let (site, order) = site();
    let (session, path) = (site.session("approver"), format!("/orders/{order}"));
    *site.desk.off.lock().unwrap() = Some("the server's key is not enrolled: tenor key enrol --server".to_owned());
    let shown = site.get(&path, Some(&session)).await;
    assert!(shown.body.contains("Approving here is off: the server&#39;s key is not enrolled") && !shown.body.contains("http-equiv"));
    let going = Run {
        user: "eve".to_owned(),
        begun: begin(),
        is_live: true,
        is_going: true,
        is_good: false,
        told: "it is going on".to_owned(),
        steps: vec![(1, "be sent".to_owned())],
    };
    *site.desk.run.lock().unwrap() = Some(going.clone());
    let shown = site.get(&path, Some(&session)).await;
    assert!(shown.body.contains("<meta http-equiv=\"refresh\" content=\"2\">"), "{}", shown.body);
    assert!(shown.body.contains("Run begun by eve at 2026-01-20 12:00:00 UTC: it is going on") && shown.body.contains("would be sent"));
    // A page that looks again every two seconds has nothing to type in, and stopping is one button.
    assert!(!shown.body.contains(" required") && !shown.body.contains("/approve\"") && !shown.body.contains("/reject\""), "{}", shown.body);
    assert!(shown.body.contains("<input type=\"hidden\" name=\"reason\" value=\"stopped in the browser\">"), "{}", shown.body);
    let told = site.get(&format!("{path}?told=begun"), Some(&session)).await.body;
    assert!(told.contains("The order is being carried out."), "{told}");
    *site.desk.run.lock().unwrap() = Some(Run { is_going: false, is_good: false, told: "it failed".to_owned(), ..going });
    let shown = site.get(&format!("{path}?told=begun"), Some(&session)).await.body;
    assert!(!shown.contains("http-equiv") && shown.contains("it failed") && !shown.contains("The order is being carried out."), "{shown}");
    assert!(shown.contains(" required") && !shown.contains("stopped in the browser"), "{shown}");
}

#[tokio::test]
async fn what_became_of_a_call_can_be_found_out_whoever_agrees() {
    let (site, order) = site();
    let (session, path) = (site.session("approver"), format!("/orders/{order}"));
    *site.desk.why_not.lock().unwrap() = Some("0 of 1 approvals count".to_owned());
    let shown = site.get(&path, Some(&session)).await.body;
    assert!(shown.contains("It runs once enough people agree.") && !shown.contains("/run\""), "{shown}");
    *site.desk.is_to_be_settled.lock().unwrap() = true;
    let shown = site.get(&path, Some(&session)).await.body;
    assert!(shown.contains("Find out what became of it") && !shown.contains("Rehearse it"), "{shown}");
}

#[tokio::test]
async fn what_failed_is_for_the_owner_and_not_for_who_looks() {
    let (site, order) = site();
    let (session, path) = (site.session("viewer"), format!("/orders/{order}"));
    let untold = |kind| Some(NotDone { kind, message: "cannot read `/srv/tenor/state/tenor.db`".to_owned(), hint: "look".to_owned() });
    *site.desk.untold.lock().unwrap() = untold(NotDoneKind::Failed);
    let shown = site.get(&path, Some(&session)).await;
    assert!(shown.status == 200 && shown.body.contains("why is told where the server runs"), "{}", shown.body);
    assert!(!shown.body.contains("/srv/tenor"), "{}", shown.body);
    assert!(site.notes.lock().unwrap().iter().any(|note| note.contains("/srv/tenor")), "the owner is told");
    *site.desk.untold.lock().unwrap() = untold(NotDoneKind::Refused);
    assert!(site.get(&path, Some(&session)).await.body.contains("/srv/tenor"), "a refusal is in words for people");
}

/// A token of the approver's for this scope.
fn token(site: &Site, scope: Scope) -> String {
    let expires = begin() + SignedDuration::from_hours(1);
    let by = By::system(begin());
    site.state().make_token(&user("approver"), "t", &[scope].into(), expires, &by, &SystemRandomness::new()).unwrap()
}

/// What a program sends, with a token for this scope.
async fn sent(site: &Site, path: &str, scope: Scope, json: &str, key: Option<&str>) -> Reply {
    sent_by(site, &token(site, scope), path, json, key).await
}

async fn sent_by(site: &Site, token: &str, path: &str, json: &str, key: Option<&str>) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())].into_iter().chain(key.map(|key| ("idempotency-key", key))).collect();
    site.ask(Asked { path, json: Some(json), headers, ..Asked::default() }).await
}

#[tokio::test]
async fn a_program_has_things_done_by_a_token_with_the_scope_and_approves_nothing() {
    let (site, order) = site();
    let write = Scope::OrdersWrite;
    let made = sent(&site, "/api/v1/orders", write, r#"{"proposal":"0b0b0b0b0b0b0b0b","connection":"payer"}"#, None).await;
    assert_eq!(made.body, format!(r#"{{"notes":["left out: a part"],"order":"{}"}}"#, "09".repeat(32)));
    let path = |word: &str| format!("/api/v1/orders/{order}/{word}");
    assert_eq!(sent(&site, &path("run"), write, r#"{"live":false}"#, None).await.status, 200);
    assert_eq!(sent(&site, &path("stop"), write, r#"{"reason":"too dear"}"#, None).await.status, 200);
    assert_eq!(sent(&site, &path("reject"), write, r#"{"reason":"too dear"}"#, None).await.status, 200);
    insta::assert_snapshot!(site.desk.asked(), @"
    create 0b0b0b0b0b0b0b0b payer by approver
    run rehearsed by approver
    stop by approver: too dear
    reject by approver: too dear
    ");
    assert_eq!(sent(&site, &path("approve"), write, "{}", None).await.status, 404, "an approval is a person's");
    assert_eq!(sent(&site, &path("run"), Scope::Orders, r#"{"live":true}"#, None).await.status, 403);
    for bad in ["", "[]", "{}", r#"{"live":"yes"}"#, r#"{"live":true,"wait":true}"#, "live=true", r#"{"live":false,"live":true}"#] {
        assert_eq!(sent(&site, &path("run"), write, bad, None).await.status, 400, "{bad}");
    }
    let twice = sent(&site, &path("run"), write, r#"{"live":false,"live":true}"#, None).await;
    assert!(twice.body.contains("`live` is said twice"), "{}", twice.body);
    let large = format!(r#"{{"reason":"{}"}}"#, "x".repeat(70_000));
    assert_eq!(sent(&site, &path("stop"), write, &large, None).await.status, 413);
    // Who is logged in has the pages: a page of somebody else's cannot send this in their name.
    let session = site.session("approver");
    let path = path("run");
    let asked = Asked { path: &path, json: Some(r#"{"live":true}"#), cookies: vec![cookie(&session)], ..Asked::default() };
    assert_eq!(site.ask(asked).await.status, 403);
    assert_eq!(site.desk.asked(), "");
}

#[tokio::test]
async fn the_same_asked_again_under_its_key_is_done_once() {
    let (site, order) = site();
    let path = format!("/api/v1/orders/{order}/reject");
    let asked = async |key: &str, why: &str| {
        let reply = sent(&site, &path, Scope::OrdersWrite, &format!(r#"{{"reason":"{why}"}}"#), Some(key)).await;
        (reply.status, reply.body)
    };
    let first = asked("k1", "too dear").await;
    assert_eq!((first.0, site.desk.asked().as_str()), (200, "reject by approver: too dear"));
    assert_eq!((asked("k1", "too dear").await, site.desk.asked().as_str()), (first, ""));
    assert_eq!((asked("k1", "another").await.0, site.desk.asked().as_str()), (422, ""));
    // What was refused stays refused under its key; what found somebody else writing is tried again.
    for (kind, status, again) in [(NotDoneKind::Refused, 409, ""), (NotDoneKind::Busy, 503, "reject by approver: x")] {
        let key = format!("{kind:?}");
        *site.desk.refusal.lock().unwrap() = Some(NotDone { kind, message: "no".to_owned(), hint: "-".to_owned() });
        assert_eq!(asked(&key, "x").await.0, status);
        site.desk.asked();
        assert_eq!((asked(&key, "x").await.0, site.desk.asked().as_str()), (status, again));
    }
    *site.desk.refusal.lock().unwrap() = None;
    assert_eq!(asked(&"k".repeat(201), "x").await.0, 400);
    site.wait(24 * 3_600);
    // The tokens of this test have run out by then; the key's day is the state's matter.
    assert_eq!(asked("k1", "too dear").await.0, 401);
}

#[tokio::test]
async fn stopping_waits_for_nobody_who_writes_and_takes_no_key() {
    let (site, order) = site();
    let (token, path) = (token(&site, Scope::OrdersWrite), format!("/api/v1/orders/{order}/stop"));
    // As a run has it while its calls are made.
    let held = site.state();
    for _ in 0..2 {
        let reply = sent_by(&site, &token, &path, r#"{"reason":"too dear"}"#, Some("k1")).await;
        assert_eq!((reply.status, site.desk.asked().as_str()), (200, "stop by approver: too dear"), "{}", reply.body);
    }
    drop(held);
}

#[tokio::test]
async fn who_hangs_up_finds_the_answer_when_they_ask_again() {
    let (site, order) = site();
    let (token, path) = (token(&site, Scope::OrdersWrite), format!("/api/v1/orders/{order}/reject"));
    let ask = || sent_by(&site, &token, &path, r#"{"reason":"too dear"}"#, Some("k1"));
    let gate = Arc::new(Gate { come: Semaphore::new(0), go: Semaphore::new(0) });
    *site.desk.gate.lock().unwrap() = Some(Arc::clone(&gate));
    tokio::select! {
        reply = ask() => panic!("it is being done: {}", reply.body),
        come = gate.come.acquire() => come.unwrap().forget(),
    }
    let meanwhile = ask().await;
    assert!(meanwhile.status == 409 && meanwhile.body.contains("being done or was never answered"), "{}", meanwhile.body);
    gate.go.add_permits(1);
    let mut reply = ask().await;
    // Each asks the state, which takes longer than what is left to do.
    for _ in 0..1_000 {
        if reply.status != 409 {
            break;
        }
        reply = ask().await;
    }
    assert_eq!((reply.status, reply.body), (200, format!(r#"{{"order":"{order}"}}"#)));
    assert_eq!(site.desk.asked(), "reject by approver: too dear", "it was done once");
}
