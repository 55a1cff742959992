//! The groups that cost most, and the rest folded into one before anything is told apart by time.

use super::Question;
use super::lines::{COST, INSIDE, key_name};
use crate::engine::Planner;
use crate::{Engine, QueryError};
use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result as DataFusionResult;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, SortExpr, Volatility, ident, lit, when,
};
use datafusion::prelude::DataFrame;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Whether a line is of a group that is shown, and not of the rest.
pub(super) const SHOWN: &str = "shown";

/// The keys of the groups to show, as comparable bytes.
pub(super) type Shown = Arc<HashSet<Box<[u8]>>>;

/// The `top` groups that cost most over all time; `None` when that is all of them.
///
/// `lines` makes the lines of the question. No more than the groups shown are held here; what is held whole and then folded does not
/// come here.
pub(super) async fn largest(
    engine: &Engine,
    top: usize,
    keys: usize,
    lines: impl FnOnce(&Planner) -> Result<DataFrame, QueryError> + Send + 'static,
) -> Result<Option<Shown>, QueryError> {
    let plan = move |planner: &Planner| {
        let names = || (0..keys).map(|at| ident(key_name(at)));
        let groups =
            lines(planner)?.filter(ident(INSIDE)).and_then(|lines| lines.aggregate(names().collect(), vec![sum(ident(COST)).alias(COST)]));
        let order = std::iter::once(ident(COST).sort(false, false)).chain(names().map(|name| name.sort(true, false)));
        let order: Vec<SortExpr> = order.collect();
        groups.and_then(|groups| groups.sort(order)?.limit(0, Some(top.saturating_add(1)))).map_err(QueryError::planning)
    };
    let mut rows = engine.ask(plan).await?;
    let mut shown = HashSet::new();
    let mut groups = 0;
    while let Some(batch) = rows.next_batch().await? {
        let taken = batch.num_rows().min(top - groups.min(top));
        groups += batch.num_rows();
        engine.check_groups(groups)?;
        let keys = as_bytes(&batch.slice(0, taken).columns()[..keys]).map_err(|error| rows.failed(error.into()))?;
        shown.extend(keys.iter().map(|key| Box::from(key.data())));
    }
    Ok((groups > top).then(|| Arc::new(shown)))
}

/// The same lines, with nothing but the cost of those that are not shown.
pub(super) fn folded(lines: DataFrame, question: &Question, shown: &Shown) -> Result<DataFrame, QueryError> {
    let names: Vec<_> = (0..question.by.len()).map(key_name).collect();
    let is_shown = ScalarUDF::from(IsShown { shown: Arc::clone(shown), signature: Signature::variadic_any(Volatility::Immutable) });
    let is_shown = is_shown.call(names.iter().map(ident).collect());
    let plan = || {
        let is_shown = when(ident(INSIDE), is_shown).otherwise(lit(false))?;
        let mut columns: Vec<Expr> = lines.schema().fields().iter().map(|field| ident(field.name())).collect();
        columns.push(is_shown.alias(SHOWN));
        let lines = lines.select(columns)?;
        let column = |field: &str| {
            let is_key = names.iter().any(|name| name == field);
            if is_key { Ok(when(ident(SHOWN), ident(field)).end()?.alias(field)) } else { Ok(ident(field)) }
        };
        let columns: DataFusionResult<Vec<Expr>> = lines.schema().fields().iter().map(|field| column(field.name())).collect();
        lines.select(columns?)
    };
    plan().map_err(QueryError::planning)
}

/// The rows of some columns, as bytes that are equal when the values are.
fn as_bytes(columns: &[ArrayRef]) -> Result<Rows, ArrowError> {
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
    RowConverter::new(fields)?.convert_columns(columns)
}

/// Whether the keys of a row are among those shown.
#[derive(Debug)]
struct IsShown {
    shown: Shown,
    signature: Signature,
}

impl PartialEq for IsShown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shown, &other.shown)
    }
}

impl Eq for IsShown {}

impl Hash for IsShown {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.shown).hash(state);
    }
}

impl ScalarUDFImpl for IsShown {
    fn name(&self) -> &'static str {
        "is_shown"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let columns = args.args.iter().map(|column| column.to_array(args.number_rows)).collect::<DataFusionResult<Vec<_>>>()?;
        let is_shown: BooleanArray = as_bytes(&columns)?.iter().map(|row| Some(self.shown.contains(row.data()))).collect();
        Ok(ColumnarValue::Array(Arc::new(is_shown)))
    }
}
