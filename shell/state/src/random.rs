//! Where random bytes come from: an argument, so that a test can say which they are. Nothing here guesses when there are none.

use ring::rand::SecureRandom as _;

/// A source of bytes that nobody can foretell.
pub trait Randomness {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// When there are none to be had; `bytes` are then of no use.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The operating system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes")]
pub struct NoRandomness;

/// The operating system's own source.
#[derive(Debug)]
pub struct SystemRandomness(ring::rand::SystemRandom);

impl SystemRandomness {
    /// Opens it.
    #[must_use]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRandomness {
    fn default() -> Self {
        Self::new()
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        self.0.fill(bytes).map_err(|_| NoRandomness)
    }
}
