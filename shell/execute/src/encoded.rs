//! What the ledger and orders name by the hash of its one line of JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tenor_ledger::ContentHash;

/// A document with one encoding.
pub trait Encoded: Serialize + DeserializeOwned {
    /// The format that this version knows.
    const FORMAT: u32;

    /// The format that it says it has.
    fn format(&self) -> u32;

    /// Reads an encoding.
    ///
    /// # Errors
    /// When it is none, in words.
    fn read(encoding: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(encoding).map_err(|error| error.to_string())?;
        let known = Self::FORMAT;
        if read.format() == known { Ok(read) } else { Err(format!("its format is {}, and this Tenor knows {known}", read.format())) }
    }

    /// JSON in one line.
    fn encode(&self) -> String {
        serde_json::to_string(self).expect("members are texts and numbers")
    }

    /// By what it is named: SHA-256 of its encoding.
    fn hash(&self) -> ContentHash {
        ContentHash::sha256(self.encode().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Encoded;
    use crate::Snapshot;
    use std::collections::BTreeMap;
    use tenor_ledger::Moment;

    #[test]
    fn a_document_is_read_as_it_was_written_and_of_no_other_format() {
        let written = Snapshot::new(Moment("2026-01-05T12:00:00Z".parse().unwrap()), BTreeMap::new());
        let text = written.encode();
        assert_eq!(text, r#"{"inventory":1,"at":"2026-01-05T12:00:00.000000000Z","places":[]}"#);
        assert_eq!(Snapshot::read(&text), Ok(written));
        let newer = Snapshot::read(&text.replace(":1,", ":2,")).unwrap_err();
        assert_eq!(newer, "its format is 2, and this Tenor knows 1");
        assert!(Snapshot::read(&text.replace("places", "rooms")).is_err());
    }
}
