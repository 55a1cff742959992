//! A message: what happened, in a title and lines, and where to read on. It is the same for all ways to send it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a message is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An order waits to be approved.
    OrderWaits,
    /// A step waits for a person.
    StepHeld,
    /// A step is done.
    StepDone,
    /// A step was refused, or was not paid for.
    StepFailed,
    /// A commitment ends soon, is used less, can be returned, or something else is to be looked at.
    Watch,
    /// A job failed and is not tried again.
    JobFailed,
    /// The ledger is not what was written.
    LedgerBroken,
    /// The kill switch was set or taken back.
    KillSwitch,
    /// What happened in the week.
    Digest,
    /// Nothing: somebody tries whether a message arrives.
    Test,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::OrderWaits,
        Self::StepHeld,
        Self::StepDone,
        Self::StepFailed,
        Self::Watch,
        Self::JobFailed,
        Self::LedgerBroken,
        Self::KillSwitch,
        Self::Digest,
        Self::Test,
    ];

    /// Its name, in the owner's file and in what is sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderWaits => "order-waits",
            Self::StepHeld => "step-held",
            Self::StepDone => "step-done",
            Self::StepFailed => "step-failed",
            Self::Watch => "watch",
            Self::JobFailed => "job-failed",
            Self::LedgerBroken => "ledger-broken",
            Self::KillSwitch => "kill-switch",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }

    /// Whether it does not wait for the end of quiet hours.
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::StepHeld | Self::StepFailed | Self::LedgerBroken | Self::KillSwitch | Self::Test)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(())
    }
}

/// What is told. It is kept as JSON until it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What happened, in a line.
    pub title: String,
    /// More of it, a line each.
    pub lines: Vec<String>,
    /// The page to read on, which asks who comes; none where nobody said where the server is reached.
    pub link: Option<String>,
    /// When it happened, RFC 3339 in UTC.
    pub moment: String,
}

impl Message {
    /// As it is kept.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("texts are always JSON")
    }

    /// As it was kept.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n", line(&self.title));
        if !self.lines.is_empty() {
            text.push('\n');
        }
        for more in &self.lines {
            text += &format!("{}\n", line(more));
        }
        if let Some(link) = &self.link {
            text += &format!("\n{link}\n");
        }
        text += &format!("\n{}, Tenor\n", self.moment);
        text
    }
}

/// In one line: what a bill or AWS says cannot begin another, nor steer a terminal.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
pub(crate) fn sample() -> Message {
    Message {
        title: "Step 1 of order 0b0b0b is held <for> a person & \"waits\"".to_owned(),
        lines: vec!["no answer came:\nlook".to_owned(), "https://evil.example/?a=1&b=<x>|y".to_owned()],
        link: Some("https://tenor.example/orders/0b0b".to_owned()),
        moment: "2026-01-20T12:00:00Z".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Message, sample};

    #[test]
    fn a_message_is_kept_whole_and_read_as_lines() {
        assert_eq!(Message::decode(&sample().encode()), Some(sample()));
        assert_eq!(Message::decode("{}"), None);
        insta::assert_snapshot!(sample().text(), @r#"
        Step 1 of order 0b0b0b is held <for> a person & "waits"

        no answer came: look
        https://evil.example/?a=1&b=<x>|y

        https://tenor.example/orders/0b0b

        2026-01-20T12:00:00Z, Tenor
        "#);
    }

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("other".parse::<Kind>(), Err(()));
    }
}
