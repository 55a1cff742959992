//! 256 random bits that let somebody in: of a link, a session or a token.

use crate::random::{NoRandomness, Randomness};
use ring::digest::{SHA256, digest};
use std::fmt;

const BYTES: usize = 32;

/// 256 random bits, in 64 hexadecimal digits where they are given out. Never kept, shown or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Draws one.
    ///
    /// # Errors
    /// When there are no random bytes.
    pub fn draw(random: &dyn Randomness) -> Result<Self, NoRandomness> {
        let mut bytes = [0; BYTES];
        random.fill(&mut bytes)?;
        Ok(Self(hex(&bytes)))
    }

    /// Reads what somebody brought; nothing where it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == 2 * BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_one.then(|| Self(text.to_owned()))
    }

    /// The digits, for whoever they were drawn for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Another secret, which this one tells and which does not tell this one.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self(hex(digest(&SHA256, format!("{purpose}\n{}\n", self.0).as_bytes()).as_ref()))
    }

    /// What is kept of it.
    pub(crate) fn hash(&self) -> String {
        hex(digest(&SHA256, self.0.as_bytes()).as_ref())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
