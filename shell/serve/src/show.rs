//! Figures as people read them: thousands apart, two decimals, percent; hashes cut short.

use tenor_cover::inventory::Ratio;
use tenor_money::{Money, Rounding, div_round};

/// What stands where nothing can be said.
pub(crate) const NOTHING: &str = "–";
/// A hash is cut to so many digits.
const SHOWN_DIGITS: usize = 12;

/// `-12,345.60`, rounded half-even; four decimals or more where all of it is less than a cent.
pub(crate) fn amount(amount: Money) -> String {
    let is_small = !amount.is_zero() && amount.round_to(2, Rounding::HalfEven).is_zero();
    let decimals = if is_small { 6 } else { 2 };
    let rounded = amount.round_to(decimals, Rounding::HalfEven);
    let text = rounded.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if rounded < Money::ZERO { "−" } else { "" };
    format!("{sign}{}.{fraction:0<width$}", thousands(whole), width = decimals as usize)
}

/// `0.821`, `-12,345.60`: to the last digit, and two decimals at least; for what is signed.
pub(crate) fn exact(amount: Money) -> String {
    let text = amount.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if amount < Money::ZERO { "−" } else { "" };
    format!("{sign}{}.{fraction:0<2}", thousands(whole))
}

/// [`amount`] where there is one.
pub(crate) fn maybe(value: Option<Money>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), amount)
}

/// `6.5`, rounded half-even; `–` where there is none.
pub(crate) fn tenths(ratio: Option<Ratio>) -> String {
    let rounded = |ratio: Ratio| div_round(ratio.ten_thousandths(), 1_000, Rounding::HalfEven);
    ratio.map(rounded).map_or_else(|| NOTHING.to_owned(), |tenths| format!("{}.{}", tenths / 10, tenths % 10))
}

/// `79.1 %`; `–` where there is none.
pub(crate) fn percent(ratio: Option<Ratio>) -> String {
    ratio.map_or_else(|| NOTHING.to_owned(), |ratio| format!("{} %", ratio.percent().replace('-', "−")))
}

/// `1,234,567`.
pub(crate) fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A hash as people compare it; anything else as it is.
pub(crate) fn short(text: &str) -> String {
    let is_hash = text.len() >= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { format!("{}…", &text[..SHOWN_DIGITS]) } else { text.to_owned() }
}

/// So many thousandths of a whole, 0 to 1000; for bars.
pub(crate) fn thousandths(part: Money, whole: Money) -> i128 {
    if whole <= Money::ZERO || part <= Money::ZERO { 0 } else { (part.units() / (whole.units() / 1000).max(1)).min(1000) }
}

/// So many hundredths of a whole, 0 to 100; for bars beside many rows.
pub(crate) fn hundredths(part: Money, whole: Money) -> i128 {
    // A bar of something is seen.
    let parts = thousandths(part, whole);
    if parts == 0 { 0 } else { (parts / 10).max(1) }
}

#[cfg(test)]
mod tests {
    use super::{amount, exact, hundredths, short, tenths, thousands, thousandths};
    use tenor_cover::inventory::Ratio;
    use tenor_money::Money;

    #[test]
    fn figures_are_as_people_read_them() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!(
            ["1234567.895", "-12345.6", "0", "0.001", "999.999"].map(|text| amount(money(text))),
            ["1,234,567.90", "−12,345.60", "0.00", "0.001000", "1,000.00"]
        );
        assert_eq!(
            ["0.821", "-12345.6", "0", "1752", "0.0001234"].map(|text| exact(money(text))),
            ["0.821", "−12,345.60", "0.00", "1,752.00", "0.0001234"]
        );
        assert_eq!(["1", "12", "123", "1234", "123456"].map(thousands), ["1", "12", "123", "1,234", "123,456"]);
        let months = [(64_685, 10_000), (1, 100), (12, 1)].map(|(part, whole)| tenths(Ratio::of_units(part, whole)));
        assert_eq!((months, tenths(None)), (["6.5", "0.0", "12.0"].map(str::to_owned), "–".to_owned()));
        assert_eq!(short(&"ab".repeat(32)), "abababababab…");
        assert_eq!(
            [("1", "2"), ("3", "2"), ("-1", "2"), ("1", "0")].map(|(part, whole)| thousandths(money(part), money(whole))),
            [500, 1000, 0, 0]
        );
        assert_eq!(["0", "0.001", "1", "200"].map(|part| hundredths(money(part), money("200"))), [0, 0, 1, 100]);
    }
}
