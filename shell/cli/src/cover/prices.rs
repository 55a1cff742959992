//! A file of rates: a bill tells those of Savings Plans only for usage that a plan covered, and lacks some on-demand ones.
//!
//! Its format is in `docs/spec/sharing.md` and, with further columns, in `docs/spec/prices.md`.

use crate::report::Refused;
use anyhow::Context as _;
use std::path::Path;
use tenor_cover::replay::{KnownRates, PlanOffering};
use tenor_price_list::{ReadError, What, simple_rows};

/// Reads the file; without one, no rate is known but those the bill charged.
///
/// # Errors
/// When it cannot be read, a row is none, or two rows are of the same.
pub(super) fn read(path: Option<&Path>) -> anyhow::Result<KnownRates> {
    let Some(path) = path else { return Ok(KnownRates::default()) };
    let mut rates = KnownRates::default();
    let rows = match simple_rows(path) {
        // What cannot be read at all may still be one.
        Err(error @ ReadError::Io { .. }) => return Err(error.into()),
        rows => rows.with_context(|| format!("`{}` is not a file of rates", path.display()))?,
    };
    for row in rows {
        let before = match row.what {
            What::OnDemand => {
                rates.on_demand.insert((row.usage_region.unwrap_or_default(), row.service, row.usage_type, row.operation), row.rate)
            }
            What::Plan(offer) => {
                let usage = (row.service, row.usage_type, row.operation);
                rates.listed.entry(PlanOffering::from(&offer)).or_default().insert(usage, row.rate)
            }
            What::Reserved(_) => None,
        };
        if let Some(before) = before {
            let twice = format!("line {} of `{}`: another line has a rate for the same, {before}", row.line, path.display());
            return Err(Refused::new(twice).hint("docs/spec/sharing.md shows the columns").into());
        }
    }
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::read;
    use std::fs;
    use tenor_cover::replay::KnownRates;

    fn parse(rows: &str) -> anyhow::Result<KnownRates> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("prices.csv");
        fs::write(&path, format!("offering,term,payment_option,family,region,service,usage_type,operation,rate\n{rows}\n"))?;
        read(Some(&path))
    }

    #[test]
    fn rates_are_kept_by_offering_and_usage() {
        let rates = parse(
            "ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0703
OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096",
        );
        let rates = rates.unwrap();
        let (offering, usage) = rates.listed.first_key_value().unwrap();
        assert_eq!((offering.to_string().as_str(), usage.len()), ("Compute 1yr No Upfront", 1));
        let (usage, rate) = rates.on_demand.first_key_value().unwrap();
        assert_eq!((usage.0.as_str(), usage.2.as_str(), rate.to_string().as_str()), ("us-east-1", "BoxUsage:m5.large", "0.096"));
    }

    #[test]
    fn a_row_that_is_none_is_named() {
        let told = |row: &str| {
            let cause = parse(row).unwrap_err().root_cause().to_string();
            let place = std::env::temp_dir().display().to_string();
            let (before, after) = cause.split_once(&place).unwrap_or((&cause, ""));
            format!("{before}…{}", after.rsplit_once('/').map_or(after, |(_, name)| name))
        };
        insta::assert_snapshot!(told("ComputeSavingsPlans,1yr,No Upfront,,,s,u,o,cheap"), @"line 2 of `…prices.csv`: rate `cheap` is not an amount from 0 to a billion with at most 12 decimals");
        insta::assert_snapshot!(told("Compute,1yr,No Upfront,,,s,u,o,1"), @"line 2 of `…prices.csv`: offering `Compute` is not an offering");
        insta::assert_snapshot!(told("ComputeSavingsPlans,1 year,No Upfront,,,s,u,o,1"), @"line 2 of `…prices.csv`: term `1 year` is not `1yr` or `3yr`");
        insta::assert_snapshot!(told("ComputeSavingsPlans,7yr,No Upfront,,,s,u,o,1"), @"line 2 of `…prices.csv`: term `7yr` is not `1yr` or `3yr`");
        let twice = |row: &str| told(&format!("{row},0.5\n{row},0.6"));
        insta::assert_snapshot!(twice("ComputeSavingsPlans,1yr,No Upfront,,,s,u,o"), @"line 3 of `…prices.csv`: another line has a rate for the same, 0.5");
        insta::assert_snapshot!(twice("OnDemand,,,,us-east-1,s,u,o"), @"line 3 of `…prices.csv`: another line has a rate for the same, 0.5");
    }
}
