//! `tenor order list` and `show`: what was ordered, who agrees, and how far it came.

use super::desk::Desk;
use super::signer::{maker, person_of};
use crate::connect::keep;
use crate::context::Context;
use crate::output::{Cell, Column, Table};
use tenor_ledger::Moment;
use tenor_order::{Course, Order, Record, Step, StepState, undo_until};

/// Arguments of `tenor order show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The order, or the first digits of its id.
    #[arg(value_name = "ORDER")]
    order: String,
}

/// Where an order stands, in a word.
pub(crate) fn standing(record: &Record) -> &'static str {
    record.stage().as_str()
}

pub(super) fn list(context: &Context) -> anyhow::Result<()> {
    let desk = Desk::open(&keep::view(context)?)?;
    let mut table = Table::new([
        Column::text("order", "Order"),
        Column::text("made", "Made"),
        Column::text("connection", "Connection"),
        Column::number("steps", "Steps"),
        Column::number("obligation", "Obliges to"),
        Column::number("approvals", "Approvals"),
        Column::text("standing", "Standing"),
    ]);
    for (id, record) in desk.book.orders() {
        let order = &desk.orders[&id];
        table.row([
            id.to_string().into(),
            order.made().0.strftime("%Y-%m-%d %H:%M").to_string().into(),
            order.connection().as_str().into(),
            Cell::Count(record.steps.len() as u64),
            order.obligation().into(),
            Cell::Count(record.approvals.len() as u64),
            standing(record).into(),
        ]);
    }
    Ok(context.print(&table)?)
}

pub(super) fn show(context: &Context, args: &Args) -> anyhow::Result<()> {
    let desk = Desk::open(&keep::view(context)?)?;
    let (id, order, record) = desk.find(&args.order)?;
    context.note(format_args!("order {id}"));
    context.note(format_args!(
        "made by {} at {}, {}",
        maker(&desk.book, record),
        order.made().0.strftime("%Y-%m-%d %H:%M UTC"),
        standing(record)
    ));
    for approval in &record.approvals {
        let person = person_of(&desk.book, approval.key, approval.user.as_ref());
        context.note(format_args!("approved by {person} until {}", approval.expires.0.strftime("%Y-%m-%d %H:%M UTC")));
    }
    context.print(&steps(order, record))?;
    Ok(())
}

fn steps(order: &Order, record: &Record) -> Table {
    let mut table = Table::new([
        Column::number("step", "Step"),
        Column::text("action", "Action"),
        Column::text("service", "Service"),
        Column::text("what", "What"),
        Column::text("object", "Of what AWS calls"),
        Column::text("details", "Besides"),
        Column::text("account", "Account"),
        Column::text("starts", "Begins"),
        Column::text("deadline", "Not after"),
        Column::text("region", "Region"),
        Column::number("quantity", "Quantity"),
        Column::number("ceiling_hourly", "By the hour at most"),
        Column::number("ceiling_upfront", "At once at most"),
        Column::number("obligation", "Obliges to"),
        Column::text("state", "State"),
        Column::text("result", "Result"),
        Column::text("said", "Said last"),
        Column::text("undo_until", "Undo until"),
    ]);
    for (step, course) in order.steps().iter().zip(&record.steps) {
        table.row([
            Cell::Count(u64::from(step.number)),
            step.action.as_str().into(),
            step.service.as_str().into(),
            what(step).into(),
            step.object.as_str().into(),
            besides(step, order.currency().as_str()).into(),
            step.account.as_str().into(),
            step.starts.map(at).into(),
            step.deadline.map(at).into(),
            step.region.as_ref().map_or("", |region| region.as_str()).into(),
            step.quantity.as_str().into(),
            step.ceiling_hourly.into(),
            step.ceiling_upfront.into(),
            step.obligation.into(),
            course.state().as_str().into(),
            course.result().map_or("", |result| result.as_str()).into(),
            course.said().map_or("", |(_, said)| said.as_str()).into(),
            until(step, course).into(),
        ]);
    }
    table
}

/// Until when a step can be taken back (`tenor order take-back`); nothing where it cannot, or is not done.
fn until(step: &Step, course: &Course) -> Option<String> {
    let bought = course.intents().last().filter(|_| course.state() == StepState::Done)?.at;
    undo_until(step, bought).map(|until| until.0.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// What is given or becomes of it, what is asked, what a person does; nothing where the rest of the row says all.
fn besides(step: &Step, currency: &str) -> Option<String> {
    Some(step.details.as_ref()?.told(&|amount| format!("{amount} {currency}")).join("; "))
}

fn at(moment: Moment) -> String {
    moment.0.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// What a step is of, in words.
pub(super) fn what(step: &Step) -> String {
    let kind = step.kind.map_or("", tenor_propose::proposal::Kind::as_str);
    let words = [kind, if step.goods.as_str() == "-" { "" } else { step.goods.as_str() }];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    if words.is_empty() { step.object.to_string() } else { words.join(" of ") }
}
