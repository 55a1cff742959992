//! Chance from a seed: stateless hashes, so that any hour can be made without the hours before it.
//!
//! Never reads a clock or the system's entropy; the mixing function is `SplitMix64`'s.

/// A number that looks random and depends on every word of `key`.
pub(crate) fn hash(key: &[u64]) -> u64 {
    key.iter().fold(0x51_7c_c1_b7_27_22_0a_95, |state, word| mix(state ^ mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15))))
}

/// A number in `0..bound` that depends on every word of `key`.
pub(crate) fn below(bound: u64, key: &[u64]) -> u64 {
    // The bias of a product against 2^64 is far below anything a bill could show.
    ((u128::from(hash(key)) * u128::from(bound.max(1))) >> 64) as u64
}

/// `length` characters of lower-case base 32, as AWS writes line item ids.
pub(crate) fn base32(length: usize, key: u64) -> String {
    let mut text = Vec::with_capacity(length);
    push_base32(&mut text, length, key);
    String::from_utf8(text).expect("the alphabet is ASCII")
}

/// Appends what [`base32`] returns.
pub(crate) fn push_base32(out: &mut Vec<u8>, length: usize, key: u64) {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut state = key;
    let mut left = 0;
    for _ in 0..length {
        if left == 0 {
            state = mix(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
            left = 12;
        }
        left -= 1;
        out.push(ALPHABET[((state >> (5 * left)) & 31) as usize]);
    }
}

/// `length` hexadecimal digits, as AWS writes resource ids.
pub(crate) fn hex(length: usize, key: &[u64]) -> String {
    let (high, low) = (hash(key), mix(hash(key)));
    format!("{high:016x}{low:016x}")[..length.min(32)].to_owned()
}

/// A version 4 UUID in form, from the seed in substance.
pub(crate) fn uuid(key: &[u64]) -> String {
    let digits = hex(32, key);
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32])
}

fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::{base32, below, hash, uuid};

    #[test]
    fn the_same_key_gives_the_same_chance_and_another_key_another() {
        assert_eq!(hash(&[1, 2]), hash(&[1, 2]));
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        assert!((0..1000).all(|n| below(10, &[n]) < 10));
        assert_eq!(base32(52, 7).len(), 52);
        assert_eq!(uuid(&[1]).len(), 36);
    }
}
