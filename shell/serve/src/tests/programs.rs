//! What programs have done, and what they are told beside bills, orders and the ledger.

use super::jobs::{Noted, told as said, turn};
use super::{Asked, Bills, Reply, Site, begin, user};
use crate::jobs::Job;
use jiff::SignedDuration;
use serde_json::Value;
use std::sync::Arc;
use tenor_state::{By, Scope, SystemRandomness, halted};

fn token(site: &Site, role: &str, scope: Scope) -> String {
    let expires = begin() + SignedDuration::from_hours(1);
    site.state().make_token(&user(role), "nightly", &[scope].into(), expires, &By::system(begin()), &SystemRandomness::new()).unwrap()
}

/// What is sent with a token of whoever has the role, for one scope.
async fn sent(site: &Site, role: &str, scope: Scope, path: &str, json: &str, key: Option<&str>) -> Reply {
    let bearer = format!("Bearer {}", token(site, role, scope));
    let headers = [("authorization", bearer.as_str())].into_iter().chain(key.map(|key| ("idempotency-key", key))).collect();
    site.ask(Asked { path, json: Some(json), headers, ..Asked::default() }).await
}

async fn told(site: &Site, role: &str, scope: Scope, path: &str) -> (u16, Value) {
    let bearer = format!("Bearer {}", token(site, role, scope));
    let reply = site.ask(Asked { path, headers: vec![("authorization", &bearer)], ..Asked::default() }).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

#[tokio::test]
async fn a_proposal_is_made_and_the_answer_says_where_it_is() {
    let site = Site::new(Bills::Three);
    let make = async |key| sent(&site, "analyst", Scope::Propose, "/api/v1/proposals", "{}", key).await;
    let made = make(Some("k1")).await;
    let value: Value = serde_json::from_str(&made.body).unwrap();
    assert_eq!(made.status, 202, "{}", made.body);
    assert_eq!(made.location(), format!("/api/v1/proposals/{}", value["proposal"].as_str().unwrap()));
    assert_eq!(value["location"], made.location());
    let again = make(Some("k1")).await;
    assert_eq!((again.status, again.location(), &again.body), (202, made.location(), &made.body), "the same key, the same answer");
    assert_eq!(told(&site, "analyst", Scope::Orders, made.location()).await.0, 200);
    // To look, and to have orders made, is another scope; to be asked for more than it takes is a mistake.
    for scope in [Scope::Orders, Scope::OrdersWrite] {
        assert_eq!(sent(&site, "analyst", scope, "/api/v1/proposals", "{}", None).await.status, 403);
    }
    assert_eq!(sent(&site, "viewer", Scope::Propose, "/api/v1/proposals", "{}", None).await.status, 403);
    assert_eq!(sent(&site, "analyst", Scope::Propose, "/api/v1/proposals", r#"{"policy":"mine"}"#, None).await.status, 400);
    let broken = Site::new(Bills::Broken);
    assert_eq!(sent(&broken, "analyst", Scope::Propose, "/api/v1/proposals", "{}", None).await.status, 500);
}

#[tokio::test]
async fn a_key_is_kept_for_a_proposal_that_is_made_and_not_for_one_that_is_still_computed() {
    // The same key with other bytes tells whether it is kept.
    for (bills, location, again) in [(Bills::Three, "/api/v1/proposals/", 422), (Bills::None, "/api/v1/proposals", 202)] {
        let site = Site::new(bills);
        let make = async |json: &str| sent(&site, "analyst", Scope::Propose, "/api/v1/proposals", json, Some("k1")).await;
        let first = make("{}").await;
        assert!(first.status == 202 && first.location().starts_with(location), "{}", first.body);
        assert_eq!(make("{ }").await.status, again, "{}", first.location());
    }
}

#[tokio::test]
async fn a_back_test_is_begun_within_its_bounds_and_one_goes_on_at_a_time() {
    let site = Site::new(Bills::None);
    let begun = async |json: &str| sent(&site, "analyst", Scope::Propose, "/api/v1/backtests", json, None).await;
    for bad in [
        r#"{"every_weeks":0}"#,
        r#"{"every_weeks":53}"#,
        r#"{"scenarios":"4"}"#,
        r#"{"scenarios":1.5}"#,
        r#"{"policy":1}"#,
        r#"{"every":1}"#,
    ] {
        assert_eq!(begun(bad).await.status, 400, "{bad}");
    }
    let reply = begun(r#"{"policy":"policy.toml","every_weeks":2,"scenarios":8}"#).await;
    assert_eq!((reply.status, reply.location()), (202, "/api/v1/backtests"), "{}", reply.body);
    let page = site.get("/backtest", Some(&site.session("viewer"))).await.text();
    assert!(page.contains("every_weeks: 2, start_after_days: 60, scenarios: 8 }"), "{page}");
    let busy = begun("{}").await;
    assert_eq!((busy.status, &busy.headers["retry-after"]), (503, &"5".parse().unwrap()));
}

#[tokio::test]
async fn a_back_test_is_stopped_by_whose_it_is_and_begun_again_under_its_key() {
    let site = Site::new(Bills::None);
    let begin = async || sent(&site, "analyst", Scope::Propose, "/api/v1/backtests", "{}", Some("k1")).await.status;
    let stop = async |role| sent(&site, role, Scope::Propose, "/api/v1/backtests/stop", "{}", None).await;
    assert_eq!((begin().await, stop("approver").await.status), (202, 409));
    assert_eq!(begin().await, 503, "one goes on, and that is not kept under the key");
    let stopped = stop("analyst").await;
    assert_eq!((stopped.status, stopped.body.as_str()), (200, r#"{"is_stopped":true}"#));
    // It goes on in memory alone: its key promises nothing that a restart would forget.
    assert_eq!(begin().await, 202);
    let page = site.get("/backtest", Some(&site.session("viewer"))).await.text();
    assert!(page.contains("analyst began a back-test"), "it is begun, and not only said to be: {page}");
}

#[tokio::test]
async fn a_step_is_taken_back_by_an_order_of_its_own() {
    let site = Site::new(Bills::Three);
    let path = format!("/api/v1/orders/{}/take-back", super::orders::made(&site));
    let reply = sent(&site, "analyst", Scope::OrdersWrite, &path, r#"{"step":1}"#, Some("k1")).await;
    assert_eq!(reply.body, format!(r#"{{"notes":["left out: a part"],"order":"{}"}}"#, "09".repeat(32)));
    assert_eq!(site.app.notes.of(tenor_ledger::OrderId::from_bytes([9; 32])), ["left out: a part"], "its page tells it too");
    assert_eq!(site.desk.asked(), "take back step 1 by analyst");
    for (json, status) in [("{}", 400), (r#"{"step":0}"#, 400), (r#"{"step":"1"}"#, 400)] {
        assert_eq!(sent(&site, "analyst", Scope::OrdersWrite, &path, json, None).await.status, status, "{json}");
    }
    assert_eq!(sent(&site, "viewer", Scope::OrdersWrite, &path, r#"{"step":1}"#, None).await.status, 403);
    assert_eq!(sent(&site, "analyst", Scope::Orders, &path, r#"{"step":1}"#, None).await.status, 403);
}

#[tokio::test]
async fn admins_set_up_by_programs_what_they_do_by_pages() {
    let site = Site::new(Bills::Three);
    let set_up = async |what: &str, json: &str| sent(&site, "admin", Scope::Admin, &format!("/api/v1/setup/{what}"), json, None).await;
    let import = set_up("import", r#"{"folder":"cur"}"#).await;
    assert_eq!((import.status, import.location()), (202, "/api/v1/setup"), "{}", import.body);
    let connection = r#"{"name":"dev","account":"111122223333","principal":"arn:aws:iam::444455556666:role/tenor","tiers":["trial"]}"#;
    let made = set_up("connect", connection).await;
    assert_eq!((made.status, made.body.as_str()), (200, r#"{"connection":"dev"}"#), "no External ID is told");
    assert_eq!(set_up("prove", r#"{"connection":"prod"}"#).await.status, 202);
    insta::assert_snapshot!(site.asked.lock().unwrap().join("\n"), @"
    import cur by admin
    connect dev 111122223333 arn:aws:iam::444455556666:role/tenor no report [Trial] member false by admin
    prove prod by admin
    ");
    for (what, json) in [
        ("import", "{}"),
        ("import", r#"{"folder":""}"#),
        ("import", r#"{"folder":" "}"#),
        ("connect", r#"{"name":"dev"}"#),
        ("connect", r#"{"name":"dev","tiers":"trial"}"#),
        ("connect", connection.replace(r#""trial""#, r#""""#).as_str()),
        ("connect", connection.replace(r#""tiers""#, r#""prefix":"cur","tiers""#).as_str()),
        ("prove", r#"{"connection":"A B"}"#),
    ] {
        assert_eq!(set_up(what, json).await.status, 400, "{what} {json}");
    }
    assert_eq!(set_up("import", r#"{"folder":".."}"#).await.status, 409);
    assert_eq!(sent(&site, "approver", Scope::Admin, "/api/v1/setup/import", r#"{"folder":"cur"}"#, None).await.status, 403);
}

#[tokio::test]
async fn a_job_of_the_schedule_is_run_for_an_admin() {
    let site = Site::new(Bills::Three);
    let reply = sent(&site, "admin", Scope::Admin, "/api/v1/jobs/backup/run", "{}", None).await;
    assert_eq!((reply.status, reply.location()), (202, "/api/v1/jobs"), "{}", reply.body);
    assert_eq!(site.app.ports.jobs.asked().get(&Job::Backup).map(String::as_str), Some("admin"));
    assert_eq!(sent(&site, "admin", Scope::Admin, "/api/v1/jobs/format/run", "{}", None).await.status, 404);
    assert_eq!(sent(&site, "approver", Scope::Admin, "/api/v1/jobs/backup/run", "{}", None).await.status, 403);
    assert_eq!(sent(&site, "admin", Scope::Ledger, "/api/v1/jobs/backup/run", "{}", None).await.status, 403);
}

#[tokio::test]
async fn that_a_job_waits_is_told_and_its_key_promises_nothing_that_a_restart_would_forget() {
    let site = Site::new(Bills::Three);
    let ask = async || sent(&site, "admin", Scope::Admin, "/api/v1/jobs/backup/run", "{}", Some("k1")).await.status;
    let waits = async || {
        let (_, jobs) = told(&site, "analyst", Scope::Ledger, "/api/v1/jobs").await;
        let backup = jobs["items"].as_array().unwrap().iter().find(|item| item["job"] == "backup").cloned();
        backup.unwrap()["asked_by"].clone()
    };
    assert_eq!(waits().await, Value::Null);
    assert_eq!((ask().await, waits().await), (202, "admin".into()));
    // As a server that was started again has it.
    site.app.ports.jobs.asked().clear();
    assert_eq!(waits().await, Value::Null);
    assert_eq!((ask().await, waits().await), (202, "admin".into()), "it is asked for again, and not only said to be");
}

#[tokio::test]
async fn what_is_in_force_is_told_and_everything_can_be_stopped_but_not_started() {
    let site = Site::new(Bills::Three);
    let (status, before) = told(&site, "viewer", Scope::Ledger, "/api/v1/settings").await;
    assert_eq!((status, &before["kill_switch"], &before["storage"]), (200, &Value::Null, &Value::Null), "{before}");
    let stop = async |json: &str| sent(&site, "admin", Scope::Admin, "/api/v1/settings/stop", json, Some("k1")).await;
    for bad in ["{}", r#"{"reason":""}"#, r#"{"reason":"two\nlines"}"#, r#"{"reason":"fire","stopped":false}"#] {
        assert_eq!(stop(bad).await.status, 400, "{bad}");
    }
    assert_eq!(halted(site.home.path()).unwrap(), None);
    for why in ["fire", "smoke"] {
        let reply = stop(&format!(r#"{{"reason":"{why}"}}"#)).await;
        assert_eq!(reply.body, format!(r#"{{"is_recorded":true,"kill_switch":"{why}"}}"#), "stopping takes no key");
    }
    let (_, after) = told(&site, "admin", Scope::Ledger, "/api/v1/settings").await;
    assert_eq!(after["kill_switch"], "smoke");
    assert!(after["storage"].is_array(), "an admin is told how the home lies: {after}");
    assert_eq!(sent(&site, "approver", Scope::Admin, "/api/v1/settings/stop", r#"{"reason":"fire"}"#, None).await.status, 403);
}

#[tokio::test]
async fn admins_are_told_who_may_log_in_and_by_which_tokens() {
    let site = Site::new(Bills::Three);
    let (_, users) = told(&site, "admin", Scope::Admin, "/api/v1/users?limit=1").await;
    let first = &users["items"][0];
    assert_eq!((&first["user"], &first["role"], &first["has_password"]), (&"admin".into(), &"admin".into(), &false.into()));
    assert_eq!((&first["tokens"][0]["label"], &first["tokens"][0]["scopes"][0]), (&"nightly".into(), &"admin".into()));
    assert!(users["next"].is_string());
    assert_eq!(told(&site, "approver", Scope::Admin, "/api/v1/users").await.0, 403);
}

#[tokio::test]
async fn a_commitment_is_told_by_month_and_by_hour_with_what_it_covered() {
    let site = Site::new(Bills::Three);
    let path = "/api/v1/commitments/one?id=arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-2&month=2025-12";
    let (status, one) = told(&site, "viewer", Scope::Cost, path).await;
    assert_eq!(status, 200, "{one}");
    assert_eq!((&one["month"], &one["is_in_month"], &one["months"][1]["is_open"]), (&"2025-12".into(), &true.into(), &true.into()));
    insta::assert_snapshot!(one["hours"][2].to_string(), @r#"{"hour":"2025-12-02T01:00:00Z","instance_hours":"0.5","list_cost":"0","quantity":"0.5","unused_cost":"0","unused_quantity":"0","used_cost":"0.1"}"#);
    insta::assert_snapshot!(one["covered"][0].to_string(), @r#"{"account":"222","cost":"0.2","list_cost":"0.4","meter":null,"service":"Amazon <EC2>","usage_type":"BoxUsage:m5.large"}"#);
    assert_eq!((&one["covered_count"], &one["next"]), (&2.into(), &Value::Null));
    let (_, part) = told(&site, "viewer", Scope::Cost, &format!("{path}&limit=1")).await;
    let next = part["next"].as_str().unwrap();
    let (_, rest) = told(&site, "viewer", Scope::Cost, &format!("{path}&limit=1&after={next}")).await;
    assert_eq!((&part["covered"][0], &rest["covered"][0]), (&one["covered"][0], &one["covered"][1]), "all of it is told, part by part");
    assert_eq!((&one["longer"]["unused_cost"], &one["commitment"]["type"]), (&"40".into(), &"m5.large".into()));
    let (_, none) = told(&site, "viewer", Scope::Cost, &path.replace("2025-12", "2025-11")).await;
    assert_eq!((&none["is_in_month"], &none["hours"]), (&false.into(), &Value::Array(Vec::new())));
}

#[tokio::test]
async fn why_folders_cannot_be_told_is_for_admins() {
    let broken = Site::new(Bills::Broken);
    let (_, of_admin) = told(&broken, "admin", Scope::Ledger, "/api/v1/setup").await;
    assert_eq!((&of_admin["folders"], &of_admin["folders_untold"]), (&Value::Null, &"/secret/bills cannot be read".into()));
    let (_, of_viewer) = told(&broken, "viewer", Scope::Ledger, "/api/v1/setup").await;
    assert_eq!((&of_viewer["folders"], &of_viewer["folders_untold"]), (&Value::Null, &Value::Null));
    let (_, well) = told(&Site::new(Bills::Three), "admin", Scope::Ledger, "/api/v1/setup").await;
    assert_eq!((&well["folders"][1], &well["folders_untold"]), (&"cur".into(), &Value::Null));
}

#[tokio::test]
async fn programs_are_told_part_by_part_what_ran_and_what_could_not_be_told() {
    let site = Site::new(Bills::Three);
    let runner = Arc::new(Noted { fails: vec![Job::Verify], is_certain: true, ..Noted::default() });
    turn(&site, &runner).await;
    site.wait(3_600);
    turn(&site, &runner).await;
    let analyst = site.session("analyst");
    let asked = async |path: &str| {
        let reply = site.get(path, Some(&analyst)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        serde_json::from_str::<serde_json::Value>(&reply.body).unwrap()
    };
    let all = asked("/api/v1/jobs/history").await["items"].as_array().unwrap().clone();
    let first = asked("/api/v1/jobs/history?limit=3").await;
    let rest = asked(&format!("/api/v1/jobs/history?after={}", first["next"].as_str().unwrap())).await;
    assert_eq!((all.len(), &rest["next"]), (8, &serde_json::Value::Null));
    assert_eq!((first["items"].as_array().unwrap(), rest["items"].as_array().unwrap()), (&all[..3].to_vec(), &all[3..].to_vec()));
    let outbox = asked("/api/v1/jobs/outbox").await;
    assert_eq!((outbox["items"].as_array().unwrap().len(), &outbox["items"][0]["about"]), (1, &said(&site)[0].as_str().into()));
}
