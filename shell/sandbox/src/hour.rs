//! The rows of one clock hour.

use crate::apply::{Applied, PlannedPiece, ReservationHour, ReservedPiece};
use crate::exact::{self, normalize, running_share};
use crate::line::{LineItem, RiAmounts, SpAmounts, SplitAmounts};
use crate::month::Month;
use crate::random::{below, hash};
use crate::sku::{Kind, Sku};
use tenor_money::{Money, Quantity, UnitPrice};

/// Buffers that one thread keeps from hour to hour.
#[derive(Default)]
pub(crate) struct Scratch {
    applied: Applied,
    negations: Vec<(NegationKey, LineItem)>,
}

/// Plan, account, SKU, zone: what one negation row stands for within an hour.
type NegationKey = (u32, u32, u32, u32);

/// Replaces `rows` with those of the hour that begins at `hour`.
pub(crate) fn rows_of_hour(month: &Month<'_>, hour: i64, scratch: &mut Scratch, rows: &mut Vec<LineItem>) {
    rows.clear();
    let world = month.world;
    let needs = world.fleet.needs(hour);
    let applied = &mut scratch.applied;
    applied.remaining.clear();
    applied.remaining.extend(world.fleet.resources.iter().map(|resource| world.fleet.usage(resource, &needs, hour)));
    let reservations: Vec<ReservationHour> = world
        .reservations
        .iter()
        .map(|reservation| {
            if !reservation.span.covers_hour(hour) {
                return ReservationHour::default();
            }
            let (units, next) = (reservation.hour_units(), hour + 3600);
            ReservationHour { units, recurring: reservation.recurring(hour, next), amortized: reservation.amortized(hour, next) }
        })
        .collect();
    let commitments: Vec<Money> = world.plans.iter().map(|plan| plan.commitment(hour)).collect();
    world.engine.apply(&reservations, &commitments, applied);
    // Stable sorts: the pieces of one resource stay in the order in which they were covered.
    applied.reserved.sort_by_key(|piece| piece.item);
    applied.planned.sort_by_key(|piece| piece.item);
    usage_rows(month, hour, scratch, rows);
    negation_rows(&mut scratch.negations, rows);
    plan_fee_rows(month, hour, &commitments, &scratch.applied.planned, rows);
}

fn usage_rows(month: &Month<'_>, hour: i64, scratch: &mut Scratch, rows: &mut Vec<LineItem>) {
    let fleet = &month.world.fleet;
    let applied = &scratch.applied;
    scratch.negations.clear();
    let (mut reserved, mut planned) = (applied.reserved.iter().peekable(), applied.planned.iter().peekable());
    for (index, resource) in fleet.resources.iter().enumerate() {
        let (place, first) = (index as u32, rows.len());
        let sku = &fleet.skus[resource.sku as usize];
        while let Some(piece) = reserved.next_if(|piece| piece.item == place) {
            rows.push(reserved_row(month, hour, resource.sku, piece));
        }
        while let Some(piece) = planned.next_if(|piece| piece.item == place) {
            let row = planned_row(month, hour, resource.sku, piece);
            let key = (piece.plan, resource.account, resource.sku, resource.zone);
            scratch.negations.push((key, negation_of(month, resource.sku, resource.account, resource.zone, &row, piece.plan)));
            rows.push(row);
        }
        let rest = applied.remaining[index];
        if !rest.is_zero() {
            rows.push(on_demand_row(month, hour, place, resource.sku, rest));
        }
        if month.world.split
            && rows.len() > first
            && matches!(sku.kind, Kind::Ec2 { .. })
            && !sku.unused_capacity
            && hash(&[month.world.seed, 8, u64::from(place)]).is_multiple_of(6)
        {
            split_rows(month, first, resource.sku, rows);
        }
    }
}

fn row(hour: i64, place: u32, kind: u32, sku: &Sku, usage: Quantity) -> LineItem {
    let normalized = if sku.factor.is_zero() { Quantity::ZERO } else { normalize(usage, sku.factor) };
    LineItem {
        place,
        kind,
        start: hour,
        end: hour + 3600,
        usage,
        normalized,
        rate: sku.rate,
        public: exact::cost(sku.rate, usage),
        ..LineItem::default()
    }
}

fn on_demand_row(month: &Month<'_>, hour: i64, place: u32, sku_index: u32, usage: Quantity) -> LineItem {
    let fleet = &month.world.fleet;
    let sku = &fleet.skus[sku_index as usize];
    let mut row = row(hour, place, month.usage(sku_index), sku, usage);
    row.unblended = row.public;
    if matches!(sku.kind, Kind::Spot) {
        row.rate = fleet.spot_rate(sku_index, hour);
        row.unblended = exact::cost(row.rate, usage);
    }
    row
}

fn reserved_row(month: &Month<'_>, hour: i64, sku: u32, piece: &ReservedPiece) -> LineItem {
    let mut row = row(hour, piece.item, month.reserved(piece.reservation, sku), &month.world.fleet.skus[sku as usize], piece.covered);
    row.rate = UnitPrice::ZERO;
    row.ri = RiAmounts { amortized_for_usage: piece.amortized, recurring_for_usage: piece.recurring, ..RiAmounts::default() };
    row
}

fn planned_row(month: &Month<'_>, hour: i64, sku_index: u32, piece: &PlannedPiece) -> LineItem {
    let world = month.world;
    let sku = &world.fleet.skus[sku_index as usize];
    let mut row = row(hour, piece.item, month.planned(piece.plan, sku_index), sku, piece.covered);
    row.unblended = row.public;
    let rate = crate::matching::plan_rate(&world.plans[piece.plan as usize], sku).expect("the engine only covers what has a rate");
    row.sp = SpAmounts { rate, effective: piece.used, ..SpAmounts::default() };
    row
}

fn negation_of(month: &Month<'_>, sku: u32, account: u32, zone: u32, covered: &LineItem, plan: u32) -> LineItem {
    let world = month.world;
    let place = if world.fleet.skus[sku as usize].is_zonal() { world.zone_place(account, zone) } else { world.account_place(account) };
    LineItem {
        place,
        kind: month.negated(plan, sku),
        usage: -covered.usage,
        normalized: -covered.normalized,
        unblended: -covered.unblended,
        public: -covered.public,
        rate: covered.rate,
        start: covered.start,
        end: covered.end,
        ..LineItem::default()
    }
}

/// One row per key, the sum of what it offsets (rounding rule 5.4).
fn negation_rows(negations: &mut [(NegationKey, LineItem)], rows: &mut Vec<LineItem>) {
    negations.sort_by_key(|(key, _)| *key);
    for group in negations.chunk_by(|a, b| a.0 == b.0) {
        let mut total = group[0].1;
        for (_, row) in &group[1..] {
            total.usage += row.usage;
            total.normalized += row.normalized;
            total.unblended += row.unblended;
            total.public += row.public;
        }
        rows.push(total);
    }
}

fn plan_fee_rows(month: &Month<'_>, hour: i64, commitments: &[Money], pieces: &[PlannedPiece], rows: &mut Vec<LineItem>) {
    let mut used = vec![Money::ZERO; commitments.len()];
    for piece in pieces {
        used[piece.plan as usize] += piece.used;
    }
    for (index, plan) in month.world.plans.iter().enumerate() {
        let (number, commitment) = (index as u32, commitments[index]);
        let amortized = plan.amortized(hour);
        // A partial last hour has what is left of the upfront fee, and covers nothing.
        let (commitment, recurring) = if commitment.is_zero() { (amortized, Money::ZERO) } else { (commitment, plan.recurring) };
        if commitment.is_zero() {
            continue;
        }
        rows.push(LineItem {
            place: month.world.account_place(plan.owner),
            kind: month.named(crate::LineItemType::SavingsPlanRecurringFee, plan.kind.product_code(), None, Some(number)),
            start: hour,
            end: hour + 3600,
            usage: exact::ONE,
            rate: UnitPrice::from_units(recurring.units()),
            unblended: recurring,
            sp: SpAmounts { commitment, used: used[index], amortized, recurring, ..SpAmounts::default() },
            ..LineItem::default()
        });
    }
}

/// The containers of one instance's hour share the cost of all its rows (rounding rule 8).
fn split_rows(month: &Month<'_>, first: usize, sku: u32, rows: &mut Vec<LineItem>) {
    let pieces = &rows[first..];
    let (mut cost, mut public) = (Money::ZERO, Money::ZERO);
    for piece in pieces {
        let kind = &month.kinds[piece.kind as usize];
        cost += piece.amortized_cost(kind.line_type, kind.reservation.or(kind.plan).is_some());
        public += piece.public;
    }
    let template = pieces[0];
    let tasks = 2 + below(3, &[u64::from(template.place), 9]);
    let shares: Vec<i128> = (0..tasks).map(|task| 5 + below(20, &[u64::from(template.place), task, 10]) as i128).collect();
    let reserved: i128 = shares.iter().sum();
    let of_tasks = running_share(cost, 0, reserved, 100);
    let mut before = 0;
    for (task, share) in shares.into_iter().enumerate() {
        let after = before + share;
        let split = SplitAmounts {
            task: task as u8 + 1,
            share_percent: share as u8,
            cost: running_share(cost, before, after, 100),
            unused: running_share(cost - of_tasks, before, after, reserved),
            public_cost: running_share(public, before, after, 100),
        };
        let usage = Quantity::from_units(exact::ONE.units() / 100 * share);
        let (start, end) = (template.start, template.end);
        rows.push(LineItem { place: template.place, kind: month.split(sku), start, end, usage, split, ..LineItem::default() });
        before = after;
    }
}
