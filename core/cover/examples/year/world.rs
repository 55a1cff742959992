//! An organization made from a seed: EC2 families, databases, containers and functions, with commitments for about two thirds.

use tenor_bill::Hour;
use tenor_cover::{
    Capacity, Commitment, CommitmentId, Covers, ExactKey, Factor, FamilyKey, Organization, Parts, Plan, PlanKind, RateTable, Reservable,
    Reservation, Series, Sku, Term, Unit, UsageMatrix,
};
use tenor_money::{Money, UnitPrice};

/// Accounts.
const ACCOUNTS: u64 = 500;

/// EC2 families; each comes in `SIZES`.
const FAMILIES: u64 = 6;

/// Sizes: name and normalization factor.
const SIZES: [(&str, u32); 4] = [("large", 4), ("xlarge", 8), ("2xlarge", 16), ("4xlarge", 32)];

/// Share of the on-demand rate that each offering charges, in hundredths: one year and three, no, partial and all upfront.
const OFFERINGS: [u64; 6] = [73, 70, 68, 52, 49, 46];

/// A number that looks random, from its place.
pub(crate) fn mix(place: u64) -> u64 {
    let mut x = place.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0xD1B5_4A32_D192_ED03);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Everything but the usage.
pub(crate) fn parts() -> Parts {
    let skus = skus();
    let account = |number: u64| format!("{:012}", 100_000_000_000 + number * 7_919).parse().expect("an account id");
    let mut parts = Parts { rate_tables: rate_tables(&skus), ..Parts::default() };
    for number in 0..ACCOUNTS {
        for sku in 0..skus.len() {
            parts.series.push(Series { account: account(number), resource: String::new(), sku, zone: None });
        }
    }
    parts.skus = skus;
    for number in 0..100 {
        parts.reservations.push(reservation(number, account(mix(number) % ACCOUNTS)));
    }
    for number in 0..100 {
        parts.plans.push(plan(number, account(mix(number + 1_000) % ACCOUNTS)));
    }
    parts
}

fn skus() -> Vec<Sku> {
    let sku = |name: String, rate: u64, decimals, unit, reservable| Sku {
        name,
        on_demand: UnitPrice::from_units(i128::from(rate) * 100),
        decimals,
        unit,
        capacity: Capacity::Used,
        reservable,
    };
    let reservable = |family: &str, size: &str, factor: u32| {
        Some(Reservable {
            families: vec![FamilyKey(family.to_owned())],
            exact: ExactKey(format!("{family}.{size}")),
            factor: Factor::from_thousandths(factor * 1000).expect("not zero"),
        })
    };
    let mut skus = Vec::new();
    for family in 0..FAMILIES {
        for (size, factor) in SIZES {
            let rate = (2_000_000_000 + 375_000_000 * family) * u64::from(factor) / 4;
            skus.push(sku(format!("m{family}.{size}"), rate, 6, Unit::Hour, reservable(&format!("m{family}"), size, factor)));
        }
    }
    for family in 0..2_u64 {
        for (size, factor) in SIZES {
            let rate = (6_000_000_000 + 200_000_000 * family) * u64::from(factor) / 4;
            skus.push(sku(format!("db{family}.{size}"), rate, 6, Unit::Hour, reservable(&format!("db{family}"), size, factor)));
        }
    }
    for number in 0..4_u64 {
        skus.push(sku(format!("fargate-vcpu-{number}"), 404_800_000 + number, 6, Unit::Hour, None));
        skus.push(sku(format!("fargate-gb-{number}"), 44_450_000 + number, 6, Unit::Hour, None));
    }
    skus
}

/// The six Compute offerings, then six for each EC2 family.
fn rate_tables(skus: &[Sku]) -> Vec<RateTable> {
    let table = |name: String, offering: u64, better: u64, covers: &dyn Fn(&str) -> bool| {
        let rate = |(place, sku): (usize, &Sku)| {
            // A little more or less by SKU, as in AWS's lists: offerings keep their order.
            let hundredths = offering - better + mix(place as u64) % 3;
            covers(&sku.name).then(|| UnitPrice::from_units(sku.on_demand.units() * i128::from(hundredths) / 10_000 * 100))
        };
        RateTable { name, rates: skus.iter().enumerate().map(rate).collect() }
    };
    let mut tables: Vec<RateTable> =
        OFFERINGS.iter().map(|offering| table(format!("Compute {offering}"), *offering, 0, &|name| !name.starts_with("db"))).collect();
    for family in 0..FAMILIES {
        let prefix = format!("m{family}.");
        tables.extend(
            OFFERINGS.iter().map(|offering| table(format!("EC2 {prefix}{offering}"), *offering, 6, &|name| name.starts_with(&prefix))),
        );
    }
    tables
}

/// A reservation of one of the eight families, 1,500 to 4,500 units each.
pub(crate) fn reservation(number: u64, owner: tenor_bill::AccountId) -> Reservation {
    let pool = number % (FAMILIES + 2);
    let family = if pool < FAMILIES { format!("m{pool}") } else { format!("db{}", pool - FAMILIES) };
    Reservation {
        id: CommitmentId(format!("arn:ri:{:016x}", mix(number + 2_000))),
        owner,
        term: term(number),
        covers: Covers::Family(FamilyKey(family)),
        zone: None,
        count: u32::try_from(200 + mix(number) % 500).expect("small"),
        factor: Factor::from_thousandths(8_000).expect("not zero"),
        hourly: UnitPrice::from_units(270_000_000_000),
        upfront: Money::from_whole(i64::try_from(number % 3).expect("small") * 50_000),
    }
}

/// A plan: two of five are EC2 Instance plans.
pub(crate) fn plan(number: u64, owner: tenor_bill::AccountId) -> Plan {
    let offering = usize::try_from(mix(number + 3_000) % 6).expect("small");
    let ec2 = number % 5 < 2;
    let family = usize::try_from(mix(number + 4_000) % FAMILIES).expect("small");
    let dollars = if ec2 { 80 } else { 100 };
    Plan {
        id: CommitmentId(format!("arn:sp:{:016x}", mix(number + 5_000))),
        owner,
        term: Term { start: (term(number).start / 3_600) * 3_600, ..term(number) },
        kind: if ec2 { PlanKind::Ec2Instance } else { PlanKind::Compute },
        recurring: Money::from_units(i128::from(dollars * 1_000 + mix(number + 6_000) % 50_000) * 1_000_000_000),
        upfront: Money::from_whole(if offering % 3 == 0 { 0 } else { 100_000 }),
        rate_table: if ec2 { 6 + family * 6 + offering } else { offering },
    }
}

/// One-year and three-year terms; most are held all the year, some begin or end in it.
fn term(number: u64) -> Term {
    let year = 31_536_000;
    let shift = i64::try_from(mix(number + 7_000) % 31_536_000).expect("a year");
    match number % 10 {
        0 => Term { start: shift, seconds: year, retired: None },
        1 => Term { start: shift - year, seconds: year, retired: None },
        _ => Term { start: -shift, seconds: 3 * year, retired: None },
    }
}

/// Usage from the epoch on: half of the series run whole hours, half to the second; some do not run at night, some seldom.
pub(crate) fn usage(organization: &Organization, hours: i64) -> UsageMatrix<u32> {
    let series = organization.parts().series.len();
    let mut cells = Vec::with_capacity(series * usize::try_from(hours).expect("a year"));
    let traits: Vec<u64> = (0..series as u64).map(|place| mix(place + 1_000_000)).collect();
    for hour in 0..u64::try_from(hours).expect("a year") {
        for (place, traits) in traits.iter().enumerate() {
            let night = hour % 24 < 8;
            let noise = mix(hour * 1_000_003 + place as u64);
            let level = 1 + traits % 8;
            let runs = match (traits >> 8) % 8 {
                0 => 0,
                1 if !noise.is_multiple_of(16) => 0,
                2 | 3 if night => level / 2,
                _ => level + u64::from(noise.is_multiple_of(8)),
            };
            let part = if (traits >> 16).is_multiple_of(2) { 0 } else { (noise >> 16) % 3_600 * 1_000_000 / 3_600 };
            cells.push(u32::try_from(if runs == 0 { 0 } else { runs * 1_000_000 + part }).expect("a few thousand hours"));
        }
    }
    UsageMatrix::new(Hour::from_epoch_hours(0), series, cells)
}

/// Commitments to try: a reservation, and plans whose offering is and is not better than what is held.
pub(crate) fn additions(organization: &Organization) -> Vec<(&'static str, Commitment)> {
    let owner = |number: u64| organization.parts().series[usize::try_from(number).expect("small") * 40].account.clone();
    let small = |number: u64, offering: usize| {
        let plan = plan(number, owner(number));
        let ec2 = plan.kind == PlanKind::Ec2Instance;
        let rate_table = if ec2 { 6 + offering } else { offering };
        let term = Term { start: 0, seconds: 94_608_000, retired: None };
        Commitment::Plan(Plan { recurring: Money::from_whole(5), rate_table, term, ..plan })
    };
    let reservation = Reservation { count: 20, term: Term { start: 0, seconds: 31_536_000, retired: None }, ..reservation(208, owner(17)) };
    vec![
        ("one reservation more", Commitment::Reservation(reservation)),
        ("one EC2 Instance plan more, 1 year", small(200, 0)),
        ("one EC2 Instance plan more, 3 years", small(201, 5)),
        ("one Compute plan more, 1 year", small(202, 0)),
        ("one Compute plan more, 3 years", small(203, 5)),
    ]
}
