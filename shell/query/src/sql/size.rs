//! How large a statement may be: what is deep overflows stacks, and what names many tables makes a plan of as many.

use crate::QueryError;
use datafusion::sql::sqlparser::ast::{Expr, Query, Select, SetExpr, TableFactor, Visit, Visitor};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::ptr;

/// Refuses what nests deeper than `depth_max`.
pub(super) fn check_depth(tree: &impl Visit, depth_max: usize) -> Result<(), QueryError> {
    match tree.visit(&mut Depth { depth: 0, queries: Vec::new(), depth_max }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(QueryError::TooComplex { how: "deep" }),
    }
}

struct Depth {
    depth: usize,
    /// What each query around this place has added to the depth.
    queries: Vec<usize>,
    depth_max: usize,
}

impl Depth {
    fn down(&mut self, by: usize) -> ControlFlow<()> {
        self.depth += by;
        if self.depth > self.depth_max { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Visitor for Depth {
    type Break = ();

    fn pre_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.down(1)
    }

    fn post_visit_expr(&mut self, _: &Expr) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        // All of a query counts as being below its longest chain of set operations, since the visitor does not say below which it is.
        let depth = 1 + set_depth(&query.body);
        self.queries.push(depth);
        self.down(depth)
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= self.queries.pop().unwrap_or_default();
        ControlFlow::Continue(())
    }
}

/// How deep set operations nest. UNIONs lean to the left, but INTERSECTs bind tighter and may stand to the right of one.
///
/// Without recursion, since the visitor visits them without a call of ours for each: this is what stops it in time.
fn set_depth(body: &SetExpr) -> usize {
    let mut deepest = 0;
    let mut waiting = vec![(body, 0)];
    while let Some((body, depth)) = waiting.pop() {
        deepest = deepest.max(depth);
        if let SetExpr::SetOperation { left, right, .. } = body {
            waiting.extend([(&**left, depth + 1), (&**right, depth + 1)]);
        }
    }
    deepest
}

/// Refuses what names more than `relations_max` tables, with those of a `WITH` counted each time it is named.
pub(super) fn check_relations(tree: &impl Visit, relations_max: u64) -> Result<(), QueryError> {
    match tree.visit(&mut Relations { scopes: vec![Scope::default()], relations_max }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(QueryError::TooComplex { how: "wide" }),
    }
}

/// Counts what the planner makes a node of its own of, copies included.
struct Relations {
    /// Of each query around this place, the innermost last; the first is the statement.
    scopes: Vec<Scope>,
    relations_max: u64,
}

/// What is known of a query.
#[derive(Default)]
struct Scope {
    /// Its relations so far.
    count: u64,
    /// The queries of its `WITH`, by where they lie in the tree, and their names.
    defines: Vec<(*const Query, String)>,
    /// The relations of those that were visited.
    defined: BTreeMap<String, u64>,
}

impl Relations {
    fn add(&mut self, relations: u64) -> ControlFlow<()> {
        let scope = self.scopes.last_mut().expect("the statement's own is never taken");
        scope.count = scope.count.saturating_add(relations);
        if scope.count > self.relations_max { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        let defines = tables.map(|table| (ptr::from_ref(&*table.query), table.alias.name.value.clone())).collect();
        self.scopes.push(Scope { defines, ..Scope::default() });
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let count = self.scopes.pop().map_or(0, |scope| scope.count);
        let around = self.scopes.last_mut().expect("the statement's own is never taken");
        match around.defines.iter().find(|(table, _)| ptr::eq(*table, query)) {
            Some((_, name)) => {
                around.defined.insert(name.clone(), count.max(1));
                ControlFlow::Continue(())
            }
            None => self.add(count),
        }
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.add(u64::from(select.from.is_empty()))
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        let name = match table {
            TableFactor::Table { name, .. } => name,
            // What is inside is visited next.
            TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => return ControlFlow::Continue(()),
            _ => return self.add(1),
        };
        let defined = |name: &str| self.scopes.iter().rev().find_map(|scope| scope.defined.get(name).copied());
        let relations = match name.0.as_slice() {
            [part] => part.as_ident().and_then(|name| defined(&name.value)),
            _ => None,
        };
        self.add(relations.unwrap_or(1))
    }
}
