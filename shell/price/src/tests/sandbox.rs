//! The sandbox's price lists in AWS's JSON, beside the simple list that it writes with its bills: two ways of telling the same prices.

use super::rows;
use crate::{Options, import};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tenor_cover::eligible_usage;
use tenor_sandbox::{BillRequest, Cloud, Format, Setup, write_bill, write_settings};

/// What is sold, of which Region, for what, and at which price; without units, sources and codes.
fn prices(book: &tenor_price::PriceBook) -> BTreeSet<String> {
    rows(book).lines().map(|row| row.split(',').take(10).collect::<Vec<_>>().join(",")).collect()
}

/// Whether a commitment could cover what a row is for; else AWS's lists are read without it, or, of Spot instances, do not have it.
fn is_coverable(row: &str) -> bool {
    let cells: Vec<&str> = row.split(',').collect();
    eligible_usage(cells[5], cells[6]).is_some() && !cells[6].starts_with("SpotUsage")
}

fn put(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn a_sandboxs_lists_say_what_its_simple_list_says() {
    let request = BillRequest::small(Format::LegacyParquet);
    let setup = Setup { seed: request.seed, secret: 1, accounts: request.accounts, start: request.start, rows_per_month: request.rows };
    let folder = tempfile::tempdir().unwrap();
    let (lists, settings) = (folder.path().join("lists"), folder.path().join("settings"));
    fs::create_dir(&lists).unwrap();
    let cloud = Cloud::new(setup);
    for (number, name) in cloud.price_lists().iter().enumerate() {
        put(&lists, &format!("{number}.json"), &cloud.price_list(name).unwrap());
    }
    assert_eq!(cloud.price_list("aws/AmazonMoon/USD/20250404000000/us-east-1"), None);
    let published = import(&[lists], &Options::default()).unwrap();
    write_settings(&write_bill(&request, &folder.path().join("bill")).unwrap(), &settings).unwrap();
    let simple = import(&[settings.join("prices.csv")], &Options::default()).unwrap();
    assert_eq!((published.book.listed().currency.as_str(), published.book.listed().date), ("USD", simple.book.listed().date));
    let (published, simple) = (prices(&published.book), prices(&simple.book));
    // The lists have everything on sale, the simple list what the organization runs, with prices that no commitment changes.
    let (covered, other): (Vec<_>, Vec<_>) = simple.iter().partition(|row| is_coverable(row));
    let missing: Vec<&String> = covered.iter().copied().filter(|row| !published.contains(*row)).collect();
    assert_eq!(missing, [""; 0]);
    assert!(other.iter().filter(|row| row.starts_with("OnDemand,")).all(|row| !published.contains(*row)));
    assert!(covered.len() > 1000, "{} of {}", covered.len(), simple.len());
}
