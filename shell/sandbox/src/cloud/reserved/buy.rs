//! Buying nodes: a payment is on its way, under a name that nobody had before.

use super::form::{Form, Naming, Shop};
use crate::cloud::Cloud;
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::books::{HeldReservation, Purchase, Standing};
use std::collections::BTreeMap;
use std::fmt;
use tenor_wire::Value;

/// [BOTO:elasticache TagQuotaPerResourceExceeded]; for the others alike (UNVERIFIED).
const TAGS_MAX: usize = 50;
/// UNVERIFIED: services do not document what a reservation's name may be; so much is safe (`aws-rules` §7.2).
const NAME_MAX: usize = 60;

/// `Purchase…Offering`. What takes a name refuses the same one again, which makes it safe to repeat; what takes none buys twice.
pub(super) fn purchase<S: Shop>(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let form = &S::FORM;
    let id = ask.text(form.offering).unwrap_or_default();
    let (offer, sku) = cloud.offer(form, ask, id).map(|(offer, sku)| (offer.clone(), sku.clone()))?;
    let count = count(form, ask)?;
    let tags = tags(form, ask)?;
    let name = name(form, ask)?;
    if let Some(name) = name
        && cloud.own(form, ask).any(|(held, _)| held.id == name)
    {
        return Err(Refusal::new(form.codes.exists, format!("Reservation {name} already exists")));
    }
    let used: u32 = cloud.own(form, ask).filter(|(held, _)| is_in_force(held)).map(|(held, _)| held.count).sum();
    let quota = form.listed.map_or(form.quota, |listed| cloud.quota(ask, listed));
    if used.saturating_add(count) > quota {
        return Err(Refusal::new(form.codes.quota, format!("{used} nodes are reserved, and at most {quota} may be: {count} are too many")));
    }
    // Nothing below may refuse.
    let id = name.map_or_else(|| cloud.own_name(form.naming), str::to_owned);
    let aws_id = if form.naming == Naming::Aws { String::new() } else { cloud.fresh_id() };
    let now = cloud.books.now;
    let order = Purchase { id, account: ask.caller.account, offer: &offer, sku: &sku, count, now, start: now };
    let held = HeldReservation { aws_id, tags, ..HeldReservation::ordered(order) };
    let record = cloud.reservation(form, &held, &sku);
    cloud.books.reserved.push(held);
    Ok(match form.bought {
        Some(member) => Value::of([(member, record)]),
        None => {
            let ids = [form.own_id.unwrap_or(form.id), form.id];
            Value::of(ids.map(|member| (member, record.at(member).cloned().unwrap_or_default())))
        }
    })
}

/// Whether it counts against the quota.
pub(super) fn is_in_force(held: &HeldReservation) -> bool {
    matches!(held.standing, Standing::Queued | Standing::PaymentPending | Standing::Active)
}

impl Cloud {
    /// A name of AWS's own: a UUID, or `ri-` and the time to the millisecond as [BOTO:elasticache] shows it.
    fn own_name(&mut self, naming: Naming) -> String {
        if naming == Naming::Aws {
            return self.fresh_id();
        }
        // The clock has whole seconds, and at most two purchases fall into one: there is a millisecond for each.
        let second = self.books.now.timestamp().strftime("%Y-%m-%d-%H-%M-%S").to_string();
        loop {
            let name = format!("ri-{second}-{:03}", self.chance(45) % 1000);
            if self.books.reserved.iter().all(|held| held.id != name) {
                return name;
            }
        }
    }
}

fn invalid(form: &Form, message: impl fmt::Display) -> Refusal {
    Refusal::new(form.codes.invalid, message)
}

/// How many: 1 where it is not said.
fn count(form: &Form, ask: &Ask<'_>) -> Result<u32, Refusal> {
    let count = ask.integer(form.count).unwrap_or(1);
    u32::try_from(count)
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| invalid(form, format!("{} must be a number from 1 on, not {count}", form.count)))
}

/// The name that the buyer chose, if any.
fn name<'a>(form: &Form, ask: &Ask<'a>) -> Result<Option<&'a str>, Refusal> {
    let given = ask.text(form.id);
    let is_good = match (form.naming, given) {
        (Naming::Aws, _) => return Ok(None),
        (Naming::Maybe, None) => true,
        (Naming::Maybe, Some(name)) => is_plain(name),
        (Naming::Buyer(least, most), name) => (least..=most).contains(&name.unwrap_or_default().chars().count()),
    };
    if is_good {
        Ok(given)
    } else {
        Err(invalid(form, format!("{} `{}` is no name for a reservation", form.id, given.unwrap_or_default())))
    }
}

/// Letters, digits and single hyphens, a letter first and no hyphen last.
fn is_plain(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    name.len() <= NAME_MAX
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(good)
        && !name.ends_with('-')
        && !name.contains("--")
}

fn tags(form: &Form, ask: &Ask<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let given = ask.input.list("Tags").unwrap_or_default();
    let pair = |tag: &Value| (tag.text("Key").unwrap_or_default().to_owned(), tag.text("Value").unwrap_or_default().to_owned());
    let tags: BTreeMap<String, String> = given.iter().map(pair).collect();
    if tags.len() > TAGS_MAX {
        return Err(Refusal::new(form.codes.tags, format!("A reservation may have {TAGS_MAX} tags, not {}", tags.len())));
    }
    let is_reserved = |key: &String| key.is_empty() || ["aws:", "rds:"].iter().any(|prefix| key.to_lowercase().starts_with(prefix));
    if let Some(key) = tags.keys().find(|key| is_reserved(key)) {
        return Err(invalid(form, format!("`{key}` is no key for a tag: it must not be empty or begin with aws: or rds:")));
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn a_name_is_of_letters_digits_and_hyphens() {
        let long = "a".repeat(61);
        let told = ["tenor-1a2b", "myReservationID", "a", "", "1a", "a b", "a-", "a--b", "ä", &long].map(is_plain);
        assert_eq!(told, [true, true, true, false, false, false, false, false, false, false]);
    }
}
