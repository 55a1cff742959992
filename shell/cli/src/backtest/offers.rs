//! A file of what can be bought in a back-test.
//!
//! Its format is in `docs/spec/offers.md`.

use crate::report::Refused;
use anyhow::Context as _;
use serde::Deserialize;
use std::path::Path;
use tenor_money::UnitPrice;
use tenor_propose::{Offer, Offers};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    on_demand: String,
    #[serde(default)]
    offer: Vec<OneOffer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneOffer {
    name: String,
    price: String,
    #[serde(default)]
    upfront: Option<String>,
    pool: Vec<String>,
    term_hours: usize,
}

/// Reads the file.
///
/// # Errors
/// When it cannot be read, is not such a file, or an offer makes no sense.
pub(super) fn read(path: &Path) -> anyhow::Result<Offers> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    parse(&text).with_context(|| format!("`{}` is not a file of offers", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Offers> {
    let hint = "docs/spec/offers.md shows the format";
    let file: File = toml::from_str(text).map_err(|error| Refused::new(error.to_string().trim_end()).hint(hint))?;
    let price = |what: String, text: &str| {
        text.parse::<UnitPrice>().map_err(|_| Refused::new(format!("{what} `{text}` is not a price")).hint("write it as text: \"2.1\""))
    };
    let mut offers = Vec::new();
    for one in file.offer {
        let upfront = one.upfront.as_deref().map_or(Ok(UnitPrice::ZERO), |text| price(format!("the upfront of `{}`,", one.name), text))?;
        let hourly = price(format!("the price of `{}`,", one.name), &one.price)?;
        offers.push(Offer { name: one.name, price: hourly, upfront, pool: one.pool, term_hours: one.term_hours });
    }
    Ok(Offers::new(price("on_demand".to_owned(), &file.on_demand)?, offers).map_err(|error| Refused::new(error.to_string()).hint(hint))?)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_no_offer_is_said() {
        let good = "on_demand = \"2.1\"\n[[offer]]\nname = \"a\"\nprice = \"1\"\npool = [\"REGION\"]\nterm_hours = 8760\n";
        assert_eq!(parse(good).unwrap().offers().len(), 1);
        let refused = |from: &str, to: &str| format!("{:#}", parse(&good.replace(from, to)).unwrap_err());
        assert_eq!(refused("\"1\"", "\"one\""), "the price of `a`, `one` is not a price");
        assert_eq!(refused("\"1\"", "\"0\""), "the price of the offer `a` is not above zero");
        assert_eq!(refused("8760", "0"), "the offer `a` has no term");
        assert!(refused("term_hours", "term").contains("unknown field `term`"));
    }
}
