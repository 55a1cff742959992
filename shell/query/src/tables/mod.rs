//! The tables that SQL sees: `charges`, `rollup`, `split_costs`, `imports`, `residuals`, and the views of `commitments::views`.
//!
//! They are made when a statement first names them, from the files that the snapshot lists and from nothing else.

mod files;
mod parquet;
mod records;

pub(crate) use files::{LakeFiles, OnlyTheLake};
pub(crate) use parquet::{FileSet, ParquetTable, passing};

use crate::QueryError;
use crate::commitments::view;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::ViewTable;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{LogicalPlanBuilder, ident};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tenor_lake::detail::detail_schema;
use tenor_lake::schema::{charges_schema, rollup_schema, split_costs_schema};
use tenor_lake::store::{HeldPeriod, Snapshot};

/// Column of the payer account in tables with files of many periods.
pub(crate) const PAYER: &str = "x_payer";
/// Column of the billing period, `2018-10`.
pub(crate) const PERIOD: &str = "billing_period";

/// The roll-up by month. It is for questions that Tenor asks, and in no list: what is in it may change with any version, and then its
/// files have another number and are made anew.
pub(crate) const DETAIL: &str = "rollup_detail";

/// What SQL calls the columns of roll-ups that are not FOCUS's: in lower case, as SQL would spell them.
const RENAMED: [(&str, &str); 9] = [
    ("Day", "day"),
    ("Rows", "rows"),
    ("PaidBy", "paid_by"),
    ("NormalizedQuantity", "normalized_quantity"),
    ("CostBeforeDiscounts", "cost_before_discounts"),
    ("EffectiveCostRows", "effective_cost_rows"),
    ("ConsumedQuantityRows", "consumed_quantity_rows"),
    ("NormalizedQuantityRows", "normalized_quantity_rows"),
    ("CostBeforeDiscountsRows", "cost_before_discounts_rows"),
];

/// Names of tables and views, in alphabetical order.
pub(crate) const TABLES: [&str; 11] = [
    "charges",
    "commitments",
    "coverage",
    "eligible_usage",
    "imports",
    "lock_in",
    "residuals",
    "rollup",
    "savings",
    "split_costs",
    "utilization",
];

/// The session that plans views; none once the engine is gone. Not the session itself, which owns these tables.
pub(crate) type Session = Box<dyn Fn() -> Option<SessionState> + Send + Sync>;

/// The lake's tables at one snapshot.
pub(crate) struct LakeTables {
    snapshot: Snapshot,
    files: Arc<LakeFiles>,
    session: Session,
}

impl LakeTables {
    pub(crate) fn new(snapshot: Snapshot, files: Arc<LakeFiles>, session: Session) -> Self {
        Self { snapshot, files, session }
    }

    /// A table that is no view.
    pub(crate) fn open(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        let table: Arc<dyn TableProvider> = match name {
            "charges" => Arc::new(self.over(charges_schema(), |period| period.charges.clone())),
            "split_costs" => Arc::new(self.over(split_costs_schema(), |period| period.split_costs.clone())),
            "rollup" => Self::rolled_up(name, self.over(rollup_schema(), |period| period.rollup.iter().cloned().collect()))?,
            DETAIL => Self::rolled_up(name, self.over(detail_schema(), |period| period.detail.iter().cloned().collect()).whole())?,
            "imports" => records::imports(&self.snapshot),
            "residuals" => records::residuals(&self.snapshot),
            _ => return Ok(None),
        };
        Ok(Some(table))
    }

    fn over(&self, schema: SchemaRef, files: impl Fn(&HeldPeriod) -> Vec<PathBuf>) -> ParquetTable {
        let set = |period: &HeldPeriod| FileSet { partition: partition(period), files: files(period) };
        ParquetTable::new(&schema, Arc::clone(&self.files), self.snapshot.periods.iter().map(set).collect())
    }

    /// Roll-ups of one kind, with the names that SQL has for their columns.
    fn rolled_up(name: &str, table: ParquetTable) -> Result<Arc<dyn TableProvider>, QueryError> {
        let schema = table.schema();
        let source = datafusion::datasource::provider_as_source(Arc::new(table));
        let renamed = schema.fields().iter().map(|field| match RENAMED.iter().find(|(name, _)| name == field.name()) {
            Some((name, renamed)) => ident(*name).alias(*renamed),
            None => ident(field.name()),
        });
        let plan = LogicalPlanBuilder::scan(name, source, None).and_then(|scan| scan.project(renamed)?.build());
        let plan = plan.map_err(QueryError::planning)?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }
}

#[async_trait]
impl SchemaProvider for LakeTables {
    fn table_names(&self) -> Vec<String> {
        TABLES.map(str::to_owned).to_vec()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if let (Some(sql), Some(state)) = (view(name), (self.session)()) {
            let plan = state.create_logical_plan(sql).await?;
            return Ok(Some(Arc::new(ViewTable::new(plan, Some(sql.to_owned())))));
        }
        self.open(name).map_err(|error| DataFusionError::External(Box::new(error)))
    }

    fn table_exist(&self, name: &str) -> bool {
        TABLES.contains(&name)
    }
}

impl fmt::Debug for LakeTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LakeTables")
    }
}

/// The payer and the billing period of a period's rows, as its tables have them.
pub(crate) fn partition(period: &HeldPeriod) -> [String; 2] {
    [period.key.payer.to_string(), period.key.period.to_string()]
}

/// Names of all columns with capitals that a statement may mean; the other tables' are in lower case as SQL has them.
pub(crate) fn column_names() -> Vec<String> {
    let (charges, split_costs) = (charges_schema(), split_costs_schema());
    charges.fields().iter().chain(split_costs.fields()).map(|field| field.name().clone()).collect()
}

/// The schema as queries see it: text as views, which are compared and grouped without copying.
pub(crate) fn viewed(schema: &Schema) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Arc::new(Field::new(field.name(), DataType::Utf8View, true)),
        _ => Arc::new(field.as_ref().clone().with_nullable(true)),
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}
