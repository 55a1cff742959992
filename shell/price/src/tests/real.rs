//! AWS's real lists that lie beside the project. What they say was put together apart, in Python with exact decimals, from the files alone.

use super::{dated, rows};
use crate::{Counts, Imported, Options, import};
use std::collections::BTreeMap;
use tenor_money::{Money, UnitPrice};
use tenor_price::{PriceBook, Source};
use tenor_testkit::shared;

fn read(name: &str, options: &Options) -> Option<Imported> {
    let path = shared::path(&format!("data/prices/{name}"))?;
    Some(import(&[path], options).unwrap())
}

/// By how it is paid: how many, all their hours, all their upfront fees.
fn sums(book: &PriceBook) -> String {
    let mut sums: BTreeMap<String, (u64, UnitPrice, Money)> = BTreeMap::new();
    let mut add = |what: String, hourly: UnitPrice, upfront: Money| {
        let sum = sums.entry(what).or_default();
        *sum = (sum.0 + 1, sum.1 + hourly, sum.2 + upfront);
    };
    for sku in &book.listed().skus {
        sku.on_demand.iter().for_each(|rate| add("on demand".to_owned(), rate.price, Money::ZERO));
        sku.reserved.iter().for_each(|(offer, price)| add(offer.to_string(), price.hourly, price.upfront));
    }
    sums.iter().map(|(what, (count, hourly, upfront))| format!("{what}: {count} {hourly} {upfront}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn aws_s_sample_of_ec2_is_read_to_the_last_price() {
    let Some(imported) = read("bulk-format/PriceListTestData.json", &Options::default()) else { return };
    assert_eq!(imported.book.listed().date.to_string(), "2017-08-03");
    insta::assert_snapshot!(rows(&imported.book), @"
    OnDemand,,,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,15.264,,Hrs,,list,K85NNPWP7ZVFM9N2
    StandardReservation,1yr,No Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,14.689,,Hrs,,list,K85NNPWP7ZVFM9N2
    StandardReservation,1yr,Partial Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,7.316,64091,Hrs,,list,K85NNPWP7ZVFM9N2
    StandardReservation,1yr,All Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,0,127983,Hrs,,list,K85NNPWP7ZVFM9N2
    StandardReservation,3yr,No Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,14.294,,Hrs,,list,K85NNPWP7ZVFM9N2
    StandardReservation,3yr,Partial Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,7.117,187045,Hrs,,list,K85NNPWP7ZVFM9N2
    StandardReservation,3yr,All Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,0,372932,Hrs,,list,K85NNPWP7ZVFM9N2
    ConvertibleReservation,1yr,No Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,14.868,,Hrs,,list,K85NNPWP7ZVFM9N2
    ConvertibleReservation,1yr,Partial Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,7.401,64835,Hrs,,list,K85NNPWP7ZVFM9N2
    ConvertibleReservation,1yr,All Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,0,129441,Hrs,,list,K85NNPWP7ZVFM9N2
    ConvertibleReservation,3yr,No Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,14.413,,Hrs,,list,K85NNPWP7ZVFM9N2
    ConvertibleReservation,3yr,Partial Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,7.173,188494,Hrs,,list,K85NNPWP7ZVFM9N2
    ConvertibleReservation,3yr,All Upfront,,ap-southeast-1,AmazonEC2,BoxUsage:c5.9xlarge,RunInstances:0100,0,376543,Hrs,,list,K85NNPWP7ZVFM9N2
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0.023,,Hrs,,list,VA8Q43DVPX4YV6NG
    StandardReservation,1yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0.0168,,Hrs,,list,VA8Q43DVPX4YV6NG
    StandardReservation,1yr,Partial Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0.008,70,Hrs,,list,VA8Q43DVPX4YV6NG
    StandardReservation,1yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0,137,Hrs,,list,VA8Q43DVPX4YV6NG
    StandardReservation,3yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0.0121,,Hrs,,list,VA8Q43DVPX4YV6NG
    StandardReservation,3yr,Partial Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0.006,145,Hrs,,list,VA8Q43DVPX4YV6NG
    StandardReservation,3yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0,272,Hrs,,list,VA8Q43DVPX4YV6NG
    ConvertibleReservation,3yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0.0139,,Hrs,,list,VA8Q43DVPX4YV6NG
    ConvertibleReservation,3yr,Partial Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0.0064,169,Hrs,,list,VA8Q43DVPX4YV6NG
    ConvertibleReservation,3yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:t2.small,RunInstances,0,332,Hrs,,list,VA8Q43DVPX4YV6NG
    ");
}

#[test]
fn aws_s_sample_of_rds_is_read_to_the_last_price() {
    let Some(imported) = read("bulk-format/RdsPriceListTestData.json", &Options::default()) else { return };
    insta::assert_snapshot!(rows(&imported.book), @"
    OnDemand,,,,us-east-1,AmazonRDS,InstanceUsage:db.m4.4xlarge,CreateDBInstance:0002,1.401,,Hrs,,list,22ANV4NNQP3UUCWY
    StandardReservation,1yr,No Upfront,,us-east-1,AmazonRDS,InstanceUsage:db.m4.4xlarge,CreateDBInstance:0002,0.963,,Hrs,,list,22ANV4NNQP3UUCWY
    StandardReservation,1yr,Partial Upfront,,us-east-1,AmazonRDS,InstanceUsage:db.m4.4xlarge,CreateDBInstance:0002,0.527,2593,Hrs,,list,22ANV4NNQP3UUCWY
    StandardReservation,1yr,All Upfront,,us-east-1,AmazonRDS,InstanceUsage:db.m4.4xlarge,CreateDBInstance:0002,0,7064,Hrs,,list,22ANV4NNQP3UUCWY
    StandardReservation,3yr,Partial Upfront,,us-east-1,AmazonRDS,InstanceUsage:db.m4.4xlarge,CreateDBInstance:0002,0.356,5256,Hrs,,list,22ANV4NNQP3UUCWY
    StandardReservation,3yr,All Upfront,,us-east-1,AmazonRDS,InstanceUsage:db.m4.4xlarge,CreateDBInstance:0002,0,13735,Hrs,,list,22ANV4NNQP3UUCWY
    OnDemand,,,,us-east-1,AmazonRDS,Multi-AZUsage:db.m4.4xlarge,CreateDBInstance:0002,2.802,,Hrs,,list,HCRJPSSTVQ4JAU49
    StandardReservation,1yr,No Upfront,,us-east-1,AmazonRDS,Multi-AZUsage:db.m4.4xlarge,CreateDBInstance:0002,1.926,,Hrs,,list,HCRJPSSTVQ4JAU49
    StandardReservation,1yr,Partial Upfront,,us-east-1,AmazonRDS,Multi-AZUsage:db.m4.4xlarge,CreateDBInstance:0002,1.054,5186,Hrs,,list,HCRJPSSTVQ4JAU49
    StandardReservation,1yr,All Upfront,,us-east-1,AmazonRDS,Multi-AZUsage:db.m4.4xlarge,CreateDBInstance:0002,0,14129,Hrs,,list,HCRJPSSTVQ4JAU49
    StandardReservation,3yr,Partial Upfront,,us-east-1,AmazonRDS,Multi-AZUsage:db.m4.4xlarge,CreateDBInstance:0002,0.712,10512,Hrs,,list,HCRJPSSTVQ4JAU49
    StandardReservation,3yr,All Upfront,,us-east-1,AmazonRDS,Multi-AZUsage:db.m4.4xlarge,CreateDBInstance:0002,0,27470,Hrs,,list,HCRJPSSTVQ4JAU49
    ");
}

#[test]
fn an_index_of_versions_is_no_price_list() {
    let Some(path) = shared::path("data/prices/bulk-format/VersionIndex.json") else { return };
    let error = import(&[path], &Options::default()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("it has no products and terms"), "{cause}");
}

#[test]
fn all_public_instance_prices_are_read() {
    let Some(imported) = read("ec2_od_ri_2025-04-04.csv.gz", &dated()) else { return };
    assert_eq!(imported.files[0].counts, Counts { on_demand: 16_233, reserved: 58_406, plan_rates: 0 });
    assert_eq!(imported.files[0].left_out, []);
    insta::assert_snapshot!(sums(&imported.book), @"
    convertible 1yr No Upfront: 14591 44016.523446 0
    convertible 3yr No Upfront: 14591 28005.5211306 0
    on demand: 16233 64250.18195 0
    standard 1yr No Upfront: 14606 36398.0429909 0
    standard 3yr No Upfront: 14618 23545.9056039 0
    ");
    let sample = rows(&imported.book);
    let m5: Vec<&str> = sample.lines().filter(|row| row.contains(",us-east-1,AmazonEC2,BoxUsage:m5.large,")).collect();
    insta::assert_snapshot!(m5.join("\n"), @"
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096,,Hrs,,list,6C86BEPQVG73ZGGR
    StandardReservation,1yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.06,,Hrs,,list,6C86BEPQVG73ZGGR
    StandardReservation,3yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.041,,Hrs,,list,6C86BEPQVG73ZGGR
    ConvertibleReservation,1yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.071,,Hrs,,list,6C86BEPQVG73ZGGR
    ConvertibleReservation,3yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.049,,Hrs,,list,6C86BEPQVG73ZGGR
    ");
}

#[test]
fn simulated_plans_cost_what_reservations_do() {
    let Some(imported) = read("ec2_od_ri_2025-04-04.csv.gz", &Options { simulate_plans: true, ..dated() }) else { return };
    let simulated = imported.simulated.unwrap();
    assert_eq!((simulated.rates, simulated.no_licence.len()), (58_406, 0));
    let (mut rates, mut reserved) = (UnitPrice::ZERO, UnitPrice::ZERO);
    for rate in imported.book.listed().plans.values().flatten().map(|(_, rate)| rate) {
        assert_eq!(rate.source, Source::Simulated);
        rates += rate.price;
    }
    for (_, price) in imported.book.listed().skus.iter().flat_map(|sku| &sku.reserved) {
        reserved += price.hourly;
    }
    assert_eq!(rates, reserved);
}

#[test]
fn all_public_prices_of_databases_caches_and_warehouses_are_read() {
    let names = ["rds_2025-04.csv.gz", "elasticache_2025-04.csv.gz", "redshift_2025-04.csv.gz"];
    let mut told = Vec::new();
    for name in names {
        let Some(imported) = read(name, &dated()) else { return };
        told.push(format!("{name}\n{}", sums(&imported.book)));
        told.extend(imported.files[0].left_out.iter().map(ToString::to_string));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    rds_2025-04.csv.gz
    on demand: 11420 75825.95 0
    standard 1yr No Upfront: 11420 54370.515 0
    standard 1yr Partial Upfront: 11420 26257.8321 230009838.8376
    standard 3yr Partial Upfront: 11420 18803.6235 494137186.565
    elasticache_2025-04.csv.gz
    on demand: 1215 3300.6978 0
    standard 1yr All Upfront: 1215 0 18654184.316
    standard 1yr No Upfront: 1215 2277.537 0
    standard 1yr Partial Upfront: 1215 1086.664 9532317.789
    standard 3yr All Upfront: 1023 0 33836798.241
    standard 3yr No Upfront: 1023 1477.904 0
    standard 3yr Partial Upfront: 1023 685.56 17974662.846
    left out 10474, the row does not say what it prices; the first: US West (Oregon) cache.t1.micro -DvF_FHBhjObuMiPA_VURbRwtv2ZjNBxckE9ZirzMiA V1
    redshift_2025-04.csv.gz
    on demand: 148 723.8948 0
    standard 1yr All Upfront: 148 0 4166853
    standard 1yr No Upfront: 148 515.1237 0
    standard 1yr Partial Upfront: 148 241.976164 2113483.5
    standard 3yr All Upfront: 148 0 6957866
    standard 3yr No Upfront: 124 278.31705 0
    standard 3yr Partial Upfront: 148 139.959483 3665723.5
    left out 3227, the row does not say what it prices; the first: US West (Oregon) dc2.8xlarge TBTXKVA4NVX833AT JRTCKXETXF.6YS6EN2CT7 0
    ");
}
