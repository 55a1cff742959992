//! Who agrees to an order, and who still could: what a run would be told, before anybody runs it.

use super::desk;
use super::signer::{maker, person_of};
use std::collections::BTreeSet;
use tenor_execute::Terms;
use tenor_ledger::{ContentHash, Head, Moment, OrderId, Text};
use tenor_order::{Approval, ApprovalError, Approved, Ballot, Book, Order, Record, Role, approve, is_same_person};
use tenor_state::{Folded, View};

/// Who agrees.
pub(crate) struct Agreeing {
    /// So many approvals are needed.
    pub(crate) needed: u32,
    /// So many count now.
    pub(crate) counted: u32,
    /// Why it may not run; nothing when enough agree.
    pub(crate) why_not: Option<ApprovalError>,
    /// Whether a run has something to do all the same: to find out what became of its calls, or to record its end.
    pub(crate) is_to_be_settled: bool,
    /// Who may approve it and has not.
    pub(crate) could: Vec<Text>,
    /// An approval holds for so many hours at most.
    pub(crate) hours_max: u32,
}

/// What stands of an order's approvals at a moment. Nothing where there is no such order.
///
/// # Errors
/// When there are no terms, or they cannot be read.
pub(crate) fn agreeing(view: &View, folded: &Folded, id: OrderId, now: Moment) -> anyhow::Result<Option<Agreeing>> {
    let Folded { head, book, orders } = folded;
    let Some((record, order)) = book.order(id).zip(orders.get(&id)) else { return Ok(None) };
    let terms = desk::terms(view, book)?;
    let (counted, why_not) = match approved((book, head), (record, order), &terms, now) {
        Ok(approved) => (u32::try_from(approved.approvals().len())?, None),
        Err(why) => (if let ApprovalError::TooFew { counted, .. } = why { counted } else { 0 }, Some(why)),
    };
    let (could, is_to_be_settled) = (could(book, record, &terms, now), record.is_to_be_settled());
    let (needed, hours_max) = (terms.rails.approvals_needed.get(), terms.rails.approval_hours_max);
    Ok(Some(Agreeing { needed, counted, why_not, is_to_be_settled, could, hours_max }))
}

/// Whose approvals of an order count at a moment; nobody's where they are not enough.
pub(super) fn approvers(book: &Book, head: &Head, order: &Order, terms: &Terms, now: Moment) -> Vec<Text> {
    let Some(record) = book.order(order.id()) else { return Vec::new() };
    let approved = approved((book, head), (record, order), terms, now);
    let approvals = approved.iter().flat_map(|approved| approved.approvals());
    approvals.map(|approval| person_of(book, approval.key, approval.user.as_ref())).collect()
}

/// The order, if enough agree to it at a moment.
fn approved(
    (book, head): (&Book, &Head),
    (record, order): (&Record, &Order),
    terms: &Terms,
    now: Moment,
) -> Result<Approved, ApprovalError> {
    let agreement = book.agreement(order.connection()).unwrap_or(ContentHash::from_bytes([0; 32]));
    let (keys, persons, lowered) = (book.keys(), &terms.persons, book.lowered());
    let (rails, standing, reached) = (&terms.rails, record.standing(), book.reached());
    let ballot = Ballot { keys, persons, lowered, rails, agreement, standing, head, reached, now };
    approve(order.clone(), record.submission.clone(), &record.approvals, &ballot)
}

/// Those whom terms or keys let approve, but for who made it, and whose approval has begun and not run out.
fn could(book: &Book, record: &Record, terms: &Terms, now: Moment) -> Vec<Text> {
    let maker = maker(book, record);
    let holds = |approval: &&Approval| approval.signed <= now && approval.expires > now && book.stands(approval);
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

#[cfg(test)]
mod tests {
    use super::could;
    use tenor_execute::Terms;
    use tenor_ledger::{ContentHash, Event, Moment, OrderId, ProposalId, Signature, SigningKey, Text};
    use tenor_order::Book;

    fn text(text: &str) -> Text {
        text.parse().unwrap()
    }

    fn moment(text: &str) -> Moment {
        Moment(text.parse().unwrap())
    }

    /// By a clock that was ahead.
    #[test]
    fn who_signed_an_approval_that_has_not_begun_could_still_approve() {
        let [ada, ben] = [1, 2].map(|number| SigningKey::from_seed(&[number; 32]).public());
        let (order, policy, signature) = (OrderId::from_bytes([7; 32]), ContentHash::sha256(b"policy"), Signature::from_bytes([0; 64]));
        let enrolled = |key, name| Event::KeyEnrolled { key, name: text(name), role: text("approver") };
        let (proposal, connection) = (ProposalId::from_bytes([0; 32]), text("prod"));
        let events = [
            enrolled(ada, "Ada"),
            enrolled(ben, "Ben"),
            Event::OrderCreated { order, proposal, connection, policy, steps: 1, key: ada, user: None, signature },
            Event::Approved {
                order,
                policy,
                signed: moment("2026-01-05T13:00:00Z"),
                expires: moment("2026-01-06T13:00:00Z"),
                key: ben,
                user: None,
                signature,
            },
        ];
        let mut book = Book::default();
        for event in &events {
            book.enter(moment("2026-01-05T12:00:00Z"), event).unwrap();
        }
        let terms = Terms::read("").unwrap();
        let told = |now: &str| could(&book, book.order(order).unwrap(), &terms, moment(now));
        assert_eq!(told("2026-01-05T12:59:59Z"), [text("Ben")]);
        assert_eq!(told("2026-01-05T13:00:00Z").len(), 0);
        assert_eq!(told("2026-01-06T13:00:00Z"), [text("Ben")]);
    }
}
