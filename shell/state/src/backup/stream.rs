//! A long text sealed in blocks: each at its place, the last one marked, so that nothing can be changed, moved, cut or added unseen.
//!
//! A head (`tenor-backup 1`, a line feed, 32 random bytes, a check of the key), then blocks of a mebibyte with a tag of 16 bytes each; only the
//! last is shorter. Every file has a key of its own, derived from the home's and its random bytes, so nonces are simply counted.

use super::BackupError;
use crate::key::Key;
use crate::random::Randomness;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce};
use std::io::{self, Read, Write};

/// What a block holds before it is sealed.
const BLOCK_BYTES: usize = 1 << 20;
/// What sealing adds to a block.
const TAG_BYTES: usize = 16;
const MAGIC: &[u8; 15] = b"tenor-backup 1\n";
const SALT_BYTES: usize = 32;
const HEAD_BYTES: usize = MAGIC.len() + SALT_BYTES + TAG_BYTES;

/// What a nonce is for; each number and kind is used once for a file's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Check = 0,
    More = 1,
    Last = 2,
}

/// Seals all of `from` into `to`.
pub(super) fn seal(key: &Key, from: &mut dyn Read, to: &mut dyn Write, random: &dyn Randomness) -> Result<(), BackupError> {
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt)?;
    let key = file_key(key, &salt);
    let mut check = Vec::new();
    seal_block(&key, 0, Kind::Check, &mut check);
    to.write_all(&[MAGIC, &salt[..], &check].concat())?;
    let (mut block, mut number) = (read_block(from, BLOCK_BYTES)?, 1);
    loop {
        // Whether a block is the last shows when the next is read.
        let next = if block.len() == BLOCK_BYTES { read_block(from, BLOCK_BYTES)? } else { Vec::new() };
        let kind = if next.is_empty() { Kind::Last } else { Kind::More };
        seal_block(&key, number, kind, &mut block);
        to.write_all(&block)?;
        if kind == Kind::Last {
            return Ok(to.flush()?);
        }
        block = next;
        number += 1;
    }
}

/// Opens all of `from` into `to`. What is written before an error is of no use.
pub(super) fn open(key: &Key, from: &mut dyn Read, to: &mut dyn Write) -> Result<(), BackupError> {
    let head = read_block(from, HEAD_BYTES)?;
    let rest = head.strip_prefix(MAGIC).ok_or(BackupError::Unknown)?;
    let (salt, check) = rest.split_first_chunk::<SALT_BYTES>().ok_or(BackupError::Damaged { block: 1 })?;
    let key = file_key(key, salt);
    open_block(&key, 0, Kind::Check, &mut check.to_vec()).ok_or(BackupError::WrongKey)?;
    let sealed_bytes = BLOCK_BYTES + TAG_BYTES;
    let (mut block, mut number) = (read_block(from, sealed_bytes)?, 1);
    loop {
        let next = if block.len() == sealed_bytes { read_block(from, sealed_bytes)? } else { Vec::new() };
        let kind = if next.is_empty() { Kind::Last } else { Kind::More };
        let opened = open_block(&key, number, kind, &mut block).ok_or(BackupError::Damaged { block: number })?;
        to.write_all(opened)?;
        if kind == Kind::Last {
            return Ok(to.flush()?);
        }
        block = next;
        number += 1;
    }
}

fn file_key(key: &Key, salt: &[u8; SALT_BYTES]) -> LessSafeKey {
    debug_assert_eq!(CHACHA20_POLY1305.tag_len(), TAG_BYTES);
    key.derive(&[b"backup 1", salt])
}

fn nonce(number: u64, kind: Kind) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[8] = kind as u8;
    Nonce::assume_unique_for_key(bytes)
}

fn seal_block(key: &LessSafeKey, number: u64, kind: Kind, block: &mut Vec<u8>) {
    let done = key.seal_in_place_append_tag(nonce(number, kind), Aad::from(MAGIC), block);
    done.expect("a block is far below the cipher's limit");
}

fn open_block<'a>(key: &LessSafeKey, number: u64, kind: Kind, block: &'a mut [u8]) -> Option<&'a [u8]> {
    key.open_in_place(nonce(number, kind), Aad::from(MAGIC), block).ok().map(|opened| &*opened)
}

/// As many bytes, or all there still are.
fn read_block(from: &mut dyn Read, bytes: usize) -> io::Result<Vec<u8>> {
    let mut block = Vec::new();
    from.take(bytes as u64).read_to_end(&mut block)?;
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, HEAD_BYTES, TAG_BYTES, open, seal};
    use crate::backup::BackupError;
    use crate::key::Key;
    use crate::tests::Counting;

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(&Key::new(&[7; 32]), &mut &plain[..], &mut out, &Counting::new()).unwrap();
        out
    }

    fn opened(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        open(&Key::new(&[7; 32]), &mut &bytes[..], &mut out).map(|()| out).map_err(|error: BackupError| error.to_string())
    }

    fn text(bytes: usize) -> Vec<u8> {
        (0..bytes).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    #[test]
    fn any_length_is_read_back() {
        for bytes in [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 2 * BLOCK_BYTES] {
            let plain = text(bytes);
            let whole = sealed(&plain);
            let blocks = bytes.div_ceil(BLOCK_BYTES).max(1);
            assert_eq!(whole.len(), HEAD_BYTES + bytes + blocks * TAG_BYTES);
            assert!(opened(&whole).unwrap() == plain, "{bytes} bytes");
        }
    }

    #[test]
    fn a_backup_is_what_the_specification_says() {
        // Computed from docs/spec/state.md by another implementation (Python's hmac and cryptography).
        let whole = sealed(b"state");
        let hex = whole[15..].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
        insta::assert_snapshot!(hex.chunks(32).map(<[_]>::concat).collect::<Vec<_>>().join("\n"), @"
        0000000000000002000000000000000300000000000000040000000000000005
        678010b67a315faaad9353c203684406d5faca0ca16db84c736e00149ce2b2d9
        4d234b001e
        ");
    }

    #[test]
    fn every_changed_byte_of_a_short_one_is_found() {
        let whole = sealed(b"state");
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            opened(&changed).unwrap_err();
            opened(&whole[..at]).unwrap_err();
        }
        opened(&[&whole[..], b"x"].concat()).unwrap_err();
    }

    #[test]
    fn blocks_cannot_be_cut_off_or_exchanged() {
        let whole = sealed(&text(2 * BLOCK_BYTES + 5));
        let (head, blocks) = whole.split_at(HEAD_BYTES);
        let [one, two, last] = blocks.chunks(BLOCK_BYTES + TAG_BYTES).collect::<Vec<_>>()[..] else { panic!("three blocks") };
        assert_eq!(opened(&[head, one, two].concat()), Err("it is damaged in block 2".to_owned()));
        assert_eq!(opened(&[head, two, one, last].concat()), Err("it is damaged in block 1".to_owned()));
        assert_eq!(opened(&[head, one, last].concat()), Err("it is damaged in block 2".to_owned()));
        assert_eq!(opened(head), Err("it is damaged in block 1".to_owned()));
    }

    #[test]
    fn another_file_and_another_key_are_told_apart() {
        assert_eq!(opened(b"SQLite format 3"), Err("it is not a backup that this Tenor knows".to_owned()));
        let error = open(&Key::new(&[8; 32]), &mut &sealed(b"state")[..], &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "the key is not the one that the backup was made with");
    }

    #[test]
    fn the_same_state_is_sealed_otherwise_each_time() {
        let random = Counting::new();
        let again = || {
            let mut out = Vec::new();
            seal(&Key::new(&[7; 32]), &mut &b"state"[..], &mut out, &random).unwrap();
            out
        };
        assert_ne!(again(), again());
    }
}
