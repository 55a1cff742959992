//! A table over an explicit list of Parquet files, with the payer and the billing period of each as two more columns.

use super::files::LakeFiles;
use super::{PAYER, PERIOD, viewed};
use crate::QueryError;
use async_trait::async_trait;
use datafusion::arrow::array::{Array, BooleanArray, RecordBatch, StringViewArray};
use datafusion::arrow::compute::and;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes from the end of a file that are read at once, to have its metadata in one go.
const METADATA_BYTES: usize = 1 << 17;

/// The files of one payer's period.
#[derive(Debug, Clone)]
pub(crate) struct FileSet {
    /// Payer and period.
    pub(crate) partition: [String; 2],
    pub(crate) files: Vec<PathBuf>,
}

/// A table over file sets. A column that an older file lacks reads as null, unless all have to be there. A file is first opened when a
/// question needs it.
#[derive(Debug)]
pub(crate) struct ParquetTable {
    schema: TableSchema,
    files: Arc<LakeFiles>,
    sets: Vec<FileSet>,
    /// Whether a file that lacks a column is refused.
    is_whole: bool,
}

impl ParquetTable {
    pub(crate) fn new(schema: &Schema, files: Arc<LakeFiles>, sets: Vec<FileSet>) -> Self {
        let partition: Vec<FieldRef> = partition_schema().fields().iter().cloned().collect();
        let schema = TableSchema::builder(viewed(schema)).with_table_partition_cols(partition).build();
        Self { schema, files, sets, is_whole: false }
    }

    /// The same, where a file that lacks a column is refused: a sum that is not there is not a sum of nothing.
    pub(crate) fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    /// Refuses files that lack a column. Their ends are read for that, and kept for the scan.
    async fn check(&self, state: &dyn Session, format: &ParquetFormat, files: &[PartitionedFile]) -> Result<()> {
        let store = state.runtime_env().object_store(LakeFiles::url())?;
        for file in files {
            let found = format.infer_schema(state, &store, std::slice::from_ref(&file.object_meta)).await;
            // Met here and not by the scan, it is told alike.
            let found = found.map_err(|error| DataFusionError::External(Box::new(QueryError::running(error, 0))))?;
            let lacking = self.schema.file_schema().fields().iter().find(|field| found.field_with_name(field.name()).is_err());
            if let Some(field) = lacking {
                let error = DataFusionError::Execution(format!("`{}` has no column {}", file.object_meta.location, field.name()));
                return Err(DataFusionError::External(Box::new(QueryError::Damaged { source: Box::new(error) })));
            }
        }
        Ok(())
    }

    /// The file sets that every filter over payer and period alone lets pass.
    fn pruned(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<&FileSet>> {
        let partitions: Vec<_> = self.sets.iter().map(|set| set.partition.clone()).collect();
        let keep = passing(state, filters, &partitions)?;
        Ok(self.sets.iter().zip(keep).filter(|(_, keep)| *keep).map(|(set, _)| set).collect())
    }
}

/// Which payers and periods every filter over these two alone lets pass.
pub(crate) fn passing(state: &dyn Session, filters: &[Expr], partitions: &[[String; 2]]) -> Result<Vec<bool>> {
    let column = |at: usize| StringViewArray::from_iter_values(partitions.iter().map(|partition| partition[at].as_str()));
    let schema = partition_schema();
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(column(0)), Arc::new(column(1))])?;
    let schema = DFSchema::try_from(schema)?;
    let mut keep = BooleanArray::from(vec![true; partitions.len()]);
    for filter in filters.iter().filter(|filter| is_of_partition(filter)) {
        let passes = state.create_physical_expr(filter.clone(), &schema)?.evaluate(&batch)?.into_array(partitions.len())?;
        keep = and(&keep, datafusion::common::cast::as_boolean_array(&passes)?)?;
    }
    Ok((0..partitions.len()).map(|at| keep.is_valid(at) && keep.value(at)).collect())
}

#[async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut files = Vec::new();
        for set in self.pruned(state, filters)? {
            let values: Vec<_> = set.partition.iter().map(|value| ScalarValue::Utf8View(Some(value.clone()))).collect();
            for path in &set.files {
                let meta = self.files.meta(path).map_err(|error| DataFusionError::External(Box::new(error)))?;
                files.push(PartitionedFile::new_from_meta(meta).with_partition_values(values.clone()));
            }
        }
        if files.is_empty() {
            let schema = self.schema();
            let schema = projection.map_or_else(|| Ok(Arc::clone(&schema)), |columns| schema.project(columns).map(Arc::new))?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let format =
            ParquetFormat::default().with_options(state.default_table_options().parquet).with_metadata_size_hint(Some(METADATA_BYTES));
        if self.is_whole {
            self.check(state, &format, &files).await?;
        }
        let groups = FileGroup::new(files).split_files(state.config().target_partitions());
        let source = format.file_source(self.schema.clone());
        let scan = FileScanConfigBuilder::new(LakeFiles::url(), source)
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit.filter(|_| filters.is_empty()))
            .build();
        format.create_physical_plan(state, scan).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let exactness = |filter: &&Expr| {
            if is_of_partition(filter) { TableProviderFilterPushDown::Exact } else { TableProviderFilterPushDown::Inexact }
        };
        Ok(filters.iter().map(exactness).collect())
    }
}

/// Whether a filter is about the payer and the period only.
fn is_of_partition(filter: &Expr) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty() && columns.iter().all(|column| column.name == PAYER || column.name == PERIOD) && !filter.is_volatile()
}

fn partition_schema() -> SchemaRef {
    let field = |name| Field::new(name, DataType::Utf8View, false);
    Arc::new(Schema::new(vec![field(PAYER), field(PERIOD)]))
}
