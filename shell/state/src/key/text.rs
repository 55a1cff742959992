//! A key as people and programs write it: 32 bytes, 64 hexadecimal digits, or base64. Errors never say what was read.

use super::{KEY_BYTES, KeyError};

/// A key that a file holds or a command prints: 32 bytes as they are, or text.
pub(super) fn read(place: &str, bytes: &[u8]) -> Result<[u8; KEY_BYTES], KeyError> {
    if let Ok(key) = bytes.try_into() {
        return Ok(key);
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let malformed = |why| KeyError::Malformed { place: place.to_owned(), why };
    match bytes.len() {
        0 => Err(malformed("it is empty")),
        64 => hex(bytes).ok_or_else(|| malformed("it has characters that are no hexadecimal digits")),
        44 => base64(bytes).ok_or_else(|| malformed("it is not 32 bytes in base64")),
        _ => Err(malformed("it is neither 32 bytes nor 64 hexadecimal digits nor 44 characters of base64")),
    }
}

/// A key in an environment variable: 64 hexadecimal digits.
pub(super) fn read_hex(place: &str, text: &str) -> Result<[u8; KEY_BYTES], KeyError> {
    hex(text.as_bytes()).ok_or_else(|| KeyError::Malformed { place: place.to_owned(), why: "it is not 64 hexadecimal digits" })
}

fn hex(text: &[u8]) -> Option<[u8; KEY_BYTES]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| u8::try_from(digit).expect("below 16"));
    let mut key = [0; KEY_BYTES];
    if text.len() != 2 * KEY_BYTES {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(text.chunks(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(key)
}

/// 43 digits of 6 bits and one `=`: 256 bits and two that have to be nothing.
fn base64(text: &[u8]) -> Option<[u8; KEY_BYTES]> {
    let digits = text.strip_suffix(b"=").filter(|digits| digits.len() == 43)?;
    let (mut held, mut bits, mut key) = (0_u32, 0, Vec::with_capacity(KEY_BYTES));
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            key.push(u8::try_from(held >> bits).expect("what was above is cut off"));
            held &= (1 << bits) - 1;
        }
    }
    if held == 0 { key.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{read, read_hex};

    const KEY: [u8; 32] = *b"0123456789abcdef\x00\xff\xfe\xfd+/qrstuvwxyz";

    fn why(bytes: &[u8]) -> String {
        read("the key", bytes).unwrap_err().to_string()
    }

    #[test]
    fn a_key_is_read_in_three_ways() {
        let hex = KEY.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let base64 = "MDEyMzQ1Njc4OWFiY2RlZgD//v0rL3Fyc3R1dnd4eXo=";
        assert_eq!(read("x", &KEY).unwrap(), KEY);
        for text in [hex.clone(), hex.to_uppercase(), format!("{hex}\n"), base64.to_owned(), format!("{base64}\r\n")] {
            assert_eq!(read("x", text.as_bytes()).unwrap(), KEY, "{text}");
        }
        assert_eq!(read_hex("x", &hex).unwrap(), KEY);
    }

    #[test]
    fn what_is_no_key_is_not_shown() {
        assert_eq!(why(b""), "the key is no key: it is empty");
        assert_eq!(why(&[b'g'; 64]), "the key is no key: it has characters that are no hexadecimal digits");
        let neither = "the key is no key: it is neither 32 bytes nor 64 hexadecimal digits nor 44 characters of base64";
        for bad in [&[b'a'; 31][..], &[b'a'; 33], &[b'a'; 66], b"\n\n"] {
            assert_eq!(why(bad), neither);
        }
        // Not base64; a byte too few; bits beyond the last byte.
        for bad in ["MDEyMzQ1Njc4OWFiY2RlZgD//v0rL3Fyc3R1dnd4eX-=", &format!("{}==", "A".repeat(42)), &format!("{}B=", "A".repeat(42))] {
            assert_eq!(why(bad.as_bytes()), "the key is no key: it is not 32 bytes in base64", "{bad}");
        }
        let error = read_hex("TENOR_KEY", "correct horse").unwrap_err();
        assert_eq!(error.to_string(), "TENOR_KEY is no key: it is not 64 hexadecimal digits");
        assert_eq!(error.hint(), "a key is 32 bytes: as they are, as 64 hexadecimal digits, or in base64");
    }
}
