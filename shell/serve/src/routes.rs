//! The table. A row more is all that a new page needs; the tests try every row with every role.

use crate::api::{AFTER_MAX, LIMIT_MAX};
use crate::pages::commitments::KINDS;
use crate::pages::explore::TOP_MAX;
use crate::route::Kind::{Api, Machine, Page};
use crate::route::Method::{Get, Post};
use crate::route::Rule::{Needs, OnThisMachine, Open};
use crate::route::{Param, Route, Shape};
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
    formed(name, what, Shape::Text)
}

const fn formed(name: &'static str, what: &'static str, shape: Shape) -> Param {
    Param { name, what, words: &[], shape, is_required: false }
}

const fn worded(name: &'static str, what: &'static str, words: &'static [&'static str]) -> Param {
    Param { name, what, words, shape: Shape::Text, is_required: false }
}

/// A month, a day or an hour, as the lake reads them.
const TIME: Shape = Shape::Form("^[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9]{2}(Z|:00Z|:00:00Z))?)?$");

const BY: Param = param("by", "what to tell apart, with commas between: service, account, region, tag:Team, any column");
const FROM: Param = formed("from", "first time counted: 2018-10 or 2018-10-31", TIME);
const TO: Param = formed("to", "last time counted, included whole", TIME);
const METRIC: Param = worded("metric", "which cost", &["effective", "billed", "list", "contracted"]);
const GRANULARITY: Param = worded("granularity", "how finely to tell time apart, in UTC", &["total", "month", "day"]);
const WHERE: Param = param("where", "a condition over the columns of the charges, as SQL");
const TOP: Param = formed("top", "how many groups to show; the rest is one more", Shape::Whole { least: 0, most: TOP_MAX });
const LIMIT: Param =
    formed("limit", "how many items at most, 1 to 1000; 100 where it is not said", Shape::Whole { least: 1, most: LIMIT_MAX });
const AFTER: Param =
    formed("after", "where to go on: the `next` of the answer before, to the same question", Shape::Form("^[A-Za-z0-9_-]+$"));
const BELOW: Param =
    formed("after", "where to go on: the `next` of the answer before, a number of an entry", Shape::Whole { least: 1, most: AFTER_MAX });
const SEARCH: Param = param("q", "what has to stand in an entry");
const COMPARE: Param = worded("compare", "what to hold it against", &["before"]);
const KIND: Param = worded("kind", "of which kind", &KINDS);
const STATE: Param = worded("state", "how it stands", &["running", "wasted", "losing", "expiring", "idle", "fine", "over"]);
const ENDS: Param = formed("ends", "the month in which it ends: 2018-10", Shape::Form("^[0-9]{4}-(0[1-9]|1[0-2])$"));
const BEHIND: Param = formed("after", "so many that stand before are not shown", Shape::Whole { least: 0, most: AFTER_MAX });
const ID: Param = Param { is_required: true, ..param("id", "its id, as the bills have it") };
const MONTH: Param =
    formed("month", "the month whose hours are shown: 2018-10; the newest where it is not said", Shape::Form("^[0-9]{4}-(0[1-9]|1[0-2])$"));
const STATUS: Param =
    worded("status", "only capabilities that stand so", &["granted", "missing", "excess", "not-offered", "untried", "not-chosen"]);
const TIER: Param =
    worded("tier", "only capabilities of this tier", &["trial", "detail", "commitments", "org", "automation", "infrastructure"]);
const FORMAT: Param = worded("format", "what it is written as", &["cloudformation", "stackset", "terraform", "markdown"]);

const HOURLY: Param = param("hourly", "what if at most so much were committed to by the hour");
const UPFRONT: Param = param("upfront", "what if at most so much were paid on the days of purchase");
const OBLIGATION: Param = param("obligation", "what if at most so much were owed in all");
const WEIGHT: Param = param("weight", "what if the worst futures counted so much beside the mean, 0 to 100");
const AT_LEAST: Param = param("at_least", "what if so much of each purchase had to be used, in percent");
const TERM: Param = worded("term", "what if this were the only term", &["1yr", "3yr"]);
const PAYMENT: Param = worded("payment", "what if this were the only way to pay", &["No Upfront", "Partial Upfront", "All Upfront"]);

const KNOBS: &[Param] = &[HOURLY, UPFRONT, OBLIGATION, WEIGHT, AT_LEAST, TERM, PAYMENT];
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
    Route { method: Get,  path: "/explore.csv",  rule: Needs(Analyst), kind: Page, word: Some("cost as a file"), summary: "The same as a file.", params: EXPLORE, answer: by!(pages::explore::download) },
    Route { method: Get,  path: "/commitments",  rule: Needs(Viewer),  kind: Page, word: Some("commitments"), summary: "What is held.", params: &[KIND, STATE, ENDS, BEHIND], answer: by!(pages::commitments::show) },
    Route { method: Get,  path: "/commitments/one", rule: Needs(Viewer), kind: Page, word: Some("commitment"), summary: "One commitment.", params: &[ID, MONTH], answer: by!(pages::commitment::show) },
    Route { method: Get,  path: "/coverage",     rule: Needs(Viewer),  kind: Page, word: Some("coverage"), summary: "What commitments cover and save.", params: &[BY, GRANULARITY, FROM, TO], answer: by!(pages::coverage::show) },
    Route { method: Get,  path: "/coverage.csv", rule: Needs(Analyst), kind: Page, word: Some("coverage as a file"), summary: "The same as a file.", params: &[BY, GRANULARITY, FROM, TO], answer: by!(pages::coverage::download) },
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
    Route { method: Get,  path: "/ledger.jsonl", rule: Needs(Analyst), kind: Page, word: Some("ledger as a file"), summary: "All of it as a file.", params: &[], answer: by!(pages::ledger::download) },
    Route { method: Get,  path: "/ledger/verify", rule: Needs(Analyst), kind: Page, word: Some("ledger"), summary: "Whether the ledger is whole.", params: &[], answer: by!(pages::ledger::verify) },
    Route { method: Get,  path: "/jobs",         rule: Needs(Viewer),  kind: Page, word: Some("jobs"), summary: "What runs by itself.", params: &[], answer: by!(pages::jobs::show) },
    Route { method: Post, path: "/jobs/run",     rule: Needs(Admin),   kind: Page, word: Some("job"), summary: "Run a job now.", params: &[], answer: by!(pages::jobs::run) },
    Route { method: Get,  path: "/account",      rule: Needs(Viewer),  kind: Page, word: None, summary: "Your own account.", params: &[], answer: by!(pages::account::show) },
    Route { method: Post, path: "/account/password", rule: Needs(Viewer), kind: Page, word: Some("password"), summary: "Change your password.", params: &[], answer: by!(pages::account::change_password) },
    Route { method: Post, path: "/account/tokens", rule: Needs(Viewer), kind: Page, word: Some("token made"), summary: "Make a token of your own.", params: &[], answer: by!(pages::account::make_token) },
    Route { method: Post, path: "/account/tokens/revoke", rule: Needs(Viewer), kind: Page, word: Some("token revoked"), summary: "Revoke a token of your own.", params: &[], answer: by!(pages::account::revoke_token) },
    Route { method: Get,  path: "/users",        rule: Needs(Admin),   kind: Page, word: Some("users"), summary: "Who may log in.", params: &[], answer: by!(pages::users::show) },
    Route { method: Post, path: "/users",        rule: Needs(Admin),   kind: Page, word: Some("user added"), summary: "Add a user.", params: &[], answer: by!(pages::users::add) },
    Route { method: Post, path: "/users/invite", rule: Needs(Admin),   kind: Page, word: Some("user invited"), summary: "Make a new link for a user.", params: &[], answer: by!(pages::users::invite) },
    Route { method: Post, path: "/users/role",   rule: Needs(Admin),   kind: Page, word: Some("user changed"), summary: "Let a user do more or less.", params: &[], answer: by!(pages::users::change_role) },
    Route { method: Post, path: "/users/remove", rule: Needs(Admin),   kind: Page, word: Some("user removed"), summary: "Remove a user.", params: &[], answer: by!(pages::users::remove) },
    Route { method: Post, path: "/users/revoke", rule: Needs(Admin),   kind: Page, word: Some("token revoked"), summary: "Revoke a token.", params: &[], answer: by!(pages::users::revoke) },

    Route { method: Get,  path: "/api/docs",     rule: Open, kind: Page, word: None, summary: "The API, to read.", params: &[], answer: by!(pages::docs::show) },
    Route { method: Get,  path: "/api/v1/openapi.json", rule: Open, kind: Machine, word: None, summary: "This document.", params: &[], answer: by!(openapi::show) },
    Route { method: Get, path: "/api/v1/overview", rule: Needs(Viewer), kind: Api(Scope::Cost), word: Some("overview"), summary: "What is spent by month, what commitments do, and what to look at first.", params: &[], answer: by!(api::overview) },
    Route { method: Get,  path: "/api/v1/cost",        rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("cost"), summary: "Costs by anything.", params: &[BY, METRIC, GRANULARITY, FROM, TO, WHERE, TOP, COMPARE, LIMIT, AFTER], answer: by!(api::cost) },
    Route { method: Get,  path: "/api/v1/coverage",    rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("coverage"), summary: "What commitments cover.", params: &[BY, GRANULARITY, FROM, TO, LIMIT, AFTER], answer: by!(api::coverage) },
    Route { method: Get,  path: "/api/v1/commitments", rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("commitments"), summary: "What is held.", params: &[KIND, STATE, ENDS, LIMIT, AFTER], answer: by!(api::commitments) },
    Route { method: Get,  path: "/api/v1/commitments/one", rule: Needs(Viewer), kind: Api(Scope::Cost), word: Some("commitment"), summary: "One commitment, by month and by hour, and what it covered.", params: &[ID, MONTH, LIMIT, AFTER], answer: by!(api::commitment) },
    Route { method: Get,  path: "/api/v1/proposals",   rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("proposals"), summary: "What was proposed, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::proposals) },
    Route { method: Get,  path: "/api/v1/proposals/{id}", rule: Needs(Viewer), kind: Api(Scope::Orders), word: Some("proposal"), summary: "One proposal, whole.", params: &[], answer: by!(api::proposal) },
    Route { method: Get, path: "/api/v1/proposals/{id}/outlook", rule: Needs(Viewer), kind: Api(Scope::Orders), word: Some("proposal"), summary: "What its steps may come to, and what more or less lock-in would bring.", params: &[], answer: by!(api::outlook) },
    Route { method: Get, path: "/api/v1/proposals/{id}/what-if", rule: Needs(Viewer), kind: Api(Scope::Orders), word: Some("proposal"), summary: "What would be bought instead under other limits and fears.", params: KNOBS, answer: by!(api::what_if) },
    Route { method: Post, path: "/api/v1/proposals",   rule: Needs(Analyst), kind: Api(Scope::Propose), word: Some("propose"), summary: "Propose now.", params: &[], answer: by!(api::propose) },
    Route { method: Get,  path: "/api/v1/orders",      rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("orders"), summary: "What was ordered, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::orders) },
    Route { method: Get,  path: "/api/v1/orders/{id}", rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("order"), summary: "One order with its steps.", params: &[], answer: by!(api::order) },
    Route { method: Post, path: "/api/v1/orders",      rule: Needs(Analyst), kind: Api(Scope::OrdersWrite), word: Some("order made"), summary: "Make an order of a proposal.", params: &[], answer: by!(api::create) },
    Route { method: Post, path: "/api/v1/orders/{id}/reject", rule: Needs(Approver), kind: Api(Scope::OrdersWrite), word: Some("rejection"), summary: "Say no to an order.", params: &[], answer: by!(api::reject) },
    Route { method: Post, path: "/api/v1/orders/{id}/run", rule: Needs(Approver), kind: Api(Scope::OrdersWrite), word: Some("run"), summary: "Carry an order out, or rehearse it; it is answered when it has begun.", params: &[], answer: by!(api::run) },
    Route { method: Post, path: "/api/v1/orders/{id}/stop", rule: Needs(Approver), kind: Api(Scope::OrdersWrite), word: Some("stop"), summary: "Have nothing more of an order sent.", params: &[], answer: by!(api::stop) },
    Route { method: Post, path: "/api/v1/orders/{id}/take-back", rule: Needs(Analyst), kind: Api(Scope::OrdersWrite), word: Some("order made"), summary: "Make an order that takes a step back.", params: &[], answer: by!(api::take_back) },
    Route { method: Get,  path: "/api/v1/access",      rule: Needs(Viewer),  kind: Api(Scope::Access), word: Some("access"), summary: "What connections may do, as the last proof found it.", params: &[STATUS, LIMIT, AFTER], answer: by!(api::access) },
    Route { method: Get, path: "/api/v1/access/{id}", rule: Needs(Viewer), kind: Api(Scope::Access), word: Some("access of a connection"), summary: "What one connection may do, and why, with its policies.", params: &[STATUS, TIER], answer: by!(api::connection) },
    Route { method: Get, path: "/api/v1/access/{id}/template", rule: Needs(Analyst), kind: Api(Scope::Access), word: Some("template as a file"), summary: "What makes a connection's role, without its External ID; that it left is recorded.", params: &[FORMAT], answer: by!(api::template) },
    Route { method: Get,  path: "/api/v1/backtests",   rule: Needs(Viewer),  kind: Api(Scope::Backtests), word: Some("back-tests"), summary: "What policies would have cost, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::backtests) },
    Route { method: Get,  path: "/api/v1/backtests/{id}", rule: Needs(Viewer), kind: Api(Scope::Backtests), word: Some("back-test"), summary: "One back-test, whole.", params: &[], answer: by!(api::backtest) },
    Route { method: Post, path: "/api/v1/backtests",   rule: Needs(Analyst), kind: Api(Scope::Propose), word: Some("back-test begun"), summary: "Begin a back-test.", params: &[], answer: by!(api::begin_backtest) },
    Route { method: Post, path: "/api/v1/backtests/stop", rule: Needs(Analyst), kind: Api(Scope::Propose), word: Some("back-test stopped"), summary: "Stop the back-test that goes on.", params: &[], answer: by!(api::stop_backtest) },
    Route { method: Get,  path: "/api/v1/ledger",      rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("ledger"), summary: "Entries, the newest first.", params: &[SEARCH, LIMIT, BELOW], answer: by!(api::ledger) },
    Route { method: Get, path: "/api/v1/ledger/verify", rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("ledger"), summary: "Whether the ledger is whole.", params: &[], answer: by!(api::verify) },
    Route { method: Get,  path: "/api/v1/jobs",        rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("jobs"), summary: "What runs by itself, its last run and its next.", params: &[LIMIT, AFTER], answer: by!(api::jobs) },
    Route { method: Get, path: "/api/v1/jobs/history", rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("jobs"), summary: "What ran, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::history) },
    Route { method: Get, path: "/api/v1/jobs/outbox", rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("jobs"), summary: "Messages that wait or were given up, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::outbox) },
    Route { method: Post, path: "/api/v1/jobs/{name}/run", rule: Needs(Admin), kind: Api(Scope::Admin), word: Some("job"), summary: "Run a job as soon as it is its turn.", params: &[], answer: by!(api::run_job) },
    Route { method: Get,  path: "/api/v1/settings",    rule: Needs(Viewer),  kind: Api(Scope::Ledger), word: Some("settings"), summary: "What is in force.", params: &[], answer: by!(api::settings) },
    Route { method: Post, path: "/api/v1/settings/stop", rule: Needs(Admin), kind: Api(Scope::Admin), word: Some("kill switch"), summary: "Stop everything; it is started again on the command line alone.", params: &[], answer: by!(api::stop_all) },
    Route { method: Get, path: "/api/v1/setup", rule: Needs(Viewer), kind: Api(Scope::Ledger), word: Some("set-up"), summary: "What is set up, and what is next.", params: &[], answer: by!(api::setup) },
    Route { method: Post, path: "/api/v1/setup/import", rule: Needs(Admin), kind: Api(Scope::Admin), word: Some("import begun"), summary: "Import a folder of the server.", params: &[], answer: by!(api::import) },
    Route { method: Post, path: "/api/v1/setup/connect", rule: Needs(Admin), kind: Api(Scope::Admin), word: Some("connection made"), summary: "Make a connection.", params: &[], answer: by!(api::connect) },
    Route { method: Post, path: "/api/v1/setup/prove", rule: Needs(Admin), kind: Api(Scope::Admin), word: Some("proof begun"), summary: "Prove a connection.", params: &[], answer: by!(api::prove) },
    Route { method: Get,  path: "/api/v1/users",       rule: Needs(Admin),   kind: Api(Scope::Admin), word: Some("users"), summary: "Who may log in, and their tokens.", params: &[LIMIT, AFTER], answer: by!(api::users) },
];
