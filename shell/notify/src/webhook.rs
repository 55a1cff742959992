//! A message for programs: JSON, signed so that whoever receives it knows whose it is and that it is new.
//!
//! `Tenor-Timestamp` has the seconds since 1970, `Tenor-Signature` is `v1=` and the hex digits of HMAC with SHA-256 of the timestamp, a full stop and
//! the body. The body's `id` is the same whenever the same message is sent again; `Tenor-Id` repeats it, for logs, and is not signed. A receiver
//! refuses what is older than [`AGE_SECONDS_MAX`] and drops what has an `id` that it has already.

use crate::message::{Kind, Message};
use crate::target::Hidden;
use jiff::Timestamp;
use ring::hmac::{self, HMAC_SHA256};
use serde_json::json;

/// A receiver takes nothing that was sent longer ago, in seconds: else who heard it once could send it again.
pub const AGE_SECONDS_MAX: i64 = 300;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `Tenor-Timestamp`.
    pub timestamp: String,
    /// `Tenor-Signature`.
    pub signature: String,
    /// The body.
    pub body: String,
}

/// A message of that id, signed at that moment.
#[must_use]
pub fn sign(secret: &Hidden, id: &str, kind: Kind, message: &Message, now: Timestamp) -> Signed {
    let body = json!({
        "version": 1, "id": id, "kind": kind.as_str(), "urgent": kind.is_urgent(), "title": message.title, "lines": message.lines,
        "link": message.link, "moment": message.moment,
    })
    .to_string();
    let timestamp = now.as_second().to_string();
    let key = hmac::Key::new(HMAC_SHA256, secret.reveal().as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp}.{body}").as_bytes());
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Signed { timestamp, signature: format!("v1={digits}"), body }
}

#[cfg(test)]
mod tests {
    use super::sign;
    use crate::Hidden;
    use crate::message::{Kind, sample};

    #[test]
    fn what_is_sent_is_signed_with_its_moment() {
        let at = |text: &str| sign(&Hidden::new("secret"), "id-1", Kind::StepHeld, &sample(), text.parse().unwrap());
        let (one, other) = (at("2026-01-20T12:00:00Z"), at("2026-01-20T12:00:01Z"));
        assert_eq!((one.timestamp.as_str(), &one.body), ("1768910400", &other.body));
        assert_ne!(one.signature, other.signature);
        insta::assert_snapshot!(one.body, @r#"{"id":"id-1","kind":"step-held","lines":["no answer came:\nlook","https://evil.example/?a=1&b=<x>|y"],"link":"https://tenor.example/orders/0b0b","moment":"2026-01-20T12:00:00Z","title":"Step 1 of order 0b0b0b is held <for> a person & \"waits\"","urgent":true,"version":1}"#);
    }
}
