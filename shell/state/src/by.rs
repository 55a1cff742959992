//! Who changes something, and when: what the ledger will say of it.

use jiff::Timestamp;
use std::ffi::OsString;
use tenor_ledger::{Actor, Draft, Event, Text};

/// Who changes something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// When, as the clock says.
    pub moment: Timestamp,
}

impl By {
    /// Whoever runs this process, as `user@host`. The user is what `variable` says that `USER` is, or else `LOGNAME`, or else the system's number of them;
    /// nothing proves any of that.
    #[must_use]
    pub fn operator(variable: impl Fn(&'static str) -> Option<OsString>, moment: Timestamp) -> Self {
        let named = |name| variable(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
        let user = named("USER").or_else(|| named("LOGNAME")).unwrap_or_else(|| format!("uid-{}", rustix::process::getuid().as_raw()));
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { actor: Actor::Operator { name: Text::fitted(&format!("{user}@{host}")) }, moment }
    }

    /// Tenor itself.
    #[must_use]
    pub const fn system(moment: Timestamp) -> Self {
        Self { actor: Actor::System, moment }
    }

    /// That they did this.
    #[must_use]
    pub fn draft(&self, event: Event) -> Draft {
        Draft { moment: self.moment, actor: self.actor.clone(), event }
    }
}
