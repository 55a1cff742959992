//! Words in an entry: one line, not long, and nothing that a terminal would obey.

use std::fmt;
use std::str::FromStr;

/// A text has no more characters.
pub const TEXT_CHARACTERS_MAX: usize = 400;

/// One line of 1 to 400 characters without control characters: a name, a code, a reason. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

/// A text that cannot stand in an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot stand in the ledger: 1 to 400 characters, none of them a control character")]
pub struct TextError(String);

crate::serial::as_text!(Text);

impl Text {
    /// What of any text can stand in an entry: control characters become spaces, a longer text ends in `…`, an empty one is `-`.
    ///
    /// What others say of what money did is recorded however they say it, so this refuses nothing.
    #[must_use]
    pub fn fitted(text: &str) -> Self {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let mut fitted: String = text.chars().take(TEXT_CHARACTERS_MAX).map(plain).collect();
        if text.chars().nth(TEXT_CHARACTERS_MAX).is_some() {
            fitted.pop();
            fitted.push('…');
        }
        if fitted.is_empty() { Self("-".to_owned()) } else { Self(fitted) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if fits(text) { Ok(Self(text.to_owned())) } else { Err(TextError(Self::fitted(text).0)) }
    }
}

/// Whether fitting would change nothing.
fn fits(text: &str) -> bool {
    let plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || !text.chars().any(char::is_control);
    // No text has more characters than bytes.
    let short = text.len() <= TEXT_CHARACTERS_MAX || text.chars().nth(TEXT_CHARACTERS_MAX).is_none();
    !text.is_empty() && plain && short
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{TEXT_CHARACTERS_MAX, Text};

    #[test]
    fn what_does_not_fit_is_refused_or_fitted() {
        let long = "ü".repeat(TEXT_CHARACTERS_MAX);
        assert_eq!(long.parse::<Text>().unwrap().as_str(), long);
        for (bad, fitted) in [
            ("", "-".to_owned()),
            ("a\nb\u{7f}", "a b ".to_owned()),
            ("ü\u{85}", "ü ".to_owned()),
            (&format!("{long}ü"), {
                let mut cut: String = long.chars().skip(1).collect();
                cut.push('…');
                cut
            }),
        ] {
            assert_eq!(Text::fitted(bad).as_str(), fitted);
            let error = bad.parse::<Text>().unwrap_err().to_string();
            assert_eq!(error, format!("`{fitted}` cannot stand in the ledger: 1 to 400 characters, none of them a control character"));
        }
    }
}
