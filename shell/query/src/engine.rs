//! The engine: a session that knows the lake's tables at one snapshot, and nothing else.

use crate::QueryError;
use crate::rows::Rows;
use crate::sql::{self, Names};
use crate::tables::{LakeFiles, LakeTables, OnlyTheLake, passing};
use crate::workers::Workers;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState, SessionStateBuilder, SessionStateDefaults};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr_rewriter::unnormalize_col;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tenor_lake::store::{HeldPeriod, Snapshot};

/// Where a file of an older version lies now, when it is no longer where the snapshot says.
pub type Resolve = Arc<dyn Fn(&Path) -> Option<PathBuf> + Send + Sync>;

/// Stack for planning; only what is used of it takes memory.
const PLANNER_STACK_BYTES: usize = 1 << 28;

/// How an engine works.
#[derive(Clone)]
pub struct Options {
    /// Memory for sorting, grouping and joining; beyond it they spill to disk.
    pub memory_bytes_max: usize,
    /// Threads that work on one question.
    pub threads: usize,
    /// Folder for what spills; the system's temporary folder without one, or when it cannot be written.
    pub spill_folder: Option<PathBuf>,
    /// Groups of a cost answer at most: all of them are held in memory, to be put in order.
    pub groups_max: usize,
    /// Groups of roll-ups that are folded into the largest once they are here. Where there are more, they are folded before they are held.
    pub at_once_groups_max: usize,
    /// Finds files that an import has moved away.
    pub resolve: Option<Resolve>,
}

impl Default for Options {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { memory_bytes_max: 768 << 20, threads, spill_folder: None, groups_max: 2_000_000, at_once_groups_max: 50_000, resolve: None }
    }
}

/// A lake at one snapshot, ready for questions.
pub struct Engine {
    planner: Planner,
    files: Arc<LakeFiles>,
    workers: Arc<Workers>,
    snapshot: Arc<Snapshot>,
    options: Options,
}

impl Engine {
    /// Ready for questions about the periods of `snapshot`. No file is opened yet.
    ///
    /// # Errors
    /// When no temporary folder can be made, or the system grants no threads.
    pub fn open(snapshot: &Snapshot, options: &Options) -> Result<Self, QueryError> {
        Self::with_workers(snapshot, options, Arc::new(Workers::new(options.threads)?))
    }

    fn with_workers(snapshot: &Snapshot, options: &Options, workers: Arc<Workers>) -> Result<Self, QueryError> {
        let files = Arc::new(LakeFiles::new(options.resolve.clone()));
        let runtime = runtime(options, &files).map_err(|error| QueryError::running(error, options.memory_bytes_max))?;
        let context = SessionContext::new_with_state(session(options, runtime));
        let catalog = MemoryCatalogProvider::new();
        let state = context.state_weak_ref();
        let session = Box::new(move || Some(state.upgrade()?.read().clone()));
        let tables = Arc::new(LakeTables::new(snapshot.clone(), Arc::clone(&files), session));
        catalog.register_schema("lake", tables).map_err(QueryError::planning)?;
        context.register_catalog("tenor", Arc::new(catalog));
        for function in crate::functions::all() {
            context.register_udf(function);
        }
        let planner = Planner { context, names: Arc::new(Names::new(crate::tables::column_names())) };
        Ok(Self { planner, files, workers, snapshot: Arc::new(snapshot.clone()), options: options.clone() })
    }

    /// Answers one SQL statement, row by row as they come.
    ///
    /// # Errors
    /// When it is not one question that makes sense; while rows come, when it fails on its way.
    pub async fn sql(&self, text: &str) -> Result<Rows, QueryError> {
        let text = text.to_owned();
        self.ask(move |planner| planner.statement(&text)).await
    }

    /// The periods it answers about.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Refuses to hold more groups than allowed.
    pub(crate) fn check_groups(&self, groups: usize) -> Result<(), QueryError> {
        let groups_max = self.options.groups_max;
        if groups > groups_max { Err(QueryError::TooManyGroups { groups_max }) } else { Ok(()) }
    }

    /// Whether these are few enough to be held before they are folded.
    pub(crate) fn holds_at_once(&self, groups: usize) -> bool {
        groups <= self.options.at_once_groups_max.min(self.options.groups_max)
    }

    /// The periods it answers about, for a plan to keep.
    pub(crate) fn snapshot_shared(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// The same engine over one of its periods alone.
    pub(crate) fn of(&self, period: &HeldPeriod) -> Result<Self, QueryError> {
        self.over(&Snapshot { periods: vec![period.clone()] })
    }

    /// The same engine over some of its periods.
    pub(crate) fn over(&self, snapshot: &Snapshot) -> Result<Self, QueryError> {
        Self::with_workers(snapshot, &self.options, Arc::clone(&self.workers))
    }

    /// Plans a question and runs it.
    pub(crate) async fn ask<F>(&self, plan: F) -> Result<Rows, QueryError>
    where
        F: FnOnce(&Planner) -> Result<DataFrame, QueryError> + Send + 'static,
    {
        let (workers, memory_bytes_max) = (Arc::clone(&self.workers), self.options.memory_bytes_max);
        let begin = move |planner: &Planner| {
            let frame = plan(planner)?;
            let tasks = Arc::new(frame.task_ctx());
            let plan = workers.handle().block_on(frame.create_physical_plan()).map_err(QueryError::planning)?;
            // Beginning walks the whole plan too, and some of it begins tasks.
            let _among_workers = workers.handle().enter();
            let stream = execute_stream(plan, tasks).map_err(|error| QueryError::running(error, memory_bytes_max))?;
            Ok(workers.drive(stream))
        };
        let stream = self.plan(begin).await?;
        let (files, workers, session) = (Arc::clone(&self.files), Arc::clone(&self.workers), self.planner.context.clone());
        Ok(Rows::new(stream, files, workers, session, memory_bytes_max))
    }

    /// Works on a deep stack, since trees of expressions and plans are walked by recursion many times over.
    pub(crate) async fn plan<F, T>(&self, plan: F) -> Result<T, QueryError>
    where
        F: FnOnce(&Planner) -> Result<T, QueryError> + Send + 'static,
        T: Send + 'static,
    {
        let planner = self.planner.clone();
        let (done, planned) = tokio::sync::oneshot::channel();
        let work = move || {
            // When nobody waits for the plan any more, there is nobody to tell.
            let _ = done.send(plan(&planner));
        };
        std::thread::Builder::new().stack_size(PLANNER_STACK_BYTES).spawn(work).map_err(|source| QueryError::NoThread { source })?;
        planned.await.map_err(|_| QueryError::PlannerPanicked)?
    }
}

/// Makes plans of questions. Its methods block, and belong on the planner's own thread.
#[derive(Clone)]
pub(crate) struct Planner {
    context: SessionContext,
    names: Arc<Names>,
}

impl Planner {
    /// The plan of an SQL statement.
    fn statement(&self, text: &str) -> Result<DataFrame, QueryError> {
        let statement = Statement::Statement(Box::new(sql::statement(text, &self.names)?));
        let state = self.context.state();
        let plan = block_on(state.statement_to_plan(statement)).map_err(QueryError::planning)?;
        let nothing_else = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        nothing_else.verify_plan(&plan).map_err(|_| QueryError::NotAQuestion { what: plan.display().to_string() })?;
        Ok(DataFrame::new(state, plan))
    }

    /// One of the lake's tables.
    pub(crate) fn table(&self, name: &str) -> Result<DataFrame, QueryError> {
        block_on(self.context.table(name)).map_err(QueryError::planning)
    }

    /// A condition a person wrote, parsed.
    pub(crate) fn parsed(&self, condition: &str) -> Result<ast::Expr, QueryError> {
        sql::expression(condition, &self.names)
    }

    /// A parsed condition over the columns of `schema`.
    pub(crate) fn condition(&self, condition: ast::Expr, schema: &DFSchema) -> Result<Expr, QueryError> {
        let condition = ast::ExprWithAlias { expr: condition, alias: None };
        self.context.state().create_logical_expr_from_sql_expr(condition, schema).map_err(QueryError::planning)
    }

    /// Which of these payers and periods may have charges that meet a condition.
    pub(crate) fn partitions_passing(&self, condition: Expr, partitions: &[[String; 2]]) -> Result<Vec<bool>, QueryError> {
        let conditions: Vec<_> = split_conjunction_owned(condition).into_iter().map(unnormalize_col).collect();
        passing(&self.context.state(), &conditions, partitions).map_err(QueryError::planning)
    }
}

/// Finding tables and planning statements wait for nothing but this thread.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    futures::executor::block_on(work)
}

fn runtime(options: &Options, files: &Arc<LakeFiles>) -> Result<Arc<RuntimeEnv>, DataFusionError> {
    let build = |mode| {
        RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(options.memory_bytes_max)))
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
            .with_object_store_registry(Arc::new(OnlyTheLake::new(Arc::clone(files))))
            .build_arc()
    };
    let folder = options.spill_folder.clone().map(|folder| DiskManagerMode::Directories(vec![folder]));
    let in_folder = folder.map(build);
    // A lake on a read-only disk can still be asked.
    in_folder.and_then(Result::ok).map_or_else(|| build(DiskManagerMode::OsTmpDirectory), Ok)
}

fn session(options: &Options, runtime: Arc<RuntimeEnv>) -> SessionState {
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema("tenor", "lake")
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true)
        .with_target_partitions(options.threads.max(1));
    let settings = config.options_mut();
    // Names are resolved before planning, in `sql::names`.
    settings.sql_parser.enable_ident_normalization = false;
    // `BilledCost * 1.1` stays exact.
    settings.sql_parser.parse_float_as_decimal = true;
    settings.execution.parquet.pushdown_filters = true;
    settings.execution.parquet.reorder_filters = true;
    SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(SessionStateDefaults::default_scalar_functions())
        .with_higher_order_functions(SessionStateDefaults::default_higher_order_functions())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .with_table_function_list(SessionStateDefaults::default_table_functions())
        .build()
}
