//! Offerings and reservations as messages have them.

use super::decimal;
use super::form::Form;
use crate::cloud::Cloud;
use crate::cloud::books::{HeldReservation, Standing};
use crate::cloud::clock::SETTLE_SECONDS;
use crate::cloud::moment::Moment;
use crate::portfolio::reservation_arn;
use crate::price::{Payment, ReservedPrice, Term};
use crate::random::below;
use crate::region::REGIONS;
use crate::sku::{Sku, instance_type_of, text_key};
use tenor_wire::Value;

/// What offerings and reservations have in common. Prices are those of one node.
pub(super) fn terms(form: &Form, sku: &Sku, offering: &str, (term, payment): (Term, Payment), price: ReservedPrice) -> Value {
    // AWS tells an hourly charge of nothing too, as its example of an exchange with All Upfront shows.
    let recurring = Value::of([("RecurringChargeAmount", decimal(price.hourly)), ("RecurringChargeFrequency", "Hourly".into())]);
    let mut record = Value::of([
        (form.offering, offering.into()),
        (form.node_type, instance_type_of(sku).into()),
        ("Duration", term.seconds().into()),
        ("FixedPrice", decimal(price.upfront)),
        (form.payment, (form.payment_text)(payment).into()),
        ("RecurringCharges", Value::List(vec![recurring])),
    ]);
    for (name, value) in (form.facts)(sku) {
        record.set(name, value);
    }
    record
}

impl Cloud {
    /// A reservation that is held or was.
    pub(super) fn reservation(&self, form: &Form, held: &HeldReservation, sku: &Sku) -> Value {
        let price = ReservedPrice { upfront: held.upfront, hourly: held.hourly };
        let mut record = terms(form, sku, &held.offering, (held.term, held.payment), price);
        record.set(form.id, held.id.as_str().into());
        record.set(form.count, i64::from(held.count).into());
        record.set("StartTime", Value::Time(self.first_start(held).timestamp()));
        record.set("State", self.state(held).into());
        if let Some(member) = form.own_id {
            record.set(member, held.aws_id.as_str().into());
        }
        if let Some(member) = form.arn {
            let region = REGIONS[held.region as usize].code;
            record.set(member, reservation_arn(sku, region, self.account_id(held.account), &held.id).into());
        }
        if form.product_code == "AmazonES" {
            // A number in the form of bills' subscription ids.
            let number = 1_088_000_000 + below(90_000_000, &[self.books.setup.seed, 43, text_key(&held.aws_id)]);
            record.set("BillingSubscriptionId", (number as i64).into());
        }
        record
    }

    /// When its term began: an exchanged one goes on with the term of the one before ([BOTO:redshift AcceptReservedNodeExchange]: the term does
    /// not change; that the start does not either is UNVERIFIED).
    fn first_start(&self, held: &HeldReservation) -> Moment {
        let before = held
            .life
            .from
            .first()
            .and_then(|id| self.books.reserved.iter().find(|earlier| earlier.product_code == held.product_code && earlier.id == *id));
        before.map_or(held.start, |earlier| self.first_start(earlier))
    }

    /// The word for where a reservation is in its life. [BOTO:redshift] lists `pending-payment`; its example answers `payment-pending`, as the
    /// other services do.
    pub(super) fn state(&self, held: &HeldReservation) -> &'static str {
        match held.standing {
            Standing::PaymentPending => "payment-pending",
            Standing::PaymentFailed => "payment-failed",
            Standing::Active if self.is_being_exchanged(held) => "exchanging",
            Standing::Active => "active",
            _ => "retired",
        }
    }

    /// Whether it came of an exchange a moment ago. How long an exchange takes is simulated.
    pub(super) fn is_being_exchanged(&self, held: &HeldReservation) -> bool {
        !held.life.from.is_empty() && self.books.now < held.start.later(SETTLE_SECONDS)
    }
}
