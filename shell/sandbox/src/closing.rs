//! The rows that come once a month: reservations' fees, purchases, credits, refunds, discounts, support and tax.

use crate::exact::{self, normalize, ratio};
use crate::line::{LineItem, LineItemType, RiAmounts};
use crate::month::{Month, PRODUCTS};
use crate::random::below;
use crate::truth::Sums;
use tenor_money::{Money, UnitPrice};

/// The month's closing rows. `sums` holds its hourly rows and is brought up to date with these.
pub(crate) fn closing_rows(month: &Month<'_>, sums: &mut Sums) -> Vec<LineItem> {
    let mut rows = reservation_rows(month, sums);
    rows.extend(plan_rows(month));
    rows.extend(refund_rows(month));
    rows.extend(gift_rows(month));
    sums.add(month, &rows);
    let mut all = rows;
    for step in [discount_rows, support_rows, tax_rows] {
        let rows = step(month, sums);
        sums.add(month, &rows);
        all.extend(rows);
    }
    all
}

fn whole_month(month: &Month<'_>, account: u32, kind: u32) -> LineItem {
    let place = month.world.account_place(account);
    LineItem { place, kind, start: month.start, end: month.end - 1, usage: exact::ONE, ..LineItem::default() }
}

/// One `RIFee` per reservation with the month's unused part, and a `Fee` in the month of purchase.
fn reservation_rows(month: &Month<'_>, sums: &Sums) -> Vec<LineItem> {
    let mut rows = Vec::new();
    for (index, reservation) in month.world.reservations.iter().enumerate() {
        let (number, span) = (index as u32, reservation.span);
        let is_bought = (month.start..month.end).contains(&span.start) && !reservation.paid.is_zero();
        if span.elapsed(month.end) == span.elapsed(month.start) {
            if is_bought {
                rows.push(purchase_row(month, number));
            }
            continue;
        }
        let product = month.world.fleet.skus[reservation.sku as usize].product_code;
        let hours = reservation.reserved_hours(month.start, month.end);
        let normalized = if reservation.zone.is_some() { tenor_money::Quantity::ZERO } else { normalize(hours, reservation.factor) };
        let (recurring, amortized) = (reservation.recurring(month.start, month.end), reservation.amortized(month.start, month.end));
        let used = sums.reservations[index];
        let unused_normalized = if reservation.zone.is_some() { normalized } else { normalized - used.normalized };
        let unused_hours = if reservation.flexible {
            let exact_hours = ratio(unused_normalized.units(), tenor_money::SCALE, reservation.factor.units(), 6);
            tenor_money::Quantity::from_units(exact_hours)
        } else {
            hours - used.hours
        };
        let ri = RiAmounts {
            amortized_for_period: amortized,
            unused_amortized: amortized - used.amortized,
            unused_recurring: recurring - used.recurring,
            unused_hours,
            unused_normalized,
            ..RiAmounts::default()
        };
        let fee = month.named(LineItemType::RiFee, product, Some(number), None);
        let row = whole_month(month, reservation.owner, fee);
        let rate = reservation.price.hourly;
        let (start, end) = (month.start.max(span.start), (month.end - 1).min(span.end() - 1));
        rows.push(LineItem { start, end, usage: hours, normalized, rate, unblended: recurring, ri, ..row });
        if is_bought {
            rows.push(purchase_row(month, number));
        }
    }
    rows
}

/// What was paid for a reservation at its start.
fn purchase_row(month: &Month<'_>, number: u32) -> LineItem {
    let reservation = &month.world.reservations[number as usize];
    let product = month.world.fleet.skus[reservation.sku as usize].product_code;
    let kind = month.named(LineItemType::Fee, product, Some(number), None);
    LineItem {
        start: reservation.span.start,
        end: reservation.span.start + 1,
        usage: tenor_money::Quantity::from_whole(i64::from(reservation.count)),
        rate: UnitPrice::from_units(ratio(reservation.paid.units(), 1, i128::from(reservation.count), 10)),
        unblended: reservation.paid,
        ..whole_month(month, reservation.owner, kind)
    }
}

/// Upfront fees of plans bought in the month.
fn plan_rows(month: &Month<'_>) -> Vec<LineItem> {
    let bought = |start: i64| (month.start..month.end).contains(&start);
    let plans = month.world.plans.iter().enumerate().filter(|(_, plan)| bought(plan.span.start) && !plan.upfront.is_zero());
    let row = |(index, plan): (usize, &crate::commitment::Plan)| {
        let kind = month.named(LineItemType::SavingsPlanUpfrontFee, plan.kind.product_code(), None, Some(index as u32));
        let (start, end) = (plan.span.start, plan.span.start + 3600);
        LineItem {
            start,
            end,
            rate: UnitPrice::from_units(plan.upfront.units()),
            unblended: plan.upfront,
            ..whole_month(month, plan.owner, kind)
        }
    };
    plans.map(row).collect()
}

/// Upfront fees of plans returned in the month, paid back in full ([SP:return-sp]).
fn refund_rows(month: &Month<'_>) -> Vec<LineItem> {
    let mut rows = Vec::new();
    for (index, plan) in month.world.plans.iter().enumerate() {
        let Some(at) = plan.refunded.filter(|at| (month.start..month.end).contains(at) && !plan.upfront.is_zero()) else { continue };
        let kind = month.named(LineItemType::Refund, plan.kind.product_code(), None, Some(index as u32));
        let unblended = -plan.upfront;
        rows.push(LineItem { start: at, end: at + 1, unblended, ..whole_month(month, plan.owner, kind) });
    }
    rows
}

/// A credit and a refund, whole cents (rounding rule 9.1).
fn gift_rows(month: &Month<'_>) -> Vec<LineItem> {
    let world = month.world;
    let gift = |line_type, product, most, salt| {
        let account = below(world.accounts.len() as u64, &[world.seed, salt, month.start as u64]) as u32;
        let cents = 100 + below(most, &[world.seed, salt, month.start as u64, 1]);
        let unblended = Money::from_units(-10_000_000_000 * i128::from(cents));
        LineItem {
            unblended,
            usage: tenor_money::Quantity::ZERO,
            ..whole_month(month, account, month.named(line_type, product, None, None))
        }
    };
    vec![gift(LineItemType::Credit, "AmazonEC2", 5_000, 41), gift(LineItemType::Refund, "AmazonS3", 300, 42)]
}

/// The private discount as rows (rounding rule 6.3).
fn discount_rows(month: &Month<'_>, sums: &Sums) -> Vec<LineItem> {
    if month.world.discount_percent.is_none() {
        return Vec::new();
    }
    per_account_and_product(month, sums, LineItemType::EdpDiscount, |(unblended, net)| {
        Money::from_units(ratio((net - unblended).units(), 1, 1, exact::COMMITMENT_DECIMALS))
    })
}

/// Business support: 5 percent of everything so far, billed to the payer.
fn support_rows(month: &Month<'_>, sums: &Sums) -> Vec<LineItem> {
    let spent: Money = sums.cash.iter().flatten().map(|(unblended, _)| *unblended).sum();
    let kind = month.named(LineItemType::Fee, "AWSSupportBusiness", None, None);
    let unblended = Money::from_units(ratio(spent.units().max(0), 5, 100, 2));
    vec![LineItem { unblended, rate: UnitPrice::from_units(unblended.units()), ..whole_month(month, 0, kind) }]
}

/// Tax of 6 percent per account and product.
fn tax_rows(month: &Month<'_>, sums: &Sums) -> Vec<LineItem> {
    per_account_and_product(month, sums, LineItemType::Tax, |(unblended, _)| Money::from_units(ratio(unblended.units().max(0), 6, 100, 2)))
}

fn per_account_and_product(
    month: &Month<'_>,
    sums: &Sums,
    line_type: LineItemType,
    amount: impl Fn((Money, Money)) -> Money,
) -> Vec<LineItem> {
    let mut rows = Vec::new();
    for (account, cash) in sums.cash.iter().enumerate() {
        for (product, cash) in PRODUCTS.iter().zip(cash) {
            let unblended = amount(*cash);
            if !unblended.is_zero() {
                let kind = month.named(line_type, product, None, None);
                rows.push(LineItem { unblended, ..whole_month(month, account as u32, kind) });
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::closing_rows;
    use crate::hour::{Scratch, rows_of_hour};
    use crate::line::LineItemType;
    use crate::month::Month;
    use crate::request::{BillRequest, Format};
    use crate::truth::Sums;
    use crate::world::World;
    use tenor_money::{Money, Quantity};

    /// Reservations run out in the middle of an hour here, among them some that are always in use.
    #[test]
    fn no_month_of_a_whole_term_uses_more_of_a_reservation_than_it_holds() {
        let world = World::new(&BillRequest { months: 13, ..BillRequest::small(Format::LegacyCsv) });
        let (mut ended, mut scratch, mut rows) = (0, Scratch::default(), Vec::new());
        for period in &world.periods {
            let month = Month::new(&world, *period);
            let mut sums = Sums::new(&month);
            for hour in (month.start..month.end).step_by(3600) {
                rows_of_hour(&month, hour, &mut scratch, &mut rows);
                sums.add(&month, &rows);
            }
            for row in closing_rows(&month, &mut sums) {
                let kind = &month.kinds[row.kind as usize];
                if kind.line_type == LineItemType::RiFee {
                    let reservation = &world.reservations[kind.reservation.unwrap() as usize];
                    assert!(
                        row.ri.unused_hours >= Quantity::ZERO && row.ri.unused_normalized >= Quantity::ZERO,
                        "{period}: {reservation:?}"
                    );
                    assert!(row.ri.unused_recurring >= Money::ZERO && row.ri.unused_amortized >= Money::ZERO, "{period}: {reservation:?}");
                    ended += u32::from(reservation.span.end() % 3600 != 0 && (month.start..month.end).contains(&reservation.span.end()));
                }
            }
        }
        assert!(ended > 3);
    }
}
