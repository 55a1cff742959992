//! The API, and that its document is of it.

use super::{Asked, Bills, Site, user};
use crate::openapi::described;
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
    insta::assert_snapshot!(first.to_string(), @r#"{"charges":7,"currency":"USD","granularity":"total","items":[{"cost":"1000.125","groups":{"service":"Amazon <EC2>"},"is_other":false,"time":null},{"cost":"500.125","groups":{"service":"=Amazon RDS, \"new\""},"is_other":false,"time":null}],"left_out":{"charges":2,"cost":"3.5"},"metric":"effective","next":"2","total":"1833.375"}"#);
    let (_, rest) = asked(&site, "/api/v1/cost?by=service&limit=2&after=2").await;
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
        ("/api/v1/cost?after=4294967296", 400),
        ("/api/v1/orders/%ff", 404),
    ] {
        let (found, problem) = asked(&site, path).await;
        assert_eq!((found, problem["status"].as_u64()), (status, Some(u64::from(status))), "{path}");
        assert!(problem["title"].is_string() && problem["detail"].is_string() && problem["hint"].is_string());
    }
    assert_eq!(asked(&site, "/api/v1/cost?by=service&by=region").await.0, 200, "groupings may be said one by one");
    let reply = site.get("/api/v1/cost", None).await;
    assert_eq!(
        (reply.status, &reply.headers["www-authenticate"], &reply.headers["content-type"]),
        (401, &"Bearer".parse().unwrap(), &"application/problem+json".parse().unwrap())
    );
    assert_eq!(asked(&Site::new(Bills::None), "/api/v1/cost").await.0, 404);
}

/// Whether a value has what its schema says, as far as these schemas go.
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
    let members = schema["required"]
        .as_array()
        .is_none_or(|names| names.iter().all(|name| fits(&value[name.as_str().unwrap()], &schema["properties"][name.as_str().unwrap()])));
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
    /api/v1/backtests
    /api/v1/backtests/{id}
    /api/v1/commitments
    /api/v1/commitments/one
    /api/v1/cost
    /api/v1/coverage
    /api/v1/jobs
    /api/v1/jobs/{name}/run
    /api/v1/ledger
    /api/v1/orders
    /api/v1/orders/{id}
    /api/v1/orders/{id}/reject
    /api/v1/orders/{id}/run
    /api/v1/orders/{id}/stop
    /api/v1/proposals
    /api/v1/proposals/{id}
    /api/v1/settings
    /api/v1/settings/stop
    /api/v1/users
    ");
    for (path, methods) in paths.iter().filter(|(path, methods)| !path.contains('{') && methods["get"].is_object()) {
        let query = if path.ends_with("/one") { "?id=arn:aws:ec2:eu-west-1:111122223333:reserved-instances/ri-1" } else { "" };
        let (status, answer) = asked_by(&site, "admin", &format!("{path}{query}")).await;
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
