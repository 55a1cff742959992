//! Moments in an entry: UTC with nine decimals always, so that equal moments are equal bytes and later ones sort later.

use jiff::Timestamp;
use std::fmt;
use std::str::FromStr;

/// A moment as it stands in an entry: `2026-01-02T03:04:05.000000000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub Timestamp);

/// A text that is no moment, or not in the one form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a moment in UTC with nine decimals")]
pub struct MomentError(String);

crate::serial::as_text!(Moment);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.9}", self.0)
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let wrong = || MomentError(text.chars().take(40).collect());
        let moment = text.parse().map(Self).map_err(|_| wrong())?;
        // Another offset, or fewer decimals, would be the same moment in other bytes.
        if moment.to_string() == text { Ok(moment) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;
    use jiff::Timestamp;

    #[test]
    fn a_moment_has_one_form() {
        let text = "2026-01-02T03:04:05.000000000Z";
        assert_eq!(Moment("2026-01-02T03:04:05Z".parse().unwrap()).to_string(), text);
        for moment in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert_eq!(Moment(moment).to_string().parse(), Ok(Moment(moment)));
        }
        for bad in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.0000000000Z", "2026-01-02T04:04:05.000000000+01:00", "yesterday"] {
            let error = bad.parse::<Moment>().unwrap_err().to_string();
            assert_eq!(error, format!("`{bad}` is not a moment in UTC with nine decimals"));
        }
    }
}
