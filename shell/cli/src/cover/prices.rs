//! A file of rates: a bill tells those of Savings Plans only for usage that a plan covered, and lacks some on-demand ones.
//!
//! Its format is in `docs/spec/sharing.md`.

use crate::report::Refused;
use anyhow::Context as _;
use serde::Deserialize;
use std::io::Read;
use std::path::Path;
use tenor_cover::PlanKind;
use tenor_cover::replay::{KnownRates, PlanOffering};
use tenor_money::UnitPrice;

#[derive(Debug, Deserialize)]
struct Row {
    offering: String,
    term: String,
    payment_option: String,
    family: String,
    region: String,
    service: String,
    usage_type: String,
    operation: String,
    rate: String,
}

/// Reads the file; without one, no rate is known but those the bill charged.
///
/// # Errors
/// When it cannot be read, a row is none, or two rows are of the same.
pub(super) fn read(path: Option<&Path>) -> anyhow::Result<KnownRates> {
    let Some(path) = path else { return Ok(KnownRates::default()) };
    let file = std::fs::File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    parse(file).with_context(|| format!("`{}` is not a file of plans' rates", path.display()))
}

fn parse(file: impl Read) -> anyhow::Result<KnownRates> {
    let mut rates = KnownRates::default();
    for (at, row) in csv::Reader::from_reader(file).deserialize::<Row>().enumerate() {
        // The first line is the header, and lines are counted from one.
        let line = at + 2;
        let row = row.map_err(|error| Refused::new(format!("line {line}: {error}")).hint("docs/spec/sharing.md shows the columns"))?;
        let bad = |column: &str, value: &str, what: &str| {
            Refused::new(format!("line {line}: {column} `{value}` is not {what}")).hint("docs/spec/sharing.md shows the columns")
        };
        let rate: UnitPrice = row.rate.parse().map_err(|_| bad("rate", &row.rate, "an amount"))?;
        let before = if row.offering == "OnDemand" {
            rates.on_demand.insert((row.region, row.service, row.usage_type, row.operation), rate)
        } else {
            let kind = PlanKind::from_offering_type(&row.offering);
            let term_years = match row.term.as_str() {
                "1yr" => 1,
                "3yr" => 3,
                _ => return Err(bad("term", &row.term, "`1yr` or `3yr`").into()),
            };
            let offering = PlanOffering {
                kind: kind.ok_or_else(|| bad("offering", &row.offering, "`OnDemand` or a kind of plan"))?,
                term_years,
                payment_option: row.payment_option,
                family: row.family,
                region: row.region,
            };
            rates.listed.entry(offering).or_default().insert((row.service, row.usage_type, row.operation), rate)
        };
        if let Some(before) = before {
            let twice = format!("line {line}: another line has a rate for the same, {before}");
            return Err(Refused::new(twice).hint("leave one of them").into());
        }
    }
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::parse;

    const HEADER: &str = "offering,term,payment_option,family,region,service,usage_type,operation,rate\n";

    #[test]
    fn rates_are_kept_by_offering_and_usage() {
        let text = format!(
            "{HEADER}ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0703\nOnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096\n"
        );
        let rates = parse(text.as_bytes()).unwrap();
        let (offering, usage) = rates.listed.first_key_value().unwrap();
        assert_eq!((offering.to_string().as_str(), usage.len()), ("Compute 1yr No Upfront", 1));
        let (usage, rate) = rates.on_demand.first_key_value().unwrap();
        assert_eq!((usage.0.as_str(), usage.2.as_str(), rate.to_string().as_str()), ("us-east-1", "BoxUsage:m5.large", "0.096"));
    }

    #[test]
    fn a_row_that_is_none_is_named() {
        let told = |row: &str| format!("{:#}", parse(format!("{HEADER}{row}\n").as_bytes()).unwrap_err());
        insta::assert_snapshot!(told("ComputeSavingsPlans,1yr,No Upfront,,,s,u,o,cheap"), @"line 2: rate `cheap` is not an amount");
        insta::assert_snapshot!(told("Compute,1yr,No Upfront,,,s,u,o,1"), @"line 2: offering `Compute` is not `OnDemand` or a kind of plan");
        insta::assert_snapshot!(told("ComputeSavingsPlans,1 year,No Upfront,,,s,u,o,1"), @"line 2: term `1 year` is not `1yr` or `3yr`");
        insta::assert_snapshot!(told("ComputeSavingsPlans,7yr,No Upfront,,,s,u,o,1"), @"line 2: term `7yr` is not `1yr` or `3yr`");
        let twice = |row: &str| told(&format!("{row},0.5\n{row},0.6"));
        insta::assert_snapshot!(twice("ComputeSavingsPlans,1yr,No Upfront,,,s,u,o"), @"line 3: another line has a rate for the same, 0.5");
        insta::assert_snapshot!(twice("OnDemand,,,,us-east-1,s,u,o"), @"line 3: another line has a rate for the same, 0.5");
        insta::assert_snapshot!(told("Compute,1yr"), @"line 2: CSV error: record 1 (line: 2, byte: 77): found record with 2 fields, but the previous record has 9 fields");
    }
}
