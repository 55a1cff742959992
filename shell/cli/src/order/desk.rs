//! Where orders are looked at: the home's ledger with what it names, opened for reading or, by one at a time, for writing.

use crate::connect::keep;
use crate::context::Context;
use crate::report::Refused;
use anyhow::Context as _;
use std::collections::BTreeMap;
use tenor_execute::{Journal as _, Kept, Terms};
use tenor_ledger::{Actor, ContentHash, Moment, OrderId, Text};
use tenor_order::{Book, Order, Record};
use tenor_state::{State, StateError, SystemRandomness, View};

/// The name of the owner's terms among the settings of the ledger.
const TERMS: &str = "terms";
/// An order is named by so many digits at least.
const DIGITS_MIN: usize = 6;

/// All that is recorded of orders.
pub(crate) struct Desk {
    pub(crate) book: Book,
    pub(crate) orders: BTreeMap<OrderId, Order>,
}

impl Desk {
    /// As the ledger has it now.
    pub(crate) fn open(view: &View) -> anyhow::Result<Self> {
        let book = view.book()?;
        let orders = view.orders(&book)?;
        Ok(Self { book, orders })
    }

    /// An order, by its id or the first digits of it.
    pub(super) fn find(&self, digits: &str) -> anyhow::Result<(OrderId, &Order, &Record)> {
        let short = digits.len() < DIGITS_MIN;
        let mut found = self.book.orders().filter(|(id, _)| !short && id.to_string().starts_with(digits));
        let hint = "list the orders: tenor order list";
        match (found.next(), found.next()) {
            (Some((id, record)), None) => Ok((id, &self.orders[&id], record)),
            (None, _) if short => {
                Err(Refused::new(format!("`{digits}` names no order: {DIGITS_MIN} digits of its id at least")).hint(hint).into())
            }
            (None, _) => Err(Refused::new(format!("there is no order `{digits}`")).hint(hint).into()),
            (Some(_), Some(_)) => Err(Refused::new(format!("several orders begin with `{digits}`: name more digits")).hint(hint).into()),
        }
    }
}

pub(crate) fn terms_name() -> Text {
    Text::fitted(TERMS)
}

/// The terms that hold now.
///
/// # Errors
/// When none were set, or what is kept of them says none.
pub(crate) fn terms(view: &View, book: &Book) -> anyhow::Result<Terms> {
    let Some(hash) = book.setting(&terms_name()) else {
        let refused = Refused::new("nobody has said yet what may be bought, and how many have to agree");
        return Err(refused.hint("write the owner's terms (docs/spec/terms.md), then: tenor order terms FILE").into());
    };
    Ok(Terms::read(&document(view, hash)?)?)
}

/// A content that the ledger names.
pub(crate) fn document(view: &View, hash: ContentHash) -> anyhow::Result<String> {
    let gone = || {
        Refused::new(format!("the content {hash}, which the ledger names, is gone"))
            .hint("restore the last backup into an empty home: tenor restore FILE --home FOLDER")
    };
    Ok(view.document(hash)?.ok_or_else(gone)?)
}

/// Says why nothing may be sent this very moment, if so.
pub(crate) type Switch<'a> = dyn Fn() -> Result<Option<String>, StateError> + Sync + 'a;

/// Does something with the journal, as somebody.
pub(crate) fn with_journal<T>(
    context: &Context,
    command: &str,
    actor: Actor,
    work: impl FnOnce(&mut Kept<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let home = context.home.clone();
    let halted = move || -> Result<Option<String>, StateError> { tenor_state::halted(&home) };
    with_switch(context, command, actor, &halted, work)
}

/// The same, where more than the kill switch may stop it.
pub(crate) fn with_switch<T>(
    context: &Context,
    command: &str,
    actor: Actor,
    halted: &Switch<'_>,
    work: impl FnOnce(&mut Kept<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut state: State = keep::writer(context, command)?;
    let random = SystemRandomness::new();
    let done = work(&mut Kept::new(&mut state, &random, actor, halted)?);
    // Who stopped an order meanwhile did not wait for this.
    keep::note_stops(context, &mut state);
    done
}

/// Whoever runs this command.
pub(crate) fn operator(context: &Context) -> Actor {
    keep::by(context).actor
}

pub(crate) fn now(context: &Context) -> Moment {
    Moment(context.now())
}

/// What a journal has of an order.
pub(super) fn in_journal<'a>(journal: &'a Kept<'_>, id: OrderId) -> anyhow::Result<(&'a Order, &'a Record)> {
    let order = journal.orders().get(&id).context("the order's content is gone")?;
    Ok((order, journal.book().order(id).context("the ledger has no such order")?))
}
