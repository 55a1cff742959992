//! Filters as EC2 has them: names with values, any of which may fit, with `*` and `?` for anything.

use super::wrong_value;
use crate::cloud::ask::{Ask, Refusal, texts};
use tenor_money::Money;

/// The filters of a request.
pub(super) struct Filters<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Filters<'a> {
    /// Reads them; a name that the operation does not know is refused. `tag:` lets through every name that begins with it.
    pub(super) fn read(ask: &Ask<'a>, known: &[&str]) -> Result<Self, Refusal> {
        let given = ask.input.list("Filters").unwrap_or_default().iter().map(|filter| {
            let name = filter.text("Name").unwrap_or_default();
            let is_known = known.contains(&name) || (known.contains(&"tag:") && name.starts_with("tag:"));
            if is_known { Ok((name, texts(filter, "Values"))) } else { Err(wrong_value(format!("The filter '{name}' is invalid"))) }
        });
        given.collect::<Result<_, _>>().map(Self)
    }

    /// Whether something with these attributes passes all of them.
    pub(super) fn pass(&self, attributes: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|(name, values)| {
            let own = attributes(name);
            values.iter().any(|value| own.iter().any(|own| fits(value, own)))
        })
    }
}

/// Whether a value fits: as a pattern, or as the same amount, `9800.0` and `9800`.
fn fits(pattern: &str, text: &str) -> bool {
    let amount = |text: &str| text.parse::<Money>().ok();
    is_like(pattern.as_bytes(), text.as_bytes()) || amount(pattern).is_some_and(|wanted| amount(text) == Some(wanted))
}

fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => is_like(rest, text) || text.split_first().is_some_and(|(_, text)| is_like(pattern, text)),
        (Some((wanted, rest)), Some((found, text))) => (*wanted == b'?' || wanted == found) && is_like(rest, text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_value_fits_as_a_pattern_or_as_an_amount() {
        let cases = [
            ("m5.large", "m5.large", true),
            ("m5.*", "m5.large", true),
            ("*large", "m5.xlarge", true),
            ("m?.large", "m5.large", true),
            ("m5.large", "m5.xlarge", false),
            ("M5.large", "m5.large", false),
            ("9800.0", "9800", true),
            ("9800.5", "9800", false),
            ("", "", true),
        ];
        for (pattern, text, wanted) in cases {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
