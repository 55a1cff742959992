//! Random cases from a seed: small, and with few distinct numbers, so that ties and collisions are the rule.

use super::{Case, FIRST_HOUR, quantity};
use std::collections::BTreeSet;
use tenor_bill::AccountId;
use tenor_cover::{
    Capacity, CommitmentId, Covers, ExactKey, Factor, FamilyKey, GroupMode, GroupSharing, Organization, PartialHours, Parts, Plan,
    PlanKind, RateTable, Reservable, Reservation, Series, Settings, Sharing, SharingMode, Sku, Term, Ties, Unit,
};
use tenor_money::{Money, Rounding, UnitPrice, mul_div_round};

const FAMILIES: [&str; 3] = ["m5", "r6", "redis"];
const FACTORS_THOUSANDTHS: [u32; 9] = [250, 500, 1000, 2000, 4000, 5200, 3200, 700, 896_000];
const ON_DEMAND: [&str; 11] =
    ["0", "0.0000002", "0.0000166667", "0.04", "0.1", "0.1", "0.2", "0.4", "3.1415926535", "0.3333333333", "3.3333333333"];
/// Names that sort otherwise than they are listed, or than their numbers would.
const ACCOUNTS: [&str; 12] = ["b", "a", "10", "9", "B", "aa", "c", "ab", "100", "d", "C", "0"];
const RESOURCES: [&str; 7] = ["i2", "i1", "i10", "I3", "i", "j-1", "ä"];
const RATE_PERCENT: [i128; 9] = [0, 40, 50, 50, 70, 75, 100, 100, 120];
const HOURLY: [&str; 7] = ["0", "0.0118", "0.03", "0.05", "0.0000000001", "0.3333333333", "99999.9999999999"];
const UPFRONT_CENTS: [i64; 7] = [0, 0, 1, 10_000, 33_333, 8_760_000, 999_999_999_999];
const RECURRING: [&str; 8] = ["0", "0.00000001", "0.001", "0.01", "0.05", "0.1", "0.5", "3"];
const YEAR: i64 = 31_536_000;

/// Numbers from a seed (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 on and below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("a remainder of a usize is one")
    }

    /// Whether something happens that happens once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// How much there may be at most of each thing.
struct Size {
    accounts: usize,
    resources: usize,
    skus: usize,
    series: usize,
    reservations: usize,
    plans: usize,
    hours: usize,
}

const SMALL: Size = Size { accounts: 6, resources: 3, skus: 7, series: 12, reservations: 5, plans: 6, hours: 4 };
const LARGE: Size = Size { accounts: 12, resources: 7, skus: 10, series: 100, reservations: 12, plans: 12, hours: 12 };

/// The case of a seed.
pub(crate) fn draw(seed: u64) -> Case {
    let dice = &mut Dice(seed);
    let size = if dice.once_in(50) { &LARGE } else { &SMALL };
    draw_sized(dice, size)
}

/// A large case of a seed, where most of what one commitment more could change stays as it is.
pub(crate) fn draw_large(seed: u64) -> Case {
    draw_sized(&mut Dice(seed), &LARGE)
}

fn draw_sized(dice: &mut Dice, size: &Size) -> Case {
    let accounts: Vec<AccountId> = ACCOUNTS[..1 + dice.below(size.accounts)].iter().copied().map(account).collect();
    let skus: Vec<Sku> = (0..1 + dice.below(size.skus)).map(|number| draw_sku(dice, number)).collect();
    let rate_tables = (0..1 + dice.below(4)).map(|number| draw_rates(dice, number, &skus)).collect();
    let series = draw_series(dice, size, &accounts, skus.len());
    let mut parts = Parts { skus, series, rate_tables, ..Parts::default() };
    let countable = Organization::new(parts.clone()).expect("the parts fit together");
    let hours: Vec<Vec<u64>> = (0..1 + dice.below(size.hours)).map(|_| draw_countable_cells(dice, &countable)).collect();
    draw_commitments(dice, size, &mut parts, &accounts, &hours);
    parts.sharing = draw_sharing(dice, &parts, &accounts);
    Case { parts, hours, settings: draw_settings(dice) }
}

fn account(name: &str) -> AccountId {
    name.parse().expect("a name is an account id")
}

/// The defaults, mostly.
fn draw_settings(dice: &mut Dice) -> Settings {
    if !dice.once_in(5) {
        return Settings::default();
    }
    Settings {
        reservation_ties: *dice.pick(&[Ties::ByArn, Ties::EarliestEnding]),
        plan_ties: *dice.pick(&[Ties::ByArn, Ties::EarliestEnding]),
        plan_partial_hours: *dice.pick(&[PartialHours::First, PartialHours::Whole, PartialHours::Nothing]),
    }
}

fn draw_sku(dice: &mut Dice, number: usize) -> Sku {
    let family = *dice.pick(&FAMILIES);
    let thousandths = *dice.pick(&FACTORS_THOUSANDTHS);
    let mut families = vec![FamilyKey(family.to_owned())];
    if dice.once_in(5) {
        families.push(FamilyKey("valkey".to_owned()));
    }
    if dice.once_in(5) {
        families.clear();
    }
    let reservable = Reservable {
        families,
        // A type has one factor; now and then one is told with several.
        exact: ExactKey(if dice.once_in(12) { format!("{family}.large") } else { format!("{family}.{thousandths}") }),
        factor: Factor::from_thousandths(thousandths).expect("no factor is zero"),
    };
    let reservable = if dice.once_in(4) { None } else { Some(reservable) };
    Sku {
        // Names sort in no relation to the order in which SKUs are listed, nor to their numbers.
        name: format!("sku{}", (number * 7 + 3) % 11),
        on_demand: draw_on_demand(dice),
        // What a reservation may cover has at most 9, so that units fit.
        decimals: if reservable.is_some() { *dice.pick(&[0, 0, 2, 6, 6, 8, 9]) } else { *dice.pick(&[0, 6, 8, 10, 10, 12]) },
        unit: if dice.once_in(4) { Unit::Other } else { Unit::Hour },
        capacity: if dice.once_in(4) { Capacity::UnusedReservation } else { Capacity::Used },
        reservable,
    }
}

fn draw_on_demand(dice: &mut Dice) -> UnitPrice {
    let text = if dice.once_in(100) { *dice.pick(&["99999.9999999999", "0.0000000001"]) } else { *dice.pick(&ON_DEMAND) };
    text.parse().expect("a rate is a number")
}

fn draw_rates(dice: &mut Dice, number: usize, skus: &[Sku]) -> RateTable {
    let rates = skus.iter().map(|sku| draw_rate(dice, sku)).collect();
    RateTable { name: format!("table{number}"), rates }
}

/// None, a share of the on-demand rate (so that savings tie) or the rate of another SKU (so that rates tie).
fn draw_rate(dice: &mut Dice, sku: &Sku) -> Option<UnitPrice> {
    match dice.below(5) {
        0 => None,
        1 => Some(draw_on_demand(dice)),
        _ => {
            let rate = mul_div_round(sku.on_demand.units(), *dice.pick(&RATE_PERCENT), 100 * 100, Rounding::HalfEven);
            Some(UnitPrice::from_units(rate * 100).min("99999.9999999999".parse().expect("the highest rate there is")))
        }
    }
}

/// Series in no order; resources are few, so that one may have several SKUs and zones.
fn draw_series(dice: &mut Dice, size: &Size, accounts: &[AccountId], skus: usize) -> Vec<Series> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for _ in 0..1 + dice.below(size.series) {
        let series = Series {
            account: dice.pick(accounts).clone(),
            resource: (*dice.pick(&RESOURCES[..size.resources])).to_owned(),
            sku: dice.below(skus),
            zone: [None, Some("z1".to_owned()), Some("z2".to_owned())][dice.below(3)].clone(),
        };
        if seen.insert(series.clone()) {
            all.push(series);
        }
    }
    all
}

/// The usage of an hour, where what a simulation could not count together is not used.
fn draw_countable_cells(dice: &mut Dice, organization: &Organization) -> Vec<u64> {
    let mut cells = draw_cells(dice, organization.parts());
    for at in 0..cells.len() {
        if organization.check_cells(FIRST_HOUR, &cells).is_err() {
            cells[at] = 0;
        }
    }
    cells
}

/// The usage of an hour, now and then with a cell that is as large as another one, or nearly so.
fn draw_cells(dice: &mut Dice, parts: &Parts) -> Vec<u64> {
    let mut cells: Vec<u64> = parts.series.iter().map(|series| draw_cell(dice, &parts.skus[series.sku])).collect();
    let (one, other) = (dice.below(cells.len()), dice.below(cells.len()));
    if dice.once_in(2) && parts.series[one].sku == parts.series[other].sku {
        cells[one] = (cells[other] + dice.next() % 3).saturating_sub(1);
    }
    cells
}

fn draw_cell(dice: &mut Dice, sku: &Sku) -> u64 {
    let whole = 10_u64.pow(sku.decimals);
    if dice.once_in(300) {
        return largest_cell(sku) - dice.next() % whole;
    }
    match dice.below(8) {
        0 | 1 => 0,
        2 | 3 => whole * (1 + dice.next() % 4),
        4 => 1 + dice.next() % 9,
        5 => whole * 1000 + dice.next() % whole,
        _ => dice.next() % (4 * whole),
    }
}

/// About the most that a simulation takes: 100 billion units, or what costs a billion, or as many as fit 64 bits.
fn largest_cell(sku: &Sku) -> u64 {
    let affordable = mul_div_round(10_i128.pow(9), 10_i128.pow(12), sku.on_demand.units().max(1), Rounding::Floor);
    let units = affordable.min(10_i128.pow(11)).min(i128::from(u64::MAX / 10_u64.pow(sku.decimals)));
    u64::try_from(units).expect("that is at most 100 billion") * 10_u64.pow(sku.decimals)
}

fn draw_commitments(dice: &mut Dice, size: &Size, parts: &mut Parts, accounts: &[AccountId], hours: &[Vec<u64>]) {
    // Ids sort in no relation to the order in which commitments are listed.
    let mut ids: Vec<CommitmentId> = (0..24).map(|number| CommitmentId(format!("arn{number}"))).collect();
    let mut id = |dice: &mut Dice| {
        let at = dice.below(ids.len());
        ids.swap_remove(at)
    };
    // Often one account buys for all the others.
    let payer = if dice.once_in(2) { Some(draw_owner(dice, accounts)) } else { None };
    for _ in 0..dice.below(1 + size.reservations) {
        let (id, owner) = (id(dice), payer.clone().unwrap_or_else(|| draw_owner(dice, accounts)));
        let reservation = draw_reservation(dice, id, owner, &parts.skus);
        parts.reservations.push(reservation);
    }
    let kinds = if payer.is_some() || dice.once_in(3) { 1 } else { PlanKind::ALL.len() };
    let first_kind = dice.below(4);
    for _ in 0..dice.below(1 + size.plans) {
        let plan = Plan {
            id: id(dice),
            owner: payer.clone().unwrap_or_else(|| draw_owner(dice, accounts)),
            term: draw_plan_term(dice),
            kind: PlanKind::ALL[(first_kind + dice.below(kinds)) % 4],
            recurring: Money::ZERO,
            upfront: cents(*dice.pick(&UPFRONT_CENTS)),
            rate_table: dice.below(parts.rate_tables.len()),
        };
        let recurring = draw_recurring(dice, parts, &plan, hours);
        parts.plans.push(Plan { recurring, ..plan });
    }
}

/// One of the accounts, or one that uses nothing.
fn draw_owner(dice: &mut Dice, accounts: &[AccountId]) -> AccountId {
    if dice.once_in(3) { account("p") } else { dice.pick(accounts).clone() }
}

fn cents(cents: i64) -> Money {
    Money::from_units(i128::from(cents) * 10_i128.pow(10))
}

/// A reservation made for one of the SKUs, mostly.
fn draw_reservation(dice: &mut Dice, id: CommitmentId, owner: AccountId, skus: &[Sku]) -> Reservation {
    let reservable = dice.pick(skus).reservable.clone().unwrap_or_else(|| Reservable {
        families: Vec::new(),
        exact: ExactKey("nothing".to_owned()),
        factor: Factor::ONE,
    });
    let zone = if dice.once_in(3) { Some((*dice.pick(&["z1", "z2"])).to_owned()) } else { None };
    let covers = match reservable.families.last() {
        Some(family) if zone.is_none() && !dice.once_in(4) => Covers::Family(family.clone()),
        _ => Covers::Exact(reservable.exact),
    };
    Reservation {
        id,
        owner,
        term: draw_term(dice),
        covers,
        zone,
        count: if dice.once_in(100) { *dice.pick(&[1_000_000, u32::MAX]) } else { *dice.pick(&[1, 2, 3]) },
        factor: reservable.factor,
        hourly: dice.pick(&HOURLY).parse().expect("a fee is a number"),
        upfront: cents(*dice.pick(&UPFRONT_CENTS)),
    }
}

/// Held all the time, mostly; else it starts, ends or is retired at any second of the hours that are simulated, or of those around.
fn draw_term(dice: &mut Dice) -> Term {
    let base = FIRST_HOUR.start_second();
    let length = *dice.pick(&[YEAR, YEAR, 3 * YEAR]);
    let mut moment = || base + i64::try_from(dice.below(6 * 3600)).expect("six hours") - 3600;
    let (moment, other) = (moment(), moment());
    let on_the_hour = base + 3600 * (i64::try_from(dice.below(6)).expect("six hours") - 1);
    let during = base - 86_400 * 100 - 1234;
    match dice.below(9) {
        // Retired when it starts, or before: held for no second.
        8 => Term { start: moment, seconds: length, retired: Some(moment.min(other)) },
        0 => Term { start: moment, seconds: length, retired: if dice.once_in(3) { Some(moment.max(other) + 1) } else { None } },
        1 => Term { start: moment - length, seconds: length, retired: None },
        2 => Term { start: during, seconds: length, retired: Some(moment) },
        3 => Term { start: on_the_hour, seconds: length, retired: if dice.once_in(2) { Some(moment) } else { None } },
        4 => Term { start: on_the_hour - length, seconds: length, retired: Some(base + 2 * length) },
        _ => Term { start: during, seconds: length, retired: None },
    }
}

/// Plans start and end on the hour, mostly; what is not known of the hours in between is a setting, by default that they count whole.
fn draw_plan_term(dice: &mut Dice) -> Term {
    let whole = |moment: i64| moment.div_euclid(3600) * 3600;
    let term = draw_term(dice);
    if dice.once_in(6) {
        return term;
    }
    Term { start: whole(term.start), retired: term.retired.map(whole), ..term }
}

/// A round number, just about what covering one of the cells would use, or a part of what covering a whole hour would.
fn draw_recurring(dice: &mut Dice, parts: &Parts, plan: &Plan, hours: &[Vec<u64>]) -> Money {
    let rates = &parts.rate_tables[plan.rate_table].rates;
    let cells = dice.pick(hours);
    let cost = |index: usize| {
        let sku = parts.series[index].sku;
        rates[sku].map_or(Money::ZERO, |rate| rate.charge(quantity(&parts.skus[sku], cells[index]), Rounding::HalfEven))
    };
    let drawn = match dice.below(6) {
        0 | 5 => {
            cost(dice.below(cells.len())).round_to(8, Rounding::HalfEven) + Money::from_units((i128::from(dice.next() % 3) - 1) * 10_000)
        }
        1 | 2 => {
            let all: Money = (0..cells.len()).map(cost).sum();
            all.share(i128::from(dice.next() % 12), 10, Rounding::HalfEven).round_to(8, Rounding::HalfEven)
        }
        _ if dice.once_in(100) => "9999999.99999999".parse().expect("a commitment is a number"),
        _ => dice.pick(&RECURRING).parse().expect("a commitment is a number"),
    };
    drawn.clamp(Money::ZERO, Money::from_whole(9_999_999))
}

fn draw_sharing(dice: &mut Dice, parts: &Parts, accounts: &[AccountId]) -> Sharing {
    let mode = *dice.pick(&[SharingMode::Open, SharingMode::Prioritized, SharingMode::Restricted]);
    let mut sharing = Sharing { mode, ..Sharing::default() };
    for account in accounts.iter().chain([&account("p")]) {
        if !dice.once_in(4) {
            sharing.groups.insert(account.clone(), (*dice.pick(&["red", "blue"])).to_owned());
        }
        if dice.once_in(12) {
            sharing.off.insert(account.clone());
        }
    }
    for id in parts.reservations.iter().map(|r| &r.id).chain(parts.plans.iter().map(|p| &p.id)) {
        if dice.once_in(6) {
            let mode = if dice.once_in(2) { GroupMode::Prioritized } else { GroupMode::Restricted };
            let group = accounts.iter().filter(|_| dice.once_in(2)).cloned().collect();
            sharing.by_commitment.insert(id.clone(), GroupSharing { accounts: group, mode });
        }
    }
    sharing
}
