//! The table. A row more is all that a new page needs; the tests try every row with every role.

use crate::route::Kind::{Api, Machine, Page};
use crate::route::Method::{Get, Post};
use crate::route::Rule::{Needs, OnThisMachine, Open};
use crate::route::{Param, Route};
use crate::{api, openapi, pages};
use tenor_state::Scope;
use tenor_state::UserRole::{Admin, Analyst, Approver, Viewer};

/// An async function as a row has it.
macro_rules! by {
    ($answer:path) => {
        |app, ask| Box::pin($answer(app, ask))
    };
}

const fn param(name: &'static str, what: &'static str) -> Param {
    Param { name, what, words: &[] }
}

const BY: Param = param("by", "what to tell apart, with commas between: service, account, region, tag:Team, any column");
const FROM: Param = param("from", "first time counted: 2018-10 or 2018-10-31");
const TO: Param = param("to", "last time counted, included whole");
const METRIC: Param = Param { name: "metric", what: "which cost", words: &["effective", "billed", "list", "contracted"] };
const GRANULARITY: Param = Param { name: "granularity", what: "how finely to tell time apart, in UTC", words: &["total", "month", "day"] };
const WHERE: Param = param("where", "a condition over the columns of the charges, as SQL");
const TOP: Param = param("top", "how many groups to show; the rest is one more");
const LIMIT: Param = param("limit", "how many items at most, 1 to 1000; 100 where it is not said");
const AFTER: Param = param("after", "where to go on: the `next` of the answer before");
const SEARCH: Param = param("q", "what has to stand in an entry");
const COMPARE: Param = Param { name: "compare", what: "what to hold it against", words: &["before"] };
const KIND: Param = param("kind", "of which kind: EC2 reservation, Compute Savings Plan");
const STATE: Param =
    Param { name: "state", what: "how it stands", words: &["running", "wasted", "losing", "expiring", "idle", "fine", "over"] };
const ENDS: Param = param("ends", "the month in which it ends: 2018-10");
const ID: Param = param("id", "its id, as the bills have it");
const MONTH: Param = param("month", "the month whose hours are shown: 2018-10; the newest where it is not said");
const STATUS: Param = Param {
    name: "status",
    what: "only capabilities that stand so",
    words: &["granted", "missing", "excess", "not-offered", "untried", "not-chosen"],
};
const TIER: Param = Param {
    name: "tier",
    what: "only capabilities of this tier",
    words: &["trial", "detail", "commitments", "org", "automation", "infrastructure"],
};
const FORMAT: Param =
    Param { name: "format", what: "what it is written as", words: &["cloudformation", "stackset", "terraform", "markdown"] };

const HOURLY: Param = param("hourly", "what if at most so much were committed to by the hour");
const UPFRONT: Param = param("upfront", "what if at most so much were paid on the days of purchase");
const OBLIGATION: Param = param("obligation", "what if at most so much were owed in all");
const WEIGHT: Param = param("weight", "what if the worst futures counted so much beside the mean, 0 to 100");
const AT_LEAST: Param = param("at_least", "what if so much of each purchase had to be used, in percent");
const TERM: Param = Param { name: "term", what: "what if this were the only term", words: &["1yr", "3yr"] };
const PAYMENT: Param =
    Param { name: "payment", what: "what if this were the only way to pay", words: &["No Upfront", "Partial Upfront", "All Upfront"] };

const KNOBS: &[Param] = &[HOURLY, UPFRONT, OBLIGATION, WEIGHT, AT_LEAST, TERM, PAYMENT];
const COST: &[Param] = &[BY, METRIC, GRANULARITY, FROM, TO, WHERE, TOP];
const EXPLORE: &[Param] = &[BY, METRIC, GRANULARITY, FROM, TO, WHERE, TOP, COMPARE];

/// Everything that can be asked for.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    Route { method: Get,  path: "/healthz",      rule: Open, kind: Machine, word: None, summary: "Whether the server answers.", params: &[], answer: by!(pages::machine::health) },
    Route { method: Get,  path: "/readyz",       rule: Open, kind: Machine, word: None, summary: "Whether bills and state can be read.", params: &[], answer: by!(pages::machine::ready) },
    Route { method: Get,  path: "/metrics",      rule: OnThisMachine(Scope::Metrics), kind: Machine, word: None, summary: "What the server counts of itself.", params: &[], answer: by!(pages::machine::metrics) },
    Route { method: Get,  path: "/style.css",    rule: Open, kind: Machine, word: None, summary: "How pages look.", params: &[], answer: by!(pages::machine::style) },
    Route { method: Get,  path: "/tenor.js",     rule: Open, kind: Machine, word: None, summary: "What reads charts out.", params: &[], answer: by!(pages::machine::script) },
    Route { method: Get,  path: "/icon.svg",     rule: Open, kind: Machine, word: None, summary: "The icon.", params: &[], answer: by!(pages::machine::icon) },

    Route { method: Get,  path: "/login",        rule: Open, kind: Page, word: None, summary: "Log in.", params: &[], answer: by!(pages::login::show) },
    Route { method: Post, path: "/login",        rule: Open, kind: Page, word: Some("log-in"), summary: "Log in.", params: &[], answer: by!(pages::login::log_in) },
    Route { method: Post, path: "/login/demo",   rule: Open, kind: Page, word: Some("log-in"), summary: "Log in without a password, in a demo.", params: &[], answer: by!(pages::login::enter) },
    Route { method: Get,  path: "/login/oidc",   rule: Open, kind: Page, word: None, summary: "Log in by the identity provider.", params: &[], answer: by!(pages::oidc::begin) },
    Route { method: Get,  path: "/login/oidc/return", rule: Open, kind: Page, word: None, summary: "Come back from it.", params: &[], answer: by!(pages::oidc::finish) },
    Route { method: Post, path: "/logout",       rule: Open, kind: Page, word: Some("log-out"), summary: "Log out.", params: &[], answer: by!(pages::login::log_out) },
    Route { method: Get,  path: "/welcome/{link}", rule: Open, kind: Page, word: None, summary: "Set a password by a link.", params: &[], answer: by!(pages::welcome::show) },
    Route { method: Post, path: "/welcome/{link}", rule: Open, kind: Page, word: Some("password"), summary: "Set a password by a link.", params: &[], answer: by!(pages::welcome::accept) },
    Route { method: Post, path: "/theme",        rule: Open, kind: Page, word: None, summary: "Choose colours.", params: &[], answer: by!(pages::login::theme) },

    Route { method: Get,  path: "/",             rule: Needs(Viewer),  kind: Page, word: Some("overview"), summary: "The overview.", params: &[], answer: by!(pages::overview::show) },
    Route { method: Get,  path: "/explore",      rule: Needs(Viewer),  kind: Page, word: Some("cost"), summary: "Costs by anything.", params: EXPLORE, answer: by!(pages::explore::show) },
    Route { method: Get,  path: "/explore.csv",  rule: Needs(Analyst), kind: Page, word: Some("cost as a file"), summary: "The same as a file.", params: COST, answer: by!(pages::explore::download) },
    Route { method: Get,  path: "/commitments",  rule: Needs(Viewer),  kind: Page, word: Some("commitments"), summary: "What is held.", params: &[KIND, STATE, ENDS], answer: by!(pages::commitments::show) },
    Route { method: Get,  path: "/commitments/one", rule: Needs(Viewer), kind: Page, word: Some("commitment"), summary: "One commitment.", params: &[ID, MONTH], answer: by!(pages::commitment::show) },
    Route { method: Get,  path: "/coverage",     rule: Needs(Viewer),  kind: Page, word: Some("coverage"), summary: "What commitments cover and save.", params: &[BY, GRANULARITY, FROM, TO], answer: by!(pages::coverage::show) },
    Route { method: Get,  path: "/proposals",    rule: Needs(Viewer),  kind: Page, word: Some("proposals"), summary: "What was proposed.", params: &[], answer: by!(pages::proposals::list) },
    Route { method: Post, path: "/proposals",    rule: Needs(Analyst), kind: Page, word: Some("propose"), summary: "Propose now.", params: &[], answer: by!(pages::proposals::make) },
    Route { method: Get,  path: "/proposals/{id}", rule: Needs(Viewer), kind: Page, word: Some("proposal"), summary: "One proposal.", params: KNOBS, answer: by!(pages::proposals::show) },
    Route { method: Get,  path: "/proposals/{id}/proposal.json", rule: Needs(Analyst), kind: Page, word: Some("proposal as a file"), summary: "The same as a file.", params: &[], answer: by!(pages::proposals::download) },
    Route { method: Get,  path: "/orders",       rule: Needs(Viewer),  kind: Page, word: Some("orders"), summary: "What was ordered.", params: &[], answer: by!(pages::orders::list) },
    Route { method: Get,  path: "/orders/{id}",  rule: Needs(Viewer),  kind: Page, word: Some("order"), summary: "One order.", params: &[], answer: by!(pages::orders::show) },
    Route { method: Post, path: "/orders",       rule: Needs(Analyst), kind: Page, word: Some("order made"), summary: "Make an order of a proposal.", params: &[], answer: by!(pages::deciding::create) },
    Route { method: Post, path: "/orders/{id}/approve", rule: Needs(Approver), kind: Page, word: Some("approval"), summary: "Agree to an order.", params: &[], answer: by!(pages::deciding::approve) },
    Route { method: Post, path: "/orders/{id}/reject", rule: Needs(Approver), kind: Page, word: Some("rejection"), summary: "Say no to an order.", params: &[], answer: by!(pages::deciding::reject) },
    Route { method: Post, path: "/orders/{id}/run", rule: Needs(Approver), kind: Page, word: Some("run"), summary: "Carry an order out, or rehearse it.", params: &[], answer: by!(pages::deciding::run) },
    Route { method: Post, path: "/orders/{id}/stop", rule: Needs(Approver), kind: Page, word: Some("stop"), summary: "Have nothing more of an order sent.", params: &[], answer: by!(pages::deciding::stop) },
    Route { method: Post, path: "/orders/{id}/take-back", rule: Needs(Analyst), kind: Page, word: Some("order made"), summary: "Make an order that takes a step back.", params: &[], answer: by!(pages::deciding::take_back) },
    Route { method: Get,  path: "/backtest",     rule: Needs(Viewer),  kind: Page, word: Some("back-tests"), summary: "What policies would have cost.", params: &[], answer: by!(pages::backtest::list) },
    Route { method: Post, path: "/backtest",     rule: Needs(Analyst), kind: Page, word: Some("back-test begun"), summary: "Begin a back-test.", params: &[], answer: by!(pages::backtest::begin) },
    Route { method: Post, path: "/backtest/stop", rule: Needs(Analyst), kind: Page, word: Some("back-test stopped"), summary: "Stop the back-test that goes on.", params: &[], answer: by!(pages::backtest::stop) },
    Route { method: Get,  path: "/backtest/{id}", rule: Needs(Viewer), kind: Page, word: Some("back-test"), summary: "One back-test.", params: &[], answer: by!(pages::backtest::show) },
    Route { method: Get,  path: "/access",       rule: Needs(Viewer),  kind: Page, word: Some("access"), summary: "What connections may do.", params: &[], answer: by!(pages::access::list) },
    Route { method: Get,  path: "/access/{id}",  rule: Needs(Viewer),  kind: Page, word: Some("access of a connection"), summary: "What one connection may do, and why.", params: &[STATUS, TIER], answer: by!(pages::access::show) },
    Route { method: Get,  path: "/access/{id}/template", rule: Needs(Analyst), kind: Page, word: Some("template as a file"), summary: "What makes a connection's role, as a file.", params: &[FORMAT], answer: by!(pages::access::template) },
    Route { method: Get,  path: "/settings",     rule: Needs(Viewer),  kind: Page, word: Some("settings"), summary: "What is in force.", params: &[], answer: by!(pages::settings::show) },
    Route { method: Post, path: "/settings/stop", rule: Needs(Admin),  kind: Page, word: Some("kill switch"), summary: "Stop everything.", params: &[], answer: by!(pages::settings::stop) },
    Route { method: Get,  path: "/setup",        rule: Needs(Viewer),  kind: Page, word: Some("set-up"), summary: "What is set up, and what is next.", params: &[], answer: by!(pages::setup::show) },
    Route { method: Post, path: "/setup/import", rule: Needs(Admin),   kind: Page, word: Some("import begun"), summary: "Import a folder of the server.", params: &[], answer: by!(pages::setup::import) },
    Route { method: Post, path: "/setup/connect", rule: Needs(Admin),  kind: Page, word: Some("connection made"), summary: "Make a connection.", params: &[], answer: by!(pages::setup::connect) },
    Route { method: Post, path: "/setup/prove",  rule: Needs(Admin),   kind: Page, word: Some("proof begun"), summary: "Prove a connection.", params: &[], answer: by!(pages::setup::prove) },
    Route { method: Get,  path: "/ledger",       rule: Needs(Analyst), kind: Page, word: Some("ledger"), summary: "What was decided and done.", params: &[SEARCH], answer: by!(pages::ledger::show) },
    Route { method: Get,  path: "/ledger/verify", rule: Needs(Analyst), kind: Page, word: Some("ledger"), summary: "Whether the ledger is whole.", params: &[], answer: by!(pages::ledger::verify) },
    Route { method: Get,  path: "/jobs",         rule: Needs(Viewer),  kind: Page, word: Some("jobs"), summary: "What runs by itself.", params: &[], answer: by!(pages::jobs::show) },
    Route { method: Post, path: "/jobs/run",     rule: Needs(Admin),   kind: Page, word: Some("job"), summary: "Run a job now.", params: &[], answer: by!(pages::jobs::run) },
    Route { method: Get,  path: "/account",      rule: Needs(Viewer),  kind: Page, word: None, summary: "Your own account.", params: &[], answer: by!(pages::account::show) },
    Route { method: Post, path: "/account/password", rule: Needs(Viewer), kind: Page, word: Some("password"), summary: "Change your password.", params: &[], answer: by!(pages::account::change_password) },
    Route { method: Get,  path: "/users",        rule: Needs(Admin),   kind: Page, word: Some("users"), summary: "Who may log in.", params: &[], answer: by!(pages::account::users) },

    Route { method: Get,  path: "/api/docs",     rule: Open, kind: Page, word: None, summary: "The API, to read.", params: &[], answer: by!(pages::docs::show) },
    Route { method: Get,  path: "/api/v1/openapi.json", rule: Open, kind: Machine, word: None, summary: "This document.", params: &[], answer: by!(openapi::show) },
    Route { method: Get,  path: "/api/v1/cost",        rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("cost"), summary: "Costs by anything.", params: &[BY, METRIC, GRANULARITY, FROM, TO, WHERE, TOP, LIMIT, AFTER], answer: by!(api::cost) },
    Route { method: Get,  path: "/api/v1/coverage",    rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("coverage"), summary: "What commitments cover.", params: &[BY, GRANULARITY, FROM, TO, LIMIT, AFTER], answer: by!(api::coverage) },
    Route { method: Get,  path: "/api/v1/commitments", rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("commitments"), summary: "What is held.", params: &[LIMIT, AFTER], answer: by!(api::commitments) },
    Route { method: Get,  path: "/api/v1/proposals",   rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("proposals"), summary: "What was proposed, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::proposals) },
    Route { method: Get,  path: "/api/v1/proposals/{id}", rule: Needs(Viewer), kind: Api(Scope::Orders), word: Some("proposal"), summary: "One proposal, whole.", params: &[], answer: by!(api::proposal) },
    Route { method: Get,  path: "/api/v1/orders",      rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("orders"), summary: "What was ordered, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::orders) },
    Route { method: Get,  path: "/api/v1/orders/{id}", rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("order"), summary: "One order with its steps.", params: &[], answer: by!(api::order) },
    Route { method: Post, path: "/api/v1/orders",      rule: Needs(Analyst), kind: Api(Scope::OrdersWrite), word: Some("order made"), summary: "Make an order of a proposal.", params: &[], answer: by!(api::create) },
    Route { method: Post, path: "/api/v1/orders/{id}/reject", rule: Needs(Approver), kind: Api(Scope::OrdersWrite), word: Some("rejection"), summary: "Say no to an order.", params: &[], answer: by!(api::reject) },
    Route { method: Post, path: "/api/v1/orders/{id}/run", rule: Needs(Approver), kind: Api(Scope::OrdersWrite), word: Some("run"), summary: "Carry an order out, or rehearse it; it is answered when it has begun.", params: &[], answer: by!(api::run) },
    Route { method: Post, path: "/api/v1/orders/{id}/stop", rule: Needs(Approver), kind: Api(Scope::OrdersWrite), word: Some("stop"), summary: "Have nothing more of an order sent.", params: &[], answer: by!(api::stop) },
    Route { method: Get,  path: "/api/v1/access",      rule: Needs(Viewer),  kind: Api(Scope::Access), word: Some("access"), summary: "What connections may do, as the last proof found it.", params: &[STATUS, LIMIT, AFTER], answer: by!(api::access) },
    Route { method: Get,  path: "/api/v1/backtests",   rule: Needs(Viewer),  kind: Api(Scope::Backtests), word: Some("back-tests"), summary: "What policies would have cost, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::backtests) },
    Route { method: Get,  path: "/api/v1/backtests/{id}", rule: Needs(Viewer), kind: Api(Scope::Backtests), word: Some("back-test"), summary: "One back-test, whole.", params: &[], answer: by!(api::backtest) },
    Route { method: Get,  path: "/api/v1/ledger",      rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("ledger"), summary: "Entries, the newest first.", params: &[SEARCH, LIMIT, AFTER], answer: by!(api::ledger) },
    Route { method: Get,  path: "/api/v1/jobs",        rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("jobs"), summary: "What runs by itself, its last run and its next.", params: &[LIMIT, AFTER], answer: by!(api::jobs) },
];
