//! Hashes, keys and signatures: bytes of a fixed number, which are written as hexadecimal digits in lower case and do not mix.

use ring::digest::{Context, SHA256, digest};
use std::fmt;
use std::str::FromStr;

/// A text that is not the hexadecimal form of what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: {digits} hexadecimal digits, in lower case")]
pub struct BytesError {
    what: &'static str,
    digits: usize,
    text: String,
}

/// A longer text is cut where an error repeats it.
const SHOWN_CHARACTERS_MAX: usize = 130;

macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $count:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $count]);

        impl $name {
            /// It, from its bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $count]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $count] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut digits = [0; 2 * $count];
                write_hex(&self.0, &mut digits);
                f.pad(std::str::from_utf8(&digits).expect("hexadecimal digits are text"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = BytesError;

            fn from_str(text: &str) -> Result<Self, BytesError> {
                let bytes = read_hex::<$count>(text.as_bytes());
                let shown = || text.chars().take(SHOWN_CHARACTERS_MAX).collect();
                bytes.map(Self).ok_or_else(|| BytesError { what: $what, digits: 2 * $count, text: shown() })
            }
        }

        crate::serial::as_text!($name);
    };
}

fixed_bytes!(
    /// SHA-256 of an entry's bytes: what the next entry names as its predecessor.
    EntryHash, 32, "the hash of an entry"
);
fixed_bytes!(
    /// The hash of some content that an entry speaks of; whoever makes the content says by which function.
    ContentHash, 32, "the hash of a content"
);
fixed_bytes!(
    /// A proposal, by the hash of its document.
    ProposalId, 32, "the id of a proposal"
);
fixed_bytes!(
    /// An order, by the hash of its content.
    OrderId, 32, "the id of an order"
);
fixed_bytes!(
    /// Half of an ed25519 key: what signatures are checked with. It names its owner in the ledger.
    PublicKey, 32, "a public key"
);
fixed_bytes!(
    /// An ed25519 signature.
    Signature, 64, "a signature"
);

impl EntryHash {
    /// The hash of an entry's bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl ContentHash {
    /// SHA-256 of a content.
    #[must_use]
    pub fn sha256(content: &[u8]) -> Self {
        Self(*EntryHash::of(content).as_bytes())
    }
}

/// SHA-256 of a content that comes in pieces.
#[derive(Clone)]
pub struct ContentHasher(Context);

impl fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentHasher")
    }
}

impl Default for ContentHasher {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl ContentHasher {
    /// Takes the next piece.
    pub fn take(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all pieces, one after the other.
    ///
    /// # Panics
    /// Never: SHA-256 has 32 bytes.
    #[must_use]
    pub fn finish(self) -> ContentHash {
        ContentHash(self.0.finish().as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

/// Writes two digits for each byte.
pub(crate) fn write_hex(bytes: &[u8], digits: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (byte, pair) in bytes.iter().zip(digits.chunks_exact_mut(2)) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// Reads exactly so many bytes from digits in lower case.
pub(crate) fn read_hex<const COUNT: usize>(digits: &[u8]) -> Option<[u8; COUNT]> {
    if digits.len() != 2 * COUNT {
        return None;
    }
    let (mut bytes, mut seen) = ([0; COUNT], 0);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    (seen < NO_DIGIT).then_some(bytes)
}

/// What [`VALUES`] has for a byte that is no digit: a bit that no digit's value has.
const NO_DIGIT: u8 = 16;

/// What each byte is as a digit: verifying reads hundreds of them a line.
const VALUES: [u8; 256] = {
    let (mut values, mut value) = ([NO_DIGIT; 256], 0);
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use super::{ContentHash, ContentHasher, OrderId, read_hex};

    #[test]
    fn pieces_have_the_hash_of_the_whole() {
        let mut hasher = ContentHasher::default();
        ["a", "", "bc"].into_iter().for_each(|piece| hasher.take(piece.as_bytes()));
        assert_eq!(hasher.finish(), ContentHash::sha256(b"abc"));
    }

    #[test]
    fn sixteen_bytes_are_digits() {
        let digits: String = (0..=255_u8).filter(|byte| read_hex::<1>(&[b'0', *byte]).is_some()).map(char::from).collect();
        assert_eq!(digits, "0123456789abcdef");
        assert!((0..=255_u8).all(|byte| read_hex::<1>(&[byte, b'0']).is_some() == digits.contains(char::from(byte))));
        assert_eq!(read_hex(b"f00f"), Some([0xf0, 0x0f]));
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let hash = ContentHash::sha256(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse(), Ok(hash));
        for bad in ["", &text[1..], &text.to_uppercase(), &format!("{text}0"), &text.replace('b', "g")] {
            let error = bad.parse::<OrderId>().unwrap_err().to_string();
            assert_eq!(error, format!("`{bad}` is not the id of an order: 64 hexadecimal digits, in lower case"));
        }
    }
}
