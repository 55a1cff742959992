//! Users in the browser: by admins, with their password; and tokens by whose they are.

use super::orders::{made, text};
use super::{Asked, Bills, HOST, PASSWORD, Site, begin, cookie, user};
use crate::ask::{Ask, Pairs};
use crate::guard::{Identified, identify};
use crate::pages::{account, users};
use crate::reply::Trouble;
use crate::route::Method;
use crate::{ROUTES, Settings};
use axum::http::Request;
use jiff::SignedDuration;
use std::sync::Arc;
use tenor_ledger::{Actor, Told};
use tenor_state::{By, Scope, Secret, SystemRandomness, UserRole};

/// A site whose admin has a password, and a session of theirs.
fn site() -> (Site, Secret) {
    let site = Site::new(Bills::Three);
    site.password("admin");
    let session = site.session("admin");
    (site, session)
}

fn form(fields: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let password = fields.iter().all(|(name, _)| *name != "password").then(|| ("password", PASSWORD.to_owned()));
    fields.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(password).collect()
}

/// What the ledger says that was done by logging in.
fn recorded(site: &Site) -> Vec<String> {
    let entries = site.state().entries(1, 200).unwrap();
    let told = entries.iter().filter_map(|entry| match (&entry.actor, &entry.event) {
        (Told::Known(Actor::LoggedIn { user, .. }), Told::Known(event)) => Some(format!("{user} {}", event.kind())),
        _ => None,
    });
    told.collect()
}

/// What stands on a page between two texts.
fn between<'a>(body: &'a str, before: &str, after: &str) -> &'a str {
    body.split(before).nth(1).unwrap_or_else(|| panic!("no {before} in {body}")).split(after).next().unwrap()
}

#[tokio::test]
async fn an_admin_adds_invites_changes_and_removes_users_and_each_is_recorded_as_theirs() {
    let (site, session) = site();
    let added = site.post("/users", &session, form(&[("name", "Eve"), ("role", "viewer")])).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let first = between(&added.body, &format!("<code>http://{HOST}/welcome/"), "<").to_owned();
    let read = |link: &str| site.state().invited(&Secret::read(link).unwrap(), begin()).unwrap();
    assert_eq!(read(&first), Some(user("eve")));
    let listed = site.get("/users", Some(&session)).await.body;
    assert!(listed.contains("eve") && !listed.contains("/welcome/"), "the link is shown once: {listed}");
    let invited = site.post("/users/invite", &session, form(&[("user", "eve")])).await;
    let second = between(&invited.body, "/welcome/", "<").to_owned();
    assert_eq!((read(&first), read(&second)), (None, Some(user("eve"))), "a newer link takes its place");
    let changed = site.post("/users/role", &session, form(&[("user", "eve"), ("role", "approver")])).await;
    assert_eq!((changed.status, changed.location()), (303, "/users?told=changed"));
    assert_eq!(site.state().user(&user("eve")).unwrap().unwrap().role, UserRole::Approver);
    let removed = site.post("/users/remove", &session, form(&[("user", "eve")])).await;
    assert_eq!((removed.status, removed.location()), (303, "/users?told=removed"));
    assert_eq!(site.state().user(&user("eve")).unwrap(), None);
    let expected = ["user-added", "user-invited", "user-invited", "user-changed", "user-removed"].map(|kind| format!("admin {kind}"));
    assert_eq!(recorded(&site), expected);
}

#[tokio::test]
async fn without_the_admins_password_nothing_is_changed() {
    let (site, session) = site();
    for (path, fields) in [
        ("/users", vec![("name", "eve"), ("role", "admin")]),
        ("/users/invite", vec![("user", "viewer")]),
        ("/users/role", vec![("user", "viewer"), ("role", "admin")]),
        ("/users/remove", vec![("user", "viewer")]),
        ("/users/revoke", vec![("token", "tnr_00000000")]),
    ] {
        let none = site.post(path, &session, form(&[&fields[..], &[("password", "")]].concat())).await;
        assert_eq!(none.status, 400, "{path}: {}", none.body);
        let wrong = site.post(path, &session, form(&[&fields[..], &[("password", "wrong password")]].concat())).await;
        assert!(wrong.status == 403 && wrong.body.contains("The password is wrong. Nothing was changed."), "{path}: {}", wrong.body);
        assert!(!wrong.body.contains("/welcome/"), "{path}");
    }
    assert_eq!(recorded(&site), [""; 0]);
    // Five failures are free; after a sixth this session has to wait, and no other.
    let guessed = site.post("/users/invite", &session, form(&[("user", "viewer"), ("password", "wrong again")])).await;
    assert_eq!(guessed.status, 403);
    assert_eq!(site.post("/users/remove", &session, form(&[("user", "viewer")])).await.status, 429);
    let session = site.session("admin");
    let removed = site.post("/users/remove", &session, form(&[("user", "viewer")])).await;
    assert_eq!((removed.status, removed.location()), (303, "/users?told=removed"), "{}", removed.body);
}

#[tokio::test]
async fn the_last_admin_stays_and_nobody_removes_themselves() {
    let (site, session) = site();
    let own = site.post("/users/remove", &session, form(&[("user", "admin")])).await;
    assert!(own.status == 409 && own.body.contains("nobody removes their own account"), "{}", own.body);
    let last = site.post("/users/role", &session, form(&[("user", "admin"), ("role", "viewer")])).await;
    assert!(last.status == 409 && last.body.contains("the only admin who can log in"), "{}", last.body);
    let nobody = site.post("/users/role", &session, form(&[("user", "nobody"), ("role", "viewer")])).await;
    assert_eq!(nobody.status, 409, "{}", nobody.body);
    let taken = site.post("/users", &session, form(&[("name", "viewer"), ("role", "admin")])).await;
    assert!(taken.status == 409 && !taken.body.contains("/welcome/"), "{}", taken.body);
    for bad in [[("name", "-"), ("role", "viewer")], [("name", "eve"), ("role", "owner")]] {
        assert_eq!(site.post("/users", &session, form(&bad)).await.status, 400, "{bad:?}");
    }
    assert_eq!(recorded(&site), [""; 0]);
    // With another one who can log in, an admin steps back, and is logged out.
    site.state().change_role(&user("approver"), UserRole::Admin, &By::system(begin()), &SystemRandomness::new()).unwrap();
    site.password("approver");
    let back = site.post("/users/role", &session, form(&[("user", "admin"), ("role", "viewer")])).await;
    assert_eq!((back.status, back.location()), (303, "/users?told=changed"), "{}", back.body);
    assert!(site.get("/users", Some(&session)).await.location().starts_with("/login"));
}

/// Asks for costs with a token.
async fn costs(site: &Site, token: &str) -> u16 {
    let bearer = format!("Bearer {token}");
    site.ask(Asked { path: "/api/v1/cost", headers: vec![("authorization", &bearer)], ..Asked::default() }).await.status
}

#[tokio::test]
async fn a_token_of_ones_own_is_shown_once_and_revoked_by_whose_it_is_or_an_admin() {
    let (site, admin) = site();
    site.password("viewer");
    let session = site.session("viewer");
    let make = async |fields: &[(&'static str, &str)]| site.post("/account/tokens", &session, form(fields)).await;
    for (fields, status) in [
        (vec![], 400),
        (vec![("scope", "everything")], 400),
        (vec![("scope", "cost"), ("days", "367")], 400),
        (vec![("scope", "cost"), ("password", "")], 400),
        (vec![("scope", "cost"), ("password", "wrong password")], 403),
        // The server's own figures are told whatever role a token's user has, so nobody but an admin makes one for them.
        (vec![("scope", "cost"), ("scope", "metrics")], 403),
        (vec![("scope", "admin")], 403),
    ] {
        let refused = make(&fields).await;
        assert_eq!(refused.status, status, "{fields:?}: {}", refused.body);
    }
    assert_eq!(recorded(&site), [""; 0]);
    let made = make(&[("scope", "cost"), ("scope", "orders"), ("label", "nightly"), ("days", "7")]).await;
    let token = between(&made.body, "aria-label=\"The token\"><code>", "<").to_owned();
    assert_eq!((made.status, costs(&site, &token).await), (200, 200));
    let shown = site.get("/account", Some(&session)).await.body;
    assert!(shown.contains(&token[..12]) && shown.contains("nightly") && !shown.contains(&token), "{shown}");

    // Another's is none of theirs.
    let (expires, by, random) = (begin() + SignedDuration::from_hours(1), By::system(begin()), SystemRandomness::new());
    let other = site.state().make_token(&user("analyst"), "t", &[Scope::Cost].into(), expires, &by, &random).unwrap();
    let revoke = async |token: &str| site.post("/account/tokens/revoke", &session, vec![("token", token[..12].to_owned())]).await;
    assert_eq!((revoke(&other).await.status, costs(&site, &other).await), (404, 200));
    let revoked = revoke(&token).await;
    assert_eq!((revoked.status, revoked.location(), costs(&site, &token).await), (303, "/account?revoked=1", 401));
    let revoked = site.post("/users/revoke", &admin, form(&[("token", &other[..12])])).await;
    assert_eq!((revoked.status, revoked.location(), costs(&site, &other).await), (303, "/users?told=revoked", 401));
    assert_eq!(recorded(&site), ["viewer token-made", "viewer token-revoked", "admin token-revoked"]);
}

#[tokio::test]
async fn an_admin_is_let_in_as_nobody_whose_approvals_count() {
    let (site, session) = site();
    let order = made(&site);
    *site.desk.persons.lock().unwrap() = vec![text("Viewer"), text("EVE")];
    site.password("approver");
    for (path, fields) in [
        ("/users/invite", vec![("user", "viewer")]),
        ("/users/role", vec![("user", "viewer"), ("role", "approver")]),
        ("/users/role", vec![("user", "viewer"), ("role", "admin")]),
        ("/users", vec![("name", "eve"), ("role", "viewer")]),
        // The terms do not name them yet; they may approve by a password of their own.
        ("/users/invite", vec![("user", "approver")]),
        ("/users/role", vec![("user", "approver"), ("role", "admin")]),
    ] {
        let refused = site.post(path, &session, form(&fields)).await;
        let says_so = refused.body.contains("their approvals count: `tenor user invite` on the command line");
        assert!(refused.status == 409 && says_so && !refused.body.contains("/welcome/"), "{path} {fields:?}: {}", refused.body);
    }
    assert_eq!(recorded(&site), [""; 0]);
    assert_eq!(site.state().user(&user("eve")).unwrap(), None);
    // So the order is approved by whom the home's owner let in, and by nobody as them.
    let approval = [("hash", order.to_string()), ("password", PASSWORD.to_owned()), ("hours", "24".to_owned())].to_vec();
    let approved = site.post(&format!("/orders/{order}/approve"), &site.session("approver"), approval).await;
    assert_eq!((approved.status, site.desk.asked().as_str()), (303, "approve for Some(24) h by approver"), "{}", approved.body);
    // To do less, and to let in whom nobody named, is an admin's.
    for (path, fields, status) in
        [("/users/role", vec![("user", "viewer"), ("role", "analyst")], 303), ("/users/invite", vec![("user", "analyst")], 200)]
    {
        let done = site.post(path, &session, form(&fields)).await;
        assert_eq!(done.status, status, "{path}: {}", done.body);
    }
    // Nor does who approves let others in: they could make an order as them, and agree to it as themselves.
    *site.desk.persons.lock().unwrap() = vec![text("admin")];
    for (path, fields) in [("/users", vec![("name", "cem"), ("role", "analyst")]), ("/users/invite", vec![("user", "analyst")])] {
        let refused = site.post(path, &session, form(&fields)).await;
        let says_so = refused.body.contains("who approves orders gives no links from here");
        assert!(refused.status == 409 && says_so && !refused.body.contains("/welcome/"), "{path}: {}", refused.body);
    }
    // Where nobody can tell whom the terms name, it may be anybody.
    *site.desk.has_bad_terms.lock().unwrap() = true;
    let untold = site.post("/users/invite", &session, form(&[("user", "analyst")])).await;
    assert!(untold.status == 500 && !untold.body.contains("/welcome/") && !untold.body.contains("no list"), "{}", untold.body);
    assert!(site.notes.lock().unwrap().iter().any(|note| note.contains("`persons` is no list")), "the owner is told");
    assert_eq!(recorded(&site), ["admin user-changed", "admin user-invited"]);
}

/// What was let through by who asked, before anything else is done of it.
async fn let_through(site: &Site, path: &str, session: &Secret, fields: &[(&'static str, &str)]) -> Ask {
    let route = ROUTES.iter().find(|route| route.path == path && route.method == Method::Post).unwrap();
    let request = Request::builder().method("POST").uri(path).header("host", HOST).header("cookie", cookie(session)).body(()).unwrap();
    let Identified { mut ask, .. } = identify(&site.app, route, Pairs::default(), &request.into_parts().0).await.unwrap();
    ask.form = Pairs(form(fields).into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    ask
}

#[tokio::test]
async fn what_an_admin_asked_for_is_not_done_once_they_are_none() {
    let (site, session) = site();
    let token = [("scope", "metrics")];
    let invite = let_through(&site, "/users/invite", &session, &[("user", "viewer")]).await;
    let make = let_through(&site, "/account/tokens", &session, &token).await;
    site.password("approver");
    for (name, role) in [("approver", UserRole::Admin), ("admin", UserRole::Viewer)] {
        site.state().change_role(&user(name), role, &By::system(begin()), &SystemRandomness::new()).unwrap();
    }
    // Their password is what it was, and their requests were let through.
    assert!(matches!(users::invite(Arc::clone(&site.app), invite).await, Err(Trouble::LogIn)));
    assert!(matches!(account::make_token(Arc::clone(&site.app), make).await, Err(Trouble::LogIn)));
    assert_eq!(recorded(&site), [""; 0]);
}

#[tokio::test]
async fn a_link_leads_where_the_owner_says_that_people_reach_the_server() {
    let public_url = Some("https://tenor.example/".parse().unwrap());
    let site = Site::with(Bills::Three, Settings { is_loopback: false, public_url, ..Settings::default() });
    site.password("admin");
    let invited = site.post("/users/invite", &site.session("admin"), form(&[("user", "viewer")])).await;
    assert!(invited.body.contains("<code>https://tenor.example/welcome/"), "{}", invited.body);
    // Without that it is the name by which it was asked, so it has to be asked by one.
    let (site, session) = self::site();
    let mut nameless = let_through(&site, "/users/invite", &session, &[("user", "viewer")]).await;
    nameless.host = String::new();
    let refused = users::invite(Arc::clone(&site.app), nameless).await;
    assert!(matches!(refused, Err(Trouble::Told(told)) if told.status == 400));
    assert_eq!(recorded(&site), [""; 0]);
}
