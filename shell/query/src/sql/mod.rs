//! SQL text in, one checked statement out: names resolved, nothing in it that could change or reach anything.

mod guard;
mod names;
mod size;

use crate::QueryError;
use crate::nearest::nearest;
use crate::tables::column_names;
use datafusion::sql::sqlparser::ast::{Expr, Ident, Statement, visit_expressions_mut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use std::ops::ControlFlow;

pub(crate) use names::Names;

/// Bytes of SQL at most. A chain of operators makes a tree as deep as it is long, and all of it is there before it can be measured.
const TEXT_BYTES_MAX: usize = 1 << 18;
/// Expressions may nest this deep.
const DEPTH_MAX: usize = 256;
/// Tables may be named this often; one of a `WITH` counts as all that it names, each time, as the planner copies it.
const RELATIONS_MAX: u64 = 256;
/// Brackets may nest this deep.
const PARSER_DEPTH_MAX: usize = 100;
const DIALECT: GenericDialect = GenericDialect {};

/// Parses one statement, resolves its names and refuses what is not a question. Needs a deep stack.
pub(crate) fn statement(text: &str, names: &Names) -> Result<Statement, QueryError> {
    let statements = parser(tokens(text, names)?).parse_statements().map_err(syntax)?;
    let statement = match <[Statement; 1]>::try_from(statements) {
        Ok([statement]) => statement,
        Err(statements) => return Err(QueryError::NotOneStatement { count: statements.len() }),
    };
    size::check_depth(&statement, DEPTH_MAX)?;
    size::check_relations(&statement, RELATIONS_MAX)?;
    guard::check_statement(&statement)?;
    Ok(statement)
}

/// Parses one expression over the columns of `charges`, without subqueries, and resolves its names. Needs a deep stack.
pub(crate) fn expression(text: &str, names: &Names) -> Result<Expr, QueryError> {
    let mut parser = parser(tokens(text, names)?);
    let mut expression = parser.parse_expr().map_err(syntax)?;
    parser.expect_token(&Token::EOF).map_err(syntax)?;
    size::check_depth(&expression, DEPTH_MAX)?;
    guard::check_expression(&expression)?;
    unqualify(&mut expression)?;
    Ok(expression)
}

/// Takes the table's name from before its columns: the roll-ups that may answer in its place have the same columns under another.
fn unqualify(expression: &mut Expr) -> Result<(), QueryError> {
    let unqualified = visit_expressions_mut(expression, |expression| {
        let Expr::CompoundIdentifier(names) = expression else { return ControlFlow::Continue(()) };
        match names.as_slice() {
            [table, column] if table.value == "charges" => {
                *expression = Expr::Identifier(column.clone());
                ControlFlow::Continue(())
            }
            names => ControlFlow::Break(names.to_vec()),
        }
    });
    match unqualified {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(names) => Err(unknown_column(&names)),
    }
}

fn unknown_column(names: &[Ident]) -> QueryError {
    let name = names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".");
    let column = names.last().map_or("", |name| &name.value);
    QueryError::UnknownColumn { near: nearest(column, column_names().iter().map(String::as_str)), name }
}

/// The names in an expression that may be columns.
pub(crate) fn columns_of(expression: &Expr) -> Vec<String> {
    guard::columns_of(expression)
}

fn tokens(text: &str, names: &Names) -> Result<Vec<TokenWithSpan>, QueryError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(QueryError::TooComplex { how: "long" });
    }
    let mut tokens = Tokenizer::new(&DIALECT, text).tokenize_with_location().map_err(|error| syntax(error.into()))?;
    for token in &mut tokens {
        if let Token::Word(word) = &mut token.token
            && word.quote_style.is_none()
        {
            word.value = names.resolve(&word.value);
        }
    }
    Ok(tokens)
}

fn parser(tokens: Vec<TokenWithSpan>) -> Parser<'static> {
    Parser::new(&DIALECT).with_recursion_limit(PARSER_DEPTH_MAX).with_tokens_with_locations(tokens)
}

fn syntax(source: ParserError) -> QueryError {
    if source == ParserError::RecursionLimitExceeded { QueryError::TooComplex { how: "deep" } } else { QueryError::Syntax { source } }
}
