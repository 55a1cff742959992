//! Evaluates a check row by row, in three-valued logic.
//!
//! What depends on one column is decided once for each of its distinct values and then only looked up.

use anyhow::{Result, bail};

use super::dataset::{Cell, Column, Dataset, NULL};
use super::expr::{Check, Form, Literal};
use super::format::{self, Verdict};
use super::number::Number;

/// The truth of a check for one row. The order makes "and" the least and "or" the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    False,
    /// A value it needs is null.
    Unknown,
    True,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }
}

/// A check made ready for the columns of one dataset.
pub(crate) enum Node<'a> {
    All(Vec<Node<'a>>),
    Any(Vec<Node<'a>>),
    Always(Truth),
    /// The truth for each distinct value of the column.
    Lookup(&'a Column, Vec<Truth>),
    /// The truth for the values of several columns in the row; unknown when one of them is null.
    Together(Vec<&'a Column>, fn(&[&Cell]) -> bool),
}

impl<'a> Node<'a> {
    /// Makes `check` ready. A column the dataset lacks counts as null in every row.
    ///
    /// # Errors
    /// When the check is not about single rows.
    pub(crate) fn new(check: &Check, dataset: &'a Dataset, virtual_currency: bool) -> Result<Node<'a>> {
        let all = |items: &[Check]| items.iter().map(|item| Node::new(item, dataset, virtual_currency)).collect::<Result<Vec<_>>>();
        Ok(match check {
            Check::All(items) => Node::All(all(items)?),
            Check::Any(items) => Node::Any(all(items)?),
            Check::Is(column, literal) => lookup(dataset, column, is(None, literal), |cell| is(Some(cell), literal)),
            Check::IsNot(column, literal) => lookup(dataset, column, is_not(None, literal), |cell| is_not(Some(cell), literal)),
            Check::AtLeast(column, least) => lookup(dataset, column, Truth::Unknown, |cell| at_least(cell, *least).into()),
            Check::Form(form, column) => form_node(dataset, *form, column, virtual_currency),
            Check::Same(a, b) => together(dataset, &[a, b], |cells| same(cells[0], cells[1])),
            Check::Differs(a, b) => together(dataset, &[a, b], |cells| !same(cells[0], cells[1])),
            Check::EndsAfter(start, end) => together(dataset, &[start, end], |cells| ends_after(cells[0], cells[1])),
            Check::Product { price, quantity, cost } => {
                together(dataset, &[price, quantity, cost], |cells| match (cells[0].number, cells[1].number, cells[2].number) {
                    (Some(price), Some(quantity), Some(cost)) => price.times_is(quantity, cost),
                    _ => false,
                })
            }
            Check::Rule(_) | Check::Present(_) | Check::DistinctCount { .. } | Check::NoPlaceholder | Check::ColumnNames(_) => {
                bail!("`{check:?}` is not about single rows")
            }
        })
    }

    pub(crate) fn truth(&self, row: usize) -> Truth {
        match self {
            Node::All(items) => items.iter().map(|item| item.truth(row)).min().unwrap_or(Truth::True),
            Node::Any(items) => any(items, row),
            Node::Always(truth) => *truth,
            Node::Lookup(column, truths) => truths[column.rows[row] as usize],
            Node::Together(columns, holds) => match columns.iter().map(|column| column.cell(row)).collect::<Option<Vec<_>>>() {
                Some(cells) => holds(&cells).into(),
                None => Truth::Unknown,
            },
        }
    }
}

/// The greatest truth, looking no further than the first that is true.
fn any(items: &[Node<'_>], row: usize) -> Truth {
    let mut greatest = Truth::False;
    for item in items {
        greatest = greatest.max(item.truth(row));
        if greatest == Truth::True {
            break;
        }
    }
    greatest
}

fn lookup<'a>(dataset: &'a Dataset, column: &str, null: Truth, truth: impl Fn(&Cell) -> Truth) -> Node<'a> {
    let Some(index) = dataset.index(column) else { return Node::Always(null) };
    let column = &dataset.columns[index];
    let mut truths: Vec<Truth> = column.cells.iter().map(truth).collect();
    truths[NULL as usize] = null;
    Node::Lookup(column, truths)
}

fn together<'a>(dataset: &'a Dataset, columns: &[&String], holds: fn(&[&Cell]) -> bool) -> Node<'a> {
    match columns.iter().map(|name| dataset.index(name).map(|index| &dataset.columns[index])).collect() {
        Some(columns) => Node::Together(columns, holds),
        None => Node::Always(Truth::Unknown),
    }
}

fn form_node<'a>(dataset: &'a Dataset, form: Form, column: &str, virtual_currency: bool) -> Node<'a> {
    let Some(index) = dataset.index(column) else { return Node::Always(Truth::Unknown) };
    match format::by_kind(form, &dataset.columns[index].kind) {
        Verdict::Holds => Node::Always(Truth::True),
        Verdict::Never(_) => Node::Always(Truth::False),
        Verdict::EachValue => lookup(dataset, column, Truth::Unknown, |cell| format::by_value(form, cell, virtual_currency).into()),
    }
}

fn is(cell: Option<&Cell>, literal: &Literal) -> Truth {
    match (cell, literal) {
        (None, Literal::Null) => Truth::True,
        (Some(_), Literal::Null) => Truth::False,
        (None, _) => Truth::Unknown,
        (Some(cell), Literal::Text(text)) => (cell.text == *text).into(),
        (Some(cell), Literal::Number(number)) => (cell.number == Some(*number)).into(),
    }
}

/// Null is not any value: it differs from each of them.
fn is_not(cell: Option<&Cell>, literal: &Literal) -> Truth {
    match is(cell, literal) {
        Truth::True => Truth::False,
        Truth::False | Truth::Unknown => Truth::True,
    }
}

/// What was cut off a number beyond the last decimal kept still counts, towards the side of its sign.
fn at_least(cell: &Cell, least: Number) -> bool {
    let Some(number) = cell.number else { return false };
    let rest_is_below = !number.exact && cell.text.starts_with('-');
    number.units > least.units || (number.units == least.units && !rest_is_below)
}

fn same(a: &Cell, b: &Cell) -> bool {
    match (a.number, b.number) {
        (Some(a), Some(b)) => a == b,
        _ => a.text == b.text,
    }
}

/// The end lies after the start and is not the last second of a period, which would be an inclusive end.
///
/// Moments in one format compare as text; a malformed one is the failure of another rule, and passes.
fn ends_after(start: &Cell, end: &Cell) -> bool {
    let readable = format::is_moment(&start.text) && format::is_moment(&end.text);
    !readable || (start.text < end.text && !end.text.ends_with(":59:59Z"))
}
