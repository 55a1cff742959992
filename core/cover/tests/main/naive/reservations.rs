//! Rules 2.3, 3.2, 4.4 and 4.6: reservations take what they match.

use super::amounts::{self, Units};
use super::order::{PASSES, Tier, compare_series, tier};
use super::{ReservationHour, Reserved};
use std::collections::BTreeMap;
use tenor_bill::Hour;
use tenor_cover::{Capacity, CommitmentId, Covers, Parts, Reservation, Settings, Ties};
use tenor_money::{Money, Quantity};

/// What one reservation takes of one series: the index of each, how much, and the units that is.
struct Take {
    reservation: usize,
    series: usize,
    tier: Tier,
    quantity: Quantity,
    units: Units,
}

/// Applies all reservations that are held, taking what they cover away from `remaining`.
pub(super) fn apply(
    parts: &Parts,
    settings: Settings,
    hour: Hour,
    remaining: &mut [Quantity],
) -> (Vec<Reserved>, BTreeMap<CommitmentId, ReservationHour>) {
    let mut left = BTreeMap::new();
    for (index, reservation) in parts.reservations.iter().enumerate() {
        if amounts::is_held(reservation.term, hour) {
            left.insert(index, amounts::capacity(reservation, hour));
        }
    }
    let takes = take_in_order(parts, settings, &mut left, remaining);
    let held: Vec<usize> = left.into_keys().collect();
    let reserved = share_fees(parts, hour, &held, &takes);
    let hours = held.iter().map(|index| &parts.reservations[*index]).map(|r| (r.id.clone(), sum_hour(r, hour, &reserved))).collect();
    (reserved, hours)
}

/// Rule 3.2: zonal, then regional; in each own usage, the group's, the rest's; in each pass by ARN, or as the setting says.
fn take_in_order(parts: &Parts, settings: Settings, left: &mut BTreeMap<usize, Units>, remaining: &mut [Quantity]) -> Vec<Take> {
    let mut in_order: Vec<usize> = left.keys().copied().collect();
    in_order.sort_by_key(|index| &parts.reservations[*index].id);
    if settings.reservation_ties == Ties::EarliestEnding {
        in_order.sort_by_key(|index| amounts::last_moment(parts.reservations[*index].term));
    }
    let mut takes = Vec::new();
    for zonal in [true, false] {
        for pass in PASSES {
            for index in &in_order {
                let reservation = &parts.reservations[*index];
                if reservation.zone.is_some() != zonal {
                    continue;
                }
                for series in matches_in_order(parts, reservation, pass) {
                    let units_left = left.get_mut(index).expect("each held reservation has its units");
                    if let Some(quantity) = take(parts, reservation, series, units_left, &mut remaining[series]) {
                        let units = quantity.units() * factor(parts, reservation, series);
                        takes.push(Take { reservation: *index, series, tier: pass, quantity, units });
                    }
                }
            }
        }
    }
    takes
}

/// Rule 3.2: the series a reservation matches in a pass: instances first, then by factor, account and resource.
fn matches_in_order(parts: &Parts, reservation: &Reservation, pass: Tier) -> Vec<usize> {
    let reaches = |series: &usize| tier(&parts.sharing, &reservation.id, &reservation.owner, &parts.series[*series].account) == pass;
    let mut matching: Vec<usize> = (0..parts.series.len()).filter(|series| matches(parts, reservation, *series)).filter(reaches).collect();
    matching.sort_by(|one, other| {
        let (one, other) = (&parts.series[*one], &parts.series[*other]);
        let key = |sku: usize| (parts.skus[sku].capacity, parts.skus[sku].reservable.as_ref().map(|reservable| reservable.factor));
        key(one.sku).cmp(&key(other.sku)).then(compare_series(parts, one, other))
    });
    matching
}

/// Rule 3.2, and what [`Covers`] says: whether a reservation may cover a series at all.
fn matches(parts: &Parts, reservation: &Reservation, series: usize) -> bool {
    let series = &parts.series[series];
    let sku = &parts.skus[series.sku];
    let Some(reservable) = &sku.reservable else { return false };
    let named = match &reservation.covers {
        Covers::Family(family) => reservable.families.contains(family),
        Covers::Exact(exact) => reservable.exact == *exact,
    };
    let placed = match &reservation.zone {
        None => true,
        Some(zone) => series.zone.as_ref() == Some(zone) && sku.capacity == Capacity::Used,
    };
    named && placed
}

/// The factor at which a series counts for a reservation, in thousandths.
fn factor(parts: &Parts, reservation: &Reservation, series: usize) -> i128 {
    let sku = &parts.skus[parts.series[series].sku];
    amounts::factor_for(reservation, sku.reservable.as_ref().expect("a series that matches is reservable").factor)
}

/// Rule 2.3: takes what the units left are enough for. Where they are not enough for all, what then remains of them stays unused.
fn take(parts: &Parts, reservation: &Reservation, series: usize, left: &mut Units, remaining: &mut Quantity) -> Option<Quantity> {
    let factor = factor(parts, reservation, series);
    let wanted = remaining.units() * factor;
    let quantity = if *left >= wanted {
        *left -= wanted;
        *remaining
    } else {
        let hours = *left / factor / 1_000_000 * 1_000_000;
        *left = 0;
        Quantity::from_units(hours)
    };
    *remaining -= quantity;
    if quantity.is_zero() { None } else { Some(quantity) }
}

/// Rule 4.4: what each take carries of the fees of its hour.
fn share_fees(parts: &Parts, hour: Hour, held: &[usize], takes: &[Take]) -> Vec<Reserved> {
    let mut rows: Vec<Option<Reserved>> = takes.iter().map(|_| None).collect();
    for index in held {
        let reservation = &parts.reservations[*index];
        let places: Vec<usize> = (0..takes.len()).filter(|place| takes[*place].reservation == *index).collect();
        let units: Vec<Units> = places.iter().map(|place| takes[*place].units).collect();
        let (recurring, amortized) = amounts::fees_of_hour(reservation, hour);
        let recurring = amounts::shares(recurring, amounts::capacity(reservation, hour), &units);
        let amortized = amounts::shares(amortized, amounts::capacity(reservation, hour), &units);
        for ((place, recurring), amortized) in places.into_iter().zip(recurring).zip(amortized) {
            let Take { series, tier, quantity, units, .. } = takes[place];
            rows[place] = Some(Reserved { series, reservation: reservation.id.clone(), tier, quantity, units, recurring, amortized });
        }
    }
    rows.into_iter().map(|row| row.expect("each take is one of a held reservation")).collect()
}

/// Rule 4.6: unused is what the hour holds and costs minus what the rows carry.
fn sum_hour(reservation: &Reservation, hour: Hour, rows: &[Reserved]) -> ReservationHour {
    let own = || rows.iter().filter(|row| row.reservation == reservation.id);
    let capacity = amounts::capacity(reservation, hour);
    let (recurring, amortized) = amounts::fees_of_hour(reservation, hour);
    ReservationHour {
        capacity,
        recurring,
        amortized,
        unused_units: capacity - own().map(|row| row.units).sum::<Units>(),
        unused_recurring: recurring - own().map(|row| row.recurring).sum::<Money>(),
        unused_amortized: amortized - own().map(|row| row.amortized).sum::<Money>(),
    }
}
