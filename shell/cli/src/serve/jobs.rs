//! The jobs of a home, as the server runs them: what the commands do, each on a thread of its own.

use crate::context::Context;
use crate::notify::Notify;
use crate::schedule::{self, Plan};
use async_trait::async_trait;
use std::sync::Arc;
use std::thread;
use tenor_serve::jobs::{Job, Ran, Runner};
use tenor_state::{JobLock, NewMessage};
use tokio::sync::oneshot;

/// What jobs do.
pub(super) struct Work {
    pub(super) context: Context,
    pub(super) plan: Plan,
    pub(super) notify: Option<Arc<Notify>>,
}

#[async_trait]
impl Runner for Work {
    async fn run(&self, job: Job, lock: Arc<JobLock>) -> Result<String, String> {
        let planned = self.plan.0.get(&job).ok_or_else(|| format!("`{job}` is not in the schedule"))?.clone();
        let (context, notify, (done, told)) = (Context { job: Some(job), ..self.context.clone() }, self.notify.clone(), oneshot::channel());
        // Commands have a runtime of their own, which no thread of this one may wait for.
        let worked = move || {
            let came = schedule::work(&context, &planned.work, notify.as_deref());
            drop(lock);
            // Nobody listens any more when the server ends.
            let _ = done.send(came);
        };
        thread::Builder::new().name(format!("job-{job}")).spawn(worked).map_err(|error| format!("there is no thread for it: {error}"))?;
        told.await.unwrap_or_else(|_| Err("it stopped in the middle: that is a fault of Tenor's, and stderr says where".to_owned()))
    }

    fn tell(&self, run: &Ran<'_>) -> Vec<NewMessage> {
        schedule::told(self.notify.as_deref(), run, &self.context)
    }
}
