//! What Tenor tells people: messages made of facts, put into the words of each way to send them, and sent.
//!
//! ```text
//! Message ──> text, html, slack, signed JSON ──> Target: a Slack-compatible webhook, a signed webhook, e-mail
//! ```
//! A message has no secret in it, and its links lead to pages that ask who comes. What it takes to send one stands in the owner's file and is never
//! shown. This crate keeps nothing, decides nothing about when, and reads no clock: queues, windows and attempts are the state's.

mod html;
mod mail;
mod message;
mod quiet;
mod retry;
mod send;
mod slack;
mod target;
mod webhook;

pub use message::{Kind, Message};
pub use quiet::{Quiet, QuietError};
pub use retry::{ATTEMPTS_MAX, again};
pub use send::{SendError, Sender};
pub use target::{Hidden, Mail, Security, Target, TargetError};
pub use webhook::{AGE_SECONDS_MAX, Signed, sign};
