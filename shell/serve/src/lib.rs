//! Tenor in the browser, and for programs: pages, a JSON API, and who may see which of them.
//!
//! ```text
//! listen -> router -> guard (who asks, and may they?) -> a page or an answer of the API
//!             ^                                            |            |
//!          ROUTES: one table                   Lake, Orders …: ports    Home: the state, read and written
//! ```
//! Everything that can be asked for is a row of [`ROUTES`], with who may ask for it: what has no rule is no route. Pages need no script, though one
//! of our own makes charts easier to read; nothing that they load comes from elsewhere. Questions about bills go through [`Lake`], so that no query
//! engine is linked here, and those about proposals through [`Proposals`]; what is decided about orders goes through [`Orders`], behind which they are
//! signed, recorded and run.
//!
//! What it never does: send anything to AWS itself, decide whether an order may run, or keep what lets somebody in.

mod access;
mod api;
mod app;
mod ask;
mod backtests;
mod calendar;
mod certificate;
mod chart;
mod desk;
mod guard;
mod headers;
mod heat;
mod home;
pub mod jobs;
mod kept;
mod lake;
mod listen;
mod metrics;
mod newest;
mod oidc;
mod openapi;
mod pages;
mod patience;
mod places;
mod proposals;
mod rate;
mod readings;
mod reply;
mod route;
mod router;
mod routes;
mod setup;
mod show;
mod stack;
#[cfg(test)]
mod tests;
mod throttle;

pub use access::{Access, AccessStatus, CapabilityAccess, ConnectionAccess, Policies, PolicyText, Template, TemplateFormat};
pub use app::{App, Ports, Settings};
pub use backtests::{
    AllBacktests, BACKTEST_DAYS_MAX, BACKTEST_FUTURES_MAX, BACKTEST_SCENARIOS_MAX, BACKTEST_WEEKS_MAX, BacktestAsked, BacktestGoing,
    BacktestMoment, BacktestNote, BacktestPolicy, BacktestPrices, BacktestResult, BacktestSettings, Backtests,
};
pub use certificate::Certificate;
pub use desk::{Agreeing, NotDone, NotDoneKind, Orders, Placed, Run};
pub use home::{ACCESS_LOG, ACCESS_LOG_FOUND, Home, access_fault};
pub use lake::{
    CostAnswer, CostQuestion, CostRow, CoverageAnswer, CoverageQuestion, CoverageRow, Covered, Did, Granularity, Held, Key, Lake, Metric,
    Refusal, RefusalKind, Utilization,
};
pub use listen::{ListenError, Listener, Tls};
pub use newest::newest_of;
pub use oidc::{NameClaim, NameClaimError, Oidc, OidcError, OidcSettings};
pub use pages::overview::{is_answered, prefetch};
pub use proposals::{
    AllProposals, Cap, Knobs, ListedProposal, ProposalNote, ProposalOutlook, ProposalStanding, Proposals, WhatIf, WholeProposal,
};
pub use readings::{NotRecorded, Readings};
pub use route::{Kind, Method, Param, Route, Rule, Shape};
pub use router::router;
pub use routes::ROUTES;
pub use setup::{Known, NewConnection, OwnFiles, Setup, Standing, StorageFinding, Work, WorkState};
