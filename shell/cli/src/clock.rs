//! What time it is: the machine's, or that of the home's sandbox where a rehearsal lets months pass.

use crate::context::{Ahead, Context};
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::time::Duration;
use tenor_aws::client::{Clock, SystemClock};

/// The clock of a run: the machine's, ahead or behind by as much as the sandbox's was when the command began.
#[derive(Debug, Clone)]
pub(crate) struct RunClock {
    ahead: Ahead,
}

impl RunClock {
    /// That of a command.
    pub(crate) fn of(context: &Context) -> Self {
        Self { ahead: context.ahead.clone() }
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.ahead.get()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        SystemClock.sleep(time)
    }
}
