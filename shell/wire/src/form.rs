//! Percent-encoding, and forms: `Action=X&Filter.1.Name=y`.

use crate::message::DEPTH_MAX;
use std::collections::BTreeMap;

/// Names and values, each percent-encoded but for AWS's unreserved characters.
pub(crate) fn encode(pairs: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        escape(name, false, &mut text);
        text.push('=');
        escape(value, false, &mut text);
    }
    text
}

/// Percent-encodes all but letters, digits, `-`, `_`, `.`, `~`, and the slash where it is `kept`.
pub(crate) fn escape(text: &str, keep_slash: bool, into: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || (keep_slash && byte == b'/') {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(HEX[usize::from(byte >> 4)]));
            into.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Names and values of a form; none when it is not percent-encoded UTF-8.
pub(crate) fn decode(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| Some((unescape(name, true)?, unescape(value, true)?)))
        .collect()
}

/// Undoes percent-encoding; `+` is a space in forms only.
pub(crate) fn unescape(text: &str, is_form: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => u8::try_from(hex(rest.next()?)? * 16 + hex(rest.next()?)?).ok()?,
            b'+' if is_form => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// A form as the tree that its dotted names describe.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) value: Option<String>,
    pub(crate) children: BTreeMap<String, Tree>,
}

impl Tree {
    /// None when a name is nested too deeply.
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Option<Self> {
        let mut tree = Self::default();
        for (name, value) in pairs {
            if name.split('.').count() > 2 * DEPTH_MAX {
                return None;
            }
            name.split('.').fold(&mut tree, |tree, part| tree.children.entry(part.to_owned()).or_default()).value = Some(value);
        }
        Some(tree)
    }

    /// Children named by numbers, in their order.
    pub(crate) fn numbered(&self) -> Vec<&Self> {
        let mut items = self.children.iter().filter_map(|(name, child)| Some((name.parse::<u32>().ok()?, child))).collect::<Vec<_>>();
        items.sort_by_key(|(number, _)| *number);
        items.into_iter().map(|(_, child)| child).collect()
    }

    /// The child under a dotted name.
    pub(crate) fn at(&self, name: &str) -> Option<&Self> {
        name.split('.').try_fold(self, |tree, part| tree.children.get(part))
    }
}
