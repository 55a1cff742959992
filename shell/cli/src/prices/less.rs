//! Whether a refresh would leave less prices than are in use. Held against what was read and not against the names of lists: a list may come, and say
//! nothing. It never asks whether a price moved.

use crate::report::Refused;
use std::collections::BTreeSet;
use std::fmt;
use tenor_cover::{PlanKind, eligible_usage};
use tenor_price::{PriceBook, Source};

/// So many of what would be gone are named.
const NAMED_MAX: usize = 5;

/// What kind of price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    OnDemand,
    Reserved,
    Plan(PlanKind),
}

/// Prices of a kind, of a service in a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Priced<'a> {
    service: &'a str,
    region: &'a str,
    sort: Sort,
}

impl fmt::Display for Priced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sort {
            Sort::OnDemand => f.write_str("on-demand rates")?,
            Sort::Reserved => f.write_str("reservations")?,
            Sort::Plan(kind) => write!(f, "{} plans", kind.as_str())?,
        }
        write!(f, " of {} in {}", self.service, self.region)
    }
}

/// Refuses prices that would leave out some of those in use, whoever asked for what: all of what is used comes of one version.
pub(super) fn check(used: &PriceBook, new: &PriceBook) -> Result<(), Refused> {
    let (used, new) = (priced(used), priced(new));
    let lost: Vec<_> = used.difference(&new).map(ToString::to_string).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let named = lost.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = lost.len().checked_sub(NAMED_MAX).filter(|more| *more > 0).map_or_else(String::new, |more| format!(", and {more} more"));
    let hint = "ask for all that is in use, with --service and --region (`services` and `regions` in schedule.toml); to use less, bring it in by file: \
                tenor prices import FILE...";
    Err(Refused::new(format!("less prices than are in use, which stay in use; gone would be: {named}{more}")).hint(hint))
}

/// Of what there are prices, without what is only simulated, and without on-demand rates of what no commitment could cover: of AWS's lists those are not
/// kept, though a simpler file may have them.
fn priced(book: &PriceBook) -> BTreeSet<Priced<'_>> {
    let listed = book.listed();
    let mut found = BTreeSet::new();
    for sku in &listed.skus {
        let of = |sort| Priced { service: sku.key.service(), region: sku.key.region(), sort };
        let is_listed = sku.on_demand.is_some_and(|rate| rate.source != Source::Simulated);
        if is_listed && eligible_usage(sku.key.service(), sku.key.usage_type()).is_some() {
            found.insert(of(Sort::OnDemand));
        }
        if sku.reserved.iter().any(|(_, price)| price.source != Source::Simulated) {
            found.insert(of(Sort::Reserved));
        }
    }
    for (offer, rates) in &listed.plans {
        for (place, _) in rates.iter().filter(|(_, rate)| rate.source != Source::Simulated) {
            let key = &listed.skus[*place as usize].key;
            found.insert(Priced { service: key.service(), region: key.region(), sort: Sort::Plan(offer.kind) });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::check;
    use std::fs;
    use tenor_price::PriceBook;
    use tenor_price_list::{Options, import};

    const HEADER: &str = "offering,term,payment_option,family,region,service,usage_type,operation,rate,usage_region,source";

    fn book(rows: &[String]) -> PriceBook {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.csv");
        fs::write(&path, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
        import(&[path], &Options { date: Some("2026-01-05".parse().unwrap()), ..Options::default() }).unwrap().book
    }

    fn on_demand(service: &str, region: &str, rate: &str) -> String {
        let usage = match service {
            "AmazonEC2" => "BoxUsage:m5.large,RunInstances",
            "AmazonRDS" => "InstanceUsage:db.m5.large,CreateDBInstance:0002",
            _ => "TimedStorage-ByteHrs,",
        };
        format!("OnDemand,,,,{region},{service},{usage},{rate},,")
    }

    fn plan(region: &str, source: &str) -> String {
        format!("ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,{region},{source}")
    }

    fn told(used: &[String], new: &[String]) -> String {
        match check(&book(used), &book(new)) {
            Ok(()) => "goes on".to_owned(),
            Err(refused) => refused.to_string(),
        }
    }

    #[test]
    fn less_than_is_in_use_is_refused_whatever_was_asked_for() {
        let ec2 = || on_demand("AmazonEC2", "us-east-1", "0.1");
        let rds = || on_demand("AmazonRDS", "us-east-1", "0.2");
        let regions = ["a", "b", "c", "d", "e", "f", "g"].map(|end| on_demand("AmazonRDS", &format!("eu-west-1{end}"), "0.1"));
        let all = [
            // A list of plans that came whole before, and is read as nothing now.
            told(&[ec2(), plan("us-east-1", "")], &[ec2()]),
            // `--service` of one of two.
            told(&[ec2(), rds()], &[ec2()]),
            // `--region` of one of two.
            told(&[ec2(), on_demand("AmazonEC2", "eu-west-1", "0.1")], &[ec2()]),
            told(&[vec![ec2()], regions.to_vec()].concat(), &[ec2()]),
            told(&[ec2(), plan("us-east-1", "simulated")], &[ec2()]),
            told(&[ec2(), on_demand("AmazonS3", "us-east-1", "0.023")], &[ec2()]),
            told(&[ec2(), plan("us-east-1", "")], &[on_demand("AmazonEC2", "us-east-1", "0.3"), rds(), plan("us-east-1", "")]),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        less prices than are in use, which stay in use; gone would be: Compute plans of AmazonEC2 in us-east-1
        less prices than are in use, which stay in use; gone would be: on-demand rates of AmazonRDS in us-east-1
        less prices than are in use, which stay in use; gone would be: on-demand rates of AmazonEC2 in eu-west-1
        less prices than are in use, which stay in use; gone would be: on-demand rates of AmazonRDS in eu-west-1a, on-demand rates of AmazonRDS in eu-west-1b, on-demand rates of AmazonRDS in eu-west-1c, on-demand rates of AmazonRDS in eu-west-1d, on-demand rates of AmazonRDS in eu-west-1e, and 2 more
        goes on
        goes on
        goes on
        ");
    }
}
