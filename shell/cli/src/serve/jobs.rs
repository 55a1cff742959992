//! The jobs of a home, as the server runs them: what the commands do, each in a process of its own.

use crate::context::Context;
use crate::notify::{Alarm, Notify};
use crate::schedule::{self, Plan};
use async_trait::async_trait;
use std::sync::Arc;
use tenor_ledger::{Actor, Text};
use tenor_serve::Home;
use tenor_serve::jobs::{Failure, Job, Ran, Runner};
use tenor_state::{JobLock, NewMessage, StateError, UserName};
use url::Url;

/// What jobs do.
pub(super) struct Work {
    pub(super) context: Context,
    pub(super) plan: Plan,
    pub(super) notify: Option<Arc<Notify>>,
    pub(super) home: Home,
    /// Where the server is reached, for links in what is told.
    pub(super) public_url: Option<Url>,
    pub(super) alarm: Alarm,
}

impl Work {
    /// Who has a job done, as the ledger has it.
    fn actor(&self, job: Job, asked_by: Option<&str>) -> Actor {
        match asked_by.map(str::parse::<UserName>) {
            Some(Ok(user)) => self.home.by(&user, self.context.now()).actor,
            Some(Err(_)) | None => Actor::Schedule { name: Text::fitted(job.as_str()) },
        }
    }
}

fn failure(message: String) -> Failure {
    Failure { message, is_certain: false }
}

#[async_trait]
impl Runner for Work {
    async fn run(&self, job: Job, asked_by: Option<&str>, lock: Arc<JobLock>) -> Result<String, Failure> {
        let planned = self.plan.0.get(&job).ok_or_else(|| failure(format!("`{job}` is not in the schedule")))?.clone();
        schedule::carried_out(&self.context, &planned, self.actor(job, asked_by), self.public_url.as_ref(), &lock).await
    }

    fn tell(&self, run: &Ran<'_>) -> Vec<NewMessage> {
        schedule::told(self.notify.as_deref(), run, &self.context)
    }

    async fn alarm(&self, error: &StateError) {
        if let Some(notify) = &self.notify {
            self.alarm.ring(&self.context, notify, error).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Work;
    use crate::context::Context;
    use crate::notify::Alarm;
    use crate::output::Format;
    use crate::schedule::Plan;
    use tenor_ledger::{Actor, PublicKey, Text};
    use tenor_serve::Home;
    use tenor_serve::jobs::Job;
    use tenor_state::Key;

    #[test]
    fn what_an_admin_asks_for_is_recorded_as_theirs_and_the_rest_as_the_schedules() {
        let context = Context::new(Some("/nowhere".into()), Format::Table).unwrap();
        let key = PublicKey::from_bytes([3; 32]);
        let home = Home::new(context.home.clone(), Key::new(&[7; 32]), key, Text::fitted("0.1.0"));
        let work = Work { context, plan: Plan::default(), notify: None, home, public_url: None, alarm: Alarm::default() };
        assert_eq!(work.actor(Job::Import, Some("ann")), Actor::LoggedIn { key, user: Text::fitted("ann") });
        assert_eq!(work.actor(Job::Import, None), Actor::Schedule { name: Text::fitted("import") });
    }
}
