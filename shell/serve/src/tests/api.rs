//! The API, and that its document is of it.

use super::orders::made;
use super::{Asked, Bills, Site, user};
use crate::lake::{Refusal, RefusalKind};
use crate::openapi::described;
use crate::pages::Frame;
use crate::pages::refused::refused;
use crate::reply::{Trouble, trouble};
use crate::route::Kind;
use crate::{NotDone, NotDoneKind};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;
use tenor_state::{By, Scope, SystemRandomness};

async fn asked(site: &Site, path: &str) -> (u16, Value) {
    asked_by(site, "analyst", path).await
}

async fn asked_by(site: &Site, role: &str, path: &str) -> (u16, Value) {
    let expires = super::begin() + SignedDuration::from_hours(1);
    let scopes = Scope::ALL.iter().copied().collect();
    let token = site.state().make_token(&user(role), "t", &scopes, expires, &By::system(super::begin()), &SystemRandomness::new()).unwrap();
    let reply = site.ask(Asked { path, headers: vec![("authorization", &format!("Bearer {token}"))], ..Asked::default() }).await;
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

#[tokio::test]
async fn amounts_are_exact_texts_and_lists_come_in_parts() {
    let site = Site::new(Bills::Three);
    let (_, first) = asked(&site, "/api/v1/cost?by=service&limit=2").await;
    let next = first["next"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(first.to_string().replace(&next, "NEXT"), @r#"{"charges":7,"currency":"USD","granularity":"total","items":[{"before":null,"cost":"1000.125","groups":{"service":"Amazon <EC2>"},"is_other":false,"time":null},{"before":null,"cost":"500.125","groups":{"service":"=Amazon RDS, \"new\""},"is_other":false,"time":null}],"left_out":{"charges":2,"cost":"3.5"},"metric":"effective","next":"NEXT","notes":[],"total":"1833.375","total_before":null}"#);
    let (_, rest) = asked(&site, &format!("/api/v1/cost?by=service&limit=2&after={next}")).await;
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    insta::assert_snapshot!(asked(&site, "/api/v1/coverage").await.1.to_string(), @r#"{"currency":"USD","granularity":"total","items":[{"commitment_cost":"450","coverage":"0.6000","covered_list_cost":"600","effective_savings_rate":"0.1500","eligible_list_cost":"1000","groups":{},"on_demand_cost":"400","savings":"150","time":null,"unused_cost":"50","utilization":"0.8889"}],"next":null,"notes":[],"total":{"commitment_cost":"450","coverage":"0.6000","covered_list_cost":"600","effective_savings_rate":"0.1500","eligible_list_cost":"1000","on_demand_cost":"400","savings":"150","unused_cost":"50","utilization":"0.8889"}}"#);
    let (_, ledger) = asked(&site, "/api/v1/ledger?limit=1").await;
    let next = ledger["next"].as_str().unwrap();
    let (_, before) = asked(&site, &format!("/api/v1/ledger?limit=1&after={next}")).await;
    assert_eq!(before["items"][0]["hash"], ledger["items"][0]["previous"].as_str().map_or(Value::Null, Value::from));
}

#[tokio::test]
async fn what_goes_wrong_is_a_problem_with_what_to_do() {
    let site = Site::new(Bills::Three);
    for (path, status) in [
        ("/api/v1/cost?by=srvice", 400),
        ("/api/v1/cost?limit=0", 400),
        ("/api/v1/cost?metric=x", 400),
        ("/api/v1/cost?form=2026-01", 400),
        ("/api/v1/cost?to=2026-01&to=2025-12", 400),
        ("/api/v1/coverage?where=true", 400),
        ("/api/v1/orders?by=service", 400),
        ("/api/v1/orders/zz", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/commitments/one", 400),
        ("/api/v1/commitments/one?id=ri-9", 404),
        ("/api/v1/commitments/one?id=ri-1&month=2018-13", 400),
        ("/api/v1/cost?top=10001", 400),
        ("/api/v1/cost?after=2", 400),
        ("/api/v1/ledger?after=0", 400),
        ("/api/v1/ledger?after=4294967296", 400),
        ("/api/v1/cost?compare=after", 400),
        ("/api/v1/commitments?state=lost", 400),
        ("/api/v1/commitments?state=", 400),
        ("/api/v1/commitments?ends=", 400),
        ("/api/v1/commitments?kind=", 400),
        ("/api/v1/commitments?kind=EC2", 400),
        ("/api/v1/cost?after=", 400),
        ("/api/v1/ledger?after=", 400),
        ("/api/v1/orders/%ff", 404),
    ] {
        let (found, problem) = asked(&site, path).await;
        assert_eq!((found, problem["status"].as_u64()), (status, Some(u64::from(status))), "{path}");
        assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["hint"].is_string());
    }
    assert_eq!(asked(&site, "/api/v1/commitments?kind=EC2+reservation").await.0, 200);
    assert_eq!(asked(&site, "/api/v1/cost?by=service&by=region").await.0, 200, "groupings may be said one by one");
    let reply = site.get("/api/v1/cost", None).await;
    assert_eq!(
        (reply.status, &reply.headers["www-authenticate"], &reply.headers["content-type"]),
        (401, &"Bearer".parse().unwrap(), &"application/problem+json".parse().unwrap())
    );
    assert_eq!(asked(&Site::new(Bills::None), "/api/v1/cost").await.0, 404);
}

/// Whether a value has what its schema says and nothing else, as far as these schemas go.
fn fits(value: &Value, schema: &Value) -> bool {
    let kinds: Vec<_> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    let described = schema["properties"].as_object();
    let required = schema["required"].as_array().is_none_or(|names| names.iter().all(|name| value.get(name.as_str().unwrap()).is_some()));
    let member = |(name, member): (&String, &Value)| match described.and_then(|described| described.get(name)) {
        Some(schema) => fits(member, schema),
        // What may be called anything is described as one.
        None => {
            schema["additionalProperties"] == true
                || (schema["additionalProperties"].is_object() && fits(member, &schema["additionalProperties"]))
        }
    };
    let members = required && value.as_object().is_none_or(|members| members.iter().all(member));
    let items = value.as_array().is_none_or(|items| items.iter().all(|item| schema["items"].is_null() || fits(item, &schema["items"])));
    kinds.iter().any(is) && (value.is_null() || (members && items))
}

#[tokio::test]
async fn the_document_is_of_the_table_and_answers_are_as_it_says() {
    let site = Site::new(Bills::Three);
    let document = described();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    insta::assert_snapshot!(paths.keys().cloned().collect::<Vec<_>>().join("\n"), @"
    /api/v1/access
    /api/v1/access/{id}
    /api/v1/access/{id}/template
    /api/v1/backtests
    /api/v1/backtests/stop
    /api/v1/backtests/{id}
    /api/v1/commitments
    /api/v1/commitments/one
    /api/v1/cost
    /api/v1/coverage
    /api/v1/jobs
    /api/v1/jobs/history
    /api/v1/jobs/outbox
    /api/v1/jobs/{name}/run
    /api/v1/ledger
    /api/v1/ledger/verify
    /api/v1/orders
    /api/v1/orders/{id}
    /api/v1/orders/{id}/reject
    /api/v1/orders/{id}/run
    /api/v1/orders/{id}/stop
    /api/v1/orders/{id}/take-back
    /api/v1/overview
    /api/v1/proposals
    /api/v1/proposals/{id}
    /api/v1/proposals/{id}/outlook
    /api/v1/proposals/{id}/what-if
    /api/v1/settings
    /api/v1/settings/stop
    /api/v1/setup
    /api/v1/setup/connect
    /api/v1/setup/import
    /api/v1/setup/prove
    /api/v1/users
    ");
    let order = made(&site).to_string();
    for (path, methods) in paths.iter().filter(|(_, methods)| methods["get"].is_object()) {
        let query = match path.rsplit('/').next() {
            Some("one") => "?id=arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-1",
            Some("what-if") => "?hourly=1",
            _ => "",
        };
        let id = match path.split('/').nth(3) {
            Some("access") => "prod".to_owned(),
            Some("backtests") => "0e".repeat(32),
            Some("orders") => order.clone(),
            _ => "0b".repeat(32),
        };
        let (status, answer) = asked_by(&site, "admin", &format!("{}{query}", path.replace("{id}", &id))).await;
        let schema = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object() && status == 200 && fits(&answer, schema), "{path}: {answer}");
    }
    for (path, methods) in paths {
        for (method, described) in methods.as_object().unwrap() {
            let responses = described["responses"].as_object().unwrap();
            assert_eq!(responses.keys().filter(|status| status.starts_with('2')).count(), 1, "{method} {path}");
            assert_eq!(described["requestBody"].is_object(), method == "post", "{method} {path} takes what is described");
            if method == "post" {
                let body = &described["requestBody"]["content"]["application/json"]["schema"];
                assert_eq!(body["additionalProperties"], false, "{path}: what is not described is refused");
            }
        }
    }
    let served = site.get("/api/v1/openapi.json", None).await;
    assert_eq!(serde_json::from_str::<Value>(&served.body).unwrap(), document);
}

/// All that may go wrong when somebody looks.
fn troubles_of_looking() -> Vec<Trouble> {
    let kinds = [RefusalKind::Empty, RefusalKind::Question, RefusalKind::Failed, RefusalKind::Slow, RefusalKind::Busy, RefusalKind::Moved];
    let refusal = |kind| Refusal { kind, message: "m".to_owned(), hint: "h".to_owned() };
    let refusals = kinds.into_iter().flat_map(|kind| [Trouble::from(refusal(kind)), refused("t")(refusal(kind))]);
    let guarded = [Trouble::LogIn, Trouble::forbidden("d"), Trouble::not_found("d"), Trouble::bad("d"), Trouble::wait("d", 1)];
    refusals.chain(guarded).collect()
}

/// And when something is to be done.
fn troubles_of_doing() -> Vec<Trouble> {
    let kinds = [NotDoneKind::Missing, NotDoneKind::Refused, NotDoneKind::Busy, NotDoneKind::Failed];
    let desk = kinds.map(|kind| Trouble::from(NotDone { kind, message: "m".to_owned(), hint: "h".to_owned() }));
    let sent = [StatusCode::UNSUPPORTED_MEDIA_TYPE, StatusCode::PAYLOAD_TOO_LARGE].map(|status| Trouble::new(status, "t", "d", "h"));
    troubles_of_looking().into_iter().chain(desk).chain(sent).collect()
}

#[test]
fn every_status_that_may_come_is_declared() {
    let document = described();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let troubles = if method == "post" { troubles_of_doing() } else { troubles_of_looking() };
            let statuses = troubles.into_iter().map(|told| trouble(Kind::Machine, &Frame::default(), told).status().as_u16().to_string());
            let has_key = described["parameters"].as_array().unwrap().iter().any(|param| param["name"] == "Idempotency-Key");
            for status in statuses.chain(has_key.then(|| "422".to_owned())) {
                assert!(described["responses"][&status].is_object(), "{method} {path} may answer {status}");
            }
        }
    }
}

#[tokio::test]
async fn a_list_goes_on_behind_what_came_last_whatever_comes_before_it_meanwhile() {
    let site = Site::new(Bills::Three);
    let (_, first) = asked(&site, "/api/v1/proposals?limit=1").await;
    let next = first["next"].as_str().unwrap();
    let (_, rest) = asked(&site, &format!("/api/v1/proposals?limit=1&after={next}")).await;
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&"0a".repeat(32).into(), &Value::Null));
    let (status, other) = asked(&site, &format!("/api/v1/orders?after={next}")).await;
    assert_eq!((status, &other["detail"]), (400, &"`after` is the `next` of the part before, of the very same question".into()));

    let (_, users) = asked_by(&site, "admin", "/api/v1/users?limit=1").await;
    let next = users["next"].as_str().unwrap();
    let path = format!("/api/v1/users?limit=1&after={next}");
    assert_eq!(asked_by(&site, "admin", &path).await.1["items"][0]["user"], "analyst");
}

#[tokio::test]
async fn a_part_of_other_bills_than_the_first_is_refused() {
    let site = Site::new(Bills::Three);
    let (_, first) = asked(&site, "/api/v1/commitments?limit=1").await;
    let next = first["next"].as_str().unwrap();
    let path = format!("/api/v1/commitments?limit=1&after={next}");
    assert_eq!(asked(&site, &path).await.1["items"].as_array().unwrap().len(), 1);
    // What is told of the first part's moment is of that moment.
    site.wait(60);
    assert_eq!(asked(&site, &path).await.1["as_of"], first["as_of"]);
    let (status, other) = asked(&Site::new(Bills::Broken), &path).await;
    assert_eq!((status, &other["detail"]), (409, &"bills were imported since the first part was asked for".into()));
    assert_eq!(other["hint"], "ask for the list from its beginning, without `after`");
}

#[tokio::test]
async fn a_part_during_whose_answer_bills_were_imported_is_refused() {
    let (site, moving) = (Site::new(Bills::Three), Site::new(Bills::Moving));
    let one = "/api/v1/commitments/one?id=arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-2&month=2025-12&limit=1";
    for path in ["/api/v1/cost?by=service&limit=1", "/api/v1/coverage?granularity=month&limit=1", "/api/v1/commitments?limit=1", one] {
        let (_, first) = asked(&site, path).await;
        let path = format!("{path}&after={}", first["next"].as_str().unwrap());
        assert_eq!(asked(&site, &path).await.0, 200, "{path}");
        assert_eq!(asked(&moving, &path).await.0, 409, "{path}");
    }
    assert_eq!(asked(&moving, "/api/v1/commitments?limit=1").await.0, 200, "a first part begins with what there is");
}

#[tokio::test]
async fn what_is_told_beside_the_pages_is_what_they_show() {
    let site = Site::new(Bills::Three);
    let (_, overview) = asked(&site, "/api/v1/overview").await;
    assert_eq!((&overview["spend"]["month"], &overview["spend"]["is_open"]), (&"2026-01".into(), &true.into()));
    assert_eq!((&overview["spend"]["before"], &overview["spend"]["change"]), (&Value::Null, &Value::Null), "it is held against nothing");
    assert_eq!((&overview["to_date"]["savings"], &overview["months"][0]["coverage"]), (&"150".into(), &Value::Null));
    let (_, idle) = asked(&site, "/api/v1/commitments?state=idle").await;
    let (_, all) = asked(&site, "/api/v1/commitments").await;
    let count = |of: &Value| (of["items"].as_array().unwrap().len(), of["total"]["commitments"].clone());
    assert_eq!((count(&idle), count(&all)), ((1, 1.into()), (2, 2.into())), "{idle}");
    let (_, cost) = asked(&site, "/api/v1/cost?granularity=month&compare=before").await;
    assert_eq!((&cost["items"][0]["before"], &cost["items"][1]["before"]), (&Value::Null, &cost["items"][0]["cost"]), "{cost}");
    let (_, what_if) = asked(&site, &format!("/api/v1/proposals/{}/what-if?hourly=1", "0b".repeat(32))).await;
    assert_eq!((&what_if["is_computing"], &what_if["what_if"]["instead"]["obligation"]), (&false.into(), &"8760".into()));
    for (query, status) in [("", 400), ("?term=3yr", 400), ("?hourly=-1", 400), ("?weight=101", 400)] {
        assert_eq!(asked(&site, &format!("/api/v1/proposals/{}/what-if{query}", "0b".repeat(32))).await.0, status, "{query}");
    }
    let (_, whole) = asked(&site, "/api/v1/ledger/verify").await;
    assert_eq!((&whole["is_whole"], &whole["doubts"]), (&true.into(), &Value::Array(Vec::new())));
    let (_, template) = asked(&site, "/api/v1/access/prod/template?format=terraform").await;
    assert_eq!(template["text"], "a template, as terraform\n");
    assert_eq!(asked_by(&site, "viewer", "/api/v1/access/prod/template").await.0, 403);
    let (_, setup) = asked(&site, "/api/v1/setup").await;
    assert_eq!((&setup["steps"][0]["standing"], &setup["work"], &setup["folders"]), (&"done".into(), &Value::Null, &Value::Null));
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let site = Site::new(Bills::Three);
    let admin = site.session("admin");
    for path in ["/orders/zz", "/healthz", "/nothing"] {
        let _ = site.get(path, Some(&admin)).await;
    }
    let text = site.get("/metrics", Some(&admin)).await.body;
    for line in [
        "tenor_requests_total{method=\"GET\",route=\"/orders/{id}\",status=\"404\"} 1",
        "tenor_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1",
        "tenor_requests_total{method=\"-\",route=\"-\",status=\"404\"} 1",
        "tenor_request_seconds_bucket{method=\"GET\",route=\"/healthz\",le=\"+Inf\"} 1",
        "tenor_request_seconds_count{method=\"GET\",route=\"/healthz\"} 1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
