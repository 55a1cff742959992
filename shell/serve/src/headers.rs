//! What every answer carries, so that a browser runs nothing, frames nothing and loads nothing that is not ours.

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::Response;

/// No script, style or anything else but from this server; nothing `unsafe-*`.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const ALWAYS: [(&str, &str); 8] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: browsers then hide where a form was sent from, and that is checked.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-robots-tag", "noindex"),
];

/// Adds them.
pub(crate) fn add(response: &mut Response, is_secure: bool) {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if is_secure {
        // Of this host alone: what else its owner runs is not ours to decide about.
        headers.insert("strict-transport-security", HeaderValue::from_static("max-age=31536000"));
    }
    // What is for one person stays in no cache, not even after they have logged out.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
