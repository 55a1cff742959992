//! Redshift Serverless: processing units (RPU) for a year, with everything or nothing upfront ([BOTO:redshift-serverless]). Their prices are
//! simulated, and for one unit.

use super::buy::is_in_force;
use super::{decimal, in_capitals, region_of};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldReservation, Purchase};
use crate::cloud::offers::ReservedOffer;
use crate::cloud::pages::Paging;
use crate::cloud::tokens::Met;
use crate::node::{SERVERLESS, serverless_reserved};
use crate::portfolio::serverless_arn;
use crate::price::{OfferingClass, Payment, ReservedPrice, Term};
use crate::random::uuid;
use crate::region::REGIONS;
use crate::sku::{Sku, text_key};
use std::fmt;
use tenor_wire::Value;

/// UNVERIFIED: how many units an account may reserve in a Region.
const UNITS_MAX: u32 = 1024;
const PAGING: Paging = Paging { limit: "maxResults", token: "nextToken", usual: 100, range: (1, 100), refusal: "ValidationException" };
const CREATE: &str = "redshift-serverless:CreateReservation";

/// `ListReservationOfferings`.
pub(super) fn offerings(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let offers = cloud.units(ask).map(|(index, sku)| offers(index, sku));
    let found = offers.iter().flatten().map(|offer| offering_value(&offer.id, offer.payment, offer.price)).collect();
    page(cloud, ask, "reservationOfferingsList", found)
}

/// `GetReservationOffering`.
pub(super) fn offering(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (_, offer) = cloud.unit_offer(ask)?;
    Ok(Value::of([("reservationOffering", offering_value(&offer.id, offer.payment, offer.price))]))
}

/// `ListReservations`.
pub(super) fn reservations(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let found = cloud.own_units(ask).map(|held| cloud.units_value(held)).collect();
    page(cloud, ask, "reservationsList", found)
}

/// `CreateReservation`.
pub(super) fn create(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    if let Some(token) = ask.text("clientToken").filter(|token| !is_random_uuid(token)) {
        return Err(invalid(format!("clientToken `{token}` must be a UUID of version 4")));
    }
    match cloud.meet(ask, CREATE, "clientToken") {
        Met::New => {}
        Met::Again(id) => return cloud.made(ask, &id),
        // UNVERIFIED: AWS does not say what it does.
        Met::Mismatch => return Err(Refusal::new("ConflictException", "The client token was used before with other parameters")),
    }
    let (sku, offer) = cloud.unit_offer(ask).map(|(sku, offer)| (sku.clone(), offer))?;
    let capacity = ask.integer("capacity").unwrap_or_default();
    let units = u32::try_from(capacity).ok().filter(|units| *units > 0);
    let units = units.ok_or_else(|| invalid(format!("capacity must be at least 1, not {capacity}")))?;
    let used: u32 = cloud.own_units(ask).filter(|held| is_in_force(held)).map(|held| held.count).sum();
    if used.saturating_add(units) > UNITS_MAX {
        let message = format!("{used} processing units are reserved, and at most {UNITS_MAX} may be: {units} are too many");
        return Err(Refusal::new("ServiceQuotaExceededException", message));
    }
    // Nothing below may refuse.
    let now = cloud.books.now;
    let id = cloud.fresh_id();
    let order = Purchase { id: id.clone(), account: ask.caller.account, offer: &offer, sku: &sku, count: units, now, start: now };
    cloud.books.reserved.push(HeldReservation::ordered(order));
    cloud.keep(ask, CREATE, "clientToken", &id);
    cloud.made(ask, &id)
}

fn invalid(message: impl fmt::Display) -> Refusal {
    Refusal::new("ValidationException", message)
}

fn page(cloud: &Cloud, ask: &Ask<'_>, list: &'static str, found: Vec<Value>) -> Answered {
    let (page, next) = PAGING.page(ask, found, cloud.page_most())?;
    let mut answer = Value::of([(list, page.into())]);
    if let Some(next) = next {
        answer.set(PAGING.token, next.into());
    }
    Ok(answer)
}

/// `xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx` in hexadecimal digits.
fn is_random_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && parts[2].starts_with('4')
        && parts[3].starts_with(['8', '9', 'a', 'b', 'A', 'B'])
}

/// What is sold of a Region's units, whose SKU is the one with this index.
fn offers(index: usize, sku: &Sku) -> [ReservedOffer; 2] {
    [Payment::Everything, Payment::Nothing].map(|payment| {
        let text = format!("{} {} {}", REGIONS[sku.region as usize].code, sku.usage_type, payment.text());
        let id = uuid(&[text_key(&text), text_key(sku.product_code)]);
        let price = serverless_reserved(sku.rate, payment == Payment::Everything);
        ReservedOffer { id, sku: index, class: OfferingClass::Standard, term: Term::OneYear, payment, price, zone: None }
    })
}

fn offering_value(id: &str, payment: Payment, price: ReservedPrice) -> Value {
    Value::of([
        ("offeringId", id.into()),
        ("offeringType", in_capitals(payment).into()),
        ("duration", Term::OneYear.seconds().into()),
        ("currencyCode", "USD".into()),
        ("hourlyCharge", decimal(price.hourly)),
        ("upfrontCharge", decimal(price.upfront)),
    ])
}

impl Cloud {
    /// The SKU of a Region's units.
    fn units(&self, ask: &Ask<'_>) -> Option<(usize, &Sku)> {
        let region = region_of(ask)?;
        self.offers.skus.iter().enumerate().find(|(_, sku)| sku.region == region && sku.usage_type.ends_with(SERVERLESS))
    }

    /// The offering that is asked for, and the SKU it is of.
    fn unit_offer(&self, ask: &Ask<'_>) -> Result<(&Sku, ReservedOffer), Refusal> {
        let id = ask.text("offeringId").unwrap_or_default();
        let found = self.units(ask).and_then(|(index, sku)| Some((sku, offers(index, sku).into_iter().find(|offer| offer.id == id)?)));
        found.ok_or_else(|| Refusal::new("ResourceNotFoundException", format!("Reservation offering {id} was not found")))
    }

    fn own_units(&self, ask: &Ask<'_>) -> impl Iterator<Item = &HeldReservation> {
        let (account, region) = (ask.caller.account, region_of(ask));
        let mine = self.books.reserved.iter().filter(move |held| held.account == account && Some(held.region) == region);
        mine.filter(|held| held.usage_type.ends_with(SERVERLESS))
    }

    /// The answer to the request that made a reservation.
    fn made(&self, ask: &Ask<'_>, id: &str) -> Answered {
        let held = self.own_units(ask).find(|held| held.id == id);
        Ok(Value::of([("reservation", held.map(|held| self.units_value(held)).unwrap_or_default())]))
    }

    fn units_value(&self, held: &HeldReservation) -> Value {
        let (region, account) = (REGIONS[held.region as usize].code, self.account_id(held.account));
        let price = ReservedPrice { upfront: held.upfront, hourly: held.hourly };
        Value::of([
            ("reservationId", held.id.as_str().into()),
            ("reservationArn", serverless_arn(region, account, &held.id).into()),
            ("capacity", i64::from(held.count).into()),
            ("startDate", Value::Time(held.start.timestamp())),
            ("endDate", Value::Time(held.end.timestamp())),
            ("status", self.state(held).into()),
            ("offering", offering_value(&held.offering, held.payment, price)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::is_random_uuid;

    #[test]
    fn a_client_token_is_a_uuid_of_version_4() {
        let told = [
            "6d7f6c1e-3b5a-4c1d-9e2f-0123456789ab",
            "6D7F6C1E-3B5A-4C1D-9E2F-0123456789AB",
            "6d7f6c1e-3b5a-1c1d-9e2f-0123456789ab",
            "6d7f6c1e-3b5a-4c1d-7e2f-0123456789ab",
            "6d7f6c1e-3b5a-4c1d-9e2f-0123456789a",
            "first",
        ];
        assert_eq!(told.map(is_random_uuid), [true, true, false, false, false, false]);
    }
}
