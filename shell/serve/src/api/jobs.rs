//! What runs by itself, for programs, what ran, and what could not be told of it; and a job run as soon as it is its turn. That it was asked for is told
//! until it begins or the server ends.

use super::once::queued;
use super::part::Part;
use super::sent::{only, user};
use crate::app::App;
use crate::ask::Ask;
use crate::jobs::Job;
use crate::pages::jobs as shown;
use crate::reply::{Trouble, document};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use tenor_state::{Delivery, JobRun, QueuedMessage, View};

pub(crate) async fn jobs(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let read = shown::read(&app).await?;
    let asked = app.ports.jobs.asked().clone();
    let item = |job: shown::Line| {
        json!({
            "job": job.job.as_str(), "cron": job.cron, "time_zone": job.zone, "next": job.next.map(|next| next.to_string()),
            "asked_by": asked.get(&job.job), "last": job.runs.first().map(told),
        })
    };
    let (items, next) = part.cut(read.jobs, |job| job.job.to_string(), item)?;
    Ok(document(&json!({ "undelivered": read.undelivered, "items": items, "next": next })))
}

fn told(run: &JobRun) -> Value {
    json!({
        "due": run.due.to_string(), "attempt": run.attempt, "asked_by": run.asked_by, "begun": run.begun.to_string(),
        "ended": run.ended.map(|ended| ended.to_string()), "outcome": run.outcome.as_str(), "message": run.message,
    })
}

/// All runs, the newest first.
pub(crate) async fn history(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    let before = part.last()?.map(|last| last.parse::<i64>().map_err(|_| Trouble::bad("`after` is the `next` of the part before")));
    let before = before.transpose()?;
    // One more, to know whether there is one.
    let most = u32::try_from(part.limit).expect("it is below the most") + 1;
    let runs = app.home.read(move |view| view.job_runs_before(before, most)).await?;
    let item = |run: JobRun| {
        let mut line = told(&run);
        line["job"] = json!(run.job);
        line
    };
    let (items, next) = part.first(runs, |run| run.id.to_string(), item);
    Ok(document(&json!({ "items": items, "next": next })))
}

/// Messages that wait or were given up, the newest first. What they say is for whom they are.
pub(crate) async fn outbox(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask)?;
    // Of the same moment they come by their ids; one that was delivered meanwhile is missed by nobody.
    let key = |message: &QueuedMessage| format!("{} {}", message.created, message.id);
    let last = part.last()?.map(|last| {
        let (created, id) = last.split_once(' ').unwrap_or_default();
        let bad = |_| Trouble::bad("`after` is the `next` of the part before");
        created.parse::<Timestamp>().map(|created| (created, id.to_owned())).map_err(bad)
    });
    let last = last.transpose()?;
    // One more, to know whether there is one.
    let most = u32::try_from(part.limit).expect("it is below the most") + 1;
    let read = move |view: &View| view.undelivered_behind(last.as_ref().map(|(created, id)| (*created, id.as_str())), most);
    let messages = app.home.read(read).await?;
    let item = |message: QueuedMessage| {
        json!({
            "id": message.id, "target": message.target, "kind": message.kind, "about": message.dedup, "created": message.created.to_string(),
            "next_attempt": (message.delivery == Delivery::Waiting).then(|| message.next_attempt.to_string()), "attempts": message.attempts,
            "delivery": message.delivery.as_str(), "said": message.said,
        })
    };
    let (items, next) = part.first(messages, key, item);
    Ok(document(&json!({ "items": items, "next": next })))
}

/// Has a job run, and does not wait for it. That it waits is in memory alone, so it takes no key.
pub(crate) async fn run(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &[])?;
    let user = user(&ask)?;
    let job: Option<Job> = ask.path.get("name").and_then(|name| name.parse().ok());
    let job = job.ok_or_else(|| Trouble::not_found("there is no job of that name"))?;
    if !app.ports.jobs.ask(job, user.as_str()) {
        let hint = "put it into the home's schedule.toml, and start the server again";
        let detail = format!("`{job}` is not in the schedule, so nobody knows its arguments");
        return Err(Trouble::new(StatusCode::CONFLICT, "Not done", detail, hint));
    }
    Ok(queued("/api/v1/jobs", json!({ "job": job.as_str() })).answer())
}
