//! A share of something as its owner writes it: `80%`.

use std::fmt;
use std::str::FromStr;
use tenor_money::{Decimal, Money, Rounding};

/// Millionths of a whole; from nothing to everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Portion(u32);

/// Why a text is no portion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a share: write it as `80%`, from 0% to 100%, with at most 4 decimals")]
pub struct NotAPortion(String);

impl Portion {
    /// Everything.
    pub const WHOLE: Self = Self(1_000_000);
    /// Nothing.
    pub const NOTHING: Self = Self(0);

    /// So many millionths; none above the whole.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths > Self::WHOLE.0 { None } else { Some(Self(millionths)) }
    }

    /// Its millionths.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// So much of an amount.
    #[must_use]
    pub fn of(self, amount: Money, rounding: Rounding) -> Money {
        amount.share(i128::from(self.0), i128::from(Self::WHOLE.0), rounding)
    }
}

impl FromStr for Portion {
    type Err = NotAPortion;

    fn from_str(text: &str) -> Result<Self, NotAPortion> {
        let wrong = || NotAPortion(text.chars().take(40).collect());
        let number = text.trim().strip_suffix('%').ok_or_else(wrong)?;
        let decimal = Decimal::parse(number.trim().as_bytes()).map_err(|_| wrong())?;
        // A percent is 10,000 millionths; amounts count 10⁻¹².
        let unit = tenor_money::SCALE / 10_000;
        let (millionths, rest) = (decimal.units / unit, decimal.units % unit);
        let whole = u32::try_from(millionths).ok().filter(|_| rest == 0).ok_or_else(wrong)?;
        Self::from_millionths(whole).ok_or_else(wrong)
    }
}

impl fmt::Display for Portion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        let decimals = format!("{rest:04}");
        match decimals.trim_end_matches('0') {
            "" => f.pad(&format!("{whole}%")),
            decimals => f.pad(&format!("{whole}.{decimals}%")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Portion;

    #[test]
    fn shares_are_read_as_they_are_written() {
        let told = |text: &str| text.parse::<Portion>().map(|portion| portion.to_string()).unwrap_or_else(|error| error.to_string());
        assert_eq!(["80%", "0%", "100%", "12.5 %", "0.0001%"].map(told), ["80%", "0%", "100%", "12.5%", "0.0001%"]);
        for bad in ["", "80", "0.8", "101%", "-1%", "0.00001%", "x%"] {
            assert!(told(bad).contains("is not a share"), "{bad}");
        }
    }
}
