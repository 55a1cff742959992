//! What goes on beside answers: closed when the server is to end, then waited for, and named where it is cut off.

use super::{Args, apart, backtests, proposals, runs, setup};
use crate::context::Context;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tenor_serve::Home;

/// How long an import, a proof or what is done about an order in the browser may still take then: what came of it is to be in the ledger.
const BEGUN_MAX: Duration = Duration::from_secs(45);

/// What goes on beside answers, and is over before the server is.
#[derive(Clone)]
pub(super) struct Going {
    pub(super) runs: Arc<runs::Runs>,
    pub(super) apart: Arc<apart::Apart>,
    pub(super) proposals: Arc<proposals::Kept>,
    pub(super) setup: Arc<setup::Stands>,
    pub(super) backtests: Arc<backtests::Tried>,
}

impl Going {
    pub(super) fn new(context: &Context, home: &Home, args: &Args) -> Self {
        let setup = setup::Stands::new(context, home, args.import_from.clone(), args.calls_max);
        Self {
            runs: Arc::default(),
            apart: Arc::default(),
            proposals: Arc::new(proposals::Kept::new(context)),
            setup: Arc::new(setup),
            backtests: Arc::new(backtests::Tried::new(context)),
        }
    }

    /// Begins nothing more, and has what goes on send nothing more.
    pub(super) fn close(&self) {
        self.runs.close();
        self.proposals.close();
        self.setup.close();
        self.backtests.close();
    }

    /// Waits: what is being carried out has its answer recorded, and an import what it brought. Tells what is cut off.
    pub(super) async fn end(self, context: &Context) -> anyhow::Result<()> {
        let ended = tokio::task::spawn_blocking(move || {
            self.runs.end();
            let begun = Instant::now();
            let orders = self.apart.end(BEGUN_MAX);
            let setup = self.setup.end(BEGUN_MAX.saturating_sub(begun.elapsed()));
            [orders, setup, self.proposals.going(), self.backtests.going()]
        });
        for what in ended.await?.into_iter().flatten() {
            context.note(format_args!("cut off: {what}; begin it again"));
        }
        Ok(())
    }
}
