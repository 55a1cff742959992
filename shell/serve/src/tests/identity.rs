//! Who is let in, and for how long.

use super::orders::made;
use super::{Asked, Bills, HOST, PASSWORD, Site, begin, cookie, form_token, ports, user};
use crate::{App, Home, Settings, router};
use jiff::SignedDuration;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tenor_ledger::{Actor, Event, PublicKey, Text, Told};
use tenor_state::{Key, Secret};

const FORM: &str = "1111111111111111111111111111111111111111111111111111111111111111";

/// Sends a log-in as a browser would that was shown the form.
async fn log_in<'a>(site: &Site, name: &'a str, password: &'a str, headers: Vec<(&'a str, &'a str)>) -> super::Reply {
    let form = vec![
        ("user", name.to_owned()),
        ("password", password.to_owned()),
        ("to", "/orders".to_owned()),
        ("form_token", form_token(&Secret::read(FORM).unwrap())),
    ];
    let cookie = if headers.iter().any(|(name, _)| *name == "x-forwarded-proto") { "__Host-tenor-form" } else { "tenor-form" };
    site.ask(Asked { path: "/login", form: Some(form), cookies: vec![format!("{cookie}={FORM}")], headers, ..Asked::default() }).await
}

#[tokio::test]
async fn who_has_the_password_is_let_in_and_led_on() {
    let site = Site::new(Bills::Three);
    site.password("viewer");
    let shown = site.get("/login?to=/orders", None).await;
    let (fresh, said) = shown.cookie("tenor-form").unwrap();
    assert_eq!(said, "Path=/; HttpOnly; SameSite=Lax");
    assert!(shown.body.contains(&form_token(&Secret::read(&fresh).unwrap())) && !shown.body.contains(&fresh));
    let reply = log_in(&site, "Viewer", PASSWORD, vec![]).await;
    assert_eq!((reply.status, reply.location()), (303, "/orders"));
    let (session, said) = reply.cookie("tenor").unwrap();
    assert_eq!(said, "Path=/; HttpOnly; SameSite=Lax; Max-Age=43200");
    assert_eq!(site.get("/orders", Secret::read(&session).as_ref()).await.status, 200);
    for (name, password) in [("viewer", "wrong password"), ("nobody", PASSWORD), ("analyst", PASSWORD), ("", ""), ("../x", PASSWORD)] {
        let reply = log_in(&site, name, password, vec![]).await;
        assert_eq!((reply.status, reply.cookie("tenor")), (401, None), "{name}");
        assert!(reply.body.contains("Name or password is wrong."));
    }
}

#[tokio::test]
async fn a_log_in_has_a_session_of_its_own_and_ends_the_one_before() {
    let site = Site::new(Bills::Three);
    site.password("viewer");
    let before = site.session("viewer");
    let form = vec![("user", "viewer".to_owned()), ("password", PASSWORD.to_owned())];
    let reply = site.post("/login", &before, form).await;
    let (session, _) = reply.cookie("tenor").unwrap();
    assert_ne!(session, before.reveal());
    assert_eq!(site.get("/account", Some(&before)).await.status, 303, "it has ended");
    let session = Secret::read(&session).unwrap();
    let out = site.post("/logout", &session, vec![]).await;
    assert_eq!((out.location(), out.cookie("tenor").unwrap().0.as_str()), ("/login", ""));
    assert_eq!(site.get("/account", Some(&session)).await.status, 303);
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    for (to, path) in [
        ("/orders?a=b", "/orders?a=b"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nb", "/"),
        ("", "/"),
    ] {
        assert_eq!(crate::reply::own_path(Some(to)), path, "{to}");
    }
}

#[tokio::test]
async fn guessing_has_to_wait_and_so_does_whoever_is_guessed() {
    let site = Site::new(Bills::Three);
    site.password("viewer");
    for _ in 0..6 {
        assert_eq!(log_in(&site, "viewer", "wrong password", vec![]).await.status, 401);
    }
    let reply = log_in(&site, "viewer", PASSWORD, vec![]).await;
    assert_eq!((reply.status, reply.headers["retry-after"].to_str().unwrap()), (429, "2"));
    for _ in 0..6 {
        assert_eq!(log_in(&site, "nobody", "wrong password", vec![]).await.status, 401);
    }
    assert_eq!(log_in(&site, "nobody", "wrong password", vec![]).await.status, 429, "whether there is such a user or not");
    site.wait(2);
    assert_eq!(log_in(&site, "viewer", PASSWORD, vec![]).await.status, 303);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_after_a_while_in_any_case() {
    let site = Site::new(Bills::Three);
    let session = site.session("viewer");
    site.wait(59 * 60);
    assert_eq!(site.get("/account", Some(&session)).await.status, 200);
    // The use is recorded beside the answer; whoever writes next waits for it.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    drop(site.state());
    for _ in 0..11 {
        let _ = site.get("/account", Some(&session)).await;
        drop(site.state());
    }
    site.wait(12 * 3_600);
    let reply = site.get("/account", Some(&session)).await;
    assert_eq!((reply.status, reply.location()), (303, "/login?to=%2Faccount"));
}

#[tokio::test]
async fn a_form_counts_only_from_the_session_that_it_was_made_for() {
    let site = Site::new(Bills::Three);
    let (session, other) = (site.session("viewer"), site.session("viewer"));
    let post = async |token: Option<String>, headers: Vec<(&str, &str)>| {
        let form = token.map(|token| ("form_token", token)).into_iter().chain([("theme", "dark".to_owned())]).collect();
        site.ask(Asked { path: "/theme", form: Some(form), cookies: vec![cookie(&session)], headers, ..Asked::default() }).await.status
    };
    let own = || Some(form_token(&session));
    assert_eq!(post(own(), vec![]).await, 303);
    assert_eq!(post(None, vec![]).await, 403);
    assert_eq!(post(Some(form_token(&other)), vec![]).await, 403, "another session's");
    assert_eq!(post(Some(session.reveal().to_owned()), vec![]).await, 403);
    let origin = format!("http://{HOST}");
    assert_eq!(post(own(), vec![("origin", &origin), ("sec-fetch-site", "same-origin")]).await, 303);
    for bad in [
        ("origin", "null"),
        ("origin", "http://evil.example"),
        ("origin", "https://tenor.example:4680"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        assert_eq!(post(own(), vec![bad]).await, 403, "{bad:?}");
    }
}

#[tokio::test]
async fn whoever_was_logged_in_where_a_link_is_used_is_not_any_more() {
    let site = Site::new(Bills::Three);
    let (admin, path) = (site.session("admin"), format!("/welcome/{}", site.link("viewer", 3_600)));
    let reply = site.post(&path, &admin, vec![("password", PASSWORD.to_owned()), ("again", PASSWORD.to_owned())]).await;
    assert_eq!(reply.location(), "/");
    let session = Secret::read(&reply.cookie("tenor").unwrap().0).unwrap();
    assert_eq!(site.get("/account", Some(&session)).await.status, 200);
    assert_eq!(site.get("/account", Some(&admin)).await.status, 303, "it has ended");
}

#[tokio::test]
async fn a_link_sets_a_password_once_lets_in_and_runs_out() {
    let site = Site::new(Bills::None);
    let link = site.link("admin", 3_600);
    let path = format!("/welcome/{link}");
    assert!(site.get(&path, None).await.body.contains("Welcome, admin"));
    let send = async |password: &str, again: &str| {
        let form =
            vec![("password", password.to_owned()), ("again", again.to_owned()), ("form_token", form_token(&Secret::read(FORM).unwrap()))];
        site.ask(Asked { path: &path, form: Some(form), cookies: vec![format!("tenor-form={FORM}")], ..Asked::default() }).await
    };
    assert!(send(PASSWORD, "something else").await.body.contains("The two are not the same."));
    assert!(send("short", "short").await.body.contains("a password has 12 characters at least"));
    let reply = send(PASSWORD, PASSWORD).await;
    let session = Secret::read(&reply.cookie("tenor").unwrap().0).unwrap();
    assert!(site.get("/", Some(&session)).await.body.contains("There is no bill yet"));
    assert_eq!(send(PASSWORD, PASSWORD).await.status, 410);
    assert_eq!(site.get(&path, None).await.status, 410);
    let entries = site.state().entries(1, 100).unwrap();
    let by: Vec<_> = entries
        .iter()
        .filter(|entry| matches!(entry.event, Told::Known(Event::PasswordChanged { .. })))
        .map(|entry| &entry.actor)
        .collect();
    assert!(matches!(by[..], [Told::Known(Actor::LoggedIn { user, .. })] if user.as_str() == "admin"));

    let late = site.link("viewer", 3_600);
    site.wait(3_600);
    let reply = site.get(&format!("/welcome/{late}"), None).await;
    assert!(reply.status == 410 && reply.body.contains("the link is not valid any more"));
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() {
    let site = Site::new(Bills::Three);
    site.password("viewer");
    let (here, elsewhere) = (site.session("viewer"), site.session("viewer"));
    let form = |old: &str| {
        ["old", "password", "again"]
            .into_iter()
            .zip([old.to_owned(), "another long one".to_owned(), "another long one".to_owned()])
            .collect()
    };
    assert_eq!(site.post("/account/password", &here, form("wrong password")).await.status, 400);
    let reply = site.post("/account/password", &here, form(PASSWORD)).await;
    assert_eq!(reply.location(), "/account?changed=1");
    let now = Secret::read(&reply.cookie("tenor").unwrap().0).unwrap();
    assert_eq!(site.get("/account", Some(&now)).await.status, 200);
    for ended in [here, elsewhere] {
        assert_eq!(site.get("/account", Some(&ended)).await.status, 303);
    }
    assert!(site.state().password(&user("viewer")).unwrap().unwrap().is_of("another long one"));
}

#[tokio::test]
async fn behind_a_proxy_that_says_so_cookies_are_for_tls_alone() {
    let site = Site::with(Bills::Three, Settings { is_behind_proxy: true, ..Settings::default() });
    site.password("viewer");
    let reply =
        log_in(&site, "viewer", PASSWORD, vec![("x-forwarded-proto", "https"), ("x-forwarded-for", "203.0.113.9, 198.51.100.7")]).await;
    assert_eq!(reply.cookie("__Host-tenor").unwrap().1, "Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=43200");
    assert!(reply.headers.contains_key("strict-transport-security"));
    let direct = Site::new(Bills::Three);
    direct.password("viewer");
    let reply = log_in(&direct, "viewer", PASSWORD, vec![]).await;
    assert!(reply.cookie("tenor").is_some() && !reply.headers.contains_key("strict-transport-security"));
}

/// The form of the demo's log-in page, as a browser sends it.
async fn enter(site: &Site, name: &str, token: Option<String>, is_local: bool) -> super::Reply {
    let form =
        token.map(|token| ("form_token", token)).into_iter().chain([("user", name.to_owned()), ("to", "/orders".to_owned())]).collect();
    let cookies = vec![format!("tenor-form={FORM}")];
    site.ask(Asked { path: "/login/demo", form: Some(form), cookies, is_local, ..Asked::default() }).await
}

fn of_form() -> Option<String> {
    Some(form_token(&Secret::read(FORM).unwrap()))
}

#[tokio::test]
async fn in_a_demo_anybody_on_this_machine_enters_as_anybody_and_approves_without_a_password() {
    let site = Site::with(Bills::Three, Settings { is_demo: true, ..Settings::default() });
    let local = |path| Asked { path, is_local: true, ..Asked::default() };
    let shown = site.ask(local("/login?to=/orders")).await.body;
    for role in ["viewer", "analyst", "approver", "admin"] {
        assert!(shown.contains(&format!("<button>Enter as {role} ({role})</button>")), "{shown}");
    }
    let reply = enter(&site, "approver", of_form(), true).await;
    assert_eq!((reply.status, reply.location()), (303, "/orders"), "{}", reply.body);
    let session = Secret::read(&reply.cookie("tenor").unwrap().0).unwrap();
    let order = made(&site);
    let page = format!("/orders/{order}");
    let shown = site.get(&page, Some(&session)).await.body;
    assert!(shown.contains("/approve\"") && !shown.contains("type=\"password\""), "{shown}");
    let approved = site.post(&format!("{page}/approve"), &session, vec![("hash", order.to_string())]).await;
    assert_eq!((approved.status, site.desk.asked().as_str()), (303, "approve for None h by approver"), "{}", approved.body);

    assert_eq!(enter(&site, "nobody", of_form(), true).await.status, 404);
    assert_eq!(enter(&site, "admin", None, true).await.status, 403, "a form that this server made");
    // From elsewhere, or by a name that somebody has point here.
    assert_eq!(enter(&site, "admin", of_form(), false).await.status, 404);
    assert!(!site.get("/login", None).await.body.contains("Enter as"));
}

#[tokio::test]
async fn without_a_demo_nobody_enters_without_a_password() {
    let site = Site::with(Bills::Three, Settings::default());
    let reply = enter(&site, "admin", of_form(), true).await;
    assert_eq!((reply.status, reply.cookie("tenor")), (404, None));
    let shown = site.ask(Asked { path: "/login", is_local: true, ..Asked::default() }).await.body;
    assert!(!shown.contains("Enter as") && !shown.contains("/login/demo"), "{shown}");
    let order = made(&site);
    let session = site.session("approver");
    let shown = site.get(&format!("/orders/{order}"), Some(&session)).await.body;
    assert!(shown.contains("Your password, again"), "{shown}");
    let reply = site.post(&format!("/orders/{order}/approve"), &session, vec![("hash", order.to_string())]).await;
    assert_eq!((reply.status, site.desk.asked().as_str()), (400, ""));
}

#[tokio::test]
async fn a_clock_that_goes_by_the_ledger_is_looked_up_before_it_is_asked_who_asks() {
    let mut site = Site::new(Bills::Three);
    let viewer = site.session("viewer");
    assert_eq!(site.get("/account", Some(&viewer)).await.status, 200);
    let (moved, shown) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(0)));
    let (moves, shows) = (Arc::clone(&moved), Arc::clone(&shown));
    let home = Home::new(site.home.path().to_owned(), Key::new(&[7; 32]), PublicKey::from_bytes([3; 32]), Text::fitted("0.1.0"))
        .looked_at(move |_| shows.store(moves.load(Ordering::SeqCst), Ordering::SeqCst));
    let settings = Settings { is_loopback: false, ..Settings::default() };
    let now = move || begin() + SignedDuration::from_secs(shown.load(Ordering::SeqCst));
    site.router = router(App::new(ports(Bills::Three, &site.desk, &site.asked), home, settings, now, |_| ()));
    assert_eq!(site.get("/account", Some(&viewer)).await.status, 200);
    // Somebody lets a day pass: the session is over for the very next request.
    moved.store(86_400, Ordering::SeqCst);
    let reply = site.get("/account", Some(&viewer)).await;
    assert_eq!((reply.status, reply.location()), (303, "/login?to=%2Faccount"));
}
