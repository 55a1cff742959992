//! The API, version 1: what the pages show, for programs, and what programs may have done. Amounts are exact, as text; lists come in parts.

mod access;
mod backtests;
mod commitment;
mod commitments;
mod cost;
mod deciding;
mod jobs;
mod ledger;
mod once;
mod orders;
mod outlook;
mod overview;
mod part;
mod proposals;
pub(crate) mod schema;
mod sent;
mod settings;
mod setup;
mod users;

use serde_json::{Value, json};
use tenor_cover::inventory::Ratio;
use tenor_money::Money;

pub(crate) use access::{access, connection, template};
pub(crate) use backtests::{backtest, backtests, begin as begin_backtest, stop as stop_backtest};
pub(crate) use commitment::commitment;
pub(crate) use commitments::commitments;
pub(crate) use cost::{cost, coverage};
pub(crate) use deciding::{create, reject, run, stop, take_back};
pub(crate) use jobs::{history, jobs, outbox, run as run_job};
pub(crate) use ledger::{ledger, verify};
pub(crate) use orders::{order, orders};
pub(crate) use outlook::{outlook, what_if};
pub(crate) use overview::overview;
pub(crate) use proposals::{make as propose, proposal, proposals};
pub(crate) use settings::{settings, stop as stop_all};
pub(crate) use setup::{connect, import, prove, setup};
pub(crate) use users::users;

/// A program asks for no more items of a list at once.
pub(crate) const LIMIT_MAX: u32 = 1_000;
/// No entry of the ledger that is asked for has a higher number.
pub(crate) const AFTER_MAX: u32 = u32::MAX;

fn money(amount: Money) -> Value {
    json!(amount.to_string())
}

fn maybe_money(amount: Option<Money>) -> Value {
    amount.map_or(Value::Null, money)
}

fn ratio(ratio: Option<Ratio>) -> Value {
    ratio.map_or(Value::Null, |ratio| json!(ratio.to_string()))
}
