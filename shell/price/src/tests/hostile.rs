//! Whatever the bytes are, the outcome is prices or a named error.

use crate::{Options, import};
use proptest::prelude::*;
use std::fs;

/// Cuts a text, and puts something else in the middle of it.
fn damaged(text: &str, cut: usize, at: usize, with: &str) -> String {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let end = boundary(cut.min(text.len()));
    let middle = boundary(at.min(end));
    format!("{}{with}{}", &text[..middle], &text[middle..end])
}

const JSON: &str = r#"{"offerCode":"AmazonEC2","publicationDate":"2025-04-04T00:00:00Z","products":{"A":{"sku":"A","attributes":{"servicecode":"AmazonEC2",
"location":"EU (Ireland)","usagetype":"EU-BoxUsage:m5.large","operation":"RunInstances"}}},"terms":{"OnDemand":{"A":{"A.B":{"priceDimensions":
{"A.B.C":{"unit":"Hrs","beginRange":"0","pricePerUnit":{"USD":"0.1"}}},"termAttributes":{}}}},"savingsPlan":[]}}"#;
const OFFER_CSV: &str = "FormatVersion,v1.0\nDisclaimer,x\nPublication Date,2025-04-04T00:00:00Z\nVersion,1\nOfferCode,AmazonEC2
SKU,OfferTermCode,TermType,StartingRange,Unit,PricePerUnit,Currency,serviceCode,Location,usageType,operation
A,B,OnDemand,0,Hrs,0.1,USD,AmazonEC2,EU (Ireland),EU-BoxUsage:m5.large,RunInstances\n";
const SIMPLE: &str = "# date 2025-04-04\noffering,term,payment_option,family,region,service,usage_type,operation,rate
OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096\n";
const EC2_SHOP: &str = "region,instance_type,os,tenancy,term_type,offering_class,lease_purchase,hourly,upfront,ondemand_hourly,rate_code
us-east-1,m5.large,Linux,Shared,Reserved,standard,1yr No Upfront,0.06,,0.096,A.B.C\n";

fn any_insert() -> impl Strategy<Value = String> {
    let hostile =
        ["\"", "{", "}", "[", ",", "\n", "\u{0}", "#", "null", "1e9999", "-1", "\\ud800", "\u{feff}", "999999999999999999999999999999"];
    prop_oneof![proptest::sample::select(hostile.to_vec()).prop_map(str::to_owned), "\\PC{0,6}"]
}

proptest! {
    #[test]
    fn damaged_lists_are_prices_or_an_error(
        text in proptest::sample::select(vec![JSON, OFFER_CSV, SIMPLE, EC2_SHOP]),
        cut in 0..1_000_usize,
        at in 0..1_000_usize,
        with in any_insert(),
    ) {
        check(damaged(text, cut, at, &with).as_bytes());
    }

    #[test]
    fn any_bytes_are_prices_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }
}

#[test]
fn deep_json_is_an_error() {
    let deep = format!("{{\"products\":{{}},\"terms\":{}", "[".repeat(100_000));
    check(deep.as_bytes());
    check(format!("{{\"x\":{}", "[".repeat(100_000)).as_bytes());
}

/// Imports bytes; what becomes prices can be kept and read again as the same.
fn check(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list");
    fs::write(&path, bytes).unwrap();
    let Ok(imported) = import(&[path], &Options { date: Some("2025-04-04".parse().unwrap()), ..Options::default() }) else { return };
    let mut text = String::new();
    imported.book.encode(&mut text).unwrap();
    let again = folder.path().join("again.csv");
    fs::write(&again, &text).unwrap();
    match import(&[again], &Options::default()) {
        Ok(again) => assert_eq!(again.book, imported.book),
        Err(error) => assert!(imported.book.listed().skus.is_empty(), "{error}\n{text}"),
    }
}
