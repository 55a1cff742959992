//! What `tenor prices` says of small price lists.

use crate::ran::tenor;
use std::fs;
use tempfile::TempDir;
use tenor_sandbox::{BillRequest, Format, write_bill};

const LIST: &str = "offering,term,payment_option,family,region,service,usage_type,operation,rate,upfront
OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096,
OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances:0002,0.188,
StandardReservation,1yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.06,
ConvertibleReservation,1yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0,610
OnDemand,,,,eu-west-1,AmazonRDS,EU-InstanceUsage:db.m5.large,CreateDBInstance:0014,0.198,
";

const PRIVATE: &str = "[[discount]]
percent = \"10\"
from = \"2025-01-01\"
applies_to = [\"on-demand\"]
";

/// A home beside files, and a run in it.
struct Prices(TempDir);

impl Prices {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("list.csv"), LIST).unwrap();
        fs::write(folder.path().join("private.toml"), PRIVATE).unwrap();
        Self(folder)
    }

    fn told(&self, words: &str) -> String {
        let place = self.0.path().canonicalize().unwrap();
        let place = place.to_str().unwrap();
        let words = words.replace("HERE", place);
        tenor(&self.0.path().join("home"), words.split(' ')).to_string().replace(place, "HERE")
    }
}

#[test]
fn a_list_is_kept_once_by_its_version() {
    let prices = Prices::new();
    insta::assert_snapshot!(prices.told("prices import HERE/list.csv --date 2025-04-04 --format json"), @r#"
    [stdout]
    [
      {"version": "cd10eedaf569d36ac59cecbfdfc9fd0f1c85a888e4e98732819949736c6ab2d3", "date": "2025-04-04", "currency": "USD", "from": "prices CSV", "files": 1, "on_demand_rates": 3, "reservations": 2, "plan_rates": 0, "simulated_rates": 0, "change": "new"}
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(prices.told("prices import HERE/list.csv --date 2025-04-04 --format csv"), @"
    [stdout]
    version,date,currency,from,files,on_demand_rates,reservations,plan_rates,simulated_rates,change
    cd10eedaf569d36ac59cecbfdfc9fd0f1c85a888e4e98732819949736c6ab2d3,2025-04-04,USD,prices CSV,1,3,2,0,0,unchanged
    [exit 0]
    ");
    insta::assert_snapshot!(prices.told("prices import HERE/list.csv --date 2025-05-01 --simulate-plans --region us-east-1 --format csv"), @r#"
    [stdout]
    version,date,currency,from,files,on_demand_rates,reservations,plan_rates,simulated_rates,change
    0009c29344d9737a268ab9f7f5c3839c6e45c7f6fec08421c89b9247ac964c71,2025-05-01,USD,"prices CSV, simulated Savings Plan rates",1,2,2,0,4,new
    [stderr]
    HERE/list.csv: left out 1, of a Region that was not asked for; the first: AmazonRDS eu-west-1 InstanceUsage:db.m5.large CreateDBInstance:0014
    4 Savings Plan rates are simulated: derived from reservations, for simulation only
    [exit 0]
    "#);
    insta::assert_snapshot!(prices.told("prices show --format csv"), @r#"
    [stdout]
    version,date,currency,from
    cd10eedaf569d36ac59cecbfdfc9fd0f1c85a888e4e98732819949736c6ab2d3,2025-04-04,USD,prices CSV
    0009c29344d9737a268ab9f7f5c3839c6e45c7f6fec08421c89b9247ac964c71,2025-05-01,USD,"prices CSV, simulated Savings Plan rates"
    [exit 0]
    "#);
}

#[test]
fn prices_are_shown_with_their_source_and_what_is_missing_is_refused() {
    let prices = Prices::new();
    insta::assert_snapshot!(prices.told("prices show --sku m5.large"), @"
    [stderr]
    error: there are no prices yet
    hint: import some: tenor prices import FILE...
    [exit 1]
    ");
    prices.told("prices import HERE/list.csv --date 2025-05-01 --simulate-plans");
    insta::assert_snapshot!(prices.told("prices show --sku m5.large"), @"
    [stdout]
    Service     Region      Usage type          Operation           Offering                  Term   Payment option           Rate   Upfront   Unit   Source      SKU
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances        OnDemand                                                 0.096                    list
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances        StandardReservation       1yr    No Upfront               0.06         0          list
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances        ConvertibleReservation    1yr    All Upfront                 0       610          list
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances:0002   OnDemand                                                 0.188                    list
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances        EC2InstanceSavingsPlans   1yr    No Upfront               0.06                    simulated
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances:0002   EC2InstanceSavingsPlans   1yr    No Upfront              0.152                    simulated
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances        ComputeSavingsPlans       1yr    All Upfront      0.0696347032                    simulated
    AmazonEC2   us-east-1   BoxUsage:m5.large   RunInstances:0002   ComputeSavingsPlans       1yr    All Upfront      0.1616347032                    simulated
    [stderr]
    the list prices 7bd676174971 of 2025-05-01, in USD
    4 of these rates are simulated: derived from reservations, not AWS's, for simulation only
    [exit 0]
    ");
    insta::assert_snapshot!(prices.told("prices show --region eu-west-1 --format json"), @r#"
    [stdout]
    [
      {"service": "AmazonRDS", "region": "eu-west-1", "usage_type": "InstanceUsage:db.m5.large", "operation": "CreateDBInstance:0014", "offering": "OnDemand", "term": null, "payment_option": null, "rate": "0.198", "upfront": null, "unit": null, "source": "list", "sku": null}
    ]
    [stderr]
    the list prices 7bd676174971 of 2025-05-01, in USD
    [exit 0]
    "#);
    insta::assert_snapshot!(prices.told("prices show --sku m6i.large --region us-east-1 --service AmazonEC2"), @"
    [stderr]
    error: the list prices 7bd676174971 of 2025-05-01 have no price of m6i.large of AmazonEC2 in us-east-1
    hint: import a price list that has it: tenor prices import FILE...
    [exit 1]
    ");
    insta::assert_snapshot!(prices.told("prices show --version ffff"), @"
    [stderr]
    error: no version of prices begins with `ffff`
    hint: tenor prices show lists them
    [exit 1]
    ");
}

#[test]
fn private_pricing_is_shown_as_such() {
    let prices = Prices::new();
    prices.told("prices import HERE/list.csv --date 2025-05-01");
    insta::assert_snapshot!(prices.told("prices show --service AmazonRDS --private HERE/private.toml --on 2025-06-01 --format csv"), @"
    [stdout]
    service,region,usage_type,operation,offering,term,payment_option,rate,upfront,unit,source,sku
    AmazonRDS,eu-west-1,InstanceUsage:db.m5.large,CreateDBInstance:0014,OnDemand,,,0.1782,,,private,
    [stderr]
    the list prices 9b29b36c52f6 of 2025-05-01 with private pricing c85a550644aa on 2025-06-01, in USD
    [exit 0]
    ");
    fs::write(prices.0.path().join("private.toml"), PRIVATE.replace("10", "ten")).unwrap();
    insta::assert_snapshot!(prices.told("prices show --service AmazonRDS --private HERE/private.toml"), @"
    [stderr]
    error: `HERE/private.toml` is not private pricing
      because: discount 1: percent
      because: `ten` is not a percentage between 0 and 100
    hint: docs/spec/prices.md 5 shows how it is written
    [exit 1]
    ");
}

#[test]
fn a_bad_list_leaves_nothing_behind() {
    let prices = Prices::new();
    let home = prices.0.path().join("home");
    insta::assert_snapshot!(prices.told("prices import HERE/list.csv"), @"
    [stderr]
    error: none of the files says of which day its prices are
    hint: say the day: --date 2025-04-04
    [exit 1]
    ");
    fs::write(prices.0.path().join("bad.csv"), LIST.replace("0.198", "0.198 dollars")).unwrap();
    insta::assert_snapshot!(prices.told("prices import HERE/list.csv HERE/bad.csv --date 2025-04-04"), @"
    [stderr]
    error: line 6 of `HERE/bad.csv`: rate `0.198 dollars` is not an amount from 0 to a billion with at most 12 decimals
    hint: correct the file: docs/spec/prices.md shows the columns
    [exit 1]
    ");
    assert!(!home.exists(), "nothing was written");
    insta::assert_snapshot!(prices.told("prices import HERE/private.toml"), @"
    [stderr]
    error: `HERE/private.toml` is no price list that is known: it begins with `[[discount]]`
    hint: prices come from AWS's bulk files (JSON or CSV, also gzip), Savings Plan rate files, or the simple CSV of docs/spec/prices.md
    [exit 1]
    ");
    insta::assert_snapshot!(prices.told("prices import HERE/none.csv"), @"
    [stderr]
    error: cannot read `HERE/none.csv`
      because: No such file or directory (os error 2)
    hint: check the name and whether it may be read
    [exit 1]
    ");
}

#[test]
fn private_pricing_is_held_against_the_net_costs_of_the_bill() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let told = |words: &str| {
        let words = words.replace("HERE", folder.path().to_str().unwrap());
        tenor(&file("home"), words.split(' ')).to_string().replace(folder.path().to_str().unwrap(), "HERE")
    };
    let agreed = |percent: &str| {
        let text = format!(
            "[[discount]]\npercent = \"{percent}\"\nfrom = \"2024-01-01\"\napplies_to = [\"on-demand\", \"reservations\", \"plans\"]\n"
        );
        fs::write(file("private.toml"), text).unwrap();
    };
    agreed("10");
    insta::assert_snapshot!(told("prices check --private HERE/private.toml"), @"
    [stderr]
    error: no bill in the lake says net costs
    hint: import a CUR with net columns: they are there where AWS applies private discounts
    [exit 1]
    ");
    fs::create_dir(file("bill")).unwrap();
    write_bill(&BillRequest { discount_percent: Some(10), ..BillRequest::small(Format::Cur2Parquet) }, &file("bill")).unwrap();
    assert!(told("import HERE/bill").contains("[exit 0]"));
    insta::assert_snapshot!(told("prices check --private HERE/private.toml"), @"
    [stderr]
    1739 sums by SKU and day compared, 0 differ by more than rounding
    [exit 0]
    ");
    let nothing = ["json", "csv"].map(|format| told(&format!("--format {format} prices check --private HERE/private.toml")));
    insta::assert_snapshot!(nothing.join("\n"), @"
    [stdout]
    []
    [stderr]
    1739 sums by SKU and day compared, 0 differ by more than rounding
    [exit 0]
    [stdout]
    charge,agreed,billed,difference
    [stderr]
    1739 sums by SKU and day compared, 0 differ by more than rounding
    [exit 0]
    ");
    agreed("9.99");
    let differs = told("--format csv prices check --private HERE/private.toml");
    assert!(differs.contains("HERE/private.toml` is not what the bill charged") && differs.contains("[exit 1]"), "{differs}");
    assert!(differs.lines().any(|line| line.starts_with("Usage ") && line.contains("BoxUsage")), "{differs}");
    let upfront = differs.lines().any(|line| line.starts_with("Fee ") || line.starts_with("SavingsPlanUpfrontFee "));
    assert!(upfront, "what is paid at a start is held against it too: {differs}");
}
