//! SQL text in, one checked statement out: names resolved, nothing in it that could change or reach anything.

mod guard;
mod names;

use crate::QueryError;
use datafusion::sql::sqlparser::ast::{Expr, Statement};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

pub(crate) use names::Names;

/// Bytes of SQL at most. A chain of operators makes a tree as deep as it is long, and all of it is there before it can be measured.
const TEXT_BYTES_MAX: usize = 1 << 18;
/// Expressions may nest this deep.
const DEPTH_MAX: usize = 256;
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
    guard::check_depth(&statement, DEPTH_MAX)?;
    guard::check_statement(&statement)?;
    Ok(statement)
}

/// Parses one expression over columns, without subqueries, and resolves its names. Needs a deep stack.
pub(crate) fn expression(text: &str, names: &Names) -> Result<Expr, QueryError> {
    let mut parser = parser(tokens(text, names)?);
    let expression = parser.parse_expr().map_err(syntax)?;
    parser.expect_token(&Token::EOF).map_err(syntax)?;
    guard::check_depth(&expression, DEPTH_MAX)?;
    guard::check_expression(&expression)?;
    Ok(expression)
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
