//! Prices as text in, and what is known of them as text out.

use crate::{Draft, Missing, OfferingClass, Payment, PlanOffer, PriceBook, Rate, ReservedOffer, ReservedPrice, SkuKey, Source, TermLength};
use jiff::civil::date;
use proptest::prelude::*;
use tenor_cover::PlanKind;
use tenor_cover::replay::SkuName;

/// `us-east-1 BoxUsage:m5.large RunInstances` of EC2.
pub(crate) fn sku(text: &str) -> SkuKey {
    let words: Vec<&str> = text.split(' ').collect();
    let [region, usage_type, operation] = words[..] else { panic!("`{text}` is not region, usage type and operation") };
    SkuKey::new("AmazonEC2", region, usage_type, operation)
}

fn offer(words: &[&str]) -> ReservedOffer {
    let class = OfferingClass::from_text(words[0]).unwrap();
    ReservedOffer { class, term: TermLength::from_text(words[1]).unwrap(), payment: Payment::from_text(words[2]).unwrap() }
}

fn plan(words: &[&str]) -> PlanOffer {
    let kind = PlanKind::from_offering_type(words[0]).unwrap();
    let (term, payment) = (TermLength::from_text(words[1]).unwrap(), Payment::from_text(words[2]).unwrap());
    let (family, region) = words.get(3).map_or(("", ""), |text| text.split_once('/').unwrap());
    PlanOffer { kind, term, payment, family: family.to_owned(), region: region.to_owned() }
}

/// Puts lines such as `SKU: od 0.096`, `SKU: ri standard 1yr NoUpfront 0.06 0`, `SKU: sp ComputeSavingsPlans 1yr NoUpfront 0.07` in;
/// a source may follow. What clashes is returned.
fn draft(text: &str) -> (Draft, Vec<String>) {
    let mut draft = Draft::new();
    let mut clashes = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, price) = line.split_once(": ").unwrap();
        let sku = sku(name);
        let mut words: Vec<&str> = price.split(' ').collect();
        let source = words.last().and_then(|word| Source::from_text(word)).inspect(|_| _ = words.pop()).unwrap_or(Source::List);
        let put = match words[0] {
            "od" => draft.on_demand(&sku, Rate { price: words[1].parse().unwrap(), source }),
            "ri" => {
                let price = ReservedPrice { hourly: words[4].parse().unwrap(), upfront: words[5].parse().unwrap(), source };
                draft.reserved(&sku, offer(&words[1..]), price)
            }
            _ => {
                let (rate, words) = words.split_last().unwrap();
                draft.plan_rate(&plan(&words[1..]), &sku, Rate { price: rate.parse().unwrap(), source })
            }
        };
        clashes.extend(put.err().map(|clash| clash.to_string()));
    }
    (draft, clashes)
}

pub(crate) fn book(text: &str) -> PriceBook {
    draft(text).0.finish(date(2025, 4, 4), "USD")
}

/// The rows of its encoding, without facts and header, and the columns that most rows leave empty.
pub(crate) fn rows(book: &PriceBook) -> String {
    let mut text = String::new();
    book.encode(&mut text).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).skip(1).collect::<Vec<_>>().join("\n")
}

const M5: &str = "
    us-east-1 BoxUsage:m5.large RunInstances: od 0.096
    us-east-1 BoxUsage:m5.large RunInstances: ri standard 1yr NoUpfront 0.06 0
    us-east-1 BoxUsage:m5.large RunInstances: ri convertible 3yr PartialUpfront 0.0246 645
    us-east-1 BoxUsage:m5.large RunInstances: sp ComputeSavingsPlans 1yr NoUpfront 0.0705";

fn name(usage_type: &str) -> SkuName {
    let [service, region, operation] = ["AmazonEC2", "us-east-1", "RunInstances"].map(str::to_owned);
    SkuName { service, region, usage_type: usage_type.to_owned(), operation }
}

#[test]
fn what_is_listed_is_found_and_what_is_not_is_named() {
    let book = book(M5);
    let m5 = SkuKey::from(&name("USE1-BoxUsage:m5.large"));
    let m6 = SkuKey::from(&name("BoxUsage:m6i.large"));
    let standard = offer(&["standard", "1yr", "No Upfront"]);
    assert_eq!(book.on_demand(&m5).unwrap().price.to_string(), "0.096");
    assert_eq!(book.reserved(&m5, standard).unwrap().hourly.to_string(), "0.06");
    let compute = plan(&["ComputeSavingsPlans", "1yr", "NoUpfront"]);
    assert_eq!(book.plan_rate(&compute, &m5).unwrap().unwrap().price.to_string(), "0.0705");
    assert_eq!(book.plan_rate(&compute, &m6), Ok(None), "the offer is listed and does not cover it");
    let missing: Vec<Missing> = vec![
        book.on_demand(&m6).unwrap_err(),
        book.reserved(&m5, ReservedOffer { term: TermLength::ThreeYears, ..standard }).unwrap_err(),
        book.plan_rate(&PlanOffer { payment: Payment::AllUpfront, ..compute }, &m5).unwrap_err(),
    ];
    let told: Vec<String> = missing.iter().map(|missing| format!("{missing}\nhint: {}", missing.hint())).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    the list prices 2add19ae177c of 2025-04-04 have no on-demand rate of AmazonEC2 us-east-1 BoxUsage:m6i.large RunInstances
    hint: import a price list that has it: tenor prices import FILE...
    the list prices 2add19ae177c of 2025-04-04 have no standard 3yr No Upfront reservation of AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances
    hint: import a price list that has it: tenor prices import FILE...
    the list prices 2add19ae177c of 2025-04-04 have no rates of Compute 1yr All Upfront Savings Plans
    hint: import AWS's Savings Plan rate files beside the price list, or simulate them from reservations: tenor prices import --simulate-plans FILE...
    ");
}

#[test]
fn a_rate_table_follows_the_skus_of_a_bill() {
    let book = book(M5);
    let compute = plan(&["ComputeSavingsPlans", "1yr", "NoUpfront"]);
    let names = ["BoxUsage:m6i.large", "BoxUsage:m5.large"].map(name);
    let (table, is_simulated) = book.rate_table(&compute, &names).unwrap();
    assert_eq!((table.name.as_str(), is_simulated), ("Compute 1yr No Upfront", false));
    assert_eq!(table.rates.map_to_text(), ["-", "0.0705"]);
}

trait MapToText {
    fn map_to_text(&self) -> Vec<String>;
}

impl MapToText for Vec<Option<tenor_money::UnitPrice>> {
    fn map_to_text(&self) -> Vec<String> {
        self.iter().map(|rate| rate.map_or("-".to_owned(), |rate| rate.to_string())).collect()
    }
}

#[test]
fn two_prices_of_one_thing_are_none_and_sources_stand_in_order() {
    let (draft, clashes) = draft(
        "us-east-1 BoxUsage:m5.large RunInstances: od 0.096
         us-east-1 BoxUsage:m5.large RunInstances: od 0.096
         us-east-1 BoxUsage:m5.large RunInstances: od 0.097
         us-east-1 BoxUsage:m5.xlarge RunInstances: od 0.18 simulated
         us-east-1 BoxUsage:m5.xlarge RunInstances: od 0.192
         us-east-1 BoxUsage:m5.xlarge RunInstances: od 0.19 simulated
         us-east-1 BoxUsage:m5.xlarge RunInstances: ri standard 1yr NoUpfront 0.1 0
         us-east-1 BoxUsage:m5.xlarge RunInstances: ri standard 1yr NoUpfront 0.1 5
         us-east-1 BoxUsage:m5.2xlarge RunInstances: od 0.384
         us-east-1 BoxUsage:m5.2xlarge RunInstances: od 0.3 private",
    );
    insta::assert_snapshot!(clashes.join("\n"), @"
    the on-demand rate of AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances has two prices: 0.096 and 0.097
    the standard 1yr No Upfront reservation of AmazonEC2 us-east-1 BoxUsage:m5.xlarge RunInstances has two prices: 0.1 and 0 upfront and 0.1 and 5 upfront
    ");
    insta::assert_snapshot!(rows(&draft.finish(date(2025, 4, 4), "USD")), @"
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.2xlarge,RunInstances,0.3,,,,private,
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.xlarge,RunInstances,0.192,,,,list,
    ");
}

#[test]
fn the_encoding_is_the_simple_csv() {
    let mut draft = draft(M5).0;
    draft.describe(&sku("us-east-1 BoxUsage:m5.large RunInstances"), "Hrs", "6C86BEPQVG73ZGGR");
    draft.describe(&sku("us-east-1 Odd,\"usage\" Hourly"), "", "");
    draft.on_demand(&sku("us-east-1 Odd,\"usage\" Hourly"), Rate::list("1".parse().unwrap())).unwrap();
    draft.origin("AmazonEC2 20250404000000");
    let mut text = String::new();
    draft.finish(date(2025, 4, 4), "USD").encode(&mut text).unwrap();
    insta::assert_snapshot!(text, @r#"
    # tenor prices 1
    # date 2025-04-04
    # currency USD
    # from AmazonEC2 20250404000000
    offering,term,payment_option,family,region,service,usage_type,operation,rate,upfront,unit,usage_region,source,sku
    OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096,,Hrs,,list,6C86BEPQVG73ZGGR
    StandardReservation,1yr,No Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.06,,Hrs,,list,6C86BEPQVG73ZGGR
    ConvertibleReservation,3yr,Partial Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0246,645,Hrs,,list,6C86BEPQVG73ZGGR
    OnDemand,,,,us-east-1,AmazonEC2,"Odd,""usage""",Hourly,1,,,,list,
    ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0705,,Hrs,us-east-1,list,6C86BEPQVG73ZGGR
    "#);
}

#[test]
fn plans_are_simulated_from_reservations_and_marked() {
    let (mut draft, _) = draft(
        "us-east-1 BoxUsage:m5.large RunInstances: od 0.096
         us-east-1 BoxUsage:m5.large RunInstances: ri standard 1yr NoUpfront 0.06 0
         us-east-1 BoxUsage:m5.large RunInstances: ri convertible 1yr NoUpfront 0.071 0
         us-east-1 BoxUsage:m5.large RunInstances: ri standard 3yr AllUpfront 0 1000
         us-east-1 BoxUsage:m5.large RunInstances:0002: od 0.188
         us-east-1 BoxUsage:m5.large RunInstances:0002: ri standard 1yr NoUpfront 0.152 0
         us-east-1 BoxUsage:m6i.large RunInstances:0002: od 0.188
         us-east-1 UnusedBox:m5.large RunInstances: od 0.096
         us-east-1 BoxUsage:c5.large RunInstances: ri convertible 3yr NoUpfront 0.03 0
         us-east-1 BoxUsage:m5.xlarge RunInstances: sp ComputeSavingsPlans 3yr NoUpfront 0.07",
    );
    let simulated = draft.simulate_plans();
    let no_licence: Vec<String> = simulated.no_licence.iter().map(ToString::to_string).collect();
    assert_eq!(no_licence, ["AmazonEC2 us-east-1 BoxUsage:m6i.large RunInstances:0002"]);
    let book = draft.finish(date(2025, 4, 4), "USD");
    assert!(book.has_simulated());
    let derived: Vec<String> = rows(&book).lines().filter(|line| line.contains("SavingsPlans")).map(str::to_owned).collect();
    assert_eq!(simulated.rates, derived.len() as u64 - 1);
    insta::assert_snapshot!(derived.join("\n"), @"
    EC2InstanceSavingsPlans,1yr,No Upfront,m5,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.06,,,us-east-1,simulated,
    EC2InstanceSavingsPlans,1yr,No Upfront,m5,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances:0002,0.152,,,us-east-1,simulated,
    EC2InstanceSavingsPlans,3yr,All Upfront,m5,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0380517504,,,us-east-1,simulated,
    EC2InstanceSavingsPlans,3yr,All Upfront,m5,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances:0002,0.1300517504,,,us-east-1,simulated,
    ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.071,,,us-east-1,simulated,
    ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances:0002,0.163,,,us-east-1,simulated,
    ComputeSavingsPlans,3yr,No Upfront,,,AmazonEC2,BoxUsage:m5.xlarge,RunInstances,0.07,,,us-east-1,list,
    ");
}

fn any_price() -> impl Strategy<Value = String> {
    let sku = prop_oneof![Just("us-east-1 BoxUsage:m5.large RunInstances"), Just("eu-west-1 EU-BoxUsage:c5.large RunInstances:0002")];
    let price = prop_oneof![
        Just("od"),
        Just("ri standard 1yr NoUpfront"),
        Just("ri convertible 3yr AllUpfront"),
        Just("sp ComputeSavingsPlans 1yr NoUpfront"),
        Just("sp EC2InstanceSavingsPlans 3yr NoUpfront m5/us-east-1"),
    ];
    let source = prop_oneof![Just(""), Just(" private"), Just(" simulated")];
    (sku, price, 0..3_u32, source).prop_map(|(sku, price, amount, source)| {
        let upfront = if price.starts_with("ri") { " 7" } else { "" };
        format!("{sku}: {price} 0.0{amount}{upfront}{source}")
    })
}

proptest! {
    #[test]
    fn the_key_of_a_key_is_itself(region in "(us-east-1)?", usage_type in "([A-Z]{1,4}[0-9]?-|USW2-|EU-){0,3}[A-Za-z:-]{0,8}") {
        let key = SkuKey::new("AmazonEC2", &region, &usage_type, "");
        prop_assert_eq!(SkuKey::new(key.service(), key.region(), key.usage_type(), key.operation()), key);
    }

    #[test]
    fn the_order_of_prices_does_not_matter(mut lines in proptest::collection::vec(any_price(), 0..12)) {
        let forwards = book(&lines.join("\n"));
        lines.reverse();
        let backwards = book(&lines.join("\n"));
        prop_assert_eq!(forwards, backwards);
    }

    #[test]
    fn other_prices_are_another_version(one in proptest::collection::vec(any_price(), 0..6), other in proptest::collection::vec(any_price(), 0..6)) {
        let (one, other) = (book(&one.join("\n")), book(&other.join("\n")));
        prop_assert_eq!(one.version() == other.version(), rows(&one) == rows(&other));
    }
}
