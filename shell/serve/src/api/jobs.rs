//! What runs by itself, for programs; and a job run as soon as it is its turn. That it was asked for is told until it begins or the server ends.

use super::Part;
use super::once::{once, queued};
use super::sent::{only, user};
use crate::app::App;
use crate::ask::Ask;
use crate::jobs::Job;
use crate::pages::jobs as shown;
use crate::reply::{Trouble, document};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;
use tenor_state::JobRun;

pub(crate) async fn jobs(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    let part = Part::of(&ask.query)?;
    let read = shown::read(&app).await?;
    let asked = app.ports.jobs.asked().clone();
    let run = |run: &JobRun| {
        json!({
            "due": run.due.to_string(), "attempt": run.attempt, "asked_by": run.asked_by, "begun": run.begun.to_string(),
            "ended": run.ended.map(|ended| ended.to_string()), "outcome": run.outcome.as_str(), "message": run.message,
        })
    };
    let (items, next) = part.cut(read.jobs, |job| {
        json!({
            "job": job.job.as_str(), "cron": job.cron, "time_zone": job.zone, "next": job.next.map(|next| next.to_string()),
            "asked_by": asked.get(&job.job), "last": job.runs.first().map(run),
        })
    });
    Ok(document(&json!({ "undelivered": read.undelivered, "items": items, "next": next })))
}

/// Has a job run, and does not wait for it.
pub(crate) async fn run(app: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    only(&ask.sent, &[])?;
    let user = user(&ask)?;
    let job: Option<Job> = ask.path.get("name").and_then(|name| name.parse().ok());
    let job = job.ok_or_else(|| Trouble::not_found("there is no job of that name"))?;
    let doing = Arc::clone(&app);
    let work = async move {
        if !doing.ports.jobs.ask(job, user.as_str()) {
            let hint = "put it into the home's schedule.toml, and start the server again";
            let detail = format!("`{job}` is not in the schedule, so nobody knows its arguments");
            return Err(Trouble::new(StatusCode::CONFLICT, "Not done", detail, hint));
        }
        Ok(queued("/api/v1/jobs", json!({ "job": job.as_str() })))
    };
    once(&app, &ask, work).await
}
