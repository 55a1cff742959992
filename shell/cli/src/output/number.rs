//! Numbers as people read them: thousands apart, as many decimals as tell something.

use tenor_money::{Money, Rounding};

/// Decimals to show for a column of amounts: two where there are whole dollars, more where all are small.
pub(super) fn decimals(amounts: impl Iterator<Item = Money>) -> u32 {
    let largest = amounts.map(Money::abs).max().unwrap_or(Money::ZERO).units();
    match largest {
        0 => 2,
        // The units are 10⁻¹²: one whole, a hundredth, a millionth.
        1_000_000_000_000.. => 2,
        10_000_000_000.. => 4,
        1_000_000.. => 8,
        _ => 12,
    }
}

/// `-12,345.60` for -12345.6 at two decimals; rounded half-even.
pub(super) fn amount(amount: Money, decimals: u32) -> String {
    let rounded = amount.round_to(decimals, Rounding::HalfEven);
    let text = rounded.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if rounded < Money::ZERO { "-" } else { "" };
    let width = decimals as usize;
    let point = if width == 0 { "" } else { "." };
    format!("{sign}{}{point}{fraction:0<width$}", thousands(whole))
}

/// `1,234,567` for 1234567.
pub(super) fn thousands(digits: &str) -> String {
    let first = (digits.len() + 2) % 3 + 1;
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at % 3 == first % 3 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{amount, decimals, thousands};
    use tenor_money::Money;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_rounded_and_their_thousands_set_apart() {
        let show = |text, decimals| amount(money(text), decimals);
        assert_eq!(show("1234567.895", 2), "1,234,567.90");
        assert_eq!(show("-12345.6", 2), "-12,345.60");
        assert_eq!(show("-0.001", 2), "0.00");
        assert_eq!(show("999.5", 0), "1,000");
        assert_eq!(["1", "12", "123", "1234", "123456"].map(thousands), ["1", "12", "123", "1,234", "123,456"]);
    }

    #[test]
    fn small_columns_show_more_decimals() {
        let of = |texts: &[&str]| decimals(texts.iter().map(|text| money(text)));
        assert_eq!([of(&[]), of(&["0.001", "-5"]), of(&["0.5"]), of(&["0.00001"]), of(&["-0.0000000001"])], [2, 2, 4, 8, 12]);
    }
}
