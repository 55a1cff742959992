//! What a statement may be and contain: questions, and nothing else.
//!
//! Two gates stand behind this one: DataFusion is told to plan no statement that changes anything, and the session knows no table, no
//! file format and no object store but the lake's.

use crate::QueryError;
use crate::nearest::nearest;
use crate::tables::TABLES;
use datafusion::sql::sqlparser::ast::{DataType, Expr, ObjectName, Query, Select, Statement, TableFactor, Visit, Visitor};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// Table functions that make rows from nothing.
const TABLE_FUNCTIONS: [&str; 3] = ["generate_series", "range", "unnest"];

/// Functions that a condition may use, by their letters: what they give is no longer than what they take. Texts are made outside the memory that a
/// question may have, so one that repeats, pads or replaces could take all there is; and a condition may come in an address.
const CONDITION_FUNCTIONS: [&str; 76] = [
    "ascii",
    "bit_length",
    "btrim",
    "char_length",
    "character_length",
    "charge_day",
    "charge_hour",
    "coalesce",
    "concat",
    "contains",
    "cost_ahead",
    "current_date",
    "current_time",
    "current_timestamp",
    "date_bin",
    "date_format",
    "date_part",
    "date_trunc",
    "datepart",
    "datetrunc",
    "eligible_usage",
    "ends_with",
    "from_unixtime",
    "greatest",
    "hourly_commitment",
    "ifnull",
    "initcap",
    "instance_family",
    "instr",
    "json_get",
    "least",
    "left",
    "length",
    "lower",
    "ltrim",
    "make_date",
    "make_time",
    "now",
    "nullif",
    "nvl",
    "nvl2",
    "octet_length",
    "period_end",
    "position",
    "ratio",
    "regexp_count",
    "regexp_instr",
    "regexp_like",
    "remaining_seconds",
    "reverse",
    "right",
    "rtrim",
    "split_part",
    "starts_with",
    "strpos",
    "substr",
    "substr_index",
    "substring",
    "substring_index",
    "tag",
    "term_end",
    "term_start",
    "to_char",
    "to_date",
    "to_hex",
    "to_local_time",
    "to_time",
    "to_timestamp",
    "to_timestamp_micros",
    "to_timestamp_millis",
    "to_timestamp_nanos",
    "to_timestamp_seconds",
    "to_unixtime",
    "today",
    "trim",
    "upper",
];

/// Refuses a statement that is not a question.
pub(super) fn check_statement(statement: &Statement) -> Result<(), QueryError> {
    match statement {
        Statement::Query(_) | Statement::ShowTables { .. } | Statement::ExplainTable { .. } => {}
        Statement::Explain { statement, .. } if matches!(**statement, Statement::Query(_)) => {}
        Statement::Explain { statement, .. } => return Err(refused(format!("EXPLAIN {}", first_word(statement)))),
        other => return Err(refused(first_word(other))),
    }
    check(statement)?;
    check_tables(statement)
}

/// Names a table that is not there, before the planner does it less well.
fn check_tables(statement: &Statement) -> Result<(), QueryError> {
    #[derive(Default)]
    struct Relations {
        defined: BTreeSet<String>,
        used: Vec<String>,
    }
    impl Visitor for Relations {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            self.defined.extend(query.with.iter().flat_map(|with| &with.cte_tables).map(|table| table.alias.name.value.clone()));
            ControlFlow::Continue(())
        }
        fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
            // Names with a schema before them are left to the planner.
            if let TableFactor::Table { name, args: None, .. } = table
                && let [part] = name.0.as_slice()
            {
                self.used.extend(part.as_ident().map(|name| name.value.clone()));
            }
            ControlFlow::Continue(())
        }
    }
    let mut relations = Relations::default();
    let _ = statement.visit(&mut relations);
    let known = |name: &String| relations.defined.contains(name) || TABLES.contains(&name.as_str());
    match relations.used.into_iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(QueryError::UnknownTable { near: nearest(&name, TABLES), name }),
    }
}

/// Refuses an expression with a question of its own inside, and what could make much of little.
pub(super) fn check_expression(expression: &Expr) -> Result<(), QueryError> {
    struct Small;
    impl Visitor for Small {
        type Break = QueryError;
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<QueryError> {
            ControlFlow::Break(refused("a subquery in a condition".to_owned()))
        }
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<QueryError> {
            match expression {
                Expr::Function(function) => check_function(&function.name),
                Expr::Cast { data_type, .. } | Expr::Convert { data_type: Some(data_type), .. } => check_type(data_type),
                Expr::TypedString(text) => check_type(&text.data_type),
                _ => ControlFlow::Continue(()),
            }
        }
    }
    match expression.visit(&mut Small) {
        ControlFlow::Continue(()) => check(expression),
        ControlFlow::Break(error) => Err(error),
    }
}

/// Functions are found by their small letters, unless they are quoted.
fn check_function(name: &ObjectName) -> ControlFlow<QueryError> {
    let bare = match name.0.as_slice() {
        [part] => part.as_ident().map(|name| name.value.to_lowercase()),
        _ => None,
    };
    if bare.is_some_and(|bare| CONDITION_FUNCTIONS.contains(&bare.as_str())) {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(refused(format!("the function `{name}` in a condition")))
    }
}

/// A list may be of so many members that its type alone takes all memory.
fn check_type(kind: &DataType) -> ControlFlow<QueryError> {
    let text = kind.to_string();
    if text.contains('[') { ControlFlow::Break(refused(format!("the type {text} in a condition"))) } else { ControlFlow::Continue(()) }
}

/// The names in an expression that may be columns.
pub(super) fn columns_of(expression: &Expr) -> Vec<String> {
    struct Columns(Vec<String>);
    impl Visitor for Columns {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            match expression {
                Expr::Identifier(name) => self.0.push(name.value.clone()),
                Expr::CompoundIdentifier(names) => self.0.extend(names.last().map(|name| name.value.clone())),
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let mut columns = Columns(Vec::new());
    let _ = expression.visit(&mut columns);
    columns.0
}

fn check(tree: &impl Visit) -> Result<(), QueryError> {
    match tree.visit(&mut Guard { top: true }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

fn refused(what: String) -> QueryError {
    QueryError::NotAQuestion { what }
}

fn first_word(statement: &Statement) -> String {
    let text = statement.to_string();
    text.split([' ', '(', '\n']).next().unwrap_or_default().to_owned()
}

/// Walks the whole tree and breaks at the first thing that is not part of a question.
struct Guard {
    top: bool,
}

impl Visitor for Guard {
    type Break = QueryError;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<QueryError> {
        let top = std::mem::replace(&mut self.top, false);
        // EXPLAIN holds its query as a statement; INSERT and the like in WITH or FROM do too.
        if top || matches!(statement, Statement::Query(_)) {
            return ControlFlow::Continue(());
        }
        ControlFlow::Break(refused(first_word(statement)))
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<QueryError> {
        let what = if !query.locks.is_empty() {
            "FOR UPDATE"
        } else if query.settings.is_some() {
            "SETTINGS"
        } else if query.format_clause.is_some() || query.for_clause.is_some() {
            "FORMAT"
        } else {
            return ControlFlow::Continue(());
        };
        ControlFlow::Break(refused(what.to_owned()))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<QueryError> {
        if select.into.is_some() { ControlFlow::Break(refused("SELECT INTO".to_owned())) } else { ControlFlow::Continue(()) }
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<QueryError> {
        match table {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => check_table_function(name),
            TableFactor::Table { name, .. } => check_table(name),
            TableFactor::Derived { .. } | TableFactor::UNNEST { .. } | TableFactor::NestedJoin { .. } => ControlFlow::Continue(()),
            other => ControlFlow::Break(refused(format!("`{other}`"))),
        }
    }
}

fn check_table_function(name: &ObjectName) -> ControlFlow<QueryError> {
    if TABLE_FUNCTIONS.contains(&name.to_string().as_str()) {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(refused(format!("the table function `{name}`")))
    }
}

/// A table that looks like a file is named as what it is, rather than as a table that is not there.
fn check_table(name: &ObjectName) -> ControlFlow<QueryError> {
    let text = name.to_string();
    let bare = text.trim_matches(['\'', '"', '`']);
    let like_a_file = bare.contains(['/', '\\', '*']) || bare.ends_with(".parquet") || bare.ends_with(".csv") || bare.ends_with(".json");
    if like_a_file { ControlFlow::Break(refused(format!("reading the file {text}"))) } else { ControlFlow::Continue(()) }
}
