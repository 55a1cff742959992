//! What a policy has bought: commitments with their terms, and what is owed for them.

use super::known::Known;
use crate::proposal::choices::{Choice, Goods};
use crate::proposal::inputs::{HeldPlan, HeldReservation, Inputs, paid};
use crate::proposal::policy::Kind;
use crate::proposal::price::{Purchase, plan_fees};
use std::ops::Range;
use tenor_cover::{Covers, PlanKind};
use tenor_money::{Money, Quantity, UnitPrice};
use tenor_price::OfferingClass;

/// Something bought. Its goods are offers of all inputs, not of those that were cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lot {
    /// When it was decided, as an offset of hours.
    pub(crate) decided: usize,
    pub(crate) goods: Goods,
    pub(crate) kind: Kind,
    pub(crate) class: usize,
    /// Reservations, or thousandths of an hourly commitment.
    pub(crate) items: u32,
    /// The hours it covers, as offsets; they may reach beyond the history.
    pub(crate) hours: Range<usize>,
    /// For each of them: of one reservation, or what the whole plan commits to.
    hourly: Money,
    /// At its start, for all of it; of a plan what it commits to.
    upfront: Money,
    /// What is paid of that; of a reservation 1.
    fee: Quantity,
}

impl Lot {
    /// So much of a choice made with what was known at a decision.
    pub(super) fn of(all: &Inputs, known: &Known, (choice, items): &(Choice, u32)) -> Self {
        let decided = known.inputs().hours;
        let start = decided + choice.hours.start;
        let (goods, hourly, upfront) = match choice.goods {
            Goods::Reservation { offer, pool } => {
                let offer = known.reserved(offer);
                let upfront = Purchase { choice: 0, items: *items }.times(choice.upfront, choice);
                (Goods::Reservation { offer, pool }, Money::from_units(all.reserved[offer].hourly.units()), upfront)
            }
            Goods::Plan { .. } => {
                let (recurring, upfront) = plan_fees(*items, choice);
                (choice.goods, recurring, upfront)
            }
        };
        let hours = start..start + choice.term.hours() as usize;
        Self { decided, goods, kind: kind(all, goods), class: choice.class, items: *items, hours, hourly, upfront, fee: choice.paid }
    }

    /// The same for some hours alone, at what they cost with upfront fees spread: what no offer sells.
    pub(super) fn level(all: &Inputs, known: &Known, (choice, items): &(Choice, u32), hours: Range<usize>) -> Self {
        let hourly = match choice.goods {
            Goods::Reservation { .. } => Money::from_units(choice.fee.units()),
            Goods::Plan { .. } => Purchase { choice: 0, items: *items }.commitment(),
        };
        let goods = match choice.goods {
            Goods::Reservation { offer, pool } => Goods::Reservation { offer: known.reserved(offer), pool },
            plan @ Goods::Plan { .. } => plan,
        };
        let (decided, class) = (hours.start, choice.class);
        let upfront = Money::ZERO;
        Self { decided, goods, kind: kind(all, goods), class, items: *items, hours, hourly, upfront, fee: choice.paid }
    }

    /// As a reservation held; none when it is a plan.
    pub(super) fn reservation(&self, all: &Inputs, place: usize) -> Option<HeldReservation> {
        let Goods::Reservation { offer, .. } = self.goods else { return None };
        let on_sale = &all.reserved[offer];
        let sku = &all.skus[on_sale.sku];
        let (family, exact) = match sku.covers().expect("what is on sale can be reserved") {
            Covers::Family(family) => (Some(family.0), None),
            Covers::Exact(exact) => (None, Some(exact.0)),
        };
        Some(HeldReservation {
            id: id(place),
            class: self.class,
            start: self.start(all),
            seconds: self.seconds(),
            family,
            exact,
            zone: None,
            count: self.items,
            factor: sku.factor,
            hourly: UnitPrice::from_units(self.hourly.units()),
            upfront: self.upfront,
            is_convertible: Some(on_sale.is_convertible),
        })
    }

    /// As a plan held; none when it is a reservation.
    pub(super) fn plan(&self, all: &Inputs, place: usize) -> Option<HeldPlan> {
        let Goods::Plan { offer } = self.goods else { return None };
        let on_sale = &all.plans[offer];
        Some(HeldPlan {
            id: id(place),
            class: self.class,
            start: self.start(all),
            seconds: self.seconds(),
            kind: on_sale.kind.clone(),
            recurring: self.hourly,
            upfront: self.upfront,
            fee: self.fee,
            rates: on_sale.rates.clone(),
        })
    }

    /// What is still to be paid from an hour on: by the hour, and at the start where that is to come.
    pub(crate) fn owed(&self, hour: usize) -> Money {
        let count = if matches!(self.goods, Goods::Plan { .. }) { 1 } else { i128::from(self.items) };
        let hours = self.hours.end.saturating_sub(self.hours.start.max(hour)) as i128;
        let upfront = if self.hours.start > hour { self.upfront } else { Money::ZERO };
        self.paid(Money::from_units(self.hourly.units() * count * hours) + upfront)
    }

    /// Paid at its start, for all of it.
    pub(crate) fn upfront(&self) -> Money {
        self.paid(self.upfront)
    }

    /// What is paid of an amount that the simulation counts.
    pub(super) fn paid(&self, amount: Money) -> Money {
        paid(amount, self.fee)
    }

    fn start(&self, all: &Inputs) -> i64 {
        (all.first + self.hours.start as i64) * 3_600
    }

    fn seconds(&self) -> i64 {
        self.hours.len() as i64 * 3_600
    }
}

/// Names that tell lots apart, in the order of their purchase.
fn id(place: usize) -> String {
    format!("bought {place:06}")
}

/// What the policy calls it.
fn kind(all: &Inputs, goods: Goods) -> Kind {
    match goods {
        Goods::Reservation { offer, .. } => match all.reserved[offer].class() {
            OfferingClass::Standard => Kind::StandardReservation,
            OfferingClass::Convertible => Kind::ConvertibleReservation,
        },
        Goods::Plan { offer } => match all.plans[offer].kind().expect("checked inputs name kinds") {
            PlanKind::Ec2Instance => Kind::Ec2InstancePlan,
            PlanKind::Compute => Kind::ComputePlan,
            PlanKind::SageMaker => Kind::SagemakerPlan,
            PlanKind::Database => Kind::DatabasePlan,
        },
    }
}
