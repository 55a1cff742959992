//! What no simulation takes, each with the message that says why.

use crate::case::text::read;
use crate::case::{Case, FIRST_HOUR};
use tenor_cover::{Commitment, CommitmentId, Covers, FamilyKey, Organization, Parts, Simulator, UsageMatrix};
use tenor_money::{Money, UnitPrice};

fn case() -> Case {
    read(
        "
        sku large rate=0.1 decimals=0 exact=large families=m5 factor=4
        sku other rate=0.1 decimals=0
        rates sp large=0.05
        usage a/i1 sku=large used=1
        reservation ri owner=a exact=large hourly=0.05
        plan sp owner=a rates=sp recurring=1
        ",
    )
}

/// What is said of parts that are changed in one way.
fn refused(change: impl FnOnce(&mut Parts)) -> String {
    let mut parts = case().parts;
    change(&mut parts);
    Organization::new(parts).unwrap_err().to_string()
}

fn price(text: &str) -> UnitPrice {
    text.parse().unwrap()
}

#[test]
fn usage_that_does_not_fit_together_is_refused() {
    let told = [
        refused(|parts| parts.series[0].sku = 7),
        refused(|parts| parts.series.push(parts.series[0].clone())),
        refused(|parts| parts.skus[1].name = "large".to_owned()),
        refused(|parts| parts.skus[0].on_demand = price("-1")),
        refused(|parts| parts.skus[0].on_demand = price("0.00000000001")),
        refused(|parts| parts.skus[0].on_demand = price("100000")),
        refused(|parts| parts.skus[1].decimals = 13),
        refused(|parts| parts.skus[0].decimals = 10),
        refused(|parts| parts.rate_tables[0].rates.truncate(1)),
        refused(|parts| parts.rate_tables[0].rates[0] = Some(price("-0.1"))),
        refused(|parts| parts.rate_tables[0].rates[1] = Some(price("3000000000"))),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the series of account a, resource `i1` names SKU number 7, which is not among the SKUs
    two series of account a, resource `i1` are the same SKU in the same zone; add them up first
    two SKUs are named `large`; names break ties, so they must tell SKUs apart
    large: an on-demand rate is never negative and has at most 10 decimals
    large: an on-demand rate is never negative and has at most 10 decimals
    large: an on-demand rate is below 100,000
    other: usage has at most 12 decimals
    large: usage that reservations cover has at most 9 decimals
    sp: a rate table has one place for each SKU
    sp: a plan's rate is never negative and has at most 10 decimals
    sp: a plan's rate is below 100,000
    ");
}

#[test]
fn commitments_that_no_bill_has_are_refused() {
    let told = [
        refused(|parts| parts.plans[0].id = CommitmentId("ri".to_owned())),
        refused(|parts| parts.plans[0].term.seconds = 0),
        refused(|parts| parts.plans[0].term.seconds = i64::MAX),
        refused(|parts| parts.plans[0].term.start = i64::MAX),
        refused(|parts| parts.plans[0].upfront = Money::from_whole(10_000_000_000)),
        refused(|parts| parts.reservations[0].upfront = Money::from_whole(-1)),
        refused(|parts| parts.reservations[0].count = 0),
        refused(|parts| parts.reservations[0].hourly = price("-0.1")),
        refused(|parts| parts.reservations[0].hourly = price("100000")),
        refused(|parts| {
            parts.reservations[0].covers = Covers::Family(FamilyKey("m5".to_owned()));
            parts.reservations[0].zone = Some("use1-az1".to_owned());
        }),
        refused(|parts| parts.plans[0].rate_table = 1),
        refused(|parts| parts.plans[0].recurring = Money::from_whole(-1)),
        refused(|parts| parts.plans[0].recurring = Money::from_whole(10_000_000)),
        refused(|parts| {
            parts.plans[0].upfront = Money::from_whole(18_000_000);
            parts.plans[0].term.seconds = 3600;
        }),
        refused(|parts| {
            let plan = parts.plans[0].clone();
            parts.plans.extend((0..65_535).map(|number| tenor_cover::Plan { id: CommitmentId(format!("{number}")), ..plan.clone() }));
        }),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the commitment ri is there twice
    sp: a term has a positive length
    sp: a term is at most a hundred years long
    sp: a term starts within thirty thousand years of 1970
    sp: an upfront fee is below ten billion
    ri: an upfront fee is never negative
    ri: a reservation holds at least one instance
    ri: a recurring fee is never negative
    ri: a recurring fee is below 100,000
    ri: a zonal reservation is for one size
    sp: its rate table is not among the rate tables
    sp: a recurring commitment is never negative
    sp: a recurring commitment is below ten million an hour
    sp: recurring and amortized upfront commitment are below 18 million an hour
    plans of one kind are more than a simulation can count
    ");
}

#[test]
fn a_commitment_more_is_looked_at_like_all_others() {
    let organization = Organization::new(case().parts).unwrap();
    let again = Commitment::Plan(organization.parts().plans[0].clone());
    assert_eq!(organization.with(again).unwrap_err().to_string(), "the commitment sp is there twice");
}

/// A plan at a rate of nothing, and two accounts that use what costs a billion each: more than the notes of an hour can hold.
#[test]
fn usage_beyond_what_can_be_counted_is_refused() {
    let text = "
        sku gift rate=1 decimals=0
        sku fine rate=0 decimals=9
        rates sp gift=0
        usage a/i1 sku=gift used=1
        usage b/i1 sku=gift used=1
        usage b/i2 sku=fine used=1
        plan sp owner=a rates=sp recurring=1
    ";
    let parts = read(text).parts;
    let organization = Organization::new(parts).unwrap();
    let billion = 1_000_000_000;
    let told = |cells: [u64; 3]| match organization.check_cells(FIRST_HOUR, &cells) {
        Ok(()) => "fits".to_owned(),
        Err(error) => error.to_string(),
    };
    let told =
        [told([billion, 0, 1]), told([billion, billion, 0]), told([2 * billion, 0, 0]), told([u64::MAX, 0, 0]), told([0, 0, u64::MAX])];
    insta::assert_snapshot!(told.join("\n"), @"
    fits
    what is used in the hour 2026-01-01T00:00Z costs more than 1.8 billion on demand, which is more than a simulation can count
    2000000000 of gift in the hour 2026-01-01T00:00Z are more than a simulation can count
    18446744073709551615 of gift in the hour 2026-01-01T00:00Z are more than a simulation can count
    fits
    ");
    let largest = vec![billion, 799_999_999, u64::MAX];
    organization.check_cells(FIRST_HOUR, &largest).unwrap();
    let (simulator, usage) = (Simulator::new(&organization), UsageMatrix::new(FIRST_HOUR, 3, largest));
    let totals = simulator.run(&usage, usage.hours(), &mut ());
    assert_eq!(simulator.baseline(&usage, usage.hours()).totals(), &totals);
    assert_eq!(totals.covered_list_cost(), Money::from_whole(1_799_999_999));
}
