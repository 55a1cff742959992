//! Who agrees to an order, and who still could: what a run would be told, before anybody runs it.

use super::desk::{self, Desk};
use super::signer::{maker, person_of};
use std::collections::BTreeSet;
use tenor_execute::Terms;
use tenor_ledger::{ContentHash, Moment, OrderId, Text};
use tenor_order::{Approval, ApprovalError, Ballot, Book, Record, Role, approve, is_same_person};
use tenor_state::View;

/// Who agrees.
pub(crate) struct Agreeing {
    /// So many approvals are needed.
    pub(crate) needed: u32,
    /// So many count now.
    pub(crate) counted: u32,
    /// Why it may not run; nothing when enough agree.
    pub(crate) why_not: Option<ApprovalError>,
    /// Who may approve it and has not.
    pub(crate) could: Vec<Text>,
    /// An approval holds for so many hours at most.
    pub(crate) hours_max: u32,
}

/// What stands of an order's approvals at a moment. Nothing where there is no such order.
///
/// # Errors
/// When there are no terms, or the ledger cannot be read.
pub(crate) fn agreeing(view: &View, id: OrderId, now: Moment) -> anyhow::Result<Option<Agreeing>> {
    let Desk { book, mut orders } = Desk::open(view)?;
    let Some((record, order)) = book.order(id).zip(orders.remove(&id)) else { return Ok(None) };
    let (terms, head) = (desk::terms(view, &book)?, view.ledger_head()?);
    let agreement = book.agreement(order.connection()).unwrap_or(ContentHash::from_bytes([0; 32]));
    let (keys, persons, rails, standing) = (book.keys(), &terms.persons, &terms.rails, record.standing());
    let ballot = Ballot { keys, persons, rails, agreement, standing, head: &head, reached: book.reached(), now };
    let (counted, why_not) = match approve(order, record.submission.clone(), &record.approvals, &ballot) {
        Ok(approved) => (u32::try_from(approved.approvals().len())?, None),
        Err(why) => (if let ApprovalError::TooFew { counted, .. } = why { counted } else { 0 }, Some(why)),
    };
    let could = could(&book, record, &terms, now);
    let (needed, hours_max) = (rails.approvals_needed.get(), rails.approval_hours_max);
    Ok(Some(Agreeing { needed, counted, why_not, could, hours_max }))
}

/// Those whom terms or keys let approve, but for who made it, and whose approval has not run out.
fn could(book: &Book, record: &Record, terms: &Terms, now: Moment) -> Vec<Text> {
    let maker = maker(book, record);
    let holds = |approval: &&Approval| approval.expires > now && book.keys().get(&approval.key).is_some_and(|held| held.revoked.is_none());
    let agreed: Vec<Text> =
        record.approvals.iter().filter(holds).map(|approval| person_of(book, approval.key, approval.user.as_ref())).collect();
    let has_server = book.keys().values().any(|held| held.role == Role::Server && held.revoked.is_none());
    let by_key = book.keys().values().filter(|held| held.role == Role::Approver && held.revoked.is_none()).map(|held| &held.person);
    let all: BTreeSet<&Text> = terms.persons.iter().filter(|_| has_server).chain(by_key).collect();
    let could = all.into_iter().filter(|person| !is_same_person(person, &maker) && !agreed.iter().any(|one| is_same_person(one, person)));
    let mut named: Vec<Text> = Vec::new();
    for person in could {
        if !named.iter().any(|one| is_same_person(one, person)) {
            named.push(person.clone());
        }
    }
    named
}
