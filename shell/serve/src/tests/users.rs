//! Users in the browser: by admins, with their password; and tokens by whose they are.

use super::{Asked, Bills, HOST, PASSWORD, Site, begin, user};
use jiff::SignedDuration;
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
    // Five failures are free; after a sixth it has to wait.
    let guessed = site.post("/users/invite", &session, form(&[("user", "viewer"), ("password", "wrong again")])).await;
    assert_eq!(guessed.status, 403);
    assert_eq!(site.post("/users/invite", &session, form(&[("user", "viewer")])).await.status, 429);
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
