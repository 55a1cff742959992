//! What every request passes: by which method it comes, what becomes of one that goes wrong, and who can keep whom from confirming something.

use super::{Bills, PASSWORD, Site, cookie, form_token};
use crate::guard::Peer;
use axum::body::Body;
use axum::http::Request;
use tower::ServiceExt as _;

async fn head(site: &Site, path: &str, cookies: &str) -> (u16, usize) {
    let mut request = Request::head(path).header("host", super::HOST).header("cookie", cookies).body(Body::empty()).unwrap();
    request.extensions_mut().insert(Peer("192.0.2.1".parse().unwrap()));
    let response = site.router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().len())
}

#[tokio::test]
async fn whoever_asks_for_a_head_alone_takes_no_file_away() {
    let site = Site::new(Bills::Three);
    let session = site.session("analyst");
    assert_eq!(head(&site, "/explore.csv?by=service", &cookie(&session)).await.0, 405);
    assert_eq!(head(&site, "/healthz", "").await, (200, 0), "which shows nothing of a customer");
    let shown = site.get("/ledger", Some(&session)).await;
    assert!(!shown.body.contains("data-exported"), "{}", shown.text());
}

#[tokio::test]
async fn what_panics_is_answered_counted_and_told() {
    let site = Site::new(Bills::Panics);
    let session = site.session("viewer");
    let page = site.get("/explore?by=service", Some(&session)).await;
    assert!(page.status == 500 && page.body.contains("this is a fault of Tenor"), "{}", page.body);
    let answer = site.get("/api/v1/cost?by=service", Some(&session)).await;
    assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (500, "application/problem+json"), "{}", answer.body);
    assert!(site.notes.lock().unwrap()[0].contains("panicked"));
    assert_eq!(site.get("/account", Some(&session)).await.status, 200, "the server goes on");
}

#[tokio::test]
async fn who_fails_to_log_in_by_a_name_keeps_nobody_of_that_name_from_confirming() {
    let site = Site::new(Bills::Three);
    site.password("analyst");
    let session = site.session("analyst");
    let form_secret = tenor_state::Secret::draw(&tenor_state::SystemRandomness::new()).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let asked = super::Asked {
            path: "/login",
            form: Some(vec![
                ("user", "analyst".to_owned()),
                ("password", "wrong password".to_owned()),
                ("form_token", form_token(&form_secret)),
            ]),
            cookies: vec![format!("tenor-form={}", form_secret.reveal())],
            ..super::Asked::default()
        };
        statuses.push(site.ask(asked).await.status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    let form =
        vec![("label", "reports".to_owned()), ("scope", "cost".to_owned()), ("days", "30".to_owned()), ("password", PASSWORD.to_owned())];
    let made = site.post("/account/tokens", &session, form).await;
    assert!(made.status == 200 && made.body.contains("tnr_"), "{} {}", made.status, made.text());
}
