//! What programs ask of the server itself, and the files of the pages.

use crate::app::App;
use crate::ask::Ask;
use crate::reply::{Trouble, whole};
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use std::sync::{Arc, LazyLock};
use tenor_ledger::ContentHash;

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/tenor.js");
const ICON: &str = include_str!("../../assets/icon.svg");
/// Where they are, by what is in them: a page never runs or wears what a browser kept of another version.
static STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| versioned("/style.css", STYLE));
static SCRIPT_ADDRESS: LazyLock<String> = LazyLock::new(|| versioned("/tenor.js", SCRIPT));
static ICON_ADDRESS: LazyLock<String> = LazyLock::new(|| versioned("/icon.svg", ICON));
/// Digits of a content's hash in its address.
const VERSION_DIGITS: usize = 16;
/// What an address says the hash of never changes there.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Anything else may be another the next time.
const ASKED_FOR: HeaderValue = HeaderValue::from_static("no-cache");
const TEXT: &str = "text/plain; charset=utf-8";

pub(crate) async fn health(_: Arc<App>, _: Ask) -> Result<Response, Trouble> {
    Ok(whole(StatusCode::OK, TEXT, "ok\n"))
}

/// Says no more than which of the two cannot be read: anybody may ask.
pub(crate) async fn ready(app: Arc<App>, _: Ask) -> Result<Response, Trouble> {
    let state = app.home.read(|view| view.ledger_head()).await.map(drop).map_err(|error| app.note(&crate::reply::chain(&error)));
    let lake = app.ports.lake.is_readable().await.map_err(|refusal| app.note(&refusal.message));
    let word = |is_ok: bool| if is_ok { "ok" } else { "cannot be read" };
    let status = if state.is_ok() && lake.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(whole(status, TEXT, format!("bills {}\nstate {}\n", word(lake.is_ok()), word(state.is_ok()))))
}

pub(crate) async fn metrics(app: Arc<App>, _: Ask) -> Result<Response, Trouble> {
    Ok(whole(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", app.metrics.text()))
}

pub(crate) async fn style(_: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    Ok(kept(&ask, &STYLE_ADDRESS, whole(StatusCode::OK, "text/css; charset=utf-8", STYLE)))
}

pub(crate) async fn script(_: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    Ok(kept(&ask, &SCRIPT_ADDRESS, whole(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT)))
}

pub(crate) async fn icon(_: Arc<App>, ask: Ask) -> Result<Response, Trouble> {
    Ok(kept(&ask, &ICON_ADDRESS, whole(StatusCode::OK, "image/svg+xml", ICON)))
}

pub(super) fn style_address() -> &'static str {
    &STYLE_ADDRESS
}

pub(super) fn script_address() -> &'static str {
    &SCRIPT_ADDRESS
}

pub(super) fn icon_address() -> &'static str {
    &ICON_ADDRESS
}

fn versioned(path: &str, content: &str) -> String {
    format!("{path}?v={}", &ContentHash::sha256(content.as_bytes()).to_string()[..VERSION_DIGITS])
}

fn kept(ask: &Ask, address: &str, mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, if ask.address == address { KEPT } else { ASKED_FOR });
    response
}
