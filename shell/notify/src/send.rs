//! Sends a message to a target, once, within a time. What comes of it is the caller's to keep; nothing secret is in any error.

use crate::message::{Kind, Message};
use crate::target::Target;
use crate::{mail, slack, webhook};
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use std::time::Duration;

/// How long an attempt may take.
const ATTEMPT_MAX: Duration = Duration::from_secs(60);
/// How long a webhook may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing can be sent from here.
    #[error("cannot prepare to send")]
    Client(#[source] reqwest::Error),
    /// The webhook cannot be reached, or does not answer.
    #[error("the webhook cannot be reached")]
    Webhook(#[source] reqwest::Error),
    /// It answers, and does not take it.
    #[error("the webhook answered {0}")]
    Status(u16),
    /// The mail server does not take it.
    #[error("the mail server did not take it")]
    Mail(#[from] lettre::transport::smtp::Error),
    /// A mail cannot be made of it.
    #[error("no mail can be made of it")]
    Compose(#[from] lettre::error::Error),
    /// Not a mailbox.
    #[error("`{0}` is no mail address")]
    Address(String),
    /// It took too long.
    #[error("there was no answer in {} seconds", ATTEMPT_MAX.as_secs())]
    Slow,
}

impl SendError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Client(_) => "check the certificates of this machine: they say whom it trusts",
            Self::Webhook(_) | Self::Status(_) => "check the address in notify.toml, and whether this machine may reach it",
            Self::Mail(_) | Self::Slow => {
                "check host, port, security, user and password in notify.toml, and whether this machine may reach it"
            }
            Self::Compose(_) | Self::Address(_) => "check `from` and `to` in notify.toml",
        }
    }

    /// All of it in a line, with its causes.
    #[must_use]
    pub fn told(&self) -> String {
        let (mut told, mut source) = (self.to_string(), std::error::Error::source(self));
        while let Some(cause) = source {
            told = format!("{told}: {cause}");
            source = cause.source();
        }
        told
    }
}

/// What sends messages.
#[derive(Debug, Clone)]
pub struct Sender {
    client: reqwest::Client,
}

impl Sender {
    /// Ready to send.
    ///
    /// # Errors
    /// When this machine has no certificates to trust.
    pub fn new() -> Result<Self, SendError> {
        // Who answers with another address is not whom the owner named.
        let builder = reqwest::Client::builder().timeout(ANSWER_MAX).redirect(Policy::none()).user_agent("tenor");
        Ok(Self { client: builder.build().map_err(SendError::Client)? })
    }

    /// Sends it. `id` is the same whenever the same message is sent, so that whoever has it already can drop it.
    ///
    /// # Errors
    /// When it was not taken, or nobody knows whether it was.
    pub async fn send(&self, target: &Target, id: &str, kind: Kind, message: &Message, now: Timestamp) -> Result<(), SendError> {
        tokio::time::timeout(ATTEMPT_MAX, self.sent(target, id, kind, message, now)).await.unwrap_or(Err(SendError::Slow))
    }

    async fn sent(&self, target: &Target, id: &str, kind: Kind, message: &Message, now: Timestamp) -> Result<(), SendError> {
        let request = match target {
            Target::Mail(mail) => return mail::send(mail, id, message, now).await,
            Target::Slack { url } => self.client.post(url.reveal()).body(slack::body(message).to_string()),
            Target::Webhook { url, secret } => {
                let signed = webhook::sign(secret, id, kind, message, now);
                let request = self.client.post(url.reveal()).header("Tenor-Id", id).header("Tenor-Timestamp", signed.timestamp);
                request.header("Tenor-Signature", signed.signature).body(signed.body)
            }
        };
        // The address may let in whoever knows it.
        let failed = |error: reqwest::Error| SendError::Webhook(error.without_url());
        let status = request.header(CONTENT_TYPE, "application/json").send().await.map_err(failed)?.status();
        if status.is_success() { Ok(()) } else { Err(SendError::Status(status.as_u16())) }
    }
}
