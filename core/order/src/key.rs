//! By what AWS knows a step's call again: derived from order and step, so that every process that ever sends it sends the same.

use crate::order::{Order, Step};
use std::fmt;
use tenor_ledger::ContentHash;
use tenor_permit::{MoneyEffect, Retry};

/// By what AWS knows a step's call again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An idempotency token: a UUID in version 4's form, which Redshift Serverless asks for and everyone takes. Source: `aws-rules` 7.2.
    Token(String),
    /// The name of what is bought: `tenor-` and 24 hexadecimal digits, which fits every service. Source: `aws-rules` 7.2.
    Name(String),
}

impl Key {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Token(text) | Self::Name(text) => text,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Order {
    /// The key of one of its steps; none where AWS takes none, or knows the call by what it changes.
    #[must_use]
    pub fn key(&self, step: &Step) -> Option<Key> {
        let operation = step.operation()?;
        let hash = ContentHash::sha256(format!("tenor step 1\n{}\n{}\n", self.id(), step.number).as_bytes());
        match operation.retry {
            Retry::Token { .. } => Some(Key::Token(uuid(hash.as_bytes()))),
            Retry::NaturalKey { .. } if operation.money == MoneyEffect::Spends => {
                Some(Key::Name(format!("tenor-{:.24}", hash.to_string())))
            }
            Retry::NaturalKey { .. } | Retry::Never | Retry::Read => None,
        }
    }
}

/// The first 16 bytes of a hash as a UUID of version 4 (RFC 9562, 5.4).
fn uuid(hash: &[u8; 32]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}
