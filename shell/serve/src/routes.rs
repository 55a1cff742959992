//! The table. A row more is all that a new page needs; the tests try every row with every role.

use crate::route::Kind::{Api, Machine, Page};
use crate::route::Method::{Get, Post};
use crate::route::Rule::{Needs, OnThisMachine, Open};
use crate::route::{Param, Route};
use crate::{api, openapi, pages};
use tenor_state::Scope;
use tenor_state::UserRole::{Admin, Analyst, Viewer};

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

const COST: &[Param] = &[BY, METRIC, GRANULARITY, FROM, TO, WHERE, TOP];

/// Everything that can be asked for.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    Route { method: Get,  path: "/healthz",      rule: Open, kind: Machine, word: None, summary: "Whether the server answers.", params: &[], answer: by!(pages::machine::health) },
    Route { method: Get,  path: "/readyz",       rule: Open, kind: Machine, word: None, summary: "Whether bills and state can be read.", params: &[], answer: by!(pages::machine::ready) },
    Route { method: Get,  path: "/metrics",      rule: OnThisMachine(Scope::Metrics), kind: Machine, word: None, summary: "What the server counts of itself.", params: &[], answer: by!(pages::machine::metrics) },
    Route { method: Get,  path: "/style.css",    rule: Open, kind: Machine, word: None, summary: "How pages look.", params: &[], answer: by!(pages::machine::style) },
    Route { method: Get,  path: "/icon.svg",     rule: Open, kind: Machine, word: None, summary: "The icon.", params: &[], answer: by!(pages::machine::icon) },

    Route { method: Get,  path: "/login",        rule: Open, kind: Page, word: None, summary: "Log in.", params: &[], answer: by!(pages::login::show) },
    Route { method: Post, path: "/login",        rule: Open, kind: Page, word: Some("log-in"), summary: "Log in.", params: &[], answer: by!(pages::login::log_in) },
    Route { method: Post, path: "/logout",       rule: Open, kind: Page, word: Some("log-out"), summary: "Log out.", params: &[], answer: by!(pages::login::log_out) },
    Route { method: Get,  path: "/welcome/{link}", rule: Open, kind: Page, word: None, summary: "Set a password by a link.", params: &[], answer: by!(pages::welcome::show) },
    Route { method: Post, path: "/welcome/{link}", rule: Open, kind: Page, word: Some("password"), summary: "Set a password by a link.", params: &[], answer: by!(pages::welcome::accept) },
    Route { method: Post, path: "/theme",        rule: Open, kind: Page, word: None, summary: "Choose colours.", params: &[], answer: by!(pages::login::theme) },

    Route { method: Get,  path: "/",             rule: Needs(Viewer),  kind: Page, word: Some("overview"), summary: "The overview.", params: &[], answer: by!(pages::overview::show) },
    Route { method: Get,  path: "/explore",      rule: Needs(Viewer),  kind: Page, word: Some("cost"), summary: "Costs by anything.", params: COST, answer: by!(pages::explore::show) },
    Route { method: Get,  path: "/explore.csv",  rule: Needs(Analyst), kind: Page, word: Some("cost as a file"), summary: "The same as a file.", params: COST, answer: by!(pages::explore::download) },
    Route { method: Get,  path: "/commitments",  rule: Needs(Viewer),  kind: Page, word: Some("commitments"), summary: "What is held.", params: &[], answer: by!(pages::commitments::show) },
    Route { method: Get,  path: "/orders",       rule: Needs(Viewer),  kind: Page, word: Some("orders"), summary: "What was ordered.", params: &[], answer: by!(pages::orders::list) },
    Route { method: Get,  path: "/orders/{id}",  rule: Needs(Viewer),  kind: Page, word: Some("order"), summary: "One order.", params: &[], answer: by!(pages::orders::show) },
    Route { method: Get,  path: "/backtest",     rule: Needs(Viewer),  kind: Page, word: Some("back-tests"), summary: "What policies would have cost.", params: &[], answer: by!(pages::backtest::list) },
    Route { method: Post, path: "/backtest",     rule: Needs(Analyst), kind: Page, word: Some("back-test begun"), summary: "Begin a back-test.", params: &[], answer: by!(pages::backtest::begin) },
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
    Route { method: Get,  path: "/account",      rule: Needs(Viewer),  kind: Page, word: None, summary: "Your own account.", params: &[], answer: by!(pages::account::show) },
    Route { method: Post, path: "/account/password", rule: Needs(Viewer), kind: Page, word: Some("password"), summary: "Change your password.", params: &[], answer: by!(pages::account::change_password) },
    Route { method: Get,  path: "/users",        rule: Needs(Admin),   kind: Page, word: Some("users"), summary: "Who may log in.", params: &[], answer: by!(pages::account::users) },

    Route { method: Get,  path: "/api/v1/openapi.json", rule: Open, kind: Machine, word: None, summary: "This document.", params: &[], answer: by!(openapi::show) },
    Route { method: Get,  path: "/api/v1/cost",        rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("cost"), summary: "Costs by anything.", params: &[BY, METRIC, GRANULARITY, FROM, TO, WHERE, TOP, LIMIT, AFTER], answer: by!(api::cost) },
    Route { method: Get,  path: "/api/v1/coverage",    rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("coverage"), summary: "What commitments cover.", params: &[BY, GRANULARITY, FROM, TO, LIMIT, AFTER], answer: by!(api::coverage) },
    Route { method: Get,  path: "/api/v1/commitments", rule: Needs(Viewer),  kind: Api(Scope::Cost), word: Some("commitments"), summary: "What is held.", params: &[LIMIT, AFTER], answer: by!(api::commitments) },
    Route { method: Get,  path: "/api/v1/orders",      rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("orders"), summary: "What was ordered, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::orders) },
    Route { method: Get,  path: "/api/v1/orders/{id}", rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("order"), summary: "One order with its steps.", params: &[], answer: by!(api::order) },
    Route { method: Get,  path: "/api/v1/access",      rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("access"), summary: "What connections may do, as the last proof found it.", params: &[STATUS, LIMIT, AFTER], answer: by!(api::access) },
    Route { method: Get,  path: "/api/v1/backtests",   rule: Needs(Viewer),  kind: Api(Scope::Orders), word: Some("back-tests"), summary: "What policies would have cost, the newest first.", params: &[LIMIT, AFTER], answer: by!(api::backtests) },
    Route { method: Get,  path: "/api/v1/backtests/{id}", rule: Needs(Viewer), kind: Api(Scope::Orders), word: Some("back-test"), summary: "One back-test, whole.", params: &[], answer: by!(api::backtest) },
    Route { method: Get,  path: "/api/v1/ledger",      rule: Needs(Analyst), kind: Api(Scope::Ledger), word: Some("ledger"), summary: "Entries, the newest first.", params: &[SEARCH, LIMIT, AFTER], answer: by!(api::ledger) },
];
