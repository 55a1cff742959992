//! The simulated organization as a whole: fixed once the arguments are known, shared by every thread.

use crate::account::{Account, accounts};
use crate::apply::{Engine, Item, PlanFacts, ReservationFacts, SkuFacts};
use crate::commitment::{Plan, Reservation};
use crate::fleet::Fleet;
use crate::matching::{plan_rate, reserves};
use crate::portfolio::{plans, reservations};
use crate::region::{REGIONS, ZONES, zone_name};
use crate::request::BillRequest;
use crate::sharing::Sharing;
use tenor_bill::BillingPeriod;

/// Where a row belongs: a resource, an account, or an account's zone.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) account: u32,
    pub(crate) zone: String,
    pub(crate) resource_id: String,
    pub(crate) name: String,
    /// Whether it carries the owner's tags.
    pub(crate) tagged: bool,
}

/// Everything that does not change from month to month.
pub(crate) struct World {
    pub(crate) accounts: Vec<Account>,
    pub(crate) fleet: Fleet,
    pub(crate) reservations: Vec<Reservation>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) sharing: Sharing,
    pub(crate) engine: Engine,
    pub(crate) places: Vec<Place>,
    pub(crate) periods: Vec<BillingPeriod>,
    pub(crate) seed: u64,
    /// Percent of the private discount, if there is one.
    pub(crate) discount_percent: Option<u8>,
    pub(crate) split: bool,
}

/// Rows an hour that do not come from resources: plans' fees, negations.
const FIXED_ROWS: u64 = 14;
/// The smallest hour that still shows every kind of row.
const ROWS_PER_HOUR_MIN: u64 = 34;

impl World {
    /// Builds the organization a request describes.
    pub(crate) fn new(request: &BillRequest) -> Self {
        let periods: Vec<BillingPeriod> =
            std::iter::successors(Some(request.start), |period| Some(period.next())).take(request.months as usize).collect();
        let first = request.start.start().as_second();
        let last = periods.last().map_or(first, |period| period.end().as_second());
        let accounts = accounts(request.accounts, request.seed);
        let fleet = Fleet::new(rows_per_hour(request), &accounts, request.seed, first..last);
        let reservations = reservations(&fleet, &accounts, request.seed, first);
        let plans = plans(&fleet, &accounts, request.seed, first);
        let arns: Vec<&str> =
            reservations.iter().map(|reservation| reservation.arn.as_str()).chain(plans.iter().map(|plan| plan.arn.as_str())).collect();
        let sharing = Sharing::of(request.sharing, &accounts, &arns);
        Self::holding(request, accounts, fleet, (reservations, plans), sharing)
    }

    /// The organization with these commitments, which are in the order of their end and ARN, shared so.
    pub(crate) fn holding(
        request: &BillRequest,
        accounts: Vec<Account>,
        fleet: Fleet,
        (reservations, plans): (Vec<Reservation>, Vec<Plan>),
        sharing: Sharing,
    ) -> Self {
        let periods: Vec<BillingPeriod> =
            std::iter::successors(Some(request.start), |period| Some(period.next())).take(request.months as usize).collect();
        let engine = engine(&fleet, &accounts, &reservations, &plans, &sharing);
        let places = places(&fleet, accounts.len() as u32);
        let (discount_percent, split) = (request.discount_percent, request.split);
        Self { accounts, fleet, reservations, plans, sharing, engine, places, periods, seed: request.seed, discount_percent, split }
    }

    /// The place of rows that belong to an account and nothing in it.
    pub(crate) fn account_place(&self, account: u32) -> u32 {
        self.fleet.resources.len() as u32 + account
    }

    /// The place of rows that belong to an account's zone, or its Region (`zoned` false).
    pub(crate) fn zone_place(&self, account: u32, zone: u32) -> u32 {
        let zones = REGIONS.len() as u32 * ZONES;
        self.fleet.resources.len() as u32 + self.accounts.len() as u32 + account * zones + zone
    }
}

/// Rows an hour of resources that a request's rows come to.
pub(crate) fn rows_per_hour(request: &BillRequest) -> u64 {
    let periods = std::iter::successors(Some(request.start), |period| Some(period.next())).take(request.months as usize);
    let hours: u64 = periods.map(|period| u64::from(period.hours())).sum();
    (request.rows / hours.max(1)).max(ROWS_PER_HOUR_MIN) - FIXED_ROWS
}

fn engine(fleet: &Fleet, accounts: &[Account], reservations: &[Reservation], plans: &[Plan], sharing: &Sharing) -> Engine {
    // The engine numbers accounts in the order of their ids, which is not that of the organization where the payer's is not the least.
    let mut by_id: Vec<usize> = (0..accounts.len()).collect();
    by_id.sort_by(|a, b| accounts[*a].id.cmp(&accounts[*b].id));
    let mut ranks = vec![0; accounts.len()];
    by_id.iter().enumerate().for_each(|(rank, account)| ranks[*account] = rank as u32);
    let reaches = |arn: &str, owner: u32| {
        let reaches = sharing.reaches(arn, owner);
        by_id.iter().map(|account| reaches[*account]).collect()
    };
    let items = fleet.resources.iter().map(|r| Item { account: ranks[r.account as usize], zone: r.zone, sku: r.sku }).collect();
    let facts = |sku: &crate::sku::Sku| SkuFacts {
        factor: sku.factor,
        on_demand: sku.rate,
        decimals: sku.decimals,
        unused_capacity: sku.unused_capacity,
        reserved: reservations.iter().map(|r| reserves(r, &fleet.skus[r.sku as usize], sku)).collect(),
        plan_rates: plans.iter().map(|plan| plan_rate(plan, sku)).collect(),
    };
    let skus = fleet.skus.iter().map(facts).collect();
    let reservation = |r: &Reservation| ReservationFacts { reaches: reaches(&r.arn, r.owner), zone: r.zone, flexible: r.flexible };
    let plan = |plan: &Plan| PlanFacts { reaches: reaches(&plan.arn, plan.owner), stage: plan.kind.stage() };
    let plans: Vec<PlanFacts> = plans.iter().map(plan).collect();
    Engine::new(items, skus, reservations.iter().map(reservation).collect(), &plans)
}

fn places(fleet: &Fleet, accounts: u32) -> Vec<Place> {
    let plain = |account, zone| Place { account, zone, resource_id: String::new(), name: String::new(), tagged: false };
    let of_resource = |resource: &crate::fleet::Resource| {
        let sku = &fleet.skus[resource.sku as usize];
        let zone = if sku.is_zonal() { zone_name(resource.zone) } else { String::new() };
        let tagged = !resource.name.is_empty();
        Place { account: resource.account, zone, resource_id: resource.id.clone(), name: resource.name.clone(), tagged }
    };
    let zones = REGIONS.len() as u32 * ZONES;
    let resources = fleet.resources.iter().map(of_resource);
    let accounts_alone = (0..accounts).map(|account| plain(account, String::new()));
    let with_zones = (0..accounts).flat_map(|account| (0..zones).map(move |zone| plain(account, zone_name(zone))));
    resources.chain(accounts_alone).chain(with_zones).collect()
}
