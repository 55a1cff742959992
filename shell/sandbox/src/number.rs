//! Exact decimals as text, in the three spellings reports use, without going through floats.

use tenor_money::SCALE;

/// How a report writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Ten decimals, more only where needed: `0.0960000000`.
    Padded,
    /// The shortest text of a double as Java writes it: `24.0`, `-7.0E-10`.
    Java,
}

/// Appends a count of 10⁻¹².
pub(crate) fn write(out: &mut Vec<u8>, units: i128, spelling: Spelling) {
    match spelling {
        Spelling::Padded => write_padded(out, units, 10),
        Spelling::Java => write_java(out, units),
    }
}

/// Appends a decimal with at least `decimals` digits after the point.
pub(crate) fn write_padded(out: &mut Vec<u8>, units: i128, decimals: usize) {
    debug_assert!(significant_digits(units) <= 15, "rounding rule 1.5: {units}");
    let (whole, digits) = split(out, units);
    write_whole(out, whole);
    out.push(b'.');
    let used = 12 - digits.iter().rev().take_while(|digit| **digit == b'0').count();
    out.extend_from_slice(&digits[..used.max(decimals)]);
}

fn write_java(out: &mut Vec<u8>, units: i128) {
    debug_assert!(significant_digits(units) <= 15, "rounding rule 1.5: {units}");
    let magnitude = units.unsigned_abs();
    // Java writes doubles from 10^-3 up to 10^7 plainly and all others with an exponent.
    if magnitude == 0 || (SCALE.unsigned_abs() / 1000..SCALE.unsigned_abs() * 10_000_000).contains(&magnitude) {
        let (whole, digits) = split(out, units);
        write_whole(out, whole);
        out.push(b'.');
        let used = 12 - digits.iter().rev().take_while(|digit| **digit == b'0').count();
        out.extend_from_slice(&digits[..used.max(1)]);
        return;
    }
    let digits = magnitude.to_string();
    let exponent = digits.len() as i32 - 13;
    let significant = digits.trim_end_matches('0');
    let rest = if significant.len() > 1 { &significant[1..] } else { "0" };
    let sign = if units < 0 { "-" } else { "" };
    out.extend_from_slice(format!("{sign}{}.{rest}E{exponent}", &significant[..1]).as_bytes());
}

/// Writes the sign and returns the whole part and the twelve decimals.
fn split(out: &mut Vec<u8>, units: i128) -> (u64, [u8; 12]) {
    if units < 0 {
        out.push(b'-');
    }
    let magnitude = units.unsigned_abs();
    let scale = SCALE.unsigned_abs();
    // Nearly all amounts of a row fit 64 bits, where division is many times faster.
    let (whole, mut fraction) = match u64::try_from(magnitude) {
        Ok(small) => (small / scale as u64, small % scale as u64),
        Err(_) => ((magnitude / scale) as u64, (magnitude % scale) as u64),
    };
    let mut digits = [b'0'; 12];
    for digit in digits.iter_mut().rev() {
        if fraction == 0 {
            break;
        }
        *digit = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
    (whole, digits)
}

fn write_whole(out: &mut Vec<u8>, mut whole: u64) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (whole % 10) as u8;
        whole /= 10;
        if whole == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

fn significant_digits(units: i128) -> usize {
    units.unsigned_abs().to_string().trim_end_matches('0').len()
}

#[cfg(test)]
mod tests {
    use super::{Spelling, write};
    use tenor_money::Money;

    fn spell(text: &str, spelling: Spelling) -> String {
        let mut out = Vec::new();
        write(&mut out, text.parse::<Money>().unwrap().units(), spelling);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_spelled_as_reports_do() {
        let padded = ["0", "1", "0.096", "-3.5", "0.000000000093"].map(|text| spell(text, Spelling::Padded));
        assert_eq!(padded, ["0.0000000000", "1.0000000000", "0.0960000000", "-3.5000000000", "0.000000000093"]);
        let java = ["0", "24", "0.2496", "-0.0000000007", "12345678.5", "0.001", "0.00125"].map(|text| spell(text, Spelling::Java));
        assert_eq!(java, ["0.0", "24.0", "0.2496", "-7.0E-10", "1.23456785E7", "0.001", "0.00125"]);
    }

    #[test]
    fn what_is_spelled_is_read_back() {
        for units in [1, -999, 10_i128.pow(12) + 1, 123_456_789_012_345, -5 * 10_i128.pow(19), 96_000_000_000] {
            for spelling in [Spelling::Padded, Spelling::Java] {
                let text = spell(&Money::from_units(units).to_string(), spelling);
                assert_eq!(text.parse::<Money>().unwrap().units(), units, "{text}");
            }
        }
    }
}
