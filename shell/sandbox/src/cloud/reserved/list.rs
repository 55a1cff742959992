//! What is on sale and what is held, by any member that a question and a record share.

use super::form::{Form, Shop};
use super::record::terms;
use super::region_of;
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::HeldReservation;
use crate::cloud::offers::ReservedOffer;
use crate::price::{Payment, Term};
use crate::sku::Sku;
use tenor_wire::Value;

/// `Describe…Offerings`.
pub(super) fn offerings<S: Shop>(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let form = &S::FORM;
    check(form, ask)?;
    if let Some(id) = ask.text(form.offering) {
        cloud.offer(form, ask, id)?;
    }
    let record = |(offer, sku): (&ReservedOffer, &Sku)| terms(form, sku, &offer.id, (offer.term, offer.payment), offer.price);
    let found = cloud.sold(form, ask).map(record).filter(|record| fits(ask, record, form.partial)).collect();
    cloud.page_of(form, ask, form.sold, found)
}

/// `Describe…` of what is held: of the caller's account and Region, also what is over.
pub(super) fn held<S: Shop>(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let form = &S::FORM;
    check(form, ask)?;
    let all: Vec<Value> = cloud.own(form, ask).map(|(held, sku)| cloud.reservation(form, held, sku)).collect();
    if let Some(id) = ask.text(form.found_by)
        && !all.iter().any(|record| record.text(form.found_by) == Some(id))
    {
        return Err(Refusal::new(form.codes.none_held, format!("Reservation {id} was not found")));
    }
    let found = all.into_iter().filter(|record| fits(ask, record, &[])).collect();
    cloud.page_of(form, ask, form.held, found)
}

impl Cloud {
    /// What a service sells in the caller's Region.
    pub(super) fn sold(&self, form: &'static Form, ask: &Ask<'_>) -> impl Iterator<Item = (&ReservedOffer, &Sku)> {
        let in_region = region_of(ask).map(|region| self.offers.reserved_in(form.product_code, region));
        in_region.into_iter().flatten().filter(|(_, sku)| (form.sells)(sku))
    }

    /// The offering with this id.
    pub(super) fn offer(&self, form: &'static Form, ask: &Ask<'_>, id: &str) -> Result<(&ReservedOffer, &Sku), Refusal> {
        let found = self.sold(form, ask).find(|(offer, _)| offer.id == id);
        found.ok_or_else(|| Refusal::new(form.codes.no_offering, format!("Offering {id} was not found")))
    }

    /// What the caller's account has of a service in the Region, with what it is for.
    pub(super) fn own(&self, form: &Form, ask: &Ask<'_>) -> impl Iterator<Item = (&HeldReservation, &Sku)> {
        let (account, region, product_code) = (ask.caller.account, region_of(ask), form.product_code);
        let mine = self
            .books
            .reserved
            .iter()
            .filter(move |held| held.account == account && Some(held.region) == region && held.product_code == product_code);
        // What is sold in another way, as Redshift Serverless, is no such offering.
        mine.filter_map(|held| Some((held, &self.offers.skus[self.offers.reserved(&held.offering)?.sku])))
    }

    /// An answer with a page of a list.
    pub(super) fn page_of(&self, form: &Form, ask: &Ask<'_>, list: &'static str, found: Vec<Value>) -> Answered {
        let (page, next) = form.paging.page(ask, found, self.page_most())?;
        let mut answer = Value::of([(list, page.into())]);
        if let Some(next) = next {
            answer.set(form.paging.token, next.into());
        }
        Ok(answer)
    }
}

/// Refuses a duration or a payment option that there is not ([BOTO:rds], [BOTO:elasticache] list them; that others are refused is UNVERIFIED).
fn check(form: &Form, ask: &Ask<'_>) -> Result<(), Refusal> {
    let invalid = |member: &str, value: &str| Refusal::new(form.codes.invalid, format!("Invalid value for {member}: {value}"));
    if let Some(text) = ask.text("Duration") {
        seconds(text).ok_or_else(|| invalid("Duration", text))?;
    }
    let is_known = |text: &str| {
        let legacy = form.product_code == "AmazonElastiCache" && text.ends_with(" Utilization");
        legacy || [Payment::Nothing, Payment::Half, Payment::Everything].iter().any(|payment| (form.payment_text)(*payment) == text)
    };
    match ask.text(form.payment) {
        Some(text) if !is_known(text) => Err(invalid(form.payment, text)),
        _ => Ok(()),
    }
}

/// A duration in years or seconds: `1`, `3`, `31536000`, `94608000`.
fn seconds(text: &str) -> Option<i64> {
    let term = [(Term::OneYear, "1"), (Term::ThreeYears, "3")].into_iter().map(|(term, years)| (term.seconds(), years));
    term.into_iter().find(|(seconds, years)| text == *years || text == seconds.to_string()).map(|(seconds, _)| seconds)
}

/// Whether a record is what is asked for: every member that the question and the record share is the same, or a part of it where that is enough.
fn fits(ask: &Ask<'_>, record: &Value, partial: &[&str]) -> bool {
    let Value::Map(asked) = ask.input else { return true };
    asked.iter().all(|(name, wanted)| match (wanted, record.at(name)) {
        (_, None) => true,
        (Value::Text(wanted), _) if wanted.is_empty() => true,
        (Value::Text(wanted), Some(Value::Integer(own))) => seconds(wanted) == Some(*own),
        (Value::Text(wanted), Some(Value::Text(own))) if partial.contains(&&**name) => own.contains(wanted.as_str()),
        (wanted, Some(own)) => wanted == own,
    })
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_duration_is_asked_for_in_years_or_seconds() {
        let told = ["1", "3", "31536000", "94608000", "2", "1 year", ""].map(seconds);
        let (one, three) = (Some(31_536_000), Some(94_608_000));
        assert_eq!(told, [one, three, one, three, None, None, None]);
    }
}
