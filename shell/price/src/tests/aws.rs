//! AWS's own formats. The prices of the fixtures are made up; the shape is that of AWS's documentation and files.

use super::{imported, told};
use crate::{Options, import};
use std::fs;

const INSTANCES: &str = r#"{
  "formatVersion": "v1.0", "disclaimer": "…", "offerCode": "AmazonEC2", "version": "20250404000000",
  "publicationDate": "2025-04-04T10:00:00Z",
  "products": {
    "AAAA": {"sku": "AAAA", "productFamily": "Compute Instance", "attributes": {"servicecode": "AmazonEC2", "location": "EU (Ireland)",
      "regionCode": "eu-west-1", "usagetype": "EU-BoxUsage:m9.large", "operation": "RunInstances", "vcpu": "2"}},
    "BBBB": {"sku": "BBBB", "productFamily": "Compute Instance", "attributes": {"servicecode": "AmazonEC2", "location": "US East (N. Virginia)",
      "usagetype": "BoxUsage:m9.large", "operation": "RunInstances:0002"}},
    "CCCC": {"sku": "CCCC", "productFamily": "Storage", "attributes": {"servicecode": "AmazonEC2", "location": "EU (Ireland)",
      "usagetype": "EU-EBS:VolumeUsage.gp3", "operation": ""}},
    "DDDD": {"sku": "DDDD", "attributes": {"servicecode": "AmazonEC2", "location": "Moon (Tranquility)",
      "usagetype": "MOON-BoxUsage:m9.large", "operation": "RunInstances"}},
    "EEEE": {"sku": "EEEE", "attributes": {"servicecode": "AWSLambda", "location": "EU (Ireland)",
      "usagetype": "EU-Lambda-GB-Second", "operation": ""}}
  },
  "terms": {
    "OnDemand": {
      "AAAA": {"AAAA.OD": {"offerTermCode": "OD", "sku": "AAAA", "priceDimensions": {"AAAA.OD.H": {"unit": "Hrs", "beginRange": "0",
        "endRange": "Inf", "description": "…", "pricePerUnit": {"USD": "0.1070000000"}, "appliesTo": []}}, "termAttributes": {}}},
      "BBBB": {"BBBB.OD": {"priceDimensions": {"BBBB.OD.H": {"unit": "Hrs", "pricePerUnit": {"USD": "0.188"}}}}},
      "CCCC": {"CCCC.OD": {"priceDimensions": {"CCCC.OD.H": {"unit": "GB-Mo", "pricePerUnit": {"USD": "what is left out is not read"}}}}},
      "EEEE": {"EEEE.OD": {"priceDimensions": {
        "EEEE.OD.1": {"unit": "seconds", "beginRange": "0", "endRange": "6000000000", "pricePerUnit": {"USD": "0.0000166667"}},
        "EEEE.OD.2": {"unit": "seconds", "beginRange": "6000000000", "endRange": "Inf", "pricePerUnit": {"USD": "0.000015"}}}}}
    },
    "Reserved": {
      "AAAA": {
        "AAAA.R1": {"priceDimensions": {"AAAA.R1.H": {"unit": "Hrs", "pricePerUnit": {"USD": "0.0300000000"}},
          "AAAA.R1.U": {"unit": "Quantity", "pricePerUnit": {"USD": "266"}}},
          "termAttributes": {"LeaseContractLength": "1yr", "OfferingClass": "standard", "PurchaseOption": "Partial Upfront"}},
        "AAAA.R2": {"priceDimensions": {"AAAA.R2.U": {"unit": "Quantity", "pricePerUnit": {"USD": "1400"}}},
          "termAttributes": {"LeaseContractLength": "3yr", "OfferingClass": "convertible", "PurchaseOption": "All Upfront"}},
        "AAAA.R3": {"priceDimensions": {"AAAA.R3.H": {"unit": "Hrs", "pricePerUnit": {"USD": "0.02"}}},
          "termAttributes": {"LeaseContractLength": "1yr", "PurchaseOption": "Heavy Utilization"}}
      }
    }
  }
}"#;

const PLANS: &str = r#"{
  "version": "20250403000000", "publicationDate": "2025-04-03T10:00:00Z", "regionCode": "eu-west-1",
  "products": [
    {"sku": "PLAN1", "productFamily": "ComputeSavingsPlans", "serviceCode": "ComputeSavingsPlans", "usageType": "ComputeSP:1yrNoUpfront",
      "operation": "", "attributes": {"purchaseOption": "No Upfront", "granularity": "hourly", "purchaseTerm": "1yr", "locationType": "AWS Region",
      "location": "Any"}},
    {"sku": "PLAN2", "productFamily": "EC2InstanceSavingsPlans", "serviceCode": "ComputeSavingsPlans", "usageType": "EU-EC2SP:m9.3yrAllUpfront",
      "operation": "", "attributes": {"purchaseOption": "All Upfront", "instanceType": "m9", "location": "EU (Ireland)"}}
  ],
  "terms": {"savingsPlan": [
    {"sku": "PLAN1", "description": "1 year No Upfront Compute Savings Plan", "effectiveDate": "2025-04-01T00:00:00Z",
      "leaseContractLength": {"duration": 1, "unit": "year"}, "rates": [
        {"discountedSku": "AAAA", "discountedUsageType": "EU-BoxUsage:m9.large", "discountedOperation": "RunInstances",
          "discountedServiceCode": "AmazonEC2", "rateCode": "PLAN1.AAAA", "unit": "Hrs", "discountedRate": {"price": "0.0781", "currency": "USD"},
          "discountedRegionCode": "eu-west-1", "discountedInstanceType": "m9.large"},
        {"discountedSku": "FFFF", "discountedUsageType": "EU-Fargate-vCPU-Hours:perCPU", "discountedOperation": "",
          "discountedServiceCode": "AmazonECS", "rateCode": "PLAN1.FFFF", "unit": "hours", "discountedRate": {"price": "0.0324", "currency": "USD"},
          "discountedRegionCode": "eu-west-1"}]},
    {"sku": "PLAN2", "description": "3 year All Upfront m9 EC2 Instance Savings Plan in eu-west-1",
      "leaseContractLength": {"duration": 3, "unit": "year"}, "rates": [
        {"discountedSku": "AAAA", "discountedUsageType": "EU-BoxUsage:m9.large", "discountedOperation": "RunInstances",
          "discountedServiceCode": "AmazonEC2", "unit": "Hrs", "discountedRate": {"price": "0.04", "currency": "USD"},
          "discountedRegionCode": "eu-west-1"}]}
  ]}
}"#;

/// The same prices as [`INSTANCES`], as CSV.
const INSTANCES_CSV: &str = r#""FormatVersion","v1.0"
"Disclaimer","All prices are subject to, well, ""terms"""
"Publication Date","2025-04-04T10:00:00Z"
"Version","20250404000000"
"OfferCode","AmazonEC2"
"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange","EndingRange","Unit","PricePerUnit","Currency","LeaseContractLength","PurchaseOption","OfferingClass","Product Family","serviceCode","Location","Location Type","Instance Type","usageType","operation","Region Code"
"AAAA","OD","AAAA.OD.H","OnDemand","…","2025-04-01","0","Inf","Hrs","0.1070000000","USD","","","","Compute Instance","AmazonEC2","EU (Ireland)","AWS Region","m9.large","EU-BoxUsage:m9.large","RunInstances","eu-west-1"
"AAAA","R1","AAAA.R1.U","Reserved","Upfront Fee","2025-04-01","","","Quantity","266","USD","1yr","Partial Upfront","standard","Compute Instance","AmazonEC2","EU (Ireland)","AWS Region","m9.large","EU-BoxUsage:m9.large","RunInstances","eu-west-1"
"BBBB","OD","BBBB.OD.H","OnDemand","…","2025-04-01","0","Inf","Hrs","0.188","USD","","","","Compute Instance","AmazonEC2","US East (N. Virginia)","AWS Region","m9.large","BoxUsage:m9.large","RunInstances:0002",""
"CCCC","OD","CCCC.OD.H","OnDemand","…","2025-04-01","0","Inf","GB-Mo","x","USD","","","","Storage","AmazonEC2","EU (Ireland)","AWS Region","","EU-EBS:VolumeUsage.gp3","","eu-west-1"
"DDDD","OD","DDDD.OD.H","OnDemand","…","2025-04-01","0","Inf","Hrs","1","USD","","","","","AmazonEC2","Moon (Tranquility)","AWS Region","","MOON-BoxUsage:m9.large","RunInstances",""
"EEEE","OD","EEEE.OD.1","OnDemand","…","2025-04-01","0","6000000000","seconds","0.0000166667","USD","","","","","AWSLambda","EU (Ireland)","","","EU-Lambda-GB-Second","","eu-west-1"
"EEEE","OD","EEEE.OD.2","OnDemand","…","2025-04-01","6000000000","Inf","seconds","0.000015","USD","","","","","AWSLambda","EU (Ireland)","","","EU-Lambda-GB-Second","","eu-west-1"
"AAAA","R1","AAAA.R1.H","Reserved","…","2025-04-01","0","Inf","Hrs","0.0300000000","USD","1yr","Partial Upfront","standard","Compute Instance","AmazonEC2","EU (Ireland)","AWS Region","m9.large","EU-BoxUsage:m9.large","RunInstances","eu-west-1"
"AAAA","R2","AAAA.R2.U","Reserved","Upfront Fee","2025-04-01","","","Quantity","1400","USD","3yr","All Upfront","convertible","Compute Instance","AmazonEC2","EU (Ireland)","AWS Region","m9.large","EU-BoxUsage:m9.large","RunInstances","eu-west-1"
"AAAA","R3","AAAA.R3.H","Reserved","…","2025-04-01","0","Inf","Hrs","0.02","USD","1yr","Heavy Utilization","","Compute Instance","AmazonEC2","EU (Ireland)","AWS Region","m9.large","EU-BoxUsage:m9.large","RunInstances","eu-west-1"
"#;

/// The same rates as [`PLANS`], as CSV.
const PLANS_CSV: &str = "FormatVersion,v1.0
Disclaimer,All prices are subject to terms
Publication Date,2025-04-03T10:00:00Z
Version,20250403000000
OfferCode,AmazonComputeSavingsPlan
SKU,RateCode,Unit,EffectiveDate,DiscountedRate,Currency,DiscountedSKU,DiscountedServiceCode,DiscountedUsageType,DiscountedOperation,PurchaseOption,LeaseContractLength,LeaseContractLengthUnit,ServiceCode,UsageType,Operation,Description,Instance Family,Location,Location Type,Granularity,Product Family,DiscountedRegionCode,DiscountedInstanceType
PLAN1,PLAN1.AAAA,Hrs,2025-04-01T00:00:00Z,0.0781,USD,AAAA,AmazonEC2,EU-BoxUsage:m9.large,RunInstances,No Upfront,1,year,ComputeSavingsPlans,ComputeSP:1yrNoUpfront,,…,,Any,,hourly,ComputeSavingsPlans,eu-west-1,m9.large
PLAN1,PLAN1.FFFF,hours,2025-04-01T00:00:00Z,0.0324,USD,FFFF,AmazonECS,EU-Fargate-vCPU-Hours:perCPU,,No Upfront,1,year,ComputeSavingsPlans,ComputeSP:1yrNoUpfront,,…,,Any,,hourly,ComputeSavingsPlans,eu-west-1,
PLAN2,PLAN2.AAAA,Hrs,2025-04-01T00:00:00Z,0.04,USD,AAAA,AmazonEC2,EU-BoxUsage:m9.large,RunInstances,All Upfront,3,year,ComputeSavingsPlans,EU-EC2SP:m9.3yrAllUpfront,,…,m9,EU (Ireland),AWS Region,hourly,EC2InstanceSavingsPlans,eu-west-1,m9.large
";

#[test]
fn json_lists_of_services_and_plans_are_one_book() {
    insta::assert_snapshot!(imported(&[("index.json", INSTANCES), ("plans.json", PLANS)], &Options::default()), @"
    2025-04-04 USD AmazonEC2 20250404000000, Savings Plan rates 20250403000000
    OnDemand,,,,eu-west-1,AmazonEC2,BoxUsage:m9.large,RunInstances,0.107,,Hrs,,list,AAAA
    StandardReservation,1yr,Partial Upfront,,eu-west-1,AmazonEC2,BoxUsage:m9.large,RunInstances,0.03,266,Hrs,,list,AAAA
    ConvertibleReservation,3yr,All Upfront,,eu-west-1,AmazonEC2,BoxUsage:m9.large,RunInstances,0,1400,Hrs,,list,AAAA
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m9.large,RunInstances:0002,0.188,,Hrs,,list,BBBB
    EC2InstanceSavingsPlans,3yr,All Upfront,m9,eu-west-1,AmazonEC2,BoxUsage:m9.large,RunInstances,0.04,,Hrs,eu-west-1,list,AAAA
    ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m9.large,RunInstances,0.0781,,Hrs,eu-west-1,list,AAAA
    ComputeSavingsPlans,1yr,No Upfront,,,AmazonECS,Fargate-vCPU-Hours:perCPU,,0.0324,,hours,eu-west-1,list,FFFF
    left out 1, no commitment covers it; the first: AmazonEC2 EU-EBS:VolumeUsage.gp3
    left out 1, of a place that is no known Region; the first: Moon (Tranquility)
    left out 1, priced in tiers by volume; the first: AWSLambda eu-west-1 Lambda-GB-Second
    left out 1, sold in a way that is not known; the first: AAAA  1yr Heavy Utilization
    ");
}

#[test]
fn csv_says_what_json_says() {
    let json = imported(&[("index.json", INSTANCES)], &Options::default());
    assert_eq!(imported(&[("index.csv", INSTANCES_CSV)], &Options::default()), json);
    let plans = imported(&[("plans.csv", PLANS_CSV)], &Options::default());
    let same = imported(&[("plans.json", PLANS)], &Options::default());
    let after_origin = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(after_origin(&plans), after_origin(&same));
}

#[test]
fn regions_that_were_not_asked_for_are_left_out() {
    let options = Options { regions: ["us-east-1".to_owned()].into(), ..Options::default() };
    insta::assert_snapshot!(imported(&[("index.json", INSTANCES), ("plans.json", PLANS)], &options), @"
    2025-04-04 USD AmazonEC2 20250404000000, Savings Plan rates 20250403000000
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m9.large,RunInstances:0002,0.188,,Hrs,,list,BBBB
    left out 1, no commitment covers it; the first: AmazonEC2 EU-EBS:VolumeUsage.gp3
    left out 2, of a Region that was not asked for; the first: AmazonEC2 eu-west-1 BoxUsage:m9.large RunInstances
    left out 1, of a place that is no known Region; the first: Moon (Tranquility)
    left out 3, of a Region that was not asked for; the first: AmazonEC2 eu-west-1 BoxUsage:m9.large RunInstances
    ");
    let nowhere = Options { regions: ["us-east-9".to_owned()].into(), ..Options::default() };
    insta::assert_snapshot!(imported(&[("index.json", INSTANCES)], &nowhere), @"
    there is no price in `index.json`
    hint: check the Regions asked for, and whether the list has what commitments cover: instances, nodes, functions, containers
    ");
}

#[test]
fn what_is_wrong_with_a_list_is_named() {
    let json = |from: &str, to: &str| imported(&[("index.json", &INSTANCES.replacen(from, to, 1))], &Options::default());
    let csv = |from: &str, to: &str| imported(&[("index.csv", &INSTANCES_CSV.replacen(from, to, 1))], &Options::default());
    let plans = |from: &str, to: &str| imported(&[("plans.json", &PLANS.replacen(from, to, 1))], &Options::default());
    let told = [
        json("0.1070000000", "-1"),
        json("\"USD\": \"0.188\"", "\"USD\": \"0.188\", \"CNY\": \"1\""),
        json("\"USD\": \"0.188\"", "\"CNY\": \"0.188\""),
        json("\"products\"", "\"goods\""),
        json("\"terms\"", "\"conditions\""),
        imported(&[("cut.json", &INSTANCES[..INSTANCES.len() / 2])], &Options::default()),
        plans("\"sku\": \"PLAN1\", \"description\"", "\"sku\": \"PLAN9\", \"description\""),
        plans("0.0781", "cheap"),
        csv("0.188", "0.1234567890123"),
        csv(
            "\"OnDemand\",\"…\",\"2025-04-01\",\"0\",\"Inf\",\"Hrs\",\"0.188\"",
            "\"Spot\",\"…\",\"2025-04-01\",\"0\",\"Inf\",\"Hrs\",\"0.188\"",
        ),
        csv("PricePerUnit", "Price"),
        csv("\"0.188\",\"USD\"", "\"0.188\",\"CNY\""),
        imported(&[("bill.csv", "lineItem/UsageAmount,lineItem/UnblendedCost\n1,2\n")], &Options::default()),
        imported(&[("index.json", INSTANCES), ("plans.json", &PLANS.replace("USD", "EUR"))], &Options::default()),
        imported(&[("nothing.json", "{\"products\": {}, \"terms\": {}}")], &Options::default()),
    ];
    insta::assert_snapshot!(told.join("\n\n"), @"
    `index.json` is not a price list of AWS
      because: terms/OnDemand/AAAA/AAAA.OD/priceDimensions/AAAA.OD.H: pricePerUnit `-1` is not an amount from 0 to a billion with at most 12 decimals at line 19 column 122
    hint: check that it is a price list as AWS publishes it (index.json), and download it again

    `index.json` is not a price list of AWS
      because: terms/OnDemand/BBBB/BBBB.OD/priceDimensions/BBBB.OD.H: pricePerUnit has 2 currencies and not one at line 20 column 125
    hint: check that it is a price list as AWS publishes it (index.json), and download it again

    `index.json` is not a price list of AWS
      because: a price is in CNY, and those before it are in USD at line 20 column 113
    hint: check that it is a price list as AWS publishes it (index.json), and download it again

    `index.json` is not a price list of AWS
      because: its terms come before its products at line 16 column 10
    hint: check that it is a price list as AWS publishes it (index.json), and download it again

    `index.json` is not a price list of AWS
      because: it has no products and terms at line 38 column 1
    hint: check that it is a price list as AWS publishes it (index.json), and download it again

    `cut.json` is not a price list of AWS
      because: EOF while parsing a string at line 19 column 83
    hint: the file is cut off: download it again

    `plans.json` is not a price list of AWS
      because: terms/savingsPlan: `PLAN9` is no product of the list at line 19 column 5
    hint: check that it is a price list as AWS publishes it (index.json), and download it again

    `plans.json` is not a price list of AWS
      because: terms/savingsPlan/PLAN1/AAAA: discountedRate `cheap` is not an amount from 0 to a billion with at most 12 decimals at line 19 column 5
    hint: check that it is a price list as AWS publishes it (index.json), and download it again

    line 9 of `index.csv`: PricePerUnit `0.1234567890123` is not an amount from 0 to a billion with at most 12 decimals
    hint: correct the file: docs/spec/prices.md shows the columns

    line 9 of `index.csv`: TermType `Spot` is not `OnDemand` or `Reserved`
    hint: correct the file: docs/spec/prices.md shows the columns

    `index.csv` has no column `PricePerUnit`
    hint: correct the file: docs/spec/prices.md shows the columns

    line 9 of `index.csv`: Currency `CNY` is not the currency of the lines before it
    hint: correct the file: docs/spec/prices.md shows the columns

    `bill.csv` is no price list that is known: it begins with `lineItem/UsageAmount,lineItem/UnblendedCost`
    hint: prices come from AWS's bulk files (JSON or CSV, also gzip), Savings Plan rate files, or the simple CSV of docs/spec/prices.md

    `plans.json` is in EUR, and the files before it are in USD
    hint: import the files of each currency by themselves, into homes of their own

    none of the files says of which day its prices are
    hint: say the day: --date 2025-04-04
    ");
}

#[test]
fn gzip_and_folders_are_read_and_order_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let (list, plans) = (folder.path().join("b.json.gz"), folder.path().join("a.json"));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, INSTANCES.as_bytes()).unwrap();
    fs::write(&list, packed.finish().unwrap()).unwrap();
    fs::write(&plans, PLANS).unwrap();
    fs::write(folder.path().join(".hidden"), "no price list").unwrap();
    let all = import(&[folder.path().to_owned()], &Options::default()).unwrap();
    let apart = import(&[list, plans], &Options::default()).unwrap();
    assert_eq!(all.book, apart.book);
    assert_eq!(all.files.len(), 2);
    let missing = folder.path().join("none.json");
    let error = import(&[missing], &Options::default()).unwrap_err();
    insta::assert_snapshot!(told(&error, error.hint(), &folder.path().display().to_string()), @"
    cannot read `none.json`
      because: No such file or directory (os error 2)
    hint: check the name and whether it may be read
    ");
}
