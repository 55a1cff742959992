//! Keys that sign: ed25519 (RFC 8032).

use crate::bytes::{PublicKey, Signature};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use std::fmt;

/// A key that can sign. `Debug` shows its public half alone.
pub struct SigningKey(Ed25519KeyPair);

/// A signature that this key did not make, or not over these bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not one of the key {key} over these bytes")]
pub struct NotSigned {
    /// Whose it should be.
    pub key: PublicKey,
}

impl SigningKey {
    /// The key of 32 secret bytes, which nobody can foretell.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed has 32 bytes"))
    }

    /// What its signatures are checked with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.0.public_key().as_ref().try_into().expect("a public key has 32 bytes"))
    }

    /// Signs bytes; the same bytes have the same signature.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(bytes).as_ref().try_into().expect("a signature has 64 bytes"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public())
    }
}

impl PublicKey {
    /// Whether the signature is this key's over exactly these bytes.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, bytes: &[u8], signature: &Signature) -> Result<(), NotSigned> {
        let key = UnparsedPublicKey::new(&ED25519, self.as_bytes());
        key.verify(bytes, signature.as_bytes()).map_err(|_| NotSigned { key: *self })
    }
}

#[cfg(test)]
mod tests {
    use super::SigningKey;
    use crate::bytes::{Signature, read_hex};

    #[test]
    fn signatures_are_those_of_rfc_8032() {
        // Section 7.1, test 3.
        let key = SigningKey::from_seed(&read_hex(b"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7").unwrap());
        let public = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025";
        assert_eq!(key.public().to_string(), public);
        assert_eq!(format!("{key:?}"), format!("SigningKey(of {public})"));
        let signature = key.sign(&[0xaf, 0x82]);
        let expected = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";
        assert_eq!(signature.to_string(), expected);
        assert_eq!(key.public().check(&[0xaf, 0x82], &signature), Ok(()));
        let error = key.public().check(&[0xaf, 0x83], &signature).unwrap_err();
        assert_eq!(error.to_string(), format!("the signature is not one of the key {public} over these bytes"));
        for at in 0..64 {
            let mut changed = *signature.as_bytes();
            changed[at] ^= 1;
            assert!(key.public().check(&[0xaf, 0x82], &Signature::from_bytes(changed)).is_err());
        }
    }
}
