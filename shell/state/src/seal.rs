//! Values at rest: encrypted, and bound to the row they stand in, so that one put into another row does not open.
//!
//! A sealed value is a version, a random nonce, and what ChaCha20-Poly1305 makes of the value with its place as associated data.

use crate::key::Key;
use crate::random::{NoRandomness, Randomness};
use ring::aead::{Aad, NONCE_LEN, Nonce};
use std::fmt;

/// The first byte of every sealed value.
const VERSION: u8 = 1;

/// A value that only the key opens, and only in its place. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sealed(Vec<u8>);

/// Where a sealed value stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// `table.column`.
    pub(crate) column: &'static str,
    /// The row's name.
    pub(crate) row: &'a str,
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Another version's, or no sealed value.
    #[error("it was not sealed by a Tenor that this one knows")]
    Unknown,
    /// It was changed, or stands in another row than it was sealed for, or the key is another.
    #[error("it was changed, or sealed for another row or with another key")]
    Refused,
}

impl Sealed {
    /// A sealed value as it was kept; whether it opens shows when it is opened.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What is kept.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(hidden)")
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of `{}`", self.column, self.row)
    }
}

impl Place<'_> {
    /// No column's name has a slash, so two places never make the same bytes.
    fn associated(&self) -> Aad<Vec<u8>> {
        Aad::from([self.column.as_bytes(), b"/", self.row.as_bytes()].concat())
    }
}

impl Key {
    /// Seals a value for its place, with a nonce drawn for it: 96 random bits, which is enough for some 2³² values.
    pub(crate) fn seal(&self, place: Place<'_>, value: &[u8], random: &dyn Randomness) -> Result<Sealed, NoRandomness> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce)?;
        let mut sealed = value.to_vec();
        let key = self.derive(&[b"values 1"]);
        let done = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), place.associated(), &mut sealed);
        done.expect("values are far below the cipher's limit");
        Ok(Sealed([&[VERSION], &nonce[..], &sealed].concat()))
    }

    /// Opens a value that was sealed for this place.
    pub(crate) fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<Vec<u8>, SealError> {
        let (nonce, value) = match sealed.0.split_first() {
            Some((&VERSION, rest)) => rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Refused)?,
            _ => return Err(SealError::Unknown),
        };
        let mut value = value.to_vec();
        let key = self.derive(&[b"values 1"]);
        let opened = key.open_in_place(Nonce::assume_unique_for_key(*nonce), place.associated(), &mut value);
        let length = opened.map_err(|_| SealError::Refused)?.len();
        value.truncate(length);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, SealError, Sealed};
    use crate::key::Key;
    use crate::tests::{Counting, NoBytes};

    const HERE: Place<'static> = Place { column: "connections.external_id", row: "prod" };

    fn sealed(value: &[u8]) -> Sealed {
        Key::new(&[7; 32]).seal(HERE, value, &Counting::new()).unwrap()
    }

    #[test]
    fn a_value_opens_in_its_place_with_its_key_alone() {
        let key = Key::new(&[7; 32]);
        assert_eq!(key.open(HERE, &sealed(b"secret")), Ok(b"secret".to_vec()));
        assert_eq!(key.open(HERE, &sealed(b"")), Ok(Vec::new()));
        assert_eq!(Key::new(&[8; 32]).open(HERE, &sealed(b"secret")), Err(SealError::Refused));
        for other in [Place { row: "dev", ..HERE }, Place { column: "connections.role", ..HERE }] {
            assert_eq!(key.open(other, &sealed(b"secret")), Err(SealError::Refused));
        }
    }

    #[test]
    fn a_sealed_value_is_what_the_specification_says() {
        // Computed from docs/spec/state.md by another implementation (Python's hmac and cryptography).
        let hex = sealed(b"secret").as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(hex, "010000000000000002000000035a9776b553c2ade107acd102114c7655e27c2f5c384d");
    }

    #[test]
    fn every_changed_byte_is_found() {
        let key = Key::new(&[7; 32]);
        let whole = sealed(b"secret");
        for at in 0..whole.as_bytes().len() {
            let mut changed = whole.as_bytes().to_vec();
            changed[at] ^= 1;
            assert!(key.open(HERE, &Sealed::from_bytes(changed)).is_err(), "byte {at}");
            assert!(key.open(HERE, &Sealed::from_bytes(whole.as_bytes()[..at].to_vec())).is_err(), "cut at {at}");
        }
        assert_eq!(key.open(HERE, &Sealed::from_bytes(vec![2; 40])), Err(SealError::Unknown));
    }

    #[test]
    fn the_same_value_is_sealed_otherwise_each_time_and_never_shown() {
        let (key, random) = (Key::new(&[7; 32]), Counting::new());
        let one = key.seal(HERE, b"secret", &random).unwrap();
        let other = key.seal(HERE, b"secret", &random).unwrap();
        assert_ne!(one, other);
        assert_eq!(format!("{one:?} {key:?}"), "Sealed(hidden) Key(hidden)");
        assert!(!one.as_bytes().windows(6).any(|bytes| bytes == b"secret"));
    }

    #[test]
    fn nothing_is_sealed_without_randomness() {
        let error = Key::new(&[7; 32]).seal(HERE, b"secret", &NoBytes).unwrap_err();
        assert_eq!(error.to_string(), "the operating system gives no random bytes");
    }
}
