//! What was called: for the log, for the bill, and for the proof that nothing was called that is not catalogued.

use jiff::Timestamp;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tenor_money::Money;
use tenor_permit::Channel;

/// One request that left, or was about to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The service, as the catalogue names it.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// By which road.
    pub channel: Channel,
    /// The account whose credentials it carried; empty where they were being got.
    pub account: String,
    /// The region that was asked.
    pub region: String,
    /// Which attempt it was, counted from 1.
    pub attempt: u32,
    /// When it left.
    pub at: Timestamp,
    /// How long the answer took.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
    /// AWS's name for it.
    pub request_id: Option<String>,
    /// What AWS charges for it; nothing for what certainly was not sent.
    pub price: Money,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A good answer.
    Good,
    /// An error of AWS's, by its code.
    Fault(String),
    /// No answer, or one that cannot be read: in a word, why.
    Lost(&'static str),
}

/// Takes every record; it may not fail and should not wait.
pub trait CallSink: Send + Sync {
    /// Takes one.
    fn record(&self, record: &CallRecord);
}

/// AWS's name for the last request of a client that an answer had one of.
#[derive(Debug, Clone, Default)]
pub struct LastRequest(Arc<Mutex<Option<String>>>);

impl LastRequest {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn note(&self, id: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
    }
}

/// Forgets everything.
#[derive(Debug, Clone, Copy)]
pub struct Nowhere;

impl CallSink for Nowhere {
    fn record(&self, _: &CallRecord) {}
}

/// A file with a line for each record, parts apart by tabs. Several processes may write to one.
#[derive(Debug)]
pub struct CallLog(Mutex<File>);

impl CallLog {
    /// Opens the file to write at its end, or makes it.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Mutex::new(OpenOptions::new().create(true).append(true).mode(0o600).open(path)?)))
    }
}

impl CallSink for CallLog {
    fn record(&self, record: &CallRecord) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A line that cannot be written is lost: the call it tells of has been made.
        let _ = file.write_all(format!("{record}\n").as_bytes());
    }
}

impl fmt::Display for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = match self.channel {
            Channel::Codec => "codec",
            Channel::ObjectStore => "object_store",
            Channel::AwsConfig => "aws-config",
        };
        let Self { service, operation, account, region, attempt, at, outcome, price, .. } = self;
        let (took, id) = (self.took.as_millis(), one_word(self.request_id.as_deref().unwrap_or("-")));
        write!(f, "{at}\t{service}:{operation}\t{channel}\t{account}\t{region}\t{attempt}\t{took}ms\t{outcome}\t{id}\t{price}")
    }
}

/// What somebody else wrote, so that it can be neither more columns nor more lines, nor very long.
fn one_word(text: &str) -> String {
    const CHARACTERS_MAX: usize = 128;
    text.chars().take(CHARACTERS_MAX).map(|character| if character.is_ascii_graphic() { character } else { '?' }).collect()
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("good"),
            Self::Fault(code) => write!(f, "fault {}", one_word(code)),
            Self::Lost(why) => write!(f, "lost {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CallRecord, Outcome};
    use std::time::Duration;
    use tenor_money::Money;
    use tenor_permit::Channel;

    #[test]
    fn what_aws_answers_makes_no_line_of_its_own() {
        let record = CallRecord {
            service: "ec2".to_owned(),
            operation: "DescribeReservedInstances".to_owned(),
            channel: Channel::Codec,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            attempt: 1,
            at: "2025-01-01T00:00:00Z".parse().unwrap(),
            took: Duration::from_millis(12),
            outcome: Outcome::Fault("Denied\n2025-01-02T00:00:00Z\tec2:X".to_owned()),
            request_id: Some("a\tb\u{202e}c".to_owned()),
            price: Money::ZERO,
        };
        let line = "2025-01-01T00:00:00Z\tec2:DescribeReservedInstances\tcodec\t111122223333\teu-west-1\t1\t12ms\t\
            fault Denied?2025-01-02T00:00:00Z?ec2:X\ta?b?c\t0";
        assert_eq!(record.to_string(), line);
    }
}
