//! Every route with every role, from the table itself: a new row is tried without anybody's doing.

use super::{Asked, Bills, Site, cookie, form_token, user};
use crate::route::{Kind, Method, Route, Rule};
use crate::{ROUTES, Settings};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tenor_state::{By, Scope, Secret, SystemRandomness, UserRole};

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

fn path(route: &Route) -> String {
    route.path.replace("{id}", ZEROS).replace("{link}", ZEROS).replace("{name}", "import")
}

/// Whether the guard let it through, in a word.
async fn tried(site: &Site, route: &Route, session: Option<&Secret>) -> &'static str {
    let path = path(route);
    let nobody = Secret::read(ZEROS).unwrap();
    let form_of = session.unwrap_or(&nobody);
    let form = (route.method == Method::Post).then(|| vec![("form_token", form_token(form_of))]);
    let cookies = match session {
        Some(session) => vec![cookie(session)],
        None => vec![format!("tenor-form={ZEROS}")],
    };
    let reply = site.ask(Asked { path: &path, form, cookies, ..Asked::default() }).await;
    // What one began is in the next one's way, who may ask again.
    let is_busy = reply.status == 503 && reply.headers.contains_key("retry-after");
    assert!(reply.status < 500 || is_busy, "{route:?}: {}", reply.body);
    match reply.status {
        303 if reply.location().starts_with("/login?to=") => "log in",
        401 if route.kind != Kind::Page => "log in",
        403 => "no",
        _ => "yes",
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_its_rule_says_and_nobody_else() {
    let site = Site::new(Bills::Three);
    let mut shown = String::new();
    for route in ROUTES {
        let mut line = format!("{route:?}");
        for role in [None].into_iter().chain(UserRole::ALL.iter().copied().map(Some)) {
            // A new session each time: logging out is a route too.
            let session = role.map(|role| site.session(role.as_str()));
            let found = tried(&site, route, session.as_ref()).await;
            let expected = match (route.rule.allows(role), role) {
                (true, _) => "yes",
                (false, None) => "log in",
                (false, Some(_)) => "no",
            };
            assert_eq!(found, expected, "{route:?} as {role:?}");
            line += &format!(" | {found}");
        }
        shown += &format!("{line}\n");
    }
    insta::assert_snapshot!(shown, @"
    GET /healthz | yes | yes | yes | yes | yes
    GET /readyz | yes | yes | yes | yes | yes
    GET /metrics | log in | no | no | no | yes
    GET /style.css | yes | yes | yes | yes | yes
    GET /tenor.js | yes | yes | yes | yes | yes
    GET /icon.svg | yes | yes | yes | yes | yes
    GET /login | yes | yes | yes | yes | yes
    POST /login | yes | yes | yes | yes | yes
    POST /login/demo | yes | yes | yes | yes | yes
    GET /login/oidc | yes | yes | yes | yes | yes
    GET /login/oidc/return | yes | yes | yes | yes | yes
    POST /logout | yes | yes | yes | yes | yes
    GET /welcome/{link} | yes | yes | yes | yes | yes
    POST /welcome/{link} | yes | yes | yes | yes | yes
    POST /theme | yes | yes | yes | yes | yes
    GET / | log in | yes | yes | yes | yes
    GET /explore | log in | yes | yes | yes | yes
    GET /explore.csv | log in | no | yes | yes | yes
    GET /commitments | log in | yes | yes | yes | yes
    GET /commitments/one | log in | yes | yes | yes | yes
    GET /coverage | log in | yes | yes | yes | yes
    GET /coverage.csv | log in | no | yes | yes | yes
    GET /proposals | log in | yes | yes | yes | yes
    POST /proposals | log in | no | yes | yes | yes
    GET /proposals/{id} | log in | yes | yes | yes | yes
    GET /proposals/{id}/proposal.json | log in | no | yes | yes | yes
    GET /orders | log in | yes | yes | yes | yes
    GET /orders/{id} | log in | yes | yes | yes | yes
    POST /orders | log in | no | yes | yes | yes
    POST /orders/{id}/approve | log in | no | no | yes | yes
    POST /orders/{id}/reject | log in | no | no | yes | yes
    POST /orders/{id}/run | log in | no | no | yes | yes
    POST /orders/{id}/stop | log in | no | no | yes | yes
    POST /orders/{id}/take-back | log in | no | yes | yes | yes
    GET /backtest | log in | yes | yes | yes | yes
    POST /backtest | log in | no | yes | yes | yes
    POST /backtest/stop | log in | no | yes | yes | yes
    GET /backtest/{id} | log in | yes | yes | yes | yes
    GET /access | log in | yes | yes | yes | yes
    GET /access/{id} | log in | yes | yes | yes | yes
    GET /access/{id}/template | log in | no | yes | yes | yes
    GET /settings | log in | yes | yes | yes | yes
    POST /settings/stop | log in | no | no | no | yes
    GET /setup | log in | yes | yes | yes | yes
    POST /setup/import | log in | no | no | no | yes
    POST /setup/connect | log in | no | no | no | yes
    POST /setup/prove | log in | no | no | no | yes
    GET /ledger | log in | no | yes | yes | yes
    GET /ledger.jsonl | log in | no | yes | yes | yes
    GET /ledger/verify | log in | no | yes | yes | yes
    GET /jobs | log in | yes | yes | yes | yes
    POST /jobs/run | log in | no | no | no | yes
    GET /account | log in | yes | yes | yes | yes
    POST /account/password | log in | yes | yes | yes | yes
    POST /account/tokens | log in | yes | yes | yes | yes
    POST /account/tokens/revoke | log in | yes | yes | yes | yes
    GET /users | log in | no | no | no | yes
    POST /users | log in | no | no | no | yes
    POST /users/invite | log in | no | no | no | yes
    POST /users/role | log in | no | no | no | yes
    POST /users/remove | log in | no | no | no | yes
    POST /users/revoke | log in | no | no | no | yes
    GET /api/docs | yes | yes | yes | yes | yes
    GET /api/v1/openapi.json | yes | yes | yes | yes | yes
    GET /api/v1/overview | log in | yes | yes | yes | yes
    GET /api/v1/cost | log in | yes | yes | yes | yes
    GET /api/v1/coverage | log in | yes | yes | yes | yes
    GET /api/v1/commitments | log in | yes | yes | yes | yes
    GET /api/v1/commitments/one | log in | yes | yes | yes | yes
    GET /api/v1/proposals | log in | yes | yes | yes | yes
    GET /api/v1/proposals/{id} | log in | yes | yes | yes | yes
    GET /api/v1/proposals/{id}/outlook | log in | yes | yes | yes | yes
    GET /api/v1/proposals/{id}/what-if | log in | yes | yes | yes | yes
    POST /api/v1/proposals | log in | no | yes | yes | yes
    GET /api/v1/orders | log in | yes | yes | yes | yes
    GET /api/v1/orders/{id} | log in | yes | yes | yes | yes
    POST /api/v1/orders | log in | no | yes | yes | yes
    POST /api/v1/orders/{id}/reject | log in | no | no | yes | yes
    POST /api/v1/orders/{id}/run | log in | no | no | yes | yes
    POST /api/v1/orders/{id}/stop | log in | no | no | yes | yes
    POST /api/v1/orders/{id}/take-back | log in | no | yes | yes | yes
    GET /api/v1/access | log in | yes | yes | yes | yes
    GET /api/v1/access/{id} | log in | yes | yes | yes | yes
    GET /api/v1/access/{id}/template | log in | no | yes | yes | yes
    GET /api/v1/backtests | log in | yes | yes | yes | yes
    GET /api/v1/backtests/{id} | log in | yes | yes | yes | yes
    POST /api/v1/backtests | log in | no | yes | yes | yes
    POST /api/v1/backtests/stop | log in | no | yes | yes | yes
    GET /api/v1/ledger | log in | no | yes | yes | yes
    GET /api/v1/ledger/verify | log in | no | yes | yes | yes
    GET /api/v1/jobs | log in | no | yes | yes | yes
    GET /api/v1/jobs/history | log in | no | yes | yes | yes
    GET /api/v1/jobs/outbox | log in | no | yes | yes | yes
    POST /api/v1/jobs/{name}/run | log in | no | no | no | yes
    GET /api/v1/settings | log in | yes | yes | yes | yes
    POST /api/v1/settings/stop | log in | no | no | no | yes
    GET /api/v1/setup | log in | yes | yes | yes | yes
    POST /api/v1/setup/import | log in | no | no | no | yes
    POST /api/v1/setup/connect | log in | no | no | no | yes
    POST /api/v1/setup/prove | log in | no | no | no | yes
    GET /api/v1/users | log in | no | no | no | yes
    ");
}

#[tokio::test]
async fn a_token_reaches_what_its_scope_and_its_users_role_have_in_common() {
    let site = Site::new(Bills::Three);
    let expires = super::begin() + SignedDuration::from_hours(1);
    for role in UserRole::ALL {
        for scope in Scope::ALL {
            let token = site
                .state()
                .make_token(&user(role.as_str()), "t", &[*scope].into(), expires, &By::system(super::begin()), &SystemRandomness::new())
                .unwrap();
            let bearer = format!("Bearer {token}");
            for route in ROUTES {
                let expected = match (route.kind, route.rule) {
                    (_, Rule::Open) => continue,
                    (_, Rule::OnThisMachine(needed)) => *scope == needed,
                    (Kind::Api(needed), rule) => *scope == needed && rule.allows(Some(*role)),
                    (Kind::Page | Kind::Machine, _) => false,
                };
                let form = (route.method == Method::Post).then(Vec::new);
                let reply =
                    site.ask(Asked { path: &path(route), form, headers: vec![("authorization", &bearer)], ..Asked::default() }).await;
                let is_in = !matches!(reply.status, 401 | 403) && !reply.location().starts_with("/login");
                assert_eq!(is_in, expected, "{route:?} as {role} with a token for {scope}: {}", reply.status);
            }
        }
    }
}

#[tokio::test]
async fn the_servers_own_figures_are_open_on_this_machine_alone() {
    let asked = |host, from: &str| {
        let mut request = axum::http::Request::builder().uri("/metrics").header("host", host).body(axum::body::Body::empty()).unwrap();
        request.extensions_mut().insert(crate::guard::Peer(from.parse().unwrap()));
        request
    };
    let status = async |site: &Site, host, from| {
        let response = tower::ServiceExt::oneshot(site.router.clone(), asked(host, from)).await.unwrap();
        response.status().as_u16()
    };
    let local = Site::with(Bills::Three, Settings::default());
    assert_eq!(status(&local, "127.0.0.1:4680", "127.0.0.1").await, 200);
    assert_eq!(status(&local, "localhost", "::1").await, 200);
    assert_eq!(status(&local, "evil.example:4680", "127.0.0.1").await, 401, "a name that was made to point here");
    let proxied = Site::with(Bills::Three, Settings { is_behind_proxy: true, ..Settings::default() });
    assert_eq!(status(&proxied, "127.0.0.1", "127.0.0.1").await, 401, "whoever is before the proxy");
    let open = Site::new(Bills::Three);
    assert_eq!(status(&open, "127.0.0.1", "127.0.0.1").await, 401, "it listens elsewhere too");
}

#[test]
fn every_route_is_there_once_and_says_what_the_record_calls_it() {
    let all: BTreeSet<_> = ROUTES.iter().map(|route| (route.method.as_str(), route.path)).collect();
    assert_eq!(all.len(), ROUTES.len());
    for route in ROUTES {
        let shows_a_customer = matches!(route.rule, Rule::Needs(_)) && route.path != "/account";
        assert!(!shows_a_customer || route.word.is_some(), "{route:?} has no word");
        assert!(!route.summary.is_empty(), "{route:?}");
        assert!(route.path.starts_with("/api/v1/") || !matches!(route.kind, Kind::Api(_)), "{route:?}");
    }
}
