//! Billed hours and their simulation, as text.

use super::{BilledUsage, Comparison, Fee, FeeKind, KnownRates, PlanOffering, ReplayInput, SkuFacts, SkuName};
use crate::catalogue::Sizes;
use crate::commitment::{CommitmentId, PlanKind, Term};
use crate::settings::Settings;
use crate::sharing::Sharing;
use crate::sku::Factor;
use tenor_bill::{AccountId, Hour};
use tenor_money::{Money, Quantity};

fn name(usage_type: &str) -> SkuName {
    let [service, region, operation] = ["AmazonEC2", "us-east-1", "RunInstances"].map(str::to_owned);
    SkuName { service, region, usage_type: usage_type.to_owned(), operation }
}

/// A t2.large for two hours, for which a bill says how much of it a t2.micro reservation of account 1 covered, and at which cost.
fn billed(hours: [(&str, &str); 2]) -> ReplayInput {
    let sizes = Sizes::published();
    let mut input = ReplayInput::default();
    let sku = input.sku(name("BoxUsage:t2.large"), &facts("0.0928"), false, &sizes).unwrap();
    let (id, owner): (_, AccountId) = (CommitmentId("ri-1".to_owned()), "1".parse().unwrap());
    input.fee(reservation("ri-1", "HeavyUsage:t2.micro", None));
    for (hour, (covered, cost)) in (0..).map(Hour::from_epoch_hours).zip(hours) {
        let covered: Quantity = covered.parse().unwrap();
        let row = |quantity, paid_by| BilledUsage { hour, account: &owner, resource: "i-1", zone: "us-east-1a", sku, quantity, paid_by };
        input.usage(&row(covered, Some((&id, cost.parse().unwrap())))).unwrap();
        input.usage(&row(Quantity::from_whole(1) - covered, None)).unwrap();
    }
    input
}

fn facts(rate: &str) -> SkuFacts {
    SkuFacts { unit: "Hrs".to_owned(), public_rate: rate.parse().ok(), ..SkuFacts::default() }
}

/// A reservation of account 1 at 0.0072 an hour.
fn reservation(id: &str, usage_type: &str, zone: Option<&str>) -> Fee {
    let kind = FeeKind::Reservation {
        sku: name(usage_type),
        facts: Box::default(),
        factor: None,
        zone: zone.map(str::to_owned),
        count: 1,
        hourly: "0.0072".parse().unwrap(),
        is_convertible: None,
    };
    fee(id, kind)
}

fn fee(id: &str, kind: FeeKind) -> Fee {
    let term = Term { start: 0, seconds: 31_536_000, retired: None };
    Fee { id: CommitmentId(id.to_owned()), owner: "1".parse().unwrap(), term, upfront: Money::ZERO, kind }
}

fn compared(input: ReplayInput) -> Comparison {
    let replay = input.build(Sharing::default(), &KnownRates::default(), &Sizes::published()).unwrap();
    replay.compare(Hour::from_epoch_hours(0)..Hour::from_epoch_hours(2), Settings::default())
}

fn told(compared: &Comparison) -> String {
    let told = compared.commitments.iter().map(|one| {
        format!(
            "{}: {} billed, {} simulated, {} hours differ, {} unequal by {}; left out {} rows of {}; exact: {}",
            one.id,
            one.units_billed,
            one.units_simulated,
            one.hours_different,
            one.hours_unequal,
            one.absolute_difference,
            one.left_out.rows,
            one.left_out.effective,
            compared.is_exact()
        )
    });
    let pools = compared.pools.iter().map(|pool| format!("{}: {} of {} hours differ", pool.name, pool.hours_different, pool.hours));
    told.chain(pools).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_a_bill_says_is_found_again() {
    insta::assert_snapshot!(told(&compared(billed([("0.125", "0.0072"); 2]))), @"
    ri-1: 1 billed, 1 simulated, 0 hours differ, 0 unequal by 0; left out 0 rows of 0; exact: true
    EC2 us-east-1 t2 RunInstances default: 0 of 2 hours differ
    ");
}

#[test]
fn an_hour_that_differs_is_counted_and_named() {
    insta::assert_snapshot!(told(&compared(billed([("0.125", "0.0072"), ("0", "0")]))), @"
    ri-1: 0.5 billed, 1 simulated, 1 hours differ, 1 unequal by 0.0072; left out 0 rows of 0; exact: false
    EC2 us-east-1 t2 RunInstances default: 1 of 2 hours differ
    ");
}

#[test]
fn hours_that_make_up_for_each_other_still_differ() {
    let hours = [("0.125", "0.0071"), ("0.125", "0.0073")];
    insta::assert_snapshot!(told(&compared(billed(hours))), @"
    ri-1: 1 billed, 1 simulated, 0 hours differ, 2 unequal by 0.0002; left out 0 rows of 0; exact: false
    EC2 us-east-1 t2 RunInstances default: 0 of 2 hours differ
    ");
}

#[test]
fn nothing_to_compare_is_not_exact() {
    let sizes = Sizes::published();
    let mut input = ReplayInput::default();
    input.sku(name("BoxUsage:t2.large"), &facts("0.0928"), false, &sizes).unwrap();
    assert!(!compared(input).is_exact());
}

#[test]
fn what_is_not_simulated_is_left_out_by_name() {
    let mut input = billed([("0.125", "0.0072"); 2]);
    input.leave_out(&CommitmentId("ri-1".to_owned()), "0.5".parse().unwrap());
    input.leave_out(&CommitmentId("ri-3".to_owned()), "0.25".parse().unwrap());
    // A reservation of something that no rule is known for.
    input.fee(reservation("ri-2", "HeavyUsage:unheard-of", None));
    let (id, account) = (CommitmentId("ri-2".to_owned()), "1".parse().unwrap());
    let paid_by = Some((&id, "0.125".parse().unwrap()));
    let hour = Hour::from_epoch_hours(1);
    input.usage(&BilledUsage { hour, account: &account, resource: "", zone: "", sku: 0, quantity: Quantity::ZERO, paid_by }).unwrap();
    insta::assert_snapshot!(told(&compared(input)), @"
    ri-1: 1 billed, 1 simulated, 0 hours differ, 0 unequal by 0; left out 1 rows of 0.5; exact: false
    ri-2: 0 billed, 0 simulated, 0 hours differ, 0 unequal by 0; left out 1 rows of 0.125; exact: false
    ri-3: 0 billed, 0 simulated, 0 hours differ, 0 unequal by 0; left out 1 rows of 0.25; exact: false
    EC2 us-east-1 t2 RunInstances default: 0 of 2 hours differ
    ");
}

#[test]
fn plans_of_one_offering_bought_at_other_rates_keep_their_own() {
    let sizes = Sizes::published();
    let plan = || FeeKind::Plan {
        offering: PlanOffering {
            kind: PlanKind::Compute,
            term_years: 1,
            payment_option: "No Upfront".to_owned(),
            family: String::new(),
            region: String::new(),
        },
        recurring: Money::from_whole(1),
    };
    let mut input = ReplayInput::default();
    for usage_type in ["BoxUsage:t2.large", "BoxUsage:t2.small"] {
        input.sku(name(usage_type), &facts("0.0928"), true, &sizes).unwrap();
    }
    for id in ["plan-1", "plan-2", "plan-3"] {
        input.fee(fee(id, plan()));
    }
    let billed = [("plan-1", 0, "0.07"), ("plan-2", 0, "0.06"), ("plan-3", 1, "0.05")];
    let billed = billed.map(|(id, sku, rate)| ((CommitmentId(id.to_owned()), sku), rate.parse().unwrap()));
    let rates = KnownRates { billed: billed.into(), ..KnownRates::default() };
    let replay = input.build(Sharing::default(), &rates, &sizes).unwrap();
    let parts = replay.organization.parts();
    let told = parts.plans.iter().map(|plan| {
        let table = &parts.rate_tables[plan.rate_table];
        let rates: Vec<_> = table.rates.iter().map(|rate| rate.map_or("-".to_owned(), |rate| rate.to_string())).collect();
        format!("{}: {} {}", plan.id, table.name, rates.join(" "))
    });
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    plan-1: Compute 1yr No Upfront 0.07 0.05
    plan-2: Compute 1yr No Upfront as of plan-2 0.06 -
    plan-3: Compute 1yr No Upfront 0.07 0.05
    ");
}

#[test]
fn zones_by_name_are_a_gap_where_other_accounts_may_use_them() {
    let gaps = |zone: &str, other: &str, sharing: Sharing| {
        let sizes = Sizes::published();
        let mut input = ReplayInput::default();
        let sku = input.sku(name("BoxUsage:t2.micro"), &facts("0.0116"), false, &sizes).unwrap();
        input.fee(reservation("ri-1", "HeavyUsage:t2.micro", Some(zone)));
        let (hour, account) = (Hour::from_epoch_hours(0), other.parse().unwrap());
        let row = BilledUsage { hour, account: &account, resource: "", zone, sku, quantity: Quantity::from_whole(1), paid_by: None };
        input.usage(&row).unwrap();
        let replay = input.build(sharing, &KnownRates::default(), &sizes).unwrap();
        replay.gaps.iter().map(ToString::to_string).filter(|gap| gap.contains("zone")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(gaps("us-east-1a", "2", Sharing::default()), @"
    ri-1 is for the zone `us-east-1a`, and other accounts use what it covers in a zone of that name; each account has names of its own for zones, so that it is not known whether they are one
    ");
    let off = || Sharing { off: ["1".parse().unwrap()].into(), ..Sharing::default() };
    assert_eq!(gaps("us-east-1a", "1", Sharing::default()), "", "nobody else uses it");
    assert_eq!(gaps("us-east-1a", "2", off()), "", "it does not reach anybody else");
    assert_eq!(gaps("use1-az1", "2", Sharing::default()), "", "an id is the same for all");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let built = |order: [usize; 3]| {
        let sizes = Sizes::published();
        let mut input = ReplayInput::default();
        let sku = input.sku(name("BoxUsage:t2.micro"), &facts("0.0116"), false, &sizes).unwrap();
        input.fee(reservation("ri-1", "HeavyUsage:t2.micro", None));
        for at in order {
            let (hour, account) = (Hour::from_epoch_hours(0), "1".parse().unwrap());
            let (resource, quantity) = (["a", "b", "c"][at], Quantity::from_whole(1));
            input.usage(&BilledUsage { hour, account: &account, resource, zone: "", sku, quantity, paid_by: None }).unwrap();
        }
        let replay = input.build(Sharing::default(), &KnownRates::default(), &sizes).unwrap();
        (replay.organization.parts().clone(), replay.usage)
    };
    assert_eq!(built([0, 1, 2]), built([2, 0, 1]));
}

#[test]
fn skus_that_agree_in_usage_type_and_operation_have_names_of_their_own() {
    let named =
        |service: &str, region: &str| SkuName { service: service.to_owned(), region: region.to_owned(), ..name("InstanceUsage:db.t3") };
    let names = [named("AmazonRDS", "us-east-1"), named("AmazonRDS", ""), named("AmazonDocDB", "")].map(|name| name.to_string());
    insta::assert_snapshot!(names.join("\n"), @"
    InstanceUsage:db.t3 RunInstances (AmazonRDS us-east-1)
    InstanceUsage:db.t3 RunInstances (AmazonRDS)
    InstanceUsage:db.t3 RunInstances (AmazonDocDB)
    ");
}

#[test]
fn hours_that_no_simulation_can_count_are_refused() {
    let sizes = Sizes::published();
    let refused = |rate: &str, rows: &[&str]| {
        let mut input = ReplayInput::default();
        let sku = input.sku(name("BoxUsage:t2.large"), &facts(rate), false, &sizes).unwrap();
        let (hour, account) = (Hour::from_epoch_hours(0), "1".parse().unwrap());
        let row = |quantity: &&str| BilledUsage {
            hour,
            account: &account,
            resource: "",
            zone: "",
            sku,
            quantity: quantity.parse().unwrap(),
            paid_by: None,
        };
        let error = rows.iter().find_map(|quantity| input.usage(&row(quantity)).err());
        let error = error.or_else(|| input.build(Sharing::default(), &KnownRates::default(), &sizes).err());
        error.map_or("taken".to_owned(), |error| error.to_string())
    };
    let told = [
        refused("0.01", &["10000000000", "10000000000"]),
        refused("0.01", &["100000000000"]),
        refused("0.2", &["9000000000"]),
        refused("0.2", &["8999999999", "1"]),
        refused("0.2", &["8999999999"]),
        refused("9999999999999", &["1"]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the usage of BoxUsage:t2.large RunInstances (AmazonEC2 us-east-1) in the hour 1970-01-01T00:00Z is 20000000000, which is negative or too large
    the usage of BoxUsage:t2.large RunInstances (AmazonEC2 us-east-1) in the hour 1970-01-01T00:00Z is 100000000000, which is negative or too large
    9000000000 of BoxUsage:t2.large RunInstances (AmazonEC2 us-east-1) in the hour 1970-01-01T00:00Z are more than a simulation can count
    9000000000 of BoxUsage:t2.large RunInstances (AmazonEC2 us-east-1) in the hour 1970-01-01T00:00Z are more than a simulation can count
    taken
    BoxUsage:t2.large RunInstances (AmazonEC2 us-east-1): an on-demand rate is below 100,000
    ");
}

#[test]
fn what_a_commitment_without_a_fee_paid_for_is_left_out_by_name() {
    let sizes = Sizes::published();
    let mut input = ReplayInput::default();
    let sku = input.sku(name("BoxUsage:t2.large"), &SkuFacts::default(), false, &sizes).unwrap();
    let (id, account) = (CommitmentId("ri-9".to_owned()), "1".parse().unwrap());
    let paid_by = Some((&id, Money::ZERO));
    let row = BilledUsage {
        hour: Hour::from_epoch_hours(0),
        account: &account,
        resource: "",
        zone: "",
        sku,
        quantity: Quantity::from_whole(1),
        paid_by,
    };
    input.usage(&row).unwrap();
    let negative = BilledUsage { quantity: Quantity::from_whole(-1), ..row };
    let refused = input.usage(&negative).unwrap_err().to_string();
    let replay = input.build(Sharing::default(), &KnownRates::default(), &sizes).unwrap();
    let gaps = replay.gaps.iter().map(ToString::to_string).filter(|gap| gap.contains("ri-9"));
    assert_eq!(replay.left_out[&id].rows, 1);
    insta::assert_snapshot!([refused].into_iter().chain(gaps).collect::<Vec<_>>().join("\n"), @"
    the usage of BoxUsage:t2.large RunInstances (AmazonEC2 us-east-1) in the hour 1970-01-01T00:00Z is -1, which is negative or too large
    the bill says that ri-9 paid for usage, but has no fee of it; what it paid for is taken as on demand
    ");
}

#[test]
fn the_bill_s_own_factor_and_its_several_rates_are_heeded() {
    let sizes = Sizes::published();
    let mut input = ReplayInput::default();
    let factor = Factor::from_thousandths(128_000);
    let told = SkuFacts { factor, has_several_rates: true, ..facts("1") };
    let sku = input.sku(name("BoxUsage:m7g.metal"), &told, false, &sizes).unwrap();
    let replay = input.build(Sharing::default(), &KnownRates::default(), &sizes).unwrap();
    let reservable = replay.organization.parts().skus[sku].reservable.as_ref().unwrap();
    assert_eq!(
        (Some(reservable.factor), reservable.families.len()),
        (factor, 1),
        "a size that no list has is flexible by the bill's factor"
    );
    insta::assert_snapshot!(replay.gaps.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @"rows of BoxUsage:m7g.metal RunInstances (AmazonEC2 us-east-1) have several public rates, or several of one plan; the highest is taken for all");
}
